"""From the reason to the action: a tree of questions, and who is let go wrongly, at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.targeting import wilson_interval

_TREE = (  # node, short, question, 中文, if yes, if no; actions are in capitals
    ("behaviour", "Is it what the\ncustomer does?",
     "Does the loss come from what the customer does, or is feared to do?",
     "损失来自客户的行为吗", "firm_fault", "risk_shared"),
    ("risk_shared", "Can the risk\nbe shared?", "Can the risk be shared for less than it costs to hold it?",
     "风险能分担吗", "SHARE", "price_carries"),
    ("price_carries", "May the price\ncarry it?",
     "Do the law and the market allow a price that carries the risk?",
     "价格能覆盖风险吗", "PRICE", "HAND OVER"),
    ("firm_fault", "Our own\nfault?", "Is the firm itself the cause: sizes, faults, wrong bills?",
     "是企业自己的原因吗", "REPAIR", "unpaid"),
    ("unpaid", "Bills not\npaid?", "Is the loss that bills are not paid?", "是不付账吗", "prepay_pays",
     "told"),
    ("prepay_pays", "Does prepaying\npay?", "Does prepaying earn more than refusing, and than paying later?",
     "预付比拒绝和后付都更赚吗", "PREPAY", "certain"),
    ("told", "Told and\nshown how?", "Have they been told, and shown another way?", "告知并教过吗",
     "fee_pays", "EDUCATE"),
    ("fee_pays", "A fee or a\nlimit pays?",
     "Does a fee or a limit earn more with them than it loses by their leaving?",
     "收费或限制多赚的比流失的多吗", "CHARGE", "cheaper"),
    ("cheaper", "A cheaper\nway?", "Is there a cheaper way to serve them?", "有更便宜的服务方式吗", "MOVE",
     "certain"),
    ("certain", "Certain, seen,\nlawful?",
     "Is it certain, seen by a person, lawful, and worth the noise?", "确定、合法、值得吗", "END", "KEEP"),
)  # fmt: skip
_ACTIONS = (
    ("SHARE", "buy reinsurance, or spread the book over places that do not fail together", "分散或再保险"),
    ("PRICE", "a price that carries the risk, the same for all in the same place", "重新定价"),
    ("HAND OVER", "fewer by place, never by past claims; with notice and another supplier", "移交给别家"),
    ("REPAIR", "remove the cause in the firm", "改正企业自身原因"),
    ("PREPAY", "sell, with payment in advance", "预付"),
    ("EDUCATE", "tell them, show them another way", "教育客户"),
    ("CHARGE", "a fee or a limit, announced beforehand, not for faults of the firm", "收费或限制"),
    ("MOVE", "a cheaper channel or product", "迁移到低成本渠道"),
    ("END", "end it: with notice, with reasons, with a way to object", "终止关系"),
    ("KEEP", "keep and watch: in doubt, for the customer", "保留并观察"),
)
OPEN = "(open)"  # where a way stops whose question nobody can answer yet


def let_go_tree() -> pd.DataFrame:
    """Give the questions from a reason to an action, as a table.

    Returns
    -------
    DataFrame
        One row per question, the first one first: ``node``, ``question``, ``中文``, ``yes`` and ``no`` (the
        next node, or an action in capitals) and ``short`` (for pictures).

    Examples
    --------
    >>> let_go_tree().loc[0, ["yes", "no"]].tolist()
    ['firm_fault', 'risk_shared']
    """
    table = pd.DataFrame(_TREE, columns=["node", "short", "question", "中文", "yes", "no"])
    return table[["node", "question", "中文", "yes", "no", "short"]]


def let_go_actions() -> pd.DataFrame:
    """Give the actions that the tree may end in.

    Returns
    -------
    DataFrame
        One row per action: ``action``, ``meaning``, ``中文``.

    Examples
    --------
    >>> let_go_actions()["action"].tolist()[-2:]
    ['END', 'KEEP']
    """
    return pd.DataFrame(_ACTIONS, columns=["action", "meaning", "中文"])


def trace_let_go(answers: Mapping[str, bool | None]) -> pd.DataFrame:
    """Walk the tree with the answers for one reason; each step is a row.

    Parameters
    ----------
    answers : mapping of node to True, False or None
        An answer for each question that is met; see ``let_go_tree()["node"]``. None means that it is open: a
        trial has not told yet, and the way stops there. More answers do no harm.

    Returns
    -------
    DataFrame
        One row per question met: ``node``, ``question``, ``answer`` (True for yes), ``leads_to`` (the next
        node; in the last row the action, or ``"(open)"`` where the answer is None).

    Raises
    ------
    DataError
        If an answer that is needed is missing or is not True, False or None, or a node does not exist.

    Examples
    --------
    >>> trace_let_go({"behaviour": False, "risk_shared": True})["leads_to"].tolist()
    ['risk_shared', 'SHARE']
    >>> trace_let_go({"behaviour": True, "firm_fault": None})["leads_to"].tolist()
    ['firm_fault', '(open)']
    """
    if not isinstance(answers, Mapping):
        raise DataError(
            f"answers must be a dict of questions and answers; found {type(answers).__name__}. "
            'Hint: {"behaviour": True}'
        )
    tree = {row[0]: row for row in _TREE}
    unknown = sorted(set(answers) - set(tree))
    if unknown:
        raise DataError(
            f"the tree has no question {unknown[0]!r}; it has {', '.join(tree)}. Hint: crm.let_go_tree()"
        )
    node = _TREE[0][0]
    steps: list[tuple[str, str, bool | None, str]] = []
    while node in tree:
        _, _, question, _, yes, no = tree[node]
        answer = answers.get(node)
        if node in answers and answer is None:
            steps.append((node, question, None, OPEN))
            break
        if not isinstance(answer, bool | np.bool_):
            raise DataError(
                f"the question {node!r} needs True or False; found {answer!r}: {question} "
                f'Hint: answers["{node}"] = True'
            )
        leads_to = yes if answer else no
        steps.append((node, question, bool(answer), leads_to))
        node = leads_to
    return pd.DataFrame(steps, columns=["node", "question", "answer", "leads_to"])


def let_go_errors(profit: Any, *, let_go: Mapping[str, Any]) -> pd.DataFrame:
    """Count for each rule who is let go wrongly, and what it costs.

    Parameters
    ----------
    profit : array-like of float
        What each customer would bring in the coming time, EUR; below 0 a loss.
    let_go : mapping of rule to array-like of bool
        For each rule, who is let go; in the order of `profit`.

    Returns
    -------
    DataFrame
        One row per rule: ``rule``, ``let_go`` (customers), ``wrongly`` (of these, customers with a profit),
        ``share_wrong`` with ``low`` and ``high`` (Wilson, 95 %; missing if nobody is let go), ``saved_eur``
        (losses ended), ``cost_eur`` (profits given up), ``net_eur`` and ``missed`` (customers with a loss who
        are kept).

    Raises
    ------
    DataError
        If a rule does not have one value for each customer, or a profit is missing.

    Examples
    --------
    >>> errors = let_go_errors([-10, 40, 5], let_go={"both": [True, True, False]})
    >>> errors.loc[0, ["wrongly", "net_eur"]].tolist()
    [1.0, -30.0]
    """
    try:
        money = np.asarray(profit, dtype=float)
    except (TypeError, ValueError):
        raise DataError("profit must hold a number for each customer; found text.") from None
    if not isinstance(let_go, Mapping):
        raise DataError(
            f"let_go must be a dict of rules; found {type(let_go).__name__}. "
            'Hint: {"my rule": [True, False]}'
        )
    if not np.isfinite(money).all():
        raise DataError(
            f"profit has {int((~np.isfinite(money)).sum()):,} missing or infinite value(s). "
            "Hint: take these customers out, and say how many"
        )
    rows = []
    for rule, flags in let_go.items():
        gone = np.asarray(flags)
        if gone.shape != money.shape or gone.dtype != bool:
            raise DataError(
                f"the rule {rule!r} needs True or False for each of the {len(money):,} customers; found "
                f"{gone.size:,} of {gone.dtype}."
            )
        wrong = gone & (money > 0)
        low, high = wilson_interval(wrong.sum(), gone.sum())
        saved, cost = 0.0 - money[gone & (money <= 0)].sum(), money[wrong].sum()
        share = wrong.sum() / gone.sum() if gone.any() else np.nan
        rows.append(
            (rule, int(gone.sum()), int(wrong.sum()), share, float(low), float(high), saved, cost,
             saved - cost, int((~gone & (money < 0)).sum()))
        )  # fmt: skip
    columns = ["rule", "let_go", "wrongly", "share_wrong", "low", "high", "saved_eur", "cost_eur", "net_eur",
               "missed"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def let_go_groups(people: pd.DataFrame, *, group: str, let_go: str, without_fault: str) -> pd.DataFrame:
    """Ask whether a rule hits one group more than another, among those without fault.

    Parameters
    ----------
    people : DataFrame
        One row per customer.
    group, let_go, without_fault : str
        Columns: the group, whether the rule lets the customer go (bool), whether there is no fault (bool).

    Returns
    -------
    DataFrame
        One row per group, sorted by name: ``group``, ``customers`` (without fault), ``hit``, ``share`` with
        ``low`` and ``high`` (Wilson, 95 %; missing without customers) and ``times`` (the share over that of
        all without fault; missing if nobody is hit).

    Raises
    ------
    DataError
        If a column is missing, or is not True or False.

    Examples
    --------
    >>> people = pd.DataFrame({"g": ["a", "a", "b", "b"], "out": [True, False, False, False], "ok": True})
    >>> let_go_groups(people, group="g", let_go="out", without_fault="ok")["times"].tolist()
    [2.0, 0.0]
    """
    require_columns(people, [group, let_go, without_fault], name="people")
    for name in (let_go, without_fault):
        if people[name].dtype != bool:
            raise DataError(
                f"people: the column {name!r} must hold True or False; found {people[name].dtype}. "
                f'Hint: people["{name}"] = people["{name}"].astype(bool)'
            )
    fair = people[people[without_fault]]
    every = sorted(people[group].dropna().unique(), key=lambda name: (str(type(name)), name))
    count = fair.groupby(group)[let_go].agg(["size", "sum"]).reindex(every, fill_value=0)
    n, hit = count["size"].to_numpy(dtype=float), count["sum"].to_numpy(dtype=float)
    low, high = wilson_interval(hit, n)
    base = hit.sum() / n.sum() if n.sum() else 0.0
    share = np.divide(hit, n, out=np.full(len(n), np.nan), where=n > 0)
    return pd.DataFrame(
        {
            "group": every, "customers": n.astype(np.int64), "hit": hit.astype(np.int64), "share": share,
            "low": low, "high": high, "times": share / base if base > 0 else np.full(len(n), np.nan),
        }
    )  # fmt: skip
