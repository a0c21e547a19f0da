"""Complaints as data: where cases get stuck, how many problems there truly are, when a rate has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns

STEPS = {
    "heard out": "heard_days", "recorded and judged": "judged_days", "remedy carried out": "remedied_days",
    "followed up": "followed_days",
}  # fmt: skip


def handling_funnel(cases: pd.DataFrame) -> pd.DataFrame:
    """Count how many complaints reach each of the four steps, and how long that takes.

    Parameters
    ----------
    cases : DataFrame
        ``heard_days``, ``judged_days``, ``judgement``, ``remedied_days``, ``followed_days``. Complaints
        that were judged unfounded need no remedy and leave the count after the second step.

    Returns
    -------
    DataFrame
        One row per step: ``step``, ``due`` (cases that should get there), ``reached``, ``share`` (of those
        due), ``median_days`` and ``late_days`` (9 of 10 were faster), both since the opening.

    Raises
    ------
    DataError
        If a column is missing or wrong, or there is no case.

    Examples
    --------
    >>> days = lambda *x: pd.array(x, dtype="Int64")
    >>> cases = pd.DataFrame({"heard_days": days(0, 1), "judged_days": days(3, 5),
    ...     "judgement": ["founded"] * 2, "remedied_days": days(6, None), "followed_days": days(None, None)})
    >>> handling_funnel(cases)[["step", "due", "reached"]].values.tolist()[2:]
    [['remedy carried out', 2, 1], ['followed up', 2, 0]]
    """
    check(cases, "cases", columns=["judgement", *STEPS.values()])
    if cases.empty:
        raise DataError("cases has no rows: there is nothing to count. Hint: look at the filter above.")
    founded = cases["judgement"] != "unfounded"
    rows = []
    for step, column in STEPS.items():
        due = cases[founded] if column in ("remedied_days", "followed_days") else cases
        days = due[column].dropna().astype(float)
        there = len(days) > 0
        rows.append((
            step, len(due), len(days), len(days) / max(len(due), 1),
            float(days.median()) if there else None, float(days.quantile(0.9)) if there else None,
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=["step", "due", "reached", "share", "median_days", "late_days"])


@dataclass(frozen=True)
class SpeakingUp:
    """The chance that a problem is told to the firm, by the money at stake.

    Attributes
    ----------
    intercept, slope : float
        Log odds at a stake of 1, and their rise when the stake is 2.718 times as high.
    covariance : array
        Of the two, from the survey.
    n : int
        Problems in the survey.
    """

    intercept: float
    slope: float
    covariance: Any
    n: int

    def chance(self, stake_eur: Any) -> Any:
        """Give the chance to complain for each stake."""
        odds = self.intercept + self.slope * np.log(np.maximum(np.asarray(stake_eur, dtype=float), 0.5))
        return 1 / (1 + np.exp(-odds))

    def draws(self, stake_eur: Any, *, draws: int, rng: np.random.Generator) -> Any:
        """Give chances for `draws` likely curves: one row per draw, one column per stake."""
        both = rng.multivariate_normal([self.intercept, self.slope], self.covariance, draws)
        x = np.log(np.maximum(np.asarray(stake_eur, dtype=float), 0.5))
        return 1 / (1 + np.exp(-(both[:, :1] + both[:, 1:] * x)))


def fit_speaking_up(survey: pd.DataFrame) -> SpeakingUp:
    """Fit the chance to complain on a survey that asked customers at random, the silent ones too.

    Parameters
    ----------
    survey : DataFrame
        ``had_problem`` (flag), ``stake_eur`` (missing without a problem), ``complained`` (flag).

    Returns
    -------
    SpeakingUp
        A logit curve in the logarithm of the stake, by maximum likelihood (statsmodels).

    Raises
    ------
    DataError
        If a column is missing, or fewer than five told or fewer than five did not.

    Examples
    --------
    >>> asked = pd.DataFrame({"had_problem": True, "stake_eur": [2.0] * 20 + [140.0] * 20,
    ...     "complained": [True] * 5 + [False] * 15 + [True] * 14 + [False] * 6})
    >>> fit_speaking_up(asked).chance([2, 140]).round(2).tolist()
    [0.25, 0.7]
    """
    import statsmodels.api as sm

    require_columns(survey, ["had_problem", "stake_eur", "complained"], name="survey")
    hit = survey[survey["had_problem"].to_numpy(dtype=bool)]
    told = hit["complained"].to_numpy(dtype=float)
    if min(told.sum(), len(told) - told.sum()) < 5:
        raise DataError(
            f"survey has {int(told.sum()):,} who complained and {int(len(told) - told.sum()):,} who did not; "
            "at least 5 of each are needed. Hint: ask more customers."
        )
    x = np.log(np.maximum(hit["stake_eur"].to_numpy(dtype=float), 0.5))
    fit = sm.GLM(told, sm.add_constant(x, has_constant="add"), family=sm.families.Binomial()).fit()
    return SpeakingUp(float(fit.params[0]), float(fit.params[1]), np.asarray(fit.cov_params()), len(hit))


def incidence(
    cases: pd.DataFrame, model: SpeakingUp, *, by: str, draws: int = 500, rng: Any = None
) -> pd.DataFrame:
    """Recover how many problems there were: each complaint stands for 1 / (chance to complain) of them.

    Parameters
    ----------
    cases : DataFrame
        One row per complaint, with ``stake_eur`` and the column `by`.
    model : SpeakingUp
        From `fit_speaking_up`.
    by : str
        Column to count by, such as the cause.
    draws : int, default 500
        Bootstrap draws of the complaints (Poisson weights), each with another likely curve.
    rng : int or numpy Generator, optional
        For the same draws each time.

    Returns
    -------
    DataFrame
        One row per group and a last row ``all``: ``complaints``, ``problems`` (estimate), ``low`` and
        ``high`` (95 %). ``attrs["draws"]`` holds the problems of each draw, one column per group.

    Raises
    ------
    DataError
        If a column is missing or there is no complaint.

    References
    ----------
    Horvitz, Thompson (1952). A generalization of sampling without replacement from a finite universe. Journal
    of the American Statistical Association 47(260), 663-685. https://doi.org/10.1080/01621459.1952.10483446

    Examples
    --------
    >>> half = SpeakingUp(0.0, 0.0, np.zeros((2, 2)), 99)
    >>> cases = pd.DataFrame({"cause": ["a", "a", "b"], "stake_eur": [5.0, 50.0, 9.0]})
    >>> incidence(cases, half, by="cause", rng=1)[["cause", "problems"]].values.tolist()
    [['a', 4.0], ['b', 2.0], ['all', 6.0]]
    """
    require_columns(cases, ["stake_eur", by], name="cases")
    if cases.empty:
        raise DataError("cases has no rows: there is nothing to count. Hint: look at the filter above.")
    random = np.random.default_rng(rng)
    cases = cases.sort_values([by, "stake_eur"])
    names = sorted(cases[by].unique().tolist())
    each = 1 / model.chance(cases["stake_eur"])
    weights = random.poisson(1.0, (draws, len(cases))) / model.draws(
        cases["stake_eur"], draws=draws, rng=random
    )
    group = cases[by].to_numpy()
    drawn = pd.DataFrame({name: weights[:, group == name].sum(axis=1) for name in names})
    drawn["all"] = weights.sum(axis=1)
    rows = [
        (name, int((mine := (group == name) | (name == "all")).sum()), float(each[mine].sum()),
         *np.quantile(drawn[name], [0.025, 0.975]).tolist())
        for name in drawn
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=[by, "complaints", "problems", "low", "high"])
    table.attrs["draws"] = drawn
    return table


def control_chart(
    weeks: pd.DataFrame, *, count: str, size: str, base: int, sigma: float = 3.0
) -> pd.DataFrame:
    """Make a u-chart: counts per unit with limits that follow the changing denominator.

    Parameters
    ----------
    weeks : DataFrame
        One row per period, in order of time.
    count, size : str
        Columns: events (0 or more) and units, such as complaints and deliveries (above 0).
    base : int
        How many of the first periods set the centre line: 2 to all.
    sigma : float, default 3
        Limits lie this many standard errors from the centre; above 0.

    Returns
    -------
    DataFrame
        The columns given, and ``rate``, ``centre``, ``low``, ``high``, ``alarm`` (outside the limits) and
        ``run`` (the eighth or a later one in a row above the centre).

    Raises
    ------
    DataError
        If a column is missing, a denominator is not above 0, or `base` or `sigma` is out of range.

    References
    ----------
    Montgomery (2013), Introduction to Statistical Quality Control, chapter 7: u = sum of counts / sum of
    units, limits u +- 3 sqrt(u / n).

    Examples
    --------
    >>> weeks = pd.DataFrame({"n": [4, 6, 20], "parcels": [100, 100, 100]})
    >>> control_chart(weeks, count="n", size="parcels", base=2)["alarm"].tolist()
    [False, False, True]
    """
    require_columns(weeks, [count, size], name="weeks")
    events, units = weeks[count].to_numpy(dtype=float), weeks[size].to_numpy(dtype=float)
    if not (units > 0).all() or not (events >= 0).all():
        raise DataError(f"weeks: {size!r} must be above 0 and {count!r} 0 or more in every row.")
    if not 2 <= base <= len(weeks):
        raise DataError(f"base must be a number of periods from 2 to {len(weeks):,}; found {base!r}.")
    if not sigma > 0:
        raise DataError(f"sigma must be above 0; found {sigma!r}. Usual is 3.")
    centre = events[:base].sum() / units[:base].sum()
    reach = sigma * np.sqrt(centre / units)
    table = weeks.assign(
        rate=events / units, centre=centre, low=np.maximum(centre - reach, 0), high=centre + reach
    )
    table["alarm"] = (table["rate"] > table["high"]) | (table["rate"] < table["low"])
    above = table["rate"] > centre
    table["run"] = above.groupby((~above).cumsum()).cumsum() >= 8
    return table
