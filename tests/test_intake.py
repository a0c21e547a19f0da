"""Order files of every kind of dirt: each gives a correct table, with counts, or one clear error."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.columns import parse_columns
from crmlab.contracts import DataError, check
from crmlab.datasets.lesson import lesson_data
from crmlab.intake import Intake, read_orders, read_origin, write_intake
from crmlab.intake_report import report

HEADER = "customer_id,order_date,amount_eur"


def save(folder: Path, text: str | bytes, name: str = "shop.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def lines(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def message(file: object, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        read_orders(file, **options)
    return str(caught.value)


# --- the mapping ------------------------------------------------------------------------------------------


def test_parse_columns() -> None:
    assert parse_columns("") == {}
    assert parse_columns("customer_id=CustomerID,order_date=InvoiceDate,amount_eur=quantity*UnitPrice") == {
        "customer_id": "CustomerID",
        "order_date": "InvoiceDate",
        "amount_eur": "quantity*UnitPrice",
    }
    assert parse_columns('"order_date=Date, local" , channel = a=b') == {
        "order_date": "Date, local",
        "channel": "a=b",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "custmer_id=ID",
            "columns: 'custmer_id' is none of our columns. Allowed: order_id, customer_id, order_date, "
            "amount_eur, margin_eur, channel, category. Hint: customer_id=ID.",
        ),
        ("ID", "columns: 'ID' is not of the form ours=theirs. Hint: customer_id=CustomerID."),
        ("channel=", "columns: 'channel=' is not of the form ours=theirs. Hint: customer_id=CustomerID."),
        ("channel=a,channel=b", "columns: 'channel' is given twice, as 'a' and as 'b'."),
        (7, "columns must be text such as 'customer_id=CustomerID'; found int."),
    ],
)
def test_parse_columns_refuses(text: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_columns(text)
    assert str(caught.value) == said


def test_well_known_names_are_recognised_and_said(tmp_path: Path) -> None:
    file = save(
        tmp_path, lines("17850,2010-12-01,6,2.55", header="Customer ID,InvoiceDate,Quantity,UnitPrice")
    )
    intake = read_orders(file)
    assert intake.orders["amount_eur"].tolist() == [15.3]
    assert intake.columns == {
        "customer_id": "Customer ID",
        "order_date": "InvoiceDate",
        "amount_eur": "Quantity*UnitPrice",
    }
    assert intake.notes[:3] == (
        "customer_id is read from 'Customer ID', by its name",
        "order_date is read from 'InvoiceDate', by its name",
        "amount_eur is read from 'Quantity*UnitPrice', by its name",
    )


def test_missing_column_lists_what_is_there_and_a_ready_mapping(tmp_path: Path) -> None:
    file = save(tmp_path, lines("1,2024-01-02,5", header="Cstmer,Invoice Day,Total"))
    assert message(file) == (
        f"{file}: no column looks like customer_id; the file has 'Cstmer', 'Invoice Day', 'Total'. "
        "Hint: --columns 'customer_id=Cstmer,order_date=Invoice Day,amount_eur=Total'"
    )


def test_several_columns_that_fit_are_never_chosen_between(tmp_path: Path) -> None:
    file = save(tmp_path, lines("1,2024-01-02,5,6", header="Customer,Date,Total,Revenue"))
    assert message(file) == (
        f"{file}: several columns could be amount_eur: 'Total', 'Revenue'; the file has 'Customer', 'Date', "
        "'Total', 'Revenue'. Hint: --columns customer_id=Customer,order_date=Date,amount_eur=Total"
    )
    chosen = read_orders(file, columns={"amount_eur": "Revenue"})
    assert chosen.orders["amount_eur"].tolist() == [6.0]


def test_mapping_to_a_column_that_is_not_there(tmp_path: Path) -> None:
    file = save(tmp_path, lines("1,2024-01-02,5,2", header="Customer,Date,Qty,Prices"))
    assert message(file, columns={"amount_eur": "Qty*Price"}) == (
        f"{file} has no column 'Price' for amount_eur; it has 'Customer', 'Date', 'Qty', 'Prices'. "
        "Hint: amount_eur=Qty*Prices."
    )
    assert message(file, columns={"amount_eur": 5}) == "columns: 'amount_eur' must be given as text; found 5."
    assert message(file, columns=["Qty"]) == "columns must map our names to the file's; found list."
    assert message(file, columns={"amount": "Qty"}).startswith("columns: 'amount' is none of our columns.")


def test_file_without_header_is_told_so(tmp_path: Path) -> None:
    file = save(tmp_path, "C1,2024-01-02,5\nC2,2024-01-03,6\n")
    assert "Its first line seems to be data: add a header." in message(file)


def test_optional_columns_are_carried(tmp_path: Path) -> None:
    header = "order_id,Kunde,Datum,Betrag,DB,Kanal"
    file = save(tmp_path, lines("007,1,2024-01-02,5,2,shop", "8,1,2024-01-03,5,1.5,", header=header))
    orders = read_orders(file, columns={"margin_eur": "DB", "channel": "Kanal"}).orders
    assert list(orders) == ["order_id", "customer_id", "order_date", "amount_eur", "margin_eur", "channel"]
    assert orders["order_id"].tolist() == ["007", "8"] and orders["margin_eur"].tolist() == [2, 1.5]
    assert orders["channel"].isna().tolist() == [False, True]


# --- defects of peers that must not happen here -----------------------------------------------------------


def test_l1_dates_are_parsed_before_anything_is_compared(tmp_path: Path) -> None:
    days = ["05/01/2024", "20/02/2024", "05/03/2024", "01/02/2024", "28/03/2024"]
    file = save(tmp_path, lines(*(f"{c},{d},10" for c, d in zip("aaabb", days, strict=True))))
    for date_format in (None, "%d/%m/%Y"):
        orders = read_orders(file, date_format=date_format).orders
        span = orders.groupby("customer_id")["order_date"].agg(["min", "max", "count"])
        assert (span["max"] - span["min"]).dt.days.tolist() == [60, 56]
        assert span["count"].tolist() == [3, 2]
        assert orders["order_date"].dt.strftime("%d/%m/%Y").tolist() == days


def test_l9_refunds_missing_ids_and_nan_amounts_never_pass_as_purchases(tmp_path: Path) -> None:
    rows = ["a,2024-01-01,10", "a,2024-02-01,50", "a,2024-03-01,-50", "a,2024-03-02,nan", ",2024-03-03,5"]
    file = save(tmp_path, lines(*rows))
    net = read_orders(file)
    assert net.orders["amount_eur"].tolist() == [10, 50, -50]
    assert net.refused["reason"].tolist() == ["amount_eur is missing", "customer_id is missing"]
    assert "refunds (negative amounts): 1, kept; they lower revenue and are no purchase" in net.notes
    dropped = read_orders(file, refunds="drop")
    assert dropped.orders["amount_eur"].tolist() == [10, 50]
    assert dropped.refused.loc[dropped.refused["line"] == 4, "reason"].tolist() == ["refund (policy drop)"]
    assert message(file, refunds="refuse") == (
        f'{file}: rows with a negative amount: 1, and refunds="refuse". The first are\n'
        "line 4: a, 2024-03-01, -50\n"
        'Hint: refunds="net" lets them lower revenue, refunds="drop" puts them aside.'
    )


# --- rows ------------------------------------------------------------------------------------------------


def test_refused_rows_keep_their_own_words_line_and_reason(tmp_path: Path) -> None:
    rows = [
        "C1,2024-01-02,5", "NULL,2024-01-02,5", "C1,soon,5", "C1,2024-02-30,5", "C1,2024-01-02,five",
        "C1,2024-01-02,inf", "C1,1899-12-31,5", "C1,2101-01-01,5", "C1,45293,5", " nan ,2024-01-02,5",
        *[f"C{i},2024-01-{i:02d},5" for i in range(1, 12)],
    ]  # fmt: skip
    intake = read_orders(save(tmp_path, lines(*rows)))
    assert list(intake.refused) == ["customer_id", "order_date", "amount_eur", "line", "reason"]
    assert intake.refused.iloc[:, 3:].values.tolist() == [
        [3, "customer_id is missing"],
        [4, "order_date cannot be read as a date"],
        [5, "order_date cannot be read as a date"],
        [6, "amount_eur cannot be read as a number"],
        [7, "amount_eur is infinite"],
        [8, "order_date is outside 1900 to 2100"],
        [9, "order_date is outside 1900 to 2100"],
        [10, "order_date is a spreadsheet's serial number (format the cells as dates, export again)"],
        [11, "customer_id is missing"],
    ]
    assert intake.refused.iloc[-1, :3].tolist() == [" nan ", "2024-01-02", "5"]
    assert intake.n_read == len(rows) == len(intake.orders) + len(intake.refused)


def test_a_row_with_several_faults_is_refused_once_for_the_first(tmp_path: Path) -> None:
    intake = read_orders(
        save(tmp_path, lines(",soon,x", "a,soon,x", "a,2024-01-02,5,6", *["a,2024-01-02,5"] * 3))
    )
    assert intake.refused["reason"].tolist() == [
        "customer_id is missing",
        "order_date cannot be read as a date",
        "the row has more or fewer fields than the header",
    ]


def test_empty_settings_mean_left_out(tmp_path: Path) -> None:
    file = save(tmp_path, lines("a,2024-01-02,5"))
    assert read_orders(file, columns={}, date_format="", table="", decimal="").options == {}


def test_ids_keep_leading_zeros_and_lose_the_tail_of_a_float(tmp_path: Path) -> None:
    text = save(tmp_path, lines("00123,2024-01-02,5", "12346,2024-01-02,5"), "a.csv")
    floats = save(tmp_path, lines("12346.0,2024-01-02,5", "12347.0,2024-01-02,5"), "b.csv")
    assert read_orders(text).orders["customer_id"].tolist() == ["00123", "12346"]
    intake = read_orders(floats)
    assert intake.orders["customer_id"].tolist() == ["12346", "12347"]
    assert (
        "the ids in 'customer_id' were decimal numbers: the '.0' at their end is taken away" in intake.notes
    )


def test_repeated_rows(tmp_path: Path) -> None:
    file = save(tmp_path, lines("a,2024-01-02,5", "b,2024-01-02,5", "a,2024-01-02,5", "a,2024-01-02,6"))
    kept = read_orders(file)
    assert len(kept.orders) == 4
    note = 'rows equal to an earlier row in every column: 1, kept (repeated="drop" refuses them)'
    assert note in kept.notes
    dropped = read_orders(file, repeated="drop")
    assert dropped.refused[["line", "reason"]].values.tolist() == [[4, "repeated row (policy drop)"]]
    assert message(file, repeated="refuse") == (
        f'{file}: rows equal to an earlier row in every column: 1, and repeated="refuse". The first are\n'
        "line 4: a, 2024-01-02, 5\n"
        'Hint: repeated="keep" if they are purchases of their own, repeated="drop" if they are copies.'
    )


def test_small_and_poor_files_are_read_with_a_note(tmp_path: Path) -> None:
    intake = read_orders(save(tmp_path, lines("a,2024-01-02,0", "a,2024-01-02,5")))
    assert intake.notes == (
        "each row counts as one order; if your rows are order lines, give order_id=...",
        "orders with the amount 0: 1, kept; they count as purchases",
        "there is one customer only: nothing can be compared between customers",
        "no customer buys on two days: models of repeat purchase cannot be fitted",
    )


def test_days_after_any_reporting_day_are_kept(tmp_path: Path) -> None:
    assert len(read_orders(save(tmp_path, lines("a,2099-01-02,5"))).orders) == 1


def test_two_negative_factors_and_products(tmp_path: Path) -> None:
    rows = [
        "a,2024-01-02,3,0.1",
        "a,2024-01-03,-2,5",
        "a,2024-01-04,-2,-5",
        "a,2024-01-05,x,5",
        "a,2024-01-06,1,1",
    ]
    file = save(tmp_path, lines(*rows, header="customer,date,qty,price"))
    intake = read_orders(file)
    assert intake.orders["amount_eur"].tolist() == [0.3, -10, 1]
    assert intake.refused["reason"].tolist() == [
        "amount_eur has two negative factors",
        "amount_eur (qty) cannot be read as a number",
    ]


def test_more_than_half_refused_stops(tmp_path: Path) -> None:
    file = save(tmp_path, lines(",2024-01-02,5", "a,2024-01-02,x", "a,2024-01-03,y", "a,2024-01-02,5"))
    assert message(file) == (
        f"{file}: 3 of 4 rows cannot be used: amount_eur cannot be read as a number: 2; customer_id is "
        "missing: 1. Hint: check which columns are meant, and the date format and decimal mark."
    )
    half = save(tmp_path, lines(",2024-01-02,5", "a,2024-01-02,5"), "half.csv")
    assert len(read_orders(half).orders) == 1


def test_a_file_of_refunds_stops(tmp_path: Path) -> None:
    file = save(tmp_path, lines("a,2024-01-02,-5"))
    assert message(file) == (
        f"{file}: no purchase is left, only refunds (negative amounts): 1. "
        "Hint: if the file writes sales with a minus, turn the sign of the column first."
    )
    assert message(file, refunds="drop").startswith(f"{file}: no purchase is left")


def test_mostly_negative_is_said(tmp_path: Path) -> None:
    intake = read_orders(save(tmp_path, lines("a,2024-01-02,-5", "a,2024-01-03,-5", "a,2024-01-04,5")))
    assert "most amounts are negative: does the file write sales with a minus?" in intake.notes


@pytest.mark.parametrize("name", ["refunds", "repeated"])
def test_unknown_policy(tmp_path: Path, name: str) -> None:
    allowed = {"refunds": "'net', 'drop', 'refuse'", "repeated": "'keep', 'drop', 'refuse'"}[name]
    assert (
        message(tmp_path / "x.csv", **{name: "maybe"}) == f"{name} must be one of {allowed}; found 'maybe'."
    )


def test_columns_called_line_and_reason_do_not_clash(tmp_path: Path) -> None:
    file = save(
        tmp_path, lines("a,2024-01-02,5,9,gift", ",2024-01-02,5,8,own", header=f"{HEADER},line,reason")
    )
    refused = read_orders(file).refused
    assert list(refused)[3:] == ["line (file)", "reason (file)", "line", "reason"]
    assert refused.iloc[0, 3:].tolist() == ["8", "own", 3, "customer_id is missing"]


# --- properties ------------------------------------------------------------------------------------------

CELLS = {
    "id": st.sampled_from(["a", "b", "00123", "12346.0", "", "NULL", " c "]),
    "day": st.sampled_from(
        ["2024-01-02", "31/12/2024", "02/01/2024", "12/31/2024", "x", "45000", "", "1700-01-01"]
    ),
    "amount": st.sampled_from(["5", "12.50", "1,234.00", "-3", "0", "nan", "inf", "1.234,50", "1,234", "z"]),
}
ROWS = st.lists(st.tuples(*CELLS.values()), min_size=1, max_size=30)
CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(folder: Path, rows: list[tuple[str, ...]], **options: str) -> tuple[object, ...]:
    file = save(folder, lines(*(";".join(row) for row in rows), header=HEADER.replace(",", ";")))
    try:
        intake = read_orders(file, **options)
    except DataError as error:
        return ("stopped", str(error).split(":")[0])
    assert intake.n_read == len(rows) == intake.n_used + len(intake.refused)
    assert intake.n_used == len(intake.orders)  # without order numbers each row is an order
    assert check(intake.orders, "orders") is intake.orders
    assert (intake.refused["reason"] != "").all()
    for row in intake.refused.itertuples(index=False):
        assert tuple(row[:3]) == rows[row.line - 2]
    orders = intake.orders.sort_values(list(intake.orders)).values.tolist()
    refused = sorted(map(tuple, intake.refused.drop(columns="line").values.tolist()))
    return orders, refused


@CALM
@given(rows=ROWS, refunds=st.sampled_from(["net", "drop"]), repeated=st.sampled_from(["keep", "drop"]))
def test_every_row_is_kept_or_refused(tmp_path: Path, rows: list, refunds: str, repeated: str) -> None:
    outcome(tmp_path, rows, refunds=refunds, repeated=repeated)


@CALM
@given(rows=ROWS, data=st.data())
def test_the_order_of_rows_does_not_matter(tmp_path: Path, rows: list, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert outcome(tmp_path, rows, repeated="drop") == outcome(tmp_path, shuffled, repeated="drop")


@CALM
@given(
    ids=st.lists(
        st.text("ab0 1.,;\"'äé客", min_size=1, max_size=6).map(lambda x: f"k{x}k"), min_size=1, max_size=20
    ),
    data=st.data(),
)
def test_what_is_written_is_read_back(tmp_path: Path, ids: list[str], data: st.DataObject) -> None:
    cents = data.draw(st.lists(st.integers(-(10**7), 10**7), min_size=len(ids), max_size=len(ids)))
    orders = pd.DataFrame(
        {
            "customer_id": ids,
            "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(ids)), unit="D"),
            "amount_eur": np.array([abs(cents[0]), *cents[1:]]) / 1000,
        }
    )
    orders.to_csv(tmp_path / "orders.csv", index=False, float_format="%.4f")
    first = read_orders(tmp_path / "orders.csv")
    folder = tmp_path / f"out{abs(hash((tuple(ids), tuple(cents))))}"
    again = read_orders(write_intake(first, folder))
    pd.testing.assert_frame_equal(
        again.orders, orders.astype({"customer_id": "str", "order_date": "datetime64[us]"})
    )


LINES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "", "x9"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["2024-01-02", "2024-01-03", "soon"]),
        st.sampled_from(["0.1", "0.2", "5", "-3", "0", "z"]),
        st.sampled_from(["", "shop"]),
    ),
    min_size=1,
    max_size=30,
)


@CALM
@given(rows=LINES, refunds=st.sampled_from(["net", "drop"]), repeated=st.sampled_from(["keep", "drop"]))
def test_every_line_is_used_or_refused_and_no_cent_is_lost(
    tmp_path: Path, rows: list, refunds: str, repeated: str
) -> None:
    header = "order_id,customer_id,order_date,amount_eur,channel"
    file = save(tmp_path, lines(*(",".join(row) for row in rows), header=header))
    try:
        intake = read_orders(file, refunds=refunds, repeated=repeated)
    except DataError:
        return
    assert intake.n_read == len(rows) == intake.n_used + len(intake.refused)
    used = pd.DataFrame(rows).drop(index=intake.refused["line"].to_numpy() - 2)
    assert len(used) == intake.n_used
    used[3] = (used[3].astype(float) * 10_000).round().astype(int)
    sums = used.groupby([0, 1, 2], sort=False)
    got = intake.orders.set_index(["order_id", "customer_id", intake.orders["order_date"].astype(str)])
    assert got.index.to_list() == list(sums.groups) and got.index.is_unique
    assert (got["amount_eur"] * 10_000).round().astype(int).tolist() == sums[3].sum().tolist()
    channels = [next((c for c in group if c), None) for _, group in sums[4]]
    assert [None if pd.isna(c) else c for c in got["channel"]] == channels
    if refunds == "drop":
        assert (intake.orders["amount_eur"] >= 0).all()


# --- order lines, odd days and where orders come from -----------------------------------------------------

INVOICES = lines(
    "536365,85123A,6,13/12/2010,2.55,17850",
    "536365,71053,6,13/12/2010,3.39,17850",
    "536366,22633,2,13/12/2010,1.85,17850",
    "C536379,D,-1,14/12/2010,27.50,14527",
    "536367,84879,32,14/12/2010,1.69,13047",
    "536367,DISCOUNT,-1,14/12/2010,4.08,13047",
    "536368,22960,6,14/12/2010,4.25,",
    header="InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID",
)


def test_lines_of_an_invoice_are_one_order(tmp_path: Path) -> None:
    file = save(tmp_path, INVOICES)
    intake = read_orders(file)
    assert intake.orders.drop(columns="order_date").values.tolist() == [
        ["536365", "17850", 35.64],
        ["536366", "17850", 3.7],
        ["C536379", "14527", -27.5],
        ["536367", "13047", 50.0],
    ]
    assert (intake.n_read, intake.n_used, len(intake.refused)) == (7, 6, 1)
    assert "6 lines summed into 3 orders and 1 refund" in intake.notes
    assert not any(note.startswith("each row counts") for note in intake.notes)
    assert intake.unused == ("StockCode",)
    said = report(intake).splitlines()
    assert "Unused     StockCode" in said and "Orders     3, sum 89.34" in said
    dropped = read_orders(file, refunds="drop")  # a discount inside a purchase is no refund
    assert dropped.orders["amount_eur"].tolist() == [35.64, 3.7, 50.0]
    assert dropped.refused["line"].tolist() == [5, 8]
    assert message(file, refunds="refuse").splitlines()[1:-1] == [
        "line 5: C536379, D, -1, 14/12/2010, 27.50, 14527"
    ]


@pytest.mark.parametrize("name", ["InvoiceNo", "Invoice", "OrderID", "order_id", "Order Number", "订单编号"])
def test_order_numbers_are_recognised(tmp_path: Path, name: str) -> None:
    file = save(tmp_path, lines("1,a,2024-01-02,5", "1,a,2024-01-02,6", header=f"{name},{HEADER}"))
    intake = read_orders(file)
    assert intake.orders["amount_eur"].tolist() == [11.0] and intake.columns["order_id"] == name


def test_two_columns_that_could_be_the_order_number(tmp_path: Path) -> None:
    header = f"Invoice,Order,{HEADER}"
    intake = read_orders(save(tmp_path, lines("1,7,a,2024-01-02,5", "1,8,a,2024-01-02,6", header=header)))
    assert intake.notes[:2] == (
        "several columns could be order_id: 'Invoice', 'Order'; none is used",
        "each row counts as one order; if your rows are order lines, give order_id=...",
    )
    assert len(intake.orders) == 2


def test_one_number_for_two_customers_or_days_is_not_one_order(tmp_path: Path) -> None:
    rows = ["1,a,2024-01-02,5", "1,b,2024-01-02,6", "1,a,2024-01-03,7", "1,a,2024-01-02,8"]
    intake = read_orders(save(tmp_path, lines(*rows, header=f"order_id,{HEADER}")))
    assert intake.orders["amount_eur"].tolist() == [13.0, 6.0, 7.0]


def test_odd_days_are_told_and_the_proposed_day_leaves_them_out(tmp_path: Path) -> None:
    rows = [f"a,2024-01-{i:02d},5" for i in range(1, 29)]
    odd = [f"b,2099-0{i}-01,5" for i in range(1, 6)]
    intake = read_orders(save(tmp_path, lines("b,1970-01-01,5", *rows, *odd)))
    assert len(intake.orders) == 34
    assert intake.notes[1:3] == (
        "order_date after today: 5 rows, kept: line 31 (2099-01-01), line 32 (2099-02-01), "
        "line 33 (2099-03-01), …",
        "order_date more than a year from all others: 1 row, kept: line 2 (1970-01-01)",
    )
    assert report(intake).endswith(" -p as_of=2024-01-28")


def test_agreeing_names_need_no_columns(tmp_path: Path) -> None:
    file = save(tmp_path, lines("a,2024-01-02,5"))
    assert report(read_orders(file)).splitlines()[-1] == (
        f"Next       crmlab run 05 --orders {file} -p as_of=2024-01-02"
    )


def test_what_is_written_tells_where_it_comes_from(tmp_path: Path) -> None:
    first = read_orders(save(tmp_path, INVOICES, "sales.csv"))
    written = write_intake(first, tmp_path / "run")
    again = read_orders(written)
    origin = read_origin(written, again)
    assert {name: origin[name] for name in list(origin)[:7]} == {
        "source": "sales.csv",
        "n_read": 7,
        "n_used": 6,
        "n_refused": 1,
        "n_orders": 3,
        "n_refunds": 1,
        "policy": {"refunds": "net", "repeated": "keep"},
    }
    assert origin["notes"] == list(first.notes)
    data = lesson_data(str(written), as_of="2010-12-14")
    assert data.source == (
        "your file sales.csv: 7 rows read, 6 used, 1 refused; lines of one order summed: 3 orders and 1 "
        "refund; 3 customers from 2010-12-13 to 2010-12-14. Columns ending in _eur hold its currency."
    )
    written.write_text(written.read_text() + "1,a,2010-12-13,5.0\n")  # now it is another file
    assert read_origin(written, read_orders(written))["source"] == "orders.csv"
    for text in ("{", "[]", '{"source": 1}'):
        (tmp_path / "run/orders.source.json").write_text(text)
        assert read_origin(written, again)["n_read"] == 4


def test_a_lesson_proposes_a_plausible_day(tmp_path: Path) -> None:
    rows = [f"a,2024-01-{i:02d},5" for i in range(1, 29)]
    file = save(tmp_path, lines(*rows, "b,2099-01-01,5", "b,1970-01-01,5"))
    with pytest.raises(DataError) as caught:
        lesson_data(str(file))
    assert str(caught.value).endswith(
        "run from 2024-01-01 to 2024-01-28. Hint: as_of='2024-01-19' keeps the last third to check against; "
        "as_of='2024-01-28' uses everything."
    )
    assert str(lesson_data(str(file), as_of="2024-01-19").end) == "2024-01-28"
    assert str(lesson_data(str(file), as_of="2099-01-01").end) == "2099-01-01"


# --- writing and reporting -------------------------------------------------------------------------------


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    rows = ["007;31.01.2024;1.012,50", "007;29.02.2024;-8", ";29.02.2024;3", "8;01.02.2024;0"]
    return read_orders(
        save(tmp_path, lines(*rows, header="Kunde;Datum;Summe"), "my shop.csv"), repeated="drop"
    )


def test_write_is_whole_repeatable_and_overwrites_nothing(intake: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    assert write_intake(intake, folder) == folder / "orders.csv"
    assert write_intake(intake, folder) == folder / "orders.csv"
    assert sorted(file.name for file in folder.iterdir()) == [
        "orders.csv",
        "orders.source.json",
        "refused.csv",
    ]
    assert (folder / "orders.csv").read_text() == (
        "customer_id,order_date,amount_eur\n007,2024-01-31,1012.5000\n007,2024-02-29,-8.0000\n8,2024-02-01,0.0000\n"
    )
    assert (folder / "refused.csv").read_text() == (
        "Kunde,Datum,Summe,line,reason\n,29.02.2024,3,4,customer_id is missing\n"
    )
    (folder / "refused.csv").write_text("mine")
    with pytest.raises(DataError) as caught:
        write_intake(intake, folder)
    assert str(caught.value) == (
        f"{folder / 'refused.csv'} is there already, with other content. Hint: name another folder."
    )
    assert (folder / "refused.csv").read_text() == "mine"


def test_write_to_a_place_that_is_no_folder(intake: Intake, tmp_path: Path) -> None:
    place = save(tmp_path, "a file", "place")
    with pytest.raises(DataError, match="place cannot be written"):
        write_intake(intake, place)


def test_full_disk_leaves_nothing_behind(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        real(self, data[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError) as caught:
        write_intake(intake, tmp_path / "out")
    assert str(caught.value) == f"{tmp_path / 'out'} cannot be written: [Errno 28] No space left on device."
    assert list((tmp_path / "out").iterdir()) == []


def test_report_says_everything(intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "my shop.csv"
    columns = "customer_id=Kunde,order_date=Datum,amount_eur=Summe"
    assert report(intake).splitlines() == [
        f"Source     {file}",
        "Kind       CSV",
        "Column     customer_id = Kunde",
        "Column     order_date = Datum   ('31.01.2024' is 2024-01-31)",
        "Column     amount_eur = Summe   ('1.012,50' is 1,012.5)",
        "Rows       4 read: 3 used, 1 refused",
        "  1 refused: customer_id is missing",
        "    line 4: , 29.02.2024, 3",
        "Days       2024-01-31 to 2024-02-29",
        "Customers  2",
        "Orders     2, sum 1,012.50",
        "Refunds    1, sum -8.00",
        "Currency   amounts are taken as euro as they stand; no rate is applied",
        "Note       fields are separated by a semicolon",
        "Note       customer_id is read from 'Kunde', by its name",
        "Note       order_date is read from 'Datum', by its name",
        "Note       amount_eur is read from 'Summe', by its name",
        "Note       the dates in 'Datum' are read day-first ('31.01.2024' is 2024-01-31)",
        "Note       the amounts in 'Summe' have a decimal comma ('1.012,50' is 1012.5)",
        "Note       refunds (negative amounts): 1, kept; they lower revenue and are no purchase",
        "Note       each row counts as one order; if your rows are order lines, give order_id=...",
        "Note       orders with the amount 0: 1, kept; they count as purchases",
        "Note       no customer buys on two days: models of repeat purchase cannot be fitted",
        f"Next       crmlab run 05 --orders '{file}' --columns {columns} --repeated drop -p as_of=2024-02-29",
    ]


def test_the_command_in_the_report_reads_the_same_file(tmp_path: Path) -> None:
    header = '"Kunde, Nr",Tag,Betrag'
    file = save(tmp_path, lines("it's,03/04/2024,5", header=header), "o'clock; rm -rf.csv")
    mapping = {"customer_id": "Kunde, Nr", "order_date": "Tag", "amount_eur": "Betrag"}
    first = read_orders(file, columns=mapping, date_format="%d/%m/%Y")
    words = shlex.split(report(first).splitlines()[-1].removeprefix("Next"))
    assert words[:5] == ["crmlab", "run", "05", "--orders", str(file)]
    assert words[7:] == ["--date-format", "%d/%m/%Y", "-p", "as_of=2024-04-03"]
    again = read_orders(words[4], columns=parse_columns(words[6]), date_format=words[8])
    pd.testing.assert_frame_equal(first.orders, again.orders)
