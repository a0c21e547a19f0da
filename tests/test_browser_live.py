"""An instructor's room: JupyterLab with Chinese menus, and a lesson as slides inside it, in a real browser."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from test_browser_lab import FILES, FLAGS, IDLE, Open, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]


def test_menus_in_chinese_and_a_live_deck(chromium: str, tmp_path: Path) -> None:
    """`crmlab lab --lang zh`; then the lesson as slides inside JupyterLab (the extra [present])."""
    from playwright.sync_api import sync_playwright

    with started(tmp_path, "--lang", "zh") as running, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        tab = Open(browser.new_page(viewport={"width": 1280, "height": 900}))
        tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.page.goto(running.address.replace(FILES["00"], FILES["05"]) + "&reset")
        tab.wait(IDLE)
        menus = tab.page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
        assert {"文件", "编辑", "运行"} <= {re.sub(r"\(.*", "", menu).strip() for menu in menus}, menus
        if not tab.page.evaluate("jupyterapp.commands.hasCommand('deck:start')"):
            (pytest.fail if os.environ.get("CI") else pytest.skip)("the extra [present] is not installed")
        tab.page.evaluate("() => { jupyterapp.commands.execute('deck:start'); }")
        title = tab.page.locator(".jp-Notebook h1", has_text="ABC analysis")
        title.wait_for(state="visible")
        tab.page.evaluate("() => { jupyterapp.commands.execute('deck:down'); }")
        tab.page.locator(".jp-Notebook h2", has_text="What you will be able to do").wait_for(state="visible")
        assert tab.faults == []
        tab.page.evaluate("() => { jupyterapp.commands.execute('deck:stop'); }")
        browser.close()
