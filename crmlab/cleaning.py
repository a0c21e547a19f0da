"""Three sources into one table of records: what was found, what was changed, what was set aside."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns

FIELDS = ("given", "family", "birth_date", "phone", "email", "street", "postcode")
_TEST = re.compile(r"\b(?:test|tester|asdf)\b", re.IGNORECASE)
_WAYS = {r"\bLn\b": "Lane", r"\bSt\.": "Street", r"\bRd\b": "Road"}
_NAME_COLUMN = {"shop": "name", "web": "name", "business": "contact_name"}
_SHAPES = ((r"[A-Z]", "A"), (r"[a-z]", "a"), (r"[0-9]", "9"), (r"A+", "A"), (r"a+", "a"))


@dataclass(frozen=True)
class CleanRecords:
    """The sources: `records` (a row each), `changes` (how many of what), `set_aside` (with reason)."""

    records: pd.DataFrame
    changes: pd.DataFrame
    set_aside: pd.DataFrame


def profile_source(table: pd.DataFrame, *, key: str = "record_id") -> pd.DataFrame:
    """Look at every column of a source: how full it is, how many different values, how many ways of writing.

    Parameters
    ----------
    table : DataFrame
        One source, as it came.
    key : str, default "record_id"
        The column that numbers the rows; it is left out.

    Returns
    -------
    DataFrame
        One row per column: ``column``, ``missing`` (rows), ``missing_share``, ``different`` (values),
        ``shapes`` (ways of writing: letters become A or a, digits 9), ``most_common`` (the value seen most
        often), ``most_common_rows``.

    Raises
    ------
    DataError
        If the table has no rows or lacks the key.

    Examples
    --------
    >>> cards = pd.DataFrame({"record_id": ["1", "2", "3"], "phone": ["000-1", "000 1", None]})
    >>> profile_source(cards)[["column", "missing", "different", "shapes"]].values.tolist()
    [['phone', 1, 2, 2]]
    """
    require_columns(table, [key], name="the source")
    if table.empty:
        raise DataError("the source has no rows: there is nothing to look at.")
    rows = []
    for name in table.columns.drop(key):
        text = table[name].dropna().astype(str)
        counts = text.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        rows.append(
            {
                "column": name,
                "missing": int(table[name].isna().sum()),
                "missing_share": float(table[name].isna().mean()),
                "different": len(counts),
                "shapes": shape_of(text).nunique(),
                "most_common": str(counts.index[0]) if len(counts) else "",
                "most_common_rows": int(counts.iloc[0]) if len(counts) else 0,
            }
        )
    return pd.DataFrame(rows)


def shape_of(text: pd.Series) -> pd.Series:
    """Write how each text is written: every letter a or A (runs once), every digit 9.

    Parameters
    ----------
    text : Series of str
        What was typed.

    Returns
    -------
    Series of str
        The shape, such as ``99/99/9999``.

    Examples
    --------
    >>> shape_of(pd.Series(["07/03/1985", "St. 7"])).tolist()
    ['99/99/9999', 'Aa. 9']
    """
    for pattern, letter in _SHAPES:
        text = text.str.replace(pattern, letter, regex=True)
    return text


def read_birth(text: pd.Series) -> pd.DataFrame:
    """Read dates of birth as people typed them: ISO, day first, with points, with two-digit years.

    Parameters
    ----------
    text : Series of str
        What was typed; missing values stay missing.

    Returns
    -------
    DataFrame
        ``birth_date`` (ISO text; missing when it cannot be) and ``change``: what was done, empty for nothing.
        1900-01-01 is taken as "not known"; a second number above 12 shows that the month was written first;
        other exchanged dates cannot be seen. Years after 2010 or days that do not exist are refused.

    Examples
    --------
    >>> read_birth(pd.Series(["07/03/1985", "03/28/1985", "31/02/1985", "01/01/1900"]))["birth_date"].tolist()
    ['1985-03-07', '1985-03-28', nan, nan]
    """
    text = text.reset_index(drop=True).astype("object")
    iso = text.astype("str").str.extract(r"^\s*(\d{4})-(\d{2})-(\d{2})\s*$").astype(float)
    typed = text.astype("str").str.extract(r"^\s*(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})\s*$").astype(float)
    day, month, year = typed[0].fillna(iso[2]), typed[1].fillna(iso[1]), typed[2].fillna(iso[0])
    short = year < 100
    year = year.where(~short, year + np.where(year > 10, 1900, 2000))
    exchanged = (month > 12) & (day <= 12)
    day, month = day.where(~exchanged, month), month.where(~exchanged, day)
    parts = pd.DataFrame({"year": year, "month": month, "day": day})
    read = pd.to_datetime(parts, errors="coerce")
    unknown = (year == 1900) & (month == 1) & (day == 1)
    impossible = text.notna() & ~unknown & (read.isna() | (year > 2010) | (year < 1900))
    birth = read.dt.strftime("%Y-%m-%d").where(~(unknown | impossible))
    change = np.select(
        [text.isna(), unknown, impossible, exchanged, short, iso[0].isna()],
        ["", "1900-01-01 taken out", "impossible date taken out", "month was first", "two-digit year",
         "written year first"], "",
    )  # fmt: skip
    return pd.DataFrame({"birth_date": birth.astype("object"), "change": change})


def clean_sources(
    shop_cards: pd.DataFrame, web_accounts: pd.DataFrame, business_accounts: pd.DataFrame
) -> CleanRecords:
    """Bring the three sources into one form, and count every change.

    Parameters
    ----------
    shop_cards, web_accounts, business_accounts : DataFrame
        The sources as they came; see ``data_dictionary``.

    Returns
    -------
    CleanRecords
        ``records``: ``record_id``, ``source``, ``given``, ``family``, ``birth_date`` (ISO text), ``phone``
        (ten digits), ``email``, ``street``, ``postcode``, ``recorded_on``; sorted by ``record_id``.
        ``changes``: ``source``, ``field``, ``change``, ``rows``. ``set_aside``: ``record_id``, ``source``,
        ``reason``; these rows are not in ``records``.

    Raises
    ------
    DataError
        If a source breaks its contract, or a record number is used twice.

    Examples
    --------
    >>> from crmlab.datasets.three_sources import make_sources
    >>> world = make_sources(60, rng=1)
    >>> done = clean_sources(world.shop_cards, world.web_accounts, world.business_accounts)
    >>> len(done.set_aside), bool(done.records["record_id"].is_unique)
    (7, True)
    """
    given = {
        "shop": check(shop_cards, "shop_cards"),
        "web": check(web_accounts, "web_accounts"),
        "business": check(business_accounts, "business_accounts"),
    }
    parts, counted, aside = [], [], []
    for source, table in given.items():
        made, changes = _one_source(source, table.reset_index(drop=True))
        test = made["name"].str.contains(_TEST)
        aside.append(made.loc[test, ["record_id"]].assign(source=source, reason="test entry"))
        parts.append(made[~test])
        for (name, change), rows in changes[~changes["record_id"].isin(aside[-1]["record_id"])].groupby(
            ["field", "change"]
        ):
            counted.append({"source": source, "field": name, "change": change, "rows": len(rows)})
    records = pd.concat(parts, ignore_index=True).sort_values("record_id", ignore_index=True)
    if not records["record_id"].is_unique:
        twice = records.loc[records["record_id"].duplicated(), "record_id"].iloc[0]
        raise DataError(
            f"the record number {twice!r} is used twice. Hint: number the rows of all sources anew."
        )
    order = ["record_id", "source", *FIELDS, "recorded_on"]
    changes_all = pd.DataFrame(counted, columns=["source", "field", "change", "rows"])
    return CleanRecords(
        records=records[order],
        changes=changes_all.sort_values(["field", "change", "source"], ignore_index=True),
        set_aside=pd.concat(aside, ignore_index=True),
    )


def _one_source(source: str, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean one source; give the records and one row per change."""
    log: list[pd.DataFrame] = []

    def note(field: str, change: str, rows: pd.Series) -> None:
        log.append(
            pd.DataFrame(
                {"record_id": table.loc[rows.to_numpy(), "record_id"], "field": field, "change": change}
            )
        )

    name = table[_NAME_COLUMN[source]].astype("str")
    tidy = name.str.strip().str.replace(r"\s+", " ", regex=True)
    note("name", "spaces taken out", name != tidy)
    parts = tidy.str.split(", " if source == "web" else " ", n=1, expand=True).reindex(columns=[0, 1])
    given, family = (parts[1], parts[0]) if source == "web" else (parts[0], parts[1])
    proper = given.str.capitalize(), family.str.capitalize()
    usual = family.str.upper() if source == "web" else proper[1]
    note("name", "capital letters", (given != proper[0]) | (family != usual))
    empty = pd.Series(np.nan, index=table.index, dtype="object")
    birth = read_birth(table.get("birth_date", empty))
    for change in sorted(set(birth["change"]) - {""}):
        note("birth_date", change, birth["change"] == change)
    digits = table["phone"].astype("object").str.replace(r"[^0-9]", "", regex=True)
    bad = digits.notna() & ((digits.str.len() != 10) | (digits == "0000000000"))
    note("phone", "impossible number taken out", bad)
    note("phone", "written as ten digits", digits.notna() & ~bad)
    street = table["street"].astype("object")
    full = street
    for short, long in _WAYS.items():
        full = full.str.replace(short, long, regex=True)
    note("street", "short form written out", street.notna() & (street != full))
    email = table["email"].astype("object") if "email" in table else empty
    lower = email.str.strip().str.lower()
    note("email", "small letters", email.notna() & (email != lower))
    made = pd.DataFrame(
        {
            "record_id": table["record_id"], "source": source, "name": tidy,
            "given": proper[0], "family": proper[1], "birth_date": birth["birth_date"],
            "phone": digits.where(~bad), "email": lower, "street": full, "postcode": table["postcode"],
            "recorded_on": table["recorded_on"],
        }
    )  # fmt: skip
    return made, pd.concat(log, ignore_index=True)
