"""Whom a call changes: uplift models on a trial by lot, and the Qini curve that judges them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
METHODS = ("two models", "class transformation")


@dataclass(frozen=True)
class UpliftFit:
    """A fitted uplift model.

    Attributes
    ----------
    method : str
        "two models" or "class transformation".
    features : tuple of str
        The columns it reads.
    models : tuple
        Its scikit-learn pipelines: one for the treated and one for the others, or a single one.
    """

    method: str
    features: tuple[str, ...]
    models: tuple[Any, ...]


def fit_uplift(
    people: pd.DataFrame, *, features: list[str], treated: str, outcome: str, method: str = "two models"
) -> UpliftFit:
    """Fit what a treatment adds to the chance of a good outcome, on a trial by lot.

    "two models" fits the chance of the outcome once for the treated and once for the others; the uplift is
    the difference. "class transformation" fits one model for Z: 1 for treated people with the outcome
    and for the others without it; with equal chances of treatment the uplift is 2 P(Z = 1) - 1. Rows
    are weighted so that unequal arms count as equal. Both use logistic regression on standardised features.

    Parameters
    ----------
    people : DataFrame
        One row per person of the trial, with the columns named below and no missing value in them.
    features : list of str
        Numeric columns known before the treatment.
    treated, outcome : str
        Columns of True/False (or 1/0); the outcome is the good one, such as "stayed".
    method : str, default "two models"
        Or "class transformation".

    Returns
    -------
    UpliftFit
        For `uplift_scores`.

    Raises
    ------
    DataError
        If a column is missing, an arm is empty, or an arm has only one outcome.

    References
    ----------
    Jaskowski, M., Jaroszewicz, S. (2012). Uplift modeling for clinical trial data. ICML Workshop on Clinical
    Data Analysis. Radcliffe, N. J., Surry, P. D. (1999). Differential response analysis. Credit Scoring VI.

    Examples
    --------
    >>> people = pd.DataFrame({"x": [0, 1] * 40, "called": [0, 0, 1, 1] * 20,
    ...                        "stayed": ([1, 0, 0, 1] * 19) + [0, 1, 1, 0]})
    >>> fit = fit_uplift(people, features=["x"], treated="called", outcome="stayed")
    >>> [bool(u > 0) for u in uplift_scores(fit, pd.DataFrame({"x": [0, 1]}))]
    [False, True]
    """
    if method not in METHODS:
        raise DataError(f"method must be one of {', '.join(METHODS)}; found {method!r}.")
    require_columns(people, [*features, treated, outcome], name="people")
    t, y = people[treated].to_numpy(dtype=bool), people[outcome].to_numpy(dtype=bool)
    for arm, words in ((t, "treated"), (~t, "not treated")):
        if len(set(y[arm])) < 2:
            raise DataError(
                f"among the {words} ({int(arm.sum()):,} people) {outcome!r} does not differ, so nothing "
                f"can be learned. Hint: a longer time after the treatment, or more people."
            )
    x = people[features]
    if method == "two models":
        return UpliftFit(method, tuple(features), (_logistic(x[t], y[t]), _logistic(x[~t], y[~t])))
    weight = np.where(t, 0.5 / t.mean(), 0.5 / (1 - t.mean()))
    return UpliftFit(method, tuple(features), (_logistic(x, y == t, weight),))


def _logistic(x: pd.DataFrame, y: Array, weight: Array | None = None) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=1000))  # strong: it is noisy
    return model.fit(x, y, logisticregression__sample_weight=weight)


def uplift_scores(fit: UpliftFit, people: pd.DataFrame) -> pd.Series:
    """Predict the uplift of each person: the chance of the good outcome with the treatment, less without.

    Parameters
    ----------
    fit : UpliftFit
        From `fit_uplift`.
    people : DataFrame
        With the features of the fit.

    Returns
    -------
    Series
        Uplift, -1 to 1, in the index of `people`.

    Raises
    ------
    DataError
        If a feature is missing.

    Examples
    --------
    >>> people = pd.DataFrame({"x": [0, 1] * 40, "called": [0, 0, 1, 1] * 20, "stayed": [1, 0, 0, 1, 0] * 16})
    >>> fit = fit_uplift(people, features=["x"], treated="called", outcome="stayed",
    ...                  method="class transformation")
    >>> len(uplift_scores(fit, people.head(3)))
    3
    """
    require_columns(people, fit.features, name="people")
    x = people[list(fit.features)]
    chance = [model.predict_proba(x)[:, 1] for model in fit.models]
    score = chance[0] - chance[1] if len(chance) == 2 else 2 * chance[0] - 1
    return pd.Series(score, index=people.index, name="uplift")


def cross_uplift(
    people: pd.DataFrame,
    *,
    features: list[str],
    treated: str,
    outcome: str,
    method: str = "two models",
    folds: int = 5,
    rng: int | np.random.Generator = 0,
) -> pd.Series:
    """Score everybody in a trial with models that have not seen them.

    Parameters
    ----------
    people : DataFrame
        As for `fit_uplift`; every index value once.
    features : list of str
        Numeric columns known before the treatment.
    treated, outcome : str
        Columns of True/False (or 1/0).
    method : str, default "two models"
        As for `fit_uplift`.
    folds : int, default 5
        Parts; each is scored by a model fitted on the others: 2 to 20.
    rng : int or Generator, default 0
        Draws the parts, within the four groups of arm and outcome, in the order of the index: the order of
        rows does not matter.

    Returns
    -------
    Series
        Uplift, in the index of `people`.

    Raises
    ------
    DataError
        As in `fit_uplift`, or if `folds` is out of range.

    Examples
    --------
    >>> people = pd.DataFrame({"x": [0, 1] * 40, "called": [0, 0, 1, 1] * 20, "stayed": [1, 0, 0, 1, 0] * 16})
    >>> len(cross_uplift(people, features=["x"], treated="called", outcome="stayed", folds=2))
    80
    """
    if isinstance(folds, bool) or not isinstance(folds, int) or not 2 <= folds <= 20:
        raise DataError(f"folds must be a whole number from 2 to 20; found {folds!r}.")
    require_columns(people, [*features, treated, outcome], name="people")
    g = np.random.default_rng(rng)
    rows = people.sort_index()
    part = np.empty(len(rows), dtype=int)
    group = 2 * rows[treated].to_numpy(dtype=int) + rows[outcome].to_numpy(dtype=int)
    for value in range(4):
        mine = np.flatnonzero(group == value)
        part[g.permutation(mine)] = np.arange(len(mine)) % folds
    found = pd.Series(0.0, index=rows.index, name="uplift")
    for fold in range(folds):
        fit = fit_uplift(
            rows[part != fold], features=features, treated=treated, outcome=outcome, method=method
        )
        found[part == fold] = uplift_scores(fit, rows[part == fold]).to_numpy()
    return found.reindex(people.index)


def qini_curve(
    people: pd.DataFrame,
    *,
    score: str,
    treated: str,
    outcome: str,
    points: int = 20,
    draws: int = 200,
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Ask a trial what treating the best-scored would have brought, from nobody to everybody (Qini curve).

    Among the best-scored n people, the gain is n x (mean outcome of the treated - mean outcome of the
    others). Radcliffe draws the same for the treated only, that is, times their share. Equal scores share
    their places by lot, on average. The limits are the 2.5 % and 97.5 % points of bootstrap draws of
    people; the scores are taken as given.

    Parameters
    ----------
    people : DataFrame
        One row per person of a trial by lot.
    score : str
        Column to order by, high first.
    treated : str
        Column of True/False (or 1/0).
    outcome : str
        Numeric column, high is good: stayed (0/1) or money.
    points : int, default 20
        Steps from nobody to everybody: 2 to 1000.
    draws : int, default 200
        Bootstrap draws: 20 to 10,000.
    rng : int or Generator, default 0
        Of the draws.

    Returns
    -------
    DataFrame
        One row per step, from 0: ``share`` of the people, ``n``, ``gain`` (in units of the outcome), ``low``,
        ``high`` and ``straight`` (the gain of a list by lot: a straight line to the end of the curve).

    Raises
    ------
    DataError
        If a column is missing, an arm is empty or a number is out of range.

    References
    ----------
    Radcliffe, N. J. (2007). Using Control Groups to Target on Predicted Lift: Building and Assessing Uplift
    Models. Direct Marketing Analytics Journal 1, 14-21.

    Examples
    --------
    >>> people = pd.DataFrame({"u": [4, 4, 3, 3, 2, 2, 1, 1], "called": [1, 0] * 4,
    ...                        "stayed": [1, 0, 1, 1, 1, 1, 0, 1]})
    >>> qini_curve(people, score="u", treated="called", outcome="stayed", points=4)["gain"].tolist()
    [0.0, 2.0, 2.0, 2.0, 0.0]
    """
    require_columns(people, [score, treated, outcome], name="people")
    for name, value, low, high in (("points", points, 2, 1000), ("draws", draws, 20, 10_000)):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise DataError(f"{name} must be a whole number from {low:,} to {high:,}; found {value!r}.")
    rows = (
        people[[score, treated, outcome]]
        .astype(float)
        .sort_values([score, treated, outcome], ascending=False)
    )
    t, y = rows[treated].to_numpy(), rows[outcome].to_numpy()
    if not np.isfinite(rows.to_numpy()).all() or not 0 < t.sum() < len(t):
        raise DataError(
            f"people must hold treated and others, without missing values; "
            f"found {int(np.nansum(t))} treated of {len(t)}."
        )
    s = rows[score].to_numpy()
    edge = np.append(np.flatnonzero(np.diff(s)), len(s) - 1)  # last row of each score
    share = np.linspace(0, 1, points + 1)
    g = np.random.default_rng(rng)
    gain = _gain(t, y, np.ones(len(t)), edge, share)
    drawn = np.array(
        [
            _gain(t, y, np.bincount(g.integers(0, len(t), len(t)), minlength=len(t)), edge, share)
            for _ in range(draws)
        ]
    )
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "share": share, "n": share * len(t), "gain": gain, "low": low, "high": high,
            "straight": share * gain[-1],
        }
    )  # fmt: skip


def _gain(t: Array, y: Array, weight: Array, edge: Array, share: Array) -> Array:
    """Give the gain at each share of the people; people drawn twice weigh two."""
    sums = np.column_stack([weight, weight * t, weight * t * y, weight * (1 - t) * y]).cumsum(axis=0)[edge]
    n, treated, good, good_others = np.vstack([np.zeros(4), sums]).T
    at = share * n[-1]
    n_t, y_t, y_c = (np.interp(at, n, v) for v in (treated, good, good_others))
    n_c = at - n_t
    with np.errstate(divide="ignore", invalid="ignore"):
        found = at * (y_t / n_t - y_c / n_c)
    return np.where((n_t > 1e-9) & (n_c > 1e-9), found, 0.0)


def qini_coefficient(curve: pd.DataFrame) -> float:
    """Give the mean height of a Qini curve over the straight line, for each person of the trial.

    Parameters
    ----------
    curve : DataFrame
        From `qini_curve`: ``share``, ``n``, ``gain``, ``straight``.

    Returns
    -------
    float
        In units of the outcome per person; 0 for a list by lot, negative for a list worse than that.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> curve = pd.DataFrame({"share": [0, 0.5, 1], "n": [0, 5, 10], "gain": [0, 2, 2.0],
    ...                       "straight": [0, 1, 2.0]})
    >>> qini_coefficient(curve)
    0.05
    """
    require_columns(curve, ["share", "n", "gain", "straight"], name="curve")
    above = (curve["gain"] - curve["straight"]).to_numpy()
    return float(np.trapezoid(above, curve["share"]) / curve["n"].iloc[-1])
