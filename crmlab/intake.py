"""Somebody's own order file into the contract "orders"; what cannot be used is kept aside with its reason."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmlab.columns import NEEDED, check_targets, factors, find_columns, parse_columns, unused_columns
from crmlab.contracts import DataError, check
from crmlab.dates import read_days
from crmlab.order_lines import (
    apply_refunds,
    apply_repeated,
    odd_day_notes,
    order_of_rows,
    remarks,
    sum_lines,
    tally,
)
from crmlab.readings import LARGEST, Array, Reading, read_amounts, read_ids
from crmlab.sources import read_source, shown
from crmlab.sources_base import Source

WRITTEN = ("orders.csv", "refused.csv", "orders.source.json")
POLICIES = {"refunds": "net", "repeated": "keep"}


@dataclass(frozen=True)
class Intake:
    """An order file read: what can be used (`orders`), what cannot (`refused`), and what was understood.

    `orders` holds the contract "orders" in the file's order, one row per order: lines that share order_id,
    customer and day are added up. `refused` holds each row that cannot be used as the file writes it, with
    its `line` in the file and the `reason`; the rows used (`n_used`) and refused add up to `n_read`.
    `columns` maps our names to the file's, `unused` are its other columns; `options` are the settings that
    differ from the defaults. `kind` says what the source is, `sha256` is its fingerprint when it was read,
    and `examples` shows of our columns one value as the source writes it and as it was read.
    """

    orders: pd.DataFrame
    refused: pd.DataFrame
    notes: tuple[str, ...]
    source: str
    n_read: int
    columns: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    kind: str = ""
    sha256: str = ""
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def n_used(self) -> int:
        """Rows of the file that went into `orders`."""
        return self.n_read - len(self.refused)


def read_orders(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    refunds: str = "net",
    date_format: str | None = None,
    table: str | None = None,
    repeated: str = "keep",
    decimal: str | None = None,
) -> Intake:
    r"""Read an order file into the contract "orders".

    Parameters
    ----------
    path : str or Path
        A CSV file, a Parquet file or folder, a DuckDB file, or the address of a PostgreSQL database,
        ``"postgresql://user@host:5432/shop"`` (see `crmlab.sources.read_source`).
    columns : mapping of str to str, optional
        Our column to the file's; ``amount_eur`` may be a product, ``"Quantity*UnitPrice"``. Columns left
        out are recognised by well-known names, if exactly one fits; the notes say which.
    refunds : {"net", "drop", "refuse"}, default "net"
        What to do with orders of negative amount: keep them (they lower revenue and are never a purchase),
        put their rows with the refused ones, or stop.
    date_format : str, optional
        Such as ``"%d/%m/%Y"``; without it the rows decide (see `crmlab.dates.read_days`).
    table : str, optional
        The table or view of a database that holds several; ``"sales.orders"`` in another schema.
    repeated : {"keep", "drop", "refuse"}, default "keep"
        What to do with rows equal to an earlier row in every column. They are kept because two equal rows
        can be two purchases; a file with order numbers or times shows which.
    decimal : {".", ","}, optional
        The decimal mark; without it the rows decide (see `crmlab.readings.read_amounts`).

    Returns
    -------
    Intake
        `orders` has customer_id (text), order_date (calendar day), amount_eur (rounded to ten-thousandths)
        and those of order_id, margin_eur, channel and category that are mapped or that the file calls so.
        With an order_id, rows that share it, the customer and the day become one order: amount and margin
        are added up, the first channel and category given are kept. Without it each row is an order.

    Raises
    ------
    DataError
        If the file cannot be read, a column is not found, dates or amounts have two readings and no row
        decides, a policy is "refuse" and finds rows, no purchase is left, or more than half of the rows
        cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "shop.csv")
    >>> _ = file.write_text("Customer;Date;Total\n007;31.01.2024;12,50\n007;29.02.2024;8\n;29.02.2024;3\n")
    >>> intake = read_orders(file)
    >>> intake.orders
      customer_id order_date  amount_eur
    0         007 2024-01-31        12.5
    1         007 2024-02-29         8.0
    >>> intake.refused[["line", "reason"]]
       line                  reason
    0     4  customer_id is missing
    """
    _one_of("refunds", refunds, ("net", "drop", "refuse"))
    _one_of("repeated", repeated, ("keep", "drop", "refuse"))
    given = parse_columns(columns) if isinstance(columns, str) else {} if columns is None else columns
    check_targets(given)
    date_format, table, decimal = date_format or None, table or None, decimal or None  # "" = left out
    name = shown(path)
    source = read_source(path, table=table)
    mapping, guesses = find_columns(list(source.rows.columns), given, name)
    values, reason, notes = _read_columns(source, mapping, date_format, decimal)
    _stop_if_most_refused(reason, name)
    notes += apply_repeated(source, reason, policy=repeated, path=name)
    number = order_of_rows(values, reason)
    notes += apply_refunds(source, values, reason, number, policy=refunds, path=name)
    orders, summed = sum_lines(values, reason, number)
    _stop_if_no_purchase(orders, name)
    options = {
        "refunds": refunds,
        "repeated": repeated,
        "date-format": date_format,
        "table": table,
        "decimal": decimal,
    }
    usual = ("net", "keep", None)
    return Intake(
        orders=check(orders, "orders"),
        refused=_refused(source, reason),
        notes=(
            *source.notes,
            *guesses,
            *notes,
            *summed,
            *odd_day_notes(source, values["order_date"], reason),
            *remarks(orders),
        ),
        source=name,
        n_read=len(source.rows),
        columns=mapping,
        options={name: value for name, value in options.items() if value is not None and value not in usual},
        unused=unused_columns(list(source.rows.columns), mapping),
        kind=source.kind,
        sha256=source.sha256,
        examples=_examples(source, mapping, values, reason),
    )


def write_intake(intake: Intake, folder: str | Path) -> Path:
    """Write ``orders.csv``, ``refused.csv`` and ``orders.source.json`` into a folder, whole or not at all.

    Parameters
    ----------
    intake : Intake
        What `read_orders` gave.
    folder : str or Path
        Where to; it is made if need be.

    Returns
    -------
    Path
        The ``orders.csv``. Amounts have four decimals, so that they have one reading only. The JSON file says
        which file it was made from and how many rows were read, used and refused; see `read_origin`.

    Raises
    ------
    DataError
        If a file of that name with other content is there already, or the folder cannot be written.
    """
    orders = intake.orders.to_csv(
        index=False, date_format="%Y-%m-%d", float_format="%.4f", lineterminator="\n"
    )
    refused = intake.refused.to_csv(index=False, lineterminator="\n")
    data = (orders.encode(), refused.encode(), _origin(intake, hashlib.sha256(orders.encode()).hexdigest()))
    texts = {Path(folder, name): text for name, text in zip(WRITTEN, data, strict=True)}
    temporary = {file: file.with_name(f".{file.name}.{os.getpid()}.part") for file in texts}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            if file.exists() and (file.is_dir() or file.read_bytes() != text):
                raise DataError(f"{file} is there already, with other content. Hint: name another folder.")
        for file, text in texts.items():
            temporary[file].write_bytes(text)
        for file in texts:
            temporary[file].replace(file)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error}.") from error
    finally:
        for file in temporary.values():
            if file.parent.is_dir():
                file.unlink(missing_ok=True)
    return Path(folder, "orders.csv")


def _origin(intake: Intake, sha256: str) -> bytes:
    back = int((intake.orders["amount_eur"] < 0).sum())
    origin = {
        "source": intake.kind if "://" in intake.source else Path(intake.source).name,
        "n_read": intake.n_read,
        "n_used": intake.n_used,
        "n_refused": len(intake.refused),
        "n_orders": len(intake.orders) - back,
        "n_refunds": back,
        "policy": {name: intake.options.get(name, usual) for name, usual in POLICIES.items()},
        "notes": list(intake.notes),
        "sha256": sha256,
    }
    return (json.dumps(origin, ensure_ascii=False, indent=1) + "\n").encode()


def read_origin(path: str | Path, intake: Intake) -> dict[str, Any]:
    """Say where an order file comes from: what `write_intake` wrote beside it, else the file itself.

    Parameters
    ----------
    path : str or Path
        The order file.
    intake : Intake
        What `read_orders` gave for it.

    Returns
    -------
    dict
        ``source`` (file name), ``n_read``, ``n_used`` and ``n_refused`` (its rows), ``n_orders``,
        ``n_refunds``, ``policy``, ``notes`` and ``sha256`` (of the order file). What lies beside a file that
        has been changed since does not count.
    """
    own: dict[str, Any] = json.loads(_origin(intake, intake.sha256))
    try:
        beside = json.loads(Path(path).expanduser().with_suffix(".source.json").read_text("utf-8"))
    except (OSError, ValueError):
        return own
    known = isinstance(beside, dict) and {n: type(v) for n, v in beside.items()} == {
        n: type(v) for n, v in own.items()
    }
    return beside if known and beside["sha256"] == own["sha256"] else own


def _one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise DataError(f"{name} must be one of {', '.join(map(repr, allowed))}; found {value!r}.")


def _read_columns(
    source: Source, mapping: Mapping[str, str], date_format: str | None, decimal: str | None
) -> tuple[dict[str, Array], Array, list[str]]:
    reason = np.where(source.wrong_fields, "the row has more or fewer fields than the header", "").astype(
        object
    )
    values: dict[str, Array] = {}
    notes: list[str] = []

    def take(reading: Reading, label: str) -> Array:
        bad = (reading.reason != "") & (reason == "")
        reason[bad] = label + " " + reading.reason[bad]
        notes.extend(reading.notes)
        return reading.values

    def amounts(name: str, label: str) -> Array:
        return take(read_amounts(source.rows[name], decimal="." if name in source.typed else decimal), label)

    for ours in sorted(mapping, key=lambda name: name not in NEEDED):
        theirs = mapping[ours]
        parts = factors(theirs, list(source.rows.columns)) if ours == "amount_eur" else [theirs]
        if ours in ("customer_id", "order_id"):
            values[ours] = take(read_ids(source.rows[theirs]), ours)
        elif ours == "order_date":
            values[ours] = take(read_days(source.rows[theirs], date_format=date_format), ours)
        elif len(parts) == 2:
            one, two = (amounts(name, f"{ours} ({name})") for name in parts)
            twice = (one < 0) & (two < 0) & (reason == "")
            reason[twice] = f"{ours} has two negative factors"
            values[ours] = np.round(one * two, 4)
            reason[(np.abs(values[ours]) > LARGEST) & (reason == "")] = f"{ours} is larger than 900 billion"
        elif ours.endswith("_eur"):
            values[ours] = np.round(amounts(theirs, ours), 4)
        else:
            text = source.rows[theirs].str.strip().to_numpy(dtype=object)
            values[ours] = np.array([x or None for x in text], dtype=object)
    return values, reason, notes


def _examples(
    source: Source, mapping: Mapping[str, str], values: Mapping[str, Array], reason: Array
) -> dict[str, tuple[str, str]]:
    """Show the first day and amount that are used, as the source writes them and as they were read."""
    row = int(np.flatnonzero(reason == "")[0])
    names = list(source.rows.columns)
    written = {
        ours: " * ".join(source.rows[part].iloc[row] for part in factors(mapping[ours], names))
        for ours in ("order_date", "amount_eur")
    }
    read = {
        "order_date": str(np.datetime_as_string(values["order_date"][row], "D")),
        "amount_eur": f"{values['amount_eur'][row]:,.12g}",
    }
    return {ours: (written[ours], read[ours]) for ours in read}


def _stop_if_most_refused(reason: Array, path: str) -> None:
    bad = reason[reason != ""]
    if 2 * len(bad) > len(reason):
        causes = "; ".join(f"{cause}: {count:,}" for cause, count in tally(pd.Series(bad))[:3])
        raise DataError(
            f"{path}: {len(bad):,} of {len(reason):,} rows cannot be used: {causes}. "
            f"Hint: check which columns are meant, and the date format and decimal mark."
        )


def _stop_if_no_purchase(orders: pd.DataFrame, path: str) -> None:
    if not (orders["amount_eur"] >= 0).any():
        raise DataError(
            f"{path}: no purchase is left, only refunds (negative amounts): {len(orders):,}. "
            f"Hint: if the file writes sales with a minus, turn the sign of the column first."
        )


def _refused(source: Source, reason: Array) -> pd.DataFrame:
    bad = np.flatnonzero(reason != "")
    rows = source.rows.iloc[bad].reset_index(drop=True)
    rows = rows.rename(columns={name: f"{name} (file)" for name in ("line", "reason")})
    return rows.assign(line=source.line[bad], reason=reason[bad].astype(str))
