"""Cases of tables made from one log: segments, cohorts, ABC, holdout, and what one would write instead."""

from __future__ import annotations

import functools
import json
import re
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

LAST, CUT = "2024-12-31", "2024-06-30"
COLUMNS = ("customer_id", "order_date", "amount_eur")
Run = Callable[[], Any]
Prepared = tuple[Run, Callable[[Any], list[float]]]


def frame(rows: int, folder: Path) -> pd.DataFrame:
    """Read the log as a pandas frame, ids as text."""
    with duckdb.connect() as con:
        log = con.sql(f"FROM '{folder / f'{rows}.parquet'}'").df()
    return log.astype({"customer_id": "str"})


def _segments(rows: int, folder: Path) -> Prepared:
    from crmlab import rfm_scores, rfm_segments, rfm_table

    log = frame(rows, folder)
    return lambda: rfm_segments(rfm_scores(rfm_table(log, as_of=LAST))), lambda t: [float(len(t))]


def _cohorts(rows: int, folder: Path) -> Prepared:
    from crmlab import cohorts

    log = frame(rows, folder)
    return lambda: cohorts(log, as_of=LAST), lambda t: [float(t["active"].sum())]


def _cohorts_pandas(rows: int, folder: Path) -> Prepared:
    """Prepare what tutorials write: month of each order, first month by transform, customers counted."""
    log = frame(rows, folder)

    def run() -> pd.DataFrame:
        month = log["order_date"].dt.to_period("M")
        first = month.groupby(log["customer_id"]).transform("min")
        return log.groupby([first.rename("first"), month.rename("month")])["customer_id"].nunique().unstack()

    return run, lambda t: [float(t.sum().sum())]


def _abc(rows: int, folder: Path) -> Prepared:
    from crmlab import abc_classes, rfm_table

    log = frame(rows, folder)

    def tell(t: pd.DataFrame) -> list[float]:
        return [float((t["abc_class"] == letter).sum()) for letter in "ABC"]

    return lambda: abc_classes(rfm_table(log, as_of=LAST)), tell


def _abc_pandas(rows: int, folder: Path) -> Prepared:
    log = frame(rows, folder)

    def run() -> pd.Series:
        revenue = log.groupby("customer_id")["amount_eur"].sum().sort_values(ascending=False)
        share = (revenue.cumsum() - revenue) / revenue.sum()
        return pd.cut(share, [-1, 0.8, 0.95, 2], right=False, labels=list("ABC"))

    return run, lambda t: [float((t == letter).sum()) for letter in "ABC"]


def _holdout(rows: int, folder: Path) -> Prepared:
    from crmlab import calibration_holdout

    log = frame(rows, folder)
    run = functools.partial(calibration_holdout, log, calibration_end=CUT, as_of=LAST, unit="day")
    return run, lambda t: [float(len(t)), float(t["frequency"].sum()), float(t["frequency_holdout"].sum())]


def _holdout_lifetimes(rows: int, folder: Path) -> Prepared:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import calibration_and_holdout_data as split
    log = frame(rows, folder)
    run = functools.partial(split, log, *COLUMNS[:2], CUT, LAST, freq="D", monetary_value_col="amount_eur")
    parts = ["frequency_cal", "frequency_holdout"]
    return run, lambda t: [float(len(t)), *(float(t[part].sum()) for part in parts)]


def _on_file(name: str) -> Callable[[int, Path], Prepared]:
    """Prepare the same from the Parquet file, by SQL all the way."""

    def prepare(rows: int, folder: Path) -> Prepared:
        import crmlab

        path = folder / f"{rows}.parquet"
        runs: dict[str, Run] = {
            "scores": lambda: crmlab.rfm_scores(crmlab.rfm_table(path, as_of=LAST)).df(),
            "abc": lambda: crmlab.abc_classes(crmlab.rfm_table(path, as_of=LAST)).df(),
            "cohorts": lambda: crmlab.cohorts(path, as_of=LAST),
            "histories": lambda: crmlab.distinct_histories(crmlab.btyd_summary(path, as_of=LAST)).df(),
        }
        return runs[name], lambda found: [float(len(found))] if isinstance(found, pd.DataFrame) else []

    return prepare


TABLE_CASES: dict[str, Callable[[int, Path], Prepared]] = {
    "segments": _segments,
    "cohorts": _cohorts,
    "cohorts_pandas": _cohorts_pandas,
    "abc": _abc,
    "abc_pandas": _abc_pandas,
    "holdout": _holdout,
    "holdout_lifetimes": _holdout_lifetimes,
    **{f"{name}_parquet": _on_file(name) for name in ("scores", "abc", "cohorts", "histories")},
}


def lessons() -> list[str]:
    """List the numbers of the lessons."""
    notebooks = Path(__file__).parents[1] / "notebooks"
    return sorted(p.name[:2] for p in notebooks.glob("*.ipynb") if re.match(r"\d\d_", p.name))


def run_lesson(number: str, folder: Path) -> None:
    """Run a lesson as a reader does, from the command line; print the time and the largest process."""
    code = "import sys; from crmlab.cli import main; sys.argv[0] = 'crmlab'; main()"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, "run", number, "--out", str(folder / f"lesson_{number}")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        json.dumps(
            {
                "lesson": number,
                "seconds": seconds,
                "peak": peak / (2**10 if sys.platform == "linux" else 2**20),
            }
        )
    )


if __name__ == "__main__":
    run_lesson(sys.argv[1], Path(sys.argv[2]))
