"""The command ``crmlab sweep``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmlab import cli_orders

EPILOG = (
    "Example:  crmlab sweep 06 --grid grid.yaml --out my-sweep, where grid.yaml says\n\n"
    "parameters: {bands: [3, 5], n_customers: {range: [1000, 3000], step: 1000}} and, in a line of its own, "
    "seeds: 10. Further kinds of values: one value for all runs; uniform: \\[a, b], loguniform: \\[a, b] or "
    "choice: \\[a, b, c] with random: {draws: 50, seed: 1} below.\n\n"
    f"{cli_orders.ORDERS_HELP} They are read once, and every run works on the copy kept in DIR.\n\n"
    "DIR holds sweep.csv and sweep.parquet (a row per run), findings_units.csv, summary.csv (for each "
    "combination: n, mean, sd, Monte-Carlo error, 95 % interval), failures.csv and sweep.png with its words."
)


def sweep(
    lesson: Annotated[
        str, typer.Argument(metavar="06", help="A lesson's number or name, or a notebook's path.")
    ],
    grid: Annotated[Path, typer.Option(metavar="FILE.yaml", help="The values to combine; see below.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to; the same again goes on after a stop.")],
    orders: cli_orders.Orders = None,
    columns: cli_orders.Columns = None,
    refunds: cli_orders.Refunds = "net",
    repeated: cli_orders.Repeated = "keep",
    date_format: cli_orders.DateFormat = None,
    table: cli_orders.Table = None,
    decimal: cli_orders.Decimal = None,
    jobs: Annotated[int | None, typer.Option(metavar="N", help="Runs at a time; default 2.")] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler: tcp://127.0.0.1:8786")
    ] = None,
    finding: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the picture shows; 'A - B' for a difference.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Do the runs that failed once more.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep every executed notebook.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask when there are over 1,000 runs.")] = False,
) -> None:
    """Run a lesson for every combination of parameters and seeds, and gather what it found in one table.

    After any stop the same command goes on: no finished run is lost and none is done twice.
    The exit code is 1 when a run failed, and when your orders have changed since the sweep began.
    """
    import pandas as pd
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from crmlab.sweeps import sweep as sweep_notebook

    options = cli_orders.intake_options(repeated, date_format, table, decimal)
    cli_orders.only_what_counts(False, orders, {"columns": columns, "refunds": refunds, **options}, [])
    layout = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True, soft_wrap=True)
    left = (TextColumn("time left"), TimeRemainingColumn())
    with Progress(
        *layout, *left, console=console, disable=not console.is_terminal, speed_estimate_period=3600
    ) as progress:
        runs = sweep_notebook(
            lesson,
            grid=grid,
            out=out,
            orders=orders,
            columns=columns,
            refunds=refunds,
            intake=options if orders else None,
            jobs=jobs,
            cluster=cluster,
            again=again,
            keep=keep,
            finding=finding,
            ask=(lambda _: True) if yes else may_begin,
            progress=progress if console.is_terminal else None,
            say=lambda text: console.print(cli_orders.as_flags(text), markup=False, highlight=False),
        )
    failures = runs.attrs["failures"]
    for row in failures.head(5).itertuples():
        cell = "" if pd.isna(row.failed_cell) else f"In [{row.failed_cell}]: "
        print(f"✗ failed  {row.run}  {cell}{row.error}")
    if len(failures):
        print(
            f"{len(failures):,} of {len(runs):,} runs failed: see failures.csv; --again does them once more"
        )
    print(f"table: {out / 'sweep.csv'}")
    if len(failures) or runs.attrs["remark"]:
        raise typer.Exit(1)


def may_begin(runs: int) -> bool:
    """Ask whether so many runs are wanted; without somebody to ask, say what to do."""
    if not sys.stdin.isatty():
        from crmlab.contracts import DataError

        raise DataError(
            f"the grid makes {runs:,} runs, more than the 1,000 that begin unasked. "
            "Hint: add --yes, or make the grid smaller"
        )
    return typer.confirm(f"The grid makes {runs:,} runs. Begin?", abort=True, err=True)
