"""The retail world by its rates, moments and recovery; never by frozen output."""

from __future__ import annotations

import dataclasses
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab.contracts import TABLES, DataError, check
from crmlab.costs import service_cost
from crmlab.datasets import Kind, RetailSettings, World, make_retail
from crmlab.datasets.retail import AS_OF, BUSINESS, CAMPAIGNS, CONSUMER, END, START
from crmlab.orders import customer_value
from crmlab.pareto import concentration, whale_curve, whale_summary

NAMES = [field.name for field in dataclasses.fields(World)]
KINDS = {"consumer": CONSUMER, "business": BUSINESS}
SE = 4.0  # standard errors: one chance in 16,000, and the seeds are fixed
DAY = pd.Timedelta(days=1)


@cache
def plain() -> World:
    """60,000 customers without letters: purchases follow Pareto/NBD exactly."""
    return make_retail(n_customers=60_000, rng=11, settings=RetailSettings(letter_strength=0))


@cache
def world() -> World:
    return make_retail(n_customers=60_000, rng=12)


def close(found: pd.Series | np.ndarray, expected: Any) -> bool:
    """Is the mean of `found` that of `expected`, but for chance?"""
    difference = np.asarray(found, dtype=float) - np.asarray(expected, dtype=float)
    return bool(abs(difference.mean()) < SE * difference.std(ddof=1) / np.sqrt(len(difference)))


def sales(made: World) -> pd.DataFrame:
    return made.orders[made.orders["amount_eur"] >= 0]


def per_customer(made: World, sums: pd.Series) -> np.ndarray:
    return sums.reindex(made.truth["customer_id"]).fillna(0).to_numpy()


def weeks_seen(made: World) -> pd.Series:
    return ((END + DAY) - made.customers["join_date"]).dt.days / 7


def is_kind(made: World, kind: str) -> np.ndarray:
    return (made.customers["customer_kind"] == kind).to_numpy()


def same(one: World, other: World) -> bool:
    return all(getattr(one, name).equals(getattr(other, name)) for name in NAMES)


# ------------------------------------------------------------------ repeatable


def test_the_same_seed_gives_the_same_world_and_another_gives_another() -> None:
    one = make_retail(n_customers=300, rng=5)
    assert same(one, make_retail(n_customers=300, rng=5))
    assert same(one, make_retail(n_customers=300, rng=np.random.default_rng(5)))
    other = make_retail(n_customers=300, rng=6)
    assert not any(getattr(one, name).equals(getattr(other, name)) for name in NAMES if name != "campaigns")


def test_a_generator_moves_on_and_the_global_one_stays() -> None:
    generator = np.random.default_rng(5)
    before = np.random.get_state()[1].tolist()
    assert not same(make_retail(n_customers=50, rng=generator), make_retail(n_customers=50, rng=generator))
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("made", [plain, world])
@pytest.mark.parametrize("table", NAMES)
def test_every_table_passes_its_contract(made: Any, table: str) -> None:
    frame = getattr(made(), table)
    check(frame, table)
    assert list(frame) == [column.name for column in TABLES[table].columns]


@pytest.mark.parametrize("rng", range(8))
def test_two_customers_are_a_world(rng: int) -> None:
    small = make_retail(n_customers=2, rng=rng)
    for table in NAMES:
        check(getattr(small, table), table)
    assert len(small.customers) == len(small.truth) == 2


@pytest.mark.parametrize("share", [0, 1])
def test_one_kind_only(share: int) -> None:
    made = make_retail(n_customers=200, rng=1, settings=RetailSettings(business_share=share))
    assert set(made.customers["customer_kind"]) == {"business" if share else "consumer"}
    for table in NAMES:
        check(getattr(made, table), table)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("n", [1, 0, -5, 5_000_001, True, 10.0, "100", None])
def test_number_of_customers(n: Any) -> None:
    with pytest.raises(DataError) as caught:
        make_retail(n_customers=n)
    assert str(caught.value) == f"n_customers must be a whole number from 2 to 5,000,000; found {n!r}."


def test_a_numpy_integer_is_a_number() -> None:
    assert len(make_retail(n_customers=np.int64(3), rng=1).customers) == 3


@pytest.mark.parametrize("rng", [-1, "seven", 1.5])
def test_seed(rng: Any) -> None:
    with pytest.raises(DataError) as caught:
        make_retail(n_customers=5, rng=rng)
    assert str(caught.value) == (
        f"rng must be a seed, a whole number of 0 or more, or a NumPy Generator; found {rng!r}."
    )


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        ({"business_share": 1.2}, "business_share must be between 0 and 1; found 1.2."),
        ({"business_share": float("nan")}, "business_share must be between 0 and 1; found nan."),
        (
            {"service_spend_correlation": -1.5},
            "service_spend_correlation must be between -1 and 1; found -1.5.",
        ),
        ({"letter_strength": 2}, "letter_strength must be between 0 and 1; found 2."),
        ({"letter_strength": -0.1}, "letter_strength must be between 0 and 1; found -0.1."),
        ({"letter_cost_eur": -1}, "letter_cost_eur must be 0 or more; found -1."),
        ({"letter_cost_eur": float("inf")}, "letter_cost_eur must be 0 or more; found inf."),
        (
            {"business": dataclasses.replace(BUSINESS, beta=0)},
            "beta of a kind of customer must be above 0; found 0.",
        ),
    ],
)
def test_settings(knobs: dict[str, Any], expected: str) -> None:
    with pytest.raises(DataError) as caught:
        make_retail(n_customers=5, settings=RetailSettings(**knobs))
    assert str(caught.value) == expected


# ------------------------------------------------------------------ what can never happen


@pytest.mark.parametrize("made", [plain, world])
def test_nobody_buys_before_joining_or_after_leaving(made: Any) -> None:
    bought = sales(made()).merge(made().customers, on="customer_id").merge(made().truth, on="customer_id")
    assert (bought["order_date"] >= bought["join_date"]).all()
    assert (bought["order_date"] < bought["left_date"]).all()
    assert bought["order_date"].between(START, END).all()
    first = bought.groupby("customer_id")["order_date"].min()
    assert (first.reindex(made().customers["customer_id"]).to_numpy() == made().customers["join_date"]).all()


@pytest.mark.parametrize(("table", "day"), [("contacts", "contact_date"), ("complaints", "complaint_date")])
def test_nobody_calls_before_joining_or_after_leaving(table: str, day: str) -> None:
    seen = (
        getattr(world(), table)
        .merge(world().customers, on="customer_id")
        .merge(world().truth, on="customer_id")
    )
    assert (seen[day] >= seen["join_date"]).all() and (seen[day] < seen["left_date"]).all()
    assert seen[day].between(START, END).all()


def test_a_refund_follows_its_order_and_never_exceeds_it() -> None:
    made = world()
    refunds = made.orders[made.orders["amount_eur"] < 0]
    assert set(refunds["order_id"]) == set(made.returns["order_id"])
    assert refunds["order_id"].str.startswith("R").all()
    assert sales(made)["order_id"].str.startswith("O").all() and made.orders["order_id"].is_unique
    assert made.returns["sold_order_id"].is_unique  # an order comes back once at most
    both = (
        made.returns[["order_id", "sold_order_id", "customer_id", "return_date"]]
        .merge(refunds, on="order_id", suffixes=("", "_refund"))
        .merge(made.orders, left_on="sold_order_id", right_on="order_id", suffixes=("", "_sold"))
    )
    assert len(both) == len(refunds)
    assert (both["order_date"] > both["order_date_sold"]).all()
    assert (both["order_date"] == both["return_date"]).all()
    assert (-both["amount_eur"] <= both["amount_eur_sold"]).all()
    assert (both["margin_eur"].abs() <= both["margin_eur_sold"].abs()).all()
    for name in ("customer_id", "category", "channel"):
        assert (both[name] == both[f"{name}_sold"]).all()
    assert (both["customer_id"] == both["customer_id_refund"]).all()


def test_the_log_is_sorted_by_day_and_knows_every_customer() -> None:
    made = world()
    assert made.orders["order_date"].is_monotonic_increasing
    assert made.customers["join_date"].is_monotonic_increasing
    known = set(made.customers["customer_id"])
    for name in NAMES:
        if name != "campaigns":
            assert set(getattr(made, name)["customer_id"]) <= known, name
    assert made.customers["customer_id"].equals(made.truth["customer_id"])


def test_what_is_asked_of_consumers_is_missing_for_business_and_the_other_way_round() -> None:
    customers, business = world().customers, is_kind(world(), "business")
    for name, wanted in (("birth_year", ~business), ("household_size", ~business), ("sector", business)):
        assert (customers[name].notna() == wanted).all(), name


# ------------------------------------------------------------------ rates and moments against closed forms


@pytest.mark.parametrize("kind", KINDS)
def test_mean_number_of_orders_is_that_of_pareto_nbd(kind: str) -> None:
    """E[X(t)] = r beta / (alpha (s - 1)) (1 - (beta / (beta + t))^(s - 1)); the first order is the birth."""
    k, t = KINDS[kind], weeks_seen(plain())
    expected = 1 + k.r * k.beta / (k.alpha * (k.s - 1)) * (1 - (k.beta / (k.beta + t)) ** (k.s - 1))
    orders = per_customer(plain(), sales(plain()).groupby("customer_id").size())
    mine = is_kind(plain(), kind)
    assert close(orders[mine], expected[mine])


@pytest.mark.parametrize("kind", KINDS)
def test_share_still_customers(kind: str) -> None:
    k, mine = KINDS[kind], is_kind(plain(), kind)
    expected = (k.beta / (k.beta + weeks_seen(plain()))) ** k.s
    assert close(plain().truth["left_date"][mine] > END, expected[mine])


@pytest.mark.parametrize("kind", KINDS)
def test_rates_of_buying_and_leaving_are_gamma(kind: str) -> None:
    k, truth = KINDS[kind], plain().truth[is_kind(plain(), kind)]
    for name, shape, scale in (("purchase_rate_week", k.r, k.alpha), ("dropout_rate_week", k.s, k.beta)):
        assert close(truth[name], shape / scale), name
        assert close((truth[name] - shape / scale) ** 2, shape / scale**2), name


@pytest.mark.parametrize("kind", KINDS)
def test_mean_order_is_that_of_gamma_gamma(kind: str) -> None:
    k, mine = KINDS[kind], is_kind(plain(), kind)
    assert close(plain().truth["mean_order_eur"][mine], k.p * k.gamma / (k.q - 1))
    bought = sales(plain()).merge(plain().truth, on="customer_id")
    of_mine = bought["customer_id"].isin(plain().truth["customer_id"][mine])
    each = (bought["amount_eur"] / bought["mean_order_eur"])[of_mine]
    assert close(each, 1.0)
    assert close((each - 1) ** 2, 1 / k.p)  # a gamma of shape p: coefficient of variation 1 / sqrt(p)


def test_spend_does_not_depend_on_the_rate() -> None:
    truth = plain().truth[is_kind(plain(), "consumer")]
    rho = truth["purchase_rate_week"].corr(truth["mean_order_eur"], method="spearman")
    assert abs(rho) < SE / np.sqrt(len(truth))


def test_margin_is_the_true_share_of_the_amount() -> None:
    bought = sales(world()).merge(world().truth, on="customer_id")
    assert close(bought["margin_eur"] / bought["amount_eur"] - bought["margin_share"], 0.0)
    by_kind = world().truth["margin_share"].groupby(world().customers["customer_kind"]).mean()
    assert by_kind["consumer"] == pytest.approx(CONSUMER.margin, abs=0.01)
    assert by_kind["business"] == pytest.approx(BUSINESS.margin, abs=0.01)


def test_return_rate() -> None:
    soon_enough = sales(world())[sales(world())["order_date"] <= END - 30 * DAY].merge(
        world().truth, on="customer_id"
    )
    came_back = soon_enough["order_id"].isin(world().returns["sold_order_id"])
    assert close(came_back, soon_enough["return_rate"])
    assert came_back.mean() == pytest.approx(0.094, abs=0.01)


def test_shares_of_the_two_kinds_and_of_early_joiners() -> None:
    assert close(is_kind(world(), "business"), 0.08)
    assert close(world().customers["join_date"] <= AS_OF, 0.82)


def test_service_cost_per_active_year_is_the_truth() -> None:
    made = world()
    last = np.minimum(made.truth["left_date"], END + DAY)
    years = (last - made.customers["join_date"]).dt.days / 365.25
    paid = per_customer(made, made.contacts.groupby("customer_id")["cost_eur"].sum())
    assert close(paid, made.truth["service_cost_eur_year"] * years)
    for kind, k in KINDS.items():
        assert close(made.truth["service_cost_eur_year"][is_kind(made, kind)], k.service_eur_year)


def test_survey_shares() -> None:
    """Answers follow the hidden satisfaction; over all customers they are 4, 6, 8, 38 and 44 %."""
    made = world()
    answers = made.survey.merge(made.truth, on="customer_id")
    cumulative = np.cumsum([0.04, 0.06, 0.08, 0.38])
    for value, share in zip((1, 2, 3, 4), cumulative, strict=True):
        cut = NormalDist().inv_cdf(share) * np.sqrt(1.36)
        expected = answers["satisfaction_score"].map(lambda f, c=cut: NormalDist(f, 0.6).cdf(c))
        assert close(answers["satisfaction"] <= value, expected)
        whole = made.truth["satisfaction_score"].map(lambda f, c=cut: NormalDist(f, 0.6).cdf(c))
        assert whole.mean() == pytest.approx(share, abs=0.01)
    sent = pd.Timestamp("2023-11-06")
    asked = (made.customers["join_date"] < sent) & (made.truth["left_date"] > sent)
    assert 0.25 < len(answers) / asked.sum() < 0.35
    assert set(answers["customer_id"]) <= set(made.customers["customer_id"][asked])


# ------------------------------------------------------------------ letters


@pytest.mark.parametrize("number", [0, 1])
def test_half_of_those_known_are_treated_and_chance_made_the_halves(number: int) -> None:
    made, (name, start, _) = world(), CAMPAIGNS[number]
    letters = made.letters[made.letters["campaign_id"] == name]
    assert letters["treated"].sum() == len(letters) // 2
    known = made.customers["customer_id"][made.customers["join_date"] < start]
    assert letters["customer_id"].tolist() == known.tolist()
    both = letters.merge(made.truth, on="customer_id").merge(made.customers, on="customer_id")
    both["here"] = both["left_date"] > start
    both["business"] = both["customer_kind"] == "business"
    both["joined"] = (both["join_date"] - START).dt.days
    for trait in ("purchase_rate_week", "satisfaction_score", "letter_effect", "here", "business", "joined"):
        values = both[trait].astype(float)
        halves = [values[both["treated"]], values[~both["treated"]]]
        error = np.sqrt(sum(half.var() / len(half) for half in halves))
        assert abs(halves[0].mean() - halves[1].mean()) < SE * error, trait


def _effect(made: World, number: int) -> tuple[float, float, float]:
    """Difference in orders within the window among those still customers; its error; its truth."""
    name, start, end = CAMPAIGNS[number]
    here = made.letters[made.letters["campaign_id"] == name].merge(made.truth, on="customer_id")
    here = here[here["left_date"] > start]
    within = sales(made)[sales(made)["order_date"].between(start, end)].groupby("customer_id").size()
    orders = here["customer_id"].map(within).fillna(0)
    sent, kept = orders[here["treated"]], orders[~here["treated"]]
    error = float(np.sqrt(sent.var() / len(sent) + kept.var() / len(kept)))
    return sent.mean() - kept.mean(), error, here["letter_effect"].mean()


@pytest.mark.parametrize("number", [0, 1])
def test_the_effect_of_letters_is_the_true_one(number: int) -> None:
    found, error, truth = _effect(world(), number)
    assert abs(found - truth) < SE * error
    assert truth > 0.05 and found > SE * error  # seen, at this size


@pytest.mark.parametrize("number", [0, 1])
def test_without_strength_letters_do_nothing(number: int) -> None:
    found, error, truth = _effect(plain(), number)
    assert truth == 0 and (plain().truth["letter_effect"] == 0).all()
    assert abs(found) < SE * error


def test_letters_work_as_the_type_says() -> None:
    truth = world().truth
    effect = truth.groupby("response_type")["letter_effect"]
    assert (effect.min()["persuadable"], effect.max()["persuadable"]) == pytest.approx((0.2, 0.5), abs=0.01)
    assert effect.max()["do not disturb"] <= 0 and effect.min()["do not disturb"] >= -1
    for none in ("buys anyway", "not interested"):
        assert (effect.min()[none], effect.max()[none]) == (0, 0)
    assert close(truth["response_type"] == "do not disturb", 0.08)
    assert close(truth["response_type"] == "persuadable", 0.26)
    rate = truth.groupby("response_type")["purchase_rate_week"].mean()
    assert rate["buys anyway"] > 1.5 * rate["persuadable"]  # the best customers need no letter


# ------------------------------------------------------------------ what goes with what


def test_signs_of_what_goes_together() -> None:
    made = world()
    truth = made.truth.assign(
        worth=made.truth["purchase_rate_week"] * made.truth["mean_order_eur"],
        complaints=per_customer(made, made.complaints.groupby("customer_id").size()),
        years=(np.minimum(made.truth["left_date"], END + DAY) - made.customers["join_date"]).dt.days / 365.25,
    )[is_kind(made, "consumer")]

    def rho(one: str, other: str) -> float:
        return float(truth[one].corr(truth[other], method="spearman"))

    assert rho("satisfaction_score", "dropout_rate_week") == pytest.approx(-0.35, abs=0.04)
    assert rho("worth", "service_cost_eur_year") == pytest.approx(0.5, abs=0.05)
    assert abs(rho("satisfaction_score", "purchase_rate_week")) < 0.03
    low = truth[truth["satisfaction_score"] < 0]
    high = truth[truth["satisfaction_score"] > 0]
    per_year = [part["complaints"].sum() / part["years"].sum() for part in (low, high)]
    assert per_year[0] > 1.5 * per_year[1]
    answers = made.survey.merge(made.truth, on="customer_id")
    for answer in ("satisfaction", "recommend"):
        assert answers[answer].corr(answers["satisfaction_score"]) > 0.5
    assert answers["satisfaction_score"].mean() > 0.2  # the contented stay, and answer more readily


def test_the_dissatisfied_leave_for_service_and_competitors() -> None:
    truth = world().truth
    mean = truth.groupby("leave_reason")["satisfaction_score"].mean()
    assert mean["service"] < mean["price"] and mean["service"] < mean["moved away"]


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 1.0])
def test_the_correlation_of_service_and_spend_is_the_one_asked_for(correlation: float) -> None:
    made = make_retail(
        n_customers=8000,
        rng=4,
        settings=RetailSettings(service_spend_correlation=correlation, business_share=0),
    )
    worth = np.log(made.truth["purchase_rate_week"].clip(lower=1e-9) * made.truth["mean_order_eur"])
    rank = worth.corr(made.truth["service_cost_eur_year"], method="spearman")
    assert rank == pytest.approx(correlation, abs=0.06)


# ------------------------------------------------------------------ calibration


def _year(made: World, year: int) -> pd.DataFrame:
    start, end = f"{year}-01-01", f"{year}-12-31"
    value = customer_value(made.orders, start=start, as_of=end)
    cost = service_cost(made.contacts, made.returns, start=start, as_of=end)
    table = value.merge(cost, on="customer_id", how="outer").fillna(0)
    return table.assign(profit_eur=table["margin_eur"] - table["service_cost_eur"])


@pytest.mark.parametrize("made", [plain, world])
def test_calibrated_to_what_is_published(made: Any) -> None:
    """The ranges that datasets/README.md cites."""
    year, later = _year(made(), 2023), _year(made(), 2024)
    buyers = year[year["n_orders"] > 0]
    assert 0.65 < concentration(buyers["revenue_eur"], top=0.2) < 0.75
    whale = whale_summary(whale_curve(year))
    assert 1.15 < whale["top_20_share"] < 1.55
    assert 0.25 < whale["unprofitable_share"] < 0.38

    def best(table: pd.DataFrame) -> set[str]:
        top = table.sort_values(["revenue_eur", "customer_id"], ascending=False)
        return set(top["customer_id"].head(round(0.2 * len(top))))

    assert 0.45 < 1 - len(best(year) & best(later)) / len(best(year)) < 0.7


def test_other_parameters_are_recovered_too() -> None:
    """Nothing is wired to the default kind: another rate, stay and spend come out as asked."""
    kind = dataclasses.replace(CONSUMER, r=2.0, alpha=20.0, s=1.5, beta=80.0, p=3.0, q=4.0, gamma=60.0)
    assert isinstance(kind, Kind)
    knobs = RetailSettings(consumer=kind, business_share=0, letter_strength=0)
    made = make_retail(n_customers=20_000, rng=8, settings=knobs)
    t = weeks_seen(made)
    expected = 1 + 2.0 * 80 / (20 * 0.5) * (1 - (80 / (80 + t)) ** 0.5)
    assert close(per_customer(made, sales(made).groupby("customer_id").size()), expected)
    assert close(made.truth["mean_order_eur"], 3 * 60 / 3)
