"""The bundled households of the electricity seller, read back from ``datasets/energy``."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.energy_world import EnergyWorld


def load_energy() -> EnergyWorld:
    """Load the bundled world of Quillmoor, a seller of electricity: 200 households, with the truth.

    Returns
    -------
    EnergyWorld
        The tables of `make_energy(200, rng=17)`, to look at in a spreadsheet; too few for a trial.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_energy().households)
    200
    """
    return load("energy", EnergyWorld)
