"""The electricity seller's world: bills, payments, a policy trial by lot, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.datasets.energy import (
    FIRST,
    MINUTES,
    MONTHS,
    TRIAL,
    Array,
    EnergyPolicy,
    Households,
    Run,
    draw_households,
    run_policies,
)
from crmlab.tables.energy import AREAS, LATE_REASONS, PAYER_TYPES

SEED_ENERGY = 17
POLICIES = (
    EnergyPolicy("soft"),
    EnergyPolicy("reward", reward_eur=60),
    EnergyPolicy("firm", cut_day=26, fee_eur=60, deposit_eur=100),
    EnergyPolicy("firm + reward", cut_day=26, fee_eur=60, deposit_eur=100, reward_eur=60),
    EnergyPolicy("instalments", instalments=True),
)
ENERGY_NOTES = (
    "Only the cut-off on day 26 is taken from the published case of TXU (Wall Street Journal of 23 March "
    "2005, as "
    "reported at knowledgeproblem.com); no amount of bad debt, number of disconnections, fee or deposit of "
    "that "
    "firm could be verified, and none is used.",
    "Payment on time about 0.85 of bills, bad debt 1 to 3 % of what is billed under reminders alone, 12 % "
    "vulnerable "
    "households of whom 60 % are on the register, all chances to forget, wait, lose income, borrow or "
    "leave, fees, "
    "deposits and minutes: our choice.",
    "Payment is due 16 days after the bill, as in the Texan rule (16 TAC 25.480, as read in 2025).",
    "`policy` was drawn by lot among the households of January 2024. `truth_households` and "
    "`truth_late_bills` "
    "are what nobody at the firm can see.",
)


@dataclass(frozen=True)
class EnergyWorld:
    """The tables of the electricity seller, and the truth."""

    households: pd.DataFrame
    energy_bills: pd.DataFrame
    energy_payments: pd.DataFrame
    energy_contacts: pd.DataFrame
    energy_cutoffs: pd.DataFrame
    energy_interviews: pd.DataFrame
    truth_households: pd.DataFrame = field(repr=False)
    truth_late_bills: pd.DataFrame = field(repr=False)


def make_energy(
    n_customers: int = 200,
    *,
    rng: int | np.random.Generator = SEED_ENERGY,
    policies: tuple[EnergyPolicy, ...] = POLICIES,
    share_vulnerable: float = 0.12,
    shock_rate: float = 0.008,
    interviews: int = 600,
) -> EnergyWorld:
    """Make an electricity seller: two years of bills, a trial by lot in the second, and the truth.

    Parameters
    ----------
    n_customers : int, default 200
        Households in January 2023: 100 to 200,000.
    rng : int or numpy.random.Generator, default 17
        Seed or generator. The same seed gives the same households and the same luck under other policies.
    policies : tuple of EnergyPolicy
        The arms of the trial of 2024, in equal parts by lot; "soft" for everybody in 2023.
    share_vulnerable : float, default 0.12
        Share of households that need electricity for health or age: 0 to 0.5. Three in five are registered.
    shock_rate : float, default 0.008
        Chance of a household to lose its income in a month, for about five months: 0.001 to 0.05.
    interviews : int, default 600
        Late bills of July to December 2023 about which an adviser asked the household: 1 to 100,000.

    Returns
    -------
    EnergyWorld
        ``households``, ``energy_bills``, ``energy_payments``, ``energy_contacts``, ``energy_cutoffs``,
        ``energy_interviews``, ``truth_households`` and ``truth_late_bills``; ``data_dictionary(table)``
        explains every column.

    Raises
    ------
    DataError
        If a parameter is out of range.

    Notes
    -----
    A household that leaves is closed on the 28th of the bill's month, or after its disconnection if that
    comes later, and in 2024 at the latest. What a bill of December 2024 leads to lies in January and
    February 2025, and a reconnection or call may come some days after the 28th.

    Examples
    --------
    >>> made = make_energy(300, rng=1)
    >>> len(made.households), made.households["policy"].nunique()
    (300, 5)
    """
    h, g = _households(n_customers, rng, share_vulnerable, shock_rate)
    if isinstance(interviews, bool) or not isinstance(interviews, int) or not 1 <= interviews <= 100_000:
        raise DataError(f"interviews must be a whole number from 1 to 100,000; found {interviews!r}.")
    _policies(policies)
    arm = np.empty(n_customers, dtype=np.int64)
    arm[g.permutation(n_customers)] = np.arange(n_customers) % len(policies)
    run = run_policies(h, policies, arm)
    ids = np.array([f"H{i:06d}" for i in range(1, n_customers + 1)], dtype=object)
    months = (FIRST + np.arange(MONTHS)).astype("datetime64[us]")
    late = _late(run, ids, months)
    asked = late[(late["bill_date"] >= "2023-07-01") & (late["bill_date"] <= "2023-12-01")]
    asked = asked.iloc[np.sort(g.permutation(len(asked))[:interviews])].reset_index(drop=True)
    said = (asked["reason"] == "could not").to_numpy() ^ (g.random(len(asked)) < 0.10)
    lost, closed = np.zeros(n_customers), np.zeros(n_customers, dtype=np.int64)
    for rows, day, eur in run.events["closed"]:
        lost[rows], closed[rows] = eur, day
    end = (FIRST + MONTHS).astype("datetime64[D]").astype(np.int64) - 1
    return EnergyWorld(
        households=pd.DataFrame(
            {
                "household_id": ids,
                "area": np.array(AREAS, dtype=object)[h.area],
                "payday": h.payday,
                "on_register": h.registered,
                "policy": np.array([p.name for p in policies], dtype=object)[arm],
                "left_date": pd.Series(_days(np.minimum(closed, end))).where(run.left < MONTHS),
                "written_off_eur": lost,
            }
        ),
        energy_bills=_bills(h, run, ids, months),
        energy_payments=_events(run, "payment", ids, ("payment_date", "paid_eur")),
        energy_contacts=_contacts(run, ids),
        energy_cutoffs=_events(
            run, "cutoff", ids, ("cut_date", "days_off", "reconnected", "fee_eur", "deposit_eur")
        ),
        energy_interviews=asked[["household_id", "bill_date"]].assign(could_not_pay=said),
        truth_households=pd.DataFrame(
            {
                "household_id": ids,
                "payer_type": np.array(PAYER_TYPES, dtype=object)[h.kind],
                "vulnerable": h.vulnerable,
                "shock_months": h.shock[:, TRIAL:].sum(axis=1),
                "hard_days": run.sums["hard_days"].astype(np.int64),
                "times_borrowed": run.sums["borrowed"].astype(np.int64),
            }
        ),
        truth_late_bills=late,
    )


def true_policies(
    n_customers: int,
    policies: tuple[EnergyPolicy, ...],
    *,
    rng: int = SEED_ENERGY,
    share_vulnerable: float = 0.12,
    shock_rate: float = 0.008,
) -> pd.DataFrame:
    """Put the same households under one policy after the other: what only the simulation can do.

    Parameters
    ----------
    n_customers, rng, share_vulnerable, shock_rate
        As for `make_energy`; the same values give the households of that world.
    policies : tuple of EnergyPolicy
        The policies to try.

    Returns
    -------
    DataFrame
        One row per policy and household that was a customer in January 2024: ``policy``, ``household``
        (its place, from 0), ``payer_type``, ``vulnerable``, ``on_register``, ``shocked`` (lost income in
        2024), and for 2024 ``bills``, ``on_time_bills``, ``clean`` (all twelve on time), ``left``,
        ``billed_eur``, ``bad_debt_eur``, ``fees_eur``, ``fees_cannot_eur`` (of these, paid by who could not
        pay the bill), ``reward_eur``, ``minutes``, ``cutoffs``, ``days_off``, ``hard_days`` (days off while
        vulnerable or unable to pay) and ``borrowed`` (times).

    Raises
    ------
    DataError
        If a parameter is out of range.

    Examples
    --------
    >>> both = true_policies(200, (EnergyPolicy("soft"), EnergyPolicy("firm", cut_day=26)), rng=1)
    >>> both.groupby("policy")["cutoffs"].sum()["soft"].item()
    0.0
    """
    h, _ = _households(n_customers, rng, share_vulnerable, shock_rate)
    _policies(policies)
    parts = []
    for policy in policies:
        run = run_policies(h, (policy,), np.zeros(n_customers, dtype=np.int64))
        who = np.flatnonzero(run.there)
        part = pd.DataFrame(
            {
                "policy": policy.name,
                "household": who,
                "payer_type": np.array(PAYER_TYPES, dtype=object)[h.kind[who]],
                "vulnerable": h.vulnerable[who],
                "on_register": h.registered[who],
                "shocked": h.shock[who][:, TRIAL:].any(axis=1),
            }
        )
        names = ("bills", "on_time_bills", "clean", "left", "billed_eur", "bad_debt_eur", "fees_eur",
                 "reward_eur", "minutes", "cutoffs", "days_off", "hard_days", "borrowed",
                 "fees_cannot_eur")  # fmt: skip
        parts.append(part.assign(**{name: run.sums[name][who] for name in names}))
    return pd.concat(parts, ignore_index=True)


def _households(
    n: Any, rng: Any, share_vulnerable: Any, shock_rate: Any
) -> tuple[Households, np.random.Generator]:
    if isinstance(n, bool) or not isinstance(n, int) or not 100 <= n <= 200_000:
        raise DataError(f"n_customers must be a whole number from 100 to 200,000; found {n!r}.")
    for name, value, low, high in (
        ("share_vulnerable", share_vulnerable, 0, 0.5), ("shock_rate", shock_rate, 0.001, 0.05),
    ):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise DataError(f"{name} must be a number from {low:g} to {high:g}; found {value!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    h = draw_households(
        n, share_vulnerable=share_vulnerable, shock_rate=shock_rate, register_share=0.6, rng=g
    )
    return h, g


def _policies(policies: Any) -> None:
    """Check that policies are given, and that one name stands for one policy."""
    if not policies or not all(isinstance(p, EnergyPolicy) for p in policies):
        raise DataError("policies must be a tuple of EnergyPolicy. Hint: (crm.EnergyPolicy('soft'),)")
    names: dict[str, EnergyPolicy] = {}
    for policy in policies:
        if names.setdefault(policy.name, policy) != policy:
            raise DataError(
                f"two different policies are called {policy.name!r}. Hint: give each its own name."
            )


def _bills(h: Households, run: Run, ids: Array, months: Array) -> pd.DataFrame:
    rows, month = np.nonzero(np.arange(MONTHS) <= run.left[:, None])
    return pd.DataFrame(
        {"household_id": ids[rows], "bill_date": months[month], "amount_eur": h.bill[rows, month]}
    )


def _events(run: Run, what: str, ids: Array, names: tuple[str, ...]) -> pd.DataFrame:
    """Put one kind of event below each other, ordered by household and day."""
    columns = [np.concatenate(part) for part in zip(*run.events[what], strict=True)]
    order = np.lexsort((*columns[:1:-1], columns[1], columns[0]))
    table = {"household_id": ids[columns[0][order]], names[0]: _days(columns[1][order])}
    return pd.DataFrame(table | {n: c[order] for n, c in zip(names[1:], columns[2:], strict=True)})


def _contacts(run: Run, ids: Array) -> pd.DataFrame:
    table = _events(run, "contact", ids, ("contact_date", "topic"))
    topic = np.array(list(MINUTES), dtype=object)[table["topic"]]
    return table.assign(topic=topic, minutes=pd.Series(topic).map(MINUTES))


def _late(run: Run, ids: Array, months: Array) -> pd.DataFrame:
    rows, month = np.nonzero(run.late)
    reason = np.array(LATE_REASONS, dtype=object)[run.reason[rows, month]]
    return pd.DataFrame({"household_id": ids[rows], "bill_date": months[month], "reason": reason})


def _days(number: Array) -> Array:
    return np.asarray(number.astype("datetime64[D]").astype("datetime64[us]"))
