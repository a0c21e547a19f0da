"""Shifted beta-geometric: retention under contract, where leaving is seen, projected beyond the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, hyp2f1

from crmlab._maximise import Array, LogLikelihood, frame, maximise
from crmlab.contracts import DataError

NAMES = ("alpha", "beta")


@dataclass(frozen=True)
class SBGFit:
    """A fitted shifted beta-geometric model.

    Attributes
    ----------
    params : Series
        ``alpha``, ``beta`` of the Beta distribution of the chance to leave at a renewal.
    log_likelihood, aic, bic : float
        Total over the customers.
    n_customers : float
        Customers at the start.
    n_periods : int
        Renewals observed.
    converged : bool
        Whether the optimum was reached.
    message : str
        The same in words.
    covariance : DataFrame
        Of the parameters; NaN if the fit did not converge. `crmlab.intervals` takes the fit.
    """

    params: pd.Series
    log_likelihood: float
    aic: float
    bic: float
    n_customers: float
    n_periods: int
    converged: bool
    message: str
    covariance: pd.DataFrame


def sbg_fit(survivors: Sequence[float]) -> SBGFit:
    """Fit the model to one cohort's survivors by maximum likelihood.

    Each customer leaves at each renewal with their own constant chance theta ~ Beta(alpha, beta). Those with
    high theta leave first, so the retention of the cohort rises with age although nobody becomes more loyal.

    Parameters
    ----------
    survivors : sequence of float
        Customers at the start, after the first renewal, after the second, ...: positive, never rising, at
        least three numbers.

    Returns
    -------
    SBGFit
        With parameters, log-likelihood and the verdict in words.

    Raises
    ------
    DataError
        If the numbers rise, are not positive, or nobody leaves.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. (2007). How to Project Customer Retention. Journal of Interactive Marketing
    21(1), 76-90, equations (5) and (6). doi:10.1002/dir.20074

    Examples
    --------
    The paper's "Regular" customers, fitted on seven years:

    >>> fit = sbg_fit([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> fit.params.round(3).to_dict(), round(fit.log_likelihood, 1)
    ({'alpha': 0.704, 'beta': 1.182}, -1680.3)
    """
    counts = np.asarray(survivors, dtype=float)
    if counts.ndim != 1 or len(counts) < 3 or not np.isfinite(counts).all() or (counts <= 0).any():
        raise DataError(f"survivors must be at least three positive numbers; found {list(survivors)!r}.")
    lost = -np.diff(counts)
    if (lost < 0).any():
        year = int(np.argmax(lost < 0)) + 1
        raise DataError(
            f"survivors must never rise; from period {year - 1} to {year} they rise from "
            f"{counts[year - 1]:g} to {counts[year]:g}. "
            "Hint: follow one cohort; customers who join later belong to another."
        )
    if lost.sum() == 0:
        raise DataError(
            "survivors never fall, so nothing can be said about leaving. Hint: wait for a renewal."
        )
    starts = [np.array([1.0, 2.0]), np.array([0.5, 0.5]), np.array([3.0, 12.0])]
    found = maximise(_log_likelihood(lost, counts[-1]), starts, NAMES, n=counts[0])
    return SBGFit(
        params=pd.Series(found.params, index=list(NAMES), name="estimate"),
        log_likelihood=found.log_likelihood,
        aic=4 - 2 * found.log_likelihood,
        bic=float(2 * np.log(counts[0]) - 2 * found.log_likelihood),
        n_customers=float(counts[0]),
        n_periods=len(lost),
        converged=found.converged,
        message=found.message,
        covariance=frame(found.covariance, NAMES),
    )


def _log_likelihood(lost: Array, left: float) -> LogLikelihood:
    t = np.arange(1, len(lost) + 1)
    # left at renewal t: B(alpha + 1, beta + t - 1); still there: B(alpha, beta + T)
    up = np.append(np.ones(len(lost)), 0.0)
    down = np.append(t - 1, len(lost)).astype(float)
    weights = np.append(lost, left)
    n = float(weights.sum())

    def value(params: Array) -> tuple[float, Array]:
        alpha, beta = params
        both = digamma(alpha + beta + up + down)
        gradient = np.array([
            weights @ (digamma(alpha + up) - both) - n * (digamma(alpha) - digamma(alpha + beta)),
            weights @ (digamma(beta + down) - both) - n * (digamma(beta) - digamma(alpha + beta)),
        ])  # fmt: skip
        return float(weights @ betaln(alpha + up, beta + down) - n * betaln(alpha, beta)), gradient

    return value


def sbg_survival(fit: SBGFit, *, periods: int) -> pd.DataFrame:
    """Project the survival curve and the retention rate.

    Parameters
    ----------
    fit : SBGFit
        From `sbg_fit`; a fit that did not converge is refused.
    periods : int
        Last period, 1 to 1000, counted from the start; go beyond the data to project.

    Returns
    -------
    DataFrame
        ``period`` (0 to `periods`), ``survival`` (share still there, 1 at period 0), ``retention_rate``
        (share of the period before who renewed, ``(beta + t - 1) / (alpha + beta + t - 1)``; missing at
        period 0) and ``projected`` (True beyond the periods observed).

    Raises
    ------
    DataError
        If the fit did not converge or `periods` is out of range.

    Examples
    --------
    >>> fit = sbg_fit([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> sbg_survival(fit, periods=12).tail(1).round(3).to_dict("records")
    [{'period': 12, 'survival': 0.17, 'retention_rate': 0.945, 'projected': True}]
    """
    _usable(fit)
    if isinstance(periods, bool) or not isinstance(periods, int) or not 1 <= periods <= 1000:
        raise DataError(f"periods must be a whole number from 1 to 1000; found {periods!r}.")
    alpha, beta = fit.params
    t = np.arange(periods + 1)
    survival = np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))
    retention = np.append(np.nan, (beta + t[1:] - 1) / (alpha + beta + t[1:] - 1))
    return pd.DataFrame(
        {"period": t, "survival": survival, "retention_rate": retention, "projected": t > fit.n_periods}
    )


def sbg_clv(
    fit: SBGFit, *, margin_eur: float, discount_rate: float, tenure: int = 0, periods: int | None = None
) -> float:
    """Value a contract customer: expected margins of the coming periods, discounted.

    For a customer who has renewed `tenure` times and is about to renew again or not; the margin of a period
    is paid at its start, so the first one comes after the next renewal, now: ``margin * sum S(tenure + k) /
    S(tenure) / (1 + d)^(k - 1)`` for k = 1, 2, .... Add one margin for a customer who has just been won and
    pays today.

    Parameters
    ----------
    fit : SBGFit
        A converged fit.
    margin_eur : float
        Margin per period.
    discount_rate : float
        Per period; above 0 when `periods` is left out.
    tenure : int, default 0
        Renewals so far, 0 or more. The longer, the more valuable: those likely to leave have left.
    periods : int, optional
        Number of coming renewals to count; all when left out (by a hypergeometric function).

    Returns
    -------
    float
        Expected residual value, EUR.

    Raises
    ------
    DataError
        If the fit did not converge or an argument is out of range.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. (2010). Customer-Base Valuation in a Contractual Setting: The Perils of
    Ignoring Heterogeneity. Marketing Science 29(1), 85-93. doi:10.1287/mksc.1080.0482

    Examples
    --------
    >>> fit = sbg_fit([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> [round(sbg_clv(fit, margin_eur=100, discount_rate=0.1, tenure=k), 1) for k in (0, 5)]
    [541.4, 713.6]
    """
    _usable(fit)
    if not abs(margin_eur) < float("inf") or not 0 <= discount_rate < 10 or tenure < 0:
        raise DataError(
            "margin_eur must be finite, discount_rate 0 or more and tenure 0 or more; "
            f"found {margin_eur!r}, {discount_rate!r} and {tenure!r}."
        )
    alpha, beta = fit.params
    if periods is None:
        if discount_rate == 0:
            raise DataError(
                "without discounting the value need not be finite. Hint: give periods, or a discount_rate."
            )
        stays = (beta + tenure) / (alpha + beta + tenure)
        ratio = hyp2f1(1, beta + tenure + 1, alpha + beta + tenure + 1, 1 / (1 + discount_rate))
        return float(margin_eur * stays * ratio)
    k = np.arange(1, int(periods) + 1)
    there = np.exp(betaln(alpha, beta + tenure + k) - betaln(alpha, beta + tenure))
    return float(margin_eur * (there / (1 + discount_rate) ** (k - 1)).sum())


def _usable(fit: Any) -> None:
    if not fit.converged:
        raise DataError(f"this sBG fit cannot project: {fit.message}")
