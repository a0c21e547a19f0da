"""What to show next: rules on pairs of products with what chance alone would make, and three recommenders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]


def pair_rules(lines: pd.DataFrame, *, at_least: int = 1) -> pd.DataFrame:
    r"""Give support, confidence and lift of every rule "who buys A also buys B", with its chance probability.

    Support is the share of baskets with both; confidence the share of A's baskets that hold B; lift is
    confidence over the share of all baskets that hold B. If A and B were put into baskets independently, the
    number with both would be hypergeometric: ``p_value`` is the chance of so many or more. ``q_value`` allows
    for the number of pairs tried (Benjamini-Hochberg).

    Parameters
    ----------
    lines : DataFrame
        One row per basket and product: ``order_id``, ``product_id``.
    at_least : int, default 1
        Rules with fewer baskets that hold both are left out, after the q-values are made; 1 or more.

    Returns
    -------
    DataFrame
        Highest lift first: ``product_id`` (A), ``companion_id`` (B), ``baskets`` (with A), ``both``,
        ``expected`` (with both, by chance), ``support``, ``confidence``, ``lift``, ``p_value``, ``q_value``.

    Raises
    ------
    DataError
        If a column is missing, there are fewer than two products, or `at_least` is below 1.

    References
    ----------
    Agrawal, R., Imielinski, T., Swami, A. (1993). Mining association rules between sets of items in large
    databases. ACM SIGMOD, 207-216. Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate.
    Journal of the Royal Statistical Society B 57(1), 289-300.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 1, 2, 2, 3, 4], "product_id": list("ababcc")})
    >>> pair_rules(lines)[["product_id", "companion_id", "lift"]].values.tolist()
    [['a', 'b', 2.0], ['b', 'a', 2.0]]
    """
    from scipy.stats import false_discovery_control, hypergeom

    if not at_least >= 1:
        raise DataError(f"at_least must be 1 or more; found {at_least!r}.")
    require_columns(lines, ("order_id", "product_id"), name="lines")
    held, _, names = _matrix(lines, "order_id")
    if len(names) < 2:
        raise DataError("lines holds fewer than two products: there are no pairs.")
    total, both = len(held), held.T @ held
    count = np.diag(both).copy()
    a, b = np.nonzero(~np.eye(len(names), dtype=bool))
    together = both[a, b]
    p = hypergeom.sf(together - 1, total, count[a].astype(int), count[b].astype(int))
    up = a < b  # each pair was tried once; its two rules share a p-value
    q = np.empty(len(p))
    order = {(int(i), int(j)): k for k, (i, j) in enumerate(zip(a[up], b[up], strict=True))}
    pair_q = false_discovery_control(np.clip(p[up], 0, 1))
    for k, (i, j) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        q[k] = pair_q[order[min(i, j), max(i, j)]]
    table = pd.DataFrame(
        {
            "product_id": names[a],
            "companion_id": names[b],
            "baskets": count[a].astype(int),
            "both": together.astype(int),
            "expected": count[a] * count[b] / total,
            "support": together / total,
            "confidence": together / count[a],
            "lift": together * total / (count[a] * count[b]),
            "p_value": np.clip(p, 0, 1),
            "q_value": q,
        }
    )
    table = table[table["both"] >= at_least]
    return table.sort_values(
        ["lift", "both", "product_id", "companion_id"], ascending=[False, False, True, True]
    ).reset_index(drop=True)


def popular_scores(history: pd.DataFrame) -> pd.DataFrame:
    """Score products by how many customers bought them: the same list for everybody, less what they own.

    Parameters
    ----------
    history : DataFrame
        One row per customer and product bought: ``customer_id``, ``product_id``.

    Returns
    -------
    DataFrame
        Index ``customer_id``, one column per product: the share of customers who own it; missing where the
        customer owns it already.

    Raises
    ------
    DataError
        If a column is missing or the table is empty.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product_id": list("abbc")})
    >>> popular_scores(history).loc[3].round(2).tolist()
    [0.33, 0.67, nan]
    """
    owned, people, names = _matrix(history, "customer_id")
    return _scores(np.tile(owned.mean(axis=0), (len(owned), 1)), owned, people, names)


def partner_scores(history: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Score products by association: the best confidence of a rule from a product the customer owns.

    Parameters
    ----------
    history : DataFrame
        ``customer_id``, ``product_id``.
    lines : DataFrame
        Baskets to learn from: ``order_id``, ``product_id``. Only baskets before the one to be predicted.

    Returns
    -------
    DataFrame
        As `popular_scores`; the score is the highest confidence over the products owned, plus a millionth of
        the product's share of baskets, which orders equals.

    Raises
    ------
    DataError
        If a column is missing or a table is empty.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 1, 2, 2, 3], "product_id": list("ababc")})
    >>> history = pd.DataFrame({"customer_id": [7, 8], "product_id": ["a", "c"]})
    >>> partner_scores(history, lines).loc[7].round(2).tolist()
    [nan, 1.0, 0.0]
    """
    held, _, names = _matrix(lines, "order_id")
    owned, people, _ = _matrix(history, "customer_id", names)
    both = held.T @ held
    confidence = both / np.maximum(np.diag(both), 1)[:, None]
    np.fill_diagonal(confidence, 0)
    best = np.zeros_like(owned)
    for k in range(len(names)):
        best = np.maximum(best, owned[:, [k]] * confidence[k])
    return _scores(best + 1e-6 * held.mean(axis=0), owned, people, names)


def similar_scores(history: pd.DataFrame) -> pd.DataFrame:
    """Score products by similarity: summed cosine between a product's owners and those of the products owned.

    Parameters
    ----------
    history : DataFrame
        ``customer_id``, ``product_id``.

    Returns
    -------
    DataFrame
        As `popular_scores`; the score is the sum of cosines over the products owned.

    Raises
    ------
    DataError
        If a column is missing or the table is empty.

    References
    ----------
    Sarwar, B., Karypis, G., Konstan, J., Riedl, J. (2001). Item-based collaborative filtering recommendation
    algorithms. WWW 10, 285-295.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": list("ababa")})
    >>> round(float(similar_scores(history).loc[3, "b"]), 3)
    0.816
    """
    owned, people, names = _matrix(history, "customer_id")
    length = np.sqrt(np.maximum(owned.sum(axis=0), 1))
    cosine = owned.T @ owned / length[:, None] / length
    np.fill_diagonal(cosine, 0)
    return _scores(owned @ cosine, owned, people, names)


def hits_at(scores: Mapping[str, pd.DataFrame], bought: pd.DataFrame, *, k: int = 3) -> pd.DataFrame:
    """Count for how many customers one of the k best-scored products is in what they bought next.

    Only products new to the customer count; customers whose next basket holds none are left out, for all
    methods alike. Equal scores are taken in the order of the products' names.

    Parameters
    ----------
    scores : mapping of str to DataFrame
        Method and its scores, as from `popular_scores`; the first is the baseline.
    bought : DataFrame
        ``customer_id``, ``product_id`` of each customer's next basket, after everything the scores know.
    k : int, default 3
        Length of the list, 1 or more.

    Returns
    -------
    DataFrame
        One row per method: ``method``, ``customers``, ``hits``, ``hit_rate``, ``low``, ``high`` (95 %,
        Wilson), ``gain`` (hit rate less the baseline's), ``gain_low``, ``gain_high`` (95 %, paired, normal).

    Raises
    ------
    DataError
        If `k` is below 1, there are no scores, a column is missing, or no customer bought anything new.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product_id": list("abbc")})
    >>> next_basket = pd.DataFrame({"customer_id": [3], "product_id": ["b"]})
    >>> hits_at({"popular": popular_scores(history)}, next_basket, k=1)["hits"].tolist()
    [1]
    """
    from crmlab.targeting import wilson_interval

    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise DataError(f"k must be a whole number of 1 or more; found {k!r}.")
    if not scores:
        raise DataError('scores is empty. Hint: hits_at({"popularity": popular_scores(history)}, ...)')
    require_columns(bought, ("customer_id", "product_id"), name="bought")
    hits: dict[str, Array] = {}
    for name, table in scores.items():
        mine = table.sort_index(axis=1)
        rows = bought[bought["customer_id"].isin(mine.index) & bought["product_id"].isin(mine.columns)]
        was = np.zeros(mine.shape, dtype=bool)
        was[mine.index.get_indexer(rows["customer_id"]), mine.columns.get_indexer(rows["product_id"])] = True
        value = mine.to_numpy(dtype=float)
        was &= ~np.isnan(value)
        some = was.any(axis=1)
        top = np.argsort(-np.where(np.isnan(value), -np.inf, value)[some], axis=1, kind="stable")[:, :k]
        hits[name] = np.take_along_axis(was[some], top, axis=1).any(axis=1).astype(float)
    base = next(iter(hits.values()))
    if not len(base):
        raise DataError("nobody bought anything new in the next basket: there is nothing to score.")
    if len({len(h) for h in hits.values()}) > 1:
        raise DataError("the methods score different customers. Hint: make all scores from one history.")
    out = []
    for name, hit in hits.items():
        low, high = wilson_interval(int(hit.sum()), len(hit))
        gap = hit - base
        error = 1.96 * gap.std() / np.sqrt(len(gap))
        out.append(
            {
                "method": name, "customers": len(hit), "hits": int(hit.sum()), "hit_rate": float(hit.mean()),
                "low": float(low), "high": float(high), "gain": float(gap.mean()),
                "gain_low": float(gap.mean() - error), "gain_high": float(gap.mean() + error),
            }
        )  # fmt: skip
    return pd.DataFrame(out)


def _matrix(rows: pd.DataFrame, by: str, names: Any = None) -> tuple[Array, pd.Index, Array]:
    """Give a table of 0 and 1: who (or which basket) has which product."""
    require_columns(rows, (by, "product_id"), name="the table")
    if rows.empty:
        raise DataError("the table of products bought has no rows.")
    for column in (by, "product_id"):
        if rows[column].isna().any():
            raise DataError(f"{column} is missing in {int(rows[column].isna().sum()):,} rows.")
    who = pd.Index(sorted(rows[by].unique()), name=by)
    what = pd.Index(sorted(rows["product_id"].unique()) if names is None else names)
    at = what.get_indexer(rows["product_id"])
    held = np.zeros((len(who), len(what)))
    held[who.get_indexer(rows[by])[at >= 0], at[at >= 0]] = 1.0
    return held, who, what.to_numpy(dtype=object)


def _scores(values: Array, owned: Array, people: pd.Index, names: Array) -> pd.DataFrame:
    return pd.DataFrame(np.where(owned > 0, np.nan, values), index=people, columns=names)
