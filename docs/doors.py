"""Take the pictures of the three doors for the README: python docs/doors.py. Needs Chromium.

Each picture shows the course as it is: an exercise in JupyterLab, a slide of a lesson, the table of a run.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from crmlab.course import lessons
from crmlab.doctor import BROWSERS
from crmlab.pages import to_slides

OUT = Path(__file__).resolve().parent / "doors"
SIZE = {"width": 1120, "height": 700}
WRONG = (
    'rows = data.orders[data.orders["order_date"] <= data.as_of]\n'
    'answer_05_1 = rows[rows["amount_eur"] >= 0].groupby("customer_id")["amount_eur"].sum()'
)


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """Start `crmlab lab` in a folder of its own and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    (folder / "config").mkdir()
    (folder / "config/jupyter_server_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    command = [
        sys.executable,
        "-m",
        "crmlab.cli",
        "lab",
        str(folder / "mine"),
        "--no-browser",
        "--port",
        str(port),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | settings)
        try:
            for _ in range(600):
                found = re.search(r"http://127\.0\.0\.1:\S+\?token=\w+", (folder / "log").read_text())
                if found:
                    break
                time.sleep(0.1)
            else:
                raise SystemExit((folder / "log").read_text())
            yield found[0]
        finally:
            process.terminate()
            process.wait(30)


def save(page: Any, name: str) -> None:
    """Keep a picture small: 128 colours are enough."""
    OUT.mkdir(exist_ok=True)
    page.screenshot(path=OUT / f"{name}.png")
    Image.open(OUT / f"{name}.png").convert("RGB").quantize(128).save(OUT / f"{name}.png", optimize=True)
    print(OUT / f"{name}.png")


def student(page: Any, folder: Path) -> None:
    """An exercise with a wrong answer, and the hint on it."""
    run = (
        "async i => { const n = jupyterapp.shell.currentWidget.content; n.deselectAll(); "
        "n.activeCellIndex = i; await n.scrollToItem(i, 'center'); "
        "await jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    idle = (
        "() => { const w = window.jupyterapp?.shell.currentWidget; return w?.sessionContext?.isReady "
        "&& w.sessionContext.session?.kernel?.status === 'idle' "
        "&& !w.content.widgets.some(c => c.isPlaceholder()) }"
    )
    with lab(folder) as address:
        page.goto(re.sub(r"notebooks/\w+\.ipynb", "exercises/05_abc.ipynb", address) + "&reset")
        page.wait_for_function(idle, timeout=60_000)
        page.evaluate("() => { jupyterapp.shell.collapseLeft(); }")
        widgets = "jupyterapp.shell.currentWidget.content.widgets"
        ids = page.evaluate(f"() => {widgets}.map(c => c.model.metadata.nbgrader?.grade_id || '')")
        page.evaluate(
            f"([i, t]) => {widgets}[i].model.sharedModel.setSource(t)", [ids.index("task_05_1"), WRONG]
        )
        source = f"{widgets}[i].model.sharedModel.getSource().replace('your name', 'Li Wei')"
        page.evaluate(f"i => {widgets}[i].model.sharedModel.setSource({source})", ids.index("setup_05"))
        for name in ("setup_05", "task_05_1", "check_05_1"):
            page.evaluate(run, ids.index(name))
            page.wait_for_timeout(500)
            page.wait_for_function(idle, timeout=60_000)
        show = "i => jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')"
        page.evaluate(show, ids.index("check_05_1"))
        page.wait_for_timeout(1500)
        save(page, "student")


def instructor(page: Any, folder: Path) -> None:
    """A slide with a figure."""
    deck = to_slides(lessons()["05"], folder / "deck.html")
    page.goto(deck.as_uri())
    page.wait_for_function("Reveal.isReady()")
    while not page.evaluate("Boolean(Reveal.getCurrentSlide().querySelector('.frame img'))"):
        page.keyboard.press("Space")
    page.wait_for_timeout(800)
    save(page, "instructor")


def researcher(page: Any, folder: Path) -> None:
    """The index of a run, with its parameters and what was found."""
    command = [
        sys.executable,
        "-m",
        "crmlab.cli",
        "run",
        "05",
        "06",
        "-p",
        "n_customers=2000",
        "-p",
        "seed=3",
    ]
    subprocess.run([*command, "--out", str(folder / "run")], check=True, stdout=subprocess.DEVNULL)
    page.goto((folder / "run" / "index.html").as_uri())
    page.wait_for_timeout(500)
    save(page, "researcher")


def main() -> None:
    """Take all three, or those named."""
    browser_path = next(path for name in BROWSERS if (path := shutil.which(name)))
    wanted = sys.argv[1:] or ["student", "instructor", "researcher"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for door in (student, instructor, researcher):
            if door.__name__ in wanted:
                with tempfile.TemporaryDirectory() as folder:
                    door(browser.new_page(viewport=SIZE), Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
