"""Two whales, fit and potential, lift, the spiral; five actions and their values; the pictures."""

from __future__ import annotations

import itertools
import re

import matplotlib
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from crmlab.actions import ORDER, action_draws, action_effects, action_values
from crmlab.contracts import DataError
from crmlab.pareto import concentration, whale_curve, whale_summary
from crmlab.plots.selection import plot_lift, plot_spiral, plot_waterfall
from crmlab.selection import death_spiral, fit_potential, lift_table, sherden_customers

rng = np.random.default_rng(3)
FOUR = pd.DataFrame(
    {
        "customer_id": list("abcd"), "margin_eur": [100.0, 0.0, 40.0, -10.0],
        "contact_eur": [150.0, 10.0, 5.0, 60.0], "cost_eur": [160.0, 16.0, 50.0, 60.0],
    }
)  # fmt: skip


# ------------------------------------------------------------------ Sherden


@pytest.mark.parametrize(
    ("reading", "top", "bottom"), [("half of the 80", 80 / 60, -40 / 60), ("half of all", 80 / 50, -1.0)]
)
def test_each_world_meets_its_reading(reading: str, top: float, bottom: float) -> None:
    made = sherden_customers(reading)
    summary = whale_summary(whale_curve(made))
    best_first = made["profit_eur"].sort_values(ascending=False).to_numpy()
    assert summary["top_20_share"] == pytest.approx(top, abs=0.02)
    assert best_first[-1500:].sum() / best_first.sum() == pytest.approx(bottom, abs=0.02)
    assert summary["unprofitable_share"] == pytest.approx(0.30, abs=0.01)
    assert concentration(made["margin_eur"]) == pytest.approx(0.67, abs=0.005)
    np.testing.assert_allclose(made["margin_eur"] - made["cost_eur"], made["profit_eur"])


def test_the_headline_does_not_wobble_with_the_size() -> None:
    tops = [whale_summary(whale_curve(sherden_customers("half of the 80", n_customers=n)))["top_20_share"]
            for n in (2000, 5000, 5001, 20_000)]  # fmt: skip
    assert max(tops) - min(tops) < 0.03
    assert_frame_equal(sherden_customers("half of all"), sherden_customers("half of all"))


# ------------------------------------------------------------------ fit and potential


def test_the_rules_cover_every_case_once() -> None:
    cases = list(itertools.product([-5.0, 0.0, 10.0], [0.0, 5.0, 9.0], [0, 1, 2], [0, 1, 2]))
    table = pd.DataFrame(
        cases, columns=["margin_eur", "activity_cost_eur", "recent_orders", "earlier_orders"]
    )
    table.insert(0, "customer_id", [f"C{i}" for i in range(len(table))])
    out = fit_potential(table)
    assert out["choice"].notna().all() and len(out) == len(table)
    assert out.groupby(["fit", "potential"])["choice"].nunique().tolist() == [1] * 4
    assert out["choice"].nunique() == 4
    edge = out[(out["margin_eur"] == 10) & (out["activity_cost_eur"] == 5)]
    assert set(edge["fit"]) == {"good"}  # half of the margin is still a good fit
    assert set(out.loc[out["margin_eur"] <= 0, "fit"]) == {"poor"}
    assert set(out.loc[out["recent_orders"] == out["earlier_orders"], "potential"]) == {"low"}


# ------------------------------------------------------------------ lift


def test_lift_by_hand() -> None:
    table = pd.DataFrame({"score": [5, 4, 3, 2, 1], "loyal": [1, 1, 0, 0, 0]})
    row = lift_table(table, score="score", outcome="loyal", tops=(0.4, 1.0))
    assert row["lift"].tolist() == [2.5, 1.0]
    assert row["prospects"].tolist() == [2, 5]
    assert row["base_rate"].tolist() == [0.4, 0.4]
    assert (row["rate_low"] <= row["rate"]).all() and (row["rate"] <= row["rate_high"]).all()


def test_equal_scores_share_their_places() -> None:
    table = pd.DataFrame({"score": 1.0, "loyal": rng.random(400) < 0.3})
    assert lift_table(table, score="score", outcome="loyal")["lift"].to_numpy() == pytest.approx(1.0)
    mixed = pd.DataFrame({"score": rng.integers(0, 4, 400), "loyal": rng.random(400) < 0.3})
    one = lift_table(mixed, score="score", outcome="loyal")
    assert_frame_equal(one, lift_table(mixed.sample(frac=1, random_state=1), score="score", outcome="loyal"))
    assert_frame_equal(
        one, lift_table(mixed.assign(score=mixed["score"] * 9 - 4), score="score", outcome="loyal")
    )


# ------------------------------------------------------------------ the spiral


def test_spiral_without_fixed_cost_ends_the_losers_only() -> None:
    table = pd.DataFrame({"customer_id": list("abc"), "profit_eur": [5.0, -2.0, 0.0]})
    rounds = death_spiral(table, fixed_cost_eur=0)
    assert rounds["customers"].tolist() == [3, 2]
    assert rounds["firm_profit_eur"].tolist() == [3.0, 5.0]


def test_spiral_can_eat_the_whole_firm() -> None:
    table = pd.DataFrame({"customer_id": list("abcd"), "profit_eur": [40.0, 30.0, 20.0, 10.0]})
    rounds = death_spiral(table, fixed_cost_eur=95)
    assert rounds["customers"].tolist() == [4, 2, 0]
    assert rounds["ended"].tolist() == [2, 2, 0]
    assert rounds["firm_profit_eur"].tolist() == [5.0, -25.0, -95.0]
    assert_frame_equal(rounds, death_spiral(table.iloc[::-1], fixed_cost_eur=95))


# ------------------------------------------------------------------ actions


def test_the_five_actions_are_in_order_and_harder_ones_lose_more() -> None:
    effects = action_effects()
    assert tuple(effects["action"]) == ORDER
    assert effects["leave_high"].is_monotonic_increasing
    effects.loc[0, "leave_high"] = 0.5
    assert action_effects().loc[0, "leave_high"] == 0  # a fresh table each time


def test_values_by_hand() -> None:
    value = action_values(FOUR, linked_profit_eur=50.0)
    a = value.iloc[0]
    assert a["reassess"] == pytest.approx(0.7 * 0.125 * 150 - 5.5)
    assert a["educate"] == pytest.approx(0.7 * (0.04 * 160 + 0.96 * 0.45 * 150) - 0.04 * 100 - 7)
    assert a["renegotiate"] == pytest.approx(0.7 * (0.10 * 160 + 0.90 * 0.35 * 160) - 0.10 * 100 - 14)
    assert a["migrate"] == pytest.approx(0.7 * (0.125 * 160 + 0.875 * 0.7 * 150) - 0.125 * 100 - 10)
    assert a["end"] == pytest.approx(0.7 * 160 - 100 - 5.5 - 12 * 0.00175 * 50)
    columns = value[list(ORDER)]
    assert value["best_eur"].tolist() == pytest.approx(columns.max(axis=1).clip(lower=0).tolist())
    named = [r[r["best_action"]] if r["best_action"] != "nothing" else 0 for _, r in value.iterrows()]
    assert named == pytest.approx(value["best_eur"].tolist())


def test_nothing_avoidable_means_do_nothing() -> None:
    value = action_values(FOUR.assign(margin_eur=10.0), avoidable_share=0.0)
    assert set(value["best_action"]) == {"nothing"}
    assert (value["best_eur"] == 0).all()


def test_the_mean_of_the_draws_is_the_expected_value() -> None:
    many = pd.concat([FOUR] * 200, ignore_index=True).assign(customer_id=[f"C{i}" for i in range(800)])
    value = action_values(many, linked_profit_eur=20.0)
    drawn = action_draws(many, value["best_action"], linked_profit_eur=20.0, draws=3000, rng=1)
    for name in ORDER:
        error = drawn[name].std() / np.sqrt(len(drawn))
        assert drawn[name].mean() == pytest.approx(value[name].sum(), abs=4 * error)
    assert drawn["plan"].mean() == pytest.approx(
        value["best_eur"].sum(), abs=4 * drawn["plan"].std() / np.sqrt(len(drawn))
    )
    assert set(drawn["best_blanket"]) <= {*ORDER, "nothing"}
    again = action_draws(many, value["best_action"], linked_profit_eur=20.0, draws=3000, rng=1)
    assert_frame_equal(drawn, again)


def test_a_plan_of_one_action_is_the_blanket_action() -> None:
    drawn = action_draws(FOUR, pd.Series(["migrate"] * 4), draws=50, rng=2)
    np.testing.assert_allclose(drawn["plan"], drawn["migrate"])
    idle = action_draws(FOUR, pd.Series(["nothing"] * 4), draws=50, rng=2)
    assert (idle["plan"] == 0).all()


EFFECTS = action_effects()
TABLE = pd.DataFrame({"score": [1.0], "loyal": [True]})
ONE = pd.DataFrame({"customer_id": ["a"], "profit_eur": [1.0]})
JUDGED = pd.DataFrame({"customer_id": ["a"], "margin_eur": [1.0], "activity_cost_eur": [1.0],
                       "recent_orders": [1], "earlier_orders": [1]})  # fmt: skip
BAD = [
    (
        lambda: sherden_customers("half"),
        "reading must be one of 'half of the 80', 'half of all'; found 'half'.",
    ),
    (
        lambda: sherden_customers("half of all", n_customers=50),
        "n_customers must be a whole number from 200 to 1,000,000; found 50.",
    ),
    (lambda: fit_potential(JUDGED, cost_ratio=2), "cost_ratio must be between 0 and 1; found 2."),
    (
        lambda: lift_table(TABLE.assign(loyal=False), score="score", outcome="loyal"),
        "nobody has the outcome 'loyal': there is no base rate to compare with.",
    ),
    (
        lambda: lift_table(TABLE, score="score", outcome="loyal", tops=(0,)),
        "tops must be shares above 0 and at most 1; found (0,).",
    ),
    (lambda: death_spiral(ONE, fixed_cost_eur=-1), "fixed_cost_eur must be 0 or more; found -1."),
    (lambda: action_values(FOUR, avoidable_share=2), "avoidable_share must be between 0 and 1; found 2."),
    (lambda: action_values(FOUR, linked_profit_eur=-1), "linked_profit_eur must be 0 or more; found -1."),
    (
        lambda: action_values(FOUR.iloc[:0]),
        "customers must have rows, and margin_eur, contact_eur and cost_eur in each of them.",
    ),
    (
        lambda: action_values(FOUR, effects=EFFECTS.assign(leave_low=0.9)),
        "effects: leave_low of 'reassess' must be 0 or more and at most leave_high, which is at most 1.",
    ),
    (
        lambda: action_draws(FOUR, pd.Series(["sue"] * 4), rng=1),
        "plan must name one of reassess, educate, renegotiate, migrate, end or nothing for each of the "
        "customers.",
    ),
    (
        lambda: action_draws(FOUR, pd.Series(["end"] * 4), draws=1, rng=1),
        "draws must be a whole number from 10 to 20,000; found 1.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m[:25] for _, m in BAD])
def test_bad_input(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        call()


def test_inputs_stay_as_they_are() -> None:
    before = FOUR.copy()
    action_values(FOUR)
    action_draws(FOUR, pd.Series(["end"] * 4), draws=10, rng=1)
    assert_frame_equal(FOUR, before)


# ------------------------------------------------------------------ pictures

STEPS = pd.DataFrame({"step": ["sales", "goods", "gift", "profit"], "amount_eur": [100.0, -70.0, 5.0, 35.0],
                      "is_total": [True, False, False, True]})  # fmt: skip
LIFTS = pd.DataFrame({"model": ["a", "a", "b", "b"], "top": [0.1, 0.2] * 2, "lift": [2.0, 1.5, 1.1, 1.0],
                      "lift_low": [1.5, 1.2, 0.9, 0.9], "lift_high": [2.5, 1.8, 1.3, 1.1]})  # fmt: skip
ROUNDS = pd.DataFrame({"round": [0, 1, 2], "customers": [9, 4, 0], "firm_profit_eur": [20.0, 5.0, -30.0]})


@pytest.fixture(autouse=True)
def _close():  # type: ignore[no-untyped-def]
    yield
    plt.close("all")


def test_waterfall_hangs_each_change_where_the_last_one_ended() -> None:
    ax = plot_waterfall(STEPS, unit="USD")
    boxes = [(p.get_y(), p.get_height()) for p in ax.patches]
    assert boxes == [(0.0, 100.0), (100.0, -70.0), (30.0, 5.0), (0.0, 35.0)]
    assert [t.get_text() for t in ax.texts] == ["100", "−70", "+5", "35"]
    assert [t.get_text() for t in ax.get_xticklabels()] == STEPS["step"].tolist()
    assert ax.get_ylabel() == "Amount (USD)"
    assert ax.patches[1].get_hatch() and not ax.patches[0].get_hatch()


def test_lift_draws_each_list_with_its_interval() -> None:
    ax = plot_lift(LIFTS)
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(lines["a"].get_ydata(), [2.0, 1.5])
    np.testing.assert_allclose(lines["b"].get_ydata(), [1.1, 1.0])
    assert lines["a"].get_marker() != lines["b"].get_marker()
    assert ax.get_xlabel() == "Best-scored prospects addressed (% of the list)"
    assert len(ax.collections) == 2
    one_top = plot_lift(LIFTS[LIFTS["top"] == 0.1])
    assert len(one_top.get_xticks()) == 1


def test_spiral_draws_profit_and_names_the_customers_left() -> None:
    ax = plot_spiral(ROUNDS)
    assert [p.get_height() for p in ax.patches] == [20.0, 5.0, -30.0]
    assert [t.get_text() for t in ax.texts] == ["9", "4", "0"]
    assert [bool(p.get_hatch()) for p in ax.patches] == [False, False, True]
    assert ax.get_ylabel() == "Profit of the firm (EUR a year)"


@pytest.mark.parametrize(
    ("plot", "table"), [(plot_waterfall, STEPS), (plot_lift, LIFTS), (plot_spiral, ROUNDS)]
)
def test_a_plot_draws_where_told_and_changes_nothing(plot, table: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    fig, (one, other) = plt.subplots(1, 2)
    before = table.copy()
    assert plot(table, ax=one) is one
    assert not other.has_data()
    assert_frame_equal(table, before)
    fig.canvas.draw()
    with pytest.raises(DataError, match="lacks the column"):
        plot(table.drop(columns=table.columns[-1]))
    with pytest.raises(DataError, match="no rows"):
        plot(table.iloc[:0])


def test_more_than_four_lists_are_refused() -> None:
    many = pd.concat([LIFTS.assign(model=str(k)) for k in range(5)])
    with pytest.raises(DataError, match=r"^model must have at most 4 values; it has 5\.$"):
        plot_lift(many)
