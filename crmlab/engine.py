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
    """Give the one DuckDB connection of this process; its clock is UTC, so a day is the same on every laptop.

    Returns
    -------
    duckdb.DuckDBPyConnection
        In memory. Work on a ``cursor()`` of it: a connection serves one thread at a time.

    Examples
    --------
    >>> connection().cursor().sql("SELECT current_setting('TimeZone')").fetchall()
    [('UTC',)]
    """
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
    return _relation(log).query("log", text)


def _relation(log: Log) -> Any:
    if isinstance(log, str | Path):
        return _parquet(str(log))
    if type(log).__name__ == "DuckDBPyRelation":
        return log
    raise DataError(
        f"an order log must be a pandas DataFrame, the path of a Parquet file or a DuckDB relation; "
        f"found {type(log).__name__}. Hint: crmlab.read_orders(path) reads other files."
    )


def _parquet(path: str) -> Any:
    import duckdb

    if "*" not in path and not Path(path).exists():
        raise DataError(f"there is no file {path!r}. Hint: check the spelling and the folder you are in.")
    try:
        return connection().cursor().read_parquet(path)  # its own cursor: threads do not meet
    except duckdb.Error as error:
        raise DataError(
            f"{path!r} cannot be read as Parquet ({str(error).splitlines()[0]}). "
            f"Hint: crmlab.read_orders(path) reads CSV and DuckDB files too."
        ) from None


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
    """List the columns of an order log.

    Parameters
    ----------
    log : DataFrame, str, Path or duckdb.DuckDBPyRelation
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
    return [str(c) for c in (log if isinstance(log, pd.DataFrame) else _relation(log)).columns]


def sql_types(log: Log) -> dict[str, str]:
    """Give the SQL type of each column of a Parquet file or a relation.

    Parameters
    ----------
    log : str, Path or duckdb.DuckDBPyRelation
        The table, as in `query`.

    Returns
    -------
    dict
        Name of the column to its type as DuckDB writes it, such as ``"VARCHAR"``.

    Examples
    --------
    >>> sql_types(connection().cursor().sql("SELECT 'a' AS customer_id, 5.0::DOUBLE AS amount_eur"))
    {'customer_id': 'VARCHAR', 'amount_eur': 'DOUBLE'}
    """
    table = _relation(log)
    return {str(name): str(kind) for name, kind in zip(table.columns, table.types, strict=True)}
