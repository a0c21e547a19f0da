"""Lifetime values with a margin of error: both models fitted again to many resampled customer bases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab._btyd_rows import Rows, checked, distinct
from crmlab.btyd import BTYDFit
from crmlab.btyd_bootstrap import again, check_draws, refit
from crmlab.clv_btyd import calendar, clv, discounted_purchases
from crmlab.contracts import DataError
from crmlab.spend import SpendFit, spend_log_likelihood


def clv_interval(
    fit: BTYDFit,
    spend_fit: SpendFit,
    summary: pd.DataFrame,
    *,
    margin_rate: float,
    horizon_months: int = 12,
    discount_rate_annual: float = 0.10,
    as_of: Any = None,
    customers: Any = None,
    draws: int = 100,
    level: float = 0.95,
    rng: Any = 0,
) -> pd.DataFrame:
    """Value customers as `clv` does, with a bootstrap interval for each.

    Each draw takes as many customers as there are, with replacement, and fits both models again. The interval
    says how well the *expected* value is known; what one customer will really bring scatters far more.

    Parameters
    ----------
    fit, spend_fit, summary, margin_rate, horizon_months, discount_rate_annual, as_of
        As in `clv`; both models must have been fitted on `summary`, which needs ``customer_id``.
    customers : list of str, optional
        Whom to value; everybody when left out.
    draws : int, default 100
        Number of refits, 20 or more.
    level : float, default 0.95
        Confidence level.
    rng : int or Generator, default 0
        Seed.

    Returns
    -------
    DataFrame
        The columns of `clv` and ``clv_low_eur``, ``clv_high_eur`` (missing where in any draw the mean spend
        is not finite; ``reason`` says so), then a last column ``draws``. Its `attrs` hold "total", the same
        three numbers for the sum over the customers valued.

    Raises
    ------
    DataError
        As for `clv`; also for an unknown customer.
    """
    check_draws(draws, level)
    if "customer_id" not in summary:
        raise DataError("summary lacks the column 'customer_id', so no customer can be named.")
    chosen = summary if customers is None else summary[summary["customer_id"].isin(list(customers))]
    if customers is not None and len(chosen) < len(set(customers)):
        unknown = sorted(set(customers) - set(chosen["customer_id"]))[:3]
        raise DataError(f"summary has no customer {', '.join(map(repr, unknown))}.")
    settings = {
        "margin_rate": margin_rate,
        "horizon_months": horizon_months,
        "discount_rate_annual": discount_rate_annual,
        "as_of": as_of,
    }
    table = clv(fit, spend_fit, chosen, **settings)
    times, factors = calendar(fit, horizon_months, discount_rate_annual, as_of)
    rows, row = distinct(checked(summary))
    wanted, wanted_row = distinct(checked(chosen))
    x, m = (summary[name].to_numpy(dtype=float) for name in ("frequency", "monetary_eur"))
    spenders = np.flatnonzero((x > 0) & (m > 0))
    start, covariance = spend_fit.params.to_numpy(dtype=float), spend_fit.covariance.to_numpy()
    cx, cm = (chosen[name].to_numpy(dtype=float) for name in ("frequency", "monetary_eur"))
    random = np.random.default_rng(rng)
    values = np.empty((draws, len(chosen)))
    for i in range(draws):
        counts = np.bincount(random.integers(len(summary), size=len(summary)), minlength=len(summary))
        drawn = refit(fit, Rows(rows.x, rows.t_x, rows.T, np.bincount(row, weights=counts)))
        seen = spenders[counts[spenders] > 0]
        function = spend_log_likelihood(x[seen], m[seen], counts[seen].astype(float))
        p, q, gamma = again(function, start, covariance, float(counts[seen].sum()))
        below = p * cx + q - 1
        spend = np.where(below > 0, p * (cx * cm + gamma) / np.where(below > 0, below, 1), np.nan)
        values[i] = discounted_purchases(drawn, wanted, times, factors)[2][wanted_row] * spend * margin_rate
    ends = [(1 - level) / 2, (1 + level) / 2]
    table["clv_low_eur"], table["clv_high_eur"] = np.quantile(values, ends, axis=0)
    lost = table["clv_low_eur"].isna() & (table["reason"] == "")
    table.loc[lost, "reason"] = "no interval: in some draws the mean spend is not finite"
    table["draws"] = draws
    low, high = np.quantile(values.sum(axis=1), ends)
    table.attrs["total"] = {"estimate": float(table["clv_eur"].sum()), "low": float(low), "high": float(high)}
    return table
