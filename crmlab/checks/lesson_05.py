"""Lesson 05, ABC: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within

CUSTOMERS = 800
CUTS = (0.80, 0.95)
CARE_EUR = 5.00  # what the care programme costs per customer and year
CARE_LIFT = 0.20  # by how much it raises a customer's margin of a year
YEAR_START = pd.Timestamp("2023-01-01")


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: no equal revenues at a border, and each mistake shows."""
    if not (data.orders["order_date"] == data.as_of).any():
        return False
    ranked = net_revenue(data).round(2).sort_values(ascending=False)
    share = share_of_best(ranked)
    classes = abc_class(ranked)
    equal_at_border = ((classes != classes.shift(-1)) & (ranked == ranked.shift(-1))).any()
    refunds_show = abs(share - share_of_best(gross_revenue(data))) > 0.0035
    rounding_shows = abs(share - round(share, 2)) > 0.0021
    handling_shows = set(loss_makers(data)) != set(_loss_makers_without_handling(data))
    return bool(not equal_at_border and refunds_show and rounding_shows and handling_shows)


def until(data: StudentData, table: str, day: str) -> pd.DataFrame:
    """Give the rows of a table up to and including the reporting day."""
    rows: pd.DataFrame = getattr(data, table)
    return rows[rows[day] <= data.as_of]


def orders_until(data: StudentData) -> pd.DataFrame:
    """Give purchases and refunds up to the reporting day."""
    return until(data, "orders", "order_date")


def purchases_until(data: StudentData) -> pd.DataFrame:
    """Give the purchases up to the reporting day, without refunds."""
    return orders_until(data).query("amount_eur >= 0")


def per_customer(rows: pd.DataFrame, column: str) -> pd.Series:
    """Add a column up for each customer."""
    return rows.groupby("customer_id")[column].sum()


def net_revenue(data: StudentData) -> pd.Series:
    """Task 1: purchases less refunds."""
    return per_customer(orders_until(data), "amount_eur")


def gross_revenue(data: StudentData) -> pd.Series:
    """Purchases, refunds left out."""
    return per_customer(purchases_until(data), "amount_eur")


def share_of_best(values: pd.Series) -> float:
    """Task 2: the share that the best fifth (rounded down) holds."""
    return float(values.nlargest(len(values) // 5).sum() / values.sum())


def _share_of_first(values: pd.Series) -> float:
    """Give the share of the first fifth in the order of the table."""
    return float(values.head(len(values) // 5).sum() / values.sum())


def share_of_last(values: pd.Series) -> float:
    """Give the share that the smallest fifth holds."""
    return float(values.nsmallest(len(values) // 5).sum() / values.sum())


def abc_class(values: pd.Series) -> pd.Series:
    """Task 3: A while the share of those before is below 80 %, B while it is below 95 %, then C."""
    ranked = values.sort_values(ascending=False)
    before = (ranked.cumsum() - ranked) / ranked.sum()
    return before.map(lambda share: "A" if share < CUTS[0] else "B" if share < CUTS[1] else "C")


def _crossing_goes_down(data: StudentData) -> pd.Series:
    ranked = net_revenue(data).sort_values(ascending=False)
    share = ranked.cumsum() / ranked.sum()
    return share.map(lambda s: "A" if s <= CUTS[0] else "B" if s <= CUTS[1] else "C")


def _by_heads(data: StudentData) -> pd.Series:
    ranked = net_revenue(data).sort_values(ascending=False)
    place = pd.Series(range(1, len(ranked) + 1), index=ranked.index) / len(ranked)
    return place.map(lambda s: "A" if s <= CUTS[0] else "B" if s <= CUTS[1] else "C")


def _upside_down(data: StudentData) -> pd.Series:
    ranked = net_revenue(data).sort_values()
    before = (ranked.cumsum() - ranked) / ranked.sum()
    return before.map(lambda share: "A" if share < CUTS[0] else "B" if share < CUTS[1] else "C")


def _not_divided(data: StudentData, *, with_own: bool = False, tool: str = "where") -> pd.Series:
    """Cut euros where shares are meant: with np.where all but the first are C, with pd.cut nearly all NaN."""
    ranked = net_revenue(data).sort_values(ascending=False)
    before = ranked.cumsum() if with_own else ranked.cumsum() - ranked
    if tool == "cut":
        return pd.cut(before, [-1, *CUTS, 2], labels=["A", "B", "C"], right=False)
    letters = np.where(before < CUTS[0], "A", np.where(before < CUTS[1], "B", "C"))
    return pd.Series(letters, index=before.index)


def costs(data: StudentData, *, late: bool = False) -> pd.Series:
    """Add up contacts and handling of refunds by customer; `late` takes in days after `as_of` (a mistake)."""
    contacts = data.contacts if late else until(data, "contacts", "contact_date")
    returns = data.returns if late else until(data, "returns", "return_date")
    return per_customer(contacts, "cost_eur").add(per_customer(returns, "handling_cost_eur"), fill_value=0)


def data_of_a(data: StudentData) -> pd.DataFrame:
    """Give net revenue and margin of the customers of class A."""
    sums = orders_until(data).groupby("customer_id")[["amount_eur", "margin_eur"]].sum()
    return sums[abc_class(sums["amount_eur"]).reindex(sums.index) == "A"]


def loss_makers(data: StudentData, *, of: str = "margin_eur", late: bool = False) -> list[str]:
    """Task 4: class A customers whose costs are higher than their margin."""
    earned = data_of_a(data)[of]
    return list(earned[earned < costs(data, late=late).reindex(earned.index, fill_value=0)].index)


def _loss_makers_of_all(data: StudentData) -> list[str]:
    margin = per_customer(orders_until(data), "margin_eur")
    return list(margin[margin < costs(data).reindex(margin.index, fill_value=0)].index)


def _loss_makers_without_handling(data: StudentData) -> list[str]:
    margin = data_of_a(data)["margin_eur"]
    spent = per_customer(until(data, "contacts", "contact_date"), "cost_eur")
    return list(margin[margin < spent.reindex(margin.index, fill_value=0)].index)


def _loss_makers_met_only(data: StudentData) -> list[str]:
    """Contacts + returns with a plain ``+``: whoever is in one table only gets NaN and drops out."""
    margin = data_of_a(data)["margin_eur"]
    contacts = per_customer(until(data, "contacts", "contact_date"), "cost_eur")
    both = contacts + per_customer(until(data, "returns", "return_date"), "handling_cost_eur")
    return list(margin[margin < both.reindex(margin.index)].index)


def _margin_by_class(
    data: StudentData, *, of: str = "margin_eur", start: pd.Timestamp = YEAR_START
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Give for each class the margin since `start`, all its customers, and those with an order since then."""
    rows = orders_until(data)
    classes = abc_class(net_revenue(data))
    base = per_customer(rows[rows["order_date"] >= start], of)
    bought = classes.loc[base.index].value_counts().sort_index()
    return base.groupby(classes).sum(), classes.value_counts().sort_index(), bought


def gain_by_class(
    data: StudentData, *, of: str = "margin_eur", start: pd.Timestamp = YEAR_START
) -> pd.Series:
    """Give the net gain of the care programme for each class, in EUR per year."""
    margin, customers, _ = _margin_by_class(data, of=of, start=start)
    return CARE_LIFT * margin - CARE_EUR * customers


def _choice(gain: pd.Series) -> dict[str, Any]:
    paying = gain[gain > 0]
    return {"classes": list(paying.index), "net_gain_eur": float(paying.sum())}


def _everybody(data: StudentData) -> dict[str, Any]:
    gain = gain_by_class(data)
    return {"classes": list(gain.index), "net_gain_eur": float(gain.sum())}


def _no_cost(data: StudentData) -> dict[str, Any]:
    """Leave the cost out: every class seems to pay."""
    return _choice(CARE_LIFT * _margin_by_class(data)[0])


def _no_cost_in_the_sum(data: StudentData) -> dict[str, Any]:
    """Choose the right classes, and leave the cost out of their gain."""
    classes = _choice(gain_by_class(data))["classes"]
    return {
        "classes": classes,
        "net_gain_eur": float(CARE_LIFT * _margin_by_class(data)[0][classes].sum()),
    }


def _cost_of_buyers(data: StudentData) -> dict[str, Any]:
    """Let only those cost who bought in the year."""
    margin, _, bought = _margin_by_class(data)
    return _choice(CARE_LIFT * margin - CARE_EUR * bought)


_LATE = "The last day counts: rows after as_of (2023-12-31) are the future and must stay out."
_TOTAL = "are these shares (0 to 1), or still euros? Divide by the total."
_EUROS = [
    (partial(_not_divided, tool=tool, with_own=own), f"{found}: {_TOTAL}")
    for tool, found in (("cut", "pd.cut found no class"), ("where", "Nearly everybody is in class C"))
    for own in (False, True)
]
_NO_COST = f"The cost of care is missing: {CARE_EUR:.2f} EUR × customers of the class must come off."
_GROSS = "Refunds are left out here. A refund is a row with a negative amount_eur: keep it in the sum."

TASKS: tuple[Task, ...] = (
    Task(
        "05.1", "Net revenue of each customer",
        (Form("table", name="revenue_eur", unit="EUR", tolerance=0.01),),
        net_revenue,
        (
            Mistake("days after as_of", lambda d: per_customer(d.orders, "amount_eur"), _LATE),
            Mistake(
                "the reporting day missing",
                lambda d: per_customer(d.orders[d.orders["order_date"] < d.as_of], "amount_eur"),
                "The reporting day itself is missing: use <=, not <.",
            ),
            Mistake("refunds dropped", gross_revenue, _GROSS),
            Mistake(
                "orders instead of money", lambda d: purchases_until(d).groupby("customer_id").size(),
                "This counts the orders. Revenue is money: add up amount_eur.",
            ),
            Mistake(
                "rows instead of money", lambda d: orders_until(d).groupby("customer_id").size(),
                "This counts the rows, refunds too. Revenue is money: add up amount_eur.",
            ),
            Mistake(
                "mean instead of sum", lambda d: orders_until(d).groupby("customer_id")["amount_eur"].mean(),
                "This is the mean per row. Revenue is the sum.",
            ),
        ),
    ),
    Task(
        "05.2", "The share of the best fifth",
        (Form("share", tolerance=0.002),),
        lambda d: share_of_best(net_revenue(d)),
        (
            Mistake(
                "percent for share", lambda d: 100 * share_of_best(net_revenue(d)),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(1),
            ),
            Mistake(
                "rounded to two digits", lambda d: round(share_of_best(net_revenue(d)), 2),
                "Nearly: you rounded too much. Give three decimals or more.", within(1e-9),
            ),
            Mistake(
                "euros for share", lambda d: net_revenue(d).nlargest(len(net_revenue(d)) // 5).sum(),
                "This is an amount in EUR. Divide it by the sum of all revenue.", within(1),
            ),
            Mistake(
                "first fifth, not sorted", lambda d: _share_of_first(net_revenue(d)),
                "These are the first customers of the table, not the best: nlargest or sort_values.",
            ),
            Mistake(
                "best fifth of orders", lambda d: share_of_best(purchases_until(d)["amount_eur"]),
                "This is the best fifth of the orders. Add up each customer first, then take the best "
                "customers.",
            ),
            Mistake(
                "best fifth of rows", lambda d: share_of_best(orders_until(d)["amount_eur"]),
                "This is the best fifth of the rows. Add up each customer first, then take the best "
                "customers.",
            ),
            Mistake(
                "smallest fifth", lambda d: share_of_last(net_revenue(d)),
                "This is the share of the smallest fifth. Sort from the largest down: ascending=False.",
            ),
            Mistake("refunds ignored", lambda d: share_of_best(gross_revenue(d)), _GROSS),
            Mistake("days after as_of", lambda d: share_of_best(per_customer(d.orders, "amount_eur")), _LATE),
        ),
    ),
    Task(
        "05.3", "The class of each customer",
        (Form("table", name="abc_class", allowed=("A", "B", "C")),),
        lambda d: abc_class(net_revenue(d)),
        (
            Mistake(
                "cut by heads", _by_heads,
                "This cuts the list of customers at 80 % of the heads. Cut at 80 % of the revenue: add up "
                "shares of revenue from the top.",
            ),
            Mistake(
                "who crosses the line", _crossing_goes_down,
                "Nearly. The customer who crosses the line belongs to the better class: compare the share "
                "of those before, without the customer's own.",
            ),
            *(Mistake(f"euros for shares {n}", wrong, hint) for n, (wrong, hint) in enumerate(_EUROS)),
            Mistake("refunds dropped", lambda d: abc_class(gross_revenue(d)), _GROSS),
            Mistake(
                "smallest first", _upside_down,
                "The list starts with the smallest customers. Sort from the largest down: ascending=False.",
            ),
            Mistake("days after as_of", lambda d: abc_class(per_customer(d.orders, "amount_eur")), _LATE),
        ),
    ),
    Task(
        "05.4", "Class A, and yet a loss",
        (Form("ids"),),
        loss_makers,
        (
            Mistake(
                "margin only", lambda d: list(data_of_a(d).query("margin_eur < 0").index),
                "This looks at the margin only. Take the cost of contacts and of handling refunds from it.",
            ),
            Mistake(
                "costs after as_of", lambda d: loss_makers(d, late=True),
                f"{_LATE} That holds for costs too.",
            ),
            Mistake(
                "revenue for margin", lambda d: loss_makers(d, of="amount_eur"),
                "This takes the costs from the revenue. The goods cost money too: start from margin_eur.",
            ),
            Mistake(
                "all classes", _loss_makers_of_all,
                "These are all customers with a loss. Keep those of class A.",
            ),
            Mistake(
                "handling forgotten", _loss_makers_without_handling,
                "The cost of handling refunds is missing: the table returns has it.",
            ),
            Mistake(
                "nobody in one table only", _loss_makers_met_only,
                "Customers who are in one of the two cost tables only have become NaN. No cost is 0, not "
                "missing: a.add(b, fill_value=0).",
            ),
        ),
    ),
    Task(
        "05.5", "For which classes does care pay?",
        (
            Form("choice", name="classes", allowed=("A", "B", "C")),
            Form("number", name="net_gain_eur", unit="EUR", tolerance=1.0),
        ),
        lambda d: _choice(gain_by_class(d)),
        (
            Mistake(
                "revenue for margin", lambda d: _choice(gain_by_class(d, of="amount_eur")),
                "This is a fifth of the revenue. The firm keeps only the margin: use margin_eur.",
            ),
            Mistake(
                "everybody", _everybody,
                "This gives care to every class. Leave out a class whose gain is less than its cost.",
            ),
            Mistake(
                "two years for one", lambda d: _choice(gain_by_class(d, start=pd.Timestamp(0))),
                "The cost is for one year, the margin here for two. Use the margin of 2023 alone.",
            ),
            Mistake("cost forgotten", _no_cost, _NO_COST),
            Mistake("cost forgotten in the sum", _no_cost_in_the_sum, _NO_COST),
            Mistake(
                "only buyers cost", _cost_of_buyers,
                f"Customers who bought nothing in 2023 cost {CARE_EUR:.2f} EUR too: count with "
                "answer_05_3.value_counts().",
            ),
        ),
    ),
)  # fmt: skip
