"""The classification standard: one page that a manager can sign, made from the grades themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, require_columns
from crmlab.grading import GRADES, check_shares


def grading_standard(
    graded: pd.DataFrame,
    *,
    criteria: Mapping[str, float],
    shares: tuple[float, float],
    levels: pd.DataFrame,
    rule: Mapping[str, str],
    as_of: str | dt.date,
    window_days: int,
    band: float = 0.0,
    currency: str = "EUR",
    warnings: Iterable[str] = (),
) -> str:
    """Write the standard by which customers are graded, with its numbers, as Markdown.

    Parameters
    ----------
    graded : DataFrame
        From `customer_grades`: ``grade``, ``score`` and ``margin_eur``.
    criteria : mapping of str to float
        What each criterion is called, and its weight; below 0: low is good.
    shares : (float, float)
        Shares of key and ordinary customers.
    levels : DataFrame
        As in `service_plan`: ``level``, ``hours``, ``lift_share``.
    rule : mapping of str to str
        Grade to level.
    as_of : str or date
        The day the grades hold from.
    window_days : int
        Days that the grades look back on.
    band : float, default 0
        The band of `grade_path`.
    currency : str, default "EUR"
        The unit of the margin.
    warnings : iterable of str
        Sentences for the last paragraph.

    Returns
    -------
    str
        Markdown: criteria with weights, grades with their border and service, the rule for moving.

    Raises
    ------
    DataError
        If a column is missing, the shares are out of range, or a grade has no level.

    Examples
    --------
    >>> graded = pd.DataFrame({"grade": ["key", "small"], "score": [90.0, 10.0], "margin_eur": [50.0, 1.0]})
    >>> levels = pd.DataFrame({"level": ["self", "manager"], "hours": [0.0, 5.0], "lift_share": [0.0, 0.2]})
    >>> page = grading_standard(graded, criteria={"margin": 1.0}, shares=(0.5, 0.3), levels=levels,
    ...     rule={"key": "manager", "ordinary": "self", "small": "self"}, as_of="2023-12-31", window_days=365)
    >>> page.splitlines()[0]
    '#### Standard for the grading of customers, from 2023-12-31'
    """
    require_columns(graded, ["grade", "score", "margin_eur"], name="graded")
    require_columns(levels, ["level", "hours", "lift_share"], name="levels")
    check_shares(shares)
    hours = dict(zip(levels["level"], levels["hours"], strict=True))
    for grade in GRADES:
        if rule.get(grade) not in hours:
            raise DataError(
                f"rule gives the grade {grade!r} the level {rule.get(grade)!r}; allowed: {', '.join(hours)}."
            )
    total = sum(abs(weight) for weight in criteria.values())
    lines = [
        f"#### Standard for the grading of customers, from {engine.day(as_of)}",
        "",
        f"**1. Criteria.** We look back on {window_days:,} days. Each criterion gives 0 to 100 points, the "
        "share of customers who are worse.",
        "",
        "| criterion | good is | share of the score |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {'low' if weight < 0 else 'high'} | {abs(weight) / total:.0%} |"
        for name, weight in criteria.items()
        if weight
    ]
    lines += [
        "",
        "**2. Grades and service.**",
        "",
        f"| grade | customers | score from | mean margin ({currency}) | service | hours a year each |",
        "|---|---|---|---|---|---|",
    ]
    for grade in GRADES:
        part = graded[graded["grade"] == grade]
        border = f"{part['score'].min():.1f}" if len(part) else "-"
        mean = f"{part['margin_eur'].mean():,.0f}" if len(part) else "-"
        lines.append(
            f"| {grade} | {len(part):,} | {border} | {mean} | {rule[grade]} | {hours[rule[grade]]:g} |"
        )
    key, ordinary = shares[0] * (1 + band), min(sum(shares) * (1 + band), 1)
    lines += [
        "",
        f"**3. Moving.** Up: into the best {shares[0]:.1%} (key) or {sum(shares):.1%} (ordinary) at a "
        f"review. Down: only when out of the best {min(key, 1):.1%} or {ordinary:.1%}. Nobody is told of a "
        "grade that a review may take back.",
        "",
        "**4. Know before you sign.** " + " ".join(warnings),
    ]
    return "\n".join(lines)
