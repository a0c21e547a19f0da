"""A table of numbers as coloured cells, each with its number in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_hex
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmlab.plots.frame import LABEL_SIZE, LINE_INCHES, SIZE, Numbers, size_inches, text_inches
from crmlab.plots.palette import DIVERGING, PALETTE, SEQUENTIAL, text_on


@dataclass(frozen=True)
class Scale:
    """Which colour a value has."""

    cmap: Colormap
    norm: Normalize

    def __call__(self, value: float) -> str:
        """Give the colour of a value as hex text."""
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
) -> int:
    """Draw values[row, column], row 0 at the bottom; give the form of text in all cells, -1 if not in all.

    ``texts(row, column)`` gives the text of a cell, the fullest form first; the first form that fits all
    cells is used; when even the last does not, every second (third, ...) row and column gets it. With
    ``dash`` a cell without a value has a dash.
    """
    n_rows, n_columns = values.shape
    width, height = size_inches(ax)
    style: dict[str, Any] = {
        "cmap": colors.cmap,
        "norm": colors.norm,
        "edgecolors": "white",
        "linewidth": 0.8 if height / n_rows > 0.2 else 0.2,
    }
    ax.pcolormesh(np.ma.masked_invalid(values), **style)
    filled = [(int(r), int(c)) for r, c in np.argwhere(np.isfinite(values))]
    forms = list(zip(*(texts(r, c) for r, c in filled), strict=True))
    needs = [
        (max(map(text_inches, form)) + 0.06, max(t.count("\n") + 1 for t in form) * LINE_INCHES)
        for form in forms
    ]
    room = width / n_columns, height / n_rows
    used = next((i for i, (w, h) in enumerate(needs) if w <= room[0] and h <= room[1]), -1)
    skip = every(n_rows, height, needs[used][1]), every(n_columns, width, needs[used][0])
    for (r, c), text in zip(filled, forms[used], strict=True):
        if (n_rows - 1 - r) % skip[0] == skip[0] // 2 and c % skip[1] == skip[1] // 2:
            cell = colors(values[r, c])
            shown = ax.text(
                c + 0.5, r + 0.5, text, ha="center", va="center", fontsize=SIZE, color=text_on(cell)
            )
            if used < 0:  # the text is larger than its cell
                shown.set_path_effects([withStroke(linewidth=3, foreground=cell)])
    if dash:
        for r, c in np.argwhere(~np.isfinite(values)):
            ax.text(c + 0.5, r + 0.5, "–", ha="center", va="center", fontsize=SIZE, color=PALETTE["grey"])
    skip_y = every(n_rows, height, max(t.count("\n") + 1 for t in rows) * LINE_INCHES)
    widths = [text_inches(t) for t in columns]
    pairs = [(a + b) / 2 for a, b in pairwise(widths)]
    skip_x = every(n_columns, width, max(pairs, default=0.0) + 0.05)
    ax.set_xticks(np.arange(n_columns)[::skip_x] + 0.5, list(columns)[::skip_x])
    at = np.arange(n_rows)[::-1][::skip_y]
    ax.set_yticks(at + 0.5, [rows[i] for i in at])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return used


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
