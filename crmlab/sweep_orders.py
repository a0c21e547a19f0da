"""Somebody's own orders in a sweep: read once, kept as a copy beside the runs, looked at again later."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmlab.columns import columns_text, parse_columns
from crmlab.contracts import DataError
from crmlab.dates import reporting_day
from crmlab.intake import POLICIES, Intake, read_orders, write_intake
from crmlab.intake_report import kept_of
from crmlab.provenance_data import changed_since, intake_data
from crmlab.sources import shown
from crmlab.sources_base import file_sha256
from crmlab.sources_postgres import is_address
from crmlab.sweep_folder import MANIFEST
from crmlab.sweep_grid import Grid

COPY = "orders.csv"


@dataclass(frozen=True)
class OwnOrders:
    """The orders of a sweep.

    Attributes
    ----------
    data : dict
        What `crmlab.provenance_data.intake_data` gives, ``given`` (the options that differ from the
        usual ones) and, once the copy is written, ``copy_sha256``.
    copy : Path
        The cleaned copy that every run reads.
    address : str
        Where the source lies, a password included; it is written nowhere.
    read : Intake, optional
        What was read; None when the copy of an earlier start is there.
    """

    data: dict[str, Any]
    copy: Path
    address: str
    read: Intake | None

    @property
    def values(self) -> dict[str, str]:
        """What stands in the table and in the name of a run for the notebook's own parameters."""
        return {"orders": self.data["source"], "columns": self.data["columns"]}

    def passed(self, names: Collection[str]) -> dict[str, str]:
        """Give the values with which a notebook that has these parameters reads the copy."""
        own = {"orders": str(self.copy), "columns": ""}
        return {name: own[name] for name in names}

    def check_day(self, defaults: Mapping[str, str], grid: Grid) -> None:
        """Stop when the notebook wants a reporting day and the grid has none: its own is of other data."""
        if self.read and "as_of" in defaults and "as_of" not in grid.axes | grid.drawn:
            day, which = reporting_day(self.read.orders["order_date"])
            raise DataError(
                "a file of your own needs a reporting day. "
                f'Hint: write as_of: "{day}" under parameters: in the grid, the {which} day in the file'
            )

    def write(self) -> tuple[str, ...]:
        """Write the copy and what was refused, unless they are there; give what there is to say of them."""
        if self.read is None:
            return ()
        self.data["copy_sha256"] = file_sha256(write_intake(self.read, self.copy.parent))
        return kept_of(self.read)

    def remark(self) -> str:
        """Say in a sentence that the source is not what it was when the sweep began; "" when it is."""
        then = f"the runs work on the state of the start, kept in {COPY}"
        try:
            what, now = changed_since(self.data, address=self.address)
        except DataError as error:
            return f"could not be read again: {str(error).rstrip('.')}. Then: {then}"
        if not what:
            return ""
        before = self.data["sha256"][:12]
        return f"{what} has changed since the sweep began (SHA-256 {before}, now {now[:12]}): {then}"


def takes_orders(lesson: str, defaults: Mapping[str, str], grid: Grid) -> None:
    """Stop when a notebook takes no order file, or when the grid names one too."""
    if "orders" not in defaults:
        raise DataError(
            f"'{lesson}' has no parameter 'orders', so it cannot use a file. Hint: leave it out, or choose "
            "another lesson"
        )
    for name in ("orders", "columns"):
        if name in grid.axes | grid.drawn:
            raise DataError(f"the grid gives '{name}', and so does --orders. Hint: leave it out of the grid")


def own_orders(
    source: str | Path,
    folder: Path,
    *,
    columns: str | Mapping[str, str] | None = None,
    refunds: str = "net",
    intake: Mapping[str, Any] | None = None,
) -> OwnOrders:
    """Read the orders of a sweep, or find the copy that an earlier start has made of them.

    Parameters
    ----------
    source : str or Path
        A file, a folder of Parquet files, or the address of a PostgreSQL database.
    folder : Path
        The folder of the sweep; it need not exist, and nothing is written.
    columns, refunds, intake
        As for `crmlab.runs.run`.

    Returns
    -------
    OwnOrders
        With ``read`` None when the sweep in the folder began with this source and these options: then its
        copy is used, whatever the source has become since.

    Raises
    ------
    DataError
        If the source cannot be read, the sweep in the folder has other orders or options, or its copy is
        not what it was.
    """
    mapping = parse_columns(columns) if isinstance(columns, str) else columns
    options = {"columns": columns_text(dict(mapping or {})), "refunds": refunds} | dict(intake or {})
    given = {name: value for name, value in options.items() if value and value != POLICIES.get(name)}
    copy, kept = folder / COPY, _kept(folder)
    if kept is not None:
        _same_source(kept, source, given, folder)
        if copy.is_file():
            if file_sha256(copy) == kept["copy_sha256"]:
                return OwnOrders(kept, copy.resolve(), str(source), None)
            raise DataError(
                f"'{copy}' is not the copy of the orders with which the sweep began. "
                "Hint: remove it, and it is made again from the source if that is still the same"
            )
    read = read_orders(source, columns=mapping, refunds=refunds, **(intake or {}))
    data = intake_data(read) | {"given": given}
    if kept is not None and data["sha256"] != kept["sha256"]:
        raise DataError(
            f"{shown(source)} is not what the sweep in '{folder}' began with (SHA-256 {kept['sha256'][:12]}, "
            f"now {data['sha256'][:12]}), and its copy {COPY} is gone. "
            "Hint: put one of them back, or begin another sweep with another --out"
        )
    return OwnOrders(data, copy.resolve(), str(source), read)


def _kept(folder: Path) -> dict[str, Any] | None:
    """Give what the manifest of a sweep says of its own orders; None when it has none or is no sweep."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("orders")
        if isinstance(found, dict) and "copy_sha256" in found:
            return found
    return None


def _same_source(kept: Mapping[str, Any], source: str | Path, given: Mapping[str, Any], folder: Path) -> None:
    now = shown(source) if is_address(source) else str(Path(source).expanduser().resolve())
    other = "Hint: another folder with --out begins a new sweep; nothing in this one was touched"
    if now != kept["source"]:
        raise DataError(f"'{folder}' holds a sweep over {kept['source']}, not over {now}. {other}")
    for name in dict.fromkeys([*kept["given"], *given]):
        words = [f"{own[name]!r}" if name in own else "left out" for own in (kept["given"], given)]
        if words[0] != words[1]:
            raise DataError(
                f"the sweep in '{folder}' read its orders with {name} {words[0]}; here it is {words[1]}. "
                f"{other}"
            )
