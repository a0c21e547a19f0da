"""The bundled letting-go world, read back from ``datasets/let_go``."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.let_go import LetGoWorld


def load_let_go() -> LetGoWorld:
    """Load the bundled letting-go world: four businesses with 1,400 customers each, with its truth sheets.

    Returns
    -------
    LetGoWorld
        The tables of `make_let_go(1400, rng=18)`.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_let_go().wear_customers)
    1400
    """
    return load("let_go", LetGoWorld)
