"""BG/BB: customers who give or buy at most once per period, such as donors by year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma

from crmlab._btyd_rows import Array, Rows, checked, distinct
from crmlab._lifetimes import lifetimes_fit
from crmlab._maximise import LogLikelihood, maximise
from crmlab.btyd import BTYDFit, as_fit
from crmlab.contracts import DataError

NAMES = ("alpha", "beta", "gamma", "delta")


def fit_bgbb(summary: pd.DataFrame, *, starts: int = 3, rng: Any = 0) -> BTYDFit:
    """Fit the beta-geometric/beta-Bernoulli model by maximum likelihood.

    In each period a customer who is there buys with chance p ~ Beta(alpha, beta); before each period they
    leave with chance theta ~ Beta(gamma, delta). lifetimes fits it on distinct rows; its answer is one start
    among several on a likelihood in log space (its own adds 1e-15 against underflow).

    Parameters
    ----------
    summary : DataFrame
        ``frequency`` (periods with a purchase), ``t_x`` (number of the last of them, 0 without one), ``T``
        (periods observed): whole numbers; optionally ``customers`` (how many each row counts for).
    starts : int, default 3
        Starting points, 1 to 50.
    rng : int or Generator, default 0
        Seed of the starting points.

    Returns
    -------
    BTYDFit
        With `model` "bg_bb" and `unit` "period"; `crmlab.predict` and `crmlab.bootstrap` take it.

    Raises
    ------
    DataError
        If a column is missing, not whole, or nobody bought.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Shang, J. (2010). Customer-Base Analysis in a Discrete-Time Noncontractual
    Setting. Marketing Science 29(6), 1086-1108. doi:10.1287/mksc.1100.0580

    Examples
    --------
    11,104 people who first gave in 1995, and in which of the six years after they gave again:

    >>> import pandas as pd
    >>> from crmlab._lifetimes import packaged_file
    >>> donors = pd.read_csv(packaged_file("donations.csv"))
    >>> donors.columns = ["frequency", "t_x", "T", "customers"]
    >>> fit = fit_bgbb(donors)
    >>> fit.n_customers, fit.n_rows, round(fit.log_likelihood, 1)
    (11104, 22, -33225.6)
    >>> fit.params.round(2).to_dict()
    {'alpha': 1.2, 'beta': 0.75, 'gamma': 0.66, 'delta': 2.78}
    """
    rows, _ = _whole(summary)
    if rows.x.max() == 0:
        raise DataError("summary: nobody bought in any period, so nothing can be estimated.")
    if isinstance(starts, bool) or not isinstance(starts, int) or not 1 <= starts <= 50:
        raise DataError(f"starts must be a whole number from 1 to 50; found {starts!r}.")
    random = np.random.default_rng(rng)
    guess = np.array([1.0, 1.0, 1.0, 3.0])
    points = [guess] + [guess * np.exp(random.normal(0, 0.8, 4)) for _ in range(starts - 1)]
    x, t_x, T, counts = (v.astype(int) for v in (rows.x, rows.t_x, rows.T, rows.weights))
    found, words = lifetimes_fit("bg_bb", x, t_x, T, weights=counts)
    if found is not None and np.abs(np.log(found)).max() < 12:
        points[-1] = found
    optimum = maximise(bgbb_log_likelihood(rows), points, NAMES, n=rows.n)
    return as_fit("bg_bb", NAMES, optimum, rows, "period", words)


def bgbb_log_likelihood(rows: Rows) -> LogLikelihood:
    """Give the total log-likelihood, equation (5) of Fader, Hardie, Shang (2010), as a function."""
    death = np.arange(int((rows.T - rows.t_x).max()) + 1)
    # one column per way the history can have come about: left after period t_x + i, or never
    x, t_x, T = rows.x[:, None], rows.t_x[:, None], rows.T[:, None]
    last = np.minimum(t_x + death, T)
    possible = t_x + death <= T
    left = (last < T).astype(float)

    def value(params: Array) -> tuple[float, Array]:
        alpha, beta, gamma, delta = params
        up, down = alpha + x, beta + last - x
        gone, stayed = gamma + left, delta + last
        terms = np.where(possible, betaln(up, down) + betaln(gone, stayed), -np.inf)
        top = terms.max(axis=1, keepdims=True)
        share = np.exp(terms - top)
        total = share.sum(axis=1, keepdims=True)
        share = share / total
        logs = np.log(total[:, 0]) + top[:, 0] - betaln(alpha, beta) - betaln(gamma, delta)
        both, ends = digamma(up + down), digamma(gone + stayed)
        base, stay = digamma(alpha + beta), digamma(gamma + delta)
        w, n = rows.weights, rows.n
        gradient = np.array([
            w @ (share * (digamma(up) - both)).sum(axis=1) - n * (digamma(alpha) - base),
            w @ (share * (digamma(down) - both)).sum(axis=1) - n * (digamma(beta) - base),
            w @ (share * (digamma(gone) - ends)).sum(axis=1) - n * (digamma(gamma) - stay),
            w @ (share * (digamma(stayed) - ends)).sum(axis=1) - n * (digamma(delta) - stay),
        ])  # fmt: skip
        return float(w @ logs), gradient

    return value


def bgbb_forecast(params: Array, rows: Rows, horizons: Array) -> tuple[Array, Array]:
    """Give P(alive at the next opportunity) and expected purchases in the next periods (rows x horizons).

    Equations (11) and (13) of Fader, Hardie, Shang (2010); the latter as a sum over the coming periods of
    P(alive then) times the mean chance to buy, which has no hole at gamma = 1.
    """
    if (horizons != np.floor(horizons)).any():
        raise DataError(f"horizon must be a whole number of periods for BG/BB; found {horizons.max():g}.")
    alpha, beta, gamma, delta = params
    x, T = rows.x, rows.T
    each = np.array([
        bgbb_log_likelihood(Rows(rows.x[i : i + 1], rows.t_x[i : i + 1], T[i : i + 1], np.ones(1)))(params)[0]
        for i in range(len(x))
    ])  # fmt: skip
    buys = betaln(alpha + x, beta + T - x) - betaln(alpha, beta) - each
    ahead = np.arange(1, max(1, int(horizons.max())) + 1)
    there = np.exp(
        buys[:, None] + betaln(gamma, delta + T[:, None] + ahead) - betaln(gamma, delta)
    )  # P(still there at opportunity T + j | history)
    total = np.cumsum(there, axis=1) * ((alpha + x) / (alpha + beta + T))[:, None]
    total = np.hstack([np.zeros((len(x), 1)), total])
    return there[:, 0], total[:, horizons.astype(int)]


def _whole(summary: pd.DataFrame) -> tuple[Rows, Array]:
    rows, row = distinct(checked(summary))
    bad = (rows.t_x != np.floor(rows.t_x)) | (np.floor(rows.T) != rows.T) | (rows.t_x < rows.x)
    if bad.any():
        raise DataError(
            f"summary: BG/BB counts whole periods with frequency <= t_x <= T; {int(bad.sum()):,} kinds of "
            "row do not. Hint: for purchases at any time use fit_btyd."
        )
    return rows, row
