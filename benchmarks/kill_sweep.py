"""Kill a sweep with SIGKILL at random moments, finish it, and count what was lost, done twice or left behind.

    python benchmarks/kill_sweep.py --runs 200 --kills 3

Each run appends a line to a log in its last cell. A run counts as finished when its file is in ``runs/``; if
a line of a run that was finished at a kill comes once more after it, the run was done twice.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import psutil
from nbformat import v4

PARAMETERS = 'x = 1\nseed = 1\nlog = ""'
BODY = """
import random
from IPython.display import display
random.seed(1000 * x + seed)
y = random.random()
record = {"lesson": "05", "findings": {"y": y}}
display({"application/vnd.crmlab.record+json": record, "text/plain": str(y)}, raw=True)
with open(log, "a") as file:
    file.write(f"{x} {seed}\\n")
"""


def notebook(folder: Path) -> Path:
    """Write the smallest notebook that can be swept."""
    made = v4.new_notebook()
    made.cells = [v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), v4.new_code_cell(BODY)]
    nbformat.write(made, folder / "tiny.ipynb")
    return folder / "tiny.ipynb"


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the sweep, as one would in a shell."""
    words = ["sweep", "tiny.ipynb", "--grid", "grid.yaml", "--out", "out"]
    return subprocess.Popen(
        [sys.executable, "-m", "crmlab.cli", *words], cwd=folder,
        stdout=subprocess.DEVNULL, stderr=(folder / "stderr.txt").open("ab"),
    )  # fmt: skip


def done(folder: Path) -> dict[str, tuple[int, int]]:
    """Read the runs that have finished: key to (x, seed)."""
    found = {}
    for path in (folder / "out/runs").glob("*.json"):
        values = json.loads(path.read_text(encoding="utf-8"))["parameters"]
        found[path.stem] = (values["x"], values["seed"])
    return found


def lines(folder: Path) -> list[tuple[int, int]]:
    """Read the log: one (x, seed) for each time that a last cell was executed."""
    log = folder / "log.txt"
    text = log.read_text(encoding="utf-8").split() if log.exists() else []
    return list(zip(map(int, text[::2]), map(int, text[1::2]), strict=True))


def kernels_of(pid: int) -> list[psutil.Process]:
    """Find the kernels that a process started, also when it is gone."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("JPY_PARENT_PID") == str(pid) and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


def kill_and_finish(*, runs: int, kills: int, seed: int) -> dict[str, Any]:
    """Do it all; return what was counted."""
    draw = random.Random(seed)
    at = sorted(draw.sample(range(1, runs - 2), kills))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebook(folder)
        rows = f"  x: {{range: [1, {runs // 20}]}}\n  log: {folder / 'log.txt'}\n"
        (folder / "grid.yaml").write_text(f"parameters:\n{rows}seeds: 20\n", encoding="utf-8")
        at_work = left = 0
        longest = 0.0
        checks: list[tuple[set[tuple[int, int]], int]] = []
        for wanted in at:
            process = start(folder)
            while len(done(folder)) < wanted and process.poll() is None:
                time.sleep(0.05)
            time.sleep(draw.uniform(0, 1.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed = time.perf_counter()
            orphans = kernels_of(process.pid)
            at_work += len(orphans)
            before = done(folder)
            psutil.wait_procs(orphans, timeout=15)
            left += len(kernels_of(process.pid))
            longest = max(longest, time.perf_counter() - killed)
            checks.append((set(before.values()), len(lines(folder))))  # no such line may come from here on
        code = start(folder).wait()
        log = lines(folder)
        twice = sum(line in known for known, logged in checks for line in log[logged:])
        table = pd.read_csv(folder / "out/sweep.csv")
        return {
            "runs": runs,
            "exit_code": code,
            "killed_after": [len(known) for known, _ in checks],
            "rows": len(table),
            "different_rows": len(table[["p_x", "p_seed"]].drop_duplicates()),
            "ok": int((table["status"] == "ok").sum()),
            "with_finding": int(table["y"].notna().sum()),
            "finished_runs_done_twice": twice,
            "unfinished_runs_done_again": len(log) - len(set(log)),
            "kernels_at_work_at_the_kills": at_work,
            "kernels_left_after_15_s": left,
            "longest_life_of_an_orphan_s": round(longest, 1),
            "rubbish": sorted(p.name for p in (folder / "out").rglob("*") if p.suffix in (".part", ".lock")),
            "seconds": round(time.perf_counter() - began, 1),
            "stderr": [
                t
                for t in (folder / "stderr.txt").read_text().splitlines()
                if not re.match(r"[\d,]+( of [\d,]+)? runs", t)
            ],
        }


def main() -> None:
    """Read the command line and print the counts."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=200, help="a multiple of 20")
    asked.add_argument("--kills", type=int, default=3)
    asked.add_argument("--seed", type=int, default=8)
    told = asked.parse_args()
    print(json.dumps(kill_and_finish(runs=told.runs, kills=told.kills, seed=told.seed), indent=1))


if __name__ == "__main__":
    main()
