"""The section on buying till leaving: fits side by side, their likelihoods, and lifetime values."""

from __future__ import annotations

from typing import Any

Middle = dict[tuple[str, int], dict[str, Any]]
FITS = {
    "bg": ("BG/NBD", "whole days, in weeks"),
    "bg_weeks": ("BG/NBD", "whole weeks"),
    "gg": ("Gamma-Gamma", "spend in cents"),
}
SAME, TIMES, SECONDS, MEGABYTES = 1e-6, 10, 5, 2000


def _pairs(found: Middle) -> list[tuple[str, int, dict[str, Any], dict[str, Any]]]:
    """List the fits measured: which, number of customers, lifetimes' run, ours."""
    return [
        (key, size, found[f"{key}_lifetimes", size], found[f"{key}_crmlab", size])
        for key in FITS
        for case, size in found
        if case == f"{key}_crmlab"
    ]


def relative(theirs: float, ours: float) -> float:
    """Give how far two total log-likelihoods are apart, relative to their size."""
    return abs(ours - theirs) / abs(theirs)


def _speed(found: Middle) -> str:
    page = "| model | data | customers | distinct rows | lifetimes, s | crmlab, s | times faster "
    page += (
        "| lifetimes peak (added), MB | crmlab peak (added), MB |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    for key, size, theirs, ours in _pairs(found):
        distinct = f"{ours['sums'][-1]:,.0f}" if key != "gg" else ""
        page += f"| {' | '.join(FITS[key])} | {size:,} | {distinct} | {theirs['seconds']:.2f} "
        page += f"| {ours['seconds']:.2f} | {theirs['seconds'] / ours['seconds']:.1f} "
        page += f"| {_memory(theirs)} | {_memory(ours)} |\n"
    return page + "\n"


def _memory(run: dict[str, Any]) -> str:
    return f"{run['peak']:,.0f} ({run['peak'] - run['before']:,.0f})"


def _likelihood(found: Middle) -> str:
    page = "| model | data | customers | log-likelihood, lifetimes | crmlab minus lifetimes | per customer "
    page += "| relative |\n|---|---|--:|--:|--:|--:|--:|\n"
    for key, size, theirs, ours in _pairs(found):
        gain, told = ours["sums"][0] - theirs["sums"][0], ours["sums"][-1] if key == "gg" else size
        page += f"| {' | '.join(FITS[key])} | {size:,} | {theirs['sums'][0]:,.4f} | {gain:+.1e} "
        page += f"| {gain / told:+.0e} | {relative(theirs['sums'][0], ours['sums'][0]):.0e} |\n"
    return page + "\n"


def _values(found: Middle, size: int) -> str:
    page = "| | customers | wall s | CPU s | peak (added), MB | total, EUR |\n|---|--:|--:|--:|--:|--:|\n"
    labels = {"lifetimes": "`GammaGammaFitter.customer_lifetime_value`", "crmlab": "`crmlab.clv`"}
    for name, label in labels.items():
        run = found[f"clv_{name}", size]
        page += f"| {label} | {size:,} | {run['seconds']:.2f} | {run['cpu']:.2f} | {_memory(run)} "
        page += f"| {run['sums'][0]:,.0f} |\n"
    return page + (
        "\nSame parameters, margin and discount rate. A month has 4.345 weeks in lifetimes and\n"
        "365.25 / 84 = 4.348 in crmlab: that is the difference.\n\n"
    )


def _others(found: Middle, others: list[dict[str, Any]]) -> str:
    if not others:
        return "Other packages were not measured in this run (`run.py --compare`, see README.md).\n\n"
    page = "BG/NBD of other packages, in an environment of their own, same rows, one core, one run each:\n\n"
    page += "| package | customers | wall s | crmlab, s | peak of the process, MB "
    page += "| log-likelihood minus crmlab's |\n|---|--:|--:|--:|--:|--:|\n"
    for run in (run for run in others if "customers" in run):
        ours = found["bg_crmlab", run["customers"]]
        page += f"| {run['package']} {run['version']} | {run['customers']:,} | {run['seconds']:.2f} "
        apart = run["log_likelihood"] - ours["sums"][0]
        page += f"| {ours['seconds']:.2f} | {run['peak']:,.0f} | {apart:+.1e} |\n"
    return page + (
        "\npymc-marketing maximises the posterior under its default priors, not the likelihood; its time\n"
        "includes building the model, and compiling it where its cache is cold.\n\n"
    )


def verdict(met: bool) -> str:
    """Say whether an aim was met."""
    return "**met**" if met else "**missed**"


def _aims(found: Middle) -> str:
    pairs = [(theirs["sums"][0], ours["sums"][0]) for _, _, theirs, ours in _pairs(found)]
    worst = max(relative(*pair) for pair in pairs)
    total = max(abs(ours - theirs) for theirs, ours in pairs)
    page = f"- Aim, same optimum to {SAME:.0e} in log-likelihood, all fits: {verdict(worst <= SAME)} "
    page += f"(at worst {worst:.0e} relative, {total:.0e} in the total)\n"
    million = 1_000_000
    for key in ("bg", "bg_weeks"):
        if (f"{key}_crmlab", million) in found:
            theirs, ours = found[f"{key}_lifetimes", million], found[f"{key}_crmlab", million]
            times = theirs["seconds"] / ours["seconds"]
            page += f"- Aim, BG/NBD of 1,000,000 customers at least {TIMES} times faster than lifetimes, "
            page += f"{FITS[key][1]}: {verdict(times >= TIMES)} ({times:.1f})\n"
    if ("clv_crmlab", million) in found:
        run = found["clv_crmlab", million]
        met = run["seconds"] < SECONDS and run["peak"] < MEGABYTES
        page += "- Aim, 12 months of 1,000,000 customers valued "
        page += f"in under {SECONDS} s on one core and under {MEGABYTES:,} MB: "
        page += f"{verdict(met)} ({run['seconds']:.1f} s, {run['peak']:,.0f} MB)\n"
    return page + "\n"


def section(found: Middle, others: list[dict[str, Any]]) -> str:
    """Write the section."""
    size = next(size for case, size in found if case == "clv_crmlab")
    page = "## Buying till leaving: fits and lifetime values, one core\n\n### Fits\n\n" + _speed(found)
    page += "### The same optimum?\n\nOne formula judges both packages' parameters.\n\n" + _likelihood(found)
    page += _others(found, others)
    page += "### Lifetime value of each customer over 12 months\n\n" + _values(found, size)
    return page + _aims(found)
