"""The order log of the scale measurements, written part by part: it never lies in memory as a whole."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

DAYS, FIRST = 1096, "2022-01-01"
PART = 5_000_000


def write_folder(rows: int, folder: Path, *, seed: int = 7) -> Path:
    """Write a folder of Parquet files, ordered by date: 10 rows per customer on average, skewed, 3 years.

    Of the same kind as `cases.write_log`: text ids, amounts in cents, no refunds. A folder that is whole
    already is used again.
    """
    where = folder / f"log_{rows}"
    parts = -(-rows // PART)
    if (where / "_written").exists():
        return where
    where.mkdir(parents=True, exist_ok=True)
    g = np.random.default_rng(seed)
    border = np.cumsum(g.gamma(0.8, size=rows // 10))
    with duckdb.connect() as con:
        for part in range(parts):
            n = min(PART, rows - part * PART)
            first, last = DAYS * part // parts, max(DAYS * (part + 1) // parts, DAYS * part // parts + 1)
            customer = np.searchsorted(border, np.sort(g.uniform(0, border[-1], n)))  # sorted: searched fast
            log = {"customer": g.permutation(customer), "day": np.sort(g.integers(first, last, n))}
            log["cents"] = np.round(g.lognormal(3.5, 0.8, n) * 100).astype(np.int64)
            con.register("log", log)
            con.sql(
                f"""SELECT 'C' || lpad(CAST(customer AS VARCHAR), 8, '0') AS customer_id,
                           CAST(DATE '{FIRST}' + CAST(day AS INTEGER) AS TIMESTAMP) AS order_date,
                           CAST(cents AS DOUBLE) / 100 AS amount_eur
                    FROM log"""
            ).write_parquet(str(where / f"part_{part:03}.parquet"), compression="zstd")
            con.unregister("log")
    (where / "_written").write_text("whole\n")
    return where
