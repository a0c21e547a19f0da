"""The tables of the retail world: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

CUSTOMER_KINDS = ("consumer", "business")
REGIONS = ("North", "East", "South", "West")
CHANNELS = ("shop", "online", "sales visit")
CATEGORIES = ("furniture", "textiles", "kitchen", "lighting", "decoration", "garden")
CONTACT_CHANNELS = ("phone", "email", "chat", "visit")
LEAVE_REASONS = ("moved away", "price", "competitor", "service", "no more need")
RESPONSE_TYPES = ("persuadable", "buys anyway", "not interested", "do not disturb")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_date = "calendar day"

# fmt: off
TABLES = (
    Table(
        "customers",
        ("customer_id",),
        "one row per customer: what the firm has written down about them",
        "客户主表",
        (
            _customer,
            Column(
                "customer_kind", "category", "", "buys for a home or for a firm", "客户类型",
                allowed=CUSTOMER_KINDS,
            ),
            Column("join_date", "day", _date, "day of the first purchase", "首次购买日"),
            Column("region", "category", "", "sales region", "地区", allowed=REGIONS),
            Column(
                "acquired_through", "category", "", "how the customer was won", "获客渠道",
                allowed=("shop", "search", "referral", "sales visit"),
            ),
            Column(
                "birth_year", "number", "year", "year of birth; consumers only", "出生年份",
                low=1900, high=2010, nullable=True, whole=True,
            ),
            Column(
                "household_size", "number", "people", "people in the home; consumers only", "家庭人数",
                low=1, high=12, nullable=True, whole=True,
            ),
            Column(
                "sector", "category", "", "line of business; business buyers only", "行业",
                allowed=("hotel", "office", "restaurant", "interior design"), nullable=True,
            ),
            Column("newsletter", "flag", "", "has agreed to receive the newsletter", "订阅通讯"),
        ),
    ),
    Table(
        "orders",
        (),
        "one row per order; a refund is a row with a negative amount",
        "订单表",
        (
            Column(
                "order_id", "id", "", "the order; a refund's number starts with R", "订单编号",
                required=False,
            ),
            _customer,
            Column("order_date", "day", _date, "day of the order or of the refund", "订单日期"),
            Column("amount_eur", "money", "EUR", "paid, without tax; negative for a refund", "金额"),
            Column(
                "margin_eur", "money", "EUR", "amount less the cost of the goods", "毛利",
                required=False,
            ),
            Column(
                "channel", "text", "", "where the order was placed",
                "渠道", required=False, nullable=True,
            ),
            Column(
                "category", "text", "", "kind of goods of the order's main item", "品类",
                required=False, nullable=True,
            ),
        ),
    ),
    Table(
        "returns",
        ("order_id",),
        "one row per refund: which order it takes back, why, and what handling it cost",
        "退货表",
        (
            Column("order_id", "id", "", "the refund's number in orders", "退货单号"),
            Column("sold_order_id", "id", "", "the order that is taken back", "原订单编号"),
            _customer,
            Column("return_date", "day", _date, "day the goods came back", "退货日期"),
            Column(
                "reason", "category", "", "reason given by the customer", "退货原因",
                allowed=("changed mind", "damaged", "wrong size", "late delivery"),
            ),
            Column("handling_cost_eur", "money", "EUR", "transport and checking", "处理成本", low=0),
        ),
    ),
    Table(
        "campaigns",
        ("campaign_id",),
        "one row per mailing; who received it was drawn by lot",
        "营销活动表",
        (
            Column("campaign_id", "id", "", "the mailing", "活动编号"),
            Column("start_date", "day", _date, "day the letters arrive", "开始日期"),
            Column("end_date", "day", _date, "last day of the response window", "结束日期"),
            Column(
                "letter_cost_eur", "money", "EUR per letter", "printing and postage",
                "单封成本", low=0,
            ),
        ),
    ),
    Table(
        "letters",
        ("campaign_id", "customer_id"),
        "one row per mailing and customer known on that day: the result of the draw",
        "活动分配表",
        (
            Column("campaign_id", "id", "", "the mailing", "活动编号"),
            _customer,
            Column(
                "treated", "flag", "", "True: drawn to receive the letter; False: kept out as control",
                "是否寄送",
            ),
        ),
    ),
    Table(
        "contacts",
        ("contact_id",),
        "one row per contact that the customer started, or visit that the firm paid",
        "客户接触表",
        (
            Column("contact_id", "id", "", "the contact", "接触编号"),
            _customer,
            Column("contact_date", "day", _date, "day of the contact", "接触日期"),
            Column("channel", "category", "", "how", "接触渠道", allowed=CONTACT_CHANNELS),
            Column("minutes", "number", "minutes", "working time of staff", "时长", low=0, high=600),
            Column("cost_eur", "money", "EUR", "cost of that time and of the channel", "成本", low=0),
        ),
    ),
    Table(
        "survey",
        ("customer_id", "survey_date"),
        "one row per answered questionnaire; about three in ten answer",
        "满意度调查表",
        (
            _customer,
            Column("survey_date", "day", _date, "day of the answer", "调查日期"),
            Column("satisfaction", "number", "1 to 5", "5 = very satisfied", "满意度", low=1, high=5),
            Column(
                "recommend", "number", "0 to 10", "10 = would surely recommend us",
                "推荐意愿", low=0, high=10,
            ),
        ),
    ),
    Table(
        "complaints",
        ("complaint_id",),
        "one row per complaint that reached the firm; many problems are never reported",
        "投诉表",
        (
            Column("complaint_id", "id", "", "the complaint", "投诉编号"),
            _customer,
            Column("complaint_date", "day", _date, "day it was received", "投诉日期"),
            Column(
                "cause", "category", "", "what went wrong", "投诉原因",
                allowed=("late delivery", "damaged goods", "wrong bill", "rude service"),
            ),
            Column(
                "days_to_resolve", "number", "days", "from receipt to the last answer",
                "处理天数", low=0, high=120,
            ),
            Column(
                "outcome", "category", "", "how it ended for the customer", "处理结果",
                allowed=("solved quickly", "solved late", "not solved"),
            ),
            Column("compensation_eur", "money", "EUR", "paid to the customer", "补偿金额", low=0),
        ),
    ),
    Table(
        "truth",
        ("customer_id",),
        "one row per customer: what the generator knows and an analyst cannot see",
        "真值表",
        (
            _customer,
            Column(
                "purchase_rate_week", "number", "orders per week",
                "how often they buy while they are a customer", "真实购买率", low=0,
            ),
            Column("dropout_rate_week", "number", "per week", "hazard of leaving", "真实流失率", low=0),
            Column("left_date", "day", _date, "first day on which they no longer buy", "真实离开日"),
            Column("leave_reason", "category", "", "why they leave", "离开原因", allowed=LEAVE_REASONS),
            Column(
                "mean_order_eur", "money", "EUR per order", "their long-run mean amount of an order",
                "真实客单价", low=0,
            ),
            Column(
                "margin_share", "share", "", "margin of their orders as a share of the amount",
                "真实毛利率", low=0, high=1,
            ),
            Column(
                "return_rate", "share", "", "chance that an order comes back",
                "真实退货率", low=0, high=1,
            ),
            Column(
                "service_cost_eur_year", "money", "EUR per year",
                "mean cost of their contacts while they are a customer", "真实服务成本", low=0,
            ),
            Column(
                "satisfaction_score", "number", "standard deviations",
                "hidden satisfaction; 0 is average", "真实满意度",
            ),
            Column(
                "response_type", "category", "", "how a letter changes them",
                "真实响应类型", allowed=RESPONSE_TYPES,
            ),
            Column(
                "letter_effect", "number", "orders per letter",
                "change in expected orders that one letter makes while they are a customer; "
                "negative for those it annoys",
                "真实信件效应", low=-1, high=1,
            ),
        ),
    ),
)
# fmt: on
