from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crmlab.course import lessons
from crmlab.pages import to_slides
from crmlab.runs import run

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


FIGURE = """
import base64, io
import matplotlib.pyplot as plt
from IPython.display import display
figure, axes = plt.subplots(figsize=(8, 4.5))
axes.plot([0, 0.2, 1], [0, 0.8, 1])
file = io.BytesIO()
figure.savefig(file, format="png", dpi=150)
plt.close(figure)
picture = base64.b64encode(file.getvalue()).decode()
alt = {"image/png": {"alt": "A bent line"}}
display({"image/png": picture, "text/plain": "Figure"}, raw=True, metadata=alt)
"""
TABLE = """
import pandas as pd
ids, revenue = [f"C{i}" for i in range(8)], [1234.5 / (i + 1) for i in range(8)]
pd.DataFrame({"customer_id": ids, "revenue_eur": revenue}).round(2)
"""
LOOK = """() => {
  const slide = Reveal.getCurrentSlide(), frame = slide.querySelector('.frame');
  const isSmall = e => e.closest('table, pre, .html');
  const shown = [...frame.querySelectorAll('h1, h2, p, li, td, th, pre')]
    .filter(e => e.offsetParent && e.innerText.trim() && getComputedStyle(e).visibility === 'visible');
  const size = e => parseFloat(getComputedStyle(e).fontSize);
  const top = frame.getBoundingClientRect().top;
  const bottom = e => (e.getBoundingClientRect().bottom - top) / Reveal.getScale();
  const name = e => (e.innerText || e.alt).slice(0, 40);
  const hit = (a, b) => {
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    return p.left < q.right - 2 && q.left < p.right - 2 && p.top < q.bottom - 2 && q.top < p.bottom - 2;
  };
  return {
    title: (frame.querySelector('h1, h2, h3') || frame).innerText,
    overlaps: [...shown, ...frame.querySelectorAll('img')].flatMap((a, i, all) => all.slice(i + 1)
      .filter(b => !a.contains(b) && !b.contains(a) && hit(a, b))
      .map(b => name(a) + ' / ' + name(b))),
    over: [slide.scrollHeight - 700, frame.scrollHeight - frame.clientHeight,
           frame.scrollWidth - frame.clientWidth],
    bottom: Math.max(...[...frame.querySelectorAll('.cell, img')].map(bottom)),
    text: Math.min(...shown.filter(e => !isSmall(e)).map(size)),
    small: Math.min(99, ...shown.filter(isSmall).map(size)),
    picture: [...frame.querySelectorAll('img')].map(e => [e.alt, e.clientHeight, e.naturalWidth]),
    letters: [...frame.querySelectorAll('.figure img')].map(
      e => 15.3 * Math.min(e.clientWidth / e.naturalWidth, e.clientHeight / e.naturalHeight)),
    slide: Reveal.getSlidePastCount(),
    forms: [...frame.querySelectorAll('em, strong, sup')].map(e => (f =>
      [e.tagName, f.fontStyle, f.fontWeight, f.verticalAlign])(getComputedStyle(e)).join(' ')),
    last: Reveal.isLastSlide() && !Reveal.availableFragments().next,
  };
}"""


LETTERS = 11.5  # px on a slide 700 px high: in at least one step, the letters of a figure are that high


@pytest.fixture
def deck(notebook: Callable[..., Path], tmp_path: Path) -> Path:
    """A deck made from a notebook that really ran."""

    def slide(kind: str, **more: object) -> dict[str, object]:
        return {"slideshow": {"slide_type": kind}, **more}

    source = notebook(
        "05_abc.ipynb",
        ("# ABC analysis and the customer pyramid\n\nABC 分析与客户金字塔", slide("slide")),
        ("*Three minutes.* Ask first.", slide("notes")),
        ("## Who carries the firm?\n\n- **rank** the customers\n- **cut** the ranking", slide("slide")),
        ("## The top customers", slide("slide")),
        TABLE,
        ("*Revenue* falls from customer to customer.", slide("fragment")),
        ("## Eighty–twenty, drawn", slide("subslide")),
        FIGURE,
        "*A fifth* of the customers brings four fifths of the value, and **the rest** shares what is left.",
        (
            "## Lifetime value\n\n*Each* r<sup>t</sup> counts.\n\n$$\\sum_{t=1}^{T} \\frac{m_t r^t}{(1+d)^t}$$",
            slide("slide"),
        ),
        ("print(sum(0.8 ** t for t in range(5)))", {"tags": ["show-code"]}),
    )
    assert run([source], out=tmp_path / "out")["status"].tolist() == ["ok"]
    return to_slides(tmp_path / "out/05_abc.ipynb", tmp_path / "deck.html")


class Walk(NamedTuple):
    """What was seen while every slide of a deck was shown."""

    looks: list[dict[str, Any]]
    requests: list[str]
    faults: list[str]
    number: str
    notes: str
    sheets: int


def walk(deck: Path, chromium: str) -> Walk:
    """Open a deck from disk, step through it and look at each slide; then at its print version."""
    from playwright.sync_api import sync_playwright

    requests: list[str] = []
    faults: list[str] = []
    looks = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("request", lambda request: requests.append(request.url))
        page.on(
            "console",
            lambda message: faults.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(deck.as_uri())
        page.wait_for_selector("body[data-steps=ready]")
        while True:
            look = page.evaluate(LOOK)
            looks.append(look)
            if look["last"]:
                break
            page.keyboard.press("Space")
        number = page.inner_text(".slide-number")
        notes = page.evaluate("getComputedStyle(document.querySelector('aside.notes')).display")
        page.goto(deck.as_uri() + "?print-pdf")
        page.wait_for_selector(".pdf-page")
        sheets = page.locator(".pdf-page").count()
        browser.close()
    outside = [url for url in requests if not url.startswith(("data:", "blob:", deck.as_uri()))]
    return Walk(looks, outside, faults, number, notes, sheets)


def assert_legible(seen: Walk) -> None:
    assert seen.requests == []
    assert seen.faults == []
    for look in seen.looks:
        assert max(look["over"]) <= 0, look
        assert look["bottom"] <= 700, look
        assert look["overlaps"] == [], look
        assert look["text"] >= 26, look
        assert look["small"] >= 18, look
        assert all(alt and height >= 250 for alt, height, _ in look["picture"]), look
    for slide in {look["slide"] for look in seen.looks}:  # letters of 10 points at 110 dots an inch, in px
        steps = [min(look["letters"], default=99) for look in seen.looks if look["slide"] == slide]
        assert max(steps) >= LETTERS, (slide, steps)


@pytest.mark.browser
def test_every_slide_is_legible_whole_and_offline(deck: Path, chromium: str) -> None:
    seen = walk(deck, chromium)
    assert_legible(seen)
    assert [look["title"] for look in seen.looks] == [
        "ABC analysis and the customer pyramid",
        "Who carries the firm?",
        "The top customers",
        "The top customers",
        *["Eighty–twenty, drawn"] * 3,  # beside its text, large in a step of its own, and beside it again
        "Lifetime value",
    ]
    [[alt, _, width]] = seen.looks[4]["picture"]
    assert (alt, width) == ("A bent line", 1200)
    assert seen.looks[7]["forms"] == ["EM italic 400 baseline", "SUP normal 400 super"]
    [beside, large, again] = [look["picture"][0][1] for look in seen.looks[4:7]]
    assert beside == again and large > 1.15 * beside
    assert seen.number.split() == ["5", "/", "5"]
    assert seen.notes == "none"
    assert seen.sheets == 5


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda path: path.stem)
def test_deck_of_each_lesson(lesson: Path, language: str, chromium: str, tmp_path: Path) -> None:
    seen = walk(to_slides(lesson, tmp_path / "deck.html", language=language), chromium)
    assert_legible(seen)
    assert 15 <= int(seen.number.split()[-1]) <= 25
    assert seen.sheets == int(seen.number.split()[-1])
