"""Lesson 09, segmentation: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, read, same
from crmlab.datasets.needs import make_needs
from crmlab.datasets.retail import AS_OF, make_retail
from crmlab.tables.needs import OFFERS

CUSTOMERS = 4000
TYPES = ("lighthouse", "follower", "rational", "profit-seeking")
PAIRS = {
    "lighthouse": ["wants_new", "own_style"],
    "follower": ["follows_friends", "trusts_reviews"],
    "rational": ["compares_prices", "reads_specs"],
    "profit-seeking": ["waits_for_sales", "uses_coupons"],
}
MAILINGS, PROGRAMME_EUR = 4, 500.0


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make a student's tables: survey, habits and trial, and nothing of the truth."""
    made = make_needs(make_retail(n_customers=n, rng=rng), rng=rng)
    return AS_OF, {"needs": made.needs, "habits": made.habits, "offer_trial": made.offer_trial}


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: tailoring pays, four offers differ, mistakes show."""
    if plan(data)["gain_eur"] < 500 or best_offers(data).nunique() < 3:
        return False
    for task in TASKS:
        right = read(task.answer(data), task.forms)
        for mistake in task.mistakes:
            theirs = read(mistake.answer(data), task.forms)
            if all(same(theirs[f.name], right[f.name], f) for f in task.forms):
                return False
    return True


def scaled(data: StudentData) -> pd.DataFrame:
    """Give the answers without the unit: mean 0 and standard deviation 1 in each column."""
    answers = data.needs.set_index("customer_id")
    return (answers - answers.mean()) / answers.std(ddof=0)


def wants_new(data: StudentData) -> pd.Series:
    """Task 1: the standardised answer to the first statement."""
    return scaled(data)["wants_new"]


def _centred(data: StudentData) -> pd.Series:
    answers = data.needs.set_index("customer_id")["wants_new"]
    return answers - answers.mean()


def _raw(data: StudentData) -> pd.Series:
    return data.needs.set_index("customer_id")["wants_new"].astype(float)


def _to_one(data: StudentData) -> pd.Series:
    answers = _raw(data)
    return (answers - answers.min()) / (answers.max() - answers.min())


def segments(data: StudentData, table: pd.DataFrame | None = None) -> pd.Series:
    """Task 2: the type in whose pair of statements a customer lies highest, on the standardised answers."""
    answers = scaled(data) if table is None else table
    means = pd.DataFrame({name: answers[two].mean(axis=1) for name, two in PAIRS.items()})
    return means.idxmax(axis=1)


def _raw_segments(data: StudentData) -> pd.Series:
    return segments(data, data.needs.set_index("customer_id"))


def _lowest(data: StudentData) -> pd.Series:
    return segments(data, -scaled(data))


def _one_item(data: StudentData) -> pd.Series:
    answers = scaled(data)
    return pd.DataFrame({name: answers[two[0]] for name, two in PAIRS.items()}).idxmax(axis=1)


def first_share(data: StudentData) -> float:
    """Task 3: share of followers among those who answered."""
    return float((segments(data) == "follower").mean())


def _share_of_all(data: StudentData) -> float:
    return float((segments(data) == "follower").sum() / len(data.offer_trial))


def _share_raw(data: StudentData) -> float:
    return float((_raw_segments(data) == "follower").mean())


def _share_among_ordered(data: StudentData) -> float:
    who = data.offer_trial.loc[data.offer_trial["ordered"], "customer_id"]
    kind = segments(data)
    return float((kind[kind.index.isin(who)] == "follower").mean())


def people(data: StudentData) -> pd.DataFrame:
    """Give the trial of those who answered, with their segment and the net of the offer they got."""
    trial = data.offer_trial.set_index("customer_id")
    kind = segments(data)
    return trial.loc[kind.index].assign(segment=kind, net_eur=lambda t: t["margin_eur"] - t["offer_cost_eur"])


def best_offers(data: StudentData) -> pd.Series:
    """Task 4: the offer with the highest mean net in each segment."""
    return people(data).groupby(["segment", "offer"])["net_eur"].mean().unstack().idxmax(axis=1)


def _everybody(data: StudentData) -> dict[str, Any]:
    best = people(data).groupby("offer")["net_eur"].mean().idxmax()
    return dict.fromkeys(TYPES, best)


def _worst(data: StudentData) -> dict[str, Any]:
    means = people(data).groupby(["segment", "offer"])["net_eur"].mean().unstack()
    return dict(means.idxmin(axis=1))


def plan(
    data: StudentData,
    *,
    of: str = "net_eur",
    folds: bool = True,
    swap: bool = False,
    count: int | None = None,
    mailings: int = MAILINGS,
) -> dict[str, Any]:
    """Task 5: choose on rows 1, 3, 5 ..., judge on rows 2, 4, 6 ...; the gain over the same offer for all.

    The mistakes turn one screw each: money `of` another column, no split into halves (`folds` False), the
    halves exchanged (`swap`), another `count` of programmes paid for, another number of `mailings`.
    """
    rows = people(data).sort_index()
    odd = np.arange(len(rows)) % 2 == 1
    choose, judge = (rows[~odd], rows[odd]) if folds else (rows, rows)
    if swap:
        choose, judge = judge, choose
    table = choose.groupby(["segment", "offer"])[of].mean().unstack()
    all_mean = choose.groupby("offer")[of].mean()
    worth = judge.groupby(["segment", "offer"])[of].mean().unstack()
    sizes = rows["segment"].value_counts()
    each = pd.Series({s: worth.loc[s, table.loc[s].idxmax()] for s in table.index})
    same = worth[all_mean.idxmax()]
    programmes = len(table) if count is None else count
    gain = float(((each - same) * sizes).sum()) * mailings - PROGRAMME_EUR * (programmes - 1)
    return {"segments": len(table), "gain_eur": gain, "decision": "tailor" if gain > 0 else "same for all"}


_ANSWERED = "Those who did not answer have no segment: divide by the number of answers, not by all customers."
_RAW = (
    "Standardise first, as in task 1: some statements get high answers from everybody, and would win for "
    "everybody."
)

TASKS = (
    Task(
        "09.1",
        "A statement without its unit",
        (Form("table", name="wants_new", tolerance=0.002),),
        wants_new,
        (
            Mistake(
                "not standardised",
                _raw,
                "These are the answers themselves. Take off the mean, then divide by the standard deviation.",
            ),
            Mistake(
                "only centred",
                _centred,
                "The mean is taken off; now divide by the standard deviation, so that the spread is 1.",
            ),
            Mistake(
                "to 0 and 1",
                _to_one,
                "This stretches from 0 to 1. Asked for is mean 0 and standard deviation 1.",
            ),
        ),
    ),
    Task(
        "09.2",
        "A segment for each answer",
        (Form("table", name="segment", allowed=TYPES),),
        segments,
        (
            Mistake("answers not standardised", _raw_segments, _RAW),
            Mistake("the lowest", _lowest, "This is the pair in which each lies lowest: take idxmax."),
            Mistake(
                "one statement",
                _one_item,
                "Take both statements of a pair: the mean of two answers holds less error than one.",
            ),
        ),
    ),
    Task(
        "09.3",
        "How many are followers?",
        (Form("share", tolerance=0.0006),),
        first_share,
        (
            Mistake("of all customers", _share_of_all, _ANSWERED),
            Mistake("answers not standardised", _share_raw, _RAW),
            Mistake(
                "of those who ordered",
                _share_among_ordered,
                "Those who ordered in the trial are another group; count all who answered.",
            ),
        ),
    ),
    Task(
        "09.4",
        "The best offer for each segment",
        tuple(Form("choice", name=kind, allowed=OFFERS) for kind in TYPES),
        lambda data: best_offers(data).to_dict(),
        (
            Mistake(
                "everybody the same", _everybody, "This is the best for all together; group by segment too."
            ),
            Mistake("the worst", _worst, "This is the lowest mean: idxmax finds the highest."),
        ),
    ),
    Task(
        "09.5",
        "Does it pay?",
        (
            Form("count", name="segments"),
            Form("number", name="gain_eur", unit="EUR", tolerance=1.0),
            Form("choice", name="decision", allowed=("tailor", "same for all")),
        ),
        plan,
        (
            Mistake(
                "chosen and judged on the same customers",
                lambda data: plan(data, folds=False),
                "Choose on rows 1, 3, 5 ... (iloc[::2]), judge on rows 2, 4, 6 ...: a fresh half judges.",
            ),
            Mistake(
                "halves exchanged",
                lambda data: plan(data, swap=True),
                "Your halves have changed places: rows 1, 3, 5 ... choose, rows 2, 4, 6 ... judge.",
            ),
            Mistake(
                "programmes not paid",
                lambda data: plan(data, count=1),
                "The programmes cost money: take off 500 EUR for each segment beyond the first.",
            ),
            Mistake(
                "all programmes charged",
                lambda data: plan(data, count=5),
                "Treating all the same needs a programme too: take off the cost of three more, not of four.",
            ),
            Mistake(
                "cost of the offers left out",
                lambda data: plan(data, of="margin_eur"),
                "net_eur is margin_eur less offer_cost_eur.",
            ),
            Mistake(
                "one mailing",
                lambda data: plan(data, mailings=1),
                "There are four mailings in the year.",
            ),
        ),
    ),
)
