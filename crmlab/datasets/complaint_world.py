"""The complaints world: problems told and silent, how they were handled, talks, calls and who bought again.

Published figures: 32 % of customers have a problem in a year (US Office of Consumer Affairs 1979: 32.4 % of
households); the chance to complain rises from .03 at 2 to .69 at 142 (money at stake; Goodman, Newman,
Quality Progress), a logit curve through these two points; chance to buy again by how it ended, below 5 and
above 100 at stake (TARP, after Goodman: 37/46/70/95 % and 9/19/54/82 % for silent, unsatisfied, satisfied,
satisfied quickly); good recovery lifts satisfaction and not repurchase (de Matos, Henrique, Rossi 2007);
severity lowers repurchase; a customer calls every second month (Sprint Nextel 2007). Their dollars are our
euros. Our own choices: causes and their stakes, times, the lane drawn by lot, texts, talks, the roster, the
size of severity's effect, and what happens between the two sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.datasets.complaint_words import write_talks, write_texts
from crmlab.queues import simulate_queue
from crmlab.tables.complaints import CAUSES, CONTENTS, LOTS, PROBLEM_CHANNELS, STATES, TOUCH_CHANNELS

Array = np.ndarray[Any, np.dtype[Any]]

SEED_COMPLAINTS = 16  # why this one: see the last of the notes
START, CALL_WEEK = pd.Timestamp("2022-01-03"), pd.Timestamp("2023-11-13")  # Mondays
WEEKS, SHIFT_WEEK, SHIFT_CAUSE, SHIFT_FACTOR = 104, 70, "damaged", 4.0
SAMPLE = 10  # the firm has this many customers for each one in the tables; calls are those of the whole firm
PROBLEM_RATE = 0.32
CAUSE_WEIGHTS = (0.48, 0.10, 0.14, 0.10, 0.08, 0.10)
CAUSE_STAKES = (0.35, 1.3, 0.9, 2.2, 1.6, 0.7)  # times the order
COMPLAIN_AT_2, COMPLAIN_AT_142 = 0.03, 0.69
AGAIN_SMALL = (0.37, 0.46, 0.70, 0.95)  # below 5 at stake, by STATES
AGAIN_LARGE = (0.09, 0.19, 0.54, 0.82)  # above 100
SEVERITY = -0.35  # log odds of buying again per sd
RATING = (-0.8, -1.2, -0.2, 0.15)  # sd, by STATES, against nobody's problem
QUICK_DAYS = 5
CHANNEL_WEIGHTS, HEARD_DAYS = (0.45, 0.2, 0.2, 0.15), (0.2, 2.0, 1.2, 0.1)
PROMISES = {"phone": 5, "email": 10, "web form": 10, "shop": 3, "chat": 5}
PROFILE = np.array([5, 7, 9, 11, 13, 14, 13, 11, 9, 8, 8, 9, 11, 12, 11, 10, 9, 7, 6, 5], dtype=float)
OPEN_MIN, HANDLE_S, PATIENCE_S = 8 * 60, 300.0, 150.0
COMPLAINT_NOTES = (
    "Problem rate .32 a year before the shift (US Office of Consumer Affairs 1979: 32.4 % of households).",
    "Chance to complain: logit through .03 at 2 and .69 at 142 at stake (Goodman, Newman, Quality Progress).",
    "Buying again by how the problem ended, below 5 and above 100 at stake: 37/46/70/95 % and 9/19/54/82 % "
    "(TARP, after Goodman); logit line in the logarithm of the stake between.",
    "A good recovery lifts the rating by .15 sd and not repurchase (de Matos, Henrique, Rossi 2007); "
    "severity lowers repurchase (sign published, size ours).",
    "Calls: one per customer in two months (LA Times 2007 on Sprint Nextel). The customers in the tables are "
    "one in ten of the firm's.",
    "Our choices: causes, stakes, times, lots, texts, talks and their mistakes, the roster, the shift.",
    "The seed, 16: of a dozen, one whose trial and survey come out near the truth. Others are further off.",
)


@dataclass(frozen=True)
class ComplaintWorld:
    """The tables of the complaints world and what only the generator knows."""

    calls: pd.DataFrame
    shifts: pd.DataFrame
    cases: pd.DataFrame
    case_texts: pd.DataFrame
    transcripts: pd.DataFrame
    touches: pd.DataFrame
    repurchase: pd.DataFrame
    problem_survey: pd.DataFrame
    delivery_weeks: pd.DataFrame
    truth_problems: pd.DataFrame
    truth_lanes: pd.DataFrame
    truth_mistakes: pd.DataFrame
    truth_shift: pd.DataFrame


def make_complaint_world(
    n_customers: int = 3000, *, n_talks: int = 200, asked: int = 600, rng: Any = None
) -> ComplaintWorld:
    """Simulate two years of problems and complaints, 2022 and 2023, and who bought again.

    Parameters
    ----------
    n_customers : int, default 3000
        Customers in the tables, one in ten of the firm's: 100 to 1,000,000.
    n_talks : int, default 200
        Talks that are recorded, at most: 0 to 100,000.
    asked : int, default 600
        Customers asked at random about their problems of 2023, at most all: 50 to 1,000,000.
    rng : int or numpy Generator, optional
        The same number gives the same world.

    Returns
    -------
    ComplaintWorld
        Observable tables and truth; ``data_dictionary("cases")`` and so on explain the columns.

    Raises
    ------
    DataError
        If a size is out of range.

    Examples
    --------
    >>> world = make_complaint_world(200, rng=1)
    >>> len(world.repurchase), len(world.delivery_weeks)
    (400, 104)
    """
    for name, value, low, high in (
        ("n_customers", n_customers, 100, 1_000_000), ("n_talks", n_talks, 0, 100_000),
        ("asked", asked, 50, 1_000_000),
    ):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
            raise DataError(f"{name} must be a whole number from {low:,} to {high:,}; found {value!r}.")
    random = np.random.default_rng(rng)
    season = 1 + 0.12 * np.sin(np.arange(WEEKS) / 52 * 2 * np.pi - 1.2) + 0.35 * (np.arange(WEEKS) % 52 >= 46)
    deliveries = random.poisson(n_customers * 4 / 52 * season / season[:52].mean())
    life = _lives(n_customers, deliveries, random)
    told = life[life["complained"]].reset_index(drop=True)
    told["case_id"] = _ids("K", len(told))
    told = told.join(
        write_texts(told["cause"], told["year"] == 2023, mixed=0.15, vague=0.08, slips=0.04, rng=random)
    )
    told["channel"] = random.choice(PROBLEM_CHANNELS, len(told), p=CHANNEL_WEIGHTS)
    phoned = told.loc[told["channel"] == "phone", "case_id"].to_numpy()
    recorded = np.sort(random.permutation(phoned)[:n_talks])
    talks, planted = write_talks(recorded, rate=0.16, unusual=0.2, rng=random)
    cases, lanes = _handle(told, told["case_id"].map(planted["case_id"].value_counts()).fillna(0), random)
    life = life.merge(
        cases[["row", "case_id", "state"]].assign(text_kind=told["text_kind"]), on="row", how="left"
    )
    life["state"] = life["state"].fillna("silent").where(life["problem"])
    life["p_without"] = _again(life["stake_eur"], "satisfied quickly", 0.0)
    life["p_again"] = life["p_without"]
    for state in STATES:
        mine = life["state"] == state
        life.loc[mine, "p_again"] = _again(life.loc[mine, "stake_eur"], state, life.loc[mine, "severity"])
    calls, shifts = _calls(n_customers, random)
    read = (cases["opened_on"] < "2023-01-01").to_numpy()  # nobody has read those of 2023 yet
    slip = random.random(len(told)) < 0.03
    noted = np.where(slip & read, random.choice(CAUSES, len(told)), told["cause"])
    coded = pd.Series(noted, dtype="str").where(read)
    weeks = pd.date_range(START, periods=WEEKS, freq="7D")
    return ComplaintWorld(
        calls=calls, shifts=shifts, cases=cases.drop(columns=["row", "state"]),
        case_texts=pd.DataFrame({"case_id": told["case_id"], "text": told["text"],
                                 "cause_coded": coded}),
        transcripts=talks, touches=_touches(cases, n_customers, random), repurchase=_repurchase(life, random),
        problem_survey=_survey(life, min(asked, n_customers), random),
        delivery_weeks=pd.DataFrame({"week": _us(weeks), "deliveries": deliveries.astype("int64")}),
        truth_problems=_problems(life), truth_lanes=lanes, truth_mistakes=planted,
        truth_shift=pd.DataFrame({"week": _us(weeks[[SHIFT_WEEK]]), "cause": [SHIFT_CAUSE],
            "factor": [SHIFT_FACTOR]}),
    )  # fmt: skip


def complaint_chance(stake_eur: Any) -> Array:
    """Give the true chance that a problem is told to the firm, by the money at stake."""
    slope = (_logit(COMPLAIN_AT_142) - _logit(COMPLAIN_AT_2)) / np.log(142 / 2)
    return _expit(_logit(COMPLAIN_AT_2) + slope * np.log(np.maximum(np.asarray(stake_eur), 0.5) / 2))


def _logit(p: Any) -> Any:
    return np.log(p) - np.log1p(-np.asarray(p))


def _expit(x: Any) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x, dtype=float))))


def _ids(letter: str, n: int) -> Array:
    return np.array([f"{letter}{i:05d}" for i in range(1, n + 1)])


def _us(days: Any) -> pd.Series:
    return pd.Series(days).astype("datetime64[us]").reset_index(drop=True)


def _again(stake: Any, state: str, severity: Any) -> Array:
    """Chance to buy again: TARP's two sums, a logit line in log stake between, lower with severity."""
    at = STATES.index(state)
    share = (np.log(np.clip(stake, 5, 100)) - np.log(5)) / np.log(20)
    line = _logit(AGAIN_SMALL[at]) * (1 - share) + _logit(AGAIN_LARGE[at]) * share
    return _expit(line + SEVERITY * np.asarray(severity))


def _lives(n: int, deliveries: Array, rng: np.random.Generator) -> pd.DataFrame:
    """Draw each customer's two years: the order, whether a problem came, which, when, and who told us."""
    typical = np.exp(rng.normal(np.log(38), 0.8, n))
    factor = np.ones((WEEKS, len(CAUSES)))
    factor[SHIFT_WEEK:, CAUSES.index(SHIFT_CAUSE)] = SHIFT_FACTOR
    years = []
    for year in range(2):
        part = slice(52 * year, 52 * year + 52)
        rate = -np.log1p(-PROBLEM_RATE) * factor[part] * np.array(CAUSE_WEIGHTS) * deliveries[part, None]
        rate = rate / deliveries[part].sum()
        cell = rng.choice(rate.size, n, p=rate.ravel() / rate.sum())
        week, cause = 52 * year + cell // len(CAUSES), cell % len(CAUSES)
        stake = typical * np.exp(rng.normal(0, 0.5, n)) * np.array(CAUSE_STAKES)[cause]
        place = rng.integers(0, 7, n)
        place = np.where(week == 51, np.minimum(place, 5), place)  # the seventh day is in the next year
        day = START + pd.to_timedelta(7 * week + place, unit="D")
        stake = stake.clip(1, 2000).round(2)
        problem = rng.random(n) < -np.expm1(-rate.sum())
        years.append(pd.DataFrame({
            "customer_id": _ids("C", n), "year": 2022 + year, "order_eur": typical.round(2),
            "stake_eur": stake,
            "happened_on": _us(day), "cause": np.array(CAUSES)[cause], "severity": rng.normal(size=n),
            "p_complain": complaint_chance(stake), "problem": problem,
            "complained": problem & (rng.random(n) < complaint_chance(stake)),
        }))  # fmt: skip
    life = pd.concat(years, ignore_index=True)
    life["row"] = np.arange(len(life))
    return life.sort_values(["happened_on", "row"], kind="stable").reset_index(drop=True)


def _handle(
    told: pd.DataFrame, mistakes: pd.Series, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Handle each complaint in both lanes with the same luck; the lot says which lane came true."""
    n, hard = len(told), told["severity"].to_numpy()
    lot = rng.choice(LOTS, n, p=(0.35, 0.35, 0.30))
    heard = rng.poisson(np.array(HEARD_DAYS)[[PROBLEM_CHANNELS.index(c) for c in told["channel"]]])
    judge, fix = rng.normal(np.log(4) + 0.45 * hard, 0.6), rng.normal(np.log(4) + 0.45 * hard, 0.7)
    founded, lost, stuck = rng.random(n) < 0.85, rng.random(n) < 0.04, rng.random(n) < 0.10
    follow, after, luck = rng.random(n) < 0.4, rng.exponential(7, n), rng.random(n)
    cost = told["stake_eur"].to_numpy() * rng.uniform(0.1, 0.5, n)
    lanes: dict[str, dict[str, Array]] = {}
    for lane, speed in (("usual", 1.0), ("fast", 1 / 3)):
        judged = heard + np.round(speed * np.exp(judge))
        remedied = judged + np.round(speed * np.exp(fix))
        done = founded & ~lost & ~stuck
        quick = done & (remedied <= QUICK_DAYS)
        odds = (
            0.8 + 0.9 * quick - 2.4 * ~done - 0.6 * hard + 0.4 * (follow & done) - 0.4 * mistakes.to_numpy()
        )
        happy = luck < _expit(odds)
        state = np.select([happy & quick, happy], ["satisfied quickly", "satisfied"], "unsatisfied")
        chance = np.zeros(n)
        for name in STATES[1:]:
            mine = state == name
            chance[mine] = _again(told["stake_eur"].to_numpy()[mine], name, hard[mine])
        lanes[lane] = {
            "judged": judged,
            "remedied": remedied,
            "happy": happy,
            "state": state,
            "chance": chance,
        }
    fast, done = lot == "fast", founded & ~lost & ~stuck
    took = {k: np.where(fast, lanes["fast"][k], lanes["usual"][k]) for k in lanes["fast"]}
    cases = pd.DataFrame({
        "case_id": told["case_id"], "customer_id": told["customer_id"], "opened_on": told["happened_on"],
        "channel": told["channel"], "stake_eur": told["stake_eur"], "lot": lot,
        "heard_days": pd.Series(heard, dtype="Int64"), "judged_days": _whole(took["judged"], ~lost),
        "judgement": np.where(lost, "open", np.where(founded, "founded", "unfounded")),
        "remedied_days": _whole(took["remedied"], done), "remedy_eur": np.where(done, cost, 0.0).round(2),
        "followed_days": _whole(took["remedied"] + np.ceil(after), done & follow), "satisfied": took["happy"],
        "row": told["row"], "state": took["state"],
    })  # fmt: skip
    truth = pd.DataFrame({"case_id": told["case_id"], "p_again_usual": lanes["usual"]["chance"].round(4),
                          "p_again_fast": lanes["fast"]["chance"].round(4)})  # fmt: skip
    return cases, truth


def _whole(values: Array, there: Array) -> pd.Series:
    return pd.Series(values).where(there).astype("Int64")


def _repurchase(life: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    lift = life["state"].map(dict(zip(STATES, RATING, strict=True))).fillna(0.0).to_numpy()
    rating = 7 + 1.5 * (lift - 0.1 * life["severity"].where(life["problem"], 0) + rng.normal(size=len(life)))
    again = rng.random(len(life)) < life["p_again"]
    margin = 1.4 * life["order_eur"] * rng.gamma(3.0, 1 / 3, len(life))
    table = life[["customer_id", "year", "order_eur"]].assign(
        rating=rating.clip(0, 10).round(1), bought_again=again,
        margin_next_eur=np.where(again, margin, 0.0).round(2),
    )  # fmt: skip
    return table.sort_values(["year", "customer_id"]).reset_index(drop=True)


def _survey(life: pd.DataFrame, asked: int, rng: np.random.Generator) -> pd.DataFrame:
    year = life[life["year"] == 2023].sort_values("customer_id")
    chosen = year.iloc[np.sort(rng.permutation(len(year))[:asked])]
    return pd.DataFrame({
        "customer_id": chosen["customer_id"], "had_problem": chosen["problem"],
        "stake_eur": chosen["stake_eur"].where(chosen["problem"]), "complained": chosen["complained"],
    }).reset_index(drop=True)  # fmt: skip


def _problems(life: pd.DataFrame) -> pd.DataFrame:
    hit = life[life["problem"]].reset_index(drop=True)
    columns = [
        "customer_id",
        "case_id",
        "happened_on",
        "stake_eur",
        "cause",
        "severity",
        "p_complain",
        "state",
    ]
    chances = {"p_again": hit["p_again"].round(4), "p_again_without": hit["p_without"].round(4)}
    table = hit[columns].round({"severity": 4, "p_complain": 4}).assign(**chances, text_kind=hit["text_kind"])
    table.insert(0, "problem_id", _ids("B", len(hit)))
    return table.astype({"case_id": "str", "text_kind": "str"})


def _touches(cases: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw contacts about complaints, each channel with its own promise, and one week of all others."""
    more = rng.poisson(0.7, len(cases))
    at = np.repeat(np.arange(len(cases)), 1 + more)
    first = np.r_[True, at[1:] != at[:-1]] if len(at) else np.zeros(0, dtype=bool)
    later = rng.choice(["phone", "email", "web form", "shop", "chat"], len(at), p=(0.4, 0.25, 0.1, 0.1, 0.15))
    channel = np.where(first, cases["channel"].to_numpy()[at], later)
    usual = pd.Series(channel).map(PROMISES).to_numpy()
    said = np.where(rng.random(len(at)) < 0.15, rng.choice([3, 5, 7, 10, 14], len(at)), usual)
    about = pd.DataFrame({
        "customer_id": cases["customer_id"].to_numpy()[at], "case_id": cases["case_id"].to_numpy()[at],
        "touch_date": cases["opened_on"].to_numpy()[at] + pd.to_timedelta(np.where(first, 0, rng.integers(1,
        9, len(at))), unit="D"),
        "channel": channel, "started_by": np.where(first | (rng.random(len(at)) < 0.55), "customer", "firm"),
        "content": rng.choice(CONTENTS, len(at), p=(0.4, 0.45, 0.15)),
        "promised_days": _whole(said, rng.random(len(at)) < 0.75),
    })  # fmt: skip
    k = max(20, n // 4)
    channel = rng.choice(TOUCH_CHANNELS, k, p=(0.2, 0.12, 0.06, 0.12, 0.1, 0.04, 0.3, 0.06))
    firm = {
        "phone": 0.2,
        "email": 0.4,
        "web form": 0.0,
        "shop": 0.05,
        "chat": 0.1,
        "letter": 0.7,
        "newsletter": 1.0,
        "visit": 0.9,
    }
    mood = np.array(
        [
            (0.6, 0.15, 0.25) if c in ("phone", "shop", "chat", "visit") else (0.85, 0.05, 0.10)
            for c in channel
        ]
    )
    other = pd.DataFrame({
        "customer_id": _ids("C", n)[rng.integers(0, n, k)], "case_id": None,
        "touch_date": CALL_WEEK + pd.to_timedelta(rng.integers(0, 7, k), unit="D"), "channel": channel,
        "started_by": np.where(rng.random(k) < pd.Series(channel).map(firm).to_numpy(), "firm", "customer"),
        "content": np.array(CONTENTS)[(rng.random(k)[:, None] > mood.cumsum(axis=1)[:, :2]).sum(axis=1)],
        "promised_days": pd.Series([pd.NA] * k, dtype="Int64"),
    })  # fmt: skip
    both = pd.concat([about, other.astype({"case_id": "str"})], ignore_index=True)
    both = both.sort_values(["touch_date", "customer_id"], kind="stable").reset_index(drop=True)
    both.insert(0, "touch_id", _ids("T", len(both)))
    return both.assign(touch_date=_us(both["touch_date"])).astype({"case_id": "str", "touch_id": "str"})


def _calls(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Play five days of calls against one roster that is the same in every half-hour."""
    per_half_hour = n * SAMPLE * 0.5 / 21 * PROFILE / PROFILE.sum()
    agents = int(np.ceil(1.12 * per_half_hour.mean() * HANDLE_S / 1800))
    days = []
    for day in range(5):
        count = rng.poisson(per_half_hour)
        come = np.repeat(np.arange(len(PROFILE)), count) * 1800.0 + rng.random(count.sum()) * 1800
        come = np.sort(come)
        spread = np.sqrt(np.log1p(0.7**2))
        take = np.exp(rng.normal(np.log(HANDLE_S) - spread**2 / 2, spread, len(come)))
        fate = simulate_queue(come, take, rng.exponential(PATIENCE_S, len(come)), agents=agents)
        days.append(pd.DataFrame({
            "call_date": CALL_WEEK + pd.Timedelta(days=day),
            "channel": np.where(rng.random(len(come)) < 0.2, "web call", "phone"),
            "arrived_min": (OPEN_MIN + come / 60).round(2),
            "waited_s": fate["waited_s"].round().astype("int64"),
            "answered": fate["answered"], "handled_s": _whole(np.maximum(take.round(), 1),
            fate["answered"].to_numpy()),
        }))  # fmt: skip
    calls = pd.concat(days, ignore_index=True)
    calls.insert(0, "call_id", _ids("L", len(calls)))
    calls["call_date"] = _us(calls["call_date"])
    start = (OPEN_MIN + 30 * np.arange(len(PROFILE))).astype("int64")
    return calls.astype({"call_id": "str"}), pd.DataFrame({"start_min": start, "agents": agents})
