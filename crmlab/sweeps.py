"""Sweeps: one notebook over a grid of parameters and seeds, in parallel, taken up again after any stop."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import find_lesson, read_notebook, write_file
from crmlab.parameters import as_value, check_ranges, defaults_of, match, ranges_of
from crmlab.provenance import source_of
from crmlab.runs import having, order_file, quiet, undisturbed
from crmlab.sweep_folder import MANIFEST, WORK, check_folder, finished, keep_run, locked, tidy
from crmlab.sweep_grid import Grid, read_grid
from crmlab.sweep_orders import own_orders, takes_orders
from crmlab.sweep_picture import draw_sweep
from crmlab.sweep_run import Task, bare_source, data_hash, do_run, run_key, versions
from crmlab.sweep_table import FAILURES, finding_values, runs_table, write_tables

UNASKED = 1_000  # runs that begin without a question
_DATA_SETS = ("", "retail", "cdnow")


def sweep(
    lesson: str | Path,
    *,
    grid: str | Path | Mapping[str, Any],
    out: str | Path,
    orders: str | Path | None = None,
    columns: str | Mapping[str, str] | None = None,
    refunds: str = "net",
    intake: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    again: bool = False,
    keep: bool = False,
    finding: str | None = None,
    ask: Callable[[int], bool] | None = None,
    course: str | Path | None = None,
    progress: Any = None,
    say: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Run a notebook for every combination of a grid and gather what it records.

    Every value is checked before the first run starts. Each finished run is kept at once in a small file of
    its own under ``out/runs``, so that whatever stops the sweep loses no finished run and, when the same call
    is made again, none is done twice. The grid may grow meanwhile; another grid, notebook, order file or
    package version is refused. A run that fails stops nothing: it is listed in ``failures.csv``.

    Parameters
    ----------
    lesson : str or Path
        A lesson's number or name, or the path of any notebook with a cell tagged ``parameters`` that calls
        ``crm.record``.
    grid : str, Path or mapping
        The grid, a YAML file or its content; see :func:`crmlab.sweep_grid.read_grid`.
    out : str or Path
        The folder of the sweep.
    orders : str or Path, optional
        Your own orders: a CSV, Parquet or DuckDB file, a folder of Parquet files, or the address of a
        PostgreSQL database. They are read once; every run works on the cleaned copy ``out/orders.csv``, also
        after a stop, so a source that changes meanwhile changes no result. It is told.
    columns : str or mapping, optional
        Which of its columns is which: ``"customer_id=CustomerID,amount_eur=Total"``.
    refunds : {"net", "drop", "refuse"}
        What to do with negative amounts in `orders`.
    intake : mapping, optional
        Further arguments for :func:`crmlab.intake.read_orders`.
    jobs : int, optional
        Runs at a time, 1 or more; default: one per processor, at most 2. A cluster has its own number.
    cluster : str, optional
        Address of a Dask scheduler; without it the runs are done on this machine, through joblib.
    again : bool, default False
        Do the runs that failed once more.
    keep : bool, default False
        Keep every executed notebook in ``out/notebooks``, not only those that failed.
    finding : str, optional
        What ``sweep.png`` shows: a finding, or ``"a - b"`` for the difference of two inside each run.
        Default: the first number that is not the same in all runs.
    ask : callable, optional
        Called with the number of runs when more than 1,000 are to do; they are done when it returns True.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.
    progress : rich.progress.Progress, optional
        Where to show the progress and the time left.
    say : callable, optional
        Called with each remark (one line of text).

    Returns
    -------
    DataFrame
        One row per finished run, in the order of the grid: ``lesson``, ``run``, ``status``, ``seconds``,
        versions, ``orders_sha256``, ``seed``, each parameter as ``p_<name>`` and each finding under its own
        name; see :func:`crmlab.sweep_table.runs_table`. The attribute ``attrs["out"]`` is the folder,
        ``attrs["remark"]`` says that `orders` has changed since the start ("" when not), and
        ``attrs["failures"]`` is the table of failed runs (``run``, ``lesson``, ``notebook``, ``failed_cell``,
        ``error`` and the varied parameters). The folder holds both, ``summary.csv``,
        ``findings_units.csv`` and ``sweep.png`` with its alternative text ``sweep_alt.txt``.

    Raises
    ------
    DataError
        If the notebook, grid, folder, order file or cluster cannot be used, or the cluster goes away.

    Examples
    --------
    >>> sweep("06", grid={"parameters": {"band": [3, 5]}}, out="my-sweep")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: no chosen notebook has a parameter 'band'; they have ... did you mean bands?
    """
    path = find_lesson(lesson, course=course)
    notebook = source_of(read_notebook(path))
    defaults = defaults_of(notebook)
    own = {name: as_value(text) for name, text in defaults.items()}
    told = _read(grid, own)
    if jobs is not None and jobs < 1:
        raise DataError(f"jobs is {jobs}; it must be 1 or more. Hint: leave it out to use your processors")
    _check_values(told, path, notebook, lambda name: having(name, course))
    folder = Path(out).expanduser()
    _may_begin(told.count, folder, ask)
    mine = None
    if orders is not None:
        takes_orders(path.stem, defaults, told)
        mine = own_orders(orders, folder, columns=columns, refunds=refunds, intake=intake)
        mine.check_day(defaults, told)
    shared = {name: value for name, value in mine.values.items() if name in defaults} if mine else {}
    source = bare_source(notebook)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]

    def runs_of(some: Grid) -> dict[str, dict[str, Any]]:
        """Name every run of a grid and give its values; two draws that are alike are one run."""
        runs: dict[str, dict[str, Any]] = {}
        for values in some.combinations():
            given = {name: _fit(name, value, path, defaults) for name, value in values.items()} | shared
            effective = {n: text if own[n] is None else own[n] for n, text in defaults.items()} | given
            runs.setdefault(run_key(path.stem, digest, effective), given)
        return runs

    runs = runs_of(told)
    if len(runs) < told.count:
        say(f"{told.count - len(runs):,} combinations are the same as others and run once")
    named = {str(given.get("orders", own.get("orders"))) for given in runs.values()} - {*_DATA_SETS, "None"}
    files = set() if mine else named
    data = {file: data_hash(file) for file in sorted(files)}
    manifest = {
        "lesson": path.stem,
        "source_sha256": digest,
        "versions": versions(),
        "data": data,
        "grid": told.text,
    }
    if mine:
        manifest["orders"] = mine.data

    def grown(before: Mapping[str, Any]) -> list[str]:
        kept = runs_of(_read(before, own))
        return [_said(given) for key, given in kept.items() if key not in runs]

    check_folder(folder, manifest, grown=grown)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot write to '{folder}': {error.strerror or error}. Hint: choose another folder with --out"
        ) from error
    with locked(folder):
        known = check_folder(folder, manifest, grown=grown)
        tidy(folder)
        _write_manifest(folder, manifest, known)
        if mine:
            for note in mine.write():
                say(note)
            _write_manifest(folder, manifest, known)
        done = finished(folder, runs)
        todo = [key for key in runs if key not in done or (again and done[key]["status"] != "ok")]
        say(_plan(len(runs), len(todo), sum(run["status"] != "ok" for run in done.values()), again))
        passed = {key: runs[key] | (mine.passed(shared) if mine else {}) for key in todo}
        if mine:
            data = {str(mine.copy): mine.data["copy_sha256"][:12]}
        tasks = (
            Task(key, path.stem, source, passed[key], file if file in data else "", data.get(file, ""), keep)
            for key in todo
            for file in [str(passed[key].get("orders", own.get("orders")))]
        )

        def gather() -> pd.DataFrame:
            table = _gather(folder, runs, done, own, told)
            draw_sweep(folder, table, varied=told.varied, finding=finding, say=say)
            return table

        try:
            results = _on_cluster(tasks, cluster) if cluster else _here(tasks, jobs, folder / WORK)
            for run in _counted(results, len(runs), len(todo), progress, say):
                if mine:
                    run["orders_sha256"] = mine.data["sha256"][:12]
                done[run["run"]] = keep_run(folder, run)
                _check_finding(finding, run)
        except (DataError, KeyboardInterrupt):
            with undisturbed(), contextlib.suppress(DataError):
                if done:
                    say(f"{len(done):,} of {len(runs):,} runs are finished and kept in {folder}")
                    gather()
            raise
        finally:
            shutil.rmtree(folder / WORK, ignore_errors=True)
        table = gather()
        table.attrs["remark"] = mine.remark() if mine else ""
        if table.attrs["remark"]:
            say(table.attrs["remark"])
        return table


def _read(grid: str | Path | Mapping[str, Any], own: Mapping[str, Any]) -> Grid:
    return read_grid(
        grid, whole={n for n, v in own.items() if isinstance(v, int) and not isinstance(v, bool)}
    )


def _check_values(grid: Grid, path: Path, notebook: Any, elsewhere: Callable[[str], list[str]]) -> None:
    """Check each value of each parameter by itself: whatever combines them then holds."""
    defaults, ranges = {path: defaults_of(notebook)}, {path: ranges_of(notebook)}
    for name, value in grid.values():
        passed = match({name: value}, defaults, lambda _: None, elsewhere=elsewhere)
        check_ranges(passed, defaults, ranges)
        if name == "orders":
            order_file(passed[path][name])


def _fit(name: str, value: Any, path: Path, defaults: Mapping[str, str]) -> Any:
    """Give a value the type that the notebook wants, and an order file its full path."""
    fitted = match({name: value}, {path: defaults}, lambda _: None)[path][name]
    return order_file(fitted) if name == "orders" else fitted


def _may_begin(count: int, folder: Path, ask: Callable[[int], bool] | None) -> None:
    left = count - sum(1 for _ in (folder / "runs").glob("*.json"))
    if left > UNASKED and not (ask and ask(left)):
        raise DataError(
            f"the grid makes {left:,} runs, more than the {UNASKED:,} that begin unasked. "
            "Hint: make the grid smaller, or allow them with ask=lambda runs: True"
        )


def _check_finding(finding: str | None, run: Mapping[str, Any]) -> None:
    """Stop after the first run, not after the last, when the picture asks for what no run records."""
    if finding and run["status"] == "ok":
        finding_values(runs_table([run], [run["parameters"]]), finding)


def _said(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items()) or "the notebook's own values"


def _plan(total: int, todo: int, failed: int, again: bool) -> str:
    before = total - todo
    text = f"{total:,} runs: {todo:,} to do" + (f", {before:,} finished before" if before else "")
    if failed and not again:
        text += f" ({failed:,} of them failed: --again does these once more)"
    return text


def _write_manifest(folder: Path, manifest: Mapping[str, Any], known: bool) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    if not known or (folder / MANIFEST).read_text(encoding="utf-8") != text:
        write_file(folder / MANIFEST, text)


def _here(tasks: Iterable[Task], jobs: int | None, work: Path) -> Iterator[dict[str, Any]]:
    """Do runs on this machine. Threads are enough: each run computes in a kernel, a process of its own."""
    from joblib import Parallel, delayed

    from crmlab.kernels import Kernels

    kernels = Kernels()

    def one(task: Task) -> dict[str, Any]:
        with seats:
            return do_run(task, kernels=kernels, within=work)

    n = jobs or min(os.cpu_count() or 1, 2)
    seats = threading.Semaphore(n)
    pool = Parallel(n_jobs=n, backend="threading", return_as="generator_unordered", batch_size=1)
    results = pool(delayed(one)(task) for task in tasks)
    with quiet():
        try:
            yield from results
        finally:
            with undisturbed():
                kernels.kill()
                for _ in range(n):  # wait until the runs that were at work have noticed
                    seats.acquire(timeout=5)
                results.close()


def _on_cluster(tasks: Iterable[Task], address: str) -> Iterator[dict[str, Any]]:
    from crmlab.sweep_cluster import run_on_cluster

    return run_on_cluster(tasks, address)


def _counted(
    results: Iterator[dict[str, Any]], total: int, todo: int, progress: Any, say: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Show how far the sweep is; without a progress bar say it about once in a minute."""
    bar = progress.add_task("runs", total=total, completed=total - todo) if progress else None
    start = last = time.monotonic()
    for number, run in enumerate(results, start=1):
        yield run
        now = time.monotonic()
        if progress:
            progress.advance(bar)
        elif now - last > 60 and number < todo:
            left = (now - start) / number * (todo - number)
            say(f"{total - todo + number:,} of {total:,} runs, about {max(1, round(left / 60))} min left")
            last = now


def _gather(
    folder: Path,
    runs: Mapping[str, Mapping[str, Any]],
    done: Mapping[str, Mapping[str, Any]],
    own: Mapping[str, Any],
    grid: Grid,
) -> pd.DataFrame:
    """Write the tables of all runs that have finished."""
    keys = [key for key in runs if key in done]
    table = runs_table([done[key] for key in keys], [dict(own) | dict(runs[key]) for key in keys])
    asked = [*grid.varied, *(["seed"] if "seed" in grid.axes else [])]
    failed = [
        {name: done[key][name] for name in FAILURES} | {f"p_{name}": runs[key][name] for name in asked}
        for key in keys
        if done[key]["status"] != "ok"
    ]
    failures = pd.DataFrame(failed, columns=[*FAILURES, *(f"p_{name}" for name in asked)])
    failures["failed_cell"] = failures["failed_cell"].astype("Int64")
    write_tables(folder, table, failures, varied=grid.varied)
    table.attrs |= {"out": str(folder), "failures": failures}
    return table
