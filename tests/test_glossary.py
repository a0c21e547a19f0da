"""The page of the lessons: its glossary is computed, its map points at sections that exist."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import crmlab as crm

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Read the first table under a heading; a bar inside code would end the cell, so there is none."""
    part = PAGE.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


GLOSSARY = rows("Glossary")


@pytest.mark.parametrize("row", GLOSSARY, ids=[r[0].strip("| ") for r in GLOSSARY])
def test_example_gives_what_the_glossary_says(row: list[str]) -> None:
    example = re.fullmatch(r"`(.+)` → `(.+)`", row[-1].rstrip(" |"))
    assert example, f"{row[0]}: the last cell must read `expression` → `result`"
    assert repr(eval(example[1], {"crm": crm, "np": np, "pd": pd})) == example[2]


def test_every_entry_has_both_languages_and_a_definition() -> None:
    for row in GLOSSARY:
        assert len(row) == 6, row[0]
        assert re.search(r"[\u4e00-\u9fff]", row[1]), f"{row[0]} has no Chinese term"
        assert len(row[4]) > 15, f"{row[0]} has no definition"


def test_no_word_is_explained_twice() -> None:
    words = [row[0].lower() for row in GLOSSARY]
    assert len(words) == len(set(words))


def headings(number: str) -> set[str]:
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    return {h.strip() for h in re.findall(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)}


TOPICS = rows("Where each topic of the lecture is computed")


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row[0].strip("| "))
def test_topic_map_points_at_a_section(row: list[str]) -> None:
    place = re.fullmatch(r"(\d\d), section (.+)", row[2].rstrip(" |"))
    assert place, row
    assert place[2] in headings(place[1])


def test_every_topic_of_the_lecture_is_computed_somewhere() -> None:
    outline = {"O": 9, "I": 16, "D": 14, "N": 10, "K": 7, "C": 4}
    codes = {f"{letter}{number}" for letter, last in outline.items() for number in range(1, last + 1)}
    mapped = {row[0].strip("| ") for row in TOPICS}
    assert codes - mapped == set(), "topics without a section"
    assert mapped - codes == set(), "codes that the outline does not have"


def test_key_terms_of_each_lesson_are_in_the_glossary() -> None:
    known = {re.sub(r" \(.+\)", "", row[0].lower()) for row in GLOSSARY}
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        texts = [c.source for c in cells if c.cell_type == "markdown"]
        (terms,) = [text for text in texts if text.startswith("## Key terms")]
        for line in terms.splitlines():
            if line.startswith("| ") and not line.startswith(("| English", "|---")):
                word = re.sub(r" \(.+\)", "", line.split("|")[1].strip().lower())
                assert word in known, f"{path.name}: {word!r} is not in the glossary"
