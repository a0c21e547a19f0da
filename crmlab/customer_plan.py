"""What each customer is expected to bring, on any order log, and many simulated futures of all of them.

A plan needs a value for everybody, also where a model cannot be fitted. So there are three steps down: a
model of buying and leaving; rates of purchase only, as if nobody ever left, an upper figure; nothing, if the
log is shorter than the time it is asked about. What was used is said in words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab._btyd_rows import checked, distinct
from crmlab.btyd import BTYDFit, fit_btyd
from crmlab.btyd_predict import expected_repeats
from crmlab.clv_btyd import calendar, discounted_purchases
from crmlab.contracts import DataError, first_rows, require_columns
from crmlab.customer_own import margin_shares, own_ratios, rate_spread
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
        "model", "rates" (nobody is taken to leave: an upper figure) or "none".
    message : str
        One sentence on how the values came about, and what could not be done.
    margin_share : float
        Margin kept of each unit of purchases, refunds taken off; below 0 if the firm loses on its orders.
    weeks : float
        Length of the horizon.
    fit, spend_fit : BTYDFit and SpendFit, or None
        The models, where they could be fitted.
    summary : DataFrame
        What the models saw, one row per customer in the order of `table`.
    shares : array
        The same of each customer: their own, pulled towards the firm's.
    amounts_eur : array
        What each customer spent on each purchase day, sorted.
    order_eur : array
        Expected amount of one purchase of each customer.
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
    shares: Array = field(repr=False)
    weeks: float
    fit: BTYDFit | None = field(repr=False)
    spend_fit: SpendFit | None = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    amounts_eur: Array = field(repr=False)
    order_eur: Array = field(repr=False)
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
        An order log; days after `as_of` are not read. Customers with refunds only are left out.
    as_of : str or date
        The reporting day, inclusive.
    margin_rate : float, default 0.35
        Share of every amount, 0 to 1, where the log has no ``margin_eur``.
    service : DataFrame, optional
        ``customer_id`` (each once) and ``service_cost_eur`` up to `as_of`, as `service_cost` gives it.
    horizon_months : int, default 12
        Length of the future, 1 to 120 months.
    discount_rate_annual : float, default 0.10
        0 to 1.

    Returns
    -------
    Outlook
        Its `table` has one row per customer, by ``customer_id``: ``n_orders``, ``recency_days``,
        ``revenue_eur`` (after refunds), ``spent_eur`` (before), ``past_margin_eur`` (after refunds),
        ``p_alive`` (1 where no model can tell), ``expected_orders`` (purchase days within the horizon),
        ``order_margin_eur`` (expected margin of one purchase, at the customer's own share of margin, pulled
        towards the firm's as far as chance alone would explain it), ``value_eur`` (discounted margin ahead),
        ``if_alive_eur`` (the same for a customer who has surely not left), ``service_eur`` (expected cost to
        serve ahead; 0 without `service`) and ``profit_eur`` (value less service).

    Raises
    ------
    DataError
        If a column or a cost is missing, nobody has bought by `as_of`, or a number is out of range.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": list("abc"), "amount_eur": [10.0, 20.0, 30.0],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])})
    >>> found = customer_outlook(log, as_of="2024-03-31", margin_rate=0.5, horizon_months=2)
    >>> found.method, found.table["order_margin_eur"].tolist()
    ('rates', [10.0, 10.0, 10.0])
    >>> customer_outlook(log, as_of="2024-03-31").method
    'none'
    """
    if not 0 <= margin_rate <= 1:
        raise DataError(f"margin_rate must lie between 0 and 1; found {margin_rate!r}. 30 % is 0.30.")
    whole = isinstance(horizon_months, Integral) and not isinstance(horizon_months, bool)
    if not whole or not 1 <= horizon_months <= 120:
        raise DataError(f"horizon_months must be a whole number from 1 to 120; found {horizon_months!r}.")
    if not 0 <= discount_rate_annual <= 1:
        raise DataError(f"discount_rate_annual must lie between 0 and 1; found {discount_rate_annual!r}.")
    require_columns(orders, ["customer_id", "order_date", "amount_eur"], name="orders")
    log = orders if "margin_eur" in orders else orders.assign(margin_eur=margin_rate * orders["amount_eur"])
    people, summary = rfm_table(log, as_of=as_of), btyd_summary(log, as_of=as_of, unit="week")
    day, n = pd.Timestamp(engine.day(as_of)), len(summary)
    past = log[log["order_date"] < day + pd.Timedelta(days=1)]
    past = past[past["customer_id"].astype(str).isin(people["customer_id"])]
    bought = past[past["amount_eur"] >= 0]
    days = bought.groupby([bought["customer_id"].astype(str), bought["order_date"].dt.normalize()])[
        "amount_eur"
    ]
    sums = days.sum().rename("amount").reset_index()
    who = pd.Index(summary["customer_id"]).get_indexer(sums["customer_id"])
    amount = sums["amount"].to_numpy(dtype=float)
    shares, share = margin_shares(past, summary["customer_id"])
    weeks = float(((day + pd.DateOffset(months=int(horizon_months))) - day).days / 7)
    fit, spend, words = _fits(summary)
    per_order, _ = own_ratios(who, amount, np.ones(len(amount)), n)
    if spend is not None:
        said = expected_spend(spend, summary)["expected_spend_eur"].to_numpy(dtype=float)
        per_order = np.where(np.isfinite(said), said, per_order)
    method = "model"
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
        known = (day - bought["order_date"].min().normalize()).days + 1
        method = "rates" if known >= weeks * 7 else "none"
        alive, mean = np.ones(n), np.zeros(n)
        if method == "rates":
            counts, ages = (summary[c].to_numpy(dtype=float) for c in ("frequency", "T"))
            rate, spread = rate_spread(counts, ages)
            own = (rate**2 + spread * counts) / (rate + spread * ages) if rate > 0 else mean
            mean = own * weeks
        else:
            span = f"{known:,} day{'s' if known > 1 else ''}"
            words += (
                f": the log covers {span}, too short for the {weeks * 7:,.0f} days ahead, whose value is 0."
            )
            if known >= 31:
                words += f" Ask for fewer months: horizon_months={known // 31}."
        discount = np.full(n, (1 + discount_rate_annual) ** (-horizon_months / 24))
        ahead, so_far = np.full(n, weeks), summary["T"].to_numpy()
    value = mean * per_order * shares * discount
    cost, doubt = np.zeros(n), 0.0
    if service is not None:
        spent_eur = _served(service, summary["customer_id"])
        usual = spent_eur.sum() / max(so_far.sum(), 1e-9)  # EUR a week; little history is pulled towards it
        cost = (spent_eur + 13 * usual) / (so_far + 13) * ahead * discount
        doubt = float(spent_eur.std() / max(spent_eur.mean(), 1e-9) / np.sqrt(n))
    table = people[["customer_id", "n_orders", "recency_days", "revenue_eur"]].assign(
        spent_eur=np.bincount(who, amount, n),
        past_margin_eur=people["margin_eur"],
        p_alive=alive,
        expected_orders=mean,
        order_margin_eur=per_order * shares,
        value_eur=value,
        if_alive_eur=np.where(alive > 1e-9, value / np.maximum(alive, 1e-9), 0.0),
        service_eur=cost,
        profit_eur=value - cost,
    )
    return Outlook(
        table, method, words + _RATES * (method == "rates"), share, shares, weeks, fit, spend, summary,
        np.sort(amount), per_order, discount, ahead, doubt,
    )  # fmt: skip


_RATES = (
    ". Each one's rate of purchase, pulled towards everybody's, is taken to go on: nobody leaves, so the "
    "value is an upper figure, and its interval holds only the chance of orders."
)


def _served(service: pd.DataFrame, who: pd.Series) -> Array:
    """Give what serving each customer has cost, 0 for whoever is not named."""
    require_columns(service, ["customer_id", "service_cost_eur"], name="service")
    cost = service["service_cost_eur"].astype(float)
    bad = ~(np.isfinite(cost) & (cost >= 0)) | service["customer_id"].duplicated()
    if bad.any():
        raise DataError(
            "service: each customer_id must stand once with a cost of 0 or more; "
            f"{int(bad.sum()):,} row(s) break this, the first are\n{first_rows(service, bad)}"
        )
    found = who.map(cost.set_axis(service["customer_id"].astype(str)))
    return np.asarray(found.fillna(0.0), dtype=float)


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
        repeats, n = int((summary["frequency"] > 0).sum()), len(summary)
        of = f"{n:,} customer{'s' if n != 1 else ''}"
        few = f"{repeats:,} of {of} came back, too few for a model of buying and leaving"
        why = few if repeats < 10 else f"No model of buying and leaving fits these {of}"
        return None, None, f"{why}, and who has left cannot be told (P(alive) is set to 1)"
    try:
        spend: SpendFit | None = fit_spend(summary, starts=2)
    except DataError:
        spend = None
    if spend is None or not spend.converged or not np.isfinite(spend.mean_eur):
        why = "spend is each one's mean order, pulled towards everybody's (no spend model fits)"
        return fit, None, f"{words[fit.model]} for purchases; {why}."
    return fit, spend, f"{words[fit.model]} for purchases, Gamma-Gamma for spend."
