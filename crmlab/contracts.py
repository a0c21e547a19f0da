"""What each table must look like: the one source of checks and of the data dictionary."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from crmlab.schema import Column, DataError, Table
from crmlab.tables import (
    complaints,
    dealers,
    energy,
    let_go,
    loyalty,
    needs,
    organisations,
    personal,
    protected,
    retail,
    sources,
    subscriptions,
    survey,
    telecom,
)
from crmlab.tables.retail import (
    CATEGORIES,
    CHANNELS,
    CONTACT_CHANNELS,
    CUSTOMER_KINDS,
    LEAVE_REASONS,
    REGIONS,
    RESPONSE_TYPES,
)

__all__ = [
    "CATEGORIES", "CHANNELS", "CONTACT_CHANNELS", "CUSTOMER_KINDS", "LEAVE_REASONS", "REGIONS",
    "RESPONSE_TYPES", "TABLES", "Column", "DataError", "Table", "check", "check_type", "data_dictionary",
    "first_rows", "require_columns", "schema",
]  # fmt: skip

_WORLDS = (
    retail, organisations, survey, sources, protected, needs, dealers, loyalty, complaints, subscriptions,
    telecom, energy, let_go, personal,
)  # fmt: skip
TABLES: dict[str, Table] = {
    table.name: table
    for world in (
        retail,
        needs,
        organisations,
        survey,
        sources,
        protected,
        dealers,
        subscriptions,
        complaints,
        loyalty,
        telecom,
        energy,
        let_go,
        personal,
    )
    for table in world.TABLES
}

_PANDERA = {
    "id": "string", "category": "string", "text": "string", "day": "datetime", "money": "number",
    "number": "number", "share": "number", "count": "number", "flag": "bool",
}  # fmt: skip


def check(frame: pd.DataFrame, table: str, *, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """Hold a frame against its contract.

    Parameters
    ----------
    frame : DataFrame
        The table to check. More columns than the contract names are allowed.
    table : str
        A name in `TABLES`, such as ``"orders"``.
    columns : names, optional
        Check only these columns, and not the key; all of the contract's columns when left out.

    Returns
    -------
    DataFrame
        The same object, unchanged.

    Raises
    ------
    DataError
        At the first breach: a missing column, a wrong type, a missing, infinite or
        impossible value, a repeated key. The message names the cure.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer_id": ["a"], "orderdate": ["2024-01-02"], "amount_eur": [5.0]})
    >>> check(orders, "orders")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: orders lacks the column 'order_date'; it has 'customer_id', 'orderdate',
    'amount_eur'. Hint: orders.rename(columns={"orderdate": "order_date"})
    """
    if table not in TABLES:
        raise DataError(_no_contract(table))
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{table} must be a pandas DataFrame; found {type(frame).__name__}.")
    contract = TABLES[table]
    if columns is not None:
        wanted = list(columns)
        require_columns(frame, wanted, name=table)
        contract = replace(contract, key=(), columns=tuple(c for c in contract.columns if c.name in wanted))
    require_columns(frame, [c.name for c in contract.columns if c.required], name=table)
    for column in contract.columns:
        if column.name in frame:
            check_type(frame[column.name], column.name, table)
    _check_values(frame, contract)
    return frame


def _no_contract(table: Any) -> str:
    near = difflib.get_close_matches(str(table), TABLES, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    hint = f"Hint: crm.data_dictionary() lists all {len(TABLES)}."
    return f"there is no contract named {table!r}.{guess} {hint}"


def require_columns(frame: pd.DataFrame, names: Iterable[str], *, name: str = "the table") -> None:
    """Raise `DataError` when a frame lacks one of the named columns; suggest the nearest name.

    Parameters
    ----------
    frame : DataFrame
        The table.
    names : names
        The columns it must have.
    name : str, default "the table"
        What to call the table in the message; its last word is the variable of the hint.

    Raises
    ------
    DataError
        At the first column that is missing.

    Examples
    --------
    >>> require_columns(pd.DataFrame({"amount": [5.0]}), ["amount_eur"], name="orders")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: orders lacks the column 'amount_eur'; it has 'amount'.
    Hint: orders.rename(columns={"amount": "amount_eur"})
    """
    present = [str(c) for c in frame.columns]
    for wanted in names:
        if wanted in frame.columns:
            continue
        has = ", ".join(repr(c) for c in present[:20]) or "no column"
        near = difflib.get_close_matches(wanted, present, n=1, cutoff=0.6)
        holder = name.split()[-1]
        hint = f' Hint: {holder}.rename(columns={{"{near[0]}": "{wanted}"}})' if near else ""
        raise DataError(f"{name} lacks the column {wanted!r}; it has {has}.{hint}")


def first_rows(frame: pd.DataFrame, bad: Any) -> str:
    """Give the first three offending rows as text, for an error message.

    Parameters
    ----------
    frame : DataFrame
        The table.
    bad : boolean Series or array
        True for the offending rows.

    Returns
    -------
    str
        Three rows at most, with eight columns at most.
    """
    return str(frame[bad].head(3).to_string(max_cols=8))


def check_type(values: pd.Series, name: str, table: str) -> None:
    """Raise `DataError` when a column does not hold what its contract says: text, dates, numbers or flags.

    Parameters
    ----------
    values : Series
        The column.
    name : str
        Its name in the contract.
    table : str
        A name in `TABLES`.

    Raises
    ------
    DataError
        If the type is another one, or the dates carry a time zone: then the calendar day is not settled.

    Examples
    --------
    >>> check_type(pd.Series(["12.50"]), "amount_eur", "orders")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: orders: the column 'amount_eur' must hold numbers; found str such as '12.50'.
    Hint: orders["amount_eur"] = pd.to_numeric(orders["amount_eur"])
    """
    kind = _PANDERA[next(c.kind for c in TABLES[table].columns if c.name == name)]
    if kind == "datetime" and isinstance(values.dtype, pd.DatetimeTZDtype):
        raise DataError(
            f"{table}: the column {name!r} must hold dates without a time zone; found {values.dtype}. "
            f'Hint: {table}["{name}"] = {table}["{name}"].dt.tz_localize(None) keeps the local days.'
        )
    good = {
        "string": lambda v: pd.api.types.is_string_dtype(v.dropna()) or v.isna().all(),
        "datetime": pd.api.types.is_datetime64_any_dtype,
        "number": lambda v: pd.api.types.is_numeric_dtype(v) and not pd.api.types.is_bool_dtype(v),
        "bool": pd.api.types.is_bool_dtype,
    }[kind]
    cures = {
        "string": f'{table}["{name}"] = {table}["{name}"].astype(str)',
        "datetime": f'{table}["{name}"] = pd.to_datetime({table}["{name}"], format="%Y-%m-%d")',
        "number": f'{table}["{name}"] = pd.to_numeric({table}["{name}"])',
        "bool": f'{table}["{name}"] = {table}["{name}"].astype(bool)',
    }
    if not good(values):
        words = {"string": "text", "datetime": "dates", "number": "numbers", "bool": "True or False"}[kind]
        example = values.dropna().head(1).tolist()
        raise DataError(
            f"{table}: the column {name!r} must hold {words}; found {values.dtype}"
            f"{f' such as {example[0]!r}' if example else ''}. Hint: {cures[kind]}"
        )


def _check_values(frame: pd.DataFrame, contract: Table) -> None:
    import numpy as np

    pa = _pandera()

    for column in contract.columns:
        if column.name in frame and _PANDERA[column.kind] == "number":
            values = frame[column.name].to_numpy(dtype=float, na_value=np.nan)
            bad = np.isinf(values) | (np.isnan(values) & (not column.nullable))
            if bad.any():
                raise DataError(
                    f"{contract.name}: {int(bad.sum()):,} value(s) of {column.name!r} are missing or "
                    f"infinite; the first rows are\n{first_rows(frame, bad)}\n"
                    f"Hint: correct them, or take the rows out and say how many you took."
                )
    try:
        _schema(contract).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        case = error.failure_cases.iloc[0]
        found = getattr(case["failure_case"], "item", lambda: case["failure_case"])()  # 7, not np.int64(7)
        raise DataError(
            f"{contract.name}: the column {case['column']!r} holds {found!r}, which breaks the rule "
            f"{case['check']} ({len(error.failure_cases):,} value(s) break a rule). "
            f'Hint: crm.data_dictionary("{contract.name}") lists what each column may hold.'
        ) from None
    if contract.key and frame.duplicated(list(contract.key)).any():
        twice = frame.duplicated(list(contract.key), keep=False)
        raise DataError(
            f"{contract.name}: {', '.join(contract.key)} must be unique; {int(twice.sum()):,} rows repeat "
            f"a key:\n{first_rows(frame, twice)}\nHint: look at them before you drop any."
        )


def schema(table: str) -> Any:
    """Give the contract of a table as a pandera ``DataFrameSchema`` (ranges, allowed values, missing values).

    Parameters
    ----------
    table : str
        A name in `TABLES`.

    Returns
    -------
    pandera.DataFrameSchema
        What `check` holds the values against, after the types.

    Examples
    --------
    >>> sorted(schema("campaigns").columns)
    ['campaign_id', 'end_date', 'letter_cost_eur', 'start_date']
    """
    return _schema(TABLES[table])


def _schema(table: Table) -> Any:
    pa = _pandera()

    def rules(column: Column) -> list[Any]:
        found = []
        if column.low is not None:
            found.append(pa.Check.ge(column.low))
        if column.high is not None:
            found.append(pa.Check.le(column.high))
        if column.allowed:
            found.append(pa.Check.isin(column.allowed))
        return found

    return pa.DataFrameSchema(
        {c.name: pa.Column(checks=rules(c), nullable=c.nullable, required=c.required) for c in table.columns}
    )


def data_dictionary(table: str | None = None) -> pd.DataFrame:
    """List what every column means and may hold.

    Parameters
    ----------
    table : str, optional
        One table's name; all tables when left out.

    Returns
    -------
    DataFrame
        Columns ``table``, ``column``, ``中文``, ``unit``, ``range``, ``missing`` ("no", "allowed" or
        "column optional") and ``meaning``.

    Raises
    ------
    DataError
        If there is no such table.

    Examples
    --------
    >>> data_dictionary("campaigns")["column"].tolist()
    ['campaign_id', 'start_date', 'end_date', 'letter_cost_eur']
    """
    if table is not None and table not in TABLES:
        raise DataError(_no_contract(table))
    rows = [
        {
            "table": t.name,
            "column": c.name,
            "中文": c.zh,
            "unit": c.unit or c.kind,
            "range": _range(c),
            "missing": "column optional" if not c.required else "allowed" if c.nullable else "no",
            "meaning": c.meaning,
        }
        for t in TABLES.values()
        if table in (None, t.name)
        for c in t.columns
    ]
    return pd.DataFrame(rows)


@cache
def _pandera() -> Any:
    """Import pandera; where Spark is installed too, pandera wakes it, and Spark warns of pandas 3."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        import pandera.pandas

        pandera.pandas.DataFrameSchema({}).validate(pd.DataFrame())  # its back ends load at the first use
    return pandera.pandas


def _range(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    if column.low is None and column.high is None:
        return ""
    low = "" if column.low is None else f"{column.low:g}"
    high = "" if column.high is None else f"{column.high:g}"
    return f"{low} to {high}" if high else f"{low} or more"
