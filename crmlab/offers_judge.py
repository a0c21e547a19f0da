"""What would another plan have earned? Off-policy evaluation: rows that happen to fit stand for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]


def judge_offers(
    log: pd.DataFrame, plans: Mapping[str, Any], *, predicted: pd.DataFrame | None = None
) -> pd.DataFrame:
    r"""Estimate the profit per row of plans that were never carried out, from a log with known chances.

    By inverse propensity each row that got what the plan wants counts :math:`1 / p` times, for the chance p
    that it got it: :math:`V = \frac1n \sum 1[a_i = \pi_i]\, y_i / p_i`. With `predicted` profits the model
    speaks for all rows and the matching rows correct it (doubly robust): :math:`V = \frac1n \sum q_i(\pi_i) +
    1[a_i = \pi_i] (y_i - q_i(a_i)) / p_i`, which is right if the chances are, and less noisy.

    Parameters
    ----------
    log : DataFrame
        One row per customer and mailing: ``offer``, ``propensity`` (above 0) and ``profit_eur``.
    plans : mapping of str to array-like
        Name and the offer that each row of the log should have got. The plan must not have been chosen on
        the same rows.
    predicted : DataFrame, optional
        Predicted profit, row by row as the log, one column per offer; made without these rows.

    Returns
    -------
    DataFrame
        One row per plan: ``plan``, ``matched`` (rows that got what the plan wants), ``effective`` (how many
        equally weighted rows they are worth), ``profit_eur`` (per row), ``low``, ``high`` (95 %, normal),
        ``gain_eur`` (less the first plan's), ``gain_low``, ``gain_high`` (paired).

    Raises
    ------
    DataError
        If a column is missing or holds gaps, a propensity is not above 0, a plan has another length or holds
        an offer that is not in `predicted` (without it: not in the log), or `predicted` has other rows.

    References
    ----------
    Horvitz, D. G., Thompson, D. J. (1952). Journal of the American Statistical Association 47, 663-685.
    Dudik, M., Langford, J., Li, L. (2011). Doubly robust policy evaluation and learning. ICML 28.

    Examples
    --------
    >>> log = pd.DataFrame({"offer": ["a", "b", "a", "b"], "propensity": 0.5,
    ...     "profit_eur": [1.0, 3.0, 1.0, 5.0]})
    >>> judge_offers(log, {"all a": ["a"] * 4, "all b": ["b"] * 4})["profit_eur"].tolist()
    [1.0, 4.0]
    """
    require_columns(log, ("offer", "propensity", "profit_eur"), name="log")
    p, y = log["propensity"].to_numpy(dtype=float), log["profit_eur"].to_numpy(dtype=float)
    if not ((p > 0) & (p <= 1)).all():
        raise DataError(f"propensity must be above 0 and at most 1; found {p.min():g} to {p.max():g}.")
    if np.isnan(y).any():
        raise DataError(f"profit_eur is missing in {int(np.isnan(y).sum()):,} rows of the log.")
    got = log["offer"].to_numpy(dtype=object)
    known = pd.Index(log["offer"].unique()) if predicted is None else predicted.columns
    if predicted is not None:
        _same_rows(log, predicted)
    out, first = [], None
    for name, wanted in plans.items():
        plan = np.atleast_1d(np.asarray(wanted, dtype=object))
        if len(plan) != len(log):
            raise DataError(f"plan {name!r} has {len(plan):,} rows; the log has {len(log):,}.")
        odd = sorted({str(o) for o in plan if o not in known})
        if odd:
            raise DataError(
                f"plan {name!r} holds {odd[0]!r}, which is not an offer here: {', '.join(map(str, known))}."
            )
        fits = got == plan
        weight = fits / p
        if predicted is None:
            each = weight * y
        else:
            q = predicted.to_numpy(dtype=float)
            rows = np.arange(len(plan))
            columns = predicted.columns
            said = q[rows, columns.get_indexer(plan)]
            each = said + weight * (y - q[rows, columns.get_indexer(got)])
        first = each if first is None else first
        gap = each - first
        error, gap_error = (1.96 * v.std() / np.sqrt(len(v)) for v in (each, gap))
        out.append(
            {
                "plan": name, "matched": int(fits.sum()),
                "effective": float(weight.sum() ** 2 / max((weight**2).sum(), 1e-12)),
                "profit_eur": float(each.mean()), "low": float(each.mean() - error),
                "high": float(each.mean() + error), "gain_eur": float(gap.mean()),
                "gain_low": float(gap.mean() - gap_error), "gain_high": float(gap.mean() + gap_error),
            }
        )  # fmt: skip
    return pd.DataFrame(out)


def _same_rows(log: pd.DataFrame, predicted: pd.DataFrame) -> None:
    if len(predicted) != len(log):
        raise DataError(f"predicted has {len(predicted):,} rows; the log has {len(log):,}.")
    if not predicted.index.equals(log.index):
        raise DataError(
            "predicted has another index than the log, so its rows may be other people's. "
            "Hint: predicted = predicted.loc[log.index]"
        )
    missing = [o for o in log["offer"].unique() if o not in predicted.columns]
    if missing:
        raise DataError(f"predicted has no column {missing[0]!r}, an offer of the log.")
    if predicted.isna().any(axis=None):
        raise DataError("predicted has missing values.")
