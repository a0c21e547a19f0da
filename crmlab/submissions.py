"""What students hand in: found by name, compared with what they were given, mended before it is graded."""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import course_dir, read_notebook

LARGEST_MB = 20  # a notebook of an exercise has a few hundred kilobytes
_NAME = re.compile(r'^student\s*=\s*(["\'])(.*?)\1', re.MULTILINE)
_WATCHED = ("crmlab.checks", "crmlab.datasets.truth", "builtins", "unittest.mock", "gc", "inspect")


@dataclass
class Submission:
    """One file that somebody handed in, or the lack of one.

    Attributes
    ----------
    student : str
        Named by the folder, or by what the file's name has beside the exercise's.
    path : Path or None
        The file; None if there is none.
    exercise : str
        Such as ``"05_abc"``; "" if it cannot be told.
    notebook : NotebookNode or None
        The notebook, mended, ready to be run; None if it cannot be.
    status : str
        "ready", "empty", "unreadable", "not an exercise", "twice" or "missing".
    data_of : str
        Whose data set it asks for.
    remarks : list of str
        What an instructor should know, one sentence each.
    """

    student: str
    path: Path | None
    exercise: str = ""
    notebook: Any = None
    status: str = "ready"
    data_of: str = ""
    remarks: list[str] = field(default_factory=list)


def exercises(course: str | Path | None = None) -> dict[str, Path]:
    """List the exercises as students get them: number to notebook."""
    return {p.name[:2]: p for p in sorted((course_dir(course) / "exercises").glob("[0-9][0-9]_*.ipynb"))}


def chosen_exercises(wanted: list[str] | None, *, course: str | Path | None = None) -> dict[str, Path]:
    """Find exercises by number or name; all of them when none is named.

    Raises
    ------
    DataError
        If there is no such exercise.
    """
    known = exercises(course)
    found = {}
    for name in wanted or list(known):
        number = name.zfill(2)[:2]
        if number not in known or name not in (number, number.lstrip("0") or "0", known[number].stem):
            raise DataError(
                f"there is no exercise {name!r}; there are {', '.join(p.stem for p in known.values())}. "
                "Hint: give numbers, as in 05 06"
            )
        found[number] = known[number]
    return found


def find_submissions(folder: str | Path, *, wanted: dict[str, Path]) -> list[Submission]:
    """Find who handed in what.

    Parameters
    ----------
    folder : str or Path
        One folder a student with the notebooks in it, or notebooks named after student and exercise
        (``Li Wei 05_abc.ipynb``), or both.
    wanted : dict
        The exercises to be graded, number to the notebook that was given out.

    Returns
    -------
    list of Submission
        Sorted by student and exercise. A student who handed in something, but not every wanted exercise,
        has a "missing" one for it.

    Raises
    ------
    DataError
        If there is no such folder or nothing in it.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise DataError(f"there is no folder '{folder}'. Hint: one folder a student, the notebooks in it")
    files = [p for p in sorted(root.rglob("*")) if p.is_file() and not _hidden(p.relative_to(root))]
    students = {p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")}
    found = [_read(path, root, wanted) for path in files]
    students |= {s.student for s in found}
    if not students:
        raise DataError(f"'{folder}' is empty. Hint: one folder a student, the notebooks in it")
    seen: dict[tuple[str, str], Submission] = {}
    for one in sorted(found, key=lambda s: (s.status != "ready", str(s.path))):
        key = (one.student, one.exercise)
        if one.exercise and key in seen and one.status == "ready":
            one.status, one.notebook = "twice", None
            one.remarks.append(f"{_name(seen[key])} of the same exercise was graded instead")
        seen.setdefault(key, one)
    for student in students:
        open_files = [s for s in found if s.student == student and not s.exercise]
        for path in wanted.values():
            if (student, path.stem) not in seen:
                note = [f"perhaps it is {_name(s)}" for s in open_files if s.status != "not an exercise"]
                found.append(Submission(student, None, path.stem, status="missing", remarks=note[:1]))
    _same_data(found)
    return sorted(found, key=lambda s: (s.student.lower(), s.exercise or "~", str(s.path)))


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.parts)


def _name(one: Submission) -> str:
    return one.path.name if one.path else "nothing"


def _read(path: Path, root: Path, wanted: dict[str, Path]) -> Submission:
    inside = path.relative_to(root)
    of_file = [p.stem for p in wanted.values() if p.stem in path.stem]
    owner = inside.parts[0] if len(inside.parts) > 1 else _owner(path.stem, of_file)
    one = Submission(owner, path, of_file[0] if of_file else "")
    if path.suffix.lower() != ".ipynb":
        one.status, one.exercise = "not an exercise", ""
        one.remarks.append(f"{path.name} is no notebook (.ipynb)")
        return one
    size = path.stat().st_size
    if size == 0 or size > LARGEST_MB * 1e6:
        one.status = "empty" if size == 0 else "unreadable"
        one.remarks.append(f"{path.name} has {'no content' if size == 0 else f'{size / 1e6:.0f} MB'}")
        return one
    try:
        notebook = read_notebook(path)
    except DataError as error:
        one.status = "unreadable"
        one.remarks.append(
            f"{path.name} is not a notebook that can be read ({type(error.__cause__).__name__})"
        )
        return one
    numbers = [str(i).rpartition("_")[2] for i in _grade_ids(notebook) if str(i).startswith("setup_")]
    numbers += [str(i).split("_")[1] for i in _grade_ids(notebook) if str(i).startswith("check_")]
    number = next((n for n in numbers if n in wanted), of_file[0][:2] if of_file else "")
    if number not in wanted:
        one.status, one.exercise = "not an exercise", ""
        one.remarks.append(f"{path.name} has none of the exercises' cells")
        return one
    one.exercise = wanted[number].stem
    if one.exercise not in path.stem:
        one.remarks.append(f"the file was renamed to {path.name}")
    one.notebook, remarks = mend(notebook, read_notebook(wanted[number]))
    one.remarks += remarks
    setup = next((c.source for c in one.notebook.cells if _id(c) == f"setup_{number}"), "")
    named = _NAME.search(setup)
    one.data_of = named[2] if named else ""
    if one.data_of in ("", "your name"):
        one.remarks.append("no name was written into the first cell, so the data are those of 'your name'")
    return one


def _owner(stem: str, exercise: list[str]) -> str:
    name = stem.replace(exercise[0], " ") if exercise else stem
    return re.sub(r"[\s_\-]+", " ", name).strip() or "without a name"


def _id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _grade_ids(notebook: Any) -> list[str]:
    return [i for i in map(_id, notebook.cells) if i]


def mend(notebook: Any, given: Any) -> tuple[Any, list[str]]:
    """Put a submission back into the form that was given out, and say what had to be done.

    Cells that students answer in stay as they are. Cells that check are those that were given out: changed
    ones are put back, deleted ones too, repeated ones are left out. Outputs are dropped.

    Parameters
    ----------
    notebook, given : NotebookNode
        What came back, and what was given out.

    Returns
    -------
    tuple
        The mended notebook and a list of remarks.
    """
    made = copy.deepcopy(notebook)
    by_id = {_id(cell): cell for cell in given.cells if _id(cell)}
    changed, repeated, cells, met = [], [], [], set()
    for cell in made.cells:
        name = _id(cell)
        if name and name in met:
            repeated.append(name)
            continue
        met.add(name)
        if name in by_id:
            original = by_id[name]
            if original.metadata["nbgrader"]["locked"] and cell.source != original.source:
                changed.append(name)
                cell = copy.deepcopy(original)
            cell.metadata["nbgrader"] = copy.deepcopy(original.metadata["nbgrader"])
            cell["cell_type"] = original.cell_type
        else:
            cell.metadata.pop("nbgrader", None)
        cells.append(cell)
    deleted = [name for name in by_id if name not in met]
    order = list(by_id)
    for name in deleted:
        before = [i for i, c in enumerate(cells) if _id(c) in order[: order.index(name)]]
        cells.insert(before[-1] + 1 if before else 0, copy.deepcopy(by_id[name]))
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    made.cells, made.metadata = cells, copy.deepcopy(given.metadata)
    made.nbformat, made.nbformat_minor = given.nbformat, given.nbformat_minor
    for number, cell in enumerate(cells):
        cell["id"] = _id(cell) or f"own_{number:03d}"
    remarks = [f"changed and put back: {', '.join(changed)}"] if changed else []
    remarks += [f"deleted and put back: {', '.join(deleted)}"] if deleted else []
    remarks += [f"came twice, the first counts: {', '.join(repeated)}"] if repeated else []
    return made, remarks + _look_by_hand(cells)


def _look_by_hand(cells: list[Any]) -> list[str]:
    """Name what may fool the checks; they run in the student's own kernel."""
    found = []
    for cell in cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.MULTILINE))
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [f"imports {n}" for n in names if n.startswith(_WATCHED)]
            targets: list[Any] = getattr(node, "targets", [getattr(node, "target", None)])
            found += [
                f"assigns {ast.unparse(t)}"
                for t in targets
                if isinstance(t, ast.Attribute)
                and ast.unparse(t).startswith(("crm.", "crmlab.", "pd.", "np."))
            ]
            found += [
                f"assigns {t.id}" for t in targets if isinstance(t, ast.Name) and t.id in ("crm", "crmlab")
            ]
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "exec", "eval"):
                found.append(f"calls {ast.unparse(node.func)}")
    return [f"look at it by hand: it {what}" for what in dict.fromkeys(found)]


def _same_data(found: list[Submission]) -> None:
    ready = [s for s in found if s.status == "ready" and s.data_of not in ("", "your name")]
    table = pd.DataFrame({"exercise": [s.exercise for s in ready], "data_of": [s.data_of for s in ready]})
    twice = table.duplicated(keep=False).to_numpy() if len(table) else []
    for one, same in zip(ready, twice, strict=True):
        if same:
            others = [
                s.student
                for s in ready
                if s is not one and (s.exercise, s.data_of) == (one.exercise, one.data_of)
            ]
            one.remarks.append(f"the same data set ('{one.data_of}') as {', '.join(others)}")
