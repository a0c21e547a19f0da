"""Lesson 17: bills settled in order, the electricity seller's world, what policies change, score and frontier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets.energy import FEATURES, MONTHS, run_policies
from crmlab.datasets.energy_world import POLICIES, EnergyWorld, _households, make_energy

SOFT, FIRM = POLICIES[0], POLICIES[2]
TABLES = list(EnergyWorld.__dataclass_fields__)


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def world() -> EnergyWorld:
    return make_energy(6000, rng=5)


@pytest.fixture(scope="module")
def status(world: EnergyWorld) -> pd.DataFrame:
    return crm.bill_status(world.energy_bills, world.energy_payments)


@pytest.fixture(scope="module")
def people(world: EnergyWorld, status: pd.DataFrame) -> pd.DataFrame:
    return crm.trial_outcomes(
        world.households, status, payments=world.energy_payments, contacts=world.energy_contacts,
        cutoffs=world.energy_cutoffs, start="2024-01-01", as_of="2024-12-31",
        rewards={"reward": 60.0, "firm + reward": 60.0},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


# ------------------------------------------------------------------ bills and payments


def table(rows: list[tuple[str, str, float]], *names: str) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["household_id", *names])
    return made.assign(**{names[0]: pd.to_datetime(made[names[0]])})


def test_payments_settle_the_oldest_bill_first() -> None:
    bills = table(
        [("a", "2024-01-01", 50), ("a", "2024-02-01", 60), ("b", "2024-01-01", 30)], "bill_date", "amount_eur"
    )
    paid = table(
        [("a", "2024-02-10", 50), ("a", "2024-02-12", 56), ("b", "2024-01-17", 30)],
        "payment_date",
        "paid_eur",
    )
    made = crm.bill_status(bills.astype({"amount_eur": float}), paid.astype({"paid_eur": float}))
    assert made["days_to_settle"].tolist() == [40, 11, 16]  # 4 EUR open counts as settled
    assert made["on_time"].tolist() == [False, True, True]
    later = crm.bill_status(
        bills.astype({"amount_eur": float}), paid.astype({"paid_eur": float}), due_days=15
    )
    assert later["on_time"].tolist() == [False, True, False]


def test_status_agrees_with_a_slow_count(world: EnergyWorld, status: pd.DataFrame) -> None:
    some = world.households["household_id"].iloc[::400]
    paid = world.energy_payments
    for who in some:
        bills = world.energy_bills[world.energy_bills["household_id"] == who]
        owed = bills["amount_eur"].cumsum()
        got = [paid.loc[(paid["household_id"] == who) & (paid["payment_date"] <= d), "paid_eur"].sum()
               for d in bills["bill_date"] + pd.Timedelta(days=16)]  # fmt: skip
        mine = status.loc[status["household_id"] == who, "on_time"]
        assert mine.tolist() == (owed - got < 5).tolist()


def test_row_order_and_input_do_not_matter(world: EnergyWorld, status: pd.DataFrame) -> None:
    bills, paid = (
        world.energy_bills.sample(frac=1, random_state=1),
        world.energy_payments.sample(frac=1, random_state=2),
    )
    before = bills.copy()
    pd.testing.assert_frame_equal(crm.bill_status(bills, paid), status)
    pd.testing.assert_frame_equal(bills, before)


def test_no_payment_at_all() -> None:
    bills = table([("a", "2024-01-01", 50.0)], "bill_date", "amount_eur")
    paid = table([("b", "2024-01-02", 50.0)], "payment_date", "paid_eur")
    for none in (paid, paid.iloc[:0]):
        made = crm.bill_status(bills, none)
        assert made["settled_date"].isna().all() and not made["on_time"].any()
    assert message(lambda: crm.bill_status(bills, paid, due_days=0)) == (
        "due_days must be a whole number from 1 to 60; found 0."
    )


# ------------------------------------------------------------------ the world


@pytest.mark.parametrize("name", TABLES)
def test_every_table_keeps_its_contract(world: EnergyWorld, name: str) -> None:
    check(getattr(world, name), name)


def test_outcomes_from_the_tables_are_those_of_the_simulation(people: pd.DataFrame) -> None:
    h, g = _households(6000, 5, 0.12, 0.008)
    arm = np.empty(6000, dtype=np.int64)
    arm[g.permutation(6000)] = np.arange(6000) % 5
    run = run_policies(h, POLICIES, arm)
    who = np.flatnonzero(run.there)
    assert len(who) == len(people)
    for name in ("bills", "on_time_bills", "clean", "left", "billed_eur", "bad_debt_eur", "fees_eur", "reward_eur",
                 "minutes", "cutoffs", "days_off"):  # fmt: skip
        np.testing.assert_allclose(people[name], run.sums[name][who], atol=0.011, err_msg=name)


def test_clues_from_the_tables_are_those_of_the_simulation(world: EnergyWorld, status: pd.DataFrame) -> None:
    late = crm.late_features(
        status, households=world.households, payments=world.energy_payments, contacts=world.energy_contacts
    )
    known = world.truth_late_bills
    both = known.merge(late, on=["household_id", "bill_date"])
    assert len(both) > 0.995 * len(known) and len(late) < 1.005 * len(known)
    h, g = _households(6000, 5, 0.12, 0.008)
    arm = np.empty(6000, dtype=np.int64)
    arm[g.permutation(6000)] = np.arange(6000) % 5
    x = run_policies(h, POLICIES, arm).features
    row = both["household_id"].str[1:].astype(int) - 1
    month = (both["bill_date"].dt.year - 2023) * 12 + both["bill_date"].dt.month - 1
    for k, name in enumerate(FEATURES):
        assert (np.abs(both[name] - x[row, month, k]) < 1e-9).mean() > 0.985, name


def test_rates_are_as_the_notes_say(world: EnergyWorld, people: pd.DataFrame) -> None:
    soft = people[people["policy"] == "soft"]
    assert 0.80 < soft["on_time_bills"].sum() / soft["bills"].sum() < 0.88
    assert 0.01 < soft["bad_debt_eur"].sum() / soft["billed_eur"].sum() < 0.03
    truth = world.truth_households
    assert abs(truth["vulnerable"].mean() - 0.12) < 0.015
    listed = world.households["on_register"].to_numpy()
    assert abs(listed[truth["vulnerable"]].mean() - 0.6) < 0.06 and not listed[~truth["vulnerable"]].any()
    assert world.households["policy"].value_counts().tolist() == [1200] * 5
    assert (soft["cutoffs"] == 0).all() and (soft["fees_eur"] == 0).all()
    late = world.truth_late_bills["reason"].value_counts(normalize=True)
    assert late.between(0.2, 0.5).all()


def test_interviews_err_one_time_in_ten(world: EnergyWorld) -> None:
    both = world.energy_interviews.merge(world.truth_late_bills, on=["household_id", "bill_date"])
    assert len(both) == len(world.energy_interviews) == 600
    wrong = (both["could_not_pay"] != (both["reason"] == "could not")).mean()
    assert 0.06 < wrong < 0.15


def test_the_lot_finds_the_true_effect(people: pd.DataFrame) -> None:
    both = (
        crm.true_policies(6000, (SOFT, FIRM), rng=5)
        .groupby("policy")[["bad_debt_eur", "minutes", "days_off"]]
        .mean()
    )
    made = crm.policy_effects(people, outcomes=["bad_debt_eur", "minutes", "days_off"])
    firm = made[made["policy"] == "firm"].set_index("outcome")
    for name in firm.index:
        true = both.loc["firm", name] - both.loc["soft", name]
        half = firm.loc[name, "high"] - firm.loc[name, "effect"]
        assert abs(firm.loc[name, "effect"] - true) < 2 * half, name


def test_the_same_luck_under_each_policy() -> None:
    made = crm.true_policies(800, (SOFT, SOFT, FIRM), rng=3)
    assert made["policy"].tolist().count("soft") % 2 == 0
    one = made[made["policy"] == "soft"]
    half = len(one) // 2
    assert (
        one.iloc[:half]
        .drop(columns="policy")
        .equals(one.iloc[half:].drop(columns="policy").set_axis(one.index[:half]))
    )


def test_sparing_and_its_order() -> None:
    rule = crm.PayRule((-1.1, 1.6, 1.0, 1.4, 2.1), -2.9, 0.4)
    kinds = ["nobody", "register", "register and score", "truth"]
    firm = {"cut_day": 26, "fee_eur": 60.0}
    made = crm.true_policies(
        3000, tuple(crm.EnergyPolicy(k, spare=k, rule=rule, **firm) for k in kinds), rng=4
    )
    hard = made.groupby("policy")["hard_days"].sum()[kinds].tolist()
    assert hard == sorted(hard, reverse=True) and hard[-1] == 0 < hard[-2]
    listed = made[made["on_register"]].groupby("policy")["cutoffs"].sum()
    assert listed["nobody"] > 0 and listed[["register", "register and score"]].sum() == 0


def test_a_fee_keeps_people_off_for_longer() -> None:
    made = crm.true_policies(3000, (crm.EnergyPolicy("free", cut_day=26), FIRM), rng=4)
    off = made[made["cutoffs"] > 0].groupby("policy")[["hard_days", "cutoffs"]].sum()
    assert off.loc["firm", "hard_days"] > off.loc["free", "hard_days"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: crm.make_energy(10, rng=1), "n_customers must be a whole number from 100 to 200,000; found 10."),
        (lambda: crm.make_energy(200, rng="x"), "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found 'x'."),
        (lambda: crm.make_energy(200, rng=1, share_vulnerable=0.9), "share_vulnerable must be a number from 0 to 0.5; found 0.9."),
        (lambda: crm.make_energy(200, rng=1, interviews=0), "interviews must be a whole number from 1 to 100,000; found 0."),
        (lambda: crm.make_energy(200, rng=1, policies=()), "policies must be a tuple of EnergyPolicy. Hint: (crm.EnergyPolicy('soft'),)"),
        (lambda: crm.EnergyPolicy("x", cut_day=10), "cut_day must be a whole number from 20 to 60, or None; found 10."),
        (lambda: crm.EnergyPolicy("x", fee_eur=-1), "fee_eur must be a number from 0 to 500; found -1."),
        (lambda: crm.EnergyPolicy("x", spare="poor"), "spare must be one of nobody, register, register and score, truth; found 'poor'."),
        (
            lambda: crm.EnergyPolicy("x", spare="register and score"),
            'spare="register and score" needs a score. Hint: rule=crm.PayRule(weights, intercept)',
        ),
    ],
)  # fmt: skip
def test_bad_settings(call: Any, expected: str) -> None:
    assert message(call) == expected


def test_nobody_is_disconnected_after_leaving() -> None:
    late = (crm.EnergyPolicy("day 40", cut_day=40, fee_eur=60), crm.EnergyPolicy("day 60", cut_day=60))
    w = make_energy(2000, rng=3, policies=late)
    both = w.energy_cutoffs.merge(w.households, on="household_id")
    both = both[both["left_date"].notna() & (both["cut_date"] <= "2024-12-31")]
    assert len(both) > 50 and (both["cut_date"] <= both["left_date"]).all()
    assert w.households["left_date"].max() <= pd.Timestamp("2024-12-31")


def test_fees_of_those_who_cannot_pay_are_a_part_of_all_fees() -> None:
    made = (
        crm.true_policies(800, (SOFT, FIRM), rng=3).groupby("policy")[["fees_cannot_eur", "fees_eur"]].sum()
    )
    assert 0 < made.loc["firm", "fees_cannot_eur"] < made.loc["firm", "fees_eur"]
    assert made.loc["soft"].tolist() == [0, 0]


def test_the_trial_ends_on_its_last_day(world: EnergyWorld, status: pd.DataFrame) -> None:
    def until(day: str, **more: Any) -> pd.DataFrame:
        return crm.trial_outcomes(
            world.households, status, payments=world.energy_payments, contacts=world.energy_contacts,
            cutoffs=world.energy_cutoffs, start="2024-01-01", as_of=day, **more,
        )  # fmt: skip

    half, year = until("2024-06-30"), until("2024-12-31")
    assert half["bills"].max() == 6 and half["clean"].sum() > year["clean"].sum() > 0
    for name in ("minutes", "cutoffs", "fees_eur"):
        assert 0.3 < half[name].sum() / year[name].sum() < 0.7, name
    assert message(lambda: until("soon")) == "as_of must be a day; found 'soon'. Hint: as_of='2024-01-01'"
    assert message(lambda: until("2023-01-01")) == "as_of (2023-01-01) must not be before start (2024-01-01)."
    assert message(lambda: until("2024-12-31", rewards={"rewrd": 60})) == (
        "rewards names 'rewrd', which is no policy; there are "
        f"{', '.join(dict.fromkeys(world.households['policy']))}."
    )
    assert message(lambda: until("2024-12-31", rewards={"reward": -60})) == (
        "the reward of 'reward' must be a number of 0 or more; found -60."
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: crm.PayRule((1.0, 1.0), 0.0), "weights must hold 5 numbers, one for each of part_paid, near_payday, called, on_time_before, late_last_month; found 2."),
        (lambda: crm.PayRule((1.0,) * 5, float("nan")), "intercept must be finite; found nan."),
        (lambda: crm.PayRule((1.0,) * 5, 0.0, 7), "threshold must be a number from 0 to 1; found 7."),
        (lambda: crm.EnergyPolicy("x", fee_eur=60), "fee_eur would do nothing without a cut_day. Hint: cut_day=26"),
        (lambda: crm.EnergyPolicy("x", deposit_eur=9, spare="register"), "deposit_eur and spare would do nothing without a cut_day. Hint: cut_day=26"),
        (lambda: crm.EnergyPolicy("x", instalments="no"), "instalments must be True or False; found 'no'."),
        (lambda: crm.true_policies(200, ()), "policies must be a tuple of EnergyPolicy. Hint: (crm.EnergyPolicy('soft'),)"),
        (lambda: crm.true_policies(200, (SOFT, crm.EnergyPolicy("soft", cut_day=26))), "two different policies are called 'soft'. Hint: give each its own name."),
    ],
)  # fmt: skip
def test_bad_policies_and_rules(call: Any, expected: str) -> None:
    assert message(call) == expected


def test_numbers_of_numpy_are_numbers() -> None:
    policy = crm.EnergyPolicy("x", cut_day=np.int64(26), fee_eur=np.int64(3))
    assert crm.true_policies(200, (policy,), rng=1)["fees_eur"].max() % 3 == 0


# ------------------------------------------------------------------ profit, effects, score, frontier


def test_profit_line_by_line() -> None:
    one = pd.DataFrame({"billed_eur": [1000.0, 1000.0], "bad_debt_eur": [0.0, 300.0], "minutes": [10.0, 0],
                        "fees_eur": [60.0, 0], "reward_eur": [60.0, 0], "cutoffs": [1, 0], "left": [1, 1]})  # fmt: skip
    assert crm.policy_profit(one).round(6).tolist() == [120 - 5 - 60 + 60 - 15 - 100, 120 - 300]
    assert message(lambda: crm.policy_profit(one.assign(minutes=np.nan))) == (
        "minutes must be a finite number in every row. Hint: outcomes['minutes'].isna().sum()"
    )
    assert (
        message(lambda: crm.policy_profit(one, margin_rate=2))
        == "margin_rate must be a number from 0 to 1; found 2."
    )
    assert (
        message(lambda: crm.policy_profit(one, minute_eur=-1))
        == "minute_eur must be a number of 0 or more; found -1."
    )


def test_effects_by_group_and_bad_control(people: pd.DataFrame) -> None:
    made = crm.policy_effects(people, outcomes=["minutes"], by="left")
    assert len(made) == 8 and list(made)[:4] == ["outcome", "left", "policy", "households"]
    means = people.groupby(["policy", "left"])["minutes"].mean()
    row = made[(made["policy"] == "firm") & (made["left"] == 1)].iloc[0]
    assert row["effect"] == pytest.approx(means["firm", 1] - means["soft", 1])
    assert message(lambda: crm.policy_effects(people, outcomes=[])) == (
        "outcomes must name at least one column. Hint: outcomes=['profit_eur']"
    )
    assert message(lambda: crm.policy_effects(pd.concat([people, people]), outcomes=["minutes"])) == (
        f"people must hold each household once; {people['household_id'].iloc[0]!r} is there more often."
    )
    assert message(
        lambda: crm.policy_effects(people.head(1).assign(policy="firm"), outcomes=["minutes"])
    ) == ("people must hold the control 'soft' and another policy; it holds firm.")


def test_score_learns_the_clues_and_errors_trade_off(world: EnergyWorld, status: pd.DataFrame) -> None:
    from sklearn.metrics import roc_auc_score

    late = crm.late_features(
        status, households=world.households, payments=world.energy_payments, contacts=world.energy_contacts
    )
    rule = crm.fit_pay_rule(world.energy_interviews.merge(late, on=["household_id", "bill_date"]))
    test = late.merge(world.truth_late_bills, on=["household_id", "bill_date"])
    test = test[test["bill_date"] >= "2024-01-01"]
    cannot, score = test["reason"] == "could not", crm.pay_score(rule, test)
    assert roc_auc_score(cannot, score) > 0.8
    errors = crm.score_errors(score, cannot)
    assert errors["cut_wrongly"].is_monotonic_increasing and errors["spared_wrongly"].is_monotonic_decreasing
    np.testing.assert_array_equal(rule.spares(test[list(FEATURES)].to_numpy()), score >= rule.threshold)
    one = late.assign(could_not_pay=True)
    assert message(lambda: crm.fit_pay_rule(one)).startswith("could_not_pay must hold both answers; all ")
    assert message(lambda: crm.score_errors([0.1], [True])) == (
        "could_not must hold both True and False; it holds one of them only."
    )
    assert message(lambda: crm.score_errors([0.1, 0.2], [True])) == (
        "score and could_not must be equally long; found 2 and 1."
    )
    assert message(lambda: crm.score_errors([0.1, np.nan], [True, False])) == (
        "every score must be a number from 0 to 1. Hint: score = crm.pay_score(rule, late)"
    )
    three = late.head(3).assign(could_not_pay=["yes", "no", "?"])
    assert message(lambda: crm.fit_pay_rule(three)) == (
        "could_not_pay must be True or False in every row; found ?, no, yes."
    )
    gap = late.head(3).assign(could_not_pay=[True, False, True], called=np.nan)
    assert message(lambda: crm.fit_pay_rule(gap)) == (
        "every clue in known must be a finite number. Hint: known.isna().sum()"
    )
    few = {"payments": world.energy_payments.iloc[:0], "contacts": world.energy_contacts}
    unpaid = crm.late_features(status, households=world.households, **few)
    assert len(unpaid) == len(status) and (unpaid["part_paid"] == 0).all()
    assert message(lambda: crm.late_features(status, households=world.households.iloc[1:], **few)) == (
        f"every household of status must be in households; {world.households['household_id'].iloc[0]!r} is not."
    )
    assert message(lambda: crm.score_errors([0.1, 0.2], [True, False], steps=0)) == (
        "steps must be a whole number from 1 to 999; found 0."
    )


def test_frontier_is_what_no_other_beats() -> None:
    g = np.random.default_rng(2)
    made = crm.policy_frontier(
        pd.DataFrame({"profit_eur": g.normal(size=60).round(1), "hard_days": g.integers(0, 9, 60)})
    )
    for row in made.itertuples():
        better = made[(made["profit_eur"] >= row.profit_eur) & (made["hard_days"] <= row.hard_days)]
        alone = ((better["profit_eur"] == row.profit_eur) & (better["hard_days"] == row.hard_days)).all()
        assert row.on_frontier == alone
    assert made["hard_days"].is_monotonic_increasing
    bad = pd.DataFrame({"profit_eur": [np.nan], "hard_days": [1]})
    assert message(lambda: crm.policy_frontier(bad)) == (
        "profit_eur and hard_days must be finite numbers. Hint: table.dropna(subset=['profit_eur', 'hard_days'])"
    )


# ------------------------------------------------------------------ pictures


def test_account_goes_up_and_down() -> None:
    bills = pd.DataFrame(
        {"bill_date": pd.to_datetime(["2024-01-01", "2024-02-01"]), "amount_eur": [80.0, 70.0]}
    )
    paid = pd.DataFrame({"payment_date": pd.to_datetime(["2024-01-12"]), "paid_eur": [80.0]})
    ax = crm.plot_account(bills, paid)
    assert ax.lines[0].get_ydata().tolist() == [80, 0, 70, 70]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Day", "Owed (EUR)")


def test_effects_months_errors_and_frontier_draw_the_data() -> None:
    _, axes = plt.subplots(2, 2)
    effects = pd.DataFrame(
        {"policy": ["a", "b"], "effect": [1.0, 2.0], "low": [0.0, np.nan], "high": [2.0, np.nan]}
    )
    ax = crm.plot_policy_effects(effects, unit="Profit (EUR)", ax=axes[0, 0])
    assert ax.lines[-1].get_xdata().tolist() == [1, 2] and ax.get_xlabel() == "Profit (EUR)"
    months = pd.DataFrame({"soft": [1.0, 2.0]}, index=pd.to_datetime(["2024-01-31", "2024-02-29"]))
    ax = crm.plot_months(months, unit="Overdue (EUR)", mark="2024-02-01", ax=axes[0, 1])
    assert ax.lines[0].get_ydata().tolist() == [1, 2] and len(ax.lines) == 2
    errors = pd.DataFrame({"threshold": [0.2, 0.8], "cut_wrongly": [0.1, 0.6], "spared_wrongly": [0.5, 0.1]})
    ax = crm.plot_score_errors(errors, mark=0.4, ax=axes[1, 0])
    assert ax.lines[0].get_ydata().tolist() == [0.1, 0.6] and ax.get_ylabel() == "Of their group (%)"
    points = pd.DataFrame(
        {"spares": ["x", "y"], "profit_eur": [1.0, 3.0], "hard_days": [0.0, 9.0], "on_frontier": True}
    )
    ax = crm.plot_policy_frontier(points, limit=5, ax=axes[1, 1])
    assert ax.lines[0].get_xydata().tolist() == [[0, 1], [9, 3]]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["x", "y"]


def test_a_kind_keeps_its_mark_and_equal_points_are_both_seen() -> None:
    same = pd.DataFrame(
        {"spares": ["b", "c"], "profit_eur": [1.0, 1.0], "hard_days": [2.0, 2.0], "on_frontier": True}
    )
    marks = {}
    for given in (same, same.iloc[1:]):
        ax = crm.plot_policy_frontier(given, order=["a", "b", "c"], limit=1.9)
        drawn = [line for line in ax.lines if len(line.get_xdata()) and line.get_linestyle() == "None"]
        marks[len(given)] = [(line.get_marker(), line.get_color(), line.get_markersize()) for line in drawn]
        words = next(text for text in ax.texts if "beyond the limit" in text.get_text())
        assert words.get_ha() == "right"
    assert marks[2][1] == marks[1][0] and marks[2][0][2] > marks[2][1][2]
    assert message(lambda: crm.plot_policy_frontier(same, order=["a", "b"])) == (
        "order must name every kind of spares; it lacks 'c'."
    )


def test_plots_say_what_is_wrong() -> None:
    many = pd.DataFrame({"spares": list("abcdef"), "profit_eur": 1.0, "hard_days": 1.0, "on_frontier": True})
    assert message(lambda: crm.plot_policy_frontier(many)) == "spares must have at most 5 values; it has 6."
    wide = pd.DataFrame(np.ones((2, 5)))
    assert message(lambda: crm.plot_months(wide, unit="x")) == (
        "table must have 1 to 4 columns, one per line; it has 5."
    )


def test_the_bundle_is_small_and_whole() -> None:
    assert len(crm.load_energy().energy_bills) > 200 * (MONTHS - 5)
