"""The grid of a sweep: lists, ranges, seeds and random draws, read from YAML and checked before use."""

from __future__ import annotations

import datetime as dt
import difflib
import itertools
import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from crmlab.contracts import DataError

_KEYS = ("parameters", "seeds", "random")
_MOST = 1_000_000
_DRAWN = ("uniform", "loguniform", "choice")
_LOOK = "see crmlab sweep --help"


@dataclass(frozen=True)
class Grid:
    """A grid that was read.

    Attributes
    ----------
    axes : dict
        Parameter to the list of its values; every combination is run. ``seed`` stands last.
    drawn : dict
        Parameter to its random draws, all of one length: the draws are made together, so each is one
        combination and not a factor of its own.
    text : dict
        The grid as it was written, to be kept beside the results.
    """

    axes: dict[str, list[Any]]
    drawn: dict[str, list[Any]]
    text: dict[str, Any]

    @property
    def count(self) -> int:
        """The number of combinations."""
        draws = len(next(iter(self.drawn.values()))) if self.drawn else 1
        return draws * math.prod(len(values) for values in self.axes.values())

    @property
    def varied(self) -> list[str]:
        """The parameters that are not the same in all runs, the seed left out."""
        lists = [name for name, values in self.axes.items() if len(values) > 1 and name != "seed"]
        return [*lists, *(name for name in self.drawn if name != "seed")]

    def values(self) -> Iterator[tuple[str, Any]]:
        """Give each parameter with each of its values, once."""
        for name, values in (self.axes | self.drawn).items():
            for value in values:
                yield name, value

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Give every combination; the last list of the grid, usually the seeds, changes fastest."""
        draws: list[dict[str, Any]] = [
            dict(zip(self.drawn, row, strict=True)) for row in zip(*self.drawn.values(), strict=True)
        ] or [{}]
        ahead = {name: values for name, values in self.axes.items() if name != "seed"}
        seeds = self.axes.get("seed")
        for row in itertools.product(*ahead.values()):
            for draw in draws:
                own = dict(zip(ahead, row, strict=True)) | draw
                yield from ([own | {"seed": seed} for seed in seeds] if seeds else [own])


def read_grid(source: str | Path | Mapping[str, Any], *, whole: Set[str] = frozenset()) -> Grid:
    """Read the grid of a sweep.

    Parameters
    ----------
    source : str, Path or mapping
        A YAML file, or what stands in one. ``parameters`` maps the name of each parameter to one value (the
        same in all runs), a list, ``range: [start, stop]`` with a ``step`` (both ends count; step 1), or one
        of the random draws ``uniform: [low, high]``, ``loguniform: [low, high]`` and ``choice: [a, b, c]``.
        ``random`` holds ``draws``, how many, and ``seed`` (default 1). ``seeds`` is a list, a number of
        seeds, or ``count`` and ``start`` (default 1).
    whole : set of str, optional
        Parameters that take whole numbers only: their draws are whole, both ends included.

    Returns
    -------
    Grid
        Its values, in the order written.

    Raises
    ------
    DataError
        If the file cannot be read, a key is unknown, or there is nothing to run.

    Examples
    --------
    >>> told = {"parameters": {"bands": [3, 5], "cost": {"range": [0, 1], "step": 0.5}}, "seeds": 2}
    >>> grid = read_grid(told)
    >>> grid.count, grid.varied
    (12, ['bands', 'cost'])
    >>> list(grid.combinations())[:2]
    [{'bands': 3, 'cost': 0.0, 'seed': 1}, {'bands': 3, 'cost': 0.0, 'seed': 2}]
    """
    told = dict(source) if isinstance(source, Mapping) else _load(Path(source))
    for key in told:
        if key not in _KEYS:
            close = difflib.get_close_matches(str(key), _KEYS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"write '{key}' under parameters:"
            raise DataError(f"the grid has the key '{key}'; it may have {', '.join(_KEYS)}. Hint: {hint}")
    parameters = told.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise DataError(
            f"parameters of the grid must be names with values; found {parameters!r}. Hint: bands: [3, 5]"
        )
    axes: dict[str, list[Any]] = {}
    random: dict[str, Mapping[str, Any]] = {}
    for name, value in parameters.items():
        if isinstance(value, Mapping) and set(value) & set(_DRAWN):
            random[str(name)] = value
        else:
            axes[str(name)] = _listed(str(name), value)
    if "seeds" in told:
        if "seed" in parameters:
            raise DataError("the grid has seeds and also a parameter 'seed'. Hint: keep one of them")
        axes["seed"] = _seeds(told["seeds"])
    drawn = _draws(random, told.get("random"), whole)
    if not axes and not drawn:
        raise DataError(
            "the grid is empty: there is nothing to run. Hint: parameters: {bands: [3, 5]}, and seeds: 10"
        )
    return Grid({n: v for n, v in axes.items() if n != "seed"} | _only(axes, "seed"), drawn, _plain(told))


def _only(axes: Mapping[str, list[Any]], name: str) -> dict[str, list[Any]]:
    return {name: axes[name]} if name in axes else {}


def _load(path: Path) -> dict[str, Any]:
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """A loader that does not let a second entry of a name hide the first."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        names = [loader.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
        if twice is not None:
            raise DataError(f"the grid '{path}' has '{twice}' twice. Hint: put all its values into one list")
        values = [loader.construct_object(value, deep=True) for _, value in node.value]
        return dict(zip(names, values, strict=True))

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        told = yaml.load(path.read_bytes().decode("utf-8"), Loader)
    except OSError as error:
        raise DataError(
            f"cannot read the grid '{path}': {error.strerror or error}. Hint: check the path"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise DataError(f"the grid '{path}' is not YAML{where}. Hint: {_LOOK}") from error
    if not isinstance(told, dict):
        raise DataError(
            f"the grid '{path}' must hold names with values; it holds {_kind(told)}. "
            "Hint: begin with parameters: and one line for each"
        )
    return told


def _kind(value: Any) -> str:
    return (
        "nothing" if value is None else "a list" if isinstance(value, list) else f"only {str(value)[:40]!r}"
    )


def _plain(value: Any) -> Any:
    """Write days as text: YAML reads 2023-12-31 as a day, the notebooks take text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _listed(name: str, value: Any) -> list[Any]:
    """Give the values of a parameter that is not drawn."""
    value = _plain(value)
    if isinstance(value, Mapping):
        return _range(name, value)
    values = value if isinstance(value, list) else [value]
    if not values or None in values:
        raise DataError(
            f"the grid gives '{name}' {'an empty value' if values else 'no value'}, so there is nothing "
            f"to run. Hint: {name}: [a, b], or take the line out"
        )
    twice = next((v for i, v in enumerate(values) if v in values[:i] and type(v) is not bool), None)
    if twice is not None:
        raise DataError(f"the grid gives '{name}' the value {twice!r} twice. Hint: use seeds to repeat a run")
    return values


def _range(name: str, told: Mapping[str, Any]) -> list[Any]:
    unknown = [key for key in told if key not in ("range", "step")]
    if unknown or "range" not in told:
        raise DataError(
            f"the grid gives '{name}' {dict(told)!r}; it may have range and step, or one of "
            f"{', '.join(_DRAWN)}. Hint: {name}: {{range: [0, 10], step: 5}}"
        )
    start, stop = _pair(name, "range", told["range"])
    step = _number(told.get("step", 1))
    if step is None or step <= 0:
        raise DataError(
            f"the step of '{name}' must be a number above 0; found {told['step']!r}. Hint: step: 1"
        )
    n = math.floor((stop - start) / step * (1 + 1e-12) + 1e-9) + 1
    _limit(name, n)
    exact = all(isinstance(v, int) for v in (start, step))
    return [start + i * step if exact else round(start + i * step, 12) for i in range(n)]


def _limit(name: str, n: int) -> None:
    if n > _MOST:
        raise DataError(f"the grid gives '{name}' {n:,} values; at most {_MOST:,} can be. Hint: fewer")


def _number(value: Any) -> float | int | None:
    """Read a number; YAML takes 1e-3 for text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if good else None


def _pair(name: str, what: str, value: Any) -> tuple[float | int, float | int]:
    ends = [_number(v) for v in value] if isinstance(value, list | tuple) else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise DataError(
            f"{what} of '{name}' must be two numbers, the first and the last; found {value!r}. "
            f"Hint: {name}: {{{what}: [1, 10]}}"
        )
    if ends[0] > ends[1]:
        raise DataError(
            f"{what} of '{name}' goes from {ends[0]} down to {ends[1]}, so it holds no value. "
            f"Hint: {name}: {{{what}: [{ends[1]}, {ends[0]}]}}"
        )
    return ends[0], ends[1]


def _seeds(told: Any) -> list[int]:
    if isinstance(told, list) and told and all(_is_whole(seed) for seed in told):
        return [int(seed) for seed in _listed("seed", told)]
    if isinstance(told, Mapping) and "range" in told:
        return [int(seed) for seed in _range("seed", told)]
    asked = told if isinstance(told, Mapping) else {"count": told}
    count, start = asked.get("count"), asked.get("start", 1)
    if set(asked) - {"count", "start"} or not (_is_whole(count, 1) and _is_whole(start)):
        raise DataError(
            "seeds must be a list of whole numbers, a number of 1 or more, or count and start; "
            f"found {_plain(told)!r}. Hint: seeds: 10"
        )
    _limit("seed", count)
    return list(range(start, start + count))


def _is_whole(value: Any, least: int = 0) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _draws(random: Mapping[str, Mapping[str, Any]], told: Any, whole: Set[str]) -> dict[str, list[Any]]:
    """Draw: each parameter from a stream of its own, so that more draws leave the first ones as they are."""
    if not random and told is None:
        return {}
    asked = {} if told is None else told
    if not isinstance(asked, Mapping) or set(asked) - {"draws", "seed"}:
        raise DataError(
            f"random of the grid may have draws and seed; found {_plain(told)!r}. Hint: random: {{draws: 50}}"
        )
    if not random:
        raise DataError(
            "the grid has random draws, but draws no parameter. "
            "Hint: rate: {uniform: [0, 1]}, or take random out"
        )
    n, seed = asked.get("draws"), asked.get("seed", 1)
    if not (_is_whole(n, 1) and _is_whole(seed)):
        raise DataError(
            f"'{next(iter(random))}' is drawn at random, so the grid must say how often; "
            f"random is {dict(asked)!r}. Hint: random: {{draws: 50, seed: 1}}"
        )
    _limit(next(iter(random)), n)
    return {name: _drawn(name, how, n, seed, name in whole) for name, how in random.items()}


def _drawn(name: str, how: Mapping[str, Any], n: int, seed: int, whole: bool) -> list[Any]:
    import numpy as np

    if len(how) != 1:
        raise DataError(
            f"the grid gives '{name}' {dict(how)!r}; it must have one of {', '.join(_DRAWN)} alone. "
            f"Hint: {name}: {{uniform: [0, 1]}}"
        )
    ((kind, value),) = how.items()
    shares = np.random.default_rng([seed, *name.encode()]).random(n).tolist()
    if kind == "choice":
        options = _listed(name, value)
        return [options[int(share * len(options))] for share in shares]
    low, high = _pair(name, kind, value)
    if kind == "loguniform" and low <= 0:
        raise DataError(f"loguniform of '{name}' must begin above 0; found {low}. Hint: use uniform")
    if whole:  # every whole number gets the same room, the two ends too
        low, high = math.ceil(low) - 0.5, math.floor(high) + 0.5
        if low > high - 1:
            raise DataError(f"{kind} of '{name}' holds no whole number; found {value!r}. Hint: [1, 10]")
    even = kind == "uniform"
    steps = [low + u * (high - low) if even else low * (high / low) ** u for u in shares]
    return [math.floor(s + 0.5) if whole else float(f"{s:.10g}") for s in steps]
