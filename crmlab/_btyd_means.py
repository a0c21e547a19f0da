"""Expected purchases of a customer who is still there: positive integrals, no cancelling closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaln, exprel, polygamma

Array = np.ndarray[Any, np.dtype[Any]]

_STEP = 1 / 24
_TAIL = 40.0  # exp(-40) is beyond the last digit of a float
_CHUNK = 4_000_000


def coin_mean(shape: Array, ratio: Array, a: float, stay: Array) -> Array:
    r"""Expected purchases over a horizon, given alive now, when leaving is a coin after each purchase.

    Given lambda and p a customer who is alive buys ``(1 - exp(-lambda p t)) / p`` times on average. Alive at
    T, lambda is Gamma(r + x, alpha + T) and p is Beta(a, stay), so that

    .. math:: E[Y(t)] = E_p\left[\frac{1 - (1 + p\,z)^{-(r+x)}}{p}\right], \qquad z = \frac{t}{\alpha + T}.

    Equation (10) of Fader, Hardie, Lee (2005a) writes this with a Gaussian hypergeometric function divided by
    ``a - 1``; that form is 0/0 at a = 1, fails for x = 0 and a + b < 1, and overflows for large x. The
    integral has none of these: it is taken by the trapezoid rule in u with ``logit(p) = centre + scale *
    sinh(u)``, which converges exponentially for every a, b > 0.

    Parameters
    ----------
    shape : array
        ``r + x``.
    ratio : array
        z, the horizon over ``alpha + T``.
    a : float
        First parameter of the Beta distribution of p.
    stay : array
        Its second parameter given the history: ``b + x`` (BG/NBD), ``b + x + 1`` (MBG/NBD).

    Returns
    -------
    array
        Expected purchases, same shape as the inputs.
    """
    shape, ratio, stay = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (shape, ratio, stay)))
    stays, which = np.unique(stay, return_inverse=True)
    out = np.zeros(shape.shape)
    for i, b in enumerate(stays):
        members = np.flatnonzero(which.ravel() == i)
        logit, mass = _grid(a, float(b))
        size = max(1, _CHUNK // len(logit))
        for first in range(0, len(members), size):
            m = members[first : first + size]
            z, n = ratio.ravel()[m, None], shape.ravel()[m, None]
            p = np.exp(-np.logaddexp(0, -logit))
            value = -np.expm1(-n * np.log1p(p * z))
            value = np.where(p * z * n < 1e-12, n * z, value / np.maximum(p, 1e-300))
            out.ravel()[m] = value @ mass
    return out


def _grid(a: float, b: float) -> tuple[Array, Array]:
    """Give nodes logit(p) and their probabilities under Beta(a, b)."""
    centre = np.log(a) - np.log(b)
    scale = min(1.0, float(np.sqrt(polygamma(1, a) + polygamma(1, b))))
    left = np.arcsinh((_TAIL / min(a, 1.0) + 40.0) / scale)
    right = np.arcsinh((_TAIL / min(b, 1.0) + 40.0) / scale)
    u = np.arange(-np.ceil(left / _STEP), np.ceil(right / _STEP) + 1) * _STEP
    logit = centre + scale * np.sinh(u)
    log_mass = -a * np.logaddexp(0, -logit) - b * np.logaddexp(0, logit) - betaln(a, b)
    mass = np.exp(log_mass) * scale * np.cosh(u) * _STEP
    kept = mass > 1e-30
    return logit[kept], mass[kept] / mass.sum()


def pareto_mean(params: Array, x: Array, T: Array, horizon: Array) -> Array:
    """Expected purchases over a horizon, given alive at T, under the Pareto/NBD.

    ``(r + x) / (alpha + T)`` purchases per unit of time while alive, times the expected time alive within the
    horizon, ``(beta + T) / (s - 1) * (1 - ((beta + T) / (beta + T + t))^(s - 1))`` (Fader, Hardie 2005,
    equation 41). Written with ``exprel`` it has no hole at s = 1.
    """
    r, alpha, s, beta = params
    growth = np.log1p(horizon / (beta + T))
    return np.asarray((r + x) / (alpha + T) * (beta + T) * growth * exprel(-(s - 1) * growth))
