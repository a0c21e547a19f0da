"""Segments: features to cluster on, clusters, one label for one meaning, profiles and plain names."""

from __future__ import annotations

import datetime as dt
import functools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.orders import rfm_table
from crmlab.pareto import customer_values

METHODS = ("k-means", "mixture")
Array = np.ndarray[Any, np.dtype[Any]]


def behaviour_table(orders: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """Sum up how each customer buys: when last, how often, and for how much at a time.

    Parameters
    ----------
    orders : DataFrame
        An order log as the contract ``orders`` describes it.
    as_of : str or date
        The reporting day, inclusive.

    Returns
    -------
    DataFrame
        One row per customer with a purchase, sorted by ``customer_id``: ``customer_id``, ``recency_days``
        (0 or more), ``n_orders`` (1 or more) and ``mean_order_eur`` (mean amount of a purchase; refunds
        are left aside).

    Raises
    ------
    DataError
        As in `rfm_table`.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_eur": [10.0, 20.0, 5.0],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-02"])})
    >>> behaviour_table(log, as_of="2024-01-10").values.tolist()
    [['a', 5, 2, 15.0], ['b', 8, 1, 5.0]]
    """
    table = rfm_table(orders[orders["amount_eur"] >= 0] if "amount_eur" in orders else orders, as_of=as_of)
    kept = table[["customer_id", "recency_days", "n_orders"]]
    return kept.assign(mean_order_eur=(table["revenue_eur"] / table["n_orders"]).round(6))


def scaled_features(
    table: pd.DataFrame,
    *,
    columns: Sequence[str],
    log: Sequence[str] = (),
    cut: float = 0.0,
    scale: str = "sd",
) -> pd.DataFrame:
    r"""Make columns comparable, so that no unit decides who is near to whom (标准化).

    In this order: values beyond the quantiles `cut` and 1 - `cut` are set to these quantiles; columns in
    `log` become :math:`\ln(1 + x)`; each column is centred and divided by its spread.

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``customer_id`` and numeric `columns`.
    columns : names
        What to cluster on.
    log : names, default none
        Those of `columns` with a long tail to the right; their values are 0 or more.
    cut : float, default 0
        Share at each end that is pulled in, 0 to 0.25.
    scale : {"sd", "none"}, default "sd"
        Divide by the standard deviation, or leave the units as they are.

    Returns
    -------
    DataFrame
        One row per customer, sorted by ``customer_id``, which is the index; `columns` without a unit
        (mean 0 and standard deviation 1 with "sd"). A column without any spread is 0.

    Raises
    ------
    DataError
        If a column is missing, not numeric or negative where it cannot be, a customer is repeated, or a
        setting is out of range.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["b", "a"], "n_orders": [3, 1], "eur": [10.0, 1000.0]})
    >>> scaled_features(table, columns=["n_orders", "eur"]).values.tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    if scale not in ("sd", "none"):
        raise DataError(f"scale must be 'sd' or 'none'; found {scale!r}.")
    if isinstance(cut, bool) or not isinstance(cut, int | float) or not 0 <= cut <= 0.25:
        raise DataError(f"cut must be a share from 0 to 0.25; found {cut!r}. Hint: cut=0.01")
    if not set(log) <= set(columns):
        odd = sorted(set(log) - set(columns))
        raise DataError(f"log names {odd[0]!r}, which is not one of columns: {', '.join(columns)}.")
    made = {}
    for column in columns:
        values = customer_values(table, column).astype(float)
        if cut:
            values = np.clip(values, *np.quantile(values, [cut, 1 - cut]))
        if column in log:
            if (values < 0).any():
                raise DataError(
                    f"table: {int((values < 0).sum()):,} value(s) of {column!r} are negative, which has no "
                    f"logarithm. Hint: leave {column!r} out of log."
                )
            values = np.log1p(values)
        made[column] = values
    frame = pd.DataFrame(made, index=pd.Index(table["customer_id"], name="customer_id")).sort_index()
    if scale == "none":
        return frame
    spread = frame.std(ddof=0)
    return (frame - frame.mean()) / spread.where(spread > 1e-12, np.inf)


def find_segments(
    features: pd.DataFrame, *, k: int, method: str = "k-means", rng: int | np.random.Generator = 0
) -> pd.Series:
    """Cluster customers into `k` segments (聚类); 1 is the largest.

    k-means (k 均值) puts every customer to the nearest of `k` centres. A Gaussian mixture (高斯混合模型)
    lets each segment have its own width and tilt and gives every customer the likeliest one.

    Parameters
    ----------
    features : DataFrame
        From `scaled_features`: one row per customer, ``customer_id`` in the index.
    k : int
        Number of segments, 1 to the number of different customers.
    method : {"k-means", "mixture"}, default "k-means"
        How to cluster.
    rng : int or Generator, default 0
        Seed of the starting points: the best of five starts is kept (mixture: of two).

    Returns
    -------
    Series
        ``segment``, 1 to at most `k`, by size (equal sizes: the smaller first feature first); the index is
        that of `features`. A mixture may leave a segment empty.

    Raises
    ------
    DataError
        If `k` or `method` cannot be, or a feature is missing or infinite.

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. *IEEE Transactions on Information Theory*
    28(2), 129-137. doi:10.1109/TIT.1982.1056489

    Examples
    --------
    >>> features = pd.DataFrame({"x": [0.0, 0.1, 0.2, 9.0]}, index=pd.Index(list("abcd")))
    >>> find_segments(features, k=2).to_dict()
    {'a': 1, 'b': 1, 'c': 1, 'd': 2}
    """
    matrix, k = checked_features(features, k)
    model = fit_segments(matrix[_by_id(features)], k, method, np.random.default_rng(rng))
    found = model.predict(matrix)
    number = _by_size(found, matrix[:, 0])
    return pd.Series([number[raw] for raw in found], index=features.index, name="segment")


def segment_membership(features: pd.DataFrame, *, k: int, rng: int | np.random.Generator = 0) -> pd.DataFrame:
    """Give how likely each customer belongs to each segment of a Gaussian mixture (隶属概率).

    Parameters
    ----------
    features : DataFrame
        From `scaled_features`.
    k : int
        Number of segments, 1 to the number of different customers.
    rng : int or Generator, default 0
        Seed; with the seed of `find_segments` the likeliest segment is the one given there.

    Returns
    -------
    DataFrame
        One row per customer, the index of `features`; columns 1, 2, ... by size, each a probability; a row
        sums to 1. A segment that is nobody's likeliest is left out, so a row may then sum to less.

    Raises
    ------
    DataError
        If `k` cannot be, or a feature is missing or infinite.

    Examples
    --------
    >>> x = [0.0, 0.1, 0.2, 0.3, 9.0, 9.1]
    >>> features = pd.DataFrame({"x": x}, index=pd.Index(list("abcdef")))
    >>> segment_membership(features, k=2).loc[["a", "f"]].round(2).to_numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    matrix, k = checked_features(features, k)
    model = fit_segments(matrix[_by_id(features)], k, "mixture", np.random.default_rng(rng))
    likely = model.predict_proba(matrix)
    number = _by_size(model.predict(matrix), matrix[:, 0])
    return pd.DataFrame({place: likely[:, raw] for raw, place in number.items()}, index=features.index)


def _by_id(features: pd.DataFrame) -> Array:
    return np.argsort(features.index.to_numpy().astype(str), kind="stable")


def _by_size(found: Array, first: Array) -> dict[int, int]:
    """Number the clusters from the largest on; of equals the one with the smaller first feature leads."""
    sizes = pd.DataFrame({"raw": found, "first": first}).groupby("raw")["first"].agg(["size", "mean"])
    order = sizes.sort_values(["size", "mean"], ascending=[False, True]).index
    return {int(raw): place for place, raw in enumerate(order, start=1)}


def fit_segments(matrix: Array, k: int, method: str, rng: np.random.Generator, *, starts: int = 5) -> Any:
    """Fit scikit-learn's k-means (the best of so many starts) or its Gaussian mixture (of two)."""
    if method not in METHODS:
        raise DataError(f"method must be one of {', '.join(METHODS)}; found {method!r}.")
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    seed = int(rng.integers(2**31))
    model = KMeans(k, n_init=starts, random_state=seed)
    if method == "mixture":
        model = GaussianMixture(k, n_init=2, reg_covar=1e-2, max_iter=500, random_state=seed)
    # One thread: for small tables several wait for each other longer than they work.
    with _threads().limit(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # many segments, few customers: near enough
        return model.fit(matrix)


@functools.cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController  # comes with scikit-learn

    return ThreadpoolController()


def checked_features(features: pd.DataFrame, k: int) -> tuple[Array, int]:
    """Give the features as numbers, once `k` segments are possible."""
    if not isinstance(features, pd.DataFrame) or features.empty:
        raise DataError("features must be a DataFrame with rows. Hint: scaled_features(table, columns=[...])")
    matrix = features.to_numpy(dtype=float)
    if not np.isfinite(matrix).all():
        raise DataError(
            f"features hold {int((~np.isfinite(matrix)).sum()):,} missing or infinite value(s). "
            f"Hint: leave these customers out and say how many."
        )
    different = len(np.unique(matrix, axis=0))
    whole = isinstance(k, int | np.integer) and not isinstance(k, bool)
    if not whole or not 1 <= k <= different:
        raise DataError(
            f"k must be a whole number from 1 to {different:,}, the number of different customers; "
            f"found {k!r}."
        )
    return matrix, int(k)


def match_segments(segments: pd.Series, reference: pd.Series) -> pd.Series:
    """Renumber segments so that they agree with a reference as far as they can (标签对齐).

    A cluster's number means nothing: a second run may swap them (label switching). The numbers are paired
    so that as many customers as possible keep theirs.

    Parameters
    ----------
    segments, reference : Series
        A segment for each customer, ``customer_id`` in the index; customers in both decide.

    Returns
    -------
    Series
        `segments` with the reference's labels; what has no partner gets the next free whole numbers when
        the labels are numbers, and keeps its own label otherwise.

    Raises
    ------
    DataError
        If no customer is in both.

    Examples
    --------
    >>> old = pd.Series([1, 1, 2], index=list("abc"))
    >>> match_segments(pd.Series([2, 2, 1], index=list("abc")), old).tolist()
    [1, 1, 2]
    """
    from scipy.optimize import linear_sum_assignment

    both = segments.index.intersection(reference.index)
    if both.empty:
        raise DataError(
            "no customer is in both segments and reference. Hint: both need customer_id as index."
        )
    table = pd.crosstab(segments.loc[both].to_numpy(), reference.loc[both].to_numpy())
    rows, columns = linear_sum_assignment(-table.to_numpy())
    pairs = {table.index[r]: table.columns[c] for r, c in zip(rows, columns, strict=True)}
    free = sorted(set(segments.unique()) - set(pairs))
    numeric = pd.api.types.is_numeric_dtype(segments) and pd.api.types.is_numeric_dtype(reference)
    start = int(reference.max()) + 1 if numeric else 0
    pairs |= {label: start + i if numeric else label for i, label in enumerate(free)}
    return segments.map(pairs)


def segment_profile(table: pd.DataFrame, segments: pd.Series, *, columns: Sequence[str]) -> pd.DataFrame:
    """Describe each segment by its size and its typical customer (细分画像).

    Parameters
    ----------
    table : DataFrame
        One row per customer: ``customer_id`` and numeric `columns`, in their own units.
    segments : Series
        A segment for each customer, ``customer_id`` in the index; others in `table` are left aside.
    columns : names
        What to describe.

    Returns
    -------
    DataFrame
        One row per segment, sorted: ``segment``, ``customers``, ``share_of_customers``, the *median* of
        each column, and for each column ``<name>_index``: how far the segment's mean lies from the mean of
        all these customers, in standard deviations.

    Raises
    ------
    DataError
        If a column is missing, or no customer of `segments` is in `table`.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "n_orders": [1, 1, 4]})
    >>> segment_profile(table, pd.Series([1, 1, 2], index=list("abc")), columns=["n_orders"]).round(2)
       segment  customers  share_of_customers  n_orders  n_orders_index
    0        1          2                0.67       1.0           -0.71
    1        2          1                0.33       4.0            1.41
    """
    require_columns(table, ["customer_id", *columns], name="table")
    people = table.set_index("customer_id")[list(columns)].astype(float)
    people = people.loc[people.index.isin(segments.index)]
    if people.empty:
        raise DataError("no customer of segments is in table. Hint: segments needs customer_id as index.")
    of = segments.loc[people.index].rename("segment")
    spread = people.std(ddof=0)
    index = (people - people.mean()) / spread.where(spread > 0, np.inf)
    sizes = of.value_counts().sort_index()
    profile = pd.DataFrame({"customers": sizes, "share_of_customers": sizes / len(of)})
    profile = profile.join(people.groupby(of).median())
    return profile.join(index.groupby(of).mean().add_suffix("_index")).rename_axis("segment").reset_index()


def name_segments(profile: pd.DataFrame, words: Mapping[str, tuple[str, str]], *, most: int = 2) -> pd.Series:
    """Name each segment by a rule: what sets it apart most, in words a manager reads.

    Parameters
    ----------
    profile : DataFrame
        From `segment_profile`.
    words : mapping of column to (low, high)
        How to say that a column is low or high: ``{"n_orders": ("one order", "many orders")}``.
    most : int, default 2
        Columns in a name, at least 1. A column counts from a quarter of a standard deviation on; the
        farthest come first. Names that would be the same get one more column, then the segment's number.

    Returns
    -------
    Series
        ``name``, one for each segment, which is the index; no two alike.

    Raises
    ------
    DataError
        If a column of `words` is not in the profile, or `most` is below 1.

    Examples
    --------
    >>> profile = pd.DataFrame({"segment": [1, 2], "n_orders_index": [-0.7, 1.4], "eur_index": [0.1, -0.5]})
    >>> words = {"n_orders": ("few orders", "many orders"), "eur": ("small", "large")}
    >>> name_segments(profile, words).to_dict()
    {1: 'few orders', 2: 'many orders, small'}
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise DataError(f"most must be a whole number of 1 or more; found {most!r}.")
    require_columns(profile, ["segment", *(f"{c}_index" for c in words)], name="profile")
    far = profile.set_index("segment")[[f"{c}_index" for c in words]].set_axis(list(words), axis=1)

    def name(row: pd.Series, parts: int) -> str:
        first = row.abs().sort_values(ascending=False, kind="stable").index[:parts]
        told = [words[c][int(row[c] > 0)] for c in first if abs(row[c]) >= 0.25]
        return ", ".join(told) or "like the average"

    names = far.apply(name, axis=1, parts=most)
    longer = far.apply(name, axis=1, parts=most + 1)
    names = names.where(~names.duplicated(keep=False), longer)
    numbered = names + " (" + names.index.astype(str) + ")"
    return names.where(~names.duplicated(keep=False), numbered).rename("name")
