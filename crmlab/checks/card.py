"""What a task asks for, how an answer is read and compared, and the card that shows the result."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

ROWS_AT_MOST = 1_000_000  # a longer answer is not read: no table of a student is that long
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
    customers, orders, returns, campaigns, letters, contacts, survey, complaints : DataFrame
        The tables of the retail world; ``crm.data_dictionary("orders")`` explains the columns.
    """

    lesson: str
    student: str
    as_of: pd.Timestamp
    customers: pd.DataFrame = field(repr=False)
    orders: pd.DataFrame = field(repr=False)
    returns: pd.DataFrame = field(repr=False)
    campaigns: pd.DataFrame = field(repr=False)
    letters: pd.DataFrame = field(repr=False)
    contacts: pd.DataFrame = field(repr=False)
    survey: pd.DataFrame = field(repr=False)
    complaints: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Form:
    """What an answer, or one named part of it, must look like.

    `kind` is "number", "share" (0 to 1), "count" (whole), "table" (one value per customer), "ids" (customer
    ids) or "choice" (one or several of `allowed`). A table with `allowed` holds words, otherwise numbers.
    `tolerance` is in the unit of the answer. `name` is the part's name, or a table's column.
    """

    kind: str
    name: str = ""
    unit: str = ""
    tolerance: float = 0.0
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A well-known wrong answer: how it comes about on any data, and the sentence that helps."""

    name: str
    answer: Callable[[StudentData], Any]
    hint: str


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
    words = html.escape(f"{_state(step)}. {step.words}")
    style = "margin:0.35em 0;list-style:none;padding-left:1.5em;text-indent:-1.5em"
    return f'<li style="{style}">{mark}<strong>{html.escape(step.name)}</strong>: {words}</li>'


def _state(step: Step) -> str:
    return "not looked at yet" if step.state == "open" else f"{step.state} ({step.points:g} of {step.of:g})"


class Misfit(Exception):  # noqa: N818 - it is news for the student, not an error
    """An answer that cannot be read: at which step it failed, and why."""

    def __init__(self, step: str, words: str) -> None:
        super().__init__(words)
        self.step, self.words = step, words


def read(answer: Any, forms: tuple[Form, ...]) -> dict[str, Any]:
    """Bring an answer into one shape per form, or raise `Misfit` with a sentence for the student."""
    if len(forms) == 1:
        return {forms[0].name: _READERS[forms[0].kind](answer, forms[0])}
    names = [form.name for form in forms]
    if isinstance(answer, pd.Series):
        answer = dict(zip(answer.index, answer.tolist(), strict=True))
    if not isinstance(answer, Mapping):
        raise Misfit(
            "Type", f"{_kind(answer)} was found; a dict with the entries {_names(names)} is asked for."
        )
    missing = [name for name in names if name not in answer or answer[name] is ... or answer[name] is None]
    if missing:
        raise Misfit("Shape", f"The dict has nothing for {_names(missing)}.")
    return {form.name: _named(form, answer[form.name]) for form in forms}


def _named(form: Form, value: Any) -> Any:
    try:
        return _READERS[form.kind](value, form)
    except Misfit as misfit:
        raise Misfit(misfit.step, f"In {form.name!r}: {misfit.words}") from None


def _number(answer: Any, form: Form) -> float:
    wanted = "one whole number" if form.kind == "count" else "one number"
    if isinstance(answer, str):
        raise Misfit(
            "Type", f"text was found; {wanted} is asked for. Leave out the quotation marks and the unit."
        )
    if isinstance(answer, pd.Series | np.ndarray | list | tuple) and len(answer) == 1:
        raise Misfit(
            "Type",
            f"{_kind(answer)} with one entry was found; take the number out of it, as in x.iloc[0] or x[0].",
        )
    if answer is pd.NaT or isinstance(answer, pd.Timedelta | np.timedelta64):
        raise Misfit("Type", f"a span of time was found; {wanted} is asked for: x.days.")
    if isinstance(answer, bool | np.bool_) or not isinstance(answer, Real | Decimal):
        raise Misfit("Type", f"{_kind(answer)} was found; {wanted} is asked for.")
    try:
        return float(answer)
    except OverflowError:
        return math.inf


def _table(answer: Any, form: Form) -> pd.Series:
    if isinstance(answer, pd.DataFrame):
        answer = _one_column(answer, form)
    elif isinstance(answer, Mapping):
        answer = pd.Series(list(answer.values()), index=list(answer), dtype=object)
    if not isinstance(answer, pd.Series):
        raise Misfit(
            "Type", f"{_kind(answer)} was found; a Series is asked for, with one value per customer_id."
        )
    if len(answer) > ROWS_AT_MOST:
        raise Misfit("Shape", f"{len(answer):,} rows were found: far more than there are customers.")
    if pd.api.types.is_timedelta64_dtype(answer.dtype):
        raise Misfit("Type", "spans of time were found; take the number of days out of them: x.dt.days.")
    take = _word if form.allowed else _plain
    values = [None if _is_missing(v) else take(v) for v in answer.tolist()]
    return pd.Series(
        values, index=pd.Index([str(i).strip() for i in answer.index], dtype=object), dtype=object
    )


def _one_column(frame: pd.DataFrame, form: Form) -> pd.Series:
    if list(frame.columns).count("customer_id") == 1:
        frame = frame.set_index("customer_id")
    chosen = [i for i, name in enumerate(frame.columns) if name == form.name]
    if not chosen and frame.shape[1] == 1:
        chosen = [0]
    if len(chosen) != 1:
        has = ", ".join(str(c)[:30] for c in list(frame.columns)[:8]) or "none"
        raise Misfit(
            "Type",
            f'a table with the columns {has} was found; keep customer_id and one column, "{form.name}".',
        )
    return frame.iloc[:, chosen[0]]


def _plain(value: Any) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        raise Misfit("Type", f"among the values {_kind(value)} was found; numbers are asked for.")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit(
            "Type", f"among the values {_kind(value)} was found; words are asked for, in quotation marks."
        )
    return value.strip()


def _ids(answer: Any, form: Form) -> list[str]:  # noqa: ARG001 - one signature for all readers
    if isinstance(answer, pd.DataFrame):
        answer = answer["customer_id"] if list(answer.columns).count("customer_id") == 1 else answer.index
    if isinstance(answer, pd.Series):
        if pd.api.types.is_bool_dtype(answer.dtype):
            raise Misfit(
                "Type", "True and False were found; ids are asked for. With the ids in the index: x[x].index."
            )
        answer = answer.index if pd.api.types.is_numeric_dtype(answer.dtype) else answer
    if not isinstance(answer, pd.Series | pd.Index | np.ndarray | list | tuple | set | frozenset):
        raise Misfit("Type", f"{_kind(answer)} was found; a list of customer ids is asked for.")
    if len(answer) > ROWS_AT_MOST:
        raise Misfit("Shape", f"{len(answer):,} ids were found: far more than there are customers.")
    found = list(answer)
    odd = [v for v in found if not isinstance(v, str)]
    if odd:
        raise Misfit(
            "Type", f"among the ids {_kind(odd[0])} was found; a customer_id is text, such as 'C00012'."
        )
    return [v.strip() for v in found]


def _choice(answer: Any, form: Form) -> list[str]:
    if isinstance(answer, str):
        answer = answer.split(",")
    elif isinstance(answer, Real) and not isinstance(answer, bool):
        answer = [answer]
    if not isinstance(answer, pd.Series | pd.Index | np.ndarray | list | tuple | set | frozenset):
        raise Misfit(
            "Type", f"{_kind(answer)} was found; a list is asked for, with some of {', '.join(form.allowed)}."
        )
    if len(answer) > ROWS_AT_MOST:
        raise Misfit("Shape", f"{len(answer):,} entries were found.")
    spelling = {a.casefold(): a for a in form.allowed}
    words = [f"{v:g}" if isinstance(v, int | float | np.number) else str(v).strip() for v in answer]
    return sorted({spelling.get(w.casefold(), w) for w in words})


def praise(value: Any, form: Form) -> tuple[str, str]:
    """Say in two sentences what kind of object was read, and how much of it."""
    if form.kind == "table":
        return "One value per customer.", f"{len(value):,} customers, each once."
    if form.kind == "ids":
        return "A list of customer ids.", f"{len(value):,} ids, each once."
    if form.kind == "choice":
        return "A choice.", "From what may be chosen."
    return "One number.", "It can be used: not missing, and in its range."


_READERS: dict[str, Callable[[Any, Form], Any]] = {
    "number": _number, "share": _number, "count": _number, "table": _table, "ids": _ids, "choice": _choice,
}  # fmt: skip


def same(value: Any, other: Any, form: Form) -> bool:
    """Say whether two answers that have been read are the same, within the tolerance."""
    if form.kind in ("number", "share", "count"):
        return _close(value, other, form)
    if form.kind == "table":
        if len(value) != len(other) or not value.index.is_unique or set(value.index) != set(other.index):
            return False
        return not _differing(value, other, form)
    return len(value) == len(other) and set(value) == set(other)


def shape_problem(value: Any, right: Any, form: Form) -> str:
    """Say what is wrong with length, names or range; an empty text if nothing is."""
    if form.kind == "choice":
        odd = [w for w in value if w not in form.allowed]
        return f"{_some(odd)} is not one of {', '.join(form.allowed)}." if odd else ""
    if form.kind == "table":
        return _table_problem(value, right, form)
    if form.kind == "ids":
        twice = len(value) - len(set(value))
        return f"{twice:,} ids stand in it more than once; each customer counts once." if twice else ""
    if not math.isfinite(value):
        return "It is NaN or infinite: look for a missing value or a division by zero."
    if form.kind == "share" and not 0 <= value <= 1:
        return "A share lies between 0 and 1."
    return "A whole number is asked for." if form.kind == "count" and value != int(value) else ""


def _table_problem(value: pd.Series, right: pd.Series, form: Form) -> str:
    ids, wanted = set(value.index), set(right.index)
    if value.size and not ids & wanted:
        return f"Its index holds {_some(value.index)}, not customer ids: groupby or set_index helps."
    if not value.index.is_unique:
        twice = value.index[value.index.duplicated()].unique()
        return f"{len(twice):,} customers have more than one row: {_some(twice)}. Each needs one."
    missing, more = sorted(wanted - ids), sorted(ids - wanted)
    if missing or more:
        parts = [f"{len(missing):,} customers are missing ({_some(missing)})"] if missing else []
        parts += [f"{len(more):,} do not belong in it ({_some(more)})"] if more else []
        return f"{len(value):,} rows instead of {len(right):,}: {' and '.join(parts)}."
    bad = [i for i, v in value.items() if v is None or (isinstance(v, float) and not math.isfinite(v))]
    if bad:
        return f"{len(bad):,} customers have no usable value (NaN or infinite): {_some(bad)}."
    odd = sorted({v for v in value if form.allowed and v not in form.allowed})
    return f"{_some(odd)} is not one of {', '.join(form.allowed)}." if odd else ""


def clue(value: Any, right: Any, form: Form) -> str:
    """Give a helpful sentence on a wrong value without the right one."""
    if form.kind in ("number", "share", "count"):
        return "Too high." if value > right else "Too low."
    if form.kind == "table":
        apart = _differing(value, right, form)
        good = f"{len(right) - len(apart):,} of {len(right):,} customers are right."
        words = f"{good} Look first at {_some(apart)}"
        if form.allowed:
            return f"{words}."
        high = sum(value[i] > right[i] for i in apart)
        side = "too high" if high == len(apart) else "too low" if not high else "some too high, some too low"
        return f"{words} ({side})."
    if form.kind == "ids":
        extra, lacking = sorted(set(value) - set(right)), set(right) - set(value)
        parts = [f"{len(set(value) & set(right)):,} of your {len(value):,} ids are right"]
        parts += [f"{len(extra):,} do not belong in it, such as {_some(extra)}"] if extra else []
        parts += [f"{len(lacking):,} are missing"] if lacking else []
        return f"{'; '.join(parts)}."
    return "Not the right choice: go through them one by one."


def _differing(value: pd.Series, other: pd.Series, form: Form) -> list[str]:
    return [i for i, v in other.items() if not (value[i] == v if form.allowed else _close(value[i], v, form))]


def _close(a: float | None, b: float | None, form: Form) -> bool:
    if a is None or b is None:
        return False
    return abs(a - b) <= form.tolerance * (1 + 1e-6) + 1e-9 * max(1.0, abs(b)) if math.isfinite(a) else False


def _is_missing(value: Any) -> bool:
    return (
        value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
    )


def _some(items: Iterable[Any]) -> str:
    found = list(items)
    return ", ".join(str(i)[:30] for i in found[:3]) + (", ..." if len(found) > 3 else "")


def _names(names: list[str]) -> str:
    return ", ".join(f'"{n}"' for n in names)


def _kind(value: Any) -> str:
    """Name the kind of an object in plain words, without touching the object."""
    words = {
        "str": "text", "bool": "True or False", "int": "a number", "float": "a number", "NoneType": "None",
        "list": "a list", "tuple": "a tuple", "dict": "a dict", "set": "a set", "ndarray": "a NumPy array",
        "function": "a function (call it, with brackets?)", "method": "a method (call it, with brackets?)",
    }  # fmt: skip
    return words.get(type(value).__name__, f"an object of the kind {type(value).__name__}")
