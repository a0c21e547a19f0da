"""The judges of a race between methods: fair when scores tie; three questions, a number for each."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError
from crmlab.orders import calibration_holdout, customer_value, rfm_table

Array = np.ndarray[Any, np.dtype[Any]]


def race_table(orders: engine.Log, *, calibration_end: str | dt.date, as_of: str | dt.date) -> pd.DataFrame:
    """Lay what was known on one day beside what came after it, for everybody who had bought by then.

    Parameters
    ----------
    orders : DataFrame, path of Parquet, or DuckDB relation
        An order log.
    calibration_end : str or date
        The starting line: the last day that a method may know.
    as_of : str or date
        The finishing line: the last day that is judged; after `calibration_end`.

    Returns
    -------
    DataFrame
        One row per customer who had bought by `calibration_end`, sorted by ``customer_id``. Known at the
        start: ``frequency``, ``t_x``, ``T`` (weeks), ``monetary_eur`` (as in `btyd_summary`),
        ``recency_days``, ``n_orders``, ``revenue_eur`` (as in `rfm_table`). What came: ``purchases_later``
        (purchase days), ``active_later`` (any purchase), ``revenue_later_eur`` (less refunds) and, if the log
        has margins, ``margin_later_eur``.

    Raises
    ------
    DataError
        As for `calibration_holdout`.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "a", "b", "c"],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-05", "2024-02-20"]),
    ...     "amount_eur": [10.0, 20.0, 5.0, 9.0]})
    >>> table = race_table(log, calibration_end="2024-01-31", as_of="2024-03-31")
    >>> table[["customer_id", "frequency", "purchases_later", "active_later"]]
      customer_id  frequency  purchases_later  active_later
    0           a          0                1          True
    1           b          0                0         False
    """
    both = _frame(calibration_holdout(orders, calibration_end=calibration_end, as_of=as_of))
    rfm = _frame(rfm_table(orders, as_of=calibration_end))
    table = both[["customer_id", "frequency", "t_x", "T", "monetary_eur"]].merge(
        rfm[["customer_id", "recency_days", "n_orders", "revenue_eur"]], on="customer_id"
    )
    table["purchases_later"] = both["frequency_holdout"]
    table["active_later"] = both["frequency_holdout"] > 0
    table["revenue_later_eur"] = both["revenue_holdout_eur"]
    if "margin_eur" in rfm:
        after = engine.day(calibration_end, name="calibration_end") + dt.timedelta(days=1)
        try:
            later = _frame(customer_value(orders, start=after, as_of=as_of)).set_index("customer_id")
            margin = later["margin_eur"].reindex(table["customer_id"]).fillna(0.0).to_numpy()
        except DataError:  # not one order after the starting line
            margin = np.zeros(len(table))
        table["margin_later_eur"] = margin
    return table


def top_chance(values: Any, *, top: float) -> Array:
    """Give each customer's chance of being among the best when equals are ordered by lot.

    Parameters
    ----------
    values : array of number
        One per customer, high is good.
    top : float
        Share of customers that are the best, above 0, at most 1. Their number k is rounded down, at least 1.

    Returns
    -------
    array
        1 for those above the value of the k-th best, 0 for those below, and between for those equal to it
        (places left / equals). The sum is k.

    Raises
    ------
    DataError
        If there is nobody, a value is missing or infinite, or `top` is out of range.

    Examples
    --------
    >>> top_chance([9, 5, 5, 5], top=0.5)
    array([1.        , 0.33333333, 0.33333333, 0.33333333])
    """
    given = _numbers(values, "values")
    if isinstance(top, bool) or not 0 < top <= 1:
        raise DataError(f"top must be a share above 0, at most 1; found {top!r}. The best fifth is 0.2.")
    k = max(1, int(top * len(given) + 1e-9))
    edge = np.partition(given, len(given) - k)[len(given) - k]
    above, equal = given > edge, given == edge
    return np.where(above, 1.0, np.where(equal, (k - above.sum()) / equal.sum(), 0.0))


def hit_rate(score: Any, outcome: Any, *, top: float) -> float:
    """Share of the true best that a ranking also names, as expected when all ties are broken by lot.

    Both rankings have ties: many customers share a score, and more than half buy nothing later. The order of
    the rows must decide nothing, so each of the two cuts is drawn by lot, apart from the other, and
    the mean over all draws is given in closed form: the sum of `top_chance` products over k.

    Parameters
    ----------
    score : array of number
        The ranking of a method, one number per customer, high is good.
    outcome : array of number
        What came, in the same order of customers, high is good.
    top : float
        Share of customers that are the best, above 0, at most 1.

    Returns
    -------
    float
        0 (none of the best was named) to 1 (all were). A ranking by lot gives k / n, about `top`.

    Raises
    ------
    DataError
        As for `top_chance`, or if the two are not equally long.

    References
    ----------
    Wübben, M., von Wangenheim, F. (2008). Instant Customer Base Analysis: Managerial Heuristics Often "Get It
    Right". Journal of Marketing 72(3), 82-93. doi:10.1509/jmkg.72.3.082

    Malthouse, E. C., Blattberg, R. C. (2005). Can We Predict Customer Lifetime Value? Journal of Interactive
    Marketing 19(1), 2-16: of the true best, ``1 - hit_rate`` are missed. doi:10.1002/dir.20027

    Examples
    --------
    Two equals for one place: the truly best one gets it in half of the draws.

    >>> hit_rate([5, 5, 1, 1], [8, 0, 0, 0], top=0.25)
    0.5
    """
    named, best = top_chance(score, top=top), top_chance(outcome, top=top)
    if len(named) != len(best):
        raise DataError(f"score and outcome must be equally long; found {len(named):,} and {len(best):,}.")
    return float(named @ best / best.sum())


def accuracy(said: Any, came: Any) -> float:
    """Share of customers for whom "active" or "inactive" was right.

    Compare it with the base rate: saying "inactive" of everybody is right for all who do not come.

    Parameters
    ----------
    said, came : array of bool
        What a method said of each customer, and whether they came.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    DataError
        If one is not made of True and False, there is nobody, or the two are not equally long.

    Examples
    --------
    >>> accuracy([True, False, False, False], [True, True, False, False])
    0.75
    """
    one, two = np.asarray(said), np.asarray(came)
    for name, flags in (("said", one), ("came", two)):
        if flags.dtype != bool:
            raise DataError(f"{name} must hold True and False; found {flags.dtype}. Hint: {name} > 0.5")
    if len(one) != len(two) or len(one) == 0:
        raise DataError(f"said and came must be equally long; found {len(one):,} and {len(two):,}.")
    return float((one == two).mean())


def total_error(forecast: Any, outcome: Any) -> float:
    """Forecast of the total over its true value, less 1: +0.56 is 56 % too high.

    Parameters
    ----------
    forecast, outcome : array of number
        One per customer; only the sums count, so that errors of single customers may cancel.

    Returns
    -------
    float
        -1 or more for forecasts of 0 or more.

    Raises
    ------
    DataError
        If a value is missing or infinite, or the outcomes do not add up to more than 0.

    Examples
    --------
    >>> total_error([3.0, 1.0], [1, 1])
    1.0
    """
    total = float(_numbers(outcome, "outcome").sum())
    if total <= 0:
        raise DataError(f"outcome must add up to more than 0; found {total:g}. Nothing came: no error in %.")
    return float(_numbers(forecast, "forecast").sum()) / total - 1


def _frame(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else table.df()


def _numbers(values: Any, name: str) -> Array:
    given = np.asarray(values, dtype=float)
    if given.ndim != 1 or len(given) == 0:
        raise DataError(f"{name} must hold one number per customer; found the shape {given.shape}.")
    bad = int((~np.isfinite(given)).sum())
    if bad:
        raise DataError(
            f"{name} must be finite numbers; {bad:,} of {len(given):,} are missing or infinite. "
            "Hint: a method that does not say cannot be judged here."
        )
    return given
