"""How households of an invented electricity seller pay, month by month, under any policy towards late payers.

The seller, Quillmoor, and everybody here are made up. A household is **prompt**, **forgetful** or
**strategic** (pays late because nothing happens); any of them may lose income for some months, and then it
**cannot** pay.
All chances below are **our choice**. The same seed gives the same households and the same luck whatever the
policy is, so what a policy does to one household is the difference of two runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np

from crmlab.contracts import DataError
from crmlab.tables.energy import SPARED

Array = np.ndarray[Any, np.dtype[Any]]

FIRST = np.datetime64("2023-01", "M")
MONTHS, TRIAL = 24, 12  # months of bills; the first one of the trial
DUE, LETTER = 16, 18  # days after the bill: payment is due; reminder, or warning that names the cut-off day
SMALL_EUR, CUT_EUR = 5.0, 20.0  # open amounts below are not reminded of; not cut off for
SEASON = np.array((1.45, 1.35, 1.15, 0.90, 0.75, 0.70, 0.80, 0.85, 0.75, 0.90, 1.10, 1.30))
MINUTES = {"reminder": 1.0, "call": 9.0, "disconnection": 15.0, "reconnection": 15.0, "plan": 12.0}
FEATURES = ("part_paid", "near_payday", "called", "on_time_before", "late_last_month")
_DRAWS = 14


@dataclass(frozen=True)
class PayRule:
    """A score for "cannot pay" that a policy may use on the day of the letter.

    Attributes
    ----------
    weights : tuple of float
        One weight for each of `FEATURES`, in that order, on the log-odds scale.
    intercept : float
        Log-odds where all features are zero.
    threshold : float
        Households with a chance of at least this are spared; 0 to 1.

    Notes
    -----
    The register of those who need electricity for health or age is no feature: it was made to protect, and
    the policies that use a score spare the registered anyway.
    """

    weights: tuple[float, ...]
    intercept: float
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise DataError(
                f"weights must hold {len(FEATURES)} numbers, one for each of {', '.join(FEATURES)}; found "
                f"{len(self.weights)}."
            )
        for name, value in (("weights", self.weights), ("intercept", self.intercept)):
            if not np.isfinite(np.asarray(value, dtype=float)).all():
                raise DataError(f"{name} must be finite; found {value!r}.")
        if not _number(self.threshold, 1):
            raise DataError(f"threshold must be a number from 0 to 1; found {self.threshold!r}.")

    def spares(self, x: Array) -> Array:
        """Say for each row of features whether the household is spared."""
        return np.asarray(1 / (1 + np.exp(-(x @ np.array(self.weights) + self.intercept))) >= self.threshold)


@dataclass(frozen=True)
class EnergyPolicy:
    """What a seller of electricity does with who pays late, and with who pays on time.

    Attributes
    ----------
    name : str
        What it is called in tables and pictures.
    cut_day : int, optional
        Days after the bill on which a household with 20 EUR or more open is disconnected, 20 to 60; nobody
        is if left out.
    fee_eur : float
        Reconnection fee, 0 to 500.
    deposit_eur : float
        Deposit asked for at reconnection, 0 to 500; set against what a leaving household owes.
    reward_eur : float
        Paid to a household with twelve bills on time, 0 to 500.
    instalments : bool
        Whether late households are offered to pay in small instalments.
    spare : {"nobody", "register", "register and score", "truth"}
        Who is never disconnected, and is offered instalments instead. "truth" (all who are vulnerable or
        cannot pay) is known to the simulation only.
    rule : PayRule, optional
        The score; needed for "register and score".

    Notes
    -----
    What the levers do is **our choice**. A reward acts through r = min(reward / 60, 1), so more than 60 EUR
    changes nothing further: who forgets slips less often (times 1 - 0.35 r), who waits pays on time more
    often (plus 0.35 r), and fewer leave. Of those who wait, 0.86 + 0.0007 fee obey the warning (0.98 at
    most). Who cannot pay borrows before the cut with a chance of 0.30 + 0.008 (day - 26), between 0.25 and
    0.60. After a cut the others give up with a chance of 0.07 + 0.0005 (fee + deposit); **all the rest pay
    everything that is open, the fee and the deposit**, after a wait that grows by 0.05 days for each EUR of
    fee and deposit. A bill is not made smaller by days without electricity.
    """

    name: str
    cut_day: int | None = None
    fee_eur: float = 0.0
    deposit_eur: float = 0.0
    reward_eur: float = 0.0
    instalments: bool = False
    spare: str = "nobody"
    rule: PayRule | None = None

    def __post_init__(self) -> None:
        day = self.cut_day
        if day is not None and (
            isinstance(day, bool) or not isinstance(day, Integral) or not 20 <= day <= 60
        ):
            raise DataError(f"cut_day must be a whole number from 20 to 60, or None; found {day!r}.")
        for name in ("fee_eur", "deposit_eur", "reward_eur"):
            if not _number(getattr(self, name), 500):
                raise DataError(f"{name} must be a number from 0 to 500; found {getattr(self, name)!r}.")
        if not isinstance(self.instalments, bool):
            raise DataError(f"instalments must be True or False; found {self.instalments!r}.")
        if self.spare not in SPARED:
            raise DataError(f"spare must be one of {', '.join(SPARED)}; found {self.spare!r}.")
        if self.spare == "register and score" and self.rule is None:
            raise DataError(
                'spare="register and score" needs a score. Hint: rule=crm.PayRule(weights, intercept)'
            )
        used = [name for name in ("fee_eur", "deposit_eur") if getattr(self, name)]
        used += [] if self.spare == "nobody" else ["spare"]
        if day is None and used:
            raise DataError(f"{' and '.join(used)} would do nothing without a cut_day. Hint: cut_day=26")


@dataclass(frozen=True)
class Households:
    """Who the households are, and their luck: two runs with these differ by the policy alone."""

    kind: Array  # 0 prompt, 1 forgetful, 2 strategic
    vulnerable: Array
    registered: Array
    area: Array
    payday: Array  # day of the month on which income comes, 1 to 28
    bill: Array  # (households, months) EUR
    shock: Array  # (households, months) income lost
    luck: Array = field(repr=False)  # (draws, households, months), uniform


@dataclass(frozen=True)
class Run:
    """What happened: sums over the trial year per household, and every event in columns."""

    there: Array  # households that were still customers when the trial began
    sums: dict[str, Array]
    events: dict[str, list[tuple[Array, ...]]]
    left: Array  # month of leaving; MONTHS if still there
    features: Array = field(repr=False)  # (households, months, features), on the day of the letter
    late: Array = field(repr=False)  # (households, months) something open on the day of the letter
    reason: Array = field(repr=False)  # (households, months): 0 forgot, 1 waited, 2 could not


def draw_households(
    n: int, *, share_vulnerable: float, shock_rate: float, register_share: float, rng: Any
) -> Households:
    """Draw households and their luck."""
    g = np.random.default_rng(rng)
    kind = g.choice(3, n, p=(0.74, 0.17, 0.09))
    vulnerable = g.random(n) < share_vulnerable
    registered = vulnerable & (g.random(n) < register_share)
    area = g.integers(0, 8, n)
    enter = shock_rate * (1 + 1.2 * vulnerable) * np.linspace(0.6, 1.4, 8)[area]
    shock = np.zeros((n, MONTHS), dtype=bool)
    left = np.where(g.random(n) < 4 * enter, g.geometric(0.25, n), 0)  # some have lost it before the data
    for t in range(MONTHS):
        starts = (left == 0) & (g.random(n) < enter)
        left = np.where(starts, 1 + g.geometric(0.25, n), left)
        shock[:, t] = left > 0
        left = np.maximum(left - 1, 0)
    base = np.exp(g.normal(np.log(95), 0.4, n))
    season = np.tile(SEASON, MONTHS // 12)
    bill = np.round(base[:, None] * season * np.exp(g.normal(0, 0.08, (n, MONTHS))), 2)
    payday = g.integers(1, 29, n)
    luck = g.random((_DRAWS, n, MONTHS))
    return Households(kind, vulnerable, registered, area, payday, bill, shock, luck)


def run_policies(h: Households, policies: tuple[EnergyPolicy, ...], arm: Array) -> Run:
    """Let the households live through 24 months; from the trial on, each under the policy of its arm."""
    n = len(h.kind)
    take = {
        name: np.array([float(getattr(p, name)) for p in policies])[arm]
        for name in ("fee_eur", "deposit_eur", "reward_eur", "instalments")
    }
    cut = np.array([np.inf if p.cut_day is None else float(p.cut_day) for p in policies])[arm]
    spare = np.array([SPARED.index(p.spare) for p in policies])[arm]
    start = (FIRST + np.arange(MONTHS + 1)).astype("datetime64[D]").astype(np.int64)
    open_eur, deposit = np.zeros(n), np.zeros(n)
    left, runs_until = np.full(n, MONTHS), np.full(n, -1)
    pending, learned, owes, plan = (np.zeros(n, dtype=bool) for _ in range(4))
    clear_at, cut_until = np.zeros(n), np.zeros(n)
    on_time, late = np.zeros((n, MONTHS), dtype=bool), np.zeros((n, MONTHS), dtype=bool)
    x, reason = np.zeros((n, MONTHS, len(FEATURES))), np.zeros((n, MONTHS), dtype=np.int8)
    s = {name: np.zeros(n) for name in (
        "billed_eur", "minutes", "fees_eur", "cutoffs", "days_off", "hard_days", "borrowed", "bad_debt_eur",
        "fees_cannot_eur",
    )}  # fmt: skip
    events: dict[str, list[tuple[Array, ...]]] = {"payment": [], "contact": [], "cutoff": [], "closed": []}
    there = np.ones(n, dtype=bool)

    for t in range(MONTHS):
        here, trial = left >= MONTHS, t >= TRIAL
        if t == TRIAL:
            there = here.copy()
        u, bill, shock, day0 = h.luck[:, :, t], h.bill[:, t], h.shock[:, t], start[t]
        r = np.minimum(take["reward_eur"] / 60, 1) if trial else np.zeros(n)
        owes &= open_eur > SMALL_EUR
        cannot = shock | owes
        balance = open_eur + bill

        def pay(who: Array, day: Array, amount: Array, at: Any = day0) -> None:
            rows = np.flatnonzero(who & (amount > 0.005))
            events["payment"].append((rows, at + np.floor(day[rows]).astype(np.int64), amount[rows].round(2)))

        def contact(who: Array, day: Any, what: str, at: Any = day0, counts: bool = trial) -> None:
            rows = np.flatnonzero(who)
            days = np.broadcast_to(np.floor(day), (n,))[rows].astype(np.int64)
            events["contact"].append((rows, at + days, np.full(len(rows), list(MINUTES).index(what))))
            if counts:
                s["minutes"][rows] += MINUTES[what]

        # ---- what they mean to do, before any letter
        strategic, forgetful = (h.kind == 2) & ~cannot, (h.kind == 1) & ~cannot
        runs = strategic & (runs_until < 0) & (u[12] < 0.020)
        runs_until = np.where(runs & here, t + 3, runs_until)
        running = here & (runs_until > t)
        slip = (h.kind == 0) & ~cannot & (u[1] < 0.015)
        forgets = forgetful & ~pending & (u[1] < 0.36 * np.where(learned, 0.4, 1) * (1 - 0.35 * r))
        waits = strategic & (u[1] >= 0.25 + 0.35 * r)
        full = np.where(pending, 10 + 5 * u[0], 1 + 13 * u[0])  # day on which everything open is paid
        full = np.where(slip, 19 + 9 * u[0], full)
        full = np.where(forgets | waits | running | cannot, np.inf, full)
        pending = np.zeros(n, dtype=bool)
        someday = np.where(u[11] < 0.4, h.payday - 1 + np.floor(3 * u[0]), 4 + 20 * u[3])
        old_day = waits & ~running & (open_eur > SMALL_EUR) & (u[2] < np.where(plan, 0.5, 0.8))
        old_day = np.where(old_day, someday, np.inf)
        part = shock & (u[2] < np.where(plan, 0.90, 0.50)) | (owes & ~shock)
        part_eur = np.where(shock, (0.2 + 0.5 * u[3]) * bill, bill) * part
        back = owes & ~shock & (u[4] < np.where(plan, 0.55, 0.40))  # back on their feet: all is paid
        part_eur = np.where(back, balance, part_eur)
        part_day = np.where(part, h.payday - 1 + np.floor(3 * u[0]), np.inf)
        token = waits & ~np.isfinite(old_day) & (u[2] > 0.9)
        part_eur = np.where(token, np.minimum(20, bill), part_eur)
        part_day = np.where(token, someday, part_day)
        paid = np.zeros(n)

        # ---- the due day and the day of the letter
        early = (u[5] < np.where(cannot, 0.30, 0.05)) & here
        on_time[:, t] = (
            here
            & (_open(DUE + 1, full, part_day, part_eur, old_day, open_eur, balance) < SMALL_EUR)
            & (clear_at < day0 + DUE + 1)
        )
        letter = here & (_open(LETTER, full, part_day, part_eur, old_day, open_eur, balance) >= SMALL_EUR)
        late[:, t] = letter
        reason[:, t] = np.select([cannot, waits | running], [2, 1], 0)
        arrived = ((part_day < LETTER) & (part_eur > 0)) | (old_day < LETTER)
        by = np.where(part_day < LETTER, part_day, old_day)
        since = np.where(arrived, np.floor(np.where(arrived, by, 0)) - (h.payday - 1), -1)
        before = on_time[:, max(0, t - 12) : t].mean(axis=1) if t else np.ones(n)
        last = late[:, t - 1] if t else np.zeros(n, dtype=bool)
        x[:, t] = np.column_stack([arrived, (since >= 0) & (since <= 2), early, before, last])
        contact(letter, LETTER, "reminder")
        contact(early, 1 + 16 * u[6], "call")

        # ---- who is threatened, who is spared
        spared = (spare >= 1) & h.registered
        for k, policy in enumerate(policies):
            if policy.spare == "register and score" and policy.rule is not None:
                spared |= (arm == k) & policy.rule.spares(x[:, t])
        spared |= (spare == 3) & (cannot | h.vulnerable)
        c = np.where(trial & ~spared, cut, np.inf)
        threat = np.isfinite(c) & letter
        offered = letter & trial & ((take["instalments"] > 0) | (spared & np.isfinite(cut)))
        accepts = u[7] < np.where(cannot, 0.75, np.where(waits, 0.30, 0.08))
        new_plan = offered & accepts & ~plan
        contact(new_plan, LETTER + 4, "plan")
        plan |= new_plan
        plan &= here & (open_eur + bill > SMALL_EUR)

        # ---- answers to the letter
        reacts = forgets & (u[8] < np.where(threat, 0.85, 0.60))
        full = np.where(reacts, LETTER + 1 + 6 * u[9], full)
        pending = forgets & ~reacts & here
        obeys = waits & ~running & threat & (u[8] < np.minimum(0.86 + 0.0007 * take["fee_eur"], 0.98))
        full = np.where(obeys, np.maximum(c - 1 - 4 * u[9], LETTER + 1), full)
        found = np.clip(
            0.30 + 0.008 * (c - 26), 0.25, 0.60
        )  # more time, more chance to find or borrow the money
        borrows = cannot & threat & (u[8] < found) & ~back
        full = np.where(borrows, np.maximum(c - 1, LETTER + 1), full)
        contact(threat & ~cannot & ~early & (u[6] < 0.15), LETTER + 2, "call")

        # ---- disconnection
        still = _open(c, full, part_day, part_eur, old_day, open_eur, balance)
        at_cut = np.where(threat & (full > c), still, 0)
        off = here & (at_cut >= CUT_EUR) & ~(pending & (c > 40 + 5 * u[0]))  # they remember by then
        sum_eur = take["fee_eur"] + np.where(deposit > 0, 0, take["deposit_eur"])
        gives_up = off & (
            running | (u[10] < np.where(cannot, 0.07 + 0.0005 * sum_eur, np.where(waits, 0.08, 0.03)))
        )
        wait = np.where(cannot, 2 - (6 + 0.05 * sum_eur) * np.log1p(-u[11]), 1 + 2 * u[11])
        wait = np.ceil(np.clip(wait, 1, 30))
        wait = np.where(gives_up, 30, wait)
        again = off & ~gives_up
        s["cutoffs"] += off
        s["days_off"] += np.where(off, wait, 0)
        s["hard_days"] += np.where(off & (cannot | h.vulnerable), wait, 0)
        s["fees_eur"] += np.where(again, take["fee_eur"], 0)
        s["fees_cannot_eur"] += np.where(again & cannot, take["fee_eur"], 0)
        s["borrowed"] += borrows & here
        rows = np.flatnonzero(off)
        c_day = np.where(off, c, 0)
        events["cutoff"].append((
            rows, day0 + c_day[rows].astype(np.int64), wait[rows].astype(np.int64), again[rows],
            np.where(again, take["fee_eur"], 0)[rows],
            np.where(again & (deposit == 0), take["deposit_eur"], 0)[rows],
        ))  # fmt: skip
        contact(off, c_day, "disconnection")
        contact(again, c_day + wait, "reconnection")
        contact(off & (u[6] < 0.9), c_day + 1, "call")
        deposit = np.where(again & (deposit == 0), take["deposit_eur"], deposit)
        learned |= again & (h.kind == 1)

        # ---- money that came in
        pay(here & np.isfinite(part_day), part_day, np.where(full <= part_day, 0, part_eur))
        paid += np.where(full <= part_day, 0, part_eur) * np.isfinite(part_day)
        pay(here & np.isfinite(old_day), old_day, np.where(full <= old_day, 0, open_eur))
        paid += np.where(full <= old_day, 0, open_eur) * np.isfinite(old_day)
        full = np.where(off, np.inf, full)
        pay(here & np.isfinite(full), full, balance - paid)
        paid = np.where(here & np.isfinite(full), balance, paid)
        pay(again, c_day + wait, balance - paid)
        clear_at = np.where(again, day0 + c_day + wait, clear_at)
        cut_until = np.where(again & (c > 26), clear_at, cut_until)  # by day 26 the month is not over
        paid = np.where(again, balance, paid)
        open_eur = np.where(here, (balance - paid).round(2), open_eur)
        owes = (shock & (open_eur > SMALL_EUR)) | (owes & (open_eur > SMALL_EUR))
        pending &= ~again

        # ---- leaving
        hazard = 0.008 * (1 - 0.10 * r) + np.where(cannot, 0.02, 0.06) * again + 0.002 * threat
        hazard += np.where(owes & (open_eur > CUT_EUR), np.where(plan, 0.015, 0.03), 0)
        ends = here & (gives_up | (runs_until == t + 1) | (~running & (u[13] < hazard)))
        settles = ends & ~gives_up & ~cannot & ~running
        pay(settles, np.full(n, 27.0), open_eur)
        open_eur = np.where(settles, 0.0, open_eur)
        unbilled = np.where(gives_up, bill * np.maximum(c_day - 26, 0) / 30, 0)  # used until the cut
        lost = np.where(ends, np.maximum(open_eur + unbilled - deposit, 0), 0).round(2)
        left = np.where(ends, t, left)
        rows = np.flatnonzero(ends)
        last_day = np.maximum(day0 + np.where(gives_up, np.maximum(c_day + 1, 27), 27), cut_until)[rows]
        events["closed"].append((rows, last_day.astype(np.int64), lost[rows]))
        if trial:
            s["billed_eur"] += np.where(here, bill, 0)
            s["bad_debt_eur"] += lost

    stays = there & (left >= MONTHS)
    s["bad_debt_eur"] += np.where(stays, np.maximum(open_eur - h.bill[:, -3:].sum(axis=1) - deposit, 0), 0)
    s["on_time_bills"] = on_time[:, TRIAL:].sum(axis=1).astype(float)
    s["bills"] = np.where(there, np.minimum(left, MONTHS - 1) - TRIAL + 1, 0).astype(float)
    s["clean"] = (stays & (s["on_time_bills"] == MONTHS - TRIAL)).astype(float)
    s["reward_eur"] = s["clean"] * take["reward_eur"]
    s["left"] = (there & (left < MONTHS)).astype(float)
    return Run(there, s, events, left, x, late, reason)


def _number(value: Any, high: float) -> bool:
    """Say whether a value is a number from 0 to `high`."""
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) <= high


def _open(
    day: Any, full: Array, part_day: Array, part_eur: Array, old_day: Array, old_eur: Array, balance: Array
) -> Array:
    """Give what each household owes on a day of the month: one day for all, or one each."""
    got = np.where(part_day < day, part_eur, 0) + np.where(old_day < day, old_eur, 0)
    return np.where(full < day, 0.0, balance - got)
