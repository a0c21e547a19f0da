"""Profit by customer and by channel, after the activities that each of them takes."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from crmlab.activities import activity_cost, period
from crmlab.contracts import check


def customer_profit(
    orders: pd.DataFrame, use: pd.DataFrame, *, as_of: str | dt.date, start: str | dt.date
) -> pd.DataFrame:
    """Set each customer's margin against what the activities for them cost (客户盈利性).

    Parameters
    ----------
    orders : DataFrame
        Contract ``orders`` with ``margin_eur``; refunds are negative.
    use : DataFrame
        From ``activity_use``, for the same period.
    as_of, start : str or date
        Last and first day, both inclusive.

    Returns
    -------
    DataFrame
        One row per customer with an order, a refund or an activity in the period, sorted: ``customer_id``,
        ``n_orders``, ``revenue_eur``, ``margin_eur`` (both less refunds), ``contact_eur``, ``return_eur``,
        ``delivery_eur``, ``marketing_eur``, ``activity_cost_eur`` and ``profit_eur`` (margin less activity
        cost). Costs that no customer causes alone are in none of them.

    Raises
    ------
    DataError
        If a table breaks its contract or `as_of` lies before `start`.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": ["a"], "order_date": pd.to_datetime(["2023-02-01"]),
    ...     "amount_eur": [50.0], "margin_eur": [20.0]})
    >>> use = pd.DataFrame({"customer_id": ["a"], "activity": "phone", "driver": "minutes",
    ...     "quantity": [12.0], "cost_eur": [24.0]})
    >>> customer_profit(orders, use, start="2023-01-01", as_of="2023-12-31")["profit_eur"].tolist()
    [-4.0]
    """
    check(orders, "orders", columns=["customer_id", "order_date", "amount_eur", "margin_eur"])
    first, last = period(start, as_of)
    seen = orders[(orders["order_date"] >= first) & (orders["order_date"] < last + pd.Timedelta(days=1))]
    who = seen["customer_id"]
    bought = pd.DataFrame(
        {
            "n_orders": (seen["amount_eur"] >= 0).groupby(who).sum(),
            "revenue_eur": (seen["amount_eur"] * 100).round().groupby(who).sum() / 100,
            "margin_eur": (seen["margin_eur"] * 10_000).round().groupby(who).sum() / 10_000,
        }
    )
    table = bought.join(activity_cost(use).set_index("customer_id"), how="outer").fillna(0.0)
    table["n_orders"] = table["n_orders"].astype("int64")
    table["profit_eur"] = table["margin_eur"] - table["activity_cost_eur"]
    return table.rename_axis("customer_id").sort_index().reset_index()


def channel_profit(
    orders: pd.DataFrame, use: pd.DataFrame, *, as_of: str | dt.date, start: str | dt.date
) -> pd.DataFrame:
    """Give profit by channel of sale (分销渠道赢利性): who sold, and what it took.

    Deliveries fall on the channels that deliver, by their orders. Any other cost of a customer is spread
    over the channels in which that customer ordered in the period, by number of orders; the cost of
    customers without an order stands in a row of its own.

    Parameters
    ----------
    orders : DataFrame
        Contract ``orders`` with ``margin_eur`` and ``channel``.
    use : DataFrame
        From ``activity_use``, for the same period.
    as_of, start : str or date
        Last and first day, both inclusive.

    Returns
    -------
    DataFrame
        One row per channel, best profit first, "(no order)" last: ``channel``, ``orders``, ``revenue_eur``,
        ``margin_eur``, ``delivery_eur``, ``service_eur`` (contacts, returns, letters), ``profit_eur`` and
        ``profit_share_of_revenue``. The sums are those of `customer_profit`.

    Raises
    ------
    DataError
        If a table breaks its contract or `as_of` lies before `start`.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": ["a", "a"], "channel": ["online", "shop"],
    ...     "order_date": pd.to_datetime(["2023-02-01", "2023-03-01"]),
    ...     "amount_eur": [50.0, 30.0], "margin_eur": [20.0, 12.0]})
    >>> use = pd.DataFrame({"customer_id": ["a", "a"], "activity": ["delivery", "phone"],
    ...     "driver": ["deliveries", "minutes"], "quantity": [1.0, 5.0], "cost_eur": [6.0, 10.0]})
    >>> channel_profit(orders, use, start="2023-01-01", as_of="2023-12-31")[["channel", "profit_eur"]]
      channel  profit_eur
    0  online         9.0
    1    shop         7.0
    """
    names = ["customer_id", "order_date", "amount_eur", "margin_eur", "channel"]
    check(orders, "orders", columns=names)
    first, last = period(start, as_of)
    seen = orders[(orders["order_date"] >= first) & (orders["order_date"] < last + pd.Timedelta(days=1))]
    sold = seen[seen["amount_eur"] >= 0]
    table = seen.groupby("channel")[["amount_eur", "margin_eur"]].sum()
    table.columns = pd.Index(["revenue_eur", "margin_eur"])
    table.insert(0, "orders", sold.groupby("channel").size())
    cost = activity_cost(use).set_index("customer_id")
    other = cost["activity_cost_eur"] - cost["delivery_eur"]
    mix = sold.groupby(["customer_id", "channel"]).size().rename("n").reset_index()
    mix["part"] = mix["n"] / mix.groupby("customer_id")["n"].transform("sum")
    service = (mix["part"] * mix["customer_id"].map(other).fillna(0.0)).groupby(mix["channel"]).sum()
    delivered = sold[sold["channel"] != "shop"].groupby("channel").size()
    table["delivery_eur"] = cost["delivery_eur"].sum() * delivered / max(delivered.sum(), 1)
    table["service_eur"] = service
    table = table.fillna(0.0)
    left = other[~other.index.isin(mix["customer_id"])].sum()
    table["profit_eur"] = table["margin_eur"] - table["delivery_eur"] - table["service_eur"]
    table = table.sort_values("profit_eur", ascending=False)
    if left:
        table.loc["(no order)"] = 0.0
        table.loc["(no order)", ["service_eur", "profit_eur"]] = [left, -left]
    table["orders"] = table["orders"].astype("int64")
    revenue = table["revenue_eur"].where(table["revenue_eur"] > 0)
    table["profit_share_of_revenue"] = table["profit_eur"] / revenue
    return table.rename_axis("channel").reset_index()
