"""What each policy of a trial by lot changed, and which ones no other beats in profit and harm at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.targeting import difference_table


def policy_effects(
    people: pd.DataFrame, *, outcomes: Sequence[str], control: str = "soft", by: str | None = None
) -> pd.DataFrame:
    """Compare each policy of a trial with the control, outcome by outcome, with 95 % intervals (Welch).

    Parameters
    ----------
    people : DataFrame
        One row per household: ``policy``, the outcomes and, if asked for, the column `by`.
    outcomes : sequence of str
        Numeric columns.
    control : str, default "soft"
        The policy to compare with.
    by : str, optional
        A column of groups known before the trial, or from the truth: one comparison in each.

    Returns
    -------
    DataFrame
        ``outcome``, `by` (if given), ``policy``, ``households``, ``mean_control``, ``mean``, ``effect``
        (difference of the means) and its limits ``low`` and ``high``, in the unit of the outcome; limits are
        missing where a group has fewer than two households.

    Raises
    ------
    DataError
        If a column is missing, no outcome is named, a household is there twice, the control is not there, or
        there is nothing to compare with it.

    References
    ----------
    Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
    variances are involved. *Biometrika* 34, 28-35. doi:10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> people = pd.DataFrame({"policy": ["soft"] * 3 + ["firm"] * 3, "debt_eur": [5.0, 10, 15, 0, 5, 10]})
    >>> policy_effects(people, outcomes=["debt_eur"])[["policy", "effect"]].values.tolist()
    [['firm', -5.0]]
    """
    names = [outcomes] if isinstance(outcomes, str) else list(outcomes)
    if not names:
        raise DataError("outcomes must name at least one column. Hint: outcomes=['profit_eur']")
    require_columns(people, ["policy", *names, *([by] if by else [])], name="people")
    if "household_id" in people and people["household_id"].duplicated().any():
        twice = people.loc[people["household_id"].duplicated(), "household_id"].iloc[0]
        raise DataError(f"people must hold each household once; {twice!r} is there more often.")
    arms = [p for p in dict.fromkeys(people["policy"]) if p != control]
    if control not in set(people["policy"]) or not arms:
        raise DataError(
            f"people must hold the control {control!r} and another policy; it holds "
            f"{', '.join(dict.fromkeys(people['policy'])) or 'none'}."
        )
    rows = []
    for name in names:
        for arm in arms:
            pair = people[people["policy"].isin([control, arm])].assign(all=1)
            pair["treated"] = pair["policy"] == arm
            table = difference_table(pair, by=by or "all", outcome=name)
            rows.append(table.assign(outcome=name, policy=arm))
    made = pd.concat(rows, ignore_index=True).rename(
        columns={
            "mean_treated": "mean",
            "uplift": "effect",
            "uplift_low": "low",
            "uplift_high": "high",
            "customers": "households",
        }
    )
    keys = ["outcome", *([by] if by else []), "policy"]
    return made[[*keys, "households", "mean_control", "mean", "effect", "low", "high"]]


def policy_frontier(
    table: pd.DataFrame, *, gain: str = "profit_eur", harm: str = "hard_days"
) -> pd.DataFrame:
    """Mark the policies that no other beats in gain and harm at once.

    Beaten is one that another equals in both and betters in one.

    Parameters
    ----------
    table : DataFrame
        One row per policy with `gain` (more is better) and `harm` (less is better).
    gain, harm : str
        The two columns.

    Returns
    -------
    DataFrame
        The table with ``on_frontier`` (True or False), ordered by `harm`, then by falling `gain`.

    Raises
    ------
    DataError
        If a column is missing or holds what is no finite number.

    Examples
    --------
    >>> table = pd.DataFrame({"policy": list("abc"), "profit_eur": [10.0, 12, 9], "hard_days": [0.0, 3, 2]})
    >>> policy_frontier(table)[["policy", "on_frontier"]].values.tolist()
    [['a', True], ['c', False], ['b', True]]
    """
    require_columns(table, [gain, harm], name="table")
    values = table[[gain, harm]].to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DataError(
            f"{gain} and {harm} must be finite numbers. Hint: table.dropna(subset=[{gain!r}, {harm!r}])"
        )
    g, h = values[:, 0], values[:, 1]
    beaten = (g[None, :] >= g[:, None]) & (h[None, :] <= h[:, None])
    better = (g[None, :] > g[:, None]) | (h[None, :] < h[:, None])
    made = table.assign(on_frontier=~(beaten & better).any(axis=1))
    return made.sort_values([harm, gain], ascending=[True, False], kind="stable", ignore_index=True)
