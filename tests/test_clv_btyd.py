from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmlab.btyd import fit_btyd
from crmlab.btyd_predict import predict
from crmlab.btyd_simulate import simulate_btyd
from crmlab.clv_bounds import clv_interval
from crmlab.clv_btyd import broad_clv, clv
from crmlab.contracts import DataError
from crmlab.spend import expected_spend, fit_spend

COIN = {"r": 0.9, "alpha": 7.0, "a": 0.8, "b": 2.5}


def with_spend(world, q=4.0):
    rng = np.random.default_rng(9)
    x = world["frequency"].to_numpy()
    m = rng.gamma(np.maximum(6.0 * x, 1)) / rng.gamma(q, 1 / 15.0, len(x)) / np.maximum(x, 1)
    return world.assign(monetary_eur=np.where(x > 0, m, 0.0))


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(1)
    table = with_spend(simulate_btyd(COIN, n_customers=1500, T=rng.integers(20, 60, 1500), rng=rng))
    return table[["customer_id", "frequency", "t_x", "T", "monetary_eur"]]


@pytest.fixture(scope="module")
def fits(world):
    return fit_btyd(world), fit_spend(world)


def test_value_is_the_discounted_sum_month_by_month(world, fits):
    some = world.head(30)
    expected, before = np.zeros(30), np.zeros(30)
    for month in range(1, 19):
        bought = predict(fits[0], some, horizon=month * 30.4375 / 7)["expected_purchases"].to_numpy()
        expected += (bought - before) * 1.12 ** (-month * 30.4375 / 365.25)
        before = bought
    expected *= expected_spend(fits[1], some)["expected_spend_eur"].to_numpy() * 0.4
    found = clv(*fits, some, margin_rate=0.4, horizon_months=18, discount_rate_annual=0.12)
    assert found["clv_eur"].to_numpy() == pytest.approx(expected)
    assert found["expected_purchases"].to_numpy() == pytest.approx(before)
    assert found["customer_id"].tolist() == some["customer_id"].tolist()


def test_a_year_of_calendar_months_is_365_days(world, fits):
    found = clv(*fits, world, margin_rate=1, discount_rate_annual=0, as_of="2023-12-31")
    ahead = predict(fits[0], world, horizon=366 / 7)["expected_purchases"]  # 2024 is a leap year
    assert found["expected_purchases"].to_numpy() == pytest.approx(ahead.to_numpy())
    assert found["clv_eur"].to_numpy() == pytest.approx((ahead * found["expected_spend_eur"]).to_numpy())


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_days_and_weeks_give_the_same_value(world, fits, model):  # lifetimes: 1.07 % apart
    weekly = fit_btyd(world, model=model, starts=1)
    names = ["r", "alpha", "s", "beta"] if model == "pareto_nbd" else list(COIN)
    scale = pd.Series([1.0, 7.0, 1.0, 7.0 if model == "pareto_nbd" else 1.0], index=names)
    daily = replace(weekly, params=weekly.params * scale, unit="day")
    days = world.assign(t_x=world["t_x"] * 7, T=world["T"] * 7)
    a = clv(weekly, fits[1], world, margin_rate=0.3)["clv_eur"]
    b = clv(daily, fits[1], days, margin_rate=0.3)["clv_eur"]
    assert a.to_numpy() == pytest.approx(b.to_numpy())


def test_values_are_finite_positive_and_behave(world, fits):
    before = world.copy()
    base = clv(*fits, world, margin_rate=0.3)
    assert (np.isfinite(base["clv_eur"]) & (base["clv_eur"] >= 0)).all()
    assert (base["reason"] == "").all()
    assert clv(*fits, world, margin_rate=0.6)["clv_eur"].to_numpy() == pytest.approx(2 * base["clv_eur"])
    assert (clv(*fits, world, margin_rate=0.3, discount_rate_annual=0.2)["clv_eur"] < base["clv_eur"]).all()
    assert (clv(*fits, world, margin_rate=0.3, horizon_months=24)["clv_eur"] > base["clv_eur"]).all()
    shuffled = world.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(clv(*fits, shuffled, margin_rate=0.3).sort_index(), base)
    pd.testing.assert_frame_equal(world, before)


def test_no_value_is_missing_without_a_reason():  # lifetimes: negative or infinite
    world = with_spend(simulate_btyd(COIN, n_customers=3000, T=40.0, rng=4), q=0.6)
    found = clv(fit_btyd(world), fit_spend(world), world, margin_rate=0.3)
    missing = found["clv_eur"].isna()
    assert missing.any()
    assert missing.equals(found["reason"].str.startswith("no finite mean spend (Gamma-Gamma q = "))
    assert (found.loc[~missing, "clv_eur"] >= 0).all()


def test_interval_surrounds_the_value_and_repeats_itself(world, fits):
    ask = world["customer_id"].iloc[:8]
    found = clv_interval(*fits, world, margin_rate=0.3, customers=ask, draws=25, rng=3)
    assert (found["clv_low_eur"] < found["clv_high_eur"]).all()
    assert (
        (found["clv_low_eur"] < found["clv_eur"]) & (found["clv_eur"] < found["clv_high_eur"])
    ).mean() > 0.8
    pd.testing.assert_frame_equal(
        found, clv_interval(*fits, world, margin_rate=0.3, customers=ask, draws=25, rng=3)
    )
    everybody = clv_interval(*fits, world, margin_rate=0.3, draws=20).attrs["total"]
    assert everybody["low"] < everybody["estimate"] < everybody["high"]


def test_the_interval_of_the_total_holds_what_the_law_says():
    inside = 0
    for seed in range(8):
        world = with_spend(simulate_btyd(COIN, n_customers=600, T=40.0, rng=seed))
        total = clv_interval(
            fit_btyd(world, starts=1), fit_spend(world, starts=1), world, margin_rate=1.0, draws=30, rng=seed
        ).attrs["total"]
        truth_fit = replace(fit_btyd(world, starts=1), params=pd.Series(COIN))
        law = replace(
            fit_spend(world, starts=1), params=pd.Series({"p": 6.0, "q": 4.0, "gamma": 15.0}), mean_eur=30.0
        )
        expected = clv(truth_fit, law, world, margin_rate=1.0)["clv_eur"].sum()
        inside += total["low"] < expected < total["high"]
    assert inside >= 6


def test_broad_value_adds_the_past():
    future = pd.DataFrame({"customer_id": ["a", "b"], "clv_eur": [5.0, 1.0]})
    past = pd.DataFrame({"customer_id": ["b", "a", "c"], "historic_margin_eur": [90.0, 10.0, 3.0]})
    assert broad_clv(future, past)["clv_broad_eur"].tolist() == [15.0, 91.0]
    with pytest.raises(DataError) as caught:
        broad_clv(future, past.head(1))
    assert str(caught.value) == "past has no row for 1 customer(s), such as 'a'."


def test_bad_requests_are_named(world, fits):
    buying, spend = fits
    period = replace(buying, unit="period")
    lost = replace(buying, converged=False, message="not converged: example")
    cases = [
        ((buying, spend, world), {"margin_rate": 30},
         "margin_rate must lie between 0 and 1; found 30. 30 % is 0.30."),
        ((buying, spend, world), {"margin_rate": 0.3, "horizon_months": 0},
         "horizon_months must be a whole number from 1 to 600; found 0."),
        ((buying, spend, world), {"margin_rate": 0.3, "discount_rate_annual": -0.1},
         "discount_rate_annual must be 0 or more; found -0.1. 10 % is 0.10."),
        ((buying, spend, world), {"margin_rate": 0.3, "as_of": "soon"},
         "as_of must be a day such as '2023-12-31'; found 'soon'."),
        ((period, spend, world), {"margin_rate": 0.3},
         "clv needs a fit in continuous time; found unit 'period'. Hint: use predict for BG/BB."),
        ((lost, spend, world), {"margin_rate": 0.3},
         "this bg_nbd fit cannot predict: not converged: example"),
    ]  # fmt: skip
    for inputs, settings, message in cases:
        with pytest.raises(DataError) as caught:
            clv(*inputs, **settings)
        assert str(caught.value) == message
    with pytest.raises(DataError) as caught:
        clv_interval(buying, spend, world, margin_rate=0.3, customers=["nobody"])
    assert str(caught.value) == "summary has no customer 'nobody'."
    with pytest.raises(DataError) as caught:
        clv_interval(buying, spend, world.drop(columns="customer_id"), margin_rate=0.3)
    assert str(caught.value) == "summary lacks the column 'customer_id', so no customer can be named."
