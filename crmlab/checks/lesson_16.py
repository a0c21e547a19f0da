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
    average, right = heads(data)["times_average"], fault(data)
    faults = [fault(data, corrected=False), fault(data, everybody=True), fault(data, turned=True)]
    spared = len(spare(data))
    gains = [firing(data, first=True), firing(data, gone_too=True), firing(data, year=False)]
    fixes = [first_calls(data, points=True), first_calls(data, free=True)]
    return bool(
        abs(heads(data, silent=False)["times_average"] - average) > 1
        and min(abs(even(data, what=w) - even(data)) for w in ("revenue", "issue", "minutes")) > 0.05
        and 0.02 < right < 0.98
        and 2 < spared < len(listed) - 2
        and min(abs(x - right) for x in faults) > 0.01
        and abs(later(data, silent=False)["calls_after"] - later(data)["calls_after"]) > 0.1
        and min(abs(x - firing(data)) for x in gains) > 100
        and min(abs(x - first_calls(data)) for x in fixes) > 100
        and later(data)["change"] < -0.12
        and abs(firing(data) - first_calls(data)) > 2000
    )


def _first(data: StudentData) -> pd.DataFrame:
    return data.care_calls[data.care_calls["call_date"] < SECOND]


def on_list(data: StudentData) -> pd.Index:
    """Give the customers with 30 calls or more in the first quarter."""
    calls = _first(data).groupby("customer_id").size()
    return calls[calls >= LIST_CALLS].index


def heads(data: StudentData, *, months: int = 3, silent: bool = True) -> dict[str, float]:
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
    return float(paid.mean() / cost)


def fault(
    data: StudentData, *, corrected: bool = True, everybody: bool = False, turned: bool = False
) -> float:
    """Task 3: the share of the list's calls in the first quarter that the firm causes, corrected."""
    first = _first(data)
    mine = first if everybody else first[first["customer_id"].isin(on_list(data))]
    q = float((mine["cause_coded"] == FIRM).mean())
    if not corrected:
        return q
    s, f = _audited(data, turned=turned)
    return (q - f) / (s - f)


def spare(
    data: StudentData, *, corrected: bool = True, turned: bool = False, some: bool = False, who: str = "list"
) -> list[str]:
    """Task 3: the customers of whose calls more than (s + f) / 2 are noted as the firm's error.

    `some`: all with at least one call noted so. `who`: "list", "everybody", or "rest" (of the list).
    """
    first = _first(data)
    listed = on_list(data)
    mine = first if who == "everybody" else first[first["customer_id"].isin(listed)]
    each = (mine["cause_coded"] == FIRM).groupby(mine["customer_id"]).mean()
    s, f = _audited(data, turned=turned)
    line = 0.0 if some else (s + f) / 2 if corrected else 0.5
    found = each[each > line].index
    return list(listed.difference(found)) if who == "rest" else list(found)


def _audited(data: StudentData, *, turned: bool = False) -> tuple[float, float]:
    """Give s and f of the audit; turned: read the wrong way round, of the calls noted so, how many are."""
    audit = data.care_audit.merge(data.care_calls, on="call_id")
    noted, real = audit["cause_coded"] == FIRM, audit["cause_audited"] == FIRM
    if turned:
        return float(real[noted].mean()), float(real[~noted].mean())
    return float(noted[real].mean()), float(noted[~real].mean())


def whose(
    data: StudentData,
    *,
    corrected: bool = True,
    everybody: bool = False,
    turned: bool = False,
    some: bool = False,
    rest: bool = False,
) -> dict[str, Any]:
    """Task 3: the firm's share of the list's calls, and the customers whom a letter must spare."""
    who = "everybody" if everybody else "rest" if rest else "list"
    return {
        "share": fault(data, corrected=corrected, everybody=everybody, turned=turned),
        "spare": spare(data, corrected=corrected, turned=turned, some=some, who=who),
    }


def later(data: StudentData, *, silent: bool = True, months: int = 3) -> dict[str, float]:
    """Task 4: calls per head and month of the list in the second quarter, and the change."""
    second = data.care_calls[data.care_calls["call_date"] >= SECOND]
    listed = on_list(data)
    mine = second[second["customer_id"].isin(listed)]
    people = len(listed) if silent else mine["customer_id"].nunique()
    after = len(mine) / people / months
    return {"calls_after": float(after), "change": float(after / heads(data)["calls_per_head"] - 1)}


def firing(data: StudentData, *, first: bool = False, gone_too: bool = False, year: bool = True) -> float:
    """Give the yearly saving of ending the list, from the second quarter."""
    calls = _first(data) if first else data.care_calls[data.care_calls["call_date"] >= SECOND]
    listed = on_list(data)
    cost = calls.loc[calls["customer_id"].isin(listed), "cost_eur"].sum()
    people = data.phone_subscribers[data.phone_subscribers["customer_id"].isin(listed)]
    stay = people if gone_too else people[people["left_on"].isna()]
    return float((4 if year else 1) * cost - 12 * stay["margin_eur"].sum())


def first_calls(data: StudentData, *, points: bool = False, free: bool = False) -> float:
    """Give the yearly saving of better first calls for all who are not on the list."""
    calls = data.care_calls
    others = 2 * calls.loc[~calls["customer_id"].isin(on_list(data)), "cost_eur"].sum()
    opened = calls.sort_values(["issue_id", "call_date"]).drop_duplicates("issue_id")
    rate = opened["resolved"].mean()
    part = TARGET - rate if points else 1 - rate / TARGET
    return float(others * part - (0.0 if free else PROGRAMME * len(data.phone_subscribers)))


def plan(data: StudentData, *, points: bool = False, free: bool = False, **how: bool) -> dict[str, Any]:
    """Task 5: both savings, and the larger one."""
    fire, fix = firing(data, **how), first_calls(data, points=points, free=free)
    return {"firing_eur": fire, "first_calls_eur": fix, "choose": "letters" if fire > fix else "first calls"}


def wrong_plan(data: StudentData, **how: bool) -> dict[str, Any]:
    """Give wrong savings with the right choice, so that a wrong choice alone is no such mistake."""
    return plan(data, **how) | {"choose": plan(data)["choose"]}


def _other(choice: str) -> str:
    return "letters" if choice == "first calls" else "first calls"


def _same_sum(value: Any, theirs: Any, _: Any) -> bool:
    """Take the saving for the mistake, whatever was then chosen."""
    return isinstance(value, list | str) or bool(abs(value - theirs) <= 2.0)


_MONTHS = "This is for the whole quarter. Divide by 3 months."
_ALREADY_GONE = (
    "The margin of those who had left by themselves is in it. Whoever is gone pays nothing anyway: keep the "
    "rows whose left_on is empty."
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
        ),
    ),
    Task(
        "16.3", "Whose fault, and who is spared",
        (Form("share", name="share", tolerance=0.003), Form("ids", name="spare")),
        whose,
        (
            Mistake("as noted", lambda d: whose(d, corrected=False),
                    "This is what the agents noted. Correct it by the audit: (q - f) / (s - f)."),
            Mistake("everybody", lambda d: whose(d, everybody=True),
                    "These are the calls of everybody. Keep the calls of the customers on the list."),
            Mistake("turned round", lambda d: whose(d, turned=True),
                    "s and f are read the wrong way round. s: of the calls that the auditor calls the firm's "
                    "error, the share that the agent noted so."),
            Mistake("one call is enough", lambda d: whose(d, some=True),
                    "These are all with at least one call noted so, and a note can be a mistake. Take the "
                    "share noted of each customer's calls, and keep those above (s + f) / 2."),
            Mistake("those who would get a letter", lambda d: whose(d, rest=True),
                    "These are the others of the list. To be spared are those above the line."),
        ),
    ),
    Task(
        "16.4", "One quarter later",
        (Form("number", name="calls_after", unit="calls a month", tolerance=0.02),
         Form("number", name="change", tolerance=0.003)),
        later,
        (
            Mistake("only who still calls", lambda d: later(d, silent=False),
                    "Those of the list who did not call any more are left out. They count with 0: divide by "
                    "the number of customers on the list."),
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
            Mistake("the quarter that made the list", lambda d: wrong_plan(d, first=True),
                    "This takes the calls of the first quarter, the one that made the list. Take the second: "
                    "what would have come without letters.", _same_sum),
            Mistake("margin of the gone", lambda d: wrong_plan(d, gone_too=True), _ALREADY_GONE, _same_sum),
            Mistake("a quarter for a year", lambda d: wrong_plan(d, year=False),
                    "The calls are those of a quarter and the margin is that of a year. Take 4 quarters of "
                    "calls.", _same_sum),
            Mistake("difference of rates", lambda d: wrong_plan(d, points=True),
                    "Here the saved part is 0.71 less the rate. An issue takes 1 / rate calls, so the part "
                    "saved is 1 - rate / 0.71.", _same_sum),
            Mistake("free of charge", lambda d: wrong_plan(d, free=True),
                    "The programme's cost is missing: 5 EUR for each subscriber.", _same_sum),
            Mistake("the smaller saving", lambda d: plan(d) | {"choose": _other(plan(d)["choose"])},
                    "Choose the larger of your two savings."),
        ),
    ),
)  # fmt: skip
