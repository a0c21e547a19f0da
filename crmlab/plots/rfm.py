"""Pictures of RFM scores: the grid, the named segments on it, the sizes of the bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    alike,
    canvas,
    inside,
    label,
    numbers,
    require,
    short,
)
from crmlab.plots.heat import colour_bar, heat, scale

Scores = np.ndarray[Any, np.dtype[np.int64]]
HINT = "make it with rfm_scores(rfm_table(orders, as_of=as_of))"
AXES = {
    "r_score": "Recency score R (1 = long ago, {n} = recent)",
    "f_score": "Frequency score F (1 = rare, {n} = often)",
    "m_score": "Money score M (1 = little, {n} = much)",
}


def band_numbers(scores: pd.DataFrame, bands: int | Sequence[int] | None) -> dict[str, int]:
    """How many bands each score has: as told, as noted by ``rfm_scores``, or the highest seen."""
    names = ("r_score", "f_score", "m_score")
    told = bands if bands is not None else scores.attrs.get("rfm_bands")
    if told is None:
        seen = [pd.to_numeric(scores[name], errors="coerce").max() for name in names if name in scores]
        told = int(np.nanmax([5, *seen]))
    each = [int(told)] * 3 if isinstance(told, int | np.integer) else [int(b) for b in told]
    if len(each) != 3 or not all(2 <= b <= 25 for b in each):
        raise DataError(f"bands must be one number or three, 2 to 25; found {bands!r}. Hint: bands=5")
    return dict(zip(names, each, strict=True))


def whole_scores(table: pd.DataFrame, column: str, bands: int) -> Scores:
    """The scores of one column, held to 1..bands."""
    values = numbers(table, column, what="scores")
    bad = values[(values < 1) | (values > bands) | (values != np.floor(values))]
    if len(bad):
        raise DataError(f"{column} must be a whole number from 1 to {bands}; found {bad[0]:g}. Hint: {HINT}")
    return values.astype(np.int64)


def plot_rfm_grid(
    scores: pd.DataFrame,
    *,
    value: str | None = None,
    x: str = "r_score",
    y: str = "f_score",
    bands: int | Sequence[int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Customers in each cell of two scores, or the mean of a value per cell.

    Parameters
    ----------
    scores : DataFrame
        From ``rfm_scores``, one row per customer: the score columns named in ``x`` and ``y`` (1..bands).
    value : str, optional
        A numeric column whose mean is shown per cell; the number of customers unless given.
    x, y : str, default "r_score" and "f_score"
        The two scores, of ``r_score``, ``f_score`` and ``m_score``.
    bands : int or three int, optional
        Bands of R, F and M; unless given what ``rfm_scores`` noted in the table, else the highest score
        seen, 5 at least.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        A dash marks a cell without customers.

    Raises
    ------
    DataError
        A column is missing, or a score is not a whole number 1..25.

    Examples
    --------
    >>> scores = pd.DataFrame({"r_score": [1, 2, 2], "f_score": [1, 2, 2], "revenue_eur": [10.0, 40.0, 60.0]})
    >>> plot_rfm_grid(scores, value="revenue_eur").get_xlabel()
    'Recency score R (1 = long ago, 5 = recent)'
    """
    what = "scores"
    require(scores, [x, y, *([value] if value else [])], what=what, hint=HINT)
    if x not in AXES or y not in AXES or x == y:
        raise DataError(f"x and y must be two of {', '.join(AXES)}; found {x!r} and {y!r}. Hint: x='r_score'")
    number = band_numbers(scores, bands)
    wide, high = number[x], number[y]
    cell = (whole_scores(scores, y, high) - 1) * wide + whole_scores(scores, x, wide) - 1
    counts = np.bincount(cell, minlength=wide * high).astype(float)
    counts[counts == 0] = np.nan
    shown = counts
    if value:
        shown = np.bincount(cell, weights=numbers(scores, value, what=what), minlength=len(counts)) / counts
    grid = shown.reshape(high, wide)

    ax = canvas(ax, grid="")
    colors = scale(grid)
    columns, rows = ([str(i) for i in range(1, n + 1)] for n in (wide, high))

    write = alike(grid)

    def texts(r: int, c: int) -> tuple[str, ...]:
        return write(grid[r, c]), short(grid[r, c])

    heat(ax, grid, colors=colors, columns=columns, rows=rows, texts=texts)
    unit = f"Mean {inside(label(value))}" if value else "Customers (number)"
    colour_bar(ax, colors, unit=unit, form=short)
    ax.set_xlabel(AXES[x].format(n=wide))
    ax.set_ylabel(AXES[y].format(n=high))
    return ax
