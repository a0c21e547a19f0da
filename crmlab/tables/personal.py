"""The tables of the personal world: what is in each order, how it is paid, and offers drawn by lot."""

from __future__ import annotations

from crmlab.schema import Column, Table

STYLES = ("country", "modern", "colourful", "classic")
PAYMENTS = ("card", "phone wallet", "invoice", "cash")
BOUGHT_FOR = ("own home", "gift", "renovating", "replacement")
PERSONAL_OFFERS = ("nothing", "discount", "guide", "advice")
ROUNDS = ("March 2023", "May 2023", "July 2023", "September 2023", "November 2023")
ACQUIRED = ("shop", "search", "referral", "sales visit")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_order = Column("order_id", "id", "", "the order, as in the table orders", "订单编号")
_product = Column("product_id", "id", "", "one product", "商品编号")
_offer = Column(
    "offer", "category", "", "what was sent; nothing: kept out", "优惠方案", allowed=PERSONAL_OFFERS
)
_round = Column("round", "category", "", "the mailing", "投放轮次", allowed=ROUNDS)


def _lift(offer: str, zh: str) -> Column:
    return Column(
        f"lift_{offer}", "number", "chance",
        f"change in the chance to order by a first {offer}; below 0: harm", zh, low=-1, high=1,
    )  # fmt: skip


def _taste(style: str, zh: str) -> Column:
    return Column(
        f"taste_{style}", "share", "", f"share of {style} in the customer's taste", zh, low=0, high=1
    )


# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "products", ("product_id",), "one row per product", "商品表",
        (
            _product,
            Column("product", "text", "", "its name", "商品名称"),
            Column("category", "text", "", "kind of goods", "品类"),
            Column("style", "category", "", "its style", "风格", allowed=STYLES),
            Column("list_price_eur", "money", "EUR", "price without a discount", "标价", low=0),
        ),
    ),
    Table(
        "basket_lines", ("order_id", "product_id"), "one row per order and product in it", "购物篮明细",
        (_order, _product, Column("quantity", "count", "pieces", "how many pieces", "数量", low=1, high=20)),
    ),
    Table(
        "checkouts", ("order_id",), "one row per order: how it was paid, at what discount, and what for",
        "结账表",
        (
            _order,
            Column("payment", "category", "", "paid how", "支付方式", allowed=PAYMENTS),
            Column("discount_share", "share", "", "discount on the whole order", "折扣", low=0, high=1),
            Column(
                "bought_for", "category", "", "answer to: what is it for? about 45 % answer",
                "购买用途", allowed=BOUGHT_FOR, nullable=True,
            ),
        ),
    ),
    Table(
        "offer_menu", ("offer",), "one row per offer of the season shop: what it costs", "优惠清单",
        (
            Column("offer", "category", "", "what is sent", "优惠方案", allowed=PERSONAL_OFFERS),
            Column("cost_eur", "money", "EUR per offer", "cost of sending it, whether they order or not",
                   "单次成本", low=0),
            Column("price_cut_share", "share", "", "share of the order's margin that it gives away",
                   "让利占毛利比", low=0, high=1),
        ),
    ),
    Table(
        "offer_log", ("round", "customer_id"),
        "one row per mailing of the season shop and customer: what was sent, by lot or by the old rule, and "
        "what they then ordered there (booked apart from the table orders)",
        "优惠投放记录",
        (
            _round, _customer,
            Column("sent_date", "day", "calendar day", "day of the mailing", "投放日"),
            Column("assigned_by", "category", "", "by lot, or by the old rule", "分配方式",
                   allowed=("lot", "rule")),
            _offer,
            Column("propensity", "share", "", "chance with which this customer got this offer", "投放概率",
                   low=0, high=1),
            Column("recent_mails", "count", "mails", "mails in the eight weeks before; by lot",
                   "近期触达次数", low=0, high=10),
            Column("ordered", "flag", "", "ordered in the season shop within four weeks", "是否下单"),
            Column("margin_eur", "money", "EUR", "margin of that order, after the discount", "毛利"),
        ),
    ),
    Table(
        "acquisition", ("acquired_through",), "one row per way of winning customers, 2022 and 2023",
        "获客渠道表",
        (
            Column("acquired_through", "category", "", "how customers were won", "获客渠道",
                   allowed=ACQUIRED),
            Column("led_by", "category", "", "marketing: product, price, channel, promotion; "
                   "sales: finding and persuading", "主导方式", allowed=("marketing", "sales")),
            Column("people_reached", "count", "people", "saw it or were called", "触达人数", low=0),
            Column("leads", "count", "people", "asked, or came to look", "线索数", low=0),
            Column("customers", "count", "customers", "bought for the first time", "新客户数", low=0),
            Column("cost_eur", "money", "EUR", "what it cost in the two years", "获客费用", low=0),
        ),
    ),
    Table(
        "truth_personal", ("customer_id",),
        "one row per customer: taste and response, which only the generator knows", "个性化真值表",
        (
            _customer,
            *map(_taste, STYLES, ("乡村风偏好", "现代风偏好", "缤纷风偏好", "经典风偏好")),
            Column("price_sensitivity", "share", "", "0: never waits for a discount", "价格敏感度",
                   low=0, high=1),
            Column("renovating", "flag", "", "is putting a home in order", "正在装修"),
            Column("season_chance", "share", "", "chance to order in the season shop unasked, while there",
                   "自发下单概率", low=0, high=1),
            *map(_lift, PERSONAL_OFFERS[1:], ("折扣增量", "手册增量", "顾问增量")),
            Column("fatigue", "share", "", "share of an offer's effect that each recent mail takes away",
                   "触达疲劳", low=0, high=1),
            Column("season_margin_eur", "money", "EUR per order", "mean margin of a season order",
                   "季节单毛利", low=0),
            Column("left_date", "day", "calendar day", "first day on which they no longer buy", "真实离开日"),
        ),
    ),
    Table(
        "truth_personal_pairs", ("product_id", "companion_id"),
        "one row per pair of products that truly go together", "真实搭配表",
        (
            _product,
            Column("companion_id", "id", "", "the product that goes with it", "搭配商品"),
            Column("boost", "number", "times", "how many times likelier it is in the same basket",
                   "搭配倍数", low=1),
        ),
    ),
)
# fmt: on
