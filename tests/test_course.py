from __future__ import annotations

import os
from pathlib import Path

import pytest

from crmlab import course as c
from crmlab.contracts import DataError

pytestmark = pytest.mark.usefixtures("course")


def test_lessons_are_found_by_number(course: Path) -> None:
    (course / "notebooks/notes.ipynb").write_text("{}")
    (course / "notebooks/05_abc.new.ipynb").write_text("{}")
    assert {number: path.name for number, path in c.lessons().items()} == {
        "05": "05_abc.ipynb",
        "06": "06_rfm.ipynb",
    }
    assert list(c.lessons(course)) == ["05", "06"]


@pytest.mark.parametrize("name", ["5", "05", "05_abc", "abc", "05_abc.ipynb"])
def test_a_lesson_has_many_names(course: Path, name: str) -> None:
    assert c.find_lesson(name) == course / "notebooks/05_abc.ipynb"


def test_any_notebook_by_its_path(notebook) -> None:
    mine = notebook("mine.ipynb", "1")
    assert c.find_lesson(mine) == mine.resolve()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("05_abd", "did you mean 05_abc?"),
        ("rfmm", "did you mean 06_rfm?"),
        ("77", "give a number, as in 'crmlab run 05'"),
        ("", "give a number, as in 'crmlab run 05'"),
    ],
)
def test_unknown_lesson_suggests_close_ones(name: str, hint: str) -> None:
    with pytest.raises(DataError) as error:
        c.find_lesson(name)
    assert str(error.value) == f"there is no notebook '{name}'; the course has 05_abc, 06_rfm. Hint: {hint}"


def test_no_course_there(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        c.course_dir(tmp_path)
    assert str(error.value) == (
        f"no course in '{tmp_path}': it has no folder 'notebooks'. "
        "Hint: install crmlab anew, or point CRMLAB_COURSE at a course folder"
    )


@pytest.mark.parametrize("content", [b"\x89PNG\x00\xff", b"", b"plain text"])
def test_what_is_no_notebook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        c.read_notebook(path)
    assert str(error.value) == (
        f"'{path}' is not a notebook: it does not hold the JSON text of one. "
        "Hint: give a file saved by JupyterLab (.ipynb)"
    )


@pytest.mark.parametrize(
    "content", ["[]", "1", '{"a": 1}', '{"nbformat": 4, "nbformat_minor": 5, "cells": 3}', "null"]
)
def test_json_that_is_no_notebook(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(DataError, match="notebook"):
        c.read_notebook(path)


def test_missing_notebook_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        c.read_notebook(tmp_path / "none.ipynb")
    assert (
        str(error.value)
        == f"cannot read '{tmp_path}/none.ipynb': No such file or directory. Hint: check the path"
    )
    with pytest.raises(DataError, match="Is a directory"):
        c.read_notebook(tmp_path)


def test_write_file_replaces_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = c.write_file(tmp_path / "a.txt", "one")
    path.chmod(0o640)
    assert c.write_file(path, "two").read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o640

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        c.write_file(path, "three")
    assert path.read_text() == "two"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.txt", "course"]


def test_title(notebook) -> None:
    assert (
        c.title_of(c.read_notebook(notebook("a.ipynb", "#no", "## Two", "# The *pyramid*")), default="x")
        == "The pyramid"
    )
    assert c.title_of(c.read_notebook(notebook("b.ipynb", "1")), default="x") == "x"
