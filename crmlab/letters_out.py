"""Documents for a debtor, written from the ledger: statement of account, reminders, a polite refusal."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.contracts import DataError, require_columns

LADDER = (  # from so many days after the due date: what, in Chinese, by whom
    (-5, "friendly note before the due date", "到期提醒", "accounts"),
    (3, "call: has the invoice arrived, is anything wrong?", "电话确认", "accounts"),
    (15, "first letter with the statement", "第一封催款信", "accounts"),
    (30, "second letter; sales calls; no new order without finance", "第二封催款信", "accounts and sales"),
    (60, "visit, or a written plan of instalments", "上门、分期协议", "sales and finance"),
    (90, "last letter with a day; deliveries stop", "最后通知、停止供货", "head of finance"),
    (120, "lawyer's letter, collection agency or court", "律师函、委托追收、诉讼", "head of finance"),
)
TONES = {
    "first": "Perhaps this letter has crossed with your payment. If not, please pay the amount that is due, "
    "or tell us what is wrong with the goods or the invoice: we will put it right.",
    "second": "We have not heard from you since our first letter. Please pay within ten days, or call us to "
    "agree on instalments. Until then, new orders need the consent of our finance department.",
    "last": "This is our last letter. If the amount has not come by the day below, we stop deliveries and "
    "hand the matter to our lawyer. We would much rather find a way together: please call.",
}
_PAGE = """\
<div style="max-width:44em;border:1px solid #888;padding:1em 1.4em;margin:0 0 1em;line-height:1.4">
<div><strong>{{ firm }}</strong> · Accounts · ledger@example.org</div>
<p>To: {{ name }} ({{ dealer }})<br>Date: {{ day }}</p>
<p><strong>{{ title }}</strong></p>
{{ body }}
<p>Kind regards,<br>{{ firm }}, Accounts</p>
</div>"""
_TABLE = """\
{%- set left = "padding:.1em .7em;text-align:left" -%}
{%- set right = "padding:.1em .7em;text-align:right" -%}
<table><thead><tr>{% for head in ("invoice", "issued", "due", "days overdue", "open, EUR") %}
<th style="{{ left if loop.index < 4 else right }}">{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for r in rows %}<tr>{% for cell in r %}<td style="{{ left if loop.index < 4 else right }}">{{ cell }}</td>
{% endfor %}</tr>
{% endfor %}{% if more %}<tr><td colspan="4" style="{{ left }}">and {{ more }} more</td>
<td style="{{ right }}">{{ more_eur }}</td></tr>
{% endif %}<tr><td colspan="4" style="{{ left }}"><strong>total</strong></td>
<td style="{{ right }}"><strong>{{ total }}</strong></td></tr>
</tbody></table>
<p>Of this, <strong>{{ overdue }} EUR</strong> is overdue.</p>"""
_REFUSAL = """<p>Thank you for your trust, and for your open answers. For now we deliver to you against
payment in advance{% if discount %}, with {{ discount }} off every invoice{% endif %}. This is no
judgement of you as people: {{ reason }}.</p>
<p>Send us your next yearly accounts, or name a guarantor, and we shall look
at it again on {{ again }}. After {{ orders }}
orders paid in advance we open a first limit without new papers.</p>"""


def collection_ladder(due_date: Any) -> pd.DataFrame:
    """Give the steps of collection for one invoice, with their days (催收步骤).

    Parameters
    ----------
    due_date : date or str
        Last day to pay in time.

    Returns
    -------
    DataFrame
        ``day`` (calendar day), ``days_overdue``, ``step``, ``step_zh`` and ``by`` (who does it).

    Examples
    --------
    >>> collection_ladder("2024-01-31").loc[2, "step_zh"]
    '第一封催款信'
    """
    table = pd.DataFrame(list(LADDER), columns=["days_overdue", "step", "step_zh", "by"])
    table.insert(0, "day", pd.Timestamp(due_date) + pd.to_timedelta(table["days_overdue"], unit="D"))
    return table


def statement(items: pd.DataFrame, *, dealer: str, name: str, as_of: Any, firm: str = "Pinefold") -> str:
    """Write a statement of account (对账单) as a page of HTML.

    Parameters
    ----------
    items : DataFrame
        From ``open_items``; only the rows of `dealer` are used, the oldest first, eight at most in full.
    dealer : str
        The ``dealer_id``.
    name : str
        Name on the letter. Names are escaped: ``<`` in a name stays a sign and is never code.
    as_of : date or str
        Day of the letter.
    firm : str, default "Pinefold"
        Who writes.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    DataError
        If a column is missing or the dealer owes nothing.

    Examples
    --------
    >>> items = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["V1"], "open_eur": [1250.0],
    ...     "issue_date": pd.to_datetime(["2024-01-01"]), "due_date": pd.to_datetime(["2024-01-31"]),
    ...     "days_overdue": [9]})
    >>> "1,250.00" in statement(items, dealer="a", name="A <& Co>", as_of="2024-02-09")
    True
    """
    body = _account(items, dealer)
    return _page(body, dealer, name, as_of, firm, "Statement of account 对账单")


def reminder(
    items: pd.DataFrame, *, dealer: str, name: str, step: str, as_of: Any, firm: str = "Pinefold"
) -> str:
    """Write a letter that asks for payment (催款信), with the statement in it.

    Parameters
    ----------
    items : DataFrame
        From ``open_items``.
    dealer, name : str
        As in `statement`.
    step : str
        "first", "second" or "last".
    as_of : date or str
        Day of the letter; the last letter sets a day ten days later.
    firm : str, default "Pinefold"
        Who writes.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    DataError
        As in `statement`; or if there is no such step.

    Examples
    --------
    >>> items = pd.DataFrame({"dealer_id": ["a"], "invoice_id": ["V1"], "open_eur": [1250.0],
    ...     "issue_date": pd.to_datetime(["2024-01-01"]), "due_date": pd.to_datetime(["2024-01-31"]),
    ...     "days_overdue": [99]})
    >>> "2024-05-19" in reminder(items, dealer="a", name="A", step="last", as_of="2024-05-09")
    True
    """
    if step not in TONES:
        raise DataError(f"step must be one of {', '.join(TONES)}; found {step!r}.")
    day = f"<p>Day: {pd.Timestamp(as_of) + pd.Timedelta(days=10):%Y-%m-%d}</p>" if step == "last" else ""
    body = f"<p>{TONES[step]}</p>{day}{_account(items, dealer)}"
    return _page(body, dealer, name, as_of, firm, f"{step.capitalize()} letter: an amount is due")


def refusal(
    *, dealer: str, name: str, reason: str, as_of: Any, discount: float = 0.02, orders: int = 6,
    firm: str = "Pinefold",
) -> str:  # fmt: skip
    """Write a polite refusal of credit (婉拒赊销): what we offer instead, why, and when we look again.

    Parameters
    ----------
    dealer, name : str
        The application's number and the firm's name, which is escaped.
    reason : str
        What the decision rests on, in plain words; escaped too.
    as_of : date or str
        Day of the letter; the next look is 180 days later.
    discount : float, default 0.02
        Discount for payment in advance, 0 to 1.
    orders : int, default 6
        Orders in advance after which a first limit is opened.
    firm : str, default "Pinefold"
        Who writes.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> page = refusal(dealer="A1", name="B", reason="two years of accounts are few", as_of="2024-01-01")
    >>> "2024-06-29" in page
    True
    """
    body = _fill(
        _REFUSAL, reason=reason, orders=orders, discount=f"{discount:.0%}" if discount else "",
        again=f"{pd.Timestamp(as_of) + pd.Timedelta(days=180):%Y-%m-%d}",
    )  # fmt: skip
    return _page(body, dealer, name, as_of, firm, "Your application for credit")


def _account(items: pd.DataFrame, dealer: str) -> str:
    columns = ["dealer_id", "invoice_id", "issue_date", "due_date", "open_eur", "days_overdue"]
    require_columns(items, columns, name="items")
    mine = items[items["dealer_id"] == dealer].sort_values(["due_date", "invoice_id"])
    if mine.empty:
        raise DataError(f"{dealer!r} owes nothing, so there is nothing to state. Hint: open_items(...)")
    rows = [
        (bill, f"{issued:%Y-%m-%d}", f"{due:%Y-%m-%d}", max(int(days), 0), f"{eur:,.2f}")
        for bill, issued, due, eur, days in mine.head(8)[columns[1:]].itertuples(index=False)
    ]
    late = mine.loc[mine["days_overdue"] > 0, "open_eur"].sum()
    return _fill(
        _TABLE, rows=rows, more=max(len(mine) - 8, 0), more_eur=f"{mine['open_eur'].iloc[8:].sum():,.2f}",
        total=f"{mine['open_eur'].sum():,.2f}", overdue=f"{late:,.2f}",
    )  # fmt: skip


def _page(body: str, dealer: str, name: str, as_of: Any, firm: str, title: str) -> str:
    from markupsafe import Markup

    return _fill(
        _PAGE, body=Markup(body), dealer=dealer, name=name, firm=firm, title=title,
        day=f"{pd.Timestamp(as_of):%Y-%m-%d}",
    )  # fmt: skip


def _fill(template: str, **values: Any) -> str:
    """Fill a template; whatever is put in is escaped."""
    from jinja2 import Environment, StrictUndefined

    return str(Environment(autoescape=True, undefined=StrictUndefined).from_string(template).render(**values))
