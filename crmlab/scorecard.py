"""A points table for new dealers (信用评分卡): bins, weight of evidence, weights, how well it ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]

BASE_POINTS, BASE_ODDS, DOUBLE = 500, 10, 20  # 500 points: 10 good ones per bad one; 20 points double that


@dataclass(frozen=True)
class Scorecard:
    """A fitted scorecard.

    Attributes
    ----------
    edges : dict
        Numeric criterion to the borders of its bins, from minus to plus infinity.
    table : DataFrame
        One row per bin: ``criterion``, ``bin``, ``good`` and ``bad`` (firms), ``woe`` (weight of evidence)
        and ``points``.
    weights : dict
        Criterion to its coefficient in the logistic regression of *good* on the weights of evidence.
    intercept : float
        Its constant: about the log of goods per bad.
    """

    edges: dict[str, list[float]]
    table: pd.DataFrame
    weights: dict[str, float]
    intercept: float


def fit_scorecard(
    firms: pd.DataFrame,
    *,
    criteria: Sequence[str],
    good: str = "good",
    edges: Mapping[str, Sequence[float]] | None = None,
    seed: int = 0,
) -> Scorecard:
    r"""Fit a scorecard: cut each number into bins, replace bins by evidence, weigh the evidence.

    A shallow decision tree cuts each numeric criterion (``feature_engine``'s ``DecisionTreeDiscretiser``,
    depth 1 or 2 by cross-validation). Each bin gets its weight of evidence 证据权重
    :math:`\ln(\text{share of all goods in it} / \text{share of all bads in it})` (``WoEEncoder``); a bin
    without goods or bads counts as half a firm. A logistic regression (scikit-learn's, lightly shrunk) weighs
    the criteria.

    Parameters
    ----------
    firms : DataFrame
        One row per firm whose outcome is known.
    criteria : sequence of str
        Columns to use; text columns are taken as they are, numbers are binned.
    good : str, default "good"
        Column of True/False: True for a firm that did not fail.
    edges : mapping, optional
        Borders of bins that are settled already (`Scorecard.edges`); no tree is grown then.
    seed : int, default 0
        For the trees, 0 or more.

    Returns
    -------
    Scorecard
        The points table and the weights.

    Raises
    ------
    DataError
        If a column is missing, or there are fewer than two good or two bad firms.

    References
    ----------
    Thomas, L. C. (2000). A survey of credit and behavioural scoring. *International Journal of Forecasting*
    16(2), 149-172. doi:10.1016/S0169-2070(00)00034-0

    Examples
    --------
    >>> firms = pd.DataFrame({"years": [1, 2, 3, 4] * 30, "good": [False, True, True, True] * 30})
    >>> fit_scorecard(firms, criteria=["years"]).table[["bin", "good", "bad"]].values.tolist()
    [['up to 1.5', 0, 30], ['over 1.5', 90, 0]]
    """
    from feature_engine.discretisation import DecisionTreeDiscretiser
    from feature_engine.encoding import WoEEncoder
    from sklearn.linear_model import LogisticRegression

    names = list(criteria)
    require_columns(firms, [*names, good], name="firms")
    outcome = firms[good].astype(bool).astype(int).reset_index(drop=True)
    bads, goods = int((outcome == 0).sum()), int((outcome == 1).sum())
    if min(bads, goods) < 2:
        raise DataError(
            f"a scorecard needs at least two good and two bad firms; found {goods} good and {bads} bad. "
            f"Hint: a longer period, or more firms."
        )
    frame = firms[names].reset_index(drop=True)
    numeric = [c for c in names if pd.api.types.is_numeric_dtype(frame[c])]
    if edges is None:
        edges = {}
        if numeric:
            tree = DecisionTreeDiscretiser(
                bin_output="boundaries", precision=3, variables=list[str | int](numeric), regression=False,
                cv=min(3, bads, goods), scoring="roc_auc", random_state=seed,
                param_grid={"max_depth": [1, 2], "min_samples_leaf": [max(20, len(frame) // 12)]},
            )  # fmt: skip
            tree.fit(frame[numeric].astype(float), outcome)
            edges = {c: [float(f"{e:.5g}") for e in tree.binner_dict_[c]] for c in numeric}
    bins = _bins(frame, names, edges)
    labels = {c: sorted(bins[c].unique()) for c in names}
    codes = pd.DataFrame({c: bins[c].map({b: i for i, b in enumerate(labels[c])}) for c in names})
    encoder = WoEEncoder(
        fill_value=0.5 / min(bads, goods), ignore_format=True
    )  # codes: text is tried as dates
    evidence = encoder.fit_transform(codes, outcome).astype(float)
    fit = LogisticRegression(C=1.0, solver="newton-cholesky").fit(evidence.to_numpy(), outcome)
    weights = {c: float(w) for c, w in zip(names, fit.coef_[0], strict=True)}
    intercept = float(fit.intercept_[0])
    factor = DOUBLE / np.log(2)
    part = (BASE_POINTS - factor * np.log(BASE_ODDS) + factor * intercept) / len(names)
    rows = []
    for c in names:
        size = np.bincount(codes[c], minlength=len(labels[c]))
        right = np.bincount(codes[c], weights=outcome, minlength=len(labels[c])).astype(int)
        order = _labels(edges[c]) if c in edges else labels[c]
        for label in [x for x in order if x in labels[c]]:
            at = labels[c].index(label)
            woe = float(encoder.encoder_dict_[c][at])
            points = round(part + factor * weights[c] * woe)
            rows.append((c, label, int(right[at]), int(size[at] - right[at]), woe, points))
    table = pd.DataFrame(rows, columns=["criterion", "bin", "good", "bad", "woe", "points"])
    return Scorecard({c: list(e) for c, e in edges.items()}, table, weights, intercept)


def score_firms(card: Scorecard, firms: pd.DataFrame) -> pd.DataFrame:
    """Score firms with a scorecard.

    Parameters
    ----------
    card : Scorecard
        From `fit_scorecard`.
    firms : DataFrame
        The criteria, one row per firm.

    Returns
    -------
    DataFrame
        Index as `firms`: ``points`` (whole number, high is good) and ``chance_bad`` (0 to 1, over the period
        that the scorecard was fitted on). A word that was never seen counts as no evidence.

    Raises
    ------
    DataError
        If a criterion is missing.

    Examples
    --------
    >>> firms = pd.DataFrame({"years": [1, 2, 3, 4] * 30, "good": [False, True, True, True] * 30})
    >>> card = fit_scorecard(firms, criteria=["years"])
    >>> score_firms(card, pd.DataFrame({"years": [1, 9]}))["chance_bad"].round(1).tolist()
    [1.0, 0.0]
    """
    names = list(card.weights)
    require_columns(firms, names, name="firms")
    bins = _bins(firms[names], names, card.edges)
    log_odds = np.full(len(firms), card.intercept)
    points = np.zeros(len(firms))
    neutral = (BASE_POINTS + DOUBLE / np.log(2) * (card.intercept - np.log(BASE_ODDS))) / len(names)
    for c in names:
        mine = card.table[card.table["criterion"] == c].set_index("bin")
        log_odds += card.weights[c] * bins[c].map(mine["woe"]).fillna(0.0).to_numpy(dtype=float)
        points += bins[c].map(mine["points"]).fillna(round(neutral)).to_numpy(dtype=float)
    return pd.DataFrame(
        {"points": points.astype("int64"), "chance_bad": 1 / (1 + np.exp(log_odds))}, index=firms.index
    )


def _labels(edges: Sequence[float]) -> list[str]:
    inner = [f"{e:,.10g}" for e in edges[1:-1]]
    if not inner:
        return ["all"]
    between = [f"{a} to {b}" for a, b in pairwise(inner)]
    return [f"up to {inner[0]}", *between, f"over {inner[-1]}"]


def _bins(frame: pd.DataFrame, names: Sequence[str], edges: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    found = {}
    for c in names:
        if c in edges:
            place = np.searchsorted(np.asarray(edges[c][1:-1]), frame[c].to_numpy(dtype=float), side="left")
            found[c] = np.array(_labels(edges[c]), dtype=object)[place]
        else:
            found[c] = frame[c].astype(str).to_numpy(dtype=object)
    return pd.DataFrame(found, index=frame.index)


def ranking_quality(good: Any, score: Any, *, confidence: float = 0.95) -> pd.Series:
    r"""Say how well a score separates good from bad: AUC with its interval, Gini and KS.

    Parameters
    ----------
    good : array-like of bool
        True for a firm that did not fail.
    score : array-like of float
        High is good.
    confidence : float, default 0.95
        Of the interval (DeLong), between 0 and 1.

    Returns
    -------
    Series
        ``auc`` (chance that a good firm scores higher than a bad one; ties count half), ``auc_low``,
        ``auc_high``, ``gini`` (2 AUC - 1) and ``ks`` (largest gap between the two distributions).

    Raises
    ------
    DataError
        If there are fewer than two good or two bad firms.

    References
    ----------
    DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L. (1988). Comparing the areas under two or more
    correlated receiver operating characteristic curves. *Biometrics* 44(3), 837-845. doi:10.2307/2531595

    Examples
    --------
    >>> ranking_quality([True, True, False, True, False], [5, 4, 3, 2, 1]).round(3).tolist()
    [0.833, 0.371, 1.0, 0.667, 0.667]
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    y, s = np.asarray(good, dtype=bool), np.asarray(score, dtype=float)
    m, n = int(y.sum()), int((~y).sum())
    if min(m, n) < 2:
        raise DataError(f"needed: at least two good and two bad firms; found {m} good and {n} bad.")
    rank = rankdata(s)
    of_good = (rank[y] - rankdata(s[y])) / n  # share of the bads below each good
    of_bad = 1 - (rank[~y] - rankdata(s[~y])) / m  # share of the goods above each bad
    auc = float(of_good.mean())
    error = np.sqrt(of_good.var(ddof=1) / m + of_bad.var(ddof=1) / n)
    half = float(ndtri(0.5 + confidence / 2) * error)
    order = np.argsort(s, kind="stable")
    gap = np.cumsum(~y[order]) / n - np.cumsum(y[order]) / m
    last = np.r_[s[order][1:] != s[order][:-1], True]  # only after the last of equals
    return pd.Series({
        "auc": auc, "auc_low": max(0.0, auc - half), "auc_high": min(1.0, auc + half), "gini": 2 * auc - 1,
        "ks": float(np.abs(gap[last]).max()),
    })  # fmt: skip
