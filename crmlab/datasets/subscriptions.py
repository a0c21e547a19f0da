"""The subscriptions world: who stays, who leaves, whom a call keeps and whom it wakes, with the truth.

Pinefold Home is a service with a contract: leaving is seen. Published are the monthly churn of carriers
(1.1 to 2.7 %, 2006-07, see the notes) and the hump of leaving in the second year; everything else here is
**our choice**. What is built in:

- each subscriber has an own, constant chance to leave in a month, drawn from a Beta distribution, so that
  retention of a cohort rises with age although nobody becomes more loyal;
- before leaving, use falls and contacts rise, for some more than for others;
- a call keeps some who would leave, changes nothing for most, and reminds some to cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.tables.subscriptions import (
    ACQUIRED_BY,
    CALL_TYPES,
    CAUSES,
    PLANS,
    REACTIONS,
    SUBSCRIBER_REGIONS,
    TERMS_MONTHS,
    WIN_BACKS,
    WORTHS,
)

Array = np.ndarray[Any, np.dtype[Any]]

SEED_SUBSCRIPTIONS = 15
FIRST = pd.Period("2021-01", "M")
TRIAL, AS_OF, END = 35, 41, 47  # last months before the trial, of the report, of the data; 0 is January 2021
SHAPE = 1.0  # first parameter of the Beta distribution of the monthly chance to leave
PRICES_EUR = np.array((15.0, 25.0, 40.0))
SAVED, WOKEN = 0.75, 0.30  # chance that a call keeps who listens and would leave; that it loses who wakes
ACCEPTS = np.array(
    ((0.55, 0.60), (0.40, 0.08), (0.10, 0.10))
)  # by reaction; columns: would stay, would leave
CAUSE_SHARES = np.array(((0.55, 0.45, 0, 0), (0, 0.2, 0.6, 0.2), (0.25, 0, 0, 0.75)))  # by reaction
RETURNS = np.array(  # chance to come back: rows CAUSES, columns WIN_BACKS
    ((0.05, 0.26, 0.06), (0.04, 0.07, 0.28), (0.02, 0.03, 0.02), (0.03, 0.09, 0.03))
)
SUBSCRIPTION_NOTES = (
    "Monthly churn: published for carriers, 1.1 % (Verizon) to 2.7 % (T-Mobile), 2.3 % for "
    "Sprint (New York Times, June 2007, as quoted at notes.kateva.org; FierceWireless 2008). Ours: 2.3 %.",
    "Each subscriber's chance to leave is constant, from a Beta distribution with first parameter 1, "
    "our choice; the second follows from the churn. A hump in the second year (x 1.5, after In-Stat's "
    "finding that years 1-2 are the riskiest) is an option of `make_subscriptions`.",
    "Signals before leaving, the reactions to a call, the letters to those who left and what they bring: "
    "our choice.",
    "`retention_offers` and `winbacks` were drawn by lot. Who came back has a new contract, not in "
    "these tables.",
    "The price rise after the first year has no effect at all: our choice, to show what a comparison "
    "makes of it.",
)


@dataclass(frozen=True)
class SubscriptionWorld:
    """The tables of the subscriptions world, and the truth about each subscriber."""

    subscribers: pd.DataFrame
    subscriber_months: pd.DataFrame
    retention_offers: pd.DataFrame
    winbacks: pd.DataFrame
    truth_subscribers: pd.DataFrame = field(repr=False)


def make_subscriptions(
    n_customers: int = 4000,
    *,
    rng: int | np.random.Generator = 15,
    monthly_churn: float = 0.023,
    hump: float = 1.0,
) -> SubscriptionWorld:
    """Make a service with contracts: subscribers, their months, two trials by lot, and the truth.

    Parameters
    ----------
    n_customers : int, default 4000
        Subscribers who started from January 2021 to June 2024: 50 to 1,000,000.
    rng : int or numpy.random.Generator, default 15
        Seed or generator; the same seed gives the same tables.
    monthly_churn : float, default 0.023
        Share of the subscribers present who leave in a month, by mid-2024: 0.002 to 0.2.
        Carriers in 2006-07: 0.011, 0.017, 0.023, 0.027.
    hump : float, default 1.0
        What every chance to leave is multiplied with in the months 13 to 24 of a subscription: 0.1 to 5.

    Returns
    -------
    SubscriptionWorld
        ``subscribers``, ``subscriber_months``, ``retention_offers``, ``winbacks`` and
        ``truth_subscribers``. Every column is explained by ``data_dictionary(table)``.

    Raises
    ------
    DataError
        If a parameter is out of range.

    Examples
    --------
    >>> made = make_subscriptions(300, rng=1)
    >>> len(made.subscribers), made.truth_subscribers["reaction"].nunique()
    (300, 3)
    """
    if (
        isinstance(n_customers, bool)
        or not isinstance(n_customers, int)
        or not 50 <= n_customers <= 1_000_000
    ):
        raise DataError(f"n_customers must be a whole number from 50 to 1,000,000; found {n_customers!r}.")
    for name, value, low, high in (("monthly_churn", monthly_churn, 0.002, 0.2), ("hump", hump, 0.1, 5)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise DataError(f"{name} must be a number from {low:g} to {high:g}; found {value!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    n = n_customers
    theta = g.beta(SHAPE, beta_of(monthly_churn), n).clip(1e-6, 1)
    z = (pd.Series(theta).rank().to_numpy() - 0.5) / n - 0.5  # place among all, -0.5 to 0.5: high leaves soon
    reaction = (g.random(n)[:, None] > np.cumsum(_shares(z), axis=1)).sum(axis=1).clip(max=2)
    cause = (g.random(n)[:, None] > CAUSE_SHARES[reaction].cumsum(axis=1)).sum(axis=1).clip(max=3)
    start = np.sort(g.integers(0, AS_OF + 1, n))
    bad = g.random(n) < 0.08
    last = start + _lifetime(theta, hump, g) - 1  # last month of service
    lead = g.integers(1, 5, n)

    there = (start <= TRIAL) & (last > TRIAL)
    treated = np.zeros(n, dtype=bool)
    who = np.flatnonzero(there)
    treated[g.permutation(who)[: (len(who) + 1) // 2]] = True
    called, taken, _ = _call(theta, reaction, last, TRIAL, g)
    path = np.where(treated, called, last)
    _, accepts, kind = _call(theta, reaction, path, AS_OF, g)
    here = path > AS_OF

    customer = np.array([f"S{i:05d}" for i in range(1, n + 1)], dtype=object)
    plan = g.choice(3, n, p=(0.40, 0.42, 0.18))
    subscribers = _subscribers(customer, start, path, plan, z, g)
    q = 1 - (1 - theta) ** 6
    effect = np.select([reaction == 0, reaction == 2], [SAVED * q, -WOKEN * (1 - q)], 0.0)
    return SubscriptionWorld(
        subscribers=subscribers,
        subscriber_months=_months(customer, start, last, path, lead, reaction, bad, g),
        retention_offers=pd.DataFrame(
            {
                "customer_id": customer[there],
                "offered_date": pd.Timestamp("2024-01-02"),
                "treated": treated[there],
                "accepted": (treated & taken)[there],
                "left": (path <= AS_OF)[there],
            }
        ),
        winbacks=_winbacks(customer, path, plan, bad, cause, g),
        truth_subscribers=pd.DataFrame(
            {
                "customer_id": customer,
                "monthly_hazard": theta,
                "cause": _words(CAUSES, cause),
                "reaction": _words(REACTIONS, reaction),
                "true_uplift": np.where(here, effect, 0.0),
                "response_type": _words(CALL_TYPES, np.where(here, kind, 4)),
                "accepts_if_called": here & accepts,
            }
        ),
    )


def beta_of(monthly_churn: float) -> float:
    """Find the second Beta parameter that gives this churn among all present by mid-2024.

    With as many starts in each of H months, a share ``(1 - S(H)) / (S(0) + ... + S(H - 1))`` of those present
    leaves in the last one, where S is the survival of the Beta-geometric.
    """
    from scipy.optimize import brentq
    from scipy.special import betaln

    t = np.arange(AS_OF + 2)

    def churn(log_beta: float) -> float:
        beta = np.exp(log_beta)
        survival = np.exp(betaln(SHAPE, beta + t) - betaln(SHAPE, beta))
        return float((1 - survival[-1]) / survival[:-1].sum() - monthly_churn)

    return float(np.exp(brentq(churn, -3, 9)))


def _shares(z: Array) -> Array:
    """Give the shares of the three reactions: who leaves soon is rather unmoved, or wakes."""
    weight = np.exp(np.column_stack([0.2 - 0.2 * z, 0.2 + 0.2 * z, -0.4 + 0.6 * z]))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _lifetime(theta: Array, hump: float, g: np.random.Generator) -> Array:
    """Draw months of service, up to 12 after the end of the data (then cut: nobody sees them)."""
    life = np.full(len(theta), END + 13)
    for month in range(1, END + 13):
        chance = np.minimum(theta * (hump if 13 <= month <= 24 else 1.0), 1)
        life[(life > END + 12) & (g.random(len(theta)) < chance)] = month
    return life


def _call(
    theta: Array, reaction: Array, last: Array, at: int, g: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Give the last month with a call, whether the offer is taken, and the type of response, 0 to 3."""
    n = len(theta)
    leaves = (last > at) & (last <= at + 6)
    saved = leaves & (reaction == 0) & (g.random(n) < SAVED)
    woken = (last > at + 6) & (reaction == 2) & (g.random(n) < WOKEN)
    later = at + 6 + g.geometric(theta)
    called = np.where(saved, later, np.where(woken, at + g.integers(1, 4, n), last))
    taken = saved | (g.random(n) < ACCEPTS[reaction, leaves.astype(int)]) & ~woken
    kind = np.select([saved, woken, leaves], [0, 3, 2], 1)
    return called, taken, kind


def _subscribers(
    customer: Array, start: Array, path: Array, plan: Array, z: Array, g: np.random.Generator
) -> pd.DataFrame:
    n = len(start)
    term = (g.random(n) < 1 / (1 + np.exp(0.2 + 2.0 * z))).astype(int)
    pull = np.exp(np.column_stack([0.2 + 0 * z, 0.2 + 2.0 * z, -0.2 - 2.0 * z, -0.3 + 0.8 * z]))
    share = (pull / pull.sum(axis=1, keepdims=True)).cumsum(axis=1)
    channel = (g.random(n)[:, None] > share).sum(axis=1).clip(max=3)
    gone = path <= END
    desk = np.where(gone, g.poisson(1.8, n), g.poisson(0.05, n))
    return pd.DataFrame(
        {
            "customer_id": customer,
            "start_date": _first_day(start),
            "plan": _words(PLANS, plan),
            "price_eur": PRICES_EUR[plan],
            "contract_months": _words(TERMS_MONTHS, term),
            "channel": _words(ACQUIRED_BY, channel),
            "region": _words(SUBSCRIBER_REGIONS, g.integers(0, 4, n)),
            "raised_date": pd.Series(_first_day(start + 12)).where(
                (path >= start + 12) & (start + 12 <= END)
            ),
            "cancel_desk_calls": desk,
            "left_date": pd.Series(_last_day(path)).where(gone),
        }
    )


def _months(
    customer: Array, start: Array, last: Array, path: Array, lead: Array, reaction: Array, bad: Array,
    g: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    n = len(start)
    usual = np.where(reaction == 2, g.gamma(4, 0.5, n), np.exp(g.normal(2.2, 0.45, n)))
    falls = np.array((0.45, 0.35, 0.70))[reaction]
    asks = np.array((1.30, 0.12, 0.02))[reaction]
    parts = []
    for month in range(AS_OF - 11, AS_OF + 1):
        end = last if month <= TRIAL else path  # before the trial nobody knows of it
        rows = np.flatnonzero((start <= month) & (end >= month))
        deciding = end[rows] - month <= lead[rows]
        dip = g.random(len(rows)) < 0.04  # away, ill, on holiday: a fall that means nothing
        rate = usual[rows] * np.where(deciding, falls[rows], 1) * np.where(dip, 0.4, 1)
        contacts = g.poisson(0.08 + np.where(deciding, asks[rows], 0.0))
        about = np.where(reaction[rows] == 0, np.where(deciding, 0.8, 0.25), 0.12)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": customer[rows],
                    "month": _first_day(np.full(len(rows), month)),
                    "uses": g.poisson(rate),
                    "contacts": contacts,
                    "plan_questions": g.binomial(contacts, about),
                    "late": (g.random(len(rows)) < np.where(bad[rows], 0.35, 0.03 + 0.07 * deciding)).astype(
                        int
                    ),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values(["customer_id", "month"], ignore_index=True)


def _winbacks(
    customer: Array, path: Array, plan: Array, bad: Array, cause: Array, g: np.random.Generator
) -> pd.DataFrame:
    rows = np.flatnonzero((path >= 12) & (path <= 38))
    offer = np.empty(len(rows), dtype=np.int64)
    offer[g.permutation(len(rows))] = np.arange(len(rows)) % 3
    return pd.DataFrame(
        {
            "customer_id": customer[rows],
            "worth": _words(WORTHS, np.where(bad[rows], 3, 2 - plan[rows])),
            "cause": _words(CAUSES, cause[rows]),
            "offer": _words(WIN_BACKS, offer),
            "returned": g.random(len(rows)) < RETURNS[cause[rows], offer],
        }
    )


def _words(words: tuple[str, ...], place: Array) -> Array:
    return np.array(words, dtype=object)[place]


def _first_day(month: Array) -> Array:
    days = np.datetime64(str(FIRST), "M") + np.minimum(month, 20 * 12).astype("timedelta64[M]")
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[us]"))


def _last_day(month: Array) -> Array:
    return np.asarray(_first_day(month + 1) - np.timedelta64(1, "D"))
