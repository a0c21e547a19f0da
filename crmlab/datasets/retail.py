"""The retail world: Pinefold, a made-up seller of home goods, with the truth about each of its customers.

How a customer behaves is a published model; which customer is which is known:

- purchases follow the Pareto/NBD model [1]_: while they are a customer, each buys at random times at a
  rate of their own, and leaves at a random day of their own;
- amounts follow the gamma-gamma model [2]_;
- a letter changes buying only as the truth sheet says, and who got one was drawn by lot;
- concentration and the whale curve are calibrated to the ranges that ``datasets/README.md`` cites.

.. [1] Schmittlein, D. C., Morrison, D. G., Colombo, R. (1987). Counting Your Customers. Management Science
   33(1), 1-24.
.. [2] Fader, P. S., Hardie, B. G. S. (2013). The Gamma-Gamma Model of Monetary Value.
   brucehardie.com/notes/025.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import (
    CATEGORIES,
    CHANNELS,
    CONTACT_CHANNELS,
    CUSTOMER_KINDS,
    LEAVE_REASONS,
    REGIONS,
    RESPONSE_TYPES,
    DataError,
)  # fmt: skip

Array = np.ndarray[Any, np.dtype[Any]]

START, AS_OF, END = (pd.Timestamp(day) for day in ("2022-01-01", "2023-12-31", "2024-12-31"))
FAR = pd.Timestamp("2099-12-31")  # stands for "stays longer than anyone will look"
CAMPAIGNS = (("autumn 2023", "2023-10-02", "2023-11-26"), ("spring 2024", "2024-01-15", "2024-03-10"))
LETTER_WEEKS = 8
LETTER_DELAY_DAYS = 14  # mean time from a letter to the extra order that it makes
CATEGORY_WEIGHTS = (0.12, 0.24, 0.20, 0.12, 0.22, 0.10)
CATEGORY_MARGIN = (
    -0.063,
    0.037,
    -0.014,
    0.007,
    0.027,
    -0.053,
)  # added to the customer's margin share; mean 0
WHOLE_RETURN = 0.7  # share of refunds that take back the whole order; the others take back 20 to 80 %
MEAN_PART_RETURNED = WHOLE_RETURN + (1 - WHOLE_RETURN) * 0.5


@dataclass(frozen=True)
class Kind:
    """What one kind of customer is like: the parameters of purchase, stay, spend, margin and service.

    `r`, `alpha` and `s`, `beta` are the gamma distributions of the purchase rate and of the drop-out
    rate per week (Pareto/NBD); `p`, `q`, `gamma` the gamma-gamma spend model in EUR.
    """

    r: float
    alpha: float
    s: float
    beta: float
    p: float
    q: float
    gamma: float
    margin: float
    service_eur_year: float
    service_sigma: float
    channel: tuple[float, float, float]
    contact: tuple[float, float, float, float]


# r, alpha, s, p and q: the Pareto/NBD and gamma-gamma fits to CDNOW (Fader, Hardie, Lee 2005, Marketing
# Science 24(2); Fader, Hardie 2013). A choice of ours: beta is doubled (home goods buyers stay longer), gamma
# is in EUR of this firm.
CONSUMER = Kind(
    r=0.553, alpha=10.578, s=0.606, beta=24.0, p=6.25, q=3.74, gamma=27.8, margin=0.44,
    service_eur_year=57.0, service_sigma=1.35, channel=(0.45, 0.55, 0.0), contact=(0.45, 0.30, 0.25, 0.0),
)  # fmt: skip
BUSINESS = Kind(
    r=0.9, alpha=9.0, s=0.55, beta=45.0, p=5.0, q=3.74, gamma=110.0, margin=0.31,
    service_eur_year=220.0, service_sigma=0.95, channel=(0.10, 0.45, 0.45), contact=(0.40, 0.28, 0.06, 0.26),
)  # fmt: skip


@dataclass(frozen=True)
class RetailSettings:
    """The knobs of the retail world.

    Parameters
    ----------
    consumer, business : Kind
        What the two kinds of customer are like.
    business_share : float, default 0.08
        Share of business buyers, 0 to 1.
    letter_strength : float, default 1.0
        Multiplies what letters do, 0 to 1; 0 switches them off (then purchases follow Pareto/NBD exactly).
    service_spend_correlation : float, default 0.5
        Rank correlation, -1 to 1, between a customer's spend and the cost of serving them.
    letter_cost_eur : float, default 1.1
        Cost of one letter, 0 or more.
    """

    consumer: Kind = CONSUMER
    business: Kind = BUSINESS
    business_share: float = 0.08
    letter_strength: float = 1.0
    service_spend_correlation: float = 0.5
    letter_cost_eur: float = 1.1


@dataclass(frozen=True)
class World:
    """The tables of a simulated firm, and the truth about its customers (see the data dictionary)."""

    customers: pd.DataFrame
    orders: pd.DataFrame
    returns: pd.DataFrame
    campaigns: pd.DataFrame
    letters: pd.DataFrame
    contacts: pd.DataFrame
    survey: pd.DataFrame
    complaints: pd.DataFrame
    truth: pd.DataFrame = field(repr=False)


def make_retail(
    *, n_customers: int = 6000, rng: int | np.random.Generator = 7, settings: RetailSettings | None = None
) -> World:
    """Make a retail world and its truth sheet.

    Parameters
    ----------
    n_customers : int, default 6000
        Number of customers, 2 to 5,000,000. A million take about half a minute and 3 GB.
    rng : int or numpy.random.Generator, default 7
        Seed or generator; the same seed gives the same world.
    settings : RetailSettings, optional
        The knobs; the published calibration when left out.

    Returns
    -------
    World
        Eight observable tables and ``truth``; every column is explained by ``data_dictionary(table)``.
        The days run from 2022-01-01 to 2024-12-31. Lessons report as of 2023-12-31 and keep 2024 as holdout.

    Raises
    ------
    DataError
        If `n_customers`, `rng` or a setting is out of its range.

    Examples
    --------
    >>> world = make_retail(n_customers=100, rng=1)
    >>> len(world.customers), len(world.truth)
    (100, 100)
    >>> bool(world.orders["order_date"].is_monotonic_increasing)
    True
    """
    if (
        isinstance(n_customers, bool)
        or not isinstance(n_customers, int | np.integer)
        or not 2 <= n_customers <= 5_000_000
    ):
        raise DataError(f"n_customers must be a whole number from 2 to 5,000,000; found {n_customers!r}.")
    knobs = settings or RetailSettings()
    if not 0 <= knobs.business_share <= 1:
        raise DataError(f"business_share must be between 0 and 1; found {knobs.business_share!r}.")
    if not -1 <= knobs.service_spend_correlation <= 1:
        raise DataError(
            f"service_spend_correlation must be between -1 and 1; found {knobs.service_spend_correlation!r}."
        )
    if not 0 <= knobs.letter_strength <= 1:
        raise DataError(f"letter_strength must be between 0 and 1; found {knobs.letter_strength!r}.")
    if not 0 <= knobs.letter_cost_eur < np.inf:
        raise DataError(f"letter_cost_eur must be 0 or more; found {knobs.letter_cost_eur!r}.")
    for kind in (knobs.consumer, knobs.business):
        for name in ("r", "alpha", "s", "beta", "p", "q", "gamma", "service_eur_year", "service_sigma"):
            value = getattr(kind, name)
            if not 0 < value < np.inf:
                raise DataError(f"{name} of a kind of customer must be above 0; found {value!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    people = _people(n_customers, g, knobs)
    letters = _letters(people, g)
    orders = _orders(people, letters, g, knobs)
    returns = _returns(people, orders, g)
    log = _order_log(people, orders, returns)
    return World(
        customers=_customer_table(people, g),
        orders=log,
        returns=_return_table(people, returns),
        campaigns=pd.DataFrame(
            {
                "campaign_id": [c[0] for c in CAMPAIGNS],
                "start_date": pd.to_datetime([c[1] for c in CAMPAIGNS]),
                "end_date": pd.to_datetime([c[2] for c in CAMPAIGNS]),
                "letter_cost_eur": knobs.letter_cost_eur,
            }
        ),
        letters=pd.concat(
            pd.DataFrame(
                {"campaign_id": name, "customer_id": people["customer_id"][known], "treated": treated}
            )
            for name, known, treated in letters
        ).reset_index(drop=True),
        contacts=_contacts(people, g, knobs),
        survey=_survey(people, g),
        complaints=_complaints(people, g),
        truth=_truth(people),
    )


def _people(n: int, g: np.random.Generator, knobs: RetailSettings) -> dict[str, Any]:
    """Draw every customer's true traits as arrays, in the order in which they joined."""
    days = (END - START).days
    share_before = 0.82  # of the customers join in the two years before AS_OF
    before = g.random(n) < share_before
    first, cut = (AS_OF - START).days + 1, days - 60
    join = np.sort(np.where(before, g.integers(0, first, n), g.integers(first, cut, n)))
    business = g.random(n) < knobs.business_share
    satisfaction = g.standard_normal(n)

    def per_kind(name: str) -> Array:
        each: Array = np.where(business, getattr(knobs.business, name), getattr(knobs.consumer, name))
        return each

    rate = g.gamma(per_kind("r")) / per_kind("alpha")
    leaving = np.empty(n)
    for mine, kind in (
        (business, knobs.business),
        (~business, knobs.consumer),
    ):  # the dissatisfied leave sooner
        drawn = g.gamma(kind.s, 1 / kind.beta, mine.sum())
        leaving[mine] = _with_rank_correlation(drawn, -satisfaction[mine], 0.35, g)
    weeks = g.exponential(1, n) / np.maximum(leaving, 1e-12)
    mean_order = per_kind("p") / (g.gamma(per_kind("q")) / per_kind("gamma"))
    worth = np.log(np.maximum(rate, 1e-9) * mean_order)
    margin = np.clip(
        g.normal(per_kind("margin"), 0.06) - business * 0.04 * _ranks(worth, business), 0.05, 0.75
    )
    service = np.empty(n)
    for mine, kind in ((business, knobs.business), (~business, knobs.consumer)):
        drawn = g.lognormal(
            np.log(kind.service_eur_year) - kind.service_sigma**2 / 2, kind.service_sigma, mine.sum()
        )
        service[mine] = _with_rank_correlation(drawn, worth[mine], knobs.service_spend_correlation, g)
    returning = g.beta(0.09 * 12, 0.91 * 12, n)  # mean 9 % of orders, kappa 12
    serial = g.random(n) < 0.008
    returning[serial] = g.beta(14, 6, serial.sum())
    position = _ranks(rate, np.ones(n, dtype=bool))  # -1 for the rarest buyers, 1 for the most frequent
    kind_of = _pick(
        g,
        np.stack([0.26 - 0.18 * position, 0.30 + 0.25 * position, 0.36 - 0.09 * position, np.full(n, 0.08)]),
    )
    effect = np.select(
        [kind_of == 0, kind_of == 3], [g.uniform(0.2, 0.5, n), -0.5 * np.minimum(rate * LETTER_WEEKS, 2)], 0.0
    )
    gone = np.minimum(join + np.ceil(weeks * 7), (FAR - START).days).astype(np.int64)
    low = 1 / (1 + np.exp(2 * satisfaction))  # near 1 for the dissatisfied
    reason = _pick(
        g, np.stack([np.full(n, 0.14), np.full(n, 0.2), 0.22 + 0 * low, 0.06 + 0.5 * low, 0.28 - 0.1 * low])
    )
    return {
        "customer_id": _ids("C", np.arange(1, n + 1), 5 if n < 100_000 else 7),
        "business": business, "join": join, "gone": gone, "rate": rate, "leaving": leaving,
        "satisfaction": satisfaction, "mean_order": mean_order, "shape": per_kind("p"), "margin": margin,
        "service": service, "returning": returning, "response": kind_of,
        "effect": effect * knobs.letter_strength, "reason": reason, "last": np.minimum(gone, days + 1),
    }  # fmt: skip


def _letters(people: dict[str, Any], g: np.random.Generator) -> list[tuple[str, Array, Array]]:
    drawn = []
    for name, start, _ in CAMPAIGNS:
        known = np.flatnonzero(people["join"] < (pd.Timestamp(start) - START).days)
        treated = np.zeros(len(known), dtype=bool)
        treated[g.permutation(len(known))[: len(known) // 2]] = True
        drawn.append((name, known, treated))
    return drawn


def _orders(
    people: dict[str, Any], letters: list[Any], g: np.random.Generator, knobs: RetailSettings
) -> dict[str, Array]:
    n = len(people["join"])
    weeks = (people["last"] - people["join"]) / 7
    who = np.concatenate([np.arange(n), np.repeat(np.arange(n), g.poisson(people["rate"] * weeks))])
    day = people["join"][who].astype(np.int64)
    later = slice(n, None)
    span = people["last"][who[later]] - people["join"][who[later]]
    day[later] += np.floor(g.random(len(span)) * span).astype(np.int64)
    for (_, known, treated), (_, start, end) in zip(letters, CAMPAIGNS, strict=True):
        first, last = ((pd.Timestamp(d) - START).days for d in (start, end))
        written = np.zeros(n, dtype=bool)
        written[known[treated]] = True
        annoyed = written & (people["effect"] < 0)
        share = (
            0.5 * knobs.letter_strength
        )  # of the orders in the window that an annoyed customer does not make
        skip = (
            annoyed[who]
            & (day >= first)
            & (day <= last)
            & (g.random(len(who)) < share)
            & (day > people["join"][who])
        )
        who, day = who[~skip], day[~skip]
        moved = np.flatnonzero(written & (g.random(n) < people["effect"]))
        when = first + np.minimum(g.exponential(LETTER_DELAY_DAYS, len(moved)), last - first).astype(np.int64)
        still = when < people["last"][moved]
        who, day = np.concatenate([who, moved[still]]), np.concatenate([day, when[still]])
    order = np.lexsort((who, day))
    who, day = who[order], day[order]
    amount = np.maximum(
        np.round(g.gamma(people["shape"][who]) * (people["mean_order"] / people["shape"])[who], 2), 0.01
    )
    category = g.choice(len(CATEGORIES), len(who), p=CATEGORY_WEIGHTS)
    share = np.clip(
        people["margin"][who] + np.array(CATEGORY_MARGIN)[category] + g.normal(0, 0.03, len(who)), -0.2, 0.9
    )
    chances = np.where(people["business"][:, None], knobs.business.channel, knobs.consumer.channel)
    channel = _pick(g, chances[who].T)
    return {
        "who": who,
        "day": day,
        "amount": amount,
        "margin": np.round(amount * share, 2),
        "channel": channel,
        "category": category,
    }


def _returns(people: dict[str, Any], orders: dict[str, Array], g: np.random.Generator) -> dict[str, Array]:
    back = np.flatnonzero(g.random(len(orders["who"])) < people["returning"][orders["who"]])
    day = orders["day"][back] + 2 + g.integers(0, 26, len(back))
    inside = day <= (END - START).days
    back, day = back[inside], day[inside]
    whole = g.random(len(back)) < WHOLE_RETURN
    part = np.where(whole, 1.0, g.uniform(0.2, 0.8, len(back)))
    return {
        "order": back, "day": day, "part": part,
        "reason": g.choice(4, len(back), p=(0.45, 0.2, 0.25, 0.1)),
        "cost": np.round(g.gamma(9, 0.9, len(back)), 2),
    }  # fmt: skip


def _order_log(people: dict[str, Any], orders: dict[str, Array], returns: dict[str, Array]) -> pd.DataFrame:
    """Give sales and refunds as one log, by day; a refund takes its share of amount and margin back."""
    back, part = returns["order"], returns["part"]
    who = np.concatenate([orders["who"], orders["who"][back]])
    day = np.concatenate([orders["day"], returns["day"]])
    digits = 6 if len(orders["who"]) < 1_000_000 else 8
    orders["order_id"] = _ids("O", np.arange(1, len(orders["who"]) + 1), digits)
    returns["order_id"] = _ids("R", np.arange(1, len(back) + 1), digits)
    returns["sold_order_id"], returns["who"] = orders["order_id"][back], orders["who"][back]
    kind = np.concatenate([np.zeros(len(orders["who"])), np.ones(len(back))])
    log = pd.DataFrame(
        {
            "order_id": np.concatenate([orders["order_id"], returns["order_id"]]),
            "customer_id": people["customer_id"][who],
            "order_date": START + pd.to_timedelta(day, unit="D"),
            "amount_eur": np.concatenate([orders["amount"], -np.round(orders["amount"][back] * part, 2)]),
            "margin_eur": np.concatenate([orders["margin"], -np.round(orders["margin"][back] * part, 2)]),
            "channel": _labels(CHANNELS, np.concatenate([orders["channel"], orders["channel"][back]])),
            "category": _labels(CATEGORIES, np.concatenate([orders["category"], orders["category"][back]])),
        }
    )
    return log.iloc[np.lexsort((kind, day))].reset_index(drop=True)


def _return_table(people: dict[str, Any], returns: dict[str, Array]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": returns["order_id"],
            "sold_order_id": returns["sold_order_id"],
            "customer_id": people["customer_id"][returns["who"]],
            "return_date": START + pd.to_timedelta(returns["day"], unit="D"),
            "reason": _labels(("changed mind", "damaged", "wrong size", "late delivery"), returns["reason"]),
            "handling_cost_eur": returns["cost"],
        }
    )


def _customer_table(people: dict[str, Any], g: np.random.Generator) -> pd.DataFrame:
    n, business = len(people["join"]), people["business"]
    sector = _labels(("hotel", "office", "restaurant", "interior design"), g.integers(0, 4, n))
    through = _pick(g, np.where(business[:, None], (0.05, 0.25, 0.20, 0.50), (0.40, 0.40, 0.20, 0.0)).T)
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"],
            "customer_kind": _labels(CUSTOMER_KINDS, business.astype(int)),
            "join_date": START + pd.to_timedelta(people["join"], unit="D"),
            "region": _labels(REGIONS, g.choice(4, n, p=(0.3, 0.2, 0.27, 0.23))),
            "acquired_through": _labels(("shop", "search", "referral", "sales visit"), through),
            "birth_year": pd.array(np.clip(np.round(g.normal(1977, 14, n)), 1935, 2004), dtype="Int64"),
            "household_size": pd.array(1 + g.binomial(5, 0.28, n), dtype="Int64"),
            "sector": sector,
            "newsletter": g.random(n) < 0.4,
        }
    ).assign(
        birth_year=lambda t: t["birth_year"].mask(business),
        household_size=lambda t: t["household_size"].mask(business),
        sector=lambda t: t["sector"].where(business),
    )


def _contacts(people: dict[str, Any], g: np.random.Generator, knobs: RetailSettings) -> pd.DataFrame:
    """Contacts while they are a customer, so many that their mean cost a year is the true service cost."""
    minutes, euro = np.array([8.0, 7.0, 9.0, 50.0]), np.array([2.0, 1.2, 0.9, 2.1])  # per contact, per minute
    chances = np.where(people["business"][:, None], knobs.business.contact, knobs.consumer.contact)
    years = (people["last"] - people["join"]) / 365.25
    per_contact = chances @ (minutes * euro)
    who = np.repeat(np.arange(len(years)), g.poisson(people["service"] / per_contact * years))
    day = people["join"][who] + np.floor(g.random(len(who)) * (people["last"] - people["join"])[who]).astype(
        np.int64
    )
    channel = _pick(g, chances[who].T)
    spent = np.maximum(np.round(g.gamma(4, minutes[channel] / 4), 1), 0.5)
    order = np.lexsort((who, day))
    return pd.DataFrame(
        {
            "contact_id": _ids("K", np.arange(1, len(who) + 1), 6),
            "customer_id": people["customer_id"][who[order]],
            "contact_date": START + pd.to_timedelta(day[order], unit="D"),
            "channel": _labels(CONTACT_CHANNELS, channel[order]),
            "minutes": spent[order],
            "cost_eur": np.round(spent * euro[channel], 2)[order],
        }
    )


def _survey(people: dict[str, Any], g: np.random.Generator) -> pd.DataFrame:
    """One questionnaire in November 2023 to whoever is a customer then; the contented answer more readily."""
    sent = (pd.Timestamp("2023-11-06") - START).days
    known = np.flatnonzero((people["join"] < sent) & (people["gone"] > sent))
    feeling = people["satisfaction"][known]
    answers = g.random(len(known)) < 1 / (1 + np.exp(0.95 - 0.45 * feeling))
    known, feeling = known[answers], feeling[answers]
    said = feeling + g.normal(0, 0.6, len(feeling))
    cuts = np.array([-1.751, -1.282, -0.915, 0.151]) * np.sqrt(1 + 0.36)  # 4, 6, 8, 38, 44 % of all customers
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"][known],
            "survey_date": START + pd.to_timedelta(sent + g.integers(0, 21, len(known)), unit="D"),
            "satisfaction": 1 + np.searchsorted(cuts, said),
            "recommend": np.clip(
                np.round(7.4 + 1.9 * feeling + g.normal(0, 1.6, len(feeling))), 0, 10
            ).astype(int),
        }
    )


def _complaints(people: dict[str, Any], g: np.random.Generator) -> pd.DataFrame:
    """Problems arise 0.32 times a year; about one in three is told to the firm, more by the dissatisfied."""
    years = (people["last"] - people["join"]) / 365.25
    who = np.repeat(
        np.arange(len(years)), g.poisson(0.32 * 0.35 * np.exp(-0.4 * people["satisfaction"] - 0.08) * years)
    )
    day = people["join"][who] + np.floor(g.random(len(who)) * (people["last"] - people["join"])[who]).astype(
        np.int64
    )
    order = np.lexsort((who, day))
    who, day = who[order], day[order]
    days = np.minimum(np.floor(g.lognormal(1.6, 0.9, len(who))), 90).astype(int)
    unsolved = g.random(len(who)) < 0.22
    return pd.DataFrame(
        {
            "complaint_id": _ids("M", np.arange(1, len(who) + 1), 6),
            "customer_id": people["customer_id"][who],
            "complaint_date": START + pd.to_timedelta(day, unit="D"),
            "cause": _labels(
                ("late delivery", "damaged goods", "wrong bill", "rude service"),
                g.choice(4, len(who), p=(0.42, 0.27, 0.2, 0.11)),
            ),
            "days_to_resolve": days,
            "outcome": np.where(unsolved, "not solved", np.where(days <= 5, "solved quickly", "solved late")),
            "compensation_eur": np.where(
                unsolved | (g.random(len(who)) < 0.4), 0.0, np.round(g.gamma(2, 9, len(who)), 2)
            ),
        }
    )


def _truth(people: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"],
            "purchase_rate_week": people["rate"],
            "dropout_rate_week": people["leaving"],
            "left_date": START + pd.to_timedelta(people["gone"], unit="D"),
            "leave_reason": _labels(LEAVE_REASONS, people["reason"]),
            "mean_order_eur": people["mean_order"],
            "margin_share": people["margin"],
            "return_rate": people["returning"],
            "service_cost_eur_year": people["service"],
            "satisfaction_score": people["satisfaction"],
            "response_type": _labels(RESPONSE_TYPES, people["response"]),
            "letter_effect": people["effect"],
        }
    )


def _ranks(values: Array, among: Array) -> Array:
    """Rank of each value among those marked, spread evenly from -1 to 1; 0 elsewhere."""
    out = np.zeros(len(values))
    order = np.argsort(values[among], kind="stable").argsort(kind="stable")
    out[among] = 2 * (order + 0.5) / max(among.sum(), 1) - 1
    return out


def _with_rank_correlation(drawn: Array, score: Array, rho: float, g: np.random.Generator) -> Array:
    """Hand out drawn values so that their ranks follow `score`, correlation `rho` (Iman, Conover 1982)."""
    if len(drawn) < 2:
        return drawn
    spread = (score - score.mean()) / (score.std() or 1)
    mixed = rho * spread + np.sqrt(1 - rho**2) * g.standard_normal(len(drawn))
    handed: Array = np.sort(drawn)[mixed.argsort().argsort()]
    return handed


def _pick(g: np.random.Generator, chances: Array) -> Array:
    """Draw one index per column of a (choices x people) table of weights."""
    edges = np.cumsum(chances, axis=0)
    picked: Array = (g.random(chances.shape[1]) * edges[-1] >= edges[:-1]).sum(axis=0)
    return picked


def _ids(letter: str, numbers: Array, digits: int) -> Array:
    return np.array([f"{letter}{i:0{digits}d}" for i in numbers.tolist()], dtype=object)


def _labels(names: tuple[str, ...], index: Array) -> Array:
    return np.array(names, dtype=object)[index]
