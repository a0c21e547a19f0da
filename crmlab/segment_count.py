"""How many segments? Silhouette, BIC, stability under resampling, the gap; and how well two answers agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.segments import checked_features, fit_segments

Array = np.ndarray[Any, np.dtype[Any]]


def segment_agreement(one: pd.Series, other: pd.Series) -> float:
    r"""Give the adjusted Rand index of two groupings of the same customers (调整兰德指数).

    Of all pairs of customers, how many are together in both or apart in both, less what chance would give:
    1 for the same grouping under any names, about 0 for groupings that have nothing to do with each other.

    Parameters
    ----------
    one, other : Series
        A segment for each customer, ``customer_id`` in the index; customers in both are compared.

    Returns
    -------
    float
        At most 1; negative when they agree less than by chance.

    Raises
    ------
    DataError
        If fewer than two customers are in both.

    References
    ----------
    Hubert, L., Arabie, P. (1985). Comparing partitions. *Journal of Classification* 2, 193-218.
    doi:10.1007/BF01908075

    Examples
    --------
    >>> ids = list("abcd")
    >>> segment_agreement(pd.Series([1, 1, 2, 2], index=ids), pd.Series(["x", "x", "y", "y"], index=ids))
    1.0
    >>> segment_agreement(pd.Series([1, 1, 2, 2], index=ids), pd.Series([1, 2, 1, 2], index=ids))
    -0.5
    """
    both = one.index.intersection(other.index)
    if len(both) < 2:
        raise DataError(
            f"two customers or more must be in both groupings; found {len(both)}. "
            f"Hint: both need customer_id as index."
        )
    return _agreement(one.loc[both].to_numpy(), other.loc[both].to_numpy())


def _agreement(one: Array, other: Array) -> float:
    a, b = (pd.factorize(x)[0].astype(np.int64) for x in (one, other))
    cells = np.bincount(a * (b.max() + 1) + b).astype(float)

    def pairs(counts: Array) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    together, rows, columns = pairs(cells), pairs(np.bincount(a) * 1.0), pairs(np.bincount(b) * 1.0)
    chance = rows * columns / pairs(np.array([float(len(a))]))
    best = (rows + columns) / 2
    return 1.0 if best == chance else round((together - chance) / (best - chance), 12)


def count_segments(
    features: pd.DataFrame,
    *,
    ks: Iterable[int] = range(2, 9),
    repeats: int = 10,
    most: int = 2000,
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Hold several numbers of segments against three yardsticks (该分几类).

    Parameters
    ----------
    features : DataFrame
        From `scaled_features`: one row per customer, ``customer_id`` in the index.
    ks : whole numbers, default 2 to 8
        Numbers of segments to try, each 2 or more and below the number of different customers.
    repeats : int, default 10
        Pairs of bootstrap samples for the stability, 2 or more.
    most : int, default 2000
        At most so many customers, drawn by lot, are used: 50 or more.
    rng : int or Generator, default 0
        Seed of the draws and of the starts.

    Returns
    -------
    DataFrame
        One row per k: ``k``; ``within`` (k-means: sum of squared distances to the own centre, per
        customer; falls with k always); ``silhouette`` (轮廓系数, -1 to 1, high is good: own segment near,
        next one far); ``bic`` (of the Gaussian mixture, per customer, low is good); ``stability`` (mean
        adjusted Rand index of k-means fitted to two bootstrap samples and applied to all; 1: always the
        same) and ``stability_low`` (the lowest tenth).

    Raises
    ------
    DataError
        If a setting is out of range or a feature is missing.

    References
    ----------
    Rousseeuw, P. J. (1987). Silhouettes. *Journal of Computational and Applied Mathematics* 20, 53-65.
    doi:10.1016/0377-0427(87)90125-7

    Hennig, C. (2007). Cluster-wise assessment of cluster stability. *Computational Statistics & Data
    Analysis* 52(1), 258-271. doi:10.1016/j.csda.2006.11.025

    Examples
    --------
    >>> x = np.concatenate([np.linspace(0, 1, 40), np.linspace(10, 11, 40)])
    >>> features = pd.DataFrame({"x": x}, index=[f"c{i:02d}" for i in range(80)])
    >>> table = count_segments(features, ks=[2, 3], repeats=3)
    >>> int(table.loc[table["silhouette"].idxmax(), "k"]), float(table["stability"].iloc[0])
    (2, 1.0)
    """
    from sklearn.metrics import silhouette_score

    wanted = sorted({int(k) for k in ks})
    if not wanted or wanted[0] < 2:
        raise DataError(
            f"ks must be whole numbers of 2 or more; found {list(wanted)!r}. Hint: ks=range(2, 9)"
        )
    _at_least("repeats", repeats, 2)
    _at_least("most", most, 50)
    checked_features(features, wanted[-1] + 1)
    g = np.random.default_rng(rng)
    matrix = features.iloc[np.argsort(features.index.to_numpy().astype(str), kind="stable")].to_numpy(float)
    if len(matrix) > most:
        matrix = matrix[np.sort(g.choice(len(matrix), most, replace=False))]
    n = len(matrix)
    draws = [g.integers(0, n, n) for _ in range(2 * repeats)]
    rows = []
    for k in wanted:
        centres = fit_segments(matrix, k, "k-means", g)
        mixture = fit_segments(matrix, k, "mixture", g)
        same = [
            _agreement(*(_fit_part(matrix, draws[i + side], k, g) for side in (0, 1)))
            for i in range(0, 2 * repeats, 2)
        ]
        rows.append(
            {
                "k": k,
                "within": centres.inertia_ / n,
                "silhouette": float(silhouette_score(matrix, centres.labels_)),
                "bic": float(mixture.bic(matrix)) / n,
                "stability": float(np.mean(same)),
                "stability_low": float(np.quantile(same, 0.1)),
            }
        )
    return pd.DataFrame(rows)


def _fit_part(matrix: Array, drawn: Array, k: int, g: np.random.Generator) -> Array:
    """Cluster a bootstrap sample and put everybody to the nearest of its centres."""
    part = matrix[drawn]
    if len(np.unique(part, axis=0)) < k:  # too few different customers were drawn
        part = matrix
    found: Array = fit_segments(part, k, "k-means", g, starts=3).predict(matrix)
    return found


def gap_statistic(
    features: pd.DataFrame,
    *,
    ks: Iterable[int] = range(1, 9),
    references: int = 10,
    most: int = 2000,
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    r"""Ask whether the data clusters better than a cloud without segments (间隔统计量).

    The reference is an even cloud in the box along the data's principal axes. :math:`Gap(k)` is the mean of
    :math:`\ln W_k` over the references less :math:`\ln W_k` of the data, with :math:`W_k` the sum of squared
    distances to the own centre. The rule of the paper takes the smallest k with
    :math:`Gap(k) \ge Gap(k + 1) - s_{k+1}`.

    Parameters
    ----------
    features : DataFrame
        From `scaled_features`.
    ks : whole numbers, default 1 to 8
        Numbers of segments to try, without a gap between them, from 1.
    references : int, default 10
        Clouds to compare with, 2 or more.
    most : int, default 2000
        At most so many customers, drawn by lot, are used: 50 or more.
    rng : int or Generator, default 0
        Seed.

    Returns
    -------
    DataFrame
        One row per k: ``k``, ``gap``, ``error`` (the paper's s) and ``chosen`` (True for the k that the
        rule takes; the last one if none meets it).

    Raises
    ------
    DataError
        If a setting is out of range or a feature is missing.

    References
    ----------
    Tibshirani, R., Walther, G., Hastie, T. (2001). Estimating the number of clusters in a data set via
    the gap statistic. *Journal of the Royal Statistical Society B* 63(2), 411-423.
    doi:10.1111/1467-9868.00293

    Examples
    --------
    >>> x = np.concatenate([np.linspace(0, 1, 40), np.linspace(10, 11, 40)])
    >>> features = pd.DataFrame({"x": x, "y": np.tile(x[:40], 2)}, index=[f"c{i:02d}" for i in range(80)])
    >>> table = gap_statistic(features, ks=range(1, 4), references=5)
    >>> table.loc[table["chosen"], "k"].tolist()
    [2]
    """
    wanted = sorted({int(k) for k in ks})
    if wanted != list(range(1, len(wanted) + 1)) or len(wanted) < 2:
        raise DataError(f"ks must be 1, 2, ... without a gap; found {list(wanted)!r}. Hint: ks=range(1, 9)")
    _at_least("references", references, 2)
    _at_least("most", most, 50)
    checked_features(features, wanted[-1])
    g = np.random.default_rng(rng)
    matrix = features.iloc[np.argsort(features.index.to_numpy().astype(str), kind="stable")].to_numpy(float)
    if len(matrix) > most:
        matrix = matrix[np.sort(g.choice(len(matrix), most, replace=False))]
    centred = matrix - matrix.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    turned = centred @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)

    def spread(points: Array) -> Array:
        return np.log([fit_segments(points, k, "k-means", g, starts=3).inertia_ + 1e-12 for k in wanted])

    clouds = np.array([spread(g.uniform(low, high, turned.shape)) for _ in range(references)])
    gap = clouds.mean(axis=0) - spread(turned)
    error = clouds.std(axis=0) * np.sqrt(1 + 1 / references)
    meets = gap[:-1] >= gap[1:] - error[1:]
    chosen = int(np.argmax(meets)) if meets.any() else len(wanted) - 1
    return pd.DataFrame({"k": wanted, "gap": gap, "error": error, "chosen": np.arange(len(wanted)) == chosen})


def _at_least(name: str, value: int, low: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise DataError(f"{name} must be a whole number of {low} or more; found {value!r}.")
