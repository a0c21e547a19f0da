"""Lesson 03, the customer database: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within
from crmlab.cleaning import clean_sources
from crmlab.datasets.three_sources import AS_OF, make_sources
from crmlab.linkage import candidate_pairs, link_clusters

CUSTOMERS = 700  # people behind the records
FALSE_EUR, MISSED_EUR = 25.0, 4.0
SAME = ["same_given", "same_family", "same_birth_date", "same_phone", "same_email", "same_street"]
NOBODY = "01/01/1900"


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make a student's own sources, the cleaned records, and the pairs that two clerks have judged."""
    world = make_sources(n, rng=rng)
    records = clean_sources(world.shop_cards, world.web_accounts, world.business_accounts).records
    pairs = candidate_pairs(records)[["record_id_l", "record_id_r", *SAME]]
    person = world.truth_links.set_index("record_id")["person_id"]
    left, right = (person.reindex(pairs[name]).to_numpy() for name in ("record_id_l", "record_id_r"))
    return AS_OF, {
        "shop_cards": world.shop_cards,
        "records": records,
        "pairs": pairs.assign(one_person=left == right),
        "field_checks": world.field_checks,
    }


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: every mistake gives another result than the right way."""
    for task in TASKS:
        right = task.answer(data)
        for mistake in task.mistakes:
            if mistake.alike is None and _alike(mistake.answer(data), right, task.forms):
                return False
    best = costs(data)
    runner_up = sorted(best.tolist())[1]
    return bool(runner_up - best.min() > 1 and 1 <= best.idxmin() <= 3)


def _alike(one: Any, other: Any, forms: tuple[Form, ...]) -> bool:
    if isinstance(one, dict):
        return all(abs(one[f.name] - other[f.name]) <= 2 * f.tolerance for f in forms)
    return bool(abs(one - other) <= 2 * forms[0].tolerance)


def unusable(data: StudentData) -> float:
    """Task 1: share of shop cards whose birth date is missing or stands for "not known"."""
    birth = data.shop_cards["birth_date"]
    return float((birth.isna() | (birth == NOBODY)).mean())


def _missing(data: StudentData) -> float:
    return float(data.shop_cards["birth_date"].isna().mean())


def _filled(data: StudentData) -> float:
    birth = data.shop_cards["birth_date"].dropna()
    return float((birth == NOBODY).mean())


def _placeholder(data: StudentData) -> float:
    return float((data.shop_cards["birth_date"] == NOBODY).mean())


def _digits(data: StudentData) -> pd.Series:
    digits = data.shop_cards["phone"].str.replace("[^0-9]", "", regex=True)
    return digits[digits.notna() & (digits != "0000000000")]


def _shared(data: StudentData, cards: int, of: int | None = None) -> dict[str, float]:
    return {"cards": cards, "share": cards / (of or len(data.shop_cards))}


def shared_phones(data: StudentData) -> dict[str, float]:
    """Task 2: shop cards whose phone, written as digits, is on another shop card too; their share of all."""
    return _shared(data, int(_digits(data).duplicated(keep=False).sum()))


def _as_typed(data: StudentData) -> dict[str, float]:
    phone = data.shop_cards["phone"].dropna()
    return _shared(data, int(phone[phone != "000-0000-000"].duplicated(keep=False).sum()))


def _with_test_number(data: StudentData) -> dict[str, float]:
    digits = data.shop_cards["phone"].dropna().str.replace("[^0-9]", "", regex=True)
    return _shared(data, int(digits.duplicated(keep=False).sum()))


def _with_missing(data: StudentData) -> dict[str, float]:
    digits = data.shop_cards["phone"].str.replace("[^0-9]", "", regex=True)
    return _shared(data, int(digits[digits.ne("0000000000") | digits.isna()].duplicated(keep=False).sum()))


def _only_later(data: StudentData) -> dict[str, float]:
    return _shared(data, int(_digits(data).duplicated().sum()))


def _numbers(data: StudentData) -> dict[str, float]:
    return _shared(data, int((_digits(data).value_counts() > 1).sum()))


def _of_the_known(data: StudentData) -> dict[str, float]:
    return _shared(data, int(shared_phones(data)["cards"]), len(_digits(data)))


def score(data: StudentData) -> pd.Series:
    """Give the agreement score of each pair: the sum of the six comparisons."""
    return data.pairs[SAME].sum(axis=1)


def quality(data: StudentData, least: int = 2) -> dict[str, float]:
    """Task 3: precision and recall of joining the pairs with a score of 2 or more."""
    joined, one = score(data) >= least, data.pairs["one_person"]
    return {"precision": float(one[joined].mean()), "recall": float(joined[one].mean())}


def _turned(data: StudentData) -> dict[str, float]:
    right = quality(data)
    return {"precision": right["recall"], "recall": right["precision"]}


def _of_all(data: StudentData) -> dict[str, float]:
    both = (score(data) >= 2) & data.pairs["one_person"]
    return {"precision": float(both.mean()), "recall": float(both.mean())}


def _only_equal(data: StudentData) -> dict[str, float]:
    joined, one = (data.pairs[SAME] == 1).sum(axis=1) >= 2, data.pairs["one_person"]
    return {"precision": float(one[joined].mean()), "recall": float(joined[one].mean())}


def costs(data: StudentData, *, false: float = FALSE_EUR, missed: float = MISSED_EUR) -> pd.Series:
    """Give the cost of both mistakes at each least score from 0 to 4."""
    value, one = score(data), data.pairs["one_person"]
    return pd.Series(
        {
            least: float(((value >= least) & ~one).sum() * false + ((value < least) & one).sum() * missed)
            for least in range(5)
        }
    )


def cheapest(data: StudentData, *, false: float = FALSE_EUR, missed: float = MISSED_EUR) -> dict[str, float]:
    """Task 4: the least score that costs least, and what it costs."""
    table = costs(data, false=false, missed=missed)
    return {"least_score": int(table.idxmin()), "cost_eur": float(table.min())}


def _dearest(data: StudentData) -> dict[str, float]:
    table = costs(data)
    return {"least_score": int(table.idxmax()), "cost_eur": float(table.max())}


def _sizes(data: StudentData) -> pd.Series:
    """Give the number of records of each customer, joined from the cheapest score on."""
    at = cheapest(data)["least_score"]
    made = link_clusters(data.records, data.pairs.assign(score=score(data)), threshold=at, by="score")
    return made["customer_id"].value_counts()


def customers(data: StudentData) -> dict[str, float]:
    """Task 5: customers, records of the largest, and the share of customers with one record only."""
    sizes = _sizes(data)
    return {"customers": len(sizes), "largest": int(sizes.max()), "alone": float((sizes == 1).mean())}


def _without_chains(data: StudentData) -> dict[str, float]:
    linked = int((score(data) >= cheapest(data)["least_score"]).sum())
    return customers(data) | {"customers": len(data.records) - linked}


def _only_joined(data: StudentData) -> dict[str, float]:
    return customers(data) | {"customers": int((_sizes(data) > 1).sum())}


def _share_of_records(data: StudentData) -> dict[str, float]:
    return customers(data) | {"alone": float((_sizes(data) == 1).sum() / len(data.records))}


TASKS: tuple[Task, ...] = (
    Task(
        "03.1", "Audit: dates of birth that nobody can use",
        (Form("share", tolerance=0.0005),),
        unusable,
        (
            Mistake(
                "missing only", _missing,
                "These are the empty ones only. 01/01/1900 is filled and says nothing: count it too.",
            ),
            Mistake(
                "placeholder only", _placeholder,
                "These are the placeholders only. Empty dates cannot be used either.",
            ),
            Mistake(
                "of the filled", _filled,
                "This is the share among the filled dates. Divide by all cards, the empty ones too.",
            ),
            Mistake("usable", lambda d: 1 - unusable(d), "This is the share that is usable. Turn it round."),
            Mistake(
                "count", lambda d: unusable(d) * len(d.shop_cards),
                "This is a number of cards. Divide by all cards.",
            ),
            Mistake(
                "percent", lambda d: 100 * unusable(d),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(0.1),
            ),
        ),
    ),
    Task(
        "03.2", "Cards that share a phone number",
        (Form("count", name="cards", unit="cards"), Form("share", name="share", tolerance=0.0005)),
        shared_phones,
        (
            Mistake(
                "as typed", _as_typed,
                "Phones were compared as typed. 000-1234-567 and 000 1234567 are one: keep the digits.",
            ),
            Mistake(
                "test number", _with_test_number,
                "The number 0000000000 of the test entries is counted as shared. Take it out first.",
            ),
            Mistake(
                "missing are equal", _with_missing,
                "Empty phones were taken as equal to each other. Not known is not equal: drop them first.",
            ),
            Mistake(
                "all but the first", _only_later,
                "This leaves out the first card of each number. With keep=False all cards of a shared number "
                "are marked.",
            ),
            Mistake("numbers for cards", _numbers, "These are numbers. Count the cards that have them."),
            Mistake(
                "share of the known", _of_the_known,
                "This share leaves out the cards without a phone. Divide by all shop cards.",
            ),
        ),
    ),
    Task(
        "03.3", "Precision and recall of a rule",
        (Form("share", name="precision", tolerance=0.0005), Form("share", name="recall", tolerance=0.0005)),
        quality,
        (
            Mistake(
                "turned round", _turned,
                "These are exchanged. Precision divides by the joined pairs, recall by those of one person.",
            ),
            Mistake(
                "more than 2", lambda d: quality(d, 3),
                "This joins from 3 on. The rule says 2 or more: >= 2.",
            ),
            Mistake(
                "divided by all", _of_all,
                "Both were divided by all pairs. Precision: by the joined. Recall: by those of one person.",
            ),
            Mistake(
                "differences left out", _only_equal,
                "Only equal fields were counted. A field that differs takes 1 off: add up the six columns "
                "as they are.",
            ),
        ),
    ),
    Task(
        "03.4", "The least score that costs least",
        (Form("count", name="least_score"), Form("number", name="cost_eur", unit="EUR", tolerance=0.5)),
        cheapest,
        (
            Mistake(
                "costs exchanged", lambda d: cheapest(d, false=MISSED_EUR, missed=FALSE_EUR),
                "The two costs are exchanged: a wrong pair costs 25 EUR, a missed pair 4 EUR.",
            ),
            Mistake(
                "wrong pairs only", lambda d: cheapest(d, missed=0.0),
                "Only the wrong pairs were counted. A missed pair costs 4 EUR.",
            ),
            Mistake(
                "missed pairs only", lambda d: cheapest(d, false=0.0),
                "Only the missed pairs were counted. A wrong pair costs 25 EUR.",
            ),
            Mistake("dearest", _dearest, "This is the score that costs most. Take the lowest cost."),
        ),
    ),
    Task(
        "03.5", "How many customers?",
        (
            Form("count", name="customers"), Form("count", name="largest", unit="records"),
            Form("share", name="alone", tolerance=0.0005),
        ),
        customers,
        (
            Mistake(
                "chains forgotten", _without_chains,
                "This takes one customer off for each pair. Three records of one person are three pairs, but "
                "take only two customers off: use link_clusters.",
            ),
            Mistake(
                "joined ones only", _only_joined,
                "These are the customers with two records or more. A record that is joined to nobody is a "
                "customer too.",
            ),
            Mistake(
                "share of records", _share_of_records,
                "This share divides by the records. Divide by the customers.",
            ),
            Mistake(
                "nothing joined", lambda d: {"customers": len(d.records), "largest": 1, "alone": 1.0},
                "This counts every record as a customer. Join the pairs first.",
            ),
        ),
    ),
)  # fmt: skip
