"""Who gets what when money and hours are short: one option a customer, greedily or by linear programming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError

Array = np.ndarray[Any, np.dtype[Any]]
NOTHING = "nothing"


@dataclass(frozen=True)
class OfferPlan:
    """A plan: who gets which option, and what it is expected to bring.

    Attributes
    ----------
    choice : Series
        Index ``customer_id``; the option, "nothing" for those left alone.
    gain_eur : float
        Expected gain over nothing, after the cost of sending.
    cost_eur : float
        Money spent on sending.
    bound_eur : float
        No plan can gain more (from the linear programme); missing for a greedy plan.
    budget_price : float
        What one more euro of budget would add; missing for a greedy plan.
    """

    choice: pd.Series
    gain_eur: float
    cost_eur: float
    bound_eur: float
    budget_price: float


def bundle_gains(profits: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Add up what several mails of one offer gain, when each mail tires the customer.

    ``profits[c]`` is the expected profit of one slot after c recent mails. A bundle of m mails uses the slots
    after 0, 1, ... m - 1 mails; the slots that stay empty bring what "nothing" brings after m mails.

    Parameters
    ----------
    profits : sequence of DataFrame
        Customers x offers with "nothing", EUR per slot, for 0, 1, 2 ... recent mails; at least two. With k
        tables, bundles of 1 to k - 1 mails are made for k - 1 slots.

    Returns
    -------
    DataFrame
        Customers x bundles ("guide x1", "guide x2" ...): gain over nothing in all slots, EUR.

    Raises
    ------
    DataError
        If there are fewer than two tables, or their offers differ.

    Examples
    --------
    >>> fresh = pd.DataFrame({"nothing": [1.0], "guide": [3.0]})
    >>> tired = pd.DataFrame({"nothing": [1.0], "guide": [1.5]})
    >>> bundle_gains([fresh, tired, tired])
       guide x1  guide x2
    0       2.0       2.5
    """
    tables = list(profits)
    if len(tables) < 2 or any(list(t.columns) != list(tables[0].columns) for t in tables):
        raise DataError("profits must be two or more tables with the same offers.")
    if NOTHING not in tables[0]:
        raise DataError('profits has no column "nothing".')
    slots = len(tables) - 1
    idle = tables[0][NOTHING]
    out = {}
    for offer in (o for o in tables[0] if o != NOTHING):
        for m in range(1, slots + 1):
            sent = sum((tables[c][offer] for c in range(m)), 0.0 * idle)
            out[f"{offer} x{m}"] = sent + (slots - m) * tables[m][NOTHING] - slots * idle
    return pd.DataFrame(out)


def plan_greedy(
    gains: pd.DataFrame,
    costs: Mapping[str, float],
    *,
    budget_eur: float,
    at_most: Mapping[str, float] | None = None,
    uses: Mapping[str, Mapping[str, float]] | None = None,
) -> OfferPlan:
    """Plan by the best gain per euro first, until the money is gone.

    Parameters
    ----------
    gains : DataFrame
        Customers x options, gain over nothing after the cost of sending, EUR.
    costs : mapping
        Cost of each option per customer, EUR, above 0.
    budget_eur : float
        Money for sending, 0 or more.
    at_most : mapping, optional
        Other limits: their name and size, such as {"calls": 200}.
    uses : mapping, optional
        For each of these limits, how much of it each option uses: {"calls": {"advice x1": 1}}.

    Returns
    -------
    OfferPlan
        Every customer once; bound and price of the budget are missing (NaN).

    Raises
    ------
    DataError
        If an option has no cost above 0, a gain is not finite, a budget or limit is no number of 0 or more,
        or `at_most` and `uses` do not name the same limits.

    Examples
    --------
    >>> gains = pd.DataFrame({"mail": [2.0, 1.0], "call": [5.0, 0.5]}, index=["a", "b"])
    >>> plan_greedy(gains, {"mail": 1.0, "call": 4.0}, budget_eur=4.0).choice.tolist()
    ['mail', 'mail']
    """
    value, cost, need, room = _checked(gains, costs, budget_eur, at_most, uses)
    order = np.argsort(-(value / cost).ravel(), kind="stable")
    left = room.copy()
    taken = np.full(len(value), -1)
    width = value.shape[1]
    for at in order.tolist():
        row, option = divmod(at, width)
        if value[row, option] <= 0:
            break
        if taken[row] < 0 and (need[:, option] <= left + 1e-9).all():
            taken[row] = option
            left -= need[:, option]
    return _plan(gains, value, cost, taken, np.nan, np.nan)


def plan_lp(
    gains: pd.DataFrame,
    costs: Mapping[str, float],
    *,
    budget_eur: float,
    at_most: Mapping[str, float] | None = None,
    uses: Mapping[str, Mapping[str, float]] | None = None,
) -> OfferPlan:
    """Plan all customers at once by linear programming (SciPy's HiGHS).

    Maximise the sum of gains, one option at most for each customer, within budget and limits. At most as many
    customers as there are limits are split between options; each of these gets the best option of theirs
    that still fits, so the plan is whole and lies a little below the bound.

    Parameters
    ----------
    gains, costs, budget_eur, at_most, uses
        As in `plan_greedy`.

    Returns
    -------
    OfferPlan
        With ``bound_eur`` (the programme's optimum) and ``budget_price`` (its shadow price: what one more
        euro would add, EUR).

    Raises
    ------
    DataError
        As `plan_greedy`.

    References
    ----------
    Sinha, P., Zoltners, A. A. (1979). The multiple-choice knapsack problem. Operations Research 27(3),
    503-515. Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical
    Programming Computation 10, 119-142.

    Examples
    --------
    >>> gains = pd.DataFrame({"mail": [2.0, 1.0], "call": [6.0, 0.5]}, index=["a", "b"])
    >>> plan_lp(gains, {"mail": 1.0, "call": 4.0}, budget_eur=4.0).choice.tolist()
    ['call', 'nothing']
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    value, cost, need, room = _checked(gains, costs, budget_eur, at_most, uses)
    n = len(value)
    row, option = np.nonzero(value > 0)
    taken = np.full(n, -1)
    if not len(row):
        return _plan(gains, value, cost, taken, 0.0, 0.0)
    once = csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(n, len(row)))
    limits = csr_array(need[:, option])
    found = linprog(
        -value[row, option], A_ub=vstack([limits, once]), b_ub=np.concatenate([room, np.ones(n)]),
        bounds=(0, 1), method="highs",
    )  # fmt: skip
    if found.status != 0:
        raise DataError(f"the linear programme has no solution: {found.message}")
    share = found.x
    whole = share > 1 - 1e-6
    taken[row[whole]] = option[whole]
    left = room - need[:, option[whole]].sum(axis=1)
    part = np.flatnonzero((share > 1e-6) & ~whole)
    for at in part[np.argsort(-value[row[part], option[part]], kind="stable")].tolist():
        if taken[row[at]] < 0 and (need[:, option[at]] <= left + 1e-9).all():
            taken[row[at]] = option[at]
            left -= need[:, option[at]]
    price = max(float(-found.ineqlin.marginals[0]), 0.0)
    return _plan(gains, value, cost, taken, float(-found.fun), price)


def _checked(
    gains: pd.DataFrame, costs: Mapping[str, float], budget_eur: float, at_most: Any, uses: Any
) -> tuple[Array, Array, Array, Array]:
    options = list(gains.columns)
    bad = [o for o in options if not costs.get(o, 0) > 0]
    if bad or not options:
        raise DataError(
            f"costs must give each option a cost above 0; {bad[0] if bad else 'gains'!r} has none."
        )
    if not 0 <= budget_eur < np.inf:
        raise DataError(f"budget_eur must be 0 or more; found {budget_eur!r}.")
    if gains.isna().any(axis=None):
        raise DataError("gains has missing values.")
    if not np.isfinite(gains.to_numpy(dtype=float)).all():
        raise DataError("gains has values that are not finite.")
    cost = np.array([float(costs[o]) for o in options])
    limits, used = dict(at_most or {}), dict(uses or {})
    for name in sorted(set(limits) ^ set(used)):
        there, lacks = ("at_most", "uses") if name in limits else ("uses", "at_most")
        raise DataError(
            f"{there} names {name!r} and {lacks} does not: a limit needs both, its size and who uses it."
        )
    for name, size in limits.items():
        if not 0 <= size < np.inf:
            raise DataError(f"at_most[{name!r}] must be a number of 0 or more; found {size!r}.")
    need = np.array([cost, *([float(used[k].get(o, 0.0)) for o in options] for k in limits)])
    room = np.array([float(budget_eur), *(float(v) for v in limits.values())])
    return gains.to_numpy(dtype=float), cost, need, room


def _plan(
    gains: pd.DataFrame, value: Array, cost: Array, taken: Array, bound: float, price: float
) -> OfferPlan:
    some = taken >= 0
    names = np.array([*gains.columns, NOTHING], dtype=object)
    choice = pd.Series(names[taken], index=gains.index, name="offer")
    gain = float(value[np.flatnonzero(some), taken[some]].sum())
    return OfferPlan(choice, gain, float(cost[taken[some]].sum()), bound, price)
