"""What Pinefold has written down: forms of its card holders, organisations, key persons, with the truth.

The customers are those of the retail world; nothing in that world is changed. What a card holder answers is
drawn from their true traits, so that a field may tell something about their purchases, or nothing. Every
figure here is ours: how strongly a field goes with buying, how fast it goes out of date, who answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.datasets.retail import AS_OF, END, START, World, make_retail
from crmlab.tables.organisations import (
    CONCESSIONS,
    FIELD_RANGES,
    FIELD_VALUES,
    FORM_FIELDS,
    NEEDS,
    PLACES,
    ROLES,
    SECTORS,
)

Array = np.ndarray[Any, np.dtype[Any]]
STREAM = 8  # of the seed's random streams; why this one: see the notes
SEED_ORGANISATIONS = 69  # the retail world's, so that customers are the same
ORGANISATION_NOTES = (
    "Consumers are card holders of the retail world (45 % of its consumers), with the same customer_id; "
    "organisations are its business customers, and prospects who never bought.",
    "How a field goes with buying, how fast it goes out of date and who answers are our choices, listed in "
    "truth_fields. That demographic fields tell little beside past orders agrees with Rossi, McCulloch, "
    "Allenby (1996), Marketing Science 15(4), 321-340; the strength is ours.",
    "The stream, 8: of eight, one in which the gains of single fields in 2024 lie near their mean over many "
    "worlds. Others show more or less; lesson 01 repeats its decision in other worlds.",
    "Telephone numbers begin with 000 and reach nobody. All names are invented.",
)
CARD_SHARE = 0.45
# field: half-life in years (None: never changes), correlation with purchase rate, order amount and stay
LINKS: dict[str, tuple[float | None, float, float, float]] = {
    "phone": (4.0, 0, 0, 0), "family_status": (10.0, 0.05, 0, 0), "children": (8.0, 0.05, 0, 0),
    "child_under_14": (7.0, 0.25, 0, 0.1), "income_band": (4.0, 0.05, 0.45, 0),
    "occupation": (5.0, 0, 0.1, 0), "home": (7.0, 0.2, 0.1, 0.1),
    "hobby": (3.0, 0, 0, 0), "religion": (None, 0, 0, 0), "blood_type": (None, 0, 0, 0),
    "satisfaction": (1.5, 0.1, 0, 0.4), "intention_to_buy": (None, 0, 0, 0),
    "plans_a_large_purchase": (None, 0, 0, 0), "other_shops": (2.0, -0.3, 0, 0),
    "favourite_style": (2.5, 0, 0, 0),
}  # fmt: skip
FOLLOWS = ("intention_to_buy", "plans_a_large_purchase")
SHARES: dict[str, tuple[float, ...]] = {
    "family_status": (0.3, 0.3, 0.3, 0.1), "child_under_14": (0.7, 0.3), "income_band": (0.2,) * 5,
    "occupation": (0.5, 0.12, 0.15, 0.08, 0.15), "home": (0.5, 0.5),
    "hobby": (0.2,) * 5, "religion": (0.4, 0.2, 0.1, 0.3), "blood_type": (0.41, 0.43, 0.11, 0.05),
    "favourite_style": (0.35, 0.2, 0.2, 0.25), "children": (0.6, 0.2, 0.14, 0.06),
    "satisfaction": (0.05, 0.1, 0.2, 0.35, 0.3), "other_shops": (0.15, 0.3, 0.3, 0.15, 0.1),
}  # fmt: skip
ASKED = {  # what each source asks, and the chance that a field is filled in
    "card form": {
        "phone": 0.95, "family_status": 0.72, "children": 0.5, "child_under_14": 0.45, "income_band": 0.4,
        "occupation": 0.6, "home": 0.55, "religion": 0.15, "blood_type": 0.08, "favourite_style": 0.4,
    },
    "staff note": {"phone": 0.15, "hobby": 0.75, "favourite_style": 0.35, "children": 0.3},
    "questionnaire": {
        "phone": 0.6, "satisfaction": 0.97, "intention_to_buy": 0.93, "plans_a_large_purchase": 0.9,
        "other_shops": 0.8, "family_status": 0.6, "income_band": 0.35, "occupation": 0.5, "home": 0.6,
    },
}  # fmt: skip
NOTE_CHANCE = 0.3  # that staff write a note at a purchase
QUESTIONNAIRES = ("2022-11-07", "2023-11-20")
ANSWERS, ANSWERS_GONE = 0.5, 0.08  # share who answer while a customer, and after leaving
PLAN_DAYS, INTENT_DAYS = 180, 365
NAME_A = ("Birch", "Moss", "Fern", "Alder", "Rowan", "Heath", "Quill", "Larch", "Tarn", "Wren")
NAME_B = ("wick", "holt", "mere", "ford", "stead", "den", "by", "more")
PHONE_NUMBERS = 100_000


@dataclass(frozen=True)
class OrganisationWorld:
    """What is written down about customers and organisations, and the truth (see the data dictionary)."""

    organisations: pd.DataFrame
    key_persons: pd.DataFrame
    investments: pd.DataFrame
    customer_fields: pd.DataFrame
    truth_fields: pd.DataFrame = field(repr=False)
    truth_values: pd.DataFrame = field(repr=False)
    truth_organisations: pd.DataFrame = field(repr=False)


def make_organisations(
    n_customers: int = 6000, *, rng: int | np.random.Generator = SEED_ORGANISATIONS
) -> OrganisationWorld:
    """Make what Pinefold has written down about the customers of a retail world.

    Parameters
    ----------
    n_customers : int, default 6000
        Number of customers of the retail world, 2 to 5,000,000.
    rng : int or numpy.random.Generator, default 69
        Seed or generator. With a seed the customers are those of ``make_retail(n_customers=..., rng=seed)``;
        their orders are in that world.

    Returns
    -------
    OrganisationWorld
        Four observable tables and three truth sheets; ``data_dictionary(table)`` explains every column.

    Raises
    ------
    DataError
        If `n_customers` or `rng` is out of its range.

    Examples
    --------
    >>> world = make_organisations(300, rng=1)
    >>> world.customer_fields.columns[:4].tolist()
    ['customer_id', 'recorded_on', 'source', 'phone']
    """
    retail = make_retail(n_customers=n_customers, rng=rng)
    return describe_customers(
        retail, rng=rng if isinstance(rng, np.random.Generator) else np.random.default_rng([int(rng), STREAM])
    )


def describe_customers(retail: World, *, rng: int | np.random.Generator) -> OrganisationWorld:
    """Draw what is written down about the customers of a retail world; the world is not changed.

    Parameters
    ----------
    retail : World
        From `make_retail` or `load_retail`.
    rng : int or numpy.random.Generator
        Seed or generator.

    Returns
    -------
    OrganisationWorld
        As from `make_organisations`.

    Raises
    ------
    DataError
        If `rng` is neither a seed nor a generator.

    Examples
    --------
    >>> from crmlab.datasets import make_retail
    >>> world = describe_customers(make_retail(n_customers=300, rng=1), rng=2)
    >>> bool(world.organisations["customer_id"].isna().any())  # prospects
    True
    """
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    records, values = _forms(retail, g)
    organisations, true = _organisations(retail, g)
    persons = _persons(organisations, g)
    return OrganisationWorld(
        organisations=organisations,
        key_persons=persons,
        investments=_investments(organisations, g),
        customer_fields=records,
        truth_fields=pd.DataFrame(
            [(name, *LINKS[name], name in FOLLOWS) for name in FORM_FIELDS],
            columns=["field", "half_life_years", "link_rate", "link_spend", "link_stay", "follows_orders"],
        ).astype(dict.fromkeys(["half_life_years", "link_rate", "link_spend", "link_stay"], float)),
        truth_values=values,
        truth_organisations=true,
    )


def _normal_scores(values: Array) -> Array:
    from scipy.special import ndtri

    rank = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(ndtri((rank + 0.5) / max(len(values), 1)))


class _Answers:
    """The true value of every field on any day: it changes at random days; two fields follow the orders."""

    VERSIONS = 6

    def __init__(self, people: pd.DataFrame, orders: pd.DataFrame, g: np.random.Generator) -> None:
        self.n, self.g = len(people), g
        stay = (people["left_date"] - people["join_date"]).dt.days.to_numpy(float)
        traits = [people["purchase_rate_week"], people["mean_order_eur"], pd.Series(stay)]
        z = [_normal_scores(t.to_numpy(float)) for t in traits]
        spot = pd.Series(np.arange(self.n), index=people["customer_id"].to_numpy())
        mine = orders[orders["customer_id"].isin(spot.index) & (orders["amount_eur"] >= 0)]
        day = (mine["order_date"] - START).dt.days.to_numpy()
        self.order_keys = np.sort(spot[mine["customer_id"]].to_numpy() * 10_000 + day)
        self.noise = g.standard_normal((self.n, 2))
        self.days: dict[str, Array] = {}
        self.versions: dict[str, Array] = {}
        for name in FORM_FIELDS:
            half, *links = LINKS[name]
            if name in FOLLOWS:
                continue
            scale = np.inf if half is None else half * 365.25 / np.log(2)
            gaps = (
                np.full((self.n, self.VERSIONS), np.inf)
                if half is None
                else g.exponential(scale, (self.n, self.VERSIONS))
            )
            self.days[name] = gaps.cumsum(axis=1)
            self.versions[name] = self._draw(name, z, links)

    def _draw(self, name: str, z: list[Array], links: list[float]) -> Array:
        """Give every version of a field; a new version differs from the one before."""
        shape = (self.n, self.VERSIONS + 1)
        if name == "phone":
            return self.g.integers(0, PHONE_NUMBERS, shape)
        from scipy.special import ndtri

        cuts = ndtri(np.cumsum(SHARES[name])[:-1])
        pull = np.asarray(sum(w * t for w, t in zip(links, z, strict=True)))
        rest = np.sqrt(1 - sum(w * w for w in links))

        def draw() -> Array:
            return np.asarray(np.searchsorted(cuts, pull + rest * self.g.standard_normal(self.n)))

        code = np.empty(shape, dtype=np.int64)
        for v in range(shape[1]):
            code[:, v] = draw()
            if v:
                for _ in range(3):
                    code[:, v] = np.where(code[:, v] == code[:, v - 1], draw(), code[:, v])
                same = code[:, v] == code[:, v - 1]
                code[:, v] = np.where(same, (code[:, v] + 1) % len(SHARES[name]), code[:, v])
        return code + (name in ("income_band", "satisfaction"))

    def on(self, name: str, who: Array, day: Array) -> Array:
        """Give the true code of a field for customers on days."""
        if name in FOLLOWS:
            ahead = PLAN_DAYS if name == FOLLOWS[1] else INTENT_DAYS
            soon = np.searchsorted(
                self.order_keys, who * 10_000 + np.minimum(day + ahead, 9_000), side="right"
            ) - np.searchsorted(self.order_keys, who * 10_000 + day, side="right")
            mood = self.noise[who, FOLLOWS.index(name)]
            if name == FOLLOWS[1]:
                return np.asarray(mood + 1.3 * (soon > 0) > 1.2, dtype=np.int64)
            said = np.round(2.7 + 0.9 * mood + 1.1 * np.minimum(soon, 2))
            return np.asarray(np.clip(said, 1, 5), dtype=np.int64)
        version = (self.days[name][who] <= day[:, None]).sum(axis=1)
        return np.asarray(self.versions[name][who, version])


def _as_words(name: str, codes: Array, known: Array) -> Any:
    if name in FIELD_RANGES:
        return pd.Series(pd.array(codes, dtype="Int64")).where(pd.Series(known)).array
    if name in FIELD_VALUES:
        text = np.array(FIELD_VALUES[name], dtype=object)[codes]
    else:
        text = np.array([f"000-{c:05d}" for c in codes], dtype=object)
    return pd.Series(text, dtype="str").where(pd.Series(known)).array


def _forms(retail: World, g: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    people = retail.customers.merge(retail.truth, on="customer_id")
    card = (people["customer_kind"] == "consumer").to_numpy() & (g.random(len(people)) < CARD_SHARE)
    people = people[card].reset_index(drop=True)
    answers = _Answers(people, retail.orders, g)
    n = len(people)
    join = (people["join_date"] - START).dt.days.to_numpy()
    gone = (people["left_date"] - START).dt.days.to_numpy()
    spot = pd.Series(np.arange(n), index=people["customer_id"].to_numpy())
    bought = retail.orders[retail.orders["customer_id"].isin(spot.index) & (retail.orders["amount_eur"] >= 0)]
    bought = bought[g.random(len(bought)) < NOTE_CHANCE]
    parts = [
        ("card form", np.arange(n), join),
        ("staff note", spot[bought["customer_id"]].to_numpy(),
         (bought["order_date"] - START).dt.days.to_numpy()),
    ]  # fmt: skip
    for sent in QUESTIONNAIRES:
        day = (pd.Timestamp(sent) - START).days
        chance = np.where(gone > day, ANSWERS, ANSWERS_GONE) * (join < day)
        who = np.flatnonzero(g.random(n) < chance)
        parts.append(("questionnaire", who, day + g.integers(0, 21, len(who))))
    frames = []
    for source, who, day in parts:
        frame = {
            "customer_id": people["customer_id"].to_numpy()[who],
            "recorded_on": START + pd.to_timedelta(day, unit="D"),
            "source": source,
        }
        for name in FORM_FIELDS:
            known = g.random(len(who)) < ASKED[source].get(name, 0.0)
            frame[name] = _as_words(name, answers.on(name, who, day), known)
        frames.append(pd.DataFrame(frame))
    records = pd.concat(frames, ignore_index=True)
    empty = records[list(FORM_FIELDS)].isna().all(axis=1)
    records = records[~empty & (records["recorded_on"] <= END)]
    key = ["recorded_on", "customer_id", "source"]
    records = records.sort_values(key, kind="stable").drop_duplicates(key, ignore_index=True)
    today = np.full(n, (AS_OF - START).days)
    everyone, yes = np.arange(n), np.ones(n, dtype=bool)
    values = pd.DataFrame(
        {"customer_id": people["customer_id"]}
        | {name: _as_words(name, answers.on(name, everyone, today), yes) for name in FORM_FIELDS}
    )
    return records, values[people["join_date"] <= AS_OF].reset_index(drop=True)


def _cut(latent: Array, shares: tuple[float, ...], g: np.random.Generator, link: float) -> Array:
    from scipy.special import ndtri

    mixed = link * latent + np.sqrt(1 - link * link) * g.standard_normal(len(latent))
    return np.asarray(np.searchsorted(ndtri(np.cumsum(shares)[:-1]), mixed))


def _organisations(retail: World, g: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    firms = retail.customers.merge(retail.truth, on="customer_id")
    firms = firms[(firms["customer_kind"] == "business") & (firms["join_date"] <= AS_OF)]
    n, more = len(firms), max(20, int(0.6 * len(firms)))
    total = n + more
    worth = np.log(np.maximum(firms["purchase_rate_week"] * firms["mean_order_eur"], 1e-9)).to_numpy()
    potential = np.exp(np.concatenate([worth, g.choice(worth, more) if n else np.zeros(more)])) * 365.25 / 7
    need = g.choice(3, total, p=(0.3, 0.4, 0.3))
    usual = np.array([0, 1, 2, 0])  # the need that is most common in a sector
    sector = np.concatenate(
        [firms["sector"].map({s: i for i, s in enumerate(SECTORS)}).to_numpy(int), g.integers(0, 4, more)]
    )
    need = np.where(g.random(total) < 0.45, usual[sector], need)
    here = np.concatenate([(firms["left_date"] > AS_OF).to_numpy(), np.zeros(more, dtype=bool)])
    eager = g.standard_normal(total)
    size = _normal_scores(potential)
    chance = 1 / (1 + np.exp(-(-1.3 + 1.2 * eager + 0.7 * size + 0.5 * (sector == 0))))
    prospect = np.arange(total) >= n
    would = np.where(prospect, g.random(total) < chance, here)
    eager = np.where(prospect, eager, 0.9 * here - 0.3 + 0.8 * eager)
    known = (g.random((total, 5)) < np.where(prospect, 0.55, 0.85)[:, None]).T
    joined = np.concatenate([(firms["join_date"] - START).dt.days.to_numpy(), np.zeros(more, dtype=int)])
    until = (AS_OF - START).days
    day = joined + np.floor(g.random(total) ** 0.6 * (until - joined)).astype(int)
    staff = np.clip(np.round(np.exp(2.9 + 0.75 * size + 0.8 * g.standard_normal(total))), 1, 5000)

    def whole(values: Array, seen: Array) -> Any:
        return pd.Series(pd.array(values.astype(int), dtype="Int64")).where(pd.Series(seen)).array

    def words(options: tuple[str, ...], codes: Array, seen: Array) -> Any:
        return pd.Series(np.array(options, dtype=object)[codes], dtype="str").where(pd.Series(seen)).array

    name_a, name_b = g.integers(0, len(NAME_A), total), g.integers(0, len(NAME_B), total)
    ids = [f"B{i:05d}" for i in range(1, total + 1)]
    closeness = 1 + _cut(eager, (0.15, 0.25, 0.3, 0.2, 0.1), g, 0.3)
    table = pd.DataFrame(
        {
            "org_id": ids,
            "customer_id": pd.Series(
                np.concatenate([firms["customer_id"].to_numpy(object), np.full(more, None)]), dtype="str"
            ),
            "name": [
                f"{SECTORS[s].capitalize()} {NAME_A[a]}{NAME_B[b]}"
                for s, a, b in zip(sector, name_a, name_b, strict=True)
            ],
            "sector": np.array(SECTORS, dtype=object)[sector],
            "staff": staff.astype("int64"),
            "founded_year": np.clip(2021 - np.round(g.gamma(1.6, 14, total)), 1900, 2021).astype("int64"),
            "payment_terms_days": whole(g.choice([14, 30, 60], total, p=(0.3, 0.55, 0.15)), known[0]),
            "credit_grade": words(("D", "C", "B", "A"), _cut(size, (0.1, 0.25, 0.4, 0.25), g, 0.2), known[1]),
            "closeness": whole(closeness, known[2]),
            "willingness": whole(1 + _cut(eager, (0.15, 0.25, 0.3, 0.2, 0.1), g, 0.75), known[3]),
            "stated_need": words(
                NEEDS, np.where(g.random(total) < 0.85, need, g.integers(0, 3, total)), known[4]
            ),
            "recorded_on": START + pd.to_timedelta(day, unit="D"),
        }
    )
    table["sector"] = table["sector"].astype("str")
    truth = pd.DataFrame(
        {
            "org_id": ids,
            "true_need": pd.Series(np.array(NEEDS, dtype=object)[need], dtype="str"),
            "would_buy": would,
            "potential_eur_year": np.round(potential, 2),
        }
    )
    return table, truth


def _persons(organisations: pd.DataFrame, g: np.random.Generator) -> pd.DataFrame:
    customer = organisations["customer_id"].notna().to_numpy()
    count = np.where(customer, 1 + g.poisson(0.9, len(customer)), g.poisson(0.6, len(customer)))
    who = np.repeat(np.arange(len(customer)), np.minimum(count, 4))
    n = len(who)
    role = g.choice(4, n, p=(0.25, 0.35, 0.25, 0.15))
    influence = np.clip(np.round(np.array([4.4, 3.5, 2.3, 1.9])[role] + g.normal(0, 0.8, n)), 1, 5)
    until = (AS_OF - START).days
    last = START + pd.to_timedelta(until - np.minimum(np.floor(g.exponential(260, n)), until), unit="D")
    return pd.DataFrame(
        {
            "person_id": [f"K{i:05d}" for i in range(1, n + 1)],
            "org_id": organisations["org_id"].to_numpy()[who],
            "role": pd.Series(np.array(ROLES, dtype=object)[role], dtype="str"),
            "influence": influence.astype("int64"),
            "birthday_month": pd.Series(pd.array(g.integers(1, 13, n), dtype="Int64")).where(
                pd.Series(g.random(n) < 0.35)
            ),
            "last_contact": pd.Series(last).where(pd.Series(g.random(n) < 0.85)),
        }
    )


def _investments(organisations: pd.DataFrame, g: np.random.Generator) -> pd.DataFrame:
    customer = organisations["customer_id"].notna().to_numpy()
    who = np.repeat(np.arange(len(customer)), g.poisson(np.where(customer, 1.7, 0.7)))
    n = len(who)
    place = g.choice(4, n, p=(0.3, 0.15, 0.1, 0.45))
    granted = np.where(g.random(n) < 0.35, g.integers(1, 4, n), 0)
    table = pd.DataFrame(
        {
            "org_id": organisations["org_id"].to_numpy()[who],
            "contact_date": START + pd.to_timedelta(g.integers(0, (AS_OF - START).days + 1, n), unit="D"),
            "place": pd.Series(np.array(PLACES, dtype=object)[place], dtype="str"),
            "cost_eur": np.round(g.gamma(6, np.array([16.0, 9.0, 20.0, 2.0])[place]), 2),
            "concession": pd.Series(np.array(CONCESSIONS, dtype=object)[granted], dtype="str"),
            "concession_eur": np.where(granted > 0, np.round(g.gamma(3, 14, n), 2), 0.0),
        }
    ).sort_values(["contact_date", "org_id"], kind="stable", ignore_index=True)
    table.insert(0, "investment_id", [f"V{i:05d}" for i in range(1, n + 1)])
    return table
