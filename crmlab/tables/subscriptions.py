"""The tables of the subscriptions world: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

PLANS = ("basic", "plus", "family")
TERMS_MONTHS = ("1", "12")
ACQUIRED_BY = ("search", "comparison site", "referral", "sales call")
SUBSCRIBER_REGIONS = ("North", "East", "South", "West")
CAUSES = ("price", "service", "moved", "not used")
REACTIONS = ("listens", "unmoved", "wakes")
CALL_TYPES = ("persuadable", "sure thing", "lost cause", "sleeping dog", "gone")
WIN_BACKS = ("none", "discount", "repair")
WORTHS = ("key", "ordinary", "small", "bad")

_who = Column("customer_id", "id", "", "who: one subscriber, the same in every table", "客户编号")
_day = "calendar day"
_cause = "why they leave: price and service are the firm's causes, moved and not used the customer's"

# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "subscribers", ("customer_id",), "one row per subscription to Pinefold Home",
        "订阅客户表",
        (
            _who,
            Column("start_date", "day", _day, "first day; always the first of a month", "开始日期"),
            Column("plan", "category", "", "which plan", "套餐", allowed=PLANS),
            Column("price_eur", "money", "EUR per month", "price at the start", "月费", low=0),
            Column("contract_months", "category", "months",
                   "term agreed on; who leaves earlier pays a fee, so leaving is always possible", "合同期",
                   allowed=TERMS_MONTHS),
            Column("channel", "category", "", "how they were won", "获客渠道", allowed=ACQUIRED_BY),
            Column("region", "category", "", "where they live", "地区", allowed=SUBSCRIBER_REGIONS),
            Column("raised_date", "day", _day, "day of the price rise after a year; missing: none yet",
                   "涨价日期", nullable=True),
            Column("cancel_desk_calls", "count", "calls",
                   "calls to the cancellation desk, all time, as stored when the file was drawn (2024-12-31)",
                   "退订热线来电数", low=0),
            Column("left_date", "day", _day, "last day; missing: still there on 2024-12-31", "离开日期",
                   nullable=True),
        ),
    ),
    Table(
        "subscriber_months", ("customer_id", "month"),
        "one row per subscriber and month of service, July 2023 to June 2024", "订阅月度表",
        (
            _who,
            Column("month", "day", _day, "first day of the month", "月份"),
            Column("uses", "count", "uses", "how often the service was used", "使用次数", low=0),
            Column("contacts", "count", "contacts", "contacts with the service desk", "联系次数", low=0),
            Column("plan_questions", "count", "contacts", "of these, about the price, the plan or a fault",
                   "套餐咨询次数", low=0),
            Column("late", "count", "0 or 1", "1: the month was paid late", "逾期付款", low=0, high=1),
        ),
    ),
    Table(
        "retention_offers", ("customer_id",),
        "one row per subscriber of 2023-12-31: who was called in January 2024 was drawn by lot", "挽留试验表",
        (
            _who,
            Column("offered_date", "day", _day, "day on which the calls began", "试验日期"),
            Column("treated", "flag", "", "was called and offered 20 EUR off the next bill", "是否致电"),
            Column("accepted", "flag", "", "took the offer; always False without a call", "是否接受"),
            Column("left", "flag", "", "left by 2024-06-30, within six months", "六个月内离开"),
        ),
    ),
    Table(
        "winbacks", ("customer_id",),
        "one row per subscriber who left from January 2022 to March 2024; the letter was drawn by lot",
        "客户挽回试验表",
        (
            _who,
            Column("worth", "category", "", "grade before leaving; bad: paid late again and again",
                   "客户等级",
                   allowed=WORTHS),
            Column("cause", "category", "", _cause + ", as told when leaving", "流失原因", allowed=CAUSES),
            Column("offer", "category", "", "what the letter offered; none: no letter", "挽回方案",
                   allowed=WIN_BACKS),
            Column("returned", "flag", "", "has a new contract within three months", "是否回归"),
        ),
    ),
    Table(
        "truth_subscribers", ("customer_id",), "one row per subscriber: what an analyst cannot see",
        "订阅客户真值表",
        (
            _who,
            Column("monthly_hazard", "share", "per month", "own chance to leave in a month; it never changes",
                   "真实月流失率", low=0, high=1),
            Column("cause", "category", "", _cause, "真实流失原因", allowed=CAUSES),
            Column("reaction", "category", "", "to a call: listens; unmoved; wakes (remembers to cancel)",
                   "对致电的反应", allowed=REACTIONS),
            Column("true_uplift", "number", "share",
                   "chance to leave within six months without a call, less the chance with one; 0 if gone",
                   "真实增量", low=-1, high=1),
            Column("response_type", "category", "",
                   "of those there on 2024-06-30, by what happens in six months with a call and without",
                   "响应类型",
                   allowed=CALL_TYPES),
            Column("accepts_if_called", "flag", "", "would take the offer on 2024-06-30", "致电则接受"),
        ),
    ),
)
