"""Ids and amounts as people write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.contracts import DataError
from crmlab.readings import read_amounts, read_ids


def amounts(*texts: str, decimal: str | None = None) -> tuple[list[float], list[str], tuple[str, ...]]:
    reading = read_amounts(pd.Series(texts, name="A", dtype=object), decimal=decimal)
    assert (np.isnan(reading.values) == (reading.reason != "")).all()
    return reading.values.tolist(), reading.reason.tolist(), reading.notes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("-5.25", -5.25), ("+5", 5), (".5", 0.5), ("5.", 5), ("0.500", 0.5), ("1,234.50", 1234.5),
        ("1,234,567", 1234567), ("12,50", 12.5), ("1.234,50", 1234.5), ("1.234.567", 1234567),
        ("-1.234,5", -1234.5),
        ("12.50 €", 12.5), ("EUR 12.50", 12.5), ("$1,234.50", 1234.5), ("-$5.00", -5), ("¥12.5", 12.5),
        ("(12.50)", -12.5), ("12.50-", -12.5), ("\u22125.5", -5.5), ("1 234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("1\u00a0234,50", 1234.5), ("1.5e3", 1500), ("1e-05", 1e-05), ("- 5.5", -5.5), (" 7 ", 7),
    ],
)  # fmt: skip
def test_one_reading(text: str, value: float) -> None:
    assert amounts(text)[:2] == ([value], [""])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is missing"), ("NaN", "is missing"), ("#N/A", "is missing"), ("inf", "is infinite"),
        ("-Infinity", "is infinite"), ("1e999", "is infinite"), ("1e15", "is larger than 900 billion"),
        ("five", "cannot be read as a number"), ("1,23,4", "cannot be read as a number"),
        ("12 50", "cannot be read as a number"), ("1.2.3", "cannot be read as a number"),
        ("1,2345,678", "cannot be read as a number"), ("1,234567.5", "cannot be read as a number"),
        ("--5", "cannot be read as a number"), ("-", "cannot be read as a number"),
        ("€", "cannot be read as a number"),
        ("2024-01-02", "cannot be read as a number"), ("0x10", "cannot be read as a number"),
        ("1_000", "cannot be read as a number"), ("(-5)", "cannot be read as a number"),
    ],
)  # fmt: skip
def test_not_read(text: str, reason: str) -> None:
    assert amounts(text)[1] == [reason]


def test_other_amounts_decide() -> None:
    assert amounts("1,234", "12.50")[0] == [1234, 12.5]
    assert amounts("1.234", "12.50")[0] == [1.234, 12.5]
    values, _, notes = amounts("1.234", "12,50")
    assert values == [1234, 12.5] and notes == ("the amounts in 'A' have a decimal comma ('12,50' is 12.5)",)


def test_nothing_decides() -> None:
    with pytest.raises(DataError) as caught:
        amounts("5", "1,234")
    assert str(caught.value) == (
        "the amounts in 'A' have two readings: '1,234' is 1234 or 1.234, and no amount decides. "
        'Hint: decimal="." or decimal=",".'
    )
    assert amounts("5", "1,234", decimal=".")[0] == [5, 1234]
    assert amounts("5", "1,234", decimal=",")[0] == [5, 1.234]


def test_mixed_decimal_marks_follow_the_majority_and_guess_nothing() -> None:
    values, reasons, _ = amounts("1.50", "2.50", "3,5", "1,234", "7")
    assert values[:2] + values[4:] == [1.5, 2.5, 7]
    assert reasons[2:4] == [
        "has another decimal mark than most rows",
        "has two readings in a column that mixes decimal marks",
    ]
    assert amounts(*["1.50"] * 99, "3,5", "1,234")[0][-1] == 1234


def test_a_given_mark_is_strict() -> None:
    assert amounts("12,50", decimal=".")[1] == ["cannot be read as a number"]
    with pytest.raises(DataError) as caught:
        amounts("5", decimal=";")
    assert str(caught.value) == "decimal must be '.' or ','; found ';'."


def test_currency_is_said_and_not_converted() -> None:
    assert amounts("$5.00", "5.00 EUR")[2] == (
        "the amounts in 'A' carry $, EUR: taken as they are, no rate is applied",
    )


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_all_ways_to_write_an_amount_agree(cents: list[int]) -> None:
    point = [f"{c / 100:,.2f}" for c in cents]
    comma = [x.translate(str.maketrans(".,", ",.")) for x in point]
    plain = [f"{c / 100:.2f}" for c in cents]
    expected = [c / 100 for c in cents]
    assert amounts(*point)[0] == amounts(*comma)[0] == amounts(*plain)[0] == expected


def ids(*texts: object) -> tuple[list[str], list[str]]:
    reading = read_ids(pd.Series(texts, name="I", dtype=object))
    return reading.values.tolist(), reading.reason.tolist()


def test_ids() -> None:
    assert ids("00123", " 7 ", "客1") == (["00123", "7", "客1"], ["", "", ""])
    assert ids("12346.0", "12346", "A") == (["12346", "12346", "A"], ["", "", ""])
    assert ids("10.0", "10.1")[0] == ["10.0", "10.1"]
    assert ids("1.23457E+12", "1E5") == (
        ["", "1E5"],
        ["was shortened by a spreadsheet (such as 1.2E+12)", ""],
    )
    assert ids("", "nan", "None", "NULL", "NA", "null", None, float("nan"))[1] == ["is missing"] * 8
