"""Complaints: the queue, the four steps, problems recovered, the control chart, talks, the world, pictures."""

from __future__ import annotations

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.complaint_handling import SpeakingUp
from crmlab.contracts import DataError, check
from crmlab.datasets.bundled import BUNDLED
from crmlab.datasets.complaint_world import ComplaintWorld, complaint_chance
from crmlab.tables.complaints import MISTAKES


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def world() -> ComplaintWorld:
    made: ComplaintWorld = crm.make_complaint_world(12_000, asked=6_000, rng=4)
    return made


# ------------------------------------------------------------------ the queue


def test_erlang_c_against_published_numbers_and_closed_forms() -> None:
    # 100 calls of 180 s in half an hour, 14 agents: the worked example on pyworkforce's page (0.1.0)
    assert crm.erlang_c(10, 14) == pytest.approx(0.1741319335950498, rel=1e-12)
    assert crm.service_level(10, 14, handle_s=180) == pytest.approx(0.8883500191794669, rel=1e-12)
    assert crm.agents_needed(10, handle_s=180) == 14
    for load in (0.1, 0.5, 0.9):
        assert crm.erlang_c(load, 1) == pytest.approx(load)  # M/M/1
        assert crm.erlang_c(2 * load, 2) == pytest.approx(2 * load**2 / (1 + load))  # M/M/2
    assert (
        crm.erlang_c(0, 3) == 0.0
        and crm.erlang_c(3, 3) == 1.0
        and crm.service_level(4, 3, handle_s=60) == 0.0
    )


@given(st.floats(0.05, 40), st.integers(1, 60))
def test_erlang_c_is_the_sum_of_its_definition(load: float, agents: int) -> None:
    if load >= agents:
        return
    term = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(agents + 1)]
    last = term[-1] * agents / (agents - load)
    assert crm.erlang_c(load, agents) == pytest.approx(last / (sum(term[:-1]) + last), rel=1e-9)


def test_erlang_a_meets_erlang_c_when_nobody_gives_up_and_poisson_when_patience_is_one_call() -> None:
    patient = crm.erlang_a(10, 14, handle_s=180, patience_s=1e7)
    assert patient["wait"] == pytest.approx(crm.erlang_c(10, 14), rel=1e-3)
    assert patient["wait_s"] == pytest.approx(crm.erlang_c(10, 14) * 180 / 4, rel=1e-3)
    same = crm.erlang_a(
        7, 6, handle_s=300, patience_s=300
    )  # callers then leave like in M/M/infinity: Poisson(7)
    chance = [math.exp(-7) * 7**k / math.factorial(k) for k in range(80)]
    assert same["queue"] == pytest.approx(sum(max(k - 6, 0) * p for k, p in enumerate(chance)), rel=1e-9)
    assert same["wait"] == pytest.approx(1 - sum(chance[:6]), rel=1e-9)
    assert same["busy"] * 6 == pytest.approx(7 * (1 - same["abandon"]))
    assert crm.erlang_a(0, 1, handle_s=1, patience_s=1)["abandon"] == 0.0


def test_the_simulation_agrees_with_both_formulas() -> None:
    rng = np.random.default_rng(2)
    n = 60_000
    come, take = np.cumsum(rng.exponential(18, n)), rng.exponential(180, n)
    patient = crm.simulate_queue(come, take, np.full(n, 1e12), agents=14)
    assert patient["answered"].all()
    assert (patient["waited_s"] > 0).mean() == pytest.approx(crm.erlang_c(10, 14), abs=0.02)
    assert (patient["waited_s"] <= 20).mean() == pytest.approx(0.888, abs=0.02)
    hasty = crm.simulate_queue(come, take, rng.exponential(120, n), agents=10)
    model = crm.erlang_a(10, 10, handle_s=180, patience_s=120)
    assert 1 - hasty["answered"].mean() == pytest.approx(model["abandon"], abs=0.01)
    assert hasty["waited_s"].mean() == pytest.approx(model["wait_s"], abs=1.0)


def test_the_simulation_by_hand_with_a_roster_that_changes() -> None:
    # one agent until second 100, then two; 60 s each; the third caller waits for the second agent
    found = crm.simulate_queue([0, 10, 20], [200, 60, 60], [1000] * 3, agents=[1, 2], every_s=100)
    assert found["waited_s"].tolist() == [0.0, 90.0, 140.0]
    gone = crm.simulate_queue([0, 10, 20], [100, 50, 50], [99, 30, 99], agents=1)
    assert gone["answered"].tolist() == [True, False, True] and gone["waited_s"].tolist() == [0.0, 30.0, 80.0]


def test_bad_queues_are_named() -> None:
    assert message(lambda: crm.erlang_c(-1, 2)) == "load must be a number of Erlang, 0 or more; found -1."
    assert message(lambda: crm.erlang_c(1, 0)) == "agents must be a whole number from 1 to 100,000; found 0."
    assert (
        message(lambda: crm.service_level(1, 2, handle_s=0)) == "handle_s must be seconds above 0; found 0."
    )
    assert message(lambda: crm.service_level(1, 2, handle_s=9, within_s=-1)) == (
        "within_s must be 0 seconds or more; found -1."
    )
    assert message(lambda: crm.agents_needed(1, handle_s=9, target=1)) == (
        "target must be a share from 0 to below 1; found 1. 80 % is 0.8."
    )
    assert message(lambda: crm.erlang_a(1, 1, handle_s=9, patience_s=0)) == (
        "patience_s must be seconds above 0; found 0."
    )
    assert message(lambda: crm.simulate_queue([2, 1], [1, 1], [1, 1], agents=1)) == (
        "arrive_s must be in order of time. Hint: np.sort(arrive_s)"
    )


# ------------------------------------------------------------------ steps, problems, chart


def test_the_funnel_counts_what_is_due() -> None:
    days = {c: pd.array(v, dtype="Int64") for c, v in {
        "heard_days": [0, 1, 2], "judged_days": [2, 4, None], "remedied_days": [6, None, None],
        "followed_days": [9, None, None]}.items()}  # fmt: skip
    cases = pd.DataFrame({**days, "judgement": ["founded", "unfounded", "open"]})
    found = crm.handling_funnel(cases)
    assert found["due"].tolist() == [3, 3, 2, 2] and found["reached"].tolist() == [3, 2, 1, 1]
    assert found["share"].tolist() == [1.0, 2 / 3, 0.5, 0.5] and found["median_days"].tolist() == [1, 3, 6, 9]
    assert message(lambda: crm.handling_funnel(cases.head(0))) == (
        "cases has no rows: there is nothing to count. Hint: look at the filter above."
    )


def test_problems_are_recovered_and_the_file_alone_is_not_enough(world: ComplaintWorld) -> None:
    model = crm.fit_speaking_up(world.problem_survey)
    grid = np.array([2, 20, 60, 142])
    assert np.abs(model.chance(grid) - complaint_chance(grid)).max() < 0.06
    found = crm.incidence(world.cases.assign(one="x"), model, by="one", rng=0).set_index("one").loc["all"]
    true = len(world.truth_problems)
    assert found["low"] < true < found["high"] and found["complaints"] < 0.45 * true
    big = world.cases["stake_eur"] > 100
    assert big.mean() > 1.4 * (world.truth_problems["stake_eur"] > 100).mean()  # survivor bias


def test_incidence_does_not_depend_on_row_order_and_changes_nothing(world: ComplaintWorld) -> None:
    model = SpeakingUp(-4.0, 1.0, np.diag([0.01, 0.001]), 100)
    cases = world.cases.head(300)
    before = cases.copy()
    one = crm.incidence(cases, model, by="channel", draws=50, rng=1)
    pd.testing.assert_frame_equal(
        one, crm.incidence(cases.sample(frac=1, random_state=2), model, by="channel", draws=50, rng=1)
    )
    pd.testing.assert_frame_equal(cases, before)
    assert one.iloc[:-1]["problems"].sum() == pytest.approx(one.iloc[-1]["problems"])
    assert message(lambda: crm.incidence(cases.head(0), model, by="channel")) == (
        "cases has no rows: there is nothing to count. Hint: look at the filter above."
    )


def test_a_survey_too_small_is_named(world: ComplaintWorld) -> None:
    quiet = world.problem_survey.assign(complained=False)
    hit = int(quiet["had_problem"].sum())
    assert message(lambda: crm.fit_speaking_up(quiet)) == (
        f"survey has 0 who complained and {hit:,} who did not; at least 5 of each are needed. Hint: ask more customers."
    )


def test_the_limits_breathe_and_false_alarms_are_as_rare_as_promised() -> None:
    weeks = pd.DataFrame({"n": [9, 9, 40, 1], "size": [100, 100, 400, 25]})
    chart = crm.control_chart(weeks, count="n", size="size", base=2)
    assert chart["centre"].tolist() == [0.09] * 4
    assert chart["high"].tolist() == pytest.approx([0.18, 0.18, 0.135, 0.27])
    assert chart["low"].tolist() == pytest.approx([0, 0, 0.045, 0])
    rng = np.random.default_rng(5)
    size = rng.integers(8_000, 30_000, 4000)
    quiet = pd.DataFrame({"n": rng.poisson(0.03 * size), "size": size})
    found = crm.control_chart(quiet, count="n", size="size", base=4000)
    assert 0.001 < found["alarm"].mean() < 0.006  # 0.27 % for large counts
    up = pd.DataFrame({"n": [5, 15] + [11] * 9, "size": 100})
    run = crm.control_chart(up, count="n", size="size", base=2)["run"].tolist()
    assert run == [False] * 8 + [True] * 3  # the fifteen counts too: week 2 to week 9 are eight
    assert list(weeks.columns) == ["n", "size"]


def test_bad_charts_are_named() -> None:
    weeks = pd.DataFrame({"n": [1, 2], "size": [1, 0]})
    assert message(lambda: crm.control_chart(weeks, count="n", size="size", base=2)) == (
        "weeks: 'size' must be above 0 and 'n' 0 or more in every row."
    )
    good = weeks.assign(size=5)
    assert message(lambda: crm.control_chart(good, count="n", size="size", base=3)) == (
        "base must be a number of periods from 2 to 2; found 3."
    )
    assert message(lambda: crm.control_chart(good, count="n", size="size", base=2, sigma=0)) == (
        "sigma must be above 0; found 0. Usual is 3."
    )


# ------------------------------------------------------------------ talks


def talk(*said: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [("K1", i, who, text) for i, (who, text) in enumerate(said, start=1)],
        columns=["case_id", "turn", "speaker", "text"],
    )


def test_each_rule_sees_what_it_says_and_where() -> None:
    early = talk(("agent", "That is our fault."), ("agent", "What happened?"))
    late = talk(("agent", "What happened?"), ("agent", "Then we made a mistake."))
    assert crm.find_mistakes(early)["mistake"].tolist() == ["admits early"]
    assert crm.find_mistakes(late).empty
    promise = talk(("agent", "We will call you."))
    kept = talk(("agent", "We will call you."), ("note", "Call booked."))
    assert crm.find_mistakes(promise)["mistake"].tolist() == ["words without deeds"]
    assert crm.find_mistakes(kept).empty
    assert crm.find_mistakes(talk(("customer", "You are wrong! The carrier lied."))).empty
    shuffled = early.iloc[::-1]
    pd.testing.assert_frame_equal(crm.find_mistakes(shuffled), crm.find_mistakes(early))
    assert crm.mistake_rules()["mistake"].tolist() == list(MISTAKES)
    rules = crm.mistake_rules().assign(where="somewhere")
    assert message(lambda: crm.find_mistakes(early, rules)) == (
        "where must be one of anywhere, before facts, no note; found 'somewhere'."
    )


def test_the_score_counts_what_was_planted(world: ComplaintWorld) -> None:
    found = crm.find_mistakes(world.transcripts)
    score = crm.score_mistakes(found, world.truth_mistakes).set_index("mistake")
    one = score.iloc[:-1]
    assert (one["right"] + one["missed"] == one["planted"]).all() and (
        one["right"] + one["false_alarms"] == one["found"]
    ).all()
    assert score.loc["all", "planted"] == len(world.truth_mistakes) and score.loc["all", "found"] == len(
        found
    )
    assert 0.65 < score.loc["all", "precision"] < 0.95 and 0.65 < score.loc["all", "recall"] < 0.92
    nothing = crm.score_mistakes(found.head(0), world.truth_mistakes.head(0))
    assert nothing["precision"].isna().all() and nothing["planted"].sum() == 0


# ------------------------------------------------------------------ the world


def test_tables_keep_their_contracts_and_the_bundle_is_the_generator() -> None:
    read, bundle = crm.load_complaint_world(), BUNDLED["complaint_world"]
    made = bundle.make()
    for name in bundle.names():
        check(getattr(read, name), name)
        if name != "truth_shift":
            pd.testing.assert_frame_equal(getattr(made, name), getattr(read, name))
    small = crm.make_complaint_world(100, n_talks=0, asked=50, rng=1)
    for name in bundle.names():
        check(getattr(small, name), name)


def test_rates_are_those_that_were_published(world: ComplaintWorld) -> None:
    assert complaint_chance([2, 142]) == pytest.approx([0.03, 0.69])
    assert 0.37 <= complaint_chance(40)[()] <= 0.63
    truth = world.truth_problems
    before = truth[truth["happened_on"] < "2023-01-01"]
    assert len(before) / 12_000 == pytest.approx(0.32, abs=0.015)
    told = truth["case_id"].notna()
    assert told.mean() == pytest.approx(truth["p_complain"].mean(), abs=0.02)
    for low, high, shares in ((0, 5, (0.37, 0.46, 0.70, 0.95)), (100, 1e9, (0.09, 0.19, 0.54, 0.82))):
        part = truth[truth["stake_eur"].between(low, high)].groupby("state")["p_again"].mean()
        for state, share in zip(
            ("silent", "unsatisfied", "satisfied", "satisfied quickly"), shares, strict=True
        ):
            if state in part and (low or state == "silent"):  # few small ones complain
                assert part[state] == pytest.approx(share, abs=0.07)


def test_good_recovery_lifts_the_rating_and_not_repurchase_and_severity_hurts(world: ComplaintWorld) -> None:
    truth = world.truth_problems
    well = truth[truth["state"] == "satisfied quickly"]
    assert abs((well["p_again"] - well["p_again_without"]).mean()) < 0.03
    years = truth.assign(year=truth["happened_on"].dt.year).merge(
        world.repurchase, on=["customer_id", "year"]
    )
    quiet = world.repurchase.merge(
        years[["customer_id", "year"]], on=["customer_id", "year"], how="left", indicator=True
    )
    lift = (
        years.loc[years["state"] == "satisfied quickly", "rating"].mean()
        - quiet.loc[quiet["_merge"] == "left_only", "rating"].mean()
    )
    assert 0.05 < lift / 1.5 < 0.35  # a sd is 1.5
    for state in ("silent", "unsatisfied"):
        part = truth[truth["state"] == state]
        resid = part["p_again"] - part.groupby(pd.qcut(part["stake_eur"], 10))["p_again"].transform("mean")
        assert resid.corr(part["severity"]) < -0.5


def test_the_lot_is_fair_and_quick_cases_are_the_easy_ones(world: ComplaintWorld) -> None:
    cases = world.cases.merge(world.truth_problems[["case_id", "severity"]], on="case_id")
    level = cases.groupby("lot")["severity"].agg(["mean", "sem"])
    assert abs(level.loc["fast", "mean"] - level.loc["usual", "mean"]) < 4 * level["sem"].max()
    cases["year"] = cases["opened_on"].dt.year
    again = (
        cases.merge(world.repurchase, on=["customer_id", "year"])
        .groupby("lot")["bought_again"]
        .agg(["mean", "sem"])
    )
    true = (world.truth_lanes["p_again_fast"] - world.truth_lanes["p_again_usual"]).mean()
    assert again.loc["fast", "mean"] - again.loc["usual", "mean"] == pytest.approx(
        true, abs=4 * again["sem"].max()
    )
    usual = cases[cases["lot"] != "fast"]
    assert usual.groupby(usual["remedied_days"].le(5).fillna(False))["severity"].mean().diff().iloc[-1] < -0.4


def test_the_shift_is_where_the_truth_says(world: ComplaintWorld) -> None:
    shift, truth = world.truth_shift.iloc[0], world.truth_problems
    mine = truth[truth["cause"] == shift["cause"]]
    after = mine["happened_on"] >= shift["week"]
    sent = world.delivery_weeks.set_index("week")["deliveries"]
    new, old = sent[sent.index >= shift["week"]].sum(), sent[sent.index < shift["week"]].sum()
    rate = after.sum() / new, (~after).sum() / old
    assert rate[0] / rate[1] == pytest.approx(shift["factor"], rel=0.2)


def test_callers_who_give_up_were_less_patient_than_the_queue_is_long(world: ComplaintWorld) -> None:
    calls = world.calls
    assert 0.05 < (~calls["answered"]).mean() < 0.25
    assert (calls["handled_s"].isna() == ~calls["answered"]).all()
    assert len(calls) / 5 * 21 == pytest.approx(12_000 * 10 * 0.5, rel=0.05)  # one call in two months each


def test_sizes_are_checked() -> None:
    assert message(lambda: crm.make_complaint_world(99)) == (
        "n_customers must be a whole number from 100 to 1,000,000; found 99."
    )


# ------------------------------------------------------------------ pictures


def test_the_pictures_show_the_numbers() -> None:
    day = pd.DataFrame({"start_min": [510, 480], "load": [5.0, 3.0], "agents": [6, 6], "planned": [8, 5]})
    ax = crm.plot_queue_day(day)
    assert [b.get_height() for b in ax.patches] == [3.0, 5.0] and "Erlang" in ax.get_ylabel()
    cost = pd.DataFrame({"agents": [1, 2, 3], "agents_eur": [14.0, 28, 42], "callers_eur": [30.0, 5, 4]})
    ax = crm.plot_cost_of_agents(cost)
    assert (
        ax.lines[0].get_ydata().tolist() == [44.0, 33.0, 46.0] and ax.texts[0].get_text() == "least: 2 agents"
    )
    curve = pd.DataFrame(
        {"stake_eur": [2.0, 140.0], "chance": [0.1, 0.7], "low": [0.0, 0.6], "high": [0.2, 0.8]}
    )
    points = pd.DataFrame({"stake_eur": [20.0], "share": [0.3], "low": [0.2], "high": [0.4]})
    ax = crm.plot_speaking_up(curve, points)
    assert ax.get_xscale() == "log" and "EUR" in ax.get_xlabel()
    weeks = pd.DataFrame(
        {"week": pd.date_range("2023-01-02", periods=4, freq="7D"), "n": [3, 3, 3, 30], "size": 100}
    )
    ax = crm.plot_control_chart(crm.control_chart(weeks, count="n", size="size", base=3))
    assert ax.lines[2].get_ydata().tolist() == [0.3] and "%" in ax.get_ylabel()
    ax = crm.plot_two_paretos(pd.DataFrame({"cause": ["a", "b"], "count": [0.6, 0.4], "money": [0.3, 0.7]}))
    assert [round(b.get_width(), 2) for b in ax.patches] == [0.6, 0.4, 0.3, 0.7]
    ax = crm.plot_confusion(pd.DataFrame([[5, 1], [0, 4]], index=["a", "b"], columns=["a", "b"]))
    assert sorted(t.get_text() for t in ax.texts) == ["0", "1", "4", "5"]
    ax = crm.plot_learning(
        pd.DataFrame({"labelled": [60, 30], "accuracy": [0.7, 0.5], "low": [0.6, 0.4], "high": [0.8, 0.6]})
    )
    assert ax.lines[0].get_ydata().tolist() == [0.5, 0.7] and ax.get_ylim() == (0, 1)
    effect = pd.DataFrame({"label": ["a"], "effect": [0.1], "low": [0.0], "high": [0.2], "truth": [np.nan]})
    ax = crm.plot_effects(effect, unit="Change (%)")
    assert ax.texts[0].get_text() == "10\N{NO-BREAK SPACE}%" and ax.get_xlabel() == "Change (%)"
    plt.close("all")
    assert message(lambda: crm.plot_two_paretos(pd.DataFrame({"cause": ["a"]}))) == (
        "table must have one to three measures beside 'cause'; found 0. Hint: columns cause and one share per measure"
    )
