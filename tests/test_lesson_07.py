"""Exercise 07: right and wrong answers, in step with crmlab and with the text that students read."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.checks import Score, check, lesson_07, my_data, mydata

FOLDER = Path(__file__).resolve().parents[1] / "exercises"
STUDENTS = ("Li Wei", "Ada Example", "20261234")
TASKS = {t.number: t for t in lesson_07.TASKS}
MISTAKES = [(number, m.name) for number, task in TASKS.items() for m in task.mistakes]


@pytest.fixture(autouse=True)
def _with_lesson_07(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mydata.LESSONS, "07", lesson_07)
    monkeypatch.setattr(mydata, "_given", {})


@pytest.fixture(scope="module")
def worlds() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(mydata.LESSONS, "07", lesson_07)
        return {student: my_data("07", student=student) for student in STUDENTS}


@pytest.mark.parametrize("number", TASKS)
@pytest.mark.parametrize("student", STUDENTS)
def test_the_right_answer_earns_full_marks_and_each_mistake_its_hint(
    number: str, student: str, worlds: dict[str, Any]
) -> None:
    mydata._given["07"] = data = worlds[student]
    assert check(number, TASKS[number].answer(data)) == TASKS[number].points
    for mistake in TASKS[number].mistakes:
        score = check(number, mistake.answer(data))
        assert score < TASKS[number].points, mistake.name
        assert mistake.hint in str(score), f"{mistake.name}: {score}"


def test_there_are_five_tasks_and_the_well_known_mistakes() -> None:
    assert list(TASKS) == [f"07.{i}" for i in range(1, 6)]
    assert {"yearly rate per month", "first month undiscounted", "churn", "points for per cent"} <= {
        name for _, name in MISTAKES
    }
    assert {"orders for days", "recency for t_x", "days for weeks", "days after as_of"} <= {
        name for _, name in MISTAKES
    }


def test_students_get_different_answers(worlds: dict[str, Any]) -> None:
    for task in TASKS.values():
        answers = [repr(task.answer(data)) for data in worlds.values()]
        assert len(set(answers)) == len(STUDENTS), task.number


@pytest.mark.parametrize("student", STUDENTS)
def test_the_reference_agrees_with_crmlab(student: str, worlds: dict[str, Any]) -> None:
    data = worlds[student]
    ours = lesson_07.summary(data)
    theirs = crm.btyd_summary(data.orders, as_of=data.as_of).set_index("customer_id")
    for name in ("frequency", "t_x", "T"):
        np.testing.assert_allclose(ours[name], theirs.loc[ours.index, name])
    found = lesson_07.formula(data)
    again = crm.simple_clv(
        found["margin_eur"], retention_rate=found["retention_rate"], discount_rate=lesson_07.RATE
    )
    assert found["clv_eur"] == pytest.approx(again)
    assert lesson_07.present_value(pd.Series({1: 100.0, 12: 50.0})) == pytest.approx(144.66, abs=0.005)
    fit = crm.fit_btyd(theirs, model="mbg_nbd")
    worth = lesson_07.price(data)
    repeats = crm.expected_repeats(fit, [104.0])[0]
    assert worth["max_price_eur"] == pytest.approx((1 + repeats) * worth["margin_per_purchase_eur"])


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate_exercises", FOLDER / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run(book: Any, student: str) -> list[Score]:
    space: dict[str, Any] = {}
    scores = []
    for cell in (c for c in book.cells if c.cell_type == "code"):
        source = cell.source.replace('student = "your name"', f"student = {student!r}")
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(cell.id), "exec"), space)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), str(cell.id), "eval"), space)
            scores += [shown] if isinstance(shown, Score) else []
    return scores


@pytest.mark.parametrize("student", STUDENTS[:2])
def test_the_solution_earns_full_marks_and_the_stub_none(student: str) -> None:
    generate = _generate()
    master = FOLDER / "masters" / "07_clv.py"
    assert _run(generate.notebook(master, solved=True), student) == [5.0] * 5
    assert _run(generate.notebook(master), student) == [0.0] * 5
    assert (FOLDER / "07_clv.ipynb").read_text(encoding="utf-8") == generate.text(generate.notebook(master))


# What stands between « and » is copied from a hint; the rest follows from the text of the task.
WAY = """
«in_2023 = orders[orders["order_date"].dt.year == 2023]»
«best = in_2023.groupby("customer_id")["margin_eur"].sum().idxmax()»
«mine = in_2023[in_2023["customer_id"] == best]»
«flow = mine.groupby(mine["order_date"].dt.month)["margin_eur"].sum()»
answer_07_1 = («flow / 1.10 ** (flow.index / 12)»).sum()

«before = set(purchases.loc[purchases["order_date"].dt.year == 2022, "customer_id"])»
after = set(purchases.loc[purchases["order_date"].dt.year == 2023, "customer_id"])
«stayed = before & after»
r = len(stayed) / len(before)
m = «in_2023.loc[in_2023["customer_id"].isin(stayed), "margin_eur"].sum()» / len(stayed)
clv = «crm.simple_clv(m, retention_rate=r, discount_rate=0.10)»
gain = crm.simple_clv(m, retention_rate=1 - 0.95 * (1 - r), discount_rate=0.10) / clv - 1
answer_07_2 = {"retention_rate": r, "margin_eur": m, "clv_eur": clv, "gain_share": gain}

«past = purchases[purchases["order_date"] <= data.as_of]»
«rows = past[["customer_id", "order_date"]].drop_duplicates()»
«days = rows.groupby("customer_id")["order_date"]»
answer_07_3 = {
    "frequency": «days.size()» - 1, "t_x": («days.max()» - «days.min()»).dt.days / 7,
    "T": (data.as_of - days.min()).dt.days / 7,
}

«summary = pd.DataFrame(answer_07_3)»
«fit = crm.fit_btyd(summary, model="mbg_nbd")»
pair = pd.DataFrame({"frequency": [2, 12], "t_x": [60.0, 60.0], "T": [100.0, 100.0]}, index=["Ann", "Bo"])
«p_alive = crm.predict(fit, pair, horizon=52)["p_alive"]»
answer_07_4 = {
    "ann": p_alive["Ann"], "bo": p_alive["Bo"], "more_likely": p_alive.idxmax(),
    "purchases": «crm.predict(fit, summary, horizon=52)["expected_purchases"].sum()»,
}

«past = orders[orders["order_date"] <= data.as_of]»
each = past["margin_eur"].sum() / «(answer_07_3["frequency"] + 1).sum()»
highest = (1 + «crm.expected_repeats(fit, [104])[0]») * each
offers = [name for name, cost in {"A": 40, "B": 80, "C": 120, "D": 160}.items() if cost < highest]
answer_07_5 = {"margin_per_purchase_eur": each, "max_price_eur": highest, "offers": offers}
"""


@pytest.mark.parametrize("student", STUDENTS[:2])
def test_a_student_who_follows_the_hints_earns_full_marks(student: str) -> None:
    generate = _generate()
    book = generate.notebook(FOLDER / "masters" / "07_clv.py")
    text = "".join(c.source for c in book.cells if c.cell_type == "markdown")
    found = re.findall(r"<details><summary>Hint.*?</summary>(.*?)</details>", text, re.DOTALL)
    shown = {code for hint in found for code in re.findall(r"`([^`]+)`", hint)}
    copied = set(re.findall("«(.*?)»", WAY))
    assert copied <= shown, copied - shown
    assert {code for code in shown if re.search(r"[(\[=]", code)} <= copied
    setup = next(c.source for c in book.cells if c.cell_type == "code")
    space: dict[str, Any] = {}
    exec(setup.replace('student = "your name"', f"student = {student!r}"), space)
    exec(re.sub("[«»]", "", WAY), space)
    for number, task in TASKS.items():
        score = check(number, space[f"answer_{number.replace('.', '_')}"])
        assert score == task.points, str(score)
    interval = re.search(r"```python\n(.*)\n(crm\.bootstrap\(.*)\n```", text)
    assert interval
    exec(interval[1], space)
    bounds = eval(interval[2], space).iloc[0]
    assert bounds["low"] < space["highest"] < bounds["high"]


def test_the_figures_in_the_text_are_those_of_the_checks() -> None:
    text = (FOLDER / "masters" / "07_clv.py").read_text(encoding="utf-8")
    prices = re.search(r"# \| price \(EUR\) \|(.*)\|", text)
    assert prices and [float(p) for p in prices[1].split("|")] == list(lesson_07.OFFERS.values())
    assert f"**{lesson_07.FIRST_WEEKS} weeks**" in text and f"**{lesson_07.WEEKS_AHEAD} weeks**" in text
    for name, row in zip(("Ann", "Bo"), lesson_07.PAIR.itertuples(), strict=True):
        assert row.customer_id == name and f"**{row.frequency}** times" in text
        assert (row.T, row.T - row.t_x) == (100, 40)
