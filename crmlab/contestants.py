"""The methods of a race: each takes the table of what was known and says what it expects of each customer.

Every function gives the same columns, so that one judge serves all; NaN means "this method does not say".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.btyd import fit_btyd
from crmlab.btyd_next import chance_to_buy
from crmlab.btyd_predict import predict
from crmlab.contracts import DataError, require_columns
from crmlab.rfm import rfm_scores
from crmlab.spend import expected_spend, fit_spend

Array = np.ndarray[Any, np.dtype[Any]]
FEATURES = ("frequency", "t_x", "T", "recency_days", "n_orders", "revenue_eur")
DAYS_PER_WEEK = 7


def by_abc(table: pd.DataFrame) -> pd.DataFrame:
    """ABC: the more a customer brought so far, the better. It knows no time and forecasts nothing.

    Parameters
    ----------
    table : DataFrame
        From `race_table`; only what was known at the start is used, here and in all other contestants.

    Returns
    -------
    DataFrame
        One row per customer, in the order of `table`: ``score`` (ranks customers by purchases to come, high
        is good), ``score_eur`` (the same for money to come), ``active`` (0 or 1: will they buy?),
        ``purchases`` and ``revenue_eur`` (expected within the horizon). NaN: the method does not say.

    Examples
    --------
    >>> by_abc(pd.DataFrame({"revenue_eur": [70.0, 90.0]}))["score"].tolist()
    [70.0, 90.0]
    """
    require_columns(table, ["revenue_eur"], name="table")
    return _said(table, score=table["revenue_eur"])


def by_rfm(table: pd.DataFrame, *, bands: int = 5) -> pd.DataFrame:
    """RFM: the mean of the three scores of `rfm_scores`, equally weighted.

    Parameters
    ----------
    table : DataFrame
        From `race_table`.
    bands : int, default 5
        Bands for each measure.

    Returns
    -------
    DataFrame
        As for `by_abc`; ranks only.

    Examples
    --------
    >>> known = pd.DataFrame({"customer_id": ["a", "b"], "recency_days": [3, 90], "n_orders": [4, 1],
    ...                       "revenue_eur": [50.0, 80.0]})
    >>> by_rfm(known, bands=2)["score"].round(2).tolist()
    [1.67, 1.33]
    """
    return _said(table, score=rfm_scores(table, bands=min(bands, max(2, len(table))))["rfm_score"])


def by_recency(table: pd.DataFrame, *, hiatus_weeks: float = 26) -> pd.DataFrame:
    """Recency alone: whoever bought last is best; a silence of the hiatus or longer means "inactive".

    Parameters
    ----------
    table : DataFrame
        From `race_table`.
    hiatus_weeks : float, default 26
        Above 0, in weeks.

    Returns
    -------
    DataFrame
        As for `by_abc`; ranks, and says who is active.

    Raises
    ------
    DataError
        If `hiatus_weeks` is not above 0.

    References
    ----------
    The hiatus rule of managers, as in Wübben and von Wangenheim (2008), Journal of Marketing 72(3), 82-93.
    doi:10.1509/jmkg.72.3.082

    Examples
    --------
    >>> by_recency(pd.DataFrame({"recency_days": [7, 200]}))["active"].tolist()
    [1.0, 0.0]
    """
    if isinstance(hiatus_weeks, bool) or not 0 < hiatus_weeks < np.inf:
        raise DataError(f"hiatus_weeks must be above 0; found {hiatus_weeks!r}. Half a year is 26.")
    require_columns(table, ["recency_days"], name="table")
    days = table["recency_days"]
    return _said(table, score=-days, active=days < DAYS_PER_WEEK * hiatus_weeks)


def by_status_quo(table: pd.DataFrame, *, weeks: float) -> pd.DataFrame:
    """Status quo: everybody goes on at the rate so far, repeat purchases over age, for ever.

    Parameters
    ----------
    table : DataFrame
        From `race_table`.
    weeks : float
        Length of the future, above 0.

    Returns
    -------
    DataFrame
        As for `by_abc`. "Active" is everybody with a repeat purchase: nobody leaves in this method.

    Examples
    --------
    >>> known = pd.DataFrame({"frequency": [4, 0], "T": [20.0, 20.0], "monetary_eur": [30.0, 0.0]})
    >>> by_status_quo(known, weeks=10)["purchases"].tolist()
    [2.0, 0.0]
    """
    require_columns(table, ["frequency", "T", "monetary_eur"], name="table")
    age = table["T"].clip(lower=1 / DAYS_PER_WEEK)  # joined on the last day: a day old
    purchases = table["frequency"] / age * _weeks(weeks)
    return _said(
        table, score=purchases, score_eur=purchases * table["monetary_eur"], active=table["frequency"] > 0,
        purchases=purchases, revenue_eur=purchases * table["monetary_eur"],
    )  # fmt: skip


def by_btyd(
    table: pd.DataFrame, *, weeks: float, model: str = "pareto_nbd", starts: int = 1, rng: Any = 0
) -> pd.DataFrame:
    """CLV: a buy-till-you-die model of purchases, times the Gamma-Gamma model of spend.

    Parameters
    ----------
    table : DataFrame
        From `race_table`.
    weeks : float
        Length of the future, above 0.
    model : {"pareto_nbd", "mbg_nbd", "bg_nbd"}, default "pareto_nbd"
        The model of purchases.
    starts, rng
        As in `fit_btyd`.

    Returns
    -------
    DataFrame
        As for `by_abc`, and ``p_alive`` (has not left) and ``p_buy`` (at least one purchase within the
        horizon). ``active`` asks who will buy: ``p_buy > 0.5``. P(alive) answers another question: see
        `chance_to_buy`. Where the spend model has no finite mean, spend is the mean of all repeat customers.

    Raises
    ------
    DataError
        If the model of purchases cannot be fitted.

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=1000, T=52.0, rng=1)
    >>> said = by_btyd(world.assign(monetary_eur=20.0 * (world["frequency"] > 0)), weeks=26, model="bg_nbd")
    >>> bool((said["purchases"] > 0).all())
    True
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # small sums: more threads would only wait for each other
        fit = fit_btyd(table, model=model, unit="week", starts=starts, rng=rng)
        said = predict(fit, table, horizon=_weeks(weeks))
        chance = chance_to_buy(fit, table, horizon=_weeks(weeks))
    spend = table.loc[table["monetary_eur"] > 0, "monetary_eur"].mean()
    try:
        expected = expected_spend(fit_spend(table, starts=starts, rng=rng), table)["expected_spend_eur"]
    except DataError:
        expected = pd.Series(np.nan, index=table.index)
    revenue = said["expected_purchases"] * expected.fillna(spend)
    return _said(
        table, score=said["expected_purchases"], score_eur=revenue, active=chance["p_buy"] > 0.5,
        purchases=said["expected_purchases"], revenue_eur=revenue,
    ).assign(p_alive=chance["p_alive"].to_numpy(), p_buy=chance["p_buy"].to_numpy())  # fmt: skip


def by_regression(
    table: pd.DataFrame, *, training: pd.DataFrame, training_weeks: float, weeks: float
) -> pd.DataFrame:
    """Regression: learn from an earlier split what followed such customers, and say it of today's.

    Poisson regressions of purchases and of money, and a logistic regression of "active", on the logarithms of
    the columns of `table` that were known at the start (`FEATURES`). The earlier split must lie wholly
    inside the time that may be known, or the race is rigged.

    Parameters
    ----------
    table : DataFrame
        From `race_table`; what came later is not looked at.
    training : DataFrame
        From `race_table` on two earlier days, the later one not after the starting line of `table`.
    training_weeks : float
        Length of what came in `training`.
    weeks : float
        Length of the future, above 0; forecasts are stretched by ``weeks / training_weeks``.

    Returns
    -------
    DataFrame
        As for `by_abc`.

    Raises
    ------
    DataError
        If nobody in `training` came later, or everybody did.

    Examples
    --------
    >>> from crmlab.compare import race_table
    >>> from crmlab.datasets import load_cdnow
    >>> log = load_cdnow()
    >>> table = race_table(log, calibration_end="1997-09-30", as_of="1998-06-30")
    >>> practice = race_table(log, calibration_end="1997-05-17", as_of="1997-09-30")
    >>> said = by_regression(table, training=practice, training_weeks=136 / 7, weeks=39)
    >>> float(round(said["purchases"].sum(), -2))
    2000.0
    """
    from sklearn.linear_model import LogisticRegression, PoissonRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    if training["active_later"].nunique() < 2:
        raise DataError("training must hold customers who came later and others who did not.")
    learn, now = _features(training), _features(table)
    stretch = _weeks(weeks) / training_weeks

    def expect(column: str) -> Array:
        target = training[column].clip(lower=0)
        unit = float(target.mean()) or 1.0
        poisson = PoissonRegressor(alpha=1e-3, solver="newton-cholesky", max_iter=1000)
        fitted = make_pipeline(StandardScaler(), poisson).fit(learn, target / unit)
        return np.asarray(fitted.predict(now) * unit * stretch)

    with threadpool_limits(1):
        purchases, revenue = expect("purchases_later"), expect("revenue_later_eur")
        logistic = LogisticRegression(solver="newton-cholesky", max_iter=1000)
        fitted = make_pipeline(StandardScaler(), logistic).fit(learn, training["active_later"])
        active = fitted.predict_proba(now)[:, 1] > 0.5
    return _said(
        table, score=purchases, score_eur=revenue, active=active, purchases=purchases, revenue_eur=revenue
    )


def _features(table: pd.DataFrame) -> Array:
    require_columns(table, FEATURES, name="table")
    return np.asarray(np.log1p(table[list(FEATURES)].clip(lower=0).to_numpy(dtype=float)))


def _weeks(weeks: float) -> float:
    if isinstance(weeks, bool) or not 0 < weeks < np.inf:
        raise DataError(f"weeks must be above 0; found {weeks!r}.")
    return float(weeks)


def _said(table: pd.DataFrame, *, score: Any, **more: Any) -> pd.DataFrame:
    silent = dict.fromkeys(("active", "purchases", "revenue_eur"), np.nan)
    columns = {"score": score, "score_eur": score} | silent | more
    return pd.DataFrame(
        {name: np.asarray(value, dtype=float) * np.ones(len(table)) for name, value in columns.items()},
        index=table.index,
    )
