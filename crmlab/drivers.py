"""Which part of the service goes with satisfaction: correlations, a regression, shares of R², flips."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]


def driver_importance(
    answers: pd.DataFrame, *, outcome: str, drivers: Sequence[str], confidence: float = 0.95
) -> pd.DataFrame:
    r"""Measure the importance of correlated drivers in three ways (驱动因素分析). None of them is an effect.

    ``correlation`` looks at one driver alone. ``coefficient`` is its weight in a least-squares regression on
    all drivers, everything in standard deviations. ``share`` is the driver's part of :math:`R^2`: the mean
    gain in
    :math:`R^2` when it enters, over all orders of entering (LMG, the Shapley value); the shares sum to 1.

    Parameters
    ----------
    answers : DataFrame
        One row per answer; rows with a gap in the outcome or a driver are left out.
    outcome : str
        Numeric column, such as ``"satisfaction"``.
    drivers : sequence of str
        Numeric columns, 1 to 12.
    confidence : float, default 0.95
        Of the regression's interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per driver, in the order given: ``driver``, ``correlation``, ``coefficient``, ``low``,
        ``high``, ``share`` (0 to 1), ``vif`` (by how much the other drivers blow up the coefficient's
        variance; 1: not at all). ``attrs``: ``r2`` and ``n``.

    Raises
    ------
    DataError
        If a column is missing, does not vary, or repeats another; or if there are too few rows.

    References
    ----------
    Grömping, U. (2007). Estimators of relative importance in linear regression based on variance
    decomposition. *The American Statistician* 61(2), 139-147. doi:10.1198/000313007X188252 (LMG: Lindeman,
    Merenda, Gold 1980).

    Examples
    --------
    Two drivers that do not go together: the shares are the squared correlations.

    >>> toy = pd.DataFrame({"a": [-1, -1, 1, 1] * 5, "b": [-1, 1, -1, 1] * 5})
    >>> toy["y"] = 2 * toy["a"] + toy["b"]
    >>> driver_importance(toy, outcome="y", drivers=["a", "b"])["share"].round(3).tolist()
    [0.8, 0.2]
    """
    import statsmodels.api as sm

    scaled = _scaled(answers, outcome, drivers)
    k = len(drivers)
    corr = np.corrcoef(scaled, rowvar=False)
    fit = sm.OLS(scaled[:, -1], sm.add_constant(scaled[:, :-1])).fit()
    if not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1, both left out; found {confidence!r}.")
    limits = fit.conf_int(alpha=1 - confidence)[1:]
    r2 = _r2_of_subsets(corr)
    share = np.zeros(k)
    for j in range(k):
        for subset in range(2**k):
            if not subset >> j & 1:
                size = subset.bit_count()
                share[j] += (r2[subset | 1 << j] - r2[subset]) / (k * comb(k - 1, size))
    table = pd.DataFrame(
        {
            "driver": list(drivers), "correlation": corr[:-1, -1], "coefficient": fit.params[1:],
            "low": limits[:, 0], "high": limits[:, 1], "share": share / r2[-1] if r2[-1] > 0 else np.nan,
            "vif": np.diag(np.linalg.inv(corr[:-1, :-1])),
        }
    )  # fmt: skip
    table.attrs = {"r2": float(r2[-1]), "n": len(scaled)}
    return table


def driver_flips(
    answers: pd.DataFrame, *, outcome: str, drivers: Sequence[str], draws: int = 500, rows: int | None = None,
    rng: Any = 0,
) -> pd.DataFrame:  # fmt: skip
    """Count how often a regression's verdict on a driver changes from one sample to another (bootstrap).

    Parameters
    ----------
    answers, outcome, drivers
        As in `driver_importance`.
    draws : int, default 500
        Samples with replacement, 1 to 100,000.
    rows : int, optional
        Answers in each sample, at least 20; as many as there are when left out.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per driver, in the order given: ``driver``, ``negative`` (share of samples with a coefficient
        below 0), ``first`` (share in which it has the largest coefficient), ``low`` and ``high`` (middle 95 %
        of the coefficients).

    Raises
    ------
    DataError
        As in `driver_importance`, or if `draws` or `rows` is out of range.

    Examples
    --------
    >>> toy = pd.DataFrame({"a": [-1, -1, 1, 1] * 5, "b": [-1, 1, -1, 1] * 5})
    >>> toy["y"] = 2 * toy["a"] + toy["b"]
    >>> driver_flips(toy, outcome="y", drivers=["a", "b"], draws=20)[["negative", "first"]].values.tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    scaled = _scaled(answers, outcome, drivers)
    size = len(scaled) if rows is None else rows
    for name, value, low in (("draws", draws, 1), ("rows", size, 20)):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= 100_000:
            raise DataError(f"{name} must be a whole number from {low} to 100,000; found {value!r}.")
    g = np.random.default_rng(rng)
    found = np.empty((draws, len(drivers)))
    for i in range(draws):
        sample = scaled[g.integers(0, len(scaled), size)]
        sample = sample - sample.mean(axis=0)
        found[i] = np.linalg.lstsq(sample[:, :-1], sample[:, -1], rcond=None)[0]
    first = np.bincount(found.argmax(axis=1), minlength=len(drivers)) / draws
    return pd.DataFrame(
        {
            "driver": list(drivers), "negative": (found < 0).mean(axis=0), "first": first,
            "low": np.quantile(found, 0.025, axis=0), "high": np.quantile(found, 0.975, axis=0),
        }
    )  # fmt: skip


def _r2_of_subsets(corr: Array) -> Array:
    """R² of the regression on every subset of the drivers; the subset is written in the bits of its place."""
    k = len(corr) - 1
    r2 = np.zeros(2**k)
    for subset in range(1, 2**k):
        use = [j for j in range(k) if subset >> j & 1]
        r2[subset] = corr[use, -1] @ np.linalg.solve(corr[np.ix_(use, use)], corr[use, -1])
    return r2


def _scaled(answers: pd.DataFrame, outcome: str, drivers: Sequence[str]) -> Array:
    columns = [*drivers, outcome]
    require_columns(answers, columns, name="answers")
    if not 1 <= len(drivers) <= 12 or len(set(columns)) < len(columns):
        raise DataError(
            f"drivers must be 1 to 12 different columns, without the outcome; found {columns[:-1]!r}."
        )
    values = answers[columns].dropna().to_numpy(dtype=float)
    values = values[np.lexsort(values.T)]  # a bootstrap must not hang on the order of the rows
    if len(values) < len(columns) + 2:
        raise DataError(f"{len(values)} full rows are too few for {len(drivers)} drivers.")
    spread = values.std(axis=0, ddof=1)
    if (spread == 0).any():
        raise DataError(f"{columns[int(np.argmin(spread))]!r} is the same in all rows. Hint: leave it out.")
    scaled: Array = (values - values.mean(axis=0)) / spread
    if np.linalg.matrix_rank(scaled[:, :-1]) < len(drivers):
        raise DataError(f"one of the drivers {list(drivers)!r} follows from the others. Hint: leave it out.")
    return scaled
