"""The role matrix as a join, the rules of need, and their score against the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError


@pytest.fixture(scope="module")
def world() -> Any:
    return crm.make_protected(3000, rng=5)


def reading(**changes: object) -> pd.DataFrame:
    row = {
        "access_id": "A1",
        "staff_id": "S1",
        "role": "service desk",
        "access_date": pd.Timestamp("2023-10-02"),
        "hour": 10,
        "field_class": "C2",
        "n_rows": 5,
        "ticket_id": "T1",
    }
    return pd.DataFrame([row | changes])


@pytest.mark.parametrize(
    ("changes", "rung"),
    [
        ({}, []),
        ({"n_rows": 6}, ["too many rows"]),
        ({"ticket_id": None}, ["no task"]),
        ({"field_class": "C3"}, ["no right"]),
        ({"role": "manager", "ticket_id": None}, []),
    ],
)
def test_one_reading_rings_what_it_should(world: Any, changes: dict[str, object], rung: list[str]) -> None:
    alarms = crm.check_access(reading(**changes).astype({"ticket_id": "str"}), world.role_rights).iloc[0]
    assert [rule for rule in alarms.index[1:-1] if alarms[rule]] == rung
    assert alarms["any rule"] == bool(rung)


def test_a_pair_that_is_not_in_the_matrix_is_forbidden(world: Any) -> None:
    rights = world.role_rights.query("role != 'service desk'")
    assert crm.check_access(reading(), rights)["no right"].item()


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed(world: Any) -> None:
    log = world.access_log
    before = log.copy()
    alarms = crm.check_access(log, world.role_rights).set_index("access_id")
    other = crm.check_access(log.sample(frac=1, random_state=2), world.role_rights.iloc[::-1])
    pd.testing.assert_frame_equal(other.set_index("access_id").loc[alarms.index], alarms)
    pd.testing.assert_frame_equal(log, before)


def test_what_each_rule_sees_of_what_was_planted(world: Any) -> None:
    alarms = crm.check_access(world.access_log, world.role_rights)
    seen = (
        alarms.merge(world.truth_misuse, on="access_id").groupby("misuse")[alarms.columns[1:].tolist()].mean()
    )
    assert seen.loc["no right", "no right"] == 1 and seen["no right"].drop("no right").max() == 0
    assert seen.loc["bulk at night", "too many rows"] == 1
    assert seen.loc["neighbour", "no task"] == 1
    assert seen.loc["slow drip", "many in few days"] > 0.3
    assert seen.loc["false excuse", "any rule"] < 0.3  # nothing in its row is wrong


def test_scores_by_hand() -> None:
    alarms = pd.DataFrame({"access_id": list("abcd"), "x": [True, True, True, False], "y": [False] * 4})
    scores = crm.score_alarms(alarms, ["a", "d"], rules=["x", "y"]).set_index("rule")
    assert scores.loc["x", ["alarms", "found", "false_alarms"]].tolist() == [3, 1, 2]
    assert scores.loc["x", ["precision", "recall"]].tolist() == pytest.approx([1 / 3, 1 / 2])
    assert np.isnan(scores.loc["y", "precision"]) and scores.loc["y", "recall"] == 0
    low, high = crm.wilson_interval(1, 3)
    assert scores.loc["x", ["precision_low", "precision_high"]].tolist() == pytest.approx(
        [float(low), float(high)]
    )


def test_bad_input(world: Any) -> None:
    with pytest.raises(DataError, match="busy_factor must be above 1; found 1"):
        crm.check_access(reading(), world.role_rights, busy_factor=1)
    with pytest.raises(DataError, match="role_rights: role, field_class must be unique"):
        crm.check_access(reading(), pd.concat([world.role_rights] * 2))
