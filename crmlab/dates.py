"""Text into calendar days: parsed before anything is sorted, and never by a guess."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.readings import OTHER, READ, TWOFOLD, Array, Reading, distinct, settle

FIRST_YEAR, LAST_YEAR = 1900, 2100

_TIME = (
    r"(?P<time>(?:T|\s+|,\s*)(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})日?|(\d{2})(\d{2}))")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4})")
_DAY_NAME_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-\s./]+([A-Za-z]{3,9})[-\s,./]+(\d{4})")
_NAME_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS = {name[:length]: i for i, name in enumerate(_MONTH_NAMES, 1) for length in (3, len(name))} | {
    "sept": 9
}


def read_days(text: pd.Series, *, date_format: str | None = None) -> Reading:
    """Read calendar days; every date is read before anything is sorted or compared.

    Parameters
    ----------
    text : Series of str
        One date per row. A time of day and an offset may follow; the day is kept as it is written.
    date_format : str, optional
        A format such as ``"%d/%m/%Y"``; then only that is read. Without it, dates with the year first
        (``2024-12-31``, ``20241231``, ``2024年12月31日``) and dates with an English month name are read as
        they stand. For dates with the year last, the rows that have only one reading decide between
        day-first and month-first, separately for each separator (``/``, ``-``, ``.``).

    Returns
    -------
    Reading
        `values` are datetime64[us] at midnight, NaT where `reason` says why.

    Raises
    ------
    DataError
        If `date_format` does not fix a day, or most dates could be day-first or month-first.

    Notes
    -----
    Where rows contradict each other, those outside the majority's format are not read. If they are more
    than 1 % of the rows that decide, rows with two readings are not read either: nobody knows which it is.

    Examples
    --------
    >>> reading = read_days(pd.Series(["03/04/2024", "31/12/2024 17:05", "2024-01-02"], name="Date"))
    >>> reading.values.astype("datetime64[D]").astype(str).tolist()
    ['2024-04-03', '2024-12-31', '2024-01-02']
    >>> reading.notes
    ("the dates in 'Date' are read day-first ('31/12/2024' is 2024-12-31)", 'times of day are dropped')
    """
    if date_format is not None:
        _check_format(date_format)
    codes, rows, clean, missing = distinct(text)
    timed = date_format is not None and re.search(r"%[HIMSpfzZXc]", date_format)
    cut = [re.fullmatch(r"(?P<day>.+?)" + _TIME, x) for x in clean] if not timed else [None] * len(clean)
    days = np.array([x if m is None else m["day"] for x, m in zip(clean, cut, strict=True)], dtype=object)
    back, unique = pd.factorize(days)
    unique = np.asarray(unique, dtype=object)
    weight = np.bincount(back, weights=rows, minlength=len(unique))
    weight[np.isin(unique, clean[missing])] = 0
    if date_format is not None:
        values, reason, notes = _strict_days(unique, date_format)
    else:
        values, reason, notes = _detected_days(unique, weight, str(text.name))
    if any(m is not None and m["time"] for m in cut):
        notes.append("times of day are dropped")
    if any(m is not None and m["zone"] for m in cut):
        notes.append("offsets from UTC are dropped: the day is taken as it is written")
    year = values.astype("datetime64[Y]").astype(int) + 1970
    outside = ~np.isnat(values) & ((year < FIRST_YEAR) | (year > LAST_YEAR))
    values[outside], reason[outside] = np.datetime64("NaT"), f"is outside {FIRST_YEAR} to {LAST_YEAR}"
    values, reason = values[back], reason[back]
    reason[missing] = "is missing"
    return Reading(values.astype("datetime64[us]")[codes], reason[codes], tuple(notes))


def odd_days(days: Array) -> tuple[Array, Array]:
    """Mark the days that are probably typing errors: after today, or far from all others.

    Parameters
    ----------
    days : array of datetime64
        Days that have been read; none is NaT.

    Returns
    -------
    tuple of two arrays of bool
        Which lie after today; and which others lie more than a year (366 days) before or after the rest, a
        group of at most one row or 5 % of the rows, while one group holds more than half.

    Examples
    --------
    >>> text = ["2009-12-01", "2023-05-01", "2023-06-01", "2024-01-31", "2999-01-01"]
    >>> days = np.array(text, dtype="datetime64[D]")
    >>> odd_days(days)[0].tolist(), odd_days(days)[1].tolist()
    ([False, False, False, False, True], [True, False, False, False, False])
    """
    day = days.astype("datetime64[D]").astype(np.int64)
    future: Array = day > np.datetime64(date.today()).astype(np.int64)
    lone = np.zeros(len(day), dtype=bool)
    unique, back, rows = np.unique(day[~future], return_inverse=True, return_counts=True)
    block = np.cumsum(np.diff(unique, prepend=unique[:1]) > 366)
    size = np.bincount(block, weights=rows)
    if len(size) > 1 and 2 * size.max() > size.sum() and size.max() >= 3:
        lone[~future] = (size <= max(1, size.sum() // 20))[block][back]
    return future, lone


def usual_span(days: pd.Series) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Give the first and the last day, leaving out those that `odd_days` marks, unless it marks all."""
    future, lone = odd_days(days.to_numpy())
    usual = days[~(future | lone)]
    usual = days if usual.empty else usual
    return usual.min(), usual.max()


def reporting_day(days: pd.Series) -> tuple[str, str]:
    """Propose a reporting day for an order log, and say which it is: the last, or the last plausible one.

    >>> reporting_day(pd.Series(pd.to_datetime(["2024-01-05", "2024-02-03"])))
    ('2024-02-03', 'last')
    """
    last = usual_span(days)[1]
    return f"{last:%Y-%m-%d}", "last" if last == days.max() else "last plausible"


def _check_format(date_format: str) -> None:
    probe = datetime(2023, 12, 28, tzinfo=UTC)
    try:
        fixed = datetime.strptime(probe.strftime(date_format), date_format).date() == probe.date()
    except (ValueError, TypeError, AttributeError):
        fixed = False
    if not fixed:
        raise DataError(
            f"date_format {date_format!r} does not fix a calendar day. Hint: date_format='%d/%m/%Y'."
        )


def _strict_days(unique: Array, date_format: str) -> tuple[Array, Array, list[str]]:
    if re.search(r"%[zZ]", date_format):
        values = np.array([_one_day(x, date_format) for x in unique], dtype="datetime64[D]")
    else:
        parsed = pd.to_datetime(pd.Series(unique, dtype=object), format=date_format, errors="coerce")
        values = parsed.to_numpy().astype("datetime64[D]")
    reason = np.where(np.isnat(values), f"does not follow date_format {date_format!r}", "").astype(object)
    return values, reason, []


def _one_day(text: str, date_format: str) -> Any:
    try:
        return np.datetime64(datetime.strptime(text, date_format).date())
    except ValueError:
        return np.datetime64("NaT")


def _detected_days(unique: Array, rows: Array, name: str) -> tuple[Array, Array, list[str]]:
    values = np.full(len(unique), np.datetime64("NaT"), dtype="datetime64[D]")
    reason = np.where(rows > 0, "cannot be read as a date", "").astype(object)
    notes: list[str] = []
    last: dict[str, list[tuple[int, int, int, int]]] = {}
    stands: list[tuple[int, int, int, int]] = []
    for i, text in enumerate(unique):
        if m := _YEAR_FIRST.fullmatch(text):
            stands.append((i, int(m[1]), int(m[2] or m[4]), int(m[3] or m[5])))
        elif m := _YEAR_LAST.fullmatch(text):
            last.setdefault(m[2], []).append((i, int(m[4]), int(m[1]), int(m[3])))
        elif m := _DAY_NAME_YEAR.fullmatch(text):
            stands.append((i, int(m[3]), _MONTHS.get(m[2].lower(), 0), int(m[1])))
        elif m := _NAME_DAY_YEAR.fullmatch(text):
            stands.append((i, int(m[3]), _MONTHS.get(m[1].lower(), 0), int(m[2])))
        elif re.fullmatch(r"\d{1,2}([-/.])\d{1,2}\1\d{2}", text):
            reason[i] = "has a year of two digits (give date_format)"
        elif re.fullmatch(r"\d{5}(?:\.\d+)?", text):
            reason[i] = "is a spreadsheet's serial number (format the cells as dates, export again)"
        elif re.fullmatch(r"\d{10}(?:\.\d+)?|\d{13}", text):
            reason[i] = "is a number of seconds (convert it to a date first)"
    if stands:
        at, year, month, day = np.array(stands).T
        values[at] = _calendar(year, month, day)
    for separator, group in sorted(last.items()):
        at, year, a, b = np.array(group).T
        day_first, month_first = _calendar(year, b, a), _calendar(year, a, b)
        values[at], status, winner = settle(day_first, month_first, rows[at])
        twofold = at[status == TWOFOLD]
        if winner == 0 and rows[twofold].sum() > rows.sum() / 2:
            i = int(np.flatnonzero(status == TWOFOLD)[0])
            formats = [f"date_format='{f.replace('/', separator)}'" for f in ("%d/%m/%Y", "%m/%d/%Y")]
            raise DataError(
                f"the dates in {name!r} can be day-first or month-first: {unique[at[i]]!r} is {day_first[i]} "
                f"or {month_first[i]}, and no row decides. Hint: {formats[0]} or {formats[1]}."
            )
        order = ("", "day-first", "month-first")[winner]
        other = f"is not {order}, as most rows are" if winner else "is in one of two mixed formats"
        reason[at[status == OTHER]] = other
        reason[twofold] = "could be day-first or month-first (give date_format)"
        if winner:
            loser = month_first if winner == 1 else day_first
            i = int(np.flatnonzero(np.isnat(loser) & (status == READ))[0])
            notes.append(f"the dates in {name!r} are read {order} ({unique[at[i]]!r} is {values[at[i]]})")
    reason[~np.isnat(values)] = ""
    return values, reason, notes


def _calendar(year: Array, month: Array, day: Array) -> Array:
    """Days from their parts; NaT where the calendar has no such day."""
    start = ((year - 1970) * 12 + (month - 1)).astype("datetime64[M]")
    days = start.astype("datetime64[D]") + (day - 1)
    real = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == start)
    return np.where(real, days, np.datetime64("NaT"))
