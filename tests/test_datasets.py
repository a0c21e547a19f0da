from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab.contracts import TABLES, DataError, check
from crmlab.course import course_dir
from crmlab.datasets import (
    RetailSettings,
    World,
    lesson_data,
    load_cdnow,
    load_retail,
    make_retail,
    true_letter,
    true_value,
)
from crmlab.datasets.bundled import BUNDLED, SEED, load, write_bundled
from crmlab.datasets.retail import CAMPAIGNS, MEAN_PART_RETURNED

NAMES = [field.name for field in dataclasses.fields(World)]


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


# ------------------------------------------------------------------ the bundled files


def test_the_files_are_what_the_generator_writes_today(tmp_path: Path) -> None:
    """Stale files fail here: `make data` writes them again."""
    write_bundled(tmp_path)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    retail = {f"retail/{name}.csv" for name in NAMES if name != "truth"}
    assert {"README.md", "truth/retail.csv"} | retail <= {path.as_posix() for path in written}
    assert len(written) == 1 + sum(len(bundle.names()) for bundle in BUNDLED.values())
    kept = [path for path in (course_dir() / "datasets").rglob("*") if path.is_file()]
    assert len(kept) == len(written), "a file in datasets/ is not written by make data"
    for path in written:
        assert (tmp_path / path).read_bytes() == (course_dir() / "datasets" / path).read_bytes(), path


def test_they_are_small_and_open_in_a_spreadsheet() -> None:
    files = [path for path in (course_dir() / "datasets").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 12_000_000
    for path in files:
        text = path.read_bytes()
        assert b"\r" not in text and not text.startswith(b"\xef\xbb\xbf"), path
        if path.suffix == ".csv":
            assert text.count(b"\n") < 1_048_576, path


@pytest.mark.parametrize("world", BUNDLED)
def test_loading_gives_the_world_of_the_seed(world: str) -> None:
    bundle = BUNDLED[world]
    made, loaded = bundle.make(), load(world, bundle.tables)
    for name in bundle.names():
        one, other = getattr(loaded, name), getattr(made, name)
        assert list(one) == [column.name for column in TABLES[name].columns]
        loose: dict[str, Any] = {"check_dtype": False}
        if name.startswith("truth"):
            loose |= {"rtol": 0, "atol": 5.1e-7}
        pd.testing.assert_frame_equal(one, other, **loose)
        check(one, name)
        for column in TABLES[name].columns:
            assert (column.kind == "day") == pd.api.types.is_datetime64_dtype(one[column.name]), column.name
            assert (column.kind == "flag") == pd.api.types.is_bool_dtype(one[column.name]), column.name


def test_retail_is_bundled_as_the_readme_says() -> None:
    assert SEED == 69 and len(load_retail().customers) == 6000


def test_every_table_is_bundled_once() -> None:
    tables = [name for bundle in BUNDLED.values() for name in bundle.names()]
    assert sorted(tables) == sorted(TABLES)


def test_each_load_is_a_fresh_one() -> None:
    orders = load_retail().orders
    orders["amount_eur"] = "spoilt"
    check(load_retail().orders, "orders")


def test_readme_explains_every_column_and_where_it_comes_from() -> None:
    text = (course_dir() / "datasets" / "README.md").read_text(encoding="utf-8")
    for name, table in TABLES.items():
        section = text.split(f"\n### {name} · {table.zh}\n")[1].split("\n##")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.zh} |" in section, (name, column.name)
    assert f"seed, {SEED}" in text and "simulated" in text
    for bundle in BUNDLED.values():
        assert bundle.notes and f"\n## {bundle.title}\n" in text


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("CRMLAB_COURSE", str(tmp_path))
    found = message(load_retail)
    path = tmp_path / "datasets" / "retail" / "customers.csv"
    assert found == (
        f"the bundled table 'customers' cannot be read from {path} ([Errno 2] No such file or directory: "
        f"'{path}'). Hint: crmlab doctor checks the installation; git checkout datasets brings a "
        "clone's files back."
    )


# ------------------------------------------------------------------ CDNOW


@pytest.mark.parametrize(("which", "customers", "rows"), [("sample", 2357, 6919), ("master", 23570, 69659)])
def test_cdnow_is_an_order_log(which: str, customers: int, rows: int) -> None:
    orders = load_cdnow(which)
    assert check(orders, "orders") is orders
    assert list(orders) == ["order_id", "customer_id", "order_date", "amount_eur", "n_cds"]
    assert (orders["customer_id"].nunique(), len(orders)) == (customers, rows)
    assert orders["order_id"].is_unique and (orders["amount_eur"] >= 0).all()
    assert orders.groupby("customer_id")["order_date"].min().max() <= pd.Timestamp("1997-03-31")


def test_the_sample_is_a_part_of_the_master() -> None:
    sample, master = load_cdnow(), load_cdnow("master")
    both = [
        t.drop(columns="order_id")
        for t in (master[master["customer_id"].isin(sample["customer_id"])], sample)
    ]
    both = [t.sort_values(list(t), ignore_index=True) for t in both]
    pd.testing.assert_frame_equal(*both)


def test_cdnow_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert message(lambda: load_cdnow("all")) == "which must be 'sample' or 'master'; found 'all'."
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert message(load_cdnow) == (
        "CDNOW comes with the package lifetimes, which is not installed. Hint: pip install lifetimes"
    )


def test_cdnow_of_an_installation_without_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: empty)
    assert message(load_cdnow) == (
        "the installed package lifetimes holds no file 'CDNOW_sample.txt'. Hint: install lifetimes 0.11.3."
    )


# ------------------------------------------------------------------ a lesson's data


def test_retail_is_the_bundled_world_by_default() -> None:
    data = lesson_data()
    assert (data.as_of, data.end, data.currency) == (dt.date(2023, 12, 31), dt.date(2024, 12, 31), "EUR")
    assert data.world is not None
    pd.testing.assert_frame_equal(data.orders, load_retail().orders)
    assert data.source == (
        "Pinefold, a simulated seller of home goods (the bundled data): 6,000 customers, "
        f"{len(data.orders):,} rows of orders and refunds, 2022 to 2024. Nobody in it is real."
    )


def test_another_size_or_seed_makes_a_world() -> None:
    data = lesson_data(n_customers=200, seed=3, as_of="2024-06-30")
    assert data.world is not None and data.as_of == dt.date(2024, 6, 30)
    pd.testing.assert_frame_equal(data.orders, make_retail(n_customers=200, rng=3).orders)
    assert "(made with seed 3): 200 customers" in data.source
    other = lesson_data(seed=3)
    assert other.world is not None and len(other.world.customers) == 6000
    assert not other.orders.equals(lesson_data().orders)
    same = lesson_data(n_customers=200)
    assert same.orders.equals(make_retail(n_customers=200, rng=SEED).orders)


def test_cdnow_in_a_lesson() -> None:
    data = lesson_data("cdnow")
    assert (data.as_of, data.end, data.currency) == (dt.date(1997, 9, 30), dt.date(1998, 6, 30), "USD")
    assert data.world is None
    assert data.source == (
        "CDNOW, real orders of a music shop, 1997-98: 2,357 customers, 6,919 orders, in US dollars (columns "
        "ending in _eur hold dollars here)."
    )
    assert lesson_data("cdnow", as_of="1998-06-30").as_of == dt.date(1998, 6, 30)


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "my orders.csv"
    path.write_text(
        "Client,Day,Total\na,2024-01-01,10.00\na,2024-02-01,-4.00\nb,2024-03-31,5.50\n,2024-03-01,7.00\n"
    )
    return path


COLUMNS = "customer_id=Client,order_date=Day,amount_eur=Total"


def test_an_own_file(own_file: Path) -> None:
    data = lesson_data(str(own_file), columns=COLUMNS, as_of="2024-02-15")
    check(data.orders, "orders")
    assert data.orders["amount_eur"].tolist() == [10.0, -4.0, 5.5]
    assert (data.as_of, data.end, data.currency) == (dt.date(2024, 2, 15), dt.date(2024, 3, 31), "money")
    assert data.world is None
    assert data.source == (
        "your file my orders.csv: 4 rows read, 3 used, 1 refused; 2 customers from 2024-01-01 to 2024-03-31. "
        "Columns ending in _eur hold its currency."
    )
    dropped = lesson_data(str(own_file), columns=COLUMNS, as_of="2024-02-15", refunds="drop")
    assert dropped.orders["amount_eur"].tolist() == [10.0, 5.5]


def test_an_own_file_needs_a_day_inside_it(own_file: Path) -> None:
    path = str(own_file)
    assert message(lambda: lesson_data(path, columns=COLUMNS)) == (
        f"as_of must be given for an order file; the orders of {path!r} run from 2024-01-01 to 2024-03-31. "
        "Hint: as_of='2024-03-01' keeps the last third to check against; as_of='2024-03-31' uses everything."
    )
    for day in ("2023-12-31", "2024-04-01"):
        assert message(lambda day=day: lesson_data(path, columns=COLUMNS, as_of=day)) == (
            f"as_of {day} lies outside the data, which runs from 2024-01-01 to 2024-03-31."
        )
    for day in ("2024-01-01", "2024-03-31"):
        assert str(lesson_data(path, columns=COLUMNS, as_of=day).as_of) == day


SIZE = "n_customers must be 0 (the bundled data) or 100 to 5,000,000; found "


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"orders": ""}, "orders must be 'retail', 'cdnow' or the path of an order file; found ''."),
        ({"orders": None}, "orders must be 'retail', 'cdnow' or the path of an order file; found None."),
        ({"seed": -1}, "seed must be a whole number, 0 or more; found -1."),
        ({"seed": True}, "seed must be a whole number, 0 or more; found True."),
        ({"seed": 7.5, "orders": "cdnow"}, "seed must be a whole number, 0 or more; found 7.5."),
        ({"n_customers": 50}, SIZE + "50."),
        ({"n_customers": -1}, SIZE + "-1."),
        ({"n_customers": True}, SIZE + "True."),
        ({"n_customers": "9"}, SIZE + "'9'."),
        ({"n_customers": 6_000_000}, SIZE + "6000000."),
        ({"n_customers": False, "seed": 3}, SIZE + "False."),
        ({"as_of": "soon"}, "as_of must be a day such as '2023-12-31'; found 'soon'."),
        (
            {"as_of": "2025-01-01"},
            "as_of 2025-01-01 lies outside the data, which runs from 2022-01-01 to 2024-12-31.",
        ),
        (
            {"orders": "cdnow", "as_of": "2023-12-31"},
            "as_of 2023-12-31 lies outside the data, which runs from 1997-01-01 to 1998-06-30.",
        ),
    ],
)  # fmt: skip
def test_bad_parameters_of_a_lesson(call: dict[str, Any], expected: str) -> None:
    assert message(lambda: lesson_data(**call)) == expected


# ------------------------------------------------------------------ the yardstick


def person(**more: Any) -> pd.DataFrame:
    row = {
        "customer_id": "a", "purchase_rate_week": 0.7, "dropout_rate_week": 0.01,
        "left_date": pd.Timestamp("2024-01-11"), "leave_reason": "price", "mean_order_eur": 50.0,
        "margin_share": 0.4, "return_rate": 0.1, "service_cost_eur_year": 36.525, "satisfaction_score": 0.0,
        "response_type": "buys anyway", "letter_effect": 0.0,
    } | more  # fmt: skip
    return pd.DataFrame([row])


@pytest.mark.parametrize(
    ("left", "days"),
    [("2024-01-11", 10), ("2024-01-01", 0), ("2023-05-05", 0), ("2024-01-02", 1), ("2024-02-01", 31),
     ("2099-12-31", 31)],
)  # fmt: skip
def test_true_value_by_hand(left: str, days: int) -> None:
    truth = person(left_date=pd.Timestamp(left))
    before = truth.copy()
    value = true_value(truth, start="2024-01-01", end="2024-01-31").iloc[0]
    orders = 0.1 * days
    margin = orders * 50 * 0.4 * (1 - 0.1 * MEAN_PART_RETURNED)
    assert pytest.approx(0.85) == MEAN_PART_RETURNED
    assert (value["active_days"], bool(value["is_customer"])) == (days, days > 0)
    assert value["expected_orders"] == pytest.approx(orders)
    assert value["expected_margin_eur"] == pytest.approx(margin)
    assert value["expected_service_eur"] == pytest.approx(0.1 * days)
    assert value["expected_profit_eur"] == pytest.approx(margin - 0.1 * days)
    pd.testing.assert_frame_equal(truth, before)


def test_true_value_adds_up_over_time() -> None:
    truth = load_retail().truth
    halves = [
        true_value(truth, start=a, end=b)
        for a, b in (("2024-01-01", "2024-06-30"), ("2024-07-01", "2024-12-31"))
    ]
    whole = true_value(truth, start="2024-01-01", end="2024-12-31")
    for name in ("active_days", "expected_orders", "expected_profit_eur"):
        np.testing.assert_allclose(halves[0][name] + halves[1][name], whole[name], atol=1e-9)


def test_true_value_is_the_mean_of_what_happens() -> None:
    world = make_retail(n_customers=60_000, rng=21, settings=RetailSettings(letter_strength=0))
    before = (world.customers["join_date"] < "2024-01-01").to_numpy()
    value = true_value(world.truth, start="2024-01-01", end="2024-12-31")

    def happened(table: pd.DataFrame, day: str, column: str) -> np.ndarray:
        sums = table[table[day] >= "2024-01-01"].groupby("customer_id")[column].sum()
        return sums.reindex(world.truth["customer_id"]).fillna(0).to_numpy()

    bought = world.orders[world.orders["amount_eur"] >= 0].assign(one=1)
    for found, expected in (
        (happened(bought, "order_date", "one"), "expected_orders"),
        (happened(world.orders, "order_date", "margin_eur"), "expected_margin_eur"),
        (happened(world.contacts, "contact_date", "cost_eur"), "expected_service_eur"),
    ):
        difference = (found - value[expected].to_numpy())[before]
        assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(before.sum()), expected
    assert (happened(bought, "order_date", "one")[before & ~value["is_customer"].to_numpy()] == 0).all()


def test_true_value_errors() -> None:
    truth = person()
    assert message(lambda: true_value(truth, start="2024-02-01", end="2024-01-31")) == (
        "end 2024-01-31 lies before start 2024-02-01."
    )
    assert message(lambda: true_value(truth, start="x", end="2024-01-31")) == (
        "start must be a day such as '2023-12-31'; found 'x'."
    )
    assert message(
        lambda: true_value(truth.drop(columns="return_rate"), start="2024-01-01", end="2024-01-31")
    ) == (
        "truth lacks the column 'return_rate'; it has 'customer_id', 'purchase_rate_week', "
        "'dropout_rate_week', 'left_date', 'leave_reason', 'mean_order_eur', 'margin_share', "
        "'service_cost_eur_year', 'satisfaction_score', 'response_type', 'letter_effect'. "
        'Hint: truth.rename(columns={"left_date": "return_rate"})'
    )


# ------------------------------------------------------------------ what one letter truly does


@pytest.mark.parametrize(
    ("effect", "left", "days", "extra", "uplift"),
    [
        (0.4, "2099-12-31", 56, 0.4, 0.4 * np.exp(-0.8)),
        (0.4, "2099-12-31", 14, 0.4 * (1 - np.exp(-1)), 0.4 * (1 - np.exp(-1)) * np.exp(-0.2)),
        (0.4, "2024-01-15", 56, 0.4 * (1 - np.exp(-1)), 0.4 * (1 - np.exp(-1)) * np.exp(-0.2)),
        (-0.4, "2099-12-31", 56, -0.4, np.exp(-0.8) - np.exp(-0.4)),
        (-0.4, "2024-01-15", 56, -0.1, np.exp(-0.2) - np.exp(-0.1)),
        (0.4, "2024-01-01", 56, 0.0, 0.0),
        (0.0, "2099-12-31", 56, 0.0, 0.0),
    ],
)
def test_true_letter_by_hand(effect: float, left: str, days: int, extra: float, uplift: float) -> None:
    """A rate of 0.1 a week: 0.8 orders in the eight weeks without a letter, 0.2 in two."""
    truth = person(purchase_rate_week=0.1, letter_effect=effect, left_date=pd.Timestamp(left))
    found = true_letter(truth, start="2024-01-01", days=days).iloc[0]
    assert found["extra_orders"] == pytest.approx(extra)
    assert found["uplift"] == pytest.approx(uplift if extra >= 0 else -abs(uplift))
    assert found["extra_margin_eur"] == pytest.approx(extra * 50 * 0.4 * (1 - 0.1 * MEAN_PART_RETURNED))


@pytest.mark.parametrize("days", [56, 20])
@pytest.mark.parametrize("number", [0, 1])
def test_true_letter_is_the_mean_difference_of_the_draw(number: int, days: int) -> None:
    world = make_retail(n_customers=60_000, rng=31)
    name, start, _ = CAMPAIGNS[number]
    truth = true_letter(world.truth, start=start, days=days).set_index("customer_id")
    letters = world.letters[world.letters["campaign_id"] == name].set_index("customer_id")
    orders = world.orders[world.orders["amount_eur"] >= 0]
    window = orders["order_date"].between(start, pd.Timestamp(start) + pd.Timedelta(days=days - 1))
    count = orders[window].groupby("customer_id").size().reindex(letters.index).fillna(0)
    for happened, column in ((count, "extra_orders"), ((count > 0).astype(float), "uplift")):
        sent, kept = happened[letters["treated"]], happened[~letters["treated"]]
        error = np.sqrt(sent.var() / len(sent) + kept.var() / len(kept))
        expected = truth[column].reindex(letters.index).mean()
        assert abs(sent.mean() - kept.mean() - expected) < 4 * error and expected > 2 * error


@pytest.mark.parametrize("days", [0, 57, 14.0, True])
def test_true_letter_errors(days: Any) -> None:
    assert message(lambda: true_letter(person(), start="2024-01-01", days=days)) == (
        f"days must be a whole number from 1 to 56; found {days!r}."
    )
