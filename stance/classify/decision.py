"""From probabilities to labels, or to "cannot say"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A label is given where its probability is at least its threshold.

    With ``at_least_one``, a unit that would get none gets the label that is nearest to its
    threshold (by the ratio of the two).
    """

    values: tuple[float, ...]
    at_least_one: bool = False

    def __call__(self, probabilities: Array) -> Bools:
        """Which labels are given, shape (n, n_labels)."""
        limits = np.array(self.values)
        given: Bools = probabilities >= limits
        if self.at_least_one and len(given):
            bare = np.flatnonzero(~given.any(axis=1))
            nearest = (probabilities[bare] / np.maximum(limits, 1e-9)).argmax(axis=1)
            given[bare, nearest] = True
        return given

    def unsure(self, probabilities: Array, confidence: float) -> Bools:
        """Which labels cannot be decided: neither presence nor absence is likely enough.

        Parameters
        ----------
        confidence
            Least probability of being right, in [0, 1].
        """
        return _doubtful(self(probabilities), probabilities, confidence)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `parse_decision` reads it back."""
        return {
            "kind": "thresholds",
            "values": list(self.values),
            "at_least_one": self.at_least_one,
        }


def _doubtful(given: Bools, probabilities: Array, confidence: float) -> Bools:
    """Where what was decided, that a label is there or is not, is less likely than that."""
    return np.asarray(np.where(given, probabilities, 1 - probabilities) < confidence)


@dataclass(frozen=True, slots=True)
class ExpectedF1:
    """Each unit gets the set of labels whose F1 can be expected to be largest.

    The expectation takes the labels for independent. Where none may hold, an empty set matches an
    empty gold set and neither counts in example-based F1; so nothing is given where the best set's
    expected F1 is below ``empty`` times the probability that no label holds.

    References
    ----------
    Ye, Chai, Lee and Chieu 2012, Optimizing F-measures: a tale of two approaches (ICML).
    """

    empty: float = 0.0

    def __call__(self, probabilities: Array) -> Bools:
        """Which labels are given, shape (n, n_labels)."""
        given, expected = best_sets(probabilities)
        likely: Bools = expected >= self.empty * (1 - probabilities).prod(axis=1)
        return given & likely[:, None]

    def unsure(self, probabilities: Array, confidence: float) -> Bools:
        """Which labels cannot be decided, as of `Thresholds`."""
        return _doubtful(self(probabilities), probabilities, confidence)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `parse_decision` reads it back."""
        return {"kind": "expected_f1", "empty": self.empty}


def best_sets(probabilities: Array) -> tuple[Bools, Array]:
    """For each unit the set of labels with the largest expected F1, and that F1.

    Of all sets of a size the best has the most probable labels, so only as many sets as there are
    labels are compared, each exactly: 2 hits / (size + true labels), over how many labels hold
    inside and outside the set.

    Returns
    -------
    Sets of shape (n, n_labels), none empty, and expected F1 of shape (n,).
    """
    n, n_labels = probabilities.shape
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    # How likely it is that 0, 1, 2, ... of the labels after the first k hold, for each k.
    outside = [np.ones((n, 1))]
    for k in reversed(range(1, n_labels)):
        outside.append(_one_more(outside[-1], ranked[:, k]))
    expected = np.empty((n, n_labels))
    inside = np.ones((n, 1))
    for size in range(1, n_labels + 1):
        inside = _one_more(inside, ranked[:, size - 1])
        beside = outside[n_labels - size]
        hits, others = np.arange(size + 1)[:, None], np.arange(beside.shape[1])
        f1 = 2 * hits / (size + hits + others)
        expected[:, size - 1] = np.einsum("ni,ij,nj->n", inside, f1, beside, optimize=True)
    sizes = expected.argmax(axis=1) + 1
    given = np.zeros(probabilities.shape, dtype=np.bool_)
    np.put_along_axis(given, order, np.arange(n_labels) < sizes[:, None], axis=1)
    return given, expected.max(axis=1)


def _one_more(counts: Array, probability: Array) -> Array:
    """The distribution of a count, shape (n, k), when one more event may happen."""
    more = np.zeros((len(counts), counts.shape[1] + 1))
    more[:, :-1] = counts * (1 - probability)[:, None]
    more[:, 1:] += counts * probability[:, None]
    return more


@dataclass(frozen=True, slots=True)
class Largest:
    """The one label with the largest product of probability and factor is given."""

    factors: tuple[float, ...]

    def __call__(self, probabilities: Array) -> Bools:
        """Which label is given, shape (n, n_labels), one True a row."""
        given = np.zeros(probabilities.shape, dtype=np.bool_)
        best = (probabilities * np.array(self.factors)).argmax(axis=1)
        given[np.arange(len(given)), best] = True
        return given

    def unsure(self, probabilities: Array, confidence: float) -> Bools:
        """Which units cannot be decided, the same for all labels of a row."""
        given = self(probabilities)
        chosen = (probabilities * given).sum(axis=1, keepdims=True)
        return np.repeat(chosen < confidence, probabilities.shape[1], axis=1)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `parse_decision` reads it back."""
        return {"kind": "largest", "factors": list(self.factors)}


Decision: TypeAlias = Thresholds | ExpectedF1 | Largest


def parse_decision(data: Mapping[str, Any]) -> Decision:
    """The decision that `as_dict` described."""
    if data["kind"] == "largest":
        return Largest(tuple(data["factors"]))
    if data["kind"] == "expected_f1":
        return ExpectedF1(data["empty"])
    return Thresholds(tuple(data["values"]), data["at_least_one"])
