"""The exercises: a data set of one's own, and a card that says at once what is right and what is not."""

from __future__ import annotations

import warnings
from typing import Any

from crmlab.checks.card import (
    PARTS,
    Form,
    Misfit,
    Mistake,
    Score,
    Step,
    StudentData,
    Task,
    clue,
    go_on,
    praise,
    read,
    same,
    shape_problem,
)  # fmt: skip
from crmlab.checks.mydata import LESSONS, latest, my_data
from crmlab.contracts import DataError

__all__ = ["Score", "StudentData", "check", "my_data"]


def check(task: str, answer: Any) -> Score:
    """Look at an answer and say what is right and what is not: its type, then its shape, then its value.

    It helps to learn; it does not guard an exam, for it runs in the student's own notebook.

    Parameters
    ----------
    task : str
        Lesson and task, such as "05.1".
    answer : object
        The student's answer; any object will do, none makes it fail. ``...`` and None count as not answered.

    Returns
    -------
    Score
        The points, a number from 0 to the task's points: a tenth for the type, a tenth for the shape, the
        rest for the value (shared equally among the parts of an answer with several). A notebook shows it
        as a card.

    Raises
    ------
    DataError
        If there is no such task.

    Examples
    --------
    >>> data = my_data("05", student="Li Wei")
    >>> print(check("05.2", True))
    Task 05.2 · The share of the best fifth: 0 of 5 points
    ✘ Type: not yet (0 of 0.5). True or False was found; one number is asked for.
    ○ Shape: not looked at yet.
    ○ Value: not looked at yet.
    Accepted within ± 0.002. Data of Li Wei.
    """
    lesson, found = _find(task)
    data = latest(lesson)
    if data is None:
        words = f'run the cell with crm.my_data("{lesson}", student=...) first, then this one again.'
        return _open(found, f"There is no data of yours yet: {words}")
    note = " ".join([*_accepted(found), f"Data of {data.student}."])
    if answer is None or answer is ...:
        return _open(found, "Not answered yet: write your answer into the cell above, run it, then this one.")
    right = read(found.answer(data), found.forms)
    wrongs = [(m, read(m.answer(data), found.forms)) for m in found.mistakes]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # a strange answer is the student's to mend, not a line on the screen
            return _judged(found, answer, right, wrongs, note)
    except Exception:  # whatever the object does, the student gets a sentence
        return _score(found, "Type", "This object cannot be read. Look at it in a cell of its own.", note)


def _find(task: str) -> tuple[str, Task]:
    tasks = {t.number: (lesson, t) for lesson, rules in LESSONS.items() for t in rules.TASKS}
    if task not in tasks:
        raise DataError(f"there is no task {task!r}. Allowed: {', '.join(tasks)}.")
    return tasks[task]


def _judged(
    task: Task, answer: Any, right: dict[str, Any], wrongs: list[tuple[Mistake, dict[str, Any]]], note: str
) -> Score:
    try:
        value = read(answer, task.forms)
    except Misfit as misfit:
        return _score(task, misfit.step, misfit.words[:1].upper() + misfit.words[1:], note)
    wrong = [f for f in task.forms if not same(value[f.name], right[f.name], f)]
    if not wrong:
        return _score(task, "", go_on(answer, task), note, value=value)
    hints = [
        mistake.hint
        for mistake, theirs in wrongs  # a mistake that makes no difference on this data explains nothing
        if all(mistake.explains(value[f.name], theirs[f.name], right[f.name], f) for f in wrong)
        and not all(same(right[f.name], theirs[f.name], f) for f in wrong)
    ]
    advice = " Or: ".join(dict.fromkeys(hints))
    for form in wrong:
        problem = shape_problem(value[form.name], right[form.name], form)
        if problem:
            words = f"{_of(task, form)}{problem} {advice}".strip()
            return _score(task, "Shape", words, note, value=value)
    numbers_first = any(f.kind != "choice" for f in wrong)  # a choice follows from the numbers beside it
    clues = advice or " ".join(
        f"{_of(task, f)}It follows from your other values: mend these first."
        if f.kind == "choice" and numbers_first
        else f"{_of(task, f)}{clue(value[f.name], right[f.name], f)}"
        for f in wrong
    )
    good = [f.name for f in task.forms if f not in wrong]
    words = (
        f"Right: {', '.join(good)}. Not yet: {', '.join(f.name for f in wrong)}. {clues}" if good else clues
    )
    return _score(task, "Value", words, note, value=value, share=len(good) / len(task.forms))


def _of(task: Task, form: Form) -> str:
    return f"{form.name}: " if len(task.forms) > 1 else ""


def _score(
    task: Task, failed: str, words: str, note: str, *, value: dict[str, Any] | None = None, share: float = 0.0
) -> Score:
    """Make the score of an answer whose first wrong step is `failed`; none failed when that is empty.

    `words` belong to that step, or to the value if all is right.
    """
    type_words, shape_words = "As asked for.", "Every entry can be used."
    if value and len(task.forms) == 1:
        type_words, shape_words = praise(value[task.forms[0].name], task.forms[0])
    good = {"Type": type_words, "Shape": shape_words, "Value": words or "Well done."}
    steps, open_from_here = [], False
    for name, part in PARTS.items():
        of = round(part * task.points, 2)
        if open_from_here:
            steps.append(Step(name, "open", 0.0, of, ""))
        elif name == failed:
            steps.append(Step(name, "not yet", round(share * of, 2), of, words))
            open_from_here = True
        else:
            steps.append(Step(name, "right", of, of, good[name]))
    return Score(sum(s.points for s in steps), _title(task), task.points, tuple(steps), note)


def _open(task: Task, words: str) -> Score:
    return Score(0.0, _title(task), task.points, (), words)


def _title(task: Task) -> str:
    return f"Task {task.number} · {task.title}"


def _accepted(task: Task) -> list[str]:
    marks = [
        f"{_of(task, f)}± {f.tolerance:g}{f' {f.unit}' if f.unit else ''}"
        for f in task.forms
        if f.tolerance > 0
    ]
    return [f"Accepted within {', '.join(marks)}."] if marks else []
