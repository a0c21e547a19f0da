"""The bundled three sources, read back from their files."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.three_sources import Sources


def load_sources() -> Sources:
    """Load the bundled three sources: 1,500 people, with the truth.

    Returns
    -------
    Sources
        The tables of `make_sources(1500, rng=7)`, read from ``datasets/three_sources`` and
        ``datasets/truth``.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_sources().truth_people)
    1500
    """
    return load("three_sources", Sources)
