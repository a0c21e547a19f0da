"""Lesson 20, the project: four checked steps on the way to a plan, and their well-known wrong answers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task

CUSTOMERS = 2000
CALL_EUR, CALL_LIFT = 4.0, 0.15
LETTER_EUR, LETTER_LIFT = 1.1, 0.08
BUDGET_EUR = 250.0
WORTH_EUR = 100.0
REPLAY = pd.Timestamp("2023-06-30")
REPLAY_DAYS = 184


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: the budget ends among the letters, and errors differ."""
    split, wrong = budget(data), [_calls_first(data), _letters_first(data)]
    letters = len(_letters(data))
    left_over = BUDGET_EUR - split["calls"] * CALL_EUR - split["letters"] * LETTER_EUR
    apart = all(abs(split["net_eur"] - w["net_eur"]) > 1.0 for w in wrong)
    once = replay(data)
    others = [_replay_newcomers(data), _replay_turned(data)]
    ids = set(keep(data))
    lists = [set(_keep_revenue(data)), set(_keep_gaps(data)), set(_keep_forever(data)), set(_keep_late(data))]
    return bool(
        apart
        and left_over > 0.02  # 250.00 exactly would hang on the last digit of a sum
        and 10 <= split["letters"] <= letters - 10
        and split["calls"] < len(_calls(data)) - 2
        and abs(once["error"]) > 0.03
        and all(abs(once["error"] - o["error"]) > 0.006 for o in others)
        and len(ids) > 20
        and all(ids != other for other in lists)
    )


def known(data: StudentData, *, late: bool = False) -> pd.DataFrame:
    """Rows up to and including the reporting day; `late` takes the later ones too (a mistake)."""
    return data.orders if late else data.orders[data.orders["order_date"] <= data.as_of]


# ---------------------------------------------------------------- task 1


def quality(data: StudentData, *, late: bool = False) -> dict[str, Any]:
    """Task 1: the line on data quality."""
    rows = known(data, late=late)
    bought, back = rows[rows["amount_eur"] >= 0], rows[rows["amount_eur"] < 0]
    orders = bought.groupby("customer_id").size()
    return {
        "customers": len(orders),
        "once_share": float((orders == 1).mean()),
        "refund_share": float(-back["amount_eur"].sum() / bought["amount_eur"].sum()),
    }


def _rows_as_orders(data: StudentData) -> dict[str, Any]:
    counts = known(data).groupby("customer_id").size()
    return quality(data) | {"once_share": float((counts == 1).mean())}


def _share_of_rows(data: StudentData) -> dict[str, Any]:
    return quality(data) | {"refund_share": float((known(data)["amount_eur"] < 0).mean())}


def _share_of_net(data: StudentData) -> dict[str, Any]:
    share = quality(data)["refund_share"]
    return quality(data) | {"refund_share": share / (1 - share)}


# ---------------------------------------------------------------- task 2


def rhythm(data: StudentData, *, late: bool = False) -> pd.DataFrame:
    """First and last purchase day and the number of purchase days of each customer."""
    rows = known(data, late=late)
    days = rows[rows["amount_eur"] >= 0].drop_duplicates(["customer_id", "order_date"])
    return days.groupby("customer_id")["order_date"].agg(["min", "max", "size"])


def _keep(
    data: StudentData, *, of: str = "margin_eur", fewer: int = 1, limit: int = 365, late: bool = False
) -> list[str]:
    table = rhythm(data, late=late)
    gap = (table["max"] - table["min"]).dt.days / (table["size"] - fewer)
    silent = (data.as_of - table["max"]).dt.days
    money = known(data, late=late).groupby("customer_id")[of].sum().reindex(table.index)
    risk = (table["size"] >= 3) & (silent > 2 * gap) & (silent <= limit)
    return sorted(table.index[risk & (money >= WORTH_EUR)])


def keep(data: StudentData) -> list[str]:
    """Task 2: silent for more than twice their usual gap, but no longer than a year, and worth it."""
    return _keep(data)


def _keep_revenue(data: StudentData) -> list[str]:
    return _keep(data, of="amount_eur")


def _keep_gaps(data: StudentData) -> list[str]:
    return _keep(data, fewer=0)


def _keep_forever(data: StudentData) -> list[str]:
    return _keep(data, limit=100_000)


def _keep_late(data: StudentData) -> list[str]:
    return _keep(data, late=True)


# ---------------------------------------------------------------- task 3


def _calls(data: StudentData) -> pd.Series:
    """Gain of a call to each customer on the list of task 2, where it is more than the call costs."""
    year = known(data)
    year = year[year["order_date"] > data.as_of - pd.Timedelta(days=365)]
    base = year.groupby("customer_id")["margin_eur"].sum().reindex(keep(data), fill_value=0.0)
    gain = CALL_LIFT * base
    return gain[gain > CALL_EUR].sort_values(ascending=False, kind="stable")


def _letters(data: StudentData) -> pd.Series:
    """Gain of a letter to each customer with one purchase so far, made in the last 180 days."""
    rows = known(data)
    bought = rows[rows["amount_eur"] >= 0]
    last, orders = bought.groupby("customer_id")["order_date"].max(), bought.groupby("customer_id").size()
    who = orders.index[(orders == 1) & (last > data.as_of - pd.Timedelta(days=180))]
    return pd.Series(LETTER_LIFT * bought["margin_eur"].mean(), index=who)


def _spend(data: StudentData, order: str) -> dict[str, Any]:
    """Go through the candidates in an order until the budget is used up."""
    calls, letters = _calls(data), _letters(data)
    table = pd.DataFrame(
        {
            "call": [True] * len(calls) + [False] * len(letters),
            "gain": [*calls, *letters],
            "cost": [CALL_EUR] * len(calls) + [LETTER_EUR] * len(letters),
        }
    )
    table["per_euro"] = table["gain"] / table["cost"]
    table["letter"] = ~table["call"]
    table = table.sort_values(order, ascending=False, kind="stable")
    taken = table[table["cost"].cumsum() <= BUDGET_EUR]
    return {
        "calls": int(taken["call"].sum()),
        "letters": int(taken["letter"].sum()),
        "net_eur": float((taken["gain"] - taken["cost"]).sum()),
    }


def budget(data: StudentData) -> dict[str, Any]:
    """Task 3: most gain per euro first."""
    return _spend(data, "per_euro")


def _calls_first(data: StudentData) -> dict[str, Any]:
    return _spend(data, "call")


def _letters_first(data: StudentData) -> dict[str, Any]:
    return _spend(data, "letter")


def _gain_only(data: StudentData) -> dict[str, Any]:
    right = budget(data)
    spent = right["calls"] * CALL_EUR + right["letters"] * LETTER_EUR
    return right | {"net_eur": right["net_eur"] + spent}


# ---------------------------------------------------------------- task 4


def replay(data: StudentData, *, newcomers: bool = False, days: int = REPLAY_DAYS) -> dict[str, Any]:
    """Task 4: "as before" as a forecast on an earlier day, beside what these customers brought."""
    rows, span = known(data), pd.Timedelta(days=days)
    before = rows[(rows["order_date"] <= REPLAY) & (rows["order_date"] > REPLAY - span)]
    after = rows[(rows["order_date"] > REPLAY) & (rows["order_date"] <= REPLAY + span)]
    if not newcomers:
        old = rows[(rows["order_date"] <= REPLAY) & (rows["amount_eur"] >= 0)]["customer_id"]
        after = after[after["customer_id"].isin(old)]
    expected, came = before["margin_eur"].sum(), after["margin_eur"].sum()
    return {"expected_eur": float(expected), "came_eur": float(came), "error": float(expected / came - 1)}


def _replay_newcomers(data: StudentData) -> dict[str, Any]:
    return replay(data, newcomers=True)


def _replay_turned(data: StudentData) -> dict[str, Any]:
    right = replay(data)
    return right | {"error": right["came_eur"] / right["expected_eur"] - 1}


_LATE = "Days after the reporting day are in it. Nobody knows them yet: keep order_date <= data.as_of."

TASKS: tuple[Task, ...] = (
    Task(
        "20.1", "The line on data quality",
        (
            Form("count", name="customers"),
            Form("share", name="once_share", tolerance=0.0005),
            Form("share", name="refund_share", tolerance=0.0005),
        ),
        quality,
        (
            Mistake("days after as_of", lambda d: quality(d, late=True), _LATE),
            Mistake(
                "rows for orders", _rows_as_orders,
                "Refund rows are counted as orders in once_share. Keep amount_eur >= 0 before you count.",
            ),
            Mistake(
                "share of rows", _share_of_rows,
                "refund_share is a share of rows here. It is asked for in money: refunds over purchases.",
            ),
            Mistake(
                "share of net", _share_of_net,
                "refund_share is divided by the money that stayed. Divide by the sum of the purchases.",
            ),
        ),
    ),
    Task(
        "20.2", "At risk and worth it",
        (Form("ids"),),
        keep,
        (
            Mistake(
                "revenue", _keep_revenue,
                "You ask for 100 EUR of revenue. Worth it means margin_eur here: the goods cost money too.",
            ),
            Mistake(
                "days for gaps", _keep_gaps,
                "You divide by the number of purchase days. Five days have four gaps between them: divide by "
                "size - 1.",
            ),
            Mistake(
                "no limit", _keep_forever,
                "The long lost are in it too. Keep only silences of at most 365 days.",
            ),
            Mistake("days after as_of", _keep_late, _LATE),
        ),
    ),
    Task(
        "20.3", "Split the budget",
        (
            Form("count", name="calls"),
            Form("count", name="letters"),
            Form("number", name="net_eur", unit="EUR", tolerance=0.06),
        ),
        budget,
        (
            Mistake(
                "all calls first", _calls_first,
                "You make every call that pays, then letters. Some letters bring more per euro than some "
                "calls: put all candidates into one queue by gain / cost.",
            ),
            Mistake(
                "all letters first", _letters_first,
                "You send every letter first because it is cheap. Put all candidates into one queue by "
                "gain / cost.",
            ),
            Mistake(
                "cost forgotten", _gain_only,
                "net_eur is the gain before the cost. Take the cost of the calls and letters off.",
            ),
        ),
    ),
    Task(
        "20.4", "Replay the plan's forecast",
        (
            Form("number", name="expected_eur", unit="EUR", tolerance=0.06),
            Form("number", name="came_eur", unit="EUR", tolerance=0.06),
            Form("number", name="error", tolerance=0.0006),
        ),
        replay,
        (
            Mistake(
                "newcomers", _replay_newcomers,
                "What newcomers brought is in came_eur. The forecast was about customers known on 30 June: "
                "keep only those.",
            ),
            Mistake(
                "error turned", _replay_turned,
                "The error is turned round: expected over came, less 1.",
            ),
            Mistake(
                "in per cent", lambda d: replay(d) | {"error": 100 * replay(d)["error"]},
                "The error is in per cent here. Leave it as a share: 0.1 for 10 %.",
            ),
        ),
    ),
)  # fmt: skip
