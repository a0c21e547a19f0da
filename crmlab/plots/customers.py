"""Pictures of purchases: one customer's history, cohorts over time, the spread of a skewed value."""

from __future__ import annotations

from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.engine import day
from crmlab.plots.frame import (
    HALO,
    SIZE,
    canvas,
    label,
    money,
    note,
    number_axis,
    numbers,
    require,
    thin,
    words,
)
from crmlab.plots.palette import PALETTE


def plot_history(orders: pd.DataFrame, *, as_of: object, ax: Axes | None = None) -> Axes:
    """One customer's purchases and refunds on a time line, with the reporting day.

    Parameters
    ----------
    orders : DataFrame
        The orders of one customer: ``order_date``, ``amount_eur``; negative amounts are refunds.
    as_of : str or date
        The reporting day, inclusive. What comes later is drawn hollow, on a hatched ground.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, ``order_date`` is no date, or the orders belong to several customers.

    Examples
    --------
    >>> orders = pd.DataFrame({"order_date": pd.to_datetime(["2023-03-01", "2023-11-18"]),
    ...                        "amount_eur": [40, 55]})
    >>> plot_history(orders, as_of="2023-12-31").texts[0].get_text()
    'Recency 43 days'
    """
    what, hint = "orders", 'take the orders of one customer: orders[orders["customer_id"] == "C00001"]'
    require(orders, ["order_date", "amount_eur"], what=what, hint=hint)
    if "customer_id" in orders and orders["customer_id"].nunique() > 1:
        raise DataError(
            f"orders holds {orders['customer_id'].nunique():,} customers; allowed is one. Hint: {hint}"
        )
    if not pd.api.types.is_datetime64_any_dtype(orders["order_date"]):
        raise DataError(
            f"orders: the column 'order_date' must hold dates; found {orders['order_date'].dtype}. "
            f'Hint: orders["order_date"] = pd.to_datetime(orders["order_date"], format="%Y-%m-%d")'
        )
    amounts = numbers(orders, "amount_eur", what=what)
    dates, end = mdates.date2num(orders["order_date"]), float(mdates.date2num(day(as_of)))  # type: ignore[no-untyped-call]
    bought, seen = amounts >= 0, dates <= end

    ax = canvas(ax)
    ax.axhline(0, color=PALETTE["ink"], linewidth=1)
    first, last = min(dates.min(), end), max(dates.max(), end)
    pad = 0.03 * max(last - first, 1.0)
    ax.set_xlim(first - pad, last + (pad if (~seen).any() else 3 * pad))
    low, high = min(0.0, float(amounts.min())), max(0.0, float(amounts.max()))
    span = (high - low) or 1.0
    top = high + 0.3 * span
    ax.set_ylim(low - 0.12 * span if low < 0 else 0, top)
    for kind, marker, color in ((bought, "o", "blue"), (~bought, "v", "vermillion")):
        for when, fill in ((seen, PALETTE[color]), (~seen, "white")):
            which = np.flatnonzero(kind & when)
            if len(which):
                which = which[np.argsort(dates[which], kind="stable")][thin(len(which))]
                ax.vlines(dates[which], 0, amounts[which], color=PALETTE[color], linewidth=1.2)
                style: dict[str, Any] = {
                    "color": PALETTE[color],
                    "markerfacecolor": fill,
                    "markersize": 7,
                    "clip_on": False,
                }
                ax.plot(dates[which], amounts[which], marker=marker, linestyle="none", **style)
    ax.axvline(end, color=PALETTE["ink"], linestyle="--", linewidth=1.5)
    if (~seen).any():
        ax.axvspan(
            end, last + pad, facecolor="none", edgecolor=PALETTE["light"], hatch="///", linewidth=0, zorder=0
        )
    purchases = dates[bought & seen]
    if len(purchases):
        at, recency = purchases.max(), end - purchases.max()
        y = high + 0.08 * span
        arrow = {"arrowstyle": "<->", "color": PALETTE["grey"], "shrinkA": 0, "shrinkB": 0}
        if recency > 0:
            ax.annotate("", (at, y), (end, y), arrowprops=arrow)
        left = (at + end) / 2 > (first + last) / 2
        note(ax, end if left else at, y, f"Recency {recency:,.0f} days", xytext=(-4 if left else 4, 4),
             ha="right" if left else "left", va="bottom")  # fmt: skip
    if not (bought.all()):
        worst = int(np.argmin(amounts))
        note(ax, dates[worst], amounts[worst], "Refund", va="center")
    right = (last - end) > 0.25 * (last - first + pad)
    note(
        ax,
        end,
        top,
        f"as of {day(as_of)}",
        xytext=(5 if right else -5, -2),
        ha="left" if right else "right",
        va="top",
    )
    locator = mdates.AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    number_axis(ax.yaxis)
    ax.set_xlabel("Day of purchase (calendar date)")
    ax.set_ylabel("Amount (EUR)")
    return ax


def plot_distribution(
    table: pd.DataFrame, *, by: str = "revenue_eur", rows: str = "customers", ax: Axes | None = None
) -> Axes:
    """Histogram of a positive, skewed value on a logarithmic axis, with its mean and median.

    Parameters
    ----------
    table : DataFrame
        One row per customer (order, ...) with the column ``by``.
    by : str, default "revenue_eur"
        The value; those not above zero cannot be drawn and are counted and stated. NaN likewise.
    rows : str, default "customers"
        What a row of the table is, for the labels.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        5 to 40 bins of equal width on the logarithmic scale; mean and median are those of the values drawn.

    Raises
    ------
    DataError
        The column is missing or has nothing above zero.

    Examples
    --------
    >>> ax = plot_distribution(pd.DataFrame({"revenue_eur": [10.0, 20.0, 20.0, 40.0, 400.0]}))
    >>> [text.get_text() for text in ax.texts]
    ['Median 20', 'Mean 98']
    """
    what, hint = "table", "draw a column with values above zero"
    require(table, [by], what=what, hint=hint)
    values = numbers(table, by, what=what, missing=True)
    kept = values[values > 0]
    if not len(kept):
        raise DataError(f"table has no value above 0 in {by!r}; a logarithmic axis needs one. Hint: {hint}")
    low, high = float(kept.min()), float(kept.max())
    if high <= low * 1.0001:
        low, high = low / 2, high * 2
    edges = np.geomspace(low, high, int(np.clip(np.sqrt(len(kept)), 5, 40)) + 1)
    edges[0], edges[-1] = low, high
    counts, _ = np.histogram(kept, edges)

    ax = canvas(ax)
    ax.set_xscale("log")
    ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=PALETTE["sky"], edgecolor=PALETTE["blue"])
    ax.set(xlim=(low / (high / low) ** 0.03, high * (high / low) ** 0.03), ylim=(0, counts.max() * 1.25))
    marks = sorted(
        (("Median", float(np.median(kept)), "--"), ("Mean", float(kept.mean()), "-")), key=lambda m: m[1]
    )
    for (name, value, style), height in zip(marks, (1.23, 1.13), strict=True):
        ax.axvline(value, color=PALETTE["vermillion"], linestyle=style, linewidth=1.8)
        right = np.log(value / low) < 0.5 * np.log(high / low)
        place = {"xytext": (6 if right else -6, 0), "ha": "left" if right else "right", "va": "top"}
        note(ax, value, counts.max() * height, f"{name} {money(value)}", **place)
    if len(kept) < len(values):
        text = f"{len(values) - len(kept):,} {rows}\nnot above 0: not drawn"
        style: dict[str, Any] = {"ha": "right", "va": "top", "fontsize": SIZE, "color": PALETTE["ink"]}
        ax.text(0.99, 0.8, text, transform=ax.transAxes, bbox=HALO, **style)
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.xaxis.set_minor_formatter("")
    ax.set_xlabel(
        label(by).replace(")", ", logarithmic)") if label(by).endswith(")") else f"{words(by)} (logarithmic)"
    )
    ax.set_ylabel(f"{words(rows)} (number)")
    return ax
