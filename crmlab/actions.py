"""Five actions for an unprofitable customer, in order, and what each is worth under stated assumptions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

ORDER = ("reassess", "educate", "renegotiate", "migrate", "end")
_COLUMNS = [
    "action", "action_zh", "touches", "saving_low", "saving_high", "leave_low", "leave_high",
    "one_off_low", "one_off_high", "spill_low", "spill_high",
]  # fmt: skip
_EFFECTS = (  # touches: the cost that the action lowers; spill: churn of one linked customer, share a month
    ("reassess", "重新评估", "contact", 0.00, 0.25, 0.00, 0.00, 3, 8, 0, 0),
    ("educate", "教育", "contact", 0.30, 0.60, 0.02, 0.06, 4, 10, 0, 0),
    ("renegotiate", "重新谈判", "all", 0.20, 0.50, 0.05, 0.15, 8, 20, 0, 0),
    ("migrate", "迁移", "contact", 0.60, 0.80, 0.05, 0.20, 5, 15, 0, 0),
    ("end", "终止", "all", 1.00, 1.00, 1.00, 1.00, 3, 8, 0.0005, 0.0030),
)
Array = np.ndarray[Any, np.dtype[Any]]
_NEED = ["customer_id", "margin_eur", "contact_eur", "cost_eur"]


def action_effects() -> pd.DataFrame:
    """Give the assumed effects of the five actions, in the order in which they should be tried.

    Returns
    -------
    DataFrame
        One row per action: ``action``, ``action_zh``, ``touches`` ("contact" or "all" cost),
        ``saving_low``, ``saving_high`` (share of that cost that goes), ``leave_low``, ``leave_high`` (chance
        that the customer goes), ``one_off_low``, ``one_off_high`` (EUR per customer), ``spill_low``,
        ``spill_high`` (extra chance per month that one other customer, who hears of it, leaves).

    Notes
    -----
    **These are assumptions, not measurements.** The five steps and their order are those of Mittal, Sarkees,
    Murshed (2008); the ranges are ours. Change them: ``effects.loc[1, "leave_high"] = 0.2``.

    References
    ----------
    Mittal, V., Sarkees, M., Murshed, F. (2008). The right way to manage unprofitable customers. Harvard
    Business Review, April 2008, 94 ff.

    Examples
    --------
    >>> action_effects()["action"].tolist()
    ['reassess', 'educate', 'renegotiate', 'migrate', 'end']
    """
    table = pd.DataFrame(_EFFECTS, columns=_COLUMNS)
    numbers = table.columns[3:]
    return table.astype(dict.fromkeys(numbers, float))


def action_values(
    customers: pd.DataFrame,
    *,
    effects: pd.DataFrame | None = None,
    avoidable_share: float = 0.7,
    linked_profit_eur: float = 0.0,
) -> pd.DataFrame:
    r"""Give the expected change of next year's profit, per customer and action, against doing nothing.

    With margin :math:`m`, cost :math:`c`, the part :math:`t` of it that the action touches, the saving
    :math:`s`, the chance :math:`l` that the customer leaves, the avoidable share :math:`v` and the one-off
    cost :math:`k`:

    .. math:: v\,[l c + (1 - l) s t] - l m - k - 12\,b\,p

    where :math:`b` is the monthly extra churn of one linked customer of profit :math:`p`. Effects are
    independent, so their means give the expectation.

    Parameters
    ----------
    customers : DataFrame
        Expected for next year if nothing is done: ``customer_id``, ``margin_eur``, ``contact_eur`` and
        ``cost_eur`` (all activities, contacts among them), in EUR a year.
    effects : DataFrame, optional
        As `action_effects` gives them.
    avoidable_share : float, default 0.7
        Share of a cost that truly goes when the activity goes, 0 to 1; the rest are salaries and rooms that
        stay.
    linked_profit_eur : float, default 0
        Yearly profit of the customer who may hear of an ending, 0 or more.

    Returns
    -------
    DataFrame
        ``customer_id``, a column per action in EUR, ``best_action`` ("nothing" if none is above 0; the
        earlier one of two equals) and ``best_eur`` (0 or more).

    Raises
    ------
    DataError
        If a column is missing or a number is out of range.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"], "margin_eur": [100.0, 0.0],
    ...     "contact_eur": [150.0, 10.0], "cost_eur": [150.0, 10.0]})
    >>> action_values(customers)[["customer_id", "educate", "end", "best_action"]].round(2)
      customer_id  educate  end best_action
    0           a    38.56 -0.5     migrate
    1           b    -3.70  1.5         end
    """
    low_high, facts = _checked(customers, effects, avoidable_share, linked_profit_eur)
    mean = {k: (low + high) / 2 for k, (low, high) in low_high.items()}
    value = _value(facts[:, :, None], mean, _touch(effects), avoidable_share, linked_profit_eur)
    names = _used(effects)["action"].tolist()
    table = pd.DataFrame(value, columns=names)
    table.insert(0, "customer_id", customers["customer_id"].to_numpy())
    best = value.max(axis=1)
    action = np.where(best > 0, np.array(names, dtype=object)[value.argmax(axis=1)], "nothing")
    return table.assign(best_action=action, best_eur=np.maximum(best, 0.0))


def action_draws(
    customers: pd.DataFrame,
    plan: pd.Series,
    *,
    effects: pd.DataFrame | None = None,
    avoidable_share: float = 0.7,
    linked_profit_eur: float = 0.0,
    draws: int = 1000,
    rng: int | np.random.Generator,
) -> pd.DataFrame:
    """Draw the effects, and the customers themselves, many times: what each blanket action and a plan bring.

    In each draw every effect takes a value between its low and its high end, the same for all customers, and
    the customers are drawn anew with replacement.

    Parameters
    ----------
    customers : DataFrame
        As for `action_values`.
    plan : Series
        One action (or "nothing") per row of `customers`, in the same order.
    effects, avoidable_share, linked_profit_eur
        As for `action_values`.
    draws : int, default 1000
        10 to 20,000.
    rng : int or numpy.random.Generator
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per draw: a column per action (all customers get it), ``plan`` (each gets their own), all in
        EUR against doing nothing, and ``best_blanket`` (the blanket action that brings most in this draw, or
        "nothing").

    Raises
    ------
    DataError
        If a column is missing, the plan does not fit, or a number is out of range.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"], "margin_eur": [100.0, 0.0],
    ...     "contact_eur": [150.0, 10.0], "cost_eur": [150.0, 10.0]})
    >>> drawn = action_draws(customers, pd.Series(["migrate", "end"]), draws=200, rng=1)
    >>> drawn.columns.tolist()
    ['reassess', 'educate', 'renegotiate', 'migrate', 'end', 'plan', 'best_blanket']
    """
    low_high, facts = _checked(customers, effects, avoidable_share, linked_profit_eur)
    names = _used(effects)["action"].tolist()
    if len(plan) != len(customers) or not set(plan) <= {*names, "nothing"}:
        raise DataError(f"plan must name one of {', '.join(names)} or nothing for each of the customers.")
    if isinstance(draws, bool) or not isinstance(draws, int) or not 10 <= draws <= 20_000:
        raise DataError(f"draws must be a whole number from 10 to 20,000; found {draws!r}.")
    g = np.random.default_rng(rng)
    n = len(facts)
    effect = {k: low + (high - low) * g.random((draws, len(low))) for k, (low, high) in low_high.items()}
    chosen = plan.to_numpy()
    groups = np.column_stack([np.ones(n, dtype=bool), *(chosen == name for name in names)])
    member = np.concatenate([facts * groups[:, [k]] for k in range(groups.shape[1])], axis=1)
    totals = np.empty((draws, member.shape[1]))
    for i in range(draws):  # the customers anew: how often each of them is drawn
        totals[i] = np.bincount(g.integers(0, n, n), minlength=n) @ member
    sums = totals.reshape(draws, groups.shape[1], facts.shape[1])
    knobs = (_touch(effects), avoidable_share, linked_profit_eur)
    table = pd.DataFrame(_value(sums[:, 0, :, None], effect, *knobs), columns=names)
    own = np.zeros(draws)
    for k in range(len(names)):
        own += _value(sums[:, k + 1, :, None], effect, *knobs)[:, k]
    best = table.max(axis=1)
    return table.assign(plan=own, best_blanket=np.where(best > 0, table.idxmax(axis=1), "nothing"))


def _value(facts: Array, effect: dict[str, Array], touch: Array, avoidable: float, linked: float) -> Array:
    """Value by row and action; `facts` holds margin, contact cost, all cost and the number of customers."""
    margin, contact, cost, people = (facts[:, j] for j in range(4))
    touched = np.where(touch, contact, cost)
    saved = effect["leave"] * cost + (1 - effect["leave"]) * effect["saving"] * touched
    lost = effect["leave"] * margin + people * (effect["one_off"] + 12 * effect["spill"] * linked)
    return np.asarray(avoidable * saved - lost)


def _used(effects: pd.DataFrame | None) -> pd.DataFrame:
    return action_effects() if effects is None else effects


def _touch(effects: pd.DataFrame | None) -> Array:
    return np.asarray(_used(effects)["touches"] == "contact")


def _checked(
    customers: pd.DataFrame, effects: pd.DataFrame | None, avoidable: float, linked: float
) -> tuple[dict[str, tuple[Array, Array]], Array]:
    """Check everything; give the ends of each effect by action, and the customers as numbers."""
    require_columns(customers, _NEED, name="customers")
    used = _used(effects)
    require_columns(used, _COLUMNS, name="effects")
    if not 0 <= avoidable <= 1:
        raise DataError(f"avoidable_share must be between 0 and 1; found {avoidable!r}.")
    if not 0 <= linked < np.inf:
        raise DataError(f"linked_profit_eur must be 0 or more; found {linked!r}.")
    facts = customers[["margin_eur", "contact_eur", "cost_eur"]].to_numpy(dtype=float)
    if not len(facts) or not np.isfinite(facts).all():
        raise DataError("customers must have rows, and margin_eur, contact_eur and cost_eur in each of them.")
    low_high = {}
    for name in ("saving", "leave", "one_off", "spill"):
        low, high = (used[f"{name}_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
        top = np.inf if name == "one_off" else 1.0
        bad = ~((low >= 0) & (low <= high) & (high <= top))
        if bad.any():
            which = used.loc[bad, "action"].iloc[0]
            raise DataError(
                f"effects: {name}_low of {which!r} must be 0 or more and at most {name}_high"
                f"{'' if top == np.inf else ', which is at most 1'}."
            )
        low_high[name] = (low, high)
    return low_high, np.column_stack([facts, np.ones(len(facts))])
