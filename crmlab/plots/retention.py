"""Pictures of staying and leaving: survival, hazard, promises, and what calling the best-scored brings."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import SIZE, canvas, number_axis, numbers, percent_axis, require
from crmlab.plots.palette import LINES, PALETTE


def plot_survival(table: pd.DataFrame, *, by: str = "group", ax: Axes | None = None) -> Axes:
    """Survival curves as steps, each with its band.

    Parameters
    ----------
    table : DataFrame
        One or several results of ``kaplan_meier`` below each other: ``month``, ``survival``, ``low``,
        ``high`` and the column named in `by`; up to four groups.
    by : str, default "group"
        The column that names the curves.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than four groups.

    Examples
    --------
    >>> table = pd.DataFrame({"group": "all", "month": [0, 1], "survival": [1, 0.9], "low": [1, 0.8],
    ...                       "high": [1, 0.95]})
    >>> plot_survival(table).get_ylabel()
    'Still there (% of those who started)'
    """
    what, hint = "table", "make it with kaplan_meier(...).assign(group=...)"
    require(table, [by, "month", "survival", "low", "high"], what=what, hint=hint)
    x, y, low, high = (numbers(table, c, what=what) for c in ("month", "survival", "low", "high"))
    names = list(dict.fromkeys(table[by].astype(str)))
    if len(names) > len(LINES):
        raise DataError(f"{by} must have at most {len(LINES)} values; it has {len(names)}.")
    ax = canvas(ax, height=4.2)
    for k, name in enumerate(names):
        mine = table[by].astype(str).to_numpy() == name
        colour, line, _ = LINES[k]
        ax.fill_between(x[mine], low[mine], high[mine], step="post", color=PALETTE[colour], alpha=0.15, lw=0)
        ax.step(x[mine], y[mine], where="post", color=PALETTE[colour], linestyle=line, lw=2, label=name)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    percent_axis(ax.yaxis)
    number_axis(ax.xaxis)
    ax.set_xlabel("Months since the start")
    ax.set_ylabel("Still there (% of those who started)")
    if len(names) > 1:
        ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def plot_hazard(table: pd.DataFrame, *, truth: str | None = None, ax: Axes | None = None) -> Axes:
    """The share who leave in each month of service, with intervals, and perhaps the true mean chance.

    Parameters
    ----------
    table : DataFrame
        ``month`` (1, 2, ...), ``hazard``, ``hazard_low``, ``hazard_high``, as from ``kaplan_meier``.
    truth : str, optional
        Column with the true mean chance of those who are there, drawn as a line.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"month": [1, 2], "hazard": [0.05, 0.04], "hazard_low": [0.04, 0.03],
    ...                       "hazard_high": [0.06, 0.05]})
    >>> plot_hazard(table).get_xlabel()
    'Month of service'
    """
    what, hint = "table", "make it with kaplan_meier(...), without month 0"
    columns = ["month", "hazard", "hazard_low", "hazard_high"]
    require(table, [*columns, *([truth] if truth else [])], what=what, hint=hint)
    x, y, low, high = (numbers(table, c, what=what) for c in columns)
    ax = canvas(ax, height=4.0)
    ax.vlines(x, low, high, color=PALETTE["blue"], lw=1.5)
    ax.plot(x, y, ls="", marker="o", ms=5, color=PALETTE["blue"], label="seen: share who left in the month")
    if truth:
        ax.plot(
            x, numbers(table, truth, what=what), color=PALETTE["vermillion"], ls="--", lw=2,
            label="truth: mean own chance of those still there",
        )  # fmt: skip
    ax.set_ylim(bottom=0)
    percent_axis(ax.yaxis)
    number_axis(ax.xaxis)
    ax.set_xlabel("Month of service")
    ax.set_ylabel("Leave in this month (% of those there)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def plot_promise(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Promised against observed share of leavers: groups with intervals, beside a perfect promise.

    Parameters
    ----------
    table : DataFrame
        One row per group: ``promised``, ``observed``, ``low``, ``high`` (shares) and ``customers`` (number).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"promised": [0.1], "observed": [0.12], "low": [0.1], "high": [0.2],
    ...                       "customers": [40]})
    >>> plot_promise(table).get_xlabel()
    'Promised by the model (% leave)'
    """
    what, columns = "table", ["promised", "observed", "low", "high", "customers"]
    require(table, columns, what=what, hint="one row per group of equal size")
    x, y, low, high, n = (numbers(table, c, what=what) for c in columns)
    ax = canvas(ax, height=4.0)
    top = 1.08 * max(float(x.max()), float(high.max()), 0.01)
    ax.plot([0, top], [0, top], color=PALETTE["grey"], ls="--", lw=1.2)
    ax.vlines(x, low, high, color=PALETTE["blue"], lw=2)
    ax.plot(x, y, ls="", marker="o", ms=7, color=PALETTE["blue"])
    said = f"each group: about {n.mean():,.0f} customers"
    ax.text(0.98, 0.04, said, transform=ax.transAxes, ha="right", fontsize=SIZE, color=PALETTE["ink"])
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Promised by the model (% leave)")
    ax.set_ylabel("Observed (% left)")
    return ax


def plot_qini(
    table: pd.DataFrame, *, by: str = "list", y: str = "Kept by calling (customers)", mark: float | None =
    None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """What calling the best-scored brings: one curve per list, the first with its band.

    Parameters
    ----------
    table : DataFrame
        One or several results of ``qini_curve`` below each other, with a column that names the list: ``n``,
        ``gain``, ``low``, ``high``, ``straight``. Up to four lists.
    by : str, default "list"
        The column that names the list.
    y : str, default "Kept by calling (customers)"
        Label of the gain with its unit.
    mark : float, optional
        A number of calls to mark.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than four lists.

    Examples
    --------
    >>> table = pd.DataFrame({"list": "uplift", "n": [0, 10], "gain": [0, 2.0], "low": [0, 1.0],
    ...                       "high": [0, 3.0],
    ...                       "straight": [0, 2.0]})
    >>> plot_qini(table).get_xlabel()
    'Customers called, best-scored first'
    """
    what, columns = "table", ["n", "gain", "low", "high", "straight"]
    require(table, [by, *columns], what=what, hint="make it with qini_curve(...).assign(list=...)")
    n, gain, low, high, straight = (numbers(table, c, what=what) for c in columns)
    names = list(dict.fromkeys(table[by].astype(str)))
    if len(names) > len(LINES):
        raise DataError(f"{by} must have at most {len(LINES)} values; it has {len(names)}.")
    ax = canvas(ax, height=4.2)
    for k, name in enumerate(names):
        mine = table[by].astype(str).to_numpy() == name
        colour, line, marker = LINES[k]
        if k == 0:
            ax.fill_between(n[mine], low[mine], high[mine], color=PALETTE[colour], alpha=0.15, lw=0)
            ax.plot(n[mine], straight[mine], color=PALETTE["grey"], lw=1.2, label="by lot")
        ax.plot(n[mine], gain[mine], color=PALETTE[colour], ls=line, marker=marker, ms=4, lw=2, label=name)
    ax.axhline(0, color=PALETTE["ink"], lw=1)
    if mark is not None:
        ax.axvline(mark, color=PALETTE["ink"], lw=1.2, ls=(0, (2, 3)))
    ax.set_xlim(0, float(np.max(n)))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel("Customers called, best-scored first")
    ax.set_ylabel(y)
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
    return ax
