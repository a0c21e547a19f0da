"""The runs of a sweep on a Dask cluster that is there already."""

from __future__ import annotations

import contextlib
import itertools
import logging
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from crmlab.contracts import DataError
from crmlab.kernels import one_line
from crmlab.sweep_run import Task, do_run, versions

PATIENCE = 30.0  # seconds without a worker before the cluster counts as gone
_ANSWER = 10.0  # seconds for the first answer


def run_on_cluster(tasks: Iterable[Task], address: str) -> Iterator[dict[str, Any]]:
    """Do runs on the workers of a Dask cluster; give each as soon as it has finished.

    The notebook travels to the workers and its findings travel back, so they need no folder in common. An
    order file must lie at the same path there, with the same content.

    Parameters
    ----------
    tasks : iterable of Task
        What to do.
    address : str
        Of the scheduler, such as ``"tcp://127.0.0.1:8786"``.

    Yields
    ------
    dict
        As :func:`crmlab.sweep_run.do_run` gives it.

    Raises
    ------
    DataError
        If Dask is not installed, the cluster does not answer, has no worker, other versions, or goes away.
    """
    try:
        import distributed
    except ImportError as error:
        raise DataError(
            'a cluster needs Dask, which is not installed. Hint: pip install "crmlab[cluster]"'
        ) from error
    with _silent():
        client = _client(distributed, address)
        try:
            _check_workers(client, address)
            yield from _gather(client, iter(tasks), address)
        finally:
            with contextlib.suppress(Exception):
                client.close(timeout=2)


def _client(distributed: Any, address: str) -> Any:
    """Connect with a scheduler, or leave nothing behind that would still try."""
    found = re.fullmatch(r"(?:(?:tcp|tls)://)?(\[[\da-f:]+\]|[\w.-]+):(\d{1,5})", address)
    if not found:
        raise DataError(f"'{address}' is no address of a Dask scheduler. Hint: tcp://127.0.0.1:8786")
    client = distributed.Client.__new__(distributed.Client)

    def connect() -> None:
        with contextlib.suppress(OSError, ValueError):
            client.__init__(address, timeout=_ANSWER, set_as_default=False)

    with contextlib.suppress(OSError, OverflowError):
        socket.create_connection((found[1].strip("[]"), int(found[2])), timeout=_ANSWER).close()
        asking = threading.Thread(target=connect, daemon=True)  # a stranger may keep it waiting for ever
        asking.start()
        asking.join(_ANSWER)
    if getattr(client, "status", "") != "running":
        client.status = "closed"  # else it goes on trying when it is collected
        raise DataError(
            f"no Dask scheduler answers at '{address}'. "
            "Hint: dask scheduler --host 127.0.0.1 starts one and prints its address"
        )
    return client


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster without workers, or one with other versions than here."""
    if not client.nthreads():
        raise DataError(
            f"the cluster '{address}' has no worker. "
            f"Hint: dask worker {address} --nthreads 1 starts one; each thread does a run at a time"
        )
    here = versions()
    try:
        there = client.run(versions)
    except Exception as error:
        raise DataError(
            f"the workers of '{address}' cannot use crmlab ({one_line(type(error).__name__, str(error))}). "
            "Hint: install the same crmlab there"
        ) from error
    for worker, found in there.items():
        for name, version in here.items():
            if found.get(name) != version:
                raise DataError(
                    f"the worker {worker} has {name} {found.get(name)}, here is {name} {version}: their "
                    "findings could not be compared. Hint: install the same versions there"
                )


def _gather(client: Any, tasks: Iterator[Task], address: str) -> Iterator[dict[str, Any]]:
    """Keep every thread of the cluster busy, with little waiting behind; watch that it is still there."""
    import distributed

    waiting: dict[Any, Task] = {}
    mark = uuid.uuid4().hex[:8]
    seen = time.monotonic()
    while True:
        try:
            threads = sum(client.nthreads().values())
            if threads:
                seen = time.monotonic()
            for task in itertools.islice(tasks, max(0, 2 * threads - len(waiting))):
                key = f"crmlab-{task.key}-{mark}"
                waiting[client.submit(do_run, task, key=key, pure=False)] = task
            if not waiting and threads:
                return
            with contextlib.suppress(TimeoutError), client.as_current():  # nothing finished within the second
                distributed.wait(list(waiting), timeout=1, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
            done = [future for future in waiting if future.status in ("finished", "error")]
            results = [_result(future, waiting.pop(future)) for future in done]
        except (OSError, RuntimeError, CancelledError) as error:  # the scheduler is gone
            raise _gone(address) from error
        yield from results
        if client.status != "running" or any(future.status == "cancelled" for future in waiting):
            raise _gone(address)
        if time.monotonic() - seen > PATIENCE:
            raise _gone(address)


def _gone(address: str) -> DataError:
    return DataError(
        f"the cluster '{address}' went away. Every run that finished is kept. "
        "Hint: start the cluster again and repeat the command: it goes on from there"
    )


def _result(future: Any, task: Task) -> dict[str, Any]:
    """Give what a run found; one that ended its worker, or failed outside its notebook, has failed."""
    error = future.exception() if future.status == "error" else None
    if error is None:
        return dict(future.result())
    if isinstance(error, DataError):
        raise error
    return {
        "run": task.key,
        "lesson": task.lesson,
        "parameters": task.values,
        "status": "failed",
        "seconds": None,
        "failed_cell": None,
        "error": one_line(type(error).__name__, str(error)),
        "findings": {},
        "versions": versions(),
        "orders_sha256": task.sha256,
        "executed": "",
    }


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep the log lines of Dask from the user: one sentence tells what went wrong."""
    logger = logging.getLogger("distributed")
    children = [logging.getLogger(n) for n in logging.root.manager.loggerDict if n.startswith("distributed.")]
    levels = [one.level for one in (logger, *children)]
    for one in (logger, *children):
        one.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for one, level in zip((logger, *children), levels, strict=True):
            one.setLevel(level)
