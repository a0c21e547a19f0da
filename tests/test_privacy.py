"""Groups, k and l, the lattice and the attack: closed forms, properties, bad input; the protected world."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets.bundled import load
from crmlab.datasets.protected import ProtectedWorld
from crmlab.privacy import LADDERS

QUASI = ["birth_date", "sex", "district"]


@pytest.fixture(scope="module")
def world() -> ProtectedWorld:
    return crm.make_protected(1200, rng=3)


def test_sizes_by_hand_and_for_any_order_of_rows(world: ProtectedWorld) -> None:
    people = world.people_file
    year = people.assign(year=people["birth_date"].dt.year)
    sizes = crm.group_sizes(year, quasi=["year", "sex"])
    counts = year.groupby(["year", "sex"]).size()
    assert sizes.sum() == (counts**2).sum()
    shuffled = year.sample(frac=1, random_state=1)
    assert crm.group_sizes(shuffled, quasi=["year", "sex"]).sort_index().equals(sizes)


def test_a_missing_value_is_a_value() -> None:
    people = pd.DataFrame({"born": [1980, None, None], "reason": ["a", None, "b"]})
    assert crm.group_sizes(people, quasi=["born"]).tolist() == [1, 2, 2]
    levels = crm.privacy_levels(people, quasi=["born"], sensitive="reason")
    assert (levels["k"], levels["l"], levels["groups"]) == (1, 1, 2)


def test_the_library_and_pandas_agree(world: ProtectedWorld) -> None:
    table = crm.generalise(world.people_file, levels={"birth_date": "20 years", "district": "2 digits"})
    table = table.iloc[::-1]  # an index that does not begin at 0
    before = table.copy()
    levels = crm.privacy_levels(table, quasi=QUASI, sensitive="reason")
    groups = table.groupby(QUASI)["reason"]
    assert levels["k"] == groups.size().min()
    assert levels["l"] == groups.nunique().min()
    assert levels["alone_share"] == (crm.group_sizes(table, quasi=QUASI) == 1).mean()
    assert levels["same_value_share"] == (groups.transform("nunique") == 1).mean()
    pd.testing.assert_frame_equal(table, before)


def test_bad_input_of_privacy_levels() -> None:
    people = pd.DataFrame({"born": [1980], "reason": ["a"]})
    with pytest.raises(DataError, match="people lacks the column 'sex'; it has 'born', 'reason'") as raised:
        crm.privacy_levels(people, quasi=["sex"], sensitive="reason")
    assert "Hint" not in str(raised.value)
    with pytest.raises(DataError) as raised:
        crm.privacy_levels(people, quasi=["born", "reason"], sensitive="reason")
    assert str(raised.value) == (
        "sensitive 'reason' is also a quasi-identifier. Hint: take it out of one of the two."
    )
    with pytest.raises(DataError) as raised:
        crm.group_sizes(people, quasi=[])
    assert str(raised.value) == (
        'no quasi-identifier is named. Hint: quasi=["birth_date", "sex", "district"]'
    )
    with pytest.raises(DataError) as raised:
        crm.privacy_levels(people.iloc[:0], quasi=["born"], sensitive="reason")
    assert str(raised.value) == (
        "people has no rows: nothing can be measured. Hint: check the filter before it."
    )


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        ("day", "1987-03-05"), ("year", "1987"), ("5 years", "1985-1989"), ("10 years", "1980-1989"),
        ("20 years", "1980-1999"), ("all", "all"),
    ],
)  # fmt: skip
def test_the_ladder_of_birth(level: str, wanted: str) -> None:
    people = pd.DataFrame({"birth_date": pd.to_datetime(["1987-03-05"])})
    assert crm.generalise(people, levels={"birth_date": level})["birth_date"].tolist() == [wanted]


def test_coarser_steps_only_join_groups(world: ProtectedWorld) -> None:
    for column, ladder in LADDERS.items():
        smallest = [
            crm.group_sizes(crm.generalise(world.people_file, levels={column: step}), quasi=[column])
            for step in ladder
        ]
        for fine, coarse in itertools.pairwise(smallest):
            assert (coarse >= fine).all(), column


def test_an_unknown_step_names_what_is_allowed() -> None:
    with pytest.raises(DataError) as raised:
        crm.generalise(pd.DataFrame({"sex": ["F"]}), levels={"sex": "month"})
    assert str(raised.value) == (
        "'sex' cannot be made 'month'. Allowed: birth_date: day, year, 5 years, 10 years, 20 years, all; "
        "sex: as it is, all; district: 6 digits, 4 digits, 2 digits, all; "
        "household_size: as it is, 1, 2, 3+, all."
    )


def test_the_lattice_is_whole_and_every_safe_file_keeps_k_and_l(world: ProtectedWorld) -> None:
    table = crm.generalisation_lattice(world.people_file, k=6, diversity=2, sensitive="reason")
    steps = list(LADDERS)
    assert len(table) == math.prod(len(ladder) for ladder in LADDERS.values())
    assert not table.duplicated(steps).any() and table["loss"].is_monotonic_increasing
    assert table.loc[table["minimal"], "safe"].all() and table["minimal"].any()
    for levels in table.loc[table["minimal"], steps].head(4).to_dict("records"):
        coarse = crm.generalise(world.people_file, levels=levels)
        left = crm.suppress(coarse, quasi=steps, k=6, diversity=2, sensitive="reason")
        found = crm.privacy_levels(left, quasi=steps, sensitive="reason")
        assert found["k"] >= 6 and found["l"] >= 2
        row = table[(table[steps] == pd.Series(levels)).all(axis=1)].iloc[0]
        assert 1 - len(left) / len(coarse) == pytest.approx(row["suppressed_share"]) and row["safe"]


def test_minimal_means_that_no_finer_file_is_safe(world: ProtectedWorld) -> None:
    table = crm.generalisation_lattice(world.people_file[QUASI], k=10)
    height = table[QUASI].apply(lambda c: c.map({step: i for i, step in enumerate(LADDERS[c.name])}))
    safe = height[table["safe"]].to_numpy()
    for at in np.flatnonzero(table["safe"]):
        below = (safe <= height.to_numpy()[at]).all(axis=1).sum() > 1
        assert table["minimal"].iloc[at] == (not below)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"k": 0}, "k must be a whole number of 1 or more; found 0."),
        ({"k": 2, "diversity": 1.5}, "diversity must be a whole number of 1 or more; found 1.5."),
        ({"k": 2, "most_suppressed": 2}, "most_suppressed must be a share from 0 to 1; found 2."),
    ],
)
def test_bad_input_of_the_lattice(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(DataError) as raised:
        crm.generalisation_lattice(pd.DataFrame({"sex": ["F"]}), **wrong)  # type: ignore[arg-type]
    assert str(raised.value) == message


def test_a_file_without_a_ladder_says_so() -> None:
    with pytest.raises(DataError) as raised:
        crm.generalisation_lattice(pd.DataFrame({"height": [1]}), k=2)
    assert str(raised.value) == (
        "people needs rows and one of birth_date, sex, district, household_size; it has height."
    )


def test_the_attack_works_before_and_fails_after(world: ProtectedWorld) -> None:
    levels = {"birth_date": "day", "sex": "as it is", "district": "6 digits"}
    truth = world.truth_identities.dropna(subset="member_id").set_index("member_id")["person_id"]

    def right(levels: dict[str, str], k: int) -> tuple[int, int]:
        file = crm.suppress(crm.generalise(world.people_file, levels=levels), quasi=QUASI, k=k)
        public = crm.generalise(world.public_list, levels=levels)
        hit = crm.linking_attack(public, file, on=QUASI, sensitive="reason")
        assert len(hit) == len(public)
        named = hit.dropna(subset="person_id")
        return len(named), int((named["person_id"] == named["member_id"].map(truth)).sum())

    assert right(levels, 1)[1] > 0.95 * len(truth)
    named, good = right({**levels, "birth_date": "year"}, 1)
    assert 0 < good < named  # wrong names too: strangers who look the same
    assert right({**levels, "birth_date": "10 years", "district": "2 digits"}, 5) == (0, 0)


def test_expected_alone_is_the_closed_form() -> None:
    assert crm.expected_alone(1, cells=10) == 1
    assert crm.expected_alone(3, cells=2) == pytest.approx(0.25)
    assert crm.expected_alone(43_800, cells=43_800) == pytest.approx(math.exp(-1), abs=1e-4)
    with pytest.raises(DataError, match="people_per_area must be 1 or more and cells above 1; found 0 and 5"):
        crm.expected_alone(0, cells=5)


def test_own_file_keeps_zeros_in_front(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("district,reason\n010101,flu\n010101,\n", encoding="utf-8")
    people = crm.read_people(str(path))
    assert people["district"].tolist() == ["010101"] * 2
    assert crm.privacy_levels(people, quasi=["district"], sensitive="reason")[["k", "l"]].tolist() == [2, 2]
    path.write_text("district\n", encoding="utf-8")
    with pytest.raises(DataError, match="has no rows"):
        crm.read_people(str(path))


# ---- the world


def test_rates_of_the_world() -> None:
    world = crm.make_protected(6000, rng=8)
    assert len(world.truth_misuse) / len(world.access_log) == pytest.approx(0.016, abs=0.001)
    assert world.truth_identities["member_id"].notna().mean() == pytest.approx(0.25, abs=0.03)
    real = (world.truth_firms["kind"] == "real").mean()
    assert real == pytest.approx(0.74, abs=0.06) and set(world.truth_firms["kind"]) == {
        "real", "shell", "dissolved", "forged",
    }  # fmt: skip
    people = world.people_file
    assert people["phone"].str.fullmatch(r"000-\d{6}").all() and people["phone"].is_unique
    assert people["district"].str.fullmatch(r"0\d{5}").all()
    joined = people.merge(world.truth_identities, on="person_id")
    assert joined["spend_eur"].mean() == pytest.approx(joined["mean_spend_eur"].mean(), rel=0.03)


def test_the_homes_are_there_and_tell_one_reason(world: ProtectedWorld) -> None:
    homes = world.people_file[world.people_file["district"].str[2:4] == "05"]
    assert set(homes["reason"]) == {"walking aid"}
    assert len(homes) / len(world.people_file) == pytest.approx(0.04, abs=0.015)


def test_same_seed_same_world_other_seed_other() -> None:
    one, two, other = (crm.make_protected(300, rng=seed) for seed in (1, 1, 2))
    for name in ("people_file", "access_log", "register_entries"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert not one.people_file.equals(other.people_file)


def test_a_world_too_small_is_refused() -> None:
    with pytest.raises(DataError) as raised:
        crm.make_protected(249, rng=1)
    assert str(raised.value) == "n_people must be a whole number from 250 to 500,000; found 249."


def test_the_bundled_files_are_the_world_and_keep_their_contract() -> None:
    bundled, made = load("protected", ProtectedWorld), crm.make_protected()
    for name in ProtectedWorld.__dataclass_fields__:
        check(getattr(bundled, name), name)
        pd.testing.assert_frame_equal(
            getattr(bundled, name), getattr(made, name), atol=1e-6, check_dtype=False
        )
