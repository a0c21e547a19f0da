"""Any order file as a table of text: CSV of any common shape, Parquet, DuckDB; nothing is interpreted yet."""

from __future__ import annotations

import codecs
import csv
import difflib
import gc
import io
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_CHUNK = 100_000


@dataclass(frozen=True)
class Source:
    """A file's rows as text (`rows`, missing = ""), their place in it (`line`) and how they were read.

    `wrong_fields` marks rows with more or fewer fields than the header; `typed` names the columns that
    the file itself declares as numbers.
    """

    rows: pd.DataFrame
    line: np.ndarray[Any, Any]
    wrong_fields: np.ndarray[Any, Any]
    typed: frozenset[str]
    notes: tuple[str, ...]


def read_source(path: str | Path, *, table: str | None = None) -> Source:
    r"""Read a file as text; its content, not its name, decides what it is.

    Parameters
    ----------
    path : str or Path
        A CSV file (comma, semicolon, tab or bar; UTF-8, UTF-16 with a mark, GB 18030 or Windows-1252),
        a Parquet file or a DuckDB file.
    table : str, optional
        The table of a DuckDB file; needed when it holds more than one.

    Returns
    -------
    Source
        `rows` has one text column for each column of the file, in the file's order; `line` is the line in
        the file (the header is line 1) for CSV and the row's number from 1 otherwise.

    Raises
    ------
    DataError
        If the file is missing, empty, a folder, unreadable, binary, broken, or has no rows.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "shop.csv")
    >>> _ = file.write_text("Kunde;Datum;Summe\n007;31.12.2024;12,50\n", encoding="utf-8")
    >>> source = read_source(file)
    >>> source.rows.iloc[0].tolist(), source.line.tolist(), source.notes
    (['007', '31.12.2024', '12,50'], [2], ('fields are separated by a semicolon',))
    """
    file = existing_file(path)
    try:
        with file.open("rb") as handle:
            head = handle.read(8192)
        stored = head[:4] == b"PAR1" or head[8:12] == b"DUCK"
        if table is not None and head[8:12] != b"DUCK":
            raise DataError(
                f"{path} is not a DuckDB file, so table={table!r} means nothing. Hint: leave it out."
            )
        source = _stored(file, table, parquet=head[:4] == b"PAR1") if stored else _csv(file, head)
    except (OSError, MemoryError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    if source.rows.empty:
        raise DataError(f"{path} has a header and no rows: {_list(source.rows.columns)}.")
    return source


def existing_file(path: str | Path) -> Path:
    """Give the path of an ordinary file that is not empty, or raise `DataError` that says what is there."""
    if not isinstance(path, str | Path):
        raise DataError(f"the order file must be given as a path; found {type(path).__name__} {path!r}.")
    if "\0" in str(path):
        raise DataError(f"{str(path)!r} cannot be opened: embedded null byte.")
    file = Path(path).expanduser()
    try:
        if file.is_dir():
            files = sorted(p.name for p in file.iterdir() if p.is_file())[:5]
            raise DataError(f"{path} is a folder; one file is needed. It holds {_list(files)}.")
        if not file.exists():
            beside = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
            near = difflib.get_close_matches(file.name, beside, n=1, cutoff=0.75)
            hint = f"did you mean {file.with_name(near[0])}?" if near else f"paths start at {Path.cwd()}."
            raise DataError(f"{path} does not exist. Hint: {hint}")
        if not file.is_file():
            raise DataError(f"{path} is not an ordinary file.")
        if file.stat().st_size == 0:
            raise DataError(f"{path} is empty (0 bytes).")
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be opened: {error}.") from error
    return file


def _csv(file: Path, head: bytes) -> Source:
    encoding, notes = _encoding(file, head)
    binary = not encoding.startswith("utf-16") and re.search(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]", head)
    if binary or head[:4] in (b"PK\x03\x04", b"%PDF") or head[:2] == b"\x1f\x8b":
        raise DataError(
            f"{file} is binary, not CSV, Parquet or DuckDB. Hint: save or export it as CSV (UTF-8)."
        )
    raw = file.read_bytes()
    with io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline="") as text:
        sample = list(itertools.islice(text, 50))
        delimiter = _delimiter(sample)
        text.seek(0)
        lines = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            header = next((row for row in lines if any(map(str.strip, row))), [])
            names = _names(file, header)
            plain = encoding.startswith("utf-8") and lines.line_num == 1
            rows, line, wrong = (plain and _even_rows(raw, names, delimiter)) or _rows(
                lines, names, delimiter
            )
        except csv.Error as error:
            raise DataError(
                f"{file}, line {lines.line_num:,}: {error}. Hint: a quotation mark is never closed, or "
                f"stands inside a quoted field; there it must be doubled."
            ) from error
    if delimiter != ",":
        notes = [*notes, f"fields are separated by a {DELIMITERS[delimiter]}"]
    return Source(rows, line, wrong, frozenset(), tuple(notes))


def _encoding(file: Path, head: bytes) -> tuple[str, list[str]]:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", []
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ["the text is read as UTF-16"]
    raw = file.read_bytes()
    try:
        raw.decode("utf-8")
        return "utf-8", []
    except UnicodeDecodeError:
        pass
    # Chinese text in GB 18030 comes in pairs of high bytes; accented Latin letters come alone.
    pairs = re.sub(rb"[\xa1-\xf7][\xa1-\xfe]", b"", raw)
    name, codec = ("Windows-1252", "cp1252") if re.search(rb"[\x80-\xff]", pairs) else ("GB 18030", "gb18030")
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        name, codec = "Latin-1", "latin-1"
    return codec, [f"the text is not UTF-8 and is read as {name}"]


def _delimiter(sample: list[str]) -> str:
    """Take the separator that cuts the header into most fields; a tie goes to the one the rows agree with."""
    header = next((i for i, text in enumerate(sample) if text.strip()), 0)

    def fit(delimiter: str) -> tuple[int, int]:
        fields = [len(row) for row in csv.reader(sample[header:], delimiter=delimiter)]
        return (fields[0], sum(n == fields[0] for n in fields)) if fields else (0, 0)

    try:
        return max(DELIMITERS, key=fit)
    except csv.Error:
        return ","


def _names(file: Path, header: list[str]) -> list[str]:
    if not header:
        raise DataError(f"{file} holds nothing but blank lines.")
    names = [name.strip() or f"column_{i}" for i, name in enumerate(header, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{file}: the header names {_list(twice)} more than once. Hint: rename one of them.")
    return names


def _even_rows(raw: bytes, names: list[str], delimiter: str) -> tuple[pd.DataFrame, Any, Any] | None:
    """Read all lines at once, three times as fast; None where one is quoted, blank, too long or too short."""
    if b'"' in raw or b"\0" in raw or raw.count(b"\r") != raw.count(b"\r\n") or len(names) < 2:
        return None
    raw = raw if raw.endswith(b"\n") else raw + b"\n"
    data = np.frombuffer(raw, dtype=np.uint8)
    before = np.searchsorted(np.flatnonzero(data == ord(delimiter)), np.flatnonzero(data == ord("\n")))
    if len(before) < 2 or (np.diff(before, prepend=0) != len(names) - 1).any():
        return None
    rows = pd.read_csv(
        io.BytesIO(raw), sep=delimiter, header=None, names=names, skiprows=1, index_col=False,
        dtype=object, na_filter=False, quoting=csv.QUOTE_NONE, skip_blank_lines=False,
    )  # fmt: skip
    if len(rows) != len(before) - 1:
        return None
    return rows, np.arange(2, len(rows) + 2), np.zeros(len(rows), dtype=bool)


def _rows(lines: Any, names: list[str], delimiter: str) -> tuple[pd.DataFrame, Any, Any]:
    """Gather the rows in chunks, sharing equal texts; a long row keeps its surplus in the last field."""
    width = len(names)
    parts: list[pd.DataFrame] = []
    starts, wrongs = [], []
    running = gc.isenabled()
    gc.disable()  # a million small lists hold no cycles; looking for them triples the time
    try:
        while True:
            rows, start, wrong, last = [], [], [], lines.line_num
            for row in lines:
                if row:
                    rows.append(row)
                    start.append(last + 1)
                    if len(row) != width:
                        wrong.append(len(rows) - 1)
                last = lines.line_num
                if len(rows) == _CHUNK:
                    break
            if not rows and parts:
                break
            for i in wrong:
                row = rows[i] + [""] * (width - len(rows[i]))
                rows[i] = [*row[: width - 1], delimiter.join(row[width - 1 :])]
            chunk = pd.DataFrame(rows, columns=names, dtype=object)
            for name in names:
                codes, unique = pd.factorize(chunk[name])
                chunk[name] = pd.Series(unique, dtype=object).to_numpy()[codes] if len(codes) else chunk[name]
            parts.append(chunk)
            starts.append(np.array(start, dtype=np.int64))
            wrongs.append(np.isin(np.arange(len(rows)), wrong))
    finally:
        if running:
            gc.enable()
    return pd.concat(parts, ignore_index=True), np.concatenate(starts), np.concatenate(wrongs)


def _stored(file: Path, table: str | None, *, parquet: bool) -> Source:
    import duckdb

    with duckdb.connect() as con:
        try:
            con.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
            if parquet:
                literal = re.sub(r"([*?\[])", r"[\1]", str(file)).replace("'", "''")
                origin = f"read_parquet('{literal}', hive_partitioning = false)"
            else:
                origin = _table(con, file, table)
            described = con.execute(f"DESCRIBE SELECT * FROM {origin}").fetchall()
            kinds = {str(row[0]): str(row[1]) for row in described}
            cells = ", ".join(_as_text(name, kind) for name, kind in kinds.items())
            rows = con.execute(f"SELECT {cells} FROM {origin}").df().astype(object)
        except duckdb.Error as error:
            cause = str(error).splitlines()[0]
            form = "Parquet" if parquet else "DuckDB"
            raise DataError(f"{file} cannot be read as {form}: {cause}") from error
    typed = {name for name, kind in kinds.items() if re.match(r"FLOAT|DOUBLE|DECIMAL|U?\w*INT", kind)}
    zoned = [n for n, kind in kinds.items() if kind == "TIMESTAMP WITH TIME ZONE"]
    notes = (f"times with a zone are read in UTC: {_list(zoned)}",) if zoned else ()
    return Source(rows, np.arange(1, len(rows) + 1), np.zeros(len(rows), dtype=bool), frozenset(typed), notes)


def _table(con: Any, file: Path, table: str | None) -> str:
    con.execute(f"ATTACH '{str(file).replace(chr(39), chr(39) * 2)}' AS src (READ_ONLY)")
    found = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'src' UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'src' AND NOT internal "
        "ORDER BY 1, 2"
    ).fetchall()
    names = {name if schema == "main" else f"{schema}.{name}": (schema, name) for schema, name in found}
    if not names:
        raise DataError(f"{file} holds no table.")
    if table is None and len(names) > 1:
        first = next(iter(names))
        raise DataError(f"{file} holds {len(names)} tables: {_list(names)}. Hint: name one, table={first!r}.")
    if table is not None and table not in names:
        near = difflib.get_close_matches(table, names, n=1) or list(names)
        raise DataError(f"{file} holds no table {table!r}; it holds {_list(names)}. Hint: table={near[0]!r}.")
    schema, name = names[table or next(iter(names))]
    return f"src.{_quoted(schema)}.{_quoted(name)}"


def _as_text(name: str, kind: str) -> str:
    cell = _quoted(name)
    text = f"CAST({cell} AS VARCHAR)"
    if kind in ("FLOAT", "DOUBLE"):  # an id that passed through a float is still the whole number it was
        whole = f"isfinite({cell}) AND {cell} = trunc({cell}) AND abs({cell}) < 9e15"
        text = f"CASE WHEN {whole} THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) ELSE {text} END"
    return f"COALESCE({text}, '') AS {cell}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(names: Any) -> str:
    shown = [str(name) for name in names]
    more = f" and {len(shown) - 20} more" if len(shown) > 20 else ""
    return (", ".join(repr(name) for name in shown[:20]) or "nothing") + more
