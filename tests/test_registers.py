"""A new firm against three registers: each clue by hand, the points, and the score against the truth."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError
from crmlab.registers import CLUES, plain_name

FACTS = {
    "registration_no": "00X1", "company": "Tin Hotel Company Limited", "address": "1 Paper Street",
    "legal_person": "Abro A. Dumble", "founded_year": 2000,
}  # fmt: skip
DAY = "2023-12-31"


def clues(firm: dict[str, Any], trade: dict[str, Any] | None, tax: dict[str, Any] | None) -> list[str]:
    firms = pd.DataFrame([{"firm_id": "N1", **FACTS, **firm, "credit_eur": 100.0}])
    fresh = {"status": "active", "entry_date": pd.Timestamp("2023-10-01")}
    rows = [
        {**FACTS, "register": f"{name} register", **fresh, **found}
        for name, found in (("trade", trade), ("tax", tax))
        if found is not None
    ]
    table = crm.register_clues(firms, pd.DataFrame(rows), as_of=DAY)
    return [name for name in table.columns[1:] if table[name].item()]


@pytest.mark.parametrize(
    ("firm", "trade", "tax", "wanted"),
    [
        ({}, {}, {}, []),
        ({"company": "Tin Hotel Co. Ltd"}, {}, {}, []),  # a short form
        ({}, {"address": "9 Dry Canal"}, {}, []),  # moved: one register has not heard of it
        ({}, {"address": "9 Dry Canal"}, {"address": "9 Dry Canal"}, ["address in neither"]),
        ({}, {}, None, ["no tax entry"]),
        ({}, None, {}, ["not in trade register"]),
        ({}, {"company": "Old Compass"}, {}, ["another name"]),
        ({}, {"status": "dissolved"}, {}, ["closed in trade register"]),
        ({}, {}, {"status": "dissolved"}, ["closed in tax register"]),
        ({}, {}, {"entry_date": pd.Timestamp("2020-01-01")}, ["stale tax entry"]),
        ({"founded_year": 2023}, {}, {}, ["young firm"]),
    ],
)  # fmt: skip
def test_each_clue(firm: dict[str, Any], trade: Any, tax: Any, wanted: list[str]) -> None:
    assert clues(firm, trade, tax) == wanted


def test_names_in_one_spelling() -> None:
    names = pd.Series(["A. B. CO. LTD", "a b company limited", "Cobalt Hotel"])
    assert plain_name(names).tolist() == ["a b", "a b", "cobalt hotel"]


def test_every_clue_has_points_and_a_question() -> None:
    world = crm.make_protected(300, rng=2)
    table = crm.register_clues(world.new_firms, world.register_entries, as_of=DAY)
    assert list(table.columns[1:]) == list(CLUES) == crm.clue_table()["clue"].tolist()
    assert (crm.clue_table()["points"] >= 1).all() and crm.clue_table()["ask_for"].str.len().gt(5).all()


def test_points_add_up_whatever_the_order_of_the_entries() -> None:
    world = crm.make_protected(1000, rng=2)
    table = crm.register_clues(world.new_firms, world.register_entries, as_of=DAY)
    mixed = crm.register_clues(world.new_firms, world.register_entries.iloc[::-1], as_of=DAY)
    pd.testing.assert_frame_equal(table, mixed)
    found = crm.evidence_score(table)
    points = crm.clue_table().set_index("clue")["points"]
    assert found["score"].tolist() == table[points.index].mul(points).sum(axis=1).tolist()
    assert (found["strongest"].eq("none") == found["n_clues"].eq(0)).all()


def test_false_firms_score_higher_than_real_ones() -> None:
    world = crm.make_protected(6000, rng=12)
    table = crm.register_clues(world.new_firms, world.register_entries, as_of=DAY)
    scored = crm.evidence_score(table).merge(world.truth_firms, on="firm_id")
    means = scored.groupby("kind")["score"].mean()
    assert means["real"] < 1 and means.drop("real").min() > 2
    assert scored.query("kind == 'forged'")["score"].lt(2).any()  # a perfect copy shows nothing


def test_bad_input() -> None:
    with pytest.raises(DataError, match="there is no clue 'smell'"):
        crm.evidence_score(pd.DataFrame({"firm_id": ["N1"], "smell": [True]}), points={"smell": 1})
    with pytest.raises(DataError, match="new_firms lacks the column 'firm_id'"):
        crm.register_clues(pd.DataFrame({"firm": ["N1"]}), pd.DataFrame(), as_of=DAY)
