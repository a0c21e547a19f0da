"""States and phases: the rule tables cover every case once, histories add up, nothing looks ahead."""

from __future__ import annotations

import itertools
import re
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import crmlab as crm
from crmlab.contracts import DataError
from crmlab.lifecycle import AGE, BOUGHT, ORDERS, SCHEMES, SILENCE, STATES

DAY = "2023-12-31"


def log(*rows: tuple[str, str, float]) -> pd.DataFrame:
    who, when, amount = zip(*rows, strict=True)
    return pd.DataFrame({"customer_id": who, "order_date": pd.to_datetime(list(when)), "amount_eur": amount})


@pytest.fixture(scope="module")
def world() -> Any:
    return crm.make_retail(n_customers=600, rng=3)


# ---- the rules are data


def test_every_case_has_exactly_one_state() -> None:
    for orders, silence, need, approached in itertools.product(ORDERS, SILENCE, (True, False), (True, False)):
        hits = [
            s.name for s in STATES
            if orders in s.orders and silence in s.silence
            and need in s.has_need and approached in s.approached
        ]  # fmt: skip
        assert len(hits) == 1, (orders, silence, need, approached, hits)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_day_has_exactly_one_phase(scheme: str) -> None:
    for orders, silence, age in itertools.product(BOUGHT, SILENCE, AGE):
        hits = [p for p in SCHEMES[scheme] if orders in p.orders and silence in p.silence and age in p.age]
        assert len(hits) == 1, (orders, silence, age)


@pytest.mark.parametrize(
    "table", [crm.relationship_rules(), crm.life_cycle_rules(), crm.life_cycle_rules(scheme="four")]
)
def test_the_rules_read_well(table: pd.DataFrame) -> None:
    assert table.iloc[:, 0].is_unique and table.iloc[:, 1].str.contains(r"[\u4e00-\u9fff]").all()
    assert not table.isna().any().any()
    assert crm.relationship_rules(loyal_orders=3)["orders"].tolist()[4] == "2"


# ---- states


def test_states_on_both_sides_of_each_border() -> None:
    orders = log(
        ("a", "2022-12-31", 9), ("b", "2022-12-30", 9),  # 365 and 366 days of silence
        *[("c", "2023-12-01", 9)] * 4, *[("d", "2023-12-01", 9)] * 5,
        ("e", "2023-12-01", 9), ("e", "2023-12-02", -9), ("f", "2024-01-01", 9),
    )  # fmt: skip
    states = crm.relationship_states(orders, as_of=DAY).set_index("customer_id")["state"]
    assert states.to_dict() == {
        "a": "first-time",
        "b": "lost",
        "c": "repeat",
        "d": "loyal",
        "e": "first-time",
    }


def test_prospects_get_the_first_three_states_unless_they_have_bought() -> None:
    people = pd.DataFrame(
        {
            "customer_id": list("axyz"),
            "has_need": [True, False, True, True],
            "approached": [True, True, False, True],
        }
    )
    found = crm.relationship_states(log(("a", "2023-05-01", 9)), as_of=DAY, prospects=people)
    assert found["state"].tolist() == ["first-time", "non-customer", "potential", "target"]
    assert (
        found["n_orders"].tolist() == [1, 0, 0, 0]
        and found["recency_days"].isna().tolist() == [False] + [True] * 3
    )


def test_states_agree_with_plain_pandas_and_row_order_does_not_matter(world: Any) -> None:
    orders = world.orders
    kept = orders.copy()
    found = crm.relationship_states(orders, as_of=DAY)
    table = crm.rfm_table(orders, as_of=DAY)
    hand = np.select(
        [table["recency_days"] > 365, table["n_orders"] == 1, table["n_orders"] < 5],
        ["lost", "first-time", "repeat"], "loyal",
    )  # fmt: skip
    assert (found["state"].astype(str) == hand).all()
    pd.testing.assert_frame_equal(
        found, crm.relationship_states(orders.sample(frac=1, random_state=1), as_of=DAY)
    )
    pd.testing.assert_frame_equal(orders, kept)
    past = orders[orders["order_date"] <= DAY]
    pd.testing.assert_frame_equal(found, crm.relationship_states(past, as_of=DAY))


# ---- life cycle


def by_hand(orders: pd.DataFrame, scheme: str) -> dict[tuple[str, pd.Timestamp], str]:
    """Walk day by day through every history."""
    found = {}
    for who, mine in orders[orders["amount_eur"] >= 0].groupby("customer_id"):
        days = mine.loc[mine["order_date"] <= DAY, "order_date"]
        for day in pd.date_range(days.min(), DAY) if len(days) else []:
            past = days[days <= day]
            n, silent, age = len(past), (day - past.max()).days, (day - past.min()).days
            if scheme == "five":
                name = (
                    "termination" if silent > 365 else "decline" if silent > 180
                    else "acquisition" if n == 1 else "growth" if n < 4 else "maturity"
                )  # fmt: skip
            else:
                name = (
                    "degeneration" if silent > 180
                    else "exploration" if age <= 90 else "formation" if age <= 365 else "stability"
                )  # fmt: skip
            found[str(who), day] = name
    return found


@pytest.mark.parametrize("scheme", ["five", "four"])
def test_spells_are_what_a_walk_day_by_day_finds(world: Any, scheme: str) -> None:
    orders = world.orders
    some = orders[orders["customer_id"].isin(sorted(orders["customer_id"].unique())[:40])]
    spells = crm.life_cycle(some, as_of=DAY, scheme=scheme)
    wanted = by_hand(some, scheme)
    got = {
        (s.customer_id, day): s.phase
        for s in spells.itertuples()
        for day in pd.date_range(s.start_date, s.end_date)
    }
    assert got == wanted
    assert spells["days"].sum() == len(wanted)


def test_spells_join_without_a_gap_and_know_nothing_later(world: Any) -> None:
    orders = world.orders
    spells = crm.life_cycle(orders, as_of=DAY)
    per = crm.rfm_table(orders, as_of=DAY).set_index("customer_id")
    total = spells.groupby("customer_id")["days"].sum()
    assert (total == (pd.Timestamp(DAY) - per["first_date"]).dt.days + 1).all()
    same = spells["customer_id"] == spells["customer_id"].shift()
    assert (spells["phase"].astype(str) != spells["phase"].astype(str).shift())[same].all()
    pd.testing.assert_frame_equal(spells, crm.life_cycle(orders.sample(frac=1, random_state=2), as_of=DAY))
    earlier = crm.life_cycle(orders, as_of="2023-06-30")
    cut = spells[spells["start_date"] <= "2023-06-30"]
    assert (
        earlier[["customer_id", "start_date"]].values.tolist()
        == cut[["customer_id", "start_date"]].values.tolist()
    )


def test_phase_profit_conserves_orders_money_and_time(world: Any) -> None:
    w = world
    spells = crm.life_cycle(w.orders, as_of=DAY)
    costs = w.contacts.rename(columns={"contact_date": "date"})[["customer_id", "date", "cost_eur"]]
    table = crm.phase_profit(spells, w.orders, costs)
    seen = w.orders[w.orders["order_date"] <= DAY]
    assert table["n_orders"].sum() == (seen["amount_eur"] >= 0).sum()
    spent = costs.loc[costs["date"] <= DAY, "cost_eur"].sum()
    assert table["profit_eur"].sum() == pytest.approx(seen["margin_eur"].sum() - spent)
    assert table["customer_years"].sum() * 365.25 == pytest.approx(spells["days"].sum())
    years = table["customer_years"]
    np.testing.assert_allclose(table["profit_year_eur"] * years, table["profit_eur"])
    np.testing.assert_allclose(table["margin_year_eur"] - table["cost_year_eur"], table["profit_year_eur"])
    shuffled = crm.phase_profit(spells, w.orders.sample(frac=1, random_state=4), costs)
    pd.testing.assert_frame_equal(table, shuffled)


def test_an_order_does_not_choose_its_own_phase() -> None:
    orders = log(("a", "2022-01-01", 10), ("a", "2022-01-01", 10), ("a", "2023-06-01", 30)).assign(
        margin_eur=1.0
    )
    table = crm.phase_profit(crm.life_cycle(orders, as_of=DAY), orders).set_index("phase")
    assert table["n_orders"].to_dict() == {
        "acquisition": 0, "growth": 2, "maturity": 0, "decline": 0, "termination": 1,
    }  # fmt: skip
    assert table.loc["termination", "price_eur"] == 30
    assert np.isnan(table.loc["maturity", "profit_year_eur"])


# ---- bad input, with the whole message


def people(ids: list[str], need: object) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ids, "has_need": need, "approached": True})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda o: crm.relationship_states(o, as_of=DAY, loyal_orders=2),
            "loyal_orders must be a whole number, 3 or more; found 2.",
        ),
        (
            lambda o: crm.relationship_states(o, as_of=DAY, lost_days=0.5),
            "lost_days must be a whole number, 1 or more; found 0.5.",
        ),
        (
            lambda o: crm.life_cycle(o, as_of=DAY, scheme="six"),
            "scheme must be 'five' or 'four'; found 'six'.",
        ),
        (
            lambda o: crm.life_cycle(o, as_of=DAY, quiet_days=365),
            "quiet_days must be less than end_days; found 365 and 365.",
        ),
        (
            lambda o: crm.life_cycle(o, as_of=DAY, young_days=400),
            "young_days must be less than settled_days; found 400 and 365.",
        ),
        (
            lambda o: crm.life_cycle(o, as_of="2021-12-31"),
            "nobody has bought by 2021-12-31. Hint: look at the first and last order_date, and choose "
            "another day.",
        ),
        (
            lambda o: crm.relationship_states(o, as_of=DAY, prospects=people(["x", "x"], True)),
            "prospects: 'x' stands in more than one row; allowed is one row per person. "
            'Hint: prospects.drop_duplicates("customer_id")',
        ),
        (
            lambda o: crm.relationship_states(o, as_of=DAY, prospects=people(["x"], ["maybe"])),
            "prospects: 'has_need' must hold True or False only. Hint: fill the gaps first.",
        ),
        (
            lambda o: crm.plot_phases(o, measure="volume"),
            "measure must be one of orders_year, price_eur, cost_year_eur, margin_year_eur, profit_year_eur; "
            "found 'volume'.",
        ),
        (
            lambda _: crm.plot_states(pd.DataFrame({"state": ["a"], "customers": [1], "left": [2]})),
            "table: more have left than there are customers in 1 row(s).",
        ),
        (
            lambda _: crm.plot_table_map(
                pd.DataFrame({"table": ["a"], "one_row_is": ["x"], "rows": [1]}),
                pd.DataFrame({"from_table": ["a"], "to_table": ["b"], "key": ["k"]}),
            ),
            "links: 'b' is not among the tables a.",
        ),
    ],
)
def test_bad_input_says_what_and_how(call: object, message: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        call(log(("a", "2022-05-01", 9.0)))  # type: ignore[operator]


# ---- pictures


def test_plot_states_draws_counts_and_who_has_left() -> None:
    _, ax = plt.subplots()
    table = pd.DataFrame({"state": ["repeat", "lost"], "customers": [80, 40], "left": [20, 30]})
    assert crm.plot_states(table, ax=ax) is ax
    assert [b.get_width() for b in ax.patches] == [80, 40, 20, 30]
    assert [b.get_x() for b in ax.patches][2:] == [60, 10]
    assert ax.get_xlabel() == "Customers (number)" and ax.get_legend() is not None
    plt.close("all")


def test_plot_phases_draws_values_and_names_a_gap() -> None:
    _, ax = plt.subplots()
    table = pd.DataFrame(
        {"phase": ["growth", "maturity", "decline"], "profit_year_eur": [40.0, np.nan, -5.0]}
    )
    assert crm.plot_phases(table, currency="USD", ax=ax) is ax
    assert sorted(b.get_height() for b in ax.patches) == [-5, 40]
    assert [t.get_text() for t in ax.texts] == ["40", "none", "−5"]
    assert ax.get_ylabel() == "Profit (USD per customer-year)"
    plt.close("all")


def test_plot_table_map_draws_a_box_for_each_table_and_a_line_for_each_link() -> None:
    _, ax = plt.subplots()
    tables = pd.DataFrame({"table": list("abcd"), "one_row_is": ["x"] * 4, "rows": [1, 2, 3, 4]})
    links = pd.DataFrame({"from_table": list("bcd"), "to_table": list("aab"), "key": ["k", "k", "m"]})
    assert crm.plot_table_map(tables, links, ax=ax) is ax
    assert len(ax.patches) == 4 and len(ax.lines) == 3
    legend = ax.get_legend()
    assert legend is not None and [t.get_text() for t in legend.get_texts()] == ["k", "m"]
    plt.close("all")
