"""What a customer's own record says, pulled towards everybody's as far as chance alone would explain it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]


def own_ratios(who: Array, value: Array, weight: Array, n: int) -> tuple[Array, float]:
    """Give each of `n` customers a ratio of value to weight, between their own and everybody's.

    The pull is that of credibility theory: where the parts of one customer (orders, say) differ as much as
    parts of different customers, they tell nothing about the customer. The spread between customers comes
    from products of two parts of the same one, which chance leaves at 0 on average; each one counts alike.

    Parameters
    ----------
    who, value, weight : arrays
        One element per part: number of the customer from 0, value, and weight (0 or more).
    n : int
        Number of customers.

    Returns
    -------
    array and float
        The ratio per customer, and everybody's (0 where all weights are 0).
    """
    size = np.bincount(who, weight, n)
    if size.sum() <= 0:
        return np.zeros(n), 0.0
    everybody = float(value.sum() / size.sum())
    rest = value - everybody * weight
    sums, squares, weights = (np.bincount(who, part, n) for part in (rest, rest**2, weight**2))
    some = np.where(size > 0, size, 1.0) ** 2
    here = size > 0
    pairs = ((size**2 - weights) / some)[here].sum()
    alone = (weights / some)[here].sum()
    between = max(float(((sums**2 - squares) / some)[here].sum() / pairs), 0.0) if pairs > 1e-9 else 0.0
    within = max(float((squares / some)[here].sum() / alone) - between, 0.0)
    known = between * size**2
    trust = np.divide(known, known + within * weights, out=np.zeros(n), where=known > 0)
    return everybody + trust * sums / np.sqrt(some), everybody


def margin_shares(past: pd.DataFrame, ids: pd.Series) -> tuple[Array, float]:
    """Give the margin kept of each unit of a customer's purchases, refunds taken off with the order before.

    Parameters
    ----------
    past : DataFrame
        Rows of customers who have bought: ``customer_id``, ``order_date``, ``amount_eur``, ``margin_eur``.
    ids : Series
        The customers, sorted.

    Returns
    -------
    array and float
        As `own_ratios`; the second is the firm's.
    """
    rows = past.assign(customer_id=past["customer_id"].astype(str)).sort_values(
        ["customer_id", "order_date", "amount_eur", "margin_eur"], ascending=[True, True, False, False]
    )
    bought = rows["amount_eur"] >= 0
    orders = pd.DataFrame(
        {
            "who": pd.Index(ids).get_indexer(rows["customer_id"]),
            "order": bought.cumsum(),
            "value": rows["margin_eur"].astype(float),
            "weight": rows["amount_eur"].astype(float).where(bought, 0.0),
        }
    )
    sums = orders.groupby(["who", "order"])[["value", "weight"]].sum().reset_index()
    who, value, weight = (sums[c].to_numpy() for c in ("who", "value", "weight"))
    shares, firm = own_ratios(who, value, weight, len(ids))
    return np.where(np.abs(shares) > 1e-12, shares, 0.0), firm if abs(firm) > 1e-12 else 0.0


def rate_spread(purchases: Array, weeks: Array) -> tuple[float, float]:
    """Give mean and variance of the customers' rates of purchase a week, chance taken off, by moments.

    Parameters
    ----------
    purchases, weeks : arrays
        Repeat purchase days of each customer, and the weeks in which they were counted.

    Returns
    -------
    float and float
        The mean, and the variance: 0 where the customers differ by no more than chance.
    """
    exposure = float(weeks.sum())
    if exposure <= 0:
        return 0.0, 0.0
    mean = (0.5 + float(purchases.sum())) / exposure  # Jeffreys: that nobody came back is no proof of 0
    spread = float(((purchases - mean * weeks) ** 2 - mean * weeks).sum() / (weeks**2).sum())
    return mean, spread if spread > 1e-12 else 0.0
