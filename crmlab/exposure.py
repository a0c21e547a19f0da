"""Risk that is nobody's behaviour: a chance common to all, what it does to a book, and cover for it."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
MOST_SPREAD = 1e6  # a + b at most: a chance that does not vary


def fit_varying_chance(hits: Any, trials: Any) -> pd.Series:
    """Fit a chance that is not the same everywhere: a beta-binomial distribution, by maximum likelihood.

    Each row has its own chance, drawn from a beta distribution with parameters a and b; ``hits`` of
    ``trials`` is drawn with it. Rows may be years (a common shock) or customers (a habit).

    Parameters
    ----------
    hits, trials : array-like of int
        Counts, 0 <= hits <= trials; rows without trials say nothing and are left out.

    Returns
    -------
    Series
        ``a``, ``b``, ``mean`` (a / (a + b), 0 to 1), ``correlation`` of two trials of one row (1 / (a + b +
        1)) and ``rows`` used. a + b is 1,000,000 at most; there the chance does not vary.

    Raises
    ------
    DataError
        If a count is out of range, no row has a hit, or none a miss, or no row has two trials: how much the
        chance varies shows only between trials of one row.

    References
    ----------
    Skellam, J. G. (1948). A probability distribution derived from the binomial distribution by regarding the
    probability of success as variable between the sets of trials. *Journal of the Royal Statistical Society,
    Series B* 10(2), 257-261.

    Examples
    --------
    >>> fit = fit_varying_chance([0, 0, 5, 1, 0, 9], [10] * 6)
    >>> round(float(fit["mean"]), 2), round(float(fit["correlation"]), 2)
    (0.24, 0.53)
    """
    from scipy import optimize, special

    k, n = _counts(hits, trials)
    k, n = k[n > 0], n[n > 0]
    if not len(k) or k.sum() == 0 or k.sum() == n.sum():
        raise DataError(
            f"a chance needs hits and misses; found {int(k.sum()):,} hits in {int(n.sum()):,} trials. "
            "Hint: take more rows"
        )
    if n.max() < 2:
        raise DataError(
            "how much a chance varies shows only in rows of two or more trials; all rows here have one. "
            "Hint: add up the trials of a year or a customer"
        )
    pairs, counts = np.unique(np.column_stack([k, n]), axis=0, return_counts=True)
    k, n = pairs.T

    every = float(counts.sum())

    def loss(theta: Array) -> tuple[float, Array]:
        """Give minus the mean log-likelihood, and its slope by logit(mean) and log(a + b)."""
        mean, spread = special.expit(theta[0]), np.exp(theta[1])
        a, b = mean * spread, (1 - mean) * spread
        value = counts @ (special.betaln(k + a, n - k + b) - special.betaln(a, b))
        both = special.digamma(spread) - special.digamma(n + spread)
        by_a = float(counts @ (special.digamma(k + a) - special.digamma(a) + both))
        by_b = float(counts @ (special.digamma(n - k + b) - special.digamma(b) + both))
        slope = np.array([mean * (1 - mean) * spread * (by_a - by_b), a * by_a + b * by_b])
        return -float(value) / every, -slope / every

    start = float(np.average(k / n, weights=counts * n))
    bounds = [(-16.0, 16.0), (np.log(1e-3), np.log(MOST_SPREAD))]
    found = min(
        (
            optimize.minimize(loss, [special.logit(start), s], jac=True, method="L-BFGS-B", bounds=bounds)
            for s in (0.0, 3.0)
        ),
        key=lambda result: round(float(result.fun), 12),
    )
    mean, spread = float(special.expit(found.x[0])), float(np.exp(found.x[1]))
    return pd.Series(
        {
            "a": mean * spread, "b": (1 - mean) * spread, "mean": mean, "correlation": 1 / (spread + 1),
            "rows": every,
        }
    )  # fmt: skip


def refit_varying_chance(
    hits: Any, trials: Any, *, groups: Any, draws: int = 300, rng: int | np.random.Generator = 0,
    steps: int = 61,
) -> pd.DataFrame:  # fmt: skip
    """Fit a varying chance again and again, to groups drawn with replacement (a bootstrap).

    The groups are what is drawn: if they are years, all rows of a year come or stay away together. Each refit
    takes the most likely point of a grid around the fit to all rows, with a parabola through its neighbours.

    Parameters
    ----------
    hits, trials : array-like of int
        As in ``fit_varying_chance``.
    groups : array-like
        The group of each row, such as its year.
    draws : int, default 300
        Refits, 1 or more.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.
    steps : int, default 61
        Points of the grid in each direction, 11 or more.

    Returns
    -------
    DataFrame
        One row per refit: ``mean`` and ``correlation``. Ranges read from few groups are too narrow.

    Raises
    ------
    DataError
        If there are fewer than two groups, a number is out of range, or the counts cannot be fitted.

    Examples
    --------
    >>> years = [1, 1, 2, 2, 3, 3, 4, 4]
    >>> again = refit_varying_chance([0, 1, 5, 6, 1, 0, 9, 8], [50] * 8, groups=years, draws=200)
    >>> bool(again["mean"].quantile(0.05) < 30 / 400 < again["mean"].quantile(0.95))
    True
    """
    from scipy import special

    for name, value, low in (("draws", draws, 1), ("steps", steps, 11)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
            raise DataError(f"{name} must be a whole number of {low} or more; found {value!r}.")
    fit = fit_varying_chance(hits, trials)
    k, n = _counts(hits, trials)
    codes, names = pd.factorize(np.asarray(groups), sort=True)
    if codes.shape != k.shape or len(names) < 2:
        raise DataError(f"groups must name two or more groups, one for each row; found {len(names)}.")
    share = np.bincount(codes, k) / np.bincount(codes, n).clip(1)
    doubt = share.std(ddof=1) / np.sqrt(len(names)) / (fit["mean"] * (1 - fit["mean"]))
    reach = float(np.clip(6 * doubt, 1e-3, 1.8))
    means = special.expit(special.logit(fit["mean"]) + np.linspace(-reach, reach, steps))
    spreads = np.minimum((fit["a"] + fit["b"]) * np.exp(np.linspace(-2.5, 2.5, steps)), MOST_SPREAD)
    a, b = np.outer(means, spreads).ravel(), np.outer(1 - means, spreads).ravel()
    each = np.zeros((len(names), len(a)))
    for code, hit, trial in zip(codes, k, n, strict=True):
        each[code] += special.betaln(hit + a, trial - hit + b) - special.betaln(a, b)
    g = np.random.default_rng(rng)
    often = g.multinomial(len(names), np.full(len(names), 1 / len(names)), size=int(draws))
    fits = (often @ each).reshape(int(draws), steps, steps)
    row, column = np.unravel_index(fits.reshape(int(draws), -1).argmax(axis=1), (steps, steps))
    index = np.arange(int(draws))
    at_mean = _peak(fits[index, :, column], row)
    at_spread = _peak(fits[index, row, :], column)
    places = np.arange(steps)
    mean = special.expit(np.interp(at_mean, places, special.logit(means)))
    spread = np.exp(np.interp(at_spread, places, np.log(spreads)))
    return pd.DataFrame({"mean": mean, "correlation": 1 / (spread + 1)})


def _peak(lines: Array, at: Array) -> Array:
    """Give the top of the parabola through the highest point of each line and its two neighbours."""
    inside = np.clip(at, 1, lines.shape[1] - 2)
    rows = np.arange(len(lines))
    left, top, right = (lines[rows, inside + step] for step in (-1, 0, 1))
    bend = left - 2 * top + right
    shift = np.divide(0.5 * (left - right), bend, out=np.zeros(len(lines)), where=bend < 0)
    return np.where(at == inside, inside + np.clip(shift, -0.5, 0.5), at)


def _counts(hits: Any, trials: Any) -> tuple[Array, Array]:
    try:
        k, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    except (TypeError, ValueError):
        k = n = np.array([np.nan])
    if k.shape != n.shape or not np.all((k >= 0) & (k <= n) & (k % 1 == 0) & (n % 1 == 0)):
        raise DataError("hits must be whole numbers from 0 to trials, one for each row. Hint: hits <= trials")
    return k, n


def shock_spread(policies: Any, *, claim_chance: float, correlation: float) -> pd.DataFrame:
    r"""Give the year-to-year spread of the share of policies with a claim, by the size of the book.

    With the chance p and the correlation :math:`\rho` of two policies, the standard deviation of the share is
    :math:`\sqrt{p(1-p)\bigl(1/n + \rho(n-1)/n\bigr)}`: its second part does not go away with n.

    Parameters
    ----------
    policies : array-like of int
        Sizes of the book, 1 or more.
    claim_chance : float
        Chance of a claim of one policy in a year, 0 to 1.
    correlation : float
        Of the claims of two policies in one year, 0 to 1.

    Returns
    -------
    DataFrame
        One row per size: ``policies``, ``spread`` (with the common shock), ``spread_alone`` (without it) and
        ``floor`` (what is left in the largest book); shares.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> shock_spread([1, 100, 10_000], claim_chance=0.03, correlation=0.08)["spread"].round(3).tolist()
    [0.171, 0.051, 0.048]
    """
    n = np.atleast_1d(np.asarray(policies, dtype=float))
    if not len(n) or not np.all((n >= 1) & (n % 1 == 0)):
        raise DataError(f"policies must be whole numbers of 1 or more; found {policies!r}.")
    _unit("claim_chance", claim_chance)
    _unit("correlation", correlation)
    one = claim_chance * (1 - claim_chance)
    return pd.DataFrame(
        {
            "policies": n.astype(np.int64), "spread": np.sqrt(one * (1 / n + correlation * (n - 1) / n)),
            "spread_alone": np.sqrt(one / n), "floor": float(np.sqrt(one * correlation)),
        }
    )  # fmt: skip


def _unit(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise DataError(f"{name} must be a number from 0 to 1; found {value!r}.")


def book_losses(
    shares: pd.DataFrame, counties: pd.DataFrame, *, kept: Mapping[str, float] | None = None
) -> pd.Series:
    """Turn years of weather into a book's yearly storm claims.

    Parameters
    ----------
    shares : DataFrame
        One row per year, one column per county: share of the policies with a claim (from ``storm_shares``).
    counties : DataFrame
        ``county``, ``policies_in_force``, ``mean_claim_eur``.
    kept : mapping of county to float, optional
        Size of the book in a county as a multiple of today's, 0 or more; 1 where it is not named.

    Returns
    -------
    Series
        Claims in EUR, one value per year of `shares`.

    Raises
    ------
    DataError
        If a column is missing, or `kept` names no county or is negative.

    Examples
    --------
    >>> counties = pd.DataFrame({"county": ["Gull"], "policies_in_force": [100], "mean_claim_eur": [500.0]})
    >>> book_losses(pd.DataFrame({"Gull": [0.0, 0.1]}), counties, kept={"Gull": 0.5}).tolist()
    [0.0, 2500.0]
    """
    require_columns(counties, ["county", "policies_in_force", "mean_claim_eur"], name="counties")
    rows = counties.set_index("county")
    require_columns(shares, rows.index, name="shares")
    size = pd.Series(1.0, index=rows.index)
    for county, factor in (kept or {}).items():
        good = isinstance(factor, Real) and 0 <= float(factor) < np.inf
        if county not in size.index or not good:
            raise DataError(
                f"kept must give 0 or more for counties of the table ({', '.join(size.index)}); "
                f"found {county!r}: {factor!r}."
            )
        size[county] = float(factor)
    if not (rows[["policies_in_force", "mean_claim_eur"]] >= 0).all(axis=None):
        raise DataError("counties: policies_in_force and mean_claim_eur must be 0 or more in every county.")
    money = rows["policies_in_force"] * rows["mean_claim_eur"] * size
    return pd.Series(shares[list(rows.index)].to_numpy() @ money.to_numpy(), name="claims_eur")


def layer_cover(losses: Any, *, attach_eur: float, limit_eur: float, loading: float) -> pd.DataFrame:
    """Buy reinsurance of a layer: it pays what goes beyond `attach_eur`, at most `limit_eur` a year.

    Parameters
    ----------
    losses : array-like of float
        Claims in EUR by year.
    attach_eur, limit_eur : float
        Where the cover begins and how much it pays at most, EUR a year, 0 or more.
    loading : float
        Price over the mean payment, 1 (no loading) or more.

    Returns
    -------
    DataFrame
        One row per year: ``claims_eur``, ``paid_by_cover_eur``, ``price_eur`` (the same every year: loading
        times the mean payment) and ``net_eur`` (claims less what the cover pays, plus its price).

    Raises
    ------
    DataError
        If a number is out of range, or there is no year or one without a number.

    Examples
    --------
    >>> layer_cover(pd.Series([0.0, 100.0]), attach_eur=40, limit_eur=50, loading=2)["net_eur"].tolist()
    [50.0, 100.0]
    """
    for name, value, low in (
        ("attach_eur", attach_eur, 0),
        ("limit_eur", limit_eur, 0),
        ("loading", loading, 1),
    ):
        if isinstance(value, bool) or not isinstance(value, Real) or not low <= float(value) < np.inf:
            raise DataError(f"{name} must be a number of {low} or more; found {value!r}.")
    claims = _yearly(losses)
    paid = np.clip(claims - attach_eur, 0, limit_eur)
    price = loading * float(paid.mean())
    return pd.DataFrame(
        {
            "claims_eur": claims,
            "paid_by_cover_eur": paid,
            "price_eur": price,
            "net_eur": claims - paid + price,
        }
    )


def _yearly(losses: Any) -> Array:
    """Give the yearly amounts as an array; none may be missing, for a missing year would never fail."""
    amounts = np.asarray(losses, dtype=float)
    if not amounts.size:
        raise DataError("losses has no year. Hint: storm_shares(truth, years=1000)")
    if not np.isfinite(amounts).all():
        raise DataError(
            f"losses has {int((~np.isfinite(amounts)).sum()):,} missing or infinite year(s). "
            "Hint: look at the shares and the book they come from"
        )
    return amounts


def loss_summary(losses: Any, *, premium_eur: float, capital_eur: float) -> pd.Series:
    """Sum up many years of a book: what it earns on average, its bad year, and how often it fails.

    Parameters
    ----------
    losses : array-like of float
        Costs in EUR by year (claims, and the price of cover less what it pays).
    premium_eur : float
        Premiums of a year, 0 or more.
    capital_eur : float
        What the firm can lose in one year beyond its premiums, 0 or more.

    Returns
    -------
    Series
        ``profit_eur`` (mean), ``p99_eur`` (costs of the year that one in a hundred goes beyond), ``ruin``
        (share of years whose costs are more than premiums and capital), ``ruin_low``, ``ruin_high`` (95 %,
        for the number of years drawn only).

    Raises
    ------
    DataError
        If there is no year, an amount is missing, or premium or capital is below 0.

    Examples
    --------
    >>> loss_summary([0, 0, 0, 400], premium_eur=150, capital_eur=100)[["profit_eur", "ruin"]].tolist()
    [50.0, 0.25]
    """
    from crmlab.targeting import wilson_interval

    costs = _yearly(losses)
    for name, value in (("premium_eur", premium_eur), ("capital_eur", capital_eur)):
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < np.inf:
            raise DataError(f"{name} must be a number of 0 or more; found {value!r}.")
    bad = int((costs > premium_eur + capital_eur).sum())
    low, high = wilson_interval(bad, len(costs))
    return pd.Series(
        {
            "profit_eur": premium_eur - float(costs.mean()), "p99_eur": float(np.quantile(costs, 0.99)),
            "ruin": bad / len(costs), "ruin_low": float(low), "ruin_high": float(high),
        }
    )  # fmt: skip
