"""Total log-likelihoods with exact gradients, in log space: BG/NBD, MBG/NBD and Pareto/NBD.

Each takes positive parameters and `Rows`; each returns the sum over customers and its gradient. Time is in
the user's unit, so log-likelihoods compare across models and with papers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import digamma, expit, gammaln

from crmlab._btyd_rows import Rows

Array = np.ndarray[Any, np.dtype[Any]]

_NODES, _WEIGHTS = (np.asarray(v) for v in np.polynomial.legendre.leggauss(40))
_DECADES = 40.0  # exp(-40) is beyond the last digit of a float
_CHUNK = 16_384


def dead_log_odds(params: Array, x: Array, t_x: Array, T: Array, *, extra: int) -> Array:
    """Log-odds that a customer has left: Fader, Hardie, Lee (2005a); `extra` is 0 for BG/NBD, 1 for MBG/NBD.

    With ``extra=0`` a customer without repeat purchase cannot have left: minus infinity.
    """
    r, alpha, a, b = params
    tosses = x + extra
    gap = np.log(alpha + T) - np.log(alpha + t_x)
    odds = np.log(a) - np.log(b + np.maximum(tosses, 1) - 1) + (r + x) * gap
    return np.asarray(np.where(tosses > 0, odds, -np.inf))


def beta_geometric(params: Array, rows: Rows, *, extra: int) -> tuple[float, Array]:
    """BG/NBD, equation (6) of Fader, Hardie, Lee (2005a), or MBG/NBD, Batislam et al. (2007).

    The two differ in one coin: a customer of the MBG/NBD may leave after the first purchase too, so each
    has tossed ``x + 1`` coins instead of ``x``.
    """
    r, alpha, a, b = params
    values, counts = rows.by_frequency()
    tosses = values + extra
    n = rows.n
    x, T, w = rows.x, rows.T, rows.weights
    value = counts @ (
        gammaln(r + values) + gammaln(b + tosses) - gammaln(a + b + tosses)
    ) + n * (gammaln(a + b) - gammaln(b) - gammaln(r) + r * np.log(alpha))  # fmt: skip
    odds = dead_log_odds(params, x, rows.t_x, T, extra=extra)
    dead = expit(odds)
    log_T = np.log(alpha + T)
    with np.errstate(over="ignore"):
        softplus = np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds)))
    value += w @ (softplus - (r + x) * log_T)
    gap = log_T - np.log(alpha + rows.t_x)
    slope_b = digamma(b + tosses) - digamma(a + b + tosses)
    gradient = np.array([
        counts @ digamma(r + values) - n * (digamma(r) - np.log(alpha)) + w @ (dead * gap - log_T),
        n * r / alpha
        - w @ ((r + x) * ((1 - dead) / (alpha + T) + dead / (alpha + rows.t_x))),
        n * digamma(a + b) - counts @ digamma(a + b + tosses) + w @ dead / a,
        n * (digamma(a + b) - digamma(b)) + counts @ slope_b
        - w @ (dead / (b + np.maximum(x + extra, 1) - 1)),
    ])  # fmt: skip
    return float(value), gradient


def pareto_parts(params: Array, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
    """Split the Pareto/NBD likelihood into "alive at T" and "left at tau" for tau on a grid in (t_x, T).

    The likelihood (Schmittlein, Morrison, Colombo 1987; Fader, Hardie 2005, equation 18) is usually written
    with two Gaussian hypergeometric functions whose difference cancels. Its integral form has positive terms
    only::

        alpha^r beta^s Gamma(r+x)/Gamma(r) * { (alpha+T)^-(r+x) (beta+T)^-s
                                              + s int_{t_x}^{T} (alpha+u)^-(r+x) (beta+u)^-(s+1) du }

    The integral is taken by 40-point Gauss-Legendre in log(min(alpha, beta) + u), cut where the integrand has
    fallen by exp(-40).

    Returns
    -------
    tuple
        ``log_sum`` (log of the braces), ``alive`` (share of the first term: P(alive)), ``tau`` and ``dead``
        (grid of leaving times and their shares, one row per customer).
    """
    r, alpha, s, beta = params
    low = min(alpha, beta)
    start = low + t_x
    rate = (r + x) * start / (alpha + t_x) + (s + 1) * start / (beta + t_x) - 1
    width = np.log((low + T) / start)
    width = np.minimum(width, _DECADES / np.maximum(rate, 1e-12))[:, None]
    step = width * (_NODES + 1) / 2
    grown = start[:, None] * np.expm1(step)
    tau = t_x[:, None] + grown
    shape = (r + x)[:, None]
    with np.errstate(divide="ignore"):
        log_dead = (
            np.log(s) - shape * np.log(alpha + tau) - (s + 1) * np.log(beta + tau)
            + np.log(start[:, None] + grown) + np.log(width * _WEIGHTS / 2)
        )  # fmt: skip
    log_alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    top = np.maximum(log_alive, log_dead.max(axis=1))
    dead = np.exp(log_dead - top[:, None])
    alive = np.exp(log_alive - top)
    total = alive + dead.sum(axis=1)
    return np.log(total) + top, alive / total, tau, dead / total[:, None]


def pareto_nbd(params: Array, rows: Rows) -> tuple[float, Array]:
    """Pareto/NBD: the integral form of `pareto_parts`, its gradient taken under the integral."""
    r, alpha, s, beta = params
    values, counts = rows.by_frequency()
    n = rows.n
    value = counts @ gammaln(r + values) + n * (r * np.log(alpha) + s * np.log(beta) - gammaln(r))
    gradient = np.array([
        counts @ digamma(r + values) + n * (np.log(alpha) - digamma(r)),
        n * r / alpha,
        n * np.log(beta),
        n * s / beta,
    ])  # fmt: skip
    for first in range(0, len(rows.x), _CHUNK):
        part = slice(first, first + _CHUNK)
        x, T, w = rows.x[part], rows.T[part], rows.weights[part]
        log_sum, alive, tau, dead = pareto_parts(params, x, rows.t_x[part], T)
        value += w @ log_sum
        shape = (r + x)[:, None]
        gradient -= np.array([
            w @ (alive * np.log(alpha + T) + (dead * np.log(alpha + tau)).sum(axis=1)),
            w @ ((r + x) * (alive / (alpha + T)) + (shape * dead / (alpha + tau)).sum(axis=1)),
            w @ (alive * np.log(beta + T) + (dead * np.log(beta + tau)).sum(axis=1) - dead.sum(axis=1) / s),
            w @ (alive * s / (beta + T) + (s + 1) * (dead / (beta + tau)).sum(axis=1)),
        ])  # fmt: skip
    return float(value), gradient
