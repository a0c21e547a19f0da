"""What one published fact is, and what each must carry."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = {
    "read": "read in the public page named",
    "second-hand": "read in a page that repeats another source",
    "computed": "our own arithmetic on facts that were read",
}


@dataclass(frozen=True)
class Fact:
    """One fact of a case.

    Attributes
    ----------
    code : str
        Unique in its case, such as ``"letters"``; other facts and the lessons refer to it.
    date : str
        When it happened or was said, as exactly as it is known: ``"2007-06-29"``, ``"2007"``.
    fact : str
        The fact in one sentence, with its unit.
    source : str
        Who says so, with the day of publication where it is known.
    link : str
        Where it was read, without ``https://``; for ``computed``, the codes it is computed from.
    confidence : {"read", "second-hand", "computed"}
        See `CONFIDENCE`.
    value : float, optional
        The number in the fact, for computing with it.
    unit : str
        The unit of `value`.
    against : tuple of str
        Codes of the facts that it cannot be true together with.
    """

    code: str
    date: str
    fact: str
    source: str
    link: str
    confidence: str = "read"
    value: float | None = None
    unit: str = ""
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class Correction:
    """What the lecture says, and what the sources say.

    Attributes
    ----------
    code : str
        Unique in its case.
    lecture : str
        What the lecture says, in our words.
    sources : str
        What the sources say.
    source : str
        Who says so.
    link : str
        Where it was read, without ``https://``.
    """

    code: str
    lecture: str
    sources: str
    source: str
    link: str
