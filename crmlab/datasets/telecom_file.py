"""The bundled telecom world, read back from ``datasets/telecom``."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.telecom import TelecomWorld


def load_telecom() -> TelecomWorld:
    """Load the bundled telecom world: 1,000 subscribers of a mobile carrier, half a year, with the truth.

    Returns
    -------
    TelecomWorld
        The tables of `make_telecom(1000, rng=7)`.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_telecom().phone_subscribers)
    1000
    """
    return load("telecom", TelecomWorld)
