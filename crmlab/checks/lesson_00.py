"""Lesson 00, first steps: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within

CUSTOMERS = 800
STATES = ("first-time", "repeat", "loyal", "lost")
LOST_DAYS, LOYAL_ORDERS = 365, 5


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: all states and the last day occur, firms buy a share."""
    return (
        bool(states(data).value_counts().reindex(STATES, fill_value=0).min() >= 20)
        and 0.1 < business_share(data) < 0.45
        and _day_left_out(data) < len(rows(data))
    )


def rows(data: StudentData, *, refunds: bool = False, future: bool = False) -> pd.DataFrame:
    """Give the purchases up to the reporting day; the mistakes leave one of the two questions out."""
    keep = (data.orders["amount_eur"] >= 0) | refunds
    return data.orders[keep & ((data.orders["order_date"] <= data.as_of) | future)]


def _day_left_out(data: StudentData) -> int:
    return int((rows(data)["order_date"] < data.as_of).sum())


def counts(table: pd.DataFrame) -> pd.Series:
    """Task 3: the rows of each customer."""
    return table.groupby("customer_id").size()


def silence(table: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Days from each customer's last row to the reporting day."""
    return (as_of - table.groupby("customer_id")["order_date"].max()).dt.days


def business_share(data: StudentData, *, refunds: bool = False, future: bool = False) -> float:
    """Task 4: the firms' share of what was paid."""
    both = rows(data, refunds=refunds, future=future).merge(data.customers, on="customer_id")
    firms = both["customer_kind"] == "business"
    return float(both.loc[firms, "amount_eur"].sum() / both["amount_eur"].sum())


def _share_of_rows(data: StudentData) -> float:
    both = rows(data).merge(data.customers, on="customer_id")
    return float((both["customer_kind"] == "business").mean())


def _share_of_customers(data: StudentData) -> float:
    return float((data.customers["customer_kind"] == "business").mean())


def states(
    data: StudentData, *, refunds: bool = False, loyal: int = LOYAL_ORDERS, lost: int = LOST_DAYS
) -> pd.Series:
    """Task 5: the state of each customer who has bought."""
    table = rows(data, refunds=refunds)
    n, days = counts(table), silence(table, data.as_of)
    return _named(n, days > lost, loyal)


def _named(n: pd.Series, lost: pd.Series, loyal: int) -> pd.Series:
    names = np.select([lost, n == 1, n < loyal], ["lost", "first-time", "repeat"], "loyal")
    return pd.Series(names, index=n.index)


def _lost_asked_last(data: StudentData) -> pd.Series:
    table = rows(data)
    n = counts(table)
    lost = silence(table, data.as_of) > LOST_DAYS
    return _named(n, lost & (n >= LOYAL_ORDERS), LOYAL_ORDERS)


def _days_since_first(data: StudentData) -> pd.Series:
    table = rows(data)
    days = (data.as_of - table.groupby("customer_id")["order_date"].min()).dt.days
    return _named(counts(table), days > LOST_DAYS, LOYAL_ORDERS)


_REFUNDS = "Refunds are in it. A purchase is a row with amount_eur of 0 or more: keep those rows only."
_FUTURE = (
    "Rows after the reporting day are in it: on that day they are the future. Keep order_date <= data.as_of."
)

TASKS: tuple[Task, ...] = (
    Task(
        "00.1",
        "How many purchases?",
        (Form("count"),),
        lambda d: len(rows(d)),
        (
            Mistake("refunds", lambda d: len(rows(d, refunds=True)), _REFUNDS),
            Mistake("future", lambda d: len(rows(d, future=True)), _FUTURE),
            Mistake("all rows", lambda d: len(d.orders), f"These are all rows. {_REFUNDS} {_FUTURE}"),
            Mistake(
                "the day left out",
                _day_left_out,
                "The reporting day itself counts too: <= data.as_of, not <.",
            ),
            Mistake(
                "customers",
                lambda d: rows(d)["customer_id"].nunique(),
                "This counts the customers. Asked for are the purchases: len counts the rows of a table.",
            ),
            Mistake(
                "refunds only",
                lambda d: len(rows(d, refunds=True)) - len(rows(d)),
                "These are the refunds. Turn the sign round: amount_eur of 0 or more.",
            ),
        ),
    ),
    Task(
        "00.2",
        "The mean purchase",
        (Form("number", unit="EUR", tolerance=0.01),),
        lambda d: float(rows(d)["amount_eur"].mean()),
        (
            Mistake("refunds", lambda d: float(rows(d, refunds=True)["amount_eur"].mean()), _REFUNDS),
            Mistake("future", lambda d: float(rows(d, future=True)["amount_eur"].mean()), _FUTURE),
            Mistake("all rows", lambda d: float(d.orders["amount_eur"].mean()), f"{_REFUNDS} {_FUTURE}"),
            Mistake(
                "median",
                lambda d: float(rows(d)["amount_eur"].median()),
                "This is the median, the amount in the middle. Asked for is the mean: .mean().",
            ),
            Mistake(
                "sum",
                lambda d: float(rows(d)["amount_eur"].sum()),
                "This is the sum of all purchases. The mean is .mean().",
                within(0.5),
            ),
            Mistake(
                "margin",
                lambda d: float(rows(d)["margin_eur"].mean()),
                'This is the mean margin. Choose the other column: ["amount_eur"].',
            ),
            Mistake(
                "mean of means",
                lambda d: float(rows(d).groupby("customer_id")["amount_eur"].mean().mean()),
                "This is the mean of the customers' means, so a rare buyer counts as much as a frequent one. "
                "Take the mean over all purchases, without groupby.",
            ),
        ),
    ),
    Task(
        "00.3",
        "Purchases of each customer",
        (Form("table", name="n_orders", unit="purchases"),),
        lambda d: counts(rows(d)),
        (
            Mistake("refunds", lambda d: counts(rows(d, refunds=True)), _REFUNDS),
            Mistake("future", lambda d: counts(rows(d, future=True)), _FUTURE),
            Mistake("all rows", lambda d: counts(d.orders), f"{_REFUNDS} {_FUTURE}"),
            Mistake(
                "money",
                lambda d: rows(d).groupby("customer_id")["amount_eur"].sum(),
                "This is money. Asked for is how many: .size() counts the rows of each group.",
            ),
            Mistake(
                "kinds of goods",
                lambda d: rows(d).groupby("customer_id")["category"].nunique(),
                "nunique counts different entries. .size() counts the rows of each group.",
            ),
        ),
    ),
    Task(
        "00.4",
        "What part do firms buy?",
        (Form("share", tolerance=0.0005),),
        business_share,
        (
            Mistake("refunds", lambda d: business_share(d, refunds=True), _REFUNDS),
            Mistake("future", lambda d: business_share(d, future=True), _FUTURE),
            Mistake(
                "rows",
                _share_of_rows,
                "This is the firms' share of the purchases, each counted once. Asked for is their share of "
                "the money: add amount_eur up.",
            ),
            Mistake(
                "customers",
                _share_of_customers,
                "This is the share of customers who are firms. Asked for is their share of the money.",
            ),
            Mistake(
                "homes",
                lambda d: 1 - business_share(d),
                'This is the share of the homes. Keep the rows with customer_kind "business".',
            ),
            Mistake(
                "percent",
                lambda d: 100 * business_share(d),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.",
                within(0.05),
            ),
        ),
    ),
    Task(
        "00.5",
        "Where each customer stands",
        (Form("table", name="state", allowed=STATES),),
        states,
        (
            Mistake(
                "nobody lost",
                lambda d: states(d, lost=100_000),
                "Nobody is lost here. Ask first whether the silence is more than 365 days.",
            ),
            Mistake(
                "lost asked last",
                _lost_asked_last,
                "np.select takes the first question that is true, so ask for the lost first: somebody with "
                "one old order is lost, not first-time.",
            ),
            Mistake(
                "loyal from six",
                lambda d: states(d, loyal=LOYAL_ORDERS + 1),
                "Five purchases are loyal already: repeat is 2, 3 or 4.",
            ),
            Mistake(
                "loyal from four",
                lambda d: states(d, loyal=LOYAL_ORDERS - 1),
                "Four purchases are still repeat: loyal begins at 5.",
            ),
            Mistake("refunds", lambda d: states(d, refunds=True), _REFUNDS),
            Mistake(
                "since the first",
                _days_since_first,
                "The silence runs from the last purchase, not from the first: .max(), not .min().",
            ),
            Mistake(
                "half a year",
                lambda d: states(d, lost=180),
                "Here the silence may last 180 days only. The rule says more than 365.",
            ),
        ),
    ),
)
