"""Customers ranked where their table lies: ABC classes and RFM scores, one SQL text each, on files and Spark.

A frame in memory is ranked by `crmlab.pareto` and `crmlab.rfm` themselves. Both ways add whole numbers and
compare the same figures, so they agree to the bit. The texts sort *distinct values*, not customers: on a
cluster only those meet on one worker.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]

SAME = 1e-12
"""Two amounts that differ by less than this part of themselves are the same money: sums carry noise."""

EXACT = 2.0**53  # whole numbers below it add up exactly, in any order
_NUMBERS = {"DOUBLE", "FLOAT", "DECIMAL"} | {
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")
} | {"INTEGER", "UINTEGER"}  # fmt: skip


def rounded(values: Array) -> Array:
    """Round halves away from zero, as SQL does."""
    whole = np.trunc(values)
    return np.asarray(whole + np.sign(values) * (np.abs(values - whole) >= 0.5))


def scale_of(values: Array) -> float:
    """Say by how much to multiply before rounding, so that the values add up exactly: 10,000 for money."""
    cents = rounded(values * 10_000)
    odd = np.abs(values - cents / 10_000) > SAME * np.abs(values)
    if not odd.any() and np.abs(cents).sum() < EXACT:
        return 10_000.0
    coarse = _power(float(np.abs(values).max()) * len(values))
    return _power(float(np.abs(rounded(values * coarse)).sum()) / coarse)


def _power(total: float) -> float:
    return 2.0 ** (52 - math.frexp(total)[1])


def refuse_total(total: float, size: float, name: str) -> None:
    """Stop when a total is not above 0: there is no share of it."""
    if total <= SAME * size:
        raise DataError(
            f"the sum of {name} is {total:,.2f}; shares of a total need a sum above 0. "
            f"Hint: look at refunds and costs, or choose a longer period."
        )


def abc_by_sql(table: engine.Log, by: str, edges: Sequence[float]) -> Any:
    """Class the customers of a file, a relation or a Spark DataFrame; see `crmlab.pareto.abc_classes`."""
    kept = _kept(table, [by], ["rank", "share", "cumulative_share", "abc_class"])
    value, cents = f"CAST({by} AS DOUBLE)", f"ROUND(CAST({by} AS DOUBLE) * 10000)"
    odd = f"COUNT_IF(ABS({value} - {cents} / 10000) > {engine.double(SAME)} * ABS({value})) AS odd"
    found = facts(table, [by], more=f"{odd}, MAX(ABS({value})) AS most, {_sums(value, 10_000.0)}")
    scale = 10_000.0
    if found["odd"] or found["size"] >= EXACT:  # no money: as `scale_of` does
        coarse = _power(found["most"] * found["n"])
        scale = _power(_row(table, _sums(value, coarse))["size"] / coarse)
        found |= _row(table, _sums(value, scale))
    refuse_total(found["total"] / scale, found["size"] / scale, f"the column {by!r}")
    total, before = engine.double(found["total"]), f"whole_before / {engine.double(found['total'])}"
    class_of = " ".join(
        f"WHEN {before} + {engine.double(SAME)} < {engine.double(edge)} THEN '{letter}'"
        for edge, letter in zip(edges, string.ascii_uppercase, strict=False)
    )
    return engine.query(
        f"""
        WITH customers AS (
            SELECT *, {value} + 0.0e0 AS its_value, ROUND({value} * {engine.double(scale)}) AS its_whole
            FROM {{log}}
        ), amounts AS (           -- 1. distinct values, the largest first, and what lies before each
            SELECT its_value, {_opens("its_value")} AS opens, (SUM(n) OVER w) - n AS n_before,
                   (SUM(n * its_whole) OVER w) - n * its_whole AS whole_before
            FROM (SELECT its_value, its_whole, COUNT(*) AS n FROM customers GROUP BY 1, 2) AS each_once
            WINDOW w AS (ORDER BY its_value DESC)
        ), numbered AS (          -- 2. equal values share the place of the first of them
            SELECT *, SUM(CASE WHEN opens THEN 1 ELSE 0 END) OVER (ORDER BY its_value DESC) AS tie
            FROM amounts
        ), places AS (
            SELECT its_value AS value_here, tie, FIRST_VALUE(n_before) OVER t AS n_before,
                   FIRST_VALUE(whole_before) OVER t AS whole_before
            FROM numbered WINDOW t AS (PARTITION BY tie ORDER BY its_value DESC)
        ), ranked AS (            -- 3. among equals the id decides
            SELECT customers.*, whole_before,
                   CAST(n_before + ROW_NUMBER() OVER (PARTITION BY tie ORDER BY customer_id) AS BIGINT)
                       AS its_rank,
                   whole_before + SUM(its_whole) OVER (
                       PARTITION BY tie ORDER BY customer_id ROWS UNBOUNDED PRECEDING) AS whole_so_far
            FROM customers JOIN places ON its_value = value_here
        )
        SELECT {kept}, its_rank AS rank, its_value / {engine.double(found["total"] / scale)} AS share,
               whole_so_far / {total} AS cumulative_share,
               CASE {class_of} ELSE '{string.ascii_uppercase[len(edges)]}' END AS abc_class
        FROM ranked ORDER BY its_rank
        """,
        table,
    )


def scores_by_sql(
    table: engine.Log,
    measures: dict[str, str],
    bands: Sequence[int],
    weights: Sequence[float],
    *,
    nested: bool,
) -> Any:
    """Score the customers of a file, a relation or a Spark DataFrame; see `crmlab.rfm.rfm_scores`."""
    kept = _kept(table, list(measures.values()), [*measures, "rfm_code", "rfm_score"])
    steps, before = "", "step_0"
    for i, (score, b) in enumerate(zip(measures, bands, strict=True), 1):
        cell = f"cell_{i - 1}" if nested else "cell_0"
        steps += f"""
        , amounts_{i} AS (        -- distinct values, the worst first; how many customers are worse
            SELECT {cell}, goodness_{i}, {_opens(f"goodness_{i}")} AS opens, (SUM(n) OVER w) - n AS worse,
                   CAST(SUM(n) OVER (PARTITION BY {cell}) AS BIGINT) AS size
            FROM (SELECT {cell}, goodness_{i}, COUNT(*) AS n
                  FROM {before if nested else "step_0"} GROUP BY 1, 2) AS each_once
            WINDOW w AS (PARTITION BY {cell} ORDER BY goodness_{i})
        ), bands_{i} AS (         -- equal values are worse than nobody but those below the first of them
            SELECT {cell} AS cell_here, goodness_{i} AS value_here, size, {b} * CAST(MAX(
                       CASE WHEN opens THEN worse ELSE 0 END
                   ) OVER (PARTITION BY {cell} ORDER BY goodness_{i}) AS BIGINT) AS parts
            FROM amounts_{i}
        ), step_{i} AS (
            SELECT {before}.*, 1 + CAST((parts - parts % size) / size AS BIGINT) AS its_{score},
                   cell_{i - 1} * {b + 1} + 1 + CAST((parts - parts % size) / size AS BIGINT) AS cell_{i}
            FROM {before} JOIN bands_{i} ON {cell} = cell_here AND goodness_{i} = value_here
        )"""
        before = f"step_{i}"
    top, joint = max(bands), " || '-' || " if max(bands) > 9 else " || "
    stretched = [
        f"{engine.double(w)} * (1 + (its_{score} - 1) * {engine.double((top - 1) / (b - 1))})"
        for score, b, w in zip(measures, bands, weights, strict=True)
    ]
    goodness = [
        f"{'-' if score == 'r_score' else ''}CAST({column} AS DOUBLE) + 0.0e0 AS goodness_{i}"
        for i, (score, column) in enumerate(measures.items(), 1)
    ]
    return engine.query(
        f"""
        WITH step_0 AS (SELECT *, {", ".join(goodness)}, CAST(0 AS BIGINT) AS cell_0 FROM {{log}}){steps}
        SELECT {kept}, {", ".join(f"its_{score} AS {score}" for score in measures)},
               {joint.join(f"CAST(its_{score} AS STRING)" for score in measures)} AS rfm_code,
               ({" + ".join(stretched)}) / {engine.double(math.fsum(weights))} AS rfm_score
        FROM {before} AS ranked ORDER BY customer_id
        """,
        table,
    )


def facts(
    table: engine.Log, columns: list[str], *, more: str = "", not_negative: Sequence[str] = ()
) -> dict[str, Any]:
    """Count the customers of a lazy table; stop where `crmlab.pareto.customer_values` would."""
    require_columns(pd.DataFrame(columns=engine.columns(table)), ["customer_id", *columns], name="table")
    types = engine.sql_types(table)
    for name in columns:
        if types[name].split("(")[0] not in _NUMBERS:
            raise DataError(
                f"table: the column {name!r} must hold numbers; found {types[name]}. "
                f"Hint: select CAST({name} AS DOUBLE) AS {name} first."
            )
    useless = {c: f"NOT COALESCE(ABS(CAST({c} AS DOUBLE)) <= {engine.LARGEST}, FALSE)" for c in columns}
    counts = ["COUNT(*) AS n", "COUNT(customer_id) AS ids", "COUNT(DISTINCT customer_id) AS customers"]
    counts += [f"COUNT_IF({rule}) AS useless_{i}" for i, rule in enumerate(useless.values())]
    counts += [f"COUNT_IF({c} < 0) AS negative_{i}" for i, c in enumerate(not_negative)]
    found = _row(table, ", ".join([*counts, *([more] if more else [])]))
    if not found["n"]:
        raise DataError(
            "table has no rows; at least one customer is needed. Hint: look at as_of and at the filters."
        )
    if found["n"] > found["ids"]:
        raise DataError(
            f"table: {found['n'] - found['ids']:,.0f} row(s) have no customer_id. "
            "Hint: take them out, and say how many you took."
        )
    if found["ids"] > found["customers"]:
        twice = "SELECT customer_id, COUNT(*) AS n FROM {log} GROUP BY 1 HAVING COUNT(*) > 1"
        rows = engine.fetch(engine.query(f"SELECT SUM(n) AS n FROM ({twice}) AS twice", table))["n"].item()
        who = _ids(table, f"FROM ({twice}) AS twice")
        raise DataError(
            f"table: customer_id must be unique; {rows:,.0f} rows repeat one: {who}. "
            f"Hint: make one row per customer first, with rfm_table or customer_value."
        )
    for i, (name, rule) in enumerate(useless.items()):
        if found[f"useless_{i}"]:
            count, who = found[f"useless_{i}"], _ids(table, f"FROM {{log}} WHERE {rule}")
            raise DataError(
                f"table: {count:,.0f} value(s) of {name!r} are missing or infinite; customers: {who}. "
                f"Hint: correct them, or take the rows out and say how many you took."
            )
    for i, name in enumerate(not_negative):
        if found[f"negative_{i}"]:
            raise DataError(
                negative(found[f"negative_{i}"], name, _ids(table, f"FROM {{log}} WHERE {name} < 0"))
            )
    return found


def negative(count: int, column: str, who: str) -> str:
    """Say that a measure of RFM is below 0."""
    days = column == "recency_days"
    cure = "as_of must not lie before a purchase" if days else "count purchases, not refunds"
    return f"table: {count:,.0f} value(s) of {column!r} are negative; customers: {who}. Hint: {cure}."


def _ids(table: engine.Log, source: str) -> str:
    found = engine.fetch(engine.query(f"SELECT customer_id {source} ORDER BY 1 LIMIT 3", table))
    return ", ".join(repr(i) for i in found["customer_id"].tolist())


def _row(table: engine.Log, columns: str) -> dict[str, Any]:
    return dict(engine.fetch(engine.query(f"SELECT {columns} FROM {{log}}", table)).iloc[0])


def _sums(value: str, scale: float) -> str:
    whole = f"ROUND({value} * {engine.double(scale)})"
    return f"SUM({whole}) AS total, SUM(ABS({whole})) AS size"


def _opens(value: str) -> str:
    """Say in SQL whether a value differs from the one before it in window `w`; the first does."""
    last = f"LAG({value}) OVER w"
    return (
        f"COALESCE(ABS({value} - {last}) > {engine.double(SAME)} * GREATEST(ABS({value}), ABS({last})), TRUE)"
    )


def _kept(table: engine.Log, used: list[str], new: list[str]) -> str:
    """List the columns that go through; their names are pasted into the text, so they must be plain."""
    names = [name for name in engine.columns(table) if name not in new]
    odd = [name for name in (*used, *names) if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name)]
    if odd:
        raise DataError(
            f"table: columns of a file or of Spark must be named with letters, digits and _ here; found "
            f"{odd[0]!r}. Hint: select the columns that are needed, under plain names."
        )
    return ", ".join(f"ranked.{name}" for name in names)
