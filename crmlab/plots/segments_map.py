"""Picture of named segments as regions of the RFM grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.plots.frame import LINE_INCHES, SIZE, canvas, percent, require, short, size_inches, text_inches
from crmlab.plots.heat import scale
from crmlab.plots.palette import PALETTE, text_on
from crmlab.plots.rfm import AXES, Scores, band_numbers, whole_scores


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
    number = band_numbers(segmented, bands)
    r, f, m = (_to_five(whole_scores(segmented, score, b), b) for score, b in number.items())
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
    ax.set_xlabel(AXES["r_score"].format(n=5))
    ax.set_ylabel("Mean of scores F and M (1 = low, 5 = high)")
    return ax
