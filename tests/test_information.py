"""The catalogue of fields, the records' quality, what lists capture, the master file and their pictures."""

from __future__ import annotations

import dataclasses
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import check
from crmlab.datasets import make_retail
from crmlab.datasets.organisations import ASKED, FOLLOWS, LINKS, describe_customers, make_organisations
from crmlab.tables.organisations import FORM_FIELDS

NOTES = make_organisations(3000, rng=4)
RETAIL = make_retail(n_customers=3000, rng=4)


# ------------------------------------------------------------------ the catalogue


def test_every_field_is_named_once_and_has_every_mark() -> None:
    table = crm.field_catalogue()
    assert table["field"].is_unique and table["zh"].str.len().gt(0).all()
    assert 55 <= len(table) <= 100
    assert set(table["about"]) == {"individual", "organisation", "key person"}
    assert set(table["kind"]) == {"descriptive", "behavioural", "associative"}
    assert set(table["sensitive_pipl"]) == {"sensitive", "personal", "no"}
    assert set(table["special_gdpr"]) == {"special category", "personal", "no"}
    assert not table.isna().any().any()
    people = table[table["about"] == "individual"]
    assert set(people["finer_class"]) == {
        "basic", "consumption", "career", "family", "lifestyle", "education", "personality", "social ties",
    }  # fmt: skip


def test_the_law_marks_what_article_28_and_article_9_name() -> None:
    table = crm.field_catalogue().set_index("field")
    for field in ("religion", "medical history", "bank account", "path through the shop", "child under 14"):
        assert table.loc[field, "sensitive_pipl"] == "sensitive", field
        assert "art. 28" in table.loc[field, "note"]
    for field in ("religion", "medical history", "ethnic group", "political activity"):
        assert table.loc[field, "special_gdpr"] == "special category", field
        assert "art. 9" in table.loc[field, "note"]
    for field in ("bank account", "child under 14"):  # sensitive in one law only
        assert table.loc[field, "special_gdpr"] == "personal"
    assert table.loc["political activity", "sensitive_pipl"] == "personal"
    blood = table.loc["blood type"]  # a test result (GDPR, recital 35); no illness (GB/T 45574-2025)
    assert blood["note"].startswith("arguable") and blood["sensitive_pipl"] == "personal"
    assert blood["special_gdpr"] == "special category"


def test_no_field_about_a_person_is_free_of_the_law() -> None:
    table = crm.field_catalogue()
    persons = table[table["about"] != "organisation"]
    assert not (persons["sensitive_pipl"] == "no").any()
    assert ((persons["sensitive_pipl"] == "no") == (persons["special_gdpr"] == "no")).all()


def test_the_form_asks_fields_of_the_catalogue() -> None:
    names = set(crm.field_catalogue()["field"].str.replace(" ", "_"))
    assert set(FORM_FIELDS) <= names


# ------------------------------------------------------------------ the world


def test_tables_keep_their_contracts_and_the_same_seed_makes_the_same() -> None:
    again = make_organisations(3000, rng=4)
    for field in dataclasses.fields(NOTES):
        check(getattr(NOTES, field.name), field.name)
        pd.testing.assert_frame_equal(getattr(NOTES, field.name), getattr(again, field.name))


def test_the_customers_are_those_of_the_retail_world() -> None:
    customers = RETAIL.customers.set_index("customer_id")
    assert set(NOTES.truth_values["customer_id"]) <= set(customers.query("customer_kind == 'consumer'").index)
    firms = NOTES.organisations.dropna(subset=["customer_id"]).set_index("customer_id")
    assert (firms["sector"] == customers.loc[firms.index, "sector"]).all()
    joined = customers.loc[NOTES.customer_fields["customer_id"], "join_date"].to_numpy()
    assert (NOTES.customer_fields["recorded_on"].to_numpy() >= joined).all()


def test_the_retail_world_is_not_changed() -> None:
    world = make_retail(n_customers=300, rng=8)
    before = {f.name: getattr(world, f.name).copy() for f in dataclasses.fields(world)}
    describe_customers(world, rng=1)
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(world, name), table)


def test_answers_come_as_often_as_stated() -> None:
    for source, asked in ASKED.items():
        rows = NOTES.customer_fields[NOTES.customer_fields["source"] == source]
        for name in FORM_FIELDS:
            share, wanted = rows[name].notna().mean(), asked.get(name, 0.0)
            given = 1 - np.prod([1 - p for p in asked.values()])  # records without any answer are left out
            assert abs(share - wanted / given) < 4 * np.sqrt(0.25 / len(rows)), (source, name)


def test_a_field_goes_with_its_trait_as_strongly_as_stated() -> None:
    world = make_retail(n_customers=20_000, rng=3)
    notes = describe_customers(world, rng=3)
    table = notes.truth_values.merge(world.truth, on="customer_id")
    rank = table["mean_order_eur"].rank()
    income = np.corrcoef(table["income_band"].astype(float), rank)[0, 1]
    assert income == pytest.approx(LINKS["income_band"][2] * 0.92, abs=0.04)  # five bands lose a little
    shops = np.corrcoef(table["other_shops"].astype(float), table["purchase_rate_week"].rank())[0, 1]
    assert shops == pytest.approx(LINKS["other_shops"][1] * 0.92, abs=0.04)
    blood = table.groupby("blood_type")["purchase_rate_week"].median()
    assert blood.max() / blood.min() < 1.3


def test_plans_and_intentions_tell_of_orders_to_come() -> None:
    told = NOTES.truth_values.set_index("customer_id")
    later = RETAIL.orders[(RETAIL.orders["order_date"] > "2023-12-31") & (RETAIL.orders["amount_eur"] >= 0)]
    buys = told.index.isin(later["customer_id"])
    assert (
        told["intention_to_buy"].astype(float)[buys].mean()
        > told["intention_to_buy"].astype(float)[~buys].mean() + 0.5
    )
    plans = told["plans_a_large_purchase"] == "yes"
    assert plans[buys].mean() > plans[~buys].mean() + 0.1
    assert NOTES.truth_fields.set_index("field")["follows_orders"].sum() == len(FOLLOWS)


def test_the_generator_refuses_what_is_no_seed() -> None:
    with pytest.raises(crm.DataError, match=re.escape(
        "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found 'x'."
    )):  # fmt: skip
        describe_customers(RETAIL, rng="x")  # type: ignore[arg-type]


def test_the_bundled_notes_are_those_of_the_bundled_seed() -> None:
    made, read = make_organisations(), crm.load_organisations()
    for name in ("organisations", "customer_fields", "truth_values"):
        pd.testing.assert_frame_equal(getattr(made, name), getattr(read, name))


# ------------------------------------------------------------------ fields


def records(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    base = {"customer_id": ["a"] * n, "source": ["card form"] * n}
    table = pd.DataFrame(base | columns)
    return table.assign(recorded_on=pd.to_datetime(table["recorded_on"]))


def test_the_latest_value_counts_and_later_records_are_not_known() -> None:
    table = records(
        recorded_on=["2022-01-01", "2023-01-01", "2024-05-01"], hobby=["sport", "garden", "travel"]
    )
    found = crm.latest_fields(table, as_of="2023-12-31")
    assert found["value"].tolist() == ["garden"]
    assert found["age_days"].tolist() == [364]
    shuffled = crm.latest_fields(table.iloc[::-1], as_of="2023-12-31")
    pd.testing.assert_frame_equal(found, shuffled)


def test_completeness_counts_customers_and_keeps_fields_nobody_answered() -> None:
    table = records(
        recorded_on=["2023-01-01", "2023-02-01"],
        hobby=["sport", None],
        religion=pd.Series([None, None], dtype="str"),
    )
    found = crm.field_quality(table, ["a", "b", "c", "d"], as_of="2023-12-31").set_index("field")
    assert found.loc["hobby", "completeness"] == 0.25
    assert found.loc["religion", "known"] == 0 and np.isnan(found.loc["religion", "median_age_days"])
    with pytest.raises(
        crm.DataError, match=r"^customers is empty: completeness needs at least one customer.$"
    ):
        crm.field_quality(table, [], as_of="2023-12-31")


def test_half_life_by_the_closed_form() -> None:
    """Equal gaps: share unchanged is 2 ** (-gap / half-life), so half-life is -gap / log2(share)."""
    who = [f"c{i:02d}" for i in range(20) for _ in range(2)]
    days = pd.to_datetime(["2021-01-01", "2023-01-01"] * 20)
    homes = [v for i in range(20) for v in ("rents", "owns" if i < 5 else "rents")]
    table = pd.DataFrame({"customer_id": who, "recorded_on": days, "source": "card form", "home": homes})
    found = crm.half_lives(table, as_of="2023-12-31").iloc[0]
    gap = 730 / 365.25
    assert (found["pairs"], found["changed"]) == (20, 5)
    assert found["half_life_years"] == pytest.approx(-gap / np.log2(15 / 20), rel=1e-4)
    assert found["low"] < found["half_life_years"] < found["high"]


def test_half_life_needs_a_change() -> None:
    table = records(recorded_on=["2022-01-01", "2023-01-01"], hobby=["sport", "sport"])
    found = crm.half_lives(table, as_of="2023-12-31").iloc[0]
    assert found["pairs"] == 1 and found["changed"] == 0 and np.isnan(found["half_life_years"])


def test_half_life_needs_a_value_that_stayed() -> None:
    """If every pair changed, the best half-life is as short as you like: there is no estimate."""
    table = records(
        recorded_on=["2022-01-01", "2022-06-01", "2023-01-01", "2023-12-01"],
        hobby=["sport", "garden", "travel", "sport"],
    )
    found = crm.half_lives(table, as_of="2023-12-31").iloc[0]
    assert found["pairs"] == found["changed"] == 3
    assert found[["half_life_years", "low", "high"]].isna().all()


def test_half_lives_are_recovered_from_a_large_world() -> None:
    notes = make_organisations(20_000, rng=6)
    found = crm.half_lives(notes.customer_fields, as_of="2023-12-31").set_index("field")
    for field in ("phone", "hobby", "income_band", "home", "family_status"):  # slow: values do not come back
        true = LINKS[field][0]
        assert true is not None
        assert found.loc[field, "low"] * 0.9 < true < found.loc[field, "high"] * 1.1, field


def test_still_right_refuses_a_half_life_of_nothing() -> None:
    with pytest.raises(crm.DataError, match=r"^half_life_years must be above 0; found 0.$"):
        crm.still_right(pd.Series([1.0]), 0)
    assert crm.still_right(pd.Series([100.0]), np.inf).tolist() == [1.0]


# ------------------------------------------------------------------ lists


def test_captured_by_hand_and_with_ties() -> None:
    margin = pd.Series([6.0, 3.0, 1.0, -5.0])
    assert crm.captured(margin, pd.Series([4, 3, 2, 1]), top=0.5) == pytest.approx(0.9)
    assert crm.captured(margin, pd.Series([0, 0, 0, 0]), top=0.5) == pytest.approx(0.5)
    assert crm.captured(margin, pd.Series([4, 3, 2, 1]), top=1.0) == pytest.approx(1.0)
    assert crm.captured(pd.Series([0.0, 0.0]), pd.Series([1, 2]), top=0.5) == 0.0
    assert crm.captured(margin, pd.Series([2, 1, 1, 0]), top=0.5) == pytest.approx((6 + 4 / 2) / 10)
    with pytest.raises(crm.DataError, match=r"^top must be above 0 and at most 1; found 0.$"):
        crm.captured(margin, margin, top=0)


def test_captured_does_not_depend_on_the_order_of_rows_or_the_unit() -> None:
    g = np.random.default_rng(1)
    margin, score = pd.Series(g.exponential(10, 300)), pd.Series(g.integers(0, 9, 300))
    mixed = g.permutation(300)
    once = crm.captured(margin, score)
    assert crm.captured(margin.iloc[mixed], score.iloc[mixed]) == pytest.approx(once)
    assert crm.captured(margin * 7.5, score * 3) == pytest.approx(once)


def test_the_base_list_gains_nothing_over_itself_and_a_better_one_gains() -> None:
    g = np.random.default_rng(2)
    margin = pd.Series(g.exponential(10, 400))
    lists = {"base": pd.Series(g.random(400)), "perfect": margin}
    table = crm.compare_lists(margin, lists, base="base", draws=100).set_index("list")
    assert table.loc["base", ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert table.loc["perfect", "gain_low"] > 0
    assert table.loc["base", "low"] < table.loc["base", "captured"] < table.loc["base", "high"]
    with pytest.raises(crm.DataError, match=r"^base must be one of base, perfect; found 'x'.$"):
        crm.compare_lists(margin, lists, base="x")
    with pytest.raises(crm.DataError, match=r"^draws must be 20 to 10,000; found 5.$"):
        crm.compare_lists(margin, lists, base="base", draws=5)


def test_behaviour_forgets_the_future() -> None:
    cut = RETAIL.orders[RETAIL.orders["order_date"] <= "2023-12-31"]
    pd.testing.assert_frame_equal(
        crm.behaviour(RETAIL.orders, as_of="2023-12-31"), crm.behaviour(cut, as_of="2023-12-31")
    )
    known = crm.known_values(NOTES.customer_fields, NOTES.truth_values["customer_id"], as_of="2022-12-31")
    early = NOTES.customer_fields[NOTES.customer_fields["recorded_on"] <= "2022-12-31"]
    again = crm.known_values(early, NOTES.truth_values["customer_id"], as_of="2022-12-31")
    pd.testing.assert_frame_equal(known, again)


def test_behaviour_needs_a_margin() -> None:
    with pytest.raises(
        crm.DataError, match=r"^orders lacks the column 'margin_eur'; behaviour needs the margin"
    ):
        crm.behaviour(RETAIL.orders.drop(columns="margin_eur"), as_of="2023-12-31")


def test_a_forecast_finds_a_word_a_number_and_a_gap() -> None:
    g = np.random.default_rng(3)
    n = 400
    table = pd.DataFrame({
        "word": pd.Series(g.choice(["x", "y"], n), dtype="str"),
        "number": np.where(g.random(n) < 0.3, np.nan, g.normal(0, 1, n)),
    })  # fmt: skip
    outcome = 3.0 * (table["word"] == "y") + table["number"].fillna(4.0).clip(lower=0)
    score = crm.forecast(table, outcome, table)
    assert np.corrcoef(score, outcome)[0, 1] > 0.8
    pd.testing.assert_series_equal(
        score, crm.forecast(table.iloc[::-1], outcome.iloc[::-1], table), atol=1e-6
    )
    with pytest.raises(crm.DataError, match=r"^train and new must have the same columns in the same order.$"):
        crm.forecast(table, outcome, table[["number", "word"]])
    with pytest.raises(crm.DataError, match=r"^train has 400 rows and outcome 399; they must be as many.$"):
        crm.forecast(table, outcome.iloc[1:], table)


def test_a_forecast_from_nothing_is_the_same_for_all() -> None:
    empty = pd.DataFrame(index=["a", "b", "c"])
    assert crm.forecast(empty, pd.Series([1.0, 2.0, 3.0]), empty).nunique() == 1


def test_cross_forecast_does_not_see_the_customer_itself() -> None:
    """Noise learned by heart would look perfect in sample; left out, it must look like noise."""
    g = np.random.default_rng(5)
    index = [f"c{i:03d}" for i in range(120)]
    known = pd.DataFrame(g.normal(size=(120, 60)), index=index, columns=[f"x{i}" for i in range(60)])
    outcome = pd.Series(g.exponential(5, 120), index=index)
    inside = np.corrcoef(crm.forecast(known, outcome, known), outcome)[0, 1]
    outside = np.corrcoef(crm.cross_forecast(known, outcome), outcome)[0, 1]
    assert inside > 0.5 > 0.3 > outside
    with pytest.raises(crm.DataError, match=r"^folds must be 2 to 20 and at most the 120 rows; found 1.$"):
        crm.cross_forecast(known, outcome, folds=1)


def test_found_table_counts() -> None:
    true = pd.Series([True, True, False, False])
    rules = {"none": pd.Series([False] * 4), "all": pd.Series([True] * 4)}
    table = crm.found_table(rules, true).set_index("rule")
    assert table.loc["all", ["named", "right", "precision", "recall", "base_rate"]].tolist() == [
        4,
        2,
        0.5,
        1.0,
        0.5,
    ]
    assert np.isnan(table.loc["none", "precision"]) and table.loc["none", "recall"] == 0
    with pytest.raises(crm.DataError, match=r"^the rule 'short' has 1 rows; there are 4.$"):
        crm.found_table({"short": pd.Series([True])}, true)


# ------------------------------------------------------------------ the master file

MASTER = crm.master_file(RETAIL, NOTES, as_of="2023-12-31")


def test_nobody_is_lost_and_no_money_is_lost() -> None:
    joined = RETAIL.customers.query("join_date <= '2023-12-31'")
    assert MASTER["customer_id"].tolist() == sorted(joined["customer_id"])
    seen = RETAIL.orders[RETAIL.orders["order_date"] <= "2023-12-31"]
    assert MASTER["margin_eur"].sum() == pytest.approx(seen["margin_eur"].sum())
    assert MASTER["n_orders"].sum() == (seen["amount_eur"] >= 0).sum()
    own = NOTES.organisations.dropna(subset=["customer_id"])["org_id"]
    visits = NOTES.investments[NOTES.investments["org_id"].isin(own)]
    assert MASTER["visit_cost_eur"].sum() == pytest.approx(visits["cost_eur"].sum())
    costs = MASTER[["service_cost_eur", "visit_cost_eur", "concession_eur"]].sum(axis=1)
    assert (MASTER["profit_eur"] - (MASTER["margin_eur"] - costs)).abs().max() < 0.006


def test_the_master_file_does_not_know_the_future() -> None:
    early = crm.master_file(RETAIL, NOTES, as_of="2023-06-30")
    assert early["last_order"].max() <= pd.Timestamp("2023-06-30")
    assert early["last_visit"].max() <= pd.Timestamp("2023-06-30")
    assert len(early) < len(MASTER)


def test_a_card_leaves_out_what_is_unknown() -> None:
    consumer = MASTER.query("customer_kind == 'consumer'")["customer_id"].iloc[0]
    card = crm.customer_card(MASTER, consumer)
    assert "credit grade" not in card["item"].tolist()
    assert card["part"].nunique() == 3
    with pytest.raises(
        crm.DataError, match=r"^the customer 'nobody' is not in the master file of [\d,]+ rows\.$"
    ):
        crm.customer_card(MASTER, "nobody")


# ------------------------------------------------------------------ pictures


def test_field_quality_is_drawn() -> None:
    table = crm.field_quality(NOTES.customer_fields, NOTES.truth_values["customer_id"], as_of="2023-12-31")
    ax = crm.plot_field_quality(table.assign(cost_eur=12.0))
    assert [round(float(p.get_width()), 9) for p in ax.patches] == table["completeness"].round(9).tolist()
    assert all("EUR" in t.get_text() for t in ax.texts)
    assert "share" in ax.get_xlabel()
    plt.close("all")


def test_half_lives_are_drawn_with_the_truth_and_gaps_are_said() -> None:
    table = pd.DataFrame({
        "field": ["phone", "religion"], "half_life_years": [4.0, np.nan], "low": [3.0, np.nan],
        "high": [np.nan, np.nan], "true_years": [4.5, np.nan],
    })  # fmt: skip
    ax = crm.plot_half_lives(table)
    assert [t.get_text() for t in ax.texts] == ["cannot be estimated"]
    assert ax.get_legend() is not None and "years" in ax.get_xlabel()
    assert ax.lines[0].get_xdata()[0] == 4.0
    plt.close("all")


def test_lists_are_drawn_both_ways() -> None:
    g = np.random.default_rng(2)
    margin = pd.Series(g.exponential(10, 100))
    table = crm.compare_lists(margin, {"a": margin, "b": pd.Series(g.random(100))}, base="b", draws=50)
    ax = crm.plot_lists(table, top=0.2)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert ax.lines[0].get_xdata().tolist() == table["captured"].tolist()
    other = crm.plot_lists(table, what="gain", ax=plt.subplots()[1])
    assert "percentage points" in other.get_xlabel()
    assert other.lines[0].get_xdata().tolist() == table["gain"].tolist()
    with pytest.raises(crm.DataError, match="table lacks the column 'captured'"):
        crm.plot_lists(table.drop(columns="captured"))
    plt.close("all")


def test_a_card_is_drawn_with_every_item() -> None:
    card = crm.customer_card(MASTER, MASTER["customer_id"].iloc[0])
    ax = crm.plot_customer_card(card)
    words = {t.get_text() for t in ax.texts}
    assert set(card["item"]) <= words and set(card["value"]) <= words
    assert ax.get_title(loc="left") == "Customer card"
    plt.close("all")
