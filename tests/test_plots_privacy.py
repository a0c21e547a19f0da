"""The pictures of lesson 04 draw what the table holds, on the axes given."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import crmlab as crm
from crmlab.contracts import DataError

SHARES = {
    f"{a}{b}": v for a in ("precision", "recall") for b, v in (("", 0.5), ("_low", 0.4), ("_high", 0.6))
}
TABLES = {
    "plot_uniqueness": pd.DataFrame(
        {"knows": ["a", "a", "b"], "people": [1, 10, 10], "alone_share": [1, 0.5, 0.2]}
    ),
    "plot_group_sizes": pd.DataFrame(
        {"group": ["alone", "2 to 4"], "before": [0.9, 0.1], "after": [0.0, 1.0]}
    ),
    "plot_attack": pd.DataFrame(
        {"file": ["x", "y"], "right_names": [5, 0], "wrong_names": [1, 0], "secrets": [6, 2]}
    ),
    "plot_frontier": pd.DataFrame(
        {"k": [1, 5], "error_eur": [3.0, 4], "error_eur_low": [2.0, 3], "error_eur_high": [4.0, 5]}
    ),
    "plot_alarms": pd.DataFrame(
        [{"rule": "one", "alarms": 3, **SHARES}, {"rule": "two", "alarms": 0, **SHARES}]
    ),
}


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("name", TABLES)
def test_it_draws_on_the_axes_given_and_changes_no_table(name: str) -> None:
    _, ax = plt.subplots(figsize=(8.5, 4))
    table, before = TABLES[name], TABLES[name].copy()
    assert getattr(crm, name)(table, ax=ax) is ax
    assert ax.get_xlabel() and (ax.get_ylabel() or ax.get_yticklabels())
    assert ax.lines or ax.patches or ax.collections
    pd.testing.assert_frame_equal(table, before)
    assert getattr(crm, name)(table).figure is not ax.figure


@pytest.mark.parametrize("name", TABLES)
def test_a_column_that_is_missing_is_named(name: str) -> None:
    lost = TABLES[name].columns[0]
    with pytest.raises(DataError, match=f"lacks the column '{lost}'"):
        getattr(crm, name)(TABLES[name].drop(columns=lost))


def test_what_is_drawn() -> None:
    bars = crm.plot_attack(TABLES["plot_attack"])
    assert sorted(p.get_width() for p in bars.patches if p.get_width() > 0) == [1, 2, 5, 6]
    line = crm.plot_frontier(TABLES["plot_frontier"]).lines[0]
    assert np.asarray(line.get_ydata()).tolist() == [3.0, 4.0]
    sizes = crm.plot_group_sizes(TABLES["plot_group_sizes"])
    assert [round(p.get_height(), 6) for p in sizes.patches] == [0.9, 0.1, 0.0, 1.0]


def test_a_missing_share_says_none() -> None:
    table = TABLES["plot_alarms"].assign(precision=[0.5, np.nan])
    assert "none" in [t.get_text() for t in crm.plot_alarms(table).texts]
