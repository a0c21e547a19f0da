"""Lesson 12, grading: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within

CUSTOMERS = 2500  # enough newcomers among the best of the next year
GRADES = ("key", "ordinary", "small")
WAYS = ("sums", "per month")
HOUR_EUR = 28


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: the gaps differ, the level that pays is not the first."""
    gaps, hours, share = newcomers(data), service(data), moved(data)
    wrong = [_moved_raw(data), _moved_key(data)]
    return bool(
        abs(abs(gaps["gap_sums"]) - abs(gaps["gap_per_month"])) > 0.03
        and min(abs(gaps["gap_sums"] - _gap(data, up, everybody=True)), abs(gaps["gap_sums"])) > 0.02
        and hours["managers"] >= 3
        and _manager_first(data)["managers"] > hours["managers"]
        and min(abs(share - w) for w in wrong) > 0.004
    )


def window(data: StudentData) -> pd.DataFrame:
    """Rows of the year up to and including the reporting day."""
    rows = data.orders
    return rows[
        (rows["order_date"] > data.as_of - pd.Timedelta(days=365)) & (rows["order_date"] <= data.as_of)
    ]


def first_day(data: StudentData) -> pd.Series:
    """Day of the first purchase, for everybody who has bought by the reporting day."""
    rows = data.orders[(data.orders["amount_eur"] >= 0) & (data.orders["order_date"] <= data.as_of)]
    return rows.groupby("customer_id")["order_date"].min()


def _sum(data: StudentData, rows: pd.DataFrame, column: str = "margin_eur") -> pd.Series:
    return rows.groupby("customer_id")[column].sum().reindex(first_day(data).index, fill_value=0.0)


def margin(data: StudentData) -> pd.Series:
    """Task 1: the margin of the year for everybody who has bought by the reporting day."""
    return _sum(data, window(data))


def grade(values: pd.Series, key: float = 0.05, both: float = 0.20) -> pd.Series:
    """Task 2: key, ordinary or small by rank; equal values get the same grade."""
    place = values.rank(ascending=False, method="min") / len(values)
    grades = pd.Series("small", index=values.index)
    return grades.mask(place <= both, "ordinary").mask(place <= key, "key")


def _by_money(data: StudentData) -> pd.Series:
    ranked = margin(data).sort_values(ascending=False)
    before = (ranked.cumsum() - ranked) / ranked.sum()
    grades = pd.Series("small", index=ranked.index)
    return grades.mask(before < 0.20, "ordinary").mask(before < 0.05, "key")


def orders_in_window(data: StudentData) -> pd.Series:
    """Count the purchases of the year."""
    rows = window(data)
    bought = rows[rows["amount_eur"] >= 0].groupby("customer_id").size()
    return bought.reindex(first_day(data).index, fill_value=0)


def score(data: StudentData) -> pd.Series:
    """Score of task 3: the mean of the two shares of rank."""
    return (margin(data).rank(pct=True) + orders_in_window(data).rank(pct=True)).round(10) / 2


def moved(data: StudentData) -> float:
    """Task 3: the share of customers whom the second criterion gives another grade."""
    return float((grade(score(data)) != grade(margin(data))).mean())


def _moved_raw(data: StudentData) -> float:
    return float((grade(margin(data) + orders_in_window(data)) != grade(margin(data))).mean())


def _moved_key(data: StudentData) -> float:
    key = grade(margin(data)) == "key"
    return float((grade(score(data))[key] != "key").mean())


def service(data: StudentData, *, hour_eur: float = HOUR_EUR) -> dict[str, Any]:
    """Task 4: for each customer the level that brings most after the cost of its hours."""
    value = margin(data).clip(lower=0)
    named, manager = 0.06 * value - 0.5 * hour_eur, 0.20 * value - 5 * hour_eur
    managed = (manager > named) & (manager > 0)
    served = ~managed & (named > 0)
    return _plan(managed, served)


def _plan(managed: pd.Series, served: pd.Series) -> dict[str, Any]:
    return {
        "managers": int(managed.sum()),
        "named": int(served.sum()),
        "hours": float(5 * managed.sum() + 0.5 * served.sum()),
    }


def _manager_first(data: StudentData) -> dict[str, Any]:
    value = margin(data).clip(lower=0)
    managed = 0.20 * value > 5 * HOUR_EUR
    return _plan(managed, ~managed & (0.06 * value > 0.5 * HOUR_EUR))


def _by_grade(data: StudentData) -> dict[str, Any]:
    grades = grade(margin(data))
    return _plan(grades == "key", grades == "ordinary")


def up(data: StudentData) -> pd.Series:
    """Mark who is graded key or ordinary by the sum of the year."""
    return grade(margin(data)) != "small"


def up_monthly(data: StudentData) -> pd.Series:
    """Mark who is graded key or ordinary by margin per month as a customer."""
    return grade(margin(data) / months(data)) != "small"


def months(data: StudentData) -> pd.Series:
    """Months as a customer within the year, at least three."""
    return (data.as_of - first_day(data)).dt.days.clip(lower=90, upper=365) / 30


def best_later(data: StudentData) -> pd.Series:
    """Mark the best fifth of the year after the reporting day."""
    later = _sum(data, data.orders[data.orders["order_date"] > data.as_of])
    return (later.rank(ascending=False, method="min") <= 0.2 * len(later)) & (later > 0)


def _gap(data: StudentData, graded: Any, *, everybody: bool = False) -> float:
    new = first_day(data) > data.as_of - pd.Timedelta(days=182)
    among = best_later(data) | everybody
    marked = graded(data)
    return float(marked[new & among].mean() - marked[~new & among].mean())


def newcomers(data: StudentData, *, everybody: bool = False, sign: int = 1) -> dict[str, Any]:
    """Task 5: the gap between newcomers and others, both ways, and the way with the smaller one."""
    gaps = {
        "gap_sums": sign * _gap(data, up, everybody=everybody),
        "gap_per_month": sign * _gap(data, up_monthly, everybody=everybody),
    }
    return gaps | {"choose": "sums" if abs(gaps["gap_sums"]) < abs(gaps["gap_per_month"]) else "per month"}


_LATE = "Days after the reporting day are in it. Nobody knows them yet: keep order_date <= data.as_of."

TASKS: tuple[Task, ...] = (
    Task(
        "12.1", "The margin of a year",
        (Form("table", name="margin_eur", unit="EUR", tolerance=0.006),),
        margin,
        (
            Mistake(
                "whole history",
                lambda d: _sum(d, d.orders[d.orders["order_date"] <= d.as_of]),
                "This is the margin since the beginning. The window is the last 365 days only.",
            ),
            Mistake(
                "days after as_of",
                lambda d: _sum(d, d.orders[d.orders["order_date"] > d.as_of - pd.Timedelta(days=365)]), _LATE,
            ),
            Mistake(
                "revenue", lambda d: _sum(d, window(d), "amount_eur"),
                "This is revenue (amount_eur). The goods cost money too: sum margin_eur.",
            ),
            Mistake(
                "without refunds", lambda d: _sum(d, window(d)[window(d)["amount_eur"] >= 0]),
                "Refunds are left out here. They take margin back: keep the rows below 0 in the sum.",
            ),
        ),
    ),
    Task(
        "12.2", "Three grades",
        (Form("table", name="grade", allowed=GRADES),),
        lambda d: grade(margin(d)),
        (
            Mistake(
                "upside down", lambda d: grade(-margin(d)),
                "The best are small here. Rank 1 must be the largest margin: rank(ascending=False).",
            ),
            Mistake(
                "ordinary ends at 15 %", lambda d: grade(margin(d), both=0.15),
                "Ordinary ends at 15 % here. Key takes the first 5 %, ordinary the next 15 %: it ends at "
                "20 %.",
            ),
            Mistake(
                "share of the money", _by_money,
                "These are shares of the money (ABC). A grade here cuts the customers: the best 5 %, the "
                "next 15 %.",
            ),
        ),
    ),
    Task(
        "12.3", "A second criterion",
        (Form("share", tolerance=0.0005),),
        moved,
        (
            Mistake("count for share", lambda d: round(moved(d) * len(margin(d))),
                    "This is a count. Divide by all customers."),
            Mistake(
                "euros and orders added", _moved_raw,
                "This adds euros and orders. Turn each into a share of rank first: rank(pct=True).",
            ),
            Mistake(
                "key only", _moved_key,
                "This looks at the key customers only. Compare the grades of all customers.",
            ),
            Mistake("unmoved", lambda d: 1 - moved(d), "These are the customers who keep their grade."),
            Mistake(
                "percent for share", lambda d: 100 * moved(d),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(0.05),
            ),
        ),
    ),
    Task(
        "12.4", "Which service pays",
        (
            Form("count", name="managers"),
            Form("count", name="named"),
            Form("number", name="hours", unit="hours", tolerance=0.01),
        ),
        service,
        (
            Mistake(
                "manager wherever it pays", _manager_first,
                "You give an account manager wherever that brings more than it costs. For some of them a "
                "named contact brings even more after cost: compare the two net amounts.",
            ),
            Mistake(
                "by grade", _by_grade,
                "This gives each grade its level. Choose for each customer what brings most after the cost "
                "of the hours.",
            ),
            Mistake(
                "hours for nothing", lambda d: service(d, hour_eur=0),
                "The cost of the hours is missing. Take 28 EUR for each hour off the gain.",
            ),
        ),
    ),
    Task(
        "12.5", "Are newcomers graded down?",
        (
            Form("number", name="gap_sums", tolerance=0.0005),
            Form("number", name="gap_per_month", tolerance=0.0005),
            Form("choice", name="choose", allowed=WAYS),
        ),
        newcomers,
        (
            Mistake(
                "everybody", lambda d: newcomers(d, everybody=True),
                "This compares all newcomers with all others. Ask only those who turned out best: keep the "
                "best fifth of the later year.",
            ),
            Mistake(
                "sign turned", lambda d: newcomers(d, sign=-1),
                "The sign is turned: newcomers less others.",
            ),
        ),
    ),
)  # fmt: skip
