"""What a fitted model says of each customer: the chance that they are there, and what they will buy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, hyperu

from crmlab import _btyd_likelihood as likelihood
from crmlab._btyd_means import coin_mean, pareto_mean
from crmlab._btyd_rows import Array, Rows, checked, distinct
from crmlab.bgbb import bgbb_forecast
from crmlab.btyd import BTYDFit
from crmlab.contracts import DataError


def predict(fit: BTYDFit, summary: pd.DataFrame, *, horizon: float) -> pd.DataFrame:
    """Give each customer's chance of being there and expected purchases after the reporting day.

    Beware of the BG/NBD: a customer without a repeat purchase has had no occasion to leave, so P(alive) is 1
    for ever. The MBG/NBD and the Pareto/NBD do not have this flaw.

    Parameters
    ----------
    fit : BTYDFit
        From `fit_btyd` or `fit_bgbb`; a fit that did not converge is refused.
    summary : DataFrame
        Columns ``frequency``, ``t_x``, ``T`` in the unit of the fit; ``customer_id`` is passed through.
    horizon : float
        Length of the future in the unit of the fit, 0 or more (a whole number of periods for BG/BB).

    Returns
    -------
    DataFrame
        In the order of `summary`: ``customer_id`` (if given), ``p_alive`` (0 to 1; BG/BB: at the next
        opportunity) and ``expected_purchases`` within the horizon.

    Raises
    ------
    DataError
        If the fit did not converge, the horizon is negative or the summary is impossible.

    References
    ----------
    Fader, Hardie, Lee (2005a), equation (10); Fader, Hardie (2005), A Note on Deriving the Pareto/NBD Model,
    equation (41); Fader, Hardie, Shang (2010), equations (11) and (13).

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> from crmlab.btyd import fit_btyd
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=4000, T=52.0, rng=1)
    >>> table = predict(fit_btyd(world), world, horizon=52)
    >>> table.columns.tolist()
    ['customer_id', 'p_alive', 'expected_purchases']
    """
    rows, row = distinct(checked(summary))
    p_alive, purchases = forecast(usable(fit), rows, np.array([horizon], dtype=float))
    table = pd.DataFrame(
        {"p_alive": p_alive[row], "expected_purchases": purchases[row, 0]}, index=summary.index
    )
    if "customer_id" in summary:
        table.insert(0, "customer_id", summary["customer_id"])
    return table


def expected_repeats(fit: BTYDFit, ages: Any) -> Array:
    """Give the repeat purchases expected of a customer by each age, counted from the first purchase.

    Parameters
    ----------
    fit : BTYDFit
        A converged fit in continuous time.
    ages : array
        Ages in the unit of the fit.

    Returns
    -------
    array
        E[X(t)]: equation (9) of Fader, Hardie, Lee (2005a) and its counterparts. Summed over customers, each
        at their own age, it gives the cumulative curve that is laid beside the actual one.

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> from crmlab.btyd import fit_btyd
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=4000, T=52.0, rng=1)
    >>> mean = expected_repeats(fit_btyd(world), [52.0])[0]
    >>> bool(abs(mean - world["frequency"].mean()) < 0.1)
    True
    """
    new = Rows(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1))
    _, purchases = forecast(usable(fit), new, np.asarray(ages, dtype=float))
    return np.asarray(purchases[0])


def residual_purchases(fit: BTYDFit, summary: pd.DataFrame, *, discount_rate_annual: float) -> pd.Series:
    """Give each customer's discounted expected residual transactions (DERT) under the Pareto/NBD.

    The present value of all future purchases, without horizon, at a continuous rate
    ``delta = ln(1 + discount_rate_annual)`` per year. Equation (3) of Fader, Hardie, Lee (2005b), here as
    ``P(alive) (r + x) (beta + T) / (alpha + T) * U(1, 2 - s, delta (beta + T))`` with Tricomi's function.

    Parameters
    ----------
    fit : BTYDFit
        A converged Pareto/NBD.
    summary : DataFrame
        Columns ``frequency``, ``t_x``, ``T``.
    discount_rate_annual : float
        Above 0, such as 0.15. A year is 52 weeks, 365.25 days or 12 months, by the fit's unit.

    Returns
    -------
    Series
        ``residual_purchases``, in the order and with the index of `summary`.

    Raises
    ------
    DataError
        For another model (DERT is not available in closed form), or a rate that is not above 0.
    """
    if usable(fit).model != "pareto_nbd":
        raise DataError(f"residual_purchases needs model 'pareto_nbd'; found {fit.model!r}. Hint: use clv.")
    if not 0 < discount_rate_annual < 10:
        raise DataError(f"discount_rate_annual must lie between 0 and 10; found {discount_rate_annual!r}.")
    rows, row = distinct(checked(summary))
    r, alpha, s, beta = fit.params.to_numpy()
    per_year = {"day": 365.25, "week": 52.0, "month": 12.0, "year": 1.0}[fit.unit]
    delta = np.log1p(discount_rate_annual) / per_year
    p_alive, _ = forecast(fit, rows, np.zeros(1))
    value = (
        p_alive
        * (r + rows.x)
        / (alpha + rows.T)
        * (beta + rows.T)
        * hyperu(1, 2 - s, delta * (beta + rows.T))
    )
    return pd.Series(value[row], index=summary.index, name="residual_purchases")


def usable(fit: BTYDFit) -> BTYDFit:
    """Give a fit back if it converged; refuse it in words otherwise."""
    if not fit.converged:
        raise DataError(f"this {fit.model} fit cannot predict: {fit.message}")
    return fit


def forecast(fit: BTYDFit, rows: Rows, horizons: Array) -> tuple[Array, Array]:
    """Give P(alive) and expected purchases (rows x horizons) for distinct rows."""
    if (horizons < 0).any() or not np.isfinite(horizons).all():
        raise DataError(f"horizon must be a length of time, 0 or more; found {horizons.min():g}.")
    params = fit.params.to_numpy(dtype=float)
    if fit.model == "bg_bb":
        return bgbb_forecast(params, rows, horizons)
    if fit.model == "pareto_nbd":
        parts = [slice(i, i + 16_384) for i in range(0, len(rows.x), 16_384)]
        alive = [likelihood.pareto_parts(params, rows.x[i], rows.t_x[i], rows.T[i])[1] for i in parts]
        p_alive = np.concatenate(alive)
        mean = pareto_mean(params, rows.x[:, None], rows.T[:, None], horizons[None, :])
        return p_alive, p_alive[:, None] * mean
    r, alpha, a, b = params
    extra = int(fit.model == "mbg_nbd")
    p_alive = expit(-likelihood.dead_log_odds(params, rows.x, rows.t_x, rows.T, extra=extra))
    pairs = pd.DataFrame({"x": rows.x, "T": rows.T})
    code = pairs.groupby(["x", "T"], sort=True).ngroup().to_numpy()
    unique = pairs.drop_duplicates().sort_values(["x", "T"])
    x, T = unique["x"].to_numpy()[:, None], unique["T"].to_numpy()[:, None]
    mean = coin_mean(r + x, horizons[None, :] / (alpha + T), a, b + x + extra)
    return p_alive, p_alive[:, None] * mean[code]
