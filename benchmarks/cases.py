"""What is measured. ``python cases.py CASE ROWS FOLDER`` runs one case in this process and prints JSON."""

from __future__ import annotations

import functools
import json
import re
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from btyd_cases import BTYD_CASES, write_world
from table_cases import TABLE_CASES, frame

DAYS, FIRST, LAST = 1096, "2022-01-01", "2024-12-31"
Run = Callable[[], Any]


def write_log(rows: int, folder: Path) -> None:
    """Write a synthetic log: 10 rows per customer on average, skewed, 3 years, ordered by date, text ids."""
    g = np.random.default_rng(7)
    border = np.cumsum(g.gamma(0.8, size=rows // 10))
    log = pd.DataFrame({"customer": np.searchsorted(border, g.uniform(0, border[-1], rows))})
    log["day"] = np.sort(g.integers(0, DAYS, rows))
    log["amount_eur"] = np.round(g.lognormal(3.5, 0.8, rows), 2)
    table = f"""SELECT 'C' || lpad(CAST(customer AS VARCHAR), 7, '0') AS customer_id,
                       CAST(DATE '{FIRST}' + CAST(day AS INTEGER) AS TIMESTAMP) AS order_date, amount_eur
                FROM log"""  # the frame `log`: DuckDB finds it by its name
    duckdb.sql(f"COPY ({table}) TO '{folder / f'{rows}.parquet'}' (COMPRESSION zstd)")
    np.savez(folder / f"{rows}.npz", **{name: log[name].to_numpy() for name in log})  # for others.py
    if rows <= 1_000_000:
        duckdb.sql(f"COPY ({table}) TO '{folder / f'{rows}.csv'}' (DATEFORMAT '%Y-%m-%d')")


def _table(rows: int, folder: Path) -> pd.DataFrame:  # noqa: ARG001
    g = np.random.default_rng(7)
    return pd.DataFrame({
        "customer_id": [f"C{i:07d}" for i in range(rows)],
        "recency_days": g.integers(0, DAYS, rows),
        "n_orders": 1 + g.poisson(g.gamma(0.8, 11, rows)),
        "revenue_eur": np.round(g.lognormal(5.5, 1.2, rows), 2),
    })  # fmt: skip


def _lifetimes(rows: int, folder: Path) -> Run:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data as summary
    names = ("customer_id", "order_date", "amount_eur")
    return functools.partial(summary, frame(rows, folder), *names, observation_period_end=LAST, freq="D")


def _crmlab(name: str, *, parquet: bool = False, **options: Any) -> Callable[[int, Path], Run]:
    def prepare(rows: int, folder: Path) -> Run:
        from crmlab import orders

        function = getattr(orders, name)
        if not parquet:
            return functools.partial(function, frame(rows, folder), as_of=LAST, **options)
        return lambda: function(folder / f"{rows}.parquet", as_of=LAST, **options).df()

    return prepare


def _limit(rows: int, folder: Path) -> Run:
    figures = "COUNT(*), SUM(amount_eur), MIN(order_date), MAX(order_date)"
    text = f"SELECT customer_id, {figures} FROM '{folder / f'{rows}.parquet'}' GROUP BY customer_id"
    return lambda: duckdb.sql(text).df()


def _limit_days(rows: int, folder: Path) -> Run:
    days = "SELECT customer_id, CAST(order_date AS DATE), SUM(amount_eur) AS spend"
    text = f"SELECT COUNT(*), MAX(spend) FROM ({days} FROM '{folder / f'{rows}.parquet'}' GROUP BY 1, 2)"
    return lambda: duckdb.sql(text).df()


def _on_table(module: str, name: str) -> Callable[[int, Path], Run]:
    def prepare(rows: int, folder: Path) -> Run:
        function = getattr(__import__(f"crmlab.{module}", fromlist=[name]), name)
        return functools.partial(function, _table(rows, folder))

    return prepare


def _intake(rows: int, folder: Path) -> Run:
    from crmlab.intake import read_orders

    return functools.partial(read_orders, folder / f"{rows}.csv")


def _read_csv(rows: int, folder: Path) -> Run:
    return functools.partial(
        pd.read_csv, folder / f"{rows}.csv", dtype={"customer_id": "str"}, parse_dates=["order_date"]
    )


def _make_retail(rows: int, folder: Path) -> Run:  # noqa: ARG001
    from crmlab.datasets import make_retail

    return functools.partial(make_retail, n_customers=rows)


WRITERS = {"write_log": write_log, "write_world": write_world}
CASES: dict[str, Callable[[int, Path], Any]] = {
    "lifetimes": _lifetimes,
    "btyd_frame": _crmlab("btyd_summary", unit="day"),
    "btyd_parquet": _crmlab("btyd_summary", unit="day", parquet=True),
    "rfm_frame": _crmlab("rfm_table"),
    "rfm_parquet": _crmlab("rfm_table", parquet=True),
    "limit": _limit,
    "limit_days": _limit_days,
    "make_retail": _make_retail,
    "intake": _intake,
    "read_csv": _read_csv,
    "abc_classes": _on_table("pareto", "abc_classes"),
    "rfm_scores": _on_table("rfm", "rfm_scores"),
    **BTYD_CASES,
    **TABLE_CASES,
}


def _memory() -> tuple[float, float]:
    """Give the resident memory and its peak, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        found = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+)", status.read_text()))
        return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes elsewhere than on Linux
    return peak, peak


def _fingerprint(result: Any) -> list[float]:
    """Sum a BTYD summary up, so that the report can say whether two ways agree."""
    if not isinstance(result, pd.DataFrame) or "frequency" not in result:
        return []
    return [float(len(result)), *(float(x) for x in result.select_dtypes("number").sum())]


def measure(case: str, rows: int, folder: Path) -> dict[str, Any]:
    """Prepare a case untimed, then run it once: seconds, CPU seconds, memory before and at the peak (MB)."""
    made = CASES[case](rows, folder)
    run, tell = made if isinstance(made, tuple) else (made, _fingerprint)
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")  # the peak starts again from what is held now: loading does not count
    before, cpu, start = _memory()[0], time.process_time(), time.perf_counter()
    result = run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = _memory()[1]
    return {"seconds": seconds, "cpu": cpu, "before": before, "peak": peak, "sums": tell(result)}


if __name__ == "__main__":
    name, size, where = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    print(json.dumps(WRITERS[name](size, where) if name in WRITERS else measure(name, size, where)))
