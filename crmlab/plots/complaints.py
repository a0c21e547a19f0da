"""Pictures of complaints: the queue, who speaks up, causes, control charts, effects, confusion, learning."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    HALO,
    SIZE,
    canvas,
    log_axis,
    number_axis,
    numbers,
    percent,
    percent_axis,
    require,
    short,
)
from crmlab.plots.heat import heat, scale
from crmlab.plots.palette import LINES, PALETTE


def plot_queue_day(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The load of each half-hour as bars, and the agents on duty and planned as steps.

    Parameters
    ----------
    table : DataFrame
        ``start_min`` (minutes from midnight), ``load`` (Erlang), ``agents`` (on duty) and ``planned``.
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
    >>> day = pd.DataFrame({"start_min": [480, 510], "load": [3.0, 5.0], "agents": [6, 6], "planned": [5, 8]})
    >>> plot_queue_day(day).get_xlabel()
    'Time of day (start of the half-hour)'
    """
    what, hint = "table", "columns start_min, load, agents, planned; one row per half-hour"
    require(table, ["start_min", "load", "agents", "planned"], what=what, hint=hint)
    table = table.sort_values("start_min")
    start, load, duty, plan = (
        numbers(table, c, what=what) for c in ("start_min", "load", "agents", "planned")
    )
    ax = canvas(ax)
    ax.bar(start / 60 + 0.25, load, width=0.42, color=PALETTE["sky"], label="load (Erlang)")
    edge = np.append(start, start[-1] + 30) / 60
    for values, (colour, style, _), name in zip(
        (duty, plan), LINES, ("agents on duty", "agents planned"), strict=False
    ):
        ax.step(
            edge,
            np.append(values, values[-1]),
            where="post",
            color=PALETTE[colour],
            linestyle=style,
            linewidth=2,
            label=name,
        )
    ax.set_ylim(0, 1.3 * max(float(np.max([load, duty, plan])), 1.0))
    ax.set_xticks(
        np.arange(np.floor(edge[0]), edge[-1] + 0.1, 1),
        [f"{int(h):02d}:00" for h in np.arange(np.floor(edge[0]), edge[-1] + 0.1, 1)],
    )
    ax.set_xlabel("Time of day (start of the half-hour)")
    ax.set_ylabel("Agents, or load (Erlang)")
    ax.legend(loc="upper right", fontsize=SIZE, frameon=False, ncols=3)
    return ax


def plot_cost_of_agents(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Cost of agents, cost of callers who wait or leave, and their sum, by the number of agents.

    Parameters
    ----------
    table : DataFrame
        ``agents``, ``agents_eur``, ``callers_eur``: cost in one half-hour.
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
    >>> cost = pd.DataFrame({"agents": [1, 2], "agents_eur": [14.0, 28.0], "callers_eur": [30.0, 5.0]})
    >>> plot_cost_of_agents(cost).get_ylabel()
    'Cost in the half-hour (EUR)'
    """
    what, hint = "table", "columns agents, agents_eur, callers_eur"
    require(table, ["agents", "agents_eur", "callers_eur"], what=what, hint=hint)
    table = table.sort_values("agents")
    n, own, lost = (numbers(table, c, what=what) for c in ("agents", "agents_eur", "callers_eur"))
    ax = canvas(ax)
    for y, (colour, style, mark), name in zip(
        (own + lost, own, lost), LINES, ("sum", "agents", "callers who wait or leave"), strict=False
    ):
        ax.plot(n, y, color=PALETTE[colour], linestyle=style, marker=mark, linewidth=2, label=name)
    best = int(np.argmin(own + lost))
    ax.annotate(
        f"least: {n[best]:.0f} agents", (n[best], (own + lost)[best]), textcoords="offset points", xytext=(0,
            14),
        ha="center", fontsize=SIZE, color=PALETTE["ink"], bbox=HALO,
    )  # fmt: skip
    ax.set_ylim(0, 1.12 * float((own + lost).max()))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    number_axis(ax.yaxis)
    ax.set_xlabel("Agents on duty")
    ax.set_ylabel("Cost in the half-hour (EUR)")
    ax.legend(fontsize=SIZE, frameon=False, loc="best")
    return ax


def plot_speaking_up(curve: pd.DataFrame, points: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The chance to complain by money at stake: a curve with its band, and observed shares with theirs.

    Parameters
    ----------
    curve : DataFrame
        ``stake_eur``, ``chance``, ``low``, ``high``.
    points : DataFrame
        ``stake_eur``, ``share``, ``low``, ``high``: observed groups.
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
    >>> curve = pd.DataFrame({"stake_eur": [2.0, 140.0], "chance": [0.1, 0.7], "low": [0.0, 0.6],
    ...     "high": [0.2, 0.8]})
    >>> points = pd.DataFrame({"stake_eur": [20.0], "share": [0.3], "low": [0.2], "high": [0.4]})
    >>> plot_speaking_up(curve, points).get_ylabel()
    'Problems that are told to the firm (%)'
    """
    hint = "columns stake_eur, chance (points: share), low, high"
    require(curve, ["stake_eur", "chance", "low", "high"], what="curve", hint=hint)
    require(points, ["stake_eur", "share", "low", "high"], what="points", hint=hint)
    curve = curve.sort_values("stake_eur")
    x, mid, low, high = (numbers(curve, c, what="curve") for c in ("stake_eur", "chance", "low", "high"))
    px, share, plow, phigh = (
        numbers(points, c, what="points") for c in ("stake_eur", "share", "low", "high")
    )
    ax = canvas(ax)
    ax.fill_between(x, low, high, color=PALETTE["sky"], alpha=0.35, linewidth=0)
    ax.plot(x, mid, color=PALETTE["blue"], linewidth=2, label="fitted, with 95 % band")
    reach = np.vstack([np.maximum(share - plow, 0), np.maximum(phigh - share, 0)])
    ax.errorbar(
        px, share, yerr=reach, fmt="s", color=PALETTE["vermillion"], capsize=4, label="asked, with 95 %"
    )
    ax.set_xscale("log")
    log_axis(ax.xaxis, float(x[0]), float(x[-1]))
    ax.set_ylim(0, 1)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Money at stake (EUR, logarithmic)")
    ax.set_ylabel("Problems that are told to the firm (%)")
    ax.legend(loc="upper left", fontsize=SIZE, frameon=False)
    return ax


def plot_control_chart(chart: pd.DataFrame, *, unit: str = "delivery", ax: Axes | None = None) -> Axes:
    """A control chart: the rate of each week, the centre line, its limits, and the alarms.

    Parameters
    ----------
    chart : DataFrame
        From ``control_chart``, with ``week`` (a day): ``rate``, ``centre``, ``low``, ``high``, ``alarm``.
    unit : str, default "delivery"
        What a complaint is counted per.
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
    >>> chart = pd.DataFrame({"week": pd.to_datetime(["2023-01-02"]), "rate": [0.1], "centre": 0.03,
    ...     "low": 0.0, "high": 0.06, "alarm": [True]})
    >>> plot_control_chart(chart).get_ylabel()
    'Complaints per delivery (%)'
    """
    what, hint = "chart", "make it with control_chart(weeks, ...) and keep the column week"
    require(chart, ["week", "rate", "centre", "low", "high", "alarm"], what=what, hint=hint)
    chart = chart.sort_values("week")
    rate, centre, low, high = (numbers(chart, c, what=what) for c in ("rate", "centre", "low", "high"))
    week = pd.to_datetime(chart["week"]).to_numpy()
    alarm = chart["alarm"].to_numpy(dtype=bool)
    ax = canvas(ax)
    ax.fill_between(
        week, low, high, step="mid", color=PALETTE["light"], alpha=0.7, linewidth=0, label="limits"
    )
    ax.plot(week, centre, color=PALETTE["grey"], linestyle="--", linewidth=1.2, label="centre")
    ax.plot(week, rate, color=PALETTE["blue"], linewidth=1, marker="o", markersize=3, label="week")
    ax.plot(
        week[alarm],
        rate[alarm],
        color=PALETTE["vermillion"],
        linestyle="none",
        marker="D",
        markersize=8,
        label="alarm",
    )
    ax.set_ylim(0, 1.25 * max(float(np.max([rate, high])), 1e-6))
    percent_axis(ax.yaxis)
    ax.set_xlabel("Week")
    ax.set_ylabel(f"Complaints per {unit} (%)")
    ax.legend(loc="upper left", fontsize=SIZE, frameon=False, ncols=4)
    return ax


def plot_two_paretos(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """For each cause its share by several measures, as bars side by side.

    Parameters
    ----------
    table : DataFrame
        ``cause``, and one column of shares (0 to 1) for each of two or three measures, in the order to draw.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        There is no measure, more than three, or something that is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"cause": ["a", "b"], "count": [0.6, 0.4], "money": [0.3, 0.7]})
    >>> plot_two_paretos(table).get_xlabel()
    'Share of all causes (%)'
    """
    what, hint = "table", "columns cause and one share per measure"
    require(table, ["cause"], what=what, hint=hint)
    measures = [c for c in table.columns if c != "cause"]
    if not 1 <= len(measures) <= 3:
        raise DataError(
            f"table must have one to three measures beside 'cause'; found {len(measures)}. Hint: {hint}"
        )
    ax = canvas(ax, grid="x")
    colours, hatches = ("blue", "orange", "green"), ("", "//", "..")
    place, wide = np.arange(len(table))[::-1], 0.8 / len(measures)
    for i, name in enumerate(measures):
        share = numbers(table, name, what=what)
        at = place + 0.4 - wide * (i + 0.5)
        ax.barh(
            at,
            share,
            height=wide * 0.92,
            color=PALETTE[colours[i]],
            hatch=hatches[i],
            edgecolor="white",
            label=name,
        )
        for y, s in zip(at, share, strict=True):
            ax.annotate(percent(float(s)), (max(float(s), 0), float(y)), textcoords="offset points",
                xytext=(3, 0), va="center",
                        fontsize=SIZE - 1, color=PALETTE["ink"])  # fmt: skip
    ax.set_yticks(place, table["cause"].astype(str).tolist())
    ax.set_xlim(0, 1.18 * max(float(table[measures].to_numpy(dtype=float).max()), 0.01))
    percent_axis(ax.xaxis)
    ax.set_xlabel("Share of all causes (%)")
    ax.legend(loc="lower right", fontsize=SIZE, framealpha=0.9)
    return ax


def plot_confusion(matrix: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """A confusion matrix: true classes in rows, sorted classes in columns, each cell with its count.

    Parameters
    ----------
    matrix : DataFrame
        Counts; the index holds the true classes, the columns those that the machine chose.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        It is empty or holds something that is no number.

    Examples
    --------
    >>> plot_confusion(pd.DataFrame([[5, 1], [0, 4]], index=["a", "b"], columns=["a", "b"])).get_xlabel()
    'Cause that the machine chose'
    """
    what = "matrix"
    require(matrix, [], what=what, hint="pd.crosstab(true, chosen)")
    values = np.column_stack([numbers(matrix, c, what=what) for c in matrix.columns])[::-1]
    ax = canvas(ax, grid="")
    heat(
        ax, values, colors=scale(values), columns=[str(c) for c in matrix.columns],
        rows=[str(r) for r in matrix.index[::-1]], texts=lambda r, c: [f"{values[r, c]:,.0f}"],
    )  # fmt: skip
    ax.set_xlabel("Cause that the machine chose")
    ax.set_ylabel("True cause")
    return ax


def plot_learning(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """A learning curve: accuracy by the number of labelled cases, with its spread.

    Parameters
    ----------
    table : DataFrame
        ``labelled`` (cases), ``accuracy``, ``low``, ``high``.
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
    >>> table = pd.DataFrame({"labelled": [30, 60], "accuracy": [0.5, 0.7], "low": [0.4, 0.65],
    ...     "high": [0.6, 0.75]})
    >>> plot_learning(table).get_xlabel()
    'Cases that a person has labelled'
    """
    what, hint = "table", "columns labelled, accuracy, low, high"
    require(table, ["labelled", "accuracy", "low", "high"], what=what, hint=hint)
    table = table.sort_values("labelled")
    n, mid, low, high = (numbers(table, c, what=what) for c in ("labelled", "accuracy", "low", "high"))
    ax = canvas(ax)
    ax.fill_between(n, low, high, color=PALETTE["sky"], alpha=0.35, linewidth=0)
    ax.plot(n, mid, color=PALETTE["blue"], marker="o", linewidth=2)
    ax.set_ylim(0, 1)
    percent_axis(ax.yaxis)
    number_axis(ax.xaxis)
    ax.set_xlabel("Cases that a person has labelled")
    ax.set_ylabel("Sorted rightly (%)")
    return ax


def plot_effects(table: pd.DataFrame, *, unit: str, ax: Axes | None = None) -> Axes:
    """Estimates with their intervals beside 0, and the truth where it is known.

    Parameters
    ----------
    table : DataFrame
        ``label``, ``effect``, ``low``, ``high`` and, if known, ``truth`` (may be missing).
    unit : str
        Label of the axis, with the unit; shares are drawn as %, when it ends with "%)".
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
    >>> table = pd.DataFrame({"label": ["by lot"], "effect": [0.1], "low": [0.0], "high": [0.2]})
    >>> plot_effects(table, unit="Change (%)").get_xlabel()
    'Change (%)'
    """
    what, hint = "table", "columns label, effect, low, high, truth"
    require(table, ["label", "effect", "low", "high"], what=what, hint=hint)
    mid, low, high = (numbers(table, c, what=what) for c in ("effect", "low", "high"))
    ax = canvas(ax, grid="x")
    place = np.arange(len(table))[::-1]
    ax.axvline(0, color=PALETTE["grey"], linewidth=1)
    reach = np.vstack([np.maximum(mid - low, 0), np.maximum(high - mid, 0)])
    ax.errorbar(
        mid,
        place,
        xerr=reach,
        fmt="o",
        color=PALETTE["blue"],
        capsize=5,
        markersize=8,
        label="estimate, 95 %",
    )
    write = percent if unit.endswith("%)") else short
    for x, y in zip(mid, place, strict=True):
        ax.annotate(write(float(x)), (float(x), float(y)), textcoords="offset points", xytext=(0, 9),
            ha="center", fontsize=SIZE,
                    color=PALETTE["ink"], bbox=HALO)  # fmt: skip
    ends = [mid, low, high]
    if "truth" in table:
        true = numbers(table, "truth", what=what, missing=True)
        ends.append(true[np.isfinite(true)])
        ax.plot(
            true,
            place - 0.22,
            linestyle="none",
            marker="D",
            color=PALETTE["vermillion"],
            markersize=8,
            label="truth (simulated)",
        )
    reach_all = np.concatenate([*ends, [0.0]])
    pad = 0.12 * max(float(np.ptp(reach_all)), 1e-9)
    ax.set_xlim(float(reach_all.min()) - pad, float(reach_all.max()) + pad)
    ax.set_ylim(-0.7, len(table) - 0.3)
    ax.set_yticks(place, table["label"].astype(str).tolist())
    if unit.endswith("%)"):
        percent_axis(ax.xaxis)
    else:
        number_axis(ax.xaxis)
    ax.set_xlabel(unit)
    ax.legend(loc="best", fontsize=SIZE, framealpha=0.9)
    return ax
