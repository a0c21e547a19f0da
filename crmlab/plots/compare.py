"""Picture of a race: one dot with its interval per method, beside what a guess by lot would give."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from crmlab.contracts import DataError
from crmlab.plots.frame import HALO, SIZE, alike, canvas, number, numbers, require
from crmlab.plots.palette import LINES, PALETTE

_FACTOR = {"%": 100.0, "percentage points": 100.0}
_REACH = 0.34  # of the height of a row that several series share


def plot_race(
    table: pd.DataFrame,
    *,
    value: str,
    unit: str,
    by: str = "method",
    low: str | None = None,
    high: str | None = None,
    series: str | None = None,
    references: dict[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A dot per method with its interval, best read from left to right; dashed lines say what to beat.

    Parameters
    ----------
    table : DataFrame
        One row per method (and series). Methods are drawn from top to bottom as they first appear; one whose
        value is NaN keeps its row and the words "does not say".
    value : str
        The column drawn.
    unit : str
        Of the value: "%" and "percentage points" show shares times 100; anything else is shown as it is.
    by : str, default "method"
        The column naming the methods.
    low, high : str, optional
        Columns with the ends of the interval; both or neither.
    series : str, optional
        A column that splits the rows into up to four series, each with its own colour and marker.
    references : dict of str to float, optional
        Lines to compare with, by their label, in the unit of the column.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, only one end of the interval is named, or there are more
        than four series.

    Examples
    --------
    >>> table = pd.DataFrame({"method": ["ABC", "RFM"], "hit": [0.47, 0.53]})
    >>> plot_race(table, value="hit", unit="%").get_xlabel()
    'Hit (%)'
    """
    what, hint = "table", "it needs one row per method, with the value in a column"
    if (low is None) != (high is None):
        raise DataError("low and high must be named together, or neither. Hint: low='low', high='high'")
    ends = [c for c in (low, high) if c is not None]
    require(table, [by, value, *ends, *([series] if series else [])], what=what, hint=hint)
    names = list(dict.fromkeys(table[by].astype(str)))
    groups = list(dict.fromkeys(table[series].astype(str))) if series else [""]
    if len(groups) > len(LINES):
        raise DataError(f"series must have at most {len(LINES)} values; {series!r} has {len(groups)}.")
    factor = _FACTOR.get(unit, 1.0)
    middle = numbers(table, value, what=what, missing=True) * factor
    reach = [numbers(table, c, what=what, missing=True) * factor for c in ends]
    which = table[series].astype(str).to_numpy() if series else np.full(len(table), "")
    place = {name: row for row, name in enumerate(names)}
    shift = np.linspace(-_REACH / 2, _REACH / 2, len(groups)) if len(groups) > 1 else np.zeros(1)
    height = np.array([place[n] for n in table[by].astype(str)], dtype=float)
    height += np.array([shift[groups.index(g)] for g in which])

    write = alike(np.append(np.round(middle, 1), 11.5))  # one decimal, none from 100 on

    ax = canvas(ax, grid="x")
    for label, where in (references or {}).items():
        ax.axvline(where * factor, color=PALETTE["grey"], linestyle="--", linewidth=1.3)
        ax.annotate(
            label, (where * factor, -0.72), xytext=(4, 0), textcoords="offset points", fontsize=SIZE,
            color=PALETTE["ink"], va="center", bbox=HALO,
        )  # fmt: skip
    for index, group in enumerate(groups):
        colour, _, marker = LINES[index]
        mine = (which == group) & np.isfinite(middle)
        if reach:
            ax.hlines(height[mine], reach[0][mine], reach[1][mine], color=PALETTE[colour], linewidth=2)
        ax.plot(
            middle[mine], height[mine], color=PALETTE[colour], marker=marker, markersize=8, linestyle="none",
            markeredgecolor="white", label=group,
        )  # fmt: skip
        right = reach[1] if reach else middle
        for at in np.flatnonzero(mine):
            ax.annotate(
                write(middle[at]), (right[at], height[at]), xytext=(7, 0), textcoords="offset points",
                fontsize=SIZE, color=PALETTE["ink"], va="center", bbox=HALO,
            )  # fmt: skip
    if series:
        ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
    known = [middle, *reach, *(np.array([v * factor]) for v in (references or {}).values())]
    drawn = np.concatenate([np.asarray(k)[np.isfinite(k)] for k in known])
    edges = (float(drawn.min()), float(drawn.max())) if len(drawn) else (0.0, 1.0)
    span = (edges[1] - edges[0]) or 1.0
    ax.set_xlim(edges[0] - 0.06 * span, edges[1] + 0.2 * span)
    start, stop = ax.get_xlim()
    left = any(v * factor > (start + stop) / 2 for v in (references or {}).values())  # away from the lines
    for name, row in place.items():
        if not np.isfinite(middle[table[by].astype(str).to_numpy() == name]).any():
            ax.text(
                0.02 if left else 0.98, row, "does not say", transform=ax.get_yaxis_transform(),
                fontsize=SIZE, color=PALETTE["grey"], ha="left" if left else "right", va="center",
                style="italic", bbox=HALO,
            )  # fmt: skip
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(names) - 0.4, -1.0 if references else -0.6)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v, digits=6)))
    ax.set_xlabel(f"{value[:1].upper()}{value[1:].replace('_', ' ')} ({unit})")
    return ax
