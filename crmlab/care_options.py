"""What to do with costly customers: four ways, each valued for a year with its range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

OPTION_COLUMNS = ("option", "stays_low", "stays_high", "leave_low", "leave_high", "each_eur")
CARE_OPTIONS = (  # assumed, none measured: part of the cost that stays, share who leave, EUR per customer
    ("educate", 0.40, 0.70, 0.02, 0.06, 60.0),
    ("renegotiate", 0.50, 0.80, 0.05, 0.15, 20.0),
    ("migrate", 0.20, 0.40, 0.05, 0.20, 40.0),
    ("terminate", 0.00, 0.00, 1.00, 1.00, 5.0),
)


def option_values(
    listed: pd.DataFrame,
    options: pd.DataFrame | None = None,
    *,
    friends: int,
    heard_share: tuple[float, float],
    friend_margin_eur: float,
    draws: int = 2000,
    rng: Any = 0,
) -> pd.DataFrame:
    r"""Value what can be done with the customers on a list, for one year, with the uncertainty (处理方案).

    A customer with cost of calls c and margin m who is treated leaves with chance p; of those who stay, a
    part r of the cost stays: the gain is :math:`(1-p)(m-rc)-(m-c)`, less the price of the treatment. If
    everybody on the list leaves (p is 1), of their friends a share leaves too and takes a year's margin.
    r, p and that share are drawn from their ranges, the customers are drawn again (bootstrap).

    Parameters
    ----------
    listed : DataFrame
        One row per customer on the list: ``cost_eur``, ``margin_eur``, both per month, as they would be if
        nothing was done.
    options : DataFrame, optional
        One row per option: ``option``, ``stays_low``, ``stays_high`` (r), ``leave_low``, ``leave_high`` (p),
        ``each_eur`` (price of the treatment, EUR per customer). Left out:
        `CARE_OPTIONS`, ranges that are assumed.
    friends : int
        Customers who know somebody on the list and are not on it, 0 or more.
    heard_share : (float, float)
        Range of the share of friends who leave when the list is ended, 0 to 1.
    friend_margin_eur : float
        Mean monthly margin of a friend after care, EUR.
    draws : int, default 2000
        Draws, 10 to 100,000.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per option, in the order given: ``option``, ``gain_eur`` (mean), ``low``, ``high`` (95 %), all
        EUR per year, and ``chance`` (share of the draws with a gain above 0).

    Raises
    ------
    DataError
        If a column or a number in it is missing, the list is empty, or a number is out of range.

    Examples
    --------
    >>> listed = pd.DataFrame({"cost_eur": [100.0, 100.0], "margin_eur": [20.0, 20.0]})
    >>> table = option_values(listed, friends=0, heard_share=(0, 0), friend_margin_eur=20)
    >>> float(table.set_index("option").loc["terminate", "gain_eur"])  # 12 x 2 x 80, less 2 letters
    1910.0
    """
    require_columns(listed, ["cost_eur", "margin_eur"], name="listed")
    names = list(OPTION_COLUMNS)
    options = pd.DataFrame(CARE_OPTIONS, columns=names) if options is None else options
    require_columns(options, names, name="options")
    if listed.empty:
        raise DataError("the list is empty: there is nobody to treat.")
    for table, columns, name in (
        (listed, ["cost_eur", "margin_eur"], "listed"), (options, names[1:], "options"),
    ):  # fmt: skip
        numbers = table[columns].apply(pd.to_numeric, errors="coerce").astype(float)
        if not np.isfinite(numbers).all(axis=None):
            raise DataError(f"{name}: {', '.join(columns)} must hold numbers, none missing.")
    shares = options[names[1:5]].astype(float)
    for part in ("stays", "leave"):
        if (shares[f"{part}_low"] > shares[f"{part}_high"]).any():
            raise DataError(f"no {part}_low may be above its {part}_high.")
    if (options["each_eur"] < 0).any():
        raise DataError("each_eur must be 0 or more in every option.")
    if not np.isfinite(friend_margin_eur):
        raise DataError(f"friend_margin_eur must be a number; found {friend_margin_eur!r}.")
    if not ((shares >= 0) & (shares <= 1)).all(axis=None):
        raise DataError("what stays and who leaves must be shares from 0 to 1 in every option.")
    pair = isinstance(heard_share, tuple | list) and len(heard_share) == 2
    if not friends >= 0 or not pair or not 0 <= heard_share[0] <= heard_share[1] <= 1:
        raise DataError(
            f"friends must be 0 or more and heard_share two shares, the lower first; found {friends!r} and "
            f"{heard_share!r}."
        )
    if not isinstance(draws, int | np.integer) or not 10 <= draws <= 100_000:
        raise DataError(f"draws must be a whole number from 10 to 100,000; found {draws!r}.")
    g = np.random.default_rng(rng)
    table = listed.sort_values(["cost_eur", "margin_eur"])
    n = len(table)
    again = g.multinomial(n, np.full(n, 1 / n), draws)
    cost, margin = again @ table["cost_eur"].to_numpy(float), again @ table["margin_eur"].to_numpy(float)
    rows = []
    for option in options.itertuples():
        stays = g.uniform(option.stays_low, option.stays_high, draws)
        leave = g.uniform(option.leave_low, option.leave_high, draws)
        heard = g.uniform(*heard_share, draws) if option.leave_low == 1 else np.zeros(draws)
        gain = 12 * ((1 - leave) * (margin - stays * cost) - (margin - cost))
        gain = gain - n * float(option.each_eur) - 12 * heard * friends * friend_margin_eur
        low, high = np.quantile(gain, [0.025, 0.975])
        rows.append((option.option, float(gain.mean()), float(low), float(high), float((gain > 0).mean())))
    return pd.DataFrame(rows, columns=["option", "gain_eur", "low", "high", "chance"])
