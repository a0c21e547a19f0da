"""The picture of the way from a reason to an action."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.frame import canvas, require
from crmlab.plots.palette import PALETTE

_PLACES = {  # where each question and each action stands: column, row
    "behaviour": (-0.22, 2), "risk_shared": (1, 4), "price_carries": (2, 4), "SHARE": (1, 3), "PRICE": (2, 3),
    "HAND OVER": (3, 4), "firm_fault": (1, 2), "REPAIR": (1, 1), "unpaid": (2, 2), "prepay_pays": (2, 0.9),
    "PREPAY": (2, 0), "told": (3, 2), "EDUCATE": (3, 3), "fee_pays": (4, 2), "CHARGE": (4, 3), "cheaper": (5,
    2),
    "MOVE": (5, 3), "certain": (5, 0.9), "END": (4.45, 0), "KEEP": (5.55, 0),
}  # fmt: skip


def plot_let_go_tree(tree: pd.DataFrame, *, path: Iterable[str] = (), ax: Axes | None = None) -> Axes:
    """Draw the tree of questions, with the way of one case in it.

    Parameters
    ----------
    tree : DataFrame
        From ``let_go_tree``: ``node``, ``short``, ``yes``, ``no``.
    path : iterable of str, optional
        Nodes met and the action at the end, drawn with thick frames; none unless given.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.6 inches unless given.

    Returns
    -------
    Axes
        Questions in boxes with thin frames, actions in filled boxes; solid lines for yes, broken ones for no.

    Raises
    ------
    DataError
        A column is missing, or the tree or the path has a node that has no place in the picture.

    Examples
    --------
    >>> from crmlab.letting_go import let_go_tree, trace_let_go
    >>> ax = plot_let_go_tree(let_go_tree(), path=["behaviour", "risk_shared", "SHARE"])
    >>> len(ax.texts) > 20
    True
    """
    require(tree, ["node", "short", "yes", "no"], what="tree", hint="let_go_tree()")
    met = list(path)
    named = [*tree["node"], *tree["yes"], *tree["no"], *met]
    odd = sorted({name for name in named if name not in _PLACES})
    if odd:
        raise DataError(f"the picture has no place for {odd[0]!r}; it has {', '.join(_PLACES)}.")
    ax = canvas(ax, grid="", height=4.6)
    steps = set(itertools.pairwise(met))
    for node, yes, no in zip(tree["node"], tree["yes"], tree["no"], strict=True):
        for answer, target in (("yes", yes), ("no", no)):
            (x0, y0), (x1, y1) = _PLACES[node], _PLACES[target]
            on_way = (node, target) in steps
            colour = PALETTE["vermillion"] if on_way else PALETTE["grey"]
            ax.plot([x0, x1], [y0, y1], ls="-" if answer == "yes" else "--", color=colour,
                lw=3 if on_way else 1.1,
                    zorder=1)  # fmt: skip
            ax.text(
                (x0 + x1) / 2, (y0 + y1) / 2 + (0.04 if y0 == y1 else 0), answer, fontsize=9, ha="center",
                va="center", color=PALETTE["ink"], zorder=2,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
    for name in dict.fromkeys(named):
        question = tree.loc[tree["node"] == name, "short"]
        text = str(question.iloc[0]) if len(question) else name
        on_way = name in met
        ax.text(
            *_PLACES[name], text, fontsize=9, ha="center", va="center", zorder=3,
            fontweight="normal" if len(question) else "bold", color=PALETTE["ink"],
            bbox={
                "boxstyle": "round,pad=0.35", "facecolor": "white" if len(question) else "#E3EEF6",
                "edgecolor": PALETTE["vermillion"] if on_way else PALETTE["grey"],
                "linewidth": 2.6 if on_way else 1,
            },
        )  # fmt: skip
    ax.set_xlim(-0.72, 6.0)
    ax.set_ylim(-0.45, 4.5)
    ax.set_axis_off()
    return ax
