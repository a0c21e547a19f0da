"""How far off a fit, a prediction or a value could be because the customers are a sample: the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from crmlab._btyd_rows import Array, Rows, checked, distinct, reweighted
from crmlab._maximise import LogLikelihood, climb, polish
from crmlab.bgbb import bgbb_log_likelihood
from crmlab.btyd import BTYDFit, log_likelihood_of
from crmlab.btyd_predict import usable
from crmlab.contracts import DataError


def bootstrap(
    fit: BTYDFit,
    summary: pd.DataFrame,
    statistic: Callable[[BTYDFit], Any],
    *,
    draws: int = 200,
    level: float = 0.95,
    rng: Any = 0,
) -> pd.DataFrame:
    """Give a percentile bootstrap interval for anything that is computed from a fit.

    Each draw takes as many customers as there are, with replacement, and fits again from the estimate. The
    interval shows how far the *expectation* could be off because the sample is finite; a single customer's
    actual purchases scatter far more.

    Parameters
    ----------
    fit : BTYDFit
        A converged fit of `summary`.
    summary : DataFrame
        The customers it was fitted on.
    statistic : callable
        From a fit to a number, an array or a Series: ``lambda f: predict(f, summary,
        horizon=52)["p_alive"]``.
    draws : int, default 200
        Number of refits, 20 or more.
    level : float, default 0.95
        Confidence level.
    rng : int or Generator, default 0
        Seed.

    Returns
    -------
    DataFrame
        One row per number of the statistic, with its index: ``estimate``, ``low``, ``high``.

    Raises
    ------
    DataError
        If the fit did not converge, or `draws` or `level` is out of range.

    References
    ----------
    Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap. Chapman and Hall, section 13.3.

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> from crmlab.btyd import fit_btyd
    >>> from crmlab.btyd_predict import expected_repeats
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=2000, T=52.0, rng=1)
    >>> fit = fit_btyd(world)
    >>> found = bootstrap(fit, world, lambda f: expected_repeats(f, [52.0])[0], draws=50)
    >>> bool(found.loc[0, "low"] < world["frequency"].mean() < found.loc[0, "high"])
    True
    """
    check_draws(draws, level)
    rows, _ = distinct(checked(summary))
    random = np.random.default_rng(rng)
    point = pd.Series(statistic(usable(fit)))
    found = [
        np.asarray(pd.Series(statistic(refit(fit, reweighted(rows, random)))), dtype=float)
        for _ in range(draws)
    ]
    low, high = np.nanquantile(np.array(found), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame({"estimate": point, "low": low, "high": high})


def check_draws(draws: int, level: float) -> None:
    """Refuse a bootstrap that cannot give an interval."""
    if draws < 20:
        raise DataError(f"draws must be 20 or more to give an interval; found {draws!r}.")
    if not 0 < level < 1:
        raise DataError(f"level must lie between 0 and 1; found {level!r}.")


def refit(fit: BTYDFit, rows: Rows) -> BTYDFit:
    """Fit the same model to other weights, from the estimate and with its curvature: a few steps suffice."""
    used = rows.weights > 0
    rows = Rows(rows.x[used], rows.t_x[used], rows.T[used], rows.weights[used])
    function: LogLikelihood = (
        bgbb_log_likelihood(rows) if fit.model == "bg_bb" else log_likelihood_of(fit.model, rows)
    )
    params = again(function, fit.params.to_numpy(dtype=float), fit.covariance.to_numpy(), rows.n)
    return replace(fit, params=pd.Series(params, index=fit.params.index))


def again(function: LogLikelihood, params: Array, covariance: Array, n: float) -> Array:
    """Maximise once more near a known optimum: Newton steps with its curvature, else a full climb."""
    metric = np.linalg.inv(covariance / np.outer(params, params))
    found, _, slope = polish(function, params, metric)
    if slope @ np.linalg.solve(metric, slope) < 1e-6:
        return found
    return climb(function, found, n)
