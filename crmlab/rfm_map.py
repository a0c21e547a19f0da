"""Names for RFM codes: a map of eleven segments that covers every code exactly once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.pareto import customer_values
from crmlab.rfm import bands_of, sums_by


@dataclass(frozen=True)
class Segment:
    """One field of the map: its name, its ranges of R and of FM (both ends included), and what to do."""

    name: str
    zh: str
    r: tuple[int, int]
    f: tuple[int, int]
    advice: str


# R is the recency score, FM the mean of the frequency and the money score rounded half up, both 1 to 5.
SEGMENTS: tuple[Segment, ...] = (
    Segment(
        "Champions", "冠军客户", (5, 5), (4, 5), "Thank them, ask them for referrals; no discount is needed."
    ),
    Segment("Loyal", "忠诚客户", (3, 4), (4, 5), "Show them what goes with what they buy; listen to them."),
    Segment("Potential loyalists", "潜在忠诚客户", (4, 5), (2, 3), "Give a reason for the next order soon."),
    Segment("New", "新客户", (5, 5), (1, 1), "Make the first weeks go well; welcome and explain."),
    Segment(
        "Promising", "有望客户", (4, 4), (1, 1), "Remind them of the second order while they remember you."
    ),
    Segment(
        "Need attention", "需要关注", (3, 3), (3, 3), "Find out what they lack; a limited offer may help."
    ),
    Segment("About to sleep", "即将沉睡", (3, 3), (1, 2), "One cheap reminder; watch whether they answer."),
    Segment("At risk", "流失风险", (1, 2), (3, 4), "Ask why they stay away before offering money."),
    Segment("Cannot lose", "不可失去", (1, 2), (5, 5), "Call in person: they were the best."),
    Segment("Hibernating", "沉睡客户", (2, 2), (1, 2), "Only cheap channels; test before you spend."),
    Segment("Lost", "已流失", (1, 1), (1, 2), "Leave them in peace, or test a small sample."),
)


def segment_map() -> pd.DataFrame:
    """Draw the map as a grid.

    Returns
    -------
    DataFrame
        Segment names: rows R from 5 (recent) down to 1, columns FM from 1 to 5 (frequent, high spend).

    Examples
    --------
    >>> segment_map().loc[5].tolist()
    ['New', 'Potential loyalists', 'Potential loyalists', 'Champions', 'Champions']
    """
    grid = pd.DataFrame(
        "", index=pd.Index(range(5, 0, -1), name="R"), columns=pd.Index(range(1, 6), name="FM"), dtype=object
    )
    for segment in SEGMENTS:
        rows, columns = range(segment.r[0], segment.r[1] + 1), range(segment.f[0], segment.f[1] + 1)
        grid.loc[list(rows), list(columns)] = segment.name
    return grid


def rfm_segments(scores: pd.DataFrame, *, bands: int | tuple[int, int, int] | None = None) -> pd.DataFrame:
    r"""Give every customer the name of a segment (客户细分).

    The map has two sides: R and FM = (F + M) / 2 rounded half up. Scores made with another number of
    bands `b` are first put on 1 to 5: :math:`1 + 4 (s - 1) / (b - 1)`, rounded half up. The names are
    common usage in trade; the borders are ours, and `SEGMENTS` shows them.

    Parameters
    ----------
    scores : DataFrame
        What `rfm_scores` returned.
    bands : int or tuple of three int, optional
        As in `bands_of`: only needed if the table went through a file or a merge and bands were not 5.

    Returns
    -------
    DataFrame
        The columns and rows of `scores` in their order, and ``segment``.

    Raises
    ------
    DataError
        If a score is missing or does not fit `bands`.

    Examples
    --------
    >>> scores = pd.DataFrame({"r_score": [5, 1, 1], "f_score": [5, 4, 1], "m_score": [4, 5, 1]})
    >>> rfm_segments(scores)["segment"].tolist()
    ['Champions', 'Cannot lose', 'Lost']
    """
    number = bands_of(scores, bands)
    r, f, m = (
        _to_five(scores[column].to_numpy(dtype=np.int64), b)
        for column, b in zip(("r_score", "f_score", "m_score"), number, strict=True)
    )
    names = segment_map().to_numpy()
    return scores.assign(segment=names[5 - r, (f + m + 1) // 2 - 1])


def segment_summary(segmented: pd.DataFrame) -> pd.DataFrame:
    """Sum up the segments, in the order of `SEGMENTS`.

    Parameters
    ----------
    segmented : DataFrame
        What `rfm_segments` returned: ``customer_id``, ``segment``, ``recency_days``, ``n_orders``,
        ``revenue_eur``.

    Returns
    -------
    DataFrame
        One row per segment, empty ones included: ``segment``, ``segment_zh``, ``customers``,
        ``share_of_customers``, ``revenue_eur``, ``share_of_revenue`` (missing if the total is not above
        0), ``median_recency_days`` and ``mean_n_orders`` (missing when empty).

    Raises
    ------
    DataError
        If a column is missing, a customer is repeated, or a segment is not in `SEGMENTS`.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "recency_days": [3, 40, 200, 90],
    ...     "n_orders": [9, 1, 1, 2], "revenue_eur": [400.0, 60.0, 20.0, 160.0]})
    >>> from crmlab.rfm import rfm_scores
    >>> summary = segment_summary(rfm_segments(rfm_scores(customers, bands=2)))
    >>> summary.query("customers > 0")[["segment", "customers", "share_of_revenue", "median_recency_days"]]
          segment  customers  share_of_revenue  median_recency_days
    0   Champions          1           0.62500                  3.0
    3         New          1           0.09375                 40.0
    8 Cannot lose          1           0.25000                 90.0
    10       Lost          1           0.03125                200.0
    """
    require_columns(segmented, ["segment", "recency_days", "n_orders", "revenue_eur"], name="segmented")
    revenue = customer_values(segmented, "revenue_eur", name="segmented")
    names = pd.Index([s.name for s in SEGMENTS])
    which = names.get_indexer(segmented["segment"])
    if (which < 0).any():
        raise DataError(
            f"segmented: the segment {segmented['segment'].iloc[int(np.argmin(which))]!r} is not in SEGMENTS "
            f"({', '.join(names)}). Hint: rfm_segments(scores)"
        )
    count = np.bincount(which, minlength=len(names))
    sums = sums_by(which, revenue, len(names))
    total = math.fsum(sums)
    middle = segmented.groupby("segment").agg(recency=("recency_days", "median"), orders=("n_orders", "mean"))
    middle = middle.reindex(names)
    return pd.DataFrame(
        {
            "segment": names,
            "segment_zh": [s.zh for s in SEGMENTS],
            "customers": count,
            "share_of_customers": count / len(segmented),
            "revenue_eur": sums,
            "share_of_revenue": sums / total if total > 0 else np.nan,
            "median_recency_days": middle["recency"].to_numpy(dtype=float),
            "mean_n_orders": middle["orders"].to_numpy(dtype=float),
        }
    )


def _to_five(score: np.ndarray[Any, Any], bands: int) -> np.ndarray[Any, Any]:
    """Put a score of 1 to `bands` on 1 to 5, rounding half up, in whole numbers."""
    return 1 + (8 * (score - 1) + bands - 1) // (2 * (bands - 1))
