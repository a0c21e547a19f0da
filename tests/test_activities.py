"""Activities, their rates and bills; profit by customer and by channel."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.activities import ACTIVITIES, activity_cost, activity_rates, activity_use
from crmlab.contracts import DataError
from crmlab.costs import service_cost
from crmlab.datasets import make_retail
from crmlab.profits import channel_profit, customer_profit

YEAR = {"start": "2023-01-01", "as_of": "2023-12-31"}
WORLD = make_retail(n_customers=600, rng=4)


def letters() -> pd.DataFrame:
    return WORLD.letters[WORLD.letters["treated"]].merge(WORLD.campaigns, on="campaign_id")


def used(delivery: float = 6.0) -> pd.DataFrame:
    return activity_use(
        WORLD.orders, WORLD.contacts, WORLD.returns, **YEAR, delivery_cost_eur=delivery, letters=letters()
    )


def test_pools_are_what_the_tables_book() -> None:
    rates = activity_rates(used()).set_index("activity")
    talk = WORLD.contacts[WORLD.contacts["contact_date"].between("2023-01-01", "2023-12-31")]
    for channel in ("phone", "email", "chat", "visit"):
        mine = talk[talk["channel"] == channel]
        assert rates.loc[channel, "pool_eur"] == pytest.approx(mine["cost_eur"].sum())
        assert rates.loc[channel, "quantity"] == pytest.approx(mine["minutes"].sum())
    sold = WORLD.orders[WORLD.orders["order_date"].between("2023-01-01", "2023-12-31")]
    delivered = ((sold["amount_eur"] >= 0) & (sold["channel"] != "shop")).sum()
    assert rates.loc["delivery", "quantity"] == delivered
    assert rates.loc["delivery", "rate_eur"] == 6.0
    sent = WORLD.letters.query("campaign_id == 'autumn 2023'")["treated"].sum()
    assert rates.loc["letter", "quantity"] == sent
    assert rates["rate_eur"].to_numpy() == pytest.approx((rates["pool_eur"] / rates["quantity"]).to_numpy())


def test_bills_add_up_to_the_pools_and_agree_with_service_cost() -> None:
    use = used()
    cost = activity_cost(use).set_index("customer_id")
    assert cost["activity_cost_eur"].sum() == pytest.approx(use["cost_eur"].sum())
    booked = service_cost(WORLD.contacts, WORLD.returns, **YEAR).set_index("customer_id")
    assert cost["contact_eur"].sum() == pytest.approx(booked["contact_cost_eur"].sum())
    assert cost["return_eur"].sum() == pytest.approx(booked["return_cost_eur"].sum())
    near = cost["contact_eur"].reindex(booked.index, fill_value=0.0) - booked["contact_cost_eur"]
    assert near.abs().max() < 0.5  # a contact is booked by the minute; only its rounding differs
    parts = cost[["contact_eur", "return_eur", "delivery_eur", "marketing_eur"]].sum(axis=1)
    np.testing.assert_allclose(parts, cost["activity_cost_eur"])


def test_rates_by_hand() -> None:
    use = pd.DataFrame(
        {
            "customer_id": ["a", "b", "b"], "activity": ["phone", "phone", "return"],
            "driver": ["minutes", "minutes", "returns"], "quantity": [30.0, 10.0, 2.0],
            "cost_eur": [70.0, 10.0, 15.0],
        }
    )  # fmt: skip
    rates = activity_rates(use)
    assert rates["rate_eur"].tolist() == [2.0, 7.5]
    assert rates["customers"].tolist() == [2, 1]
    assert activity_cost(use)["activity_cost_eur"].tolist() == [60.0, 35.0]
    dearer = activity_cost(use, rates.assign(rate_eur=rates["rate_eur"] * 2))
    assert dearer["activity_cost_eur"].tolist() == [120.0, 70.0]


def test_order_of_rows_units_and_inputs_do_not_matter() -> None:
    orders = WORLD.orders.copy()
    mixed = activity_use(
        orders.sample(frac=1, random_state=1), WORLD.contacts.sample(frac=1, random_state=2),
        WORLD.returns.sample(frac=1, random_state=3), **YEAR, delivery_cost_eur=6.0, letters=letters(),
    )  # fmt: skip
    assert_frame_equal(mixed, used())
    assert_frame_equal(orders, WORLD.orders)
    assert_frame_equal(
        activity_cost(mixed.sample(frac=1, random_state=5)).round(9), activity_cost(used()).round(9)
    )


def test_profit_is_margin_less_cost_and_nobody_is_lost() -> None:
    use = used()
    table = customer_profit(WORLD.orders, use, **YEAR)
    inside = WORLD.orders[WORLD.orders["order_date"].between("2023-01-01", "2023-12-31")]
    assert table["margin_eur"].sum() == pytest.approx(inside["margin_eur"].sum())
    assert table["revenue_eur"].sum() == pytest.approx(inside["amount_eur"].sum())
    assert table["profit_eur"].sum() == pytest.approx(inside["margin_eur"].sum() - use["cost_eur"].sum())
    assert table["n_orders"].sum() == (inside["amount_eur"] >= 0).sum()
    assert set(table["customer_id"]) == set(inside["customer_id"]) | set(use["customer_id"])
    assert table["customer_id"].is_monotonic_increasing
    assert table["customer_id"].is_unique


def test_channels_sum_to_the_customers() -> None:
    use = used()
    channels, people = channel_profit(WORLD.orders, use, **YEAR), customer_profit(WORLD.orders, use, **YEAR)
    assert channels["profit_eur"].sum() == pytest.approx(people["profit_eur"].sum())
    assert channels["margin_eur"].sum() == pytest.approx(people["margin_eur"].sum())
    assert channels["orders"].sum() == people["n_orders"].sum()
    assert channels.set_index("channel").loc["shop", "delivery_eur"] == 0
    assert channels["channel"].iloc[-1] == "(no order)"
    shuffled = channel_profit(WORLD.orders.sample(frac=1, random_state=1), use, **YEAR)
    assert_frame_equal(shuffled.round(6), channels.round(6))


def test_a_log_without_channels_delivers_everything() -> None:
    bare = WORLD.orders.drop(columns="channel")
    use = activity_use(bare, **YEAR, delivery_cost_eur=2.0)
    inside = bare[bare["order_date"].between("2023-01-01", "2023-12-31")]
    assert use["quantity"].sum() == (inside["amount_eur"] >= 0).sum()
    assert set(use["activity"]) == {"delivery"}


def test_activities_are_named_once_and_in_both_languages() -> None:
    names = [a[0] for a in ACTIVITIES]
    assert len(set(names)) == len(names)
    assert all(re.search(r"[\u4e00-\u9fff]", a[1]) for a in ACTIVITIES)


BAD = [
    (
        lambda: activity_use(WORLD.orders, **YEAR, delivery_cost_eur=-1),
        "delivery_cost_eur must be 0 or more; found -1.",
    ),
    (
        lambda: activity_use(WORLD.orders, start="2024-01-01", as_of="2023-01-01", delivery_cost_eur=1),
        "as_of 2023-01-01 lies before start 2024-01-01.",
    ),
    (
        lambda: activity_rates(used().assign(activity="fax")),
        "use has the activity 'fax'. Allowed: phone, email, chat, visit, return, delivery, letter.",
    ),
    (
        lambda: activity_cost(used(), activity_rates(used()).iloc[1:]),
        "rates has no row for 'phone', which customers use. Hint: rates = activity_rates(use).",
    ),
    (
        lambda: activity_cost(used(), pd.concat([activity_rates(used())] * 2)),
        "rates has more than one row for 'phone'. Hint: keep one rate per activity.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD, ids=[m[:25] for _, m in BAD])
def test_bad_input(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        call()
