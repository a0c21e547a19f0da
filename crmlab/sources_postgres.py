"""A table or view of a PostgreSQL database as a table of text, read over ADBC in batches."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.sources_base import Source, listed, pick_table, quoted, zone_notes

_SECRET = ("password", "sslpassword")
_SETTINGS = (
    "user", "host", "port", "dbname", "passfile", "service", "sslmode", "sslrootcert", "sslcert", "sslkey",
    "sslcrl", "connect_timeout", "application_name", "target_session_attrs", "gssencmode", "channel_binding",
    "options", *_SECRET,
)  # fmt: skip
_FORM = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^:/?#@]*)(?::(?P<password>[^/?#@]*))?@)?"
    r"(?P<hosts>(?:(?:[\w.%-]*|\[[0-9a-fA-F:]+\])(?::\d*)?,?)*)(?:/(?P<base>[^/?#@]*))?(?:\?(?P<settings>[^#]*))?"
)
_TABLES = """
    SELECT c.oid::text AS oid, CASE WHEN n.nspname = current_schema() THEN c.relname::text
           ELSE n.nspname || '.' || c.relname END AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY n.nspname <> COALESCE(current_schema(), ''), 2
"""
_COLUMNS = """
    SELECT a.attname::text AS name, t.typname::text AS kind, t.typcategory::text AS category,
           n.nspname::text AS schema, c.relname::text AS relation
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_SESSION = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",  # one state of the table; nothing is changed
    "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false)",
)


_HINTS = (  # what the server or the driver says, what that means, and the cure
    (
        "password|no pg_hba.conf entry|peer authentication",
        "refuses to let you in",
        "set the environment variable PGPASSWORD, or write a line into ~/.pgpass; check the user too.",
    ),
    (
        r'role ".*" does not exist|database ".*" does not exist',
        "is not there",
        "check the user and the name after the last '/'.",
    ),
    (
        "permission denied",
        "does not let this user read the table",
        "ask its owner for GRANT SELECT.",
    ),
    (
        "Connection refused|could not translate|timeout expired|No route|Network is|server closed",
        "cannot be reached",
        "check that the server runs, and its host and port.",
    ),
)


@dataclass(frozen=True)
class _Address:
    """An address taken apart: `full` for the driver, `shown` for everybody else, and the `secrets` in it."""

    full: str
    shown: str
    secrets: tuple[str, ...]


def is_address(path: object) -> bool:
    """Say whether a source is an address rather than a path.

    >>> is_address("postgresql://ann@127.0.0.1/shop"), is_address("data/shop.csv")
    (True, False)
    """
    return isinstance(path, str | Path) and bool(re.match(r"[A-Za-z][\w+.-]+:/", str(path)))


def without_password(address: str) -> str:
    """Give an address without its password; that is the form that may be shown and kept.

    >>> without_password("postgresql://ann:secret@127.0.0.1:5433/shop?sslmode=require&password=x")
    'postgresql://ann@127.0.0.1:5433/shop?sslmode=require'
    """
    return _parsed(address).shown


def postgres_source(address: str, table: str | None) -> Source:
    """Read a table as text, in batches, sorted by all its columns.

    PostgreSQL writes each value itself: numbers exactly, moments with a zone in UTC.
    """
    with _opened(address) as (cursor, where):
        chosen, kinds, sql = _query(cursor, table, where)
        parts: list[list[Any]] = [[] for _ in kinds]
        fingerprint = _Fingerprint(list(kinds))
        for batch in _batches(cursor, sql):
            fingerprint.add(batch)
            for column, part in zip(batch.columns, parts, strict=True):
                coded = column.dictionary_encode()  # equal texts are kept once
                texts = np.array(coded.dictionary.to_pylist(), dtype=object)
                part.append(texts[coded.indices.to_numpy()])
    rows = pd.DataFrame(
        {name: np.concatenate(part) if part else [] for name, part in zip(kinds, parts, strict=True)},
        dtype=object,
    )
    if rows.empty:
        raise DataError(f"the table {chosen!r} of {where} has no rows; its columns are {listed(kinds)}.")
    typed = frozenset(name for name, (_, category) in kinds.items() if category == "N")
    zoned = [name for name, (kind, _) in kinds.items() if kind == "timestamptz"]
    number, wrong = np.arange(1, len(rows) + 1), np.zeros(len(rows), dtype=bool)
    notes = [*zone_notes(zoned), "line is the place of a row after sorting by all columns"]
    return Source(
        rows, number, wrong, typed, tuple(notes), f"PostgreSQL table {chosen!r}", fingerprint.digits()
    )


def postgres_sha256(address: str, table: str | None) -> str:
    """Give the fingerprint of a table as it is now; it is read in batches and not kept."""
    with _opened(address) as (cursor, where):
        _, kinds, sql = _query(cursor, table, where)
        fingerprint = _Fingerprint(list(kinds))
        for batch in _batches(cursor, sql):
            fingerprint.add(batch)
    return fingerprint.digits()


class _Fingerprint:
    """SHA-256 over the columns of a stream of batches; where the batches are cut does not matter."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.hashes = [(hashlib.sha256(), hashlib.sha256()) for _ in names]

    def add(self, batch: Any) -> None:
        import pyarrow

        for column, (texts, lengths) in zip(batch.columns, self.hashes, strict=True):
            wide = column.cast(pyarrow.large_string())
            _, offsets, data = wide.buffers()
            ends = np.frombuffer(offsets, dtype=np.int64)[wide.offset : wide.offset + len(wide) + 1]
            if len(wide) and data is not None:
                texts.update(memoryview(data)[ends[0] : ends[-1]])
            lengths.update(np.diff(ends).astype("<i8").tobytes())

    def digits(self) -> str:
        whole = hashlib.sha256()
        for name, hashes in zip(self.names, self.hashes, strict=True):
            whole.update(hashlib.sha256(name.encode()).digest() + b"".join(h.digest() for h in hashes))
        return whole.hexdigest()


def _query(cursor: Any, table: str | None, where: str) -> tuple[str, dict[str, tuple[str, str]], str]:
    """Find the table and write the query that gives its rows as text, in one order."""
    found = {row["name"]: row["oid"] for row in _all(cursor, _TABLES)}
    chosen = pick_table(list(found), table, where)
    columns = _all(cursor, _COLUMNS.format(oid=found[chosen]))
    if not columns:
        raise DataError(f"the table {chosen!r} of {where} has no column.")
    kinds = {row["name"]: (row["kind"], row["category"]) for row in columns}
    cells = ", ".join(_as_text(name, kind) for name, (kind, _) in kinds.items())
    order = ", ".join(str(i) for i in range(1, len(kinds) + 1))
    origin = f"{quoted(columns[0]['schema'])}.{quoted(columns[0]['relation'])}"
    return chosen, kinds, f"SELECT {cells} FROM {origin} ORDER BY {order}"


def _as_text(name: str, kind: str) -> str:
    cell = f"{quoted(name)}::numeric" if kind == "money" else quoted(name)
    return f"COALESCE(CAST({cell} AS text), '') COLLATE \"C\" AS {quoted(name)}"


def _all(cursor: Any, sql: str) -> list[dict[str, Any]]:
    cursor.execute(sql)
    rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
    return rows


def _batches(cursor: Any, sql: str) -> Iterator[Any]:
    cursor.execute(sql)
    yield from cursor.fetch_record_batch()


@contextlib.contextmanager
def _opened(address: str) -> Iterator[tuple[Any, str]]:
    """Open the database, read-only and in UTC; every trouble becomes one sentence without the password."""
    parsed = _parsed(address)
    try:
        import adbc_driver_manager
        import pyarrow
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise DataError(
            f'{parsed.shown} needs two packages more, for PostgreSQL. Hint: pip install "crmlab[postgres]"'
        ) from None
    try:
        with dbapi.connect(parsed.full) as connection, connection.cursor() as cursor:
            for statement in _SESSION:
                cursor.execute(statement)
            yield cursor, parsed.shown
    except (adbc_driver_manager.Error, pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _trouble(parsed, str(error)) from None


def _trouble(parsed: _Address, text: str) -> DataError:
    for secret in parsed.secrets:
        text = text.replace(secret, "***")
    flat = " ".join(text.split())
    for pattern, words, hint in _HINTS:
        if re.search(pattern, flat):
            return DataError(f"{parsed.shown} {words}: {_cause(flat)}. Hint: {hint}")
    return DataError(f"{parsed.shown} cannot be read: {_cause(flat)}.")


def _cause(text: str) -> str:
    """Leave the server's own sentence of a driver's long message.

    >>> _cause('connection to server at "::1", port 5 failed: Connection refused Is the server running ...')
    'Connection refused'
    """
    for mark in (
        r".*?\b(?:FATAL|ERROR):\s+",
        r".*? failed: ",
        r"^[A-Z_]+: (?:\[libpq\] )?(?:Failed to connect: )?",
    ):
        text = re.sub(mark, "", text, count=1)
    return re.split(
        r" (?:Is the server running|DETAIL:|HINT:|LINE \d|Query was:|connection to server)|\. SQLSTATE", text
    )[0].rstrip(" .")


def _parsed(address: str) -> _Address:
    address = re.sub(r"^(postgres(?:ql)?):/(?=[^/])", r"\1://", address)  # a Path writes one slash only
    scheme = address.partition(":")[0]
    if scheme not in ("postgresql", "postgres"):
        raise DataError(
            f"{scheme}:// is no source that can be read here. "
            "Hint: a file (CSV, Parquet, DuckDB), or postgresql://user@host:5432/database"
        )
    found = _FORM.fullmatch(address)
    settings = parse_qsl(found["settings"] or "", keep_blank_values=True) if found else []
    if not found or any(name not in _SETTINGS for name, _ in settings):
        raise DataError(
            "the address of the database cannot be read; it is not shown, because it may hold a password. "
            "Hint: postgresql://user@host:5432/database; signs such as @ : / ? # in a password are written "
            "%40 %3A %2F %3F %23, or it stands in PGPASSWORD."
        )
    user, password = (unquote(found[name] or "") for name in ("user", "password"))
    hosts, base = found["hosts"] or "", f"/{found['base']}" if found["base"] else ""
    secrets = [password, *(value for name, value in settings if name in _SECRET)]
    forms = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}

    def written(who: str, more: list[tuple[str, str]]) -> str:
        return f"postgresql://{who}{hosts}{base}" + (f"?{urlencode(more, quote_via=quote)}" if more else "")

    open_settings = [(name, value) for name, value in settings if name not in _SECRET]
    plain = f"{quote(user, safe='')}@" if user else ""
    secret = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else plain
    timed = (
        settings
        if any(n == "connect_timeout" for n, _ in settings)
        else [*settings, ("connect_timeout", "10")]
    )
    return _Address(
        written(secret, timed), written(plain, open_settings), tuple(sorted(forms, key=len, reverse=True))
    )
