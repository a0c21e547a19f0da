"""What the notebooks of a run found, as one table: a row for each, with its parameters and findings."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crmlab.course import read_notebook, write_file
from crmlab.notebook import RECORD

FILE = "findings.csv"


def write_findings(
    folder: Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    parameters: Mapping[str, Mapping[str, Any]],
    orders: Mapping[str, str],
    hashes: Mapping[str, str] | None = None,
) -> Path:
    """Write ``findings.csv``, the table of a run for further work.

    Parameters
    ----------
    folder : Path
        The folder of the run.
    rows : iterable of mapping
        One per notebook, as :func:`crmlab.runs.run` returns them.
    parameters : mapping
        Stem of the notebook to all its parameters: its own values and, over them, those given.
    orders : mapping
        Stem of the notebook to the order file it read, if it read one.
    hashes : mapping, optional
        Order file to its SHA-256, where it is known; a file that is not in it is read again.

    Returns
    -------
    Path
        The table. Columns: ``lesson``, ``notebook`` (file name), ``status``, ``seconds``, ``crmlab`` and
        ``python`` (versions), ``orders_sha256`` (first 12 digits of the order file's hash, or empty),
        ``seed``, each parameter as ``p_<name>`` and each recorded finding under its own name (with
        ``finding_`` before it where that name is taken). What a notebook does not have is empty.
    """
    from importlib.metadata import version

    hashes = dict(hashes or {})
    digits = {file: (hashes.get(file) or _sha256(Path(file)))[:12] for file in set(orders.values())}
    table, found = [], []
    for row in rows:
        path = Path(row["notebook"])
        own = parameters.get(path.stem, {})
        file = orders.get(path.stem, "")
        table.append(
            {
                "lesson": row["lesson"],
                "notebook": path.name,
                "status": row["status"],
                "seconds": row["seconds"],
                "crmlab": version("crmlab"),
                "python": platform.python_version(),
                "orders_sha256": digits.get(file, ""),
                "seed": own.get("seed", ""),
            }
            | {f"p_{name}": value for name, value in own.items()}
            | ({"p_orders": file} if file else {})
        )
        found.append(recorded(path))
    columns = list(dict.fromkeys(name for row in table for name in row))
    columns.sort(key=lambda name: name.startswith("p_"))  # a stable sort: the parameters after the rest
    names = {name: f"finding_{name}" if name in columns else name for own in found for name in own}
    text = io.StringIO()
    writer = csv.DictWriter(text, [*columns, *names.values()], restval="", lineterminator="\n")
    writer.writeheader()
    for row, own in zip(table, found, strict=True):
        writer.writerow(row | {names[name]: value for name, value in own.items()})
    return write_file(folder / FILE, text.getvalue())


def recorded(path: Path) -> dict[str, Any]:
    """Gather what an executed notebook recorded with `crmlab.record`; nothing is an empty dict."""
    findings: dict[str, Any] = {}
    for cell in read_notebook(path).cells:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(RECORD)
            record = json.loads(record) if isinstance(record, str) else record
            if isinstance(record, dict) and isinstance(record.get("findings"), dict):
                findings |= record["findings"]
    return findings


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
