"""Picture of the RFM bands: how many customers share a score, and which values it covers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.plots.frame import (
    SIZE,
    alike,
    canvas,
    label,
    numbers,
    percent,
    percent_axis,
    require,
    short,
    size_inches,
    text_inches,
)
from crmlab.plots.palette import PALETTE, SEQUENTIAL, text_on

_NAMES = {"recency_days": "Recency\n(days)", "n_orders": "Orders\n(number)", "revenue_eur": "Revenue\n(EUR)"}


def plot_band_sizes(sizes: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    r"""The bands of each measure as a divided bar: score, share of customers, lowest and highest value.

    Bands are unequal where many customers have the same value; ticks along each bar show where equal bands
    would end.

    Parameters
    ----------
    sizes : DataFrame
        From ``band_sizes``: ``measure``, ``score`` (1..bands), ``customers``, ``lowest``, ``highest``.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        A score that nobody has is absent from its bar and named above it.

    Raises
    ------
    DataError
        A column is missing or holds something that is no number.

    Examples
    --------
    >>> sizes = pd.DataFrame({"measure": "n_orders", "score": [1, 2], "customers": [3, 1],
    ...                       "lowest": [1.0, 9.0], "highest": [1.0, 9.0]})
    >>> [text.get_text() for text in plot_band_sizes(sizes).texts]
    ['Score 1\n75\xa0%\nonly 1', 'Score 2\n25\xa0%\nonly 9']
    """
    what, hint = "sizes", "make it with band_sizes(scores)"
    require(sizes, ["measure", "score", "customers", "lowest", "highest"], what=what, hint=hint)
    table = sizes.assign(
        customers=numbers(sizes, "customers", what=what), score=numbers(sizes, "score", what=what)
    )
    measures = list(dict.fromkeys(table["measure"]))

    ax = canvas(ax, grid="")
    width = size_inches(ax)[0]
    for row, measure in enumerate(measures):
        bands = table[table["measure"] == measure].sort_values("score")
        total, start, n = bands["customers"].sum(), 0.0, len(bands)
        write = alike(bands[["lowest", "highest"]].to_numpy(dtype=float))
        for band in bands.itertuples():
            share = band.customers / total if total else 0.0
            if not share:
                continue
            color = SEQUENTIAL(0.08 + 0.55 * (band.score - 1) / max(n - 1, 1))
            ax.barh(row, share, left=start, height=0.7, color=color, edgecolor=PALETTE["ink"], linewidth=1)
            low, high = write(band.lowest), write(band.highest)
            values = f"only {low}" if band.lowest == band.highest else f"{low} to {high}"
            folded = values.replace(" to ", "\nto ")
            brief = f"{short(band.lowest)}\nto {short(band.highest)}"
            part, score = percent(share), f"{band.score:.0f}"
            full = f"{part}\n{values}"
            forms = (
                f"Score {score}\n{full}",
                f"{score}\n{full}",
                f"{score}\n{part}\n{folded}",
                f"{score}\n{part}\n{brief}",
                f"{score}\n{part}",
                score,
            )
            for text in forms:
                if text_inches(text) + 0.05 < share * width:
                    style: dict[str, Any] = {
                        "ha": "center",
                        "va": "center",
                        "fontsize": SIZE,
                        "color": text_on(color),
                    }
                    ax.text(start + share / 2, row, text, **style)
                    break
            start += share
        equal = np.arange(1, n) / n
        ax.plot(
            equal,
            np.full(n - 1, row - 0.4),
            color=PALETTE["ink"],
            marker="v",
            markersize=5,
            linestyle="none",
        )
        nobody = [f"{score:.0f}" for score in bands.loc[bands["customers"] == 0, "score"]]
        if nobody:
            text = f"nobody has score {', '.join(nobody)}"
            ax.text(1, row - 0.45, text, ha="right", va="bottom", fontsize=SIZE, color=PALETTE["ink"])
    ax.set(xlim=(0, 1), ylim=(len(measures) - 0.55, -0.7))
    names = [_NAMES.get(str(m), label(str(m)).replace(" (", "\n(")) for m in measures]
    ax.set_yticks(range(len(measures)), names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    percent_axis(ax.xaxis)
    ax.set_xlabel("Customers (% of all; triangles: where equal bands would end)")
    return ax
