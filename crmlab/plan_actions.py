"""Who gets which action, what a budget can pay for, and what the plan is expected to bring, in doubt."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, first_rows, require_columns
from crmlab.customer_plan import Outlook
from crmlab.customer_plan_draws import outlook_draws

Array = np.ndarray[Any, np.dtype[Any]]
GROUPS = ("serve differently", "win back", "keep", "care", "second order", "as now")
BASES = ("service_eur", "lost_eur", "value_eur", "order_margin_eur")
_COLUMNS = ["group", "group_zh", "action", "base", "effect_low", "effect_high", "cost_eur", "status"]
_ASSUMED = (  # the base says what the effect is a share of; every range is ours
    ("serve differently", "改变服务", "a cheaper way to be served", "service_eur", 0.10, 0.40, 6.0),
    ("win back", "挽回", "a letter that asks why", "lost_eur", 0.00, 0.04, 1.1),
    ("keep", "挽留", "a personal call", "value_eur", 0.05, 0.25, 4.0),
    ("care", "关怀", "an hour of a named contact", "value_eur", 0.02, 0.12, 20.0),
    ("second order", "促成二次购买", "a letter after the first order", "order_margin_eur", 0.00, 0.08, 1.1),
)


def plan_assumptions() -> pd.DataFrame:
    """Give the assumed effects of the plan's actions.

    Returns
    -------
    DataFrame
        One row per action: ``group`` and ``group_zh``, ``action``, ``base`` (what the effect is a share of:
        cost to serve ahead, the value of those who have left, value ahead, the margin of one order),
        ``effect_low``, ``effect_high`` (ends of its range; a measured one: of its 95 % interval),
        ``cost_eur`` (per customer) and ``status`` ("assumed"; write "measured" where an experiment says it).

    Notes
    -----
    **These are assumptions.** An order log knows no effects. Change a row and plan again.

    Examples
    --------
    >>> plan_assumptions().set_index("group").loc["keep", "base"]
    'value_eur'
    """
    return pd.DataFrame([(*row, "assumed") for row in _ASSUMED], columns=_COLUMNS)


def plan_groups(
    table: pd.DataFrame,
    *,
    lost_below: float = 0.25,
    risk_below: float = 0.6,
    loss_eur: float = 25.0,
    key_places: int = 100,
) -> pd.DataFrame:
    """Put every customer into exactly one group of the plan, by rules in this order.

    **serve differently**: still here (P(alive) at least `lost_below`) and expected to lose more than
    `loss_eur`, or all that was bought so far left no margin; **win back**: P(alive) below `lost_below`;
    **keep**: below `risk_below`; **care**: of all customers among the best `key_places` by value ahead;
    **second order**: one order so far; **as now**: the others.

    Parameters
    ----------
    table : DataFrame
        As in `Outlook.table`; each customer once.
    lost_below, risk_below : float, default 0.25 and 0.6
        Borders of P(alive), 0 to 1, the first not above the second.
    loss_eur : float, default 25
        Loss ahead that calls for another way of serving, EUR, 0 or more.
    key_places : int, default 100
        How many customers can be graded key.

    Returns
    -------
    DataFrame
        `table` with ``value_rank`` (1 is best; equal values by past margin, then by ``customer_id``),
        ``grade`` ("key" or "other") and ``group`` (one of `GROUPS`).

    Raises
    ------
    DataError
        If a column or a value is missing, a customer stands twice, or a number is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "n_orders": [1, 4, 9], "p_alive": [0.9, 0.4, 0.1],
    ...     "value_eur": [5.0, 9.0, 1.0], "profit_eur": [5.0, 9.0, 1.0], "past_margin_eur": 20.0})
    >>> plan_groups(table, key_places=1)["group"].tolist()
    ['second order', 'keep', 'win back']
    """
    needed = ["customer_id", "n_orders", "p_alive", "value_eur", "profit_eur", "past_margin_eur"]
    require_columns(table, needed, name="table")
    bad = ~np.isfinite(table[needed[1:]].astype(float)).all(axis=1) | table["customer_id"].isna()
    bad |= ~table["p_alive"].between(0, 1) | table["customer_id"].duplicated()
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} customers have a missing or impossible value, or stand twice; "
            f"the first are\n{first_rows(table, bad)}"
        )
    if not 0 <= lost_below <= risk_below <= 1:
        raise DataError(
            f"lost_below and risk_below must rise from 0 to 1; found {lost_below!r} and {risk_below!r}."
        )
    if not loss_eur >= 0 or not key_places >= 0:
        raise DataError(f"loss_eur and key_places must be 0 or more; found {loss_eur!r} and {key_places!r}.")
    ids, so_far = table["customer_id"].to_numpy().astype(str), table["past_margin_eur"].to_numpy(dtype=float)
    order = np.lexsort((ids, -so_far, -table["value_eur"].to_numpy(dtype=float).round(9)))
    rank = np.empty(len(table), dtype=np.int64)
    rank[order] = np.arange(1, len(table) + 1)
    key = (rank <= key_places) & (table["value_eur"] > 0).to_numpy()
    alive = table["p_alive"].to_numpy(dtype=float)
    paid = table["spent_eur"] > 0 if "spent_eur" in table else True  # a gift leaves no margin either
    losing = (table["profit_eur"] < -loss_eur) | (so_far < 0) | ((so_far <= 0) & paid)
    group = np.select(
        [(alive >= lost_below) & losing, alive < lost_below, alive < risk_below, key, table["n_orders"] == 1],
        GROUPS[:-1],
        GROUPS[-1],
    )
    return table.assign(value_rank=rank, grade=np.where(key, "key", "other"), group=group)


def plan_customers(
    grouped: pd.DataFrame, *, budget_eur: float, assumptions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Split a budget over customers and their actions: most gain per euro first, nothing that does not pay.

    A customer's gain is the middle of the effect's range times the base. Since each customer has one possible
    action, the order of gain per euro is the best plan, up to the last customer who does not fit.

    Parameters
    ----------
    grouped : DataFrame
        From `plan_groups`; each customer once.
    budget_eur : float
        To be spent in all, 0 or more.
    assumptions : DataFrame, optional
        As from `plan_assumptions`.

    Returns
    -------
    DataFrame
        `grouped` in its order with ``action`` ("nothing" in the group "as now"), ``cost_eur``, ``gain_eur``
        (expected, before the cost), ``net_eur`` (after it), ``queue`` (1 is first; 0 for whom it does not
        pay; equal ones by past margin if it is there, then by ``customer_id``) and ``chosen``.

    Raises
    ------
    DataError
        If a column or a number is missing, the assumptions do not name each group once, or a number is out of
        range.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "group": "keep", "p_alive": 0.5, "if_alive_eur": 9.0,
    ...     "value_eur": [400.0, 10.0], "service_eur": 0.0, "order_margin_eur": 5.0})
    >>> plan_customers(table, budget_eur=100)[["net_eur", "chosen"]].values.tolist()
    [[56.0, True], [-2.5, False]]
    """
    rules = _rules(assumptions)
    needed = [
        "customer_id",
        "group",
        "p_alive",
        "if_alive_eur",
        "value_eur",
        "service_eur",
        "order_margin_eur",
    ]
    require_columns(grouped, needed, name="grouped")
    bad = ~np.isfinite(grouped[needed[2:]].astype(float)).all(axis=1)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} customers have a missing number; the first are\n{first_rows(grouped, bad)}"
        )
    if not 0 <= budget_eur < np.inf:
        raise DataError(f"budget_eur must be a number, 0 or more; found {budget_eur!r}.")
    unknown = sorted(set(grouped["group"]) - {*rules.index, GROUPS[-1]})
    if unknown:
        raise DataError(f"grouped has the group {unknown[0]!r}, which the assumptions lack.")
    lost = (1 - grouped["p_alive"]) * grouped["if_alive_eur"]
    bases = grouped.assign(lost_eur=lost)[list(BASES)].to_numpy(dtype=float)
    row = rules.index.get_indexer(grouped["group"])
    some = row >= 0
    column = np.array([BASES.index(base) for base in rules["base"]])
    effect = ((rules["effect_low"] + rules["effect_high"]) / 2).to_numpy(dtype=float)
    gain = np.where(some, bases[np.arange(len(row)), column[row]] * effect[row], 0.0)
    cost = np.where(some, rules["cost_eur"].to_numpy(dtype=float)[row], 0.0)
    net = gain - cost
    pays = some & (net > 0)
    ids = grouped["customer_id"].to_numpy().astype(str)
    with np.errstate(divide="ignore"):
        per_euro = np.where(cost > 0, gain / np.where(cost > 0, cost, 1), np.inf)
    so_far = grouped["past_margin_eur"].to_numpy(dtype=float) if "past_margin_eur" in grouped else net
    order = np.lexsort((ids, -so_far, -per_euro.round(9), ~pays))[: int(pays.sum())]
    queue = np.zeros(len(row), dtype=np.int64)
    queue[order] = np.arange(1, len(order) + 1)
    chosen = np.zeros(len(row), dtype=bool)
    chosen[order] = np.cumsum(cost[order]) <= budget_eur + 1e-9
    return grouped.assign(
        action=np.where(some, rules["action"].to_numpy()[row], "nothing"),
        cost_eur=cost, gain_eur=gain, net_eur=net, queue=queue, chosen=chosen,
    )  # fmt: skip


def plan_summary(plan: pd.DataFrame) -> pd.DataFrame:
    """Add the plan up by group.

    Parameters
    ----------
    plan : DataFrame
        From `plan_customers`.

    Returns
    -------
    DataFrame
        One row per group in the order of `GROUPS`, empty ones included: ``group``, ``customers``, ``pays``
        (for how many the action is worth its cost), ``chosen``, ``cost_eur``, ``gain_eur`` and ``net_eur``
        (of those chosen).

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> plan = pd.DataFrame({"group": ["keep", "as now"], "queue": [1, 0], "chosen": [True, False],
    ...     "cost_eur": [4.0, 0.0], "gain_eur": [9.0, 0.0], "net_eur": [5.0, 0.0]})
    >>> plan_summary(plan).query("customers > 0")[["group", "chosen", "net_eur"]].values.tolist()
    [['keep', 1, 5.0], ['as now', 0, 0.0]]
    """
    require_columns(plan, ["group", "queue", "chosen", "cost_eur", "gain_eur", "net_eur"], name="plan")
    sums = plan[plan["chosen"]].groupby("group")[["cost_eur", "gain_eur", "net_eur"]].sum()
    groups = plan.groupby("group")
    counts = pd.DataFrame(
        {
            "customers": groups.size(),
            "pays": groups["queue"].apply(lambda q: int((q > 0).sum())),
            "chosen": groups["chosen"].sum(),
        }
    )
    table = counts.join(sums).reindex(list(GROUPS)).fillna(0.0)
    whole = ["customers", "pays", "chosen"]
    return table.astype(dict.fromkeys(whole, int)).rename_axis("group").reset_index()


def plan_draws(
    plan: pd.DataFrame,
    outlook: Outlook,
    *,
    assumptions: pd.DataFrame | None = None,
    draws: int = 200,
    what: str = "all",
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Simulate what the plan brings: the model's numbers, the customers' chance and the effects all drawn.

    Parameters
    ----------
    plan : DataFrame
        From `plan_customers`, for the customers of ``outlook.table``, in any order.
    outlook : Outlook
        From `customer_outlook`.
    assumptions : DataFrame, optional
        The same as for the plan. An assumed effect is drawn evenly from its range, a measured one from the
        normal distribution whose middle 95 % the range is; each effect is the same for all in one draw.
    draws : int, default 200
        20 to 20,000.
    what : {"all", "customers", "effects"}
        Draw everything; only the model's numbers and the customers, effects at their middle; or only effects.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per draw: ``base_eur`` (margin of all customers without the plan, less the cost to serve), a
        column per group in the assumptions (net gain, EUR) and ``plan_eur`` (their sum).

    Raises
    ------
    DataError
        As for `plan_customers` and `outlook_draws`, for another `what`, or if the customers are others.

    Examples
    --------
    >>> from crmlab.customer_plan import customer_outlook
    >>> log = pd.DataFrame({"customer_id": list("abc"), "amount_eur": [10.0, 20.0, 300.0],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])})
    >>> found = customer_outlook(log, as_of="2024-03-31", margin_rate=0.5)
    >>> plan = plan_customers(plan_groups(found.table, key_places=0), budget_eur=100)
    >>> plan_draws(plan, found, draws=50).columns[[0, -1]].tolist()
    ['base_eur', 'plan_eur']
    """
    rules = _rules(assumptions)
    if what not in ("all", "customers", "effects"):
        raise DataError(f"what must be 'all', 'customers' or 'effects'; found {what!r}.")
    if isinstance(draws, bool) or not isinstance(draws, Integral) or not 20 <= draws <= 20_000:
        raise DataError(f"draws must be a whole number from 20 to 20,000; found {draws!r}.")
    require_columns(plan, ["customer_id", "group", "chosen", "cost_eur", "gain_eur"], name="plan")
    who = outlook.table["customer_id"]
    if not plan["customer_id"].is_unique or set(plan["customer_id"]) != set(who):
        raise DataError("plan must hold each customer of outlook.table once, and nobody else.")
    plan = plan.set_index("customer_id").loc[who].reset_index()  # a sorted plan is the same plan
    random = np.random.default_rng(rng)
    label = plan["group"].where(plan["chosen"], "·")
    rules["middle"] = (rules["effect_low"] + rules["effect_high"]) / 2
    draw_effect = (lambda rule: rule["middle"]) if what == "customers" else _drawer(random)
    if what == "effects":
        expected = {g: float(plan.loc[label == g, "gain_eur"].sum()) for g in rules.index}
        spent = {g: float(plan.loc[label == g, "cost_eur"].sum()) for g in rules.index}
        rows = []
        for _ in range(draws):
            gains = {
                g: expected[g] * (draw_effect(rule) / rule["middle"] if rule["middle"] else 0.0) - spent[g]
                for g, rule in rules.iterrows()
            }
            rows.append({"base_eur": float(outlook.table["profit_eur"].sum()), **gains})
        table = pd.DataFrame(rows)
        return table.assign(plan_eur=table[list(rules.index)].sum(axis=1))
    sums = outlook_draws(outlook, label, draws=draws, rng=random)
    each = sums.groupby("draw")[["margin_eur", "service_eur"]].sum()
    table = pd.DataFrame({"base_eur": each["margin_eur"] - each["service_eur"]})
    for g, rule in rules.iterrows():
        part = sums[sums["group"] == g].set_index("draw")
        here = (label == g).to_numpy()
        if not here.any():
            table[str(g)] = 0.0
            continue
        effects = np.array([draw_effect(rule) for _ in range(draws)])
        table[str(g)] = _gains(rule["base"], effects, part, random) - float(plan.loc[here, "cost_eur"].sum())
    return table.assign(plan_eur=table[list(rules.index)].sum(axis=1))


def _gains(base: str, effects: Array, part: pd.DataFrame, random: np.random.Generator) -> Array:
    """Turn drawn effects into money, with the chance of who answers."""
    if base == "service_eur":
        return np.asarray(effects * part["service_eur"].to_numpy())
    if base == "value_eur":
        return np.asarray(effects * part["margin_eur"].to_numpy())
    people, money = ("lost", "lost_margin_eur") if base == "lost_eur" else ("customers", "order_margin_eur")
    n = part[people].to_numpy(dtype=float)
    answers = random.poisson(np.abs(effects) * n) * np.sign(effects)
    return np.asarray(answers * part[money].to_numpy() / np.maximum(n, 1))


def _drawer(random: np.random.Generator) -> Callable[[Any], float]:
    def draw(rule: Any) -> float:
        low, high = float(rule["effect_low"]), float(rule["effect_high"])
        if rule["status"] == "measured":
            return float(random.normal((low + high) / 2, (high - low) / (2 * 1.96)))
        return float(random.uniform(low, high))

    return draw


def _rules(assumptions: pd.DataFrame | None) -> pd.DataFrame:
    """Hold the assumptions against what a plan needs; index them by group."""
    table = plan_assumptions() if assumptions is None else assumptions
    require_columns(table, _COLUMNS, name="assumptions")
    if not table["group"].is_unique or not set(table["group"]) <= set(GROUPS[:-1]):
        raise DataError(f"assumptions must name each group once, of {', '.join(GROUPS[:-1])}.")
    low, high, cost = (table[c].to_numpy(dtype=float) for c in ("effect_low", "effect_high", "cost_eur"))
    wrong = ~(np.isfinite(low) & (low <= high) & (high < np.inf) & (cost >= 0) & (cost < np.inf))
    wrong |= (high > 1) & table["base"].isin(["service_eur", "lost_eur"]).to_numpy()
    wrong |= ~table["base"].isin(BASES).to_numpy() | ~table["status"].isin(["assumed", "measured"]).to_numpy()
    if wrong.any():
        raise DataError(
            f"the assumptions for {table.loc[wrong, 'group'].iloc[0]!r} must have effect_low up to "
            "effect_high (at most 1 of service_eur and lost_eur), a cost_eur of 0 or more, a base of "
            f"{', '.join(BASES)} and a status of assumed or measured."
        )
    return table.set_index("group").copy()
