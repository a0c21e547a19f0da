"""Lesson 18, letting customers go: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task
from crmlab.datasets.let_go import make_let_go
from crmlab.tables.let_go import TERMS

CUSTOMERS = 1500  # enough applicants with few points, and enough customers with few purchases
AS_OF = pd.Timestamp("2024-12-31")
COAST, BOOKS, SHOCK = "east coast", (20, 50_000), 0.08
A, B, LINE, POINTS = 0.9, 6.6, 0.5, 560


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the tables of the letting-go world that a firm sees."""
    world = make_let_go(n, rng=rng, common_shock=0.08)
    names = ("storm_counties", "storm_years", "home_policies", "wear_customers", "tv_trial", "fee_trial")
    return AS_OF, {name: getattr(world, name) for name in names}


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: each mistake is far enough from the right answer."""
    right = worst(data)
    others = [
        worst(data, coast=None), worst(data, mean_of_counties=True), _single_counties(data),
        worst(data, coast="west coast"), worst(data, coast="coast"),
    ]  # fmt: skip
    gaps = [abs(right["worst_share"] - o["worst_share"]) for o in others]
    size = spread(data)
    money = terms(data)
    wrong = [
        terms(data, takers=True), terms(data, everybody=True), terms(data, with_560=True),
        terms(data, over_all=True),
    ]  # fmt: skip
    told = neighbours(data)
    return bool(
        min(gaps) > 0.002
        and all(abs(size["small"] - spread(data, how=h)["small"]) > 0.03 for h in _SPREADS[1:])
        and right["usual_share"] < 0.5 * right["worst_share"]
        and right["usual_share"] + 0.002 < _mean_year(data)["usual_share"]
        and _mean_year(data)["usual_share"] > 0.016
        and all(abs(money[k] - w[k]) > 0.3 for w in wrong for k in ("later_eur", "prepay_eur"))
        and abs(money["later_eur"] - money["prepay_eur"]) > 15
        and abs(told["own_with"] - neighbours(data, which="late")["own_with"]) > 0.02
        and told["own_with"] > told["own_without"] + 0.08
        and len(spared(data)) >= 15
        and len(spared(data, still=True)) >= 1
        and len(set(spared(data, above=True)) ^ set(spared(data))) >= 3
    )


def worst(
    data: StudentData, *, coast: str | None = COAST, mean_of_counties: bool = False
) -> dict[str, float]:
    """Task 1: share of the coast's policies with a claim in the worst year and in the middle year."""
    rows = data.storm_years.merge(data.storm_counties[["county", "coast"]], on="county")
    if coast is not None:
        rows = rows[rows["coast"].str.endswith(coast)]  # "coast": both of them
    if mean_of_counties:
        each = rows["storm_claimants"] / rows["policies_in_force"]
        share = each.groupby(rows["year"]).mean()
    else:
        total = rows.groupby("year")[["storm_claimants", "policies_in_force"]].sum()
        share = total["storm_claimants"] / total["policies_in_force"]
    return {"worst_share": float(share.max()), "usual_share": float(share.median())}


def _single_counties(data: StudentData) -> dict[str, float]:
    rows = data.storm_years.merge(data.storm_counties[["county", "coast"]], on="county")
    rows = rows[rows["coast"] == COAST]
    each = rows["storm_claimants"] / rows["policies_in_force"]
    return {"worst_share": float(each.max()), "usual_share": float(each.median())}


def _mean_year(data: StudentData) -> dict[str, float]:
    rows = data.storm_years.merge(data.storm_counties[["county", "coast"]], on="county")
    rows = rows[rows["coast"] == COAST]
    total = rows.groupby("year")[["storm_claimants", "policies_in_force"]].sum()
    share = total["storm_claimants"] / total["policies_in_force"]
    return {"worst_share": float(share.max()), "usual_share": float(share.mean())}


_SPREADS = ("right", "alone", "without n - 1", "variance", "median", "years", "one", "no chance", "share")


def spread(data: StudentData, *, how: str = "right") -> dict[str, float]:
    """Task 2: the spread of the yearly share of a small and of a large book, in percentage points."""
    p = (worst if how == "median" else _mean_year)(data)["usual_share"]
    chance = p if how == "no chance" else p * (1 - p)
    found = []
    for n in BOOKS:
        part = {"alone": 1 / n, "one": 1.0, "without n - 1": 1 / n + SHOCK}.get(
            how, 1 / n + SHOCK * (n - 1) / n
        )
        found.append(float(chance * part if how == "variance" else np.sqrt(chance * part)))
    if how == "years":
        found = [_years_spread(data)] * 2
    times = 1 if how == "share" else 100
    return {"small": times * found[0], "large": times * found[1]}


def _years_spread(data: StudentData) -> float:
    rows = data.storm_years.merge(data.storm_counties[["county", "coast"]], on="county")
    rows = rows[rows["coast"] == COAST]
    total = rows.groupby("year")[["storm_claimants", "policies_in_force"]].sum()
    return float((total["storm_claimants"] / total["policies_in_force"]).std())


def neighbours(
    data: StudentData, *, which: str = "early", claims: bool = False, sums: bool = False
) -> dict[str, float]:
    """Task 3: later claims for fire, water and theft of those with and without an earlier one."""
    homes = data.home_policies
    before, after = ("own_early", "own_late") if which == "early" else ("own_late", "own_early")
    had = homes[before] > 0
    later = homes[after] > 0 if claims else homes[after]
    if sums:
        return {"own_with": float(later[had].sum()), "own_without": float(later[~had].sum())}
    return {"own_with": float(later[had].mean()), "own_without": float(later[~had].mean())}


def _swapped(answer: dict[str, Any], one: str, other: str) -> dict[str, Any]:
    return answer | {one: answer[other], other: answer[one]}


def _storm_claims(data: StudentData) -> dict[str, float]:
    homes = data.home_policies
    had = homes["storm_early"] > 0
    return {
        "own_with": float(homes.loc[had, "storm_late"].mean()),
        "own_without": float(homes.loc[~had, "storm_late"].mean()),
    }


def spared(
    data: StudentData, *, above: bool = False, raw_only: bool = False, still: bool = False,
    prior: tuple[float, float] = (A, B),
) -> list[str]:  # fmt: skip
    """Task 4: banned by the raw rate, spared by the estimate."""
    wear = data.wear_customers
    raw = wear["items_returned"] / wear["items_bought"]
    estimate = (prior[0] + wear["items_returned"]) / (sum(prior) + wear["items_bought"])
    banned = raw > LINE if above else raw >= LINE
    chosen = banned if raw_only else banned & ((estimate >= LINE) if still else (estimate < LINE))
    return sorted(wear.loc[chosen, "customer_id"])


def terms(
    data: StudentData, *, takers: bool = False, everybody: bool = False, with_560: bool = False,
    over_all: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Task 5: first-year profit per applicant with few points, under both terms, and the better one."""
    tv = data.tv_trial
    rows = tv if everybody else tv[tv["credit_points"] < POINTS + with_560]
    rows = rows[rows["took"]] if takers else rows
    money = rows.groupby("terms")["first_year_eur"]
    mean = money.sum() / len(rows) if over_all else money.mean()
    return {
        "later_eur": float(mean[TERMS[0]]), "prepay_eur": float(mean[TERMS[1]]),
        "better": [str(mean.idxmax())],
    }  # fmt: skip


TASKS: tuple[Task, ...] = (
    Task(
        "18.1", "The worst year of a coast",
        (
            Form("share", name="worst_share", tolerance=0.0006),
            Form("share", name="usual_share", tolerance=0.0006),
        ),
        worst,
        (
            Mistake(
                "all counties", lambda d: worst(d, coast=None),
                'All counties are in it. Keep the rows whose coast is "east coast".',
            ),
            Mistake(
                "mean of the counties' shares", lambda d: worst(d, mean_of_counties=True),
                "This is the mean of the counties' shares. Counties are not of one size: add the claimants "
                "and the policies of the year first, then divide.",
            ),
            Mistake(
                "single counties", _single_counties,
                "These are single counties in single years. Add up the counties of a year first: "
                'groupby("year").',
            ),
            Mistake(
                "the west coast", lambda d: worst(d, coast="west coast"),
                'This is the west coast. Keep the rows whose coast is "east coast".',
            ),
            Mistake(
                "both coasts", lambda d: worst(d, coast="coast"),
                'Both coasts are in it. Keep the rows whose coast is "east coast".',
            ),
            Mistake(
                "mean year", _mean_year,
                "The usual year here is the mean of the years; a few bad years pull it up. Use .median().",
            ),
        ),
    ),
    Task(
        "18.2", "What size does not take away",
        (
            Form("number", name="small", unit="percentage points", tolerance=0.011),
            Form("number", name="large", unit="percentage points", tolerance=0.011),
        ),
        spread,
        (
            Mistake("a share", lambda d: spread(d, how="share"),
                    "These are shares. In percentage points they are 100 times as much.",
                    lambda value, theirs, _: abs(value - theirs) <= 0.0002),
            Mistake("each house for itself", lambda d: spread(d, how="alone"),
                    "Here each house stands for itself: the part with the correlation, rho * (n - 1) / n, is "
                    "missing."),
            Mistake("1/n + rho", lambda d: spread(d, how="without n - 1"),
                    "Here all of rho is added. Its part is rho * (n - 1) / n: the pairs of two different "
                    "policies. In a small book that shows."),
            Mistake("the variance", lambda d: spread(d, how="variance"),
                    "This is the variance. The spread is its root: ** 0.5, before times 100.",
                    lambda value, theirs, _: min(abs(value - theirs), abs(value - theirs / 100)) <= 0.002),
            Mistake("p of the middle year", lambda d: spread(d, how="median"),
                    "Here p is the share of the middle year, as in task 1. Asked for: the mean of the thirty "
                    "years, share.mean()."),
            Mistake("the spread of the thirty years", lambda d: spread(d, how="years"),
                    "This is the spread of the whole coast's thirty shares. Asked for: the formula, with "
                    "n = 20 and once with n = 50,000."),
            Mistake("one policy", lambda d: spread(d, how="one"),
                    "This is the spread of one policy. Put the number of policies into n."),
            Mistake("p instead of p (1 - p)", lambda d: spread(d, how="no chance"),
                    "The first factor is p * (1 - p), not p alone."),
            Mistake("the two exchanged", lambda d: _swapped(spread(d), "small", "large"),
                    "The two numbers are right, in each other's place: small is for 20 policies."),
        ),
    ),
    Task(
        "18.3", "Does the past tell?",
        (
            Form("number", name="own_with", unit="claims per policy", tolerance=0.0011),
            Form("number", name="own_without", unit="claims per policy", tolerance=0.0011),
        ),
        neighbours,
        (
            Mistake("storm claims", _storm_claims,
                    "These are storm claims. Take own_early and own_late."),
            Mistake("the wrong way in time", lambda d: neighbours(d, which="late"),
                    "Here the later years choose and the earlier ones are measured. Choose by own_early, "
                    "measure own_late."),
            Mistake("the two exchanged", lambda d: _swapped(neighbours(d), "own_with", "own_without"),
                    "The two numbers are right, in each other's place: own_with is for those with an earlier "
                    "claim."),
            Mistake("per 100 policies", lambda d: {k: 100 * v for k, v in neighbours(d).items()},
                    "This is per 100 policies, as in the lesson's table. Asked for: per policy.",
                    lambda value, theirs, _: abs(value - theirs) <= 0.11),
            Mistake("sums", lambda d: neighbours(d, sums=True),
                    "These are sums of claims. Asked for: means, so .mean()."),
            Mistake("share with a claim", lambda d: neighbours(d, claims=True),
                    "This is the share with at least one later claim. Asked for: the mean number of claims."),
        ),
    ),
    Task(
        "18.4", "Spared by the estimate",
        (Form("ids"),),
        spared,
        (
            Mistake("all who are banned", lambda d: spared(d, raw_only=True),
                    "These are all whom the raw rate bans. Keep those whose estimate is below 0.5."),
            Mistake("still banned", lambda d: spared(d, still=True),
                    "These are banned by both. Spared are those whose estimate is below 0.5."),
            Mistake("above only", lambda d: spared(d, above=True),
                    "The rule bans at 0.5 and above; here only those above are in it. Use >=."),
        ),
    ),
    Task(
        "18.5", "Refuse, prepay, or trust?",
        (
            Form("number", name="later_eur", unit="EUR per applicant", tolerance=0.06),
            Form("number", name="prepay_eur", unit="EUR per applicant", tolerance=0.06),
            Form("choice", name="better", allowed=TERMS),
        ),
        terms,
        (
            Mistake("only those who took it", lambda d: terms(d, takers=True),
                    "Only those who took the service are in it. Whoever did not take it brings 0 and counts: "
                    "the terms decide how many do not."),
            Mistake("the two exchanged", lambda d: _swapped(terms(d), "later_eur", "prepay_eur"),
                    "The two means are right, in each other's place."),
            Mistake("560 itself", lambda d: terms(d, with_560=True),
                    "Applicants with exactly 560 points are in it. Fewer than 560 is < 560."),
            Mistake("divided by all with few points", lambda d: terms(d, over_all=True),
                    "The sums are divided by all applicants with few points. Divide each by those under the "
                    "same terms: .mean() after groupby does."),
            Mistake("all applicants", lambda d: terms(d, everybody=True),
                    "All applicants are in it. Keep those with fewer than 560 credit points."),
        ),
    ),
)  # fmt: skip
