"""Many simulated futures of all customers, summed up by group: the doubt about a plan comes from these."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from crmlab import _btyd_likelihood as likelihood
from crmlab._btyd_rows import Rows, checked, distinct
from crmlab.btyd_predict import forecast
from crmlab.contracts import DataError
from crmlab.customer_own import rate_spread
from crmlab.customer_plan import Outlook

Array = np.ndarray[Any, np.dtype[Any]]
WHAT = ("parameters", "outcomes", "both")


def outlook_draws(
    outlook: Outlook,
    groups: pd.Series,
    *,
    draws: int = 200,
    what: str = "both",
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Simulate the coming months many times and sum them up by group of customers.

    Parameters come from the normal distribution that the fit gives for their logarithms. Given them,
    a customer is still here with P(alive); if so, their rate, leaving and spend come from
    their own posterior distributions, and their purchases by chance.

    Parameters
    ----------
    outlook : Outlook
        From `customer_outlook`.
    groups : Series
        A label for each row of ``outlook.table``, in its order.
    draws : int, default 200
        20 to 20,000.
    what : {"both", "parameters", "outcomes"}
        Which uncertainty is in the draws: of the model's numbers, of what customers do, or both.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per draw and group, groups sorted: ``draw``, ``group``, ``customers``, ``lost`` (how many of
        them have left), ``margin_eur`` (discounted margin within the horizon), ``lost_margin_eur`` (what
        those who have left would bring if they were here), ``order_margin_eur`` (the margin of one
        order of each) and ``service_eur`` (cost to serve).

    Raises
    ------
    DataError
        If the labels do not fit, or `draws` or `what` is out of range.

    Examples
    --------
    >>> from crmlab.customer_plan import customer_outlook
    >>> log = pd.DataFrame({"customer_id": list("abc"), "amount_eur": [10.0, 20.0, 30.0],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])})
    >>> found = customer_outlook(log, as_of="2024-03-31", margin_rate=0.5)
    >>> outlook_draws(found, pd.Series(["x", "x", "y"]), draws=50)["group"].value_counts().to_dict()
    {'x': 50, 'y': 50}
    """
    n = len(outlook.table)
    groups = pd.Series(groups)
    if len(groups) != n:
        raise DataError(f"groups must have a label for each of the {n:,} customers; found {len(groups):,}.")
    if isinstance(draws, bool) or not isinstance(draws, Integral) or not 20 <= draws <= 20_000:
        raise DataError(f"draws must be a whole number from 20 to 20,000; found {draws!r}.")
    if what not in WHAT:
        raise DataError(f"what must be one of {', '.join(WHAT)}; found {what!r}.")
    names, which = np.unique(groups.to_numpy().astype(str), return_inverse=True)
    random = np.random.default_rng(rng)
    rows = distinct(checked(outlook.summary))  # once: the same for every draw
    weeks = outlook.stay_weeks
    per_week = outlook.table["service_eur"].to_numpy() / np.where(weeks > 0, weeks, 1)
    parts = []
    for i in range(draws):
        if outlook.fit is None:
            alive, margin, order, stay = _rate_draw(outlook, what, random)
        else:
            alive, margin, order, stay = _model_draw(outlook, what, random, rows)
        level = 1.0 if what == "outcomes" else max(random.normal(1, outlook.service_error), 0.0)
        sums = {
            "lost": 1 - alive,
            "margin_eur": alive * margin,
            "lost_margin_eur": (1 - alive) * margin,
            "order_margin_eur": order,
            "service_eur": per_week * alive * stay * level,
        }
        found = {name: np.bincount(which, weights=values) for name, values in sums.items()}
        parts.append(pd.DataFrame({"draw": i, "group": names, "customers": np.bincount(which), **found}))
    return pd.concat(parts, ignore_index=True)


def _drawn(params: pd.Series, covariance: pd.DataFrame, random: np.random.Generator) -> Array:
    """Draw positive parameters: normal in the logarithms, at most a factor of e squared away."""
    point = params.to_numpy(dtype=float)
    logs = covariance.to_numpy() / np.outer(point, point)
    step = random.multivariate_normal(
        np.zeros(len(point)), (logs + logs.T) / 2, method="eigh", check_valid="ignore"
    )
    return np.asarray(point * np.exp(np.clip(step, -2, 2)))


def _model_draw(
    outlook: Outlook, what: str, random: np.random.Generator, distinct_rows: tuple[Rows, Array]
) -> tuple[Array, Array, Array, Array]:
    """Give for one future: still here (0 to 1), margin if here, margin of one order, weeks if here."""
    fit, summary = outlook.fit, outlook.summary
    assert fit is not None
    params = (
        fit.params.to_numpy(dtype=float) if what == "outcomes" else _drawn(fit.params, fit.covariance, random)
    )
    rows, row = distinct_rows
    used = replace(fit, params=pd.Series(params, index=fit.params.index))
    x, age = summary["frequency"].to_numpy(dtype=float), summary["T"].to_numpy(dtype=float)
    money = summary["monetary_eur"].to_numpy(dtype=float)
    scale = outlook.shares * outlook.discount
    if what == "parameters":
        p_alive, mean = (part[row] for part in forecast(used, rows, np.array([outlook.weeks])))
        order = _mean_order(outlook, x, money, random) * outlook.shares
        if_alive = np.where(p_alive > 1e-9, mean[:, 0] / np.maximum(p_alive, 1e-9), 0.0)
        pace = (params[0] + x) / (params[1] + age)
        return p_alive, if_alive * order * outlook.discount, order, np.minimum(if_alive / pace, outlook.weeks)
    if fit.model == "pareto_nbd":
        p_alive = likelihood.pareto_parts(params, rows.x, rows.t_x, rows.T)[1][row]
    else:
        p_alive = forecast(used, rows, np.zeros(1))[0][row]
    alive = (random.random(len(x)) < p_alive).astype(float)
    rate = random.gamma(params[0] + x) / (params[1] + age)
    if fit.model == "pareto_nbd":
        leaving = random.gamma(params[2], size=len(x)) / (params[3] + age)
        stay = np.minimum(random.exponential(size=len(x)) / np.maximum(leaving, 1e-12), outlook.weeks)
        bought = random.poisson(rate * stay)
    else:
        tosses = x + (fit.model == "mbg_nbd")
        coin = np.clip(random.beta(params[2], params[3] + tosses), 1e-12, 1 - 1e-12)
        last = np.minimum(np.ceil(random.exponential(size=len(x)) / -np.log1p(-coin)), 1e9)  # then leaves
        stay = np.minimum(random.gamma(last) / np.maximum(rate, 1e-12), outlook.weeks)
        inside = random.poisson(rate * outlook.weeks)
        bought = np.minimum(inside, last.astype(np.int64))
    spent, order = _spent(outlook, bought, x, money, what, random)
    return alive, spent * scale, order * outlook.shares, stay


def _spend_params(outlook: Outlook, what: str, random: np.random.Generator) -> tuple[float, float, float]:
    assert outlook.spend_fit is not None
    spend = outlook.spend_fit
    found = (
        spend.params.to_numpy(dtype=float)
        if what == "outcomes"
        else _drawn(spend.params, spend.covariance, random)
    )
    return float(found[0]), max(float(found[1]), 1.05), float(found[2])  # q of 1 or less has no finite mean


def _mean_order(outlook: Outlook, x: Array, money: Array, random: np.random.Generator) -> Array:
    if outlook.spend_fit is None:
        amounts = outlook.amounts_eur
        return np.asarray(random.choice(amounts, len(amounts)).mean() * _level(outlook))
    p, q, gamma = _spend_params(outlook, "both", random)
    return np.asarray(p * (x * money + gamma) / (p * x + q - 1))


def _spent(
    outlook: Outlook, bought: Array, x: Array, money: Array, what: str, random: np.random.Generator
) -> tuple[Array, Array]:
    """Draw what each customer spends on so many purchases, and on one more."""
    if outlook.spend_fit is None:
        one = random.choice(outlook.amounts_eur, len(x)) * _level(outlook)
        return _from_log(outlook, bought, random), one
    p, q, gamma = _spend_params(outlook, what, random)
    dear = 1 / (random.gamma(p * x + q) / (gamma + x * money))  # the customer's own level
    return random.gamma(p * bought) * dear, random.gamma(p, size=len(x)) * dear


def _level(outlook: Outlook) -> Array:
    """Give each customer's expected order as a multiple of everybody's mean."""
    mean = float(outlook.amounts_eur.mean())
    return outlook.order_eur / mean if mean > 0 else np.ones(len(outlook.order_eur))


def _from_log(outlook: Outlook, bought: Array, random: np.random.Generator) -> Array:
    who = np.repeat(np.arange(len(bought)), bought)
    drawn = np.bincount(who, weights=random.choice(outlook.amounts_eur, len(who)), minlength=len(bought))
    return np.asarray(drawn * _level(outlook))


def _rate_draw(outlook: Outlook, what: str, random: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Draw a future where nobody leaves: the level of all rates (Jeffreys' prior), each rate, the orders."""
    summary, n = outlook.summary, len(outlook.summary)
    counts, ages = (summary[c].to_numpy(dtype=float) for c in ("frequency", "T"))
    mean = outlook.table["expected_orders"].to_numpy(dtype=float)
    if what != "outcomes":
        repeats = 0.5 + float(counts.sum())
        mean = mean * random.gamma(repeats) / repeats
    one, stay = np.ones(n), np.full(n, outlook.weeks)
    scale = outlook.shares * outlook.discount
    if what == "parameters":
        order = _mean_order(outlook, counts, counts, random)
        return one, mean * order * scale, order * outlook.shares, stay
    rate, spread = rate_spread(counts, ages)
    if spread > 0:
        shape = rate**2 / spread + counts
        mean = mean * random.gamma(shape) / shape
    spent, order = _spent(outlook, random.poisson(mean), counts, counts, what, random)
    return one, spent * scale, order * outlook.shares, stay
