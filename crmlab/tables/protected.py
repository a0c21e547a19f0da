"""The tables of who may read what, who read what, and the registers: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

SEXES = ("F", "M")
REASONS = (
    "moving home", "renovation", "gift", "replacement",
    "asthma", "back pain", "walking aid", "cannot pay",
)  # fmt: skip
SENSITIVE_REASONS = REASONS[4:]  # health, and a household that cannot pay
FIELD_CLASSES = ("C1", "C2", "C3")
ROLES = ("shop clerk", "service desk", "marketing analyst", "credit clerk", "system admin", "manager")
MISUSES = ("no right", "bulk at night", "neighbour", "slow drip", "false excuse")
REGISTERS = ("trade register", "tax register", "court list")
FIRM_KINDS = ("real", "shell", "dissolved", "forged")
STATUSES = ("active", "dissolved", "insolvent")

_person = Column("person_id", "id", "", "who, in the firm's own file", "人员编号")
_born = Column("birth_date", "day", "calendar day", "day of birth", "出生日期")
_sex = Column("sex", "category", "", "F or M", "性别", allowed=SEXES)
_district = Column(
    "district",
    "id",
    "",
    "invented district: six digits, kept as text (zero in front)",
    "地区代码",
)
_access = Column("access_id", "id", "", "one reading of customer data", "访问编号")
_role = Column("role", "category", "", "the job of the reader", "角色", allowed=ROLES)
_class = Column(
    "field_class", "category", "",
    "C1 internal, C2 personal (phone, orders, payments), C3 most secret (passwords, fingerprints)",
    "信息级别", allowed=FIELD_CLASSES,
)  # fmt: skip
_firm = Column("firm_id", "id", "", "a firm that wants to buy on credit", "申请编号")
_registration = Column("registration_no", "id", "", "number on the licence", "注册号")
_company = Column("company", "text", "", "name of the firm", "公司名称")
_address = Column("address", "text", "", "street that does not exist", "地址")
_person_in_charge = Column("legal_person", "text", "", "who signs for the firm", "法定代表人")
_founded = Column("founded_year", "number", "year", "year of foundation", "成立年份", low=1900, high=2030)

# fmt: off
TABLES = (
    Table(
        "people_file",
        ("person_id",),
        "one row per customer: what marketing would like to hand to an agency",
        "拟外发的客户文件",
        (
            _person,
            Column("name", "text", "", "made of syllables; nobody is called so", "姓名"),
            Column("phone", "text", "", "cannot be dialled: 000- and six digits", "电话"),
            _born, _sex, _district,
            Column("household_size", "number", "people", "people in the home", "家庭人数", low=1, high=12),
            Column(
                "reason", "category", "", "what they told the service desk about a purchase", "购买原因",
                allowed=REASONS,
            ),
            Column("spend_eur", "money", "EUR", "spent in the last twelve months", "年消费额", low=0),
        ),
    ),
    Table(
        "public_list",
        ("member_id",),
        "one row per member of a walking club: a list that anybody can read",
        "公开的会员名单",
        (
            Column("member_id", "id", "", "number in the club's list", "会员编号"),
            Column("name", "text", "", "the member's name", "姓名"),
            _born, _sex, _district,
        ),
    ),
    Table(
        "role_rights",
        ("role", "field_class"),
        "one row per role and class of fields: the role matrix",
        "角色权限表",
        (
            _role, _class,
            Column("may_read", "flag", "", "this role may read this class", "可否读取"),
            Column("most_rows", "count", "rows", "most rows in one reading", "单次上限", low=0),
            Column("needs_ticket", "flag", "", "a reading needs the number of a task", "需工单"),
        ),
    ),
    Table(
        "access_log",
        ("access_id",),
        "one row per reading of customer data",
        "访问日志",
        (
            _access,
            Column("staff_id", "id", "", "who read", "员工编号"),
            _role,
            Column("access_date", "day", "calendar day", "day of the reading", "访问日期"),
            Column("hour", "number", "0 to 23", "hour of the day", "时刻", low=0, high=23),
            _class,
            Column("n_rows", "count", "rows", "customers shown or exported", "行数", low=1),
            Column("ticket_id", "id", "", "the task that made it necessary", "工单号", nullable=True),
        ),
    ),
    Table(
        "new_firms",
        ("firm_id",),
        "one row per firm that asks for goods on credit: what it says of itself",
        "新客户申请表",
        (
            _firm, _registration, _company, _address, _person_in_charge, _founded,
            Column("credit_eur", "money", "EUR", "credit it asks for", "申请额度", low=0),
        ),
    ),
    Table(
        "register_entries",
        (),
        "one row per entry in one of three public registers",
        "登记信息表",
        (
            Column("register", "category", "", "where the entry stands", "来源", allowed=REGISTERS),
            _registration, _company, _address, _person_in_charge, _founded,
            Column("status", "category", "", "what the register says", "状态", allowed=STATUSES),
            Column("entry_date", "day", "calendar day", "day it was last renewed", "登记日期"),
        ),
    ),
    Table(
        "truth_identities",
        ("person_id",),
        "one row per person of the file: who is in the club, and what they are worth in the long run",
        "真值:人员",
        (
            _person,
            Column("member_id", "id", "", "their number in the club", "会员编号", nullable=True),
            Column("mean_spend_eur", "money", "EUR", "expected spend in a year", "真实年消费额", low=0),
        ),
    ),
    Table(
        "truth_misuse",
        ("access_id",),
        "one row per reading that was wrong",
        "真值:违规访问",
        (_access, Column("misuse", "category", "", "what was wrong", "违规类型", allowed=MISUSES)),
    ),
    Table(
        "truth_firms",
        ("firm_id",),
        "one row per firm: what it really is",
        "真值:申请者",
        (
            _firm,
            Column("kind", "category", "", "real, or a kind of false", "真实类型", allowed=FIRM_KINDS),
            Column("honest_difference", "text", "", "why a real firm differs", "正当差异", nullable=True),
        ),
    ),
)
# fmt: on
