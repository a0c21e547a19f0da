import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.special import beta as beta_function

from crmlab._btyd_rows import distinct
from crmlab._lifetimes import lifetimes_fit, packaged_file
from crmlab.bgbb import bgbb_log_likelihood, fit_bgbb
from crmlab.btyd import intervals
from crmlab.btyd_bootstrap import bootstrap
from crmlab.btyd_predict import predict
from crmlab.contracts import DataError


@pytest.fixture(scope="module")
def donors():
    table = pd.read_csv(packaged_file("donations.csv"))
    table.columns = ["frequency", "t_x", "T", "customers"]
    return table


def test_published_predictions_per_donor(donors):
    found = predict(fit_bgbb(donors), donors, horizon=5)["expected_purchases"]
    assert found.iloc[0] == pytest.approx(0.07, abs=0.005)  # never gave again
    assert found.iloc[-1] == pytest.approx(3.75, abs=0.005)  # gave in all six years


def test_same_optimum_as_lifetimes(donors):
    x, t_x, T, counts = (donors[c].to_numpy() for c in donors)
    peer, _ = lifetimes_fit("bg_bb", x, t_x, T, weights=counts)
    assert fit_bgbb(donors).params.to_numpy() == pytest.approx(peer, rel=1e-4)


def test_probabilities_of_all_histories_add_to_one_and_forecasts_follow_from_them():
    params = np.array([0.9, 1.4, 0.7, 2.2])
    T, ahead = 4, 3

    def chance(history):  # by brute force: the sum over the period in which the customer leaves
        x = sum(history)
        a, b, g, d = params
        last = max((i + 1 for i, bought in enumerate(history) if bought), default=0)
        n = len(history)
        alive = beta_function(a + x, b + n - x) * beta_function(g, d + n)
        for stay in range(last, n):
            alive += beta_function(a + x, b + stay - x) * beta_function(g + 1, d + stay)
        return alive / beta_function(a, b) / beta_function(g, d)

    histories = list(itertools.product([0, 1], repeat=T))
    assert sum(chance(h) for h in histories) == pytest.approx(1)
    table = pd.DataFrame({
        "frequency": [sum(h) for h in histories],
        "t_x": [max((i + 1 for i, bought in enumerate(h) if bought), default=0) for h in histories],
        "T": T, "customers": 50,
    })  # fmt: skip
    rows, _ = distinct(table)
    value = bgbb_log_likelihood(rows)(params)[0]
    assert value == pytest.approx(50 * sum(np.log(chance(h)) for h in histories))
    from dataclasses import replace

    fit = replace(fit_bgbb(table), params=pd.Series(params), converged=True)
    found = predict(fit, table, horizon=ahead)["expected_purchases"]
    for i, history in enumerate(histories):
        after = [history + more for more in itertools.product([0, 1], repeat=ahead)]
        expected = sum(chance(h) * sum(h[T:]) for h in after) / chance(history)
        assert found.iloc[i] == pytest.approx(expected)


def test_recovers_a_simulated_world():
    rng = np.random.default_rng(2)
    n, T = 30_000, 8
    p, theta = rng.beta(1.2, 0.8, n), rng.beta(0.7, 2.5, n)
    there = np.ones(n, dtype=bool)
    x, t_x = np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    for period in range(1, T + 1):
        there &= rng.random(n) >= theta
        bought = there & (rng.random(n) < p)
        x += bought
        t_x[bought] = period
    table = intervals(fit_bgbb(pd.DataFrame({"frequency": x, "t_x": t_x, "T": T})), level=0.999)
    assert (table["low"] < [1.2, 0.8, 0.7, 2.5]).all()
    assert (table["high"] > [1.2, 0.8, 0.7, 2.5]).all()


def test_bootstrap_of_the_total(donors):
    fit = fit_bgbb(donors)

    def total(f):
        return predict(f, donors, horizon=5)["expected_purchases"] @ donors["customers"]

    found = bootstrap(fit, donors, total, draws=30).loc[0]
    assert found["low"] < 12884.2 < found["high"]
    assert found["high"] - found["low"] < 1500


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t_x": 1.5},
         "summary: BG/BB counts whole periods with frequency <= t_x <= T; 1 kinds of row do not. "
         "Hint: for purchases at any time use fit_btyd."),
        ({"frequency": 0, "t_x": 0}, "summary: nobody bought in any period, so nothing can be estimated."),
    ],
)  # fmt: skip
def test_bad_input_is_named(change, message):
    table = pd.DataFrame({"frequency": [1], "t_x": [1.0], "T": [6.0]}).assign(**change)
    with pytest.raises(DataError) as caught:
        fit_bgbb(table)
    assert str(caught.value) == message


def test_horizon_counts_whole_periods(donors):
    with pytest.raises(DataError) as caught:
        predict(fit_bgbb(donors), donors, horizon=1.5)
    assert str(caught.value) == "horizon must be a whole number of periods for BG/BB; found 1.5."
    with pytest.raises(DataError, match=r"^starts must be a whole number from 1 to 50; found True\.$"):
        fit_bgbb(donors, starts=True)
