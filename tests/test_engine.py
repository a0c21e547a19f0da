from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from crmlab import engine, orders
from crmlab.contracts import DataError

SUM = "SELECT customer_id, SUM(amount_eur) AS eur FROM {log} GROUP BY 1 ORDER BY 1"


def log(n: int = 6, amount: float = 1.5) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i % 3}" for i in range(n)],
            "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(range(n), unit="D"),
            "amount_eur": amount,
        }
    )


def write(frame: pd.DataFrame, path: Path) -> Path:
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.sql("SELECT * FROM frame").write_parquet(str(path))
    return path


def message(log: Any) -> str:
    with pytest.raises(DataError) as caught:
        engine.query(SUM, log)
    return str(caught.value)


# ------------------------------------------------------------------ one text, every place


def test_a_frame_a_file_many_files_and_a_relation_give_the_same(tmp_path: Path) -> None:
    frame = log()
    expected = frame.groupby("customer_id")["amount_eur"].sum()
    path = write(frame, tmp_path / "orders.parquet")
    write(frame.iloc[:2], tmp_path / "part_1.parquet")
    write(frame.iloc[2:], tmp_path / "part_2.parquet")
    with duckdb.connect() as con:
        con.register("mine", frame)
        places = [
            str(path),
            path,
            str(tmp_path / "part_*.parquet"),
            tmp_path / "part_*.parquet",
            con.table("mine"),
        ]
        from_frame = engine.query(SUM, frame)
        assert isinstance(from_frame, pd.DataFrame)
        assert from_frame.set_index("customer_id")["eur"].to_dict() == expected.to_dict()
        for place in places:
            lazy = engine.query(SUM, place)
            assert not isinstance(lazy, pd.DataFrame)
            pd.testing.assert_frame_equal(lazy.df(), from_frame)
            assert engine.columns(place) == ["customer_id", "order_date", "amount_eur"]
            assert engine.sql_types(place)["customer_id"] == "VARCHAR"


def test_the_table_may_be_named_twice_and_the_frame_stays(tmp_path: Path) -> None:
    frame = log()
    before = frame.copy()
    twice = "SELECT COUNT(*) AS n FROM {log} AS a JOIN {log} AS b ON a.customer_id = b.customer_id"
    assert engine.query(twice, frame)["n"].item() == 12
    assert engine.query(twice, write(frame, tmp_path / "x.parquet")).df()["n"].item() == 12
    pd.testing.assert_frame_equal(frame, before)


def test_lazy_results_of_one_connection_do_not_meet() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE log AS SELECT 'mine' AS customer_id, 9.0 AS amount_eur")
        first = engine.query(SUM, con.sql("SELECT 'a' AS customer_id, 1.0 AS amount_eur"))
        second = engine.query(SUM, con.sql("SELECT 'b' AS customer_id, 2.0 AS amount_eur"))
        own = engine.query(SUM, con.table("log"))
        assert [t.df()["customer_id"].item() for t in (first, second, own)] == ["a", "b", "mine"]
        assert con.sql("SELECT customer_id FROM log").fetchall() == [("mine",)]
        assert con.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []


def test_threads_do_not_meet(tmp_path: Path) -> None:
    frames = [log(n, float(n)) for n in (30, 300, 3000, 30000)]
    files = [write(frame, tmp_path / f"{len(frame)}.parquet") for frame in frames]

    def count(i: int) -> list[Any]:
        place = (frames + files)[i]
        found = engine.query("SELECT COUNT(*) AS n, MAX(amount_eur) AS m FROM {log}", place)
        return (found if isinstance(found, pd.DataFrame) else found.df()).iloc[0].tolist()

    jobs = list(range(8)) * 12
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, jobs)) == [[len(frames[i % 4])] * 2 for i in jobs]


# ------------------------------------------------------------------ what cannot be used


def test_missing_file_no_match_and_folder(tmp_path: Path) -> None:
    path = str(tmp_path / "absent.parquet")
    assert message(path) == (
        f"there is no file {path!r}. Hint: check the spelling and the folder you are in."
    )
    for path in (str(tmp_path / "*.parquet"), str(tmp_path)):
        assert message(path).startswith(f"{path!r} cannot be read as Parquet (IO Error: No files found")


def test_not_parquet(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,amount_eur\na,1\n")
    found = message(path)
    assert found.startswith(f"{str(path)!r} cannot be read as Parquet (")
    assert found.endswith("Hint: crmlab.read_orders(path) reads CSV and DuckDB files too.")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        engine.columns(path)


@pytest.mark.parametrize("other", [[1, 2], None, 7, {"customer_id": ["a"]}, log()["customer_id"]])
def test_another_kind(other: Any) -> None:
    expected = (
        "an order log must be a pandas or Spark DataFrame, the path of Parquet or a DuckDB relation; "
        f"found {type(other).__name__}. Hint: crmlab.read_orders(path) reads other files."
    )
    assert message(other) == expected
    for ask in (engine.columns, engine.sql_types):
        with pytest.raises(DataError) as caught:
            ask(other)
        assert str(caught.value) == expected


# ------------------------------------------------------------------ days


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2023-12-31", dt.date(2023, 12, 31)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        (dt.date(2024, 1, 2), dt.date(2024, 1, 2)),
        (dt.datetime(2024, 1, 2, 23, 59), dt.date(2024, 1, 2)),
        (pd.Timestamp("2024-01-02 23:59"), dt.date(2024, 1, 2)),
        (pd.Timestamp("2024-01-02 23:59", tz="Asia/Shanghai"), dt.date(2024, 1, 2)),
    ],
)
def test_day(value: Any, expected: dt.date) -> None:
    found = engine.day(value)
    assert found == expected and type(found) is dt.date


@pytest.mark.parametrize(
    "value",
    [pd.NaT, None, "", "31.12.2023", "2023-02-29", "2023-12-31 10:00", 20231231, 1.5, np.nan, ["2023-12-31"]],
)
def test_no_day(value: Any) -> None:
    with pytest.raises(DataError) as caught:
        engine.day(value, name="start")
    assert str(caught.value) == f"start must be a day such as '2023-12-31'; found {value!r}."


def test_the_name_of_a_day_is_as_of_unless_told() -> None:
    with pytest.raises(DataError, match=r"^as_of must be a day such as '2023-12-31'; found 'soon'\.$"):
        engine.day("soon")


# ------------------------------------------------------------------ the laptop's clock

_EVENINGS = """
import pandas as pd, sys
from crmlab.engine import query
from crmlab.orders import rfm_table, btyd_summary
log = pd.DataFrame({
    "customer_id": ["a", "a", "b"],
    "order_date": pd.to_datetime(["2024-01-01 00:30", "2024-01-31 23:30", "2024-02-01 00:00"]),
    "amount_eur": [1.0, 2.0, 4.0],
})
for place in (log, sys.argv[1]):
    table = rfm_table(place, as_of="2024-01-31")
    table = table if isinstance(table, pd.DataFrame) else table.df()
    sys.stdout.write(table.to_csv(index=False))
moment = pd.DataFrame({"moment": pd.to_datetime(["2024-01-01 00:30"]).tz_localize("UTC")})
day = query("SELECT CAST(CAST(moment AS DATE) AS VARCHAR) AS day FROM {log}", moment)["day"].item()
sys.stdout.write(day)
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_day_is_the_same_under_every_clock(zone: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "order_date": pd.to_datetime(["2024-01-01 00:30", "2024-01-31 23:30", "2024-02-01 00:00"]),
            "amount_eur": [1.0, 2.0, 4.0],
        }
    )
    path = write(frame, tmp_path / "evenings.parquet")
    expected = orders.rfm_table(frame, as_of="2024-01-31")
    assert expected.astype(str).values.tolist() == [["a", "2024-01-01", "2024-01-31", "0", "2", "3.0"]]
    done = subprocess.run(
        [sys.executable, "-c", _EVENINGS, str(path)],
        env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == expected.to_csv(index=False) * 2 + "2024-01-01"
