"""Uplift: models recover a known effect, the Qini curve is what counting by hand gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def trial(n: int = 8000, seed: int = 2, share: float = 0.5) -> pd.DataFrame:
    """A trial in which the effect on staying is 0.2 x, with x uniform between -1 and 1."""
    rng = np.random.default_rng(seed)
    x, called = rng.uniform(-1, 1, n), rng.random(n) < share
    stayed = rng.random(n) < 0.7 + 0.2 * x * called
    table = pd.DataFrame({"x": x, "noise": rng.normal(size=n), "called": called, "stayed": stayed})
    return table.set_index(pd.Index([f"c{i:05d}" for i in range(n)], name="customer_id"))


SETTING: dict[str, Any] = {"features": ["x", "noise"], "treated": "called", "outcome": "stayed"}


@pytest.mark.parametrize("method", ["two models", "class transformation"])
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_the_effect_is_found(method: str, share: float) -> None:
    people = trial(share=share)
    score = crm.cross_uplift(people, **SETTING, method=method, rng=1)
    slope, level = np.polyfit(people["x"], score, 1)
    assert slope == pytest.approx(0.2, abs=0.06)
    assert level == pytest.approx(0, abs=0.04)
    fit = crm.fit_uplift(people, **SETTING, method=method)
    two = crm.uplift_scores(fit, pd.DataFrame({"x": [0.8, -0.8], "noise": 0.0}))
    assert two.tolist() == pytest.approx([0.16, -0.16], abs=0.07)


def test_the_order_of_rows_does_not_matter_and_the_table_is_not_changed() -> None:
    people = trial(600)
    before = people.copy()
    score = crm.cross_uplift(people, **SETTING, rng=4)
    turned = crm.cross_uplift(people.iloc[::-1], **SETTING, rng=4)
    pd.testing.assert_series_equal(score, turned.reindex(score.index))
    pd.testing.assert_frame_equal(people, before)
    one = crm.qini_curve(people.assign(u=score), score="u", treated="called", outcome="stayed", rng=4)
    other = crm.qini_curve(
        people.assign(u=score).iloc[::-1], score="u", treated="called", outcome="stayed", rng=4
    )
    pd.testing.assert_frame_equal(one, other)


def test_the_curve_is_what_counting_gives() -> None:
    people = trial(400).assign(u=lambda t: t["x"])
    curve = crm.qini_curve(people, score="u", treated="called", outcome="stayed", points=4)
    for share, gain in zip(curve["share"], curve["gain"], strict=True):
        top = people.nlargest(round(share * 400), "u")
        rate = top.groupby("called")["stayed"].mean() if len(top) else {True: 0, False: 0}
        assert gain == pytest.approx(len(top) * (rate[True] - rate[False]))
    assert curve["straight"].tolist() == pytest.approx((curve["share"] * curve["gain"].iloc[-1]).tolist())
    scaled = crm.qini_curve(
        people.assign(u=people["u"] * 9 + 3), score="u", treated="called", outcome="stayed", points=4
    )
    pd.testing.assert_frame_equal(curve, scaled)
    money = crm.qini_curve(
        people.assign(eur=people["stayed"] * 7.0), score="u", treated="called", outcome="eur", points=4
    )
    assert money["gain"].tolist() == pytest.approx((7 * curve["gain"]).tolist())


def test_equal_scores_make_a_straight_line() -> None:
    curve = crm.qini_curve(trial(400).assign(u=1.0), score="u", treated="called", outcome="stayed")
    assert curve["gain"].to_numpy() == pytest.approx(curve["straight"].to_numpy())
    assert crm.qini_coefficient(curve) == pytest.approx(0)


def test_a_good_order_lies_above_a_bad_one_and_the_area_is_known() -> None:
    people = trial(60_000)
    good = crm.qini_curve(people, score="x", treated="called", outcome="stayed", draws=20)
    bad = crm.qini_curve(
        people.assign(u=-people["x"]), score="u", treated="called", outcome="stayed", draws=20
    )
    # best first, the mean effect among the top p is 0.2 (1 - p): gain p 0.2 (1 - p), area 0.2 / 6
    assert crm.qini_coefficient(good) == pytest.approx(0.2 / 6, abs=0.006)
    assert crm.qini_coefficient(bad) == pytest.approx(-0.2 / 6, abs=0.006)
    assert (good["low"] <= good["gain"] + 1e-9).mean() > 0.9


def test_the_interval_holds_the_truth() -> None:
    held = 0
    for seed in range(60):
        people = trial(1000, seed=seed)
        curve = crm.qini_curve(people, score="x", treated="called", outcome="stayed", points=2, rng=seed)
        held += curve["low"].iloc[1] <= 1000 * 0.05 <= curve["high"].iloc[1]
    assert held >= 52


def test_bad_input_is_named() -> None:
    people = trial(100)
    assert message(lambda: crm.fit_uplift(people, **SETTING, method="forest")) == (
        "method must be one of two models, class transformation; found 'forest'."
    )
    assert message(lambda: crm.fit_uplift(people.assign(stayed=True), **SETTING)) == (
        f"among the treated ({int(people['called'].sum())} people) 'stayed' does not differ, so nothing can be "
        "learned. Hint: a longer time after the treatment, or more people."
    )
    assert message(lambda: crm.cross_uplift(people, **SETTING, folds=1)) == (
        "folds must be a whole number from 2 to 20; found 1."
    )
    assert message(
        lambda: crm.qini_curve(people, score="x", treated="called", outcome="stayed", draws=1)
    ) == ("draws must be a whole number from 20 to 10,000; found 1.")
    assert (
        message(
            lambda: crm.qini_curve(people.assign(called=True), score="x", treated="called", outcome="stayed")
        )
        == "people must hold treated and others, without missing values; found 100 treated of 100."
    )
