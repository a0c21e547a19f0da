"""The letting-go world: four businesses of one invented group, each with its own reason to end customers.

Published and used here: an insurer leaves one policy in eight, 12.5 % (Allstate 2005), of a book whose size
is a tenth of that firm's; a fee of 15 % on opened goods (Sears 2005, Best Buy); up to a fifth of all
*visits* undesirable (Best Buy, as told by the Wall Street Journal 2004). Every other number is our choice:
that such a visit loses 9 EUR, and that return rates lie around .09 with a concentration of 12 (for
comparison: .166 of sales came back in 2021, National Retail Federation).

How it works: in a year, the share of a county's policies with a storm claim is drawn from a beta
distribution, the same for all of them: that is the common shock. Counties of one coast share most of their
weather. A customer's return rate is drawn from a beta distribution once, and stays: that is behaviour. Terms
and fees are drawn by lot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.tables.let_go import COASTS, COUNTIES, FITS, INCOMES, RETURNERS, TERMS

Array = np.ndarray[Any, np.dtype[Any]]

SEED_LET_GO = 18
FIRST_YEAR, LAST_YEAR = 1995, 2024
POLICIES = (12_000, 10_500, 9_000, 6_500, 5_000, 7_500, 9_500, 5_500, 3_800, 6_500)  # 75,800 in all
CHANCES = {"east coast": 0.030, "west coast": 0.018, "inland": 0.005}
CLAIM_EUR = 20_000.0
LOADING = 1.3  # premium over expected claims
FIRM = 1e-5  # a correlation up to this: the chance is the same every year
COAST_TIE = 0.8  # how much of their weather the counties of one coast share
PRICE_EUR, MONTH_EUR, MONTH_MARGIN_EUR, EQUIPMENT_EUR = 40.0, 40.0, 18.0, 110.0
GOOD_VISIT_EUR, BAD_VISIT_EUR, OPENED_PRICE_EUR, OPENED_LOSS_EUR = 12.0, -9.0, 120.0, 30.0
LET_GO_NOTES = (
    "Storm book: 75,800 policies, a tenth of the 758,000 that Allstate had in Florida in 2005 (Insurance "
    "Journal, "
    "6 June 2005). Chances, claim sizes, premiums and the common shock are our choice.",
    "Returns: beta with mean .09 and concentration 12; one customer in a hundred returns most pieces, one "
    "in ten "
    "has a size outside the cut: our choice. For comparison: 16.6 % of sales came back in 2021 (National "
    "Retail Federation).",
    "Television: what prepayment does to taking, paying and staying is our choice; no figure of a firm is "
    "known.",
    "Visits: about a fifth of all visits is bad; Best Buy called up to a fifth of its visits undesirable "
    "(The Wall Street Journal, 8 November 2004). That a bad visit loses 9 EUR is our "
    "choice. How the visits spread over customers is our choice, and the point of the lesson.",
    "Fee: 15 % on opened goods (Sears from October 2005). What it does to returns and leaving is our choice.",
    "Terms and fees are drawn by lot. All names are invented.",
)  # fmt: skip


@dataclass(frozen=True)
class LetGoWorld:
    """The tables of the letting-go world, and the truth behind each of the four reasons."""

    storm_counties: pd.DataFrame
    storm_years: pd.DataFrame
    home_policies: pd.DataFrame
    wear_customers: pd.DataFrame
    tv_trial: pd.DataFrame
    fee_trial: pd.DataFrame
    truth_counties: pd.DataFrame = field(repr=False)
    truth_policies: pd.DataFrame = field(repr=False)
    truth_returners: pd.DataFrame = field(repr=False)
    truth_applicants: pd.DataFrame = field(repr=False)
    truth_fee: pd.DataFrame = field(repr=False)


def make_let_go(
    n_customers: int = 1400, *, rng: int | np.random.Generator = SEED_LET_GO, common_shock: float = 0.08,
    serial_share: float = 0.01, fee_share: float = 0.15,
) -> LetGoWorld:  # fmt: skip
    """Make four businesses, each with customers somebody would like to let go, and the truth about them.

    Parameters
    ----------
    n_customers : int, default 1400
        Customers in each of the four businesses, 100 to 1,000,000.
    rng : int or numpy.random.Generator, default 18
        Seed or generator; the same seed gives the same tables.
    common_shock : float, default 0.08
        Correlation of the storm claims of two policies of one county in one year, 0 (each house for itself)
        to 0.4.
    serial_share : float, default 0.01
        Share of the clothes shop's customers who return most of what they buy, 0.005 to 0.05; at least three.
    fee_share : float, default 0.15
        Restocking fee as a share of the price, 0 to 0.4.

    Returns
    -------
    LetGoWorld
        ``storm_counties``, ``storm_years``, ``home_policies``, ``wear_customers``, ``tv_trial``,
        ``fee_trial`` and five truth sheets. Every column is explained by ``data_dictionary(table)``.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> world = make_let_go(300, rng=1)
    >>> len(world.home_policies), len(world.storm_years), int(world.fee_trial["fee_charged"].sum())
    (300, 300, 150)
    """
    whole = isinstance(n_customers, int | np.integer) and not isinstance(n_customers, bool)
    if not whole or not 100 <= n_customers <= 1_000_000:
        raise DataError(f"n_customers must be a whole number from 100 to 1,000,000; found {n_customers!r}.")
    ranges = (("common_shock", common_shock, 0, 0.4), ("serial_share", serial_share, 0.005, 0.05),
              ("fee_share", fee_share, 0, 0.4))  # fmt: skip
    for name, value, low, high in ranges:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise DataError(f"{name} must be a number from {low} to {high}; found {value!r}.")
    try:
        g = np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
        ) from None
    parts = np.random.default_rng(g.integers(0, 2**63, 4)).spawn(4)  # a knob of one business moves no other
    n = int(n_customers)
    counties, years, policies, truth_counties, truth_policies = _insurance(n, common_shock, parts[0])
    wear, returners = _wear(n, serial_share, parts[1])
    trial, applicants = _television(n, parts[2])
    fees, truth_fee = _electronics(n, fee_share, parts[3])
    return LetGoWorld(
        storm_counties=counties, storm_years=years, home_policies=policies, wear_customers=wear,
        tv_trial=trial, fee_trial=fees, truth_counties=truth_counties, truth_policies=truth_policies,
        truth_returners=returners, truth_applicants=applicants, truth_fee=truth_fee,
    )  # fmt: skip


def storm_shares(
    truth: pd.DataFrame, *, years: int = 1000, rng: int | np.random.Generator = SEED_LET_GO,
    coast_tie: float = COAST_TIE,
) -> pd.DataFrame:  # fmt: skip
    """Draw years of weather: the share of each county's policies that has a storm claim.

    In each county the share is beta distributed with mean ``storm_chance`` and correlation ``shock_share``,
    so a + b = 1 / ``shock_share`` - 1. A Gaussian copula ties the counties of one coast together; coasts are
    independent of each other.

    Parameters
    ----------
    truth : DataFrame
        ``county``, ``coast``, ``storm_chance`` (0 to 1) and ``shock_share`` (0 to 1).
    years : int, default 1000
        Years to draw, 1 or more.
    rng : int or numpy.random.Generator, default 18
        Seed or generator.
    coast_tie : float, default 0.8
        Correlation of the weather of two counties of one coast, 0 to 1.

    Returns
    -------
    DataFrame
        One row per year (0, 1, ...), one column per county of `truth`: shares, 0 to 1.

    Raises
    ------
    DataError
        If a column is missing, `years` is no whole number of 1 or more, or a chance, a share or `coast_tie`
        is not 0 to 1.

    Examples
    --------
    >>> truth = pd.DataFrame({"county": ["Gull", "Tern"], "coast": ["east coast", "west coast"],
    ...                       "storm_chance": [0.03, 0.02], "shock_share": [0.0, 0.1]})
    >>> storm_shares(truth, years=2, rng=1)["Gull"].tolist()
    [0.03, 0.03]
    """
    from scipy import special

    require_columns(truth, ["county", "coast", "storm_chance", "shock_share"], name="truth")
    if isinstance(years, bool) or not isinstance(years, int | np.integer) or years < 1:
        raise DataError(f"years must be a whole number of 1 or more; found {years!r}.")
    for column in ("storm_chance", "shock_share"):
        if not pd.to_numeric(truth[column], errors="coerce").between(0, 1).all():
            raise DataError(f"truth: {column} must be a number from 0 to 1 in every county.")
    if isinstance(coast_tie, bool) or not isinstance(coast_tie, Real) or not 0 <= float(coast_tie) <= 1:
        raise DataError(f"coast_tie must be a number from 0 to 1; found {coast_tie!r}.")
    g = np.random.default_rng(rng)
    rows = truth.set_index("county").sort_index()
    coasts = sorted(rows["coast"].unique())
    common = g.standard_normal((years, len(coasts)))[:, [coasts.index(c) for c in rows["coast"]]]
    z = np.sqrt(coast_tie) * common + np.sqrt(1 - coast_tie) * g.standard_normal((years, len(rows)))
    u = special.ndtr(z)
    chance = rows["storm_chance"].to_numpy(dtype=float)
    shock = rows["shock_share"].to_numpy(dtype=float)
    spread = 1 / np.maximum(shock, FIRM) - 1
    drawn = special.betaincinv(np.maximum(chance * spread, 1e-9), np.maximum((1 - chance) * spread, 1e-9), u)
    shares = np.where(shock > FIRM, drawn, chance)
    return pd.DataFrame(shares, columns=rows.index.to_list())[truth["county"].to_list()]


def _ids(letter: str, n: int) -> Array:
    return np.array([f"{letter}{i:0{max(4, len(str(n)))}d}" for i in range(1, n + 1)], dtype=object)


def _insurance(n: int, shock: float, g: np.random.Generator) -> tuple[pd.DataFrame, ...]:
    coast = [name for name, places in COASTS.items() for _ in places]
    chance = np.array([CHANCES[c] for c in coast])
    truth = pd.DataFrame(
        {"county": list(COUNTIES), "coast": coast, "storm_chance": chance, "shock_share": float(shock)}
    )
    counties = pd.DataFrame(
        {
            "county": list(COUNTIES), "coast": coast, "policies_in_force": POLICIES,
            "storm_premium_eur": (LOADING * CLAIM_EUR * chance).round(), "mean_claim_eur": CLAIM_EUR,
        }
    )  # fmt: skip
    span = LAST_YEAR - FIRST_YEAR + 1
    shares = storm_shares(truth, years=span, rng=g).to_numpy()
    years = pd.DataFrame(
        {
            "county": np.repeat(np.array(COUNTIES, dtype=object), span),
            "year": np.tile(np.arange(FIRST_YEAR, LAST_YEAR + 1), len(COUNTIES)),
            "policies_in_force": np.repeat(POLICIES, span),
            "storm_claimants": g.binomial(POLICIES, shares).T.ravel(),
        }
    )
    where = g.choice(len(COUNTIES), n, p=np.array(POLICIES) / sum(POLICIES))
    storm = g.random((n, 10)) < shares[-10:, where].T
    own_rate = np.minimum(g.gamma(0.5, 0.03 / 0.5, n), 0.6)
    policies = pd.DataFrame(
        {
            "customer_id": _ids("H", n), "county": np.array(COUNTIES, dtype=object)[where],
            "storm_early": storm[:, :5].sum(axis=1), "storm_late": storm[:, 5:].sum(axis=1),
            "own_early": g.poisson(5 * own_rate), "own_late": g.poisson(5 * own_rate),
        }
    )  # fmt: skip
    own = pd.DataFrame({"customer_id": policies["customer_id"], "own_chance": own_rate.round(4)})
    return counties, years, policies, truth.drop(columns="coast"), own


def _wear(n: int, serial_share: float, g: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    kind = np.zeros(n, dtype=np.int64)
    kind[g.random(n) < 0.10] = 1
    kind[g.permutation(n)[: max(3, round(serial_share * n))]] = 2
    mean = np.array((0.09, 0.26, 0.70))[kind]
    spread = np.array((12.0, 16.0, 20.0))[kind]
    rate = g.beta(mean * spread, (1 - mean) * spread)
    bought = 1 + g.negative_binomial(1.1, 1.1 / (1.1 + np.array((8.0, 8.0, 24.0))[kind]))
    returned = g.binomial(bought, rate)
    fault = g.binomial(returned, np.array((0.45, 0.85, 0.15))[kind])
    talks = g.poisson(np.array((0.10, 0.25, 1.5))[kind] + 0.15 * fault)
    small = g.random(n) < np.array((0.06, 0.90, 0.10))[kind]  # what is on file is not always so
    worn = np.array((0.02, 0.02, 0.75))[kind]
    ids = _ids("W", n)
    wear = pd.DataFrame(
        {
            "customer_id": ids, "fit": np.array(FITS, dtype=object)[small.astype(int)],
            "items_bought": bought, "items_returned": returned, "fault_returns": fault,
            "complaint_talks": talks,
        }
    )  # fmt: skip
    truth = pd.DataFrame(
        {
            "customer_id": ids, "returner": np.array(RETURNERS, dtype=object)[kind],
            "true_return_rate": rate.round(4), "worn_share": worn,
        }
    )  # fmt: skip
    return wear, truth


def _television(n: int, g: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    means = g.standard_normal(n)
    points = np.clip(np.rint(600 + 95 * (0.72 * means + 0.694 * g.standard_normal(n))), 300, 850).astype(int)
    rich = 0.6 * means + 0.8 * g.standard_normal(n)
    income = np.searchsorted((-0.52, 0.67), rich)
    fails = 1 / (1 + np.exp(1.75 + 1.35 * means))
    takes = np.clip(0.84 - 0.16 * (income == 0) - 0.10 * fails, 0.05, 0.97)
    stay = g.geometric(0.018, n)
    long = np.minimum(stay, 12)
    bad = g.random(n) < fails
    prepay = np.zeros(n, dtype=bool)
    prepay[g.permutation(n)[: n // 2]] = True
    short = 1 + g.binomial(5, 0.35, n)  # months that somebody who fails still pays
    took = g.random(n) < np.where(prepay, takes, 0.97)
    months = np.where(bad, np.where(prepay, short + 1, short), long) * took
    unpaid = np.where(bad & ~prepay, 2.5 * MONTH_EUR + EQUIPMENT_EUR, 0.0) * took
    profit = MONTH_MARGIN_EUR * months - unpaid - 15.0 * took
    ids = _ids("T", n)
    trial = pd.DataFrame(
        {
            "customer_id": ids, "credit_points": points, "income": np.array(INCOMES, dtype=object)[income],
            "terms": np.array(TERMS, dtype=object)[prepay.astype(int)], "took": took, "months_paid": months,
            "unpaid_eur": unpaid, "first_year_eur": profit,
        }
    )  # fmt: skip
    mean_long = sum((1 - 0.018) ** k for k in range(12))  # expected months of somebody who pays
    good = MONTH_MARGIN_EUR * mean_long - 15
    later = 0.97 * (
        (1 - fails) * good + fails * (MONTH_MARGIN_EUR * 2.75 - 15 - 2.5 * MONTH_EUR - EQUIPMENT_EUR)
    )
    early = takes * ((1 - fails) * good + fails * (MONTH_MARGIN_EUR * 3.75 - 15))
    truth = pd.DataFrame(
        {
            "customer_id": ids, "default_chance": fails.round(4), "later_eur": later.round(2),
            "prepay_eur": early.round(2),
        }
    )  # fmt: skip
    return trial, truth


def _electronics(n: int, fee: float, g: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    hunter = g.random(n) < 0.12
    visits = 1 + g.negative_binomial(1.4, 1.4 / (1.4 + np.where(hunter, 13.0, 5.0)))
    mean = np.where(hunter, 0.65, 0.055)
    rate = g.beta(8 * mean, 8 * (1 - mean))
    bad = g.binomial(visits, rate)
    charged = np.zeros(n, dtype=bool)
    charged[g.permutation(n)[: n // 2]] = True
    opens = visits * np.where(hunter, 0.18, 0.06)  # opened goods to be expected back, without a fee
    back = g.poisson(opens * np.where(charged, np.exp(-1.5 * fee), 1.0))
    more = np.clip(0.15 * fee * (1 + 1.5 * (opens > 0.5)), 0, 1)
    gone = g.random(n) < 0.10 + charged * more
    sales = (visits * GOOD_VISIT_EUR - bad * (GOOD_VISIT_EUR - BAD_VISIT_EUR)) * np.where(gone, 0.5, 1.0)
    each = OPENED_LOSS_EUR - charged * fee * OPENED_PRICE_EUR
    ids = _ids("E", n)
    trial = pd.DataFrame(
        {
            "customer_id": ids, "visits_before": visits, "bad_visits": bad, "fee_charged": charged,
            "opened_returns": back, "gone": gone, "trial_margin_eur": (sales - back * each).round(2),
        }
    )  # fmt: skip
    truth = pd.DataFrame({"customer_id": ids, "bad_visit_rate": rate.round(4), "leave_more": more.round(4)})
    return trial, truth
