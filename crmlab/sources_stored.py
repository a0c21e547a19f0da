"""Parquet (one file, a folder, a partitioned data set) and DuckDB files as tables of text, read by DuckDB."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.sources_base import Source, listed, pick_table, quoted, typed_columns, zone_notes

_ENDINGS = (".parquet", ".parq", ".pq")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # how Hive and Spark write a missing value into a folder's name


def duckdb_source(file: Path, table: str | None) -> Source:
    """Read a table or view of a DuckDB file."""
    with _quiet_connection() as con:
        names = _tables(con, file)
        chosen = pick_table(list(names), table, str(file))
        try:
            kinds = _kinds(con, names[chosen])
            rows = _rows(con, names[chosen], kinds)
        except con_error() as error:
            raise _unreadable(file, "DuckDB", error) from error
    if rows.empty:
        raise DataError(f"the table {chosen!r} of {file} has no rows; its columns are {listed(kinds)}.")
    return _source(rows, kinds, [], f"DuckDB table {chosen!r}")


def duckdb_tables(file: Path) -> list[str]:
    """Name the tables and views of a DuckDB file; those outside the schema ``main`` as ``schema.table``."""
    with _quiet_connection() as con:
        return list(_tables(con, file))


def parquet_source(file: Path) -> Source:
    """Read one Parquet file."""
    with _quiet_connection() as con:
        rows, kinds = _parquet(con, file, None)
    return _source(rows, kinds, [], "Parquet")


def folder_source(folder: Path) -> Source:
    """Read a folder of Parquet files, one after the other in the order of their names.

    Folders such as ``year=2024`` inside it become columns. Files that begin with a dot or an underscore are
    marks left by the program that wrote it and are passed over; other files that are not Parquet are named.
    """
    files, others = parquet_files(folder)
    keys = [_partitions(file, folder) for file in files]
    parts = []
    with _quiet_connection() as con:
        first, kinds = files[0], _parquet_kinds(con, files[0])
        for file, own in zip(files, keys, strict=True):
            _same_columns(folder, first, kinds, file, _parquet_kinds(con, file))
            _same_partitions(folder, (first, keys[0]), (file, own))
        for file, own in zip(files, keys, strict=True):
            rows, _ = _parquet(con, file, kinds)
            parts.append(rows.assign(**{key: text for key, text in own.items() if key not in kinds}))
    notes = [f"left aside in the folder, not Parquet: {listed(others)}"] if others else []
    if len(files) > 1:
        notes.append("lines are counted through all files, in the order of their names")
    kind = f"Parquet folder, {len(files):,} file{'s' * (len(files) > 1)}"
    if keys[0]:
        kind += f", partitioned by {', '.join(keys[0])}"
    return _source(pd.concat(parts, ignore_index=True), kinds, notes, kind)


def parquet_files(folder: Path) -> tuple[list[Path], list[str]]:
    """List the Parquet files of a folder and of those inside it, and the names of its other files.

    Raises `DataError` when there is none, or when the folder is a lake table, whose files also hold old rows.
    """
    marked = [p for p in folder.rglob("*") if p.name in ("_delta_log", "metadata") and p.is_dir()]
    lake = [p for p in marked if p.name == "_delta_log" or any(p.glob("*.metadata.json"))]
    if lake:
        kind = "Delta" if lake[0].name == "_delta_log" else "Iceberg"
        raise DataError(
            f"{folder} is a {kind} table: its files also hold rows that were changed or deleted. "
            "Hint: write the table out as plain Parquet first."
        )
    files: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        below = path.relative_to(folder)
        if not path.is_file() or any(part.startswith((".", "_")) for part in below.parts):
            continue
        with path.open("rb") as handle:
            head = handle.read(4)
        (files if head == b"PAR1" or path.suffix.lower() in _ENDINGS else others).append(path)
    names = [path.relative_to(folder).as_posix() for path in others]
    if not files:
        if not names:
            raise DataError(f"{folder} is an empty folder. Hint: name a file, or a folder of Parquet files.")
        raise DataError(
            f"{folder} is a folder without Parquet files; it holds {listed(names)}. Hint: name one file."
        )
    return files, names


def con_error() -> type[Exception]:
    """Give the class of all errors of DuckDB."""
    import duckdb

    return duckdb.Error


def _quiet_connection() -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
    return con


def _tables(con: Any, file: Path) -> dict[str, str]:
    """Attach a file; give each of its tables by the name that is shown and the name that SQL needs."""
    try:
        con.execute(f"ATTACH {_literal(file)} AS src (READ_ONLY)")
        found = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'src' UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'src' AND NOT internal "
            "ORDER BY 1, 2"
        ).fetchall()
    except con_error() as error:
        raise _unreadable(file, "DuckDB", error) from error
    return {
        name if schema == "main" else f"{schema}.{name}": f"src.{quoted(schema)}.{quoted(name)}"
        for schema, name in found
    }


def _literal(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def _parquet(con: Any, file: Path, kinds: dict[str, str] | None) -> tuple[pd.DataFrame, dict[str, str]]:
    kinds = kinds or _parquet_kinds(con, file)
    try:
        return _rows(con, _parquet_origin(file), kinds), kinds
    except con_error() as error:
        raise _unreadable(file, "Parquet", error) from error


def _parquet_kinds(con: Any, file: Path) -> dict[str, str]:
    try:
        return _kinds(con, _parquet_origin(file))
    except con_error() as error:
        raise _unreadable(file, "Parquet", error) from error


def _parquet_origin(file: Path) -> str:
    pattern = Path(re.sub(r"([*?\[])", r"[\1]", str(file)))
    return f"read_parquet({_literal(pattern)}, hive_partitioning = false)"


def _kinds(con: Any, origin: str) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM {origin}").fetchall()}


def _rows(con: Any, origin: str, kinds: dict[str, str]) -> pd.DataFrame:
    cells = ", ".join(_as_text(name, kind) for name, kind in kinds.items())
    rows: pd.DataFrame = con.execute(f"SELECT {cells} FROM {origin}").df().astype(object)
    return rows


def _as_text(name: str, kind: str) -> str:
    cell = quoted(name)
    text = f"CAST({cell} AS VARCHAR)"
    if kind in ("FLOAT", "DOUBLE"):  # an id that passed through a float is still the whole number it was
        whole = f"isfinite({cell}) AND {cell} = trunc({cell}) AND abs({cell}) < 9e15"
        text = f"CASE WHEN {whole} THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) ELSE {text} END"
    return f"COALESCE({text}, '') AS {cell}"


def _unreadable(file: Path, form: str, error: Exception) -> DataError:
    return DataError(f"{file} cannot be read as {form}: {str(error).splitlines()[0]}")


def _source(rows: pd.DataFrame, kinds: dict[str, str], notes: list[str], kind: str) -> Source:
    zoned = [name for name, own in kinds.items() if own == "TIMESTAMP WITH TIME ZONE"]
    number, wrong = np.arange(1, len(rows) + 1), np.zeros(len(rows), dtype=bool)
    return Source(rows, number, wrong, typed_columns(kinds), (*zone_notes(zoned), *notes), kind)


def _partitions(file: Path, folder: Path) -> dict[str, str]:
    """Read the columns that stand in the names of folders.

    >>> _partitions(Path("shop/year=2024/kind=a%20b/1.parquet"), Path("shop"))
    {'year': '2024', 'kind': 'a b'}
    """
    parts = [part.partition("=") for part in file.relative_to(folder).parts[:-1]]
    return {
        unquote(key): "" if text == _NO_VALUE else unquote(text) for key, mark, text in parts if mark and key
    }


def _same_columns(folder: Path, one: Path, first: dict[str, str], two: Path, second: dict[str, str]) -> None:
    """Stop at the first column that two files of a folder do not share."""
    names = [path.relative_to(folder).as_posix() for path in (one, two)]
    for column in [*first, *second]:
        kinds = [first.get(column), second.get(column)]
        if kinds[0] == kinds[1]:
            continue
        said = [
            f"{name!r} has {f'it as {kind}' if kind else 'none'}"
            for name, kind in zip(names, kinds, strict=True)
        ]
        raise DataError(
            f"{folder}: its files differ in the column {column!r}: {' and '.join(said)}. "
            "Hint: write both with the same columns and types, or name one of them."
        )


def _same_partitions(folder: Path, *files: tuple[Path, dict[str, str]]) -> None:
    keys = [", ".join(own) or "none" for _, own in files]
    if keys[0] != keys[1]:
        names = [path.relative_to(folder).as_posix() for path, _ in files]
        raise DataError(
            f"{folder}: its files lie in folders of different kinds: {names[0]!r} ({keys[0]}) and "
            f"{names[1]!r} ({keys[1]}). Hint: name a folder whose files belong to one table."
        )
