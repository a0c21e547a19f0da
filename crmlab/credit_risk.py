"""How much a firm may lose: expected loss, the spread of a portfolio's losses, the price of paying early."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns
from crmlab.credit import unit_interval

Array = np.ndarray[Any, np.dtype[Any]]


def expected_loss(debtors: pd.DataFrame, *, lgd: float | None = None) -> pd.DataFrame:
    r"""Give each debtor's expected loss (预期损失): :math:`EL = EAD \times PD \times LGD`.

    Parameters
    ----------
    debtors : DataFrame
        One row per debtor: ``ead_eur`` (exposure at default 违约敞口, EUR), ``pd_year`` (chance of default in
        a year 违约概率, 0 to 1) and, unless `lgd` is given, ``lgd`` (share lost 违约损失率, 0 to 1).
    lgd : float, optional
        The same share lost for all, 0 to 1.

    Returns
    -------
    DataFrame
        The table with ``lgd``, ``expected_loss_eur`` (EUR per year) and ``share_of_ead``.

    Raises
    ------
    DataError
        If a column is missing or a share is out of range.

    Examples
    --------
    >>> debtors = pd.DataFrame({"ead_eur": [10_000.0, 30_000.0], "pd_year": [0.05, 0.01]})
    >>> expected_loss(debtors, lgd=0.6)["expected_loss_eur"].tolist()
    [300.0, 180.0]
    """
    if lgd is not None:
        unit_interval("lgd", lgd)
        debtors = debtors.assign(lgd=float(lgd))
    require_columns(debtors, ["ead_eur", "pd_year", "lgd"], name="debtors")
    for name in ("pd_year", "lgd"):
        bad = ~debtors[name].between(0, 1)
        if bad.any():
            raise DataError(
                f"debtors: {int(bad.sum()):,} value(s) of {name!r} are not between 0 and 1, such as "
                f"{float(debtors.loc[bad, name].iloc[0])!r}. Hint: 5 per cent is 0.05."
            )
    total = float(debtors["ead_eur"].sum())
    return debtors.assign(
        expected_loss_eur=debtors["ead_eur"] * debtors["pd_year"] * debtors["lgd"],
        share_of_ead=debtors["ead_eur"] / total if total else 0.0,
    )


def portfolio_losses(
    debtors: pd.DataFrame, *, correlation: float = 0.1, draws: int = 10_000, rng: Any = None
) -> Array:
    r"""Draw a year's loss of a whole portfolio again and again (组合损失), with a shock common to all.

    Debtor i fails if :math:`\sqrt{\rho} Z + \sqrt{1-\rho}\, e_i < \Phi^{-1}(PD_i)`: Z is the year (bad years
    are bad for all), e_i is their own luck. With :math:`\rho = 0` failures are independent.

    Parameters
    ----------
    debtors : DataFrame
        One row per debtor: ``ead_eur``, ``pd_year`` and ``lgd``, as in `expected_loss`.
    correlation : float, default 0.1
        :math:`\rho`, 0 to below 1.
    draws : int, default 10,000
        Years to draw, 1 or more.
    rng : int or numpy Generator, optional
        The same number gives the same losses.

    Returns
    -------
    ndarray
        Loss of each drawn year, EUR.

    Raises
    ------
    DataError
        As in `expected_loss`; or if `correlation` or `draws` is out of range.

    References
    ----------
    Vasicek, O. (2002). The distribution of loan portfolio value. *Risk* 15(12), 160-162.

    Examples
    --------
    >>> debtors = pd.DataFrame({"ead_eur": [100.0] * 50, "pd_year": [0.1] * 50, "lgd": [1.0] * 50})
    >>> round(float(portfolio_losses(debtors, draws=20_000, rng=1).mean()) / 500, 1)
    1.0
    """
    from scipy.special import ndtr, ndtri

    if isinstance(correlation, bool) or not 0 <= correlation < 1:
        raise DataError(f"correlation must be from 0 to below 1; found {correlation!r}.")
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise DataError(f"draws must be a whole number of 1 or more; found {draws!r}.")
    table = expected_loss(debtors)
    random = np.random.default_rng(rng)
    line = ndtri(table["pd_year"].to_numpy(dtype=float))
    loss = (table["ead_eur"] * table["lgd"]).to_numpy(dtype=float)
    year = random.normal(size=draws)
    total = np.empty(draws)
    step = max(1, 2_000_000 // max(len(table), 1))
    for start in range(0, draws, step):  # blocks, so that memory stays small
        shock = year[start : start + step, None]
        chance = ndtr((line - np.sqrt(correlation) * shock) / np.sqrt(1 - correlation))
        total[start : start + step] = (random.random(chance.shape) < chance) @ loss
    return total


def early_payment_rate(*, discount: float, discount_days: int, net_days: int) -> float:
    r"""Give the yearly rate that a discount for early payment is worth (现金折扣的年化成本).

    :math:`\frac{d}{1-d} \cdot \frac{365}{n - k}`, without compounding: "2/10 net 30" means 2 % off within 10
    days, else all within 30.

    Parameters
    ----------
    discount : float
        d, 0 to below 1 (0.02 for 2 %).
    discount_days, net_days : int
        k and n, days; net_days is the larger.

    Returns
    -------
    float
        Share per year (0.372 is 37.2 %).

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> round(early_payment_rate(discount=0.02, discount_days=10, net_days=30), 3)
    0.372
    """
    unit_interval("discount", discount)
    if discount >= 1 or not 0 <= discount_days < net_days:
        raise DataError(
            f"needed: discount below 1 and 0 <= discount_days < net_days; found {discount!r}, "
            f"{discount_days!r}, {net_days!r}. "
            f"Hint: 2/10 net 30 is discount=0.02, discount_days=10, net_days=30."
        )
    return discount / (1 - discount) * 365 / (net_days - discount_days)
