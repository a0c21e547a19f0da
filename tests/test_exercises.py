"""Every exercise both ways: the solution earns full marks, the untouched stub none; no notebook is stale."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from crmlab.checks import Score, lesson_05, mydata
from crmlab.contracts import DataError

FOLDER = Path(__file__).resolve().parents[1] / "exercises"
MASTERS = sorted((FOLDER / "masters").glob("*.py"))
STEMS = [m.stem for m in MASTERS]
STUDENTS = ("Li Wei", "Ada Example", "20261234")


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate_exercises", FOLDER / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _generate()


@pytest.fixture(autouse=True)
def _own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mydata, "_given", {})


def solved(stem: str) -> nbformat.NotebookNode:
    return generate.notebook(FOLDER / "masters" / f"{stem}.py", solved=True)


def stub(stem: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{stem}.ipynb", as_version=4)


def named(source: str, student: str) -> str:
    return source.replace('student = "your name"', f"student = {student!r}")


def run(
    book: nbformat.NotebookNode, student: str, *, go_on: bool = False
) -> tuple[list[Score], list[Exception]]:
    """Run the code cells in this process; the scores they show, and the errors if it goes on after one."""
    space: dict[str, Any] = {}
    scores, errors = [], []
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(named(cell.source, student))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        try:
            exec(compile(tree, str(cell.id), "exec"), space)
            if last is not None:
                shown = eval(compile(ast.Expression(last.value), str(cell.id), "eval"), space)
                scores += [shown] if isinstance(shown, Score) else []
        except Exception as error:
            if not go_on:
                raise
            errors.append(error)
    return scores, errors


def nbgrader_cells(book: nbformat.NotebookNode) -> dict[str, Any]:
    return {c.metadata.nbgrader.grade_id: c for c in book.cells if "nbgrader" in c.metadata}


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("student", STUDENTS)
def test_the_solution_earns_full_marks(stem: str, student: str) -> None:
    scores, _ = run(solved(stem), student)
    assert len(scores) == 5
    assert [float(s) for s in scores] == [s.of for s in scores], "\n".join(map(str, scores))


@pytest.mark.parametrize("stem", STEMS)
def test_the_untouched_stub_earns_nothing_without_an_error(stem: str) -> None:
    scores, _ = run(stub(stem), "Li Wei")
    assert scores == [0.0] * 5
    assert all("Not answered yet" in str(s) for s in scores)


@pytest.mark.parametrize("stem", STEMS)
def test_a_stub_without_a_name_says_so_and_still_earns_nothing(stem: str) -> None:
    scores, errors = run(stub(stem), "your name", go_on=True)
    assert scores == [0.0] * 5
    assert isinstance(errors[0], DataError) and "student must be your own name" in str(errors[0])
    assert all(isinstance(e, NameError) for e in errors[1:])  # the cells that look at the data


@pytest.mark.parametrize("stem", STEMS)
def test_the_solved_notebook_runs_in_a_kernel_without_a_word_of_warning(stem: str, tmp_path: Path) -> None:
    book = solved(stem)
    for cell in book.cells:
        cell.source = named(cell.source, "Li Wei")
    nbformat.write(book, tmp_path / "solved.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", "solved.ipynb", "done.ipynb"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = [
        o for c in nbformat.read(tmp_path / "done.ipynb", as_version=4).cells for o in c.get("outputs", [])
    ]
    assert not [o for o in outputs if o.output_type == "stream"]
    points = [
        o.data["text/plain"] for o in outputs if "Result of Task" in o.get("data", {}).get("text/html", "")
    ]
    assert points == ["5.0"] * 5  # what nbgrader reads


@pytest.mark.parametrize("stem", STEMS)
def test_the_students_notebook_is_fresh(stem: str) -> None:
    wanted = generate.text(generate.notebook(FOLDER / "masters" / f"{stem}.py"))
    found = (FOLDER / f"{stem}.ipynb").read_text(encoding="utf-8")
    assert found == wanted, f"{stem}.ipynb is stale. Hint: python exercises/generate.py"


def test_every_notebook_has_a_master_and_the_other_way_round() -> None:
    assert [p.stem for p in sorted(FOLDER.glob("*.ipynb"))] == STEMS


def test_a_stale_notebook_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "masters").mkdir()
    (tmp_path / "masters" / "05_abc.py").write_bytes(MASTERS[0].read_bytes())
    assert generate.main(["--check"], folder=tmp_path) == 1  # not there yet
    assert generate.main([], folder=tmp_path) == 0
    assert generate.main(["--check"], folder=tmp_path) == 0
    path = tmp_path / "05_abc.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Task 1", "Task one"), encoding="utf-8")
    (tmp_path / "07_old.ipynb").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert generate.main(["--check"], folder=tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "05_abc.ipynb is stale. Hint: python exercises/generate.py",
        "07_old.ipynb has no master. Hint: write masters/07_old.py, or delete the notebook.",
    ]


@pytest.mark.parametrize("stem", STEMS)
def test_the_students_notebook_holds_no_solution_and_no_output(stem: str) -> None:
    raw = (FOLDER / f"{stem}.ipynb").read_text(encoding="utf-8")
    book = nbformat.reads(raw, as_version=4)
    nbformat.validate(book)
    assert raw.endswith("}\n") and not raw.endswith("\n\n")
    assert "SOLUTION" not in raw and "MARK SCHEME" not in raw and "In the simulated truth" not in raw
    assert book.metadata.kernelspec.name == "python3" and "jupytext" not in book.metadata
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    for name, cell in nbgrader_cells(book).items():
        if cell.metadata.nbgrader.solution:
            assert cell.source == f"# your code here\n{name.replace('task', 'answer')} = ..."


@pytest.mark.parametrize("stem", STEMS)
def test_nbgrader_finds_its_cells_and_points(stem: str) -> None:
    lesson, cells = stem[:2], nbgrader_cells(stub(stem))
    tasks = mydata.LESSONS[lesson].TASKS
    for task in tasks:
        number = task.number.replace(".", "_")
        answer, check = cells[f"task_{number}"].metadata.nbgrader, cells[f"check_{number}"]
        assert answer.solution and not answer.grade and not answer.locked
        assert check.metadata.nbgrader.grade and check.metadata.nbgrader.locked
        assert check.metadata.nbgrader.points == task.points
        assert check.source == f'crm.check("{task.number}", answer_{number})'
    last = cells[f"task_{lesson}_{len(tasks) + 1}"]
    assert last.cell_type == "markdown" and last.metadata.nbgrader.task and last.metadata.nbgrader.points == 5
    rubric = [int(p) for p in re.findall(r"^\| (\d+) \|", last.source, re.MULTILINE)]
    assert sum(rubric) == 5
    ids = [c.id for c in stub(stem).cells]
    assert len(set(ids)) == len(ids)


def test_the_figures_in_the_text_are_those_of_the_checks() -> None:
    text = (FOLDER / "05_abc.ipynb").read_text(encoding="utf-8")
    assert f"**{lesson_05.CARE_EUR:.2f} EUR per customer and year**" in text
    assert f"**{lesson_05.CARE_LIFT:.0%}**".replace("%", " %") in text
    data = mydata.my_data("06", student="Li Wei")
    letter = f"A letter costs {data.campaigns['letter_cost_eur'].iloc[0]:.2f} EUR"
    assert letter in (FOLDER / "06_rfm.ipynb").read_text(encoding="utf-8")
