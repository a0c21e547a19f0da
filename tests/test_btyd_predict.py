from dataclasses import replace

import mpmath
import numpy as np
import pandas as pd
import pytest

from crmlab._btyd_likelihood import pareto_parts
from crmlab._btyd_means import coin_mean, pareto_mean
from crmlab._btyd_rows import distinct
from crmlab._lifetimes import packaged_file
from crmlab.btyd import MODELS, fit_btyd
from crmlab.btyd_bootstrap import bootstrap
from crmlab.btyd_predict import expected_repeats, forecast, predict, residual_purchases
from crmlab.btyd_simulate import simulate_btyd
from crmlab.contracts import DataError

mpmath.mp.dps = 60


@pytest.fixture(scope="module")
def cdnow():
    table = pd.read_csv(packaged_file("cdnow_customers_summary.csv"))
    return table.rename(columns={"ID": "customer_id", "recency": "t_x"})


@pytest.fixture(scope="module")
def fits(cdnow):
    return {model: fit_btyd(cdnow, model=model) for model in MODELS}


def at(fit, **params):
    return replace(fit, params=pd.Series(params))


def exact_coin(r, alpha, a, b, x, T, t):
    """Equation (10) of Fader, Hardie, Lee (2005a), its numerator, in 60 digits; a = 1 by its neighbour."""
    r, alpha, a, b, T, t = (mpmath.mpf(v) for v in (r, alpha, a, b, T, t))
    if a == 1:
        a += mpmath.mpf(10) ** -30
    z = t / (alpha + T + t)
    ratio = ((alpha + T) / (alpha + T + t)) ** (r + x)
    return (a + b + x - 1) / (a - 1) * (1 - ratio * mpmath.hyp2f1(r + x, b + x, a + b + x - 1, z))


@pytest.mark.parametrize("x", [0, 1, 30, 300, 2000])
@pytest.mark.parametrize(
    ("a", "b"), [(0.79, 2.43), (0.31, 0.5), (1.0, 2.5), (1 + 1e-9, 0.3), (0.05, 0.04), (40.0, 90.0)]
)
@pytest.mark.parametrize(("T", "t"), [(39.0, 39.0), (1.0, 3650.0), (365.0, 0.5)])
def test_expected_purchases_hold_where_the_closed_form_breaks(x, a, b, T, t):
    # lifetimes gives nan for x = 0 with a + b < 1 and at a = 1; others overflow at large x
    ours = coin_mean(np.array(0.24 + x), np.array(t / (4.4 + T)), a, np.array(b + x))
    assert float(ours) == pytest.approx(float(exact_coin(0.24, 4.4, a, b, x, T, t)), rel=1e-11)


def test_the_reported_nan_of_lifetimes(fits):
    fit = at(fits["bg_nbd"], r=0.11, alpha=2.24, a=0.31, b=0.50)
    table = pd.DataFrame({"frequency": [0], "t_x": [0.0], "T": [1.0]})
    assert predict(fit, table, horizon=30).loc[0, "expected_purchases"] == pytest.approx(0.5646, abs=5e-5)


@pytest.mark.parametrize("s", [0.6, 1.0, 1 + 1e-10, 3.0])
def test_pareto_mean_has_no_hole_at_s_equal_1(s):
    r, alpha, beta, x, T, t = 0.5, 10.0, 12.0, 7, 39.0, 52.0
    lived = mpmath.quad(lambda u: ((beta + T) / (beta + T + u)) ** mpmath.mpf(s), [0, t])
    ours = pareto_mean(np.array([r, alpha, s, beta]), np.array(x), np.array(T), np.array(t))
    assert float(ours) == pytest.approx(float((r + x) / (alpha + T) * lived), rel=1e-12)


@pytest.mark.parametrize(
    ("r", "alpha", "s", "beta"), [(0.55, 10.6, 0.61, 11.7), (3.0, 0.2, 5.0, 40.0), (0.1, 90.0, 0.3, 0.05)]
)
@pytest.mark.parametrize(
    ("x", "t_x", "T"), [(0, 0.0, 39.0), (26, 30.86, 31.0), (300, 20.0, 700.0), (2000, 500.0, 501.0)]
)
def test_pareto_likelihood_in_60_digits(r, alpha, s, beta, x, t_x, T):
    low = min(alpha, beta)

    def integrand(v):  # v = log(low + u)
        u = mpmath.exp(v) - low
        return (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1) * mpmath.exp(v)

    first, last = mpmath.log(low + t_x), mpmath.log(low + T)
    left = mpmath.quad(
        integrand, [first, *(first + (last - first) / mpmath.mpf(2) ** k for k in range(12, 0, -1)), last]
    )
    stays = (alpha + mpmath.mpf(T)) ** -(r + x) * (beta + mpmath.mpf(T)) ** -s
    log_sum, alive, _, _ = pareto_parts(
        np.array([r, alpha, s, beta]), np.array([float(x)]), np.array([t_x]), np.array([T])
    )
    assert log_sum[0] == pytest.approx(float(mpmath.log(stays + s * left)), rel=1e-12)
    assert alive[0] == pytest.approx(float(stays / (stays + s * left)), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("model", MODELS)
def test_predictions_match_simulated_futures(fits, model):
    params = {"r": 1.2, "alpha": 5.0, "s": 0.8, "beta": 20.0} if model == "pareto_nbd" else {
        "r": 1.2, "alpha": 5.0, "a": 0.9, "b": 3.0}  # fmt: skip
    # total expectation: what is bought by week 25, plus what is predicted there, is what is bought by week 50
    future = simulate_btyd(params, model=model, n_customers=150_000, T=50.0, rng=5)
    past = simulate_btyd(params, model=model, n_customers=150_000, T=25.0, rng=6)
    fit = replace(fits[model], params=pd.Series(params))
    seen = predict(fit, past, horizon=25.0)
    total = past["frequency"].mean() + seen["expected_purchases"].mean()
    assert total == pytest.approx(future["frequency"].mean(), rel=0.02)
    assert total == pytest.approx(expected_repeats(fit, [50.0])[0], rel=0.02)
    assert seen["p_alive"].mean() == pytest.approx(past["alive"].mean(), abs=0.004)
    for x in (0, 1, 5):  # P(alive) is calibrated within each frequency
        some = past["frequency"] == x
        assert seen.loc[some, "p_alive"].mean() == pytest.approx(past.loc[some, "alive"].mean(), abs=0.012)


@pytest.mark.parametrize("model", MODELS)
def test_predictions_are_tame(fits, cdnow, model):
    fit = fits[model]
    before = cdnow.copy()
    long, short = (predict(fit, cdnow, horizon=h) for h in (80, 40))
    assert (long["expected_purchases"] > short["expected_purchases"]).all()
    assert (predict(fit, cdnow, horizon=0)["expected_purchases"] == 0).all()
    assert short["p_alive"].between(0, 1).all()
    shuffled = cdnow.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        predict(fit, shuffled, horizon=40).sort_index(), short
    )  # ids stay with their rows
    pd.testing.assert_frame_equal(cdnow, before)
    for i in (0, 7, 900, 2000):  # each customer alone has the prediction they have among the others
        pd.testing.assert_frame_equal(predict(fit, cdnow.iloc[[i]], horizon=40), short.iloc[[i]])
    extreme = pd.DataFrame({"frequency": [0, 2000, 1], "t_x": [0, 900.0, 1e-3], "T": [0.0, 900.0, 900.0]})
    assert np.isfinite(predict(fit, extreme, horizon=5000).to_numpy()).all()


def test_one_time_buyers_never_leave_in_the_bg_nbd_alone(fits):
    waiting = pd.DataFrame({"frequency": 0, "t_x": 0.0, "T": [10.0, 100.0, 1000.0]})
    assert predict(fits["bg_nbd"], waiting, horizon=1)["p_alive"].tolist() == [1.0, 1.0, 1.0]
    for model in ("mbg_nbd", "pareto_nbd"):
        found = predict(fits[model], waiting, horizon=1)["p_alive"]
        assert found.is_monotonic_decreasing
        assert found.iloc[-1] < 0.2


def test_weeks_and_days_give_the_same_prediction(cdnow):
    days = cdnow.assign(t_x=cdnow["t_x"] * 7, T=cdnow["T"] * 7)
    for model in MODELS:
        weekly = predict(fit_btyd(cdnow, model=model), cdnow, horizon=39)
        daily = predict(fit_btyd(days, model=model, unit="day"), days, horizon=39 * 7)
        assert daily["expected_purchases"].to_numpy() == pytest.approx(weekly["expected_purchases"], rel=1e-4)


def test_residual_purchases_are_the_discounted_sum_of_the_future(fits, cdnow):
    fit, some = fits["pareto_nbd"], cdnow.head(20)
    horizons = np.arange(0, 10_001, 2.0)
    rows, row = distinct(some)
    bought = np.diff(forecast(fit, rows, horizons)[1], axis=1)
    middle = (horizons[:-1] + horizons[1:]) / 2
    expected = bought @ np.exp(-np.log(1.15) / 52 * middle)
    ours = residual_purchases(fit, some, discount_rate_annual=0.15)
    assert ours.to_numpy() == pytest.approx(expected[row], rel=1e-5)


def test_bootstrap_agrees_with_the_covariance_and_repeats_itself(fits, cdnow):
    fit = fits["pareto_nbd"]
    found = bootstrap(fit, cdnow, lambda f: f.params, draws=40, rng=1)
    pd.testing.assert_frame_equal(found, bootstrap(fit, cdnow, lambda f: f.params, draws=40, rng=1))
    assert found.index.tolist() == ["r", "alpha", "s", "beta"]
    assert (found["low"] < found["estimate"]).all()
    assert (found["estimate"] < found["high"]).all()
    spread = (found["high"] - found["low"])["r"] / (2 * 1.96)
    assert spread == pytest.approx(0.0476, rel=0.5)
    drawn = []
    few = bootstrap(
        fits["bg_nbd"], cdnow, lambda f: drawn.append(f.params["r"]) or drawn[-1], draws=20, level=0.8
    )
    assert few.loc[0].tolist() == pytest.approx([drawn[0], *np.quantile(drawn[1:], [0.1, 0.9])])
    mean = bootstrap(fits["bg_nbd"], cdnow, lambda f: expected_repeats(f, cdnow["T"]).mean(), draws=40)
    assert mean.loc[0, "low"] < cdnow["frequency"].mean() < mean.loc[0, "high"]


def test_bad_requests_are_named(fits, cdnow):
    lost = replace(fits["bg_nbd"], converged=False, message="not converged: example")
    cases = [
        (lambda: predict(lost, cdnow, horizon=1), "this bg_nbd fit cannot predict: not converged: example"),
        (lambda: predict(fits["bg_nbd"], cdnow, horizon=-1),
         "horizon must be a length of time, 0 or more; found -1."),
        (lambda: residual_purchases(fits["bg_nbd"], cdnow, discount_rate_annual=0.1),
         "residual_purchases needs model 'pareto_nbd'; found 'bg_nbd'. Hint: use clv."),
        (lambda: residual_purchases(fits["pareto_nbd"], cdnow, discount_rate_annual=0),
         "discount_rate_annual must lie between 0 and 10; found 0."),
        (lambda: bootstrap(fits["bg_nbd"], cdnow, len, draws=5),
         "draws must be 20 or more to give an interval; found 5."),
        (lambda: bootstrap(fits["bg_nbd"], cdnow, len, level=2), "level must lie between 0 and 1; found 2."),
    ]  # fmt: skip
    for act, message in cases:
        with pytest.raises(DataError) as caught:
            act()
        assert str(caught.value) == message
