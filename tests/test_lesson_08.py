"""Exercise 08: its reference answers agree with crmlab, and its text with the figures of its checks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import crmlab as crm
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


# A student who does what the hints say: what stands between « and » is copied from a hint, as in 05 and 06.
WAY = """
«before = purchases[purchases["order_date"] <= data.as_of]
after = purchases[purchases["order_date"] > data.as_of]
known = before["customer_id"].unique()»
«days = after.drop_duplicates(["customer_id", "order_date"])»
«counts = days.groupby("customer_id").size()»
answer_08_1 = «counts.reindex(known, fill_value=0)»

«score = before.groupby("customer_id").size().reindex(known)»
«k = len(known) // 5»
«def chance(values, k):
    edge = values.nlargest(k).iloc[-1]
    above, equal = values > edge, values == edge
    return above + equal * (k - above.sum()) / equal.sum()»
answer_08_2 = («chance(score, k)» * «chance(answer_08_1, k)»).sum() / k

«last_day = before.groupby("customer_id")["order_date"].max().reindex(known)»
«silent_days = (data.as_of - last_day).dt.days»
came = answer_08_1 > 0
answer_08_3 = {"accuracy": ((silent_days < 26 * 7) == came).mean(), "base_rate": (came == False).mean()}

«repeats = before.drop_duplicates(["customer_id", "order_date"]).groupby("customer_id").size() - 1»
«age = (data.as_of - before.groupby("customer_id")["order_date"].min()).dt.days»
forecast = (repeats / «age.where(age > 0)» * 366)«.fillna(0)»
answer_08_4 = forecast.sum() / answer_08_1.sum() - 1

«past = orders[orders["order_date"] <= data.as_of]»
«last_year = past[past["order_date"] >= "2023-01-01"]»
«revenue = past.groupby("customer_id")["amount_eur"].sum()»
total = «revenue.nlargest(100).index»
revenue = last_year.groupby("customer_id")["amount_eur"].sum()
year = «revenue.nlargest(100).index»
«race = orders[orders["order_date"] > data.as_of]»
«margin_after = race.groupby("customer_id")["margin_eur"].sum()»
«margin_after = margin_after.reindex(known, fill_value=0)»
ids = total
of_total = «margin_after[ids].sum()»
ids = year
lead = 0.10 * («margin_after[ids].sum()» - of_total)
better, pays = "year" if lead > 0 else "total", "yes" if lead > 150 else "no"
answer_08_5 = {"better": better, "lead_eur": lead, "pays": pays}
"""
KNOWN_STEPS = {".reindex(known)", "==", "k - above.sum()"}  # explain a step that stands in another hint


def test_a_student_who_follows_the_hints_earns_full_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mydata, "_given", {})
    cells = json.loads((FOLDER / "08_compare.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells]
    hints = [
        code or inline
        for text in texts
        for hint in re.findall(r"<details><summary>Hint.*?</summary>(.*?)</details>", text, re.DOTALL)
        for code, inline in re.findall(r"```python\n(.*?)\n```|`([^`]+)`", hint, re.DOTALL)
    ]
    copied = set(re.findall("«(.*?)»", WAY, re.DOTALL))
    assert copied <= set(hints)
    assert {h for h in hints if re.search(r"[(\[=]|//| - ", h)} - KNOWN_STEPS <= copied
    space: dict[str, Any] = {}
    exec(next(t for t in texts if 'student = "your name"' in t).replace("your name", "Li Wei"), space)
    exec(re.sub("[«»]", "", WAY), space)
    for task in lesson_08.TASKS:
        score = crm.check(task.number, space[f"answer_{task.number.replace('.', '_')}"])
        assert score == score.of, str(score)


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(mydata, "_given", {})
    return lesson_08.decision(crm.my_data("08", student="Li Wei"))


def other(word: str) -> str:
    return {"yes": "no", "no": "yes", "total": "year", "year": "total"}[word]


def test_a_right_lead_gets_the_hint_about_the_fee_alone(mine: dict[str, Any]) -> None:
    words = str(crm.check("08.5", mine | {"pays": other(mine["pays"])}))
    assert "Compare the lead with the fee of 150 EUR, not with 0" in words
    assert "Or:" not in words and "whole margin" not in words and "2024" not in words


@pytest.mark.parametrize("pays", ["yes", "no"])
@pytest.mark.parametrize("better", ["total", "year"])
def test_a_wrong_lead_is_known_whatever_the_choices(mine: dict[str, Any], better: str, pays: str) -> None:
    choices = {"better": better, "pays": pays}
    assert "The fee is taken off already" in str(
        crm.check("08.5", choices | {"lead_eur": mine["lead_eur"] - 150})
    )
    assert "This is the whole margin" in str(crm.check("08.5", choices | {"lead_eur": 10 * mine["lead_eur"]}))


def test_a_choice_of_two_asks_for_one_word(mine: dict[str, Any]) -> None:
    words = str(crm.check("08.5", mine | {"pays": True}))
    assert 'one word in quotation marks is asked for: "yes" or "no"' in words
