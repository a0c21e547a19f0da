"""The three sources of Pinefold's customers: shop cards, web accounts, business accounts, with planted dirt.

All names come from syllables put together by lot, phones begin with 000, mail goes to example.org and
example.net, streets and towns do not exist. The rates below are choices of ours, none is published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.datasets.sources_dirt import spoil
from crmlab.datasets.sources_names import Names, make_names

AS_OF = pd.Timestamp("2023-12-31")
CHANGES_PER_YEAR = {"address": 0.10, "phone": 0.07, "email": 0.14}  # how fast each value goes out of date
SEED_SOURCES = 7  # of the bundled world
REGIONS = ("North", "East", "South", "West")
SOURCES_NOTES = (
    "Every rate is a choice of ours, made for teaching: none is a published figure.",
    "A home moves about once in ten years, a phone number changes about once in fourteen, an email about "
    "once in seven; so of a hundred emails written down five years ago about fifty are still right.",
    "About a fifth of the people share home and family name with another customer, and about one in twenty "
    "also shares the given name (parent and child): the pairs that look alike and are two people.",
    "`truth/three_sources_dirt.csv` says where each fault was planted and what the right value is.",
)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Sources:
    """The three sources, what was booked on them, and the truth (see the data dictionary)."""

    shop_cards: pd.DataFrame
    web_accounts: pd.DataFrame
    business_accounts: pd.DataFrame
    source_orders: pd.DataFrame
    field_checks: pd.DataFrame
    business_invoices: pd.DataFrame
    sales_months: pd.DataFrame
    truth_links: pd.DataFrame = field(repr=False)
    truth_people: pd.DataFrame = field(repr=False)
    truth_dirt: pd.DataFrame = field(repr=False)


def make_sources(
    n_people: int = 1500, *, rng: int | np.random.Generator = 7, dirt: float = 1.0, checks: int = 500
) -> Sources:
    """Make three dirty sources of one customer base, and the truth about who is who.

    Parameters
    ----------
    n_people : int, default 1500
        Real people, 50 to 50,000; they leave about 1.5 records each.
    rng : int or numpy.random.Generator, default 7
        Seed or generator; the same seed gives the same world.
    dirt : float, default 1
        Multiplies the chance of every planted fault, 0 (clean) to 3.
    checks : int, default 500
        Records whose values are verified again, 10 or more; never more than there are.

    Returns
    -------
    Sources
        ``shop_cards``, ``web_accounts``, ``business_accounts``, ``source_orders``, ``field_checks``,
        ``business_invoices``, ``sales_months``, and the truth: ``truth_links``, ``truth_people``,
        ``truth_dirt``. Every column is explained by ``data_dictionary(table)``.

    Raises
    ------
    DataError
        If a number is out of its range.

    Examples
    --------
    >>> world = make_sources(60, rng=1)
    >>> list(world.shop_cards["record_id"].head(2))
    ['S00001', 'S00002']
    >>> set(world.truth_links["source"]) == {"shop", "web", "business"}
    True
    """
    for name, value, low, high in (("n_people", n_people, 50, 50_000), ("checks", checks, 10, 1_000_000)):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            raise DataError(f"{name} must be a whole number from {low:,} to {high:,}; found {value!r}.")
    if isinstance(dirt, bool) or not isinstance(dirt, int | float) or not 0 <= dirt <= 3:
        raise DataError(f"dirt must be a number from 0 to 3; found {dirt!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    names = make_names(g)
    people = _people(n_people, names, g)
    rows = _records(people, g, dirt)
    people["table"]["next_year_eur"] = _next_year(people, rows, g)
    clean = _clean_values(people, rows, names)
    tables, planted = spoil(clean, rows["source"], g, dirt)
    truth = _links(people, rows, clean)
    orders = _orders(people, rows, clean["record_id"], g)
    return Sources(
        **tables,
        source_orders=orders,
        field_checks=_checks(truth, rows, g, checks),
        business_invoices=_invoices(people, rows, clean["record_id"], g),
        sales_months=_sales_months(g),
        truth_links=truth,
        truth_people=people["table"],
        truth_dirt=planted,
    )


def _people(n: int, names: Names, g: np.random.Generator) -> dict[str, Any]:
    """Draw the people: singles, homes of two with one family name, and parents with a child of their name."""
    kind = g.choice(3, n, p=(0.85, 0.12, 0.03))  # of those who start a home
    size = np.where(kind == 0, 1, 2)
    home = np.repeat(np.arange(n), size)[:n]
    kind = kind[home]
    second = np.r_[False, home[1:] == home[:-1]]
    has_second = np.r_[second[1:], False]
    kind = np.where(second | has_second, kind, 0)
    family = names.draw_family(n, g)
    given = names.draw_given(n, g)
    first = np.flatnonzero(second) - 1
    family[second] = family[first]
    namesake = second & (kind == 2)
    given[namesake] = given[np.flatnonzero(namesake) - 1]
    birth = pd.Timestamp("1950-01-01") + pd.to_timedelta(g.integers(0, 53 * 365, n), unit="D")
    birth = np.array(birth, dtype="datetime64[D]")
    older = np.flatnonzero(namesake) - 1
    birth[older] = np.datetime64("1945-01-01") + g.integers(0, 25 * 365, len(older)).astype("timedelta64[D]")
    birth[namesake] = birth[older] + g.integers(23 * 365, 33 * 365, len(older)).astype("timedelta64[D]")
    changed = {  # the years before AS_OF at which a value changed, latest first
        "address": np.cumsum(g.exponential(1 / CHANGES_PER_YEAR["address"], (home.max() + 1, 8)), axis=1)[
            home
        ],
        "phone": np.cumsum(g.exponential(1 / CHANGES_PER_YEAR["phone"], (n, 8)), axis=1),
        "email": np.cumsum(g.exponential(1 / CHANGES_PER_YEAR["email"], (n, 8)), axis=1),
    }
    shares_phone = second & (g.random(n) < 0.4)  # one telephone for the home
    changed["phone"][shares_phone] = changed["phone"][np.flatnonzero(shares_phone) - 1]
    rate = g.gamma(1.1, 2.0 / 1.1, n)
    buys = g.random(n) < 0.62
    mean_order = np.exp(g.normal(3.9, 0.5, n))
    table = pd.DataFrame(
        {
            "person_id": _ids("P", n),
            "household_id": np.array([f"H{i + 1:05d}" for i in home]),
            "namesake": namesake | np.r_[namesake[1:], False],
            "orders_per_year": np.round(rate, 4),
            "still_buys": buys,
            "next_year_eur": 0.0,
            "in_trouble": g.random(n) < 0.12,
        }
    )
    phone_owner = np.where(shares_phone, np.arange(n) - 1, np.arange(n))
    return {
        "n": n, "home": home, "given": given, "family": family, "birth": birth, "changed": changed,
        "phone_owner": phone_owner, "rate": rate, "buys": buys, "mean_order": mean_order, "table": table,
    }  # fmt: skip


def _ids(letter: str, n: int) -> Array:
    return np.array([f"{letter}{i:05d}" for i in range(1, n + 1)])


def _records(people: dict[str, Any], g: np.random.Generator, dirt: float) -> dict[str, Any]:
    """Say who is in which source, when it was written down, and which rows repeat an earlier one."""
    n = people["n"]
    shop, web, business = g.random(n) < 0.62, g.random(n) < 0.52, g.random(n) < 0.11
    nowhere = ~(shop | web | business)
    shop[nowhere] = True
    again = np.minimum(np.array([0.08, 0.07, 0.08]) * dirt, 0.9)
    who, source, repeat = [], [], []
    for code, member in enumerate((shop, web, business)):
        mine = np.flatnonzero(member)
        twice = mine[g.random(len(mine)) < again[code]]
        who += [mine, twice]
        source += [np.full(len(mine) + len(twice), code)]
        repeat += [np.zeros(len(mine), dtype=bool), np.ones(len(twice), dtype=bool)]
    who_all, source_all, repeat_all = np.concatenate(who), np.concatenate(source), np.concatenate(repeat)
    years = g.uniform(0.1, 9.0, len(who_all))  # before AS_OF
    order = np.lexsort((-years, source_all))
    return {
        "who": who_all[order], "source": source_all[order], "repeat": repeat_all[order],
        "years": years[order],
    }  # fmt: skip


def _clean_values(people: dict[str, Any], rows: dict[str, Any], names: Names) -> pd.DataFrame:
    """Write every record as it should read: the values that were right on its day."""
    who, years = rows["who"], rows["years"]
    version = {name: (times[who] < years[:, None]).sum(1) for name, times in people["changed"].items()}
    letters = np.array(["S", "W", "B"])
    numbers = np.empty(len(who), dtype=int)
    for code in range(3):
        mine = rows["source"] == code
        numbers[mine] = np.arange(1, mine.sum() + 1)
    ids = [f"{letters[s]}{i:05d}" for s, i in zip(rows["source"], numbers, strict=True)]
    address = [
        names.address(int(h), int(v)) for h, v in zip(people["home"][who], version["address"], strict=True)
    ]
    owner = people["phone_owner"][who]
    recorded = AS_OF - pd.to_timedelta((years * 365.25).astype(int), unit="D")
    business = rows["source"] == 2
    company = [names.company(int(i)) for i in who]
    vat = [f"ZZ{(int(i) * 7919 + 1234567) % 9_000_000 + 1_000_000}" for i in who]
    return pd.DataFrame(
        {
            "record_id": ids,
            "given": people["given"][who],
            "family": people["family"][who],
            "birth": pd.Series(people["birth"][who]).astype("datetime64[us]"),
            "phone": [names.phone(int(i), int(v)) for i, v in zip(owner, version["phone"], strict=True)],
            "email": [
                names.email(str(a), str(b), int(i), int(v))
                for a, b, i, v in zip(
                    people["given"][who], people["family"][who], who, version["email"], strict=True
                )
            ],
            "street": [a for a, _ in address],
            "postcode": [b for _, b in address],
            "recorded_on": pd.Series(recorded).astype("datetime64[us]"),
            "company": np.where(business, company, ""),
            "vat_number": np.where(business, vat, ""),
            "repeat": rows["repeat"],
        }
    )


def _links(people: dict[str, Any], rows: dict[str, Any], clean: pd.DataFrame) -> pd.DataFrame:
    who = rows["who"]
    valid = {
        f"{name}_valid": people["changed"][name][who, 0] >= rows["years"]
        for name in ("address", "phone", "email")
    }
    mine = pd.DataFrame(
        {
            "record_id": clean["record_id"],
            "source": np.array(["shop", "web", "business"])[rows["source"]],
            "person_id": people["table"]["person_id"].to_numpy()[who],
            **valid,
        }
    )
    tests = pd.DataFrame(  # entries that somebody made to try the system
        {
            "record_id": [f"{letter}T{i:04d}" for letter, n in (("S", 3), ("W", 4)) for i in range(1, n + 1)],
            "source": ["shop"] * 3 + ["web"] * 4,
            "person_id": [f"T{i:05d}" for i in range(1, 8)],
            "address_valid": False, "phone_valid": False, "email_valid": False,
        }
    )  # fmt: skip
    return pd.concat([mine, tests], ignore_index=True)


def _orders(
    people: dict[str, Any], rows: dict[str, Any], ids: pd.Series, g: np.random.Generator
) -> pd.DataFrame:
    """Book each order on a record that existed on its day; a business record orders larger amounts."""
    who, years = rows["who"], rows["years"]
    share = 1 / np.bincount(who, minlength=people["n"])[who]
    active = np.where(people["buys"][who], years, years * g.random(len(who)))  # the others stopped some day
    number = g.poisson(np.minimum(people["rate"][who] * share * np.minimum(active, 4.0), 60))
    at = np.repeat(np.arange(len(who)), number)
    back = np.where(people["buys"][who], 0.0, np.maximum(years - active, 0.0))[at]
    ago = back + g.random(len(at)) * np.minimum(active, 4.0)[at]
    amount = (
        people["mean_order"][who][at]
        * np.exp(g.normal(0, 0.4, len(at)))
        * np.where(rows["source"][at] == 2, 3.5, 1)
    )
    day = AS_OF - pd.to_timedelta(np.minimum(ago, years[at]) * 365.25 // 1, unit="D")
    table = pd.DataFrame(
        {
            "record_id": ids.to_numpy()[at],
            "order_date": pd.Series(day).astype("datetime64[us]"),
            "amount_eur": np.maximum(np.round(amount, 2), 1.0),
        }
    ).sort_values(["order_date", "record_id"], ignore_index=True)
    table.insert(0, "order_id", [f"O{i:06d}" for i in range(1, len(table) + 1)])
    return table


def _next_year(people: dict[str, Any], rows: dict[str, Any], g: np.random.Generator) -> Array:
    """Give what each person will buy in the year after AS_OF, business records at their larger amounts."""
    factor = np.where(rows["source"] == 2, 3.5, 1.0)
    mean = np.bincount(rows["who"], weights=factor, minlength=people["n"]) / np.bincount(
        rows["who"], minlength=people["n"]
    )
    number = g.poisson(np.where(people["buys"], people["rate"], 0.0))
    spread = np.exp(g.normal(0, 0.15, people["n"]))
    bought: Array = np.round(number * people["mean_order"] * mean * spread, 2)
    return bought


def _checks(truth: pd.DataFrame, rows: dict[str, Any], g: np.random.Generator, number: int) -> pd.DataFrame:
    """Verify a random sample of records; a source without a field cannot be checked on it."""
    n = len(rows["who"])
    at = np.sort(g.choice(n, min(number, n), replace=False))
    parts = []
    for name in ("address", "phone", "email"):
        has = at if name != "email" else at[rows["source"][at] != 0]
        parts.append(
            pd.DataFrame(
                {
                    "record_id": truth["record_id"].to_numpy()[has],
                    "field": name,
                    "age_years": np.round(rows["years"][has], 3),
                    "still_valid": truth[f"{name}_valid"].to_numpy()[has],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _invoices(
    people: dict[str, Any], rows: dict[str, Any], ids: pd.Series, g: np.random.Generator
) -> pd.DataFrame:
    """Write invoices of the last year: those in trouble pay late, or not at all; others sometimes dispute."""
    mine = np.flatnonzero(rows["source"] == 2)
    at = np.repeat(mine, 1 + g.poisson(2.5, len(mine)))
    trouble = people["table"]["in_trouble"].to_numpy()[rows["who"][at]]
    ago = g.integers(5, 360, len(at))
    late = np.where(trouble, g.normal(75, 60, len(at)), g.normal(-4, 14, len(at)))
    late = np.where(~trouble & (g.random(len(at)) < 0.06), g.normal(70, 30, len(at)), late)  # a dispute
    never = trouble & (g.random(len(at)) < 0.25)
    issued = AS_OF - pd.to_timedelta(ago, unit="D")
    due = issued + pd.Timedelta(days=30)
    paid = due + pd.to_timedelta(np.maximum(late, -28).astype(int), unit="D")
    paid = paid.where(~(never | (paid > AS_OF)), pd.NaT)
    table = pd.DataFrame(
        {
            "record_id": ids.to_numpy()[at],
            "issued_on": pd.Series(issued).astype("datetime64[us]"),
            "due_on": pd.Series(due).astype("datetime64[us]"),
            "paid_on": pd.Series(paid).astype("datetime64[us]"),
            "amount_eur": np.round(np.exp(g.normal(5.6, 0.7, len(at))), 2),
        }
    ).sort_values(["issued_on", "record_id"], ignore_index=True)
    table.insert(0, "invoice_id", [f"I{i:05d}" for i in range(1, len(table) + 1)])
    return table


def _sales_months(g: np.random.Generator) -> pd.DataFrame:
    """Plan, sales and selling cost: one region falls behind in autumn, one spends too much."""
    month = np.tile(np.arange(1, 13), 4)
    region = np.repeat(np.arange(4), 12)
    plan = np.array([52_000, 61_000, 47_000, 58_000])[region] * (1 + 0.18 * np.sin(month / 12 * 2 * np.pi))
    slow = np.where((region == 2) & (month >= 8), 0.72, 1.0)
    dear = np.where((region == 3) & (month >= 6), 1.7, 1.0)
    sales = plan * slow * np.exp(g.normal(0.01, 0.07, 48))
    return pd.DataFrame(
        {
            "month": month,
            "region": np.array(REGIONS)[region],
            "plan_eur": np.round(plan, 2),
            "sales_eur": np.round(sales, 2),
            "expense_eur": np.round(plan * 0.09 * dear * np.exp(g.normal(0, 0.08, 48)), 2),
        }
    )
