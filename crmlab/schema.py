"""What describes a table: its columns with kind, unit, meaning and range; and the one error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class DataError(ValueError):
    """Input that cannot be used: names the value, what is allowed and the cure.

    In a notebook it shows as its one sentence, without the traceback.
    """

    def _render_traceback_(self, *_: Any) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, unit and meaning (English and Chinese), range and duties.

    `whole` marks a number without decimals that may be missing: it is read as a whole number again.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    zh: str
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    required: bool = True
    nullable: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its name, the columns that identify a row, and its columns in order."""

    name: str
    key: tuple[str, ...]
    meaning: str
    zh: str
    columns: tuple[Column, ...]
