"""Pictures of collecting: channels, who answers, repeated samples, estimates beside the truth, worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from crmlab.plots.frame import (
    HALO,
    Numbers,
    canvas,
    money,
    note,
    number_axis,
    numbers,
    percent_axis,
    require,
    size_inches,
    text_inches,
)
from crmlab.plots.palette import LINES, PALETTE


def plot_channels(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Channels by the age and the accuracy of what they know; the area of a mark shows their coverage.

    Parameters
    ----------
    table : DataFrame
        One row per channel: ``channel``, ``way`` ("direct": circle, "indirect": diamond), ``age_days``
        (median age of the records), ``accuracy`` and ``coverage`` (shares).
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
    >>> table = pd.DataFrame({"channel": ["shop"], "way": ["direct"], "age_days": [90.0], "accuracy": [0.9],
    ...                       "coverage": [0.4]})
    >>> plot_channels(table).get_ylabel()
    'Accuracy (% of records that are right)'
    """
    what, hint = "table", "it needs one row per channel"
    require(table, ["channel", "way", "age_days", "accuracy", "coverage"], what=what, hint=hint)
    x, y, size = (numbers(table, c, what=what) for c in ("age_days", "accuracy", "coverage"))
    ax = canvas(ax)
    for way, color, marker in (("direct", "blue", "o"), ("indirect", "vermillion", "D")):
        mine = (table["way"] == way).to_numpy()
        if mine.any():
            ax.scatter(
                x[mine], y[mine], s=30 + 900 * size[mine], color=PALETTE[color], marker=marker, alpha=0.55,
                edgecolor="white", label=way,
            )  # fmt: skip
    span = max(float(y.max() - y.min()), 0.02)
    ax.set_ylim(float(y.min()) - 0.18 * span, float(y.max()) + 0.18 * span)
    ax.set_xlim(0, float(x.max()) * 1.25 + 1)
    _name_marks(ax, x, y, 30 + 900 * size, table["channel"].astype(str).tolist())
    percent_axis(ax.yaxis)
    number_axis(ax.xaxis)
    legend = ax.legend(loc="lower left", frameon=False, fontsize=10)
    for handle in legend.legend_handles:
        handle.set_sizes([80])  # type: ignore[union-attr]
    ax.set_xlabel("Median age of the records (days; area of a mark: share of customers known)")
    ax.set_ylabel("Accuracy (% of records that are right)")
    return ax


def _name_marks(ax: Axes, x: Numbers, y: Numbers, area: Numbers, names: list[str]) -> None:
    """Write each name beside its mark, where it covers no other mark and no other name."""
    width, height = size_inches(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    at = np.c_[(x - left) / (right - left) * width, (y - low) / (high - low) * height]  # in inches
    half = np.sqrt(area) / 2 / 72
    taken = [(a - h, b - h, a + h, b + h) for (a, b), h in zip(at, half, strict=True)]
    for i in np.argsort(-area, kind="stable"):
        wide, tall, best = text_inches(names[i]), 0.17, None
        for far in (0.05, 0.2, 0.4, 0.6, 0.85, 1.1):
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
                out = half[i] + far
                cx = at[i, 0] + dx * (out + wide / 2)
                cy = at[i, 1] + dy * (out + tall / 2)
                box = (cx - wide / 2, cy - tall / 2, cx + wide / 2, cy + tall / 2)
                free = all(box[2] < t[0] or t[2] < box[0] or box[3] < t[1] or t[3] < box[1] for t in taken)
                if free and box[0] > 0 and box[1] > 0 and box[2] < width and box[3] < height:
                    best = (cx, cy, far, box)
                    break
            if best:
                break
        cx, cy, far, box = best or (at[i, 0] + wide / 2, at[i, 1], 0.0, (0.0, 0.0, 0.0, 0.0))
        taken.append(box)
        arrow = {"arrowstyle": "-", "color": PALETTE["grey"], "linewidth": 0.6} if far > 0.1 else None
        spot = (left + cx / width * (right - left), low + cy / height * (high - low))
        ax.annotate(
            names[i], (x[i], y[i]), xytext=spot, ha="center", va="center", fontsize=10,
            color=PALETTE["ink"], arrowprops=arrow,
        )  # fmt: skip


def plot_sampling(samples: pd.DataFrame, *, law: pd.DataFrame, truth: float, ax: Axes | None = None) -> Axes:
    """Repeated surveys of growing size around the truth, between the lines that the square-root law draws.

    Parameters
    ----------
    samples : DataFrame
        One row per repeated survey: ``n`` (answers) and ``share`` (found).
    law : DataFrame
        ``n``, ``low``, ``high``: where 95 of 100 should lie.
    truth : float
        The share of everybody, 0 to 1.
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
    >>> samples = pd.DataFrame({"n": [10, 40], "share": [0.4, 0.55]})
    >>> law = pd.DataFrame({"n": [10, 40], "low": [0.2, 0.35], "high": [0.8, 0.65]})
    >>> plot_sampling(samples, law=law, truth=0.5).get_xlabel()
    'Answers (number, logarithmic)'
    """
    require(samples, ["n", "share"], what="samples", hint="one row per repeated survey")
    require(law, ["n", "low", "high"], what="law", hint="truth less and plus margin_of_error(truth, n)")
    n, share = (numbers(samples, c, what="samples") for c in ("n", "share"))
    at, low, high = (numbers(law, c, what="law") for c in ("n", "low", "high"))
    ax = canvas(ax)
    nudge = 1 + 0.10 * np.sin(np.arange(len(n)) * 2.4)  # apart, the same in every run
    ax.plot(n * nudge, share, ".", color=PALETTE["blue"], alpha=0.35, markersize=5, label="one survey")
    for edge, name in ((low, "95 of 100 should lie between"), (high, None)):
        ax.plot(at, edge, color=PALETTE["vermillion"], linestyle="--", linewidth=1.8, label=name)
    ax.axhline(truth, color=PALETTE["ink"], linewidth=1.5, label="truth")
    ax.set_xscale("log")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xticks(np.unique(n))
    number_axis(ax.xaxis)
    ax.minorticks_off()
    percent_axis(ax.yaxis)
    ax.legend(loc="upper right", fontsize=10, frameon=False)
    ax.set_xlabel("Answers (number, logarithmic)")
    ax.set_ylabel("Share found (%)")
    return ax


def plot_answer_rates(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Who answers: the answer rate of each channel for customers who are less or more content.

    Parameters
    ----------
    table : DataFrame
        ``channel``, ``satisfaction`` (1 to 5), ``rate`` (answers per invitation); four channels at most.
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
    >>> table = pd.DataFrame({"channel": ["phone"] * 2, "satisfaction": [1, 5], "rate": [0.3, 0.5]})
    >>> plot_answer_rates(table).get_ylabel()
    'Answer rate (% of those invited)'
    """
    what, hint = "table", "it needs one row per channel and satisfaction"
    require(table, ["channel", "satisfaction", "rate"], what=what, hint=hint)
    numbers(table, "rate", what=what)
    ax = canvas(ax)
    for (channel, rows), (color, line, marker) in zip(
        table.groupby("channel", sort=False), LINES, strict=False
    ):
        ax.plot(
            rows["satisfaction"], rows["rate"], color=PALETTE[color], linestyle=line, marker=marker,
            markersize=7, linewidth=2, label=str(channel),
        )  # fmt: skip
    ax.set_ylim(0, float(table["rate"].max()) * 1.2 + 0.01)
    ax.set_xticks(sorted(table["satisfaction"].unique()))
    percent_axis(ax.yaxis)
    ax.legend(loc="best", fontsize=10, frameon=False)
    ax.set_xlabel("True satisfaction (1 to 5, 5 = very satisfied)")
    ax.set_ylabel("Answer rate (% of those invited)")
    return ax


def plot_survey_estimates(
    table: pd.DataFrame, *, truth: float, break_even: float | None = None, ax: Axes | None = None
) -> Axes:
    """Estimates of one share with their intervals, beside the truth and the break-even.

    Parameters
    ----------
    table : DataFrame
        ``name``, ``estimate``, ``low``, ``high`` (shares), drawn from top to bottom.
    truth : float
        The true share, 0 to 1.
    break_even : float, optional
        The share that pays for the action.
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
    >>> table = pd.DataFrame({"name": ["online"], "estimate": [0.4], "low": [0.35], "high": [0.45]})
    >>> plot_survey_estimates(table, truth=0.3).get_xlabel()
    'Share of customers who would use it (%)'
    """
    what, hint = "table", "it needs one row per estimate: name, estimate, low, high"
    require(table, ["name", "estimate", "low", "high"], what=what, hint=hint)
    middle, low, high = (numbers(table, c, what=what) for c in ("estimate", "low", "high"))
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x")
    ax.axvline(truth, color=PALETTE["ink"], linewidth=1.8)
    ax.hlines(rows, low, high, color=PALETTE["blue"], linewidth=3)
    ax.plot(middle, rows, "o", color=PALETTE["blue"], markersize=9, markeredgecolor="white")
    ax.set_yticks(rows, table["name"].astype(str).tolist())
    ax.tick_params(axis="y", length=0)
    ends = [truth, *low, *high] + ([] if break_even is None else [break_even])
    span = max(max(ends) - min(ends), 0.02)
    ax.set_xlim(min(ends) - 0.08 * span, max(ends) + 0.08 * span)
    ax.set_ylim(len(rows) - 0.4, -1.15)
    left = break_even is None or truth <= break_even
    note(
        ax, truth, -0.8, f"truth {truth:.1%}", xytext=(-5 if left else 5, 0), ha="right" if left else "left",
        va="center",
    )  # fmt: skip
    if break_even is not None:
        ax.axvline(break_even, color=PALETTE["vermillion"], linestyle="--", linewidth=1.8)
        note(
            ax, break_even, -0.8, f"break-even {break_even:.1%}", xytext=(5 if left else -5, 0),
            ha="left" if left else "right", va="center",
        )  # fmt: skip
    percent_axis(ax.xaxis)
    ax.set_xlabel("Share of customers who would use it (%)")
    return ax


def plot_total_error(table: pd.DataFrame, *, budget_eur: float | None = None, ax: Axes | None = None) -> Axes:
    """Total error of each way of asking by what is spent: it falls with the answers, down to the bias.

    Parameters
    ----------
    table : DataFrame
        ``plan``, ``cost_eur``, ``total_error`` (share), ``bias`` (share, absolute); four plans at most.
    budget_eur : float, optional
        The budget, marked by a line.
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
    >>> table = pd.DataFrame({"plan": ["online"] * 2, "cost_eur": [10, 1000], "total_error": [0.2, 0.11],
    ...                       "bias": [0.1, 0.1]})
    >>> plot_total_error(table).get_ylabel()
    'Total error (percentage points)'
    """
    what, hint = "table", "it needs plan, cost_eur, total_error and bias"
    require(table, ["plan", "cost_eur", "total_error", "bias"], what=what, hint=hint)
    for column in ("cost_eur", "total_error", "bias"):
        numbers(table, column, what=what)
    ax = canvas(ax)
    for (plan, rows), (color, line, _) in zip(table.groupby("plan", sort=False), LINES, strict=False):
        ax.plot(
            rows["cost_eur"], 100 * rows["total_error"], color=PALETTE[color], linestyle=line, linewidth=2.2,
            label=str(plan),
        )  # fmt: skip
        ax.axhline(
            100 * float(rows["bias"].iloc[0]), color=PALETTE[color], linestyle=line, linewidth=0.8, alpha=0.7
        )
    if budget_eur is not None:
        ax.axvline(budget_eur, color=PALETTE["ink"], linewidth=1.2)
        top = ax.get_ylim()[1]
        ax.text(budget_eur, top * 0.97, " budget", fontsize=10, color=PALETTE["ink"], va="top", bbox=HALO)
    ax.set_xscale("log")
    number_axis(ax.xaxis)
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper right", fontsize=10, frameon=False)
    ax.set_xlabel("Spent on the survey (EUR, logarithmic; thin lines: the bias alone)")
    ax.set_ylabel("Total error (percentage points)")
    return ax


def plot_value_of_answers(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What answers are worth and what they cost, by their number; the best number is marked.

    Parameters
    ----------
    table : DataFrame
        ``n`` (answers), ``value_eur`` and ``cost_eur``.
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
    >>> table = pd.DataFrame({"n": [0, 100, 200], "value_eur": [0, 500, 600], "cost_eur": [0, 200, 400]})
    >>> plot_value_of_answers(table).get_xlabel()
    'Answers (number)'
    """
    what, hint = "table", "it needs n, value_eur and cost_eur"
    require(table, ["n", "value_eur", "cost_eur"], what=what, hint=hint)
    n, value, cost = (numbers(table, c, what=what) for c in ("n", "value_eur", "cost_eur"))
    best = int(np.argmax(value - cost))
    ax = canvas(ax)
    ax.plot(n, value, color=PALETTE["blue"], linewidth=2.2, label="worth of the answers")
    ax.plot(n, cost, color=PALETTE["vermillion"], linestyle="--", linewidth=2.2, label="cost of the answers")
    ax.vlines(n[best], cost[best], value[best], color=PALETTE["ink"], linewidth=2)
    text = f"best: {n[best]:,.0f} answers,\nnet {money(value[best] - cost[best])} EUR"
    note(ax, n[best], (value[best] + cost[best]) / 2, text, va="center", xytext=(9, 0), ha="left")
    ax.set_ylim(0, max(float(value.max()), float(cost[best])) * 1.35 + 1)
    ax.set_xlim(0, max(float(n.max()), 1.0))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.legend(loc="upper left", fontsize=10, frameon=False, ncols=2)
    ax.set_xlabel("Answers (number)")
    ax.set_ylabel("EUR")
    return ax
