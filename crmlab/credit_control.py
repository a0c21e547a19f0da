"""Credit control day by day: what was owed when an order went out, early signals, how good they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import require_columns
from crmlab.credit import CENT, check_ledger, still_open

SIGNALS = ("overdue 60", "slower", "part payments", "over limit", "order jump")


def exposure_at_issue(invoices: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Say for each invoice what its dealer owed just before, and whether something was long overdue.

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`. Money that came on the day of the invoice counts as paid.

    Returns
    -------
    DataFrame
        One row per invoice, in their order: ``dealer_id``, ``invoice_id``, ``issue_date``, ``amount_eur``,
        ``owed_before_eur`` (EUR) and ``overdue_before`` (True if an older invoice was more than 30 days
        overdue and not fully paid).

    Raises
    ------
    DataError
        As in `open_items`.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> invoices = pd.DataFrame({"dealer_id": ["a", "a"], "invoice_id": ["1", "2"],
    ...     "issue_date": day(["2024-01-01", "2024-04-01"]), "due_date": day(["2024-01-31", "2024-05-01"]),
    ...     "amount_eur": [100.0, 50.0]})
    >>> payments = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["1"],
    ...     "payment_date": day(["2024-02-10"]), "amount_eur": [30.0]})
    >>> exposure_at_issue(invoices, payments)[["owed_before_eur", "overdue_before"]].values.tolist()
    [[0.0, False], [70.0, True]]
    """
    check_ledger(invoices, payments)
    paid = payments.groupby("invoice_id").agg(day=("payment_date", "max"), sum=("amount_eur", "sum"))
    mine = invoices[["invoice_id"]].merge(paid, left_on="invoice_id", right_index=True, how="left")
    full = mine["sum"].fillna(0.0).to_numpy() >= invoices["amount_eur"].to_numpy() - CENT
    start = invoices["due_date"] + pd.Timedelta(days=31)
    stop = pd.Series(np.where(full, mine["day"], pd.Timestamp("2262-01-01")), index=invoices.index)
    stop = pd.to_datetime(stop)
    late = (start < stop).to_numpy()
    who, n = invoices["dealer_id"].to_numpy(), len(invoices)
    parts = [  # dealer, day, order within the day, euros, long-overdue invoices, row of the invoice
        (*(payments[c].to_numpy() for c in ("dealer_id", "payment_date")), 0, -payments["amount_eur"], 0, -1),
        (who[late], stop.to_numpy()[late], 0, 0.0, -1, -1),
        (who[late], start.to_numpy()[late], 0, 0.0, 1, -1),
        (who, invoices["issue_date"].to_numpy(), 1, invoices["amount_eur"].to_numpy(), 0, np.arange(n)),
    ]  # fmt: skip
    columns = ["who", "day", "place", "eur", "late", "row"]
    events = pd.concat([pd.DataFrame(dict(zip(columns, part, strict=True))) for part in parts])
    events = events.sort_values(["who", "day", "place", "row"], kind="stable")
    total = events.groupby("who")[["eur", "late"]].cumsum()
    events["owed"], events["long"] = total["eur"] - events["eur"], total["late"]
    asked = events[events["row"] >= 0].set_index("row").sort_index()
    return invoices[["dealer_id", "invoice_id", "issue_date", "amount_eur"]].assign(
        owed_before_eur=asked["owed"].to_numpy().round(2) + 0.0, overdue_before=asked["long"].to_numpy() > 0
    )


def early_signals(
    invoices: pd.DataFrame, payments: pd.DataFrame, dealers: pd.DataFrame, *, as_of: Any, months: int = 18
) -> pd.DataFrame:
    """Look every 30 days at each living dealer for five signals of trouble (预警信号).

    Parameters
    ----------
    invoices, payments : DataFrame
        As in `open_items`.
    dealers : DataFrame
        ``dealer_id``, ``credit_limit_eur`` and ``failed_date`` (missing while the dealer lives).
    as_of : date or str
        The last look.
    months : int, default 18
        Looks, 30 days apart.

    Returns
    -------
    DataFrame
        One row per look and dealer who had not failed: ``day``, ``dealer_id`` and a flag per signal:
        ``overdue 60`` (an invoice is more than 60 days overdue), ``slower`` (payments of the last 90 days
        came 20 days later, measured from the due date, than those before), ``part payments`` (three in ten of
        the last 90 days' payments or more did not settle their invoice), ``over limit`` (owes more) and
        ``order jump`` (orders of the last 60 days above twice the pace of the 180 days before). All use only
        what was known on the day.

    Raises
    ------
    DataError
        As in `open_items`; or if a column of dealers is missing.

    Examples
    --------
    >>> from crmlab.datasets.dealers import make_dealers
    >>> world = make_dealers(100, rng=1)
    >>> panel = early_signals(world.invoices, world.payments, world.dealers, as_of="2023-12-31", months=3)
    >>> panel["day"].nunique()
    3
    """
    require_columns(dealers, ["dealer_id", "credit_limit_eur", "failed_date"], name="dealers")
    check_ledger(invoices, payments)
    facts = invoices[["invoice_id", "due_date"]].assign(full=invoices["amount_eur"])
    paid = payments.merge(facts, on="invoice_id").sort_values(["payment_date", "invoice_id"], kind="stable")
    paid["delay"] = (paid["payment_date"] - paid["due_date"]).dt.days
    paid["part"] = paid.groupby("invoice_id")["amount_eur"].cumsum() < paid["full"] - CENT
    looks = []
    for back in range(months - 1, -1, -1):
        day = pd.Timestamp(as_of) - pd.Timedelta(days=30 * back)
        alive = dealers[dealers["failed_date"].isna() | (dealers["failed_date"] > day)]
        looks.append(_look(alive, invoices, payments, paid, day))
    return pd.concat(looks, ignore_index=True)


def _look(
    alive: pd.DataFrame, invoices: pd.DataFrame, payments: pd.DataFrame, paid: pd.DataFrame, day: pd.Timestamp
) -> pd.DataFrame:
    ids = alive["dealer_id"]

    def per(values: pd.Series, gap: float = 0.0) -> Any:
        return ids.map(values).fillna(gap).to_numpy(dtype=float)

    def since(days: int, till: int = 0) -> tuple[pd.Timestamp, pd.Timestamp]:
        return day - pd.Timedelta(days=days), day - pd.Timedelta(days=till)

    items = still_open(invoices, payments, day)
    owed = items.groupby("dealer_id")["open_eur"].sum()
    oldest = items.groupby("dealer_id")["days_overdue"].max()
    start, _ = since(90)
    known = paid[paid["payment_date"] <= day]
    new, old = known[known["payment_date"] > start], known[known["payment_date"] <= start]
    mean = per(new.groupby("dealer_id")["delay"].mean(), np.nan) - per(
        old.groupby("dealer_id")["delay"].mean(), np.nan
    )
    bought = invoices.set_index("dealer_id")[["issue_date", "amount_eur"]]
    last, before = (
        per(
            bought.loc[bought["issue_date"].between(a, b, inclusive="right"), "amount_eur"]
            .groupby(level=0)
            .sum()
        )
        for a, b in (since(60), since(240, 60))
    )
    return pd.DataFrame({
        "day": day, "dealer_id": ids.to_numpy(),
        "overdue 60": per(oldest, -999) > 60,
        "slower": np.nan_to_num(mean, nan=0.0) > 20,
        "part payments": per(new.groupby("dealer_id")["part"].mean()) >= 0.3,
        "over limit": per(owed) > alive["credit_limit_eur"].to_numpy(),
        "order jump": (last / 60 > 2 * before / 180) & (before > 0),
    })  # fmt: skip


def signal_report(panel: pd.DataFrame, dealers: pd.DataFrame, *, within_days: int = 180) -> pd.DataFrame:
    """Judge each signal by what came after: failures caught, warning time, false alarms.

    Parameters
    ----------
    panel : DataFrame
        From `early_signals`.
    dealers : DataFrame
        ``dealer_id`` and ``failed_date``, with failures at least `within_days` after the last look.
    within_days : int, default 180
        A failure counts as warned of if the signal showed in so many days before it.

    Returns
    -------
    DataFrame
        One row per signal, and ``any two`` (two or more at once): ``signal``, ``looks`` (dealers x looks with
        it), ``failures`` (of dealers seen in time), ``caught`` (share of them), ``lead_days`` (median days
        from its first showing to the failure; missing if none), ``false_alarms`` (share of its looks without
        a failure within the days) and ``base`` (that share over all looks: what a signal must beat).

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> panel = pd.DataFrame({"day": day(["2024-01-01"] * 2), "dealer_id": ["a", "b"]}).assign(
    ...     **dict.fromkeys(SIGNALS, [True, True]))
    >>> dealers = pd.DataFrame({"dealer_id": ["a", "b"], "failed_date": day(["2024-03-01", None])})
    >>> report = signal_report(panel, dealers)
    >>> report.loc[0, ["caught", "lead_days", "false_alarms"]].tolist()
    [1.0, 60.0, 0.5]
    """
    require_columns(panel, ["day", "dealer_id", *SIGNALS], name="panel")
    require_columns(dealers, ["dealer_id", "failed_date"], name="dealers")
    until = (panel["dealer_id"].map(dealers.set_index("dealer_id")["failed_date"]) - panel["day"]).dt.days
    soon = until.between(1, within_days)
    failures = panel.loc[soon, "dealer_id"].nunique()
    flags = {s: panel[s].astype(bool) for s in SIGNALS}
    flags["any two"] = panel[list(SIGNALS)].sum(axis=1) >= 2
    rows = []
    for signal, on in flags.items():
        lead = until[soon & on].groupby(panel["dealer_id"]).max()
        rows.append({
            "signal": signal, "looks": int(on.sum()), "failures": failures,
            "caught": len(lead) / failures if failures else np.nan,
            "lead_days": float(lead.median()) if len(lead) else np.nan,
            "false_alarms": float((~soon[on]).mean()) if on.any() else np.nan, "base": float((~soon).mean()),
        })  # fmt: skip
    return pd.DataFrame(rows)
