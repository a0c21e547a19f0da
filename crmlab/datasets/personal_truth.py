"""What an offer truly brings from each customer of the personal world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, check
from crmlab.datasets.personal import OVERLAP
from crmlab.tables.personal import PERSONAL_OFFERS


def true_offer_profit(
    truth: pd.DataFrame, menu: pd.DataFrame, *, day: Any, recent_mails: int | pd.Series = 0
) -> pd.DataFrame:
    """Give each customer's true expected profit from each offer on a day.

    The chance to order is ``season_chance * 0.97^c + lift * (1 - fatigue)^c`` after ``c`` mails in the eight
    weeks before, and 0 for who has left. Profit is chance times margin, less the price cut and the cost.

    Parameters
    ----------
    truth : DataFrame
        The truth sheet ``truth_personal``.
    menu : DataFrame
        The table ``offer_menu``: ``offer``, ``cost_eur``, ``price_cut_share``.
    day : str or date
        The day of the mailing.
    recent_mails : int or Series, default 0
        Mails before, 0 or more: one number for all, or a Series by ``customer_id`` (a missing one counts 0).

    Returns
    -------
    DataFrame
        Index ``customer_id``; one column per offer, in EUR per customer: ``nothing``, ``discount``,
        ``guide``, ``advice``.

    Raises
    ------
    DataError
        If a table breaks its contract or a number of mails is below 0.

    Examples
    --------
    >>> from crmlab.datasets import make_personal, make_retail
    >>> mine = make_personal(make_retail(n_customers=100, rng=1), rng=1)
    >>> profit = true_offer_profit(mine.truth_personal, mine.offer_menu, day="2024-03-04")
    >>> list(profit.columns), bool((profit["nothing"] >= 0).all())
    (['nothing', 'discount', 'guide', 'advice'], True)
    """
    check(truth, "truth_personal")
    check(menu, "offer_menu")
    ids = truth["customer_id"].to_numpy()
    if isinstance(recent_mails, pd.Series):
        mails = recent_mails.reindex(ids).fillna(0).to_numpy(dtype=float)
    else:
        mails = np.full(len(ids), float(recent_mails))
    if (mails < 0).any():
        raise DataError(f"recent_mails must be 0 or more; found {mails.min():g}.")
    there = (truth["left_date"] > pd.Timestamp(day)).to_numpy()
    terms = menu.set_index("offer")
    out = {}
    for offer in PERSONAL_OFFERS:
        lift = 0.0 if offer == "nothing" else truth[f"lift_{offer}"].to_numpy()
        chance = truth["season_chance"].to_numpy() * OVERLAP**mails
        chance = np.clip(chance + lift * (1 - truth["fatigue"].to_numpy()) ** mails, 0, 1) * there
        kept = 1 - float(terms.loc[offer, "price_cut_share"])
        cost = float(terms.loc[offer, "cost_eur"])
        out[offer] = chance * truth["season_margin_eur"].to_numpy() * kept - cost
    return pd.DataFrame(out, index=pd.Index(ids, name="customer_id"))
