"""The data of a lesson: the retail world, CDNOW or somebody's own order file, behind the same parameters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError
from crmlab.datasets import cdnow, retail
from crmlab.datasets.bundled import SEED, load_retail


@dataclass(frozen=True)
class LessonData:
    """What a lesson works on.

    Attributes
    ----------
    orders : DataFrame
        The order log, in the contract ``orders``.
    as_of : date
        The reporting day, inclusive.
    end : date
        Last day with data; the days after `as_of` up to it are the holdout.
    currency : str
        What the columns called ``_eur`` are counted in: "EUR", "USD" for CDNOW, "money" for your own file.
    source : str
        One sentence for the reader that says what this is.
    world : World or None
        All tables and the truth sheet of a simulated firm; None for real orders.
    """

    orders: pd.DataFrame = field(repr=False)
    as_of: dt.date
    end: dt.date
    currency: str
    source: str
    world: retail.World | None = field(repr=False)


def lesson_data(
    orders: str = "retail",
    *,
    columns: str = "",
    refunds: str = "net",
    as_of: str = "",
    n_customers: int = 0,
    seed: int = SEED,
) -> LessonData:
    """Load what a lesson works on, from the lesson's own parameters.

    Parameters
    ----------
    orders : str, default "retail"
        "retail" (simulated, with truth), "cdnow" (real, 1997-98), or the path of an order file: CSV, Parquet
        (one file or a folder) or DuckDB with one table.
    columns : str, default ""
        For a file: which of its columns is which, "customer_id=Client,order_date=Day,amount_eur=Total".
    refunds : {"net", "drop", "refuse"}, default "net"
        For a file: what to do with negative amounts; see `read_orders`.
    as_of : str, default ""
        The reporting day, YYYY-MM-DD. Empty means the data set's own: 2023-12-31 for retail, 1997-09-30 for
        cdnow. It must be given for a file.
    n_customers : int, default 0
        0 takes the bundled retail world of 6,000 customers; 100 to 5,000,000 makes one of that size.
    seed : int, default 69
        Seed of a made retail world; the bundled one is seed 69.

    Returns
    -------
    LessonData
        Order log, reporting day, last day, currency, a sentence on the source, and the world or None.

    Raises
    ------
    DataError
        If a parameter is out of its range, the file cannot be used, or `as_of` lies outside the data.

    Examples
    --------
    >>> data = lesson_data("cdnow")
    >>> data.as_of, len(data.orders), data.world is None
    (datetime.date(1997, 9, 30), 6919, True)
    """
    if not isinstance(orders, str | Path) or not str(orders).strip():
        raise DataError(f"orders must be 'retail', 'cdnow' or the path of an order file; found {orders!r}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise DataError(f"seed must be a whole number, 0 or more; found {seed!r}.")
    if orders == "retail":
        if n_customers == 0 and seed == SEED:
            world, how = load_retail(), "the bundled data"
        else:
            whole = isinstance(n_customers, int) and not isinstance(n_customers, bool)
            if not whole or not (n_customers == 0 or 100 <= n_customers <= 5_000_000):
                raise DataError(
                    f"n_customers must be 0 (the bundled data) or 100 to 5,000,000; found {n_customers!r}."
                )
            world = retail.make_retail(n_customers=n_customers or 6000, rng=seed)
            how = f"made with seed {seed}"
        log, day, end = world.orders, retail.AS_OF.date(), retail.END.date()
        words = (
            f"Pinefold, a simulated seller of home goods ({how}): {len(world.customers):,} customers, "
            f"{len(log):,} rows of orders and refunds, 2022 to 2024. Nobody in it is real."
        )
        return LessonData(log, _inside(as_of or day, log, end), end, "EUR", words, world)
    if orders == "cdnow":
        log, day, end = cdnow.load_cdnow(), cdnow.AS_OF.date(), cdnow.END.date()
        words = (
            f"CDNOW, real orders of a music shop, 1997-98: {log['customer_id'].nunique():,} customers, "
            f"{len(log):,} orders, in US dollars (columns ending in _eur hold dollars here)."
        )
        return LessonData(log, _inside(as_of or day, log, end), end, "USD", words, None)
    return _own_file(str(orders), columns, refunds, as_of)


def _own_file(path: str, columns: str, refunds: str, as_of: str) -> LessonData:
    from crmlab.columns import parse_columns
    from crmlab.dates import usual_span
    from crmlab.intake import read_orders, read_origin
    from crmlab.sources import lesson_source

    lesson_source(path)
    read = read_orders(path, columns=parse_columns(columns) if columns else None, refunds=refunds)
    log = read.orders
    first, end = (day.date() for day in usual_span(log["order_date"]))
    if not as_of:
        middle = first + (end - first) * 2 // 3
        raise DataError(
            f"as_of must be given for an order file; the orders of {path!r} run from {first} to {end}. "
            f"Hint: as_of='{middle}' keeps the last third to check against; as_of='{end}' uses everything."
        )
    day = _inside(as_of, log, end)
    end = max(end, day)
    origin = read_origin(path, read)
    summed = ""
    if origin["n_used"] != origin["n_orders"] + origin["n_refunds"]:
        back = origin["n_refunds"]
        refunded = f" and {back:,} refund{'s' * (back > 1)}" if back else ""
        summed = f"lines of one order summed: {origin['n_orders']:,} orders{refunded}; "
    what = "" if str(origin["source"]).startswith("PostgreSQL") else "file "
    people, of = log["customer_id"].nunique(), origin["n_read"]
    words = (
        f"your {what}{origin['source']}: {of:,} row{'s' * (of != 1)} read, {origin['n_used']:,} used, "
        f"{origin['n_refused']:,} refused; {summed}{people:,} customer{'s' * (people != 1)} "
        f"from {first} to {end}. Columns ending in _eur hold its currency."
    )
    return LessonData(log, day, end, "money", words, None)


def _inside(as_of: str | dt.date, log: pd.DataFrame, end: dt.date) -> dt.date:
    day, first = engine.day(as_of), log["order_date"].min().date()
    if not first <= day <= max(end, log["order_date"].max().date()):
        raise DataError(f"as_of {day} lies outside the data, which runs from {first} to {end}.")
    return day
