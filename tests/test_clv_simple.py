import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.clv_simple import (
    finite_clv,
    historic_value,
    period_rate,
    simple_clv,
    simple_clv_in_a_year,
    simple_clv_now,
)
from crmlab.contracts import DataError

RATES = {"retention_rate": st.floats(0.01, 0.95), "discount_rate": st.floats(0.01, 0.5)}


@given(**RATES)
def test_formulas_are_the_sums_they_stand_for(retention_rate, discount_rate):
    r, i = retention_rate, discount_rate
    rates = {"retention_rate": r, "discount_rate": i}
    later = sum(100 * (r / (1 + i)) ** t for t in range(1, 2000))
    assert simple_clv(100, **rates) == pytest.approx(later)
    assert simple_clv_now(100, **rates) == pytest.approx(100 + later)
    assert simple_clv_in_a_year(100, **rates) == pytest.approx((100 + later) / (1 + i))


@given(periods=st.integers(1, 60), **RATES)
def test_finite_sum(periods, retention_rate, discount_rate):
    rates = {"retention_rate": retention_rate, "discount_rate": discount_rate}
    growth = retention_rate / (1 + discount_rate)
    expected = sum(50 * growth**t for t in range(1, periods + 1))
    assert finite_clv(50, periods=periods, **rates) == pytest.approx(expected)


def test_published_multiples():  # at 12 %
    found = [
        round(simple_clv(1, retention_rate=r, discount_rate=0.12), 2) for r in (0.6, 0.7, 0.8, 0.9, 0.95)
    ]
    assert found == [1.15, 1.67, 2.5, 4.09, 5.59]


def test_five_points_and_five_percent_are_not_the_same():
    base = simple_clv(1, retention_rate=0.80, discount_rate=0.10)
    points = simple_clv(1, retention_rate=0.85, discount_rate=0.10) / base - 1
    percent = simple_clv(1, retention_rate=0.81, discount_rate=0.10) / base - 1
    assert round(points, 3) == 0.275
    assert round(percent, 3) == 0.047


def test_no_discount_and_perfect_retention():
    assert finite_clv(10, retention_rate=1, discount_rate=0, periods=4) == 40
    with pytest.raises(DataError) as caught:
        simple_clv(10, retention_rate=1, discount_rate=0)
    assert str(caught.value) == (
        "with retention_rate 1 and discount_rate 0 the value is infinite. Hint: use finite_clv."
    )


@given(annual=st.floats(-0.5, 3), n=st.sampled_from([1, 4, 12, 52, 365.25]))
def test_period_rate_compounds_to_the_annual_rate(annual, n):
    assert (1 + period_rate(annual, periods_per_year=n)) ** n - 1 == pytest.approx(annual, abs=1e-9)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: simple_clv(1, retention_rate=80, discount_rate=0.1),
         "retention_rate must lie between 0 and 1; found 80. 80 % is 0.80."),
        (lambda: simple_clv_now(1, retention_rate=0.8, discount_rate=10),
         "discount_rate must be 0 or more; found 10. 10 % is 0.10."),
        (lambda: simple_clv_in_a_year(float("nan"), retention_rate=0.8, discount_rate=0.1),
         "margin_eur must be a finite amount per period; found nan."),
        (lambda: finite_clv(1, retention_rate=0.8, discount_rate=0.1, periods=1.5),
         "periods must be a whole number, 1 or more; found 1.5."),
        (lambda: period_rate(-1, periods_per_year=12),
         "rate_annual must be a number above -1; found -1. 10 % is 0.10."),
        (lambda: period_rate(0.1, periods_per_year=0), "periods_per_year must be above 0; found 0."),
    ],
)  # fmt: skip
def test_bad_rates_are_named(act, message):
    with pytest.raises(DataError) as caught:
        act()
    assert str(caught.value) == message


ORDERS = pd.DataFrame({
    "customer_id": ["a", "a", "b", "a"],
    "order_date": pd.to_datetime(["2024-01-01", "2024-03-15", "2024-01-20", "2025-01-01"]),
    "amount_eur": [10.0, -4.0, 5.0, 99.0],
})  # fmt: skip


def test_historic_value_is_margin_up_to_the_day():
    found = historic_value(ORDERS, as_of="2024-12-31", margin_rate=0.5)
    assert found.to_dict("list") == {"customer_id": ["a", "b"], "historic_margin_eur": [3.0, 2.5]}
    own = historic_value(ORDERS.assign(margin_eur=[4.0, -1.0, 2.0, 9.0]), as_of="2024-12-31")
    assert own["historic_margin_eur"].tolist() == [3.0, 2.0]


def test_the_margin_is_given_once():
    with pytest.raises(DataError) as caught:
        historic_value(ORDERS, as_of="2024-12-31")
    assert str(caught.value) == (
        "orders has no margin_eur, so margin_rate (0 to 1) is needed; found None. Revenue is not value."
    )
    with pytest.raises(DataError) as caught:
        historic_value(ORDERS.assign(margin_eur=1.0), as_of="2024-12-31", margin_rate=0.5)
    assert str(caught.value) == (
        "orders has its own margin_eur, so margin_rate must be left out. Hint: drop one of the two."
    )
