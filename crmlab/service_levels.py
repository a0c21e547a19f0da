"""Which customer gets which level of service when the hours are short."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.contracts import DataError, require_columns


def service_plan(
    table: pd.DataFrame, levels: pd.DataFrame, *, hours: float, by: str = "value_eur"
) -> pd.DataFrame:
    r"""Give each customer one level of service so that the gain is largest and the hours suffice.

    .. math:: \max \sum_{ij} v_i\, l_j\, x_{ij} \quad\text{with}\quad \sum_j x_{ij} = 1,\;
              \sum_{ij} h_j x_{ij} \le H,\; x_{ij} \ge 0

    solved by SciPy's ``linprog`` (HiGHS). With one limit on the hours, at most one customer is divided
    between two levels; that customer gets the one with fewer hours, so the plan lies below the bound by
    less than one customer's gain.

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``customer_id`` and `by`, the margin that a level of service lifts (EUR).
        Below 0 counts as 0: there is nothing to lift.
    levels : DataFrame
        One row per level: ``level`` (name), ``hours`` (per customer and year, 0 or more) and
        ``lift_share`` (0 or more: by which share the level raises the margin). One level must need no hours.
    hours : float
        The hours there are in a year, 0 or more.
    by : str, default "value_eur"
        Column with the margin.

    Returns
    -------
    DataFrame
        One row per customer, in the order of `table`: ``customer_id``, ``level``, ``hours`` and ``gain_eur``
        (margin times lift). ``attrs["hour_value_eur"]`` is what one hour more would bring (the dual value
        of the limit), ``attrs["bound_eur"]`` the gain that no plan can exceed.

    Raises
    ------
    DataError
        If a column is missing, a number is out of range, or no level is without hours.

    References
    ----------
    Sinha, P., Zoltners, A. A. (1979). The multiple-choice knapsack problem. Operations Research 27(3),
    503-515.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "value_eur": [1000.0, 300.0, 50.0]})
    >>> levels = pd.DataFrame({"level": ["self", "named", "manager"], "hours": [0.0, 1.0, 4.0],
    ...                        "lift_share": [0.0, 0.06, 0.15]})
    >>> plan = service_plan(table, levels, hours=5.5)
    >>> plan["level"].tolist(), round(plan.attrs["hour_value_eur"])
    (['manager', 'named', 'self'], 9)
    """
    from scipy import sparse
    from scipy.optimize import linprog

    value, need, lift = _values(table, by), *_levels(levels)
    if not (isinstance(hours, int | float) and 0 <= hours < np.inf):
        raise DataError(f"hours must be a number, 0 or more; found {hours!r}.")
    n, k = len(value), len(need)
    gain = value[:, None] * lift
    solved = linprog(
        -gain.ravel(),
        A_ub=sparse.csr_matrix(np.tile(need, n)[None]),
        b_ub=[hours],
        A_eq=sparse.kron(sparse.eye(n), np.ones((1, k)), format="csr"),
        b_eq=np.ones(n),
        bounds=(0, 1),
        method="highs",
    )
    share = solved.x.reshape(n, k)
    whole = share.max(axis=1) > 1 - 1e-7
    fewest = np.where(share > 1e-9, need, np.inf).argmin(axis=1)  # of a divided customer's two levels
    chosen = np.where(whole, share.argmax(axis=1), fewest)
    plan = pd.DataFrame(
        {
            "customer_id": table["customer_id"].to_numpy(),
            "level": levels["level"].to_numpy()[chosen],
            "hours": need[chosen],
            "gain_eur": gain[np.arange(n), chosen],
        },
        index=table.index,
    )
    plan.attrs = {"hour_value_eur": float(-solved.ineqlin.marginals[0]), "bound_eur": float(-solved.fun)}
    return plan


def grade_plan(
    table: pd.DataFrame,
    levels: pd.DataFrame,
    *,
    hours: float,
    rule: dict[str, str],
    by: str = "value_eur",
    rank: str = "grade_rank",
) -> pd.DataFrame:
    """Give each grade its level, from the best customer down, until the hours are used up.

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``customer_id``, ``grade``, `by` and `rank` (1 is best).
    levels, hours
        As in `service_plan`.
    rule : dict
        Grade to level, such as ``{"key": "manager", "ordinary": "named", "small": "self"}``.
    by, rank : str
        Columns with the margin and the place in the queue. Equal ranks: by ``customer_id``.

    Returns
    -------
    DataFrame
        As `service_plan`, without ``attrs``. For whom the hours do not suffice the level without hours.

    Raises
    ------
    DataError
        As `service_plan`, or if a grade has no level.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "value_eur": [1000.0, 300.0, 50.0],
    ...                       "grade": ["ordinary", "key", "small"], "grade_rank": [2, 1, 3]})
    >>> levels = pd.DataFrame({"level": ["self", "manager"], "hours": [0.0, 4.0], "lift_share": [0.0, 0.15]})
    >>> rule = {"key": "manager", "ordinary": "manager", "small": "self"}
    >>> grade_plan(table, levels, hours=4, rule=rule)["level"].tolist()
    ['self', 'manager', 'self']
    """
    require_columns(table, ["grade", rank], name="table")
    value, need, lift = _values(table, by), *_levels(levels)
    names = levels["level"].tolist()
    for grade in table["grade"].unique():
        if rule.get(grade) not in names:
            raise DataError(
                f"rule gives the grade {grade!r} the level {rule.get(grade)!r}; allowed: {', '.join(names)}."
            )
    wanted = table["grade"].map({grade: names.index(level) for grade, level in rule.items()}).to_numpy()
    queue = table.reset_index(drop=True).sort_values([rank, "customer_id"]).index.to_numpy()
    used = np.cumsum(need[wanted[queue]])
    chosen = np.full(len(table), int(need.argmin()))
    served = queue[used <= hours + 1e-9]
    chosen[served] = wanted[served]
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"].to_numpy(),
            "level": levels["level"].to_numpy()[chosen],
            "hours": need[chosen],
            "gain_eur": value * lift[chosen],
        },
        index=table.index,
    )


def customers_per_arm(*, lift_share: float, mean_eur: float, deviation_eur: float) -> float:
    r"""Say how many customers each arm of an experiment needs to see a lift of the mean.

    .. math:: n = \frac{2\,(1.960 + 0.842)^2\,\sigma^2}{(l\,\mu)^2}

    for a two-sided test at 5 % that finds a true lift in 80 of 100 experiments.

    Parameters
    ----------
    lift_share : float
        The lift to be seen as a share of the mean, above 0; 0.05 is 5 %.
    mean_eur, deviation_eur : float
        Mean (not 0) and standard deviation (above 0) of what a customer brings, EUR.

    Returns
    -------
    float
        Customers in each arm; round up.

    Raises
    ------
    DataError
        If a number is out of range.

    References
    ----------
    Chow, S.-C., Shao, J., Wang, H. (2008). Sample Size Calculations in Clinical Research, 2nd ed.,
    section 3.2.

    Examples
    --------
    >>> round(customers_per_arm(lift_share=0.5, mean_eur=10, deviation_eur=10), 1)
    62.8
    """
    from scipy.stats import norm

    for name, value in (("lift_share", lift_share), ("deviation_eur", deviation_eur)):
        if not value > 0:
            raise DataError(f"{name} must be above 0; found {value!r}.")
    if mean_eur == 0:
        raise DataError("mean_eur must not be 0: a share of nothing cannot be seen.")
    spread = 2 * (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 * deviation_eur**2
    return float(spread / (lift_share * mean_eur) ** 2)


def _values(table: pd.DataFrame, by: str) -> NDArray[np.float64]:
    require_columns(table, ["customer_id", by], name="table")
    value: NDArray[np.float64] = table[by].to_numpy(dtype=float)
    if not np.isfinite(value).all():
        raise DataError(f"{int((~np.isfinite(value)).sum()):,} value(s) of {by!r} are missing or infinite.")
    return np.maximum(value, 0.0)


def _levels(levels: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    require_columns(levels, ["level", "hours", "lift_share"], name="levels")
    need, lift = (levels[name].to_numpy(dtype=float) for name in ("hours", "lift_share"))
    for name, values in (("hours", need), ("lift_share", lift)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise DataError(f"{name} of every level must be 0 or more; found {values.tolist()}.")
    if not (need == 0).any():
        raise DataError(
            "one level must need no hours, for whom the hours do not suffice; "
            f"found hours {need.tolist()}. Hint: add a level 'self-service' with hours 0"
        )
    return need, lift
