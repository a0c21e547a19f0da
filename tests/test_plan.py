"""The customer plan: values on any log, groups, budget, doubt, replays, scorecard, the page and its pictures."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError
from crmlab.customer_own import own_ratios
from crmlab.plan_actions import GROUPS
from crmlab.plan_scorecard import MEASURES


def log_of(ids: Any, days: Any, amounts: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": np.asarray(ids, dtype=object),
            "order_date": pd.to_datetime("2024-01-01") + pd.to_timedelta(np.asarray(days), unit="D"),
            "amount_eur": np.asarray(amounts, dtype=float),
        }
    )


@pytest.fixture(scope="module")
def world() -> Any:
    return crm.make_retail(n_customers=1500, rng=4)


@pytest.fixture(scope="module")
def outlook(world: Any) -> Any:
    service = crm.service_cost(world.contacts, world.returns, as_of="2023-12-31")
    return crm.customer_outlook(world.orders, as_of="2023-12-31", service=service)


@pytest.fixture(scope="module")
def plan(outlook: Any) -> pd.DataFrame:
    return crm.plan_customers(crm.plan_groups(outlook.table, key_places=20), budget_eur=400)


@pytest.fixture(autouse=True)
def _close_figures() -> Any:
    yield
    plt.close("all")


# ---------------------------------------------------------------- what customers are worth


def test_the_values_are_those_of_the_clv_model(world: Any, outlook: Any) -> None:
    summary = crm.btyd_summary(world.orders, as_of="2023-12-31", unit="week")
    fit, spend = crm.fit_btyd(summary, model="pareto_nbd"), crm.fit_spend(summary)
    theirs = crm.clv(fit, spend, summary, margin_rate=outlook.margin_share, as_of="2023-12-31")
    own = outlook.shares / outlook.margin_share
    np.testing.assert_allclose(outlook.table["value_eur"], theirs["clv_eur"] * own, rtol=1e-3)
    np.testing.assert_allclose(outlook.table["p_alive"], theirs["p_alive"], rtol=1e-3, atol=1e-6)
    rfm = crm.rfm_table(world.orders, as_of="2023-12-31")
    assert outlook.table["past_margin_eur"].tolist() == rfm["margin_eur"].tolist()


def test_the_forecast_lies_near_the_truth(world: Any, outlook: Any) -> None:
    truth = crm.true_value(world.truth, start="2024-01-01", end="2024-12-31").set_index("customer_id")
    truth = truth.loc[outlook.table["customer_id"]]
    assert outlook.table["value_eur"].sum() == pytest.approx(truth["expected_margin_eur"].sum(), rel=0.25)
    assert outlook.table["service_eur"].sum() == pytest.approx(truth["expected_service_eur"].sum(), rel=0.2)
    rank = outlook.table["value_eur"].corr(
        truth["expected_margin_eur"].reset_index(drop=True), method="spearman"
    )
    assert rank > 0.5


def test_draws_agree_with_the_expectation_and_doubt_adds_up(outlook: Any) -> None:
    label = pd.Series("all", index=outlook.table.index)
    found = {
        w: crm.outlook_draws(outlook, label, draws=100, what=w, rng=1)
        for w in ("parameters", "outcomes", "both")
    }
    expected = outlook.table["value_eur"].sum()
    spread = {w: t["margin_eur"].std() for w, t in found.items()}
    assert found["outcomes"]["margin_eur"].mean() == pytest.approx(expected, rel=0.04)
    assert found["outcomes"]["service_eur"].mean() == pytest.approx(
        outlook.table["service_eur"].sum(), rel=0.04
    )
    assert found["outcomes"]["lost"].mean() == pytest.approx((1 - outlook.table["p_alive"]).sum(), rel=0.02)
    assert found["outcomes"]["order_margin_eur"].mean() == pytest.approx(
        outlook.table["order_margin_eur"].sum(), rel=0.04
    )
    assert spread["both"] > 0.9 * max(spread["parameters"], spread["outcomes"])
    assert spread["both"] == pytest.approx(np.hypot(spread["parameters"], spread["outcomes"]), rel=0.3)


@pytest.mark.parametrize("model", ["mbg_nbd", "bg_nbd"])
def test_the_other_models_simulate_their_own_expectation(world: Any, model: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("crmlab.customer_plan.MODELS", (model,))
    other = crm.customer_outlook(world.orders, as_of="2023-12-31")
    label = pd.Series("all", index=other.table.index)
    draws = crm.outlook_draws(other, label, draws=80, what="outcomes", rng=2)
    assert other.fit is not None and other.fit.model == model
    assert draws["margin_eur"].mean() == pytest.approx(other.table["value_eur"].sum(), rel=0.05)


def test_sums_by_group_are_sums_and_rows_may_stand_in_any_order(world: Any, outlook: Any) -> None:
    label = pd.Series(np.where(outlook.table["p_alive"] > 0.5, "in", "out"))
    parts = crm.outlook_draws(outlook, label, draws=20, rng=3)
    whole = crm.outlook_draws(outlook, label.map(lambda _: "all"), draws=20, rng=3)
    assert parts.groupby("draw")["margin_eur"].sum().tolist() == pytest.approx(whole["margin_eur"].tolist())
    mixed = world.orders.sample(frac=1, random_state=5)
    kept = mixed.copy()
    again = crm.customer_outlook(mixed, as_of="2023-12-31")
    pd.testing.assert_frame_equal(mixed, kept)
    assert again.table["value_eur"].tolist() == pytest.approx(outlook.table["value_eur"].tolist(), rel=1e-9)


def test_each_customer_has_a_margin_of_their_own(world: Any) -> None:
    """Half of the customers keep 60 % of the money, half 5 %: what is expected of each half comes."""
    rich = world.orders["customer_id"].str[-1].isin(list("02468"))
    log = world.orders.assign(margin_eur=world.orders["amount_eur"] * np.where(rich, 0.6, 0.05))
    found = crm.customer_outlook(log, as_of="2023-12-31", horizon_months=6, discount_rate_annual=0.0)
    mine = found.table["customer_id"].str[-1].isin(list("02468"))
    later = log[(log["order_date"] > "2023-12-31") & (log["order_date"] <= "2024-06-30")]
    later = later[later["customer_id"].isin(found.table["customer_id"])]
    draws = crm.outlook_draws(found, mine.map({True: "rich", False: "poor"}), draws=60, rng=1)
    means = draws.groupby("group")["margin_eur"].mean()
    for half, name in ((True, "rich"), (False, "poor")):
        said = found.table.loc[mine == half, "value_eur"].sum()
        came = later.loc[later["customer_id"].str[-1].isin(list("02468")) == half, "margin_eur"].sum()
        assert said == pytest.approx(came, rel=0.35) and means[name] == pytest.approx(said, rel=0.06)


def test_own_ratios_agree_with_the_shares_drawn_and_trust_chance_not_at_all() -> None:
    random = np.random.default_rng(6)
    who, true = np.repeat(np.arange(3000), 5), random.normal(0.4, 0.1, 3000)
    weight = random.gamma(3, 10, 15_000)
    found, firm = own_ratios(who, weight * random.normal(true[who], 0.15), weight, 3000)
    trust = 0.1**2 / (0.1**2 + 0.15**2 * 0.266)  # five gamma(3) orders weigh like 1 / 0.266 equal ones
    assert firm == pytest.approx(0.4, abs=0.01)
    assert np.polyfit(true, found, 1)[0] == pytest.approx(trust, abs=0.06)
    alike, _ = own_ratios(who, weight * random.normal(0.4, 0.15, 15_000), weight, 3000)
    assert alike.std() < 0.02
    assert own_ratios(np.array([0, 0]), np.zeros(2), np.zeros(2), 2)[0].tolist() == [0.0, 0.0]


def test_refunds_without_a_purchase_change_nothing(world: Any, outlook: Any) -> None:
    strangers = world.orders.iloc[:50].assign(
        customer_id="Z", amount_eur=-500.0, margin_eur=-200.0, order_date=pd.Timestamp("2023-11-01")
    )
    mixed = pd.concat([world.orders, strangers])
    again = crm.customer_outlook(mixed, as_of="2023-12-31")
    assert again.margin_share == pytest.approx(outlook.margin_share)
    assert again.table["value_eur"].tolist() == pytest.approx(outlook.table["value_eur"].tolist())
    for measure in (
        crm.scorecard_history,
        lambda log, as_of: crm.scorecard_alarms(log, as_of=as_of, draws=20),
    ):
        pd.testing.assert_frame_equal(
            measure(mixed, as_of="2023-12-31"), measure(world.orders, as_of="2023-12-31")
        )


def test_a_firm_that_loses_on_every_order_is_told_so(world: Any) -> None:
    log = world.orders.assign(margin_eur=-0.2 * world.orders["amount_eur"])
    found = crm.customer_outlook(log, as_of="2023-12-31")
    assert found.margin_share < 0 and found.table["value_eur"].sum() < -1000
    assert crm.outlook_draws(found, found.table["customer_id"] * 0, draws=20)["margin_eur"].max() < 0


IDS = [f"c{i}" for i in range(20)]
G = np.random.default_rng(0)
ODD = {
    "all once": (log_of(IDS, G.integers(0, 200, 20), G.gamma(2, 20, 20)), "2024-07-30", "rates"),
    "two days": (log_of(IDS, G.integers(0, 2, 20), G.gamma(2, 20, 20)), "2024-01-02", "none"),
    "one day": (log_of(IDS, np.zeros(20, int), G.gamma(2, 20, 20)), "2024-01-01", "none"),
    "one customer": (log_of(["a"], [0], [10]), "2024-01-01", "none"),
    "all sent back": (log_of(IDS * 2, [0] * 20 + [30] * 20, [50.0] * 20 + [-50.0] * 20), "2024-03-01", "rates"),
    "all for nothing": (log_of(IDS, G.integers(0, 200, 20), np.zeros(20)), "2024-07-30", "rates"),
    "one huge order": (log_of(np.repeat(IDS, 5), G.integers(0, 300, 100), [*G.gamma(2, 20, 99), 8e11]), "2024-11-01", "rates"),
    "all alike": (log_of(np.repeat(IDS, 5), np.tile([0, 30, 60, 90, 120], 20), np.full(100, 10.0)), "2024-05-20", "rates"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_any_log_gets_a_plan_or_a_sentence(name: str) -> None:
    log, day, method = ODD[name]
    found = crm.customer_outlook(log, as_of=day, horizon_months=np.int64(1))
    assert found.method == method and found.message.endswith(".")
    longer = crm.customer_outlook(log, as_of=day, horizon_months=12)
    assert longer.method == "none" and (longer.table["value_eur"] == 0).all()  # no log here has a year
    known = (pd.Timestamp(day) - log["order_date"].min()).days + 1
    assert (f"horizon_months={known // 31}." in longer.message) == (known >= 31)  # the cure, if there is one
    assert np.isfinite(found.table.select_dtypes("number").to_numpy()).all()
    made = crm.plan_customers(crm.plan_groups(found.table), budget_eur=200)
    assert made.loc[made["chosen"], "cost_eur"].sum() <= 200
    for what in ("all", "customers", "effects"):
        assert np.isfinite(crm.plan_draws(made, found, draws=20, what=what).to_numpy()).all()
    history = crm.scorecard_history(log, as_of=day, window_days=30)
    assert list(history) == ["review", *MEASURES]
    replay = crm.replay_forecasts(log, cut_offs=[day], days=30, until="2024-12-31", draws=20)
    assert replay["method"].tolist() == [method] and 0.2 <= crm.learned_factor(replay) <= 5


def test_rates_of_customers_who_do_not_differ_are_the_pooled_rate() -> None:
    log, day, _ = ODD["all once"]
    found = crm.customer_outlook(log, as_of=day, horizon_months=6, discount_rate_annual=0.0)
    weeks = ((pd.Timestamp(day) - log["order_date"]).dt.days / 7).sum()
    assert found.table["expected_orders"].iloc[0] == pytest.approx(0.5 / weeks * found.weeks)


def test_without_a_model_each_one_is_valued_by_their_own_record() -> None:
    """Thirty people bought on the same 91 days, for 10 to 39 a day: the best is who pays most, not 'E0'."""
    ids, days = [f"E{i}" for i in range(30)], np.repeat(np.arange(91), 30)
    log = log_of(ids * 91, days, list(range(10, 40)) * 91)
    found = crm.customer_outlook(log, as_of="2024-03-31", horizon_months=2)
    assert found.method == "rates" and "upper figure" in found.message
    assert found.table.nlargest(2, "value_eur")["customer_id"].tolist() == ["E29", "E28"]
    few = log_of(["a"] * 2 + ["b"] * 12 + ["c"], [0, 90, *range(0, 96, 8), 40], [20.0] * 15)
    rates = crm.customer_outlook(few, as_of="2024-04-10", horizon_months=3).table.set_index("customer_id")
    assert rates.loc["b", "expected_orders"] > 2 * rates.loc["a", "expected_orders"]


# ---------------------------------------------------------------- groups and budget


def test_equal_values_go_by_past_margin_and_gifts_are_no_refunds() -> None:
    table = pd.DataFrame(
        {"customer_id": list("abc"), "n_orders": 4, "p_alive": 0.9, "value_eur": 5.0, "profit_eur": 5.0,
         "past_margin_eur": [1.0, 9.0, 0.0], "spent_eur": [9.0, 9.0, 0.0]}
    )  # fmt: skip
    made = crm.plan_groups(table, key_places=1)
    assert made["value_rank"].tolist() == [2, 1, 3] and made["group"].tolist() == ["as now", "care", "as now"]
    sent_back = crm.plan_groups(table.assign(spent_eur=9.0), key_places=1)
    assert sent_back["group"].tolist() == ["as now", "care", "serve differently"]


def test_everybody_is_in_one_group_and_each_rule_decides(plan: pd.DataFrame) -> None:
    assert set(plan["group"]) <= set(GROUPS) and plan["group"].notna().all()
    assert (plan.loc[plan["group"] == "win back", "p_alive"] < 0.25).all()
    assert plan.loc[plan["group"] == "keep", "p_alive"].between(0.25, 0.6).all()
    assert (plan.loc[plan["group"] == "care", "value_rank"] <= 20).all()
    assert (plan["grade"] == "key").sum() == 20
    assert (plan.loc[plan["group"] == "second order", "n_orders"] == 1).all()
    losing = plan["group"] == "serve differently"
    assert ((plan.loc[losing, "profit_eur"] < -25) | (plan.loc[losing, "past_margin_eur"] <= 0)).all()


def test_the_budget_is_spent_best_first_and_never_exceeded(plan: pd.DataFrame) -> None:
    chosen = plan[plan["chosen"]]
    assert chosen["cost_eur"].sum() <= 400 and (chosen["net_eur"] > 0).all()
    ratio = plan["gain_eur"] / plan["cost_eur"]
    left = plan[(plan["queue"] > 0) & ~plan["chosen"]]
    assert ratio[chosen.index].min() >= ratio[left.index].max() - 1e-9
    assert plan["queue"].max() == (plan["queue"] > 0).sum()
    rest = 400 - chosen["cost_eur"].sum()
    assert left.sort_values("queue")["cost_eur"].iloc[0] > rest


def test_the_split_is_as_good_as_the_linear_programme(plan: pd.DataFrame) -> None:
    from scipy.optimize import linprog

    can = plan[plan["queue"] > 0]
    best = linprog(-can["net_eur"], A_ub=[can["cost_eur"]], b_ub=[400], bounds=(0, 1), method="highs")
    ours = plan.loc[plan["chosen"], "net_eur"].sum()
    assert -best.fun - can["net_eur"].max() <= ours <= -best.fun + 1e-6


def test_the_summary_adds_up_and_keeps_empty_groups(plan: pd.DataFrame) -> None:
    table = crm.plan_summary(plan)
    assert table["group"].tolist() == list(GROUPS)
    assert table["customers"].sum() == len(plan) and table["chosen"].sum() == plan["chosen"].sum()
    assert table["net_eur"].sum() == pytest.approx((table["gain_eur"] - table["cost_eur"]).sum())


def test_effects_are_drawn_from_their_ranges(plan: pd.DataFrame, outlook: Any) -> None:
    effects = crm.plan_draws(plan, outlook, draws=2000, what="effects", rng=1)
    rules = crm.plan_assumptions().set_index("group")
    for group, rule in rules.iterrows():
        mine = plan[plan["chosen"] & (plan["group"] == group)]
        if len(mine):
            low, high = (mine["gain_eur"].sum() * 2 * e / (rule["effect_low"] + rule["effect_high"]) - mine["cost_eur"].sum()
                         for e in (rule["effect_low"], rule["effect_high"]))  # fmt: skip
            assert effects[group].min() >= low - 1e-6 and effects[group].max() <= high + 1e-6
            assert effects[group].mean() == pytest.approx(mine["net_eur"].sum(), rel=0.06)
    everything = crm.plan_draws(plan, outlook, draws=150, rng=1)["plan_eur"]
    fixed = crm.plan_draws(plan, outlook, draws=150, what="customers", rng=1)["plan_eur"]
    assert everything.std() > fixed.std()
    assert everything.mean() == pytest.approx(plan.loc[plan["chosen"], "net_eur"].sum(), rel=0.15)


def test_a_sorted_plan_is_the_same_plan(plan: pd.DataFrame, outlook: Any) -> None:
    mixed = crm.plan_draws(plan.sort_values("queue"), outlook, draws=20, rng=1)
    pd.testing.assert_frame_equal(mixed, crm.plan_draws(plan, outlook, draws=20, rng=1))
    with pytest.raises(DataError, match=r"each customer of outlook\.table once"):
        crm.plan_draws(plan.iloc[1:], outlook, draws=20)


def test_a_measured_effect_may_be_negative_and_is_normal(plan: pd.DataFrame, outlook: Any) -> None:
    rules = crm.plan_assumptions()
    here = rules["group"] == "care"
    rules.loc[here, ["effect_low", "effect_high", "status"]] = -0.1, 0.3, "measured"
    made = crm.plan_customers(
        plan[list(plan.columns[: list(plan).index("action")])], budget_eur=1e6, assumptions=rules
    )
    drawn = crm.plan_draws(made, outlook, assumptions=rules, draws=4000, what="effects", rng=2)["care"]
    base = made.loc[made["chosen"] & (made["group"] == "care"), "value_eur"].sum()
    assert drawn.std() == pytest.approx(base * 0.4 / 3.92, rel=0.06)


# ---------------------------------------------------------------- replay and scorecard


def test_replays_read_nothing_from_after_the_cut_off(world: Any) -> None:
    log = world.orders
    table = crm.replay_forecasts(log, cut_offs=["2023-06-30", "2023-03-31"], days=91, draws=40, rng=0)
    assert table["cut_off"].is_monotonic_increasing
    cheated = log.copy()
    later = cheated["order_date"] > pd.Timestamp("2023-06-30")
    cheated.loc[later, ["amount_eur", "margin_eur"]] *= 10
    again = crm.replay_forecasts(cheated, cut_offs=["2023-06-30", "2023-03-31"], days=91, draws=40, rng=0)
    assert again["expected_eur"].tolist() == table["expected_eur"].tolist()
    assert again["came_eur"].iloc[1] == pytest.approx(10 * table["came_eur"].iloc[1])
    known = log[(log["order_date"] <= pd.Timestamp("2023-06-30")) & (log["amount_eur"] >= 0)][
        "customer_id"
    ].unique()
    span = log[
        (log["order_date"] > pd.Timestamp("2023-06-30")) & (log["order_date"] <= pd.Timestamp("2023-09-29"))
    ]
    assert table["came_eur"].iloc[1] == pytest.approx(
        span.loc[span["customer_id"].isin(known), "margin_eur"].sum()
    )
    assert table["customers"].iloc[1] == len(known)


def test_intervals_hold_what_came_about_as_often_as_they_say() -> None:
    inside = []
    for seed in range(6):
        world = crm.make_retail(n_customers=700, rng=100 + seed)
        inside += crm.replay_forecasts(world.orders, cut_offs=["2023-09-30"], days=91, draws=60, rng=seed)[
            "inside"
        ].tolist()
    assert sum(inside) >= 4  # 95 % by the model; the world's letters and seasons take some


def test_the_scorecard_counts_what_it_says() -> None:
    log = log_of([*list("abac"), "a"], [0, 4, 11, 19, 12], [10, 20, 30, 40, -6])
    table = crm.scorecard_history(log, as_of="2024-01-20", window_days=10, margin_rate=0.5)
    assert table["buyers"].tolist() == [2, 2] and table["repeat_share"].iloc[1] == 0.5
    assert table["margin_eur"].tolist() == [15.0, 32.0]
    assert table["margin_per_buyer_eur"].tolist() == [7.5, 16.0]
    assert table["top_share"].iloc[1] == pytest.approx(0.4 * 40 / 64)
    assert crm.past_alarms(table, fall=0.1)[list(MEASURES)].to_numpy().sum() in (0, 1)


def test_false_alarms_fall_with_the_border_and_real_falls_are_seen_less(world: Any) -> None:
    found = [
        crm.scorecard_alarms(world.orders, as_of="2023-12-31", fall=f, draws=100, rng=1)
        for f in (0.05, 0.15, 0.4)
    ]
    for name in ("false_alarm_year", "seen"):
        values = np.array([t[name].to_numpy() for t in found])
        assert (np.diff(values, axis=0) <= 1e-12).all()
    at = found[0].set_index("measure")
    loud = crm.scorecard_alarms(
        world.orders,
        as_of="2023-12-31",
        fall=float(at.loc["margin_eur", "quiet_fall"]) + 1e-9,
        draws=100,
        rng=1,
    )
    assert loud.set_index("measure").loc["margin_eur", "false_alarm_year"] <= 0.06


def test_false_alarms_of_a_count_agree_with_the_binomial() -> None:
    """200 buyers of one row each: drawn anew, Binomial(200, 1 - 1/e) of them buy; each review against the last."""
    n = 200
    ids = [f"c{i:03d}" for i in range(n)]
    log = log_of([ids[0], *ids, *ids], [0] + [10] * n + [40] * n, [5.0] * (1 + 2 * n))
    table = crm.scorecard_alarms(log, as_of="2024-02-20", window_days=25, fall=0.1, draws=2000, rng=1)
    draws = np.random.default_rng(2).binomial(n, 1 - np.exp(-1), (20_000, 5))
    worst = (1 - draws[:, 1:] / draws[:, :-1]).max(axis=1)
    row = table.set_index("measure").loc["buyers"]
    assert row["false_alarm_year"] == pytest.approx((worst > 0.1).mean(), abs=0.035)
    assert row["quiet_fall"] == pytest.approx(np.quantile(worst, 0.95), abs=0.015)


def test_few_buyers_carry_no_alarm() -> None:
    log = log_of([f"c{i}" for i in range(29)] * 2, [0] * 29 + [40] * 29, [5.0] * 58)
    with pytest.raises(DataError, match=r"^only 29 customers bought in the 25 days up to 2024-02-20"):
        crm.scorecard_alarms(log, as_of="2024-02-20", window_days=25)


def test_no_replay_counts_days_that_have_not_come(world: Any) -> None:
    with pytest.raises(DataError, match="go past 2024-12-31, the last day of the log"):
        crm.replay_forecasts(world.orders, cut_offs=["2024-11-30"], days=60, draws=20)


def test_the_factor_learned_is_shrunk() -> None:
    table = pd.DataFrame({"expected_eur": [100.0, 100.0], "came_eur": [150.0, 130.0]})
    assert crm.learned_factor(table) == pytest.approx(1.4) and crm.learned_factor(
        table, weight=0.5
    ) == pytest.approx(1.2)


def test_the_hint_for_the_project_runs(tmp_path: Path, monkeypatch: Any) -> None:
    import nbformat

    book: Any = nbformat.read(Path(__file__).parents[1] / "exercises" / "20_capstone.ipynb", as_version=4)
    (text,) = [c.source for c in book.cells if "## Task 5" in c.source]
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    data = crm.my_data("20", student="Li Wei")
    space: dict[str, Any] = {
        "crm": crm,
        "data": data,
        "rows": data.orders[data.orders["order_date"] <= data.as_of],
    }
    monkeypatch.chdir(tmp_path)
    exec(code, space)
    assert space["interval"].is_monotonic_increasing and len(space["alarms"]) == 5
    assert "Money by group" in (tmp_path / "page.html").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the page


def sections() -> list[dict[str, Any]]:
    fig, ax = plt.subplots(figsize=(7, 2.6))
    ax.plot([0, 1], [1, 2])
    table = pd.DataFrame(
        {"group": ["keep", "care & <more>"], "customers": [12, 3], f"net ({'EUR'})": [1234.5, np.nan]}
    )
    return [
        {"heading": "Whom", "text": ["We call **12** customers.", "a < b"], "table": table, "caption": "By group",
         "formats": {"net (EUR)": "{:,.0f}"}},
        {"heading": "How sure", "figure": fig, "alt": "A line that rises from one to two, to show how sure we are"},
    ]  # fmt: skip


def page(**more: Any) -> str:
    settings = {
        "title": "Plan",
        "decision": "Spend **200**.",
        "source": "a file",
        "origin": "own",
        "as_of": "2024-12-31",
    }
    return str(crm.plan_report(sections(), **(settings | more)))


def test_the_page_is_accessible_and_asks_for_nothing_outside(tmp_path: Path) -> None:
    from bs4 import BeautifulSoup

    html = page(out=tmp_path / "plan.html")
    assert (tmp_path / "plan.html").read_text(encoding="utf-8") == html == page()  # the same bytes each time
    soup: Any = BeautifulSoup(html, "html.parser")
    assert soup.html["lang"] == "en" and soup.title.text == "Plan"
    assert [h.name for h in soup.find_all(re.compile("h[1-6]"))] == ["h1", "h2", "h2"]
    assert all(th.get("scope") in ("col", "row") for th in soup.find_all("th"))
    assert all(
        len(img["alt"]) > 30 and img["src"].startswith("data:image/png;base64,")
        for img in soup.find_all("img")
    )
    assert soup.find("caption").text == "By group" and "care & <more>" in soup.text and "1,234" in soup.text
    assert not re.search(r"https?://|url\(|@import|<script|<link", html)


def test_numbers_written_as_text_stand_to_the_right_and_words_do_not() -> None:
    table = pd.DataFrame(
        {"measure": ["share", "sum"], "now": ["44.7%", "1,530"], "since": ["2023-12-31", "-"]}
    )
    html = str(crm.plan_report(
        [{"heading": "Scorecard", "table": table, "caption": "Two measures"}],
        title="Plan", decision="Yes.", source="a file", origin="own", as_of="2024-01-01",
    ))  # fmt: skip
    assert '<th scope="col" class="number">now</th>' in html and '<td class="number">1,530</td>' in html
    assert '<th scope="col">since</th>' in html and "<td>2023-12-31</td>" in html
    assert "own orders" in html and "made up" in page(origin="simulated")


def test_the_page_prints_on_two_sheets_and_passes_axe(chromium: str, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    fig, ax = plt.subplots(figsize=(7.5, 3))
    ax.plot([0, 1], [1, 2])
    table = pd.DataFrame({"group": [*GROUPS], **{f"column {i}": np.arange(6.0) for i in range(6)}})
    many = [
        {"heading": f"Part {i}", "text": ["A sentence with some words in it. " * 3] * 2}
        | ({"table": table, "caption": "Six groups"} if i < 3 else {})
        | ({"figure": fig, "alt": "A line that rises from one to two, drawn twice"} if i in (1, 3) else {})
        for i in range(6)
    ]
    out = tmp_path / "plan.html"
    crm.plan_report(
        many, title="Plan", decision="Spend.", source="s", origin="public", as_of="2024-12-31", out=out
    )
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=flags)
        tab = browser.new_page()
        asked: list[str] = []
        tab.on("request", lambda r: asked.append(r.url))
        tab.goto(out.as_uri())
        found = Axe().run(tab)
        pdf = tab.pdf(format="A4", prefer_css_page_size=True)
        browser.close()
    assert [u for u in asked if not u.startswith(("file:", "data:"))] == []
    assert found.violations_count == 0, found.generate_report()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
    assert shutil.which(chromium) or Path(chromium).exists()


# ---------------------------------------------------------------- bad input, word for word


def test_bad_input_is_named(plan: pd.DataFrame, outlook: Any, tmp_path: Path) -> None:
    log = ODD["all once"][0]
    table = outlook.table
    wrong = crm.plan_assumptions().assign(base="hope")
    cases: list[tuple[Any, str]] = [
        (lambda: crm.customer_outlook(log, as_of="2024-07-30", margin_rate=35), "margin_rate must lie between 0 and 1; found 35. 30 % is 0.30."),
        (lambda: crm.customer_outlook(log, as_of="2024-07-30", horizon_months=0), "horizon_months must be a whole number from 1 to 120; found 0."),
        (lambda: crm.customer_outlook(log, as_of="2024-07-30", discount_rate_annual=-0.1), "discount_rate_annual must lie between 0 and 1; found -0.1."),
        (lambda: crm.outlook_draws(outlook, pd.Series(["x"])), f"groups must have a label for each of the {len(table):,} customers; found 1."),
        (lambda: crm.outlook_draws(outlook, pd.Series("x", index=table.index), draws=5), "draws must be a whole number from 20 to 20,000; found 5."),
        (lambda: crm.outlook_draws(outlook, pd.Series("x", index=table.index), what="hope"), "what must be one of parameters, outcomes, both; found 'hope'."),
        (lambda: crm.plan_groups(table, lost_below=0.7), "lost_below and risk_below must rise from 0 to 1; found 0.7 and 0.6."),
        (lambda: crm.plan_groups(table, loss_eur=-1), "loss_eur and key_places must be 0 or more; found -1 and 100."),
        (lambda: crm.plan_customers(plan, budget_eur=-1), "budget_eur must be a number, 0 or more; found -1."),
        (lambda: crm.plan_customers(plan, budget_eur=1, assumptions=wrong.iloc[:1].assign(base="hope")), "the assumptions for 'serve differently' must have effect_low up to effect_high (at most 1 of service_eur and lost_eur), a cost_eur of 0 or more, a base of service_eur, lost_eur, value_eur, order_margin_eur and a status of assumed or measured."),
        (lambda: crm.plan_draws(plan, outlook, what="hope"), "what must be 'all', 'customers' or 'effects'; found 'hope'."),
        (lambda: crm.replay_forecasts(log, cut_offs=[], days=30), "cut_offs is empty. Hint: give at least one day before the last day of the log."),
        (lambda: crm.replay_forecasts(log, cut_offs=["2024-05-01"], days=0), "days must be a whole number from 1 to 3,660; found 0."),
        (lambda: crm.scorecard_history(log, as_of="2024-07-30", window_days=0), "window_days must be a whole number from 1 to 3,660; found 0."),
        (lambda: crm.scorecard_alarms(log, as_of="2024-07-30", fall=1), "fall must lie between 0 and 1; found 1. 10 % is 0.10."),
        (lambda: crm.scorecard_alarms(log, as_of="2026-07-30", window_days=30), "nobody bought in the 30 days up to 2026-07-30; an alarm needs 30. Hint: choose a longer window_days."),
        (lambda: crm.customer_outlook(log[["customer_id", "order_date"]], as_of="2024-07-30"), "orders lacks the column 'amount_eur'; it has 'customer_id', 'order_date'."),
        (lambda: crm.plan_draws(plan, outlook, what="effects", draws=-1), "draws must be a whole number from 20 to 20,000; found -1."),
        (lambda: crm.scorecard_history(log, as_of="2024-07-30", margin_rate=9), "margin_rate must lie between 0 and 1; found 9. 30 % is 0.30."),
        (lambda: crm.scorecard_history(log.iloc[:0], as_of="2024-07-30"), "orders must have rows, and days (pandas datetimes) in order_date."),
        (lambda: crm.scorecard_alarms(log.assign(amount_eur=np.nan), as_of="2024-07-30"), "orders: amount_eur and margin_eur must be finite numbers; some are missing."),
        (lambda: crm.learned_factor(pd.DataFrame({"expected_eur": [np.nan], "came_eur": [1.0]})), "replays: expected_eur and came_eur must be finite numbers; some are missing."),
        (lambda: crm.scorecard_alarms(log, as_of="2024-07-30", window_days=365), "the log is shorter than 365 days. Hint: choose a shorter window_days."),
        (lambda: crm.plan_report([{"heading": "x", "table": pd.DataFrame({"a": [1], "b": ["x"]}), "caption": "c", "formats": {"b": "{:.0f}"}}], title="", decision="", source="", origin="own", as_of="2024-01-01"), "the format '{:.0f}' of 'b' does not fit 'x': Unknown format code 'f' for object of type 'str'."),
        (lambda: page(origin="mine"), "origin must be one of simulated, own, public; found 'mine'."),
        (lambda: page(out=tmp_path / "no" / "plan.html"), f"the report cannot be written to {str(tmp_path / 'no' / 'plan.html')!r}. Hint: report='plan.html'"),
        (lambda: crm.plan_report([{"text": "x"}], title="", decision="", source="", origin="own", as_of="2024-01-01"), "section 1 has no heading. Hint: {'heading': 'Whom to keep'}"),
    ]  # fmt: skip
    for call, words in cases:
        with pytest.raises(DataError) as error:
            call()
        assert str(error.value) == words


# ---------------------------------------------------------------- pictures


def test_pictures_draw_the_data(plan: pd.DataFrame, world: Any) -> None:
    _, axes = plt.subplots(6, 1)
    ax = crm.plot_plan_map(plan, currency="USD", ax=axes[0])
    assert ax is axes[0] and ax.get_ylabel() == "Margin ahead if still here (USD, logarithmic)"
    drawn = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    positive = plan[plan["if_alive_eur"] > 0]["group"].value_counts().to_dict()
    assert drawn == positive
    curve = crm.plot_plan_budget(plan, budget_eur=400, ax=axes[1]).lines[0]
    assert curve.get_ydata()[-1] == pytest.approx(plan.loc[plan["queue"] > 0, "net_eur"].sum())
    wide = crm.plot_plan_budget(plan, budget_eur=1e7)
    assert wide.get_xlim()[1] < 1.2 * plan.loc[plan["queue"] > 0, "cost_eur"].sum()
    assert [t.get_text() for t in wide.texts] == ["budget 10,000,000 \N{RIGHTWARDS ARROW}"]
    doubt = pd.DataFrame(
        {"what": ["a", "b"], "mean_eur": [5.0, 6.0], "low_eur": [1.0, -2.0], "high_eur": [9.0, 14.0]}
    )
    assert [t.get_text() for t in crm.plot_plan_doubt(doubt, ax=axes[2]).texts] == [
        "1 to 9",
        "\N{MINUS SIGN}2 to 14",
    ]
    history = crm.scorecard_history(world.orders, as_of="2023-12-31")
    line = crm.plot_scorecard(history, measure="buyers", label="Buyers (number)", fall=0.1, ax=axes[3])
    assert line.lines[0].get_ydata().tolist() == history["buyers"].tolist()
    assert len(line.collections[0].get_segments()) == len(history) - 1
    replays = pd.DataFrame(
        {
            "cut_off": pd.to_datetime(["2024-03-31"]),
            "expected_eur": [5.0],
            "low_eur": [3.0],
            "high_eur": [8.0],
            "came_eur": [6.0],
        }
    )
    assert crm.plot_replays(replays, ax=axes[4]).lines[1].get_ydata().tolist() == [6.0]
    alarms = pd.DataFrame({"measure": ["buyers"], "false_alarm_year": [0.1], "seen": [0.9]})
    assert (
        crm.plot_false_alarms(alarms, words={"buyers": "people"}, ax=axes[5]).get_yticklabels()[0].get_text()
        == "people"
    )


def test_a_picture_of_nothing_is_refused() -> None:
    history = pd.DataFrame({"review": pd.to_datetime(["2024-03-31"]), "repeat_share": [np.nan]})
    with pytest.raises(DataError) as error:
        crm.plot_scorecard(history, measure="repeat_share", label="x")
    assert (
        str(error.value)
        == "history: no review has 'repeat_share'. Hint: a longer log, or a shorter window_days."
    )
    with pytest.raises(DataError, match="lacks the column"):
        crm.plot_plan_budget(pd.DataFrame({"queue": [1]}))
