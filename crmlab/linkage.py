"""Which records belong to one person: pairs scored, pairs joined into customers, errors counted.

The probabilities come from splink (Fellegi and Sunter's model, trained by expectation maximisation), run on
DuckDB with one thread and fixed seeds, so that the same records give the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

PAIR = ("record_id_l", "record_id_r")
COMPARED = ("given", "family", "birth_date", "phone", "email", "street")
BLOCKS = (  # two records are compared only if they share one of these
    ("family", "given"), ("phone",), ("email",), ("birth_date",), ("postcode", "street"),
)  # fmt: skip


def candidate_pairs(records: pd.DataFrame, *, blocks: Sequence[Sequence[str]] = BLOCKS) -> pd.DataFrame:
    """List the pairs worth a look, and which of their fields agree.

    Parameters
    ----------
    records : DataFrame
        Cleaned records, from `clean_sources`.
    blocks : list of lists of columns, optional
        A pair is listed if all columns of one of these lists are known and equal. Left out: name; phone;
        email; birth date; postcode and street.

    Returns
    -------
    DataFrame
        ``record_id_l`` < ``record_id_r``; for each of given, family, birth_date, phone, email and street a
        column ``same_…``: 1 equal, −1 both known and different, 0 not known on one side; ``agreements``:
        their sum. Sorted by the two record numbers.

    Raises
    ------
    DataError
        If a column is missing, or a record number is used twice.

    Examples
    --------
    >>> two = pd.DataFrame({"record_id": ["a", "b"], "given": "Tavi", "family": "Orfell",
    ...     "birth_date": ["1980-01-02", None], "phone": ["1", "2"], "email": None, "street": "x",
    ...     "postcode": "P"})
    >>> candidate_pairs(two)[["same_given", "same_birth_date", "same_phone", "agreements"]].values.tolist()
    [[1, 0, -1, 2]]
    """
    _records(records)
    found = []
    for columns in blocks:
        known = records.dropna(subset=list(columns))[["record_id", *columns]]
        both = known.merge(known, on=list(columns), suffixes=("_l", "_r"))
        found.append(both.loc[both["record_id_l"] < both["record_id_r"], list(PAIR)])
    pairs = pd.concat(found).drop_duplicates().sort_values(list(PAIR), ignore_index=True)
    by_id = records.set_index("record_id")
    left, right = by_id.loc[pairs["record_id_l"]], by_id.loc[pairs["record_id_r"]]
    for name in COMPARED:
        a, b = left[name].to_numpy(dtype=object), right[name].to_numpy(dtype=object)
        known_both = ~(pd.isna(a) | pd.isna(b))
        pairs[f"same_{name}"] = np.where(known_both, np.where(a == b, 1, -1), 0)
    pairs["agreements"] = pairs[[f"same_{name}" for name in COMPARED]].sum(axis=1)
    return pairs


def _records(records: pd.DataFrame) -> None:
    require_columns(records, ["record_id", *COMPARED, "postcode"], name="records")
    if records["record_id"].duplicated().any():
        twice = records.loc[records["record_id"].duplicated(), "record_id"].iloc[0]
        raise DataError(f"records: record_id must be unique; {twice!r} is there twice.")


def link_records(records: pd.DataFrame, *, seed: int = 1, max_pairs: float = 5e5) -> pd.DataFrame:
    """Give each candidate pair its probability to be one person, with splink.

    Parameters
    ----------
    records : DataFrame
        Cleaned records, from `clean_sources`: 20 or more.
    seed : int, default 1
        Seed of the sample of random pairs, 0 or more.
    max_pairs : float, default 500,000
        Random pairs from which chance agreement is learned, 10,000 or more.

    Returns
    -------
    DataFrame
        ``record_id_l`` < ``record_id_r``, ``match_probability`` (0 to 1), ``match_weight`` (log2 of the odds;
        0 is even), and what each comparison adds to it: ``name``, ``birth``, ``phone``, ``email``,
        ``address`` (0 where a value is not known). The rest of the weight is the start: two records drawn
        by lot are hardly ever one person. Sorted by the record numbers; pairs below 0.001 are left out.

    Raises
    ------
    DataError
        If a column is missing, a record number is used twice, there are too few records to learn from, or
        splink is not installed.

    References
    ----------
    Fellegi, I. P., Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical
    Association 64(328), 1183-1210. Linacre, R. et al. (2022). Splink: free software for probabilistic record
    linkage at scale. International Journal of Population Data Science 7(3).

    Examples
    --------
    >>> link_records(pd.DataFrame({"record_id": ["a"], "given": ["Tavi"], "family": ["Orfell"],
    ...     "birth_date": [None], "phone": ["1"], "email": [None], "street": ["x"], "postcode": ["P"]}))
    Traceback (most recent call last):
    ...
    crmlab.schema.DataError: link_records needs 20 records or more to learn from; found 1.
    Hint: compare so few by eye, with candidate_pairs(records).
    """
    _records(records)
    if len(records) < 20:
        raise DataError(
            f"link_records needs 20 records or more to learn from; found {len(records)}. "
            "Hint: compare so few by eye, with candidate_pairs(records)."
        )
    import duckdb

    try:
        import splink
    except ImportError:
        raise DataError("record linkage needs the package splink. Hint: pip install 'splink>=5,<6'") from None
    table = records[["record_id", *COMPARED, "postcode"]].sort_values("record_id").astype("object")
    table = table.where(table.notna(), None)
    table["full_name"] = table["given"] + " " + table["family"]
    con = duckdb.connect(":memory:")
    con.execute("SET threads = 1")  # sums in one order: the same numbers every time
    con.register("frame", table)
    con.execute("CREATE TABLE people AS SELECT * FROM frame ORDER BY record_id")
    try:
        with _quiet():
            pairs = _run(splink, con, seed, max_pairs)
    finally:
        con.close()
    swap = pairs["record_id_l"] > pairs["record_id_r"]
    pairs.loc[swap, list(PAIR)] = pairs.loc[swap, list(PAIR)[::-1]].to_numpy()
    measured = pairs.columns.drop(list(PAIR))
    pairs[measured] = pairs[measured].round(6)
    return pairs.sort_values(list(PAIR), ignore_index=True)


def _run(splink: Any, con: Any, seed: int, max_pairs: float) -> pd.DataFrame:
    """Train the model and score the pairs."""
    api = splink.DuckDBAPI(connection=con)
    blocks = [splink.block_on(*columns) for columns in BLOCKS]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=_comparisons(),
        blocking_rules_to_generate_predictions=blocks,
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=False,
        linker_uid="crmlab",
    )
    linker = splink.Linker(api.register("people"), settings, log_level=None)
    sure = [
        splink.block_on("full_name", "birth_date"),
        splink.block_on("full_name", "phone"),
        splink.block_on("email"),
    ]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=max_pairs, seed=seed, min_count_per_level=None)
    linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on("full_name"))
    linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on("birth_date"))
    scored = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    parts = ("name", "birth", "phone", "email", "address")
    scored["mw_name"] += scored["mw_tf_adj_name"]  # rare names count for more
    named = scored.rename(columns={f"mw_{name}": name for name in parts})
    return named[[*PAIR, "match_probability", "match_weight", *parts]]


def _comparisons() -> list[Any]:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    def compare(name: str, *levels: Any) -> Any:
        return cl.CustomComparison(output_column_name=name, comparison_levels=[*levels, cll.ElseLevel()])

    exchanged = (
        "substr(birth_date_l, 1, 4) = substr(birth_date_r, 1, 4) AND substr(birth_date_l, 6, 2) = "
        "substr(birth_date_r, 9, 2) AND substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)"
    )
    return [
        compare(
            "name",
            cll.NullLevel("full_name"),
            cll.ExactMatchLevel("full_name").configure(tf_adjustment_column="full_name"),
            cll.ColumnsReversedLevel("given", "family", symmetrical=True),
            cll.And(cll.JaroWinklerLevel("given", 0.88), cll.JaroWinklerLevel("family", 0.88)),
            cll.And(cll.ExactMatchLevel("family"), cll.CustomLevel("given_l[1:3] = given_r[1:3]")),
            cll.ExactMatchLevel("family"),
            cll.ExactMatchLevel("given"),
        ),
        compare(
            "birth",
            cll.NullLevel("birth_date"),
            cll.ExactMatchLevel("birth_date"),
            cll.CustomLevel(exchanged, label_for_charts="day and month exchanged"),
            cll.LevenshteinLevel("birth_date", 1),
        ),
        compare(
            "phone",
            cll.NullLevel("phone"), cll.ExactMatchLevel("phone"), cll.DamerauLevenshteinLevel("phone", 1),
        ),
        compare("email", cll.NullLevel("email"), cll.ExactMatchLevel("email")),
        compare(
            "address",
            cll.NullLevel("street"),
            cll.And(cll.ExactMatchLevel("street"), cll.ExactMatchLevel("postcode")),
            cll.And(cll.DamerauLevenshteinLevel("street", 2), cll.ExactMatchLevel("postcode")),
        ),
    ]  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep splink's news and warnings from the reader for the time of a run."""
    import logging
    import warnings

    news = logging.getLogger("splink")
    before = news.level
    news.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        news.setLevel(before)


def link_clusters(
    records: pd.DataFrame, pairs: pd.DataFrame, *, threshold: float, by: str = "match_probability"
) -> pd.DataFrame:
    """Join records into customers: whoever is linked to a member belongs to the customer.

    Parameters
    ----------
    records : DataFrame
        All records, with ``record_id``.
    pairs : DataFrame
        ``record_id_l``, ``record_id_r`` and the column `by`.
    threshold : float
        Pairs with this value or more are joined.
    by : str, default "match_probability"
        The column that says how alike a pair is.

    Returns
    -------
    DataFrame
        ``record_id`` and ``customer_id`` ("C-" and the customer's first record), sorted by ``record_id``.

    Raises
    ------
    DataError
        If a column is missing, or a pair names an unknown record.

    Examples
    --------
    >>> records = pd.DataFrame({"record_id": ["a", "b", "c", "d"]})
    >>> pairs = pd.DataFrame({"record_id_l": ["a", "b"], "record_id_r": ["b", "c"],
    ...     "match_probability": [0.9, 0.95]})
    >>> link_clusters(records, pairs, threshold=0.9)["customer_id"].tolist()
    ['C-a', 'C-a', 'C-a', 'C-d']
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    require_columns(records, ["record_id"], name="records")
    require_columns(pairs, [*PAIR, by], name="pairs")
    ids = pd.Index(records["record_id"]).sort_values()
    joined = pairs[pairs[by] >= threshold]
    left, right = ids.get_indexer(joined["record_id_l"]), ids.get_indexer(joined["record_id_r"])
    if (left < 0).any() or (right < 0).any():
        lost = pd.concat([joined["record_id_l"][left < 0], joined["record_id_r"][right < 0]]).iloc[0]
        raise DataError(f"pairs name the record {lost!r}, which is not among the records.")
    graph = coo_matrix((np.ones(len(joined)), (left, right)), shape=(len(ids), len(ids)))
    _, label = connected_components(graph, directed=False)
    table = pd.DataFrame({"record_id": ids, "label": label})
    first = table.groupby("label")["record_id"].transform("min")
    return pd.DataFrame({"record_id": table["record_id"], "customer_id": "C-" + first.astype(str)})


def merge_records(records: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Write one row per customer: of each field the value that was recorded last.

    Parameters
    ----------
    records : DataFrame
        Cleaned records, from `clean_sources`.
    clusters : DataFrame
        ``record_id`` and ``customer_id``, from `link_clusters`.

    Returns
    -------
    DataFrame
        ``customer_id``, ``given``, ``family``, ``birth_date``, ``phone``, ``email``, ``street``,
        ``postcode``, ``business`` (True if one of the records is a business account), ``n_records``,
        ``last_recorded``; sorted by ``customer_id``.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> records = pd.DataFrame({"record_id": ["W1", "S1"], "source": ["web", "shop"], "given": "Tavi",
    ...     "family": "Orfell", "birth_date": None, "phone": ["0001", None], "email": None,
    ...     "street": ["a", "b"], "postcode": "P",
    ...     "recorded_on": pd.to_datetime(["2020-01-01", "2022-01-01"])})
    >>> clusters = pd.DataFrame({"record_id": ["S1", "W1"], "customer_id": "C-S1"})
    >>> merge_records(records, clusters)[["phone", "street", "n_records"]].values.tolist()
    [['0001', 'b', 2]]
    """
    fields = [*COMPARED, "postcode"]
    require_columns(records, ["record_id", "source", *fields, "recorded_on"], name="records")
    require_columns(clusters, ["record_id", "customer_id"], name="clusters")
    table = records.merge(clusters, on="record_id").sort_values(["recorded_on", "record_id"])
    groups = table.groupby("customer_id")
    made = groups[fields].last()  # the last one that is known
    made["business"] = groups["source"].agg(lambda names: "business" in set(names))
    made["n_records"] = groups.size()
    made["last_recorded"] = groups["recorded_on"].max()
    order = [
        "given",
        "family",
        "birth_date",
        "phone",
        "email",
        "street",
        "postcode",
        "business",
        "n_records",
        "last_recorded",
    ]
    return made[order].reset_index()


def score_pairs(
    pairs: pd.DataFrame, truth: pd.DataFrame, *, thresholds: Sequence[float], by: str = "match_probability"
) -> pd.DataFrame:
    """Count right, wrong and missed pairs at each threshold.

    Parameters
    ----------
    pairs : DataFrame
        ``record_id_l``, ``record_id_r`` and the column `by`.
    truth : DataFrame
        ``record_id`` and ``person_id``, one row per record that was compared.
    thresholds : list of float
        Pairs with this value or more are called one person.
    by : str, default "match_probability"
        The column that says how alike a pair is.

    Returns
    -------
    DataFrame
        ``threshold``, ``linked`` (pairs), ``right``, ``wrong``, ``missed``, ``precision`` (right / linked),
        ``recall`` (right / all true pairs) and ``f1`` (their harmonic mean); without a base a share is
        missing.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> pairs = pd.DataFrame({"record_id_l": ["a", "a"], "record_id_r": ["b", "c"],
    ...     "match_probability": [0.9, 0.6]})
    >>> truth = pd.DataFrame({"record_id": ["a", "b", "c", "d"], "person_id": ["p", "p", "q", "q"]})
    >>> score_pairs(pairs, truth, thresholds=[0.5, 0.8])[["right", "wrong", "missed"]].values.tolist()
    [[1, 1, 1], [1, 0, 1]]
    """
    require_columns(pairs, [*PAIR, by], name="pairs")
    require_columns(truth, ["record_id", "person_id"], name="truth")
    person = truth.set_index("record_id")["person_id"]
    same = person.reindex(pairs["record_id_l"]).to_numpy() == person.reindex(pairs["record_id_r"]).to_numpy()
    sizes = truth["person_id"].value_counts()
    true_pairs = int((sizes * (sizes - 1) // 2).sum())
    value = pairs[by].to_numpy(dtype=float)
    rows = []
    for threshold in thresholds:
        linked, right = int((value >= threshold).sum()), int((same & (value >= threshold)).sum())
        rows.append(
            {
                "threshold": float(threshold), "linked": linked, "right": right, "wrong": linked - right,
                "missed": true_pairs - right,
                "precision": right / linked if linked else np.nan,
                "recall": right / true_pairs if true_pairs else np.nan,
                "f1": 2 * right / (linked + true_pairs) if linked + true_pairs else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def linkage_errors(
    clusters: pd.DataFrame, truth: pd.DataFrame, blocks: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Count the pairs of records that a set of customers joins rightly, joins wrongly, and leaves apart.

    Parameters
    ----------
    clusters : DataFrame
        ``record_id`` and ``customer_id``, from `link_clusters`.
    truth : DataFrame
        ``record_id`` and ``person_id``.
    blocks : DataFrame, optional
        ``record_id`` and ``customer_id`` of groups so large that no customer and no person lies in two; the
        counts are then given for each, to draw them again with replacement.

    Returns
    -------
    DataFrame
        One row (per block): ``block``, ``right``, ``wrong``, ``missed`` pairs.

    Raises
    ------
    DataError
        If a column is missing, or a customer or person lies in two blocks.

    Examples
    --------
    >>> clusters = pd.DataFrame({"record_id": ["a", "b", "c"], "customer_id": ["C1", "C1", "C1"]})
    >>> truth = pd.DataFrame({"record_id": ["a", "b", "c"], "person_id": ["p", "p", "q"]})
    >>> linkage_errors(clusters, truth)[["right", "wrong", "missed"]].values.tolist()
    [[1, 2, 0]]
    """
    require_columns(clusters, ["record_id", "customer_id"], name="clusters")
    require_columns(truth, ["record_id", "person_id"], name="truth")
    table = clusters.merge(truth[["record_id", "person_id"]], on="record_id")
    table["block"] = "all"
    if blocks is not None:
        table["block"] = table["record_id"].map(blocks.set_index("record_id")["customer_id"])
        for name in ("customer_id", "person_id"):
            if (table.groupby(name)["block"].nunique() > 1).any():
                raise DataError(
                    f"blocks are too small: some {name} lies in two of them. Hint: add more pairs."
                )

    def pairs_of(*names: str) -> pd.Series:
        n = table.groupby(["block", *names]).size()
        return (n * (n - 1) // 2).groupby("block").sum()

    right, joined, true = pairs_of("customer_id", "person_id"), pairs_of("customer_id"), pairs_of("person_id")
    return pd.DataFrame({"right": right, "wrong": joined - right, "missed": true - right}).reset_index()
