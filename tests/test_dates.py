"""Calendar days: read as written, decided by the rows that have one reading, never guessed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.contracts import DataError
from crmlab.dates import odd_days, read_days, usual_span

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def read(*texts: str, date_format: str | None = None) -> tuple[list[str], list[str], tuple[str, ...]]:
    reading = read_days(pd.Series(texts, name="D", dtype=object), date_format=date_format)
    assert reading.values.dtype == "datetime64[us]"
    days = ["" if np.isnat(d) else str(d.astype("datetime64[D]")) for d in reading.values]
    return days, reading.reason.tolist(), reading.notes


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02", "2024/1/2", "2024.01.02", "20240102", "2024年1月2日", "2 Jan 2024", "02-JAN-2024",
        "January 2, 2024", "Jan 2nd, 2024", " 2024-01-02 ", "2024-01-02T23:59:59.123", "2024-01-02 9:05 pm",
        "2024-01-02 23:30:00-05:00", "2024-01-02T23:30:00Z", "2024-01-02 00:30:00+00", "Jan 2, 2024 10:00",
    ],
)  # fmt: skip
def test_dates_with_one_reading(text: str) -> None:
    assert read(text)[:2] == (["2024-01-02"], [""])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2023-02-29", "cannot be read as a date"),
        ("2024-13-01", "cannot be read as a date"),
        ("2024-01-02 25:00", "cannot be read as a date"),
        ("2 Foo 2024", "cannot be read as a date"),
        ("31/04/2024", "cannot be read as a date"),
        ("yesterday", "cannot be read as a date"),
        ("", "is missing"),
        ("NaT", "is missing"),
        ("1899-12-31", "is outside 1900 to 2100"),
        ("9999-12-31", "is outside 1900 to 2100"),
        ("45293", "is a spreadsheet's serial number (format the cells as dates, export again)"),
        ("45293.5", "is a spreadsheet's serial number (format the cells as dates, export again)"),
        ("1704153600", "is a number of seconds (convert it to a date first)"),
        ("1704153600000", "is a number of seconds (convert it to a date first)"),
        ("24-01-02", "has a year of two digits (give date_format)"),
        ("31/12/24", "has a year of two digits (give date_format)"),
    ],
)
def test_dates_that_are_not_read(text: str, reason: str) -> None:
    assert read(text)[:2] == ([""], [reason])


def test_one_row_decides_for_all() -> None:
    days, reasons, notes = read("03/04/2024", "31/12/2024")
    assert days == ["2024-04-03", "2024-12-31"] and reasons == ["", ""]
    assert notes == ("the dates in 'D' are read day-first ('31/12/2024' is 2024-12-31)",)
    days, _, notes = read("03/04/2024", "12/31/2024")
    assert days == ["2024-03-04", "2024-12-31"]
    assert notes == ("the dates in 'D' are read month-first ('12/31/2024' is 2024-12-31)",)


def test_no_row_decides() -> None:
    with pytest.raises(DataError) as caught:
        read("05/05/2024", "03.04.2024 10:00", "04.03.2024")
    assert str(caught.value) == (
        "the dates in 'D' can be day-first or month-first: '03.04.2024' is 2024-04-03 or 2024-03-04, "
        "and no row decides. Hint: date_format='%d.%m.%Y' or date_format='%m.%d.%Y'."
    )
    assert read("05/05/2024")[0] == ["2024-05-05"]
    with pytest.raises(DataError, match="no row decides"):
        read("03/04/2024", "", "", "NULL")


def test_two_readings_among_dates_with_one_are_refused() -> None:
    days, reasons, notes = read("2024-01-02", "2024-01-03", "03/04/2024")
    assert days == ["2024-01-02", "2024-01-03", ""]
    assert reasons[2] == "could be day-first or month-first (give date_format)" and notes == ()


def test_each_separator_is_a_format_of_its_own() -> None:
    days, reasons, _ = read("31.12.2024", "03.04.2024", "12/31/2024", "03/04/2024", "2024-01-02")
    assert days == ["2024-12-31", "2024-04-03", "2024-12-31", "2024-03-04", "2024-01-02"]
    assert set(reasons) == {""}


def test_mixed_formats_follow_the_majority_and_guess_nothing() -> None:
    days, reasons, _ = read("31/12/2024", "30/12/2024", "12/29/2024", "03/04/2024", "05/05/2024")
    assert days == ["2024-12-31", "2024-12-30", "", "", "2024-05-05"]
    assert reasons[2:4] == [
        "is not day-first, as most rows are",
        "could be day-first or month-first (give date_format)",
    ]


def test_a_rare_slip_does_not_spoil_the_rest() -> None:
    days, reasons, _ = read(*["31/12/2024"] * 99, "12/31/2024", "03/04/2024")
    assert days[-2:] == ["", "2024-04-03"] and reasons[-2] == "is not day-first, as most rows are"
    assert read(*["31/12/2024"] * 98, "12/31/2024", "03/04/2024")[0][-1] == ""


def test_a_tie_reads_neither() -> None:
    days, reasons, _ = read("31/12/2024", "12/31/2024", "05/05/2024")
    assert days == ["", "", "2024-05-05"]
    assert reasons[:2] == ["is in one of two mixed formats"] * 2


def test_a_given_format_is_strict() -> None:
    days, reasons, _ = read("03/04/2024", "2024-01-02", "31/12/24", "", date_format="%d/%m/%Y")
    assert days == ["2024-04-03", "", "", ""]
    assert reasons == ["", *["does not follow date_format '%d/%m/%Y'"] * 2, "is missing"]
    assert read("31/12/24", date_format="%d/%m/%y")[0] == ["2024-12-31"]
    assert read("03/04/2024 17:05", date_format="%d/%m/%Y")[0] == ["2024-04-03"]
    assert read("03/04/2024 17:05", date_format="%d/%m/%Y %H:%M")[0] == ["2024-04-03"]
    assert read("2024-01-02 23:30 -0500", "x", date_format="%Y-%m-%d %H:%M %z")[0] == ["2024-01-02", ""]


@pytest.mark.parametrize("date_format", ["%d/%m", "%H:%M", "mixed", "ISO8601", "%Q", "", "dd/mm/yyyy", 5])
def test_formats_that_fix_no_day(date_format: str) -> None:
    with pytest.raises(DataError) as caught:
        read("2024-01-02", date_format=date_format)
    assert str(caught.value) == (
        f"date_format {date_format!r} does not fix a calendar day. Hint: date_format='%d/%m/%Y'."
    )


def test_times_and_offsets_are_dropped_with_a_note() -> None:
    assert read("2024-01-02 23:30:00+09:00")[2] == (
        "times of day are dropped",
        "offsets from UTC are dropped: the day is taken as it is written",
    )


@given(
    st.lists(DAYS, min_size=1, max_size=40), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y"])
)
def test_every_day_comes_back(days: list[date], date_format: str) -> None:
    decisive = date(2000, 12, 31)
    texts = [day.strftime(date_format) for day in [*days, decisive]]
    if date_format != "%Y-%m-%d":
        texts = [f"{int(t[-4:]):04d}".join([t[:-4], ""]) for t in texts]
    expected = [day.isoformat() for day in [*days, decisive]]
    assert read(*texts)[0] == expected
    assert read(*texts, date_format=date_format)[0] == expected


def test_odd_days() -> None:
    def odd(*days: str) -> tuple[list[int], list[int]]:
        marked = odd_days(np.array(days, dtype="datetime64[us]"))
        return tuple(np.flatnonzero(mark).tolist() for mark in marked)

    usual = ["2023-01-01", "2023-06-01", "2024-01-01"]
    assert odd(*usual) == ([], [])
    assert odd(*usual, "2025-01-01") == ([], [])  # 366 days after the last
    assert odd(*usual, "2025-01-02") == ([], [3])
    assert odd(*usual, "2009-12-01", "2099-01-01") == ([4], [3])
    assert odd("2020-01-01", "2024-01-01") == ([], [])  # nobody knows which is odd
    assert odd(*usual, *["2020-01-01"] * 2) == ([], [])  # two of five are a part of the business
    assert odd("2099-01-01", "2098-01-01") == ([0, 1], [])
    today = str(date.today())
    assert odd(today) == ([], [])


def test_usual_span() -> None:
    def span(*days: str) -> list[str]:
        return [str(day.date()) for day in usual_span(pd.Series(pd.to_datetime(list(days))))]

    assert span("2023-01-01", "2023-06-01", "2024-01-01", "1970-01-01", "2099-01-01") == [
        "2023-01-01",
        "2024-01-01",
    ]
    assert span("2099-01-01", "2098-01-01") == ["2098-01-01", "2099-01-01"]
