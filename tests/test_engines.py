"""One text, three engines: a pandas frame, Parquet through DuckDB and Spark give exactly the same."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from crmlab import engine
from crmlab._ranks import rounded, scale_of
from crmlab.btyd import distinct_histories, fit_btyd
from crmlab.contracts import DataError
from crmlab.orders import btyd_summary, calibration_holdout, cohorts, customer_value, rfm_table
from crmlab.pareto import abc_classes
from crmlab.rfm import rfm_scores

END, CUT = "2024-03-31", "2024-02-15"
ASKS: dict[str, Callable[[Any], Any]] = {
    "rfm_table": lambda log: rfm_table(log, as_of=END),
    "customer_value": lambda log: customer_value(log, start="2024-01-15", as_of=END),
    "btyd_summary": lambda log: btyd_summary(log, as_of=END),
    "btyd_summary, months": lambda log: btyd_summary(log, as_of=END, unit="month"),
    "calibration_holdout": lambda log: calibration_holdout(log, calibration_end=CUT, as_of=END),
    "cohorts": lambda log: cohorts(log, as_of=END),
    "cohorts, weeks": lambda log: cohorts(log, as_of="2024-03-29", period="week"),
}
RANKS: dict[str, Callable[[Any], Any]] = {
    "abc_classes": lambda table: abc_classes(table),
    "abc_classes, margin": lambda table: abc_classes(table, by="margin_eur", cuts=(0.5, 0.7, 0.9)),
    "rfm_scores": lambda table: rfm_scores(table),
    "rfm_scores, nested": lambda table: rfm_scores(table, bands=(5, 4, 3), nested=True),
    "rfm_scores, many": lambda table: rfm_scores(table, bands=(12, 3, 7), weights=(0.2, 1, 3)),
    "distinct_histories": lambda table: distinct_histories(table),
}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Start one local Spark session; skip without Spark or Java, but fail in CI."""
    if importlib.util.find_spec("pyspark") is None or not (
        shutil.which("java") or os.environ.get("JAVA_HOME")
    ):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Spark or no Java on this machine")
    zone, os.environ["SPARK_LOCAL_IP"] = os.environ.get("TZ"), "127.0.0.1"
    os.environ["TZ"] = "America/New_York"  # the clock of the machine must not count
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        from pyspark.sql import SparkSession
    settings = {
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.log.level": "OFF", "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "2", "spark.sql.adaptive.enabled": "false", "spark.sql.ansi.enabled": "true",
    }  # fmt: skip
    session = SparkSession.builder.master("local[2]").appName("crmlab").config(map=settings).getOrCreate()
    yield session
    session.stop()
    os.environ.pop("TZ") if zone is None else os.environ.update(TZ=zone)


def some_log(seed: int) -> pd.DataFrame:
    """Refunds, days with several orders, ties in money and time, customers who only send back."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(200, 1500))
    cents = rng.choice([995, 1995, 1995, 5000], n) if seed % 2 else rng.gamma(2, 1500, n).round()
    minutes = rng.integers(0, 90 * 1440, n) if seed != 1 else rng.integers(0, 90, n) * 1440
    log = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in rng.integers(0, n // 8, n)],
            "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min"),
            "amount_eur": cents / 100 * rng.choice([1, 1, 1, 1, -1], n),
            "margin_eur": rng.normal(5, 9, n).round(2),
        }
    )
    return log if seed else log.assign(customer_id=log["customer_id"].str.removeprefix("c").astype("int64"))


def folder_of(frame: pd.DataFrame, folder: Path, parts: int = 3) -> Path:
    """Write a frame as a folder of Parquet files, the rows shuffled."""
    folder.mkdir(parents=True, exist_ok=True)
    shuffled = frame.sample(frac=1, random_state=1)
    with duckdb.connect() as con:
        for i in range(parts):
            part = shuffled.iloc[i::parts]
            con.register("part", part)
            con.sql("SELECT * FROM part").write_parquet(str(folder / f"part_{i}.parquet"))
    return folder


def equal(found: Any, expected: pd.DataFrame) -> None:
    """Compare every value to the bit; a type may be wider."""
    table = engine.fetch(found)
    assert list(table) == list(expected) and len(table) == len(expected) > 0
    for name in expected:
        assert table[name].tolist() == expected[name].tolist(), name
        assert table[name].dtype.kind == expected[name].dtype.kind, name


# ------------------------------------------------------------------ the same everywhere


@pytest.mark.parametrize("seed", range(3))
def test_the_engines_agree_to_the_bit(seed: int, spark: Any, tmp_path: Path) -> None:
    log = some_log(seed)
    folder = folder_of(log, tmp_path / "log")
    on_spark = spark.read.parquet(str(folder))
    for name, ask in ASKS.items():
        expected = ask(log)
        assert isinstance(expected, pd.DataFrame), name
        for place in (folder, on_spark):
            found = ask(place)
            assert name.startswith("cohorts") or engine.is_lazy(found), name
            assert name.startswith("cohorts") or engine.is_spark(found) == (place is on_spark), name
            equal(found, expected)
    table = rfm_table(log, as_of=END).merge(btyd_summary(log, as_of=END), on="customer_id")
    tables = folder_of(table.drop(columns=["first_date", "last_date"]), tmp_path / "table", 2)
    on_spark = spark.read.parquet(str(tables)).cache()
    for i, (name, ask) in enumerate(RANKS.items()):
        expected = ask(table)
        if name.startswith("rfm_scores"):
            expected = expected.sort_values("customer_id", ignore_index=True)
        for place in (tables, on_spark) if i % 3 == seed else (tables,):  # Spark is slow: each text once
            found = ask(place)
            assert engine.is_spark(found) == (place is on_spark) and engine.is_lazy(found), name
            equal(found, expected.drop(columns=["first_date", "last_date"], errors="ignore"))


def test_a_chain_on_spark_stays_on_spark(spark: Any, tmp_path: Path) -> None:
    log = some_log(4)
    on_spark = spark.read.parquet(str(folder_of(log, tmp_path / "log")))
    equal(abc_classes(rfm_table(on_spark, as_of=END)), abc_classes(rfm_table(log, as_of=END)))
    one, two = (fit_btyd(btyd_summary(place, as_of=END)) for place in (log, on_spark))
    assert one.params.tolist() == two.params.tolist()
    assert (one.log_likelihood, one.n_customers, one.n_rows) == (
        two.log_likelihood,
        two.n_customers,
        two.n_rows,
    )


def test_the_zone_of_the_session_does_not_count(spark: Any, tmp_path: Path) -> None:
    """Half past eleven at night and half past midnight stay on their days; a moment with a zone is refused."""
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "order_date": pd.to_datetime(["2024-03-10 00:30", "2024-03-31 23:30", "2024-04-01 00:00"]),
            "amount_eur": [1.0, 2.0, 4.0],
        }
    )
    folder, expected = folder_of(log, tmp_path / "log", 1), rfm_table(log, as_of=END)
    before = spark.conf.get("spark.sql.session.timeZone")
    assert before == "America/New_York"
    for zone in (before, "Asia/Shanghai", "UTC"):
        spark.conf.set("spark.sql.session.timeZone", zone)
        equal(rfm_table(spark.read.parquet(str(folder)), as_of=END), expected)
    spark.conf.set("spark.sql.session.timeZone", before)
    moments = spark.sql(
        "SELECT 'a' AS customer_id, TIMESTAMP '2024-01-20 10:00:00' AS order_date, 1.0D AS amount_eur"
    )
    assert said(lambda: rfm_table(moments, as_of=END)) == (
        "orders: the column 'order_date' must hold dates without a time zone; found TIMESTAMP WITH TIME ZONE. "
        "Hint: read the file with crmlab.read_orders(path), or give a Spark DataFrame that selects "
        "CAST(order_date AS DATE) AS order_date."
    )
    cured = moments.selectExpr("customer_id", "CAST(order_date AS DATE) AS order_date", "amount_eur")
    assert [row.recency_days for row in rfm_table(cured, as_of=END).collect()] == [71]


def test_types_of_spark(spark: Any) -> None:
    log = spark.sql(
        "SELECT CAST(12346 AS SMALLINT) AS customer_id, DATE '2024-01-20' AS order_date, "
        "CAST('1234567890123.25' AS DECIMAL(18,2)) AS amount_eur, CAST(7 AS INT) AS margin_eur"
    )
    row = rfm_table(log, as_of=END).collect()[0]
    assert (row.customer_id, row.revenue_eur, row.margin_eur) == ("12346", 1234567890123.25, 7.0)


# ------------------------------------------------------------------ bad input


def said(call: Callable[[], Any]) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def test_bad_logs_are_refused_alike(spark: Any) -> None:
    good = {"customer_id": "'a'", "order_date": "DATE '2024-01-20'", "amount_eur": "CAST(1 AS DOUBLE)"}
    bad = {
        "customer_id": ["CAST(NULL AS STRING)", "CAST(1 AS DOUBLE)"],
        "order_date": ["CAST(NULL AS DATE)", "'2024-01-20'"],
        "amount_eur": [
            "CAST('NaN' AS DOUBLE)",
            "CAST('-Infinity' AS DOUBLE)",
            "CAST(NULL AS DOUBLE)",
            "'5,00'",
            "TRUE",
        ],
    }
    cases = [good | {name: sql} for name, sqls in bad.items() for sql in sqls]
    texts = ["SELECT " + ", ".join(f"{sql} AS {name}" for name, sql in case.items()) for case in cases]
    texts.append("SELECT 'a' AS customer_id, DATE '2024-01-20' AS orderdate, 1 AS amount_eur")
    with duckdb.connect() as con:
        for text in texts:
            expected = said(lambda text=text: rfm_table(con.sql(text), as_of=END))
            assert said(lambda text=text: rfm_table(spark.sql(text), as_of=END)) == expected.replace(
                "DuckDB relation", "Spark DataFrame"
            )
        text = "SELECT " + ", ".join(f"{sql} AS {name}" for name, sql in good.items())
        for log in (con.sql(text), spark.sql(text)):
            assert said(lambda log=log: rfm_table(log, as_of="2023-12-31")).startswith(
                "nobody has bought by 2023"
            )


TABLE = pd.DataFrame(
    {"customer_id": list("abcd"), "recency_days": [3, 40, 200, 90], "n_orders": [9, 1, 1, 2],
     "revenue_eur": [400.0, 60.0, 20.0, 150.0]}
)  # fmt: skip


@pytest.mark.parametrize(
    "table",
    [
        TABLE.iloc[:0],
        TABLE.assign(customer_id=["a", "b", "a", "d"]),
        TABLE.assign(revenue_eur=[1.0, np.nan, np.inf, 2.0]),
        TABLE.assign(revenue_eur=[1.0, -2.0, 0.5, 0.5]),
        TABLE.drop(columns="revenue_eur"),
    ],
)
def test_bad_tables_are_refused_with_the_words_of_a_frame(
    table: pd.DataFrame, spark: Any, tmp_path: Path
) -> None:
    folder = folder_of(table, tmp_path / "table", 1)
    expected = said(lambda: abc_classes(table))
    for place in (folder, spark.read.parquet(str(folder))):
        assert said(lambda place=place: abc_classes(place)) == expected


def test_bad_measures_bands_and_names(tmp_path: Path) -> None:
    late = folder_of(TABLE.assign(recency_days=[-1, 4, -2, 1]), tmp_path / "late", 1)
    assert said(lambda: rfm_scores(late)) == said(
        lambda: rfm_scores(TABLE.assign(recency_days=[-1, 4, -2, 1]))
    )
    folder = folder_of(TABLE, tmp_path / "table", 1)
    assert said(lambda: rfm_scores(folder, bands=9)) == said(lambda: rfm_scores(TABLE, bands=9))
    assert said(lambda: rfm_scores(folder, bands=2, weights=(0, 0, 0))).startswith(
        "weights must be three numbers"
    )
    assert said(lambda: abc_classes(folder, cuts=(0.9, 0.8))).startswith(
        "cuts must be 1 to 25 rising numbers"
    )
    odd = folder_of(TABLE.rename(columns={"n_orders": "orders, all"}), tmp_path / "odd", 1)
    assert said(lambda: abc_classes(odd)) == (
        "table: columns of a file or of Spark must be named with letters, digits and _ here; found 'orders, all'. "
        "Hint: select the columns that are needed, under plain names."
    )
    text = folder_of(TABLE.assign(revenue_eur="5,00"), tmp_path / "text", 1)
    assert said(lambda: abc_classes(text)) == (
        "table: the column 'revenue_eur' must hold numbers; found VARCHAR. "
        "Hint: select CAST(revenue_eur AS DOUBLE) AS revenue_eur first."
    )
    with duckdb.connect() as con:
        nobody = con.sql(
            "SELECT CASE WHEN i > 0 THEN 'a' END AS customer_id, 5.0 AS revenue_eur FROM range(3) AS t(i)"
        )
        assert said(lambda: abc_classes(nobody)) == (
            "table: 1 row(s) have no customer_id. Hint: take them out, and say how many you took."
        )


@pytest.mark.parametrize("statistics", [True, False])
def test_missing_values_of_files_with_and_without_statistics(statistics: bool, tmp_path: Path) -> None:
    """The files' own counts are used where there are any; a file without them is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = {
        "customer_id": ["a", None, "b", None],
        "order_date": [dt.date(2024, 1, 2)] * 4,
        "amount_eur": [1.0] * 4,
    }
    for i in range(2):
        pq.write_table(pa.table(rows), tmp_path / f"{i}.parquet", write_statistics=statistics)
    told = {"customer_id": 4, "order_date": 0, "amount_eur": 0} if statistics else {}
    assert engine.missing(tmp_path) == told
    assert said(lambda: rfm_table(tmp_path, as_of=END)).startswith(
        "orders: 4 value(s) of 'customer_id' are missing or infinite."
    )


# ------------------------------------------------------------------ values that are no money


@pytest.mark.parametrize("seed", range(6))
def test_any_values_are_classed_alike_in_memory_and_in_a_file(seed: int, tmp_path: Path) -> None:
    """Sums with noise, values beside each other by less than the noise, tiny and huge ones, refunds."""
    rng = np.random.default_rng(seed)
    n = 400
    values = [
        rng.lognormal(3, 2, n),
        (rng.integers(1, 40, n) / 10) * (1 + rng.choice([0, 1e-16, 4e-13], n)),
        rng.normal(1, 3, n) * 1e-9,
        rng.lognormal(20, 3, n),
        np.array([0.1 + 0.2, 0.3, -0.0, 0.0] * (n // 4)),
        rng.integers(-500, 2000, n) / 100,
    ][seed]
    table = TABLE.sample(n, replace=True, random_state=1).assign(
        customer_id=[f"é{i}" if i % 3 else f"Z{i}" for i in range(n)], revenue_eur=values, abc_class="x"
    )
    folder = folder_of(table, tmp_path / "table")
    equal(abc_classes(folder), abc_classes(table)[engine.columns(abc_classes(folder))])
    equal(rfm_scores(folder, nested=True), rfm_scores(table, nested=True).sort_values("customer_id"))


def test_rounding_is_that_of_sql() -> None:
    values = np.array([0.5, 1.5, 2.5, -0.5, -2.5, 0.49999999999999994, 1e15 + 0.5, 0.0])
    with duckdb.connect() as con:
        con.register("t", pd.DataFrame({"v": values}))
        assert rounded(values).tolist() == con.sql("SELECT ROUND(v) AS v FROM t").df()["v"].tolist()
    assert scale_of(np.array([0.1 + 0.2, 5.0, -3.25])) == 10_000
    assert scale_of(np.array([1 / 3])) == 2.0**53


# ------------------------------------------------------------------ folders, and memory


def test_files_of_a_folder_that_differ(tmp_path: Path) -> None:
    folder = folder_of(some_log(2), tmp_path / "log", 2)
    first, other = folder / "part_0.parquet", folder / "sub" / "more.parquet"
    other.parent.mkdir()
    with duckdb.connect() as con:
        same = con.read_parquet(str(first))
        same.select("margin_eur, amount_eur, order_date, customer_id").write_parquet(
            str(other)
        )  # order is free
        assert customer_value(folder, as_of=END).df()["revenue_eur"].sum() > 0
        same.select("customer_id, order_date, amount_eur::INTEGER AS amount_eur, margin_eur").write_parquet(
            str(other)
        )
        expected = (
            f"the files of {str(folder)!r} differ: the column 'amount_eur' is DOUBLE in {str(first)!r} and is INTEGER "
            f"in {str(other)!r}. Hint: write them anew with the same columns and types."
        )
        assert said(lambda: customer_value(folder, as_of=END)) == expected
        same.select("customer_id, order_date, margin_eur").write_parquet(str(other))
        expected = expected.replace("is INTEGER", "is absent")
        assert said(lambda: customer_value(folder, as_of=END)) == expected
        assert said(lambda: customer_value(f"{folder}/**/*.parquet", as_of=END)) == expected.replace(
            repr(str(folder)), repr(f"{folder}/**/*.parquet"), 1
        )


def limit() -> str:
    found = engine.connection().cursor().execute("SELECT current_setting('memory_limit')").fetchone()
    return str(found and found[0])


def test_what_does_not_fit_goes_to_disk_and_the_limit_ends_with_the_block(tmp_path: Path) -> None:
    n, aside = 1_500_000, tmp_path / "aside"
    with duckdb.connect() as con:
        con.sql(
            f"SELECT 'customer number ' || (i * 7919 % {n}) AS customer_id, DATE '2024-01-01' AS order_date, "
            f"i % 1000 / 100 AS amount_eur FROM range({n}) AS t(i)"
        ).write_parquet(str(tmp_path / "log.parquet"))
    before = limit()
    with engine.memory_limit("100MB", temp=aside):
        assert limit() == "95.3 MiB"
        rfm_table(tmp_path / "log.parquet", as_of=END).write_parquet(str(tmp_path / "summary.parquet"))
        text = "SELECT MAX(size) FROM duckdb_temporary_files()"
        assert engine.connection().cursor().execute(text).fetchone()
        assert len(list(aside.iterdir())) == 1
    assert limit() == before and list(aside.iterdir()) == []
    assert engine.query("SELECT COUNT(*) AS n FROM {log}", tmp_path / "summary.parquet").df()["n"].item() == n


@pytest.mark.parametrize("size", ["4", "lots", "4 gigabytes", "10MB", "-4GB", 4, None])
def test_a_limit_that_is_none(size: Any) -> None:
    assert said(lambda: engine.memory_limit(size).__enter__()) == (
        f"the memory limit must be a number and KB, MB, GB or TB, 50MB or more; found {size!r}. "
        "Hint: memory_limit('4GB')."
    )
