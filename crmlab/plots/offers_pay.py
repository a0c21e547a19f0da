"""Pictures of when personalising pays: by the number of customers, and by signal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.plots.frame import SIZE, canvas, number_axis, numbers, require
from crmlab.plots.palette import PALETTE


def plot_break_even(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What personalising brings in a year, with its interval, and what it costs, by number of customers.

    Parameters
    ----------
    table : DataFrame
        ``customers``, ``gain_eur``, ``low``, ``high``, ``cost_eur``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"customers": [0, 10], "gain_eur": [0, 20], "low": [0, 5], "high": [0, 35],
    ...                       "cost_eur": [10, 11]})
    >>> plot_break_even(table).get_xlabel()
    'Customers who are written to'
    """
    what, hint = "table", "one row per number of customers"
    require(table, ["customers", "gain_eur", "low", "high", "cost_eur"], what=what, hint=hint)
    x, gain, low, high, cost = (
        numbers(table, c, what=what) for c in ("customers", "gain_eur", "low", "high", "cost_eur")
    )
    ax = canvas(ax, height=4.2)
    ax.fill_between(x, low, high, color=PALETTE["blue"], alpha=0.15, lw=0, label="its 95 % interval")
    ax.plot(x, gain, color=PALETTE["blue"], lw=2.5, label="extra profit, one to one")
    ax.plot(x, cost, color=PALETTE["vermillion"], ls="--", lw=2.5, label="cost of the system")
    ax.axhline(0, color=PALETTE["ink"], lw=1)
    ax.set_xlim(float(x.min()), float(x.max()))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel("Customers who are written to")
    ax.set_ylabel("EUR in a year")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax


def plot_signals(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What the plan loses when one signal is left out: measured with its interval, and the truth.

    Parameters
    ----------
    table : DataFrame
        ``signal``, ``sensitivity`` (1 to 3), ``loss_eur``, ``low``, ``high``, ``true_loss_eur`` per customer.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"signal": ["region"], "sensitivity": [2], "loss_eur": [0.0], "low": [-0.1],
    ...                       "high": [0.1], "true_loss_eur": [0.0]})
    >>> plot_signals(table).get_yticklabels()[0].get_text()
    'region (2)'
    """
    what, hint = "table", "one row per signal left out"
    require(
        table, ["signal", "sensitivity", "loss_eur", "low", "high", "true_loss_eur"], what=what, hint=hint
    )
    loss, low, high, true = (
        numbers(table, c, what=what) for c in ("loss_eur", "low", "high", "true_loss_eur")
    )
    grade = numbers(table, "sensitivity", what=what)
    ax = canvas(ax, grid="x", height=4.2)
    y = np.arange(len(table))[::-1]
    ax.axvline(0, color=PALETTE["ink"], lw=1)
    ax.hlines(y, low, high, color=PALETTE["blue"], lw=2.5)
    ax.plot(loss, y, ls="", marker="o", ms=8, color=PALETTE["blue"], label="measured, with 95 % interval")
    ax.plot(true, y, ls="", marker="D", ms=7, mfc="white", mew=2, color=PALETTE["vermillion"], label="truth")
    names = [f"{s} ({g:.0f})" for s, g in zip(table["signal"].astype(str), grade, strict=True)]
    ax.set_yticks(y, names, fontsize=SIZE)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel("Lost without this signal (EUR per customer and mailing)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax
