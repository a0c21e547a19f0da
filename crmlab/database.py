"""The customer database: tables with keys and rules in a DuckDB file, and views that a manager reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.engine import day

if TYPE_CHECKING:
    import duckdb

SCHEMA: dict[str, str] = {  # in the order in which they must be made: whoever is pointed at comes first
    "customers": """CREATE TABLE customers (
    customer_id  VARCHAR PRIMARY KEY,
    given        VARCHAR NOT NULL,
    family       VARCHAR NOT NULL,
    birth_date   DATE CHECK (birth_date BETWEEN DATE '1900-01-02' AND DATE '2010-12-31'),
    phone        VARCHAR CHECK (regexp_full_match(phone, '[0-9]{10}')),
    email        VARCHAR CHECK (email LIKE '%_@_%'),
    street       VARCHAR,
    postcode     VARCHAR,
    business     BOOLEAN NOT NULL,
    last_recorded DATE NOT NULL)""",
    "records": """CREATE TABLE records (
    record_id    VARCHAR PRIMARY KEY,
    customer_id  VARCHAR NOT NULL REFERENCES customers (customer_id),
    source       VARCHAR NOT NULL CHECK (source IN ('shop', 'web', 'business')),
    recorded_on  DATE NOT NULL)""",
    "orders": """CREATE TABLE orders (
    order_id     VARCHAR PRIMARY KEY,
    record_id    VARCHAR NOT NULL REFERENCES records (record_id),
    order_date   DATE NOT NULL,
    amount_eur   DECIMAL(12, 2) NOT NULL CHECK (amount_eur > 0))""",
    "invoices": """CREATE TABLE invoices (
    invoice_id   VARCHAR PRIMARY KEY,
    record_id    VARCHAR NOT NULL REFERENCES records (record_id),
    issued_on    DATE NOT NULL,
    due_on       DATE NOT NULL,
    paid_on      DATE,
    amount_eur   DECIMAL(12, 2) NOT NULL CHECK (amount_eur > 0),
    CHECK (due_on >= issued_on),
    CHECK (paid_on >= issued_on))""",
    "sales_months": """CREATE TABLE sales_months (
    month        INTEGER NOT NULL CHECK (month BETWEEN 1 AND 12),
    region       VARCHAR NOT NULL,
    plan_eur     DECIMAL(12, 2) NOT NULL CHECK (plan_eur > 0),
    sales_eur    DECIMAL(12, 2) NOT NULL CHECK (sales_eur >= 0),
    expense_eur  DECIMAL(12, 2) NOT NULL CHECK (expense_eur >= 0),
    PRIMARY KEY (month, region))""",
}

VIEWS: dict[str, str] = {
    "rfm": """CREATE VIEW rfm AS
SELECT customer_id,
       as_of - max(order_date)  AS recency_days,
       count(*)                 AS n_orders,
       sum(amount_eur)::DOUBLE  AS revenue_eur
FROM   orders JOIN records USING (record_id), reporting
WHERE  order_date <= as_of
GROUP  BY customer_id, as_of""",
    "receivables_light": """CREATE VIEW receivables_light AS
SELECT record_id,
       sum(amount_eur)::DOUBLE  AS open_eur,
       max(as_of - due_on)      AS days_overdue,
       CASE WHEN max(as_of - due_on) > 30 THEN 'red'
            WHEN max(as_of - due_on) > 0  THEN 'yellow' ELSE 'green' END AS light
FROM   invoices, reporting
WHERE  issued_on <= as_of AND (paid_on IS NULL OR paid_on > as_of)
GROUP  BY record_id""",
    "sales_light": """CREATE VIEW sales_light AS
SELECT region,
       (sum(sales_eur) / sum(plan_eur))::DOUBLE    AS sales_to_plan,
       (sum(expense_eur) / sum(sales_eur))::DOUBLE AS expense_to_sales,
       CASE WHEN sum(sales_eur) < 0.85 * sum(plan_eur) THEN 'red'
            WHEN sum(sales_eur) < 0.95 * sum(plan_eur) THEN 'yellow' ELSE 'green' END AS sales_light,
       CASE WHEN sum(expense_eur) > 0.14 * sum(sales_eur) THEN 'red'
            WHEN sum(expense_eur) > 0.11 * sum(sales_eur) THEN 'yellow' ELSE 'green' END AS expense_light
FROM   sales_months
WHERE  month > 9
GROUP  BY region""",
}


def write_database(
    path: str | Path, tables: Mapping[str, pd.DataFrame], *, as_of: Any
) -> duckdb.DuckDBPyConnection:
    """Write tables into a new DuckDB file that keeps its own rules, and add the views.

    Parameters
    ----------
    path : str or Path
        The file; there must be none of this name yet.
    tables : dict of DataFrame
        ``customers``, ``records``, ``orders``, ``invoices`` and ``sales_months``, with the columns of
        `SCHEMA` (more are left out).
    as_of : day
        The reporting day, inclusive.

    Returns
    -------
    duckdb.DuckDBPyConnection
        Open on the file: ask it with ``.sql("SELECT …").df()``, and ``close()`` it at the end. Views:
        ``rfm``, ``receivables_light``, ``sales_light``.

    Raises
    ------
    DataError
        If the file exists, a table or column is missing, or the database refuses a row: nothing is kept then.

    Examples
    --------
    >>> write_database("new.duckdb", {}, as_of="2023-12-31")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: tables lacks 'customers', 'records', 'orders', 'invoices', 'sales_months'.
    """
    import duckdb

    reporting = day(as_of)
    lost = [repr(name) for name in SCHEMA if name not in tables]
    if lost:
        raise DataError(f"tables lacks {', '.join(lost)}.")
    path = Path(path)
    if path.exists():
        raise DataError(f"there is a file {path.name!r} already. Hint: remove it, or choose another name.")
    con = duckdb.connect(str(path))
    try:
        for name, text in SCHEMA.items():
            con.execute(text)
            wanted = [row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()]
            require_columns(tables[name], wanted, name=name)
            frame = tables[name][wanted].astype("object")
            con.register("frame", frame.where(frame.notna(), None))
            con.execute(f"INSERT INTO {name} SELECT * FROM frame")
            con.unregister("frame")
        con.execute("CREATE TABLE reporting AS SELECT CAST(? AS DATE) AS as_of", [reporting])
        for text in VIEWS.values():
            con.execute(text)
        con.execute("CHECKPOINT")
    except (duckdb.Error, DataError) as error:
        con.close()
        path.unlink(missing_ok=True)
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"the database refused the table {name!r}: {str(error).splitlines()[0]} Hint: clean the row; the "
            "rules stand in crmlab.database.SCHEMA."
        ) from None
    return con


def database_answer(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Try a statement that the database should refuse, and give the sentence with which it does.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        An open database.
    sql : str
        An INSERT, UPDATE or DELETE.

    Returns
    -------
    str
        The first line of the database's error; nothing was changed.

    Raises
    ------
    DataError
        If the database accepts it; it is taken back.

    Examples
    --------
    >>> import duckdb
    >>> con = duckdb.connect()
    >>> _ = con.execute("CREATE TABLE t (amount_eur DOUBLE CHECK (amount_eur > 0))")
    >>> database_answer(con, "INSERT INTO t VALUES (-5)")
    'Constraint Error: CHECK constraint failed on table "t" with expression CHECK((amount_eur > 0))'
    """
    import duckdb

    con.execute("BEGIN")
    try:
        con.execute(sql)
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    finally:
        con.execute("ROLLBACK")
    raise DataError(f"the database accepted this row, which it should refuse: {sql}")
