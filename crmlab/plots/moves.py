"""Pictures of customers over time: the way from class to class, cohorts by age."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.contracts import DataError
from crmlab.plots.frame import (
    canvas,
    numbers,
    percent,
    require,
)
from crmlab.plots.heat import colour_bar, heat, scale
from crmlab.plots.palette import PALETTE


def plot_class_moves(moves: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Where the customers of each class went: counts, and shares of the class they came from.

    Parameters
    ----------
    moves : DataFrame
        From ``class_moves``: counts of customers, one row per class before, one column per class after.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        Darker cells hold a larger share of their row; a frame marks who stayed. A row or column "absent"
        without anybody is left out; from absent to absent nobody is counted, and the cell shows a dash.

    Raises
    ------
    DataError
        A cell is no number or negative.

    Examples
    --------
    >>> moves = pd.DataFrame({"A": [80, 15], "B": [20, 185]}, index=["A", "B"])
    >>> plot_class_moves(moves).get_xlabel()
    'Class after (number and % of the row)'
    """
    what, hint = "moves", "make it with class_moves(before, after)"
    require(moves, [], what=what, hint=hint)
    empty = (moves == 0).to_numpy()
    moves = moves.loc[
        ~(empty.all(axis=1) & (moves.index == "absent")), ~(empty.all(axis=0) & (moves.columns == "absent"))
    ]
    counts = np.column_stack([numbers(moves, column, what=what) for column in moves.columns])
    if (counts < 0).any():
        raise DataError(f"{what} has {counts.min():,.0f} in a cell; allowed are counts from 0. Hint: {hint}")
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)[::-1]
    names, columns = [str(v) for v in moves.index], [str(v) for v in moves.columns]

    ax = canvas(ax, grid="")

    def texts(row: int, column: int) -> tuple[str, ...]:
        if names[::-1][row] == columns[column] == "absent" and counts[::-1][row, column] == 0:
            return ("–",) * 4
        count, share = f"{counts[::-1][row, column]:,.0f}", percent(shares[row, column])
        return f"{count}\n{share}", f"{count} · {share}", count, share

    form = heat(
        ax,
        shares,
        colors=scale(shares, high=1),
        columns=columns,
        rows=[f"{name} ({t:,.0f})" for name, t in zip(names, totals[:, 0], strict=True)][::-1],
        texts=texts,
    )
    for row, name in enumerate(names[::-1]):
        if name in columns and name != "absent":
            box = Rectangle(
                (columns.index(name), row), 1, 1, fill=False, edgecolor=PALETTE["ink"], linewidth=2
            )
            ax.add_patch(box)
            box.set_clip_on(False)
    unit = "number and % of the row" if form in (0, 1) else "number; the darker, the larger the % of the row"
    ax.set_xlabel(f"Class after ({unit})")
    ax.set_ylabel("Class before (customers)")
    return ax


def plot_cohorts(cohorts: pd.DataFrame, *, period: str = "month", ax: Axes | None = None) -> Axes:
    r"""Retention of each joining cohort by age, as a heat map with the numbers in it.

    When the cells are too small for their numbers, every second (third, ...) row and column has them and
    a key to the colours stands beside.

    Parameters
    ----------
    cohorts : DataFrame
        From ``cohorts``: ``cohort`` (start of the period), ``age`` (0..), ``customers``, ``active``,
        ``retention`` (0..1), one row per cohort and age. With ``complete`` (flag), what the reporting day
        cut short has a star.
    period : str, default "month"
        The unit of ``age``, for the axis.
    ax : Axes, optional
        Where to draw; a new figure of 8 x 4.5 inches unless given.

    Returns
    -------
    Axes
        The colours run from 0 to the highest retention after age 0, which is 100 % by definition.

    Raises
    ------
    DataError
        A column is missing, or a cohort has an age twice.

    Examples
    --------
    >>> table = pd.DataFrame({"cohort": pd.to_datetime(["2024-01-01", "2024-01-01"]), "age": [0, 1],
    ...                       "customers": [50, 50], "active": [50, 12], "retention": [1.0, 0.24]})
    >>> [text.get_text() for text in plot_cohorts(table).texts]
    ['100\xa0%', '24\xa0%']
    """
    what, hint = "cohorts", "make it with cohorts(orders, as_of=as_of)"
    require(cohorts, ["cohort", "age", "customers", "active", "retention"], what=what, hint=hint)
    if cohorts.duplicated(["cohort", "age"]).any():
        raise DataError(
            f"cohorts has a cohort with the same age twice; allowed is one row for each. Hint: {hint}"
        )
    table = cohorts.assign(
        retention=numbers(cohorts, "retention", what=what), age=numbers(cohorts, "age", what=what)
    )

    def grid_of(column: str) -> pd.DataFrame:
        return table.pivot(index="cohort", columns="age", values=column).sort_index(ascending=False)

    grid = grid_of("retention")
    values = grid.to_numpy(dtype=float)
    cut = np.zeros(values.shape, dtype=bool)
    if "complete" in table:
        cut = grid_of("complete").eq(False).to_numpy()
    sizes = table.groupby("cohort")["customers"].max().reindex(grid.index)
    later = values[:, np.asarray(grid.columns) > 0]
    later = later[np.isfinite(later)]
    colors = scale(values, high=float(later.max()) if later.size and later.max() > 0 else 1.0)

    def star(row: int, column: int) -> str:
        return "*" if cut[row, column] else ""

    ax = canvas(ax, grid="")
    stamp = "%Y-%m" if period == "month" else "%Y-%m-%d"
    names = [c.strftime(stamp) if hasattr(c, "strftime") else str(c) for c in grid.index]
    form = heat(
        ax,
        values,
        colors=colors,
        columns=[f"{age:g}" for age in grid.columns],
        rows=[f"{name} ({size:,.0f})" for name, size in zip(names, sizes, strict=True)],
        texts=lambda r, c: (
            percent(values[r, c]) + star(r, c),
            f"{100 * values[r, c]:.0f}" + star(r, c),
        ),
        dash=False,
    )
    if form < 0:
        colour_bar(ax, colors, unit="Active (% of cohort)", form=percent)
    cells = "Cells: active customers (% of the cohort)"
    cut_short = f"; * = {period} cut short by the reporting day" if cut.any() else ""
    ax.set_xlabel(f"Age ({period}s since the first purchase)\n{cells}{cut_short}")
    ax.set_ylabel(f"Joined in {period} (customers)")
    return ax
