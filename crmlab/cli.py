"""The command line: ``crmlab run``, ``sweep``, ``lab``, ``slides``, ``exercises`` and the other commands."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from crmlab import cli_orders, exercise_cli, sweep_cli

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="A course that runs: knowing, choosing and keeping customers, in notebooks.",
    epilog="First steps:  crmlab lab  opens the course;  crmlab doctor  says what is wrong.",
)

Lessons = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="05 06 …", help="Lesson numbers, names or paths; none means all.", show_default=False
    ),
]
Language = Annotated[str, typer.Option(metavar="en|zh", help="The language, as far as it is translated.")]


def main() -> int:
    """Run the command line and turn every expected trouble into one line and an exit code.

    Returns
    -------
    int
        0 all well; 1 a notebook failed, rows were refused, or the doctor found a problem; 2 what
        was asked cannot be done; 130 stopped by Ctrl-C.
    """
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if not app.registered_groups:
        app.add_typer(exercise_cli.app, name="exercises")
    try:
        app(prog_name="crmlab")
    except ValueError as error:
        from crmlab.contracts import DataError  # here, because it takes pandas along

        if not isinstance(error, DataError):
            raise
        return _complain(cli_orders.as_flags(str(error)), 2)
    except KeyboardInterrupt:
        return _complain("stopped", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f" '{error.filename}'" if error.filename else ""
        return _complain(
            f"{error.strerror or error}{where}. Hint: check the path, the rights and the free space", 2
        )
    except SystemExit as end:
        if end.code == 130:  # typer's word for Ctrl-C
            return _complain("stopped", 130)
        return end.code if isinstance(end.code, int) else 2 * bool(end.code)
    return 0


def _complain(text: str, code: int) -> int:
    text = re.sub(r"(\w+://[^\s:/@'\"]*):[^\s@'\"]*@", r"\1@", text)  # no message shows a password
    print(f"crmlab: {text}", file=sys.stderr)
    return code


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"crmlab {version('crmlab')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command(
    epilog="Example:  crmlab run 05 06 -p as_of=2023-06-30 -p n_customers=2000 --out my-run\n\n"
    "findings.csv in that folder has one row per notebook: lesson, notebook, status, seconds, versions, "
    "orders_sha256 (first 12 digits for your own file), seed, each parameter as p_<name>, each finding under "
    "its own name. Join the tables of several runs to compare them.\n\n"
    f"{cli_orders.ORDERS_HELP}\n\n"
    "Each notebook says at its top how it was made; crmlab run --from my-run/05_abc.ipynb makes it again and "
    "compares."
)
def run(
    lessons: Lessons = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A value for a notebook's parameter."),
    ] = None,
    orders: cli_orders.Orders = None,
    columns: cli_orders.Columns = None,
    refunds: cli_orders.Refunds = "net",
    repeated: cli_orders.Repeated = "keep",
    date_format: cli_orders.DateFormat = None,
    table: cli_orders.Table = None,
    decimal: cli_orders.Decimal = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default runs/<date>_<time>.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(metavar="N", help="Notebooks at a time; default 2.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="RUN.ipynb", help="Repeat the run of this notebook.")
    ] = None,
) -> None:
    """Execute notebooks, in parallel, and keep them, their pages, an index and a table of what they found.

    A notebook that fails does not stop the others; the exit code is then 1. It is 1 also when data changed
    during the run, and when a repeated run finds something else.
    """
    import pandas as pd
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from crmlab.parameters import parse_parameters
    from crmlab.repeats import repeat_run
    from crmlab.runs import run as run_notebooks

    options = cli_orders.intake_options(repeated, date_format, table, decimal)
    reading = {"columns": columns, "refunds": refunds, **options}
    cli_orders.only_what_counts(
        bool(source), orders, reading, (lessons or []) + (parameter or []) + [""] * bool(jobs)
    )
    parameters = parse_parameters(parameter or [])
    layout = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = _console(stderr=True)
    with Progress(*layout, console=console, transient=True, disable=not console.is_terminal) as progress:

        def say(text: str) -> None:
            console.print(cli_orders.as_flags(text), markup=False, highlight=False)

        if source:
            result = repeat_run(source, out=out, orders=orders, progress=progress, say=say)
        else:
            result = run_notebooks(
                lessons or (),
                parameters=parameters,
                out=out,
                jobs=jobs,
                orders=orders,
                columns=columns,
                refunds=refunds,
                intake=options if orders else None,
                progress=progress,
                say=say,
            )
    for row in result.itertuples():
        line = f"{Path(row.notebook).stem}  {row.seconds:.1f} s"
        if row.status == "ok":
            print(f"✓ ok      {line}")
        else:
            cell = "" if pd.isna(row.failed_cell) else f"In [{row.failed_cell}]: "
            print(f"✗ failed  {line}  {cell}{cli_orders.as_flags(row.error)}")
    print(f"index: {Path(result.attrs['out']) / 'index.html'}")
    if (result["status"] == "failed").any() or result["remark"].any() or result.attrs.get("differing"):
        raise typer.Exit(1)


_sweep = app.command("sweep", epilog=sweep_cli.EPILOG)(sweep_cli.sweep)


@app.command(epilog="Example:  crmlab lab my-course")
def lab(
    folder: Annotated[Path, typer.Argument(help="Your folder; made if missing.")] = Path("crmlab-course"),
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    port: Annotated[int | None, typer.Option(help="1 to 65535; default: a free one.")] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="en|zh", help="Language of JupyterLab's menus; kept for next time.")
    ] = None,
) -> None:
    """Copy the course into a folder of yours and open JupyterLab there.

    What you have changed is never overwritten: a newer version comes to lie beside it.
    """
    from crmlab.lab import copy_course, lab_command, start_lab

    lab_command(folder, port=port)  # refuses a bad port before anything is written
    copied = copy_course(folder, language=lang)
    counts = copied["status"].value_counts()
    print(f"{folder}: " + ", ".join(f"{counts[status]} {status}" for status in counts.index))
    for row in copied[copied["beside"] != ""].itertuples():
        print(f"  {row.file} is yours and stays; the new version is {row.beside}")
    raise typer.Exit(start_lab(folder, browser=browser, port=port))


@app.command(epilog="Example:  crmlab slides 05 --out decks")
def slides(
    lessons: Lessons = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to; decks of the same name are replaced.")
    ] = Path("slides"),
    lang: Language = "en",
) -> None:
    """Make slide decks: one HTML file each that opens without a network.

    Key S shows the speaker notes; ?print-pdf behind the address gives the version to print.
    """
    from crmlab.catalogue import check_language
    from crmlab.contracts import DataError
    from crmlab.course import find_lesson, read_notebook
    from crmlab.course import lessons as all_lessons
    from crmlab.pages import to_slides

    check_language(lang)
    chosen = [find_lesson(name) for name in lessons or []] or list(all_lessons().values())
    if not chosen:
        raise DataError("the course has no lessons yet. Hint: give the path of a notebook")
    for path in chosen:
        read_notebook(path)
    out.mkdir(parents=True, exist_ok=True)
    ending = "slides.html" if lang == "en" else f"{lang}.slides.html"
    for path in chosen:
        print(to_slides(path, out / f"{path.stem}.{ending}", language=lang))


@app.command(
    "check-data", epilog="Example:  crmlab check-data shop.csv --columns customer_id=Client,amount_eur=Total"
)
def check_data(
    file: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Your orders: a CSV, Parquet or DuckDB file, a folder of Parquet files, or a PostgreSQL "
            "database, postgresql://user@host:5432/shop",
            show_default=False,
        ),
    ],
    columns: cli_orders.Columns = None,
    refunds: cli_orders.Refunds = "net",
    repeated: cli_orders.Repeated = "keep",
    date_format: cli_orders.DateFormat = None,
    table: cli_orders.Table = None,
    decimal: cli_orders.Decimal = None,
) -> None:
    """Read your own orders and say what can be used, what cannot and why, with the command to go on.

    The exit code is 1 when rows were refused.
    """
    from crmlab.columns import parse_columns
    from crmlab.intake import read_orders
    from crmlab.intake_report import report

    options = cli_orders.intake_options(repeated, date_format, table, decimal)
    mapping = parse_columns(columns) if columns else None
    read = read_orders(file, columns=mapping, refunds=refunds, **options)  # type: ignore[arg-type]
    for line in report(read).splitlines():
        print(cli_orders.as_flags(line) if line.startswith(("Note ", "  ")) and line[2:6] != "  li" else line)
    if len(read.refused):
        raise typer.Exit(1)


@app.command(epilog="Example:  crmlab data retail --customers 100000 --seed 8 --out big --format parquet")
def data(
    world: Annotated[str, typer.Argument(help="Which world: retail.")] = "retail",
    customers: Annotated[int, typer.Option(metavar="N", help="How many customers.")] = 6000,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same world.")] = 7,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")] = Path("data"),
    format: Annotated[str, typer.Option(metavar="csv|parquet", help="Kind of file.")] = "csv",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Write the tables of a simulated world at any size, its truth apart in truth/."""
    from crmlab.worlds import write_world

    for path, rows in write_world(
        world, n_customers=customers, seed=seed, folder=out, format=format, force=force
    ).items():
        print(f"{path}  {rows:,} rows")


@app.command()
def doctor() -> None:
    """Say what is wrong with this installation and how to mend it.

    The exit code is 1 when something needed is missing or broken.
    """
    from rich.table import Table as Grid
    from rich.text import Text

    from crmlab.doctor import diagnose

    found = diagnose()
    grid = Grid("", "check", "found", "cure", box=None, pad_edge=False)
    signs = {"ok": "✓ ok", "problem": "✗ problem", "hint": "! hint"}
    for row in found.itertuples():
        grid.add_row(signs[row.status], Text(row.check), Text(row.found), Text(row.cure))
    _console().print(grid)
    problems = int((found["status"] == "problem").sum())
    print(f"{problems} problems" if problems else "all that is needed is there")
    if problems:
        raise typer.Exit(1)


def _console(*, stderr: bool = False) -> Any:
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
