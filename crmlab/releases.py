"""Exercises to give out: with each student's own data set, or one data set for all."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import read_notebook, write_file
from crmlab.submissions import chosen_exercises

_SETUP = 'student = "your name"'


def release(
    out: str | Path,
    *,
    exercises: list[str] | None = None,
    one: str | None = None,
    roster: str | Path | None = None,
    course: str | Path | None = None,
) -> pd.DataFrame:
    """Write the exercises that students get; the solutions are never among them.

    Parameters
    ----------
    out : str or Path
        A folder; files in it are never replaced.
    exercises : list of str, optional
        Numbers or names; all when left out.
    one : str, optional
        One data set for the whole class: this name (such as ``"spring 2027"``) stands in the first cell.
    roster : str or Path, optional
        A text file with one student a line: each gets a folder with their name in the first cell. Without
        `one` and `roster` there is one set of exercises, and each student writes their own name.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.

    Returns
    -------
    DataFrame
        One row per file: ``student`` ("" for all), ``exercise``, ``data_of`` (whose data set; "" if the
        student writes it) and ``file``.

    Raises
    ------
    DataError
        If an exercise, the roster or the folder cannot be used.
    """
    wanted = chosen_exercises(exercises, course=course)
    if one is not None and roster is not None:
        raise DataError("one data set for all and a roster were both asked for. Hint: give one of them")
    if one is not None and not one.strip():
        raise DataError("the name of the data set for all is empty. Hint: --one-for-all 'spring 2027'")
    students = [""] if roster is None else _students(Path(roster))
    folder = Path(out).expanduser()
    files = [
        (student, path, (folder / student if student else folder) / path.name)
        for student in students
        for path in wanted.values()
    ]
    taken = [target for _, _, target in files if target.exists()]
    if taken:
        raise DataError(f"'{taken[0]}' is there already and stays. Hint: choose another folder with --out")
    rows = []
    for student, path, target in files:
        name = one or student
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, _named(path, name))
        rows.append({"student": student, "exercise": path.stem, "data_of": name, "file": str(target)})
    return pd.DataFrame(rows)


def _students(roster: Path) -> list[str]:
    try:
        lines = roster.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the roster '{roster}': {error}. Hint: one name a line, UTF-8") from None
    names = [" ".join(line.split()) for line in lines if line.strip()]
    bad = [name for name in names if re.search(r'[/\\:*?"<>|]|^\.', name)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or bad or twice:
        what = (
            f"{bad[0]!r} cannot be a folder" if bad else f"{twice[0]!r} comes twice" if twice else "no name"
        )
        raise DataError(
            f"the roster '{roster}': {what}. Hint: one name a line, each once, letters and digits"
        )
    return names


def _named(path: Path, name: str) -> str:
    import nbformat

    book = read_notebook(path)
    if name:
        (cell,) = [cell for cell in book.cells if _SETUP in cell.source and cell.cell_type == "code"]
        cell.source = cell.source.replace(_SETUP, f"student = {name!r}")
    return str(nbformat.writes(book)) + "\n"  # type: ignore[no-untyped-call]
