"""Gamma-Gamma: what a customer spends per purchase, shrunk towards everybody's mean when little is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from crmlab._lifetimes import lifetimes_fit
from crmlab._maximise import Array, LogLikelihood, frame, maximise
from crmlab.contracts import DataError, first_rows, require_columns

NAMES = ("p", "q", "gamma")
SAMPLE = 20_000


@dataclass(frozen=True)
class SpendFit:
    """A fitted Gamma-Gamma model.

    Attributes
    ----------
    params : Series
        ``p``, ``q``, ``gamma``; only gamma carries the currency.
    mean_eur : float
        Mean spend per purchase over all customers, ``gamma p / (q - 1)``; NaN when q <= 1, where it is
        infinite.
    correlation : float
        Between frequency and mean spend among repeat customers (-1 to 1): the model assumes none.
    log_likelihood, aic, bic : float
        Total over the customers used; lower AIC and BIC are better.
    n_customers : int
        Repeat customers with positive mean spend: those who tell something.
    converged : bool
        Whether the optimum was reached.
    message : str
        The verdict in words: convergence, q <= 1, customers left out.
    covariance : DataFrame
        Of the parameters; NaN if the fit did not converge.
    """

    params: pd.Series
    mean_eur: float
    correlation: float
    log_likelihood: float
    aic: float
    bic: float
    n_customers: int
    converged: bool
    message: str
    covariance: pd.DataFrame


def fit_spend(summary: pd.DataFrame, *, starts: int = 3, rng: Any = 0) -> SpendFit:
    """Fit the Gamma-Gamma model of spend per purchase by maximum likelihood.

    A customer's purchases are Gamma(p, nu) amounts, and nu ~ Gamma(q, gamma) differs between customers. Spend
    is assumed independent of how often they buy: look at `correlation`. lifetimes' fit (of at most 20,000
    customers) is one of the starts. The currency does not matter: very large or small amounts are counted in
    median purchases while the search runs.

    Parameters
    ----------
    summary : DataFrame
        ``frequency`` and ``monetary_eur`` (mean per repeat purchase day), as from `crmlab.btyd_summary`.
    starts : int, default 3
        Starting points, 1 to 50.
    rng : int or Generator, default 0
        Seed of the starting points.

    Returns
    -------
    SpendFit
        Read `message`: with q <= 1 there is no finite mean.

    Raises
    ------
    DataError
        If a column is missing or impossible, or fewer than 10 customers have come back.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. (2013). The Gamma-Gamma Model of Monetary Value, equation (1a).
    http://www.brucehardie.com/notes/025/

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> x = rng.integers(1, 9, 3000)
    >>> spend = rng.gamma(6.0 * x) / rng.gamma(4.0, 1 / 15.0, 3000) / x
    >>> fit = fit_spend(pd.DataFrame({"frequency": x, "monetary_eur": spend}))
    >>> fit.converged, bool(abs(fit.mean_eur / 30 - 1) < 0.05)
    (True, True)
    """
    x, m = _checked(summary)
    if isinstance(starts, bool) or not isinstance(starts, int) or not 1 <= starts <= 50:
        raise DataError(f"starts must be a whole number from 1 to 50; found {starts!r}.")
    used = (x > 0) & (m > 0)
    left_out = int(((x > 0) & (m <= 0)).sum())
    x, m = x[used], m[used]
    if len(x) < 10:
        raise DataError(
            f"summary: only {len(x)} customers have come back and spent; Gamma-Gamma needs 10 or more."
        )
    random = np.random.default_rng(rng)
    median = float(np.median(m))  # the search has bounds: amounts far from 1 are counted in medians
    unit = 1.0 if 0.01 <= median <= 10_000 else median
    m = m / unit
    guess = np.array([2.0, 3.0, float(m.mean())])
    points = [guess] + [guess * np.exp(random.normal(0, 0.8, 3)) for _ in range(starts - 1)]
    part = slice(None) if len(x) <= SAMPLE else random.choice(len(x), SAMPLE, replace=False)
    money = float(np.median(m))  # lifetimes starts at 1.1 whatever the currency
    found, words = lifetimes_fit("gamma_gamma", x[part], m[part] / money, weights=np.ones(len(x[part])))
    if found is not None and np.abs(np.log(found)).max() < 12:
        points[-1] = found * np.array([1, 1, money])
    optimum = maximise(spend_log_likelihood(x, m, np.ones(len(x))), points, NAMES, n=len(x))
    back = np.array([1.0, 1.0, unit])
    p, q, gamma = params = optimum.params * back
    notes = [optimum.message, words]
    if q <= 1:
        notes.append(
            f"no finite mean: q = {q:.3f} <= 1, so a customer without repeat purchases has no expected spend"
        )
    elif optimum.converged and q * np.exp(-1.96 * np.sqrt(optimum.covariance[1, 1]) / q) <= 1:
        notes.append(f"the mean is poorly known: q = {q:.3f}, and its 95 % interval reaches below 1")
    if left_out:
        notes.append(f"{left_out:,} repeat customers without positive spend were left out")
    value = optimum.log_likelihood - len(x) * np.log(unit)  # a density is per unit of money
    return SpendFit(
        params=pd.Series(params, index=list(NAMES), name="estimate"),
        mean_eur=float(gamma * p / (q - 1)) if q > 1 else float("nan"),
        correlation=float(np.corrcoef(x, m)[0, 1]) if x.std() > 0 and m.std() > 0 else float("nan"),
        log_likelihood=float(value),
        aic=float(6 - 2 * value),
        bic=float(3 * np.log(len(x)) - 2 * value),
        n_customers=len(x),
        converged=optimum.converged,
        message="; ".join(notes),
        covariance=frame(optimum.covariance * np.outer(back, back), NAMES),
    )


def spend_log_likelihood(x: Array, m: Array, weights: Array) -> LogLikelihood:
    """Give the total log-likelihood, equation (1a) of Fader and Hardie (2013), as a function."""
    counts = np.bincount(x.astype(np.int64), weights=weights)
    u = np.flatnonzero(counts).astype(float)
    c, n = counts[counts > 0], float(weights.sum())
    log_m, total = np.log(m), x * m

    def value(params: Array) -> tuple[float, Array]:
        p, q, gamma = params
        log_sum = np.log(total + gamma)
        result = c @ (gammaln(p * u + q) - gammaln(p * u) + p * u * np.log(u))
        result += n * (q * np.log(gamma) - gammaln(q))
        result += weights @ ((p * x - 1) * log_m - (p * x + q) * log_sum)
        both = digamma(p * u + q)
        gradient = np.array([
            c @ (u * (both - digamma(p * u) + np.log(u))) + weights @ (x * (log_m - log_sum)),
            c @ both + n * (np.log(gamma) - digamma(q)) - weights @ log_sum,
            n * q / gamma - weights @ ((p * x + q) / (total + gamma)),
        ])  # fmt: skip
        return float(result), gradient

    return value


def expected_spend(fit: SpendFit, summary: pd.DataFrame) -> pd.DataFrame:
    """Give each customer's expected spend per future purchase.

    A weighted mean of their own mean and everybody's: ``(p x m + p gamma) / (p x + q - 1)``, equation (5) of
    Fader and Hardie (2013) without its hole at q = 1.

    Parameters
    ----------
    fit : SpendFit
        From `fit_spend`; a fit that did not converge is refused.
    summary : DataFrame
        ``frequency`` and ``monetary_eur``; ``customer_id`` is passed through.

    Returns
    -------
    DataFrame
        In the order of `summary`: ``customer_id`` (if given), ``expected_spend_eur`` (NaN where it is not
        finite) and ``reason`` (why it is NaN; "" otherwise).

    Raises
    ------
    DataError
        If the fit did not converge or the summary is impossible.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> x = rng.integers(1, 9, 3000)
    >>> spend = rng.gamma(6.0 * x) / rng.gamma(4.0, 1 / 15.0, 3000) / x
    >>> fit = fit_spend(pd.DataFrame({"frequency": x, "monetary_eur": spend}))
    >>> new = expected_spend(fit, pd.DataFrame({"frequency": [0, 50], "monetary_eur": [0.0, 90.0]}))
    >>> new["expected_spend_eur"].round(-1).tolist()
    [30.0, 90.0]
    """
    if not fit.converged:
        raise DataError(f"this Gamma-Gamma fit cannot predict: {fit.message}")
    x, m = _checked(summary)
    p, q, gamma = fit.params
    below = p * x + q - 1
    finite = below > 0
    value = np.full(len(x), np.nan)
    value[finite] = p * (x[finite] * m[finite] + gamma) / below[finite]
    table = pd.DataFrame(
        {
            "expected_spend_eur": value,
            "reason": np.where(finite, "", f"no finite mean spend (Gamma-Gamma q = {q:.3f} <= 1)"),
        },
        index=summary.index,
    )
    if "customer_id" in summary:
        table.insert(0, "customer_id", summary["customer_id"])
    return table


def _checked(summary: pd.DataFrame) -> tuple[Array, Array]:
    require_columns(summary, ["frequency", "monetary_eur"], name="summary")
    x = summary["frequency"].to_numpy(dtype=float)
    m = summary["monetary_eur"].to_numpy(dtype=float)
    bad = ~(np.isfinite(x) & (x >= 0) & (x == np.floor(x)) & np.isfinite(m) & (m >= 0))
    if bad.any():
        raise DataError(
            f"summary: frequency must be a whole number and monetary_eur a finite amount, both 0 or more; "
            f"{int(bad.sum()):,} row(s) break this, the first are\n{first_rows(summary, bad)}\n"
            "Hint: crmlab.btyd_summary(orders, as_of=...) makes such a table (refunds are no purchases)."
        )
    return x, m
