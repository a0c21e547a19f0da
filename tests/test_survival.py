"""How long customers stay: Kaplan-Meier against statsmodels and a published table, months of service."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.contracts import DataError


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


# remission in weeks of 21 patients treated with 6-MP (Freireich and others 1963, as in Cox 1972)
WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12


def test_the_published_remission_times() -> None:
    km = crm.kaplan_meier(WEEKS, RELAPSED).set_index("month")
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert km.loc[list(published), "survival"].round(3).to_dict() == published
    assert km.loc[[6, 23], "se"].round(4).tolist() == [0.0764, 0.1346]


def test_statsmodels_gives_the_same() -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(3)
    for n in (30, 2000):
        life, seen = rng.geometric(0.05, n), rng.integers(1, 40, n)
        months, left = np.minimum(life, seen), life <= seen
        km = crm.kaplan_meier(months, left).set_index("month")
        theirs = SurvfuncRight(months, left.astype(int))
        mine = km.loc[theirs.surv_times.astype(int)]
        assert mine["survival"].to_numpy() == pytest.approx(theirs.surv_prob)
        assert mine["at_risk"].tolist() == theirs.n_risk.tolist()
        some = (mine["survival"] > 0).to_numpy()
        assert mine["se"].to_numpy()[some] == pytest.approx(theirs.surv_prob_se[some])


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60))
def test_survival_falls_and_its_limits_hold_it(people: list[tuple[int, bool]]) -> None:
    months, left = [m for m, _ in people], [gone for _, gone in people]
    km = crm.kaplan_meier(months, left)
    assert (km["survival"].diff().dropna() <= 1e-12).all()
    assert (km["low"] <= km["survival"] + 1e-12).all() and (km["survival"] <= km["high"] + 1e-12).all()
    assert km[["low", "high"]].min().min() >= 0 and km[["low", "high"]].max().max() <= 1
    assert km["left"].sum() == sum(left) and km["at_risk"].iloc[0] == len(people)
    again = crm.kaplan_meier(months[::-1], left[::-1])
    pd.testing.assert_frame_equal(km, again)
    if all(left):  # nobody is censored: the share who are still there
        share = [(np.array(months) > t).mean() for t in km["month"]]
        assert km["survival"].tolist() == pytest.approx(share)


def test_the_limits_hold_the_truth_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        life, seen = rng.geometric(0.08, 150), rng.integers(1, 30, 150)
        km = crm.kaplan_meier(np.minimum(life, seen), life <= seen).set_index("month").loc[10]
        held += km["low"] <= 0.92**10 <= km["high"]
    assert 0.92 <= held / 300 <= 0.98


def test_months_of_service_stop_at_the_reporting_day() -> None:
    table = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "start_date": pd.to_datetime(["2023-12-01", "2024-01-01", "2024-03-01", "2024-08-01"]),
            "left_date": pd.to_datetime(["2024-01-31", None, "2024-07-31", None]),
        }
    )
    found = crm.service_months(table, as_of="2024-06-30")
    assert found["customer_id"].tolist() == ["a", "b", "c"]
    assert found["months"].tolist() == [2, 6, 4] and found["left"].tolist() == [True, False, False]
    torn = table.assign(left_date=table["left_date"].where(table["left_date"] <= "2024-06-30"))
    pd.testing.assert_frame_equal(found, crm.service_months(torn, as_of="2024-06-30"))
    assert message(lambda: crm.service_months(table, as_of="2020-01-31")) == (
        "nobody had started by 2020-01-31. Hint: a later as_of."
    )


def test_bad_input_is_named() -> None:
    assert message(lambda: crm.kaplan_meier([1, 2], [True])) == (
        "months and left must be equally long, not empty; found 2 and 1."
    )
    assert message(lambda: crm.kaplan_meier([1.5, -1], [True, False])) == (
        "months must be whole numbers, 0 or more; found 1.5 and 1 more such. "
        "Hint: count full months from the start to the leaving day or the reporting day."
    )
    assert message(lambda: crm.kaplan_meier([1], [1])) == (  # type: ignore[list-item]
        "left must hold True or False; found int64. Hint: left_date.notna()"
    )
    assert message(lambda: crm.kaplan_meier([1], [True], confidence=95)) == (
        "confidence must lie between 0 and 1; found 95."
    )
