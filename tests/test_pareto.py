"""ABC classes, Lorenz, Gini, concentration, whale curve and moves of class."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal
from scipy.special import gammainc, gammaincinv
from scipy.stats import norm

from crmlab.contracts import DataError
from crmlab.pareto import (
    abc_classes,
    abc_summary,
    class_moves,
    class_stability,
    concentration,
    gini,
    lorenz,
    whale_curve,
    whale_summary,
)

CENTS = st.lists(st.integers(0, 200_000), min_size=1, max_size=40).filter(lambda v: sum(v) > 0)
SIGNED_CENTS = st.lists(st.integers(-50_000, 200_000), min_size=1, max_size=40).filter(lambda v: sum(v) > 0)


def customers(values, column="revenue_eur"):
    ids = [f"C{i:04d}" for i in range(len(values))]
    return pd.DataFrame({"customer_id": ids, column: np.asarray(values, dtype=float)})


def stratified(lorenz_curve, n=200_000):
    """The means of n equal strata of a distribution, from its exact Lorenz curve."""
    return np.diff(lorenz_curve(np.arange(n + 1) / n))


def lognormal(sigma):
    return stratified(lambda u: norm.cdf(norm.ppf(u) - sigma))


def pareto(alpha):
    return stratified(lambda u: 1 - (1 - u) ** (1 - 1 / alpha))


def gamma(shape):
    return stratified(lambda u: gammainc(shape + 1, gammaincinv(shape, u)))


# --- published numbers and closed forms -------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.5, 0.967, 1.282, 1.683])
def test_gini_of_a_lognormal(sigma):
    assert gini(lognormal(sigma)) == pytest.approx(2 * norm.cdf(sigma / np.sqrt(2)) - 1, abs=1e-5)


@pytest.mark.parametrize("alpha", [1.161, 1.5, 3.0])
def test_gini_of_a_pareto(alpha):
    assert gini(pareto(alpha)) == pytest.approx(1 / (2 * alpha - 1), abs=1e-3)


@pytest.mark.parametrize("top", [0.01, 0.2, 0.37])
def test_concentration_of_a_lognormal(top):
    expected = 1 - norm.cdf(norm.ppf(1 - top) - 1.282)
    assert concentration(lognormal(1.282), top=top) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("share", "sigma", "shape", "alpha"),
    [
        (0.55, 0.967, 0.846, 1.591),
        (0.59, 1.069, 0.679, 1.488),
        (0.60, 1.095, 0.644, 1.465),
        (0.67, 1.282, 0.453, 1.331),
        (0.73, 1.454, 0.341, 1.243),
        (0.80, 1.683, 0.245, 1.161),
    ],
)
def test_share_of_the_top_fifth_in_three_distributions(share, sigma, shape, alpha):
    """The printed parameters have three decimals, so the share is met to about that."""
    for values in (lognormal(sigma), gamma(shape), pareto(alpha)):
        assert concentration(values) == pytest.approx(share, abs=6e-4)


def test_gini_by_hand():
    assert gini([1, 2, 3, 4]) == 0.25
    assert gini([7, 7, 7]) == 0
    assert gini([0, 0, 0, 5]) == 0.75
    assert gini([5]) == 0
    assert gini([-4, 0, 5]) == pytest.approx(6.0)  # negative values: above 1, as documented


def test_concentration_takes_a_part_of_a_customer():
    values = [60, 20, 10, 10]
    assert concentration(values, top=0.25) == pytest.approx(0.6)
    assert concentration(values, top=0.375) == pytest.approx(0.7)
    assert concentration(values, top=1) == 1
    assert concentration([5], top=0.2) == pytest.approx(0.2)


def test_sherden_taken_literally():
    """Top 20 % make 80, the next 50 % make 20, the last 30 % lose 40: 133 %, peak 167 %, 67 % lost."""
    profit = [4.0] * 20 + [0.4] * 50 + [-40 / 30] * 30
    summary = whale_summary(whale_curve(customers(profit, "profit_eur")))
    expected = {
        "peak_share": 100 / 60,
        "peak_at": 0.7,
        "top_20_share": 80 / 60,
        "loss_share": 40 / 60,
        "unprofitable_share": 0.3,
    }
    assert summary.to_dict() == pytest.approx(expected)


def test_whale_without_losses_has_its_peak_at_the_end():
    summary = whale_summary(whale_curve(customers([3, 2, 0], "profit_eur")))
    assert summary.to_dict() == pytest.approx(
        {
            "peak_share": 1,
            "peak_at": 2 / 3,
            "top_20_share": 0.36,
            "loss_share": 0,
            "unprofitable_share": 0,
        }
    )


def test_who_crosses_the_line_is_still_a():
    ranked = abc_classes(customers([50, 20, 15, 10, 5]), cuts=(0.8, 0.95))
    assert ranked["abc_class"].tolist() == ["A", "A", "A", "B", "C"]


@pytest.mark.parametrize("unit", [0.1, 1.0, 0.001, 1e6])
def test_a_line_met_exactly_is_met_in_every_unit(unit):
    """The shares before are 30, 45 and 57 % exactly, though sums of binary fractions are not."""
    values = unit * np.array([3.0, 1.5, 1.2, 0.9, 0.8, 0.6, 0.7, 0.5, 0.5, 0.3])
    ranked = abc_classes(customers(values), cuts=(0.3, 0.45, 0.57))
    assert "".join(ranked["abc_class"]) == "ABCDDDDDDD"


def test_a_quarter_of_the_cents_is_a_quarter_of_the_euros():
    cents = np.array([58, 56, 53, 45, 11, 9])  # 58 of 232; 0.58 of the sum in EUR comes out below 0.25
    assert "".join(abc_classes(customers(cents * 0.01), cuts=(0.25,))["abc_class"]) == "ABBBBB"


def test_equal_values_get_the_class_of_the_first():
    ranked = abc_classes(customers([1, 1, 1, 1, 1]), cuts=(0.2,))
    assert ranked["abc_class"].tolist() == ["A"] * 5
    nearly = abc_classes(customers([0.1 + 0.2, 0.3]), cuts=(0.1,))
    assert nearly["abc_class"].tolist() == ["A", "A"]
    assert nearly["customer_id"].tolist() == ["C0000", "C0001"]


def test_refunds_stay_in_the_table_and_come_last():
    ranked = abc_classes(customers([100, -20, 30, 0]))
    assert ranked["customer_id"].tolist() == ["C0000", "C0002", "C0003", "C0001"]
    assert ranked["abc_class"].tolist() == ["A", "B", "C", "C"]
    assert ranked["cumulative_share"].tolist() == pytest.approx([100 / 110, 130 / 110, 130 / 110, 1])
    assert abc_summary(ranked)["not_positive"].tolist() == [0, 0, 2]


def test_a_customer_of_zero_is_in_the_last_class_however_few_are_before():
    assert abc_classes(customers([0, 10]), cuts=(0.5, 0.999))["abc_class"].tolist() == ["A", "C"]


def test_one_customer_is_a():
    one = abc_classes(customers([12.5]))
    assert one.iloc[0].to_dict() == {
        "customer_id": "C0000",
        "revenue_eur": 12.5,
        "rank": 1,
        "share": 1.0,
        "cumulative_share": 1.0,
        "abc_class": "A",
    }


def test_revenue_and_margin_rank_differently():
    table = customers([100, 60]).assign(margin_eur=[5.0, 30.0])
    assert abc_classes(table)["customer_id"].tolist() == ["C0000", "C0001"]
    assert abc_classes(table, by="margin_eur")["customer_id"].tolist() == ["C0001", "C0000"]


def test_moves_and_stability_by_hand():
    before = customers([9, 8, 7, 6]).assign(abc_class=["A", "A", "B", "C"])
    after = customers([9, 8, 7, 6, 5]).iloc[1:].assign(abc_class=["A", "C", "C", "B"])
    moves = class_moves(before, after)
    assert moves.loc["A"].to_dict() == {"A": 1, "B": 0, "C": 0, "absent": 1}
    assert moves.loc["absent"].to_dict() == {"A": 0, "B": 1, "C": 0, "absent": 0}
    assert class_stability(moves).to_dict() == {"A": 0.5, "B": 0.0, "C": 1.0, "all": 0.5}
    assert class_moves(before.assign(n=[1, 1, 2, 10]), after.assign(n=2), by="n").index.tolist() == [
        1,
        2,
        10,
        "absent",
    ]


# --- properties --------------------------------------------------------------------------------------


def simple_classes(cents, cuts=(80, 95)):
    """The rule in plain words and whole numbers: the oracle."""
    total, labels = sum(cents), {}
    for value in cents:
        before = sum(other for other in cents if other > value)
        labels[value] = "C" if value <= 0 else "ABC"[sum(before * 100 >= cut * total for cut in cuts)]
    return labels


@settings(deadline=None)
@given(SIGNED_CENTS, st.randoms(use_true_random=False), st.sampled_from([0.01, 1.0, 1e-5]))
def test_classes_follow_the_rule_in_any_unit_and_order(cents, random, unit):
    table = customers(np.array(cents) * unit)
    expected = abc_classes(table)
    labels = simple_classes(cents)
    by_id = expected.set_index("customer_id")["abc_class"]
    assert [by_id[f"C{i:04d}"] for i in range(len(cents))] == [labels[c] for c in cents]
    assert expected["share"].sum() == pytest.approx(1)
    assert expected["cumulative_share"].iloc[-1] == 1
    assert expected["rank"].tolist() == list(range(1, len(cents) + 1))
    mixed = list(range(len(cents)))
    random.shuffle(mixed)
    assert_frame_equal(abc_classes(table.iloc[mixed]), expected)


@settings(deadline=None)
@given(CENTS)
def test_lorenz_is_convex_and_below_the_diagonal(cents):
    curve = lorenz(cents)
    assert curve.iloc[0].tolist() == [0, 0]
    assert curve.iloc[-1].tolist() == [1, 1]
    assert (curve["share_of_value"] <= curve["share_of_customers"] + 1e-12).all()
    assert (np.diff(curve["share_of_value"], n=2) >= -1e-12).all()


@settings(deadline=None)
@given(CENTS)
def test_gini_is_twice_the_area_and_the_mean_difference(cents):
    curve = lorenz(cents)
    area = np.trapezoid(curve["share_of_value"], curve["share_of_customers"])
    x = np.array(cents, dtype=float)
    mean_difference = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert gini(cents) == pytest.approx(1 - 2 * area, abs=1e-9)
    assert gini(cents) == pytest.approx(mean_difference, abs=1e-9)
    assert gini(x / 1000) == pytest.approx(gini(x), abs=1e-12)


@settings(deadline=None)
@given(SIGNED_CENTS, st.floats(0.01, 1))
def test_concentration_adds_up_the_best(cents, top):
    best = sorted(cents, reverse=True)
    whole = int(top * len(best))
    held = sum(best[:whole]) + (top * len(best) - whole) * (best[whole] if whole < len(best) else 0)
    assert concentration(cents, top=top) == pytest.approx(held / sum(cents), abs=1e-6, rel=1e-6)


@settings(deadline=None)
@given(SIGNED_CENTS, st.randoms(use_true_random=False))
def test_whale_ends_at_the_total(cents, random):
    curve = whale_curve(customers(cents, "profit_eur"))
    assert len(curve) == len(cents) + 1
    assert curve.iloc[0].tolist() == [0, 0, 0, 0]
    assert curve["cumulative_eur"].iloc[-1] == sum(cents)
    assert curve["cumulative_share"].iloc[-1] == 1
    summary = whale_summary(curve)
    assert summary["peak_share"] == pytest.approx(sum(c for c in cents if c > 0) / sum(cents))
    assert summary["unprofitable_share"] == pytest.approx(np.mean([c < 0 for c in cents]))
    random.shuffle(cents)
    assert_frame_equal(whale_curve(customers(cents, "profit_eur")), curve)


CLASS_BY_ID = st.dictionaries(st.integers(0, 30), st.sampled_from("ABC"), min_size=1)


@settings(deadline=None)
@given(CLASS_BY_ID, CLASS_BY_ID)
def test_moves_count_every_customer_once(was, now):
    before = pd.DataFrame({"customer_id": [str(i) for i in was], "abc_class": list(was.values())})
    after = pd.DataFrame({"customer_id": [str(i) for i in now], "abc_class": list(now.values())})
    moves = class_moves(before, after)
    assert moves.to_numpy().sum() == len(was.keys() | now.keys())
    for a in moves.index:
        for b in moves.columns:
            both = [i for i in was | now if was.get(i, "absent") == a and now.get(i, "absent") == b]
            assert moves.loc[a, b] == len(both)
    assert class_stability(moves)["all"] == pytest.approx(np.mean([was[i] == now.get(i) for i in was]))
    assert_frame_equal(class_moves(after, before), moves.T.rename_axis(index="before", columns="after"))


def test_inputs_are_left_as_they_were():
    table = customers([5, -1, 30]).assign(profit_eur=[1.0, 2.0, -0.5])
    kept = table.copy()
    ranked = abc_classes(table)
    class_moves(ranked, ranked)
    whale_curve(table)
    values = table["revenue_eur"]
    lorenz(values), gini(values), concentration(values)
    assert_frame_equal(table, kept)
    assert_series_equal(values, kept["revenue_eur"])


# --- bad input ---------------------------------------------------------------------------------------

GOOD = customers([3, 2, 1])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            GOOD.rename(columns={"revenue_eur": "revenu_eur"}),
            "table lacks the column 'revenue_eur'; it has 'customer_id', 'revenu_eur'. "
            'Hint: table.rename(columns={"revenu_eur": "revenue_eur"})',
        ),
        (
            customers([1, np.nan, np.inf, -np.inf, np.nan]),
            "table: 4 value(s) of 'revenue_eur' are missing or infinite; "
            "customers: 'C0001', 'C0002', 'C0003'. "
            "Hint: correct them, or take the rows out and say how many you took.",
        ),
        (
            pd.concat([GOOD, GOOD.head(2)]),
            "table: customer_id must be unique; 4 rows repeat one: 'C0000', 'C0001'. "
            "Hint: make one row per customer first, with rfm_table or customer_value.",
        ),
        (
            GOOD.assign(customer_id=["a", None, "c"]),
            "table: 1 row(s) have no customer_id. "
            'Hint: table[table["customer_id"].notna()], and say how many you took out.',
        ),
        (
            GOOD.head(0),
            "table has no rows; at least one customer is needed. Hint: look at as_of and at the filters.",
        ),
        (
            GOOD.assign(revenue_eur=["3", "2", "1"]),
            "table: the column 'revenue_eur' must hold numbers; found str such as '3'. "
            'Hint: table["revenue_eur"] = pd.to_numeric(table["revenue_eur"])',
        ),
        (
            customers([5, -8]),
            "the sum of the column 'revenue_eur' is -3.00; shares of a total need a sum above 0. "
            "Hint: look at refunds and costs, or choose a longer period.",
        ),
        ([1, 2], "table must be a pandas DataFrame; found list."),
    ],
)
def test_tables_that_cannot_be_classed(table, message):
    with pytest.raises(DataError) as error:
        abc_classes(table)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "cuts", [(), (0.9, 0.8), (0.8, 0.8), (0, 0.5), (0.5, 1), (80, 95), 0.8, "AB", (True,)]
)
def test_cuts_that_are_no_rising_shares(cuts):
    with pytest.raises(DataError) as error:
        abc_classes(GOOD, cuts=cuts)
    assert str(error.value) == (
        f"cuts must be 1 to 25 rising numbers between 0 and 1; found {cuts!r}. "
        "Hint: cuts=(0.8, 0.95) for A, B, C."
    )


@pytest.mark.parametrize("call", [lorenz, gini, concentration])
def test_values_that_have_no_shares(call):
    for values, message in [
        ([], "values is empty; at least one customer is needed. Hint: look at the filters."),
        (
            [1, np.nan, np.inf],
            "values: 2 of 3 are missing or infinite; the first at position(s) 1, 2. "
            "Hint: correct them, or take them out and say how many you took.",
        ),
        (["a"], "values must be numbers; found str such as 'a'. Hint: pd.to_numeric(values)"),
        (
            [0, 0],
            "the sum of values is 0.00; shares of a total need a sum above 0. "
            "Hint: look at refunds and costs, or choose a longer period.",
        ),
    ]:
        with pytest.raises(DataError) as error:
            call(pd.Series(values, dtype=None if values else float))
        assert str(error.value) == message


@pytest.mark.parametrize("top", [0, 1.2, -0.1, 20, "0.2", True, float("nan")])
def test_top_must_be_a_share(top):
    with pytest.raises(DataError) as error:
        concentration([1, 2], top=top)
    assert str(error.value) == (
        f"top must be a share above 0 and up to 1; found {top!r}. Hint: top=0.2 for the best 20 %."
    )


def test_noise_around_zero_is_not_a_total():
    with pytest.raises(DataError, match="sum above 0"):
        whale_curve(customers([0.1, 0.2, -0.3], "profit_eur"))


def test_moves_need_a_class_for_everybody():
    before = GOOD.assign(abc_class=["A", None, "absent"])
    with pytest.raises(DataError) as error:
        class_moves(before, before)
    assert str(error.value) == (
        "before: 2 customer(s) have no 'abc_class' or one named 'absent': 'C0001', 'C0002'. "
        'Hint: before[before["abc_class"].notna()] leaves them out, and they count as absent.'
    )


def test_stability_needs_the_table_of_moves():
    with pytest.raises(DataError) as error:
        class_stability(pd.DataFrame({"A": [1]}, index=["B"]))
    assert str(error.value) == (
        "moves must have the same classes and 'absent' on both sides; found rows ['B'] and columns ['A']. "
        "Hint: moves = class_moves(before, after)"
    )
