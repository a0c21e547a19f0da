"""Will they buy again within a time? The statistic for that question, which P(alive) is not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab._btyd_rows import checked
from crmlab.btyd import BTYDFit
from crmlab.btyd_predict import predict
from crmlab.contracts import DataError


def chance_to_buy(fit: BTYDFit, summary: pd.DataFrame, *, horizon: float) -> pd.DataFrame:
    r"""Give each customer's chance of at least one purchase within the horizon.

    P(alive) answers another question: a rare buyer may well be there and yet buy nothing for a year.
    Given that the customer is there, the purchase rate is gamma with shape ``r + x`` and rate ``alpha + T``.
    With the coin of the BG/NBD and MBG/NBD nobody leaves before the next purchase, so the chance is
    :math:`1 - ((\alpha + T) / (\alpha + T + t))^{r + x}`. With the clock of the Pareto/NBD the purchase must
    come before the customer leaves: the density of the first purchase,
    :math:`\frac{r+x}{\alpha+T} (\frac{\alpha+T}{\alpha+T+u})^{r+x+1} (\frac{\beta+T}{\beta+T+u})^{s}`,
    is added up from 0 to t (Gauss-Legendre, 64 points).

    Parameters
    ----------
    fit : BTYDFit
        A converged BG/NBD, MBG/NBD or Pareto/NBD from `fit_btyd`.
    summary : DataFrame
        Columns ``frequency``, ``t_x``, ``T`` in the unit of the fit; ``customer_id`` is passed through.
    horizon : float
        Length of the future in the unit of the fit, above 0.

    Returns
    -------
    DataFrame
        In the order of `summary`: ``customer_id`` (if given), ``p_alive`` and ``p_buy`` (0 to 1, never above
        ``p_alive``).

    Raises
    ------
    DataError
        If the fit did not converge or is of another model, or the horizon is not above 0.

    References
    ----------
    Derived from the densities in Schmittlein, Morrison, Colombo (1987), Management Science 33(1), and in
    Fader, Hardie, Lee (2005), Marketing Science 24(2).

    Examples
    --------
    >>> from crmlab.btyd_simulate import simulate_btyd
    >>> from crmlab.btyd import fit_btyd
    >>> world = simulate_btyd({"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}, n_customers=4000, T=52.0, rng=1)
    >>> chance = chance_to_buy(fit_btyd(world), world, horizon=26)
    >>> bool((chance["p_buy"] <= chance["p_alive"] + 1e-12).all())
    True
    """
    if fit.model not in ("bg_nbd", "mbg_nbd", "pareto_nbd"):
        raise DataError(f"chance_to_buy knows bg_nbd, mbg_nbd and pareto_nbd; found {fit.model!r}.")
    if not horizon > 0:
        raise DataError(f"horizon must be above 0; found {horizon!r}.")
    table = predict(fit, summary, horizon=horizon).drop(columns="expected_purchases")
    rows = checked(summary)
    x, age = (rows[name].to_numpy(dtype=float) for name in ("frequency", "T"))
    p = fit.params.to_numpy(dtype=float)
    shape, rate = p[0] + x, p[1] + age
    if fit.model == "pareto_nbd":
        at, weight = np.polynomial.legendre.leggauss(64)
        bought = np.zeros(len(table))
        for node, share in zip((at + 1) * horizon / 2, weight * horizon / 2, strict=True):
            density = shape / rate * (rate / (rate + node)) ** (shape + 1)
            bought += share * density * ((p[3] + age) / (p[3] + age + node)) ** p[2]
    else:
        bought = 1 - (rate / (rate + horizon)) ** shape
    return table.assign(p_buy=table["p_alive"].to_numpy() * np.clip(bought, 0, 1))
