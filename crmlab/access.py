"""Graded access: which readings of customer data break the role matrix, and which were not needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns
from crmlab.targeting import wilson_interval

RULES = ("no right", "too many rows", "no task", "many in few days")


def check_access(log: pd.DataFrame, rights: pd.DataFrame, *, busy_factor: float = 2.5) -> pd.DataFrame:
    """Hold every reading against the role matrix (权限矩阵) and against three rules of need (按需知密).

    Parameters
    ----------
    log : DataFrame
        One row per reading: ``access_id``, ``staff_id``, ``role``, ``access_date``, ``field_class``,
        ``n_rows``, ``ticket_id``.
    rights : DataFrame
        One row per ``role`` and ``field_class``: ``may_read``, ``most_rows``, ``needs_ticket``.
    busy_factor : float, default 2.5
        A reading above class C1 rings "many in few days" if that reader has, in the seven days up to and
        with that day, more than this many times the median of the role's readers and weeks; above 1.

    Returns
    -------
    DataFrame
        ``access_id`` and True or False for each rule: ``no right`` (the matrix; a pair that is not in it
        counts as forbidden), ``too many rows``, ``no task``, ``many in few days``; and ``any rule``. In the
        order of `log`.

    Raises
    ------
    DataError
        If a table breaks its contract or the factor is out of range.

    Examples
    --------
    >>> import crmlab as crm
    >>> world = crm.make_protected(250, rng=1)
    >>> alarms = check_access(world.access_log, world.role_rights)
    >>> len(alarms) == len(world.access_log), list(alarms.columns[1:])
    (True, ['no right', 'too many rows', 'no task', 'many in few days', 'any rule'])
    """
    check(log, "access_log")
    check(rights, "role_rights")
    if not busy_factor > 1:
        raise DataError(f"busy_factor must be above 1; found {busy_factor!r}.")
    joined = log.merge(rights, on=["role", "field_class"], how="left")
    allowed = joined["may_read"].eq(True).to_numpy()
    most = joined["most_rows"].fillna(0).to_numpy()
    needs = joined["needs_ticket"].eq(True).to_numpy()
    flags = pd.DataFrame({"access_id": log["access_id"].to_numpy()})
    flags["no right"] = ~allowed
    flags["too many rows"] = allowed & (log["n_rows"].to_numpy() > most)
    flags["no task"] = allowed & needs & log["ticket_id"].isna().to_numpy()
    flags["many in few days"] = _busy(log, busy_factor)
    flags["any rule"] = flags[list(RULES)].any(axis=1)
    return flags


def _busy(log: pd.DataFrame, factor: float) -> np.ndarray:
    """Say whose readings of the last seven days are many, measured against their own role."""
    deep = log[log["field_class"] != "C1"]
    busy = np.zeros(len(log), dtype=bool)
    if deep.empty:
        return busy
    days = pd.date_range(deep["access_date"].min(), deep["access_date"].max())
    per_day = deep.groupby(["role", "staff_id", "access_date"]).size().unstack(fill_value=0)
    week = per_day.reindex(columns=days, fill_value=0).T.rolling(7, min_periods=1).sum().T
    usual = week.where(week > 0).stack().groupby("role").median()
    limit = np.maximum(3.0, factor * usual)
    over = week.gt(limit.reindex(week.index.get_level_values("role")).to_numpy(), axis=0)
    keys = pd.MultiIndex.from_frame(log[["role", "staff_id", "access_date"]])
    high = over.stack()
    rung = set(high.index[high.to_numpy()])
    often = np.array([key in rung for key in keys], dtype=bool)
    return np.asarray(often & (log["field_class"] != "C1").to_numpy())


def score_alarms(
    alarms: pd.DataFrame, wrong: Sequence[str] | pd.Series, *, rules: Sequence[str] = (*RULES, "any rule")
) -> pd.DataFrame:
    """Score rules against the truth: of the alarms how many are right, of the wrong readings how many ring.

    Parameters
    ----------
    alarms : DataFrame
        From `check_access`.
    wrong : sequence of str
        The ``access_id`` of the readings that were truly wrong.
    rules : sequence of str
        Columns of `alarms` to score.

    Returns
    -------
    DataFrame
        One row per rule: ``rule``, ``alarms``, ``found`` (right alarms), ``false_alarms``, ``precision``,
        ``precision_low``, ``precision_high``, ``recall``, ``recall_low``, ``recall_high`` (95 % Wilson
        intervals; 查准率, 查全率). A share of nothing is missing.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> alarms = pd.DataFrame({"access_id": ["A1", "A2", "A3"], "night": [True, True, False]})
    >>> scores = score_alarms(alarms, ["A1", "A3"], rules=["night"])
    >>> scores[["alarms", "found", "precision", "recall"]].iloc[0].tolist()
    [2.0, 1.0, 0.5, 0.5]
    """
    require_columns(alarms, ["access_id", *rules], name="alarms")
    bad = alarms["access_id"].isin(list(wrong)).to_numpy()
    rows = []
    for rule in rules:
        rung = alarms[rule].to_numpy(dtype=bool)
        n, hits = int(rung.sum()), int((rung & bad).sum())
        p_low, p_high = wilson_interval(hits, n) if n else (np.nan, np.nan)
        r_low, r_high = wilson_interval(hits, int(bad.sum())) if bad.any() else (np.nan, np.nan)
        precision, recall = hits / n if n else np.nan, hits / bad.sum() if bad.any() else np.nan
        rows.append((rule, n, hits, n - hits, precision, p_low, p_high, recall, r_low, r_high))
    shares = [f"{what}{end}" for what in ("precision", "recall") for end in ("", "_low", "_high")]
    names = ["rule", "alarms", "found", "false_alarms", *shares]
    table = pd.DataFrame(rows, columns=names)
    return table.astype(dict.fromkeys(names[4:], float))
