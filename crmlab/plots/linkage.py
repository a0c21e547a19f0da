"""Pictures of record linkage: how alike pairs are, what a threshold costs, how values go out of date."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import canvas, money, number_axis, numbers, percent_axis, require
from crmlab.plots.palette import LINES, PALETTE


def plot_match_weights(
    table: pd.DataFrame, *, threshold: float | None = None, ax: Axes | None = None
) -> Axes:
    """How many pairs have which weight of evidence, those of one person and those of two apart.

    Parameters
    ----------
    table : DataFrame
        ``match_weight`` (log2 of the odds) and ``same_person`` (True or False), one row per pair.
    threshold : float, optional
        A weight to mark: pairs at or to the right of it are joined.
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
    >>> pairs = pd.DataFrame({"match_weight": [-3.0, 12.0], "same_person": [False, True]})
    >>> plot_match_weights(pairs).get_ylabel()
    'Pairs (number)'
    """
    hint = "merge link_records(records) with the truth"
    require(table, ["match_weight", "same_person"], what="table", hint=hint)
    weight = numbers(table, "match_weight", what="table")
    same = table["same_person"].to_numpy(dtype=bool)
    edges = np.arange(np.floor(weight.min() / 2) * 2, np.ceil(weight.max() / 2) * 2 + 2.1, 2.0)
    ax = canvas(ax)
    two, one = (np.histogram(weight[mask], edges)[0] for mask in (~same, same))
    ax.bar(edges[:-1], one, 1.8, align="edge", color=PALETTE["blue"], label="one person")
    ax.bar(
        edges[:-1], two, 1.8, bottom=one, align="edge", color=PALETTE["orange"], hatch="//",
        edgecolor=PALETTE["ink"], linewidth=0.4, label="two people",
    )  # fmt: skip
    ax.set_ylim(0, max(1.0, 1.15 * float((one + two).max())))
    if threshold is not None:
        ax.axvline(threshold, color=PALETTE["vermillion"], linestyle="--", linewidth=1.8, label="threshold")
    ax.legend(frameon=False, fontsize=10, loc="upper right")
    number_axis(ax.yaxis)
    ax.set_xlabel("Match weight (log2 of the odds; 0 is even)")
    ax.set_ylabel("Pairs (number)")
    return ax


def plot_link_costs(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What wrong and missed pairs cost together at each threshold, one line for each rule; minima marked.

    Parameters
    ----------
    table : DataFrame
        ``rule``, ``threshold_weight`` (log2 of the odds), ``cost_eur``; at most four rules.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number, or there are more than four rules.

    Examples
    --------
    >>> costs = pd.DataFrame({"rule": "model", "threshold_weight": [0.0, 5.0], "cost_eur": [90.0, 40.0]})
    >>> plot_link_costs(costs).get_ylabel()
    'Cost of both mistakes (EUR)'
    """
    require(
        table, ["rule", "threshold_weight", "cost_eur"], what="table", hint="one row per rule and threshold"
    )
    names = list(dict.fromkeys(table["rule"].astype(str)))
    if len(names) > len(LINES):
        raise DataError(f"table: at most {len(LINES)} rules can be told apart; found {len(names)}.")
    ax = canvas(ax)
    for name, (color, style, marker) in zip(names, LINES, strict=False):
        mine = table[table["rule"].astype(str) == name].sort_values("threshold_weight")
        x, y = numbers(mine, "threshold_weight", what="table"), numbers(mine, "cost_eur", what="table")
        best = int(np.argmin(y))
        ax.plot(x, y, color=PALETTE[color], linestyle=style, linewidth=2, label="_line")
        lowest = f"{name}: lowest {money(y[best])} EUR at {x[best]:g}"
        ax.plot(
            x[best], y[best], color=PALETTE[color], marker=marker, markersize=9, linestyle=style, label=lowest
        )
    ax.set_ylim(0, 1.2 * max(1.0, float(table["cost_eur"].max())))
    ax.legend(frameon=False, fontsize=10, loc="upper right")
    number_axis(ax.yaxis)
    ax.set_xlabel("Threshold: join from this match weight on (log2 of the odds)")
    ax.set_ylabel("Cost of both mistakes (EUR)")
    return ax


def plot_decay(checked: pd.DataFrame, rates: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share of recorded values that are still right by age, with the curve of each half-life.

    Parameters
    ----------
    checked : DataFrame
        ``field``, ``age_years`` (mean age of a group), ``still_valid`` (share), ``low``, ``high``.
    rates : DataFrame
        From ``half_life``: ``field``, ``changes_per_year``, ``half_life_years``; at most four fields.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number, or there are more than four fields.

    Examples
    --------
    >>> checked = pd.DataFrame({"field": ["phone"], "age_years": [2.0], "still_valid": [0.8], "low": [0.7],
    ...                         "high": [0.9]})
    >>> rates = pd.DataFrame({"field": ["phone"], "changes_per_year": [0.11], "half_life_years": [6.3]})
    >>> plot_decay(checked, rates).get_xlabel()
    'Age of the recorded value (years)'
    """
    hint = "rates come from half_life(checks)"
    require(checked, ["field", "age_years", "still_valid", "low", "high"], what="checked", hint=hint)
    require(rates, ["field", "changes_per_year", "half_life_years"], what="rates", hint=hint)
    if len(rates) > len(LINES):
        raise DataError(f"rates: at most {len(LINES)} fields can be told apart; found {len(rates)}.")
    ax = canvas(ax)
    reach = 1.08 * float(numbers(checked, "age_years", what="checked").max())
    years = np.linspace(0, reach, 200)
    for k, (row, (color, style, marker)) in enumerate(zip(rates.itertuples(), LINES, strict=False)):
        mine = checked[checked["field"] == row.field]
        x = numbers(mine, "age_years", what="checked") + 0.06 * (k - 1)
        y, low, high = (numbers(mine, c, what="checked") for c in ("still_valid", "low", "high"))
        ax.vlines(x, low, high, color=PALETTE[color], linewidth=1.2)
        ax.plot(x, y, color=PALETTE[color], marker=marker, linestyle="none", markersize=6)
        text = f"{row.field}: half-life {row.half_life_years:.1f} years"
        ax.plot(
            years, np.exp(-row.changes_per_year * years), color=PALETTE[color], linestyle=style, label=text
        )
    ax.axhline(0.5, color=PALETTE["grey"], linewidth=1, linestyle=":")
    ax.set_ylim(0, 1.03)
    ax.set_xlim(0, reach)
    percent_axis(ax.yaxis)
    ax.legend(frameon=False, fontsize=10, loc="lower left")
    ax.set_xlabel("Age of the recorded value (years)")
    ax.set_ylabel("Still right (% of values)")
    return ax


def plot_updates(table: pd.DataFrame, *, budget: float | None = None, ax: Axes | None = None) -> Axes:
    """What verifying values saved, against what it cost, for several orders of doing it.

    Parameters
    ----------
    table : DataFrame
        ``plan``, ``spent_eur`` (running total), ``saved_eur`` (running total); at most four plans.
    budget : float, optional
        An amount to mark, EUR.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds something that is no number, or there are more than four plans.

    Examples
    --------
    >>> curve = pd.DataFrame({"plan": "oldest first", "spent_eur": [0.0, 10.0], "saved_eur": [0.0, 14.0]})
    >>> plot_updates(curve, budget=5).get_ylabel()
    'Saved by right values (EUR)'
    """
    require(table, ["plan", "spent_eur", "saved_eur"], what="table", hint="one row per plan and step")
    names = list(dict.fromkeys(table["plan"].astype(str)))
    if len(names) > len(LINES):
        raise DataError(f"table: at most {len(LINES)} plans can be told apart; found {len(names)}.")
    ax = canvas(ax)
    for name, (color, style, _) in zip(names, LINES, strict=False):
        mine = table[table["plan"].astype(str) == name]
        x, y = numbers(mine, "spent_eur", what="table"), numbers(mine, "saved_eur", what="table")
        ax.plot(x, y, color=PALETTE[color], linestyle=style, linewidth=2, label=name)
    ends = numbers(table, "spent_eur", what="table")
    top = float(np.max([ends.max(), 1.0]))
    ax.plot([0, top], [0, top], color=PALETTE["grey"], linewidth=1, label="saves what it costs")
    if budget is not None:
        ax.axvline(budget, color=PALETTE["grey"], linestyle=":", linewidth=1.5, label="budget")
    ax.set_xlim(0, top)
    ax.set_ylim(0, 1.05 * max(1.0, float(table["saved_eur"].max())))
    for axis in (ax.xaxis, ax.yaxis):
        number_axis(axis)
    ax.legend(frameon=False, fontsize=10, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    ax.set_xlabel("Spent on verifying (EUR)")
    ax.set_ylabel("Saved by right values (EUR)")
    return ax
