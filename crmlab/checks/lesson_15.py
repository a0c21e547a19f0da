"""Lesson 15, retention: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, read, same
from crmlab.datasets.subscriptions import make_subscriptions

CUSTOMERS = 3000
AS_OF = pd.Timestamp("2024-06-30")
GROUPS = ("asks", "hardly uses", "uses")
VALUE_EUR, CALL_EUR, OFFER_EUR = 150, 5, 20


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make a student's tables: subscribers, their months and the trial, and nothing of the truth."""
    made = make_subscriptions(n, rng=rng)
    return AS_OF, {
        "subscribers": made.subscribers,
        "subscriber_months": made.subscriber_months,
        "retention_offers": made.retention_offers,
    }


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: some pay, some do not, every mistake shows."""
    net = nets(data)
    if net["asks"] < 3 or net["hardly uses"] > -3 or abs(net["uses"]) < 1:
        return False
    for task in TASKS:
        right = read(task.answer(data), task.forms)
        for mistake in task.mistakes:
            theirs = read(mistake.answer(data), task.forms)
            if all(same(theirs[f.name], right[f.name], f) for f in task.forms):
                return False
    return True


def service(
    data: StudentData, *, blind: bool = False, begun: int = 1, never_cut: bool = False
) -> pd.DataFrame:
    """Give months of service up to the reporting day, and who had left by then.

    The mistakes: `blind` to who left (all counted up to the day), the month `begun` not counted, or the
    leaving day `never_cut` at the reporting day.
    """
    rows = data.subscribers.set_index("customer_id")
    left = rows["left_date"] <= data.as_of
    end = rows["left_date"].where(left, data.as_of)
    if blind:
        end = pd.Series(data.as_of, index=rows.index)
    if never_cut:
        end = rows["left_date"].fillna(data.as_of)
    start = rows["start_date"]
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month + begun
    return pd.DataFrame({"months": months, "left": left})


def survival_12(table: pd.DataFrame) -> float:
    """Task 2: the Kaplan-Meier share still there after 12 months."""
    share = 1.0
    for t in range(1, 13):
        reached = (table["months"] >= t).sum()
        lost = ((table["months"] == t) & table["left"]).sum()
        share *= 1 - lost / reached
    return float(share)


def _dropped(data: StudentData) -> float:
    table = service(data)
    return survival_12(table[table["left"]])


def _as_lost(data: StudentData) -> float:
    return survival_12(service(data).assign(left=True))


def _plain_share(data: StudentData) -> float:
    return float((~service(data)["left"]).mean())


def stayed(data: StudentData) -> float:
    """Task 3: share who stayed among the called, less the share among the others."""
    rate = data.retention_offers.groupby("treated")["left"].mean()
    return float(rate[False] - rate[True])


def _accepted(data: StudentData) -> float:
    called = data.retention_offers[data.retention_offers["treated"]]
    rate = called.groupby("accepted")["left"].mean()
    return float(rate[False] - rate[True])


def _accepted_or_not(data: StudentData) -> float:
    rate = data.retention_offers.groupby("accepted")["left"].mean()
    return float(rate[False] - rate[True])


def grouped(data: StudentData, *, since: str = "2023-10-01", until: str = "2023-12-31") -> pd.DataFrame:
    """Give the trial with the group of each customer, as known before the call."""
    months = data.subscriber_months
    known = months[(months["month"] >= since) & (months["month"] <= until)].groupby("customer_id")
    people = data.retention_offers.set_index("customer_id")
    uses = known["uses"].mean().reindex(people.index)
    asked = known["plan_questions"].sum().reindex(people.index)
    group = np.select([asked >= 1, uses < 4], ["asks", "hardly uses"], "uses")
    return people.assign(group=group)


def uplifts(data: StudentData, people: pd.DataFrame | None = None) -> dict[str, float]:
    """Task 4: what a call adds to the share who stay, in each group."""
    table = grouped(data) if people is None else people
    rate = table.groupby(["group", "treated"])["left"].mean().unstack()
    return {name: float(rate.loc[name, False] - rate.loc[name, True]) for name in GROUPS}


def _after(data: StudentData) -> dict[str, float]:
    return uplifts(data, grouped(data, since="2023-07-01", until="2024-06-30"))


def _risk(data: StudentData) -> dict[str, float]:
    table = grouped(data)
    rate = table[~table["treated"]].groupby("group")["left"].mean()
    return {name: float(rate[name]) for name in GROUPS}


def _reversed(data: StudentData) -> dict[str, float]:
    return {name: -value for name, value in uplifts(data).items()}


def nets(data: StudentData, *, call: float = CALL_EUR, offer: float = OFFER_EUR) -> dict[str, float]:
    """Give the expected gain of one call in each group."""
    people, gain = grouped(data), uplifts(data)
    taken = people[people["treated"]].groupby("group")["accepted"].mean()
    return {name: VALUE_EUR * gain[name] - call - offer * float(taken[name]) for name in GROUPS}


def decide(data: StudentData, net: dict[str, float] | None = None) -> dict[str, Any]:
    """Task 5: the groups in which a call pays, and what calling all in them brings."""
    each = nets(data) if net is None else net
    size = grouped(data)["group"].value_counts()
    chosen = [name for name in GROUPS if each[name] > 0]
    return {"groups": chosen, "net_eur": float(sum(each[name] * size[name] for name in chosen))}


def _everybody(data: StudentData) -> dict[str, Any]:
    each, size = nets(data), grouped(data)["group"].value_counts()
    return {"groups": list(GROUPS), "net_eur": float(sum(each[n] * size[n] for n in GROUPS))}


TASKS = (
    Task(
        "15.1",
        "Months of service",
        (Form("table", name="months"),),
        lambda data: service(data)["months"],
        (
            Mistake(
                "leavers counted on",
                lambda data: service(data, blind=True)["months"],
                "Whoever has left stops counting on the leaving day: take left_date where it lies on or "
                "before data.as_of.",
            ),
            Mistake(
                "first month left out",
                lambda data: service(data, begun=0)["months"],
                "A month begun counts: January to January is one month, so add 1.",
            ),
            Mistake(
                "the future used",
                lambda data: service(data, never_cut=True)["months"],
                "Some left_date lie after data.as_of. On that day nobody knew them: count up to data.as_of.",
            ),
        ),
    ),
    Task(
        "15.2",
        "Still there after a year",
        (Form("share", tolerance=0.0006),),
        lambda data: survival_12(service(data)),
        (
            Mistake(
                "those still there dropped",
                _dropped,
                "You kept only those who left. Whoever is still there counts among those who reached a "
                "month.",
            ),
            Mistake(
                "those still there counted as lost",
                _as_lost,
                "Whoever is still there did not leave: count as lost only where left is True.",
            ),
            Mistake(
                "share of all",
                _plain_share,
                "This is the share who are there today, however long ago they started. Go month by month.",
            ),
        ),
    ),
    Task(
        "15.3",
        "What the call changed",
        (Form("number", tolerance=0.0006),),
        stayed,
        (
            Mistake(
                "sign turned round",
                lambda data: -stayed(data),
                "This is the change in the share who left. Asked for is the share who stayed.",
            ),
            Mistake(
                "takers against refusers",
                _accepted,
                "Whoever takes an offer wanted to stay. Compare the called with the not called: only that "
                "was drawn by lot.",
            ),
            Mistake(
                "takers against all others",
                _accepted_or_not,
                "accepted was not drawn by lot; treated was. Group by treated.",
            ),
        ),
    ),
    Task(
        "15.4",
        "What the call changed for whom",
        tuple(Form("number", name=name, tolerance=0.0006) for name in GROUPS),
        uplifts,
        (
            Mistake(
                "months after the call",
                _after,
                "Use October to December 2023 only: what came after the call may be changed by it.",
            ),
            Mistake(
                "risk for uplift",
                _risk,
                "This is the share of the not called who left: the risk. Uplift needs both arms.",
            ),
            Mistake(
                "sign turned round",
                _reversed,
                "Uplift is positive where the call keeps people: the share who left without a call, less the "
                "share with one.",
            ),
        ),
    ),
    Task(
        "15.5",
        "Whom to call",
        (
            Form("choice", name="groups", allowed=GROUPS),
            Form("number", name="net_eur", unit="EUR", tolerance=1.0),
        ),
        decide,
        (
            Mistake(
                "offers for nothing",
                lambda data: decide(data, nets(data, offer=0)),
                "An offer that is taken costs 20 EUR: take off 20 times the share of the called who took it.",
            ),
            Mistake(
                "calls for nothing",
                lambda data: decide(data, nets(data, call=0)),
                "Each call costs 5 EUR, whatever comes of it.",
            ),
            Mistake(
                "everybody",
                _everybody,
                "Leave out the groups in which the gain of one call is below zero.",
            ),
        ),
    ),
)
