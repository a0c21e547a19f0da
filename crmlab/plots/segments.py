"""Pictures of segments: the customers as points, the yardsticks of their number, profiles, what they earn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.contracts import DataError
from crmlab.plots.frame import HALO, canvas, label, log_axis, note, number_axis, numbers, require, thin
from crmlab.plots.heat import heat, scale
from crmlab.plots.palette import PALETTE

COLOURS = ("blue", "vermillion", "green", "purple", "orange", "sky", "black", "grey")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
MEASURES = {
    "silhouette": ("Silhouette (−1 to 1, high is good)", 1),
    "bic": ("BIC per customer (low is good)", -1),
    "stability": ("Stability (1 = always the same)", 1),
    "within": ("Squared distance to the centre", 0),
    "gap": ("Gap to a cloud without segments", 0),
}


def plot_clusters(
    table: pd.DataFrame,
    *,
    x: str,
    y: str,
    by: str = "segment",
    log: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Customers as points over two measures: a colour and a marker for each segment, its number amid them.

    Parameters
    ----------
    table : DataFrame
        One row per customer: the numeric columns `x` and `y` and the segment.
    x, y : str
        What the axes show.
    by : str, default "segment"
        The column with the segment.
    log : names, default none
        Which of `x` and `y` have a logarithmic axis; their values are shown plus 1 where a 0 occurs.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        Of many customers 2,000, evenly spread over the rows, are drawn; the numbers stand at the medians of
        all.

    Raises
    ------
    DataError
        A column is missing or holds something that is no number, or a value on a logarithmic axis is
        negative.

    Examples
    --------
    >>> table = pd.DataFrame({"n_orders": [1, 9], "recency_days": [300, 5], "segment": [1, 2]})
    >>> [text.get_text() for text in plot_clusters(table, x="n_orders", y="recency_days").texts]
    ['1', '2']
    """
    what, hint = "table", "table.assign(segment=find_segments(features, k=4).to_numpy())"
    require(table, [x, y, by], what=what, hint=hint)
    values = {}
    for column in (x, y):
        found = numbers(table, column, what=what)
        if column in log and (found < 0).any():
            raise DataError(f"{what}: {column!r} is negative, which has no logarithm. Hint: log=()")
        values[column] = found + 1 if column in log and (found == 0).any() else found
    ax = canvas(ax, grid="")
    names = sorted(table[by].unique())
    at = thin(len(table))
    for place, name in enumerate(names):
        mine = (table[by] == name).to_numpy()
        shown = at[mine[at]]
        ax.plot(
            values[x][shown], values[y][shown],
            linestyle="none", marker=MARKERS[place % 8], markersize=4.5, alpha=0.45,
            color=PALETTE[COLOURS[place % 8]], markeredgewidth=0,
        )  # fmt: skip
    for name in names:
        mine = (table[by] == name).to_numpy()
        ax.text(
            float(np.median(values[x][mine])), float(np.median(values[y][mine])), str(name),
            ha="center", va="center", fontsize=13, fontweight="bold", color=PALETTE["ink"], bbox=HALO,
        )  # fmt: skip
    for axis, column in ((ax.xaxis, x), (ax.yaxis, y)):
        if column in log:
            (ax.set_xscale if axis is ax.xaxis else ax.set_yscale)("log")
            log_axis(axis, float(values[column].min()), float(values[column].max()))
        else:
            number_axis(axis)
    shifted = {c: " + 1" if c in log and (table[c] == 0).any() else "" for c in (x, y)}
    ax.set_xlabel(label(x) + shifted[x])
    ax.set_ylabel(label(y) + shifted[y])
    return ax


def plot_segment_counts(table: pd.DataFrame, *, measure: str, ax: Axes | None = None) -> Axes:
    """One yardstick against the number of segments, its favourite marked.

    Parameters
    ----------
    table : DataFrame
        From ``count_segments`` or ``gap_statistic``: ``k`` and the measure; the lowest tenth
        (``stability_low``) or the error is drawn as a bar when it is there.
    measure : {"silhouette", "bic", "stability", "within", "gap"}
        What to show.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or there is no such measure.

    Examples
    --------
    >>> table = pd.DataFrame({"k": [2, 3], "silhouette": [0.5, 0.3]})
    >>> plot_segment_counts(table, measure="silhouette").texts[0].get_text()
    'k = 2'
    """
    if measure not in MEASURES:
        raise DataError(f"measure must be one of {', '.join(MEASURES)}; found {measure!r}.")
    what, hint = "table", "make it with count_segments(features)"
    require(table, ["k", measure], what=what, hint=hint)
    k, value = numbers(table, "k", what=what), numbers(table, measure, what=what)
    words, sign = MEASURES[measure]
    ax = canvas(ax)
    ax.margins(x=0.1, y=0.18)
    ax.plot(k, value, color=PALETTE["blue"], marker="o", markersize=7, linewidth=2)
    if measure == "stability" and "stability_low" in table:
        ax.vlines(k, numbers(table, "stability_low", what=what), value, color=PALETTE["blue"], linewidth=1.5)
    if measure == "gap" and "error" in table:
        error = numbers(table, "error", what=what)
        ax.vlines(k, value - error, value + error, color=PALETTE["blue"], linewidth=1.5)
    best = None
    if measure == "gap" and "chosen" in table:
        best = int(np.flatnonzero(table["chosen"].to_numpy())[0])
    elif sign:
        best = int(np.argmax(sign * value))
    if best is not None:
        ax.plot(k[best], value[best], color=PALETTE["vermillion"], marker="D", markersize=10)
        left = best < len(k) / 2
        place = {"xytext": (10 if left else -10, 6), "ha": "left" if left else "right", "va": "bottom"}
        note(ax, float(k[best]), float(value[best]), f"k = {k[best]:g}", **place)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Number of segments k")
    ax.set_ylabel(words)
    return ax


def plot_segment_profile(
    profile: pd.DataFrame,
    *,
    columns: Sequence[str],
    labels: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """What each segment is like: how far its means lie from all customers' means, as a heat map.

    Parameters
    ----------
    profile : DataFrame
        From ``segment_profile``: ``segment``, ``customers`` and ``<column>_index``.
    columns : names
        Which columns to show, from left to right.
    labels : mapping, optional
        Short words for the columns; their names with spaces unless given.
    names : names, optional
        What to call the segments, in the order of the rows.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        Blue cells lie above the mean of all, red ones below; each holds the distance in standard deviations.

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> profile = pd.DataFrame({"segment": [1, 2], "customers": [60, 40], "n_orders_index": [-0.7, 1.4]})
    >>> [text.get_text() for text in plot_segment_profile(profile, columns=["n_orders"]).texts]
    ['+1.4', '−0.7']
    """
    what, hint = "profile", "make it with segment_profile(table, segments, columns=[...])"
    require(profile, ["segment", "customers", *(f"{c}_index" for c in columns)], what=what, hint=hint)
    grid = np.column_stack([numbers(profile, f"{c}_index", what=what) for c in columns])[::-1]
    rows = [str(v) for v in (profile["segment"] if names is None else names)]
    sizes = numbers(profile, "customers", what=what)
    words = labels or {}
    ax = canvas(ax, grid="")
    reach = max(float(np.abs(grid).max()), 0.5)

    def text(row: int, column: int) -> tuple[str, ...]:
        value = round(float(grid[row, column]), 1) + 0.0
        return (f"{value:+.1f}".replace("-", "\N{MINUS SIGN}").replace("+0.0", "0"),)

    heat(
        ax,
        grid,
        colors=scale(np.array([-reach, reach]), high=reach),
        columns=[words.get(c, c.replace("_", "\n")) for c in columns],
        rows=[f"{name} ({size:,.0f})" for name, size in zip(rows, sizes, strict=True)][::-1],
        texts=text,
    )
    ax.set_xlabel("Distance of the segment's mean from all customers' mean (standard deviations)")
    ax.set_ylabel("Segment (customers)")
    return ax


def plot_plans(table: pd.DataFrame, *, currency: str = "EUR", ax: Axes | None = None) -> Axes:
    """What each segmentation earns in a year more than treating all the same, with its interval.

    Parameters
    ----------
    table : DataFrame
        From ``judge_plans``, drawn from top to bottom: ``plan``, ``segments``, ``gain_eur``, ``gain_low``,
        ``gain_high``; with ``true_gain_eur`` the truth is drawn too, as a diamond.
    currency : str, default "EUR"
        The unit of the axis.
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
    >>> table = pd.DataFrame({"plan": ["needs"], "segments": [5], "gain_eur": [900.0], "gain_low": [-100.0],
    ...     "gain_high": [1900.0]})
    >>> plot_plans(table).get_yticklabels()[0].get_text()
    'needs (5)'
    """
    what, hint = "table", "make it with judge_plans(trial, plans=[...])"
    require(table, ["plan", "segments", "gain_eur", "gain_low", "gain_high"], what=what, hint=hint)
    middle, low, high = (numbers(table, c, what=what) for c in ("gain_eur", "gain_low", "gain_high"))
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x")
    ax.axvline(0, color=PALETTE["ink"], linewidth=1.2)
    ax.hlines(rows, low, high, color=PALETTE["blue"], linewidth=2)
    ax.plot(middle, rows, color=PALETTE["blue"], marker="o", markersize=7, linestyle="none", label="estimate")
    if "true_gain_eur" in table:
        true = numbers(table, "true_gain_eur", what=what)
        ax.plot(
            true, rows, color=PALETTE["vermillion"], marker="D", markersize=8, linestyle="none", label="truth"
        )
        ax.legend(loc="best", frameon=False, fontsize=10)
    names = zip(table["plan"].astype(str), table["segments"], strict=True)
    ax.set_yticks(rows, [f"{plan} ({count:,})" for plan, count in names])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    number_axis(ax.xaxis)
    ax.set_xlabel(f"A year's profit less that of treating all the same ({currency})")
    return ax
