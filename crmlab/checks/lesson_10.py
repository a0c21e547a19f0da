"""Lesson 10, selecting customers: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within

CUSTOMERS = 2000
DELIVERY, AVOIDABLE = 6.0, 0.7  # EUR per delivery; share of a cost that goes with its activity
MIGRATE = {"saving": 0.7, "leave": 0.12, "once": 10.0}
END_ONCE = 5.0
THIS, NEXT = ("2023-01-01", "2023-12-31"), ("2024-01-01", "2024-12-31")
EVER = ("2022-01-01", "2023-12-31")
LATE = ("2023-01-01", "2024-12-31")


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: a profit that is not near zero, and mistakes that show."""
    gain = profit(data)
    right = plan(data)
    wrong = [plan(data, keep="no floor"), plan(data, leave=0.0), plan(data, avoidable=1.0)]
    return bool(
        gain.sum() > 0.1 * margin(data).sum()
        and all(abs(w["best_each_eur"] - right["best_each_eur"]) > 12 for w in wrong)
        and abs(again(data)["again"] - again(data, of="next")["again"]) > 0.003
    )


def ids(data: StudentData) -> pd.Index:
    """Give everybody who joined up to the reporting day."""
    known = data.customers[data.customers["join_date"] <= data.as_of]
    return pd.Index(known["customer_id"].sort_values())


def _within(table: pd.DataFrame, day: str, span: tuple[str, str]) -> pd.DataFrame:
    return table[table[day].between(pd.Timestamp(span[0]), pd.Timestamp(span[1]))]


def _sum(data: StudentData, table: pd.DataFrame, column: str) -> pd.Series:
    return table.groupby("customer_id")[column].sum().reindex(ids(data), fill_value=0.0)


def contact(data: StudentData, span: tuple[str, str] = THIS) -> pd.Series:
    """Cost of contacts in a span."""
    return _sum(data, _within(data.contacts, "contact_date", span), "cost_eur")


def handling(data: StudentData, span: tuple[str, str] = THIS) -> pd.Series:
    """Cost of handling returns in a span."""
    return _sum(data, _within(data.returns, "return_date", span), "handling_cost_eur")


def deliveries(data: StudentData, span: tuple[str, str] = THIS, *, of: str = "delivered") -> pd.Series:
    """Count purchases that were not made in the shop; `of`: "all" purchases, or "rows" with refunds."""
    rows = _within(data.orders, "order_date", span)
    if of != "rows":
        rows = rows[rows["amount_eur"] >= 0]
    if of != "all":
        rows = rows[rows["channel"] != "shop"]
    return rows.groupby("customer_id").size().reindex(ids(data), fill_value=0)


def cost(data: StudentData, span: tuple[str, str] = THIS, *, of: str = "delivered") -> pd.Series:
    """Task 1: contacts, handling of returns, and 6 EUR a delivery."""
    return contact(data, span) + handling(data, span) + DELIVERY * deliveries(data, span, of=of)


def margin(data: StudentData, span: tuple[str, str] = THIS, *, of: str = "margin_eur") -> pd.Series:
    """Margin in a span, less what refunds took back."""
    return _sum(data, _within(data.orders, "order_date", span), of)


def profit(data: StudentData, span: tuple[str, str] = THIS) -> pd.Series:
    """Margin less the cost of the activities."""
    return margin(data, span) - cost(data, span)


def loss_share(data: StudentData) -> float:
    """Task 2: share of customers with a loss."""
    return float((profit(data) < 0).mean())


def _no_refunds(data: StudentData) -> float:
    rows = _within(data.orders, "order_date", THIS)
    gross = _sum(data, rows[rows["amount_eur"] >= 0], "margin_eur")
    return float((gross - cost(data) < 0).mean())


def _active_only(data: StudentData) -> float:
    used = (margin(data) != 0) | (cost(data) != 0)
    return float((profit(data)[used] < 0).mean())


def best_fifth(data: StudentData, *, by: pd.Series | None = None) -> float:
    """Task 3: profit of the best fifth over the profit of all."""
    gain = profit(data)
    order = (gain if by is None else by).sort_values(ascending=False, kind="stable").index
    return float(gain[order[: int(0.2 * len(order))]].sum() / gain.sum())


def _of_gross(data: StudentData) -> float:
    gain = profit(data)
    return best_fifth(data) * float(gain.sum() / gain[gain > 0].sum())


def _of_earners(data: StudentData) -> float:
    gain = profit(data).sort_values(ascending=False)
    earners = gain[gain > 0]
    return float(earners.iloc[: int(0.2 * len(earners))].sum() / gain.sum())


def again(data: StudentData, *, of: str = "losers", span: tuple[str, str] = NEXT) -> dict[str, float]:
    """Task 4: of the loss-makers, the share that loses again, and their profit in the next year."""
    now, then = profit(data), profit(data, span)
    lost, loses = now < 0, then < 0
    base = {"losers": lost, "next": loses, "all": lost | ~lost, "not silent": lost & (then != 0)}[of]
    return {"again": float((lost & loses).sum() / base.sum()), "profit_eur": float(then[lost].sum())}


def plan(
    data: StudentData,
    *,
    avoidable: float = AVOIDABLE,
    leave: float = MIGRATE["leave"],
    once: float = 1.0,
    keep: str = "floor",
    who: str = "losers",
) -> dict[str, float]:
    """Task 5: value of migrating all loss-makers, of ending all, and of the best for each."""
    mark = profit(data) < 0 if who == "losers" else profit(data) == profit(data)
    m, c, t = margin(data)[mark], cost(data)[mark], contact(data)[mark]
    stays = (1 - leave) * MIGRATE["saving"] * t
    migrate = avoidable * (leave * c + stays) - leave * m - once * MIGRATE["once"]
    end = avoidable * c - m - once * END_ONCE
    best = pd.concat([migrate, end], axis=1).max(axis=1)
    if keep == "floor":
        best = best.clip(lower=0)
    return {
        "migrate_eur": float(migrate.sum()),
        "end_eur": float(end.sum()),
        "best_each_eur": float(best.sum()),
    }


def _one_for_all(data: StudentData) -> dict[str, Any]:
    right = plan(data)
    return right | {"best_each_eur": max(right["migrate_eur"], right["end_eur"], 0.0)}


TASKS: tuple[Task, ...] = (
    Task(
        "10.1", "What serving each customer cost",
        (Form("table", name="cost_eur", unit="EUR", tolerance=0.02),),
        cost,
        (
            Mistake(
                "no deliveries", lambda d: contact(d) + handling(d),
                "The deliveries are missing: 6 EUR for each purchase in another channel than the shop.",
            ),
            Mistake(
                "shop delivered too", lambda d: cost(d, of="all"),
                'Purchases in the shop are counted as deliveries here. Keep channel != "shop".',
            ),
            Mistake(
                "refunds delivered", lambda d: cost(d, of="rows"),
                "Refunds are counted as deliveries here. Keep amount_eur >= 0.",
            ),
            Mistake(
                "no start", lambda d: cost(d, EVER),
                "This adds up 2022 too. Keep the days from 2023-01-01.",
            ),
            Mistake(
                "days after as_of", lambda d: cost(d, LATE),
                "Days after as_of (2023-12-31) are the future: leave them out.",
            ),
            Mistake(
                "no returns", lambda d: contact(d) + DELIVERY * deliveries(d),
                "The handling of returns is missing: handling_cost_eur in data.returns.",
            ),
            Mistake(
                "contacts only", contact,
                "These are contacts only. Add the handling of returns and the deliveries.",
            ),
        ),
    ),
    Task(
        "10.2", "Who lost us money",
        (Form("share", tolerance=0.0004),),
        loss_share,
        (
            Mistake(
                "revenue for margin", lambda d: float((margin(d, of="amount_eur") - cost(d) < 0).mean()),
                "This takes revenue less cost. The goods cost money too: use margin_eur.",
            ),
            Mistake(
                "zero as loss", lambda d: float((profit(d) <= 0).mean()),
                "Customers with a profit of exactly 0 (a silent year) are counted as losers here. A loss is "
                "below 0.",
            ),
            Mistake(
                "active only", _active_only,
                "Customers who were silent in 2023 are left out. Divide by all customers of task 1.",
            ),
            Mistake(
                "refunds dropped", _no_refunds,
                "Refunds are left out here. They take margin back: keep their rows when you add up.",
            ),
            Mistake(
                "cost left out", lambda d: float((margin(d) < 0).mean()),
                "This asks whether the margin is below 0. Take the cost of task 1 from it first.",
            ),
            Mistake(
                "count for share", lambda d: int((profit(d) < 0).sum()),
                "This is a count. Divide by all customers.",
            ),
            Mistake(
                "percent for share", lambda d: 100 * loss_share(d),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(0.1),
            ),
        ),
    ),
    Task(
        "10.3", "What the best fifth makes",
        (Form("number", tolerance=0.002),),
        best_fifth,
        (
            Mistake(
                "of gross profit", _of_gross,
                "You divided by the profit of those who earn. Divide by the sum over all, losses taken off.",
            ),
            Mistake(
                "by revenue", lambda d: best_fifth(d, by=margin(d, of="amount_eur")),
                "Your best fifth is best by revenue. Sort by profit.",
            ),
            Mistake(
                "by margin", lambda d: best_fifth(d, by=margin(d)),
                "Your best fifth is best by margin. Sort by profit.",
            ),
            Mistake(
                "fifth of the earners", _of_earners,
                "This is a fifth of those who earn. Take a fifth of all customers.",
            ),
            Mistake(
                "per cent", lambda d: 100 * best_fifth(d),
                "This is per cent. 1.3 means 130 %: do not multiply by 100.", within(0.2),
            ),
        ),
    ),
    Task(
        "10.4", "Last year's loss-makers, a year later",
        (
            Form("share", name="again", tolerance=0.001),
            Form("number", name="profit_eur", unit="EUR", tolerance=2.0),
        ),
        again,
        (
            Mistake(
                "share of all", lambda d: again(d, of="all"),
                "again is a share of all customers here. Divide by the loss-makers of 2023.",
            ),
            Mistake(
                "wrong way round", lambda d: again(d, of="next"),
                "This is the share of next year's losers who lost before. Divide by the loss-makers of 2023.",
            ),
            Mistake(
                "silent left out", lambda d: again(d, of="not silent"),
                "Those who fell silent (profit 0 in 2024) are left out. They belong to the loss-makers of "
                "2023 too.",
            ),
            Mistake(
                "both years", lambda d: again(d, span=LATE),
                "This is 2023 and 2024 together. Only the days of 2024 count here.",
            ),
        ),
    ),
    Task(
        "10.5", "Migrate, end, or leave alone?",
        tuple(
            Form("number", name=name, unit="EUR", tolerance=5.0)
            for name in ("migrate_eur", "end_eur", "best_each_eur")
        ),
        plan,
        (
            Mistake(
                "every cost avoidable", lambda d: plan(d, avoidable=1.0),
                "Every saved euro is counted. Only 70 % of a cost goes when its activity goes: times 0.7.",
            ),
            Mistake(
                "nobody leaves", lambda d: plan(d, leave=0.0),
                "In your migration nobody leaves. 12 % do: their margin is lost, and all of their cost goes.",
            ),
            Mistake(
                "free of charge", lambda d: plan(d, once=0.0),
                "The actions are free here. Migrating costs 10 EUR a customer, ending 5 EUR.",
            ),
            Mistake(
                "nothing is a choice too", lambda d: plan(d, keep="no floor"),
                "best_each_eur lets everybody be migrated or ended. Leaving alone (value 0) is a choice too: "
                "clip(lower=0).",
            ),
            Mistake(
                "one for all", _one_for_all,
                "best_each_eur is the better of the two totals here. Choose for each customer, then add up.",
            ),
            Mistake(
                "all customers", lambda d: plan(d, who="all"),
                "This treats all customers. Keep the loss-makers of 2023.",
            ),
        ),
    ),
)  # fmt: skip
