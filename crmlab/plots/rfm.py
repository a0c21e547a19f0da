"""Pictures of RFM scores: the grid, the named segments on it, the sizes of the bands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    LINE_INCHES,
    SIZE,
    canvas,
    label,
    money,
    numbers,
    percent,
    require,
    short,
    size_inches,
    text_inches,
)
from crmlab.plots.heat import colour_bar, heat, scale
from crmlab.plots.palette import PALETTE, text_on

Scores = np.ndarray[Any, np.dtype[np.int64]]
HINT = "make it with rfm_scores(rfm_table(orders, as_of=as_of))"
_AXES = {
    "r_score": "Recency score R (1 = long ago, {n} = recent)",
    "f_score": "Frequency score F (1 = rare, {n} = often)",
    "m_score": "Money score M (1 = little, {n} = much)",
}


def _bands(scores: pd.DataFrame, bands: int | Sequence[int] | None) -> dict[str, int]:
    """How many bands each score has: as told, as noted by ``rfm_scores``, or the highest score seen (5 at least)."""
    names = ("r_score", "f_score", "m_score")
    told = bands if bands is not None else scores.attrs.get("rfm_bands")
    if told is None:
        seen = [pd.to_numeric(scores[name], errors="coerce").max() for name in names if name in scores]
        told = int(np.nanmax([5, *seen]))
    each = [int(told)] * 3 if isinstance(told, int | np.integer) else [int(b) for b in told]
    if len(each) != 3 or not all(2 <= b <= 25 for b in each):
        raise DataError(f"bands must be one number or three, 2 to 25; found {bands!r}. Hint: bands=5")
    return dict(zip(names, each, strict=True))


def _scores(table: pd.DataFrame, column: str, bands: int) -> Scores:
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
    column, row = _scores(scores, x, what=what), _scores(scores, y, what=what)
    n = int(max(column.max(), row.max()))
    cell = (row - 1) * n + column - 1
    counts = np.bincount(cell, minlength=n * n).astype(float)
    totals = (
        np.bincount(cell, weights=numbers(scores, value, what=what), minlength=n * n) if value else counts
    )
    shown = totals / np.where(counts > 0, counts, np.nan) if value else np.where(counts > 0, counts, np.nan)
    grid = shown.reshape(n, n)

    ax = canvas(ax, grid="")
    colors = scale(grid)
    columns, rows = ([str(i) for i in range(1, n + 1)] for n in (wide, high))

    def texts(r: int, c: int) -> tuple[str, ...]:
        return (money if value else "{:,.0f}".format)(grid[r, c]), short(grid[r, c])

    heat(ax, grid, colors=colors, columns=columns, rows=rows, texts=texts)
    unit = f"Mean {label(value)[0].lower()}{label(value)[1:]}" if value else "Customers (number)"
    colour_bar(ax, colors, unit=unit, form=short)
    ax.set_xlabel(_AXES[x].format(n=wide))
    ax.set_ylabel(_AXES[y].format(n=high))
    return ax


def _to_five(scores: Scores, bands: int) -> Scores:
    """Scores of 1..bands on a scale of 1..5, rounded half up."""
    return 1 + (8 * (scores - 1) + bands - 1) // (2 * (bands - 1))


def _parts(names: np.ndarray[Any, np.dtype[np.object_]]) -> list[list[tuple[int, int]]]:
    """The connected regions of equal names, largest first."""
    left = {(int(r), int(c)) for r, c in np.argwhere(names != "")}
    parts = []
    while left:
        todo = [min(left)]
        left.discard(todo[0])
        part = []
        while todo:
            r, c = todo.pop()
            part.append((r, c))
            beside = {(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)} & left
            near = {b for b in beside if names[b] == names[r, c]}
            left -= near
            todo.extend(near)
        parts.append(part)
    return sorted(parts, key=len, reverse=True)


def _roomiest(part: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    """The largest rectangle inside a region, as (first row, first column, rows, columns); wide beats high."""
    cells = set(part)
    best, key = (0, 0, 0, 0), (0, 0)
    for (r0, c0), (r1, c1) in product(part, part):
        rows, columns = r1 - r0 + 1, c1 - c0 + 1
        if rows < 1 or columns < 1 or (rows * columns, columns) <= key:
            continue
        if all(cell in cells for cell in product(range(r0, r1 + 1), range(c0, c1 + 1))):
            best, key = (r0, c0, rows, columns), (rows * columns, columns)
    return best


def plot_segments(
    segmented: pd.DataFrame, *, bands: int | Sequence[int] | None = None, ax: Axes | None = None
) -> Axes:
    r"""The named segments as regions of the recency and frequency-money grid, with their sizes.

    A cell is a recency score and the mean of the F and M scores, rounded half up, each on a scale of 1 to 5
    as in ``rfm_segments``; it belongs to the segment most of its customers have. Borders tell the regions
    apart; the darker, the more customers.

    Parameters
    ----------
    segmented : DataFrame
        From ``rfm_segments``, one row per customer: ``r_score``, ``f_score``, ``m_score`` (1..bands),
        ``segment``.
    bands : int or three int, optional
        As in ``plot_rfm_grid``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        A hatched cell has no customers.

    Raises
    ------
    DataError
        A column is missing, or a score is not a whole number 1..25.

    Examples
    --------
    >>> segmented = pd.DataFrame({"r_score": [1, 5], "f_score": [1, 5], "m_score": [1, 5],
    ...                           "segment": ["Lost", "Champions"]})
    >>> [text.get_text() for text in plot_segments(segmented).texts]
    ['Lost\n1 · 50\xa0%', 'Champions\n1 · 50\xa0%']
    """
    what, hint = "segmented", "make it with rfm_segments(scores)"
    require(segmented, ["r_score", "f_score", "m_score", "segment"], what=what, hint=hint)
    number = _bands(segmented, bands)
    r, f, m = (_to_five(_scores(segmented, score, b), b) for score, b in number.items())
    # With fewer than five bands some places on the scale of five cannot occur: they get no row or column.
    possible = {score: _to_five(np.arange(1, b + 1), b) for score, b in number.items()}
    across = np.unique(possible["r_score"])
    up = np.unique((possible["f_score"][:, None] + possible["m_score"] + 1) // 2)
    people = pd.DataFrame(
        {
            "row": np.searchsorted(up, (f + m + 1) // 2),
            "column": np.searchsorted(across, r),
            "segment": segmented["segment"].astype(str).to_numpy(),
        }
    )
    counts = people.groupby(["row", "column", "segment"]).size()
    names = np.full((len(up), len(across)), "", dtype=object)
    for row, column, segment in counts.sort_values(kind="stable").index:
        names[row, column] = segment
    sizes = people["segment"].value_counts()
    share = {segment: float(count) / len(people) for segment, count in sizes.items()}

    ax = canvas(ax, grid="")
    colors = scale(np.array(list(share.values())))
    for row, column in product(range(len(up)), range(len(across))):
        segment = names[row, column]
        fill: dict[str, Any] = (
            {"facecolor": colors(share[segment])}
            if segment
            else {"facecolor": "white", "edgecolor": PALETTE["light"], "hatch": "///", "linewidth": 0}
        )
        ax.add_patch(Rectangle((column, row), 1, 1, **fill))
        if column and names[row, column - 1] != segment:
            ax.plot(
                [column, column], [row, row + 1], color=PALETTE["ink"], linewidth=1.5, solid_capstyle="round"
            )
        if row and names[row - 1, column] != segment:
            ax.plot(
                [column, column + 1], [row, row], color=PALETTE["ink"], linewidth=1.5, solid_capstyle="round"
            )
    ax.set(xlim=(0, len(across)), ylim=(0, len(up)))

    width, height = (inches / n for inches, n in zip(size_inches(ax), names.shape[::-1], strict=True))
    named: set[str] = set()
    for part in _parts(names):
        segment = names[part[0]]
        row, column, rows, columns = _roomiest(part)
        size = f"{sizes[segment]:,} · {percent(share[segment])}"
        short_size = f"{short(float(sizes[segment]))} · {percent(share[segment])}"
        folded = segment.replace(" ", "\n")
        forms = (
            [segment, folded]
            if segment in named
            else [
                f"{segment}\n{size}",
                f"{folded}\n{size}",
                f"{folded}\n{short_size}",
                f"{segment} · {size}",
                folded,
                segment,
            ]
        )
        fits = [
            t
            for t in forms
            if text_inches(t) < columns * width and (t.count("\n") + 1) * LINE_INCHES < rows * height
        ]
        if fits:
            color = text_on(colors(share[segment]))
            style: dict[str, Any] = {
                "ha": "center",
                "va": "center",
                "fontsize": SIZE,
                "color": color,
                "linespacing": 1.25,
            }
            ax.text(column + columns / 2, row + rows / 2, fits[0], **style)
            named.add(segment)
    ax.set_xticks(np.arange(len(across)) + 0.5, [str(v) for v in across])
    ax.set_yticks(np.arange(len(up)) + 0.5, [str(v) for v in up])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set(visible=True, color=PALETTE["ink"], linewidth=1.5)
    ax.set_xlabel(_AXES["r_score"].format(n=5))
    ax.set_ylabel("Mean of scores F and M (1 = low, 5 = high)")
    return ax
