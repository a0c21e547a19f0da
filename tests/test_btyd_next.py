from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.btyd import BTYDFit
from crmlab.contracts import DataError

PARAMS = {
    "pareto_nbd": {"r": 0.6, "alpha": 10.0, "s": 0.7, "beta": 12.0},
    "bg_nbd": {"r": 0.6, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "mbg_nbd": {"r": 0.6, "alpha": 6.0, "a": 0.8, "b": 2.5},
}


@pytest.fixture(scope="module", params=PARAMS)
def fit(request: pytest.FixtureRequest) -> BTYDFit:
    world = crm.simulate_btyd(PARAMS[request.param], model=request.param, n_customers=4000, T=52.0, rng=5)
    return crm.fit_btyd(world, model=request.param)


def test_equals_draws_from_the_posterior(fit: BTYDFit) -> None:
    """Given that they are there: draw the rates; does a purchase come in time?"""
    history = pd.DataFrame({"frequency": [0, 3, 12], "t_x": [0.0, 30.0, 50.0], "T": [52.0, 40.0, 52.0]})
    said = crm.chance_to_buy(fit, history, horizon=26)
    rng, n = np.random.default_rng(2), 300_000
    p = fit.params.to_numpy()
    for i, row in history.iterrows():
        rate = rng.gamma(p[0] + row["frequency"], 1 / (p[1] + row["T"]), n)
        first = rng.exponential(1, n) / rate
        gone = (
            rng.exponential(1, n) / rng.gamma(p[2], 1 / (p[3] + row["T"]), n)
            if fit.model == "pareto_nbd"
            else 1e9
        )
        drawn = ((first < 26) & (first < gone)).mean() * said["p_alive"][i]
        assert said["p_buy"][i] == pytest.approx(drawn, abs=0.004)


def test_counts_those_who_really_come(fit: BTYDFit) -> None:
    """Over many customers the chances add up to the buyers of the time after."""
    names = ["r", "alpha", "s", "beta"] if fit.model == "pareto_nbd" else ["r", "alpha", "a", "b"]
    truth = {name: PARAMS[fit.model][name] for name in names}
    rng = np.random.default_rng(3)
    n = 30_000
    rate = rng.gamma(truth["r"], 1 / truth["alpha"], n)
    came = x = np.zeros(n, dtype=int)
    t_x = np.zeros(n)
    leave = (
        rng.exponential(1, n) / rng.gamma(truth["s"], 1 / truth["beta"], n)
        if fit.model == "pareto_nbd"
        else np.full(n, np.inf)
    )
    coin = rng.beta(truth.get("a", 1), truth.get("b", 1), n)
    if fit.model == "mbg_nbd":
        leave = np.where(rng.random(n) < coin, 0.0, leave)
    x, came = np.zeros(n, dtype=int), np.zeros(n, dtype=bool)
    now = np.zeros(n)
    going = np.ones(n, dtype=bool)
    while going.any():
        now = now + rng.exponential(1, n) / rate
        hit = going & (now < np.minimum(leave, 78))
        early = hit & (now <= 52)
        x, t_x = x + early, np.where(early, now, t_x)
        came |= hit & (now > 52)
        if fit.model != "pareto_nbd":
            leave = np.where(hit & (rng.random(n) < coin), now, leave)
        going = hit
    summary = pd.DataFrame({"frequency": x, "t_x": t_x, "T": np.full(n, 52.0)})
    said = crm.chance_to_buy(fit, summary, horizon=26)["p_buy"]
    assert said.mean() == pytest.approx(came.mean(), abs=0.012)
    best = said > 0.5
    assert came[best].mean() == pytest.approx(said[best].mean(), abs=0.05)


def test_never_above_p_alive_and_grows_with_the_horizon(fit: BTYDFit) -> None:
    history = pd.DataFrame({"frequency": [0, 2, 9], "t_x": [0.0, 20.0, 50.0], "T": [52.0, 52.0, 52.0]})
    before = np.zeros(3)
    for horizon in (1, 10, 100, 1000):
        said = crm.chance_to_buy(fit, history, horizon=horizon)
        assert (said["p_buy"] <= said["p_alive"] + 1e-12).all()
        assert (said["p_buy"] >= before).all()
        before = said["p_buy"].to_numpy()


def test_a_horizon_must_lie_ahead(fit: BTYDFit) -> None:
    history = pd.DataFrame({"frequency": [0], "t_x": [0.0], "T": [52.0]})
    with pytest.raises(DataError) as error:
        crm.chance_to_buy(fit, history, horizon=0)
    assert str(error.value) == "horizon must be above 0; found 0."
