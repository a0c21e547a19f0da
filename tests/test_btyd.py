import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from crmlab._btyd_rows import distinct, reweighted, sample
from crmlab._lifetimes import lifetimes_fit, packaged_file
from crmlab.btyd import MODELS, fit_btyd, intervals, log_likelihood_of
from crmlab.btyd_simulate import simulate_btyd
from crmlab.contracts import DataError

COIN = {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}
PARETO = {"r": 0.9, "alpha": 8.0, "s": 0.7, "beta": 9.0}


@pytest.fixture(scope="module")
def cdnow():
    table = pd.read_csv(packaged_file("cdnow_customers_summary.csv"))
    return table.rename(columns={"ID": "customer_id", "recency": "t_x"})


def truth(model):
    return PARETO if model == "pareto_nbd" else COIN


@pytest.mark.parametrize("model", MODELS)
def test_gradient_is_the_slope_of_the_likelihood(cdnow, model):
    function = log_likelihood_of(model, distinct(cdnow)[0])
    point = np.array([0.6, 7.0, 1.3, 0.4])
    for i in range(4):
        up, down = point.copy(), point.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        assert function(point)[1][i] == pytest.approx((function(up)[0] - function(down)[0]) / 2e-5, rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_same_optimum_as_lifetimes_or_better(cdnow, model):
    fit = fit_btyd(cdnow, model=model)
    rows = distinct(cdnow)[0]
    peer, words = lifetimes_fit(model, rows.x, rows.t_x, rows.T, weights=rows.weights)
    value = log_likelihood_of(model, rows)(peer)[0]
    assert words == "lifetimes converged"
    assert -1e-6 < fit.log_likelihood - value < 1e-3
    assert fit.params.to_numpy() == pytest.approx(peer, rel=2e-3)


@pytest.mark.parametrize("model", MODELS)
def test_intervals_hold_the_truth_of_simulated_worlds_about_95_percent_of_the_time(model):
    inside, worlds = np.zeros(4), 24
    expected = np.array(list(truth(model).values()))
    for seed in range(worlds):
        world = simulate_btyd(truth(model), model=model, n_customers=1000, T=60.0, rng=seed)
        table = intervals(fit_btyd(world, model=model, starts=1))
        inside += (table["low"].to_numpy() < expected) & (expected < table["high"].to_numpy())
    assert inside.sum() / (4 * worlds) >= 0.88
    assert inside.sum() / (4 * worlds) <= 1.0


@pytest.mark.parametrize("model", MODELS)
def test_a_large_world_is_recovered_closely(model):
    world = simulate_btyd(truth(model), model=model, n_customers=40_000, T=60.0, rng=3)
    world["t_x"], world["T"] = (
        world["t_x"].round(1),
        60.0,
    )  # fewer distinct rows; 0.1 week is no bias to speak of
    world.loc[(world["frequency"] > 0) & (world["t_x"] == 0), "t_x"] = 0.1
    fit = fit_btyd(world, model=model)
    error = np.sqrt(np.diag(fit.covariance))
    assert (abs(fit.params - pd.Series(truth(model))) < 4 * error).all()
    assert fit.n_customers == 40_000
    assert fit.n_rows < 40_000


def test_trying_the_starts_on_a_sample_changes_nothing(monkeypatch):
    monkeypatch.setattr("crmlab.btyd.SAMPLE", 3000)
    world = simulate_btyd(COIN, n_customers=16_000, T=60.0, rng=8)
    fit = fit_btyd(world, rng=1)
    assert fit.n_rows > 9000
    rows = distinct(world)[0]
    other = fit_btyd(world, rng=2)
    assert fit.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    slope = log_likelihood_of("bg_nbd", rows)(fit.params.to_numpy())[1] * fit.params.to_numpy()
    assert abs(slope).max() < 1e-3  # of a log-likelihood of some 100,000


def test_total_log_likelihood_is_on_the_users_time_scale(cdnow):  # lifetimes: a mean on rescaled time
    weeks = fit_btyd(cdnow)
    days = fit_btyd(cdnow.assign(t_x=cdnow["t_x"] * 7, T=cdnow["T"] * 7), unit="day")
    assert weeks.log_likelihood == pytest.approx(-9582.43, abs=0.005)
    assert weeks.log_likelihood - days.log_likelihood == pytest.approx(cdnow["frequency"].sum() * np.log(7))
    assert days.params["alpha"] == pytest.approx(7 * weeks.params["alpha"], rel=1e-6)
    assert weeks.aic == 8 - 2 * weeks.log_likelihood
    assert weeks.bic == pytest.approx(4 * np.log(2357) - 2 * weeks.log_likelihood)


def test_covariance_is_that_of_the_parameters(
    cdnow,
):  # lifetimes: not symmetric, cov(r, alpha) .0674 and .0002
    covariance = fit_btyd(cdnow).covariance
    assert covariance.to_numpy() == pytest.approx(covariance.to_numpy().T)
    assert covariance.loc["r", "alpha"] == pytest.approx(0.0037, abs=5e-5)
    function, point = log_likelihood_of("bg_nbd", distinct(cdnow)[0]), fit_btyd(cdnow).params.to_numpy()
    hessian = np.empty((4, 4))
    for i in range(4):
        step = np.eye(4)[i] * 1e-4 * point
        hessian[i] = (function(point + step)[1] - function(point - step)[1]) / (2e-4 * point[i])
    assert np.linalg.inv(-hessian) == pytest.approx(covariance.to_numpy(), rel=1e-4)


def test_weights_order_and_index_do_not_matter_and_the_input_is_left_alone(cdnow):
    fit = fit_btyd(cdnow)
    before = cdnow.copy()
    cells = cdnow.groupby(["frequency", "t_x", "T"], as_index=False).agg(customers=("customer_id", "size"))
    for other in (cells, cdnow.sample(frac=1, random_state=1)):
        again = fit_btyd(other)
        assert again.params.to_numpy() == pytest.approx(fit.params.to_numpy(), rel=1e-6)
        assert again.n_customers == fit.n_customers == 2357
        assert again.n_rows == fit.n_rows
    pd.testing.assert_frame_equal(cdnow, before)


def test_pareto_never_ends_below_the_truth_and_repeats_itself():  # lifetimes: 2 of 120 did, without a word
    for seed in range(4):
        rng = np.random.default_rng(seed)
        params = dict(zip(MODELS["pareto_nbd"], np.exp(rng.normal([0, 2, -0.3, 2.5], 0.7)), strict=True))
        world = simulate_btyd(
            params, model="pareto_nbd", n_customers=300, T=rng.uniform(10, 100, 300), rng=rng
        )
        fit = fit_btyd(world, model="pareto_nbd")
        at_truth = log_likelihood_of("pareto_nbd", distinct(world)[0])(np.array(list(params.values())))[0]
        assert fit.log_likelihood >= at_truth
        pd.testing.assert_series_equal(fit.params, fit_btyd(world, model="pareto_nbd").params)


def test_a_fit_without_an_answer_says_so():
    same = pd.DataFrame(
        {"frequency": np.random.default_rng(1).poisson(12, 300), "T": 12.0}
    )  # all alike, none leaves
    same["t_x"] = np.where(same["frequency"] > 0, 11.99, 0.0)
    fit = fit_btyd(same)
    assert not fit.converged
    assert fit.message.startswith("not converged: ")
    assert "Hint: use more customers or a longer period." in fit.message
    assert fit.covariance.isna().all().all()
    with pytest.raises(DataError) as caught:
        intervals(fit)
    assert str(caught.value) == f"there are no intervals for this fit: {fit.message}"


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        ({"frequency": 0, "t_x": 0.0}, {},
         "summary: no customer has a repeat purchase, so neither buying nor leaving can be estimated. "
         "Hint: choose a later as_of, or a longer period."),
        ({}, {"model": "nbd"}, "model must be one of bg_nbd, mbg_nbd, pareto_nbd; found 'nbd'."),
        ({}, {"unit": "hour"}, "unit must be one of day, week, month, year; found 'hour'."),
        ({}, {"starts": 0}, "starts must be a whole number from 1 to 50; found 0."),
        ({"t_x": 3.0}, {},
         "summary: t_x must be 0 exactly where frequency is 0; 1 row(s) break this, the first are\n"
         "   frequency  t_x    T\n1          0  3.0  9.0\n"
         "Hint: crmlab.btyd_summary(orders, as_of=...) makes such a table."),
        ({"T": float("nan")}, {},
         "summary: t_x and T must be finite, with 0 <= t_x <= T; 2 row(s) break this, the first are\n"
         "   frequency  t_x   T\n0          2  5.0 NaN\n1          0  0.0 NaN\n"
         "Hint: crmlab.btyd_summary(orders, as_of=...) makes such a table."),
        ({"frequency": 1.5}, {},
         "summary: frequency must be a whole number, 0 or more; 2 row(s) break this, the first are\n"
         "   frequency  t_x    T\n0        1.5  5.0  9.0\n1        1.5  0.0  9.0\n"
         "Hint: crmlab.btyd_summary(orders, as_of=...) makes such a table."),
        ({"customers": -1}, {}, "summary: 'customers' must count the customers of each row, 0 or more."),
    ],
)  # fmt: skip
def test_bad_input_is_named(change, settings, message):
    table = pd.DataFrame({"frequency": [2, 0], "t_x": [5.0, 0.0], "T": [9.0, 9.0]}).assign(**change)
    with pytest.raises(DataError) as caught:
        fit_btyd(table, **settings)
    assert str(caught.value) == message


def test_level_is_checked(cdnow):
    with pytest.raises(DataError, match=r"^level must lie between 0 and 1; found 95\.$"):
        intervals(fit_btyd(cdnow), level=95)


def test_lifetimes_leaves_no_trace(cdnow, capsys):
    filters, state = list(warnings.filters), np.random.get_state()
    fit_btyd(cdnow)
    found, words = lifetimes_fit(
        "bg_nbd", np.array([3, 0]), np.array([1e-9, 0]), np.array([50.0, 50.0]), weights=np.ones(2)
    )
    assert warnings.filters == filters
    assert np.random.get_state()[1].tolist() == state[1].tolist()
    assert "lifetimes" in sys.modules
    assert found is None or np.isfinite(found).all()
    assert words.startswith("lifetimes ")
    assert capsys.readouterr().out == ""


def test_a_file_that_lifetimes_lacks():
    with pytest.raises(DataError) as caught:
        packaged_file("x.csv")
    expected = "the installed package lifetimes holds no file 'x.csv'. Hint: install lifetimes 0.11.3."
    assert str(caught.value) == expected


def test_samples_keep_the_number_of_customers(cdnow):
    rows, rng = distinct(cdnow)[0], np.random.default_rng(4)
    assert sample(rows, 500, rng).n == 500
    assert reweighted(rows, rng).n == 2357


@pytest.mark.parametrize("model", MODELS)
def test_simulated_moments_are_those_of_the_model(
    model,
):  # lifetimes' generator: mean 62.3 where theory says 172.5
    world = simulate_btyd(truth(model), model=model, n_customers=200_000, T=60.0, rng=11)
    r, alpha, a, b = truth(model).values()
    rate, dropout = world["rate"], world["dropout"]
    mean = a / b if model == "pareto_nbd" else a / (a + b)
    assert rate.mean() == pytest.approx(r / alpha, rel=0.02)
    assert dropout.mean() == pytest.approx(mean, rel=0.02)
    if model == "pareto_nbd":
        expected = r * b / (alpha * (a - 1)) * (1 - (b / (b + 60)) ** (a - 1))
    else:  # (1 - exp(-lambda p T)) / p for a customer who is there after the first purchase
        expected = (-np.expm1(-rate * dropout * 60) / dropout * (1 - dropout * (model == "mbg_nbd"))).mean()
    assert world["frequency"].mean() == pytest.approx(expected, rel=0.02)
    assert ((world["t_x"] == 0) == (world["frequency"] == 0)).all()
    assert (world["t_x"] <= 60).all()


def test_simulator_names_bad_settings():
    with pytest.raises(DataError) as caught:
        simulate_btyd({"r": 1.0, "alpha": 0.0}, n_customers=3, T=9.0, rng=1)
    assert str(caught.value) == "bg_nbd needs positive r, alpha, a, b; found {'r': 1.0, 'alpha': 0.0}."
    with pytest.raises(DataError, match=r"^model must be one of bg_nbd, mbg_nbd, pareto_nbd; found 'x'\.$"):
        simulate_btyd(COIN, model="x", n_customers=3, T=9.0, rng=1)
    with pytest.raises(DataError, match=r"^n_customers must be 1 or more; found 0\.$"):
        simulate_btyd(COIN, n_customers=0, T=9.0, rng=1)
