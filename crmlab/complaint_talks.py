"""The usual mistakes of handling a complaint, looked for in transcripts by rules that anybody can read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check, require_columns
from crmlab.tables.complaints import MISTAKES

_RULES = (
    ("admits early", "未查明先认错", r"\b(our fault|we made a mistake|we got that wrong)\b", "before facts",
     "fault is admitted before the first question about the facts"),
    ("quarrels", "争辩", r"\b(not true|you are wrong|do not believe)\b", "anywhere",
        "the customer is contradicted"),
    ("lectures", "说教", r"\byou (should|must|have to) (have|check|know)\b", "anywhere",
        "the customer is taught"),
    ("blames", "推卸责任", r"\b(warehouse|carrier|supplier)\b", "anywhere", "somebody else is named"),
    ("pointless question", "无谓提问", r"\b(are you sure|again|why did you not)\b.*\?", "anywhere",
     "a question that the file answers, or that accuses"),
    ("words without deeds", "光说不做", r"\b(i will|we will|i promise)\b", "no note",
     "a promise, and no note of an action in the whole talk"),
)  # fmt: skip


def mistake_rules() -> pd.DataFrame:
    """Give the rules as a table that can be read, changed and handed to `find_mistakes`.

    Returns
    -------
    DataFrame
        One row per rule: ``mistake``, ``zh``, ``pattern`` (a regular expression, small letters), ``where``
        (``"anywhere"``; ``"before facts"``: before the agent's first question; ``"no note"``: only in talks
        without a note of an action) and ``meaning``.

    Examples
    --------
    >>> mistake_rules()["mistake"].tolist()[:3]
    ['admits early', 'quarrels', 'lectures']
    """
    return pd.DataFrame(_RULES, columns=["mistake", "zh", "pattern", "where", "meaning"])


def find_mistakes(transcripts: pd.DataFrame, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Look through what agents said, turn by turn.

    Parameters
    ----------
    transcripts : DataFrame
        ``case_id``, ``turn``, ``speaker``, ``text``.
    rules : DataFrame, optional
        As `mistake_rules` gives them, which are used unless others are given.

    Returns
    -------
    DataFrame
        One row per talk and mistake found, at its first place: ``case_id``, ``mistake``, ``turn``, ``text``.

    Raises
    ------
    DataError
        If a column is missing or a rule's ``where`` is unknown.

    Examples
    --------
    >>> talk = pd.DataFrame({"case_id": "K1", "turn": [1, 2], "speaker": ["customer", "agent"],
    ...     "text": ["You are wrong!", "That is not true."]})
    >>> find_mistakes(talk)[["mistake", "turn"]].values.tolist()
    [['quarrels', 2]]
    """
    check(transcripts, "transcripts", columns=["case_id", "turn", "speaker", "text"])
    table = mistake_rules() if rules is None else rules
    require_columns(table, ["mistake", "pattern", "where"], name="rules")
    talks = transcripts.sort_values(["case_id", "turn"])
    said = talks[talks["speaker"] == "agent"]
    small = said["text"].str.lower()
    asked = said["text"].str.contains("?", regex=False).groupby(said["case_id"]).cumsum()
    noted = said["case_id"].isin(talks.loc[talks["speaker"] == "note", "case_id"])
    allowed = {"anywhere": np.ones(len(said), dtype=bool), "before facts": (asked == 0).to_numpy(),
               "no note": (~noted).to_numpy()}  # fmt: skip
    found = []
    for rule in table.itertuples():
        if rule.where not in allowed:
            raise DataError(f"where must be one of {', '.join(allowed)}; found {rule.where!r}.")
        hit = small.str.contains(str(rule.pattern).replace("(", "(?:"), regex=True).to_numpy(dtype=bool)
        rows = said.loc[hit & allowed[str(rule.where)], ["case_id", "turn", "text"]]
        found.append(rows.drop_duplicates("case_id").assign(mistake=rule.mistake))
    both = pd.concat(found, ignore_index=True)[["case_id", "mistake", "turn", "text"]]
    return both.sort_values(["case_id", "turn", "mistake"]).reset_index(drop=True)


def score_mistakes(found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Hold what was found against what was planted.

    Parameters
    ----------
    found, truth : DataFrame
        ``case_id``, ``mistake``: one row per talk and mistake.

    Returns
    -------
    DataFrame
        One row per mistake and a last row ``all``: ``planted``, ``found``, ``right``, ``false_alarms``,
        ``missed``, ``precision`` (right / found) and ``recall`` (right / planted); the two are missing where
        there is nothing to divide by.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> one = pd.DataFrame({"case_id": ["K1", "K2"], "mistake": ["blames", "blames"]})
    >>> score_mistakes(one, one.head(1)).query("mistake == 'all'")[["found", "false_alarms"]].values.tolist()
    [[2, 1]]
    """
    for frame, name in ((found, "found"), (truth, "truth")):
        require_columns(frame, ["case_id", "mistake"], name=name)
    a, b = (set(zip(t["case_id"], t["mistake"], strict=True)) for t in (found, truth))
    rows = []
    for mistake in (*MISTAKES, "all"):
        seen, real = ({x for x in s if mistake in (x[1], "all")} for s in (a, b))
        right = len(seen & real)
        rows.append((
            mistake, len(real), len(seen), right, len(seen) - right, len(real) - right,
            right / len(seen) if seen else np.nan, right / len(real) if real else np.nan,
        ))  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=["mistake", "planted", "found", "right", "false_alarms", "missed", "precision", "recall"],
    )
