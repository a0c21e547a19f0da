"""Pictures of what is known: completeness and age of fields, half-lives, what lists capture, one card."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from crmlab.plots.frame import canvas, numbers, percent_axis, require
from crmlab.plots.palette import PALETTE


def plot_field_quality(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Completeness of each field as a bar, with the age of the record and the cost so far as text.

    Parameters
    ----------
    table : DataFrame
        From ``field_quality``: ``field``, ``completeness``, ``median_age_days``; and, if there,
        ``cost_eur`` (what the answers in the file have cost).
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"field": ["phone"], "completeness": [0.9], "median_age_days": [200.0]})
    >>> plot_field_quality(table).get_xlabel()
    'Customers of whom the field is known (share); beside the bar: median age of the record'
    """
    what, hint = "table", "make it with field_quality(records, customers, as_of=...)"
    table = require(table, ["field", "completeness", "median_age_days"], what=what, hint=hint)
    share = numbers(table, "completeness", what=what)
    age = numbers(table, "median_age_days", what=what, missing=True)
    cost = numbers(table, "cost_eur", what=what) if "cost_eur" in table else None
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(4.0, 0.28 * len(table)))
    ax.barh(rows, share, color=PALETTE["blue"], height=0.7)
    for row in range(len(table)):
        text = "never asked" if np.isnan(age[row]) else f"{age[row]:,.0f} days"
        if cost is not None and not np.isnan(age[row]):
            text += f", {cost[row]:,.0f} EUR"
        ax.text(share[row] + 0.012, row, text, va="center", fontsize=9, color=PALETTE["ink"])
    ax.set_yticks(rows, [str(f).replace("_", " ") for f in table["field"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, 1.28)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    percent_axis(ax.xaxis)
    said = "median age of the record" + (", cost so far" if cost is not None else "")
    ax.set_xlabel(f"Customers of whom the field is known (share); beside the bar: {said}")
    return ax


def plot_half_lives(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Estimated half-life of each field with its interval; the true one as a diamond where it is known.

    Parameters
    ----------
    table : DataFrame
        From ``half_lives``: ``field``, ``half_life_years``, ``low``, ``high``; and, if there,
        ``true_years``. A field without estimate keeps its row and says so; a missing ``high`` is open.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"field": ["phone"], "half_life_years": [4.0], "low": [3.0], "high": [5.0]})
    >>> plot_half_lives(table).get_xlabel()
    'Half-life (years, each step doubles)'
    """
    what, hint = "table", "make it with half_lives(records, as_of=...)"
    table = require(table, ["field", "half_life_years", "low", "high"], what=what, hint=hint)
    life, low, high = (numbers(table, c, what=what, missing=True) for c in ("half_life_years", "low", "high"))
    ends = [v for v in (*life, *low, *high) if np.isfinite(v)] or [1.0]
    left, right = min(0.5, min(ends)) * 0.8, max(32.0, max(ends)) * 1.3
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(4.0, 0.3 * len(table)))
    ax.set_xscale("log", base=2)
    start, stop = np.where(np.isfinite(low), low, life), np.where(np.isfinite(high), high, right)
    seen = np.isfinite(life)
    ax.hlines(rows[seen], start[seen], stop[seen], color=PALETTE["blue"], linewidth=2.5)
    ax.plot(life, rows, "o", color=PALETTE["blue"], markersize=8, label="estimated, 95 % interval")
    if "true_years" in table:
        true = numbers(table, "true_years", what=what, missing=True)
        ax.plot(true, rows, "D", color=PALETTE["vermillion"], markersize=7, fillstyle="none",
                markeredgewidth=2, label="true")  # fmt: skip
        ax.legend(loc="lower right", fontsize=10, frameon=True)
    for row in rows[~seen]:
        ax.text(left * 1.1, row, "cannot be estimated", va="center", fontsize=9, color=PALETTE["grey"])
    ax.set_yticks(rows, [str(f).replace("_", " ") for f in table["field"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(left, right)
    steps = [v for v in (0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128) if left <= v <= right]
    ax.set_xticks(steps, [f"{v:g}" for v in steps])
    ax.set_xlabel("Half-life (years, each step doubles)")
    return ax


def plot_lists(
    table: pd.DataFrame, *, top: float = 0.2, what: str = "captured", ax: Axes | None = None
) -> Axes:
    """What each list captures of next year's margin, or gains over the base list, with intervals.

    Parameters
    ----------
    table : DataFrame
        From ``compare_lists``. Drawn from top to bottom.
    top : float, default 0.2
        Share of customers on the list: a line shows what a list by lot captures.
    what : {"captured", "gain"}, default "captured"
        Which of the two to draw.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"list": ["by orders"], "captured": [0.6], "low": [0.5], "high": [0.7]})
    >>> plot_lists(table).get_xlabel()
    "Share of next year's margin brought by the best 20 % of the list"
    """
    hint = "make it with compare_lists(margin, scores, base=...)"
    columns = ("captured", "low", "high") if what == "captured" else ("gain", "gain_low", "gain_high")
    table = require(table, ["list", *columns], what="table", hint=hint)
    middle, low, high = (numbers(table, c, what="table") for c in columns)
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(3.6, 0.34 * len(table)))
    ax.hlines(rows, low, high, color=PALETTE["blue"], linewidth=2.5)
    ax.plot(middle, rows, "o", color=PALETTE["blue"], markersize=8)
    ax.axvline(top if what == "captured" else 0, color=PALETTE["vermillion"], linestyle="--", linewidth=1.5)
    ax.set_yticks(rows, [str(name).replace("_", " ") for name in table["list"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    if what == "captured":
        ax.set_xlim(0, 1)
        left = top < 0.8
        ax.text(top + (0.01 if left else -0.01), -0.45, "by lot", ha="left" if left else "right", va="center",
                fontsize=9, color=PALETTE["ink"])  # fmt: skip
        percent_axis(ax.xaxis)
        ax.set_xlabel(
            f"Share of next year's margin brought by the best {top:.0%} of the list".replace("%", " %")
        )
    else:
        reach = 100 * float(max(np.abs(low).max(), np.abs(high).max(), 0.01))
        ax.set_xlim(-1.15 * reach / 100, 1.15 * reach / 100)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _signed(100 * v)))
        ax.set_xlabel("Gain over the list made from orders alone (percentage points of margin)")
    return ax


def _signed(value: float) -> str:
    text = f"{value:+.3g}" if abs(value) > 1e-9 else "0"
    return text.replace("-", "\N{MINUS SIGN}")


def plot_customer_card(card: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """One customer's card: the parts of the master file side by side.

    Parameters
    ----------
    card : DataFrame
        From ``customer_card``: ``part``, ``item``, ``value``.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, or there is no row.

    Examples
    --------
    >>> card = pd.DataFrame({"part": ["record"], "item": ["name"], "value": ["Hotel Mossford"]})
    >>> plot_customer_card(card).get_title(loc="left")
    'Customer card'
    """
    card = require(card, ["part", "item", "value"], what="card", hint="make it with customer_card(...)")
    parts = list(dict.fromkeys(card["part"]))
    ax = canvas(ax, grid="", height=3.8)
    ax.set_xlim(0, len(parts))
    deepest = max(card["part"].value_counts())
    ax.set_ylim(deepest + 0.6, -1.2)
    colours = (PALETTE["blue"], PALETTE["green"], PALETTE["vermillion"])
    for column, part in enumerate(parts):
        mine = card[card["part"] == part]
        ax.plot([column + 0.03, column + 0.95], [-0.25, -0.25], color=colours[column % 3], linewidth=3)
        heading = str(part).rsplit(" ", 1)[0]  # without the Chinese name: not every font has it
        ax.text(column + 0.03, -0.65, heading, fontsize=12, weight="bold", color=PALETTE["ink"])
        for row, (item, value) in enumerate(zip(mine["item"], mine["value"], strict=True)):
            ax.text(column + 0.03, row + 0.4, str(item), fontsize=9, color=PALETTE["grey"], va="center")
            ax.text(column + 0.95, row + 0.4, str(value), fontsize=9, color=PALETTE["ink"], va="center",
                    ha="right")  # fmt: skip
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(True)
    ax.set_title("Customer card", fontsize=12, loc="left")
    return ax
