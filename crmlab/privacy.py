"""How well a file hides the people in it: k-anonymity, l-diversity, coarser values, the linking attack.

Measured with the library pycanon behind one small door (`privacy_levels`); groups are counted with pandas.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

LADDERS: dict[str, tuple[str, ...]] = {  # how coarse each column may become, step by step
    "birth_date": ("day", "year", "5 years", "10 years", "20 years", "all"),
    "sex": ("as it is", "all"),
    "district": ("6 digits", "4 digits", "2 digits", "all"),
    "household_size": ("as it is", "1, 2, 3+", "all"),
}


def group_sizes(people: pd.DataFrame, *, quasi: Sequence[str]) -> pd.Series:
    """Count how many people share all of a person's quasi-identifiers (准标识符), that person included.

    Parameters
    ----------
    people : DataFrame
        One row per person.
    quasi : sequence of str
        The columns that an outsider may know. A missing value is a value of its own.

    Returns
    -------
    Series
        ``group_size``, on the index of `people`; the smallest is k, and 1 means alone.

    Raises
    ------
    DataError
        If a column is missing, or none is named.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: a model for protecting privacy. *International Journal of Uncertainty,
    Fuzziness and Knowledge-Based Systems* 10(5), 557-570. doi:10.1142/S0218488502001648

    Examples
    --------
    >>> people = pd.DataFrame({"born": [1980, 1980, 1991], "sex": ["F", "F", "M"]})
    >>> group_sizes(people, quasi=["born", "sex"]).tolist()
    [2, 2, 1]
    """
    names = _columns(people, quasi)
    sizes = people.groupby(names, dropna=False, observed=True, sort=False)[names[0]].transform("size")
    return sizes.astype("int64").rename("group_size")


def privacy_levels(people: pd.DataFrame, *, quasi: Sequence[str], sensitive: str) -> pd.Series:
    """Measure k-anonymity and l-diversity (k-匿名, l-多样性) of a file with the library pycanon.

    Parameters
    ----------
    people : DataFrame
        One row per person, as it would leave the house.
    quasi : sequence of str
        The columns that an outsider may know.
    sensitive : str
        The column that nobody should learn. A missing value counts as a value, "(missing)".

    Returns
    -------
    Series
        ``k`` (size of the smallest group), ``l`` (fewest different sensitive values in a group), ``groups``,
        ``alone_share`` (share of people in a group of one) and ``same_value_share`` (share of people in a
        group in which all have the same sensitive value).

    Raises
    ------
    DataError
        If a column or all rows are missing, or the sensitive column is also a quasi-identifier.

    References
    ----------
    Machanavajjhala, A., Kifer, D., Gehrke, J., Venkitasubramaniam, M. (2007). l-diversity: privacy beyond
    k-anonymity. *ACM Transactions on Knowledge Discovery from Data* 1(1), 3. doi:10.1145/1217299.1217302
    Sáinz-Pardo Díaz, J., López García, Á. (2022). A Python library to check the level of anonymity of a
    dataset. *Scientific Data* 9, 785. doi:10.1038/s41597-022-01894-2

    Examples
    --------
    >>> people = pd.DataFrame({"born": [1980, 1980, 1991, 1991], "reason": list("abcc")})
    >>> privacy_levels(people, quasi=["born"], sensitive="reason").to_dict()
    {'k': 2.0, 'l': 1.0, 'groups': 2.0, 'alone_share': 0.0, 'same_value_share': 0.5}
    """
    names = _columns(people, quasi)
    require_columns(people, [sensitive], name="people")
    if sensitive in names:
        raise DataError(
            f"sensitive {sensitive!r} is also a quasi-identifier. Hint: take it out of one of the two."
        )
    if people.empty:
        raise DataError("people has no rows: nothing can be measured. Hint: check the filter before it.")
    from pycanon import anonymity

    plain = people[[*names, sensitive]].reset_index(drop=True)  # pycanon counts rows from 0 and drops gaps
    plain = plain.astype(object).where(plain.notna(), "(missing)").astype(str)
    plain["nothing"] = (
        ""  # pycanon is not ready for a single column with pandas 3; a constant changes nothing
    )
    k = anonymity.k_anonymity(plain, [*names, "nothing"])
    many = anonymity.l_diversity(plain, [*names, "nothing"], [sensitive])
    groups = plain.groupby(names)[sensitive]
    same = groups.transform("nunique") == 1
    alone = groups.transform("size") == 1
    found = (k, many, groups.ngroups, alone.mean(), same.mean())
    return pd.Series(found, index=["k", "l", "groups", "alone_share", "same_value_share"], dtype=float)


def generalise(people: pd.DataFrame, *, levels: Mapping[str, str]) -> pd.DataFrame:
    """Make columns coarser (泛化): a year for a day, two digits for six, "all" for everything.

    Parameters
    ----------
    people : DataFrame
        With the columns named in `levels`.
    levels : mapping
        Column to step, such as ``{"birth_date": "5 years", "district": "2 digits"}``; the steps of a column
        are ``birth_date``: day, year, 5 years, 10 years, 20 years, all; ``sex``: as it is, all;
        ``district``: 6 digits, 4 digits, 2 digits, all; ``household_size``: as it is, "1, 2, 3+", all.

    Returns
    -------
    DataFrame
        All columns of `people`; those in `levels` as text.

    Raises
    ------
    DataError
        If a column has no ladder or its ladder no such step.

    Examples
    --------
    >>> people = pd.DataFrame({"birth_date": pd.to_datetime(["1987-03-05"]), "district": ["020304"]})
    >>> generalise(people, levels={"birth_date": "5 years", "district": "2 digits"}).iloc[0].tolist()
    ['1985-1989', '02****']
    """
    require_columns(people, levels, name="people")
    made = people.copy()
    for column, level in levels.items():
        if level not in LADDERS.get(column, ()):
            steps = "; ".join(f"{name}: {', '.join(ladder)}" for name, ladder in LADDERS.items())
            raise DataError(f"{column!r} cannot be made {level!r}. Allowed: {steps}.")
        made[column] = _coarser(people[column], level)
    return made


def _coarser(values: pd.Series, level: str) -> pd.Series:
    if level == "all":
        return pd.Series("all", index=values.index, dtype="str")
    if level in ("as it is", "6 digits"):
        return values.astype("str")
    if level == "day":
        return values.dt.strftime("%Y-%m-%d").astype("str")
    if level == "1, 2, 3+":
        return values.clip(upper=3).astype("str").replace("3", "3+")
    if level.endswith("digits"):
        keep = int(level[0])
        return values.str[:keep] + "*" * (6 - keep)
    width = 1 if level == "year" else int(level.split()[0])
    first = values.dt.year // width * width
    return (
        first.astype("str") if width == 1 else first.astype("str") + "-" + (first + width - 1).astype("str")
    )


def generalisation_lattice(
    people: pd.DataFrame,
    *,
    k: int,
    diversity: int = 1,
    sensitive: str = "",
    fixed: Mapping[str, str] | None = None,
    most_suppressed: float = 0.05,
) -> pd.DataFrame:
    """Try every combination of steps (full-domain generalisation) and say which keep k and l.

    A person in a group that is too small, or not diverse enough, is taken out (suppressed); a combination is
    ``safe`` if no more than `most_suppressed` of the people are. It is ``minimal`` if it is safe and no finer
    combination (each column as fine or finer) is.

    Parameters
    ----------
    people : DataFrame
        With some of the columns ``birth_date``, ``sex``, ``district``, ``household_size``, unchanged.
    k : int
        Smallest group allowed, 1 or more.
    diversity : int, default 1
        Fewest different sensitive values in a group (l); 1 asks for nothing.
    sensitive : str, optional
        Needed if `diversity` is above 1.
    fixed : mapping, optional
        Columns that stay at one step, such as ``{"household_size": "all"}``.
    most_suppressed : float, default 0.05
        Share of people who may be taken out, 0 to 1.

    Returns
    -------
    DataFrame
        One row per combination: a column for each step, ``suppressed_share``, ``loss`` (mean height on the
        ladders, 0 to 1), ``safe`` and ``minimal``; the least loss first.

    Raises
    ------
    DataError
        If k, l or the share is out of range, a name is missing, or no column has a ladder.

    References
    ----------
    Samarati, P. (2001). Protecting respondents' identities in microdata release. *IEEE Transactions on
    Knowledge and Data Engineering* 13(6), 1010-1027. doi:10.1109/69.971193

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "M"], "district": ["010101", "010102", "010101"]})
    >>> found = generalisation_lattice(people, k=3, most_suppressed=0)
    >>> found.loc[found["minimal"], ["sex", "district"]].to_numpy().tolist()
    [['all', '4 digits']]
    """
    for name, value, low in (("k", k, 1), ("diversity", diversity, 1)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
            raise DataError(f"{name} must be a whole number of {low} or more; found {value!r}.")
    if not 0 <= most_suppressed <= 1:
        raise DataError(f"most_suppressed must be a share from 0 to 1; found {most_suppressed!r}.")
    if diversity > 1:
        require_columns(people, [sensitive], name="people")
    fixed = dict(fixed or {})
    names = [name for name in LADDERS if name in people.columns]
    if not names or people.empty:
        raise DataError(
            f"people needs rows and one of {', '.join(LADDERS)}; "
            f"it has {', '.join(map(str, people.columns))}."
        )
    ladders = {name: (fixed[name],) if name in fixed else LADDERS[name] for name in names}
    codes = {
        (name, level): _codes(generalise(people[[name]], levels={name: level})[name])
        for name, ladder in ladders.items()
        for level in ladder
    }
    secret = _codes(people[sensitive].astype("str")) if diversity > 1 else None
    rows = []
    for steps in itertools.product(*(range(len(ladder)) for ladder in ladders.values())):
        at = dict(zip(names, steps, strict=True))
        group = np.zeros(len(people), dtype=np.int64)
        for name, step in at.items():
            code = codes[name, ladders[name][step]]
            group = _codes(pd.Series(group * (int(code.max()) + 1) + code))
        bad = np.bincount(group)[group] < k
        if secret is not None:
            pairs = np.unique(group * (int(secret.max()) + 1) + secret) // (int(secret.max()) + 1)
            bad |= np.bincount(pairs, minlength=int(group.max()) + 1)[group] < diversity
        heights = [step / max(1, len(ladders[name]) - 1) for name, step in at.items()]
        row = {name: ladders[name][step] for name, step in at.items()}
        rows.append(
            (*row.values(), float(bad.mean()), sum(heights) / len(heights), bad.mean() <= most_suppressed)
        )
    table = pd.DataFrame(rows, columns=[*names, "suppressed_share", "loss", "safe"])
    table["minimal"] = _minimal(table, ladders)
    return table.sort_values(["loss", *names], kind="stable", ignore_index=True)


def _codes(values: pd.Series) -> np.ndarray:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _minimal(table: pd.DataFrame, ladders: Mapping[str, Sequence[str]]) -> list[bool]:
    steps = np.array([[ladders[c].index(v) for v in table[c]] for c in ladders]).T
    safe = table["safe"].to_numpy(dtype=bool)
    good = steps[safe]
    return [
        bool(ok and not ((good <= one).all(axis=1) & (good < one).any(axis=1)).any())
        for one, ok in zip(steps, safe, strict=True)
    ]


def suppress(
    people: pd.DataFrame, *, quasi: Sequence[str], k: int, diversity: int = 1, sensitive: str = ""
) -> pd.DataFrame:
    """Take out (隐匿) the people whose group is smaller than k, or holds fewer than l sensitive values.

    Parameters
    ----------
    people : DataFrame
        One row per person, already generalised.
    quasi : sequence of str
        The columns that make the groups.
    k : int
        Smallest group that stays.
    diversity : int, default 1
        Fewest different sensitive values (l) in a group that stays.
    sensitive : str, optional
        Needed if `diversity` is above 1.

    Returns
    -------
    DataFrame
        The rows that may stay, in their order.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> suppress(pd.DataFrame({"sex": ["F", "F", "M"]}), quasi=["sex"], k=2)["sex"].tolist()
    ['F', 'F']
    """
    keep = group_sizes(people, quasi=quasi) >= k
    if diversity > 1:
        require_columns(people, [sensitive], name="people")
        names = _columns(people, quasi)
        keep &= people.groupby(names, dropna=False)[sensitive].transform("nunique") >= diversity
    return people[keep]


def linking_attack(
    public: pd.DataFrame, file: pd.DataFrame, *, on: Sequence[str], sensitive: str
) -> pd.DataFrame:
    """Attack a file by linking (链接攻击): look every person of a public list up by what both tables know.

    Parameters
    ----------
    public : DataFrame
        One row per person with ``member_id`` and the columns in `on`.
    file : DataFrame
        The file that left the house: ``person_id`` (here only to score the attack), `on` and `sensitive`.
    on : sequence of str
        Columns that both have, written alike (generalise both in the same way first).
    sensitive : str
        What the attacker wants to learn.

    Returns
    -------
    DataFrame
        One row per member: ``member_id``, ``candidates`` (rows of the file that fit), ``person_id`` (the one
        that fits, if exactly one does) and ``learned`` (the sensitive value, if all that fit have the same).

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> public = pd.DataFrame({"member_id": ["W1", "W2"], "born": [1980, 1991]})
    >>> file = pd.DataFrame({"person_id": ["P1", "P2", "P3"], "born": [1980, 1991, 1991],
    ...                      "reason": ["gift", "asthma", "asthma"]})
    >>> linking_attack(public, file, on=["born"], sensitive="reason").to_numpy(na_value="-").tolist()
    [['W1', 1, 'P1', 'gift'], ['W2', 2, '-', 'asthma']]
    """
    names = _columns(file, on, "file")
    require_columns(file, ["person_id", sensitive], name="file")
    require_columns(public, ["member_id", *names], name="public")
    groups = (
        file.groupby(names, dropna=False)
        .agg(
            candidates=("person_id", "size"),
            person_id=("person_id", "first"),
            values=(sensitive, "nunique"),
            learned=(sensitive, "first"),
        )
        .reset_index()
    )
    found = public[["member_id", *names]].merge(groups, on=names, how="left")
    found["candidates"] = found["candidates"].fillna(0).astype("int64")
    found["person_id"] = found["person_id"].where(found["candidates"] == 1)
    found["learned"] = found["learned"].where(found["values"] == 1)
    return found[["member_id", "candidates", "person_id", "learned"]]


def expected_alone(people_per_area: float, *, cells: float) -> float:
    """Give the expected share of people who are alone in their cell, if cells are equally likely.

    Everybody else misses my cell with the chance (1 - 1/cells): (1 - 1/cells)^(N - 1), about e^(-N/cells).

    Parameters
    ----------
    people_per_area : number
        N, people in one area: 1 or more.
    cells : number
        Combinations of birth and sex in one area, such as 365 x 60 x 2; above 1.

    Returns
    -------
    float
        A share, 0 to 1.

    Raises
    ------
    DataError
        If a number is out of range.

    References
    ----------
    Golle, P. (2006). Revisiting the uniqueness of simple demographics in the US population. *Proceedings of
    the 5th ACM Workshop on Privacy in the Electronic Society*, 77-80. doi:10.1145/1179601.1179615

    Examples
    --------
    >>> round(expected_alone(7500, cells=365 * 60 * 2), 2)
    0.84
    """
    if not people_per_area >= 1 or not cells > 1:
        raise DataError(
            f"people_per_area must be 1 or more and cells above 1; found {people_per_area!r} and {cells!r}."
        )
    return math.exp((people_per_area - 1) * math.log1p(-1 / cells))


def read_people(path: str) -> pd.DataFrame:
    """Read somebody's own file of people (CSV) to measure k and l on it; every value stays text.

    Parameters
    ----------
    path : str
        A CSV file with a head line. Nothing is changed or sent anywhere; zeros in front stay.

    Returns
    -------
    DataFrame
        The file's columns, as text; an empty cell is missing.

    Raises
    ------
    DataError
        If the file cannot be read or has no rows.

    Examples
    --------
    >>> read_people("no_such_file.csv")
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: the file of people 'no_such_file.csv' cannot be read
    ([Errno 2] No such file or directory: 'no_such_file.csv'). Hint: give the path of a CSV file in UTF-8.
    """
    try:
        found = pd.read_csv(path, dtype="str")
    except (OSError, ValueError) as error:  # a parser or encoding error is a ValueError
        raise DataError(
            f"the file of people {path!r} cannot be read ({error}). "
            f"Hint: give the path of a CSV file in UTF-8."
        ) from None
    if found.empty:
        raise DataError(
            f"the file of people {path!r} has no rows. Hint: it needs a head line and one row each."
        )
    return found


def _columns(people: pd.DataFrame, names: Sequence[str], what: str = "people") -> list[str]:
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted:
        raise DataError('no quasi-identifier is named. Hint: quasi=["birth_date", "sex", "district"]')
    require_columns(people, wanted, name=what)
    return wanted
