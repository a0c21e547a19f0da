"""Measure speed and memory side by side; write results.md and results.json beside this file.

``python benchmarks/run.py`` takes a quarter of an hour, ``--quick`` (a million rows only) a few minutes.
Each measurement is a fresh process; the repeats are interleaved, so that all cases see the same machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from btyd_cases import log_likelihood, world, world_file
from report import text
from rich.progress import Progress
from scale_report import publish
from table_cases import lessons

HERE = Path(__file__).parent
SUMMARIES = ("lifetimes", "btyd_frame", "rfm_frame", "limit", "limit_days", "rfm_parquet", "btyd_parquet")
TABLES = ("read_csv", "intake", "abc_classes", "rfm_scores")
FRAMES = ("segments", "cohorts", "cohorts_pandas", "abc", "abc_pandas", "holdout", "holdout_lifetimes")
FILES = ("scores_parquet", "abc_parquet", "cohorts_parquet", "histories_parquet")
FITS = ("bg_lifetimes", "bg_crmlab", "gg_lifetimes", "gg_crmlab")
ONCE = ("bg_weeks_lifetimes", "bg_weeks_crmlab", "clv_lifetimes", "clv_crmlab")  # at the largest size only
ONE_CORE = {*FITS, *ONCE, "make_retail"}
PEERS = ("rfm_summary", "rfm_segments", "rfm_train_test_split")
OTHERS = (("clvkit", 20_000), ("clvkit", 200_000), ("pymc-marketing", 20_000))
COMMANDS = {
    "python": ["-c", "pass"],
    "import_pandas": ["-c", "import pandas"],
    "import_crmlab": ["-c", "import crmlab"],
    "help": ["-c", "import sys; sys.argv = ['crmlab', '--help']; from crmlab.cli import main; main()"],
}
PACKAGES = ("crmlab", "duckdb", "lifetimes", "numpy", "pandas", "scipy")


def plan(*, quick: bool) -> list[tuple[str, int]]:
    """List what is measured in one round: pairs of case and size."""
    million = 1_000_000
    cases = [(case, million) for case in (*SUMMARIES, *TABLES, *FRAMES, *FILES)]
    cases += [(case, 0) for case in COMMANDS]
    sizes = (20_000, 200_000) if quick else (20_000, 200_000, million)
    cases += [(case, size) for size in sizes for case in FITS] + [(case, sizes[-1]) for case in ONCE]
    return [*cases, ("make_retail", 100_000 if quick else million)] + (
        [] if quick else [(case, 10 * million) for case in (*SUMMARIES, *FRAMES, *FILES)]
    )


@contextlib.contextmanager
def cores(*, one: bool) -> Iterator[None]:
    """Let what is started here run on one core, before it imports anything that starts threads."""
    if not one or not hasattr(os, "sched_setaffinity"):
        yield
        return
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(every)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


def child(case: str, size: int, folder: Path) -> dict[str, Any]:
    """Run one case in a process of its own; a command is timed from start to end."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}  # what users have
    arguments = COMMANDS.get(case) or [str(HERE / "cases.py"), case, str(size), str(folder)]
    start = time.perf_counter()
    with cores(one=case in ONE_CORE):
        done = subprocess.run(
            [sys.executable, *arguments], env=env, capture_output=True, text=True, check=False
        )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{case} at {size:,} failed:\n{done.stderr}")
    return {"seconds": seconds} if case in COMMANDS else json.loads(done.stdout)


def compare(python: str, package: str, size: int, folder: Path) -> dict[str, Any] | None:
    """Fit the BG/NBD with a package of another environment; None if it is not there."""
    command = [python, str(HERE / "others.py"), package, str(world_file(size, folder))]
    with cores(one=True):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        print(f"{package} is not in the comparing environment: left out")
        return None
    if done.returncode:
        raise SystemExit(f"{package} at {size:,} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"log_likelihood": log_likelihood(world(size, folder), found["params"])}


def peer(python: str, name: str, rows: int, folder: Path) -> dict[str, Any] | None:
    """Make a table with pymc-marketing in another environment; None if it is not there."""
    command = [python, str(HERE / "others.py"), name, str(folder / f"{rows}.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        print("pymc-marketing is not in the comparing environment: left out")
        return None
    if done.returncode:
        raise SystemExit(f"{name} at {rows:,} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def lesson(number: str, folder: Path) -> dict[str, Any]:
    """Run a whole lesson in a process of its own."""
    command = [sys.executable, str(HERE / "table_cases.py"), number, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"lesson {number} failed:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, Any]:
    """Describe the machine without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": dt.date.today().isoformat(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "load_before": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Make the data in a temporary folder, measure round by round, write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a million rows only")
    parser.add_argument("--rounds", type=int, default=3, help="repeats of each measurement (default 3)")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the results go (default: here)")
    parser.add_argument("--compare", metavar="PYTHON", help="interpreter with clvkit and pymc-marketing")
    options = parser.parse_args()
    about, todo = machine() | {"rounds": options.rounds}, plan(quick=options.quick)
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {key: [] for key in todo}
    with tempfile.TemporaryDirectory() as name, Progress() as bar:
        task = bar.add_task("writing the logs", total=options.rounds * len(todo))
        for size in {size for case, size in todo if case in SUMMARIES}:
            child("write_log", size, Path(name))
        for size in {size for case, size in todo if case in FITS}:
            child("write_world", size, Path(name))
        for case in COMMANDS:
            child(case, 0, Path(name))  # once untimed: the disk's cache and the compiled modules are warm
        for _ in range(options.rounds):
            for case, size in todo:
                bar.update(task, description=f"{case} {size:,}" if size else case)
                runs[case, size].append(child(case, size, Path(name)))
                bar.advance(task)
        if options.compare:
            bar.update(task, description="other packages")
            others = [compare(options.compare, package, size, Path(name)) for package, size in OTHERS]
            others += [
                peer(options.compare, what, size, Path(name))
                for size in sorted({size for case, size in todo if case in FRAMES})
                for what in PEERS
            ]
            about["others"] = [run for run in others if run]
        if not options.quick:
            bar.update(task, description="whole lessons")
            about["lessons"] = [lesson(number, Path(name)) for number in lessons()]
    middle = {
        key: some[0]
        | {part: statistics.median(run[part] for run in some) for part in some[0] if part != "sums"}
        for key, some in runs.items()
    }
    for run in about.get("others", []):
        if run.get("what") in ("rfm_summary", "rfm_train_test_split"):
            case = "btyd_frame" if run["what"] == "rfm_summary" else "holdout"
            ours = middle[case, run["rows"]]["sums"][: len(run["sums"])]
            run["same"] = "yes" if ours == run["sums"] else "**no**"
    raw = [{"case": case, "size": size, "runs": some} for (case, size), some in runs.items()]
    page = text(about, middle)
    (options.folder / "results.json").write_text(
        json.dumps({"machine": about, "measured": raw}, indent=1) + "\n"
    )
    (options.folder / "results.md").write_text(page)
    if options.folder == HERE:
        publish(HERE)
    print(page)


if __name__ == "__main__":
    main()
