"""Clean records into three sources as people typed them, with every planted fault written down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
RATES: dict[str, tuple[float, float, float]] = {  # chance of each fault in shop, web and business
    "typo": (0.07, 0.05, 0.05),
    "nickname": (0.02, 0.09, 0.05),
    "swapped": (0.02, 0.06, 0.01),
    "case": (0.06, 0.06, 0.02),
    "missing phone": (0.10, 0.22, 0.03),
    "missing birth": (0.16, 0.12, 0.0),
    "missing email": (0.0, 0.02, 0.06),
    "missing street": (0.04, 0.08, 0.02),
    "wrong digit": (0.03, 0.02, 0.02),
    "street typo": (0.06, 0.04, 0.03),
    "placeholder": (0.03, 0.03, 0.0),
    "impossible": (0.01, 0.005, 0.0),
    "month first": (0.03, 0.0, 0.0),
    "two digits": (0.10, 0.0, 0.0),
    "missing number": (0.03, 0.0, 0.08),
}
SHORT = {"Lane": "Ln", "Street": "St.", "Road": "Rd", "Row": "Row"}


def spoil(
    clean: pd.DataFrame, source: Array, g: np.random.Generator, dirt: float
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Plant the faults and write the three sources; give the tables, and where each fault is."""
    n = len(clean)
    hit = {
        name: g.random(n) < np.minimum(np.array(rates)[source] * dirt, 0.9) for name, rates in RATES.items()
    }
    lot = g.random((n, 6))
    planted: list[tuple[str, str, str, str | None]] = []
    texts = []
    name_column = np.array(["name", "name", "contact_name"])[source]
    for i, row in enumerate(clean.itertuples(index=False)):
        mine = {name: bool(mark[i]) for name, mark in hit.items()}
        texts.append(_write(row, int(source[i]), str(name_column[i]), mine, lot[i], planted))
    made = pd.DataFrame(texts)
    made["recorded_on"] = clean["recorded_on"].to_numpy()
    tables = {
        "shop_cards": made[source == 0][
            ["record_id", "card_no", "name", "phone", "street", "postcode", "birth_date", "recorded_on"]
        ],
        "web_accounts": made[source == 1][
            ["record_id", "name", "email", "phone", "street", "postcode", "birth_date", "recorded_on"]
        ],
        "business_accounts": made[source == 2]
        .drop(columns=["contact_name"], errors="ignore")
        .rename(columns={"name": "contact_name"})[
            [
                "record_id",
                "company",
                "contact_name",
                "email",
                "phone",
                "vat_number",
                "street",
                "postcode",
                "recorded_on",
            ]
        ],
    }
    tests = _test_entries()
    tables = {
        name: pd.concat([table, tests[name]], ignore_index=True).astype({"recorded_on": "datetime64[us]"})
        if name in tests else table.reset_index(drop=True)
        for name, table in tables.items()
    }  # fmt: skip
    tables = {  # text, with one sign for what is missing
        name: table.astype(dict.fromkeys(table.columns.drop("recorded_on"), "str"))
        for name, table in tables.items()
    }
    truth = pd.DataFrame(planted, columns=["record_id", "field", "dirt", "right_value"], dtype="str")
    return tables, truth.sort_values(["record_id", "field", "dirt"], ignore_index=True)


def _write(
    row: Any, source: int, name_column: str, hit: dict[str, bool], lot: Array,
    planted: list[tuple[str, str, str, str | None]],
) -> dict[str, Any]:  # fmt: skip
    """Write one record as somebody typed it."""

    def note(field: str, kind: str, right: str | None) -> None:
        planted.append((row.record_id, field, kind, right))

    if row.repeat:
        note("record", "duplicate in source", None)
    given, family = str(row.given), str(row.family)
    right = f"{family.upper()}, {given}" if source == 1 else f"{given} {family}"
    if hit["nickname"]:
        given = given[:3] + ("y" if given[2:3] not in "aeiouy" else "")
        note(name_column, "nickname", right)
    if hit["typo"]:
        if lot[0] < 0.5:
            given = _typo(given, lot[1], lot[2])
        else:
            family = _typo(family, lot[1], lot[2])
        note(name_column, "typo", right)
    if hit["swapped"]:
        given, family = family, given
        note(name_column, "names swapped", right)
    name = f"{family.upper()}, {given}" if source == 1 else f"{given} {family}"
    if hit["case"]:
        name = f" {name.lower()}  " if lot[3] < 0.5 else name.upper()
        note(name_column, "letter case", right)
    return {
        "record_id": row.record_id,
        "card_no": _number(row.record_id, source, hit, note),
        "name": name,
        "email": _email(row.email, source, hit, note),
        "phone": _phone(row.phone, source, hit, lot, note),
        "street": _street(row.street, hit, lot, note),
        "postcode": None if hit["missing street"] else row.postcode,
        "birth_date": _birth(row.birth, source, hit, lot, note),
        "company": row.company,
        "vat_number": None if source == 2 and hit["missing number"] else row.vat_number,
    }


def _typo(text: str, where: float, which: float) -> str:
    """Leave out, double, or exchange one letter, or put a wrong one; never the first."""
    at = 1 + int(where * (len(text) - 1))
    kind = int(which * 4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    letter = ALPHABET[int(which * 997) % 26]
    return text[:at] + ("q" if letter == text[at].lower() else letter) + text[at + 1 :]


def _number(record_id: str, source: int, hit: dict[str, bool], note: Any) -> str | None:
    number = f"C-{int(record_id[1:]) * 37 % 100_000:05d}"
    if hit["missing number"] and source in (0, 2):
        note("card_no" if source == 0 else "vat_number", "missing", number if source == 0 else None)
        return None
    return number


def _email(email: str, source: int, hit: dict[str, bool], note: Any) -> str | None:
    if source == 0:
        return None
    if hit["missing email"]:
        note("email", "missing", email)
        return None
    return email


def _phone(phone: str, source: int, hit: dict[str, bool], lot: Array, note: Any) -> str | None:
    if hit["missing phone"]:
        note("phone", "missing", phone)
        return None
    if hit["wrong digit"]:
        note("phone", "wrong digit", phone)
        at = 3 + int(lot[4] * 7)
        phone = phone[:at] + str((int(phone[at]) + 1 + int(lot[5] * 8)) % 10) + phone[at + 1 :]
    area, first, last = phone[:3], phone[3:7], phone[7:]
    return (f"{area}-{first}-{last}", f"({area}) {first} {last}", f"{area} {first}{last}")[
        source if lot[4] < 0.8 else 2 - source
    ]


def _street(street: str, hit: dict[str, bool], lot: Array, note: Any) -> str | None:
    if hit["missing street"]:
        note("street", "missing", street)
        return None
    if hit["street typo"]:
        note("street", "typo", street)
        street = _typo(street, lot[1] * 0.5, lot[2])
    if lot[5] < 0.35:  # a short form is no fault: both ways of writing are right
        for long, short in SHORT.items():
            street = street.replace(f" {long} ", f" {short} ")
    return street


def _birth(birth: Any, source: int, hit: dict[str, bool], lot: Array, note: Any) -> str | None:
    if source == 2:
        return None
    right = f"{birth:%Y-%m-%d}" if source == 1 else f"{birth:%d/%m/%Y}"
    if hit["missing birth"]:
        note("birth_date", "missing", right)
        return None
    if hit["placeholder"]:
        note("birth_date", "placeholder", right)
        return "1900-01-01" if source == 1 else "01/01/1900"
    if hit["impossible"]:
        note("birth_date", "impossible date", right)
        return f"{birth.year + 100}{right[4:]}" if source == 1 else f"31/02/{birth.year}"
    if hit["month first"]:
        note("birth_date", "month first", right)
        return f"{birth:%m/%d/%Y}"
    if hit["two digits"]:
        note("birth_date", "two-digit year", right)
        return f"{birth:%d.%m.%y}"
    return f"{birth:%d.%m.%Y}" if source == 0 and lot[0] < 0.15 else right


def _test_entries() -> dict[str, pd.DataFrame]:
    """Make the rows that somebody typed to try the system."""
    day = pd.Timestamp("2021-06-01")
    shop = [
        {"record_id": f"ST{i:04d}", "card_no": None, "name": name, "phone": "000-0000-000",
         "street": "Test 1", "postcode": "P-000", "birth_date": "01/01/1900", "recorded_on": day}
        for i, name in enumerate(("Test Test", "Test Card", "Asdf Asdf"), 1)
    ]  # fmt: skip
    web = [
        {"record_id": f"WT{i:04d}", "name": name, "email": "test@example.org", "phone": "000-0000-000",
         "street": "Test 1", "postcode": "P-000", "birth_date": "1900-01-01", "recorded_on": day}
        for i, name in enumerate(("TEST, Test", "TESTER, Web", "TEST, Shop", "ASDF, Asdf"), 1)
    ]  # fmt: skip
    return {"shop_cards": pd.DataFrame(shop), "web_accounts": pd.DataFrame(web)}
