"""From medians to Markdown: one table per question, with the aim and whether it was met."""

from __future__ import annotations

from math import isclose
from typing import Any

Middle = dict[str, dict[str, Any]]
LABELS = {
    "lifetimes": "`lifetimes.utils.summary_data_from_transaction_data`",
    "btyd_frame": "`crmlab.btyd_summary`",
    "rfm_frame": "`crmlab.rfm_table`",
    "limit": "limit: DuckDB, one group per customer",
    "rfm_parquet": "`crmlab.rfm_table`",
    "limit_days": "limit: DuckDB, one group per customer and day",
    "btyd_parquet": "`crmlab.btyd_summary`",
    "read_csv": "`pandas.read_csv`, checks nothing",
    "intake": "`crmlab.read_orders`",
    "abc_classes": "`crmlab.abc_classes`",
    "rfm_scores": "`crmlab.rfm_scores`",
    "make_retail": "`crmlab.make_retail`, one core",
    "python": "`python -c pass`",
    "import_pandas": "`import pandas`",
    "import_crmlab": "`import crmlab`",
    "help": "`crmlab --help`",
}
HEAD = "| | wall s | CPU s | memory before, MB | peak, MB | added, MB | {} |\n|---|--:|--:|--:|--:|--:|--:|\n"
ALONE = HEAD.replace(" {} |", "").replace("--:|\n", "--:|\n", 1).removesuffix("--:|\n") + "\n"


def _row(key: str, found: Middle, last: str | None = None) -> str:
    run, case = found[key], key.split()[0]
    figures = f"{run['seconds']:.2f} | {run['cpu']:.2f} | {run['before']:,.0f} | {run['peak']:,.0f}"
    added = f"{run['peak'] - run['before']:,.0f}"
    return f"| {LABELS[case]} | {figures} | {added} |" + ("" if last is None else f" {last} |") + "\n"


def _times(found: Middle, slow: str, fast: str) -> float:
    return float(found[slow]["seconds"] / found[fast]["seconds"])


def _verdict(met: bool) -> str:
    return "**met**" if met else "**missed**"


def _frames(found: Middle, size: int) -> str:
    theirs, ours, rfm = f"lifetimes {size}", f"btyd_frame {size}", f"rfm_frame {size}"
    times = _times(found, theirs, ours)
    lines = f"### {size:,} rows, one pandas frame\n\n" + HEAD.format("times faster than lifetimes")
    lines += _row(theirs, found, "1.0") + _row(ours, found, f"{times:.1f}")
    lines += _row(rfm, found, f"{_times(found, theirs, rfm):.1f}")
    a, b = found[theirs], found[ours]
    same = all(isclose(x, y, rel_tol=1e-9) for x, y in zip(a["sums"], b["sums"], strict=True))
    lines += "\nCustomers and the sums of frequency, age at last purchase, age and mean spend "
    lines += "agree with lifetimes.\n" if same else "DO NOT agree with lifetimes.\n"
    if size == 10_000_000:
        met = times >= 4 and b["peak"] < a["peak"] and b["peak"] - b["before"] < a["peak"] - a["before"]
        lines += (
            f"\nAim: 4 times faster than lifetimes, with less memory: {_verdict(met)} ({times:.1f} times).\n"
        )
    return lines + "\n"


def _files(found: Middle, size: int) -> str:
    lines = f"### {size:,} rows, one Parquet file\n\n" + HEAD.format("times its limit")
    words = []
    for limit, case in (("limit", "rfm_parquet"), ("limit_days", "btyd_parquet")):
        ratio = _times(found, f"{case} {size}", f"{limit} {size}")
        lines += _row(f"{limit} {size}", found, "1.0") + _row(f"{case} {size}", found, f"{ratio:.1f}")
        words.append(f"{LABELS[case]} {_verdict(ratio <= 2)} ({ratio:.2f})")
    wide = _times(found, f"btyd_parquet {size}", f"limit {size}")
    if size == 10_000_000:
        lines += f"\nAim: within twice the limit: {'; '.join(words)}."
    lines += f"\nA BTYD summary groups twice, by day and by customer: {wide:.1f} times the first limit.\n"
    return lines + "\n"


def _alone(found: Middle, cases: tuple[str, ...]) -> str:
    keys = [key for case in cases for key in found if key.split()[0] == case]
    return ALONE + "".join(_row(key, found) for key in keys) + "\n"


def text(about: dict[str, Any], found: Middle) -> str:
    """Write the whole page.

    Parameters
    ----------
    about : dict
        The machine, the versions, the number of rounds.
    found : dict
        Per case and size the medians of seconds, CPU seconds and memory.

    Returns
    -------
    str
        Markdown.
    """
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    sizes = sorted({int(key.split()[1]) for key in found if key.startswith("lifetimes")})
    retail = next(key for key in found if key.startswith("make_retail"))
    people, seconds = int(retail.split()[1]), found[retail]["seconds"]
    page = f"""# Speed and memory

Written by `make bench`; do not edit. {about["date"]}, {about["system"]}, {about["cores"]} cores,
{about["memory_gb"]} GB, Python {about["python"]}, {versions}; load of the machine before the run:
{about["load_before"]}. Medians of {about["rounds"]} runs, each in a fresh process, interleaved.
What is measured and how: [README.md](README.md). Every single run: [results.json](results.json).

## A summary per customer from an order log

"""
    page += "".join(_frames(found, size) + _files(found, size) for size in sizes)
    page += "## A CSV file of 1,000,000 rows into the contract\n\n" + _alone(found, ("read_csv", "intake"))
    page += "## 1,000,000 customers scored\n\n" + _alone(found, ("abc_classes", "rfm_scores"))
    page += f"## {people:,} retail customers simulated\n\n" + _alone(found, ("make_retail",))
    if people == 1_000_000:
        page += f"Aim: under a minute on one core: {_verdict(seconds < 60)} ({seconds:.0f} s).\n\n"
    page += "## Start\n\n| whole process | wall s |\n|---|--:|\n"
    for case in ("python", "import_crmlab", "import_pandas", "help"):
        page += f"| {LABELS[case]} | {found[f'{case} 0']['seconds']:.2f} |\n"
    return page
