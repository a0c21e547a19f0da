"""Learn while selling: a bandit against a fixed test, on simulated offers whose chances are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

Array = np.ndarray[Any, np.dtype[Any]]
POLICIES = ("no test", "fixed test", "bandit", "forgetful bandit")


def race_policies(
    chances: Any,
    *,
    margin_eur: float = 1.0,
    contacts: int = 4000,
    test_share: float = 0.25,
    batches: int = 40,
    memory: float = 0.85,
    runs: int = 200,
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Race ways of choosing among offers over many runs: what each earns, and what it knows afterwards.

    "no test" sends all offers equally to the end. "fixed test" does so for the first `test_share` of the
    contacts, then sends the winner. "bandit" is Thompson sampling: for each contact it draws a chance for
    each offer from its Beta posterior (uniform at first) and sends the highest. "forgetful bandit" does the
    same, but what was counted shrinks by `memory` after each batch. Answers arrive after each batch.

    Parameters
    ----------
    chances : array-like
        True chance to order of each offer: a list, or batches x offers if the chances change with time.
    margin_eur : float, default 1.0
        Margin of an order, EUR, above 0; the same for all offers.
    contacts : int, default 4000
        Contacts in all, `batches` or more.
    test_share : float, default 0.25
        Share of the contacts in the fixed test, above 0 up to 1.
    batches : int, default 40
        How often answers come in, 2 or more.
    memory : float, default 0.85
        What a batch keeps of what was counted before, above 0 up to 1.
    runs : int, default 200
        Repetitions, 1 or more.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per run and policy: ``run``, ``policy``, ``profit_eur`` (during the whole time), ``lost_eur``
        (expected loss against always sending the offer that is best at the time), ``best_share`` (share of
        contacts that got the best), ``right_at_end`` (the offer it would choose afterwards is the best of the
        last batch), ``error`` (half the 95 % interval of the difference between the two offers that look
        best) and ``fewest`` (contacts of the offer sent least).

    Raises
    ------
    DataError
        If a number is out of range.

    References
    ----------
    Thompson, W. R. (1933). On the likelihood that one unknown probability exceeds another in view of the
    evidence of two samples. Biometrika 25, 285-294. Chapelle, O., Li, L. (2011). An empirical evaluation of
    Thompson sampling. NIPS 24.

    Examples
    --------
    >>> race = race_policies([0.02, 0.10], contacts=2000, runs=40, rng=1)
    >>> mean = race.groupby("policy")["lost_eur"].mean()
    >>> bool(mean["bandit"] < mean["fixed test"] < mean["no test"])
    True
    """
    table = np.asarray(chances, dtype=float)
    p = np.tile(table, (batches, 1)) if table.ndim == 1 else table
    if p.ndim != 2 or p.shape != (batches, p.shape[1]) or p.shape[1] < 2 or not ((p >= 0) & (p <= 1)).all():
        raise DataError(
            "chances must be two or more numbers from 0 to 1, or such a row for each of the "
            f"{batches} batches; found shape {table.shape}."
        )
    for name, value, good in (
        ("margin_eur", margin_eur, margin_eur > 0), ("contacts", contacts, contacts >= batches),
        ("test_share", test_share, 0 < test_share <= 1), ("batches", batches, batches >= 2),
        ("memory", memory, 0 < memory <= 1), ("runs", runs, runs >= 1),
    ):  # fmt: skip
        if not good:
            raise DataError(f"{name} is out of its range; found {value!r}.")
    g = np.random.default_rng(rng)
    sizes = np.diff(np.round(np.linspace(0, contacts, batches + 1)).astype(int))
    return pd.concat(
        [_run(policy, p, margin_eur, sizes, test_share, memory, runs, g) for policy in POLICIES],
        ignore_index=True,
    )


def _run(
    policy: str, p: Array, margin: float, sizes: Array, test_share: float, memory: float, runs: int,
    g: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    arms = p.shape[1]
    sent, won = np.zeros((runs, arms)), np.zeros((runs, arms))
    known_sent, known_won = np.zeros((runs, arms)), np.zeros((runs, arms))  # after forgetting
    profit, lost, best_sent = np.zeros(runs), np.zeros(runs), np.zeros(runs)
    so_far, every = 0, np.full(arms, 1 / arms)
    winner = np.zeros(runs, dtype=int)
    testing = True
    for b, size in enumerate(sizes.tolist()):
        if policy == "no test" or (policy == "fixed test" and so_far < test_share * sizes.sum()):
            share = np.tile(every, (runs, 1))
            count = g.multinomial(size, share)
        elif policy == "fixed test":
            if testing:
                winner, testing = _looks_best(sent, won), False
            count = np.zeros((runs, arms), dtype=int)
            count[np.arange(runs), winner] = size
        else:
            draw = g.beta(
                1 + known_won[:, None, :], 1 + (known_sent - known_won)[:, None, :], (runs, size, arms)
            )
            picked = draw.argmax(axis=2)
            count = np.stack([(picked == k).sum(axis=1) for k in range(arms)], axis=1)
        orders = g.binomial(count, p[b])
        profit += margin * orders.sum(axis=1)
        lost += margin * (size * p[b].max() - (count * p[b]).sum(axis=1))
        best_sent += count[:, int(p[b].argmax())]
        keep = memory if policy == "forgetful bandit" else 1.0
        sent, won = sent + count, won + orders
        known_sent, known_won = keep * known_sent + count, keep * known_won + orders
        so_far += size
    seen, hits = (known_sent, known_won) if policy == "forgetful bandit" else (sent, won)
    rate = (hits + 1) / (seen + 2)
    top = np.argsort(-rate, axis=1, kind="stable")[:, :2]
    variance = np.take_along_axis(rate * (1 - rate) / (seen + 2), top, axis=1).sum(axis=1)
    final = winner if policy == "fixed test" and not testing else _looks_best(seen, hits)
    return pd.DataFrame(
        {
            "run": np.arange(runs), "policy": policy, "profit_eur": profit, "lost_eur": lost,
            "best_share": best_sent / sizes.sum(), "right_at_end": p[-1][final] >= p[-1].max() - 1e-12,
            "error": 1.96 * np.sqrt(variance), "fewest": sent.min(axis=1).astype(int),
        }
    )  # fmt: skip


def _looks_best(sent: Array, won: Array) -> Array:
    best: Array = ((won + 1) / (sent + 2)).argmax(axis=1)
    return best
