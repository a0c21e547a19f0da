from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

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
    .filter(e => e.offsetParent && e.innerText.trim());
  const size = e => parseFloat(getComputedStyle(e).fontSize);
  const top = frame.getBoundingClientRect().top;
  const bottom = e => (e.getBoundingClientRect().bottom - top) / Reveal.getScale();
  return {
    title: frame.querySelector('h1, h2').innerText,
    over: [slide.scrollHeight - 700, frame.scrollHeight - frame.clientHeight,
           frame.scrollWidth - frame.clientWidth],
    bottom: Math.max(...[...frame.querySelectorAll('.cell, img')].map(bottom)),
    text: Math.min(...shown.filter(e => !isSmall(e)).map(size)),
    small: Math.min(99, ...shown.filter(isSmall).map(size)),
    picture: [...frame.querySelectorAll('img')].map(e => [e.alt, e.clientHeight, e.naturalWidth]),
    last: Reveal.isLastSlide() && !Reveal.availableFragments().next,
  };
}"""


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
        ("## Lifetime value\n\n$$\\sum_{t=1}^{T} \\frac{m_t r^t}{(1+d)^t}$$", slide("slide")),
        ("print(sum(0.8 ** t for t in range(5)))", {"tags": ["show-code"]}),
    )
    assert run([source], out=tmp_path / "out")["status"].tolist() == ["ok"]
    return to_slides(tmp_path / "out/05_abc.ipynb", tmp_path / "deck.html")


@pytest.mark.browser
def test_every_slide_is_legible_whole_and_offline(deck: Path, chromium: str) -> None:
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
        page.wait_for_function("Reveal.isReady()")
        while True:
            look = page.evaluate(LOOK)
            looks.append(look)
            if look["last"]:
                break
            page.keyboard.press("Space")
        number = page.inner_text(".slide-number")
        notes = page.evaluate("getComputedStyle(Reveal.getSlides()[0].querySelector('aside.notes')).display")
        page.goto(deck.as_uri() + "?print-pdf")
        page.wait_for_selector(".pdf-page")
        sheets = page.locator(".pdf-page").count()
        browser.close()
    assert [url for url in requests if not url.startswith(("data:", "blob:", deck.as_uri()))] == []
    assert faults == []
    assert [look["title"] for look in looks] == [
        "ABC analysis and the customer pyramid",
        "Who carries the firm?",
        "The top customers",
        "The top customers",
        "Eighty–twenty, drawn",
        "Lifetime value",
    ]
    for look in looks:
        assert max(look["over"]) <= 0, look
        assert look["bottom"] <= 700, look
        assert look["text"] >= 26, look
        assert look["small"] >= 18, look
    [[alt, height, width]] = looks[4]["picture"]
    assert (alt, width) == ("A bent line", 1200)
    assert height >= 300
    assert number.split() == ["5", "/", "5"]
    assert notes == "none"
    assert sheets == 5
