"""Tiers of customers by what they are worth and could be worth, and the value of all of them together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, first_rows, require_columns

TIERS = ("most valuable", "most growable", "maintained", "below zero")
"""From the tier to protect to the tier to repair or to let go. 最有价值 · 最具成长 · 维持型 · 零点以下."""


def value_tiers(
    table: pd.DataFrame,
    *,
    actual: str = "actual_eur",
    potential: str = "potential_eur",
    valuable: float = 0.2,
    growable: float = 0.2,
) -> pd.DataFrame:
    """Sort customers into four tiers; each customer falls into exactly one.

    In this order: **below zero**, actual value under 0 and potential not above 0 (no effort would make them
    pay); **most valuable**, among the top `valuable` share by actual value, and that value above 0; **most
    growable**, of the others, among the top `growable` share of all by unrealised value (potential less
    actual), and that above 0; **maintained**, everybody else. Equal values are treated alike, so a tier can
    be larger than its share; the order of the rows does not matter.

    Parameters
    ----------
    table : DataFrame
        One row per customer.
    actual : str, default "actual_eur"
        Column with the value as things stand, EUR: margin less cost to serve, or ``clv_eur`` less that cost.
    potential : str, default "potential_eur"
        Column with the value the customer could have if all went well, EUR.
    valuable, growable : float, default 0.2
        Shares of customers, between 0 and 1.

    Returns
    -------
    DataFrame
        `table` with ``unrealised_eur`` (potential less actual) and ``tier`` (one of `TIERS`).

    Raises
    ------
    DataError
        If a column is missing, a value is missing, or a share is out of range.

    References
    ----------
    Peppers, D., Rogers, M. (1997). Enterprise One to One. Doubleday, chapter 2 (most valuable, most growable,
    below zero).

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "customer_id": list("abcde"),
    ...     "actual_eur": [500.0, 80.0, 60.0, 20.0, -30.0],
    ...     "potential_eur": [520.0, 400.0, 65.0, 20.0, -5.0]})
    >>> value_tiers(table)["tier"].tolist()
    ['most valuable', 'most growable', 'maintained', 'maintained', 'below zero']
    """
    require_columns(table, [actual, potential], name="table")
    for name, share in (("valuable", valuable), ("growable", growable)):
        if not 0 < share < 1:
            raise DataError(f"{name} must be a share between 0 and 1; found {share!r}. 20 % is 0.2.")
    now, could = (_values(table, name) for name in (actual, potential))
    gap = could - now
    # the best customer has rank 1; equal values share the best rank among them
    top = now.rank(method="min", ascending=False) <= valuable * len(table)
    grow = gap.rank(method="min", ascending=False) <= growable * len(table)
    tier = np.select(
        [(now < 0) & (could <= 0), top & (now > 0), grow & (gap > 0)],
        ["below zero", "most valuable", "most growable"],
        default="maintained",
    )
    return table.assign(unrealised_eur=gap, tier=tier)


def tier_summary(
    tiers: pd.DataFrame, *, actual: str = "actual_eur", potential: str = "potential_eur"
) -> pd.DataFrame:
    """Count and value each tier.

    Parameters
    ----------
    tiers : DataFrame
        From `value_tiers`.
    actual, potential : str
        The columns given there.

    Returns
    -------
    DataFrame
        One row per tier in the order of `TIERS`, empty tiers included: ``tier``, ``customers``,
        ``share_of_customers``, ``actual_eur`` and ``potential_eur`` (sums).

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"actual_eur": [500.0, 80.0, -30.0], "potential_eur": [520.0, 400.0, -5.0]})
    >>> tier_summary(value_tiers(table, valuable=0.4, growable=0.7))["customers"].tolist()
    [1, 1, 0, 1]
    """
    require_columns(tiers, [actual, potential, "tier"], name="tiers")
    groups = tiers.groupby("tier", sort=False)
    found = pd.DataFrame(
        {
            "customers": groups.size(),
            "actual_eur": groups[actual].sum(),
            "potential_eur": groups[potential].sum(),
        }
    ).reindex(list(TIERS), fill_value=0)
    found.insert(1, "share_of_customers", found["customers"] / max(len(tiers), 1))
    return found.rename_axis("tier").reset_index()


def customer_equity(values: pd.DataFrame, *, by: str = "clv_eur") -> float:
    """Sum the lifetime values of the present customers: customer equity, EUR.

    Customers still to be won are not in it; say so beside the number.

    Parameters
    ----------
    values : DataFrame
        From `crmlab.clv_btyd`.
    by : str, default "clv_eur"
        The column to sum.

    Returns
    -------
    float
        The sum, EUR.

    Raises
    ------
    DataError
        If a value is missing or infinite: it must be explained, not skipped.

    References
    ----------
    Blattberg, R. C., Deighton, J. (1996). Manage Marketing by the Customer Equity Test. Harvard Business
    Review 74(4), 136-144.

    Examples
    --------
    >>> customer_equity(pd.DataFrame({"clv_eur": [10.0, 2.5]}))
    12.5
    """
    require_columns(values, [by], name="values")
    return float(np.sum(_values(values, by)))


def _values(table: pd.DataFrame, name: str) -> pd.Series:
    found = table[name].astype(float)
    bad = ~np.isfinite(found)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} value(s) of {name!r} are missing or infinite; the first rows are\n"
            f"{first_rows(table, bad)}\n"
            "Hint: decide what they are worth; the column 'reason' of clv says why."
        )
    return found
