"""Discounted lifetime value of each customer over a stated horizon, from a buying and a spending model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab._btyd_rows import Array, Rows, checked, distinct
from crmlab.btyd import BTYDFit
from crmlab.btyd_predict import forecast, usable
from crmlab.contracts import DataError
from crmlab.orders import DAYS_PER_UNIT
from crmlab.spend import SpendFit, expected_spend

DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25


def clv(
    fit: BTYDFit,
    spend_fit: SpendFit,
    summary: pd.DataFrame,
    *,
    margin_rate: float,
    horizon_months: int = 12,
    discount_rate_annual: float = 0.10,
    as_of: Any = None,
) -> pd.DataFrame:
    """Value each customer's future: purchases month by month, times spend, times margin, discounted.

    This is the narrow value (future only); `broad_clv` adds the past. Each month's purchases are taken to
    arrive at its end: ``(1 + discount_rate_annual) ** (-days / 365.25)``. With `as_of`, months are those of
    the calendar (as_of plus 1, 2, ... months); without, each has 365.25 / 12 = 30.4375 days. The same future
    in days or in weeks has the same value.

    Parameters
    ----------
    fit : BTYDFit
        A converged fit in continuous time; its `unit` says what ``t_x`` and ``T`` are counted in.
    spend_fit : SpendFit
        A converged fit of spend per purchase.
    summary : DataFrame
        ``frequency``, ``t_x``, ``T``, ``monetary_eur``; ``customer_id`` is passed through.
    margin_rate : float
        Margin as a share of spend, 0 to 1. Value is margin, not revenue.
    horizon_months : int, default 12
        Length of the future, 1 to 600 months.
    discount_rate_annual : float, default 0.10
        Annual discount rate, 0 or more.
    as_of : str or date, optional
        The reporting day, for calendar months.

    Returns
    -------
    DataFrame
        In the order of `summary`: ``customer_id`` (if given), ``p_alive``, ``expected_purchases`` (within the
        horizon, undiscounted), ``expected_spend_eur`` (per purchase), ``clv_eur`` (discounted margin, 0 or
        more) and ``reason`` (why a value is missing; "" otherwise).

    Raises
    ------
    DataError
        If a fit did not converge, or an argument is out of range.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005b). RFM and CLV: Using Iso-Value Curves for Customer Base
    Analysis. Journal of Marketing Research 42(4), 415-430, equation (2). doi:10.1509/jmkr.2005.42.4.415

    Examples
    --------
    >>> import numpy as np
    >>> from crmlab.btyd import fit_btyd
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> from crmlab.spend import fit_spend
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=3000, T=52.0, rng=1)
    >>> rng = np.random.default_rng(2)
    >>> x = world["frequency"].clip(lower=1)
    >>> spend = rng.gamma(6.0 * x) / rng.gamma(4.0, 1 / 15.0, 3000) / x
    >>> world["monetary_eur"] = spend.where(world["frequency"] > 0, 0.0)
    >>> table = clv(fit_btyd(world), fit_spend(world), world, margin_rate=0.3)
    >>> table.columns.tolist()
    ['customer_id', 'p_alive', 'expected_purchases', 'expected_spend_eur', 'clv_eur', 'reason']
    >>> bool((table["clv_eur"] >= 0).all())
    True
    """
    _check(margin_rate, horizon_months, discount_rate_annual)
    times, factors = calendar(fit, horizon_months, discount_rate_annual, as_of)
    rows, row = distinct(checked(summary))
    spend = expected_spend(spend_fit, summary)
    p_alive, purchases, discounted = discounted_purchases(usable(fit), rows, times, factors)
    table = pd.DataFrame(
        {
            "p_alive": p_alive[row],
            "expected_purchases": purchases[row],
            "expected_spend_eur": spend["expected_spend_eur"],
            "clv_eur": discounted[row] * spend["expected_spend_eur"] * margin_rate,
            "reason": spend["reason"],
        },
        index=summary.index,
    )
    if "customer_id" in summary:
        table.insert(0, "customer_id", summary["customer_id"])
    return table


def broad_clv(values: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Add what customers have brought already to what they are expected to bring.

    Parameters
    ----------
    values : DataFrame
        From `clv`: the narrow sense, the future only. The right one for a decision about the future.
    past : DataFrame
        From `historic_value`: ``customer_id``, ``historic_margin_eur``.

    Returns
    -------
    DataFrame
        `values` with ``historic_margin_eur`` and ``clv_broad_eur`` (past plus future).

    Raises
    ------
    DataError
        If a customer of `values` is not in `past`.

    Examples
    --------
    >>> future = pd.DataFrame({"customer_id": ["a", "b"], "clv_eur": [5.0, 0.0]})
    >>> past = pd.DataFrame({"customer_id": ["b", "a"], "historic_margin_eur": [90.0, 10.0]})
    >>> broad_clv(future, past)["clv_broad_eur"].tolist()
    [15.0, 90.0]
    """
    known = past.set_index("customer_id")["historic_margin_eur"]
    missing = values.loc[~values["customer_id"].isin(known.index), "customer_id"]
    if len(missing):
        raise DataError(f"past has no row for {len(missing):,} customer(s), such as {missing.iloc[0]!r}.")
    margin = values["customer_id"].map(known)
    return values.assign(historic_margin_eur=margin, clv_broad_eur=margin + values["clv_eur"])


def calendar(fit: BTYDFit, months: int, rate: float, as_of: Any) -> tuple[Array, Array]:
    """Give the ends of the months in the fit's unit, and their discount factors."""
    if fit.unit not in DAYS_PER_UNIT:
        raise DataError(
            f"clv needs a fit in continuous time; found unit {fit.unit!r}. Hint: use predict for BG/BB."
        )
    if as_of is None:
        days = np.arange(1, months + 1) * DAYS_PER_MONTH
    else:
        start = pd.Timestamp(engine.day(as_of))
        ends = [start + pd.DateOffset(months=k) for k in range(1, months + 1)]
        days = np.array([(end - start).days for end in ends], dtype=float)
    return days / DAYS_PER_UNIT[fit.unit], (1 + rate) ** (-days / DAYS_PER_YEAR)


def discounted_purchases(
    fit: BTYDFit, rows: Rows, times: Array, factors: Array
) -> tuple[Array, Array, Array]:
    """Give P(alive), expected purchases, and the same discounted month by month, for distinct rows."""
    p_alive, cumulative = forecast(fit, rows, times)
    monthly = np.diff(cumulative, axis=1, prepend=0.0)
    return p_alive, cumulative[:, -1], monthly @ factors


def _check(margin_rate: float, months: int, rate: float) -> None:
    if not 0 <= margin_rate <= 1:
        raise DataError(f"margin_rate must lie between 0 and 1; found {margin_rate!r}. 30 % is 0.30.")
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= 600:
        raise DataError(f"horizon_months must be a whole number from 1 to 600; found {months!r}.")
    if not 0 <= rate < 10:
        raise DataError(f"discount_rate_annual must be 0 or more; found {rate!r}. 10 % is 0.10.")
