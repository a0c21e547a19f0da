"""How fast recorded values go out of date, estimated from values that were verified again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

_RATES = np.geomspace(1e-4, 10, 4001)  # changes per year that are tried
_DROP = 1.920729  # half the 95 % point of chi-squared with one degree of freedom


def half_life(checks: pd.DataFrame, *, by: str = "field") -> pd.DataFrame:
    """Estimate the yearly rate of change of each kind of value, and its half-life.

    A check says only whether the value is *still* right, not when it changed. If changes come at a constant
    rate, a value of age t is still right with probability exp(-rate t); the rate is found by maximum
    likelihood, its 95 % interval from the likelihood itself.

    Parameters
    ----------
    checks : DataFrame
        ``age_years`` (0 or more), ``still_valid`` (True or False) and the column `by`; see
        ``data_dictionary("field_checks")``.
    by : str, default "field"
        The column that names the kind of value.

    Returns
    -------
    DataFrame
        One row per kind, in alphabetical order: `by`, ``checks``, ``still_valid`` (share),
        ``changes_per_year`` with ``rate_low`` and ``rate_high``, ``half_life_years`` with ``half_low`` and
        ``half_high``. Rates are tried from 0.0001 to 10; an end of an interval that lies there is open.

    Raises
    ------
    DataError
        If a column is missing, there is no check, or an age is negative or missing.

    Examples
    --------
    >>> checks = pd.DataFrame({"field": "phone", "age_years": 5.0, "still_valid": [True] * 50 + [False] * 50})
    >>> half_life(checks)[["changes_per_year", "half_life_years"]].round(1).values.tolist()
    [[0.1, 5.0]]
    """
    require_columns(checks, [by, "age_years", "still_valid"], name="checks")
    if checks.empty:
        raise DataError("checks has no rows: nothing was verified again.")
    bad = ~(checks["age_years"] >= 0)
    if bad.any():
        raise DataError(f"checks: {int(bad.sum()):,} value(s) of 'age_years' are negative or missing.")
    rows = []
    for name, mine in checks.groupby(by, sort=True):
        age, valid = mine["age_years"].to_numpy(dtype=float), mine["still_valid"].to_numpy(dtype=bool)
        exposure = age[valid].sum()
        gone = -np.outer(_RATES, age[~valid])
        likelihood = -_RATES * exposure + np.log(-np.expm1(np.minimum(gone, -1e-12))).sum(axis=1)
        best = int(np.argmax(likelihood))
        inside = np.flatnonzero(likelihood >= likelihood[best] - _DROP)
        rate, low, high = _RATES[best], _RATES[inside[0]], _RATES[inside[-1]]
        rows.append(
            {
                by: name, "checks": len(mine), "still_valid": float(valid.mean()),
                "changes_per_year": rate, "rate_low": low, "rate_high": high,
                "half_life_years": np.log(2) / rate, "half_low": np.log(2) / high,
                "half_high": np.log(2) / low,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def chance_stale(age_years: pd.Series, *, half_life_years: float) -> pd.Series:
    """Give the chance that a value of some age is no longer right: 1 − 2^(−age / half-life).

    Parameters
    ----------
    age_years : Series of float
        Years since the value was recorded, 0 or more.
    half_life_years : float
        Years after which half of the values have changed, above 0.

    Returns
    -------
    Series of float
        Chances from 0 to 1.

    Raises
    ------
    DataError
        If the half-life is not above 0.

    Examples
    --------
    >>> chance_stale(pd.Series([0.0, 5.0, 10.0]), half_life_years=5).tolist()
    [0.0, 0.5, 0.75]
    """
    if not half_life_years > 0:
        raise DataError(f"half_life_years must be above 0; found {half_life_years!r}.")
    return 1 - 2 ** (-age_years / half_life_years)
