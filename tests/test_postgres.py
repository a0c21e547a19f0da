"""Orders out of a PostgreSQL database: a real server on the loopback, read over ADBC."""

from __future__ import annotations

import hashlib
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from postgres_server import PASSWORD, Server, programs, running

from crmlab import cli
from crmlab.contracts import DataError
from crmlab.intake import read_orders
from crmlab.sources import read_source, shown, source_sha256
from crmlab.sources_postgres import without_password

SETUP = """
CREATE SCHEMA sales;
CREATE TABLE orders (id int, client text, at timestamptz, total numeric(12, 2));
INSERT INTO orders VALUES (1, 'A', '2024-01-01 23:30:00-05', 10.50), (2, 'B', '2024-01-05 08:00:00+01', 1234.5),
    (3, NULL, '2024-01-06 12:00:00Z', 3), (4, 'A', '2024-02-01 00:30:00+01', 7), (5, 'B', '2024-02-03 12:00Z', -2);
CREATE TABLE sales."Order lines" (order_no bigint, customer int, day text, qty int, price money);
INSERT INTO sales."Order lines" VALUES (1, 7, '31/12/2023', 2, 1234.5), (1, 7, '31/12/2023', 1, 0.5),
    (2, 8, '02/01/2024', 1, 3);
CREATE VIEW paid AS SELECT client, at::date AS at, total::float8 AS total FROM orders WHERE total > 0;
CREATE TABLE empty (customer_id text, order_date date, amount_eur numeric);
CREATE TABLE days (customer_id uuid, order_date timestamp, amount_eur real, kind char(3), tags text[], data bytea,
    yes boolean, doc jsonb, span interval);
INSERT INTO days VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2024-01-01 23:59:59.5', 0.1, 'x', '{a,b}', 'ab',
    true, '{"a": 1}', '1 day'), (NULL, 'infinity', 'NaN', NULL, NULL, NULL, NULL, NULL, NULL);
CREATE ROLE bob LOGIN PASSWORD 'bobs';
"""
COLUMNS = "customer_id=client,order_date=at,amount_eur=total"


def execute(address: str, *statements: str, autocommit: bool = False) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address, autocommit=autocommit) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        if not autocommit:
            connection.commit()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if programs() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no PostgreSQL on this machine")
    if not os.environ.get("CI"):
        pytest.importorskip("adbc_driver_postgresql")
    secret = quote(PASSWORD, safe="")
    with running() as made:
        admin = made.address("postgres", password=secret)
        execute(admin, "CREATE DATABASE shop", "CREATE DATABASE bare", autocommit=True)
        execute(admin, "ALTER DATABASE shop SET timezone = 'America/New_York'")
        execute(made.address(password=secret), *SETUP.strip().rstrip(";").split(";\n"))
        execute(made.address("bare", password=secret), "CREATE TABLE one AS SELECT 5 AS a")
        yield made


@pytest.fixture
def shop(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of the database; the password stands in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return server.address()


@pytest.fixture
def crmlab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    import signal

    before = signal.getsignal(signal.SIGTERM)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["crmlab", *map(str, words)])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    yield call
    signal.signal(signal.SIGTERM, before)


def message(address: str, table: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read_source(address, table=table)
    assert PASSWORD not in str(caught.value) and quote(PASSWORD, safe="") not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------ what is read


def test_a_table_is_read_as_text_in_utc_whatever_the_zone_of_server_and_reader(
    shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for zone in ("Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("PGTZ", zone)
        source = read_source(shop, table="orders")
        assert source.rows.values.tolist() == [
            ["1", "A", "2024-01-02 04:30:00+00", "10.50"],
            ["2", "B", "2024-01-05 07:00:00+00", "1234.50"],
            ["3", "", "2024-01-06 12:00:00+00", "3.00"],
            ["4", "A", "2024-01-31 23:30:00+00", "7.00"],
            ["5", "B", "2024-02-03 12:00:00+00", "-2.00"],
        ]
    assert source.typed == {"id", "total"} and source.line.tolist() == [1, 2, 3, 4, 5]
    assert source.kind == "PostgreSQL table 'orders'"
    assert source.notes == (
        "times with a zone are read in UTC: 'at'",
        "line is the place of a row after sorting by all columns",
    )
    intake = read_orders(shop, table="orders", columns=COLUMNS)
    assert intake.orders["order_date"].astype(str).tolist() == [
        "2024-01-02", "2024-01-05", "2024-01-31", "2024-02-03",
    ]  # fmt: skip
    assert intake.orders["amount_eur"].tolist() == [10.5, 1234.5, 7.0, -2.0]
    assert intake.refused[["line", "reason"]].values.tolist() == [[3, "customer_id is missing"]]


def test_text_dates_money_and_a_quoted_name_in_another_schema(shop: str) -> None:
    intake = read_orders(shop, table="sales.Order lines", columns="order_id=order_no,amount_eur=qty*price")
    assert intake.orders.astype({"order_date": str}).values.tolist() == [
        ["1", "7", "2023-12-31", 2469.5],
        ["2", "8", "2024-01-02", 3.0],
    ]
    assert intake.options == {"table": "sales.Order lines"}


def test_a_view_and_floats(shop: str) -> None:
    """A view that cuts a moment to a day does so in UTC too."""
    assert read_source(shop, table="paid").rows.values.tolist() == [
        ["", "2024-01-06", "3"], ["A", "2024-01-02", "10.5"], ["A", "2024-01-31", "7"], ["B", "2024-01-05", "1234.5"],
    ]  # fmt: skip


def test_types_of_every_kind_are_text(shop: str) -> None:
    assert read_source(shop, table="days").rows.values.tolist() == [
        ["", "infinity", "NaN", "", "", "", "", "", ""],
        [
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "2024-01-01 23:59:59.5", "0.1", "x", "{a,b}", "\\x6162",
            "true", '{"a": 1}', "1 day",
        ],
    ]  # fmt: skip
    intake = read_orders(shop, table="days")
    assert intake.orders["amount_eur"].tolist() == [0.1]
    assert intake.refused["reason"].tolist() == ["customer_id is missing"]


def test_the_only_table_needs_no_name(shop: str) -> None:
    assert read_source(shop.replace("/shop", "/bare")).rows.values.tolist() == [["5"]]


def test_a_large_table_comes_in_batches_and_has_one_fingerprint(shop: str) -> None:
    many = "SELECT 'c' || i % 999 AS c, repeat('é', 40) AS long, CASE WHEN i % 7 > 0 THEN i END AS n"
    execute(shop, f"CREATE TABLE large AS {many} FROM generate_series(1, 250000) i ORDER BY random()")
    try:
        source = read_source(shop, table="large")
        hashes = b""
        for name in source.rows:
            texts = [text.encode() for text in source.rows[name]]
            lengths = b"".join(len(text).to_bytes(8, "little") for text in texts)
            hashes += b"".join(
                hashlib.sha256(part).digest() for part in (name.encode(), b"".join(texts), lengths)
            )
        assert source.sha256 == hashlib.sha256(hashes).hexdigest() == source_sha256(shop, table="large")
        assert len(source.rows) == 250_000 and source.rows["c"].nunique() == 999
        assert len({id(text) for text in source.rows["c"]}) < 250_000 / 10  # equal texts are shared
        execute(shop, "UPDATE large SET n = 0 WHERE n = 5")
        assert source_sha256(shop, table="large") != source.sha256
    finally:
        execute(shop, "DROP TABLE large")


# ------------------------------------------------------------------ what is refused


def test_tables_that_cannot_be_read(shop: str) -> None:
    names = "'days', 'empty', 'orders', 'paid', 'sales.Order lines'"
    assert message(shop) == f"{shop} holds 5 tables: {names}. Hint: name one, table='days'."
    for wrong, best in (
        ("order", "orders"),
        ("ORDERS", "orders"),
        ("sales.order_lines", "sales.Order lines"),
    ):
        assert (
            message(shop, wrong)
            == f"{shop} holds no table {wrong!r}; it holds {names}. Hint: table={best!r}."
        )
    assert message(shop, "empty") == (
        f"the table 'empty' of {shop} has no rows; its columns are 'customer_id', 'order_date', 'amount_eur'."
    )
    with pytest.raises(DataError) as caught:
        read_orders(shop, table="orders", columns="customer_id=kunde")
    assert str(caught.value) == (
        f"{shop} has no column 'kunde' for customer_id; it has 'id', 'client', 'at', 'total'."
    )


def test_a_database_that_does_not_let_you_in(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    cure = (
        "Hint: set the environment variable PGPASSWORD, or write a line into ~/.pgpass; check the user too."
    )
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "no-such-file")
    shop = server.address()
    assert message(shop) == f"{shop} refuses to let you in: fe_sendauth: no password supplied. {cure}"
    wrong = f'{shop} refuses to let you in: password authentication failed for user "ann". {cure}'
    assert message(server.address(password="wrong")) == wrong
    assert message(f"{shop}?password=wrong") == wrong
    bob = server.address(user="bob")
    assert message(server.address(user="bob", password="bobs"), "orders") == (
        f"{bob} does not let this user read the table: permission denied for table orders. "
        "Hint: ask its owner for GRANT SELECT."
    )
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert message(server.address("shp")) == (
        f'{server.address("shp")} is not there: database "shp" does not exist. '
        "Hint: check the user and the name after the last '/'."
    )


def test_a_database_that_is_not_reached() -> None:
    cure = "Hint: check that the server runs, and its host and port."
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"postgresql://ann@127.0.0.1:{taken.getsockname()[1]}/shop"
        refused = f"{address} cannot be reached: Connection refused. {cure}"
        assert message(address.replace("ann@", "ann:secret@")) == refused
        taken.listen()  # somebody listens and never answers
        slow = f"{address}?connect_timeout=2"
        assert message(slow) == f"{slow} cannot be reached: timeout expired. {cure}"
    bad = "postgresql://ann@127.0.0.1:99999/shop"
    assert message(bad) == f'{bad} cannot be read: invalid port number: "99999".'


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:a/b@127.0.0.1/shop",
        "postgresql://ann:a#b@127.0.0.1/shop",
        "postgresql://ann:a?b@127.0.0.1/shop",
        "postgresql://ann:12?b@127.0.0.1/shop",
        "postgresql://ann:a@b@127.0.0.1/shop",
        "postgres://ann@127.0.0.1/shop?passwort=ab",
    ],
)
def test_an_address_that_cannot_be_read_is_not_shown(address: str) -> None:
    assert message(address) == (
        "the address of the database cannot be read; it is not shown, because it may hold a password. "
        "Hint: postgresql://user@host:5432/database; signs such as @ : / ? # in a password are written "
        "%40 %3A %2F %3F %23, or it stands in PGPASSWORD."
    )


@pytest.mark.parametrize(
    ("address", "open_form"),
    [
        ("postgres://ann:pw@h:5/shop", "postgresql://ann@h:5/shop"),
        ("postgresql:/ann:pw@h/shop", "postgresql://ann@h/shop"),
        ("postgresql:///shop", "postgresql:///shop"),
        ("postgresql://a%40b:p%2Fw@[::1]:5433/s?sslmode=require&password=x", "postgresql://a%40b@[::1]:5433/s?sslmode=require"),
        ("postgresql://u@h1:1,h2:2/s?target_session_attrs=any", "postgresql://u@h1:1,h2:2/s?target_session_attrs=any"),
    ],
)  # fmt: skip
def test_what_may_be_shown_of_an_address(address: str, open_form: str) -> None:
    assert without_password(address) == shown(address) == open_form


def test_other_addresses_are_no_source(crmlab) -> None:
    said = "mysql:// is no source that can be read here. Hint: a file (CSV, Parquet, DuckDB), or "
    said += "postgresql://user@host:5432/database"
    assert message("mysql://ann:secret@h/shop") == said
    assert crmlab("check-data", "mysql://ann:secret@h/shop") == (2, "", f"crmlab: {said}\n")
    code, _, err = crmlab("run", "postgresql://ann:secret@h/shop")  # no message whatever shows a password
    assert code == 2 and "secret" not in err and "postgresql://ann@h/shop" in err


def test_without_the_driver_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    assert message("postgresql://ann:secret@h/shop") == (
        'postgresql://ann@h/shop needs two packages more, for PostgreSQL. Hint: pip install "crmlab[postgres]"'
    )


def test_a_lessons_own_parameter_says_the_cure(crmlab, shop: str) -> None:
    secret = shop.replace("ann@", f"ann:{quote(PASSWORD, safe='')}@")
    assert crmlab("run", "05", "-p", f"orders={secret}") == (
        2,
        "",
        f"crmlab: {shop} is a database, and a lesson's own parameter takes files only. "
        f"Hint: crmlab run 05 --orders {shop} --table TABLE; crmlab sweep takes the same\n",
    )


# ------------------------------------------------------------------ from check to run and back


def files_with(folder: Path, *words: str) -> list[str]:
    forms = [word.encode() for word in words]
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


def test_check_run_repeat_and_no_trace_of_the_password(
    crmlab, notebook, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    shop, coded = server.address(), quote(PASSWORD, safe="")
    secret = server.address(password=coded)
    code, said, err = crmlab("check-data", secret, "--table", "orders", "--columns", COLUMNS)
    command = f"crmlab run 05 --orders {shop} --columns {COLUMNS} --table orders -p as_of=2024-02-03"
    assert (code, err) == (1, "")
    assert said.splitlines() == [
        f"Source     {shop}",
        "Kind       PostgreSQL table 'orders'",
        "Column     customer_id = client",
        "Column     order_date = at   ('2024-01-02 04:30:00+00' is 2024-01-02)",
        "Column     amount_eur = total   ('10.50' is 10.5)",
        "Unused     id",
        "Rows       5 read: 4 used, 1 refused",
        "  1 refused: customer_id is missing",
        "    line 3: 3, , 2024-01-06 12:00:00+00, 3.00",
        "Days       2024-01-02 to 2024-02-03",
        "Customers  2",
        "Orders     3, sum 1,252.00",
        "Refunds    1, sum -2.00",
        "Currency   amounts are taken as euro as they stand; no rate is applied",
        "Note       times with a zone are read in UTC: 'at'",
        "Note       line is the place of a row after sorting by all columns",
        "Note       times of day are dropped",
        "Note       offsets from UTC are dropped: the day is taken as it is written",
        "Note       refunds (negative amounts): 1, kept; they lower revenue and are no purchase",
        "Note       each row counts as one order; if your rows are order lines, give --columns order_id=...",
        f"Next       {command}",
    ]
    code = (
        "import os\nfrom crmlab import record\nfrom crmlab.datasets.lesson import lesson_data\n"
        "data = lesson_data(orders, as_of=as_of)\nprint(data.source)\n"
        "record('05', sum_eur=data.orders['amount_eur'].sum())"
    )
    own = notebook("own.ipynb", "# Shop", code, parameters='orders = "retail"\nas_of = ""')
    words = [str(own) if word == "05" else word for word in shlex.split(command)[1:]]
    with_secret = [secret if word == shop else word for word in words]
    ended, out, err = crmlab(*with_secret, "--out", tmp_path / "one")
    assert ended == 0, err
    assert "your PostgreSQL table 'orders': 5 rows read" in (tmp_path / "one/own.ipynb").read_text()
    found = pd.read_csv(tmp_path / "one/findings.csv").iloc[0]
    assert found["p_orders"] == shop and found["sum_eur"] == 1250.0
    assert found["orders_sha256"] == source_sha256(secret, table="orders")[:12]
    assert (
        f"- Data: `{shop}`, table `orders`, columns `{COLUMNS}`, SHA-256"
        in (tmp_path / "one/own.ipynb").read_text()
    )
    monkeypatch.setenv("PGPASSFILE", "no-such-file")
    ended, _, told = crmlab("run", "--from", tmp_path / "one/own.ipynb", "--out", tmp_path / "two")
    copy = tmp_path / "one/orders.csv"
    assert ended == 0 and f"check the user too. Then: the copy {copy} is taken" in told
    assert told.splitlines()[-1] == "findings: all 1 are equal"
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    ended, _, told = crmlab("run", "--from", tmp_path / "one/own.ipynb", "--out", tmp_path / "three")
    assert ended == 0 and told.splitlines()[-1] == "findings: all 1 are equal"
    assert files_with(tmp_path, PASSWORD, coded) == []
    assert files_with(tmp_path / "one", shop) != []  # the search finds what is there
    assert PASSWORD not in out + err + told and coded not in out + err + told


def test_a_table_that_changes_under_the_run_is_told(crmlab, notebook, shop: str, tmp_path: Path) -> None:
    execute(
        shop,
        "CREATE TABLE moving AS SELECT 'A' AS customer_id, DATE '2024-01-02' AS order_date, 5 AS amount_eur",
    )
    code = (
        "from adbc_driver_postgresql import dbapi\n"
        f"with dbapi.connect({shop!r}) as c, c.cursor() as cursor:\n"
        "    cursor.execute('UPDATE moving SET amount_eur = amount_eur + 1')\n    c.commit()"
    )
    own = notebook("own.ipynb", code, parameters='orders = "retail"')
    before = source_sha256(shop, table="moving")[:12]
    try:
        ended, out, err = crmlab("run", own, "--orders", shop, "--table", "moving", "--out", tmp_path / "one")
        after = source_sha256(shop, table="moving")[:12]
        said = (
            f"{shop} changed during the run (SHA-256 {before}, now {after}): "
            "the notebooks worked on the state of the start, kept in orders.csv"
        )
        assert (ended, err.splitlines()[-1]) == (1, said) and out.startswith("✓ ok")
        code, _, err = crmlab("run", "--from", tmp_path / "one/own.ipynb", "--out", tmp_path / "two")
        copy = tmp_path / "one/orders.csv"
        assert (code, err) == (
            2,
            f"crmlab: {shop} is not what '{tmp_path}/one/own.ipynb' was made from: SHA-256 {before} then, "
            f"{after} now. Hint: crmlab run --from {tmp_path}/one/own.ipynb --orders {copy} repeats it on the "
            "copy of that time\n",
        )
    finally:
        execute(shop, "DROP TABLE moving")


def test_a_sweep_over_a_table_that_changes_under_it(
    crmlab, notebook, server: Server, shop: str, tmp_path: Path
) -> None:
    execute(
        shop,
        "CREATE TABLE moving AS SELECT 'A' AS customer_id, DATE '2024-01-02' AS order_date, 5 AS amount_eur",
    )
    code = (
        "from adbc_driver_postgresql import dbapi\nfrom crmlab import record\n"
        "import pandas as pd\nrecord('05', sum_eur=factor * pd.read_csv(orders)['amount_eur'].sum())\n"
        f"with dbapi.connect({shop!r}) as c, c.cursor() as cursor:\n"
        "    cursor.execute('UPDATE moving SET amount_eur = amount_eur + 1')\n    c.commit()"
    )
    own = notebook("own.ipynb", code, parameters='orders = "retail"\nfactor = 1')
    grid, out = tmp_path / "grid.yaml", tmp_path / "swept"
    grid.write_text("parameters:\n  factor: [1, 2, 3]\n")
    before, secret = (
        source_sha256(shop, table="moving")[:12],
        server.address(password=quote(PASSWORD, safe="")),
    )
    words = ["sweep", own, "--grid", grid, "--orders", secret, "--table", "moving", "--out", out]
    try:
        for _ in range(2):  # the second time nothing is left to do, and the table is still another one
            ended, told, err = crmlab(*words)
            after = source_sha256(shop, table="moving")[:12]
            assert (ended, told) == (1, f"table: {out / 'sweep.csv'}\n")
            assert err.splitlines()[-1] == (
                f"{shop} has changed since the sweep began (SHA-256 {before}, now {after}): "
                "the runs work on the state of the start, kept in orders.csv"
            )
            found = pd.read_csv(out / "sweep.csv")
            assert found["sum_eur"].tolist() == [5, 10, 15]
            assert set(found["orders_sha256"]) == {before} and set(found["p_orders"]) == {shop}
        assert files_with(out, PASSWORD, quote(PASSWORD, safe="")) == []
    finally:
        execute(shop, "DROP TABLE moving")
    assert crmlab("sweep", own, "--grid", grid, "--table", "moving", "--out", out) == (
        2,
        "",
        "crmlab: --table means nothing without --orders. Hint: add --orders SOURCE, or leave it out\n",
    )
