"""The tables of the survey: who was asked how, and who answered what: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

SURVEY_CHANNELS = ("phone", "online", "till", "observation")
WORDINGS = ("neutral", "agree", "leading")
AGE_GROUPS = ("business", "under 35", "35 to 54", "55 and older")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_channel = Column("channel", "category", "", "how they were asked", "调查渠道", allowed=SURVEY_CHANNELS)

# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "survey_invitations",
        ("customer_id",),
        "one row per customer who was drawn for the survey of January 2024, whether they answered or not",
        "调查邀请表",
        (
            _customer,
            Column(
                "group", "category", "", "business, or the age group of a consumer", "客户群组",
                allowed=AGE_GROUPS,
            ),
            _channel,
            Column("wording", "category", "", "how the question was put", "问法", allowed=WORDINGS),
            Column(
                "interviewer", "category", "", "who asked; phone only", "访问员",
                allowed=("I1", "I2", "I3", "I4"), nullable=True,
            ),
            Column("invited_date", "day", "calendar day", "day on which they were asked", "邀请日期"),
            Column("reached", "flag", "", "the question arrived", "是否接触到"),
            Column("answered", "flag", "", "they answered", "是否回答"),
            Column("cost_eur", "money", "EUR", "cost of asking and of the answer", "成本", low=0),
        ),
    ),
    Table(
        "survey_answers",
        ("customer_id",),
        "one row per answer to the survey of January 2024, as it was written down",
        "调查回答表",
        (
            _customer,
            _channel,
            Column("answer_date", "day", "calendar day", "day on which the answer was there", "回答日期"),
            Column(
                "satisfaction", "number", "1 to 5", "5 = very satisfied; paper: as typed first", "满意度",
                low=1, high=5, whole=True,
            ),
            Column(
                "satisfaction_again", "number", "1 to 5", "the same form typed a second time; paper only",
                "满意度（二次录入）", low=1, high=5, nullable=True, whole=True,
            ),
            Column(
                "would_use", "category", "", "would use a delivery in the evening; not seen by observation",
                "是否会用晚间送货", allowed=("yes", "no"), nullable=True,
            ),
            Column("remark", "text", "", "open answer, in the customer's words", "开放回答", nullable=True),
        ),
    ),
    Table(
        "truth_survey",
        ("customer_id",),
        "one row per invited customer: what they truly think, and how likely they were to answer",
        "调查真值表",
        (
            _customer,
            Column(
                "true_score", "number", "standard deviations", "hidden satisfaction; 0 is average",
                "真实满意度得分",
            ),
            Column(
                "true_satisfaction", "number", "1 to 5", "the box that fits it", "真实满意度",
                low=1, high=5, whole=True,
            ),
            Column("true_use", "flag", "", "would truly use a delivery in the evening", "真实使用意愿"),
            Column(
                "answer_chance", "share", "", "chance that an invitation leads to an answer", "回答概率",
                low=0, high=1,
            ),
        ),
    ),
)
# fmt: on
