"""One run of a sweep: execute the notebook, take its findings, leave nothing else behind."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError
from crmlab.course import read_notebook
from crmlab.findings import recorded
from crmlab.kernels import Kernels, execute
from crmlab.sources import source_sha256

PACKAGES = ("crmlab", "pandas", "numpy", "scipy", "scikit-learn", "duckdb", "lifetimes")


@dataclass(frozen=True)
class Task:
    """A run to do.

    Attributes
    ----------
    key : str
        Its name: 16 hexadecimal digits of the hash of notebook and parameters.
    lesson : str
        Name of the notebook without ending.
    source : str
        The notebook as JSON, without outputs.
    values : dict
        What is given to its parameters.
    data : str
        The order file that it reads, or "".
    sha256 : str
        First 12 digits of that file's hash when the sweep began.
    keep : bool
        Whether the executed notebook comes back also when all went well.
    """

    key: str
    lesson: str
    source: str
    values: dict[str, Any]
    data: str
    sha256: str
    keep: bool


def versions() -> dict[str, str]:
    """Name the versions that a result can depend on.

    Returns
    -------
    dict
        Package (and ``python``) to version.

    Examples
    --------
    >>> list(versions())[:3]
    ['crmlab', 'python', 'pandas']
    """
    from importlib.metadata import version

    first, *others = PACKAGES
    found = {first: version(first), "python": platform.python_version()}
    return found | {name: version(name) for name in others}


def bare_source(notebook: Any) -> str:
    """Write a notebook as JSON with only what decides its results: cells without outputs, and their tags."""
    cells = [
        {
            "cell_type": cell.cell_type,
            "id": f"cell-{number}",
            "metadata": {"tags": list(cell.metadata.get("tags", []))},
            "source": cell.source,
        }
        | ({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {})
        for number, cell in enumerate(notebook.cells)
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def run_key(lesson: str, source: str, effective: Mapping[str, Any]) -> str:
    """Name a run after all that makes it what it is.

    Parameters
    ----------
    lesson : str
        Name of the notebook.
    source : str
        Its source, or the hash of it.
    effective : mapping
        All its parameters: its own values and, over them, those given.

    Returns
    -------
    str
        16 hexadecimal digits.

    Examples
    --------
    >>> run_key("05", "x", {"a": 1, "b": 2}) == run_key("05", "x", {"b": 2, "a": 1})
    True
    """
    text = json.dumps([lesson, source, dict(effective)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def data_hash(path: str) -> str:
    """Give the first 12 digits of the fingerprint of an order file, or of a folder; "" for no file."""
    if not path:
        return ""
    place = Path(path)
    try:
        beside = [w for w in [Path(f"{path}.wal")] if w.is_file()]  # what a DuckDB file has not yet taken in
        files = sorted(place.rglob("*")) if place.is_dir() else [place, *beside]
        state = tuple((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in files)
        return _hash_of(path, state)
    except (OSError, DataError):
        return ""


@functools.lru_cache(maxsize=256)
def _hash_of(path: str, _state: tuple[tuple[str, int, int], ...]) -> str:
    return source_sha256(path)[:12]


def do_run(task: Task, *, kernels: Kernels | None = None, within: Path | None = None) -> dict[str, Any]:
    """Execute one run.

    Parameters
    ----------
    task : Task
        What to do.
    kernels : Kernels, optional
        Who starts the kernel; default: the run itself.
    within : Path, optional
        Folder for a working folder of its own, which is removed afterwards; default: the system's.

    Returns
    -------
    dict
        What is kept: ``run`` (the key), ``lesson``, ``parameters``, ``status``, ``seconds``,
        ``failed_cell``, ``error``, ``findings``, ``versions``, ``orders_sha256`` and ``executed``, the
        executed notebook when it failed or was asked for, else "".

    Raises
    ------
    DataError
        If the order file is not what it was when the sweep began.
    """
    _same_data(task)
    with tempfile.TemporaryDirectory(prefix=f"{task.key}-", dir=within, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        work = folder / ".work"
        work.mkdir()
        (folder / ".source.ipynb").write_text(task.source, encoding="utf-8")
        row = execute(
            read_notebook(folder / ".source.ipynb"),
            task.values,
            name=task.lesson,
            folder=folder,
            work=work,
            kernels=kernels or Kernels(),
            page=False,
        )
        findings = recorded(Path(row["notebook"]))
        whole = task.keep or row["status"] != "ok"
        executed = Path(row["notebook"]).read_text(encoding="utf-8") if whole else ""
    _same_data(task)
    return {
        "run": task.key,
        "lesson": task.lesson,
        "parameters": task.values,
        **{name: row[name] for name in ("status", "seconds", "failed_cell", "error")},
        "findings": findings,
        "versions": versions(),
        "orders_sha256": task.sha256,
        "executed": executed,
    }


def _same_data(task: Task) -> None:
    found = data_hash(task.data)
    if found != task.sha256:
        raise DataError(
            f"the order file '{task.data}' changed under the sweep: its hash was {task.sha256 or 'none'} and "
            f"is {found or 'none: it cannot be read'}. What finished before is kept. "
            "Hint: put the old file back, or begin another sweep with another --out"
        )
