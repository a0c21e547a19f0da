"""Which offer does how much for whom: one model of the response to several offers drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]
NOTHING = "nothing"


@dataclass(frozen=True)
class OfferFit:
    """A fitted model of the response to offers.

    Attributes
    ----------
    offers : tuple of str
        "nothing" first, then the others in the order of the alphabet.
    features : tuple of str
        The columns it reads, beside ``recent_mails``.
    centre, scale : array
        Mean and spread of the features in the trial.
    model : Any
        The scikit-learn logistic regression.
    """

    offers: tuple[str, ...]
    features: tuple[str, ...]
    centre: Array
    scale: Array
    model: Any


def fit_offers(trial: pd.DataFrame, *, features: list[str], strength: float = 0.05) -> OfferFit:
    """Fit the chance to order under each offer, on a trial by lot: one logistic regression for all offers.

    Features, mails and offers enter by themselves and as products (offer x feature, offer x mails). The
    products are pulled towards zero (ridge): an offer acts alike on all unless the data say otherwise.

    Parameters
    ----------
    trial : DataFrame
        One row per customer and mailing: ``offer`` (with some "nothing"), ``ordered``, ``recent_mails`` and
        the features, none missing. The offer must have been drawn by lot.
    features : list of str
        Numeric columns known before the mailing; at least one.
    strength : float, default 0.05
        Inverse of the ridge penalty (scikit-learn's C), above 0: smaller pulls more.

    Returns
    -------
    OfferFit
        For `offer_chances`.

    Raises
    ------
    DataError
        If a column is missing or holds gaps, there is no "nothing" or no other offer, or the outcome never
        varies.

    References
    ----------
    Künzel, S. R., Sekhon, J. S., Bickel, P. J., Yu, B. (2019). Metalearners for estimating heterogeneous
    treatment effects using machine learning. PNAS 116(10), 4156-4165 (the S-learner).

    Examples
    --------
    >>> g = np.random.default_rng(1)
    >>> trial = pd.DataFrame({"offer": ["nothing", "guide"] * 500, "x": g.normal(size=1000),
    ...     "recent_mails": 0})
    >>> trial["ordered"] = (trial["offer"] == "guide") & (trial["x"] > 0)
    >>> chance = offer_chances(fit_offers(trial, features=["x"]), pd.DataFrame({"x": [-1.0, 1.0]}))
    >>> bool(chance.loc[1, "guide"] > chance.loc[0, "guide"])
    True
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    require_columns(trial, ("offer", "ordered", "recent_mails", *features), name="trial")
    if not features or not strength > 0:
        raise DataError("fit_offers needs at least one feature and a strength above 0.")
    gaps = [c for c in ("offer", "ordered", "recent_mails", *features) if trial[c].isna().any()]
    if gaps:
        raise DataError(f"trial: {gaps[0]!r} has missing values. Hint: fill them with what is known of all.")
    wild = [c for c in features if not np.isfinite(trial[c].to_numpy(dtype=float)).all()]
    if wild:
        raise DataError(f"trial: {wild[0]!r} has values that are not finite.")
    names = sorted(trial["offer"].unique().tolist())
    if NOTHING not in names or len(names) < 2:
        raise DataError(f'trial needs rows with "nothing" and with another offer; found {", ".join(names)}.')
    if trial["ordered"].nunique() < 2:
        raise DataError("ordered is the same in all rows of the trial: there is nothing to learn.")
    offers = (NOTHING, *(o for o in names if o != NOTHING))
    x = trial[features].to_numpy(dtype=float)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    arm = pd.Index(offers).get_indexer(trial["offer"])
    design = _design((x - centre) / scale, trial["recent_mails"].to_numpy(dtype=float), arm, len(offers))
    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100)
    with threadpool_limits(1):  # so small a problem is slower on several threads
        model.fit(design, trial["ordered"].astype(int))
    return OfferFit(offers, tuple(features), centre, scale, model)


def offer_chances(fit: OfferFit, people: pd.DataFrame, *, recent_mails: int | None = 0) -> pd.DataFrame:
    """Give each person's chance to order under each offer.

    Parameters
    ----------
    fit : OfferFit
        From `fit_offers`.
    people : DataFrame
        The features, none missing.
    recent_mails : int or None, default 0
        Mails in the weeks before, 0 or more, the same for all; None takes the column ``recent_mails`` of
        `people`.

    Returns
    -------
    DataFrame
        Index of `people`, one column per offer, "nothing" first: chances between 0 and 1.

    Raises
    ------
    DataError
        If a column is missing or holds gaps, or a number of mails is below 0.

    Examples
    --------
    >>> trial = pd.DataFrame({"offer": ["nothing", "guide"] * 50, "x": [0.0, 1.0, 1.0, 0.0] * 25,
    ...     "recent_mails": 0, "ordered": [False, True] * 50})
    >>> list(offer_chances(fit_offers(trial, features=["x"]), trial.head(2)).columns)
    ['nothing', 'guide']
    """
    need = (*fit.features, *(("recent_mails",) if recent_mails is None else ()))
    require_columns(people, need, name="people")
    x = people[list(fit.features)].to_numpy(dtype=float)
    mails = (
        people["recent_mails"].to_numpy(dtype=float)
        if recent_mails is None
        else np.full(len(x), float(recent_mails))
    )
    if np.isnan(x).any() or np.isnan(mails).any():
        raise DataError("people: a feature has missing values. Hint: fill them as in the trial.")
    if (mails < 0).any():
        raise DataError(f"recent_mails must be 0 or more; found {mails.min():g}.")
    z = (x - fit.centre) / fit.scale
    chances = {}
    for k, offer in enumerate(fit.offers):
        design = _design(z, mails, np.full(len(z), k), len(fit.offers))
        chances[offer] = fit.model.predict_proba(design)[:, 1]
    return pd.DataFrame(chances, index=people.index)


def offer_profits(chances: pd.DataFrame, margin_eur: Any, menu: pd.DataFrame) -> pd.DataFrame:
    """Turn chances to order into expected profit: chance x margin x (1 - price cut) - cost.

    Parameters
    ----------
    chances : DataFrame
        One column per offer, as from `offer_chances`.
    margin_eur : Series or array
        Expected margin of an order without a price cut, EUR, one for each row of `chances`, none missing: a
        Series is matched by its index, an array row by row.
    menu : DataFrame
        ``offer``, ``cost_eur``, ``price_cut_share`` (0 to 1): one row per offer.

    Returns
    -------
    DataFrame
        As `chances`, in EUR per person.

    Raises
    ------
    DataError
        If an offer is not on the menu or twice, a price cut lies outside 0 to 1, or the margins do not fit
        the rows.

    Examples
    --------
    >>> menu = pd.DataFrame({"offer": ["nothing", "discount"], "cost_eur": [0.0, 1.0],
    ...     "price_cut_share": [0.0, 0.25]})
    >>> offer_profits(pd.DataFrame({"nothing": [0.1], "discount": [0.2]}), [40.0], menu).values.tolist()
    [[4.0, 5.0]]
    """
    require_columns(menu, ("offer", "cost_eur", "price_cut_share"), name="menu")
    terms = menu.set_index("offer")
    odd = [o for o in chances.columns if o not in terms.index]
    if odd:
        raise DataError(f"{odd[0]!r} is not on the menu; it has {', '.join(terms.index)}.")
    if terms.index.has_duplicates:
        raise DataError(f"the menu has {terms.index[terms.index.duplicated()][0]!r} twice.")
    terms = terms.loc[list(chances.columns)]
    cut = terms["price_cut_share"].to_numpy(dtype=float)
    if not ((cut >= 0) & (cut <= 1)).all():
        raise DataError(f"price_cut_share must lie between 0 and 1; found {cut.min():g} to {cut.max():g}.")
    if not np.isfinite(terms["cost_eur"].to_numpy(dtype=float)).all():
        raise DataError("cost_eur of the menu has missing values.")
    if isinstance(margin_eur, pd.Series) and not margin_eur.index.equals(chances.index):
        if margin_eur.index.has_duplicates or chances.index.has_duplicates:
            raise DataError("margin_eur and chances have different indexes with repeated labels.")
        margin_eur = margin_eur.reindex(chances.index)
    margin = np.atleast_1d(np.asarray(margin_eur, dtype=float))[:, None]
    if len(margin) != len(chances):
        raise DataError(f"margin_eur has {len(margin):,} values; chances has {len(chances):,} rows.")
    if not np.isfinite(margin).all():
        raise DataError(
            f"margin_eur has no number for {int((~np.isfinite(margin)).sum()):,} rows of chances."
        )
    profit = chances.to_numpy() * margin * (1 - cut) - terms["cost_eur"].to_numpy()
    return pd.DataFrame(profit, index=chances.index, columns=chances.columns)


def _design(z: Array, mails: Array, arm: Array, n_offers: int) -> Array:
    """Features, mails, offers, and the products of the offers with features and mails."""
    told = np.column_stack([z, mails - 1.0])
    arms = (arm[:, None] == np.arange(1, n_offers)[None, :]).astype(float)
    products = [arms[:, [k]] * told for k in range(n_offers - 1)]
    return np.column_stack([told, 3.0 * arms, *products])
