"""Grades over time: who moves up and down, and what a rule against needless moves does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.contracts import DataError
from crmlab.grading import GRADES, check_shares


def grade_path(
    scores: pd.DataFrame, *, shares: tuple[float, float] = (0.05, 0.15), band: float = 0.0
) -> pd.DataFrame:
    """Grade customers again at each review, with or without a band against needless moves.

    Without a band, every review cuts the ranking anew. With a band a customer rises at the usual border, but
    falls only below a wider one: key until they leave the best ``shares[0] * (1 + band)``, at least ordinary
    until they leave the best ``(shares[0] + shares[1]) * (1 + band)``. This is hysteresis (滞后), as in a
    thermostat.

    Parameters
    ----------
    scores : DataFrame
        One row per customer, one column per review in order of time; high is good. A missing value: not yet
        a customer at that review.
    shares : (float, float), default (0.05, 0.15)
        Shares of the customers at a review that are key and ordinary.
    band : float, default 0
        0 or more; 0.5 makes the borders downwards half as wide again.

    Returns
    -------
    DataFrame
        Same rows and columns: "key", "ordinary", "small", or missing before the customer is there.

    Raises
    ------
    DataError
        If the shares or the band are out of range, or there is no review.

    Examples
    --------
    >>> scores = pd.DataFrame({"Q1": [9.0, 8, 1, 2], "Q2": [8.0, 9, 1, 2], "Q3": [9.0, 8, 2, 1]},
    ...                       index=list("abcd"))
    >>> grade_path(scores, shares=(0.25, 0.25)).loc["a"].tolist()
    ['key', 'ordinary', 'key']
    >>> grade_path(scores, shares=(0.25, 0.25), band=1.0).loc["a"].tolist()
    ['key', 'key', 'key']
    """
    check_shares(shares)
    if not (isinstance(band, int | float) and 0 <= band < np.inf):
        raise DataError(f"band must be a number, 0 or more; found {band!r}. 0.5 widens the borders by half.")
    if scores.shape[1] == 0:
        raise DataError("scores has no review: it needs a column for each. Hint: one column per quarter.")
    key, ordinary = shares[0], shares[0] + shares[1]
    # 2 key, 1 ordinary, 0 small; before the first review nobody holds a grade
    level: NDArray[Any] = np.zeros(len(scores))
    held: dict[Any, NDArray[Any]] = {}
    names = np.array(GRADES[::-1], dtype=object)
    for review in scores.columns:
        there = scores[review].notna().to_numpy()
        # share of the customers who are as good or better; equal scores share the best rank
        place = scores[review].rank(method="min", ascending=False).to_numpy() / max(there.sum(), 1) - 1e-12
        rises: NDArray[Any] = np.select([place <= key, place <= ordinary], [2.0, 1.0], 0.0)
        stays: NDArray[Any] = np.select(
            [place <= key * (1 + band), place <= ordinary * (1 + band)], [2.0, 1.0], 0.0
        )
        level = np.maximum(rises, np.minimum(level, stays))
        grades = names[level.astype(np.int64)]
        grades[~there] = None
        held[review] = grades
        level = np.where(there, level, 0.0)
    return pd.DataFrame(held, index=scores.index)


def path_summary(path: pd.DataFrame) -> pd.Series:
    """Count the moves of a history of grades.

    Parameters
    ----------
    path : DataFrame
        From `grade_path`.

    Returns
    -------
    Series
        ``reviews`` (pairs of neighbouring reviews of a customer), ``up`` and ``down`` (moves),
        ``moves`` (both), ``flaps`` (a move that the customer's very next review takes back) and
        ``key_at_the_end``.

    Examples
    --------
    >>> path = pd.DataFrame([["key", "ordinary", "key"], ["small", "small", "ordinary"]])
    >>> path_summary(path).to_dict()
    {'reviews': 4, 'up': 2, 'down': 1, 'moves': 3, 'flaps': 1, 'key_at_the_end': 1}
    """
    level = (
        path.replace(dict(zip(GRADES, (2, 1, 0), strict=True)))
        .infer_objects()
        .to_numpy(dtype=float, na_value=np.nan)
    )
    step = np.diff(level, axis=1)
    up, down = int((step > 0).sum()), int((step < 0).sum())
    flaps = int((step[:, 1:] * step[:, :-1] < 0).sum())
    return pd.Series(
        {
            "reviews": int(np.isfinite(step).sum()), "up": up, "down": down, "moves": up + down,
            "flaps": flaps, "key_at_the_end": int((path.iloc[:, -1] == GRADES[0]).sum()),
        }
    )  # fmt: skip
