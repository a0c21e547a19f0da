"""Loyalists, mercenaries, hostages, defectors: a rule table on attitude and behaviour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

_BOUNDS = ("attitude_from", "attitude_below", "behaviour_from", "behaviour_below")


def loyalty_rules(*, satisfied_from: float = 4, loyal_from: float = 0.5) -> pd.DataFrame:
    """Give the rule table of the four types of loyalty (忠诚类型). The thresholds are ours to choose.

    Parameters
    ----------
    satisfied_from : float, default 4
        Answer on the 5-point scale from which a customer counts as content, above 1 and at most 5.
    loyal_from : float, default 0.5
        Share of wallet from which a customer counts as staying, above 0 and at most 1.

    Returns
    -------
    DataFrame
        One row per type: ``loyalty_type``, ``attitude_from``, ``attitude_below``, ``behaviour_from``,
        ``behaviour_below``. A bound "from" belongs to the type, a bound "below" does not.

    Raises
    ------
    DataError
        If a threshold is out of range.

    References
    ----------
    Jones, T. O., Sasser, W. E. (1995). Why satisfied customers defect. *Harvard Business Review* 73(6),
    88-99. Dick, A. S., Basu, K. (1994). Customer loyalty: toward an integrated conceptual framework. *Journal
    of the Academy of Marketing Science* 22(2), 99-113. doi:10.1177/0092070394222001

    Examples
    --------
    >>> loyalty_rules()["loyalty_type"].tolist()
    ['loyalist', 'mercenary', 'hostage', 'defector']
    """
    if not 1 < satisfied_from <= 5:
        raise DataError(f"satisfied_from must be above 1 and at most 5; found {satisfied_from!r}.")
    if not 0 < loyal_from <= 1:
        raise DataError(f"loyal_from must be above 0 and at most 1; found {loyal_from!r}.")
    low, high = -np.inf, np.inf
    rows = [
        ("loyalist", satisfied_from, high, loyal_from, high),
        ("mercenary", satisfied_from, high, low, loyal_from),
        ("hostage", low, satisfied_from, loyal_from, high),
        ("defector", low, satisfied_from, low, loyal_from),
    ]
    return pd.DataFrame(rows, columns=["loyalty_type", *_BOUNDS]).astype(dict.fromkeys(_BOUNDS, float))


def type_customers(
    people: pd.DataFrame, *, rules: pd.DataFrame | None = None, attitude: str = "satisfaction",
    behaviour: str = "share_of_wallet", unknown: str = "no answer",
) -> pd.DataFrame:  # fmt: skip
    """Give every customer the type of loyalty that the rule table says.

    Parameters
    ----------
    people : DataFrame
        One row per customer.
    rules : DataFrame, optional
        As from `loyalty_rules`, which is used when left out. Every case must fall under exactly one row.
    attitude : str, default "satisfaction"
        Numeric column, high is content; a gap gives the type `unknown`.
    behaviour : str, default "share_of_wallet"
        Numeric column without gaps, high is loyal.
    unknown : str, default "no answer"
        What to call those without an answer.

    Returns
    -------
    DataFrame
        The rows of `people` with ``loyalty_type``.

    Raises
    ------
    DataError
        If a column is missing, a behaviour is missing, or the rules leave a case out or cover one twice.

    Examples
    --------
    >>> people = pd.DataFrame({"satisfaction": [5, 4, 2, 1, None],
    ...                        "share_of_wallet": [0.9, 0.2, 0.8, 0.0, 0.7]})
    >>> type_customers(people)["loyalty_type"].tolist()
    ['loyalist', 'mercenary', 'hostage', 'defector', 'no answer']
    """
    rules = loyalty_rules() if rules is None else rules
    require_columns(rules, ["loyalty_type", *_BOUNDS], name="rules")
    require_columns(people, [attitude, behaviour], name="people")
    _cover_once(rules)
    feels = pd.to_numeric(people[attitude]).to_numpy(dtype=float, na_value=np.nan)
    does = pd.to_numeric(people[behaviour]).to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(does).any():
        raise DataError(
            f"{int(np.isnan(does).sum()):,} customers have no {behaviour!r}. "
            f"Hint: who bought nothing has 0, not a gap."
        )
    kinds = np.full(len(people), unknown, dtype=object)
    for rule in rules.itertuples():
        here = (feels >= rule.attitude_from) & (feels < rule.attitude_below)
        kinds[here & (does >= rule.behaviour_from) & (does < rule.behaviour_below)] = rule.loyalty_type
    return people.assign(loyalty_type=kinds)


def _cover_once(rules: pd.DataFrame) -> None:
    """Try one point in every cell of the grid that the bounds make; each must fall under one rule."""
    sides = []
    for low, high in (_BOUNDS[:2], _BOUNDS[2:]):
        bounds = np.unique(rules[[low, high]].to_numpy(dtype=float))
        inner = bounds[np.isfinite(bounds)]
        sides.append(np.concatenate(([-np.inf], inner)) if len(inner) else np.array([0.0]))
    for feels in sides[0]:
        for does in sides[1]:
            inside = (
                (rules["attitude_from"] <= feels) & (feels < rules["attitude_below"])
                & (rules["behaviour_from"] <= does) & (does < rules["behaviour_below"])
            )  # fmt: skip
            if inside.sum() != 1:
                names = ", ".join(map(str, rules.loc[inside, "loyalty_type"])) or "no type"
                raise DataError(
                    f"the rules give {names} for an attitude of {feels:g} and a behaviour of {does:g}; "
                    f"every case must have exactly one type. Hint: loyalty_rules()"
                )
