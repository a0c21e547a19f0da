"""Pictures of care: claims on one scale, groups in the next period, firing by threshold, options, scores."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.plots.frame import (
    SIZE,
    canvas,
    log_axis,
    number,
    number_axis,
    numbers,
    percent_axis,
    require,
    short,
)
from crmlab.plots.palette import LINES, PALETTE


def plot_claims(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show claims about calls as ranges on one logarithmic scale.

    Parameters
    ----------
    table : DataFrame
        From ``claim_table``: ``claim``, ``calls_low``, ``calls_high``; drawn from top to bottom.
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes
        One bar with its ends per claim, the numbers beside it.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"claim": ["a", "b"], "calls_low": [5.0, 20.0], "calls_high": [6.0, 25.0]})
    >>> plot_claims(table).get_xlabel()
    'Calls per head and month (logarithmic)'
    """
    require(table, ["claim", "calls_low", "calls_high"], what="table", hint="claim_table(...)")
    low, high = (numbers(table, c, what="table") for c in ("calls_low", "calls_high"))
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(3.0, 0.6 * len(table) + 1))
    ax.set_xscale("log")
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=5)
    for values in (low, high):
        ax.plot(values, rows, ls="", marker="|", ms=18, mew=3, color=PALETTE["ink"])
    for row, a, b in zip(rows, low, high, strict=True):
        text = (
            number(round(a, 1))
            if round(a, 1) == round(b, 1)
            else f"{number(round(a, 1))} to {number(round(b, 1))}"
        )
        ax.annotate(text, (b, row), xytext=(12, 0), textcoords="offset points", va="center", fontsize=SIZE,
                    color=PALETTE["ink"])  # fmt: skip
    ax.set_xlim(low.min() / 1.6, high.max() * 2.4)
    log_axis(ax.xaxis, float(low.min()) / 1.6, float(high.max()) * 2.4)
    ax.set_yticks(rows, [str(c) for c in table["claim"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlabel("Calls per head and month (logarithmic)")
    ax.set_ylabel("What was said")
    return ax


def plot_next_period(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show groups made by their calls, in the period that made them and in the next.

    Parameters
    ----------
    table : DataFrame
        From ``next_period``: ``group``, ``customers``, ``before``, ``after``; from left to right.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        One arrow per group from before to after, on a scale that shows 0 and large numbers alike.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["under 1", "1 or more"], "customers": [9, 3],
    ...                       "before": [0.2, 8.0], "after": [0.4, 3.0]})
    >>> plot_next_period(table).get_ylabel()
    'Mean calls per month (log above 1)'
    """
    require(table, ["group", "customers", "before", "after"], what="table", hint="next_period(...)")
    before, after = (numbers(table, c, what="table") for c in ("before", "after"))
    places = np.arange(len(table))
    ax = canvas(ax)
    ax.set_yscale("symlog", linthresh=1, linscale=0.6)
    for x, a, b in zip(places, before, after, strict=True):
        ax.annotate("", (x + 0.16, b), (x - 0.16, a),
                    arrowprops={"arrowstyle": "-|>", "color": PALETTE["grey"], "lw": 1.5, "shrinkA": 5,
                                "shrinkB": 5})  # fmt: skip
    ax.plot(
        places - 0.16,
        before,
        ls="",
        marker="o",
        ms=9,
        color=PALETTE["blue"],
        label="first period: it makes the groups",
    )
    ax.plot(
        places + 0.16,
        after,
        ls="",
        marker="s",
        ms=9,
        color=PALETTE["vermillion"],
        label="next period, the same people",
    )
    for x, a, b in zip(places, before, after, strict=True):
        for at, value, side in ((x - 0.16, a, "right"), (x + 0.16, b, "left")):
            gap = -8 if side == "right" else 8
            ax.annotate(f"{value:.1f}", (at, value), xytext=(gap, 0), textcoords="offset points", ha=side,
                        va="center", fontsize=SIZE, color=PALETTE["ink"])  # fmt: skip
    top = max(float(before.max()), float(after.max()), 1.0)
    ax.set_ylim(-0.25, top * 1.8)
    ticks = [t for t in (0, 1, 2, 5, 10, 20, 50, 100, 200, 500) if t <= top * 1.8]
    ax.set_yticks(ticks, [f"{t}" for t in ticks])
    ax.set_yticks([], minor=True)
    ax.set_xlim(-0.7, len(table) - 0.3)
    labels = [f"{g}\n({int(n):,})" for g, n in zip(table["group"], table["customers"], strict=True)]
    ax.set_xticks(places, labels)
    ax.set_xlabel("Calls per month in the first period (customers)")
    ax.set_ylabel("Mean calls per month (log above 1)")
    ax.legend(loc="upper left", frameon=False)
    return ax


def plot_firing(curve: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show what ending customers above a threshold promised and what came, per year.

    Parameters
    ----------
    curve : DataFrame
        From ``firing_curve``: ``threshold``, ``promised_eur``, ``came_eur``, ``came_low``, ``came_high``
        (where the last two are missing, no band is drawn).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        Two lines and the band of the second; a line at 0.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> curve = pd.DataFrame({"threshold": [1.0, 10.0], "promised_eur": [9.0, 5.0],
    ...     "came_eur": [-4.0, 2.0], "came_low": [-6.0, 0.0], "came_high": [-2.0, 4.0]})
    >>> plot_firing(curve).get_ylabel()
    'Gain (EUR per year)'
    """
    columns = ["threshold", "promised_eur", "came_eur", "came_low", "came_high"]
    require(curve, columns, what="curve", hint="firing_curve(...)")
    x, promised, came, low, high = (
        numbers(curve, c, what="curve", missing=c in ("came_low", "came_high")) for c in columns
    )
    order = np.argsort(x)
    x, promised, came, low, high = (v[order] for v in (x, promised, came, low, high))
    ax = canvas(ax)
    ax.fill_between(x, low, high, color=PALETTE["vermillion"], alpha=0.18, lw=0, label="95 % of what came")
    for values, (colour, style, mark), name in (
        (promised, LINES[0], "promised: the list's own period for a year"),
        (came, LINES[1], "came: the next period for a year"),
    ):
        ax.plot(x, values, color=PALETTE[colour], ls=style, marker=mark, ms=6, lw=2, label=name)
    ax.axhline(0, color=PALETTE["ink"], lw=1)
    ax.set_xscale("log")
    log_axis(ax.xaxis, float(x.min()), float(x.max()))
    ax.yaxis.set_major_formatter(lambda v, _: short(v))
    ax.set_xlabel("End everybody with so many calls per month or more (logarithmic)")
    ax.set_ylabel("Gain (EUR per year)")
    ax.legend(loc="best", frameon=False, fontsize=SIZE)
    return ax


def plot_care_options(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show the yearly gain of each option with its interval.

    Parameters
    ----------
    table : DataFrame
        ``option``, ``gain_eur``, ``low``, ``high``; drawn from top to bottom.
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes
        A dot with its interval per option; a line at 0.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"option": ["fix"], "gain_eur": [3.0], "low": [1.0], "high": [5.0]})
    >>> plot_care_options(table).get_xlabel()
    'Gain (EUR per year; bar: 95 % of draws)'
    """
    require(table, ["option", "gain_eur", "low", "high"], what="table", hint="option_values(...)")
    gain, low, high = (numbers(table, c, what="table") for c in ("gain_eur", "low", "high"))
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(3.0, 0.55 * len(table) + 1.1))
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=4, alpha=0.6)
    ax.plot(gain, rows, ls="", marker="o", ms=8, color=PALETTE["blue"])
    for row, value in zip(rows, gain, strict=True):
        ax.annotate(short(float(value)), (value, row), xytext=(0, 9), textcoords="offset points", ha="center",
                    fontsize=SIZE, color=PALETTE["ink"])  # fmt: skip
    ax.axvline(0, color=PALETTE["ink"], lw=1)
    ax.xaxis.set_major_formatter(lambda v, _: short(v))
    ax.set_yticks(rows, [str(o) for o in table["option"]])
    ax.set_ylim(len(table) - 0.5, -0.7)
    ax.set_xlabel("Gain (EUR per year; bar: 95 % of draws)")
    ax.set_ylabel("Option")
    return ax


def plot_yearly_scores(table: pd.DataFrame, *, event: float, ax: Axes | None = None) -> Axes:
    """Show a yearly score, each change written between the years, and when something happened.

    Parameters
    ----------
    table : DataFrame
        ``year`` and ``score``, one row per year.
    event : float
        When it happened, on the axis of years: 2007.5 is the middle of 2007, and a year's score is drawn at
        the beginning of that year.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        A line with its values, a dashed upright line at the event.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> plot_yearly_scores(pd.DataFrame({"year": [2007, 2008], "score": [61, 56]}), event=2007.5).get_ylabel()
    'Score (points of 100)'
    """
    require(table, ["year", "score"], what="table", hint="one row per year")
    year, score = numbers(table, "year", what="table"), numbers(table, "score", what="table")
    order = np.argsort(year)
    year, score = year[order], score[order]
    ax = canvas(ax)
    ax.plot(year, score, color=PALETTE["blue"], marker="o", ms=8, lw=2)
    for x, value in zip(year, score, strict=True):
        ax.annotate(number(float(value)), (x, value), xytext=(0, 11), textcoords="offset points", ha="center",
                    fontsize=SIZE, color=PALETTE["ink"])  # fmt: skip
    for (x0, y0), (x1, y1) in pairwise(zip(year, score, strict=True)):
        sign = "+" if y1 > y0 else ""
        ax.annotate(f"{sign}{number(float(y1 - y0))}", ((x0 + x1) / 2, (y0 + y1) / 2),
                    xytext=(8, 6 if y1 < y0 else -14), textcoords="offset points", fontsize=SIZE,
                    color=PALETTE["grey"])  # fmt: skip
    ax.axvline(event, color=PALETTE["vermillion"], ls="--", lw=2, label="the letters")
    ax.set_ylim(score.min() - 4, score.max() + 5)
    ax.set_xticks(year, [f"{int(y)}" for y in year])
    number_axis(ax.yaxis)
    ax.set_xlabel("Year")
    ax.set_ylabel("Score (points of 100)")
    ax.legend(loc="lower right", frameon=False)
    return ax


def plot_spill_over(curves: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show the gain of ending customers by the share of those who hear of it and leave.

    Parameters
    ----------
    curves : DataFrame
        ``circle`` (who hears), ``leave_share`` (0 to 1, above 0) and ``gain_eur``; one line per circle.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        One line per circle over a logarithmic share; a line at 0.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> curves = pd.DataFrame({"circle": ["friends"] * 2, "leave_share": [0.01, 0.1],
    ...                        "gain_eur": [5.0, -2.0]})
    >>> plot_spill_over(curves).get_xlabel()
    'Share of those who hear of it who leave (logarithmic)'
    """
    columns = ["circle", "leave_share", "gain_eur"]
    require(curves, columns, what="curves", hint="one line per circle")
    x, y = (numbers(curves, c, what="curves") for c in columns[1:])
    ax = canvas(ax)
    for i, circle in enumerate(dict.fromkeys(curves["circle"])):
        on = (curves["circle"] == circle).to_numpy()
        order = np.argsort(x[on])
        colour, style, _ = LINES[i % len(LINES)]
        ax.plot(x[on][order], y[on][order], color=PALETTE[colour], ls=style, lw=2.5, label=str(circle))
    ax.axhline(0, color=PALETTE["ink"], lw=1)
    ax.set_xscale("log")
    percent_axis(ax.xaxis)
    ax.yaxis.set_major_formatter(lambda v, _: short(v))
    ax.set_xlabel("Share of those who hear of it who leave (logarithmic)")
    ax.set_ylabel("Gain (EUR per year)")
    ax.legend(loc="lower left", frameon=False)
    return ax
