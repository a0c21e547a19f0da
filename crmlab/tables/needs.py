"""The tables of the needs world: what customers want, how they shop, and a trial of offers."""

from __future__ import annotations

from crmlab.schema import Column, Table

CUSTOMER_TYPES = ("lighthouse", "follower", "rational", "profit-seeking")
OFFERS = ("catalogue", "preview", "friends", "guide", "coupon")
ITEMS = {  # the statements of the survey, in the order in which they are asked, and in Chinese
    "wants_new": ("I like to be the first to have a new design", "想率先拥有新款"),
    "own_style": ("I choose designs that nobody else has", "追求独特风格"),
    "follows_friends": ("I buy what friends have and like", "跟随朋友购买"),
    "trusts_reviews": ("I trust what other buyers write", "相信他人评价"),
    "compares_prices": ("I compare prices before I buy", "购买前比价"),
    "reads_specs": ("I read sizes, materials and tests", "研究规格参数"),
    "waits_for_sales": ("I wait until there is a sale", "等待打折"),
    "uses_coupons": ("I look for coupons", "寻找优惠券"),
    "wants_speed": ("Delivery must be fast", "要求送货快"),
    "wants_advice": ("I like advice from somebody who knows", "需要专家建议"),
}

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_type = Column(
    "customer_type", "category", "",
    "what the customer looks for when buying: lighthouse 灯塔型 (the new), follower 跟随型 (what others "
    "have), rational 理性型 (facts), profit-seeking 逐利型 (a bargain)",
    "客户类型（需求）", allowed=CUSTOMER_TYPES,
)  # fmt: skip
_offer = Column(
    "offer", "category", "",
    "catalogue: the plain one; preview: before others; friends: bring a friend; guide: facts and tests; "
    "coupon: money off",
    "优惠方案", allowed=OFFERS,
)  # fmt: skip

# fmt: off
TABLES = (
    Table(
        "needs",
        ("customer_id",),
        "one row per customer who answered the survey of needs: agreement with ten statements",
        "需求调查表",
        (
            _customer,
            *(
                Column(name, "count", "1 to 7", f'agrees: "{text}"; 7: fully', zh, low=1, high=7)
                for name, (text, zh) in ITEMS.items()
            ),
        ),
    ),
    Table(
        "habits",
        ("customer_id",),
        "one row per customer who has bought by the reporting day: how they shop",
        "购物习惯表",
        (
            _customer,
            Column(
                "launch_days", "number", "days",
                "from a design's launch to the order; geometric mean over the customer's orders",
                "上市后购买天数", low=0,
            ),
            Column(
                "discount_share", "share", "", "share of the customer's orders made with a discount",
                "折扣订单占比", low=0, high=1,
            ),
            Column("referrals", "count", "people", "new customers who named this one", "推荐人数", low=0),
            Column(
                "pages_per_order", "number", "pages",
                "product pages looked at for each order; geometric mean", "每单浏览页数", low=0,
            ),
        ),
    ),
    Table(
        "offer_trial",
        ("customer_id",),
        "one row per customer invited to buy from the new collection: which offer (drawn by lot), what came",
        "优惠试验表",
        (
            _customer,
            _offer,
            Column("ordered", "flag", "", "bought from the collection within eight weeks", "是否下单"),
            Column(
                "margin_eur", "money", "EUR",
                "margin of these orders after the coupon; 0 without an order", "毛利", low=0,
            ),
            Column("offer_cost_eur", "money", "EUR", "printing and postage", "方案成本", low=0),
        ),
    ),
    Table(
        "truth_customer_types",
        ("customer_id",),
        "one row per customer who has bought by the reporting day: what they truly look for",
        "客户类型真值表",
        (
            _customer,
            _type,
            Column("still_customer", "flag", "", "has not left before the trial begins", "试验时仍是客户"),
        ),
    ),
    Table(
        "truth_offer_chances",
        ("customer_type", "offer"),
        "one row per type and offer: what an invitation truly brings, if the customer has not left",
        "优惠效果真值表",
        (
            _type,
            _offer,
            Column(
                "order_chance", "share", "", "chance that the customer buys from the collection",
                "下单概率", low=0, high=1,
            ),
            Column("mean_margin_eur", "money", "EUR", "mean margin of such an order", "平均毛利", low=0),
            Column("offer_cost_eur", "money", "EUR", "printing and postage", "方案成本", low=0),
        ),
    ),
)
