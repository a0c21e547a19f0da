from __future__ import annotations

import base64
import html
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab.contracts import DataError
from crmlab.notebook import RECORD, figure, record, say, show, show_facts, within

ALT = "A line rises from zero to one, as an example of a figure."


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """What a notebook would get: each object with the options it is shown with."""
    import IPython.display

    calls: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(IPython.display, "display", lambda thing, **options: calls.append((thing, options)))
    return calls


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


# ------------------------------------------------------------------ sentences


def test_say_is_markdown(shown: list[Any]) -> None:
    say(f"The best fifth brings **{0.71:.0%}**.")
    ((sentence, options),) = shown
    assert sentence._repr_markdown_() == "The best fifth brings **71%**." and options == {}


# ------------------------------------------------------------------ figures


def test_a_figure_is_a_picture_with_its_alternative_text_and_is_closed(shown: list[Any]) -> None:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    figure(fig, alt=ALT)
    ((bundle, options),) = shown
    assert set(bundle) == {"image/png", "text/html", "text/plain"}
    picture = base64.b64decode(bundle["image/png"])
    assert picture.startswith(b"\x89PNG\r\n\x1a\n") and len(picture) > 1000
    assert b"Software" not in picture
    assert bundle["text/plain"] == f"Figure: {ALT}"
    assert options == {"raw": True, "metadata": {"image/png": {"alt": ALT}}}
    assert not plt.fignum_exists(fig.number)


def test_the_twin_for_jupyterlab_says_the_same(shown: list[Any]) -> None:
    """JupyterLab reads the alternative text of an HTML image only."""
    from matplotlib.figure import Figure

    figure(Figure(), alt=ALT + ' "quoted" & more')
    ((bundle, _),) = shown
    said = html.escape(ALT + ' "quoted" & more')
    assert bundle["text/html"] == f'<img alt="{said}" src="data:image/png;base64,{bundle["image/png"]}">'


def test_a_table_shows_numbers_as_people_write_them(shown: list[Any]) -> None:
    table = pd.DataFrame(
        {
            "who": ["a", "<b>"],
            "n": [1234, 5],
            "x": [0.5, np.nan],
            "day": pd.to_datetime(["2024-01-05", "2024-02-06"]),
        }
    )
    show(table, x="{:.1%}")
    ((bundle, _),) = shown
    cells = [row.split() for row in bundle["text/plain"].splitlines()]
    assert cells == [
        ["who", "n", "x", "day"],
        ["a", "1,234", "50.0%", "2024-01-05"],
        ["<b>", "5", "–", "2024-02-06"],
    ]
    assert (
        '<td style="text-align: left">&lt;b&gt;</td><td style="text-align: right">5</td>'
        in bundle["text/html"]
    )


def test_a_table_can_show_its_row_names(shown: list[Any]) -> None:
    show(pd.DataFrame({"n": [1.5]}, index=pd.Index(["lowest"], name="of all")), index=True)
    ((bundle, _),) = shown
    assert bundle["text/plain"].split() == ["of", "all", "n", "lowest", "1.50"]


@pytest.mark.parametrize("alt", ["", "Figure 1", "   " * 20, "x" * 29])
def test_a_figure_needs_words(alt: str, shown: list[Any]) -> None:
    from matplotlib.figure import Figure

    assert message(lambda: figure(Figure(), alt=alt)) == (
        f"alt must say in a sentence what the figure shows; found {alt!r}."
    )
    assert shown == []
    figure(Figure(), alt="x" * 30)


# ------------------------------------------------------------------ tables


def test_a_table_is_written_as_people_write(shown: list[Any]) -> None:
    table = pd.DataFrame(
        {
            "class <A>": ["A & co", "B"],
            "customers": [1040, 20],
            "share": [0.981, np.nan],
            "eur": [1234.5, 2.0],
            "day": pd.to_datetime(["2024-01-02", None]),
        }
    )
    before = table.copy()
    show(table, share="{:.1%}")
    ((bundle, options),) = shown
    assert options == {"raw": True} and set(bundle) == {"text/html", "text/plain"}
    assert [line.split() for line in bundle["text/plain"].splitlines()[1:]] == [
        ["A", "&", "co", "1,040", "98.1%", "1,234.50", "2024-01-02"],
        ["B", "20", "–", "2.00", "–"],
    ]
    assert '<td style="text-align: left">A &amp; co</td>' in bundle["text/html"]
    assert '<td style="text-align: right">1,040</td>' in bundle["text/html"]
    assert "class &lt;A&gt;" in bundle["text/html"]
    pd.testing.assert_frame_equal(table, before)


def test_a_table_with_its_row_names(shown: list[Any]) -> None:
    show(pd.DataFrame({"n": [1, 2]}, index=pd.Index(["x", "y"], name="who")), index=True)
    ((bundle, _),) = shown
    assert bundle["text/plain"].split() == ["who", "n", "x", "1", "y", "2"]


# ------------------------------------------------------------------ facts


def test_facts_come_by_date_with_their_source_as_link(shown: list[Any]) -> None:
    facts = pd.DataFrame(
        [
            ("about 2007", "Third.", "A; B", "a.org", "read"),
            ("2007-06-29", "Second.", "A & B", "a.org/x?y&z", "read"),
            ("2007-Q1", "First.", "A; B", "a.org/1, b.org", "second-hand"),
            ("2008-Q4", "Last.", "our arithmetic", "one_code, other_code", "computed"),
        ],
        columns=["date", "fact", "source", "link", "confidence"],
    )
    before = facts.copy()
    show_facts(facts)
    ((bundle, options),) = shown
    assert options == {"raw": True}
    cells = re.findall('<t[dh] style="text-align: left">(.*?)</t[dh]>', bundle["text/html"])
    assert cells == [
        "date", "fact", "source", "confidence",
        "2007\u2011Q1", "First.", '<a href="https://a.org/1">A</a>; <a href="https://b.org">B</a>', "second\u2011hand",
        "2007\u201106\u201129", "Second.", '<a href="https://a.org/x?y&amp;z">A &amp; B</a>', "read",
        "about 2007", "Third.", '<a href="https://a.org">A; B</a>', "read",
        "2008\u2011Q4", "Last.", "our arithmetic", "computed",
    ]  # fmt: skip
    assert bundle["text/plain"].split()[:4] == ["date", "fact", "source", "confidence"]
    pd.testing.assert_frame_equal(facts, before)


def test_facts_without_a_date_keep_their_order(shown: list[Any]) -> None:
    show_facts(pd.DataFrame({"lecture": ["b", "a"], "source": ["S", "T"], "link": ["s.org", "t.org"]}))
    ((bundle, _),) = shown
    assert bundle["text/html"].index("s.org") < bundle["text/html"].index("t.org")


def test_facts_may_come_without_their_sources(shown: list[Any]) -> None:
    show_facts(pd.DataFrame({"date": ["2008", "2007-05-01"], "fact": ["b", "a"]}))
    ((bundle, _),) = shown
    assert bundle["text/plain"].split() == ["date", "fact", "2007\u201105\u201101", "a", "2008", "b"]


# ------------------------------------------------------------------ findings


def test_a_record_is_json_and_a_table(shown: list[Any]) -> None:
    record("05", top_20_share=2 / 3, customers=6000, best="A", ok=True)
    ((bundle, options),) = shown
    assert options == {"raw": True} and set(bundle) == {RECORD, "text/html", "text/plain"}
    assert RECORD == "application/vnd.crmlab.record+json"
    findings = {"top_20_share": 0.6666666667, "customers": 6000, "best": "A", "ok": True}
    assert json.loads(json.dumps(bundle[RECORD])) == {"lesson": "05", "findings": findings}
    assert bundle["text/plain"].split() == [
        "finding", "value", "top_20_share", "0.6667", "customers", "6,000", "best", "A", "ok", "True",
    ]  # fmt: skip
    assert ">top_20_share</td>" in bundle["text/html"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1 / 3, 0.3333333333),
        (123456789.123456789, 123456789.1),
        (1.23456789012e-7, 1.23456789e-07),
        (float("nan"), None),
        (float("inf"), None),
        (-np.inf, None),
        (None, None),
        (np.float64(0.1) + 0.2, 0.3),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array(2.5), 2.5),
        (False, False),
        (2**60, 2**60),
        ("text", "text"),
    ],
)
def test_a_finding_is_kept_plain(value: Any, kept: Any, shown: list[Any]) -> None:
    record("06", finding=value)
    found = shown[0][0][RECORD]["findings"]["finding"]
    assert found == kept and type(found) is type(kept)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([1, 2], "list"), (pd.Series([1.0]), "Series"), (pd.Series([1.0, 2.0]), "Series"),
        (np.array([1, 2]), "ndarray"), (pd.Timestamp("2024-01-01"), "Timestamp"), (1j, "complex"),
    ],
)  # fmt: skip
def test_a_finding_of_another_kind(value: Any, kind: str, shown: list[Any]) -> None:
    assert message(lambda: record("06", best=value)) == (
        f"the finding 'best' must be a number, text or a bool; found {kind}."
    )
    assert shown == []


def test_a_record_without_findings() -> None:
    assert message(lambda: record("06")) == "record needs at least one finding, such as gini=0.63."


# ------------------------------------------------------------------ parameters


@pytest.mark.parametrize("value", [1, 1000, 1.0, 999.5, np.float64(3)])
def test_within(value: float) -> None:
    assert within("n", value, low=1, high=1000) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("value", [0, 1000.01, -5, True, "7", None, float("nan"), float("inf"), [1]])
def test_not_within(value: Any) -> None:
    assert message(lambda: within("list_size", value, low=1, high=1000)) == (
        f"list_size must be a number from 1 to 1,000; found {value!r}."
    )


def test_the_range_is_written_in_full() -> None:
    assert message(lambda: within("n", 0, low=0.05, high=1_000_000)) == (
        "n must be a number from 0.05 to 1,000,000; found 0."
    )
