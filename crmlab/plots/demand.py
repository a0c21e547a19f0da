"""Pictures of what is known about demand: guesses against the base rate, promised chances, hits."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import SIZE, canvas, numbers, percent, percent_axis, require
from crmlab.plots.palette import LINES, PALETTE


def plot_demand_coverage(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """For each demand question, how often the base rate is right and how often the own answer is.

    Parameters
    ----------
    table : DataFrame
        From ``demand_coverage``: ``question``, ``base_right``, ``own_right``, ``low``, ``high`` (interval of
        the gain).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"question": ["where"], "base_right": [0.5], "own_right": [0.6], "low": [0.05],
    ...                       "high": [0.15]})
    >>> plot_demand_coverage(table).get_xlabel()
    'Next answers guessed rightly (% of customers)'
    """
    what, hint = "table", "make it with demand_coverage(...)"
    require(table, ["question", "base_right", "own_right", "low", "high"], what=what, hint=hint)
    base, own, low, high = (numbers(table, c, what=what) for c in ("base_right", "own_right", "low", "high"))
    ax = canvas(ax, grid="x", height=4.2)
    y = np.arange(len(table))[::-1]
    ax.hlines(y, base, own, color=PALETTE["grey"], lw=1.5)
    ax.hlines(y, base + low, base + high, color=PALETTE["blue"], lw=6, alpha=0.25)
    ax.plot(
        base,
        y,
        ls="",
        marker="|",
        ms=16,
        mew=3,
        color=PALETTE["ink"],
        label="base rate: the same guess for all",
    )
    ax.plot(
        own,
        y,
        ls="",
        marker="o",
        ms=8,
        color=PALETTE["blue"],
        label="own answer, with the interval of its gain",
    )
    ax.set_yticks(y, table["question"].astype(str), fontsize=SIZE)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlim(0, 1)
    percent_axis(ax.xaxis)
    ax.set_xlabel("Next answers guessed rightly (% of customers)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return ax


def plot_chance_check(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Promised chances against what came: groups of customers, one line per method, beside a perfect promise.

    Parameters
    ----------
    table : DataFrame
        ``method``, ``said`` (mean chance of a group), ``came`` (its share), ``low``, ``high``; up to four
        methods.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than four methods.

    Examples
    --------
    >>> table = pd.DataFrame({"method": "m", "said": [0.1, 0.5], "came": [0.1, 0.4], "low": [0, 0.3],
    ...                       "high": [0.2, 0.5]})
    >>> plot_chance_check(table).get_ylabel()
    'Bought (% of the group)'
    """
    what, hint = "table", "one row per method and group of customers"
    require(table, ["method", "said", "came", "low", "high"], what=what, hint=hint)
    said, came, low, high = (numbers(table, c, what=what) for c in ("said", "came", "low", "high"))
    names = list(dict.fromkeys(table["method"].astype(str)))
    if len(names) > len(LINES):
        raise DataError(f"method must have at most {len(LINES)} values; it has {len(names)}.")
    ax = canvas(ax, height=4.2)
    top = min(1.0, 1.1 * float(max(said.max(), high.max())))
    ax.plot([0, top], [0, top], color=PALETTE["grey"], lw=1, label="said = came")
    for (colour, line, marker), name in zip(LINES, names, strict=False):
        mine = table["method"].astype(str).to_numpy() == name
        ax.vlines(said[mine], low[mine], high[mine], color=PALETTE[colour], lw=1.5)
        ax.plot(said[mine], came[mine], color=PALETTE[colour], ls=line, marker=marker, ms=6, label=name)
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Chance that was said (mean of a tenth of the customers)")
    ax.set_ylabel("Bought (% of the group)")
    ax.legend(fontsize=SIZE, frameon=False, loc="upper left")
    return ax


def plot_hits(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Hit rates of recommenders with their intervals; the first is the baseline, drawn as a line through all.

    Parameters
    ----------
    table : DataFrame
        From ``hits_at``: ``method``, ``hit_rate``, ``low``, ``high``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 3.4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"method": ["popular"], "hit_rate": [0.3], "low": [0.2], "high": [0.4]})
    >>> plot_hits(table).get_xlabel()
    'Customers with a hit (%)'
    """
    what, hint = "table", "make it with hits_at(...)"
    require(table, ["method", "hit_rate", "low", "high"], what=what, hint=hint)
    rate, low, high = (numbers(table, c, what=what) for c in ("hit_rate", "low", "high"))
    ax = canvas(ax, grid="x", height=3.4)
    y = np.arange(len(table))[::-1]
    ax.axvline(rate[0], color=PALETTE["grey"], ls="--", lw=1.5)
    ax.hlines(y, low, high, color=PALETTE["blue"], lw=2.5)
    ax.plot(rate, y, ls="", marker="o", ms=9, color=PALETTE["blue"])
    for height, value, edge in zip(y, rate, high, strict=True):
        ax.annotate(
            percent(value),
            (edge, height),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=SIZE,
        )
    ax.set_yticks(y, table["method"].astype(str), fontsize=SIZE)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlim(0, min(1.0, max(high.max() * 1.2, 0.1)))
    percent_axis(ax.xaxis)
    ax.set_xlabel("Customers with a hit (%)")
    return ax
