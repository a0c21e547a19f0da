"""Credit: what is owed and how old, losses, the scorecard, signals, letters, the dealers' world."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.credit import BUCKETS, LIVE
from crmlab.credit_control import SIGNALS
from crmlab.datasets.dealers import AS_OF, DealerWorld

matplotlib.use("Agg")
CRITERIA = [
    "references", "current_ratio", "own_capital_eur", "collateral_share", "sector", "years_in_business",
]  # fmt: skip
day = pd.to_datetime


@pytest.fixture(scope="module")
def world() -> DealerWorld:
    made: DealerWorld = crm.make_dealers(2000, rng=5)
    return made


def ledger(rows: list[tuple[str, str, str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["dealer_id", "invoice_id", "issue_date", "due_date", "amount_eur"])
    return table.assign(issue_date=day(table["issue_date"]), due_date=day(table["due_date"]))


def paid(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["dealer_id", "invoice_id", "payment_date", "amount_eur"])
    return table.assign(payment_date=day(table["payment_date"]), amount_eur=table["amount_eur"].astype(float))


INVOICES = ledger(
    [
        ("a", "1", "2024-01-01", "2024-01-31", 100.0),
        ("a", "2", "2024-02-01", "2024-03-02", 60.0),
        ("b", "3", "2024-03-01", "2024-03-31", 40.0),
        ("b", "4", "2024-05-01", "2024-05-31", 999.0),
    ]
)
PAYMENTS = paid(
    [("a", "1", "2024-02-10", 30.0), ("a", "2", "2024-03-02", 60.0), ("a", "1", "2024-06-01", 70.0)]
)
OF = "2024-03-31"


# ------------------------------------------------------------------ what is owed


def test_open_items_take_parts_and_leave_the_future() -> None:
    items = crm.open_items(INVOICES, PAYMENTS, as_of=OF)
    assert items[["invoice_id", "open_eur", "days_overdue", "bucket"]].to_numpy().tolist() == [
        ["1", 70.0, 60, "31-60"], ["3", 40.0, 0, "not due"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (0, "not due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (90, "61-90"),
        (91, "91-180"),
        (361, "over 360"),
    ],
)
def test_every_day_has_one_bucket(late: int, bucket: str) -> None:
    of = pd.Timestamp("2024-01-31") + pd.Timedelta(days=late)
    table = crm.ageing_table(INVOICES.head(1), PAYMENTS.head(0), as_of=of)
    assert table.loc[table["open_eur"] > 0, "bucket"].tolist() == [bucket]


def test_ageing_conserves_money_and_ignores_the_order_of_rows(world: DealerWorld) -> None:
    inv, pay = world.invoices, world.payments
    before = inv.copy()
    table = crm.ageing_table(inv, pay, as_of=AS_OF)
    known, got = inv["issue_date"] <= AS_OF, pay["payment_date"] <= AS_OF
    assert table["open_eur"].sum() == pytest.approx(
        inv.loc[known, "amount_eur"].sum() - pay.loc[got, "amount_eur"].sum()
    )
    assert table["share"].sum() == pytest.approx(1)
    shuffled = crm.ageing_table(
        inv.sample(frac=1, random_state=1), pay.sample(frac=1, random_state=2), as_of=AS_OF
    )
    pd.testing.assert_frame_equal(table, shuffled)
    pd.testing.assert_frame_equal(inv, before)


def test_a_payment_without_an_invoice_is_refused() -> None:
    with pytest.raises(DataError) as error:
        crm.open_items(INVOICES.head(1), PAYMENTS, as_of=OF)
    assert str(error.value) == (
        "payments: 1 row(s) name an invoice that is not in invoices, such as '2'. Hint: bring the "
        "invoices of all years, or take these payments out and say how many you took."
    )


def test_dso_both_ways() -> None:
    # steady sales of 30 a day of 30, everything of the last 60 days open: both say 60
    rows = [
        ("a", str(i), f"{d:%Y-%m-%d}", "2030-01-01", 30.0)
        for i, d in enumerate(pd.date_range("2023-01-05", OF, freq="30D")[::-1])
    ]
    inv = ledger(rows)
    inv["issue_date"] = [pd.Timestamp(OF) - pd.Timedelta(days=30 * i + 1) for i in range(len(inv))]
    old = inv[inv["issue_date"] <= pd.Timestamp(OF) - pd.Timedelta(days=60)]
    pay = paid([("a", i, "2024-03-30", 30.0) for i in old["invoice_id"]])
    assert crm.dso(inv, pay, as_of=OF) == pytest.approx(60)
    assert crm.dso_count_back(inv, pay, as_of=OF) == pytest.approx(60)
    with pytest.raises(
        DataError, match=r"^nothing was sold in the 90 days up to 2030-01-01, so DSO has no denominator\."
    ):
        crm.dso(inv, pay, as_of="2030-01-01")


def test_collection_never_falls_and_ends_where_the_ledger_says(world: DealerWorld) -> None:
    curve = crm.collection_curve(world.invoices, world.payments, as_of=AS_OF)
    assert curve["collected"].is_monotonic_increasing and curve["collected"].between(0, 1).all()
    assert curve["invoices"].nunique() == 1
    with pytest.raises(
        DataError, match=r"^no invoice is -60 days past its due date on 1999-01-01\. Hint: a later as_of\.$"
    ):
        crm.collection_curve(world.invoices, world.payments, as_of="1999-01-01")


# ------------------------------------------------------------------ roll rates and provisions


def test_roll_rates_are_shares_and_only_go_to_the_next_ages(world: DealerWorld) -> None:
    rolls = crm.roll_rates(world.invoices, world.payments, as_of=AS_OF)
    assert np.allclose(rolls.sum(axis=1), 1) and (rolls.to_numpy() >= 0).all()
    assert rolls.loc["1-30", ["not due", "1-30", "61-90", "over 360"]].sum() == 0
    chance = crm.loss_chances(rolls)
    assert chance.is_monotonic_increasing and chance.iloc[-1] == 1


def test_loss_chances_are_the_limit_of_the_chain() -> None:
    rng = np.random.default_rng(1)
    moves = pd.DataFrame(rng.dirichlet(np.ones(8), size=6), index=list(LIVE), columns=["paid", *BUCKETS])
    full = np.eye(8)
    full[1:7] = moves.to_numpy()
    end = np.linalg.matrix_power(full, 4000)
    assert np.allclose(crm.loss_chances(moves).to_numpy()[:6], end[1:7, 7])


def test_provisions_by_hand_and_bad_values() -> None:
    ages = pd.DataFrame({"bucket": ["not due", "1-30"], "open_eur": [1000.0, 200.0]})
    chance = pd.Series({"not due": 0.02, "1-30": 0.5})
    assert crm.provisions(ages, chance, lgd=0.5)["provision_eur"].tolist() == [10.0, 50.0]
    with pytest.raises(DataError, match=r"^lgd must be a number from 0 to 1; found 66\.$"):
        crm.provisions(ages, chance, lgd=66)
    with pytest.raises(
        DataError, match=r"^chances has no value for the bucket '1-30'\. Hint: loss_chances\(rolls\)$"
    ):
        crm.provisions(ages, chance.head(1))


# ------------------------------------------------------------------ losses


def test_expected_loss_is_a_product_and_checks_its_shares() -> None:
    debtors = pd.DataFrame({"ead_eur": [200.0, 600.0], "pd_year": [0.1, 0.0], "lgd": [0.5, 1.0]})
    table = crm.expected_loss(debtors)
    assert table["expected_loss_eur"].tolist() == [10.0, 0.0] and table["share_of_ead"].tolist() == [
        0.25,
        0.75,
    ]
    with pytest.raises(DataError) as error:
        crm.expected_loss(debtors.assign(pd_year=[5.0, 0.1]))
    assert str(error.value) == (
        "debtors: 1 value(s) of 'pd_year' are not between 0 and 1, such as 5.0. Hint: 5 per cent is 0.05."
    )


def test_a_common_shock_leaves_the_mean_and_widens_the_tail() -> None:
    debtors = pd.DataFrame({"ead_eur": 1.0, "pd_year": 0.05, "lgd": 1.0}, index=range(200))
    alone, together = (crm.portfolio_losses(debtors, correlation=r, draws=20_000, rng=3) for r in (0.0, 0.3))
    assert alone.mean() == pytest.approx(10, rel=0.02) and together.mean() == pytest.approx(10, rel=0.06)
    assert alone.std() == pytest.approx(np.sqrt(200 * 0.05 * 0.95), rel=0.03)  # binomial
    assert np.quantile(together, 0.99) > 2 * np.quantile(alone, 0.99)
    with pytest.raises(DataError, match=r"^correlation must be from 0 to below 1; found 1\.$"):
        crm.portfolio_losses(debtors, correlation=1)


def test_two_ten_net_thirty() -> None:
    assert crm.early_payment_rate(discount=0.02, discount_days=10, net_days=30) == pytest.approx(
        0.37245, abs=1e-5
    )
    with pytest.raises(
        DataError, match=r"^needed: discount below 1 and 0 <= discount_days < net_days; found 0\.02, 30, 30\."
    ):
        crm.early_payment_rate(discount=0.02, discount_days=30, net_days=30)


# ------------------------------------------------------------------ scorecard


def test_weight_of_evidence_is_the_formula(world: DealerWorld) -> None:
    firms = world.dealers.assign(good=~(world.dealers["failed_date"] <= AS_OF))
    card = crm.fit_scorecard(firms, criteria=CRITERIA)
    for _, rows in card.table.groupby("criterion"):
        assert rows["good"].sum() == firms["good"].sum() and rows["bad"].sum() == (~firms["good"]).sum()
        full = rows[rows["bad"] > 0]
        by_hand = np.log(full["good"] / rows["good"].sum() / (full["bad"] / rows["bad"].sum()))
        assert np.allclose(full["woe"], by_hand)
    scored = crm.score_firms(card, firms)
    assert scored["chance_bad"].mean() == pytest.approx((~firms["good"]).mean(), abs=0.005)
    odds = np.log((1 - scored["chance_bad"]) / scored["chance_bad"])
    exact = 500 + 20 / np.log(2) * (odds - np.log(10))
    assert (exact - scored["points"]).abs().max() <= 3.01  # six rounded parts
    again = crm.score_firms(card, firms.sample(frac=1, random_state=1)).reindex(firms.index)
    pd.testing.assert_frame_equal(scored, again)


def test_the_card_recovers_the_ranking_of_the_truth(world: DealerWorld) -> None:
    firms = world.dealers.assign(good=~(world.dealers["failed_date"] <= AS_OF))
    card = crm.fit_scorecard(firms, criteria=CRITERIA)
    quality = crm.ranking_quality(firms["good"], crm.score_firms(card, firms)["points"])
    best = crm.ranking_quality(firms["good"], -world.truth_dealers["pd_year"])
    assert 0.65 < quality["auc"] < best["auc"]


def test_ranking_by_counting_pairs_and_bad_input() -> None:
    rng = np.random.default_rng(2)
    good, score = rng.random(60) < 0.7, rng.integers(0, 9, 60)
    pairs = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(score[good], score[~good])]
    found = crm.ranking_quality(good, score)
    assert found["auc"] == pytest.approx(np.mean(pairs)) and found["gini"] == pytest.approx(
        2 * np.mean(pairs) - 1
    )
    ks = max(abs((score[good] <= c).mean() - (score[~good] <= c).mean()) for c in range(9))
    assert found["ks"] == pytest.approx(ks)
    with pytest.raises(
        DataError, match=r"^needed: at least two good and two bad firms; found 3 good and 0 bad\.$"
    ):
        crm.ranking_quality([True] * 3, [1, 2, 3])
    with pytest.raises(
        DataError, match=r"^a scorecard needs at least two good and two bad firms; found 4 good and 0 bad\."
    ):
        crm.fit_scorecard(pd.DataFrame({"x": range(4), "good": True}), criteria=["x"])


# ------------------------------------------------------------------ control


def test_exposure_is_what_a_slow_look_finds(world: DealerWorld) -> None:
    few = world.dealers["dealer_id"].head(15)
    inv = world.invoices[world.invoices["dealer_id"].isin(few)].reset_index(drop=True)
    pay = world.payments[world.payments["dealer_id"].isin(few)]
    fast = crm.exposure_at_issue(inv, pay)
    for i in range(0, len(inv), 23):
        row = inv.iloc[i]
        old = inv[(inv["dealer_id"] == row["dealer_id"]) & (inv["issue_date"] < row["issue_date"])]
        same = inv[
            (inv["dealer_id"] == row["dealer_id"])
            & (inv["issue_date"] == row["issue_date"])
            & (inv.index < i)
        ]
        got = pay[(pay["dealer_id"] == row["dealer_id"]) & (pay["payment_date"] <= row["issue_date"])]
        owed = old["amount_eur"].sum() + same["amount_eur"].sum() - got["amount_eur"].sum()
        assert fast.loc[i, "owed_before_eur"] == pytest.approx(owed, abs=0.011)
        left = old["amount_eur"] - old["invoice_id"].map(
            got.groupby("invoice_id")["amount_eur"].sum()
        ).astype(float).fillna(0)
        late = (row["issue_date"] - old["due_date"]).dt.days > 30
        assert fast.loc[i, "overdue_before"] == bool((late & (left > 0.005)).any())


def test_signals_know_nothing_of_the_future(world: DealerWorld) -> None:
    few = world.dealers.head(150)
    inv = world.invoices[world.invoices["dealer_id"].isin(few["dealer_id"])]
    pay = world.payments[world.payments["dealer_id"].isin(few["dealer_id"])]
    of = pd.Timestamp("2023-06-30")
    whole = crm.early_signals(inv, pay, few, as_of=of, months=3)
    torn_inv = inv[inv["issue_date"] <= of]
    torn_pay = pay[(pay["payment_date"] <= of) & pay["invoice_id"].isin(torn_inv["invoice_id"])]
    torn = crm.early_signals(
        torn_inv,
        torn_pay,
        few.assign(failed_date=few["failed_date"].where(few["failed_date"] <= of)),
        as_of=of,
        months=3,
    )
    pd.testing.assert_frame_equal(whole, torn)
    assert whole[list(SIGNALS)].any().all()


def test_signals_are_worth_more_than_chance(world: DealerWorld) -> None:
    panel = crm.early_signals(world.invoices, world.payments, world.dealers, as_of="2023-12-31", months=8)
    report = crm.signal_report(panel, world.dealers).set_index("signal")
    assert (1 - report.loc["part payments", "false_alarms"]) > 2 * (1 - report["base"].iloc[0])
    assert report.loc["any two", "caught"] > 0.6 and report["lead_days"].between(1, 180).all()


# ------------------------------------------------------------------ documents and files


def test_documents_escape_names_and_add_up() -> None:
    items = crm.open_items(INVOICES, PAYMENTS, as_of=OF)
    page = crm.statement(items, dealer="a", name="<script>x</script> & Co", as_of=OF)
    assert "&lt;script&gt;x&lt;/script&gt; &amp; Co" in page and "<script>" not in page
    assert "<strong>70.00</strong>" in page and "70.00 EUR" in page
    letter = crm.reminder(items, dealer="a", name="A", step="last", as_of=OF)
    assert "2024-04-10" in letter and "&lt;p&gt;" not in letter
    assert "with 2% off" in crm.refusal(dealer="x", name="B", reason="we < they", as_of=OF)
    assert (
        "off"
        not in crm.refusal(dealer="x", name="B", reason="r", as_of=OF, discount=0).split("For now")[1][:60]
    )
    with pytest.raises(
        DataError, match=r"^'z' owes nothing, so there is nothing to state\. Hint: open_items\(\.\.\.\)$"
    ):
        crm.statement(items, dealer="z", name="Z", as_of=OF)
    with pytest.raises(DataError, match=r"^step must be one of first, second, last; found 'third'\.$"):
        crm.reminder(items, dealer="a", name="A", step="third", as_of=OF)


def test_the_ladder_climbs() -> None:
    ladder = crm.collection_ladder("2024-01-31")
    assert ladder["days_overdue"].is_monotonic_increasing and ladder["day"].iloc[1] == pd.Timestamp(
        "2024-02-03"
    )


def test_own_files(tmp_path: Path) -> None:
    one, two = str(tmp_path / "i.csv"), str(tmp_path / "p.csv")
    INVOICES.to_csv(one, index=False)
    PAYMENTS.to_csv(two, index=False)
    inv, pay = crm.read_ledger(one, two)
    assert crm.ageing_table(inv, pay, as_of=OF)["open_eur"].sum() == 110
    INVOICES.assign(due_date="31/01/2024").to_csv(one, index=False)
    with pytest.raises(DataError) as error:
        crm.read_ledger(one, two)
    assert str(error.value) == (
        "invoices: the column 'due_date' must hold days written YYYY-MM-DD; row 2 of the file has "
        "'31/01/2024' (4 such row(s)). Hint: correct the file."
    )
    with pytest.raises(DataError, match=r"^invoices: the file .* cannot be read"):
        crm.read_ledger(str(tmp_path / "none.csv"), two)


# ------------------------------------------------------------------ the world


@pytest.mark.parametrize(
    "name", ["dealers", "invoices", "payments", "applications", "truth_dealers", "truth_applications"]
)
def test_tables_keep_their_contracts(world: DealerWorld, name: str) -> None:
    check(getattr(world, name), name)
    check(getattr(crm.load_dealers(), name), name)


def test_the_bundle_is_the_generator(world: DealerWorld) -> None:
    made, read = crm.make_dealers(rng=2), crm.load_dealers()
    pd.testing.assert_frame_equal(made.invoices, read.invoices)
    pd.testing.assert_frame_equal(made.payments, read.payments)
    assert not world.invoices.equals(made.invoices)


def test_rates_are_those_that_were_published(world: DealerWorld) -> None:
    inv, pay = world.invoices, world.payments
    assert 70 <= (inv["due_date"] - inv["issue_date"]).dt.days.mean() <= 86
    last = pay.groupby("invoice_id").agg(day=("payment_date", "max"), eur=("amount_eur", "sum"))
    full = inv.merge(last, left_on="invoice_id", right_index=True).query("eur > amount_eur - 0.01")
    delay = (full["day"] - full["due_date"]).dt.days
    late = delay[delay > 0]
    assert 57 <= late.mean() <= 71 and 0.7 <= (late.mean() / late.std()) ** 2 <= 1.2
    old = inv[inv["due_date"] <= "2024-06-30"]
    soon = pay.merge(inv[["invoice_id", "due_date"]], on="invoice_id")
    soon = soon[soon["payment_date"] <= soon["due_date"] + pd.Timedelta(days=180)]
    got = old["invoice_id"].map(soon.groupby("invoice_id")["amount_eur"].sum()).fillna(0)
    assert 0.05 <= (old["amount_eur"] - got > 0.01).mean() <= 0.085
    owed = crm.open_items(inv, pay, as_of=AS_OF).groupby("dealer_id")["open_eur"].sum()
    assert owed.max() / owed.sum() == pytest.approx(0.30, abs=0.005)
    truth = world.truth_dealers
    assert truth.loc[~truth["shell"], "lgd"].mean() == pytest.approx(0.66, abs=0.02)


def test_failures_follow_the_true_chances(world: DealerWorld) -> None:
    truth = world.truth_dealers
    expected = (1 - (1 - truth["pd_year"]) ** 2).sum()
    failed = (truth["fails_on"] <= "2023-12-31").sum()
    assert abs(failed - expected) < 4 * np.sqrt(expected)
    secret = world.truth_applications["pd_year"].groupby(world.applications["decision"]).mean()
    assert secret["rejected"] > 1.5 * secret["accepted"]
    assert (world.applications["decision"] == "accepted").sum() == 2000 and secret.notna().all()


def test_nobody_pays_more_than_the_invoice_or_before_it(world: DealerWorld) -> None:
    both = world.payments.merge(world.invoices, on=["invoice_id", "dealer_id"], suffixes=("", "_due"))
    assert len(both) == len(world.payments) and (both["payment_date"] >= both["issue_date"]).all()
    total = both.groupby("invoice_id").agg(got=("amount_eur", "sum"), due=("amount_eur_due", "first"))
    assert (total["got"] <= total["due"] + 0.005).all()


def test_sizes_are_checked() -> None:
    with pytest.raises(
        DataError, match=r"^n_dealers must be a whole number from 100 to 1,000,000; found 99\.$"
    ):
        crm.make_dealers(99)


# ------------------------------------------------------------------ pictures


def test_plots_draw_the_data(world: DealerWorld) -> None:
    ages = crm.ageing_table(world.invoices, world.payments, as_of=AS_OF)
    ax: Any = crm.plot_ageing(ages)
    assert [bar.get_height() for bar in ax.patches] == ages["open_eur"].tolist()
    curve = crm.collection_curve(world.invoices, world.payments, as_of=AS_OF)
    ax = crm.plot_collection(curve)
    assert ax.lines[0].get_ydata().tolist() == curve["collected"].tolist()
    ax = crm.plot_collection(pd.concat([curve.assign(g="x"), curve.assign(g="y")]), by="g")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["x", "y"]
    rolls = crm.roll_rates(world.invoices, world.payments, as_of=AS_OF)
    ax = crm.plot_roll_rates(rolls)
    assert np.allclose(ax.images[0].get_array(), rolls.to_numpy()) and ax.get_ylabel() == "Days overdue now"
    table = pd.DataFrame({"criterion": ["a", "a"], "bin": ["x", "y"], "points": [10, 30]})
    assert [bar.get_width() for bar in crm.plot_points(table).patches] == [10, 30]
    cal = pd.DataFrame({"predicted": [0.1], "observed": [0.2], "low": [0.1], "high": [0.4], "firms": [40]})
    assert crm.plot_calibration(cal).lines[1].get_ydata().tolist() == [0.2]
    ax = crm.plot_losses({"p": np.arange(1001.0)}, marks={"profit": 500.0})
    assert ax.lines[0].get_xdata()[0] == 0 and ax.lines[1].get_xdata() == [500.0, 500.0]
    with pytest.raises(
        DataError, match=r"^losses lacks the column 'who'; it has no column\. Hint: plot_losses"
    ):
        crm.plot_losses({})
    matplotlib.pyplot.close("all")
