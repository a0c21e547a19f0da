"""How an answer is read, whatever object it comes in, and how two answers are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

ROWS_AT_MOST = 1_000_000  # a longer answer is not read: no table of a student is that long


@dataclass(frozen=True)
class Form:
    """What an answer, or one named part of it, must look like.

    `kind`: "number", "share" (0 to 1), "count" (whole), "table" (one value per customer; words if `allowed`
    is given, else numbers), "ids" (customer ids) or "choice" (one or several of `allowed`). `tolerance` is
    in the unit of the answer. `name` is the part's name, or a table's column.
    """

    kind: str
    name: str = ""
    unit: str = ""
    tolerance: float = 0.0
    allowed: tuple[str, ...] = ()


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
        raise Misfit("Type", f"text was found; {wanted} is asked for: no quotation marks, no unit.")
    if isinstance(answer, pd.Series | np.ndarray | list | tuple) and len(answer) == 1:
        raise Misfit(
            "Type",
            f"{_kind(answer)} with one entry was found; take the number out of it, as in x.iloc[0] or x[0].",
        )
    if answer is pd.NaT or isinstance(answer, pd.Timedelta | np.timedelta64):
        raise Misfit("Type", f"a span of time was found; {wanted} is asked for: x.days.")
    if isinstance(answer, bool | np.bool_) or not isinstance(answer, Real | Decimal):
        raise Misfit("Type", f"{_kind(answer)} was found; {wanted} is asked for.")
    return _float(answer)


def _table(answer: Any, form: Form) -> pd.Series:
    if isinstance(answer, pd.DataFrame):
        answer = _one_column(answer, form)
    elif isinstance(answer, Mapping):
        answer = pd.Series(list(answer.values()), index=list(answer), dtype=object)
    if not isinstance(answer, pd.Series):
        raise Misfit("Type", f"{_kind(answer)} was found; a Series is asked for: one value per customer_id.")
    if len(answer) > ROWS_AT_MOST:
        raise Misfit("Shape", f"{len(answer):,} rows were found: far more than there are customers.")
    if pd.api.types.is_timedelta64_dtype(answer.dtype):
        raise Misfit("Type", "spans of time were found; take the number of days out of them: x.dt.days.")
    take = _word if form.allowed else _plain
    values = [None if _is_missing(v) else take(v) for v in answer.tolist()]
    index = pd.Index([str(i).strip() for i in answer.index], dtype=object)
    return pd.Series(values, index=index, dtype=object)


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
    return _float(value)


def _float(value: Any) -> float:
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
                "Type",
                "True and False were found; ids are asked for. Take the ids of the rows that are True: "
                'table.loc[x, "customer_id"], or x[x].index if the ids are the index.',
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
        wanted = f"a list is asked for, with some of {', '.join(form.allowed)}."
        if len(form.allowed) == 2:  # this or that: one word
            one, other = form.allowed
            wanted = f'one word in quotation marks is asked for: "{one}" or "{other}".'
        raise Misfit("Type", f"{_kind(answer)} was found; {wanted}")
    if len(answer) > ROWS_AT_MOST:
        raise Misfit("Shape", f"{len(answer):,} entries were found.")
    spelling = {a.casefold(): a for a in form.allowed}
    words = [f"{v:g}" if isinstance(v, int | float | np.number) else str(v).strip() for v in answer]
    return sorted({spelling.get(w.casefold(), w) for w in words})


_READERS: dict[str, Callable[[Any, Form], Any]] = {
    "number": _number, "share": _number, "count": _number, "table": _table, "ids": _ids, "choice": _choice,
}  # fmt: skip


def same(value: Any, other: Any, form: Form) -> bool:
    """Say whether two answers that have been read are the same, within the tolerance."""
    if form.kind in ("number", "share", "count"):
        return _close(value, other, form)
    if form.kind == "table":
        paired = len(value) == len(other) and value.index.is_unique and set(value.index) == set(other.index)
        return paired and not differing(value, other, form)
    return len(value) == len(other) and set(value) == set(other)


def shape_problem(value: Any, right: Any, form: Form) -> str:
    """Say what is wrong with length, names or range; an empty text if nothing is."""
    if form.kind == "choice":
        odd = [w for w in value if w not in form.allowed]
        return f"{some(odd)} is not one of {', '.join(form.allowed)}." if odd else ""
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
        return f"Its index holds {some(value.index)}, not customer ids: groupby or set_index helps."
    if not value.index.is_unique:
        twice = value.index[value.index.duplicated()].unique()
        return f"{len(twice):,} customers have more than one row: {some(twice)}. Each needs one."
    missing, more = sorted(wanted - ids), sorted(ids - wanted)
    if missing or more:
        parts = [f"{len(missing):,} customers are missing ({some(missing)})"] if missing else []
        parts += [f"{len(more):,} do not belong in it ({some(more)})"] if more else []
        return f"{len(value):,} rows instead of {len(right):,}: {' and '.join(parts)}."
    bad = [i for i, v in value.items() if v is None or (isinstance(v, float) and not math.isfinite(v))]
    if bad:
        return f"{len(bad):,} customers have no usable value (NaN or infinite): {some(bad)}."
    odd = sorted({v for v in value if form.allowed and v not in form.allowed})
    return f"{some(odd)} is not one of {', '.join(form.allowed)}." if odd else ""


def differing(value: pd.Series, other: pd.Series, form: Form) -> list[str]:
    """Give the customers whose values in two tables are not the same."""
    return [i for i, v in other.items() if not (value[i] == v if form.allowed else _close(value[i], v, form))]


def _close(a: float | None, b: float | None, form: Form) -> bool:
    if a is None or b is None:
        return False
    return abs(a - b) <= form.tolerance * (1 + 1e-6) + 1e-9 * max(1.0, abs(b)) if math.isfinite(a) else False


def _is_missing(value: Any) -> bool:
    nan = isinstance(value, float) and math.isnan(value)
    return nan or any(value is gap for gap in (None, pd.NA, pd.NaT))


def some(items: Iterable[Any]) -> str:
    """Name the first three of a list."""
    found = list(items)
    return ", ".join(str(i)[:30] for i in found[:3]) + (" and others" if len(found) > 3 else "")


def _names(names: list[str]) -> str:
    return ", ".join(f'"{n}"' for n in names)


def _kind(value: Any) -> str:
    """Name the kind of an object in plain words, without touching the object."""
    words = {
        "str": "text", "bool": "True or False", "int": "a number", "float": "a number", "list": "a list",
        "tuple": "a tuple", "dict": "a dict", "set": "a set", "ndarray": "a NumPy array", "NoneType": "None",
        "function": "a function (call it, with brackets?)", "method": "a method (call it, with brackets?)",
    }  # fmt: skip
    return words.get(type(value).__name__, f"an object of the kind {type(value).__name__}")
