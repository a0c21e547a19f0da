"""Exercises to give out: whose data set, for whom, and never a solution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmlab.contracts import DataError
from crmlab.releases import release


def test_each_student_gets_their_name_and_no_solution(tmp_path: Path) -> None:
    roster = tmp_path / "class.txt"
    roster.write_text("Li Wei\n\n  Ada   Example \n", encoding="utf-8")
    table = release(tmp_path / "out", exercises=["05", "6"], roster=roster)
    assert table["student"].tolist() == ["Li Wei", "Li Wei", "Ada Example", "Ada Example"]
    assert table["exercise"].tolist() == ["05_abc", "06_rfm"] * 2
    for row in table.itertuples():
        text = Path(row.file).read_text(encoding="utf-8")
        assert f"student = '{row.student}'" in text
        assert "BEGIN SOLUTION" not in text and "MARK SCHEME" not in text


def test_one_data_set_for_all(tmp_path: Path) -> None:
    (row,) = release(tmp_path, exercises=["05"], one="spring 2027").itertuples()
    assert (row.student, row.data_of) == ("", "spring 2027")
    assert "student = 'spring 2027'" in Path(row.file).read_text(encoding="utf-8")


def test_left_open_each_student_writes_a_name(tmp_path: Path) -> None:
    (row,) = release(tmp_path, exercises=["05"]).itertuples()
    assert row.data_of == "" and 'student = \\"your name\\"' in Path(row.file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("roster", "options", "message"),
    [
        (
            "Ann\nAnn\n",
            {},
            "the roster '{roster}': 'Ann' comes twice. Hint: one name a line, each once, letters and digits",
        ),
        ("", {}, "the roster '{roster}': no name. Hint: one name a line, each once, letters and digits"),
        (
            "../up\n",
            {},
            "the roster '{roster}': '../up' cannot be a folder. Hint: one name a line, each once, letters and digits",
        ),
        (
            "Ann\n",
            {"one": "x"},
            "one data set for all and a roster were both asked for. Hint: give one of them",
        ),
        (None, {"one": " "}, "the name of the data set for all is empty. Hint: --one-for-all 'spring 2027'"),
    ],
)
def test_bad_input(roster: str | None, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "class.txt"
    if roster is not None:
        path.write_text(roster, encoding="utf-8")
        options = options | {"roster": path}
    with pytest.raises(DataError) as error:
        release(tmp_path / "out", **options)
    assert str(error.value) == message.format(roster=path)
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced(tmp_path: Path) -> None:
    release(tmp_path, exercises=["05"])
    with pytest.raises(DataError) as error:
        release(tmp_path, exercises=["04", "05"])
    assert (
        str(error.value)
        == f"'{tmp_path / '05_abc.ipynb'}' is there already and stays. Hint: choose another folder with --out"
    )
    assert not (tmp_path / "04_protecting.ipynb").exists()
