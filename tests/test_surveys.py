"""Survey statistics against closed forms, the textbook and simulation; the survey world by its rates."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets import fieldwork
from crmlab.datasets.collecting import DIRECT, INDIRECT, NOTES, load_fieldwork
from crmlab.datasets.fieldwork import CHANNELS, Survey, answer_chances
from crmlab.plots import surveys as pictures

TWO = 0.9544997361036416  # confidence with z = 2, as the textbook rounds


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return crm.survey_population(crm.make_retail(n_customers=4000, rng=5), rng=5)


# ------------------------------------------------------------------ margin and size


def test_the_example_of_cochran() -> None:
    """Sampling Techniques, section 4.4: p = 0.5, d = 0.05, t = 2 gives 400; with 3,200 people 356."""
    assert crm.sample_size(0.05, confidence=TWO) == 400
    assert crm.sample_size(0.05, confidence=TWO, population=3200) == 356


@pytest.mark.parametrize("population", [None, 500, 3392, 10**6])
@pytest.mark.parametrize("margin", [0.1, 0.03, 0.011])
def test_the_size_keeps_the_margin_and_one_fewer_does_not(population: int | None, margin: float) -> None:
    n = crm.sample_size(margin, share=0.3, population=population)
    assert crm.margin_of_error(0.3, n, population=population) <= margin + 1e-9
    assert crm.margin_of_error(0.3, n - 1, population=population) > margin - 1e-9


def test_four_times_the_answers_halve_the_margin() -> None:
    small, large = crm.margin_of_error(0.2, [100, 400])
    assert small == pytest.approx(2 * large)
    assert crm.margin_of_error(0.2, 50, population=50) == 0
    assert crm.margin_of_error(0.2, 1, population=1) == 0


def test_the_margin_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    truth = np.arange(800) < 240
    found = np.array([rng.choice(truth, 200, replace=False).mean() for _ in range(4000)])
    half = crm.margin_of_error(0.3, 200, population=800)
    assert abs(np.mean(np.abs(found - 0.3) <= half + 1e-12) - 0.95) < 0.015
    assert found.std() == pytest.approx(half / 1.959964, rel=0.05)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: crm.margin_of_error(1.2, 10), "share must lie between 0 and 1; found 1.2."),
        (
            lambda: crm.margin_of_error(0.2, 0),
            "n must be 1 or more; found 0. Hint: without an answer there is no margin.",
        ),
        (
            lambda: crm.margin_of_error(0.2, 9, population=8),
            "n must be no more than the population of 8; found 9.",
        ),
        (
            lambda: crm.margin_of_error(0.2, 9, confidence=1),
            "confidence must lie between 0 and 1, both left out; found 1.",
        ),
        (lambda: crm.sample_size(0), "margin must lie between 0 and 1, both left out; found 0."),
        (lambda: crm.sample_size(0.1, share=1), "share must lie between 0 and 1, both left out; found 1."),
        (lambda: crm.sample_size(0.1, population=0), "population must be 1 or more; found 0."),
        (
            lambda: crm.design_effect([1, 0]),
            "weights must be numbers above 0, one per answer; found [1.0, 0.0].",
        ),
        (lambda: crm.survey_error([9], share=0.5, bias=2), "bias must lie between -1 and 1; found 2."),
    ],
)
def test_bad_input_is_named(call: Any, words: str) -> None:
    assert message(call) == words


def test_total_error_is_bias_and_chance() -> None:
    table = crm.survey_error([25, 10**9], share=0.5, bias=-0.06)
    assert table["total_error"].tolist() == pytest.approx([np.hypot(0.06, 0.1), 0.06], rel=1e-3)


# ------------------------------------------------------------------ weights


def test_design_effect_is_one_plus_the_squared_variation() -> None:
    w = np.random.default_rng(1).uniform(0.5, 3, 400)
    assert crm.design_effect(w) == pytest.approx(1 + (w.std() / w.mean()) ** 2)
    assert crm.design_effect(7 * w) == pytest.approx(crm.design_effect(w))


def two_groups(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    group = np.where(np.arange(3000) < 900, "a", "b")
    yes = rng.random(3000) < np.where(group == "a", 0.7, 0.2)
    everybody = pd.DataFrame({"group": group, "yes": yes})
    chance = np.where(group == "a", 3.0, 1.0)
    return everybody, everybody.iloc[rng.choice(3000, n, replace=False, p=chance / chance.sum())]


def test_weights_mend_what_the_groups_explain_and_the_interval_covers() -> None:
    rng = np.random.default_rng(8)
    rows, plain = [], []
    everybody, _ = two_groups(10, rng)
    chance = np.where(everybody["group"] == "a", 3.0, 1.0)
    for _ in range(300):
        got = everybody.iloc[rng.choice(3000, 250, replace=False, p=chance / chance.sum())]
        rows.append(crm.post_stratify(got, everybody, by="group", value="yes").iloc[0])
        plain.append(rows[-1]["unweighted"])
    table, truth = pd.DataFrame(rows), everybody["yes"].mean()
    assert abs(table["estimate"].mean() - truth) < 0.006 < 0.08 < np.mean(plain) - truth
    inside = (table["low"] <= truth) & (truth <= table["high"])
    assert 0.90 <= inside.mean() <= 0.99


def test_the_variance_of_cochran_by_hand() -> None:
    answers = pd.DataFrame({"g": list("aaabbbbb"), "y": [1, 0, 1, 0, 0, 1, 0, 0]})
    people = pd.DataFrame({"g": ["a"] * 40 + ["b"] * 60})
    row = crm.post_stratify(answers, people, by="g", value="y").iloc[0]
    s_a, s_b = 1 / 3, 0.2
    variance = (1 - 8 / 100) / 8 * (0.4 * s_a + 0.6 * s_b) + (0.6 * s_a + 0.4 * s_b) / 64
    assert row["estimate"] == pytest.approx(0.4 * 2 / 3 + 0.6 * 0.2)
    assert row["standard_error"] == pytest.approx(np.sqrt(variance))
    assert row["answers"] == 8 and row["strata"] == 2


def test_order_of_rows_and_the_input_do_not_matter() -> None:
    everybody, got = two_groups(120, np.random.default_rng(2))
    before = got.copy()
    one = crm.post_stratify(got, everybody, by="group", value="yes")
    other = crm.post_stratify(got[::-1], everybody.sample(frac=1, random_state=1), by="group", value="yes")
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(got, before)
    table = crm.strata_table(got, everybody, by="group", value="yes")
    assert (table["weight"] * table["answer_share"]).sum() == pytest.approx(1)


def test_thin_groups_are_put_together() -> None:
    answers = pd.DataFrame({"g": list("aaab"), "y": [1, 0, 1, 0]})
    people = pd.DataFrame({"g": list("aaaaaabbcc")})
    table = crm.strata_table(answers, people, by="g", value="y")
    assert table["stratum"].tolist() == ["a + b + c"] and table["population"].tolist() == [10]


@pytest.mark.parametrize(
    ("answers", "more", "words"),
    [
        (
            {"g": ["a", "x"], "y": [1, 0]},
            {},
            "answers hold the group 'x' of 'g', which the population has not.",
        ),
        (
            {"g": ["a", None], "y": [1, 0]},
            {},
            "'g' or 'y' is missing 1 times. Hint: take these rows out first.",
        ),
        ({"g": ["a"], "y": [1]}, {}, "answers holds 1 row(s); at least 2 are needed."),
        (
            {"g": ["a", "a"], "y": [1, 0]},
            {"fewest": 1},
            "fewest must be 2 or more; found 1. Hint: one answer has no variance.",
        ),
    ],
)
def test_bad_answers_are_named(answers: dict[str, Any], more: dict[str, int], words: str) -> None:
    people = pd.DataFrame({"g": ["a"] * 9})
    assert (
        message(lambda: crm.strata_table(pd.DataFrame(answers), people, by="g", value="y", **more)) == words
    )


# ------------------------------------------------------------------ what answers are worth

PRIOR = {"prior_share": 0.5, "prior_sd": (1 / 12) ** 0.5, "break_even": 0.5, "stake_eur": 24.0}


def test_value_under_a_flat_belief_in_closed_form() -> None:
    """Uniform belief, break-even 1/2: one answer is worth 1/12 of the stake, the truth 1/8."""
    table = crm.value_of_answers([0, 1, 3, 4000], **PRIOR)
    three = 24 * ((3 / 5 - 0.5) + (4 / 5 - 0.5)) / 4  # k = 2 and k = 3 of 0..3, each with chance 1/4
    assert table["value_eur"].tolist()[:3] == pytest.approx([0.0, 2.0, three])
    assert table["perfect_eur"].tolist() == pytest.approx([3.0] * 4)
    assert table["value_eur"].iloc[3] == pytest.approx(3.0, rel=1e-3)


def test_value_rises_to_that_of_the_truth_and_scales_with_the_stake() -> None:
    more = {"prior_share": 0.33, "prior_sd": 0.1, "break_even": 0.3, "population": 400}
    table = crm.value_of_answers(range(0, 401, 20), stake_eur=1000.0, **more)
    assert table["value_eur"].is_monotonic_increasing
    assert table["value_eur"].iloc[-1] == pytest.approx(table["perfect_eur"].iloc[-1])
    twice = crm.value_of_answers(range(0, 401, 20), stake_eur=2000.0, **more)
    np.testing.assert_allclose(twice["value_eur"], 2 * table["value_eur"])


def test_value_by_simulation() -> None:
    rng = np.random.default_rng(4)
    share = rng.beta(6, 12, 200_000)
    k = rng.binomial(20, share)
    later = (6 + k) / 38
    gain = np.where(later >= 0.35, share - 0.35, 0).mean() - max(0, 1 / 3 - 0.35)
    sd = np.sqrt(6 * 12 / 18**2 / 19)
    table = crm.value_of_answers([20], prior_share=1 / 3, prior_sd=sd, break_even=0.35, stake_eur=1.0)
    assert table["value_eur"].item() == pytest.approx(gain, abs=0.001)


@pytest.mark.parametrize(
    ("n", "change", "words"),
    [
        ([-1], {}, "n must be 0 or more; found -1 to -1."),
        ([9], {"population": 8}, "n must be 0 to 8; found 9 to 9."),
        (
            [1],
            {"prior_sd": 0.5},
            "prior_share must lie between 0 and 1 and prior_sd between 0 and the root "
            "of "
            "share × (1 - share); found 0.5 and 0.5.",
        ),
        (
            [1],
            {"stake_eur": 0.0},
            "break_even must lie between 0 and 1 and stake_eur be above 0; found 0.5 and 0.0.",
        ),
    ],
)
def test_a_bad_belief_is_named(n: list[int], change: dict[str, float], words: str) -> None:
    assert message(lambda: crm.value_of_answers(n, **(PRIOR | change))) == words


# ------------------------------------------------------------------ the survey world


def test_the_bundled_wave_is_what_the_generator_writes() -> None:
    wave, made = load_fieldwork(), crm.make_fieldwork(crm.load_retail())
    for field in dataclasses.fields(Survey):
        one, other = getattr(wave, field.name), getattr(made, field.name)
        check(one, field.name)
        assert list(one) == list(other) and len(one) == len(other)
    assert wave.survey_answers["would_use"].tolist() == made.survey_answers["would_use"].tolist()
    assert wave.survey_invitations["answered"].sum() == len(wave.survey_answers)
    asked = wave.survey_invitations["channel"].value_counts().to_dict()
    assert asked == {"online": 900, "phone": 300, "till": 300}


def test_the_same_people_in_lesson_and_wave() -> None:
    truth = load_fieldwork().truth_survey.set_index("customer_id")["true_use"]
    people = crm.survey_population(crm.load_retail(), rng=69).set_index("customer_id")["true_use"]
    assert (people[truth.index] == truth).all()


@pytest.mark.parametrize("channel", ["phone", "online", "till"])
@pytest.mark.parametrize("wording", ["neutral", "leading"])
def test_surveys_find_on_average_what_is_expected(people: pd.DataFrame, channel: str, wording: str) -> None:
    expected = crm.expected_survey(people, channel=channel, wording=wording).iloc[0]
    n = (
        300 if channel == "till" else len(people)
    )  # the till takes frequent visitors first: few keep the weights
    asked = answered = yes = 0
    for seed in range(30):
        survey = crm.make_survey(people, n_invited=n, channel=channel, wording=wording, rng=seed)
        asked += len(survey.survey_invitations)
        answered += len(survey.survey_answers)
        yes += (survey.survey_answers["would_use"] == "yes").sum()
    assert answered / asked == pytest.approx(expected["answer_rate"], abs=0.015)
    assert yes / answered == pytest.approx(expected["recorded_share"], abs=0.025)


def test_what_is_arranged_can_be_seen(people: pd.DataFrame) -> None:
    rows = {c: crm.expected_survey(people, channel=c).iloc[0] for c in ("phone", "online", "till")}
    online, truth = rows["online"], people["true_use"].mean()
    assert online["answering_share"] > online["weighted_share"] > truth + 0.02
    assert rows["phone"]["recorded_share"] > rows["phone"]["answering_share"] + 0.03
    leading = crm.expected_survey(people, channel="online", wording="leading").iloc[0]
    assert leading["recorded_share"] > online["recorded_share"] + 0.08
    chance = answer_chances(people, channel="online").prod(axis=1, numeric_only=True)
    assert np.isfinite(chance).all()
    rate = answer_chances(people, channel="online")["answers"].groupby(people["true_satisfaction"]).mean()
    assert rate[1] > rate[4] < rate[5]


def test_interviewers_push_and_an_observer_sees_but_does_not_ask(people: pd.DataFrame) -> None:
    survey = crm.make_survey(people, n_invited=len(people), channel="phone", rng=1)
    got = survey.survey_answers.merge(survey.survey_invitations[["customer_id", "interviewer"]])
    share = (got["would_use"] == "yes").groupby(got["interviewer"]).mean()
    assert share["I4"] > share["I1"]
    watched = crm.make_survey(people, n_invited=200, channel="observation", rng=1)
    assert watched.survey_answers["would_use"].isna().all() and len(watched.survey_answers) == 200
    shop = people.loc[people["shop_orders"] > 0, "customer_id"]
    assert watched.survey_invitations["customer_id"].isin(shop).all()


def test_a_survey_does_not_depend_on_the_order_of_the_list(people: pd.DataFrame) -> None:
    before = people.copy()
    one = crm.make_survey(people, n_invited=200, channel="online", rng=3)
    other = crm.make_survey(people[::-1], n_invited=200, channel="online", rng=3)
    pd.testing.assert_frame_equal(one.survey_answers, other.survey_answers)
    pd.testing.assert_frame_equal(people, before)
    for field in dataclasses.fields(Survey):
        check(getattr(one, field.name), field.name)


def test_costs_add_up(people: pd.DataFrame) -> None:
    for channel in ("phone", "online", "till"):
        survey, way = crm.make_survey(people, n_invited=300, channel=channel, rng=2), CHANNELS[channel]
        asked = survey.survey_invitations
        total = way.invite_eur * len(asked) + way.answer_eur * len(survey.survey_answers)
        assert asked["cost_eur"].sum() == pytest.approx(total)


def test_bad_surveys_are_named(people: pd.DataFrame) -> None:
    ask = crm.make_survey
    assert message(lambda: ask(people, n_invited=0, channel="phone", rng=1)) == (
        "n_invited must be a whole number, 1 or more; found 0."
    )
    assert message(lambda: ask(people, n_invited=5, channel="fax", rng=1)) == (
        "channel must be one of 'phone', 'online', 'till', 'observation'; found 'fax'."
    )
    assert message(lambda: ask(people, n_invited=5, channel="till", wording="rude", rng=1)) == (
        "wording must be one of 'neutral', 'agree', 'leading'; found 'rude'."
    )
    nobody = people.assign(shop_orders=0)
    assert message(lambda: ask(nobody, n_invited=5, channel="till", rng=1)) == (
        "nobody on the list can be asked by 'till': no customer came to the shop."
    )
    assert message(lambda: crm.expected_survey(people, channel="observation")) == (
        "channel must be 'phone', 'online' or 'till': an observer cannot ask."
    )
    assert message(lambda: crm.make_fieldwork(n_invited=4)) == (
        "n_invited must be a whole number, 5 or more; found 4."
    )
    assert message(lambda: crm.survey_population(crm.make_retail(n_customers=20, rng=1))).startswith("only ")


def test_interviewers_push_one_on_average() -> None:
    assert np.mean(fieldwork.INTERVIEWERS) == pytest.approx(1)


# ------------------------------------------------------------------ channels and visits


def test_records_age_and_are_wrong_as_often_as_people_move() -> None:
    world = crm.make_retail(n_customers=8000, rng=3)
    found = crm.channel_records(world, rng=3)
    assert not found.records.duplicated(["channel", "customer_id"]).any()
    assert set(found.records["channel"]) == set(DIRECT) | set(INDIRECT)
    assert found.records["record_date"].max() <= pd.Timestamp("2023-12-31")
    table = found.records.merge(found.truth, on="customer_id")
    years = (pd.Timestamp("2023-12-31") - table["record_date"]).dt.days / 365.25
    kind = table["customer_id"].map(world.customers.set_index("customer_id")["customer_kind"])
    partners = (table["channel"] == "partners") & (kind == "consumer")
    expected = np.exp(-0.09 * years[partners]).mean() * 0.95
    right = (table["area"] == table["true_area"])[partners].mean()
    assert right == pytest.approx(expected, abs=0.025)


def test_the_lot_finds_the_true_effect_of_notes_and_choice_does_not() -> None:
    gains = {}
    for by_lot in (True, False):
        visits = crm.make_visits(n_sellers=400, n_visits=75, by_lot=by_lot, rng=6)
        won = visits.groupby("notes")["won"].mean()[list(NOTES)]
        gains[by_lot] = won.iloc[2] - won.iloc[0]
        truth = (visits["true_personal"] - visits["true_none"]).mean()
        assert (visits["margin_eur"] > 0).equals(visits["won"])
    assert gains[True] == pytest.approx(truth, abs=0.02)
    assert gains[False] > truth + 0.08


def test_bad_visits_are_named() -> None:
    assert message(lambda: crm.make_visits(n_sellers=1, by_lot=True, rng=1)) == (
        "n_sellers must be a whole number, 2 or more; found 1."
    )
    world = crm.make_retail(n_customers=50, rng=1)
    assert message(lambda: crm.channel_records(world, as_of="2021-01-01", rng=1)) == (
        "no customer had joined by as_of 2021-01-01."
    )


# ------------------------------------------------------------------ pictures

CHANNEL_TABLE = pd.DataFrame(
    {
        "channel": ["shop", "partners", "web"],
        "way": ["direct", "indirect", "direct"],
        "age_days": [90.0, 500.0, 95.0],
        "accuracy": [0.9, 0.8, 0.9],
        "coverage": [0.4, 0.3, 0.5],
    }
)


def test_plots_draw_their_data_on_the_axes_given() -> None:
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 3, figsize=(18, 9))
    a, b, c, d, e, f = axes.flat
    assert pictures.plot_channels(CHANNEL_TABLE, ax=a) is a
    assert sum(len(np.asarray(k.get_offsets())) for k in a.collections) == 3
    assert {"shop", "partners", "web"} <= {t.get_text() for t in a.texts}
    law = pd.DataFrame({"n": [10, 40], "low": [0.2, 0.35], "high": [0.8, 0.65]})
    assert pictures.plot_sampling(law.assign(share=0.5), law=law, truth=0.5, ax=b) is b
    assert b.get_xscale() == "log" and len(np.asarray(b.lines[0].get_xdata())) == 2
    rates = pd.DataFrame({"channel": ["x", "x", "y"], "satisfaction": [1, 5, 5], "rate": [0.1, 0.3, 0.2]})
    assert pictures.plot_answer_rates(rates, ax=c) is c
    assert [line.get_label() for line in c.lines] == ["x", "y"]
    one = pd.DataFrame({"name": ["p", "q"], "estimate": [0.4, 0.3], "low": [0.3, 0.2], "high": [0.5, 0.4]})
    assert pictures.plot_survey_estimates(one, truth=0.3, break_even=0.35, ax=d) is d
    assert {"truth 30.0%", "break-even 35.0%"} <= {t.get_text() for t in d.texts}
    curve = pd.DataFrame(
        {"plan": ["p"] * 2, "cost_eur": [10, 900], "total_error": [0.2, 0.1], "bias": [0.1, 0.1]}
    )
    assert pictures.plot_total_error(curve, budget_eur=100, ax=e) is e
    assert list(np.asarray(e.lines[0].get_ydata())) == [20, 10]
    worth = pd.DataFrame({"n": [0, 100, 200], "value_eur": [0, 500, 600], "cost_eur": [0, 200, 400]})
    assert pictures.plot_value_of_answers(worth, ax=f) is f
    assert "best: 100 answers,\nnet 300 EUR" in [t.get_text() for t in f.texts]
    for ax in axes.flat:
        assert ax.get_xlabel() and (ax.get_ylabel() or ax is d)
    fig.canvas.draw()
    plt.close(fig)


def test_plots_name_what_is_missing() -> None:
    words = message(lambda: pictures.plot_channels(CHANNEL_TABLE.drop(columns="coverage")))
    assert words == (
        "table lacks the column 'coverage'; it has 'channel', 'way', 'age_days', 'accuracy'. "
        "Hint: it needs one row per channel"
    )
