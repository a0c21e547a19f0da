"""Case lessons 16 to 18: published and simulated are never one, and each says which it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from crmlab.course import lessons

CASES = {number: path for number, path in lessons().items() if number in ("16", "17", "18")}
every_case = pytest.mark.parametrize("path", CASES.values(), ids=lambda path: path.stem)
WORDS = re.compile(r"simulat|publish|the sources say", re.IGNORECASE)


def cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def said(cell: Any) -> str:
    """What a reader sees of a cell: its text, or its outputs."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    found = [o.get("data", {}) for o in cell.get("outputs", [])]
    return "\n".join(str(d.get("text/markdown") or d.get("text/plain") or "") for d in found)


def test_the_three_cases_are_there() -> None:
    assert list(CASES) == ["16", "17", "18"]


@every_case
def test_every_figure_says_whether_it_is_simulated_or_published(path: Path) -> None:
    for cell in cells(path):
        for output in cell.get("outputs", []):
            alt = output.get("metadata", {}).get("image/png", {}).get("alt")
            assert alt is None or re.search("simulated|published", alt, re.IGNORECASE), alt


@every_case
def test_every_table_says_what_it_is(path: Path) -> None:
    book = cells(path)
    for place, cell in enumerate(book):
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            record = any("crmlab.record" in kind for kind in output.get("data", {}))
            if html.startswith("<table") and not record:
                heard = "\n".join(said(c) for c in book[max(0, place - 3) : place + 1])
                assert WORDS.search(heard), html[:300]


@every_case
def test_the_parts_of_a_case_are_there(path: Path) -> None:
    text = "\n".join(
        c.source
        for c in cells(path)
        if c.cell_type == "markdown" and "notes" not in c.metadata.get("tags", [])
    )
    places = [
        text.index(part)
        for part in (
            "Questions before the analysis",
            "really happened",
            "What the lecture says, and what the sources say",
        )
    ]
    assert places == sorted(places)


@every_case
def test_the_teaching_note_is_for_instructors_only(path: Path) -> None:
    notes = "\n".join(c.source for c in cells(path) if "notes" in c.metadata.get("tags", []))
    page = "\n".join(
        c.source
        for c in cells(path)
        if c.cell_type == "markdown" and "notes" not in c.metadata.get("tags", [])
    )
    for word in ("board", "rubric"):
        assert word in notes.lower() and f"{word} plan" not in page.lower(), word
