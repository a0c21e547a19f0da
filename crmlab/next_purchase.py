"""When will they buy next? A baseline from intervals, and scores that hold chances against what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns


def interval_chance(orders: pd.DataFrame, *, as_of: Any, horizon_days: float) -> pd.DataFrame:
    """Give each customer's next purchase day and chance to buy from their mean interval: the usual baseline.

    The interval is the mean time between a customer's purchase days; whoever has one day only gets the median
    interval of the others. The next purchase is due one interval after the last. The chance within the
    horizon is ``1 - exp(-horizon / interval)``. It does not know that customers leave.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``order_date``, ``amount_eur``; refunds (below 0) are left out.
    as_of : str or date
        The reporting day, inclusive.
    horizon_days : float
        Days ahead, above 0.

    Returns
    -------
    DataFrame
        One row per customer with a purchase by `as_of`, sorted: ``customer_id``, ``purchase_days``,
        ``interval_days``, ``own_interval`` (False: borrowed from the others), ``due_date`` and ``p_buy``.

    Raises
    ------
    DataError
        If a column is missing, the dates are text, the horizon is not above 0, or nobody bought twice.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "amount_eur": 10.0,
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-31", "2024-01-31"])})
    >>> interval_chance(log, as_of="2024-01-31", horizon_days=15)["interval_days"].tolist()
    [15.0, 15.0]
    """
    require_columns(orders, ("customer_id", "order_date", "amount_eur"), name="orders")
    if not horizon_days > 0:
        raise DataError(f"horizon_days must be above 0; found {horizon_days!r}.")
    if not pd.api.types.is_datetime64_any_dtype(orders["order_date"]):
        raise DataError(
            "orders: order_date must hold dates. "
            'Hint: orders["order_date"] = pd.to_datetime(orders["order_date"])'
        )
    past = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= pd.Timestamp(as_of))]
    days = past.assign(day=past["order_date"].dt.normalize()).drop_duplicates(["customer_id", "day"])
    each = days.groupby("customer_id")["day"].agg(["count", "min", "max"]).sort_index()
    own = each["count"] > 1
    if not own.any():
        raise DataError("nobody bought on two days by as_of: there is no interval to learn from.")
    span = (each["max"] - each["min"]).dt.days / (each["count"] - 1).where(own)
    interval = span.fillna(float(span.median()))
    due = each["max"] + pd.to_timedelta(np.ceil(interval), unit="D")
    return pd.DataFrame(
        {
            "customer_id": each.index,
            "purchase_days": each["count"].to_numpy(),
            "interval_days": interval.to_numpy(),
            "own_interval": own.to_numpy(),
            "due_date": due.to_numpy(),
            "p_buy": -np.expm1(-horizon_days / interval.to_numpy()),
        }
    )


def chance_scores(
    chances: pd.DataFrame, happened: Any, *, draws: int = 200, rng: int | np.random.Generator = 0
) -> pd.DataFrame:
    """Score several columns of chances against what happened: the Brier score and what it gains.

    The Brier score is the mean of ``(chance - happened)^2``: 0 is perfect. Skill is the share by which it
    lies below that of the base rate told to everybody; below 0 is worse than the base rate.

    Parameters
    ----------
    chances : DataFrame
        One column of chances (0 to 1) per method, one row per customer.
    happened : array-like of bool
        Whether it happened, row by row.
    draws : int, default 200
        Bootstrap samples of customers for the interval, 20 or more.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per method: ``method``, ``customers``, ``said`` (expected number), ``came`` (number),
        ``brier``, ``skill``, ``skill_low`` and ``skill_high`` (95 %), ``skill_gap_low`` and
        ``skill_gap_high`` (95 % interval of its skill less that of the first method).

    Raises
    ------
    DataError
        If a chance is missing or outside 0 to 1, the lengths differ, or the outcome is all the same or not
        true or false.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review
    78(1), 1-3.

    Examples
    --------
    >>> chances = pd.DataFrame({"base": [0.5] * 4, "good": [0.9, 0.1, 0.8, 0.2]})
    >>> chance_scores(chances, [True, False, True, False])["skill"].round(2).tolist()
    [0.0, 0.9]
    """
    if draws < 20:
        raise DataError(f"draws must be 20 or more; found {draws!r}.")
    p, y = chances.to_numpy(dtype=float), np.asarray(happened, dtype=float)
    if len(p) != len(y):
        raise DataError(f"chances has {len(p):,} rows and happened {len(y):,}; they must be the same.")
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError("chances must lie between 0 and 1, none missing.")
    if not np.isin(y, (0.0, 1.0)).all():
        raise DataError("happened must be true or false (1 or 0) for each row, none missing.")
    if y.min() == y.max():
        raise DataError("happened is the same for all customers: there is nothing to score.")
    loss = (p - y[:, None]) ** 2
    weight = np.random.default_rng(rng).multinomial(len(y), np.full(len(y), 1 / len(y)), size=draws)
    share = weight @ y / len(y)
    null = np.maximum(share * (1 - share), 1e-12)
    again = 1 - weight @ loss / len(y) / null[:, None]
    skill = 1 - loss.mean(axis=0) / (y.mean() * (1 - y.mean()))
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    gap_low, gap_high = np.quantile(again - again[:, :1], [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "method": list(chances.columns),
            "customers": len(y),
            "said": p.sum(axis=0),
            "came": int(y.sum()),
            "brier": loss.mean(axis=0),
            "skill": skill,
            "skill_low": low,
            "skill_high": high,
            "skill_gap_low": gap_low,
            "skill_gap_high": gap_high,
        }
    )
