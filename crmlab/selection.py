"""Whom to select: two whales, fit and potential, the lift of a list, and the spiral of ending losers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.pareto import customer_values
from crmlab.targeting import wilson_interval

# Parameters of log-normal margin and cost that give the two readings of Sherden's sentence: sigma of the
# margin (best fifth holds .67 of it), sigma of the cost, mean cost per unit of margin, correlation of logs.
# The sentence is published; these numbers are ours, found by search.
SHERDEN = {"half of the 80": (1.28, 1.479, 0.625, 0.497), "half of all": (1.28, 1.556, 0.701, 0.520)}

_RULES = (  # fit, potential: what to do
    ("good", "high", "win", "争取", "a customer for us: offer more, give care"),
    ("good", "low", "keep", "保持", "keep at low cost; small can be good"),
    ("poor", "high", "repair", "改善", "first change how we serve, then grow"),
    ("poor", "low", "do not court", "不主动争取", "serve when asked; spend nothing to win more"),
)


def sherden_customers(reading: str, *, n_customers: int = 5000) -> pd.DataFrame:
    """Make customers whose whale curve is one reading of Sherden's 80/20/30 sentence.

    Margin and cost are log-normal with correlated logarithms. Nothing is drawn at random: the customers lie
    on an even lattice of quantiles, so the headline does not wobble from seed to seed.

    Parameters
    ----------
    reading : {"half of the 80", "half of all"}
        Half of *what* the bottom 30 % lose: of the 80 that the best make (133 % and -67 % of what is left),
        or of all 100 (160 % and -100 %).
    n_customers : int, default 5000
        200 to 1,000,000. Small worlds cut the tails: with 5,000 the shares are met to about 2 points.

    Returns
    -------
    DataFrame
        ``customer_id``, ``margin_eur`` (mean about 1 EUR), ``cost_eur`` and ``profit_eur``.

    Raises
    ------
    DataError
        If `reading` or `n_customers` is none of these.

    Notes
    -----
    Sherden's sentence is known from Kotler, without a data set behind it. That the sentence can be met by
    some world does not make it a law.

    Examples
    --------
    >>> from crmlab.pareto import whale_curve, whale_summary
    >>> whale = whale_summary(whale_curve(sherden_customers("half of the 80")))
    >>> round(float(whale["top_20_share"]), 2), round(float(whale["unprofitable_share"]), 2)
    (1.32, 0.3)
    """
    from scipy.special import ndtri

    if reading not in SHERDEN:
        raise DataError(f"reading must be one of {', '.join(map(repr, SHERDEN))}; found {reading!r}.")
    whole = isinstance(n_customers, int | np.integer) and not isinstance(n_customers, bool)
    if not whole or not 200 <= n_customers <= 1_000_000:
        raise DataError(f"n_customers must be a whole number from 200 to 1,000,000; found {n_customers!r}.")
    spread_margin, spread_cost, mean_cost, rho = SHERDEN[reading]
    i = np.arange(n_customers)
    one, two = ndtri((i + 0.5) / n_customers), ndtri((i * (np.sqrt(5) - 1) / 2 + 0.5) % 1)
    margin = np.exp(spread_margin * one - spread_margin**2 / 2)
    logs = rho * one + np.sqrt(1 - rho**2) * two
    cost = mean_cost * np.exp(spread_cost * logs - spread_cost**2 / 2)
    names = [f"S{k:07d}" for k in range(1, n_customers + 1)]
    return pd.DataFrame(
        {"customer_id": names, "margin_eur": margin, "cost_eur": cost, "profit_eur": margin - cost}
    )


def fit_potential(table: pd.DataFrame, *, cost_ratio: float = 0.5) -> pd.DataFrame:
    """Sort customers by fit (门当户对) and potential with a rule table that leaves nobody out.

    Fit is good if serving the customer takes no more than `cost_ratio` of their margin: what they need is
    what the firm does well. Potential is high if recent orders are more than the earlier ones.

    Parameters
    ----------
    table : DataFrame
        ``customer_id``, ``margin_eur``, ``activity_cost_eur``, ``recent_orders`` and ``earlier_orders``.
    cost_ratio : float, default 0.5
        0 to 1.

    Returns
    -------
    DataFrame
        The table with ``fit`` ("good" or "poor"), ``potential`` ("high" or "low"), ``choice`` ("win",
        "keep", "repair" or "do not court"), ``choice_zh`` and ``meaning``.

    Raises
    ------
    DataError
        If a column is missing or `cost_ratio` is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "margin_eur": [30.0, 30.0],
    ...     "activity_cost_eur": [5.0, 40.0], "recent_orders": [3, 1], "earlier_orders": [1, 1]})
    >>> fit_potential(table)["choice"].tolist()
    ['win', 'do not court']
    """
    need = ["customer_id", "margin_eur", "activity_cost_eur", "recent_orders", "earlier_orders"]
    require_columns(table, need, name="table")
    if not 0 <= cost_ratio <= 1:
        raise DataError(f"cost_ratio must be between 0 and 1; found {cost_ratio!r}.")
    margin, cost = table["margin_eur"], table["activity_cost_eur"]
    fit = np.where((margin > 0) & (cost <= cost_ratio * margin), "good", "poor")
    potential = np.where(table["recent_orders"] > table["earlier_orders"], "high", "low")
    rules = pd.DataFrame(_RULES, columns=["fit", "potential", "choice", "choice_zh", "meaning"])
    out = table.assign(fit=fit, potential=potential)
    named = out[["fit", "potential"]].merge(rules, on=["fit", "potential"], how="left")
    return out.assign(**{c: named[c].to_numpy() for c in ("choice", "choice_zh", "meaning")})


def lift_table(
    table: pd.DataFrame, *, score: str, outcome: str, tops: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5)
) -> pd.DataFrame:
    """Ask how many of the best-scored hold what is looked for, beside the base rate (提升度).

    Parameters
    ----------
    table : DataFrame
        One row per prospect, with the two columns.
    score : str
        Column of numbers, high is good. Equal scores share their places by lot, on average: they do not
        depend on the order of rows.
    outcome : str
        Column of True/False (or 1/0).
    tops : tuple of float, default (0.1, 0.2, 0.3, 0.5)
        Shares of the list, best first, above 0 and at most 1.

    Returns
    -------
    DataFrame
        One row per share: ``top``, ``prospects`` (so many are addressed), ``hits``, ``rate``, ``rate_low``,
        ``rate_high`` (Wilson, 95 %), ``base_rate`` (of everybody), ``lift`` (rate / base rate), ``lift_low``
        and ``lift_high`` (base rate taken as known).

    Raises
    ------
    DataError
        If a column is missing, nobody has the outcome, or a share is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"score": [4, 3, 2, 1], "loyal": [True, True, False, False]})
    >>> lift_table(table, score="score", outcome="loyal", tops=(0.5,))[["hits", "rate", "lift"]]
       hits  rate  lift
    0   2.0   1.0   2.0
    """
    require_columns(table, [score, outcome], name="table")
    hit = table[outcome].to_numpy().astype(float)
    if not len(hit) or not hit.sum():
        raise DataError(f"nobody has the outcome {outcome!r}: there is no base rate to compare with.")
    if not tops or not all(0 < t <= 1 for t in tops):
        raise DataError(f"tops must be shares above 0 and at most 1; found {tops!r}.")
    groups = pd.Series(hit).groupby(table[score].to_numpy(dtype=float)).agg(["size", "sum"])[::-1]
    people = np.concatenate([[0], groups["size"].cumsum()])
    found = np.concatenate([[0], groups["sum"].cumsum()])
    n = np.array([max(1, int(np.floor(t * len(hit) + 0.5))) for t in tops])
    hits = np.interp(n, people, found)
    low, high = wilson_interval(hits, n)
    base = hit.mean()
    return pd.DataFrame(
        {
            "top": tops, "prospects": n, "hits": hits, "rate": hits / n, "rate_low": low, "rate_high": high,
            "base_rate": base, "lift": hits / n / base, "lift_low": low / base, "lift_high": high / base,
        }
    )  # fmt: skip


def death_spiral(table: pd.DataFrame, *, fixed_cost_eur: float, by: str = "profit_eur") -> pd.DataFrame:
    """Follow what happens if fixed cost is shared out by head and every "loser" is ended, again and again.

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``customer_id`` and the column named in `by`.
    fixed_cost_eur : float
        A cost that stays whoever leaves (rent, systems), 0 or more.
    by : str, default "profit_eur"
        Profit before the fixed cost.

    Returns
    -------
    DataFrame
        One row per round until nobody is ended any more: ``round`` (0 is before the first cut),
        ``customers``, ``share_eur`` (of the fixed cost, per customer), ``ended`` (customers below zero after
        it), ``firm_profit_eur`` (profit of these customers less the whole fixed cost).

    Raises
    ------
    DataError
        If a column is missing, a customer is repeated, or the fixed cost is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "profit_eur": [50.0, 30.0, 15.0]})
    >>> death_spiral(table, fixed_cost_eur=60.0)[["round", "customers", "ended", "firm_profit_eur"]]
       round  customers  ended  firm_profit_eur
    0      0          3      1             35.0
    1      1          2      0             20.0
    """
    if not 0 <= fixed_cost_eur < np.inf:
        raise DataError(f"fixed_cost_eur must be 0 or more; found {fixed_cost_eur!r}.")
    profit = np.sort(np.asarray(customer_values(table, by), dtype=float))
    rows: list[dict[str, Any]] = []
    for step in itertools.count():
        share = fixed_cost_eur / max(len(profit), 1)
        loser = profit < share
        rows.append(
            {
                "round": step, "customers": len(profit), "share_eur": share, "ended": int(loser.sum()),
                "firm_profit_eur": float(profit.sum() - fixed_cost_eur),
            }
        )  # fmt: skip
        if not loser.any():
            break
        profit = profit[~loser]
    return pd.DataFrame(rows)
