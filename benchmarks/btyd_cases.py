"""Cases of buying till leaving: fits and lifetime values, ours and those of lifetimes, on the same rows."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BUYING = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # what CDNOW's customers look like, in weeks
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}
YEARS_DAYS = 728
CLV = {"margin_rate": 0.3, "horizon_months": 12, "discount_rate_annual": 0.10}
BG, GG = ("r", "alpha", "a", "b"), ("p", "q", "v")
Prepared = tuple[Callable[[], Any], Callable[[Any], list[float]]]
"""What is timed, and what its result comes to: log-likelihood and parameters of a fit, total of values."""


def world_file(customers: int, folder: Path) -> Path:
    """Give the place of a world."""
    return folder / f"world_{customers}.npz"


def write_world(customers: int, folder: Path) -> None:
    """Simulate customers who came within two years; dates are whole days, ages in weeks, spend in cents."""
    from crmlab.btyd_simulate import simulate_btyd

    g = np.random.default_rng(7)
    age = g.integers(7, YEARS_DAYS + 1, customers) / 7
    people = simulate_btyd(BUYING, n_customers=customers, T=age, rng=g)
    x = people["frequency"].to_numpy()
    t_x = np.minimum(np.ceil(people["t_x"].to_numpy() * 7) / 7, age)
    bought = np.maximum(x, 1)
    mean = g.gamma(SPEND["p"] * bought) / g.gamma(SPEND["q"], 1 / SPEND["gamma"], customers) / bought
    spend = np.where(x > 0, np.maximum(np.round(mean, 2), 0.01), 0.0)
    np.savez(world_file(customers, folder), frequency=x, t_x=t_x, T=age, monetary_eur=spend)


def world(customers: int, folder: Path, *, whole_weeks: bool = False) -> pd.DataFrame:
    """Read a world; `whole_weeks` rounds the ages up, as a log that knows only the week would."""
    with np.load(world_file(customers, folder)) as file:
        people = pd.DataFrame({name: file[name] for name in file.files})
    if whole_weeks:
        people["T"], people["t_x"] = np.ceil(people["T"]), np.ceil(people["t_x"])
    people.insert(0, "customer_id", [f"C{i:07d}" for i in range(customers)])
    return people


def log_likelihood(people: pd.DataFrame, params: Any) -> float:
    """Give the total log-likelihood of the BG/NBD at any parameters: one formula judges all packages."""
    from crmlab._btyd_rows import distinct
    from crmlab.btyd import log_likelihood_of

    return log_likelihood_of("bg_nbd", distinct(people)[0])(np.asarray(params, dtype=float))[0]


def spend_log_likelihood(people: pd.DataFrame, params: Any) -> float:
    """Give the same for Gamma-Gamma, over the repeat customers."""
    from crmlab import spend

    back = people[people["frequency"] > 0]
    x, m = back["frequency"].to_numpy(dtype=float), back["monetary_eur"].to_numpy()
    return spend.spend_log_likelihood(x, m, np.ones(len(x)))(np.asarray(params, dtype=float))[0]


def _lifetimes() -> Any:
    """Import lifetimes: for its own cases, and for ours, whose first call would import it otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
    import scipy.optimize
    import scipy.special

    assert scipy.optimize and scipy.special
    return lifetimes


def _bg_lifetimes(rows: int, folder: Path, *, whole_weeks: bool = False) -> Prepared:
    people, fitter = world(rows, folder, whole_weeks=whole_weeks), _lifetimes().BetaGeoFitter()

    def tell(fit: Any) -> list[float]:
        params = [float(fit.params_[name]) for name in BG]
        return [log_likelihood(people, params), *params]

    return functools.partial(fitter.fit, people["frequency"], people["t_x"], people["T"]), tell


def _bg_crmlab(rows: int, folder: Path, *, whole_weeks: bool = False) -> Prepared:
    from crmlab import fit_btyd

    people, _ = world(rows, folder, whole_weeks=whole_weeks), _lifetimes()

    def tell(fit: Any) -> list[float]:
        return [log_likelihood(people, fit.params), *fit.params.tolist(), float(fit.n_rows)]

    return functools.partial(fit_btyd, people), tell


def _gg_lifetimes(rows: int, folder: Path) -> Prepared:
    people, fitter = world(rows, folder), _lifetimes().GammaGammaFitter()
    back = people[people["frequency"] > 0]

    def tell(fit: Any) -> list[float]:
        params = [float(fit.params_[name]) for name in GG]
        return [spend_log_likelihood(people, params), *params]

    return functools.partial(fitter.fit, back["frequency"], back["monetary_eur"]), tell


def _gg_crmlab(rows: int, folder: Path) -> Prepared:
    from crmlab import fit_spend

    people, _ = world(rows, folder), _lifetimes()

    def tell(fit: Any) -> list[float]:
        return [spend_log_likelihood(people, fit.params), *fit.params.tolist(), float(fit.n_customers)]

    return functools.partial(fit_spend, people), tell


def _fits(people: pd.DataFrame) -> tuple[Any, Any]:
    """Fit 20,000 of the customers: both packages value with the same parameters, so one fit serves both."""
    from crmlab import fit_btyd, fit_spend

    return fit_btyd(people.head(20_000)), fit_spend(people.head(20_000))


def _clv_crmlab(rows: int, folder: Path) -> Prepared:
    from crmlab import clv

    people, _ = world(rows, folder), _lifetimes()
    buying, spend = _fits(people)
    return functools.partial(clv, buying, spend, people, **CLV), lambda table: [float(table["clv_eur"].sum())]


def _clv_lifetimes(rows: int, folder: Path) -> Prepared:
    people, package = world(rows, folder), _lifetimes()
    buying, spend = _fits(people)
    few = people[people["frequency"] > 0].head(
        500
    )  # a fit sets up what predicts; its parameters are replaced
    model = package.BetaGeoFitter().fit(few["frequency"], few["t_x"], few["T"])
    money = package.GammaGammaFitter().fit(few["frequency"], few["monetary_eur"])
    model.params_ = pd.Series(buying.params.to_numpy(), index=list(BG))
    money.params_ = pd.Series(spend.params.to_numpy(), index=list(GG))
    columns = (people[name] for name in ("frequency", "t_x", "T", "monetary_eur"))
    monthly = (1 + CLV["discount_rate_annual"]) ** (1 / 12) - 1
    run = functools.partial(
        money.customer_lifetime_value, model, *columns, time=12, discount_rate=monthly, freq="W"
    )
    return run, lambda values: [float(values.sum()) * CLV["margin_rate"]]


BTYD_CASES: dict[str, Callable[[int, Path], Prepared]] = {
    "bg_lifetimes": _bg_lifetimes,
    "bg_crmlab": _bg_crmlab,
    "bg_weeks_lifetimes": functools.partial(_bg_lifetimes, whole_weeks=True),
    "bg_weeks_crmlab": functools.partial(_bg_crmlab, whole_weeks=True),
    "gg_lifetimes": _gg_lifetimes,
    "gg_crmlab": _gg_crmlab,
    "clv_lifetimes": _clv_lifetimes,
    "clv_crmlab": _clv_crmlab,
}
