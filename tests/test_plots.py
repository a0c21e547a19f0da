"""Every plot: draws what the table holds, where it was told to, legibly, and touches nothing else."""

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
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text

from crmlab import plots
from crmlab.contracts import DataError
from crmlab.plots import heat, palette

PLOTS = {name: getattr(plots, name) for name in plots.__all__ if name.startswith("plot_")}
Frame = pd.DataFrame


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


# ---- small tables by hand, in the form of the functions that make them


def values(n: int, *, negative: bool = False) -> np.ndarray:
    """Lognormal quantiles (sigma 1.3): skewed as revenue is, the same in every run."""
    rng = np.random.default_rng(7)
    drawn = np.sort(rng.lognormal(4.5, 1.3, n))[::-1]
    return np.sort(np.where(np.arange(n) % 13 == 12, -drawn, drawn))[::-1] if negative and n > 1 else drawn


def abc(n: int, *, classes: int = 3, negative: bool = False) -> Frame:
    share = values(n, negative=negative)
    share = share / share.sum()
    running = share.cumsum()
    cuts = [0.8, 0.95][: classes - 1] if classes <= 3 else np.linspace(0, 1, classes + 1)[1:-1]
    letter = np.searchsorted(cuts, running - share + 1e-12, side="right")
    letter = np.maximum.accumulate(np.where(share <= 0, len(cuts), letter))
    return Frame(
        {
            "rank": np.arange(1, n + 1),
            "share": share,
            "cumulative_share": running,
            "abc_class": [chr(65 + i) for i in letter],
        }
    )


def lorenz(n: int, *, negative: bool = False) -> Frame:
    rising = values(n, negative=negative)[::-1]
    return Frame(
        {
            "share_of_customers": np.arange(n + 1) / n,
            "share_of_value": np.append(0, rising.cumsum() / rising.sum()),
        }
    )


def whale(n: int, *, negative: bool = True) -> Frame:
    running = values(n, negative=negative).cumsum()
    return Frame(
        {
            "rank": np.arange(n + 1),
            "share_of_customers": np.arange(n + 1) / n,
            "cumulative_eur": np.append(0, running),
            "cumulative_share": np.append(0, running / running[-1]),
        }
    )


def moves(n: int) -> Frame:
    names = [*(chr(65 + i) for i in range(n)), "absent"]
    counts = np.random.default_rng(1).integers(0, 3000, (n + 1, n + 1))
    counts[-1, -1] = 0
    return Frame(counts, index=pd.Index(names, name="before"), columns=pd.Index(names, name="after"))


def scores(n: int, *, bands: int = 5) -> Frame:
    rng = np.random.default_rng(2)
    table = Frame({f"{s}_score": rng.integers(1, bands + 1, n) for s in "rfm"})
    table.loc[0] = bands
    return table.assign(revenue_eur=values(n))


def segmented(n: int, *, bands: int = 5) -> Frame:
    names = np.array(["Lost", "About to sleep", "Need attention", "Potential loyalists", "Champions"])
    table = scores(n, bands=bands)
    return table.assign(segment=names[(4 * (table["r_score"] - 1) // max(bands - 1, 1)).to_numpy()])


def sizes(n: int, *, bands: int = 5) -> Frame:
    rows = []
    for measure, most in (("recency_days", 730), ("n_orders", 40), ("revenue_eur", 98_765.0)):
        edges = np.linspace(0, most, bands + 1)
        for score in range(1, bands + 1):
            count = 0 if measure == "n_orders" and score == 2 else n // bands
            ends = (np.nan, np.nan) if not count else (edges[score - 1], edges[score])
            rows.append((measure, score, count, count / n, *ends))
    return Frame(rows, columns=["measure", "score", "customers", "share_of_customers", "lowest", "highest"])


def response(cells: int) -> Frame:
    rng = np.random.default_rng(3)
    uplift, half = rng.normal(0.02, 0.03, cells), rng.uniform(0.01, 0.05, cells)
    return Frame(
        {
            "segment": [f"Potential loyalists {i}" for i in range(cells)],
            "uplift": uplift,
            "uplift_low": uplift - half,
            "uplift_high": uplift + half,
            "treated_n": rng.integers(100, 90_000, cells),
            "control_n": rng.integers(100, 9_000, cells),
        }
    )


def profit(n: int) -> Frame:
    x = np.arange(n + 1)
    return Frame({"n_mailed": x, "profit_eur": np.cumsum(1.6 * np.exp(-4 * x / n) - 0.35) * 100})


def estimates(n: int) -> Frame:
    rng = np.random.default_rng(4)
    real = values(n)
    return Frame({"clv_eur": real**0.85 * rng.lognormal(0.5, 0.5, n), "true_clv_eur": real})


def history(n: int) -> Frame:
    rng = np.random.default_rng(5)
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 1095, n)), unit="D")
    amounts = rng.lognormal(3.6, 0.8, n).round(2)
    if n > 3:
        amounts[n // 2] *= -1
    return Frame({"customer_id": "C1", "order_date": days, "amount_eur": amounts})


def cohorts(n: int) -> Frame:
    rows = [
        (start, age, 300 - i, 90 - 2 * age if age else 300 - i)
        for i, start in enumerate(pd.date_range("2021-01-01", periods=n, freq="MS"))
        for age in range(n - i)
    ]
    table = Frame(rows, columns=["cohort", "age", "customers", "active"])
    return table.assign(retention=table["active"] / table["customers"])


TRUTH = {"estimate": "clv_eur", "truth": "true_clv_eur", "unit": "EUR"}
AS_OF = {"as_of": "2023-12-31"}
# (plot, table, options, x label, y label, columns it needs)
CASES: dict[str, tuple[Frame, dict[str, Any], str, str, list[str]]] = {
    "plot_abc": (
        abc(200), {}, "Customers, most valuable first (% of all)", "Share of revenue (% of total)",
        ["rank", "share", "cumulative_share", "abc_class"],
    ),
    "plot_lorenz": (
        lorenz(200), {"value": "revenue"}, "Customers, least valuable first (% of all)",
        "Cumulative share of revenue (% of total)", ["share_of_customers", "share_of_value"],
    ),
    "plot_whale": (
        whale(200), {}, "Customers, most profitable first (% of all)", "Cumulative profit (% of total)",
        ["share_of_customers", "cumulative_share"],
    ),
    "plot_class_moves": (
        moves(3), {}, "Class after (number and % of the row)", "Class before (customers)", [],
    ),
    "plot_rfm_grid": (
        scores(500), {"value": "revenue_eur"}, "Recency score R (1 = long ago, 5 = recent)",
        "Frequency score F (1 = rare, 5 = often)", ["r_score", "f_score", "revenue_eur"],
    ),
    "plot_segments": (
        segmented(500), {}, "Recency score R (1 = long ago, 5 = recent)",
        "Mean of scores F and M (1 = low, 5 = high)", ["r_score", "f_score", "m_score", "segment"],
    ),
    "plot_band_sizes": (
        sizes(500), {}, "Customers (% of all; triangles: where equal bands would end)", "",
        ["measure", "score", "customers", "lowest", "highest"],
    ),
    "plot_response": (
        response(5), {"break_even": 0.01, "by": "segment"}, "Uplift (percentage points)", "",
        ["segment", "uplift", "uplift_low", "uplift_high", "treated_n", "control_n"],
    ),
    "plot_estimate_truth": (
        estimates(200), TRUTH, "Truth: CLV (EUR)", "Estimate: CLV (EUR)", ["clv_eur", "true_clv_eur"],
    ),
    "plot_profit_curve": (
        profit(200), {}, "Customers mailed, best prospects first (number)", "Cumulative profit (EUR)",
        ["n_mailed", "profit_eur"],
    ),
    "plot_history": (
        history(12), AS_OF, "Day of purchase (calendar date; hollow: not yet known on the reporting day)",
        "Amount (EUR)", ["order_date", "amount_eur"],
    ),
    "plot_cohorts": (
        cohorts(6), {}, "Age (months since the first purchase)\nCells: active customers (% of the cohort)",
        "Joined in month (customers)", ["cohort", "age", "customers", "active", "retention"],
    ),
    "plot_distribution": (
        abc(200).assign(revenue_eur=values(200)), {}, "Revenue (EUR), logarithmic axis", "Customers (number)",
        ["revenue_eur"],
    ),
}  # fmt: skip

LOG = {**TRUTH, "log": True}
SCENES: dict[str, tuple[str, Callable[[], Any], dict[str, Any]]] = {
    "abc 1": ("plot_abc", lambda: abc(1), {}),
    "abc 20": ("plot_abc", lambda: abc(20), {}),
    "abc million": ("plot_abc", lambda: abc(1_000_000), {}),
    "abc negative": ("plot_abc", lambda: abc(200, negative=True), {}),
    "abc one class": ("plot_abc", lambda: abc(200).assign(abc_class="A"), {}),
    "abc ten classes": ("plot_abc", lambda: abc(2000, classes=10), {}),
    "lorenz 20": ("plot_lorenz", lambda: lorenz(20), {}),
    "lorenz million": ("plot_lorenz", lambda: lorenz(1_000_000), {}),
    "lorenz negative": ("plot_lorenz", lambda: lorenz(200, negative=True), {}),
    "lorenz four": ("plot_lorenz", lambda: {f"Sample of {n}": lorenz(n) for n in (3, 9, 99, 999)}, {}),
    "whale 20": ("plot_whale", lambda: whale(20), {}),
    "whale million": ("plot_whale", lambda: whale(1_000_000), {}),
    "whale no loss": ("plot_whale", lambda: whale(200, negative=False), {}),
    "moves 1": ("plot_class_moves", lambda: moves(1), {}),
    "moves 10": ("plot_class_moves", lambda: moves(10), {}),
    "grid 20": ("plot_rfm_grid", lambda: scores(20), {}),
    "grid 3": ("plot_rfm_grid", lambda: scores(300, bands=3), {"bands": 3, "y": "m_score"}),
    "grid 10": ("plot_rfm_grid", lambda: scores(100_000, bands=10), {"value": "revenue_eur"}),
    "grid negative": (
        "plot_rfm_grid", lambda: scores(2000).assign(profit_eur=lambda t: 90 * (t["r_score"] - 2.5)),
        {"value": "profit_eur"},
    ),
    "segments 20": ("plot_segments", lambda: segmented(20), {}),
    "segments 3": ("plot_segments", lambda: segmented(300, bands=3), {"bands": 3}),
    "segments 10": ("plot_segments", lambda: segmented(500_000, bands=10), {}),
    "segments one": ("plot_segments", lambda: segmented(300).assign(segment="Loyal"), {}),
    "bands 3": ("plot_band_sizes", lambda: sizes(20, bands=3), {}),
    "bands 10": ("plot_band_sizes", lambda: sizes(1_000_000, bands=10), {}),
    "response 1": ("plot_response", lambda: response(1), {"break_even": 0.01}),
    "response 10": ("plot_response", lambda: response(10), {"break_even": 0.01}),
    "response 25": ("plot_response", lambda: response(25), {"break_even": -0.2}),
    "response none": (
        "plot_response", lambda: response(3).assign(uplift=np.nan, uplift_low=np.nan, uplift_high=np.nan), {},
    ),
    "truth 20": ("plot_estimate_truth", lambda: estimates(20), LOG),
    "truth linear": ("plot_estimate_truth", lambda: estimates(3000), TRUTH),
    "truth million": ("plot_estimate_truth", lambda: estimates(1_000_000), LOG),
    "profit million": ("plot_profit_curve", lambda: profit(1_000_000), {}),
    "profit loss": ("plot_profit_curve", lambda: Frame({"n_mailed": [0, 9], "profit_eur": [0, -900.0]}), {}),
    "profit gain": ("plot_profit_curve", lambda: Frame({"n_mailed": [0, 9], "profit_eur": [0, 900.0]}), {}),
    "history 1": ("plot_history", lambda: history(1), AS_OF),
    "history none yet": ("plot_history", lambda: history(1), {"as_of": "2020-12-31"}),
    "history at the end": ("plot_history", lambda: history(12), {"as_of": "2025-06-30"}),
    "history many": ("plot_history", lambda: history(900), AS_OF),
    "cohorts 1": ("plot_cohorts", lambda: cohorts(1), {}),
    "cohorts 12": ("plot_cohorts", lambda: cohorts(12).assign(complete=lambda t: t["age"] < 5), {}),
    "cohorts 36": ("plot_cohorts", lambda: cohorts(36), {}),
    "distribution 1": ("plot_distribution", lambda: Frame({"revenue_eur": [5.0]}), {}),
    "distribution million": ("plot_distribution", lambda: Frame({"revenue_eur": values(1_000_000)}), {}),
    "distribution negative": (
        "plot_distribution", lambda: Frame({"revenue_eur": values(500, negative=True)}), {},
    ),
    "distribution orders": (
        "plot_distribution", lambda: Frame({"n_orders": [1] * 50 + [2] * 20 + [3, 30]}), {"by": "n_orders"},
    ),
    **{name: (name, lambda case=case: case[0], case[1]) for name, case in CASES.items()},
}  # fmt: skip


def drawn(name: str, **options: Any) -> Axes:
    table, defaults, *_ = CASES[name]
    result = PLOTS[name](table, **(defaults | options))
    assert isinstance(result, Axes)
    return result


def line(ax: Axes, index: int = 0) -> np.ndarray:
    return np.asarray(ax.lines[index].get_xydata())


def bars(ax: Axes) -> list[Any]:
    return [bar for box in ax.containers if isinstance(box, BarContainer) for bar in box]


def mesh(ax: Axes) -> np.ndarray:
    (found,) = [c for c in ax.collections if isinstance(c, QuadMesh)]
    return np.ma.filled(found.get_array(), np.nan)


def texts(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.texts if t.get_text()]


def visible_texts(fig: Figure) -> list[Text]:
    """All texts that are painted: those the renderer is asked for, in their final place."""
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
def test_a_plot_draws_only_on_the_axes_given(name: str) -> None:
    fig, (given, other) = plt.subplots(1, 2, figsize=(16, 4.5))
    untouched = len(other.get_children())
    result = drawn(name, ax=given)
    fig.canvas.draw()
    assert result is given
    assert fig.axes == [given, other]
    assert plt.get_fignums() == [fig.number]
    assert given.has_data() or given.patches
    assert not other.has_data()
    assert len(other.get_children()) == untouched
    assert other.get_xlabel() == other.get_ylabel() == ""


@pytest.mark.parametrize("name", CASES)
def test_without_axes_a_plot_makes_one_figure_of_8_by_4_5_inches(name: str) -> None:
    ax = drawn(name)
    assert len(plt.get_fignums()) == 1
    assert ax.figure.get_size_inches().tolist() == [8.0, 4.5]
    assert ax.figure.axes == [ax]


@pytest.mark.parametrize("name", CASES)
def test_a_plot_changes_no_setting_and_no_table(name: str) -> None:
    table = CASES[name][0]
    before, settings = table.copy(deep=True), dict(matplotlib.rcParams)
    drawn(name)
    assert dict(matplotlib.rcParams) == settings
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_rows_and_the_index_do_not_matter(name: str) -> None:
    table, options, *_ = CASES[name]
    if name in ("plot_lorenz", "plot_whale", "plot_class_moves", "plot_response", "plot_band_sizes"):
        shuffled = (
            table.set_axis([f"row {i}" for i in range(len(table))]) if name != "plot_class_moves" else table
        )
    else:
        shuffled = table.sample(frac=1, random_state=0)
    images = []
    for each in (table, shuffled):
        ax = PLOTS[name](each, **options)
        ax.figure.canvas.draw()
        images.append(np.asarray(ax.figure.canvas.buffer_rgba()).copy())
    assert np.array_equal(*images)


@pytest.mark.parametrize("name", CASES)
def test_axis_labels(name: str) -> None:
    ax = drawn(name)
    assert (ax.get_xlabel(), ax.get_ylabel()) == CASES[name][2:4]


@pytest.mark.parametrize("name", PLOTS)
def test_signature(name: str) -> None:
    parameters = list(inspect.signature(PLOTS[name]).parameters.values())
    assert [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY] == [parameters[0].name]
    assert parameters[-1].name == "ax" and parameters[-1].default is None


@pytest.mark.parametrize("scene", SCENES)
def test_all_text_is_legible(scene: str) -> None:
    """At least 10 pt, enough contrast, inside the figure, and no text over another."""
    name, make, options = SCENES[scene]
    fig = PLOTS[name](make(), **options).figure
    painted = visible_texts(fig)
    assert painted
    boxes = []
    for text in painted:
        assert text.get_fontsize() >= 10, text
        box = text.get_window_extent()
        assert box.x0 >= -1 and box.y0 >= -1, f"{text} is cut off"
        assert box.x1 <= fig.bbox.width + 1 and box.y1 <= fig.bbox.height + 1, f"{text} is cut off"
        boxes.append((text.get_text(), box.padded(-1)))
    for i, (one, first) in enumerate(boxes):
        for two, second in boxes[i + 1 :]:
            assert not first.overlaps(second), f"{one!r} is over {two!r}"


@pytest.mark.parametrize("scene", SCENES)
def test_text_has_contrast_with_what_it_stands_on(scene: str) -> None:
    name, make, options = SCENES[scene]
    ax = PLOTS[name](make(), **options)
    fig = ax.figure
    painted = [(t.get_window_extent(), t.get_color()) for t in visible_texts(fig)]
    fig.set_layout_engine("none")
    for text in fig.findobj(Text):  # leave the ground and the box of a text, take the letters away
        text.set_color((0, 0, 0, 0))
    fig.canvas.draw()
    pixels = np.asarray(fig.canvas.buffer_rgba())[::-1, :, :3] / 255
    for box, color in painted:
        x, y = int((box.x0 + box.x1) / 2), int((box.y0 + box.y1) / 2)
        patch = pixels[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].reshape(-1, 3)
        ground = np.median(patch, axis=0)
        assert palette.contrast(color, ground) >= 4.5, (color, ground)


@pytest.mark.parametrize("scene", [s for s in SCENES if "million" in s or "many" in s])
def test_lines_are_thinned(scene: str) -> None:
    name, make, options = SCENES[scene]
    ax = PLOTS[name](make(), **options)
    assert max(len(found.get_xdata()) for found in ax.lines) <= 2000
    assert all(len(c.get_segments()) <= 2000 for c in ax.collections if isinstance(c, LineCollection))


# ---- bad input


@pytest.mark.parametrize(("name", "column"), [(n, c) for n, case in CASES.items() for c in case[4]])
def test_a_missing_column_is_named(name: str, column: str) -> None:
    table, options, *_ = CASES[name]
    with pytest.raises(DataError, match=f"lacks the column '{column}'"):
        PLOTS[name](table.drop(columns=column), **options)
    assert not plt.get_fignums(), "no empty figure is left behind"


@pytest.mark.parametrize("name", PLOTS)
def test_no_table_and_no_rows(name: str) -> None:
    table, options, *_ = CASES[name]
    with pytest.raises(DataError, match=r"must be a pandas DataFrame; found list\. Hint: "):
        PLOTS[name]([1, 2], **options)
    with pytest.raises(DataError, match=r"has no rows: there is nothing to draw\. Hint: "):
        PLOTS[name](table.iloc[:0], **options)


def message(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(DataError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_whole_messages() -> None:
    assert message(plots.plot_whale, whale(3).drop(columns="cumulative_share")) == (
        "curve lacks the column 'cumulative_share'; it has 'rank', 'share_of_customers', 'cumulative_eur'."
        ' Hint: curve.rename(columns={"cumulative_eur": "cumulative_share"})'
    )
    assert message(plots.plot_profit_curve, Frame({"sent": [1]})) == (
        "table lacks the column 'n_mailed'; it has 'sent'."
        " Hint: it needs one row per number mailed: columns n_mailed and profit_eur"
    )
    assert message(plots.plot_profit_curve, Frame({"n_mailed": [0, 1], "profit_eur": [0, np.inf]})) == (
        "table: 1 value(s) of 'profit_eur' are no finite numbers: inf."
        " Hint: correct them, or take the rows out and say how many you took."
    )
    assert message(plots.plot_lorenz, {str(i): lorenz(3) for i in range(5)}) == (
        "5 curves; allowed are 1 to 4. Hint: draw the others on axes of their own"
    )
    assert message(plots.plot_lorenz, lorenz(3), top=20) == (
        "top is 20; allowed is a fraction between 0 and 1. Hint: top=0.2 for the top 20 %"
    )
    assert message(plots.plot_class_moves, Frame({"A": [-1]}, index=["A"])) == (
        "moves has -1 in a cell; allowed are counts from 0. Hint: make it with class_moves(before, after)"
    )
    assert message(plots.plot_rfm_grid, scores(9).assign(r_score=2.5)) == (
        "r_score must be a whole number from 1 to 5; found 2.5."
        " Hint: make it with rfm_scores(rfm_table(orders, as_of=as_of))"
    )
    assert message(plots.plot_rfm_grid, scores(9), x="f_score") == (
        "x and y must be two of r_score, f_score, m_score; found 'f_score' and 'f_score'. Hint: x='r_score'"
    )
    assert message(plots.plot_segments, segmented(9), bands=1) == (
        "bands must be one number or three, 2 to 25; found 1. Hint: bands=5"
    )
    assert message(plots.plot_distribution, Frame({"revenue_eur": [0, -2]})) == (
        "table has no value above 0 in 'revenue_eur'; a logarithmic axis needs one."
        " Hint: draw a column with values above zero"
    )
    assert message(plots.plot_history, history(3).assign(order_date="2023-01-01"), as_of="2023-12-31") == (
        "orders: the column 'order_date' must hold dates; found str."
        ' Hint: orders["order_date"] = pd.to_datetime(orders["order_date"], format="%Y-%m-%d")'
    )
    assert message(plots.plot_history, history(2).assign(customer_id=["a", "b"]), as_of="2023-12-31") == (
        "orders holds 2 customers; allowed is one."
        ' Hint: take the orders of one customer: orders[orders["customer_id"] == "C00001"]'
    )
    assert message(plots.plot_history, history(2), as_of="31.12.2023") == (
        "as_of must be a day such as '2023-12-31'; found '31.12.2023'."
    )
    assert message(plots.plot_cohorts, pd.concat([cohorts(2)] * 2)) == (
        "cohorts has a cohort with the same age twice; allowed is one row for each."
        " Hint: make it with cohorts(orders, as_of=as_of)"
    )
    assert message(plots.plot_estimate_truth, estimates(3).assign(clv_eur=np.nan), **TRUTH) == (
        "table has no row with both 'clv_eur' and 'true_clv_eur'."
        " Hint: merge the estimates with the truth sheet on customer_id"
    )
    assert message(plots.plot_estimate_truth, -estimates(3), **LOG) == (
        "table has no row above zero to draw on logarithmic axes. Hint: log=False"
    )


# ---- the data is what is drawn


def test_abc_bars_add_up_to_the_line() -> None:
    table = abc(200)
    ax = plots.plot_abc(table)
    heights = [bar.get_height() for bar in bars(ax)]
    assert len(heights) == 20
    assert heights[0] == pytest.approx(table["share"].iloc[:10].sum())
    assert np.cumsum(heights)[-1] == pytest.approx(1)
    assert line(ax)[1:, 1] == pytest.approx(table["cumulative_share"].to_numpy())
    assert line(ax)[1:, 0] == pytest.approx(table["rank"].to_numpy() / 200)
    counts = table["abc_class"].value_counts().sort_index()
    assert texts(ax)[0].startswith(f"A\n{counts['A']} customers\nhold ")
    borders = [found.get_xdata()[0] for found in ax.lines if found.get_linestyle() == "--"]
    assert borders == pytest.approx((counts.cumsum() / 200).to_list()[:-1])


def test_abc_has_a_bar_for_each_of_few_customers_and_goes_below_zero() -> None:
    table = abc(13, negative=True)
    ax = plots.plot_abc(table, by="margin_eur")
    assert [bar.get_height() for bar in bars(ax)] == pytest.approx(table["share"].to_list())
    assert ax.get_ylim()[0] < table["share"].min() < 0
    assert ax.get_ylabel() == "Share of margin (% of total)"


def test_lorenz_reads_off_the_share_of_the_top() -> None:
    curve = Frame({"share_of_customers": [0, 0.5, 0.8, 1], "share_of_value": [0, 0.1, 0.36, 1]})
    ax = plots.plot_lorenz(curve)
    assert line(ax, 1).tolist() == curve.to_numpy().tolist()
    assert line(ax, 2).tolist() == [[0.8, 0.36]]
    assert "The top 20\xa0% hold 64\xa0%" in texts(ax)
    two = plots.plot_lorenz(
        {"Flat": lorenz(200).assign(share_of_value=lambda t: t["share_of_customers"]), "B": curve}
    )
    assert [t.get_text() for t in two.get_legend().get_texts()] == [
        "Flat: the top 20\xa0% hold 20\xa0%",
        "B: the top 20\xa0% hold 64\xa0%",
    ]
    assert len({found.get_linestyle() for found in two.lines[1::2]}) == 2


def test_whale_marks_its_peak() -> None:
    curve = Frame({"share_of_customers": [0, 0.25, 0.5, 1], "cumulative_share": [0, 1.2, 1.5, 1]})
    ax = plots.plot_whale(curve)
    assert line(ax).tolist() == curve.to_numpy().tolist()
    assert (0.5, 1.5) in [tuple(found.get_xydata()[0]) for found in ax.lines]
    assert texts(ax) == ["Peak: the best 50\xa0% of customers\nearn 150\xa0% of the profit"]
    assert texts(plots.plot_whale(whale(20, negative=False))) == [
        "No customer brings a loss:\nthe curve ends at its peak"
    ]


def test_class_moves_shades_by_share_of_the_row() -> None:
    table = Frame({"A": [80, 15, 0], "B": [20, 185, 0], "absent": 0}, index=["A", "B", "absent"])
    ax = plots.plot_class_moves(table)
    assert mesh(ax)[::-1] == pytest.approx(np.array([[0.8, 0.2], [0.075, 0.925]]))
    assert sorted(texts(ax)) == sorted(["80\n80\xa0%", "20\n20\xa0%", "15\n8\xa0%", "185\n92\xa0%"])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["A (100)", "B (200)"]
    assert sorted(p.get_xy() for p in ax.patches) == [(0, 1), (1, 0)]


def test_class_moves_shows_a_dash_where_nobody_can_be() -> None:
    table = Frame({"A": [80, 5], "absent": [20, 0]}, index=["A", "absent"])
    found = texts(plots.plot_class_moves(table))
    assert found.count("–") == 1 and not any(text.startswith("0\n") for text in found)


def test_rfm_grid_counts_and_means() -> None:
    table = Frame({"r_score": [1, 5, 5], "f_score": [1, 2, 2], "revenue_eur": [1.0, 10.0, 30.0]})
    counts, means = plots.plot_rfm_grid(table), plots.plot_rfm_grid(table, value="revenue_eur")
    assert mesh(counts)[1, 4] == 2 and mesh(means)[1, 4] == 20 and mesh(means)[0, 0] == 1
    assert np.isnan(mesh(means)).sum() == 23
    assert texts(means).count("–") == 23 and "20" in texts(means)
    assert [a.get_ylabel() for a in means.child_axes] == ["Mean revenue (EUR)"]
    assert [a.get_ylabel() for a in counts.child_axes] == ["Customers (number)"]


def test_rfm_grid_takes_the_bands_from_the_table() -> None:
    table = scores(300, bands=3)
    table.attrs["rfm_bands"] = (3, 4, 5)
    assert mesh(plots.plot_rfm_grid(table)).shape == (4, 3)
    assert mesh(plots.plot_rfm_grid(table, y="m_score")).shape == (5, 3)
    assert mesh(plots.plot_rfm_grid(table, bands=10)).shape == (10, 10)


def test_segments_are_named_with_their_sizes() -> None:
    table = segmented(500)
    ax = plots.plot_segments(table)
    sizes_drawn = {t.rsplit("\n", 1)[0].replace("\n", " "): t.rsplit("\n", 1)[1] for t in texts(ax)}
    for name, count in table["segment"].value_counts().items():
        assert sizes_drawn[name] == f"{count} · {round(count / 5)}\xa0%"


def test_a_segment_in_two_parts_is_named_in_both_and_counted_once() -> None:
    table = Frame({"r_score": [1, 1, 5], "f_score": [1, 2, 5], "m_score": [1, 2, 5], "segment": "Split"})
    assert sorted(texts(plots.plot_segments(table))) == ["Split", "Split\n3 · 100\xa0%"]


def test_segments_with_three_bands_stand_on_the_scale_of_five() -> None:
    table = Frame({"r_score": [1, 2, 3], "f_score": [1, 3, 3], "m_score": [1, 1, 3], "segment": list("abc")})
    ax = plots.plot_segments(table, bands=3)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "3", "5"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "2", "3", "4", "5"]
    assert {t.get_text()[0]: t.get_position() for t in ax.texts} == {
        "a": (0.5, 0.5),
        "b": (1.5, 2.5),
        "c": (2.5, 4.5),
    }


def test_band_sizes_are_the_widths() -> None:
    table = Frame(
        {
            "measure": "n_orders",
            "score": [1, 2, 3],
            "customers": [6, 0, 2],
            "lowest": [1, np.nan, 2],
            "highest": [1, np.nan, 9],
        }
    )
    ax = plots.plot_band_sizes(table)
    assert [bar.get_width() for bar in bars(ax)] == [0.75, 0.25]
    assert texts(ax) == ["Score 1\n75\xa0%\nonly 1", "Score 3\n25\xa0%\n2 to 9", "nobody has score 2"]
    assert line(ax)[:, 0] == pytest.approx([1 / 3, 2 / 3])


def test_response_draws_points_intervals_and_break_even() -> None:
    table = response(4)
    ax = plots.plot_response(table, break_even=0.012)
    (intervals,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    ends = np.array([segment[:, 0] for segment in intervals.get_segments()])
    assert ends == pytest.approx(100 * table[["uplift_low", "uplift_high"]].to_numpy())
    assert line(ax, 1)[:, 0] == pytest.approx(100 * table["uplift"].to_numpy())
    assert texts(ax) == ["Break-even 1.2 points"]
    assert ax.get_yticklabels()[0].get_text().startswith("Potential loyalists 0\n")
    first, last = (ax.transData.transform((0, row))[1] for row in (0, 3))
    assert first > last, "the first cell of the table stands on top"


def test_response_in_money_keeps_its_numbers_and_several_names() -> None:
    table = response(2).assign(channel=["shop", "online"])
    ax = plots.plot_response(table, by=["segment", "channel"], unit="EUR per customer")
    assert line(ax, 1)[:, 0] == pytest.approx(table["uplift"].to_numpy())
    assert ax.get_xlabel() == "Uplift (EUR per customer)"
    assert "Potential loyalists 1 · online" in ax.get_yticklabels()[1].get_text()


def test_profit_curve_marks_its_maximum() -> None:
    ax = plots.plot_profit_curve(Frame({"n_mailed": [2000, 0, 1000], "profit_eur": [-300.0, 0.0, 12_500.0]}))
    assert line(ax).tolist() == [[0, 0], [1000, 12_500], [2000, -300]]
    assert texts(ax) == ["Maximum: 12,500 EUR\nat 1,000 mailed"]
    assert 0 in [found.get_ydata()[0] for found in ax.lines[1:]]
    assert "10,000" in [t.get_text() for t in ax.get_yticklabels()]


def test_estimate_truth_states_the_error_of_all_rows() -> None:
    table = Frame({"guess": [1.0, 2.0, 5.0, np.nan, 3.0], "real": [2.0, 2.0, 3.0, 1.0, 0.0]})
    ax = plots.plot_estimate_truth(table, estimate="guess", truth="real", unit="EUR", log=True)
    assert texts(ax)[0].split("\n") == [
        "Mean error 1 EUR · mean absolute error 1.5 EUR · rank correlation 0.32",
        "4 customers · 1 without both values · 1 at or below 0 not drawn",
    ]
    assert ax.texts[0].get_position()[1] > 1  # above the axes: it hides no point
    assert sorted(map(tuple, line(ax, 0 if len(line(ax, 0)) == 3 else 1))) == [(2, 1), (2, 2), (3, 5)]
    assert ax.get_xlim() == ax.get_ylim() and ax.get_xscale() == "log"


def test_estimate_truth_of_a_constant_has_no_rank_correlation() -> None:
    ax = plots.plot_estimate_truth(estimates(9).assign(clv_eur=5.0), **TRUTH)
    assert "rank correlation undefined" in texts(ax)[0]


def test_estimate_truth_in_a_narrow_place_writes_one_error_a_line() -> None:
    _, (ax, _) = plt.subplots(1, 2, figsize=(8, 4))
    plots.plot_estimate_truth(estimates(9), **TRUTH, ax=ax)
    assert len(texts(ax)[0].split("\n")) == 4


def test_history_separates_what_is_known() -> None:
    days = pd.to_datetime(["2023-01-10", "2023-11-18", "2023-12-05", "2024-02-01"])
    ax = plots.plot_history(Frame({"order_date": days, "amount_eur": [40, 55, -10, 70]}), as_of="2023-12-31")
    points = {
        (found.get_marker(), found.get_markerfacecolor() == "white"): found.get_ydata().tolist()
        for found in ax.lines
        if found.get_linestyle() == "None"
    }
    assert points == {("o", False): [40, 55], ("o", True): [70], ("v", False): [-10]}
    assert texts(ax) == ["Recency 43 days", "Refund", "as of 2023-12-31"]
    assert ax.get_xlabel() == "Day of purchase (calendar date; hollow: not yet known on the reporting day)"


def test_cohorts_are_the_table() -> None:
    table = cohorts(6).assign(complete=lambda t: t["age"] < 5)
    ax = plots.plot_cohorts(table)
    wide = table.pivot(index="cohort", columns="age", values="retention").to_numpy()
    assert np.array_equal(mesh(ax)[::-1], wide, equal_nan=True)
    assert "27\xa0%*" in texts(ax) and len(texts(ax)) == len(table)
    assert ax.get_xlabel().endswith("; * = month cut short by the reporting day")
    assert not ax.child_axes and plots.plot_cohorts(cohorts(36)).child_axes
    assert "2021-01 (300)" in [t.get_text() for t in ax.get_yticklabels()]


def test_distribution_counts_everyone_once() -> None:
    drawn_values = values(500)
    ax = plots.plot_distribution(Frame({"revenue_eur": np.append(drawn_values, [0, -5, np.nan])}))
    assert sum(bar.get_height() for bar in bars(ax)) == 500
    edges = np.array([bar.get_x() for bar in bars(ax)])
    assert np.diff(np.log(edges)) == pytest.approx(np.log(edges[1] / edges[0]))
    marked = sorted(found.get_xdata()[0] for found in ax.lines)
    assert marked == pytest.approx([np.median(drawn_values), drawn_values.mean()])
    assert "3 customers\nnot above 0: not drawn" in texts(ax)
    assert ax.get_xscale() == "log"


def test_distribution_of_whole_numbers_has_a_bar_for_each() -> None:
    ax = plots.plot_distribution(Frame({"n_orders": [1, 1, 1, 2, 4]}), by="n_orders", rows="orders")
    assert [bar.get_height() for bar in bars(ax)] == [3, 1, 0, 1]
    assert ax.get_ylabel() == "Orders (number)"


# ---- palette, numbers


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert palette.contrast("black", "white") == pytest.approx(21)
    assert palette.contrast("#777777") == pytest.approx(4.48, abs=0.005)
    assert palette.contrast("white", "black") == palette.contrast("black", "white")


def test_palette_contrast_with_white() -> None:
    assert all(palette.contrast(plots.PALETTE[name]) >= 4.5 for name in palette.TEXT)
    assert all(palette.contrast(plots.PALETTE[color]) >= 3 for color, _, _ in plots.LINES)
    colors, styles, markers = zip(*plots.LINES, strict=True)
    assert len(set(colors)) == len(set(styles)) == len(set(markers)) == len(plots.LINES)


@pytest.mark.parametrize("cmap", [palette.SEQUENTIAL, palette.DIVERGING])
def test_text_on_any_cell_is_readable(cmap: Any) -> None:
    for color in cmap(np.linspace(0, 1, 101)):
        assert palette.contrast(palette.text_on(color), color) >= 4.5


def test_sequential_colours_darken_and_negative_ones_part_at_zero() -> None:
    light = [palette.luminance(c) for c in palette.SEQUENTIAL(np.linspace(0, 1, 50))]
    assert (np.diff(light) < 0).all()
    both = heat.scale(np.array([-4.0, 2.0]))
    assert palette.luminance(both(0)) > 0.9
    assert palette.luminance(both(-2)) > palette.luminance(both(-4)) and both(-2) != both(2)


def test_numbers_as_text() -> None:
    from crmlab.plots.frame import alike, label, money, number, percent, short, thin, words

    assert [number(v) for v in (12345.5, -1000, 0, -0.0)] == ["12,345.5", "\u22121,000", "0", "0"]
    assert [short(v) for v in (12, 950, 999.7, 1234, 45_600, 1_250_000, 3e9)] == [
        "12", "950", "1k", "1.2k", "46k", "1.2M", "3bn",
    ]  # fmt: skip
    assert [money(v) for v in (1234.56, 12.34, 1.234, -0.5)] == ["1,235", "12.3", "1.23", "\u22120.5"]
    assert [percent(v) for v in (0.214, 0.001, 0, -0.3)] == ["21\xa0%", "<1\xa0%", "0\xa0%", "\u221230\xa0%"]
    assert alike(np.array([0.2, 12.34]))(0.2) == "0.2" and alike(np.array([-0.2, 900]))(-0.2) == "0"
    assert label("cost_to_serve_eur") == "Cost to serve (EUR)" and label("recency_days") == "Recency (days)"
    assert words("clv_eur") == "CLV" and label("n_orders") == "Orders (number)"
    picked = thin(1_000_000, keep=[777_777])
    assert len(picked) <= 2000 and {0, 777_777, 999_999} <= set(picked.tolist())
