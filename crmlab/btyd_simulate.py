"""Worlds of customers whose buying and leaving rates are known, to test what the models recover."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

_PARAMETERS = {
    "bg_nbd": ("r", "alpha", "a", "b"),
    "mbg_nbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
}


def simulate_btyd(
    params: Mapping[str, float], *, model: str = "bg_nbd", n_customers: int, T: Any, rng: Any
) -> pd.DataFrame:
    """Simulate customers in continuous time, with the truth that an analyst cannot see.

    Purchases are drawn one after the other at exact moments; nothing is rounded to whole days, so the moments
    of the models hold exactly (`E[X(T)]` among them).

    Parameters
    ----------
    params : mapping
        ``r, alpha, a, b`` (BG/NBD, MBG/NBD) or ``r, alpha, s, beta`` (Pareto/NBD), all positive.
    model : {"bg_nbd", "mbg_nbd", "pareto_nbd"}, default "bg_nbd"
        The world's law.
    n_customers : int
        Number of customers, 1 or more.
    T : float or array
        Age of the customers at the reporting day, in the unit of time; one for all, or one each.
    rng : int or Generator
        Seed.

    Returns
    -------
    DataFrame
        ``customer_id``, ``frequency``, ``t_x``, ``T``, and the truth: ``rate`` (lambda), ``dropout`` (the
        coin's chance p, or the rate mu of the Pareto/NBD), ``alive`` (at T).

    Raises
    ------
    DataError
        For an unknown model or parameters that are missing or not positive.

    Examples
    --------
    >>> world = simulate_btyd({"r": 1, "alpha": 5, "a": 1, "b": 3}, n_customers=3, T=20.0, rng=7)
    >>> world.columns.tolist()
    ['customer_id', 'frequency', 't_x', 'T', 'rate', 'dropout', 'alive']
    """
    if model not in _PARAMETERS:
        raise DataError(f"model must be one of {', '.join(_PARAMETERS)}; found {model!r}.")
    values = [float(params.get(name, float("nan"))) for name in _PARAMETERS[model]]
    if not all(0 < v < np.inf for v in values):
        raise DataError(f"{model} needs positive {', '.join(_PARAMETERS[model])}; found {dict(params)!r}.")
    if n_customers < 1:
        raise DataError(f"n_customers must be 1 or more; found {n_customers!r}.")
    random = np.random.default_rng(rng)
    age = np.broadcast_to(np.asarray(T, dtype=float), (n_customers,)).copy()
    rate = random.gamma(values[0], 1 / values[1], n_customers)
    if model == "pareto_nbd":
        dropout = random.gamma(values[2], 1 / values[3], n_customers)
        x, t_x, alive = _pareto(rate, dropout, age, random)
    else:
        dropout = random.beta(values[2], values[3], n_customers)
        x, t_x, alive = _coin(rate, dropout, age, random, at_birth=model == "mbg_nbd")
    width = len(str(n_customers))
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:0{width}d}" for i in range(1, n_customers + 1)],
            "frequency": x,
            "t_x": t_x,
            "T": age,
            "rate": rate,
            "dropout": dropout,
            "alive": alive,
        }
    )


def _coin(
    rate: Any, p: Any, age: Any, random: np.random.Generator, *, at_birth: bool
) -> tuple[Any, Any, Any]:
    n = len(rate)
    x, t_x = np.zeros(n, dtype=np.int64), np.zeros(n)
    alive = random.random(n) >= p if at_birth else np.ones(n, dtype=bool)
    who = np.flatnonzero(alive)
    clock = np.zeros(len(who))
    while len(who):
        with np.errstate(divide="ignore", over="ignore"):
            clock = clock + random.standard_exponential(len(who)) / rate[who]
        bought = clock <= age[who]
        who, clock = who[bought], clock[bought]
        x[who] += 1
        t_x[who] = clock
        stays = random.random(len(who)) >= p[who]
        alive[who[~stays]] = False
        who, clock = who[stays], clock[stays]
    return x, t_x, alive


def _pareto(rate: Any, mu: Any, age: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    with np.errstate(divide="ignore", over="ignore"):
        lifetime = random.standard_exponential(len(rate)) / mu
    active = np.minimum(lifetime, age)
    x = random.poisson(rate * active)
    t_x = np.where(
        x > 0, active * random.random(len(rate)) ** (1 / np.maximum(x, 1)), 0.0
    )  # latest of x moments
    return x, t_x, lifetime > age
