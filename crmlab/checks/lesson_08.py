"""Lesson 08, the horse race: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task

CUSTOMERS = 1500
HIATUS_DAYS = 26 * 7
PLACES = 100  # customers on the list of task 5
GAIN = 0.10  # by how much care raises the margin of a customer on the list
LEAD_TOLERANCE = 0.5  # EUR
FEE_EUR = 150.0  # what the system asks for that makes the newer list
LAST_YEAR = pd.Timestamp("2023-01-01")


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: every listed mistake gives another answer."""
    lead = decision(data)["lead_eur"]
    if min(abs(lead), abs(lead - FEE_EUR)) < 5:
        return False
    shares = (hit_rate(data), _head(data), _sorted_head(data), _all_equals(data))
    apart = all(abs(shares[0] - other) > 0.0015 for other in shares[1:])
    right = came(data)
    days = (came(data, from_line=True), came(data, rows=True), came(data, refunds=True))
    weeks_show = abs(hiatus(data, days=26)["accuracy"] - hiatus(data)["accuracy"]) > 0.002
    return weeks_show and apart and all(not right.equals(other) for other in days)


def purchases(data: StudentData, *, late: bool = False) -> pd.DataFrame:
    """Give the purchases up to and including the starting line; with `late` all of them (a mistake)."""
    rows = data.orders[data.orders["amount_eur"] >= 0]
    return rows if late else rows[rows["order_date"] <= data.as_of]


def known(data: StudentData) -> pd.Index:
    """Give the customers who have bought by the starting line."""
    return pd.Index(sorted(purchases(data)["customer_id"].unique()))


def came(
    data: StudentData,
    *,
    from_line: bool = False,
    rows: bool = False,
    refunds: bool = False,
    all_ids: bool = False,
) -> pd.Series:
    """Task 1: purchase days after the starting line, for all who stand on it. Each switch is a mistake."""
    later = data.orders if refunds else data.orders[data.orders["amount_eur"] >= 0]
    later = later[later["order_date"] >= data.as_of] if from_line else later[later["order_date"] > data.as_of]
    if not rows:
        later = later.drop_duplicates(["customer_id", "order_date"])
    counts = later.groupby("customer_id").size()
    everybody = known(data).union(counts.index) if all_ids else known(data)
    return counts.reindex(everybody, fill_value=0)


def _only_who_came(data: StudentData) -> pd.Series:
    counts = came(data)
    return counts[counts > 0]


def frequency(data: StudentData, *, late: bool = False) -> pd.Series:
    """Give the score of task 2: number of purchases up to the starting line."""
    return purchases(data, late=late).groupby("customer_id").size().reindex(known(data))


def chance(values: pd.Series, k: int) -> pd.Series:
    """Give each customer's chance of being among the best k when equals are ordered by lot."""
    edge = values.nlargest(k).iloc[-1]
    above, equal = values > edge, values == edge
    return above + equal * (k - above.sum()) / equal.sum()


def hit_rate(data: StudentData, *, late: bool = False) -> float:
    """Task 2: share of the truly best fifth that the frequency names, with all ties by lot."""
    k = len(known(data)) // 5
    return float((chance(frequency(data, late=late), k) * chance(came(data), k)).sum() / k)


def _overlap(first: pd.Index, second: pd.Index, by: int) -> float:
    return len(first.intersection(second)) / by


def _head(data: StudentData) -> float:
    k = len(known(data)) // 5
    return _overlap(frequency(data).nlargest(k).index, came(data).nlargest(k).index, k)


def _sorted_head(data: StudentData) -> float:
    k = len(known(data)) // 5
    first, second = (v.sort_values(ascending=False).head(k).index for v in (frequency(data), came(data)))
    return _overlap(first, second, k)


def _all_equals(data: StudentData) -> float:
    k = len(known(data)) // 5
    first, second = (v.nlargest(k, keep="all").index for v in (frequency(data), came(data)))
    return _overlap(first, second, len(second))


def recency(data: StudentData, *, late: bool = False) -> pd.Series:
    """Give days from the last purchase to the starting line; `late` to the end of the file (a mistake)."""
    last = purchases(data, late=late).groupby("customer_id")["order_date"].max().reindex(known(data))
    return ((data.orders["order_date"].max() if late else data.as_of) - last).dt.days


def hiatus(data: StudentData, *, days: int = HIATUS_DAYS, late: bool = False) -> dict[str, float]:
    """Task 3: how often the hiatus rule is right, and how often "nobody comes" is."""
    active = recency(data, late=late) < days
    comes = came(data) > 0
    return {"accuracy": float((active == comes).mean()), "base_rate": float((~comes).mean())}


def _only_of_the_active(data: StudentData) -> dict[str, float]:
    active = recency(data) < HIATUS_DAYS
    return hiatus(data) | {"accuracy": float((came(data) > 0)[active].mean())}


def rate_forecast(data: StudentData, *, first_too: bool = False, rows: bool = False) -> pd.Series:
    """Give each customer's purchases in the race if the rate so far went on; 0 for who joined on the line."""
    bought = purchases(data)
    days = bought if rows else bought.drop_duplicates(["customer_id", "order_date"])
    repeats = days.groupby("customer_id").size() - (0 if first_too else 1)
    age = (data.as_of - bought.groupby("customer_id")["order_date"].min()).dt.days
    length = (data.orders["order_date"].max() - data.as_of).days
    return (repeats / age.where(age > 0) * length).fillna(0.0)


def total_error(forecast: pd.Series, outcome: pd.Series) -> float:
    """Task 4: forecast of the total over its true value, less 1."""
    return float(forecast.sum() / outcome.sum() - 1)


def _mean_of_ratios(data: StudentData) -> float:
    outcome = came(data)
    some = outcome > 0
    return float((rate_forecast(data)[some] / outcome[some]).mean() - 1)


def _absolute_errors(data: StudentData) -> float:
    return float((rate_forecast(data) - came(data)).abs().sum() / came(data).sum())


def revenue(data: StudentData, *, since: pd.Timestamp | None = None) -> pd.Series:
    """Give the revenue of the known customers up to the starting line, refunds taken off."""
    rows = data.orders[data.orders["order_date"] <= data.as_of]
    rows = rows if since is None else rows[rows["order_date"] >= since]
    return rows.groupby("customer_id")["amount_eur"].sum().reindex(known(data), fill_value=0.0)


def later_sum(data: StudentData, *, of: str = "margin_eur") -> pd.Series:
    """Give what the known customers brought in the race, refunds taken off."""
    rows = data.orders[data.orders["order_date"] > data.as_of]
    return rows.groupby("customer_id")[of].sum().reindex(known(data), fill_value=0.0)


def decision(
    data: StudentData, *, of: str = "margin_eur", gain: float = GAIN, fee_off: float = 0.0, newer: Any = None
) -> dict[str, Any]:
    """Task 5: what the newer list earns more than the older one in a year, and whether that pays the fee."""
    money = later_sum(data, of=of)
    old = revenue(data).nlargest(PLACES).index
    new = (revenue(data, since=LAST_YEAR) if newer is None else newer).nlargest(PLACES).index
    lead = gain * float(money[new].sum() - money[old].sum()) - fee_off
    pays = lead + fee_off > FEE_EUR
    return {
        "better": "year" if lead + fee_off > 0 else "total",
        "lead_eur": lead,
        "pays": "yes" if pays else "no",
    }


def _wrong_lead(data: StudentData, **wrong: Any) -> dict[str, Any]:
    """Give the right choices with a wrong lead: such a mistake is known by its lead, not by what follows."""
    return decision(data) | {"lead_eur": decision(data, **wrong)["lead_eur"]}


def _by_its_lead(value: Any, theirs: Any, _: Any) -> bool:
    return not isinstance(value, float) or abs(value - theirs) <= LEAD_TOLERANCE


def _without_fee(data: StudentData) -> dict[str, Any]:
    answer = decision(data)
    return answer | {"pays": "no" if answer["pays"] == "yes" else "yes"}


_LINE = (
    "Purchases on the starting line itself (2023-12-31) are counted here, but they belong to the past: no "
    "day may be in both. Take the days after it."
)
_TIES = (
    "Many customers are equal, and here the order of the rows decides who of them is in. Give equals equal "
    "chances: places left / equals."
)
_PERCENT = "This is per cent. Leave the share as it is: do not multiply by 100."

TASKS: tuple[Task, ...] = (
    Task(
        "08.1", "What came, for everybody on the line",
        (Form("table", name="purchases_later", unit="purchase days"),),
        came,
        (
            Mistake("a day in both", lambda d: came(d, from_line=True), _LINE),
            Mistake(
                "later joiners", lambda d: came(d, all_ids=True),
                "Customers are in it who bought for the first time after the line. Nobody could have named "
                "them: keep those with a purchase up to as_of.",
            ),
            Mistake(
                "rows for purchase days", lambda d: came(d, rows=True),
                "This counts orders. Two orders of one day are one purchase day: drop_duplicates first.",
            ),
            Mistake(
                "refund as purchase", lambda d: came(d, refunds=True),
                "The day of a refund counts as a purchase here. Keep the rows with amount_eur of 0 or more.",
            ),
            Mistake(
                "only who came", _only_who_came,
                "Those who did not come are missing, and they are the news. Give them 0: "
                ".reindex(known, fill_value=0).",
            ),
        ),
    ),
    Task(
        "08.2", "The hit rate of the best fifth",
        (Form("share", tolerance=0.0005),),
        hit_rate,
        (
            Mistake("first k rows", _head, _TIES),
            Mistake("first k rows, sorted", _sorted_head, _TIES),
            Mistake(
                "all equals taken", _all_equals,
                "Here all equals of the last place are taken, so the lists are longer than k. There are k "
                "places: equals share those that are left.",
            ),
            Mistake(
                "of all customers", lambda d: hit_rate(d) * (len(known(d)) // 5) / len(known(d)),
                "This divides by all customers. Of the best fifth how many were named: divide by k.",
            ),
            Mistake(
                "a number of customers", lambda d: hit_rate(d) * (len(known(d)) // 5),
                "This is a number of customers. Divide it by k.",
            ),
            Mistake(
                "leakage", lambda d: hit_rate(d, late=True),
                "The score knows the race: it counts purchases after as_of too. Only what lies before the "
                "starting line may be in a score.",
            ),
            Mistake("percent", lambda d: 100 * hit_rate(d), _PERCENT),
        ),
    ),
    Task(
        "08.3", "The hiatus rule, and a guess that looks at nobody",
        (Form("share", name="accuracy", tolerance=0.0005), Form("share", name="base_rate", tolerance=0.0005)),
        hiatus,
        (
            Mistake(
                "days for weeks", lambda d: hiatus(d, days=26),
                "This takes 26 days. The hiatus is 26 weeks: 182 days.",
            ),
            Mistake(
                "active for inactive", lambda d: hiatus(d) | {"accuracy": 1 - hiatus(d)["accuracy"]},
                "The rule is turned round: who has been silent for less than 26 weeks is said to be active.",
            ),
            Mistake(
                "of the active only", _only_of_the_active,
                "This looks only at those whom the rule calls active. It may be right about the inactive "
                "too: compare for all customers.",
            ),
            Mistake(
                "everybody for nobody", lambda d: hiatus(d) | {"base_rate": 1 - hiatus(d)["base_rate"]},
                "This is the share who came. The guess is that nobody comes: right for those who did not.",
            ),
            Mistake(
                "leakage", lambda d: hiatus(d, late=True),
                "The days of silence are counted at the end of the file. The rule must be asked on the "
                "starting line.",
            ),
        ),
    ),
    Task(
        "08.4", "How wrong is the total?",
        (Form("number", tolerance=0.002),),
        lambda d: total_error(rate_forecast(d), came(d)),
        (
            Mistake(
                "mean of ratios", _mean_of_ratios,
                "This is the mean of each customer's own ratio. Add up first, then divide: errors of single "
                "customers may cancel.",
            ),
            Mistake(
                "first purchase too", lambda d: total_error(rate_forecast(d, first_too=True), came(d)),
                "The first purchase day is counted as a repeat. It is where the age begins: take 1 off.",
            ),
            Mistake(
                "rows for days", lambda d: total_error(rate_forecast(d, rows=True), came(d)),
                "This counts orders. What came is counted in purchase days, so count days here too.",
            ),
            Mistake(
                "upside down", lambda d: float(came(d).sum() / rate_forecast(d).sum() - 1),
                "This is the true total over the forecast. The error is forecast / truth - 1.",
            ),
            Mistake(
                "without less 1", lambda d: total_error(rate_forecast(d), came(d)) + 1,
                "This is forecast / truth. An error of 0 would mean exactly right: take 1 off.",
            ),
            Mistake(
                "absolute errors", _absolute_errors,
                "These are the errors of single customers without their sign. For the total let them cancel.",
            ),
            Mistake("percent", lambda d: 100 * total_error(rate_forecast(d), came(d)), _PERCENT),
        ),
    ),
    Task(
        "08.5", "What is the better list worth?",
        (
            Form("choice", name="better", allowed=("total", "year")),
            Form("number", name="lead_eur", unit="EUR", tolerance=LEAD_TOLERANCE),
            Form("choice", name="pays", allowed=("yes", "no")),
        ),
        decision,
        (
            Mistake(
                "revenue for margin", lambda d: _wrong_lead(d, of="amount_eur"),
                "This adds up revenue. The firm keeps only the margin: use margin_eur.", _by_its_lead,
            ),
            Mistake(
                "whole margin", lambda d: _wrong_lead(d, gain=1.0),
                "This is the whole margin of the customers. Care adds a tenth of it: times 0.10.",
                _by_its_lead,
            ),
            Mistake(
                "fee taken off", lambda d: _wrong_lead(d, fee_off=FEE_EUR),
                "The fee is taken off already. Give the lead before the fee, and compare the two in `pays`.",
                _by_its_lead,
            ),
            Mistake(
                "leakage", lambda d: _wrong_lead(d, newer=later_sum(d)),
                "The newer list is made from what came in 2024. On the starting line nobody knows that: use "
                "the revenue of 2023.",
                _by_its_lead,
            ),
            Mistake(
                "compared with 0", _without_fee,
                f"Compare the lead with the fee of {FEE_EUR:.0f} EUR, not with 0: it pays only if the lead "
                f"is higher than {FEE_EUR:.0f}.",
            ),
        ),
    ),
)  # fmt: skip
