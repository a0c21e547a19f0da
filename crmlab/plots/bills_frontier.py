"""Pictures of who is spared: both errors of a score, and the frontier of profit and hardship."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import HALO, SIZE, canvas, number_axis, numbers, percent_axis, require
from crmlab.plots.palette import LINES, PALETTE


def plot_score_errors(table: pd.DataFrame, *, mark: float | None = None, ax: Axes | None = None) -> Axes:
    """Both errors of a score at every line that may be drawn.

    Parameters
    ----------
    table : DataFrame
        From ``score_errors``: ``threshold``, ``cut_wrongly``, ``spared_wrongly``.
    mark : float, optional
        The line in use, drawn as a vertical line.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing or a value is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"threshold": [0.2, 0.8], "cut_wrongly": [0.1, 0.6],
    ...     "spared_wrongly": [0.5, 0.1]})
    >>> plot_score_errors(table).get_xlabel()
    'Spared from this chance of "cannot pay" on'
    """
    what = "table"
    names = ["threshold", "cut_wrongly", "spared_wrongly"]
    require(table, names, what=what, hint="make it with score_errors(...)")
    x, cut, spared = (numbers(table, c, what=what) for c in names)
    ax = canvas(ax, height=4.0)
    for k, (y, label) in enumerate(((cut, "cannot pay, and not spared"), (spared, "could pay, and spared"))):
        colour, line, marker = LINES[1 - k]
        ax.plot(x, y, color=PALETTE[colour], ls=line, marker=marker, ms=5, lw=2, label=label)
    if mark is not None:
        ax.axvline(mark, color=PALETTE["ink"], lw=1.2, ls=(0, (2, 3)))
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel('Spared from this chance of "cannot pay" on')
    ax.set_ylabel("Of their group (%)")
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def plot_policy_frontier(
    table: pd.DataFrame,
    *,
    by: str = "spares",
    gain: str = "profit_eur",
    harm: str = "hard_days",
    order: Sequence[str] | None = None,
    limit: float | None = None,
    unit: str = "Profit (EUR per household and year)",
    harm_unit: str = "Days without electricity of the vulnerable or unable to pay (per 100 households)",
    ax: Axes | None = None,
) -> Axes:
    """Policies by harm and gain, one mark per kind; those not beaten are filled and joined by a line.

    Parameters
    ----------
    table : DataFrame
        From ``policy_frontier``: `gain`, `harm`, ``on_frontier`` and the column `by`; up to five kinds.
    by : str, default "spares"
        The column that names the kind of policy.
    gain, harm : str
        The columns drawn upwards and to the right.
    order : sequence of str, optional
        All kinds there may be: each keeps its mark, also where another is missing. As they come unless given.
    limit : float, optional
        Most harm that may be; what lies beyond is shaded.
    unit, harm_unit : str
        Labels of the axes.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.4 inches unless given.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A column is missing, a value is no number, there are more than five kinds, or one is not in `order`.

    Examples
    --------
    >>> table = pd.DataFrame({"spares": ["nobody"], "profit_eur": [10.0], "hard_days": [3.0],
    ...     "on_frontier": [True]})
    >>> plot_policy_frontier(table).get_ylabel()
    'Profit (EUR per household and year)'
    """
    what = "table"
    require(table, [by, gain, harm, "on_frontier"], what=what, hint="make it with policy_frontier(...)")
    x, y = numbers(table, harm, what=what), numbers(table, gain, what=what)
    found = list(dict.fromkeys(table[by].astype(str)))
    kinds = found if order is None else [str(kind) for kind in order]
    styles = [*((c, m) for c, _, m in LINES), ("purple", "P")]
    if len(kinds) > len(styles):
        raise DataError(f"{by} must have at most {len(styles)} values; it has {len(kinds)}.")
    if not set(found) <= set(kinds):
        raise DataError(
            f"order must name every kind of {by}; it lacks {sorted(set(found) - set(kinds))[0]!r}."
        )
    ax = canvas(ax, height=4.4)
    best = table["on_frontier"].to_numpy(dtype=bool)
    place = np.argsort(x[best], kind="stable")
    ax.plot(x[best][place], y[best][place], color=PALETTE["grey"], lw=1.5, zorder=1)
    for k, (kind, (colour, marker)) in enumerate(zip(kinds, styles, strict=False)):
        mine = table[by].astype(str).to_numpy() == kind
        if not mine.any():
            continue
        look: dict[str, Any] = {"ls": "", "marker": marker, "color": PALETTE[colour]}
        below = mine & ~best  # equal points of several kinds: the later mark is smaller, so both are seen
        ax.plot(x[below], y[below], **look, ms=7 - k, mfc="none", mew=1.0, alpha=0.75)
        ax.plot(x[mine & best], y[mine & best], **look, ms=11 - 1.5 * k, mec="white", mew=0.6, zorder=3 + k)
        ax.plot([], [], **look, ms=7, label=kind)
    if limit is not None:
        edge = 1.05 * max(float(x.max()), float(limit), 1.0)
        ax.axvspan(limit, edge, color=PALETTE["light"], alpha=0.6, lw=0)
        near = limit > 0.75 * edge  # no room to the right of the line
        ax.text(
            edge if near else limit,
            ax.get_ylim()[0],
            "beyond the limit " if near else " beyond the limit",
            fontsize=SIZE,
            color=PALETTE["ink"],
            ha="right" if near else "left",
            va="bottom",
            bbox=HALO,
        )
    far = 1.05 * max(float(x.max()), 1.0 if limit is None else float(limit), 1.0)
    ax.set_xlim(-0.02 * far, far)
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel(harm_unit, fontsize=SIZE)
    ax.set_ylabel(unit)
    ax.legend(fontsize=SIZE, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5)
    return ax
