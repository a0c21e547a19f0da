"""Lesson 20, the project: four checked steps on the way to a plan, and their well-known wrong answers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, read, same

CUSTOMERS = 2000
CALL_EUR, CALL_LIFT = 4.0, 0.15
LETTER_EUR, LETTER_LIFT = 1.1, 0.08
BUDGET_EUR = 250.0
WORTH_EUR = 100.0
REPLAY = pd.Timestamp("2023-06-30")
REPLAY_DAYS = 184


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: the budget ends among the letters, and mistakes differ."""
    split = budget(data)
    left_over = BUDGET_EUR - split["calls"] * CALL_EUR - split["letters"] * LETTER_EUR
    return bool(
        left_over > 0.02  # 250.00 exactly would hang on the last digit of a sum
        and 10 <= split["letters"] <= len(_letters(data)) - 10
        and split["calls"] < len(_calls(data)) - 2
        and abs(replay(data)["error"]) > 0.03
        and len(keep(data)) > 20
        and all(_apart(task, mistake, data) for task in TASKS for mistake in task.mistakes)
    )


def _apart(task: Task, mistake: Mistake, data: StudentData) -> bool:
    right, wrong = read(task.answer(data), task.forms), read(mistake.answer(data), task.forms)
    return not all(same(wrong[f.name], right[f.name], f) for f in task.forms)


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


def rhythm(data: StudentData, *, late: bool = False, back: bool = False, rows: bool = False) -> pd.DataFrame:
    """First and last purchase day and the number of purchase days of each customer.

    `back` takes refund days for purchases, `rows` counts rows for days (mistakes).
    """
    table = known(data, late=late)
    days = table if back else table[table["amount_eur"] >= 0]
    days = days if rows else days.drop_duplicates(["customer_id", "order_date"])
    return days.groupby("customer_id")["order_date"].agg(["min", "max", "size"])


def _keep(
    data: StudentData,
    *,
    of: str = "margin_eur",
    fewer: int = 1,
    limit: int = 365,
    late: bool = False,
    back: bool = False,
    rows: bool = False,
    gross: bool = False,
) -> list[str]:
    table, all_rows = rhythm(data, late=late, back=back, rows=rows), known(data, late=late)
    gap = (table["max"] - table["min"]).dt.days / (table["size"] - fewer)
    silent = (data.as_of - table["max"]).dt.days
    kept = all_rows[all_rows["amount_eur"] >= 0] if gross else all_rows
    money = kept.groupby("customer_id")[of].sum().reindex(table.index)
    risk = (table["size"] >= 3) & (silent > 2 * gap) & (silent <= limit)
    return sorted(table.index[risk & (money >= WORTH_EUR)])


def keep(data: StudentData) -> list[str]:
    """Task 2: silent for more than twice their usual gap, but no longer than a year, and worth it."""
    return _keep(data)


_LATE = "Days after the reporting day are in it. Nobody knows them yet: keep order_date <= data.as_of."
LISTS: dict[str, tuple[dict[str, Any], str]] = {  # how a wrong list of task 2 comes about, and what helps
    "revenue": (
        {"of": "amount_eur"},
        "You ask for 100 EUR of revenue. Worth it means margin_eur here: the goods cost money too.",
    ),
    "days for gaps": (
        {"fewer": 0},
        "You divide by the number of purchase days. Five days have four gaps between them: divide by "
        "size - 1.",
    ),
    "no limit": (
        {"limit": 100_000},
        "The long lost are in it too. Keep only silences of at most 365 days.",
    ),
    "days after as_of": ({"late": True}, _LATE),
    "refunds not taken off": (
        {"gross": True},
        "The margin of the purchases alone is too high: sum margin_eur over all rows, refunds too.",
    ),
    "refund days": (
        {"back": True},
        "A day with a refund only is no purchase day: keep amount_eur >= 0 before you take the days.",
    ),
    "rows for days": (
        {"rows": True},
        "Two purchases on one day are one purchase day: drop_duplicates(['customer_id', 'order_date']) "
        "first.",
    ),
}


# ---------------------------------------------------------------- task 3


def _calls(
    data: StudentData,
    ids: list[str] | None = None,
    *,
    of: str = "margin_eur",
    days: int = 365,
    late: bool = False,
) -> pd.Series:
    """Gain of a call to each customer on the list of task 2, where it is more than the call costs."""
    year = known(data, late=late)
    year = year[year["order_date"] > data.as_of - pd.Timedelta(days=days)]
    base = year.groupby("customer_id")[of].sum().reindex(keep(data) if ids is None else ids, fill_value=0.0)
    gain = CALL_LIFT * base
    return gain[gain > CALL_EUR].sort_values(ascending=False, kind="stable")


def _letters(
    data: StudentData, *, of: str = "margin_eur", rows: bool = False, late: bool = False
) -> pd.Series:
    """Gain of a letter to each customer with one purchase so far, made in the last 180 days."""
    table = known(data, late=late)
    bought = table[table["amount_eur"] >= 0]
    last, orders = bought.groupby("customer_id")["order_date"].max(), bought.groupby("customer_id").size()
    who = orders.index[(orders == 1) & (last > data.as_of - pd.Timedelta(days=180))]
    return pd.Series(LETTER_LIFT * (table if rows else bought)[of].mean(), index=who)


def _spend(calls: pd.Series, letters: pd.Series, order: str = "per_euro") -> dict[str, Any]:
    """Go through the candidates in an order until the budget is used up."""
    letters = letters[letters > LETTER_EUR]
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


def budget(data: StudentData, ids: list[str] | None = None) -> dict[str, Any]:
    """Task 3: most gain per euro first."""
    return _spend(_calls(data, ids), _letters(data))


def _gain_only(data: StudentData) -> dict[str, Any]:
    right = budget(data)
    spent = right["calls"] * CALL_EUR + right["letters"] * LETTER_EUR
    return right | {"net_eur": right["net_eur"] + spent}


def _keep_by(how: dict[str, Any], data: StudentData) -> list[str]:
    return _keep(data, **how)


def _budget_by(how: dict[str, Any], data: StudentData) -> dict[str, Any]:
    return budget(data, _keep(data, **how))


# ---------------------------------------------------------------- task 4


def replay(
    data: StudentData,
    *,
    newcomers: bool = False,
    of: str = "margin_eur",
    gross: bool = False,
    first_day: int = 0,
) -> dict[str, Any]:
    """Task 4: "as before" as a forecast on an earlier day, beside what these customers brought."""
    rows, span = known(data), pd.Timedelta(days=REPLAY_DAYS)
    rows = rows[rows["amount_eur"] >= 0] if gross else rows
    start = REPLAY - span - pd.Timedelta(days=first_day)
    before = rows[(rows["order_date"] <= REPLAY) & (rows["order_date"] > start)]
    after = rows[(rows["order_date"] > REPLAY) & (rows["order_date"] <= REPLAY + span)]
    if not newcomers:
        old = rows[(rows["order_date"] <= REPLAY) & (rows["amount_eur"] >= 0)]["customer_id"]
        after = after[after["customer_id"].isin(old)]
    expected, came = before[of].sum(), after[of].sum()
    return {"expected_eur": float(expected), "came_eur": float(came), "error": float(expected / came - 1)}


def _replay_newcomers(data: StudentData) -> dict[str, Any]:
    return replay(data, newcomers=True)


def _replay_turned(data: StudentData) -> dict[str, Any]:
    right = replay(data)
    return right | {"error": right["came_eur"] / right["expected_eur"] - 1}


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
        tuple(
            Mistake(name, partial(_keep_by, how), hint) for name, (how, hint) in LISTS.items()
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
                "all calls first", lambda d: _spend(_calls(d), _letters(d), "call"),
                "You make every call that pays, then letters. Some letters bring more per euro than some "
                "calls: put all candidates into one queue by gain / cost.",
            ),
            Mistake(
                "all letters first", lambda d: _spend(_calls(d), _letters(d), "letter"),
                "You send every letter first because it is cheap. Put all candidates into one queue by "
                "gain / cost.",
            ),
            Mistake(
                "cost forgotten", _gain_only,
                "net_eur is the gain before the cost. Take the cost of the calls and letters off.",
            ),
            Mistake(
                "revenue", lambda d: _spend(_calls(d, of="amount_eur"), _letters(d, of="amount_eur")),
                "You take revenue as the base. Both gains are shares of margin_eur.",
            ),
            Mistake(
                "the whole past", lambda d: _spend(_calls(d, days=100_000), _letters(d)),
                "A call is worth 15 % of the margin of the last 365 days, not of the whole past: keep "
                "order_date > data.as_of - pd.Timedelta(days=365).",
            ),
            Mistake(
                "refunds in the mean", lambda d: _spend(_calls(d), _letters(d, rows=True)),
                "The mean margin of a purchase leaves refund rows out: take it over bought, not over rows.",
            ),
            Mistake(
                "days after as_of",
                lambda d: _spend(_calls(d, _keep(d, late=True), late=True), _letters(d, late=True)), _LATE,
            ),
            *(
                Mistake(
                    f"list with: {name}", partial(_budget_by, how),
                    "Finish task 2 first: your list of customers to call is not right yet.",
                )
                for name, (how, _) in LISTS.items()
                if name != "no limit"  # whoever is silent for more than a year has no base
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
                "purchases only", lambda d: replay(d, gross=True),
                "Refunds are missing. Sum margin_eur over all rows, refunds too; only the list of known "
                "customers is made from purchases.",
            ),
            Mistake(
                "revenue", lambda d: replay(d, of="amount_eur"),
                "You sum revenue. The task asks for margin_eur.",
            ),
            Mistake(
                "185 days", lambda d: replay(d, first_day=1),
                "The time before holds 185 days. 184 days up to and including 30 June begin after "
                "day - span: use > and not >=.",
            ),
            Mistake(
                "in per cent", lambda d: replay(d) | {"error": 100 * replay(d)["error"]},
                "The error is in per cent here. Leave it as a share: 0.1 for 10 %.",
            ),
        ),
    ),
)  # fmt: skip
