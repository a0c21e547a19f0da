"""RFM scores, Hughes cells and the map of segments."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlab.contracts import DataError
from crmlab.rfm import band_sizes, bands_of, hughes_cells, merge_cells, rfm_scores
from crmlab.rfm_map import SEGMENTS, rfm_segments, segment_map, segment_summary

SCORES = ["r_score", "f_score", "m_score"]


def table_of(rows):
    recency, orders, cents = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:04d}" for i in range(len(rows))],
            "recency_days": recency,
            "n_orders": orders,
            "revenue_eur": np.array(cents) / 100,
        }
    )


def random_table(n=2_000, seed=3):
    rng = np.random.default_rng(seed)
    orders = rng.geometric(0.4, n)
    cents = np.round(100 * orders * rng.lognormal(3, 1, n))
    return table_of(list(zip(rng.integers(0, 500, n), orders, cents, strict=True)))


# Few different values, so that ties are common; some refunds.
ROWS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 5), st.integers(-500, 3_000)), min_size=5, max_size=40
)
TABLE = random_table()


# --- published rule, by hand -------------------------------------------------------------------------


def test_exact_fifths_when_no_values_are_equal():
    """Hughes: sort, cut into five equal parts, 5 is best."""
    table = table_of([(100 - i, 1 + i, 1000 + i) for i in range(10)])
    scores = rfm_scores(table)
    assert scores["rfm_code"].tolist() == [f"{s}{s}{s}" for s in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)]
    assert scores["rfm_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_many_equal_values_share_the_lowest_score_and_the_best_customer_stays_on_top():
    """60 % bought once: they all get 1, score 2 and 3 stay empty, the twelve-order customer gets 5."""
    table = table_of([(i, n, 100 + i) for i, n in enumerate([1, 1, 1, 1, 1, 1, 2, 2, 3, 12])])
    scores = rfm_scores(table)
    assert scores["f_score"].tolist() == [1] * 6 + [4, 4, 5, 5]
    sizes = band_sizes(scores).query("measure == 'n_orders'")
    assert sizes["customers"].tolist() == [6, 0, 0, 2, 2]
    assert sizes["lowest"].tolist()[::3] == [1, 2]
    assert sizes["highest"].tolist()[-1] == 12
    assert sizes["lowest"].isna().tolist() == [False, True, True, False, False]


def test_money_is_the_total_not_the_mean():
    table = table_of([(5, 10, 1000), (5, 1, 900)])
    assert rfm_scores(table, bands=2)["m_score"].tolist() == [2, 1]


def test_a_refunded_customer_is_scored_lowest():
    assert rfm_scores(table_of([(1, 1, -100), (1, 1, 0), (1, 1, 50)]), bands=3)["m_score"].tolist() == [
        1,
        2,
        3,
    ]


def test_sums_that_differ_by_rounding_noise_are_equal():
    table = table_of([(1, 1, 0), (1, 1, 0)]).assign(revenue_eur=[0.1 + 0.2, 0.3])
    assert rfm_scores(table, bands=2)["m_score"].tolist() == [1, 1]


@pytest.mark.parametrize("bands", [5, (5, 4, 3), 12])
@pytest.mark.parametrize("nested", [False, True])
def test_one_customer_gets_one(bands, nested):
    scores = rfm_scores(table_of([(3, 2, 500)]), bands=bands, nested=nested)
    assert scores[[*SCORES, "rfm_score"]].iloc[0].tolist() == [1, 1, 1, 1]
    assert segment_summary(rfm_segments(scores))["customers"].sum() == 1


def test_codes_of_more_than_nine_bands_are_joined():
    scores = rfm_scores(TABLE, bands=(12, 3, 10))
    best = scores.loc[scores[SCORES].eq([12, 3, 10]).all(axis=1), "rfm_code"]
    assert set(best) == {"12-3-10"}


def test_weights():
    table = table_of([(9, 1, 100), (1, 2, 200)])
    assert rfm_scores(table, bands=2, weights=(0, 3, 1))["rfm_score"].tolist() == [1, 2]
    crossed = table_of([(9, 2, 200), (1, 1, 100)])
    assert rfm_scores(crossed, bands=2, weights=(2, 1, 1))["rfm_score"].tolist() == [1.5, 1.5]
    assert rfm_scores(crossed, bands=2, weights=(6, 1, 1))["rfm_score"].tolist() == [1.25, 1.75]


def test_scores_of_different_bands_are_stretched_before_they_are_weighed():
    scores = rfm_scores(TABLE, bands=(5, 3, 2))
    expected = (scores["r_score"] + (2 * scores["f_score"] - 1) + (4 * scores["m_score"] - 3)) / 3
    assert scores["rfm_score"].tolist() == pytest.approx(expected.tolist())


# --- properties --------------------------------------------------------------------------------------


def simple_scores(table, bands, nested):
    """Count, for each customer, who is worse: the oracle."""
    result = pd.DataFrame(index=table.index)
    for score, measure, sign in zip(
        SCORES, ["recency_days", "n_orders", "revenue_eur"], (-1, 1, 1), strict=True
    ):
        values = []
        for i in table.index:
            same_cell = (
                (result == result.loc[i]).all(axis=1) if nested else pd.Series(True, index=table.index)
            )
            rivals = table.loc[same_cell, measure] * sign
            worse = (rivals < table.loc[i, measure] * sign).sum()
            values.append(1 + bands * worse // len(rivals))
        result[score] = values
    return result


@settings(deadline=None)
@given(ROWS, st.integers(2, 5), st.booleans())
def test_scores_follow_the_rule(rows, bands, nested):
    table = table_of(rows)
    scores = rfm_scores(table, bands=bands, nested=nested)
    assert_frame_equal(scores[SCORES], simple_scores(table, bands, nested), check_dtype=False)
    assert scores[SCORES].isin(range(1, bands + 1)).all(axis=None)
    assert scores["rfm_score"].between(1, bands).all()


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False), st.sampled_from([100, 1 / 1000]), st.booleans())
def test_unit_of_money_and_row_order_do_not_matter(rows, random, unit, nested):
    table = table_of(rows)
    expected = rfm_scores(table, nested=nested).drop(columns="revenue_eur")
    mixed = list(range(len(rows)))
    random.shuffle(mixed)
    other = table.assign(revenue_eur=table["revenue_eur"] * unit).iloc[mixed]
    found = rfm_scores(other, nested=nested).drop(columns="revenue_eur").loc[table.index]
    assert_frame_equal(found, expected)


@settings(deadline=None)
@given(ROWS)
def test_equal_values_have_equal_scores_and_better_ones_no_lower(rows):
    scores = rfm_scores(table_of(rows))
    for score, measure, ascending in [
        ("r_score", "recency_days", False),
        ("f_score", "n_orders", True),
        ("m_score", "revenue_eur", True),
    ]:
        by_value = scores.groupby(measure)[score]
        assert (by_value.nunique() == 1).all()
        assert by_value.first().sort_index(ascending=ascending).is_monotonic_increasing


def test_nested_cells_are_about_equally_large():
    rng = np.random.default_rng(1)
    n = 12_500
    table = table_of(list(zip(rng.permutation(n), rng.permutation(n) + 1, rng.permutation(n), strict=True)))
    cells = hughes_cells(rfm_scores(table, nested=True))
    assert len(cells) == 125
    assert (cells["customers"] == 100).all()


@pytest.mark.parametrize("bands", [5, 3, (4, 5, 2)])
@pytest.mark.parametrize("nested", [False, True])
def test_nobody_and_no_euro_is_lost(bands, nested):
    scores = rfm_scores(TABLE, bands=bands, nested=nested)
    sizes = band_sizes(scores)
    assert (sizes.groupby("measure")["customers"].sum() == len(TABLE)).all()
    assert sizes.groupby("measure")["share_of_customers"].sum().tolist() == pytest.approx([1, 1, 1])
    for result in (
        hughes_cells(scores),
        hughes_cells(merge_cells(scores, smallest=150), by="rfm_cell"),
        segment_summary(rfm_segments(scores)),
    ):
        assert result["customers"].sum() == len(TABLE)
        assert result["revenue_eur"].sum() == pytest.approx(TABLE["revenue_eur"].sum())
        assert result["share_of_customers"].sum() == pytest.approx(1)
        assert result["share_of_revenue"].sum() == pytest.approx(1)


def test_summaries_do_not_depend_on_row_order():
    scores = rfm_segments(merge_cells(rfm_scores(TABLE), smallest=100))
    mixed = scores.sample(frac=1, random_state=5)
    for call in (band_sizes, hughes_cells, segment_summary):
        assert_frame_equal(call(mixed), call(scores))


def test_cells_by_pandas():
    scores = rfm_scores(TABLE)
    by_code = scores.groupby("rfm_code")["revenue_eur"].agg(["size", "sum"]).sort_index(ascending=False)
    cells = hughes_cells(scores)
    assert cells["rfm_code"].tolist() == by_code.index.tolist()
    assert cells["customers"].tolist() == by_code["size"].tolist()
    assert cells["revenue_eur"].tolist() == pytest.approx(by_code["sum"].tolist())


@settings(deadline=None)
@given(ROWS, st.data())
def test_merged_cells_are_large_enough_and_neighbours(rows, data):
    scores = rfm_scores(table_of(rows))
    smallest = data.draw(st.integers(1, len(rows)))
    merged = merge_cells(scores, smallest=smallest)
    assert (hughes_cells(merged, by="rfm_cell")["customers"] >= smallest).all()
    ordered = merged.sort_values("rfm_code", ascending=False)["rfm_cell"]
    assert (ordered != ordered.shift()).sum() == ordered.nunique()
    assert merged.groupby("rfm_code")["rfm_cell"].nunique().eq(1).all()
    assert_frame_equal(merged.drop(columns="rfm_cell"), scores)


def test_inputs_are_left_as_they_were():
    kept = TABLE.copy()
    scores = rfm_scores(TABLE, nested=True)
    assert_frame_equal(TABLE, kept)
    assert TABLE.attrs == {}
    scored = scores.copy()
    band_sizes(scores), merge_cells(scores, smallest=9), segment_summary(rfm_segments(scores))
    assert_frame_equal(scores, scored)
    assert_frame_equal(scores[TABLE.columns], kept)


# --- the map -----------------------------------------------------------------------------------------


def all_codes(bands):
    r, f, m = bands
    codes = list(product(range(1, r + 1), range(1, f + 1), range(1, m + 1)))
    return pd.DataFrame(codes, columns=SCORES)


def test_every_one_of_the_125_codes_lies_in_exactly_one_segment():
    named = rfm_segments(all_codes((5, 5, 5)))["segment"]
    for (r, f, m), name in zip(product(range(1, 6), repeat=3), named, strict=True):
        fm = int((f + m) / 2 + 0.5)
        fits = [s.name for s in SEGMENTS if s.r[0] <= r <= s.r[1] and s.f[0] <= fm <= s.f[1]]
        assert fits == [name]
    assert set(named) == {s.name for s in SEGMENTS}
    assert len({s.name for s in SEGMENTS}) == len({s.zh for s in SEGMENTS}) == len(SEGMENTS) == 11


@pytest.mark.parametrize("bands", [*[(b, b, b) for b in range(2, 13)], (3, 5, 4), (10, 2, 7)])
def test_codes_of_other_bands_are_covered_too(bands):
    codes = all_codes(bands)
    named = rfm_segments(codes, bands=bands)["segment"]
    assert set(named) <= {s.name for s in SEGMENTS}
    corner = codes.eq(list(bands)).all(axis=1)
    assert named[corner].tolist() == ["Champions"]
    assert named.iloc[0] == "Lost"


def test_scores_of_other_bands_are_put_on_five():
    """1 + 4 (s - 1) / (b - 1), rounded half up, read off the recency side of the map."""
    for bands, expected in [(2, [1, 5]), (3, [1, 3, 5]), (4, [1, 2, 4, 5]), (9, [1, 2, 2, 3, 3, 4, 4, 5, 5])]:
        codes = pd.DataFrame({"r_score": range(1, bands + 1), "f_score": 1, "m_score": 1})
        named = rfm_segments(codes, bands=(bands, 5, 5))["segment"].tolist()
        assert named == [segment_map().loc[r, 1] for r in expected]


def test_the_map_is_a_full_grid_with_the_better_names_on_top():
    grid = segment_map()
    assert grid.index.tolist() == [5, 4, 3, 2, 1]
    assert grid.columns.tolist() == [1, 2, 3, 4, 5]
    assert (grid != "").all(axis=None)
    assert grid.loc[5, 5] == "Champions"
    assert grid.loc[1, 1] == "Lost"
    assert grid.loc[1, 5] == "Cannot lose"


def test_segments_remember_the_bands_of_the_scores():
    three = rfm_scores(TABLE, bands=3)
    assert three.attrs["rfm_bands"] == (3, 3, 3)
    best = three["rfm_code"] == "333"
    assert set(rfm_segments(three)["segment"][best]) == {"Champions"}
    assert set(rfm_segments(three[best])["segment"]) == {"Champions"}
    through_a_file = pd.DataFrame(three.to_dict("list"))
    assert_frame_equal(rfm_segments(through_a_file, bands=3), rfm_segments(three), check_dtype=False)


def test_segment_summary_by_hand():
    scores = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "recency_days": [10, 20, 300, 2],
            "n_orders": [1, 2, 8, 9],
            "revenue_eur": [10.0, 30.0, 40.0, 20.0],
            "segment": ["New", "New", "Cannot lose", "Champions"],
        }
    )
    summary = segment_summary(scores)
    assert summary["segment"].tolist() == [s.name for s in SEGMENTS]
    new = summary.set_index("segment").loc["New"]
    assert new.to_dict() == {
        "segment_zh": "新客户",
        "customers": 2,
        "share_of_customers": 0.5,
        "revenue_eur": 40.0,
        "share_of_revenue": 0.4,
        "median_recency_days": 15.0,
        "mean_n_orders": 1.5,
    }
    lost = summary.set_index("segment").loc["Lost"]
    assert lost["customers"] == 0
    assert np.isnan(lost["median_recency_days"])


# --- bad input ---------------------------------------------------------------------------------------

GOOD = table_of([(5, 1, 100), (9, 2, 300), (30, 1, 50)])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            GOOD.rename(columns={"recency_days": "recency"}),
            "table lacks the column 'recency_days'; "
            "it has 'customer_id', 'recency', 'n_orders', 'revenue_eur'. "
            'Hint: table.rename(columns={"recency": "recency_days"})',
        ),
        (
            GOOD.assign(revenue_eur=[1, np.nan, np.inf]),
            "table: 2 value(s) of 'revenue_eur' are missing or infinite; customers: 'C0001', 'C0002'. "
            "Hint: correct them, or take the rows out and say how many you took.",
        ),
        (
            GOOD.assign(recency_days=[5, -1, 30]),
            "table: 1 value(s) of 'recency_days' are negative; customers: 'C0001'. "
            "Hint: as_of must not lie before a purchase.",
        ),
        (
            GOOD.assign(n_orders=[-5, -1, 30]),
            "table: 2 value(s) of 'n_orders' are negative; customers: 'C0000', 'C0001'. "
            "Hint: count purchases, not refunds.",
        ),
        (
            GOOD.assign(customer_id=["a", "a", "b"]),
            "table: customer_id must be unique; 2 rows repeat one: 'a'. "
            "Hint: make one row per customer first, with rfm_table or customer_value.",
        ),
        (
            GOOD.head(0),
            "table has no rows; at least one customer is needed. Hint: look at as_of and at the filters.",
        ),
    ],
)
def test_tables_that_cannot_be_scored(table, message):
    with pytest.raises(DataError) as error:
        rfm_scores(table, bands=2)
    assert str(error.value) == message


@pytest.mark.parametrize("bands", [1, 0, 2.5, "5", (5, 5), (5, 5, 1), True, None])
def test_bands_that_are_none(bands):
    with pytest.raises(DataError) as error:
        rfm_scores(GOOD, bands=bands)
    assert str(error.value) == (
        f"bands must be a whole number of 2 or more, or three of them for R, F and M; found {bands!r}. "
        "Hint: bands=5 or bands=(5, 4, 3)."
    )


def test_more_bands_than_customers():
    with pytest.raises(DataError) as error:
        rfm_scores(GOOD)
    assert str(error.value) == (
        "bands is 5, but there are only 3 customers; at most 3 bands are allowed. Hint: bands=3."
    )


@pytest.mark.parametrize("weights", [(1, 1), (0, 0, 0), (1, -1, 1), (1, 1, float("nan")), "111", 1])
def test_weights_that_weigh_nothing(weights):
    with pytest.raises(DataError) as error:
        rfm_scores(GOOD, bands=2, weights=weights)
    assert str(error.value) == (
        f"weights must be three numbers of 0 or more for R, F and M, not all 0; found {weights!r}. "
        "Hint: weights=(1, 1, 1)."
    )


def test_scores_that_do_not_fit_their_bands():
    ten = pd.DataFrame({"r_score": [1, 10], "f_score": 3, "m_score": 3})
    with pytest.raises(DataError) as error:
        rfm_segments(ten)
    assert str(error.value) == (
        "r_score must be a whole number from 1 to 5; found 10 in 1 row(s). "
        "Hint: give the bands that rfm_scores was given, such as bands=10."
    )
    with pytest.raises(DataError) as error:
        bands_of(rfm_scores(GOOD, bands=2), 5)
    assert str(error.value) == (
        "bands must be what rfm_scores was given, (2, 2, 2); found 5. Hint: leave bands out here."
    )


@pytest.mark.parametrize("smallest", [0, 4, 1.5, None])
def test_cells_cannot_be_larger_than_the_table(smallest):
    with pytest.raises(DataError) as error:
        merge_cells(rfm_scores(GOOD, bands=2), smallest=smallest)
    assert str(error.value) == (
        f"smallest must be a whole number from 1 to 3, the number of customers; found {smallest!r}. "
        "Hint: smallest=1000 to measure response rates by mail."
    )


def test_segments_that_are_not_on_the_map():
    segmented = GOOD.assign(segment=["Lost", "VIP", "New"])
    with pytest.raises(DataError) as error:
        segment_summary(segmented)
    assert str(error.value) == (
        "segmented: the segment 'VIP' is not in SEGMENTS "
        "(Champions, Loyal, Potential loyalists, New, Promising, "
        "Need attention, About to sleep, At risk, Cannot lose, Hibernating, Lost). Hint: rfm_segments(scores)"
    )
