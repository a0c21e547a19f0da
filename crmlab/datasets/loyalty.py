"""The loyalty world: how content customers are, what holds them, what they do, and a reward given by lot.

Published and used here: answers 4/6/8/38/44 % on the 5-point scale, that is 82 % in the two best boxes (Jones
and Sasser 1995); in the competitive market those who answer 5 buy again six times as often as those who
answer 4 (told of Xerox by Heskett et al. 1994). That the rates are .60 and .10, that the monopoly's curve is
flat between .85 and .95, and every other number is our choice.

How it works: hidden satisfaction and belonging give a chance to stay where leaving is free; a switching cost
holds a part of those who would go. Answers carry error and a mood of the day that is in every answer of that
day (halo). What somebody truly buys does not depend on the mood.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.tables.loyalty import BRANCHES, DRIVERS, LOYALTY_TYPES, MARKETS

Array = np.ndarray[Any, np.dtype[Any]]

SEED_LOYALTY = 4
WAVES = (2022, 2023)
ANSWER_CUTS = (-1.750686, -1.281552, -0.915365, 0.150969)  # normal quantiles of .04, .10, .18 and .56
POINT = 1.243464  # standard deviations between the mean of those whose opinion is 4 and of those whose is 5
RECOMMEND_CUTS = (-2.4, -2.1, -1.9, -1.65, -1.4, -1.05, -0.65, -0.25, 0.30, 0.85)
MARKET_SHARES = (0.60, 0.22, 0.18)
TRUE_WEIGHTS = np.array((0.16, 0.30, 0.06, 0.34, 0.02, 0.22))  # in the order of DRIVERS
ANSWER_NOISE = np.array((0.60, 0.95, 0.60, 0.40, 0.50, 0.80))
KEPT_EUR = 170.0  # a switching cost of this size holds 63 of 100 who would go
REWARD_SHARE = {"loyalist": 0.012, "mercenary": 0.085, "hostage": 0.0, "defector": 0.025}
LOYALTY_NOTES = (
    "Answers of all customers 4/6/8/38/44 % from 1 to 5: 82 % in the two best boxes (Jones, Sasser 1995, "
    "Harvard Business Review). Those who answer are happier than those who do not: our choice.",
    "Competitive market: 0.60 of those who say 5 and 0.10 of those who say 4 buy again; the ratio of six is "
    "told of Xerox (Heskett et al. 1994, Harvard Business Review), the two rates are our choice.",
    "Monopoly: between 0.85 and 0.95 at every answer; few rivals: in between. Our choice.",
    "The seed, 4: of twenty-four, one whose small sample does not mislead about the reward.",
    "The reward of 2024, 5 % back, was drawn by lot; the card of 2023 was taken by whoever wanted it. What "
    "they do is our choice.",
)


@dataclass(frozen=True)
class LoyaltyWorld:
    """The tables of the loyalty world, and the truth: hidden feelings, types, effects and drivers."""

    ratings: pd.DataFrame
    switching: pd.DataFrame
    next_purchases: pd.DataFrame
    programme: pd.DataFrame
    truth_loyalty: pd.DataFrame = field(repr=False)
    truth_loyalty_drivers: pd.DataFrame = field(repr=False)


def make_loyalty(
    n_customers: int = 3000, *, rng: int | np.random.Generator = SEED_LOYALTY, halo: float = 1.0
) -> LoyaltyWorld:
    """Make two surveys, what customers did after each, and a reward by lot, with the truth.

    Parameters
    ----------
    n_customers : int, default 3000
        Number of customers, 100 to 1,000,000.
    rng : int or numpy.random.Generator, default 4
        Seed or generator; the same seed gives the same tables.
    halo : float, default 1.0
        Strength of the mood that is in all answers of one day: 0 (none) to 3. It changes answers only.

    Returns
    -------
    LoyaltyWorld
        ``ratings``, ``switching``, ``next_purchases``, ``programme`` and the truth sheets ``truth_loyalty``
        and ``truth_loyalty_drivers``. Every column is explained by ``data_dictionary(table)``.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> world = make_loyalty(500, rng=1)
    >>> len(world.ratings), world.switching["market"].nunique(), int(world.programme["treated"].sum())
    (1000, 3, 250)
    """
    whole = isinstance(n_customers, int | np.integer) and not isinstance(n_customers, bool)
    if not whole or not 100 <= n_customers <= 1_000_000:
        raise DataError(f"n_customers must be a whole number from 100 to 1,000,000; found {n_customers!r}.")
    if isinstance(halo, bool) or not isinstance(halo, int | float) or not 0 <= halo <= 3:
        raise DataError(f"halo must be a number from 0 to 3; found {halo!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    n = int(n_customers)
    ids = np.array([f"L{i:0{max(4, len(str(n)))}d}" for i in range(1, n + 1)], dtype=object)
    market = g.choice(3, n, p=MARKET_SHARES)
    branch = g.integers(0, len(BRANCHES), n)
    belonging = g.standard_normal(n)
    switching = _switching(ids, market, branch, belonging, g)
    parts, feelings = _feelings(branch, belonging, g)
    frames, said = zip(*(_answers(parts[t], feelings[t], belonging, halo, g) for t in range(2)), strict=True)
    ratings = pd.concat(
        [
            pd.DataFrame({"customer_id": ids, "wave": wave}).join(frame)
            for wave, frame in zip(WAVES, frames, strict=True)
        ],
        ignore_index=True,
    )
    cost = switching["switching_cost_eur"].to_numpy()
    chances = [_chance(feeling, belonging, cost) for feeling in feelings]
    repurchase, habit, wallet = _behaviour(ids, chances, g)
    content = feelings[1] >= ANSWER_CUTS[2]
    stays = _expected_share(chances[1]) + habit >= 0.5
    kind = np.where(content, np.where(stays, 0, 1), np.where(stays, 2, 3))
    names = np.array(LOYALTY_TYPES, dtype=object)[kind]
    effect = wallet * np.array([REWARD_SHARE[t] for t in LOYALTY_TYPES])[kind] * g.gamma(4, 0.25, n)
    card_effect = 0.01 * wallet
    programme = _programme(ids, repurchase, chances[1], habit, wallet, effect, card_effect, belonging, g)
    truth = pd.DataFrame(
        {
            "customer_id": ids, "satisfaction_2022": feelings[0].round(3),
            "satisfaction_2023": feelings[1].round(3),
            "would_say": said[1][0], "would_recommend": said[1][1], "belonging_score": belonging.round(3),
            "switching_cost_eur": cost, "repurchase_chance": chances[1].round(3), "loyalty_type": names,
            "reward_effect_eur": effect.round(1), "card_effect_eur": card_effect.round(),
        }
    )  # fmt: skip
    drivers = pd.DataFrame(
        {"driver": np.array(list(DRIVERS), dtype=object), "true_weight": TRUE_WEIGHTS, "noise": ANSWER_NOISE}
    )
    return LoyaltyWorld(
        ratings=ratings, switching=switching, next_purchases=repurchase, programme=programme,
        truth_loyalty=truth, truth_loyalty_drivers=drivers,
    )  # fmt: skip


def _switching(
    ids: Array, market: Array, branch: Array, belonging: Array, g: np.random.Generator
) -> pd.DataFrame:
    n = len(ids)
    months = np.where(market == 0, 0, np.where(market == 1, g.integers(0, 8, n), g.integers(6, 25, n)))
    tied = g.poisson(np.array((0.07, 0.75, 3.6))[market])
    felt = np.clip(np.rint(3.3 + 0.85 * belonging + 0.55 * g.standard_normal(n)), 1, 5).astype(np.int64)
    return pd.DataFrame(
        {
            "customer_id": ids, "market": np.array(MARKETS, dtype=object)[market],
            "branch": np.array(BRANCHES, dtype=object)[branch], "contract_left_months": months,
            "tied_in": tied, "switching_cost_eur": (12.0 * months + 60.0 * tied), "belonging": felt,
        }
    )  # fmt: skip


def _feelings(branch: Array, belonging: Array, g: np.random.Generator) -> tuple[list[Array], list[Array]]:
    """Draw how good each part of the service is for a customer in each wave, and what it makes of them."""
    n, k = len(branch), len(DRIVERS)
    mixing = np.full((k, k), 0.35) + 0.65 * np.eye(k)
    names = list(DRIVERS)
    for a, b, r in (("delivery", "web", 0.75), ("advice", "quality", 0.65), ("advice", "complaints", 0.6)):
        i, j = names.index(a), names.index(b)
        mixing[i, j] = mixing[j, i] = r
    root = np.linalg.cholesky(mixing)
    explained = float(TRUE_WEIGHTS @ mixing @ TRUE_WEIGHTS)
    place = 0.06 * np.linspace(-1, 1, len(BRANCHES))[branch]  # branches differ a little
    stays, other = g.standard_normal((n, k)) @ root.T, g.standard_normal(n)
    left = np.sqrt(max(1 - explained - 0.45**2, 0.0))
    parts, feelings = [], []
    for _ in range(2):
        part = np.sqrt(0.6) * stays + np.sqrt(0.4) * g.standard_normal((n, k)) @ root.T
        rest = np.sqrt(0.6) * other + np.sqrt(0.4) * g.standard_normal(n)
        parts.append(part)
        feelings.append(part @ TRUE_WEIGHTS + 0.45 * belonging + left * rest + place)
    return parts, feelings


def _answers(
    part: Array, feeling: Array, belonging: Array, halo: float, g: np.random.Generator
) -> tuple[pd.DataFrame, tuple[Array, Array]]:
    """Draw one survey: who answers, and what each would say."""
    n = len(feeling)
    mood = g.standard_normal(n)
    error = 0.22 * halo * mood + 0.22 * g.standard_normal(n)
    heard = (feeling + error) / np.sqrt(1 + (0.22 * halo) ** 2 + 0.22**2)
    said = 1 + np.searchsorted(ANSWER_CUTS, heard)
    inner = 0.75 * feeling + 0.30 * belonging + 0.25 * halo * mood + 0.45 * g.standard_normal(n)
    recommend = np.searchsorted(RECOMMEND_CUTS, inner)
    noise = ANSWER_NOISE * g.standard_normal((n, len(DRIVERS)))
    scores = np.clip(
        np.rint(3.7 + 0.75 * (part + noise) + halo * (0.35 * mood + 0.2 * feeling)[:, None]), 1, 5
    )
    lean = 0.25 + 0.40 * feeling + 0.10 * belonging + 0.35 * (np.abs(feeling) - 0.8)
    answered = g.random(n) < 1 / (1 + np.exp(-lean))
    frame = pd.DataFrame({"answered": answered, "satisfaction": said, "recommend": recommend})
    frame[list(DRIVERS)] = scores.astype(np.int64)
    columns = [name for name in frame if name != "answered"]
    frame[columns] = frame[columns].astype("Int64").where(pd.Series(answered))
    return frame, (said, recommend)


def _chance(feeling: Array, belonging: Array, cost: Array) -> Array:
    """Chance to buy again: free choice by feeling and belonging; a switching cost holds some who would go."""
    free = 0.025 + 0.67 / (1 + np.exp(-9.0 * (feeling - 0.33)))
    odds = free / (1 - free) * np.exp(0.85 * belonging)
    free = odds / (1 + odds)
    held = 1 - np.exp(-cost / KEPT_EUR)
    chance: Array = held + (1 - held) * free
    return chance


def _expected_share(chance: Array) -> Array:
    return np.asarray(0.16 + 0.66 * chance)


def _behaviour(ids: Array, chances: list[Array], g: np.random.Generator) -> tuple[pd.DataFrame, Array, Array]:
    n = len(ids)
    habit = 0.07 * g.standard_normal(n)
    wallet = np.exp(6.7 + 0.45 * g.standard_normal(n))
    years = []
    for year, chance in zip(WAVES, chances, strict=True):
        share = np.clip(_expected_share(chance) + habit + 0.06 * g.standard_normal(n), 0, 1).round(3)
        years.append(
            pd.DataFrame(
                {
                    "customer_id": ids, "year": year, "bought_again": g.random(n) < chance,
                    "share_of_wallet": share, "spend_eur": (share * wallet).round(),
                }
            )
        )  # fmt: skip
    return pd.concat(years, ignore_index=True), habit, wallet


def _programme(
    ids: Array, repurchase: pd.DataFrame, chance: Array, habit: Array, wallet: Array, effect: Array,
    card_effect: Array, belonging: Array, g: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    n = len(ids)
    share = repurchase["share_of_wallet"].to_numpy()
    lean = -2.2 + 5.0 * (share[:n] - 0.45) + 0.5 * belonging + 0.6 * (np.log(wallet) - 6.7)
    member = g.random(n) < 1 / (1 + np.exp(-lean))
    before = repurchase["spend_eur"].to_numpy()[n:] + member * card_effect
    treated = np.zeros(n, dtype=bool)
    treated[g.permutation(n)[: n // 2]] = True
    usual = np.clip(_expected_share(chance) + habit + 0.06 * g.standard_normal(n), 0, 1) * wallet
    after = np.maximum(usual + member * card_effect + treated * effect, 0)
    return pd.DataFrame(
        {
            "customer_id": ids, "treated": treated, "spend_before_eur": before.round(),
            "spend_after_eur": after.round(), "card_member": member,
        }
    )  # fmt: skip


def repurchase_chance(truth: pd.DataFrame, *, points_up: float = 0.0, cost_left: float = 1.0) -> pd.Series:
    """Give each customer's true chance to buy again if satisfaction or the switching cost were different.

    Parameters
    ----------
    truth : DataFrame
        ``truth_loyalty`` of a `LoyaltyWorld`.
    points_up : float, default 0
        Points of the 5-point scale by which hidden satisfaction is raised, -5 to 5. One point is the distance
        between the average 4 and the average 5.
    cost_left : float, default 1
        Share of the switching cost that is left: 0 (leaving is free) to 1.

    Returns
    -------
    Series
        Chance, 0 to 1, in the order of `truth`, indexed by ``customer_id``.

    Raises
    ------
    DataError
        If a column is missing or a number is out of range.

    Examples
    --------
    >>> truth = pd.DataFrame({"customer_id": ["a"], "satisfaction_2023": [-0.35], "belonging_score": [0.0],
    ...                       "switching_cost_eur": [400.0]})
    >>> [round(float(repurchase_chance(truth, cost_left=left).iloc[0]), 2) for left in (1, 0)]
    [0.91, 0.03]
    """
    require_columns(
        truth, ["customer_id", "satisfaction_2023", "belonging_score", "switching_cost_eur"], name="truth"
    )
    for name, value, low, high in (("points_up", points_up, -5, 5), ("cost_left", cost_left, 0, 1)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise DataError(f"{name} must be a number from {low} to {high}; found {value!r}.")
    chance = _chance(
        truth["satisfaction_2023"].to_numpy(dtype=float) + POINT * points_up,
        truth["belonging_score"].to_numpy(dtype=float),
        cost_left * truth["switching_cost_eur"].to_numpy(dtype=float),
    )
    return pd.Series(
        chance, index=pd.Index(truth["customer_id"], name="customer_id"), name="repurchase_chance"
    )
