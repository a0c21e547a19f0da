"""RFM: score customers by recency, frequency and money; the cells of Hughes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab._ranks import facts, negative, scores_by_sql
from crmlab.contracts import DataError, require_columns
from crmlab.pareto import customer_values, first_equal

_MEASURES = {"r_score": "recency_days", "f_score": "n_orders", "m_score": "revenue_eur"}
_ATTRIBUTE = "rfm_bands"

Array = np.ndarray[Any, np.dtype[Any]]


def rfm_scores(
    table: engine.Log,
    *,
    bands: int | tuple[int, int, int] = 5,
    nested: bool = False,
    weights: tuple[float, float, float] = (1, 1, 1),
) -> Any:
    r"""Score recency, frequency and money by rank, from 1 (worst) to `bands` (best) (RFM 评分).

    A customer's score is :math:`1 + \lfloor b\,w / n \rfloor`, where `w` of the `n` customers are
    strictly worse and `b` is the number of bands. So equal values get equal scores, whatever the order
    of the rows, and the unit of money does not matter. The price: when many customers share a value
    (one order, say) the bands are not equally large; some may even be empty. Look at `band_sizes`.
    A single customer gets 1, for nobody is worse.

    Parameters
    ----------
    table : DataFrame, path of Parquet, DuckDB relation or Spark DataFrame
        One row per customer: ``customer_id``, ``recency_days`` (days since the last purchase, low is
        good), ``n_orders`` (both 0 or more) and ``revenue_eur`` (the sum; negative is allowed).
    bands : int or tuple of three int, default 5
        Bands for R, F and M: 2 or more, and no more than customers (a single customer always works).
    nested : bool, default False
        False: each measure is banded over all customers. True: F inside each R band and M inside each
        R-F cell, which makes the cells about equally large; an F of 5 then means something else in
        each R band.
    weights : tuple of three float, default (1, 1, 1)
        Weights of R, F and M in ``rfm_score``: 0 or more, not all 0.

    Returns
    -------
    DataFrame (for a frame), lazy DuckDB relation (for a path or a relation) or Spark DataFrame
        The columns and rows of `table` in their order (sorted by ``customer_id`` where the result is lazy),
        and ``r_score``, ``f_score``, ``m_score``
        (1 to `bands`, high is good), ``rfm_code`` (text such as "545"; "10-9-10" with more than nine
        bands) and ``rfm_score`` (weighted mean of the three, from 1 to `bands`; with different numbers
        of bands each score is first stretched to the largest). ``attrs["rfm_bands"]`` of a frame keeps
        `bands`.

    Raises
    ------
    DataError
        If a column is missing, not numeric, missing a value or negative where it cannot be, a customer
        is repeated, or `bands` or `weights` are out of range.

    References
    ----------
    Hughes, A. M. *Strategic Database Marketing*, 4th ed., McGraw-Hill: fifths coded 5 (best) to 1.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "recency_days": [3, 40, 200, 90],
    ...     "n_orders": [9, 1, 1, 2], "revenue_eur": [400.0, 60.0, 20.0, 150.0]})
    >>> scores = rfm_scores(customers, bands=2)
    >>> scores[["customer_id", "r_score", "f_score", "m_score", "rfm_code", "rfm_score"]].round(2)
      customer_id  r_score  f_score  m_score rfm_code  rfm_score
    0           a        2        2        2      222       2.00
    1           b        2        1        1      211       1.33
    2           c        1        1        1      111       1.00
    3           d        1        2        2      122       1.67
    """
    if engine.is_lazy(table):
        found = facts(table, list(_MEASURES.values()), not_negative=("recency_days", "n_orders"))
        lots = _checked_bands(bands, customers=int(found["n"]))
        return scores_by_sql(table, _MEASURES, lots, _checked_weights(weights), nested=nested)
    values = {score: customer_values(table, column) for score, column in _MEASURES.items()}
    for score in ("r_score", "f_score"):
        _refuse_negative(table, values[score], _MEASURES[score])
    number = _checked_bands(bands, customers=len(table))
    weight = _checked_weights(weights)

    cell = np.zeros(len(table), dtype=np.int64)
    scores: dict[str, Array] = {}
    for (score, goodness), b in zip(values.items(), number, strict=True):
        scores[score] = _band(-goodness if score == "r_score" else goodness, cell, b)
        if nested:
            cell = cell * (b + 1) + scores[score]
    top = max(number)
    stretched = [1 + (scores[s] - 1) * ((top - 1) / (b - 1)) for s, b in zip(scores, number, strict=True)]
    scored = table.assign(
        **scores,
        rfm_code=_codes(list(scores.values()), number),
        rfm_score=sum(w * s for w, s in zip(weight, stretched, strict=True)) / math.fsum(weight),
    )
    scored.attrs = {**table.attrs, _ATTRIBUTE: number}
    return scored


def bands_of(scores: pd.DataFrame, bands: int | tuple[int, int, int] | None = None) -> tuple[int, int, int]:
    """Give the numbers of bands a scored table was made with.

    Parameters
    ----------
    scores : DataFrame
        ``r_score``, ``f_score``, ``m_score``.
    bands : int or tuple of three int, optional
        What was given to `rfm_scores`. Left out: what `rfm_scores` noted in ``attrs``; if that was lost
        (a merge, a file), 5.

    Returns
    -------
    tuple of three int
        Bands for R, F and M.

    Raises
    ------
    DataError
        If a score is missing, not a whole number, below 1 or above its number of bands, or `bands`
        contradicts what `rfm_scores` noted.

    Examples
    --------
    >>> bands_of(pd.DataFrame({"r_score": [1, 4], "f_score": [2, 5], "m_score": [3, 3]}))
    (5, 5, 5)
    """
    require_columns(scores, list(_MEASURES), name="scores")
    noted = scores.attrs.get(_ATTRIBUTE)
    number = _checked_bands(bands if bands is not None else noted or 5)
    if noted is not None and number != tuple(noted):
        raise DataError(
            f"bands must be what rfm_scores was given, {tuple(noted)}; found {bands!r}. "
            f"Hint: leave bands out here."
        )
    for column, b in zip(_MEASURES, number, strict=True):
        wrong = ~scores[column].isin(range(1, b + 1)).to_numpy()
        if wrong.any():
            found = scores.loc[wrong, column].head(1).tolist()[0]
            raise DataError(
                f"{column} must be a whole number from 1 to {b}; found {found!r} in "
                f"{int(wrong.sum()):,} row(s). "
                f"Hint: give the bands that rfm_scores was given, such as bands=10."
            )
    return number


def band_sizes(scores: pd.DataFrame, *, bands: int | tuple[int, int, int] | None = None) -> pd.DataFrame:
    """Count the customers of every score and show which values it covers.

    Parameters
    ----------
    scores : DataFrame
        What `rfm_scores` returned.
    bands : int or tuple of three int, optional
        As in `bands_of`.

    Returns
    -------
    DataFrame
        One row per measure and score, empty ones included: ``measure`` ("recency_days", "n_orders",
        "revenue_eur"), ``score``, ``customers``, ``share_of_customers``, ``lowest`` and ``highest``
        observed value (missing when empty). Nested bands overlap.

    Raises
    ------
    DataError
        If a column is missing or a score does not fit `bands`.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "recency_days": [3, 40, 200, 90],
    ...     "n_orders": [9, 1, 1, 1], "revenue_eur": [400.0, 60.0, 20.0, 150.0]})
    >>> band_sizes(rfm_scores(customers, bands=2)).query("measure == 'n_orders'")
        measure  score  customers  share_of_customers  lowest  highest
    2  n_orders      1          3                0.75     1.0      1.0
    3  n_orders      2          1                0.25     9.0      9.0
    """
    require_columns(scores, list(_MEASURES.values()), name="scores")
    parts = []
    for (score, measure), b in zip(_MEASURES.items(), bands_of(scores, bands), strict=True):
        part = scores.groupby(score)[measure].agg(customers="size", lowest="min", highest="max")
        part = part.reindex(pd.RangeIndex(1, b + 1, name="score")).reset_index()
        part["customers"] = part["customers"].fillna(0).astype(int)
        part.insert(0, "measure", measure)
        part.insert(3, "share_of_customers", part["customers"] / len(scores))
        parts.append(part.astype({"lowest": float, "highest": float}))
    return pd.concat(parts, ignore_index=True)


def hughes_cells(scores: pd.DataFrame, *, by: str = "rfm_code") -> pd.DataFrame:
    """Count customers and revenue in each RFM cell (three fives make up to 125).

    A cell must be large enough to measure its response rate. Hughes advises about 20 cells, not more, for a
    business file of 20,000 records. Use fewer bands, `nested` sorting or `merge_cells`.

    Parameters
    ----------
    scores : DataFrame
        What `rfm_scores` (or `merge_cells`) returned.
    by : str, default "rfm_code"
        The column with the cell; ``"rfm_cell"`` after `merge_cells`.

    Returns
    -------
    DataFrame
        The cells that have customers, the best code first: the column named in `by`, ``customers``,
        ``share_of_customers``, ``revenue_eur`` and ``share_of_revenue`` (missing if the total is not
        above 0).

    Raises
    ------
    DataError
        If a column is missing or a customer is repeated.

    References
    ----------
    .. [1] Hughes, A. M. *Strategic Database Marketing*, 4th ed., McGraw-Hill; as in the public
       highlights of the book at sublime.app.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "recency_days": [3, 40, 200, 90],
    ...     "n_orders": [9, 1, 1, 2], "revenue_eur": [400.0, 60.0, 20.0, 160.0]})
    >>> hughes_cells(rfm_scores(customers, bands=2))
      rfm_code  customers  share_of_customers  revenue_eur  share_of_revenue
    0      222          1                0.25        400.0           0.62500
    1      211          1                0.25         60.0           0.09375
    2      122          1                0.25        160.0           0.25000
    3      111          1                0.25         20.0           0.03125
    """
    require_columns(scores, [by, *_MEASURES], name="scores")
    revenue = customer_values(scores, "revenue_eur", name="scores")
    best = scores.sort_values(list(_MEASURES), ascending=False, kind="stable")
    cells = pd.Index(best[by].unique())
    which = cells.get_indexer(scores[by])
    count, sums = np.bincount(which, minlength=len(cells)), sums_by(which, revenue, len(cells))
    total = math.fsum(sums)
    return pd.DataFrame(
        {
            by: cells,
            "customers": count,
            "share_of_customers": count / len(scores),
            "revenue_eur": sums,
            "share_of_revenue": sums / total if total > 0 else np.nan,
        }
    )


def merge_cells(scores: pd.DataFrame, *, smallest: int) -> pd.DataFrame:
    """Join neighbouring cells, from the best code down, until each has enough customers.

    Parameters
    ----------
    scores : DataFrame
        What `rfm_scores` returned.
    smallest : int
        Customers that a cell must have, 1 to all of them. What is left at the end joins the last cell.

    Returns
    -------
    DataFrame
        The columns and rows of `scores` in their order, and ``rfm_cell``: the codes joined, from the
        best to the worst ("555 to 545"), or the code itself where it was large enough alone.

    Raises
    ------
    DataError
        If a column is missing, a customer is repeated, or `smallest` is out of range.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "recency_days": [3, 40, 200, 90],
    ...     "n_orders": [9, 1, 1, 2], "revenue_eur": [400.0, 60.0, 20.0, 160.0]})
    >>> merge_cells(rfm_scores(customers, bands=2), smallest=2)["rfm_cell"].tolist()
    ['222 to 211', '222 to 211', '122 to 111', '122 to 111']
    """
    cells = hughes_cells(scores)
    if not _is_whole(smallest) or not 1 <= smallest <= len(scores):
        raise DataError(
            f"smallest must be a whole number from 1 to {len(scores)}, the number of customers; "
            f"found {smallest!r}. Hint: smallest=1000 to measure response rates by mail."
        )
    joined: list[list[str]] = []
    held = smallest
    for code, customers in zip(cells["rfm_code"], cells["customers"], strict=True):
        if held >= smallest:
            joined.append([])
            held = 0
        joined[-1].append(code)
        held += customers
    if held < smallest:
        rest = joined.pop()
        joined[-1] += rest
    names = {code: c[0] if len(c) == 1 else f"{c[0]} to {c[-1]}" for c in joined for code in c}
    return scores.assign(rfm_cell=scores["rfm_code"].map(names))


def sums_by(which: Array, values: Array, groups: int) -> Array:
    """Sum values by group number 0 to `groups` - 1, exactly rounded, so that row order cannot matter."""
    ordered = values[np.argsort(which, kind="stable")]
    ends = np.cumsum(np.bincount(which, minlength=groups))
    return np.array([math.fsum(part.tolist()) for part in np.split(ordered, ends[:-1])])


def _band(goodness: Array, cell: Array, bands: int) -> Array:
    """Score 1 + floor(bands * worse / size) inside each cell."""
    order = np.lexsort((goodness, cell)) if cell.any() else np.argsort(goodness, kind="stable")
    cells = cell[order]
    new_cell = np.diff(cells) != 0
    first = first_equal(goodness[order], new_cell=new_cell)
    starts = np.flatnonzero(np.concatenate(([True], new_cell)))
    sizes = np.diff(np.append(starts, len(order)))
    worse = first - np.repeat(starts, sizes)
    score = np.empty(len(order), dtype=np.int64)
    score[order] = 1 + worse * bands // np.repeat(sizes, sizes)
    return score


def _codes(scores: list[Array], bands: tuple[int, int, int]) -> Array:
    """Write the three scores as one text; each distinct code is made once."""
    r, f, m = scores
    number = (r * (bands[1] + 1) + f) * (bands[2] + 1) + m
    _, first, which = np.unique(number, return_index=True, return_inverse=True)
    joint = "-" if max(bands) > 9 else ""
    texts = np.array([joint.join(str(s[i]) for s in scores) for i in first], dtype=object)
    return texts[which.reshape(-1)]


def _refuse_negative(table: pd.DataFrame, values: Array, column: str) -> None:
    bad = values < 0
    if bad.any():
        who = ", ".join(repr(i) for i in table.loc[bad, "customer_id"].head(3).tolist())
        raise DataError(negative(int(bad.sum()), column, who))


def _checked_bands(bands: Any, *, customers: int | None = None) -> tuple[int, int, int]:
    given = (bands,) * 3 if _is_whole(bands) else tuple(bands) if isinstance(bands, Iterable) else ()
    if len(given) != 3 or not all(_is_whole(b) and b >= 2 for b in given):
        raise DataError(
            f"bands must be a whole number of 2 or more, or three of them for R, F and M; found {bands!r}. "
            f"Hint: bands=5 or bands=(5, 4, 3)."
        )
    if customers is not None and customers > 1 and max(given) > customers:
        raise DataError(
            f"bands is {bands!r}, but there are only {customers} customers; at most {customers} bands are "
            f"allowed. Hint: bands={customers}."
        )
    return int(given[0]), int(given[1]), int(given[2])


def _checked_weights(weights: Any) -> tuple[float, ...]:
    given = tuple(weights) if isinstance(weights, Iterable) and not isinstance(weights, str) else ()
    good = all(isinstance(w, int | float | np.number) and math.isfinite(w) and w >= 0 for w in given)
    if len(given) != 3 or not good or not any(given):
        raise DataError(
            f"weights must be three numbers of 0 or more for R, F and M, not all 0; found {weights!r}. "
            f"Hint: weights=(1, 1, 1)."
        )
    return tuple(float(w) for w in given)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
