"""What it costs to serve each customer, from the activities that the firm has written down."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from crmlab import engine
from crmlab.contracts import check


def service_cost(
    contacts: pd.DataFrame, returns: pd.DataFrame, *, as_of: str | dt.date, start: str | dt.date | None = None
) -> pd.DataFrame:
    """Add up the cost of contacts and of handling returns for each customer.

    Parameters
    ----------
    contacts : DataFrame
        Contract ``contacts``: ``customer_id``, ``contact_date``, ``cost_eur``.
    returns : DataFrame
        Contract ``returns``: ``customer_id``, ``return_date``, ``handling_cost_eur``.
    as_of : str or date
        Last day, inclusive.
    start : str or date, optional
        First day, inclusive; from the beginning when left out.

    Returns
    -------
    DataFrame
        One row per customer with any such cost, sorted by ``customer_id``: ``customer_id``,
        ``n_contacts`` (0 or more), ``contact_cost_eur``, ``return_cost_eur`` and ``service_cost_eur``
        (their sum). Whoever is not in it cost nothing in the period.

    Raises
    ------
    DataError
        If a column is missing or of the wrong type, a value is missing or impossible, or a day cannot be
        read.

    References
    ----------
    Kaplan, R. S., Narayanan, V. G. (2001). Measuring and Managing Customer Profitability.
    Journal of Cost Management 15(5), 5-15.

    Examples
    --------
    >>> import pandas as pd
    >>> contacts = pd.DataFrame({"customer_id": ["a", "a"], "cost_eur": [10.0, 6.0],
    ...     "contact_date": pd.to_datetime(["2023-05-01", "2024-05-01"])})
    >>> returns = pd.DataFrame({"customer_id": ["b"], "handling_cost_eur": [7.5],
    ...     "return_date": pd.to_datetime(["2023-06-01"])})
    >>> service_cost(contacts, returns, as_of="2023-12-31")[["customer_id", "service_cost_eur"]]
      customer_id  service_cost_eur
    0           a              10.0
    1           b               7.5
    """
    check(contacts, "contacts", columns=["customer_id", "contact_date", "cost_eur"])
    check(returns, "returns", columns=["customer_id", "return_date", "handling_cost_eur"])
    end = pd.Timestamp(engine.day(as_of))
    first = pd.Timestamp(engine.day(start, name="start")) if start is not None else pd.Timestamp.min

    def per_customer(table: pd.DataFrame, date: str, cost: str) -> pd.core.groupby.SeriesGroupBy:
        inside = table[(table[date] >= first) & (table[date] < end + pd.Timedelta(days=1))]
        exact = (inside[cost] * 10_000).round()  # whole numbers: the order of rows cannot matter
        return exact.groupby(inside["customer_id"])

    talks = per_customer(contacts, "contact_date", "cost_eur")
    table = pd.DataFrame(
        {
            "n_contacts": talks.size(),
            "contact_cost_eur": talks.sum() / 10_000,
            "return_cost_eur": per_customer(returns, "return_date", "handling_cost_eur").sum() / 10_000,
        }
    ).fillna(0.0)
    table["n_contacts"] = table["n_contacts"].astype("int64")
    table["service_cost_eur"] = table["contact_cost_eur"] + table["return_cost_eur"]
    return table.rename_axis("customer_id").sort_index().reset_index()
