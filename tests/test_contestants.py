"""The contestants: what each says by hand, and that none of them can see past the starting line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.compare import accuracy, hit_rate, race_table, total_error
from crmlab.contestants import by_abc, by_btyd, by_recency, by_regression, by_rfm, by_status_quo
from crmlab.contracts import DataError

LATER = ["purchases_later", "active_later", "revenue_later_eur", "margin_later_eur"]


@pytest.fixture(scope="module")
def race() -> tuple[pd.DataFrame, pd.DataFrame]:
    orders = crm.make_retail(n_customers=1500, rng=5).orders
    table = race_table(orders, calibration_end="2023-12-31", as_of="2024-12-31")
    return table, race_table(orders, calibration_end="2023-01-01", as_of="2023-12-31")


def everybody(table: pd.DataFrame, practice: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "ABC": by_abc(table), "RFM": by_rfm(table), "recency": by_recency(table),
        "status quo": by_status_quo(table, weeks=52), "CLV": by_btyd(table, weeks=52),
        "regression": by_regression(table, training=practice, training_weeks=52, weeks=52),
    }  # fmt: skip


def test_none_looks_at_what_came_and_all_answer_in_the_same_columns(
    race: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    table, practice = race
    before = table.copy()
    whole, blind = everybody(table, practice), everybody(table.drop(columns=LATER), practice)
    for name, said in whole.items():
        pd.testing.assert_frame_equal(said, blind[name])
        assert said.columns.tolist()[:5] == ["score", "score_eur", "active", "purchases", "revenue_eur"]
        assert len(said) == len(table) and said[["score", "score_eur"]].notna().all().all()
    assert [n for n, s in whole.items() if s["active"].isna().all()] == ["ABC", "RFM"]
    assert [n for n, s in whole.items() if s["purchases"].isna().all()] == ["ABC", "RFM", "recency"]
    pd.testing.assert_frame_equal(table, before)


def test_the_order_of_rows_does_not_matter(race: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, practice = race
    order = np.random.default_rng(1).permutation(len(table))
    straight, mixed = everybody(table, practice), everybody(table.iloc[order], practice)
    for name, said in straight.items():
        np.testing.assert_allclose(mixed[name].sort_index()["score"], said["score"], rtol=1e-5, err_msg=name)


def test_all_beat_the_lot_and_the_models_come_near_the_total(race: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, practice = race
    for name, said in everybody(table, practice).items():
        assert hit_rate(said["score"], table["purchases_later"], top=0.2) > 0.4, name
        if name in ("CLV", "regression"):
            assert abs(total_error(said["purchases"], table["purchases_later"])) < 0.45, name


def test_cdnow() -> None:
    table = race_table(crm.load_cdnow(), calibration_end="1997-09-30", as_of="1998-06-30")
    recency, quo, clv = by_recency(table), by_status_quo(table, weeks=39), by_btyd(table, weeks=39)
    assert accuracy(recency["active"] > 0.5, table["active_later"]) == pytest.approx(0.771, abs=0.0006)
    assert accuracy(clv["active"] > 0.5, table["active_later"]) == pytest.approx(0.7798, abs=0.0006)
    # the statistic of the published comparisons, which answers "has not left":
    assert accuracy(clv["p_alive"] > 0.5, table["active_later"]) == pytest.approx(0.774, abs=0.0006)
    assert total_error(quo["purchases"], table["purchases_later"]) == pytest.approx(0.56, abs=0.005)
    assert total_error(clv["purchases"], table["purchases_later"]) == pytest.approx(
        1666 / 1882 - 1, abs=0.001
    )
    bg = by_btyd(table, weeks=39, model="bg_nbd")
    assert (bg.loc[table["frequency"] == 0, "p_alive"] == 1).all()
    assert accuracy(bg["p_alive"] > 0.5, table["active_later"]) == pytest.approx(0.339, abs=0.0006)
    assert accuracy(bg["active"] > 0.5, table["active_later"]) == pytest.approx(0.779, abs=0.0006)


@pytest.mark.parametrize("model", ["pareto_nbd", "mbg_nbd", "bg_nbd"])
def test_clv_is_asked_who_will_buy_not_who_has_left(
    model: str, race: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    table, _ = race
    said = by_btyd(table, weeks=52, model=model)
    assert (said["active"] == (said["p_buy"] > 0.5)).all()
    assert (said["p_buy"] <= said["p_alive"] + 1e-12).all()
    right = accuracy(said["active"] > 0.5, table["active_later"])
    assert right > accuracy(by_recency(table)["active"] > 0.5, table["active_later"]) + 0.02
    misread = accuracy(said["p_alive"] > 0.5, table["active_later"])
    assert right > misread + (0.0 if model == "mbg_nbd" else 0.05)
    assert said["p_buy"].mean() == pytest.approx(table["active_later"].mean(), abs=0.04)


def test_by_hand() -> None:
    table = pd.DataFrame({
        "customer_id": ["a", "b", "c"], "frequency": [4, 0, 1], "t_x": [18.0, 0.0, 2.0],
        "T": [20.0, 0.0, 40.0], "monetary_eur": [30.0, 0.0, 8.0], "recency_days": [14, 0, 266],
        "n_orders": [5, 1, 2],
        "revenue_eur": [150.0, 500.0, 16.0],
    })  # fmt: skip
    assert by_abc(table)["score"].tolist() == [150.0, 500.0, 16.0]
    assert by_recency(table, hiatus_weeks=2)["active"].tolist() == [0.0, 1.0, 0.0]  # two weeks or more
    quo = by_status_quo(table, weeks=10)
    assert quo["purchases"].tolist() == [2.0, 0.0, 0.25]  # joined today: no division by nothing
    assert quo["score_eur"].tolist() == quo["revenue_eur"].tolist() == [60.0, 0.0, 2.0]
    assert by_rfm(table, bands=3)["score"].round(2).tolist() == [2.33, 2.33, 1.33]


def test_forecasts_are_stretched_to_the_horizon(race: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, practice = race
    year, half = (
        by_regression(table, training=practice, training_weeks=52, weeks=w)["purchases"] for w in (52, 26)
    )
    np.testing.assert_allclose(year, 2 * half)


def test_misuse(race: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table, practice = race
    for call, words in (
        (
            lambda: by_recency(table, hiatus_weeks=0),
            "hiatus_weeks must be above 0; found 0. Half a year is 26.",
        ),
        (lambda: by_status_quo(table, weeks=-1), "weeks must be above 0; found -1."),
        (lambda: by_btyd(table, weeks=0), "weeks must be above 0; found 0."),
        (
            lambda: by_regression(
                table, training=practice.assign(active_later=False), training_weeks=52, weeks=52
            ),
            "training must hold customers who came later and others who did not.",
        ),
        (
            lambda: by_btyd(table.assign(frequency=0, t_x=0.0, monetary_eur=0.0), weeks=52),
            "summary: no customer has a repeat purchase, so neither buying nor leaving can be estimated. "
            "Hint: choose a later as_of, or a longer period.",
        ),
    ):  # fmt: skip
        with pytest.raises(DataError) as error:
            call()
        assert str(error.value) == words
