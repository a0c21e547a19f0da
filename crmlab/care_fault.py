"""Whose fault calls are: the share that agents noted, corrected by an audit of the notes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

FIRM = "billing error by firm"


def fault_share(
    calls: pd.DataFrame, audited: pd.DataFrame, *, cause: str = FIRM, draws: int = 1000, rng: Any = 0
) -> pd.DataFrame:
    r"""Estimate the share of calls with a cause from what agents noted, corrected by an audit (误差校正).

    With :math:`s` the share of true cases that agents note and :math:`f` the share of others that they note
    by mistake, the share noted is :math:`q = sp + f(1 - p)`; so :math:`p = (q - f) / (s - f)`, kept
    within 0 and 1.

    Parameters
    ----------
    calls : DataFrame
        The calls in question: ``customer_id`` and ``cause_coded`` (what the agent noted).
    audited : DataFrame
        Calls read again: ``cause_coded`` and ``cause_audited`` (taken for true). They need not be in `calls`,
        but agents must err alike in both.
    cause : str, default "billing error by firm"
        The cause that is counted.
    draws : int, default 1000
        Draws for the interval, 10 to 100,000: the customers of `calls` are drawn again (bootstrap), s and f
        from the beta distributions that their counts in `audited` allow (Jeffreys).
    rng : int or numpy.random.Generator, default 0
        Seed or generator of the draws.

    Returns
    -------
    DataFrame
        One row: ``calls``, ``customers``, ``coded`` (share noted), ``sensitivity`` (s), ``false_share`` (f),
        ``corrected`` (p), ``low``, ``high`` (95 %).

    Raises
    ------
    DataError
        If a column or a value in it is missing, there are no calls, the audit holds no call with or none
        without the cause, or the notes carry no information (s not above f).

    References
    ----------
    Rogan, W. J., Gladen, B. (1978). Estimating prevalence from the results of a screening test. *American
    Journal of Epidemiology* 107(1), 71-76. doi:10.1093/oxfordjournals.aje.a112510

    Examples
    --------
    >>> seen = pd.DataFrame({"cause_coded": [FIRM] * 4 + ["user"] * 6,
    ...                      "cause_audited": [FIRM] * 5 + ["user"] * 5})
    >>> calls = pd.DataFrame({"customer_id": ["a", "a", "b", "b", "b"],
    ...                       "cause_coded": [FIRM] * 2 + ["user"] * 3})
    >>> fault_share(calls, seen).loc[0, ["coded", "sensitivity", "false_share", "corrected"]].tolist()
    [0.4, 0.8, 0.0, 0.5]
    """
    require_columns(calls, ["customer_id", "cause_coded"], name="calls")
    require_columns(audited, ["cause_coded", "cause_audited"], name="audited")
    if calls.empty:
        raise DataError("there are no calls to judge.")
    for table, names, name in (
        (calls, ["customer_id", "cause_coded"], "calls"),
        (audited, ["cause_coded", "cause_audited"], "audited"),
    ):
        lost = [n for n in names if table[n].isna().any()]
        if lost:
            raise DataError(
                f"{name}: {int(table[lost[0]].isna().sum()):,} value(s) of {lost[0]!r} are missing."
            )
    if not isinstance(draws, int | np.integer) or not 10 <= draws <= 100_000:
        raise DataError(f"draws must be a whole number from 10 to 100,000; found {draws!r}.")
    noted = audited["cause_coded"].eq(cause).to_numpy()
    real = audited["cause_audited"].eq(cause).to_numpy()
    if not real.any() or real.all():
        raise DataError(f"the audit must hold calls with and without the cause {cause!r}.")
    s, f = noted[real].mean(), noted[~real].mean()
    if s <= f:
        raise DataError(f"agents note {cause!r} as often where it is wrong as where it is right.")
    by = calls["cause_coded"].eq(cause).groupby(calls["customer_id"], sort=True).agg(["sum", "size"])
    hits, sizes = by["sum"].to_numpy(float), by["size"].to_numpy(float)
    g = np.random.default_rng(rng)
    again = g.multinomial(len(by), np.full(len(by), 1 / len(by)), draws)
    q = again @ hits / (again @ sizes)
    s_again, f_again = (
        g.beta(noted[on].sum() + 0.5, (~noted[on]).sum() + 0.5, draws) for on in (real, ~real)
    )
    gap = s_again - f_again
    useful = gap > 0
    shares = np.clip((q[useful] - f_again[useful]) / gap[useful], 0, 1)
    low, high = np.quantile(shares, [0.025, 0.975]) if len(shares) else (0.0, 1.0)
    coded = hits.sum() / sizes.sum()
    corrected = float(np.clip((coded - f) / (s - f), 0, 1))
    return pd.DataFrame([{
        "calls": len(calls), "customers": len(by), "coded": float(coded), "sensitivity": float(s),
        "false_share": float(f), "corrected": corrected, "low": min(float(low), corrected),
        "high": max(float(high), corrected),
    }])  # fmt: skip
