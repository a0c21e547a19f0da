"""Where a customer stands: relationship states and life-cycle phases, by rule tables that are data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check, require_columns
from crmlab.orders import rfm_table

Array = np.ndarray[Any, np.dtype[Any]]
ORDERS = ("none", "one", "several", "many")  # several: from 2; many: from a border that is chosen
SILENCE = ("short", "quiet", "long")  # days without a purchase: within, beyond the first, beyond the second
AGE = ("young", "grown", "old")  # days since the first purchase: within, beyond the first, beyond the second
BOUGHT = ORDERS[1:]
EITHER = (False, True)


@dataclass(frozen=True)
class State:
    """One row of the rule table of states: it holds for whoever has one of each of its values."""

    name: str
    zh: str
    orders: tuple[str, ...]
    silence: tuple[str, ...]
    has_need: tuple[bool, ...] = EITHER
    approached: tuple[bool, ...] = EITHER


@dataclass(frozen=True)
class Phase:
    """One row of a rule table of phases: it holds on days that have one of each of its values."""

    name: str
    zh: str
    orders: tuple[str, ...]
    silence: tuple[str, ...]
    age: tuple[str, ...] = AGE


# The names are the lecture's; the borders in days and orders are ours, and knobs.
STATES: tuple[State, ...] = (
    State("non-customer", "非客户", ("none",), SILENCE, has_need=(False,)),
    State("potential", "潜在客户", ("none",), SILENCE, has_need=(True,), approached=(False,)),
    State("target", "目标客户", ("none",), SILENCE, has_need=(True,), approached=(True,)),
    State("first-time", "初次购买客户", ("one",), ("short",)),
    State("repeat", "重复购买客户", ("several",), ("short",)),
    State("loyal", "忠诚客户", ("many",), ("short",)),
    State("lost", "流失客户", BOUGHT, ("quiet", "long")),
)
SCHEMES: dict[str, tuple[Phase, ...]] = {
    "five": (  # counts purchases
        Phase("acquisition", "获取", ("one",), ("short",)),
        Phase("growth", "成长", ("several",), ("short",)),
        Phase("maturity", "成熟", ("many",), ("short",)),
        Phase("decline", "衰退", BOUGHT, ("quiet",)),
        Phase("termination", "终止", BOUGHT, ("long",)),
    ),
    "four": (  # counts time
        Phase("exploration", "考察期", BOUGHT, ("short",), ("young",)),
        Phase("formation", "形成期", BOUGHT, ("short",), ("grown",)),
        Phase("stability", "稳定期", BOUGHT, ("short",), ("old",)),
        Phase("degeneration", "退化期", BOUGHT, ("quiet", "long")),
    ),
}


def relationship_rules(*, loyal_orders: int = 5, lost_days: int = 365) -> pd.DataFrame:
    """Write the rule table of the relationship states down (客户关系状态).

    Parameters
    ----------
    loyal_orders : int, default 5
        Orders from which a customer is called loyal, 3 or more.
    lost_days : int, default 365
        Days of silence after which a customer is called lost, 1 or more.

    Returns
    -------
    DataFrame
        One row per state: ``state``, ``state_zh``, ``orders`` (so far), ``silence_days`` (since the last
        purchase), ``has_need`` and ``approached`` ("yes", "no" or "any").

    Raises
    ------
    DataError
        If a border is out of range.

    Examples
    --------
    >>> relationship_rules().query("state == 'loyal'")[["orders", "silence_days"]].values.tolist()
    [['5 or more', '0 to 365']]
    """
    loyal, lost = _whole("loyal_orders", loyal_orders, 3), _whole("lost_days", lost_days, 1)
    counts = {
        ("none",): "0", ("one",): "1", ("several",): _range(2, loyal - 1), ("many",): f"{loyal} or more",
        BOUGHT: "1 or more",
    }  # fmt: skip
    days = {SILENCE: "any", ("short",): f"0 to {lost}", ("quiet", "long"): f"more than {lost}"}
    say = {EITHER: "any", (True,): "yes", (False,): "no"}
    return pd.DataFrame(
        {
            "state": [s.name for s in STATES],
            "state_zh": [s.zh for s in STATES],
            "orders": [counts[s.orders] for s in STATES],
            "silence_days": [days[s.silence] for s in STATES],
            "has_need": [say[s.has_need] for s in STATES],
            "approached": [say[s.approached] for s in STATES],
        }
    )


def relationship_states(
    orders: pd.DataFrame,
    *,
    as_of: str | dt.date,
    prospects: pd.DataFrame | None = None,
    loyal_orders: int = 5,
    lost_days: int = 365,
) -> pd.DataFrame:
    """Give everybody the one state that the rule table says, from what is known on the reporting day.

    Parameters
    ----------
    orders : DataFrame
        An order log, contract ``orders``. A refund (negative amount) is no order.
    as_of : str or date
        The reporting day, inclusive. Later rows are not looked at.
    prospects : DataFrame, optional
        People who may not have bought: ``customer_id``, ``has_need`` (could use the goods) and ``approached``
        (the firm has chosen to win them), both True/False. Who has an order by `as_of` is judged by the
        orders. Without this table nobody can be a non-customer, potential or target.
    loyal_orders : int, default 5
        Orders from which a customer is called loyal, 3 or more.
    lost_days : int, default 365
        Days of silence after which a customer is called lost, 1 or more. A name, not a fact: nobody tells a
        shop that they have left.

    Returns
    -------
    DataFrame
        One row per person, sorted by ``customer_id``: ``customer_id``, ``n_orders`` (0 or more),
        ``recency_days`` (missing without an order), ``revenue_eur``, ``state`` (ordered category) and
        ``state_zh``.

    Raises
    ------
    DataError
        If a column is missing or of the wrong type, a border is out of range, or a prospect is repeated.

    References
    ----------
    The states are those of the lecture; they count what was bought, and need nobody's opinion.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "b", "b"], "amount_eur": [9.0, 9.0, 9.0],
    ...     "order_date": pd.to_datetime(["2022-01-01", "2023-11-01", "2023-12-01"])})
    >>> relationship_states(log, as_of="2023-12-31")[["customer_id", "state"]].values.tolist()
    [['a', 'lost'], ['b', 'repeat']]
    """
    loyal, lost = _whole("loyal_orders", loyal_orders, 3), _whole("lost_days", lost_days, 1)
    table = rfm_table(orders, as_of=as_of)[["customer_id", "n_orders", "recency_days", "revenue_eur"]]
    facts = pd.DataFrame(
        {
            "orders": _count_class(table["n_orders"].to_numpy(), loyal),
            "silence": _class(table["recency_days"].to_numpy(), (lost, np.inf), SILENCE),
            "has_need": True,
            "approached": True,
        }
    )
    if prospects is not None:
        more = _prospects(prospects, table["customer_id"])
        table = pd.concat([table.astype({"recency_days": "Int64"}), more[["customer_id"]]], ignore_index=True)
        table = table.fillna({"n_orders": 0, "revenue_eur": 0.0}).astype({"n_orders": "int64"})
        unbought = more[["has_need", "approached"]].assign(orders="none", silence="short")
        facts = pd.concat([facts, unbought], ignore_index=True)
    names = [s.name for s in STATES]
    table["state"] = pd.Categorical(_judge(STATES, facts), categories=names, ordered=True)
    table["state_zh"] = table["state"].astype(str).map({s.name: s.zh for s in STATES})
    return table.sort_values("customer_id", kind="stable").reset_index(drop=True)


def life_cycle_rules(
    *,
    scheme: str = "five",
    mature_orders: int = 4,
    quiet_days: int = 180,
    end_days: int = 365,
    young_days: int = 90,
    settled_days: int = 365,
) -> pd.DataFrame:
    """Write the rule table of a life-cycle scheme down (客户生命周期).

    Parameters
    ----------
    scheme : {"five", "four"}, default "five"
        Five phases by the number of purchases, or four by the time since the first one.
    mature_orders : int, default 4
        Orders from which a customer is mature (five phases), 3 or more.
    quiet_days, end_days : int, default 180 and 365
        Days of silence after which decline, and after which termination begins; 1 or more, in this order.
    young_days, settled_days : int, default 90 and 365
        Days since the first purchase after which formation, and after which stability begins (four phases);
        1 or more, in this order.

    Returns
    -------
    DataFrame
        One row per phase: ``phase``, ``phase_zh``, ``orders``, ``silence_days`` and ``age_days``.

    Raises
    ------
    DataError
        If the scheme is unknown or a border is out of range.

    Examples
    --------
    >>> life_cycle_rules(scheme="four")["phase"].tolist()
    ['exploration', 'formation', 'stability', 'degeneration']
    """
    phases = _scheme(scheme)
    many, quiet, end, young, old = _borders(mature_orders, quiet_days, end_days, young_days, settled_days)
    counts = {
        ("one",): "1", ("several",): _range(2, many - 1), ("many",): f"{many} or more", BOUGHT: "1 or more",
    }  # fmt: skip
    silence = {
        ("short",): f"0 to {quiet}", ("quiet",): _range(quiet + 1, end), ("long",): f"more than {end}",
        ("quiet", "long"): f"more than {quiet}",
    }  # fmt: skip
    ages = {
        AGE: "any", ("young",): f"0 to {young}", ("grown",): _range(young + 1, old),
        ("old",): f"more than {old}",
    }  # fmt: skip
    return pd.DataFrame(
        {
            "phase": [p.name for p in phases],
            "phase_zh": [p.zh for p in phases],
            "orders": [counts[p.orders] for p in phases],
            "silence_days": [silence[p.silence] for p in phases],
            "age_days": [ages[p.age] for p in phases],
        }
    )


def life_cycle(
    orders: pd.DataFrame,
    *,
    as_of: str | dt.date,
    scheme: str = "five",
    mature_orders: int = 4,
    quiet_days: int = 180,
    end_days: int = 365,
    young_days: int = 90,
    settled_days: int = 365,
) -> pd.DataFrame:
    """Cut every customer's history into spells of one phase each.

    The phase of a day follows from what is known that evening: orders so far, days of silence, days since
    the first order. So no phase knows what comes after it.

    Parameters
    ----------
    orders : DataFrame
        An order log, contract ``orders``. A refund (negative amount) is no order.
    as_of : str or date
        The reporting day, inclusive. Later rows are not looked at.
    scheme : {"five", "four"}, default "five"
        Acquisition, growth, maturity, decline, termination (by orders and silence), or exploration,
        formation, stability, degeneration (by time and silence).
    mature_orders : int, default 4
        Orders from which a customer is mature, 3 or more.
    quiet_days, end_days : int, default 180 and 365
        Days of silence after which decline, and after which termination begins.
    young_days, settled_days : int, default 90 and 365
        Days since the first order after which formation, and after which stability begins.

    Returns
    -------
    DataFrame
        One row per spell, sorted by customer and time: ``customer_id``, ``phase`` (ordered category),
        ``phase_zh``, ``start_date``, ``end_date`` (last day, inclusive) and ``days`` (1 or more). The days of
        a customer add up to the days from the first order to `as_of`, both counted; the last row of a
        customer is the phase on the reporting day.

    Raises
    ------
    DataError
        If a column is missing or of the wrong type, nobody has bought by `as_of`, the scheme is unknown or a
        border is out of range.

    References
    ----------
    The names of both schemes are published; neither comes with days. The borders here are our choice.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "a"], "amount_eur": [9.0, 9.0],
    ...     "order_date": pd.to_datetime(["2023-01-01", "2023-12-01"])})
    >>> life_cycle(log, as_of="2023-12-31")[["phase", "days"]].values.tolist()
    [['acquisition', 181], ['decline', 153], ['growth', 31]]
    """
    phases = _scheme(scheme)
    many, quiet, end, young, old = _borders(mature_orders, quiet_days, end_days, young_days, settled_days)
    check(orders, "orders", columns=["customer_id", "order_date", "amount_eur"])
    last = pd.Timestamp(engine.day(as_of))
    bought = orders.loc[orders["amount_eur"] >= 0, ["customer_id", "order_date"]]
    bought = bought.assign(day=bought["order_date"].dt.normalize()).query("day <= @last")
    if bought.empty:
        raise DataError(
            f"nobody has bought by {last.date()}. Hint: look at the first and last order_date, and choose "
            f"another day."
        )
    days = bought.groupby(["customer_id", "day"]).size().rename("n").reset_index()
    who = days.groupby("customer_id")
    day = (days["day"] - last).dt.days.to_numpy()  # 0 is the reporting day, the past is negative
    first = who["day"].transform("min")
    born = (first - last).dt.days.to_numpy()
    stop = who["day"].shift(-1)
    stop = np.where(stop.isna(), 1, (stop - last).dt.days.fillna(0)).astype(np.int64)  # first day not in it
    so_far = who["n"].cumsum().to_numpy()
    cuts = [day, day + quiet + 1, day + end + 1, born + young + 1, born + old + 1, stop]
    edges = np.sort(np.clip(np.stack(cuts, axis=1), day[:, None], stop[:, None]), axis=1)
    begin, until = edges[:, :-1].ravel(), edges[:, 1:].ravel()
    row = np.repeat(np.arange(len(day)), edges.shape[1] - 1)[until > begin]
    begin, until = begin[until > begin], until[until > begin]
    facts = pd.DataFrame(
        {
            "orders": _count_class(so_far[row], many),
            "silence": _class(begin - day[row], (quiet, end), SILENCE),
            "age": _class(begin - born[row], (young, old), AGE),
        }
    )
    spells = pd.DataFrame(
        {
            "customer_id": days["customer_id"].to_numpy()[row],
            "phase": _judge(phases, facts),
            "begin": begin,
            "until": until,
        }
    )
    new = (spells["phase"] != spells["phase"].shift()) | (
        spells["customer_id"] != spells["customer_id"].shift()
    )
    spells = spells.groupby(new.cumsum()).agg(
        {"customer_id": "first", "phase": "first", "begin": "min", "until": "max"}
    )
    return pd.DataFrame(
        {
            "customer_id": spells["customer_id"].to_numpy(),
            "phase": pd.Categorical(spells["phase"], [p.name for p in phases], ordered=True),
            "phase_zh": spells["phase"].map({p.name: p.zh for p in phases}).to_numpy(),
            "start_date": last + pd.to_timedelta(spells["begin"].to_numpy(), unit="D"),
            "end_date": last + pd.to_timedelta(spells["until"].to_numpy() - 1, unit="D"),
            "days": (spells["until"] - spells["begin"]).to_numpy(),
        }
    )


def phase_profit(
    spells: pd.DataFrame, orders: pd.DataFrame, costs: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Add up volume, price, cost and profit in each phase.

    Each order, refund and cost belongs to the phase that its customer was in on the evening *before*, so that
    an order does not choose its own phase; a customer's first day belongs to the first phase.

    Parameters
    ----------
    spells : DataFrame
        From `life_cycle`.
    orders : DataFrame
        The order log, with ``margin_eur``. Rows outside the customer's spells are left aside.
    costs : DataFrame, optional
        Costs to serve: ``customer_id``, ``date``, ``cost_eur``. Left out: cost 0.

    Returns
    -------
    DataFrame
        One row per phase: ``phase``, ``customers`` (ever in it), ``customer_years`` (days / 365.25),
        ``n_orders``, ``orders_year`` (volume: orders per customer and year), ``price_eur`` (mean amount of an
        order; missing without one), ``margin_year_eur``, ``cost_year_eur`` and ``profit_year_eur`` (per
        customer and year; refunds taken off) and ``profit_eur`` (in all). Per-year figures are missing for a
        phase that nobody was in.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "a"], "amount_eur": [20.0, 30.0], "margin_eur": [8.0, 12.0],
    ...     "order_date": pd.to_datetime(["2023-01-01", "2023-12-01"])})
    >>> table = phase_profit(life_cycle(log, as_of="2023-12-31"), log)
    >>> table[["phase", "n_orders", "price_eur", "profit_eur"]].values.tolist()[:4]
    [['acquisition', 1, 20.0, 8.0], ['growth', 0, nan, 0.0], ['maturity', 0, nan, 0.0],
    ['decline', 1, 30.0, 12.0]]
    """
    require_columns(spells, ["customer_id", "phase", "start_date", "days"], name="spells")
    require_columns(orders, ["customer_id", "order_date", "amount_eur", "margin_eur"], name="orders")
    phases = list(spells["phase"].cat.categories)
    log = _in_phase(spells, orders.rename(columns={"order_date": "date"}))
    bought = log[log["amount_eur"] >= 0]
    by = spells.groupby("phase", observed=False)
    table = pd.DataFrame(
        {"customers": by["customer_id"].nunique(), "customer_years": by["days"].sum() / 365.25}
    )
    table["n_orders"] = bought.groupby("phase", observed=False).size()
    years = table["customer_years"].where(table["customer_years"] > 0)
    table["orders_year"] = table["n_orders"] / years
    table["price_eur"] = _exact_sum(bought, "amount_eur") / table["n_orders"].where(table["n_orders"] > 0)
    margin, cost = _exact_sum(log, "margin_eur"), 0.0 * years.fillna(0.0)
    if costs is not None:
        require_columns(costs, ["customer_id", "date", "cost_eur"], name="costs")
        cost = _exact_sum(_in_phase(spells, costs), "cost_eur")
    table["margin_year_eur"], table["cost_year_eur"] = margin / years, cost / years
    table["profit_year_eur"], table["profit_eur"] = (margin - cost) / years, margin - cost
    return table.loc[phases].rename_axis("phase").reset_index()


def _in_phase(spells: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Give each event the phase of the evening before; the first day takes the customer's first phase."""
    ends = spells.groupby("customer_id")["start_date"].min().rename("first"), (
        spells.assign(stop=spells["start_date"] + pd.to_timedelta(spells["days"], unit="D"))
        .groupby("customer_id")["stop"].max()
    )  # fmt: skip
    known = events.join(ends[0], on="customer_id").join(ends[1], on="customer_id")
    known = known[(known["date"] >= known["first"]) & (known["date"] < known["stop"])].copy()
    known["eve"] = np.maximum(known["date"].dt.normalize() - pd.Timedelta(days=1), known["first"])
    left = known.assign(eve=known["eve"].astype("datetime64[ns]")).sort_values("eve", kind="stable")
    right = spells[["customer_id", "phase", "start_date"]].astype({"start_date": "datetime64[ns]"})
    return pd.merge_asof(
        left, right.sort_values("start_date", kind="stable"), left_on="eve", right_on="start_date",
        by="customer_id",
    )  # fmt: skip


def _exact_sum(table: pd.DataFrame, money: str) -> pd.Series:
    """Add money up in whole numbers: the order of rows cannot matter."""
    whole: pd.Series = (table[money] * 10_000).round().groupby(table["phase"], observed=False).sum()
    return whole / 10_000


def _judge(rules: tuple[Any, ...], facts: pd.DataFrame) -> Array:
    """Give the name of the one rule that holds for each row of facts."""
    name = np.full(len(facts), "", dtype=object)
    for rule in rules:
        holds = np.ones(len(facts), dtype=bool)
        for column in facts:
            holds &= facts[column].isin(getattr(rule, str(column), facts[column].unique())).to_numpy()
        name[holds] = rule.name
    return name


def _class(values: Array, borders: tuple[float, float], names: tuple[str, ...]) -> Array:
    return np.array(names, dtype=object)[np.searchsorted(borders, values, side="left")]


def _count_class(n_orders: Array, many: int) -> Array:
    return np.select([n_orders == 0, n_orders == 1, n_orders < many], ORDERS[:3], ORDERS[3]).astype(object)


def _prospects(prospects: pd.DataFrame, bought: pd.Series) -> pd.DataFrame:
    require_columns(prospects, ["customer_id", "has_need", "approached"], name="prospects")
    twice = prospects["customer_id"][prospects["customer_id"].duplicated()]
    if len(twice):
        raise DataError(
            f"prospects: {twice.iloc[0]!r} stands in more than one row; allowed is one row per person. "
            'Hint: prospects.drop_duplicates("customer_id")'
        )
    for column in ("has_need", "approached"):
        if prospects[column].isna().any() or not prospects[column].isin([True, False]).all():
            raise DataError(f"prospects: {column!r} must hold True or False only. Hint: fill the gaps first.")
    ids = prospects["customer_id"].astype(bought.dtype)
    return prospects.assign(customer_id=ids)[~ids.isin(bought)].astype({"has_need": bool, "approached": bool})


def _scheme(scheme: str) -> tuple[Phase, ...]:
    if scheme not in SCHEMES:
        raise DataError(f"scheme must be 'five' or 'four'; found {scheme!r}.")
    return SCHEMES[scheme]


def _borders(many: int, quiet: int, end: int, young: int, old: int) -> tuple[int, int, int, int, int]:
    found = (
        _whole("mature_orders", many, 3),
        *(_whole(n, v, 1) for n, v in (("quiet_days", quiet), ("end_days", end))),
        *(_whole(n, v, 1) for n, v in (("young_days", young), ("settled_days", old))),
    )
    for low, high, names in (
        (quiet, end, ("quiet_days", "end_days")), (young, old, ("young_days", "settled_days")),
    ):  # fmt: skip
        if low >= high:
            raise DataError(f"{names[0]} must be less than {names[1]}; found {low} and {high}.")
    return found[0], found[1], found[2], found[3], found[4]


def _whole(name: str, value: Any, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise DataError(f"{name} must be a whole number, {low} or more; found {value!r}.")
    return int(value)


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
