"""Run notebooks: check the parameters, execute in parallel, keep what came out, write an index."""

from __future__ import annotations

import ast
import contextlib
import difflib
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import find_lesson, read_notebook, title_of, write_file
from crmlab.course import lessons as all_lessons

_COLUMNS = ("lesson", "notebook", "status", "seconds", "failed_cell", "error", "page")
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", tuple: "a list", list: "a list"}


def run(
    lessons: Iterable[str | Path] = (),
    *,
    parameters: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    orders: str | Path | None = None,
    columns: str | Mapping[str, str] | None = None,
    refunds: str = "net",
    intake: Mapping[str, Any] | None = None,
    course: str | Path | None = None,
    progress: Any = None,
    say: Callable[[str], None] = lambda text: None,
) -> pd.DataFrame:
    """Execute notebooks in parallel and keep each with its outputs and as a page.

    Everything is checked before the first notebook starts. A failing cell ends its own notebook
    only. Each file appears under its name when it is whole.

    Parameters
    ----------
    lessons : iterable of str or Path
        Lesson numbers, names or paths; none means the whole course.
    parameters : mapping, optional
        Values for the cells tagged ``parameters``. Text for a parameter that is not text is read
        as a Python value. A parameter that only some notebooks have goes to those.
    out : str or Path, optional
        Folder for the results; default ``runs/<date>_<time>``. Files in it are never replaced.
    jobs : int, optional
        Notebooks at a time, 1 or more; default: one per processor, at most 2.
    orders : str or Path, optional
        Your own order file; notebooks without a parameter ``orders`` are left out.
    columns : str or mapping, optional
        Which of its columns is which: ``"customer_id=CustomerID,amount_eur=Total"``.
    refunds : {"net", "drop", "refuse"}
        What to do with negative amounts in ``orders``.
    intake : mapping, optional
        Further arguments for :func:`crmlab.intake.read_orders`.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.
    progress : rich.progress.Progress, optional
        Where to show the progress.
    say : callable, optional
        Called with each remark (one line of text).

    Returns
    -------
    DataFrame
        One row per notebook, in order: ``lesson``, ``notebook`` (the executed file), ``status``
        ("ok" or "failed"), ``seconds``, ``failed_cell`` (its number in the executed notebook),
        ``error`` (one line, "" when ok) and ``page`` (the HTML file). The attribute ``attrs["out"]``
        is the folder.

    Raises
    ------
    DataError
        If a notebook, parameter, value, order file or folder cannot be used.
    """
    named = list(lessons)
    sources = _sources(named, course)
    notebooks = {path: read_notebook(path) for path in sources}
    defaults = {path: _defaults(notebook) for path, notebook in notebooks.items()}
    given = dict(parameters or {})
    if orders is not None:
        chosen = [path for path in sources if "orders" in defaults[path]]
        for path in sources:
            if path not in chosen and named:
                raise DataError(
                    f"'{path.stem}' has no parameter 'orders', so it cannot use a file of yours. Hint: leave it out"
                )
            if path not in chosen:
                say(f"left out: {path.stem} does not take an order file")
        if not chosen:
            raise DataError("no notebook here has a parameter 'orders'. Hint: crmlab run 05 --orders FILE")
        sources = chosen
        given |= {"orders": "orders.csv", "columns": ""}
    passed = _match(given, {path: defaults[path] for path in sources}, say)
    if jobs is not None and jobs < 1:
        raise DataError(f"jobs is {jobs}; it must be 1 or more. Hint: leave it out to use your processors")
    cleaned = _own_orders(orders, columns, refunds, intake or {}, given, passed) if orders is not None else None
    folder, is_new = _folder(out, [path.stem for path in sources], with_orders=orders is not None)
    kept = False
    work = Path(tempfile.mkdtemp(prefix=".run-", dir=folder))
    try:
        notes: list[str] = []
        if cleaned is not None:
            notes = _keep_orders(cleaned, work, folder)
            for values in passed.values():
                values["orders"] = str(folder / "orders.csv")
            for note in notes:
                say(note)
        tasks = {path: (notebooks[path], passed[path]) for path in sources}
        rows = []
        for row in _execute(tasks, folder, work, min(jobs or min(os.cpu_count() or 1, 2), len(tasks)), progress):
            rows.append(row)
            kept = True
        order = {path.stem: i for i, path in enumerate(sources)}
        rows.sort(key=lambda row: order[Path(row["notebook"]).stem])
        titles = [title_of(notebooks[path], default=path.stem) for path in sources]
        _index(folder, rows, titles, given, notes)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if is_new and not kept:
            shutil.rmtree(folder, ignore_errors=True)
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"failed_cell": "Int64"})
    table.attrs["out"] = str(folder)
    return table


def parse_parameters(texts: Iterable[str]) -> dict[str, str]:
    """Read ``name=value`` texts; the values stay text until the notebooks' own types are known.

    Parameters
    ----------
    texts : iterable of str
        Such as ``["as_of=2023-12-31", "n_customers=2000"]``.

    Returns
    -------
    dict
        Name to text.

    Raises
    ------
    DataError
        If a text is not ``name=value`` or a name comes twice.

    Examples
    --------
    >>> parse_parameters(["as_of=2023-12-31", "cuts=(0.5, 0.9)"])
    {'as_of': '2023-12-31', 'cuts': '(0.5, 0.9)'}
    """
    values: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        name = name.strip()
        if not mark or not name.isidentifier():
            raise DataError(f"'{text}' is not a parameter; it must read name=value. Hint: -p seed=8")
        if name in values:
            raise DataError(f"the parameter '{name}' is given twice. Hint: give it once")
        values[name] = value.strip()
    return values


def _sources(named: list[str | Path], course: str | Path | None) -> list[Path]:
    paths = [find_lesson(name, course=course) for name in named] or list(all_lessons(course).values())
    if not paths:
        raise DataError("the course has no lessons yet. Hint: give the path of a notebook")
    paths = list(dict.fromkeys(paths))
    stems = [path.stem for path in paths]
    for stem in stems:
        if stems.count(stem) > 1:
            raise DataError(f"two notebooks are named '{stem}'. Hint: run them one after the other")
    return paths


def _defaults(notebook: Any) -> dict[str, str]:
    """Read the names in the cell tagged ``parameters`` and the source text of their values."""
    from papermill import inspect_notebook

    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return {name: str(entry["default"]) for name, entry in inspect_notebook(notebook).items()}


def _match(
    given: Mapping[str, Any], defaults: Mapping[Path, Mapping[str, str]], say: Callable[[str], None]
) -> dict[Path, dict[str, Any]]:
    """Give each notebook the parameters that it has; refuse names that none has."""
    known = list(dict.fromkeys(name for own in defaults.values() for name in own))
    passed: dict[Path, dict[str, Any]] = {path: {} for path in defaults}
    for name, value in given.items():
        having = [path for path, own in defaults.items() if name in own]
        if not having:
            close = difflib.get_close_matches(name, known, n=2)
            hint = f"did you mean {' or '.join(close)}?" if close else "leave it out"
            raise DataError(
                f"no chosen notebook has a parameter '{name}'; they have {', '.join(known) or 'none'}. Hint: {hint}"
            )
        if len(having) < len(defaults) and name != "columns":
            say(f"{name} goes to {', '.join(path.stem for path in having)} only: the others have no such parameter")
        for path in having:
            passed[path][name] = _value(name, value, defaults[path][name])
    return passed


def _value(name: str, value: Any, default: str) -> Any:
    """Read a value as the type of the parameter's default.

    >>> _value("seed", "8", "7"), _value("as_of", "2023-12-31", '""'), _value("rate", "1", "0.5")
    (8, '2023-12-31', 1.0)
    """
    try:
        example = ast.literal_eval(default)
    except (ValueError, SyntaxError):
        example = None
    quoted = isinstance(value, str) and re.fullmatch(r"'[^']*'|\"[^\"]*\"", value)
    if isinstance(value, str) and (quoted or not isinstance(example, str)):
        text = {"true": "True", "false": "False", "none": "None", "null": "None"}.get(value.lower(), value)
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            if example is not None:
                raise _wrong(name, value, default, example) from None
    if example is None:
        return value
    if isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    same = isinstance(value, (tuple, list)) if isinstance(example, (tuple, list)) else type(value) is type(example)
    if not same:
        raise _wrong(name, value, default, example)
    return value


def _wrong(name: str, value: Any, default: str, example: Any) -> DataError:
    kind = _KINDS.get(type(example), type(example).__name__)
    return DataError(f"the parameter '{name}' must be {kind}; it is {value!r}. Hint: its own value is {default}")


def _own_orders(
    orders: str | Path,
    columns: str | Mapping[str, str] | None,
    refunds: str,
    options: Mapping[str, Any],
    given: Mapping[str, Any],
    passed: Mapping[Path, Mapping[str, Any]],
) -> Any:
    from crmlab.intake import parse_columns, read_orders

    mapping = parse_columns(columns) if isinstance(columns, str) else columns
    read = read_orders(orders, columns=dict(mapping) if mapping else None, refunds=refunds, **options)
    if not given.get("as_of") and any("as_of" in _defaults_of(path) for path in passed):
        last = read.orders["order_date"].max()
        raise DataError(
            f"a file of your own needs a reporting day. Hint: add -p as_of={last:%Y-%m-%d}, the last day in the file"
        )
    return read


def _defaults_of(path: Path) -> dict[str, str]:
    return _defaults(read_notebook(path))


def _keep_orders(read: Any, work: Path, folder: Path) -> list[str]:
    from crmlab.intake import report, write_intake

    for file in sorted(Path(write_intake(read, work / "intake")).iterdir()):
        os.replace(file, folder / file.name)
    return [line for line in str(report(read)).splitlines() if line.strip()]


def _folder(out: str | Path | None, stems: list[str], *, with_orders: bool) -> tuple[Path, bool]:
    """Make the folder of the run, or check that nothing in an existing one would be lost."""
    folder = Path(out).expanduser() if out else Path("runs") / f"{datetime.now():%Y-%m-%d_%H%M%S}"
    while out is None and folder.exists():
        folder = folder.with_name(folder.name + "b")
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"{stem}{end}" for stem in stems for end in (".ipynb", ".html")] + ["index.html"]
        taken = [name for name in names + ["orders.csv", "refused.csv"] * with_orders if (folder / name).exists()]
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataError(
            f"cannot write to '{folder}': {error.strerror or error}. Hint: choose another folder with --out"
        ) from error
    if taken:
        raise DataError(f"'{folder}' already has {taken[0]}, which stays. Hint: choose another folder with --out")
    return folder.resolve(), is_new
