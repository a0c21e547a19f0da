"""A reward given by lot: whom it changes, whom it merely pays, and what an extra euro costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.targeting import difference_table


def reward_value(
    programme: pd.DataFrame, *, by: str, margin_rate: float, reward_rate: float, confidence: float = 0.95
) -> pd.DataFrame:
    r"""Value a reward on all spending, group by group, from a programme drawn by lot.

    The uplift is the difference, treated less control, of spending after less spending before: the same mean
    effect as of spending itself, with less noise. The reward is paid on everything a treated customer spends,
    so its **deadweight** (无谓支付) is the part paid on what would have been spent anyway. With margin m,
    reward rate r and usual spending s, the reward pays from an uplift of :math:`r s / (m - r)` on.

    Parameters
    ----------
    programme : DataFrame
        One row per customer: ``treated`` (by lot), ``spend_before_eur``, ``spend_after_eur`` and `by`.
    by : str
        Column of the groups, known before the lot was drawn.
    margin_rate : float
        Margin as a share of spending, above 0 and at most 1.
    reward_rate : float
        Reward as a share of spending, 0 or more and below `margin_rate`.
    confidence : float, default 0.95
        Of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per group: `by`, ``customers``, ``treated_n``, ``control_n``, ``spend_eur`` (mean without the
        reward), ``uplift``, ``uplift_low``, ``uplift_high``, ``cost_eur``, ``deadweight`` (share of the cost,
        at most 1), ``break_even_eur`` (uplift that pays), ``gain_eur``, ``gain_low``, ``gain_high`` (margin
        of the uplift less the cost); EUR per customer. ``cost_per_extra_eur`` is missing where the uplift is
        not above 0.

    Raises
    ------
    DataError
        If a column is missing, a rate is out of range, or all or none are treated.

    Examples
    --------
    >>> people = pd.DataFrame({"kind": "a", "treated": [1, 1, 0, 0], "spend_before_eur": [90.0, 110, 90, 110],
    ...                        "spend_after_eur": [110.0, 130, 90, 110]})
    >>> table = reward_value(people, by="kind", margin_rate=0.4, reward_rate=0.05)
    >>> table[["uplift", "cost_eur", "deadweight", "break_even_eur", "gain_eur"]].round(2).iloc[0].tolist()
    [20.0, 6.0, 0.83, 14.29, 2.0]
    """
    require_columns(programme, [by, "treated", "spend_before_eur", "spend_after_eur"], name="programme")
    if not 0 < margin_rate <= 1 or not 0 <= reward_rate < margin_rate:
        raise DataError(
            f"margin_rate must be above 0 and at most 1, reward_rate 0 or more and below it; "
            f"found {margin_rate!r} and {reward_rate!r}. 35 % is 0.35."
        )
    after, before = programme["spend_after_eur"], programme["spend_before_eur"]
    people = programme.assign(
        _change=(after - before).astype(float),
        _net=margin_rate * (after - before) - reward_rate * after * programme["treated"].astype(float),
        _after=after.astype(float),
    )
    change = difference_table(people, by=by, outcome="_change", confidence=confidence)
    net = difference_table(people, by=by, outcome="_net", confidence=confidence)
    spent = difference_table(people, by=by, outcome="_after", confidence=confidence)["mean_treated"]
    uplift, cost = change["uplift"], reward_rate * spent
    usual = spent - uplift
    with np.errstate(divide="ignore", invalid="ignore"):
        anyway = np.where(spent > 0, np.clip(usual / spent, 0, 1), np.nan)
        extra = np.where(uplift > 0, cost / uplift, np.nan)
    return change[[by, "customers", "treated_n", "control_n"]].assign(
        spend_eur=usual, uplift=uplift, uplift_low=change["uplift_low"], uplift_high=change["uplift_high"],
        cost_eur=cost, deadweight=anyway, cost_per_extra_eur=extra,
        break_even_eur=reward_rate * usual / (margin_rate - reward_rate), gain_eur=net["uplift"],
        gain_low=net["uplift_low"], gain_high=net["uplift_high"],
    )  # fmt: skip
