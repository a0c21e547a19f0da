"""An order log into customers: purchase days, RFM and BTYD summaries, calibration and holdout, cohorts.

One rule holds everywhere. A row with ``amount_eur`` of zero or more is a *purchase*. A negative row is a
*refund*: it lowers revenue and margin, and it never counts as an order or as a purchase day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check_type, require_columns

DAYS_PER_UNIT = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_WHOLE = "ROUND(CAST({} AS DOUBLE) * 10000)"  # whole ten-thousandths add exactly: row order cannot matter
_MONEY = f"SUM({_WHOLE}) / 10000"
_DAY = "CAST(order_date AS DATE)"
_SQL_TEXT = ("VARCHAR", "ENUM", "UUID")
_SQL_WHOLE = tuple(
    sign + size for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
_SQL_NUMBER = ("DOUBLE", "FLOAT", "DECIMAL")
_SQL_DAY = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


def rfm_table(orders: engine.Log, *, as_of: str | dt.date) -> Any:
    """Sum each customer up for an RFM analysis.

    Parameters
    ----------
    orders : pandas or Spark DataFrame, path of Parquet, or DuckDB relation
        An order log as the contract ``orders`` describes it.
    as_of : str or date
        The reporting day, inclusive. Later rows are not looked at.

    Returns
    -------
    DataFrame (for a frame), lazy DuckDB relation (for a path or a relation) or Spark DataFrame
        One row per customer with at least one purchase, sorted by ``customer_id``: ``customer_id``,
        ``first_date``, ``last_date`` (days of the first and last purchase), ``recency_days`` (days from
        the last purchase to `as_of`; 0 or more, low is good), ``n_orders`` (purchases, 1 or more),
        ``revenue_eur`` (purchases less refunds) and, if the log has it, ``margin_eur``.

    Raises
    ------
    DataError
        If a column is missing or of the wrong type, a value is missing or infinite, or nobody has
        bought by `as_of`.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "a", "a", "b"],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-09", "2024-01-02"]),
    ...     "amount_eur": [10.0, 20.0, -20.0, 5.0],
    ... })
    >>> rfm_table(log, as_of="2024-01-10")[["customer_id", "recency_days", "n_orders", "revenue_eur"]]
      customer_id  recency_days  n_orders  revenue_eur
    0           a             5         2         10.0
    1           b             8         1          5.0
    """
    end = _checked(orders, as_of)
    _somebody(orders, f"amount_eur >= 0 AND {_DAY} <= DATE '{end}'", f"nobody has bought by {end}")
    margin = ",\n" + _MONEY.format("margin_eur") + " AS margin_eur" if _has(orders, "margin_eur") else ""
    return engine.query(
        f"""
        SELECT CAST(customer_id AS STRING) AS customer_id,
               MIN({_DAY}) FILTER (WHERE amount_eur >= 0) AS first_date,
               MAX({_DAY}) FILTER (WHERE amount_eur >= 0) AS last_date,
               CAST(DATE '{end}' - MAX({_DAY}) FILTER (WHERE amount_eur >= 0) AS BIGINT) AS recency_days,
               COUNT(*) FILTER (WHERE amount_eur >= 0) AS n_orders,
               {_MONEY.format("amount_eur")} AS revenue_eur{margin}
        FROM {{log}} WHERE {_DAY} <= DATE '{end}'
        GROUP BY customer_id HAVING COUNT(*) FILTER (WHERE amount_eur >= 0) > 0 ORDER BY 1
        """,
        orders,
    )


def customer_value(orders: engine.Log, *, as_of: str | dt.date, start: str | dt.date | None = None) -> Any:
    """Add up what each customer brought between two days.

    Parameters
    ----------
    orders : pandas or Spark DataFrame, path of Parquet, or DuckDB relation
        An order log.
    as_of : str or date
        Last day, inclusive.
    start : str or date, optional
        First day, inclusive; from the beginning when left out.

    Returns
    -------
    DataFrame, lazy DuckDB relation or Spark DataFrame
        One row per customer with any row in the period, also those with refunds only, sorted by
        ``customer_id``: ``customer_id``, ``n_orders`` (purchases, 0 or more), ``revenue_eur`` (may be
        negative) and, if the log has it, ``margin_eur``.

    Raises
    ------
    DataError
        As for `rfm_table`.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "b"], "order_date": pd.to_datetime(["2024-01-01", "2024-01-05"]),
    ...     "amount_eur": [10.0, -4.0]})
    >>> customer_value(log, as_of="2024-01-31")
      customer_id  n_orders  revenue_eur
    0           a         1         10.0
    1           b         0         -4.0
    """
    end = _checked(orders, as_of)
    period, words = f"{_DAY} <= DATE '{end}'", ""
    if start is not None:
        first = engine.day(start, name="start")
        period, words = f"{period} AND {_DAY} >= DATE '{first}'", f"from {first} "
    _somebody(orders, period, f"there is no order {words}up to {end}")
    margin = ",\n" + _MONEY.format("margin_eur") + " AS margin_eur" if _has(orders, "margin_eur") else ""
    return engine.query(
        f"""
        SELECT CAST(customer_id AS STRING) AS customer_id,
               COUNT(*) FILTER (WHERE amount_eur >= 0) AS n_orders,
               {_MONEY.format("amount_eur")} AS revenue_eur{margin}
        FROM {{log}} WHERE {period} GROUP BY customer_id ORDER BY 1
        """,
        orders,
    )


def btyd_summary(orders: engine.Log, *, as_of: str | dt.date, unit: str = "week") -> Any:
    """Sum each customer up for a buy-till-you-die model.

    Purchases of one day are one purchase; the first day is the customer's birth, not a repeat.

    Parameters
    ----------
    orders : pandas or Spark DataFrame, path of Parquet, or DuckDB relation
        An order log.
    as_of : str or date
        The reporting day, inclusive.
    unit : {"day", "week", "month", "year"}, default "week"
        Unit of ``t_x`` and ``T``: 1, 7, 30.4375 or 365.25 days. Days are never merged into weeks: the
        unit is a ruler, not a calendar.

    Returns
    -------
    DataFrame, lazy DuckDB relation or Spark DataFrame
        One row per customer with a purchase, sorted by ``customer_id``: ``customer_id``, ``frequency``
        (repeat purchase days, 0 or more), ``t_x`` (age at the last purchase, in `unit`), ``T`` (age at
        `as_of`, in `unit`) and ``monetary_eur`` (mean amount of a repeat purchase day, refunds left
        aside; 0 when there is no repeat).

    Raises
    ------
    DataError
        As for `rfm_table`, or for another unit.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting Your Customers" the Easy Way.
    Marketing Science 24(2), 275-284, section 3.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "a", "a"],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-15"]),
    ...     "amount_eur": [10.0, 20.0, 5.0]})
    >>> btyd_summary(log, as_of="2024-01-29")
      customer_id  frequency  t_x    T  monetary_eur
    0           a          1  2.0  4.0          25.0
    """
    end, days = _checked(orders, as_of), _unit_days(unit)
    _somebody(orders, f"amount_eur >= 0 AND {_DAY} <= DATE '{end}'", f"nobody has bought by {end}")
    return engine.query(_summary_sql(end, days) + " ORDER BY 1", orders)


def calibration_holdout(
    orders: engine.Log, *, calibration_end: str | dt.date, as_of: str | dt.date, unit: str = "week"
) -> Any:
    """Sum customers up to one day and count what they do after it; whole days, none counted twice.

    Parameters
    ----------
    orders : pandas or Spark DataFrame, path of Parquet, or DuckDB relation
        An order log.
    calibration_end : str or date
        Last day of the calibration period, inclusive.
    as_of : str or date
        Last day of the holdout, inclusive; after `calibration_end`.
    unit : {"day", "week", "month", "year"}, default "week"
        Unit of time, as in `btyd_summary`.

    Returns
    -------
    DataFrame, lazy DuckDB relation or Spark DataFrame
        The columns of `btyd_summary` at `calibration_end`, then ``frequency_holdout`` (purchase days in
        the holdout), ``n_orders_holdout``, ``revenue_holdout_eur`` (purchases less refunds of the
        holdout), ``monetary_holdout_eur`` (mean amount per purchase day; 0 without one) and ``T_holdout``
        (length of the holdout in `unit`). Customers who come later are not in the table.

    Raises
    ------
    DataError
        As for `btyd_summary`, or if `as_of` is not after `calibration_end`.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "a"],
    ...     "order_date": pd.to_datetime(["2024-01-01 09:00", "2024-01-31 15:00"]),
    ...     "amount_eur": [10.0, 20.0]})
    >>> calibration_holdout(log, calibration_end="2024-01-31", as_of="2024-02-28")[
    ...     ["frequency", "frequency_holdout"]]
       frequency  frequency_holdout
    0          1                  0
    """
    end, days = _checked(orders, as_of), _unit_days(unit)
    cut = engine.day(calibration_end, name="calibration_end")
    if end <= cut:
        raise DataError(f"the holdout is empty: as_of {end} must be after calibration_end {cut}.")
    _somebody(orders, f"amount_eur >= 0 AND {_DAY} <= DATE '{cut}'", f"nobody has bought by {cut}")
    return engine.query(
        f"""
        WITH calibration AS ({_summary_sql(cut, days)}),
        later AS (
            SELECT CAST(customer_id AS STRING) AS customer_id,
                   COUNT(DISTINCT {_DAY}) FILTER (WHERE amount_eur >= 0) AS n_days,
                   COUNT(*) FILTER (WHERE amount_eur >= 0) AS n_orders,
                   {_MONEY.format("amount_eur")} AS revenue_eur,
                   SUM({_WHOLE.format("amount_eur")}) FILTER (WHERE amount_eur >= 0) / 10000 AS bought_eur
            FROM {{log}} WHERE {_DAY} > DATE '{cut}' AND {_DAY} <= DATE '{end}' GROUP BY customer_id
        )
        SELECT calibration.*,
               COALESCE(n_days, 0) AS frequency_holdout,
               COALESCE(n_orders, 0) AS n_orders_holdout,
               COALESCE(revenue_eur, 0.0e0) AS revenue_holdout_eur,
               CASE WHEN n_days > 0 THEN bought_eur / n_days ELSE 0.0e0 END AS monetary_holdout_eur,
               {(end - cut).days} / {engine.double(days)} AS T_holdout
        FROM calibration LEFT JOIN later ON calibration.customer_id = later.customer_id ORDER BY 1
        """,
        orders,
    )


def cohorts(orders: engine.Log, *, as_of: str | dt.date, period: str = "month") -> pd.DataFrame:
    """Count who of each joining period buys again, period by period.

    Parameters
    ----------
    orders : pandas or Spark DataFrame, path of Parquet, or DuckDB relation
        An order log.
    as_of : str or date
        The reporting day, inclusive.
    period : {"month", "week"}, default "month"
        Calendar months, or weeks that begin on Monday.

    Returns
    -------
    DataFrame
        One row per cohort and age, up to the period of `as_of`: ``cohort`` (first day of the period of
        the first purchase), ``age`` (periods since then, 0 and up), ``customers`` (size of the cohort),
        ``active`` (of these, bought in that period), ``retention`` (active / customers, 0 to 1) and
        ``complete`` (False where `as_of` cuts the period short). A period that lies after `as_of` is
        absent, never zero.

    Raises
    ------
    DataError
        As for `rfm_table`, or for another period.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "customer_id": ["a", "a", "b"],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-03-15", "2024-01-20"]),
    ...     "amount_eur": [10.0, 20.0, 5.0]})
    >>> cohorts(log, as_of="2024-03-31")[["age", "customers", "active", "retention"]]
       age  customers  active  retention
    0    0          2       2        1.0
    1    1          2       0        0.0
    2    2          2       1        0.5
    """
    end = _checked(orders, as_of)
    _somebody(orders, f"amount_eur >= 0 AND {_DAY} <= DATE '{end}'", f"nobody has bought by {end}")
    index = {
        "month": "YEAR({0}) * 12 + MONTH({0}) - 1",
        "week": "FLOOR(CAST({0} - DATE '1900-01-01' AS BIGINT) / 7)",
    }.get(period)
    if index is None:
        raise DataError(f"period must be 'month' or 'week'; found {period!r}.")
    counts = engine.fetch(
        engine.query(
            f"""
        WITH bought AS (
            SELECT DISTINCT customer_id, CAST({index.format(_DAY)} AS BIGINT) AS slot
            FROM {{log}} WHERE amount_eur >= 0 AND {_DAY} <= DATE '{end}'
        ), born AS (SELECT customer_id, MIN(slot) AS born FROM bought GROUP BY customer_id)
        SELECT born, slot - born AS age, COUNT(*) AS active
        FROM bought JOIN born ON bought.customer_id = born.customer_id GROUP BY 1, 2
        """,
            orders,
        )
    )
    start_of = _month_start if period == "month" else _week_start
    last = end.year * 12 + end.month - 1 if period == "month" else (end - dt.date(1900, 1, 1)).days // 7
    wide = counts.pivot_table(index="born", columns="age", values="active", fill_value=0).sort_index()
    rows = [
        (start_of(born), age, int(wide.loc[born, 0]), int(wide.loc[born].get(age, 0)), born + age)
        for born in wide.index
        for age in range(int(last - born) + 1)
    ]
    table = pd.DataFrame(rows, columns=["cohort", "age", "customers", "active", "slot"])
    table["retention"] = table["active"] / table["customers"]
    whole = end == (start_of(last + 1) - pd.Timedelta(days=1)).date()
    table["complete"] = (table["slot"] < last) | whole
    return table.drop(columns="slot")


def _month_start(slot: int) -> pd.Timestamp:
    return pd.Timestamp(int(slot) // 12, int(slot) % 12 + 1, 1)


def _week_start(slot: int) -> pd.Timestamp:
    return pd.Timestamp(1900, 1, 1) + pd.Timedelta(days=7 * int(slot))  # 1 January 1900 was a Monday


def _summary_sql(end: dt.date, days_per_unit: float) -> str:
    return f"""
        WITH days AS (            -- 1. one row per customer and purchase day
            SELECT CAST(customer_id AS STRING) AS customer_id, {_DAY} AS purchase_day,
                   SUM({_WHOLE.format("amount_eur")}) AS spend
            FROM {{log}} WHERE amount_eur >= 0 AND {_DAY} <= DATE '{end}' GROUP BY customer_id, 2
        ), customers AS (         -- 2. one row per customer; the first day is the birth, not a repeat
            SELECT customer_id, COUNT(*) - 1 AS frequency, MIN(purchase_day) AS first_day,
                   MAX(purchase_day) AS last_day, SUM(spend) - MIN_BY(spend, purchase_day) AS repeat_spend
            FROM days GROUP BY customer_id
        )                         -- 3. the four statistics
        SELECT customer_id, frequency,
               CAST(last_day - first_day AS BIGINT) / {engine.double(days_per_unit)} AS t_x,
               CAST(DATE '{end}' - first_day AS BIGINT) / {engine.double(days_per_unit)} AS T,
               CASE WHEN frequency > 0 THEN repeat_spend / (10000 * frequency) ELSE 0.0e0 END AS monetary_eur
        FROM customers"""


def _unit_days(unit: str) -> float:
    if unit not in DAYS_PER_UNIT:
        raise DataError(f"unit must be one of {', '.join(DAYS_PER_UNIT)}; found {unit!r}.")
    return DAYS_PER_UNIT[unit]


def _has(orders: engine.Log, column: str) -> bool:
    return column in engine.columns(orders)


def _somebody(orders: engine.Log, where: str, message: str) -> None:
    """Stop when no row fits; the search ends at the first that does, so a lazy log pays little."""
    if engine.fetch(engine.query(f"SELECT 1 AS one FROM {{log}} WHERE {where} LIMIT 1", orders)).empty:
        raise DataError(f"{message}. Hint: look at the first and last order_date, and choose another day.")


def _checked(orders: engine.Log, as_of: str | dt.date) -> dt.date:
    """Hold the columns used here against their contract in one cheap scan; give `as_of` as a date."""
    end = engine.day(as_of)
    names = engine.columns(orders)
    require_columns(pd.DataFrame(columns=names), ["customer_id", "order_date", "amount_eur"], name="orders")
    money: list[str] = [c for c in ("amount_eur", "margin_eur") if c in names]
    if isinstance(orders, pd.DataFrame):
        for name in ("order_date", *money):
            check_type(orders[name], name, "orders")
        _check_ids(orders["customer_id"])
    else:
        table = "Spark DataFrame" if engine.is_spark(orders) else "DuckDB relation"
        _check_sql_types(engine.sql_types(orders), money, table)
    told = engine.missing(orders)  # what the files say themselves need not be counted
    bad = {
        name: str(told.get(name, f"COUNT(*) - COUNT({name})"))
        for name in ("customer_id", "order_date", *money)
    }
    for name in money:
        bad[name] += f" + COALESCE(COUNT_IF(NOT ABS(CAST({name} AS DOUBLE)) <= {engine.LARGEST}), 0)"
    counts = ", ".join(f"{count} AS {name}" for name, count in bad.items())
    found = engine.fetch(engine.query(f"SELECT {counts} FROM {{log}}", orders))
    for name in bad:
        if found[name].iloc[0]:
            raise DataError(
                f"orders: {int(found[name].iloc[0]):,} value(s) of {name!r} are missing or infinite. Hint: "
                f"crmlab.read_orders reads a file and lists such rows with the reason; in a frame, look at "
                f'orders[orders["{name}"].isna()].'
            )
    return end


def _check_ids(ids: pd.Series) -> None:
    held = ids.cat.categories if isinstance(ids.dtype, pd.CategoricalDtype) else ids
    kind = pd.api.types.infer_dtype(held, skipna=True)
    if kind not in ("string", "integer", "mixed-integer", "empty"):  # 12346.0 is no other name for 12346
        example = ids.dropna().head(1).tolist()
        raise DataError(
            f"orders: the column 'customer_id' must hold text or whole numbers; found {kind}"
            f"{f' such as {example[0]!r}' if example else ''}. "
            'Hint: orders["customer_id"] = orders["customer_id"].astype("Int64").astype("string")'
        )


def _check_sql_types(found: dict[str, str], money: list[str], table: str) -> None:
    rules = {
        "customer_id": ("text or whole numbers", _SQL_TEXT + _SQL_WHOLE, "CAST(customer_id AS BIGINT)"),
        "order_date": ("dates without a time zone", _SQL_DAY, _DAY),
    } | {name: ("numbers", _SQL_WHOLE + _SQL_NUMBER, f"CAST({name} AS DOUBLE)") for name in money}
    for name, (words, allowed, cure) in rules.items():
        if found[name].split("(")[0] not in allowed:
            raise DataError(
                f"orders: the column {name!r} must hold {words}; found {found[name]}. Hint: read the file "
                f"with crmlab.read_orders(path), or give a {table} that selects {cure} AS {name}."
            )
