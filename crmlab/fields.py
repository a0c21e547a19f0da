"""How good the records are: the latest value of each field, how complete, how old, how soon out of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check
from crmlab.tables.organisations import FORM_FIELDS


def latest_fields(records: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """Give the latest known value of every field of every customer, and how old it is.

    Parameters
    ----------
    records : DataFrame
        Contract ``customer_fields``: one row per form, note or questionnaire.
    as_of : str or date
        The reporting day; what was written down later is not known yet and is left out.

    Returns
    -------
    DataFrame
        One row per customer and known field, sorted by both: ``customer_id``, ``field``, ``value`` (text),
        ``recorded_on``, ``source`` and ``age_days`` (0 or more).

    Raises
    ------
    DataError
        If the table breaks its contract or the day cannot be read.

    Examples
    --------
    >>> records = pd.DataFrame({"customer_id": ["a", "a"], "source": ["card form", "staff note"],
    ...     "recorded_on": pd.to_datetime(["2022-01-01", "2023-01-01"]), "hobby": ["sport", "garden"]})
    >>> latest_fields(records, as_of="2023-01-31")[["customer_id", "field", "value", "age_days"]]
      customer_id  field   value  age_days
    0           a  hobby  garden        30
    """
    long = _long(records, as_of)
    last = long.drop_duplicates(["customer_id", "field"], keep="last")
    last = last.assign(age_days=(pd.Timestamp(engine.day(as_of)) - last["recorded_on"]).dt.days)
    columns = ["customer_id", "field", "value", "recorded_on", "source", "age_days"]
    return last[columns].sort_values(["customer_id", "field"], ignore_index=True)


def _long(records: pd.DataFrame, as_of: str | dt.date) -> pd.DataFrame:
    """One row per customer, record and filled field, oldest first."""
    check(records, "customer_fields", columns=["customer_id", "recorded_on", "source"])
    names = [name for name in FORM_FIELDS if name in records]
    if not names:
        raise DataError(f"records has none of the fields: {', '.join(FORM_FIELDS)}.")
    seen = records[records["recorded_on"] <= pd.Timestamp(engine.day(as_of))]
    parts = []
    for name in names:
        known = seen.loc[seen[name].notna(), ["customer_id", "recorded_on", "source", name]]
        values = known[name].astype(str)
        parts.append(known.drop(columns=name).assign(field=name, value=values))
    return pd.concat(parts).sort_values(
        ["customer_id", "field", "recorded_on", "source"], kind="stable", ignore_index=True
    )


def field_quality(records: pd.DataFrame, customers: Iterable[str], *, as_of: str | dt.date) -> pd.DataFrame:
    """Count, for every field, of how many customers it is known and how old the record is.

    Parameters
    ----------
    records : DataFrame
        Contract ``customer_fields``.
    customers : names
        The customers who should be in the file; others are not counted.
    as_of : str or date
        The reporting day.

    Returns
    -------
    DataFrame
        One row per field, most complete first: ``field``, ``known`` (customers), ``completeness`` (share of
        all customers), ``median_age_days`` (of the latest record; missing if nothing is known).

    Raises
    ------
    DataError
        If a table breaks its contract, or there is no customer.

    Examples
    --------
    >>> records = pd.DataFrame({"customer_id": ["a"], "source": ["card form"], "hobby": ["sport"],
    ...     "recorded_on": pd.to_datetime(["2022-12-31"])})
    >>> field_quality(records, ["a", "b"], as_of="2023-12-31")["completeness"].tolist()
    [0.5]
    """
    everybody = set(customers)
    if not everybody:
        raise DataError("customers is empty: completeness needs at least one customer.")
    last = latest_fields(records, as_of=as_of)
    last = last[last["customer_id"].isin(everybody)]
    per = last.groupby("field")["age_days"].agg(["size", "median"])
    per = per.reindex([name for name in FORM_FIELDS if name in records]).rename_axis("field")
    table = pd.DataFrame(
        {
            "known": per["size"].fillna(0).astype("int64"),
            "completeness": per["size"].fillna(0) / len(everybody),
            "median_age_days": per["median"],
        }
    ).reset_index()
    return table.sort_values(["completeness", "field"], ascending=[False, True], ignore_index=True)


def half_lives(records: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """Estimate how fast each field goes out of date, from customers of whom it was written down twice.

    If a value changes at random, the share still the same after t years is ``2 ** (-t / half_life)``. The
    half-life that makes the pairs of records most likely is taken, with the 95 % interval of the likelihood
    ratio. A slip of the pen counts as a change and makes the estimate too short; a value that changes twice
    and comes back counts as no change and makes it too long, most for fast fields with few values.

    Parameters
    ----------
    records : DataFrame
        Contract ``customer_fields``.
    as_of : str or date
        The reporting day; later records are left out.

    Returns
    -------
    DataFrame
        One row per field: ``field``, ``pairs`` (of successive records on different days), ``changed``
        (pairs with another value), ``half_life_years``, ``low``, ``high``. Missing where nothing changed,
        everything changed or no pair exists; ``high`` is missing where the data allow any length.

    Raises
    ------
    DataError
        If the table breaks its contract.

    Examples
    --------
    >>> days = pd.to_datetime(["2022-01-01", "2023-01-01"] * 4)
    >>> records = pd.DataFrame({"customer_id": list("aabbccdd"), "recorded_on": days,
    ...     "source": "card form", "home": ["rents", "owns", "rents", "owns"] + ["owns"] * 4})
    >>> half_lives(records, as_of="2023-12-31").round(2).loc[0, ["pairs", "half_life_years"]].tolist()
    [4.0, 1.0]
    """
    long = _long(records, as_of)
    before = long.groupby(["customer_id", "field"])[["recorded_on", "value"]].shift()
    years = (long["recorded_on"] - before["recorded_on"]).dt.days / 365.25
    pair = years > 0
    frame = pd.DataFrame(
        {"field": long["field"], "years": years, "changed": long["value"] != before["value"]}
    )[pair]
    rows = []
    for name in (n for n in FORM_FIELDS if n in records):
        mine = frame[frame["field"] == name]
        fitted = _half_life(mine["years"].to_numpy(), mine["changed"].to_numpy(bool))
        rows.append((name, len(mine), int(mine["changed"].sum()), *fitted))
    return pd.DataFrame(rows, columns=["field", "pairs", "changed", "half_life_years", "low", "high"])


def _half_life(years: np.ndarray, changed: np.ndarray) -> tuple[float, float, float]:
    from scipy.optimize import brentq, minimize_scalar

    nothing = (np.nan, np.nan, np.nan)
    if not len(years) or not changed.any() or changed.all():  # all changed: shorter than any gap
        return nothing

    def loss(log_rate: float) -> float:
        x = np.exp(log_rate) * years
        return float(x[~changed].sum() - np.log(-np.expm1(-x[changed])).sum())

    lowest, highest = -9.0, 7.0
    fit = minimize_scalar(loss, bounds=(lowest, highest), method="bounded", options={"xatol": 1e-8})

    def apart(log_rate: float) -> float:
        return loss(log_rate) - float(fit.fun) - 1.920729  # half of the 95 % point of chi-square, 1 df

    slow = brentq(apart, lowest, fit.x) if apart(lowest) > 0 else None
    fast = brentq(apart, fit.x, highest) if apart(highest) > 0 else None
    life = [np.log(2) / np.exp(v) if v is not None else np.nan for v in (fit.x, fast, slow)]
    return float(life[0]), float(life[1]), float(life[2])


def still_right(age_days: pd.Series, half_life_years: float) -> pd.Series:
    """Give the share of records of an age that are still right, if the field has this half-life.

    Parameters
    ----------
    age_days : Series
        Age of each record, days, 0 or more.
    half_life_years : float
        Half-life of the field, years, above 0; infinite for a field that never changes.

    Returns
    -------
    Series
        ``2 ** (-age / half-life)``, from 0 to 1.

    Raises
    ------
    DataError
        If the half-life is not above 0.

    Examples
    --------
    >>> still_right(pd.Series([0.0, 365.25, 730.5]), 1.0).tolist()
    [1.0, 0.5, 0.25]
    """
    if not half_life_years > 0:
        raise DataError(f"half_life_years must be above 0; found {half_life_years!r}.")
    return 0.5 ** (age_days / 365.25 / half_life_years)
