"""Lesson 19, personalising: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task
from crmlab.datasets.personal import make_personal
from crmlab.datasets.retail import AS_OF, make_retail

CUSTOMERS = 3000  # enough rows by lot, and pairs of products in one basket
KAPPA, A, B, K = 2.0, "P24", "P25", 3
OFFERS = ("discount", "guide", "advice")
SYSTEM_EUR, MAILINGS = 5000.0, 8


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the orders of a retail world and the personal tables that a firm sees."""
    world = make_retail(n_customers=n, rng=rng)
    mine = make_personal(world, rng=rng)
    names = ("products", "basket_lines", "checkouts", "offer_menu", "offer_log")
    return AS_OF, {"orders": world.orders} | {name: getattr(mine, name) for name in names}


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: each answer differs from each of its mistakes."""
    rate, one, best = hits(data), rule(data), plan(data)
    apart = [abs(rate - hits(data, **k)) for k in _HIT_MISTAKES]
    rules = [max(abs(one[k] - rule(data, **m)[k]) for k in one) for m in _RULE_MISTAKES]
    chance = card_chance(data)
    chances = [(chance - card_chance(data, **k)).abs().max() for k in ({"all_base": True}, {"weight": 0.5})]
    judged = weigh(data)
    others = [weigh(data, **k) for k in _WEIGH_MISTAKES]
    gains = _gains(data)
    plans = [plan(data, **k) for k in _PLAN_MISTAKES]
    return bool(
        min(apart) > 0.002
        and min(rules) > 0.005
        and min(abs(judged["ips_eur"] - o["ips_eur"]) for o in others) > 0.02
        and abs(judged["ips_eur"] - judged["naive_eur"]) > 0.05
        and gains.nlargest(2).diff().abs().iloc[-1] > 0.05
        and best["gain_eur"] > 0.3
        and min(abs(best["gain_eur"] - p["gain_eur"]) for p in plans) > 0.02
        and best["customers"] not in (_floored(data)["customers"], _rounded(data)["customers"])
        and min(chances) > 0.0006
    )


def _sold(data: StudentData, *, future: bool = False) -> pd.DataFrame:
    orders = data.orders[data.orders["amount_eur"] >= 0]
    return orders if future else orders[orders["order_date"] <= data.as_of]


def card_chance(
    data: StudentData, *, future: bool = False, kappa: float = KAPPA, all_base: bool = False,
    weight: float = 1.0,
) -> pd.Series:  # fmt: skip
    """Task 1: each customer's chance to pay by card next time."""
    paid = _sold(data, future=future).merge(data.checkouts, on="order_id")
    card = paid["payment"] == "card"
    base = float((data.checkouts["payment"] == "card").mean() if all_base else card.mean())
    by = card.groupby(paid["customer_id"]).agg(["sum", "size"])
    return (by["sum"] + kappa * weight * base) / (by["size"] + kappa)


def _base_of_customers(data: StudentData) -> pd.Series:
    """The base rate as a mean of the customers' own shares."""
    paid = _sold(data).merge(data.checkouts, on="order_id")
    by = (paid["payment"] == "card").groupby(paid["customer_id"]).agg(["sum", "size"])
    base = float((by["sum"] / by["size"]).mean())
    return (by["sum"] + KAPPA * base) / (by["size"] + KAPPA)


def _baskets(data: StudentData, *, future: bool = False) -> pd.DataFrame:
    orders = _sold(data, future=future)[["order_id", "customer_id", "order_date"]]
    return data.basket_lines.merge(orders, on="order_id")


def rule(
    data: StudentData,
    *,
    future: bool = False,
    turned: bool = False,
    joint: bool = False,
    people: bool = False,
    frames: bool = False,
) -> dict[str, float]:
    """Task 2: confidence and lift of the rule "picture frame, so frame hooks"."""
    lines = _baskets(data, future=future)
    by = "customer_id" if people else "order_id"
    a, b = (B, A) if turned else (A, B)
    with_a, with_b = (set(lines.loc[lines["product_id"] == p, by]) for p in (a, b))
    n = lines[by].nunique()
    confidence = len(with_a & with_b) / (n if joint else len(with_a))
    return {"confidence": confidence, "lift": confidence / (len(with_a if frames else with_b) / n)}


def hits(
    data: StudentData,
    *,
    whole: bool = False,
    lines: bool = False,
    known: bool = False,
    each: bool = False,
) -> float:
    """Task 3: share of next baskets that hold one of the three best-sellers."""
    sold = _baskets(data, future=True)
    past, later = sold[sold["order_date"] <= data.as_of], sold[sold["order_date"] > data.as_of]
    count = past.groupby("product_id")["customer_id"].nunique()
    top = count.sort_index().sort_values(ascending=False, kind="stable").index[:K]
    first = later.sort_values(["order_date", "order_id"]).drop_duplicates("customer_id")["order_id"]
    rows = later if whole or each else later[later["order_id"].isin(first)]
    if known:
        rows = rows[rows["customer_id"].isin(past["customer_id"])]
    hit = rows["product_id"].isin(top)
    return float(
        hit.mean() if lines else hit.groupby(rows["order_id" if each else "customer_id"]).any().mean()
    )


def _log(data: StudentData, *, cost: bool = True) -> pd.DataFrame:
    log = data.offer_log.merge(data.offer_menu, on="offer")
    return log.assign(profit_eur=log["margin_eur"] - (log["cost_eur"] if cost else 0.0))


def weigh(
    data: StudentData,
    *,
    cost: bool = True,
    everything: bool = False,
    matched: bool = False,
    own: bool = False,
    times: bool = False,
) -> dict[str, float]:
    """Task 4: a discount for everybody, judged on the log of the old rule."""
    log = _log(data, cost=cost)
    if not everything:
        log = log[log["assigned_by"] == "rule"]
    got = log[log["offer"] == "discount"]
    weight = got["propensity"] if times else 1 / got["propensity"]
    weighted = float((got["profit_eur"] * weight).sum())
    of = len(got) if matched else float((1 / got["propensity"]).sum()) if own else len(log)
    return {"naive_eur": float(got["profit_eur"].mean()), "ips_eur": weighted / of}


def _gains(
    data: StudentData, *, fresh: bool = True, lot: bool = True, cost: bool = True, control: bool = True,
    most: int = 1,
) -> pd.Series:  # fmt: skip
    log = _log(data, cost=cost)
    if lot:
        log = log[log["assigned_by"] == "lot"]
    if fresh:
        log = log[log["recent_mails"] <= most]
    mean = log.groupby("offer")["profit_eur"].mean()
    return mean.loc[list(OFFERS)] - (mean["nothing"] if control else 0.0)


def plan(data: StudentData, **how: Any) -> dict[str, Any]:
    """Task 5: the best offer for fresh customers, its gain, and how many customers the system needs."""
    gains = _gains(data, **how)
    gain = float(gains.max())
    needed = math.ceil(SYSTEM_EUR / (MAILINGS * gain)) if gain > 0 else 0
    return {"best_offer": str(gains.idxmax()), "gain_eur": gain, "customers": needed}


def _floored(data: StudentData) -> dict[str, Any]:
    right = plan(data)
    return right | {"customers": int(SYSTEM_EUR / (MAILINGS * right["gain_eur"]))}


def _rounded(data: StudentData) -> dict[str, Any]:
    right = plan(data)
    return right | {"customers": math.ceil(SYSTEM_EUR / (MAILINGS * round(right["gain_eur"], 2)))}


def _one_mailing(data: StudentData) -> dict[str, Any]:
    right = plan(data)
    return right | {"customers": math.ceil(SYSTEM_EUR / right["gain_eur"])}


_HIT_MISTAKES: tuple[dict[str, bool], ...] = (
    {"whole": True},
    {"lines": True},
    {"known": True},
    {"each": True},
)
_RULE_MISTAKES: tuple[dict[str, bool], ...] = (
    {"turned": True}, {"joint": True}, {"people": True}, {"frames": True},
)  # fmt: skip
_WEIGH_MISTAKES: tuple[dict[str, bool], ...] = (
    {"cost": False}, {"everything": True}, {"matched": True}, {"own": True}, {"times": True},
)  # fmt: skip
_PLAN_MISTAKES: tuple[dict[str, Any], ...] = (
    {"fresh": False}, {"lot": False}, {"cost": False}, {"control": False}, {"most": 0},
)  # fmt: skip

TASKS: tuple[Task, ...] = (
    Task(
        "19.1", "Paid how, next time?",
        (Form("table", name="chance", tolerance=0.0005),),
        card_chance,
        (
            Mistake("own share only", lambda d: card_chance(d, kappa=0.0),
                    "This is the own share alone. Add the base rate as if it had been seen twice: "
                    "(own cards + 2 * base) / (own orders + 2)."),
            Mistake("the future", lambda d: card_chance(d, future=True),
                    "Orders after the reporting day are in it. Keep order_date <= data.as_of."),
            Mistake("mean of customers", _base_of_customers,
                    "The base rate here is the mean of the customers' shares. Take the share of all orders "
                    "that were paid by card."),
            Mistake("base rate with the future", lambda d: card_chance(d, all_base=True),
                    "The base rate counts checkouts after the reporting day too. Take card.mean() of the "
                    "merged orders with order_date <= data.as_of."),
            Mistake("base rate once", lambda d: card_chance(d, weight=0.5),
                    "The base rate is added once. Add it twice: (own cards + 2 * base) / (own orders + 2)."),
        ),
    ),
    Task(
        "19.2", "Frames and hooks",
        (Form("share", name="confidence", tolerance=0.0006), Form("number", name="lift", tolerance=0.006)),
        rule,
        (
            Mistake("turned round", lambda d: rule(d, turned=True),
                    "This is the rule from hooks to frames. Divide by the baskets with a frame (P24)."),
            Mistake("support", lambda d: rule(d, joint=True),
                    "This divides by all baskets. Confidence divides by the baskets with a picture frame "
                    "(P24)."),
            Mistake("by customers", lambda d: rule(d, people=True),
                    "This counts customers. Count orders: sets of order_id, and order_id.nunique() in all."),
            Mistake("share of frames", lambda d: rule(d, frames=True),
                    "The lift is divided by the share of orders with a frame. Divide by the share of all "
                    "orders that hold hooks (P25)."),
            Mistake("the future", lambda d: rule(d, future=True),
                    "Baskets after the reporting day are in it. Keep order_date <= data.as_of."),
        ),
    ),
    Task(
        "19.3", "The best-seller list",
        (Form("share", tolerance=0.0006),),
        hits,
        (
            Mistake("all later baskets", lambda d: hits(d, whole=True),
                    "All baskets of 2024 are in it. Keep each customer's first order after data.as_of."),
            Mistake("one hit per order", lambda d: hits(d, each=True),
                    "All later orders are in it, each for itself. Keep one for each customer: sort by "
                    'order_date and order_id, then drop_duplicates("customer_id").'),
            Mistake("share of products", lambda d: hits(d, lines=True),
                    "This is the share of products in these orders. One hit per order is enough: group by "
                    "customer_id, then any()."),
            Mistake("known customers only", lambda d: hits(d, known=True),
                    "New customers, with a first order after data.as_of, are left out. They count too."),
        ),
    ),
    Task(
        "19.4", "A plan that was never sent",
        (
            Form("number", name="naive_eur", unit="EUR", tolerance=0.006),
            Form("number", name="ips_eur", unit="EUR", tolerance=0.006),
        ),
        weigh,
        (
            Mistake("without the cost", lambda d: weigh(d, cost=False),
                    "The cost of sending is missing: profit is margin_eur less cost_eur."),
            Mistake("all mailings", lambda d: weigh(d, everything=True),
                    'Mailings by lot are in it. Keep the rows with assigned_by of "rule".'),
            Mistake("multiplied", lambda d: weigh(d, times=True),
                    "The profits are multiplied by the propensity. Divide by it: a rare row stands for "
                    "many."),
            Mistake("divided by the discounts", lambda d: weigh(d, matched=True),
                    "The weighted sum is divided by the number of discounts. Divide by all rows of November: "
                    "the weights make the discounts stand for all."),
            Mistake("divided by the weights", lambda d: weigh(d, own=True),
                    "The weighted sum is divided by the sum of the weights. That is also used (and called "
                    "self-normalised), but here divide by the number of all rows of November."),
        ),
    ),
    Task(
        "19.5", "From how many customers on?",
        (
            Form("choice", name="best_offer", allowed=OFFERS),
            Form("number", name="gain_eur", unit="EUR", tolerance=0.006),
            Form("count", name="customers"),
        ),
        plan,
        (
            Mistake("tired customers too", lambda d: plan(d, fresh=False),
                    "Customers with two or three recent mails are in it. Keep recent_mails <= 1."),
            Mistake("no mail before only", lambda d: plan(d, most=0),
                    "Only customers without a recent mail are in it. Fresh means 0 or 1: recent_mails <= 1."),
            Mistake("the old rule too", lambda d: plan(d, lot=False),
                    'November is in it, where the old rule chose. Keep assigned_by of "lot".'),
            Mistake("without the cost", lambda d: plan(d, cost=False),
                    "The cost of sending is missing: profit is margin_eur less cost_eur."),
            Mistake("without a comparison", lambda d: plan(d, control=False),
                    "This is the profit with the offer. Take off the profit of those who got nothing."),
            Mistake("rounded down", _floored,
                    "Rounded down, that number of customers does not quite pay for the system. Round up: "
                    "math.ceil(x)."),
            Mistake("rounded gain", _rounded,
                    "The gain was rounded before the division. Divide 5,000 by 8 times the gain with all its "
                    "digits, then math.ceil(x)."),
            Mistake("one mailing", _one_mailing,
                    "This counts one mailing. There are 8 in a year: divide by 8 * gain."),
        ),
    ),
)  # fmt: skip
