"""CDNOW: the real orders of a music shop, 1997-98, read from the installed `lifetimes` package."""

from __future__ import annotations

import importlib.util

import pandas as pd

from crmlab._lifetimes import packaged_file
from crmlab.contracts import DataError

AS_OF, END = pd.Timestamp("1997-09-30"), pd.Timestamp("1998-06-30")


def load_cdnow(which: str = "sample") -> pd.DataFrame:
    """Load the CDNOW order log.

    Everybody in it bought for the first time in January to March 1997. The usual calibration period ends on
    1997-09-30, the usual holdout on 1998-06-30 (39 weeks each).

    Parameters
    ----------
    which : {"sample", "master"}, default "sample"
        "sample" is the one-in-ten sample of 2,357 customers that the papers use; "master" has all 23,570.

    Returns
    -------
    DataFrame
        One row per order, in the contract ``orders``: ``order_id``, ``customer_id``, ``order_date``,
        ``amount_eur`` and ``n_cds`` (CDs in the order). The amounts are US dollars of 1997; the column
        keeps the contract's name. A few orders of 0 dollars are kept, as in the papers.

    Raises
    ------
    DataError
        If `which` is another word, or `lifetimes` is not installed.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. (2001). Forecasting Repeat Sales at CDNOW: A Case Study.
    Interfaces 31(3), S94-S107. Data: brucehardie.com/datasets, inside the `lifetimes` package.

    Examples
    --------
    >>> orders = load_cdnow()
    >>> len(orders), orders["customer_id"].nunique()
    (6919, 2357)
    """
    if which not in ("sample", "master"):
        raise DataError(f"which must be 'sample' or 'master'; found {which!r}.")
    if importlib.util.find_spec("lifetimes") is None:
        raise DataError(
            "CDNOW comes with the package lifetimes, which is not installed. Hint: pip install lifetimes"
        )
    path = packaged_file(f"CDNOW_{which}.txt")  # lifetimes' own loaders fail without setuptools
    names = ["customer_id", "sample_id", "order_date", "n_cds", "amount_eur"]
    if which == "master":
        names.remove("sample_id")
    table = pd.read_csv(
        path, sep=r"\s+", header=None, skiprows=1 if which == "master" else 0, names=names,
        dtype={"customer_id": str, "order_date": str},
    )  # fmt: skip
    return pd.DataFrame(
        {
            "order_id": [f"O{i:05d}" for i in range(1, len(table) + 1)],
            "customer_id": table["customer_id"],
            "order_date": pd.to_datetime(table["order_date"], format="%Y%m%d"),
            "amount_eur": table["amount_eur"].astype(float),
            "n_cds": table["n_cds"],
        }
    )
