"""How often a yearly score falls although nothing has changed."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError


def fall_chance(
    points: float, *, noise_points: Iterable[float], years: int = 5, draws: int = 4000, rng: Any = 0
) -> pd.DataFrame:
    """Give the chance that a yearly score falls by so much although nothing has changed.

    Each year's score is the same true level and an error of its own. Between two years named in advance
    the fall is normal with the root of two times the error; somewhere in a row of years it is likelier.

    Parameters
    ----------
    points : float
        The fall, points, above 0.
    noise_points : iterable of float
        Errors of one year's score (standard deviations, points), each above 0.
    years : int, default 5
        Changes from year to year that somebody looks through, 1 to 100.
    draws : int, default 4000
        Simulated rows of years, 100 to 1,000,000.
    rng : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    DataFrame
        One row per error: ``noise_points``, ``once`` (chance for two years named in advance, exact) and
        ``anywhere`` (chance for at least one of the `years` changes, simulated).

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> fall_chance(5, noise_points=[2.5]).round(3)["once"].tolist()
    [0.079]
    """
    if not isinstance(noise_points, Iterable):
        raise DataError(f"noise_points must be several numbers, as in [1.5, 2.5]; found {noise_points!r}.")
    noises = [float(x) for x in noise_points]
    if not 0 < points < np.inf or not noises or not all(0 < x < np.inf for x in noises):
        raise DataError(f"points and noise_points must be above 0; found {points!r} and {noises}.")
    if not 1 <= years <= 100 or not 100 <= draws <= 1_000_000:
        raise DataError(f"years must be 1 to 100 and draws 100 to 1,000,000; found {years!r} and {draws!r}.")
    scores = np.random.default_rng(rng).standard_normal((draws, years + 1))
    worst = (scores[:, :-1] - scores[:, 1:]).max(axis=1)
    return pd.DataFrame({
        "noise_points": noises,
        "once": [NormalDist().cdf(-points / (np.sqrt(2) * x)) for x in noises],
        "anywhere": [float((worst * x >= points).mean()) for x in noises],
    })  # fmt: skip
