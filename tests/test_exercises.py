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

import crmlab as crm
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


def tasks(stem: str) -> int:
    """Count the tasks with a check."""
    return len(mydata.LESSONS[stem[:2]].TASKS)


def nbgrader_cells(book: nbformat.NotebookNode) -> dict[str, Any]:
    return {c.metadata.nbgrader.grade_id: c for c in book.cells if "nbgrader" in c.metadata}


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("student", STUDENTS)
def test_the_solution_earns_full_marks(stem: str, student: str) -> None:
    scores, _ = run(solved(stem), student)
    assert len(scores) == tasks(stem)
    assert [float(s) for s in scores] == [s.of for s in scores], "\n".join(map(str, scores))


@pytest.mark.parametrize("stem", STEMS)
def test_the_untouched_stub_earns_nothing_without_an_error(stem: str) -> None:
    scores, _ = run(stub(stem), "Li Wei")
    assert scores == [0.0] * tasks(stem)
    assert all("Not answered yet" in str(s) for s in scores)


@pytest.mark.parametrize("stem", STEMS)
def test_a_stub_without_a_name_says_so_and_still_earns_nothing(stem: str) -> None:
    scores, errors = run(stub(stem), "your name", go_on=True)
    assert scores == [0.0] * tasks(stem)
    assert isinstance(errors[0], DataError) and "write your own name there" in str(errors[0])
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
    assert points == ["5.0"] * tasks(stem)  # what nbgrader reads


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


@pytest.mark.parametrize("stem", STEMS)
def test_minutes_and_points_are_the_same_in_the_list_the_exercise_and_the_lesson(stem: str) -> None:
    listed = re.search(
        rf"^\| \[{stem}\.ipynb\]\({stem}\.ipynb\) \| [^|]+ \| (\d+)[^|]* \| (\d+) \+ (\d+) \|$",
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert listed, f"exercises/README.md has no row for {stem}"
    minutes, checked, by_hand = map(int, listed.groups())
    checks = mydata.LESSONS[stem[:2]].TASKS
    assert (checked, by_hand) == (sum(task.points for task in checks), 5)
    head = stub(stem).cells[0].source
    assert f"**Points:** {checked + by_hand}, of which 5 are given by hand" in head
    assert re.search(rf"\*\*Time:\*\* [^*]*about {minutes} minutes", head)
    lesson = (FOLDER.parent / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8")
    if stem == "20_capstone":
        assert "takes two evenings" in lesson and "two evenings" in head
    else:
        assert re.findall(r"(\d+) (?:with|for) the exercise", lesson) == [str(minutes)]


def test_the_figures_in_the_text_are_those_of_the_checks() -> None:
    text = (FOLDER / "05_abc.ipynb").read_text(encoding="utf-8")
    assert f"**{lesson_05.CARE_EUR:.2f} EUR per customer and year**" in text
    assert f"**{lesson_05.CARE_LIFT:.0%}**".replace("%", " %") in text
    data = mydata.my_data("06", student="Li Wei")
    letter = f"A letter costs {data.campaigns['letter_cost_eur'].iloc[0]:.2f} EUR"
    assert letter in (FOLDER / "06_rfm.ipynb").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the hints, followed to the letter

# A student who does what the hints say: what stands between « and » is copied from a hint, the rest is the
# student's own and follows from the text of the task.
WAYS = {
    "05_abc": """
«rows = data.orders[data.orders["order_date"] <= data.as_of]»
answer_05_1 = «rows.groupby("customer_id")["amount_eur"]»«.sum()»

x = answer_05_1
answer_05_2 = x.nlargest(«len(answer_05_1) // 5»).sum() / «answer_05_1.sum()»

«ranked = answer_05_1.sort_values(ascending=False)»
«ranked.cumsum()»
«before = (ranked.cumsum() - ranked) / ranked.sum()»
«letters = np.where(before < 0.80, "A", np.where(before < 0.95, "B", "C"))
answer_05_3 = pd.Series(letters, index=before.index)»

«contacts = data.contacts[data.contacts["contact_date"] <= data.as_of]»
returns = data.returns[data.returns["return_date"] <= data.as_of]
a, b = rows.groupby("customer_id")["margin_eur"].sum(), contacts.groupby("customer_id")["cost_eur"].sum()
a, b = «a.sub(b, fill_value=0)», returns.groupby("customer_id")["handling_cost_eur"].sum()
profit = «a.sub(b, fill_value=0)»
«a_ids = answer_05_3[answer_05_3 == "A"].index»
«of_a = profit.loc[a_ids]»
answer_05_4 = «list(of_a[of_a < 0].index)»

«year = rows[rows["order_date"] >= "2023-01-01"]»
«x = year.groupby("customer_id")["margin_eur"].sum()»
gain = 0.20 * «x.groupby(answer_05_3).sum()» - 5.00 * «answer_05_3.value_counts()»
«paying = gain[gain > 0]»
answer_05_5 = {"classes": «list(paying.index)», "net_gain_eur": paying.sum()}
""",
    "06_rfm": """
«orders = data.orders
purchases = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]»
«last = purchases.groupby("customer_id")["order_date"].max()»
answer_06_1 = «(data.as_of - last).dt.days»

«goodness = -answer_06_1»
«goodness.rank(method="min")»
«def score(goodness):
    worse = goodness.rank(method="min") - 1
    return 1 + 5 * worse // len(goodness)

# R: score(-days)  F: score(number_of_purchases)»
answer_06_2 = score(goodness)

«n = purchases.groupby("customer_id").size()»
«f_today = score(n)»
answer_06_3 = «((answer_06_2 <= 2) & (f_today >= 4)).mean()»

«autumn = data.campaigns.set_index("campaign_id").loc["autumn 2023"]»
«autumn["start_date"]»
«before = purchases[purchases["order_date"] < autumn["start_date"]]»
«window = purchases[purchases["order_date"].between(autumn["start_date"], autumn["end_date"])]»
«people = data.letters[data.letters["campaign_id"] == "autumn 2023"].set_index("customer_id")»
«n_before = before.groupby("customer_id").size()
people["n_before"] = n_before.reindex(people.index, fill_value=0)
people["responded"] = people.index.isin(window["customer_id"])»
«one = people[people["n_before"] == 1]»
«rate = one.groupby("treated")["responded"].mean()»
answer_06_4 = «rate[True]» - «rate[False]»

«cost = autumn["letter_cost_eur"]»
«margin = purchases["margin_eur"].mean()»
«people["f"] = score(n_before)»
«rates = people.groupby(["f", "treated"])["responded"].mean().unstack()»
«uplift = rates[True] - rates[False]»
«chosen = uplift[uplift > cost / margin]»
«letters = f_today.value_counts().reindex(chosen.index, fill_value=0)»
answer_06_5 = {
    "break_even": cost / margin, "f_scores": list(chosen.index), "letters": letters.sum(),
    "net_eur": «(letters * (chosen * margin - cost)).sum()»,
}
""",
    "12_grading": """
«orders = data.orders
past_year = orders["order_date"] > data.as_of - pd.Timedelta(days=365)
window = orders[past_year & (orders["order_date"] <= data.as_of)]
bought = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
first = bought.groupby("customer_id")["order_date"].min()»
answer_12_1 = «window.groupby("customer_id")["margin_eur"].sum()»«.reindex(first.index, fill_value=0.0)»

«place = answer_12_1.rank(ascending=False, method="min") / len(answer_12_1)»
«def grade(values):
    place = values.rank(ascending=False, method="min") / len(values)
    grades = pd.Series("small", index=values.index)
    return grades.mask(place <= 0.20, "ordinary").mask(place <= 0.05, "key")»
«answer_12_2 = grade(answer_12_1)»

«n_orders = window[window["amount_eur"] >= 0].groupby("customer_id").size()
n_orders = n_orders.reindex(first.index, fill_value=0)
score = (answer_12_1.rank(pct=True) + n_orders.rank(pct=True)).round(10) / 2»
answer_12_3 = «(grade(score) != answer_12_2).mean()»

«value = answer_12_1.clip(lower=0)»
«named = 0.06 * value - 0.5 * 28»
«manager = 0.20 * value - 5 * 28»
«managed = (manager > named) & (manager > 0)»
«served = ~managed & (named > 0)»
answer_12_4 = {"managers": managed.sum(), "named": served.sum(), "hours": 5 * managed.sum() + 0.5 * served.sum()}

«later = orders[orders["order_date"] > data.as_of].groupby("customer_id")["margin_eur"].sum()
later = later.reindex(first.index, fill_value=0.0)
best = (later.rank(ascending=False, method="min") <= 0.2 * len(later)) & (later > 0)»
«new = first > data.as_of - pd.Timedelta(days=182)
def gap(grades):
    up = grades != "small"
    return up[new & best].mean() - up[~new & best].mean()»
«months = (data.as_of - first).dt.days.clip(lower=90, upper=365) / 30»
sums, monthly = gap(answer_12_2), «gap(grade(answer_12_1 / months))»
answer_12_5 = {"gap_sums": sums, "gap_per_month": monthly,
    "choose": "sums" if abs(sums) < abs(monthly) else "per month"}
""",
}
NO_WAY = {
    "abs()",
    "a - b",
    "x.nlargest(3)",
    "np.where(condition, this, that)",
}  # hints that show no step of the way
HINT = re.compile(r"<details><summary>Hint.*?</summary>(.*?)</details>", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)\n```|`([^`]+)`", re.DOTALL)


def hints(stem: str) -> list[str]:
    """Give every piece of code that stands in a hint of the student's notebook."""
    texts = [c.source for c in stub(stem).cells if c.cell_type == "markdown"]
    return [
        code or inline for text in texts for hint in HINT.findall(text) for code, inline in CODE.findall(hint)
    ]


@pytest.mark.parametrize("stem", WAYS)
def test_the_way_holds_every_step_that_the_hints_show_and_no_other(stem: str) -> None:
    copied = re.findall("«(.*?)»", WAYS[stem], re.DOTALL)
    shown = hints(stem)
    assert set(copied) <= set(shown)
    steps = {code for code in shown if re.search(r"[(\[=]|//| - ", code)}
    assert steps - NO_WAY <= set(copied)


@pytest.mark.parametrize("stem", WAYS)
@pytest.mark.parametrize("student", STUDENTS)
def test_a_student_who_follows_the_hints_earns_full_marks(stem: str, student: str) -> None:
    lesson = stem[:2]
    setup = next(c.source for c in stub(stem).cells if c.id == f"setup_{lesson}")
    space: dict[str, Any] = {}
    exec(named(setup, student), space)
    exec(re.sub("[«»]", "", WAYS[stem]), space)
    for task in mydata.LESSONS[lesson].TASKS:
        score = crm.check(task.number, space[f"answer_{task.number.replace('.', '_')}"])
        assert score == score.of, str(score)
    if lesson == "06":  # task 6 asks for the intervals
        table = crm.response_table(space["people"], by="f")
        assert list(table["f"]) == list(space["uplift"].index)
        assert table["uplift"].tolist() == pytest.approx(space["uplift"].tolist())


def test_an_answer_that_came_as_a_table_goes_on_as_the_card_says() -> None:
    """A table earns full marks; without the card's line the hints of the next tasks would fail on it."""
    space: dict[str, Any] = {}
    exec(named(next(c.source for c in stub("05_abc").cells if c.id == "setup_05"), "Li Wei"), space)
    ways = re.sub("[«»]", "", WAYS["05_abc"]).split("\n\n")
    for number, way in enumerate(ways, start=1):
        exec(way, space)
        name = f"answer_05_{number}"
        if number in (1, 3):
            space[name] = space[name].rename("value").reset_index()
        score = crm.check(f"05.{number}", space[name])
        assert score == 5, str(score)
        if number in (1, 3):
            exec(re.findall("Go on with `(.*)`", str(score))[0], space)


def test_one_chinese_term_for_one_idea() -> None:
    text = "".join((FOLDER / f"{stem}.ipynb").read_text(encoding="utf-8") for stem in ("05_abc", "06_rfm"))
    for term in ("最近一次消费", "消费频率", "消费金额", "增量响应"):
        assert term in text
    for other in ("最近一次购买", "购买频率", "购买金额", "(增量)"):
        assert other not in text
