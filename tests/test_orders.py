from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab._lifetimes import _contained
from crmlab.contracts import DataError
from crmlab.datasets import load_cdnow
from crmlab.orders import (
    DAYS_PER_UNIT,
    btyd_summary,
    calibration_holdout,
    cohorts,
    customer_value,
    rfm_table,
)
from crmlab.pareto import concentration, gini

END = "2024-03-31"
ASKS: dict[str, Callable[[Any], Any]] = {
    "rfm_table": lambda log: rfm_table(log, as_of=END),
    "customer_value": lambda log: customer_value(log, start="2024-01-15", as_of=END),
    "btyd_summary": lambda log: btyd_summary(log, as_of=END),
    "calibration_holdout": lambda log: calibration_holdout(log, calibration_end="2024-02-15", as_of=END),
    "cohorts": lambda log: cohorts(log, as_of=END),
}
every = pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)


def log(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["customer_id", "order_date", "amount_eur"])
    return frame.assign(order_date=pd.to_datetime(frame["order_date"], format="ISO8601"))


def many(n: int = 3000, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in rng.integers(0, 150, n)],
            "order_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 90 * 1440, n), unit="min"),
            "amount_eur": np.round(rng.gamma(2, 15, n) * rng.choice([1, 1, 1, 1, -1], n), 2),
            "margin_eur": np.round(rng.normal(5, 9, n), 2),
        }
    )


def parquet(frame: pd.DataFrame, path: Path) -> Path:
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.sql("SELECT * FROM frame").write_parquet(str(path))
    return path


def computed(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else table.df()


def message(call: Callable[[], Any]) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


# ------------------------------------------------------------------ closed forms

SMALL = log(
    ("a", "2024-01-01 09:00", 10.0),
    ("a", "2024-01-15 10:00", 20.0),
    ("a", "2024-01-15 23:59", 5.0),
    ("a", "2024-01-29", 30.0),
    ("a", "2024-02-10", -30.0),
    ("b", "2024-01-05", 0.0),
    ("c", "2024-02-01", -8.0),
    ("d", "2024-03-31 23:59", 4.0),
    ("e", "2024-04-01 00:00", 9.0),
)


def test_rfm_by_hand() -> None:
    table = rfm_table(SMALL, as_of=END)
    assert list(table) == [
        "customer_id",
        "first_date",
        "last_date",
        "recency_days",
        "n_orders",
        "revenue_eur",
    ]
    day = pd.Timestamp
    assert table.values.tolist() == [
        ["a", day("2024-01-01"), day("2024-01-29"), 62, 4, 35.0],
        ["b", day("2024-01-05"), day("2024-01-05"), 86, 1, 0.0],
        ["d", day("2024-03-31"), day("2024-03-31"), 0, 1, 4.0],
    ]
    assert pd.api.types.is_datetime64_dtype(table["first_date"])


def test_customer_value_by_hand() -> None:
    table = customer_value(SMALL, as_of=END)
    assert list(table) == ["customer_id", "n_orders", "revenue_eur"]
    assert table.values.tolist() == [["a", 4, 35.0], ["b", 1, 0.0], ["c", 0, -8.0], ["d", 1, 4.0]]
    part = customer_value(SMALL, start="2024-01-15", as_of="2024-02-10")
    assert part.values.tolist() == [["a", 3, 25.0], ["c", 0, -8.0]]


def test_btyd_by_hand() -> None:
    table = btyd_summary(SMALL, as_of=END)
    assert list(table) == ["customer_id", "frequency", "t_x", "T", "monetary_eur"]
    assert table.values.tolist() == [
        ["a", 2, 4.0, 90 / 7, 27.5],  # (20 + 5 + 30) / 2 days; the refund lowers nothing here
        ["b", 0, 0.0, 86 / 7, 0.0],
        ["d", 0, 0.0, 0.0, 0.0],
    ]


@pytest.mark.parametrize(("unit", "days"), [("day", 1), ("week", 7), ("month", 30.4375), ("year", 365.25)])
def test_a_unit_is_a_ruler(unit: str, days: float) -> None:
    in_days, table = btyd_summary(SMALL, as_of=END, unit="day"), btyd_summary(SMALL, as_of=END, unit=unit)
    assert DAYS_PER_UNIT[unit] == days
    np.testing.assert_allclose(table[["t_x", "T"]] * days, in_days[["t_x", "T"]], rtol=1e-12)
    for same in ("customer_id", "frequency", "monetary_eur"):
        pd.testing.assert_series_equal(table[same], in_days[same])
    split = calibration_holdout(SMALL, calibration_end="2024-02-01", as_of=END, unit=unit)
    assert split["T_holdout"].tolist() == pytest.approx([59 / days] * 2, rel=1e-12)


def test_holdout_by_hand() -> None:
    table = calibration_holdout(SMALL, calibration_end="2024-01-15", as_of=END)
    assert list(table) == [
        "customer_id", "frequency", "t_x", "T", "monetary_eur", "frequency_holdout", "n_orders_holdout",
        "revenue_holdout_eur", "monetary_holdout_eur", "T_holdout",
    ]  # fmt: skip
    assert table.values.tolist() == [
        ["a", 1, 2.0, 2.0, 25.0, 1, 1, 0.0, 30.0, 76 / 7],
        ["b", 0, 0.0, 10 / 7, 0.0, 0, 0, 0.0, 0.0, 76 / 7],
    ]


def test_cohorts_by_hand() -> None:
    table = cohorts(SMALL, as_of="2024-03-30")
    assert list(table) == ["cohort", "age", "customers", "active", "retention", "complete"]
    assert table.assign(cohort=table["cohort"].dt.strftime("%Y-%m")).values.tolist() == [
        ["2024-01", 0, 2, 2, 1.0, True],
        ["2024-01", 1, 2, 0, 0.0, True],  # a zero, not a gap; the refund of February is no purchase
        ["2024-01", 2, 2, 0, 0.0, False],  # 30 March cuts March short
    ]
    assert cohorts(SMALL, as_of=END)["complete"].all()


def test_weeks_begin_on_monday() -> None:
    sunday_and_monday = log(("a", "2024-01-07", 1.0), ("b", "2024-01-08", 1.0), ("a", "2024-01-15", 1.0))
    table = cohorts(sunday_and_monday, as_of="2024-01-21", period="week")
    assert table["cohort"].tolist() == [pd.Timestamp("2024-01-01")] * 3 + [pd.Timestamp("2024-01-08")] * 2
    assert table["active"].tolist() == [1, 0, 1, 1, 0]
    assert table["complete"].all()
    assert cohorts(sunday_and_monday, as_of="2024-01-20", period="week")["complete"].tolist() == [
        True, True, False, True, False,
    ]  # fmt: skip


# ------------------------------------------------------------------ oracles in plain pandas


def plain_summary(frame: pd.DataFrame, end: str, days: float) -> pd.DataFrame:
    frame = frame[(frame["amount_eur"] >= 0) & (frame["order_date"].dt.normalize() <= pd.Timestamp(end))]
    rows = []
    for customer, mine in frame.groupby("customer_id"):
        spend = mine.groupby(mine["order_date"].dt.normalize())["amount_eur"].sum()
        first, last = spend.index.min(), spend.index.max()
        rows.append(
            (
                customer, len(spend) - 1, (last - first).days / days, (pd.Timestamp(end) - first).days / days,
                spend.iloc[1:].mean() if len(spend) > 1 else 0.0,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["customer_id", "frequency", "t_x", "T", "monetary_eur"])


def plain_holdout(frame: pd.DataFrame, cut: str, end: str, days: float) -> pd.DataFrame:
    table = plain_summary(frame, cut, days)
    day = frame["order_date"].dt.normalize()
    later = frame.assign(day=day)[(day > pd.Timestamp(cut)) & (day <= pd.Timestamp(end))]
    bought = later[later["amount_eur"] >= 0].groupby("customer_id")

    def each(values: pd.Series) -> np.ndarray:
        return values.reindex(table["customer_id"]).fillna(0).to_numpy()

    table["frequency_holdout"] = each(bought["day"].nunique()).astype(int)
    table["n_orders_holdout"] = each(bought.size()).astype(int)
    table["revenue_holdout_eur"] = each(later.groupby("customer_id")["amount_eur"].sum())
    table["monetary_holdout_eur"] = each(bought["amount_eur"].sum() / bought["day"].nunique())
    table["T_holdout"] = (pd.Timestamp(end) - pd.Timestamp(cut)).days / days
    return table


def plain_cohorts(frame: pd.DataFrame, end: str, freq: str) -> pd.DataFrame:
    day = frame["order_date"].dt.normalize()
    frame = frame[(frame["amount_eur"] >= 0) & (day <= pd.Timestamp(end))]
    period = frame["order_date"].dt.to_period(freq)
    born = period.groupby(frame["customer_id"]).transform("min")
    last = pd.Period(end, freq)
    rows = []
    for cohort in sorted(born.unique()):
        people = set(frame.loc[born == cohort, "customer_id"])
        for age in range((last - cohort).n + 1):
            active = frame.loc[(born == cohort) & (period == cohort + age), "customer_id"].nunique()
            whole = (cohort + age).end_time.normalize() <= pd.Timestamp(end)
            rows.append((cohort.start_time, age, len(people), active, active / len(people), whole))
    return pd.DataFrame(rows, columns=["cohort", "age", "customers", "active", "retention", "complete"])


def same(found: Any, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(computed(found), expected, check_dtype=False, rtol=1e-9)


logs = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(0, 80 * 24).map(lambda h: pd.Timestamp("2024-01-08") + pd.Timedelta(hours=h)),
        st.integers(-3000, 9000).map(lambda cents: cents / 100),
    ),
    min_size=1,
    max_size=25,
).map(lambda rows: pd.DataFrame(rows, columns=["customer_id", "order_date", "amount_eur"]))
first_buys = pd.DataFrame(
    {"customer_id": ["a"], "order_date": [pd.Timestamp("2024-01-08")], "amount_eur": [12.5]}
)


@settings(max_examples=60, deadline=None)
@given(frame=logs, unit=st.sampled_from(sorted(DAYS_PER_UNIT)))
def test_any_log_agrees_with_plain_pandas(frame: pd.DataFrame, unit: str) -> None:
    frame = pd.concat([first_buys, frame], ignore_index=True)  # somebody has bought
    days = DAYS_PER_UNIT[unit]
    same(btyd_summary(frame, as_of=END, unit=unit), plain_summary(frame, END, days))
    same(
        calibration_holdout(frame, calibration_end="2024-02-10", as_of=END, unit=unit),
        plain_holdout(frame, "2024-02-10", END, days),
    )


@settings(max_examples=40, deadline=None)
@given(frame=logs, end=st.dates(dt.date(2024, 1, 8), dt.date(2024, 4, 10)).map(str))
def test_any_cohorts_agree_with_plain_pandas(frame: pd.DataFrame, end: str) -> None:
    frame = pd.concat([first_buys, frame], ignore_index=True)
    same(cohorts(frame, as_of=end), plain_cohorts(frame, end, "M"))
    same(cohorts(frame, as_of=end, period="week"), plain_cohorts(frame, end, "W"))


@settings(max_examples=40, deadline=None)
@given(frame=logs)
def test_calibration_and_holdout_share_no_day_and_lose_none(frame: pd.DataFrame) -> None:
    frame = pd.concat([first_buys, frame], ignore_index=True)
    table = calibration_holdout(frame, calibration_end="2024-02-10", as_of=END).set_index("customer_id")
    whole = btyd_summary(frame, as_of=END).set_index("customer_id").loc[table.index]
    assert (table["frequency"] + table["frequency_holdout"] == whole["frequency"]).all()
    value = customer_value(frame, as_of=END).set_index("customer_id").loc[table.index]
    before = customer_value(frame, as_of="2024-02-10").set_index("customer_id").loc[table.index]
    assert (before["n_orders"] + table["n_orders_holdout"] == value["n_orders"]).all()
    np.testing.assert_allclose(
        before["revenue_eur"] + table["revenue_holdout_eur"], value["revenue_eur"], atol=1e-9
    )


# ------------------------------------------------------------------ the published package, where it is right


def by_lifetimes(frame: pd.DataFrame, end: str) -> pd.DataFrame:
    with _contained():
        from lifetimes.utils import summary_data_from_transaction_data

        table = summary_data_from_transaction_data(
            frame, "customer_id", "order_date", monetary_value_col="amount_eur",
            observation_period_end=end, freq="D", freq_multiplier=7,
        )  # fmt: skip
    names = {"recency": "t_x", "monetary_value": "monetary_eur"}
    table = table.rename(columns=names).sort_index().reset_index()
    return table[["customer_id", "frequency", "t_x", "T", "monetary_eur"]]


@pytest.mark.parametrize("end", ["1997-09-30", "1998-06-30"])
def test_cdnow_agrees_with_lifetimes(end: str) -> None:
    same(btyd_summary(load_cdnow(), as_of=end), by_lifetimes(load_cdnow(), end))


@settings(max_examples=25, deadline=None)
@given(frame=logs)
def test_any_log_without_refunds_agrees_with_lifetimes(frame: pd.DataFrame) -> None:
    frame = pd.concat([first_buys, frame], ignore_index=True)
    frame = frame.assign(amount_eur=frame["amount_eur"].abs() + 0.01)
    same(btyd_summary(frame, as_of=END), by_lifetimes(frame, END))


# ------------------------------------------------------------------ defects of others, absent here


def test_l1_dates_are_parsed_before_they_are_compared() -> None:
    text = [
        "05/01/2024",
        "20/01/2024",
        "03/02/2024",
        "01/03/2024",
        "28/02/2024",
    ]  # as text, 28/02 is the last
    frame = pd.DataFrame({"customer_id": ["a", "a", "a", "b", "b"], "order_date": text, "amount_eur": 1.0})
    assert message(lambda: btyd_summary(frame, as_of=END)).startswith(
        "orders: the column 'order_date' must hold dates; found str such as '05/01/2024'."
    )
    parsed = frame.assign(order_date=pd.to_datetime(frame["order_date"], format="%d/%m/%Y"))
    assert btyd_summary(parsed, as_of="2024-03-01", unit="day")[
        ["frequency", "t_x", "T"]
    ].values.tolist() == [
        [2, 29, 56],
        [1, 2, 2],
    ]


def test_l2_money_of_the_holdout_is_per_purchase_day_like_that_of_calibration() -> None:
    days = [("a", "2024-01-01", 1.0)] + [("a", "2024-02-01", 10.0)] * 3 + [("a", "2024-02-20", 30.0)]
    table = calibration_holdout(log(*days), calibration_end="2024-01-31", as_of=END)
    assert table["monetary_holdout_eur"].item() == 30.0  # not 15, the mean per row
    assert btyd_summary(log(*days), as_of=END)["monetary_eur"].item() == 30.0


def test_l3_the_last_day_of_calibration_is_counted_once() -> None:
    frame = log(
        ("a", "2024-01-01 09:00", 1.0), ("a", "2024-01-31 15:00", 1.0), ("a", "2024-02-15 00:00", 1.0)
    )  # fmt: skip
    table = calibration_holdout(frame, calibration_end="2024-01-31", as_of="2024-02-15")
    assert table[["frequency", "frequency_holdout"]].values.tolist() == [[1, 1]]
    assert table["t_x"].item() * 7 == 30


def test_l9_a_refund_is_no_purchase() -> None:
    frame = log(("a", "2024-01-01", 10.0), ("a", "2024-01-08", 50.0), ("a", "2024-01-15", -50.0))
    assert btyd_summary(frame, as_of=END)[["frequency", "t_x", "monetary_eur"]].values.tolist() == [
        [1, 1, 50]
    ]
    assert rfm_table(frame, as_of=END)[["recency_days", "n_orders", "revenue_eur"]].values.tolist() == [
        [83, 2, 10]
    ]


@pytest.mark.parametrize(
    ("column", "bad"), [("amount_eur", np.nan), ("customer_id", None), ("order_date", pd.NaT)]
)
def test_l9_what_is_missing_does_not_vanish(column: str, bad: Any) -> None:
    frame = many(50)
    frame.loc[7, column] = bad
    assert message(lambda: rfm_table(frame, as_of=END)) == (
        f"orders: 1 value(s) of {column!r} are missing or infinite. Hint: crmlab.read_orders reads a file "
        f'and lists such rows with the reason; in a frame, look at orders[orders["{column}"].isna()].'
    )


# ------------------------------------------------------------------ refunds, zeros, ids


@settings(max_examples=25, deadline=None)
@given(frame=logs)
def test_refunds_change_money_only(frame: pd.DataFrame) -> None:
    frame = pd.concat([first_buys, frame], ignore_index=True)
    bought = frame[frame["amount_eur"] >= 0]
    counts = ["customer_id", "first_date", "last_date", "recency_days", "n_orders"]
    pd.testing.assert_frame_equal(rfm_table(frame, as_of=END)[counts], rfm_table(bought, as_of=END)[counts])
    pd.testing.assert_frame_equal(btyd_summary(frame, as_of=END), btyd_summary(bought, as_of=END))
    pd.testing.assert_frame_equal(cohorts(frame, as_of=END), cohorts(bought, as_of=END))


def test_whoever_only_sends_back_is_in_the_value_and_nowhere_else() -> None:
    frame = log(("a", "2024-01-01", 5.0), ("r", "2024-01-02", -3.0))
    assert customer_value(frame, as_of=END)["customer_id"].tolist() == ["a", "r"]
    for name in ("rfm_table", "btyd_summary", "calibration_holdout"):
        assert ASKS[name](frame)["customer_id"].tolist() == ["a"]
    assert cohorts(frame, as_of=END)["customers"].max() == 1


def test_an_order_of_nothing_counts() -> None:
    frame = log(("a", "2024-01-01", 0.0), ("a", "2024-01-02", 0.0))
    assert rfm_table(frame, as_of=END)["n_orders"].item() == 2
    assert btyd_summary(frame, as_of=END)[["frequency", "monetary_eur"]].values.tolist() == [[1, 0]]


@pytest.mark.parametrize(
    "ids",
    [[7, 12346], np.array([7, 12346], "uint16"), pd.array([7, 12346], dtype="Int64"), ["7", "12346"],
     pd.Categorical(["7", "12346"]), pd.Series([7, "12346"], dtype=object)],
)  # fmt: skip
def test_ids_as_numbers_become_text(ids: Any) -> None:
    frame = pd.DataFrame({"customer_id": ids, "order_date": pd.Timestamp("2024-01-01"), "amount_eur": 1.0})
    for name in ("rfm_table", "customer_value", "btyd_summary"):
        frame["order_date"] = pd.Timestamp("2024-01-20")
        assert ASKS[name](frame)["customer_id"].tolist() == ["12346", "7"]


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ([12346.0, 7.0], "floating such as 12346.0"),
        ([12346.0, None], "floating such as 12346.0"),
        (pd.Series([12346.0, "a"], dtype=object), "mixed such as 12346.0"),
        (pd.Categorical([1.0, 2.0]), "floating such as 1.0"),
        ([True, False], "boolean such as True"),
    ],
)
@every
def test_ids_that_would_change_their_name(ask: Any, ids: Any, found: str) -> None:
    frame = pd.DataFrame({"customer_id": ids, "order_date": pd.Timestamp("2024-01-20"), "amount_eur": 1.0})
    assert message(lambda: ask(frame)) == (
        f"orders: the column 'customer_id' must hold text or whole numbers; found {found}. "
        'Hint: orders["customer_id"] = orders["customer_id"].astype("Int64").astype("string")'
    )


def test_the_cure_for_ids_works() -> None:
    frame = log(("a", "2024-01-20", 1.0), ("b", "2024-01-20", 1.0)).assign(customer_id=[12346.0, 7.0])
    frame["customer_id"] = frame["customer_id"].astype("Int64").astype("string")
    assert rfm_table(frame, as_of=END)["customer_id"].tolist() == ["12346", "7"]


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "float32", "Int64", "Float64"])
@every
def test_any_width_of_numbers(ask: Any, dtype: str) -> None:
    frame = log(("a", "2024-01-20", 120), ("a", "2024-02-20", 100), ("b", "2024-02-01", 7))
    expected = ask(frame.astype({"amount_eur": float}))
    pd.testing.assert_frame_equal(ask(frame.astype({"amount_eur": dtype})), expected)


def test_large_whole_amounts_do_not_overflow() -> None:
    frame = log(("a", "2024-01-20", 300_000), ("a", "2024-01-21", 2_000_000_000)).astype(
        {"amount_eur": "int32"}
    )
    assert rfm_table(frame, as_of=END)["revenue_eur"].item() == 2_000_300_000.0
    assert btyd_summary(frame, as_of=END)["monetary_eur"].item() == 2_000_000_000.0


# ------------------------------------------------------------------ properties that hold everywhere


@every
def test_the_order_of_rows_does_not_matter_at_all(ask: Any) -> None:
    frame = many()
    expected = ask(frame)
    for seed in range(3):
        shuffled = frame.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(ask(shuffled), expected, check_exact=True)


@every
def test_a_frame_a_file_and_a_relation_give_exactly_the_same(ask: Any, tmp_path: Path) -> None:
    frame = many()
    path = parquet(frame, tmp_path / "orders.parquet")
    with duckdb.connect() as con:
        for place in (path, str(path), con.read_parquet(str(path))):
            pd.testing.assert_frame_equal(computed(ask(place)), ask(frame), check_exact=True)


@every
def test_the_log_is_not_changed(ask: Any) -> None:
    frame = many(200)
    before = frame.copy()
    ask(frame)
    pd.testing.assert_frame_equal(frame, before)


@every
def test_later_rows_are_not_looked_at(ask: Any) -> None:
    frame = many(400)
    later = frame.assign(order_date=frame["order_date"] + pd.Timedelta(days=91))
    assert later["order_date"].min() >= pd.Timestamp("2024-04-01")
    pd.testing.assert_frame_equal(ask(pd.concat([frame, later])), ask(frame), check_exact=True)


def test_money_adds_up_to_the_cent() -> None:
    frame = many()
    for column, total in (("revenue_eur", "amount_eur"), ("margin_eur", "margin_eur")):
        assert round(customer_value(frame, as_of=END)[column].sum(), 2) == round(frame[total].sum(), 2)
    assert rfm_table(frame, as_of=END)["margin_eur"].notna().all()


def test_decimal_money_of_a_database() -> None:
    sql = (
        "SELECT 'a' AS customer_id, DATE '2024-01-20' AS order_date, "
        "1234567890123.25::DECIMAL(18,2) AS amount_eur"
    )
    with duckdb.connect() as con:
        assert rfm_table(con.sql(sql), as_of=END).df()["revenue_eur"].item() == 1234567890123.25


def test_one_customer_and_two_rows(tmp_path: Path) -> None:
    frame = log(("a", "2024-01-20", 1.0), ("a", "2024-01-27", 2.0))
    path = parquet(frame, tmp_path / "two.parquet")
    for ask in ASKS.values():
        pd.testing.assert_frame_equal(computed(ask(path)), ask(frame))
    assert btyd_summary(frame.iloc[:1], as_of=END)["frequency"].tolist() == [0]
    assert computed(btyd_summary(path, as_of=END))[["frequency", "t_x"]].values.tolist() == [[1, 1]]


# ------------------------------------------------------------------ bad input, whole messages

HINT = " Hint: look at the first and last order_date, and choose another day."


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda t: rfm_table(t, as_of="2023-12-31"), "nobody has bought by 2023-12-31."),
        (lambda t: btyd_summary(t, as_of="2023-12-31"), "nobody has bought by 2023-12-31."),
        (lambda t: cohorts(t, as_of="2023-12-31"), "nobody has bought by 2023-12-31."),
        (lambda t: customer_value(t, as_of="2023-12-31"), "there is no order up to 2023-12-31."),
        (
            lambda t: customer_value(t, start="2025-01-01", as_of="2025-12-31"),
            "there is no order from 2025-01-01 up to 2025-12-31.",
        ),
        (
            lambda t: calibration_holdout(t, calibration_end="2023-12-31", as_of=END),
            "nobody has bought by 2023-12-31.",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["frame", "file"])
def test_nobody(ask: Any, expected: str, kind: str, tmp_path: Path) -> None:
    place = many(50) if kind == "frame" else parquet(many(50), tmp_path / "orders.parquet")
    assert message(lambda: ask(place)) == expected + HINT


def test_refunds_alone_are_nobody() -> None:
    assert message(lambda: rfm_table(log(("a", "2024-01-01", -1.0)), as_of=END)) == (
        "nobody has bought by 2024-03-31." + HINT
    )


@every
def test_an_empty_log(ask: Any) -> None:
    found = message(lambda: ask(many(5).iloc[:0]))
    assert found.startswith(
        ("nobody has bought by 2024-", "there is no order from 2024-01-15 up to 2024-03-31")
    )


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("column", ["amount_eur", "margin_eur"])
@every
def test_infinite_money_in_a_frame_and_in_a_file(ask: Any, column: str, bad: float, tmp_path: Path) -> None:
    frame = many(60)
    frame.loc[[3, 5], column] = bad
    start = f"orders: 2 value(s) of {column!r} are missing or infinite. Hint: crmlab.read_orders reads a file"
    assert message(lambda: ask(frame)).startswith(start)
    assert message(lambda: ask(parquet(frame, tmp_path / "orders.parquet"))).startswith(start)


@every
def test_wrong_columns_of_a_frame(ask: Any) -> None:
    frame = many(20)
    assert message(lambda: ask(frame.rename(columns={"order_date": "orderdate"}))) == (
        "orders lacks the column 'order_date'; it has 'customer_id', 'orderdate', 'amount_eur', "
        "'margin_eur'. "
        'Hint: orders.rename(columns={"orderdate": "order_date"})'
    )
    assert message(lambda: ask(frame.assign(amount_eur="5,00"))) == (
        "orders: the column 'amount_eur' must hold numbers; found str such as '5,00'. "
        'Hint: orders["amount_eur"] = pd.to_numeric(orders["amount_eur"])'
    )
    assert message(lambda: ask(frame.assign(order_date="2024-01-02"))) == (
        "orders: the column 'order_date' must hold dates; found str such as '2024-01-02'. "
        'Hint: orders["order_date"] = pd.to_datetime(orders["order_date"], format="%Y-%m-%d")'
    )
    assert "found object such as Decimal('1.5')" in message(
        lambda: ask(frame.assign(amount_eur=[Decimal("1.5")] * 20))
    )


@every
def test_a_time_zone_leaves_the_day_open(ask: Any, tmp_path: Path) -> None:
    """One minute past midnight in Shanghai is the day before in London: which day, only the owner knows."""
    frame = many(20).assign(order_date=pd.date_range("2024-01-20", periods=20, tz="Asia/Shanghai", unit="s"))
    assert message(lambda: ask(frame)) == (
        "orders: the column 'order_date' must hold dates without a time zone; found "
        "datetime64[s, Asia/Shanghai]. "
        'Hint: orders["order_date"] = orders["order_date"].dt.tz_localize(None) keeps the local days.'
    )
    ask(frame.assign(order_date=frame["order_date"].dt.tz_localize(None)))
    assert message(lambda: ask(parquet(frame, tmp_path / "orders.parquet"))) == (
        "orders: the column 'order_date' must hold dates without a time zone; found TIMESTAMP WITH "
        "TIME ZONE. Hint: read the file with crmlab.read_orders(path), or give a DuckDB relation that "
        "selects CAST(order_date AS DATE) AS order_date."
    )


@pytest.mark.parametrize(
    ("column", "sql", "words", "found", "cure"),
    [
        ("order_date", "'2024-01-02'", "dates without a time zone", "VARCHAR", "CAST(order_date AS DATE)"),
        ("amount_eur", "'5,00'", "numbers", "VARCHAR", "CAST(amount_eur AS DOUBLE)"),
        ("amount_eur", "TRUE", "numbers", "BOOLEAN", "CAST(amount_eur AS DOUBLE)"),
        ("customer_id", "12346::DOUBLE", "text or whole numbers", "DOUBLE", "CAST(customer_id AS BIGINT)"),
    ],
)
@every
def test_wrong_columns_of_a_relation(
    ask: Any, column: str, sql: str, words: str, found: str, cure: str
) -> None:
    good = {"customer_id": "'a'", "order_date": "DATE '2024-01-20'", "amount_eur": "1.0"} | {column: sql}
    with duckdb.connect() as con:
        relation = con.sql("SELECT " + ", ".join(f"{value} AS {name}" for name, value in good.items()))
        assert message(lambda: ask(relation)) == (
            f"orders: the column {column!r} must hold {words}; found {found}. Hint: read the file with "
            f"crmlab.read_orders(path), or give a DuckDB relation that selects {cure} AS {column}."
        )


@every
def test_no_log_at_all(ask: Any) -> None:
    assert message(lambda: ask([1, 2])) == (
        "an order log must be a pandas or Spark DataFrame, the path of Parquet or a DuckDB relation; found "
        "list. Hint: crmlab.read_orders(path) reads other files."
    )
    assert message(lambda: ask("absent.parquet")) == (
        "there is no file 'absent.parquet'. Hint: check the spelling and the folder you are in."
    )


def test_other_words() -> None:
    frame = many(20)
    assert message(lambda: btyd_summary(frame, as_of=END, unit="fortnight")) == (
        "unit must be one of day, week, month, year; found 'fortnight'."
    )
    assert message(lambda: cohorts(frame, as_of=END, period="year")) == (
        "period must be 'month' or 'week'; found 'year'."
    )
    for end in ("2024-02-01", "2024-01-31"):
        assert message(
            lambda end=end: calibration_holdout(frame, calibration_end="2024-02-01", as_of=end)
        ) == (f"the holdout is empty: as_of {end} must be after calibration_end 2024-02-01.")
    assert message(lambda: rfm_table(frame, as_of="soon")) == (
        "as_of must be a day such as '2023-12-31'; found 'soon'."
    )
    assert message(lambda: customer_value(frame, start="", as_of=END)) == (
        "start must be a day such as '2023-12-31'; found ''."
    )


# ------------------------------------------------------------------ CDNOW: facts that anybody can count again


@cache
def cdnow() -> pd.DataFrame:
    return load_cdnow()


def test_cdnow_sample_facts() -> None:
    orders = cdnow()
    assert (orders["customer_id"].nunique(), len(orders)) == (2357, 6919)
    assert len(orders.drop_duplicates(["customer_id", "order_date"])) == 6696
    assert (orders["amount_eur"] == 0).sum() == 8
    assert orders["order_date"].min() == pd.Timestamp("1997-01-01")
    assert orders["order_date"].max() == pd.Timestamp("1998-06-30")


def test_cdnow_calibration_and_holdout() -> None:
    """Fader, Hardie, Lee (2005): 39 weeks and 39 weeks."""
    table = calibration_holdout(cdnow(), calibration_end="1997-09-30", as_of="1998-06-30")
    assert len(table) == 2357
    assert table["frequency"].sum() == 2457
    assert table["frequency_holdout"].sum() == 1882
    assert (table["frequency"] == 0).sum() == 1411
    assert (table["frequency_holdout"] > 0).sum() == 684
    assert table["T_holdout"].unique().tolist() == [39.0]
    assert btyd_summary(cdnow(), as_of="1998-06-30")["frequency"].sum() == 2457 + 1882
    repeaters = table[table["frequency"] > 0]
    assert len(repeaters) == 946 and round(repeaters["monetary_eur"].mean(), 2) == 35.08


def test_cdnow_master_facts() -> None:
    orders = load_cdnow("master")
    assert (orders["customer_id"].nunique(), len(orders)) == (23570, 69659)
    value = customer_value(orders, as_of="1998-06-30")
    assert round(value["revenue_eur"].sum(), 2) == 2_500_315.63
    assert round(concentration(value["revenue_eur"], top=0.2), 3) == 0.678
    assert round(gini(value["revenue_eur"]), 3) == 0.635
    assert orders["n_cds"].sum() == 167_881
    table = calibration_holdout(orders, calibration_end="1997-09-30", as_of="1998-06-30")
    assert (table["frequency"].sum(), table["frequency_holdout"].sum()) == (24_337, 19_684)
    assert (btyd_summary(orders, as_of="1998-06-30")["frequency"] == 0).sum() == 12_054
