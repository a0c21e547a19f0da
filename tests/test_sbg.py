import numpy as np
import pytest

from crmlab.btyd import intervals
from crmlab.contracts import DataError
from crmlab.sbg import sbg_clv, sbg_fit, sbg_survival
from crmlab.verify import HIGH_END, REGULAR


def cohort(alpha, beta, n, periods, seed):
    rng = np.random.default_rng(seed)
    life = rng.geometric(rng.beta(alpha, beta, n))
    return [int((life > t).sum()) for t in range(periods + 1)]


def test_seven_years_project_twelve():  # the paper's point: within 2 % points five years ahead
    for percent in (REGULAR, HIGH_END):
        curve = sbg_survival(sbg_fit([10 * p for p in percent[:8]]), periods=12)
        assert (100 * curve["survival"] - percent).abs().max() < 2.0
        assert curve["projected"].tolist() == [False] * 8 + [True] * 5


def test_four_years_of_high_end_mislead():
    curve = sbg_survival(sbg_fit([10 * p for p in HIGH_END[:5]]), periods=12)
    assert HIGH_END[12] - 100 * curve["survival"].iloc[12] > 8


def test_retention_rises_while_nobody_becomes_loyal():
    curve = sbg_survival(sbg_fit([10 * p for p in REGULAR[:8]]), periods=40)
    assert curve["retention_rate"].iloc[1:].is_monotonic_increasing
    steps = curve["survival"].iloc[1:].to_numpy() / curve["survival"].iloc[:-1].to_numpy()
    assert curve["retention_rate"].iloc[1:].to_numpy() == pytest.approx(steps)
    assert np.isnan(curve["retention_rate"].iloc[0])


def test_counts_scale_and_only_the_likelihood_with_them():
    small, big = sbg_fit(REGULAR[:8]), sbg_fit([1000 * p for p in REGULAR[:8]])
    assert small.params.to_numpy() == pytest.approx(big.params.to_numpy(), rel=1e-4)
    assert 1000 * small.log_likelihood == pytest.approx(big.log_likelihood)
    assert small.aic == 4 - 2 * small.log_likelihood


def test_intervals_hold_the_truth_about_95_percent_of_the_time():
    inside = 0
    for seed in range(60):
        table = intervals(sbg_fit(cohort(0.7, 1.6, 1500, 8, seed)))
        inside += ((table["low"] < [0.7, 1.6]) & (table["high"] > [0.7, 1.6])).sum()
    assert 0.9 <= inside / 120 <= 1.0


def test_value_is_the_discounted_survival():
    fit = sbg_fit([10 * p for p in HIGH_END[:8]])
    curve = sbg_survival(fit, periods=1000)["survival"].to_numpy()
    for tenure in (0, 3):
        k = np.arange(1, 1001 - tenure)
        expected = (50 * curve[tenure + k] / curve[tenure] / 1.08 ** (k - 1)).sum()
        found = sbg_clv(fit, margin_eur=50, discount_rate=0.08, tenure=tenure)
        assert found == pytest.approx(expected, rel=1e-9)
        some = (50 * curve[tenure + k] / curve[tenure] / 1.08 ** (k - 1))[:6].sum()
        assert sbg_clv(fit, margin_eur=50, discount_rate=0.08, tenure=tenure, periods=6) == pytest.approx(
            some
        )
    assert sbg_clv(fit, margin_eur=50, discount_rate=0.08, tenure=9) > sbg_clv(
        fit, margin_eur=50, discount_rate=0.08
    )


def test_equal_customers_do_not_converge():  # one constant chance to leave: alpha and beta run away
    fit = sbg_fit([1000 * 0.8**t for t in range(9)])
    assert not fit.converged
    with pytest.raises(DataError) as caught:
        sbg_survival(fit, periods=5)
    assert str(caught.value) == f"this sBG fit cannot project: {fit.message}"


@pytest.mark.parametrize(
    ("survivors", "message"),
    [
        ([100, 80], "survivors must be at least three positive numbers; found [100, 80]."),
        ([100, 80, 0], "survivors must be at least three positive numbers; found [100, 80, 0]."),
        ([100, 80, 85], "survivors must never rise; from period 1 to 2 they rise from 80 to 85. "
         "Hint: follow one cohort; customers who join later belong to another."),
        ([100, 100, 100],
         "survivors never fall, so nothing can be said about leaving. Hint: wait for a renewal."),
    ],
)  # fmt: skip
def test_bad_cohorts_are_named(survivors, message):
    with pytest.raises(DataError) as caught:
        sbg_fit(survivors)
    assert str(caught.value) == message


def test_bad_requests_are_named():
    fit = sbg_fit([10 * p for p in REGULAR[:8]])
    cases = [
        (lambda: sbg_survival(fit, periods=0), "periods must be a whole number from 1 to 1000; found 0."),
        (lambda: sbg_clv(fit, margin_eur=1, discount_rate=0),
         "without discounting the value need not be finite. Hint: give periods, or a discount_rate."),
        (lambda: sbg_clv(fit, margin_eur=1, discount_rate=0.1, tenure=-1),
         "margin_eur must be finite, discount_rate 0 or more and tenure 0 or more; found 1, 0.1 and -1."),
    ]  # fmt: skip
    for act, message in cases:
        with pytest.raises(DataError) as caught:
            act()
        assert str(caught.value) == message
