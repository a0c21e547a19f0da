"""Picture of a sweep: a finding against a parameter, with its Monte-Carlo interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    HALO,
    SIZE,
    Numbers,
    alike,
    canvas,
    inside,
    label,
    log_axis,
    number_axis,
    numbers,
    require,
    words,
)
from crmlab.plots.palette import LINES, PALETTE

MOST_SERIES = len(LINES)
_SHARE = "share, 0 to 1"
_LETTERS = ("abc", "auc", "btyd", "clv", "nps", "rfm")  # names that are written in capitals


def plot_sweep(summary: pd.DataFrame, *, x: str, series: str | None = None, ax: Axes | None = None) -> Axes:
    """Means of a finding as dots with their 95 % intervals, against a parameter.

    Numbers stand on a scale, a logarithmic one if they span a factor of 20, and are joined by lines if they
    have intervals; text stands side by side. A thin line marks zero where the finding takes both signs; "3 of
    5" beside a dot says that only 3 runs of 5 gave the finding.

    Parameters
    ----------
    summary : DataFrame
        From :func:`crmlab.sweep_table.summarise`, of one finding: ``finding``, ``unit``, ``mean``, ``low``,
        ``high``, `x` and `series`, perhaps ``n`` and ``missing``. A share is drawn in percent. Rows without a
        mean are left out.
    x : str
        The column along the x-axis, such as ``p_bands``.
    series : str, optional
        A column with up to four values, each with its own colour, line and marker.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, there is no mean, more than one finding, or more than four series.

    Examples
    --------
    >>> summary = pd.DataFrame({"p_bands": [3, 5], "finding": "profit_eur", "unit": "EUR",
    ...                         "mean": [10.0, 12.0], "low": [8.0, 11.0], "high": [12.0, 13.0]})
    >>> ax = plot_sweep(summary, x="p_bands")
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Bands', 'Profit (EUR)')
    """
    what, hint = "summary", "make it with summarise(table, by=[x], findings=[name])"
    wanted = [x, "finding", "unit", "mean", "low", "high", *([series] if series else [])]
    table = require(summary, wanted, what=what, hint=hint)
    middle = numbers(table, "mean", what=what, missing=True)
    table = table[np.isfinite(middle)]
    if table.empty:
        raise DataError("no run gave this finding, so there is nothing to draw. Hint: choose another")
    names = table["finding"].unique().tolist()
    if len(names) != 1:
        raise DataError(f"summary must hold one finding; it holds {', '.join(map(str, names))}. Hint: {hint}")
    groups = table[series].drop_duplicates().sort_values().tolist() if series else [None]
    if len(groups) > MOST_SERIES:
        raise DataError(f"series must have at most {MOST_SERIES} values; {series!r} has {len(groups)}.")
    unit = str(table["unit"].iloc[0])
    factor = 100.0 if unit in (_SHARE, "true or false") else 1.0
    on_scale = pd.api.types.is_numeric_dtype(table[x].dtype)
    texts = [] if on_scale else sorted(table[x].astype(str).unique())
    wide = (len(groups) - 1) * 0.08  # text stands at 0, 1, 2, …: series beside each other

    ax = canvas(ax)
    for place, group in enumerate(groups):
        colour, line, marker = LINES[place]
        mine = table if series is None else table[table[series] == group]
        if on_scale:
            mine = mine.sort_values(x)
            at = mine[x].to_numpy(dtype=float)
        else:
            at = mine[x].astype(str).map(texts.index).to_numpy(dtype=float) - wide / 2 + place * 0.08
        mean, low, high = (mine[c].to_numpy(dtype=float) * factor for c in ("mean", "low", "high"))
        ax.vlines(at, low, high, color=PALETTE[colour], linewidth=1.8)
        ax.plot(
            at, mean, color=PALETTE[colour], marker=marker, markersize=7, markeredgecolor="white",
            linestyle=line if on_scale and np.isfinite(low).any() else "none", linewidth=1.6,
            label=None if series is None else f"{_plain(series)} {group}",
        )  # fmt: skip
        if "missing" in mine:
            _tell_missing(ax, at, mean, mine, left=series is not None and place == 0)
    ends = np.concatenate([table[c].to_numpy(dtype=float) for c in ("mean", "low", "high")]) * factor
    ends = ends[np.isfinite(ends)]
    if ends.min() <= 0 <= ends.max() and ends.min() < 0:
        ax.axhline(0, color=PALETTE["grey"], linewidth=1.1)
    if on_scale:
        values = np.unique(table[x].to_numpy(dtype=float))
        if len(values) > 3 and values[0] > 0 and values[-1] >= 20 * values[0]:
            ax.set_xscale("log")
            log_axis(ax.xaxis, float(values[0]), float(values[-1]))
        else:
            number_axis(ax.xaxis)
    else:
        ax.set_xticks(range(len(texts)), [text or "(empty)" for text in texts])
        ax.set_xlim(-0.6, len(texts) - 0.4)
    write = alike(np.asarray(ax.get_yticks(), dtype=float))
    ax.yaxis.set_major_formatter(lambda value, _: write(value))
    ax.set_xlabel(label(_bare(x)))
    ax.set_ylabel(finding_label(str(names[0]), unit))
    if series:
        ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def _tell_missing(ax: Axes, at: Numbers, mean: Numbers, rows: pd.DataFrame, *, left: bool) -> None:
    """Write beside a dot how many runs it stands for, where some have not given the finding."""
    for x, y, n, missing in zip(at, mean, rows["n"], rows["missing"], strict=True):
        if missing:
            ax.annotate(
                f"{n} of {n + missing}", (x, y), xytext=(-8 if left else 8, 0), textcoords="offset points",
                ha="right" if left else "left", va="center", fontsize=SIZE, color=PALETTE["ink"],
                bbox=HALO,
            )  # fmt: skip


def _bare(column: str) -> str:
    return column.removeprefix("p_")


def _plain(column: str) -> str:
    text = _bare(column).replace("_", " ")
    return text[:1].upper() + text[1:]


def finding_label(finding: str, unit: str) -> str:
    """Write a finding as the label of an axis: ``"a_eur - b_eur"`` is ``'A less b (EUR)'``."""
    first, minus, second = (part.strip() for part in finding.partition(" - "))
    said = _words(first) + (f" less {inside(_words(second))}" if minus else "")
    points = "percentage points" if minus else "%"
    shown = {_SHARE: points, "true or false": "% of runs", "number": "", "text": ""}.get(unit, unit)
    return f"{said} ({shown})" if shown else said


def _short(name: str) -> str:
    return name.removesuffix("_share") or name


def _words(name: str) -> str:
    text = words(_short(name))
    return " ".join(part.upper() if part.lower() in _LETTERS else part for part in text.split(" "))
