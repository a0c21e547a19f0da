"""The needs world: its rates, what it hides and shows, and that the bundled files are what it makes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError, check
from crmlab.datasets import World
from crmlab.datasets.bundled import load
from crmlab.datasets.needs import (
    DISCOUNT_SHARE,
    MEAN_ANSWERS,
    OFFER_COST_EUR,
    OFFER_MARGIN_EUR,
    ORDER_CHANCE,
    SEED_NEEDS,
    SHARES,
    NeedsWorld,
)
from crmlab.tables.needs import CUSTOMER_TYPES, ITEMS, OFFERS


@pytest.fixture(scope="module")
def retail() -> World:
    return crm.make_retail(n_customers=30_000, rng=4)


@pytest.fixture(scope="module")
def made(retail: World) -> NeedsWorld:
    return crm.make_needs(retail, rng=5)


def test_every_table_keeps_its_contract(made: NeedsWorld) -> None:
    for field in dataclasses.fields(made):
        check(getattr(made, field.name), field.name)


def test_the_bundled_tables_are_what_the_lesson_makes() -> None:
    bundled = load("needs", NeedsWorld)
    fresh = crm.make_needs(crm.load_retail(), rng=SEED_NEEDS)
    for field in dataclasses.fields(fresh):
        pd.testing.assert_frame_equal(
            getattr(fresh, field.name), getattr(bundled, field.name), check_dtype=False, rtol=1e-5
        )


def test_the_retail_world_is_not_touched_and_seeds_repeat(retail: World) -> None:
    before = retail.orders.copy()
    one, two = (crm.make_needs(retail, rng=8).needs for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(retail.orders, before)
    assert not crm.make_needs(retail, rng=9).needs.equals(one)


def test_types_answers_and_habits_have_their_rates(made: NeedsWorld) -> None:
    truth = made.truth_customer_types.set_index("customer_id")
    share = truth["customer_type"].value_counts(normalize=True)[list(CUSTOMER_TYPES)]
    assert share.to_numpy() == pytest.approx(SHARES, abs=0.04)
    answers = made.needs.set_index("customer_id").groupby(truth["customer_type"]).mean()
    assert np.abs(answers.loc[list(CUSTOMER_TYPES), list(ITEMS)].to_numpy() - MEAN_ANSWERS).max() < 0.25
    habits = made.habits.set_index("customer_id").groupby(truth["customer_type"])["discount_share"].mean()
    assert habits[list(CUSTOMER_TYPES)].to_numpy() == pytest.approx(DISCOUNT_SHARE, abs=0.02)
    here = truth.loc[made.needs["customer_id"], "still_customer"].mean()
    assert here > 0.97  # whoever has left does not answer
    assert len(made.needs) / truth["still_customer"].sum() == pytest.approx(0.66, abs=0.03)


def test_the_trial_is_drawn_by_lot_and_works_by_type(made: NeedsWorld) -> None:
    rows = made.offer_trial.merge(made.truth_customer_types, on="customer_id")
    assert rows["offer"].value_counts().max() - rows["offer"].value_counts().min() <= 1
    balance = rows.groupby("offer")["still_customer"].mean()
    assert balance.max() - balance.min() < 0.04
    stayed = rows[rows["still_customer"]]
    rate = stayed.groupby(["customer_type", "offer"])["ordered"].mean().unstack()
    assert np.abs(rate.loc[list(CUSTOMER_TYPES), list(OFFERS)].to_numpy() - ORDER_CHANCE).max() < 0.06
    assert not rows.loc[~rows["still_customer"], "ordered"].any()
    margin = rows[rows["ordered"]].groupby("offer")["margin_eur"].mean()[list(OFFERS)]
    assert margin.to_numpy() == pytest.approx(OFFER_MARGIN_EUR, rel=0.05)
    assert (rows.loc[~rows["ordered"], "margin_eur"] == 0).all()


def test_true_offers_are_the_mean_of_what_the_trial_brings(made: NeedsWorld) -> None:
    true = crm.true_offers(made).set_index("customer_id")
    got = made.offer_trial.set_index("customer_id")
    for offer, cost in zip(OFFERS, OFFER_COST_EUR, strict=True):
        mine = got[got["offer"] == offer]
        mean = (mine["margin_eur"] - mine["offer_cost_eur"]).mean()
        assert mean == pytest.approx(true.loc[mine.index, offer].mean(), abs=0.45)
        assert true[offer].min() == pytest.approx(-cost)


def test_needs_show_the_type_and_purchases_do_not(retail: World, made: NeedsWorld) -> None:
    truth = made.truth_customer_types.set_index("customer_id")["customer_type"]
    some = made.needs.head(2500)
    by_needs = crm.find_segments(crm.scaled_features(some, columns=list(ITEMS)), k=4)
    table = crm.behaviour_table(retail.orders, as_of="2023-12-31")
    columns = ["recency_days", "n_orders", "mean_order_eur"]
    features = crm.scaled_features(table, columns=columns, log=columns).loc[some["customer_id"]]
    by_purchases = crm.find_segments(features, k=4)
    assert crm.segment_agreement(by_needs, truth) > 0.5
    assert abs(crm.segment_agreement(by_purchases, truth)) < 0.05
    loud = crm.make_needs(retail, rng=5, noise=6.0).needs.head(2500)
    noisy = crm.find_segments(crm.scaled_features(loud, columns=list(ITEMS)), k=4)
    assert crm.segment_agreement(noisy, truth) < 0.3


def test_bad_input_is_named() -> None:
    world = crm.make_retail(n_customers=60, rng=1)
    with pytest.raises(DataError) as caught:
        crm.make_needs(3)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "world must be a retail world; found int. "
        "Hint: make_needs(make_retail(n_customers=1000, rng=1), rng=2)"
    )
    with pytest.raises(DataError, match=r"^noise must be a number from 0 to 10; found -1\.$"):
        crm.make_needs(world, noise=-1)
    with pytest.raises(DataError, match=r"^rng must be a seed, a whole number of 0 or more, or a NumPy Gen"):
        crm.make_needs(world, rng=-1)
    with pytest.raises(DataError, match=r"^made must be a needs world; found int\. Hint: make_needs\(world"):
        crm.true_offers(3)  # type: ignore[arg-type]
