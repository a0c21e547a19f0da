"""A student's hour: `crmlab lab`, two lessons and an exercise, in a real JupyterLab and a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from crmlab.checks.lesson_05 import TASKS
from crmlab.notebook import RECORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]

LESSONS = ["00", "05", "06"]
FILES = {
    "00": "notebooks/00_start.ipynb",
    "05": "notebooks/05_abc.ipynb",
    "06": "notebooks/06_rfm.ipynb",
    "exercise 05": "exercises/05_abc.ipynb",
}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# the kernel is there and has nothing to do; without this a dialog would stand in the way of Run All
IDLE = """() => {
  const widget = window.jupyterapp?.shell.currentWidget, session = widget?.sessionContext;
  return session?.isReady && session.session?.kernel?.status === 'idle'
    && widget.content.widgets.every(cell => !cell.isPlaceholder());
}"""
RUN_ALL = """() => {
  window.ranAll = null;
  jupyterapp.commands.execute('notebook:run-all-cells').then(
    done => { window.ranAll = [done]; }, fault => { window.ranAll = [String(fault)]; });
}"""
CELLS = """() => jupyterapp.shell.currentWidget.content.widgets.map(cell => ({
  id: cell.model.id, type: cell.model.type, metadata: cell.model.metadata,
  source: cell.model.sharedModel.getSource(),
  count: cell.model.executionCount ?? null,
  outputs: cell.model.type === 'code' ? cell.model.sharedModel.getOutputs() : [],
  shown: [...cell.node.querySelectorAll('.jp-OutputArea-output[data-mime-type]')]
    .map(node => node.dataset.mimeType),
  folded: cell.inputHidden || Boolean(cell.node.querySelector('details:not([open])')),
}))"""
GO = """index => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  return notebook.scrollToItem(index, 'center');
}"""


@dataclass
class Open:
    """A notebook that is open in a tab of the browser."""

    page: Any
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def cells(self) -> list[dict[str, Any]]:
        return self.page.evaluate(CELLS)

    def wait(self, condition: str, *, seconds: float = 60, **given: Any) -> None:
        self.page.wait_for_function(condition, timeout=1000 * seconds, **given)

    def run_all(self) -> None:
        self.page.evaluate(RUN_ALL)
        try:
            self.wait("() => window.ranAll", seconds=120)
        except Exception as error:
            kernel = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status"
            done = [cell["id"] for cell in self.cells() if cell["count"]]
            pytest.fail(f"{error}: the kernel is {self.page.evaluate(kernel)}, last cell done {done[-1:]}")
        assert self.page.evaluate("window.ranAll") == [True], self.errors()
        self.wait(IDLE)

    def errors(self) -> list[tuple[str, str]]:
        found = [(cell["id"], output) for cell in self.cells() for output in cell["outputs"]]
        return [(i, f"{o['ename']}: {o['evalue']}") for i, o in found if o["output_type"] == "error"]

    def index(self, grade_id: str) -> int:
        ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in self.cells()]
        return ids.index(grade_id)

    def node(self, index: int) -> Any:
        """Scroll a cell into view and give its node."""
        self.page.evaluate(GO, index)
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def type_and_run(self, grade_id: str, text: str | None = None) -> Any:
        """Type into a code cell as a student does, run it with Shift+Enter, and give its node."""
        index = self.index(grade_id)
        node = self.node(index)
        node.locator(".cm-content").click()
        if text is not None:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
            assert self.cells()[index]["source"] == text
        before = self.cells()[index]["count"] or 0
        self.page.keyboard.press("Shift+Enter")
        self.wait(
            "([i, n]) => jupyterapp.shell.currentWidget.content.widgets[i].model.executionCount > n",
            arg=[index, before],
        )
        self.wait(IDLE)
        assert self.errors() == []
        return node


@dataclass
class Lab:
    """A running JupyterLab: the address that it printed, the student's folder, the notebooks as given."""

    address: str
    folder: Path
    given: dict[str, dict[str, Any]]


@contextlib.contextmanager
def started(root: Path, *options: str) -> Iterator[Lab]:
    """Start `crmlab lab` as a student does, with settings of its own; end it, and look for left-overs."""
    (root / "config").mkdir()
    settings = {"LabApp": {"expose_app_in_browser": True}}  # the token stays
    (root / "config/jupyter_server_config.json").write_text(json.dumps(settings))
    strange = ("JUPYTER", "IPYTHON", "CRMLAB", "MPLBACKEND")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(strange)} | {
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_DATA_DIR": str(root / "data"),
        "JUPYTER_RUNTIME_DIR": str(root / "runtime"),
        "IPYTHONDIR": str(root / "ipython"),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "crmlab.cli", "lab", str(root / "mine")]
    command += ["--no-browser", "--port", str(port), *options]
    with (root / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=root
        )
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:\S+\?token=\w+", (root / "log").read_text())):
            assert process.poll() is None and time.monotonic() < deadline, (root / "log").read_text()
            time.sleep(0.1)
        given = {name: json.loads((root / "mine" / path).read_text("utf-8")) for name, path in FILES.items()}
        yield Lab(found[0], root / "mine", given)
        kernels = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (root / "log").read_text()[-3000:]
        _, alive = psutil.wait_procs(kernels, timeout=10)
        assert not alive
    finally:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    assert chromium
    with started(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def opened(chromium: str, lab: Lab) -> Iterator[Callable[[str], Open]]:
    """Open a notebook, each in a tab of its own and only once; a lesson is run from top to bottom."""
    from playwright.sync_api import sync_playwright

    tabs: dict[str, Open] = {}
    failed: dict[str, BaseException] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)

        def get(name: str) -> Open:
            if name not in tabs:
                tab = Open(browser.new_page(viewport={"width": 1280, "height": 900}))
                tab.page.set_default_timeout(30_000)
                tab.page.on("request", lambda request: tab.requests.append(request.url))
                tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
                assert f"/lab/tree/{FILES['00']}?" in lab.address  # the door
                tab.page.goto(lab.address.replace(FILES["00"], FILES[name]) + "&reset")
                tab.wait(IDLE)
                assert tab.page.locator(".jp-Dialog").count() == 0
                if name in LESSONS:
                    try:
                        tab.run_all()
                    except BaseException as error:
                        failed[name] = error  # once is enough
                tabs[name] = tab
            if name in failed:
                raise failed[name]
            return tabs[name]

        yield get
        browser.close()


def test_the_folder_holds_the_course_and_not_its_tools(lab: Lab) -> None:
    files = [path.relative_to(lab.folder) for path in lab.folder.rglob("*") if path.is_file()]
    assert {str(file) for file in files} >= set(FILES.values())
    assert [file for file in files if file.suffix == ".py" or "masters" in file.parts] == []


def kinds(outputs: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(o["output_type"], sorted(o.get("data", {"text": o.get("name")}))) for o in outputs]


@pytest.mark.parametrize("lesson", LESSONS)
def test_run_all_cells(lab: Lab, opened: Callable[[str], Open], lesson: str) -> None:
    tab = opened(lesson)
    cells = tab.cells()
    code = [cell for cell in cells if cell["type"] == "code"]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in lab.given[lesson]["cells"]]
    assert [cell["count"] for cell in code] == list(range(1, len(code) + 1))
    stored = {cell["id"]: cell.get("outputs", []) for cell in lab.given[lesson]["cells"]}
    for cell in code:
        bad = [o for o in cell["outputs"] if o["output_type"] == "error" or o.get("name") == "stderr"]
        assert not bad, cell["id"]
        if "widget" not in cell["metadata"].get("tags", []):  # live only
            assert kinds(cell["outputs"]) == kinds(stored[cell["id"]]), cell["id"]
            assert len(cell["shown"]) == len(cell["outputs"]), cell["id"]
    base = lab.address.split("/lab")[0]
    assert [url for url in tab.requests if not url.startswith((base, "data:", "blob:"))] == []
    assert tab.faults == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_record_is_kept_and_shown(opened: Callable[[str], Open], lesson: str) -> None:
    tab = opened(lesson)
    [(index, record)] = [
        (index, output["data"][RECORD])
        for index, cell in enumerate(tab.cells())
        for output in cell["outputs"]
        if RECORD in output.get("data", {})
    ]
    assert record["lesson"] == lesson
    rows = tab.node(index).locator(".jp-RenderedHTMLCommon tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == [*record["findings"]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_screen_reader_finds_every_picture(opened: Callable[[str], Open], lesson: str) -> None:
    tab = opened(lesson)
    texts = [o.get("data", {}).get("text/plain", "") for cell in tab.cells() for o in cell["outputs"]]
    alts = [text.removeprefix("Figure: ") for text in map("".join, texts) if text.startswith("Figure: ")]
    assert len(alts) >= 4
    pictures = tab.page.locator(".jp-OutputArea-output img")
    assert pictures.count() == len(alts)
    assert pictures.evaluate_all("all => all.filter(e => !(e.naturalWidth > 0 && e.clientWidth > 300))") == []
    for alt in alts:
        assert tab.page.get_by_role("img", name=alt, exact=True).count() == 1, alt


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_speakers_notes_stay_folded(opened: Callable[[str], Open], lesson: str) -> None:
    tab = opened(lesson)
    folds = tab.page.locator(".jp-MarkdownOutput details", has_text="For the instructor")
    assert folds.count() >= 5
    assert folds.evaluate_all("all => all.filter(e => e.open).length") == 0


def test_the_slider_answers_to_the_keyboard(opened: Callable[[str], Open]) -> None:
    from playwright.sync_api import expect

    tab = opened("05")
    [index] = [i for i, cell in enumerate(tab.cells()) if "widget" in cell["metadata"].get("tags", [])]
    box = tab.node(index).locator(".widget-interact")
    handle, shown = box.get_by_role("slider"), box.locator(".jp-OutputArea-output pre")
    expect(shown).to_be_visible()
    expect(shown).to_have_text(re.compile(r"\S"))
    before, value = shown.text_content(), float(handle.get_attribute("aria-valuenow"))
    handle.focus()
    for _ in range(3):
        tab.page.keyboard.press("ArrowLeft")
    expect(shown).not_to_have_text(before)
    assert float(handle.get_attribute("aria-valuenow")) < value


@pytest.mark.parametrize("lesson", LESSONS)
def test_saving_keeps_slides_and_tags(lab: Lab, opened: Callable[[str], Open], lesson: str) -> None:
    tab = opened(lesson)
    tab.page.evaluate("() => { jupyterapp.commands.execute('docmanager:save'); }")
    tab.wait("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    saved, given = json.loads((lab.folder / FILES[lesson]).read_text("utf-8")), lab.given[lesson]
    # times of execution change; "jupyter" says what is folded on the screen
    view = ("execution", "jupyter")

    def kept(notebook: dict[str, Any]) -> list[dict[str, Any]]:
        cells = notebook["cells"]
        texts = ["".join(cell["source"]) for cell in cells]
        said = [{k: v for k, v in cell["metadata"].items() if k not in view} for cell in cells]
        return [{"id": c["id"], "source": t, **s} for c, t, s in zip(cells, texts, said, strict=True)]

    assert kept(saved) == kept(given)
    assert any(cell.get("slideshow") for cell in kept(saved)) and any(c.get("tags") for c in kept(saved))
    assert saved["metadata"]["kernelspec"] == given["metadata"]["kernelspec"]
    assert saved["cells"][-1]["id"] == given["cells"][-1]["id"]


def test_an_exercise_from_name_to_full_marks(opened: Callable[[str], Open]) -> None:
    tab = opened("exercise 05")
    task = TASKS[0]
    hint = next(mistake.hint for mistake in task.mistakes if mistake.name == "refunds dropped")
    setup = tab.cells()[tab.index("setup_05")]["source"]
    assert '"your name"' in setup
    tab.type_and_run("setup_05", setup.replace("your name", "李伟 O'Neil"))

    def card() -> str:
        node = tab.type_and_run("check_05_1")
        return node.get_by_role("group", name=f"Result of Task {task.number} · {task.title}").inner_text()

    rows = 'rows = data.orders[data.orders["order_date"] <= data.as_of]\n'
    total = '.groupby("customer_id")["amount_eur"].sum()'
    tab.type_and_run("task_05_1", f'{rows}answer_05_1 = rows[rows["amount_eur"] >= 0]{total}')
    wrong = card()
    assert f"1 of {task.points} points" in wrong
    assert hint in wrong and "Data of 李伟 O'Neil." in wrong

    tab.type_and_run("task_05_1", f"{rows}answer_05_1 = rows{total}")
    right = card()
    assert f"{task.points} of {task.points} points" in right
    assert "✘" not in right and hint not in right
