"""What each customer is expected to bring, on any order log, and many simulated futures of all of them.

A plan needs a value for everybody, also where a model cannot be fitted. So there are three steps down: a
model of buying and leaving; one common rate of purchase for all, if nobody can be told apart; nothing, if
the log covers a single day. What was used is said in words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab._btyd_rows import checked, distinct
from crmlab.btyd import BTYDFit, fit_btyd
from crmlab.btyd_predict import expected_repeats
from crmlab.clv_btyd import calendar, discounted_purchases
from crmlab.contracts import DataError, require_columns
from crmlab.orders import btyd_summary, rfm_table
from crmlab.spend import SpendFit, expected_spend, fit_spend

Array = np.ndarray[Any, np.dtype[Any]]
MODELS = ("pareto_nbd", "mbg_nbd", "bg_nbd")


@dataclass(frozen=True)
class Outlook:
    """What is known and expected of each customer on a day.

    Attributes
    ----------
    table : DataFrame
        One row per customer; see `customer_outlook`.
    method : str
        "model", "one rate" or "none".
    message : str
        One sentence on how the values came about, and what could not be done.
    margin_share : float
        Margin kept of each unit of purchases, refunds taken off, 0 to 1.
    weeks : float
        Length of the horizon.
    fit, spend_fit : BTYDFit and SpendFit, or None
        The models, where they could be fitted.
    summary : DataFrame
        What the models saw, one row per customer in the order of `table`.
    amounts_eur : array
        What each customer spent on each purchase day, sorted.
    discount : array
        What a euro of each customer's future is worth today.
    stay_weeks : array
        Expected weeks as a customer within the horizon.
    service_error : float
        Standard error of the mean cost to serve, as a share of it.
    """

    table: pd.DataFrame = field(repr=False)
    method: str
    message: str
    margin_share: float
    weeks: float
    fit: BTYDFit | None = field(repr=False)
    spend_fit: SpendFit | None = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    amounts_eur: Array = field(repr=False)
    discount: Array = field(repr=False)
    stay_weeks: Array = field(repr=False)
    service_error: float = 0.0


def customer_outlook(
    orders: pd.DataFrame,
    *,
    as_of: str | dt.date,
    margin_rate: float = 0.35,
    service: pd.DataFrame | None = None,
    horizon_months: int = 12,
    discount_rate_annual: float = 0.10,
) -> Outlook:
    """Value every customer of an order log, whatever the log allows.

    Parameters
    ----------
    orders : DataFrame
        An order log; days after `as_of` are not read.
    as_of : str or date
        The reporting day, inclusive.
    margin_rate : float, default 0.35
        Share of every amount, 0 to 1, where the log has no ``margin_eur``.
    service : DataFrame, optional
        ``customer_id`` and ``service_cost_eur`` up to `as_of`, as `service_cost` gives it.
    horizon_months : int, default 12
        Length of the future, 1 to 120 months.
    discount_rate_annual : float, default 0.10
        0 to 1.

    Returns
    -------
    Outlook
        Its `table` has one row per customer, by ``customer_id``: ``n_orders``, ``recency_days``,
        ``revenue_eur``, ``past_margin_eur`` (after refunds), ``p_alive`` (1 where no model can tell),
        ``expected_orders`` (purchase days within the horizon), ``order_margin_eur`` (expected margin of one
        purchase), ``value_eur`` (discounted margin ahead), ``if_alive_eur`` (the same for a customer who has
        surely not left), ``service_eur`` (expected cost to serve ahead; 0 without `service`) and
        ``profit_eur`` (value less service).

    Raises
    ------
    DataError
        If a column is missing, nobody has bought by `as_of`, or a number is out of range.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": list("abc"), "amount_eur": [10.0, 20.0, 30.0],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])})
    >>> found = customer_outlook(log, as_of="2024-03-31", margin_rate=0.5)
    >>> found.method, found.table["order_margin_eur"].tolist()
    ('one rate', [10.0, 10.0, 10.0])
    """
    if not 0 <= margin_rate <= 1:
        raise DataError(f"margin_rate must lie between 0 and 1; found {margin_rate!r}. 30 % is 0.30.")
    whole = isinstance(horizon_months, int) and not isinstance(horizon_months, bool)
    if not whole or not 1 <= horizon_months <= 120:
        raise DataError(f"horizon_months must be a whole number from 1 to 120; found {horizon_months!r}.")
    if not 0 <= discount_rate_annual <= 1:
        raise DataError(f"discount_rate_annual must lie between 0 and 1; found {discount_rate_annual!r}.")
    log = orders if "margin_eur" in orders else orders.assign(margin_eur=margin_rate * orders["amount_eur"])
    people, summary = rfm_table(log, as_of=as_of), btyd_summary(log, as_of=as_of, unit="week")
    day = pd.Timestamp(engine.day(as_of))
    past = log[log["order_date"] < day + pd.Timedelta(days=1)]
    days = past.loc[past["amount_eur"] >= 0].groupby(
        ["customer_id", past["order_date"].dt.normalize()], observed=True
    )["amount_eur"]
    amounts = np.sort(days.sum().to_numpy(dtype=float))
    bought = float(amounts.sum())
    share = float(np.clip(past["margin_eur"].sum() / bought, 0, 1)) if bought > 0 else 0.0
    weeks = float(((day + pd.DateOffset(months=horizon_months)) - day).days / 7)
    fit, spend, message = _fits(summary)
    n = len(summary)
    per_order = np.full(n, amounts.mean())
    if spend is not None:
        said = expected_spend(spend, summary)["expected_spend_eur"].to_numpy(dtype=float)
        per_order = np.where(np.isfinite(said), said, amounts.mean())
    if fit is not None:
        times, factors = calendar(fit, horizon_months, discount_rate_annual, as_of)
        rows, row = distinct(checked(summary))
        alive, mean, today = (part[row] for part in discounted_purchases(fit, rows, times, factors))
        discount = np.where(mean > 0, today / np.where(mean > 0, mean, 1), factors.mean())
        pace = (fit.params.iloc[0] + summary["frequency"]) / (fit.params.iloc[1] + summary["T"])
        ahead = np.minimum(mean / pace.to_numpy(), weeks)
        so_far = summary["t_x"].to_numpy() + alive * (summary["T"] - summary["t_x"]).to_numpy()
        stayed = expected_repeats(fit, summary["T"].to_numpy()).sum() / (
            fit.params.iloc[0] / fit.params.iloc[1]
        )
        so_far = so_far * max(
            stayed / max(so_far.sum(), 1e-9), 1.0
        )  # who left did not leave on the last purchase
    else:
        exposure = float(summary["T"].sum())
        rate = (0.5 + summary["frequency"].sum()) / exposure if exposure > 0 else 0.0
        alive, mean = np.ones(n), np.full(n, rate * weeks)
        discount = np.full(n, (1 + discount_rate_annual) ** (-horizon_months / 24))
        ahead, so_far = np.full(n, weeks), summary["T"].to_numpy()
    value = mean * per_order * share * discount
    cost, doubt = np.zeros(n), 0.0
    if service is not None:
        require_columns(service, ["customer_id", "service_cost_eur"], name="service")
        spent = summary["customer_id"].map(service.set_index("customer_id")["service_cost_eur"])
        spent_eur = spent.fillna(0.0).to_numpy(dtype=float)
        usual = spent_eur.sum() / max(so_far.sum(), 1e-9)  # EUR a week; little history is pulled towards it
        cost = (spent_eur + 13 * usual) / (so_far + 13) * ahead * discount
        doubt = float(spent_eur.std() / max(spent_eur.mean(), 1e-9) / np.sqrt(n))
    table = people[["customer_id", "n_orders", "recency_days", "revenue_eur"]].assign(
        past_margin_eur=people["margin_eur"],
        p_alive=alive,
        expected_orders=mean,
        order_margin_eur=per_order * share,
        value_eur=value,
        if_alive_eur=np.where(alive > 1e-9, value / np.maximum(alive, 1e-9), 0.0),
        service_eur=cost,
        profit_eur=value - cost,
    )
    method = "model" if fit is not None else "one rate" if summary["T"].sum() > 0 else "none"
    return Outlook(table, method, message, share, weeks, fit, spend, summary, amounts, discount, ahead, doubt)


def _fits(summary: pd.DataFrame) -> tuple[BTYDFit | None, SpendFit | None, str]:
    """Fit what can be fitted, and say in a sentence what that was."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # small sums: more threads would only wait for each other
        return _fits_and_words(summary)


def _fits_and_words(summary: pd.DataFrame) -> tuple[BTYDFit | None, SpendFit | None, str]:
    fit: BTYDFit | None = None
    words = {"pareto_nbd": "Pareto/NBD", "mbg_nbd": "MBG/NBD", "bg_nbd": "BG/NBD"}
    if (summary["frequency"] > 0).sum() >= 10:
        for name in MODELS:
            try:
                found = fit_btyd(summary, model=name, unit="week", starts=2)
            except DataError:
                continue
            if found.converged and np.isfinite(found.covariance.to_numpy()).all():
                fit = found
                break
    if fit is None:
        repeats = int((summary["frequency"] > 0).sum())
        if summary["T"].sum() <= 0:
            why = "All purchases lie on the reporting day, so no rate is known: the value ahead is 0."
            return None, None, why
        few = f"{repeats:,} of {len(summary):,} customers came back, too few"
        none = f"No model of buying and leaving fits these {len(summary):,} customers"
        why = few + " for a model of buying and leaving" if repeats < 10 else none
        rest = "all get one rate of purchase, and who has left cannot be told (P(alive) is set to 1)."
        return None, None, f"{why}: {rest}"
    try:
        spend: SpendFit | None = fit_spend(summary, starts=2)
    except DataError:
        spend = None
    if spend is None or not spend.converged or not np.isfinite(spend.mean_eur):
        why = "spend is everybody's mean order (no spend model fits)"
        return fit, None, f"{words[fit.model]} for purchases; {why}."
    return fit, spend, f"{words[fit.model]} for purchases, Gamma-Gamma for spend."
