"""What the truth sheet says a customer will bring: the yardstick against which estimates are scored."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check
from crmlab.datasets.retail import LETTER_DELAY_DAYS, LETTER_WEEKS, MEAN_PART_RETURNED


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


def true_letter(truth: pd.DataFrame, *, start: str | dt.date, days: int = 7 * LETTER_WEEKS) -> pd.DataFrame:
    """Give what one letter truly changes for each customer in the days after it.

    Parameters
    ----------
    truth : DataFrame
        The truth sheet of a retail world.
    start : str or date
        The day on which the letters arrive.
    days : int, default 56
        Days in which an order counts, 1 to 56 (the generator's response window).

    Returns
    -------
    DataFrame
        One row per customer: ``customer_id``, ``extra_orders`` (expected change in the number of orders),
        ``uplift`` (change in the chance of at least one order) and ``extra_margin_eur`` (margin of the extra
        orders, after returns). All are 0 for who has left. An extra order by somebody who would have ordered
        anyway is no new response, so ``uplift`` lies nearer to 0 than ``extra_orders``.

    Raises
    ------
    DataError
        If the table is no truth sheet or `days` is out of range.

    Notes
    -----
    With a usual number of orders ``m`` in the days that the customer stays, a letter that makes an extra
    order with probability ``e`` changes the chance of at least one order by ``e exp(-m)``. A letter that
    annoys takes a share ``s`` of the usual orders away: ``exp(-m) - exp(-(1 - s) m)``.

    Examples
    --------
    >>> from crmlab.datasets import make_retail
    >>> world = make_retail(n_customers=200, rng=3)
    >>> letter = true_letter(world.truth, start="2023-10-02")
    >>> bool((letter["uplift"].abs() <= letter["extra_orders"].abs() + 1e-12).all())
    True
    """
    check(truth, "truth")
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 7 * LETTER_WEEKS:
        raise DataError(f"days must be a whole number from 1 to {7 * LETTER_WEEKS}; found {days!r}.")
    first = pd.Timestamp(engine.day(start, name="start"))
    stay = np.clip((truth["left_date"] - first).dt.days.to_numpy(), 0, days)
    usual = truth["purchase_rate_week"].to_numpy() * stay / 7
    effect = truth["letter_effect"].to_numpy()
    whole = 7 * LETTER_WEEKS  # an extra order that would come later is placed on the window's last day
    in_time = np.where((stay == days) & (days == whole), 1.0, -np.expm1(-stay / LETTER_DELAY_DAYS))
    usual_window = np.minimum(truth["purchase_rate_week"].to_numpy() * LETTER_WEEKS, 2)
    lost_share = np.clip(-effect / np.where(usual_window > 0, usual_window, 1), 0, 1)
    extra = np.where(effect > 0, effect * in_time, -lost_share * usual)
    uplift = np.where(effect > 0, extra * np.exp(-usual), np.exp(-usual) - np.exp(-(1 - lost_share) * usual))
    kept = 1 - truth["return_rate"] * MEAN_PART_RETURNED
    return pd.DataFrame(
        {
            "customer_id": truth["customer_id"],
            "extra_orders": extra,
            "uplift": uplift,
            "extra_margin_eur": extra * truth["mean_order_eur"] * truth["margin_share"] * kept,
        }
    )
