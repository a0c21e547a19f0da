"""What each table must look like: the one source of checks and of the data dictionary."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd


class DataError(ValueError):
    """Input that cannot be used: names the value, what is allowed and the cure.

    In a notebook it shows as its one sentence, without the traceback.
    """

    def _render_traceback_(self, *_: Any) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, unit and meaning (English and Chinese), range and duties."""

    name: str
    kind: str
    unit: str
    meaning: str
    zh: str
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    required: bool = True
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its name, the columns that identify a row, and its columns in order."""

    name: str
    key: tuple[str, ...]
    meaning: str
    zh: str
    columns: tuple[Column, ...]


CUSTOMER_KINDS = ("consumer", "business")
REGIONS = ("North", "East", "South", "West")
CHANNELS = ("shop", "online", "sales visit")
CATEGORIES = ("furniture", "textiles", "kitchen", "lighting", "decoration", "garden")
CONTACT_CHANNELS = ("phone", "email", "chat", "visit")
LEAVE_REASONS = ("moved away", "price", "competitor", "service", "no more need")
RESPONSE_TYPES = ("persuadable", "buys anyway", "not interested", "do not disturb")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_date = "calendar day"

# fmt: off
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "customers",
            ("customer_id",),
            "one row per customer: what the firm has written down about them",
            "客户主表",
            (
                _customer,
                Column(
                    "customer_kind", "category", "", "buys for a home or for a firm", "客户类型",
                    allowed=CUSTOMER_KINDS,
                ),
                Column("join_date", "day", _date, "day of the first purchase", "首次购买日"),
                Column("region", "category", "", "sales region", "地区", allowed=REGIONS),
                Column(
                    "acquired_through", "category", "", "how the customer was won", "获客渠道",
                    allowed=("shop", "search", "referral", "sales visit"),
                ),
                Column(
                    "birth_year", "number", "year", "year of birth; consumers only", "出生年份",
                    low=1900, high=2010, nullable=True,
                ),
                Column(
                    "household_size", "number", "people", "people in the home; consumers only", "家庭人数",
                    low=1, high=12, nullable=True,
                ),
                Column(
                    "sector", "category", "", "line of business; business buyers only", "行业",
                    allowed=("hotel", "office", "restaurant", "interior design"), nullable=True,
                ),
                Column("newsletter", "flag", "", "has agreed to receive the newsletter", "订阅通讯"),
            ),
        ),
        Table(
            "orders",
            (),
            "one row per order; a refund is a row with a negative amount",
            "订单表",
            (
                Column(
                    "order_id", "id", "", "the order; a refund's number starts with R", "订单编号",
                    required=False,
                ),
                _customer,
                Column("order_date", "day", _date, "day of the order or of the refund", "订单日期"),
                Column("amount_eur", "money", "EUR", "paid, without tax; negative for a refund", "金额"),
                Column(
                    "margin_eur", "money", "EUR", "amount less the cost of the goods", "毛利",
                    required=False,
                ),
                Column(
                    "channel", "text", "", "where the order was placed",
                    "渠道", required=False, nullable=True,
                ),
                Column(
                    "category", "text", "", "kind of goods of the order's main item", "品类",
                    required=False, nullable=True,
                ),
            ),
        ),
        Table(
            "returns",
            ("order_id",),
            "one row per refund: which order it takes back, why, and what handling it cost",
            "退货表",
            (
                Column("order_id", "id", "", "the refund's number in orders", "退货单号"),
                Column("sold_order_id", "id", "", "the order that is taken back", "原订单编号"),
                _customer,
                Column("return_date", "day", _date, "day the goods came back", "退货日期"),
                Column(
                    "reason", "category", "", "reason given by the customer", "退货原因",
                    allowed=("changed mind", "damaged", "wrong size", "late delivery"),
                ),
                Column("handling_cost_eur", "money", "EUR", "transport and checking", "处理成本", low=0),
            ),
        ),
        Table(
            "campaigns",
            ("campaign_id",),
            "one row per mailing; who received it was drawn by lot",
            "营销活动表",
            (
                Column("campaign_id", "id", "", "the mailing", "活动编号"),
                Column("start_date", "day", _date, "day the letters arrive", "开始日期"),
                Column("end_date", "day", _date, "last day of the response window", "结束日期"),
                Column(
                    "letter_cost_eur", "money", "EUR per letter", "printing and postage",
                    "单封成本", low=0,
                ),
            ),
        ),
        Table(
            "letters",
            ("campaign_id", "customer_id"),
            "one row per mailing and customer known on that day: the result of the draw",
            "活动分配表",
            (
                Column("campaign_id", "id", "", "the mailing", "活动编号"),
                _customer,
                Column(
                    "treated", "flag", "", "True: drawn to receive the letter; False: kept out as control",
                    "是否寄送",
                ),
            ),
        ),
        Table(
            "contacts",
            ("contact_id",),
            "one row per contact that the customer started, or visit that the firm paid",
            "客户接触表",
            (
                Column("contact_id", "id", "", "the contact", "接触编号"),
                _customer,
                Column("contact_date", "day", _date, "day of the contact", "接触日期"),
                Column("channel", "category", "", "how", "接触渠道", allowed=CONTACT_CHANNELS),
                Column("minutes", "number", "minutes", "working time of staff", "时长", low=0, high=600),
                Column("cost_eur", "money", "EUR", "cost of that time and of the channel", "成本", low=0),
            ),
        ),
        Table(
            "survey",
            ("customer_id", "survey_date"),
            "one row per answered questionnaire; about three in ten answer",
            "满意度调查表",
            (
                _customer,
                Column("survey_date", "day", _date, "day of the answer", "调查日期"),
                Column("satisfaction", "number", "1 to 5", "5 = very satisfied", "满意度", low=1, high=5),
                Column(
                    "recommend", "number", "0 to 10", "10 = would surely recommend us",
                    "推荐意愿", low=0, high=10,
                ),
            ),
        ),
        Table(
            "complaints",
            ("complaint_id",),
            "one row per complaint that reached the firm; many problems are never reported",
            "投诉表",
            (
                Column("complaint_id", "id", "", "the complaint", "投诉编号"),
                _customer,
                Column("complaint_date", "day", _date, "day it was received", "投诉日期"),
                Column(
                    "cause", "category", "", "what went wrong", "投诉原因",
                    allowed=("late delivery", "damaged goods", "wrong bill", "rude service"),
                ),
                Column(
                    "days_to_resolve", "number", "days", "from receipt to the last answer",
                    "处理天数", low=0, high=120,
                ),
                Column(
                    "outcome", "category", "", "how it ended for the customer", "处理结果",
                    allowed=("solved quickly", "solved late", "not solved"),
                ),
                Column("compensation_eur", "money", "EUR", "paid to the customer", "补偿金额", low=0),
            ),
        ),
        Table(
            "truth",
            ("customer_id",),
            "one row per customer: what the generator knows and an analyst cannot see",
            "真值表",
            (
                _customer,
                Column(
                    "purchase_rate_week", "number", "orders per week",
                    "how often they buy while they are a customer", "真实购买率", low=0,
                ),
                Column("dropout_rate_week", "number", "per week", "hazard of leaving", "真实流失率", low=0),
                Column("left_date", "day", _date, "first day on which they no longer buy", "真实离开日"),
                Column("leave_reason", "category", "", "why they leave", "离开原因", allowed=LEAVE_REASONS),
                Column(
                    "mean_order_eur", "money", "EUR per order", "their long-run mean amount of an order",
                    "真实客单价", low=0,
                ),
                Column(
                    "margin_share", "share", "", "margin of their orders as a share of the amount",
                    "真实毛利率", low=0, high=1,
                ),
                Column(
                    "return_rate", "share", "", "chance that an order comes back",
                    "真实退货率", low=0, high=1,
                ),
                Column(
                    "service_cost_eur_year", "money", "EUR per year",
                    "mean cost of their contacts while they are a customer", "真实服务成本", low=0,
                ),
                Column(
                    "satisfaction_score", "number", "standard deviations",
                    "hidden satisfaction; 0 is average", "真实满意度",
                ),
                Column(
                    "response_type", "category", "", "how a letter changes them",
                    "真实响应类型", allowed=RESPONSE_TYPES,
                ),
                Column(
                    "letter_effect", "number", "orders per letter",
                    "change in expected orders that one letter makes while they are a customer; "
                    "negative for those it annoys",
                    "真实信件效应", low=-1, high=1,
                ),
            ),
        ),
    )
}
# fmt: on

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
    crmlab.contracts.DataError: orders lacks the column 'order_date'; it has 'customer_id', 'orderdate',
    'amount_eur'. Hint: orders.rename(columns={"orderdate": "order_date"})
    """
    if table not in TABLES:
        raise DataError(f"there is no contract named {table!r}. Allowed: {', '.join(TABLES)}.")
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
    crmlab.contracts.DataError: orders lacks the column 'amount_eur'; it has 'amount'.
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
    crmlab.contracts.DataError: orders: the column 'amount_eur' must hold numbers; found str such as '12.50'.
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
    import pandera.pandas as pa

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
    import pandera.pandas as pa

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
        raise DataError(f"there is no contract named {table!r}. Allowed: {', '.join(TABLES)}.")
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


def _range(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    if column.low is None and column.high is None:
        return ""
    low = "" if column.low is None else f"{column.low:g}"
    high = "" if column.high is None else f"{column.high:g}"
    return f"{low} to {high}" if high else f"{low} or more"
