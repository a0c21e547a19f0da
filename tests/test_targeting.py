"""Response against a control group, break-even, choice under a budget, profit curve."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy import stats

from crmlab.contracts import DataError
from crmlab.targeting import (
    break_even_rate,
    choose,
    difference_table,
    newcombe_interval,
    profit_curve,
    response_table,
    wilson_interval,
)


def mailing(n=600, seed=4):
    rng = np.random.default_rng(seed)
    segment = rng.choice(["Loyal", "Lost", "New"], n)
    treated = rng.random(n) < 0.6
    responded = rng.random(n) < 0.1 + 0.2 * treated * (segment == "Loyal")
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:04d}" for i in range(n)],
            "segment": segment,
            "region": rng.choice(["North", "South"], n),
            "treated": treated,
            "responded": responded,
            "revenue_eur": np.round(responded * rng.lognormal(4, 1, n), 2),
            "score": np.round(rng.random(n), 2),
        }
    )


PEOPLE = mailing()


# --- published numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_1998_table_2_method_10(counts, low, high):
    found = newcombe_interval(*counts)
    assert [round(float(v), 4) for v in found] == [low, high]


@settings(deadline=None)
@given(st.integers(1, 500), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(n, data, confidence):
    x = data.draw(st.integers(0, n))
    expected = stats.binomtest(x, n).proportion_ci(confidence, method="wilson")
    low, high = wilson_interval(x, n, confidence=confidence)
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= x / n <= high <= 1


def test_welch_agrees_with_scipy():
    table = difference_table(PEOPLE, by="segment").set_index("segment")
    for segment, rows in PEOPLE.groupby("segment"):
        one, none = (rows.loc[rows["treated"] == t, "revenue_eur"] for t in (True, False))
        test = stats.ttest_ind(one, none, equal_var=False).confidence_interval(0.95)
        row = table.loc[segment]
        assert row[["uplift_low", "uplift_high"]].tolist() == pytest.approx([test.low, test.high])
        assert row["uplift"] == pytest.approx(one.mean() - none.mean())


def test_break_even():
    assert break_even_rate(cost_eur=1.1, margin_eur=22) == pytest.approx(0.05)
    assert break_even_rate(cost_eur=0, margin_eur=22) == 0
    assert break_even_rate(cost_eur=30, margin_eur=20) == 1.5


# --- properties --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_newcombe_holds_the_difference_and_mirrors(x, rest, y, other):
    n, m = x + rest, y + other
    low, high = newcombe_interval(x, n, y, m)
    if n == 0 or m == 0:
        assert np.isnan(low)
        assert np.isnan(high)
        return
    assert -1 - 1e-12 <= low <= x / n - y / m <= high <= 1 + 1e-12
    assert [-float(v) for v in newcombe_interval(y, m, x, n)] == pytest.approx([float(high), float(low)])


def test_response_by_pandas():
    table = response_table(PEOPLE, by=["segment", "region"]).set_index(["segment", "region"])
    assert table["customers"].sum() == len(PEOPLE)
    assert (table["treated_n"] + table["control_n"] == table["customers"]).all()
    rates = PEOPLE.groupby(["segment", "region", "treated"])["responded"].mean().unstack()
    assert table["rate_treated"].tolist() == pytest.approx(rates[True].tolist())
    assert table["rate_control"].tolist() == pytest.approx(rates[False].tolist())
    assert table["uplift"].tolist() == pytest.approx((rates[True] - rates[False]).tolist())


def test_row_order_does_not_matter_and_inputs_are_left_as_they_were():
    kept = PEOPLE.copy()
    mixed = PEOPLE.sample(frac=1, random_state=2)
    for call in (
        lambda p: response_table(p, by="segment"),
        lambda p: difference_table(p, by="segment"),
        lambda p: choose(p, score="score", budget_n=17),
        lambda p: profit_curve(p, score="score", cost_eur=1, margin_eur=5),
    ):
        assert_frame_equal(call(mixed), call(PEOPLE))
    assert_frame_equal(PEOPLE, kept)


def test_ones_and_zeros_are_flags_too():
    counted = PEOPLE.assign(
        treated=PEOPLE["treated"].astype(int), responded=PEOPLE["responded"].astype(float)
    )
    assert_frame_equal(response_table(counted, by="segment"), response_table(PEOPLE, by="segment"))


def test_a_wider_confidence_gives_a_wider_interval():
    for call in (response_table, difference_table):
        narrow, wide = (call(PEOPLE, by="segment", confidence=c) for c in (0.8, 0.99))
        assert (wide["uplift_low"] < narrow["uplift_low"]).all()
        assert (wide["uplift_high"] > narrow["uplift_high"]).all()


def test_cells_without_a_control_group_say_so():
    people = pd.DataFrame(
        {
            "segment": ["A", "A", "A", "A", "B"],
            "treated": [True, True, False, False, True],
            "responded": [True, False, False, False, True],
            "revenue_eur": [5.0, 0.0, 0.0, 0.0, 7.0],
        }
    )
    b = response_table(people, by="segment").iloc[1]
    assert b[["customers", "treated_n", "control_n", "rate_treated"]].tolist() == [1, 1, 0, 1.0]
    assert b[["rate_control", "uplift", "uplift_low", "uplift_high"]].isna().all()
    money = difference_table(people, by="segment")
    assert money.loc[1, ["mean_control", "uplift", "uplift_low", "uplift_high"]].isna().all()
    assert money.loc[0, "uplift"] == 2.5
    assert money.loc[0, "uplift_low"] < 2.5 < money.loc[0, "uplift_high"]


def test_money_without_any_spread_has_an_interval_of_no_width():
    people = pd.DataFrame({"segment": "A", "treated": [1, 1, 0, 0], "revenue_eur": [3.0, 3.0, 1.0, 1.0]})
    row = difference_table(people, by="segment").iloc[0]
    assert row[["uplift", "uplift_low", "uplift_high"]].tolist() == [2, 2, 2]


def test_choice_spends_the_budget_and_no_more():
    best = PEOPLE.sort_values(["score", "customer_id"], ascending=[False, True])["customer_id"].tolist()
    assert choose(PEOPLE, score="score", budget_n=20)["customer_id"].tolist() == best[:20]
    assert choose(PEOPLE, score="score", budget_eur=0.3, cost_eur=0.1)["customer_id"].tolist() == best[:3]
    assert choose(PEOPLE, score="score", budget_eur=0.29, cost_eur=0.1)["rank"].tolist() == [1, 2]
    assert len(choose(PEOPLE, score="score", budget_n=10_000)) == len(PEOPLE)
    assert choose(PEOPLE, score="score", budget_n=0).empty
    worthy = choose(PEOPLE, score="score", budget_n=600, at_least=0.9)
    assert len(worthy) == (PEOPLE["score"] >= 0.9).sum()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=25))
def test_profit_curve_meets_the_profit_at_every_change_of_score(rows):
    people = pd.DataFrame(rows, columns=["score", "responded"]).assign(
        customer_id=lambda p: p.index.astype(str)
    )
    curve = profit_curve(people, score="score", cost_eur=2, margin_eur=7)
    assert curve["n_mailed"].tolist() == list(range(len(rows) + 1))
    assert curve["share_mailed"].iloc[-1] == 1
    for limit in range(6):
        taken = people[people["score"] >= limit]
        expected = 7 * taken["responded"].sum() - 2 * len(taken)
        assert curve["profit_eur"].iloc[len(taken)] == pytest.approx(expected)


def test_profit_curve_is_straight_where_scores_are_equal():
    people = pd.DataFrame({"customer_id": list("abcd"), "score": 1, "responded": [True, False, False, False]})
    curve = profit_curve(people, score="score", cost_eur=1, margin_eur=6)
    assert curve["profit_eur"].tolist() == [0, 0.5, 1, 1.5, 2]


# --- bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "message"),
    [
        (
            PEOPLE.rename(columns={"treated": "treatd"}),
            "people lacks the column 'treated'; "
            "it has 'customer_id', 'segment', 'region', 'treatd', 'responded', 'revenue_eur', 'score'. "
            'Hint: people.rename(columns={"treatd": "treated"})',
        ),
        (
            PEOPLE.assign(treated=True),
            "people: 'treated' is True for all 600 customers; nobody is there to compare with. "
            "Hint: hold back a control group drawn by lot.",
        ),
        (
            PEOPLE.assign(responded=2),
            "people: the column 'responded' must hold True or False (or 1 and 0); found 2 in 600 row(s). "
            'Hint: people["responded"] = people["responded"] > 0',
        ),
        (
            PEOPLE.assign(segment=["Lost", *[None] * 599]),
            "people: 599 row(s) have no 'segment'. "
            'Hint: people[people["segment"].notna()], and say how many you took out.',
        ),
        (PEOPLE.head(0), "people has no rows; at least one customer is needed. Hint: look at the filters."),
        (None, "people must be a pandas DataFrame; found NoneType."),
    ],
)
def test_people_that_cannot_be_compared(people, message):
    with pytest.raises(DataError) as error:
        response_table(people, by="segment")
    assert str(error.value) == message


def test_outcomes_that_are_missing_or_text():
    with pytest.raises(DataError) as error:
        difference_table(PEOPLE.assign(revenue_eur=np.nan), by="segment")
    assert str(error.value) == (
        "people: 600 value(s) of 'revenue_eur' are missing or infinite. "
        'Hint: who bought nothing has 0, not a missing value: people["revenue_eur"].fillna(0)'
    )
    with pytest.raises(DataError) as error:
        difference_table(PEOPLE, by="segment", outcome="region")
    assert str(error.value) == (
        "people: the column 'region' must hold numbers; found str. "
        'Hint: people["region"] = pd.to_numeric(people["region"])'
    )


@pytest.mark.parametrize("by", [[], 3])
def test_cells_need_a_column(by):
    with pytest.raises(DataError) as error:
        response_table(PEOPLE, by=by)
    assert str(error.value) == (
        f'by must name one column or a list of columns; found {by!r}. Hint: by="segment".'
    )


@pytest.mark.parametrize("confidence", [0, 1, 95, "0.95", None])
def test_confidence_lies_between_zero_and_one(confidence):
    for call in (response_table, difference_table):
        with pytest.raises(DataError) as error:
            call(PEOPLE, by="segment", confidence=confidence)
        assert str(error.value) == (
            f"confidence must lie between 0 and 1; found {confidence!r}. Hint: confidence=0.95."
        )


def test_more_successes_than_trials():
    with pytest.raises(DataError) as error:
        wilson_interval(5, 4)
    assert str(error.value) == (
        "successes must lie between 0 and trials; found 5 of 4. Hint: count each customer once."
    )


@pytest.mark.parametrize(
    "budget",
    [
        {},
        {"budget_n": 3, "budget_eur": 5.0, "cost_eur": 1.0},
        {"budget_eur": 5.0},
        {"budget_n": 2, "cost_eur": 1.0},
    ],
)
def test_budget_is_given_in_exactly_one_way(budget):
    with pytest.raises(DataError) as error:
        choose(PEOPLE, score="score", **budget)
    assert str(error.value) == (
        "the budget must be either budget_n or budget_eur with cost_eur; found "
        f"budget_n={budget.get('budget_n')!r}, budget_eur={budget.get('budget_eur')!r}, "
        f"cost_eur={budget.get('cost_eur')!r}. Hint: budget_n=20, or budget_eur=500, cost_eur=1.10."
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: break_even_rate(cost_eur=-1, margin_eur=1),
            "cost_eur must be a number of 0 or more; found -1.",
        ),
        (
            lambda: break_even_rate(cost_eur=1, margin_eur=0),
            "margin_eur must be a number above 0; found 0.",
        ),
        (
            lambda: choose(PEOPLE, score="score", budget_n=-1),
            "budget_n must be a number of 0 or more; found -1.",
        ),
        (
            lambda: choose(PEOPLE, score="score", budget_eur=1, cost_eur=0),
            "cost_eur must be a number above 0; found 0.",
        ),
        (
            lambda: profit_curve(PEOPLE, score="score", cost_eur=float("nan"), margin_eur=1),
            "cost_eur must be a number of 0 or more; found nan.",
        ),
    ],
)
def test_money_that_is_out_of_range(call, message):
    with pytest.raises(DataError) as error:
        call()
    assert str(error.value) == message
