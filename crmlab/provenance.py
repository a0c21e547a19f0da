"""Where a run comes from: parameters, versions, seed, data and source, at the top of its notebook."""

from __future__ import annotations

import copy
import hashlib
import json
import platform
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError
from crmlab.course import read_notebook, write_file
from crmlab.pages import to_page
from crmlab.parameters import as_given

TAG = "provenance"
PACKAGES = ("crmlab", "pandas", "numpy", "duckdb", "scikit-learn")
_PUT_IN = (TAG, "injected-parameters", "papermill-error-cell-tag")
_FORMAT = 1


def versions() -> dict[str, str]:
    """Give the versions that results depend on most.

    >>> list(versions())
    ['python', 'crmlab', 'pandas', 'numpy', 'duckdb', 'scikit-learn']
    """
    from importlib.metadata import version

    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def source_of(notebook: Any) -> Any:
    """Give a notebook without the cells that a run puts in: the notebook as its author wrote it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A notebook, executed by `crmlab run` or not; it is not changed.

    Returns
    -------
    nbformat.NotebookNode
        A copy of its own cells, without outputs if a run has put cells in.
    """
    plain = copy.deepcopy(notebook)
    plain.cells = [cell for cell in plain.cells if not set(cell.metadata.get("tags", [])) & set(_PUT_IN)]
    if len(plain.cells) < len(notebook.cells):
        plain.metadata.pop("crmlab", None)
        plain.metadata.pop("papermill", None)
        for cell in plain.cells:
            cell.metadata.pop("papermill", None)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    return plain


def notebook_sha256(notebook: Any) -> str:
    """Give the SHA-256 of a notebook's own cells: their kinds, tags and texts, outputs left aside."""
    cells = [
        [cell.cell_type, sorted(cell.metadata.get("tags", [])), cell.source]
        for cell in source_of(notebook).cells
    ]
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()


def describe_run(
    notebook: Any,
    *,
    lesson: str,
    parameters: Mapping[str, Any],
    given: Mapping[str, Any],
    defaults: Mapping[str, str],
    data: Mapping[str, Any],
    started: str,
) -> dict[str, Any]:
    """Gather what must be known to repeat one notebook's run.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The source notebook.
    lesson : str
        How to name it to `crmlab run`: the name of a lesson, or the path of a notebook.
    parameters : mapping
        All its parameters: its own values and, over them, those given.
    given : mapping
        The parameters given with ``-p``.
    defaults : mapping
        The source text of its own values.
    data : mapping
        What it read; see `crmlab.provenance_data`.
    started : str
        The moment the run began, in UTC.

    Returns
    -------
    dict
        ``format``, ``lesson``, ``notebook_sha256``, ``started``, ``parameters``, ``given``, ``seed`` (None
        when there is no such parameter), ``versions``, ``data`` and ``command``: all of it plain JSON.
    """
    words = ["crmlab", "run", lesson, *data.get("words", [])]
    for name, value in given.items():
        words += ["-p", f"{name}={as_given(name, value, defaults[name])}"]
    record = {
        "format": _FORMAT,
        "lesson": lesson,
        "notebook_sha256": notebook_sha256(notebook),
        "started": started,
        "parameters": dict(parameters),
        "given": dict(given),
        "seed": parameters.get("seed"),
        "versions": versions(),
        "data": dict(data),
        "command": shlex.join(words),
    }
    plain: dict[str, Any] = json.loads(json.dumps(record, default=repr))
    return plain


def stamp(notebook: Any, record: Mapping[str, Any]) -> Any:
    """Give a copy of a source notebook that states its provenance: a cell after its title, and metadata.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The source notebook; it is not changed.
    record : mapping
        What `describe_run` gave.

    Returns
    -------
    nbformat.NotebookNode
        The notebook to execute. The cell is tagged ``provenance`` and left out of slides.
    """
    from nbformat import v4

    stamped = copy.deepcopy(notebook)
    titled = [
        i
        for i, cell in enumerate(stamped.cells)
        if cell.cell_type == "markdown" and re.search(r"^# ", cell.source, flags=re.MULTILINE)
    ]
    metadata = {"tags": [TAG], "slideshow": {"slide_type": "skip"}}
    cell = v4.new_markdown_cell(_words(record), metadata=metadata)  # type: ignore[no-untyped-call]
    cell["id"] = TAG
    if (stamped.nbformat, stamped.nbformat_minor) < (4, 5):
        del cell["id"]  # older notebooks know no ids
    stamped.cells.insert(titled[0] + 1 if titled else 0, cell)
    stamped.metadata["crmlab"] = dict(record)
    return stamped


def _words(record: Mapping[str, Any]) -> str:
    told = {*record["given"], *(("orders", "columns") if "words" in record["data"] else ())}
    own = {name: value for name, value in record["parameters"].items() if name not in told}
    seed, found, cells = record["seed"], record["versions"], record["notebook_sha256"][:12]
    lines = [
        f"**How this run was made** ({record['started']})",
        "",
        f"- Parameters given: {_pairs(record['given']) or 'none'}",
        f"- The notebook's own: {_pairs(own) or 'none'}",
        f"- Seed: {'none' if seed is None else seed}",
        f"- Data: {_data_words(record['data'])}",
        f"- Versions: {' · '.join(f'{name} {number}' for name, number in found.items())}",
        f"- Notebook: {_code(record['lesson'])}, SHA-256 of its cells {_code(cells)}",
        f"- The same again: {_code(record['command'])}",
    ]
    return "\n".join(lines)


def _data_words(data: Mapping[str, Any]) -> str:
    digits = f"SHA-256 {_code(data['sha256'][:12])}"
    if data["kind"] != "file":
        return f"{data['source']}, {digits}"
    table = f", table {_code(data['table'])}" if data.get("table") else ""
    columns = f", columns {_code(data['columns'])}" if data.get("columns") else ""
    return f"{_code(data['source'])}{table}{columns}, {digits}"


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(_code(f"{name} = {value!r}") for name, value in values.items())


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def read_provenance(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Read an executed notebook and what it states of itself.

    Parameters
    ----------
    path : str or Path
        A notebook written by `crmlab run`.

    Returns
    -------
    tuple
        The notebook, and what `describe_run` gave for it.

    Raises
    ------
    DataError
        If there is no such file, it is no notebook, `crmlab run` has not made it, or its cells were changed.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise DataError(f"'{path}' is a folder. Hint: name one notebook in it, such as {path}/05_abc.ipynb")
    notebook = read_notebook(file)
    record = notebook.metadata.get("crmlab")
    needed = {"format", "lesson", "notebook_sha256", "given", "versions", "data", "command"}
    if not isinstance(record, dict) or not needed <= set(record):
        raise DataError(
            f"'{path}' does not say how it was made: crmlab run has not made it. "
            "Hint: --from takes a notebook out of the folder of a run"
        )
    if record["format"] != _FORMAT:
        raise DataError(
            f"'{path}' was made by another crmlab ({record['versions'].get('crmlab')}), whose notes this one "
            f"does not read. Hint: {record['command']}"
        )
    if notebook_sha256(notebook) != record["notebook_sha256"]:
        raise DataError(
            f"'{path}' was changed after its run: its cells are not those that were run. "
            f"Hint: {record['command']}"
        )
    return notebook, dict(record)


def add_remark(files: Iterable[Path], text: str) -> None:
    """Write a remark into the provenance of executed notebooks, and make their pages again."""
    for file in files:
        notebook = read_notebook(file)
        notebook.metadata["crmlab"]["remark"] = text
        for cell in notebook.cells:
            if TAG in cell.metadata.get("tags", []):
                cell.source += f"\n- **Mind:** {text}"
        import nbformat

        write_file(file, str(nbformat.writes(notebook)))  # type: ignore[no-untyped-call]
        page = file.with_suffix(".html")
        if page.exists():
            to_page(file, page)
