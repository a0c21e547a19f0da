"""Pictures of what an action brought: effect per group, profit by number mailed, estimate beside truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from crmlab.plots.frame import (
    canvas,
    money,
    note,
    number,
    number_axis,
    numbers,
    require,
    thin,
)
from crmlab.plots.palette import PALETTE


def plot_response(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    unit: str = "percentage points",
    break_even: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The effect of a treatment in each cell with its interval, beside zero and the break-even.

    Parameters
    ----------
    table : DataFrame
        From ``response_table`` or ``difference_table``: the cell's name, ``uplift``, ``uplift_low``,
        ``uplift_high``, ``treated_n``, ``control_n``. Drawn from top to bottom in the order given; a cell
        without an estimate (NaN) keeps its row and says so.
    by : str or list of str, optional
        The column(s) naming the cell; the first column unless given.
    unit : str, default "percentage points"
        Percentage points: shares are shown times 100. Anything else ("EUR per customer") is shown as it is.
    break_even : float, optional
        The uplift that pays for the action, in the unit of ``uplift`` (a share, or EUR).
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given, 4.5 high and higher for more than 12 cells.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"segment": ["New"], "uplift": [0.03], "uplift_low": [-0.01],
    ...                       "uplift_high": [0.07], "treated_n": [400], "control_n": [200]})
    >>> plot_response(table).get_xlabel()
    'Uplift (percentage points)'
    """
    what, hint = "table", "make it with response_table(people, by=...)"
    require(table, [], what=what, hint=hint)
    cells = [str(table.columns[0])] if by is None else [by] if isinstance(by, str) else list(by)
    require(
        table, [*cells, "uplift", "uplift_low", "uplift_high", "treated_n", "control_n"], what=what, hint=hint
    )
    factor = 100.0 if unit == "percentage points" else 1.0
    middle, low, high = (
        numbers(table, c, what=what, missing=True) * factor for c in ("uplift", "uplift_low", "uplift_high")
    )
    treated, control = (numbers(table, c, what=what) for c in ("treated_n", "control_n"))
    rows = np.arange(len(table))
    names = table[cells].astype(str).agg(" · ".join, axis=1)

    ax = canvas(ax, grid="x", height=max(4.5, 0.36 * len(table) + 0.9))
    ax.axvline(0, color=PALETTE["ink"], linewidth=1.2)
    ax.hlines(rows, low, high, color=PALETTE["blue"], linewidth=2)
    ax.plot(middle, rows, color=PALETTE["blue"], marker="o", markersize=7, linestyle="none")
    sizes = [
        f"{name}\n{t:,.0f} treated, {c:,.0f} control"
        for name, t, c in zip(names, treated, control, strict=True)
    ]
    two_lines = len(table) <= 10
    ax.set_yticks(rows, sizes if two_lines else names.tolist())
    ax.tick_params(axis="y", length=0)
    ends = [0.0, *low[np.isfinite(low)], *high[np.isfinite(high)], *middle[np.isfinite(middle)]]
    if break_even is not None:
        ends.append(break_even * factor)
        ax.axvline(break_even * factor, color=PALETTE["vermillion"], linestyle="--", linewidth=1.5)
    span = (max(ends) - min(ends)) or 1.0
    ax.set_xlim(min(ends) - 0.05 * span, max(ends) + 0.05 * span)
    ax.set_ylim(len(rows) - 0.4, -1.1 if break_even is not None else -0.6)
    for row in rows:
        if not np.isfinite(middle[row]):
            note(ax, 0, float(row), "no estimate", xytext=(6, 0), ha="left", va="center")
    if break_even is not None:
        text = f"Break-even {number(round(break_even * factor, 2))}{' points' if factor == 100 else ''}"
        note(ax, break_even * factor, -0.75, text, xytext=(5, 0), va="center")
    sign = FuncFormatter(lambda v, _: ("+" if v > 0 else "") + number(v))
    ax.xaxis.set_major_formatter(sign)
    ax.set_xlabel(f"Uplift ({unit})")
    return ax


def plot_profit_curve(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Cumulative profit against the number of customers mailed, best prospects first; the maximum marked.

    Parameters
    ----------
    table : DataFrame
        ``n_mailed`` (0.., number of customers), ``profit_eur`` (cumulative, after cost).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> curve = pd.DataFrame({"n_mailed": [0, 100, 200], "profit_eur": [0.0, 500.0, -100.0]})
    >>> plot_profit_curve(curve).get_ylabel()
    'Cumulative profit (EUR)'
    """
    what = "table"
    hint = "it needs one row per number mailed: columns n_mailed and profit_eur"
    require(table, ["n_mailed", "profit_eur"], what=what, hint=hint)
    x, y = numbers(table, "n_mailed", what=what), numbers(table, "profit_eur", what=what)
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]

    ax = canvas(ax)
    best = int(np.argmax(y))
    at = thin(len(x), keep=[best])
    ax.plot(x[at], y[at], color=PALETTE["blue"], linewidth=2)
    ax.axhline(0, color=PALETTE["ink"], linewidth=1.2)
    low, high = min(0.0, float(y.min())), max(0.0, float(y.max()))
    span = (high - low) or 1.0
    ax.set_ylim(low - 0.05 * span, high + 0.25 * span)
    if x[-1] > x[0]:
        ax.set_xlim(x[0], x[-1])
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.plot(x[best], y[best], color=PALETTE["vermillion"], marker="o", markersize=8, clip_on=False)
    ax.vlines(x[best], 0, y[best], color=PALETTE["vermillion"], linestyle="--", linewidth=1.2, clip_on=False)
    left = ax.transAxes.inverted().transform(ax.transData.transform((x[best], y[best])))[0] < 0.5
    text = f"Maximum: {money(y[best])} EUR\nat {x[best]:,.0f} mailed"
    note(ax, x[best], y[best], text, xytext=(0, 9), ha="left" if left else "right", va="bottom")
    ax.set_xlabel("Customers mailed, best prospects first (number)")
    ax.set_ylabel("Cumulative profit (EUR)")
    return ax
