import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.contracts import DataError
from crmlab.tiers import TIERS, customer_equity, tier_summary, value_tiers

MONEY = st.floats(-1000, 1000).map(lambda v: round(v, 2))


@given(st.lists(st.tuples(MONEY, MONEY), min_size=1, max_size=40), st.randoms())
def test_every_customer_falls_into_one_tier_whatever_the_order(pairs, random):
    table = pd.DataFrame(pairs, columns=["actual_eur", "potential_eur"])
    tiers = value_tiers(table)
    assert set(tiers["tier"]) <= set(TIERS)
    order = list(range(len(pairs)))
    random.shuffle(order)
    assert value_tiers(table.loc[order])["tier"].sort_index().tolist() == tiers["tier"].tolist()
    assert value_tiers(table * 100)["tier"].tolist() == tiers["tier"].tolist()
    summary = tier_summary(tiers)
    assert summary["tier"].tolist() == list(TIERS)
    assert summary["customers"].sum() == len(pairs)
    assert summary["actual_eur"].sum() == pytest.approx(table["actual_eur"].sum(), abs=1e-6)
    below = tiers["tier"] == "below zero"
    assert below.equals((table["actual_eur"] < 0) & (table["potential_eur"] <= 0))


def test_shares_and_ties():
    table = pd.DataFrame({"actual_eur": [float(v) for v in range(1, 11)], "potential_eur": 100.0})
    tiers = value_tiers(table)["tier"].tolist()
    # the top two are most valuable; the two with most unrealised value are the two poorest
    assert tiers == ["most growable"] * 2 + ["maintained"] * 6 + ["most valuable"] * 2
    alike = pd.DataFrame({"actual_eur": [5.0] * 10, "potential_eur": 5.0})
    assert set(value_tiers(alike)["tier"]) == {"most valuable"}


def test_the_input_is_left_alone_and_columns_can_be_named():
    table = pd.DataFrame({"clv_eur": [3.0, 1.0], "best_eur": [3.0, 9.0]})
    before = table.copy()
    found = value_tiers(table, actual="clv_eur", potential="best_eur", valuable=0.5, growable=0.5)
    assert found["tier"].tolist() == ["most valuable", "most growable"]
    assert found["unrealised_eur"].tolist() == [0.0, 8.0]
    pd.testing.assert_frame_equal(table, before)
    assert tier_summary(found, actual="clv_eur", potential="best_eur")["potential_eur"].tolist() == [
        3.0,
        9.0,
        0.0,
        0.0,
    ]


def test_equity_is_the_sum():
    assert customer_equity(pd.DataFrame({"clv_eur": [10.0, 2.5, -1.0]})) == 11.5


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: value_tiers(pd.DataFrame({"actual_eur": [1.0], "potential_eur": [1.0]}), valuable=20),
         "valuable must be a share between 0 and 1; found 20. 20 % is 0.2."),
        (lambda: customer_equity(pd.DataFrame({"clv_eur": [1.0, float("nan")]})),
         "1 value(s) of 'clv_eur' are missing or infinite; the first rows are\n   clv_eur\n1      NaN\n"
         "Hint: decide what they are worth; the column 'reason' of clv says why."),
    ],
)  # fmt: skip
def test_bad_input_is_named(act, message):
    with pytest.raises(DataError) as caught:
        act()
    assert str(caught.value) == message
