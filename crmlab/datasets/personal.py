"""The personal world: what lies in each basket of the retail world, tastes, and offers drawn by lot.

It adds to a retail world what its tables lack: products, payment, discounts, an answer to "what is it for?",
five mailings of a small season shop whose orders are booked apart, and what winning customers cost. The
retail tables stay as they are. Every number here is our choice; none is published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import CATEGORIES, DataError, check
from crmlab.datasets.retail import World
from crmlab.tables.personal import ACQUIRED, BOUGHT_FOR, PAYMENTS, PERSONAL_OFFERS, STYLES

Array = np.ndarray[Any, np.dtype[Any]]

SEED_PERSONAL = 19
MEMBERS = 600  # customers in the bundled sample
COSTS_EUR = (0.0, 0.9, 2.0, 6.0)  # of nothing, a discount by e-mail, a printed guide, a call by an adviser
PRICE_CUTS = (0.0, 0.25, 0.0, 0.0)  # of the margin
OVERLAP = 0.97  # each recent mail takes 3 % of the chance to order unasked
MAIL_SHARES = (0.4, 0.3, 0.2, 0.1)  # 0, 1, 2 or 3 mails in the eight weeks before
LOT_SHARES = (0.34, 0.22, 0.22, 0.22)
ROUND_DAYS = (
    ("March 2023", "2023-03-06"),
    ("May 2023", "2023-05-08"),
    ("July 2023", "2023-07-03"),
    ("September 2023", "2023-09-04"),
    ("November 2023", "2023-11-13"),
)
PERSONAL_NOTES = (
    "Everything here is our choice: tastes, payment, discounts, answers, what offers do, and what winning "
    "customers cost. Orders, customers and days are those of the retail world.",
    "The season shop is small and booked apart: its orders are not in the table `orders`.",
    "In March, May, July and September 2023 the lot chose offer and number of earlier mails; in November "
    "the old rule chose the offer, with chances that are written down (`propensity`).",
    f"The files hold a sample of {MEMBERS} of the 6,000 customers; lesson 19 makes the tables for all.",
)
_NAMES = {
    "furniture": "oak table, steel shelf, red stool, reading chair, pine bench",
    "textiles": "linen cloth, grey rug, striped cushion, wool throw, cotton curtain",
    "kitchen": "stoneware bowl, steel pan, bright cups, silver spoons, bread board",
    "lighting": "candle lamp, desk lamp, paper lantern, brass lamp, spare bulbs",
    "decoration": "dried flowers, wall clock, poster, picture frame, frame hooks",
    "garden": "clay pot, steel grill, hammock, garden bench, grill charcoal",
}
_STYLE_OF = (0, 1, 2, 3, 0, 0, 1, 2, 3, 2, 0, 1, 2, 3, 0, 0, 1, 2, 3, 1, 0, 1, 2, 3, 3, 0, 1, 2, 3, 1)
_PRICE = (
    240, 130, 45, 310, 120, 28, 95, 22, 48, 39, 18, 42, 16, 60, 14,
    24, 55, 19, 110, 6, 15, 38, 12, 27, 4, 17, 140, 65, 180, 8,
)  # fmt: skip
_APPEAL = (5, 6, 3, 4, 3, 9, 8, 7, 6, 5, 12, 9, 8, 3, 6, 6, 7, 5, 4, 10, 6, 4, 8, 9, 4, 8, 3, 4, 2, 5)
_PAIRS = ((18, 19, 6.0), (16, 19, 4.0), (23, 24, 9.0), (26, 29, 9.0), (11, 14, 2.5), (5, 10, 2.0))
_APPEAL_SPREAD = 0.15  # least weight of a style that is not one's own, beside tastes that add up to 1


@dataclass(frozen=True)
class PersonalWorld:
    """The tables that personalising needs beside the retail world, and the truth on tastes and response."""

    products: pd.DataFrame
    basket_lines: pd.DataFrame
    checkouts: pd.DataFrame
    offer_menu: pd.DataFrame
    offer_log: pd.DataFrame
    acquisition: pd.DataFrame
    truth_personal: pd.DataFrame = field(repr=False)
    truth_personal_pairs: pd.DataFrame = field(repr=False)


def make_personal(
    world: World, *, n_members: int = 0, rng: int | np.random.Generator = SEED_PERSONAL
) -> PersonalWorld:
    """Make baskets, payments, offers and tastes for the customers of a retail world.

    Parameters
    ----------
    world : World
        A retail world with its truth, from `make_retail` or `load_retail`. It is not changed.
    n_members : int, default 0
        0 for all customers of the retail world, or a sample of so many drawn by lot, 20 or more.
    rng : int or numpy.random.Generator, default 19
        Seed or generator; the same seed gives the same tables.

    Returns
    -------
    PersonalWorld
        ``products``, ``basket_lines``, ``checkouts``, ``offer_menu``, ``offer_log``, ``acquisition`` and the
        truth sheets ``truth_personal`` and ``truth_personal_pairs``; see ``data_dictionary(table)``.

    Raises
    ------
    DataError
        If `world` has no truth sheet, or a number is out of range.

    Examples
    --------
    >>> from crmlab.datasets.retail import make_retail
    >>> mine = make_personal(make_retail(n_customers=200, rng=1), rng=1)
    >>> len(mine.products), len(mine.truth_personal), mine.offer_log["round"].nunique()
    (30, 200, 5)
    """
    if not isinstance(world, World):
        raise DataError(
            f"world must be a retail world with its truth; found {type(world).__name__}. Hint: load_retail()"
        )
    check(world.truth, "truth")
    n = len(world.truth)
    whole = isinstance(n_members, int | np.integer) and not isinstance(n_members, bool)
    if not whole or not (n_members == 0 or 20 <= n_members <= n):
        raise DataError(f"n_members must be 0 (all) or a whole number from 20 to {n:,}; found {n_members!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    chosen = np.sort(g.permutation(n)[:n_members]) if n_members else np.arange(n)
    truth = world.truth.sort_values("customer_id").iloc[chosen].reset_index(drop=True)
    nature = _nature(truth, g)
    sold = world.orders[
        (world.orders["amount_eur"] >= 0) & world.orders["customer_id"].isin(truth["customer_id"])
    ]
    sold = sold.sort_values("order_id")
    who = pd.Index(truth["customer_id"]).get_indexer(sold["customer_id"])
    kind = pd.Index(CATEGORIES).get_indexer(sold["category"])
    menu = pd.DataFrame({"offer": PERSONAL_OFFERS, "cost_eur": COSTS_EUR, "price_cut_share": PRICE_CUTS})
    customers = world.customers.set_index("customer_id").loc[truth["customer_id"]]
    return PersonalWorld(
        products=_products(),
        basket_lines=_baskets(sold["order_id"].to_numpy(), who, kind, nature, g),
        checkouts=_checkouts(sold["order_id"].to_numpy(), who, nature, g),
        offer_menu=menu,
        offer_log=_offers(truth, customers, sold, nature, g),
        acquisition=_acquisition(customers, g),
        truth_personal=_sheet(truth, nature),
        truth_personal_pairs=pd.DataFrame(
            {
                "product_id": [_pid(a) for a, _, _ in _PAIRS],
                "companion_id": [_pid(b) for _, b, _ in _PAIRS],
                "boost": [times for _, _, times in _PAIRS],
            }
        ),
    )


def _pid(i: int) -> str:
    return f"P{i + 1:02d}"


def _products() -> pd.DataFrame:
    names = [name for group in _NAMES.values() for name in group.split(", ")]
    return pd.DataFrame(
        {
            "product_id": [_pid(i) for i in range(30)], "product": names,
            "category": [c for c in _NAMES for _ in range(5)],
            "style": np.array(STYLES, dtype=object)[list(_STYLE_OF)],
            "list_price_eur": np.array(_PRICE, dtype=float),
        }
    )  # fmt: skip


def _nature(truth: pd.DataFrame, g: np.random.Generator) -> dict[str, Array]:
    """Draw each customer's taste, habits and response to offers."""
    n = len(truth)
    taste = g.dirichlet(np.full(4, 0.4), n)
    price = g.beta(0.7, 1.3, n)
    renovating = g.random(n) < 0.15
    rate = truth["purchase_rate_week"].to_numpy()
    base = 0.03 + 0.40 * -np.expm1(-3 * rate)
    clear = (taste.max(axis=1) - 0.25) / 0.75
    spread = g.gamma(6, 1 / 6, (n, 3))
    lifts = np.column_stack([0.60 * price**1.5, 0.60 * clear**3, np.where(renovating, 0.70, 0.02)]) * spread
    annoyed = (truth["response_type"] == "do not disturb").to_numpy()
    lifts = np.where(annoyed[:, None], -0.6 * base[:, None], np.minimum(lifts, 0.8))
    margin = truth["mean_order_eur"].to_numpy() * truth["margin_share"].to_numpy()
    own = g.dirichlet(np.array((0.9, 0.7, 0.35, 0.3)), n)
    return {
        "taste": taste, "price": price, "renovating": renovating, "base": base, "lifts": lifts,
        "fatigue": g.beta(3, 5, n), "margin": np.clip(1.4 * margin, 3, 120), "payment": own,
        "more": g.gamma(1.6, 0.75, n), "gift": g.beta(0.8, 2.2, n),
    }  # fmt: skip


def _baskets(
    orders: Array, who: Array, kind: Array, nature: dict[str, Array], g: np.random.Generator
) -> pd.DataFrame:
    """Fill each order: a main product of its category, then others that fit the taste or the main product."""
    style, appeal = np.array(_STYLE_OF), np.log(np.array(_APPEAL, dtype=float))
    fits = np.log(_APPEAL_SPREAD + nature["taste"])[:, style]  # customers x products
    keys = fits[who] + appeal + g.gumbel(size=(len(who), 30))
    group = np.arange(30) // 5
    main = np.where(group[None, :] == kind[:, None], keys, -np.inf).argmax(axis=1)
    boost = np.zeros((30, 30))
    for a, b, times in _PAIRS:
        boost[a, b] = np.log(times)
    keys = keys + boost[main]
    keys[np.arange(len(who)), main] = np.inf
    size = 1 + np.minimum(g.poisson(nature["more"][who]), 5)
    ranks = (-keys).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    row, product = np.nonzero(ranks < size[:, None])
    return pd.DataFrame(
        {
            "order_id": orders[row],
            "product_id": np.array([_pid(i) for i in range(30)], dtype=object)[product],
            "quantity": 1 + np.minimum(g.poisson(0.35, len(row)), 9),
        }
    )


def _checkouts(orders: Array, who: Array, nature: dict[str, Array], g: np.random.Generator) -> pd.DataFrame:
    m = len(orders)
    edges = np.cumsum(nature["payment"], axis=1)[who]
    paid = (g.random(m)[:, None] > edges[:, :3]).sum(axis=1)
    cut = np.where(g.random(m) < 0.05 + 0.75 * nature["price"][who], g.choice((0.1, 0.2, 0.3), m), 0.0)
    gift = nature["gift"][who]
    works = np.where(nature["renovating"][who], 0.9, 0.02)
    chances = np.column_stack([0.7 * (1 - gift), gift, works * 1.5, 0.3 * (1 - gift)])
    why = (g.random(m)[:, None] * chances.sum(axis=1)[:, None] > chances.cumsum(axis=1)[:, :3]).sum(axis=1)
    said = np.array(BOUGHT_FOR, dtype=object)[why]
    return pd.DataFrame(
        {
            "order_id": orders, "payment": np.array(PAYMENTS, dtype=object)[paid], "discount_share": cut,
            "bought_for": pd.Series(np.where(g.random(m) < 0.45, said, None), dtype="str"),
        }
    )  # fmt: skip


def _offers(
    truth: pd.DataFrame, customers: pd.DataFrame, sold: pd.DataFrame, nature: dict[str, Array],
    g: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    parts = []
    for name, day in ROUND_DAYS:
        when = pd.Timestamp(day)
        known = np.flatnonzero((customers["join_date"] < when).to_numpy())
        m = len(known)
        shares = np.tile(np.array(LOT_SHARES), (m, 1))
        if name == "November 2023":  # the old rule: a discount for the frequent, little for the others
            before = sold[sold["order_date"] < when].groupby("customer_id").size()
            often = truth["customer_id"].iloc[known].map(before).fillna(0).to_numpy() >= 3
            shares = np.where(often[:, None], (0.15, 0.60, 0.15, 0.10), (0.55, 0.15, 0.20, 0.10))
        offer = (g.random(m)[:, None] > shares.cumsum(axis=1)[:, :3]).sum(axis=1)
        mails = g.choice(4, m, p=MAIL_SHARES)
        there = (truth["left_date"].iloc[known] > when).to_numpy()
        lift = np.column_stack([np.zeros(m), nature["lifts"][known]])[np.arange(m), offer]
        chance = nature["base"][known] * OVERLAP**mails + lift * (1 - nature["fatigue"][known]) ** mails
        ordered = (g.random(m) < np.clip(chance, 0, 1)) & there
        margin = g.gamma(6, nature["margin"][known] / 6) * (1 - np.array(PRICE_CUTS)[offer])
        parts.append(
            pd.DataFrame(
                {
                    "round": name, "customer_id": truth["customer_id"].to_numpy()[known], "sent_date": when,
                    "assigned_by": "rule" if name == "November 2023" else "lot",
                    "offer": np.array(PERSONAL_OFFERS, dtype=object)[offer],
                    "propensity": shares[np.arange(m), offer], "recent_mails": mails, "ordered": ordered,
                    "margin_eur": np.where(ordered, np.round(margin, 2), 0.0),
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _acquisition(customers: pd.DataFrame, g: np.random.Generator) -> pd.DataFrame:
    """Funnels that end in the customers who joined in 2022 and 2023; search reaches many, visits few."""
    joined = customers[customers["join_date"] <= pd.Timestamp("2023-12-31")]
    won = joined["acquired_through"].value_counts().reindex(list(ACQUIRED), fill_value=0).to_numpy()
    per_lead, per_reached = np.array((4.0, 11.0, 2.2, 3.5)), np.array((14.0, 40.0, 6.0, 5.0))
    leads = won + g.poisson(won * (per_lead - 1))
    reached = leads + g.poisson(leads * (per_reached - 1))
    unit = (
        np.array((0.20, 0.06, 0.35, 4.0)),
        np.array((1.0, 0.4, 2.0, 38.0)),
        np.array((2.0, 1.0, 15.0, 60.0)),
    )
    cost = unit[0] * reached + unit[1] * leads + unit[2] * won
    return pd.DataFrame(
        {
            "acquired_through": ACQUIRED, "led_by": ("marketing", "marketing", "marketing", "sales"),
            "people_reached": reached, "leads": leads, "customers": won, "cost_eur": np.round(cost, 0),
        }
    )  # fmt: skip


def _sheet(truth: pd.DataFrame, nature: dict[str, Array]) -> pd.DataFrame:
    table: dict[str, Any] = {"customer_id": truth["customer_id"]}
    table |= {f"taste_{s}": nature["taste"][:, k].round(3) for k, s in enumerate(STYLES)}
    table |= {"price_sensitivity": nature["price"].round(3), "renovating": nature["renovating"]}
    table |= {"season_chance": nature["base"].round(4)}
    table |= {f"lift_{o}": nature["lifts"][:, k].round(4) for k, o in enumerate(PERSONAL_OFFERS[1:])}
    table |= {
        "fatigue": nature["fatigue"].round(3), "season_margin_eur": nature["margin"].round(2),
        "left_date": truth["left_date"],
    }  # fmt: skip
    return pd.DataFrame(table)
