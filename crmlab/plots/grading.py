"""Pictures of grades: their sizes and worth, how they hang on weights, reviews, service hours and groups."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import canvas, label, number_axis, numbers, percent, percent_axis, require, words
from crmlab.plots.palette import PALETTE

_SIGNS = ("o", "s", "^", "D", "v", "P")
_LINES = ("-", "--", "-.", ":")
_HATCHES = ("", "///", "...", "xx")
_COLOURS = ("blue", "orange", "green", "purple", "vermillion", "sky")


def plot_grades(summary: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    r"""Each grade's share of the customers beside its share of each amount.

    Parameters
    ----------
    summary : DataFrame
        One row per grade, best first: ``grade`` and two to four columns of sums that are 0 or more (such as
        ``customers``, ``margin_eur``, ``hours``), each drawn as one bar of 100 %.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 3.6 inches unless given.

    Returns
    -------
    Axes
        One bar per column, from top to bottom; colours and hatches tell the grades apart.

    Raises
    ------
    DataError
        A column is missing, holds no number or a negative one, or sums to 0.

    Examples
    --------
    >>> table = pd.DataFrame({"grade": ["key", "small"], "customers": [5, 95], "margin_eur": [60.0, 40.0]})
    >>> [text.get_text() for text in plot_grades(table).texts]
    ['5\xa0%', '95\xa0%', '60\xa0%', '40\xa0%']
    """
    require(summary, ["grade"], what="summary", hint="one row per grade")
    columns = [name for name in summary if name != "grade"]
    ax = canvas(ax, grid="x", height=3.6)
    for row, column in enumerate(columns):
        values = numbers(summary, column, what="summary")
        if (values < 0).any() or values.sum() <= 0:
            raise DataError(
                f"summary: {column!r} must be 0 or more with a sum above 0; found {values.tolist()}."
            )
        shares = values / values.sum()
        left = 0.0
        for i, (grade, share) in enumerate(zip(summary["grade"], shares, strict=True)):
            ax.barh(
                row, share, left=left, height=0.62, color=PALETTE[_COLOURS[i]], edgecolor="white",
                hatch=_HATCHES[i % 4], label=str(grade) if row == 0 else None, alpha=0.85,
            )  # fmt: skip
            if share >= 0.03:
                ax.text(
                    left + share / 2, row, percent(share), ha="center", va="center", fontsize=11,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
                )  # fmt: skip
            left += share
    ax.set_yticks(range(len(columns)), [words(c) for c in columns])
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    percent_axis(ax.xaxis)
    ax.set_xlabel("Share of the whole (%)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(summary), frameon=False)
    return ax


def plot_weight_moves(moves: pd.DataFrame, *, by: str = "share_changed", ax: Axes | None = None) -> Axes:
    """How many customers change grade when one weight changes.

    Parameters
    ----------
    moves : DataFrame
        From ``weight_moves``: ``criterion``, ``factor`` and `by`.
    by : str, default "share_changed"
        The share to draw: of all customers, or "share_key_lost" of the key ones.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes
        One row per criterion, one sign per factor.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> moves = pd.DataFrame({"criterion": ["margin_eur"], "factor": [2.0], "share_changed": [0.06]})
    >>> plot_weight_moves(moves).get_xlabel()
    'Customers with another grade (% of all)'
    """
    require(moves, ["criterion", "factor", by], what="moves", hint="make it with weight_moves(...)")
    shares = numbers(moves, by, what="moves")
    names = list(dict.fromkeys(moves["criterion"]))
    ax = canvas(ax, grid="x", height=4.0)
    for i, factor in enumerate(dict.fromkeys(moves["factor"])):
        here = (moves["factor"] == factor).to_numpy()
        text = "weight 0" if factor == 0 else f"weight × {factor:g}"
        ax.plot(
            shares[here], [names.index(c) for c in moves["criterion"][here]], ls="", marker=_SIGNS[i % 6],
            ms=10, color=PALETTE[_COLOURS[i % 6]], label=text,
        )  # fmt: skip
    ax.set_yticks(range(len(names)), [words(c) for c in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(left=0, right=max(float(shares.max()) * 1.1, 0.01))
    percent_axis(ax.xaxis)
    of = "key customers" if by == "share_key_lost" else "all"
    ax.set_xlabel(
        "Key customers lost (% of the key)" if of != "all" else "Customers with another grade (% of all)"
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return ax


def plot_lines(
    table: pd.DataFrame,
    *,
    x: str,
    lines: Mapping[str, str],
    y: str,
    mark: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Several results over one setting: gain over hours, moves over the width of a band.

    Parameters
    ----------
    table : DataFrame
        One row per setting, in order.
    x : str
        Column of the setting; its name with unit becomes the axis label.
    lines : mapping of str to str
        Column and the words for it in the legend, at most four.
    y : str
        Label of the vertical axis, with its unit.
    mark : float, optional
        A setting to mark with an upright line: the one in use.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes
        Colour and kind of line tell the lines apart.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"hours": [0, 100], "best": [0.0, 900.0]})
    >>> plot_lines(table, x="hours", lines={"best": "best plan"}, y="Gain (EUR)").get_ylabel()
    'Gain (EUR)'
    """
    require(table, [x, *lines], what="table", hint="one row per setting")
    at = numbers(table, x, what="table")
    ax = canvas(ax, height=4.2)
    for i, (column, text) in enumerate(lines.items()):
        ax.plot(
            at, numbers(table, column, what="table"), ls=_LINES[i % 4], marker=_SIGNS[i], ms=5, lw=2,
            color=PALETTE[_COLOURS[i]], label=text,
        )  # fmt: skip
    if mark is not None:
        ax.axvline(mark, color=PALETTE["ink"], lw=1.2, ls=(0, (2, 3)))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel(label(x))
    ax.set_ylabel(y)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return ax


def plot_group_shares(
    table: pd.DataFrame, *, x: str, overall: float | None = None, ax: Axes | None = None
) -> Axes:
    """A share in each group with its interval, beside the share over all groups.

    Parameters
    ----------
    table : DataFrame
        One row per group, drawn from top to bottom: ``group``, ``n`` (people), ``share``, ``low``, ``high``
        (0 to 1).
    x : str
        What the share is of, as the axis label.
    overall : float, optional
        The share over all groups, 0 to 1, drawn as an upright line.
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["new", "old"], "n": [40, 60], "share": [0.1, 0.3],
    ...                       "low": [0.04, 0.2], "high": [0.23, 0.42]})
    >>> [t.get_text() for t in plot_group_shares(table, x="Graded key (%)").get_yticklabels()]
    ['new (40)', 'old (60)']
    """
    require(table, ["group", "n", "share", "low", "high"], what="table", hint="one row per group")
    share, low, high = (numbers(table, c, what="table") for c in ("share", "low", "high"))
    ax = canvas(ax, grid="x", height=max(3.0, 0.42 * len(table) + 1.2))
    rows = np.arange(len(table))
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=2.5)
    ax.plot(share, rows, ls="", marker="o", ms=8, color=PALETTE["blue"])
    if overall is not None:
        ax.axvline(overall, color=PALETTE["ink"], lw=1.2, ls="--")
        ax.annotate(
            f"all: {percent(overall)}",
            (overall, -0.45),
            xytext=(5, 0),
            textcoords="offset points",
            fontsize=10,
        )
    ax.set_yticks(rows, [f"{g} ({int(n):,})" for g, n in zip(table["group"], table["n"], strict=True)])
    ax.set_ylim(len(table) - 0.5, -0.7)
    ax.set_xlim(left=0)
    percent_axis(ax.xaxis)
    ax.set_xlabel(x)
    ax.set_ylabel("Group (people)")
    return ax
