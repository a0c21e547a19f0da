"""Buy till you die: fit BG/NBD, MBG/NBD and Pareto/NBD to customers who leave without saying so.

Division of labour. lifetimes fits the BG/NBD and MBG/NBD from its own start, on distinct rows with their
counts as weights. Its answer is one start among several; every start climbs the exact total log-likelihood,
and the best is finished on all customers. Beyond 20,000 distinct rows the starts are tried on a sample of
20,000 customers, and only the finish sees everybody: the same optimum at a fraction of the time. For the
Pareto/NBD lifetimes is not asked: its Nelder-Mead search ignores its own failures, starts at random and needs
minutes where this needs seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab import _btyd_likelihood as likelihood
from crmlab import engine
from crmlab._btyd_rows import KEYS, Array, Rows, checked, distinct, sample
from crmlab._lifetimes import lifetimes_fit
from crmlab._maximise import LogLikelihood, Optimum, frame, maximise
from crmlab.contracts import DataError, require_columns
from crmlab.orders import DAYS_PER_UNIT

MODELS = {
    "bg_nbd": ("r", "alpha", "a", "b"),
    "mbg_nbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
}
"""The models for continuous time, with their parameters."""

SAMPLE = 20_000


@dataclass(frozen=True)
class BTYDFit:
    """A fitted model.

    Attributes
    ----------
    model : str
        "bg_nbd", "mbg_nbd", "pareto_nbd" or "bg_bb".
    params : Series
        Maximum-likelihood estimates; ``alpha`` (and Pareto's ``beta``) carry the unit of time.
    log_likelihood : float
        Total over customers, time in `unit`: comparable across models and with papers.
    aic, bic : float
        ``2k - 2 LL`` and ``k ln(n) - 2 LL`` with k parameters and n customers; lower is better.
    n_customers, n_rows : int
        Customers, and distinct histories among them.
    converged : bool
        Whether the optimum was reached and is a proper one.
    message : str
        The same in words.
    covariance : DataFrame
        Of the parameters; NaN if the fit did not converge.
    unit : str
        Unit of time: "day", "week", "month" or "year"; "period" for BG/BB.
    """

    model: str
    params: pd.Series
    log_likelihood: float
    aic: float
    bic: float
    n_customers: int
    n_rows: int
    converged: bool
    message: str
    covariance: pd.DataFrame
    unit: str


def fit_btyd(
    summary: engine.Log, *, model: str = "bg_nbd", unit: str = "week", starts: int = 3, rng: Any = 0
) -> BTYDFit:
    """Fit a model of buying and leaving by maximum likelihood.

    All three: while a customer stays, purchases come at random at rate lambda, and lambda differs between
    customers as Gamma(r, alpha). Leaving: BG/NBD, a coin after each repeat purchase, its chance Beta(a, b);
    MBG/NBD, also after the first purchase; Pareto/NBD, at any moment, with rate mu ~ Gamma(s, beta).

    Parameters
    ----------
    summary : DataFrame, path of Parquet, DuckDB relation or Spark DataFrame
        Columns ``frequency`` (repeat purchase days), ``t_x`` and ``T`` (ages at the last purchase and at the
        reporting day), as from `crmlab.btyd_summary`; optionally ``customers`` (how many each row counts
        for). Of a file or of Spark only the `distinct_histories` come into memory.
    model : {"bg_nbd", "mbg_nbd", "pareto_nbd"}, default "bg_nbd"
        The model.
    unit : {"day", "week", "month", "year"}, default "week"
        Unit of ``t_x`` and ``T``: the one given to `btyd_summary`.
    starts : int, default 3
        Starting points, 1 to 50.
    rng : int or Generator, default 0
        Seed of the starting points (and of the sample, beyond 20,000 distinct rows).

    Returns
    -------
    BTYDFit
        Look at `converged` and `message` before anything else.

    Raises
    ------
    DataError
        If a column is missing or impossible, nobody came back, or an argument is out of range.

    References
    ----------
    Schmittlein, D. C., Morrison, D. G., Colombo, R. (1987). Counting Your Customers: Who Are They and What
    Will They Do Next? Management Science 33(1), 1-24. doi:10.1287/mnsc.33.1.1

    Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005a). "Counting Your Customers" the Easy Way. Marketing
    Science 24(2), 275-284, equation (6). doi:10.1287/mksc.1040.0098

    Batislam, E. P., Denizel, M., Filiztekin, A. (2007). Empirical validation and comparison of models for
    customer base analysis. International Journal of Research in Marketing 24(3), 201-209.

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=4000, T=52.0, rng=1)
    >>> fit = fit_btyd(world)
    >>> fit.converged, fit.message
    (True, 'converged: 3 of 3 starts reached the same optimum; lifetimes converged')
    >>> bool(abs(fit.params["r"] - 0.8) < 0.1)
    True
    """
    if model not in MODELS:
        raise DataError(f"model must be one of {', '.join(MODELS)}; found {model!r}.")
    if unit not in DAYS_PER_UNIT:
        raise DataError(f"unit must be one of {', '.join(DAYS_PER_UNIT)}; found {unit!r}.")
    if isinstance(starts, bool) or not isinstance(starts, int) or not 1 <= starts <= 50:
        raise DataError(f"starts must be a whole number from 1 to 50; found {starts!r}.")
    if engine.is_lazy(summary):
        summary = engine.fetch(distinct_histories(summary))
    rows, _ = distinct(checked(summary))
    if rows.x.max() == 0:
        raise DataError(
            "summary: no customer has a repeat purchase, so neither buying nor leaving can be estimated. "
            "Hint: choose a later as_of, or a longer period."
        )
    generator = np.random.default_rng(rng)
    part = rows if len(rows.x) <= SAMPLE else sample(rows, SAMPLE, generator)
    points, words = _starts(model, part, starts, generator)
    names = MODELS[model]
    screen = None if part is rows else log_likelihood_of(model, part)
    found = maximise(log_likelihood_of(model, rows), points, names, n=rows.n, screen=screen, n_screen=part.n)
    return as_fit(model, names, found, rows, unit, words)


def distinct_histories(summary: engine.Log) -> Any:
    """Count the customers of each distinct history: all that a model of buying and leaving needs.

    Parameters
    ----------
    summary : DataFrame, path of Parquet, DuckDB relation or Spark DataFrame
        ``frequency``, ``t_x`` and ``T``, as from `crmlab.btyd_summary`; optionally ``customers``.

    Returns
    -------
    DataFrame (for a frame), lazy DuckDB relation (for a path or a relation) or Spark DataFrame
        Sorted: ``frequency``, ``t_x``, ``T`` and ``customers`` (how many have this history). `fit_btyd` finds
        the same on it as on the whole summary.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> summary = pd.DataFrame({"frequency": [0, 2, 0], "t_x": [0.0, 5.0, 0.0], "T": [9.0, 9.0, 9.0]})
    >>> distinct_histories(summary)
       frequency  t_x    T  customers
    0          0  0.0  9.0          2
    1          2  5.0  9.0          1
    """
    names = engine.columns(summary)
    require_columns(pd.DataFrame(columns=names), KEYS, name="summary")
    count = "CAST(SUM(customers) AS BIGINT)" if "customers" in names else "COUNT(*)"
    keys = ", ".join(KEYS)
    return engine.query(
        f"SELECT {keys}, {count} AS customers FROM {{log}} GROUP BY {keys} ORDER BY {keys}", summary
    )


def log_likelihood_of(model: str, rows: Rows) -> LogLikelihood:
    """Give the model's total log-likelihood on these rows as a function of its parameters alone."""
    functions: dict[str, Callable[[Array], tuple[float, Array]]] = {
        "bg_nbd": lambda p: likelihood.beta_geometric(p, rows, extra=0),
        "mbg_nbd": lambda p: likelihood.beta_geometric(p, rows, extra=1),
        "pareto_nbd": lambda p: likelihood.pareto_nbd(p, rows),
    }
    return functions[model]


def as_fit(
    model: str, names: tuple[str, ...], found: Optimum, rows: Rows, unit: str, words: str = ""
) -> BTYDFit:
    """Turn an optimum into the result that users see."""
    k = len(names)
    return BTYDFit(
        model=model,
        params=pd.Series(found.params, index=list(names), name="estimate"),
        log_likelihood=found.log_likelihood,
        aic=2 * k - 2 * found.log_likelihood,
        bic=float(k * np.log(rows.n) - 2 * found.log_likelihood),
        n_customers=round(rows.n),
        n_rows=len(rows.x),
        converged=found.converged,
        message="; ".join(filter(None, (found.message, words))),
        covariance=frame(found.covariance, names),
        unit=unit,
    )


def _starts(model: str, rows: Rows, starts: int, rng: np.random.Generator) -> tuple[list[Array], str]:
    """Give the starting points: lifetimes' answer, a guess from the purchase rate, and guesses around it."""
    rate = (rows.weights @ rows.x) / (rows.weights @ rows.T)
    guess = np.array([1.0, 1.0 / rate, 1.0, 3.0])
    if model == "pareto_nbd":
        guess[3] = float(rows.weights @ rows.T) / rows.n
    points = [guess] + [guess * np.exp(rng.normal(0, 0.8, 4)) for _ in range(starts - 1)]
    if model == "pareto_nbd":
        return points, ""
    found, words = lifetimes_fit(model, rows.x, rows.t_x, rows.T, weights=rows.weights)
    if found is not None and np.abs(np.log(found)).max() < 12:
        points[-1] = found
    return points, words


def intervals(fit: Any, *, level: float = 0.95) -> pd.DataFrame:
    """Give each parameter with its standard error and confidence interval.

    The interval is symmetric in the logarithm of the parameter, so its ends are positive:
    ``estimate * exp(-+ z * standard_error / estimate)``.

    Parameters
    ----------
    fit : BTYDFit, SpendFit or SBGFit
        A fit with `params`, `covariance`, `converged` and `message`.
    level : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame
        Index: the parameters. Columns ``estimate``, ``standard_error``, ``low``, ``high``.

    Raises
    ------
    DataError
        If the fit did not converge (its errors mean nothing), or for a bad `level`.

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=4000, T=52.0, rng=1)
    >>> table = intervals(fit_btyd(world))
    >>> bool((table["low"] < [0.8, 6.0, 0.8, 2.5]).all() and (table["high"] > [0.8, 6.0, 0.8, 2.5]).all())
    True
    """
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise DataError(f"level must lie between 0 and 1; found {level!r}.")
    if not fit.converged:
        raise DataError(f"there are no intervals for this fit: {fit.message}")
    error = np.sqrt(np.diag(fit.covariance))
    reach = np.exp(ndtri((1 + level) / 2) * error / fit.params)
    return pd.DataFrame(
        {
            "estimate": fit.params,
            "standard_error": error,
            "low": fit.params / reach,
            "high": fit.params * reach,
        }
    )
