"""Lesson 17, TXU and Quillmoor: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.bills import bill_status, policy_profit, trial_outcomes
from crmlab.checks.card import Form, Mistake, StudentData, Task, read, same
from crmlab.datasets.energy_world import make_energy

CUSTOMERS = 6000
AS_OF = pd.Timestamp("2024-12-31")
START = pd.Timestamp("2024-01-01")
POLICIES = ("soft", "firm")


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make a student's tables: the town as the firm sees it, and nothing of the truth."""
    made = make_energy(n, rng=rng)
    return AS_OF, {
        "households": made.households,
        "status": bill_status(made.energy_bills, made.energy_payments),
        "energy_payments": made.energy_payments,
        "energy_contacts": made.energy_contacts,
        "energy_cutoffs": made.energy_cutoffs,
    }


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: firm earns more, and not without its fees."""
    choice = decide(data)
    if choice["gain_eur"] < 2 or choice["gain_without_fees_eur"] > -2:
        return False
    clean = clean_shares(data)
    if not clean["reward"] - clean["soft"] > 0.005:
        return False
    for task in TASKS:
        right = read(task.answer(data), task.forms)
        for mistake in task.mistakes:
            theirs = read(mistake.answer(data), task.forms)
            if all(same(theirs[f.name], right[f.name], f) for f in task.forms):
                return False
    return True


def there(data: StudentData) -> pd.DataFrame:
    """Give the households that were customers when the trial began."""
    rows = data.households
    return rows[rows["left_date"].isna() | (rows["left_date"] >= START)]


def on_time(data: StudentData, *, since: pd.Timestamp = START, days: int = 16) -> dict[str, float]:
    """Task 1: share of the bills of 2024 that were settled within 16 days, in two arms."""
    rows = data.status[data.status["bill_date"] >= since]
    policy = rows["household_id"].map(data.households.set_index("household_id")["policy"])
    good = (rows["days_to_settle"] <= days).groupby(policy).mean()
    return {name: float(good[name]) for name in POLICIES}


def _settled_only(data: StudentData) -> dict[str, float]:
    rows = data.status[(data.status["bill_date"] >= START) & data.status["days_to_settle"].notna()]
    policy = rows["household_id"].map(data.households.set_index("household_id")["policy"])
    good = rows["on_time"].groupby(policy).mean()
    return {name: float(good[name]) for name in POLICIES}


def leaving(data: StudentData, people: pd.DataFrame | None = None) -> float:
    """Task 2: share of households that left in 2024, firm less soft, in percentage points."""
    rows = there(data) if people is None else people
    rate = rows["left_date"].notna().groupby(rows["policy"]).mean()
    return float(100 * (rate["firm"] - rate["soft"]))


def _counts(data: StudentData) -> float:
    rows = there(data)
    left = rows["left_date"].notna().groupby(rows["policy"]).sum()
    return float(left["firm"] - left["soft"])


def clean_shares(data: StudentData) -> dict[str, float]:
    """Give the share of households with twelve bills of 2024 on time and still there."""
    people = there(data)
    rows = data.status[data.status["bill_date"] >= START]
    good = (
        rows.groupby("household_id")["on_time"].sum().reindex(people["household_id"], fill_value=0).to_numpy()
    )
    clean = pd.Series((good == 12) & people["left_date"].isna().to_numpy())
    share = clean.groupby(people["policy"].to_numpy()).mean()
    return {str(name): float(value) for name, value in share.items()}


def windfall(data: StudentData) -> float:
    """Task 3: share of the reward money that is paid for what would have been done anyway."""
    clean = clean_shares(data)
    return clean["soft"] / clean["reward"]


def _leavers_kept(data: StudentData) -> float:
    people, rows = there(data), data.status[data.status["bill_date"] >= START]
    good = rows.groupby("household_id")["on_time"].sum()
    share = (people["household_id"].map(good) == 12).groupby(people["policy"]).mean()
    return float(share["soft"] / share["reward"])


def _clean_counts(data: StudentData) -> float:
    size, share = there(data)["policy"].value_counts(), clean_shares(data)
    return float(share["soft"] * size["soft"] / (share["reward"] * size["reward"]))


def _four_arms(data: StudentData) -> float:
    size, share = there(data)["policy"].value_counts(), clean_shares(data)
    plain, rewarded = ["soft", "firm"], ["reward", "firm + reward"]
    clean = [sum(share[p] * size[p] for p in arms) / size[arms].sum() for arms in (plain, rewarded)]
    return float(clean[0] / clean[1])


def days_off(data: StudentData, people: pd.DataFrame | None = None) -> dict[str, float]:
    """Task 4: days without electricity per 100 households of the arm firm, registered or not."""
    people = there(data) if people is None else people
    firm = people[people["policy"] == "firm"]
    off = data.energy_cutoffs.groupby("household_id")["days_off"].sum()
    days = off.reindex(firm["household_id"], fill_value=0).to_numpy()
    mean = pd.Series(days).groupby(firm["on_register"].to_numpy()).mean()
    return {"registered": float(100 * mean[True]), "others": float(100 * mean[False])}


def _per_cut(data: StudentData, *, scale: float = 1.0) -> dict[str, float]:
    rows = data.energy_cutoffs.merge(data.households, on="household_id")
    mean = rows[rows["policy"] == "firm"].groupby("on_register")["days_off"].mean()
    return {"registered": float(scale * mean[True]), "others": float(scale * mean[False])}


def _per_hit(data: StudentData, *, scale: float = 1.0) -> dict[str, float]:
    off = data.energy_cutoffs.groupby("household_id")["days_off"].sum()
    hit = there(data).merge(off.reset_index(), on="household_id")
    mean = hit[hit["policy"] == "firm"].groupby("on_register")["days_off"].mean()
    return {"registered": float(scale * mean[True]), "others": float(scale * mean[False])}


def _both_firm(data: StudentData) -> dict[str, float]:
    people = there(data)
    firm = people[people["policy"].isin(["firm", "firm + reward"])]
    off = data.energy_cutoffs.groupby("household_id")["days_off"].sum()
    days = off.reindex(firm["household_id"], fill_value=0).to_numpy()
    mean = pd.Series(days).groupby(firm["on_register"].to_numpy()).mean()
    return {"registered": float(100 * mean[True]), "others": float(100 * mean[False])}


def outcomes(data: StudentData) -> pd.DataFrame:
    """Give the trial year of each household, with its profit."""
    people = trial_outcomes(
        data.households, data.status, payments=data.energy_payments, contacts=data.energy_contacts,
        cutoffs=data.energy_cutoffs, start=START, as_of=data.as_of,
        rewards={"reward": 60, "firm + reward": 60},
    )  # fmt: skip
    return people.assign(profit_eur=policy_profit(people))


def decide(data: StudentData, *, minus: bool = True, total: bool = False) -> dict[str, Any]:
    """Task 5: what firm earns over soft, with its fees and without, and what to choose."""
    people = outcomes(data)
    by = people.groupby("policy")[["profit_eur", "fees_eur"]]
    table = by.sum() if total else by.mean()
    gain = float(table.loc["firm", "profit_eur"] - table.loc["soft", "profit_eur"])
    fees = float(table.loc["firm", "fees_eur"])
    without = gain - fees if minus else gain + fees
    return {"gain_eur": gain, "gain_without_fees_eur": without, "choose": ["firm" if without > 0 else "soft"]}


TASKS = (
    Task(
        "17.1",
        "On time",
        tuple(Form("share", name=name, tolerance=0.0006) for name in POLICIES),
        on_time,
        (
            Mistake(
                "the year before the trial counted too",
                lambda data: on_time(data, since=pd.Timestamp("2023-01-01")),
                "Some of these bills are of 2023, when all had the soft policy. Keep the bills of 2024.",
            ),
            Mistake(
                "bills never settled left out",
                _settled_only,
                "A bill never settled has no days_to_settle and was not on time: count it in the total.",
            ),
            Mistake(
                "cut-off day for due day",
                lambda data: on_time(data, days=26),
                "This is the share settled within 26 days. A bill is due on day 16.",
            ),
        ),
    ),
    Task(
        "17.2",
        "Who leaves",
        (Form("number", unit="percentage points", tolerance=0.06),),
        leaving,
        (
            Mistake(
                "sign turned round",
                lambda data: -leaving(data),
                "This is soft less firm. Asked for is firm less soft.",
            ),
            Mistake(
                "those who had left before",
                lambda data: leaving(data, data.households),
                "Whoever left in 2023 was never in the trial: keep those with no left_date, or one in 2024.",
            ),
            Mistake(
                "share for percentage points",
                lambda data: leaving(data) / 100,
                "This is a difference of shares. Multiply it by 100 for percentage points.",
            ),
            Mistake(
                "a difference of counts",
                _counts,
                "This is a difference of households. The arms differ in size: compare shares.",
            ),
        ),
    ),
    Task(
        "17.3",
        "The windfall",
        (Form("share", tolerance=0.0006),),
        windfall,
        (
            Mistake(
                "who earned the reward",
                lambda data: clean_shares(data)["reward"],
                "This is the share who earned the reward. Divide the share of the punctual in soft by it.",
            ),
            Mistake(
                "what the reward added",
                lambda data: 1 - windfall(data),
                "This is the part the reward has changed. The windfall is the rest.",
            ),
            Mistake(
                "difference of shares",
                lambda data: clean_shares(data)["reward"] - clean_shares(data)["soft"],
                "This is the difference of two shares. The windfall is their ratio: soft divided by reward.",
            ),
            Mistake(
                "those who left by December kept",
                _leavers_kept,
                "Who left in December had twelve bills on time and gets no reward: punctual means twelve on "
                'time and left_date missing, so add & people["left_date"].isna().',
            ),
            Mistake(
                "counts for shares",
                _clean_counts,
                "This divides numbers of households. The arms differ in size: divide the shares, so mean() "
                "in place of sum().",
            ),
            Mistake(
                "four arms pooled",
                _four_arms,
                "The lesson pools four arms. Here take two only: soft and reward.",
            ),
        ),
    ),
    Task(
        "17.4",
        "Days in the dark",
        tuple(Form("number", name=name, unit="days", tolerance=1.0) for name in ("registered", "others")),
        days_off,
        (
            Mistake(
                "per disconnection",
                _per_cut,
                "This is the mean of a disconnection. Count the households never cut off too, with 0 "
                "days: reindex with fill_value=0. Then multiply by 100.",
            ),
            Mistake(
                "per 100 disconnections",
                lambda data: _per_cut(data, scale=100),
                "This is per 100 disconnections. Households that were never cut off count too, with 0 days: "
                "reindex with fill_value=0.",
            ),
            Mistake(
                "per household",
                lambda data: {k: v / 100 for k, v in days_off(data).items()},
                "This is per household. Multiply by 100.",
            ),
            Mistake(
                "per disconnected household",
                _per_hit,
                "This is the mean of those that were cut off. Count the others too, with 0 days: reindex "
                "with fill_value=0. Then multiply by 100.",
            ),
            Mistake(
                "per 100 disconnected households",
                lambda data: _per_hit(data, scale=100),
                "This is per 100 households that were cut off. Count the others too, with 0 days: reindex "
                "with fill_value=0.",
            ),
            Mistake(
                "those who had left before",
                lambda data: days_off(data, data.households),
                "Whoever left in 2023 was never in the trial: keep those with no left_date, or one in 2024.",
            ),
            Mistake(
                "both firm arms",
                _both_firm,
                'Two arms are firm. Keep the one called "firm" only.',
            ),
        ),
    ),
    Task(
        "17.5",
        "Firm, or soft?",
        (
            Form("number", name="gain_eur", unit="EUR", tolerance=0.06),
            Form("number", name="gain_without_fees_eur", unit="EUR", tolerance=0.06),
            Form("choice", name="choose", allowed=("soft", "firm")),
        ),
        decide,
        (
            Mistake(
                "fees added twice",
                lambda data: decide(data, minus=False),
                "The profit holds the fees already. To leave them out, take their mean off the gain; then "
                "choose by what is left.",
            ),
            Mistake(
                "fees added twice, chosen as asked",
                lambda data: decide(data, minus=False) | {"choose": decide(data)["choose"]},
                "The profit holds the fees already. To leave them out, take their mean off the gain.",
            ),
            Mistake(
                "sums for means",
                lambda data: decide(data, total=True),
                "These are sums over an arm. Give means per household.",
            ),
            Mistake(
                "fees kept",
                lambda data: decide(data) | {"choose": ["firm"]},
                "The chair's rule: fees do not count. Choose by the gain without them.",
            ),
        ),
    ),
)  # fmt: skip
