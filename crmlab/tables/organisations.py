"""The tables of organisations, key persons and what is known of each customer."""

from __future__ import annotations

from crmlab.schema import Column, Table

SECTORS = ("hotel", "office", "restaurant", "interior design")
NEEDS = ("furnish anew", "replace", "refill")
PLACES = ("their office", "showroom", "trade fair", "phone")
CONCESSIONS = ("none", "discount", "longer terms", "free delivery")
FORM_SOURCES = ("card form", "staff note", "questionnaire")
ROLES = ("owner", "buyer", "user", "accountant")
FIELD_VALUES: dict[str, tuple[str, ...]] = {  # the fields that are words, and the words
    "family_status": ("single", "couple", "parent", "shared home"),
    "child_under_14": ("no", "yes"),
    "occupation": ("employee", "own firm", "public", "student", "retired"),
    "home": ("rents", "owns"),
    "hobby": ("garden", "cooking", "sport", "reading", "travel"),
    "religion": ("faith 1", "faith 2", "faith 3", "none"),
    "blood_type": ("0", "A", "B", "AB"),
    "plans_a_large_purchase": ("no", "yes"),
    "favourite_style": ("modern", "country", "classic", "nordic"),
}
FIELD_RANGES = {  # the fields that are numbers: lowest, highest
    "children": (0, 6), "income_band": (1, 5), "satisfaction": (1, 5), "intention_to_buy": (1, 5),
    "other_shops": (0, 4),
}  # fmt: skip
FORM_FIELDS = (
    "phone", "family_status", "children", "child_under_14", "income_band", "occupation", "home", "hobby",
    "religion", "blood_type", "satisfaction", "intention_to_buy", "plans_a_large_purchase",
    "other_shops", "favourite_style",
)  # fmt: skip
_WORDS = {
    "phone": ("number to call; 000 reaches nobody", "电话"),
    "family_status": ("family status", "婚姻状况"),
    "children": ("children at home", "子女数"),
    "child_under_14": ("is there a child under 14", "有未满十四岁子女"),
    "income_band": ("household income; 5 is the highest", "收入档次"),
    "occupation": ("occupation", "职业"),
    "home": ("rents or owns the home", "住房"),
    "hobby": ("favourite pastime", "爱好"),
    "religion": ("religion; asked to show what not to ask", "宗教信仰"),
    "blood_type": ("blood type; asked to show what not to ask", "血型"),
    "satisfaction": ("5 = very satisfied", "满意度"),
    "intention_to_buy": ("will buy again; 5 = surely", "购买意向"),
    "plans_a_large_purchase": ("plans a large purchase soon", "大件购买计划"),
    "other_shops": ("other sellers of home goods visited", "竞争商家数"),
    "favourite_style": ("favourite style", "风格偏好"),
}
_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_org = Column("org_id", "id", "", "the organisation", "组织编号")
_day = "calendar day"


def _field(name: str) -> Column:
    meaning, zh = _WORDS[name]
    if name in FIELD_RANGES:
        low, high = FIELD_RANGES[name]
        unit = "number" if name in ("children", "other_shops") else f"{low} to {high}"
        return Column(name, "number", unit, meaning, zh, low=low, high=high, nullable=True, whole=True)
    if name in FIELD_VALUES:
        return Column(name, "category", "", meaning, zh, allowed=FIELD_VALUES[name], nullable=True)
    return Column(name, "text", "", meaning, zh, nullable=True)


# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "organisations", ("org_id",),
        "one row per organisation in the sales file: business customers, and prospects who never bought",
        "组织客户表",
        (
            _org,
            Column("customer_id", "id", "", "as a customer; missing for a prospect", "客户编号",
                   nullable=True),
            Column("name", "text", "", "invented name", "名称"),
            Column("sector", "category", "", "line of business", "行业", allowed=SECTORS),
            Column("staff", "count", "people", "size", "员工数", low=1, high=5000),
            Column("founded_year", "number", "year", "year of foundation", "创立年份", low=1900, high=2024,
                   whole=True),
            Column("payment_terms_days", "number", "days", "time to pay that was agreed", "付款期限",
                   low=0, high=120, nullable=True, whole=True),
            Column("credit_grade", "category", "", "A is best; from a credit bureau", "信用等级",
                   allowed=("A", "B", "C", "D"), nullable=True),
            Column("closeness", "number", "1 to 5", "5 = very close to us; judged by sales", "关系紧密程度",
                   low=1, high=5, nullable=True, whole=True),
            Column("willingness", "number", "1 to 5", "5 = eager to buy; judged by sales", "合作意愿",
                   low=1, high=5, nullable=True, whole=True),
            Column("stated_need", "category", "", "what they say they need", "需求", allowed=NEEDS,
                   nullable=True),
            Column("recorded_on", "day", _day, "day of the last entry", "记录日期"),
        ),
    ),
    Table(
        "key_persons", ("person_id",), "one row per person who matters at an organisation", "关键人物表",
        (
            Column("person_id", "id", "", "the person; no name is kept here", "人员编号"),
            _org,
            Column("role", "category", "", "part in the purchase", "角色", allowed=ROLES),
            Column("influence", "number", "1 to 5", "5 = decides; judged by sales", "影响力", low=1, high=5),
            Column("birthday_month", "number", "month", "month only: enough for a card", "生日月份",
                   low=1, high=12, nullable=True, whole=True),
            Column("last_contact", "day", _day, "last talk with this person", "最近接触", nullable=True),
        ),
    ),
    Table(
        "investments", ("investment_id",),
        "one row per contact that the firm started with an organisation: what it put into the relation",
        "客户投资记录",
        (
            Column("investment_id", "id", "", "the contact", "记录编号"),
            _org,
            Column("contact_date", "day", _day, "when", "接触时间"),
            Column("place", "category", "", "where", "接触地点", allowed=PLACES),
            Column("cost_eur", "money", "EUR", "travel and working time", "费用", low=0),
            Column("concession", "category", "", "what was granted", "让步", allowed=CONCESSIONS),
            Column("concession_eur", "money", "EUR", "what it cost", "让步金额", low=0),
        ),
    ),
    Table(
        "customer_fields", ("customer_id", "recorded_on", "source"),
        "one row per form, note or questionnaire of a consumer who holds the customer card",
        "客户字段记录",
        (
            _customer,
            Column("recorded_on", "day", _day, "day it was written down", "记录日期"),
            Column("source", "category", "", "where it comes from", "来源", allowed=FORM_SOURCES),
            *(_field(name) for name in FORM_FIELDS),
        ),
    ),
    Table(
        "truth_fields", ("field",), "one row per field: how it was made", "字段真值表",
        (
            Column("field", "id", "", "the field", "字段"),
            Column("half_life_years", "number", "years", "time in which half of the values change; missing: "
                   "never, or follows the customer's next orders", "真实半衰期", low=0, nullable=True),
            Column("link_rate", "number", "correlation", "with the purchase rate", "与购买率的关联",
                   low=-1, high=1),
            Column("link_spend", "number", "correlation", "with the amount of an order", "与客单价的关联",
                   low=-1, high=1),
            Column("link_stay", "number", "correlation", "with staying a customer", "与留存的关联",
                   low=-1, high=1),
            Column("follows_orders", "flag", "", "answers follow the orders to come", "随未来订单变化"),
        ),
    ),
    Table(
        "truth_values", ("customer_id",), "one row per card holder: the true values on 2023-12-31",
        "字段当前真值", (_customer, *(_field(name) for name in FORM_FIELDS)),
    ),
    Table(
        "truth_organisations", ("org_id",), "one row per organisation: what only the generator knows",
        "组织真值表",
        (
            _org,
            Column("true_need", "category", "", "what they really need", "真实需求", allowed=NEEDS),
            Column("would_buy", "flag", "", "buys, or would buy if asked", "是否会购买"),
            Column("potential_eur_year", "money", "EUR per year",
                   "what they would spend with us in a year, while they stay", "真实年潜力", low=0),
        ),
    ),
)
# fmt: on
