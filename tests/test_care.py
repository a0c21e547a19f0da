"""Care: claims in one unit, callers, fault, the next period, firing, options, chance; the telecom world; plots."""

from __future__ import annotations

from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.care_options import CARE_OPTIONS, OPTION_COLUMNS
from crmlab.contracts import DataError, check
from crmlab.datasets.telecom import BASE_CAUSES, CODED, make_telecom

FIRM = "billing error by firm"


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def big() -> Any:
    return make_telecom(40_000, rng=1)


@pytest.fixture(autouse=True)
def _close() -> Any:
    yield
    plt.close("all")


# ------------------------------------------------------------------ claims


def claim(
    kind: str, low: float, high: float, heads: tuple[float, float] = (1000, 1200), months: Any = (1, 1)
) -> Any:
    return pd.DataFrame({
        "claim": ["x"], "kind": [kind], "low": [low], "high": [high], "customers_low": [heads[0]],
        "customers_high": [heads[1]], "months_low": [months[0]], "months_high": [months[1]],
    })  # fmt: skip


def table(frame: pd.DataFrame) -> pd.Series:
    return crm.claim_table(frame, customers=53e6, average_calls=0.5, cost_per_call=(10, 20)).iloc[0]


def test_the_published_claims_imply_what_the_case_sheet_says() -> None:
    total = table(claim("total", 40_000, 40_000))
    assert (total["calls_low"], total["calls_high"]) == pytest.approx((33.333, 40), abs=0.001)
    assert total["share_low"] == pytest.approx(0.0015, abs=0.00002)  # 40,000 of 26.5 million calls
    half_year = table(claim("total", 40_000, 40_000, (1100, 1100), (6.5, 6.5)))
    assert half_year["calls_low"] == pytest.approx(5.6, abs=0.01)
    times = table(claim("times", 40, 50))
    assert (times["calls_low"], times["calls_high"]) == (20, 25)
    assert (times["cost_low"], times["cost_high"]) == (200, 500)
    assert table(claim("each", 25, 25))["times_low"] == 50


@given(st.floats(1, 1e6), st.floats(1, 1e4))
def test_a_total_and_the_same_calls_each_agree(total: float, heads: float) -> None:
    one = table(claim("total", total, total, (heads, heads)))
    other = table(claim("each", total / heads, total / heads, (heads, heads)))
    names = [c for c in one.index if c != "claim"]
    assert one[names].tolist() == pytest.approx(other[names].tolist())


def test_bad_claims_are_named() -> None:
    good = claim("each", 1, 2)
    kinds = {"customers": 10, "average_calls": 0.5, "cost_per_call": (1, 2)}
    assert message(lambda: crm.claim_table(good.assign(kind="all"), **kinds)) == (
        "a claim's kind must be one of total, each, times; found 'all'."
    )
    assert message(lambda: crm.claim_table(good.assign(low=3), **kinds)) == (
        "every low and high of a claim must be above 0, and no low above its high."
    )
    assert message(lambda: crm.claim_table(good, **kinds | {"customers": 0})) == (
        "customers must be above 0; found 0."
    )
    assert message(lambda: crm.claim_table(good, **kinds | {"cost_per_call": (3, 2)})) == (
        "cost_per_call must be two numbers of 0 or more, the lower first; found (3, 2)."
    )
    assert message(lambda: crm.claim_table(good, **kinds | {"cost_per_call": 5})) == (
        "cost_per_call must be two numbers of 0 or more, the lower first; found 5."
    )
    assert message(lambda: crm.claim_table(good, **kinds)) == (
        "a claim is about 1,200 heads; the firm has 10 customers."
    )
    for odd in (np.inf, "x"):
        assert message(lambda odd=odd: crm.claim_table(good.assign(high=odd), **kinds)) == (
            "every low and high of a claim must be above 0, and no low above its high."
        )


# ------------------------------------------------------------------ callers and first calls


def small() -> tuple[pd.DataFrame, pd.DataFrame]:
    people = pd.DataFrame({
        "customer_id": ["a", "b", "c"], "margin_eur": [24.0, 24.0, 30.0],
        "left_on": pd.to_datetime([None, "2023-04-30", "2023-02-01"]),
    })  # fmt: skip
    calls = pd.DataFrame({
        "customer_id": ["a", "a", "b", "c"], "issue_id": ["i", "i", "j", "k"],
        "call_date": pd.to_datetime(["2023-05-01", "2023-05-03", "2023-04-02", "2023-01-05"]),
        "cause_coded": [FIRM, "user", "user", FIRM], "cost_eur": [10.0, 20.0, 5.0, 7.0],
        "resolved": [False, True, True, False],
    })  # fmt: skip
    return people, calls


def test_callers_counts_the_period_and_the_days_as_a_customer() -> None:
    people, calls = small()
    before = calls.copy()
    table = crm.callers(people, calls, start="2023-04-01", end="2023-06-30").set_index("customer_id")
    assert list(table.index) == ["a", "b"]  # c had left
    months = 91 * 12 / 365
    assert table["calls"].tolist() == [2, 1] and table["firm_calls"].tolist() == [1, 0]
    assert table.loc["a", "cost_eur"] == pytest.approx(30 / months)
    assert table.loc["b", "present"] == pytest.approx(30 / 91)
    assert table.loc["b", "margin_eur"] == pytest.approx(24 * 30 / 91)
    pd.testing.assert_frame_equal(calls, before)
    again = crm.callers(people.iloc[::-1], calls.iloc[::-1], start="2023-04-01", end="2023-06-30")
    pd.testing.assert_frame_equal(again.set_index("customer_id"), table)


def test_first_call_resolution_looks_at_the_first_call_only() -> None:
    _, calls = small()
    row = crm.first_call_resolution(calls.sample(frac=1, random_state=0)).iloc[0]
    assert (row["issues"], row["resolved_first"]) == (3, 1)
    assert row["rate"] == pytest.approx(1 / 3) and row["calls_per_issue"] == pytest.approx(3)
    assert row["low"] < row["rate"] < row["high"]
    assert message(lambda: crm.first_call_resolution(calls.iloc[:0])) == (
        "there are no calls, so nothing was resolved."
    )
    people, _ = small()
    assert message(lambda: crm.callers(people, calls, start="2023-02-01", end="2023-01-01")) == (
        "the period must not end before it begins; found 2023-02-01 to 2023-01-01."
    )
    quarter = {"start": "2023-01-01", "end": "2023-03-31"}
    assert message(lambda: crm.callers(people, calls, start="soon", end="2023-01-01")) == (
        "start and end must be days, as in '2023-01-01'; found 'soon' and '2023-01-01'."
    )
    assert message(lambda: crm.callers(pd.concat([people, people]), calls, **quarter)) == (
        "subscribers: customer_id 'a' stands more than once."
    )
    assert message(lambda: crm.callers(people, calls.assign(call_id="k"), **quarter)) == (
        "calls: call_id 'k' stands more than once."
    )
    assert message(lambda: crm.callers(people.iloc[:2], calls, **quarter)) == (
        "calls: customer_id 'c' is not in subscribers."
    )


# ------------------------------------------------------------------ fault


def noted(share: float, n: int = 200) -> pd.DataFrame:
    k = round(share * n)
    return pd.DataFrame({"customer_id": [f"c{i % 20}" for i in range(n)],
                         "cause_coded": [FIRM] * k + ["user"] * (n - k)})  # fmt: skip


def seen(s: float, f: float, n: int = 100) -> pd.DataFrame:
    a, b = round(s * n), round(f * n)
    return pd.DataFrame(
        {
            "cause_audited": [FIRM] * n + ["user"] * n,
            "cause_coded": [FIRM] * a + ["user"] * (n - a) + [FIRM] * b + ["user"] * (n - b),
        }
    )


@given(st.integers(0, 20), st.sampled_from([0.7, 0.9, 1.0]), st.sampled_from([0.0, 0.1]))
def test_the_correction_gives_back_the_share_that_was_blurred(p20: int, s: float, f: float) -> None:
    p = p20 / 20
    row = crm.fault_share(noted(s * p + f * (1 - p), 2000), seen(s, f), draws=50).iloc[0]
    assert row["corrected"] == pytest.approx(p, abs=0.002)
    assert 0 <= row["low"] <= row["corrected"] <= row["high"] <= 1


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    g, hits = np.random.default_rng(0), 0
    for i in range(150):
        real = g.random(400) < 0.4
        coded = np.where(real, g.random(400) < 0.7, g.random(400) < 0.05)
        audit = pd.DataFrame(
            {"cause_audited": np.where(real, FIRM, "user"), "cause_coded": np.where(coded, FIRM, "user")}
        )
        true = g.random(600) < 0.5
        code = np.where(true, g.random(600) < 0.7, g.random(600) < 0.05)
        calls = pd.DataFrame(
            {"customer_id": g.integers(0, 300, 600).astype(str), "cause_coded": np.where(code, FIRM, "user")}
        )
        row = crm.fault_share(calls, audit, draws=200, rng=i).iloc[0]
        hits += row["low"] <= 0.5 <= row["high"]
    assert 0.89 <= hits / 150 <= 0.99


def test_the_interval_covers_the_truth_after_a_small_audit_too() -> None:
    g, hits = np.random.default_rng(1), 0
    for i in range(200):  # a rare cause: few of the 50 calls of the audit have it
        real = g.random(50) < 0.1
        if not real.any():
            real[0] = True
        coded = np.where(real, g.random(50) < 0.66, g.random(50) < 0.05)
        audit = pd.DataFrame(
            {"cause_audited": np.where(real, FIRM, "user"), "cause_coded": np.where(coded, FIRM, "user")}
        )
        if coded[real].mean() <= coded[~real].mean():
            hits += 1  # refused with a message, no wrong interval
            continue
        true = g.random(1800) < 0.05
        code = np.where(true, g.random(1800) < 0.66, g.random(1800) < 0.05)
        calls = pd.DataFrame(
            {"customer_id": np.repeat(np.arange(60), 30), "cause_coded": np.where(code, FIRM, "user")}
        )
        row = crm.fault_share(calls, audit, draws=200, rng=i).iloc[0]
        hits += row["low"] <= 0.05 <= row["high"]
    assert hits / 200 >= 0.93


def test_bad_audits_are_named() -> None:
    assert (
        message(lambda: crm.fault_share(noted(0.5).iloc[:0], seen(0.8, 0.1)))
        == "there are no calls to judge."
    )
    assert message(lambda: crm.fault_share(noted(0.5), seen(0.1, 0.1))) == (
        "agents note 'billing error by firm' as often where it is wrong as where it is right."
    )
    assert message(lambda: crm.fault_share(noted(0.5), seen(0.8, 0.1).iloc[:100])) == (
        "the audit must hold calls with and without the cause 'billing error by firm'."
    )
    assert message(lambda: crm.fault_share(noted(0.5), seen(0.8, 0.1), draws=1)) == (
        "draws must be a whole number from 10 to 100,000; found 1."
    )
    assert message(lambda: crm.fault_share(noted(0.5).assign(cause_coded=None), seen(0.8, 0.1))) == (
        "calls: 200 value(s) of 'cause_coded' are missing."
    )


# ------------------------------------------------------------------ the next period, and firing


def test_pure_luck_falls_back_to_the_mean() -> None:
    g = np.random.default_rng(0)
    ids = [f"c{i}" for i in range(50_000)]
    before, after = (
        pd.DataFrame({"customer_id": ids, "calls_month": g.poisson(2, 50_000)}) for _ in range(2)
    )
    steps = crm.next_period(before, after, edges=[0, 2, 4])
    assert steps["after"].to_numpy() == pytest.approx([2, 2, 2], abs=0.05)  # all alike: nothing but luck
    assert steps["customers"].sum() == 50_000
    assert steps["before"].iloc[-1] > 4


def test_who_is_gone_counts_with_none_and_order_does_not_matter() -> None:
    before = pd.DataFrame({"customer_id": ["a", "b"], "calls_month": [20.0, 10.0],
                           "cost_eur": [200.0, 100.0], "margin_eur": [24.0, 24.0]})  # fmt: skip
    after = before.iloc[:1].assign(calls_month=10.0, cost_eur=100.0)
    assert crm.next_period(before, after).loc[0, ["before", "after"]].tolist() == [15, 5]
    curve = crm.firing_curve(before, after, thresholds=[15, 5, 50])
    assert curve["threshold"].tolist() == [5, 15, 50] and curve["customers"].tolist() == [2, 1, 0]
    assert curve["promised_eur"].tolist() == [12 * 252, 12 * 176, 0]
    assert curve["came_eur"].tolist() == [12 * 76, 12 * 76, 0]
    assert curve["came_low"].notna().tolist() == [True, False, False]  # one customer: no spread is known
    assert crm.plot_firing(curve).has_data()
    again = crm.firing_curve(before.iloc[::-1], after, thresholds=[50, 5, 15])
    pd.testing.assert_frame_equal(curve, again)


def test_bad_edges_and_thresholds_are_named() -> None:
    frame = pd.DataFrame({"customer_id": ["a"], "calls_month": [1.0], "cost_eur": [1.0], "margin_eur": [1.0]})
    assert message(lambda: crm.next_period(frame, frame, edges=[1, 2])) == (
        "edges must rise from 0, as in 0, 1, 10; found [1.0, 2.0]."
    )
    assert message(lambda: crm.firing_curve(frame, frame, thresholds=[-1])) == (
        "thresholds must be calls per month of 0 or more; found [-1.0]."
    )
    for odd in (10, [np.nan]):
        assert message(lambda odd=odd: crm.firing_curve(frame, frame, thresholds=odd)) == (
            f"thresholds must be calls per month of 0 or more; found {odd!r}."
        )
    twice, blank = pd.concat([frame, frame]), frame.assign(cost_eur=np.nan)
    assert message(lambda: crm.firing_curve(frame, twice, thresholds=[1])) == (
        "after: customer_id 'a' stands more than once."
    )
    assert message(lambda: crm.firing_curve(blank, frame, thresholds=[1])) == (
        "before: 'cost_eur' must hold numbers, none missing."
    )
    assert message(lambda: crm.next_period(frame.assign(calls_month=-1), frame)) == (
        "before: 'calls_month' must hold numbers of 0 or more, none missing."
    )


# ------------------------------------------------------------------ options and chance


def certain(stays: float, leave: float, each: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame([("x", stays, stays, leave, leave, each)], columns=list(OPTION_COLUMNS))


def test_options_without_ranges_have_closed_forms() -> None:
    listed = pd.DataFrame({"cost_eur": [100.0] * 5, "margin_eur": [20.0] * 5})
    rules: dict[str, Any] = {"friends": 10, "heard_share": (0.5, 0.5), "friend_margin_eur": 10.0}

    def gain(options: pd.DataFrame) -> float:
        row = crm.option_values(listed, options, **rules).iloc[0]
        assert row["low"] == pytest.approx(row["high"])
        return float(row["gain_eur"])

    assert gain(certain(1, 0)) == pytest.approx(0)
    assert gain(certain(0.5, 0, 7)) == pytest.approx(12 * 5 * 50 - 35)
    assert gain(certain(0.5, 0.2)) == pytest.approx(12 * 5 * (0.8 * (20 - 50) + 80))
    assert gain(certain(0, 1)) == pytest.approx(12 * 5 * 80 - 12 * 0.5 * 10 * 10)  # friends leave too


def test_option_values_uses_the_assumed_ranges_and_no_order() -> None:
    g = np.random.default_rng(0)
    listed = pd.DataFrame({"cost_eur": g.gamma(2, 80, 60), "margin_eur": g.normal(24, 5, 60)})
    rules: dict[str, Any] = {"friends": 0, "heard_share": (0, 0.1), "friend_margin_eur": 20.0}
    table = crm.option_values(listed, **rules)
    assert table["option"].tolist() == [row[0] for row in CARE_OPTIONS]
    assert (table["low"] < table["gain_eur"]).all() and (table["gain_eur"] < table["high"]).all()
    pd.testing.assert_frame_equal(table, crm.option_values(listed.iloc[::-1], **rules))


def test_bad_options_are_named() -> None:
    listed = pd.DataFrame({"cost_eur": [1.0], "margin_eur": [1.0]})
    rules: dict[str, Any] = {"friends": 0, "heard_share": (0, 0.1), "friend_margin_eur": 20.0}
    assert message(lambda: crm.option_values(listed.iloc[:0], **rules)) == (
        "the list is empty: there is nobody to treat."
    )
    assert message(lambda: crm.option_values(listed, certain(1.5, 0), **rules)) == (
        "what stays and who leaves must be shares from 0 to 1 in every option."
    )
    assert message(lambda: crm.option_values(listed, **rules | {"friends": -1})) == (
        "friends must be 0 or more and heard_share two shares, the lower first; found -1 and (0, 0.1)."
    )
    assert message(lambda: crm.option_values(listed, **rules | {"heard_share": 0.02})) == (
        "friends must be 0 or more and heard_share two shares, the lower first; found 0 and 0.02."
    )
    assert message(lambda: crm.option_values(listed.assign(cost_eur=np.nan), **rules)) == (
        "listed: cost_eur, margin_eur must hold numbers, none missing."
    )
    assert message(lambda: crm.option_values(listed, certain(0.5, 0).assign(stays_high=0.1), **rules)) == (
        "no stays_low may be above its stays_high."
    )
    assert message(lambda: crm.option_values(listed, certain(0.5, 0, -1), **rules)) == (
        "each_eur must be 0 or more in every option."
    )


def test_the_chance_of_a_fall_is_that_of_a_normal_difference() -> None:
    table = crm.fall_chance(5, noise_points=[5 / np.sqrt(2), 2.5], years=1, draws=200_000)
    assert table["once"].tolist() == pytest.approx([0.158655, 0.078650], abs=1e-6)
    assert table["anywhere"].tolist() == pytest.approx(table["once"].tolist(), abs=0.003)
    longer = crm.fall_chance(5, noise_points=[2.5], years=5)
    assert longer["anywhere"].iloc[0] > 3 * longer["once"].iloc[0]
    assert message(lambda: crm.fall_chance(0, noise_points=[1])) == (
        "points and noise_points must be above 0; found 0 and [1.0]."
    )
    assert message(lambda: crm.fall_chance(5, noise_points=2.5)) == (
        "noise_points must be several numbers, as in [1.5, 2.5]; found 2.5."
    )
    assert message(lambda: crm.fall_chance(5, noise_points=[np.nan])) == (
        "points and noise_points must be above 0; found 5 and [nan]."
    )
    assert message(lambda: crm.fall_chance(1, noise_points=[1], years=0)) == (
        "years must be 1 to 100 and draws 100 to 1,000,000; found 0 and 4000."
    )


# ------------------------------------------------------------------ the world


def test_the_world_has_the_rates_it_says(big: Any) -> None:
    truth, calls = big.truth_phone.set_index("customer_id"), big.care_calls
    usual = truth.index[truth["episode_cause"] == "none"]
    gone = big.phone_subscribers.set_index("customer_id")["left_on"].notna()
    months = 6 - 1.5 * gone.reindex(usual).mean()  # who leaves does so in the middle of the second quarter
    mine = calls[calls["customer_id"].isin(usual)]
    assert len(mine) / len(usual) / months == pytest.approx(0.5, abs=0.015)
    counts = mine.groupby("customer_id").size().reindex(usual, fill_value=0)
    assert counts.var() > 3 * counts.mean()  # negative binomial, not Poisson
    opened = crm.first_call_resolution(mine).iloc[0]
    assert opened["rate"] == pytest.approx(0.53, abs=0.01)
    assert calls["cost_eur"].mean() == pytest.approx(10, abs=0.1)
    people = big.phone_subscribers
    assert people["revenue_eur"].mean() == pytest.approx(55, abs=0.5)
    assert people["margin_eur"].mean() == pytest.approx(24, abs=0.3)
    chance = truth["leave_own_share"] + truth["leave_fault_share"]
    assert gone.mean() == pytest.approx(chance.mean(), abs=0.005)
    assert truth["leave_own_share"].iloc[0] == pytest.approx(1 - 0.977**3, abs=1e-4)


def test_heavy_callers_are_as_many_and_as_often_the_firms_as_asked(big: Any) -> None:
    truth = big.truth_phone
    at_start = truth[truth["episode_from"] == 1]
    assert len(at_start) == round(0.004 * 40_000)
    assert (at_start["episode_cause"] == FIRM).sum() == len(at_start) / 2
    assert truth["episode_calls"].max() <= 300
    mean = truth.loc[truth["episode_calls"] > 0, "episode_calls"].mean()
    assert 25 <= mean <= 31
    still = ((truth["episode_from"] <= 6) & (truth["episode_to"] >= 6)).sum()
    assert still == pytest.approx(160, abs=50)  # as many end as begin, about


def test_agents_err_as_planted_and_the_audit_sees_it(big: Any) -> None:
    both = big.care_calls.merge(big.truth_care_issues, on="issue_id")
    share = pd.crosstab(both["cause"], both["cause_coded"], normalize="index")
    order = [FIRM, "user", "request refused"]
    assert share.loc[order, order].to_numpy() == pytest.approx(CODED, abs=0.02)
    audit = big.care_audit.merge(both, on="call_id")
    assert (audit["cause_audited"] == audit["cause"]).all() and len(audit) == 400
    usual = big.truth_phone.loc[big.truth_phone["episode_cause"] == "none", "customer_id"]
    issues = both[both["customer_id"].isin(usual)].drop_duplicates("issue_id")
    assert (issues["cause"] == FIRM).mean() == pytest.approx(BASE_CAUSES[0], abs=0.01)


def test_the_firms_share_is_recovered_and_the_list_falls_back(big: Any) -> None:
    calls = big.care_calls
    q1 = crm.callers(big.phone_subscribers, calls, start="2023-01-01", end="2023-03-31")
    q2 = crm.callers(big.phone_subscribers, calls, start="2023-04-01", end="2023-06-30")
    listed = q1.loc[q1["calls_month"] >= 10, "customer_id"]
    mine = calls[calls["customer_id"].isin(listed) & (calls["call_date"] <= "2023-03-31")]
    row = crm.fault_share(mine, big.care_audit.merge(calls, on="call_id")).iloc[0]
    true = (mine.merge(big.truth_care_issues, on="issue_id")["cause"] == FIRM).mean()
    assert row["coded"] < row["corrected"] == pytest.approx(true, abs=0.08)
    steps = crm.next_period(q1, q2)
    assert steps["change"].iloc[-1] < -0.2 and steps["after"].iloc[0] > steps["before"].iloc[0]


@pytest.mark.parametrize("size", [100, 250])
def test_a_small_world_is_whole(size: int) -> None:
    world = make_telecom(size, fcr=0.2, firm_share=1.0, heavy_share=0.05, rng=3)
    for name in world.__dataclass_fields__:
        check(getattr(world, name), name)
    gone = world.care_calls.merge(world.phone_subscribers, on="customer_id")
    assert not (gone["call_date"] > gone["left_on"]).any()
    assert set(world.care_calls["issue_id"]) == set(world.truth_care_issues["issue_id"])
    pairs = world.acquaintances
    assert (pairs["customer_id"] < pairs["friend_id"]).all() and not pairs.duplicated().any()


def test_the_same_seed_gives_the_same_world_and_bad_numbers_are_named() -> None:
    one, two = make_telecom(200, rng=5), make_telecom(200, rng=5)
    pd.testing.assert_frame_equal(one.care_calls, two.care_calls)
    assert message(lambda: make_telecom(50)) == (
        "n_customers must be a whole number from 100 to 500,000; found 50."
    )
    assert message(lambda: make_telecom(200, fcr=0)) == "fcr must be a number from 0.2 to 0.95; found 0."
    assert message(lambda: make_telecom(200, rng="x")) == (  # type: ignore[arg-type]
        "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found 'x'."
    )


# ------------------------------------------------------------------ pictures


PLOTS: dict[str, tuple[pd.DataFrame, dict[str, Any], str, str, list[str]]] = {
    "plot_claims": (
        pd.DataFrame({"claim": ["a", "b"], "calls_low": [5.0, 20.0], "calls_high": [6.0, 25.0]}), {},
        "Calls per head and month (logarithmic)", "What was said", ["claim", "calls_low"],
    ),
    "plot_next_period": (
        pd.DataFrame({"group": ["few", "many"], "customers": [9, 3], "before": [0.0, 20.0], "after": [0.4, 9.0]}),
        {}, "Calls per month in the first period (customers)", "Mean calls per month (log above 1)",
        ["group", "after"],
    ),
    "plot_firing": (
        pd.DataFrame({"threshold": [1.0, 10.0], "promised_eur": [9e4, 5e4], "came_eur": [-4e4, 2e4],
                      "came_low": [-6e4, 0.0], "came_high": [-2e4, 4e4]}), {},
        "End everybody with so many calls per month or more (logarithmic)", "Gain (EUR per year)",
        ["threshold", "came_eur"],
    ),
    "plot_care_options": (
        pd.DataFrame({"option": ["a", "b"], "gain_eur": [3.0, -1.0], "low": [1.0, -2.0], "high": [5.0, 1.0]}), {},
        "Gain (EUR per year; bar: 95 % of draws)", "Option", ["option", "gain_eur"],
    ),
    "plot_yearly_scores": (
        pd.DataFrame({"year": [2007, 2008, 2009], "score": [61, 56, 63]}), {"event": 2007.5}, "Year",
        "Score (points of 100)", ["year", "score"],
    ),
    "plot_spill_over": (
        pd.DataFrame({"circle": ["f", "f", "e", "e"], "leave_share": [0.01, 0.1] * 2, "gain_eur": [9.0, 8.0, 5.0, -9.0]}),
        {}, "Share of those who hear of it who leave (logarithmic)", "Gain (EUR per year)", ["circle", "gain_eur"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_the_table_on_the_axes_given(name: str) -> None:
    table, more, x, y, columns = PLOTS[name]
    fig, (ax, other) = plt.subplots(1, 2, figsize=(16, 4.5))
    before = table.copy()
    assert getattr(crm, name)(table, ax=ax, **more) is ax
    fig.canvas.draw()
    assert (ax.get_xlabel(), ax.get_ylabel()) == (x, y)
    assert ax.has_data() and not other.has_data() and len(plt.get_fignums()) == 1
    pd.testing.assert_frame_equal(table, before)
    for column in columns:
        assert f"lacks the column '{column}'" in message(
            lambda c=column: getattr(crm, name)(table.drop(columns=c), **more)
        )
    assert "has no rows" in message(lambda: getattr(crm, name)(table.iloc[:0], **more))


def test_what_is_drawn_is_what_the_tables_hold() -> None:
    ax = crm.plot_claims(PLOTS["plot_claims"][0])
    assert [t.get_text() for t in ax.texts] == ["5 to 6", "20 to 25"] and ax.get_xscale() == "log"
    ax = crm.plot_next_period(PLOTS["plot_next_period"][0])
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.0, 20.0], [0.4, 9.0]]
    ax = crm.plot_firing(PLOTS["plot_firing"][0])
    assert ax.lines[1].get_ydata().tolist() == [-4e4, 2e4]
    ax = crm.plot_yearly_scores(PLOTS["plot_yearly_scores"][0], event=2007.5)
    assert {t.get_text() for t in ax.texts} == {"61", "56", "63", "\N{MINUS SIGN}5", "+7"}
    ax = crm.plot_care_options(PLOTS["plot_care_options"][0])
    assert ax.lines[0].get_xdata().tolist() == [3.0, -1.0]
    ax = crm.plot_spill_over(PLOTS["plot_spill_over"][0])
    assert [line.get_label() for line in ax.lines[:2]] == ["f", "e"]


# ------------------------------------------------------------------ the facts


def test_the_notebooks_numbers_stand_in_the_facts() -> None:
    facts = crm.case_facts("sprint").set_index("code")
    assert facts.loc["letters", "date"] == "2007-06-29" and facts.loc["last_day", "date"] == "2007-07-30"
    value = facts["value"]
    assert value["calls_total"] / value["mailing"] == pytest.approx(33.3, abs=0.1)
    assert value["calls_25"] / value["average"] == 50
    assert value["fcr_rival"] / value["fcr_sprint"] == pytest.approx(1.34, abs=0.01)
    assert value["acsi_2008"] - value["acsi_2007"] == -5
    assert (
        value["call_high"] == 20 and "5 to 12 dollars, a difficult one 30" in facts.loc["call_2010", "fact"]
    )
    five = ["calls_total", "calls_period", "calls_each", "calls_25", "calls_multiple"]
    assert (facts.loc[five, "against"] != "").all()
    wrong = " ".join(crm.lecture_corrections("sprint")["sources"])
    assert "29 June 2007" in wrong and "high-maintenance" in wrong
