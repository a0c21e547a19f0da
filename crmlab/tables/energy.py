"""The tables of the electricity seller's world: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

AREAS = (
    "Amberfold",
    "Brackwater",
    "Cindermoor",
    "Dunwick Rise",
    "Elderholt",
    "Fennmarsh",
    "Gorsefield",
    "Hollowgate",
)
ARMS = ("soft", "reward", "firm", "firm + reward", "instalments")
CONTACTS_ENERGY = ("reminder", "call", "disconnection", "reconnection", "plan")
PAYER_TYPES = ("prompt", "forgetful", "strategic")
LATE_REASONS = ("forgot", "waited", "could not")
SPARED = ("nobody", "register", "register and score", "truth")

_who = Column("household_id", "id", "", "which household", "家庭编号")
_bill = Column("bill_date", "day", "calendar day", "day of the bill, the first of a month", "账单日期")
_day = "calendar day"

TABLES: tuple[Table, ...] = (
    Table(
        "households",
        ("household_id",),
        "one row per household that buys electricity from Quillmoor",
        "家庭表",
        (
            _who,
            Column("area", "category", "", "area of the town; invented", "片区", allowed=AREAS),
            Column(
                "payday",
                "count",
                "day of the month",
                "day on which income comes, as told at the start",
                "发薪日",
                low=1,
                high=28,
            ),
            Column(
                "on_register",
                "flag",
                "",
                "on the register of those who need electricity for health or age",
                "特需登记",
            ),
            Column("policy", "text", "", "what was done with late payers in 2024, drawn by lot", "试验组别"),
            Column(
                "left_date",
                "day",
                _day,
                "last day as a customer; missing: still there on 2024-12-31",
                "离开日期",
                nullable=True,
            ),
            Column(
                "written_off_eur",
                "money",
                "EUR",
                "what a household that left never paid, the deposit taken off",
                "坏账核销",
                low=0,
            ),
        ),
    ),
    Table(
        "energy_bills",
        ("household_id", "bill_date"),
        "one row per household and month",
        "电费账单",
        (
            _who,
            _bill,
            Column(
                "amount_eur",
                "money",
                "EUR",
                "amount of the bill; due 16 days after the bill's day",
                "账单金额",
                low=0,
            ),
        ),
    ),
    Table(
        "energy_payments",
        (),
        "one row per payment; payments settle the oldest bill first",
        "电费付款",
        (
            _who,
            Column("payment_date", "day", _day, "day on which the money came", "付款日期"),
            Column(
                "paid_eur", "money", "EUR", "how much; fees and deposits are not in it", "付款金额", low=0
            ),
        ),
    ),
    Table(
        "energy_contacts",
        (),
        "one row per contact that took staff time",
        "电费联系记录",
        (
            _who,
            Column("contact_date", "day", _day, "day of the contact", "联系日期"),
            Column(
                "topic",
                "category",
                "",
                "reminder letter, call by the household, disconnection, reconnection, or "
                "instalments agreed on",
                "联系类型",
                allowed=CONTACTS_ENERGY,
            ),
            Column("minutes", "number", "minutes", "staff time", "用时", low=0),
        ),
    ),
    Table(
        "energy_cutoffs",
        ("household_id", "cut_date"),
        "one row per disconnection",
        "断电记录",
        (
            _who,
            Column("cut_date", "day", _day, "day of the disconnection", "断电日期"),
            Column(
                "days_off",
                "count",
                "days",
                "days without electricity; 30 if never connected again",
                "断电天数",
                low=1,
                high=30,
            ),
            Column("reconnected", "flag", "", "connected again", "已恢复供电"),
            Column("fee_eur", "money", "EUR", "reconnection fee paid", "复电费", low=0),
            Column("deposit_eur", "money", "EUR", "deposit paid at reconnection", "押金", low=0),
        ),
    ),
    Table(
        "energy_interviews",
        ("household_id", "bill_date"),
        "one row per late bill of 2023 about which a debt adviser asked, drawn by lot",
        "访谈表",
        (
            _who,
            _bill,
            Column(
                "could_not_pay",
                "flag",
                "",
                "could not pay, as the adviser understood it; one in ten is wrong",
                "无力支付（访谈）",
            ),
        ),
    ),
    Table(
        "truth_households",
        ("household_id",),
        "one row per household: what only the generator knows",
        "家庭真值",
        (
            _who,
            Column(
                "payer_type",
                "category",
                "",
                "how it pays while it has its income",
                "真实付款类型",
                allowed=PAYER_TYPES,
            ),
            Column(
                "vulnerable",
                "flag",
                "",
                "needs electricity for health or age, on the register or not",
                "真实弱势",
            ),
            Column(
                "shock_months",
                "count",
                "months",
                "months of 2024 without the usual income",
                "收入中断月数",
                low=0,
                high=12,
            ),
            Column(
                "hard_days",
                "count",
                "days",
                "days without electricity in 2024 while vulnerable or unable to pay",
                "困难断电天数",
                low=0,
            ),
            Column(
                "times_borrowed",
                "count",
                "times",
                "times it borrowed in 2024 to escape a disconnection",
                "借款次数",
                low=0,
            ),
        ),
    ),
    Table(
        "truth_late_bills",
        ("household_id", "bill_date"),
        "one row per bill with something open on the day of the letter: why",
        "逾期真值",
        (
            _who,
            _bill,
            Column(
                "reason",
                "category",
                "",
                "forgot, waited (could pay) or could not",
                "真实原因",
                allowed=LATE_REASONS,
            ),
        ),
    ),
)
