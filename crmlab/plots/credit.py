"""Pictures of credit: ageing, collection, roll rates, points, calibration, losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.plots.frame import canvas, note, number_axis, numbers, percent, percent_axis, require, short
from crmlab.plots.palette import PALETTE


def plot_ageing(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What is owed, by days overdue; each bar with its euros and its share.

    Parameters
    ----------
    table : DataFrame
        From ``ageing_table``: ``bucket``, ``open_eur``, ``share``.
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
    >>> table = pd.DataFrame({"bucket": ["not due", "1-30"], "open_eur": [70.0, 30.0], "share": [0.7, 0.3]})
    >>> plot_ageing(table).get_xlabel()
    'Days overdue on the reporting day'
    """
    what, hint = "table", "make it with ageing_table(invoices, payments, as_of=...)"
    require(table, ["bucket", "open_eur", "share"], what=what, hint=hint)
    euros, share = numbers(table, "open_eur", what=what), numbers(table, "share", what=what)
    ax = canvas(ax)
    place = np.arange(len(table))
    colours = [PALETTE["blue"] if b == "not due" else PALETTE["orange"] for b in table["bucket"]]
    ax.bar(place, euros, color=colours, width=0.75)
    for x, y, s in zip(place, euros, share, strict=True):
        note(ax, float(x), float(y), f"{short(y)}\n{percent(s)}", xytext=(0, 3), ha="center", va="bottom")
    ax.set_xticks(place, table["bucket"].astype(str).tolist())
    ax.set_ylim(0, 1.22 * max(float(euros.max()), 1.0))
    number_axis(ax.yaxis)
    ax.set_xlabel("Days overdue on the reporting day")
    ax.set_ylabel("Open (EUR)")
    return ax


def plot_collection(table: pd.DataFrame, *, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Shares of money by age of the debt, one line per group with its own marker.

    Parameters
    ----------
    table : DataFrame
        ``age_days`` (days after the due date), ``collected`` (share), and the column named in `by`.
    by : str, optional
        Column whose values are the lines, in order of appearance; one line unless given.
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
    >>> plot_collection(pd.DataFrame({"age_days": [0, 30], "collected": [0.4, 0.7]})).get_ylabel()
    'Share of the money collected (%)'
    """
    what, hint = "table", "make it with collection_curve(invoices, payments, as_of=...)"
    require(table, ["age_days", "collected", *([by] if by else [])], what=what, hint=hint)
    ax = canvas(ax)
    groups = [("", table)] if by is None else [(str(n), g) for n, g in table.groupby(by, sort=False)]
    looks = (("blue", "o", "-"), ("vermillion", "s", "--"), ("green", "^", "-."), ("purple", "D", ":"))
    for (name, rows), (colour, marker, line) in zip(groups, looks * 3, strict=False):
        x, y = numbers(rows, "age_days", what=what), numbers(rows, "collected", what=what, missing=True)
        ax.plot(x, y, color=PALETTE[colour], marker=marker, markersize=5, linestyle=line, label=name)
    if by is not None:
        ax.legend(frameon=False, fontsize=10)
    ax.set_ylim(0, 1.04)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Days after the due date")
    ax.set_ylabel("Share of the money collected (%)")
    return ax


def plot_roll_rates(rolls: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The table of moves between buckets as a grid of shares; darker is more, every share written.

    Parameters
    ----------
    rolls : DataFrame
        From ``roll_rates``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        The table has no rows or holds something that is no number.

    Examples
    --------
    >>> rolls = pd.DataFrame({"paid": [0.4], "1-30": [0.6]}, index=["not due"])
    >>> plot_roll_rates(rolls).get_xlabel()
    '30 days later'
    """
    what, hint = "rolls", "make it with roll_rates(invoices, payments, as_of=...)"
    require(rolls, list(rolls.columns[:1]), what=what, hint=hint)
    values = np.column_stack([numbers(rolls, c, what=what) for c in rolls])
    ax = canvas(ax, grid="")
    ax.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(values > 0.0005):
        v = values[row, column]
        ink = "white" if v > 0.55 else PALETTE["ink"]
        ax.text(column, row, percent(v), ha="center", va="center", fontsize=10, color=ink)
    ax.set_xticks(range(values.shape[1]), [str(c) for c in rolls.columns])
    ax.set_yticks(range(values.shape[0]), [str(i) for i in rolls.index])
    ax.tick_params(length=0)
    ax.set_xlabel("30 days later")
    ax.set_ylabel("Days overdue now")
    return ax


def plot_points(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The points of every bin of a scorecard, criterion by criterion.

    Parameters
    ----------
    table : DataFrame
        ``Scorecard.table``: ``criterion``, ``bin``, ``points``.
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
    >>> table = pd.DataFrame({"criterion": ["years"], "bin": ["up to 3"], "points": [61]})
    >>> plot_points(table).get_xlabel()
    'Points (high is good)'
    """
    what, hint = "table", "take the table of a scorecard: card.table"
    require(table, ["criterion", "bin", "points"], what=what, hint=hint)
    points = numbers(table, "points", what=what)
    ax = canvas(ax, grid="x", height=max(4.5, 0.24 * len(table) + 0.9))
    names = list(dict.fromkeys(table["criterion"]))
    colours = [(PALETTE["blue"], PALETTE["orange"])[names.index(c) % 2] for c in table["criterion"]]
    place = np.arange(len(table)) + 0.5 * np.array([names.index(c) for c in table["criterion"]])
    ax.barh(place, points, color=colours, height=0.8)
    criteria = table["criterion"].astype(str).str.replace("_", " ")
    label = [f"{c}: {b}" for c, b in zip(criteria, table["bin"], strict=True)]
    ax.set_yticks(place, label)
    ax.tick_params(axis="y", length=0, labelsize=9)
    for y, x in zip(place, points, strict=True):
        note(ax, float(x), float(y), f"{x:.0f}", xytext=(3, 0), ha="left", va="center")
    ax.set_xlim(min(0.0, 1.1 * float(points.min())), 1.1 * max(float(points.max()), 1.0))
    ax.invert_yaxis()
    ax.set_xlabel("Points (high is good)")
    return ax


def plot_calibration(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Promised against observed failure: each group with its interval, beside the line of a perfect promise.

    Parameters
    ----------
    table : DataFrame
        ``predicted``, ``observed``, ``low``, ``high`` (shares) and ``firms`` (number), one row per group.
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
    >>> table = pd.DataFrame({"predicted": [0.1], "observed": [0.2], "low": [0.1], "high": [0.4]})
    >>> table["firms"] = 40
    >>> plot_calibration(table).get_ylabel()
    'Share that failed (%), beside: firms'
    """
    what, hint = "table", "one row per group: predicted, observed, low, high, firms"
    columns = ["predicted", "observed", "low", "high", "firms"]
    require(table, columns, what=what, hint=hint)
    x, y, low, high, n = (numbers(table, c, what=what) for c in columns)
    ax = canvas(ax)
    top = 1.08 * max(float(x.max()), float(high.max()), 0.01)
    ax.plot([0, top], [0, top], color=PALETTE["grey"], linestyle="--", linewidth=1.2)
    ax.vlines(x, low, high, color=PALETTE["blue"], linewidth=2)
    ax.plot(x, y, color=PALETTE["blue"], marker="o", markersize=7, linestyle="none")
    for a, b, c in zip(x, y, n, strict=True):
        note(ax, float(a), float(b), f"{c:,.0f}", xytext=(7, 0), ha="left", va="center")
    ax.set_xlim(-0.02 * top, 1.05 * top)
    ax.set_ylim(0, top)
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Chance of failure that the score promised (%)")
    ax.set_ylabel("Share that failed (%), beside: firms")
    return ax


def plot_losses(
    losses: dict[str, Any], *, marks: dict[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """How often a year's loss exceeds an amount: one falling line per portfolio.

    Parameters
    ----------
    losses : dict of array
        Name to simulated losses of a year, EUR, as from ``portfolio_losses``.
    marks : dict of float, optional
        Name to an amount in EUR that is marked by an upright line, such as a year's profit.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        There is no portfolio, or a loss is no number.

    Examples
    --------
    >>> plot_losses({"all": [1.0, 2.0, 3.0]}).get_xlabel()
    'Loss of a year (EUR)'
    """
    table = pd.concat(
        [pd.DataFrame({"who": name, "loss": np.asarray(v, dtype=float)}) for name, v in losses.items()]
        or [pd.DataFrame()]
    )
    require(table, ["who", "loss"], what="losses", hint='plot_losses({"all dealers": portfolio_losses(...)})')
    numbers(table, "loss", what="losses")
    ax = canvas(ax)
    chance = np.linspace(1, 0.001, 500)
    for (name, values), (colour, line) in zip(
        losses.items(), (("blue", "-"), ("vermillion", "--"), ("green", "-.")) * 3, strict=False
    ):
        amount = np.quantile(np.asarray(values, dtype=float), 1 - chance)
        ax.plot(amount, chance, color=PALETTE[colour], linestyle=line, linewidth=2, label=name)
    for name, amount in (marks or {}).items():
        ax.axvline(amount, color=PALETTE["ink"], linestyle=":", linewidth=1.5)
        note(ax, amount, 0.5, name, xytext=(4, 0), ha="left", va="center")
    ax.legend(frameon=False, fontsize=10)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    number_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Loss of a year (EUR)")
    ax.set_ylabel("Chance of a larger loss (%)")
    return ax
