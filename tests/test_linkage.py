"""The three sources, their cleaning, and the linking of records: rates, recovery, counts, errors."""

from __future__ import annotations

import dataclasses
import logging
import warnings
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.cleaning import CleanRecords
from crmlab.contracts import TABLES, DataError, check
from crmlab.datasets.sources_dirt import RATES
from crmlab.datasets.three_sources import CHANGES_PER_YEAR, Sources, make_sources


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def cleaned(world: Sources) -> CleanRecords:
    return crm.clean_sources(world.shop_cards, world.web_accounts, world.business_accounts)


@pytest.fixture(scope="module")
def world() -> Sources:
    return make_sources(1500, rng=7)


@pytest.fixture(scope="module")
def large() -> Sources:
    return make_sources(8_000, rng=3, checks=11_000)


@pytest.fixture(scope="module")
def records(world: Sources) -> pd.DataFrame:
    return cleaned(world).records


@pytest.fixture(scope="module")
def truth(world: Sources, records: pd.DataFrame) -> pd.DataFrame:
    return world.truth_links[world.truth_links["record_id"].isin(records["record_id"])]


@pytest.fixture(scope="module")
def linked(records: pd.DataFrame) -> pd.DataFrame:
    return crm.link_records(records)


# ------------------------------------------------------------------ the world


def test_every_table_keeps_its_contract_and_the_world_is_small(world: Sources) -> None:
    total = 0
    for field in dataclasses.fields(world):
        table = getattr(world, field.name)
        check(table, field.name)
        assert list(table) == [c.name for c in TABLES[field.name].columns], field.name
        total += len(table.to_csv(index=False))
    assert total < 900_000
    assert len(world.shop_cards) + len(world.web_accounts) + len(world.business_accounts) < 4_000


def test_the_bundled_world_is_the_one_of_its_seed(world: Sources) -> None:
    for field in dataclasses.fields(world):
        pd.testing.assert_frame_equal(
            getattr(crm.load_sources(), field.name), getattr(world, field.name), check_dtype=False, atol=1e-6
        )


def test_nobody_can_be_reached(large: Sources) -> None:
    for table in (large.shop_cards, large.web_accounts, large.business_accounts):
        digits = table["phone"].dropna().str.replace(r"[^0-9]", "", regex=True)
        assert digits.str.startswith("000").all() and (digits.str.len() == 10).all()
    mail = pd.concat([large.web_accounts["email"], large.business_accounts["email"]]).dropna()
    assert mail.str.contains(r"@example\.(?:org|net)$").all()


def test_faults_come_at_their_rates_and_the_sheet_names_them_all(large: Sources) -> None:
    sheet = large.truth_dirt
    sizes = {
        "S": len(large.shop_cards) - 3,
        "W": len(large.web_accounts) - 4,
        "B": len(large.business_accounts),
    }
    for code, letter in enumerate("SWB"):
        mine = sheet[sheet["record_id"].str.startswith(letter)]
        for kind, dirt, field in (
            ("typo", "typo", None),
            ("swapped", "names swapped", None),
            ("missing phone", "missing", "phone"),
        ):
            rows = mine[mine["dirt"] == dirt]
            if kind == "typo":
                rows = rows[rows["field"].isin(["name", "contact_name"])]
            if field:
                rows = rows[rows["field"] == field]
            expected, n = RATES[kind][code], sizes[letter]
            assert abs(len(rows) / n - expected) < 4 * np.sqrt(expected * (1 - expected) / n) + 1e-9, (
                kind,
                letter,
            )
    gone = large.shop_cards.set_index("record_id")["phone"]
    told = sheet[(sheet["field"] == "phone") & (sheet["dirt"] == "missing")]["record_id"]
    assert set(gone[gone.isna()].index) == {r for r in told if r.startswith("S")}


def test_values_go_out_of_date_at_their_rates(large: Sources) -> None:
    found = crm.half_life(large.field_checks).set_index("field")["changes_per_year"]
    for field, rate in CHANGES_PER_YEAR.items():
        assert found[field] == pytest.approx(rate, rel=0.08), field


def test_without_dirt_there_is_none_and_seeds_differ() -> None:
    clean = make_sources(200, rng=1, dirt=0)
    assert clean.truth_dirt.empty
    assert clean.shop_cards["phone"].notna().all()
    again = make_sources(200, rng=1, dirt=0)
    pd.testing.assert_frame_equal(clean.web_accounts, again.web_accounts)
    assert not clean.web_accounts.equals(make_sources(200, rng=2, dirt=0).web_accounts)


def test_orders_belong_to_records_that_existed(world: Sources) -> None:
    every = pd.concat([world.shop_cards, world.web_accounts, world.business_accounts]).set_index("record_id")
    on = every["recorded_on"].reindex(world.source_orders["record_id"]).to_numpy()
    assert (world.source_orders["order_date"].to_numpy() >= on - np.timedelta64(2, "D")).all()
    assert (world.source_orders["order_date"] <= "2023-12-31").all()


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"n_people": 10}, "n_people must be a whole number from 50 to 50,000; found 10."),
        ({"n_people": 99.5}, "n_people must be a whole number from 50 to 50,000; found 99.5."),
        ({"dirt": 4}, "dirt must be a number from 0 to 3; found 4."),
        ({"checks": 1}, "checks must be a whole number from 10 to 1,000,000; found 1."),
        ({"rng": -1}, "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found -1."),
    ],
)
def test_bad_worlds(call: dict[str, Any], expected: str) -> None:
    assert message(lambda: make_sources(**call)) == expected


# ------------------------------------------------------------------ cleaning


def test_births_are_read_in_every_way_of_writing() -> None:
    text = pd.Series(
        [
            "07/03/1985",
            "7.3.85",
            "1985-03-07",
            "03/28/1985",
            "31/02/1985",
            "01/01/1900",
            None,
            "2095-03-07",
            "soon",
        ]
    )
    read = crm.read_birth(text)
    assert read["birth_date"].fillna("").tolist() == ["1985-03-07"] * 3 + ["1985-03-28"] + [""] * 5
    assert read["change"].tolist() == [
        "written year first", "two-digit year", "", "month was first", "impossible date taken out",
        "1900-01-01 taken out", "", "impossible date taken out", "impossible date taken out",
    ]  # fmt: skip


def test_cleaning_brings_back_what_can_be_brought_back(world: Sources) -> None:
    before = world.shop_cards.copy()
    done = cleaned(world)
    pd.testing.assert_frame_equal(world.shop_cards, before)
    found = done.records.set_index("record_id")
    sheet = world.truth_dirt
    short = sheet[sheet["dirt"] == "two-digit year"].set_index("record_id")["right_value"]
    right = pd.to_datetime(short, format="%d/%m/%Y").dt.strftime("%Y-%m-%d")
    assert (found.loc[right.index, "birth_date"] == right).all() and len(right) > 50
    month = sheet[sheet["dirt"] == "month first"].set_index("record_id")["right_value"]
    rows = done.changes
    seen = int(rows.loc[rows["change"] == "month was first", "rows"].sum())
    assert seen == (month.str[:2].astype(int) > 12).sum()
    assert set(done.set_aside["record_id"]) == set(
        world.truth_links.loc[world.truth_links["person_id"].str[0] == "T", "record_id"]
    )
    assert found["phone"].dropna().str.fullmatch(r"000[0-9]{7}").all()
    assert not found["street"].dropna().str.contains(r"\bLn\b|\bRd\b|St\.").any()


def test_row_order_does_not_matter(world: Sources, records: pd.DataFrame) -> None:
    mixed = crm.clean_sources(
        *(
            t.sample(frac=1, random_state=1)
            for t in (world.shop_cards, world.web_accounts, world.business_accounts)
        )
    )
    pd.testing.assert_frame_equal(mixed.records, records)


def test_profile_errors() -> None:
    assert message(lambda: crm.profile_source(pd.DataFrame({"record_id": []}))) == (
        "the source has no rows: there is nothing to look at."
    )
    assert message(lambda: crm.profile_source(pd.DataFrame({"record": [1]}))) == (
        "the source lacks the column 'record_id'; it has 'record'. Hint: source.rename(columns={\"record\": \"record_id\"})"
    )


# ------------------------------------------------------------------ linking


def test_splink_gives_the_same_numbers_every_time_and_says_nothing(
    records: pd.DataFrame,
    linked: pd.DataFrame,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with warnings.catch_warnings(), caplog.at_level(logging.DEBUG):
        warnings.simplefilter("error")
        again = crm.link_records(records.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(again, linked)
    assert capfd.readouterr() == ("", "")
    assert (linked["record_id_l"] < linked["record_id_r"]).all()


def test_probability_follows_from_weight_and_links_find_people(
    linked: pd.DataFrame, truth: pd.DataFrame
) -> None:
    odds = 2 ** linked["match_weight"].clip(upper=40)
    np.testing.assert_allclose(linked["match_probability"], odds / (1 + odds), atol=2e-5)
    at = crm.score_pairs(linked, truth, thresholds=[0.9]).iloc[0]
    assert at["recall"] > 0.85 and at["precision"] > 0.75
    ruled = linked[(linked["name"] >= 0) & (linked["birth"] >= 0)]
    assert crm.score_pairs(ruled, truth, thresholds=[0.9]).iloc[0]["precision"] > at["precision"] + 0.03


def test_wrong_pairs_live_together(world: Sources, linked: pd.DataFrame, truth: pd.DataFrame) -> None:
    person = truth.set_index("record_id")["person_id"]
    home = world.truth_people.set_index("person_id")["household_id"]
    sure = linked[linked["match_probability"] > 0.9]
    left, right = (person.reindex(sure[c]).to_numpy() for c in ("record_id_l", "record_id_r"))
    wrong = left != right
    one_home = home.reindex(left).to_numpy() == home.reindex(right).to_numpy()
    assert one_home[wrong].mean() > 0.9


def test_closure_counts_by_hand() -> None:
    clusters = pd.DataFrame({"record_id": list("abcde"), "customer_id": ["1", "1", "1", "2", "3"]})
    truth = pd.DataFrame({"record_id": list("abcde"), "person_id": ["p", "p", "q", "q", "r"]})
    got = crm.linkage_errors(clusters, truth)[["right", "wrong", "missed"]].iloc[0].tolist()
    assert got == [1, 2, 1]
    blocks = pd.DataFrame({"record_id": list("abcde"), "customer_id": ["x"] * 4 + ["y"]})
    split = crm.linkage_errors(clusters, truth, blocks)
    assert split[["right", "wrong", "missed"]].sum().tolist() == got
    small = blocks.assign(customer_id=list("uvwxy"))
    assert message(lambda: crm.linkage_errors(clusters, truth, small)) == (
        "blocks are too small: some customer_id lies in two of them. Hint: add more pairs."
    )


def test_a_lower_threshold_never_makes_more_customers(records: pd.DataFrame, linked: pd.DataFrame) -> None:
    numbers = [
        crm.link_clusters(records, linked, threshold=p)["customer_id"].nunique()
        for p in (0.01, 0.5, 0.9, 0.999)
    ]
    assert numbers == sorted(numbers)


def test_the_customer_keeps_the_last_known_value(records: pd.DataFrame, linked: pd.DataFrame) -> None:
    clusters = crm.link_clusters(records, linked, threshold=0.9)
    made = crm.merge_records(records, clusters)
    assert made["n_records"].sum() == len(records) and made["customer_id"].is_unique
    one = made.loc[made["n_records"].idxmax()]
    mine = records[
        records["record_id"].isin(clusters.loc[clusters["customer_id"] == one["customer_id"], "record_id"])
    ]
    newest = mine.dropna(subset=["phone"]).sort_values(["recorded_on", "record_id"])
    assert one["phone"] == newest["phone"].iloc[-1]


def test_linking_errors(records: pd.DataFrame) -> None:
    few = records.head(3)
    assert message(lambda: crm.link_records(few)) == (
        "link_records needs 20 records or more to learn from; found 3. Hint: compare so few by eye, with "
        "candidate_pairs(records)."
    )
    twice = pd.concat([few, few.head(1)])
    name = few["record_id"].iloc[0]
    assert (
        message(lambda: crm.candidate_pairs(twice))
        == f"records: record_id must be unique; {name!r} is there twice."
    )
    pairs = pd.DataFrame({"record_id_l": ["zz"], "record_id_r": ["a"], "match_probability": [1.0]})
    assert message(lambda: crm.link_clusters(few, pairs, threshold=0.5)) == (
        "pairs name the record 'zz', which is not among the records."
    )


# ------------------------------------------------------------------ half-lives


def test_half_life_of_one_age_is_the_closed_form() -> None:
    checks = pd.DataFrame({"field": "x", "age_years": 3.0, "still_valid": [True] * 80 + [False] * 20})
    got = crm.half_life(checks).iloc[0]
    assert got["changes_per_year"] == pytest.approx(-np.log(0.8) / 3, rel=2e-3)
    assert got["half_low"] < got["half_life_years"] < got["half_high"]
    all_right = crm.half_life(checks[checks["still_valid"]]).iloc[0]
    assert all_right["rate_low"] == pytest.approx(1e-4)  # open: no change was seen


def test_freshness_errors() -> None:
    empty = pd.DataFrame({"field": [], "age_years": [], "still_valid": []})
    assert message(lambda: crm.half_life(empty)) == "checks has no rows: nothing was verified again."
    old = pd.DataFrame({"field": ["x"], "age_years": [-1.0], "still_valid": [True]})
    assert message(lambda: crm.half_life(old)) == "checks: 1 value(s) of 'age_years' are negative or missing."
    assert message(lambda: crm.chance_stale(old["age_years"], half_life_years=0)) == (
        "half_life_years must be above 0; found 0."
    )


# ------------------------------------------------------------------ pictures


def test_plots_draw_their_data() -> None:
    pairs = pd.DataFrame({"match_weight": [-3.0, 4.0, 4.5, 12.0], "same_person": [False, True, False, True]})
    ax = crm.plot_match_weights(pairs, threshold=2.0)
    assert sum(bar.get_height() for bar in ax.patches) == 4
    assert "odds" in ax.get_xlabel()
    costs = pd.DataFrame(
        {
            "rule": ["a", "a", "b", "b"],
            "threshold_weight": [0.0, 5.0] * 2,
            "cost_eur": [90.0, 40.0, 80.0, 60.0],
        }
    )
    ax = crm.plot_link_costs(costs)
    assert ax.get_ylabel() == "Cost of both mistakes (EUR)"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "a: lowest 40 EUR at 5",
        "b: lowest 60 EUR at 5",
    ]
    rates = pd.DataFrame({"field": ["phone"], "changes_per_year": [0.1], "half_life_years": [6.9]})
    checked = pd.DataFrame(
        {"field": ["phone"], "age_years": [2.0], "still_valid": [0.8], "low": [0.7], "high": [0.9]}
    )
    ax = crm.plot_decay(checked, rates)
    assert ax.lines[0].get_ydata()[0] == 0.8
    curve = pd.DataFrame({"plan": ["x", "x"], "spent_eur": [0.0, 10.0], "saved_eur": [0.0, 14.0]})
    ax = crm.plot_updates(curve, budget=5.0)
    assert ax.lines[0].get_ydata().tolist() == [0.0, 14.0]
    assert message(
        lambda: crm.plot_link_costs(
            costs.assign(rule=list("abcd")).pipe(lambda t: pd.concat([t, t.assign(rule="e")]))
        )
    ) == ("table: at most 4 rules can be told apart; found 5.")
    plt.close("all")
