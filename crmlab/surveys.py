"""How far a survey can be trusted: sampling error, sample size, weights, and what another answer is worth."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.contracts import DataError, require_columns

Array = np.ndarray[Any, np.dtype[Any]]


def margin_of_error(
    share: Any, n: Any, *, population: float | None = None, confidence: float = 0.95
) -> Array:
    r"""Give the half-width of the interval around a share found in a simple random sample.

    :math:`z\sqrt{\frac{p(1-p)}{n}\cdot\frac{N-n}{N-1}}`; the second fraction is the finite population
    correction and is left out without a `population`.

    Parameters
    ----------
    share : float or array-like
        The share, 0 to 1.
    n : int or array-like
        Number of answers, 1 or more.
    population : int, optional
        Number of people the sample was drawn from, `n` or more; endless when left out.
    confidence : float, default 0.95
        Between 0 and 1.

    Returns
    -------
    ndarray
        Half-width, as a share; 0 when everybody was asked.

    Raises
    ------
    DataError
        If a value is out of its range.

    References
    ----------
    Cochran, W. G. (1977). *Sampling Techniques*, 3rd ed. Wiley, sections 3.2 and 4.4.

    Examples
    --------
    >>> float(margin_of_error(0.5, 1000).round(3))
    0.031
    >>> float(margin_of_error(0.5, 1000, population=1000))
    0.0
    """
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    if not np.all((p >= 0) & (p <= 1)):
        raise DataError(f"share must lie between 0 and 1; found {share!r}.")
    if not np.all(size >= 1):
        raise DataError(f"n must be 1 or more; found {n!r}. Hint: without an answer there is no margin.")
    if population is not None and not np.all(size <= population):
        raise DataError(f"n must be no more than the population of {population:,.0f}; found {n!r}.")
    left: Any = 1.0
    if population is not None:
        left = (population - size) / max(population - 1, 1)
    half: Array = np.asarray(_z(confidence) * np.sqrt(p * (1 - p) / size * left))
    return half


def sample_size(
    margin: float, *, share: float = 0.5, population: float | None = None, confidence: float = 0.95
) -> int:
    r"""Give the answers needed for a margin of error (Cochran's formula, rounded up).

    :math:`n_0 = z^2 p(1-p)/d^2`; in a population of N people :math:`n = n_0 / (1 + (n_0 - 1)/N)`.

    Parameters
    ----------
    margin : float
        Wanted half-width d of the interval, as a share, above 0 and below 1.
    share : float, default 0.5
        The share that is expected, between 0 and 1; 0.5 is the worst case.
    population : int, optional
        Number of people, 1 or more; endless when left out.
    confidence : float, default 0.95
        Between 0 and 1.

    Returns
    -------
    int
        Number of answers; invitations must be more, by the answer rate.

    Raises
    ------
    DataError
        If a value is out of its range.

    References
    ----------
    Cochran, W. G. (1977). *Sampling Techniques*, 3rd ed. Wiley, section 4.4.

    Examples
    --------
    >>> sample_size(0.05), sample_size(0.05, population=3200)
    (385, 344)
    """
    if not 0 < margin < 1:
        raise DataError(f"margin must lie between 0 and 1, both left out; found {margin!r}.")
    if not 0 < share < 1:
        raise DataError(f"share must lie between 0 and 1, both left out; found {share!r}.")
    if population is not None and not population >= 1:
        raise DataError(f"population must be 1 or more; found {population!r}.")
    endless = (_z(confidence) / margin) ** 2 * share * (1 - share)
    needed = endless if population is None else endless / (1 + (endless - 1) / population)
    return max(1, int(np.ceil(needed - 1e-9)))


def design_effect(weights: Iterable[float]) -> float:
    r"""Give by how much unequal weights raise the variance of a mean (Kish): :math:`n\sum w^2/(\sum w)^2`.

    Parameters
    ----------
    weights : sequence of numbers
        One weight per answer, above 0.

    Returns
    -------
    float
        1 for equal weights, else more. n answers are worth n / effect answers of equal weight.

    Raises
    ------
    DataError
        If there is no weight, or one is not above 0.

    References
    ----------
    Kish, L. (1992). Weighting for unequal Pi. *Journal of Official Statistics* 8(2), 183-200.

    Examples
    --------
    >>> design_effect([1, 1, 1, 1]), design_effect([3, 1])
    (1.0, 1.25)
    """
    w = np.asarray(list(weights), dtype=float)
    if not len(w) or not np.all(np.isfinite(w) & (w > 0)):
        raise DataError(f"weights must be numbers above 0, one per answer; found {w[:3].tolist()}.")
    return float(len(w) * (w**2).sum() / w.sum() ** 2)


def strata_table(
    answers: pd.DataFrame, population: pd.DataFrame, *, by: str, value: str, fewest: int = 2
) -> pd.DataFrame:
    """Compare who answered with who there is, group by group (分层).

    Parameters
    ----------
    answers : DataFrame
        One row per answer, with `by` and `value`.
    population : DataFrame
        One row per person of the list, with `by`.
    by : str
        The column of groups that is known for everybody.
    value : str
        The answer: a number, or True/False.
    fewest : int, default 2
        A group with fewer answers is put together with the next smallest one, as often as needed; 2 or more.

    Returns
    -------
    DataFrame
        One row per stratum, sorted: ``stratum`` (names joined by " + " where put together), ``population``,
        ``answers`` (counts), ``population_share``, ``answer_share``, ``weight`` (their ratio), ``mean`` and
        ``variance`` (of the answers, divisor n - 1).

    Raises
    ------
    DataError
        If a column or an answer is missing, a group of the answers is unknown, or answers are too few.

    Examples
    --------
    >>> answers = pd.DataFrame({"age": ["old", "old", "young", "young"], "yes": [0, 0, 1, 0]})
    >>> people = pd.DataFrame({"age": ["old"] * 30 + ["young"] * 10})
    >>> strata_table(answers, people, by="age", value="yes")[["stratum", "weight", "mean"]].values.tolist()
    [['old', 1.5, 0.0], ['young', 0.5, 0.5]]
    """
    require_columns(answers, [by, value], name="answers")
    require_columns(population, [by], name="population")
    if fewest < 2:
        raise DataError(f"fewest must be 2 or more; found {fewest!r}. Hint: one answer has no variance.")
    y = answers[value]
    gaps = int(y.isna().sum() + answers[by].isna().sum() + population[by].isna().sum())
    if gaps:
        raise DataError(f"{by!r} or {value!r} is missing {gaps:,} times. Hint: take these rows out first.")
    unknown = sorted(set(answers[by].astype(str)) - set(population[by].astype(str)))
    if unknown:
        raise DataError(f"answers hold the group {unknown[0]!r} of {by!r}, which the population has not.")
    if len(answers) < fewest:
        raise DataError(f"answers holds {len(answers)} row(s); at least {fewest} are needed.")
    there = population[by].astype(str).value_counts()
    here = answers[by].astype(str).value_counts()
    parts = [([name], int(there[name]), int(here.get(name, 0))) for name in sorted(there.index)]
    while len(parts) > 1 and min(part[2] for part in parts) < fewest:
        parts.sort(key=lambda part: (part[2], part[0]))
        (a, n_a, k_a), (b, n_b, k_b), *rest = parts
        parts = [(sorted(a + b), n_a + n_b, k_a + k_b), *rest]
    label = {name: " + ".join(names) for names, _, _ in parts for name in names}
    grouped = y.astype(float).groupby(answers[by].astype(str).map(label))
    table = pd.DataFrame(
        {
            "stratum": [" + ".join(names) for names, _, _ in parts],
            "population": [n for _, n, _ in parts],
            "answers": [k for _, _, k in parts],
        }
    ).sort_values("stratum", ignore_index=True)
    return table.assign(
        population_share=table["population"] / len(population),
        answer_share=table["answers"] / len(answers),
        weight=lambda t: t["population_share"] / t["answer_share"],
        mean=table["stratum"].map(grouped.mean()),
        variance=table["stratum"].map(grouped.var(ddof=1)),
    )


def post_stratify(
    answers: pd.DataFrame,
    population: pd.DataFrame,
    *,
    by: str,
    value: str,
    fewest: int = 2,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Weight the answers so that each group counts as much as it does in the population (事后分层).

    Estimate :math:`\sum_h W_h \bar y_h`; variance
    :math:`\frac{1-f}{n}\sum_h W_h s_h^2 + \frac{1}{n^2}\sum_h (1 - W_h) s_h^2`, with the population shares
    :math:`W_h` and f = n / N. It mends that groups answer more or less often. It does not mend that, *within*
    a group, those who answer think otherwise than those who do not; the interval knows nothing of that.

    Parameters
    ----------
    answers, population : DataFrame
        As in `strata_table`; the population in full, one row per person.
    by, value : str
        As in `strata_table`.
    fewest : int, default 2
        As in `strata_table`.
    confidence : float, default 0.95
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row: ``unweighted`` (plain mean of the answers), ``estimate``, ``standard_error``, ``low``,
        ``high``, ``answers``, ``strata``, ``design_effect`` (Kish's, of the weights).

    Raises
    ------
    DataError
        As in `strata_table`; or if `confidence` is out of its range.

    References
    ----------
    Cochran, W. G. (1977). *Sampling Techniques*, 3rd ed. Wiley, section 5A.9.
    Holt, D., Smith, T. M. F. (1979). Post stratification. *Journal of the Royal Statistical Society A*
    142(1), 33-46. doi:10.2307/2344652

    Examples
    --------
    >>> answers = pd.DataFrame({"age": ["old", "old", "young", "young"], "yes": [0, 0, 1, 0]})
    >>> people = pd.DataFrame({"age": ["old"] * 30 + ["young"] * 10})
    >>> post_stratify(answers, people, by="age", value="yes")[["unweighted", "estimate"]].values.tolist()
    [[0.25, 0.125]]
    """
    z = _z(confidence)
    table = strata_table(answers, population, by=by, value=value, fewest=fewest)
    n, share, s2 = len(answers), table["population_share"], table["variance"]
    left = max(0.0, 1 - n / len(population))
    variance = left / n * (share * s2).sum() + ((1 - share) * s2).sum() / n**2
    estimate, error = float((share * table["mean"]).sum()), float(np.sqrt(variance))
    each = np.repeat(table["weight"].to_numpy(), table["answers"])
    return pd.DataFrame(
        {
            "unweighted": [float(answers[value].astype(float).mean())],
            "estimate": [estimate],
            "standard_error": [error],
            "low": [estimate - z * error],
            "high": [estimate + z * error],
            "answers": [n],
            "strata": [len(table)],
            "design_effect": [design_effect(each)],
        }
    )


def survey_error(
    n: Iterable[float], *, share: float, bias: float = 0.0, population: float | None = None
) -> pd.DataFrame:
    r"""Give the total error of a survey by its number of answers: :math:`\sqrt{bias^2 + variance}`.

    Parameters
    ----------
    n : sequence of int
        Numbers of answers, each 1 or more.
    share : float
        The share that is answered, 0 to 1 (the true one plus the bias).
    bias : float, default 0
        By how much the answers are wrong on average, -1 to 1.
    population : int, optional
        Number of people who can be asked; endless when left out.

    Returns
    -------
    DataFrame
        One row per n: ``n``, ``bias`` (absolute), ``standard_error``, ``total_error``; as shares.

    Raises
    ------
    DataError
        If a value is out of its range.

    Examples
    --------
    >>> survey_error([100, 10_000], share=0.5, bias=0.12)["total_error"].round(3).tolist()
    [0.13, 0.12]
    """
    if not -1 <= bias <= 1:
        raise DataError(f"bias must lie between -1 and 1; found {bias!r}.")
    size = np.asarray(list(n), dtype=float)
    error = margin_of_error(share, size, population=population) / _z(0.95)
    return pd.DataFrame(
        {"n": size, "bias": abs(bias), "standard_error": error, "total_error": np.hypot(bias, error)}
    )


def value_of_answers(
    n: Iterable[int],
    *,
    prior_share: float,
    prior_sd: float,
    break_even: float,
    stake_eur: float,
    population: int | None = None,
) -> pd.DataFrame:
    r"""Give what honest answers are worth before they are asked for (expected value of sample information).

    The share P is believed to follow a beta distribution. Going ahead earns `stake_eur` × (P - `break_even`),
    not going ahead earns 0. Without answers the better of the two under the belief is taken; with k of n
    saying yes, the better one under the changed belief. The value is the mean difference, over all k.

    Parameters
    ----------
    n : sequence of int
        Numbers of answers, each 0 or more.
    prior_share, prior_sd : float
        Mean and standard deviation of the belief about the share; the mean between 0 and 1, the standard
        deviation above 0 and below sqrt(mean × (1 - mean)).
    break_even : float
        Share at which going ahead pays for itself, 0 to 1.
    stake_eur : float
        EUR by which the profit grows from a share of 0 to a share of 1; above 0.
    population : int, optional
        Number of people whose share it is, no less than any n; endless when left out.

    Returns
    -------
    DataFrame
        One row per n: ``n``, ``value_eur``, and ``perfect_eur``, the value of knowing the share.

    Raises
    ------
    DataError
        If a value is out of its range.

    References
    ----------
    Raiffa, H., Schlaifer, R. (1961). *Applied Statistical Decision Theory*. Harvard Business School.

    Examples
    --------
    A share that may be anything, a break-even of one half: one answer is worth 1/12 of the stake, the
    truth 1/8.

    >>> anything = {"prior_share": 0.5, "prior_sd": (1 / 12) ** 0.5}
    >>> table = value_of_answers([0, 1], **anything, break_even=0.5, stake_eur=24)
    >>> table.round(6).values.tolist()
    [[0.0, 0.0, 3.0], [1.0, 2.0, 3.0]]
    """
    from scipy.special import betainc

    sizes = [int(size) for size in n]
    if min(sizes, default=0) < 0 or (population is not None and max(sizes, default=0) > population):
        limit = "0 or more" if population is None else f"0 to {population:,}"
        raise DataError(f"n must be {limit}; found {min(sizes)} to {max(sizes)}.")
    if not 0 < prior_share < 1 or not 0 < prior_sd < np.sqrt(prior_share * (1 - prior_share)):
        raise DataError(
            f"prior_share must lie between 0 and 1 and prior_sd between 0 and the root of "
            f"share × (1 - share); found {prior_share!r} and {prior_sd!r}."
        )
    if not 0 <= break_even <= 1 or not stake_eur > 0:
        raise DataError(
            f"break_even must lie between 0 and 1 and stake_eur be above 0; "
            f"found {break_even!r} and {stake_eur!r}."
        )
    total = prior_share * (1 - prior_share) / prior_sd**2 - 1
    a, b = prior_share * total, (1 - prior_share) * total
    now = max(0.0, prior_share - break_even)
    if population is None:
        perfect = prior_share * (1 - betainc(a + 1, b, break_even)) - break_even * (
            1 - betainc(a, b, break_even)
        )
    else:
        perfect = _expected_best(population, a, b, break_even, population)
    values = [_expected_best(size, a, b, break_even, population) - now for size in sizes]
    return pd.DataFrame(
        {
            "n": sizes,
            "value_eur": np.maximum(values, 0.0) * stake_eur,
            "perfect_eur": max(float(perfect) - now, 0.0) * stake_eur,
        }
    )


def _expected_best(n: int, a: float, b: float, break_even: float, population: int | None) -> float:
    """Mean, over the answers k, of the better of 0 and the expected share less the break-even."""
    from scipy.stats import betabinom

    k = np.arange(n + 1)
    later = (a + k) / (a + b + n)
    if population is not None:
        later = (k + (population - n) * later) / population
    chance = betabinom.pmf(k, n, a, b)
    return float((chance * np.maximum(0.0, later - break_even)).sum())


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1, both left out; found {confidence!r}.")
    return NormalDist().inv_cdf(0.5 + confidence / 2)
