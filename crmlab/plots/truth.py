"""Picture of estimates beside the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    HALO,
    SIZE,
    canvas,
    inside,
    log_axis,
    money,
    number_axis,
    numbers,
    require,
    thin,
    words,
)
from crmlab.plots.palette import PALETTE


def plot_estimate_truth(
    table: pd.DataFrame, *, estimate: str, truth: str, unit: str, log: bool = False, ax: Axes | None = None
) -> Axes:
    """Estimate against truth, the line where both agree, and the error in words.

    The mean error (estimate minus truth), the mean absolute error and Spearman's rank correlation are
    computed from all rows that have both values; they stand above the axes, side by side if there is room.
    Of more than 2,000 points an even choice along the truth is drawn. With 200 rows or more, values beyond
    one and a half times the 99.5 % quantile lie outside the axes and are counted.

    Parameters
    ----------
    table : DataFrame
        One row per customer with the two columns; NaN is counted and stated.
    estimate, truth : str
        The columns.
    unit : str
        Of both columns, for the labels: "EUR", "purchases", "probability".
    log : bool, default False
        Logarithmic axes; values that are not above zero are counted and stated, and stay in the errors.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, no row has both values, or nothing is above zero on logarithmic axes.

    Examples
    --------
    >>> table = pd.DataFrame({"clv_eur": [10.0, 30.0, 20.0], "true_clv_eur": [12.0, 33.0, 21.0]})
    >>> ax = plot_estimate_truth(table, estimate="clv_eur", truth="true_clv_eur", unit="EUR")
    >>> print(ax.texts[0].get_text())
    Mean error −2 EUR · mean absolute error 2 EUR · rank correlation 1.00
    3 customers
    """
    what, hint = "table", "merge the estimates with the truth sheet on customer_id"
    require(table, [estimate, truth], what=what, hint=hint)
    guess, real = (numbers(table, c, what=what, missing=True) for c in (estimate, truth))
    both = np.isfinite(guess) & np.isfinite(real)
    if not both.any():
        raise DataError(f"{what} has no row with both {estimate!r} and {truth!r}. Hint: {hint}")
    error, n = (guess - real)[both], int(both.sum())
    ranks = pd.DataFrame({"guess": guess[both], "real": real[both]}).rank().to_numpy()
    spread = ranks.std(axis=0).min() > 0
    lines = [
        f"Mean error {money(error.mean())} {unit}",
        f"mean absolute error {money(np.abs(error).mean())} {unit}",
        f"rank correlation {np.corrcoef(ranks.T)[0, 1]:.2f}".replace("-", "−")
        if spread
        else "rank correlation undefined",
        f"{n:,} customers",
    ]
    if n < len(table):
        lines.append(f"{len(table) - n:,} without both values")
    drawn = both & (guess > 0) & (real > 0) if log else both
    if drawn.sum() < n:
        lines.append(f"{n - drawn.sum():,} at or below 0 not drawn")
    if not drawn.any():
        raise DataError(f"{what} has no row above zero to draw on logarithmic axes. Hint: log=False")
    x, y = real[drawn], guess[drawn]
    if not log and len(x) >= 200:  # a handful of giants must not squeeze everybody else into a corner
        edge = 1.5 * max(np.quantile(x, 0.995), np.quantile(y, 0.995))
        near = (x <= edge) & (y <= edge)
        if (~near).any():
            lines.append(f"{(~near).sum():,} beyond the axes")
            x, y = x[near], y[near]
    at = np.argsort(x, kind="stable")[thin(len(x))]

    ax = canvas(ax)
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    pad = (high / low) ** 0.05 * 1.02 if log else 0.04 * ((high - low) or 1.0)
    ends = (low / pad, high * pad) if log else (low - pad, high + pad)
    if log:
        ax.set(xscale="log", yscale="log")
    ax.set(xlim=ends, ylim=ends)
    alpha = float(np.clip(12 / np.sqrt(len(at)), 0.3, 0.9))
    ax.plot(ends, ends, color=PALETTE["vermillion"], linestyle="--", linewidth=1.5)
    ax.plot(
        x[at], y[at], color=PALETTE["blue"], alpha=alpha, marker="o", markersize=4, linestyle="none", mew=0
    )
    for axis in (ax.xaxis, ax.yaxis):
        if log:
            log_axis(axis, low, high)
        else:
            number_axis(axis)
    ax.set_xlabel(f"Truth: {inside(words(truth.removeprefix('true_')))} ({unit})")
    ax.set_ylabel(f"Estimate: {inside(words(estimate))} ({unit})")
    style: dict[str, Any] = {
        "transform": ax.transAxes,
        "fontsize": SIZE,
        "color": PALETTE["ink"],
        "linespacing": 1.3,
    }
    wide = ax.bbox.width / ax.figure.dpi > 5  # inches
    above = "\n".join([" · ".join(lines[:3]), " · ".join(lines[3:])] if wide else lines)
    ax.text(0.0, 1.02, above, ha="left", va="bottom", **style)
    ax.text(0.9, 0.96, "Estimate = truth", ha="right", va="center", bbox=HALO, **style)
    return ax
