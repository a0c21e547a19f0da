"""Exercise 09: every well-known wrong answer gets its own hint, and the hints lead to full marks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

import crmlab as crm
from crmlab.checks import lesson_09

ROOT = Path(__file__).resolve().parents[1]
STUDENTS = ("Li Wei", "Ada Example")


@pytest.mark.parametrize("student", STUDENTS)
def test_every_wrong_answer_gets_its_hint(student: str) -> None:
    data = crm.my_data("09", student=student)
    for task in lesson_09.TASKS:
        assert float(crm.check(task.number, task.answer(data))) == 5
        for mistake in task.mistakes:
            score = crm.check(task.number, mistake.answer(data))
            assert float(score) < 5, mistake.name
            assert mistake.hint in str(score), mistake.name


def test_the_students_tables_hold_no_truth() -> None:
    data = crm.my_data("09", student="Li Wei")
    assert sorted(data.tables) == ["habits", "needs", "offer_trial"]


@pytest.mark.parametrize("student", STUDENTS)
def test_the_hints_lead_to_full_marks(student: str) -> None:
    cells = nbformat.read(ROOT / "exercises" / "09_segments.ipynb", as_version=4).cells
    texts = [c.source for c in cells if c.cell_type == "markdown"]
    hints = [
        h for t in texts for h in re.findall(r"<details><summary>Hint.*?</summary>(.*?)</details>", t, re.S)
    ]
    code = [a or b for h in hints for a, b in re.findall(r"```python\n(.*?)\n```|`([^`]+)`", h, re.S)]
    kept = [c for c in code if re.search(r"[(\[]", c)]
    space: dict[str, Any] = {"pd": pd, "crm": crm, "data": crm.my_data("09", student=student)}
    answers = {
        'z["wants_new"]': "09.1", "means.idxmax(axis=1)": "09.2",
        '(answer_09_2 == "follower").mean()': "09.3", "table.idxmax(axis=1).to_dict()": "09.4",
    }  # fmt: skip
    for line in kept:
        task = answers.get(line)
        if task is None:
            exec(line, space)
            continue
        name = f"answer_{task.replace('.', '_')}"
        space[name] = eval(line, space)
        assert float(crm.check(task, space[name])) == 5, task
    answer = {"segments": len(space["best"]), "gain_eur": space["gain"], "decision": "tailor"}
    assert float(crm.check("09.5", answer)) == 5
