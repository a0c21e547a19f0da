"""Lesson 11, credit management: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within
from crmlab.datasets.dealers import AS_OF, make_dealers

CUSTOMERS = 150  # dealers
YEARS = 5  # of the bin in task 4
LGD, SINGLE, PROFIT = 0.66, 0.05, 0.04  # of task 5


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the dealers' tables, with the days after the reporting day in them."""
    world = make_dealers(n, n_applicants=20, rng=rng)
    return AS_OF, {name: getattr(world, name) for name in ("dealers", "invoices", "payments")}


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: enough failures in both bins, and some in the future."""
    d = data.dealers
    young, bad = d["years_in_business"] <= YEARS, d["failed_date"] <= data.as_of
    counts = [(young & bad).sum(), (~young & bad).sum(), (young & ~bad).sum()]
    future = young & (d["failed_date"] > data.as_of)
    right = decision(data)
    other = decision(data, lgd_in_limit=False)
    return bool(
        min(counts) >= 3 and future.sum() >= 1 and abs(woe(data)) > 0.1 and right["over"] >= 2
        and right["over"] != other["over"] and abs(woe(data) - woe(data, future=True)) > 0.02
    )  # fmt: skip


def open_now(data: StudentData, *, cut_invoices: bool = True, cut_payments: bool = True) -> pd.DataFrame:
    """Give what is open of each invoice on the reporting day; `cut` says what is torn off after it."""
    inv, pay = data.invoices, data.payments
    inv = inv[inv["issue_date"] <= data.as_of] if cut_invoices else inv
    pay = pay[pay["payment_date"] <= data.as_of] if cut_payments else pay
    paid = pay.groupby("invoice_id")["amount_eur"].sum()
    left = inv["amount_eur"] - inv["invoice_id"].map(paid).fillna(0.0)
    table = inv.assign(open=left.round(2))
    return table[table["open"] > 0]


def receivables(data: StudentData) -> float:
    """Task 1: euros open on the reporting day."""
    return float(open_now(data)["open"].sum())


def _no_parts(data: StudentData) -> float:
    seen = data.payments[data.payments["payment_date"] <= data.as_of]["invoice_id"]
    inv = data.invoices[data.invoices["issue_date"] <= data.as_of]
    return float(inv.loc[~inv["invoice_id"].isin(seen), "amount_eur"].sum())


def late_share(data: StudentData, *, after: int = 30, since: str = "due_date", of: str = "open") -> float:
    """Task 2: share of the open euros that is more than 30 days overdue."""
    table = open_now(data).assign(one=1.0)
    late = (data.as_of - table[since]).dt.days > after
    return float(table.loc[late, of].sum() / table[of].sum())


def sales(data: StudentData, days: int) -> float:
    """Give the credit sales of the last days, the reporting day included."""
    inv = data.invoices
    start = data.as_of - pd.Timedelta(days=days)
    return float(inv.loc[(inv["issue_date"] > start) & (inv["issue_date"] <= data.as_of), "amount_eur"].sum())


def dso(data: StudentData, *, window: int = 90, times: int = 90) -> float:
    """Task 3: receivables / credit sales of the last 90 days x 90."""
    return receivables(data) / sales(data, window) * times


def _dso_overdue(data: StudentData) -> float:
    table = open_now(data)
    return float(table.loc[table["due_date"] < data.as_of, "open"].sum() / sales(data, 90) * 90)


def _all_sales(data: StudentData) -> float:
    inv = data.invoices
    return receivables(data) / float(inv.loc[inv["issue_date"] <= data.as_of, "amount_eur"].sum()) * 90


def _shares(data: StudentData, *, future: bool = False) -> tuple[float, float]:
    d = data.dealers
    bad = d["failed_date"].notna() if future else d["failed_date"] <= data.as_of
    young = d["years_in_business"] <= YEARS
    return float(young[~bad].mean()), float(young[bad].mean())


def woe(data: StudentData, *, future: bool = False) -> float:
    """Task 4: ln(share of the good dealers in the bin / share of the failed dealers in it)."""
    good, bad = _shares(data, future=future)
    return float(np.log(good / bad)) if bad else 0.0


def _odds(data: StudentData) -> float:
    d = data.dealers[data.dealers["years_in_business"] <= YEARS]
    bad = d["failed_date"] <= data.as_of
    return float(np.log((~bad).sum() / bad.sum()))


def decision(
    data: StudentData,
    *,
    lgd_in_limit: bool = True,
    days: int = 365,
    lgd: float = LGD,
    of_profit: bool = True,
    by: str = "open",
) -> dict[str, Any]:
    """Task 5: share of the largest debtor, loss at its failure, limit per name, dealers above it."""
    table = open_now(data).assign(one=1.0)
    owed = table.groupby("dealer_id")["open"].sum()
    counted = table.groupby("dealer_id")[by].sum()
    profit = sales(data, days) * (PROFIT if of_profit else 1.0)
    limit = SINGLE * profit / (LGD if lgd_in_limit else 1.0)
    return {
        "share": float(counted[owed.idxmax()] / counted.sum()),
        "loss_eur": float(owed.max() * lgd),
        "limit_eur": limit,
        "over": int((owed > limit).sum()),
    }


_PER_CENT = "This is per cent. A share lies between 0 and 1: do not multiply by 100."

TASKS: tuple[Task, ...] = (
    Task(
        "11.1", "What is owed on the reporting day",
        (Form("number", unit="EUR", tolerance=1.0),),
        receivables,
        (
            Mistake(
                "later payments", lambda d: float(open_now(d, cut_payments=False)["open"].sum()),
                "Payments after as_of (2023-12-31) are counted. On the reporting day nobody has them yet.",
            ),
            Mistake(
                "later invoices", lambda d: float(open_now(d, cut_invoices=False)["open"].sum()),
                "Invoices after as_of (2023-12-31) are counted. Keep issue_date up to as_of.",
            ),
            Mistake(
                "nothing torn off",
                lambda d: float(open_now(d, cut_invoices=False, cut_payments=False)["open"].sum()),
                "Both tables go on after as_of (2023-12-31). Tear off the later days in both.",
            ),
            Mistake(
                "parts forgotten", _no_parts,
                "An invoice that was paid in part is left out here. Take what is still open of it.",
            ),
        ),
    ),
    Task(
        "11.2", "How much of it is more than 30 days overdue",
        (Form("share", tolerance=0.0005),),
        late_share,
        (
            Mistake(
                "from the invoice", lambda d: late_share(d, since="issue_date"),
                "The days are counted from the invoice. A debt is overdue from its due_date.",
            ),
            Mistake(
                "all overdue", lambda d: late_share(d, after=0),
                "This is everything overdue. More than 30 days is asked for.",
            ),
            Mistake(
                "share of invoices", lambda d: late_share(d, of="one"),
                "This is a share of the invoices. Take the share of the open euros.",
            ),
            Mistake(
                "amount for open", lambda d: late_share(d, of="amount_eur"),
                "This weighs with the whole amount. Part of it is paid: weigh with what is open.",
            ),
            Mistake("percent", lambda d: 100 * late_share(d), _PER_CENT, within(0.1)),
        ),
    ),
    Task(
        "11.3", "Days sales outstanding",
        (Form("number", unit="days", tolerance=0.1),),
        dso,
        (
            Mistake(
                "days forgotten", lambda d: dso(d, times=1),
                "This is receivables over sales. Multiply by the 90 days to get days.", within(0.01),
            ),
            Mistake(
                "365 with 90", lambda d: dso(d, times=365),
                "Sales of 90 days and a factor of 365 do not fit: use 90 twice.",
            ),
            Mistake(
                "a year's sales", lambda d: dso(d, window=365),
                "These are the sales of a year with a factor of 90: use the last 90 days.",
            ),
            Mistake(
                "a year twice", lambda d: dso(d, window=365, times=365),
                "This is DSO over a year. Here 90 days are asked for: sales and factor.",
            ),
            Mistake("all sales", _all_sales, "These are all sales so far. Take those of the last 90 days."),
            Mistake(
                "overdue only", _dso_overdue,
                "Only overdue debts are counted. Receivables are all that is open, due or not.",
            ),
        ),
    ),
    Task(
        "11.4", "Weight of evidence of a young firm",
        (Form("number", tolerance=0.005),),
        woe,
        (
            Mistake(
                "sign turned", lambda d: -woe(d),
                "The fraction is upside down: share of the good ones over share of the failed ones.",
            ),
            Mistake(
                "odds", _odds,
                "This is the log of good over failed in the bin. First divide by all good and all failed.",
            ),
            Mistake(
                "future failures", lambda d: woe(d, future=True),
                "Failures after as_of (2023-12-31) are counted. Those dealers are good on the reporting day.",
            ),
            Mistake(
                "no logarithm", lambda d: _shares(d)[0] / _shares(d)[1],
                "This is the fraction. Take its natural logarithm: np.log.",
            ),
            Mistake(
                "base 10", lambda d: woe(d) / np.log(10),
                "This is the logarithm to base 10. Take the natural one: np.log.",
            ),
        ),
    ),
    Task(
        "11.5", "How much may one name owe?",
        (
            Form("share", name="share", tolerance=0.0005),
            Form("number", name="loss_eur", unit="EUR", tolerance=1.0),
            Form("number", name="limit_eur", unit="EUR", tolerance=1.0),
            Form("count", name="over"),
        ),
        decision,
        (
            Mistake(
                "limit without LGD", lambda d: decision(d, lgd_in_limit=False),
                "The limit is what may be lost, here. But only 66 % of a debt is lost: divide by 0.66.",
            ),
            Mistake(
                "sales for profit", lambda d: decision(d, of_profit=False),
                "This takes 5 % of the sales. Profit is 4 % of the sales; the limit takes 5 % of the profit.",
            ),
            Mistake(
                "90 days for a year", lambda d: decision(d, days=90),
                "These are the sales of 90 days. A year's profit needs the sales of 365 days.",
            ),
            Mistake(
                "everything lost", lambda d: decision(d, lgd=1.0),
                "Not all of the debt is lost at a failure: multiply by 0.66.",
            ),
            Mistake(
                "share of invoices", lambda d: decision(d, by="one"),
                "The share counts invoices. Take the largest debtor's open euros over all open euros.",
            ),
        ),
    ),
)  # fmt: skip
