"""Lifetime value by formula: constant margin, constant retention, and one line of algebra."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.orders import customer_value


def period_rate(rate_annual: float, *, periods_per_year: float) -> float:
    """Turn an annual discount rate into that of a shorter period, by compounding.

    ``(1 + i) ** (1 / n) - 1``, never ``i / n``: twelve months at i / 12 add up to more than i.

    Parameters
    ----------
    rate_annual : float
        Annual rate, above -1; 0.10 is 10 % a year.
    periods_per_year : float
        12 for months, 52 for weeks; above 0.

    Returns
    -------
    float
        The rate per period.

    Raises
    ------
    DataError
        If an argument is out of range.

    Examples
    --------
    >>> round(period_rate(0.10, periods_per_year=12), 6)
    0.007974
    >>> round((1 + period_rate(0.10, periods_per_year=12)) ** 12 - 1, 12)
    0.1
    """
    if not rate_annual > -1 or rate_annual == float("inf"):
        raise DataError(f"rate_annual must be a number above -1; found {rate_annual!r}. 10 % is 0.10.")
    if not 0 < periods_per_year < float("inf"):
        raise DataError(f"periods_per_year must be above 0; found {periods_per_year!r}.")
    return float((1 + rate_annual) ** (1 / periods_per_year) - 1)


def simple_clv(margin_eur: float, *, retention_rate: float, discount_rate: float) -> float:
    """Value of a customer whose first margin comes in one period if they stay: ``m r / (1 + i - r)``.

    The margin of period t arrives at its end, with probability r to the power t. With
    ``g = r / (1 + i) < 1``::

        CLV = m g + m g^2 + m g^3 + ...
        g CLV =     m g^2 + m g^3 + ...       subtract:  CLV (1 - g) = m g
        CLV = m g / (1 - g) = m r / (1 + i - r)

    Parameters
    ----------
    margin_eur : float
        Margin per period (not revenue), EUR.
    retention_rate : float
        Share of customers who stay for another period, 0 to 1, constant.
    discount_rate : float
        Discount rate of the same period, above 0 (see `period_rate`).

    Returns
    -------
    float
        Present value in EUR of a customer acquired today.

    Raises
    ------
    DataError
        If a rate is out of range; with r = 1 and i = 0 the value would be infinite.

    References
    ----------
    Gupta, S., Lehmann, D. R. (2003). Customers as Assets. Journal of Interactive Marketing 17(1), 9-24.

    Examples
    --------
    The multiple of the margin at 10 %, for retention of 60, 70, 80, 90 and 95 %:

    >>> [round(simple_clv(1, retention_rate=r, discount_rate=0.10), 2) for r in (0.6, 0.7, 0.8, 0.9, 0.95)]
    [1.2, 1.75, 2.67, 4.5, 6.33]
    """
    _check(margin_eur, retention_rate, discount_rate)
    return margin_eur * retention_rate / (1 + discount_rate - retention_rate)


def simple_clv_now(margin_eur: float, *, retention_rate: float, discount_rate: float) -> float:
    """Value of a customer whose first margin comes now, for certain: ``m (1 + i) / (1 + i - r)``.

    The first margin, m, is certain and undiscounted; after it begins what `simple_clv` values::

        CLV = m + m r / (1 + i - r) = m (1 + i) / (1 + i - r)

    Parameters
    ----------
    margin_eur, retention_rate, discount_rate : float
        As in `simple_clv`.

    Returns
    -------
    float
        Present value in EUR of a customer who pays today: exactly one margin more than `simple_clv`.

    Raises
    ------
    DataError
        As for `simple_clv`.

    Examples
    --------
    >>> round(simple_clv_now(100, retention_rate=0.8, discount_rate=0.10), 2)
    366.67
    >>> round(100 + simple_clv(100, retention_rate=0.8, discount_rate=0.10), 2)
    366.67
    """
    _check(margin_eur, retention_rate, discount_rate)
    return margin_eur * (1 + discount_rate) / (1 + discount_rate - retention_rate)


def simple_clv_in_a_year(margin_eur: float, *, retention_rate: float, discount_rate: float) -> float:
    """Value of a customer whose first margin comes in one period, for certain: ``m / (1 + i - r)``.

    Everything of `simple_clv_now`, one period later::

        CLV = m (1 + i) / (1 + i - r) / (1 + i) = m / (1 + i - r)

    Parameters
    ----------
    margin_eur, retention_rate, discount_rate : float
        As in `simple_clv`.

    Returns
    -------
    float
        Present value in EUR of a customer bound for one period who pays at its end.

    Raises
    ------
    DataError
        As for `simple_clv`.

    Examples
    --------
    >>> round(simple_clv_in_a_year(100, retention_rate=0.8, discount_rate=0.10), 2)
    333.33
    """
    _check(margin_eur, retention_rate, discount_rate)
    return margin_eur / (1 + discount_rate - retention_rate)


def finite_clv(margin_eur: float, *, retention_rate: float, discount_rate: float, periods: int) -> float:
    """Value of the first periods only: the sum that `simple_clv` takes to infinity, cut after `periods`.

    ``m (g + g^2 + ... + g^N) = simple_clv * (1 - g^N)`` with ``g = r / (1 + i)``; with g = 1 it is ``m N``.

    Parameters
    ----------
    margin_eur, retention_rate, discount_rate : float
        As in `simple_clv`; here the discount rate may be 0.
    periods : int
        N, 1 or more.

    Returns
    -------
    float
        Present value in EUR of the margins of periods 1 to N.

    Raises
    ------
    DataError
        If an argument is out of range.

    Examples
    --------
    >>> round(finite_clv(100, retention_rate=0.8, discount_rate=0.10, periods=3), 2)
    164.09
    >>> round(100 * (0.8 / 1.1 + (0.8 / 1.1) ** 2 + (0.8 / 1.1) ** 3), 2)
    164.09
    """
    _check(margin_eur, retention_rate, discount_rate, infinite=False)
    if isinstance(periods, bool) or not isinstance(periods, int) or periods < 1:
        raise DataError(f"periods must be a whole number, 1 or more; found {periods!r}.")
    growth = retention_rate / (1 + discount_rate)
    if growth == 1:
        return margin_eur * periods
    return margin_eur * growth * (1 - growth**periods) / (1 - growth)


def historic_value(orders: Any, *, as_of: Any, margin_rate: float | None = None) -> pd.DataFrame:
    """Sum what each customer has earned the firm so far.

    Parameters
    ----------
    orders : DataFrame, path of Parquet, or DuckDB relation
        An order log; refunds count against their customer.
    as_of : str or date
        The reporting day, inclusive.
    margin_rate : float, optional
        Margin as a share of revenue, 0 to 1: needed when the log has no ``margin_eur``, refused when it has.

    Returns
    -------
    DataFrame
        ``customer_id`` and ``historic_margin_eur`` (undiscounted), for every customer with a row.

    Raises
    ------
    DataError
        If the margin is given twice or not at all.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "a", "b"],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-03-15", "2024-01-20"]),
    ...     "amount_eur": [10.0, 20.0, 5.0]})
    >>> historic_value(log, as_of="2024-12-31", margin_rate=0.4)
      customer_id  historic_margin_eur
    0           a                 12.0
    1           b                  2.0
    """
    value = customer_value(orders, as_of=as_of)
    table = value if isinstance(value, pd.DataFrame) else value.df()
    if "margin_eur" in table and margin_rate is not None:
        raise DataError(
            "orders has its own margin_eur, so margin_rate must be left out. Hint: drop one of the two."
        )
    if "margin_eur" not in table:
        if margin_rate is None or not 0 <= margin_rate <= 1:
            raise DataError(
                f"orders has no margin_eur, so margin_rate (0 to 1) is needed; found {margin_rate!r}. "
                "Revenue is not value."
            )
        table = table.assign(margin_eur=table["revenue_eur"] * margin_rate)
    return table[["customer_id", "margin_eur"]].rename(columns={"margin_eur": "historic_margin_eur"})


def _check(margin: float, retention: float, discount: float, *, infinite: bool = True) -> None:
    if not abs(margin) < float("inf"):
        raise DataError(f"margin_eur must be a finite amount per period; found {margin!r}.")
    if not 0 <= retention <= 1:
        raise DataError(f"retention_rate must lie between 0 and 1; found {retention!r}. 80 % is 0.80.")
    if not 0 <= discount < 10:
        raise DataError(f"discount_rate must be 0 or more; found {discount!r}. 10 % is 0.10.")
    if infinite and retention >= 1 + discount:
        raise DataError(
            "with retention_rate 1 and discount_rate 0 the value is infinite. Hint: use finite_clv."
        )
