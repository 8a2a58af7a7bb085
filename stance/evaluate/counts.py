"""What has to be counted, article by article, to know every metric of a task.

All metrics but average precision are functions of sums over units. The sums are taken once for
each article; a resample of articles is then a weighted sum of rows, and thousands of resamples
are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.errors import EmptyEvaluationError

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Columns before those of the labels: units; units with a label in gold or predicted, and the sums
# of F1 and of Jaccard over these; units whose label sets are equal.
_N, _EXAMPLES, _F1, _JACCARD, _EXACT, _FIRST = range(6)


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over units; the leading axes are articles, resamples, or none for a total.

    Attributes
    ----------
    sums
        float64 of shape (..., 5 + 3 * n_labels).
    single
        Whether each unit carries exactly one label, in gold and predicted.
    """

    sums: Array
    single: bool = False

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return int(self.sums.shape[-1] - _FIRST) // 3

    @property
    def n(self) -> Array:
        """Units, shape (...)."""
        return self._column(_N)

    @property
    def n_examples(self) -> Array:
        """Units with a label in gold or predicted, shape (...)."""
        return self._column(_EXAMPLES)

    @property
    def example_f1(self) -> Array:
        """Sum of the units' F1 between gold and predicted label sets, shape (...)."""
        return self._column(_F1)

    @property
    def example_jaccard(self) -> Array:
        """Sum of the units' Jaccard between gold and predicted label sets, shape (...)."""
        return self._column(_JACCARD)

    @property
    def exact(self) -> Array:
        """Units whose gold and predicted label sets are equal, shape (...)."""
        return self._column(_EXACT)

    @property
    def true_positive(self) -> Array:
        """Units with the label in gold and predicted, shape (..., n_labels)."""
        return self._labels(0)

    @property
    def false_positive(self) -> Array:
        """Units with the label predicted only, shape (..., n_labels)."""
        return self._labels(1)

    @property
    def false_negative(self) -> Array:
        """Units with the label in gold only, shape (..., n_labels)."""
        return self._labels(2)

    @property
    def support(self) -> Array:
        """Units with the label in gold, shape (..., n_labels)."""
        return np.asarray(self.true_positive + self.false_negative)

    @property
    def predicted(self) -> Array:
        """Units with the label predicted, shape (..., n_labels)."""
        return np.asarray(self.true_positive + self.false_positive)

    def total(self) -> Counts:
        """The sums over all articles."""
        return Counts(self.sums.sum(axis=0), self.single)

    def resampled(self, weights: npt.NDArray[Any]) -> Counts:
        """The sums when article g counts ``weights[b, g]`` times, for each resample b.

        Parameters
        ----------
        weights
            Shape (n_resamples, n_articles), at least 0.
        """
        return Counts(np.asarray(weights, dtype=np.float64) @ self.sums, self.single)

    def _column(self, number: int) -> Array:
        return np.asarray(self.sums[..., number])

    def _labels(self, number: int) -> Array:
        first = _FIRST + number * self.n_labels
        return np.asarray(self.sums[..., first : first + self.n_labels])


def count(gold: Bools, predicted: Bools, *, single: bool = False) -> Counts:
    """Counts of each unit, shape (n, ...).

    Parameters
    ----------
    gold, predicted
        Shape (n, n_labels).
    single
        Whether each unit carries exactly one label.

    Raises
    ------
    EmptyEvaluationError
        If there is no unit, shapes differ, or a unit of a single-label task has not one label.
    """
    check_pair(gold, predicted, single=single)
    both = gold & predicted
    shared, n_gold, n_predicted = (part.sum(axis=1) for part in (both, gold, predicted))
    either = n_gold + n_predicted - shared
    # Divided by at least 1: a unit without labels adds 0 to the sums, and does not count in them.
    f1 = 2 * shared / np.maximum(n_gold + n_predicted, 1)
    jaccard = shared / np.maximum(either, 1)
    ones = np.ones(len(gold))
    head = np.column_stack([ones, either > 0, f1, jaccard, shared == either])
    return Counts(np.hstack([head, both, predicted & ~gold, gold & ~predicted]), single)


def count_by_group(
    gold: Bools, predicted: Bools, groups: Ints, *, n_groups: int, single: bool = False
) -> Counts:
    """Counts of each article, shape (n_groups, ...).

    Parameters
    ----------
    groups
        The article of each unit, shape (n,), in 0 .. n_groups - 1.

    Raises
    ------
    EmptyEvaluationError
        As `count`.
    """
    units = count(gold, predicted, single=single)
    columns = [np.bincount(groups, weights=part, minlength=n_groups) for part in units.sums.T]
    return Counts(np.stack(columns, axis=1).astype(np.float64), single)


def check_pair(gold: Bools, predicted: Bools, *, single: bool) -> None:
    """Raise an `EmptyEvaluationError` where gold and predicted cannot be compared."""
    if gold.ndim != 2 or gold.shape != predicted.shape:  # noqa: PLR2004 - a matrix
        message = (
            f"Gold labels have shape {gold.shape}, predicted ones {predicted.shape}. "
            "Expected the same (n, n_labels) for both."
        )
        raise EmptyEvaluationError(message)
    if not gold.size:
        message = "There are no labelled units to evaluate. Give a file with gold labels."
        raise EmptyEvaluationError(message)
    if single:
        for name, labels in (("gold", gold), ("predicted", predicted)):
            wrong = np.flatnonzero(labels.sum(axis=1) != 1)
            if len(wrong):
                message = (
                    f"Unit {wrong[0]} has {labels[wrong[0]].sum()} {name} labels in a task where "
                    "each unit has exactly one. Correct it, or set several = true for the task."
                )
                raise EmptyEvaluationError(message)
