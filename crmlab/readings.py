"""Text into ids and amounts; where text can be read in two ways, the file decides or nobody does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

Array = np.ndarray[Any, Any]
MISSING = ("", "nan", "none", "null", "na", "n/a", "#n/a", "nat", "<na>")
LARGEST = 9e11  # beyond this, sums in ten-thousandths of a euro are no longer exact
TYPO_SHARE = 0.01  # up to this share of rows in the other format, the rest is trusted

_CURRENCY = re.compile(r"(?i)\b(?:eur|usd|gbp|chf|cny|rmb)\b|[€$£¥￥元]")
_NUMBER = re.compile(r"[+-]?(?:(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


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
    codes, _, clean, missing = distinct(text)
    reason = np.where(missing, "is missing", "").astype(object)
    short = _matches(clean, r"\d(?:\.\d+)?[eE]\+\d+")
    reason[short] = "was shortened by a spreadsheet (such as 1.2E+12)"
    whole, decimal = _matches(clean, r"\d+\.0+"), _matches(clean, r"\d+\.\d+")
    notes: tuple[str, ...] = ()
    if whole.any() and not (decimal & ~whole).any():
        clean[whole] = [x.split(".")[0] for x in clean[whole]]
        notes = (f"the ids in {text.name!r} were decimal numbers: the '.0' at their end is taken away",)
    return Reading(np.where(reason == "", clean, "")[codes], reason[codes], notes)


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
    codes, rows, clean, missing = distinct(text)
    plain, signs = _plain_numbers(clean)
    point = _parse_numbers(plain)
    comma = _parse_numbers([x.translate(_SWAP) for x in plain])
    reason = np.full(len(clean), "", dtype=object)
    notes: list[str] = []
    if decimal is not None:
        values = point if decimal == "." else comma
    else:
        values, status, winner = settle(point, comma, rows)
        if winner == 0 and (status == TWOFOLD).any():
            i = int(np.flatnonzero(status == TWOFOLD)[0])
            raise DataError(
                f"the amounts in {text.name!r} have two readings: {clean[i]!r} is {point[i]:.12g} or "
                f'{comma[i]:.12g}, and no amount decides. Hint: decimal="." or decimal=",".'
            )
        if winner == 2:
            i = int(np.flatnonzero(np.isnan(point) & ~np.isnan(comma))[0])
            notes.append(f"the amounts in {text.name!r} have a decimal comma ({clean[i]!r} is {comma[i]:g})")
        reason[status == OTHER] = "has another decimal mark than most rows"
        reason[status == TWOFOLD] = "has two readings in a column that mixes decimal marks"
    infinite = _matches(clean, r"(?i)[+-]?inf(?:inity)?") | np.isinf(values)
    reason[np.isnan(values) & (reason == "")] = "cannot be read as a number"
    reason[np.abs(values) > LARGEST] = "is larger than 900 billion"
    reason[infinite] = "is infinite"
    reason[missing] = "is missing"
    if signs:
        marks = ", ".join(signs)
        notes.append(f"the amounts in {text.name!r} carry {marks}: taken as they are, no rate is applied")
    return Reading(np.where(reason == "", values, np.nan)[codes], reason[codes], tuple(notes))


READ, OTHER, TWOFOLD, UNREAD = 0, 1, 2, 3
_SWAP = str.maketrans(".,", ",.")


def settle(first: Array, second: Array, rows: Array) -> tuple[Array, Array, int]:
    """Choose between two readings of each value by the rows that have only one.

    Gives the values, a status for each, and the winner: 1, 2, or 0 when nothing decides.
    """
    has_first, has_second = ~pd.isna(first), ~pd.isna(second)
    twofold = has_first & has_second & (first != second)
    votes = [int(rows[has_first & ~has_second].sum()), int(rows[has_second & ~has_first].sum())]
    winner = 0 if votes[0] == votes[1] else 1 + (votes[1] > votes[0])
    trusted = winner > 0 and min(votes) <= TYPO_SHARE * sum(votes)
    values = np.array(second if winner == 2 else first)
    status = np.full(len(values), READ)
    lost = pd.isna(values) if winner else has_first ^ has_second
    status[lost] = OTHER
    status[~has_first & ~has_second] = UNREAD
    if not trusted:
        status[twofold] = TWOFOLD
    values[status != READ] = np.array("NaT", dtype=values.dtype) if values.dtype.kind == "M" else np.nan
    return values, status, int(winner)


def distinct(text: pd.Series) -> tuple[Array, Array, Array, Array]:
    """Give each row's code, the rows of each text, the texts without outer spaces, and which are missing."""
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
