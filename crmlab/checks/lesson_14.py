"""Lesson 14, complaints: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task
from crmlab.datasets.complaint_world import make_complaint_world

CUSTOMERS = 2500
AS_OF = pd.Timestamp("2023-12-31")
TABLES = ("calls", "shifts", "cases", "case_texts", "repurchase", "delivery_weeks")
CHANCES = {"under 15": 0.10, "15 to 40": 0.25, "40 to 100": 0.45, "over 100": 0.65}  # given in task 14.3
MARGIN, CASE_EUR = 70, 6  # of task 14.4


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the observable tables of a complaints world."""
    world = make_complaint_world(n, n_talks=0, asked=100, rng=rng)
    return AS_OF, {name: getattr(world, name) for name in TABLES}


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: every listed mistake gives another answer."""
    lane, alarms = speed(data), chart(data)
    return bool(
        abs(abandoned(data) - _abandoned_wait(data)) > 0.01
        and abs(load(data) - _load(data, waits=True)) > 0.2
        and abs(problems(data) - _mean_chance(data)) > 20
        and 0.02 < lane["effect"] < 0.3
        and abs(lane["effect"] - _as_it_came(data)["effect"]) > 0.05
        and abs(lane["net_eur"]) > 100
        and alarms["alarms"] != _chart(data, flat=True)["alarms"]
        and alarms["alarms"] != _chart(data, everything=True)["alarms"]
        and alarms["alarms"] >= 1
        and abs(lane["effect"] - _no_lot(data)["effect"]) > 0.005
        and abs(alarms["centre"] - _mean_of_rates(data)["centre"]) > 0.0001
        and abs(steps(data)["median_days"] - _mean_days(data)["median_days"]) > 0.1
    )


def abandoned(data: StudentData) -> float:
    """Task 1, first part: the share of callers who gave up."""
    return float((~data.calls["answered"]).mean())


def _abandoned_wait(data: StudentData) -> float:
    return float((data.calls["waited_s"] > 20).mean())


def busiest(data: StudentData) -> pd.Series:
    """Mark the calls of the busiest half-hour; the earliest one if two are equal."""
    half = (data.calls["arrived_min"] // 30 * 30).astype(int)
    return half == half.value_counts().sort_index().idxmax()


def load(data: StudentData) -> float:
    """Task 1, second part: Erlang in the busiest half-hour of a day."""
    return _load(data)


def _load(data: StudentData, *, waits: bool = False, week: bool = False, hour: bool = False) -> float:
    calls = data.calls
    seconds = float(calls["handled_s"].dropna().mean()) + (float(calls["waited_s"].mean()) if waits else 0.0)
    per_day = busiest(data).sum() / (1 if week else calls["call_date"].nunique())
    return float(per_day * seconds / (3600 if hour else 1800))


def queue(data: StudentData, **how: Any) -> dict[str, Any]:
    """Task 1: both parts."""
    return {"abandoned": abandoned(data), "load": _load(data, **how)}


def steps(data: StudentData) -> dict[str, Any]:
    """Task 2: among founded complaints the share with a remedy, and the median days until it."""
    due = data.cases[data.cases["judgement"] == "founded"]
    days = due["remedied_days"].dropna().astype(float)
    return {"remedied": len(days) / len(due), "median_days": float(days.median())}


def _all_cases(data: StudentData) -> dict[str, Any]:
    days = data.cases["remedied_days"].dropna().astype(float)
    return {"remedied": len(days) / len(data.cases), "median_days": float(days.median())}


def _mean_days(data: StudentData) -> dict[str, Any]:
    due = data.cases[data.cases["judgement"] == "founded"]
    return steps(data) | {"median_days": float(due["remedied_days"].dropna().astype(float).mean())}


def chance(data: StudentData) -> pd.Series:
    """Give the chance to complain of every case, by its size."""
    edges = [0, 15, 40, 100, np.inf]
    return pd.cut(data.cases["stake_eur"], edges, labels=list(CHANCES)).astype(str).map(CHANCES)


def problems(data: StudentData) -> float:
    """Task 3: how many problems the complaints of both years stand for."""
    return float((1 / chance(data)).sum())


def _mean_chance(data: StudentData) -> float:
    return float(len(data.cases) / chance(data).mean())


def joined(data: StudentData) -> pd.DataFrame:
    """Give each case with what its customer did in the year after."""
    cases = data.cases.assign(year=data.cases["opened_on"].dt.year)
    return cases.merge(data.repurchase, on=["customer_id", "year"])


def _lane(effect: float, data: StudentData, *, cost: float = CASE_EUR) -> dict[str, Any]:
    return {
        "effect": effect, "net_eur": len(data.cases) * (effect * MARGIN - cost),
        "choose": "fast" if effect * MARGIN > cost else "usual",
    }  # fmt: skip


def speed(data: StudentData, *, cost: float = CASE_EUR) -> dict[str, Any]:
    """Task 4: the effect of the fast lane by lot, the euros for all cases, and the choice."""
    share = joined(data).groupby("lot")["bought_again"].mean()
    return _lane(float(share["fast"] - share["usual"]), data, cost=cost)


def _as_it_came(data: StudentData) -> dict[str, Any]:
    both = joined(data)
    quick = both["remedied_days"].le(5).fillna(False).astype(bool)
    return _lane(float(both["bought_again"][quick].mean() - both["bought_again"][~quick].mean()), data)


def _no_lot(data: StudentData) -> dict[str, Any]:
    both = joined(data)
    fast = both["lot"] == "fast"
    return _lane(float(both["bought_again"][fast].mean() - both["bought_again"][~fast].mean()), data)


def _chart(
    data: StudentData, *, flat: bool = False, everything: bool = False, sigma: float = 2
) -> dict[str, Any]:
    weeks = data.delivery_weeks
    week = (data.cases["opened_on"] - weeks["week"].iloc[0]).dt.days // 7
    count = week.value_counts().reindex(range(len(weeks))).fillna(0).to_numpy(dtype=float)
    units = weeks["deliveries"].to_numpy(dtype=float)
    base = len(weeks) if everything else 52
    centre = count[:base].sum() / units[:base].sum()
    high = centre + sigma * np.sqrt(centre / (units.mean() if flat else units))
    return {"centre": float(centre), "alarms": int((count / units > high).sum())}


def chart(data: StudentData) -> dict[str, Any]:
    """Task 5: the centre line of 2022, and how many weeks of both years lie above the upper limit."""
    return _chart(data)


def _mean_of_rates(data: StudentData) -> dict[str, Any]:
    weeks = data.delivery_weeks
    week = (data.cases["opened_on"] - weeks["week"].iloc[0]).dt.days // 7
    count = week.value_counts().reindex(range(len(weeks))).fillna(0).to_numpy(dtype=float)
    rate = count / weeks["deliveries"].to_numpy(dtype=float)
    centre = rate[:52].mean()
    high = centre + 2 * np.sqrt(centre / weeks["deliveries"].to_numpy(dtype=float))
    return {"centre": float(centre), "alarms": int((rate > high).sum())}


TASKS: tuple[Task, ...] = (
    Task(
        "14.1", "The queue",
        (Form("share", name="abandoned", tolerance=0.0006), Form("number", name="load", unit="Erlang",
            tolerance=0.01)),
        queue,
        (
            Mistake(
                "waiting counted as work", lambda d: queue(d, waits=True),
                "The seconds of waiting are in the load. Load is the work of the agents: handled_s only.",
            ),
            Mistake(
                "five days in one", lambda d: queue(d, week=True),
                "These are the calls of all five days together. Divide by the number of days.",
            ),
            Mistake(
                "per hour", lambda d: queue(d, hour=True),
                "A half-hour has 1,800 seconds, not 3,600.",
            ),
        ),
    ),
    Task(
        "14.2", "Where complaints get stuck",
        (Form("share", name="remedied", tolerance=0.0006), Form("number", name="median_days", unit="days",
            tolerance=0.01)),
        steps,
        (
            Mistake(
                "all cases", _all_cases,
                "This divides by all complaints. Only founded ones are due a remedy: judgement == "
                "\"founded\".",
            ),
            Mistake(
                "mean for median", _mean_days,
                "These days are the mean. A few very slow cases pull it up: take the median.",
            ),
        ),
    ),
    Task(
        "14.3", "How many problems",
        (Form("number", unit="problems", tolerance=0.6),),
        problems,
        (
            Mistake(
                "complaints only", lambda d: float(len(d.cases)),
                "These are the complaints. Most problems are silent: each complaint counts 1 / its chance.",
            ),
            Mistake(
                "mean chance", _mean_chance,
                "This divides by one mean chance. The cases in the file are the loud ones: divide case by "
                "case, then "
                "add up.",
            ),
            Mistake(
                "times the chance", lambda d: float(chance(d).sum()),
                "You multiply by the chance. A chance of 0.25 means four problems for each complaint: "
                "divide.",
            ),
        ),
    ),
    Task(
        "14.4", "Does speed pay?",
        (
            Form("number", name="effect", tolerance=0.0006), Form("number", name="net_eur", unit="EUR",
                tolerance=1.0),
            Form("choice", name="choose", allowed=("fast", "usual")),
        ),
        speed,
        (
            Mistake(
                "as it came", _as_it_came,
                "This compares quick with slow cases as they came. Easy cases are quick by themselves: "
                "compare the "
                "two lots.",
            ),
            Mistake(
                "without the lot", _no_lot,
                "The cases outside the trial are in your comparison. Keep lot \"fast\" and lot \"usual\" "
                "only.",
            ),
            Mistake(
                "for nothing", lambda d: speed(d, cost=0.0),
                "The cost of the lane is missing: take 6 EUR for every case off.",
            ),
        ),
    ),
    Task(
        "14.5", "A control chart",
        (Form("number", name="centre", tolerance=0.00006), Form("count", name="alarms")),
        chart,
        (
            Mistake(
                "mean of rates", _mean_of_rates,
                "The centre is the mean of the weekly rates here. Divide all complaints of the 52 weeks by "
                "all their "
                "deliveries.",
            ),
            Mistake(
                "all weeks as base", lambda d: _chart(d, everything=True),
                "All 104 weeks set your centre, the change among them. Take the first 52 weeks only.",
            ),
            Mistake(
                "one limit for all", lambda d: _chart(d, flat=True),
                "Your limit is the same in all weeks. It must use each week's own deliveries.",
            ),
            Mistake(
                "percent", lambda d: {"centre": 100 * chart(d)["centre"], "alarms": chart(d)["alarms"]},
                "The centre is in per cent here. Leave it as complaints per delivery.",
            ),
        ),
    ),
)  # fmt: skip
