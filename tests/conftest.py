from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of an installed Chromium; without one the test is skipped, in CI it fails."""
    from crmlab.doctor import BROWSERS

    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine")
    return found


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a small notebook: text starting with "# " is Markdown, other text is code."""
    from nbformat import v4, write

    def build(
        path: str | Path, *cells: str | tuple[str, dict[str, Any]], parameters: str | None = None
    ) -> Path:
        made = v4.new_notebook()
        if parameters is not None:
            made.cells.append(v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        for number, cell in enumerate(cells):
            text, metadata = cell if isinstance(cell, tuple) else (cell, {})
            new = v4.new_markdown_cell if text.startswith(("#", "!", "$", "*")) else v4.new_code_cell
            made.cells.append(new(text, metadata=metadata, id=f"cell-{number}"))
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write(made, target)
        return target

    return build


@pytest.fixture
def course(tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of two small lessons, an exercise and a data set."""
    folder = tmp_path / "course"
    notebook(
        folder / "notebooks/05_abc.ipynb",
        "# Abc",
        "print(seed * 2)",
        parameters='seed = 7\norders = "retail"',
    )
    notebook(folder / "notebooks/06_rfm.ipynb", "# Rfm", "print(bands)", parameters="bands = 5\nseed = 1")
    notebook(folder / "exercises/05_abc.ipynb", "# Exercise")
    (folder / "exercises/masters").mkdir()
    (folder / "exercises/masters/05_abc.py").write_text("solution")
    (folder / "datasets").mkdir()
    (folder / "datasets/orders.csv").write_text("a\n1\n")
    monkeypatch.setenv("CRMLAB_COURSE", str(folder))
    return folder
