"""What all plots share: the axes, the check of the table, numbers as text, where a label fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from crmlab.contracts import DataError, require_columns
from crmlab.plots.palette import PALETTE

SIZE, LABEL_SIZE = 10, 11  # points
LINE_INCHES = SIZE * 1.25 / 72  # height of a line of text
MAX_POINTS = 2_000
HALO = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
Numbers = NDArray[np.float64]


def canvas(ax: Axes | None, *, grid: str = "y", height: float = 4.5) -> Axes:
    """The axes to draw on: the ones given, or those of a new figure 8 inches wide."""
    if ax is None:
        _, ax = plt.subplots(figsize=(8, height), layout="constrained", facecolor="white")
    ink = PALETTE["ink"]
    ax.set_facecolor("white")
    ax.set_axisbelow(True)
    ax.grid(False)
    if grid:
        ax.grid(True, axis=grid, color=PALETTE["light"], linewidth=0.8, linestyle="-")  # type: ignore[arg-type]
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(PALETTE["grey"])
    ax.tick_params(labelsize=SIZE, labelcolor=ink, color=PALETTE["grey"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(fontsize=LABEL_SIZE, color=ink)
        axis.get_offset_text().set(fontsize=SIZE, color=ink)
    return ax


def require(table: object, columns: Iterable[str], *, what: str, hint: str) -> pd.DataFrame:
    """The table, if it is one, has the columns and has rows; else a DataError that names what is missing."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"{what} must be a pandas DataFrame; found {type(table).__name__}. Hint: {hint}")
    try:
        require_columns(table, columns, name=what)
    except DataError as error:
        raise (error if "Hint:" in str(error) else DataError(f"{error} Hint: {hint}")) from None
    if table.empty:
        raise DataError(f"{what} has no rows: there is nothing to draw. Hint: {hint}")
    return table


def numbers(table: pd.DataFrame, column: str, *, what: str, missing: bool = False) -> Numbers:
    """One column as floats; a DataError unless all are finite numbers (``missing`` lets NaN pass)."""
    parsed = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(parsed)
    if missing:
        bad &= ~table[column].isna().to_numpy(dtype=bool)
    if bad.any():
        found = ", ".join(repr(v) for v in table[column].to_numpy()[bad][:3].tolist())
        raise DataError(
            f"{what}: {int(bad.sum()):,} value(s) of {column!r} are no finite numbers: {found}. "
            f"Hint: correct them, or take the rows out and say how many you took."
        )
    return np.asarray(parsed, dtype=float)


def thin(n: int, *, keep: Iterable[int] = ()) -> NDArray[np.int64]:
    """At most ``MAX_POINTS`` positions out of n, evenly spread, with the ends and those in ``keep``."""
    wanted = np.unique(np.asarray([0, n - 1, *keep], dtype=np.int64))
    if n <= MAX_POINTS:
        return np.arange(n, dtype=np.int64)
    even = np.linspace(0, n - 1, MAX_POINTS - len(wanted)).astype(np.int64)
    return np.union1d(even, wanted)


def number(value: float, *, digits: int = 10) -> str:
    """A number as text with thousands separators and a real minus sign: 12,345.5."""
    text = f"{value:,.{digits}g}" if abs(value) < 10**digits else f"{value:,.0f}"
    return ("0" if text == "-0" else text).replace("-", "\N{MINUS SIGN}")


def short(value: float) -> str:
    """A number in at most five characters or so: 950, 1.2k, 3.4M."""
    for power, letter in ((9, "bn"), (6, "M"), (3, "k")):
        if abs(value) >= 0.9995 * 10**power:
            scaled = value / 10**power
            return number(round(scaled, 1 if abs(scaled) < 9.95 else 0)) + letter
    return money(value)


def money(value: float) -> str:
    """An amount as text: whole from 100 on, otherwise with up to two decimals."""
    return number(round(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2))


def alike(values: Numbers) -> Callable[[float], str]:
    """How to write numbers that stand together: whole if the largest is 100 or more, else 1 or 2 decimals."""
    known = values[np.isfinite(values)]
    reach = float(np.abs(known).max(initial=0.0))
    decimals = 0 if reach >= 100 or not (known % 1).any() else 1 if reach >= 10 else 2

    def write(value: float) -> str:
        rounded = round(value, decimals) + 0.0
        return f"{rounded:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")

    return write


def percent(share: float, *, decimals: int = 0) -> str:
    """A share as text in percent: 0.214 is 21 %; what is not zero never reads as zero."""
    if 0 < abs(share) < 0.5 * 10 ** (-2 - decimals):
        sign = "" if share > 0 else "\N{MINUS SIGN}"
        return f"{sign}<{number(10.0**-decimals)}\N{NO-BREAK SPACE}%"
    return number(round(100 * share, decimals)) + "\N{NO-BREAK SPACE}%"


def number_axis(axis: Axis) -> None:
    """Ticks with thousands separators."""
    axis.set_major_formatter(FuncFormatter(lambda v, _: number(v)))


def percent_axis(axis: Axis) -> None:
    """Ticks of shares in percent."""
    axis.set_major_formatter(FuncFormatter(lambda v, _: number(100 * v) + "\N{NO-BREAK SPACE}%"))


def ticks_between(low: float, high: float) -> list[float]:
    """Round tick values inside [low, high], for axes with head room for labels."""
    span = high - low
    return [
        float(t)
        for t in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
        if low - 1e-9 * span <= t <= high + 1e-9 * span
    ]


def log_axis(axis: Axis, low: float, high: float) -> None:
    """Ticks of a logarithmic axis: powers of ten, and 2 and 5 times these when there are few."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 200 * low else (1.0,)))
    axis.set_minor_formatter(NullFormatter())
    number_axis(axis)


_UNITS = {"eur": "EUR", "days": "days", "weeks": "weeks", "months": "months", "share": "%"}


def words(column: str) -> str:
    """A column's name as words: 'cost_to_serve_eur' is 'Cost to serve'."""
    parts = column.split("_")
    if parts[-1] in _UNITS and parts[-1] != "share":
        parts = parts[:-1]
    if parts and parts[0] == "n":
        parts = parts[1:]
    text = " ".join("CLV" if part == "clv" else part for part in parts)
    return text[:1].upper() + text[1:]


def inside(text: str) -> str:
    """Words as they stand inside a sentence: a small first letter, unless it is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def label(column: str) -> str:
    """A column's name as an axis label with its unit: 'revenue_eur' is 'Revenue (EUR)'."""
    unit = _UNITS.get(column.split("_")[-1], "number" if column.startswith("n_") else "")
    return f"{words(column)} ({unit})" if unit else words(column)


def size_inches(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in inches, as far as known before the figure is laid out."""
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    return box.width / dpi, box.height / dpi


def text_inches(text: str, *, size: float = SIZE) -> float:
    """About how wide a text will be; the widest line counts."""
    return max(len(line) for line in text.split("\n")) * 0.6 * size / 72


def note(ax: Axes, x: float, y: float, text: str, **kwargs: Any) -> None:
    """A label beside a point, on the side of it where the axes have more room."""
    fx, fy = ax.transAxes.inverted().transform(ax.transData.transform((x, y)))
    right, up = fx < 0.5, fy < 0.8
    style: dict[str, Any] = {
        "xytext": (9 if right else -9, 8 if up else -8),
        "ha": "left" if right else "right",
        "va": "bottom" if up else "top",
    }
    ax.annotate(
        text,
        (x, y),
        textcoords="offset points",
        fontsize=SIZE,
        color=PALETTE["ink"],
        bbox=HALO,
        **(style | kwargs),
    )
