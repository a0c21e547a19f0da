"""Execute every lesson again, in place: ``make notebooks``, or ``python notebooks/execute.py 05_abc``.

What may differ from machine to machine (times, the exact Python version, the state of sliders) is left out, so that
a lesson changes in git only when what it says changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from rich.progress import track

HERE = Path(__file__).resolve().parent
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(path: Path) -> None:
    """Run one notebook from top to bottom and save it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(HERE)}})
    client.comm_open_handlers = {}  # nobody moves a slider here
    client.execute()
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":  # a slider without a kernel is only an error message to the reader
            cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]
    nbformat.write(notebook, path)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    lessons = [p for p in sorted(HERE.glob("[0-9][0-9]_*.ipynb")) if not wanted or p.stem in wanted]
    if not lessons:
        sys.exit(f"there is no lesson called {', '.join(wanted)}")
    for lesson in track(lessons, description="executing lessons"):
        execute(lesson)
