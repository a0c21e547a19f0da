"""The signals that an offer may be chosen by: one row per customer, as known on a day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import require_columns

SIGNALS = {  # signal: its columns
    "purchases": ("log_orders", "log_recency"),
    "discounts taken": ("discount_taken",),
    "baskets (style)": ("style_share",),
    "what it is for": ("renovating_said",),
    "payment": ("invoice_share", "wallet_share"),
    "year of birth": ("birth_year",),
    "household size": ("household_size",),
    "region": ("north", "east", "south"),
}
SENSITIVITY = {  # our grading, 1 to 3: what harm would this do in the wrong hands?
    "purchases": 1, "discounts taken": 1, "baskets (style)": 2, "what it is for": 2, "payment": 3,
    "year of birth": 3, "household size": 3, "region": 2,
}  # fmt: skip
PRIOR = 2.0  # own answers are pulled towards the mean of all as if that had been seen twice


def customer_signals(world: Any, personal: Any, *, as_of: Any) -> pd.DataFrame:
    """Sum up what is known of each customer on the evening before a mailing.

    Parameters
    ----------
    world : World
        The retail world: ``customers`` and ``orders`` are read, never the truth.
    personal : PersonalWorld
        Baskets, checkouts and products.
    as_of : str or date
        The last day that counts, inclusive.

    Returns
    -------
    DataFrame
        Index ``customer_id`` (everybody with an order by `as_of`), sorted: ``log_orders``, ``log_recency``
        (natural logarithms of 1 + orders, 1 + days), ``margin_eur`` (mean per order, pulled to the mean of
        all), ``discount_taken``, ``style_share`` (of the style bought most), ``renovating_said``,
        ``invoice_share``, ``wallet_share`` (all pulled to the mean of all), ``birth_year`` and
        ``household_size`` (gaps filled with the median), ``north``, ``east``, ``south`` (0 or 1), and
        ``n_orders``, ``recency_days``.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> from crmlab.datasets import make_personal, make_retail
    >>> world = make_retail(n_customers=60, rng=1)
    >>> table = customer_signals(world, make_personal(world, rng=1), as_of="2023-12-31")
    >>> bool(table.notna().all(axis=None)), bool((table["recency_days"] >= 0).all())
    (True, True)
    """
    end = pd.Timestamp(as_of)
    require_columns(
        world.orders, ("order_id", "customer_id", "order_date", "amount_eur", "margin_eur"), name="orders"
    )
    sold = world.orders[(world.orders["amount_eur"] >= 0) & (world.orders["order_date"] <= end)]
    paid = sold.merge(personal.checkouts, on="order_id")
    inside = paid.merge(personal.basket_lines, on="order_id").merge(
        personal.products[["product_id", "style"]], on="product_id"
    )
    by = paid.groupby("customer_id")
    n = by.size()
    styles = pd.crosstab(inside["customer_id"], inside["style"])
    share = (styles + PRIOR * styles.sum() / styles.to_numpy().sum()).div(styles.sum(axis=1) + PRIOR, axis=0)
    said = paid.dropna(subset="bought_for")

    def pulled(flag: pd.Series, of: pd.DataFrame) -> pd.Series:
        each = flag.groupby(of["customer_id"]).agg(["sum", "size"])
        mean = float(flag.mean()) if len(flag) else 0.0
        return ((each["sum"] + PRIOR * mean) / (each["size"] + PRIOR)).reindex(n.index, fill_value=mean)

    recency = (end - by["order_date"].max()).dt.days
    facts = world.customers.set_index("customer_id").reindex(n.index)
    born, home = (facts[c].astype("float64") for c in ("birth_year", "household_size"))
    return pd.DataFrame(
        {
            "log_orders": np.log1p(n),
            "log_recency": np.log1p(recency),
            "margin_eur": (by["margin_eur"].sum() + PRIOR * paid["margin_eur"].mean()) / (n + PRIOR),
            "discount_taken": pulled(paid["discount_share"].gt(0).astype(float), paid),
            "style_share": share.max(axis=1).reindex(n.index, fill_value=0.25),
            "renovating_said": pulled(said["bought_for"].eq("renovating").astype(float), said),
            "invoice_share": pulled(paid["payment"].eq("invoice").astype(float), paid),
            "wallet_share": pulled(paid["payment"].eq("phone wallet").astype(float), paid),
            "birth_year": born.fillna(born.median()).fillna(1977.0),
            "household_size": home.fillna(home.median()).fillna(2.0),
            "north": facts["region"].eq("North").astype(float),
            "east": facts["region"].eq("East").astype(float),
            "south": facts["region"].eq("South").astype(float),
            "n_orders": n,
            "recency_days": recency,
        }
    ).sort_index()
