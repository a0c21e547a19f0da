"""Lesson 04, protecting information: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task, within
from crmlab.datasets.protected import FILE_DAY, make_protected

CUSTOMERS = 2000  # people in the file; twice as many readings
K, LEAK, HARM_EUR, ROW_EUR = 5, 0.02, 300.0, 0.20
WAYS = ("k only", "k and l")


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the tables that a firm would see."""
    world = make_protected(n, rng=rng)
    names = [f.name for f in dataclasses.fields(world) if not f.name.startswith("truth")]
    return FILE_DAY, {name: getattr(world, name) for name in names}


def fits(data: StudentData) -> bool:
    """Say whether right and wrong answers differ."""
    for task in TASKS[:4]:
        right = task.answer(data)
        for mistake in task.mistakes:
            wrong = mistake.answer(data)
            if isinstance(right, list):
                if set(right) == set(wrong):
                    return False
            elif isinstance(right, dict):
                if all(abs(wrong[f.name] - right[f.name]) <= 2 * f.tolerance for f in task.forms):
                    return False
            elif abs(wrong - right) <= 2 * max(task.forms[0].tolerance, 0.0005):
                return False
    decision = release(data)
    return bool(decision["told"] >= 3 and decision["suppressed"] > 0.01)


def beside(data: StudentData) -> pd.DataFrame:
    """Give each reading with the right that its role has."""
    return data.access_log.merge(data.role_rights, on=["role", "field_class"], how="left")


def forbidden(data: StudentData) -> list[str]:
    """Task 1: readings of a class that the role may not read."""
    table = beside(data)
    return list(table.loc[~table["may_read"], "access_id"])


def _access(data: StudentData, which: str) -> list[str]:
    table = beside(data)
    rows = {
        "allowed": table["may_read"],
        "too many": table["n_rows"] > table["most_rows"],
        "no task": table["ticket_id"].isna(),
        "c3": table["field_class"] == "C3",
    }[which]
    return list(table.loc[rows, "access_id"])


def people(data: StudentData) -> pd.DataFrame:
    """Give the file with the year and the decade of birth and the first four digits."""
    year = data.people_file["birth_date"].dt.year
    return data.people_file.assign(
        year=year, decade=year // 10 * 10, town=data.people_file["district"].str[:4]
    )


def alone(data: StudentData, by: tuple[str, ...] = ("year", "sex", "district")) -> float:
    """Task 2: share of people who share their combination with nobody."""
    size = people(data).groupby(list(by))["person_id"].transform("size")
    return float((size == 1).mean())


def _of_groups(data: StudentData) -> float:
    return float((people(data).groupby(["year", "sex", "district"]).size() == 1).mean())


def _linked(data: StudentData) -> pd.DataFrame:
    club = data.public_list.assign(year=data.public_list["birth_date"].dt.year)
    left = club[["member_id", "year", "sex", "district"]]
    return left.merge(people(data)[["person_id", "year", "sex", "district"]], on=["year", "sex", "district"])


def _hit(data: StudentData, members: int, of: int | None = None) -> dict[str, float]:
    return {"members": members, "share": members / (of or len(data.public_list))}


def named(data: StudentData) -> dict[str, float]:
    """Task 3: members of the club who fit exactly one row of the file, and their share of all members."""
    return _hit(data, int((_linked(data)["member_id"].value_counts() == 1).sum()))


def _named_by_day(data: StudentData) -> dict[str, float]:
    both = data.public_list.merge(data.people_file, on=["birth_date", "sex", "district"])
    return _hit(data, int((both["member_id"].value_counts() == 1).sum()))


def _of_those_who_fit(data: StudentData) -> dict[str, float]:
    return _hit(data, int(named(data)["members"]), int(_linked(data)["member_id"].nunique()))


def no_entry(data: StudentData, *, by: str = "registration_no") -> list[str]:
    """Task 4: firms without an active entry in the trade register."""
    trade = data.register_entries.query("register == 'trade register' and status == 'active'")
    return list(data.new_firms.loc[~data.new_firms[by].isin(trade[by]), "firm_id"])


def _register(data: StudentData, which: str) -> list[str]:
    firms, entries = data.new_firms, data.register_entries
    trade = entries[entries["register"] == "trade register"]
    closed = trade.loc[trade["status"] != "active", "registration_no"]
    anywhere = entries.loc[entries["status"] != "active", "registration_no"]
    number = firms["registration_no"]
    rows = {
        "missing": ~number.isin(trade["registration_no"]),
        "closed": number.isin(closed),
        "any register": ~number.isin(trade["registration_no"]) | number.isin(anywhere),
        "active": ~firms["firm_id"].isin(no_entry(data)),
    }[which]
    return list(firms.loc[rows, "firm_id"])


def release(
    data: StudentData, *, town: str = "town", decade: str = "decade", way: str = ""
) -> dict[str, Any]:
    """Task 5: what k and l take out of the coarser file, what stays told, and which of the two pays.

    The mistakes turn one screw each: another column for `town` or `decade`, or another `way`: "groups"
    counts groups for people, "all" counts the secrets before the small groups are out, "no chance" forgets
    the chance of a leak, "money" decides the wrong way round.
    """
    table = people(data)
    groups = table.groupby([decade, "sex", town])["reason"]
    size, secrets = groups.transform("size"), groups.transform("nunique")
    small, same = size < K, secrets == 1
    told = int((same if way == "all" else same & ~small).sum())
    suppressed = float((groups.size() < K).mean()) if way == "groups" else float(small.mean())
    harm = told * HARM_EUR * (1.0 if way == "no chance" else LEAK)
    good = (told * ROW_EUR < told * HARM_EUR * LEAK) != (way == "money")
    return {"suppressed": suppressed, "told": told, "harm_eur": harm, "way": WAYS[int(good)]}


_PERCENT = "This is per cent. A share lies between 0 and 1: do not multiply by 100."

TASKS: tuple[Task, ...] = (
    Task(
        "04.1", "Readings without a right",
        (Form("ids"),),
        forbidden,
        (
            Mistake(
                "the allowed ones", lambda d: _access(d, "allowed"),
                "These are the readings that were allowed. Turn True and False round with ~.",
            ),
            Mistake(
                "too many rows", lambda d: _access(d, "too many"),
                "This compares n_rows with most_rows: some of these had the right and read too much. "
                "Look at may_read.",
            ),
            Mistake(
                "no task", lambda d: _access(d, "no task"),
                "These have no task number. Most roles need none. Look at may_read.",
            ),
            Mistake(
                "the most secret class", lambda d: _access(d, "c3"),
                "These are all readings of C3. Some roles may read C3, and some may not read C2: join the "
                "matrix.",
            ),
        ),
    ),
    Task(
        "04.2", "Alone in the file",
        (Form("share", tolerance=0.0005),),
        alone,
        (
            Mistake(
                "share of combinations", _of_groups,
                "This is the share of the combinations. Asked is the share of the people: transform writes "
                "the size beside each person.",
            ),
            Mistake(
                "day of birth", lambda d: alone(d, ("birth_date", "sex", "district")),
                "This uses the day of birth. Take the year: .dt.year.",
            ),
            Mistake(
                "sex forgotten", lambda d: alone(d, ("year", "district")),
                "Sex is missing among the three columns.",
            ),
            Mistake(
                "not alone", lambda d: 1 - alone(d),
                "These are the people who are not alone. Count a size of exactly 1.",
            ),
            Mistake("percent for share", lambda d: 100 * alone(d), _PERCENT, within(0.1)),
        ),
    ),
    Task(
        "04.3", "The attack",
        (Form("count", name="members", unit="members"), Form("share", name="share", tolerance=0.0005)),
        named,
        (
            Mistake(
                "all pairs", lambda d: _hit(d, len(_linked(d))),
                "This counts the rows of the joined table. A member who fits three rows stands in it three "
                "times and is not named.",
            ),
            Mistake(
                "at least one", lambda d: _hit(d, int(_linked(d)["member_id"].nunique())),
                "These fit at least one row. Named is who fits exactly one.",
            ),
            Mistake(
                "rows of the file",
                lambda d: _hit(d, int((_linked(d)["person_id"].value_counts() == 1).sum())),
                "This counts rows of the file that fit one member. Count members: value_counts of member_id.",
            ),
            Mistake(
                "day of birth", _named_by_day,
                "This joins on the day of birth. In this task the attacker knows the year only.",
            ),
            Mistake(
                "share of those who fit", _of_those_who_fit,
                "This share leaves out the members who fit no row. Divide by all members of the club.",
            ),
        ),
    ),
    Task(
        "04.4", "Firms without an active entry",
        (Form("ids"),),
        no_entry,
        (
            Mistake(
                "only the missing", lambda d: _register(d, "missing"),
                "These have no entry at all. A firm that the trade register calls dissolved has no active "
                "entry either.",
            ),
            Mistake(
                "only the closed", lambda d: _register(d, "closed"),
                "These are dissolved. A firm that does not stand in the trade register has no active entry "
                "either.",
            ),
            Mistake(
                "all registers", lambda d: _register(d, "any register"),
                "Other registers are in it too. Keep the rows of the trade register first.",
            ),
            Mistake(
                "by name", lambda d: no_entry(d, by="company"),
                "This compares names. An honest firm may write Co. Ltd for Company Limited: compare "
                "registration_no.",
            ),
            Mistake(
                "the active ones", lambda d: _register(d, "active"),
                "These have an active entry. Turn True and False round with ~.",
            ),
        ),
    ),
    Task(
        "04.5", "May the coarser file leave?",
        (
            Form("share", name="suppressed", tolerance=0.0005),
            Form("count", name="told"),
            Form("number", name="harm_eur", unit="EUR", tolerance=0.5),
            Form("choice", name="way", allowed=WAYS),
        ),
        release,
        (
            Mistake(
                "groups for people", lambda d: release(d, way="groups"),
                "suppressed is a share of groups here. Count people: transform writes the size beside each.",
            ),
            Mistake(
                "six digits", lambda d: release(d, town="district"),
                "The district has all six digits here. Keep the first four: .str[:4].",
            ),
            Mistake(
                "years for decades", lambda d: release(d, decade="year"),
                "The year of birth is not cut to ten years: year // 10 * 10.",
            ),
            Mistake(
                "small groups told", lambda d: release(d, way="all"),
                "told counts people of small groups too. They do not leave the house: size >= 5 as well.",
            ),
            Mistake(
                "no chance", lambda d: release(d, way="no chance"),
                "harm_eur is the harm if it leaks. Multiply by the chance of a leak, 0.02.",
            ),
            Mistake(
                "wrong way round", lambda d: release(d, way="money"),
                "Compare again: a row that is left out costs 0.20 EUR, a secret that stays in it 6 EUR.",
            ),
        ),
    ),
)  # fmt: skip
