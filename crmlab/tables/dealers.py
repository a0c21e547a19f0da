"""The tables of dealers, invoices and payments: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

SECTORS = ("furniture shop", "garden centre", "gift shop", "hotel outfitter", "online shop")
DEALER_REGIONS = ("North", "East", "South", "West")
TERMS = ("30", "60", "90")
PAYERS = ("prompt", "will not", "cannot")  # pays in time; could pay and waits; has no cash
DECISIONS = ("accepted", "rejected", "open")

_dealer = Column("dealer_id", "id", "", "who: one dealer, the same in every table", "经销商编号")
_invoice = Column("invoice_id", "id", "", "which invoice", "发票编号")
_day = "calendar day"
_eur = "EUR"


# fmt: off
def _criteria() -> tuple[Column, ...]:
    """Give the six criteria (6C) as the application form asks for them."""
    return (
        Column("references", "count", "0 to 5", "good references out of five asked (character)",
               "商业信誉", low=0, high=5),
        Column("current_ratio", "number", "ratio", "short-term assets / short-term debts (capacity)",
               "流动比率", low=0),
        Column("own_capital_eur", "money", _eur, "the owner's own money in the business (capital)",
               "自有资本", low=0),
        Column("collateral_share", "share", "", "share of the wanted credit that is secured (collateral)",
               "担保比例", low=0, high=1),
        Column("sector", "category", "", "line of business (conditions)", "行业", allowed=SECTORS),
        Column("years_in_business", "count", "years", "years since founding (continuity)", "经营年限",
               low=0, high=80),
    )


def _hidden() -> tuple[Column, ...]:
    """Give what the generator knows of a dealer or an applicant."""
    return (
        Column("payer", "category", "", "pays in time; could pay and waits; has no cash", "付款类型",
               allowed=PAYERS),
        Column("shell", "flag", "", "founded to order and never to pay", "空壳公司"),
        Column("pd_year", "share", "", "true chance to fail within a year", "真实年违约概率", low=0, high=1),
        Column("late_share", "share", "", "true chance that an invoice is paid late", "真实逾期率",
               low=0, high=1),
        Column("delay_days", "number", "days", "true mean delay of a late invoice",
               "真实平均拖欠天数", low=0),
        Column("lgd", "share", "", "true share of the debt that is lost when they fail", "真实违约损失率",
               low=0, high=1),
        Column("fails_on", "day", _day, "day of failure, granted or not; missing: after the data ends",
               "真实倒闭日", nullable=True),
    )


TABLES: tuple[Table, ...] = (
    Table(
        "dealers", ("dealer_id",), "one row per dealer who buys on credit", "经销商表",
        (
            _dealer,
            Column("name", "text", "", "invented name", "名称"),
            Column("region", "category", "", "sales region", "地区", allowed=DEALER_REGIONS),
            *_criteria(),
            Column("staff", "count", "people", "people employed", "员工数", low=1),
            Column("terms_days", "count", "days", "days from invoice to due date", "账期", low=0, high=365),
            Column("credit_limit_eur", "money", _eur, "credit limit on the file", "信用额度", low=0),
            Column("failed_date", "day", _day, "day the register showed insolvency or the dealer vanished",
                   "破产日", nullable=True),
        ),
    ),
    Table(
        "invoices", ("invoice_id",), "one row per invoice", "发票表",
        (
            _dealer, _invoice,
            Column("issue_date", "day", _day, "day of the invoice", "开票日"),
            Column("due_date", "day", _day, "last day to pay in time", "到期日"),
            Column("amount_eur", "money", _eur, "amount to pay", "金额", low=0),
        ),
    ),
    Table(
        "payments", (), "one row per payment; one invoice may be paid in parts", "收款表",
        (
            _dealer, _invoice,
            Column("payment_date", "day", _day, "day the money came", "收款日"),
            Column("amount_eur", "money", _eur, "money received", "收款金额", low=0),
        ),
    ),
    Table(
        "applications", ("application_id",), "one row per firm that asked for credit", "赊销申请表",
        (
            Column("application_id", "id", "", "which application", "申请编号"),
            Column("dealer_id", "id", "", "the dealer it became; missing unless accepted", "经销商编号",
                   nullable=True),
            Column("applied_date", "day", _day, "day of the application", "申请日"),
            Column("name", "text", "", "invented name", "名称"),
            *_criteria(),
            Column("staff", "count", "people", "people employed", "员工数", low=1),
            Column("requested_eur_year", "money", "EUR per year", "purchases they expect to make in a year",
                   "预计年采购额", low=0),
            Column("register_match", "flag", "", "name, founding year and capital agree with the register",
                   "工商登记一致"),
            Column("decision", "category", "", "what the old rule decided; open: to be decided now",
                   "审批结果", allowed=DECISIONS),
        ),
    ),
    Table(
        "truth_dealers", ("dealer_id",), "one row per dealer: what an analyst cannot see", "经销商真值表",
        (
            _dealer, *_hidden(),
            Column("reward_takes", "share", "", "chance to pay early for a discount of 2 %", "早付折扣响应",
                   low=0, high=1),
            Column("penalty_cuts", "share", "", "share of the delay that a late fee takes away",
                   "滞纳金响应", low=0, high=1),
        ),
    ),
    Table(
        "truth_applications", ("application_id",),
        "one row per application: what would come of it, granted or not", "申请真值表",
        (Column("application_id", "id", "", "which application", "申请编号"), *_hidden()),
    ),
)
# fmt: on
