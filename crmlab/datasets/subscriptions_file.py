"""The bundled subscriptions, read back from ``datasets/subscriptions``."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.subscriptions import SubscriptionWorld


def load_subscriptions() -> SubscriptionWorld:
    """Load the bundled subscriptions world: 2,700 subscribers of Pinefold Home, with the truth sheet.

    Returns
    -------
    SubscriptionWorld
        The tables of `make_subscriptions(2700, rng=15)`.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_subscriptions().subscribers)
    2700
    """
    return load("subscriptions", SubscriptionWorld)
