"""Lesson 06, RFM: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within

CUSTOMERS = 6000  # a letter's effect is small: fewer customers would show noise only
CAMPAIGN = "autumn 2023"
SCORES = ("1", "2", "3", "4", "5")


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: the letter pays for F = 1, not for all; mistakes show."""
    right = plan(data)["f_scores"]
    if 1 not in right or len(right) > 3 or plan(data, effect="above 0")["f_scores"] == right:
        return False
    uplift, one = uplift_of_one_order(data), _one_order(data)
    wrong = [_uplift_of(one, "n_in_window"), *(_refund_as_response(data, before=b) for b in (False, True))]
    ties_show = (_mean_ranks(data) != r_score(data)).any()
    return bool(ties_show and min(abs(uplift - w) for w in wrong) > 0.0006)


def purchases(data: StudentData, day: pd.Timestamp | None = None) -> pd.DataFrame:
    """Give the purchases up to and including a day, `as_of` when left out."""
    rows = data.orders
    return rows[(rows["amount_eur"] >= 0) & (rows["order_date"] <= (data.as_of if day is None else day))]


def recency(data: StudentData, day: pd.Timestamp | None = None) -> pd.Series:
    """Task 1: days from the last purchase to the reporting day."""
    end = data.as_of if day is None else day
    return (end - purchases(data, end).groupby("customer_id")["order_date"].max()).dt.days


def _recency_of_rows(rows: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    return (end - rows.groupby("customer_id")["order_date"].max()).dt.days


def _span(data: StudentData) -> pd.Series:
    days = purchases(data).groupby("customer_id")["order_date"]
    return (days.max() - days.min()).dt.days


def score(goodness: pd.Series) -> pd.Series:
    """Task 2: 1 + floor(5 x customers who are strictly worse / customers); equal values get equal scores."""
    worse = goodness.rank(method="min") - 1
    return (1 + 5 * worse // len(goodness)).astype(int)


def r_score(data: StudentData, day: pd.Timestamp | None = None) -> pd.Series:
    """Score recency, 5 for the most recent."""
    return score(-recency(data, day))


def f_score(data: StudentData, day: pd.Timestamp | None = None) -> pd.Series:
    """Score the number of purchases, 5 for the most."""
    return score(purchases(data, day).groupby("customer_id").size())


def _mean_ranks(data: StudentData) -> pd.Series:
    goodness = -recency(data)
    return 1 + 5 * (goodness.rank() - 1) // len(goodness)


def _not_rounded_down(data: StudentData) -> pd.Series:
    goodness = -recency(data)
    return 1 + 5 * (goodness.rank(method="min") - 1) / len(goodness)


def _row_order(data: StudentData) -> pd.Series:
    ranks = recency(data).rank(method="first", ascending=False)
    return pd.qcut(ranks, 5, labels=False) + 1


def _row_order_down(data: StudentData) -> pd.Series:
    return 5 - pd.qcut(recency(data).rank(method="first"), 5, labels=False)


def _equal_width(data: StudentData) -> pd.Series:
    return 5 - pd.cut(recency(data), 5, labels=False)


def _value_borders(data: StudentData) -> pd.Series:
    return 5 - pd.qcut(recency(data), 5, labels=False, duplicates="drop")


def away(data: StudentData) -> pd.Series:
    """Mark who was good and is away: R of 2 or less and F of 4 or more."""
    return (r_score(data) <= 2) & (f_score(data) >= 4)


def _share_of_orders(data: StudentData) -> float:
    mark = away(data)
    return float(purchases(data)["customer_id"].isin(mark[mark].index).mean())


def _good_and_here(data: StudentData) -> float:
    return float(((r_score(data) >= 4) & (f_score(data) >= 4)).mean())


def _of_the_good(data: StudentData) -> float:
    good = f_score(data) >= 4
    return float((r_score(data)[good] <= 2).mean())


def _four_orders(data: StudentData) -> float:
    return float(((r_score(data) <= 2) & (purchases(data).groupby("customer_id").size() >= 4)).mean())


def _refund_as_purchase(data: StudentData) -> float:
    rows = data.orders[data.orders["order_date"] <= data.as_of]
    return float(((r_score(data) <= 2) & (score(rows.groupby("customer_id").size()) >= 4)).mean())


def _f_turned(data: StudentData) -> float:
    turned = score(-purchases(data).groupby("customer_id").size())
    return float(((r_score(data) <= 2) & (turned >= 4)).mean())


def people(data: StudentData) -> pd.DataFrame:
    """Give who was in the draw of the letter: orders before it, treated, and purchases in its window."""
    first, last = window(data)
    drawn = data.letters[data.letters["campaign_id"] == CAMPAIGN].set_index("customer_id")
    before = purchases(data, first - pd.Timedelta(days=1)).groupby("customer_id").size()
    bought = purchases(data, last).query("order_date >= @first").groupby("customer_id").size()
    return pd.DataFrame(
        {
            "treated": drawn["treated"],
            "n_before": before.reindex(drawn.index, fill_value=0),
            "n_in_window": bought.reindex(drawn.index, fill_value=0),
            "n_until_as_of": purchases(data).groupby("customer_id").size().reindex(drawn.index, fill_value=0),
        }
    ).assign(responded=lambda t: t["n_in_window"] > 0)


def window(data: StudentData) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Give the first and the last day of the letter's window."""
    row = data.campaigns[data.campaigns["campaign_id"] == CAMPAIGN].iloc[0]
    return row["start_date"], row["end_date"]


def rates(table: pd.DataFrame, outcome: str = "responded") -> tuple[float, float]:
    """Give the mean outcome of the treated and of the control group."""
    mean = table.groupby("treated")[outcome].mean()
    return float(mean.get(True, 0.0)), float(mean.get(False, 0.0))


def _one_order(data: StudentData) -> pd.DataFrame:
    return people(data).query("n_before == 1")


def uplift_of_one_order(data: StudentData) -> float:
    """Task 4: response rate of the treated less that of the control group, among customers with one order."""
    treated, control = rates(_one_order(data))
    return treated - control


def _uplift_of(table: pd.DataFrame, outcome: str = "responded") -> float:
    treated, control = rates(table, outcome)
    return treated - control


def _refund_as_response(data: StudentData, *, before: bool = False) -> float:
    """Count a refund in the window as a response; `before`, also one before the letter as a purchase."""
    first, last = window(data)
    table, rows = people(data), data.orders
    responded = rows[rows["order_date"].between(first, last)]["customer_id"]
    table = table.assign(responded=table.index.isin(responded))
    if before:
        n = rows[rows["order_date"] < first].groupby("customer_id").size()
        table["n_before"] = n.reindex(table.index, fill_value=0)
    return _uplift_of(table.query("n_before == 1"))


def _more_responders(data: StudentData) -> float:
    hits = _one_order(data).groupby("treated")["responded"].sum()
    return float(hits.get(True, 0) - hits.get(False, 0))


def _ratio(data: StudentData) -> float:
    treated, control = rates(_one_order(data))
    return treated / control if control else 0.0


def plan(
    data: StudentData,
    *,
    of: str = "margin_eur",
    effect: str = "uplift",
    scored: pd.Timestamp | None = None,
    turned: bool = False,
) -> dict[str, Any]:
    """Task 5: break-even, the F scores to write to, how many letters, and what they should bring.

    The mistakes turn one screw each: another column `of` money, another `effect` (the "response" of the
    treated, whatever is "above 0", or "everybody"), another day on which customers are `scored`, or F
    `turned` round.
    """
    day = scored or window(data)[0] - pd.Timedelta(days=1)
    then, now = (purchases(data, end).groupby("customer_id").size() for end in (day, None))
    then, now = (score(-n if turned else n) for n in (then, now))
    drawn = people(data).join(then.rename("f"))
    mean = drawn.groupby(["f", "treated"])["responded"].mean().unstack()
    worth = mean[True] if effect == "response" else mean[True] - mean[False]
    gain, cost = float(purchases(data)[of].mean()), float(data.campaigns["letter_cost_eur"].iloc[0])
    chosen = worth > {"everybody": -1.0, "above 0": 0.0}.get(effect, cost / gain)
    today = now.value_counts().reindex(worth.index, fill_value=0)[chosen]
    return {
        "break_even": cost / gain,
        "f_scores": [int(f) for f in worth.index[chosen]],
        "letters": int(today.sum()),
        "net_eur": float((today * (worth[chosen] * gain - cost)).sum()),
    }


def _too_large(value: pd.Series, _: pd.Series, right: pd.Series) -> bool:
    """Say whether every customer's number is too large by the same amount."""
    if set(value.index) != set(right.index) or not value.index.is_unique:
        return False
    apart = value.astype(float) - right.astype(float)
    return bool(apart.min() > 0 and apart.max() - apart.min() < 0.001)


_LATE = "Days after as_of (2023-12-31) are the future: keep the rows up to as_of only."
_MONTHS = "These are months. recency_days counts days: take .dt.days and do not divide."
_TIES = (
    "Customers with the same recency get different scores here: the order of the rows decides. Count who is "
    "strictly "
    'worse: rank(method="min").'
)
_F_TURNED = (
    "F is turned round: your function gives 5 to the customers with the fewest purchases. For R, small is "
    "good; for F, large is good."
)
_NO_RESPONSE = "A refund is not a response: keep amount_eur >= 0."
_UPSIDE = "5 stands for the longest ago here. 5 is good, and a small recency is good: turn the scale round."

TASKS: tuple[Task, ...] = (
    Task(
        "06.1", "Days since the last purchase",
        (Form("table", name="recency_days", unit="days", tolerance=0.001),),
        recency,
        (
            Mistake(
                "first to last", _span,
                "This is the time from the first to the last purchase. Recency runs from the last purchase "
                "to as_of.",
            ),
            Mistake("months, 30 days", lambda d: recency(d) / 30, _MONTHS),
            Mistake("whole months", lambda d: recency(d) // 30, _MONTHS),
            Mistake("months, mean length", lambda d: recency(d) / 30.4375, _MONTHS),
            Mistake("weeks", lambda d: recency(d) / 7, _MONTHS.replace("months", "weeks")),
            Mistake(
                "days after as_of",
                lambda d: _recency_of_rows(d.orders[d.orders["amount_eur"] >= 0], d.as_of), _LATE,
            ),
            Mistake(
                "refund as purchase",
                lambda d: _recency_of_rows(d.orders[d.orders["order_date"] <= d.as_of], d.as_of),
                "The day of a refund counts as a purchase here. Keep the rows with amount_eur of 0 or more.",
            ),
            Mistake(
                "sign turned", lambda d: -recency(d),
                "The sign is turned: reporting day minus last purchase.",
            ),
            Mistake(
                "today for as_of", lambda d: recency(d) + (pd.Timestamp.now() - d.as_of).days,
                "All are too large by the same number of days: count to data.as_of, not to today.",
                _too_large,
            ),
            Mistake(
                "since the first",
                lambda d: (d.as_of - purchases(d).groupby("customer_id")["order_date"].min()).dt.days,
                "This runs from the first purchase. Recency runs from the last one: max, not min.",
            ),
        ),
    ),
    Task(
        "06.2", "The R score of each customer",
        (Form("table", name="r_score"),),
        r_score,
        (
            Mistake("upside down", lambda d: score(recency(d)), _UPSIDE),
            Mistake("upside down, 6 less", lambda d: 6 - r_score(d), _UPSIDE),
            Mistake("not rounded down", _not_rounded_down, "Scores must be whole: // rounds down."),
            Mistake(
                "brackets", lambda d: 0 * recency(d) + 1,
                "Brackets: first 5 × worse, then // n.",
            ),
            Mistake(
                "mean ranks", _mean_ranks,
                'Equal customers share a mean rank here: rank(method="min").',
            ),
            Mistake("ties by row order", _row_order, _TIES),
            Mistake("ties by row order, downwards", _row_order_down, _TIES),
            Mistake(
                "equal width", _equal_width,
                "These bands are equally wide in days (pd.cut). A score cuts the ranks: about a fifth of "
                "the customers in each band.",
            ),
            Mistake(
                "borders of values", _value_borders,
                "Nearly: equal customers are treated alike, but those who stand on a border come into the "
                "better band (pd.qcut). Use the rule: 1 + 5 x strictly worse // customers.",
            ),
        ),
    ),
    Task(
        "06.3", "Good once, now away",
        (Form("share", tolerance=0.0005),),
        lambda d: float(away(d).mean()),
        (
            Mistake(
                "count for share", lambda d: int(away(d).sum()),
                "This is a count. Divide by all customers.",
            ),
            Mistake("F turned round", _f_turned, _F_TURNED),
            Mistake(
                "refund as purchase", _refund_as_purchase,
                "Refunds are counted as purchases here. Keep the rows with amount_eur of 0 or more.",
            ),
            Mistake(
                "share of purchases", _share_of_orders,
                "This is a share of the purchases. Each customer counts once: take the mean over customers.",
            ),
            Mistake(
                "good and here", _good_and_here,
                "These are the good ones who are still here (R of 4 or more). Away means a low R.",
            ),
            Mistake(
                "share of the good", _of_the_good,
                "This is the share among the good customers only. Divide by all customers.",
            ),
            Mistake(
                "purchases for score", _four_orders,
                "This takes four purchases or more. F is the score from 1 to 5, not the number of purchases.",
            ),
            Mistake(
                "percent for share", lambda d: 100 * float(away(d).mean()),
                "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(0.1),
            ),
        ),
    ),
    Task(
        "06.4", "What the letter did",
        (Form("number", tolerance=0.0005),),
        uplift_of_one_order,
        (
            Mistake(
                "treated only", lambda d: rates(_one_order(d))[0],
                "This is the response rate of those with the letter. Some would have bought anyway: take "
                "the rate of the control group from it.",
            ),
            Mistake(
                "purchases for customers", lambda d: _uplift_of(_one_order(d), "n_in_window"),
                "This counts purchases. A customer who buys twice has responded once: count customers.",
            ),
            Mistake(
                "later days in the score", lambda d: _uplift_of(people(d).query("n_until_as_of == 1")),
                "Days after the letter are used to choose the customers. Whoever answers the letter then has "
                "two purchases and is gone from your group. Count the purchases before start_date.",
            ),
            Mistake("refund as response", _refund_as_response, _NO_RESPONSE),
            Mistake(
                "refunds everywhere", lambda d: _refund_as_response(d, before=True),
                f"{_NO_RESPONSE} The same before the letter: a refund is not a purchase.",
            ),
            Mistake(
                "difference of counts", _more_responders,
                "These are numbers of people. Divide each by its group.",
            ),
            Mistake("ratio", _ratio, "This is one rate divided by the other. Uplift is the difference."),
            Mistake(
                "relative", lambda d: _ratio(d) - 1,
                "This is the relative change. Uplift is the difference of the two rates, not divided by "
                "anything.",
            ),
            Mistake(
                "wrong way round", lambda d: -uplift_of_one_order(d),
                "The sign is turned: treated less control.",
            ),
            Mistake(
                "everybody", lambda d: _uplift_of(people(d)),
                "This is the uplift of all customers. Keep those with one purchase before the letter.",
            ),
            Mistake(
                "percentage points", lambda d: 100 * uplift_of_one_order(d),
                "These are percentage points. Give the difference of the two shares: do not multiply by 100.",
                within(0.1),
            ),
        ),
    ),
    Task(
        "06.5", "Who gets the next letter?",
        (
            Form("share", name="break_even", tolerance=0.0005),
            Form("choice", name="f_scores", allowed=SCORES),
            Form("count", name="letters"),
            Form("number", name="net_eur", unit="EUR", tolerance=5.0),
        ),
        plan,
        (
            Mistake(
                "response for uplift", lambda d: plan(d, effect="response"),
                "This uses the response rate of the treated. Some would buy anyway: only the uplift is the "
                "letter's.",
            ),
            Mistake(
                "revenue for margin", lambda d: plan(d, of="amount_eur"),
                "This uses the revenue of a purchase. The goods cost money too: use the margin.",
            ),
            Mistake(
                "everybody", lambda d: plan(d, effect="everybody"),
                "This writes to everybody. Leave out the F scores whose uplift is below break-even.",
            ),
            Mistake(
                "uplift above 0", lambda d: plan(d, effect="above 0"),
                "You chose by uplift above 0. It must be above break-even.",
            ),
            Mistake("F turned round", lambda d: plan(d, turned=True), _F_TURNED),
            Mistake(
                "scores of today", lambda d: plan(d, scored=d.as_of),
                "The uplift is measured on scores of today, which know who answered. Score the customers on "
                "the day before the letter.",
            ),
        ),
    ),
)  # fmt: skip
