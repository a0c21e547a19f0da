"""The bundled notes on customers and organisations, read back from ``datasets/organisations``."""

from __future__ import annotations

from crmlab.datasets.bundled import load
from crmlab.datasets.organisations import OrganisationWorld


def load_organisations() -> OrganisationWorld:
    """Load what is written down about the customers of the bundled retail world, with its truth sheets.

    Returns
    -------
    OrganisationWorld
        The tables of `make_organisations(6000, rng=69)`.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> notes = load_organisations()
    >>> sorted(notes.customer_fields["source"].unique())
    ['card form', 'questionnaire', 'staff note']
    """
    return load("organisations", OrganisationWorld)
