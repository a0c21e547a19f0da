"""Pictures of a customer plan: who is in it, what a budget buys, how sure it is, alarms and replays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    MAX_POINTS,
    canvas,
    number,
    number_axis,
    numbers,
    percent,
    percent_axis,
    require,
    short,
    thin,
)
from crmlab.plots.palette import PALETTE

_SIGNS = {
    "serve differently": ("vermillion", "s"),
    "win back": ("grey", "v"),
    "keep": ("orange", "^"),
    "care": ("blue", "D"),
    "second order": ("green", "o"),
    "as now": ("sky", "."),
}


def plot_plan_map(plan: pd.DataFrame, *, currency: str = "EUR", ax: Axes | None = None) -> Axes:
    """Every customer by P(alive) and by what they would bring if they are still here.

    Parameters
    ----------
    plan : DataFrame
        From ``plan_groups``: ``p_alive``, ``if_alive_eur`` and ``group``. At most 2,000 are drawn.
    currency : str, default "EUR"
        Unit of the money.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        One sign and colour per group.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> plan = pd.DataFrame({"p_alive": [0.9, 0.1], "if_alive_eur": [50.0, 80.0], "group": ["care", "keep"]})
    >>> plot_plan_map(plan).get_xlabel()
    'Chance to be still here, P(alive)'
    """
    require(plan, ["p_alive", "if_alive_eur", "group"], what="plan", hint="make it with plan_groups(...)")
    ax = canvas(ax, grid="both")
    kept = plan.iloc[thin(len(plan))] if len(plan) > MAX_POINTS else plan
    alive, worth = (numbers(kept, c, what="plan") for c in ("p_alive", "if_alive_eur"))
    drawn = worth > 0
    for name, (color, mark) in _SIGNS.items():
        here = drawn & (kept["group"] == name).to_numpy()
        if here.any():
            ax.plot(
                alive[here],
                worth[here],
                ls="",
                marker=mark,
                ms=5,
                alpha=0.65,
                color=PALETTE[color],
                label=name,
            )
    if drawn.any():
        ax.set_yscale("log")
    ax.set_xlim(-0.03, 1.03)
    number_axis(ax.yaxis)
    ax.set_xlabel("Chance to be still here, P(alive)")
    log = ", logarithmic" if drawn.any() else ""
    ax.set_ylabel(f"Margin ahead if still here ({currency}{log})")
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, frameon=False, handletextpad=0.2)
    return ax


def plot_plan_budget(
    plan: pd.DataFrame, *, budget_eur: float | None = None, currency: str = "EUR", ax: Axes | None = None
) -> Axes:
    """What each further part of the budget brings after its cost, most gain per euro first.

    Parameters
    ----------
    plan : DataFrame
        From ``plan_customers``: ``queue``, ``cost_eur`` and ``net_eur``.
    budget_eur : float, optional
        The budget there is, marked by an upright line; one of more than 1.3 times what can be spent is only
        named, so that the curve is not pressed to the edge.
    currency : str, default "EUR"
        Unit of the money.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> plan = pd.DataFrame({"queue": [2, 1, 0], "cost_eur": [4.0, 1.0, 9.0], "net_eur": [2.0, 5.0, -3.0]})
    >>> plot_plan_budget(plan, budget_eur=3).lines[0].get_ydata().tolist()
    [0.0, 5.0, 7.0]
    """
    require(plan, ["queue", "cost_eur", "net_eur"], what="plan", hint="make it with plan_customers(...)")
    queued = plan[plan["queue"] > 0].sort_values("queue")
    spent = np.concatenate([[0.0], np.cumsum(queued["cost_eur"].to_numpy(dtype=float))])
    net = np.concatenate([[0.0], np.cumsum(queued["net_eur"].to_numpy(dtype=float))])
    ax = canvas(ax)
    kept = thin(len(spent))
    ax.plot(spent[kept], net[kept], lw=2.2, color=PALETTE["blue"])
    far = budget_eur is not None and 0 < spent[-1] < budget_eur / 1.3
    if far and budget_eur is not None:
        ax.annotate(
            f"budget {number(budget_eur)} \N{RIGHTWARDS ARROW}", (0.99, 0.04), xycoords="axes fraction",
            fontsize=10, ha="right", color=PALETTE["vermillion"],
        )  # fmt: skip
    elif budget_eur is not None:
        ax.axvline(budget_eur, color=PALETTE["vermillion"], ls="--", lw=1.6)
        reach = max(float(spent[-1]), budget_eur, 1e-9)
        left = budget_eur > 0.55 * reach
        ax.annotate(
            f"budget {number(budget_eur)}", (budget_eur, 0.04), xycoords=("data", "axes fraction"),
            xytext=(-6 if left else 6, 0), textcoords="offset points", fontsize=10,
            ha="right" if left else "left",
        )  # fmt: skip
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel(f"Spent, the best customers first ({currency})")
    ax.set_ylabel(f"Expected gain after cost ({currency})")
    return ax


def plot_plan_doubt(table: pd.DataFrame, *, currency: str = "EUR", ax: Axes | None = None) -> Axes:
    """Intervals under each other: how wide they become when more is admitted to be unknown.

    Parameters
    ----------
    table : DataFrame
        One row per interval, from top to bottom: ``what`` (words), ``mean_eur``, ``low_eur``, ``high_eur``.
    currency : str, default "EUR"
        Unit of the money.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 3.4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"what": ["effects"], "mean_eur": [5.0], "low_eur": [1.0], "high_eur": [9.0]})
    >>> [t.get_text() for t in plot_plan_doubt(table).texts]
    ['1 to 9']
    """
    require(table, ["what", "mean_eur", "low_eur", "high_eur"], what="table", hint="one row per interval")
    mean, low, high = (numbers(table, c, what="table") for c in ("mean_eur", "low_eur", "high_eur"))
    ax = canvas(ax, grid="x", height=3.4)
    rows = np.arange(len(table))
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=6, alpha=0.55)
    ax.plot(mean, rows, ls="", marker="D", ms=8, color=PALETTE["vermillion"], mec="white")
    ax.axvline(0, color=PALETTE["ink"], lw=1)
    for row, a, b in zip(rows, low, high, strict=True):
        ax.annotate(
            f"{short(a)} to {short(b)}", ((a + b) / 2, row), xytext=(0, 11), textcoords="offset points",
            ha="center", fontsize=10,
        )  # fmt: skip
    ax.set_yticks(rows, [str(w) for w in table["what"]])
    ax.set_ylim(len(table) - 0.5, -0.7)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    number_axis(ax.xaxis)
    ax.set_xlabel(f"{currency}; diamond: expected, bar: middle 95 % of the draws")
    return ax


def plot_scorecard(
    history: pd.DataFrame,
    *,
    measure: str,
    label: str,
    fall: float | None = None,
    share: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """One measure over the reviews, with the level below which its alarm rings.

    Parameters
    ----------
    history : DataFrame
        From ``scorecard_history``: ``review`` and the measure; missing values leave a gap.
    measure : str
        The column.
    label : str
        Label of the vertical axis, with its unit.
    fall : float, optional
        The alarm rings below ``1 - fall`` times the review before: drawn as a short line under each point.
    share : bool, default False
        Write the axis in per cent.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, or no review has the measure.

    Examples
    --------
    >>> history = pd.DataFrame({"review": pd.to_datetime(["2024-03-31", "2024-06-30"]), "buyers": [100, 80]})
    >>> plot_scorecard(history, measure="buyers", label="Buyers (number)", fall=0.1).get_ylabel()
    'Buyers (number)'
    """
    require(history, ["review", measure], what="history", hint="make it with scorecard_history(...)")
    value = numbers(history, measure, what="history", missing=True)
    if np.isnan(value).all():
        raise DataError(f"history: no review has {measure!r}. Hint: a longer log, or a shorter window_days.")
    ax = canvas(ax)
    at = np.arange(len(value))
    ax.plot(at, value, marker="o", ms=6, lw=2, color=PALETTE["blue"])
    if fall is not None and len(value) > 1:
        limit = (1 - fall) * value[:-1]
        ax.hlines(limit, at[1:] - 0.3, at[1:] + 0.3, color=PALETTE["vermillion"], lw=2, linestyles="--")
    days = pd.to_datetime(history["review"]).dt.strftime("%Y-%m-%d").tolist()
    step = max(1, -(-len(days) // 4))
    ax.set_xticks(at[::-1][::step][::-1], days[::-1][::step][::-1])
    ax.set_ylim(bottom=min(0.0, float(np.nanmin(value))))
    (percent_axis if share else number_axis)(ax.yaxis)
    ax.set_xlabel("Review (last day of the window)")
    ax.set_ylabel(label)
    return ax


def plot_replays(replays: pd.DataFrame, *, currency: str = "EUR", ax: Axes | None = None) -> Axes:
    """Each earlier forecast with its interval beside what came.

    Parameters
    ----------
    replays : DataFrame
        From ``replay_forecasts``: ``cut_off``, ``expected_eur``, ``low_eur``, ``high_eur``, ``came_eur``.
    currency : str, default "EUR"
        Unit of the money.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> replays = pd.DataFrame({"cut_off": pd.to_datetime(["2024-03-31"]), "expected_eur": [5.0],
    ...     "low_eur": [3.0], "high_eur": [8.0], "came_eur": [6.0]})
    >>> plot_replays(replays).get_xlabel()
    'Forecast made on'
    """
    columns = ["cut_off", "expected_eur", "low_eur", "high_eur", "came_eur"]
    require(replays, columns, what="replays", hint="make it with replay_forecasts(...)")
    expected, low, high, came = (numbers(replays, c, what="replays") for c in columns[1:])
    ax = canvas(ax)
    at = np.arange(len(replays))
    style: dict[str, Any] = {"color": PALETTE["blue"], "lw": 6, "alpha": 0.5}
    ax.vlines(at, low, high, label="forecast, middle 95 %", **style)
    ax.plot(at, expected, ls="", marker="o", ms=7, color=PALETTE["blue"], label="forecast, mean")
    ax.plot(at + 0.12, came, ls="", marker="D", ms=8, color=PALETTE["vermillion"], label="what came")
    ax.set_xticks(at, pd.to_datetime(replays["cut_off"]).dt.strftime("%Y-%m-%d").tolist())
    ax.set_xlim(-0.6, len(replays) - 0.4)
    ax.set_ylim(bottom=min(0.0, float(min(low.min(), came.min()))))
    number_axis(ax.yaxis)
    ax.set_xlabel("Forecast made on")
    ax.set_ylabel(f"Margin in the time after ({currency})")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return ax


def plot_false_alarms(
    alarms: pd.DataFrame, *, words: dict[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    r"""False alarms in a year without change, beside the chance to see a real fall.

    Parameters
    ----------
    alarms : DataFrame
        From ``scorecard_alarms``: ``measure``, ``false_alarm_year`` and ``seen`` (0 to 1).
    words : dict, optional
        Other names for the measures.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> alarms = pd.DataFrame({"measure": ["buyers"], "false_alarm_year": [0.1], "seen": [0.9]})
    >>> [t.get_text() for t in plot_false_alarms(alarms).texts]
    ['10\xa0%', '90\xa0%']
    """
    require(
        alarms, ["measure", "false_alarm_year", "seen"], what="alarms", hint="make it with scorecard_alarms"
    )
    false, seen = (numbers(alarms, c, what="alarms") for c in ("false_alarm_year", "seen"))
    ax = canvas(ax, grid="x", height=4.0)
    rows = np.arange(len(alarms))
    ax.barh(rows - 0.2, false, 0.36, color=PALETTE["vermillion"], hatch="//", edgecolor="white",
            label="rings in a year without change")  # fmt: skip
    ax.barh(rows + 0.2, seen, 0.36, color=PALETTE["blue"], label="rings at a review after a real fall")
    for values, shift in ((false, -0.2), (seen, 0.2)):
        for row, value in zip(rows, values, strict=True):
            ax.text(value + 0.01, row + shift, percent(value), va="center", fontsize=10)
    ax.set_yticks(rows, [(words or {}).get(m, str(m)) for m in alarms["measure"]])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.12)
    percent_axis(ax.xaxis)
    ax.set_xlabel("Share (%)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return ax
