"""Repeat a run from one of its notebooks: the same cells, parameters and data, and a look at what differs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import find_lesson, read_notebook
from crmlab.findings import recorded
from crmlab.provenance import notebook_sha256, read_provenance, versions
from crmlab.provenance_data import changed_since, fingerprint_of
from crmlab.runs import run
from crmlab.sources import shown, source_sha256
from crmlab.sources_base import file_sha256


def repeat_run(
    notebook: str | Path,
    *,
    out: str | Path | None = None,
    orders: str | Path | None = None,
    course: str | Path | None = None,
    progress: Any = None,
    say: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Repeat the run that made a notebook, and compare what it found.

    Before it starts, versions, source notebook and data are compared with those of the first run. Other
    versions are told. When the source notebook has changed, the cells kept in `notebook` are run. Other data
    stop the run. When the order file is gone, its cleaned copy ``orders.csv`` beside `notebook` is taken.

    Parameters
    ----------
    notebook : str or Path
        An executed notebook, written by `crmlab run`.
    out : str or Path, optional
        Folder for the results; default ``runs/<date>_<time>``.
    orders : str or Path, optional
        Where the order file lies now, if it was moved, or the address of the database with its password.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.
    progress : rich.progress.Progress, optional
        Where to show the progress.
    say : callable, optional
        Called with each remark (one line of text).

    Returns
    -------
    DataFrame
        As of :func:`crmlab.runs.run`. The attribute ``attrs["differing"]`` lists a sentence for each finding
        that is not equal, and is empty when all are.

    Raises
    ------
    DataError
        If `crmlab run` has not made the notebook, it was changed since, or its data are not what they were.
    """
    _, record = read_provenance(notebook)
    now = versions()
    other = [
        f"{name} {number} then, {now.get(name, 'none')} now"
        for name, number in record["versions"].items()
        if now.get(name) != number
    ]
    if other:
        say(f"versions differ, so findings may: {'; '.join(other)}")
    source = _source(Path(notebook).expanduser().resolve(), record, course, say)
    arguments = _data_arguments(Path(notebook).expanduser(), record, orders, course, say)
    table = run([source], out=out, course=course, progress=progress, say=say, **arguments)
    differing = []
    if table["status"].iloc[0] == "failed":
        say("findings: the repeated run failed, so there is nothing to compare")
    else:
        differing = compare_findings(recorded(Path(notebook)), recorded(Path(table["notebook"].iloc[0])), say)
    table.attrs["differing"] = differing
    return table


def compare_findings(
    then: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[str], None]
) -> list[str]:
    """Say of two runs of a notebook which findings differ, and give those sentences.

    >>> compare_findings({"gini": 0.5, "n": 3}, {"gini": 0.6, "n": 3}, print)
    findings: 1 of 2 differ
    gini was 0.5 and is 0.6
    ['gini was 0.5 and is 0.6']
    """
    names = list(dict.fromkeys([*then, *now]))
    words = {
        name: [json.dumps(own[name]) if name in own else "not there" for own in (then, now)] for name in names
    }
    differing = [f"{name} was {one} and is {two}" for name, (one, two) in words.items() if one != two]
    if not names:
        say("findings: the notebook records none, so there is nothing to compare")
    elif not differing:
        say(f"findings: all {len(names)} are equal")
    else:
        say(f"findings: {len(differing)} of {len(names)} differ")
    for sentence in differing:
        say(sentence)
    return differing


def _source(
    notebook: Path, record: Mapping[str, Any], course: str | Path | None, say: Callable[[str], None]
) -> Path:
    """Find the source notebook; when it is not what it was, the executed one holds its cells."""
    lesson = record["lesson"]
    try:
        source = find_lesson(lesson, course=course)
        found = notebook_sha256(read_notebook(source))
    except DataError:
        say(f"{lesson} is not there any more: the cells kept in {notebook.name} are run")
        return notebook
    if found != record["notebook_sha256"]:
        digits = f"SHA-256 of its cells {record['notebook_sha256'][:12]}, now {found[:12]}"
        say(f"{lesson} has changed since ({digits}): the cells kept in {notebook.name} are run")
        return notebook
    return source


def _data_arguments(
    notebook: Path,
    record: Mapping[str, Any],
    orders: str | Path | None,
    course: str | Path | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Give the arguments of `run`, after a look at whether the data are what they were."""
    data, given = record["data"], dict(record["given"])
    if data["kind"] != "file":
        if orders is not None:
            raise DataError(f"'{notebook}' read {data['source']}, no order file. Hint: leave --orders out")
        what, now = changed_since(data, course=course)
        if what:
            own = "crmlab" if data["kind"] == "bundled" else "lifetimes"
            version = f"{own} {record['versions'].get(own, 'of that time')}"
            raise _other_data(what, data, now, notebook, f"take the {version}, which has those data")
        return {"parameters": given}
    copy = notebook.with_name("orders.csv")
    kept = copy.is_file() and file_sha256(copy) == data.get("copy_sha256")
    from_copy = {
        "parameters": given
        | {"orders": str(copy)}
        | ({"columns": ""} if "columns" in record["parameters"] else {})
    }
    place = orders if orders is not None else data["source"]
    try:
        now = source_sha256(place, table=data.get("table") or None)
    except DataError as error:
        if orders is not None or not kept:
            raise
        say(f"{str(error).rstrip('.')}. Then: the copy {copy} is taken")
        return from_copy
    if now == data.get("copy_sha256") and orders is not None:
        return from_copy | {"parameters": from_copy["parameters"] | {"orders": str(Path(place).resolve())}}
    if now != data["sha256"]:
        cure = f"crmlab run --from {shlex.quote(str(notebook))} --orders "
        cure += shlex.quote(str(copy)) + " repeats it on the copy of that time" if kept else "FILE"
        raise _other_data(shown(place), data, now, notebook, cure if kept else f"bring it back: {cure}")
    if "options" not in data:  # the notebook read the file by itself
        return {"parameters": given | {"orders": str(place)}}
    options = {name.replace("-", "_"): value for name, value in data["options"].items()}
    return {
        "parameters": given,
        "orders": place,
        "columns": data["columns"],
        "refunds": options.pop("refunds", "net"),
        "intake": options,
    }


def _other_data(what: str, data: Mapping[str, Any], now: str, notebook: Path, cure: str) -> DataError:
    return DataError(
        f"{what} is not what '{notebook}' was made from: SHA-256 {fingerprint_of(data, what)} then, "
        f"{now[:12]} now. Hint: {cure}"
    )
