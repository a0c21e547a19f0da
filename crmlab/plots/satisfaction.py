"""Pictures of satisfaction and loyalty: the curve, branches by NPS, drivers, four types, a reward."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import alike, canvas, number_axis, numbers, percent, percent_axis, require, words
from crmlab.plots.palette import LINES, PALETTE, SEQUENTIAL, text_on

_SIGNS = ("o", "s", "^", "D")
_COLOURS = ("blue", "orange", "green", "black")
_PLACES = {"loyalist": (1, 1), "mercenary": (1, 0), "hostage": (0, 1), "defector": (0, 0)}


def plot_satisfaction_curve(curve: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the rate of buying again over the answer, one line per group, with intervals.

    Parameters
    ----------
    curve : DataFrame
        From ``satisfaction_curve``: ``group``, ``score``, ``rate``, ``low``, ``high``; at most four groups.
        The limits may be missing.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes
        Lines in the order in which the groups come; the lines are set apart a little, so that the bars show.

    Raises
    ------
    DataError
        A column is missing, holds no number, or there are more than four groups.

    Examples
    --------
    >>> curve = pd.DataFrame({"group": "all", "score": [4, 5], "rate": [0.1, 0.6],
    ...                       "low": [0.05, 0.5], "high": [0.2, 0.7]})
    >>> plot_satisfaction_curve(curve).get_ylabel()
    'Bought again (% of customers)'
    """
    require(curve, ["group", "score", "rate", "low", "high"], what="curve", hint="satisfaction_curve(people)")
    groups = list(dict.fromkeys(curve["group"]))
    if len(groups) > len(LINES):
        raise DataError(f"at most {len(LINES)} groups can be told apart; found {len(groups)}.")
    ax = canvas(ax, height=4.2)
    for i, group in enumerate(groups):
        colour, line, sign = LINES[i]
        here = curve[curve["group"] == group]
        x = numbers(here, "score", what="curve") + 0.05 * (i - (len(groups) - 1) / 2)
        rate = numbers(here, "rate", what="curve")
        low, high = (numbers(here, c, what="curve", missing=True) for c in ("low", "high"))
        ax.vlines(x, low, high, color=PALETTE[colour], lw=2, alpha=0.7)
        ax.plot(x, rate, ls=line, marker=sign, ms=7, lw=2, color=PALETTE[colour], label=str(group))
    ax.set_xticks(np.unique(numbers(curve, "score", what="curve")))
    ax.set_ylim(0, 1.02)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Satisfaction (answer, 5 is very satisfied)")
    ax.set_ylabel("Bought again (% of customers)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return ax


def plot_nps(ranking: pd.DataFrame, *, truth: pd.Series | None = None, ax: Axes | None = None) -> Axes:
    """Rank groups by net promoter score, each with its interval.

    Parameters
    ----------
    ranking : DataFrame
        From ``nps_swaps`` or ``nps_table``: ``group``, ``n``, ``nps``, ``low``, ``high``; drawn from top to
        bottom.
    truth : Series, optional
        True score by group, drawn as a diamond.
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["A"], "n": [90], "nps": [20.0], "low": [4.0], "high": [36.0]})
    >>> plot_nps(table).get_xlabel()
    'Net promoter score (points; bar: 95 %)'
    """
    require(ranking, ["group", "n", "nps", "low", "high"], what="ranking", hint="nps_swaps(answers, by=...)")
    nps, low, high = (numbers(ranking, c, what="ranking") for c in ("nps", "low", "high"))
    rows = np.arange(len(ranking))
    ax = canvas(ax, grid="x", height=max(2.6, 0.42 * len(ranking) + 1.2))
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=3, alpha=0.6)
    ax.plot(nps, rows, ls="", marker="o", ms=8, color=PALETTE["blue"], label="survey")
    if truth is not None:
        true = truth.reindex(ranking["group"]).to_numpy(dtype=float)
        ax.plot(
            true, rows, ls="", marker="D", ms=7, color=PALETTE["vermillion"], label="all customers (truth)"
        )
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    ax.set_yticks(rows, [f"{g} ({int(n):,})" for g, n in zip(ranking["group"], ranking["n"], strict=True)])
    ax.set_ylim(len(ranking) - 0.5, -0.5)
    ax.set_xlabel("Net promoter score (points; bar: 95 %)")
    ax.set_ylabel("Group (answers)")
    return ax


def plot_drivers(table: pd.DataFrame, *, measures: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Set measures of importance side by side, each as shares of its own sum.

    Parameters
    ----------
    table : DataFrame
        One row per driver, drawn from top to bottom: ``driver`` and the columns of `measures`.
    measures : mapping of str to str
        Column and the words for it in the legend, at most four. A negative value is drawn to the left of 0.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes
        One row per driver, one sign per measure.

    Raises
    ------
    DataError
        A column is missing, holds no number, or sums to 0.

    Examples
    --------
    >>> table = pd.DataFrame({"driver": ["price", "web"], "share": [0.5, 0.5]})
    >>> [t.get_text() for t in plot_drivers(table, measures={"share": "R² shares"}).get_yticklabels()]
    ['Price', 'Web']
    """
    require(table, ["driver", *measures], what="table", hint="driver_importance(...)")
    ax = canvas(ax, grid="x", height=4.2)
    rows = np.arange(len(table))
    middle = (len(measures) - 1) / 2
    for i, (column, text) in enumerate(measures.items()):
        values = numbers(table, column, what="table")
        total = np.abs(values).sum()
        if total <= 0:
            raise DataError(f"table: the values of {column!r} are all 0; nothing can be compared.")
        at = rows + 0.17 * (i - middle)
        ax.hlines(at, 0, values / total, color=PALETTE[_COLOURS[i % 4]], lw=2, alpha=0.5)
        ax.plot(
            values / total, at, ls="", marker=_SIGNS[i % 4], ms=8, color=PALETTE[_COLOURS[i % 4]], label=text
        )
    ax.axvline(0, color=PALETTE["grey"], lw=1)
    ax.set_yticks(rows, [words(str(d)) for d in table["driver"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    percent_axis(ax.xaxis)
    ax.set_xlabel("Share of the sum over all drivers (%)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return ax


def plot_loyalty_map(shares: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    r"""Show the four types of loyalty as a map of attitude and behaviour, with the share of each.

    Parameters
    ----------
    shares : DataFrame
        One row per type: ``loyalty_type`` (loyalist, mercenary, hostage, defector) and ``share`` (0 to 1).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 3.6 inches unless given.

    Returns
    -------
    Axes
        Four fields; the darker, the more customers.

    Raises
    ------
    DataError
        A column is missing, a type is not one of the four, or a share is no number from 0 to 1.

    Examples
    --------
    >>> shares = pd.DataFrame({"loyalty_type": ["loyalist", "mercenary"], "share": [0.6, 0.4]})
    >>> [t.get_text() for t in plot_loyalty_map(shares).texts]
    ['Loyalist\n60\xa0%', 'Mercenary\n40\xa0%']
    """
    require(
        shares, ["loyalty_type", "share"], what="shares", hint="share of each type of type_customers(...)"
    )
    share = numbers(shares, "share", what="shares")
    odd = [t for t in shares["loyalty_type"] if t not in _PLACES]
    if odd or (share < 0).any() or (share > 1).any():
        raise DataError(
            f"shares must have the types {', '.join(_PLACES)} with shares from 0 to 1; "
            f"found {odd or share.tolist()}."
        )
    ax = canvas(ax, grid="", height=3.6)
    for kind, part in zip(shares["loyalty_type"], share, strict=True):
        x, y = _PLACES[kind]
        colour = SEQUENTIAL(0.05 + 0.6 * float(part))
        ax.fill([x, x + 1, x + 1, x], [y, y, y + 1, y + 1], color=colour, ec="white", lw=3)
        ax.text(
            x + 0.5, y + 0.5, f"{kind.capitalize()}\n{percent(float(part))}", ha="center", va="center",
            fontsize=13, color=text_on(colour),
        )  # fmt: skip
    ax.set_xlim(0, 2)
    ax.set_ylim(0, 2)
    ax.set_xticks([0.5, 1.5], ["not content", "content"])
    ax.set_yticks([0.5, 1.5], ["goes", "stays"])
    ax.set_xlabel("Attitude (what they say)")
    ax.set_ylabel("Behaviour (what they do)")
    return ax


def plot_rewards(table: pd.DataFrame, *, group: str = "loyalty_type", ax: Axes | None = None) -> Axes:
    """Show by group what a reward adds to spending, with its interval, and from where on it pays.

    Parameters
    ----------
    table : DataFrame
        From ``reward_value``: `group`, ``customers``, ``uplift``, ``uplift_low``, ``uplift_high``,
        ``break_even_eur``; drawn from top to bottom.
    group : str, default "loyalty_type"
        Column of the groups.
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes
        A dot with its interval for the uplift, an upright mark for the break-even.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"loyalty_type": ["mercenary"], "customers": [50], "uplift": [60.0],
    ...                       "uplift_low": [40.0], "uplift_high": [80.0], "break_even_eur": [35.0]})
    >>> plot_rewards(table).get_xlabel()
    'Spending added by the reward (EUR per customer and year)'
    """
    columns = ["uplift", "uplift_low", "uplift_high", "break_even_eur"]
    require(table, [group, "customers", *columns], what="table", hint="reward_value(...)")
    uplift, even = numbers(table, "uplift", what="table"), numbers(table, "break_even_eur", what="table")
    low, high = (numbers(table, c, what="table", missing=True) for c in ("uplift_low", "uplift_high"))
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(3.0, 0.6 * len(table) + 1.2))
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=3, alpha=0.6)
    ax.plot(uplift, rows, ls="", marker="o", ms=8, color=PALETTE["blue"], label="uplift (bar: 95 %)")
    ax.plot(
        even,
        rows,
        ls="",
        marker="|",
        ms=24,
        mew=3,
        color=PALETTE["vermillion"],
        label="break-even (it pays right of it)",
    )
    write = alike(np.round(uplift) if np.abs(uplift).max(initial=0.0) >= 10 else uplift)
    for row, value in zip(rows, uplift, strict=True):
        ax.annotate(
            write(float(value)),
            (value, row),
            xytext=(0, 14),  # above the upright mark, which may stand here too
            textcoords="offset points",
            ha="center",
            fontsize=10,
        )
    ax.axvline(0, color=PALETTE["ink"], lw=1)
    number_axis(ax.xaxis)
    ax.set_yticks(rows, [f"{g} ({int(n):,})" for g, n in zip(table[group], table["customers"], strict=True)])
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.set_xlabel("Spending added by the reward (EUR per customer and year)")
    ax.set_ylabel("Group (customers)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, markerscale=0.6)
    return ax
