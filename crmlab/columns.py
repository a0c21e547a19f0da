"""Which column of somebody's file is which of ours: as they say, else by a well-known name."""

from __future__ import annotations

import csv
import difflib
import io
import re
import shlex
from collections.abc import Mapping, Sequence

from crmlab.contracts import TABLES, DataError

NEEDED = ("customer_id", "order_date", "amount_eur")
ALLOWED = tuple(column.name for column in TABLES["orders"].columns)
QUANTITY = ("quantity", "qty", "units", "pieces", "menge", "anzahl", "数量")
PRICE = ("unitprice", "price", "priceperunit", "itemprice", "preis", "stückpreis", "单价", "价格")
KNOWN = {
    "order_id": (
        "orderid", "orderno", "ordernumber", "ordernr", "ordercode", "order", "invoice", "invoiceno",
        "invoicenumber", "invoiceid", "transactionid", "receiptno", "receiptid", "bestellnummer", "bestellnr",
        "auftragsnummer", "rechnungsnummer", "rechnungsnr", "订单编号", "订单号", "发票号",
        "发票编号", "交易编号",
    ),
    "customer_id": (
        "customerid", "customer", "customerno", "customernumber", "customercode", "custid", "cust",
        "clientid", "client", "buyerid", "buyer", "userid", "memberid", "kundennummer", "kundennr", "kunde",
        "客户编号", "客户", "顾客编号", "会员编号", "用户id",
    ),
    "order_date": (
        "orderdate", "date", "invoicedate", "purchasedate", "transactiondate", "saledate", "orderdatetime",
        "datetime", "timestamp", "createdat", "day", "bestelldatum", "datum",
        "订单日期", "日期", "购买日期", "下单时间",
    ),
    "amount_eur": (
        "amounteur", "amount", "total", "totalamount", "ordertotal", "orderamount", "totalprice",
        "ordervalue",
        "revenue", "sales", "turnover", "spend", "linetotal", "value", "betrag", "summe", "umsatz",
        "金额", "订单金额", "销售额",
    ),
}  # fmt: skip


def parse_columns(text: str) -> dict[str, str]:
    """Read a mapping written as ``ours=theirs`` pairs with commas between them.

    Parameters
    ----------
    text : str
        Such as ``"customer_id=CustomerID,amount_eur=Quantity*UnitPrice"``; "" is an empty mapping. A pair
        that holds a comma is put between double quotation marks.

    Returns
    -------
    dict of str to str
        Our name to the file's column, or to a product of two columns for ``amount_eur``.

    Raises
    ------
    DataError
        If a pair has no ``=``, or names one of our columns that does not exist or comes twice.

    Examples
    --------
    >>> parse_columns("customer_id=Kunde, amount_eur=Menge*Preis")
    {'customer_id': 'Kunde', 'amount_eur': 'Menge*Preis'}
    """
    if not isinstance(text, str):
        raise DataError(
            f"columns must be text such as 'customer_id=CustomerID'; found {type(text).__name__}."
        )
    columns: dict[str, str] = {}
    for pair in next(csv.reader([text.strip()], skipinitialspace=True), []):
        ours, equal, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and equal and theirs):
            raise DataError(
                f"columns: {pair!r} is not of the form ours=theirs. Hint: customer_id=CustomerID."
            )
        if ours in columns:
            raise DataError(f"columns: {ours!r} is given twice, as {columns[ours]!r} and as {theirs!r}.")
        columns[ours] = theirs
    check_targets(columns)
    return columns


def find_columns(names: list[str], given: Mapping[str, str], path: str) -> tuple[dict[str, str], list[str]]:
    """Find every needed column: as given, else by our own name, else by the one well-known name that fits."""
    for ours, theirs in given.items():
        for name in factors(theirs, names) if ours == "amount_eur" else [theirs]:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f" Hint: {ours}={theirs.replace(name, near[0])}." if near else ""
                raise DataError(f"{path} has no column {name!r} for {ours}; it has {_list(names)}.{hint}")
    used = {part for theirs in given.values() for part in factors(theirs, names)}
    free = [name for name in names if name not in used]
    found, lost = dict(given), {}
    for ours in ALLOWED:
        if ours in found:
            continue
        fits = [ours] if ours in names else [name for name in names if _bare(name) == _bare(ours)]
        fits = fits or [name for name in free if _bare(name) in KNOWN.get(ours, ())]
        if ours == "amount_eur" and not fits:
            fits = [
                f"{quantity}*{price}"
                for quantity in free
                for price in free
                if _bare(quantity) in QUANTITY and _bare(price) in PRICE
            ]
        if len(fits) == 1:
            found[ours] = fits[0]
        elif ours in NEEDED or fits:
            lost[ours] = fits
    doubtful = {ours: lost.pop(ours) for ours in list(lost) if ours not in NEEDED}
    if lost:
        ours, fits = next(iter(lost.items()))
        what = f"several columns could be {ours}: {_list(fits)}" if fits else f"no column looks like {ours}"
        best = {name: found.get(name) or _nearest(name, lost[name] or free) for name in NEEDED}
        hint = f"--columns {shlex.quote(columns_text(best))}"
        data = any(re.fullmatch(r"[\d.,:/\- ]+", name) for name in names)
        first = " Its first line seems to be data: add a header." if data else ""
        raise DataError(f"{path}: {what}; the file has {_list(names)}.{first} Hint: {hint}")
    ordered = {ours: found[ours] for ours in ALLOWED if ours in found}
    notes = [f"{o} is read from {t!r}, by its name" for o, t in ordered.items() if o not in given and o != t]
    notes += [f"several columns could be {o}: {_list(fits)}; none is used" for o, fits in doubtful.items()]
    return ordered, notes


def factors(theirs: str, names: Sequence[str]) -> list[str]:
    """One column, or the two of a product; a column whose own name holds ``*`` comes first."""
    return [theirs] if theirs in names else [part.strip() for part in theirs.split("*", 1)]


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _nearest(ours: str, names: Sequence[str]) -> str:
    """The file's column whose name is most like a well-known one; "?" when none is."""

    def likeness(name: str) -> float:
        return max(difflib.SequenceMatcher(None, _bare(name), known).ratio() for known in KNOWN[ours])

    best = max(names, key=likeness, default="?")
    return best if best != "?" and ("*" in best or likeness(best) > 0.5) else "?"


def unused_columns(names: Sequence[str], columns: Mapping[str, str]) -> tuple[str, ...]:
    """Name the file's columns that no column of ours is read from."""
    used = {part for theirs in columns.values() for part in factors(theirs, names)}
    return tuple(name for name in names if name not in used)


def columns_text(columns: Mapping[str, str]) -> str:
    """Write a mapping in the form that `parse_columns` reads."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([f"{ours}={theirs}" for ours, theirs in columns.items()])
    return text.getvalue()


def check_targets(columns: Mapping[str, str]) -> None:
    """Raise `DataError` if a mapping is not text to text, or names a column that is not ours."""
    if not isinstance(columns, Mapping):
        raise DataError(f"columns must map our names to the file's; found {type(columns).__name__}.")
    for ours, theirs in columns.items():
        if not isinstance(theirs, str):
            raise DataError(f"columns: {ours!r} must be given as text; found {theirs!r}.")
        if ours not in ALLOWED:
            near = difflib.get_close_matches(str(ours), ALLOWED, n=1)
            hint = f" Hint: {near[0]}={theirs}." if near else ""
            raise DataError(f"columns: {ours!r} is none of our columns. Allowed: {', '.join(ALLOWED)}.{hint}")


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(repr(name) for name in names[:20]) + more
