"""Fit the BG/NBD with a package of another environment: ``PYTHON others.py PACKAGE WORLD.npz`` prints JSON.

Runs in that environment, so it imports nothing of this project. `run.py --compare PYTHON` calls it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

NAMES = ("r", "alpha", "a", "b")


def clvkit(people: pd.DataFrame) -> Any:
    """Prepare clvkit's maximum likelihood."""
    from clvkit import BGNBD, CustomerBase

    base = CustomerBase(
        people,
        time_unit="W",
        observation_period_end=pd.Timestamp("2024-12-31"),
        has_monetary=False,
        on_negative="drop",
        collapse="D",
    )
    return lambda: BGNBD().fit(base).params_


def pymc_marketing(people: pd.DataFrame) -> Any:
    """Prepare pymc-marketing's maximum a posteriori: default priors, so not quite the same optimum."""
    from pymc_marketing.clv import BetaGeoModel

    table = people.reset_index()

    def run() -> Any:
        model = BetaGeoModel()
        model.fit(data=table, method="map", progressbar=False)
        return {name: model.fit_result[name].item() for name in NAMES}

    return run


def main() -> None:
    """Load, prepare, run once, print."""
    name, path = sys.argv[1:]
    with np.load(path) as file:
        people = pd.DataFrame({"frequency": file["frequency"], "recency": file["t_x"], "T": file["T"]})
    people.index = pd.Index([f"C{i:07d}" for i in range(len(people))], name="customer_id")
    warnings.simplefilter("ignore")
    run = {"clvkit": clvkit, "pymc-marketing": pymc_marketing}[name](people)
    start = time.perf_counter()
    params = run()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**10 if sys.platform == "linux" else 2**20)
    found = [float(params[part]) for part in NAMES]
    print(
        json.dumps(
            {
                "package": name,
                "version": version(name),
                "customers": len(people),
                "seconds": seconds,
                "peak": peak,
                "params": found,
            }
        )
    )


if __name__ == "__main__":
    main()
