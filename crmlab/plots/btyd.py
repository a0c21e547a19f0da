"""Pictures of buying and leaving: histories, actual beside expected, P(alive) over time, equal value."""

from __future__ import annotations

from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.contracts import DataError
from crmlab.engine import day
from crmlab.plots.frame import (
    HALO,
    SIZE,
    canvas,
    inside,
    label,
    money,
    note,
    number,
    number_axis,
    numbers,
    require,
    thin,
)
from crmlab.plots.heat import colour_bar, heat, scale
from crmlab.plots.palette import PALETTE

GRID_HINT = "make it with history_grid(T=...) and predict or clv"
KEY: dict[str, Any] = {"fontsize": SIZE, "facecolor": "white", "edgecolor": "none", "framealpha": 0.9}
_FORMS = {"p_alive": ("P(alive) (probability)", 2), "expected_purchases": ("Expected purchases (number)", 1)}


def plot_btyd_grid(
    table: pd.DataFrame, *, value: str = "p_alive", unit: str = "weeks", ax: Axes | None = None
) -> Axes:
    """A value for each pair of repeat purchases and silence, as coloured cells with their numbers.

    Parameters
    ----------
    table : DataFrame
        One row per history, as from ``history_grid`` with a column of values: ``frequency`` (repeat
        purchases), ``silence`` (time since the last purchase) and ``value``.
    value : str, default "p_alive"
        The column shown: ``p_alive``, ``expected_purchases``, ``clv_eur`` or another number.
    unit : str, default "weeks"
        Unit of ``silence``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        The shortest silence is at the top; a dash marks a history that cannot be.

    Raises
    ------
    DataError
        A column is missing, a value is no number, or two rows have the same history.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"frequency": [1, 1, 2], "silence": [0.0, 10.0, 0.0], "p_alive": [0.9, 0.5, 1.0]})
    >>> plot_btyd_grid(table).get_xlabel()
    'Repeat purchases (number)'
    """
    what = "table"
    require(table, ["frequency", "silence", value], what=what, hint=GRID_HINT)
    x, wait, shown = (numbers(table, c, what=what) for c in ("frequency", "silence", value))
    if table.duplicated(["frequency", "silence"]).any():
        raise DataError(f"table has two rows of the same frequency and silence. Hint: {GRID_HINT}")
    columns, rows = np.unique(x), np.unique(wait)[::-1]  # row 0 is at the bottom: the longest silence
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[len(rows) - 1 - np.searchsorted(rows[::-1], wait), np.searchsorted(columns, x)] = shown
    words, decimals = _FORMS.get(value, (label(value), 0 if np.abs(shown).max() >= 100 else 1))

    def write(amount: float) -> str:
        return f"{amount:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")

    ax = canvas(ax, grid="")
    colors = scale(grid, high=1.0 if value == "p_alive" else None)
    heat(
        ax, grid, colors=colors, columns=[number(c) for c in columns],
        rows=[number(round(r, 1)) for r in rows], texts=lambda r, c: (write(grid[r, c]),),
        dash=len(columns) <= 15,
    )  # fmt: skip
    colour_bar(ax, colors, unit=words, form=number)
    ax.set_xlabel("Repeat purchases (number)")
    ax.set_ylabel(f"Time since the last purchase ({unit})")
    return ax


def plot_tracking(table: pd.DataFrame, *, value: str = "cumulative", ax: Axes | None = None) -> Axes:
    """Repeat purchases that happened beside those expected, through calibration and holdout.

    Parameters
    ----------
    table : DataFrame
        From ``tracking``: ``date``, ``actual``, ``expected``, ``actual_cumulative``,
        ``expected_cumulative``, ``holdout``.
    value : {"cumulative", "step"}, default "cumulative"
        Purchases since the beginning, or in each step.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        The holdout lies on a hatched ground behind a line.

    Raises
    ------
    DataError
        A column is missing or holds no numbers, or `value` is another word.

    Examples
    --------
    >>> table = pd.DataFrame({"date": pd.to_datetime(["1997-09-23", "1997-09-30", "1997-10-07"]),
    ...     "actual": [5, 6, 4], "expected": [5.5, 5.0, 4.8], "actual_cumulative": [5, 11, 15],
    ...     "expected_cumulative": [5.5, 10.5, 15.3], "holdout": [False, False, True]})
    >>> plot_tracking(table).get_ylabel()
    'Repeat purchases since the beginning (number)'
    """
    what, hint = "table", "make it with tracking(fit, orders, as_of=..., end=...)"
    endings = {"cumulative": "_cumulative", "step": ""}
    if value not in endings:
        raise DataError(f"value must be 'cumulative' or 'step'; found {value!r}. Hint: value='cumulative'")
    names = [f"{name}{endings[value]}" for name in ("actual", "expected")]
    require(table, ["date", "holdout", *names], what=what, hint=hint)
    shown = table.sort_values("date", kind="stable")
    dates = mdates.date2num(shown["date"])  # type: ignore[no-untyped-call]
    actual, expected = (numbers(shown, name, what=what) for name in names)
    later = shown["holdout"].to_numpy(dtype=bool)

    ax = canvas(ax)
    at = thin(len(dates))
    style: dict[str, Any] = {"linewidth": 2 if value == "cumulative" else 1.4}
    ax.plot(dates[at], actual[at], color=PALETTE["blue"], label="Actual", **style)
    ax.plot(dates[at], expected[at], color=PALETTE["vermillion"], linestyle="--", label="Expected", **style)
    ax.set_xlim(dates[0] - 0.5, dates[-1] + 0.5)
    high = float(max(actual.max(), expected.max())) or 1.0
    ax.set_ylim(0, 1.24 * high)
    if later.any():
        cut = dates[~later].max() if (~later).any() else dates[0]
        ax.axvline(cut, color=PALETTE["ink"], linestyle="--", linewidth=1.5)
        edge: dict[str, Any] = {"edgecolor": PALETTE["light"], "hatch": "///", "linewidth": 0}
        ax.axvspan(cut, dates[-1] + 0.5, facecolor="none", zorder=0, **edge)
        seen = (cut - dates[0]) / max(dates[-1] - dates[0], 1)  # share of the width
        words = "holdout: not seen by the model" if seen < 0.6 else "holdout" if seen < 0.8 else "holdout →"
        note(ax, cut, 1.22 * high, words, xytext=(5 if seen < 0.8 else -5, 0),
             ha="left" if seen < 0.8 else "right", va="top")  # fmt: skip
    ax.legend(loc="lower right" if value == "cumulative" else "upper left", **KEY)
    _dates(ax)
    number_axis(ax.yaxis)
    ax.set_xlabel("Day (calendar date)")
    since = "since the beginning" if value == "cumulative" else "in each step"
    ax.set_ylabel(f"Repeat purchases {since} (number)")
    return ax


def plot_alive_history(path: pd.DataFrame, *, left: object = None, ax: Axes | None = None) -> Axes:
    """One customer's P(alive) over time, with the days on which they bought.

    Parameters
    ----------
    path : DataFrame
        From ``alive_path``: ``date``, ``p_alive`` (0 to 1), ``bought`` (True on a purchase day).
    left : str or date, optional
        The day on which the customer truly left, if it is known; drawn as a line if it lies in view.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or P(alive) lies outside 0 to 1.

    Examples
    --------
    >>> path = pd.DataFrame({"date": pd.to_datetime(["2023-01-01", "2023-06-01"]), "p_alive": [1.0, 0.4],
    ...                      "bought": [True, False]})
    >>> plot_alive_history(path).get_ylabel()
    'P(alive) (probability)'
    """
    what, hint = "path", "make it with alive_path(fit, orders of one customer, as_of=...)"
    require(path, ["date", "p_alive", "bought"], what=what, hint=hint)
    shown = path.sort_values("date", kind="stable")
    p = numbers(shown, "p_alive", what=what)
    if (p < 0).any() or (p > 1).any():
        raise DataError(f"p_alive must lie between 0 and 1; found {p[(p < 0) | (p > 1)][0]:g}. Hint: {hint}")
    dates, bought = mdates.date2num(shown["date"]), shown["bought"].to_numpy(dtype=bool)  # type: ignore[no-untyped-call]

    ax = canvas(ax)
    days = np.flatnonzero(bought)[thin(int(bought.sum()))] if bought.any() else np.array([], dtype=int)
    at = np.union1d(thin(len(p)), days)[:2000]
    ax.plot(dates[at], p[at], color=PALETTE["blue"], linewidth=2)
    ax.plot(dates[days], p[days], color=PALETTE["blue"], marker="o", markersize=6, linestyle="none",
            label="Purchase", clip_on=False)  # fmt: skip
    wide = (dates[-1] - dates[0]) or 1.0
    ax.set_xlim(dates[0] - 0.02 * wide, dates[-1] + 0.14 * wide)
    ax.set_ylim(0, 1.22)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    number_axis(ax.yaxis)
    gone = None if left is None else float(mdates.date2num(day(left, name="left")))  # type: ignore[no-untyped-call]
    if gone is not None and dates[0] <= gone <= dates[-1]:
        ax.axvline(gone, color=PALETTE["vermillion"], linestyle="--", linewidth=1.5)
        right = gone < (dates[0] + dates[-1]) / 2
        note(ax, gone, 1.2, f"truly left {day(left, name='left')}", xytext=(5 if right else -5, 0),
             ha="left" if right else "right", va="top")  # fmt: skip
    note(ax, dates[-1], float(p[-1]), f"{p[-1]:.2f}", xytext=(6, 0), ha="left", va="center")
    ax.legend(loc="lower left", **KEY)
    _dates(ax)
    ax.set_xlabel("Day (calendar date)")
    ax.set_ylabel("P(alive) (probability)")
    return ax


def plot_iso_value(
    table: pd.DataFrame, *, value: str = "clv_eur", unit: str = "weeks", ax: Axes | None = None
) -> Axes:
    """Lines of equal value over repeat purchases and silence.

    Parameters
    ----------
    table : DataFrame
        One row per history of a full grid, as from ``history_grid`` (without frequency 0) with ``clv``:
        ``frequency``, ``silence`` and ``value``.
    value : str, default "clv_eur"
        The column whose lines are drawn, 0 or more.
    unit : str, default "weeks"
        Unit of ``silence``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        Up to seven lines, each twice (or two and a half times) the one before, with its amount.

    Raises
    ------
    DataError
        A column is missing, or the grid has fewer than 2 x 2 cells or holes.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005b). RFM and CLV: Using Iso-Value Curves for Customer Base
    Analysis. Journal of Marketing Research 42(4), 415-430. doi:10.1509/jmkr.2005.42.4.415

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [1, 1, 2, 2], "silence": [0.0, 9.0, 0.0, 9.0],
    ...                       "clv_eur": [10.0, 5.0, 30.0, 2.0]})
    >>> plot_iso_value(table).get_ylabel()
    'Time since the last purchase (weeks)'
    """
    what = "table"
    require(table, ["frequency", "silence", value], what=what, hint=GRID_HINT)
    x, wait, shown = (numbers(table, c, what=what) for c in ("frequency", "silence", value))
    columns, rows = np.unique(x), np.unique(wait)
    if min(len(columns), len(rows)) < 2 or len(table) != len(columns) * len(rows):
        raise DataError(
            f"table has {len(table):,} rows; a full grid of at least 2 x 2 is needed, here {len(columns)} "
            f"frequencies x {len(rows)} silences. Hint: leave frequency 0 out of history_grid"
        )
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[np.searchsorted(rows, wait), np.searchsorted(columns, x)] = shown
    levels = _levels(grid)

    ax = canvas(ax, grid="both")
    lines = ax.contour(columns, rows, grid, levels=levels, colors=PALETTE["blue"], linewidths=1.8)
    ax.set_ylim(rows[-1], rows[0])
    ax.set_xlim(columns[0], columns[-1])
    taken: list[tuple[float, float]] = []
    width, height = columns[-1] - columns[0], rows[-1] - rows[0]
    for level, pieces in zip(levels, lines.allsegs, strict=True):
        points = np.vstack([p for p in pieces if len(p)]) if any(len(p) for p in pieces) else np.empty((0, 2))
        fx, fy = (points[:, 0] - columns[0]) / width, (points[:, 1] - rows[0]) / height
        inner = (fx > 0.06) & (fx < 0.94) & (fy > 0.05) & (fy < 0.95)
        free = np.array([all(abs(a - u) > 0.13 or abs(b - v) > 0.085 for u, v in taken)
                         for a, b in zip(fx, fy, strict=True)], dtype=bool)  # fmt: skip
        where = np.flatnonzero(inner & free)
        if len(where):
            best = where[np.argmax(fy[where])]  # the tip of the line: the longest silence it reaches
            taken.append((float(fx[best]), float(fy[best])))
            style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SIZE, "bbox": HALO}
            ax.text(points[best, 0], points[best, 1], money(level), color=PALETTE["ink"], **style)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel(f"Repeat purchases (number); lines: equal {inside(label(value))}")
    ax.set_ylabel(f"Time since the last purchase ({unit})")
    return ax


def _levels(grid: np.ndarray[Any, np.dtype[Any]]) -> list[float]:
    """Give up to seven amounts of the form 1, 2, 5 times a power of ten inside the grid's range."""
    high = float(grid.max())
    if high <= 0:
        raise DataError(f"table has no value above 0, so no line can be drawn. Hint: {GRID_HINT}")
    low = max(float(grid.min()), high / 500)
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = [a * 10.0**k for k in powers for a in (1, 2, 5) if low < a * 10.0**k < high]
    return steps[-7:] or [(low + high) / 2]


def _dates(ax: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
