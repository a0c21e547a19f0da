"""What a task asks for, how an answer is read and compared, and the card that shows the result."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from crmlab.checks.forms import (
    ROWS_AT_MOST,
    Form,
    Misfit,
    differing,
    read,
    same,
    shape_problem,
    some,
)

__all__ = [
    "MARKS", "PARTS", "ROWS_AT_MOST", "Form", "Misfit", "Mistake", "Score", "Step", "StudentData", "Task",
    "clue", "go_on", "praise", "read", "same", "shape_problem", "within",
]  # fmt: skip

PARTS = {"Type": 0.1, "Shape": 0.1, "Value": 0.8}  # shares of a task's points
MARKS = {"right": "✔", "not yet": "✘", "open": "○"}


@dataclass(frozen=True)
class StudentData:
    """One student's own tables: what the firm sees, and no truth sheet.

    Attributes
    ----------
    lesson, student : str
        The lesson ("05") and the name as it was given.
    as_of : Timestamp
        The reporting day, inclusive; the tables go on after it.
    tables : dict of DataFrame
        The tables by name. Each is also an attribute: ``data.orders`` is ``data.tables["orders"]``, and
        ``crm.data_dictionary("orders")`` explains its columns.
    """

    lesson: str
    student: str
    as_of: pd.Timestamp
    tables: dict[str, pd.DataFrame] = field(repr=False)

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables: dict[str, pd.DataFrame] = self.__dict__.get("tables", {})
        if name not in tables:
            raise AttributeError(f"this data set has no table {name!r}; it has {', '.join(tables)}")
        return tables[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]


@dataclass(frozen=True)
class Mistake:
    """A well-known wrong answer: how it comes about on any data, and the sentence that helps.

    An answer that is the same within the form's tolerance gets the hint, unless `alike` says otherwise: it
    takes the student's value, the mistake's and the right one, each as `read` gives it.
    """

    name: str
    answer: Callable[[StudentData], Any]
    hint: str
    alike: Callable[[Any, Any, Any], bool] | None = None

    def explains(self, value: Any, theirs: Any, right: Any, form: Form) -> bool:
        """Say whether a student's value came about by this mistake."""
        return same(value, theirs, form) if self.alike is None else self.alike(value, theirs, right)


def within(tolerance: float) -> Callable[[float, float, float], bool]:
    """Make an `alike` for numbers: no further than `tolerance` from the mistake's."""
    return lambda value, theirs, _: abs(value - theirs) <= tolerance


@dataclass(frozen=True)
class Task:
    """One task: number, title, forms (several make a dict of named parts), right and wrong answers."""

    number: str
    title: str
    forms: tuple[Form, ...]
    answer: Callable[[StudentData], Any]
    mistakes: tuple[Mistake, ...] = ()
    points: int = 5


@dataclass(frozen=True)
class Step:
    """One line of a card: what was looked at, "right", "not yet" or "open", the points, and a sentence."""

    name: str
    state: str
    points: float
    of: float
    words: str


class Score(float):
    """The points earned, as a number, with a card that says why.

    A notebook shows the card; ``print`` gives it as text. ``repr`` is the bare number, for nbgrader reads it.

    Examples
    --------
    >>> score = Score(0.5, "Task 05.1", 5, (Step("Type", "right", 0.5, 0.5, "A number."),), "")
    >>> score, score + 1
    (0.5, 1.5)
    >>> print(score)
    Task 05.1: 0.5 of 5 points
    ✔ Type: right (0.5 of 0.5). A number.
    """

    title: str
    of: float
    steps: tuple[Step, ...]
    note: str

    def __new__(cls, value: float, title: str, of: float, steps: tuple[Step, ...], note: str) -> Score:
        """Make the number and keep what the card shows."""
        score = super().__new__(cls, round(value, 4))
        score.title, score.of, score.steps, score.note = title, of, steps, note
        return score

    def __repr__(self) -> str:
        return float.__repr__(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Score, (float(self), self.title, self.of, self.steps, self.note)

    def __str__(self) -> str:
        lines = [f"{self.title}: {float(self):g} of {self.of:g} points"]
        lines += [f"{MARKS[s.state]} {s.name}: {_state(s)}. {s.words}".rstrip() for s in self.steps]
        return "\n".join([*lines, *([self.note] if self.note else [])])

    def _repr_html_(self) -> str:
        full = float(self) >= self.of
        edge = "#00795c" if full else "#b35900" if self.steps else "#888"  # the words say the same
        rows = "".join(_row(step) for step in self.steps)
        note = f'<div style="margin-top:0.5em">{html.escape(self.note)}</div>' if self.note else ""
        return (
            f'<div role="group" aria-label="Result of {html.escape(self.title, quote=True)}" '
            f'style="border:1px solid #888;border-left:6px solid {edge};border-radius:4px;padding:0.7em 1em;'
            f'max-width:46em;line-height:1.45">'
            f'<div style="font-size:1.05em"><strong>{html.escape(self.title)}</strong> · '
            f"{float(self):g} of {self.of:g} points</div>"
            f'<ul style="margin:0.5em 0 0;padding:0">{rows}</ul>{note}</div>'
        )


def _row(step: Step) -> str:
    span = '<span aria-hidden="true" style="display:inline-block;width:1.5em;text-indent:0">'
    mark = f"{span}{MARKS[step.state]}</span>"
    words = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(f"{_state(step)}. {step.words}"))
    style = "margin:0.35em 0;list-style:none;padding-left:1.5em;text-indent:-1.5em"
    return f'<li style="{style}">{mark}<strong>{html.escape(step.name)}</strong>: {words}</li>'


def _state(step: Step) -> str:
    return "not looked at yet" if step.state == "open" else f"{step.state} ({step.points:g} of {step.of:g})"


def praise(value: Any, form: Form) -> tuple[str, str]:
    """Say in two sentences what kind of object was read, and how much of it."""
    if form.kind == "table":
        return "One value per customer.", f"{len(value):,} customers, each once."
    if form.kind == "ids":
        return "A list of customer ids.", f"{len(value):,} ids, each once."
    if form.kind == "choice":
        return "A choice.", "From what may be chosen."
    return "One number.", "It can be used: not missing, and in its range."


def clue(value: Any, right: Any, form: Form) -> str:
    """Give a helpful sentence on a wrong value without the right one."""
    if form.kind in ("number", "share", "count"):
        return "Too high." if value > right else "Too low."
    if form.kind == "table":
        apart = differing(value, right, form)
        good = f"{len(right) - len(apart):,} of {len(right):,} customers are right."
        words = f"{good} Look first at {some(apart)}"
        if form.allowed:
            return f"{words}."
        high = sum(value[i] > right[i] for i in apart)
        side = "too high" if high == len(apart) else "too low" if not high else "some too high, some too low"
        return f"{words} ({side})."
    if form.kind == "ids":
        extra, lacking = sorted(set(value) - set(right)), set(right) - set(value)
        parts = [f"{len(set(value) & set(right)):,} of your {len(value):,} ids are right"]
        parts += (
            [f"{len(extra):,} {'does' if len(extra) == 1 else 'do'} not belong in it, such as {some(extra)}"]
            if extra
            else []
        )
        parts += [f"{len(lacking):,} {'is' if len(lacking) == 1 else 'are'} missing"] if lacking else []
        return f"{'; '.join(parts)}."
    return "Not the right choice: go through them one by one."


def go_on(answer: Any, task: Task) -> str:
    """Say how a right answer that is no Series becomes one, for the next task needs a Series."""
    form, name = task.forms[0], f"answer_{task.number.replace('.', '_')}"
    if form.kind != "table" or len(task.forms) > 1 or not isinstance(answer, pd.DataFrame | Mapping):
        return ""
    kind, code = "dict", f"pd.Series({name})"
    if isinstance(answer, pd.DataFrame):
        kind, code = "table", name
        if "customer_id" in answer.columns:
            answer, code = answer.set_index("customer_id"), f'{code}.set_index("customer_id")'
        code += ".iloc[:, 0]" if answer.shape[1] == 1 else f'["{form.name}"]'
    return f"You gave a {kind}; the next task needs a Series. Go on with `{name} = {code}`"
