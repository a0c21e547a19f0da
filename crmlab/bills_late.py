"""What the firm knows of a late household on the day of the letter: clues for "cannot" or "will not" pay."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmlab.bills import OPEN_EUR, paid_before
from crmlab.contracts import DataError, check, require_columns
from crmlab.datasets.energy import FEATURES, LETTER, PayRule


def late_features(
    status: pd.DataFrame, *, households: pd.DataFrame, payments: pd.DataFrame, contacts: pd.DataFrame
) -> pd.DataFrame:
    """List the late bills with what was known on day 18, before any letter.

    Parameters
    ----------
    status : DataFrame
        From `bill_status`, all bills.
    households, payments, contacts : DataFrame
        The tables ``households``, ``energy_payments`` and ``energy_contacts``.

    Returns
    -------
    DataFrame
        One row per bill after which 5 EUR or more were open on day 18: ``household_id``, ``bill_date`` and,
        as 0 or 1 unless told: ``part_paid`` (some money came since the bill), ``near_payday`` (it came
        within two days after payday), ``called`` (the household called), ``on_time_before`` (share of the
        last twelve bills on time), ``late_last_month`` (late after the bill before, too).

    Raises
    ------
    DataError
        If a column is missing or holds what it must not, or a household of `status` is unknown.

    Examples
    --------
    >>> from crmlab.bills import bill_status
    >>> from crmlab.datasets.energy_world import make_energy
    >>> w = make_energy(200, rng=1)
    >>> late = late_features(bill_status(w.energy_bills, w.energy_payments), households=w.households,
    ...     payments=w.energy_payments, contacts=w.energy_contacts)
    >>> list(late.columns[2:])
    ['part_paid', 'near_payday', 'called', 'on_time_before', 'late_last_month']
    """
    check(households, "households")
    check(payments, "energy_payments")
    check(contacts, "energy_contacts")
    require_columns(status, ["household_id", "bill_date", "amount_eur", "on_time"], name="status")
    pay_day = households.set_index("household_id")["payday"].astype(float)
    strange = ~status["household_id"].isin(pay_day.index)
    if strange.any():
        who = status.loc[strange, "household_id"].iloc[0]
        raise DataError(f"every household of status must be in households; {who!r} is not.")
    rows = status.sort_values(["household_id", "bill_date"], ignore_index=True)
    by = rows.groupby("household_id")
    owed = by["amount_eur"].cumsum()
    letter = rows["bill_date"] + pd.Timedelta(days=LETTER)
    rows["late"] = owed - paid_before(payments, rows["household_id"], letter) >= OPEN_EUR - 1e-6
    rows["late_last_month"] = by["late"].shift(fill_value=False).astype(float)
    good = rows["on_time"].astype(float)
    upto = good.groupby(rows["household_id"]).cumsum()
    long_ago = (upto - good).groupby(rows["household_id"]).shift(12, fill_value=0.0)
    n_before = by.cumcount().clip(upper=12)
    rows["on_time_before"] = ((upto - good - long_ago) / n_before).where(n_before > 0, 1.0)
    rows["month"] = _month(rows["bill_date"])
    paid = payments.assign(month=_month(payments["payment_date"]), day=payments["payment_date"].dt.day)
    paid = paid[paid["day"] <= LETTER].sort_values("payment_date").drop_duplicates(["household_id", "month"])
    paid["since"] = paid["day"].astype(float) - pay_day.reindex(paid["household_id"]).to_numpy()
    rows = rows.merge(paid[["household_id", "month", "since"]], how="left", on=["household_id", "month"])
    rows["part_paid"] = rows["since"].notna().astype(float)
    rows["near_payday"] = rows["since"].between(0, 2).astype(float)
    calls = contacts[(contacts["topic"] == "call") & (contacts["contact_date"].dt.day <= LETTER)]
    calls = calls.assign(month=_month(calls["contact_date"]))[["household_id", "month"]].drop_duplicates()
    rows = rows.merge(calls.assign(called=1.0), how="left", on=["household_id", "month"]).fillna(
        {"called": 0.0}
    )
    return rows.loc[rows["late"], ["household_id", "bill_date", *FEATURES]].reset_index(drop=True)


def fit_pay_rule(known: pd.DataFrame, *, could_not: str = "could_not_pay", threshold: float = 0.5) -> PayRule:
    """Fit a logistic score for "cannot pay" on late bills whose reason was asked for.

    Parameters
    ----------
    known : DataFrame
        `FEATURES` as in `late_features`, and the answer.
    could_not : str, default "could_not_pay"
        The column with the answer, True or False.
    threshold : float, default 0.5
        From which chance on a household is spared: 0 to 1.

    Returns
    -------
    PayRule
        Weights (ridge penalty 1, as scikit-learn's default), intercept and threshold.

    Raises
    ------
    DataError
        If a column is missing, a clue is no finite number, the answers are not two, or the threshold is out
        of range.

    Examples
    --------
    >>> known = pd.DataFrame(0.0, index=range(6), columns=list(FEATURES))
    >>> known["called"], known["could_not_pay"] = [1, 1, 1, 0, 0, 0], [True, True, True, False, False, False]
    >>> bool(fit_pay_rule(known).weights[2] > 0)
    True
    """
    from sklearn.linear_model import LogisticRegression

    require_columns(known, [*FEATURES, could_not], name="known")
    _share(threshold, "threshold")
    if not np.isfinite(known[list(FEATURES)].to_numpy(dtype=float)).all():
        raise DataError("every clue in known must be a finite number. Hint: known.isna().sum()")
    answers = list(known[could_not].unique())
    if any(pd.isna(a) or a not in (True, False) for a in answers):
        raise DataError(
            f"{could_not} must be True or False in every row; found {', '.join(sorted(map(str, answers)))}."
        )
    if len(answers) < 2:
        raise DataError(
            f"{could_not} must hold both answers; all {len(known):,} are the same. Hint: ask more households."
        )
    fit = LogisticRegression(max_iter=1000).fit(
        known[list(FEATURES)].to_numpy(), known[could_not].to_numpy(dtype=bool)
    )
    return PayRule(tuple(float(w) for w in fit.coef_[0]), float(fit.intercept_[0]), float(threshold))


def pay_score(rule: PayRule, late: pd.DataFrame) -> pd.Series:
    """Give each late bill the chance that the household cannot pay.

    Parameters
    ----------
    rule : PayRule
        From `fit_pay_rule`.
    late : DataFrame
        From `late_features`.

    Returns
    -------
    Series
        0 to 1, with the index of `late`.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> late = pd.DataFrame(0.0, index=[0], columns=list(FEATURES))
    >>> pay_score(PayRule((1, 1, 1, 1, 1), 0.0), late).tolist()
    [0.5]
    """
    require_columns(late, list(FEATURES), name="late")
    z = late[list(FEATURES)].to_numpy(dtype=float) @ np.array(rule.weights) + rule.intercept
    return pd.Series(1 / (1 + np.exp(-z)), index=late.index)


def score_errors(score: Any, could_not: Any, *, steps: int = 19) -> pd.DataFrame:
    """Count both errors of a score at several lines: who is wrongly cut off, who is wrongly spared.

    Parameters
    ----------
    score : array-like of float
        Chance of "cannot pay", 0 to 1.
    could_not : array-like of bool
        The truth, or the best answer there is.
    steps : int, default 19
        Lines between 0 and 1, evenly spread: 1 to 999.

    Returns
    -------
    DataFrame
        ``threshold``, ``cut_wrongly`` (share of those who cannot pay that lie below the line) and
        ``spared_wrongly`` (share of those who could pay that lie on it or above).

    Raises
    ------
    DataError
        If the two are not equally long, a score is no number from 0 to 1, one of the two groups is empty or
        `steps` is out of range.

    Examples
    --------
    >>> score_errors([0.9, 0.2, 0.6, 0.1], [True, True, False, False], steps=1).iloc[0].tolist()
    [0.5, 0.5, 0.5]
    """
    s, y = np.asarray(score, dtype=float), np.asarray(could_not, dtype=bool)
    if s.shape != y.shape or s.ndim != 1:
        raise DataError(f"score and could_not must be equally long; found {s.size:,} and {y.size:,}.")
    if not ((s >= 0) & (s <= 1)).all():
        raise DataError("every score must be a number from 0 to 1. Hint: score = crm.pay_score(rule, late)")
    if y.all() or not y.any():
        raise DataError("could_not must hold both True and False; it holds one of them only.")
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= 999:
        raise DataError(f"steps must be a whole number from 1 to 999; found {steps!r}.")
    lines = np.round(np.arange(1, steps + 1) / (steps + 1), 10)
    return pd.DataFrame(
        {
            "threshold": lines,
            "cut_wrongly": [(s[y] < line).mean() for line in lines],
            "spared_wrongly": [(s[~y] >= line).mean() for line in lines],
        }
    )


def _month(days: pd.Series) -> pd.Series:
    """Count months since year 0, as one whole number."""
    return days.dt.year * 12 + days.dt.month


def _share(value: Any, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise DataError(f"{name} must be a number from 0 to 1; found {value!r}.")
