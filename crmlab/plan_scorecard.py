"""A scorecard to follow a plan: five measures per review, and alarms whose false rings are counted."""

from __future__ import annotations

import datetime as dt
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
MEASURES = ("buyers", "repeat_share", "margin_eur", "margin_per_buyer_eur", "top_share")
REVIEWS = 4  # a year, when the window is a quarter
BUYERS = 30  # fewer buyers in a window cannot carry an alarm


def scorecard_history(
    orders: pd.DataFrame,
    *,
    as_of: str | dt.date,
    window_days: int = 91,
    reviews: int = 8,
    margin_rate: float = 0.35,
) -> pd.DataFrame:
    """Measure each window of days back from the reporting day.

    Customers who have only refunds up to that day are left out.

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
        Share of every amount, 0 to 1, where the log has no ``margin_eur``.

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

    The alarm of a measure rings when a review lies more than `fall` below the review before. A year in which
    nothing changed is made from the last window: the customers stay, and each of five reviews draws the rows
    of the window anew, every order and refund a Poisson(1) number of times (and so the rows of the window
    before, for the share who buy again). The reviews differ by chance alone.

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
        smallest fall, in whole per cent, to ask for so that at most one such year in twenty has a false
        alarm).

    Raises
    ------
    DataError
        If a column is missing, a number is out of range, or fewer than 30 customers bought in the last
        window: they cannot carry an alarm.

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
    if isinstance(draws, bool) or not isinstance(draws, Integral) or not 20 <= draws <= 20_000:
        raise DataError(f"draws must be a whole number from 20 to 20,000; found {draws!r}.")
    windows = _windows(orders, as_of, window_days, 2, margin_rate)
    buyers = int(windows[-1][1].loc[windows[-1][1]["bought"], "customer_id"].nunique()) if windows else 0
    if not windows:
        raise DataError(f"the log is shorter than {window_days} days. Hint: choose a shorter window_days.")
    if buyers < BUYERS:
        some = f"only {buyers:,} customer{'s' * (buyers != 1)}" if buyers else "nobody"
        raise DataError(
            f"{some} bought in the {window_days} days up to {engine.day(as_of)}; an alarm needs {BUYERS}. "
            "Hint: choose a longer window_days."
        )
    people = pd.Index(pd.unique(pd.concat([w["customer_id"] for _, w in windows])))
    now_rows = _arrays(windows[-1][1], people)
    before = _arrays(windows[-2][1], people) if len(windows) > 1 else None
    random, n = np.random.default_rng(rng), len(people)
    found = np.empty((draws, REVIEWS + 1, len(MEASURES)))
    for i in range(draws):
        for j in range(REVIEWS + 1):
            earlier = None if before is None else _drawn(before, n, random)[0]
            found[i, j] = _five(*_drawn(now_rows, n, random), earlier)
    earlier = None if before is None else _once(before, n)[0]
    now = _five(*_once(now_rows, n), earlier)
    rows = []
    for k, name in enumerate(MEASURES):
        if not np.isfinite(now[k]) or now[k] <= 0:
            continue
        reference = np.maximum(found[:, :-1, k], 1e-9)
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
                "quiet_fall": float(np.ceil(100 * max(np.quantile(worst, 0.95), 0.0) - 1e-9) / 100),
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
    before = values.shift(1)
    rang = values.lt(before - fall * before.abs())  # also where a margin is below 0
    return pd.concat([history[["review"]], rang], axis=1).iloc[1:].reset_index(drop=True)


def _windows(
    orders: pd.DataFrame, as_of: str | dt.date, window_days: int, reviews: int, margin_rate: float
) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
    """Cut the log into windows, oldest first: the rows of each, with the customers' money."""
    require_columns(orders, ["customer_id", "order_date", "amount_eur"], name="orders")
    if not pd.api.types.is_datetime64_any_dtype(orders["order_date"]) or not len(orders):
        raise DataError("orders must have rows, and days (pandas datetimes) in order_date.")
    for name, value, top in (("window_days", window_days, 3660), ("reviews", reviews, 100)):
        if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= value <= top:
            raise DataError(f"{name} must be a whole number from 1 to {top:,}; found {value!r}.")
    if not 0 <= margin_rate <= 1:
        raise DataError(f"margin_rate must lie between 0 and 1; found {margin_rate!r}. 30 % is 0.30.")
    last = pd.Timestamp(engine.day(as_of))
    margin = orders["margin_eur"] if "margin_eur" in orders else margin_rate * orders["amount_eur"]
    log = pd.DataFrame(
        {
            "customer_id": orders["customer_id"].astype(str),
            "day": orders["order_date"].dt.normalize(),
            "amount": orders["amount_eur"].astype(float),
            "margin": margin.astype(float),
            "bought": orders["amount_eur"] >= 0,
        }
    ).sort_values(["customer_id", "day", "amount", "margin"])
    if not np.isfinite(log[["amount", "margin"]]).all(axis=None):
        raise DataError("orders: amount_eur and margin_eur must be finite numbers; some are missing.")
    first = log["day"].min()
    log = log[log["day"] <= last]
    log = log[log["customer_id"].isin(log.loc[log["bought"], "customer_id"])]
    found = []
    for k in reversed(range(int(reviews))):
        end = last - pd.Timedelta(days=k * int(window_days))
        if end - pd.Timedelta(days=int(window_days) - 1) < first:
            continue
        found.append(
            (end, log[(log["day"] <= end) & (log["day"] > end - pd.Timedelta(days=int(window_days)))])
        )
    return found


def _arrays(rows: pd.DataFrame, people: pd.Index) -> tuple[Array, Array, Array, Array]:
    who = people.get_indexer(rows["customer_id"])
    return who, rows["amount"].to_numpy(), rows["margin"].to_numpy(), rows["bought"].to_numpy(dtype=float)


def _once(rows: tuple[Array, Array, Array, Array], n: int) -> tuple[Array, Array, float]:
    """Give who bought, each one's amount and the margin of all, every row taken once."""
    who, amount, margin, bought = rows
    net, gross = np.bincount(who, amount, n), np.bincount(who, np.abs(amount), n)
    money, turned = float(margin.sum()), float(np.abs(margin).sum())
    net[np.abs(net) < 1e-9 * gross] = 0.0  # all sent back is nothing, not the rest of a rounding
    return np.bincount(who, bought, n) > 0, net, money if abs(money) > 1e-9 * turned else 0.0


def _drawn(
    rows: tuple[Array, Array, Array, Array], n: int, random: np.random.Generator
) -> tuple[Array, Array, float]:
    """Give the same with every row taken a Poisson(1) number of times."""
    who, amount, margin, bought = rows
    times = random.poisson(1.0, len(who))
    return _once((who, times * amount, times * margin, times * bought), n)


def _measures(rows: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, float]:
    people = pd.Index(
        pd.unique(rows["customer_id"] if before is None else pd.concat([rows, before])["customer_id"])
    )
    earlier = None if before is None else _once(_arrays(before, people), len(people))[0]
    found = _five(*_once(_arrays(rows, people), len(people)), earlier)
    return dict(zip(MEASURES, found, strict=True)) | {"buyers": int(found[0])}


def _five(bought: Array, amount: Array, margin: float, earlier: Array | None) -> Array:
    """Give the five measures from who bought, each one's amount, all margin, and the buyers before."""
    buyers = float(bought.sum())
    spent = np.sort(amount[bought])[::-1]
    total, top, share = float(spent.sum()), 0.2 * buyers, np.nan
    if total > 0:
        taken = np.clip(top - np.arange(len(spent)), 0, 1)  # of the last one in the fifth, only a part
        share = float(taken @ spent) / total
    again = float(bought[earlier].mean()) if earlier is not None and earlier.any() else np.nan
    return np.array([buyers, again, margin, margin / buyers if buyers else np.nan, share])
