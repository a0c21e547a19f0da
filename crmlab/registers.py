"""Is a new business customer what it says? Facts stated, held against public registers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns

# One row per clue: what it means, points of evidence against the firm, and what to ask for next.
CLUES: dict[str, tuple[str, int, str]] = {
    "not in trade register": ("no entry under the number", 5, "the original of the licence, seen by us"),
    "another name": ("the number belongs to another name", 5, "the original of the licence, seen by us"),
    "closed in trade register": ("dissolved or insolvent", 5, "nothing: stop, unless the register is wrong"),
    "on the court list": ("insolvent in the court's list", 4, "a letter of the insolvency court"),
    "no tax entry": ("no entry in the tax register", 2, "last quarter's tax receipt"),
    "closed in tax register": ("dissolved in the tax register", 4, "last quarter's tax receipt"),
    "stale tax entry": ("not renewed for 600 days or more", 2, "last quarter's tax receipt"),
    "address in neither": ("the address stands in no register", 1, "rent contract or a visit"),
    "person in neither": ("who signs stands in no register", 2, "power of attorney, by post to the firm"),
    "shared address": ("three or more applicants have this address", 2, "a visit to the address"),
    "young firm": ("two years old or less", 1, "two references from suppliers"),
}  # fmt: skip
STALE_DAYS = 600


def plain_name(names: pd.Series) -> pd.Series:
    """Write firms' names alike: small letters, no dots, and one word for each legal form.

    Parameters
    ----------
    names : Series
        Names of firms.

    Returns
    -------
    Series
        The names in one spelling, on the same index.

    Examples
    --------
    >>> plain_name(pd.Series(["Tin Hotel Co. Ltd", "Tin  Hotel Company Limited"])).tolist()
    ['tin hotel', 'tin hotel']
    """
    text = names.astype(object).where(names.notna(), "")
    plain = text.astype("str").str.casefold().str.replace(r"[.,]", "", regex=True)
    plain = plain.str.replace(r"\b(company|co|limited|ltd)\b", "", regex=True)
    return plain.str.split().str.join(" ")


def register_clues(firms: pd.DataFrame, entries: pd.DataFrame, *, as_of: str | pd.Timestamp) -> pd.DataFrame:
    """Hold what each firm says of itself against three registers; one True or False per clue.

    An honest firm may differ too: a short form of its name, a branch, a move that one register has not heard
    of. So names are compared in one spelling, and an address or a person counts against a firm only if it
    stands in **no** register.

    Parameters
    ----------
    firms : DataFrame
        One row per firm, contract ``new_firms``.
    entries : DataFrame
        Register entries, contract ``register_entries``.
    as_of : str or Timestamp
        The day of the check; age of entries and firms is counted to it.

    Returns
    -------
    DataFrame
        ``firm_id`` and one column of True or False for each clue of `clue_table`; in the order of `firms`.

    Raises
    ------
    DataError
        If a table breaks its contract.

    Examples
    --------
    >>> import crmlab as crm
    >>> world = crm.make_protected(250, rng=1)
    >>> register_clues(world.new_firms, world.register_entries, as_of="2023-12-31").shape
    (80, 12)
    """
    check(firms, "new_firms")
    check(entries, "register_entries")
    day = pd.Timestamp(as_of)
    seen = {
        register: entries[entries["register"] == register]
        .sort_values("entry_date")
        .drop_duplicates("registration_no", keep="last")
        .set_index("registration_no")
        .reindex(firms["registration_no"])
        .set_axis(firms.index)
        for register in ("trade register", "tax register", "court list")
    }
    trade, tax, court = seen["trade register"], seen["tax register"], seen["court list"]
    in_trade, in_tax = trade["company"].notna(), tax["company"].notna()
    own = plain_name(firms["company"])
    other_name = (in_trade & (plain_name(trade["company"]) != own)) | (
        in_tax & (plain_name(tax["company"]) != own)
    )

    def nowhere(column: str) -> pd.Series:
        return (in_trade | in_tax) & (trade[column] != firms[column]) & (tax[column] != firms[column])

    clues = {
        "not in trade register": ~in_trade,
        "another name": other_name,
        "closed in trade register": in_trade & (trade["status"] != "active"),
        "on the court list": court["company"].notna(),
        "no tax entry": ~in_tax,
        "closed in tax register": in_tax & (tax["status"] != "active"),
        "stale tax entry": in_tax & ((day - tax["entry_date"]).dt.days >= STALE_DAYS),
        "address in neither": nowhere("address"),
        "person in neither": nowhere("legal_person"),
        "shared address": firms.groupby("address")["firm_id"].transform("size") >= 3,
        "young firm": day.year - firms["founded_year"] <= 2,
    }
    table = pd.DataFrame({name: np.asarray(found, dtype=bool) for name, found in clues.items()})
    table.insert(0, "firm_id", firms["firm_id"].to_numpy())
    return table


def clue_table() -> pd.DataFrame:
    """List the clues, their points of evidence and what to ask for next, as data.

    Returns
    -------
    DataFrame
        ``clue``, ``meaning``, ``points`` (against the firm; ours, by judgement) and ``ask_for``.

    Examples
    --------
    >>> clue_table()["points"].max()
    np.int64(5)
    """
    rows = [(clue, *words) for clue, words in CLUES.items()]
    return pd.DataFrame(rows, columns=["clue", "meaning", "points", "ask_for"])


def evidence_score(clues: pd.DataFrame, *, points: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Add up the points of evidence against each firm and name what to ask for next.

    Parameters
    ----------
    clues : DataFrame
        From `register_clues`.
    points : mapping, optional
        Clue to points; those of `clue_table` unless given.

    Returns
    -------
    DataFrame
        ``firm_id``, ``n_clues``, ``score`` (sum of points), ``strongest`` (the clue with most points, "none")
        and ``ask_for`` (what would clear it up).

    Raises
    ------
    DataError
        If a clue is missing or unknown.

    Examples
    --------
    >>> clues = pd.DataFrame({"firm_id": ["N1", "N2"], "young firm": [True, False]})
    >>> clues["no tax entry"] = [True, False]
    >>> found = evidence_score(clues, points={"young firm": 1, "no tax entry": 2})
    >>> found[["score", "strongest"]].to_numpy().tolist()
    [[3.0, 'no tax entry'], [0.0, 'none']]
    """
    weights = {name: words[1] for name, words in CLUES.items()} if points is None else dict(points)
    odd = [name for name in weights if name not in CLUES]
    if odd:
        raise DataError(f"there is no clue {odd[0]!r}. Allowed: {', '.join(CLUES)}.")
    require_columns(clues, ["firm_id", *weights], name="clues")
    names = list(weights)
    flags = clues[names].to_numpy(dtype=bool)
    each = flags * np.array([float(weights[name]) for name in names])
    best = np.where(flags, each + 0.5, 0.0).argmax(axis=1)  # a clue worth no points is still a clue
    some = flags.any(axis=1)
    return pd.DataFrame(
        {
            "firm_id": clues["firm_id"].to_numpy(),
            "n_clues": flags.sum(axis=1),
            "score": each.sum(axis=1),
            "strongest": np.where(some, np.array(names)[best], "none"),
            "ask_for": np.where(some, np.array([CLUES[name][2] for name in names])[best], "nothing"),
        }
    )
