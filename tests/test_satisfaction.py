"""Satisfaction, drivers, types of loyalty and the reward: closed forms, properties, bad input, pictures."""

from __future__ import annotations

from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets.loyalty import ANSWER_CUTS, POINT, TRUE_WEIGHTS, make_loyalty
from crmlab.tables.loyalty import DRIVERS, LOYALTY_TYPES


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def big() -> Any:
    return make_loyalty(40_000, rng=1)


@pytest.fixture(scope="module")
def joined(big: Any) -> pd.DataFrame:
    survey = big.ratings[big.ratings["wave"] == 2023].drop(columns="wave")
    year = big.next_purchases[big.next_purchases["year"] == 2023]
    truth = big.truth_loyalty.drop(columns="switching_cost_eur")
    return (
        big.switching.merge(survey, on="customer_id")
        .merge(year, on="customer_id")
        .merge(truth, on="customer_id")
    )


# ------------------------------------------------------------------ scores


def test_the_error_of_a_score_is_that_of_a_mean_of_plus_one_zero_and_minus_one() -> None:
    votes = np.array([1] * 50 + [0] * 30 + [-1] * 20)
    assert crm.nps_error(0.5, 0.2, 100) == pytest.approx(100 * votes.std() / 10)
    assert crm.nps_error(1.0, 0.0, 9) == 0.0
    assert crm.nps_error(0.5, 0.5, 4) == 50.0  # the worst case


@settings(deadline=None)  # a busy machine is slow, not wrong
@given(st.lists(st.integers(0, 10), min_size=1, max_size=60))
def test_the_score_counts_each_answer_once_and_no_order_matters(said: list[int]) -> None:
    frame = pd.DataFrame({"recommend": [*said, None]})
    row = crm.nps_table(frame).iloc[0]
    assert row["n"] == len(said)
    assert row["promoters"] + row["passives"] + row["detractors"] == pytest.approx(1)
    assert row["nps"] == pytest.approx(100 * np.mean([(s >= 9) - (s <= 6) for s in said]))
    assert -100 <= row["low"] <= row["nps"] + 1e-9 and row["nps"] - 1e-9 <= row["high"] <= 100
    again = crm.nps_table(frame.iloc[::-1]).iloc[0]
    assert again.drop("group").tolist() == pytest.approx(row.drop("group").tolist())


def test_the_answers_needed_really_see_the_change() -> None:
    n = crm.nps_answers_needed(10, promoters=0.4, detractors=0.3)
    rng = np.random.default_rng(0)
    first = rng.multinomial(n, [0.4, 0.3, 0.3], 4000)
    later = rng.multinomial(n, [0.5, 0.2, 0.3], 4000)
    score = [100 * (x[:, 0] - x[:, 2]) / n for x in (first, later)]
    error = crm.nps_error(0.45, 0.3, n) * np.sqrt(2)
    assert np.mean((score[1] - score[0]) / error > 1.96) == pytest.approx(0.8, abs=0.03)
    assert crm.nps_answers_needed(5, promoters=0.4, detractors=0.3) == pytest.approx(4 * n, abs=4)


def test_swaps_agree_with_the_normal_and_the_best_is_first() -> None:
    frame = pd.DataFrame({"b": ["A"] * 200 + ["B"] * 200, "recommend": [10] * 110 + [0] * 90 + [10, 0] * 100})
    table = crm.nps_swaps(frame, by="b", draws=4000, rng=0)
    assert table["group"].tolist() == ["A", "B"] and np.isnan(table["swaps"].iloc[1])
    assert table["swaps"].iloc[0] == pytest.approx(0.159, abs=0.02)  # gap 10 points, error 10: one z
    assert table["first"].sum() == pytest.approx(1)
    pd.testing.assert_frame_equal(
        table, crm.nps_swaps(frame.sample(frac=1, random_state=1), by="b", draws=4000, rng=0)
    )


def test_bad_scores_are_named() -> None:
    assert message(lambda: crm.nps_error(45, 20, 100)) == (
        "promoters and detractors must be shares whose sum is at most 1; found 45 and 20. 45 % is 0.45."
    )
    assert message(lambda: crm.nps_error(0.4, 0.2, 0)) == "n must be above 0; found 0."
    assert message(lambda: crm.nps_table(pd.DataFrame({"recommend": [11]}))) == (
        "'recommend' must hold whole numbers from 0 to 10; found 11. "
        "Hint: the net promoter score needs the scale from 0 to 10."
    )
    assert message(lambda: crm.nps_table(pd.DataFrame({"recommend": [None]}))) == (
        "nobody has an answer in 'recommend'. Hint: keep the rows of those who answered."
    )
    assert message(lambda: crm.nps_table(pd.DataFrame({"recommend": [9]}), confidence=95)) == (
        "confidence must lie between 0 and 1, both left out; found 95."
    )
    assert message(lambda: crm.nps_answers_needed(0, promoters=0.4, detractors=0.3)) == (
        "change_points must be above 0 and at most 200; found 0."
    )
    assert message(lambda: crm.nps_answers_needed(5, promoters=0.4, detractors=0.3, power=0.2)) == (
        "power must be 0.5 or more and below 1, confidence between 0 and 1; found 0.2 and 0.95."
    )
    assert message(lambda: crm.nps_swaps(pd.DataFrame({"recommend": [9], "b": 1}), by="b", draws=0)) == (
        "draws must be a whole number from 1 to 100,000; found 0."
    )


def test_the_curve_is_a_rate_with_wilsons_limits() -> None:
    people = pd.DataFrame(
        {"m": ["x"] * 6, "satisfaction": [5, 5, 5, 4, 4, None], "bought_again": [1, 1, 0, 0, 1, 1]}
    )
    curve = crm.satisfaction_curve(people, by="m")
    assert curve[["score", "n", "bought"]].values.tolist() == [[4, 2, 1], [5, 3, 2]]
    low, high = crm.wilson_interval(2, 3)
    assert curve["low"].iloc[1] == pytest.approx(float(low)) and curve["high"].iloc[1] == pytest.approx(
        float(high)
    )
    assert message(lambda: crm.satisfaction_curve(people.assign(bought_again=2))) == (
        "'bought_again' must be True/False or 1/0; found 2."
    )
    assert message(lambda: crm.satisfaction_curve(people.assign(satisfaction=None))) == (
        "nobody has an answer in 'satisfaction'. Hint: keep the rows of those who answered."
    )


# ------------------------------------------------------------------ drivers


def toy(n: int = 400, seed: int = 0) -> pd.DataFrame:
    g = np.random.default_rng(seed)
    a = g.normal(size=n)
    b = 0.7 * a + 0.7 * g.normal(size=n)
    c = g.normal(size=n)
    return pd.DataFrame({"a": a, "b": b, "c": c, "y": a + 0.5 * b + 0.2 * c + g.normal(size=n)})


def test_two_drivers_have_the_shares_of_the_closed_form() -> None:
    frame = toy()
    r = frame[["a", "b", "y"]].corr()
    ry, rab = r["y"][["a", "b"]].to_numpy(), r.loc["a", "b"]
    r2 = (ry[0] ** 2 + ry[1] ** 2 - 2 * ry[0] * ry[1] * rab) / (1 - rab**2)
    table = crm.driver_importance(frame, outcome="y", drivers=["a", "b"])
    assert table.attrs["r2"] == pytest.approx(r2)
    assert table["share"].to_numpy() * r2 == pytest.approx(
        [(ry[0] ** 2 + r2 - ry[1] ** 2) / 2, (ry[1] ** 2 + r2 - ry[0] ** 2) / 2]
    )
    assert table["vif"].to_numpy() == pytest.approx([1 / (1 - rab**2)] * 2)
    assert table["correlation"].to_numpy() == pytest.approx(ry)


def test_shares_sum_to_one_and_units_and_order_do_not_matter() -> None:
    frame = toy()
    table = crm.driver_importance(frame, outcome="y", drivers=["a", "b", "c"])
    assert table["share"].sum() == pytest.approx(1)
    other = frame.assign(a=100 * frame["a"] + 7).sample(frac=1, random_state=2)
    turned = (
        crm.driver_importance(other, outcome="y", drivers=["c", "b", "a"]).iloc[::-1].reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(table, turned)
    flips = crm.driver_flips(frame, outcome="y", drivers=["a", "b", "c"], draws=50, rng=1)
    again = crm.driver_flips(other, outcome="y", drivers=["a", "b", "c"], draws=50, rng=1)
    assert flips["first"].sum() == pytest.approx(1)
    assert flips["first"].tolist() == pytest.approx(again["first"].tolist(), abs=0.15)


def test_signs_flip_in_small_samples_only() -> None:
    frame = toy(2000, seed=3)
    few = crm.driver_flips(frame, outcome="y", drivers=["a", "b", "c"], rows=25, draws=300, rng=0)
    many = crm.driver_flips(frame, outcome="y", drivers=["a", "b", "c"], draws=300, rng=0)
    assert few.set_index("driver")["negative"]["c"] > 0.08
    assert many["negative"].max() == 0


def test_bad_drivers_are_named() -> None:
    frame = toy(50)
    assert message(lambda: crm.driver_importance(frame, outcome="y", drivers=["a", "a"])) == (
        "drivers must be 1 to 12 different columns, without the outcome; found ['a', 'a']."
    )
    assert message(lambda: crm.driver_importance(frame.assign(b=1), outcome="y", drivers=["a", "b"])) == (
        "'b' is the same in all rows. Hint: leave it out."
    )
    assert message(
        lambda: crm.driver_importance(frame.assign(b=2 * frame["a"]), outcome="y", drivers=["a", "b"])
    ) == ("one of the drivers ['a', 'b'] follows from the others. Hint: leave it out.")
    assert message(lambda: crm.driver_importance(frame.head(3), outcome="y", drivers=["a", "b"])) == (
        "3 full rows are too few for 2 drivers."
    )
    assert message(lambda: crm.driver_flips(frame, outcome="y", drivers=["a"], rows=5)) == (
        "rows must be a whole number from 20 to 100,000; found 5."
    )


# ------------------------------------------------------------------ types


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.floats(0, 1)), min_size=1, max_size=40),
    st.sampled_from([2, 3.5, 4, 5]),
    st.sampled_from([0.05, 0.5, 1.0]),
)
def test_every_case_has_exactly_one_type(
    cases: list[tuple[int, float]], content: float, loyal: float
) -> None:
    people = pd.DataFrame(cases, columns=["satisfaction", "share_of_wallet"])
    rules = crm.loyalty_rules(satisfied_from=content, loyal_from=loyal)
    kinds = crm.type_customers(people, rules=rules)["loyalty_type"]
    for (says, does), kind in zip(cases, kinds, strict=True):
        assert kind == LOYALTY_TYPES[2 * (says < content) + (does < loyal)]
    assert list(people) == ["satisfaction", "share_of_wallet"]


def test_rules_with_a_hole_or_an_overlap_are_refused() -> None:
    people = pd.DataFrame({"satisfaction": [5], "share_of_wallet": [0.4]})
    rules = crm.loyalty_rules()
    assert message(lambda: crm.type_customers(people, rules=rules.drop(index=1))) == (
        "the rules give no type for an attitude of 4 and a behaviour of -inf; every case must have exactly one "
        "type. Hint: loyalty_rules()"
    )
    wide = rules.copy()
    wide.loc[0, "behaviour_from"] = 0.4
    assert "the rules give loyalist, mercenary for an attitude of 4 and a behaviour of 0.4;" in message(
        lambda: crm.type_customers(people, rules=wide)
    )
    assert message(lambda: crm.type_customers(people.assign(share_of_wallet=np.nan))) == (
        "1 customers have no 'share_of_wallet'. Hint: who bought nothing has 0, not a gap."
    )
    assert message(lambda: crm.loyalty_rules(satisfied_from=1)) == (
        "satisfied_from must be above 1 and at most 5; found 1."
    )
    assert (
        message(lambda: crm.loyalty_rules(loyal_from=50))
        == "loyal_from must be above 0 and at most 1; found 50."
    )


# ------------------------------------------------------------------ the reward


def test_a_reward_by_hand() -> None:
    people = pd.DataFrame(
        {
            "kind": ["a"] * 4, "treated": [1, 1, 0, 0], "spend_before_eur": [90.0, 110, 95, 105],
            "spend_after_eur": [115.0, 125, 99, 101],
        }
    )  # fmt: skip
    row = crm.reward_value(people, by="kind", margin_rate=0.4, reward_rate=0.1).iloc[0]
    assert row["uplift"] == 20 and row["spend_eur"] == 100 and row["cost_eur"] == pytest.approx(12)
    assert row["deadweight"] == pytest.approx(100 / 120) and row["cost_per_extra_eur"] == pytest.approx(0.6)
    assert row["gain_eur"] == pytest.approx(0.4 * 20 - 12)
    assert row["break_even_eur"] == pytest.approx(0.1 * 100 / 0.3)
    at_even = row["break_even_eur"]
    assert 0.4 * at_even - 0.1 * (100 + at_even) == pytest.approx(0)
    worse = crm.reward_value(
        people.assign(treated=1 - people["treated"]), by="kind", margin_rate=0.4, reward_rate=0.1
    )
    assert np.isnan(worse["cost_per_extra_eur"].iloc[0])
    assert message(lambda: crm.reward_value(people, by="kind", margin_rate=0.05, reward_rate=0.05)) == (
        "margin_rate must be above 0 and at most 1, reward_rate 0 or more and below it; found 0.05 and 0.05. "
        "35 % is 0.35."
    )


def test_the_lot_recovers_the_true_effect_and_the_card_does_not(big: Any) -> None:
    people = big.programme.merge(big.truth_loyalty, on="customer_id")
    table = crm.reward_value(people, by="loyalty_type", margin_rate=0.35, reward_rate=0.05)
    true = people.groupby("loyalty_type")["reward_effect_eur"].mean()
    for row in table.itertuples():
        half = (row.uplift_high - row.uplift_low) / 2
        assert abs(row.uplift - true[row.loyalty_type]) < 1.6 * half
    gains = table.set_index("loyalty_type")["gain_eur"]
    assert gains["mercenary"] > 3 and gains["loyalist"] < -10 and gains["hostage"] < -10
    card = people.groupby("card_member")["spend_before_eur"].mean()
    assert card[True] - card[False] > 10 * people["card_effect_eur"].mean()


# ------------------------------------------------------------------ the world


def test_the_world_has_the_published_answers(joined: pd.DataFrame) -> None:
    said = joined["would_say"].value_counts(normalize=True).sort_index()
    assert said.to_numpy() == pytest.approx([0.04, 0.06, 0.08, 0.38, 0.44], abs=0.01)
    rate = joined.groupby(["market", "would_say"])["bought_again"].mean()
    assert rate["competitive", 5] == pytest.approx(0.60, abs=0.02)
    assert rate["competitive", 4] == pytest.approx(0.10, abs=0.015)
    assert rate["competitive", 5] / rate["competitive", 4] == pytest.approx(6, abs=0.9)
    assert rate["monopoly"].between(0.83, 0.97).all()
    assert rate["few rivals", 5] - rate["few rivals", 4] < rate["competitive", 5] - rate["competitive", 4]
    assert 0.2 < joined["would_say"].corr(joined["bought_again"].astype(float)) < 0.35


def test_those_who_answer_are_happier(joined: pd.DataFrame) -> None:
    answered = joined[joined["answered"]]
    assert answered["satisfaction"].isna().sum() == 0
    assert joined.loc[~joined["answered"], ["satisfaction", "recommend", *DRIVERS]].isna().all(axis=None)
    assert answered["would_say"].mean() > joined["would_say"].mean() + 0.08


def test_hidden_satisfaction_is_standard_and_made_by_the_drivers_and_belonging(joined: pd.DataFrame) -> None:
    hidden = joined["satisfaction_2023"]
    assert hidden.mean() == pytest.approx(0, abs=0.03) and hidden.std() == pytest.approx(1, abs=0.02)
    assert hidden.corr(joined["belonging_score"]) == pytest.approx(0.45, abs=0.02)
    assert hidden.corr(joined["satisfaction_2022"]) > 0.6
    assert (
        joined["switching_cost_eur"] == 12 * joined["contract_left_months"] + 60 * joined["tied_in"]
    ).all()


def test_a_point_is_the_distance_between_the_average_4_and_5(joined: pd.DataFrame) -> None:
    opinion = 1 + np.searchsorted(ANSWER_CUTS, joined["satisfaction_2023"])
    means = joined["satisfaction_2023"].groupby(opinion).mean()
    assert means[5] - means[4] == pytest.approx(POINT, abs=0.02)


def test_the_naive_step_is_above_the_truth_and_the_within_one_below(big: Any, joined: pd.DataFrame) -> None:
    lift = crm.repurchase_chance(big.truth_loyalty, points_up=1.0) - crm.repurchase_chance(big.truth_loyalty)
    free = joined[(joined["market"] == "competitive") & joined["answered"]]
    by = free.groupby("satisfaction")["bought_again"].mean()
    true = lift.reindex(free.loc[free["satisfaction"] == 4, "customer_id"]).mean()
    said = (
        big.ratings.pivot(index="customer_id", columns="wave", values="satisfaction").dropna().astype(float)
    )
    said = said[said.isin([4, 5]).all(axis=1) & said.index.isin(free["customer_id"])]
    did = big.next_purchases.pivot(index="customer_id", columns="year", values="bought_again").astype(float)
    did = did.reindex(said.index)
    within = np.polyfit(said[2023] - said[2022], did[2023] - did[2022], 1)[0]
    assert within < true - 0.03 < true < by[5] - by[4]


def test_types_are_recovered_with_noise(joined: pd.DataFrame) -> None:
    typed = crm.type_customers(joined.drop(columns="loyalty_type").assign(satisfaction=joined["would_say"]))
    right = (typed["loyalty_type"] == joined["loyalty_type"]).mean()
    assert 0.85 < right < 0.95
    share = joined["loyalty_type"].value_counts(normalize=True)
    assert (
        share.index.tolist() == ["loyalist", "mercenary", "defector", "hostage"] and share["hostage"] > 0.03
    )


def test_hostages_leave_when_the_cost_falls(big: Any) -> None:
    truth = big.truth_loyalty.set_index("customer_id")
    now = crm.repurchase_chance(big.truth_loyalty)
    assert now.to_numpy() == pytest.approx(truth["repurchase_chance"].to_numpy(), abs=0.01)
    lost = (
        (now - crm.repurchase_chance(big.truth_loyalty, cost_left=0.0)).groupby(truth["loyalty_type"]).mean()
    )
    assert lost.idxmax() == "hostage" and lost["hostage"] > 0.6 and lost.min() >= 0
    assert message(lambda: crm.repurchase_chance(big.truth_loyalty, cost_left=2)) == (
        "cost_left must be a number from 0 to 1; found 2."
    )


def test_the_halo_changes_answers_and_nothing_that_is_done() -> None:
    plain, loud = make_loyalty(3000, rng=2, halo=0.0), make_loyalty(3000, rng=2, halo=2.0)
    pd.testing.assert_frame_equal(plain.next_purchases, loud.next_purchases)
    pd.testing.assert_frame_equal(plain.programme, loud.programme)
    mean = [
        world.ratings[world.ratings["answered"]][list(DRIVERS)].astype(float).corr().to_numpy().mean()
        for world in (plain, loud)
    ]
    assert mean[1] > mean[0] + 0.1


def test_no_way_of_importance_finds_the_true_weights(big: Any) -> None:
    answers = big.ratings[(big.ratings["wave"] == 2023) & big.ratings["answered"]]
    found = crm.driver_importance(answers, outcome="satisfaction", drivers=list(DRIVERS))
    true = pd.Series(TRUE_WEIGHTS / TRUE_WEIGHTS.sum(), index=list(DRIVERS))
    share = found.set_index("driver")["share"]
    assert share["web"] > true["web"] + 0.08 and share["delivery"] < true["delivery"] - 0.08


def test_the_world_keeps_its_contract_and_its_seed() -> None:
    world, again = make_loyalty(300, rng=5), make_loyalty(300, rng=5)
    for name in (
        "ratings",
        "switching",
        "next_purchases",
        "programme",
        "truth_loyalty",
        "truth_loyalty_drivers",
    ):
        check(getattr(world, name), name)
        pd.testing.assert_frame_equal(getattr(world, name), getattr(again, name))
    assert message(lambda: make_loyalty(50)) == (
        "n_customers must be a whole number from 100 to 1,000,000; found 50."
    )
    assert message(lambda: make_loyalty(500, halo=4)) == "halo must be a number from 0 to 3; found 4."
    assert message(lambda: make_loyalty(500, rng=-1)) == (
        "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found -1."
    )


def test_the_bundled_world_is_the_made_one() -> None:
    bundled, made = crm.load_loyalty(), make_loyalty()
    pd.testing.assert_frame_equal(bundled.ratings, made.ratings, check_dtype=False)
    pd.testing.assert_frame_equal(bundled.programme, made.programme, check_dtype=False)


# ------------------------------------------------------------------ pictures


def test_the_pictures_draw_what_the_tables_hold() -> None:
    curve = pd.DataFrame(
        {"group": ["a", "a", "b"], "score": [4, 5, 5], "rate": [0.1, 0.6, 0.9], "low": np.nan, "high": np.nan}
    )
    fig, axes = plt.subplots(1, 5)
    ax = crm.plot_satisfaction_curve(curve, ax=axes[0])
    assert ax is axes[0] and ax.lines[0].get_ydata().tolist() == [0.1, 0.6]
    assert (ax.get_xlabel(), ax.get_ylabel()) == (
        "Satisfaction (answer, 5 is very satisfied)", "Bought again (% of customers)",
    )  # fmt: skip
    many = pd.concat([curve.assign(group=str(i)) for i in range(5)])
    assert (
        message(lambda: crm.plot_satisfaction_curve(many)) == "at most 4 groups can be told apart; found 5."
    )
    ranking = pd.DataFrame(
        {"group": ["A", "B"], "n": [9, 8], "nps": [20.0, 10], "low": [5.0, 0], "high": [30.0, 25]}
    )
    ax = crm.plot_nps(ranking, truth=pd.Series({"B": 12.0, "A": 18.0}), ax=axes[1])
    assert ax.lines[1].get_xdata().tolist() == [18.0, 12.0] and ax.get_xlabel().startswith(
        "Net promoter score (points"
    )
    table = pd.DataFrame({"driver": ["web", "price"], "one": [3.0, 1.0], "two": [1.0, -1.0]})
    ax = crm.plot_drivers(table, measures={"one": "first", "two": "second"}, ax=axes[2])
    assert ax.lines[0].get_xdata().tolist() == [0.75, 0.25] and ax.lines[1].get_xdata().tolist() == [
        0.5,
        -0.5,
    ]
    assert "are all 0" in message(lambda: crm.plot_drivers(table.assign(one=0), measures={"one": "x"}))
    shares = pd.DataFrame({"loyalty_type": list(LOYALTY_TYPES), "share": [0.4, 0.3, 0.2, 0.1]})
    ax = crm.plot_loyalty_map(shares, ax=axes[3])
    assert len(ax.patches) == 4 and ax.texts[2].get_text() == "Hostage\n20\xa0%"
    assert ax.texts[2].get_position() == (0.5, 1.5)  # not content, stays
    assert "found ['friend']" in message(
        lambda: crm.plot_loyalty_map(pd.DataFrame({"loyalty_type": ["friend"], "share": [0.1]}))
    )
    rewards = pd.DataFrame(
        {"loyalty_type": ["mercenary"], "customers": [5], "uplift": [60.0], "uplift_low": [40.0],
         "uplift_high": [80.0], "break_even_eur": [35.0]}
    )  # fmt: skip
    ax = crm.plot_rewards(rewards, ax=axes[4])
    assert [float(line.get_xdata()[0]) for line in ax.lines[:2]] == [60.0, 35.0]
    assert ax.get_yticklabels()[0].get_text() == "mercenary (5)" and ax.texts[0].get_text() == "60"
    plt.close(fig)
