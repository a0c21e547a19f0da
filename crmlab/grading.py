"""Grade customers by several criteria, and see how much the grades hang on the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.contracts import DataError, first_rows, require_columns

GRADES = ("key", "ordinary", "small")
"""From the few who get most care to the many who help themselves. 关键客户 · 普通客户 · 小客户."""


def grade_scores(table: pd.DataFrame, criteria: Mapping[str, float]) -> pd.DataFrame:
    r"""Give each customer points for each criterion and a score, their weighted mean.

    Points are ranks, so that euros, orders and days can be added: 100 times the share of customers who are
    worse, equal ones counted half. They do not change with the unit or with the order of the rows.

    Parameters
    ----------
    table : DataFrame
        One row per customer, with a column for each criterion.
    criteria : mapping of str to float
        Column and weight. A positive weight: high is good. A negative one: low is good, as for
        ``recency_days``. 0 leaves a criterion out. Only the ratios of the weights matter.

    Returns
    -------
    DataFrame
        `table` with ``points_<column>`` for each criterion (0 to 100) and ``score`` (0 to 100,
        the mean of the points weighted with :math:`|w_j|`, to ten decimals).

    Raises
    ------
    DataError
        If a column is missing or holds something else than numbers, a value is missing, or no weight
        differs from 0.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abcd"), "margin_eur": [90.0, 10.0, 40.0, 40.0],
    ...                       "recency_days": [5, 300, 2, 60]})
    >>> grade_scores(table, {"margin_eur": 3, "recency_days": -1})["score"].tolist()
    [81.25, 12.5, 59.375, 46.875]
    """
    points, weights = _points(table, criteria)
    added = {f"points_{name}": points[:, j] for j, name in enumerate(criteria)}
    return table.assign(**added, score=_score(points, weights))


def customer_grades(
    scores: pd.DataFrame, *, by: str = "score", shares: tuple[float, float] = (0.05, 0.15)
) -> pd.DataFrame:
    """Cut the ranking into key, ordinary and small customers.

    Parameters
    ----------
    scores : DataFrame
        One row per customer.
    by : str, default "score"
        The column to rank by; high is good.
    shares : (float, float), default (0.05, 0.15)
        Shares of all customers that are key and ordinary; each above 0, together below 1. Equal values get
        the same grade, the better one, so a grade can be larger than its share.

    Returns
    -------
    DataFrame
        `scores` with ``grade_rank`` (1 is best; equal values share the best rank) and ``grade`` (one of
        `GRADES`).

    Raises
    ------
    DataError
        If the column or a value is missing, or the shares are out of range.

    Examples
    --------
    >>> scores = pd.DataFrame({"score": [80.0, 55.0, 55.0, 20.0, 10.0]})
    >>> customer_grades(scores, shares=(0.2, 0.2))["grade"].tolist()
    ['key', 'ordinary', 'ordinary', 'small', 'small']
    """
    require_columns(scores, [by], name="scores")
    check_shares(shares)
    rank = pd.Series(_numbers(scores, by), index=scores.index).rank(method="min", ascending=False)
    return scores.assign(grade_rank=rank.astype("int64"), grade=_grades(rank.to_numpy(), shares))


def weight_moves(
    table: pd.DataFrame,
    criteria: Mapping[str, float],
    *,
    shares: tuple[float, float] = (0.05, 0.15),
    factors: Iterable[float] = (0.0, 0.5, 2.0),
) -> pd.DataFrame:
    """Change one weight at a time and count who gets another grade.

    Parameters
    ----------
    table, criteria
        As in `grade_scores`.
    shares : (float, float), default (0.05, 0.15)
        As in `customer_grades`.
    factors : iterable of float, default (0, 0.5, 2)
        What a weight is multiplied with, 0 or more; 1 changes nothing.

    Returns
    -------
    DataFrame
        One row per criterion and factor: ``criterion``, ``factor``, ``changed`` (customers with another
        grade), ``share_changed`` (of all), ``key_lost`` (key customers who are key no more) and
        ``share_key_lost`` (of the key customers before).

    Raises
    ------
    DataError
        As `grade_scores` and `customer_grades`, or if a factor is negative.

    Examples
    --------
    >>> table = pd.DataFrame({"margin_eur": [90.0, 10.0, 40.0, 70.0], "orders": [1, 9, 4, 2]})
    >>> weight_moves(table, {"margin_eur": 2, "orders": 1}, shares=(0.25, 0.25), factors=[0])[
    ...     ["criterion", "changed", "key_lost"]]
        criterion  changed  key_lost
    0  margin_eur        4         1
    1      orders        0         0
    """
    check_shares(shares)
    points, weights = _points(table, criteria)
    usual = _grade_scores(_score(points, weights), shares)
    key = usual == GRADES[0]
    rows = []
    for j, name in enumerate(criteria):
        for factor in factors:
            if not factor >= 0:
                raise DataError(f"factors must be 0 or more; found {factor!r}. 0.5 halves a weight.")
            other = weights.copy()
            other[j] *= factor
            if not other.any():
                raise DataError(
                    f"without {name!r} no criterion has a weight. Hint: give another criterion a weight, "
                    "or leave the factor 0 out."
                )
            now = _grade_scores(_score(points, other), shares)
            changed, lost = int((now != usual).sum()), int((key & (now != GRADES[0])).sum())
            rows.append((name, float(factor), changed, changed / len(usual), lost, lost / key.sum()))
    columns = ["criterion", "factor", "changed", "share_changed", "key_lost", "share_key_lost"]
    return pd.DataFrame(rows, columns=columns)


def key_chance(
    table: pd.DataFrame,
    criteria: Mapping[str, float],
    *,
    shares: tuple[float, float] = (0.05, 0.15),
    draws: int = 200,
    rng: Any = 0,
) -> pd.DataFrame:
    """Draw many sets of weights and count how often each customer is key.

    The weights of a draw come from a flat Dirichlet distribution: every division of the weight among the
    criteria is as likely as any other. Signs stay, and a weight of 0 stays 0. A customer who is key under
    nearly all of them is key whatever the committee decides.

    Parameters
    ----------
    table, criteria
        As in `grade_scores`.
    shares : (float, float), default (0.05, 0.15)
        As in `customer_grades`.
    draws : int, default 200
        Sets of weights, 1 to 100,000.
    rng : seed or Generator, default 0
        For the draws.

    Returns
    -------
    DataFrame
        `table` with ``key_chance``, the share of the draws in which the customer is key (0 to 1).

    Raises
    ------
    DataError
        As `grade_scores` and `customer_grades`, or if `draws` is out of range.

    References
    ----------
    Lahdelma, R., Hokkanen, J., Salminen, P. (1998). SMAA: stochastic multiobjective acceptability
    analysis. European Journal of Operational Research 106(1), 137-143 (the acceptability index of rank 1,
    here of the grade "key").

    Examples
    --------
    >>> table = pd.DataFrame({"margin_eur": [90.0, 10.0, 40.0, 70.0], "orders": [9, 1, 4, 2]})
    >>> key_chance(table, {"margin_eur": 2, "orders": 1}, shares=(0.25, 0.25))["key_chance"].tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    check_shares(shares)
    if isinstance(draws, bool) or not isinstance(draws, int) or not 1 <= draws <= 100_000:
        raise DataError(f"draws must be a whole number from 1 to 100,000; found {draws!r}.")
    points, weights = _points(table, criteria)
    used = np.flatnonzero(weights)
    wins = np.zeros(len(table), dtype=np.int64)
    for drawn in np.random.default_rng(rng).dirichlet(np.ones(len(used)), size=draws):
        wins += _grade_scores(_score(points[:, used], drawn), shares) == GRADES[0]
    return table.assign(key_chance=wins / draws)


def check_shares(shares: tuple[float, float]) -> None:
    """Raise `DataError` unless the shares of key and ordinary customers leave somebody small."""
    good = len(shares) == 2 and all(isinstance(s, int | float) and s > 0 for s in shares) and sum(shares) < 1
    if not good:
        raise DataError(
            f"shares must be two numbers above 0 whose sum is below 1 (key, ordinary); found {shares!r}. "
            "5 % is 0.05."
        )


def _points(table: pd.DataFrame, criteria: Mapping[str, float]) -> tuple[NDArray[Any], NDArray[Any]]:
    require_columns(table, criteria, name="table")
    for name, weight in criteria.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool) and np.isfinite(weight)
        if not number:
            raise DataError(f"the weight of {name!r} must be a number; found {weight!r}.")
    signed = np.array([float(w) for w in criteria.values()])
    if not signed.any():
        raise DataError(f"no criterion has a weight; found {dict(criteria)!r}. Hint: {{'margin_eur': 1}}")
    if table.empty:
        raise DataError("table has no customers. Hint: choose a reporting day after the first order.")
    points = np.empty((len(table), len(criteria)))
    for j, name in enumerate(criteria):
        values = pd.Series(_numbers(table, name)) * (-1.0 if signed[j] < 0 else 1.0)
        points[:, j] = 100 * (values.rank(method="average").to_numpy() - 0.5) / len(values)
    return points, np.abs(signed)


def _numbers(table: pd.DataFrame, name: str) -> NDArray[Any]:
    if not pd.api.types.is_numeric_dtype(table[name]):
        raise DataError(f"{name} must hold numbers; found {table[name].dtype}.")
    values: NDArray[Any] = table[name].to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} value(s) of {name!r} are missing or infinite; the first rows are\n"
            f"{first_rows(table, bad)}\nHint: say what a missing value means: "
            f"table.fillna({{{name!r}: 0}})"
        )
    return values


def _score(points: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    score: NDArray[Any] = points @ (weights / weights.sum())
    return score.round(10)  # so that equal customers stay equal


def _grade_scores(score: NDArray[Any], shares: tuple[float, float]) -> NDArray[Any]:
    return _grades(pd.Series(score).rank(method="min", ascending=False).to_numpy(), shares)


def _grades(rank: NDArray[Any], shares: tuple[float, float]) -> NDArray[Any]:
    n, (key, ordinary) = len(rank), shares
    edge = 1e-9  # a share of 0.15 + 0.05 must not lose a customer to rounding
    return np.select([rank <= key * n + edge, rank <= (key + ordinary) * n + edge], GRADES[:2], GRADES[2])
