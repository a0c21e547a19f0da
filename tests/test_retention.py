"""The subscriptions world by its rates; what is known on a day, warnings, a budget; the pictures."""

from __future__ import annotations

import dataclasses
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets.subscriptions import (
    RETURNS,
    SAVED,
    SEED_SUBSCRIPTIONS,
    SHAPE,
    WOKEN,
    SubscriptionWorld,
    beta_of,
)
from crmlab.tables.subscriptions import CAUSES, WIN_BACKS


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def made() -> SubscriptionWorld:
    return crm.make_subscriptions(40_000, rng=1)


# ------------------------------------------------------------------ the world


def test_every_table_keeps_its_contract_and_seeds_repeat(made: SubscriptionWorld) -> None:
    for field in dataclasses.fields(made):
        check(getattr(made, field.name), field.name)
    one, two = (crm.make_subscriptions(300, rng=8) for _ in range(2))
    for field in dataclasses.fields(one):
        pd.testing.assert_frame_equal(getattr(one, field.name), getattr(two, field.name))
    assert not crm.make_subscriptions(300, rng=9).subscribers.equals(one.subscribers)


def test_the_bundled_tables_are_what_is_made() -> None:
    bundled, fresh = crm.load_subscriptions(), crm.make_subscriptions(2700, rng=SEED_SUBSCRIPTIONS)
    for field in dataclasses.fields(fresh):
        pd.testing.assert_frame_equal(
            getattr(fresh, field.name), getattr(bundled, field.name), check_dtype=False, atol=1e-6
        )


@pytest.mark.parametrize("churn", [0.011, 0.017, 0.023, 0.027])
def test_the_churn_of_carriers_comes_out(churn: float) -> None:
    people = crm.make_subscriptions(60_000, rng=3, monthly_churn=churn).subscribers
    rates = []
    for month in pd.period_range("2023-09", "2023-12", freq="M"):  # before anybody was called
        first, last = month.start_time, month.end_time.normalize()
        there = (people["start_date"] <= first) & ~(people["left_date"] < first)
        rates.append((there & (people["left_date"] == last)).sum() / there.sum())
    assert np.mean(rates) == pytest.approx(churn, rel=0.09)  # sorting goes on until mid-2024


def test_chances_are_beta_and_constant_so_that_retention_rises_by_sorting_alone(
    made: SubscriptionWorld,
) -> None:
    theta = made.truth_subscribers["monthly_hazard"]
    beta = beta_of(0.023)
    assert theta.mean() == pytest.approx(SHAPE / (SHAPE + beta), rel=0.02)
    life = crm.service_months(made.subscribers, as_of="2023-12-31")
    km = crm.kaplan_meier(life["months"], life["left"]).set_index("month")
    for month in (1, 12, 24):  # the hazard of the beta-geometric: a / (a + b + t - 1)
        row = km.loc[month - 1 + 1]
        assert row["hazard"] == pytest.approx(SHAPE / (SHAPE + beta + month - 1), rel=0.15)
    own = theta.to_numpy()[: len(life)]
    young, old = (life["months"] >= 1).to_numpy(), (life["months"] >= 13).to_numpy()
    for low, high in (
        (0.0, 0.02),
        (0.02, 0.05),
        (0.05, 0.2),
    ):  # within people alike, the hazard does not fall
        alike = (own >= low) & (own < high)
        first = (life["left"] & (life["months"] <= 6))[alike & young].sum() / life["months"].clip(upper=6)[
            alike & young
        ].sum()
        later_months = (life["months"].clip(upper=18) - 12)[alike & old].sum()
        later = (life["left"] & (life["months"].between(13, 18)))[alike & old].sum() / later_months
        assert later > 0.7 * first


def test_a_hump_shows_in_the_second_year_only() -> None:
    hump = crm.make_subscriptions(30_000, rng=4, hump=1.5)
    flat = crm.make_subscriptions(30_000, rng=4)
    hazards = []
    for world in (hump, flat):
        life = crm.service_months(world.subscribers, as_of="2023-12-31")
        hazards.append(crm.kaplan_meier(life["months"], life["left"]).set_index("month")["hazard"])
    assert hazards[0].loc[2:12].mean() == pytest.approx(hazards[1].loc[2:12].mean(), rel=0.05)
    assert hazards[0].loc[13:24].mean() / hazards[1].loc[13:24].mean() == pytest.approx(1.42, abs=0.12)


def test_the_trial_is_drawn_by_lot_and_works_by_reaction(made: SubscriptionWorld) -> None:
    rows = made.retention_offers.merge(made.truth_subscribers, on="customer_id")
    assert abs(rows["treated"].sum() - (~rows["treated"]).sum()) <= 1
    balance = rows.groupby("treated")["monthly_hazard"].mean()
    assert balance[True] == pytest.approx(balance[False], rel=0.03)
    rate = rows.groupby(["reaction", "treated"])["left"].mean().unstack()
    assert rate.loc["listens", True] == pytest.approx((1 - SAVED) * rate.loc["listens", False], rel=0.15)
    assert rate.loc["unmoved", True] == pytest.approx(rate.loc["unmoved", False], abs=0.015)
    woken = rate.loc["wakes", False] + WOKEN * (1 - rate.loc["wakes", False])
    assert rate.loc["wakes", True] == pytest.approx(woken, abs=0.02)
    assert not rows.loc[~rows["treated"], "accepted"].any()


def test_response_types_agree_with_the_true_uplift_and_with_what_came(made: SubscriptionWorld) -> None:
    truth = made.truth_subscribers
    here = truth[truth["response_type"] != "gone"]
    kind = here["response_type"]
    change = (kind == "persuadable").astype(float) - (kind == "sleeping dog")
    for _, part in here.groupby("reaction"):
        assert part["true_uplift"].mean() == pytest.approx(change[part.index].mean(), abs=0.012)
    left = made.subscribers["left_date"].notna()[here.index]  # the data end six months after the report
    assert (left == kind.isin(["persuadable", "lost cause"])).all()


def test_letters_and_price_rises(made: SubscriptionWorld) -> None:
    rate = made.winbacks.groupby(["cause", "offer"])["returned"].mean().unstack()
    assert np.abs(rate.loc[list(CAUSES), list(WIN_BACKS)].to_numpy() - RETURNS).max() < 0.035
    raised = made.subscribers.dropna(subset=["raised_date"])
    assert (raised["raised_date"] == raised["start_date"] + pd.DateOffset(months=12)).all()
    assert not (raised["left_date"] < raised["raised_date"]).any()


def test_bad_settings_are_named() -> None:
    assert message(lambda: crm.make_subscriptions(3)) == (
        "n_customers must be a whole number from 50 to 1,000,000; found 3."
    )
    assert message(lambda: crm.make_subscriptions(100, monthly_churn=2.3)) == (
        "monthly_churn must be a number from 0.002 to 0.2; found 2.3."
    )
    assert message(lambda: crm.make_subscriptions(100, rng="x")) == (  # type: ignore[arg-type]
        "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found 'x'."
    )


# ------------------------------------------------------------------ what is known on a day


def test_features_do_not_see_the_future() -> None:
    world = crm.make_subscriptions(800, rng=2)
    whole = crm.subscriber_features(world.subscribers, world.subscriber_months, as_of="2023-12-31")
    day = pd.Timestamp("2023-12-31")
    past = world.subscriber_months[world.subscriber_months["month"] <= day]
    file = world.subscribers[world.subscribers["start_date"] <= day]
    file = file.assign(left_date=file["left_date"].where(file["left_date"] <= day))
    torn = crm.subscriber_features(file, past, as_of="2023-12-31")
    pd.testing.assert_frame_equal(whole, torn)
    assert whole["customer_id"].tolist() == world.retention_offers["customer_id"].tolist()
    assert not whole.isna().any(axis=None)
    who = whole["customer_id"].iloc[0]
    rows = past[(past["customer_id"] == who) & (past["month"] >= "2023-10-01")]
    assert whole["uses"].iloc[0] == pytest.approx(rows["uses"].mean())
    assert message(lambda: crm.subscriber_features(file, past, as_of="2023-07-31")) == (
        "months must hold three months up to 2023-07-31; found 1. Hint: they go from 2023-07-01 to 2023-12-01."
    )


def test_warnings_are_counted() -> None:
    month = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])
    present = pd.DataFrame({"customer_id": np.repeat(list("abc"), 3), "month": list(month) * 3})
    left = pd.DataFrame(
        {"customer_id": list("abc"), "left_date": pd.to_datetime(["2024-04-30", "2024-05-31", None])}
    )
    alarms = pd.DataFrame({"customer_id": list("aac"), "month": month[[0, 2, 0]]})
    found = crm.judge_warnings(alarms, present, left).iloc[0]
    assert found["alarms"] == 3 and found["true_alarms"] == 2 and found["precision"] == pytest.approx(2 / 3)
    assert found["leavers"] == 2 and found["warned"] == 1 and found["lead_months"] == 3
    assert found["false_per_true"] == 0.5
    none = crm.judge_warnings(alarms.iloc[:0], present, left).iloc[0]
    assert none["precision"] == 0 and np.isnan(none["lead_months"])
    assert message(lambda: crm.judge_warnings(alarms, present, left, within_months=0)) == (
        "within_months must be a whole number from 1 to 24; found 0."
    )


# ------------------------------------------------------------------ a budget


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)), min_size=1, max_size=5), st.floats(0, 1e6))
def test_the_last_euros_bring_the_same_and_no_other_split_is_better(
    curves: list[tuple[float, float]], budget: float
) -> None:
    levers = pd.DataFrame(curves, columns=["ceiling_eur", "scale_eur"]).assign(lever=range(len(curves)))
    best = crm.split_budget(levers, budget_eur=budget)
    assert best["spend_eur"].sum() == pytest.approx(budget)
    used = best[best["spend_eur"] > 1e-6 * max(budget, 1)]
    if len(used) and used["marginal"].max() > 1e-9:
        assert used["marginal"].min() == pytest.approx(used["marginal"].max(), rel=1e-3)
        assert (best["marginal"] <= used["marginal"].max() * (1 + 1e-3)).all()
    rng = np.random.default_rng(1)
    for share in rng.dirichlet(np.ones(len(curves)), 20):
        other = levers["ceiling_eur"] * (1 - np.exp(-share * budget / levers["scale_eur"]))
        assert other.sum() <= best["gain_eur"].sum() * (1 + 1e-6) + 1e-6


def test_bad_levers_are_named() -> None:
    levers = pd.DataFrame({"lever": ["a"], "ceiling_eur": [1.0], "scale_eur": [0.0]})
    assert message(lambda: crm.split_budget(levers, budget_eur=1)) == (
        "every lever needs a ceiling_eur of 0 or more and a scale_eur above 0."
    )
    assert message(lambda: crm.split_budget(levers.assign(scale_eur=1.0), budget_eur=-1)) == (
        "budget_eur must be a number, 0 or more; found -1."
    )


# ------------------------------------------------------------------ pictures


def test_the_pictures_show_the_numbers() -> None:
    km = crm.kaplan_meier([1, 2, 2, 4], [True, True, False, True])
    ax = crm.plot_survival(pd.concat([km.assign(group="one"), km.assign(group="two")]))
    assert ax.lines[0].get_ydata().tolist() == km["survival"].tolist()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["one", "two"]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle() and "%" in ax.get_ylabel()
    ax = crm.plot_hazard(km.iloc[1:].assign(truth=0.1), truth="truth")
    assert ax.lines[0].get_ydata().tolist() == km["hazard"].iloc[1:].tolist() and len(ax.lines) == 2
    promise = pd.DataFrame(
        {"promised": [0.1, 0.2], "observed": [0.12, 0.3], "low": 0.05, "high": 0.4, "customers": 50}
    )
    ax = crm.plot_promise(promise)
    assert ax.lines[1].get_ydata().tolist() == [0.12, 0.3]
    assert ax.texts[0].get_text() == "each group: about 50 customers"
    curve = pd.DataFrame(
        {"n": [0, 10], "gain": [0, 2.0], "low": [0, 1.0], "high": [0, 3.0], "straight": [0, 1.0]}
    )
    ax = crm.plot_qini(pd.concat([curve.assign(list="uplift"), curve.assign(list="risk", gain=0.5)]), mark=5)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["by lot", "uplift", "risk"]
    assert len(ax.collections) == 1  # the band of the first list only
    plt.close("all")
    many = pd.concat([km.assign(group=str(i)) for i in range(5)])
    assert message(lambda: crm.plot_survival(many)) == "group must have at most 4 values; it has 5."
    assert message(lambda: crm.plot_qini(pd.concat([curve.assign(list=str(i)) for i in range(5)]))) == (
        "list must have at most 4 values; it has 5."
    )
