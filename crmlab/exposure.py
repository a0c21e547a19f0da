"""Risk that is nobody's behaviour: a chance common to all, what it does to a book, and cover for it."""

from __future__ import annotations

from collections.abc import Mapping
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
        If a count is out of range, or no row has a hit, or none a miss.

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

    k, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    if k.shape != n.shape or not np.all((k >= 0) & (k <= n) & (k % 1 == 0) & (n % 1 == 0)):
        raise DataError("hits must be whole numbers from 0 to trials, one for each row. Hint: hits <= trials")
    k, n = k[n > 0], n[n > 0]
    if not len(k) or k.sum() == 0 or k.sum() == n.sum():
        raise DataError(
            f"a chance needs hits and misses; found {int(k.sum()):,} hits in {int(n.sum()):,} trials. "
            "Hint: take more rows"
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
    if not len(n) or not np.all(n >= 1):
        raise DataError(f"policies must be 1 or more; found {policies!r}.")
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
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
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
        if county not in size.index or not factor >= 0:
            raise DataError(
                f"kept must give 0 or more for counties of the table ({', '.join(size.index)}); "
                f"found {county!r}: {factor!r}."
            )
        size[county] = factor
    money = rows["policies_in_force"] * rows["mean_claim_eur"] * size
    return pd.Series(shares[list(rows.index)].to_numpy() @ money.to_numpy(), name="claims_eur")


def layer_cover(losses: pd.Series, *, attach_eur: float, limit_eur: float, loading: float) -> pd.DataFrame:
    """Buy reinsurance of a layer: it pays what goes beyond `attach_eur`, at most `limit_eur` a year.

    Parameters
    ----------
    losses : Series
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
        If a number is out of range.

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
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= low:
            raise DataError(f"{name} must be a number of {low} or more; found {value!r}.")
    claims = losses.to_numpy(dtype=float)
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


def loss_summary(losses: Any, *, premium_eur: float, capital_eur: float) -> pd.Series:
    """Sum up many years of a book: what it earns on average, its bad year, and how often it fails.

    Parameters
    ----------
    losses : array-like of float
        Costs in EUR by year (claims, and the price of cover less what it pays).
    premium_eur : float
        Premiums of a year.
    capital_eur : float
        What the firm can lose in one year beyond its premiums.

    Returns
    -------
    Series
        ``profit_eur`` (mean), ``p99_eur`` (costs of the year that one in a hundred goes beyond), ``ruin``
        (share of years whose costs are more than premiums and capital), ``ruin_low``, ``ruin_high`` (95 %,
        for the number of years drawn only).

    Raises
    ------
    DataError
        If there is no year.

    Examples
    --------
    >>> loss_summary([0, 0, 0, 400], premium_eur=150, capital_eur=100)[["profit_eur", "ruin"]].tolist()
    [50.0, 0.25]
    """
    from crmlab.targeting import wilson_interval

    costs = np.asarray(losses, dtype=float)
    if not costs.size:
        raise DataError("losses has no year. Hint: storm_shares(truth, years=1000)")
    bad = int((costs > premium_eur + capital_eur).sum())
    low, high = wilson_interval(bad, len(costs))
    return pd.Series(
        {
            "profit_eur": premium_eur - float(costs.mean()), "p99_eur": float(np.quantile(costs, 0.99)),
            "ruin": bad / len(costs), "ruin_low": float(low), "ruin_high": float(high),
        }
    )  # fmt: skip
