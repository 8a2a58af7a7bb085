"""Krippendorff's alpha, for single values and for label sets, as sums over units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.evaluate.metrics import ratio

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Value of a unit that a coder did not code.
MISSING = -1


@dataclass(frozen=True, slots=True)
class AlphaSums:
    """What has to be summed over units for Krippendorff's alpha.

    Attributes
    ----------
    values
        How often each value was given, in units with two values or more, shape (..., n_values).
    disagreement
        Sum over units of the distances between its values, each pair in both directions, by the
        number of its values less one, shape (...).
    distance
        Squared distance of each pair of values, shape (n_values, n_values), 0 on the diagonal.
    """

    values: Array
    disagreement: Array
    distance: Array

    def resampled(self, weights: npt.NDArray[Any]) -> AlphaSums:
        """The sums when row g counts ``weights[b, g]`` times."""
        by_row = np.asarray(weights, dtype=np.float64)
        return AlphaSums(by_row @ self.values, by_row @ self.disagreement, self.distance)

    def n_varied(self) -> int:
        """In how many rows another value than the most frequent one was given."""
        often = int(self.values.sum(axis=0).argmax())
        return int((np.delete(self.values, often, axis=1).sum(axis=1) > 0).sum())

    def alpha(self) -> Array:
        """Krippendorff's alpha, shape (...); NaN where only one value was given, or none."""
        n = self.values.sum(axis=-1)
        expected = ((self.values @ self.distance) * self.values).sum(axis=-1)
        # (disagreement / n) / (expected / (n (n - 1))), kept in whole numbers as far as it goes.
        return 1 - ratio(self.disagreement * (n - 1), expected)


def alpha_sums(values: Ints, distance: Array) -> AlphaSums:
    """The sums of each unit.

    Parameters
    ----------
    values
        Shape (n_coders, n): the number of the value, or -1 where the coder did not code the unit.
    distance
        Squared distances, shape (n_values, n_values).

    References
    ----------
    Krippendorff 2004, Content analysis, 2nd edition, section 11.3, the canonical form by
    coincidences; units with fewer than two values do not count.
    """
    n_values = len(distance)
    table = np.stack([(values == value).sum(axis=0) for value in range(n_values)], axis=1)
    table = table.astype(np.float64)
    n_given = table.sum(axis=1)
    table[n_given < 2] = 0.0  # noqa: PLR2004 - a pair
    pairs = ((table @ distance) * table).sum(axis=1)
    return AlphaSums(table, pairs / np.maximum(n_given - 1, 1), distance)


def masi_distances(sets: Bools) -> Array:
    """Distances of label sets, in [0, 1]: 0 for equal sets, 1 for sets that share nothing.

    One minus Jaccard times 1 for equal sets, 2/3 where one holds the other, 1/3 where they
    overlap, 0 where they share nothing. Two empty sets are equal.

    Parameters
    ----------
    sets
        Shape (n_sets, n_labels).

    Returns
    -------
    Shape (n_sets, n_sets).

    References
    ----------
    Passonneau 2006, Measuring agreement on set-valued items (MASI) for semantic and pragmatic
    annotation, section 3.
    """
    found = sets.astype(np.float64)
    shared, size = found @ found.T, found.sum(axis=1)
    either = size[:, None] + size - shared
    held = shared == np.minimum(size[:, None], size)
    likeness = np.where(held, 2 / 3, 1 / 3) * shared / np.maximum(either, 1)
    return np.asarray(np.where(shared == either, 0.0, 1 - likeness))
