"""The personal world, and what is computed on it: demand, next purchase, recommending, offers, bandit."""

from __future__ import annotations

import dataclasses
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets.personal import MAIL_SHARES, OVERLAP, PersonalWorld, make_personal
from crmlab.datasets.retail import RetailSettings, World, make_retail
from crmlab.offers_signals import SENSITIVITY, SIGNALS


@pytest.fixture(scope="module")
def world() -> World:
    return make_retail(n_customers=3000, rng=5)


@pytest.fixture(scope="module")
def mine(world: World) -> PersonalWorld:
    return make_personal(world, rng=5)


def says(act: Any) -> str:
    with pytest.raises(DataError) as caught:
        act()
    return str(caught.value)


# ------------------------------------------------------------------ the world


def test_tables_keep_their_contracts_and_fit_together(world: World, mine: PersonalWorld) -> None:
    for field in dataclasses.fields(mine):
        check(getattr(mine, field.name), field.name)
    sold = set(world.orders.loc[world.orders["amount_eur"] >= 0, "order_id"])
    assert set(mine.checkouts["order_id"]) == sold == set(mine.basket_lines["order_id"])
    assert list(mine.truth_personal["customer_id"]) == sorted(world.truth["customer_id"])


def test_the_same_seed_gives_the_same_world_and_leaves_retail_alone(
    world: World, mine: PersonalWorld
) -> None:
    before = world.orders.copy()
    again = make_personal(world, rng=5)
    for field in dataclasses.fields(mine):
        pd.testing.assert_frame_equal(getattr(mine, field.name), getattr(again, field.name))
    pd.testing.assert_frame_equal(world.orders, before)
    assert not make_personal(world, rng=6).basket_lines.equals(mine.basket_lines)


def test_the_main_product_is_of_the_orders_category(world: World, mine: PersonalWorld) -> None:
    lines = mine.basket_lines.merge(mine.products, on="product_id")
    has = lines.groupby("order_id")["category"].agg(set)
    asked = world.orders.set_index("order_id")["category"].loc[has.index]
    assert all(kind in kinds for kind, kinds in zip(asked, has, strict=True))


def test_baskets_follow_taste(world: World, mine: PersonalWorld) -> None:
    lines = mine.basket_lines.merge(world.orders[["order_id", "customer_id"]], on="order_id")
    lines = lines.merge(mine.products, on="product_id").merge(mine.truth_personal, on="customer_id")
    bought = (
        lines["style"].eq("modern").groupby(pd.cut(lines["taste_modern"], [-1, 0.1, 0.9, 1]), observed=True)
    )
    low, _, high = bought.mean()
    assert low < 0.25 < 0.55 < high


def test_offers_and_mails_come_at_their_rates(mine: PersonalWorld) -> None:
    log = mine.offer_log
    error = 4 * 0.5 / np.sqrt(len(log))
    lot = log[log["assigned_by"] == "lot"]
    assert abs((lot["offer"] == "nothing").mean() - 0.34) < error
    assert set(lot.loc[lot["offer"] != "nothing", "propensity"]) == {0.22}
    weights = (1 / log["propensity"])[log["offer"] == "discount"].sum() / len(log)
    assert abs(weights - 1) < 3 * error  # inverse propensities of one offer add up to the number of rows
    mails = log["recent_mails"].value_counts(normalize=True).sort_index()
    assert np.allclose(mails, MAIL_SHARES, atol=error)


def test_orders_come_at_the_true_chance(mine: PersonalWorld) -> None:
    log = mine.offer_log.merge(mine.truth_personal, on="customer_id")
    lift = np.select([log["offer"] == o for o in ("discount", "guide", "advice")],
                     [log[f"lift_{o}"] for o in ("discount", "guide", "advice")], 0.0)  # fmt: skip
    chance = (
        log["season_chance"] * OVERLAP ** log["recent_mails"]
        + lift * (1 - log["fatigue"]) ** log["recent_mails"]
    )
    chance = np.clip(chance, 0, 1) * (log["left_date"] > log["sent_date"])
    for offer, rows in log.groupby("offer"):
        expected, spread = chance[rows.index].sum(), np.sqrt((chance * (1 - chance))[rows.index].sum())
        assert abs(rows["ordered"].sum() - expected) < 4 * spread, offer
    assert (log.loc[~log["ordered"], "margin_eur"] == 0).all()


def test_who_is_not_to_be_disturbed_is_harmed(world: World, mine: PersonalWorld) -> None:
    annoyed = world.truth.set_index("customer_id")["response_type"] == "do not disturb"
    lifts = mine.truth_personal.set_index("customer_id")[["lift_discount", "lift_guide", "lift_advice"]]
    assert (lifts[annoyed.loc[lifts.index]] < 0).all(axis=None)
    assert (lifts[~annoyed.loc[lifts.index]] >= 0).all(axis=None)


def test_true_profit_by_hand(mine: PersonalWorld) -> None:
    profit = crm.true_offer_profit(mine.truth_personal, mine.offer_menu, day="2023-06-01", recent_mails=2)
    one = mine.truth_personal[mine.truth_personal["left_date"] > "2023-06-01"].iloc[0]
    chance = one["season_chance"] * OVERLAP**2 + one["lift_discount"] * (1 - one["fatigue"]) ** 2
    assert profit.loc[one["customer_id"], "discount"] == pytest.approx(
        min(max(chance, 0), 1) * one["season_margin_eur"] * 0.75 - 0.9
    )
    gone = mine.truth_personal[mine.truth_personal["left_date"] <= "2023-06-01"].iloc[0]
    assert profit.loc[gone["customer_id"]].tolist() == [0.0, -0.9, -2.0, -6.0]
    assert says(
        lambda: crm.true_offer_profit(mine.truth_personal, mine.offer_menu, day="2023-06-01", recent_mails=-1)
    ) == ("recent_mails must be 0 or more; found -1.")


def test_the_bundled_sample_is_small() -> None:
    small = crm.load_personal()
    assert len(small.truth_personal) == 600
    bundled = make_personal(crm.load_retail(), n_members=600)
    pd.testing.assert_frame_equal(small.basket_lines, bundled.basket_lines, check_dtype=False)


def test_bad_worlds(world: World) -> None:
    assert says(lambda: make_personal("retail")) == (  # type: ignore[arg-type]
        "world must be a retail world with its truth; found str. Hint: load_retail()"
    )
    assert says(lambda: make_personal(world, n_members=5)) == (
        "n_members must be 0 (all) or a whole number from 20 to 3,000; found 5."
    )
    assert says(lambda: make_personal(world, rng=-1)) == (
        "rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found -1."
    )


# ------------------------------------------------------------------ demand


def _answers(kappa: float, n: int, each: int, rng: int) -> pd.DataFrame:
    g = np.random.default_rng(rng)
    p = g.dirichlet(kappa * np.array([0.6, 0.4]), n)[:, 0] if np.isfinite(kappa) else np.full(n, 0.6)
    first = g.random((n, each)) < p[:, None]
    return pd.DataFrame(
        {
            "customer_id": np.repeat([f"c{i:04d}" for i in range(n)], each), "question": "q",
            "answer": np.where(first.ravel(), "a", "b"), "date": pd.Timestamp("2023-01-01"),
        }
    )  # fmt: skip


@pytest.mark.parametrize("kappa", [0.5, 4.0, 20.0])
def test_kappa_is_recovered(kappa: float) -> None:
    found = crm.demand_profile(_answers(kappa, 2500, 6, 1), as_of="2023-12-31")["kappa"].iloc[0]
    assert kappa / 1.25 < found < kappa * 1.25


def test_kappa_is_a_thousand_where_customers_do_not_differ() -> None:
    profile = crm.demand_profile(_answers(np.inf, 3000, 8, 3), as_of="2023-12-31")
    assert profile["kappa"].iloc[0] > 60
    assert (profile["guess"] == "a").mean() > 0.97  # nearly everybody gets the base guess


def test_a_profile_by_hand_and_no_look_ahead() -> None:
    events = pd.concat(
        [_answers(2.0, 400, 5, 2), _answers(2.0, 400, 5, 9).assign(date=pd.Timestamp("2024-05-01"))]
    )
    profile = crm.demand_profile(events, as_of="2023-12-31")
    past = events[events["date"] < "2024"]
    pd.testing.assert_frame_equal(
        profile, crm.demand_profile(past.sample(frac=1, random_state=1), as_of="2023-12-31")
    )
    one = profile.iloc[7]
    own = past[past["customer_id"] == one["customer_id"]]["answer"].eq(one["guess"]).sum()
    base = past["answer"].eq(one["guess"]).mean()
    assert one["chance"] == pytest.approx((own + one["kappa"] * base) / (5 + one["kappa"]))


def test_coverage_counts_and_pairs() -> None:
    past, later = _answers(0.2, 500, 4, 1), _answers(0.2, 500, 4, 1).assign(date=pd.Timestamp("2024-05-01"))
    table = crm.demand_coverage(crm.demand_profile(past, as_of="2023-12-31"), later).iloc[0]
    own = past["answer"].eq("a").groupby(past["customer_id"]).mean()
    assert table["base_right"] == pytest.approx(own.mean())
    assert table["own_right"] > 0.9 and table["low"] > 0 and table["scored"] == 500
    assert table["known_share"] == 1 and 0.5 < table["sure_share"] <= 1


def test_bad_demand() -> None:
    events = _answers(2.0, 10, 2, 1)
    profile = crm.demand_profile(events, as_of="2023-12-31")
    assert says(lambda: crm.demand_profile(events, as_of="2022-12-31")) == "nothing was seen by 2022-12-31."
    assert says(lambda: crm.demand_profile(events.assign(answer=None), as_of="2023-12-31")) == (
        'events: 20 answers are missing. Hint: events = events.dropna(subset="answer")'
    )
    assert says(lambda: crm.demand_profile(events.assign(date="2023-01-01"), as_of="2023-12-31")) == (
        'events: date must hold dates. Hint: events["date"] = pd.to_datetime(events["date"])'
    )
    assert says(lambda: crm.demand_profile(events.assign(customer_id=np.nan), as_of="2023-12-31")) == (
        "events: customer_id is missing in 20 rows."
    )
    assert says(lambda: crm.demand_profile(events.assign(date=pd.NaT), as_of="2023-12-31")) == (
        "events: date is missing in 20 rows."
    )
    assert says(lambda: crm.demand_coverage(pd.concat([profile, profile]), events)) == (
        "profile has 10 rows that repeat a question and customer."
    )
    assert (
        says(lambda: crm.demand_coverage(profile, events, sure=0))
        == "sure must be above 0 and at most 1; found 0."
    )
    assert says(lambda: crm.demand_coverage(profile, events, at_least=0)) == (
        "at_least must be a whole number of 1 or more; found 0."
    )


def test_events_of_a_world(world: World, mine: PersonalWorld) -> None:
    events = crm.demand_events(
        world.orders, checkouts=mine.checkouts, lines=mine.basket_lines, products=mine.products
    )
    count = events["question"].value_counts()
    sold = int((world.orders["amount_eur"] >= 0).sum())
    assert count["where"] == count["paid how"] == count["how many"] == sold
    assert count["what (style)"] == len(mine.basket_lines)
    assert 0.4 < count["why"] / sold < 0.5
    profile = (
        crm.demand_profile(events, as_of="2023-12-31")
        .drop_duplicates("question")
        .set_index("question")["kappa"]
    )
    assert profile["what (kind)"] > 100 > 10 > profile["paid how"]


# ------------------------------------------------------------------ next purchase


def test_intervals_by_hand() -> None:
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "c"], "amount_eur": [5.0, 5.0, -5.0, 5.0, 5.0],
            "order_date": pd.to_datetime(["2024-01-01", "2024-01-21", "2024-01-25", "2024-01-31", "2024-03-01"]),
        }
    )  # fmt: skip
    table = crm.interval_chance(log, as_of="2024-01-31", horizon_days=20).set_index("customer_id")
    assert list(table.index) == ["a", "b"]
    assert table.loc["a", "interval_days"] == 20 and table.loc["a", "due_date"] == pd.Timestamp("2024-02-10")
    assert table["p_buy"].tolist() == pytest.approx([1 - np.exp(-1)] * 2)
    assert table["own_interval"].tolist() == [True, False]
    assert (
        says(lambda: crm.interval_chance(log, as_of="2024-01-31", horizon_days=0))
        == "horizon_days must be above 0; found 0."
    )
    text = log.assign(order_date=log["order_date"].astype(str))
    assert says(lambda: crm.interval_chance(text, as_of="2024-01-31", horizon_days=9)) == (
        'orders: order_date must hold dates. Hint: orders["order_date"] = pd.to_datetime(orders["order_date"])'
    )
    assert says(lambda: crm.interval_chance(log.iloc[[0]], as_of="2024-01-31", horizon_days=9)) == (
        "nobody bought on two days by as_of: there is no interval to learn from."
    )


def test_scores_of_chances() -> None:
    y = np.array([True, False, False, False] * 50)
    chances = pd.DataFrame({"base": 0.25, "perfect": y.astype(float), "upside": 1 - y})
    scores = crm.chance_scores(chances, y).set_index("method")
    assert scores["skill"].tolist() == pytest.approx([0, 1, 1 - 1 / 0.1875])
    assert scores.loc["base", "brier"] == pytest.approx(0.1875) and scores.loc[
        "base", "said"
    ] == pytest.approx(50)
    assert scores.loc["perfect", "skill_gap_low"] > 0.9
    assert (
        says(lambda: crm.chance_scores(chances * 2, y)) == "chances must lie between 0 and 1, none missing."
    )
    assert (
        says(lambda: crm.chance_scores(chances, y[:5]))
        == "chances has 200 rows and happened 5; they must be the same."
    )
    assert says(lambda: crm.chance_scores(chances, np.ones(200))) == (
        "happened is the same for all customers: there is nothing to score."
    )
    assert says(lambda: crm.chance_scores(chances, y, draws=5)) == "draws must be 20 or more; found 5."
    for odd in (5.0, np.nan):
        assert says(lambda odd=odd: crm.chance_scores(chances, [odd, *y[1:]])) == (
            "happened must be true or false (1 or 0) for each row, none missing."
        )


def test_the_model_beats_intervals_where_customers_leave() -> None:
    firm = make_retail(n_customers=2500, rng=2, settings=RetailSettings(letter_strength=0))
    cal = crm.calibration_holdout(firm.orders, calibration_end="2023-12-31", as_of="2024-03-31")
    model = crm.chance_to_buy(crm.fit_btyd(cal, model="mbg_nbd"), cal, horizon=13)
    base = crm.interval_chance(firm.orders, as_of="2023-12-31", horizon_days=91)
    both = base.merge(model, on="customer_id", suffixes=("_interval", "_model"))
    bought = cal.set_index("customer_id").loc[both["customer_id"], "frequency_holdout"] > 0
    scores = crm.chance_scores(both[["p_buy_interval", "p_buy_model"]], bought).set_index("method")
    assert scores.loc["p_buy_model", "skill"] > 0.15 > 0 > scores.loc["p_buy_interval", "skill"]


# ------------------------------------------------------------------ recommending

LINES = pd.DataFrame({"order_id": [1, 1, 2, 2, 3, 3, 4, 5], "product_id": list("ababacbc")})


def test_rules_by_hand() -> None:
    from scipy.stats import fisher_exact

    rules = crm.pair_rules(LINES).set_index(["product_id", "companion_id"])
    assert rules.loc[
        ("a", "b"), ["both", "expected", "support", "confidence", "lift"]
    ].tolist() == pytest.approx([2, 9 / 5, 0.4, 2 / 3, (2 / 3) / (3 / 5)])
    assert rules.loc[("a", "b"), "p_value"] == pytest.approx(
        fisher_exact([[2, 1], [1, 1]], alternative="greater")[1]
    )
    assert rules.loc[("a", "b"), "q_value"] == rules.loc[("b", "a"), "q_value"]
    assert len(crm.pair_rules(LINES, at_least=2)) == 2
    pd.testing.assert_frame_equal(crm.pair_rules(LINES), crm.pair_rules(LINES.sample(frac=1, random_state=3)))


def test_independent_products_give_no_rules(mine: PersonalWorld) -> None:
    g = np.random.default_rng(1)
    held = pd.DataFrame(g.random((3000, 12)) < 0.2).stack()
    lines = held[held].reset_index().iloc[:, :2].set_axis(["order_id", "product_id"], axis=1)
    assert (crm.pair_rules(lines)["q_value"] < 0.05).mean() < 0.02
    found = crm.pair_rules(mine.basket_lines).set_index(["product_id", "companion_id"])
    planted = mine.truth_personal_pairs.set_index(["product_id", "companion_id"])
    strong = planted.index[planted["boost"] >= 9]
    assert (found.loc[strong, "lift"] > 1.5).all() and (found.loc[strong, "q_value"] < 0.01).all()


def test_recommenders_by_hand() -> None:
    history = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": list("abaca")})
    popular = crm.popular_scores(history)
    assert popular.loc[3].tolist() == pytest.approx([np.nan, 1 / 3, 1 / 3], nan_ok=True)
    partner = crm.partner_scores(history, LINES)
    assert partner.loc[3, "b"] == pytest.approx(2 / 3, abs=1e-5) and partner.loc[3, "c"] == pytest.approx(
        1 / 3, abs=1e-5
    )
    similar = crm.similar_scores(history)
    assert similar.loc[3, "b"] == pytest.approx(1 / np.sqrt(3)) and np.isnan(similar.loc[3, "a"])


def test_hits_by_hand() -> None:
    history = pd.DataFrame({"customer_id": [1, 1, 2, 3, 3], "product_id": list("abbcb")})
    later = pd.DataFrame({"customer_id": [1, 2, 2, 3, 9], "product_id": [*list("caba"), "a"]})
    hits = crm.hits_at(
        {"popularity": crm.popular_scores(history), "similarity": crm.similar_scores(history)}, later, k=1
    )
    assert hits["customers"].tolist() == [3, 3] and hits.loc[0, "hits"] == 3
    assert hits.loc[0, ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    only_old = pd.DataFrame({"customer_id": [1], "product_id": ["a"]})
    assert says(lambda: crm.hits_at({"p": crm.popular_scores(history)}, only_old)) == (
        "nobody bought anything new in the next basket: there is nothing to score."
    )
    assert says(lambda: crm.hits_at({"p": crm.popular_scores(history)}, later, k=0)) == (
        "k must be a whole number of 1 or more; found 0."
    )
    assert crm.hits_at({"p": crm.popular_scores(history)}, later, k=np.int64(1))["hits"].tolist() == [3]
    assert says(lambda: crm.hits_at({}, later)) == (
        'scores is empty. Hint: hits_at({"popularity": popular_scores(history)}, ...)'
    )
    gap = LINES.assign(product_id=LINES["product_id"].where(LINES.index > 1))
    assert says(lambda: crm.pair_rules(gap)) == "product_id is missing in 2 rows."
    assert says(lambda: crm.pair_rules(LINES, at_least=np.nan)) == "at_least must be 1 or more; found nan."
    assert says(lambda: crm.pair_rules(LINES, at_least=0)) == "at_least must be 1 or more; found 0."
    assert says(lambda: crm.pair_rules(LINES[LINES["product_id"] == "a"])) == (
        "lines holds fewer than two products: there are no pairs."
    )


# ------------------------------------------------------------------ offers


def _trial(n: int, rng: int) -> pd.DataFrame:
    g = np.random.default_rng(rng)
    trial = pd.DataFrame(
        {
            "offer": g.choice(["nothing", "guide", "advice"], n),
            "x": g.normal(size=n),
            "noise": g.normal(size=n),
        }
    )
    trial["recent_mails"] = g.integers(0, 4, n)
    lift = np.where(
        trial["offer"] == "guide", 0.2 * (trial["x"] > 0), np.where(trial["offer"] == "advice", -0.08, 0)
    )
    trial["chance"] = 0.15 + lift * 0.6 ** trial["recent_mails"]
    trial["ordered"] = g.random(n) < trial["chance"]
    return trial


def test_the_model_finds_for_whom_an_offer_works_harms_and_tires() -> None:
    fit = crm.fit_offers(_trial(20_000, 1), features=["x", "noise"])
    people = pd.DataFrame({"x": [-1.0, 1.0], "noise": 0.0})
    fresh, tired = (crm.offer_chances(fit, people, recent_mails=c) for c in (0, 3))
    lift = fresh["guide"] - fresh["nothing"]
    assert lift[1] > 0.12 > 0.08 > lift[0]
    assert (fresh["advice"] < fresh["nothing"]).all()
    assert (tired["guide"] - tired["nothing"])[1] < lift[1] / 2
    by_row = crm.offer_chances(fit, people.assign(recent_mails=[0, 3]), recent_mails=None)
    assert by_row.loc[0].equals(fresh.loc[0]) and by_row.loc[1].equals(tired.loc[1])


def test_row_order_does_not_matter_to_the_fit() -> None:
    trial = _trial(2000, 2)
    one, two = (crm.fit_offers(t, features=["x"]) for t in (trial, trial.sample(frac=1, random_state=1)))
    assert np.allclose(one.model.coef_, two.model.coef_, atol=1e-6)


def test_bad_trials() -> None:
    trial = _trial(200, 3)
    assert says(lambda: crm.fit_offers(trial[trial["offer"] == "guide"], features=["x"])) == (
        'trial needs rows with "nothing" and with another offer; found guide.'
    )
    assert says(lambda: crm.fit_offers(trial.assign(x=np.nan), features=["x"])) == (
        "trial: 'x' has missing values. Hint: fill them with what is known of all."
    )
    assert says(lambda: crm.fit_offers(trial.assign(ordered=False), features=["x"])) == (
        "ordered is the same in all rows of the trial: there is nothing to learn."
    )
    assert (
        says(lambda: crm.fit_offers(trial, features=[]))
        == "fit_offers needs at least one feature and a strength above 0."
    )
    fit = crm.fit_offers(trial, features=["x"])
    assert says(lambda: crm.offer_chances(fit, pd.DataFrame({"x": [np.nan]}))) == (
        "people: a feature has missing values. Hint: fill them as in the trial."
    )
    assert says(lambda: crm.offer_chances(fit, trial, recent_mails=-3)) == (
        "recent_mails must be 0 or more; found -3."
    )
    assert says(lambda: crm.fit_offers(trial.assign(x=np.inf), features=["x"])) == (
        "trial: 'x' has values that are not finite."
    )
    menu = pd.DataFrame({"offer": ["nothing"], "cost_eur": [0.0], "price_cut_share": [0.0]})
    assert says(lambda: crm.offer_profits(crm.offer_chances(fit, trial), trial["x"], menu)) == (
        "'advice' is not on the menu; it has nothing."
    )


def test_profits_match_margins_by_index_and_refuse_gaps() -> None:
    chances = pd.DataFrame({"nothing": [0.1, 0.2], "guide": [0.3, 0.4]}, index=["a", "b"])
    menu = pd.DataFrame({"offer": ["nothing", "guide"], "cost_eur": [0.0, 2.0], "price_cut_share": 0.0})
    margin = pd.Series([10.0, 20.0], index=["a", "b"])
    right = crm.offer_profits(chances, margin, menu)
    assert right["guide"].tolist() == pytest.approx([1.0, 6.0])
    pd.testing.assert_frame_equal(right, crm.offer_profits(chances, margin[::-1], menu))
    assert says(lambda: crm.offer_profits(chances, [np.nan, 1.0], menu)) == (
        "margin_eur has no number for 1 rows of chances."
    )
    assert says(lambda: crm.offer_profits(chances, margin.rename({"b": "c"}), menu)) == (
        "margin_eur has no number for 1 rows of chances."
    )
    assert says(lambda: crm.offer_profits(chances, 5.0, menu)) == (
        "margin_eur has 1 values; chances has 2 rows."
    )
    assert says(lambda: crm.offer_profits(chances, margin, pd.concat([menu, menu]))) == (
        "the menu has 'nothing' twice."
    )
    assert says(lambda: crm.offer_profits(chances, margin, menu.assign(price_cut_share=5.0))) == (
        "price_cut_share must lie between 0 and 1; found 5 to 5."
    )


def test_bundles_by_hand() -> None:
    profits = [pd.DataFrame({"nothing": [1.0 - 0.1 * c], "guide": [3.0 - c]}) for c in range(4)]
    gains = crm.bundle_gains(profits).iloc[0]
    assert gains.tolist() == pytest.approx([3 + 2 * 0.9 - 3, 3 + 2 + 0.8 - 3, 3 + 2 + 1 - 3])
    assert (
        says(lambda: crm.bundle_gains(profits[:1]))
        == "profits must be two or more tables with the same offers."
    )
    assert (
        says(lambda: crm.bundle_gains([p[["guide"]] for p in profits])) == 'profits has no column "nothing".'
    )


def _brute(gains: pd.DataFrame, costs: dict[str, float], budget: float) -> float:
    import itertools

    best, options = 0.0, [None, *gains.columns]
    for pick in itertools.product(options, repeat=len(gains)):
        if sum(costs[o] for o in pick if o) <= budget + 1e-9:
            best = max(best, sum(gains.iloc[i][o] for i, o in enumerate(pick) if o))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_plans_keep_the_budget_and_lie_below_the_bound(seed: int) -> None:
    g = np.random.default_rng(seed)
    gains = pd.DataFrame(g.normal(1, 2, (5, 3)), columns=["a", "b", "c"])
    costs = {"a": 1.0, "b": 2.0, "c": 3.0}
    best = _brute(gains, costs, 5.0)
    greedy, lp = (make(gains, costs, budget_eur=5.0) for make in (crm.plan_greedy, crm.plan_lp))
    for plan in (greedy, lp):
        spent = sum(costs[o] for o in plan.choice if o != "nothing")
        assert plan.cost_eur == pytest.approx(spent) and spent <= 5 + 1e-9
        assert plan.gain_eur <= best + 1e-9
    assert lp.bound_eur >= best - 1e-9
    assert lp.bound_eur - lp.gain_eur <= gains.to_numpy().max() + 1e-9  # one customer at most is split


def test_the_shadow_price_is_the_slope_and_limits_hold() -> None:
    g = np.random.default_rng(1)
    gains = pd.DataFrame({"mail": g.gamma(2, 1, 800), "call": g.gamma(2, 3, 800)})
    costs, uses = {"mail": 1.0, "call": 5.0}, {"hours": {"call": 0.5}}
    plan = crm.plan_lp(gains, costs, budget_eur=400, at_most={"hours": 10}, uses=uses)
    more = crm.plan_lp(gains, costs, budget_eur=401, at_most={"hours": 10}, uses=uses)
    assert more.bound_eur - plan.bound_eur == pytest.approx(plan.budget_price, rel=0.05)
    assert 0.5 * (plan.choice == "call").sum() <= 10
    free = crm.plan_lp(gains, costs, budget_eur=1e6)
    assert free.budget_price == 0 and free.gain_eur == pytest.approx(gains.max(axis=1).sum())
    assert crm.plan_lp(-gains, costs, budget_eur=10).gain_eur == 0
    assert crm.plan_lp(gains, costs, budget_eur=0).choice.eq("nothing").all()


def test_bad_plans() -> None:
    gains = pd.DataFrame({"mail": [1.0]})
    assert says(lambda: crm.plan_lp(gains, {"mail": 0.0}, budget_eur=1)) == (
        "costs must give each option a cost above 0; 'mail' has none."
    )
    assert (
        says(lambda: crm.plan_greedy(gains, {"mail": 1.0}, budget_eur=-1))
        == "budget_eur must be 0 or more; found -1."
    )
    assert (
        says(lambda: crm.plan_lp(gains * np.nan, {"mail": 1.0}, budget_eur=1)) == "gains has missing values."
    )
    uses = {"calls": {"mail": 1.0}}
    for make in (crm.plan_lp, crm.plan_greedy):
        assert says(lambda make=make: make(gains, {"mail": 1.0}, budget_eur=1, at_most={"calls": 1})) == (
            "at_most names 'calls' and uses does not: a limit needs both, its size and who uses it."
        )
        assert says(lambda make=make: make(gains, {"mail": 1.0}, budget_eur=1, uses=uses)) == (
            "uses names 'calls' and at_most does not: a limit needs both, its size and who uses it."
        )
        assert says(
            lambda make=make: make(gains, {"mail": 1.0}, budget_eur=1, at_most={"calls": -5}, uses=uses)
        ) == ("at_most['calls'] must be a number of 0 or more; found -5.")
        assert says(lambda make=make: make(gains * np.inf, {"mail": 1.0}, budget_eur=1)) == (
            "gains has values that are not finite."
        )


def test_inverse_propensity_is_right_on_average_and_the_naive_mean_is_not() -> None:
    g = np.random.default_rng(1)
    found, doubly, naive = [], [], []
    for _ in range(150):
        rich = g.random(600) < 0.5
        p = np.where(rich, 0.8, 0.2)
        sent = g.random(600) < p
        profit = np.where(rich, 5.0, 1.0) + sent + g.normal(size=600)
        log = pd.DataFrame(
            {"offer": np.where(sent, "a", "b"), "propensity": np.where(sent, p, 1 - p), "profit_eur": profit}
        )
        said = pd.DataFrame({"a": np.where(rich, 6.0, 2.0), "b": np.where(rich, 5.0, 1.0)})
        found.append(crm.judge_offers(log, {"a": ["a"] * 600}).loc[0, "profit_eur"])
        doubly.append(crm.judge_offers(log, {"a": ["a"] * 600}, predicted=said).loc[0, "profit_eur"])
        naive.append(profit[sent].mean())
    assert abs(np.mean(found) - 4) < 0.08 and abs(np.mean(doubly) - 4) < 0.03
    assert np.std(doubly) < 0.6 * np.std(found)
    assert np.mean(naive) > 4.8


def test_intervals_of_judged_plans_hold_and_bad_logs() -> None:
    g = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        offer = g.choice(["a", "b"], 400)
        log = pd.DataFrame(
            {"offer": offer, "propensity": 0.5, "profit_eur": g.normal(2, 1, 400) + (offer == "a")}
        )
        row = crm.judge_offers(log, {"b": ["b"] * 400, "a": ["a"] * 400}).iloc[1]
        held += row["gain_low"] <= 1 <= row["gain_high"]
    assert 180 <= held <= 199
    log["propensity"] = 0.0
    assert says(lambda: crm.judge_offers(log, {"b": ["b"] * 400})) == (
        "propensity must be above 0 and at most 1; found 0 to 0."
    )
    assert (
        says(lambda: crm.judge_offers(log.assign(propensity=0.5), {"b": ["b"]}))
        == "plan 'b' has 1 rows; the log has 400."
    )


def test_judging_refuses_offers_and_rows_that_do_not_fit() -> None:
    log = pd.DataFrame({"offer": ["a", "b"] * 5, "propensity": 0.5, "profit_eur": 1.0})
    said = pd.DataFrame({"a": 1.0, "b": 2.0}, index=log.index)
    assert says(lambda: crm.judge_offers(log, {"d": ["gift"] * 10})) == (
        "plan 'd' holds 'gift', which is not an offer here: a, b."
    )
    assert says(lambda: crm.judge_offers(log, {"d": ["gift"] * 10}, predicted=said)) == (
        "plan 'd' holds 'gift', which is not an offer here: a, b."
    )
    assert says(lambda: crm.judge_offers(log, {"d": "a"})) == "plan 'd' has 1 rows; the log has 10."
    plan = {"d": ["a"] * 10}
    assert says(lambda: crm.judge_offers(log, plan, predicted=said.head(3))) == (
        "predicted has 3 rows; the log has 10."
    )
    assert says(lambda: crm.judge_offers(log, plan, predicted=said[::-1])) == (
        "predicted has another index than the log, so its rows may be other people's. "
        "Hint: predicted = predicted.loc[log.index]"
    )
    assert says(lambda: crm.judge_offers(log, plan, predicted=said[["a"]])) == (
        "predicted has no column 'b', an offer of the log."
    )
    assert says(lambda: crm.judge_offers(log, plan, predicted=said.assign(b=np.nan))) == (
        "predicted has missing values."
    )
    assert says(lambda: crm.judge_offers(log.assign(profit_eur=np.nan), plan)) == (
        "profit_eur is missing in 10 rows of the log."
    )


def test_signals_do_not_look_ahead(world: World, mine: PersonalWorld) -> None:
    cut = pd.Timestamp("2023-06-30")
    table = crm.customer_signals(world, mine, as_of=cut)
    orders = world.orders[world.orders["order_date"] <= cut]
    past = dataclasses.replace(world, orders=orders.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(table, crm.customer_signals(past, mine, as_of=cut))
    assert set(SIGNALS) == set(SENSITIVITY)
    assert {c for columns in SIGNALS.values() for c in columns} <= set(table.columns)
    assert np.allclose(np.expm1(table["log_orders"]), table["n_orders"])


# ------------------------------------------------------------------ bandit


def test_bandits_learn_and_forget() -> None:
    race = crm.race_policies([0.02, 0.05, 0.10], margin_eur=10, contacts=4000, runs=80, rng=1)
    mean = race.groupby("policy")[["lost_eur", "right_at_end", "best_share", "fewest", "profit_eur"]].mean()
    assert (
        mean.loc["bandit", "lost_eur"] < mean.loc["fixed test", "lost_eur"] < mean.loc["no test", "lost_eur"]
    )
    assert mean.loc["no test", "lost_eur"] == pytest.approx(4000 * 10 * (0.10 - 0.17 / 3), rel=0.02)
    assert mean["profit_eur"].add(mean["lost_eur"]).to_numpy() == pytest.approx(4000 * 10 * 0.10, rel=0.02)
    assert mean.loc["bandit", "fewest"] < mean.loc["no test", "fewest"]
    turned = np.tile([0.02, 0.10], (40, 1))
    turned[20:] = [0.10, 0.02]
    after = crm.race_policies(turned, contacts=4000, runs=80, rng=1).groupby("policy")["right_at_end"].mean()
    assert after["forgetful bandit"] > 0.95 > 0.05 > after["fixed test"]


def test_bad_races() -> None:
    assert says(lambda: crm.race_policies([0.1])) == (
        "chances must be two or more numbers from 0 to 1, or such a row for each of the 40 batches; found shape (1,)."
    )
    assert says(lambda: crm.race_policies([0.1, 0.2], memory=0)) == "memory is out of its range; found 0."


# ------------------------------------------------------------------ plots

COVERAGE = pd.DataFrame(
    {
        "question": ["where", "why"],
        "base_right": [0.5, 0.3],
        "own_right": [0.6, 0.3],
        "low": [0.05, -0.1],
        "high": [0.15, 0.1],
    }
)
CHECKS = pd.DataFrame(
    {"method": ["m", "m", "n"], "said": [0.1, 0.5, 0.7], "came": [0.2, 0.4, 0.8], "low": 0.1, "high": 0.9}
)
HITS = pd.DataFrame(
    {
        "method": ["popularity", "similarity"],
        "hit_rate": [0.3, 0.4],
        "low": [0.25, 0.35],
        "high": [0.35, 0.45],
    }
)
GAINS = pd.DataFrame(
    {
        "offer": ["guide", "guide"],
        "group": ["no mail", "1 mail"],
        "gain": [0.05, 0.02],
        "low": [0.01, -0.02],
        "high": [0.09, 0.06],
    }
)
BUDGETS = pd.DataFrame(
    {
        "method": ["greedy", "greedy", "LP"],
        "budget_eur": [1, 2, 1],
        "promised_eur": [3, 4, 5],
        "true_eur": [2, 3, 3],
    }
)
LOST = pd.DataFrame(
    {"policy": ["bandit", "no test"], "world": "steady", "lost_eur": [5, 9], "low": [1, 8], "high": [9, 10]}
)
PAYS = pd.DataFrame(
    {"customers": [0, 10], "gain_eur": [0, 20], "low": [0, 5], "high": [0, 35], "cost_eur": [10, 11]}
)
DROPPED = pd.DataFrame(
    {
        "signal": ["region", "payment"],
        "sensitivity": [2, 3],
        "loss_eur": [0.1, -0.1],
        "low": -0.2,
        "high": 0.2,
        "true_loss_eur": 0.0,
    }
)
PICTURES = [
    (crm.plot_demand_coverage, COVERAGE, [0.6, 0.3], "Next answers guessed rightly (% of customers)"),
    (crm.plot_chance_check, CHECKS, [0.1, 0.5], "Chance that was said (mean of a tenth of the customers)"),
    (crm.plot_hits, HITS, [0.3, 0.4], "Customers with a hit (%)"),
    (crm.plot_offer_gains, GAINS, [5.0], "Added to the share who order (percentage points)"),
    (crm.plot_budgets, BUDGETS, [1, 2], "Budget for sending (EUR)"),
    (crm.plot_lost, LOST, [5, 9], "Lost against always sending the best one (EUR)"),
    (crm.plot_break_even, PAYS, [0, 10], "Customers who are written to"),
    (crm.plot_signals, DROPPED, [0.1, -0.1], "Lost without this signal (EUR per customer and mailing)"),
]  # fmt: skip


@pytest.mark.parametrize(("plot", "table", "drawn", "label"), PICTURES, ids=[p[0].__name__ for p in PICTURES])
def test_pictures_draw_their_data_on_the_axes_given(
    plot: Any, table: pd.DataFrame, drawn: list[float], label: str
) -> None:
    fig, ax = plt.subplots()
    before = table.copy()
    assert plot(table, ax=ax) is ax
    assert ax.get_xlabel() == label
    assert any(
        np.allclose(line.get_xdata(), drawn) for line in ax.lines if len(line.get_xdata()) == len(drawn)
    )
    pd.testing.assert_frame_equal(table, before)
    fig.canvas.draw()
    plt.close(fig)
    assert "lacks the column" in says(lambda: plot(table.iloc[:, 1:]))


def test_pictures_refuse_too_many_lines() -> None:
    many = pd.concat([CHECKS.assign(method=str(k)) for k in range(5)])
    assert says(lambda: crm.plot_chance_check(many)) == "method must have at most 4 values; it has 5."
    three = pd.concat([BUDGETS.assign(method=str(k)) for k in range(3)])
    assert says(lambda: crm.plot_budgets(three)) == "method must have at most two values; it has 3."
    groups = pd.concat([GAINS.assign(group=str(k)) for k in range(5)])
    assert says(lambda: crm.plot_offer_gains(groups)) == "group must have at most 4 values; it has 5."
    worlds = pd.concat([LOST.assign(world=str(k)) for k in range(5)])
    assert says(lambda: crm.plot_lost(worlds)) == "world must have at most 4 values; it has 5."
