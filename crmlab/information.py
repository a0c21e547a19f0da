"""What a firm may know about a customer: the classic lists of fields, with kind, source and law, as data."""

from __future__ import annotations

import pandas as pd

# How the law sees a field: PIPL (China, in force 2021-11-01), GDPR (EU), and a note with the article.
# Where lawyers argue, the note says so; this is teaching material and no legal advice.
_LAW: dict[str, tuple[str, str, str]] = {
    "": ("personal", "personal", "personal data: PIPL art. 6 and GDPR art. 5(1)(c) ask for the minimum"),
    "org": ("no", "no", "about an organisation; a sole trader's data are personal"),
    "faith": ("sensitive", "special category", "PIPL art. 28 religious belief; GDPR art. 9(1)"),
    "health": ("sensitive", "special category", "PIPL art. 28 medical health; GDPR art. 9(1) health"),
    "blood": (
        "personal", "special category",
        "arguable: GDPR art. 9(1) health, as the result of a test (recital 35); PIPL art. 28 only with "
        "an illness (so GB/T 45574-2025)",
    ),
    "body": ("personal", "personal", "arguable: GDPR art. 9(1) if it reveals health; PIPL art. 28 only with "
             "an illness (so GB/T 45574-2025)"),
    "habit": ("personal", "personal", "arguable: can reveal health (PIPL art. 28; GDPR art. 9(1))"),
    "politics": (
        "personal", "special category",
        "GDPR art. 9(1) political opinions; PIPL art. 28 does not list it: arguable by its test of harm",
    ),
    "ethnic": (
        "personal", "special category",
        "GDPR art. 9(1) ethnic origin; PIPL art. 28: arguable as specific identity or by its test of harm",
    ),
    "minor": (
        "sensitive", "personal",
        "PIPL art. 28: any information of a child under 14; GDPR: personal, children deserve special care",
    ),
    "flag": (
        "sensitive", "personal",
        "arguable: for PIPL art. 28 a bare yes or no may be the parent's; we count it as the child's; "
        "GDPR: personal",
    ),
    "children": ("personal", "personal", "arguable: about the parent; with name or age of a child under 14 "
                 "it is sensitive (PIPL art. 28)"),
    "money": ("personal", "personal", "arguable: PIPL art. 28 lists financial accounts; GB/T 45574-2025 adds "
              "details of income, and a band is coarser"),
    "account": ("sensitive", "personal", "PIPL art. 28 financial accounts; GDPR: personal, not special"),
    "face": ("sensitive", "personal", "arguable: PIPL art. 28 biometrics when used to recognise a face, we "
             "treat it so; GDPR art. 9(1) only when processed to identify"),
    "id": ("personal", "personal", "arguable: PIPL art. 28 specific identity; GB/T 45574-2025 lists a photo "
           "of the card, not the number; GDPR art. 87"),
    "track": ("sensitive", "personal", "PIPL art. 28 whereabouts; GDPR: personal, may reveal special data"),
    "couple": ("personal", "personal", "arguable: a partner's name may reveal sex life (GDPR art. 9(1))"),
    "clubs": ("personal", "personal", "special category when it is a party, church or trade union "
              "(GDPR art. 9(1)); church: PIPL art. 28"),
    "belief": ("personal", "special category", "GDPR art. 9(1) philosophical beliefs, where it is one; "
               "PIPL art. 28 lists religious belief only"),
}  # fmt: skip
_KINDS = {"D": "descriptive", "B": "behavioural", "A": "associative"}
_ABOUT = {"i": "individual", "o": "organisation", "k": "key person"}
# field | Chinese | about | class | finer class of the list in eight | kind | source | law
_FIELDS = """
name|姓名|i|basic: self|basic|D|form|
sex|性别|i|basic: self|basic|D|form|
birth year|出生年份|i|basic: self|basic|D|form|
place of birth|籍贯|i|basic: self|basic|D|form|
ethnic group|民族|i|basic: self|basic|D|form|ethnic
identity card number|身份证号|i|basic: self|basic|D|form|id
portrait photo|照片|i|basic: self|basic|D|observed by staff|face
phone|电话|i|basic: self|basic|D|form|
email|电子邮箱|i|basic: self|basic|D|form|
home address|家庭住址|i|basic: self|basic|D|form|
height and weight|身高体重|i|basic: self|basic|D|observed by staff|body
blood type|血型|i|basic: self|basic|D|form|blood
medical history|医疗病史|i|basic: self|lifestyle|D|observed by staff|health
bank account|银行账户|i|basic: self|basic|D|form|account
family status|婚姻状况|i|basic: family|family|D|form|couple
partner's name|配偶姓名|i|basic: family|family|D|form|couple
wedding day|结婚纪念日|i|basic: family|family|D|form|couple
children|子女数|i|basic: family|family|D|form|children
child under 14|有未满十四岁子女|i|basic: family|family|D|form|flag
children's birthdays|子女生日|i|basic: family|family|D|observed by staff|minor
children's school|子女学校|i|basic: family|family|D|observed by staff|minor
household size|家庭人数|i|basic: family|family|D|form|
home|住房|i|basic: family|family|D|form|
relatives|亲戚|i|basic: family|social ties|D|observed by staff|
occupation|职业|i|basic: career|career|D|form|
employer|工作单位|i|basic: career|career|D|form|
position|职务|i|basic: career|career|D|form|
income band|收入|i|basic: career|career|D|form|money
career goal|事业目标|i|basic: career|career|A|observed by staff|
education|学历|i|basic: career|education|D|form|
school attended|毕业院校|i|basic: career|education|D|form|
motive|购买动机|i|psychological|personality|A|questionnaire|
personality|个性|i|psychological|personality|A|observed by staff|
lifestyle|生活方式|i|psychological|lifestyle|A|questionnaire|
hobby|爱好|i|psychological|lifestyle|D|observed by staff|
smoking and drinking|烟酒习惯|i|psychological|lifestyle|D|observed by staff|habit
holiday habits|度假习惯|i|psychological|lifestyle|D|observed by staff|
religion|宗教信仰|i|psychological|personality|D|form|faith
values|信念|i|psychological|personality|A|questionnaire|belief
political activity|政治活动|i|psychological|social ties|D|observed by staff|politics
club memberships|社团|i|psychological|social ties|D|observed by staff|clubs
favourite style|风格偏好|i|psychological|consumption|A|questionnaire|
satisfaction|满意度|i|psychological|consumption|A|questionnaire|
intention to buy|购买意向|i|psychological|consumption|A|questionnaire|
plans a large purchase|大件购买计划|i|psychological|consumption|A|questionnaire|
other shops|也光顾的竞争商家|i|psychological|consumption|A|questionnaire|
purchase frequency|购买频率|i|behavioural|consumption|B|orders|
kinds bought|购买种类|i|behavioural|consumption|B|orders|
amount spent|购买金额|i|behavioural|consumption|B|orders|
channel used|购买渠道|i|behavioural|consumption|B|orders|
last purchase|最近购买|i|behavioural|consumption|B|orders|
returns|退货|i|behavioural|consumption|B|orders|
contacts and complaints|接触与投诉|i|behavioural|consumption|B|contacts|
way of payment|付款方式|i|behavioural|consumption|B|orders|
path through the shop|店内行踪|i|behavioural|consumption|B|cameras, phone|track
registered name|名称|o|basic|basic|D|public register|org
registered address|注册地址|o|basic|basic|D|public register|org
licence number|营业执照号|o|basic|basic|D|public register|org
owner|所有者|o|basic|basic|D|public register|
year founded|创立时间|o|basic|basic|D|public register|org
sector|行业|o|characteristics|characteristics|D|public register|org
staff|员工数|o|characteristics|characteristics|D|public register|org
service area|服务区域|o|characteristics|characteristics|D|sales visit|org
management style|经营特点|o|characteristics|characteristics|A|sales visit|org
sales performance|销售业绩|o|business status|business status|B|annual report|org
market position|市场地位|o|business status|business status|A|trade press|org
problems now|存在的问题|o|business status|business status|A|sales visit|org
plans|未来对策|o|business status|business status|A|sales visit|org
payment terms|付款条件|o|transaction status|transaction status|B|contract|org
credit grade|信用等级|o|transaction status|transaction status|A|credit bureau|org
payment record|付款记录|o|transaction status|transaction status|B|accounts|org
closeness|关系紧密程度|o|transaction status|transaction status|A|sales visit|org
willingness|合作意愿|o|transaction status|transaction status|A|sales visit|org
sales to them|交易额|o|transaction status|transaction status|B|orders|org
role|职务角色|k|key persons|key persons|D|sales visit|
influence|影响力|k|key persons|key persons|A|sales visit|
birthday month|生日月份|k|key persons|key persons|D|sales visit|
personal interests|个人兴趣|k|key persons|key persons|D|sales visit|
attitude to us|对我方态度|k|key persons|key persons|A|sales visit|
last contact|最近接触|k|key persons|key persons|B|contacts|
"""


def field_catalogue() -> pd.DataFrame:
    """List the fields of the classic lists: what each is, how it is known and how the law sees it.

    Returns
    -------
    DataFrame
        One row per field, as in the lists: ``field`` and ``zh`` (its name), ``about`` ("individual",
        "organisation" or "key person"), ``class`` and ``finer_class`` (of the list in eight classes; the
        same as ``class`` for organisations), ``kind`` ("descriptive", "behavioural" or "associative"),
        ``source`` (where it usually comes from), ``sensitive_pipl`` ("sensitive", "personal" or "no"),
        ``special_gdpr`` ("special category", "personal" or "no") and ``note`` with the article. A note that
        begins with "arguable" marks a case on which lawyers differ. No legal advice.

    References
    ----------
    Personal Information Protection Law of the People's Republic of China (2021), articles 6 and 28.
    Regulation (EU) 2016/679 (GDPR), articles 5, 9 and 87, recital 35.
    GB/T 45574-2025, Security requirements for processing of sensitive personal information: a recommended
    standard, in force 1 November 2025.

    Examples
    --------
    >>> fields = field_catalogue().set_index("field")
    >>> fields.loc["religion", ["kind", "sensitive_pipl", "special_gdpr"]].tolist()
    ['descriptive', 'sensitive', 'special category']
    >>> fields.loc["staff", "sensitive_pipl"]
    'no'
    """
    rows = [line.split("|") for line in _FIELDS.strip().splitlines()]
    return pd.DataFrame(
        {
            "field": [r[0] for r in rows],
            "zh": [r[1] for r in rows],
            "about": [_ABOUT[r[2]] for r in rows],
            "class": [r[3] for r in rows],
            "finer_class": [r[4] for r in rows],
            "kind": [_KINDS[r[5]] for r in rows],
            "source": [r[6] for r in rows],
            "sensitive_pipl": [_LAW[r[7]][0] for r in rows],
            "special_gdpr": [_LAW[r[7]][1] for r in rows],
            "note": [_LAW[r[7]][2] for r in rows],
        }
    )
