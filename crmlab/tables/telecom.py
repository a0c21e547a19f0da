"""The tables of the telecom world: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Column, Table

CARE_CAUSES = ("billing error by firm", "user", "request refused")
EPISODES = ("none", *CARE_CAUSES)

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_cause = Column("cause", "category", "", "true cause of the issue", "真实原因", allowed=CARE_CAUSES)


# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "phone_subscribers", ("customer_id",), "one row per subscriber of Larkline, a mobile carrier",
        "移动用户表",
        (
            _customer,
            Column("revenue_eur", "money", "EUR per month", "monthly bill", "月收入", low=0),
            Column("margin_eur", "money", "EUR per month", "what is left of the bill before any call is paid",
                   "月毛利"),
            Column("left_on", "day", "calendar day", "day the subscriber left; missing: still a customer",
                   "离网日期", nullable=True),
        ),
    ),
    Table(
        "care_calls", ("call_id",), "one row per call to customer care, January to June 2023", "客服来电表",
        (
            Column("call_id", "id", "", "which call", "来电编号"),
            _customer,
            Column("issue_id", "id", "", "which issue; several calls may be about one", "问题编号"),
            Column("call_date", "day", "calendar day", "day of the call", "来电日期"),
            Column("cause_coded", "category", "", "cause that the agent noted; agents err", "坐席记录的原因",
                   allowed=CARE_CAUSES),
            Column("resolved", "flag", "", "the issue ended with this call", "是否解决"),
            Column("minutes", "number", "minutes", "talking time of the agent", "通话时长", low=0, high=600),
            Column("cost_eur", "money", "EUR", "what the call cost", "成本", low=0),
        ),
    ),
    Table(
        "care_audit", ("call_id",), "one row per call that an auditor read again, drawn by lot",
        "来电复核表",
        (
            Column("call_id", "id", "", "which call", "来电编号"),
            Column("cause_audited", "category", "", "cause that the auditor found", "复核原因",
                   allowed=CARE_CAUSES),
        ),
    ),
    Table(
        "acquaintances", ("customer_id", "friend_id"),
        "one row per pair of subscribers who talk to each other; each pair stands once", "熟人关系表",
        (
            _customer,
            Column("friend_id", "id", "", "the other of the pair", "熟人编号"),
        ),
    ),
    Table(
        "truth_phone", ("customer_id",), "one row per subscriber: tendency, episode and reasons to leave",
        "用户真值表",
        (
            _customer,
            Column("own_calls", "number", "calls per month", "expected calls outside any episode",
                   "自身来电倾向", low=0),
            Column("episode_cause", "category", "", "what makes them call very often for months; or none",
                   "高频期原因", allowed=EPISODES),
            Column("episode_calls", "number", "calls per month", "expected calls that the episode adds",
                   "高频期来电", low=0),
            Column("episode_from", "count", "month", "first month of the episode, 1 is January 2023; missing:"
                   " none", "高频期开始", nullable=True, whole=True),
            Column("episode_to", "count", "month", "last month of the episode; missing: none",
                   "高频期结束", nullable=True, whole=True),
            Column("firm_share", "share", "", "expected share of half a year's calls that the firm causes",
                   "企业责任占比", low=0, high=1),
            Column("leave_own_share", "share", "per quarter", "chance to leave without any fault of the firm",
                   "自然离网率", low=0, high=1),
            Column("leave_fault_share", "share", "per quarter", "chance that the firm's faults of the first "
                   "quarter add", "企业过失增加的离网率", low=0, high=1),
            Column("leave_heard_share", "share", "", "chance to leave because somebody they know was fired",
                   "听闻后离网率", low=0, high=1),
        ),
    ),
    Table(
        "truth_care_issues", ("issue_id",), "one row per issue: its true cause", "问题原因真值表",
        (
            Column("issue_id", "id", "", "which issue", "问题编号"),
            _cause,
        ),
    ),
)
# fmt: on
