"""The demand questions answered from what was seen, and whether an own answer beats the base rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
MOST_KAPPA = 1000.0
EVENTS = ("customer_id", "question", "answer", "date")


def demand_profile(events: pd.DataFrame, *, as_of: Any) -> pd.DataFrame:
    r"""Guess each customer's next answer to each demand question, from theirs so far and from everybody's.

    The chance of answer j is :math:`(c_j + \kappa b_j) / (n + \kappa)`: own count, and the base rate as if it
    had been seen :math:`\kappa` times. :math:`\kappa` is fitted per question (Dirichlet-multinomial, most
    likely value between 0.05 and 1,000): small where customers differ, 1,000 where they do not.

    Parameters
    ----------
    events : DataFrame
        One row per thing seen: ``customer_id``, ``question``, ``answer`` (text) and ``date``.
    as_of : str or date
        The reporting day, inclusive; later rows are not looked at.

    Returns
    -------
    DataFrame
        One row per question and customer (everybody with any row by `as_of`), sorted: ``question``,
        ``customer_id``, ``seen`` (answers so far, 0 or more), ``guess``, ``chance`` (of the guess, 0 to 1),
        ``base_guess``, ``base_chance`` and ``kappa``.

    Raises
    ------
    DataError
        If a column, a customer, a date or an answer is missing, or nothing was seen by `as_of`.

    References
    ----------
    Minka, T. P. (2000). Estimating a Dirichlet distribution. Technical report, MIT.

    Examples
    --------
    >>> events = pd.DataFrame({"customer_id": list("aaabbb"), "question": "paid how",
    ...     "answer": ["card"] * 3 + ["cash"] * 3, "date": pd.to_datetime(["2024-01-01"] * 6)})
    >>> demand_profile(events, as_of="2024-01-31")[["customer_id", "seen", "guess"]].values.tolist()
    [['a', 3, 'card'], ['b', 3, 'cash']]
    """
    seen = _events(events)
    seen = seen[seen["date"] <= pd.Timestamp(as_of)]
    if seen.empty:
        raise DataError(f"nothing was seen by {pd.Timestamp(as_of).date()}.")
    everybody = pd.Index(sorted(seen["customer_id"].unique()), name="customer_id")
    parts = []
    for question, rows in seen.groupby("question"):
        counts = pd.crosstab(rows["customer_id"], rows["answer"])
        base = (counts.sum() / counts.to_numpy().sum()).to_numpy()
        kappa = _kappa(counts.to_numpy(dtype=float), base)
        full = counts.reindex(everybody, fill_value=0).to_numpy(dtype=float)
        n = full.sum(axis=1)
        chance = (full + kappa * base) / (n + kappa)[:, None]
        best, names = chance.argmax(axis=1), counts.columns.to_numpy(dtype=object)
        parts.append(
            pd.DataFrame(
                {
                    "question": question,
                    "customer_id": everybody,
                    "seen": n.astype(int),
                    "guess": names[best],
                    "chance": chance.max(axis=1),
                    "base_guess": names[int(base.argmax())],
                    "base_chance": float(base.max()),
                    "kappa": kappa,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def demand_coverage(
    profile: pd.DataFrame, after: pd.DataFrame, *, sure: float = 0.7, at_least: int = 1
) -> pd.DataFrame:
    """Say for each question how many it can be answered for, and whether that beats the base rate afterwards.

    Each customer's own guess and the base guess are held against the first answers seen later.

    Parameters
    ----------
    profile : DataFrame
        From `demand_profile`, or of the same columns (``kappa`` may be left out).
    after : DataFrame
        Events after the reporting day, as in `demand_profile`; the rows of each customer's first day with an
        answer to the question count, in equal parts.
    sure : float, default 0.7
        A guess with at least this chance counts as sure, above 0 up to 1.
    at_least : int, default 1
        A customer counts as known if seen so often, 1 or more.

    Returns
    -------
    DataFrame
        One row per question: ``question``, ``customers``, ``known_share``, ``sure_share``, ``kappa``,
        ``scored`` (known customers with a later answer), ``base_right``, ``own_right`` (share of them guessed
        rightly), ``gain`` (the difference), ``low`` and ``high`` (its 95 % interval, paired, normal).

    Raises
    ------
    DataError
        If a column is missing, a number is out of range, or `profile` has a question and customer twice.

    Examples
    --------
    >>> day = pd.to_datetime(["2024-01-01"] * 6 + ["2024-03-01"] * 2)
    >>> events = pd.DataFrame({"customer_id": list("aaabbbab"), "question": "paid how",
    ...     "answer": ["card"] * 3 + ["cash"] * 3 + ["card", "cash"], "date": day})
    >>> after = events[events["date"] > "2024-01-31"]
    >>> table = demand_coverage(demand_profile(events, as_of="2024-01-31"), after)
    >>> table[["base_right", "own_right", "gain"]].values.tolist()
    [[0.5, 1.0, 0.5]]
    """
    if not 0 < sure <= 1:
        raise DataError(f"sure must be above 0 and at most 1; found {sure!r}.")
    if isinstance(at_least, bool) or not isinstance(at_least, int) or at_least < 1:
        raise DataError(f"at_least must be a whole number of 1 or more; found {at_least!r}.")
    columns = ("question", "customer_id", "seen", "guess", "chance", "base_guess")
    require_columns(profile, columns, name="profile")
    twice = int(profile.duplicated(["question", "customer_id"]).sum())
    if twice:
        raise DataError(f"profile has {twice:,} rows that repeat a question and customer.")
    later = _events(after)
    first = later.groupby(["question", "customer_id"])["date"].transform("min")
    later = later[later["date"] == first].merge(profile, on=["question", "customer_id"])
    later = later[later["seen"] >= at_least]
    later["own"] = (later["answer"] == later["guess"]).astype(float)
    later["base"] = (later["answer"] == later["base_guess"]).astype(float)
    scored = later.groupby(["question", "customer_id"])[["own", "base"]].mean()
    out = []
    for question, rows in profile.groupby("question"):
        known = rows["seen"] >= at_least
        found = question in scored.index.get_level_values(0)
        mine = scored.loc[question] if found else pd.DataFrame({"own": [], "base": []})
        gap = mine["own"] - mine["base"]
        error = 1.96 * gap.std() / np.sqrt(len(gap)) if len(gap) > 1 else np.nan
        out.append(
            {
                "question": question,
                "customers": len(rows),
                "known_share": float(known.mean()),
                "sure_share": float((known & (rows["chance"] >= sure)).mean()),
                "kappa": float(rows["kappa"].iloc[0]) if "kappa" in rows else np.nan,
                "scored": len(gap),
                "base_right": float(mine["base"].mean()),
                "own_right": float(mine["own"].mean()),
                "gain": float(gap.mean()),
                "low": float(gap.mean() - error),
                "high": float(gap.mean() + error),
            }
        )
    return pd.DataFrame(out)


def _events(events: pd.DataFrame) -> pd.DataFrame:
    require_columns(events, EVENTS, name="events")
    if not pd.api.types.is_datetime64_any_dtype(events["date"]):
        raise DataError('events: date must hold dates. Hint: events["date"] = pd.to_datetime(events["date"])')
    for column in ("customer_id", "date"):
        if events[column].isna().any():
            raise DataError(f"events: {column} is missing in {int(events[column].isna().sum()):,} rows.")
    if events["answer"].isna().any():
        raise DataError(
            f"events: {int(events['answer'].isna().sum()):,} answers are missing. "
            'Hint: events = events.dropna(subset="answer")'
        )
    return events[list(EVENTS)].astype({"customer_id": str, "question": str, "answer": str})


def _kappa(counts: Array, base: Array) -> float:
    """Find the most likely weight of the base rate; 1,000 if there is nothing personal to see."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    distinct, times = np.unique(counts[counts.sum(axis=1) > 1], axis=0, return_counts=True)
    if not len(distinct) or len(base) < 2:
        return MOST_KAPPA
    n = distinct.sum(axis=1)

    def minus_log_likelihood(log_kappa: float) -> float:
        k = np.exp(log_kappa)
        each = gammaln(k) - gammaln(k + n)
        each = each + (gammaln(k * base + distinct) - gammaln(k * base)).sum(axis=1)
        return float(-(times * each).sum())

    low, high = np.log(0.05), np.log(MOST_KAPPA)
    best = minimize_scalar(minus_log_likelihood, bounds=(low, high), method="bounded")
    found = float(np.exp(best.x))
    return MOST_KAPPA if found > 0.95 * MOST_KAPPA else found
