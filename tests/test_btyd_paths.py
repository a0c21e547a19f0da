"""The model along time: tracking adds up, P(alive) is what predict says that day, grids hold what can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.btyd import BTYDFit, fit_btyd
from crmlab.btyd_paths import alive_path, history_grid, tracking
from crmlab.btyd_predict import expected_repeats, predict
from crmlab.contracts import DataError
from crmlab.datasets import load_cdnow
from crmlab.orders import btyd_summary, calibration_holdout

CUT, END = "1997-09-30", "1998-06-30"


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return load_cdnow()


@pytest.fixture(scope="module")
def fit(log: pd.DataFrame) -> BTYDFit:
    return fit_btyd(btyd_summary(log, as_of=CUT))


def message(function, *args, **kwargs) -> str:
    with pytest.raises(DataError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


# ---- tracking


def test_cdnow_tracks_as_published(log: pd.DataFrame, fit: BTYDFit) -> None:
    """Fader, Hardie, Lee (2005a): 2,457 repeats in 39 weeks, 4,339 in 78; BG/NBD 4 % under."""
    table = tracking(fit, log, as_of=CUT, end=END).set_index("date")
    assert table.loc[CUT, "actual_cumulative"] == 2457
    assert table.loc[END, "actual_cumulative"] == 4339
    assert table.loc[END, "expected_cumulative"] == pytest.approx(4161, abs=1)
    assert len(table) == 39 + 39  # the first, shorter step is left out; one ends on the last day seen
    assert table["holdout"].sum() == 39


def test_steps_add_up_and_the_actual_ones_are_those_of_calibration_holdout(
    log: pd.DataFrame, fit: BTYDFit
) -> None:
    table = tracking(fit, log, as_of=CUT, end=END)
    for name in ("actual", "expected"):
        np.testing.assert_allclose(table[name].cumsum(), table[f"{name}_cumulative"])
    assert (table["expected"] >= 0).all()
    held = calibration_holdout(log, calibration_end=CUT, as_of=END)
    assert table.loc[table["holdout"], "actual"].sum() == held["frequency_holdout"].sum()


def test_expected_is_the_sum_of_everybodys_mean_at_their_own_age(log: pd.DataFrame, fit: BTYDFit) -> None:
    summary = btyd_summary(log, as_of=CUT)
    table = tracking(fit, log, as_of=CUT, end=CUT).iloc[-1]
    assert table["expected_cumulative"] == pytest.approx(expected_repeats(fit, summary["T"]).sum())


@pytest.mark.parametrize("step", [1, 7, 30])
def test_the_length_of_a_step_does_not_change_the_end(log: pd.DataFrame, fit: BTYDFit, step: int) -> None:
    table = tracking(fit, log, as_of=CUT, end=CUT, step_days=step)
    assert table["date"].iloc[-1] == pd.Timestamp(CUT)
    assert table["actual_cumulative"].iloc[-1] == 2457


def test_row_order_times_refunds_and_later_customers_do_not_matter(log: pd.DataFrame, fit: BTYDFit) -> None:
    more = pd.concat(
        [
            log.assign(order_date=log["order_date"] + pd.Timedelta(hours=15)).sample(frac=1, random_state=0),
            pd.DataFrame(
                {
                    "customer_id": ["00004", "new"],
                    "order_date": pd.to_datetime(["1997-08-02", "1997-12-01"]),
                    "amount_eur": [-5.0, 9.0],
                }
            ),
        ]
    )
    before = more.copy()
    pd.testing.assert_frame_equal(
        tracking(fit, more, as_of=CUT, end=END), tracking(fit, log, as_of=CUT, end=END)
    )
    pd.testing.assert_frame_equal(more, before)


def test_tracking_refuses_in_words(log: pd.DataFrame, fit: BTYDFit) -> None:
    assert message(tracking, fit, log, as_of=CUT, end="1997-09-29") == (
        "end 1997-09-29 lies before as_of 1997-09-30."
    )
    assert message(tracking, fit, log, as_of=CUT, end=END, step_days=0) == (
        "step_days must be a whole number, 1 or more; found 0."
    )
    assert message(tracking, fit, log, as_of="1990-01-01", end=END) == (
        "nobody has bought by 1990-01-01. Hint: look at the first order_date."
    )


# ---- alive_path


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_each_reading_is_what_predict_says_on_that_day(log: pd.DataFrame, model: str) -> None:
    fit = fit_btyd(btyd_summary(log, as_of=CUT), model=model)
    one = log[log["customer_id"] == "00004"]
    path = alive_path(fit, one, as_of=END, step_days=40)
    for row in path.itertuples():
        then = btyd_summary(one, as_of=row.date.date())
        assert row.p_alive == pytest.approx(predict(fit, then, horizon=1)["p_alive"].iloc[0])
        assert (row.frequency, row.t_x, row.T) == pytest.approx(
            tuple(then[["frequency", "t_x", "T"]].iloc[0])
        )
    days = pd.to_datetime(one["order_date"].dt.normalize().unique())
    assert set(path.loc[path["bought"], "date"]) == set(days)
    assert path["date"].is_monotonic_increasing and path["date"].is_unique
    assert path["date"].iloc[-1] == pd.Timestamp(END)


def test_p_alive_only_falls_while_nothing_is_bought(log: pd.DataFrame) -> None:
    fit = fit_btyd(btyd_summary(log, as_of=CUT), model="pareto_nbd")
    path = alive_path(fit, log[log["customer_id"] == "00004"], as_of=END)
    silent = ~path["bought"].to_numpy()[1:]
    assert (np.diff(path["p_alive"])[silent] < 0).all()
    assert path.loc[path["bought"], "p_alive"].to_numpy() == pytest.approx(1)


def test_alive_path_refuses_in_words(log: pd.DataFrame, fit: BTYDFit) -> None:
    assert message(alive_path, fit, log, as_of=CUT) == (
        'orders holds 2,357 customers; allowed is one. Hint: orders[orders["customer_id"] == "C00001"]'
    )
    one = log[log["customer_id"] == "00004"]
    assert message(alive_path, fit, one, as_of="1990-01-01") == (
        "this customer has no purchase by 1990-01-01. Hint: choose a later as_of."
    )
    assert message(alive_path, fit, one, as_of=CUT, step_days=True) == (
        "step_days must be a whole number, 1 or more; found True."
    )


# ---- history_grid


@settings(max_examples=30, deadline=None)
@given(T=st.floats(1, 500), top=st.integers(0, 30), n=st.integers(1, 12))
def test_every_row_of_a_grid_is_a_history_that_can_be(T: float, top: int, n: int) -> None:
    fit = fit_btyd(
        pd.DataFrame({"frequency": [0, 1, 4, 2], "t_x": [0.0, 3, 8, 5], "T": 10.0}), model="bg_nbd", starts=1
    )
    grid = history_grid(T=T, frequencies=range(top + 1), silences=np.arange(n) * T / n)
    assert len(grid) == 1 + top * n and not grid.duplicated(["frequency", "silence"]).any()
    np.testing.assert_allclose(grid["T"] - grid["t_x"], grid["silence"])
    if fit.converged:
        assert predict(fit, grid, horizon=1)["p_alive"].between(0, 1).all()


def test_history_grid_refuses_in_words() -> None:
    assert message(history_grid, T=0) == "T must be an age above 0; found 0."
    assert message(history_grid, T=5, silences=[5]) == (
        "silences must lie between 0 and below T = 5; found [5.0]."
    )
