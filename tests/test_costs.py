from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab.contracts import DataError
from crmlab.costs import service_cost

COLUMNS = ["customer_id", "n_contacts", "contact_cost_eur", "return_cost_eur", "service_cost_eur"]


def contacts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["b", "a", "a", "c"],
            "contact_date": pd.to_datetime(
                ["2024-01-01 00:00", "2024-01-31 18:00", "2024-02-01 00:00", "2023-12-31 23:59"]
            ),
            "cost_eur": [1.1, 2.2, 4.4, 8.8],
        }
    )


def returns() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["d", "a"],
            "return_date": pd.to_datetime(["2024-01-15", "2024-01-15"]),
            "handling_cost_eur": [0.7, 0.5],
        }
    )


def test_both_days_are_inclusive_and_every_cost_counts_once() -> None:
    table = service_cost(contacts(), returns(), start="2024-01-01", as_of="2024-01-31")
    assert list(table) == COLUMNS
    assert table.values.tolist() == [
        ["a", 1, 2.2, 0.5, 2.7],
        ["b", 1, 1.1, 0.0, 1.1],
        ["d", 0, 0.0, 0.7, 0.7],
    ]
    assert table["n_contacts"].dtype == "int64"


def test_without_start_everything_up_to_the_day() -> None:
    table = service_cost(contacts(), returns(), as_of=dt.date(2024, 12, 31)).set_index("customer_id")
    assert table["service_cost_eur"].to_dict() == {"a": 7.1, "b": 1.1, "c": 8.8, "d": 0.7}


def test_cents_add_up_exactly() -> None:
    cents = [0.1, 0.2, 0.57, 2.01]  # as floats: 2.8799999999999994
    talks = contacts().assign(customer_id="a", cost_eur=cents)
    assert service_cost(talks, returns().iloc[:0], as_of="2024-12-31")["contact_cost_eur"].tolist() == [2.88]


def test_costs_are_conserved_and_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    talks = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in rng.integers(0, 50, n)],
            "contact_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "cost_eur": np.round(rng.gamma(2, 9, n), 2),
        }
    )
    before = talks.copy()
    table = service_cost(talks, returns(), as_of="2024-12-31")
    assert table["contact_cost_eur"].sum() == pytest.approx(talks["cost_eur"].sum())
    assert table["n_contacts"].sum() == n
    again = service_cost(talks.sample(frac=1, random_state=1), returns().iloc[::-1], as_of="2024-12-31")
    pd.testing.assert_frame_equal(table, again, check_exact=True)
    pd.testing.assert_frame_equal(talks, before)


def test_nobody_cost_anything() -> None:
    table = service_cost(contacts(), returns(), as_of="2020-01-01")
    assert table.empty and list(table) == COLUMNS


@pytest.mark.parametrize(
    ("talks", "sent_back", "more", "expected"),
    [
        (
            contacts().rename(columns={"cost_eur": "cost"}), returns(), {},
            "contacts lacks the column 'cost_eur'; it has 'customer_id', 'contact_date', 'cost'. "
            'Hint: contacts.rename(columns={"cost": "cost_eur"})',
        ),
        (
            contacts(), returns().drop(columns="customer_id"), {},
            "returns lacks the column 'customer_id'; it has 'return_date', 'handling_cost_eur'.",
        ),
        (
            contacts().astype({"contact_date": str}), returns(), {},
            "contacts: the column 'contact_date' must hold dates; found str such as '2024-01-01 00:00:00'. "
            'Hint: contacts["contact_date"] = pd.to_datetime(contacts["contact_date"], format="%Y-%m-%d")',
        ),
        (contacts(), returns(), {"as_of": "x"}, "as_of must be a day such as '2023-12-31'; found 'x'."),
        (contacts(), returns(), {"start": ""}, "start must be a day such as '2023-12-31'; found ''."),
    ],
)  # fmt: skip
def test_bad_input(talks: pd.DataFrame, sent_back: pd.DataFrame, more: dict[str, Any], expected: str) -> None:
    with pytest.raises(DataError) as caught:
        service_cost(talks, sent_back, **({"as_of": "2024-01-31"} | more))
    assert str(caught.value) == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_a_cost_that_is_none(bad: float) -> None:
    talks = contacts()
    talks.loc[0, "cost_eur"] = bad
    with pytest.raises(DataError, match="'cost_eur'"):
        service_cost(talks, returns(), as_of="2024-01-31")


def test_a_day_that_is_missing() -> None:
    talks = contacts()
    talks.loc[0, "contact_date"] = pd.NaT
    with pytest.raises(DataError, match="'contact_date' holds NaT, which breaks the rule not_nullable"):
        service_cost(talks, returns(), as_of="2024-01-31")


def test_it_is_the_sum_of_the_bundled_tables() -> None:
    from crmlab.datasets import load_retail

    world = load_retail()
    table = service_cost(world.contacts, world.returns, as_of="2024-12-31")
    total = world.contacts["cost_eur"].sum() + world.returns["handling_cost_eur"].sum()
    assert table["service_cost_eur"].sum() == pytest.approx(total, abs=0.005)
    assert table["customer_id"].is_unique and table["customer_id"].is_monotonic_increasing
