"""Pictures of who brings the value: classes, concentration, the whale curve, the way classes change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    SIZE,
    Numbers,
    canvas,
    inside,
    note,
    numbers,
    percent,
    percent_axis,
    require,
    size_inches,
    text_inches,
    thin,
    ticks_between,
    words,
)
from crmlab.plots.palette import LINES, PALETTE

ALL_CUSTOMERS = "Customers, most valuable first (% of all)"


def plot_abc(table: pd.DataFrame, *, by: str = "revenue_eur", ax: Axes | None = None) -> Axes:
    """Value by slice of customers, its running total, and where the classes end.

    Bars and line share one percent axis: the line is the sum of the bars so far. Up to 20 customers have a
    bar each; more are cut into 20 equal slices.

    Parameters
    ----------
    table : DataFrame
        From ``abc_classes``: ``rank`` (1..n), ``share`` and ``cumulative_share`` (of the net total),
        ``abc_class``.
    by : str, default "revenue_eur"
        The column the classes were made by; it names the axis.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    References
    ----------
    Dickie, H. F. (1951). ABC inventory analysis shoots for dollars, not pennies.
    Factory Management and Maintenance 109, 92-94.

    Examples
    --------
    >>> classes = pd.DataFrame({"rank": [1, 2], "share": [0.8, 0.2], "cumulative_share": [0.8, 1.0],
    ...                         "abc_class": ["A", "B"]})
    >>> plot_abc(classes).get_ylabel()
    'Share of revenue (% of total)'
    """
    what, hint = "classes", "make it with abc_classes(table)"
    require(table, ["rank", "share", "cumulative_share", "abc_class"], what=what, hint=hint)
    rank = numbers(table, "rank", what=what)
    order = np.argsort(rank, kind="stable")
    share = numbers(table, "share", what=what)[order]
    running = numbers(table, "cumulative_share", what=what)[order]
    classes = table["abc_class"].to_numpy()[order]
    n, value = len(share), inside(words(by))

    ax = canvas(ax)
    edges = np.unique(np.round(np.linspace(0, n, min(20, n) + 1)).astype(int))
    ax.bar(
        edges[:-1] / n,
        np.add.reduceat(share, edges[:-1]),
        np.diff(edges) / n,
        align="edge",
        color=PALETTE["sky"],
        edgecolor=PALETTE["blue"],
        linewidth=0.8,
    )
    ends = np.flatnonzero(np.append(classes[1:] != classes[:-1], True))
    at = thin(n, keep=ends.tolist())
    ax.plot(np.append(0, (at + 1) / n), np.append(0, running[at]), color=PALETTE["ink"], linewidth=2)
    low, high = min(0.0, float(share.min() * n / 20), float(running.min())), max(1.0, float(running.max()))
    low = min(low, *np.add.reduceat(share, edges[:-1]))
    top = high + 0.3 * (high - low)
    ax.set(xlim=(0, 1), ylim=(low * 1.08, top))
    ax.set_yticks(ticks_between(low, high))
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.axhline(0, color=PALETTE["grey"], linewidth=0.8)
    ax.set_xlabel(ALL_CUSTOMERS)
    ax.set_ylabel(f"Share of {value} (% of total)")

    start = 0
    for end in ends.tolist():
        held = running[end] - (running[start - 1] if start else 0)
        if end < n - 1:
            ax.axvline((end + 1) / n, color=PALETTE["vermillion"], linestyle="--", linewidth=1.2)
        room = (end + 1 - start) / n * size_inches(ax)[0]
        name, count = str(classes[start]), f"{end + 1 - start:,}"
        people = "customer\nholds" if end == start else "customers\nhold"
        full = f"{name}\n{count} {people} {percent(held)}"
        for text in (full, f"{name}\n{count}\n{percent(held)}", name):
            if text_inches(text) < room:
                x = (start + end + 1) / 2 / n
                ax.text(
                    x, top, text, ha="center", va="top", fontsize=SIZE, color=PALETTE["ink"], linespacing=1.3
                )
                break
        start = end + 1
    return ax


def plot_lorenz(
    table: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    top: float = 0.2,
    value: str = "value",
    ax: Axes | None = None,
) -> Axes:
    """How unequal the value of customers is: one Lorenz curve, or several to compare.

    Parameters
    ----------
    table : DataFrame, or mapping of name to DataFrame (up to four)
        From ``lorenz``: ``share_of_customers``, ``share_of_value``, least to most valuable, from (0, 0).
    top : float, default 0.2
        Fraction in (0, 1) of most valuable customers whose share is read off each curve and stated.
    value : str, default "value"
        What is shared out, for the axis label: "revenue", "margin".
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, more than four curves, or ``top`` outside (0, 1).

    References
    ----------
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. Publications of the American
    Statistical Association 9(70), 209-219. doi:10.2307/2276207

    Examples
    --------
    >>> curve = pd.DataFrame({"share_of_customers": [0, 0.5, 1], "share_of_value": [0, 0.1, 1]})
    >>> plot_lorenz(curve, value="revenue").get_ylabel()
    'Cumulative share of revenue (% of total)'
    """
    curves = dict(table) if isinstance(table, Mapping) else {"": table}
    if not 1 <= len(curves) <= len(LINES):
        raise DataError(
            f"{len(curves)} curves; allowed are 1 to {len(LINES)}. Hint: draw the others on axes of their own"
        )
    if not 0 < top < 1:
        raise DataError(
            f"top is {top!r}; allowed is a fraction between 0 and 1. Hint: top=0.2 for the top 20 %"
        )
    hint = "make it with lorenz(values)"
    points: dict[str, tuple[Numbers, Numbers]] = {}
    for name, curve in curves.items():
        what = f"Lorenz {name!r}: the curve" if name else "curve"
        require(curve, ["share_of_customers", "share_of_value"], what=what, hint=hint)
        points[name] = (
            numbers(curve, "share_of_customers", what=what),
            numbers(curve, "share_of_value", what=what),
        )

    ax = canvas(ax)
    ax.plot([0, 1], [0, 1], color=PALETTE["grey"], linewidth=1)
    ranked = sorted(points.items(), key=lambda item: -float(np.interp(1 - top, *item[1])))
    for (name, (x, y)), (color, style, marker) in zip(ranked, LINES, strict=False):
        at = thin(len(x))
        held = float(np.interp(1 - top, x, y))
        fact = f"the top {percent(top)} hold {percent(1 - held)}"
        ax.plot(x[at], y[at], color=PALETTE[color], linestyle=style, linewidth=2)
        text = f"{name}: {fact}" if name else fact
        ax.plot(
            [1 - top], [held], color=PALETTE[color], linestyle=style, marker=marker, markersize=8, label=text
        )
        if len(points) == 1:
            note(ax, 1 - top, held, text[0].upper() + text[1:], xytext=(-12, 0), ha="right", va="center")
    low = min(0.0, *(float(y.min()) for _, y in points.values()))
    ax.set(xlim=(0, 1), ylim=(low * 1.1, 1.02))
    if low < 0:
        ax.axhline(0, color=PALETTE["grey"], linewidth=0.8)
    if len(points) > 1:
        ax.legend(loc="upper left", frameon=False, fontsize=SIZE, labelcolor=PALETTE["ink"], handlelength=3)
    else:
        note(ax, 0.45, 0.45, "Everyone the same", xytext=(-8, 4), ha="right", va="bottom")
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Customers, least valuable first (% of all)")
    ax.set_ylabel(f"Cumulative share of {value} (% of total)")
    return ax


def plot_whale(curve: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Cumulative profit from the most to the least profitable customer, with its peak.

    Parameters
    ----------
    curve : DataFrame
        From ``whale_curve``: ``share_of_customers`` (0..1) and ``cumulative_share`` (of the final profit).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    References
    ----------
    Cooper, R. and Kaplan, R. S. (1991). Profit priorities from activity-based costing.
    Harvard Business Review 69(3), 130-135.

    Examples
    --------
    >>> curve = pd.DataFrame({"share_of_customers": [0, 0.5, 1], "cumulative_share": [0, 1.5, 1]})
    >>> plot_whale(curve).get_ylabel()
    'Cumulative profit (% of total)'
    """
    what, hint = "curve", "make it with whale_curve(table)"
    require(curve, ["share_of_customers", "cumulative_share"], what=what, hint=hint)
    x, y = (numbers(curve, column, what=what) for column in ("share_of_customers", "cumulative_share"))

    ax = canvas(ax)
    peak = int(np.argmax(y))
    at = thin(len(x), keep=[peak])
    ax.plot(x[at], y[at], color=PALETTE["blue"], linewidth=2)
    ax.axhline(0, color=PALETTE["ink"], linewidth=1)
    ax.axhline(y[-1], color=PALETTE["grey"], linewidth=1, linestyle="--")
    low, high = min(0.0, float(y.min())), float(y.max())
    ax.set(xlim=(0, 1), ylim=(low - 0.04 * (high - low), high + 0.22 * (high - low)))
    ax.set_yticks(ticks_between(low, high))
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.plot(x[peak], y[peak], marker="o", color=PALETTE["vermillion"], markersize=8, clip_on=False)
    text = "No customer brings a loss:\nthe curve ends at its peak"
    if y[-1] < y[peak] * (1 - 1e-9):
        text = f"Peak: the best {percent(x[peak])} of customers\nearn {percent(y[peak])} of the profit"
    note(ax, x[peak], y[peak], text, xytext=(0, 9), ha="left" if x[peak] < 0.5 else "right", va="bottom")
    ax.set_xlabel("Customers, most profitable first (% of all)")
    ax.set_ylabel("Cumulative profit (% of total)")
    return ax
