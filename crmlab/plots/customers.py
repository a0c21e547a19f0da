"""Pictures of purchases: one customer's history, cohorts over time, the spread of a skewed value."""

from __future__ import annotations

from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.contracts import DataError
from crmlab.engine import day
from crmlab.plots.frame import (
    HALO,
    SIZE,
    canvas,
    label,
    log_axis,
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
        The reporting day, inclusive. What comes later is drawn hollow, on a hatched ground; the axis says so.
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
    >>> [text.get_text() for text in plot_history(orders, as_of="2023-12-31").texts if text.get_text()]
    ['Recency 43 days', 'as of 2023-12-31']
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
    ax.set_ylim(low - 0.16 * span if low < 0 else 0, top)
    size = 7 if len(orders) <= 60 else 4
    for kind, marker, color in ((bought, "o", "blue"), (~bought, "v", "vermillion")):
        for when, fill in ((seen, PALETTE[color]), (~seen, "white")):
            which = np.flatnonzero(kind & when)
            if len(which):
                which = which[np.argsort(dates[which], kind="stable")][thin(len(which))]
                ax.vlines(dates[which], 0, amounts[which], color=PALETTE[color], linewidth=1.2)
                style: dict[str, Any] = {
                    "color": PALETTE[color],
                    "markerfacecolor": fill,
                    "markersize": size,
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
    else:
        note(ax, end, high + 0.08 * span, "No purchase up to this day", va="bottom")
    if not bought.all():
        worst = int(np.argmin(amounts))
        note(ax, dates[worst], amounts[worst], "Refund", xytext=(0, -7), ha="center", va="top")
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
    hollow = "; hollow: not yet known on the reporting day" if (~seen).any() else ""
    ax.set_xlabel(f"Day of purchase (calendar date{hollow})")
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
        5 to 40 bins of equal width on the logarithmic scale, or a bar for each number when these are whole
        and 50 at most; mean and median are those of the values drawn.

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
    bins = 3 if kept.min() == kept.max() else int(np.clip(np.sqrt(len(kept)), 5, 40))
    edges = np.geomspace(low, high, bins + 1)
    if 1 < kept.max() <= 50 and kept.min() < kept.max() and not (kept % 1).any():
        whole = np.arange(kept.min(), kept.max() + 2)
        edges = np.sqrt(whole[:-1] * whole[1:])
        edges = np.append(whole[0] ** 2 / edges[0], edges)
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)
    low, high = edges[0], edges[-1]
    counts, _ = np.histogram(kept, edges)

    ax = canvas(ax)
    ax.set_xscale("log")
    ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=PALETTE["sky"], edgecolor=PALETTE["blue"])
    ax.set(xlim=(low / (high / low) ** 0.03, high * (high / low) ** 0.03), ylim=(0, counts.max() * 1.25))
    marks = sorted(
        (("Median", float(np.median(kept)), "--"), ("Mean", float(kept.mean()), "-")), key=lambda m: m[1]
    )
    for (name, value, line), height in zip(marks, (1.23, 1.13), strict=True):
        ax.axvline(value, color=PALETTE["vermillion"], linestyle=line, linewidth=1.8)
        place = np.log(value / low) / np.log(high / low)
        right = place < 0.2 or (height < 1.2 and place < 0.8)
        side = {"xytext": (6, 0), "ha": "left"} if right else {"xytext": (-6, 0), "ha": "right"}
        note(ax, value, counts.max() * height, f"{name} {money(value)}", va="top", **side)
    if len(kept) < len(values):
        text = f"{len(values) - len(kept):,} {rows}\nnot above 0: not drawn"
        style: dict[str, Any] = {"ha": "right", "va": "top", "fontsize": SIZE, "color": PALETTE["ink"]}
        ax.text(0.99, 0.8, text, transform=ax.transAxes, bbox=HALO, **style)
    log_axis(ax.xaxis, low, high)
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    number_axis(ax.yaxis)
    ax.set_xlabel(f"{label(by)}, logarithmic axis")
    ax.set_ylabel(f"{words(rows)} (number)")
    return ax
