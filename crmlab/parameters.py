"""The parameters of notebooks: which there are, and values of the right type for them."""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError

_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple: "a list",
    list: "a list",
}


@dataclass(frozen=True)
class Range:
    """A range as a comment states it: its `text`, both ends, and one number allowed `beside` it."""

    text: str
    low: float
    high: float
    beside: float | None = None

    @property
    def said(self) -> str:
        """The range in words."""
        return self.text if self.beside is None else f"{self.text}, or {self.beside:g}"

    def holds(self, value: float) -> bool:
        """Say whether a number may be taken."""
        return self.low <= value <= self.high or value == self.beside


def parse_parameters(texts: Iterable[str]) -> dict[str, str]:
    """Read ``name=value`` texts; the values stay text until the notebooks' own types are known.

    Parameters
    ----------
    texts : iterable of str
        Such as ``["as_of=2023-12-31", "n_customers=2000"]``.

    Returns
    -------
    dict
        Name to text.

    Raises
    ------
    DataError
        If a text is not ``name=value`` or a name comes twice.

    Examples
    --------
    >>> parse_parameters(["as_of=2023-12-31", "cuts=(0.5, 0.9)"])
    {'as_of': '2023-12-31', 'cuts': '(0.5, 0.9)'}
    """
    values: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        name = name.strip()
        if not mark or not name.isidentifier():
            raise DataError(f"'{text}' is not a parameter; it must read name=value. Hint: -p seed=8")
        if name in values:
            raise DataError(f"the parameter '{name}' is given twice. Hint: give it once")
        values[name] = value.strip()
    return values


def defaults_of(notebook: Any) -> dict[str, str]:
    """Read the names in the cell tagged ``parameters`` and the source text of their values."""
    return {name: str(entry["default"]) for name, entry in _inspect(notebook).items()}


def _inspect(notebook: Any) -> dict[str, Any]:
    from papermill import inspect_notebook

    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return dict(inspect_notebook(notebook))


def ranges_of(notebook: Any) -> dict[str, Range]:
    """Read the ranges that the comments of the parameters cell end with; see `range_in`."""
    found = {}
    for name, entry in _inspect(notebook).items():
        stated, own = range_in(str(entry["help"])), as_value(str(entry["default"]))
        if stated and _is_number(own) and stated.holds(own):  # else the comment means something else
            found[name] = stated
    return found


def range_in(comment: str) -> Range | None:
    """Read the range that a comment ends with, after its last colon or comma.

    Parameters
    ----------
    comment : str
        Such as ``"bands for R, F and M: 2 to 10"``. After a semicolon more words may follow; a number that
        is allowed beside the range stands there as ``"0 for all days"``.

    Returns
    -------
    Range or None
        None when the comment does not end with a range.

    Examples
    --------
    >>> range_in("letters we may send: 1 to 5,000,000")
    Range(text='1 to 5,000,000', low=1.0, high=5000000.0, beside=None)
    >>> range_in("retail only: 0 or more; another seed makes another firm").high
    inf
    >>> range_in("weeks that are judged: 1 to 520; 0 for all days after as_of").beside
    0.0
    >>> range_in("retail only: 0 for the bundled 6,000, or make 100 to 5,000,000") is None
    True
    """
    words, _, more = comment.partition(";")
    last = re.split(r":|,(?!\d{3}\b)", words)[-1].strip().rstrip(".")
    plain = re.sub(r"\s*\([^)]*\)", "", last)
    number = r"(-?\d[\d,_]*(?:\.\d+)?)"
    found = re.fullmatch(rf"{number} (?:to {number}|or more)", plain)
    beside = re.match(rf"\s*{number} for\b", more)
    if not found or (re.search(r"\d", more) and not beside):
        return None
    low, high, other = (
        float(re.sub("[,_]", "", text)) if text else None
        for text in (found[1], found[2], beside[1] if beside else None)
    )
    return Range(last, low or 0.0, math.inf if high is None else high, other)


def check_ranges(
    passed: Mapping[Path, Mapping[str, Any]],
    defaults: Mapping[Path, Mapping[str, str]],
    ranges: Mapping[Path, Mapping[str, Range]],
) -> None:
    """Refuse numbers outside the range that the notebook's own comment states."""
    for path, values in passed.items():
        for name, value in values.items():
            stated = ranges[path].get(name)
            if stated and _is_number(value) and not stated.holds(value):
                raise DataError(
                    f"the parameter '{name}' of {path.stem} must be {stated.said}; it is {value!r}. "
                    f"Hint: its own value is {defaults[path][name]}"
                )


def as_value(text: str) -> Any:
    """Read the source text of a default as the value it writes; None where it is no plain value."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def match(
    given: Mapping[str, Any],
    defaults: Mapping[Path, Mapping[str, str]],
    say: Callable[[str], None],
    *,
    elsewhere: Callable[[str], list[str]] = lambda _: [],
) -> dict[Path, dict[str, Any]]:
    """Give each notebook the parameters that it has; refuse names that none has.

    `elsewhere` names the lessons, among those not chosen, that have a parameter.
    """
    known = list(dict.fromkeys(name for own in defaults.values() for name in own))
    passed: dict[Path, dict[str, Any]] = {path: {} for path in defaults}
    for name, value in given.items():
        having = [path for path, own in defaults.items() if name in own]
        if not having:
            close = difflib.get_close_matches(name, known, n=2)
            others = ", ".join(elsewhere(name))
            hint = f"did you mean {' or '.join(close)}?" if close else "leave it out"
            hint = f"{others} has it" if others else hint
            raise DataError(
                f"no chosen notebook has a parameter '{name}'; they have {', '.join(known) or 'none'}. "
                f"Hint: {hint}"
            )
        if len(having) < len(defaults) and name != "columns":
            stems = ", ".join(path.stem for path in having)
            say(f"{name} goes to {stems} only: the others have no such parameter")
        for path in having:
            passed[path][name] = _value(name, value, defaults[path][name])
    return passed


def _value(name: str, value: Any, default: str) -> Any:
    """Read a value as the type of the parameter's default.

    >>> _value("seed", "8", "7"), _value("as_of", "2023-12-31", '""'), _value("rate", "1", "0.5")
    (8, '2023-12-31', 1.0)
    """
    example = as_value(default)
    quoted = isinstance(value, str) and re.fullmatch(r"'[^']*'|\"[^\"]*\"", value)
    if isinstance(value, str) and (quoted or not isinstance(example, str)):
        text = {"true": "True", "false": "False", "none": "None", "null": "None"}.get(value.lower(), value)
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            if example is not None:
                raise _wrong(name, value, default, example) from None
    if example is None:
        return value
    if isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    same = (
        isinstance(value, (tuple, list))
        if isinstance(example, (tuple, list))
        else type(value) is type(example)
    )
    if not same:
        raise _wrong(name, value, default, example)
    return list(value) if isinstance(value, tuple) else value  # papermill would write a tuple as text


def as_given(name: str, value: Any, default: str) -> str:
    """Write a value so that ``-p name=...`` gives it again.

    >>> as_given("as_of", "2024-01-31", "''"), as_given("cuts", [0.5], "(0,)"), as_given("free", "5", "None")
    ('2024-01-31', '[0.5]', "'5'")
    """
    for text in (str(value), repr(value), f'"{value}"'):
        try:
            if text == text.strip() and _value(name, text, default) == value:
                return text
        except DataError:
            continue
    return repr(value)


def _wrong(name: str, value: Any, default: str, example: Any) -> DataError:
    kind = _KINDS.get(type(example), type(example).__name__)
    return DataError(
        f"the parameter '{name}' must be {kind}; it is {value!r}. Hint: its own value is {default}"
    )
