"""Lesson 01, customer information: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within
from crmlab.datasets.organisations import describe_customers
from crmlab.datasets.retail import AS_OF, make_retail
from crmlab.information import field_catalogue

CUSTOMERS = 2500
LIFT = 0.3  # what a call adds to the next year's margin; stated in the exercise
HALF_LIFE_YEARS = 4.0  # of a phone number; stated in the exercise
TOP = 0.2
PERSON = ("individual", "key person")
NAMES = tuple(f for f, a in field_catalogue()[["field", "about"]].itertuples(index=False) if a in PERSON)
TRIAL = ("family status", "children", "income band", "occupation", "home", "satisfaction", "other shops",
         "favourite style", "religion", "child under 14")  # fmt: skip
NOT_LAWFUL = ("religion", "child under 14")


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make a student's tables: customers, orders, records, a planned form and a trial of new fields."""
    world = make_retail(n_customers=n, rng=rng)
    notes = describe_customers(world, rng=rng)
    fields = field_catalogue()
    person = fields[fields["about"].isin(PERSON)]
    sensitive = person[person["sensitive_pipl"] == "sensitive"]["field"].to_numpy()
    only_gdpr = person[
        (person["special_gdpr"] == "special category") & (person["sensitive_pipl"] != "sensitive")
    ]
    plain = person[(person["sensitive_pipl"] == "personal") & (person["special_gdpr"] == "personal")]
    names = np.concatenate(
        [
            rng.choice(sensitive, 4, replace=False),
            rng.choice(only_gdpr["field"].to_numpy(), 2, replace=False),
            rng.choice(plain["field"].to_numpy(), 6, replace=False),
        ]
    )
    trial = pd.DataFrame(
        {
            "field": list(TRIAL),
            "gain_share": np.round(np.clip(rng.normal(0.012, 0.012, len(TRIAL)), -0.01, 0.05), 4),
            "answer_cost_eur": rng.choice([0.04, 0.1, 0.2], len(TRIAL)),
        }
    )
    trial.loc[trial["field"].isin(NOT_LAWFUL), "gain_share"] = np.round(rng.uniform(0.03, 0.05, 2), 4)
    tables = {
        "customers": world.customers,
        "orders": world.orders,
        "customer_fields": notes.customer_fields,
        "form": pd.DataFrame({"field": pd.Series(rng.permutation(names), dtype="str")}),
        "trial": trial,
    }
    return AS_OF, tables


def fits(data: StudentData) -> bool:
    """Say whether right and wrong answers differ, and whether some fields pay and some do not."""
    right = plan(data)
    others = [
        plan(data, legal=False), plan(data, cost=False), plan(data, of="amount_eur"), plan(data, lift=1.0)
    ]  # fmt: skip
    shares = [completeness(data), _until(data, None), 1 - completeness(data), _of_records(data)]
    ages = [phone_age(data), _phone_age_all(data), _first_phone(data)]
    lists = [captured(data), captured(data, of="amount_eur"), captured(data, ever=True), 1.0]
    apart = [abs(a - values[0]) > 0.003 for values in (shares, lists) for a in values[1:]]
    return bool(
        2 <= len(right["fields"]) <= 6
        and all(p["fields"] != right["fields"] for p in others[:2])
        and all(abs(p["net_eur"] - right["net_eur"]) > 3 for p in others)
        and all(apart)
        and all(abs(a - ages[0]) > 2 for a in ages[1:])
        and _border(data) > 0
    )


def seen(data: StudentData) -> pd.DataFrame:
    """Give the records written down by the reporting day."""
    return data.customer_fields[data.customer_fields["recorded_on"] <= data.as_of]


def holders(data: StudentData) -> list[str]:
    """Give the card holders: who has a record by the reporting day."""
    return sorted(seen(data)["customer_id"].unique())


def completeness(data: StudentData) -> float:
    """Task 1: share of the card holders whose income band is known."""
    known = seen(data).dropna(subset=["income_band"])["customer_id"].nunique()
    return float(known / len(holders(data)))


def _until(data: StudentData, _: None) -> float:
    rows = data.customer_fields
    return float(rows.dropna(subset=["income_band"])["customer_id"].nunique() / rows["customer_id"].nunique())


def _of_records(data: StudentData) -> float:
    return float(seen(data)["income_band"].notna().mean())


def _of_customers(data: StudentData) -> float:
    known = seen(data).dropna(subset=["income_band"])["customer_id"].nunique()
    return float(known / len(data.customers))


def phones(data: StudentData, which: str = "max") -> pd.Series:
    """Give the age in days of each customer's latest phone number."""
    rows = seen(data).dropna(subset=["phone"])
    last = rows.groupby("customer_id")["recorded_on"].agg(which)
    return (data.as_of - last).dt.days


def phone_age(data: StudentData) -> float:
    """Task 2: median age of the latest phone number, days."""
    return float(phones(data).median())


def _phone_age_all(data: StudentData) -> float:
    rows = seen(data).dropna(subset=["phone"])
    return float((data.as_of - rows["recorded_on"]).dt.days.median())


def _first_phone(data: StudentData) -> float:
    return float(phones(data, "min").median())


def _any_record(data: StudentData) -> float:
    return float((data.as_of - seen(data).groupby("customer_id")["recorded_on"].max()).dt.days.median())


def reach(data: StudentData, *, days: float = 365.25, of: str = "holders", power: str = "half") -> float:
    """Task 3: share of the card holders whom a call should reach: known, and still right."""
    age = phones(data)
    years = age / days
    right = 0.5 ** (years / HALF_LIFE_YEARS) if power == "half" else np.exp(-years / HALF_LIFE_YEARS)
    if power == "mean age":
        return float(len(age) * 0.5 ** (years.mean() / HALF_LIFE_YEARS) / len(holders(data)))
    return float(right.sum() / (len(holders(data)) if of == "holders" else len(age)))


def forbidden(data: StudentData, column: str = "sensitive_pipl", word: str = "sensitive") -> list[str]:
    """Task 4: the fields of the planned form that PIPL calls sensitive."""
    fields = field_catalogue().set_index("field")[column]
    return sorted(f for f in data.form["field"] if fields[f] == word)


def _either(data: StudentData) -> list[str]:
    return sorted({*forbidden(data), *forbidden(data, "special_gdpr", "special category")})


def _both(data: StudentData) -> list[str]:
    return sorted({*forbidden(data)} & {*forbidden(data, "special_gdpr", "special category")})


def _year(data: StudentData, of: str, *, later: bool = False, ever: bool = False) -> pd.Series:
    day, rows = data.orders["order_date"], data.orders
    inside = (day <= data.as_of) if not later else (day > data.as_of)
    if not ever:
        inside &= day > data.as_of - pd.Timedelta(days=365)
    sums = (rows.loc[inside, of] * 100).round().groupby(rows["customer_id"]).sum() / 100
    return sums.reindex(holders(data), fill_value=0.0)


def _top(data: StudentData, values: pd.Series) -> pd.Index:
    return values.sort_values(ascending=False, kind="stable").head(round(TOP * len(holders(data)))).index


def _border(data: StudentData) -> float:
    ordered = _year(data, "margin_eur").sort_values(ascending=False).to_numpy()
    k = round(TOP * len(ordered))
    return float(min(ordered[k - 1] - ordered[k], ordered[k - 1]))


def captured(data: StudentData, *, of: str = "margin_eur", ever: bool = False, leak: bool = False) -> float:
    """Task 5: share of the next year's margin that last year's best fifth bring."""
    later = _year(data, "margin_eur", later=True)
    chosen = _top(data, later if leak else _year(data, of, ever=ever))
    return float(later[chosen].sum() / later.sum())


def _of_everybody(data: StudentData) -> float:
    rows = data.orders
    total = rows.loc[rows["order_date"] > data.as_of, "margin_eur"].sum()
    later = _year(data, "margin_eur", later=True)
    return float(later[_top(data, _year(data, "margin_eur"))].sum() / total)


def _captured_past(data: StudentData) -> float:
    past = _year(data, "margin_eur")
    return float(past[_top(data, past)].sum() / past.sum())


def plan(
    data: StudentData, *, legal: bool = True, cost: bool = True, of: str = "margin_eur", lift: float = LIFT
) -> dict[str, Any]:
    """Task 6: which fields to ask, what asking costs and what the form earns."""
    n, total = len(holders(data)), float(_year(data, of).sum())
    trial = data.trial.set_index("field")
    gain, price = trial["gain_share"] * total * lift, trial["answer_cost_eur"] * n
    good = gain > (price if cost else 0)
    if legal:
        good &= ~trial.index.isin(NOT_LAWFUL)
    return {
        "fields": sorted(trial.index[good]),
        "cost_eur": float(price[good].sum()),
        "net_eur": float((gain - price)[good].sum()),
    }


def _gain_for_net(data: StudentData) -> dict[str, Any]:
    right = plan(data)
    return right | {"net_eur": right["net_eur"] + right["cost_eur"]}


_LATE = "Records after as_of (2023-12-31) are the future: keep recorded_on <= data.as_of."

TASKS: tuple[Task, ...] = (
    Task(
        "01.1", "How complete is a field?",
        (Form("share", tolerance=0.0005),),
        completeness,
        (
            Mistake("later records", lambda d: _until(d, None), _LATE),
            Mistake("missing share", lambda d: 1 - completeness(d),
                    "This is the share that is missing. Completeness is the share that is known."),
            Mistake("rows for customers", _of_records,
                    "This is a share of records. One card holder can have several: count different "
                    "customers with nunique."),
            Mistake("all customers", _of_customers,
                    "You divided by all customers. Only card holders are asked: divide by them."),
            Mistake("percent", lambda d: 100 * completeness(d),
                    "This is per cent. A share lies between 0 and 1: do not multiply by 100.", within(0.1)),
        ),
    ),
    Task(
        "01.2", "How old are the phone numbers?",
        (Form("number", unit="days", tolerance=0.51),),
        phone_age,
        (
            Mistake("all records", _phone_age_all,
                    "These are all records with a phone. For each customer only the latest counts: "
                    "groupby and max first."),
            Mistake("first record", _first_phone,
                    "This is the age of the first record. The latest one counts: max, not min."),
            Mistake("any record", _any_record,
                    "This is the latest record of any kind. Keep the rows in which the phone is known "
                    "(dropna) first."),
            Mistake("mean", lambda d: float(phones(d).mean()), "This is the mean. The median is asked for."),
            Mistake("sign", lambda d: -phone_age(d), "The sign is turned: reporting day less recorded_on."),
            Mistake("years", lambda d: phone_age(d) / 365.25, "These are years. Give days.", within(0.01)),
        ),
    ),
    Task(
        "01.3", "Whom would a call reach?",
        (Form("share", tolerance=0.0005),),
        reach,
        (
            Mistake("of those with a phone", lambda d: reach(d, of="known"),
                    "This is the share among those who left a number. Divide by all card holders: no number, "
                    "no call."),
            Mistake("only known", lambda d: len(phones(d)) / len(holders(d)),
                    "This is who left a number. Some numbers are no longer right: multiply by "
                    "0.5 ** (years / 4)."),
            Mistake("e for one half", lambda d: reach(d, power="e"),
                    "You used e. A half-life halves: 0.5 ** (years / 4)."),
            Mistake("mean age", lambda d: reach(d, power="mean age"),
                    "You put the mean age into the formula. Compute the share for each number, then add up."),
            Mistake("days for years", lambda d: reach(d, days=1.0),
                    "The ages are in days and the half-life in years: divide the days by 365.25."),
            Mistake("count", lambda d: reach(d) * len(holders(d)),
                    "This is a number of people. Divide by all card holders.", within(0.6)),
        ),
    ),
    Task(
        "01.4", "What does the law call sensitive?",
        (Form("choice", allowed=NAMES),),
        forbidden,
        (
            Mistake("either law", _either,
                    "You took what PIPL or GDPR names. The question is about PIPL: column sensitive_pipl."),
            Mistake("GDPR", lambda d: forbidden(d, "special_gdpr", "special category"),
                    "This is GDPR's special category. The question is about PIPL: column sensitive_pipl."),
            Mistake("both laws", _both,
                    "These are in both laws. PIPL names more, such as financial accounts and children under "
                    "14."),
            Mistake("all personal", lambda d: sorted(d.form["field"]),
                    "All fields about a person are personal; only some are sensitive."),
            Mistake("turned round", lambda d: sorted({*d.form["field"]} - {*forbidden(d)}),
                    "These are the fields that are not sensitive: turn the choice round."),
        ),
    ),
    Task(
        "01.5", "How far do the orders carry?",
        (Form("share", tolerance=0.0005),),
        captured,
        (
            Mistake("leak", lambda d: captured(d, leak=True),
                    "You chose with next year's margin, which nobody knows on the reporting day. Choose with "
                    "last year's, judge with next year's."),
            Mistake("revenue", lambda d: captured(d, of="amount_eur"),
                    "You ranked by revenue. Rank by margin."),
            Mistake("all years", lambda d: captured(d, ever=True),
                    "You ranked by all orders so far. Take the 365 days up to the reporting day."),
            Mistake("past for future", _captured_past,
                    "This is their share of last year's margin. Judge by the orders after the reporting "
                    "day."),
            Mistake("all customers", _of_everybody,
                    "You divided by the margin of all customers. Divide by that of the card holders."),
            Mistake("percent", lambda d: 100 * captured(d),
                    "This is per cent. A share lies between 0 and 1.", within(0.1)),
        ),
    ),
    Task(
        "01.6", "Which fields go on the form?",
        (
            Form("choice", name="fields", allowed=TRIAL),
            Form("number", name="cost_eur", unit="EUR", tolerance=1.0),
            Form("number", name="net_eur", unit="EUR", tolerance=1.5),
        ),
        plan,
        (
            Mistake("law forgotten", lambda d: plan(d, legal=False),
                    "Two of these fields are sensitive under PIPL, and a sales call is no necessity. Leave "
                    "them out."),
            Mistake("cost forgotten", lambda d: plan(d, cost=False),
                    "You kept every field with a gain. The gain must be above the cost of asking everybody."),
            Mistake("revenue", lambda d: plan(d, of="amount_eur"),
                    "You used revenue. The goods cost money too: use the margin."),
            Mistake("lift forgotten", lambda d: plan(d, lift=1.0),
                    "The call adds only 30 % to the margin: multiply by 0.3."),
            Mistake("gain for net", _gain_for_net,
                    "net_eur is the gains less the costs of the chosen fields: take cost_eur off."),
        ),
    ),
)  # fmt: skip
