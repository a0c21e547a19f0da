"""Somebody's own order file into the contract "orders"; what cannot be used is kept aside with its reason."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from crmlab.columns import ALLOWED, NEEDED, check_targets, columns_text, factors, find_columns, parse_columns
from crmlab.contracts import DataError, check
from crmlab.dates import read_days
from crmlab.readings import LARGEST, Array, Reading, read_amounts, read_ids
from crmlab.sources import Source, read_source


@dataclass(frozen=True)
class Intake:
    """An order file read: what can be used (`orders`), what cannot (`refused`), and what was understood.

    `orders` holds the contract "orders" in the file's order. `refused` holds each row that cannot be used as
    the file writes it, with its `line` in the file and the `reason`; orders and refused add up to `n_read`.
    `columns` maps our names to the file's; `options` are the settings that differ from the defaults.
    """

    orders: pd.DataFrame
    refused: pd.DataFrame
    notes: tuple[str, ...]
    source: str
    n_read: int
    columns: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


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
        A CSV, Parquet or DuckDB file (see `crmlab.sources.read_source`).
    columns : mapping of str to str, optional
        Our column to the file's; ``amount_eur`` may be a product, ``"Quantity*UnitPrice"``. Columns left
        out are recognised by well-known names, if exactly one fits; the notes say which.
    refunds : {"net", "drop", "refuse"}, default "net"
        What to do with rows of negative amount: keep them (they lower revenue and are never a purchase),
        put them with the refused rows, or stop.
    date_format : str, optional
        Such as ``"%d/%m/%Y"``; without it the rows decide (see `crmlab.dates.read_days`).
    table : str, optional
        The table of a DuckDB file that holds several.
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
    source = read_source(path, table=table)
    mapping, guesses = find_columns(list(source.rows.columns), given, str(path))
    values, reason, notes = _read_columns(source, mapping, date_format, decimal)
    _stop_if_most_refused(reason, str(path))
    policies = _apply_policies(source, values, reason, refunds, repeated, str(path))
    kept = reason == ""
    orders = pd.DataFrame({name: values[name][kept] for name in ALLOWED if name in values})
    for name in orders:
        if orders[name].dtype == object:
            orders[name] = orders[name].astype("str")
    _stop_if_no_purchase(orders, str(path))
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
        notes=(*source.notes, *guesses, *notes, *policies, *_remarks(orders)),
        source=str(path),
        n_read=len(source.rows),
        columns=mapping,
        options={name: value for name, value in options.items() if value is not None and value not in usual},
    )


def write_intake(intake: Intake, folder: str | Path) -> Path:
    """Write ``orders.csv`` and ``refused.csv`` into a folder, whole or not at all.

    Parameters
    ----------
    intake : Intake
        What `read_orders` gave.
    folder : str or Path
        Where to; it is made if need be.

    Returns
    -------
    Path
        The ``orders.csv``. Amounts have four decimals, so that they have one reading only.

    Raises
    ------
    DataError
        If a file of that name with other content is there already, or the folder cannot be written.
    """
    orders = intake.orders.to_csv(
        index=False, date_format="%Y-%m-%d", float_format="%.4f", lineterminator="\n"
    )
    refused = intake.refused.to_csv(index=False, lineterminator="\n")
    texts = {Path(folder, "orders.csv"): orders.encode(), Path(folder, "refused.csv"): refused.encode()}
    temporary = {file: file.with_name(f".{file.name}.{os.getpid()}.part") for file in texts}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file, data in texts.items():
            if file.exists() and (file.is_dir() or file.read_bytes() != data):
                raise DataError(f"{file} is there already, with other content. Hint: name another folder.")
        for file, data in texts.items():
            temporary[file].write_bytes(data)
        for file in texts:
            temporary[file].replace(file)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error}.") from error
    finally:
        for file in temporary.values():
            if file.parent.is_dir():
                file.unlink(missing_ok=True)
    return Path(folder, "orders.csv")


def report(intake: Intake) -> str:
    """Say in plain text what was understood, what was refused and why, and how to go on.

    Parameters
    ----------
    intake : Intake
        What `read_orders` gave.

    Returns
    -------
    str
        Several lines, the last of them a command that can be pasted into a shell.
    """
    orders, refused = intake.orders, intake.refused
    back = orders["amount_eur"] < 0
    bought = orders.loc[~back]
    lines = [f"File       {intake.source}"]
    lines += [f"Column     {ours} = {theirs}" for ours, theirs in intake.columns.items()]
    lines += [f"Rows       {intake.n_read:,} read: {len(orders):,} kept, {len(refused):,} refused"]
    for reason, count in _tally(refused["reason"]):
        lines.append(f"  {count:,} refused: {reason}")
        for row in refused[refused["reason"] == reason].head(3).itertuples(index=False):
            lines.append(f"    line {row[-2]}: {', '.join(row[:-2])}")
    first, last = (f"{day:%Y-%m-%d}" for day in (orders["order_date"].min(), orders["order_date"].max()))
    lines += [
        f"Days       {first} to {last}",
        f"Customers  {orders['customer_id'].nunique():,}",
        f"Purchases  {len(bought):,} rows, sum {bought['amount_eur'].sum():,.2f}",
        f"Refunds    {int(back.sum()):,} rows, sum {orders.loc[back, 'amount_eur'].sum():,.2f}",
        "Currency   amounts are taken as euro as they stand; no rate is applied",
        *(f"Note       {note}" for note in intake.notes),
        f"Next       {_command(intake)}",
    ]
    return "\n".join(lines)


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


def _apply_policies(
    source: Source, values: Mapping[str, Array], reason: Array, refunds: str, repeated: str, path: str
) -> list[str]:
    """Mark in `reason` what the policies drop; give the notes on what they keep."""
    notes = []
    usable: Array = np.asarray(reason == "").nonzero()[0]
    again = np.zeros(len(reason), dtype=bool)
    again[usable] = source.rows.iloc[usable].duplicated().to_numpy()
    words = "rows equal to an earlier row in every column"
    if again.any() and repeated == "refuse":
        raise DataError(
            f'{path}: {words}: {again.sum():,}, and repeated="refuse". The first are\n'
            f"{_first_rows(source, again)}\n"
            f'Hint: repeated="keep" if they are purchases of their own, "drop" if they are copies.'
        )
    if repeated == "drop":
        reason[again] = "repeated row (policy drop)"
    elif again.any():
        notes.append(f'{words}: {again.sum():,}, kept (repeated="drop" refuses them)')
    back = (values["amount_eur"] < 0) & (reason == "")
    if back.any() and refunds == "refuse":
        raise DataError(
            f'{path}: rows with a negative amount: {back.sum():,}, and refunds="refuse". The first are\n'
            f"{_first_rows(source, back)}\n"
            f'Hint: refunds="net" lets them lower revenue, "drop" puts them aside.'
        )
    if refunds == "drop":
        reason[back] = "refund (policy drop)"
    elif back.any():
        notes.append(
            f"refunds (negative amounts): {back.sum():,}, kept; they lower revenue and are no purchase"
        )
        if back.sum() > len(usable) / 2:
            notes.append("most amounts are negative: does the file write sales with a minus?")
    return notes


def _remarks(orders: pd.DataFrame) -> list[str]:
    notes = []
    zero = int((orders["amount_eur"] == 0).sum())
    if zero:
        notes.append(f"rows with the amount 0: {zero:,}, kept; they count as purchases")
    customers = orders["customer_id"].nunique()
    if customers == 1:
        notes.append("there is one customer only: nothing can be compared between customers")
    bought = orders.loc[orders["amount_eur"] >= 0, ["customer_id", "order_date"]].drop_duplicates()
    if not bought["customer_id"].duplicated().any():
        notes.append("no customer buys on two days: models of repeat purchase cannot be fitted")
    return notes


def _stop_if_most_refused(reason: Array, path: str) -> None:
    bad = reason[reason != ""]
    if 2 * len(bad) > len(reason):
        causes = "; ".join(f"{cause}: {count:,}" for cause, count in _tally(pd.Series(bad))[:3])
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


def _tally(reasons: pd.Series) -> list[tuple[str, int]]:
    """Reasons with their counts, the most frequent first, equal counts by name."""
    counts = reasons.value_counts()
    return sorted(((str(r), int(n)) for r, n in counts.items()), key=lambda pair: (-pair[1], pair[0]))


def _first_rows(source: Source, which: Array) -> str:
    at = np.flatnonzero(which)[:3]
    return "\n".join(f"line {source.line[i]}: {', '.join(source.rows.iloc[i])}" for i in at)


def _command(intake: Intake) -> str:
    words = ["crmlab", "run", "--orders", intake.source, "--columns", columns_text(intake.columns)]
    words += [word for name, value in intake.options.items() for word in (f"--{name}", value)]
    return shlex.join(words)
