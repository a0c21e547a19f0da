"""What the truth sheet says a customer will bring: the yardstick against which estimates are scored."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check
from crmlab.datasets.retail import MEAN_PART_RETURNED


def true_value(truth: pd.DataFrame, *, start: str | dt.date, end: str | dt.date) -> pd.DataFrame:
    """Give what each customer is truly expected to bring between two days.

    The expectation is over chance only: rate, leaving day, spend level and service cost are the customer's
    true ones. Letters are left aside. Only for customers who joined before `start`.

    Parameters
    ----------
    truth : DataFrame
        The truth sheet of a retail world.
    start, end : str or date
        First and last day, both inclusive; `end` not before `start`.

    Returns
    -------
    DataFrame
        One row per customer: ``customer_id``, ``is_customer`` (has not left by `start`), ``active_days``
        (days within the period before they leave), ``expected_orders``, ``expected_margin_eur`` (after
        returns), ``expected_service_eur`` and ``expected_profit_eur`` (margin less service).

    Raises
    ------
    DataError
        If the table is no truth sheet or the days are in the wrong order.

    Examples
    --------
    >>> from crmlab.datasets import make_retail
    >>> world = make_retail(n_customers=50, rng=3)
    >>> value = true_value(world.truth, start="2024-01-01", end="2024-12-31")
    >>> bool((value["active_days"] <= 366).all())
    True
    """
    check(truth, "truth")
    first, last = (pd.Timestamp(engine.day(d, name=n)) for d, n in ((start, "start"), (end, "end")))
    if last < first:
        raise DataError(f"end {last.date()} lies before start {first.date()}.")
    length = (last - first).days + 1
    days = np.clip((truth["left_date"] - first).dt.days, 0, length)
    orders = truth["purchase_rate_week"] * days / 7
    kept = 1 - truth["return_rate"] * MEAN_PART_RETURNED
    margin = orders * truth["mean_order_eur"] * truth["margin_share"] * kept
    service = truth["service_cost_eur_year"] * days / 365.25
    return pd.DataFrame(
        {
            "customer_id": truth["customer_id"],
            "is_customer": days > 0,
            "active_days": days,
            "expected_orders": orders,
            "expected_margin_eur": margin,
            "expected_service_eur": service,
            "expected_profit_eur": margin - service,
        }
    )
