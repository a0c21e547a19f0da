"""Scores of satisfaction with their error: the curve to loyalty, the net promoter score, how shaky it is."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.targeting import wilson_interval

PROMOTER, DETRACTOR = 9, 6  # from 9 up, up to 6


def nps_error(promoters: float, detractors: float, n: float) -> float:
    r"""Give the standard error of a net promoter score, in points.

    One answer counts +1, 0 or -1. Its variance is :math:`p + d - (p - d)^2`, so the error of the mean of n
    answers, in points, is :math:`100\sqrt{(p + d - (p - d)^2) / n}`.

    Parameters
    ----------
    promoters, detractors : float
        Shares p and d, each 0 to 1 and together no more than 1.
    n : float
        Number of answers, above 0.

    Returns
    -------
    float
        Standard error in points of the score (-100 to 100).

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> round(nps_error(0.5, 0.2, 400), 2)
    3.91
    """
    if not (promoters >= 0 and detractors >= 0 and promoters + detractors <= 1 + 1e-12):
        raise DataError(
            f"promoters and detractors must be shares whose sum is at most 1; "
            f"found {promoters!r} and {detractors!r}. 45 % is 0.45."
        )
    if not n > 0:
        raise DataError(f"n must be above 0; found {n!r}.")
    variance = promoters + detractors - (promoters - detractors) ** 2
    return float(100 * np.sqrt(max(variance, 0.0) / n))


def nps_table(
    answers: pd.DataFrame, *, by: str | None = None, score: str = "recommend", confidence: float = 0.95
) -> pd.DataFrame:
    """Count promoters and detractors and give the net promoter score (净推荐值) with its interval.

    Parameters
    ----------
    answers : DataFrame
        One row per answer, with whole numbers from 0 to 10 in `score`; rows without an answer are left out.
    by : str, optional
        Column of the groups, such as ``"branch"``; one group called "all" when left out.
    score : str, default "recommend"
        Column of the answers.
    confidence : float, default 0.95
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per group, in the order of the groups' names: ``group``, ``n``, ``promoters`` (9 and 10),
        ``passives`` (7 and 8), ``detractors`` (0 to 6) as shares, ``nps``, ``error`` (standard error),
        ``low``, ``high`` in points, the limits within -100 and 100.

    Raises
    ------
    DataError
        If a column is missing, an answer is no whole number from 0 to 10, or there is no answer.

    References
    ----------
    Rocks, B. (2016). Interval estimation for the "net promoter score". *The American Statistician* 70(4),
    365-372. doi:10.1080/00031305.2016.1198278

    Examples
    --------
    >>> table = nps_table(pd.DataFrame({"recommend": [10, 9, 8, 3]})).round(1)
    >>> table[["nps", "error", "low", "high"]].iloc[0].tolist()
    [25.0, 41.5, -56.3, 100.0]
    """
    table = _answered(answers, by, score)
    if not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1, both left out; found {confidence!r}.")
    grouped = table.groupby("group", sort=True)
    found = grouped.agg(n=("score", "size"), promoters=("p", "mean"), detractors=("d", "mean")).reset_index()
    error = np.array([nps_error(r.promoters, r.detractors, r.n) for r in found.itertuples()])
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    nps = 100 * (found["promoters"] - found["detractors"])
    found = found.assign(
        passives=1 - found["promoters"] - found["detractors"], nps=nps, error=error,
        low=(nps - half).clip(-100, 100), high=(nps + half).clip(-100, 100),
    )  # fmt: skip
    return found[["group", "n", "promoters", "passives", "detractors", "nps", "error", "low", "high"]]


def nps_answers_needed(
    change_points: float, *, promoters: float, detractors: float, power: float = 0.8, confidence: float = 0.95
) -> int:
    r"""Give the answers that **each** of two surveys needs until a change of the score is seen.

    :math:`n = 2 (z_{1-\alpha/2} + z_{power})^2 \, V / c^2` with the variance V of one answer and c the change
    as a share (5 points are 0.05).

    Parameters
    ----------
    change_points : float
        Change to be seen, in points: above 0, at most 200.
    promoters, detractors : float
        Shares, as in `nps_error`.
    power : float, default 0.8
        Chance to see the change if it is there, 0.5 to below 1.
    confidence : float, default 0.95
        1 less the chance to see a change that is not there, between 0 and 1.

    Returns
    -------
    int
        Answers in each survey.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> nps_answers_needed(5, promoters=0.45, detractors=0.25)
    4145
    """
    if not 0 < change_points <= 200:
        raise DataError(f"change_points must be above 0 and at most 200; found {change_points!r}.")
    if not 0.5 <= power < 1 or not 0 < confidence < 1:
        raise DataError(
            f"power must be 0.5 or more and below 1, confidence between 0 and 1; found {power!r} and "
            f"{confidence!r}."
        )
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + confidence / 2) + normal.inv_cdf(power)
    variance = (nps_error(promoters, detractors, 1) / 100) ** 2
    return int(np.ceil(2 * z**2 * variance / (change_points / 100) ** 2 - 1e-9))


def nps_swaps(
    answers: pd.DataFrame, *, by: str, score: str = "recommend", draws: int = 1000, rng: Any = 0
) -> pd.DataFrame:
    """Ask how often neighbours in a ranking by net promoter score would swap places in another sample.

    Each draw takes, within each group, as many answers as there are, with replacement (bootstrap).

    Parameters
    ----------
    answers : DataFrame
        As in `nps_table`.
    by : str
        Column of the groups.
    score : str, default "recommend"
        Column of the answers.
    draws : int, default 1000
        Number of samples drawn, 1 to 100,000.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per group, best first: ``rank``, ``group``, ``n``, ``nps``, ``low``, ``high`` (middle 95 % of
        the draws, in points), ``first`` (share of draws in which the group comes first) and ``swaps`` (share
        in which the next group stands above it; a tie counts half; missing for the last).

    Raises
    ------
    DataError
        If a column is missing, an answer is out of range, or `draws` is.

    References
    ----------
    Efron, B., Tibshirani, R. (1986). Bootstrap methods for standard errors, confidence intervals, and other
    measures of statistical accuracy. *Statistical Science* 1(1), 54-75. doi:10.1214/ss/1177013815

    Examples
    --------
    >>> said = [10] * 30 + [5] * 20 + [10, 5] * 25
    >>> two = pd.DataFrame({"branch": ["A"] * 50 + ["B"] * 50, "recommend": said})
    >>> table = nps_swaps(two, by="branch", rng=1)
    >>> table["group"].tolist(), bool(0.1 < table["swaps"].iloc[0] < 0.25)
    (['A', 'B'], True)
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or not 1 <= draws <= 100_000:
        raise DataError(f"draws must be a whole number from 1 to 100,000; found {draws!r}.")
    g = np.random.default_rng(rng)
    found = nps_table(answers, by=by, score=score).sort_values(["nps", "group"], ascending=[False, True])
    drawn = np.empty((draws, len(found)))
    for i, row in enumerate(found.itertuples()):
        shares = [row.promoters, max(row.passives, 0.0), row.detractors]
        counts = g.multinomial(int(row.n), np.array(shares) / sum(shares), size=draws)
        drawn[:, i] = 100 * (counts[:, 0] - counts[:, 2]) / row.n
    best = drawn == drawn.max(axis=1, keepdims=True)
    above, below = drawn[:, :-1], drawn[:, 1:]
    swaps = ((below > above) + 0.5 * (below == above)).mean(axis=0)
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(found) + 1), "group": found["group"].to_numpy(),
            "n": found["n"].to_numpy(),
            "nps": found["nps"].to_numpy(), "low": np.quantile(drawn, 0.025, axis=0),
            "high": np.quantile(drawn, 0.975, axis=0),
            "first": (best / best.sum(axis=1, keepdims=True)).mean(axis=0),
            "swaps": np.append(swaps, np.nan),
        }
    )  # fmt: skip


def satisfaction_curve(
    people: pd.DataFrame, *, by: str | None = None, score: str = "satisfaction", outcome: str =
    "bought_again", confidence: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """Give the rate of loyal behaviour at each answer, with Wilson's interval (满意–忠诚曲线).

    Parameters
    ----------
    people : DataFrame
        One row per customer; rows without an answer are left out.
    by : str, optional
        Column of the groups, such as ``"market"``; one group called "all" when left out.
    score : str, default "satisfaction"
        Column of the answers.
    outcome : str, default "bought_again"
        Column of True/False (or 1/0).
    confidence : float, default 0.95
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per group and answer, in their order: ``group``, ``score``, ``n``, ``bought`` (count),
        ``rate``, ``low``, ``high``.

    Raises
    ------
    DataError
        If a column is missing, nobody answered, or the outcome is not True/False.

    Examples
    --------
    >>> people = pd.DataFrame({"satisfaction": [4, 4, 5, 5, None], "bought_again": [0, 0, 1, 0, 1]})
    >>> satisfaction_curve(people).round(2).values.tolist()
    [['all', 4.0, 2, 0, 0.0, 0.0, 0.66], ['all', 5.0, 2, 1, 0.5, 0.09, 0.91]]
    """
    require_columns(people, [score, outcome, *([by] if by else [])], name="people")
    rows = people[people[score].notna()]
    if rows.empty:
        raise DataError(f"nobody has an answer in {score!r}. Hint: keep the rows of those who answered.")
    if not rows[outcome].isin([0, 1]).all():
        odd = rows.loc[~rows[outcome].isin([0, 1]), outcome].tolist()[0]
        raise DataError(f"{outcome!r} must be True/False or 1/0; found {odd!r}.")
    table = pd.DataFrame(
        {
            "group": rows[by].astype(str).to_numpy() if by else "all",
            "score": rows[score].to_numpy(dtype=float),
            "bought": rows[outcome].to_numpy(dtype=int),
        }
    )
    found = (
        table.groupby(["group", "score"]).agg(n=("bought", "size"), bought=("bought", "sum")).reset_index()
    )
    low, high = wilson_interval(found["bought"], found["n"], confidence=confidence)
    return found.assign(rate=found["bought"] / found["n"], low=low, high=high)


def _answered(answers: pd.DataFrame, by: str | None, score: str) -> pd.DataFrame:
    require_columns(answers, [score, *([by] if by else [])], name="answers")
    rows = answers[answers[score].notna()]
    if rows.empty:
        raise DataError(f"nobody has an answer in {score!r}. Hint: keep the rows of those who answered.")
    values = pd.to_numeric(rows[score], errors="coerce").to_numpy(dtype=float)
    bad = ~((values >= 0) & (values <= 10) & (values == np.round(values)))
    if bad.any():
        odd = rows[score].tolist()[int(bad.argmax())]
        raise DataError(
            f"{score!r} must hold whole numbers from 0 to 10; found {odd!r}. "
            f"Hint: the net promoter score needs the scale from 0 to 10."
        )
    group = rows[by].astype(str).to_numpy() if by else "all"
    return pd.DataFrame(
        {"group": group, "score": values, "p": 1.0 * (values >= PROMOTER), "d": 1.0 * (values <= DETRACTOR)}
    )
