"""From medians to Markdown: one table per question, with the aim and whether it was met."""

from __future__ import annotations

from math import isclose
from typing import Any

from btyd_report import section, verdict
from table_report import tables, whole_lessons

Middle = dict[tuple[str, int], dict[str, Any]]
LABELS = {
    "lifetimes": "`lifetimes.utils.summary_data_from_transaction_data`",
    "btyd_frame": "`crmlab.btyd_summary`",
    "rfm_frame": "`crmlab.rfm_table`",
    "limit": "limit: DuckDB, one group per customer",
    "rfm_parquet": "`crmlab.rfm_table`",
    "limit_days": "DuckDB, one group per customer and day",
    "btyd_parquet": "`crmlab.btyd_summary`",
    "read_csv": "`pandas.read_csv`, checks nothing",
    "intake": "`crmlab.read_orders`",
    "abc_classes": "`crmlab.abc_classes`",
    "rfm_scores": "`crmlab.rfm_scores`",
    "make_retail": "`crmlab.make_retail`, one core",
    "python": "`python -c pass`",
    "import_crmlab": "`import crmlab`",
    "import_pandas": "`import pandas`",
    "help": "`crmlab --help`",
}


def _table(found: Middle, size: int, cases: list[str], ratio: str = "", *, faster: bool = False) -> str:
    """Write a table; the ratio's base is the first case."""
    page = (
        f"| | wall s | CPU s | memory before, MB | peak, MB | added, MB |{f' {ratio} |' if ratio else ''}\n"
    )
    page += "|---" + "|--:" * (6 if ratio else 5) + "|\n"
    for case in cases:
        run = found[case, size]
        memory = " | ".join(f"{mb:,.0f}" for mb in (run["before"], run["peak"], run["peak"] - run["before"]))
        page += f"| {LABELS[case]} | {run['seconds']:.2f} | {run['cpu']:.2f} | {memory} |"
        times = _times(found, size, cases[0], case) if faster else _times(found, size, case, cases[0])
        page += f" {times:.2f} |\n" if ratio else "\n"
    return page + "\n"


def _times(found: Middle, size: int, slow: str, fast: str) -> float:
    return float(found[slow, size]["seconds"] / found[fast, size]["seconds"])


def _summaries(found: Middle, size: int) -> str:
    page = f"### {size:,} rows in one pandas frame\n\n"
    page += _table(
        found, size, ["lifetimes", "btyd_frame", "rfm_frame"], "times faster than lifetimes", faster=True
    )
    theirs, ours = found["lifetimes", size], found["btyd_frame", size]
    same = all(isclose(x, y, rel_tol=1e-9) for x, y in zip(theirs["sums"], ours["sums"], strict=True))
    page += (
        f"`btyd_summary` and lifetimes {'agree' if same else '**do not agree**'} in the number of customers "
    )
    page += "and in the sums of frequency, age at the last purchase, age and mean spend.\n\n"
    if size == 10_000_000:
        times = _times(found, size, "lifetimes", "btyd_frame")
        less = (
            ours["peak"] < theirs["peak"]
            and ours["peak"] - ours["before"] < theirs["peak"] - theirs["before"]
        )
        page += f"Aim, at least 4 times faster than lifetimes: {verdict(times >= 4)} ({times:.1f} times). "
        page += f"With less memory: {verdict(less)}.\n\n"
    page += f"### {size:,} rows in one Parquet file\n\n"
    cases = ["limit", "rfm_parquet", "limit_days", "btyd_parquet"]
    page += _table(found, size, cases, "times the limit")
    if size == 10_000_000:
        pairs = ("rfm_parquet", "limit"), ("btyd_parquet", "limit"), ("btyd_parquet", "limit_days")
        words = ["of `rfm_table`", "of `btyd_summary`", "of `btyd_summary` to the group per customer and day"]
        for (case, limit), what in zip(pairs, words, strict=True):
            times = _times(found, size, case, limit)
            page += f"- Aim, within twice the limit, {what}: {verdict(times <= 2)} ({times:.2f})\n"
        page += "\n`btyd_summary` counts purchase *days*: it must group by customer and day first.\n\n"
    return page


def text(about: dict[str, Any], found: Middle) -> str:
    """Write the whole page from the machine's description and the medians per case and size."""
    million = 1_000_000
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    people = next(size for case, size in found if case == "make_retail")
    seconds = found["make_retail", people]["seconds"]
    page = f"""# Speed and memory

Written by `make bench`; do not edit. {about["date"]}, {about["system"]}, {about["cores"]} cores,
{about["memory_gb"]} GB, Python {about["python"]}, {versions}. Load of the machine before the run:
{about["load_before"]}. Medians of {about["rounds"]} runs, each in a fresh process, interleaved.
What is measured and how: [README.md](README.md). Every single run: [results.json](results.json).

## A summary per customer from an order log

"""
    page += "".join(_summaries(found, size) for case, size in found if case == "lifetimes")
    page += tables(found, about.get("others", []))
    page += "## A CSV file of 1,000,000 rows into the contract\n\n"
    page += _table(found, million, ["read_csv", "intake"], "times read_csv")
    page += "## 1,000,000 customers scored\n\n" + _table(found, million, ["abc_classes", "rfm_scores"])
    page += f"## {people:,} retail customers simulated\n\n" + _table(found, people, ["make_retail"])
    if people == million:
        page += f"Aim, under a minute on one core: {verdict(seconds < 60)} ({seconds:.0f} s).\n\n"
    page += section(found, about.get("others", []))
    page += whole_lessons(about.get("lessons", []))
    page += "## Start\n\n| whole process | wall s |\n|---|--:|\n"
    for case in ("python", "import_crmlab", "import_pandas", "help"):
        page += f"| {LABELS[case]} | {found[case, 0]['seconds']:.2f} |\n"
    return page
