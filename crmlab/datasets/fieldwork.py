"""A survey among Pinefold's customers, simulated from their truth: who is reached, who answers, what is said.

All rates in this file are ours; none is published. What is arranged, and lesson 02 says so: customers with
strong feelings, and the content ones, answer more readily; the content would also use the new delivery more.
So no weighting by group can mend everything.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError
from crmlab.datasets.retail import World, make_retail
from crmlab.tables.survey import AGE_GROUPS, WORDINGS

Array = np.ndarray[Any, np.dtype[Any]]
SEED_FIELDWORK = 69  # the retail world's seed: lesson 02 and the bundled survey ask the same people
CUTS = np.array([-1.751, -1.282, -0.915, 0.151])  # 4, 6, 8, 38, 44 % of all customers, as the retail world


@dataclass(frozen=True)
class Channel:
    """How one way of asking works: chances (by AGE_GROUPS where four), shifts of the answer, EUR and days."""

    has: tuple[float, float, float, float]  # has a number or an address; not used where people walk in
    seen: float  # the question reaches those who have one
    base: float  # log-odds of an answer for an average customer
    by_group: tuple[float, float, float, float]  # added for each group
    extremes: float  # added per standard deviation of feeling beyond 0.8, in either direction
    tilt: float  # added per standard deviation of satisfaction
    polite: float  # share of the "no" that becomes a "yes" because somebody stands there
    shift: float  # of the satisfaction that is shown, in standard deviations
    noise: float  # of the same, standard deviation
    invite_eur: float
    answer_eur: float
    days: float  # mean time until the answer is in the file
    walk_in: bool  # asked in the shop: frequent shop visitors come first


CHANNELS = {
    "phone": Channel(
        (0.97, 0.70, 0.80, 0.92), 0.62, 0.15, (-0.3, -0.8, 0.0, 0.5), 0.15, 0.25, 0.07, 0.30, 0.45,
        1.2, 8.5, 4.0, False,
    ),
    "online": Channel(
        (0.90, 0.97, 0.90, 0.62), 0.85, -1.30, (-0.5, 0.7, 0.0, -0.5), 0.80, 0.45, 0.0, 0.0, 0.45,
        0.05, 1.0, 3.0, False,
    ),
    "till": Channel(
        (1.0, 1.0, 1.0, 1.0), 1.0, -0.7, (-0.6, -0.1, 0.0, 0.3), 0.30, 0.40, 0.04, 0.15, 0.45,
        0.3, 1.8, 9.0, True,
    ),
    "observation": Channel(
        (1.0, 1.0, 1.0, 1.0), 1.0, 99.0, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0, 1.1,
        0.0, 3.0, 1.0, True,
    ),
}  # fmt: skip
WORDING = {  # shift of satisfaction; share of "no" that turns to "yes"; share of "yes" that turns to "no"
    "neutral": (0.0, 0.02, 0.02),
    "agree": (0.20, 0.12, 0.02),
    "leading": (0.45, 0.25, 0.01),
}
USE_BASE = (-1.9, 0.0, -0.7, -1.9)  # log-odds of using the evening delivery, by AGE_GROUPS
USE_SATISFACTION = 0.6
INTERVIEWERS = (0.2, 0.6, 1.0, 2.2)  # each one's push towards "yes", times the channel's `polite`
REMARKS = (
    "too dear", "prices are high", "delivery late", "waited for the parcel", "friendly staff",
    "good advice in the shop", "more lamps please", "small choice of textiles", "all fine", "??",
)  # fmt: skip


@dataclass(frozen=True)
class Survey:
    """The tables of a survey, and the truth about those who were asked (see the data dictionary)."""

    survey_invitations: pd.DataFrame
    survey_answers: pd.DataFrame
    truth_survey: pd.DataFrame = field(repr=False)


FIELDWORK_NOTES = (
    "The survey of January 2024 among the bundled retail customers who ordered in 2023: three in five "
    "were asked online, one in five by phone, one in five on paper at the till.",
    "Hidden satisfaction is the retail world's; its five boxes hold 4/6/8/38/44 % (82 % in the two best: "
    "Jones, Sasser 1995). Every other rate (who answers, what politeness does, costs, days) is ours.",
    "Arranged: those who are content, and those with strong feelings, answer more readily; the content would "
    "also use an evening delivery more. Weighting by group cannot mend that part.",
)


def survey_population(
    world: World, *, as_of: str | dt.date = "2023-12-31", rng: int | np.random.Generator = SEED_FIELDWORK
) -> pd.DataFrame:
    """Give the list that a survey is drawn from, with the truth in columns of its own (抽样框).

    Parameters
    ----------
    world : World
        A retail world with its truth sheet.
    as_of : str or date, default 2023-12-31
        On the list is who ordered in the 365 days up to this day.
    rng : int or Generator, default 69
        Seed of what the retail world does not hold: phone, e-mail, club, use of the delivery.

    Returns
    -------
    DataFrame
        One row per customer on the list: ``customer_id``, ``group`` (business, or the age group),
        ``region``, ``orders_year``, ``shop_orders`` (orders of the 365 days; those in the shop), ``club``
        (member of the customer club); and what the firm cannot see: ``true_score``,
        ``true_satisfaction`` (1 to 5), ``true_use`` (would use an evening delivery).

    Raises
    ------
    DataError
        If fewer than 20 customers ordered in that year.

    Examples
    --------
    >>> people = survey_population(make_retail(n_customers=300, rng=1))
    >>> people["customer_id"].is_unique, sorted(people["group"].unique())
    (True, ['35 to 54', '55 and older', 'business', 'under 35'])
    """
    day = pd.Timestamp(engine.day(as_of, name="as_of"))
    g = np.random.default_rng(rng)
    log = world.orders
    bought = (log["amount_eur"] >= 0) & log["order_date"].between(day - pd.Timedelta(days=364), day)
    year = (
        log.loc[bought, ["customer_id"]]
        .assign(shop=log.loc[bought, "channel"] == "shop")
        .groupby("customer_id")["shop"]
        .agg(orders_year="size", shop_orders="sum")
    )
    if len(year) < 20:
        raise DataError(
            f"only {len(year)} customers ordered in the year up to {day.date()}; 20 are needed. "
            "Hint: raise n_customers, or take another as_of."
        )
    known = world.customers.merge(year.reset_index(), on="customer_id").sort_values("customer_id")
    age = day.year - known["birth_year"].astype("Float64").fillna(0).to_numpy(dtype=float)
    code = np.where(known["customer_kind"] == "business", 0, 1 + np.searchsorted([35, 55], age, side="right"))
    score = known[["customer_id"]].merge(world.truth, on="customer_id")["satisfaction_score"].to_numpy()
    chance = _logistic(np.array(USE_BASE)[code] + USE_SATISFACTION * score)
    busy = np.log(known["orders_year"].to_numpy())
    return pd.DataFrame(
        {
            "customer_id": known["customer_id"].to_numpy(),
            "group": np.array(AGE_GROUPS, dtype=object)[code],
            "region": known["region"].to_numpy(),
            "orders_year": known["orders_year"].to_numpy(),
            "shop_orders": known["shop_orders"].to_numpy(),
            "club": g.random(len(known)) < _logistic(-1.5 + 0.7 * score + 0.9 * busy),
            "true_score": score,
            "true_satisfaction": 1 + np.searchsorted(CUTS, score),
            "true_use": g.random(len(known)) < chance,
        }
    )


def answer_chances(people: pd.DataFrame, *, channel: str, wording: str = "neutral") -> pd.DataFrame:
    """Give, for each person, the chances that drive a survey: what only a simulation can know.

    Parameters
    ----------
    people : DataFrame
        From `survey_population`.
    channel : {"phone", "online", "till", "observation"}
        How they are asked.
    wording : {"neutral", "agree", "leading"}
        How the question is put.

    Returns
    -------
    DataFrame
        ``drawn`` (relative chance to be asked at all), ``reached``, ``answers`` (if reached) and ``says_yes``
        (if they answer; missing for observation), in the order of `people`.

    Raises
    ------
    DataError
        If `channel` or `wording` is not one of those named.

    Examples
    --------
    >>> people = survey_population(make_retail(n_customers=300, rng=1))
    >>> answer_chances(people, channel="online")["drawn"].unique().tolist()
    [1.0]
    """
    way, (_, no_to_yes, yes_to_no) = _way(channel, wording)
    code = pd.Categorical(people["group"], categories=list(AGE_GROUPS)).codes
    score = people["true_score"].to_numpy()
    busy = np.log(people["orders_year"].to_numpy())
    odds = way.base + np.array(way.by_group)[code] + way.tilt * score
    odds = odds + way.extremes * (np.abs(score) - 0.8) + (0 if channel == "observation" else 0.15) * busy
    false_yes = no_to_yes + way.polite
    use = people["true_use"].to_numpy()
    return pd.DataFrame(
        {
            "drawn": people["shop_orders"].to_numpy(dtype=float) if way.walk_in else np.ones(len(people)),
            "reached": np.array(way.has)[code] * way.seen,
            "answers": _logistic(odds),
            "says_yes": np.where(use, 1 - yes_to_no, false_yes) if channel != "observation" else np.nan,
        }
    )


def make_survey(
    people: pd.DataFrame,
    *,
    n_invited: int,
    channel: str,
    wording: str = "neutral",
    start: str | dt.date = "2024-01-08",
    rng: int | np.random.Generator,
) -> Survey:
    """Ask some of the customers and write down what comes back.

    Parameters
    ----------
    people : DataFrame
        From `survey_population`.
    n_invited : int
        How many are drawn, 1 or more: by lot from the list; at the till and for observation the customers
        of the shop, frequent ones first. If fewer can be drawn, all of them are.
    channel, wording : str
        As in `answer_chances`.
    start : str or date, default 2024-01-08
        First day of asking; it takes a week.
    rng : int or Generator
        Seed or generator.

    Returns
    -------
    Survey
        ``survey_invitations``, ``survey_answers`` and ``truth_survey``; columns in the data dictionary.

    Raises
    ------
    DataError
        If `n_invited`, `channel` or `wording` is out of its range, or nobody can be asked in this way.

    Examples
    --------
    >>> people = survey_population(make_retail(n_customers=300, rng=1))
    >>> survey = make_survey(people, n_invited=100, channel="phone", rng=3)
    >>> len(survey.survey_invitations), survey.survey_answers["satisfaction"].between(1, 5).all().item()
    (100, True)
    """
    if isinstance(n_invited, bool) or not isinstance(n_invited, int | np.integer) or n_invited < 1:
        raise DataError(f"n_invited must be a whole number, 1 or more; found {n_invited!r}.")
    way, (shift, _, _) = _way(channel, wording)
    g = np.random.default_rng(rng)
    people = people.sort_values("customer_id", ignore_index=True)
    chance = answer_chances(people, channel=channel, wording=wording)
    weight = chance["drawn"].to_numpy()
    can = int((weight > 0).sum())
    if not can:
        raise DataError(f"nobody on the list can be asked by {channel!r}: no customer came to the shop.")
    race = g.exponential(1, len(people)) / np.maximum(weight, 1e-12)  # smallest first: chance ~ weight
    at = np.sort(np.argsort(race, kind="stable")[: min(int(n_invited), can)])
    asked, odds = people.iloc[at].reset_index(drop=True), chance.iloc[at].reset_index(drop=True)
    n = len(asked)
    reached = g.random(n) < odds["reached"].to_numpy()
    answered = reached & (g.random(n) < odds["answers"].to_numpy())
    who = g.integers(0, 4, n)
    push = way.polite * (np.array(INTERVIEWERS)[who] - 1) if channel == "phone" else 0.0
    yes_chance = odds["says_yes"].to_numpy() + np.where(asked["true_use"], 0.0, push)
    yes = g.random(n) < np.nan_to_num(yes_chance)
    shown = asked["true_score"].to_numpy() + shift + way.shift + g.normal(0, way.noise, n)
    box = 1 + np.searchsorted(CUTS * np.sqrt(1 + way.noise**2), shown)
    typed = [np.where(g.random(n) < 0.03, 1 + (box + g.integers(0, 4, n)) % 5, box) for _ in range(2)]
    paper = channel == "till"
    day = pd.Timestamp(engine.day(start, name="start")) + pd.to_timedelta(g.integers(0, 5, n), unit="D")
    later = pd.to_timedelta(np.minimum(np.floor(g.gamma(2, way.days / 2, n)), 60), unit="D")
    said = np.array(REMARKS, dtype=object)[
        np.where(box <= 3, g.integers(0, 4, n), np.where(box == 4, g.integers(0, 10, n), g.integers(4, 9, n)))
    ]
    answers = pd.DataFrame(
        {
            "customer_id": asked["customer_id"],
            "channel": channel,
            "answer_date": day + later,
            "satisfaction": typed[0] if paper else box,
            "satisfaction_again": pd.array(typed[1] if paper else [pd.NA] * n, dtype="Int64"),
            "would_use": np.where(yes, "yes", "no") if channel != "observation" else None,
            "remark": pd.Series(said).where(pd.Series(g.random(n) < 0.35), None)
            if channel != "observation"
            else None,
        }
    )
    return Survey(
        survey_invitations=pd.DataFrame(
            {
                "customer_id": asked["customer_id"],
                "group": asked["group"],
                "channel": channel,
                "wording": wording,
                "interviewer": pd.array(
                    [f"I{1 + i}" if channel == "phone" else None for i in who], dtype="str"
                ),
                "invited_date": day,
                "reached": reached,
                "answered": answered,
                "cost_eur": way.invite_eur + way.answer_eur * answered,
            }
        ),
        survey_answers=answers[answered].sort_values(["answer_date", "customer_id"], ignore_index=True),
        truth_survey=asked[["customer_id", "true_score", "true_satisfaction", "true_use"]].assign(
            answer_chance=odds["reached"] * odds["answers"]
        ),
    )


def expected_survey(people: pd.DataFrame, *, channel: str, wording: str = "neutral") -> pd.DataFrame:
    """Give what a survey finds on average, by adding up chances instead of asking (needs the truth).

    Parameters
    ----------
    people : DataFrame
        From `survey_population`.
    channel, wording : str
        As in `answer_chances`; not "observation", which cannot ask.

    Returns
    -------
    DataFrame
        One row: ``channel``, ``wording``, ``answer_rate`` (answers per invitation), ``true_share`` (of all on
        the list), ``answering_share`` (true share of those who answer), ``recorded_share`` (their answers),
        ``weighted_share`` (their answers, post-stratified by group), ``cost_per_answer_eur``.

    Raises
    ------
    DataError
        If `channel` or `wording` is not allowed.

    Examples
    --------
    >>> people = survey_population(make_retail(n_customers=300, rng=1))
    >>> row = expected_survey(people, channel="online", wording="leading").iloc[0]
    >>> bool(row["recorded_share"] > row["answering_share"])
    True
    """
    if channel == "observation":
        raise DataError("channel must be 'phone', 'online' or 'till': an observer cannot ask.")
    way, _ = _way(channel, wording)
    t = answer_chances(people, channel=channel, wording=wording)
    weight = t["drawn"] * t["reached"] * t["answers"]
    rate = float(weight.sum() / t["drawn"].sum()) if t["drawn"].sum() else np.nan
    groups = people["group"].to_numpy()
    by_group = (weight * t["says_yes"]).groupby(groups).sum() / weight.groupby(groups).sum().replace(
        0, np.nan
    )
    there = people["group"].value_counts()[by_group.dropna().index]
    return pd.DataFrame(
        {
            "channel": [channel],
            "wording": [wording],
            "answer_rate": [rate],
            "true_share": [float(people["true_use"].mean())],
            "answering_share": [float(np.average(people["true_use"], weights=weight))],
            "recorded_share": [float(np.average(t["says_yes"], weights=weight))],
            "weighted_share": [float(np.average(by_group.dropna(), weights=there))],
            "cost_per_answer_eur": [way.answer_eur + way.invite_eur / rate],
        }
    )


def make_fieldwork(
    world: World | None = None,
    *,
    n_customers: int = 6000,
    n_invited: int = 1500,
    wording: str = "neutral",
    rng: int | np.random.Generator = SEED_FIELDWORK,
) -> Survey:
    """Make the survey of January 2024: three in five online, one in five by phone, one in five at the till.

    Parameters
    ----------
    world : World, optional
        The retail world whose customers are asked; made with `n_customers` when left out.
    n_customers : int, default 6000
        Size of the retail world that is made.
    n_invited : int, default 1500
        Invitations, 5 or more; nobody is asked twice, and no more than there are on the list.
    wording : str, default "neutral"
        As in `answer_chances`.
    rng : int or Generator, default 69
        Seed or generator.

    Returns
    -------
    Survey
        The three tables of the wave.

    Raises
    ------
    DataError
        If a number is out of its range.

    Examples
    --------
    >>> wave = make_fieldwork(n_customers=400, n_invited=100, rng=1)
    >>> wave.survey_invitations["channel"].value_counts().to_dict()
    {'online': 60, 'phone': 20, 'till': 20}
    """
    if isinstance(n_invited, bool) or not isinstance(n_invited, int | np.integer) or n_invited < 5:
        raise DataError(f"n_invited must be a whole number, 5 or more; found {n_invited!r}.")
    g = np.random.default_rng(rng)
    if world is None:
        world = make_retail(n_customers=n_customers, rng=g)
    people = survey_population(world, rng=g)
    fifth = min(int(n_invited), len(people)) // 5
    parts, left = [], people
    for channel, n in (("till", fifth), ("phone", fifth), ("online", 3 * fifth)):
        parts.append(make_survey(left, n_invited=n, channel=channel, wording=wording, rng=g))
        left = left[~left["customer_id"].isin(parts[-1].survey_invitations["customer_id"])]
    names = ("survey_invitations", "survey_answers", "truth_survey")
    return Survey(
        **{
            name: pd.concat([getattr(part, name) for part in parts]).sort_values(
                "customer_id", ignore_index=True
            )
            for name in names
        }
    )


def _way(channel: str, wording: str) -> tuple[Channel, tuple[float, float, float]]:
    if channel not in CHANNELS:
        raise DataError(f"channel must be one of {', '.join(map(repr, CHANNELS))}; found {channel!r}.")
    if wording not in WORDING:
        raise DataError(f"wording must be one of {', '.join(map(repr, WORDINGS))}; found {wording!r}.")
    return CHANNELS[channel], WORDING[wording]


def _logistic(odds: Any) -> Array:
    p: Array = 1 / (1 + np.exp(-np.asarray(odds, dtype=float)))
    return p
