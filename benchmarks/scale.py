"""Measure how time and memory grow with the log, up to 200 million rows; write scale.json and docs/scale.*.

``python benchmarks/scale.py --logs FOLDER`` needs 2 GB of disk there for the logs (kept for the next time),
as much again for results, up to 15 GB for what DuckDB puts aside, and 5 GB of memory. Each measurement is a
fresh process; from 200 million rows on it has 4 GB only. ``--rows 1000000 10000000`` measures a part; what
was measured at other sizes stays.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scale_log import write_folder
from scale_report import publish

HERE = Path(__file__).parent
LAST, LIMIT = "2024-12-31", "4GB"
SIZES = (1_000_000, 10_000_000, 50_000_000, 200_000_000)
LIMITS = ("limit", "limit_days")
CASES = (
    *LIMITS,
    "rfm_table",
    "btyd_summary",
    "cohorts",
    "rfm_scores",
    "abc_classes",
    "distinct_histories",
    "spark",
)
SPARK_UP_TO, LIMITED_FROM = 10_000_000, 200_000_000


def cases(log: Path, work: Path) -> dict[str, Callable[[], Any]]:
    """Give what is measured: results that have a row per customer go to a Parquet file, not into memory."""
    import crmlab
    from crmlab import engine

    summary, table, out = work.parent / "btyd.parquet", work.parent / "rfm.parquet", str(work / "out.parquet")
    figures = "COUNT(*) AS n, SUM(amount_eur) AS eur, MIN(order_date) AS first, MAX(order_date) AS last"

    def limit() -> None:
        text = f"SELECT customer_id, {figures} FROM '{log}/*.parquet' GROUP BY customer_id"
        engine.connection().cursor().sql(text).write_parquet(out)

    def limit_days() -> None:
        days = "SELECT customer_id, CAST(order_date AS DATE) AS day, SUM(amount_eur) AS eur"
        days += f" FROM '{log}/*.parquet' GROUP BY customer_id, day"
        text = f"SELECT COUNT(*) AS n, MAX(eur) AS most FROM ({days}) AS days"
        engine.connection().cursor().sql(text).write_parquet(out)

    return {
        "limit": limit,
        "limit_days": limit_days,
        "rfm_table": lambda: crmlab.rfm_table(log, as_of=LAST).write_parquet(str(table)),
        "btyd_summary": lambda: crmlab.btyd_summary(log, as_of=LAST).write_parquet(str(summary)),
        "cohorts": lambda: crmlab.cohorts(log, as_of=LAST),
        "rfm_scores": lambda: crmlab.rfm_scores(table).write_parquet(out),
        "abc_classes": lambda: crmlab.abc_classes(table).write_parquet(out),
        "distinct_histories": lambda: crmlab.distinct_histories(summary).write_parquet(out),
    }


def on_spark(log: Path, work: Path) -> Callable[[], Any]:
    """Start a local session of Spark, untimed, and give `rfm_table` on it."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    import crmlab

    settings = {
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false", "spark.log.level": "OFF", "spark.driver.memory": LIMIT[:-1].lower(),
        "spark.sql.shuffle.partitions": "8", "spark.local.dir": str(work / "aside"),
    }  # fmt: skip
    spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    orders = spark.read.parquet(str(log))
    return lambda: crmlab.rfm_table(orders, as_of=LAST).write.parquet(str(work / "out"))


def peak() -> float:
    """Give the most memory this process and its children (Spark's Java) ever held, in MB."""
    import psutil

    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**10 if sys.platform == "linux" else 2**20)
    for process in psutil.Process().children(recursive=True):
        status = Path(f"/proc/{process.pid}/status")
        held = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
        own += int(held[1]) / 1024 if held else 0
    return own


def child(case: str, log: Path, work: Path, *, limit: bool) -> None:
    """Run one case, in 4 GB or not; print seconds, CPU seconds, peak memory and what went to disk."""
    import crmlab
    import crmlab.btyd
    import crmlab.orders

    aside, most, over = work / "aside", [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            files = [f for f in aside.rglob("*") if f.is_file()] if aside.exists() else []
            with_sizes = [f.stat().st_size for f in files if f.exists()]
            most[0] = max(most[0], sum(with_sizes) / 2**20)

    run = on_spark(log, work) if case == "spark" else None
    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu, start = time.process_time(), time.perf_counter()
    limited = crmlab.memory_limit(LIMIT, temp=aside) if limit else contextlib.nullcontext()
    try:
        with limited:
            (run or cases(log, work)[case])()
    finally:
        over.set()
        watcher.join()
    found = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "aside": most[0]}
    print(json.dumps(found | {"peak": peak()}))


def measure(case: str, log: Path, work: Path, *, limit: bool) -> dict[str, Any]:
    """Run one case in a process of its own, in an empty folder."""
    place = work / "run"
    place.mkdir()
    load = os.getloadavg()[0]
    command = [
        sys.executable,
        str(HERE / "scale.py"),
        "--child",
        case,
        "--logs",
        str(log),
        "--work",
        str(place),
    ]
    command += ["--limit"] if limit else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    shutil.rmtree(place)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1], "load": load}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"load": load}


def main() -> None:
    """Write the logs, measure round by round, write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--logs", type=Path, required=True, help="where the logs are, or shall be")
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES), help="sizes of the log")
    parser.add_argument("--rounds", type=int, default=3, help="repeats of each measurement (default 3)")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES, help="what to measure")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--limit", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child, options.logs, options.work, limit=options.limit)
    from run import machine

    file = HERE / "scale.json"
    kept = json.loads(file.read_text())["measured"] if file.exists() else []
    runs: dict[tuple[int, str], list[dict[str, Any]]] = {(r["rows"], r["case"]): r["runs"] for r in kept}
    for rows in options.rows:
        log = write_folder(rows, options.logs)
        with tempfile.TemporaryDirectory(dir=options.logs) as name:
            todo = [case for case in options.cases if case != "spark" or rows <= SPARK_UP_TO]
            new: dict[str, list[dict[str, Any]]] = {case: [] for case in todo}
            for _ in range(options.rounds):
                for case in todo:
                    new[case].append(measure(case, log, Path(name), limit=rows >= LIMITED_FROM))
                    print(f"{rows:,} {case}: {new[case][-1]}", flush=True)
        runs |= {(rows, case): some for case, some in new.items()}
        order = sorted(runs, key=lambda key: (key[0], CASES.index(key[1])))
        measured = [{"rows": rows, "case": case, "runs": runs[rows, case]} for rows, case in order]
        about = machine() | {"memory_limit": LIMIT, "limited_from": LIMITED_FROM}
        file.write_text(json.dumps({"machine": about, "measured": measured}, indent=1) + "\n")
    publish(HERE)


if __name__ == "__main__":
    main()
