"""A table of numbers as coloured cells, each with its number in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_hex
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmlab.plots.frame import LABEL_SIZE, LINE_INCHES, SIZE, Numbers, size_inches, text_inches
from crmlab.plots.palette import DIVERGING, PALETTE, SEQUENTIAL, text_on


@dataclass(frozen=True)
class Scale:
    """Which colour a value has."""

    cmap: Colormap
    norm: Normalize

    def __call__(self, value: float) -> str:
        return to_hex(self.cmap(float(self.norm(value))))


def scale(values: Numbers, *, high: float | None = None) -> Scale:
    """Colours for values: pale at 0 to dark, or two colours that meet at 0 when there are negative ones."""
    known = values[np.isfinite(values)]
    top = float(known.max()) if high is None else high
    if known.min() < 0:
        reach = max(-float(known.min()), top)
        return Scale(DIVERGING, Normalize(-reach, reach))
    return Scale(SEQUENTIAL, Normalize(0, top if top > 0 else 1, clip=True))


def every(count: int, room_inches: float, need_inches: float) -> int:
    """Label every how many-th of ``count`` things so that labels of that size do not touch."""
    return max(1, int(np.ceil(need_inches * count / room_inches)))


def heat(
    ax: Axes,
    values: Numbers,
    *,
    colors: Scale,
    columns: Sequence[str],
    rows: Sequence[str],
    texts: Callable[[int, int], Sequence[str]],
    dash: bool = True,
) -> bool:
    """Draw values[row, column], row 0 at the bottom; True when every cell got its text.

    ``texts(row, column)`` gives the text of a cell, the fullest form first; the first form that fits all
    cells is used; when even the last does not, every second (third, ...) row and column gets it. With
    ``dash`` a cell without a value has a dash.
    """
    n_rows, n_columns = values.shape
    width, height = size_inches(ax)
    style = {"cmap": colors.cmap, "norm": colors.norm, "edgecolors": "white", "linewidth": 0.8}
    ax.pcolormesh(np.ma.masked_invalid(values), **style)
    filled = [(int(r), int(c)) for r, c in np.argwhere(np.isfinite(values))]
    for form in zip(*(texts(r, c) for r, c in filled), strict=True):
        wide = max(text_inches(t) for t in form) + 0.06
        high = max(t.count("\n") + 1 for t in form) * LINE_INCHES
        if wide <= width / n_columns and high <= height / n_rows:
            break
    skip = every(n_rows, height, high), every(n_columns, width, wide)
    for (r, c), text in zip(filled, form, strict=True):
        if r % skip[0] == 0 and c % skip[1] == 0:
            color = text_on(colors(values[r, c]))
            ax.text(c + 0.5, r + 0.5, text, ha="center", va="center", fontsize=SIZE, color=color)
    if dash:
        for r, c in np.argwhere(~np.isfinite(values)):
            ax.text(c + 0.5, r + 0.5, "–", ha="center", va="center", fontsize=SIZE, color=PALETTE["grey"])
    skip_y = every(n_rows, height, max(t.count("\n") + 1 for t in rows) * LINE_INCHES)
    skip_x = every(n_columns, width, max(text_inches(t) for t in columns) + 0.1)
    ax.set_xticks(np.arange(n_columns)[::skip_x] + 0.5, list(columns)[::skip_x])
    ax.set_yticks(np.arange(n_rows)[::skip_y] + 0.5, list(rows)[::skip_y])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return skip == (1, 1)


def colour_bar(ax: Axes, colors: Scale, *, unit: str, form: Callable[[float], str]) -> None:
    """The key to the colours, inside the room of the same axes, with its unit."""
    key = ax.inset_axes((1.02, 0, 0.025, 1))
    bar = ax.figure.colorbar(ScalarMappable(colors.norm, colors.cmap), cax=key)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(5)
    bar.formatter = FuncFormatter(lambda v, _: form(v))
    bar.update_ticks()
    key.tick_params(labelsize=SIZE, labelcolor=PALETTE["ink"], length=0)
    key.yaxis.get_offset_text().set_fontsize(SIZE)
    key.set_ylabel(unit, fontsize=LABEL_SIZE, color=PALETTE["ink"])
