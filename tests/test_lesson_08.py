"""Exercise 08: its reference answers agree with crmlab, and its text with the figures of its checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmlab.checks import lesson_08, mydata
from crmlab.compare import accuracy, hit_rate, race_table, total_error
from crmlab.contestants import by_recency, by_status_quo

FOLDER = Path(__file__).resolve().parents[1] / "exercises"


@pytest.fixture(scope="module", params=["Li Wei", "Ada Example", "20261234"])
def data(request: pytest.FixtureRequest) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mydata, "LESSONS", {"08": lesson_08})
        patch.setattr(mydata, "_given", {})
        yield mydata.my_data("08", student=request.param)


def test_the_answers_agree_with_crmlab(data: Any) -> None:
    table = race_table(data.orders, calibration_end=data.as_of, as_of="2024-12-31").set_index("customer_id")
    came = lesson_08.came(data)
    assert came.loc[table.index].tolist() == table["purchases_later"].tolist() and len(came) == len(table)
    assert lesson_08.hit_rate(data) == pytest.approx(
        hit_rate(table["n_orders"], table["purchases_later"], top=0.2)
    )
    said = by_recency(table, hiatus_weeks=26)["active"] > 0.5
    answer = lesson_08.hiatus(data)
    assert answer["accuracy"] == pytest.approx(accuracy(said, table["active_later"]))
    assert answer["base_rate"] == pytest.approx(1 - table["active_later"].mean())
    quo = by_status_quo(table, weeks=366 / 7)["purchases"]
    error = total_error(lesson_08.rate_forecast(data), came)
    assert error == pytest.approx(total_error(quo, table["purchases_later"]))
    plan = lesson_08.decision(data)
    assert (plan["pays"] == "yes") == (plan["lead_eur"] > lesson_08.FEE_EUR)
    assert (plan["better"] == "year") == (plan["lead_eur"] > 0)


def test_the_figures_in_the_text_are_those_of_the_checks() -> None:
    text = (FOLDER / "08_compare.ipynb").read_text(encoding="utf-8")
    assert f"**{lesson_08.PLACES} customers**" in text
    assert f"**{lesson_08.GAIN:.2f}** of the margin" in text
    assert f"the system costs **{lesson_08.FEE_EUR:.0f} EUR**" in text
    assert f"**less than {lesson_08.HIATUS_DAYS // 7} weeks**" in text
