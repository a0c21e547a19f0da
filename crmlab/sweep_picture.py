"""The picture that a sweep draws by itself, and its words for a reader who does not see it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from crmlab.course import write_file
from crmlab.sweep_table import finding_values, numeric_findings, summarise

PICTURE, WORDS = "sweep.png", "sweep_alt.txt"
_POINTS_TOLD = 12


def draw_sweep(
    folder: Path,
    table: pd.DataFrame,
    *,
    varied: Sequence[str],
    finding: str | None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Draw a finding against the first varied parameter and write both picture and words.

    A second varied parameter with two to four values becomes the series; over all others the mean is taken.

    Parameters
    ----------
    folder : Path
        Where to; ``sweep.png`` and ``sweep_alt.txt``.
    table : DataFrame
        From :func:`crmlab.sweep_table.runs_table`.
    varied : sequence of str
        The varied parameters, without the seed.
    finding : str, optional
        What to draw; default: the first number that is not the same in all runs.
    say : callable, optional
        Called when there is nothing to draw.
    """
    name = finding or _first(table)
    if name is None or finding_values(table, name).notna().sum() == 0:
        say("no run recorded a number, so there is no picture; a notebook records with crm.record(...)")
        return
    import matplotlib.pyplot as plt

    from crmlab.plots.sweep import MOST_SERIES, plot_sweep

    columns = [f"p_{one}" for one in varied]
    series = columns[1] if len(columns) > 1 and 2 <= table[columns[1]].nunique() <= MOST_SERIES else None
    if not columns:
        table = table.assign(all_runs="all runs")
        columns = ["all_runs"]
    shown = [columns[0], *([series] if series else [])]
    summary = summarise(table, by=shown, findings=[name])
    others = [column.removeprefix("p_") for column in columns if column not in shown]
    ax = plot_sweep(summary, x=columns[0], series=series)
    picture = io.BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(picture, format="png", dpi=110, metadata={"Software": None})
    words = _words(summary, shown, ax.get_ylabel(), others)
    plt.close(figure)
    write_file(folder / PICTURE, picture.getvalue())
    write_file(folder / WORDS, words)


def _first(table: pd.DataFrame) -> str | None:
    known = numeric_findings(table)
    return next((name for name in known if table[name].nunique() > 1), known[0] if known else None)


def _words(summary: pd.DataFrame, shown: list[str], label: str, others: list[str]) -> str:
    """Say in words what the picture shows, with its numbers."""
    known = summary.dropna(subset=["mean"])
    factor = 100 if "%" in label or "percentage" in label else 1
    names = [column.removeprefix("p_") for column in shown]
    runs = f"{known['n'].min():,}" + (f" to {known['n'].max():,}" if known["n"].nunique() > 1 else "")
    text = f"{label} against {' and '.join(names).replace('_', ' ')}: "
    text += f"means of {runs} runs each" if known["n"].max() > 1 else "one run each"
    text += f", also over {', '.join(others).replace('_', ' ')}" if others else ""
    text += ", with 95 % intervals of the mean (Monte-Carlo error)" if known["n"].max() > 1 else ""
    text += ". "
    told = (
        known if len(known) <= _POINTS_TOLD else known.loc[[known["mean"].idxmin(), known["mean"].idxmax()]]
    )
    points = []
    for row in told.to_dict("records"):
        at = ", ".join(f"{name.replace('_', ' ')} {row[c]}" for name, c in zip(names, shown, strict=True))
        ends = f" ({row['low'] * factor:,.4g} to {row['high'] * factor:,.4g})" if row["n"] > 1 else ""
        some = f", {row['n']} of {row['n'] + row['missing']} runs" if row["missing"] else ""
        points.append(f"{at}: {row['mean'] * factor:,.4g}{ends}{some}")
    first = "" if len(known) <= _POINTS_TOLD else "Lowest and highest: "
    return text + first + "; ".join(points) + ".\n"
