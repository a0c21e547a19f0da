"""A data set of each student's own: the same structure for all, other numbers for each."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import pkgutil
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import StudentData
from crmlab.contracts import DataError
from crmlab.datasets.retail import AS_OF, make_retail

LESSONS: dict[str, Any] = {  # every file lesson_NN.py beside this one
    found.name[-2:]: importlib.import_module(f"crmlab.checks.{found.name}")
    for found in pkgutil.iter_modules([str(Path(__file__).parent)])
    if found.name.startswith("lesson_")
}
_PLACEHOLDERS = ("yourname", "你的名字", "你的姓名")
_given: dict[str, StudentData] = {}  # per lesson, the last data set handed out, kept as it was made


def my_data(lesson: str, *, student: str) -> StudentData:
    """Give a student a data set of their own, and remember it for `check`.

    Parameters
    ----------
    lesson : str
        Two digits, such as "05".
    student : str
        A name or a number. Capital letters and spaces make no difference.

    Returns
    -------
    StudentData
        The tables of a simulated firm: about 800 customers in lesson 05, 6,000 in lesson 06.

    Raises
    ------
    DataError
        If there is no exercise for the lesson, or no name was given.

    Examples
    --------
    >>> data = my_data("05", student="Li Wei")
    >>> data.as_of
    Timestamp('2023-12-31 00:00:00')
    >>> data.orders.equals(my_data("05", student="li  wei").orders)
    True
    """
    if lesson not in LESSONS:
        raise DataError(f"there is no exercise {lesson!r}. Allowed: {', '.join(LESSONS)}.")
    key = (
        "".join(unicodedata.normalize("NFKC", student).casefold().split()) if isinstance(student, str) else ""
    )
    if key in _PLACEHOLDERS:
        raise DataError(
            f"student is still {student!r}: write your own name there, as in "
            'student = "Li Wei", and run the cell again.'
        )
    if not key:
        raise DataError(
            f"student must be your own name; found {student!r}. "
            'Hint: write student = "Li Wei", with your name, and run the cell again.'
        )
    _given[lesson] = _make(lesson, key, student)
    given = _given[lesson]
    return dataclasses.replace(given, tables={name: table.copy() for name, table in given.tables.items()})


def latest(lesson: str) -> StudentData | None:
    """Give the data set that was handed out last for a lesson, as it was made; None before the first."""
    return _given.get(lesson)


def _make(lesson: str, key: str, student: str) -> StudentData:
    seed = int.from_bytes(hashlib.sha256(f"{lesson}/{key}".encode()).digest()[:8], "big")
    rng = np.random.default_rng(seed)
    rules = LESSONS[lesson]
    for _ in range(100):  # a world whose numbers tell right from wrong; the first or second one does
        n = int(rules.CUSTOMERS * rng.uniform(0.95, 1.05))
        as_of, tables = (rules.make if hasattr(rules, "make") else _retail)(n, rng)
        data = StudentData(lesson=lesson, student=student.strip(), as_of=as_of, tables=tables)
        if rules.fits(data):
            return data
    raise DataError(f"no data set could be made for {student!r}. Hint: add a letter to the name.")


def _retail(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    world = make_retail(n_customers=n, rng=rng)
    return AS_OF, {f.name: getattr(world, f.name) for f in dataclasses.fields(world) if f.name != "truth"}
