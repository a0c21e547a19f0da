"""Customers as distinct rows of (frequency, t_x, T) with counts: the same likelihood, many times faster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, first_rows, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
KEYS = ["frequency", "t_x", "T"]


@dataclass(frozen=True)
class Rows:
    """Distinct histories: repeat purchases `x`, ages `t_x` and `T`, and how many customers have them."""

    x: Array
    t_x: Array
    T: Array
    weights: Array

    @property
    def n(self) -> float:
        """Number of customers."""
        return float(self.weights.sum())

    def by_frequency(self) -> tuple[Array, Array]:
        """Give the distinct frequencies and the number of customers with each."""
        counts = np.bincount(self.x.astype(np.int64), weights=self.weights)
        values = np.flatnonzero(counts)
        return values.astype(float), counts[values]


def checked(summary: pd.DataFrame) -> pd.DataFrame:
    """Hold a summary against what every model needs; give it back unchanged."""
    require_columns(summary, KEYS, name="summary")
    if summary.empty:
        raise DataError("summary has no rows. Hint: crmlab.btyd_summary(orders, as_of=...) makes one.")
    table = summary[KEYS].astype(float)
    x, t_x, T = (table[name] for name in KEYS)
    whole = np.isfinite(x) & (x == np.floor(x)) & (x >= 0)
    rules = {
        "frequency must be a whole number, 0 or more": whole,
        "t_x and T must be finite, with 0 <= t_x <= T": np.isfinite(T) & (t_x >= 0) & (t_x <= T),
        "t_x must be 0 exactly where frequency is 0": (x == 0) == (t_x == 0),
    }
    for rule, kept in rules.items():
        if not kept.all():
            raise DataError(
                f"summary: {rule}; {int((~kept).sum()):,} row(s) break this, the first are\n"
                f"{first_rows(summary, ~kept)}\n"
                "Hint: crmlab.btyd_summary(orders, as_of=...) makes such a table."
            )
    return summary


def distinct(summary: pd.DataFrame) -> tuple[Rows, Array]:
    """Collapse a checked summary to distinct rows; also give, for each customer, the number of their row.

    A column ``customers``, if there is one, says how many customers each row stands for (1 without it).
    """
    row = summary[KEYS].astype(float).groupby(KEYS, sort=True).ngroup().to_numpy()
    first = np.empty(row.max() + 1, dtype=np.int64)
    first[row[::-1]] = np.arange(len(row) - 1, -1, -1)
    weights = None
    if "customers" in summary:
        weights = summary["customers"].to_numpy(dtype=float)
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise DataError("summary: 'customers' must count the customers of each row, 0 or more.")
    counts = np.bincount(row, weights=weights).astype(float)
    x, t_x, T = (summary[name].to_numpy(dtype=float)[first] for name in KEYS)
    return Rows(x, t_x, T, counts), row


def sample(rows: Rows, size: int, rng: np.random.Generator) -> Rows:
    """Draw `size` customers with replacement; give their distinct rows."""
    counts = rng.multinomial(size, rows.weights / rows.weights.sum())
    kept = counts > 0
    return Rows(rows.x[kept], rows.t_x[kept], rows.T[kept], counts[kept].astype(float))


def reweighted(rows: Rows, rng: np.random.Generator) -> Rows:
    """Draw as many customers as there are, with replacement, on the same distinct rows (a bootstrap draw)."""
    counts = rng.multinomial(round(rows.n), rows.weights / rows.weights.sum())
    return Rows(rows.x, rows.t_x, rows.T, counts.astype(float))
