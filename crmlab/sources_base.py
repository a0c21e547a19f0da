"""What every kind of source has in common: a table of text, a place that exists, a fingerprint."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError


@dataclass(frozen=True)
class Source:
    """A source's rows as text (`rows`, missing = ""), their place in it (`line`) and how they were read.

    `wrong_fields` marks rows with more or fewer fields than the header; `typed` names the columns that
    the source itself declares as numbers; `kind` says what it is in words, and `sha256` is its fingerprint
    at the moment it was read.
    """

    rows: pd.DataFrame
    line: np.ndarray[Any, Any]
    wrong_fields: np.ndarray[Any, Any]
    typed: frozenset[str]
    notes: tuple[str, ...]
    kind: str = ""
    sha256: str = ""


def existing_place(path: str | Path) -> Path:
    """Give the path of a folder or of an ordinary file that is not empty; else a `DataError` says what."""
    if not isinstance(path, str | Path):
        raise DataError(f"the order file must be given as a path; found {type(path).__name__} {path!r}.")
    if "\0" in str(path):
        raise DataError(f"{str(path)!r} cannot be opened: embedded null byte.")
    file = Path(path).expanduser()
    try:
        if file.is_dir():
            return file
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


def file_sha256(*files: Path) -> str:
    """Give the SHA-256 of a file, or of several files: that of a list of their names and hashes.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_bytes(b"abc")
    >>> file_sha256(file)[:12]
    'ba7816bf8f01'
    """
    hashes = []
    for path in files:
        with path.open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(files) == 1:
        return hashes[0]
    top = Path(*files[0].parts[: _shared(files)])
    lines = [
        f"{path.relative_to(top).as_posix()}\t{digits}\n" for path, digits in zip(files, hashes, strict=True)
    ]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _shared(files: tuple[Path, ...]) -> int:
    """Count the leading parts of the paths that all have in common, the file's own name left aside."""
    parts = [path.parts[:-1] for path in files]
    same = [len(set(level)) == 1 for level in zip(*parts, strict=False)]
    return same.index(False) if False in same else len(same)


def typed_columns(kinds: dict[str, str]) -> frozenset[str]:
    """Name the columns whose SQL type is a number."""
    return frozenset(name for name, kind in kinds.items() if re.match(r"FLOAT|DOUBLE|DECIMAL|U?\w*INT", kind))


def zone_notes(zoned: list[str]) -> list[str]:
    """Say which columns hold moments with a zone: their day is the day in UTC, whatever the reader's zone."""
    return [f"times with a zone are read in UTC: {listed(zoned)}"] if zoned else []


def quoted(name: str) -> str:
    """Write a name as SQL quotes it.

    >>> quoted('my "table')
    '"my ""table"'
    """
    return '"' + name.replace('"', '""') + '"'


def pick_table(names: list[str], table: str | None, where: str) -> str:
    """Choose the table that is meant: the one named, or the only one there is.

    >>> pick_table(["orders", "people"], "order", "a.db")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: a.db holds no table 'order'; it holds 'orders', 'people'. Hint: table='orders'.
    """
    if not names:
        raise DataError(f"{where} holds no table.")
    if table is None and len(names) > 1:
        raise DataError(
            f"{where} holds {len(names)} tables: {listed(names)}. Hint: name one, table={names[0]!r}."
        )
    if table is not None and table not in names:
        lower = {name.lower(): name for name in reversed(names)}
        near = difflib.get_close_matches(table.lower(), lower, n=1)
        best = lower[near[0]] if near else names[0]
        raise DataError(f"{where} holds no table {table!r}; it holds {listed(names)}. Hint: table={best!r}.")
    return table or names[0]


def listed(names: Any) -> str:
    """Write names one after the other, at most twenty of them."""
    shown = [str(name) for name in names]
    more = f" and {len(shown) - 20} more" if len(shown) > 20 else ""
    return (", ".join(repr(name) for name in shown[:20]) or "nothing") + more
