"""Make the same forecast on earlier days and look at what came: how far to trust the plan of today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, require_columns
from crmlab.customer_plan import customer_outlook
from crmlab.customer_plan_draws import outlook_draws
from crmlab.orders import customer_value


def replay_forecasts(
    orders: pd.DataFrame,
    *,
    cut_offs: Iterable[Any],
    days: int,
    until: str | dt.date | None = None,
    margin_rate: float = 0.35,
    draws: int = 100,
    level: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Forecast from each cut-off as if it were today, and lay the forecast beside what came.

    Nothing after a cut-off is read for its forecast. Money is not discounted here.

    Parameters
    ----------
    orders : DataFrame
        An order log.
    cut_offs : iterable of days
        The days to stand on, each with `days` days of the log after it.
    days : int
        Length of the time after, 1 to 3,660 days.
    until : str or date, optional
        Last day that the log knows; that of its last row when left out.
    margin_rate : float, default 0.35
        As in `customer_outlook`.
    draws : int, default 100
        As in `outlook_draws`.
    level : float, default 0.95
        Of the interval, between 0 and 1.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per cut-off, in time: ``cut_off``, ``customers``, ``method`` (of `Outlook`), ``expected_eur``
        (mean of the draws), ``low_eur``, ``high_eur``, ``came_eur`` (margin of these customers in the days
        after), ``inside`` (came lies in the interval), ``error`` (expected over came, less 1; missing if
        nothing came), ``rank_correlation`` (of single customers; missing if all are equal) and
        ``top_fifth_share`` (of the margin that came, what the best fifth by forecast brought).

    Raises
    ------
    DataError
        If a cut-off has no purchase before it, the days after it go past the log, or a number is out of
        range.

    Examples
    --------
    >>> from crmlab.datasets import load_cdnow
    >>> table = replay_forecasts(load_cdnow(), cut_offs=["1997-09-30"], days=180, draws=20)
    >>> table["method"].item(), bool(0.3 < table["top_fifth_share"].item() < 0.9)
    ('model', True)
    """
    if isinstance(days, bool) or not isinstance(days, Integral) or not 1 <= days <= 3660:
        raise DataError(f"days must be a whole number from 1 to 3,660; found {days!r}.")
    if not 0 < level < 1:
        raise DataError(f"level must lie between 0 and 1; found {level!r}.")
    require_columns(orders, ["customer_id", "order_date", "amount_eur"], name="orders")
    log = orders if "margin_eur" in orders else orders.assign(margin_eur=margin_rate * orders["amount_eur"])
    if not 0 <= margin_rate <= 1:
        raise DataError(f"margin_rate must lie between 0 and 1; found {margin_rate!r}. 30 % is 0.30.")
    days = int(days)
    cuts = sorted(engine.day(c, name="cut_off") for c in cut_offs)
    last = engine.day(orders["order_date"].max() if until is None else until, name="until")
    late = [cut for cut in cuts if cut + dt.timedelta(days=days) > last]
    if late:
        raise DataError(
            f"the {days:,} days after the cut-off {late[0]} go past {last}, the last day of the log: what "
            "has not come yet would count as 0. Hint: fewer days, or an earlier cut-off."
        )
    random = np.random.default_rng(rng)
    months = min(max(1, -(-days * 12 // 366)), 120)  # about as long; brought to `days` below
    rows = []
    for cut in cuts:
        outlook = customer_outlook(log, as_of=cut, horizon_months=months, discount_rate_annual=0.0)
        shorter = days / 7 / outlook.weeks
        label = pd.Series("all", index=outlook.table.index)
        total = outlook_draws(outlook, label, draws=draws, rng=random)["margin_eur"] * shorter
        came = _came(log, cut, days, outlook.table["customer_id"])
        expected = outlook.table["value_eur"].to_numpy() * shorter
        low, high = np.quantile(total, [(1 - level) / 2, (1 + level) / 2])
        best = pd.Series(expected).rank(ascending=False, method="first") <= max(1, round(0.2 * len(came)))
        above = float(np.clip(came, 0, None).sum())
        spread = np.ptp(expected) > 1e-12 and np.ptp(came) > 0
        rows.append(
            {
                "cut_off": pd.Timestamp(cut),
                "customers": len(came),
                "method": outlook.method,
                "expected_eur": float(total.mean()),
                "low_eur": float(low),
                "high_eur": float(high),
                "came_eur": float(came.sum()),
                "inside": bool(low <= came.sum() <= high),
                "error": float(total.mean() / came.sum() - 1) if came.sum() > 0 else np.nan,
                "rank_correlation": float(pd.Series(expected).corr(pd.Series(came), method="spearman"))
                if spread
                else np.nan,
                "top_fifth_share": float(np.clip(came[best.to_numpy()], 0, None).sum() / above)
                if above > 0
                else np.nan,
            }
        )
    if not rows:
        raise DataError("cut_offs is empty. Hint: give at least one day before the last day of the log.")
    return pd.DataFrame(rows)


def _came(log: pd.DataFrame, cut: dt.date, days: int, who: pd.Series) -> np.ndarray[Any, np.dtype[Any]]:
    """Margin of these customers in the days after a cut-off; 0 for whoever brought nothing."""
    start = cut + dt.timedelta(days=1)
    try:
        value = customer_value(log, start=start, as_of=cut + dt.timedelta(days=days))
    except DataError:  # nobody came at all
        return np.zeros(len(who))
    return np.asarray(who.map(value.set_index("customer_id")["margin_eur"]).fillna(0.0), dtype=float)


def learned_factor(replays: pd.DataFrame, *, weight: float = 1.0) -> float:
    """Give the factor by which past forecasts should have been multiplied, shrunk towards 1.

    The ratio of all that came to all that was expected; with `weight` 0.5 half of the way from 1 to it.

    Parameters
    ----------
    replays : DataFrame
        From `replay_forecasts`: ``expected_eur`` and ``came_eur``.
    weight : float, default 1
        0 (keep the forecast as it is) to 1.

    Returns
    -------
    float
        0.2 to 5; 1 where nothing was expected.

    Raises
    ------
    DataError
        If a column is missing or `weight` is out of range.

    Examples
    --------
    >>> learned_factor(pd.DataFrame({"expected_eur": [100.0, 100.0], "came_eur": [120.0, 100.0]}))
    1.1
    """
    require_columns(replays, ["expected_eur", "came_eur"], name="replays")
    if not np.isfinite(replays[["expected_eur", "came_eur"]].astype(float)).all(axis=None):
        raise DataError("replays: expected_eur and came_eur must be finite numbers; some are missing.")
    if not 0 <= weight <= 1:
        raise DataError(f"weight must lie between 0 and 1; found {weight!r}.")
    expected, came = float(replays["expected_eur"].sum()), float(replays["came_eur"].sum())
    ratio = came / expected if expected > 0 else 1.0
    return float(np.clip(1 + weight * (ratio - 1), 0.2, 5.0))
