"""Where a table lives: one SQL text per idea, run by DuckDB on frames and files, and by Spark on a cluster.

The texts keep to what both read alike: ``STRING`` for text, ``0.1e0`` for a DOUBLE (``0.1`` is a decimal
number), plain column names, no ``//``, no ``ISFINITE``. Dates and times carry no time zone, so the clock of a
laptop or of a Spark session never counts.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.contracts import DataError

if TYPE_CHECKING:
    import duckdb

Log = Any
"""A table: a pandas or Spark DataFrame, the path of Parquet (a file or a folder), or a DuckDB relation."""

LARGEST = "1.7976931348623157e308"  # the largest DOUBLE: beyond it are infinity and NaN


_LIMITED: ContextVar[Any] = ContextVar("_LIMITED", default=None)  # the connection inside `memory_limit`


def connection() -> duckdb.DuckDBPyConnection:
    """Give the one DuckDB connection of this process; its clock is UTC, so a day is the same on every laptop.

    Inside a block of `memory_limit` it is the block's own.

    Returns
    -------
    duckdb.DuckDBPyConnection
        In memory. Work on a ``cursor()`` of it: a connection serves one thread at a time.

    Examples
    --------
    >>> connection().cursor().sql("SELECT current_setting('TimeZone')").fetchall()
    [('UTC',)]
    """
    con: duckdb.DuckDBPyConnection = _LIMITED.get() or _everyday()
    return con


@cache
def _everyday() -> Any:
    return _connect()


def _connect() -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    return con


@contextlib.contextmanager
def memory_limit(size: str, *, temp: str | Path | None = None, threads: int | None = None) -> Iterator[None]:
    """Hold what DuckDB keeps in memory below a limit; what does not fit goes to disk for a while.

    The limit is that of DuckDB's own buffers. The whole process needs some 10 % more, and a result that
    comes back as a pandas frame is not counted: write large results with ``.write_parquet(path)``. Results
    from files are lazy: compute them inside the block. The limit holds for files and frames; a relation of
    your own keeps the limit of its connection, and Spark has its own.

    Parameters
    ----------
    size : str
        A number and a unit: ``"4GB"``, ``"512MB"``; 50 MB or more.
    temp : str or Path, optional
        Folder on a disk with room, made if missing; without it the system's folder for such files. What was
        put aside there is gone at the end of the block.
    threads : int, optional
        Workers of DuckDB, 1 or more. Each needs room of its own, so without it there is one for each 4 GB
        (at least one, and no more than cores): too many for the limit is the usual reason to fail.

    Yields
    ------
    None
        At the end of the block the limit is gone.

    Raises
    ------
    DataError
        If `size` cannot be read or is below 50 MB, or `threads` is no whole number of 1 or more.

    Examples
    --------
    >>> with memory_limit("1GB"):
    ...     print(query("SELECT COUNT(*) AS n FROM {log}", pd.DataFrame({"x": [1, 2, 3]})))
       n
    0  3
    """
    read = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]i?B)", size) if isinstance(size, str) else None
    powers = {"K": 1, "M": 2, "G": 3, "T": 4}
    if not read or float(read[1]) * 1000 ** powers[read[2][0]] < 50e6:
        raise DataError(
            f"the memory limit must be a number and KB, MB, GB or TB, 50MB or more; found {size!r}. "
            "Hint: memory_limit('4GB')."
        )
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise DataError(f"threads must be a whole number, 1 or more; found {threads!r}.")
    room = float(read[1]) * 1000 ** powers[read[2][0]] / 4e9
    if temp is not None:
        Path(temp).mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="crmlab-", dir=temp) as folder,
        contextlib.closing(_connect()) as con,
    ):
        con.execute(f"SET GLOBAL memory_limit = {_quoted(size)}")
        con.execute(f"SET GLOBAL temp_directory = {_quoted(folder)}")
        con.execute(f"SET GLOBAL threads = {threads or max(1, min(int(room), os.cpu_count() or 1))}")
        token = _LIMITED.set(con)
        try:
            yield
        finally:
            _LIMITED.reset(token)


def query(sql: str, log: Log) -> Any:
    """Run a SQL text over a table.

    Parameters
    ----------
    sql : str
        A query in the subset of SQL that DuckDB and Spark share; ``{log}`` stands for the table.
    log : DataFrame, str, Path, duckdb.DuckDBPyRelation or pyspark.sql.DataFrame
        The table: a pandas frame in memory, the path of a Parquet file (or of many: a folder, or ``*``), a
        DuckDB relation, or a Spark DataFrame.

    Returns
    -------
    DataFrame, duckdb.DuckDBPyRelation or pyspark.sql.DataFrame
        A frame for a frame. For a path or a relation a lazy relation: call ``.df()`` to compute it, or
        ``.write_parquet(path)`` when the result is larger than memory. For a Spark DataFrame a Spark
        DataFrame, lazy too.

    Raises
    ------
    DataError
        If the file does not exist or is not Parquet, the files of a folder differ, or the log is of another
        kind.

    Examples
    --------
    >>> import pandas as pd
    >>> query("SELECT COUNT(*) AS n FROM {log}", pd.DataFrame({"x": [1, 2, 3]}))
       n
    0  3
    """
    if is_spark(log):
        return log.sparkSession.sql(sql, log=log)  # Spark itself fills in {log}
    text = sql.replace("{log}", "log")
    if isinstance(log, pd.DataFrame):
        con = connection().cursor()  # its own cursor: frames called "log" never meet
        con.register("log", log)
        try:
            return con.sql(text).df()
        finally:
            con.unregister("log")
    return _relation(log).query("log", text)


def fetch(table: Log) -> pd.DataFrame:
    """Compute a result and bring it into memory as a pandas frame.

    Parameters
    ----------
    table : DataFrame, str, Path, duckdb.DuckDBPyRelation or pyspark.sql.DataFrame
        What `query` (or `crmlab.rfm_table` and the like) returned, or a table.

    Returns
    -------
    DataFrame
        The same rows in the same order; a frame is given back as it is. Of Spark's ``toPandas``, which warns
        under pandas 3, nothing is used.

    Examples
    --------
    >>> fetch(connection().cursor().sql("SELECT 1 AS n"))
       n
    0  1
    """
    if isinstance(table, pd.DataFrame):
        return table
    if not is_spark(table):
        return _relation(table).df()
    kinds = dict(table.dtypes)
    rows = [tuple(row) for row in table.collect()]
    found = pd.DataFrame({name: [row[i] for row in rows] for i, name in enumerate(table.columns)})
    days = [name for name, kind in kinds.items() if kind in ("date", "timestamp_ntz")]
    numbers = [name for name, kind in kinds.items() if kind == "double"]
    return found.astype(dict.fromkeys(days, "datetime64[us]") | dict.fromkeys(numbers, float))


def is_spark(log: Log) -> bool:
    """Say whether a table is a Spark DataFrame, without importing Spark."""
    return type(log).__module__.partition(".")[0] == "pyspark" and hasattr(log, "sparkSession")


def is_lazy(table: Log) -> bool:
    """Say whether a table lies outside memory: a path, a DuckDB relation or a Spark DataFrame."""
    return isinstance(table, str | Path) or type(table).__name__ == "DuckDBPyRelation" or is_spark(table)


def _relation(log: Log) -> Any:
    if isinstance(log, str | Path):
        return _parquet(str(log))
    if type(log).__name__ == "DuckDBPyRelation":
        return log
    raise DataError(
        f"an order log must be a pandas or Spark DataFrame, the path of Parquet or a DuckDB relation; "
        f"found {type(log).__name__}. Hint: crmlab.read_orders(path) reads other files."
    )


def _parquet(path: str) -> Any:
    import duckdb

    if "*" not in path and not Path(path).exists():
        raise DataError(f"there is no file {path!r}. Hint: check the spelling and the folder you are in.")
    files = _files(path)
    con = connection().cursor()  # its own cursor: threads do not meet
    try:
        if files != path or "*" in path:
            _one_schema(con, path, files)
        return con.read_parquet(files)
    except duckdb.Error as error:
        raise DataError(
            f"{path!r} cannot be read as Parquet ({str(error).splitlines()[0]}). "
            f"Hint: crmlab.read_orders(path) reads CSV and DuckDB files too."
        ) from None


def _files(path: str) -> str:
    return f"{path}/**/*.parquet" if Path(path).is_dir() else path


def _one_schema(con: Any, path: str, files: str) -> None:
    """Refuse files that differ: DuckDB would cast to the types of the first, and amounts could be cut."""
    kinds: dict[str, dict[str, str]] = {}
    text = "SELECT file_name, name, type || ' ' || COALESCE(logical_type, converted_type, '') "
    for file, column, kind in con.execute(
        f"{text} FROM parquet_schema({_quoted(files)}) WHERE num_children IS NULL ORDER BY file_name"
    ).fetchall():
        kinds.setdefault(file, {})[column] = kind
    (first, expected), *others = kinds.items()
    for file, found in others:
        if found == expected:
            continue
        column = next(c for c in [*expected, *found] if expected.get(c) != found.get(c))
        types = [dict(zip((r := con.read_parquet(f)).columns, r.types, strict=True)) for f in (first, file)]
        says = [f"is {t[column]}" if column in t else "is absent" for t in types]
        raise DataError(
            f"the files of {path!r} differ: the column {column!r} {says[0]} in {first!r} and {says[1]} in "
            f"{file!r}. Hint: write them anew with the same columns and types."
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def day(value: Any, *, name: str = "as_of") -> dt.date:
    """Read a calendar day from ``"2023-12-31"``, a date or a Timestamp.

    Parameters
    ----------
    value : str, date or Timestamp
        The day; of a Timestamp the time of day is left aside, and its own clock counts.
    name : str, default "as_of"
        What to call the value in the message.

    Returns
    -------
    date
        The calendar day.

    Raises
    ------
    DataError
        If it is anything else, or no day of the calendar.

    Examples
    --------
    >>> day("2023-12-31")
    datetime.date(2023, 12, 31)
    """
    if isinstance(value, dt.datetime) and not pd.isna(value):
        return value.date()
    if isinstance(value, dt.date) and not pd.isna(value):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be a day such as '2023-12-31'; found {value!r}.") from None


def columns(log: Log) -> list[str]:
    """List the columns of a table.

    Parameters
    ----------
    log : DataFrame, str, Path, duckdb.DuckDBPyRelation or pyspark.sql.DataFrame
        The table, as in `query`.

    Returns
    -------
    list of str
        Their names, in order.

    Examples
    --------
    >>> columns(pd.DataFrame({"customer_id": ["a"], "amount_eur": [5.0]}))
    ['customer_id', 'amount_eur']
    """
    here = isinstance(log, pd.DataFrame) or is_spark(log)
    return [str(c) for c in (log if here else _relation(log)).columns]


_SPARK = {
    "string": "VARCHAR", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP",
}  # fmt: skip


def sql_types(log: Log) -> dict[str, str]:
    """Give the SQL type of each column of a Parquet file, a relation or a Spark DataFrame.

    Parameters
    ----------
    log : str, Path, duckdb.DuckDBPyRelation or pyspark.sql.DataFrame
        The table, as in `query`.

    Returns
    -------
    dict
        Name of the column to its type as DuckDB writes it, such as ``"VARCHAR"``; Spark's ``timestamp``
        is ``"TIMESTAMP WITH TIME ZONE"`` there, for its day depends on the session's clock.

    Examples
    --------
    >>> sql_types(connection().cursor().sql("SELECT 'a' AS customer_id, 5.0::DOUBLE AS amount_eur"))
    {'customer_id': 'VARCHAR', 'amount_eur': 'DOUBLE'}
    """
    if is_spark(log):
        return {name: _SPARK.get(kind, kind.upper()) for name, kind in log.dtypes}
    table = _relation(log)
    return {str(name): str(kind) for name, kind in zip(table.columns, table.types, strict=True)}


def missing(log: Log) -> dict[str, int]:
    """Count the missing values of each column as Parquet files tell it themselves: nothing is read through.

    Parameters
    ----------
    log : DataFrame, str, Path, duckdb.DuckDBPyRelation or pyspark.sql.DataFrame
        The table, as in `query`.

    Returns
    -------
    dict
        Name of the column to its number of missing values; a column of which some file says nothing is
        absent, and so is all that is no file.

    Examples
    --------
    >>> missing(pd.DataFrame({"customer_id": ["a", None]}))
    {}
    """
    if not isinstance(log, str | Path):
        return {}
    text = f"""
        SELECT path_in_schema, CAST(SUM(stats_null_count) AS BIGINT)
        FROM parquet_metadata({_quoted(_files(str(log)))})
        GROUP BY 1 HAVING COUNT(stats_null_count) = COUNT(*)"""
    return dict(connection().cursor().execute(text).fetchall())


def double(value: float) -> str:
    """Write a number as a SQL text that both engines read as the same DOUBLE: ``0.1`` alone is a decimal.

    Examples
    --------
    >>> double(0.1), double(7)
    ('0.1e0', '7.0e0')
    """
    text = repr(float(value))
    return text if "e" in text else text + "e0"
