"""The one door to the package lifetimes: imported late, kept quiet, leaving no trace behind.

On import and in each likelihood lifetimes changes the warning filters of the whole process, prints its
optimiser's report when it fails, and its Pareto/NBD draws its start from NumPy's global generator. All of
that is contained here. Its two classes of result, a fit or a ``ConvergenceError``, become parameters or
words.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from crmlab.contracts import DataError

Array = np.ndarray[Any, np.dtype[Any]]

_FITTERS = {
    "bg_nbd": ("BetaGeoFitter", ("r", "alpha", "a", "b")),
    "mbg_nbd": ("ModifiedBetaGeoFitter", ("r", "alpha", "a", "b")),
    "pareto_nbd": ("ParetoNBDFitter", ("r", "alpha", "s", "beta")),
    "gamma_gamma": ("GammaGammaFitter", ("p", "q", "v")),
    "bg_bb": ("BetaGeoBetaBinomFitter", ("alpha", "beta", "gamma", "delta")),
}


def lifetimes_fit(model: str, *columns: Array, weights: Array) -> tuple[Array | None, str]:
    """Fit one model with lifetimes on distinct rows with weights.

    Parameters
    ----------
    model : {"bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma", "bg_bb"}
        Which fitter to use.
    *columns : arrays
        Frequency, t_x and T; frequency and mean spend for Gamma-Gamma.
    weights : array
        Number of customers with each row.

    Returns
    -------
    tuple
        The parameters in the model's order, or None, and a sentence: what lifetimes did.

    Examples
    --------
    >>> import numpy as np
    >>> nobody_came_back = np.array([0]), np.array([0.0]), np.array([9.0])
    >>> lifetimes_fit("bg_nbd", *nobody_came_back, weights=np.array([1]))[0] is None
    True
    """
    name, parameters = _FITTERS[model]
    if columns[0].max() == 0:
        return None, "lifetimes was not asked: nobody came back"
    with _contained():
        import lifetimes

        try:
            fitter = getattr(lifetimes, name)().fit(*columns, weights=weights)
        except (
            ValueError,
            ArithmeticError,
            np.linalg.LinAlgError,
        ) as error:  # ConvergenceError is a ValueError
            return None, f"lifetimes gave up ({str(error).strip().splitlines()[0]})"
    found = fitter.params_[list(parameters)].to_numpy(dtype=float)
    if not np.isfinite(found).all() or (found <= 0).any():
        return None, "lifetimes gave parameters that are not positive numbers"
    return found, "lifetimes converged"


def packaged_file(name: str) -> Path:
    """Give the path of a data file that ships inside the installed lifetimes, without importing it."""
    spec = importlib.util.find_spec("lifetimes")
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        path = Path(place) / "datasets" / name
        if path.exists():
            return path
    raise DataError(
        f"the installed package lifetimes holds no file {name!r}. Hint: install lifetimes 0.11.3."
    )


@contextlib.contextmanager
def _contained() -> Iterator[None]:
    """Restore warning filters, pandas option and NumPy's global generator; swallow what is printed."""
    import pandas as pd

    state = np.random.get_state()
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        option = pd.get_option("mode.chained_assignment")
        np.random.seed(0)
        try:
            yield
        finally:
            np.random.set_state(state)
            pd.set_option("mode.chained_assignment", option)
