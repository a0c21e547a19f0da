"""The commands ``crmlab exercises release`` and ``crmlab exercises grade``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Give exercises out, and grade what comes back.")


@app.command(
    "release", epilog="Example:  crmlab exercises release 05 06 --out to-students --roster class.txt"
)
def release(
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="05 06 …", help="Exercises; none means all.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to; nothing is replaced.")] = Path(
        "exercises-out"
    ),
    one_for_all: Annotated[
        str | None, typer.Option(metavar="NAME", help="One data set for the class, made from this name.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One name a line: a folder and a data set for each.")
    ] = None,
) -> None:
    """Write the exercises for the students, each with a data set of their own or one for all."""
    from crmlab.releases import release as release_to

    written = release_to(out, exercises=chosen, one=one_for_all, roster=roster)
    who = f"{written['student'].nunique()} students" if roster else "everybody"
    print(f"{out}: {len(written)} files for {who}")


@app.command("grade", epilog="Example:  crmlab exercises grade handed-in --out graded")
def grade(
    submissions: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder for each student.")],
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="05 06 …", help="Exercises; none means all handed in.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder.")] = Path("graded"),
    cell_seconds: Annotated[int, typer.Option(help="The longest that a cell may run.")] = 30,
    seconds: Annotated[int, typer.Option(help="The longest that a submission may run.")] = 240,
    jobs: Annotated[int, typer.Option(metavar="N", help="Submissions at a time.")] = 2,
) -> None:
    """Grade a folder of submissions: grades.csv, index.html and a page of feedback for each.

    Each submission runs in a process of its own. The checks run in the student's kernel: this teaches, it
    does not guard an exam. The exit code is 1 when a submission could not be graded.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from crmlab.autograde import grade as grade_all

    layout = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True, soft_wrap=True)
    with Progress(*layout, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("submissions", total=None)
        table = grade_all(
            submissions,
            out=out,
            exercises=chosen,
            cell_seconds=cell_seconds,
            seconds=seconds,
            jobs=jobs,
            done=lambda _, total: progress.update(bar, advance=1, total=total),
        )
    for row in table.itertuples():
        points = "" if row.status != "graded" else f"{row.points:g} of {row.of:g}"
        print(f"{row.student}  {row.exercise or row.file}  {row.status}  {points}  {row.remarks}".rstrip())
    print(f"table: {out / 'grades.csv'}")
    if (table["status"] != "graded").any():
        raise typer.Exit(1)
