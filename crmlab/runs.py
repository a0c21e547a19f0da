"""Run notebooks: check the parameters, execute in parallel, keep what came out, write an index."""

from __future__ import annotations

import contextlib
import difflib
import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.columns import columns_text, parse_columns
from crmlab.contracts import DataError
from crmlab.course import find_lesson, read_notebook, title_of
from crmlab.course import lessons as all_lessons
from crmlab.findings import FILE as FINDINGS
from crmlab.findings import write_findings
from crmlab.parameters import as_value, check_ranges, defaults_of, match, ranges_of
from crmlab.provenance import describe_run, source_of, stamp
from crmlab.provenance_data import data_of_each, look_again
from crmlab.run_index import write_index
from crmlab.sources import lesson_source, shown
from crmlab.sources_base import file_sha256

_DATA_SETS = ("retail", "cdnow")
_COLUMNS = ("lesson", "notebook", "status", "seconds", "failed_cell", "error", "page", "remark")


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
    say: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Execute notebooks in parallel and keep each with its outputs and as a page.

    Everything is checked before the first notebook starts, numbers against the range that the comment of
    their parameter ends with. A failing cell ends its own notebook only. Each file appears under its name
    when it is whole. ``index.html`` lists the run; ``findings.csv`` holds one row per notebook with versions,
    parameters and what it recorded (see :func:`crmlab.findings.write_findings`). After Ctrl-C both are
    written for the notebooks that have finished. Each notebook states at its top what is needed to repeat it
    (see :mod:`crmlab.provenance`); its data are looked at again at the end, in case they changed meanwhile.

    Parameters
    ----------
    lessons : iterable of str or Path
        Lesson numbers, names or paths; none means the whole course.
    parameters : mapping, optional
        Values for the cells tagged ``parameters``. Text for a parameter that is not text is read
        as a Python value. A parameter that only some notebooks have goes to those. A path given for
        ``orders`` starts at the current folder.
    out : str or Path, optional
        Folder for the results; default ``runs/<date>_<time>``. Files in it are never replaced.
    jobs : int, optional
        Notebooks at a time, 1 or more; default: one per processor, at most 2.
    orders : str or Path, optional
        Your own orders: a CSV, Parquet or DuckDB file, a folder of Parquet files, or the address of a
        PostgreSQL database; notebooks without a parameter ``orders`` are left out.
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
        ``error`` (one line, "" when ok), ``page`` (the HTML file) and ``remark`` (that its data changed
        during the run; "" when they did not). The attribute ``attrs["out"]`` is the folder.

    Raises
    ------
    DataError
        If a notebook, parameter, value, order file or folder cannot be used.
    """
    named = list(lessons)
    sources = _sources(named, course)
    notebooks = {path: source_of(read_notebook(path)) for path in sources}
    defaults = {path: defaults_of(notebook) for path, notebook in notebooks.items()}
    given = dict(parameters or {})
    if orders is not None:
        chosen = [path for path in sources if "orders" in defaults[path]]
        for path in sources:
            if path not in chosen and named:
                raise DataError(
                    f"'{path.stem}' has no parameter 'orders', so it cannot use a file. Hint: leave it out"
                )
            if path not in chosen:
                say(f"left out: {path.stem} does not take an order file")
        if not chosen:
            raise DataError("no notebook here has a parameter 'orders'. Hint: crmlab run 05 --orders FILE")
        sources = chosen
        given["orders"] = "orders.csv"
        if any("columns" in defaults[path] for path in sources):
            given["columns"] = ""
    passed = match(
        given,
        {path: defaults[path] for path in sources},
        say,
        elsewhere=lambda name: having(name, course),
    )
    check_ranges(passed, defaults, {path: ranges_of(notebooks[path]) for path in sources})
    if orders is None:
        for values in passed.values():
            if "orders" in values:
                values["orders"] = order_file(values["orders"])
    if jobs is not None and jobs < 1:
        raise DataError(f"jobs is {jobs}; it must be 1 or more. Hint: leave it out to use your processors")
    cleaned = None
    if orders is not None:
        from crmlab.dates import reporting_day
        from crmlab.intake import read_orders, write_intake
        from crmlab.intake_report import kept_of

        mapping = parse_columns(columns) if isinstance(columns, str) else columns
        cleaned = read_orders(orders, columns=mapping, refunds=refunds, **(intake or {}))
        if not given.get("as_of") and any("as_of" in defaults[path] for path in sources):
            last, which = reporting_day(cleaned.orders["order_date"])
            raise DataError(
                "a file of your own needs a reporting day. "
                f"Hint: add -p as_of={last}, the {which} day in the file"
            )
    data = data_of_each(passed, defaults, cleaned, course=course)
    folder, is_new = _folder(out, [path.stem for path in sources], with_orders=orders is not None)
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    read = {path.stem: file for path in sources if (file := _file_of(passed[path], orders))}

    def values_of(path: Path) -> dict[str, Any]:
        own = {name: as_value(text) for name, text in defaults[path].items()} | passed[path]
        if cleaned is None:
            return own
        made = {"columns": columns_text(cleaned.columns), "refunds": refunds, "orders": data[path]["source"]}
        return own | {
            name: made[name] for name in made if name in own
        }  # they got a cleaned copy: say of what

    def tell() -> None:
        order = {path.stem: path for path in sources}
        place = list(order)
        rows.sort(key=lambda row: place.index(Path(row["notebook"]).stem))
        done = [order[Path(row["notebook"]).stem] for row in rows]
        effective = {path.stem: values_of(path) for path in done}
        hashes = {read[path.stem]: data[path]["sha256"] for path in done if path.stem in read}
        write_findings(folder, rows, parameters=effective, orders=read, hashes=hashes)
        titles = [title_of(notebooks[path], default=path.stem) for path in done]
        write_index(folder, rows, titles=titles, parameters=given, notes=notes, findings=FINDINGS)

    work = Path(tempfile.mkdtemp(prefix=".run-", dir=folder))
    try:
        if cleaned is not None:
            write_intake(cleaned, folder)
            notes += kept_of(cleaned)
            data[sources[0]]["copy_sha256"] = file_sha256(folder / "orders.csv")  # one entry, shared by all
            for values in passed.values():
                values["orders"] = str(folder / "orders.csv")
            for note in notes:
                say(note)
        known, started = set(all_lessons(course).values()), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        tasks = {}
        for path in sources:
            record = describe_run(
                notebooks[path],
                lesson=path.stem if path in known else str(path),
                parameters=values_of(path),
                given={name: passed[path][name] for name in parameters or {} if name in passed[path]},
                defaults=defaults[path],
                data=data[path],
                started=started,
            )
            tasks[path] = (stamp(notebooks[path], record), passed[path])
        _execute(tasks, folder, work, min(jobs or min(os.cpu_count() or 1, 2), len(tasks)), progress, rows)
        described = {path.stem: data[path] for path in sources}
        notes += look_again(rows, described, address=str(orders or ""), course=course, say=say)
        tell()
    except KeyboardInterrupt:
        if rows:
            notes.append(f"Stopped: {len(rows)} of {len(sources)} notebooks had finished.")
            with undisturbed():
                tell()
                say(f"finished before the stop: {folder / 'index.html'}")
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if is_new and not rows:
            shutil.rmtree(folder, ignore_errors=True)
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"failed_cell": "Int64"})
    table.attrs["out"] = str(folder)
    return table


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


def having(name: str, course: str | Path | None) -> list[str]:
    """Name the lessons of the course that have a parameter."""
    known = {path.stem: defaults_of(read_notebook(path)) for path in all_lessons(course).values()}
    return [stem for stem, own in known.items() if name in own]


def order_file(value: str) -> str:
    """Find the order file of a parameter, seen from here: the kernel works in another folder."""
    if value in _DATA_SETS:
        return value
    close = difflib.get_close_matches(value, _DATA_SETS, n=1, cutoff=0.75)
    if not value.strip() or (close and not Path(value).exists()):
        raise DataError(
            f"orders must be 'retail', 'cdnow' or the path of an order file; found {value!r}. "
            f"Hint: -p orders={(close or _DATA_SETS)[0]}"
        )
    return str(lesson_source(value).resolve())


def _file_of(values: Mapping[str, Any], orders: str | Path | None) -> str:
    """Name the order file that a notebook reads, as its user gave it."""
    given = shown(orders) if orders is not None else str(values.get("orders", ""))
    return "" if given in _DATA_SETS else given


def _folder(out: str | Path | None, stems: list[str], *, with_orders: bool) -> tuple[Path, bool]:
    """Make the folder of the run, or check that nothing in an existing one would be lost."""
    folder = Path(out).expanduser() if out else Path("runs") / f"{datetime.now():%Y-%m-%d_%H%M%S}"
    while out is None and folder.exists():
        folder = folder.with_name(folder.name + "b")
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"{stem}{end}" for stem in stems for end in (".ipynb", ".html")] + ["index.html", FINDINGS]
        names += ["orders.csv", "refused.csv", "orders.source.json"] * with_orders
        taken = [name for name in names if (folder / name).exists()]
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataError(
            f"cannot write to '{folder}': {error.strerror or error}. Hint: choose another folder with --out"
        ) from error
    if taken:
        raise DataError(
            f"'{folder}' already has {taken[0]}, which stays. Hint: choose another folder with --out"
        )
    return folder.resolve(), is_new


def _execute(
    tasks: Mapping[Path, tuple[Any, Mapping[str, Any]]],
    folder: Path,
    work: Path,
    jobs: int,
    progress: Any,
    rows: list[dict[str, Any]],
) -> None:
    """Execute the notebooks, some at a time; add a row for each one that has finished."""
    from crmlab.kernels import Kernels, execute

    kernels = Kernels()
    total = progress.add_task("notebooks", total=len(tasks)) if progress else None

    def one(path: Path) -> dict[str, Any]:
        notebook, values = tasks[path]
        cells = sum(cell.cell_type == "code" for cell in notebook.cells) + bool(values)
        bar = progress.add_task(path.stem, total=cells) if progress else None
        row = execute(
            notebook,
            values,
            name=path.stem,
            folder=folder,
            work=work,
            kernels=kernels,
            on_cell=(lambda: progress.advance(bar)) if progress else (lambda: None),
        )
        if progress:
            progress.remove_task(bar)
            progress.advance(total)
        return {"lesson": path.stem[:2] if path.stem[:2].isdigit() else path.stem} | row

    pool = ThreadPoolExecutor(jobs)
    waiting: set[Future[dict[str, Any]]] = set()
    with quiet():
        try:
            waiting = {pool.submit(one, path) for path in tasks}
            while waiting:
                done, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    rows.append(future.result())
                    waiting.discard(future)
        finally:
            with undisturbed():
                if waiting:
                    for future in waiting:
                        future.cancel()
                    kernels.kill()
                pool.shutdown(wait=True, cancel_futures=True)
                whole = [f for f in waiting if not f.cancelled() and f.exception() is None]
                rows += [future.result() for future in whole]


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let a second Ctrl-C wait until the kernels are gone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the log lines of papermill from the user: the index tells what failed."""
    logger = logging.getLogger("papermill")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
