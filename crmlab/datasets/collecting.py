"""Where a fact about a customer comes from: eleven channels that wrote down an address, and sales visits.

The direct channels are the retail world's own orders, letters, contacts and answers; which indirect channel
knows whom, how often people move and mistype, what a record costs and what notes do to a visit, is ours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError
from crmlab.datasets.bundled import load
from crmlab.datasets.fieldwork import Survey
from crmlab.datasets.retail import World

Array = np.ndarray[Any, np.dtype[Any]]
AREAS = 40  # invented delivery areas, numbered
MOVES_A_YEAR = {"consumer": 0.09, "business": 0.05}
DIRECT = {  # share of the events at which the address is written down; share mistyped; EUR a record
    "survey": (0.9, 0.010, 3.00),
    "campaign": (1.0, 0.005, 0.00),  # its cost a record comes from the letters sent
    "operations": (1.0, 0.010, 0.05),
    "after-sales service": (0.6, 0.025, 0.80),
    "point of sale": (0.3, 0.045, 0.30),
    "website": (0.5, 0.006, 0.02),
}
INDIRECT = {  # share of consumers and of businesses known; mean age in years; share mistyped; EUR a record
    "media": (0.0, 0.10, 1.0, 0.06, 6.0),
    "regulators": (0.0, 0.95, 1.2, 0.01, 1.5),
    "financial institutions": (0.0, 0.55, 0.5, 0.01, 9.0),
    "consultants": (0.0, 0.20, 0.8, 0.03, 25.0),
    "partners": (0.35, 0.15, 2.2, 0.05, 0.25),
}
NOTES = ("none", "business facts", "personal facts too")
NOTE_EFFECT = (0.0, 0.50, 0.62)  # added to the log-odds of winning the order
SKILL_EFFECT, WON_BASE = 0.8, -1.5


@dataclass(frozen=True)
class Records:
    """What the channels have written down (``records``), and each customer's true area (``truth``)."""

    records: pd.DataFrame
    truth: pd.DataFrame = field(repr=False)


def channel_records(
    world: World, *, as_of: str | dt.date = "2023-12-31", rng: int | np.random.Generator
) -> Records:
    """Give the newest address that each channel holds of each customer.

    Parameters
    ----------
    world : World
        A retail world.
    as_of : str or date, default 2023-12-31
        Records of later days are left out.
    rng : int or Generator
        Seed or generator: who moved, who was written down, what was mistyped.

    Returns
    -------
    Records
        ``records``: ``channel``, ``way`` ("direct" or "indirect"), ``customer_id``, ``record_date``,
        ``area`` (1 to 40, as recorded) and ``cost_eur`` (of this record).
        ``truth``: ``customer_id``, ``true_area`` (on `as_of`), one row for each who had joined by then.

    Raises
    ------
    DataError
        If `as_of` is no day, or nobody had joined by then.

    Examples
    --------
    >>> from crmlab.datasets.retail import make_retail
    >>> found = channel_records(make_retail(n_customers=300, rng=1), rng=1)
    >>> bool(found.records.merge(found.truth).eval("area == true_area").mean() > 0.8)
    True
    """
    day = pd.Timestamp(engine.day(as_of, name="as_of"))
    g = np.random.default_rng(rng)
    people = world.customers[world.customers["join_date"] <= day].sort_values(
        "customer_id", ignore_index=True
    )
    if people.empty:
        raise DataError(f"no customer had joined by as_of {day.date()}.")
    n, business = len(people), (people["customer_kind"] == "business").to_numpy()
    area, before = g.integers(1, AREAS + 1, n), g.integers(1, AREAS, n)
    before = np.where(before >= area, before + 1, before)  # another area than today's
    rate = np.where(business, MOVES_A_YEAR["business"], MOVES_A_YEAR["consumer"])
    moved = day - pd.to_timedelta(np.minimum(np.floor(g.exponential(1 / rate) * 365.25), 36_500), unit="D")
    truth = pd.DataFrame({"customer_id": people["customer_id"], "true_area": area})
    home = truth.assign(before=before, moved=moved)
    parts = []
    for channel, events in _events(world).items():
        written, mistyped, cost = DIRECT[channel]
        seen = events[(events["record_date"] <= day) & events["customer_id"].isin(people["customer_id"])]
        kept = seen[g.random(len(seen)) < written].groupby("customer_id")["record_date"].max().reset_index()
        if channel == "campaign":
            start = world.campaigns.set_index("campaign_id")["start_date"]
            sent = world.letters["treated"] & (world.letters["campaign_id"].map(start) <= day)
            cost = float(world.campaigns["letter_cost_eur"].max() * sent.sum() / max(len(kept), 1))
        parts.append(_recorded(kept, home, mistyped, g).assign(channel=channel, way="direct", cost_eur=cost))
    for channel, (of_people, of_firms, age, mistyped, cost) in INDIRECT.items():
        known = g.random(n) < np.where(business, of_firms, of_people)
        old = pd.to_timedelta(np.floor(g.exponential(age, n) * 365.25), unit="D")
        kept = pd.DataFrame({"customer_id": people["customer_id"], "record_date": day - old})[known]
        parts.append(
            _recorded(kept, home, mistyped, g).assign(channel=channel, way="indirect", cost_eur=cost)
        )
    columns = ["channel", "way", "customer_id", "record_date", "area", "cost_eur"]
    return Records(pd.concat(parts, ignore_index=True)[columns], truth)


def _events(world: World) -> dict[str, pd.DataFrame]:
    """Days on which each direct channel had the customer before it."""
    orders = world.orders[world.orders["amount_eur"] >= 0].rename(columns={"order_date": "record_date"})
    windows = world.letters[world.letters["treated"]].merge(world.campaigns, on="campaign_id")
    answered = windows.merge(orders[["customer_id", "record_date"]], on="customer_id")
    answered = answered[answered["record_date"].between(answered["start_date"], answered["end_date"])]
    service = [
        world.contacts.rename(columns={"contact_date": "record_date"}),
        world.complaints.rename(columns={"complaint_date": "record_date"}),
        world.returns.rename(columns={"return_date": "record_date"}),
    ]
    both = ["customer_id", "record_date"]
    return {
        "survey": world.survey.rename(columns={"survey_date": "record_date"})[both],
        "campaign": answered[both],
        "operations": orders.loc[orders["channel"] != "shop", both],
        "after-sales service": pd.concat([table[both] for table in service]),
        "point of sale": orders.loc[orders["channel"] == "shop", both],
        "website": orders.loc[orders["channel"] == "online", both],
    }


def _recorded(
    kept: pd.DataFrame, home: pd.DataFrame, mistyped: float, g: np.random.Generator
) -> pd.DataFrame:
    """Write down where they lived on the day of the record, now and then with a slip."""
    table = kept.merge(home, on="customer_id").sort_values("customer_id", ignore_index=True)
    then = np.where(table["record_date"] >= table["moved"], table["true_area"], table["before"])
    slip = g.random(len(table)) < mistyped
    other = (then - 1 + g.integers(1, AREAS, len(table))) % AREAS + 1
    return table[["customer_id", "record_date"]].assign(area=np.where(slip, other, then))


def load_fieldwork() -> Survey:
    """Load the bundled survey of January 2024 among the customers of the bundled retail world.

    Returns
    -------
    Survey
        Invitations, answers and truth, read from ``datasets/fieldwork`` and ``datasets/truth``.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_fieldwork().survey_invitations)
    1500
    """
    return load("fieldwork", Survey)


def make_visits(
    *, n_sellers: int = 24, n_visits: int = 60, by_lot: bool, rng: int | np.random.Generator
) -> pd.DataFrame:
    """Simulate sales visits with and without notes about the customer.

    Parameters
    ----------
    n_sellers : int, default 24
        Sales people, 2 or more.
    n_visits : int, default 60
        Visits of each, 3 or more.
    by_lot : bool
        False: each seller writes what they like, and the skilled write more. True: the lot decides before
        each visit which notes are read.
    rng : int or Generator
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per visit: ``seller``, ``notes`` (none, business facts, personal facts too), ``won`` (the
        order came), ``margin_eur`` (0 if not won), and what only the simulation knows: ``true_skill``
        (standard deviations) and ``true_none``, ``true_business``, ``true_personal`` (the chance to win
        with each).

    Raises
    ------
    DataError
        If a number is out of its range.

    Examples
    --------
    >>> visits = make_visits(by_lot=True, rng=1)
    >>> len(visits), sorted(visits["notes"].unique())
    (1440, ['business facts', 'none', 'personal facts too'])
    """
    for name, value, low in (("n_sellers", n_sellers, 2), ("n_visits", n_visits, 3)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
            raise DataError(f"{name} must be a whole number, {low} or more; found {value!r}.")
    g = np.random.default_rng(rng)
    n = n_sellers * n_visits
    seller = np.repeat(np.arange(n_sellers), n_visits)
    skill = g.standard_normal(n_sellers)[seller]
    odds = np.stack([0 * skill, 0.1 + 1.1 * skill, -0.3 + 1.6 * skill])
    weight = np.ones((3, n)) if by_lot else np.exp(odds)
    edges = np.cumsum(weight, axis=0)
    notes = (g.random(n) * edges[-1] >= edges[:-1]).sum(axis=0)
    chance = 1 / (1 + np.exp(-(WON_BASE + SKILL_EFFECT * skill + np.array(NOTE_EFFECT)[:, None])))
    won = g.random(n) < chance[notes, np.arange(n)]
    return pd.DataFrame(
        {
            "seller": [f"S{i + 1:02d}" for i in seller],
            "notes": np.array(NOTES, dtype=object)[notes],
            "won": won,
            "margin_eur": np.where(won, np.round(g.lognormal(6.3, 0.7, n), 2), 0.0),
            "true_skill": skill,
            "true_none": chance[0],
            "true_business": chance[1],
            "true_personal": chance[2],
        }
    )
