"""The dealers' world: shops that buy from Pinefold on credit, pay early, late or never, and sometimes fail.

Published figures (rounded): terms of 30, 60 and 90 days with a mean of 70 to 86 days, a mean delay of late
payers of 64 days (Coface, payment surveys of China 2019 to 2024); 66 % of a debt lost at a failure (the
provision that Changhong made for Apex, 2004). Our own choices: one debtor with 30 % of all receivables, the
share of invoices unpaid 180 days after they were due, the six criteria and how much each says, how
often dealers fail, the three kinds of payer and what reward and penalty do to them, and every amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.tables.dealers import DEALER_REGIONS, PAYERS, SECTORS

Array = np.ndarray[Any, np.dtype[Any]]

START, AS_OF, END = (pd.Timestamp(day) for day in ("2022-01-01", "2023-12-31", "2024-12-31"))
DAYS = (END - START).days + 1
NEVER = 10**6  # days; stands for a payment that does not come
TERMS_DAYS, TERMS_WEIGHTS = (30, 60, 90), (0.10, 0.33, 0.57)
BIG_SHARE = 0.30  # of receivables on AS_OF, owed by the largest debtor
SECTOR_RISK = (0.0, -0.2, 0.3, -0.3, 0.6)
SECTOR_WEIGHTS = (0.3, 0.2, 0.2, 0.1, 0.2)
LATE_SHARE = (0.25, 0.80, 0.85)  # prompt, will not, cannot: share of invoices paid late
DELAY_DAYS = (31.0, 73.0, 81.0)  # mean delay of the late ones
STUCK = (0.003, 0.006, 0.025)  # share of invoices that nobody ever pays
REWARD_TAKES = (0.75, 0.25, 0.03)  # who has cash takes a discount
PENALTY_CUTS = (0.30, 0.65, 0.04)  # who has none cannot pay earlier
FIRST = (
    "Amberly", "Birchdown", "Cobblewick", "Duskmoor", "Elderfen", "Fernhollow", "Glimmerby", "Hazelrook",
    "Inkwell", "Juniperley", "Kestrelby", "Larchmere", "Mosswick", "Nettlecombe", "Otterby", "Pebbleton",
    "Quillford", "Rowanmere", "Sedgewold", "Thistledown", "Umberfield", "Velvetmoor", "Willowick",
    "Yarrowby", "Zephyrton",
)  # fmt: skip
LAST = ("Homes", "Living", "Interiors", "& Daughters", "Trading", "House", "Garden", "Outfitters", "Gifts")
DEALER_NOTES = (
    "Terms of 30, 60 and 90 days with a mean near 74 days; late invoices are about 64 days late on average: "
    "Coface, payment surveys of China. 7 to 8 % of invoices are unpaid 180 days after they were due (ours).",
    "A failed dealer's creditors lose 66 % on average, as in Changhong's provision for Apex (2004); one "
    "debtor owes 30 % of all receivables at the end of 2023 (ours).",
    "Our choices: who fails and what the six criteria say about it, kinds of payer, what reward and penalty "
    "do, shells.",
)


@dataclass(frozen=True)
class DealerWorld:
    """The dealers' tables and what only the generator knows."""

    dealers: pd.DataFrame
    invoices: pd.DataFrame
    payments: pd.DataFrame
    applications: pd.DataFrame
    truth_dealers: pd.DataFrame
    truth_applications: pd.DataFrame


def make_dealers(n_dealers: int = 400, *, n_applicants: int = 60, rng: Any = None) -> DealerWorld:
    """Simulate dealers who buy on credit, 2022 to 2024, the firms that were rejected, and new applicants.

    Parameters
    ----------
    n_dealers : int, default 400
        Dealers accepted by the old rule: 100 to 1,000,000.
    n_applicants : int, default 60
        Firms that ask for credit at the end of 2023: 1 to 100,000.
    rng : int or numpy Generator, optional
        The same number gives the same world.

    Returns
    -------
    DealerWorld
        ``dealers``, ``invoices``, ``payments``, ``applications``, ``truth_dealers`` and
        ``truth_applications``; ``data_dictionary("invoices")`` and so on explain the columns.

    Raises
    ------
    DataError
        If a size is out of range.

    Examples
    --------
    >>> world = make_dealers(100, rng=1)
    >>> len(world.dealers), sorted(world.dealers["terms_days"].unique().tolist())
    (100, [30, 60, 90])
    """
    for name, value, low, high in (
        ("n_dealers", n_dealers, 100, 1_000_000), ("n_applicants", n_applicants, 1, 100_000),
    ):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
            raise DataError(f"{name} must be a whole number from {low:,} to {high:,}; found {value!r}.")
    random = np.random.default_rng(rng)
    firms = _accept(_firms(2 * n_dealers + 200 + n_applicants, random), n_dealers, n_applicants)
    dealers = firms[firms["decision"] == "accepted"].reset_index(drop=True)
    big = _the_big_one(dealers)
    ledger = _ledger(dealers, big, random)
    invoices, payments, factor = _money(ledger, dealers, big)
    dealers["credit_limit_eur"] = _limits(dealers, big, factor, random)
    terms = dealers["terms_days"].to_numpy()
    firms.loc[dealers["row"], "requested_eur_year"] = dealers["requested_eur_year"].to_numpy()
    seen = dealers["fails_on"]
    public = ["name", *_CRITERIA, "staff"]
    return DealerWorld(
        dealers=dealers[["dealer_id", "name", "region", *_CRITERIA, "staff"]].assign(
            terms_days=terms, credit_limit_eur=dealers["credit_limit_eur"], failed_date=seen
        ),
        invoices=invoices,
        payments=payments,
        applications=firms[
            ["application_id", "dealer_id", "applied_date", *public, "requested_eur_year", "register_match",
             "decision"]
        ],
        truth_dealers=dealers[["dealer_id", *_HIDDEN, "reward_takes", "penalty_cuts"]],
        truth_applications=firms[["application_id", *_HIDDEN]],
    )  # fmt: skip


_CRITERIA = (
    "references", "current_ratio", "own_capital_eur", "collateral_share", "sector", "years_in_business",
)  # fmt: skip
_HIDDEN = ("payer", "shell", "pd_year", "late_share", "delay_days", "lgd", "fails_on")


def _firms(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw firms that ask for credit: six criteria, and what they truly are like."""
    hidden = rng.normal(size=n)  # what no form shows; the sales force sees a little of it
    years = np.floor(rng.gamma(1.5, 6.0, n)).clip(0, 60)
    capital = np.exp(rng.normal(11.0, 0.9, n))
    references = rng.binomial(5, 1 / (1 + np.exp(-(0.5 + 0.7 * rng.normal(size=n)))))
    ratio = np.exp(rng.normal(0.3, 0.35, n))
    collateral = np.where(rng.random(n) < 0.35, rng.beta(2, 2, n), 0.0)
    sector = rng.choice(len(SECTORS), n, p=SECTOR_WEIGHTS)
    risk = (
        -2.95 - 0.75 * (np.log1p(years) - 2.0) - 0.55 * (np.log(capital) - 11.0) - 0.40 * (references - 3)
        - 1.3 * (np.log(ratio) - 0.3) - 1.0 * (collateral - 0.18)
        + np.array(SECTOR_RISK)[sector] + 0.55 * hidden
    )  # fmt: skip
    pd_year = 1 / (1 + np.exp(-risk))
    shell = rng.random(n) < 0.015  # its papers look good: they are forged
    years = np.where(shell, rng.integers(4, 9, n), years)
    capital = np.where(shell, capital * 2 + 50_000, capital)
    references = np.where(shell, 5, references)
    pd_year = np.where(shell, 0.85, pd_year)
    cannot = (0.10 + 2.2 * pd_year).clip(0, 0.75)
    draw = rng.random(n)
    payer = np.where(draw < cannot, 2, np.where(draw < cannot + 0.35 * (1 - cannot), 1, 0))
    days = rng.exponential(1.0, n) / -np.log1p(-pd_year) * 365
    lgd = np.where(shell, 1.0, rng.beta(4.0, 2.06, n))
    wanted = np.exp(np.log(capital) * 0.55 + 5.1 + rng.normal(0, 0.7, n))
    late = np.array(LATE_SHARE)[payer]
    return pd.DataFrame({
        "name": _names(n, rng), "region": np.array(DEALER_REGIONS)[rng.integers(0, 4, n)],
        "references": references.astype("int64"), "current_ratio": ratio.round(2),
        "own_capital_eur": capital.round(-2), "collateral_share": collateral.round(2),
        "sector": np.array(SECTORS)[sector], "years_in_business": years.astype("int64"),
        "staff": (1 + rng.poisson(capital / 25_000)).astype("int64"),
        "requested_eur_year": wanted.round(-2),
        "register_match": rng.random(n) < np.where(shell, 0.15, 0.96),
        "payer": np.array(PAYERS)[payer], "shell": shell, "pd_year": pd_year,
        "late_share": late, "delay_days": np.array(DELAY_DAYS)[payer] * np.exp(rng.normal(0, 0.2, n)),
        "lgd": lgd, "reward_takes": np.array(REWARD_TAKES)[payer],
        "penalty_cuts": np.array(PENALTY_CUTS)[payer], "fail_day": np.minimum(np.ceil(days), NEVER),
        "liked": 0.8 * -hidden + 0.6 * rng.normal(size=n),
        "terms_days": rng.choice(TERMS_DAYS, n, p=TERMS_WEIGHTS), "applied": rng.integers(0, 700, n),
    })  # fmt: skip


def _names(n: int, rng: np.random.Generator) -> Array:
    first, last = rng.integers(0, len(FIRST), n), rng.integers(0, len(LAST), n)
    return np.array([f"{FIRST[a]} {LAST[b]}" for a, b in zip(first, last, strict=True)])


def _accept(firms: pd.DataFrame, n_dealers: int, n_applicants: int) -> pd.DataFrame:
    """Apply the old rule, keep what it takes to reach `n_dealers`, and leave the last ones open."""
    rule = (firms["years_in_business"] >= 3) & (firms["own_capital_eur"] >= 30_000)
    liked = firms["liked"].to_numpy()
    passed = (rule & (liked > -1.3)) | (liked > 1.0)  # the sales force overrules it both ways
    old, new = firms.iloc[:-n_applicants].copy(), firms.iloc[-n_applicants:].copy()
    passed = passed.iloc[: len(old)]
    old = old.iloc[: int(np.flatnonzero(passed.cumsum() == n_dealers)[0]) + 1]
    old["decision"] = np.where(passed.iloc[: len(old)], "accepted", "rejected")
    old["applied_date"] = pd.Timestamp("2020-01-15") + pd.to_timedelta(old["applied"], unit="D")
    new["decision"] = "open"
    new["applied_date"] = pd.Timestamp("2023-12-01") + pd.to_timedelta(new["applied"] % 30, unit="D")
    both = pd.concat([old, new], ignore_index=True)
    start = np.where(both["decision"] == "open", (AS_OF - START).days + 1, 0)
    day = both["fail_day"] + start
    both["fails_on"] = (START + pd.to_timedelta(np.where(day < DAYS, day, 0), unit="D")).where(day < DAYS)
    both["fail_day"] = np.where(day < DAYS, day, NEVER)
    both["row"] = np.arange(len(both))
    both["application_id"] = [f"A{i:06d}" for i in range(1, len(both) + 1)]
    got = both["decision"] == "accepted"
    both["dealer_id"] = pd.Series([None] * len(both), dtype="str")
    both.loc[got, "dealer_id"] = [f"D{i:05d}" for i in range(1, int(got.sum()) + 1)]
    return both


def _the_big_one(dealers: pd.DataFrame) -> int:
    """Choose the largest debtor: a big buyer who could pay and waits, and does not fail in these years."""
    lasting = dealers[(dealers["fail_day"] == NEVER) & ~dealers["shell"]]
    fit = lasting[lasting["payer"] == "will not"]
    best = int((fit if len(fit) else lasting)["requested_eur_year"].idxmax())
    dealers.loc[best, ["name", "terms_days", "delay_days"]] = ["Oakhall Stores", 90, DELAY_DAYS[1]]
    return best


def _ledger(dealers: pd.DataFrame, big: int, rng: np.random.Generator) -> dict[str, Array]:
    """Draw invoices and when each is paid: days from START, and the share paid first."""
    rate = np.maximum(rng.gamma(3.0, 0.27, len(dealers)), 0.15)  # invoices per month
    rate[big] = 5.0
    last = np.minimum(dealers["fail_day"].to_numpy(), DAYS)
    count = rng.poisson(rate * last / 30.4)
    who = np.repeat(np.arange(len(dealers)), count)
    issue = np.floor(rng.random(len(who)) * last[who])
    order = np.lexsort((who, issue))
    who, issue = who[order], issue[order]
    fail = dealers["fail_day"].to_numpy()[who]
    left = fail - issue
    shell = dealers["shell"].to_numpy()[who]
    size = dealers["requested_eur_year"].to_numpy() / 12 / rate
    amount = size[who] * np.exp(rng.normal(-0.08, 0.4, len(who)))
    amount *= np.where(left < 120, np.where(shell, 3.0, 1.7), 1.0)  # other suppliers have stopped already
    kind = np.array([PAYERS.index(p) for p in dealers["payer"]])[who]
    due = issue + dealers["terms_days"].to_numpy()[who]
    strained = fail - due < 150  # cash dries up before a failure
    late = rng.random(len(who)) < np.where(strained, 0.95, dealers["late_share"].to_numpy()[who])
    delay = rng.exponential(1.0, len(who)) * dealers["delay_days"].to_numpy()[who] * (1 + 1.0 * strained)
    early = rng.integers(-8, 1, len(who))
    paid = np.maximum(due + np.where(late, np.ceil(delay), early), issue)
    paid = np.where(rng.random(len(who)) < np.array(STUCK)[kind], NEVER, paid)
    parts = rng.random(len(who)) < 0.08 + 0.32 * strained
    second = paid + np.ceil(rng.exponential(30.0, len(who)))
    first = np.where(parts, rng.uniform(0.3, 0.7, len(who)), 1.0)
    paid = np.where(paid >= fail, NEVER, paid)  # nothing comes after a failure but the creditors' share
    second = np.where(parts & (second < fail) & (paid < NEVER), second, NEVER)
    return {
        "who": who, "issue": issue, "due": due, "amount": amount, "paid": paid, "second": second,
        "first": first, "fail": fail, "share_day": fail + rng.integers(120, 420, len(dealers))[who],
    }  # fmt: skip


def _money(
    ledger: dict[str, Array], dealers: pd.DataFrame, big: int
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Write invoices and payments; scale the big debtor to its share of the receivables."""
    who, first = ledger["who"], ledger["first"]
    at = (AS_OF - START).days
    got = first * (ledger["paid"] <= at) + (1 - first) * (ledger["second"] <= at)
    owed = np.where(ledger["issue"] <= at, 1 - got, 0) * ledger["amount"]
    dead = (ledger["share_day"] <= at) & (ledger["fail"] <= at)
    owed = np.where(dead, owed * dealers["lgd"].to_numpy()[who], owed)
    mine = who == big
    factor = BIG_SHARE / (1 - BIG_SHARE) * owed[~mine].sum() / owed[mine].sum() if owed[mine].sum() else 1.0
    cents = np.round(ledger["amount"] * np.where(mine, factor, 1.0) * 100).clip(100)
    one = np.where(ledger["paid"] < NEVER, np.round(cents * first), 0)
    two = np.where(ledger["second"] < NEVER, cents - one, 0)
    lgd = dealers["lgd"].to_numpy()[who]
    three = np.where(ledger["fail"] < NEVER, np.floor((cents - one - two) * (1 - lgd)), 0)
    ids = np.array([f"V{i:06d}" for i in range(1, len(who) + 1)])
    dealer = dealers["dealer_id"].to_numpy()[who]
    invoices = pd.DataFrame({
        "dealer_id": dealer, "invoice_id": ids, "issue_date": _day(ledger["issue"]),
        "due_date": _day(ledger["due"]), "amount_eur": cents / 100,
    })  # fmt: skip
    rows = [
        pd.DataFrame({"dealer_id": dealer[m], "invoice_id": ids[m], "day": day[m], "amount_eur": c[m] / 100})
        for day, c in ((ledger["paid"], one), (ledger["second"], two), (ledger["share_day"], three))
        for m in [(c > 0) & (day < DAYS)]
    ]
    payments = pd.concat(rows).sort_values(["day", "invoice_id"], kind="stable").reset_index(drop=True)
    payments.insert(2, "payment_date", _day(payments.pop("day").to_numpy()))
    return invoices, payments, factor


def _limits(dealers: pd.DataFrame, big: int, factor: float, rng: np.random.Generator) -> Array:
    """Set limits as the firm did: about half a year of purchases, by rule of thumb."""
    limit = dealers["requested_eur_year"].to_numpy() / 2 * np.exp(rng.normal(0, 0.3, len(dealers)))
    limit[big] *= factor
    dealers.loc[big, "requested_eur_year"] = round(dealers.loc[big, "requested_eur_year"] * factor, -2)
    return np.asarray(np.maximum(limit.round(-3), 1000.0))


def _day(days: Array) -> pd.Series:
    return pd.Series(START + pd.to_timedelta(days, unit="D")).astype("datetime64[us]")
