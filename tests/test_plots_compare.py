"""The plot of a race: draws what the table holds, where it was told to, and who does not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from crmlab.contracts import DataError
from crmlab.plots.compare import plot_race


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


TABLE = pd.DataFrame(
    {
        "method": ["ABC", "RFM", "ABC", "RFM", "recency"],
        "hit_rate": [0.40, 0.45, 0.48, 0.53, np.nan],
        "low": [0.38, 0.43, 0.46, 0.51, np.nan],
        "high": [0.42, 0.47, 0.50, 0.55, np.nan],
        "top": ["10 %", "10 %", "20 %", "20 %", "20 %"],
    }
)
WHOLE: dict[str, Any] = {"value": "hit_rate", "low": "low", "high": "high", "series": "top", "unit": "%"}


def words(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_it_draws_the_values_their_ends_and_the_lines_to_beat() -> None:
    before = TABLE.copy()
    ax = plot_race(TABLE, **WHOLE, references={"by lot": 0.1})
    reference, *dots = ax.lines
    assert list(reference.get_xdata()) == [10.0, 10.0]
    np.testing.assert_allclose(np.concatenate([d.get_xdata() for d in dots]), [40, 45, 48, 53])
    ends = np.concatenate([np.array(c.get_segments())[:, :, 0] for c in ax.collections])
    np.testing.assert_allclose(ends, [[38, 42], [43, 47], [46, 50], [51, 55]])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["ABC", "RFM", "recency"]
    assert words(ax) == ["by lot", "40.0", "45.0", "48.0", "53.0", "does not say"]
    assert ax.get_xlabel() == "Hit rate (%)" and ax.yaxis_inverted()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["10 %", "20 %"]
    pd.testing.assert_frame_equal(TABLE, before)


def test_colour_is_never_the_only_sign() -> None:
    ax = plot_race(TABLE, **WHOLE)
    assert len({line.get_marker() for line in ax.lines}) == 2


def test_it_draws_on_the_axes_given_and_shows_nothing() -> None:
    fig, (mine, other) = plt.subplots(1, 2)
    untouched = len(other.get_children())
    assert plot_race(TABLE.head(2), value="hit_rate", unit="EUR", ax=mine) is mine
    assert len(other.get_children()) == untouched and plt.get_fignums() == [fig.number]
    np.testing.assert_allclose(mine.lines[0].get_xdata(), [0.40, 0.45])  # another unit: as it is


def test_all_text_is_legible_and_inside() -> None:
    ax = plot_race(TABLE, **WHOLE, references={"by lot": 0.1})
    assert min(t.get_fontsize() for t in [*ax.texts, *ax.get_yticklabels()]) >= 10
    ax.figure.canvas.draw()
    right = ax.get_window_extent().x1
    assert all(t.get_window_extent().x1 <= right for t in ax.texts)


def test_nobody_says_anything() -> None:
    ax = plot_race(TABLE.assign(hit_rate=np.nan).head(2), value="hit_rate", unit="%")
    assert words(ax) == ["does not say", "does not say"]


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (
            TABLE, {"low": "low"},
            "low and high must be named together, or neither. Hint: low='low', high='high'",
        ),
        (
            pd.DataFrame({"method": list("abcde"), "hit_rate": 0.1, "top": list("vwxyz")}), {"series": "top"},
            "series must have at most 4 values; 'top' has 5.",
        ),
        (
            TABLE.head(0), {},
            "table has no rows: there is nothing to draw. "
            "Hint: it needs one row per method, with the value in a column",
        ),
    ],
)  # fmt: skip
def test_misuse(table: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        plot_race(table, value="hit_rate", unit="%", **options)
    assert str(error.value) == message
