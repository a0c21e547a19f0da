"""Run packages of another environment; it prints JSON.

``PYTHON others.py PACKAGE WORLD.npz`` fits the BG/NBD, ``PYTHON others.py FUNCTION LOG.npz`` makes a table
from an order log with a function of pymc-marketing. It runs in that environment, so it imports nothing of
this project. `run.py --compare PYTHON` calls it.
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


def make_table(name: str, path: str) -> None:
    """Make a table from the log with a function of pymc-marketing's, time it, print."""
    from pymc_marketing.clv import utils

    with np.load(path) as file:
        ids = np.array([f"C{i:07d}" for i in range(int(file["customer"].max()) + 1)], dtype=object)
        log = pd.DataFrame({"customer_id": ids[file["customer"]], "amount_eur": file["amount_eur"]})
        log = log.astype({"customer_id": "str"})
        log["order_date"] = pd.Timestamp("2022-01-01") + pd.to_timedelta(file["day"], unit="D")
    split = name == "rfm_train_test_split"
    dates = {"train_period_end": "2024-06-30", "test_period_end": "2024-12-31"}
    options = dates if split else {"observation_period_end": "2024-12-31"}
    columns = {
        "customer_id_col": "customer_id",
        "datetime_col": "order_date",
        "monetary_value_col": "amount_eur",
    }
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    found = getattr(utils, name)(log, **columns, **options)
    seconds = time.perf_counter() - start
    counts = {"rfm_summary": ["frequency"], "rfm_train_test_split": ["frequency", "test_frequency"]}.get(
        name, []
    )
    sums = [float(len(found)), *(float(found[column].sum()) for column in counts)]
    about = {
        "package": "pymc-marketing",
        "version": version("pymc-marketing"),
        "what": name,
        "rows": len(log),
    }
    print(json.dumps(about | {"seconds": seconds, "peak": peak(), "sums": sums}))


def peak() -> float:
    """Give the most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**10 if sys.platform == "linux" else 2**20)


def main() -> None:
    """Load, prepare, run once, print."""
    name, path = sys.argv[1:]
    if name.startswith("rfm_"):
        return make_table(name, path)
    with np.load(path) as file:
        people = pd.DataFrame({"frequency": file["frequency"], "recency": file["t_x"], "T": file["T"]})
    people.index = pd.Index([f"C{i:07d}" for i in range(len(people))], name="customer_id")
    warnings.simplefilter("ignore")
    run = {"clvkit": clvkit, "pymc-marketing": pymc_marketing}[name](people)
    start = time.perf_counter()
    params = run()
    seconds = time.perf_counter() - start
    found = [float(params[part]) for part in NAMES]
    print(
        json.dumps(
            {
                "package": name,
                "version": version(name),
                "customers": len(people),
                "seconds": seconds,
                "peak": peak(),
                "params": found,
            }
        )
    )


if __name__ == "__main__":
    main()
