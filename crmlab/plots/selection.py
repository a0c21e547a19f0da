"""Pictures for choosing customers: what value is made of, the lift of a list, the spiral of ending losers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    SIZE,
    canvas,
    number,
    number_axis,
    numbers,
    percent_axis,
    require,
    short,
)
from crmlab.plots.palette import LINES, PALETTE


def plot_waterfall(table: pd.DataFrame, *, unit: str = "EUR", ax: Axes | None = None) -> Axes:
    """How one amount becomes another, step by step: totals stand on zero, changes hang between them.

    Parameters
    ----------
    table : DataFrame
        One row per step, from the first to the last: ``step`` (words), ``amount_eur`` (a total's height or a
        signed change) and ``is_total`` (True for a bar that stands on zero).
    unit : str, default "EUR"
        Of the amounts.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or an amount is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"step": ["revenue", "goods", "profit"], "amount_eur": [100.0, -60.0, 40.0],
    ...                       "is_total": [True, False, True]})
    >>> plot_waterfall(table).get_ylabel()
    'Amount (EUR)'
    """
    what, hint = "table", "it needs one row per step: step, amount_eur, is_total"
    require(table, ["step", "amount_eur", "is_total"], what=what, hint=hint)
    amount = numbers(table, "amount_eur", what=what)
    total = table["is_total"].to_numpy(dtype=bool)
    ends = np.empty(len(amount))
    running = 0.0
    for i, value in enumerate(amount):
        running = value if total[i] else running + value
        ends[i] = running
    starts = np.where(total, 0.0, ends - amount)
    colour = np.where(total, PALETTE["blue"], np.where(amount < 0, PALETTE["vermillion"], PALETTE["green"]))
    x = np.arange(len(amount))

    ax = canvas(ax)
    bars = ax.bar(x, ends - starts, 0.7, bottom=starts, color=colour, edgecolor="white")
    for bar, is_total, value in zip(bars, total, amount, strict=True):
        bar.set_hatch("" if is_total or value >= 0 else "//")
    for i in range(len(x) - 1):
        ax.plot([x[i] + 0.35, x[i + 1] - 0.35], [ends[i]] * 2, color=PALETTE["grey"], linewidth=1)
    span = float(np.ptp(np.concatenate([starts, ends, [0.0]]))) or 1.0
    for i, value in enumerate(amount):
        top = max(starts[i], ends[i])
        text = short(value) if total[i] or value <= 0 else f"+{short(value)}"
        ax.text(x[i], top + 0.015 * span, text, ha="center", va="bottom", fontsize=SIZE, color=PALETTE["ink"])
    ax.axhline(0, color=PALETTE["ink"], linewidth=1)
    low = min(0.0, float(starts.min()), float(ends.min()))
    high = max(0.0, float(starts.max()), float(ends.max()))
    ax.set_ylim(low - 0.04 * span, high + 0.1 * span)
    ax.set_xticks(x, table["step"].astype(str).tolist(), fontsize=SIZE if len(x) < 9 else SIZE - 1)
    ax.tick_params(axis="x", length=0)
    number_axis(ax.yaxis)
    ax.set_ylabel(f"Amount ({unit})")
    return ax


def plot_lift(table: pd.DataFrame, *, series: str = "model", ax: Axes | None = None) -> Axes:
    """Lift of several lists with intervals, beside the line of a list by lot.

    Parameters
    ----------
    table : DataFrame
        From ``lift_table``, one or several below each other: ``top``, ``lift``, ``lift_low``, ``lift_high``
        and the column named in `series`.
    series : str, default "model"
        The column that names the list; up to four.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than four lists.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["a"] * 2, "top": [0.1, 0.2], "lift": [2.0, 1.6],
    ...                       "lift_low": [1.5, 1.3], "lift_high": [2.6, 2.0]})
    >>> plot_lift(table).get_ylabel()
    'Lift (times the base rate)'
    """
    what, hint = "table", "make it with lift_table(prospects, score=..., outcome=...)"
    require(table, [series, "top", "lift", "lift_low", "lift_high"], what=what, hint=hint)
    names = list(dict.fromkeys(table[series].astype(str)))
    if len(names) > len(LINES):
        raise DataError(f"{series} must have at most {len(LINES)} values; it has {len(names)}.")
    top, lift, low, high = (numbers(table, c, what=what) for c in ("top", "lift", "lift_low", "lift_high"))
    places = np.unique(top)
    gap = 0.02 * (np.ptp(places) or 0.1)

    ax = canvas(ax)
    ax.axhline(1, color=PALETTE["grey"], linestyle="--", linewidth=1.3)
    for k, name in enumerate(names):
        mine = table[series].astype(str).to_numpy() == name
        colour, line, marker = LINES[k]
        x = top[mine] + (k - (len(names) - 1) / 2) * gap
        ax.vlines(x, low[mine], high[mine], color=PALETTE[colour], linewidth=2)
        ax.plot(
            x, lift[mine], color=PALETTE[colour], linestyle=line, marker=marker, markersize=7, linewidth=1,
            label=name,
        )  # fmt: skip
    between = (places[-1] + places[-min(2, len(places))]) / 2
    ax.text(between, 0.97, "a list by lot", ha="center", va="top", fontsize=SIZE, color=PALETTE["ink"])
    ax.set_xticks(places)
    percent_axis(ax.xaxis)
    ax.set_ylim(bottom=0)
    number_axis(ax.yaxis)
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    ax.set_xlabel("Best-scored prospects addressed (% of the list)")
    ax.set_ylabel("Lift (times the base rate)")
    return ax


def plot_spiral(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The firm's profit round by round while every "loser" after shared cost is ended.

    Parameters
    ----------
    table : DataFrame
        From ``death_spiral``: ``round``, ``customers``, ``firm_profit_eur``.
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
    >>> table = pd.DataFrame({"round": [0, 1], "customers": [3, 2], "firm_profit_eur": [35.0, 20.0]})
    >>> plot_spiral(table).get_xlabel()
    'Round of ending customers (0 = before the first; on the bars: customers left)'
    """
    what, hint = "table", "make it with death_spiral(customers, fixed_cost_eur=...)"
    require(table, ["round", "customers", "firm_profit_eur"], what=what, hint=hint)
    step, people, profit = (numbers(table, c, what=what) for c in ("round", "customers", "firm_profit_eur"))

    ax = canvas(ax)
    colour = np.where(profit < 0, PALETTE["vermillion"], PALETTE["blue"])
    bars = ax.bar(step, profit, 0.6, color=colour, edgecolor="white")
    for bar, value in zip(bars, profit, strict=True):
        bar.set_hatch("//" if value < 0 else "")
    ax.axhline(0, color=PALETTE["ink"], linewidth=1.2)
    span = float(np.ptp(np.append(profit, 0.0))) or 1.0
    every = max(1, int(np.ceil(len(step) / 14)))
    for i in range(len(step)):
        if i % every and i < len(step) - 1:
            continue
        up = profit[i] >= 0
        ax.text(
            step[i], profit[i] + (0.015 if up else -0.015) * span, number(people[i]),
            ha="center", va="bottom" if up else "top", fontsize=SIZE, color=PALETTE["ink"],
        )  # fmt: skip
    ax.set_ylim(min(0.0, float(profit.min())) - 0.1 * span, max(0.0, float(profit.max())) + 0.1 * span)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
    number_axis(ax.yaxis)
    ax.set_xlabel("Round of ending customers (0 = before the first; on the bars: customers left)")
    ax.set_ylabel("Profit of the firm (EUR a year)")
    return ax
