"""The needs world: what Pinefold's customers look for when they buy, with the truth about each.

Four types of customer, by what they look for, are lecture material: lighthouse 灯塔型, follower 跟随型,
rational 理性型, profit-seeking 逐利型. Nothing is published on how many there are of each or on how they
answer, so **every number here is our choice**. What is built in:

- the type shows clearly in a survey of ten statements, but answers carry error and not all answer;
- it shows only partly in how somebody shops: the fewer the orders, the less;
- an invitation to a new collection works very differently by type, and not at all for who has left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.datasets.retail import AS_OF, World
from crmlab.tables.needs import CUSTOMER_TYPES, ITEMS, OFFERS

Array = np.ndarray[Any, np.dtype[Any]]

SEED_NEEDS = 69  # the retail world's, so that one knob of a lesson makes both
TRIAL_START = pd.Timestamp("2024-01-08")
SHARES = (0.12, 0.38, 0.28, 0.22)  # of the types among consumers who came without a referral
MEAN_ANSWERS = np.array(  # one row per type; columns in the order of ITEMS; scale 1 to 7
    [
        (6.0, 5.8, 3.2, 3.6, 3.0, 4.0, 2.4, 2.2, 5.0, 4.2),
        (3.8, 3.2, 5.8, 5.4, 3.8, 3.2, 3.6, 3.8, 4.6, 5.0),
        (3.4, 3.8, 3.2, 4.6, 5.6, 6.0, 4.0, 3.4, 4.2, 4.4),
        (3.0, 3.0, 3.8, 4.0, 5.6, 3.6, 6.0, 6.0, 3.8, 3.2),
    ]
)
LAUNCH_DAYS = np.array((20.0, 55.0, 75.0, 115.0))  # by type: typical days from launch to order
DISCOUNT_SHARE = np.array((0.10, 0.24, 0.28, 0.62))
REFERRALS_YEAR = np.array((0.60, 0.35, 0.12, 0.15))
PAGES = np.array((6.0, 5.0, 14.0, 9.0))
ORDER_CHANCE = np.array(  # rows: types; columns: OFFERS
    [
        (0.18, 0.58, 0.20, 0.18, 0.20),
        (0.13, 0.10, 0.42, 0.12, 0.18),
        (0.12, 0.08, 0.10, 0.42, 0.14),
        (0.07, 0.05, 0.08, 0.09, 0.48),
    ]
)
OFFER_MARGIN_EUR = np.array((26.0, 26.0, 26.0, 26.0, 19.0))  # a coupon takes 7 EUR off
OFFER_COST_EUR = np.array((0.8, 1.4, 1.1, 1.6, 0.9))
NEEDS_NOTES = (
    "The four types are the lecture's; their shares, answers, habits and what an offer brings are our "
    "choice: no public figures were found.",
    "Belongs to the retail world: the same customers, with what was known on 2023-12-31.",
    "The trial: on 2024-01-08 all customers known by then are invited to a new collection, sold by "
    "invitation only; which of five offers each got was drawn by lot. Its orders are not in the order log.",
    "Who has left does not answer the survey and does not order; of the others about two in three answer.",
)


@dataclass(frozen=True)
class NeedsWorld:
    """The tables of the needs world, and the truth: every customer's type and what each offer brings."""

    needs: pd.DataFrame
    habits: pd.DataFrame
    offer_trial: pd.DataFrame
    truth_customer_types: pd.DataFrame = field(repr=False)
    truth_offer_chances: pd.DataFrame = field(repr=False)


def make_needs(world: World, *, rng: int | np.random.Generator = 9, noise: float = 1.3) -> NeedsWorld:
    """Make the needs, the habits and a trial of offers for the customers of a retail world.

    Parameters
    ----------
    world : World
        From `make_retail` or `load_retail`; it is not changed.
    rng : int or numpy.random.Generator, default 9
        Seed or generator; the same seed gives the same tables.
    noise : float, default 1.3
        Standard deviation of the error in one answer, in points of the scale of 1 to 7: 0 to 10.

    Returns
    -------
    NeedsWorld
        ``needs`` (who answered in December 2023), ``habits`` and ``offer_trial`` (all who had bought by
        2023-12-31), and the truth sheets ``truth_customer_types`` and ``truth_offer_chances``. Every column
        is explained by ``data_dictionary(table)``.

    Raises
    ------
    DataError
        If `world` is no retail world, or `rng` or `noise` is out of range.

    Examples
    --------
    >>> from crmlab.datasets.retail import make_retail
    >>> made = make_needs(make_retail(n_customers=300, rng=1), rng=2)
    >>> made.truth_customer_types["customer_type"].nunique(), made.offer_trial["offer"].nunique()
    (4, 5)
    """
    if not isinstance(world, World):
        raise DataError(
            f"world must be a retail world; found {type(world).__name__}. "
            f"Hint: make_needs(make_retail(n_customers=1000, rng=1), rng=2)"
        )
    number = isinstance(noise, int | float) and not isinstance(noise, bool)
    if not number or not 0 <= noise <= 10:
        raise DataError(f"noise must be a number from 0 to 10; found {noise!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    known = world.customers[world.customers["join_date"] <= AS_OF].reset_index(drop=True)
    sheet = world.truth.set_index("customer_id").loc[known["customer_id"]]
    kind = _types(known, sheet["purchase_rate_week"].round(6).to_numpy(), g)  # as the bundled sheet has it
    here = (sheet["left_date"] > TRIAL_START).to_numpy()
    return NeedsWorld(
        needs=_survey(known, kind, (sheet["left_date"] > AS_OF).to_numpy(), noise, g),
        habits=_habits(world.orders, known, kind, g),
        offer_trial=_trial(known, kind, here, g),
        truth_customer_types=pd.DataFrame(
            {
                "customer_id": known["customer_id"],
                "customer_type": np.array(CUSTOMER_TYPES, dtype=object)[kind],
                "still_customer": here,
            }
        ),
        truth_offer_chances=_chances(),
    )


def _types(known: pd.DataFrame, rate: Array, g: np.random.Generator) -> Array:
    """Draw the type: frequent buyers are rather lighthouses, firms rational, the referred followers."""
    position = pd.Series(rate).rank(pct=True).to_numpy() - 0.5
    weight = np.tile(SHARES, (len(known), 1))
    weight[:, 0] *= np.exp(0.8 * position)
    weight[:, 1] *= np.where(known["acquired_through"] == "referral", 1.6, 1.0)
    weight[:, 2] *= np.where(known["customer_kind"] == "business", 2.5, 1.0)
    total = np.cumsum(weight, axis=1)
    picked: Array = (g.random(len(known)) * total[:, -1])[:, None] > total
    return np.asarray(picked.sum(axis=1))


def _survey(
    known: pd.DataFrame, kind: Array, here: Array, noise: float, g: np.random.Generator
) -> pd.DataFrame:
    n = len(known)
    answered = np.flatnonzero(here & (g.random(n) < 0.66))
    agreeable = g.normal(0, 0.5, n)  # some agree with everything a little more
    said = MEAN_ANSWERS[kind] + agreeable[:, None] + g.normal(0, 0.5, (n, len(ITEMS)))
    said = said + noise * g.standard_normal((n, len(ITEMS)))
    answers = np.clip(np.rint(said), 1, 7).astype(np.int64)[answered]
    table = pd.DataFrame(answers, columns=list(ITEMS))
    table.insert(0, "customer_id", known["customer_id"].to_numpy()[answered])
    return table


def _habits(orders: pd.DataFrame, known: pd.DataFrame, kind: Array, g: np.random.Generator) -> pd.DataFrame:
    bought = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= AS_OF)]
    n_orders = bought.groupby("customer_id").size().reindex(known["customer_id"], fill_value=1).to_numpy()
    years = ((AS_OF - known["join_date"]).dt.days.to_numpy() + 1) / 365.25
    share = g.beta(8 * DISCOUNT_SHARE[kind], 8 * (1 - DISCOUNT_SHARE[kind]))
    spread = np.sqrt(0.35**2 + 0.8**2 / n_orders)  # between people, and between the orders of one person
    pages = np.sqrt(0.25**2 + 0.5**2 / n_orders)
    return pd.DataFrame(
        {
            "customer_id": known["customer_id"],
            "launch_days": np.round(LAUNCH_DAYS[kind] * np.exp(spread * g.standard_normal(len(kind))), 1),
            "discount_share": np.round(g.binomial(n_orders, share) / n_orders, 4),
            "referrals": g.poisson(REFERRALS_YEAR[kind] * years),
            "pages_per_order": np.round(PAGES[kind] * np.exp(pages * g.standard_normal(len(kind))), 1),
        }
    )


def _trial(known: pd.DataFrame, kind: Array, here: Array, g: np.random.Generator) -> pd.DataFrame:
    n = len(known)
    offer = np.empty(n, dtype=np.int64)
    offer[g.permutation(n)] = np.arange(n) % len(OFFERS)
    ordered = here & (g.random(n) < ORDER_CHANCE[kind, offer])
    margin = np.maximum(np.round(g.gamma(8, OFFER_MARGIN_EUR[offer] / 8), 2), 0.01)
    return pd.DataFrame(
        {
            "customer_id": known["customer_id"],
            "offer": np.array(OFFERS, dtype=object)[offer],
            "ordered": ordered,
            "margin_eur": np.where(ordered, margin, 0.0),
            "offer_cost_eur": OFFER_COST_EUR[offer],
        }
    )


def _chances() -> pd.DataFrame:
    types, offers = len(CUSTOMER_TYPES), len(OFFERS)
    return pd.DataFrame(
        {
            "customer_type": np.repeat(CUSTOMER_TYPES, offers).astype(object),
            "offer": np.tile(OFFERS, types).astype(object),
            "order_chance": ORDER_CHANCE.ravel(),
            "mean_margin_eur": np.tile(OFFER_MARGIN_EUR, types),
            "offer_cost_eur": np.tile(OFFER_COST_EUR, types),
        }
    )


def true_offers(made: NeedsWorld) -> pd.DataFrame:
    """Give what each offer truly earns from each customer: margin expected less the cost of the invitation.

    Parameters
    ----------
    made : NeedsWorld
        From `make_needs`.

    Returns
    -------
    DataFrame
        One row per customer, in the order of ``truth_customer_types``: ``customer_id``, ``customer_type``,
        and one column per offer in EUR (negative where the invitation costs more than it brings).

    Raises
    ------
    DataError
        If `made` is no needs world.

    Examples
    --------
    >>> from crmlab.datasets.retail import make_retail
    >>> made = make_needs(make_retail(n_customers=300, rng=1), rng=2)
    >>> list(true_offers(made))
    ['customer_id', 'customer_type', 'catalogue', 'preview', 'friends', 'guide', 'coupon']
    """
    if not isinstance(made, NeedsWorld):
        raise DataError(
            f"made must be a needs world; found {type(made).__name__}. Hint: make_needs(world, rng=2)"
        )
    people = made.truth_customer_types
    sheet = made.truth_offer_chances
    worth = sheet.assign(eur=sheet["order_chance"] * sheet["mean_margin_eur"]).pivot(
        index="customer_type", columns="offer", values="eur"
    )
    cost = sheet.groupby("offer")["offer_cost_eur"].first()
    gross = worth.loc[people["customer_type"], list(OFFERS)].to_numpy()
    net = gross * people["still_customer"].to_numpy()[:, None] - cost[list(OFFERS)].to_numpy()
    return pd.concat(
        [people[["customer_id", "customer_type"]], pd.DataFrame(net, columns=list(OFFERS))], axis=1
    )
