"""Grades: points and scores, what hangs on the weights, moving with a band, service, the document."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.contracts import DataError


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def table(n: int = 40, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:03d}" for i in range(n)],
            "margin_eur": rng.lognormal(3, 1, n).round(2),
            "n_orders": rng.poisson(3, n),
            "recency_days": rng.integers(0, 400, n),
        }
    )


CRITERIA = {"margin_eur": 4.0, "n_orders": 2.0, "recency_days": -2.0}
LEVELS = pd.DataFrame(
    {"level": ["self", "named", "manager"], "hours": [0.0, 0.5, 5.0], "lift_share": [0.0, 0.06, 0.2]}
)


# ------------------------------------------------------------------ scores and grades


def test_points_are_the_share_who_are_worse_and_low_can_be_good() -> None:
    three = pd.DataFrame({"a": [1.0, 2.0, 2.0, 5.0], "b": [9, 9, 1, 0]})
    found = crm.grade_scores(three, {"a": 1, "b": -1})
    assert found["points_a"].tolist() == [12.5, 50.0, 50.0, 87.5]
    assert found["points_b"].tolist() == [25.0, 25.0, 62.5, 87.5]
    assert found["score"].tolist() == [18.75, 37.5, 56.25, 87.5]
    assert list(three) == ["a", "b"]


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30), st.integers(1, 9), st.floats(0.1, 100))
def test_scores_do_not_depend_on_units_order_or_the_size_of_the_weights(
    values: list[int], weight: int, unit: float
) -> None:
    frame = pd.DataFrame({"x": values, "y": values[::-1]})
    score = crm.grade_scores(frame, {"x": weight, "y": -1})["score"]
    other = crm.grade_scores(frame.assign(x=frame["x"] * unit), {"x": 3.0 * weight, "y": -3.0})["score"]
    assert np.allclose(score, other)
    turned = crm.grade_scores(frame.iloc[::-1], {"x": weight, "y": -1})["score"].iloc[::-1]
    assert score.tolist() == turned.tolist()
    assert score.mean() == pytest.approx(50)


def test_grades_have_their_shares_and_equal_customers_the_same_grade() -> None:
    graded = crm.customer_grades(pd.DataFrame({"score": range(100)}), shares=(0.05, 0.15))
    assert graded["grade"].value_counts().to_dict() == {"small": 80, "ordinary": 15, "key": 5}
    assert graded["grade"].iloc[-1] == "key" and graded["grade_rank"].iloc[-1] == 1
    tied = crm.customer_grades(pd.DataFrame({"score": [1.0] * 10}))
    assert set(tied["grade"]) == {"ordinary"}  # all share place 1 of 10: within the best fifth
    assert set(crm.customer_grades(pd.DataFrame({"score": [1.0] * 20}))["grade"]) == {"key"}  # place 1 of 20


def test_a_weight_that_moves_changes_what_it_should() -> None:
    people = table()
    moves = crm.weight_moves(people, CRITERIA, factors=(0, 1, 3))
    assert (moves.loc[moves["factor"] == 1, "changed"] == 0).all()
    for row in moves.itertuples():
        weights = {c: w * (row.factor if c == row.criterion else 1) for c, w in CRITERIA.items()}
        before = crm.customer_grades(crm.grade_scores(people, CRITERIA))["grade"]
        after = crm.customer_grades(crm.grade_scores(people, weights))["grade"]
        assert row.changed == (before != after).sum()
        assert row.key_lost == ((before == "key") & (after != "key")).sum()


def test_the_chance_of_being_key_is_1_for_the_best_in_everything() -> None:
    people = table()
    people.loc[0, ["margin_eur", "n_orders", "recency_days"]] = [1e6, 99, -1]
    chance = crm.key_chance(people, CRITERIA, draws=50)["key_chance"]
    assert chance.iloc[0] == 1.0
    assert chance.sum() == pytest.approx(2, abs=0.3)  # two of forty are key in each draw, but for ties
    one = crm.key_chance(people, {"margin_eur": 4.0, "n_orders": 0}, draws=20)["key_chance"]
    assert set(one) == {0.0, 1.0}


def test_bad_criteria_are_named() -> None:
    people = table(4)
    assert message(lambda: crm.grade_scores(people, {"margin_eur": 0})) == (
        "no criterion has a weight; found {'margin_eur': 0}. Hint: {'margin_eur': 1}"
    )
    assert message(lambda: crm.grade_scores(people, {"margin_eur": "4"})) == (  # type: ignore[dict-item]
        "the weight of 'margin_eur' must be a number; found '4'."
    )
    assert message(lambda: crm.grade_scores(people, {"customer_id": 1})).startswith(
        "customer_id must hold numbers"
    )
    gap = people.assign(margin_eur=[1.0, np.nan, 2.0, 3.0])
    assert "1 value(s) of 'margin_eur' are missing or infinite" in message(
        lambda: crm.grade_scores(gap, CRITERIA)
    )
    assert message(lambda: crm.customer_grades(people, by="n_orders", shares=(0.6, 0.5))) == (
        "shares must be two numbers above 0 whose sum is below 1 (key, ordinary); found (0.6, 0.5). 5 % is 0.05."
    )
    assert message(lambda: crm.weight_moves(people, {"n_orders": 1}, factors=[0])).startswith(
        "without 'n_orders'"
    )
    assert message(lambda: crm.weight_moves(people, {"n_orders": 1}, factors=[-1])) == (
        "factors must be 0 or more; found -1. 0.5 halves a weight."
    )
    assert message(lambda: crm.key_chance(people, CRITERIA, draws=0)) == (
        "draws must be a whole number from 1 to 100,000; found 0."
    )


# ------------------------------------------------------------------ moving


def test_without_a_band_every_review_cuts_anew_and_a_band_only_delays_the_fall() -> None:
    rng = np.random.default_rng(3)
    scores = pd.DataFrame(rng.normal(size=(200, 8)).cumsum(axis=1))
    free, held = crm.grade_path(scores), crm.grade_path(scores, band=1.0)
    for review in scores:
        one = crm.customer_grades(scores[[review]].rename(columns={review: "score"}))["grade"]
        assert (free[review] == one).all()
    order = {"key": 2, "ordinary": 1, "small": 0}
    assert (held.replace(order).astype(int) >= free.replace(order).astype(int)).all(axis=None)
    assert crm.path_summary(held)["moves"] < crm.path_summary(free)["moves"]


def test_who_is_not_there_yet_has_no_grade_and_does_not_count() -> None:
    scores = pd.DataFrame({"Q1": [1.0, np.nan, np.nan, np.nan], "Q2": [1.0, 2.0, 3.0, 4.0]})
    path = crm.grade_path(scores, shares=(0.25, 0.25))
    assert path["Q1"].tolist()[1:] == [None, None, None] or path["Q1"].isna().tolist() == [
        False,
        True,
        True,
        True,
    ]
    assert path["Q2"].tolist() == ["small", "small", "ordinary", "key"]
    assert crm.path_summary(path)["reviews"] == 1


def test_bands_and_reviews_that_cannot_be() -> None:
    scores = pd.DataFrame({"Q1": [1.0]})
    assert message(lambda: crm.grade_path(scores, band=-1)) == (
        "band must be a number, 0 or more; found -1. 0.5 widens the borders by half."
    )
    assert message(lambda: crm.grade_path(pd.DataFrame(index=[1]))) == (
        "scores has no review: it needs a column for each. Hint: one column per quarter."
    )


# ------------------------------------------------------------------ service


def test_the_plan_is_the_best_of_all_plans_where_they_can_be_counted() -> None:
    value = pd.DataFrame({"customer_id": list("abcde"), "value_eur": [900.0, 400.0, 250.0, 30.0, -5.0]})
    need, lift = LEVELS["hours"].to_numpy(), LEVELS["lift_share"].to_numpy()
    grid = np.array(np.meshgrid(*[[0, 1, 2]] * 5)).reshape(5, -1).T
    gains = (lift[grid] * value["value_eur"].clip(lower=0).to_numpy()).sum(axis=1)
    hours = need[grid].sum(axis=1)
    for limit in (0.0, 0.5, 1.5, 5.0, 7.0, 30.0):
        best = gains[hours <= limit].max()
        plan = crm.service_plan(value, LEVELS, hours=limit)
        assert plan["hours"].sum() <= limit
        assert plan["gain_eur"].sum() <= best + 1e-9 <= plan.attrs["bound_eur"] + 2e-9
        assert best - plan["gain_eur"].sum() <= 0.2 * 900  # less than one customer's gain
        if limit in (0.0, 0.5, 1.5, 30.0):
            assert plan["gain_eur"].sum() == pytest.approx(best)
    assert crm.service_plan(value, LEVELS, hours=100).attrs["hour_value_eur"] == pytest.approx(0, abs=1e-9)


def test_an_hour_more_brings_its_shadow_price() -> None:
    value = pd.DataFrame(
        {"customer_id": [str(i) for i in range(300)], "value_eur": np.linspace(20, 900, 300)}
    )
    plan = crm.service_plan(value, LEVELS, hours=100)
    more = crm.service_plan(value, LEVELS, hours=101)
    assert more.attrs["bound_eur"] - plan.attrs["bound_eur"] == pytest.approx(
        plan.attrs["hour_value_eur"], rel=0.02
    )


def test_by_grade_serves_the_queue_until_the_hours_end() -> None:
    graded = crm.customer_grades(table().assign(value_eur=100.0), by="margin_eur", shares=(0.1, 0.2))
    rule = {"key": "manager", "ordinary": "named", "small": "self"}
    plan = crm.grade_plan(graded, LEVELS, hours=20.5, rule=rule)
    assert plan["level"].value_counts().to_dict() == {"self": 35, "manager": 4, "named": 1}
    assert plan["hours"].sum() == 20.5
    shuffled = crm.grade_plan(graded.sample(frac=1, random_state=1), LEVELS, hours=20.5, rule=rule)
    assert shuffled.set_index("customer_id")["level"].sort_index().tolist() == plan["level"].tolist()
    assert message(lambda: crm.grade_plan(graded, LEVELS, hours=1, rule={"key": "gold"})).startswith(
        "rule gives the grade "
    )


def test_the_size_of_an_experiment() -> None:
    # a two-sided test at 5 % with 80 % power: n = 2 (1.959964 + 0.841621)^2 (sd / difference)^2 = 15.698 for 1 sd
    assert crm.customers_per_arm(lift_share=1, mean_eur=1, deviation_eur=1) == pytest.approx(
        15.698, abs=0.001
    )
    rng = np.random.default_rng(1)
    n = round(crm.customers_per_arm(lift_share=0.5, mean_eur=10, deviation_eur=10))
    one, other = rng.normal(15, 10, (4000, n)), rng.normal(10, 10, (4000, n))
    z = (one.mean(axis=1) - other.mean(axis=1)) / np.sqrt(200 / n)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.02)
    assert message(lambda: crm.customers_per_arm(lift_share=0, mean_eur=1, deviation_eur=1)) == (
        "lift_share must be above 0; found 0."
    )


def test_bad_levels_and_hours_are_named() -> None:
    value = pd.DataFrame({"customer_id": ["a"], "value_eur": [1.0]})
    assert (
        message(lambda: crm.service_plan(value, LEVELS, hours=-1))
        == "hours must be a number, 0 or more; found -1."
    )
    assert message(lambda: crm.service_plan(value, LEVELS.iloc[1:], hours=1)) == (
        "one level must need no hours, for whom the hours do not suffice; found hours [0.5, 5.0]. "
        "Hint: add a level 'self-service' with hours 0"
    )
    assert message(lambda: crm.service_plan(value, LEVELS.assign(lift_share=-0.1), hours=1)) == (
        "lift_share of every level must be 0 or more; found [-0.1, -0.1, -0.1]."
    )


# ------------------------------------------------------------------ the document and the pictures


def test_the_standard_holds_the_numbers_of_the_grades() -> None:
    graded = crm.customer_grades(crm.grade_scores(table(100), CRITERIA))
    page = crm.grading_standard(
        graded, criteria=CRITERIA, shares=(0.05, 0.15), levels=LEVELS, as_of="2023-12-31", window_days=365,
        rule={"key": "manager", "ordinary": "named", "small": "self"}, band=0.5, warnings=["Mind the gap."],
    )  # fmt: skip
    key = graded[graded["grade"] == "key"]
    assert (
        f"| key | {len(key)} | {key['score'].min():.1f} | {key['margin_eur'].mean():,.0f} | manager | 5 |"
        in page
    )
    assert "| margin_eur | high | 50% |" in page and "| recency_days | low | 25% |" in page
    assert "only when out of the best 7.5% or 30.0%" in page and page.endswith("Mind the gap.")
    assert message(
        lambda: crm.grading_standard(graded, criteria=CRITERIA, shares=(0.05, 0.15), levels=LEVELS, as_of="2023-12-31",
                                     window_days=365, rule={"key": "manager"})
    ) == "rule gives the grade 'ordinary' the level None; allowed: self, named, manager."  # fmt: skip


def test_the_pictures_show_the_numbers() -> None:
    summary = pd.DataFrame({"grade": ["key", "small"], "customers": [5, 95], "margin_eur": [60.0, 40.0]})
    ax = crm.plot_grades(summary)
    assert [round(bar.get_width(), 3) for bar in ax.patches] == [0.05, 0.95, 0.6, 0.4]
    assert "share" in ax.get_xlabel().lower()
    moves = crm.weight_moves(table(), CRITERIA)
    ax = crm.plot_weight_moves(moves, by="share_key_lost")
    assert "Key customers lost" in ax.get_xlabel() and len(ax.lines) == 3
    curve = pd.DataFrame({"service_hours": [0, 10], "a": [0.0, 5.0], "b": [0.0, 4.0]})
    ax = crm.plot_lines(curve, x="service_hours", lines={"a": "one", "b": "two"}, y="Gain (EUR)", mark=5)
    assert (
        ax.lines[0].get_ydata().tolist() == [0.0, 5.0]
        and ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    )
    groups = pd.DataFrame(
        {"group": ["new", "old"], "n": [4, 6], "share": [0.1, 0.3], "low": [0.0, 0.2], "high": [0.2, 0.4]}
    )
    ax = crm.plot_group_shares(groups, x="Graded up (%)", overall=0.2)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["new (4)", "old (6)"] and ax.texts[
        0
    ].get_text().startswith("all")
    plt.close("all")
    assert message(lambda: crm.plot_grades(summary.assign(customers=[-1, 2]))) == (
        "summary: 'customers' must be 0 or more with a sum above 0; found [-1.0, 2.0]."
    )
