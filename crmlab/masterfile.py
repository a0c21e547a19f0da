"""The customer master file: what is on record, what the orders say, what the firm has put in, in one row."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError
from crmlab.costs import service_cost
from crmlab.datasets.organisations import OrganisationWorld
from crmlab.datasets.retail import World
from crmlab.fields import latest_fields

PARTS: dict[str, tuple[tuple[str, str], ...]] = {  # part of the file: column, what the card calls it
    "original record 原始记录": (
        ("customer_id", "customer"), ("name", "name"), ("customer_kind", "kind"), ("region", "region"),
        ("sector", "sector"), ("staff", "staff"), ("payment_terms_days", "payment terms (days)"),
        ("credit_grade", "credit grade"), ("phone", "phone"), ("phone_age_days", "age of phone (days)"),
    ),
    "statistics 统计分析": (
        ("n_orders", "orders"), ("revenue_eur", "revenue (EUR)"), ("margin_eur", "margin (EUR)"),
        ("first_order", "first order"), ("last_order", "last order"), ("n_refunds", "refunds"),
    ),
    "investment 投资记录": (
        ("n_contacts", "contacts started by the customer"), ("service_cost_eur", "cost of serving (EUR)"),
        ("n_visits", "contacts started by us"), ("last_visit", "last of them"), ("last_place", "where"),
        ("visit_cost_eur", "cost of them (EUR)"), ("concession_eur", "concessions (EUR)"),
        ("profit_eur", "margin less all of this (EUR)"),
    ),
}  # fmt: skip


def master_file(world: World, notes: OrganisationWorld, *, as_of: str | dt.date) -> pd.DataFrame:
    """Join everything that is known about each customer up to a day: one row per customer.

    Parameters
    ----------
    world : World
        The retail world: customers, orders, returns, contacts.
    notes : OrganisationWorld
        Forms, organisations and investments of the same customers.
    as_of : str or date
        The reporting day, inclusive; later rows of every source are left out.

    Returns
    -------
    DataFrame
        One row per customer who joined by then, sorted: the columns of `PARTS`. Missing where a source says
        nothing; counts and sums are 0 there. ``profit_eur`` is margin less service, visits and concessions.

    Raises
    ------
    DataError
        If a table breaks its contract or the day cannot be read.

    Examples
    --------
    >>> from crmlab.datasets import make_retail
    >>> from crmlab.datasets.organisations import make_organisations
    >>> table = master_file(make_retail(n_customers=200, rng=1), make_organisations(200, rng=1),
    ...                     as_of="2023-12-31")
    >>> bool(table["customer_id"].is_unique)
    True
    """
    end = pd.Timestamp(engine.day(as_of))
    base = world.customers[world.customers["join_date"] <= end].set_index("customer_id").sort_index()
    orders = world.orders[world.orders["order_date"] <= end]
    bought = orders[orders["amount_eur"] >= 0].groupby("customer_id")
    cents = (orders.set_index("customer_id")[["amount_eur", "margin_eur"]] * 100).round()
    sums = cents.groupby(level=0).sum() / 100
    served = service_cost(world.contacts, world.returns, as_of=as_of).set_index("customer_id")
    firms = notes.organisations[
        notes.organisations["customer_id"].notna() & (notes.organisations["recorded_on"] <= end)
    ].set_index("customer_id")
    every_firm = notes.organisations.set_index("org_id")["customer_id"]
    visits = notes.investments[notes.investments["contact_date"] <= end]
    visits = visits.assign(customer_id=every_firm[visits["org_id"]].to_numpy())
    visits = visits.dropna(subset=["customer_id"]).sort_values(["contact_date", "investment_id"])
    mine = visits.groupby("customer_id")
    phone = latest_fields(notes.customer_fields, as_of=as_of).query("field == 'phone'")
    phone = phone.set_index("customer_id")
    table = pd.DataFrame(
        {
            "name": firms["name"], "customer_kind": base["customer_kind"], "region": base["region"],
            "sector": base["sector"], "staff": firms["staff"],
            "payment_terms_days": firms["payment_terms_days"], "credit_grade": firms["credit_grade"],
            "phone": phone["value"], "phone_age_days": phone["age_days"],
            "n_orders": bought.size(), "revenue_eur": sums["amount_eur"], "margin_eur": sums["margin_eur"],
            "first_order": bought["order_date"].min(), "last_order": bought["order_date"].max(),
            "n_refunds": orders[orders["amount_eur"] < 0].groupby("customer_id").size(),
            "n_contacts": served["n_contacts"], "service_cost_eur": served["service_cost_eur"],
            "n_visits": mine.size(), "last_visit": mine["contact_date"].max(),
            "last_place": mine["place"].last(), "visit_cost_eur": mine["cost_eur"].sum().round(2),
            "concession_eur": mine["concession_eur"].sum().round(2),
        },
        index=base.index,
    )  # fmt: skip
    money = ["revenue_eur", "margin_eur", "service_cost_eur", "visit_cost_eur", "concession_eur"]
    counts = ["n_orders", "n_refunds", "n_contacts", "n_visits"]
    table[money] = table[money].fillna(0.0)
    table[counts] = table[counts].fillna(0).astype("int64")
    put_in = table["service_cost_eur"] + table["visit_cost_eur"] + table["concession_eur"]
    table["profit_eur"] = (table["margin_eur"] - put_in).round(2)
    return table.reset_index()


def customer_card(master: pd.DataFrame, customer_id: str) -> pd.DataFrame:
    """Give one customer's row of the master file as a card: part, item, value; unknown items are left out.

    Parameters
    ----------
    master : DataFrame
        From `master_file`.
    customer_id : str
        Whose card.

    Returns
    -------
    DataFrame
        ``part`` (original record, statistics, investment), ``item`` and ``value`` (text).

    Raises
    ------
    DataError
        If the customer is not in the file.

    Examples
    --------
    >>> row = pd.DataFrame({"customer_id": ["C1"], "n_orders": [3], "revenue_eur": [1234.5]})
    >>> customer_card(row, "C1")["value"].tolist()
    ['C1', '3', '1,234.50']
    """
    found = master[master["customer_id"] == customer_id]
    if found.empty:
        raise DataError(f"the customer {customer_id!r} is not in the master file of {len(master):,} rows.")
    one = found.iloc[0]
    rows = [
        (part, item, _text(one[column]))
        for part, columns in PARTS.items()
        for column, item in columns
        if column in one.index and not pd.isna(one[column])
    ]
    return pd.DataFrame(rows, columns=["part", "item", "value"])


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
