"""What ending customers would save: seen in the period that made the list, and in the one that came next."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

EDGES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)


def next_period(before: pd.DataFrame, after: pd.DataFrame, *, edges: Iterable[float] = EDGES) -> pd.DataFrame:
    """Follow groups made by calls in one period into the next, where nobody did anything (回归均值).

    Groups are made by what was seen before, so luck and passing troubles of that time are in them. Next time
    these are gone: the heaviest call less, those who were silent a little more.

    Parameters
    ----------
    before, after : DataFrame
        From ``callers``: ``customer_id`` and ``calls_month``. Whoever is missing after counts with no calls.
    edges : iterable of float, default 0, 0.5, 1, 2, 5, 10
        Lower ends of the groups, in calls per month, above 0 for all but the first; rising.

    Returns
    -------
    DataFrame
        One row per group that has customers, from few calls to many: ``group`` (in words), ``customers``,
        ``before``, ``after`` (mean calls per month), ``error`` (standard error of the mean after; missing for
        one customer), ``change`` (share; missing if ``before`` is 0).

    Raises
    ------
    DataError
        If a column is missing, a number in it is, a customer stands twice, or the edges do not rise from 0.

    References
    ----------
    Barnett, A. G., van der Pols, J. C., Dobson, A. J. (2005). Regression to the mean: what it is and how to
    deal with it. *International Journal of Epidemiology* 34(1), 215-220. doi:10.1093/ije/dyh299

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": ["a", "b", "c"], "calls_month": [0.0, 0.2, 12.0]})
    >>> after = pd.DataFrame({"customer_id": ["a", "b", "c"], "calls_month": [0.3, 0.5, 3.0]})
    >>> next_period(before, after, edges=[0, 10])[["group", "before", "after"]].values.tolist()
    [['under 10', 0.1, 0.4], ['10 or more', 12.0, 3.0]]
    """
    for table, name in ((before, "before"), (after, "after")):
        _usable(table, ["customer_id", "calls_month"], name=name)
    cuts = _cuts(edges, "edges must rise from 0, as in 0, 1, 10")
    if len(cuts) < 2 or cuts[0] != 0 or any(not b > a for a, b in pairwise(cuts)):
        raise DataError(f"edges must rise from 0, as in 0, 1, 10; found {cuts}.")
    names = [f"under {cuts[1]:g}", *(f"{a:g} to {b:g}" for a, b in pairwise(cuts[1:])),
             f"{cuts[-1]:g} or more"]  # fmt: skip
    table = before[["customer_id", "calls_month"]].merge(
        after[["customer_id", "calls_month"]], on="customer_id", how="left", suffixes=("", "_after")
    )
    table["calls_month_after"] = table["calls_month_after"].fillna(0.0)
    place = np.digitize(table["calls_month"], cuts[1:])
    rows = []
    for i, name in enumerate(names):
        part = table[place == i]
        if part.empty:
            continue
        seen, later = float(part["calls_month"].mean()), float(part["calls_month_after"].mean())
        error = float(part["calls_month_after"].sem()) if len(part) > 1 else np.nan
        rows.append((name, len(part), seen, later, error, later / seen - 1 if seen > 0 else np.nan))
    return pd.DataFrame(rows, columns=["group", "customers", "before", "after", "error", "change"])


def firing_curve(before: pd.DataFrame, after: pd.DataFrame, *, thresholds: Iterable[float]) -> pd.DataFrame:
    """Give what it would earn in a year to end everybody above a threshold, as promised and as it came.

    Ending a customer saves the cost of the calls and gives up the margin. The promise takes the period that
    made the list for a year; what came takes the period after it, in which some trouble has passed and some
    have left by themselves.

    Parameters
    ----------
    before, after : DataFrame
        From ``callers``: ``customer_id``, ``calls_month``, ``cost_eur`` and ``margin_eur`` (both per month).
        Whoever is missing after counts with neither cost nor margin.
    thresholds : iterable of float
        Calls per month from which on a customer is on the list, 0 or more.

    Returns
    -------
    DataFrame
        One row per threshold, rising: ``threshold``, ``customers``, ``promised_eur``, ``came_eur`` and
        ``came_low``, ``came_high`` (95 %, from the spread between the customers; missing for fewer than
        two), all EUR per year.

    Raises
    ------
    DataError
        If a column is missing, a number in it is, a customer stands twice, or a threshold is below 0.

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": ["a", "b"], "calls_month": [1.0, 20.0],
    ...                        "cost_eur": [10.0, 200.0], "margin_eur": [24.0, 24.0]})
    >>> after = before.assign(cost_eur=[10.0, 50.0])
    >>> firing_curve(before, after, thresholds=[10]).iloc[0, :4].tolist()
    [10.0, 1.0, 2112.0, 312.0]
    """
    need = ["customer_id", "calls_month", "cost_eur", "margin_eur"]
    for table, name in ((before, "before"), (after, "after")):
        _usable(table, need, name=name)
    cuts = sorted(_cuts(thresholds, "thresholds must be calls per month of 0 or more"))
    if not cuts or cuts[0] < 0:
        raise DataError(f"thresholds must be calls per month of 0 or more; found {cuts}.")
    both = before[need].merge(after[["customer_id", "cost_eur", "margin_eur"]], on="customer_id", how="left",
                              suffixes=("", "_after")).fillna(0.0)  # fmt: skip
    promised = 12 * (both["cost_eur"] - both["margin_eur"]).to_numpy()
    came = 12 * (both["cost_eur_after"] - both["margin_eur_after"]).to_numpy()
    rows = []
    for cut in cuts:
        on = both["calls_month"].to_numpy() >= cut
        n, total = int(on.sum()), float(came[on].sum())
        half = 1.96 * np.sqrt(n) * float(came[on].std(ddof=1)) if n > 1 else np.nan
        rows.append((cut, n, float(promised[on].sum()), total, total - half, total + half))
    columns = ["threshold", "customers", "promised_eur", "came_eur", "came_low", "came_high"]
    return pd.DataFrame(rows, columns=columns)


def _usable(table: pd.DataFrame, names: list[str], *, name: str) -> None:
    """Hold a table of ``callers``: its columns, each customer once, finite numbers, no calls below 0."""
    require_columns(table, names, name=name)
    twice = table["customer_id"].duplicated()
    if twice.any():
        raise DataError(
            f"{name}: customer_id {table.loc[twice, 'customer_id'].iloc[0]!r} stands more than once."
        )
    for column in names[1:]:
        numbers = pd.to_numeric(table[column], errors="coerce")
        if not np.isfinite(numbers).all() or (column == "calls_month" and (numbers < 0).any()):
            rule = "numbers of 0 or more" if column == "calls_month" else "numbers"
            raise DataError(f"{name}: {column!r} must hold {rule}, none missing.")


def _cuts(values: Iterable[float], rule: str) -> list[float]:
    """Give the numbers as floats; a DataError with the rule if there is none, or one is not finite."""
    cuts = [float(v) for v in values] if isinstance(values, Iterable) else [np.nan]
    if not all(np.isfinite(cuts)):
        raise DataError(f"{rule}; found {values!r}.")
    return cuts
