"""The course as a site: it builds without a warning, every inner link leads somewhere, nothing asks the network.

The pages are looked at in a real browser with axe, a checker of accessibility.
"""

from __future__ import annotations

import functools
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

from crmlab.course import lessons

pytest.importorskip("myst_nb", reason="the extra [docs] is not installed")
ROOT = Path(__file__).resolve().parents[1]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)


@pytest.fixture(scope="module", params=["en", "zh"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(ROOT / "docs" / "build.py"), "--lang", request.param, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return out / str(request.param)


@functools.cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(page: Path) -> set[str]:
    return {tag["id"] for tag in soup(page).find_all(id=True)} | {
        tag["name"] for tag in soup(page).find_all("a", attrs={"name": True})
    }


def test_every_inner_link_and_picture_is_there(site: Path) -> None:
    wrong = []
    for page in sorted(site.rglob("*.html")):
        if "_static" in page.parts:
            continue
        for tag in soup(page).find_all(["a", "img", "link", "script"]):
            address = tag.get("href") or tag.get("src") or ""
            if not address or address.startswith(("http:", "https:", "data:", "mailto:", "javascript:")):
                continue
            path, anchor = urldefrag(address)
            target = (page.parent / unquote(path.split("?")[0])).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (
                anchor and target.suffix == ".html" and unquote(anchor) not in anchors(target)
            ):
                wrong.append(f"{page.relative_to(site)}: {address}")
    assert wrong == []


def test_every_lesson_and_exercise_can_be_read_and_downloaded(site: Path) -> None:
    for part in ("lessons", "exercises"):
        for path in lessons().values():
            assert (site / part / f"{path.stem}.html").exists()
            assert json.loads((site / "_sources" / part / path.name).read_text(encoding="utf-8"))["cells"]


def test_no_lesson_shows_a_speaker_note(site: Path) -> None:
    for page in (site / "lessons").glob("*.html"):
        assert "For the instructor (" not in page.read_text(encoding="utf-8"), page.name


def test_what_a_cell_writes_is_a_table_and_a_heading(site: Path) -> None:
    """Sphinx takes both for plain words, unless told otherwise."""
    for page in (site / "lessons").glob("*.html"):
        words = soup(page).find("article")
        assert words.find("p", class_="rubric") is None, page.name
        assert not [p for p in words.find_all("p") if p.get_text().startswith("| ")], page.name
    pyramid = soup(site / "lessons" / "12_grading.html").find(id="the-pyramid")
    assert pyramid.name == "h3"


def test_the_chinese_site_is_chinese_where_it_is_translated(site: Path) -> None:
    page = soup(site / "lessons" / "05_abc.html")
    heading = page.find("h1").get_text()
    assert page.html["lang"].lower().replace("_", "-") in ("en", "zh-cn")
    assert ("who brings the money" in heading) == (site.name == "en")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_pages_are_accessible_and_ask_nothing_from_the_network(
    site: Path, served: str, chromium: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    pages = [
        "index.html",
        "instructor.html",
        "before.html",
        "researcher.html",
        "glossary.html",
        "api/rfm.html",
    ]
    shown = list(lessons().values())
    pages += [f"lessons/{path.stem}.html" for path in (shown if site.name == "en" else shown[::7])]
    pages += ["exercises/05_abc.html", "lessons/index.html"]
    faults: dict[str, list[str]] = {}
    outside: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on(
            "request",
            lambda r: None if r.url.startswith((served, "data:", "blob:")) else outside.append(r.url),
        )
        for name in pages:
            page.goto(f"{served}/{name}")
            found = Axe().run(page).response["violations"]
            said = [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found]
            if said:
                faults[name] = said
        browser.close()
    assert outside == []
    assert faults == {}


@pytest.mark.browser
def test_the_search_finds_a_topic(site: Path, served: str, chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    word = "whale" if site.name == "en" else "流失"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.goto(f"{served}/search.html?q={word}")
        page.wait_for_selector("#search-results li a")
        found = page.locator("#search-results li a").all_inner_texts()
        browser.close()
    assert any(("ABC" in text) if site.name == "en" else ("15" in text) for text in found), found
