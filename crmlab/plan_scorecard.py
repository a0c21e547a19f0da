"""A scorecard to follow a plan: five measures per review, and alarms whose false rings are counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
MEASURES = ("buyers", "repeat_share", "margin_eur", "margin_per_buyer_eur", "top_share")
REVIEWS = 4  # a year, when the window is a quarter


def scorecard_history(
    orders: pd.DataFrame,
    *,
    as_of: str | dt.date,
    window_days: int = 91,
    reviews: int = 8,
    margin_rate: float = 0.35,
) -> pd.DataFrame:
    """Measure each window of days back from the reporting day.

    Parameters
    ----------
    orders : DataFrame
        An order log.
    as_of : str or date
        The last day of the last window, inclusive.
    window_days : int, default 91
        Length of a window, 1 to 3,660 days.
    reviews : int, default 8
        Windows at most, 1 to 100. A window that begins before the first day of the log is left out.
    margin_rate : float, default 0.35
        Share of every amount where the log has no ``margin_eur``.

    Returns
    -------
    DataFrame
        One row per window, the oldest first (none if the log is shorter than one): ``review`` (its last day),
        ``buyers``, ``repeat_share`` (of the buyers of the window before, who bought again; missing
        without one), ``margin_eur``, ``margin_per_buyer_eur`` (missing without buyers) and ``top_share``
        (share of the revenue that the best fifth of the buyers bring; missing without revenue).

    Raises
    ------
    DataError
        If a column is missing or a number is out of range.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": list("abac"), "amount_eur": [10.0, 20.0, 30.0, 40.0],
    ...     "order_date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-12", "2024-01-20"])})
    >>> table = scorecard_history(log, as_of="2024-01-20", window_days=10, margin_rate=0.5)
    >>> table[["buyers", "repeat_share", "margin_eur"]].values.tolist()
    [[2.0, nan, 15.0], [2.0, 0.5, 35.0]]
    """
    windows = _windows(orders, as_of, window_days, reviews, margin_rate)
    rows = []
    for i, (end, people) in enumerate(windows):
        rows.append({"review": end} | _measures(people, windows[i - 1][1] if i else None))
    return pd.DataFrame(rows, columns=["review", *MEASURES])


def scorecard_alarms(
    orders: pd.DataFrame,
    *,
    as_of: str | dt.date,
    window_days: int = 91,
    fall: float = 0.10,
    real_fall: float = 0.20,
    margin_rate: float = 0.35,
    draws: int = 200,
    rng: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Replay a year in which nothing changed, many times, and count how often each alarm would have rung.

    The alarm of a measure rings when a review lies more than `fall` below the reference review. A year in
    which nothing changed is made from the last window: the reference and four reviews are five crowds of
    customers, all drawn with replacement from the same people, those who kept silent among them. Their
    measures differ by chance alone.

    Parameters
    ----------
    orders : DataFrame
        An order log.
    as_of : str or date
        The last day of the last window, inclusive.
    window_days : int, default 91
        1 to 3,660 days.
    fall : float, default 0.10
        Share by which a measure must fall for the alarm, above 0 and below 1.
    real_fall : float, default 0.20
        A true fall, for asking how often the alarm would notice it at one review, 0 to 1.
    margin_rate : float, default 0.35
        As in `scorecard_history`.
    draws : int, default 200
        Years to replay, 20 to 20,000.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per measure that the last window has: ``measure``, ``now``, ``alarm_below``,
        ``false_alarm_year`` (share of the years without change in which it rang at least once), ``seen``
        (share of the single reviews after a fall of `real_fall` at which it rings) and ``quiet_fall`` (the
        smallest fall to ask for so that at most one such year in twenty has a false alarm).

    Raises
    ------
    DataError
        If a column is missing, a number is out of range, or nobody bought in the last window.

    Examples
    --------
    >>> from crmlab.datasets import load_cdnow
    >>> table = scorecard_alarms(load_cdnow(), as_of="1998-06-30", draws=20)
    >>> table["measure"].tolist()
    ['buyers', 'repeat_share', 'margin_eur', 'margin_per_buyer_eur', 'top_share']
    """
    if not 0 < fall < 1:
        raise DataError(f"fall must lie between 0 and 1; found {fall!r}. 10 % is 0.10.")
    if not 0 <= real_fall <= 1:
        raise DataError(f"real_fall must lie between 0 and 1; found {real_fall!r}.")
    if isinstance(draws, bool) or not isinstance(draws, int) or not 20 <= draws <= 20_000:
        raise DataError(f"draws must be a whole number from 20 to 20,000; found {draws!r}.")
    windows = _windows(orders, as_of, window_days, 2, margin_rate)
    if not windows or not windows[-1][1]["bought"].any():
        raise DataError(
            f"nobody bought in the {window_days} days up to {engine.day(as_of)}, or the log is shorter. "
            "Hint: choose a longer window_days."
        )
    before = windows[-2][1]["bought"] if len(windows) > 1 else None
    people = windows[-1][1]
    till = orders["order_date"] < pd.Timestamp(engine.day(as_of)) + pd.Timedelta(days=1)
    known = pd.Index(sorted(orders.loc[till, "customer_id"].astype(str).unique()))  # also who kept silent
    amount, margin = (people[c].reindex(known).fillna(0.0).to_numpy() for c in ("amount", "margin"))
    bought = people["bought"].reindex(known).fillna(False).to_numpy(dtype=bool)
    earlier = (
        np.zeros(len(known), bool) if before is None else before.reindex(known).fillna(False).to_numpy(bool)
    )
    random, n = np.random.default_rng(rng), len(known)
    order = np.argsort(-amount, kind="stable")
    amount, margin, bought, earlier = amount[order], margin[order], bought[order], earlier[order]
    found = np.empty((draws, REVIEWS + 1, len(MEASURES)))
    for i in range(draws):
        for j in range(REVIEWS + 1):
            times = np.bincount(random.integers(0, n, n), minlength=n)
            found[i, j] = _weighted(times, amount, margin, bought, earlier)
    now = _weighted(np.ones(n, dtype=np.int64), amount, margin, bought, earlier)
    rows = []
    for k, name in enumerate(MEASURES):
        if not np.isfinite(now[k]) or now[k] <= 0:
            continue
        reference = np.maximum(found[:, :1, k], 1e-9)
        drop = np.nan_to_num(1 - found[:, 1:, k] / reference, nan=0.0)
        worst = drop.max(axis=1)
        noticed = 1 - (1 - real_fall) * (1 - drop)
        rows.append(
            {
                "measure": name,
                "now": float(now[k]),
                "alarm_below": float(now[k] * (1 - fall)),
                "false_alarm_year": float((worst > fall).mean()),
                "seen": float((noticed > fall).mean()),
                "quiet_fall": float(max(np.quantile(worst, 0.95), 0.0)),
            }
        )
    columns = ["measure", "now", "alarm_below", "false_alarm_year", "seen", "quiet_fall"]
    return pd.DataFrame(rows, columns=columns)


def past_alarms(history: pd.DataFrame, *, fall: float = 0.10) -> pd.DataFrame:
    """Say at which past reviews each alarm rang: more than `fall` below the review before.

    Parameters
    ----------
    history : DataFrame
        From `scorecard_history`.
    fall : float, default 0.10
        Share, above 0 and below 1.

    Returns
    -------
    DataFrame
        One row per review from the second on: ``review`` and a column per measure, True where it rang.

    Raises
    ------
    DataError
        If a column is missing or `fall` is out of range.

    Examples
    --------
    >>> history = pd.DataFrame({"review": pd.to_datetime(["2024-03-31", "2024-06-30"]), "buyers": [100, 80],
    ...     "repeat_share": [0.2, 0.2], "margin_eur": [50.0, 49.0], "margin_per_buyer_eur": [0.5, 0.6],
    ...     "top_share": [0.5, 0.5]})
    >>> past_alarms(history)[["buyers", "margin_eur"]].values.tolist()
    [[True, False]]
    """
    require_columns(history, ["review", *MEASURES], name="history")
    if not 0 < fall < 1:
        raise DataError(f"fall must lie between 0 and 1; found {fall!r}. 10 % is 0.10.")
    values = history[list(MEASURES)].astype(float)
    rang = values.lt((1 - fall) * values.shift(1))
    return pd.concat([history[["review"]], rang], axis=1).iloc[1:].reset_index(drop=True)


def _windows(
    orders: pd.DataFrame, as_of: str | dt.date, window_days: int, reviews: int, margin_rate: float
) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
    """Cut the log into windows, oldest first: per customer amount, margin and whether they bought."""
    require_columns(orders, ["customer_id", "order_date", "amount_eur"], name="orders")
    for name, value, top in (("window_days", window_days, 3660), ("reviews", reviews, 100)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= top:
            raise DataError(f"{name} must be a whole number from 1 to {top:,}; found {value!r}.")
    last, first = pd.Timestamp(engine.day(as_of)), orders["order_date"].min().normalize()
    margin = orders["margin_eur"] if "margin_eur" in orders else margin_rate * orders["amount_eur"]
    log = pd.DataFrame(
        {
            "customer_id": orders["customer_id"].astype(str),
            "day": orders["order_date"].dt.normalize(),
            "amount": orders["amount_eur"].astype(float),
            "margin": margin.astype(float),
            "bought": orders["amount_eur"] >= 0,
        }
    ).sort_values(["customer_id", "day", "amount"])
    found = []
    for k in reversed(range(reviews)):
        end = last - pd.Timedelta(days=k * window_days)
        if end - pd.Timedelta(days=window_days - 1) < first:
            continue
        inside = log[(log["day"] <= end) & (log["day"] > end - pd.Timedelta(days=window_days))]
        groups = inside.groupby("customer_id")
        found.append((end, groups.agg({"amount": "sum", "margin": "sum", "bought": "any"})))
    return found


def _measures(people: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, float]:
    bought = people["bought"].to_numpy(dtype=bool)
    again = np.nan
    if before is not None and before["bought"].any():
        again = float(before.index[before["bought"]].isin(people.index[bought]).mean())
    order = np.argsort(-people["amount"].to_numpy(dtype=float), kind="stable")
    one = np.ones(len(people), dtype=np.int64)
    amount, margin = (people[c].to_numpy(dtype=float)[order] for c in ("amount", "margin"))
    found = _weighted(one, amount, margin, bought[order], np.zeros(len(people), bool))
    return dict(zip(MEASURES, found, strict=True)) | {"buyers": int(bought.sum()), "repeat_share": again}


def _weighted(times: Array, amount: Array, margin: Array, bought: Array, earlier: Array) -> Array:
    """Give the five measures of a crowd in which each person counts so many times; best spenders first."""
    buyers = float(times[bought].sum())
    total = float(times[bought] @ amount[bought])
    money = float(times @ margin)
    past = float(times[earlier].sum())
    share = np.nan
    if total > 0:
        cumulative = np.cumsum(times[bought])
        taken = np.clip(0.2 * buyers - (cumulative - times[bought]), 0, times[bought])
        share = float(taken @ amount[bought]) / total
    return np.array(
        [
            buyers,
            float(times[earlier & bought].sum()) / past if past else np.nan,
            money,
            money / buyers if buyers else np.nan,
            share,
        ]
    )
