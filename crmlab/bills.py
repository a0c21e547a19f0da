"""Bills and payments of households: which bill was settled when, what a trial year brought per household."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns

OPEN_EUR = 5.0  # a bill counts as settled when less than this is open
MONEY = ("billed_eur", "bad_debt_eur", "minutes", "fees_eur", "reward_eur", "cutoffs", "left")


def bill_status(bills: pd.DataFrame, payments: pd.DataFrame, *, due_days: int = 16) -> pd.DataFrame:
    """Say for each bill on which day it was settled; payments settle the oldest bill first.

    Parameters
    ----------
    bills : DataFrame
        ``household_id``, ``bill_date``, ``amount_eur``.
    payments : DataFrame
        ``household_id``, ``payment_date``, ``paid_eur``.
    due_days : int, default 16
        Days after the bill on which it is due: 1 to 60.

    Returns
    -------
    DataFrame
        The bills, ordered by household and day, with ``settled_date`` (missing: not yet), ``days_to_settle``
        (from the bill's day; missing likewise) and ``on_time`` (settled within `due_days`). Less than 5 EUR
        open counts as settled.

    Raises
    ------
    DataError
        If a column is missing or holds what it must not.

    Examples
    --------
    >>> bills = pd.DataFrame({"household_id": ["a", "a"], "bill_date": pd.to_datetime(["2024-01-01",
    ...     "2024-02-01"]), "amount_eur": [50.0, 60.0]})
    >>> paid = pd.DataFrame({"household_id": ["a"], "payment_date": pd.to_datetime(["2024-02-05"]),
    ...     "paid_eur": [50.0]})
    >>> bill_status(bills, paid)["days_to_settle"].tolist()
    [35.0, nan]
    """
    check(bills, "energy_bills")
    check(payments, "energy_payments")
    if isinstance(due_days, bool) or not isinstance(due_days, int) or not 1 <= due_days <= 60:
        raise DataError(f"due_days must be a whole number from 1 to 60; found {due_days!r}.")
    rows = bills.sort_values(["household_id", "bill_date"], ignore_index=True)
    names = pd.Index(rows["household_id"].unique())
    who = names.get_indexer(rows["household_id"])
    payer, day, total, wide = _running(payments, names)
    owed = rows.groupby("household_id", sort=False)["amount_eur"].cumsum().to_numpy()
    wide = max(wide, float(owed.max(initial=0)) + 1)
    place = np.searchsorted(payer * wide + total, who * wide + np.maximum(owed - OPEN_EUR, 0), side="right")
    found = (
        (place < len(payer)) & (payer[np.minimum(place, len(payer) - 1)] == who) if len(payer) else who < 0
    )
    settled = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    if found.any():
        settled[found] = day[place[found]]
        settled = settled.where(
            settled.isna() | (settled >= rows["bill_date"]), rows["bill_date"]
        )  # paid ahead
    days = (settled - rows["bill_date"]).dt.days
    return rows.assign(
        settled_date=settled, days_to_settle=days, on_time=(days <= due_days).to_numpy(dtype=bool)
    )


def trial_outcomes(
    households: pd.DataFrame,
    status: pd.DataFrame,
    *,
    payments: pd.DataFrame,
    contacts: pd.DataFrame,
    cutoffs: pd.DataFrame,
    start: Any,
    as_of: Any,
    rewards: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Sum up a trial year: one row per household that was there when it began.

    Parameters
    ----------
    households : DataFrame
        ``household_id``, ``policy``, ``left_date``, ``written_off_eur``.
    status : DataFrame
        From `bill_status`, with the bills of all years.
    payments, contacts, cutoffs : DataFrame
        The tables ``energy_payments``, ``energy_contacts`` and ``energy_cutoffs``.
    start, as_of : date
        First and last day of the trial. Contacts, cut-offs and payments count up to `as_of`; where no later
        bill is known, to the end of the data, for the last bills need their time.
    rewards : mapping of policy to EUR, optional
        What a household with only bills on time (one in each month of the trial, and still there) is paid: 0
        or more.

    Returns
    -------
    DataFrame
        ``household_id``, ``policy``, ``bills``, ``on_time_bills``, ``clean`` (1: a bill in each month, all on
        time, and still there), ``left`` (1 or 0), ``billed_eur``, ``bad_debt_eur`` (never paid by who left,
        or open for more than 90 days, deposits taken off), ``fees_eur``, ``reward_eur``, ``minutes``,
        ``cutoffs`` and ``days_off``.

    Raises
    ------
    DataError
        If a column is missing, a day is none or they are in the wrong order, or a reward is for a policy that
        is not there.

    Examples
    --------
    >>> from crmlab.datasets.energy_world import make_energy
    >>> w = make_energy(200, rng=1)
    >>> made = trial_outcomes(w.households, bill_status(w.energy_bills, w.energy_payments),
    ...     payments=w.energy_payments, contacts=w.energy_contacts, cutoffs=w.energy_cutoffs,
    ...     start="2024-01-01", as_of="2024-12-31")
    >>> bool((made["on_time_bills"] <= made["bills"]).all())
    True
    """
    check(households, "households")
    check(contacts, "energy_contacts")
    check(cutoffs, "energy_cutoffs")
    check(payments, "energy_payments")
    require_columns(status, ["household_id", "bill_date", "amount_eur", "on_time"], name="status")
    first, last = _days(start, as_of)
    if (status["bill_date"] > last).any():
        contacts = contacts[contacts["contact_date"] <= last]
        cutoffs = cutoffs[cutoffs["cut_date"] <= last]
        payments = payments[payments["payment_date"] <= last]
    paid_eur = _rewards(rewards, households["policy"])
    gone = households["left_date"]
    people = households[gone.isna() | (gone >= first)].set_index("household_id")
    index = people.index
    year = status[(status["bill_date"] >= first) & (status["bill_date"] <= last)]
    by = year.groupby("household_id")
    left = (people["left_date"] <= last).astype(int)
    talk = contacts[(contacts["contact_date"] >= first)].groupby("household_id")["minutes"].sum()
    off = cutoffs[cutoffs["cut_date"] >= first].groupby("household_id")
    table = pd.DataFrame(
        {"policy": people["policy"], "bills": by.size(), "on_time_bills": by["on_time"].sum()}, index=index
    )
    table = table.fillna({"bills": 0, "on_time_bills": 0})
    months = max(year["bill_date"].nunique(), 1)
    table["clean"] = ((table["on_time_bills"] == months) & (left == 0)).astype(int)
    table["left"] = left
    owed = status[status["bill_date"] <= last].groupby("household_id")["amount_eur"].sum()
    young = status[(status["bill_date"] > last - pd.Timedelta(days=92)) & (status["bill_date"] <= last)]
    young_eur = young.groupby("household_id")["amount_eur"].sum()
    paid = payments.groupby("household_id")["paid_eur"].sum()
    sums = {"owed": owed, "young": young_eur, "paid": paid, "deposit": off["deposit_eur"].sum()}
    s = {k: v.reindex(index, fill_value=0.0) for k, v in sums.items()}
    old = (s["owed"] - s["paid"] - s["young"] - s["deposit"]).clip(lower=0)
    table["billed_eur"] = by["amount_eur"].sum().reindex(index, fill_value=0.0)
    table["bad_debt_eur"] = people["written_off_eur"].where(left == 1, old).round(2)
    table["fees_eur"] = off["fee_eur"].sum().reindex(index, fill_value=0.0)
    table["reward_eur"] = table["clean"] * table["policy"].map(paid_eur).fillna(0.0).astype(float)
    table["minutes"] = talk.reindex(index, fill_value=0.0)
    table["cutoffs"] = off.size().reindex(index, fill_value=0)
    table["days_off"] = off["days_off"].sum().reindex(index, fill_value=0)
    return table.reset_index().astype({"bills": int, "on_time_bills": int})


def policy_profit(
    outcomes: pd.DataFrame,
    *,
    margin_rate: float = 0.12,
    minute_eur: float = 0.5,
    cut_cost_eur: float = 15.0,
    leaver_eur: float = 100.0,
) -> pd.Series:
    """Give the profit of each household in a trial year.

    margin of what was billed - bad debt - staff time - rewards + fees - what the grid charges per
    disconnection - the later margin of a household that left and owed nothing.

    Parameters
    ----------
    outcomes : DataFrame
        From `trial_outcomes` or `true_policies`.
    margin_rate : float, default 0.12
        Margin as a share of the bill before all that: 0 to 1.
    minute_eur : float, default 0.5
        Cost of a minute of staff time: 0 or more.
    cut_cost_eur : float, default 15
        What the grid charges for one disconnection with its reconnection: 0 or more.
    leaver_eur : float, default 100
        Later margin lost with a household that leaves and owes less than 5 EUR: 0 or more.

    Returns
    -------
    Series
        EUR per household, with the index of `outcomes`.

    Raises
    ------
    DataError
        If a column is missing or holds what is no finite number, or a rate is out of range.

    Examples
    --------
    >>> one = pd.DataFrame({"billed_eur": [1000.0], "bad_debt_eur": [20.0], "minutes": [10.0],
    ...     "fees_eur": [60.0], "reward_eur": [0.0], "cutoffs": [1], "left": [0]})
    >>> policy_profit(one).tolist()
    [140.0]
    """
    require_columns(outcomes, MONEY, name="outcomes")
    if not np.isfinite(outcomes[list(MONEY)].to_numpy(dtype=float)).all():
        bad = next(name for name in MONEY if not np.isfinite(outcomes[name].to_numpy(dtype=float)).all())
        raise DataError(f"{bad} must be a finite number in every row. Hint: outcomes[{bad!r}].isna().sum()")
    for name, value, high in (
        ("margin_rate", margin_rate, 1), ("minute_eur", minute_eur, np.inf),
        ("cut_cost_eur", cut_cost_eur, np.inf), ("leaver_eur", leaver_eur, np.inf),
    ):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value <= high:
            upto = f"from 0 to {high:g}" if np.isfinite(high) else "of 0 or more"
            raise DataError(f"{name} must be a number {upto}; found {value!r}.")
    o = outcomes
    good_leaver = (o["left"] > 0) & (o["bad_debt_eur"] < OPEN_EUR)
    profit = margin_rate * o["billed_eur"] - o["bad_debt_eur"] - minute_eur * o["minutes"] - o["reward_eur"]
    return profit + o["fees_eur"] - cut_cost_eur * o["cutoffs"] - leaver_eur * good_leaver


def _days(start: Any, as_of: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Read the first and the last day of a trial."""
    days = []
    for name, value in (("start", start), ("as_of", as_of)):
        try:
            day = pd.Timestamp(value)
        except (TypeError, ValueError):
            day = pd.NaT
        if pd.isna(day):
            raise DataError(f"{name} must be a day; found {value!r}. Hint: {name}='2024-01-01'")
        days.append(day)
    if days[1] < days[0]:
        raise DataError(f"as_of ({days[1]:%Y-%m-%d}) must not be before start ({days[0]:%Y-%m-%d}).")
    return days[0], days[1]


def _rewards(rewards: Mapping[str, float] | None, policies: pd.Series) -> dict[str, float]:
    """Check the rewards of the policies."""
    known = list(dict.fromkeys(policies))
    for name, value in (rewards or {}).items():
        if name not in known:
            raise DataError(f"rewards names {name!r}, which is no policy; there are {', '.join(known)}.")
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < np.inf:
            raise DataError(f"the reward of {name!r} must be a number of 0 or more; found {value!r}.")
    return {name: float(value) for name, value in (rewards or {}).items()}


def _running(payments: pd.DataFrame, names: pd.Index) -> tuple[Any, Any, Any, float]:
    """Order payments by household and day: household's place, day, running sum, and a bound on the sums."""
    known = payments[payments["household_id"].isin(names)]
    rows = known.sort_values(["household_id", "payment_date"], kind="stable")
    who = names.get_indexer(rows["household_id"])
    order = np.argsort(who, kind="stable")
    total = rows.groupby("household_id", sort=False)["paid_eur"].cumsum().to_numpy()[order]
    return who[order], rows["payment_date"].to_numpy()[order], total, float(total.max(initial=0)) + 1


def paid_before(payments: pd.DataFrame, households: pd.Series, days: pd.Series) -> pd.Series:
    """Give what each household had paid in all before a day, one day per row.

    Parameters
    ----------
    payments : DataFrame
        ``household_id``, ``payment_date``, ``paid_eur``.
    households, days : Series
        Household and day of each row, with one index.

    Returns
    -------
    Series
        EUR, with the index of `days`.
    """
    names = pd.Index(households.unique())
    payer, day, total, _ = _running(payments, names)
    who = names.get_indexer(households)
    span = 10**6
    keys = payer * span + day.astype("datetime64[D]").astype(np.int64)
    place = (
        np.searchsorted(
            keys, who * span + days.to_numpy().astype("datetime64[D]").astype(np.int64), side="left"
        )
        - 1
    )
    last = np.maximum(place, 0)
    there = (place >= 0) & (payer[last] == who) if len(payer) else np.zeros(len(who), dtype=bool)
    return pd.Series(np.where(there, total[last] if len(payer) else 0.0, 0.0), index=days.index)
