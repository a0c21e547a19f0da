"""Lesson 16, a firm that ends customers: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task
from crmlab.datasets.telecom import make_telecom

CUSTOMERS = 4000  # enough on the list
AS_OF = pd.Timestamp("2023-06-30")
SECOND = pd.Timestamp("2023-04-01")
LIST_CALLS = 30  # in the first quarter: ten a month
TARGET, PROGRAMME = 0.71, 5.0
FIRM = "billing error by firm"


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the tables of the telecom world that a firm sees."""
    world = make_telecom(n, audited=600, heavy_share=0.006, rng=rng)
    return AS_OF, {
        name: getattr(world, name)
        for name in ("phone_subscribers", "care_calls", "care_audit", "acquaintances")
    }


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: every mistake gives another number."""
    listed = on_list(data)
    if len(listed) < 12:
        return False
    right, (s, f) = fault(data), _audited(data)
    faults = [fault(data, corrected=False), fault(data, everybody=True), fault(data, turned=True)]
    each = _noted_each(data)
    spared = int((each > (s + f) / 2).sum())
    stays = later(data, stay=True)["calls_after"]
    gains = [firing(data, **how) for how in FIRING_MISTAKES.values()]
    fixes = [first_calls(data, **how) for how in FIRST_CALL_MISTAKES.values()]
    return bool(
        abs(heads(data, silent=False)["times_average"] - heads(data)["times_average"]) > 1
        and min(abs(even(data, what=w) - even(data)) for w in ("revenue", "issue", "minutes", "turned"))
        > 0.05
        and 0.02 < right < 0.98
        and 2 < spared < len(listed) - 2
        and bool(((each > (s + f) / 2) & (each <= 0.5)).any())  # the line is not one half
        and min(abs(x - right) for x in faults) > 0.01
        and abs(fault(data, half_year=True) - right) > 0.006
        and abs(later(data, silent=False)["calls_after"] - later(data)["calls_after"]) > 0.1
        and abs(stays - later(data)["calls_after"]) > 0.1
        and min(abs(x - firing(data)) for x in gains) > 100
        and min(abs(x - first_calls(data)) for x in fixes) > 100
        and later(data)["change"] < -0.13
        and abs(firing(data) - first_calls(data)) > 2000
    )


def _first(data: StudentData) -> pd.DataFrame:
    return data.care_calls[data.care_calls["call_date"] < SECOND]


def on_list(data: StudentData) -> pd.Index:
    """Give the customers with 30 calls or more in the first quarter."""
    calls = _first(data).groupby("customer_id").size()
    return calls[calls >= LIST_CALLS].index


def heads(data: StudentData, *, months: float = 3, silent: bool = True) -> dict[str, float]:
    """Task 1: calls per head and month of the list, and how many times the average that is."""
    first = _first(data)
    listed = on_list(data)
    mine = first["customer_id"].isin(listed).sum() / len(listed) / months
    base = len(data.phone_subscribers) if silent else first["customer_id"].nunique()
    return {"calls_per_head": float(mine), "times_average": float(mine / (len(first) / base / months))}


def even(data: StudentData, *, what: str = "margin") -> float:
    """Task 2: calls per month that the mean margin pays for."""
    people, calls = data.phone_subscribers, data.care_calls
    paid = people["revenue_eur"] if what == "revenue" else people["margin_eur"]
    cost = calls["cost_eur"].mean()
    if what == "issue":
        cost = calls.groupby("issue_id")["cost_eur"].sum().mean()
    if what == "minutes":
        cost = calls["minutes"].mean()
    if what == "turned":
        return float(cost / paid.mean())
    return float(paid.mean() / cost)


def fault(
    data: StudentData,
    *,
    corrected: bool = True,
    everybody: bool = False,
    turned: bool = False,
    half_year: bool = False,
) -> float:
    """Task 3: the share of the list's calls in the first quarter that the firm causes, corrected."""
    calls = data.care_calls if half_year else _first(data)
    mine = calls if everybody else calls[calls["customer_id"].isin(on_list(data))]
    q = float((mine["cause_coded"] == FIRM).mean())
    if not corrected:
        return q
    s, f = _audited(data, turned=turned)
    return (q - f) / (s - f)


def _noted_each(data: StudentData, *, everybody: bool = False) -> pd.Series:
    """Give of each customer's calls in the first quarter the share noted as the firm's error."""
    first = _first(data)
    mine = first if everybody else first[first["customer_id"].isin(on_list(data))]
    return (mine["cause_coded"] == FIRM).groupby(mine["customer_id"]).mean()


def spare(data: StudentData, *, line: str = "right", who: str = "list") -> list[str]:
    """Task 3: the customers of whose calls more than (s + f) / 2 are noted as the firm's error.

    `line`: "right", "half" (0.5), "turned" (s and f read the wrong way round) or "some" (one such call is
    enough). `who`: "list", "everybody", or "rest" (of the list).
    """
    each = _noted_each(data, everybody=who == "everybody")
    lines = {"half": 0.5, "some": 0.0}
    cut = lines[line] if line in lines else sum(_audited(data, turned=line == "turned")) / 2
    found = each[each > cut].index
    return list(on_list(data).difference(found)) if who == "rest" else list(found)


def _audited(data: StudentData, *, turned: bool = False) -> tuple[float, float]:
    """Give s and f of the audit; turned: read the wrong way round, of the calls noted so, how many are."""
    audit = data.care_audit.merge(data.care_calls, on="call_id")
    noted, real = audit["cause_coded"] == FIRM, audit["cause_audited"] == FIRM
    if turned:
        return float(real[noted].mean()), float(real[~noted].mean())
    return float(noted[real].mean()), float(noted[~real].mean())


def whose(data: StudentData, *, line: str = "right", who: str = "list", **how: bool) -> dict[str, Any]:
    """Task 3: the firm's share of the list's calls, and the customers whom a letter must spare."""
    return {"share": fault(data, **how), "spare": spare(data, line=line, who=who)}


def later(
    data: StudentData, *, silent: bool = True, stay: bool = False, months: float = 3, before: float = 3
) -> dict[str, float]:
    """Task 4: calls per head and month of the list in the second quarter, and the change.

    `stay`: only those still customers; `months` and `before`: how many the two quarters are divided by.
    """
    second = data.care_calls[data.care_calls["call_date"] >= SECOND]
    listed = _stay(data)["customer_id"] if stay else on_list(data)
    mine = second[second["customer_id"].isin(listed)]
    after = len(mine) / (len(listed) if silent else mine["customer_id"].nunique()) / months
    earlier = heads(data, months=before)["calls_per_head"]
    return {"calls_after": float(after), "change": float(after / earlier - 1)}


def _stay(data: StudentData) -> pd.DataFrame:
    """Give those of the list who are still customers."""
    people = data.phone_subscribers
    return people[people["customer_id"].isin(on_list(data)) & people["left_on"].isna()]


def firing(
    data: StudentData,
    *,
    first: bool = False,
    calls_of: str = "stay",
    margin_of: str = "stay",
    year: bool = True,
    months: int = 12,
) -> float:
    """Give the yearly saving of ending the list, from the second quarter; `calls_of`, `margin_of`: "all"."""
    calls = _first(data) if first else data.care_calls[data.care_calls["call_date"] >= SECOND]
    stay, listed = _stay(data), on_list(data)
    cost = calls.loc[
        calls["customer_id"].isin(listed if calls_of == "all" else stay["customer_id"]), "cost_eur"
    ].sum()
    people = data.phone_subscribers
    payers = people[people["customer_id"].isin(listed)] if margin_of == "all" else stay
    return float((4 if year else 1) * cost - months * payers["margin_eur"].sum())


def first_calls(
    data: StudentData,
    *,
    rate_of: str = "others",
    cost_of: str = "others",
    points: bool = False,
    free: bool = False,
    year: bool = True,
) -> float:
    """Give the yearly saving of better first calls for all who are not on the list.

    `rate_of`: "others", "everybody" or "calls" (of everybody, all calls and not the first ones); `cost_of`:
    "others" or "everybody".
    """
    calls = data.care_calls
    usual = calls[~calls["customer_id"].isin(on_list(data))]
    opened = (
        (calls if rate_of == "everybody" else usual)
        .sort_values(["issue_id", "call_date"])
        .drop_duplicates("issue_id")
    )
    rate = (calls if rate_of == "calls" else opened)["resolved"].mean()
    part = TARGET - rate if points else 1 - rate / TARGET
    cost = (2 if year else 1) * (calls if cost_of == "everybody" else usual)["cost_eur"].sum()
    return float(cost * part - (0.0 if free else PROGRAMME * len(data.phone_subscribers)))


def plan(
    data: StudentData, *, letters: dict[str, Any] | None = None, calls: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Task 5: both savings, and the larger one; `letters` and `calls` make them wrong."""
    fire, fix = firing(data, **(letters or {})), first_calls(data, **(calls or {}))
    return {"firing_eur": fire, "first_calls_eur": fix, "choose": "letters" if fire > fix else "first calls"}


def wrong_plan(data: StudentData, **how: dict[str, Any]) -> dict[str, Any]:
    """Give wrong savings with the right choice, so that a wrong choice alone is no such mistake."""
    return plan(data, **how) | {"choose": plan(data)["choose"]}


def _other(choice: str) -> str:
    return "letters" if choice == "first calls" else "first calls"


def _same_sum(value: Any, theirs: Any, _: Any) -> bool:
    """Take the saving for the mistake, whatever was then chosen."""
    return isinstance(value, list | str) or bool(abs(value - theirs) <= 2.0)


_MONTHS = "This is for the whole quarter. Divide by 3 months."
_DAYS = "The months are counted by their days here, as crm.callers does. Divide by exactly 3."
_BY_DAYS = (90 * 12 / 365, 91 * 12 / 365)  # months of the two quarters, counted by days
_STAY = "Whoever is gone neither pays nor calls: take margin and calls of those whose left_on is empty."
_GONE_CALLS = f"The calls of those who have left are in it. {_STAY}"
_GONE = f"Those who have left by themselves are in it, with their margin. {_STAY}"
_FIRST = (
    "This takes the calls of the first quarter, the one that made the list. Take the second: what would have "
    "come without letters."
)
_YEAR = "The calls are those of a quarter and the margin is that of a year. Take 4 quarters of calls."
_OTHERS = "Keep the calls of all who are not on the list"
FIRING_HINTS: dict[str, str] = {
    "the quarter that made the list": _FIRST,
    "first quarter, calls of the gone": f"{_FIRST} {_GONE_CALLS}",
    "first quarter, with the gone": f"{_FIRST} {_GONE}",
    "calls of the gone": _GONE_CALLS,
    "with the gone": _GONE,
    "margin of the gone": _GONE,
    "a quarter for a year": _YEAR,
    "margin of a month": "margin_eur is the margin of a month, the saving that of a year. Take it 12 times.",
}
FIRING_MISTAKES: dict[str, dict[str, Any]] = {
    "the quarter that made the list": {"first": True},
    "first quarter, calls of the gone": {"first": True, "calls_of": "all"},
    "first quarter, with the gone": {"first": True, "calls_of": "all", "margin_of": "all"},
    "calls of the gone": {"calls_of": "all"},
    "with the gone": {"calls_of": "all", "margin_of": "all"},
    "margin of the gone": {"margin_of": "all"},
    "a quarter for a year": {"year": False},
    "margin of a month": {"months": 1},
}
FIRST_CALL_HINTS: dict[str, str] = {
    "rate of everybody": "r here is the rate of everybody, and the list's issues are settled less often. "
    f"{_OTHERS}, then take the first call of each issue.",
    "rate of all calls": "r here is the share of all calls that end an issue. "
    f"{_OTHERS}, then take the first call of each issue.",
    "cost of everybody": f"The cost of the list's calls is in c. {_OTHERS}.",
    "everybody": f"Rate and cost are those of everybody. {_OTHERS}, for both.",
    "half a year": "c is the cost of both quarters here, which is half a year. Take it twice.",
    "difference of rates": "Here the saved part is 0.71 less the rate. An issue takes 1 / rate calls, so the "
    "part saved is 1 - rate / 0.71.",
    "free of charge": "The programme's cost is missing: 5 EUR for each subscriber.",
}
FIRST_CALL_MISTAKES: dict[str, dict[str, Any]] = {
    "rate of everybody": {"rate_of": "everybody"},
    "rate of all calls": {"rate_of": "calls"},
    "cost of everybody": {"cost_of": "everybody"},
    "everybody": {"rate_of": "everybody", "cost_of": "everybody"},
    "half a year": {"year": False},
    "difference of rates": {"points": True},
    "free of charge": {"free": True},
}


def _of_plan(part: str, hints: dict[str, str], mistakes: dict[str, dict[str, Any]]) -> tuple[Mistake, ...]:
    """Make a mistake of each wrong sum: whatever was chosen then, the hint is on the sum."""
    return tuple(
        Mistake(name, lambda d, how=how: wrong_plan(d, **{part: how}), hints[name], _same_sum)  # type: ignore[misc]
        for name, how in mistakes.items()
    )


TASKS: tuple[Task, ...] = (
    Task(
        "16.1", "Bring it to one unit",
        (Form("number", name="calls_per_head", unit="calls a month", tolerance=0.02),
         Form("number", name="times_average", tolerance=0.2)),
        heads,
        (
            Mistake("a quarter for a month", lambda d: heads(d, months=1), _MONTHS,
                    lambda value, theirs, _: abs(value - theirs) <= 0.06),
            Mistake("months by days", lambda d: heads(d, months=_BY_DAYS[0]), _DAYS),
            Mistake("callers only", lambda d: heads(d, silent=False),
                    "The average is taken over those who called. Most customers did not call at all and "
                    "belong to the average: divide by len(data.phone_subscribers)."),
        ),
    ),
    Task(
        "16.2", "Break-even calls",
        (Form("number", unit="calls a month", tolerance=0.006),),
        even,
        (
            Mistake("revenue", lambda d: even(d, what="revenue"),
                    "Here the whole bill pays for calls. Only the margin can: use margin_eur."),
            Mistake("cost of an issue", lambda d: even(d, what="issue"),
                    "This is the cost of an issue, which takes several calls. Take the mean of cost_eur."),
            Mistake("minutes", lambda d: even(d, what="minutes"),
                    "Here the margin is divided by minutes. Divide by the mean cost of a call in EUR."),
            Mistake("turned round", lambda d: even(d, what="turned"),
                    "This is turned round: cost divided by margin. Divide the margin by the cost of a call."),
        ),
    ),
    Task(
        "16.3", "Whose fault, and who is spared",
        (Form("share", name="share", tolerance=0.003), Form("ids", name="spare")),
        whose,
        (
            Mistake("line at one half", lambda d: whose(d, line="half"),
                    "The line here is one half of what is noted. Agents miss some of the firm's errors: take "
                    "(s + f) / 2."),
            Mistake("as noted", lambda d: whose(d, corrected=False),
                    "This is what the agents noted. Correct it by the audit: (q - f) / (s - f)."),
            Mistake("as noted, line at one half", lambda d: whose(d, corrected=False, line="half"),
                    "Where the share is as the agents noted, correct it by the audit: (q - f) / (s - f). The "
                    "line at which the corrected share is one half is (s + f) / 2."),
            Mistake("both quarters", lambda d: whose(d, half_year=True),
                    "The calls of both quarters are in the share. Keep those of the first quarter."),
            Mistake("everybody", lambda d: whose(d, everybody=True, who="everybody"),
                    "These are the calls of everybody. Keep the calls of the customers on the list."),
            Mistake("turned round", lambda d: whose(d, turned=True, line="turned"),
                    "s and f are read the wrong way round. s: of the calls that the auditor calls the firm's "
                    "error, the share that the agent noted so."),
            Mistake("one call is enough", lambda d: whose(d, line="some"),
                    "These are all with at least one call noted so, and a note can be a mistake. Take the "
                    "share noted of each customer's calls, and keep those above (s + f) / 2."),
            Mistake("those who would get a letter", lambda d: whose(d, who="rest"),
                    "These are the others of the list. To be spared are those above the line."),
        ),
    ),
    Task(
        "16.4", "One quarter later",
        (Form("number", name="calls_after", unit="calls a month", tolerance=0.02),
         Form("number", name="change", tolerance=0.006)),
        later,
        (
            Mistake("only who still calls", lambda d: later(d, silent=False),
                    "Those of the list who did not call any more are left out. They count with 0: divide by "
                    "the number of customers on the list."),
            Mistake("only who is still a customer", lambda d: later(d, stay=True),
                    "Those of the list who have left are taken out. Here they stay in, with the calls they "
                    "made: divide by the number of customers on the list."),
            Mistake("months by days", lambda d: later(d, months=_BY_DAYS[1], before=_BY_DAYS[0]), _DAYS),
            Mistake("percent", lambda d: later(d) | {"change": 100 * later(d)["change"]},
                    "The change is in percent here. Give it as a share: a fall by a third is -0.333.",
                    lambda value, theirs, _: abs(value - theirs) <= 0.6),
            Mistake("a fall without its minus", lambda d: later(d) | {"change": -later(d)["change"]},
                    "A fall is a negative change: calls afterwards / calls before - 1."),
            Mistake("a quarter for a month", lambda d: later(d, months=1), _MONTHS,
                    lambda value, theirs, _: abs(value - theirs) <= 0.06),
        ),
    ),
    Task(
        "16.5", "Letters or first calls",
        (Form("number", name="firing_eur", unit="EUR a year", tolerance=2.0),
         Form("number", name="first_calls_eur", unit="EUR a year", tolerance=2.0),
         Form("choice", name="choose", allowed=("letters", "first calls"))),
        plan,
        (
            *_of_plan("letters", FIRING_HINTS, FIRING_MISTAKES),
            *_of_plan("calls", FIRST_CALL_HINTS, FIRST_CALL_MISTAKES),
            Mistake("the smaller saving", lambda d: plan(d) | {"choose": _other(plan(d)["choose"])},
                    "Choose the larger of your two savings."),
        ),
    ),
)  # fmt: skip
