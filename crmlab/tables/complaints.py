"""The tables of the complaints world: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

CAUSES = ("late delivery", "damaged", "wrong item", "defect", "billing", "staff")
PROBLEM_CHANNELS = ("phone", "email", "web form", "shop")
TOUCH_CHANNELS = ("phone", "email", "web form", "shop", "chat", "letter", "newsletter", "visit")
STARTERS = ("customer", "firm")
CONTENTS = ("information", "emotion", "opinion")
LOTS = ("fast", "usual", "no lot")
JUDGEMENTS = ("founded", "unfounded", "open")
STATES = ("silent", "unsatisfied", "satisfied", "satisfied quickly")
TEXT_KINDS = ("plain", "mixed", "vague")
SPEAKERS = ("agent", "customer", "note")
MISTAKES = ("admits early", "quarrels", "lectures", "blames", "pointless question", "words without deeds")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_case = Column("case_id", "id", "", "which complaint", "投诉编号")
_eur, _day = "EUR", "calendar day"


# fmt: off
def _days(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "count", "days", f"days from the opening until {meaning}; missing: it never happened",
        zh,
                  low=0, nullable=True, whole=True)


TABLES: tuple[Table, ...] = (
    Table(
        "calls", ("call_id",), "one row per call of one week to the call centre of the whole firm", "来电表",
        (
            Column("call_id", "id", "", "which call", "来电编号"),
            Column("call_date", "day", _day, "day of the call", "来电日期"),
            Column("channel", "category", "", "dialled, or started from the web page; one queue for both",
                "渠道",
                   allowed=("phone", "web call")),
            Column("arrived_min", "number", "minutes", "minutes from midnight to the arrival", "到达时刻",
                low=0,
                   high=1440),
            Column("waited_s", "count", "seconds", "seconds until answered or given up", "等待秒数", low=0),
            Column("answered", "flag", "", "an agent answered; else the caller gave up", "是否接通"),
            Column("handled_s", "count", "seconds", "seconds the agent was busy; missing: not answered",
                "处理秒数",
                   low=0, nullable=True, whole=True),
        ),
    ),
    Table(
        "shifts", ("start_min",), "one row per half-hour: the agents on duty, the same every day", "班次表",
        (
            Column("start_min", "count", "minutes", "minutes from midnight to the start of the half-hour",
                   "时段起点", low=0, high=1440),
            Column("agents", "count", "people", "agents at work", "坐席数", low=1),
        ),
    ),
    Table(
        "cases", ("case_id",), "one row per complaint: the four steps of handling it", "投诉处理表",
        (
            _case, _customer,
            Column("opened_on", "day", _day, "day the complaint came", "受理日期"),
            Column("channel", "category", "", "where it came in", "渠道", allowed=PROBLEM_CHANNELS),
            Column("stake_eur", "money", _eur, "money at stake for the customer", "涉及金额", low=0),
            Column("lot", "category", "", "drawn by lot: fast lane, usual way, or not in the trial",
                "随机分组",
                   allowed=LOTS),
            _days("heard_days", "somebody heard the customer out", "倾听用时"),
            _days("judged_days", "the points were on record and judged", "判定用时"),
            Column("judgement", "category", "", "founded, unfounded, or open: not judged yet", "判定结果",
                   allowed=JUDGEMENTS),
            _days("remedied_days", "the remedy was carried out", "补救用时"),
            Column("remedy_eur", "money", _eur, "what the remedy cost", "补救费用", low=0),
            _days("followed_days", "somebody asked whether all is well now", "回访用时"),
            Column("satisfied", "flag", "", "the customer said at the end: I am satisfied", "是否满意"),
        ),
    ),
    Table(
        "case_texts", ("case_id",), "one row per complaint: what the customer wrote", "投诉文本表",
        (
            _case,
            Column("text", "text", "", "in the customer's words, with slips of the pen", "投诉内容"),
            Column("cause_coded", "category", "",
                "cause that a reader noted; missing: nobody has read it yet",
                   "人工标注原因", allowed=CAUSES, nullable=True),
        ),
    ),
    Table(
        "transcripts", ("case_id", "turn"), "one row per turn of a recorded talk about a complaint",
        "通话记录表",
        (
            _case,
            Column("turn", "count", "number", "place in the talk, from 1", "轮次", low=1),
            Column("speaker", "category", "", "agent, customer, or a note that the system made of an action",
                   "说话人", allowed=SPEAKERS),
            Column("text", "text", "", "what was said or noted", "内容"),
        ),
    ),
    Table(
        "touches", ("touch_id",), "one row per contact: all about complaints, and one week of all others",
        "接触表",
        (
            Column("touch_id", "id", "", "which contact", "接触编号"),
            _customer,
            Column("case_id", "id", "", "the complaint it is about; missing: about none", "投诉编号",
                nullable=True),
            Column("touch_date", "day", _day, "day of the contact", "接触日期"),
            Column("channel", "category", "", "where it happened", "渠道", allowed=TOUCH_CHANNELS),
            Column("started_by", "category", "", "who began it", "发起方", allowed=STARTERS),
            Column("content", "category", "", "what was mainly exchanged", "互动内容", allowed=CONTENTS),
            Column("promised_days", "count", "days",
                "days to the remedy that were promised; missing: none were",
                   "承诺天数", low=0, nullable=True, whole=True),
        ),
    ),
    Table(
        "repurchase", ("customer_id", "year"), "one row per customer and year: did they buy again", "复购表",
        (
            _customer,
            Column("year", "count", "year", "calendar year", "年份", low=2000, high=2100),
            Column("order_eur", "money", _eur, "the customer's typical order", "常规订单额", low=0),
            Column("rating", "number", "0 to 10", "answer of the year-end survey", "满意度评分", low=0,
                high=10),
            Column("bought_again", "flag", "",
                   "bought within a year after the problem (or after midsummer, if there was none)",
                   "是否复购"),
            Column("margin_next_eur", "money", _eur, "margin of that year after; 0 if nothing was bought",
                   "次年毛利", low=0),
        ),
    ),
    Table(
        "problem_survey", ("customer_id",), "one row per customer asked at random about the year 2023",
        "问题调查表",
        (
            _customer,
            Column("had_problem", "flag", "", "there was a problem in the year", "是否遇到问题"),
            Column("stake_eur", "money", _eur, "money at stake; missing: no problem", "涉及金额", low=0,
                   nullable=True),
            Column("complained", "flag", "", "told the firm", "是否投诉"),
        ),
    ),
    Table(
        "delivery_weeks", ("week",), "one row per week: deliveries to these customers", "周配送量表",
        (
            Column("week", "day", _day, "Monday of the week", "周"),
            Column("deliveries", "count", "number", "parcels delivered", "配送量", low=0),
        ),
    ),
    Table(
        "truth_problems", ("problem_id",), "one row per problem that happened, told or silent", "问题真值表",
        (
            Column("problem_id", "id", "", "which problem", "问题编号"),
            _customer,
            Column("case_id", "id", "", "the complaint; missing: silent", "投诉编号", nullable=True),
            Column("happened_on", "day", _day, "day of the problem", "发生日期"),
            Column("stake_eur", "money", _eur, "money at stake", "涉及金额", low=0),
            Column("cause", "category", "", "true main cause", "真实原因", allowed=CAUSES),
            Column("severity", "number", "sd", "how bad it was beyond the money; 0 is usual", "严重程度"),
            Column("p_complain", "share", "", "true chance to complain", "真实投诉概率", low=0, high=1),
            Column("state", "category", "", "how it ended", "结局", allowed=STATES),
            Column("p_again", "share", "", "true chance to buy again, as it ended", "真实复购概率", low=0,
                high=1),
            Column("p_again_without", "share", "", "the same, if the problem had not happened",
                "无问题时复购概率",
                   low=0, high=1),
            Column("text_kind", "category", "", "the text names one cause, two, or none", "文本类型",
                   allowed=TEXT_KINDS, nullable=True),
        ),
    ),
    Table(
        "truth_lanes", ("case_id",), "one row per complaint: chance to buy again in each lane",
        "处理方式真值表",
        (
            _case,
            Column("p_again_usual", "share", "", "true chance to buy again, handled the usual way",
                   "常规处理复购概率", low=0, high=1),
            Column("p_again_fast", "share", "", "true chance to buy again, handled in the fast lane",
                   "快速处理复购概率", low=0, high=1),
        ),
    ),
    Table(
        "truth_mistakes", ("case_id", "mistake"), "one row per mistake planted in a talk", "处理错误真值表",
        (
            _case,
            Column("mistake", "category", "", "which of the usual mistakes", "错误类型", allowed=MISTAKES),
        ),
    ),
    Table(
        "truth_shift", (), "one row: when and for which cause the problems became more frequent",
        "突变真值表",
        (
            Column("week", "day", _day, "first Monday with more problems", "起始周"),
            Column("cause", "category", "", "the cause that became more frequent", "原因", allowed=CAUSES),
            Column("factor", "number", "times", "how many times as frequent as before", "倍数", low=0),
        ),
    ),
)
# fmt: on
