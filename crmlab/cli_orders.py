"""The options that say where somebody's own orders lie and how to read them; several commands take them."""

from __future__ import annotations

import re
import shlex
from typing import Annotated

import typer

ORDERS_HELP = (
    "--orders takes a CSV, Parquet or DuckDB file, a folder of Parquet files, or a PostgreSQL database: "
    "postgresql://user@host:5432/shop with --table; the password best stands in PGPASSWORD or ~/.pgpass."
)
Orders = Annotated[
    str | None, typer.Option(metavar="SOURCE", help="Your own orders: a file, folder or database; below.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="OURS=YOURS,…", help="Your columns: customer_id=CustomerID,order_date=Day,amount_eur=Total"
    ),
]
Refunds = Annotated[str, typer.Option(metavar="net|drop|refuse", help="What to do with negative amounts.")]
Repeated = Annotated[
    str, typer.Option(metavar="keep|drop|refuse", help="What to do with rows that come twice.")
]
DateFormat = Annotated[str | None, typer.Option(metavar="%d/%m/%Y", help="How the file writes dates.")]
Table = Annotated[
    str | None, typer.Option(help="The table or view, if a database holds several: orders, sales.orders.")
]
Decimal = Annotated[str | None, typer.Option(metavar=".|,", help="The decimal mark of the file.")]


def as_flags(text: str) -> str:
    """Write arguments of Python as options of the command line: ``table='a b'`` as ``--table 'a b'``."""
    names = "table|refunds|repeated|date_format|decimal"

    def flag(found: re.Match[str]) -> str:
        return f"--{found[1].replace('_', '-')} {shlex.quote(found[3])}"

    text = re.sub(rf"\b({names})=(['\"])(.*?)\2", flag, text)
    text = re.sub(r"(--[a-z-]+ (?:'[^']*'|\S+))\.$", r"\1", text)  # a full stop would be pasted along
    text = re.sub(r"\bas_of='([\d-]+)'", r"-p as_of=\1", text)
    text = re.sub(r"\bgive order_id=", "give --columns order_id=", text)
    text = re.sub(r"\bgive date_format\b", "give --date-format", text)
    return re.sub(
        rf"^({names})(?= must be | '.*' does not fix)", lambda m: f"--{m[0].replace('_', '-')}", text
    )


def only_what_counts(
    again: bool, orders: str | None, reading: dict[str, str | None], more: list[str]
) -> None:
    """Refuse options that would do nothing: those of an order file without one, and any beside ``--from``."""
    from crmlab.contracts import DataError
    from crmlab.intake import POLICIES

    given = [name for name, value in reading.items() if value and value != POLICIES.get(name)]
    if again and (given or more):
        raise DataError(
            "--from repeats a run as it was, with its own lesson, parameters and options. "
            "Hint: leave all others out but --out, and --orders for a file that was moved"
        )
    if given and orders is None and not again:
        flag = given[0].replace("_", "-")
        raise DataError(
            f"--{flag} means nothing without --orders. Hint: add --orders SOURCE, or leave it out"
        )


def intake_options(
    repeated: str, date_format: str | None, table: str | None, decimal: str | None
) -> dict[str, str | None]:
    """Gather what `crmlab.intake.read_orders` takes besides columns and refunds."""
    return {"repeated": repeated, "date_format": date_format, "table": table, "decimal": decimal}
