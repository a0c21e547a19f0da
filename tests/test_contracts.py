from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab.contracts import (
    TABLES,
    Column,
    DataError,
    check,
    check_type,
    data_dictionary,
    first_rows,
    require_columns,
    schema,
)

KINDS = ("id", "day", "money", "count", "number", "share", "category", "text", "flag")
# a source may hold as text what another table holds as a day; a column's name is free text in one table
TYPED_BY_HAND = ("birth_date", "channel", "field", "month", "order_id")
NUMBERS = ("money", "count", "number", "share")
WRONG: dict[str, Callable[[pd.Series], Any]] = {
    "id": lambda v: range(len(v)),
    "category": lambda v: range(len(v)),
    "text": lambda v: range(len(v)),
    "day": lambda v: v.astype(str),
    "flag": lambda v: v.astype(str),
} | {kind: lambda v: v.astype(str) for kind in NUMBERS}


@functools.cache
def _bundled() -> dict[str, pd.DataFrame]:
    from crmlab.datasets.bundled import BUNDLED, load

    worlds = {name: load(name, bundle.tables) for name, bundle in BUNDLED.items()}
    return {
        table: getattr(worlds[name], table) for name, bundle in BUNDLED.items() for table in bundle.names()
    }


def few(table: str) -> pd.DataFrame:
    """Eight valid rows of a bundled table."""
    return _bundled()[table].head(8).copy()


def message(frame: Any, table: str, **more: Any) -> str:
    with pytest.raises(DataError) as caught:
        check(frame, table, **more)
    return str(caught.value)


def orders() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": ["O1", "O2", "O3"],
            "customer_id": ["a", "b", "a"],
            "order_date": pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"]),
            "amount_eur": [5.0, 7.5, -5.0],
        }
    )


# ------------------------------------------------------------------ the contracts themselves


def test_contracts_are_well_formed() -> None:
    for name, table in TABLES.items():
        assert name == table.name and table.meaning and table.zh
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
        assert set(table.key) <= set(names)
        for column in table.columns:
            assert column.kind in KINDS, column
            assert column.meaning and column.zh, column
            assert bool(column.allowed) == (column.kind == "category"), column
            assert column.low is None or column.high is None or column.low < column.high, column
            assert not (column.name in table.key and (column.nullable or not column.required)), column


def test_a_share_lies_between_0_and_1_and_money_names_its_currency() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.kind == "share":
                assert (column.low, column.high) == (0, 1), column
            if column.kind == "money":
                assert "_eur" in column.name and column.unit.startswith("EUR"), column


def test_a_word_means_the_same_in_each_table() -> None:
    seen: dict[str, Column] = {}
    for table in TABLES.values():
        for column in table.columns:
            if column.name in seen and column.name not in TYPED_BY_HAND:
                assert seen[column.name].kind == column.kind, column.name
            seen[column.name] = column


# ------------------------------------------------------------------ what passes


@pytest.mark.parametrize("table", TABLES)
def test_a_bundled_table_passes_and_is_given_back_unchanged(table: str) -> None:
    frame = few(table)
    before = frame.copy()
    assert check(frame, table) is frame
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_and_more_columns_pass(table: str) -> None:
    check(few(table).iloc[:0], table)
    check(few(table).assign(more="of my own"), table)


def test_optional_columns_may_be_absent_and_times_of_day_are_allowed() -> None:
    check(orders().drop(columns="order_id").assign(order_date=pd.Timestamp("2024-01-02 15:30")), "orders")


def test_only_some_columns() -> None:
    broken = few("contacts").assign(channel="pigeon", contact_id="twice")
    assert check(broken, "contacts", columns=["customer_id", "cost_eur"]) is broken
    assert "holds 'pigeon'" in message(broken, "contacts", columns=["channel"])
    assert message(few("contacts").drop(columns="cost_eur"), "contacts", columns=["cost_eur"]).startswith(
        "contacts lacks the column 'cost_eur'"
    )


# ------------------------------------------------------------------ what does not: whole messages


def test_unknown_table_and_no_frame() -> None:
    assert message(orders(), "oders") == (
        "there is no contract named 'oders'. Did you mean 'orders'? Hint: crm.data_dictionary() lists all "
        f"{len(TABLES)}."
    )
    assert message([1, 2], "orders") == "orders must be a pandas DataFrame; found list."


def test_missing_column_with_and_without_a_near_name() -> None:
    assert message(orders().rename(columns={"order_date": "orderdate"}), "orders") == (
        "orders lacks the column 'order_date'; it has 'order_id', 'customer_id', 'orderdate', 'amount_eur'. "
        'Hint: orders.rename(columns={"orderdate": "order_date"})'
    )
    assert message(orders()[["amount_eur"]], "orders") == (
        "orders lacks the column 'customer_id'; it has 'amount_eur'."
    )
    with pytest.raises(DataError) as caught:
        require_columns(pd.DataFrame(), ["day"])
    assert str(caught.value) == "the table lacks the column 'day'; it has no column."


@pytest.mark.parametrize(
    ("table", "column", "values", "expected"),
    [
        (
            "orders", "customer_id", [1, 2, 3],
            "orders: the column 'customer_id' must hold text; found int64 such as 1. "
            'Hint: orders["customer_id"] = orders["customer_id"].astype(str)',
        ),
        (
            "orders", "order_date", ["2024-01-02", "x", "y"],
            "orders: the column 'order_date' must hold dates; found str such as '2024-01-02'. "
            'Hint: orders["order_date"] = pd.to_datetime(orders["order_date"], format="%Y-%m-%d")',
        ),
        (
            "orders", "order_date", pd.date_range("2024-01-02", periods=3, tz="Asia/Shanghai", unit="s"),
            "orders: the column 'order_date' must hold dates without a time zone; found "
            "datetime64[s, Asia/Shanghai]. "
            'Hint: orders["order_date"] = orders["order_date"].dt.tz_localize(None) keeps the local days.',
        ),
        (
            "orders", "amount_eur", ["5,00", "1", "2"],
            "orders: the column 'amount_eur' must hold numbers; found str such as '5,00'. "
            'Hint: orders["amount_eur"] = pd.to_numeric(orders["amount_eur"])',
        ),
        (
            "orders", "amount_eur", [True, False, True],
            "orders: the column 'amount_eur' must hold numbers; found bool such as True. "
            'Hint: orders["amount_eur"] = pd.to_numeric(orders["amount_eur"])',
        ),
        (
            "orders", "amount_eur", pd.Series([None, None, None], dtype=object),
            "orders: the column 'amount_eur' must hold numbers; found object. "
            'Hint: orders["amount_eur"] = pd.to_numeric(orders["amount_eur"])',
        ),
    ],
)  # fmt: skip
def test_wrong_type(table: str, column: str, values: Any, expected: str) -> None:
    assert message(orders().assign(**{column: values}), table) == expected


def test_wrong_type_of_a_flag() -> None:
    assert message(few("letters").assign(treated=1), "letters") == (
        "letters: the column 'treated' must hold True or False; found int64 such as 1. "
        'Hint: letters["treated"] = letters["treated"].astype(bool)'
    )
    with pytest.raises(DataError, match="must hold True or False"):
        check_type(pd.Series(["yes"]), "treated", "letters")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_missing_or_infinite_number(bad: float) -> None:
    frame = orders()
    frame.loc[1, "amount_eur"] = bad
    shown = {np.nan: "NaN", np.inf: "inf", -np.inf: "-inf"}[bad]
    with pd.option_context("display.width", 80):
        found = message(frame, "orders")
    assert found == (
        "orders: 1 value(s) of 'amount_eur' are missing or infinite; the first rows are\n"
        "  order_id customer_id order_date  amount_eur\n"
        f"1       O2           b 2024-01-03 {shown:>11}\n"
        "Hint: correct them, or take the rows out and say how many you took."
    )


def test_a_missing_id_day_and_an_impossible_value() -> None:
    hint = 'Hint: crm.data_dictionary("{}") lists what each column may hold.'
    frame = orders()
    frame.loc[1, "customer_id"] = None
    assert message(frame, "orders") == (
        "orders: the column 'customer_id' holds nan, which breaks the rule not_nullable "
        "(1 value(s) break a rule). " + hint.format("orders")
    )
    assert message(few("survey").assign(satisfaction=[1, 2, 7, 3, 9, 4, 5, 1]), "survey") == (
        "survey: the column 'satisfaction' holds 7, which breaks the rule less_than_or_equal_to(5) "
        "(2 value(s) break a rule). " + hint.format("survey")
    )
    assert message(few("returns").assign(reason="bored"), "returns") == (
        "returns: the column 'reason' holds 'bored', which breaks the rule isin(('changed mind', 'damaged', "
        "'wrong size', 'late delivery')) (8 value(s) break a rule). " + hint.format("returns")
    )


def test_repeated_key() -> None:
    frame = pd.DataFrame({"campaign_id": ["x"] * 3, "customer_id": ["a", "b", "a"], "treated": True})
    assert message(frame, "letters") == (
        "letters: campaign_id, customer_id must be unique; 2 rows repeat a key:\n"
        "  campaign_id customer_id  treated\n"
        "0           x           a     True\n"
        "2           x           a     True\n"
        "Hint: look at them before you drop any."
    )


def test_first_rows_are_three_at_most() -> None:
    frame = pd.DataFrame({"x": range(9)})
    assert first_rows(frame, frame["x"] > 3) == "   x\n4  4\n5  5\n6  6"


# ------------------------------------------------------------------ one corrupted cell per rule


def _with(values: pd.Series, bad: Any) -> pd.Series:
    loose = values.astype("float64" if pd.api.types.is_numeric_dtype(values) else object)
    loose.iloc[3] = bad
    return loose


def corruptions() -> list[tuple[str, str, str, Any]]:
    cases: list[tuple[str, str, str, Any]] = []
    for table in TABLES.values():
        for c in table.columns:
            rules: dict[str, Any] = {"type": WRONG[c.kind]}
            if not c.nullable and c.kind != "flag":
                lost = {"day": pd.NaT}.get(c.kind, np.nan if c.kind in NUMBERS else None)
                rules["missing"] = (
                    (lambda v: v.where(v.index != v.index[3]))
                    if c.kind == "day"
                    else functools.partial(_with, bad=lost)
                )
            if c.kind in NUMBERS:
                rules["infinite"] = functools.partial(_with, bad=np.inf)
            if c.low is not None:
                rules["too low"] = functools.partial(_with, bad=c.low - 0.5)
            if c.high is not None:
                rules["too high"] = functools.partial(_with, bad=c.high + 0.5)
            if c.allowed:
                rules["not allowed"] = functools.partial(_with, bad="nonsense")
            cases += [(table.name, c.name, rule, how) for rule, how in rules.items()]
    return cases


@pytest.mark.parametrize(
    ("table", "column", "how"),
    [pytest.param(t, c, how, id=f"{t}-{c}-{rule}") for t, c, rule, how in corruptions()],
)
def test_one_corrupted_cell_is_found(table: str, column: str, how: Callable[[pd.Series], Any]) -> None:
    frame = few(table) if len(few(table)) > 3 else pd.concat([few(table)] * 4, ignore_index=True)
    assert f"'{column}'" in message(frame.assign(**{column: how(frame[column])}), table)


@pytest.mark.parametrize("table", [name for name, t in TABLES.items() if t.key])
def test_each_key_is_held(table: str) -> None:
    frame = few(table)
    assert "must be unique; 2 rows" in message(pd.concat([frame, frame.tail(1)]), table)


@pytest.mark.parametrize("table", TABLES)
def test_each_required_column_is_held(table: str) -> None:
    for column in TABLES[table].columns:
        frame = few(table).drop(columns=column.name)
        if column.required:
            assert message(frame, table).startswith(f"{table} lacks the column '{column.name}'")
        else:
            check(frame, table)


@pytest.mark.parametrize("table", TABLES)
def test_where_a_value_may_be_missing_it_may(table: str) -> None:
    for column in TABLES[table].columns:
        if column.nullable:
            frame = few(table)
            frame[column.name] = frame[column.name].where(frame.index != 2)
            check(frame, table)


def test_schema_names_every_column() -> None:
    for name, table in TABLES.items():
        assert list(schema(name).columns) == [c.name for c in table.columns]


# ------------------------------------------------------------------ the data dictionary


def test_data_dictionary_lists_every_column_once() -> None:
    whole = data_dictionary()
    assert list(whole) == ["table", "column", "中文", "unit", "range", "missing", "meaning"]
    assert list(zip(whole["table"], whole["column"], strict=True)) == [
        (t.name, c.name) for t in TABLES.values() for c in t.columns
    ]
    assert set(whole["missing"]) == {"no", "allowed", "column optional"}
    one = data_dictionary("survey").set_index("column")
    assert one.loc["recommend", "range"] == "0 to 10"
    assert data_dictionary("returns").set_index("column").loc["handling_cost_eur", "range"] == "0 or more"
    assert (
        data_dictionary("customers").set_index("column").loc["region", "range"] == "North, East, South, West"
    )
    assert data_dictionary("customers").set_index("column").loc["birth_year", "missing"] == "allowed"
    with pytest.raises(DataError, match=r"^there is no contract named 'x'\. Hint: crm\.data_dictionary"):
        data_dictionary("x")
