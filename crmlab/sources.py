"""Any source of orders as a table of text: CSV, Parquet, DuckDB, PostgreSQL; nothing is interpreted yet."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

from crmlab.contracts import DataError
from crmlab.sources_base import Source, existing_place, file_sha256, listed
from crmlab.sources_csv import csv_source
from crmlab.sources_postgres import is_address, postgres_sha256, postgres_source, without_password
from crmlab.sources_stored import (
    duckdb_source,
    duckdb_tables,
    folder_source,
    parquet_files,
    parquet_source,
)


def read_source(path: str | Path, *, table: str | None = None) -> Source:
    r"""Read a source as text; its content, not its name, decides what it is.

    Parameters
    ----------
    path : str or Path
        A CSV file (comma, semicolon, tab or bar; UTF-8, UTF-16 with a mark, GB 18030 or Windows-1252), a
        Parquet file or a folder of Parquet files (partitioned or not), a DuckDB file, or the address of a
        PostgreSQL database, ``"postgresql://user@host:5432/shop"``.
    table : str, optional
        The table or view of a database, ``"orders"`` or ``"sales.orders"``; needed when it holds several.

    Returns
    -------
    Source
        `rows` has one text column for each column of the source, in its order; `line` is the line in the
        file (the header is line 1) for CSV and the row's number from 1 otherwise. The rows of a PostgreSQL
        table come sorted by all their columns, because a database promises no order of its own. A moment
        with a time zone is written in UTC, so that a day does not depend on who reads it.

    Raises
    ------
    DataError
        If the source is missing, empty, unreadable, binary, broken, has no rows, or its files differ.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "shop.csv")
    >>> _ = file.write_text("Kunde;Datum;Summe\n007;31.12.2024;12,50\n", encoding="utf-8")
    >>> source = read_source(file)
    >>> source.rows.iloc[0].tolist(), source.line.tolist(), source.notes
    (['007', '31.12.2024', '12,50'], [2], ('fields are separated by a semicolon',))
    """
    if is_address(path):
        return postgres_source(str(path), table)
    place = existing_place(path)
    try:
        form, head = _form(place)
        if table is not None and form != "DuckDB":
            raise DataError(
                f"{path} is not a DuckDB file, so table={table!r} means nothing. Hint: leave it out."
            )
        fingerprint = source_sha256(place)
        if form == "DuckDB":
            source = duckdb_source(place, table)
        elif form == "folder":
            source = folder_source(place)
        else:
            source = parquet_source(place) if form == "Parquet" else csv_source(place, head)
    except (OSError, MemoryError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    if source.rows.empty:
        raise DataError(f"{path} has a header and no rows: {listed(source.rows.columns)}.")
    return dataclasses.replace(source, sha256=fingerprint)


def source_sha256(path: str | Path, *, table: str | None = None) -> str:
    """Give the fingerprint of a source as it is now.

    Parameters
    ----------
    path : str or Path
        As in `read_source`.
    table : str, optional
        The table of a PostgreSQL database; a DuckDB file is taken whole.

    Returns
    -------
    str
        64 digits: the SHA-256 of a file's bytes, as ``sha256sum`` gives it; of a folder, that of the list of
        its Parquet files with theirs; of a PostgreSQL table, that of its columns, rows sorted.

    Raises
    ------
    DataError
        If there is nothing to read.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "shop.csv")
    >>> _ = file.write_bytes(b"abc")
    >>> source_sha256(file)[:12]
    'ba7816bf8f01'
    """
    if is_address(path):
        return postgres_sha256(str(path), table)
    place = existing_place(path)
    try:
        if place.is_dir():
            return file_sha256(*parquet_files(place)[0])
        log = place.with_name(place.name + ".wal")  # what a DuckDB file has not yet taken in
        return (
            file_sha256(place, log) if log.is_file() and _form(place)[0] == "DuckDB" else file_sha256(place)
        )
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}.") from error


def shown(path: str | Path) -> str:
    """Write a source as a reader may see it: an address never shows its password.

    >>> shown("postgresql://ann:secret@127.0.0.1/shop")
    'postgresql://ann@127.0.0.1/shop'
    """
    return without_password(str(path)) if is_address(path) else str(path)


def resolved(path: str | Path) -> str:
    """Write a source so that any folder finds it: an absolute path, or the address without its password."""
    return shown(path) if is_address(path) else str(existing_place(path).resolve())


def lesson_source(path: str | Path) -> Path:
    """Give the place of a source that a lesson can read from its parameter ``orders``, or say the cure."""
    cure = "Hint: crmlab run 05 --orders"
    if is_address(path):
        raise DataError(
            f"{shown(path)} is a database, and a lesson's own parameter takes files only. "
            f"{cure} {shlex.quote(shown(path))} --table TABLE; crmlab sweep takes the same"
        )
    place = existing_place(path)
    if place.is_dir():
        parquet_files(place)
    elif _form(place)[0] == "DuckDB" and len(names := duckdb_tables(place)) > 1:
        raise DataError(
            f"{path} holds {len(names)} tables: {listed(names)}; a lesson's own parameter cannot name one. "
            f"{cure} {shlex.quote(str(path))} --table {shlex.quote(names[0])}; crmlab sweep takes the same"
        )
    return place


def _form(place: Path) -> tuple[str, bytes]:
    if place.is_dir():
        return "folder", b""
    with place.open("rb") as handle:
        head = handle.read(8192)
    return ("Parquet" if head[:4] == b"PAR1" else "DuckDB" if head[8:12] == b"DUCK" else "CSV"), head
