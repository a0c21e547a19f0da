"""Lesson 02, collecting information: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within
from crmlab.datasets.fieldwork import make_survey, survey_population
from crmlab.datasets.retail import AS_OF, make_retail
from crmlab.tables.survey import AGE_GROUPS as GROUPS

CUSTOMERS = 3000
SILENT = 90  # customers who kept silent and were asked again
MARGIN = 0.04


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make a list, an online survey of two in three on it, a follow-up of some who kept silent, an offer."""
    people = survey_population(make_retail(n_customers=n, rng=rng), rng=rng)
    survey = make_survey(people, n_invited=2 * len(people) // 3, channel="online", rng=rng)
    asked, answers = survey.survey_invitations, survey.survey_answers
    silent = rng.permutation(asked.loc[~asked["answered"], "customer_id"].to_numpy())[:SILENT]
    again = people[people["customer_id"].isin(silent)]
    wish = np.where(again["true_use"], rng.random(len(again)) < 0.98, rng.random(len(again)) < 0.02)
    gain = float(rng.integers(18, 31))
    yes = float((answers["would_use"] == "yes").mean())
    fee = round(gain * (yes - rng.choice([0.05, 0.22])), 2)  # the plain mean says go, in both cases
    return AS_OF, {
        "people": people[["customer_id", "group", "region", "orders_year", "shop_orders", "club"]],
        "survey_invitations": asked,
        "survey_answers": answers[["customer_id", "channel", "answer_date", "satisfaction", "would_use"]],
        "follow_up": pd.DataFrame(
            {"customer_id": again["customer_id"].to_numpy(), "would_use": np.where(wish, "yes", "no")}
        ),
        "offer": pd.DataFrame({"fee_eur_year": [fee], "gain_eur_year": [gain]}),
    }


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: the decision is clear, and mistakes show."""
    right, weighted = decide(data), estimate(data)
    if abs(right["share"] - break_even(data)) < 0.01 or len(strata(data)) < len(GROUPS):
        return False
    plain, other = yes_share(data), (_of_invited(data), _equal_groups(data), _upside_down(data))
    worst = margin(data) * 0.5 / math.sqrt(plain * (1 - plain))
    margins = (_margin(data, endless=True), _margin(data, n=len(data.survey_invitations)), worst)
    return bool(
        abs(plain - weighted) > 0.005
        and min(abs(weighted - x) for x in other) > 0.0008  # the check allows 0.0005
        and min(abs(margin(data) - m) for m in margins) > 0.0003  # and here 0.0002
        and min(abs(right["share"] - x) for x in (_pooled(data), _halves(data), _turned(data))) > 0.004
        and strata(data)["answers"].min() >= 3
    )


def answer_rate(data: StudentData) -> float:
    """Task 1: answers per invitation."""
    return len(data.survey_answers) / len(data.survey_invitations)


def yes_share(data: StudentData) -> float:
    """Share of the answers that say yes."""
    return float((data.survey_answers["would_use"] == "yes").mean())


def _margin(data: StudentData, *, n: int | None = None, endless: bool = False, z: float = 1.96) -> float:
    p, size, people = yes_share(data), len(data.survey_answers) if n is None else n, len(data.people)
    left = 1.0 if endless else (people - size) / (people - 1)
    return z * math.sqrt(p * (1 - p) / size * left)


def margin(data: StudentData) -> float:
    """Task 2: the margin of error with the finite population correction."""
    return _margin(data)


def strata(data: StudentData) -> pd.DataFrame:
    """Compare the groups on the list, among the invited and among the answers."""
    group = data.people.set_index("customer_id")["group"]
    got = data.survey_answers.assign(
        group=data.survey_answers["customer_id"].map(group), yes=data.survey_answers["would_use"] == "yes"
    )
    means = got.groupby("group")["yes"].agg(["size", "mean"])
    return pd.DataFrame(
        {
            "of_list": data.people["group"].value_counts(normalize=True),
            "of_invited": data.survey_invitations["group"].value_counts(normalize=True),
            "of_answers": got["group"].value_counts(normalize=True),
            "answers": means["size"],
            "mean": means["mean"],
        }
    ).dropna()


def estimate(data: StudentData) -> float:
    """Task 3: the share of yes, each group counted as it stands on the list."""
    table = strata(data)
    return float((table["of_list"] * table["mean"]).sum())


def weights(data: StudentData) -> dict[str, float]:
    """Task 3: the weight of the young, and the weighted share."""
    table = strata(data)
    return {
        "weight_under_35": float(table.loc["under 35", "of_list"] / table.loc["under 35", "of_answers"]),
        "share": estimate(data),
    }


def _of_invited(data: StudentData) -> float:
    table = strata(data)
    return float((table["of_invited"] * table["mean"]).sum())


def _equal_groups(data: StudentData) -> float:
    return float(strata(data)["mean"].mean())


def _upside_down(data: StudentData) -> float:
    table = strata(data)
    weight = table["of_answers"] / table["of_list"]
    return float((weight * table["of_answers"] * table["mean"]).sum())


def plan(
    data: StudentData, *, endless: bool = False, width: float = MARGIN, down: bool = False, **other: bool
) -> dict[str, int]:
    """Task 4: answers for a margin of 4 points in the worst case, and invitations. Switches are mistakes."""
    first = (1.96 / width) ** 2 * 0.25
    needed = first if endless else first / (1 + (first - 1) / len(data.people))
    answers = math.floor(needed) if down else math.ceil(needed)
    rate = answer_rate(data)
    return {
        "answers": answers,
        "invitations": math.ceil(answers * rate if other.get("times") else answers / rate),
    }


def break_even(data: StudentData) -> float:
    """Give the share of users at which the delivery pays for itself."""
    return float(data.offer["fee_eur_year"].iloc[0] / data.offer["gain_eur_year"].iloc[0])


def _shares(data: StudentData) -> tuple[float, float, float]:
    return answer_rate(data), yes_share(data), float((data.follow_up["would_use"] == "yes").mean())


def share_of_all(data: StudentData) -> float:
    """Task 5: answer rate × share of those who answered + (1 - answer rate) × share of the silent."""
    rate, first, silent = _shares(data)
    return rate * first + (1 - rate) * silent


def _pooled(data: StudentData) -> float:
    both = pd.concat([data.survey_answers["would_use"], data.follow_up["would_use"]])
    return float((both == "yes").mean())


def _halves(data: StudentData) -> float:
    _, first, silent = _shares(data)
    return (first + silent) / 2


def _turned(data: StudentData) -> float:
    rate, first, silent = _shares(data)
    return (1 - rate) * first + rate * silent


def decide(data: StudentData, *, share: float | None = None, people: int | None = None) -> dict[str, Any]:
    """Task 5: the share of all, the yearly profit on the whole list, and yes or no."""
    found = share_of_all(data) if share is None else share
    fee, gain = (float(data.offer[c].iloc[0]) for c in ("fee_eur_year", "gain_eur_year"))
    profit = (len(data.people) if people is None else people) * (found * gain - fee)
    return {"share": found, "profit_eur": profit, "decision": "yes" if profit >= 0 else "no"}


def _fee_of_users(data: StudentData) -> dict[str, Any]:
    right = decide(data)
    fee, gain = (float(data.offer[c].iloc[0]) for c in ("fee_eur_year", "gain_eur_year"))
    profit = len(data.people) * right["share"] * (gain - fee)
    return right | {"profit_eur": profit, "decision": "yes" if profit >= 0 else "no"}


def _no_fee(data: StudentData) -> dict[str, Any]:
    right = decide(data)
    profit = len(data.people) * right["share"] * float(data.offer["gain_eur_year"].iloc[0])
    return right | {"profit_eur": profit, "decision": "yes"}


def _near(value: Any, theirs: Any, _: Any) -> bool:
    """Compare amounts of one customer, which are small; words must be the same."""
    return abs(value - theirs) <= 0.01 if isinstance(value, float) else bool(value == theirs)


TASKS: tuple[Task, ...] = (
    Task(
        "02.1", "The answer rate",
        (Form("share", tolerance=0.0005),),
        answer_rate,
        (
            Mistake(
                "of the reached",
                lambda d: len(d.survey_answers) / int(d.survey_invitations["reached"].sum()),
                "This divides by those who were reached. Divide by all who were invited.",
            ),
            Mistake(
                "of the list", lambda d: len(d.survey_answers) / len(d.people),
                "This divides by everybody on the list. Divide by those who were invited.",
            ),
            Mistake(
                "reached, not answered", lambda d: float(d.survey_invitations["reached"].mean()),
                "This is the share that was reached. Count those who answered.",
            ),
            Mistake("share of yes", yes_share, "This is the share of yes. Count all answers, yes and no."),
            Mistake(
                "the silent", lambda d: 1 - answer_rate(d),
                "This is the share that kept silent. The answer rate is 1 less this.",
            ),
            Mistake(
                "a count", lambda d: len(d.survey_answers), "This is a count. Divide it by the invitations."
            ),
            Mistake(
                "percent for share", lambda d: 100 * answer_rate(d),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(0.1),
            ),
        ),
    ),
    Task(
        "02.2", "The margin of error",
        (Form("number", tolerance=0.0002),),
        margin,
        (
            Mistake(
                "endless list", lambda d: _margin(d, endless=True),
                "The list is not endless: multiply by (N - n) / (N - 1) under the root.",
            ),
            Mistake(
                "invitations for answers", lambda d: _margin(d, n=len(d.survey_invitations)),
                "n is the number of answers. Silent people tell nothing.",
            ),
            Mistake("without 1.96", lambda d: _margin(d, z=1.0), "The factor 1.96 is missing."),
            Mistake(
                "whole width", lambda d: 2 * margin(d), "This is the whole interval. The margin is half."
            ),
            Mistake(
                "worst case", lambda d: margin(d) * 0.5 / math.sqrt(yes_share(d) * (1 - yes_share(d))),
                "This uses p = 0.5. Here p is known: the share of yes among the answers.",
            ),
            Mistake(
                "no root", lambda d: 1.96 * (margin(d) / 1.96) ** 2,
                "The root is missing: take the square root of the product, then times 1.96.",
            ),
            Mistake(
                "correction outside the root",
                lambda d: _margin(d, endless=True)
                * (len(d.people) - len(d.survey_answers)) / (len(d.people) - 1),
                "The correction (N - n) / (N - 1) belongs under the root.",
            ),
            Mistake(
                "percentage points", lambda d: 100 * margin(d),
                "These are percentage points. Give a share: do not multiply by 100.", within(0.02),
            ),
        ),
    ),
    Task(
        "02.3", "Weights by group",
        (
            Form("number", name="weight_under_35", tolerance=0.002),
            Form("share", name="share", tolerance=0.0005),
        ),
        weights,
        (
            Mistake(
                "weight turned",
                lambda d: weights(d) | {"weight_under_35": 1 / weights(d)["weight_under_35"]},
                "The weight is turned round: share of the list ÷ share of the answers. A group that answers "
                "too often must count less.",
            ),
            Mistake(
                "plain mean", lambda d: weights(d) | {"share": yes_share(d)},
                "This is the plain share of yes. Multiply each group's share of yes by its share "
                "of the list.",
            ),
            Mistake(
                "groups alike", lambda d: weights(d) | {"share": _equal_groups(d)},
                "Each group counts the same here. Multiply each by its share of the list before you add.",
            ),
            Mistake(
                "the invited", lambda d: weights(d) | {"share": _of_invited(d)},
                "These are the shares among the invited. The list is data.people.",
            ),
            Mistake(
                "turned and added", lambda d: weights(d) | {"share": _upside_down(d)},
                "The weights are turned round in the sum. Use each group's share of the list.",
            ),
        ),
    ),
    Task(
        "02.4", "How many must be invited?",
        (Form("count", name="answers"), Form("count", name="invitations", tolerance=2.0)),
        plan,
        (
            Mistake(
                "endless list", lambda d: plan(d, endless=True),
                "The list is not endless: n = n0 / (1 + (n0 - 1) / N).",
            ),
            Mistake(
                "rounded down", lambda d: plan(d, down=True), "Round up: a part of an answer is too few."
            ),
            Mistake(
                "half the margin", lambda d: plan(d, width=MARGIN / 2),
                "4 points to each side is the margin itself: do not halve it.",
            ),
            Mistake(
                "double the margin", lambda d: plan(d, width=2 * MARGIN),
                "The margin is 4 points to each side: do not double it.",
            ),
            Mistake(
                "times the rate", lambda d: plan(d, times=True),
                "More invitations than answers are needed: divide by the answer rate.",
            ),
        ),
    ),
    Task(
        "02.5", "The decision: do we take the offer?",
        (
            Form("share", name="share", tolerance=0.0005),
            Form("number", name="profit_eur", unit="EUR", tolerance=20.0),
            Form("choice", name="decision", allowed=("yes", "no")),
        ),
        decide,
        (
            Mistake(
                "turned decision",
                lambda d: decide(d) | {"decision": "no" if decide(d)["decision"] == "yes" else "yes"},
                "Look at the sign of your profit: 0 or more means yes.",
            ),
            Mistake(
                "answers only", lambda d: decide(d, share=yes_share(d)),
                "This trusts those who answered online. Most customers kept silent: put data.follow_up in.",
            ),
            Mistake(
                "weights only", lambda d: decide(d, share=estimate(d)),
                "Weights by group do not know what the silent want. Use data.follow_up.",
            ),
            Mistake(
                "all answers in one pot", lambda d: decide(d, share=_pooled(d)),
                "All answers are in one pot here. The few of the follow-up stand for all who kept silent: "
                "answer rate × share online + (1 - answer rate) × share in the follow-up.",
            ),
            Mistake(
                "half and half", lambda d: decide(d, share=_halves(d)),
                "This is half and half. Multiply by the answer rate, and by 1 less the answer rate.",
            ),
            Mistake(
                "turned round", lambda d: decide(d, share=_turned(d)),
                "The two parts are turned round: the follow-up stands for those who kept silent, and they "
                "are the larger part.",
            ),
            Mistake(
                "follow-up only", lambda d: decide(d, share=_shares(d)[2]),
                "This is the share among the silent. Those who answered belong to all customers too.",
            ),
            Mistake(
                "fee of the users", _fee_of_users,
                "The carrier asks the fee for every customer on the list, not for the users only.",
            ),
            Mistake("no fee", _no_fee, "The fee is missing: take it off for every customer on the list."),
            Mistake(
                "profit of the answers", lambda d: decide(d, people=len(d.survey_answers)),
                "This is the profit from those who answered. The offer is for everybody on the list.",
            ),
            Mistake(
                "profit of the invited", lambda d: decide(d, people=len(d.survey_invitations)),
                "This is the profit from those who were invited. The offer is for everybody on the list.",
            ),
            Mistake(
                "profit of one", lambda d: decide(d, people=1),
                "This is the profit per customer. Multiply by the number of customers on the list.",
                _near,
            ),
        ),
    ),
)  # fmt: skip
