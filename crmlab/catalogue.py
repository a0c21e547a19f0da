"""A lesson in another language: its words in a catalogue beside it, merged when a page or a deck is built.

Code and outputs exist once. What has no translation stays in English.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError
from crmlab.course import course_dir

LANGUAGES = ("en", "zh")
_HEADINGS = {"## What you will be able to do": "aims", "## Key terms": "key terms", "## Summary": "summary"}
_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # one date for ever: the same words give the same bytes


def parts(notebook: Any) -> dict[str, str]:
    """Find the cells of a lesson that a catalogue must translate.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A lesson.

    Returns
    -------
    dict
        The source of a cell to what it is: "title", "aims", "key terms" or "summary".

    Examples
    --------
    >>> from crmlab.course import lessons, read_notebook
    >>> list(parts(read_notebook(lessons()["05"])).values())
    ['title', 'aims', 'key terms', 'summary']
    """
    found: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            first = cell.source.splitlines()[0].strip() if cell.source.strip() else ""
            kind = _HEADINGS.get(first) or ("title" if first.startswith("# ") else "")
            if kind and kind not in found.values():
                found[cell.source] = kind
    return found


def catalogue_path(stem: str, *, language: str, course: str | Path | None = None) -> Path:
    """Give the place of a lesson's catalogue: ``notebooks/<language>/<stem>.po``."""
    return course_dir(course) / "notebooks" / check_language(language) / f"{stem}.po"


def check_language(language: str) -> str:
    """Give a language back if the course has it.

    Raises
    ------
    DataError
        If it has not.

    Examples
    --------
    >>> check_language("zh")
    'zh'
    """
    if language not in LANGUAGES:
        raise DataError(
            f"the language is {language!r}; the course has {' and '.join(LANGUAGES)}. Hint: --lang zh"
        )
    return language


def read_catalogue(path: Path) -> dict[str, str]:
    """Read the translations of a catalogue: source to translation, without the unfinished ones.

    Parameters
    ----------
    path : Path
        A file in the form of gettext (.po).

    Returns
    -------
    dict
        Empty if there is no such file.

    Raises
    ------
    DataError
        If it cannot be read as a catalogue.
    """
    from babel.messages.pofile import PoFileError, read_po

    if not path.exists():
        return {}
    try:
        with path.open("rb") as file:
            found = read_po(file, charset="utf-8", abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise DataError(f"'{path}' is not a catalogue ({error}). Hint: make catalogues") from None
    return {
        str(message.id): str(message.string)
        for message in found
        if message.id and message.string and not message.fuzzy
    }


def write_catalogue(wanted: dict[str, str], known: dict[str, str], *, stem: str, language: str) -> str:
    """Write the text of a catalogue: what is wanted, with the translations that are known.

    Parameters
    ----------
    wanted : dict
        Source to what it is, as `parts` gives it.
    known : dict
        Source to translation. A translation whose English has changed is dropped here; the file's
        history keeps it.
    stem : str
        The lesson.
    language : str
        The language.

    Returns
    -------
    str
        A file in the form of gettext; the same words give the same bytes.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    made = Catalog(
        locale={"zh": "zh_CN"}.get(language, language),
        header_comment=f"# {stem}: what a reader needs first, in another language. make catalogues keeps it.",
        project="crmlab",
        version="1",
        msgid_bugs_address="none",
        creation_date=_MADE,
        revision_date=_MADE,
        last_translator="crmlab",
        language_team="crmlab",
        fuzzy=False,
    )
    for source, kind in wanted.items():
        made.add(source, known.get(source, ""), auto_comments=[kind])
    text = io.BytesIO()
    write_po(text, made, width=0)
    kept = [line for line in text.getvalue().decode().splitlines() if not line.startswith('"Generated-By')]
    return "\n".join(kept).rstrip() + "\n"


def translate(notebook: Any, *, stem: str, language: str, course: str | Path | None = None) -> Any:
    """Give a lesson in another language, as far as its catalogue goes.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A lesson; it is not changed.
    stem : str
        Its name without ending, such as ``"05_abc"``.
    language : {"en", "zh"}
        The language; English gives the lesson as it is.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.

    Returns
    -------
    nbformat.NotebookNode
        A copy whose title, aims, key terms and summary are translated, with ``metadata.lang``.

    Raises
    ------
    DataError
        If there is no such language, or the catalogue cannot be read.

    Examples
    --------
    >>> from crmlab.course import lessons, read_notebook
    >>> lesson = read_notebook(lessons()["05"])
    >>> translate(lesson, stem="05_abc", language="en").cells[0].source == lesson.cells[0].source
    True
    """
    made = copy.deepcopy(notebook)
    if check_language(language) == "en":
        return made
    made.metadata["lang"] = language
    known = read_catalogue(catalogue_path(stem, language=language, course=course))
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = known.get(cell.source, cell.source)
    return made
