"""The course in a folder of the student's own, kept up to date without touching their work."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.catalogue import check_language
from crmlab.contracts import DataError
from crmlab.course import course_dir, write_file

MANIFEST = ".crmlab.json"
_PARTS = ("notebooks", "exercises", "datasets")
_LEFT_OUT = {"masters", "zh", "__pycache__", ".ipynb_checkpoints"}
_SETTINGS = Path(".jupyter/labconfig/default_setting_overrides.json")
_TRANSLATION = "@jupyterlab/translation-extension:plugin"
_LOCALES = {"en": "default", "zh": "zh_CN"}
_QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineWrap": True}},
}


def copy_course(
    folder: str | Path, *, course: str | Path | None = None, language: str | None = None
) -> pd.DataFrame:
    """Copy the course into a folder, or bring an earlier copy up to date.

    A file that is still as it was given is replaced by its new version. A file that the student
    has changed stays; a version of the course that they have not been given yet is written beside
    it as ``NAME.new.ipynb``. A deleted file comes back. What was given is remembered in
    ``.crmlab.json``.

    Parameters
    ----------
    folder : str or Path
        Where to; made if missing.
    course : str or Path, optional
        The course folder; see :func:`crmlab.course.course_dir`.
    language : {"en", "zh"}, optional
        The language of JupyterLab's own menus in this folder; left out, it stays as it was.

    Returns
    -------
    DataFrame
        One row per file of the course: ``file`` (path in the folder), ``status`` ("new",
        "unchanged", "updated", "kept", "kept, new version beside it") and ``beside`` (path of the
        new version, else "").

    Raises
    ------
    DataError
        If the folder cannot be written to, or there is no such language.
    """
    if language is not None:
        check_language(language)
    source, target = course_dir(course), Path(folder).expanduser()
    try:
        target.mkdir(parents=True, exist_ok=True)
        given = _read_manifest(target / MANIFEST)
        rows = []
        try:
            for path in _course_files(source):
                rows.append(_give(source / path, target, path, given))
        finally:
            write_file(target / MANIFEST, json.dumps({"given": given}, indent=1, sort_keys=True) + "\n")
        _settle(target / _SETTINGS, language)
    except OSError as error:
        raise DataError(
            f"cannot write to '{target}': {error.strerror or error}; nothing of yours was changed. "
            "Hint: choose another folder, as in 'crmlab lab my-course', or make room"
        ) from error
    return pd.DataFrame(rows, columns=["file", "status", "beside"])


def _settle(settings: Path, language: str | None) -> None:
    """Write JupyterLab's settings of the folder once; after that only the language changes, when asked."""
    kept: dict[str, Any] = dict(_QUIET)
    if settings.exists():
        if language is None:
            return
        try:
            kept = json.loads(settings.read_text(encoding="utf-8"))
        except ValueError:
            raise DataError(f"'{settings}' is not JSON any more. Hint: delete it; it is made anew") from None
    if language is not None:
        kept[_TRANSLATION] = {"locale": _LOCALES[language]}
    settings.parent.mkdir(parents=True, exist_ok=True)
    write_file(settings, json.dumps(kept, indent=1) + "\n")


def lab_command(folder: str | Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """Give the command that opens JupyterLab in a course folder at the first lesson.

    The server keeps its token and listens on this computer only.

    Parameters
    ----------
    folder : str or Path
        A folder made by :func:`copy_course`.
    browser : bool
        Whether to open a browser.
    port : int, optional
        1 to 65535; JupyterLab finds a free one by itself.

    Returns
    -------
    list of str
        Program and arguments.

    Raises
    ------
    DataError
        If the port is out of range.
    """
    root = Path(folder).expanduser().resolve()
    first = next((path.name for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))), None)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"]
    if first:
        command.append(f"--LabApp.default_url=/lab/tree/notebooks/{first}")
    if not browser:
        command.append("--no-browser")
    if port is not None:
        if not 1 <= port <= 65535:
            raise DataError(f"the port is {port}; it must be 1 to 65535. Hint: --port 8890")
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container; the token still guards the server
    return command


def start_lab(folder: str | Path, *, browser: bool = True, port: int | None = None) -> int:
    """Open JupyterLab in a course folder and stay until it ends.

    Settings are read from the folder's ``.jupyter`` beside the user's own; nothing else is changed.

    Parameters
    ----------
    folder, browser, port
        See :func:`lab_command`.

    Returns
    -------
    int
        The exit code of JupyterLab; on Linux and macOS this process becomes JupyterLab.
    """
    command = lab_command(folder, browser=browser, port=port)
    settings = str(Path(folder).expanduser().resolve() / ".jupyter")
    paths = [settings, *filter(None, os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep))]
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(paths),
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this Python, not another "python3" of the user
    }
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)


def _course_files(source: Path) -> Iterator[Path]:
    for part in _PARTS:
        for path in sorted((source / part).rglob("*")):
            inside = path.relative_to(source)
            hidden = any(piece.startswith(".") for piece in inside.parts)
            ours = path.suffix == ".py" or _LEFT_OUT & set(inside.parts)  # tools that make the course
            if path.is_file() and not hidden and not ours:
                yield inside


def _read_manifest(path: Path) -> dict[str, str]:
    """Read what was given before; a broken manifest counts as none, so nothing is replaced."""
    try:
        given = json.loads(path.read_text("utf-8"))["given"]
        return {str(name): str(digest) for name, digest in given.items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _give(source: Path, folder: Path, path: Path, given: dict[str, str]) -> tuple[str, str, str]:
    """Give one file: copy it, update it, or leave the student's version and write beside it."""
    name, target = path.as_posix(), folder / path
    content = source.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    before = given.get(name)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, content)
        given[name] = digest
        return name, "new", ""
    there = hashlib.sha256(target.read_bytes()).hexdigest()
    if there == digest:
        given[name] = digest
        return name, "unchanged", ""
    if there == before:
        write_file(target, content)
        given[name] = digest
        return name, "updated", ""
    if digest == before:
        return name, "kept", ""
    beside = _free_name(target)
    write_file(beside, content)
    given[name] = digest
    return name, "kept, new version beside it", beside.relative_to(folder).as_posix()


def _free_name(path: Path) -> Path:
    """Find a free name beside a file: ``a.new.ipynb``, ``a.new2.ipynb`` and so on."""
    number = 1
    while True:
        candidate = path.with_name(f"{path.stem}.new{number if number > 1 else ''}{path.suffix}")
        if not candidate.exists():
            return candidate
        number += 1
