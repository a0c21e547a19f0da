"""Lesson 07, customer lifetime value: the right answers and the well-known wrong ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.btyd import BTYDFit, fit_btyd
from crmlab.btyd_predict import expected_repeats, predict
from crmlab.checks.card import Form, Mistake, StudentData, Task
from crmlab.contracts import DataError

CUSTOMERS = 1000
RATE = 0.10  # discount rate per year
WEEKS_AHEAD = 52
FIRST_WEEKS = 104  # so long does a new customer's value count
OFFERS = {"A": 40.0, "B": 80.0, "C": 120.0, "D": 160.0}  # what four agencies ask for one new customer, EUR
PAIR = pd.DataFrame(
    {"customer_id": ["Ann", "Bo"], "frequency": [2, 12], "t_x": [60.0, 60.0], "T": [100.0, 100.0]}
)


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: the models hold, and no price lies close to the value."""
    if np.allclose(monthly(data), monthly(data, gross=True), atol=0.5):
        return False  # the best customer of 2023 must have sent something back
    table = summary(data)
    if not all(_fit(table, model).converged for model in ("mbg_nbd", "bg_nbd")):
        return False
    flow = monthly(data)
    names = p_alive(data)
    worth = price(data)["max_price_eur"]
    far = min(abs(worth - offer) for offer in OFFERS.values()) > 3
    return bool(
        far
        and abs(formula(data)["retention_rate"] - 0.5) > 0.02  # at 0.5, r * 1.05 is right by chance
        and 80 < worth < 160
        and present_value(flow) > 300
        and (flow > 0).sum() >= 4
        and names["ann"] - names["bo"] > 0.1
    )


def purchases(data: StudentData, *, late: bool = False) -> pd.DataFrame:
    """Give the purchases up to and including the reporting day; `late` takes in days after it (a mistake)."""
    rows = data.orders[data.orders["amount_eur"] >= 0]
    return rows if late else rows[rows["order_date"] <= data.as_of]


# ---------------------------------------------------------------- task 1


def monthly(
    data: StudentData, *, of: str = "margin_eur", best_by: str = "margin_eur", gross: bool = False
) -> pd.Series:
    """Give the money of each month of 2023, 1 to 12, of the customer with the highest margin in 2023.

    The mistakes: another column `of` money or for the choice (`best_by`), or refunds left out (`gross`).
    """
    rows = purchases(data) if gross else data.orders[data.orders["order_date"] <= data.as_of]
    rows = rows[rows["order_date"] >= "2023-01-01"]
    best = rows.groupby("customer_id")[best_by].sum().idxmax()
    mine = rows[rows["customer_id"] == best]
    return mine.groupby(mine["order_date"].dt.month)[of].sum().reindex(range(1, 13), fill_value=0.0)


def present_value(flow: pd.Series, *, shift: int = 0) -> float:
    """Task 1: each month's money arrives at its end and is discounted by so many twelfths of a year."""
    return float((flow / (1 + RATE) ** ((flow.index.to_numpy() - shift) / 12)).sum())


def _value(flow: pd.Series, factor: Any) -> float:
    return float((flow * factor(flow.index.to_numpy(dtype=float))).sum())


# ---------------------------------------------------------------- task 2


def formula(
    data: StudentData, *, of: str = "margin_eur", kind: str = "", points: bool = False, now: bool = False,
    times: bool = False, gross: bool = False,
) -> dict[str, float]:  # fmt: skip
    """Task 2: retention, margin, the simple CLV, and what 5 % fewer leavers add to it.

    The mistakes turn one screw each: another column `of` money, another `kind` of share ("churn",
    "backwards") or of margin ("everybody"), 5 `points` for 5 per cent, the first margin `now`, retention
    `times` 1.05, or refunds left out (`gross`).
    """
    bought = purchases(data)
    year = bought["order_date"].dt.year
    before, last = (set(bought.loc[year == y, "customer_id"]) for y in (2022, 2023))
    stayed = before & last
    rows = bought if gross else data.orders[data.orders["order_date"] <= data.as_of]
    rows = rows[rows["order_date"] >= "2023-01-01"]
    who = last if kind == "everybody" else stayed
    margin = float(rows.loc[rows["customer_id"].isin(who), of].sum() / len(who))
    share = {"churn": 1 - len(stayed) / len(before), "backwards": len(stayed) / len(last)}
    r = share.get(kind, len(stayed) / len(before))
    better = r + 0.05 if points else r * 1.05 if times else 1 - 0.95 * (1 - r)
    return {
        "retention_rate": r,
        "margin_eur": margin,
        "clv_eur": margin * (1 + RATE if now else r) / (1 + RATE - r),
        "gain_share": (1 if now else better / r) * (1 + RATE - r) / (1 + RATE - better) - 1,
    }


# ---------------------------------------------------------------- task 3


def summary(data: StudentData, *, late: bool = False) -> pd.DataFrame:
    """Task 3: frequency, t_x and T of each customer, ages in weeks."""
    rows = purchases(data, late=late)
    return _three(rows[["customer_id", "order_date"]].drop_duplicates(), data.as_of)


def _three(rows: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    days = rows.groupby("customer_id")["order_date"]
    first = days.min()
    return pd.DataFrame(
        {
            "frequency": days.size() - 1,
            "t_x": (days.max() - first).dt.days / 7,
            "T": (end - first).dt.days / 7,
        }
    )


def _parts(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {name: table[name] for name in ("frequency", "t_x", "T")}


def _with_refunds(data: StudentData) -> pd.DataFrame:
    rows = data.orders[data.orders["order_date"] <= data.as_of]
    return _three(rows[["customer_id", "order_date"]].drop_duplicates(), data.as_of)


# ---------------------------------------------------------------- task 4


def _fit(table: pd.DataFrame, model: str = "mbg_nbd", unit: str = "week") -> BTYDFit:
    return fit_btyd(table, model=model, unit=unit)


def p_alive(
    data: StudentData, *, model: str = "mbg_nbd", t_x: float = 60.0, ahead: float = WEEKS_AHEAD,
    late: bool = False, unit: str = "week",
) -> dict[str, Any]:  # fmt: skip
    """Task 4: P(alive) of Ann and Bo, who is more likely there, and the purchases expected of all customers.

    The mistakes: another `model`, silence for `t_x`, a horizon `ahead` in days, a summary up to the `late`
    last day of the data, or ages in another `unit`.
    """
    table = summary(data)
    if late:
        end = data.orders["order_date"].max()
        table = _three(purchases(data, late=True)[["customer_id", "order_date"]].drop_duplicates(), end)
    if unit == "day":
        table = table.assign(t_x=table["t_x"] * 7, T=table["T"] * 7)
    fit = _fit(table, model, unit)
    ann, bo = predict(fit, PAIR.assign(t_x=t_x), horizon=0)["p_alive"]
    return {
        "ann": float(ann),
        "bo": float(bo),
        "more_likely": ["Ann" if ann > bo else "Bo"],
        "purchases": float(predict(fit, table, horizon=ahead)["expected_purchases"].sum()),
    }


def _pareto(data: StudentData) -> dict[str, Any]:
    """Task 4 with the Pareto/NBD; where it finds no optimum, nobody can hand it in."""
    try:
        return p_alive(data, model="pareto_nbd")
    except DataError:
        return p_alive(data, model="bg_nbd")


# ---------------------------------------------------------------- task 5


def price(
    data: StudentData, *, of: str = "margin_eur", weeks: float = FIRST_WEEKS, first: bool = True,
    gross: bool = False, known: bool = False, late: bool = False, per: str = "day",
) -> dict[str, Any]:  # fmt: skip
    """Task 5: what a new customer may cost at most, and which offers to take.

    The mistakes: another column `of` money, other `weeks`, the `first` purchase forgotten, refunds left out
    (`gross`), the mean of the customers we have `known` already, the money of the whole file (`late`), or
    money `per` "row" or "purchase" and not per purchase day.
    """
    table = summary(data)
    rows = data.orders if late else data.orders[data.orders["order_date"] <= data.as_of]
    money = purchases(data)[of].sum() if gross else rows[of].sum()
    count = {"row": len(rows), "purchase": len(purchases(data))}.get(per, (table["frequency"] + 1).sum())
    each = float(money / count)
    fit = _fit(table)
    repeats = float(expected_repeats(fit, np.array([weeks]))[0])
    if known:
        repeats = float(predict(fit, table, horizon=weeks)["expected_purchases"].mean())
    worth = (repeats + (1 if first else 0)) * each
    return {
        "margin_per_purchase_eur": each,
        "max_price_eur": worth,
        "offers": [name for name, cost in OFFERS.items() if cost < worth],
    }


_YEARLY = "This takes 10 % for each month. 10 % is for a year: month k is k / 12 of a year, 1.10 ** (k / 12)."
_CHURN = "This is the share who left (churn). Retention is the share who stayed."
_REVENUE = "This is revenue. Value is margin: take margin_eur."
_PER_DAY = "Divide by purchase days: frequency + 1 of each customer, added up."
_REFUND = "Refunds are left out here. They take money back: sum purchases and refunds."

TASKS: tuple[Task, ...] = (
    Task(
        "07.1", "What a cash flow is worth today",
        (Form("number", unit="EUR", tolerance=0.05),),
        lambda d: present_value(monthly(d)),
        (
            Mistake(
                "yearly rate per month", lambda d: _value(monthly(d), lambda k: (1 + RATE) ** -k), _YEARLY
            ),
            Mistake(
                "a twelfth of the rate", lambda d: _value(monthly(d), lambda k: (1 + RATE / 12) ** -k),
                "Nearly: 10 % / 12 a month grows to more than 10 % in a year. Take 1.10 ** (k / 12).",
            ),
            Mistake(
                "first month undiscounted", lambda d: present_value(monthly(d), shift=1),
                "January is not discounted here. Its money arrives at the end of January: k = 1, not 0.",
            ),
            Mistake(
                "not discounted", lambda d: float(monthly(d).sum()),
                "This is the plain sum. Later money is worth less: divide each month by its own factor.",
            ),
            Mistake(
                "one year for all", lambda d: float(monthly(d).sum() / (1 + RATE)),
                "This discounts everything by a whole year. January waits one month only.",
            ),
            Mistake(
                "wrong way round", lambda d: _value(monthly(d), lambda k: (1 + RATE) ** (k / 12)),
                "Later money is worth more here. Divide by the factor, do not multiply.",
            ),
            Mistake(
                "revenue", lambda d: present_value(monthly(d, of="amount_eur")),
                _REVENUE,
            ),
            Mistake(
                "revenue throughout",
                lambda d: present_value(monthly(d, of="amount_eur", best_by="amount_eur")), _REVENUE,
            ),
            Mistake("refunds left out", lambda d: present_value(monthly(d, gross=True)), _REFUND),
        ),
    ),
    Task(
        "07.2", "The simple formula, and 5 %",
        (
            Form("share", name="retention_rate", tolerance=0.0005),
            Form("number", name="margin_eur", unit="EUR", tolerance=0.05),
            Form("number", name="clv_eur", unit="EUR", tolerance=0.1),
            Form("number", name="gain_share", tolerance=0.0005),
        ),
        formula,
        (
            Mistake("churn", lambda d: formula(d, kind="churn"), _CHURN),
            Mistake(
                "share of the later", lambda d: formula(d, kind="backwards"),
                "You divide by the customers of 2023. Retention asks: of those of 2022, who came again?",
            ),
            Mistake(
                "all of 2023", lambda d: formula(d, kind="everybody"),
                "This margin is that of all buyers of 2023, new ones too. Take those who stayed.",
            ),
            Mistake(
                "revenue", lambda d: formula(d, of="amount_eur"), _REVENUE,
            ),
            Mistake("refunds left out", lambda d: formula(d, gross=True), _REFUND),
            Mistake(
                "first margin now", lambda d: formula(d, now=True),
                "This formula pays the first margin at once. Here it comes in a year, if they stay: "
                "m r / (1 + i - r).",
            ),
            Mistake(
                "points for per cent", lambda d: formula(d, points=True),
                "These are 5 points. 5 % fewer leave: the share who leave is multiplied by 0.95.",
            ),
            Mistake(
                "retention times 1.05", lambda d: formula(d, times=True),
                "This is retention \N{MULTIPLICATION SIGN} 1.05. 5 % fewer leave: 1 - 0.95 * (1 - r).",
            ),
        ),
    ),
    Task(
        "07.3", "Three numbers for each customer",
        (
            Form("table", name="frequency"),
            Form("table", name="t_x", unit="weeks", tolerance=0.001),
            Form("table", name="T", unit="weeks", tolerance=0.001),
        ),
        lambda d: _parts(summary(d)),
        (
            Mistake(
                "orders for days",
                lambda d: _parts(summary(d).assign(frequency=purchases(d).groupby("customer_id").size() - 1)),
                "This counts orders. Two orders on one day are one purchase day: drop_duplicates first.",
            ),
            Mistake(
                "first day counted",
                lambda d: _parts(summary(d).assign(frequency=lambda t: t["frequency"] + 1)),
                "The first purchase day is counted too. frequency counts repeats: one less.",
            ),
            Mistake(
                "recency for t_x", lambda d: _parts(summary(d).assign(t_x=lambda t: t["T"] - t["t_x"])),
                "This is the time since the last purchase (recency). t_x runs from the first purchase to "
                "the last.",
            ),
            Mistake(
                "days for weeks",
                lambda d: _parts(summary(d).assign(t_x=lambda t: t["t_x"] * 7, T=lambda t: t["T"] * 7)),
                "These are days. The ages are asked for in weeks: divide by 7.",
            ),
            Mistake(
                "whole weeks",
                lambda d: _parts(summary(d).assign(t_x=lambda t: t["t_x"] // 1, T=lambda t: t["T"] // 1)),
                "These are whole weeks. A week is a ruler here, not a calendar: divide by 7, do not round.",
            ),
            Mistake(
                "days after as_of", lambda d: _parts(summary(d, late=True)),
                "Days after as_of (2023-12-31) are the future: keep the rows up to as_of only.",
            ),
            Mistake(
                "refund as purchase", lambda d: _parts(_with_refunds(d)),
                "The day of a refund counts as a purchase day here. Keep the rows with amount_eur of 0 or "
                "more.",
            ),
        ),
    ),
    Task(
        "07.4", "Ann or Bo?",
        (
            Form("share", name="ann", tolerance=0.005),
            Form("share", name="bo", tolerance=0.005),
            Form("choice", name="more_likely", allowed=("Ann", "Bo")),
            Form("number", name="purchases", tolerance=2.0),
        ),
        p_alive,
        (
            Mistake(
                "silence for t_x", lambda d: p_alive(d, t_x=40.0),
                "40 weeks is the silence. t_x is the age at the last purchase: 100 - 40.",
            ),
            Mistake(
                "BG/NBD", lambda d: p_alive(d, model="bg_nbd"),
                "This is the BG/NBD, which calls everybody who came once a customer for ever. "
                'Use model="mbg_nbd".',
            ),
            Mistake("Pareto/NBD", _pareto, 'This is another model: use model="mbg_nbd".'),
            Mistake(
                "horizon in days", lambda d: p_alive(d, ahead=WEEKS_AHEAD * 7.0),
                "This looks 364 weeks ahead: the horizon is counted in the unit of the fit, weeks.",
            ),
            Mistake(
                "leak", lambda d: p_alive(d, late=True),
                "The days after as_of are in the data that you fit: nobody knew them on 31 December 2023.",
            ),
            Mistake(
                "fit in days", lambda d: p_alive(d, unit="day"),
                "The fit counts in days, but Ann and Bo are given in weeks: one unit for all.",
            ),
        ),
    ),
    Task(
        "07.5", "What may a new customer cost?",
        (
            Form("number", name="margin_per_purchase_eur", unit="EUR", tolerance=0.02),
            Form("number", name="max_price_eur", unit="EUR", tolerance=0.5),
            Form("choice", name="offers", allowed=tuple(OFFERS)),
        ),
        price,
        (
            Mistake(
                "revenue", lambda d: price(d, of="amount_eur"),
                "This is revenue. The goods cost money too: use the margin.",
            ),
            Mistake(
                "first purchase forgotten", lambda d: price(d, first=False),
                "expected_repeats counts repeats only. The first purchase brings its margin too: add 1.",
            ),
            Mistake(
                "one year", lambda d: price(d, weeks=52),
                "This is one year. The value counts 104 weeks.",
            ),
            Mistake("refunds left out", lambda d: price(d, gross=True), _REFUND),
            Mistake(
                "whole file", lambda d: price(d, late=True),
                "Rows after as_of are in it: add up the margin of the rows up to as_of only.",
            ),
            Mistake("rows for days", lambda d: price(d, per="row"), _PER_DAY),
            Mistake("purchases for days", lambda d: price(d, per="purchase"), _PER_DAY),
            Mistake(
                "customers we know", lambda d: price(d, known=True),
                "This is the mean of the customers you have; many of them have left. A new one is of age 0: "
                "expected_repeats.",
            ),
        ),
    ),
)  # fmt: skip
