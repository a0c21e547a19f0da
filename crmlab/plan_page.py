"""A report that a manager can read: one HTML file with everything inside it, two pages of A4 when printed."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.contracts import DataError
from crmlab.course import write_file

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile("[\N{MINUS SIGN}-]?[\\d,.]+ ?%?$|–$")
KEYS = ("heading", "text", "table", "caption", "formats", "figure", "alt")
ORIGINS = {
    "simulated": "Simulated: the firm and everybody in it are made up.",
    "own": "Made from the firm's own orders. What is assumed is called assumed.",
    "public": "Made from a public data set of real orders. What is assumed is called assumed.",
}


def plan_report(
    sections: Iterable[Mapping[str, Any]],
    *,
    title: str,
    decision: str,
    source: str,
    origin: str,
    as_of: str | dt.date,
    basis: str = "Every number on this page was computed from the orders and the assumptions named on it.",
    out: str | Path = "",
) -> str:
    """Write a customer plan as one HTML page that asks for nothing from outside.

    Parameters
    ----------
    sections : iterable of mappings
        In their order. Each has a ``heading`` and any of ``text`` (a sentence or a list of them; ``**bold**``
        is understood), ``table`` (DataFrame; its first column names the rows) with ``caption`` and
        ``formats`` (column to format such as ``"{:,.0f}"``), and ``figure`` (a matplotlib Figure;
        it is left open) with ``alt``, the same in words.
    title : str
        Title of the page.
    decision : str
        What is asked of the reader, in a sentence or two; it stands first.
    source : str
        Where the numbers come from, with what was refused.
    origin : {"simulated", "own", "public"}
        What kind of data it is; the page says so at its top.
    as_of : str or date
        The reporting day.
    basis : str, optional
        The last line: what the numbers were computed from.
    out : str or Path, optional
        The file to write, whole or not at all; "" writes nothing.

    Returns
    -------
    str
        The page.

    Raises
    ------
    DataError
        If `origin` is none of the three, a section lacks its heading, a table its caption or a figure its alt
        text, or the folder of `out` is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"group": ["keep"], "customers": [12]})
    >>> whom = {"heading": "Whom", "table": table, "caption": "Customers by group"}
    >>> page = plan_report([whom], title="Plan", decision="Approve **12** calls.", source="a file",
    ...     origin="own", as_of="2024-12-31")
    >>> '<th scope="row">keep</th>' in page, "<strong>12</strong>" in page, "http" in page
    (True, True, False)
    """
    from jinja2 import Environment, FileSystemLoader

    if origin not in ORIGINS:
        raise DataError(f"origin must be one of {', '.join(ORIGINS)}; found {origin!r}.")
    shown = [_section(section, i) for i, section in enumerate(sections, start=1)]
    templates = Path(__file__).parent / "templates"
    page = Environment(
        loader=FileSystemLoader(templates), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    html = page.get_template("customer_plan.html.j2").render(
        title=title,
        decision=_bold(decision),
        source=source,
        origin=ORIGINS[origin],
        as_of=str(engine.day(as_of)),
        sections=shown,
        basis=basis,
        colours=(templates / "crmlab_page" / "colours.css").read_text("utf-8"),
    )
    if str(out):
        target = Path(out).expanduser()
        if target.is_dir() or not target.parent.is_dir():
            raise DataError(f"the report cannot be written to {str(out)!r}. Hint: report='plan.html'")
        write_file(target, html)
    return html


def _section(section: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Bring one section into what the template shows."""
    unknown = sorted(set(section) - set(KEYS))
    if unknown:
        raise DataError(f"section {number} has {unknown[0]!r}; allowed: {', '.join(KEYS)}.")
    name = str(section.get("heading", "")).strip()
    if not name:
        raise DataError(f"section {number} has no heading. Hint: {{'heading': 'Whom to keep'}}")
    text = section.get("text", [])
    table, figure = section.get("table"), section.get("figure")
    if table is not None and not str(section.get("caption", "")).strip():
        raise DataError(f"the table of {name!r} has no caption: say in a line what it shows.")
    alt = str(section.get("alt", "")).strip()
    if figure is not None and len(alt) < 30:
        raise DataError(f"the figure of {name!r} needs an alt text of 30 characters or more; found {alt!r}.")
    return {
        "heading": name,
        "text": [_bold(line) for line in ([text] if isinstance(text, str) else text)],
        "table": None if table is None else _table(table, section.get("formats", {})),
        "caption": section.get("caption", ""),
        "figure": "" if figure is None else _picture(figure),
        "alt": alt,
    }


def _table(table: pd.DataFrame, formats: Mapping[str, str]) -> dict[str, Any]:
    import pandas as pd

    def cell(value: Any, column: str) -> str:
        if pd.isna(value):
            return "–"
        if column in formats:
            try:
                return formats[column].format(value)
            except (ValueError, IndexError, KeyError) as error:
                raise DataError(
                    f"the format {formats[column]!r} of {column!r} does not fit {value!r}: {error}."
                ) from error
        is_number = pd.api.types.is_number(value) and not pd.api.types.is_bool(value)
        return f"{value:,.10g}".replace("-", "\N{MINUS SIGN}") if is_number else str(value)

    rows = [[cell(v, str(c)) for v, c in zip(r, table, strict=True)] for r in table.itertuples(index=False)]
    right = [bool(cells) and all(_NUMBER.match(text) for text in cells) for cells in zip(*rows, strict=True)]
    right = right or [False] * table.shape[1]
    return {"heads": list(zip(map(str, table.columns), right, strict=True)), "rows": rows, "right": right}


def _picture(figure: Any) -> str:
    """Give a figure as a data address: PNG with 128 colours, the same bytes for the same figure."""
    from PIL import Image

    buffer, small = io.BytesIO(), io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, bbox_inches="tight", metadata={"Software": None})
    Image.open(buffer).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(
        small, format="png", optimize=True
    )
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode()


def _bold(text: str) -> Any:
    """Escape a sentence, then let ``**bold**`` stand out."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text))))
