"""What is wrong with this installation, and how to mend it."""

from __future__ import annotations

import importlib.metadata as metadata
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from crmlab.course import course_dir

_CJK_FONTS = (
    "CJK",
    "Source Han",
    "WenQuanYi",
    "PingFang",
    "Heiti",
    "Songti",
    "Hiragino",
    "YaHei",
    "SimHei",
    "SimSun",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
Finding = tuple[str, str, str]  # status, what was found, cure


def diagnose(*, out: str | Path = ".") -> pd.DataFrame:
    """Look at Python, the packages, the kernel, the data and write access.

    Parameters
    ----------
    out : str or Path
        Folder in which you mean to work.

    Returns
    -------
    DataFrame
        One row per check: ``check``, ``status`` ("ok", "problem" for what is needed, "hint" for
        what would be nice), ``found`` and ``cure`` ("" when ok).

    Examples
    --------
    >>> list(diagnose().columns)
    ['check', 'status', 'found', 'cure']
    """
    checks: list[tuple[str, Callable[[], Finding]]] = [("Python", _python)]
    checks += [(name, partial(_package, name, wanted)) for name, wanted in _required()]
    checks += [
        ("kernel", _kernel),
        ("course", _course),
        ("data", _data),
        ("temporary folder", lambda: _writable(Path(tempfile.gettempdir()))),
        ("working folder", lambda: _writable(Path(out))),
        ("Chinese font", _chinese),
        ("browser for tests", _browser),
    ]
    rows = []
    for name, check in checks:
        try:
            finding = check()
        except Exception as error:  # a doctor must not fall ill: whatever goes wrong is a finding
            finding = ("problem", f"{type(error).__name__}: {error}", "pip install --force-reinstall crmlab")
        rows.append((name, *finding))
    return pd.DataFrame(rows, columns=["check", "status", "found", "cure"])


def _required() -> list[tuple[str, str]]:
    """List the packages that crmlab declares, with the versions it allows."""
    from packaging.requirements import Requirement

    try:
        declared = [Requirement(text) for text in metadata.requires("crmlab") or []]
    except metadata.PackageNotFoundError:
        return [("crmlab", "")]
    needed = [item for item in declared if not item.marker or item.marker.evaluate({"extra": ""})]
    return [("crmlab", ""), *((item.name, str(item.specifier)) for item in needed)]


def _python() -> Finding:
    from packaging.specifiers import SpecifierSet

    try:
        wanted = metadata.metadata("crmlab")["Requires-Python"]
    except metadata.PackageNotFoundError:
        wanted = ">=3.11"
    found = platform.python_version()
    if found in SpecifierSet(wanted):
        return "ok", f"{found} in {sys.prefix}", ""
    return (
        "problem",
        f"{found}; crmlab needs {wanted}",
        "install Python 3.12 and make a new environment with it",
    )


def _package(name: str, wanted: str) -> Finding:
    from packaging.specifiers import SpecifierSet

    cure = f'pip install "{name}{wanted}"'
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return "problem", "missing", cure
    if SpecifierSet(wanted).contains(found, prereleases=True):
        return "ok", found, ""
    return "problem", f"{found}; crmlab needs {wanted}", cure


def _kernel() -> Finding:
    """Start a kernel and let it add one and one."""
    import asyncio

    from crmlab.kernels import Kernels

    kernels = Kernels()
    answers: list[str] = []

    def note(message: dict[str, dict[str, dict[str, str]]]) -> None:
        if "data" in message["content"]:
            answers.append(message["content"]["data"]["text/plain"])

    async def ask() -> None:
        manager = kernels.manager()
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=30)
            await client.execute_interactive("1 + 1", timeout=30, output_hook=note)
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    start = time.perf_counter()
    try:
        with ThreadPoolExecutor(1) as thread:  # so that a notebook may ask too
            thread.submit(lambda: asyncio.run(ask())).result()
    except Exception as error:
        answers.append(f"{type(error).__name__}: {error}")
    finally:
        kernels.kill()
    seconds = time.perf_counter() - start
    if answers == ["2"]:
        return "ok", f"answers in {seconds:.1f} s", ""
    return (
        "problem",
        f"no answer: {answers[0] if answers else 'silence'}",
        "pip install --force-reinstall ipykernel jupyter_client",
    )


def _course() -> Finding:
    folder = course_dir()
    count = len(list((folder / "notebooks").glob("[0-9][0-9]_*.ipynb")))
    if count:
        return "ok", f"{count} lessons in {folder}", ""
    return "problem", f"no lessons in {folder}", "pip install --force-reinstall crmlab"


def _data() -> Finding:
    from crmlab.datasets import load_retail

    world = load_retail()
    return "ok", f"{len(world.orders):,} orders of {len(world.customers):,} customers", ""


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"1" * 4096)
            file.flush()
    except OSError as error:
        return (
            "problem",
            f"cannot write to {folder.resolve()}: {error.strerror}",
            "change to a folder of your own",
        )
    free = shutil.disk_usage(folder).free / 1e6
    if free < 200:
        return (
            "hint",
            f"{folder.resolve()} has {free:.0f} MB left",
            "make room: a run of the course takes up to 200 MB",
        )
    return "ok", f"{folder.resolve()}, {free / 1000:.0f} GB free", ""


def _chinese() -> Finding:
    from matplotlib import font_manager

    names = sorted({font.name for font in font_manager.fontManager.ttflist})
    found = next((name for name in names if any(part in name for part in _CJK_FONTS)), None)
    if found:
        return "ok", found, ""
    return "hint", "none: Chinese labels in figures would show boxes", "install the font Noto Sans CJK SC"


def _browser() -> Finding:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return "ok", found, ""
    return "hint", "none: only the browser tests need it", "install Chromium if you mean to run them"
