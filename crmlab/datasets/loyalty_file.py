"""The bundled loyalty world, read back from ``datasets/loyalty``."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.loyalty import LoyaltyWorld


def load_loyalty() -> LoyaltyWorld:
    """Load the bundled loyalty world: 3,000 customers, two surveys, a reward by lot, with its truth sheets.

    Returns
    -------
    LoyaltyWorld
        The tables of `make_loyalty(3000, rng=4)`.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_loyalty().switching)
    3000
    """
    return load("loyalty", LoyaltyWorld)
