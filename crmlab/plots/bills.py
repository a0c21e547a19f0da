"""Pictures of bills and payments: an account, what policies change, months side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import SIZE, canvas, number_axis, numbers, require
from crmlab.plots.palette import LINES, PALETTE


def plot_account(
    bills: pd.DataFrame, payments: pd.DataFrame, *, due_days: int = 16, ax: Axes | None = None
) -> Axes:
    """What one household owes, day by day: up with a bill, down with a payment.

    Parameters
    ----------
    bills : DataFrame
        One household's ``bill_date`` and ``amount_eur``.
    payments : DataFrame
        The same household's ``payment_date`` and ``paid_eur``; may be empty.
    due_days : int, default 16
        Days after a bill on which it is due; drawn as small marks on the axis.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or there is no bill.

    Examples
    --------
    >>> bills = pd.DataFrame({"bill_date": pd.to_datetime(["2024-01-01"]), "amount_eur": [80.0]})
    >>> paid = pd.DataFrame({"payment_date": pd.to_datetime(["2024-01-12"]), "paid_eur": [80.0]})
    >>> plot_account(bills, paid).get_ylabel()
    'Owed (EUR)'
    """
    require(bills, ["bill_date", "amount_eur"], what="bills", hint="the bills of one household")
    up, down = numbers(bills, "amount_eur", what="bills"), -numbers(payments, "paid_eur", what="payments")
    days = np.concatenate([bills["bill_date"].to_numpy(), payments["payment_date"].to_numpy()])
    steps = np.concatenate([up, down])
    order = np.lexsort((-steps, days))
    day, owed = days[order], np.cumsum(steps[order])
    end = day[-1] + np.timedelta64(15, "D")
    ax = canvas(ax, height=4.0)
    ax.step(
        np.append(day, end),
        np.append(owed, owed[-1]),
        where="post",
        color=PALETTE["blue"],
        lw=2,
        label="owed",
    )
    due = bills["bill_date"] + pd.Timedelta(days=due_days)
    ax.plot(
        due,
        np.zeros(len(due)),
        ls="",
        marker="|",
        ms=12,
        mew=2,
        color=PALETTE["vermillion"],
        label="a bill is due",
    )
    paid_after = owed[np.flatnonzero(steps[order] < 0)]
    ax.plot(
        payments["payment_date"].sort_values(),
        paid_after,
        ls="",
        marker="v",
        ms=7,
        color=PALETTE["green"],
        label="payment",
    )
    ax.set_ylim(bottom=min(-0.06 * float(owed.max()), float(owed.min())))
    number_axis(ax.yaxis)
    ax.set_xlabel("Day")
    ax.set_ylabel("Owed (EUR)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax


def plot_policy_effects(table: pd.DataFrame, *, unit: str, ax: Axes | None = None) -> Axes:
    """The difference from the control by policy, a point with its interval, for one outcome.

    Parameters
    ----------
    table : DataFrame
        One row per policy: ``policy``, ``effect``, ``low``, ``high`` (limits may be missing).
    unit : str
        What is measured and in which unit; the label of the axis.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 3.4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or an effect is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"policy": ["firm"], "effect": [-5.0], "low": [-8.0], "high": [-2.0]})
    >>> plot_policy_effects(table, unit="Bad debt (EUR)").get_xlabel()
    'Bad debt (EUR)'
    """
    what = "table"
    require(table, ["policy", "effect", "low", "high"], what=what, hint="make it with policy_effects(...)")
    effect = numbers(table, "effect", what=what)
    low, high = (numbers(table, c, what=what, missing=True) for c in ("low", "high"))
    y = np.arange(len(table))[::-1]
    ax = canvas(ax, grid="x", height=3.4)
    ax.axvline(0, color=PALETTE["ink"], lw=1.2)
    ax.hlines(
        y,
        np.where(np.isnan(low), effect, low),
        np.where(np.isnan(high), effect, high),
        color=PALETTE["blue"],
        lw=2.5,
    )
    ax.plot(effect, y, ls="", marker="o", ms=7, color=PALETTE["blue"])
    ax.set_yticks(y, table["policy"].astype(str))
    ax.set_ylim(-0.6, len(table) - 0.4)
    number_axis(ax.xaxis)
    ax.set_xlabel(unit)
    return ax


def plot_months(table: pd.DataFrame, *, unit: str, mark: object = None, ax: Axes | None = None) -> Axes:
    """Lines over months, one per policy, with an optional day to mark.

    Parameters
    ----------
    table : DataFrame
        One row per month, indexed by its day; one numeric column per line, up to four.
    unit : str
        Label of the vertical axis with its unit.
    mark : date, optional
        A day to mark with a vertical line, such as the start of a trial.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        There is no row, or there are more than four lines.

    Examples
    --------
    >>> table = pd.DataFrame({"soft": [1.0, 2.0]}, index=pd.to_datetime(["2024-01-31", "2024-02-29"]))
    >>> plot_months(table, unit="Overdue (EUR)").get_ylabel()
    'Overdue (EUR)'
    """
    require(table, [], what="table", hint="one row per month")
    if not 1 <= table.shape[1] <= len(LINES):
        raise DataError(f"table must have 1 to {len(LINES)} columns, one per line; it has {table.shape[1]}.")
    ax = canvas(ax, height=4.0)
    for name, (colour, line, marker) in zip(table.columns, LINES, strict=False):
        ax.plot(
            table.index,
            numbers(table, name, what="table"),
            color=PALETTE[colour],
            ls=line,
            marker=marker,
            ms=5,
            lw=2,
            label=str(name),
        )
    if mark is not None:
        ax.axvline(np.datetime64(pd.Timestamp(str(mark)), "D"), color=PALETTE["ink"], lw=1.2, ls=(0, (2, 3)))  # type: ignore[arg-type]
    ax.set_ylim(bottom=0)
    number_axis(ax.yaxis)
    ax.set_xlabel("Month")
    ax.set_ylabel(unit)
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
    return ax
