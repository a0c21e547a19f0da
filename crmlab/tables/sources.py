"""The tables of the three sources that one customer base is made from."""

from __future__ import annotations

from crmlab.schema import Column, Table

SOURCES = ("shop", "web", "business")
CHECK_FIELDS = ("address", "phone", "email")
DIRT = (
    "duplicate in source", "typo", "nickname", "names swapped", "missing", "placeholder", "impossible date",
    "month first", "two-digit year", "wrong digit", "letter case",
)  # fmt: skip

_record = Column("record_id", "id", "", "our own row number, given when the source was read", "记录编号")
_phone = Column(
    "phone", "text", "", "as somebody typed it; 000-… reaches nobody", "电话", nullable=True, required=False
)
_street = Column("street", "text", "", "street and house number, as typed", "街道", nullable=True)
_postcode = Column("postcode", "text", "", "postcode of an invented town", "邮编", nullable=True)
_birth = Column("birth_date", "text", "", "date of birth, as typed in this source", "出生日期", nullable=True)
_recorded = Column("recorded_on", "day", "calendar day", "day on which the record was written", "登记日期")
_source = Column("source", "category", "", "where the record comes from", "来源", allowed=SOURCES)
_person = Column("person_id", "id", "", "the one real person behind a record; T… is a test entry", "真实客户")

TABLES: tuple[Table, ...] = (
    Table(
        "shop_cards",
        ("record_id",),
        "one row per loyalty card of the shops; the name is given name first, dates are day first",
        "会员卡表",
        (
            _record,
            Column(
                "card_no", "text", "", "number on the card; sometimes not written down", "卡号", nullable=True
            ),
            Column("name", "text", "", "given name, then family name", "姓名"),
            _phone,
            _street,
            _postcode,
            _birth,
            _recorded,
        ),
    ),
    Table(
        "web_accounts",
        ("record_id",),
        "one row per account of the web shop; FAMILY, Given; dates are ISO (year first)",
        "网站账户表",
        (
            _record,
            Column("name", "text", "", "family name, comma, given name", "姓名"),
            Column("email", "text", "", "address at example.org or example.net", "邮箱", nullable=True),
            _phone,
            _street,
            _postcode,
            _birth,
            _recorded,
        ),
    ),
    Table(
        "business_accounts",
        ("record_id",),
        "one row per account of business sales: a company and the person we talk to",
        "企业客户表",
        (
            _record,
            Column("company", "text", "", "name of the (invented) firm", "公司"),
            Column("contact_name", "text", "", "the person we talk to, given name first", "联系人"),
            Column("email", "text", "", "address at example.org or example.net", "邮箱", nullable=True),
            _phone,
            Column(
                "vat_number",
                "text",
                "",
                "a number in the form of a tax number; ZZ is no country",
                "税号",
                nullable=True,
            ),
            _street,
            _postcode,
            _recorded,
        ),
    ),
    Table(
        "source_orders",
        ("order_id",),
        "one row per order, booked on a record of one source",
        "各来源订单表",
        (
            Column("order_id", "id", "", "the order", "订单编号"),
            _record,
            Column("order_date", "day", "calendar day", "day of the order", "订单日期"),
            Column("amount_eur", "money", "EUR", "paid, without tax", "金额", low=0),
        ),
    ),
    Table(
        "field_checks",
        ("record_id", "field"),
        "one row per recorded value that was verified again: a sample of records, drawn by lot",
        "信息核实表",
        (
            _record,
            Column("field", "category", "", "which value was checked", "字段", allowed=CHECK_FIELDS),
            Column(
                "age_years",
                "number",
                "years",
                "from the day it was recorded to the check",
                "信息年龄",
                low=0,
                high=30,
            ),
            Column("still_valid", "flag", "", "True: the value is still right", "是否有效"),
        ),
    ),
    Table(
        "business_invoices",
        ("invoice_id",),
        "one row per invoice to a business account",
        "应收账款表",
        (
            Column("invoice_id", "id", "", "the invoice", "发票编号"),
            _record,
            Column("issued_on", "day", "calendar day", "day of the invoice", "开票日期"),
            Column("due_on", "day", "calendar day", "day by which it is to be paid", "到期日"),
            Column(
                "paid_on",
                "day",
                "calendar day",
                "day of the payment; empty: not paid yet",
                "付款日",
                nullable=True,
            ),
            Column("amount_eur", "money", "EUR", "amount of the invoice", "金额", low=0),
        ),
    ),
    Table(
        "sales_months",
        ("month", "region"),
        "one row per region and month of the last year: plan, sales and what selling cost",
        "销售进度表",
        (
            Column("month", "number", "1 to 12", "month of the year", "月份", low=1, high=12, whole=True),
            Column(
                "region", "category", "", "sales region", "地区", allowed=("North", "East", "South", "West")
            ),
            Column("plan_eur", "money", "EUR", "planned sales of the month", "计划销售额", low=0),
            Column("sales_eur", "money", "EUR", "sales of the month", "销售额", low=0),
            Column(
                "expense_eur", "money", "EUR", "cost of selling: travel, staff, samples", "销售费用", low=0
            ),
        ),
    ),
    Table(
        "truth_links",
        ("record_id",),
        "one row per record: whose it truly is",
        "真实关联表",
        (
            _record,
            _source,
            _person,
            Column("address_valid", "flag", "", "True: the address is still right on 2023-12-31", "地址有效"),
            Column("phone_valid", "flag", "", "True: the phone number is still right", "电话有效"),
            Column("email_valid", "flag", "", "True: the email is still right", "邮箱有效"),
        ),
    ),
    Table(
        "truth_people",
        ("person_id",),
        "one row per real person",
        "真实客户表",
        (
            _person,
            Column("household_id", "id", "", "who lives together", "家庭编号"),
            Column(
                "namesake", "flag", "", "True: parent or child of the same name in the same home", "同名父子"
            ),
            Column(
                "orders_per_year",
                "number",
                "orders per year",
                "their true rate while they buy",
                "真实购买率",
                low=0,
            ),
            Column("still_buys", "flag", "", "True: still a customer on 2023-12-31", "是否仍购买"),
            Column("next_year_eur", "money", "EUR", "what they will buy in 2024", "次年购买额", low=0),
            Column(
                "in_trouble",
                "flag",
                "",
                "True: the business contact's firm cannot pay all its bills",
                "付款困难",
            ),
        ),
    ),
    Table(
        "truth_dirt",
        ("record_id", "field", "dirt"),
        "one row per planted fault: where, which, and the right value",
        "脏数据真值表",
        (
            _record,
            Column("field", "text", "", "column of the source; record: the whole row", "字段"),
            Column("dirt", "category", "", "what was done to it", "错误类型", allowed=DIRT),
            Column(
                "right_value", "text", "", "what it should be; empty for a whole row", "正确值", nullable=True
            ),
        ),
    ),
)
