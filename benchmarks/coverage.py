"""Do 95 % intervals hold the truth 95 % of the time? Fit many simulated worlds whose parameters are known.

``python benchmarks/coverage.py`` fits 200 worlds of each model, one after the other, and writes coverage.md
and coverage.json beside this file. Two minutes on one core.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crmlab import wilson_interval
from crmlab.btyd import fit_btyd, intervals
from crmlab.btyd_simulate import simulate_btyd
from crmlab.spend import fit_spend

HERE = Path(__file__).parent
NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD", "gamma_gamma": "Gamma-Gamma"}
TRUTH = {
    "bg_nbd": {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "mbg_nbd": {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "pareto_nbd": {"r": 0.8, "alpha": 6.0, "s": 0.6, "beta": 12.0},
    "gamma_gamma": {"p": 6.25, "q": 3.74, "gamma": 15.44},
}
CUSTOMERS, YOUNGEST, OLDEST = 2000, 26.0, 78.0
PACKAGES = ("crmlab", "lifetimes", "numpy", "pandas", "scipy")


def world(model: str, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate customers in continuous time; for Gamma-Gamma, what the customers of a BG/NBD spend."""
    law = "bg_nbd" if model == "gamma_gamma" else model
    age = rng.uniform(YOUNGEST, OLDEST, CUSTOMERS)
    people = simulate_btyd(TRUTH[law], model=law, n_customers=CUSTOMERS, T=age, rng=rng)
    if model == "gamma_gamma":
        x, true = people["frequency"].clip(lower=1), TRUTH[model]
        scale = rng.gamma(true["q"], 1 / true["gamma"], CUSTOMERS)  # nu, one per customer
        mean = rng.gamma(true["p"] * x) / scale / x
        people["monetary_eur"] = mean.where(people["frequency"] > 0, 0.0)
    return people


def one(model: str, seed: int, number: int) -> dict[str, Any]:
    """Fit one world: the estimates and the ends of their intervals, in the order of TRUTH."""
    key = np.random.SeedSequence([seed, list(TRUTH).index(model), number])
    people = world(model, np.random.default_rng(key))
    fit = fit_spend(people) if model == "gamma_gamma" else fit_btyd(people, model=model)
    found = {"world": number, "converged": fit.converged, "estimate": _short(fit.params)}
    if not fit.converged:
        return found | {"message": fit.message}
    table = intervals(fit).loc[list(TRUTH[model])]
    return found | {"low": _short(table["low"]), "high": _short(table["high"])}


def _short(values: pd.Series) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def judge(model: str, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count, for each parameter, the intervals that hold the truth, lie above it, lie below it."""
    ends = [(run["low"], run["high"]) for run in runs if run["converged"]]
    result = []
    for i, (name, true) in enumerate(TRUTH[model].items()):
        above = sum(low[i] > true for low, _ in ends)
        below = sum(high[i] < true for _, high in ends)
        inside = len(ends) - above - below
        low, high = (float(end) for end in wilson_interval(inside, len(ends)))
        row = {"model": model, "parameter": name, "true": true, "fits": len(ends), "inside": inside}
        result.append(row | {"above": above, "below": below, "wilson_low": low, "wilson_high": high})
    return result


def text(about: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Write the page."""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    command = "python benchmarks/coverage.py" + (
        "" if about["worlds"] == 200 else f" --worlds {about['worlds']}"
    )
    ages = f"{YOUNGEST:.0f} to {OLDEST:.0f}"
    page = f"""# Do the 95 % intervals hold the truth?

Written by `{command}`; do not edit. {about["date"]}, seed {about["seed"]}, {about["minutes"]:.1f} minutes,
Python {about["python"]}, {versions}. Every single fit: [coverage.json](coverage.json).

{about["worlds"]:,} simulated worlds per model, {CUSTOMERS:,} customers each, {ages} weeks old, in continuous
time (no rounding to days). Each is fitted with the defaults, and `crmlab.intervals` gives a 95 % interval per
parameter. *Converged*: fits of {about["worlds"]:,} that did. *Inside*: their intervals that hold the true
value. *Above*, *below*: those wholly above or below it. *Wilson*: 95 % interval of the share inside.
Gamma-Gamma sees the spend of the repeat customers of a BG/NBD world.

| model | parameter | true | converged | inside | share | Wilson | holds 95 %? | above | below |
|---|---|--:|--:|--:|--:|--:|---|--:|--:|
"""
    held = 0
    for row in rows:
        low, high = row["wilson_low"], row["wilson_high"]
        holds = low <= 0.95 <= high
        held += holds
        share = row["inside"] / row["fits"] if row["fits"] else float("nan")
        page += f"| {NAMES[row['model']]} | {row['parameter']} | {row['true']:g} | {row['fits']} "
        page += f"| {row['inside']} | {share:.1%} | {low:.1%} to {high:.1%} | {'yes' if holds else '**no**'} "
        page += f"| {row['above']} | {row['below']} |\n"
    inside, fits = sum(row["inside"] for row in rows), sum(row["fits"] for row in rows)
    share = inside / max(fits, 1)
    page += f"\nTaken together {inside:,} of {fits:,} intervals hold the truth: {share:.1%}.\n"
    page += (
        f"For {held} of {len(rows)} parameters 95 % lies within the Wilson interval; by chance alone about\n"
    )
    page += (
        "1 in 20 falls outside, and the parameters of one model (r with alpha, a with b) do so together.\n"
    )
    return page


def main() -> None:
    """Fit the worlds, one after the other, and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=200, help="simulated worlds per model (default 200)")
    parser.add_argument("--seed", type=int, default=20261121, help="seed of all worlds (default 20261121)")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the results go (default: here)")
    options = parser.parse_args()
    if options.worlds < 1:
        raise SystemExit("--worlds must be 1 or more")
    start, runs = time.perf_counter(), {model: [] for model in TRUTH}
    parts = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*parts) as bar:
        for model in TRUTH:
            for number in bar.track(range(options.worlds), description=NAMES[model]):
                runs[model].append(one(model, options.seed, number))
    about = {
        "date": dt.date.today().isoformat(),
        "seed": options.seed,
        "worlds": options.worlds,
        "customers": CUSTOMERS,
        "weeks": [YOUNGEST, OLDEST],
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "truth": TRUTH,
    }
    rows = [row for model in TRUTH for row in judge(model, runs[model])]
    lines = [
        f'  "{model}": [\n' + ",\n".join(f"   {json.dumps(run)}" for run in some) + "\n  ]"
        for model, some in runs.items()
    ]
    body = f'{{\n "about": {json.dumps(about)},\n "judged": [\n'
    body += ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n ],\n"
    body += ' "fits": {\n' + ",\n".join(lines) + "\n }\n}\n"
    page = text(about, rows)
    (options.folder / "coverage.json").write_text(body)
    (options.folder / "coverage.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
