"""The page that lists a run: what ran, what failed and where, with which parameters and versions."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from crmlab.course import write_file


def write_index(
    folder: Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    titles: Iterable[str],
    parameters: Mapping[str, Any],
    notes: Iterable[str] = (),
    findings: str = "",
) -> Path:
    """Write ``index.html``, the list of a run.

    Parameters
    ----------
    folder : Path
        The folder of the run.
    rows : iterable of mapping
        One per notebook, as :func:`crmlab.runs.run` returns them.
    titles : iterable of str
        Their titles, in the same order.
    parameters : mapping
        The parameters given.
    notes : iterable of str, optional
        Sentences to show above the table.
    findings : str, optional
        Name of the table of findings in the same folder, to link.

    Returns
    -------
    Path
        The page written.
    """
    from importlib.metadata import version

    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    templates = Path(__file__).parent / "templates"
    styles = "".join(
        (templates / "crmlab_page" / name).read_text("utf-8") for name in ("colours.css", "page.css")
    )
    rows = list(rows)
    failed = sum(row["status"] == "failed" for row in rows)
    page = Environment(loader=FileSystemLoader(templates), autoescape=True).get_template("run_index.html.j2")
    shown = [
        dict(row)
        | {
            "title": title,
            "sign": "✗" if row["status"] == "failed" else "✓",
            "page": Path(row["page"]).name if row["page"] else "",
            "source": Path(row["notebook"]).name,
        }
        for row, title in zip(rows, titles, strict=True)
    ]
    packages = ("crmlab", "pandas", "numpy", "duckdb", "scikit-learn", "lifetimes", "matplotlib")
    html = page.render(
        started=f"{datetime.now():%Y-%m-%d %H:%M}",
        styles=Markup(styles),
        summary=f"{len(rows)} notebooks, {failed} failed.",
        notes=notes,
        findings=findings,
        rows=shown,
        parameters={name: str(value) for name, value in parameters.items()},
        versions=[f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)],
    )
    return write_file(folder / "index.html", html)
