"""Somebody's own ledger: invoices and payments from two CSV files, checked before they are used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.credit import check_ledger

_INVOICES = ("dealer_id", "invoice_id", "issue_date", "due_date", "amount_eur")
_PAYMENTS = ("dealer_id", "invoice_id", "payment_date", "amount_eur")


def read_ledger(invoices: str, payments: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a ledger of two CSV files.

    Parameters
    ----------
    invoices : str
        Path of a CSV with ``dealer_id``, ``invoice_id``, ``issue_date``, ``due_date`` (YYYY-MM-DD) and
        ``amount_eur``. Other columns are left alone.
    payments : str
        Path of a CSV with ``dealer_id``, ``invoice_id``, ``payment_date`` and ``amount_eur``.

    Returns
    -------
    invoices, payments : DataFrame
        As ``data_dictionary("invoices")`` and ``data_dictionary("payments")`` explain.

    Raises
    ------
    DataError
        If a file is missing or cannot be read, a column is missing, a day is not YYYY-MM-DD, an amount is no
        number, or a payment names an invoice that does not exist.

    Examples
    --------
    >>> read_ledger("invoices.csv", "")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: payments must be the path of a CSV file beside invoices; found ''.
    """
    if not payments:
        raise DataError(f"payments must be the path of a CSV file beside invoices; found {payments!r}.")
    tables = _read(invoices, _INVOICES, "invoices"), _read(payments, _PAYMENTS, "payments")
    check_ledger(*tables)
    return tables


def _read(path: str, columns: tuple[str, ...], name: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(Path(path), dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{name}: the file {path!r} cannot be read ({error}).") from None
    require_columns(table, columns, name=name)
    for column in columns:
        raw = table[column].str.strip()
        if column.endswith("_date"):
            parsed = pd.to_datetime(raw, format="%Y-%m-%d", errors="coerce")
            want = "days written YYYY-MM-DD"
        elif column == "amount_eur":
            parsed, want = pd.to_numeric(raw, errors="coerce"), "numbers with a point for decimals"
        else:
            parsed, want = raw.mask(raw == ""), "an id in every row"
        if parsed.isna().any():
            row = int(parsed.isna().to_numpy().argmax())
            raise DataError(
                f"{name}: the column {column!r} must hold {want}; row {row + 2} of the file has "
                f"{table[column].iloc[row]!r} ({int(parsed.isna().sum()):,} such row(s)). "
                f"Hint: correct the file."
            )
        table[column] = parsed
    return table
