"""Pictures of protection: who is alone, how large groups are, what an attack finds, what safety costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.plots.frame import (
    canvas,
    log_axis,
    note,
    number_axis,
    numbers,
    percent_axis,
    require,
)
from crmlab.plots.palette import LINES, PALETTE


def plot_uniqueness(curves: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share of people who are alone against the number of people in an area, one line per knowledge.

    Parameters
    ----------
    curves : DataFrame
        ``knows`` (what the outsider knows; one line each, at most four), ``people`` (in one area, 1 or more)
        and ``alone_share`` (0 to 1).
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
    >>> curves = pd.DataFrame({"knows": ["day"] * 2, "people": [10, 10_000], "alone_share": [1.0, 0.8]})
    >>> plot_uniqueness(curves).get_xlabel()
    'People in one area (number, each step tenfold)'
    """
    what, hint = "curves", "it needs one row per line and number of people"
    require(curves, ["knows", "people", "alone_share"], what=what, hint=hint)
    x, y = numbers(curves, "people", what=what), numbers(curves, "alone_share", what=what)
    ax = canvas(ax)
    for name, (colour, dash, _) in zip(curves["knows"].unique(), LINES, strict=False):
        mine = (curves["knows"] == name).to_numpy()
        order = np.argsort(x[mine], kind="stable")
        ax.plot(x[mine][order], y[mine][order], dash, color=PALETTE[colour], linewidth=2.2, label=name)
    ax.set_xscale("log")
    log_axis(ax.xaxis, float(x.min()), float(x.max()))
    ax.set_ylim(-0.03, 1.05)
    percent_axis(ax.yaxis)
    ax.set_xlabel("People in one area (number, each step tenfold)")
    ax.set_ylabel("Alone with their combination (share of people)")
    ax.legend(frameon=False, fontsize=10, loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=4)
    return ax


def plot_group_sizes(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share of people by the size of their group, before and after, as pairs of bars.

    Parameters
    ----------
    table : DataFrame
        ``group`` (words such as "alone", "2 to 4"; in this order) and one column of shares for each file.
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
    >>> table = pd.DataFrame({"group": ["alone", "2 to 4"], "before": [0.9, 0.1], "after": [0.0, 0.2]})
    >>> plot_group_sizes(table).get_ylabel()
    'Share of the people in the file'
    """
    what, hint = "table", "it needs the column group and one column of shares for each file"
    require(table, ["group"], what=what, hint=hint)
    files = [c for c in table.columns if c != "group"][:4]
    ax = canvas(ax)
    at, width = np.arange(len(table)), 0.8 / max(1, len(files))
    hatches = ("", "//", "..", "xx")
    for i, (name, (colour, _, _)) in enumerate(zip(files, LINES, strict=False)):
        heights = numbers(table, name, what=what)
        middle = at + (i - (len(files) - 1) / 2) * width
        ax.bar(
            middle,
            heights,
            width * 0.92,
            color=PALETTE[colour],
            hatch=hatches[i],
            edgecolor="white",
            label=name,
        )
        for x, height in zip(middle, heights, strict=True):
            note(ax, x, height, f"{height:.0%}", xytext=(0, 3), ha="center", va="bottom")
    ax.set_xticks(at, table["group"].astype(str).tolist())
    ax.set_ylim(0, 1.12)
    percent_axis(ax.yaxis)
    ax.set_xlabel("People who share the same combination (number)")
    ax.set_ylabel("Share of the people in the file")
    ax.legend(frameon=False, fontsize=10, loc="upper right")
    return ax


def plot_attack(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What a linking attack finds in several files: right names, wrong names, secrets learned.

    Parameters
    ----------
    table : DataFrame
        ``file`` (one group of bars each, from top to bottom), ``right_names``, ``wrong_names`` and
        ``secrets`` (numbers of people).
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
    >>> table = pd.DataFrame({"file": ["before"], "right_names": [70], "wrong_names": [2], "secrets": [74]})
    >>> plot_attack(table).get_xlabel()
    'Members of the public list (number)'
    """
    what, hint = "table", "one row per file: file, right_names, wrong_names, secrets"
    require(table, ["file", "right_names", "wrong_names", "secrets"], what=what, hint=hint)
    ax = canvas(ax, grid="x", height=max(3.6, 1.0 + 0.95 * len(table)))
    parts = (("right_names", "right name", "vermillion", ""), ("wrong_names", "wrong name", "grey", "//"),
             ("secrets", "secret learned and right", "blue", ".."))  # fmt: skip
    rows = np.arange(len(table))
    top = 1.0
    for i, (column, label, colour, hatch) in enumerate(parts):
        widths = numbers(table, column, what=what)
        top = max(top, float(widths.max()))
        at = rows + (i - 1) * 0.27
        ax.barh(at, widths, 0.25, color=PALETTE[colour], hatch=hatch, edgecolor="white", label=label)
        for y, value in zip(at, widths, strict=True):
            note(ax, value, y, f"{value:,.0f}", xytext=(4, 0), ha="left", va="center")
    ax.set_yticks(rows, table["file"].astype(str).tolist())
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1.12 * top)
    number_axis(ax.xaxis)
    ax.set_xlabel("Members of the public list (number)")
    ax.legend(frameon=False, fontsize=10, loc="lower right")
    return ax


def plot_frontier(
    table: pd.DataFrame, *, value: str = "error_eur", label: str = "", ax: Axes | None = None
) -> Axes:
    """What a file is still good for against the safety asked of it, with intervals.

    Parameters
    ----------
    table : DataFrame
        ``k`` (smallest group allowed), the column in `value`, and `value` with ``_low`` and ``_high``.
    value : str, default "error_eur"
        The column on the vertical axis.
    label : str, optional
        Its name with unit; made from the column unless given.
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
    >>> table = pd.DataFrame({"k": [1, 5], "error_eur": [90.0, 95.0], "error_eur_low": [85.0, 90.0],
    ...                       "error_eur_high": [95.0, 100.0]})
    >>> plot_frontier(table).get_xlabel()
    'Smallest group allowed, k (people)'
    """
    what, hint = "table", f"one row per k: k, {value}, {value}_low, {value}_high"
    require(table, ["k", value, f"{value}_low", f"{value}_high"], what=what, hint=hint)
    x = numbers(table, "k", what=what)
    middle, low, high = (numbers(table, f"{value}{end}", what=what) for end in ("", "_low", "_high"))
    ax = canvas(ax)
    at = np.arange(len(table))
    ax.vlines(at, low, high, color=PALETTE["blue"], linewidth=2)
    ax.plot(at, middle, "-o", color=PALETTE["blue"], markersize=8, linewidth=1.2)
    ax.set_xticks(at, [f"{k:,.0f}" for k in x])
    span = float(high.max() - low.min()) or 1.0
    ax.set_ylim(float(low.min()) - 0.15 * span, float(high.max()) + 0.15 * span)
    number_axis(ax.yaxis)
    ax.set_xlabel("Smallest group allowed, k (people)")
    ax.set_ylabel(label or f"{value.removesuffix('_eur').replace('_', ' ').capitalize()} (EUR)")
    return ax


def plot_alarms(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Precision and recall of rules, each with its interval.

    Parameters
    ----------
    table : DataFrame
        From ``score_alarms``: ``rule``, ``alarms``, and ``precision`` and ``recall`` with ``_low`` and
        ``_high``; a missing share keeps its row and says so.
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> shares = {f"{a}{b}": [0.5] for a in ("precision", "recall") for b in ("", "_low", "_high")}
    >>> plot_alarms(pd.DataFrame({"rule": ["no right"], "alarms": [9], **shares})).get_xlabel()
    'Share (line: 95 % interval)'
    """
    what, hint = "table", "make it with score_alarms(alarms, wrong)"
    ends = ("", "_low", "_high")
    require(
        table,
        ["rule", "alarms", *(f"{a}{b}" for a in ("precision", "recall") for b in ends)],
        what=what,
        hint=hint,
    )
    ax = canvas(ax, grid="x", height=max(3.6, 1.0 + 0.7 * len(table)))
    rows = np.arange(len(table))
    kinds = (
        ("precision", "precision: alarms that are right", -0.14),
        ("recall", "recall: wrong readings found", 0.14),
    )
    for (column, label, shift), (colour, _, marker) in zip(kinds, LINES, strict=False):
        middle, low, high = (numbers(table, f"{column}{end}", what=what, missing=True) for end in ends)
        ax.hlines(rows + shift, low, high, color=PALETTE[colour], linewidth=2.5)
        ax.plot(
            middle, rows + shift, marker, color=PALETTE[colour], markersize=8, label=label, linestyle="none"
        )
        for row in rows[~np.isfinite(middle)]:
            note(ax, 0, row + shift, "none", xytext=(5, 0), ha="left", va="center")
    ax.set_yticks(
        rows, [f"{r}\n{n:,.0f} alarms" for r, n in zip(table["rule"], table["alarms"], strict=True)]
    )
    ax.set_ylim(len(rows) - 0.45, -0.75)
    ax.set_xlim(-0.02, 1.02)
    percent_axis(ax.xaxis)
    ax.set_xlabel("Share (line: 95 % interval)")
    ax.legend(frameon=False, fontsize=10, loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2)
    return ax
