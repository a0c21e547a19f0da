"""What information is worth: forecast the next year from it, and count the margin that the list brings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab import engine
from crmlab.contracts import DataError, check
from crmlab.fields import latest_fields
from crmlab.tables.organisations import FIELD_RANGES

BEHAVIOUR = ("recency_days", "orders_12_months", "last_three_eur", "margin_12_months_eur", "days_known")


def behaviour(orders: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """Describe what each customer did up to a day: the last three orders and the last twelve months.

    Parameters
    ----------
    orders : DataFrame
        Contract ``orders``, with ``margin_eur``.
    as_of : str or date
        The reporting day, inclusive.

    Returns
    -------
    DataFrame
        One row per customer who bought by then, by ``customer_id`` (the index): ``recency_days``,
        ``orders_12_months``, ``last_three_eur`` (mean amount of the last three orders or fewer),
        ``margin_12_months_eur`` (refunds taken off) and ``days_known`` (since the first order).

    Raises
    ------
    DataError
        If a column is missing or the day cannot be read.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": ["a"] * 4, "amount_eur": [10.0, 20.0, 30.0, 40.0],
    ...     "margin_eur": [5.0] * 4,
    ...     "order_date": pd.to_datetime(["2022-06-01", "2023-01-01", "2023-02-01", "2023-12-30"])})
    >>> behaviour(orders, as_of="2023-12-31").loc["a"].tolist()
    [1.0, 3.0, 30.0, 15.0, 578.0]
    """
    check(orders, "orders", columns=["customer_id", "order_date", "amount_eur"])
    if "margin_eur" not in orders:
        raise DataError("orders lacks the column 'margin_eur'; behaviour needs the margin of each order.")
    end = pd.Timestamp(engine.day(as_of))
    seen = orders[orders["order_date"] <= end]
    bought = seen[seen["amount_eur"] >= 0].sort_values(["customer_id", "order_date", "amount_eur"])
    by = bought.groupby("customer_id")
    year = end - pd.Timedelta(days=365)
    cents = (seen["margin_eur"] * 100).round()[seen["order_date"] > year]
    table = pd.DataFrame(
        {
            "recency_days": (end - by["order_date"].max()).dt.days,
            "orders_12_months": bought[bought["order_date"] > year].groupby("customer_id").size(),
            "last_three_eur": by.tail(3).groupby("customer_id")["amount_eur"].mean().round(6),
            "margin_12_months_eur": cents.groupby(seen["customer_id"]).sum() / 100,
            "days_known": (end - by["order_date"].min()).dt.days,
        }
    )
    return table.loc[by.size().index].fillna(0.0).astype(float)


def known_values(records: pd.DataFrame, customers: Iterable[str], *, as_of: str | dt.date) -> pd.DataFrame:
    """Put the latest known values in one row per customer; numbers as numbers, unknown as missing.

    Parameters
    ----------
    records : DataFrame
        Contract ``customer_fields``.
    customers : names
        The rows wanted, in this order.
    as_of : str or date
        The reporting day; later records are left out.

    Returns
    -------
    DataFrame
        Index ``customer_id``, one column per field that is in the records.

    Raises
    ------
    DataError
        If the table breaks its contract.

    Examples
    --------
    >>> records = pd.DataFrame({"customer_id": ["a"], "source": ["card form"], "children": [2],
    ...     "recorded_on": pd.to_datetime(["2022-12-31"])})
    >>> known_values(records, ["a", "b"], as_of="2023-12-31")["children"].tolist()
    [2.0, nan]
    """
    last = latest_fields(records, as_of=as_of)
    wide = last.pivot(index="customer_id", columns="field", values="value")
    fields = [c for c in records.columns if c not in ("customer_id", "recorded_on", "source")]
    wide = wide.reindex(index=pd.Index(list(customers), name="customer_id"), columns=fields)
    wide.columns.name = None
    for name in fields:
        kind = float if name in FIELD_RANGES else "str"
        wide[name] = pd.to_numeric(wide[name]).astype(float) if kind is float else wide[name].astype("str")
    return wide


def forecast(train: pd.DataFrame, outcome: pd.Series, new: pd.DataFrame) -> pd.Series:
    """Learn from one year and forecast the next: ridge regression on the logarithm of the outcome.

    Words become 0-1 columns (all 0 if unknown); numbers are standardised, and an unknown number becomes
    the median with a 0-1 column beside it. Counts and money go in as logarithms too.

    Parameters
    ----------
    train : DataFrame
        What was known on an earlier day, one row per customer.
    outcome : Series
        What those customers brought in the year after, 0 or more; below 0 counts as 0.
    new : DataFrame
        What is known today; the same columns.

    Returns
    -------
    Series
        A score for each row of `new`, high = expected to bring much; only its order is used.

    Raises
    ------
    DataError
        If the columns differ or the outcome has another length.

    References
    ----------
    Hoerl, A. E., Kennard, R. W. (1970). Ridge Regression. Technometrics 12(1), 55-67.

    Examples
    --------
    >>> score = forecast(pd.DataFrame({"x": [0.0, 1.0, 2.0]}), pd.Series([0.0, 5.0, 9.0]),
    ...                  pd.DataFrame({"x": [0.0, 2.0]}))
    >>> bool(score[1] > score[0])
    True
    """
    from sklearn.linear_model import Ridge

    if list(train.columns) != list(new.columns):
        raise DataError("train and new must have the same columns in the same order.")
    if len(train) != len(outcome):
        raise DataError(f"train has {len(train):,} rows and outcome {len(outcome):,}; they must be as many.")
    x, z = _matrix(train, new)
    model = Ridge(alpha=20.0).fit(x, np.log1p(np.maximum(outcome.to_numpy(float), 0)))
    return pd.Series(np.round(model.predict(z), 9), index=new.index)


def cross_forecast(known: pd.DataFrame, outcome: pd.Series, *, folds: int = 5) -> pd.Series:
    """Forecast each customer from the others: the customers are dealt into folds, one is left out at a time.

    Parameters
    ----------
    known : DataFrame
        What was known, one row per customer.
    outcome : Series
        What they brought later, in the same order.
    folds : int, default 5
        Number of folds, 2 to 20. Customers are dealt out in turn, sorted by their name.

    Returns
    -------
    Series
        A score for each row, made without the row itself.

    Raises
    ------
    DataError
        If there are too few rows for the folds or the lengths differ.

    Examples
    --------
    >>> known = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]}, index=list("abcdef"))
    >>> score = cross_forecast(known, known["x"], folds=2)
    >>> score.index.tolist()
    ['a', 'b', 'c', 'd', 'e', 'f']
    """
    if not 2 <= folds <= 20 or len(known) < folds:
        raise DataError(f"folds must be 2 to 20 and at most the {len(known):,} rows; found {folds!r}.")
    place = np.argsort(np.argsort(known.index.to_numpy().astype(str), kind="stable"), kind="stable") % folds
    parts = []
    for fold in range(folds):
        out = place == fold
        parts.append(forecast(known[~out], outcome[~out], known[out]))
    return pd.concat(parts).loc[known.index]


def found_table(found: Mapping[str, pd.Series], true: pd.Series) -> pd.DataFrame:
    """Score rules that name customers against the truth: how many are named, how many of them rightly.

    Parameters
    ----------
    found : dict of boolean Series
        Rule to who it names, in the order of `true`.
    true : boolean Series
        Who should be named.

    Returns
    -------
    DataFrame
        One row per rule: ``rule``, ``named``, ``right``, ``precision`` (share of the named who are right;
        missing if nobody is named), ``recall`` (share of the true who are named; missing if there is none)
        and ``base_rate`` (precision of naming everybody).

    Raises
    ------
    DataError
        If a rule has another length.

    Examples
    --------
    >>> true = pd.Series([True, True, False, False])
    >>> rule = {"first three": pd.Series([True, True, True, False])}
    >>> found_table(rule, true).round(2)["precision"].tolist()
    [0.67]
    """
    truth = true.to_numpy(bool)
    rows = []
    for rule, named in found.items():
        if len(named) != len(truth):
            raise DataError(f"the rule {rule!r} has {len(named):,} rows; there are {len(truth):,}.")
        mine = named.to_numpy(bool)
        right = int((mine & truth).sum())
        rows.append(
            {
                "rule": rule,
                "named": int(mine.sum()),
                "right": right,
                "precision": right / mine.sum() if mine.any() else np.nan,
                "recall": right / truth.sum() if truth.any() else np.nan,
                "base_rate": float(truth.mean()) if len(truth) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _matrix(train: pd.DataFrame, new: pd.DataFrame) -> tuple[Any, Any]:
    left, right = [], []
    for name in train:
        a, b = train[name], new[name]
        if pd.api.types.is_numeric_dtype(a):
            pair = [values.to_numpy(dtype=float, na_value=np.nan) for values in (a, b)]
            gaps = [np.isnan(values) for values in pair]
            middle = float(np.median(pair[0][~gaps[0]])) if (~gaps[0]).any() else 0.0
            pair = [np.where(gap, middle, values) for gap, values in zip(gaps, pair, strict=True)]
            if name in BEHAVIOUR:
                pair = [np.log1p(np.maximum(values, 0)) for values in pair]
            mean, spread = pair[0].mean(), pair[0].std() or 1.0
            left.append((pair[0] - mean) / spread)
            right.append((pair[1] - mean) / spread)
            if gaps[0].any():
                left.append(gaps[0].astype(float))
                right.append(gaps[1].astype(float))
        else:
            words = sorted(a.dropna().unique())
            codes = [pd.Categorical(values, categories=words).codes for values in (a, b)]
            for place in range(len(words)):
                left.append((codes[0] == place).astype(float))
                right.append((codes[1] == place).astype(float))
    if not left:  # nothing is known: everybody gets the same score
        return np.zeros((len(train), 1)), np.zeros((len(new), 1))
    return np.column_stack(left), np.column_stack(right)


def captured(margin: pd.Series, score: pd.Series, *, top: float = 0.2) -> float:
    """Give the share of all margin that those on top of a list bring.

    Parameters
    ----------
    margin : Series
        What each customer brings, EUR; losses count as 0.
    score : Series
        The list: high = on top. Equals on the border are taken in part, as if drawn by lot.
    top : float, default 0.2
        Share of customers on the list, above 0 to 1.

    Returns
    -------
    float
        0 to 1; a list by lot gets `top` on average. 0 if nobody brings anything.

    Raises
    ------
    DataError
        If `top` is out of its range or the lengths differ.

    Examples
    --------
    >>> captured(pd.Series([8.0, 2.0, 0.0, 0.0]), pd.Series([4, 3, 2, 1]), top=0.25)
    0.8
    >>> captured(pd.Series([8.0, 2.0, 0.0, 0.0]), pd.Series([1, 1, 1, 1]), top=0.25)
    0.25
    """
    if not 0 < top <= 1:
        raise DataError(f"top must be above 0 and at most 1; found {top!r}.")
    if len(margin) != len(score):
        raise DataError(f"margin has {len(margin):,} rows and score {len(score):,}; they must be as many.")
    money = np.maximum(margin.to_numpy(float), 0)[None, :]
    return float(_captured(money, score.to_numpy(float)[None, :], top)[0])


def _captured(money: Any, score: Any, top: float) -> Any:
    """Rows are repetitions, columns customers."""
    n = score.shape[1]
    places = top * n
    cut = -np.partition(-score, min(int(np.ceil(places)), n) - 1, axis=1)[:, min(int(np.ceil(places)), n) - 1]
    above, equal = score > cut[:, None], score == cut[:, None]
    share = (places - above.sum(axis=1)) / np.maximum(equal.sum(axis=1), 1)
    weight = above + equal * np.clip(share, 0, 1)[:, None]
    total = money.sum(axis=1)
    return np.where(total > 0, (weight * money).sum(axis=1) / np.where(total > 0, total, 1), 0.0)


def compare_lists(
    margin: pd.Series,
    scores: Mapping[str, pd.Series],
    *,
    base: str,
    top: float = 0.2,
    draws: int = 400,
    rng: int | np.random.Generator = 1,
) -> pd.DataFrame:
    """Compare lists by the margin they capture, each with its difference from a base list.

    The interval comes from drawing the customers again (bootstrap); every list is judged on the same draws.

    Parameters
    ----------
    margin : Series
        What each customer brought, EUR.
    scores : dict of Series
        List name to score, in the order of `margin`.
    base : str
        The list that the others are compared with.
    top : float, default 0.2
        Share of customers on the list.
    draws : int, default 400
        Bootstrap samples, 20 to 10,000.
    rng : int or numpy.random.Generator, default 1
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per list: ``list``, ``captured``, ``low``, ``high`` (share of margin), ``gain``,
        ``gain_low`` and ``gain_high`` (captured less that of the base; 95 % interval).

    Raises
    ------
    DataError
        If the base is not among the lists or `draws` is out of its range.

    Examples
    --------
    >>> margin = pd.Series([9.0, 1.0, 0.0, 0.0])
    >>> lists = {"good": pd.Series([4, 3, 2, 1]), "bad": pd.Series([1, 2, 3, 4])}
    >>> compare_lists(margin, lists, base="bad", top=0.25)[["list", "captured", "gain"]]
       list  captured  gain
    0  good       0.9   0.9
    1   bad       0.0   0.0
    """
    if base not in scores:
        raise DataError(f"base must be one of {', '.join(scores)}; found {base!r}.")
    if not 20 <= draws <= 10_000:
        raise DataError(f"draws must be 20 to 10,000; found {draws!r}.")
    g = np.random.default_rng(rng)
    n = len(margin)
    again = g.integers(0, n, (draws, n))
    money = np.maximum(margin.to_numpy(float), 0)
    point = {name: captured(margin, score, top=top) for name, score in scores.items()}
    drawn = {name: _captured(money[again], s.to_numpy(float)[again], top) for name, s in scores.items()}
    rows = []
    for name in scores:
        low, high = np.quantile(drawn[name], [0.025, 0.975])
        gain_low, gain_high = np.quantile(drawn[name] - drawn[base], [0.025, 0.975])
        rows.append((name, point[name], low, high, point[name] - point[base], gain_low, gain_high))
    return pd.DataFrame(rows, columns=["list", "captured", "low", "high", "gain", "gain_low", "gain_high"])
