"""The folder of a sweep: what it belongs to, who works in it now, and the runs that have finished."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError
from crmlab.course import write_file

MANIFEST, LOCK, RUNS, WORK, NOTEBOOKS = "sweep.json", "sweep.lock", "runs", "work", "notebooks"


def check_folder(
    folder: Path, manifest: Mapping[str, Any], *, grown: Callable[[Mapping[str, Any]], list[str]]
) -> bool:
    """Make sure that a folder is free for a sweep, or holds this very one.

    Parameters
    ----------
    folder : Path
        The folder; it need not exist.
    manifest : mapping
        What the sweep is: ``lesson``, ``source_sha256``, ``grid``, ``versions``, ``data`` and, for orders of
        one's own, ``orders``.
    grown : callable
        Takes the grid in the folder and gives a line for each of its runs that the new grid lacks.

    Returns
    -------
    bool
        True when the folder holds this sweep already.

    Raises
    ------
    DataError
        If it holds something else; nothing in it is touched.
    """
    where = f"'{folder}'"
    other = "Hint: another folder with --out begins a new sweep; nothing in this one was touched"
    try:
        inside = sorted(p.name for p in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise DataError(
            f"cannot use {where}: {error.strerror or error}. Hint: choose another folder with --out"
        ) from error
    if MANIFEST not in inside:
        foreign = [name for name in inside if name not in (LOCK, WORK) and not name.endswith(".part")]
        if foreign:
            raise DataError(
                f"{where} holds {foreign[0]} and is no sweep. Hint: choose an empty folder with --out"
            )
        return False
    try:
        kept = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        lesson, grid, source = kept["lesson"], kept["grid"], kept["source_sha256"]
        versions, data = kept["versions"], kept["data"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where} has a {MANIFEST} that cannot be read. {other}") from error
    if lesson != manifest["lesson"]:
        raise DataError(f"{where} holds a sweep of '{lesson}', not of '{manifest['lesson']}'. {other}")
    if source != manifest["source_sha256"]:
        raise DataError(
            f"'{lesson}' was changed after the sweep in {where} began: its hash was {source} and is "
            f"{manifest['source_sha256']}. {other}"
        )
    over = [own.get("orders", {}).get("source", "the notebook's own data") for own in (kept, manifest)]
    if over[0] != over[1]:
        raise DataError(f"{where} holds a sweep over {over[0]}, not over {over[1]}. {other}")
    for name, now in manifest["versions"].items():
        if versions.get(name) != now:
            raise DataError(
                f"{where} was begun with {name} {versions.get(name)}; here is {name} {now}, so the runs "
                f"could not be compared. {other}"
            )
    for file, now in manifest["data"].items():
        if data.get(file, now) != now:
            raise DataError(
                f"the order file '{file}' changed after the sweep in {where} began: its hash was "
                f"{data[file]} and is {now}. {other}"
            )
    gone = grown(grid)
    if gone:
        raise DataError(
            f"{where} holds a sweep of another grid: {len(gone):,} of its runs are not in this one, first "
            f"{gone[0]}. A grid may grow, not change. {other}"
        )
    return True


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Work in a folder alone; a lock left by a process that is gone does not count."""
    import psutil

    lock = folder / LOCK
    me = {"pid": os.getpid(), "host": socket.gethostname(), "since": psutil.Process().create_time()}
    for _ in range(2):
        try:
            with lock.open("x", encoding="utf-8") as file:
                json.dump(me, file)
            break
        except FileExistsError:
            owner = _owner(lock)
            if owner is not None:
                raise DataError(
                    f"a sweep is at work in '{folder}' (process {owner['pid']} on {owner['host']}). "
                    f"Hint: wait for it, or stop it; if it is gone for sure, remove {lock}"
                ) from None
            lock.unlink(missing_ok=True)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _owner(lock: Path) -> dict[str, Any] | None:
    """Read who holds a lock; None when that process has ended."""
    import psutil

    try:
        told = json.loads(lock.read_text(encoding="utf-8"))
        if told["host"] != socket.gethostname():
            return dict(told)  # cannot be looked up from here
        alive = abs(psutil.Process(told["pid"]).create_time() - told["since"]) < 1
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return dict(told) if alive else None


def tidy(folder: Path) -> None:
    """Remove what a killed sweep left behind: working folders and half-written files."""
    shutil.rmtree(folder / WORK, ignore_errors=True)
    for place in (folder, folder / RUNS, folder / NOTEBOOKS):
        for part in place.glob(".*.part"):
            part.unlink(missing_ok=True)
    for name in (RUNS, WORK):
        (folder / name).mkdir(exist_ok=True)


def finished(folder: Path, keys: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read the runs that have finished, by key; a file that is not whole does not count."""
    found = {}
    for path in (folder / RUNS).glob("*.json"):
        if path.stem in keys:
            with contextlib.suppress(OSError, ValueError):
                run = json.loads(path.read_text(encoding="utf-8"))
                if isinstance(run, dict) and run.get("run") == path.stem:
                    found[path.stem] = run
    return found


def keep_run(folder: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a finished run: its executed notebook, if it has one, and then the file that makes it count."""
    kept = {name: value for name, value in run.items() if name != "executed"}
    kept["notebook"] = ""
    target = folder / NOTEBOOKS / f"{run['run']}.ipynb"
    if run["executed"]:
        target.parent.mkdir(exist_ok=True)
        write_file(target, run["executed"])
        kept["notebook"] = f"{NOTEBOOKS}/{target.name}"
    else:
        target.unlink(missing_ok=True)
    write_file(folder / RUNS / f"{run['run']}.json", json.dumps(kept, ensure_ascii=False, indent=1))
    return kept
