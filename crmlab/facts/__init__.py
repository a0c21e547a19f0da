"""The published facts of the cases: each with its source, its confidence and what it conflicts with."""

from __future__ import annotations

import importlib
from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.facts._fact import CONFIDENCE

CASES = ("sprint", "txu", "letting_go", "dow")


def case_facts(case: str) -> pd.DataFrame:
    """Give the published facts of a case, one row each.

    No row is simulated, and no row is left without a source.

    Parameters
    ----------
    case : {"sprint", "txu", "letting_go", "dow"}
        The case.

    Returns
    -------
    DataFrame
        In the order of the case: ``code``, ``date`` (text, as exactly as it is known), ``fact`` (one
        sentence), ``value`` (the number in it; missing if there is none), ``unit``, ``source``, ``link``
        (where it was read, without ``https://``; for a computed fact the codes it comes from),
        ``confidence`` ("read", "second-hand" or "computed") and ``against`` (codes of the facts it
        cannot be true together with, separated by commas; "" if there is none).

    Raises
    ------
    DataError
        If there is no such case.

    Examples
    --------
    >>> facts = case_facts("sprint").set_index("code")
    >>> facts.loc["letters", "date"]
    '2007-06-29'
    """
    rows = [
        {
            "code": fact.code,
            "date": fact.date,
            "fact": fact.fact,
            "value": float("nan") if fact.value is None else fact.value,
            "unit": fact.unit,
            "source": fact.source,
            "link": fact.link,
            "confidence": fact.confidence,
            "against": ", ".join(fact.against),
        }
        for fact in _module(case).FACTS
    ]
    return pd.DataFrame(rows)


def lecture_corrections(case: str) -> pd.DataFrame:
    """Give what the lecture says about a case where the sources say otherwise.

    Parameters
    ----------
    case : {"sprint", "txu", "letting_go", "dow"}
        The case.

    Returns
    -------
    DataFrame
        One row per correction: ``code``, ``lecture`` (what it says), ``sources`` (what the sources say),
        ``source`` and ``link``.

    Raises
    ------
    DataError
        If there is no such case.

    Examples
    --------
    >>> list(lecture_corrections("sprint").columns)
    ['code', 'lecture', 'sources', 'source', 'link']
    """
    columns = ["code", "lecture", "sources", "source", "link"]
    return pd.DataFrame(
        [{name: getattr(row, name) for name in columns} for row in _module(case).CORRECTIONS],
        columns=columns,
    )


def _module(case: str) -> Any:
    if case not in CASES:
        raise DataError(
            f"there is no case {case!r}; there are {', '.join(CASES)}. Hint: case_facts('sprint')"
        )
    return importlib.import_module(f"crmlab.facts.{case}")


__all__ = ["CASES", "CONFIDENCE", "case_facts", "lecture_corrections"]
