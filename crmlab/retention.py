"""Keeping customers: what is known of a subscriber on a day, early warnings judged, a budget split."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns


def subscriber_features(subscribers: pd.DataFrame, months: pd.DataFrame, *, as_of: Any) -> pd.DataFrame:
    """Say what was known of each present subscriber on a day; nothing from after it is read.

    Parameters
    ----------
    subscribers, months : DataFrame
        The tables ``subscribers`` and ``subscriber_months`` of the subscriptions world.
    as_of : day
        The last day of a month that stands in `months`, with two months before it.

    Returns
    -------
    DataFrame
        One row per subscriber who is there after the day, in the order of `subscribers`: ``customer_id``,
        ``price_eur``, ``uses`` (a month, mean of the last three), ``contacts``, ``plan_questions`` and
        ``late`` (sums over three months), ``tenure_months``; and for models ``log_uses``, ``uses_change``
        (log of the last month + 1 less ``log_uses``), ``few_uses`` (below 4 a month), ``log_tenure``,
        ``long_contract``, ``comparison_site``, ``referral``, ``sales_call`` (0 or 1).

    Raises
    ------
    DataError
        If a column or the months are missing.

    Examples
    --------
    >>> from crmlab.datasets.subscriptions import make_subscriptions
    >>> made = make_subscriptions(300, rng=1)
    >>> known = subscriber_features(made.subscribers, made.subscriber_months, as_of="2023-12-31")
    >>> len(known) == len(made.retention_offers)
    True
    """
    require_columns(
        subscribers,
        ["customer_id", "start_date", "left_date", "price_eur", "contract_months", "channel"],
        name="subscribers",
    )
    counted = ["uses", "contacts", "plan_questions", "late"]
    require_columns(months, ["customer_id", "month", *counted], name="months")
    day = pd.Timestamp(as_of)
    last = day.to_period("M").to_timestamp()
    rows = months[(months["month"] <= last) & (months["month"] > last - pd.DateOffset(months=3))]
    if rows["month"].nunique() < 3:
        raise DataError(
            f"months must hold three months up to {day.date()}; found {rows['month'].nunique()}. "
            f"Hint: they go from {months['month'].min().date()} to {months['month'].max().date()}."
        )
    here = (subscribers["start_date"] <= day) & ~(subscribers["left_date"] <= day)
    known = subscribers[here].reset_index(drop=True)
    who = known["customer_id"]
    groups = rows.groupby("customer_id")
    uses = groups["uses"].mean().reindex(who, fill_value=0.0).to_numpy()
    newest = (
        rows[rows["month"] == last].set_index("customer_id")["uses"].reindex(who, fill_value=0).to_numpy()
    )
    sums = groups[counted[1:]].sum().reindex(who, fill_value=0)
    begin = known["start_date"]
    tenure = (day.year - begin.dt.year) * 12 + day.month - begin.dt.month + 1
    return pd.DataFrame(
        {
            "customer_id": who,
            "price_eur": known["price_eur"],
            "uses": uses,
            **{name: sums[name].to_numpy() for name in counted[1:]},
            "tenure_months": tenure.astype(int),
            "log_uses": np.log1p(uses),
            "uses_change": np.log1p(newest) - np.log1p(uses),
            "few_uses": (uses < 4).astype(int),
            "log_tenure": np.log(tenure),
            "long_contract": (known["contract_months"] == "12").astype(int),
            **{
                name.replace(" ", "_"): (known["channel"] == name).astype(int)
                for name in ("comparison site", "referral", "sales call")
            },
        }
    )


def judge_warnings(
    alarms: pd.DataFrame, present: pd.DataFrame, subscribers: pd.DataFrame, *, within_months: int = 3
) -> pd.DataFrame:
    """Ask of a warning rule how many alarms were true, how many leavers were seen coming, and how early.

    Parameters
    ----------
    alarms : DataFrame
        One row per alarm: ``customer_id`` and ``month`` (first day of the month at whose end it is raised).
    present : DataFrame
        ``customer_id`` and ``month`` of all who could have had an alarm.
    subscribers : DataFrame
        ``customer_id`` and ``left_date`` (missing: still there).
    within_months : int, default 3
        An alarm is true if the customer leaves in so many months after the month of the alarm: 1 to 24.

    Returns
    -------
    DataFrame
        One row: ``alarms``, ``true_alarms``, ``precision`` (true / all; 0 without alarms), ``false_per_true``
        (missing without a true one), ``leavers`` (left within the months after some month of `present`),
        ``warned`` (leavers with a true alarm), ``share_warned`` and ``lead_months`` (mean from the first
        true alarm to leaving; missing without one).

    Raises
    ------
    DataError
        If a column is missing or `within_months` is out of range.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> people = pd.DataFrame({"customer_id": ["a", "b"], "month": day})
    >>> left = pd.DataFrame({"customer_id": ["a", "b"], "left_date": pd.to_datetime(["2024-03-31", None])})
    >>> judge_warnings(people, people, left)[["alarms", "true_alarms", "lead_months"]].values.tolist()
    [[2.0, 1.0, 2.0]]
    """
    for table, columns, name in (
        (alarms, ["customer_id", "month"], "alarms"),
        (present, ["customer_id", "month"], "present"),
        (subscribers, ["customer_id", "left_date"], "subscribers"),
    ):
        require_columns(table, columns, name=name)
    if isinstance(within_months, bool) or not isinstance(within_months, int) or not 1 <= within_months <= 24:
        raise DataError(f"within_months must be a whole number from 1 to 24; found {within_months!r}.")
    left = subscribers.set_index("customer_id")["left_date"]

    def soon(table: pd.DataFrame) -> pd.DataFrame:
        end = table["customer_id"].map(left)
        wait = (end.dt.year - table["month"].dt.year) * 12 + end.dt.month - table["month"].dt.month
        return table.assign(wait=wait)[(wait >= 1) & (wait <= within_months)]

    true, leavers = soon(alarms), soon(present)["customer_id"].nunique()
    first = true.groupby("customer_id")["wait"].max()
    n, hits = len(alarms), len(true)
    return pd.DataFrame(
        {
            "alarms": [n], "true_alarms": [hits], "precision": [hits / max(n, 1)],
            "false_per_true": [(n - hits) / hits if hits else np.nan], "leavers": [leavers],
            "warned": [len(first)], "share_warned": [len(first) / max(leavers, 1)],
            "lead_months": [first.mean() if hits else np.nan],
        }
    )  # fmt: skip


def split_budget(levers: pd.DataFrame, *, budget_eur: float) -> pd.DataFrame:
    """Split a budget between levers with diminishing returns, so that the last euro brings the same in each.

    A lever on which x EUR are spent gains ``ceiling x (1 - exp(-x / scale))``; its marginal return is
    ``ceiling / scale x exp(-x / scale)``. The best split gives nothing to levers whose first euro brings
    less than the common marginal return, the shadow price of the budget.

    Parameters
    ----------
    levers : DataFrame
        One row per lever: ``lever`` (its name), ``ceiling_eur`` (gain at most, 0 or more) and ``scale_eur``
        (spend at which 63 % of it is reached, above 0).
    budget_eur : float
        To be spent in all, 0 or more.

    Returns
    -------
    DataFrame
        The levers with ``spend_eur``, ``gain_eur`` and ``marginal`` (gain of the next euro).

    Raises
    ------
    DataError
        If a column is missing or a number is out of range.

    Examples
    --------
    >>> levers = pd.DataFrame({"lever": ["keep", "win"], "ceiling_eur": [100.0, 100.0],
    ...                        "scale_eur": [50.0, 50.0]})
    >>> split_budget(levers, budget_eur=80)["spend_eur"].round(6).tolist()
    [40.0, 40.0]
    """
    require_columns(levers, ["lever", "ceiling_eur", "scale_eur"], name="levers")
    ceiling, scale = (levers[c].to_numpy(dtype=float) for c in ("ceiling_eur", "scale_eur"))
    if (
        not len(levers)
        or not (np.isfinite(ceiling) & (ceiling >= 0) & np.isfinite(scale) & (scale > 0)).all()
    ):
        raise DataError("every lever needs a ceiling_eur of 0 or more and a scale_eur above 0.")
    if not 0 <= budget_eur < np.inf:
        raise DataError(f"budget_eur must be a number, 0 or more; found {budget_eur!r}.")
    first = ceiling / scale  # what the first euro brings
    low, high = -60.0, float(np.log(first.max() + 1e-300))

    def spend(log_price: float) -> np.ndarray[Any, np.dtype[Any]]:
        with np.errstate(divide="ignore"):
            return np.asarray(np.maximum(scale * (np.log(first) - log_price), 0.0))

    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if spend(middle).sum() > budget_eur else (low, middle)
    spent = spend(high)
    total = spent.sum()
    spent = spent * (budget_eur / total) if total > 0 else np.full(len(scale), budget_eur / len(scale))
    return levers.assign(
        spend_eur=spent,
        gain_eur=ceiling * (1 - np.exp(-spent / scale)),
        marginal=first * np.exp(-spent / scale),
    )
