"""A fitted model along time: tracking, one customer's P(alive) from day to day, a grid of histories."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.btyd import BTYDFit
from crmlab.btyd_predict import expected_repeats, predict
from crmlab.contracts import DataError, require_columns
from crmlab.orders import DAYS_PER_UNIT


def tracking(
    fit: BTYDFit, orders: pd.DataFrame, *, as_of: str | dt.date, end: str | dt.date, step_days: int = 7
) -> pd.DataFrame:
    """Lay the repeat purchases that happened beside those the model expects, step by step.

    Both count the customers who were born by `as_of`, the last day the model has seen, and nobody who came
    later. A purchase day is one purchase; the first is the birth and is not counted.

    Parameters
    ----------
    fit : BTYDFit
        A converged fit in continuous time, of the customers born by `as_of`.
    orders : DataFrame
        The order log, up to `end`.
    as_of : str or date
        Last day of the calibration, inclusive.
    end : str or date
        Last day to look at; not before `as_of`.
    step_days : int, default 7
        Length of a step in days, 1 or more. Steps are counted back from `as_of`, so that one ends on it; a
        shorter rest at either end is left out.

    Returns
    -------
    DataFrame
        ``date`` (last day of the step), ``actual``, ``expected`` (repeat purchases in the step),
        ``actual_cumulative``, ``expected_cumulative`` (since the first purchase of anybody) and ``holdout``
        (True after `as_of`).

    Raises
    ------
    DataError
        If the fit did not converge, the days are in the wrong order or `step_days` is not a whole number.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005a). "Counting Your Customers" the Easy Way. Marketing
    Science 24(2), 275-284, figure 3. doi:10.1287/mksc.1040.0098

    Examples
    --------
    >>> from crmlab.btyd import fit_btyd
    >>> from crmlab.datasets import load_cdnow
    >>> from crmlab.orders import btyd_summary
    >>> log = load_cdnow()
    >>> fit = fit_btyd(btyd_summary(log, as_of="1997-09-30"))
    >>> last = tracking(fit, log, as_of="1997-09-30", end="1998-06-30").iloc[-1]
    >>> int(last["actual_cumulative"]), round(last["expected_cumulative"])
    (4339, 4161)
    """
    cut, last = engine.day(as_of), engine.day(end, name="end")
    if last < cut:
        raise DataError(f"end {last} lies before as_of {cut}.")
    _whole("step_days", step_days)
    days = _purchase_days(orders, last)
    birth = days.groupby("customer_id")["day"].transform("min")
    known = birth <= pd.Timestamp(cut)
    days, birth = days[known], birth[known]
    if days.empty:
        raise DataError(f"nobody has bought by {cut}. Hint: look at the first order_date.")
    first = birth.min()
    before = (pd.Timestamp(cut) - first).days // step_days
    after = (last - cut).days // step_days
    steps = pd.Timestamp(cut) + pd.to_timedelta(np.arange(-before, after + 1) * step_days, unit="D")
    repeats = np.sort(days.loc[days["day"] > birth, "day"].to_numpy())
    actual = np.searchsorted(repeats, steps.to_numpy(), side="right").astype(float)
    births = days.loc[days["day"] == birth, "day"].value_counts()
    mean = expected_repeats(fit, np.arange((steps[-1] - first).days + 1) / DAYS_PER_UNIT[fit.unit])
    age = (steps.to_numpy()[:, None] - births.index.to_numpy()[None, :]) // np.timedelta64(1, "D")
    expected = np.where(age >= 0, mean[np.maximum(age, 0)], 0.0) @ births.to_numpy(dtype=float)
    table = pd.DataFrame({"date": steps, "actual_cumulative": actual, "expected_cumulative": expected})
    for name in ("actual", "expected"):
        table[name] = np.diff(table[f"{name}_cumulative"], prepend=0.0)
    table["holdout"] = table["date"] > pd.Timestamp(cut)
    return table[["date", "actual", "expected", "actual_cumulative", "expected_cumulative", "holdout"]]


def alive_path(
    fit: BTYDFit, orders: pd.DataFrame, *, as_of: str | dt.date, step_days: int = 7
) -> pd.DataFrame:
    """Give one customer's P(alive) as it would have been read on each day of their history.

    The parameters are those of `fit` throughout; only the customer's own past grows from day to day.

    Parameters
    ----------
    fit : BTYDFit
        A converged fit in continuous time.
    orders : DataFrame
        The orders of one customer.
    as_of : str or date
        Last day, inclusive.
    step_days : int, default 7
        Days between two readings, 1 or more; days with a purchase are always read.

    Returns
    -------
    DataFrame
        ``date``, ``frequency`` (repeat purchase days so far), ``t_x``, ``T`` (in the unit of the fit),
        ``bought`` (True on a purchase day) and ``p_alive`` (0 to 1).

    Raises
    ------
    DataError
        If the orders belong to several customers, there is no purchase by `as_of`, or the fit did not
        converge.

    Examples
    --------
    >>> from crmlab.btyd import fit_btyd
    >>> from crmlab.datasets import load_cdnow
    >>> from crmlab.orders import btyd_summary
    >>> log = load_cdnow()
    >>> fit = fit_btyd(btyd_summary(log, as_of="1997-09-30"), model="pareto_nbd")
    >>> path = alive_path(fit, log[log["customer_id"] == "00004"], as_of="1997-09-30")
    >>> int(path["bought"].sum()), path["p_alive"].round(2).iloc[[0, -1]].tolist()
    (3, [1.0, 0.87])
    """
    cut = engine.day(as_of)
    _whole("step_days", step_days)
    if "customer_id" in orders and orders["customer_id"].nunique() > 1:
        raise DataError(
            f"orders holds {orders['customer_id'].nunique():,} customers; allowed is one. "
            'Hint: orders[orders["customer_id"] == "C00001"]'
        )
    bought = _purchase_days(orders, cut)["day"].drop_duplicates().sort_values().to_numpy()
    if not len(bought):
        raise DataError(f"this customer has no purchase by {cut}. Hint: choose a later as_of.")
    first, unit = pd.Timestamp(bought[0]), DAYS_PER_UNIT[fit.unit]
    readings = pd.date_range(first, cut, freq=f"{step_days}D")
    dates = readings.union(pd.DatetimeIndex(bought)).union(pd.DatetimeIndex([cut]))
    count = np.searchsorted(bought, dates.to_numpy(), side="right")
    table = pd.DataFrame(
        {
            "date": dates,
            "frequency": count - 1,
            "t_x": (pd.DatetimeIndex(bought[count - 1]) - first).days / unit,
            "T": (dates - first).days / unit,
            "bought": dates.isin(bought),
        }
    )
    return table.assign(p_alive=predict(fit, table, horizon=0)["p_alive"])


def history_grid(
    *, T: float, frequencies: Sequence[int] = tuple(range(11)), silences: Sequence[float] | None = None
) -> pd.DataFrame:
    """Make customers of one age who differ in how often they bought and how long they have been silent.

    Parameters
    ----------
    T : float
        Age of all of them, above 0, in any unit.
    frequencies : sequence of int, default 0 to 10
        Repeat purchases.
    silences : sequence of float, optional
        Time since the last purchase, 0 to below T; eight even steps when left out. Who never came back has
        been silent for T, and nobody else can have been.

    Returns
    -------
    DataFrame
        ``frequency``, ``t_x``, ``T`` and ``silence`` (T less t_x): one row per history that can be. It is a
        summary that `fit_btyd`'s companions `predict` and `clv` take.

    Raises
    ------
    DataError
        If T is not above 0 or a silence lies outside 0 to T.

    Examples
    --------
    >>> history_grid(T=40, frequencies=[0, 1], silences=[0, 10])
       frequency   t_x   T  silence
    0          0   0.0  40     40.0
    1          1  40.0  40      0.0
    2          1  30.0  40     10.0
    """
    if not 0 < T < float("inf"):
        raise DataError(f"T must be an age above 0; found {T!r}.")
    waits = np.arange(8) * T / 8 if silences is None else np.asarray(silences, dtype=float)
    if len(waits) == 0 or not ((waits >= 0) & (waits < T)).all():
        raise DataError(f"silences must lie between 0 and below T = {T:g}; found {waits.tolist()!r}.")
    rows = [
        (int(x), float(T - wait), T, float(wait))
        for x in frequencies
        for wait in (waits if x > 0 else [float(T)])
    ]
    return pd.DataFrame(rows, columns=["frequency", "t_x", "T", "silence"])


def _purchase_days(orders: pd.DataFrame, end: dt.date) -> pd.DataFrame:
    require_columns(orders, ["customer_id", "order_date", "amount_eur"], name="orders")
    kept = orders[
        (orders["amount_eur"] >= 0) & (orders["order_date"] < pd.Timestamp(end) + pd.Timedelta(days=1))
    ]
    days = pd.DataFrame({"customer_id": kept["customer_id"], "day": kept["order_date"].dt.normalize()})
    return days.drop_duplicates().reset_index(drop=True)


def _whole(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DataError(f"{name} must be a whole number, 1 or more; found {value!r}.")
