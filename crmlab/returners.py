"""Customers who return much: a rate from few purchases, and from where on it is a loss."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]


def return_estimate(customers: pd.DataFrame, *, a: float, b: float, threshold: float) -> pd.DataFrame:
    """Estimate each customer's return rate: the own record, pulled towards that of all customers.

    With a beta distribution of rates among customers (parameters `a`, `b`), somebody with k of n pieces
    returned has the rate (a + k) / (a + b + n) on average: n pieces of the own record against a + b pieces
    of everybody's.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id``, ``items_bought`` (1 or more), ``items_returned`` (0 to bought).
    a, b : float
        Parameters of the beta distribution, above 0; see ``fit_varying_chance``.
    threshold : float
        Return rate, between 0 and 1, that somebody may be above.

    Returns
    -------
    DataFrame
        In the order of `customers`: ``customer_id``, ``raw_rate``, ``estimated_rate``, ``low``, ``high`` (95
        % range of the rate) and ``chance_above`` (chance that the rate is above `threshold`).

    Raises
    ------
    DataError
        If a column is missing, a count is out of range or a number is.

    References
    ----------
    Efron, B., Morris, C. (1975). Data analysis using Stein's estimator and its generalizations. *Journal of
    the American Statistical Association* 70, 311-319. jstor.org/stable/2285814

    Examples
    --------
    >>> two = pd.DataFrame({"customer_id": ["new", "old"], "items_bought": [2, 100],
    ...                     "items_returned": [1, 50]})
    >>> return_estimate(two, a=1, b=9, threshold=0.4)["estimated_rate"].round(2).tolist()
    [0.17, 0.46]
    """
    from scipy import special

    require_columns(customers, ["customer_id", "items_bought", "items_returned"], name="customers")
    for name, value in (("a", a), ("b", b)):
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < np.inf:
            raise DataError(f"{name} must be a number above 0; found {value!r}.")
    _between("threshold", threshold, 0, 1)
    n, k = (
        pd.to_numeric(customers[name], errors="coerce").to_numpy(dtype=float)
        for name in ("items_bought", "items_returned")
    )
    bad = ~((n >= 1) & (k >= 0) & (k <= n) & (n % 1 == 0) & (k % 1 == 0))
    if bad.any():
        raise DataError(
            f"customers: {int(bad.sum()):,} row(s) have no purchase, more returns than purchases or no whole "
            f"pieces; the first is "
            f"{customers['customer_id'].to_numpy()[bad][0]!r}. Hint: count pieces of the same year in both"
        )
    after = a + k, b + n - k
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy(), "raw_rate": k / n,
            "estimated_rate": (a + k) / (a + b + n), "low": special.betaincinv(*after, 0.025),
            "high": special.betaincinv(*after, 0.975),
            "chance_above": 1 - special.betainc(*after, threshold),
        },
        index=customers.index,
    )  # fmt: skip


def _between(name: str, value: float, low: float, high: float) -> None:
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not low <= float(value) <= high:
        raise DataError(f"{name} must be a number from {low} to {high}; found {value!r}.")


def piece_profit(
    return_rate: Any, *, price_eur: float, margin_rate: float, salvage: Any, handling_eur: float
) -> Array:
    """Give the profit of one piece sold to somebody with a return rate.

    A piece that is kept earns its margin. A piece that comes back is refunded, handled, and sold again for
    `salvage` of its price: it loses (1 - salvage) x price + handling. Assumed: its second buyer would
    otherwise have bought a new piece at the full price. If not, the second sale is extra and the loss is
    smaller, or none.

    Parameters
    ----------
    return_rate : float or array
        Chance that a piece comes back, 0 to 1.
    price_eur : float
        Price of a piece, EUR.
    margin_rate : float
        Margin as a share of the price.
    salvage : float or array
        What a returned piece still brings, as a share of its price, 0 to 1.
    handling_eur : float
        Cost of handling one return, EUR.

    Returns
    -------
    ndarray
        EUR for a piece sold.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> float(piece_profit(0.5, price_eur=40, margin_rate=0.4, salvage=0.75, handling_eur=5))
    0.5
    """
    rate = np.asarray(return_rate, dtype=float)
    for name, shares in (("return_rate", rate), ("salvage", np.asarray(salvage, dtype=float))):
        if not np.all((shares >= 0) & (shares <= 1)):
            raise DataError(f"{name} must be 0 to 1; found {shares.min():g} to {shares.max():g}.")
    _costs(price_eur, margin_rate, handling_eur)
    cost = (1 - np.asarray(salvage, dtype=float)) * price_eur + handling_eur
    return np.asarray((1 - rate) * margin_rate * price_eur - rate * cost)


def _costs(price_eur: float, margin_rate: float, handling_eur: float) -> None:
    _between("margin_rate", margin_rate, 0, 1)
    if not price_eur > 0 or not handling_eur >= 0:
        raise DataError(
            f"price_eur must be above 0 and handling_eur 0 or more; found {price_eur!r} and {handling_eur!r}."
        )


def break_even_return_rate(
    *, price_eur: float, margin_rate: float, salvage: float, handling_eur: float
) -> float:
    """Give the return rate at which a customer's pieces earn nothing any more.

    Assumed, as in ``piece_profit``: whoever buys the returned piece would otherwise have bought a new one at
    the full price. If that second sale is extra, the rate is higher, or there is none.

    Parameters
    ----------
    price_eur : float
        Price of a piece, EUR, above 0.
    margin_rate, salvage : float
        Shares of the price, 0 to 1: the margin, and what a returned piece still brings.
    handling_eur : float
        Cost of handling one return, EUR, 0 or more.

    Returns
    -------
    float
        0 to 1; 1 if a return costs nothing.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> round(break_even_return_rate(price_eur=40, margin_rate=0.4, salvage=0.75, handling_eur=5), 3)
    0.516
    """
    _between("salvage", salvage, 0, 1)
    _costs(price_eur, margin_rate, handling_eur)
    margin, cost = margin_rate * price_eur, (1 - salvage) * price_eur + handling_eur
    return 1.0 if cost == 0 else margin / (margin + cost)
