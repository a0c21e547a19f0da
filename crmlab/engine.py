"""Where a table lives: one SQL text per idea, run by DuckDB on frames and on files."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.contracts import DataError

if TYPE_CHECKING:
    import duckdb

Log = Any
"""An order log: a DataFrame, the path of a Parquet file, or a DuckDB relation."""


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Give the one DuckDB connection of this process; its clock is UTC, so a day is the same on every laptop."""
    import duckdb

    con = duckdb.connect()
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    return con


def query(sql: str, log: Log) -> Any:
    """Run a SQL text over an order log.

    Parameters
    ----------
    sql : str
        A query in the subset of SQL that DuckDB and Spark share; ``{log}`` stands for the table.
    log : DataFrame, str, Path or duckdb.DuckDBPyRelation
        The table: a frame in memory, the path of a Parquet file (or of many, with ``*``), or a relation.

    Returns
    -------
    DataFrame or duckdb.DuckDBPyRelation
        A frame for a frame. For a path or a relation a lazy relation: call ``.df()`` to compute it, or
        ``.write_parquet(path)`` when the result is larger than memory.

    Raises
    ------
    DataError
        If the file does not exist or is not Parquet, or the log is of another kind.

    Examples
    --------
    >>> import pandas as pd
    >>> query("SELECT COUNT(*) AS n FROM {log}", pd.DataFrame({"x": [1, 2, 3]}))
       n
    0  3
    """
    text = sql.replace("{log}", "log")
    if isinstance(log, pd.DataFrame):
        con = connection().cursor()  # its own cursor: frames called "log" never meet
        con.register("log", log)
        try:
            return con.sql(text).df()
        finally:
            con.unregister("log")
    if isinstance(log, str | Path):
        log = _parquet(str(log))
    if type(log).__name__ == "DuckDBPyRelation":
        return log.query("log", text)
    raise DataError(
        f"an order log must be a pandas DataFrame, the path of a Parquet file or a DuckDB relation; "
        f"found {type(log).__name__}. Hint: crmlab.read_orders(path) reads other files."
    )


def _parquet(path: str) -> Any:
    import duckdb

    if "*" not in path and not Path(path).exists():
        raise DataError(f"there is no file {path!r}. Hint: check the spelling and the folder you are in.")
    try:
        return connection().read_parquet(path)
    except duckdb.Error as error:
        raise DataError(
            f"{path!r} cannot be read as Parquet ({str(error).splitlines()[0]}). "
            f"Hint: crmlab.read_orders(path) reads CSV and DuckDB files too."
        ) from None


def day(value: Any, *, name: str = "as_of") -> dt.date:
    """Read a calendar day from ``"2023-12-31"``, a date or a Timestamp; anything else is a `DataError`.

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
    """List the columns of an order log of any kind."""
    if isinstance(log, pd.DataFrame):
        return [str(c) for c in log.columns]
    if isinstance(log, str | Path):
        log = _parquet(str(log))
    return list(log.columns)
