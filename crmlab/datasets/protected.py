"""The protected world: a file that wants to leave the house, a log of readings, and firms that want credit.

Everything here is our own choice and made up: names are made of syllables, telephone numbers begin with 000
and have six digits, district codes begin with 0 (real ones in China begin with 1 or more), streets do not
exist. What is planted, so that a lesson can count it:

- a public list (a walking club) that holds some of the people in the file and many strangers;
- settlements of homes for the elderly in which everybody has the same reason for a purchase;
- a log in which one or two readings in a hundred are wrong, in five ways, one of which leaves no trace;
- three registers in which honest firms differ from what they say, and false firms hide behind that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.tables.protected import FIELD_CLASSES, FIRM_KINDS, REASONS, ROLES

Array = np.ndarray[Any, np.dtype[Any]]
SEED_PROTECTED = 4
FILE_DAY = pd.Timestamp("2023-12-31")
PEOPLE_PER_DISTRICT = 75  # of the file; the town around it is four times as large
CLUB_SHARE = 0.25  # of the people in the file who are also in the club
ELDERLY_SHARE = 0.04  # of the people in the file who live in a home for the elderly
PROTECTED_NOTES = (
    "All of it is made up; no published figure is copied into it. Published are two shares of people who are "
    "alone in their postcode with sex and full date of birth: 87 % (Sweeney, census of 1990) and 63 % (Golle "
    "2006, census of 2000); lesson 04 states them apart from these tables.",
    "Levels C1 < C2 < C3 are named after JR/T 0171-2020, a recommended standard of Chinese banking; which "
    "fields a level holds here is our choice.",
    "One to two readings in a hundred are wrong, in five ways; a quarter of the firms are false, in three "
    "ways: our choice, and more than a firm would hope for, so that a class can count them.",
)

_FIRST = (
    "Abro", "Belu", "Cavi", "Dromi", "Eltu", "Fanno", "Gimbe", "Holu", "Irvo", "Jastu", "Kelmi", "Lovru",
    "Mirto", "Nalba", "Orvi", "Pelto",
)  # fmt: skip
_LAST = (
    "Brasken", "Cortvel", "Dumble", "Eskarn", "Fintora", "Grolmo", "Harvick", "Istrel", "Jornwick", "Kestrup",
    "Lumbard", "Morvash", "Nettick", "Ostrand", "Plimsor", "Quarnel", "Rostwick", "Sundrel", "Tavrick",
    "Umbrasco",
)  # fmt: skip
_FIRM = (
    "Blue Kettle", "Paper Moon", "Copper Leaf", "Quiet Harbour", "Tin Whistle", "Green Lantern Row",
    "Stone Apple", "Velvet Anchor", "North Button", "Silver Thimble", "Old Compass", "Little Orchard",
)  # fmt: skip
_MISUSE_CUTS = (0.25, 0.4, 0.65, 0.85)  # cumulative shares of the five kinds of misuse
_ODDITIES = {"": 0.6, "short name": 0.13, "branch address": 0.11, "moved": 0.09, "new legal person": 0.07}
_TRADE = ("Hotel", "Office Supply", "Restaurant", "Interior Design", "Trading")
_STREET = ("Nowhere Lane", "Paper Street", "Moonless Road", "Unbuilt Avenue", "Blank Square", "Dry Canal")


@dataclass(frozen=True)
class ProtectedWorld:
    """The tables of the protected world.

    Attributes
    ----------
    people_file : DataFrame
        What marketing would like to hand to an agency.
    public_list : DataFrame
        A club's list of members, with names.
    role_rights : DataFrame
        The role matrix.
    access_log : DataFrame
        Who read customer data, and when.
    new_firms : DataFrame
        Firms that ask for credit.
    register_entries : DataFrame
        What three registers say of firms.
    truth_identities, truth_misuse, truth_firms : DataFrame
        What only the generator knows.
    """

    people_file: pd.DataFrame
    public_list: pd.DataFrame
    role_rights: pd.DataFrame
    access_log: pd.DataFrame
    new_firms: pd.DataFrame
    register_entries: pd.DataFrame
    truth_identities: pd.DataFrame
    truth_misuse: pd.DataFrame
    truth_firms: pd.DataFrame


def make_protected(
    n_people: int = 3000, *, rng: int | np.random.Generator = SEED_PROTECTED
) -> ProtectedWorld:
    """Make a file of people, a public list, an access log and new firms with their registers, and the truth.

    Parameters
    ----------
    n_people : int, default 3000
        Customers in the file: 250 to 500,000. The log has two readings for each; new firms are 8 % of it,
        at least 80.
    rng : int or Generator, default 4
        Seed or generator; the same seed gives the same world.

    Returns
    -------
    ProtectedWorld
        Six tables that the firm sees and three that hold the truth; `data_dictionary` explains the columns.

    Raises
    ------
    DataError
        If `n_people` is out of range.

    Examples
    --------
    >>> world = make_protected(250, rng=1)
    >>> len(world.people_file), world.people_file["district"].str.len().unique().tolist()
    (250, [6])
    """
    if (
        isinstance(n_people, bool)
        or not isinstance(n_people, int | np.integer)
        or not 250 <= n_people <= 500_000
    ):
        raise DataError(f"n_people must be a whole number from 250 to 500,000; found {n_people!r}.")
    draw = np.random.default_rng(rng)
    people, club, truth = _people(int(n_people), draw)
    rights = _rights()
    log, wrong = _log(2 * int(n_people), rights, draw)
    firms, entries, kinds = _firms(max(80, int(0.08 * n_people)), draw)
    return ProtectedWorld(people, club, rights, log, firms, entries, truth, wrong, kinds)


def _names(n: int, draw: np.random.Generator) -> Array:
    first, last = draw.choice(_FIRST, n).astype(object), draw.choice(_LAST, n).astype(object)
    middle = draw.choice(list("ABCDEFGHKLMNPRSTVW"), n).astype(object)
    return np.asarray(first + " " + middle + ". " + last)


def _districts(n: int, draw: np.random.Generator) -> Array:
    """Six digits: region, town, district; a region has up to four towns, a town up to six districts."""
    number = np.arange(max(4, round(n / PEOPLE_PER_DISTRICT)))
    region, town = number % 4 + 1, number // 4 % 4 + 1
    codes = np.array(
        [f"{r:02d}{t:02d}{d:02d}" for r, t, d in zip(region, town, number // 16 + 1, strict=True)]
    )
    size = draw.uniform(0.5, 1.5, len(codes))
    return np.asarray(draw.choice(codes, 4 * n, p=size / size.sum()))


def _people(n: int, draw: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Draw a town of 4 n people; n of them are in the file, some of both kinds are in the club."""
    town = 4 * n
    age = np.where(draw.random(town) < 0.25, draw.normal(68, 9, town), draw.normal(42, 13, town)).clip(18, 95)
    days = (365.25 * age).astype(int) + draw.integers(0, 365, town)
    frame = pd.DataFrame(
        {
            "name": _names(town, draw),
            "birth_date": (FILE_DAY - pd.to_timedelta(days, unit="D")).astype("datetime64[us]"),
            "sex": np.where(draw.random(town) < 0.55, "F", "M"),
            "district": _districts(n, draw),
        }
    )
    age = days / 365.25
    chance = np.array([0.28, 0.22, 0.2, 0.2, 0.04, 0.03, 0.01, 0.02])  # of the eight reasons, below 60
    old = np.array([0.1, 0.12, 0.22, 0.24, 0.05, 0.13, 0.1, 0.04])
    at = draw.random(town)
    reason = np.where(age < 60, np.searchsorted(chance.cumsum(), at), np.searchsorted(old.cumsum(), at)).clip(
        0, 7
    )
    household = 1 + draw.poisson(np.where(age < 25, 0.6, np.where(age < 55, 1.9, 0.7))).clip(max=7)
    home = np.flatnonzero(draw.random(town) < ELDERLY_SHARE)  # settlements of homes: same place, same trouble
    homes = np.array(["010501", "020501", "030501", "040501"])[: int(np.clip(ELDERLY_SHARE * n / 25, 1, 4))]
    frame.loc[home, "district"] = homes[np.arange(len(home)) % len(homes)]
    years = draw.integers(1930, 1950, len(home))
    born = pd.to_datetime(years.astype(str)) + pd.to_timedelta(draw.integers(0, 365, len(home)), unit="D")
    frame.loc[home, "birth_date"] = born.astype("datetime64[us]")
    frame.loc[home, "sex"] = np.where(draw.random(len(home)) < 0.8, "F", "M")
    reason[home], household[home] = REASONS.index("walking aid"), 1
    age[home] = 2024 - years
    region = frame["district"].str[:2].astype(int).to_numpy()
    place = frame["district"].str[2:].astype(int).to_numpy() % 7
    level = 5.15 - 0.00075 * (age - 47) ** 2 + 0.13 * household + 0.16 * (region - 2.5) + 0.07 * (place - 3)
    level += np.where(frame["sex"] == "F", 0.12, 0.0)
    frame["household_size"] = household
    frame["reason"] = np.array(REASONS)[reason]
    frame["mean_spend_eur"] = np.exp(level)
    frame["spend_eur"] = (frame["mean_spend_eur"] * draw.gamma(2.0, 0.5, town)).round(2)

    inside = draw.permutation(town) < n  # in the firm's file
    member = draw.random(town) < np.where(inside, CLUB_SHARE, CLUB_SHARE / 3)
    member[np.flatnonzero(inside)[:3]] = True
    club = frame[member].sort_values(["name", "birth_date"], kind="stable")
    number = pd.Series([f"W{i:06d}" for i in range(1, len(club) + 1)], index=club.index)
    file = frame[inside].iloc[draw.permutation(n)]
    file = file.assign(
        person_id=[f"P{i:06d}" for i in range(1, n + 1)],
        phone=[f"000-{i:06d}" for i in draw.choice(1_000_000, n, replace=False)],
        member_id=number.reindex(file.index).astype("str"),
    )
    file["member_id"] = file["member_id"].where(file.index.isin(number.index))
    seen = [
        "person_id",
        "name",
        "phone",
        "birth_date",
        "sex",
        "district",
        "household_size",
        "reason",
        "spend_eur",
    ]
    members = club.assign(member_id=number)[["member_id", "name", "birth_date", "sex", "district"]]
    truth = file[["person_id", "member_id", "mean_spend_eur"]]
    return tuple(_plain(t) for t in (file[seen], members, truth))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as text, days to the microsecond and rows from 0: as a file gives them back."""
    frame = frame.reset_index(drop=True)
    for name in frame.select_dtypes(["object", "str"]):
        frame[name] = frame[name].astype("str")
    return frame


def _rights() -> pd.DataFrame:
    """Give the role matrix: who may read what, how many rows at once, and whether a task is needed."""
    most = {  # rows at once for C1, C2, C3; 0: may not read
        "shop clerk": (50, 0, 0), "service desk": (50, 5, 0), "marketing analyst": (5000, 500, 0),
        "credit clerk": (50, 20, 0), "system admin": (50, 0, 2), "manager": (5000, 50, 0),
    }  # fmt: skip
    by_task = ("service desk", "credit clerk", "system admin")
    columns = ["role", "field_class", "may_read", "most_rows", "needs_ticket"]
    rows = [
        (role, field, rows > 0, rows, field != "C1" and role in by_task)
        for role in ROLES
        for field, rows in zip(FIELD_CLASSES, most[role], strict=True)
    ]
    return _plain(pd.DataFrame(rows, columns=columns))


def _log(n: int, rights: pd.DataFrame, draw: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw honest readings with their honest oddities, then plant the wrong ones."""
    share = np.array([0.22, 0.4, 0.12, 0.14, 0.04, 0.08])
    role = draw.choice(len(ROLES), n, p=share)
    desks = np.maximum(3, (n * share / 150).astype(int))  # staff of each role
    staff = (draw.random(n) * desks[role]).astype(int)
    classes = np.array([(0.0, 1, 1), (0.25, 1, 1), (0.5, 1, 1), (0.3, 1, 1), (0.6, 0.6, 1), (0.6, 1, 1)])
    classes[0] = (1, 1, 1)
    at = draw.random(n)
    field = (at > classes[role, 0]).astype(int) + (at > classes[role, 1])
    table = rights.set_index(["role", "field_class"])
    most = table["most_rows"].to_numpy().reshape(len(ROLES), 3)
    ticket = table["needs_ticket"].to_numpy().reshape(len(ROLES), 3)
    cap = np.maximum(1, most[role, field])
    rows = np.maximum(1, (cap * draw.beta(0.6, 3.0, n)).astype(int))
    hour = draw.normal(13, 2.6, n).clip(7, 20).astype(int)
    late = draw.random(n) < 0.02  # honest work at night: stocktaking, a report that must be ready
    hour[late] = draw.choice([21, 22, 23, 0, 5, 6], late.sum())
    over = draw.random(n) < 0.004  # an honest large reading: the yearly report
    rows[over] = (cap[over] * draw.uniform(1.1, 3.0, over.sum())).astype(int) + 1
    forgot = draw.random(n) < 0.012  # an honest reading whose ticket number was not typed in
    day = draw.integers(0, 90, n)

    misuse = np.full(n, "", dtype=object)
    wanted = max(10, int(0.016 * n))
    kinds = np.array(["no right", "bulk at night", "neighbour", "slow drip", "false excuse"])
    planted = draw.choice(n, wanted, replace=False)
    misuse[planted] = kinds[np.searchsorted(_MISUSE_CUTS, np.arange(wanted) / wanted, side="right")]
    bad = misuse == "no right"
    pairs = np.array([(0, 1), (1, 2), (2, 2), (3, 2), (4, 1)])[draw.integers(0, 5, bad.sum())]
    role[bad], field[bad] = pairs[:, 0], pairs[:, 1]
    rows[bad], forgot[bad] = 1 + draw.integers(0, 3, bad.sum()), True
    bad = misuse == "bulk at night"
    pairs = np.array([(1, 1), (2, 1), (3, 1)])[draw.integers(0, 3, bad.sum())]
    role[bad], field[bad] = pairs[:, 0], pairs[:, 1]
    rows[bad] = (most[pairs[:, 0], 1] * draw.uniform(1.5, 8, bad.sum())).astype(int) + 1
    hour[bad] = draw.choice([23, 0, 1, 2, 3], bad.sum())
    bad = misuse == "neighbour"  # within the role's rights, one customer, no task
    role[bad], field[bad], rows[bad], forgot[bad] = draw.choice([1, 3], bad.sum()), 1, 1, True
    bad = (
        misuse == "slow drip"
    )  # somebody who will leave: every reading looks right, there are many in few days
    role[bad], field[bad] = 1, 1
    rows[bad], forgot[bad] = draw.integers(3, 6, bad.sum()), False
    day[bad] = 60 + draw.integers(0, 4, bad.sum())
    bad_drip = bad
    bad = misuse == "false excuse"  # a right, a task, one row: nothing in the log is wrong
    role[bad], field[bad], rows[bad], forgot[bad] = 1, 1, 1, False

    staff = np.minimum(staff, desks[role] - 1)  # a planted reading may have changed the role
    staff[bad_drip] = np.arange(bad_drip.sum()) // 25  # the same person, over and over
    staff = np.minimum(staff, desks[role] - 1)
    numbers = np.array([f"T{i:06d}" for i in draw.integers(0, 1_000_000, n)], dtype=object)
    needed = ticket[role, field] & ~forgot
    needed |= draw.random(n) < 0.03 * ~ticket[role, field]  # a number typed in where none is needed
    log = pd.DataFrame(
        {
            "staff_id": [f"S{r + 1}{s + 1:03d}" for r, s in zip(role, staff, strict=True)],
            "role": np.array(ROLES)[role],
            "access_date": pd.Timestamp("2023-10-02") + pd.to_timedelta(day, unit="D"),
            "hour": hour,
            "field_class": np.array(FIELD_CLASSES)[field],
            "n_rows": rows,
            "ticket_id": pd.Series(numbers).where(pd.Series(needed & (misuse != "no right"))),
            "misuse": misuse,
        }
    )
    log["access_date"] = log["access_date"].astype("datetime64[us]")
    log = log.sort_values(["access_date", "hour"], kind="stable")
    log.insert(0, "access_id", [f"A{i:07d}" for i in range(1, n + 1)])
    wrong = log.loc[log["misuse"] != "", ["access_id", "misuse"]]
    return _plain(log.drop(columns="misuse")), _plain(wrong)


def _firms(n: int, draw: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Draw firms and their entries; false ones contradict a register, honest ones may differ too."""
    kind = np.array(FIRM_KINDS)[np.searchsorted([0.74, 0.84, 0.92], draw.random(n))]
    kind[:4] = FIRM_KINDS
    kind = kind[draw.permutation(n)]
    firm = draw.choice(_FIRM, n).astype(object) + " " + draw.choice(_TRADE, n).astype(object)
    firm = firm + np.array([f" {i}" for i in draw.permutation(n) + 1], dtype=object)
    number = np.array([f"00X{i:06d}" for i in draw.choice(1_000_000, n, replace=False)], dtype=object)
    street = np.array([f"{i} " for i in draw.integers(1, 900, 2 * n)], dtype=object)
    street = street + draw.choice(_STREET, 2 * n).astype(object)
    real, shell, dissolved, forged = (kind == what for what in FIRM_KINDS)
    one_house = np.select([shell, real], [0.75, 0.06], 0.0) > draw.random(
        n
    )  # many firms behind one letter box
    new = shell & (draw.random(n) < 0.85)
    stated = pd.DataFrame(
        {
            "registration_no": number,
            "company": firm + " Company Limited",
            "address": np.where(one_house, draw.choice(street[: max(3, n // 50)], n), street[:n]),
            "legal_person": _names(n, draw),
            "founded_year": np.where(new, 2023, draw.integers(1985, 2024, n)),
            "credit_eur": (draw.gamma(2.5, 4000, n) * np.where(real, 1.0, 1.5)).round(-2) + 500,
        }
    )
    other = pd.DataFrame({"address": street[n:], "legal_person": _names(n, draw)})
    facts = stated.drop(columns="credit_eur")
    oddity = draw.choice(list(_ODDITIES), n, p=list(_ODDITIES.values()))
    stated.loc[oddity == "short name", "company"] = firm[oddity == "short name"] + " Co. Ltd"
    trade, tax = (facts.assign(register=f"{which} register", status="active") for which in ("trade", "tax"))
    for table, honest in (
        (trade, ("branch address", "moved", "new legal person")),
        (tax, ("branch address",)),
    ):
        for what in honest:
            column = "legal_person" if what == "new legal person" else "address"
            table.loc[oddity == what, column] = other.loc[oddity == what, column]
    age = draw.integers(10, 400, (2, n))
    stale = np.isin(oddity, ["moved", "new legal person"])  # only the tax register has heard of it
    age[0] = np.where(stale, draw.integers(900, 2500, n), age[0])
    slow = np.where(dissolved, 0.7, 0.05) > draw.random(n)  # the tax entry was not renewed
    age[1] = np.where(slow, draw.integers(700, 2200, n), age[1])
    trade.loc[dissolved & (draw.random(n) < 0.7), "status"] = "dissolved"
    tax.loc[dissolved & (draw.random(n) < 0.3), "status"] = "dissolved"
    way = draw.random(n)  # of a forger: another firm's number, no number at all, or a perfect copy
    stolen, invented = forged & (way < 0.45), forged & (way >= 0.45) & (way < 0.75)
    for table in (trade, tax):
        table.loc[stolen, "company"] = np.roll(firm, 1)[stolen] + " Company Limited"
        table.loc[stolen, ["address", "legal_person"]] = other.loc[stolen].to_numpy()
    no_tax = invented | (np.select([shell, real], [0.45, 0.04], 0.0) > draw.random(n))
    trade["entry_date"], tax["entry_date"] = (FILE_DAY - pd.to_timedelta(a, unit="D") for a in age)
    listed = np.select([dissolved, real], [0.4, 0.02], 0.0) > draw.random(n)
    court = trade[listed & ~invented].assign(register="court list", status="insolvent")
    entries = pd.concat([trade[~invented], tax[~no_tax], court])
    entries["entry_date"] = entries["entry_date"].astype("datetime64[us]")
    entries = entries.iloc[draw.permutation(len(entries))].sort_values("register", kind="stable")
    stated.insert(0, "firm_id", [f"N{i:05d}" for i in range(1, n + 1)])
    differs = pd.Series(oddity).where((oddity != "") & real)
    truth = stated[["firm_id"]].assign(kind=kind, honest_difference=differs)
    return _plain(stated), _plain(entries[["register", *facts, "status", "entry_date"]]), _plain(truth)
