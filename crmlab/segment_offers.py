"""Does it pay to treat segments differently? Offers chosen on one part of a trial, judged on the other."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
NOTHING = "nothing"
AFRESH = "best, chosen afresh"


def plan_offers(trial: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Choose the offer that earned most in each segment of a trial; nothing where none earned its cost.

    Parameters
    ----------
    trial : DataFrame
        One row per customer: ``offer`` (drawn by lot), ``net_eur`` (margin less the cost of the offer) and
        the segment in the column `by`.
    by : str
        The column with the segment.

    Returns
    -------
    DataFrame
        One row per segment: `by`, ``customers``, ``offer`` (the first in the alphabet of equals; "nothing"
        if no mean is above 0), ``net_eur`` (its mean per customer, 0 for nothing) and ``same_eur`` (what the
        offer that is best for all together earned there).

    Raises
    ------
    DataError
        If a column is missing or holds missing values.

    Examples
    --------
    >>> trial = pd.DataFrame({"segment": [1, 1, 2, 2], "offer": ["guide", "coupon"] * 2,
    ...     "net_eur": [4.0, 1.0, -1.0, 2.0]})
    >>> plan_offers(trial, by="segment").values.tolist()
    [[1, 2, 'guide', 4.0, 1.0], [2, 2, 'coupon', 2.0, 2.0]]
    """
    code, names, offer, offers, net = _checked(trial, [by])
    means = _means(code[0], len(names[0]), offer, len(offers), net, np.ones(len(net)))
    whole = _means(0 * offer, 1, offer, len(offers), net, np.ones(len(net)))[0]
    best = np.nanargmax(np.where(np.isnan(means), -np.inf, means), axis=1)
    gain = np.nan_to_num(means[np.arange(len(best)), best], nan=0.0)
    return pd.DataFrame(
        {
            by: names[0],
            "customers": np.bincount(code[0], minlength=len(names[0])),
            "offer": np.where(gain > 0, np.array(offers, dtype=object)[best], NOTHING),
            "net_eur": np.maximum(gain, 0.0),
            "same_eur": np.nan_to_num(means[:, int(np.nanargmax(whole))], nan=0.0),
        }
    )


def judge_plans(
    trial: pd.DataFrame,
    *,
    plans: Sequence[str],
    mailings: int = 1,
    programme_cost_eur: float = 0.0,
    folds: int = 5,
    draws: int = 200,
    confidence: float = 0.95,
    choose_from: Sequence[str] = (),
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Estimate what each segmentation earns in a year, on customers who had no say in choosing its offers.

    The customers are dealt into `folds`. For each fold the offers are chosen on the others; a customer of
    the fold who happened to get the chosen offer stands for all who did not, by weight 1 / share of that
    offer. For the interval all of it is repeated on customers drawn again with replacement: profit plus and
    minus the standard deviation of the draws times the normal quantile. Every plan is judged on the same
    draws, so that their difference is sharper than each.

    The highest of many estimates is too high on average: it won by luck too. With `choose_from`, the plan
    itself is also chosen on the other folds, and counted in the fold that had no say.

    Parameters
    ----------
    trial : DataFrame
        One row per customer: ``offer`` (drawn by lot), ``net_eur`` and one column for each plan.
    plans : names
        Columns with a segment for each customer; the first is what the others are compared with.
    mailings : int, default 1
        Mailings a year, 0 or more.
    programme_cost_eur : float, default 0
        What one segment's programme costs in a year, 0 or more.
    folds : int, default 5
        2 or more.
    draws : int, default 200
        Bootstrap draws, 20 or more.
    confidence : float, default 0.95
        Of the intervals, between 0 and 1.
    choose_from : names, default none
        Those of `plans` from which the best is chosen afresh in every fold; this adds a last row.
    rng : int or Generator, default 0
        Seed of folds and draws.

    Returns
    -------
    DataFrame
        One row per plan: ``plan``, ``segments``, ``net_eur`` (mean per customer and mailing, before the
        programmes), ``profit_eur`` (a year, all customers of the trial, after the programmes), ``low``,
        ``high``, and ``gain_eur``, ``gain_low``, ``gain_high`` (profit less that of the first plan). With
        `choose_from`, a last row "best, chosen afresh" (``segments``: those of the highest estimate).

    Raises
    ------
    DataError
        If a column is missing or holds missing values, or a setting is out of range.

    References
    ----------
    Horvitz, D. G., Thompson, D. J. (1952). A generalization of sampling without replacement from a finite
    universe. *Journal of the American Statistical Association* 47, 663-685.
    doi:10.1080/01621459.1952.10483446

    Examples
    --------
    >>> trial = pd.DataFrame({"all": 1, "kind": [1, 2] * 100, "offer": ["guide"] * 100 + ["coupon"] * 100})
    >>> trial["net_eur"] = np.where((trial["kind"] == 1) == (trial["offer"] == "guide"), 3.0, 1.0)
    >>> judge_plans(trial, plans=["all", "kind"], draws=20)[["plan", "segments", "net_eur"]].round(0)
       plan  segments  net_eur
    0   all         1      2.0
    1  kind         2      3.0
    """
    for name, value, low in (("mailings", mailings, 0), ("folds", folds, 2), ("draws", draws, 20)):
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise DataError(f"{name} must be a whole number of {low} or more; found {value!r}.")
    if not 0 <= programme_cost_eur < np.inf:
        raise DataError(f"programme_cost_eur must be 0 or more; found {programme_cost_eur!r}.")
    if not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1; found {confidence!r}.")
    if not set(choose_from) <= set(plans):
        odd = sorted(set(choose_from) - set(plans))[0]
        raise DataError(f"choose_from names {odd!r}, which is not one of plans: {', '.join(plans)}.")
    code, names, offer, offers, net = _checked(trial, plans)
    g = np.random.default_rng(rng)
    n = len(net)
    fold = g.permutation(n) % folds
    weights = [np.ones(n), *(np.bincount(g.integers(0, n, n), minlength=n) * 1.0 for _ in range(draws))]
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    part = np.array([np.bincount(fold, weights=w, minlength=folds) / n for w in weights])  # size of each fold
    others = 1 - np.eye(folds)[:, :, None, None]
    net_of, earned, seen, sizes = {}, {}, {}, {}  # by plan: draws x folds
    for plan, segment, labels in zip(plans, code, names, strict=True):
        shape = (folds, len(labels), len(offers))
        cells = [_cells(segment, offer, net, fold, shape, w) for w in weights]
        sizes[plan], cost = len(labels), programme_cost_eur * len(labels)
        net_of[plan] = np.array([_held_out(*cell) for cell in cells])
        earned[plan] = net_of[plan] * mailings - cost * part
        if plan in choose_from:  # what the other folds say of it, for each fold
            rest = np.array([_held_out(s * others, c * others, i).sum(axis=1) for s, c, i in cells])
            seen[plan] = rest * mailings / np.maximum(1 - part, 1e-12) - cost
    if seen:
        best = np.argmax(np.array(list(seen.values())), axis=0)[None]
        for table in (net_of, earned):
            table[AFRESH] = np.take_along_axis(np.array([table[p] for p in seen]), best, axis=0)[0]
        sizes[AFRESH] = sizes[max(seen, key=lambda p: float(earned[p][0].sum()))]
    first = earned[plans[0]].sum(axis=1)
    rows: list[dict[str, Any]] = []
    for plan, by_fold in earned.items():
        profit = by_fold.sum(axis=1) + 0.0  # never a minus zero
        gain = profit - first
        half, gain_half = z * profit[1:].std(ddof=1), z * gain[1:].std(ddof=1)
        rows.append(
            {
                "plan": plan, "segments": sizes[plan], "net_eur": net_of[plan][0].sum() / n,
                "profit_eur": profit[0], "low": profit[0] - half, "high": profit[0] + half,
                "gain_eur": gain[0], "gain_low": gain[0] - gain_half, "gain_high": gain[0] + gain_half,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _cells(
    segment: Array, offer: Array, net: Array, fold: Array, shape: tuple[int, int, int], w: Array
) -> tuple[Array, Array, Array]:
    """Sum net and customers by fold, segment and offer; and 1 / share of each offer."""
    cell = (fold * shape[1] + segment) * shape[2] + offer
    size = shape[0] * shape[1] * shape[2]
    sums = np.bincount(cell, weights=w * net, minlength=size).reshape(shape)
    counts = np.bincount(cell, weights=w, minlength=size).reshape(shape)
    share = counts.sum(axis=(0, 1)) / counts.sum()
    return sums, counts, np.divide(1.0, share, out=np.zeros(shape[2]), where=share > 0)


def _held_out(sums: Array, counts: Array, inverse: Array) -> Array:
    """Net of each fold's customers under the offers that the other folds choose."""
    rest, people = (x.sum(axis=-3, keepdims=True) - x for x in (sums, counts))
    mean = np.divide(rest, people, out=np.full(rest.shape, -np.inf), where=people > 0.5)
    best = mean.argmax(axis=-1)[..., None]
    chosen = np.take_along_axis(sums, best, axis=-1)[..., 0]
    pays = np.take_along_axis(mean, best, axis=-1)[..., 0] > 0
    return np.asarray((chosen * inverse[best[..., 0]] * pays).sum(axis=-1))


def _means(segment: Array, segments: int, offer: Array, offers: int, net: Array, w: Array) -> Array:
    """Mean net of every segment and offer; missing where nobody had it."""
    cell = segment * offers + offer
    sums = np.bincount(cell, weights=w * net, minlength=segments * offers).reshape(segments, offers)
    counts = np.bincount(cell, weights=w, minlength=segments * offers).reshape(segments, offers)
    means: Array = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return means


def _checked(
    trial: pd.DataFrame, plans: Sequence[str]
) -> tuple[list[Array], list[list[Any]], Array, list[Any], Array]:
    """Give segments and offers as numbers with their sorted names, and the net of each customer."""
    require_columns(trial, ["offer", "net_eur", *plans], name="trial")
    if trial.empty:
        raise DataError("trial has no rows. Hint: one row per customer, with offer and net_eur.")
    for column in ("offer", "net_eur", *plans):
        bad = int(trial[column].isna().sum())
        if bad:
            raise DataError(
                f"trial: {bad:,} value(s) of {column!r} are missing. Hint: give these customers a segment "
                f"of their own, such as 'no answer'."
            )
    order = np.argsort(trial["customer_id"].to_numpy().astype(str)) if "customer_id" in trial else slice(None)
    rows = trial.iloc[order]
    found = [pd.factorize(rows[plan], sort=True) for plan in plans]
    offer, offers = pd.factorize(rows["offer"], sort=True)
    net = rows["net_eur"].to_numpy(dtype=float)
    return [c for c, _ in found], [list(names) for _, names in found], offer, list(offers), net
