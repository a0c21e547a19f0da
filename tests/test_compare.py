"""The judges of a race: what was published on CDNOW, ties by brute force, and every misuse in words."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.compare import accuracy, hit_rate, race_table, top_chance, total_error
from crmlab.contracts import DataError

WEEKS = 39.0
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def cdnow() -> Tables:
    return {
        which: race_table(crm.load_cdnow(which), calibration_end="1997-09-30", as_of="1998-06-30")
        for which in ("sample", "master")
    }


@pytest.fixture(scope="module")
def forecasts(cdnow: Tables) -> dict[tuple[str, str], pd.DataFrame]:
    return {
        (which, model): crm.predict(crm.fit_btyd(table, model=model, starts=1), table, horizon=WEEKS)
        for which, table in cdnow.items()
        for model in ("bg_nbd", "mbg_nbd", "pareto_nbd")
    }


# ---- CDNOW: numbers computed apart, the literature's claims


def test_the_race_table_holds_the_published_counts(cdnow: Tables) -> None:
    sample = cdnow["sample"]
    assert len(sample) == 2357 and (sample["frequency"] == 0).sum() == 1411
    assert sample["frequency"].sum() == 2457 and sample["purchases_later"].sum() == 1882
    assert sample["active_later"].sum() == 684
    master = cdnow["master"]
    assert len(master) == 23570
    assert (master["frequency"].sum(), master["purchases_later"].sum()) == (24337, 19684)


@pytest.mark.parametrize(
    ("which", "hiatus", "nobody"), [("sample", 77.1, 71.0), ("master", 76.4, 70.1)], ids=["sample", "master"]
)
def test_the_hiatus_of_26_weeks(which: str, hiatus: float, nobody: float, cdnow: Tables) -> None:
    table = cdnow[which]
    assert 100 * accuracy(table["recency_days"] < 182, table["active_later"]) == pytest.approx(
        hiatus, abs=0.06
    )
    assert 100 * accuracy(np.zeros(len(table), dtype=bool), table["active_later"]) == pytest.approx(
        nobody, abs=0.06
    )


@pytest.mark.parametrize(
    ("which", "model", "right"),
    [
        ("sample", "pareto_nbd", 77.4), ("sample", "mbg_nbd", 77.5), ("sample", "bg_nbd", 33.9),
        ("master", "pareto_nbd", 77.2), ("master", "mbg_nbd", 77.3), ("master", "bg_nbd", 34.7),
    ],
)  # fmt: skip
def test_p_alive_above_one_half_the_misreading_in_print(
    which: str, model: str, right: float, cdnow: Tables, forecasts: dict[tuple[str, str], pd.DataFrame]
) -> None:
    said = forecasts[which, model]["p_alive"] > 0.5
    assert 100 * accuracy(said, cdnow[which]["active_later"]) == pytest.approx(right, abs=0.06)


def test_the_best_hiatus_in_hindsight(cdnow: Tables) -> None:
    for which, weeks, right in (("sample", 23, 78.2), ("master", 18, 77.8)):
        table = cdnow[which]
        rates = {w: accuracy(table["recency_days"] < 7 * w, table["active_later"]) for w in range(10, 35)}
        assert max(rates, key=lambda w: rates[w]) == weeks
        assert 100 * rates[weeks] == pytest.approx(right, abs=0.06)


# Figures of the independent run (equals in file order) and, beside them, with equals by lot.
@pytest.mark.parametrize(
    ("ranking", "share", "in_file_order", "by_lot"),
    [
        ("frequency", 0.1, 0.430, 0.455), ("frequency", 0.2, 0.529, 0.529),
        ("revenue_eur", 0.1, 0.400, 0.400), ("revenue_eur", 0.2, 0.480, 0.467),
        ("bg_nbd", 0.1, 0.472, 0.470), ("bg_nbd", 0.2, 0.548, 0.546),
        ("pareto_nbd", 0.1, 0.477, 0.474), ("pareto_nbd", 0.2, 0.554, 0.544),
    ],
)  # fmt: skip
def test_hit_rates_of_the_sample(
    ranking: str, share: float, in_file_order: float, by_lot: float, cdnow: Tables,
    forecasts: dict[tuple[str, str], pd.DataFrame],
) -> None:  # fmt: skip
    table = cdnow["sample"]
    key = ("sample", ranking)
    score = forecasts[key]["expected_purchases"] if key in forecasts else table[ranking]
    fair = hit_rate(score, table["purchases_later"], top=share)
    assert fair == pytest.approx(by_lot, abs=0.0006)
    assert fair == pytest.approx(in_file_order, abs=0.026)  # file order moves it by up to 2.5 points


def test_file_order_makes_rfm_win_and_the_lot_does_not(
    cdnow: Tables, forecasts: dict[tuple[str, str], pd.DataFrame]
) -> None:
    table = cdnow["sample"]
    fifths = sum(
        pd.qcut(column.rank(method="first"), 5, labels=False)
        for column in (-table["recency_days"], table["n_orders"], table["revenue_eur"])
    )
    bg = forecasts["sample", "bg_nbd"]["expected_purchases"]
    k, later = len(table) // 5, table["purchases_later"]

    def file_order(score: pd.Series) -> float:
        first = (np.argsort(-np.asarray(v, dtype=float), kind="stable")[:k] for v in (score, later))
        return len(np.intersect1d(*first)) / k

    assert file_order(fifths) > file_order(bg)
    assert hit_rate(fifths, later, top=0.2) < hit_rate(bg, later, top=0.2)


@pytest.mark.parametrize(
    ("which", "best", "others"), [("sample", 50.1, 12.5), ("master", 49.5, 12.4)], ids=["sample", "master"]
)
def test_misclassified_by_past_spend(which: str, best: float, others: float, cdnow: Tables) -> None:
    table = cdnow[which]
    k = len(table) // 5
    missed = 1 - hit_rate(table["revenue_eur"], table["revenue_later_eur"], top=0.2)
    assert 100 * missed == pytest.approx(best, abs=0.06)
    assert 100 * missed * k / (len(table) - k) == pytest.approx(others, abs=0.06)


def test_totals_of_the_sample(cdnow: Tables, forecasts: dict[tuple[str, str], pd.DataFrame]) -> None:
    table = cdnow["sample"]
    for model, total in (("pareto_nbd", 1666), ("bg_nbd", 1653), ("mbg_nbd", 1577)):
        forecast = forecasts["sample", model]["expected_purchases"]
        assert forecast.sum() == pytest.approx(total, abs=1)
        assert total_error(forecast, table["purchases_later"]) == pytest.approx(total / 1882 - 1, abs=0.001)
    rate = table["frequency"] / table["T"] * WEEKS
    assert rate.sum() == pytest.approx(2930, abs=1)
    assert total_error(rate, table["purchases_later"]) == pytest.approx(0.56, abs=0.005)
    tickets = (table["frequency"] + 1) / table["T"] * WEEKS
    assert total_error(tickets, table["purchases_later"]) == pytest.approx(2.07, abs=0.005)


# ---- ties


def brute_force(score: list[int], outcome: list[int], k: int) -> float:
    """Mean overlap over every order of equals, each of the two lists drawn apart."""

    def lists(values: list[int]) -> list[set[int]]:
        orders = itertools.permutations(range(len(values)))
        return [set(o[:k]) for o in orders if [values[i] for i in o] == sorted(values, reverse=True)]

    pairs = list(itertools.product(lists(score), lists(outcome)))
    return sum(len(a & b) for a, b in pairs) / len(pairs) / k


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_expectation_over_ties_is_that_of_all_orders(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 5))
    values = st.lists(st.integers(0, 2), min_size=n, max_size=n)
    score, outcome, k = data.draw(values), data.draw(values), data.draw(st.integers(1, n))
    assert hit_rate(score, outcome, top=k / n) == pytest.approx(brute_force(score, outcome, k))


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(-5, 5), min_size=1, max_size=60),
    top=st.floats(0.01, 1.0),
    seed=st.integers(0),
)
def test_chances_add_up_and_neither_rows_nor_units_matter(values: list[int], top: float, seed: int) -> None:
    score = np.array(values, dtype=float)
    chance = top_chance(score, top=top)
    assert chance.sum() == pytest.approx(max(1, int(top * len(score) + 1e-9)))
    assert ((chance >= 0) & (chance <= 1)).all()
    order = np.random.default_rng(seed).permutation(len(score))
    np.testing.assert_allclose(top_chance(score[order], top=top), chance[order])
    np.testing.assert_allclose(top_chance(3 * score + 7, top=top), chance)
    assert hit_rate(score, score[::-1], top=top) == pytest.approx(hit_rate(score[::-1], score, top=top))


def test_a_score_that_says_nothing_hits_as_often_as_the_lot() -> None:
    assert hit_rate(np.ones(50), np.arange(50), top=0.2) == pytest.approx(0.2)
    assert hit_rate(np.arange(50), np.arange(50), top=0.2) == 1.0
    assert hit_rate(np.arange(50), -np.arange(50), top=0.2) == 0.0


# ---- the race table


def log(*rows: tuple[str, str, float], margin: bool = False) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount_eur"])
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    return frame.assign(margin_eur=frame["amount_eur"] / 2) if margin else frame


def test_the_starting_line_belongs_to_the_past_and_later_joiners_do_not_race() -> None:
    orders = log(
        ("a", "2024-01-01", 10), ("a", "2024-01-31", 20), ("a", "2024-02-01", 5), ("a", "2024-02-01", 5),
        ("a", "2024-02-10", -5), ("b", "2024-01-31", 9), ("c", "2024-02-15", 50), margin=True,
    )  # fmt: skip
    before = orders.copy()
    table = race_table(orders, calibration_end="2024-01-31", as_of="2024-02-28").set_index("customer_id")
    assert table.index.tolist() == ["a", "b"]
    assert table["purchases_later"].tolist() == [1, 0]  # two orders of one day are one purchase
    assert table["active_later"].tolist() == [True, False]
    assert table["revenue_later_eur"].tolist() == [5.0, 0.0]
    assert table["margin_later_eur"].tolist() == [2.5, 0.0]
    assert table["n_orders"].tolist() == [2, 1] and table["recency_days"].tolist() == [0, 0]
    pd.testing.assert_frame_equal(orders, before)


def test_nothing_after_the_starting_line_changes_what_was_known() -> None:
    orders = crm.load_cdnow()
    torn = orders[orders["order_date"] <= "1997-09-30"].assign(margin_eur=1.0)
    known = [
        "customer_id",
        "frequency",
        "t_x",
        "T",
        "monetary_eur",
        "recency_days",
        "n_orders",
        "revenue_eur",
    ]
    whole = race_table(orders, calibration_end="1997-09-30", as_of="1998-06-30")
    blind = race_table(torn, calibration_end="1997-09-30", as_of="1998-06-30")
    pd.testing.assert_frame_equal(whole[known], blind[known])
    assert not blind["active_later"].any() and (blind["margin_later_eur"] == 0).all()


# ---- misuse, in words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: top_chance([1, 2], top=0),
            "top must be a share above 0, at most 1; found 0. The best fifth is 0.2.",
        ),
        (
            lambda: top_chance([1, 2], top=20),
            "top must be a share above 0, at most 1; found 20. The best fifth is 0.2.",
        ),
        (lambda: top_chance([], top=0.2), "values must hold one number per customer; found the shape (0,)."),
        (
            lambda: top_chance([1.0, np.nan], top=0.2),
            "values must be finite numbers; 1 of 2 are missing or infinite. "
            "Hint: a method that does not say cannot be judged here.",
        ),
        (lambda: hit_rate([1, 2], [1], top=1), "score and outcome must be equally long; found 2 and 1."),
        (lambda: accuracy([0.3], [True]), "said must hold True and False; found float64. Hint: said > 0.5"),
        (lambda: accuracy([True], [1]), "came must hold True and False; found int64. Hint: came > 0.5"),
        (lambda: accuracy([True], [True, False]), "said and came must be equally long; found 1 and 2."),
        (
            lambda: total_error([1.0], [0.0]),
            "outcome must add up to more than 0; found 0. Nothing came: no error in %.",
        ),
    ],
)  # fmt: skip
def test_misuse(call: object, words: str) -> None:
    with pytest.raises(DataError) as error:
        call()  # type: ignore[operator]
    assert str(error.value) == words
