"""Pictures of offers: what each adds by the number of mails, what a budget buys, what learning costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import SIZE, canvas, number_axis, numbers, require
from crmlab.plots.palette import LINES, PALETTE


def plot_offer_gains(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What each offer adds to the share who order, in percentage points, with intervals, by group.

    Parameters
    ----------
    table : DataFrame
        ``offer``, ``group``, ``gain``, ``low``, ``high`` (shares); up to four groups.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than four groups.

    Examples
    --------
    >>> table = pd.DataFrame({"offer": ["guide"], "group": ["0 mails"], "gain": [0.05], "low": [0.02],
    ...                       "high": [0.08]})
    >>> plot_offer_gains(table).get_xlabel()
    'Added to the share who order (percentage points)'
    """
    what, hint = "table", "one row per offer and group, with gain, low and high"
    require(table, ["offer", "group", "gain", "low", "high"], what=what, hint=hint)
    gain, low, high = (100 * numbers(table, c, what=what) for c in ("gain", "low", "high"))
    offers, groups = (list(dict.fromkeys(table[c].astype(str))) for c in ("offer", "group"))
    if len(groups) > len(LINES):
        raise DataError(f"group must have at most {len(LINES)} values; it has {len(groups)}.")
    ax = canvas(ax, grid="x", height=4.0)
    ax.axvline(0, color=PALETTE["ink"], lw=1)
    place = np.array([len(offers) - 1 - offers.index(o) for o in table["offer"].astype(str)], dtype=float)
    for k, group in enumerate(groups):
        mine = table["group"].astype(str).to_numpy() == group
        y = place[mine] + 0.28 - 0.56 * k / max(len(groups) - 1, 1)
        colour, _, marker = LINES[k]
        ax.hlines(y, low[mine], high[mine], color=PALETTE[colour], lw=2)
        ax.plot(gain[mine], y, ls="", marker=marker, ms=8, color=PALETTE[colour], label=group)
    ax.set_yticks(range(len(offers)), offers[::-1], fontsize=SIZE)
    ax.set_ylim(-0.6, len(offers) - 0.4)
    number_axis(ax.xaxis)
    ax.set_xlabel("Added to the share who order (percentage points)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(groups))
    return ax


def plot_budgets(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What plans promise and what they truly gain, by budget.

    Parameters
    ----------
    table : DataFrame
        ``method`` (up to two), ``budget_eur``, ``promised_eur``, ``true_eur``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than two methods.

    Examples
    --------
    >>> table = pd.DataFrame({"method": "greedy", "budget_eur": [1, 2], "promised_eur": [3, 5],
    ...                       "true_eur": [2, 3]})
    >>> plot_budgets(table).get_ylabel()
    'Gain over sending nothing (EUR)'
    """
    what, hint = "table", "one row per method and budget"
    require(table, ["method", "budget_eur", "promised_eur", "true_eur"], what=what, hint=hint)
    budget, promised, true = (
        numbers(table, c, what=what) for c in ("budget_eur", "promised_eur", "true_eur")
    )
    names = list(dict.fromkeys(table["method"].astype(str)))
    if len(names) > 2:
        raise DataError(f"method must have at most two values; it has {len(names)}.")
    ax = canvas(ax, height=4.2)
    for k, name in enumerate(names):
        mine = table["method"].astype(str).to_numpy() == name
        colour, _, marker = LINES[k]
        ax.plot(
            budget[mine],
            promised[mine],
            ls="--",
            marker=marker,
            mfc="white",
            color=PALETTE[colour],
            label=f"{name}: promised",
        )
        ax.plot(
            budget[mine],
            true[mine],
            ls="-",
            marker=marker,
            lw=2.5,
            color=PALETTE[colour],
            label=f"{name}: true",
        )
    ax.axhline(0, color=PALETTE["ink"], lw=1)
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel("Budget for sending (EUR)")
    ax.set_ylabel("Gain over sending nothing (EUR)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
    return ax


def plot_lost(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What each way of learning loses against always sending the best: mean and middle part of the runs.

    Parameters
    ----------
    table : DataFrame
        ``policy``, ``world``, ``lost_eur``, ``low``, ``high``; up to four worlds.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, or there are more than four worlds.

    Examples
    --------
    >>> table = pd.DataFrame({"policy": ["bandit"], "world": ["steady"], "lost_eur": [5], "low": [1],
    ...                       "high": [9]})
    >>> plot_lost(table).get_xlabel()
    'Lost against always sending the best one (EUR)'
    """
    what, hint = "table", "sum race_policies(...) up by policy"
    require(table, ["policy", "world", "lost_eur", "low", "high"], what=what, hint=hint)
    lost, low, high = (numbers(table, c, what=what) for c in ("lost_eur", "low", "high"))
    policies, worlds = (list(dict.fromkeys(table[c].astype(str))) for c in ("policy", "world"))
    if len(worlds) > len(LINES):
        raise DataError(f"world must have at most {len(LINES)} values; it has {len(worlds)}.")
    ax = canvas(ax, grid="x", height=4.0)
    place = np.array(
        [len(policies) - 1 - policies.index(p) for p in table["policy"].astype(str)], dtype=float
    )
    for k, world in enumerate(worlds):
        mine = table["world"].astype(str).to_numpy() == world
        y = place[mine] + 0.18 - 0.36 * k / max(len(worlds) - 1, 1)
        colour, _, marker = LINES[k]
        ax.hlines(y, low[mine], high[mine], color=PALETTE[colour], lw=2)
        ax.plot(lost[mine], y, ls="", marker=marker, ms=9, color=PALETTE[colour], label=world)
    ax.set_yticks(range(len(policies)), policies[::-1], fontsize=SIZE)
    ax.set_ylim(-0.6, len(policies) - 0.4)
    ax.set_xlim(left=0)
    number_axis(ax.xaxis)
    ax.set_xlabel("Lost against always sending the best one (EUR)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax
