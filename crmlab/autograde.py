"""Grade a folder of submissions: each in a process of its own with time limits, then one table and pages."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab._grade_one import ASSIGNMENT, STUDENT
from crmlab.contracts import DataError
from crmlab.course import write_file
from crmlab.submissions import Submission, chosen_exercises, find_submissions

TABLE = "grades.csv"


def grade(
    submissions: str | Path,
    *,
    out: str | Path,
    exercises: list[str] | None = None,
    cell_seconds: int = 30,
    seconds: int = 240,
    jobs: int = 2,
    course: str | Path | None = None,
    done: Callable[[str, int], None] = lambda *_: None,
) -> pd.DataFrame:
    """Grade what students handed in, with nbgrader; one bad submission costs only itself.

    Each submission is first put back into the form that was given out (see
    :func:`crmlab.submissions.mend`), then run in a process and a folder of its own. The checks run in the
    student's own kernel: they teach, they do not guard an exam. Grade what you do not trust in a container
    or as another user; docs/grading.md says how.

    Parameters
    ----------
    submissions : str or Path
        See :func:`crmlab.submissions.find_submissions`.
    out : str or Path
        A new folder for ``grades.csv``, ``index.html`` and ``feedback/<student>/<exercise>.html``.
    exercises : list of str, optional
        Numbers or names; left out, every exercise that somebody handed in.
    cell_seconds, seconds : int
        The longest that a cell, and a submission, may run; 1 or more.
    jobs : int
        Submissions at a time, 1 or more.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.
    done : callable, optional
        Called after each submission with the student's name and how many submissions there are.

    Returns
    -------
    DataFrame
        One row per submission: ``student``, ``exercise``, ``file``, ``status`` ("graded", "stopped",
        "kernel died", "empty", "unreadable", "not an exercise", "twice" or "missing"), ``points`` and
        ``of`` (what the checks gave, and could give), ``by_hand`` (points of open tasks, still to be
        given), ``data_of`` (whose data set), ``remarks`` (sentences, separated by ";") and ``feedback``
        (a page, or "").

    Raises
    ------
    DataError
        If nbgrader is missing, or a folder or a number cannot be used.
    """
    _need_nbgrader()
    for name, value in (("cell_seconds", cell_seconds), ("seconds", seconds), ("jobs", jobs)):
        if value < 1:
            raise DataError(f"{name} is {value}; it must be 1 or more. Hint: leave it out")
    wanted = chosen_exercises(exercises, course=course)
    found = find_submissions(submissions, wanted=wanted)
    if exercises is None:  # of exercises that nobody handed in, nothing is missing
        handed_in = {one.exercise for one in found if one.path}
        found = [one for one in found if one.path or one.exercise in handed_in]
        wanted = {number: path for number, path in wanted.items() if path.stem in handed_in}
    folder = _new_folder(out)
    with tempfile.TemporaryDirectory(prefix="grading-") as temporary:
        bases = {path.stem: _base(path, Path(temporary)) for path in wanted.values()}
        with ThreadPoolExecutor(jobs) as pool:

            def one(submission: Submission) -> dict[str, Any]:
                row = _grade(submission, bases, Path(temporary), folder, cell_seconds, seconds)
                done(submission.student, len(found))
                return row

            rows = list(pool.map(one, found))
    table = pd.DataFrame(rows)
    write_file(folder / TABLE, table.to_csv(index=False, lineterminator="\n"))
    write_file(folder / "index.html", _index(table))
    return table


def _need_nbgrader() -> None:
    from importlib.util import find_spec

    if find_spec("nbgrader") is None:
        raise DataError("grading needs nbgrader, which is missing. Hint: pip install 'crmlab[grading]'")


def _new_folder(out: str | Path) -> Path:
    folder = Path(out).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"'{out}' is there already and stays. Hint: choose another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _base(exercise: Path, temporary: Path) -> Path:
    """Let nbgrader read an exercise once; every submission starts from a copy of that."""
    base = temporary / exercise.stem
    (base / "source" / ASSIGNMENT).mkdir(parents=True)
    shutil.copy(exercise, base / "source" / ASSIGNMENT)
    result = _work(base, "prepare", cell_seconds=60, seconds=120)
    if result.get("error"):
        raise DataError(
            f"nbgrader cannot read the exercise {exercise.name}: {result['error'].strip()[-300:]}"
        )
    return base


def _work(folder: Path, what: str, *, cell_seconds: int, seconds: int) -> dict[str, Any]:
    """Run nbgrader in a process of its own; end it, and all it started, when its time is over."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [sys.executable, "-m", "crmlab._grade_one", str(folder), what, str(cell_seconds)]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return {"error": "", "stopped": True}
        finally:
            _end(process)
    result = folder / "result.json"
    if not result.exists():
        last = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return {"error": last[-1] if last else "nbgrader ended without a word"}
    found = json.loads(result.read_text(encoding="utf-8"))
    result.unlink()
    return dict(found)


def _end(process: subprocess.Popen[bytes]) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        whole = psutil.Process(process.pid)
        for child in [*whole.children(recursive=True), whole]:
            with contextlib.suppress(psutil.Error):
                child.kill()
    process.wait()


def _grade(
    one: Submission, bases: dict[str, Path], temporary: Path, out: Path, cell_seconds: int, seconds: int
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "student": one.student,
        "exercise": one.exercise,
        "file": one.path.name if one.path else "",
        "status": one.status,
        "points": float("nan"),
        "of": float("nan"),
        "by_hand": float("nan"),
        "data_of": one.data_of,
        "remarks": "",
        "feedback": "",
    }
    if one.status == "ready":
        with tempfile.TemporaryDirectory(dir=temporary) as name:
            own = Path(name)
            _run(one, bases[one.exercise], own, out, row, cell_seconds=cell_seconds, seconds=seconds)
    row["remarks"] = "; ".join(one.remarks)
    return row


def _run(
    one: Submission,
    base: Path,
    own: Path,
    out: Path,
    row: dict[str, Any],
    *,
    cell_seconds: int,
    seconds: int,
) -> None:
    import nbformat

    shutil.copytree(base, own, dirs_exist_ok=True)
    handed_in = own / "submitted" / STUDENT / ASSIGNMENT
    handed_in.mkdir(parents=True)
    nbformat.write(one.notebook, handed_in / f"{one.exercise}.ipynb")  # type: ignore[no-untyped-call]
    result = _work(own, "grade", cell_seconds=cell_seconds, seconds=seconds)
    graded = own / "autograded" / STUDENT / ASSIGNMENT / f"{one.exercise}.ipynb"
    row["of"] = float(sum(_points(cell) for cell in one.notebook.cells if not _open(cell)))
    row["by_hand"] = float(sum(_points(cell) for cell in one.notebook.cells if _open(cell)))
    if "grades" in result:
        row["status"] = "graded"
        row["points"] = float(sum(g["points"] or 0 for g in result["grades"]))
        if _timed_out(graded):
            one.remarks.append(f"a cell ran longer than {cell_seconds} s and was stopped; the rest counts")
    elif result.get("stopped"):
        row["status"], row["points"] = "stopped", 0.0
        one.remarks.append(f"it ran longer than {seconds} s")
    elif "DeadKernel" in result["error"] or "Kernel died" in result["error"]:
        row["status"], row["points"] = "kernel died", 0.0
        one.remarks.append("a cell ended the kernel; look at it by hand")
    else:
        row["status"], row["points"] = "unreadable", 0.0
        one.remarks.append(f"nbgrader: {result['error'].strip().splitlines()[-1]}")
    if graded.exists():
        row["feedback"] = _feedback(one, graded, out, row)


def _points(cell: Any) -> float:
    return float(cell.metadata.get("nbgrader", {}).get("points", 0) or 0)


def _open(cell: Any) -> bool:
    mark = cell.metadata.get("nbgrader", {})
    return bool(mark.get("task") or (mark.get("grade") and mark.get("solution")))


def _timed_out(graded: Path) -> bool:
    return graded.exists() and "CellTimeoutError" in graded.read_text(encoding="utf-8")


def _feedback(one: Submission, graded: Path, out: Path, row: dict[str, Any]) -> str:
    """Write what the student gets back: the notebook with its cards, and the points at its top."""
    import nbformat

    from crmlab.pages import to_page

    place = out / "feedback" / _safe(one.student)
    place.mkdir(parents=True, exist_ok=True)
    book = nbformat.read(graded, as_version=4)  # type: ignore[no-untyped-call]
    said = [f"**{row['points']:g} of {row['of']:g} points by the checks.**"]
    if row["by_hand"]:
        said.append(f"Another {row['by_hand']:g} are given by hand.")
    told = [r for r in one.remarks if not r.startswith(("look at it", "the same data"))]
    said += [f"\n\nNote: {escape(remark)}." for remark in told]
    book.cells.insert(0, nbformat.v4.new_markdown_cell(" ".join(said)))  # type: ignore[no-untyped-call]
    source = graded.with_name(f"{one.exercise}.feedback.ipynb")
    nbformat.write(book, source)  # type: ignore[no-untyped-call]
    try:
        page = to_page(source, place / f"{one.exercise}.html")
    except DataError as error:
        one.remarks.append(f"no feedback page: {error}")
        return ""
    return page.relative_to(out).as_posix()


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in " -_.@" else "_" for c in name).strip(". ") or "student"


def _index(table: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in table.columns if c != "feedback")
    body = []
    for row in table.itertuples(index=False):
        cells = [
            f"<td>{escape('' if pd.isna(v) else f'{v:g}' if isinstance(v, float) else str(v))}</td>"
            for v in row[:-1]
        ]
        if row.feedback:
            cells[0] = f'<td><a href="{escape(row.feedback)}">{escape(row.student)}</a></td>'
        body.append(f"<tr>{''.join(cells)}</tr>")
    counts = table["status"].value_counts()
    said = ", ".join(f"{n} {status}" for status, n in counts.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Grades</title><style>'
        "body{font:16px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
        "td,th{border-bottom:1px solid #bbb;padding:.3rem .7rem;text-align:left;vertical-align:top}"
        f"</style></head><body><main><h1>Grades</h1><p>{escape(said)}.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></main></body></html>\n"
    )
