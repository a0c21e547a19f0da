"""Who calls customer care how often, what it costs, and what public numbers about it imply."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns
from crmlab.targeting import wilson_interval

CLAIM_KINDS = ("total", "each", "times")
_ENDS = ("low", "high", "customers_low", "customers_high", "months_low", "months_high")


def claim_table(
    claims: pd.DataFrame, *, customers: float, average_calls: float, cost_per_call: tuple[float, float]
) -> pd.DataFrame:
    """Bring numbers about the calls of a group into one unit, so that they can be compared (口径换算).

    A total is divided by heads and by months, a multiple is multiplied by the average. Each claim is a
    range; its ends are kept through every step.

    Parameters
    ----------
    claims : DataFrame
        One row per claim: ``claim`` (a name), ``kind`` ("total": calls of the whole group; "each": calls per
        head and month; "times": times the average), ``low``, ``high``, ``customers_low``, ``customers_high``
        (heads in the group) and ``months_low``, ``months_high`` (months that a total covers; 1 for others).
    customers : float
        All customers of the firm, above 0.
    average_calls : float
        Calls per customer and month in the whole firm, above 0.
    cost_per_call : (float, float)
        Lowest and highest cost of a call, in any currency, 0 or more.

    Returns
    -------
    DataFrame
        One row per claim, in the order given: ``claim``, ``calls_low``, ``calls_high`` (per head and month),
        ``times_low``, ``times_high`` (of the average), ``total_low``, ``total_high`` (calls per month of
        the group), ``share_low``, ``share_high`` (of all calls), ``cost_low``, ``cost_high`` (per head and
        month).

    Raises
    ------
    DataError
        If a column is missing, a kind is unknown, a number is out of range, or a group is larger than the
        firm.

    Examples
    --------
    >>> claims = pd.DataFrame({"claim": ["a"], "kind": ["total"], "low": [600], "high": [600],
    ...     "customers_low": [10], "customers_high": [20], "months_low": [6], "months_high": [6]})
    >>> claim_table(claims, customers=2000, average_calls=0.5, cost_per_call=(5, 10)).iloc[0, 1:5].tolist()
    [5.0, 10.0, 10.0, 20.0]
    """
    require_columns(claims, ["claim", "kind", *_ENDS], name="claims")
    odd = [k for k in claims["kind"] if k not in CLAIM_KINDS]
    if odd:
        raise DataError(f"a claim's kind must be one of {', '.join(CLAIM_KINDS)}; found {odd[0]!r}.")
    ends = claims[list(_ENDS)].apply(pd.to_numeric, errors="coerce").astype(float)
    if not ((ends > 0) & (ends < np.inf)).all(axis=None) or any(
        (ends[f"{p}low"] > ends[f"{p}high"]).any() for p in ("", "customers_", "months_")
    ):
        raise DataError("every low and high of a claim must be above 0, and no low above its high.")
    for name, number in (("customers", customers), ("average_calls", average_calls)):
        if not 0 < number < np.inf:
            raise DataError(f"{name} must be above 0; found {number!r}.")
    pair = isinstance(cost_per_call, tuple | list) and len(cost_per_call) == 2
    if not pair or not 0 <= cost_per_call[0] <= cost_per_call[1] < np.inf:
        raise DataError(
            f"cost_per_call must be two numbers of 0 or more, the lower first; found {cost_per_call!r}."
        )
    most = ends["customers_high"].max()
    if most > customers:
        raise DataError(f"a claim is about {most:,.0f} heads; the firm has {customers:,.0f} customers.")
    total, times = claims["kind"].eq("total"), claims["kind"].eq("times")
    unit = np.where(times, average_calls, 1.0)
    group = {
        "low": np.where(total, ends["low"] / ends["months_high"], ends["low"] * unit * ends["customers_low"]),
        "high": np.where(
            total, ends["high"] / ends["months_low"], ends["high"] * unit * ends["customers_high"]
        ),
    }
    each = {
        "low": np.where(total, group["low"] / ends["customers_high"], ends["low"] * unit),
        "high": np.where(total, group["high"] / ends["customers_low"], ends["high"] * unit),
    }
    table = pd.DataFrame({"claim": claims["claim"]})
    for place, end in enumerate(("low", "high")):
        table[f"calls_{end}"] = each[end]
        table[f"times_{end}"] = each[end] / average_calls
        table[f"total_{end}"] = group[end]
        table[f"share_{end}"] = group[end] / (customers * average_calls)
        table[f"cost_{end}"] = each[end] * cost_per_call[place]
    names = [f"{n}_{end}" for n in ("calls", "times", "total", "share", "cost") for end in ("low", "high")]
    return table[["claim", *names]].reset_index(drop=True)


def callers(
    subscribers: pd.DataFrame, calls: pd.DataFrame, *, start: str | dt.date, end: str | dt.date
) -> pd.DataFrame:
    """Count calls and their cost per subscriber in a period, and what is left of the margin.

    Whoever left before the period ends brings margin only for the days before; who left before it begins
    is not in the table.

    Parameters
    ----------
    subscribers : DataFrame
        Contract ``phone_subscribers``.
    calls : DataFrame
        Contract ``care_calls``.
    start, end : str or date
        First and last day of the period, both inclusive.

    Returns
    -------
    DataFrame
        One row per subscriber, sorted by ``customer_id``: ``customer_id``, ``calls`` and ``issues`` (in the
        period), ``firm_calls`` (calls coded "billing error by firm"), ``calls_month`` (calls per month),
        ``cost_eur``, ``margin_eur`` and ``profit_eur`` (EUR per month: cost of the calls, margin, and margin
        less cost), ``present`` (share of the period as a customer).

    Raises
    ------
    DataError
        If a column is missing or of the wrong type, a subscriber or a call stands twice, a call is of
        nobody in `subscribers`, or the period is no two days in order.

    Examples
    --------
    >>> from crmlab.datasets.telecom import make_telecom
    >>> world = make_telecom(500, rng=1)
    >>> table = callers(world.phone_subscribers, world.care_calls, start="2023-01-01", end="2023-03-31")
    >>> len(table), bool((table["profit_eur"] == table["margin_eur"] - table["cost_eur"]).all())
    (500, True)
    """
    check(subscribers, "phone_subscribers", columns=["customer_id", "margin_eur", "left_on"])
    check(calls, "care_calls", columns=["customer_id", "issue_id", "call_date", "cause_coded", "cost_eur"])
    first, last = (pd.to_datetime(day, errors="coerce") for day in (start, end))
    if pd.isna(first) or pd.isna(last):
        raise DataError(f"start and end must be days, as in '2023-01-01'; found {start!r} and {end!r}.")
    if last < first:
        raise DataError(f"the period must not end before it begins; found {start} to {end}.")
    for table, key, name in ((subscribers, "customer_id", "subscribers"), (calls, "call_id", "calls")):
        if key in table and table[key].duplicated().any():
            twice = table.loc[table[key].duplicated(), key].iloc[0]
            raise DataError(f"{name}: {key} {twice!r} stands more than once.")
    strangers = calls.loc[~calls["customer_id"].isin(subscribers["customer_id"]), "customer_id"]
    if len(strangers):
        raise DataError(f"calls: customer_id {strangers.iloc[0]!r} is not in subscribers.")
    days = (last - first).days + 1
    months = days * 12 / 365
    inside = calls[calls["call_date"].between(first, last)]
    by = inside.assign(firm=inside["cause_coded"].eq("billing error by firm")).groupby("customer_id")
    counted = by.agg(
        calls=("call_date", "size"), issues=("issue_id", "nunique"), firm_calls=("firm", "sum"),
        cost_eur=("cost_eur", "sum"),
    )  # fmt: skip
    here = subscribers[~(subscribers["left_on"] < first)].sort_values("customer_id")
    gone = (here["left_on"].clip(upper=last).fillna(last) - first).dt.days + 1
    table = here[["customer_id"]].merge(counted, on="customer_id", how="left").fillna(0)
    table = table.astype({"calls": int, "issues": int, "firm_calls": int})
    table["calls_month"] = table["calls"] / months
    table["cost_eur"] = table["cost_eur"] / months
    table["present"] = (gone / days).to_numpy()
    table["margin_eur"] = here["margin_eur"].to_numpy() * table["present"]
    table["profit_eur"] = table["margin_eur"] - table["cost_eur"]
    columns = ["customer_id", "calls", "issues", "firm_calls", "calls_month", "cost_eur", "margin_eur",
               "profit_eur", "present"]  # fmt: skip
    return table[columns]


def first_call_resolution(calls: pd.DataFrame) -> pd.DataFrame:
    r"""Give the share of issues that the first call settles (首次解决率), and what it means for the load.

    If each call settles an issue with chance :math:`r`, an issue takes :math:`1/r` calls on average.

    Parameters
    ----------
    calls : DataFrame
        Contract ``care_calls``: ``issue_id``, ``call_date``, ``resolved``. The first call of an issue is the
        earliest (an issue has at most one call a day).

    Returns
    -------
    DataFrame
        One row: ``issues``, ``resolved_first`` (number), ``rate``, ``low``, ``high`` (Wilson, 95 %),
        ``calls_per_issue`` (1 / rate; missing if the rate is 0).

    Raises
    ------
    DataError
        If a column is missing, or there are no calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"issue_id": ["a", "a", "b"], "resolved": [False, True, True],
    ...                       "call_date": pd.to_datetime(["2023-01-01", "2023-01-03", "2023-01-02"])})
    >>> first_call_resolution(calls)[["issues", "rate", "calls_per_issue"]].values.tolist()
    [[2.0, 0.5, 2.0]]
    """
    check(calls, "care_calls", columns=["issue_id", "call_date", "resolved"])
    if calls.empty:
        raise DataError("there are no calls, so nothing was resolved.")
    first = calls.sort_values(["issue_id", "call_date"]).drop_duplicates("issue_id")
    done, n = int(first["resolved"].sum()), len(first)
    low, high = wilson_interval(done, n)
    row: dict[str, Any] = {
        "issues": n, "resolved_first": done, "rate": done / n, "low": float(low), "high": float(high),
        "calls_per_issue": n / done if done else np.nan,
    }  # fmt: skip
    return pd.DataFrame([row])
