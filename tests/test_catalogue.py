"""The lessons' first words in Chinese: nothing is missing, nothing but words is changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crmlab.catalogue import catalogue_path, parts, read_catalogue, translate
from crmlab.contracts import DataError
from crmlab.course import lessons, read_notebook
from crmlab.lab import copy_course
from crmlab.pages import to_slides

ROOT = Path(__file__).resolve().parents[1]
LESSONS = lessons()
every_lesson = pytest.mark.parametrize("path", LESSONS.values(), ids=lambda path: path.stem)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@every_lesson
def test_everything_that_must_be_translated_is(path: Path) -> None:
    wanted = parts(read_notebook(path))
    assert sorted(wanted.values()) == ["aims", "key terms", "summary", "title"]
    known = read_catalogue(catalogue_path(path.stem, language="zh"))
    missing = [kind for source, kind in wanted.items() if source not in known]
    assert missing == [], f"not yet translated: {', '.join(missing)}; run make catalogues, and translate"
    for source, kind in wanted.items():
        said = known[source]
        assert len(CHINESE.findall(said)) > 20, kind
        assert said.count("\n- ") == source.count("\n- "), f"{kind}: another number of points"
        assert said.count("\n|") == source.count("\n|"), f"{kind}: another number of rows"
        assert said.startswith("# " if kind == "title" else "## ")
        assert not (kind == "title" and said[2:4] != source[2:4]), "the number of the lesson"


@every_lesson
def test_only_words_change(path: Path) -> None:
    book = read_notebook(path)
    made = translate(book, stem=path.stem, language="zh")
    assert made.metadata["lang"] == "zh" and "lang" not in book.metadata
    changed = [new for old, new in zip(book.cells, made.cells, strict=True) if old != new]
    assert len(changed) == 4
    assert all(cell.cell_type == "markdown" for cell in changed)


def test_the_catalogues_are_as_the_tool_writes_them() -> None:
    command = [sys.executable, str(ROOT / "notebooks" / "catalogues.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_deck_in_chinese(tmp_path: Path) -> None:
    deck = to_slides(LESSONS["05"], tmp_path / "deck.html", language="zh").read_text(encoding="utf-8")
    assert '<html lang="zh"' in deck and "学完本课" in deck and "What you will be able to do" not in deck


def test_a_catalogue_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "05_abc.po"
    path.write_bytes(b'msgid "a"\nmsgstr "\xff\xfe"\n')
    with pytest.raises(DataError) as error:
        read_catalogue(path)
    assert str(error.value).startswith(f"'{path}' is not a catalogue (")
    assert str(error.value).endswith("Hint: make catalogues")


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(DataError) as error:
        translate(read_notebook(LESSONS["05"]), stem="05_abc", language="fr")
    assert str(error.value) == "the language is 'fr'; the course has en and zh. Hint: --lang zh"


def test_the_menus_keep_their_language_until_another_is_asked_for(tmp_path: Path) -> None:
    settings = tmp_path / ".jupyter/labconfig/default_setting_overrides.json"
    plugin = "@jupyterlab/translation-extension:plugin"
    copy_course(tmp_path)
    assert plugin not in json.loads(settings.read_text())
    copy_course(tmp_path, language="zh")
    assert json.loads(settings.read_text())[plugin] == {"locale": "zh_CN"}
    copy_course(tmp_path)
    assert json.loads(settings.read_text())[plugin] == {"locale": "zh_CN"}
    copy_course(tmp_path, language="en")
    assert json.loads(settings.read_text())[plugin] == {"locale": "default"}
    assert not list(tmp_path.rglob("*.po"))
