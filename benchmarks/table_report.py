"""The sections on tables from one log, beside what one would use instead, and on whole lessons."""

from __future__ import annotations

from math import isclose
from typing import Any

Middle = dict[tuple[str, int], dict[str, Any]]
PAIRS = {
    "holdout": ("calibration and holdout", "`calibration_holdout`", "holdout_lifetimes", "lifetimes"),
    "cohorts": ("cohorts by month", "`cohorts`", "cohorts_pandas", "plain pandas"),
    "abc": ("revenue and ABC classes", "`rfm_table`, `abc_classes`", "abc_pandas", "plain pandas"),
}
PEERS = {
    "rfm_summary": ("summary per customer", "btyd_frame"),
    "rfm_segments": ("RFM segments", "segments"),
    "rfm_train_test_split": ("calibration and holdout", "holdout"),
}
FILES = {
    "scores_parquet": "`rfm_table`, `rfm_scores`",
    "abc_parquet": "`rfm_table`, `abc_classes`",
    "cohorts_parquet": "`cohorts`",
    "histories_parquet": "`btyd_summary`, `distinct_histories`",
}


def _memory(run: dict[str, Any]) -> str:
    return (
        f"{run['peak']:,.0f} ({run['peak'] - run['before']:,.0f})"
        if "before" in run
        else f"{run['peak']:,.0f}"
    )


def tables(found: Middle, others: list[dict[str, Any]]) -> str:
    """Write the section on tables."""
    page = "## Tables from one log\n\n### From a pandas frame, beside what one would use instead\n\n"
    page += "| rows | table | crmlab | s | peak (added), MB | instead | s | peak (added), MB "
    page += "| times faster | same |\n"
    page += "|--:|---|---|--:|--:|---|--:|--:|--:|---|\n"
    for case, size in found:
        if case in PAIRS:
            what, ours, other, theirs = PAIRS[case]
            mine, instead = found[case, size], found[other, size]
            same = all(
                isclose(a, b, rel_tol=1e-9) for a, b in zip(mine["sums"], instead["sums"], strict=True)
            )
            page += f"| {size:,} | {what} | {ours} | {mine['seconds']:.2f} | {_memory(mine)} | {theirs} "
            times = instead["seconds"] / mine["seconds"]
            page += f"| {instead['seconds']:.2f} | {_memory(instead)} | {times:.1f} "
            page += f"| {'yes' if same else '**no**'} |\n"
    for run in others:
        if run.get("what") in PEERS:
            what, case = PEERS[run["what"]]
            mine = found[case, run["rows"]]
            times, same = run["seconds"] / mine["seconds"], run.get("same", "")
            page += f"| {run['rows']:,} | {what} | {'`segments`' if case == 'segments' else 'as above'} "
            page += f"| {mine['seconds']:.2f} | {_memory(mine)} | {run['package']} {run['version']} "
            page += f"`{run['what']}` | {run['seconds']:.2f} | {_memory(run)} | {times:.1f} | {same} |\n"
    page += (
        "\n*same*: the number of customers and the sums of what both count. `segments` is `rfm_table`, then\n"
    )
    page += "`rfm_scores`, then `rfm_segments`; pymc-marketing draws other borders, so nothing is compared.\n"
    page += "Plain pandas adds floats in the order of rows, which can move a customer at a border of ABC.\n\n"
    page += "### From a Parquet file, SQL all the way\n\n"
    page += "| rows | | wall s | CPU s | peak, MB | times the limit |\n|--:|---|--:|--:|--:|--:|\n"
    for case, size in found:
        if case in FILES:
            run = found[case, size]
            page += (
                f"| {size:,} | {FILES[case]} | {run['seconds']:.2f} | {run['cpu']:.2f} | {run['peak']:,.0f} "
            )
            page += f"| {run['seconds'] / found['limit', size]['seconds']:.1f} |\n"
    return page + "\nThe limit: DuckDB, one group per customer, as above.\n\n"


def whole_lessons(runs: list[dict[str, Any]]) -> str:
    """Write the section on whole lessons."""
    if not runs:
        return ""
    page = (
        "## Whole lessons\n\n`crmlab run NN` from start to end, once each; the peak is that of the largest "
    )
    page += "process.\n\n"
    page += "| lesson | s | peak, MB |\n|---|--:|--:|\n"
    page += "".join(f"| {r['lesson']} | {r['seconds']:.1f} | {r['peak']:,.0f} |\n" for r in runs)
    total = sum(r["seconds"] for r in runs)
    return page + f"\nAll {len(runs)}: {total:.0f} s one after the other.\n\n"
