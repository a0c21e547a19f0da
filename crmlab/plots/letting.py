"""Pictures for letting customers go: the common shock, covers compared, return rates, terms, visits."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

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
)
from crmlab.plots.palette import LINES, PALETTE


def plot_shock_years(years: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw year by year the share of a book's policies with a claim, and their mean.

    Parameters
    ----------
    years : DataFrame
        One row per year: ``year``, ``share`` (0 to 1).
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
    >>> plot_shock_years(pd.DataFrame({"year": [2023, 2024], "share": [0.0, 0.2]})).get_xlabel()
    'Year'
    """
    require(years, ["year", "share"], what="years", hint="one row per year: year, share")
    year, share = numbers(years, "year", what="years"), numbers(years, "share", what="years")
    ax = canvas(ax, height=3.4)
    ax.bar(year, share, 0.8, color=PALETTE["blue"], edgecolor="white")
    mean = float(share.mean())
    ax.axhline(mean, color=PALETTE["vermillion"], lw=1.6, ls="--", label=f"mean: {percent(mean, decimals=1)}")
    percent_axis(ax.yaxis)
    ax.set_xlabel("Year")
    ax.set_ylabel("Policies with a claim (%)")
    ax.legend(frameon=False, fontsize=SIZE)
    return ax


def plot_shock_spread(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how much a book's yearly claims vary, by its size: with a common shock and without.

    Parameters
    ----------
    table : DataFrame
        From ``shock_spread``: ``policies``, ``spread``, ``spread_alone``, ``floor``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"policies": [1, 100], "spread": [0.17, 0.05], "spread_alone": [0.17, 0.02],
    ...                       "floor": [0.048, 0.048]})
    >>> plot_shock_spread(table).get_xlabel()
    'Policies in the book (logarithmic)'
    """
    columns = ["policies", "spread", "spread_alone", "floor"]
    require(table, columns, what="table", hint="shock_spread(policies, ...)")
    n, shared, alone, floor = (numbers(table, c, what="table") for c in columns)
    order = np.argsort(n)
    ax = canvas(ax, height=4.2)
    names = ("with the common shock", "each house for itself")
    for values, name, (colour, style, sign) in zip((shared, alone), names, LINES, strict=False):
        ax.plot(
            n[order], values[order], ls=style, marker=sign, ms=6, lw=2.2, color=PALETTE[colour], label=name
        )
    ax.plot(n[order], floor[order], ls=":", lw=1.6, color=PALETTE["ink"], label="what no size takes away")
    ax.set_xscale("log")
    log_axis(ax.xaxis, float(n.min()), float(n.max()))
    ax.set_ylim(0, 1.08 * float(max(shared.max(), alone.max())) or 1)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Policies in the book (logarithmic)")
    ax.set_ylabel("Spread of the share with a claim (%)")
    ax.legend(frameon=False, fontsize=SIZE)
    return ax


def plot_loss_options(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Compare what a firm can do about a risk: how often each option ends in ruin, and what it earns.

    Parameters
    ----------
    table : DataFrame
        One row per option, drawn from top to bottom: ``option`` and the columns of ``loss_summary``
        (``profit_eur``, ``p99_eur``, ``ruin``, ``ruin_low``, ``ruin_high``).
    ax : Axes, optional
        Where to draw; a new figure 8 inches wide unless given.

    Returns
    -------
    Axes
        A dot with its interval for the chance of ruin; beside it, in million EUR, the mean profit and what
        one year in a hundred costs or more.

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"option": ["keep all"], "profit_eur": [1e6], "p99_eur": [9e7], "ruin": [0.02],
    ...                       "ruin_low": [0.017], "ruin_high": [0.024]})
    >>> plot_loss_options(table).get_xlabel()
    'Years in which the firm fails (%, bar: 95 %)'
    """
    columns = ["profit_eur", "p99_eur", "ruin", "ruin_low", "ruin_high"]
    require(table, ["option", *columns], what="table", hint="one row per option, from loss_summary(...)")
    profit, bad, ruin, low, high = (numbers(table, c, what="table") for c in columns)
    rows = np.arange(len(table))
    ax = canvas(ax, grid="x", height=max(3.0, 0.55 * len(table) + 1.2))
    ax.hlines(rows, low, high, color=PALETTE["blue"], lw=4, alpha=0.45)
    ax.plot(ruin, rows, ls="", marker="o", ms=9, color=PALETTE["blue"])
    reach = float(high.max()) or 0.01
    beside = (  # where, what is above it, what is in it
        (1.28, "Mean profit\n(million EUR)", [f"{value / 1e6:,.1f}" for value in profit]),
        (1.88, "1 year in 100 costs\nmore than (million EUR)", [f"{value / 1e6:,.0f}" for value in bad]),
    )
    for place, head, texts in beside:
        ax.text(place * reach, -0.6, head, ha="right", va="bottom", fontsize=SIZE - 1, color=PALETTE["grey"])
        for row, text in enumerate(texts):
            text = text.replace("-", "\N{MINUS SIGN}")
            ax.text(place * reach, row, text, ha="right", va="center", fontsize=SIZE)
    ax.set_yticks(rows, table["option"].astype(str).tolist())
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(-0.02 * reach, 1.9 * reach)
    ax.set_xticks([t for t in ax.get_xticks() if 0 <= t <= reach])
    percent_axis(ax.xaxis)
    ax.set_xlabel("Years in which the firm fails (%, bar: 95 %)")
    return ax


def plot_return_rates(estimate: pd.DataFrame, *, threshold: float, ax: Axes | None = None) -> Axes:
    """Draw raw and estimated return rates over the number of purchases.

    Parameters
    ----------
    estimate : DataFrame
        From ``return_estimate``, with ``items_bought`` beside it: ``items_bought``, ``raw_rate``,
        ``estimated_rate``.
    threshold : float
        Rate from which a rule would act, drawn as a line.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or holds no number.

    Examples
    --------
    >>> table = pd.DataFrame({"items_bought": [2, 80], "raw_rate": [0.5, 0.1], "estimated_rate": [0.15, 0.1]})
    >>> plot_return_rates(table, threshold=0.5).get_ylabel()
    'Return rate (%)'
    """
    columns = ["items_bought", "raw_rate", "estimated_rate"]
    require(estimate, columns, what="estimate", hint="return_estimate(customers, ...)")
    n, raw, drawn = (numbers(estimate, c, what="estimate") for c in columns)
    ax = canvas(ax, height=4.4)
    ax.plot(
        n, raw, ls="", marker="o", ms=6, mfc="none", mec=PALETTE["vermillion"], alpha=0.6, label="raw rate"
    )
    ax.plot(n, drawn, ls="", marker=".", ms=6, color=PALETTE["blue"], alpha=0.7, label="estimated rate")
    ax.axhline(threshold, color=PALETTE["ink"], lw=1.4, ls="--", label=f"threshold: {percent(threshold)}")
    ax.set_xscale("log")
    log_axis(ax.xaxis, 1.0, float(n.max()))
    ax.set_xlim(0.85, 1.2 * float(n.max()))
    ax.set_ylim(-0.03, 1.05)
    percent_axis(ax.yaxis)
    ax.set_xlabel("Pieces bought in the year (logarithmic)")
    ax.set_ylabel("Return rate (%)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=SIZE)
    return ax


def plot_terms(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the profit per applicant under several terms, by score band, with intervals.

    Parameters
    ----------
    table : DataFrame
        ``band`` (from low to high), ``terms`` (four at most), ``mean``, ``low``, ``high`` (EUR per
        applicant; the limits may be missing).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, holds no number, or there are more than four terms.

    Examples
    --------
    >>> table = pd.DataFrame({"band": ["low"], "terms": ["prepay"], "mean": [86.0], "low": [72.0],
    ...                       "high": [99.0]})
    >>> plot_terms(table).get_ylabel()
    'First-year profit (EUR per applicant)'
    """
    require(table, ["band", "terms", "mean", "low", "high"], what="table", hint="one row per band and terms")
    bands = list(dict.fromkeys(table["band"].astype(str)))
    kinds = list(dict.fromkeys(table["terms"].astype(str)))
    if len(kinds) > len(LINES):
        raise DataError(f"at most {len(LINES)} terms can be told apart; found {len(kinds)}.")
    ax = canvas(ax, height=4.2)
    for i, kind in enumerate(kinds):
        colour, style, sign = LINES[i]
        here = table[table["terms"].astype(str) == kind]
        x = here["band"].astype(str).map(bands.index).to_numpy() + 0.08 * (i - (len(kinds) - 1) / 2)
        low, high = (numbers(here, c, what="table", missing=True) for c in ("low", "high"))
        ax.vlines(x, low, high, color=PALETTE[colour], lw=3, alpha=0.5)
        mean = numbers(here, "mean", what="table")
        ax.plot(x, mean, ls=style, marker=sign, ms=7, lw=2, color=PALETTE[colour], label=kind)
    ax.axhline(0, color=PALETTE["ink"], lw=1.2)
    ax.set_xticks(range(len(bands)), bands)
    number_axis(ax.yaxis)
    ax.set_xlabel("Credit points")
    ax.set_ylabel("First-year profit (EUR per applicant)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=SIZE)
    return ax


def plot_visits(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which share of the customers makes which share of the bad visits, worst customers first.

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``bad_visits`` (0 or more).
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.2 inches unless given.

    Returns
    -------
    Axes
        The curve, with marks where it reaches one half and all of the bad visits.

    Raises
    ------
    DataError
        The column is missing, holds no number, or there is no bad visit.

    Examples
    --------
    >>> plot_visits(pd.DataFrame({"bad_visits": [6, 3, 0, 0]})).get_ylabel()
    'Share of the bad visits (%)'
    """
    require(table, ["bad_visits"], what="table", hint="one row per customer, with bad_visits")
    bad = np.sort(numbers(table, "bad_visits", what="table"))[::-1]
    if bad.min() < 0 or bad.sum() <= 0:
        raise DataError("bad_visits must be 0 or more, and somebody must have one. Hint: look at the column")
    x = np.arange(len(bad) + 1) / len(bad)
    y = np.append(0, bad.cumsum()) / bad.sum()
    ax = canvas(ax, height=4.2)
    ax.plot(x, y, color=PALETTE["blue"], lw=2.4)
    ax.plot([0, 1], [0, 1], color=PALETTE["grey"], lw=1.2, ls="--")
    for reach, words in ((0.5, "half of them"), (1.0, "all of them")):
        at = int(np.argmax(y >= reach - 1e-12))
        ax.plot(x[at], y[at], marker="o", ms=8, color=PALETTE["vermillion"])
        ax.annotate(
            f"{words}: {percent(float(x[at]))} of the customers",
            (x[at], y[at]), xytext=(12, -16), textcoords="offset points", fontsize=SIZE, bbox=HALO,
        )  # fmt: skip
    for axis in (ax.xaxis, ax.yaxis):
        percent_axis(axis)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.06)
    ax.set_xlabel("Share of the customers, most bad visits first (%)")
    ax.set_ylabel("Share of the bad visits (%)")
    return ax
