"""Execute one notebook in a kernel of this very Python, and end every kernel when told to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError
from crmlab.course import read_notebook, write_file
from crmlab.pages import to_page


class Kernels:
    """The kernels of one run: each is started through here, and all can be ended at once.

    Attributes
    ----------
    stopped : bool
        True after :meth:`kill`; no kernel starts any more.
    manager : type
        A kernel manager class for nbclient. Its kernels use the Python that runs now, whatever
        the notebook or the user's settings name, and keep their log to themselves.
    """

    def __init__(self) -> None:
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager

        self.stopped = False
        self._started: list[Any] = []
        self._lock = threading.Lock()
        kernels = self

        class Manager(AsyncKernelManager):
            @property
            def kernel_spec(self) -> KernelSpec:
                argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
                return KernelSpec(argv=argv, display_name="Python 3", language="python")

            async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
                if kernels.stopped:
                    raise RuntimeError("the run was stopped")
                # a backend chosen for this process must not silence the figures of the kernel
                options.setdefault("env", {k: v for k, v in os.environ.items() if k != "MPLBACKEND"})
                options.setdefault("stdout", subprocess.DEVNULL)
                options.setdefault("stderr", subprocess.DEVNULL)
                with kernels._lock:
                    kernels._started.append(self)
                await super().start_kernel(**options)
                if kernels.stopped:
                    kernels.kill()

        self.manager = Manager

    def kill(self) -> None:
        """End every kernel started here, and what it started, at once."""
        import psutil

        self.stopped = True
        with self._lock:
            started = list(self._started)
        doomed = []
        for manager in started:
            pid = getattr(manager.provisioner, "pid", None)
            with contextlib.suppress(psutil.Error, TypeError):
                if pid:
                    process = psutil.Process(pid)
                    doomed += [*process.children(recursive=True), process]
        for process in doomed:
            with contextlib.suppress(psutil.Error):
                process.kill()
        for manager in started:
            with contextlib.suppress(Exception):
                manager.cleanup_connection_file()


def execute(
    notebook: Any,
    values: Mapping[str, Any],
    *,
    name: str,
    folder: Path,
    work: Path,
    kernels: Kernels,
    on_cell: Callable[[], None] = lambda: None,
    page: bool = True,
) -> dict[str, Any]:
    """Execute one notebook and put it and its page into a folder, whole.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.
    values : mapping
        Values for its parameters.
    name : str
        Name of the files without ending.
    folder, work : Path
        Folder for the results, which is also the kernel's working directory, and a folder beside
        it for unfinished files.
    kernels : Kernels
        Who starts the kernel.
    on_cell : callable, optional
        Called after each code cell.
    page : bool, default True
        Make the page too; without it the entry ``page`` is "".

    Returns
    -------
    dict
        ``notebook``, ``status``, ``seconds``, ``failed_cell``, ``error`` and ``page``; see
        :func:`crmlab.runs.run`.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    import papermill

    source, target = work / f"{name}.source.ipynb", work / f"{name}.ipynb"
    source.write_text(_json(notebook), encoding="utf-8")
    row: dict[str, Any] = {"status": "ok", "failed_cell": None, "error": ""}
    start = time.perf_counter()
    try:
        with _event_loop():
            papermill.execute_notebook(
                _literal(source),
                _literal(target),
                parameters=dict(values),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                kernel_manager_class=kernels.manager,
                engine_name=_engine(),
                resources={"metadata": {"path": str(folder)}},
                on_cell_complete=lambda **_: on_cell(),
            )
    except papermill.PapermillExecutionError as error:
        row |= {
            "status": "failed",
            "failed_cell": error.exec_count,
            "error": one_line(error.ename, error.evalue),
        }
    except OSError:
        raise
    except Exception as error:  # a kernel that died or never answered: this notebook's fault, not the run's
        if kernels.stopped:
            raise
        row |= {"status": "failed", "error": one_line(type(error).__name__, str(error))}
        if not target.exists():
            target.write_bytes(source.read_bytes())
    row["seconds"] = round(time.perf_counter() - start, 2)
    executed = read_notebook(target)
    executed.metadata.get("papermill", {}).update(input_path=f"{name}.ipynb", output_path=f"{name}.ipynb")
    if row["status"] == "failed" and row["failed_cell"] is None:
        row["failed_cell"] = _last_begun(executed)
    row["notebook"] = str(write_file(folder / f"{name}.ipynb", _json(executed)))
    try:
        row["page"] = str(to_page(folder / f"{name}.ipynb", folder / f"{name}.html")) if page else ""
    except DataError as error:
        row |= {"page": "", "status": "failed", "error": row["error"] or f"page: {error}"}
    return row


def _engine() -> str:
    """Register papermill's own engine without nbclient's part of a slider, and give its name.

    That part talks back to the kernel while a cell runs; with two notebooks at once the answer can get
    lost, and the run would wait for ever. Nobody watches a slider here.
    """
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    class Quiet(Engine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            given = {"timeout", "startup_timeout", "kernel_name"}
            known = set(PapermillNotebookClient.class_trait_names()) - given
            client = PapermillNotebookClient(
                nb_man,
                timeout=None,
                startup_timeout=60,
                kernel_name=kernel_name,
                **{name: value for name, value in options.items() if name in known and value is not None},
            )
            client.comm_open_handlers = {}
            return client.execute()

    papermill_engines.register("crmlab", Quiet)
    return "crmlab"


def one_line(kind: str, text: str) -> str:
    r"""Shorten an error to one line.

    >>> one_line("ValueError", "\x1b[31mtoo big\x1b[0m\nand more")
    'ValueError: too big …'
    """
    lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines() if line.strip()]
    first = lines[0].strip() if lines else ""
    return f"{kind}: {first}{' …' if len(lines) > 1 else ''}" if first else kind


def _json(notebook: Any) -> str:
    import nbformat

    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


def _last_begun(executed: Any) -> int | None:
    """Find the number of the code cell that a dead kernel was at."""
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    begun = [
        i for i, cell in enumerate(code, start=1) if cell.metadata.get("papermill", {}).get("start_time")
    ]
    return begun[-1] if begun else None


def _literal(path: Path) -> str:
    """Write a path so that papermill's ``str.format`` leaves it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextlib.contextmanager
def _event_loop() -> Iterator[None]:
    """Close the event loop that nbclient opens in a thread, with all that still waits in it."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    try:
        yield
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
