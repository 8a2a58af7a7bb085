"""Whether two models differ: paired intervals, and a permutation test over articles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.errors import EmptyEvaluationError, plural
from stance.evaluate.intervals import (
    N_RESAMPLES,
    article_weights,
    jackknife,
    standard_error,
    student_quantile,
)
from stance.evaluate.statistic import Figure, TaskStatistic, task_statistic

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# An adjusted p-value below this tells two models apart.
SIGNIFICANCE = 0.05

# Differences of permutations within rounding of the observed one count as equal to it.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model says of the units: labels of shape (n, n_labels) and, maybe, probabilities."""

    predicted: Bools
    probabilities: Array | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model minus another, for each figure; all arrays of shape (n_figures,).

    ``p_value`` is two-sided and not yet corrected for the number of comparisons (`holm`); NaN
    where the figure is undefined for one of the two.
    """

    figures: tuple[Figure, ...]
    difference: Array
    low: Array
    high: Array
    p_value: Array


def compare(  # noqa: PLR0913 - two models and what they are judged by
    gold: Bools,
    one: Answers,
    other: Answers,
    groups: Ints,
    label_names: tuple[str, ...],
    *,
    single: bool = False,
    n_resamples: int = N_RESAMPLES,
    seed: int,
) -> Comparison:
    """The difference of two models on the same units.

    Parameters
    ----------
    gold
        Shape (n, n_labels).
    groups
        The article of each unit, shape (n,), in 0 .. n_groups - 1, each number taken.
    n_resamples
        Number of bootstrap resamples and of permutations; p-values are at least 1 / (1 + it).

    Returns
    -------
    95 % intervals (Student's, with the standard error of the difference over resamples that both
    models share), and p-values of a test that exchanges the two models' answers to whole articles
    at random.

    Raises
    ------
    EmptyEvaluationError
        If there is nothing to compare, or only one article.

    References
    ----------
    Yeh 2000, More accurate tests for the statistical significance of result differences.
    """
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    if n_groups < 2:  # noqa: PLR2004 - nothing can be exchanged
        message = (
            f"Found {plural(n_groups, 'article')}. Two models are compared over articles: "
            "give at least two, or say in the recipe which field names the article."
        )
        raise EmptyEvaluationError(message)
    with_scores = one.probabilities is not None and other.probabilities is not None
    sides = [
        task_statistic(
            gold,
            answers.predicted,
            groups,
            label_names,
            probabilities=answers.probabilities if with_scores else None,
            single=single,
        )
        for answers in (one, other)
    ]
    weights = article_weights(n_groups, n_resamples=n_resamples, seed=seed)
    everything = np.ones((1, n_groups))
    difference = (sides[0](everything) - sides[1](everything))[0]
    error = standard_error(sides[0](weights) - sides[1](weights))
    bearing = np.maximum(sides[0].bearing(), sides[1].bearing())
    # Two models that differ nowhere in a rare label's few articles may differ in the next: half an
    # article is the least that is left open, as the simulation showed.
    of_label = np.array([figure.label != "" for figure in sides[0].figures])
    error = np.where(of_label, np.maximum(error, 0.5 / np.maximum(bearing, 1)), error)
    reach = error * student_quantile(jackknife(sides[0]) - jackknife(sides[1]), bearing)
    # Between the worst and the best that a figure can be.
    widest = 1 - sides[0].lowest
    low, high = np.maximum(difference - reach, -widest), np.minimum(difference + reach, widest)
    permuted = _permuted(sides[0], sides[1], n_resamples, seed)
    # What is undefined after an exchange is no evidence of a difference.
    extreme = (~(np.abs(permuted) < np.abs(difference) - _ROUNDING)).sum(axis=0)
    p_value = np.where(np.isnan(difference), np.nan, (1 + extreme) / (1 + n_resamples))
    return Comparison(sides[0].figures, difference, low, high, p_value)


def holm(p_values: npt.NDArray[Any]) -> Array:
    """P-values corrected for their number, in [0, 1], same shape; NaN stays and does not count.

    Parameters
    ----------
    p_values
        Shape (n,).

    References
    ----------
    Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def told_apart(adjusted: npt.NDArray[Any]) -> Bools:
    """Whether each corrected p-value tells the two models apart; False where it is undefined."""
    return np.asarray(np.nan_to_num(adjusted, nan=1.0) < SIGNIFICANCE)


def _permuted(one: TaskStatistic, other: TaskStatistic, n_permutations: int, seed: int) -> Array:
    """Differences after each article's answers changed sides by the toss of a coin."""
    both = one.beside(other)
    # Not the generator of the bootstrap: the two should not share their randomness.
    swap = np.random.default_rng([seed, 1]).random((n_permutations, one.n_groups)) < 0.5  # noqa: PLR2004 - a fair coin
    stay = ~swap
    return np.asarray(both(np.hstack([stay, swap])) - both(np.hstack([swap, stay])))
