"""Whom to contact: response against a control group, break-even, choice under a budget, profit curve."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.pareto import best_first, customer_values

Array = np.ndarray[Any, np.dtype[Any]]


def wilson_interval(successes: Any, trials: Any, *, confidence: float = 0.95) -> tuple[Array, Array]:
    r"""Give Wilson's score interval for a proportion.

    :math:`\bigl(2np + z^2 \pm z\sqrt{z^2 + 4np(1 - p)}\bigr) / \bigl(2(n + z^2)\bigr)`.

    Parameters
    ----------
    successes, trials : int or array-like of int
        Counts; 0 <= successes <= trials.
    confidence : float, default 0.95
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray
        Limits, 0 to 1; missing where there are no trials.

    Raises
    ------
    DataError
        If a count or `confidence` is out of range.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. *Journal
    of the American Statistical Association* 22, 209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> low, high = wilson_interval(0, 20)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0, 0.1611)
    """
    x, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    if not np.all((x >= 0) & (x <= n)):
        raise DataError(
            f"successes must lie between 0 and trials; found {successes!r} of {trials!r}. "
            f"Hint: count each customer once."
        )
    z = NormalDist().inv_cdf(0.5 + _checked_confidence(confidence) / 2)
    n = np.where(n > 0, n, np.nan)
    half = z * np.sqrt(z * z + 4 * x * (1 - x / n))
    low, high = (2 * x + z * z - half) / (2 * (n + z * z)), (2 * x + z * z + half) / (2 * (n + z * z))
    return np.where(x == 0, 0 * low, low), np.where(x == n, 0 * high + 1, high)


def newcombe_interval(
    successes_1: Any, trials_1: Any, successes_2: Any, trials_2: Any, *, confidence: float = 0.95
) -> tuple[Array, Array]:
    r"""Give Newcombe's interval (method 10) for the difference of two independent proportions.

    With the Wilson limits :math:`l_i, u_i` of each :math:`p_i`, the difference :math:`d = p_1 - p_2` lies
    between :math:`d - \sqrt{(p_1 - l_1)^2 + (u_2 - p_2)^2}` and
    :math:`d + \sqrt{(u_1 - p_1)^2 + (p_2 - l_2)^2}`. It stays within -1 and 1 and works for small cells.

    Parameters
    ----------
    successes_1, trials_1, successes_2, trials_2 : int or array-like of int
        Counts of the first and of the second group.
    confidence : float, default 0.95
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray
        Limits of the difference; missing where a group is empty.

    Raises
    ------
    DataError
        As in `wilson_interval`.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    comparison of eleven methods. *Statistics in Medicine* 17, 873-890.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    The paper's example of 56/70 and 48/80:

    >>> low, high = newcombe_interval(56, 70, 48, 80)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0524, 0.3339)
    """
    low_1, high_1 = wilson_interval(successes_1, trials_1, confidence=confidence)
    low_2, high_2 = wilson_interval(successes_2, trials_2, confidence=confidence)
    p_1, p_2 = _share(successes_1, trials_1), _share(successes_2, trials_2)
    return (
        p_1 - p_2 - np.hypot(p_1 - low_1, high_2 - p_2),
        p_1 - p_2 + np.hypot(high_1 - p_1, p_2 - low_2),
    )


def response_table(
    people: pd.DataFrame,
    *,
    by: str | list[str],
    treated: str = "treated",
    outcome: str = "responded",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare the response of contacted and left-out customers, cell by cell (响应率与增量).

    The uplift is what the contact *changed*: the rate among the treated less the rate among the control
    group. It is only a cause if chance decided who was contacted.

    Parameters
    ----------
    people : DataFrame
        One row per customer contacted or held back.
    by : str or list of str
        The column or columns that make the cells ("segment", "rfm_cell").
    treated, outcome : str, default "treated" and "responded"
        Columns of True/False (or 1/0): was contacted; did respond.
    confidence : float, default 0.95
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per cell: `by`, ``customers``, ``treated_n``, ``control_n``, ``rate_treated``,
        ``rate_control``, ``uplift``, ``uplift_low``, ``uplift_high`` (`newcombe_interval`). Rates are
        shares; they are missing where a cell has nobody treated or nobody left out.

    Raises
    ------
    DataError
        If a column is missing or has missing values, a flag is not True/False, or all or none are treated.

    Examples
    --------
    >>> people = pd.DataFrame({"segment": ["Loyal"] * 150, "treated": [True] * 70 + [False] * 80,
    ...     "responded": [True] * 56 + [False] * 14 + [True] * 48 + [False] * 32})
    >>> response_table(people, by="segment").round(4).iloc[0].to_dict()
    {'segment': 'Loyal', 'customers': 150, 'treated_n': 70, 'control_n': 80, 'rate_treated': 0.8,
    'rate_control': 0.6, 'uplift': 0.2, 'uplift_low': 0.0524, 'uplift_high': 0.3339}
    """
    keys, sent = _checked_cells(people, by, treated)
    hit = _flag(people, outcome)
    table = (
        people[keys]
        .assign(customers=1, treated_n=sent, control_n=~sent, hit_1=sent & hit, hit_0=~sent & hit)
        .groupby(keys, as_index=False, observed=True)
        .sum()
    )
    n_1, n_0, x_1, x_0 = (
        table[c].to_numpy(dtype=float) for c in ("treated_n", "control_n", "hit_1", "hit_0")
    )
    low, high = newcombe_interval(x_1, n_1, x_0, n_0, confidence=confidence)
    rate_1, rate_0 = _share(x_1, n_1), _share(x_0, n_0)
    return table.drop(columns=["hit_1", "hit_0"]).assign(
        rate_treated=rate_1, rate_control=rate_0, uplift=rate_1 - rate_0, uplift_low=low, uplift_high=high
    )


def difference_table(
    people: pd.DataFrame,
    *,
    by: str | list[str],
    treated: str = "treated",
    outcome: str = "revenue_eur",
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Compare the mean outcome, money for instance, of contacted and left-out customers by cell.

    The interval is Welch's: :math:`d \pm t_\nu \sqrt{s_1^2/n_1 + s_0^2/n_0}` with Satterthwaite's degrees
    of freedom; no equal variances are assumed. Spending is very skewed: trust it in large cells only.

    Parameters
    ----------
    people : DataFrame
        One row per customer contacted or held back.
    by : str or list of str
        The column or columns that make the cells.
    treated : str, default "treated"
        Column of True/False (or 1/0): was contacted.
    outcome : str, default "revenue_eur"
        Numeric column; customers who bought nothing count with 0.
    confidence : float, default 0.95
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per cell: `by`, ``customers``, ``treated_n``, ``control_n``, ``mean_treated``,
        ``mean_control``, ``uplift`` (difference of the means), ``uplift_low``, ``uplift_high``, in the
        unit of `outcome`. Limits are missing where a group has fewer than two customers.

    Raises
    ------
    DataError
        If a column is missing or has missing values, or all or none are treated.

    References
    ----------
    Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
    variances are involved. *Biometrika* 34, 28-35. doi:10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> people = pd.DataFrame({"segment": "Loyal", "treated": [1, 1, 1, 0, 0, 0],
    ...     "revenue_eur": [10.0, 20.0, 30.0, 5.0, 10.0, 15.0]})
    >>> table = difference_table(people, by="segment").round(2)
    >>> table[["mean_treated", "mean_control", "uplift", "uplift_low", "uplift_high"]].iloc[0].tolist()
    [20.0, 10.0, 10.0, -10.78, 30.78]
    """
    from scipy.special import stdtrit

    keys, sent = _checked_cells(people, by, treated)
    value = _numeric(people, outcome)
    level = _checked_confidence(confidence)
    frame = people[keys].assign(customers=1, treated_n=sent, control_n=~sent)
    frame = frame.assign(mean_1=np.where(sent, value, np.nan), mean_0=np.where(sent, np.nan, value))
    groups = frame.groupby(keys, as_index=False, observed=True)
    table = groups[["customers", "treated_n", "control_n"]].sum()
    spread = groups[["mean_1", "mean_0"]].var()
    mean = groups[["mean_1", "mean_0"]].mean()
    part_1 = spread["mean_1"].to_numpy() / np.where(table["treated_n"] > 1, table["treated_n"], np.nan)
    part_0 = spread["mean_0"].to_numpy() / np.where(table["control_n"] > 1, table["control_n"], np.nan)
    both = part_1 + part_0
    less = part_1**2 / (table["treated_n"] - 1).clip(lower=1) + part_0**2 / (table["control_n"] - 1).clip(
        lower=1
    )
    freedom = np.where(both > 0, both**2 / np.where(less > 0, less, 1), 1)
    half = stdtrit(freedom, 0.5 + level / 2) * np.sqrt(both)
    uplift = (mean["mean_1"] - mean["mean_0"]).to_numpy()
    return table.assign(
        mean_treated=mean["mean_1"],
        mean_control=mean["mean_0"],
        uplift=uplift,
        uplift_low=uplift - half,
        uplift_high=uplift + half,
    )


def break_even_rate(*, cost_eur: float, margin_eur: float) -> float:
    """Give the response rate (or uplift) at which a contact pays for itself (盈亏平衡响应率).

    Parameters
    ----------
    cost_eur : float
        Cost of one contact in EUR, 0 or more.
    margin_eur : float
        Margin of one response in EUR, above 0.

    Returns
    -------
    float
        ``cost_eur / margin_eur``; above 1 means that no response rate pays.

    Raises
    ------
    DataError
        If a number is out of range.

    References
    ----------
    Hughes, A. M. *Strategic Database Marketing*, 4th ed., McGraw-Hill.

    Examples
    --------
    >>> break_even_rate(cost_eur=0.55, margin_eur=22.0)
    0.025
    """
    _at_least_zero(cost_eur, "cost_eur")
    _at_least_zero(margin_eur, "margin_eur", above=True)
    return cost_eur / margin_eur


def choose(
    people: pd.DataFrame,
    *,
    score: str,
    budget_n: int | None = None,
    budget_eur: float | None = None,
    cost_eur: float | None = None,
    at_least: float | None = None,
) -> pd.DataFrame:
    """Choose the customers with the highest score that a budget allows.

    Parameters
    ----------
    people : DataFrame
        One row per customer: ``customer_id`` and the column named in `score`.
    score : str
        Numeric column, high is good. Equal scores are taken in the order of ``customer_id``.
    budget_n : int, optional
        Contacts that can be made, 0 or more. Give either this or `budget_eur`.
    budget_eur : float, optional
        Money for contacts in EUR, 0 or more; needs `cost_eur`.
    cost_eur : float, optional
        Cost of one contact in EUR, above 0; only with `budget_eur`.
    at_least : float, optional
        Take nobody whose score is lower (the break-even rate, say), even if budget is left.

    Returns
    -------
    DataFrame
        The chosen rows of `people`, best first, and ``rank`` (1, 2, ...).

    Raises
    ------
    DataError
        If a column is missing or has missing values, a customer is repeated, or the budget is not given
        in exactly one way.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": list("abcd"), "uplift": [0.02, 0.10, 0.05, 0.10]})
    >>> choose(people, score="uplift", budget_eur=3.30, cost_eur=1.10)["customer_id"].tolist()
    ['b', 'd', 'c']
    """
    values = customer_values(people, score, name="people")
    if (budget_n is None) == (budget_eur is None) or (budget_eur is None) != (cost_eur is None):
        raise DataError(
            f"the budget must be either budget_n or budget_eur with cost_eur; found budget_n={budget_n!r}, "
            f"budget_eur={budget_eur!r}, cost_eur={cost_eur!r}. "
            f"Hint: budget_n=20, or budget_eur=500, cost_eur=1.10."
        )
    if budget_n is not None:
        _at_least_zero(budget_n, "budget_n")
        places = int(budget_n)
    else:
        assert budget_eur is not None and cost_eur is not None
        _at_least_zero(budget_eur, "budget_eur")
        _at_least_zero(cost_eur, "cost_eur", above=True)
        places = int(budget_eur / cost_eur * (1 + 1e-12))
    order, _ = best_first(values, people["customer_id"])
    if at_least is not None:
        order = order[values[order] >= at_least]
    chosen = people.iloc[order[:places]].reset_index(drop=True)
    return chosen.assign(rank=np.arange(1, len(chosen) + 1))


def profit_curve(
    people: pd.DataFrame, *, score: str, cost_eur: float, margin_eur: float, outcome: str = "responded"
) -> pd.DataFrame:
    """Add up the profit of contacting customers from the highest score down.

    Customers of equal score cannot be told apart, so each of them counts with their mean response.

    Parameters
    ----------
    people : DataFrame
        One row per customer: ``customer_id``, the score and the outcome.
    score : str
        Numeric column, high is good.
    cost_eur : float
        Cost of one contact in EUR, 0 or more.
    margin_eur : float
        Margin of one response in EUR, above 0.
    outcome : str, default "responded"
        Responses of each customer: True/False, or a number.

    Returns
    -------
    DataFrame
        n + 1 rows from nobody to everybody: ``n_mailed`` (customers), ``share_mailed`` and
        ``profit_eur`` (cumulative).

    Raises
    ------
    DataError
        If a column is missing or has missing values, a customer is repeated, or a number is out of range.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": list("abcd"), "score": [0.9, 0.1, 0.5, 0.5],
    ...     "responded": [True, False, False, True]})
    >>> profit_curve(people, score="score", cost_eur=1.0, margin_eur=4.0)["profit_eur"].tolist()
    [0.0, 3.0, 4.0, 5.0, 4.0]
    """
    values = customer_values(people, score, name="people")
    responses = _numeric(people, outcome)
    _at_least_zero(cost_eur, "cost_eur")
    _at_least_zero(margin_eur, "margin_eur", above=True)
    order, first = best_first(values, people["customer_id"])
    tie = np.unique(first, return_inverse=True)[1]
    mean = np.bincount(tie, weights=responses[order]) / np.bincount(tie)
    mailed = np.arange(len(order) + 1)
    gained = np.concatenate(([0.0], np.cumsum(mean[tie]))) * margin_eur
    return pd.DataFrame(
        {
            "n_mailed": mailed,
            "share_mailed": mailed / len(order),
            "profit_eur": gained - mailed * cost_eur,
        }
    )


def _share(successes: Any, trials: Any) -> Array:
    n = np.asarray(trials, dtype=float)
    return np.asarray(np.asarray(successes, dtype=float) / np.where(n > 0, n, np.nan))


def _checked_cells(people: pd.DataFrame, by: Any, treated: str) -> tuple[list[str], Array]:
    if not isinstance(people, pd.DataFrame):
        raise DataError(f"people must be a pandas DataFrame; found {type(people).__name__}.")
    keys = [by] if isinstance(by, str) else list(by) if isinstance(by, Iterable) else []
    if not keys:
        raise DataError(f'by must name one column or a list of columns; found {by!r}. Hint: by="segment".')
    require_columns(people, [*keys, treated], name="people")
    if people.empty:
        raise DataError("people has no rows; at least one customer is needed. Hint: look at the filters.")
    for key in keys:
        if people[key].isna().any():
            raise DataError(
                f"people: {int(people[key].isna().sum()):,} row(s) have no {key!r}. "
                f'Hint: people[people["{key}"].notna()], and say how many you took out.'
            )
    sent = _flag(people, treated)
    if sent.all() or not sent.any():
        raise DataError(
            f"people: {treated!r} is {bool(sent[0])} for all {len(people):,} customers; nobody is there to "
            f"compare with. Hint: hold back a control group drawn by lot."
        )
    return keys, sent


def _flag(people: pd.DataFrame, column: str) -> Array:
    require_columns(people, [column], name="people")
    wrong = ~people[column].isin([True, False]).to_numpy(dtype=bool)
    if wrong.any():
        raise DataError(
            f"people: the column {column!r} must hold True or False (or 1 and 0); found "
            f"{people.loc[wrong, column].head(1).tolist()[0]!r} in {int(wrong.sum()):,} row(s). "
            f'Hint: people["{column}"] = people["{column}"] > 0'
        )
    return np.asarray(people[column].to_numpy(dtype=bool))


def _numeric(people: pd.DataFrame, column: str) -> Array:
    require_columns(people, [column], name="people")
    if not pd.api.types.is_numeric_dtype(people[column]):
        raise DataError(
            f"people: the column {column!r} must hold numbers; found {people[column].dtype}. "
            f'Hint: people["{column}"] = pd.to_numeric(people["{column}"])'
        )
    values: Array = people[column].to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        raise DataError(
            f"people: {int(bad.sum()):,} value(s) of {column!r} are missing or infinite. "
            f'Hint: who bought nothing has 0, not a missing value: people["{column}"].fillna(0)'
        )
    return values


def _checked_confidence(confidence: Any) -> float:
    if not isinstance(confidence, int | float | np.number) or not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1; found {confidence!r}. Hint: confidence=0.95.")
    return float(confidence)


def _at_least_zero(value: Any, name: str, *, above: bool = False) -> None:
    good = (
        isinstance(value, int | float | np.number)
        and np.isfinite(value)
        and (value > 0 if above else value >= 0)
    )
    if not good:
        raise DataError(f"{name} must be a number {'above 0' if above else 'of 0 or more'}; found {value!r}.")
