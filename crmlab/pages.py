"""A notebook as a page or as a slide deck: one HTML file each, with everything inside it."""

from __future__ import annotations

import base64
import logging
import re
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crmlab.catalogue import translate
from crmlab.contracts import DataError
from crmlab.course import read_notebook, title_of, write_file

_WIDGET = "application/vnd.jupyter.widget-view+json"
_NUMBER = re.compile(r"[-+−]?[\d,. ]*\d(?:[eE][-+]?\d+)?\s?[%€]?|nan|NaN|<NA>|inf|-inf|—|–|")
_OUTSIDE = re.compile(
    r"<(?:img|script|iframe|link|source|video|audio|embed|object)\b[^>]*?"
    r"\b(?:src|href|data)\s*=\s*[\"']?((?:https?:)?//[^\s\"'>]+)"
)
_WORDS = {
    "en": {
        "skip": "Skip to the content",
        "contents": "Contents",
        "notes": "Speaker notes",
        "live": "An interactive control stands here: open the notebook in JupyterLab to move it.",
        "stopped": "This notebook stopped at a cell with an error.",
    },
    "zh": {
        "skip": "跳到正文",
        "contents": "目录",
        "notes": "讲者备注",
        "live": "此处是交互控件：请在 JupyterLab 中打开笔记本进行操作。",
        "stopped": "本笔记本因一个单元格出错而停止。",
    },
}


def to_page(notebook: str | Path, out: str | Path, *, language: str | None = None) -> Path:
    """Turn a notebook into one HTML page that needs no network.

    Parameters
    ----------
    notebook : str or Path
        The notebook, executed or not.
    out : str or Path
        The HTML file to write; it is replaced whole or not at all.
    language : {"en", "zh"}, optional
        Merge the lesson's catalogue, as far as it goes (see :func:`crmlab.catalogue.translate`).

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        If the notebook cannot be read or asks for a picture or script from the network.
    """
    return _export(Path(notebook), Path(out), template="crmlab_page", language=language)


def to_slides(notebook: str | Path, out: str | Path, *, language: str | None = None) -> Path:
    """Turn a notebook's slide tags into one HTML deck that opens from disk without a network.

    Code is hidden unless its cell carries the tag ``show-code``. Cells whose slide type is
    ``notes`` become speaker notes (key S), ``skip`` leaves a cell out. Adding ``?print-pdf`` to the
    address gives the version for printing.

    Parameters
    ----------
    notebook : str or Path
        An executed notebook with slide types in its cell metadata.
    out : str or Path
        The HTML file to write; it is replaced whole or not at all.
    language : {"en", "zh"}, optional
        Merge the lesson's catalogue, as far as it goes (see :func:`crmlab.catalogue.translate`).

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        If the notebook cannot be read, has no visible cell, or asks for something from the network.
    """
    return _export(Path(notebook), Path(out), template="crmlab_slides", language=language)


def _export(source: Path, out: Path, *, template: str, language: str | None) -> Path:
    notebook = read_notebook(source)
    if language is not None:
        notebook = translate(notebook, stem=source.stem, language=language)
    language = str(notebook.metadata.get("lang", "en"))[:2]
    words = _WORDS.get(language, _WORDS["en"])
    title = title_of(notebook, default=source.stem)
    _prepare(notebook, words)
    resources = {
        "metadata": {"name": source.stem, "path": str(source.parent)},
        "crmlab": {"title": title, "words": words},
    }
    exporter = _exporter(template, language)
    try:
        html, _ = exporter.from_notebook_node(notebook, resources)
    except ValueError as error:
        if "All cells are hidden" not in str(error):
            raise
        raise DataError(
            f"'{source.name}' has no slide: every cell is tagged 'skip' or 'notes'. "
            "Hint: give at least one cell the slide type 'slide'"
        ) from error
    outside = _OUTSIDE.search(html)
    if outside:
        raise DataError(
            f"'{source.name}' asks for {outside[1]} from the network. "
            "Hint: keep the file beside the notebook and name it by its relative path"
        )
    if template == "crmlab_slides":
        html = _with_reveal(html)
    else:
        html = html.replace("<!-- contents -->", _contents(html, words), 1)
    return write_file(out, html)


def _prepare(notebook: Any, words: dict[str, str]) -> None:
    """Drop what only a live kernel can show and word the marks of a failed run."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if "notes" in cell.metadata.get("tags", []):  # folded in JupyterLab; here the template folds
            folded = r"<details><summary>(.+?)</summary>\s*(.*?)\s*</details>"
            cell.source = re.sub(folded, r"**\1.** \2", cell.source, flags=re.DOTALL)
        if "papermill-error-cell-tag" in cell.metadata.get("tags", []):
            here = 'id="papermill-error-cell"' in cell.source
            mark = ' id="papermill-error-cell"' if here else ""
            cell.source = f'<p class="failed"{mark}>✗ {words["stopped"]}</p>'
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop("application/javascript", None)
            if "image/png" in data:  # the same picture twice: the text/html twin is there for JupyterLab
                data.pop("text/html", None)
            if _WIDGET in data:
                output["data"] = {"text/html": f'<p class="only-live">{words["live"]}</p>'}


def _contents(html: str, words: dict[str, str]) -> str:
    """List the second-level headings of a page, linked."""
    found = re.findall(r'<h2 id="([^"]*)">(.*?)<a class="anchor-link"', html, flags=re.DOTALL)
    if not found:
        return ""
    items = "".join(f'<li><a href="#{anchor}">{text}</a></li>' for anchor, text in found)
    name = words["contents"]
    return f'<nav aria-label="{name}"><strong>{name}</strong><ol>{items}</ol></nav>'


def _exporter(template: str, language: str) -> Any:
    """Build nbconvert's HTML exporter with our templates, MathML formulas and tidy tables."""
    from jinja2 import pass_context
    from nbconvert.exporters import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body: str) -> str:
            return _mathml(body, display="block")

        def inline_math(self, body: str) -> str:
            return _mathml(body, display="inline")

        def _html_embed_images(self, html: str) -> str:  # nbconvert's own makes <sup></sup>2 of <sup>2</sup>
            return str(super()._html_embed_images(html)) if "<img" in html else html

        def latex_environment(self, name: str, body: str) -> str:
            return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", display="block")

    @pass_context
    def markdown2html(context: Any, source: str) -> str:
        renderer = Renderer(
            escape=False,
            embed_images=True,
            exclude_anchor_links=template == "crmlab_slides",
            attachments=context.get("cell", {}).get("attachments", {}),
            path=context["resources"]["metadata"]["path"],
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))

    quiet = logging.getLogger("crmlab.nbconvert")
    quiet.setLevel(logging.CRITICAL)  # a missing alternative text is the lessons' own test
    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name=template,
        extra_template_basedirs=[str(Path(__file__).parent / "templates")],
        language_code=language,
        filters={"markdown2html": markdown2html, "tidy_table": _tidy_table},
        log=quiet,
    )


def _mathml(formula: str, *, display: str) -> str:
    r"""Turn a TeX formula into MathML; what the converter does not know stays as code.

    >>> "<msup><mi>x</mi><mn>2</mn></msup>" in _mathml("x^2", display="inline")
    True
    >>> _mathml(r"\nosuch{x}", display="inline")
    '<code>\\nosuch{x}</code>'
    """
    from latex2mathml.converter import convert

    try:
        mathml = str(convert(formula.strip(), display=display))
    except Exception:  # the converter has no base class for its errors
        mathml = ""
    if not mathml or re.search(r"<m[io]>\\", mathml):
        return f"<code>{escape(formula.strip())}</code>"
    return re.sub(r"&(?![#\w]+;)", "&amp;", mathml)


def _tidy_table(html: str) -> str:
    """Give a pandas table what it lacks: numbers to the right, header scopes, no border of its own."""
    if 'class="dataframe' not in html:
        return html
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for style in soup.find_all("style"):
        style.decompose()
    for table in soup.select("table.dataframe"):
        del table["border"]
        rows = [row.find_all(["th", "td"]) for row in table.select("tbody tr")]
        width = max((len(row) for row in rows), default=0)
        rows = [row for row in rows if len(row) == width]
        numeric = [all(_NUMBER.fullmatch(row[i].get_text().strip()) for row in rows) for i in range(width)]
        for row in table.find_all("tr"):
            row.attrs.pop("style", None)
            cells = row.find_all(["th", "td"])
            for number, cell in zip(numeric[len(numeric) - len(cells) :], cells, strict=False):
                if number:
                    cell["class"] = "number"
        for cell in table.find_all("th"):
            cell.attrs.pop("valign", None)
            cell["scope"] = "col" if cell.find_parent("thead") else "row"
    return str(soup)


def _with_reveal(html: str) -> str:
    """Put reveal.js, its styles and its speaker view into the deck."""
    spec = find_spec("sphinx_revealjs")
    folder = Path(spec.origin).parent / "_static" / "revealjs" if spec and spec.origin else None
    if folder is None or not (folder / "dist" / "reveal.js").is_file():
        raise DataError(
            "slides need reveal.js, which is missing. Hint: pip install --force-reinstall sphinx-revealjs"
        )
    sheets = "\n".join((folder / "dist" / name).read_text("utf-8") for name in ("reset.css", "reveal.css"))
    scripts = ""
    for name in ("dist/reveal.js", "plugin/notes/notes.js"):
        # as data, so that a "</script>" inside the speaker view's text ends nothing
        code = base64.b64encode((folder / name).read_bytes()).decode()
        scripts += f'<script src="data:text/javascript;base64,{code}"></script>\n'
    html = html.replace("<!-- reveal styles -->", f"<style>\n{sheets}\n</style>", 1)
    return html.replace("<!-- reveal scripts -->", scripts, 1)
