"""How unequal customers are: ABC classes, Lorenz curve, Gini, concentration, whale curve, moves of class."""

from __future__ import annotations

import string
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab._ranks import SAME, abc_by_sql, refuse_total, rounded, scale_of
from crmlab.contracts import DataError, require_columns


def abc_classes(table: engine.Log, *, by: str = "revenue_eur", cuts: Iterable[float] = (0.8, 0.95)) -> Any:
    """Class customers by their cumulative share of a total (ABC 分类).

    Customers are put in order from the most to the least valuable. A customer belongs to A while the
    share of those *before* them is below ``cuts[0]``, so the one who crosses the line is still A; to B
    while it is below ``cuts[1]``; and so on. Customers of equal value get the class of the first of
    them; neither row order nor the unit of money matters.

    A customer whose value is zero or negative (more refunds than purchases) stays in the table and
    always gets the last class. Shares are shares of the *net* total, so with negative values the
    cumulative share climbs above 1 before it comes back to 1 at the last customer.

    Parameters
    ----------
    table : DataFrame, path of Parquet, DuckDB relation or Spark DataFrame
        One row per customer: ``customer_id`` and the column named in `by`.
    by : str, default "revenue_eur"
        The column to class by, for instance ``"margin_eur"``. Its sum must be above 0.
    cuts : iterable of float, default (0.8, 0.95)
        Cumulative shares at which a class ends: 1 to 25 rising numbers between 0 and 1. There is no
        natural law behind 80 and 95 %: try others.

    Returns
    -------
    DataFrame (for a frame), lazy DuckDB relation (for a path or a relation) or Spark DataFrame
        The columns of `table`, sorted from most to least valuable (equal values by ``customer_id``), and
        ``rank`` (1 to n), ``share`` (of the total), ``cumulative_share`` (this customer included) and
        ``abc_class`` ("A", "B", ...).

    Raises
    ------
    DataError
        If a column is missing, not numeric or has missing values, a customer is repeated, the sum is
        not above 0, or `cuts` are not rising shares.

    References
    ----------
    Dickie, H. F. (1951). ABC inventory analysis shoots for dollars, not pennies. *Factory Management
    and Maintenance* 109 (General Electric; the first description of ABC).

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("pqrs"), "revenue_eur": [15.0, 70.0, -5.0, 20.0]})
    >>> abc_classes(customers, cuts=(0.7, 0.9))
      customer_id  revenue_eur  rank  share  cumulative_share abc_class
    0           q         70.0     1   0.70              0.70         A
    1           s         20.0     2   0.20              0.90         B
    2           p         15.0     3   0.15              1.05         C
    3           r         -5.0     4  -0.05              1.00         C
    """
    edges = _checked_cuts(cuts)
    if engine.is_lazy(table):
        return abc_by_sql(table, by, edges)
    values = customer_values(table, by)
    order, first = best_first(values, table["customer_id"])
    scale = scale_of(values)
    running = np.cumsum(rounded(values[order] * scale))  # whole numbers: exact, in any order
    total = running[-1]
    refuse_total(total / scale, float(np.abs(values).sum()), f"the column {by!r}")
    before = np.concatenate(([0.0], running[:-1]))[first]
    letter = np.searchsorted(edges, before / total + SAME, side="right")
    return (
        table.iloc[order]
        .reset_index(drop=True)
        .assign(
            rank=np.arange(1, len(order) + 1),
            share=values[order] / (total / scale),
            cumulative_share=running / total,
            abc_class=np.array(list(string.ascii_uppercase))[letter],
        )
    )


def abc_summary(classes: pd.DataFrame) -> pd.DataFrame:
    """Sum up ABC classes, and say how many customers bring nothing or less.

    Parameters
    ----------
    classes : DataFrame
        What `abc_classes` returned.

    Returns
    -------
    DataFrame
        One row per class: ``abc_class``, ``customers``, ``share_of_customers``, ``share_of_value``
        (of the net total) and ``not_positive`` (customers whose value is zero or negative).

    Raises
    ------
    DataError
        If a column of `abc_classes` is missing.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("pqrs"), "revenue_eur": [15.0, 70.0, -5.0, 20.0]})
    >>> abc_summary(abc_classes(customers, cuts=(0.7, 0.9)))
      abc_class  customers  share_of_customers  share_of_value  not_positive
    0         A          1                0.25             0.7             0
    1         B          1                0.25             0.2             0
    2         C          2                0.50             0.1             1
    """
    require_columns(classes, ["abc_class", "share"], name="classes")
    by_class = classes.assign(not_positive=classes["share"] <= 0).groupby("abc_class", as_index=False)
    summary = by_class.agg(
        customers=("share", "size"), share_of_value=("share", "sum"), not_positive=("not_positive", "sum")
    )
    summary.insert(2, "share_of_customers", summary["customers"] / len(classes))
    return summary


def lorenz(values: Any) -> pd.DataFrame:
    r"""Draw up the Lorenz curve (洛伦兹曲线): what share the poorest share of customers holds.

    With values sorted upwards, :math:`L(k/n) = \sum_{i \le k} x_i / \sum_i x_i`. Equal values give the
    diagonal. Negative values are allowed: the curve then starts below zero.

    Parameters
    ----------
    values : array-like of float
        One value per customer (money, orders, ...), in any order; their sum must be above 0.

    Returns
    -------
    DataFrame
        ``share_of_customers`` and ``share_of_value``, n + 1 rows from (0, 0) to (1, 1).

    Raises
    ------
    DataError
        If there is no value, one is missing or infinite, or the sum is not above 0.

    References
    ----------
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. *Publications of the
    American Statistical Association* 9(70), 209-219. doi:10.2307/2276207

    Examples
    --------
    >>> lorenz([30, 10, 60])
       share_of_customers  share_of_value
    0            0.000000             0.0
    1            0.333333             0.1
    2            0.666667             0.4
    3            1.000000             1.0
    """
    ranked = np.sort(_numbers(values))
    total, running = _cumulative(ranked, name="values")
    return pd.DataFrame(
        {
            "share_of_customers": np.arange(len(ranked) + 1) / len(ranked),
            "share_of_value": np.concatenate(([0.0], (running / total).astype(float))),
        }
    )


def gini(values: Any) -> float:
    r"""Measure inequality by the Gini coefficient (基尼系数).

    Twice the area between the diagonal and the Lorenz curve; with values sorted upwards
    :math:`G = \sum_i (2i - n - 1)\, x_i \,/\, (n \sum_i x_i)`, the form for a whole population (no
    correction for small samples). 0: all equal; (n - 1)/n: one customer has everything. With negative
    values G can exceed 1. A lognormal has :math:`2\Phi(\sigma/\sqrt 2) - 1`, a Pareto
    :math:`1/(2\alpha - 1)`.

    Parameters
    ----------
    values : array-like of float
        One value per customer, in any order; their sum must be above 0.

    Returns
    -------
    float
        0 or more.

    Raises
    ------
    DataError
        As in `lorenz`.

    References
    ----------
    Gini, C. (1912). *Variabilità e mutabilità*. Bologna: Cuppini. Closed forms: Kleiber, C. & Kotz, S.
    (2003). *Statistical Size Distributions in Economics and Actuarial Sciences*. Wiley.

    Examples
    --------
    >>> gini([1, 2, 3, 4])
    0.25
    """
    ranked = np.sort(_numbers(values))
    total, _ = _cumulative(ranked, name="values")
    n = len(ranked)
    weights = (2 * np.arange(1, n + 1) - n - 1).astype(np.longdouble)
    return float((weights * ranked).sum() / (n * total))


def concentration(values: Any, *, top: float = 0.2) -> float:
    r"""Give the share of the total that the best customers hold (集中度).

    ``1 - L(1 - top)`` on the Lorenz curve: with 12 customers the top 20 % are 2.4, that is the best two
    and 0.4 of the third. A lognormal has :math:`1 - \Phi(\Phi^{-1}(1 - p) - \sigma)`.

    Parameters
    ----------
    values : array-like of float
        One value per customer, in any order; their sum must be above 0.
    top : float, default 0.2
        Share of customers, above 0 and up to 1.

    Returns
    -------
    float
        Share of the total; above 1 if others have negative values.

    Raises
    ------
    DataError
        As in `lorenz`, or if `top` is out of range.

    References
    ----------
    For comparison: the top 20 % of buyers hold 73 % of sales on average over 22 packaged-goods
    categories in six years. Kim, B. J., Singh, V. & Winer, R. S. (2017). *Marketing Letters*.
    doi:10.1007/s11002-017-9442-5

    Examples
    --------
    >>> concentration([50, 20, 10, 10, 10], top=0.2)
    0.5
    >>> round(concentration([50, 20, 10, 10, 10], top=0.3), 3)
    0.6
    """
    if not _is_number(top) or not 0 < top <= 1:
        raise DataError(
            f"top must be a share above 0 and up to 1; found {top!r}. Hint: top=0.2 for the best 20 %."
        )
    curve = lorenz(values)
    return 1 - float(np.interp(1 - top, curve["share_of_customers"], curve["share_of_value"]))


def whale_curve(table: pd.DataFrame, *, by: str = "profit_eur") -> pd.DataFrame:
    """Add up profit from the most to the least profitable customer (鲸鱼曲线).

    The curve rises while customers earn money, is flat over those who break even, and comes down over
    those who cost more than they bring; the distance from the peak to the end is what they destroy.

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``customer_id`` and the column named in `by`.
    by : str, default "profit_eur"
        Profit per customer in EUR: margin less the cost to serve. The sum must be above 0.

    Returns
    -------
    DataFrame
        n + 1 rows, the first all 0: ``rank`` (customers so far), ``share_of_customers``,
        ``cumulative_eur`` and ``cumulative_share`` (of the final profit; 1 in the last row).

    Raises
    ------
    DataError
        If a column is missing or has missing values, a customer is repeated, or all customers together
        make no profit.

    References
    ----------
    Kaplan, R. S. & Narayanan, V. G. (2001). Measuring and managing customer profitability. *Journal of
    Cost Management* 15(5), 5-15.

    Examples
    --------
    >>> whale_curve(pd.DataFrame({"customer_id": list("abcd"), "profit_eur": [0.0, 80.0, -60.0, 40.0]}))
       rank  share_of_customers  cumulative_eur  cumulative_share
    0     0                0.00             0.0          0.000000
    1     1                0.25            80.0          1.333333
    2     2                0.50           120.0          2.000000
    3     3                0.75           120.0          2.000000
    4     4                1.00            60.0          1.000000
    """
    ranked = np.sort(customer_values(table, by))[::-1]
    total, running = _cumulative(ranked, name=f"the column {by!r}")
    rank = np.arange(len(ranked) + 1)
    return pd.DataFrame(
        {
            "rank": rank,
            "share_of_customers": rank / len(ranked),
            "cumulative_eur": np.concatenate(([0.0], running.astype(float))),
            "cumulative_share": np.concatenate(([0.0], (running / total).astype(float))),
        }
    )


def whale_summary(curve: pd.DataFrame) -> pd.Series:
    """Read the five figures of a whale curve.

    Parameters
    ----------
    curve : DataFrame
        What `whale_curve` returned.

    Returns
    -------
    Series
        ``peak_share`` (profit at the peak over final profit), ``peak_at`` (share of customers up to the
        peak), ``top_20_share`` (what the best 20 % make), ``loss_share`` (what is lost after the peak),
        ``unprofitable_share`` (share of customers with a loss). Money shares are shares of the final profit.

    Raises
    ------
    DataError
        If a column of `whale_curve` is missing.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "profit_eur": [0.0, 80.0, -60.0, 40.0]})
    >>> whale_summary(whale_curve(customers)).round(3).to_dict()
    {'peak_share': 2.0, 'peak_at': 0.5, 'top_20_share': 1.067, 'loss_share': 1.0, 'unprofitable_share': 0.25}
    """
    require_columns(curve, ["share_of_customers", "cumulative_share"], name="curve")
    customers, profit = curve["share_of_customers"].to_numpy(), curve["cumulative_share"].to_numpy()
    peak = float(profit.max())
    at_peak = np.flatnonzero(profit == peak)
    return pd.Series(
        {
            "peak_share": peak,
            "peak_at": float(customers[at_peak[0]]),
            "top_20_share": float(np.interp(0.2, customers, profit)),
            "loss_share": peak - float(profit[-1]),
            "unprofitable_share": 1 - float(customers[at_peak[-1]]),
        }
    )


def class_moves(before: pd.DataFrame, after: pd.DataFrame, *, by: str = "abc_class") -> pd.DataFrame:
    """Count how customers moved from class to class between two periods.

    Parameters
    ----------
    before, after : DataFrame
        One row per customer: ``customer_id`` and the column named in `by`.
    by : str, default "abc_class"
        The class; any label will do (``"segment"``, ``"r_score"``).

    Returns
    -------
    DataFrame
        Customers: one row per class before, one column per class after, both with "absent" last for
        customers who are in one table only. Every customer is counted once.

    Raises
    ------
    DataError
        If a column is missing, a class is missing or named "absent", or a customer is repeated.

    Examples
    --------
    >>> last_year = pd.DataFrame({"customer_id": list("pqr"), "abc_class": ["A", "A", "B"]})
    >>> this_year = pd.DataFrame({"customer_id": list("pqs"), "abc_class": ["A", "B", "B"]})
    >>> class_moves(last_year, this_year)
    after   A  B  absent
    before
    A       1  1       0
    B       0  0       1
    absent  0  1       0
    """
    for name, side in (("before", before), ("after", after)):
        require_customers(side, name=name)
        require_columns(side, [by], name=name)
        bad = (side[by].isna() | (side[by] == "absent")).to_numpy()
        if bad.any():
            raise DataError(
                f"{name}: {int(bad.sum()):,} customer(s) have no {by!r} or one named 'absent': "
                f"{_first(side, bad)}. "
                f'Hint: {name}[{name}["{by}"].notna()] leaves them out, and they count as absent.'
            )
    labels = [*sorted(set(before[by].unique()) | set(after[by].unique())), "absent"]
    size, absent = len(labels), len(labels) - 1
    row, column = (pd.Index(labels[:-1]).get_indexer(side[by]) for side in (before, after))
    place = pd.Index(after["customer_id"]).get_indexer(before["customer_id"])
    here = place >= 0
    new = np.ones(len(after), dtype=bool)
    new[place[here]] = False
    pairs = np.concatenate((row * size + np.where(here, column[place], absent), absent * size + column[new]))
    counts = np.bincount(pairs, minlength=size * size)
    return pd.DataFrame(
        counts.reshape(size, size),
        index=pd.Index(labels, name="before"),
        columns=pd.Index(labels, name="after"),
    )


def class_stability(moves: pd.DataFrame) -> pd.Series:
    """Give the share of customers who are in the same class one period later.

    Parameters
    ----------
    moves : DataFrame
        What `class_moves` returned. Who has left counts as not stable; who is new does not count.

    Returns
    -------
    Series
        Share that stayed, by class before (missing for a class that was empty), and ``"all"``.

    Raises
    ------
    DataError
        If `moves` has no "absent" row and column.

    Examples
    --------
    >>> last_year = pd.DataFrame({"customer_id": list("pqr"), "abc_class": ["A", "A", "B"]})
    >>> this_year = pd.DataFrame({"customer_id": list("pqs"), "abc_class": ["A", "B", "B"]})
    >>> class_stability(class_moves(last_year, this_year)).round(3).to_dict()
    {'A': 0.5, 'B': 0.0, 'all': 0.333}
    """
    if "absent" not in moves.index or list(moves.index) != list(moves.columns):
        raise DataError(
            f"moves must have the same classes and 'absent' on both sides; found rows {list(moves.index)} "
            f"and columns {list(moves.columns)}. Hint: moves = class_moves(before, after)"
        )
    were = moves.drop(index="absent")
    stayed = pd.Series(np.diag(were), index=list(were.index), dtype=float, name="stayed")
    size = were.sum(axis=1)
    return pd.concat([stayed / size.where(size > 0), pd.Series({"all": stayed.sum() / size.sum()})]).rename(
        "stayed"
    )


def require_customers(table: pd.DataFrame, *, name: str = "table") -> None:
    """Raise `DataError` unless the table has rows and each has a ``customer_id`` of its own."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"{name} must be a pandas DataFrame; found {type(table).__name__}.")
    require_columns(table, ["customer_id"], name=name)
    if table.empty:
        raise DataError(
            f"{name} has no rows; at least one customer is needed. Hint: look at as_of and at the filters."
        )
    ids = table["customer_id"]
    if ids.isna().any():
        raise DataError(
            f"{name}: {int(ids.isna().sum()):,} row(s) have no customer_id. "
            f'Hint: {name}[{name}["customer_id"].notna()], and say how many you took out.'
        )
    if not ids.is_unique:
        twice = ids[ids.duplicated(keep=False)]
        first = ", ".join(repr(i) for i in twice.drop_duplicates().head(3).tolist())
        raise DataError(
            f"{name}: customer_id must be unique; {len(twice):,} rows repeat one: {first}. "
            f"Hint: make one row per customer first, with rfm_table or customer_value."
        )


def customer_values(
    table: pd.DataFrame, column: str, *, name: str = "table"
) -> np.ndarray[Any, np.dtype[Any]]:
    """Give one numeric column of a customer table as floats; raise `DataError` on a value of no use."""
    require_customers(table, name=name)
    require_columns(table, [column], name=name)
    series = table[column]
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
        raise DataError(
            f"{name}: the column {column!r} must hold numbers; found {series.dtype} such as "
            f"{series.head(1).tolist()[0]!r}. "
            f'Hint: {name}["{column}"] = pd.to_numeric({name}["{column}"])'
        )
    values: np.ndarray[Any, Any] = series.to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        raise DataError(
            f"{name}: {int(bad.sum()):,} value(s) of {column!r} are missing or infinite; customers: "
            f"{_first(table, bad)}. Hint: correct them, or take the rows out and say how many you took."
        )
    return values


def first_equal(ranked: np.ndarray[Any, Any], *, new_cell: Any = False) -> np.ndarray[Any, Any]:
    """Give, for each place in a sorted array, the place of the first value equal to it (in the same cell)."""
    gap = np.abs(np.diff(ranked)) > SAME * np.maximum(np.abs(ranked[1:]), np.abs(ranked[:-1]))
    starts = np.concatenate(([True], gap | new_cell))
    return np.maximum.accumulate(np.where(starts, np.arange(len(ranked)), 0))


def best_first(
    values: np.ndarray[Any, Any], ids: pd.Series
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Order rows by falling value, equal values by id; also give the place of the first equal of each."""
    order = np.argsort(-values, kind="stable")
    first = first_equal(values[order])
    tied = np.bincount(first, minlength=len(first))[first] > 1
    if tied.any():
        rows = order[tied]
        keys = ids.iloc[rows].to_numpy()
        keys = keys.astype(str) if keys.dtype == object else keys
        order[tied] = rows[np.lexsort((keys, first[tied]))]
    return order, first


def _cumulative(ranked: np.ndarray[Any, Any], *, name: str) -> tuple[Any, np.ndarray[Any, Any]]:
    running = np.cumsum(ranked, dtype=np.longdouble)
    total = running[-1]
    refuse_total(float(total), float(np.abs(ranked).sum()), name)
    return total, running


def _numbers(values: Any) -> np.ndarray[Any, Any]:
    series = pd.Series(values).reset_index(drop=True)
    if series.empty:
        raise DataError("values is empty; at least one customer is needed. Hint: look at the filters.")
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
        raise DataError(
            f"values must be numbers; found {series.dtype} such as {series.head(1).tolist()[0]!r}. "
            f"Hint: pd.to_numeric(values)"
        )
    numbers: np.ndarray[Any, Any] = series.to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise DataError(
            f"values: {len(bad):,} of {len(numbers):,} are missing or infinite; the first at position(s) "
            f"{', '.join(str(i) for i in bad[:3])}. "
            f"Hint: correct them, or take them out and say how many you took."
        )
    return numbers


def _checked_cuts(cuts: Any) -> list[float]:
    edges = list(cuts) if isinstance(cuts, Iterable) and not isinstance(cuts, str) else None
    good = edges is not None and 1 <= len(edges) <= 25 and all(_is_number(c) and 0 < c < 1 for c in edges)
    if edges is None or not good or any(b <= a for a, b in pairwise(edges)):
        raise DataError(
            f"cuts must be 1 to 25 rising numbers between 0 and 1; found {cuts!r}. "
            f"Hint: cuts=(0.8, 0.95) for A, B, C."
        )
    return [float(c) for c in edges]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _first(table: pd.DataFrame, bad: np.ndarray[Any, Any]) -> str:
    return ", ".join(repr(i) for i in table.loc[bad, "customer_id"].head(3).tolist())
