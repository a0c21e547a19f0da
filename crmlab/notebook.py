"""What a lesson shows: sentences with computed numbers, figures with alternative text, findings to keep."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab.contracts import DataError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RECORD = "application/vnd.crmlab.record+json"


def say(text: str) -> None:
    """Show a sentence, in Markdown, so that its numbers can be computed.

    Parameters
    ----------
    text : str
        Markdown; usually an f-string.

    Examples
    --------
    >>> say(f"The best fifth brings **{0.71:.0%}** of revenue.")
    <IPython.core.display.Markdown object>
    """
    import IPython.display

    markdown: Any = IPython.display.Markdown
    _show(markdown(text))


def figure(fig: Figure, *, alt: str) -> None:
    """Show a figure with its alternative text, and close it.

    Parameters
    ----------
    fig : matplotlib Figure
        The finished figure.
    alt : str
        What the picture shows, for a reader who does not see it: at least 30 characters.

    Raises
    ------
    DataError
        If `alt` is too short to say anything.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure(Figure(), alt="an empty page, to show how a figure is shown")
    {'image/png': ..., 'text/html': '<img alt=...',
    'text/plain': 'Figure: an empty page, to show how a figure is shown'}
    """
    import base64
    import io

    import matplotlib.pyplot as plt
    from PIL import Image

    if len(alt.strip()) < 30:
        raise DataError(f"alt must say in a sentence what the figure shows; found {alt!r}.")
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(fig)
    small = io.BytesIO()  # 128 colours are enough for lines and areas, and a third of the size
    picture = Image.open(buffer).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    png = base64.b64encode(small.getvalue()).decode()
    said = html.escape(alt)
    bundle = {
        "image/png": png,
        "text/html": f'<img alt="{said}" src="data:image/png;base64,{png}">',  # JupyterLab reads alt here
        "text/plain": f"Figure: {alt}",
    }
    _show(bundle, raw=True, metadata={"image/png": {"alt": alt}})


def show(table: pd.DataFrame, *, index: bool = False, **formats: str) -> None:
    """Show a table with numbers written as people write them, text to the left and numbers to the right.

    Parameters
    ----------
    table : DataFrame
        A small table; a slide holds about eight columns and twelve rows.
    index : bool, default False
        Show the row names too.
    **formats : str
        Column to format, such as ``uplift="{:.1%}"``. Columns not named: whole numbers with thousands
        separators, other numbers with two decimals, days as YYYY-MM-DD. A missing value is a dash.

    Examples
    --------
    >>> import pandas as pd
    >>> show(pd.DataFrame({"class": ["A"], "customers": [1040], "share": [0.981]}), share="{:.0%}")
    {'text/html': '<table ...>A</td>...>1,040</td>...>98%</td>...</table>', ...}
    """
    import pandas as pd

    text = pd.DataFrame(
        {c: [_cell(v, formats.get(str(c))) for v in table[c]] for c in table}, index=table.index
    )
    left = [not pd.api.types.is_numeric_dtype(table[c]) for c in table]
    if index:
        text.insert(0, str(table.index.name or ""), text.index.astype(str))
        left.insert(0, True)
    _show({"text/html": _html(text, left), "text/plain": text.to_string(index=False)}, raw=True)


def show_facts(facts: pd.DataFrame) -> None:
    """Show published facts: by date, with the source as the link to where it was read.

    Parameters
    ----------
    facts : DataFrame
        Rows of `case_facts` or `lecture_corrections`, with the columns to show; with ``source`` comes
        ``link``, which gets no column: its addresses go under the sources, the first under the first if
        both are several (the codes of a computed fact are no address). Rows with a ``date`` are sorted
        by it; one that is known by its year only stands behind the days of that year.

    Examples
    --------
    >>> from crmlab import case_facts
    >>> show_facts(case_facts("sprint")[["date", "fact", "source", "link"]].head(1))
    {'text/html': '<table ...<a href="https://archive.boston.com/...">Associated Press...</a>...', ...}
    """
    if "date" in facts:
        facts = facts.sort_values("date", key=lambda dates: dates.map(_by_date), kind="stable")
    text = linked = facts.drop(columns="link", errors="ignore").map(_unbroken)
    if "link" in facts:
        pairs = zip(facts["source"], facts["link"], strict=True)
        linked = text.assign(source=[_Html(_linked(source, link)) for source, link in pairs])
    page = _html(linked, [True] * len(text.columns))
    _show({"text/html": page, "text/plain": text.to_string(index=False)}, raw=True)


@dataclass(frozen=True)
class _Html:
    """A cell that is HTML already."""

    text: str


def _by_date(date: str) -> str:
    """Give what is known by the year or the month only its place: after the days of that year or month."""
    month = re.sub("Q([1-4])", lambda quarter: f"{3 * int(quarter[1]):02d}", date.removeprefix("about "))
    return f"{month}~"


def _unbroken(cell: Any) -> Any:
    """Keep a date and "second-hand" on one line."""
    whole = re.fullmatch(r"\d{4}-[\dQ-]+|second-hand", str(cell))
    return str(cell).replace("-", "\N{NON-BREAKING HYPHEN}") if whole else cell


def _linked(source: str, link: str) -> str:
    """Write the sources of a fact, each with its address under it."""
    links = link.split(", ")
    names = source.split("; ") if len(links) > 1 else [source]
    if not all("." in address for address in links) or len(names) != len(links):
        return html.escape(source)
    return "; ".join(
        f'<a href="https://{html.escape(address)}">{html.escape(name)}</a>'
        for name, address in zip(names, links, strict=True)
    )


def _html(text: pd.DataFrame, left: list[bool]) -> str:
    """Write a table of texts as HTML, each column to its side."""

    def row(tag: str, values: Iterable[Any]) -> str:
        sides = ("left" if side else "right" for side in left)
        cells = (value.text if isinstance(value, _Html) else html.escape(str(value)) for value in values)
        return "".join(
            f'<{tag} style="text-align: {side}">{cell}</{tag}>'
            for cell, side in zip(cells, sides, strict=True)
        )

    body = "\n".join(f"<tr>{row('td', values)}</tr>" for values in text.itertuples(index=False, name=None))
    head = f"<thead><tr>{row('th', text.columns)}</tr></thead>"
    return f'<table class="dataframe">\n{head}\n<tbody>\n{body}\n</tbody>\n</table>'


def _cell(value: Any, form: str | None) -> str:
    import numbers

    import pandas as pd

    if pd.isna(value):
        return "–"
    if form:
        return form.format(value)
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool) or not isinstance(value, numbers.Number):
        return str(value)
    return f"{value:,}" if isinstance(value, numbers.Integral) else f"{value:,.2f}"


def record(lesson: str, **findings: float | int | str | bool) -> None:
    """Show a lesson's findings as one tidy row and keep it in the notebook for `crmlab run` to collect.

    Parameters
    ----------
    lesson : str
        Two digits, such as "05".
    **findings : number, text or bool
        Names carry the unit (``profit_eur``, ``recency_days``, ``top_20_share``). Numbers are kept to ten
        significant digits, so that machines agree.

    Raises
    ------
    DataError
        If there is no finding, or one is neither a number, text nor a bool.

    Examples
    --------
    >>> record("05", top_20_share=0.70299, customers=6000)
    {'application/vnd.crmlab.record+json':
    {'lesson': '05', 'findings': {'top_20_share': 0.70299, 'customers': 6000}}, ...}
    """
    import pandas as pd

    if not findings:
        raise DataError("record needs at least one finding, such as gini=0.63.")
    kept = {name: _plain(name, value) for name, value in findings.items()}
    table = pd.DataFrame({"finding": list(kept), "value": [_short(v) for v in kept.values()]})
    bundle = {
        RECORD: {"lesson": lesson, "findings": kept},
        "text/html": _html(table, [True, False]),
        "text/plain": table.to_string(index=False),
    }
    _show(bundle, raw=True)


def _show(shown: Any, **options: Any) -> None:
    import IPython.display

    display: Any = IPython.display.display
    display(shown, **options)


def _plain(name: str, value: Any) -> float | int | str | bool | None:
    if value is None or isinstance(value, bool | str):
        return value
    if getattr(value, "ndim", None) == 0:  # a NumPy number
        value = value.item()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    raise DataError(f"the finding {name!r} must be a number, text or a bool; found {type(value).__name__}.")


def _short(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if not isinstance(value, float):
        return "–" if value is None else str(value)
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def within(name: str, value: float, *, low: float, high: float) -> None:
    """Stop a lesson at once when one of its parameters is out of range.

    Parameters
    ----------
    name : str
        The parameter's name.
    value : number
        What it holds.
    low, high : number
        The range, both ends included.

    Raises
    ------
    DataError
        If it is no number, or outside.

    Examples
    --------
    >>> within("list_size", 0, low=1, high=1000)
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: list_size must be a number from 1 to 1,000; found 0.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise DataError(f"{name} must be a number from {low:,.10g} to {high:,.10g}; found {value!r}.")
