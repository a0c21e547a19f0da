from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from crmlab.contracts import DataError
from crmlab.pages import to_page, to_slides

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TABLE = """<style scoped>.dataframe th {text-align: right}</style><table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>customer</th><th>revenue_eur</th></tr></thead>
<tbody><tr><th>0</th><td>C1</td><td>1,234.50</td></tr><tr><th>1</th><td>C2</td><td>-3</td></tr></tbody></table>"""


def slide(kind: str, **more: object) -> dict[str, object]:
    return {"slideshow": {"slide_type": kind}, **more}


@pytest.fixture
def lesson(notebook) -> Path:
    """A notebook with one of everything, its outputs written by hand."""
    from nbformat import read, v4, write

    path = notebook(
        "05_abc.ipynb",
        ("# The *pyramid* & more\n\n金字塔", slide("slide")),
        ("# Notes\nsay this", slide("notes")),
        ("a = 1", slide("skip")),
        ("## First step", slide("slide")),
        "table",
        ("## Formula\n\nWith $r$ and `$5 and $6`:\n\n$$\\frac{m r^t}{(1+d)^t} < 1$$", slide("subslide")),
        ("shown = 1", {"tags": ["show-code"]}),
        "hidden = 1",
        ("## Picture", slide("slide")),
        "figure",
        ("* last", slide("fragment")),
    )
    made = read(path, 4)
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    made.cells[4].outputs = [v4.new_output("execute_result", {"text/html": TABLE, "text/plain": "t"})]
    made.cells[7].outputs = [
        v4.new_output(
            "display_data", {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "interactive()"}
        ),
        v4.new_output("display_data", {"application/javascript": "alert(1)", "text/plain": "js-fallback"}),
        v4.new_output(
            "display_data",
            {"application/vnd.crmlab.record+json": {"lesson": "05"}, "text/html": "<p>rec</p>"},
        ),
        v4.new_output("stream", name="stderr", text="a warning"),
        v4.new_output("stream", name="stdout", text="<b>&"),
    ]
    made.cells[9].outputs = [
        v4.new_output(
            "display_data",
            {"image/png": PIXEL, "text/plain": "Figure"},
            metadata={"image/png": {"alt": 'A "curve" & <line>'}},
        )
    ]
    write(made, path)
    return path


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def test_nothing_is_fetched_from_elsewhere(lesson: Path, tmp_path: Path) -> None:
    for page in (to_page(lesson, tmp_path / "p.html"), to_slides(lesson, tmp_path / "s.html")):
        found = soup(page)
        for tag in found.find_all(["img", "script", "link", "iframe", "source"]):
            address = tag.get("src") or tag.get("href") or "data:"
            assert address.startswith("data:")
        assert not re.search(
            r"url\((?!data:)|@import", "".join(style.text for style in found.find_all("style"))
        )
        assert not found.find("script", type=re.compile("widget"))


def test_page_has_language_title_headings_code_and_contents(lesson: Path, tmp_path: Path) -> None:
    page = soup(to_page(lesson, tmp_path / "p.html"))
    assert page.html["lang"] == "en"
    assert page.title.text == "The pyramid & more"
    assert [link.text for link in page.select("nav li a")] == ["First step", "Formula", "Picture"]
    assert all(page.find(id=link["href"][1:]) for link in page.select("nav li a"))
    assert len(page.select(".input")) == 5
    assert "say this" in page.select_one("details.notes").text
    assert page.select_one(".stderr").text == "a warning"
    assert [pre.text for pre in page.select(".stream:not(.stderr)")] == ["<b>&"]
    assert "open the notebook in JupyterLab" in page.select_one(".only-live").text
    assert "interactive()" not in page.text


def test_language_of_the_notebook(lesson: Path, tmp_path: Path) -> None:
    text = lesson.read_text()
    lesson.write_text(
        text.replace('"metadata": {\n  "widgets"', '"metadata": {\n  "lang": "zh",\n  "widgets"')
    )
    page = soup(to_page(lesson, tmp_path / "p.html"))
    assert page.html["lang"] == "zh"
    assert page.select_one("details.notes summary").text == "讲者备注"


@pytest.mark.parametrize("make", [to_page, to_slides])
def test_picture_table_and_formula(lesson: Path, tmp_path: Path, make) -> None:
    page = soup(make(lesson, tmp_path / "x.html"))
    assert page.img["alt"] == 'A "curve" & <line>'
    assert base64.b64decode(page.img["src"].split(",")[1])[:4] == b"\x89PNG"
    table = page.select_one("table.dataframe")
    assert not table.has_attr("border") and not page.select("style[scoped]")
    assert [cell["scope"] for cell in table.find_all("th")] == ["col"] * 3 + ["row"] * 2
    numbers = [
        [("number" in cell.get("class", [])) for cell in row.find_all(["th", "td"])]
        for row in table.find_all("tr")
    ]
    assert numbers == [[True, False, True]] * 3
    assert [math["display"] for math in page.find_all("math")] == ["inline", "block"]
    assert page.find("mfrac") and "$5 and $6" in page.code.text
    assert page.find("math", display="block").text.endswith("<1")
    assert "js-fallback" in page.text and "alert(1)" not in page.text


def test_slides_follow_the_tags(lesson: Path, tmp_path: Path) -> None:
    deck = soup(to_slides(lesson, tmp_path / "s.html"))
    slides = deck.select(".slides > section > section")
    assert [part.find(["h1", "h2"]).text for part in slides] == [
        "The pyramid & more",
        "First step",
        "Formula",
        "Picture",
    ]
    assert [len(part.find_all("section")) for part in deck.select(".slides > section")] == [1, 2, 1]
    assert "say this" in slides[0].select_one("aside.notes").text
    assert [box.text.strip() for box in deck.select(".input")] == ["shown = 1"]
    assert slides[3].select_one(".fragment li").text == "last"
    assert "a warning" not in deck.text
    assert not deck.select("a.anchor-link")


@pytest.mark.parametrize("make", [to_page, to_slides])
def test_a_picture_from_the_network_is_refused(notebook, tmp_path: Path, make) -> None:
    source = notebook("a.ipynb", "# A\n\n![logo](//example.org/a.png)")
    with pytest.raises(DataError) as error:
        make(source, tmp_path / "x.html")
    assert str(error.value) == (
        "'a.ipynb' asks for //example.org/a.png from the network. "
        "Hint: keep the file beside the notebook and name it by its relative path"
    )
    assert not (tmp_path / "x.html").exists()


def test_a_picture_beside_the_notebook_is_taken_in(notebook, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
    page = soup(to_page(notebook("a.ipynb", "# A\n\n![a dot](dot.png)"), tmp_path / "x.html"))
    assert page.img["alt"] == "a dot"
    assert page.img["src"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("make", [to_page, to_slides])
def test_words_keep_their_form(notebook, tmp_path: Path, make) -> None:
    (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
    text = '# A\n\nr<sup>t</sup>, *so*, <kbd>S</kbd> <img src="dot.png" alt="a dot">'
    html = make(notebook("a.ipynb", (text, slide("slide"))), tmp_path / "x.html").read_text("utf-8")
    assert "r<sup>t</sup>, <em>so</em>, <kbd>S</kbd> <img" in html and "data:image/png;base64," in html


def test_a_deck_without_a_slide(notebook, tmp_path: Path) -> None:
    source = notebook("a.ipynb", ("# A", slide("skip")), ("# B", slide("notes")))
    with pytest.raises(DataError) as error:
        to_slides(source, tmp_path / "x.html")
    assert str(error.value) == (
        "'a.ipynb' has no slide: every cell is tagged 'skip' or 'notes'. "
        "Hint: give at least one cell the slide type 'slide'"
    )


def test_same_notebook_same_page(lesson: Path, tmp_path: Path) -> None:
    for make in (to_page, to_slides):
        assert (
            make(lesson, tmp_path / "a.html").read_bytes() == make(lesson, tmp_path / "b.html").read_bytes()
        )


def test_colours_have_contrast() -> None:
    import crmlab

    text = (Path(crmlab.__file__).parent / "templates/crmlab_page/colours.css").read_text()
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", text))
    inks = [colours[name] for name in ("ink", "muted", "accent", "alarm")] + re.findall(
        r"[^-]color: (#[0-9a-f]{6})", text
    )
    assert len(inks) == 6

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for ink in inks:
        for ground in (colours["paper"], colours["shade"]):
            assert (light(ground) + 0.05) / (light(ink) + 0.05) >= 7, (ink, ground)
