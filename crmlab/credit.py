"""What is owed and for how long: open items, ageing, DSO, collection curve, roll rates, provisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns

Array = np.ndarray[Any, np.dtype[Any]]

BUCKETS = ("not due", "1-30", "31-60", "61-90", "91-180", "181-360", "over 360")
_EDGES = (0, 30, 60, 90, 180, 360)  # a debt of so many days overdue is the last of its bucket
LIVE = BUCKETS[:-1]
AGES = tuple(range(-60, 361, 15))
CENT = 0.005  # EUR; less than this is paid


def open_items(invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: Any) -> pd.DataFrame:
    """List the invoices that are not fully paid on a day (未清项), with their age.

    Parameters
    ----------
    invoices, payments : DataFrame
        As ``data_dictionary("invoices")`` and ``data_dictionary("payments")`` explain.
    as_of : date or str
        Reporting day, inclusive; later invoices and payments do not count.

    Returns
    -------
    DataFrame
        One row per open invoice: ``dealer_id``, ``invoice_id``, ``issue_date``, ``due_date``, ``open_eur``
        (EUR), ``days_overdue`` (days after the due date; 0 or less: not due) and ``bucket``.

    Raises
    ------
    DataError
        If a table breaks its contract, or a payment names an invoice that does not exist.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-01-01", "2024-03-01"]), "due_date": day(["2024-01-31", "2024-03-31"]),
    ...     "amount_eur": [100.0, 50.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["1"],
    ...     "payment_date": day(["2024-02-10"]), "amount_eur": [30.0]})
    >>> items = open_items(invoices, payments, as_of="2024-03-15")
    >>> items[["open_eur", "days_overdue", "bucket"]].values.tolist()
    [[70.0, 44, '31-60'], [50.0, -16, 'not due']]
    """
    check_ledger(invoices, payments)
    return still_open(invoices, payments, pd.Timestamp(as_of))


def check_ledger(invoices: pd.DataFrame, payments: pd.DataFrame) -> None:
    """Hold a ledger against its contracts, and every payment against an invoice.

    Parameters
    ----------
    invoices, payments : DataFrame
        The two tables.

    Raises
    ------
    DataError
        If a table breaks its contract, or a payment names an invoice that does not exist.
    """
    check(invoices, "invoices")
    check(payments, "payments")
    lost = ~payments["invoice_id"].isin(invoices["invoice_id"])
    if lost.any():
        raise DataError(
            f"payments: {int(lost.sum()):,} row(s) name an invoice that is not in invoices, such as "
            f"{payments.loc[lost, 'invoice_id'].iloc[0]!r}. Hint: bring the invoices of all years, or take "
            f"these payments out and say how many you took."
        )


def still_open(invoices: pd.DataFrame, payments: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Do what `open_items` does, for a ledger that has been checked."""
    known = invoices[invoices["issue_date"] <= day]
    paid = payments[payments["payment_date"] <= day].groupby("invoice_id")["amount_eur"].sum()
    left = known["amount_eur"].to_numpy() - known["invoice_id"].map(paid).fillna(0.0).to_numpy()
    items = known.drop(columns="amount_eur").assign(
        open_eur=np.round(left, 2), days_overdue=(day - known["due_date"]).dt.days
    )
    items = items[items["open_eur"] > CENT].reset_index(drop=True)
    return items.assign(bucket=_bucket(items["days_overdue"].to_numpy()))


def _bucket(days: Array) -> Array:
    return np.array(BUCKETS, dtype=object)[np.searchsorted(_EDGES, days, side="left")]


def ageing_table(invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: Any) -> pd.DataFrame:
    """Add up what is owed by age (账龄分析表).

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`.
    as_of : date or str
        Reporting day, inclusive.

    Returns
    -------
    DataFrame
        One row per bucket of days overdue, in order: ``bucket``, ``invoices`` (number), ``open_eur`` (EUR)
        and ``share`` (of all that is open; 0 where nothing is).

    Raises
    ------
    DataError
        As in `open_items`.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-01-01", "2024-03-01"]), "due_date": day(["2024-01-31", "2024-03-31"]),
    ...     "amount_eur": [30.0, 70.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["1"],
    ...     "payment_date": day(["2025-02-10"]), "amount_eur": [30.0]})
    >>> ageing_table(invoices, payments, as_of="2024-03-15").query("open_eur > 0").values.tolist()
    [['not due', 1, 70.0, 0.7], ['31-60', 1, 30.0, 0.3]]
    """
    items = open_items(invoices, payments, as_of=as_of)
    table = items.groupby("bucket")["open_eur"].agg(["size", "sum"]).reindex(list(BUCKETS), fill_value=0)
    total = float(table["sum"].sum())
    return pd.DataFrame({
        "bucket": list(BUCKETS), "invoices": table["size"].to_numpy(),
        "open_eur": table["sum"].to_numpy(dtype=float).round(2),
        "share": table["sum"].to_numpy(dtype=float) / total if total else np.zeros(len(BUCKETS)),
    })  # fmt: skip


def dso(invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: Any, days: int = 90) -> float:
    r"""Give days sales outstanding, the simple way (应收账款周转天数).

    :math:`\text{DSO} = \text{receivables} / \text{credit sales of the last } d \text{ days} \times d`. A rise
    in sales lowers it and a fall raises it, though nobody pays sooner or later: see `dso_count_back`.

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`.
    as_of : date or str
        Reporting day, inclusive.
    days : int, default 90
        Length of the window of sales, 1 or more days.

    Returns
    -------
    float
        Days.

    Raises
    ------
    DataError
        As in `open_items`; or if nothing was sold in the window.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-02-10", "2024-03-01"]), "due_date": day(["2024-03-10", "2024-03-31"]),
    ...     "amount_eur": [60.0, 30.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["1"],
    ...     "payment_date": day(["2024-03-10"]), "amount_eur": [60.0]})
    >>> dso(invoices, payments, as_of="2024-03-31", days=90)
    30.0
    """
    day = pd.Timestamp(as_of)
    owed = float(open_items(invoices, payments, as_of=day)["open_eur"].sum())
    issued = invoices["issue_date"]
    recent = (issued <= day) & (issued > day - pd.Timedelta(days=days))
    sales = float(invoices.loc[recent, "amount_eur"].sum())
    if not sales > 0:
        raise DataError(
            f"nothing was sold in the {days} days up to {day:%Y-%m-%d}, so DSO has no denominator. "
            f"Hint: choose an as_of within the ledger."
        )
    return owed / sales * days


def dso_count_back(invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: Any) -> float:
    """Give days sales outstanding by counting back (倒推法): the sales of how many last days are still owed.

    The receivables are used up by the sales of the newest month, then of the month before, and so on; the
    days of each month that is used up whole count, and of the last one a part. Months are blocks of 30 days.

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`.
    as_of : date or str
        Reporting day, inclusive.

    Returns
    -------
    float
        Days; the whole length of the ledger if more is owed than was ever sold.

    Raises
    ------
    DataError
        As in `open_items`.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-02-10", "2024-03-11"]), "due_date": day(["2024-03-10", "2024-04-10"]),
    ...     "amount_eur": [60.0, 30.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["1"],
    ...     "payment_date": day(["2024-03-10"]), "amount_eur": [30.0]})
    >>> dso_count_back(invoices, payments, as_of="2024-03-31")
    45.0
    """
    day = pd.Timestamp(as_of)
    left = float(open_items(invoices, payments, as_of=day)["open_eur"].sum())
    known = invoices[invoices["issue_date"] <= day]
    block = (day - known["issue_date"]).dt.days // 30
    sales = known.groupby(block)["amount_eur"].sum()
    counted = 0.0
    for number in range(int(block.max()) + 1 if len(block) else 0):
        sold = float(sales.get(number, 0.0))
        if sold >= left:
            return counted + (30.0 * left / sold if sold else 0.0)
        left, counted = left - sold, counted + 30.0
    return counted


def collection_curve(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: Any, ages: tuple[int, ...] = AGES
) -> pd.DataFrame:
    """Give the share of money collected by age after the due date (收款曲线), of invoices old enough for it.

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`.
    as_of : date or str
        Reporting day, inclusive.
    ages : tuple of int, default -60 to 360 by 15
        Days after the due date; negative: before.

    Returns
    -------
    DataFrame
        One row per age: ``age_days``, ``invoices`` (how many count) and ``collected`` (share of their
        amount). Ages that fewer than a quarter of the invoices have reached are left out, and only invoices
        that have reached the last age count, so that the curve never falls.

    Raises
    ------
    DataError
        As in `open_items`; or if no invoice has reached the first age.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-01-01", "2024-01-01"]), "due_date": day(["2024-01-31", "2024-01-31"]),
    ...     "amount_eur": [100.0, 100.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["1"],
    ...     "payment_date": day(["2024-02-10"]), "amount_eur": [100.0]})
    >>> collection_curve(invoices, payments, as_of="2024-12-31", ages=(0, 30))["collected"].tolist()
    [0.0, 0.5]
    """
    check_ledger(invoices, payments)
    day = pd.Timestamp(as_of)
    reached = (day - invoices["due_date"]).dt.days
    wanted = [a for a in sorted(ages) if (reached >= a).any()]
    if not wanted:
        raise DataError(
            f"no invoice is {min(ages)} days past its due date on {day:%Y-%m-%d}. Hint: a later as_of."
        )
    while len(wanted) > 1 and (reached >= wanted[-1]).mean() < 0.25:  # too few to speak for the others
        wanted.pop()
    old = invoices[reached >= wanted[-1]]
    due = old.set_index("invoice_id")["due_date"]
    paid = payments[payments["invoice_id"].isin(due.index)]
    age = (paid["payment_date"] - paid["invoice_id"].map(due)).dt.days
    total = float(old["amount_eur"].sum())
    return pd.DataFrame({
        "age_days": wanted, "invoices": len(old),
        "collected": [float(paid.loc[age <= a, "amount_eur"].sum()) / (total or 1.0) for a in wanted],
    })  # fmt: skip


def roll_rates(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: Any, months: int = 12
) -> pd.DataFrame:
    """Give where each euro that was open is 30 days later (滚动率): paid, or in which bucket.

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`.
    as_of : date or str
        Last day that is used, inclusive.
    months : int, default 12
        Steps of 30 days that end on `as_of`, 1 or more.

    Returns
    -------
    DataFrame
        A Markov table: index ``from`` (the six buckets up to 360 days), columns ``paid``, the buckets, and
        ``over 360`` (taken as lost). Shares of the euros of all steps; a row adds up to 1. A bucket that was
        never seen keeps its euros for certain until they are lost: all in ``over 360``.

    Raises
    ------
    DataError
        As in `open_items`; or if nothing was open on any of the days.

    References
    ----------
    Cyert, R. M., Davidson, H. J., Thompson, G. L. (1962). Estimation of the allowance for doubtful accounts
    by Markov chains. *Management Science* 8(3), 287-303. doi:10.1287/mnsc.8.3.287

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-01-01", "2024-01-01"]), "due_date": day(["2024-01-31", "2024-01-31"]),
    ...     "amount_eur": [100.0, 300.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["2"],
    ...     "payment_date": day(["2024-02-10"]), "amount_eur": [300.0]})
    >>> roll_rates(invoices, payments, as_of="2024-02-20", months=1).loc["not due", ["paid", "1-30"]].tolist()
    [0.75, 0.25]
    """
    check_ledger(invoices, payments)
    end = pd.Timestamp(as_of)
    days = [end - pd.Timedelta(days=30 * k) for k in range(months, -1, -1)]
    moves = pd.DataFrame(0.0, index=list(LIVE), columns=["paid", *BUCKETS])
    before = still_open(invoices, payments, days[0])
    for day in days[1:]:
        after = still_open(invoices, payments, day)
        left = before["invoice_id"].map(after.set_index("invoice_id")["open_eur"]).fillna(0.0).to_numpy()
        now = _bucket(before["days_overdue"].to_numpy() + 30)
        step = pd.DataFrame({"was": before["bucket"], "now": now, "left": left, "had": before["open_eur"]})
        stay = step.groupby(["was", "now"])["left"].sum().unstack(fill_value=0.0)
        moves += stay.reindex(index=moves.index, columns=moves.columns, fill_value=0.0)
        gone = step["had"].sub(step["left"]).groupby(step["was"]).sum()
        moves["paid"] += gone.reindex(moves.index, fill_value=0.0)
        before = after
    total = moves.sum(axis=1)
    if not total.sum() > 0:
        raise DataError(
            f"nothing was open in the {months} steps of 30 days up to {end:%Y-%m-%d}. Hint: a later as_of."
        )
    moves.loc[total <= 0, BUCKETS[-1]] = 1.0
    return moves.div(moves.sum(axis=1), axis=0)[["paid", *BUCKETS]].rename_axis("from")


def loss_chances(rolls: pd.DataFrame) -> pd.Series:
    r"""Give the chance that a euro in each bucket ends as lost: more than 360 days overdue.

    With the moves between buckets :math:`Q` and into *over 360* :math:`r`, it is :math:`(I - Q)^{-1} r`.

    Parameters
    ----------
    rolls : DataFrame
        From `roll_rates`.

    Returns
    -------
    Series
        ``loss_chance``, 0 to 1, by ``bucket``; 1 for *over 360*.

    Raises
    ------
    DataError
        If the table lacks a bucket.

    Examples
    --------
    >>> rolls = pd.DataFrame(0.0, index=list(LIVE), columns=["paid", *BUCKETS])
    >>> for a, b in zip(LIVE, BUCKETS[1:]):
    ...     rolls.loc[a, ["paid", b]] = 0.5
    >>> loss_chances(rolls).round(4).tolist()
    [0.0156, 0.0312, 0.0625, 0.125, 0.25, 0.5, 1.0]
    """
    require_columns(rolls, ["paid", *BUCKETS], name="rolls")
    inner = rolls.loc[list(LIVE), list(LIVE)].to_numpy(dtype=float)
    lost = rolls.loc[list(LIVE), BUCKETS[-1]].to_numpy(dtype=float)
    chance = np.linalg.solve(np.eye(len(LIVE)) - inner, lost)
    return pd.Series([*chance.clip(0, 1), 1.0], index=pd.Index(BUCKETS, name="bucket"), name="loss_chance")


def provisions(ageing: pd.DataFrame, chances: pd.Series, *, lgd: float = 1.0) -> pd.DataFrame:
    """Set aside money for what will not come (坏账准备), bucket by bucket.

    Parameters
    ----------
    ageing : DataFrame
        From `ageing_table`.
    chances : Series
        Chance of loss by bucket, from `loss_chances` or from a published ladder.
    lgd : float, default 1.0
        Share that is lost of what is more than 360 days overdue, 0 to 1.

    Returns
    -------
    DataFrame
        ``bucket``, ``open_eur``, ``loss_chance`` and ``provision_eur`` (EUR): open x chance x lgd.

    Raises
    ------
    DataError
        If a column or a bucket is missing, or `lgd` is out of range.

    Examples
    --------
    >>> ageing = pd.DataFrame({"bucket": ["not due", "1-30"], "open_eur": [100.0, 50.0]})
    >>> provisions(ageing, pd.Series({"not due": 0.01, "1-30": 0.1}))["provision_eur"].tolist()
    [1.0, 5.0]
    """
    require_columns(ageing, ["bucket", "open_eur"], name="ageing")
    unit_interval("lgd", lgd)
    missing = [b for b in ageing["bucket"] if b not in chances.index]
    if missing:
        raise DataError(f"chances has no value for the bucket {missing[0]!r}. Hint: loss_chances(rolls)")
    chance = chances.reindex(ageing["bucket"]).to_numpy(dtype=float)
    table = ageing[["bucket", "open_eur"]].assign(loss_chance=chance)
    return table.assign(provision_eur=table["open_eur"] * chance * lgd)


def unit_interval(name: str, value: float) -> None:
    """Raise `DataError` unless a number lies between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise DataError(f"{name} must be a number from 0 to 1; found {value!r}.")
