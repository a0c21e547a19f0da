"""Files as text: separators, encodings, broken and foreign files, Parquet and DuckDB."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import sources_csv
from crmlab.contracts import DataError
from crmlab.sources import lesson_source, read_source, source_sha256

TABLE = [["007", "2024-01-02", "5"], ["8", "2024-01-03", "6"]]


def save(folder: Path, data: bytes | str, name: str = "f.csv") -> Path:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def message(path: object, **options: str) -> str:
    with pytest.raises(DataError) as caught:
        read_source(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, end: str) -> None:
    text = end.join(separator.join(row) for row in [["id", "day", "sum"], *TABLE]) + end
    source = read_source(save(tmp_path, text))
    assert list(source.rows) == ["id", "day", "sum"]
    assert source.rows.values.tolist() == TABLE
    assert source.line.tolist() == [2, 3] and not source.wrong_fields.any()


def test_decimal_commas_do_not_hide_the_semicolon(tmp_path: Path) -> None:
    source = read_source(save(tmp_path, "id;sum\n1;2,50\n2;3,50\n"))
    assert source.rows.values.tolist() == [["1", "2,50"], ["2", "3,50"]]


@pytest.mark.parametrize(
    ("name", "codec", "note"),
    [
        ("Müller", "utf-8", ()),
        ("Müller", "utf-8-sig", ()),
        ("Müller", "utf-16", ("the text is read as UTF-16",)),
        ("Müller", "latin-1", ("the text is not UTF-8 and is read as Windows-1252",)),
        ("王小明", "gb18030", ("the text is not UTF-8 and is read as GB 18030",)),
    ],
)
def test_encodings(tmp_path: Path, name: str, codec: str, note: tuple[str, ...]) -> None:
    source = read_source(save(tmp_path, f"id,day\n{name},2024-01-02\n".encode(codec)))
    assert list(source.rows) == ["id", "day"]
    assert source.rows.iloc[0, 0] == name and source.notes == note


def test_bytes_that_windows_does_not_know_are_latin_1(tmp_path: Path) -> None:
    source = read_source(save(tmp_path, b"id,day\n\x81\xfc,2024-01-02\n"))
    assert source.notes == ("the text is not UTF-8 and is read as Latin-1",)


def test_lines_count_blank_lines_and_line_breaks_inside_fields(tmp_path: Path) -> None:
    source = read_source(save(tmp_path, 'id,day\n1,a\n\n"2\n2",b\n3,c\n\n'))
    assert source.rows["id"].tolist() == ["1", "2\n2", "3"]
    assert source.line.tolist() == [2, 4, 6]


def test_rows_with_other_numbers_of_fields_are_marked_and_lose_nothing(tmp_path: Path) -> None:
    source = read_source(save(tmp_path, "a,b,c\n1,2\n1,2,3\n1,2,3,4,5\n"))
    assert source.wrong_fields.tolist() == [True, False, True]
    assert source.rows.values.tolist() == [["1", "2", ""], ["1", "2", "3"], ["1", "2", "3,4,5"]]


def test_more_rows_than_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmlab.sources_csv._CHUNK", 3)
    for n in (1, 3, 4, 6, 7):
        source = read_source(save(tmp_path, "a,b\n" + "".join(f"{i},x\n" for i in range(n))))
        assert source.rows["a"].tolist() == [str(i) for i in range(n)]
        assert source.line.tolist() == list(range(2, n + 2))


def test_blank_names_are_numbered(tmp_path: Path) -> None:
    assert list(read_source(save(tmp_path, ",day\n0,x\n")).rows) == ["column_1", "day"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    save(tmp_path, "a,b\n1,2\n", "orders.csv")
    assert message(tmp_path / "order.csv") == (
        f"{tmp_path / 'order.csv'} does not exist. Hint: did you mean {tmp_path / 'orders.csv'}?"
    )
    assert message(tmp_path / "no" / "x.csv") == (
        f"{tmp_path / 'no' / 'x.csv'} does not exist. Hint: paths start at {Path.cwd()}."
    )
    assert message(tmp_path) == (
        f"{tmp_path} is a folder without Parquet files; it holds 'orders.csv'. Hint: name one file."
    )
    assert message("a\0b") == "'a\\x00b' cannot be opened: embedded null byte."
    assert message(5) == "the order file must be given as a path; found int 5."
    assert message(None) == "the order file must be given as a path; found NoneType None."
    assert message("x" * 5000).endswith("File name too long: '" + "x" * 5000 + "'.")
    empty = save(tmp_path, "", "empty.csv")
    assert message(empty) == f"{empty} is empty (0 bytes)."
    blank = save(tmp_path, "\n \n\n", "blank.csv")
    assert message(blank) == f"{blank} holds nothing but blank lines."
    header = save(tmp_path, "a,b\n", "header.csv")
    assert message(header) == f"{header} has a header and no rows: 'a', 'b'."
    twice = save(tmp_path, "a,b,a\n1,2,3\n", "twice.csv")
    assert message(twice) == f"{twice}: the header names 'a' more than once. Hint: rename one of them."
    quoted = save(tmp_path, 'a,b\n1,"2\n3,4\n', "quoted.csv")
    assert message(quoted) == (
        f"{quoted}, line 3: unexpected end of data. Hint: a quotation mark is never closed, or stands "
        "inside a quoted field; there it must be doubled."
    )
    assert (
        message(header, table="t")
        == f"{header} is not a DuckDB file, so table='t' means nothing. Hint: leave it out."
    )


@pytest.mark.parametrize(
    "data", [bytes(range(256)), b"PK\x03\x04abc", b"\x1f\x8babc", b"%PDF-1.7\nabc", b"a,b\0\n1,2\n"]
)
def test_binary_files(tmp_path: Path, data: bytes) -> None:
    file = save(tmp_path, data)
    assert message(file) == (
        f"{file} is binary, not CSV, Parquet or DuckDB. Hint: save or export it as CSV (UTF-8)."
    )


@pytest.mark.parametrize(("head", "form"), [(b"PAR1", "Parquet"), (b"12345678DUCK", "DuckDB")])
def test_broken_parquet_and_duckdb(tmp_path: Path, head: bytes, form: str) -> None:
    file = save(tmp_path, head + b"no such thing" * 20)
    assert message(file).startswith(f"{file} cannot be read as {form}: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert message(tmp_path / "pipe") == f"{tmp_path / 'pipe'} is not an ordinary file."


SELECT = """
    SELECT * FROM (VALUES
        (12346.0::DOUBLE, '00123', DATE '2024-01-02', TIMESTAMPTZ '2024-01-02 23:30:00+00', 1.234::DOUBLE, 5),
        (NULL, NULL, NULL, NULL, 'inf'::DOUBLE, NULL)
    ) AS t(float_id, text_id, day, moment, amount, units)
"""


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "year=2024"
    folder.mkdir()
    file = folder / "it's [1]*.parquet"
    with duckdb.connect() as con:
        con.execute(f"COPY ({SELECT}) TO '{tmp_path / 'p'}' (FORMAT parquet)")
    (tmp_path / "p").rename(file)
    monkeypatch.setenv("TZ", "America/New_York")
    source = read_source(file)
    assert source.rows.values.tolist() == [
        ["12346", "00123", "2024-01-02", "2024-01-02 23:30:00+00", "1.234", "5"],
        ["", "", "", "", "inf", ""],
    ]
    assert source.typed == {"float_id", "amount", "units"}
    assert source.line.tolist() == [1, 2]
    assert source.notes == ("times with a zone are read in UTC: 'moment'",)


def test_duckdb(tmp_path: Path) -> None:
    file = tmp_path / "it's.db"
    with duckdb.connect(str(file)) as con:
        con.execute(f"CREATE TABLE sales AS {SELECT}")
    assert read_source(file).rows["text_id"].tolist() == ["00123", ""]
    with duckdb.connect(str(file)) as con:
        con.execute('CREATE SCHEMA old; CREATE TABLE old."my ""table" AS SELECT 1 AS "a ""b"')
        con.execute("CREATE VIEW seen AS SELECT text_id FROM sales")
    names = "'sales', 'seen', 'old.my \"table'"
    assert message(file) == f"{file} holds 3 tables: {names}. Hint: name one, table='sales'."
    assert (
        message(file, table="sale") == f"{file} holds no table 'sale'; it holds {names}. Hint: table='sales'."
    )
    assert read_source(file, table='old.my "table').rows.to_dict("list") == {'a "b': ["1"]}
    assert list(read_source(file, table="seen").rows) == ["text_id"]


def test_a_duckdb_table_without_rows(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "e.db")) as con:
        con.execute("CREATE TABLE sales (id INT, day DATE)")
    assert message(tmp_path / "e.db") == (
        f"the table 'sales' of {tmp_path / 'e.db'} has no rows; its columns are 'id', 'day'."
    )


def parquet(file: Path, select: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.sql(select).write_parquet(str(file))
    return file


ROW = "SELECT '{}' AS customer_id, DATE '2024-01-0{}' AS order_date, {}::DOUBLE AS amount_eur"


def test_a_folder_of_parquet_files(tmp_path: Path) -> None:
    folder = tmp_path / "it's [1]*"
    parquet(folder / "b.parquet", ROW.format("b", 2, 6))
    parquet(folder / "a.parquet", ROW.format("a", 1, 5))
    other_order = "SELECT amount_eur, customer_id, order_date FROM (" + ROW.format("c", 3, 7) + ")"
    parquet(folder / "deep" / "c", other_order)
    (folder / "_SUCCESS").write_text("")
    (folder / ".b.parquet.crc").write_text("x")
    (folder / "read me.txt").write_text("x")
    source = read_source(folder)
    assert source.rows.values.tolist() == [
        ["a", "2024-01-01", "5"], ["b", "2024-01-02", "6"], ["c", "2024-01-03", "7"],
    ]  # fmt: skip
    assert source.kind == "Parquet folder, 3 files" and source.line.tolist() == [1, 2, 3]
    assert source.notes == (
        "left aside in the folder, not Parquet: 'read me.txt'",
        "lines are counted through all files, in the order of their names",
    )
    assert lesson_source(folder) == folder
    digits = source.sha256
    assert digits == source_sha256(folder) and len(digits) == 64
    (folder / "read me.txt").write_text("y")
    assert source_sha256(folder) == digits  # what is not read does not count
    (folder / "b.parquet").rename(folder / "z.parquet")
    assert source_sha256(folder) != digits


def test_a_partitioned_folder_gives_its_keys_as_columns(tmp_path: Path) -> None:
    folder = tmp_path / "year=1999" / "shop"
    for key, number in (("year=2023/kind=a%20b", 1), ("year=2024/kind=__HIVE_DEFAULT_PARTITION__", 2)):
        parquet(folder / key / "0.parquet", ROW.format("x", number, number))
    source = read_source(folder)
    assert source.rows.to_dict("list") == {
        "customer_id": ["x", "x"], "order_date": ["2024-01-01", "2024-01-02"], "amount_eur": ["1", "2"],
        "year": ["2023", "2024"], "kind": ["a b", ""],
    }  # fmt: skip
    assert source.kind == "Parquet folder, 2 files, partitioned by year, kind"
    parquet(folder / "year=2024" / "1.parquet", ROW.format("x", 3, 3))
    assert message(folder) == (
        f"{folder}: its files lie in folders of different kinds: 'year=2023/kind=a%20b/0.parquet' (year, kind) "
        "and 'year=2024/1.parquet' (year). Hint: name a folder whose files belong to one table."
    )


@pytest.mark.parametrize(
    ("second", "column", "said"),
    [
        (
            ROW.format("b", 2, 6).replace("amount_eur", "total"),
            "amount_eur",
            "'1.parquet' has it as DOUBLE and '2.parquet' has none",
        ),
        (
            ROW.format("b", 2, 6) + ", 1 AS more",
            "more",
            "'1.parquet' has none and '2.parquet' has it as INTEGER",
        ),
        (
            ROW.format("b", 2, 6).replace("DATE '2024-01-02'", "'2/1/2024'"),
            "order_date",
            "'1.parquet' has it as DATE and '2.parquet' has it as VARCHAR",
        ),
    ],
)
def test_parquet_files_that_differ(tmp_path: Path, second: str, column: str, said: str) -> None:
    parquet(tmp_path / "1.parquet", ROW.format("a", 1, 5))
    parquet(tmp_path / "2.parquet", second)
    assert message(tmp_path) == (
        f"{tmp_path}: its files differ in the column {column!r}: {said}. "
        "Hint: write both with the same columns and types, or name one of them."
    )


def test_folders_that_cannot_be_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (empty / "deep").mkdir(parents=True)
    hint = "Hint: name a file, or a folder of Parquet files."
    assert message(empty) == f"{empty} is an empty folder. {hint}"
    (empty / "_SUCCESS").write_text("")
    assert message(empty) == f"{empty} is an empty folder. {hint}"
    assert message(empty, table="t") == (
        f"{empty} is not a DuckDB file, so table='t' means nothing. Hint: leave it out."
    )
    broken = tmp_path / "broken"
    parquet(broken / "1.parquet", ROW.format("a", 1, 5))
    save(broken, b"", "2.parquet")
    assert message(broken).startswith(f"{broken / '2.parquet'} cannot be read as Parquet: ")
    hollow = tmp_path / "hollow"
    parquet(hollow / "1.parquet", ROW.format("a", 1, 5) + " WHERE false")
    assert message(hollow) == f"{hollow} has a header and no rows: 'customer_id', 'order_date', 'amount_eur'."
    for kind, mark in (("Delta", "_delta_log/0.json"), ("Iceberg", "metadata/v1.metadata.json")):
        lake = tmp_path / kind
        parquet(lake / "1.parquet", ROW.format("a", 1, 5))
        (lake / mark).parent.mkdir()
        (lake / mark).write_text("{}")
        assert message(lake) == (
            f"{lake} is a {kind} table: its files also hold rows that were changed or deleted. "
            "Hint: write the table out as plain Parquet first."
        )


def test_a_fingerprint_is_that_of_the_file(tmp_path: Path) -> None:
    file = save(tmp_path, "a,b\n1,2\n")
    digits = hashlib.sha256(file.read_bytes()).hexdigest()
    assert read_source(file).sha256 == source_sha256(file) == digits
    data = tmp_path / "s.db"
    with duckdb.connect(str(data)) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS a")
    digits = source_sha256(data)
    assert digits == hashlib.sha256(data.read_bytes()).hexdigest()
    (tmp_path / "s.db.wal").write_bytes(b"x")  # what the file has not yet taken in is part of it
    assert source_sha256(data) != digits


def test_a_lesson_cannot_name_a_table(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE TABLE one AS SELECT 1 AS a")
    assert lesson_source(file) == file
    with duckdb.connect(str(file)) as con:
        con.execute('CREATE TABLE "my two" AS SELECT 1 AS a')
    with pytest.raises(DataError) as caught:
        lesson_source(file)
    assert str(caught.value) == (
        f"{file} holds 2 tables: 'my two', 'one'; a lesson's own parameter cannot name one. "
        f"Hint: crmlab run 05 --orders {file} --table 'my two'; crmlab sweep takes the same"
    )


def test_duckdb_without_tables(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "e.db")):
        pass
    assert message(tmp_path / "e.db") == f"{tmp_path / 'e.db'} holds no table."


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text("ab1 .é客'\t\x85\u2028", max_size=4), min_size=3, max_size=3), min_size=1, max_size=8
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
)
def test_even_lines_read_at_once_are_those_read_one_by_one(rows: list, end: str, closed: bool) -> None:
    text = end.join(",".join(row) for row in [["id", "day", "sum"], *rows]) + end * closed
    fast = sources_csv._even_rows(text.encode(), ["id", "day", "sum"], ",")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    next(reader)
    slow = sources_csv._rows(reader, ["id", "day", "sum"], ",")
    assert fast is not None
    assert fast[0].values.tolist() == slow[0].values.tolist() == rows
    assert fast[1].tolist() == slow[1].tolist() and not fast[2].any() and not slow[2].any()


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n\n3,4\n", "a,b\n1,2,3\n4\n", 'a,b\n1,"2"\n', "a,b\r1,2\r", "a,b\n1\0,2\n", "a\n1\n"]
)
def test_uneven_lines_are_not_read_at_once(text: str) -> None:
    assert sources_csv._even_rows(text.encode(), text.split("\n")[0].strip().split(","), ",") is None


def test_only_a_close_name_is_proposed(tmp_path: Path) -> None:
    save(tmp_path, "a,b\n1,2\n", "orders.csv")
    assert message(tmp_path / "order.csv").endswith(f"Hint: did you mean {tmp_path / 'orders.csv'}?")
    assert message(tmp_path / "foo.csv").endswith(f"Hint: paths start at {Path.cwd()}.")
