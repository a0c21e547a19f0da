"""Pictures of where customers stand: states, phases, and the map of a firm's tables and their keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from crmlab.contracts import DataError
from crmlab.plots.frame import LABEL_SIZE, SIZE, canvas, money, number_axis, numbers, require
from crmlab.plots.palette import PALETTE

MEASURES = {  # column of phase_profit: heading of the panel, label of its axis
    "orders_year": ("Volume", "Orders per customer-year"),
    "price_eur": ("Price", "Mean amount of an order ({c})"),
    "cost_year_eur": ("Cost", "Cost to serve ({c} per customer-year)"),
    "margin_year_eur": ("Margin", "Margin ({c} per customer-year)"),
    "profit_year_eur": ("Profit", "Profit ({c} per customer-year)"),
}


def plot_states(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How many customers are in each state, and how many of these have truly left.

    Parameters
    ----------
    table : DataFrame
        One row per state, drawn from top to bottom: ``state``, ``customers`` (0 or more) and, if known,
        ``left`` (of these, how many have truly left; drawn hatched).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number, or more have left than there are.

    Examples
    --------
    >>> table = pd.DataFrame({"state": ["repeat", "lost"], "customers": [80, 40], "left": [20, 30]})
    >>> [text.get_text() for text in plot_states(table).texts]
    ['80, of whom 20 have left', '40, of whom 30 have left']
    """
    what, hint = "table", 'count the states: states["state"].value_counts()'
    require(table, ["state", "customers"], what=what, hint=hint)
    n = numbers(table, "customers", what=what)
    left = numbers(table, "left", what=what) if "left" in table else None
    if left is not None and (left > n).any():
        raise DataError(f"table: more have left than there are customers in {int((left > n).sum())} row(s).")
    ax = canvas(ax, grid="x")
    rows = np.arange(len(table))
    ax.barh(rows, n, color=PALETTE["sky"], edgecolor=PALETTE["blue"], height=0.62, label="still customers")
    words = [f"{k:,.0f}" for k in n]
    if left is not None:
        ax.barh(
            rows, left, left=n - left, color="white", edgecolor=PALETTE["vermillion"], hatch="////",
            height=0.62, label="have truly left (only the truth sheet knows)",
        )  # fmt: skip
        words = [f"{k:,.0f}, of whom {m:,.0f} have left" for k, m in zip(n, left, strict=True)]
        ax.legend(frameon=False, fontsize=SIZE, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    reach = max(float(n.max()), 1.0)
    for row, text in zip(rows, words, strict=True):
        ax.annotate(
            text, (n[row], row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=SIZE,
            color=PALETTE["ink"],
        )  # fmt: skip
    ax.set_xlim(0, reach * (1.6 if left is not None else 1.15))
    ax.set_yticks(rows, table["state"].astype(str).tolist(), fontsize=LABEL_SIZE)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    number_axis(ax.xaxis)
    ax.set_xlabel("Customers (number)")
    return ax


def plot_phases(
    table: pd.DataFrame, *, measure: str = "profit_year_eur", currency: str = "EUR", ax: Axes | None = None
) -> Axes:
    """One measure in each phase of the life cycle, in the order of the phases.

    Parameters
    ----------
    table : DataFrame
        From ``phase_profit``: ``phase`` and the column `measure`. A missing value leaves its place empty and
        says so.
    measure : {"orders_year", "price_eur", "cost_year_eur", "margin_year_eur", "profit_year_eur"}
        Volume, price, cost, margin or profit; profit by default.
    currency : str, default "EUR"
        Unit of money on the axis.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number, or the measure is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"phase": ["growth", "decline"], "profit_year_eur": [40.0, -5.0]})
    >>> plot_phases(table).get_ylabel()
    'Profit (EUR per customer-year)'
    """
    if measure not in MEASURES:
        raise DataError(f"measure must be one of {', '.join(MEASURES)}; found {measure!r}.")
    what, hint = "table", "make it with phase_profit(life_cycle(orders, as_of=as_of), orders)"
    require(table, ["phase", measure], what=what, hint=hint)
    value = numbers(table, measure, what=what, missing=True)
    known, at = np.isfinite(value), np.arange(len(table))
    ax = canvas(ax)
    ax.axhline(0, color=PALETTE["ink"], linewidth=1.2)
    for sign, color, hatch in ((value >= 0, "sky", ""), (value < 0, "orange", "////")):
        use = sign & known
        ax.bar(at[use], value[use], color=PALETTE[color], edgecolor=PALETTE["ink"], hatch=hatch, width=0.6)
    low, high = min(0.0, float(value[known].min(initial=0))), max(0.0, float(value[known].max(initial=0)))
    span = (high - low) or 1.0
    ax.set_ylim(low - (0.16 * span if low < 0 else 0), high + 0.16 * span)
    for i in at:
        up = not known[i] or value[i] >= 0
        ax.annotate(
            money(value[i]) if known[i] else "none", (i, value[i] if known[i] else 0),
            xytext=(0, 3 if up else -3), textcoords="offset points", ha="center",
            va="bottom" if up else "top", fontsize=SIZE, color=PALETTE["ink"],
        )  # fmt: skip
    ax.set_xticks(at, table["phase"].astype(str).tolist())
    ax.set_xlim(-0.6, len(at) - 0.4)
    number_axis(ax.yaxis)
    title, label = MEASURES[measure]
    ax.set_title(title, fontsize=LABEL_SIZE, loc="left", color=PALETTE["ink"])
    ax.set_ylabel(label.format(c=currency))
    return ax


def plot_table_map(tables: pd.DataFrame, links: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The tables of a firm as boxes, and the key columns that join them as lines.

    Parameters
    ----------
    tables : DataFrame
        ``table`` (name), ``one_row_is`` (a few words) and ``rows`` (number). The first table stands in the
        middle; the others around it, left and right in turn.
    links : DataFrame
        ``from_table``, ``to_table`` and ``key`` (the shared column), one row per line.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a table is named twice, or a link names an unknown table.

    Examples
    --------
    >>> tables = pd.DataFrame({"table": ["customers", "orders"], "one_row_is": ["a customer", "an order"],
    ...                        "rows": [3, 9]})
    >>> links = pd.DataFrame({"from_table": ["orders"], "to_table": ["customers"], "key": ["customer_id"]})
    >>> len(plot_table_map(tables, links).lines)
    1
    """
    require(tables, ["table", "one_row_is", "rows"], what="tables", hint="one row per table of the firm")
    require(links, ["from_table", "to_table", "key"], what="links", hint="one row per pair of tables")
    names = tables["table"].astype(str).tolist()
    if len(set(names)) < len(names):
        raise DataError("tables: a table stands in two rows; allowed is one. Hint: drop_duplicates('table')")
    odd = sorted({*links["from_table"], *links["to_table"]} - set(names))
    if odd:
        raise DataError(f"links: {odd[0]!r} is not among the tables {', '.join(names)}.")
    rows = numbers(tables, "rows", what="tables")
    place = {names[0]: (0.5, 0.5)}
    for side, x in ((names[1::2], 0.13), (names[2::2], 0.87)):
        heights = np.linspace(0.9, 0.1, len(side)) if len(side) > 1 else np.full(len(side), 0.5)
        place |= {name: (x, float(y)) for name, y in zip(side, heights, strict=True)}
    ax = canvas(ax, grid="")
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    keys = list(dict.fromkeys(links["key"].astype(str)))
    styles = [("blue", "-"), ("vermillion", "--"), ("green", "-."), ("black", ":")]
    for a, b, key in zip(links["from_table"], links["to_table"], links["key"].astype(str), strict=True):
        color, dash = styles[keys.index(key) % len(styles)]
        (xa, ya), (xb, yb) = place[a], place[b]
        ax.plot(
            [xa, xb], [ya, yb], color=PALETTE[color], linestyle=dash, linewidth=2, zorder=1,
            label=key if key not in ax.get_legend_handles_labels()[1] else None,
        )  # fmt: skip
    for (name, (x, y)), words, n in zip(
        [(n, place[n]) for n in names], tables["one_row_is"], rows, strict=True
    ):
        middle = name == names[0]
        ax.add_patch(
            FancyBboxPatch(
                (x - 0.12, y - 0.082), 0.24, 0.164, boxstyle="round,pad=0.005",
                facecolor=PALETTE["yellow"] if middle else "white", edgecolor=PALETTE["ink"], zorder=2,
                linewidth=2.2 if middle else 1.2,
            )
        )  # fmt: skip
        text: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 3, "color": PALETTE["ink"]}
        ax.text(x, y + 0.042, name, fontsize=LABEL_SIZE, fontweight="bold", **text)
        ax.text(x, y - 0.03, f"{words}\n{n:,.0f} rows", fontsize=SIZE - 1, **text)
    ax.legend(
        title="joined by the column", frameon=False, fontsize=SIZE, title_fontsize=SIZE,
        loc="lower center", bbox_to_anchor=(0.5, -0.08), ncols=min(len(keys), 3),
    )  # fmt: skip
    return ax
