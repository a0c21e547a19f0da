"""The telecom world: who calls a mobile carrier how often, why, at what cost, and who knows whom.

Published and used here (of Sprint Nextel and the trade, 2007; their dollars are our euros): half a call per
customer and month; first calls that settle the issue, 53 %, so 1/0.53 calls per issue; a monthly bill of 55
with 24 left before care; 2.3 % of customers leave in a month; heavy callers of 25 to 36 calls a month, at
most 300. Ours: heavy callers are two hundred times as frequent as in the case, so that a class can see
them; half of them are the firm's own fault; how long it lasts; what agents note; everything about leaving
that is not the 2.3 %.

How it works: everybody has a calling tendency of their own (gamma). Some have an episode of very many calls:
a faulty account, trouble of their own, or a request that is refused again and again. Most episodes end by
themselves, whatever the firm does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.tables.telecom import CARE_CAUSES, EPISODES

Array = np.ndarray[Any, np.dtype[Any]]

SEED_TELECOM = 7
SMALL_TELECOM = 1000  # subscribers in the bundled files
FIRST_DAY, LAST_DAY, MONTHS = pd.Timestamp("2023-01-01"), pd.Timestamp("2023-06-30"), 6
BASE_CALLS, BASE_SHAPE = 0.5, 0.5  # per month; shape of the gamma that makes them negative binomial
ARPU, MARGIN = 55.0, 24.0
BASE_CAUSES = (0.45, 0.45, 0.10)  # causes of everybody's issues, by CARE_CAUSES
HEAVY_MEAN, HEAVY_SD, HEAVY_CAP = 28.0, 0.6, 300.0
STUCK_FCR = {"billing error by firm": 0.12, "request refused": 0.15}  # of heavy callers; users as everybody
NO_END = 99  # month in which a trouble that does not end would end
KEEPS_ON, LASTS = 0.3, 4.0  # share of user and refused episodes that do not end; mean months of the others
CODED = np.array([[0.66, 0.28, 0.06], [0.05, 0.90, 0.05], [0.08, 0.22, 0.70]])  # true cause by row
MINUTES, MINUTES_SD = 4.0, 0.45
MONTHLY_CHURN = 0.023
FAULT_LEAVE, FAULT_LEAVE_MOST = (
    0.03,
    0.25,
)  # added chance per faulty issue of the first quarter, and its limit
HEARD_LEAVE = 0.01
FRIENDS = 2.5  # pairs per subscriber
TELECOM_NOTES = (
    "Half a call per customer and month (LA Times, 12 July 2007, on Sprint Nextel); spread over customers "
    "as a negative binomial with shape 0.5: our choice.",
    "First calls that settle the issue: 53 % (an internal document of Sprint, ipcarrier.blogspot.com, "
    "December 2007); so 1/0.53 calls per issue.",
    "Monthly bill 55, left before care 24 (R. Entner in ZDNet, July 2007); cost of a call about 10, our "
    "choice within published ranges of 5 to 20; leaving 2.3 % a month (FierceWireless).",
    "Heavy callers: mean 28 calls a month, at most 300 (ABC and others, July 2007). There are 0.4 % of them "
    "at any time here, 200 times as many as in the case.",
    "Ours: half of the heavy callers are the firm's own fault, episodes last 4 months on average, agents "
    "blame the user in 28 % of the firm's own errors, and what makes people leave.",
    "The bundled files hold 1,000 subscribers; the lesson makes 20,000 with the same function.",
)


@dataclass(frozen=True)
class TelecomWorld:
    """The tables of the telecom world, and the truth: tendencies, episodes, causes and reasons to leave."""

    phone_subscribers: pd.DataFrame
    care_calls: pd.DataFrame
    care_audit: pd.DataFrame
    acquaintances: pd.DataFrame
    truth_phone: pd.DataFrame = field(repr=False)
    truth_care_issues: pd.DataFrame = field(repr=False)


def make_telecom(
    n_customers: int = 20_000,
    *,
    fcr: float = 0.53,
    firm_share: float = 0.5,
    heavy_share: float = 0.004,
    cost_per_call_eur: float = 10.0,
    audited: int = 400,
    rng: int | np.random.Generator = SEED_TELECOM,
) -> TelecomWorld:
    """Make half a year of a mobile carrier: subscribers, their calls, an audit, acquaintances and the truth.

    Parameters
    ----------
    n_customers : int, default 20,000
        Number of subscribers, 100 to 500,000.
    fcr : float, default 0.53
        Share of issues that the first call settles, 0.2 to 0.95; heavy callers with a faulty account or a
        refused request have less.
    firm_share : float, default 0.5
        Share of the heavy callers whom the firm's own errors make call, 0 to 1.
    heavy_share : float, default 0.004
        Share of subscribers who are heavy callers at any time, 0.0005 to 0.05; at least one is.
    cost_per_call_eur : float, default 10.0
        Mean cost of a call, EUR, 0.5 to 100.
    audited : int, default 400
        Calls that an auditor reads again, 50 to 10,000 (all calls, if there are fewer).
    rng : int or numpy.random.Generator, default 7
        Seed or generator; the same seed gives the same tables.

    Returns
    -------
    TelecomWorld
        ``phone_subscribers``, ``care_calls``, ``care_audit``, ``acquaintances`` and the truth sheets
        ``truth_phone`` and ``truth_care_issues``. ``data_dictionary(table)`` explains every column.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> world = make_telecom(500, rng=1)
    >>> len(world.phone_subscribers), int(world.truth_phone["episode_cause"].ne("none").sum())
    (500, 3)
    """
    _whole("n_customers", n_customers, 100, 500_000)
    _whole("audited", audited, 50, 10_000)
    _between("fcr", fcr, 0.2, 0.95)
    _between("firm_share", firm_share, 0, 1)
    _between("heavy_share", heavy_share, 0.0005, 0.05)
    _between("cost_per_call_eur", cost_per_call_eur, 0.5, 100)
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    n = int(n_customers)
    ids = np.array([f"P{i:0{max(4, len(str(n)))}d}" for i in range(1, n + 1)], dtype=object)
    truth = _people(n, float(heavy_share), float(firm_share), g)
    issues = _issues(truth, float(fcr), g)
    truth["firm_share"] = _firm_share(truth)
    leaving = _leaving(truth, issues, g)
    calls = _calls(issues, leaving, float(cost_per_call_eur), g)
    revenue = (ARPU * np.exp(g.normal(-0.045, 0.3, n))).round(2)
    subscribers = pd.DataFrame({
        "customer_id": ids, "revenue_eur": revenue,
        "margin_eur": (revenue * np.clip(g.normal(MARGIN / ARPU, 0.06, n), 0.05, 0.9)).round(2),
        "left_on": leaving,
    })  # fmt: skip
    audit = calls.iloc[np.sort(g.permutation(len(calls))[:audited])]
    seen = pd.DataFrame({"call_id": audit["call_id"], "cause_audited": _name(audit["cause"])})
    used = np.unique(calls["issue"].to_numpy())
    table = calls.assign(
        customer_id=ids[calls["who"].to_numpy()], issue_id=_ids("S", calls["issue"].to_numpy(), len(issues)),
        cause_coded=_name(calls["coded"]),
    )  # fmt: skip
    columns = ["call_id", "customer_id", "issue_id", "call_date", "cause_coded", "resolved", "minutes",
               "cost_eur"]  # fmt: skip
    return TelecomWorld(
        subscribers,
        table[columns].reset_index(drop=True),
        seen.reset_index(drop=True),
        _friends(ids, g),
        _truth(ids, truth),
        pd.DataFrame({"issue_id": _ids("S", used, len(issues)),
                      "cause": _name(issues["cause"].to_numpy()[used])}),
    )  # fmt: skip


def _people(n: int, heavy: float, firm: float, g: np.random.Generator) -> pd.DataFrame:
    """Draw everybody's own tendency, and the episodes of those who have one in the half-year."""
    table = pd.DataFrame({"own_calls": g.gamma(BASE_SHAPE, BASE_CALLS / BASE_SHAPE, n)})
    now = max(1, round(n * heavy))
    later = g.binomial(n, min(1.0, heavy / LASTS), MONTHS - 1)  # one ends, another begins
    start = np.concatenate([np.ones(now, dtype=int), np.repeat(np.arange(2, MONTHS + 1), later)])[: n // 2]
    k = len(start)
    of_firm = np.zeros(k, dtype=bool)
    of_firm[: round(min(now, k) * firm)] = True
    of_firm[min(now, k) :] = g.random(max(k - now, 0)) < firm
    cause = np.where(of_firm, 0, np.where(g.random(k) < 0.6, 1, 2))
    endless = (cause > 0) & (start == 1) & (g.random(k) < KEEPS_ON)
    end = np.where(endless, NO_END, start + g.geometric(1 / LASTS, k) - 1)
    rate = np.minimum(HEAVY_MEAN * np.exp(g.normal(-(HEAVY_SD**2) / 2, HEAVY_SD, k)), HEAVY_CAP)
    who = g.permutation(n)[:k]
    table["kind"], table["episode_calls"] = -1, 0.0
    table["episode_from"], table["episode_to"] = 0, 0
    table.loc[who, "kind"], table.loc[who, "episode_calls"] = cause, rate
    table.loc[who, "episode_from"], table.loc[who, "episode_to"] = start, end
    table["leave_own_share"] = 1 - (1 - MONTHLY_CHURN) ** 3
    table["leave_heard_share"] = g.beta(0.5, 0.5 / HEARD_LEAVE - 0.5, n)
    return table


def _stuck(kind: Array, fcr: float) -> Array:
    """Give the share of issues that a call settles, for each kind of heavy caller."""
    of = [min(fcr, STUCK_FCR.get(cause, fcr)) for cause in CARE_CAUSES]
    return np.asarray([*of, fcr])[kind]  # kind -1, no episode, takes the last


def _issues(people: pd.DataFrame, fcr: float, g: np.random.Generator) -> pd.DataFrame:
    """Draw issues month by month: who, when, the true cause, and how many calls it takes."""
    parts = []
    kind, own = people["kind"].to_numpy(), people["own_calls"].to_numpy()
    stuck = _stuck(kind, fcr)
    for month in range(1, MONTHS + 1):
        first = FIRST_DAY + pd.DateOffset(months=month - 1)
        length = first.days_in_month
        usual = np.repeat(np.arange(len(people)), g.poisson(own * fcr))
        cause = g.choice(3, len(usual), p=BASE_CAUSES)
        parts.append((usual, cause, g.geometric(fcr, len(usual)), first, length))
        on = _active(people, month)
        extra = np.flatnonzero(on)
        count = g.poisson(people["episode_calls"].to_numpy()[extra] * stuck[extra])
        heavy = np.repeat(extra, count)
        parts.append((heavy, kind[heavy], g.geometric(stuck[heavy]), first, length))
    table = pd.concat([
        pd.DataFrame({"who": who, "cause": cause, "calls": calls,
                      "month": first.month,
                      "day": (first - FIRST_DAY).days + g.integers(0, length, len(who))})
        for who, cause, calls, first, length in parts
    ], ignore_index=True)  # fmt: skip
    return table.sort_values(["day", "who"], kind="stable", ignore_index=True)


def _active(people: pd.DataFrame, month: int) -> Array:
    on = (people["kind"] >= 0) & (people["episode_from"] <= month) & (people["episode_to"] >= month)
    return np.asarray(on)


def _firm_share(people: pd.DataFrame) -> Array:
    """Give the expected share of six months' calls that the firm's errors make."""
    months = sum(_active(people, m).astype(int) for m in range(1, MONTHS + 1))
    extra = months * people["episode_calls"].to_numpy()
    own = MONTHS * people["own_calls"].to_numpy()
    firm = BASE_CAUSES[0] * own + extra * (people["kind"].to_numpy() == 0)
    return np.asarray(firm / np.maximum(own + extra, 1e-12)).round(6)


def _leaving(people: pd.DataFrame, issues: pd.DataFrame, g: np.random.Generator) -> pd.Series:
    """Draw who leaves in the second quarter, and when; faults of the first quarter add to the chance."""
    faults = issues[(issues["cause"] == 0) & (issues["month"] <= 3)].groupby("who").size()
    count = faults.reindex(range(len(people)), fill_value=0).to_numpy()
    people["leave_fault_share"] = np.minimum(FAULT_LEAVE * count, FAULT_LEAVE_MOST)
    chance = people["leave_own_share"] + people["leave_fault_share"]
    gone = g.random(len(people)) < chance
    second = FIRST_DAY + pd.DateOffset(months=3)
    day = second + pd.to_timedelta(g.integers(0, (LAST_DAY - second).days + 1, len(people)), unit="D")
    return pd.Series(day).where(gone).astype("datetime64[us]")


def _calls(issues: pd.DataFrame, leaving: pd.Series, cost: float, g: np.random.Generator) -> pd.DataFrame:
    """Lay out the calls of each issue, one to three days apart, until it is settled or the data end."""
    at = np.repeat(np.arange(len(issues)), issues["calls"].to_numpy())
    takes = issues["calls"].to_numpy()
    place = np.arange(len(at)) - np.repeat(np.cumsum(takes) - takes, takes)
    gap = np.where(place > 0, g.integers(1, 4, len(at)), 0)
    total = np.cumsum(gap)
    first = np.flatnonzero(place == 0)
    since = total - np.repeat(total[first], takes)
    who = issues["who"].to_numpy()[at]
    date = FIRST_DAY + pd.to_timedelta(issues["day"].to_numpy()[at] + since, unit="D")
    minutes = MINUTES * np.exp(g.normal(-(MINUTES_SD**2) / 2, MINUTES_SD, len(at)))
    cause = issues["cause"].to_numpy()[at]
    coded = (g.random(len(at))[:, None] > CODED.cumsum(axis=1)[cause][:, :2]).sum(axis=1)
    table = pd.DataFrame({
        "who": who, "issue": at, "call_date": pd.Series(date).astype("datetime64[us]"), "cause": cause,
        "coded": coded, "resolved": place == takes[at] - 1,
        "minutes": minutes.round(1), "cost_eur": (minutes * cost / MINUTES).round(2),
    })  # fmt: skip
    end = leaving.fillna(LAST_DAY).to_numpy()[who]
    table = table[table["call_date"].to_numpy() <= end]
    table = table.sort_values(["call_date", "who", "issue"], kind="stable", ignore_index=True)
    table.insert(0, "call_id", _ids("K", np.arange(len(table)), len(table)))
    return table


def _friends(ids: Array, g: np.random.Generator) -> pd.DataFrame:
    pairs = g.integers(0, len(ids), (round(FRIENDS * len(ids)), 2))
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    return pd.DataFrame({"customer_id": ids[pairs[:, 0]], "friend_id": ids[pairs[:, 1]]})


def _truth(ids: Array, people: pd.DataFrame) -> pd.DataFrame:
    some = people["kind"] >= 0
    return pd.DataFrame({
        "customer_id": ids, "own_calls": people["own_calls"].round(4),
        "episode_cause": np.array(EPISODES, dtype=object)[people["kind"].to_numpy() + 1],
        "episode_calls": people["episode_calls"].round(2),
        "episode_from": people["episode_from"].where(some).astype("Int64"),
        "episode_to": people["episode_to"].where(some).astype("Int64"),
        "firm_share": people["firm_share"].round(4),
        "leave_own_share": people["leave_own_share"].round(4),
        "leave_fault_share": people["leave_fault_share"].round(4),
        "leave_heard_share": people["leave_heard_share"].round(4),
    })  # fmt: skip


def _ids(letter: str, numbers: Array, most: int) -> Array:
    width = len(str(most))
    return np.array([f"{letter}{i + 1:0{width}d}" for i in numbers], dtype=object)


def _name(codes: Any) -> Array:
    return np.asarray(np.array(CARE_CAUSES, dtype=object)[np.asarray(codes)])


def _whole(name: str, value: object, low: int, high: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= value <= high:  # type: ignore[operator]
        raise DataError(f"{name} must be a whole number from {low:,} to {high:,}; found {value!r}.")


def _between(name: str, value: object, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        raise DataError(f"{name} must be a number from {low:g} to {high:g}; found {value!r}.")
