"""The rows of an order file become orders: repeated rows, lines of one order, refunds, and what looks odd."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab.columns import ALLOWED
from crmlab.contracts import DataError
from crmlab.dates import odd_days
from crmlab.readings import LARGEST, Array
from crmlab.sources_base import Source


def apply_repeated(source: Source, reason: Array, *, policy: str, path: str) -> list[str]:
    """Mark in `reason` the rows equal to an earlier one, if they are to be dropped; say how many are kept."""
    usable: Array = np.asarray(reason == "").nonzero()[0]
    again = np.zeros(len(reason), dtype=bool)
    again[usable] = source.rows.iloc[usable].duplicated().to_numpy()
    words = "rows equal to an earlier row in every column"
    if again.any() and policy == "refuse":
        raise DataError(
            f'{path}: {words}: {again.sum():,}, and repeated="refuse". The first are\n'
            f"{_first_rows(source, again)}\n"
            f'Hint: repeated="keep" if they are purchases of their own, repeated="drop" if they are copies.'
        )
    if policy == "drop":
        reason[again] = "repeated row (policy drop)"
    elif again.any():
        return [f'{words}: {again.sum():,}, kept (repeated="drop" refuses them)']
    return []


def order_of_rows(values: Mapping[str, Array], reason: Array) -> Array:
    """Number the orders: rows that share order_id, customer_id and day are lines of one; -1 = not usable."""
    usable: Array = np.asarray(reason == "").nonzero()[0]
    number = np.full(len(reason), -1, dtype=np.int64)
    if "order_id" not in values:
        number[usable] = np.arange(len(usable))
        return number
    code = np.zeros(len(usable), dtype=np.int64)
    for name in ("order_id", "customer_id", "order_date"):
        part, unique = pd.factorize(values[name][usable])
        code = pd.factorize(code * max(len(unique), 1) + part)[0]
    number[usable] = code
    return number


def apply_refunds(
    source: Source, values: Mapping[str, Array], reason: Array, number: Array, *, policy: str, path: str
) -> list[str]:
    """Mark in `reason` the rows of refunds, if they are to be dropped; say how many are kept."""
    used = number >= 0
    cents = np.bincount(number[used], weights=np.round(values["amount_eur"][used] * 10_000))
    large, negative = np.zeros(len(reason), dtype=bool), np.zeros(len(reason), dtype=bool)
    large[used] = (np.abs(cents) > LARGEST * 10_000)[number[used]]
    reason[large] = "amount_eur of the order's rows together is larger than 900 billion"
    negative[used] = (cents < 0)[number[used]] & ~large[used]
    if negative.any() and policy == "refuse":
        raise DataError(
            f'{path}: rows with a negative amount: {negative.sum():,}, and refunds="refuse". The first are\n'
            f"{_first_rows(source, negative)}\n"
            f'Hint: refunds="net" lets them lower revenue, refunds="drop" puts them aside.'
        )
    if policy == "drop":
        reason[negative] = "refund (policy drop)"
    elif negative.any():
        back = int((cents < 0).sum())
        notes = [f"refunds (negative amounts): {back:,}, kept; they lower revenue and are no purchase"]
        if 2 * back > len(cents):
            notes.append("most amounts are negative: does the file write sales with a minus?")
        return notes
    return []


def sum_lines(values: Mapping[str, Array], reason: Array, number: Array) -> tuple[pd.DataFrame, list[str]]:
    """Add up the lines of each order, in the file's order; of channel and category, take the first given."""
    rows: Array = np.asarray(reason == "").nonzero()[0]
    code = pd.factorize(number[rows])[0]
    first = np.unique(code, return_index=True)[1]
    names = [name for name in ALLOWED if name in values]
    if len(first) == len(rows):
        orders = pd.DataFrame({name: values[name][rows] for name in names})
    else:
        orders = pd.DataFrame({name: _summed(name, values[name][rows], code, first) for name in names})
    for name in names:
        if orders[name].dtype == object:
            orders[name] = orders[name].astype("str")
    if "order_id" not in values:
        return orders, ["each row counts as one order; if your rows are order lines, give order_id=..."]
    if len(first) == len(rows):
        return orders, []
    back = int((orders["amount_eur"] < 0).sum())
    refunds = f" and {back:,} refund{'s' * (back > 1)}" if back else ""
    return orders, [f"{len(rows):,} lines summed into {len(orders) - back:,} orders{refunds}"]


def _summed(name: str, column: Array, code: Array, first: Array) -> Array:
    if name.endswith("_eur"):  # whole ten-thousandths: the order of the lines does not change the sum
        return np.asarray(np.bincount(code, weights=np.round(column * 10_000)) / 10_000)
    if name in ("channel", "category"):
        given = np.asarray(~pd.isna(column)).nonzero()[0]
        at, place = np.unique(code[given], return_index=True)
        kept = np.full(len(first), None, dtype=object)
        kept[at] = column[given[place]]
        return kept
    return np.asarray(column[first])


def remarks(orders: pd.DataFrame) -> list[str]:
    """Say what is allowed and still worth knowing about the orders."""
    notes = []
    zero = int((orders["amount_eur"] == 0).sum())
    if zero:
        notes.append(f"orders with the amount 0: {zero:,}, kept; they count as purchases")
    customers = orders["customer_id"].nunique()
    if customers == 1:
        notes.append("there is one customer only: nothing can be compared between customers")
    bought = orders.loc[orders["amount_eur"] >= 0, ["customer_id", "order_date"]].drop_duplicates()
    if not bought["customer_id"].duplicated().any():
        notes.append("no customer buys on two days: models of repeat purchase cannot be fitted")
    return notes


def odd_day_notes(source: Source, days: Array, reason: Array) -> list[str]:
    """Say which used rows lie in the future, or far from all other days."""
    rows: Array = np.asarray(reason == "").nonzero()[0]
    notes = []
    words = ("order_date after today", "order_date more than a year from all others")
    for what, odd in zip(words, odd_days(days[rows]), strict=True):
        at = rows[odd]
        shown = ", ".join(f"line {source.line[i]} ({np.datetime_as_string(days[i], 'D')})" for i in at[:3])
        if len(at):
            notes.append(
                f"{what}: {len(at):,} row{'s' * (len(at) > 1)}, kept: {shown}{', …' if len(at) > 3 else ''}"
            )
    return notes


def tally(reasons: pd.Series) -> list[tuple[str, int]]:
    """Reasons with their counts, the most frequent first, equal counts by name."""
    counts = reasons.value_counts()
    return sorted(((str(r), int(n)) for r, n in counts.items()), key=lambda pair: (-pair[1], pair[0]))


def _first_rows(source: Source, which: Array) -> str:
    at = np.flatnonzero(which)[:3]
    return "\n".join(f"line {source.line[i]}: {', '.join(source.rows.iloc[i])}" for i in at)
