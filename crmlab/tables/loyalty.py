"""The tables of the loyalty world: two surveys, what holds customers, what they bought, a reward by lot."""

from __future__ import annotations

from crmlab.schema import Column, Table

MARKETS = ("competitive", "few rivals", "monopoly")
BRANCHES = ("Ash", "Birch", "Cedar", "Elm", "Hazel", "Larch", "Oak", "Rowan")
DRIVERS = {  # the six questions about parts of the service, and in Chinese
    "price": ("Prices are fair", "价格"),
    "delivery": ("Delivery is quick and on time", "送货"),
    "advice": ("Advice is of use", "咨询建议"),
    "quality": ("Goods keep what they promise", "产品质量"),
    "web": ("The web shop is easy", "网店体验"),
    "complaints": ("Complaints are put right", "投诉处理"),
}
LOYALTY_TYPES = ("loyalist", "mercenary", "hostage", "defector")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_type = (
    "loyalist 忠诚者 (content, stays), mercenary 图利者 (content, goes), hostage 人质型 (not content, "
    "stays), defector 背叛者 (not content, goes)"
)

TABLES: tuple[Table, ...] = (
    Table(
        "ratings",
        ("customer_id", "wave"),
        "one row per customer and survey, January 2022 and January 2023; empty where somebody did not answer",
        "满意度调查表",
        (
            _customer,
            Column(
                "wave",
                "count",
                "year",
                "the survey was made in January of this year",
                "调查年份",
                low=2022,
                high=2023,
            ),
            Column("answered", "flag", "", "the customer answered this survey", "是否回答"),
            Column(
                "satisfaction",
                "number",
                "1 to 5",
                "5: very satisfied",
                "满意度",
                low=1,
                high=5,
                nullable=True,
                whole=True,
            ),
            Column(
                "recommend",
                "number",
                "0 to 10",
                "how likely to recommend; 10: surely",
                "推荐意愿",
                low=0,
                high=10,
                nullable=True,
                whole=True,
            ),
            *(
                Column(
                    name,
                    "count",
                    "1 to 5",
                    f'"{text}"; 5: fully agrees',
                    zh,
                    low=1,
                    high=5,
                    nullable=True,
                    whole=True,
                )
                for name, (text, zh) in DRIVERS.items()
            ),
        ),
    ),
    Table(
        "switching",
        ("customer_id",),
        "one row per customer: where they buy, what it would cost to leave, how much they feel they belong",
        "转换成本表",
        (
            _customer,
            Column(
                "market",
                "category",
                "",
                "where the customer buys: home goods (competitive: many rivals), made-to-measure furniture "
                "(few rivals), parts and service that only Pinefold has (monopoly)",
                "市场竞争程度",
                allowed=MARKETS,
            ),
            Column(
                "branch", "category", "", "which branch looks after the customer", "门店", allowed=BRANCHES
            ),
            Column(
                "contract_left_months",
                "count",
                "months",
                "months that a contract still runs",
                "合同剩余月数",
                low=0,
            ),
            Column(
                "tied_in",
                "count",
                "things",
                "owned things that work only with Pinefold's parts and data",
                "绑定项目数",
                low=0,
            ),
            Column(
                "switching_cost_eur",
                "money",
                "EUR",
                "12 per month of contract left and 60 per thing tied in",
                "转换成本",
                low=0,
            ),
            Column(
                "belonging",
                "count",
                "1 to 5",
                '"I feel at home here"; asked when they became customers',
                "归属感",
                low=1,
                high=5,
            ),
        ),
    ),
    Table(
        "next_purchases",
        ("customer_id", "year"),
        "one row per customer and year after a survey: what they did",
        "再次购买表",
        (
            _customer,
            Column("year", "count", "year", "calendar year", "年份", low=2022, high=2023),
            Column(
                "bought_again",
                "flag",
                "",
                "the next larger purchase of the year was made here",
                "是否再次购买",
            ),
            Column(
                "share_of_wallet",
                "share",
                "",
                "of all that the customer spent on such goods, the share spent here",
                "钱包份额",
                low=0,
                high=1,
            ),
            Column("spend_eur", "money", "EUR", "spent here in the year, in whole euros", "消费金额", low=0),
        ),
    ),
    Table(
        "programme",
        ("customer_id",),
        "one row per customer: the reward of 2024 (5 % back, by lot), spending before and after; the card",
        "忠诚计划表",
        (
            _customer,
            Column(
                "treated", "flag", "", "drawn by lot: got 5 % back on all purchases of 2024", "是否获得奖励"
            ),
            Column(
                "spend_before_eur", "money", "EUR", "spent here in 2023, in whole euros", "之前消费", low=0
            ),
            Column(
                "spend_after_eur", "money", "EUR", "spent here in 2024, in whole euros", "之后消费", low=0
            ),
            Column(
                "card_member",
                "flag",
                "",
                "took the free customer card of January 2023, by own choice",
                "是否持会员卡",
            ),
        ),
    ),
    Table(
        "truth_loyalty",
        ("customer_id",),
        "one row per customer: what no survey shows",
        "忠诚真值表",
        (
            _customer,
            Column(
                "satisfaction_2022",
                "number",
                "standard deviations",
                "hidden satisfaction in January 2022",
                "真实满意度（2022）",
            ),
            Column(
                "satisfaction_2023",
                "number",
                "standard deviations",
                "hidden satisfaction in January 2023",
                "真实满意度（2023）",
            ),
            Column(
                "would_say",
                "count",
                "1 to 5",
                "what they said in 2023, or would have said",
                "全体会给的评分",
                low=1,
                high=5,
            ),
            Column(
                "would_recommend",
                "count",
                "0 to 10",
                "what they said in 2023, or would have said",
                "全体推荐意愿",
                low=0,
                high=10,
            ),
            Column(
                "belonging_score",
                "number",
                "standard deviations",
                "hidden sense of belonging; it never changes here",
                "真实归属感",
            ),
            Column("switching_cost_eur", "money", "EUR", "as in `switching`", "转换成本", low=0),
            Column(
                "repurchase_chance", "share", "", "chance to buy again in 2023", "真实再购概率", low=0, high=1
            ),
            Column("loyalty_type", "category", "", _type, "真实忠诚类型", allowed=LOYALTY_TYPES),
            Column(
                "reward_effect_eur",
                "money",
                "EUR",
                "what the reward adds to this customer's spending in 2024",
                "奖励真实效果",
            ),
            Column(
                "card_effect_eur",
                "money",
                "EUR",
                "what the card adds to this customer's spending in a year",
                "会员卡真实效果",
            ),
        ),
    ),
    Table(
        "truth_loyalty_drivers",
        ("driver",),
        "one row per driver: what it truly does to satisfaction",
        "满意度驱动真值表",
        (
            Column(
                "driver",
                "category",
                "",
                "one of the six questions of the survey",
                "驱动因素",
                allowed=tuple(DRIVERS),
            ),
            Column(
                "true_weight",
                "number",
                "standard deviations",
                "how much hidden satisfaction rises when the service gets 1 standard deviation better here",
                "真实权重",
            ),
            Column(
                "noise",
                "number",
                "standard deviations",
                "error of one answer to this question",
                "回答误差",
                low=0,
            ),
        ),
    ),
)
