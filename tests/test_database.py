"""The database file: what it holds, what it refuses, and that its views say what pandas says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.contracts import DataError
from crmlab.datasets.three_sources import make_sources


def message(call: Any) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    world = make_sources(150, rng=5)
    records = crm.clean_sources(world.shop_cards, world.web_accounts, world.business_accounts).records
    pairs = crm.candidate_pairs(records)
    clusters = crm.link_clusters(records, pairs, threshold=2, by="agreements")
    known = world.source_orders["record_id"].isin(records["record_id"])
    return {
        "customers": crm.merge_records(records, clusters),
        "records": records.merge(clusters, on="record_id"),
        "orders": world.source_orders[known],
        "invoices": world.business_invoices,
        "sales_months": world.sales_months,
    }


def test_the_file_holds_what_was_written(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "customers.duckdb"
    crm.write_database(path, tables, as_of="2023-12-31").close()
    with duckdb.connect(str(path), read_only=True) as con:
        for name, table in tables.items():
            assert con.execute(f"SELECT count(*) FROM {name}").fetchall() == [(len(table),)], name
        total = con.execute("SELECT sum(amount_eur) FROM orders").fetchall()[0][0]
        assert float(total) == pytest.approx(tables["orders"]["amount_eur"].sum(), abs=0.01)


def test_the_views_say_what_pandas_says(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    con = crm.write_database(tmp_path / "a.duckdb", tables, as_of="2023-06-30")
    log = tables["orders"].merge(tables["records"][["record_id", "customer_id"]], on="record_id")
    wanted = crm.rfm_table(log, as_of="2023-06-30").sort_values("customer_id", ignore_index=True)
    found = con.sql("SELECT * FROM rfm ORDER BY customer_id").df()
    assert found["customer_id"].tolist() == wanted["customer_id"].tolist()
    for name in ("recency_days", "n_orders", "revenue_eur"):
        np.testing.assert_allclose(found[name].to_numpy(float), wanted[name].to_numpy(float), atol=0.005)
    day = pd.Timestamp("2023-06-30")
    bills = tables["invoices"]
    still = bills[(bills["issued_on"] <= day) & ~(bills["paid_on"] <= day)]
    late = (day - still["due_on"]).dt.days.groupby(still["record_id"]).max()
    light = con.sql("SELECT record_id, light FROM receivables_light").df().set_index("record_id")["light"]
    expected = late.map(lambda d: "red" if d > 30 else "yellow" if d > 0 else "green")
    assert light.sort_index().to_dict() == expected.sort_index().to_dict()
    con.close()


def test_it_refuses(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    con = crm.write_database(tmp_path / "b.duckdb", tables, as_of="2023-12-31")
    record = tables["records"]["record_id"].iloc[0]
    before = con.execute("SELECT count(*) FROM orders").fetchall()
    assert "foreign key" in crm.database_answer(
        con, "INSERT INTO orders VALUES ('X', 'nobody', '2023-01-01', 5)"
    )
    assert "CHECK" in crm.database_answer(
        con, f"INSERT INTO orders VALUES ('X', '{record}', '2023-01-01', -5)"
    )
    fine = f"INSERT INTO orders VALUES ('X', '{record}', '2023-01-01', 5)"
    assert message(lambda: crm.database_answer(con, fine)) == (
        f"the database accepted this row, which it should refuse: {fine}"
    )
    assert con.execute("SELECT count(*) FROM orders").fetchall() == before
    con.close()


def test_a_bad_row_leaves_no_file(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    path = tmp_path / "c.duckdb"
    bad = tables | {"orders": tables["orders"].assign(amount_eur=-1.0)}
    assert message(lambda: crm.write_database(path, bad, as_of="2023-12-31")).startswith(
        "the database refused the table 'orders': Constraint Error: CHECK constraint failed"
    )
    assert not path.exists()
    lost = tables | {"orders": tables["orders"].drop(columns="amount_eur")}
    assert message(lambda: crm.write_database(path, lost, as_of="2023-12-31")) == (
        "orders lacks the column 'amount_eur'; it has 'order_id', 'record_id', 'order_date'."
    )
    assert not path.exists()


def test_it_never_writes_over_a_file(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    path = tmp_path / "d.duckdb"
    path.write_text("mine")
    assert message(lambda: crm.write_database(path, tables, as_of="2023-12-31")) == (
        "there is a file 'd.duckdb' already. Hint: remove it, or choose another name."
    )
    assert path.read_text() == "mine"
