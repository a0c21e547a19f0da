"""The measured growth with size: a picture, and the tables in docs/scale.md and results.md."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

Found = dict[tuple[int, str], dict[str, float] | None]
BILLION = 1_000_000_000
LABELS = {
    "limit": "limit: DuckDB's plain grouping by customer",
    "limit_days": "DuckDB's plain grouping by customer and day, only counted",
    "rfm_table": "`rfm_table`",
    "btyd_summary": "`btyd_summary`",
    "cohorts": "`cohorts`",
    "rfm_scores": "`rfm_scores` of the summary",
    "abc_classes": "`abc_classes` of the summary",
    "distinct_histories": "`distinct_histories` of the summary",
    "spark": "`rfm_table` on Spark, two local threads, without its start",
}
CURVES = {"limit": "#555555", "rfm_table": "#0072b2", "btyd_summary": "#d55e00"}
BEGIN, END = "<!-- measured: written by benchmarks/scale.py -->\n", "<!-- end of what was measured -->\n"


def slope(found: Found, case: str, part: str) -> float:
    """Give the exponent of growth between the two largest sizes: 1 is in proportion to the rows."""
    sizes = sorted(rows for rows, c in found if c == case and found[rows, c])
    if len(sizes) < 2:
        return 1.0
    small, large = sizes[-2:]
    before, after = found[small, case], found[large, case]
    assert before and after
    return math.log(after[part] / before[part]) / math.log(large / small)


def projected(found: Found, case: str) -> tuple[float, float]:
    """Give seconds for a billion rows: in proportion to the largest size, and with the last growth kept."""
    largest = max(rows for rows, c in found if c == case and found[rows, c])
    last = found[largest, case]
    assert last
    ends = [last["seconds"] * (BILLION / largest) ** power for power in (1.0, slope(found, case, "seconds"))]
    return min(ends), max(ends)


def gigabytes(run: dict[str, float]) -> float:
    """Give the peak of a run in units of 10^9 bytes, as the limit is given; it was measured in 2^20 bytes."""
    return run["peak"] * 2**20 / 1e9


def picture(found: Found, path: Path) -> None:
    """Draw time and memory against rows, and the projection of time to a billion."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for case, colour in CURVES.items():
        points = [(rows, run) for (rows, c), run in found.items() if c == case and run]
        sizes = [rows for rows, _ in points]
        label = LABELS[case].replace("`", "")
        left.plot(sizes, [run["seconds"] for _, run in points], "o-", color=colour, label=label)
        right.plot(sizes, [gigabytes(run) for _, run in points], "o-", color=colour, label=label)
        if len(points) > 1:
            low, high = projected(found, case)
            end = points[-1][1]["seconds"]
            left.fill_between(
                [sizes[-1], BILLION], [end, low], [end, high], color=colour, alpha=0.2, linewidth=0
            )
    right.axhline(4, color="#999999", linestyle="--", linewidth=1)
    right.annotate(
        "4 GB: DuckDB's limit at 200 million rows; none below",
        (1e6, 4.05),
        color="#555555",
        va="bottom",
        fontsize=9,
    )
    for axes, name in ((left, "seconds"), (right, "peak memory of the process, GB")):
        axes.set(xscale="log", xlabel="rows of the order log", ylabel=name)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_yscale("log")
    left.set_title("Time; shaded: what it projects for a billion rows", loc="left", fontsize=10)
    right.set_title("Memory", loc="left", fontsize=10)
    right.set_ylim(0)
    left.legend(frameon=False, fontsize=9)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def verdict(found: Found) -> str:
    """Say whether the aims were met."""
    page = ""
    for case in ("rfm_table", "btyd_summary"):
        ours, limit = found.get((50_000_000, case)), found.get((50_000_000, "limit"))
        if ours and limit:
            times, cpu = ours["seconds"] / limit["seconds"], ours["cpu"] / limit["cpu"]
            page += f"- Aim, `{case}` of 50 million rows within 2.5 times the limit: "
            page += f"**{'met' if times <= 2.5 else 'missed'}** ({times:.2f}; in CPU seconds {cpu:.2f})\n"
    for case in ("rfm_table", "btyd_summary"):
        if (200_000_000, case) in found:
            run = found[200_000_000, case]
            page += f"- Aim, `{case}` of 200 million rows inside 4 GB without failing: "
            page += (
                f"**met** (DuckDB kept to its 4 GB; the whole process held {gigabytes(run):.1f} GB at most)\n"
                if run
                else "**missed**\n"
            )
    return page


def section(about: dict[str, Any], found: Found, runs: dict[tuple[int, str], list[dict[str, Any]]]) -> str:
    """Write the table of all sizes and the projections."""
    most = max(len(some) for some in runs.values())
    page = f"{about['date']}, {about['system']}, {about['cores']} cores, {about['memory_gb']} GB, Python "
    page += (
        f"{about['python']}, duckdb {about['versions']['duckdb']}. From {about['limited_from']:,} rows on "
    )
    page += (
        f'inside `memory_limit("{about["memory_limit"]}")`, so with one worker; below without a limit, with '
    )
    page += f"all cores. The fastest of up to {most} runs, each in a fresh process; every run, and the load "
    page += "of the machine before it, is in benchmarks/scale.json. M is a million rows, a MB 2^20 bytes.\n\n"
    page += "| rows | | wall s | times the limit | CPU s | times the limit | peak, MB | put on disk, MB |\n"
    page += "|--:|---|--:|--:|--:|--:|--:|--:|\n"
    for (rows, case), run in found.items():
        if not run:
            why = runs[rows, case][0]["failed"]
            page += f"| {rows // 10**6}\u00a0M | {LABELS[case]} | **failed**: {why} | | | | | |\n"
            continue
        limit = found.get((rows, "limit"))
        if case == "spark" and limit:  # the CPU seconds of Java are not counted
            times_wall = run["seconds"] / limit["seconds"]
            page += (
                f"| {rows // 10**6}\u00a0M | {LABELS[case]} | {run['seconds']:.1f} | {times_wall:.0f} | | "
            )
            page += f"| {run['peak']:,.0f} | {run['aside']:,.0f} |\n"
            continue
        times = [f"{run[part] / limit[part]:.2f}" if limit else "" for part in ("seconds", "cpu")]
        digits = 2 if rows < 10**7 else 1
        page += f"| {rows // 10**6}\u00a0M | {LABELS[case]} | {run['seconds']:.{digits}f} | {times[0]} "
        page += f"| {run['cpu']:.{digits}f} | {times[1]} "
        page += f"| {run['peak']:,.0f} | {run['aside']:,.0f} |\n"
    page += (
        "\n" + verdict(found) + "\nProjected for a billion rows (100 million customers) on this machine:\n\n"
    )
    page += "| | growth, last step | minutes |\n|---|--:|--:|\n"
    for case in CURVES:
        low, high = (seconds / 60 for seconds in projected(found, case))
        growth = f"rows<sup>{slope(found, case, 'seconds'):.2f}</sup>"
        page += f"| {LABELS[case]} | {growth} | {low:.0f} to {high:.0f} |\n"
    return page + "\n"


def publish(here: Path) -> None:
    """Draw the picture and write the tables anew from scale.json, if there is one."""
    file = here / "scale.json"
    if not file.exists():
        return
    told = json.loads(file.read_text(encoding="utf-8"))
    runs = {(r["rows"], r["case"]): r["runs"] for r in told["measured"]}
    best: Found = {}
    for key, some in runs.items():
        good = [run for run in some if "failed" not in run]
        best[key] = min(good, key=lambda run: run["seconds"]) if good else None
    picture(best, here.parent / "docs" / "scale.png")
    rewrite(told["machine"], best, runs, here)


def rewrite(
    about: dict[str, Any], found: Found, runs: dict[tuple[int, str], list[dict[str, Any]]], here: Path
) -> None:
    """Put the tables between the marks of docs/scale.md and at the end of results.md."""
    told = BEGIN + "\n" + section(about, found, runs) + END
    head = "## Growth up to 200 million rows\n\n"
    for path, title in ((here.parent / "docs" / "scale.md", ""), (here / "results.md", head)):
        page = path.read_text(encoding="utf-8") if path.exists() else ""
        if BEGIN in page:
            before, rest = page.split(BEGIN)
            page = before + told + rest.split(END)[1]
        else:
            page = f"{page}\n{title}{told}"
        path.write_text(page, encoding="utf-8")
