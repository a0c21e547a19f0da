"""The plots of buying and leaving: they draw what the table holds, where they were told to, legibly."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.text import Text

from crmlab.contracts import DataError
from crmlab.plots import btyd, palette

Frame = pd.DataFrame
PLOTS = {n: getattr(btyd, n) for n in dir(btyd) if n.startswith("plot_")}


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


# ---- small tables by hand, in the form of the functions that make them


def grid(columns: int = 11, rows: int = 8, *, zero: bool = True, worth: float = 1.0) -> Frame:
    cells = [(x, 13.0 * i) for x in range(1, columns) for i in range(rows)]
    table = Frame(cells + ([(0, 13.0 * rows)] if zero else []), columns=["frequency", "silence"])
    odds = 0.05 * np.exp((0.5 + table["frequency"]) * 0.03 * table["silence"])
    table["p_alive"] = 1 / (1 + odds)
    table["expected_purchases"] = 0.4 * table["frequency"] * table["p_alive"]
    table["clv_eur"] = worth * 30 * (table["frequency"] + 0.5) * table["p_alive"]
    return table


def track(weeks: int, holdout: int) -> Frame:
    dates = pd.date_range("2022-01-07", periods=weeks, freq="7D")
    actual = np.random.default_rng(1).poisson(60, weeks).astype(float)
    expected = np.full(weeks, 60.0)
    table = Frame({"date": dates, "actual": actual, "expected": expected})
    table = table.assign(actual_cumulative=actual.cumsum(), expected_cumulative=expected.cumsum())
    return table.assign(holdout=np.arange(weeks) >= weeks - holdout)


def path(days: int, *, every: int = 60) -> Frame:
    dates = pd.date_range("2022-01-01", periods=days, freq="D")
    since = np.arange(days) % every
    return Frame({"date": dates, "p_alive": np.exp(-since / 90), "bought": since == 0})


# (plot, table, options, x label, y label, columns it needs)
CASES: dict[str, tuple[Frame, dict[str, Any], str, str, list[str]]] = {
    "plot_btyd_grid": (
        grid(), {}, "Repeat purchases (number)", "Time since the last purchase (weeks)",
        ["frequency", "silence", "p_alive"],
    ),
    "plot_tracking": (
        track(104, 52), {}, "Day (calendar date)", "Repeat purchases since the beginning (number)",
        ["date", "holdout", "actual_cumulative", "expected_cumulative"],
    ),
    "plot_alive_history": (
        path(400), {}, "Day (calendar date)", "P(alive) (probability)", ["date", "p_alive", "bought"],
    ),
    "plot_iso_value": (
        grid(zero=False), {}, "Repeat purchases (number); lines: equal CLV (EUR)",
        "Time since the last purchase (weeks)", ["frequency", "silence", "clv_eur"],
    ),
}  # fmt: skip
SCENES: dict[str, tuple[str, Callable[[], Frame], dict[str, Any]]] = {
    "grid purchases": ("plot_btyd_grid", grid, {"value": "expected_purchases"}),
    "grid value": ("plot_btyd_grid", lambda: grid(worth=90), {"value": "clv_eur"}),
    "grid large": ("plot_btyd_grid", lambda: grid(40, 20), {}),
    "grid one": ("plot_btyd_grid", lambda: grid(2, 1, zero=False), {}),
    "tracking steps": ("plot_tracking", lambda: track(104, 52), {"value": "step"}),
    "tracking late": ("plot_tracking", lambda: track(104, 8), {}),
    "tracking early": ("plot_tracking", lambda: track(104, 80), {"value": "step"}),
    "tracking none": ("plot_tracking", lambda: track(30, 0), {}),
    "tracking all": ("plot_tracking", lambda: track(30, 30), {}),
    "tracking many": ("plot_tracking", lambda: track(3000, 900), {}),
    "alive left": ("plot_alive_history", lambda: path(400), {"left": "2022-03-04"}),
    "alive left late": ("plot_alive_history", lambda: path(400), {"left": "2023-01-04"}),
    "alive left out of view": ("plot_alive_history", lambda: path(400), {"left": "2099-12-31"}),
    "alive one day": ("plot_alive_history", lambda: path(1), {}),
    "alive sure": ("plot_alive_history", lambda: path(200, every=1), {}),
    "alive many": ("plot_alive_history", lambda: path(5000), {}),
    "iso cents": ("plot_iso_value", lambda: grid(26, 50, zero=False, worth=0.001), {}),
    "iso millions": ("plot_iso_value", lambda: grid(26, 50, zero=False, worth=1e5), {}),
    "iso small": ("plot_iso_value", lambda: grid(3, 2, zero=False), {}),
    **{name: (name, lambda case=case: case[0], case[1]) for name, case in CASES.items()},
}


def texts(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.texts if t.get_text()]


def visible_texts(fig: Figure) -> list[Text]:
    fig.canvas.draw()
    painted: list[Text] = []
    original = Text.draw

    def spy(self: Text, renderer: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            painted.append(self)
        original(self, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", spy)
        fig.canvas.draw()
    return painted


# ---- contracts that every plot keeps


def test_every_plot_has_a_case() -> None:
    assert set(PLOTS) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_it_draws_only_on_the_axes_given_and_changes_nothing(name: str) -> None:
    table, options, x_label, y_label, _ = CASES[name]
    before, settings = table.copy(deep=True), dict(matplotlib.rcParams)
    fig, (given, other) = plt.subplots(1, 2, figsize=(16, 4.5))
    result = PLOTS[name](table, **options, ax=given)
    fig.canvas.draw()
    assert result is given and fig.axes == [given, other] and plt.get_fignums() == [fig.number]
    assert not other.has_data() and other.get_xlabel() == ""
    assert (given.get_xlabel(), given.get_ylabel()) == (x_label, y_label)
    assert dict(matplotlib.rcParams) == settings
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", CASES)
def test_without_axes_it_makes_one_figure_of_8_by_4_5_inches(name: str) -> None:
    ax = PLOTS[name](CASES[name][0], **CASES[name][1])
    assert ax.figure.get_size_inches().tolist() == [8.0, 4.5] and ax.figure.axes == [ax]
    parameters = list(inspect.signature(PLOTS[name]).parameters.values())
    assert [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY] == [parameters[0].name]
    assert parameters[-1].name == "ax" and parameters[-1].default is None


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    table, options, *_ = CASES[name]
    images = []
    for each in (table, table.sample(frac=1, random_state=0)):
        ax = PLOTS[name](each, **options)
        ax.figure.canvas.draw()
        images.append(np.asarray(ax.figure.canvas.buffer_rgba()).copy())
    assert np.array_equal(*images)


@pytest.mark.parametrize("scene", SCENES)
def test_all_text_is_legible(scene: str) -> None:
    name, make, options = SCENES[scene]
    fig = PLOTS[name](make(), **options).figure
    boxes = []
    painted = visible_texts(fig)
    for text in painted:
        assert text.get_fontsize() >= 10, text
        box = text.get_window_extent()
        assert box.x0 >= -1 and box.y0 >= -1, f"{text} is cut off"
        assert box.x1 <= fig.bbox.width + 1 and box.y1 <= fig.bbox.height + 1, f"{text} is cut off"
        boxes.append((text.get_text(), box.padded(-1), text.get_color()))
    for i, (one, first, _) in enumerate(boxes):
        for two, second, _ in boxes[i + 1 :]:
            assert not first.overlaps(second), f"{one!r} is over {two!r}"
    fig.set_layout_engine("none")
    for text in fig.findobj(Text):
        text.set_color((0, 0, 0, 0))
    fig.canvas.draw()
    pixels = np.asarray(fig.canvas.buffer_rgba())[::-1, :, :3] / 255
    for words, box, color in boxes:
        x, y = int((box.x0 + box.x1) / 2), int((box.y0 + box.y1) / 2)
        ground = np.median(pixels[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].reshape(-1, 3), axis=0)
        assert palette.contrast(color, ground) >= 4.5, words


@pytest.mark.parametrize("scene", [s for s in SCENES if "many" in s])
def test_lines_are_thinned(scene: str) -> None:
    name, make, options = SCENES[scene]
    assert max(len(line.get_xdata()) for line in PLOTS[name](make(), **options).lines) <= 2000


# ---- what is drawn


def test_the_grid_holds_its_numbers_shortest_silence_on_top() -> None:
    table = grid(4, 3)
    ax = btyd.plot_btyd_grid(table)
    (mesh,) = [c for c in ax.collections if isinstance(c, QuadMesh)]
    drawn = np.ma.filled(mesh.get_array(), np.nan)
    wide = table.pivot(index="silence", columns="frequency", values="p_alive").to_numpy()
    np.testing.assert_allclose(drawn[::-1], wide)
    assert texts(ax).count("–") == 6  # who never came back has one silence, the others never that one
    assert f"{wide[0, 1]:.2f}" in texts(ax)
    assert [t.get_text() for t in ax.get_yticklabels()][::-1] in (
        ["0", "13", "26", "39"],
        ["39", "26", "13", "0"],
    )


def test_tracking_draws_both_lines_and_marks_the_holdout() -> None:
    table = track(60, 20)
    for value, ending in (("cumulative", "_cumulative"), ("step", "")):
        ax = btyd.plot_tracking(table, value=value)
        np.testing.assert_allclose(ax.lines[0].get_ydata(), table[f"actual{ending}"])
        np.testing.assert_allclose(ax.lines[1].get_ydata(), table[f"expected{ending}"])
        assert any("holdout" in t for t in texts(ax))
        assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert not texts(btyd.plot_tracking(track(30, 0)))


@pytest.mark.parametrize(
    ("steps", "late", "words", "side"),
    [
        (104, 52, "holdout: not seen by the model", "left"),
        (156, 52, "holdout", "left"),
        (104, 8, "holdout →", "right"),
    ],
)
def test_the_word_holdout_stands_on_the_days_that_the_model_has_not_seen(
    steps: int, late: int, words: str, side: str
) -> None:
    (text,) = (t for t in btyd.plot_tracking(track(steps, late)).texts if t.get_text())
    assert (text.get_text(), text.get_ha()) == (words, side)


def test_history_draws_p_alive_the_purchases_and_the_true_day() -> None:
    table = path(200)
    ax = btyd.plot_alive_history(table, left="2022-05-01")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), table["p_alive"])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [1, 1, 1, 1])
    assert texts(ax) == ["truly left 2022-05-01", f"{table['p_alive'].iloc[-1]:.2f}"]
    assert len(texts(btyd.plot_alive_history(table, left="2099-12-31"))) == 1


def test_iso_lines_lie_where_the_value_is_that_of_their_label() -> None:
    table = Frame([(x, w) for x in range(1, 11) for w in range(0, 60, 2)], columns=["frequency", "silence"])
    table["clv_eur"] = table["frequency"] * (100.0 - table["silence"])  # linear in silence: contours exact
    ax = btyd.plot_iso_value(table)
    labels = {float(t.get_text().replace(",", "")): t.get_position() for t in ax.texts}
    assert labels
    for value, (x, wait) in labels.items():
        assert x * (100 - wait) == pytest.approx(value, rel=0.02)
    low, high = ax.get_ylim()
    assert low > high  # recent customers on top


# ---- bad input


@pytest.mark.parametrize(("name", "column"), [(n, c) for n, case in CASES.items() for c in case[4]])
def test_a_missing_column_is_named(name: str, column: str) -> None:
    table, options, *_ = CASES[name]
    with pytest.raises(DataError, match=f"lacks the column '{column}'"):
        PLOTS[name](table.drop(columns=column), **options)
    assert not plt.get_fignums(), "no empty figure is left behind"


@pytest.mark.parametrize("name", CASES)
def test_no_table_and_no_rows(name: str) -> None:
    with pytest.raises(DataError, match=r"must be a pandas DataFrame; found list\. Hint: "):
        PLOTS[name]([1, 2])
    with pytest.raises(DataError, match=r"has no rows: there is nothing to draw\. Hint: "):
        PLOTS[name](CASES[name][0].iloc[:0])


def message(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(DataError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_whole_messages() -> None:
    twice = pd.concat([grid(), grid()])
    assert message(btyd.plot_btyd_grid, twice) == (
        "table has two rows of the same frequency and silence. "
        "Hint: make it with history_grid(T=...) and predict or clv"
    )
    assert message(btyd.plot_tracking, track(9, 3), value="weekly") == (
        "value must be 'cumulative' or 'step'; found 'weekly'. Hint: value='cumulative'"
    )
    assert message(btyd.plot_alive_history, path(9).assign(p_alive=1.5)) == (
        "p_alive must lie between 0 and 1; found 1.5. "
        "Hint: make it with alive_path(fit, orders of one customer, as_of=...)"
    )
    assert message(btyd.plot_iso_value, grid()) == (
        "table has 81 rows; a full grid of at least 2 x 2 is needed, here 11 frequencies x 9 silences. "
        "Hint: leave frequency 0 out of history_grid"
    )
    assert message(btyd.plot_iso_value, grid(zero=False, worth=0.0)) == (
        "table has no value above 0, so no line can be drawn. "
        "Hint: make it with history_grid(T=...) and predict or clv"
    )
