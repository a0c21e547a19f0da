"""No fact without source: every published fact of the cases carries who says so, where, and how sure we are."""

from __future__ import annotations

import re

import pytest

import crmlab as crm
from crmlab.facts import CASES, CONFIDENCE, case_facts, lecture_corrections

every_case = pytest.mark.parametrize("case", CASES)
LINK = re.compile(r"^[a-z0-9.-]+\.[a-z]{2,}(/\S*)?$", re.IGNORECASE)


@every_case
def test_every_fact_says_who_where_when_and_how_sure(case: str) -> None:
    facts = case_facts(case)
    assert len(facts) >= 3 and facts["code"].is_unique
    for fact in facts.itertuples():
        assert fact.fact.endswith(".") and len(fact.fact) > 30, fact.code
        assert len(fact.source) > 5, fact.code
        assert re.match(r"^(about )?\d{4}", fact.date), fact.code
        assert fact.confidence in CONFIDENCE, fact.code
        if fact.confidence == "computed":
            assert set(fact.link.split(", ")) <= set(facts["code"]), fact.code
        else:
            assert all(LINK.match(link) for link in fact.link.split(", ")), fact.link
        assert (fact.value == fact.value) == bool(fact.unit), f"{fact.code}: a value has a unit"


@every_case
def test_conflicts_are_seen_from_both_sides(case: str) -> None:
    against = {f.code: set(filter(None, f.against.split(", "))) for f in case_facts(case).itertuples()}
    for code, others in against.items():
        for other in others:
            assert code in against[other], f"{code} conflicts with {other}, which does not say so"


@every_case
def test_every_correction_has_a_source(case: str) -> None:
    rows = lecture_corrections(case)
    assert rows["code"].is_unique
    for row in rows.itertuples():
        assert len(row.lecture) > 10 and len(row.sources) > 20 and len(row.source) > 5, row.code
        assert LINK.match(row.link), row.link


def test_an_unknown_case_is_named() -> None:
    with pytest.raises(crm.DataError) as error:
        case_facts("spirit")
    assert str(error.value) == (
        "there is no case 'spirit'; there are sprint, txu, letting_go, dow. Hint: case_facts('sprint')"
    )
