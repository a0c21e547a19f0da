"""A class of thirty hands in exercise 05; eight kinds of damage among them. Each costs only itself.

Submissions are real notebooks, graded by nbgrader in real kernels.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from crmlab.contracts import DataError

pytest.importorskip("nbgrader", reason="the extra [grading] is not installed")
from crmlab.autograde import grade
from crmlab.submissions import chosen_exercises, find_submissions, mend

ROOT = Path(__file__).resolve().parents[1]
STEM = "05_abc"


def _solved() -> Any:
    """What a good student hands in: the cells that were given out, answered as the master answers."""
    spec = importlib.util.spec_from_file_location("generate_for_grading", ROOT / "exercises" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    master = module.notebook(ROOT / "exercises" / "masters" / f"{STEM}.py", solved=True)
    book = given()
    for theirs, right in zip(book.cells, master.cells, strict=True):
        if theirs.metadata.get("nbgrader", {}).get("solution"):
            theirs.source = right.source
    return book


def given() -> Any:
    return nbformat.read(ROOT / "exercises" / f"{STEM}.ipynb", as_version=4)


def cell(book: Any, name: str) -> Any:
    (found,) = [c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    return found


def write(book: Any, path: Path, student: str) -> None:
    setup = cell(book, "setup_05")
    setup.source = setup.source.replace('student = "your name"', f"student = {student!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


def endless(book: Any) -> None:
    cell(book, "task_05_4").source = "while True:\n    pass"


def ends_the_kernel(book: Any) -> None:
    cell(book, "task_05_3").source = "import os\nos._exit(3)"


def tampered(book: Any) -> None:
    cell(book, "task_05_5").source = "answer_05_5 = ..."
    cell(book, "check_05_5").source = "5.0"
    cell(book, "check_05_5").metadata["nbgrader"]["points"] = 50


def deleted(book: Any) -> None:
    book.cells = [c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "check_05_2"]


def repeated(book: Any) -> None:
    place = book.cells.index(cell(book, "check_05_2"))
    twin = nbformat.from_dict(dict(book.cells[place]))
    twin["id"] = "twin"
    book.cells.insert(place + 1, twin)


def misspelt(book: Any) -> None:
    cell(book, "task_05_5").source = "answer_05_5 = = 3"


def fooled(book: Any) -> None:
    cell(book, "task_05_5").source = "crm.check = lambda *_: 5.0\nanswer_05_5 = ..."


DAMAGE: dict[str, Callable[[Any], None]] = {
    "Endless Eve": endless,
    "Exit Emil": ends_the_kernel,
    "Tampering Tom": tampered,
    "Deleting Dora": deleted,
    "Double Dan": repeated,
    "Syntax Sue": misspelt,
    "Fooling Fay": fooled,
}


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    folder = tmp_path_factory.mktemp("handed in")
    out = tmp_path_factory.mktemp("graded") / "out"
    for number in range(18):
        write(_solved(), folder / f"Student {number:02d}" / f"{STEM}.ipynb", f"Student {number:02d}")
    for name, damage in DAMAGE.items():
        book = _solved()
        damage(book)
        write(book, folder / name / f"{STEM}.ipynb", name)
    (folder / "Broken Bob").mkdir()
    (folder / "Broken Bob" / f"{STEM}.ipynb").write_text('{"cells": [', encoding="utf-8")
    (folder / "Empty Emma").mkdir()
    (folder / "Empty Emma" / f"{STEM}.ipynb").write_bytes(b"")
    (folder / "Absent Abe").mkdir()
    write(given(), folder / "Stub Stan" / f"{STEM}.ipynb", "Stub Stan")
    write(_solved(), folder / "Renaming Rita.ipynb", "Rita")
    table = grade(folder, out=out, cell_seconds=8, seconds=90)
    return table.set_index("student"), out


@pytest.mark.parametrize(
    ("student", "status", "points", "remark"),
    [
        ("Student 00", "graded", 25, ""),
        ("Student 17", "graded", 25, ""),
        ("Endless Eve", "graded", 20, "a cell ran longer than 8 s and was stopped; the rest counts"),
        ("Exit Emil", "kernel died", 0, "a cell ended the kernel; look at it by hand"),
        ("Tampering Tom", "graded", 20, "changed and put back: check_05_5"),
        ("Deleting Dora", "graded", 25, "deleted and put back: check_05_2"),
        ("Double Dan", "graded", 25, "came twice, the first counts: check_05_2"),
        ("Syntax Sue", "graded", 20, ""),
        ("Fooling Fay", "graded", 25, "look at it by hand: it assigns crm.check"),
        ("Stub Stan", "graded", 0, ""),
        ("Renaming Rita", "graded", 25, "the file was renamed to Renaming Rita.ipynb"),
        ("Broken Bob", "unreadable", None, "05_abc.ipynb is not a notebook that can be read (NotJSONError)"),
        ("Empty Emma", "empty", None, "05_abc.ipynb has no content"),
        ("Absent Abe", "missing", None, ""),
    ],
)
def test_each_submission_is_reported_by_name(
    classroom: tuple[pd.DataFrame, Path], student: str, status: str, points: float | None, remark: str
) -> None:
    table, out = classroom
    row = table.loc[student]
    assert (row["status"], row["remarks"]) == (status, remark)
    assert pd.isna(row["points"]) if points is None else row["points"] == points
    assert bool(row["feedback"]) == (status == "graded")
    if row["feedback"]:
        page = (out / row["feedback"]).read_text(encoding="utf-8")
        assert f"{row['points']:g} of 25 points by the checks." in page
        assert "https://" not in page.split("</head>")[0]


def test_the_class_is_whole(classroom: tuple[pd.DataFrame, Path]) -> None:
    table, out = classroom
    assert len(table) == 30 and table.index.is_unique
    assert (table.loc[[f"Student {n:02d}" for n in range(18)], "points"] == 25).all()
    assert (out / "index.html").exists() and (out / "grades.csv").exists()
    assert pd.read_csv(out / "grades.csv")["student"].tolist() == table.index.tolist()


def test_the_same_data_twice_is_said(tmp_path: Path) -> None:
    for name in ("Ann", "Ben"):
        write(_solved(), tmp_path / name / f"{STEM}.ipynb", "Ann")
    found = find_submissions(tmp_path, wanted=chosen_exercises(["05"]))
    assert [one.remarks for one in found] == [
        ["the same data set ('Ann') as Ben"],
        ["the same data set ('Ann') as Ann"],
    ]


def test_mending_leaves_a_good_submission_as_it_is() -> None:
    book = _solved()
    made, remarks = mend(book, given())
    assert remarks == []
    assert [c.source for c in made.cells] == [c.source for c in book.cells]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"submissions": "no such"},
            "there is no folder 'no such'. Hint: one folder a student, the notebooks in it",
        ),
        ({"exercises": ["99"]}, "there is no exercise '99'; there are "),
        ({"seconds": 0}, "seconds is 0; it must be 1 or more. Hint: leave it out"),
    ],
)
def test_bad_input(arguments: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        grade(**({"submissions": tmp_path, "out": tmp_path / "out"} | arguments))
    assert str(error.value).startswith(message)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write(given(), tmp_path / "in" / "Ann" / f"{STEM}.ipynb", "Ann")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError) as error:
        grade(tmp_path / "in", out=tmp_path / "out")
    assert (
        str(error.value)
        == f"'{tmp_path / 'out'}' is there already and stays. Hint: choose another folder with --out"
    )
