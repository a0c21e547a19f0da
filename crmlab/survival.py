"""How long customers stay when leaving is seen: the Kaplan-Meier curve with intervals, and the hazard."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError
from crmlab.targeting import wilson_interval


def kaplan_meier(
    months: Sequence[float] | pd.Series, left: Sequence[bool] | pd.Series, *, confidence: float = 0.95
) -> pd.DataFrame:
    r"""Estimate the share who are still there after each month, with the present ones counted too.

    :math:`\hat S(t) = \prod_{u \le t} (1 - d_u / n_u)` where :math:`n_u` customers reached month u and
    :math:`d_u` of them left at its end. Somebody who is still there (censored) after c months counts in
    :math:`n_u` up to c and then drops out. The variance is Greenwood's,
    :math:`\hat S^2 \sum d_u / (n_u (n_u - d_u))`; limits are taken on the scale :math:`\log(-\log S)`, so
    that they stay between 0 and 1.

    Parameters
    ----------
    months : sequence of whole numbers
        Months of service of each customer, up to leaving or up to the reporting day; 0 or more.
    left : sequence of bool
        True: left at the end of these months. False: still there.
    confidence : float, default 0.95
        Of the limits, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per month from 0 to the longest: ``month``, ``at_risk`` (customers who reached it), ``left``,
        ``hazard`` (left / at risk), ``hazard_low``, ``hazard_high`` (Wilson), ``survival``, ``se``, ``low``
        and ``high``. Before the first who leaves the limits are 1; once nobody is left, ``high`` is that of
        the month before.

    Raises
    ------
    DataError
        If a number of months is negative or broken, the lengths differ, or there is nobody.

    References
    ----------
    Kaplan, E. L., Meier, P. (1958). Nonparametric Estimation from Incomplete Observations. Journal of the
    American Statistical Association 53, 457-481. doi:10.1080/01621459.1958.10501452

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 4], [True, True, False, True])[["month", "at_risk", "left", "survival"]]
       month  at_risk  left  survival
    0      0        4     0      1.00
    1      1        4     1      0.75
    2      2        3     1      0.50
    3      3        1     0      0.50
    4      4        1     1      0.00
    """
    span = pd.to_numeric(pd.Series(months), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    gone = np.asarray(left)
    if len(span) != len(gone) or not len(span):
        raise DataError(
            f"months and left must be equally long, not empty; found {len(span)} and {len(gone)}."
        )
    bad = ~(span >= 0) | (span % 1 != 0)
    if bad.any():
        raise DataError(
            f"months must be whole numbers, 0 or more; found {span[bad][0]:g} "
            f"and {int(bad.sum()) - 1} more such. "
            f"Hint: count full months from the start to the leaving day or the reporting day."
        )
    if gone.dtype != bool:
        raise DataError(f"left must hold True or False; found {gone.dtype}. Hint: left_date.notna()")
    if not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1; found {confidence!r}.")
    whole = span.astype(int)
    top = int(whole.max())
    ends = np.bincount(whole, minlength=top + 1)
    lost = np.bincount(whole[gone], minlength=top + 1)
    at_risk = ends[::-1].cumsum()[::-1]
    keep = 1 - lost / at_risk
    survival = keep.cumprod()
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.cumsum(lost / (at_risk * (at_risk - lost)))
        se = np.where(survival > 0, survival * np.sqrt(total), 0.0)
        turn = np.sqrt(total) / np.abs(np.log(survival))
        z = NormalDist().inv_cdf(0.5 + confidence / 2)
        low, high = survival ** np.exp(z * turn), survival ** np.exp(-z * turn)
    inner = (survival > 0) & (survival < 1)
    low, high = np.where(inner, low, survival), np.where(inner, high, survival)
    for i in np.flatnonzero((survival == 0) & (np.arange(top + 1) > 0)):
        high[i] = high[i - 1]
    hazard_low, hazard_high = wilson_interval(lost, at_risk, confidence=confidence)
    return pd.DataFrame(
        {
            "month": np.arange(top + 1), "at_risk": at_risk, "left": lost, "hazard": lost / at_risk,
            "hazard_low": hazard_low, "hazard_high": hazard_high, "survival": survival, "se": se, "low": low,
            "high": high,
        }
    )  # fmt: skip


def service_months(subscribers: pd.DataFrame, *, as_of: Any) -> pd.DataFrame:
    """Count each subscriber's months of service up to a day, and say who had left by then.

    Parameters
    ----------
    subscribers : DataFrame
        ``customer_id``, ``start_date`` and ``left_date`` (missing: still there), as in the subscriptions
        world.
    as_of : day
        The reporting day, inclusive: the last day of a month. What came after is not used.

    Returns
    -------
    DataFrame
        One row per subscriber who had started: ``customer_id``, ``months`` (a month begun counts) and
        ``left``.

    Raises
    ------
    DataError
        If a column is missing, or nobody had started.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "start_date": pd.to_datetime(["2024-01-01"] * 2),
    ...                       "left_date": pd.to_datetime(["2024-02-29", None])})
    >>> service_months(table, as_of="2024-06-30")[["months", "left"]].values.tolist()
    [[2, True], [6, False]]
    """
    from crmlab.contracts import require_columns

    require_columns(subscribers, ["customer_id", "start_date", "left_date"], name="subscribers")
    day = pd.Timestamp(as_of)
    known = subscribers[subscribers["start_date"] <= day].reset_index(drop=True)
    if known.empty:
        raise DataError(f"nobody had started by {day.date()}. Hint: a later as_of.")
    left = (known["left_date"] <= day).to_numpy()
    until = known["left_date"].where(left, day)
    begin = known["start_date"]
    months = (until.dt.year - begin.dt.year) * 12 + until.dt.month - begin.dt.month + 1
    return pd.DataFrame({"customer_id": known["customer_id"], "months": months.astype(int), "left": left})
