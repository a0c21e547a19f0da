"""What a run read: the course's own data, CDNOW or somebody's own source, each with its fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.columns import columns_text
from crmlab.contracts import DataError
from crmlab.course import course_dir
from crmlab.parameters import as_value
from crmlab.provenance import add_remark
from crmlab.sources import resolved, shown, source_sha256
from crmlab.sources_base import file_sha256

if TYPE_CHECKING:
    from crmlab.intake import Intake


def bundled_data(course: str | Path | None = None) -> dict[str, Any]:
    """Describe the tables that come with the course.

    Parameters
    ----------
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.

    Returns
    -------
    dict
        ``kind`` ("bundled"), ``source``, ``sha256`` (of the list of the files with theirs) and ``files``:
        each one's name and the first 12 digits of its SHA-256.
    """
    folder = course_dir(course) / "datasets"
    files = sorted(folder.rglob("*.csv"))
    return {
        "kind": "bundled",
        "source": "the tables bundled with the course",
        "sha256": file_sha256(*files) if files else "",
        "files": {file.relative_to(folder).as_posix(): file_sha256(file)[:12] for file in files},
    }


def cdnow_data() -> dict[str, Any]:
    """Describe the CDNOW orders inside the installed package `lifetimes`."""
    from crmlab._lifetimes import packaged_file

    file = Path(packaged_file("CDNOW_sample.txt"))
    return {"kind": "cdnow", "source": "CDNOW, from the package lifetimes", "sha256": file_sha256(file)}


def file_data(path: str | Path) -> dict[str, Any]:
    """Describe an order file that notebooks read by themselves, as it is now."""
    return {"kind": "file", "source": resolved(path), "sha256": source_sha256(path)}


def intake_data(read: Intake) -> dict[str, Any]:
    """Describe a source of which the notebooks read a cleaned copy, ``orders.csv``.

    Parameters
    ----------
    read : Intake
        What `crmlab.intake.read_orders` gave.

    Returns
    -------
    dict
        ``kind`` ("file"), ``source`` (an absolute path, or an address without its password), ``sha256``,
        ``columns``, ``options``, ``table``, ``n_read``, ``n_used``, and ``words``: the options of the
        command line. `crmlab.runs.run` adds ``copy_sha256``, the fingerprint of the copy.
    """
    source = resolved(read.source)
    words = ["--orders", source]
    if any(ours != theirs for ours, theirs in read.columns.items()):
        words += ["--columns", columns_text(read.columns)]
    words += [word for name, value in read.options.items() for word in (f"--{name}", value)]
    return {
        "kind": "file",
        "source": source,
        "sha256": read.sha256,
        "columns": columns_text(read.columns),
        "options": dict(read.options),
        "table": read.options.get("table", ""),
        "n_read": read.n_read,
        "n_used": read.n_used,
        "words": words,
    }


def changed_since(
    data: Mapping[str, Any], *, address: str = "", course: str | Path | None = None
) -> tuple[str, str]:
    """Say whether the data of a run are still what they were.

    Parameters
    ----------
    data : mapping
        What one of the functions above gave.
    address : str, optional
        The address of a database with its password, which `data` does not hold.
    course : str or Path, optional
        The course folder.

    Returns
    -------
    tuple of two str
        What has changed, and its fingerprint now; both "" when nothing has. A bundled table that is new is
        no change.

    Raises
    ------
    DataError
        If the data cannot be read any more.
    """
    if data["kind"] == "cdnow":
        now = cdnow_data()["sha256"]
        return (data["source"], now) if now != data["sha256"] else ("", "")
    if data["kind"] == "bundled":
        files = bundled_data(course)["files"]
        for name, digits in data["files"].items():
            if files.get(name) != digits:
                return f"the bundled table {name}", files.get(name, "gone")
        return "", ""
    now = source_sha256(address or data["source"], table=data.get("table") or None)
    return (shown(data["source"]), now) if now != data["sha256"] else ("", "")


def fingerprint_of(data: Mapping[str, Any], what: str) -> str:
    """Give the first 12 digits of what the data were: of the whole, or of the bundled table named."""
    name = what.removeprefix("the bundled table ")
    return str(data.get("files", {}).get(name, data["sha256"]))[:12]


def remark_on_change(data: Mapping[str, Any], *, address: str = "", course: str | Path | None = None) -> str:
    """Say in a sentence that the data changed while a run was going on; "" when they did not."""
    copy = "copy_sha256" in data
    worked = (
        "the notebooks worked on the state of the start, kept in orders.csv"
        if copy
        else "a notebook may have read either state; run it again"
    )
    try:
        what, now = changed_since(data, address=address, course=course)
    except DataError as error:
        return f"could not be read again after the run: {error} Then: {worked}"
    if not what:
        return ""
    before = fingerprint_of(data, what)
    return f"{what} changed during the run (SHA-256 {before}, now {now[:12]}): {worked}"


def data_of_each(
    passed: Mapping[Path, Mapping[str, Any]],
    defaults: Mapping[Path, Mapping[str, str]],
    cleaned: Intake | None,
    *,
    course: str | Path | None,
) -> dict[Path, dict[str, Any]]:
    """Describe what each notebook reads, with its fingerprint; those that read the same share one entry."""
    if cleaned is not None:
        return dict.fromkeys(passed, intake_data(cleaned))
    made: dict[str, dict[str, Any]] = {}
    found = {}
    for path, own in passed.items():
        text = str(own.get("orders") or as_value(defaults[path].get("orders", "''")))
        text = text if text == "cdnow" or Path(text).is_absolute() else ""
        if text not in made:
            made[text] = (
                cdnow_data() if text == "cdnow" else file_data(text) if text else bundled_data(course)
            )
        found[path] = made[text]
    return found


def look_again(
    rows: list[dict[str, Any]],
    data: Mapping[str, dict[str, Any]],
    *,
    address: str,
    course: str | Path | None,
    say: Callable[[str], None],
) -> list[str]:
    """Say which data changed during the run: in the rows, the notebooks, and sentences for the index."""
    known: dict[int, str] = {}
    for row in rows:
        own = data[Path(row["notebook"]).stem]
        if id(own) not in known:
            known[id(own)] = remark_on_change(own, address=address, course=course)
        row["remark"] = known[id(own)]
        if row["remark"]:
            add_remark([Path(row["notebook"])], row["remark"])
    said = list(dict.fromkeys(text for text in known.values() if text))
    for text in said:
        say(text)
    return said
