import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import gamma as gamma_law

from crmlab._lifetimes import lifetimes_fit
from crmlab.btyd import intervals
from crmlab.contracts import DataError
from crmlab.spend import expected_spend, fit_spend, spend_log_likelihood


def world(p, q, gamma, n, seed):
    """Simulate frequencies and mean spends under the Gamma-Gamma model."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 10, n)
    nu = rng.gamma(q, 1 / gamma, n)
    m = np.where(x > 0, rng.gamma(np.maximum(p * x, 1e-9)) / nu / np.maximum(x, 1), 0.0)
    return pd.DataFrame({"customer_id": [f"C{i}" for i in range(n)], "frequency": x, "monetary_eur": m})


def test_likelihood_is_the_integral_over_customers():
    p, q, gamma, x, m = 2.5, 3.0, 20.0, 4, 9.0
    exact = quad(
        lambda nu: gamma_law.pdf(m, p * x, scale=1 / (nu * x)) * gamma_law.pdf(nu, q, scale=1 / gamma), 0, 5
    )[0]
    function = spend_log_likelihood(np.array([float(x)]), np.array([m]), np.ones(1))
    assert function(np.array([p, q, gamma]))[0] == pytest.approx(np.log(exact))


def test_gradient_is_the_slope():
    table = world(6, 4, 15, 300, 1).query("frequency > 0")
    function = spend_log_likelihood(
        table["frequency"].to_numpy(float), table["monetary_eur"].to_numpy(), np.ones(len(table))
    )
    point = np.array([4.0, 2.0, 11.0])
    for i in range(3):
        step = np.eye(3)[i] * 1e-5
        slope = (function(point + step)[0] - function(point - step)[0]) / 2e-5
        assert function(point)[1][i] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_same_optimum_as_lifetimes():
    table = world(6, 4, 15, 2000, 2)
    some = table[table["frequency"] > 0]
    x, m = some["frequency"].to_numpy(), some["monetary_eur"].to_numpy()
    peer, _ = lifetimes_fit("gamma_gamma", x, m, weights=np.ones(len(some)))
    assert fit_spend(table).params.to_numpy() == pytest.approx(peer, rel=1e-3)


def test_intervals_hold_the_truth_about_95_percent_of_the_time():
    inside = 0
    for seed in range(25):
        table = intervals(fit_spend(world(6, 4, 15, 1500, seed), starts=1))
        inside += ((table["low"] < [6, 4, 15]) & (table["high"] > [6, 4, 15])).sum()
    assert 0.88 <= inside / 75 <= 1.0


def test_the_currency_scales_gamma_alone():
    euro = world(6, 4, 15, 3000, 4)
    cents = euro.assign(monetary_eur=euro["monetary_eur"] * 100)
    a, b = fit_spend(euro), fit_spend(cents)
    assert b.params.to_numpy() == pytest.approx(a.params.to_numpy() * [1, 1, 100], rel=1e-5)
    assert b.mean_eur == pytest.approx(100 * a.mean_eur, rel=1e-5)
    for rate in (25_000, 1e-6, 1e9):  # dong and rupiah; a firm that counts in millions
        other = fit_spend(euro.assign(monetary_eur=euro["monetary_eur"] * rate))
        assert other.converged
        assert other.params.to_numpy() == pytest.approx(a.params.to_numpy() * [1, 1, rate], rel=1e-5)
        assert other.log_likelihood == pytest.approx(a.log_likelihood - a.n_customers * np.log(rate))
        np.testing.assert_allclose(
            other.covariance, a.covariance * np.outer([1, 1, rate], [1, 1, rate]), rtol=1e-4
        )


def test_spend_is_shrunk_to_the_mean_of_all():
    table = world(6, 4, 15, 3000, 5)
    fit = fit_spend(table)
    p, q, _ = fit.params
    found = expected_spend(fit, pd.DataFrame({"frequency": [0, 3], "monetary_eur": [0.0, 80.0]}))
    weight = p * 3 / (p * 3 + q - 1)  # equation (5) of Fader and Hardie (2013)
    assert found["expected_spend_eur"].tolist() == pytest.approx(
        [fit.mean_eur, weight * 80 + (1 - weight) * fit.mean_eur]
    )
    assert found["reason"].tolist() == ["", ""]


def test_without_a_finite_mean_it_says_so():  # lifetimes: a negative mean, or an infinite one
    table = world(3.0, 0.7, 5.0, 4000, 6)
    fit = fit_spend(table)
    q = fit.params["q"]
    assert q < 1
    assert fit.converged
    assert np.isnan(fit.mean_eur)
    assert fit.message.endswith(
        f"no finite mean: q = {q:.3f} <= 1, so a customer without repeat purchases has no expected spend"
    )
    found = expected_spend(fit, table)
    never = table["frequency"] == 0
    assert found.loc[never, "expected_spend_eur"].isna().all()
    assert set(found.loc[never, "reason"]) == {f"no finite mean spend (Gamma-Gamma q = {q:.3f} <= 1)"}
    assert (found.loc[~never, "expected_spend_eur"] > 0).all()
    assert (found.loc[~never, "reason"] == "").all()


def test_repeat_customers_without_spend_are_counted():
    table = world(6, 4, 15, 1000, 7)
    table.loc[table["frequency"].gt(0).idxmax(), "monetary_eur"] = 0.0
    assert fit_spend(table).message.endswith("1 repeat customers without positive spend were left out")


def test_identical_spends_do_not_converge():
    table = pd.DataFrame({"frequency": [1, 2, 3] * 10, "monetary_eur": 10.0})
    fit = fit_spend(table)
    assert not fit.converged
    with pytest.raises(DataError) as caught:
        expected_spend(fit, table)
    assert str(caught.value) == f"this Gamma-Gamma fit cannot predict: {fit.message}"
    assert np.isnan(fit.correlation)


def test_bad_input_is_named():
    with pytest.raises(DataError) as caught:
        fit_spend(pd.DataFrame({"frequency": [1, 2], "monetary_eur": [5.0, -3.0]}))
    assert str(caught.value) == (
        "summary: frequency must be a whole number and monetary_eur a finite amount, both 0 or more; "
        "1 row(s) break this, the first are\n   frequency  monetary_eur\n1          2          -3.0\n"
        "Hint: crmlab.btyd_summary(orders, as_of=...) makes such a table (refunds are no purchases)."
    )
    with pytest.raises(DataError) as caught:
        fit_spend(pd.DataFrame({"frequency": [1, 0], "monetary_eur": [5.0, 0.0]}))
    assert str(caught.value) == (
        "summary: only 1 customers have come back and spent; Gamma-Gamma needs 10 or more."
    )
    with pytest.raises(DataError, match=r"^starts must be a whole number from 1 to 50; found 51\.$"):
        fit_spend(world(6, 4, 15, 100, 1), starts=51)
