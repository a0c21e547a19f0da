"""Customer-oriented costing: what each activity costs, and who uses how much of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check, require_columns

ACTIVITIES: tuple[tuple[str, str, str, str], ...] = (  # activity, 中文, driver, kind of cost
    ("phone", "电话", "minutes", "contact"),
    ("email", "邮件", "minutes", "contact"),
    ("chat", "在线客服", "minutes", "contact"),
    ("visit", "上门拜访", "minutes", "contact"),
    ("return", "退货处理", "returns", "return"),
    ("delivery", "配送", "deliveries", "delivery"),
    ("letter", "直邮信件", "letters", "marketing"),
)
_NAMES = [name for name, *_ in ACTIVITIES]
_USE = ["customer_id", "activity", "driver", "quantity", "cost_eur"]


def activity_use(
    orders: pd.DataFrame,
    contacts: pd.DataFrame | None = None,
    returns: pd.DataFrame | None = None,
    *,
    as_of: str | dt.date,
    start: str | dt.date,
    delivery_cost_eur: float,
    letters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count how much of each activity every customer used in a period, and what was booked for it.

    Parameters
    ----------
    orders : DataFrame
        Contract ``orders``. An order in another channel than "shop" is a delivery; without a column
        ``channel`` every order is one.
    contacts : DataFrame, optional
        Contract ``contacts``; its driver is ``minutes``.
    returns : DataFrame, optional
        Contract ``returns``; its driver is the number of returns.
    as_of, start : str or date
        Last and first day, both inclusive.
    delivery_cost_eur : float
        Cost of one delivery in EUR, 0 or more; no table books it.
    letters : DataFrame, optional
        One row per letter sent: ``customer_id``, ``start_date``, ``letter_cost_eur``.

    Returns
    -------
    DataFrame
        One row per customer and activity used, sorted by both: ``customer_id``, ``activity``, ``driver``
        (what is counted), ``quantity`` (in units of the driver, above 0) and ``cost_eur`` (booked).

    Raises
    ------
    DataError
        If a table breaks its contract, `delivery_cost_eur` is out of range, or `as_of` lies before `start`.

    References
    ----------
    Cooper, R., Kaplan, R. S. (1991). Profit priorities from activity-based costing. Harvard Business Review
    69(3), 130-135.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_eur": [50.0, 20.0, 9.0],
    ...     "order_date": pd.to_datetime(["2023-02-01", "2023-03-01", "2023-02-05"]),
    ...     "channel": ["online", "shop", "online"]})
    >>> activity_use(orders, start="2023-01-01", as_of="2023-12-31", delivery_cost_eur=6.0)
      customer_id  activity      driver  quantity  cost_eur
    0           a  delivery  deliveries       1.0       6.0
    1           b  delivery  deliveries       1.0       6.0
    """
    check(orders, "orders", columns=["customer_id", "order_date", "amount_eur"])
    first, last = period(start, as_of)
    if not 0 <= delivery_cost_eur < np.inf:
        raise DataError(f"delivery_cost_eur must be 0 or more; found {delivery_cost_eur!r}.")

    def inside(table: pd.DataFrame, day: str) -> pd.DataFrame:
        return table[(table[day] >= first) & (table[day] < last + pd.Timedelta(days=1))]

    sold = inside(orders, "order_date")
    sold = sold[sold["amount_eur"] >= 0]
    if "channel" in sold:
        sold = sold[sold["channel"].ne("shop")]
    parts = [_part(sold["customer_id"], "delivery", 1.0, delivery_cost_eur)]
    if contacts is not None:
        check(contacts, "contacts", columns=["customer_id", "contact_date", "channel", "minutes", "cost_eur"])
        talk = inside(contacts, "contact_date")
        parts.append(_part(talk["customer_id"], talk["channel"], talk["minutes"], talk["cost_eur"]))
    if returns is not None:
        check(returns, "returns", columns=["customer_id", "return_date", "handling_cost_eur"])
        back = inside(returns, "return_date")
        parts.append(_part(back["customer_id"], "return", 1.0, back["handling_cost_eur"]))
    if letters is not None:
        require_columns(letters, ["customer_id", "start_date", "letter_cost_eur"], name="letters")
        sent = inside(letters, "start_date")
        parts.append(_part(sent["customer_id"], "letter", 1.0, sent["letter_cost_eur"]))
    rows = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    rows[["quantity", "cost_eur"]] = (rows[["quantity", "cost_eur"]] * 10_000).round()  # exact in any order
    table = rows.groupby(["customer_id", "activity"], as_index=False)[["quantity", "cost_eur"]].sum()
    table[["quantity", "cost_eur"]] /= 10_000
    drivers = {name: driver for name, _, driver, _ in ACTIVITIES}
    return table.assign(driver=table["activity"].map(drivers))[_USE]


def activity_rates(use: pd.DataFrame) -> pd.DataFrame:
    """Divide each activity's cost pool by its driver: what one minute, return or delivery costs.

    Parameters
    ----------
    use : DataFrame
        From `activity_use`.

    Returns
    -------
    DataFrame
        One row per activity in use, in the usual order: ``activity``, ``activity_zh``, ``kind`` ("contact",
        "return", "delivery" or "marketing"), ``driver``, ``customers`` (how many use it), ``quantity``
        (all units of the driver), ``pool_eur`` (all that was booked) and ``rate_eur`` (pool / quantity).

    Raises
    ------
    DataError
        If a column is missing or an activity is unknown.

    Examples
    --------
    >>> use = pd.DataFrame({"customer_id": ["a", "b"], "activity": "phone", "driver": "minutes",
    ...     "quantity": [30.0, 10.0], "cost_eur": [60.0, 20.0]})
    >>> activity_rates(use)[["activity", "quantity", "pool_eur", "rate_eur"]]
      activity  quantity  pool_eur  rate_eur
    0    phone      40.0      80.0       2.0
    """
    _checked(use)
    sums = use.groupby("activity").agg(
        customers=("customer_id", "nunique"), quantity=("quantity", "sum"), pool_eur=("cost_eur", "sum")
    )
    known = pd.DataFrame(ACTIVITIES, columns=["activity", "activity_zh", "driver", "kind"])
    table = known.merge(sums.reset_index(), on="activity")
    table["rate_eur"] = table["pool_eur"] / table["quantity"]
    return table[
        ["activity", "activity_zh", "kind", "driver", "customers", "quantity", "pool_eur", "rate_eur"]
    ]


def activity_cost(use: pd.DataFrame, rates: pd.DataFrame | None = None) -> pd.DataFrame:
    """Charge every customer for the activities used: quantity times rate (作业成本法).

    Parameters
    ----------
    use : DataFrame
        From `activity_use`.
    rates : DataFrame, optional
        ``activity`` and ``rate_eur``; the period's own rates when left out. Other rates answer questions
        such as "what if a call cost half?".

    Returns
    -------
    DataFrame
        One row per customer, sorted: ``customer_id``, ``contact_eur``, ``return_eur``, ``delivery_eur``,
        ``marketing_eur`` and ``activity_cost_eur`` (their sum).

    Raises
    ------
    DataError
        If a column is missing, or an activity in use has no rate or more than one.

    References
    ----------
    Kaplan, R. S., Narayanan, V. G. (2001). Measuring and managing customer profitability. Journal of Cost
    Management 15(5), 5-15.

    Examples
    --------
    >>> use = pd.DataFrame({"customer_id": ["a", "b"], "activity": "phone", "driver": "minutes",
    ...     "quantity": [30.0, 10.0], "cost_eur": [60.0, 20.0]})
    >>> activity_cost(use)[["customer_id", "contact_eur", "activity_cost_eur"]]
      customer_id  contact_eur  activity_cost_eur
    0           a         60.0               60.0
    1           b         20.0               20.0
    """
    _checked(use)
    priced = activity_rates(use) if rates is None else rates
    require_columns(priced, ["activity", "rate_eur"], name="rates")
    if priced["activity"].duplicated().any():
        twice = priced.loc[priced["activity"].duplicated(), "activity"].iloc[0]
        raise DataError(f"rates has more than one row for {twice!r}. Hint: keep one rate per activity.")
    rate = priced.set_index("activity")["rate_eur"]
    lacking = sorted(set(use["activity"]) - set(rate.index))
    if lacking:
        raise DataError(
            f"rates has no row for {lacking[0]!r}, which customers use. Hint: rates = activity_rates(use)."
        )
    kinds = {name: kind for name, *_, kind in ACTIVITIES}
    cost = use["quantity"] * use["activity"].map(rate)
    wide = cost.groupby([use["customer_id"], use["activity"].map(kinds)]).sum().unstack(fill_value=0.0)
    columns = list(dict.fromkeys(kinds.values()))
    wide = wide.reindex(columns=columns, fill_value=0.0).rename(columns=lambda c: f"{c}_eur").sort_index()
    wide["activity_cost_eur"] = wide.sum(axis=1)
    return wide.rename_axis(columns=None).rename_axis("customer_id").reset_index()


def period(start: str | dt.date, as_of: str | dt.date) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Read the first and the last day of a period."""
    first, last = pd.Timestamp(engine.day(start, name="start")), pd.Timestamp(engine.day(as_of))
    if last < first:
        raise DataError(f"as_of {last.date()} lies before start {first.date()}.")
    return first, last


def _part(who: pd.Series, activity: object, quantity: object, cost: object) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": who, "activity": activity, "quantity": quantity, "cost_eur": cost})


def _checked(use: pd.DataFrame) -> None:
    require_columns(use, _USE, name="use")
    odd = use.loc[~use["activity"].isin(_NAMES), "activity"]
    if len(odd):
        raise DataError(f"use has the activity {odd.iloc[0]!r}. Allowed: {', '.join(_NAMES)}.")
