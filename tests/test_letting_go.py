"""Letting customers go: closed forms, published numbers, properties, bad input, the world's rates, pictures."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets.let_go import CHANCES, make_let_go
from crmlab.tables.let_go import COASTS


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def big() -> Any:
    return make_let_go(40_000, rng=1)


def truth(shock: float = 0.1, chance: float = 0.03) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "county": ["Gull", "Heron", "Tern"], "coast": ["east coast", "east coast", "west coast"],
            "storm_chance": chance, "shock_share": shock,
        }
    )  # fmt: skip


def book() -> pd.DataFrame:
    return pd.DataFrame(
        {"county": ["Gull", "Tern"], "policies_in_force": [100, 50], "mean_claim_eur": [200.0, 400.0]}
    )


# ------------------------------------------------------------------ a chance that varies


def test_the_fit_is_the_maximum_of_the_likelihood() -> None:
    k, n = np.array([0, 0, 5, 1, 0, 9, 2]), np.full(7, 10)
    fit = crm.fit_varying_chance(k, n)

    def log_likelihood(a: float, b: float) -> float:
        return float(stats.betabinom(n, a, b).logpmf(k).sum())

    best = log_likelihood(fit["a"], fit["b"])
    for a, b in itertools.product((0.97, 1.0, 1.03), repeat=2):
        assert log_likelihood(a * fit["a"], b * fit["b"]) <= best + 1e-9
    assert fit["mean"] == pytest.approx(fit["a"] / (fit["a"] + fit["b"]))
    assert fit["correlation"] == pytest.approx(1 / (fit["a"] + fit["b"] + 1))


def test_the_fit_recovers_what_was_drawn_and_no_order_matters() -> None:
    g = np.random.default_rng(5)
    n = g.integers(5, 60, 4000)
    k = g.binomial(n, g.beta(0.9, 6.6, 4000))
    fit = crm.fit_varying_chance(k, n)
    assert fit["a"] == pytest.approx(0.9, rel=0.08) and fit["b"] == pytest.approx(6.6, rel=0.08)
    turned = crm.fit_varying_chance(k[::-1], n[::-1])
    assert turned.to_numpy() == pytest.approx(fit.to_numpy(), rel=1e-6)
    assert crm.fit_varying_chance([*k, 0], [*n, 0])["rows"] == 4000


def test_a_chance_that_does_not_vary_has_no_correlation() -> None:
    g = np.random.default_rng(6)
    fit = crm.fit_varying_chance(g.binomial(10_000, 0.03, 60), np.full(60, 10_000))
    assert fit["correlation"] < 1e-4 and fit["mean"] == pytest.approx(0.03, rel=0.02)


def test_a_fit_needs_counts_hits_and_misses() -> None:
    assert message(lambda: crm.fit_varying_chance([3], [2])) == (
        "hits must be whole numbers from 0 to trials, one for each row. Hint: hits <= trials"
    )
    assert message(lambda: crm.fit_varying_chance([0, 0], [5, 5])) == (
        "a chance needs hits and misses; found 0 hits in 10 trials. Hint: take more rows"
    )


def test_rows_of_one_trial_say_nothing_about_how_much_a_chance_varies() -> None:
    assert message(lambda: crm.fit_varying_chance([0, 1, 0, 1], [1, 1, 1, 1])) == (
        "how much a chance varies shows only in rows of two or more trials; all rows here have one. "
        "Hint: add up the trials of a year or a customer"
    )
    assert message(lambda: crm.fit_varying_chance(["a"], [2])).startswith("hits must be whole numbers")


def years_of_storms() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    g = np.random.default_rng(7)
    n = np.full(120, 2000)
    return g.binomial(n, g.beta(0.35, 11, 120)), n, np.repeat(np.arange(30), 4)


def test_a_refit_is_the_fit_to_the_groups_that_were_drawn() -> None:
    k, n, years = years_of_storms()
    again = crm.refit_varying_chance(k, n, groups=years, draws=6, rng=3, steps=81)
    often = np.random.default_rng(3).multinomial(30, np.full(30, 1 / 30), size=6)
    for row, times in zip(again.itertuples(), often, strict=True):
        rows = np.repeat(np.arange(120), times[years])
        fit = crm.fit_varying_chance(k[rows], n[rows])
        assert row.mean == pytest.approx(fit["mean"], rel=0.03)
        assert row.correlation == pytest.approx(fit["correlation"], rel=0.03)


def test_refits_of_a_chance_that_does_not_vary_lie_close_together() -> None:
    n, years = np.full(120, 10_000), np.repeat(np.arange(30), 4)
    k = np.random.default_rng(6).binomial(n, 0.03)
    again = crm.refit_varying_chance(k, n, groups=years, draws=300, steps=21)
    means = (np.random.default_rng(0).multinomial(30, np.full(30, 1 / 30), size=300) @ k.reshape(30, 4)).sum(
        axis=1
    ) / (4 * 30 * 10_000)
    assert again["mean"].to_numpy() == pytest.approx(means, rel=0.002)


def test_refits_do_not_depend_on_the_order_of_rows_and_name_bad_input() -> None:
    k, n, years = years_of_storms()
    base = crm.refit_varying_chance(k, n, groups=years, draws=20)
    turned = crm.refit_varying_chance(k[::-1], n[::-1], groups=years[::-1], draws=20)
    pd.testing.assert_frame_equal(base, turned, rtol=1e-6)
    assert message(lambda: crm.refit_varying_chance(k, n, groups=years, draws=0)) == (
        "draws must be a whole number of 1 or more; found 0."
    )
    assert message(lambda: crm.refit_varying_chance(k, n, groups=np.zeros(120))) == (
        "groups must name two or more groups, one for each row; found 1."
    )


# ------------------------------------------------------------------ the book of an insurer


@given(st.floats(0.001, 0.5), st.floats(0, 1), st.integers(1, 10_000))
def test_the_spread_lies_between_its_floor_and_one_policy(p: float, rho: float, n: int) -> None:
    row = crm.shock_spread([n], claim_chance=p, correlation=rho).iloc[0]
    one = np.sqrt(p * (1 - p))
    assert row["floor"] - 1e-12 <= row["spread"] <= one + 1e-12
    assert row["spread_alone"] == pytest.approx(one / np.sqrt(n))
    assert crm.shock_spread(n, claim_chance=p, correlation=0.0)["spread"].iloc[0] == pytest.approx(
        row["spread_alone"]
    )


def test_drawn_weather_has_the_spread_of_the_formula() -> None:
    shares = crm.storm_shares(truth(), years=40_000, rng=2)["Gull"].to_numpy()
    assert shares.mean() == pytest.approx(0.03, rel=0.03)
    assert shares.std() == pytest.approx(np.sqrt(0.03 * 0.97 * 0.1), rel=0.04)
    claims = np.random.default_rng(3).binomial(50, shares) / 50
    expected = crm.shock_spread(50, claim_chance=0.03, correlation=0.1)["spread"].iloc[0]
    assert claims.std() == pytest.approx(expected, rel=0.03)


def test_coasts_are_independent_and_counties_of_one_coast_are_not() -> None:
    shares = crm.storm_shares(truth(), years=20_000, rng=4)
    ranks = shares.corr(method="spearman")
    assert ranks.loc["Gull", "Heron"] == pytest.approx(6 / np.pi * np.arcsin(0.4), abs=0.02)
    assert abs(ranks.loc["Gull", "Tern"]) < 0.03
    turned = crm.storm_shares(truth().iloc[::-1], years=50, rng=4)
    pd.testing.assert_frame_equal(
        turned[["Gull", "Heron", "Tern"]], crm.storm_shares(truth(), years=50, rng=4)
    )
    assert (crm.storm_shares(truth(0.0), years=5, rng=1) == 0.03).all(axis=None)
    assert message(lambda: crm.storm_shares(truth(), years=0)) == (
        "years must be a whole number of 1 or more; found 0."
    )
    assert message(lambda: crm.storm_shares(truth(), coast_tie=2)) == (
        "coast_tie must be a number from 0 to 1; found 2."
    )
    assert message(lambda: crm.storm_shares(truth(-1))) == (
        "truth: shock_share must be a number from 0 to 1 in every county."
    )


def test_losses_scale_with_the_book() -> None:
    shares = pd.DataFrame({"Gull": [0.0, 0.1], "Tern": [0.5, 0.0]})
    assert crm.book_losses(shares, book()).tolist() == [10_000.0, 2_000.0]
    assert crm.book_losses(shares, book(), kept={"Tern": 0.0}).tolist() == [0.0, 2_000.0]
    assert message(lambda: crm.book_losses(shares, book(), kept={"Bay": 1.0})) == (
        "kept must give 0 or more for counties of the table (Gull, Tern); found 'Bay': 1.0."
    )
    assert message(lambda: crm.book_losses(shares, book(), kept={"Gull": "a"})).endswith("found 'Gull': 'a'.")  # type: ignore[dict-item]
    assert message(lambda: crm.book_losses(shares, book().assign(policies_in_force=-1))) == (
        "counties: policies_in_force and mean_claim_eur must be 0 or more in every county."
    )


def test_a_cover_without_loading_costs_nothing_on_average() -> None:
    losses = pd.Series([0.0, 50.0, 400.0, 150.0])
    fair = crm.layer_cover(losses, attach_eur=100, limit_eur=200, loading=1)
    assert fair["net_eur"].mean() == pytest.approx(losses.mean())
    assert fair["paid_by_cover_eur"].tolist() == [0, 0, 200, 50]
    dear = crm.layer_cover(losses, attach_eur=100, limit_eur=200, loading=2)
    assert dear["price_eur"].iloc[0] == 2 * fair["price_eur"].iloc[0] == 125.0
    assert message(lambda: crm.layer_cover(losses, attach_eur=1, limit_eur=1, loading=0.9)) == (
        "loading must be a number of 1 or more; found 0.9."
    )
    listed = crm.layer_cover([0, 50, 400, 150], attach_eur=np.int64(100), limit_eur=200, loading=1)
    pd.testing.assert_frame_equal(listed, fair)


def test_ruin_is_counted_beyond_premium_and_capital() -> None:
    found = crm.loss_summary([0, 249, 250, 251], premium_eur=150, capital_eur=100)
    assert found["ruin"] == 0.25 and found["ruin_low"] < 0.25 < found["ruin_high"]
    assert found["profit_eur"] == 150 - 187.5
    assert message(lambda: crm.loss_summary([], premium_eur=1, capital_eur=1)) == (
        "losses has no year. Hint: storm_shares(truth, years=1000)"
    )
    assert message(lambda: crm.loss_summary([np.nan, 1], premium_eur=1, capital_eur=1)) == (
        "losses has 1 missing or infinite year(s). Hint: look at the shares and the book they come from"
    )
    assert message(lambda: crm.loss_summary([1], premium_eur=np.nan, capital_eur=1)) == (
        "premium_eur must be a number of 0 or more; found nan."
    )
    assert message(lambda: crm.loss_summary([1], premium_eur=1, capital_eur=-5)) == (
        "capital_eur must be a number of 0 or more; found -5."
    )


# ------------------------------------------------------------------ returns


def some(n: list[int], k: list[int]) -> pd.DataFrame:
    ids = [f"W{i}" for i in range(len(n))]
    return pd.DataFrame({"customer_id": ids, "items_bought": n, "items_returned": k})


def test_the_estimate_lies_between_the_record_and_the_average() -> None:
    found = crm.return_estimate(some([2, 20, 200], [1, 10, 100]), a=0.9, b=6.6, threshold=0.4)
    assert found["estimated_rate"].tolist() == pytest.approx([1.9 / 9.5, 10.9 / 27.5, 100.9 / 207.5])
    assert found["estimated_rate"].is_monotonic_increasing and (found["raw_rate"] == 0.5).all()
    after = stats.beta(0.9 + 10, 6.6 + 10)
    assert found.loc[1, "chance_above"] == pytest.approx(after.sf(0.4))
    assert found.loc[1, ["low", "high"]].tolist() == pytest.approx(list(after.ppf([0.025, 0.975])))


def test_the_chance_above_is_calibrated() -> None:
    g = np.random.default_rng(9)
    rate = g.beta(2, 6, 30_000)
    n = g.integers(1, 20, 30_000)
    found = crm.return_estimate(some(n.tolist(), g.binomial(n, rate).tolist()), a=2.0, b=6.0, threshold=0.3)
    sure = found["chance_above"].between(0.6, 0.8).to_numpy()
    assert (rate[sure] > 0.3).mean() == pytest.approx(found.loc[sure, "chance_above"].mean(), abs=0.02)


def test_bad_counts_of_pieces_are_named() -> None:
    assert message(lambda: crm.return_estimate(some([2, 1], [1, 3]), a=1, b=9, threshold=0.5)) == (
        "customers: 1 row(s) have no purchase, more returns than purchases or no whole pieces; the first is 'W1'. "
        "Hint: count pieces of the same year in both"
    )
    assert message(lambda: crm.return_estimate(some([2], [1]), a=0, b=9, threshold=0.5)) == (
        "a must be a number above 0; found 0."
    )
    assert message(lambda: crm.return_estimate(some([2], [1]), a=1, b=9, threshold=2)) == (
        "threshold must be a number from 0 to 1; found 2."
    )


@given(st.floats(1, 500), st.floats(0.01, 1), st.floats(0, 0.99), st.floats(0, 50))
def test_at_the_break_even_a_piece_earns_nothing(
    price: float, margin: float, salvage: float, handling: float
) -> None:
    costs = {"price_eur": price, "margin_rate": margin, "salvage": salvage, "handling_eur": handling}
    rate = crm.break_even_return_rate(**costs)
    assert 0 < rate < 1
    assert float(crm.piece_profit(rate, **costs)) == pytest.approx(0, abs=1e-9 * price)
    dear, cheap = min(rate + 0.01, 1), max(rate - 0.005, 0)
    assert crm.piece_profit(dear, **costs) < 0 < crm.piece_profit(cheap, **costs)


def test_a_free_return_never_loses_and_bad_costs_are_named() -> None:
    assert crm.break_even_return_rate(price_eur=9, margin_rate=0.5, salvage=1, handling_eur=0) == 1.0
    assert message(
        lambda: crm.break_even_return_rate(price_eur=0, margin_rate=0.5, salvage=1, handling_eur=0)
    ) == ("price_eur must be above 0 and handling_eur 0 or more; found 0 and 0.")
    costs = {"price_eur": 40, "margin_rate": 0.4, "salvage": 0.75, "handling_eur": 5}
    assert message(lambda: crm.piece_profit(2, **costs)) == "return_rate must be 0 to 1; found 2 to 2."
    found = crm.return_estimate(some([2], [1]), a=np.float32(1), b=np.int64(9), threshold=0.5)
    assert found.loc[0, "estimated_rate"] == pytest.approx(2 / 12)


# ------------------------------------------------------------------ the tree


def test_every_answer_leads_to_exactly_one_action_and_every_action_is_reached() -> None:
    tree, actions = crm.let_go_tree(), set(crm.let_go_actions()["action"])
    nodes = list(tree["node"])
    assert {*tree["yes"], *tree["no"]} == (set(nodes) | actions) - {nodes[0]}
    ends, met = set(), set()
    for answers in itertools.product((True, False), repeat=len(nodes)):
        way = crm.trace_let_go(dict(zip(nodes, answers, strict=True)))
        assert way["node"].is_unique and way["leads_to"].iloc[-1] in actions
        assert set(way["leads_to"].iloc[:-1]) <= set(nodes)
        ends.add(way["leads_to"].iloc[-1])
        met |= set(way["node"])
    assert ends == actions and met == set(nodes)


def test_nobody_is_ended_for_what_is_not_their_behaviour_or_without_certainty() -> None:
    nodes = list(crm.let_go_tree()["node"])
    for answers in itertools.product((True, False), repeat=len(nodes)):
        given_answers = dict(zip(nodes, answers, strict=True))
        if crm.trace_let_go(given_answers)["leads_to"].iloc[-1] == "END":
            assert given_answers["behaviour"] and given_answers["certain"]
            assert not given_answers["firm_fault"]


def test_a_missing_answer_names_the_question() -> None:
    assert message(lambda: crm.trace_let_go({"behaviour": False})) == (
        "the question 'risk_shared' needs True or False; found None: Can the risk be shared for less than it "
        'costs to hold it? Hint: answers["risk_shared"] = True'
    )
    assert message(lambda: crm.trace_let_go({"behavior": True})).startswith(
        "the tree has no question 'behavior'; it has behaviour, risk_shared,"
    )


def test_an_open_answer_stops_the_way_and_no_action_is_taken() -> None:
    way = crm.trace_let_go({"behaviour": True, "firm_fault": False, "unpaid": True, "prepay_pays": None})
    assert way["leads_to"].tolist() == ["firm_fault", "unpaid", "prepay_pays", "(open)"]
    assert way["answer"].iloc[-1] is None
    assert message(lambda: crm.trace_let_go(["behaviour"])) == (  # type: ignore[arg-type]
        'answers must be a dict of questions and answers; found list. Hint: {"behaviour": True}'
    )


def test_errors_count_everybody_once() -> None:
    profit = [-10.0, 40.0, 5.0, -3.0, 0.0]
    rules = {"some": [True, True, False, False, True], "none": [False] * 5}
    table = crm.let_go_errors(profit, let_go=rules).set_index("rule")
    assert table.loc["some", ["let_go", "wrongly", "saved_eur", "cost_eur", "net_eur", "missed"]].tolist() == [
        3, 1, 10.0, 40.0, -30.0, 1,
    ]  # fmt: skip
    assert table.loc["none", "missed"] == 2 and np.isnan(table.loc["none", "share_wrong"])
    assert str(table.loc["none", "net_eur"]) == "0.0"
    assert message(lambda: crm.let_go_errors([1.0], let_go={"r": [1]})) == (
        "the rule 'r' needs True or False for each of the 1 customers; found 1 of int64."
    )
    assert message(lambda: crm.let_go_errors([np.nan], let_go={})) == (
        "profit has 1 missing or infinite value(s). Hint: take these customers out, and say how many"
    )
    assert message(lambda: crm.let_go_errors([1.0], let_go=[True])).startswith("let_go must be a dict")  # type: ignore[arg-type]
    assert message(lambda: crm.let_go_errors(["a"], let_go={})).startswith("profit must hold a number")


def test_groups_are_compared_among_those_without_fault() -> None:
    people = pd.DataFrame(
        {"g": ["a"] * 4 + ["b"] * 4, "out": [True, True, False, False] + [True] + [False] * 3,
         "ok": [True, True, True, True, False, True, True, True]}
    )  # fmt: skip
    table = crm.let_go_groups(people, group="g", let_go="out", without_fault="ok").set_index("group")
    assert table["share"].tolist() == [0.5, 0.0] and table["customers"].tolist() == [4, 3]
    assert table.loc["a", "times"] == pytest.approx(0.5 / (2 / 7))
    assert message(
        lambda: crm.let_go_groups(people.assign(ok=1), group="g", let_go="out", without_fault="ok")
    ) == (
        "people: the column 'ok' must hold True or False; found int64. "
        'Hint: people["ok"] = people["ok"].astype(bool)'
    )


# ------------------------------------------------------------------ the world


def test_rates_are_those_the_module_states(big: Any) -> None:
    wear = big.wear_customers.merge(big.truth_returners, on="customer_id")
    rates = wear.groupby("returner")["true_return_rate"].mean()
    assert rates.round(2).to_dict() == {"hard to fit": 0.26, "serial": 0.70, "usual": 0.09}
    assert (wear["returner"] == "serial").mean() == pytest.approx(0.01, abs=0.0001)
    visits = big.fee_trial
    assert visits["bad_visits"].sum() / visits["visits_before"].sum() == pytest.approx(0.2, abs=0.01)
    own = big.home_policies["own_late"].mean()
    assert own == pytest.approx(0.15, rel=0.08)
    assert big.truth_counties.merge(big.storm_counties, on="county").groupby("coast")[
        "storm_chance"
    ].first().to_dict() == pytest.approx(CHANCES)
    premium = big.storm_counties.merge(big.truth_counties, on="county")
    assert (
        premium["storm_premium_eur"] / (premium["storm_chance"] * premium["mean_claim_eur"])
    ).tolist() == pytest.approx([1.3] * 10)


def test_the_truth_is_what_the_trials_find(big: Any) -> None:
    tv = big.tv_trial.merge(big.truth_applicants, on="customer_id")
    found = tv.groupby("terms")["first_year_eur"].mean()
    assert found["pay later"] == pytest.approx(tv["later_eur"].mean(), abs=2.5)
    assert found["prepay"] == pytest.approx(tv["prepay_eur"].mean(), abs=2.5)
    low = tv[tv["credit_points"] < 560]
    by = low.groupby("terms")["first_year_eur"].mean()
    assert by["prepay"] - by["pay later"] == pytest.approx(
        (low["prepay_eur"] - low["later_eur"]).mean(), abs=5
    )
    fee = big.fee_trial.merge(big.truth_fee, on="customer_id")
    gone = fee.groupby("fee_charged")["gone"].mean()
    assert gone[True] - gone[False] == pytest.approx(fee["leave_more"].mean(), abs=0.01)
    back = fee.groupby("fee_charged")["opened_returns"].mean()
    assert back[True] / back[False] == pytest.approx(np.exp(-1.5 * 0.15), abs=0.06)


def test_past_storm_claims_tell_nothing_among_neighbours_and_own_claims_do(big: Any) -> None:
    homes = big.home_policies.merge(big.truth_policies, on="customer_id")
    gaps = {}
    for kind in ("storm", "own"):
        had = homes[f"{kind}_early"] > 0
        mean = homes.groupby(["county", had])[f"{kind}_late"].mean().unstack()
        size = homes.groupby(["county", had]).size().unstack()
        weight = size[True] * size[False] / size.sum(axis=1)
        gaps[kind] = float(((mean[True] - mean[False]) * weight).sum() / weight.sum())
    assert abs(gaps["storm"]) < 0.015 and gaps["own"] > 0.2
    assert homes["own_late"].corr(homes["own_chance"]) > 0.3


def test_a_knob_of_one_business_moves_no_other() -> None:
    base = make_let_go(300, rng=2)
    for knob in ({"common_shock": 0.3}, {"serial_share": 0.05}, {"fee_share": 0.3}):
        other = make_let_go(300, rng=2, **knob)
        moved = {
            f.name for f in dataclasses.fields(base)
            if not getattr(base, f.name).equals(getattr(other, f.name))
        }  # fmt: skip
        mine = {
            "common_shock": {"storm_years", "home_policies", "truth_counties"},
            "serial_share": {"wear_customers", "truth_returners"},
            "fee_share": {"fee_trial", "truth_fee"},
        }[next(iter(knob))]
        assert moved and not {name for name in moved if name not in mine | {"truth_policies"}}


def test_the_world_keeps_its_contracts_and_refuses_odd_numbers() -> None:
    world = make_let_go(120, rng=3, common_shock=0.0, serial_share=0.005, fee_share=0.0)
    for field in dataclasses.fields(world):
        check(getattr(world, field.name), field.name)
    assert (world.truth_returners["returner"] == "serial").sum() == 3
    assert set(world.storm_counties["coast"]) == set(COASTS)
    assert message(lambda: make_let_go(99)) == (
        "n_customers must be a whole number from 100 to 1,000,000; found 99."
    )
    assert message(lambda: make_let_go(100, common_shock=0.5)) == (
        "common_shock must be a number from 0 to 0.4; found 0.5."
    )
    assert message(lambda: make_let_go(100, rng="x")).startswith("rng must be a seed")  # type: ignore[arg-type]


def test_the_bundled_world_is_the_made_one() -> None:
    made, read = make_let_go(), crm.load_let_go()
    for field in dataclasses.fields(made):
        pd.testing.assert_frame_equal(getattr(made, field.name), getattr(read, field.name), check_dtype=False)


# ------------------------------------------------------------------ pictures


@pytest.fixture(autouse=True)
def _close() -> Any:
    yield
    plt.close("all")


def test_pictures_draw_their_tables() -> None:
    years = crm.plot_shock_years(pd.DataFrame({"year": [2023, 2024], "share": [0.1, 0.3]}))
    assert [bar.get_height() for bar in years.patches] == [0.1, 0.3]
    assert years.get_ylabel() == "Policies with a claim (%)"
    table = crm.shock_spread([1, 100], claim_chance=0.03, correlation=0.1)
    ax = crm.plot_shock_spread(table.iloc[::-1])
    assert ax.lines[0].get_ydata() == pytest.approx(table["spread"].to_numpy())
    assert ax.lines[1].get_ydata() == pytest.approx(table["spread_alone"].to_numpy())
    row = {"option": "keep all"} | crm.loss_summary([0, 9e7], premium_eur=1e6, capital_eur=1e6).to_dict()
    ax = crm.plot_loss_options(pd.DataFrame([row]))
    assert ax.lines[0].get_xdata().tolist() == [0.5]
    assert [t.get_text() for t in ax.texts] == [
        "Mean profit\n(million EUR)", "\N{MINUS SIGN}44.0",
        "1 year in 100 costs\nmore than (million EUR)", "89",
    ]  # fmt: skip
    ax = crm.plot_return_rates(
        pd.DataFrame({"items_bought": [2, 80], "raw_rate": [0.5, 0.1], "estimated_rate": [0.2, 0.1]}),
        threshold=0.5,
    )
    assert ax.lines[1].get_ydata().tolist() == [0.2, 0.1]
    terms = pd.DataFrame(
        {"band": ["low", "high"] * 2, "terms": ["prepay"] * 2 + ["pay later"] * 2,
         "mean": [80.0, 90.0, 20.0, 150.0], "low": np.nan, "high": np.nan}
    )  # fmt: skip
    ax = crm.plot_terms(terms)
    assert ax.lines[0].get_ydata().tolist() == [80.0, 90.0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["low", "high"]


def test_the_curve_of_visits_marks_half_and_all() -> None:
    ax = crm.plot_visits(pd.DataFrame({"bad_visits": [0, 6, 0, 3, 1, 0, 0, 0, 0, 0]}))
    texts = [t.get_text().replace("\N{NO-BREAK SPACE}", " ") for t in ax.texts]
    assert texts == ["half of them: 10 % of the customers", "all of them: 30 % of the customers"]
    assert message(lambda: crm.plot_visits(pd.DataFrame({"bad_visits": [0, 0]}))) == (
        "bad_visits must be 0 or more, and somebody must have one. Hint: look at the column"
    )


def test_the_tree_draws_every_question_and_the_way() -> None:
    tree = crm.let_go_tree()
    ax = crm.plot_let_go_tree(tree, path=["behaviour", "risk_shared", "SHARE"])
    texts = [t.get_text() for t in ax.texts]
    assert set(tree["short"]) | set(crm.let_go_actions()["action"]) <= set(texts)
    assert sum(line.get_linewidth() > 2 for line in ax.lines) == 2
    assert texts.count("yes") == texts.count("no") == len(tree)
    assert message(lambda: crm.plot_let_go_tree(tree, path=["nowhere"])).startswith(
        "the picture has no place for 'nowhere'; it has behaviour,"
    )


def test_no_two_boxes_of_the_tree_overlap() -> None:
    ax = crm.plot_let_go_tree(crm.let_go_tree())
    ax.figure.canvas.draw()
    boxes = [t.get_bbox_patch().get_window_extent() for t in ax.texts if t.get_text() not in ("yes", "no")]
    assert not [1 for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]


def test_pictures_name_what_they_lack() -> None:
    assert message(lambda: crm.plot_shock_years(pd.DataFrame({"year": [1]}))) == (
        "years lacks the column 'share'; it has 'year'. Hint: one row per year: year, share"
    )
    many = pd.DataFrame({"band": "x", "terms": list("abcde"), "mean": 1.0, "low": 0.0, "high": 2.0})
    assert message(lambda: crm.plot_terms(many)) == "at most 4 terms can be told apart; found 5."
