"""Maximum likelihood for positive parameters: one optimiser, one covariance, one verdict in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]
LogLikelihood = Callable[[Array], tuple[float, Array]]
"""Parameters -> total log-likelihood and its gradient, both on the user's scale."""

BOUND = 14.0
"""Parameters are searched between exp(-14) and exp(14) in the units of the data."""
ENOUGH = 1e-7
"""The optimum is reached when a Newton step could not gain more log-likelihood than this."""


@dataclass(frozen=True)
class Optimum:
    """What a search found: parameters, log-likelihood, covariance, and whether to believe it."""

    params: Array
    log_likelihood: float
    covariance: Array
    converged: bool
    message: str


def climb(function: LogLikelihood, start: Array, n: float) -> Array:
    """Climb from one start with L-BFGS-B on the logarithms; give the parameters reached."""
    from scipy.optimize import minimize

    def downhill(theta: Array) -> tuple[float, Array]:
        params = np.exp(theta)
        value, gradient = function(params)
        if not np.isfinite(value):
            return 1e10, np.zeros_like(theta)
        return -value / n, -gradient * params / n

    found = minimize(
        downhill,
        np.clip(np.log(start), -BOUND, BOUND),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * len(start),
        options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-9},
    )
    return np.asarray(np.exp(found.x))


def curvature(function: LogLikelihood, params: Array, *, step: float = 1e-4) -> Array:
    """Give minus the second derivative in the logarithms: central differences of the exact gradient."""
    rows = []
    for i in range(len(params)):
        up, down = params.copy(), params.copy()
        up[i] *= np.exp(step)
        down[i] *= np.exp(-step)
        rows.append((function(down)[1] * down - function(up)[1] * up) / (2 * step))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2)


def polish(function: LogLikelihood, params: Array, metric: Array) -> tuple[Array, float, Array]:
    """Take Newton steps with a fixed curvature until none would help; halve a step that goes down.

    Near the optimum the value no longer changes but the exact gradient still leads; so a step may lose what
    rounding loses.

    Returns the parameters, the log-likelihood and the gradient in the logarithms.
    """
    value, gradient = function(params)
    slope = gradient * params
    for _ in range(60):
        try:
            step = np.linalg.solve(metric, slope)
        except np.linalg.LinAlgError:
            break
        gain = float(slope @ step) / 2
        if not gain > 1e-13:
            break
        step *= min(1.0, 2.0 / np.abs(step).max())
        for _ in range(12):
            trial = np.exp(np.clip(np.log(params) + step, -BOUND, BOUND))
            trial_value, trial_gradient = function(trial)
            if np.isfinite(trial_value) and trial_value > value - 1e-14 * abs(value):
                break
            step = step / 2
        else:
            break
        params, value, slope = trial, trial_value, trial_gradient * trial
    return params, value, slope


def maximise(
    function: LogLikelihood,
    starts: Sequence[Array],
    names: Sequence[str],
    *,
    n: float,
    screen: LogLikelihood | None = None,
    n_screen: float = 0.0,
) -> Optimum:
    """Search from several starts, finish on all the data, and judge the result.

    Parameters
    ----------
    function : callable
        Total log-likelihood of all the data and its gradient.
    starts : sequence of arrays
        Positive starting parameters.
    names : sequence of str
        The parameters' names, for the message.
    n : float
        Number of customers behind `function`.
    screen, n_screen : callable and float, optional
        The same for a sample of the customers; the starts are then tried on the sample, and only the
        best goes on with all the data.

    Returns
    -------
    Optimum
        Covariance by the delta method: ``outer(p, p)`` times the inverse curvature in the logarithms.
    """
    trial, size = (function, n) if screen is None else (screen, n_screen)
    ends = [climb(trial, np.asarray(start, dtype=float), size) for start in starts]
    values = np.array([trial(end)[0] for end in ends])
    best = ends[int(np.nanargmax(values))]
    agree = int((values > np.nanmax(values) - 1e-3).sum())
    metric = curvature(trial, best) * (n / size)
    params, value, slope = polish(function, best, metric)
    exact = curvature(function, params)
    if _gain(exact, slope) > ENOUGH:  # the sample's curvature was a poor guide
        params, value, slope = polish(function, climb(function, params, n), exact)
        exact = curvature(function, params)
    converged, message = _verdict(params, names, exact, slope, value, agree, len(ends))
    covariance = np.full((len(params), len(params)), np.nan)
    if converged:
        covariance = np.outer(params, params) * np.linalg.inv(exact)
    return Optimum(params, float(value), covariance, converged, message)


def _gain(matrix: Array, slope: Array) -> float:
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix)[0] <= 0:
        return float("inf")
    return float(slope @ np.linalg.solve(matrix, slope)) / 2


def _vague(matrix: Array) -> bool:
    """Say whether some parameter is not known within a factor of exp(5), one standard error either way."""
    return bool((np.linalg.inv(matrix).diagonal() > 25).any())


def _verdict(
    params: Array, names: Sequence[str], matrix: Array, slope: Array, value: float, agree: int, tried: int
) -> tuple[bool, str]:
    far = [f"{k} = {v:.3g}" for k, v in zip(names, params, strict=True) if abs(np.log(v)) > 0.9 * BOUND]
    if far:
        return False, (
            f"not converged: {', '.join(far)} ran away, so the data do not fix it. The customers may differ "
            "too little, or there are too few of them. Hint: use more customers or a longer period."
        )
    if not np.isfinite(matrix).all() or _gain(matrix, slope) == float("inf") or _vague(matrix):
        return False, (
            "not converged: the log-likelihood is flat in some direction, so several sets of parameters fit "
            "equally well. Hint: use more customers or a longer period."
        )
    if _gain(matrix, slope) > 1e-6:
        return False, (
            f"not converged: the search stopped at log-likelihood {value:.4f}, which is not an optimum. "
            "Hint: raise starts, or look at the summary for impossible customers."
        )
    return True, f"converged: {agree} of {tried} starts reached the same optimum"


def frame(matrix: Array, names: Sequence[str]) -> pd.DataFrame:
    """Give a covariance its names."""
    return pd.DataFrame(matrix, index=list(names), columns=list(names))
