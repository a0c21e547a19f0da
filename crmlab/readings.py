"""Text into ids, days and amounts; where text can be read in two ways, the file decides or nobody does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

Array = np.ndarray[Any, Any]
MISSING = ("", "nan", "none", "null", "na", "n/a", "#n/a", "nat", "<na>")
FIRST_YEAR, LAST_YEAR = 1900, 2100
LARGEST = 9e11  # beyond this, sums in ten-thousandths of a euro are no longer exact
TYPO_SHARE = 0.01  # up to this share of rows in the other format, the rest is trusted

_TIME = (
    r"(?P<time>(?:T|\s+|,\s*)(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})日?|(\d{2})(\d{2}))")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4})")
_DAY_NAME_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-\s./]+([A-Za-z]{3,9})[-\s,./]+(\d{4})")
_NAME_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTHS = {
    name: number
    for number, full in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
    for name in (full, full[:3], full[:4] if full == "september" else full)
}
_CURRENCY = re.compile(r"(?i)\b(?:eur|usd|gbp|chf|cny|rmb)\b|[€$£¥￥元]")
_NUMBER = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)?(?:(?<=\d)\.?|\.(?=\d))\d*(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Reading:
    """One column read: its `values`, the `reason` why a row cannot be read ("" = it can), and `notes`."""

    values: Array
    reason: Array
    notes: tuple[str, ...] = ()


def read_ids(text: pd.Series) -> Reading:
    """Read ids as text: spaces around them go, leading zeros stay, ``12346.0`` is ``12346``.

    Parameters
    ----------
    text : Series of str
        One id per row. An empty field, nan, None, NULL and NA, in any case, mean that there is none.

    Returns
    -------
    Reading
        `values` are str.

    Notes
    -----
    The ``.0`` left by a column of decimal numbers is removed only when no id has other decimals.
    An id in scientific notation (``1.23457E+12``) has lost digits in a spreadsheet and is not read.

    Examples
    --------
    >>> read_ids(pd.Series(["00123", "12346.0", "NULL"])).values.tolist()
    ['00123', '12346', '']
    """
    codes, _, clean, missing = _unique(text)
    reason = np.where(missing, "is missing", "").astype(object)
    short = _matches(clean, r"\d(?:\.\d+)?[eE]\+\d+")
    reason[short] = "was shortened by a spreadsheet (such as 1.2E+12)"
    whole, decimal = _matches(clean, r"\d+\.0+"), _matches(clean, r"\d+\.\d+")
    notes = ()
    if whole.any() and not (decimal & ~whole).any():
        clean = np.array([x.split(".")[0] if w else x for x, w in zip(clean, whole, strict=True)], dtype=object)
        notes = (f"the ids in {text.name!r} were decimal numbers: the '.0' at their end is taken away",)
    return Reading(np.where(reason == "", clean, "")[codes], reason[codes], notes)


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
    codes, rows, clean, missing = _unique(text)
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


def read_amounts(text: pd.Series, *, decimal: str | None = None) -> Reading:
    """Read amounts with a decimal point or comma, thousands separators and currency signs.

    Parameters
    ----------
    text : Series of str
        One amount per row: ``-1,234.50``, ``1.234,50 €``, ``(12.50)`` for minus 12.5.
    decimal : {".", ","}, optional
        The decimal mark. Without it, the amounts that have only one reading decide.

    Returns
    -------
    Reading
        `values` are float, NaN where `reason` says why. Currency signs change nothing: no rate is applied.

    Raises
    ------
    DataError
        If an amount such as ``1,234`` has two readings and no amount decides.

    Examples
    --------
    >>> read_amounts(pd.Series(["1.234", "12,50", "-3"])).values.tolist()
    [1234.0, 12.5, -3.0]
    """
    if decimal not in (None, ".", ","):
        raise DataError(f"decimal must be '.' or ','; found {decimal!r}.")
    codes, rows, clean, missing = _unique(text)
    plain, signs = _plain_numbers(clean)
    point = _parse_numbers(plain)
    comma = _parse_numbers([x.translate(_SWAP) for x in plain])
    reason = np.full(len(clean), "", dtype=object)
    notes: list[str] = []
    if decimal is not None:
        values = point if decimal == "." else comma
    else:
        values, status, winner = _settle(point, comma, rows)
        if winner == 0 and (status == _TWOFOLD).any():
            i = int(np.flatnonzero(status == _TWOFOLD)[0])
            raise DataError(
                f"the amounts in {text.name!r} have two readings: {clean[i]!r} is {point[i]:g} or {comma[i]:g}, and no "
                f'amount decides. Hint: give the decimal mark, decimal="." or decimal=",".'
            )
        if winner == 2:
            i = int(np.flatnonzero(np.isnan(point) & ~np.isnan(comma))[0])
            notes.append(f"the amounts in {text.name!r} have a decimal comma ({clean[i]!r} is {comma[i]:g})")
        reason[status == _OTHER] = "has another decimal mark than most rows"
        reason[status == _TWOFOLD] = "has two readings in a column that mixes decimal marks"
    infinite = _matches(clean, r"(?i)[+-]?inf(?:inity)?") | np.isinf(values)
    reason[np.isnan(values) & (reason == "")] = "cannot be read as a number"
    reason[np.abs(values) > LARGEST] = "is larger than 900 billion"
    reason[infinite] = "is infinite"
    reason[missing] = "is missing"
    if signs:
        notes.append(f"the amounts in {text.name!r} carry {', '.join(signs)}: taken as they are, no rate is applied")
    return Reading(np.where(reason == "", values, np.nan)[codes], reason[codes], tuple(notes))


_READ, _OTHER, _TWOFOLD, _UNREAD = 0, 1, 2, 3
_SWAP = str.maketrans(".,", ",.")


def _settle(first: Array, second: Array, rows: Array) -> tuple[Array, Array, int]:
    """Choose between two readings of each value by the rows that have only one.

    Gives the values, a status for each, and the winner: 1, 2, or 0 when nothing decides.
    """
    has_first, has_second = ~pd.isna(first), ~pd.isna(second)
    twofold = has_first & has_second & (first != second)
    votes = [int(rows[has_first & ~has_second].sum()), int(rows[has_second & ~has_first].sum())]
    winner = 0 if votes[0] == votes[1] else 1 + (votes[1] > votes[0])
    trusted = winner > 0 and min(votes) <= TYPO_SHARE * sum(votes)
    values = np.array(second if winner == 2 else first)
    status = np.full(len(values), _READ)
    lost = pd.isna(values) if winner else has_first ^ has_second
    status[lost] = _OTHER
    status[~has_first & ~has_second] = _UNREAD
    if not trusted:
        status[twofold] = _TWOFOLD
    values[status != _READ] = np.array("NaT", dtype=values.dtype) if values.dtype.kind == "M" else np.nan
    return values, status, int(winner)


def _unique(text: pd.Series) -> tuple[Array, Array, Array, Array]:
    """Give codes into the distinct texts, their row counts, the texts without outer spaces, which are missing."""
    codes, unique = pd.factorize(text.to_numpy(dtype=object), use_na_sentinel=False)
    clean = np.array(["" if x is None or x != x else str(x).strip() for x in unique], dtype=object)
    missing = np.array([x.lower() in MISSING for x in clean], dtype=bool)
    return codes, np.bincount(codes, minlength=len(clean)), clean, missing


def _matches(values: Array, pattern: str) -> Array:
    match: Callable[[str], Any] = re.compile(pattern).fullmatch
    return np.array([match(x) is not None for x in values], dtype=bool)


def _plain_numbers(values: Array) -> tuple[list[str], list[str]]:
    """Take away currency signs, group spaces and bookkeepers' ways to write minus; name the signs found."""
    simple = re.compile(r"[+-]?[\d.,]+").fullmatch
    signs: set[str] = set()
    plain = []
    for value in values:
        if simple(value) is None:
            signs.update(_CURRENCY.findall(value))
            value = _CURRENCY.sub("", value.replace("\N{MINUS SIGN}", "-")).strip()
            value = re.sub(r"^([+-])\s+", r"\1", re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d))", "", value))
            value = re.sub(r"^\((.+)\)$|^([^-].*)-$", r"-\1\2", value)
        plain.append(value)
    return plain, sorted(signs)


def _parse_numbers(values: list[str]) -> Array:
    """Numbers with a decimal point and, optionally, commas between groups of three digits."""
    good = _NUMBER.fullmatch
    kept = [x.replace(",", "") if x and good(x) else "nan" for x in values]
    return np.array(kept, dtype=object).astype(float)


def _strict_days(unique: Array, date_format: str) -> tuple[Array, Array, list[str]]:
    probe = datetime(2023, 12, 28)
    try:
        fixed = datetime.strptime(probe.strftime(date_format), date_format).date() == probe.date()
    except (ValueError, TypeError):
        fixed = False
    if not fixed:
        raise DataError(f"date_format {date_format!r} does not fix a calendar day. Hint: such as '%d/%m/%Y'.")
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
        values[at], status, winner = _settle(day_first, month_first, rows[at])
        twofold = at[status == _TWOFOLD]
        if winner == 0 and rows[twofold].sum() > rows.sum() / 2:
            i = int(np.flatnonzero(status == _TWOFOLD)[0])
            formats = [f"'{f.replace('/', separator)}'" for f in ("%d/%m/%Y", "%m/%d/%Y")]
            raise DataError(
                f"the dates in {name!r} can be day-first or month-first: {unique[at[i]]!r} is {day_first[i]} or "
                f"{month_first[i]}, and no row decides. Hint: give date_format, {formats[0]} or {formats[1]}."
            )
        order = ("", "day-first", "month-first")[winner]
        reason[at[status == _OTHER]] = f"is not {order}, as most rows are" if winner else "is in one of two mixed formats"
        reason[twofold] = "could be day-first or month-first (give date_format)"
        if winner:
            i = int(np.flatnonzero(np.isnat(month_first if winner == 1 else day_first) & (status == _READ))[0])
            notes.append(f"the dates in {name!r} are read {order} ({unique[at[i]]!r} is {values[at[i]]})")
    reason[~np.isnat(values)] = ""
    return values, reason, notes


def _calendar(year: Array, month: Array, day: Array) -> Array:
    """Days from their parts; NaT where the calendar has no such day."""
    start = ((year - 1970) * 12 + (month - 1)).astype("datetime64[M]")
    days = start.astype("datetime64[D]") + (day - 1)
    real = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == start)
    return np.where(real, days, np.datetime64("NaT"))
