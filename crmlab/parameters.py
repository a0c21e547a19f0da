"""The parameters of notebooks: which there are, and values of the right type for them."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
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
    from papermill import inspect_notebook

    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return {name: str(entry["default"]) for name, entry in inspect_notebook(notebook).items()}


def match(
    given: Mapping[str, Any], defaults: Mapping[Path, Mapping[str, str]], say: Callable[[str], None]
) -> dict[Path, dict[str, Any]]:
    """Give each notebook the parameters that it has; refuse names that none has."""
    known = list(dict.fromkeys(name for own in defaults.values() for name in own))
    passed: dict[Path, dict[str, Any]] = {path: {} for path in defaults}
    for name, value in given.items():
        having = [path for path, own in defaults.items() if name in own]
        if not having:
            close = difflib.get_close_matches(name, known, n=2)
            hint = f"did you mean {' or '.join(close)}?" if close else "leave it out"
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
    try:
        example = ast.literal_eval(default)
    except (ValueError, SyntaxError):
        example = None
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


def _wrong(name: str, value: Any, default: str, example: Any) -> DataError:
    kind = _KINDS.get(type(example), type(example).__name__)
    return DataError(
        f"the parameter '{name}' must be {kind}; it is {value!r}. Hint: its own value is {default}"
    )
