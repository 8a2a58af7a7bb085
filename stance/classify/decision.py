"""From probabilities to labels, or to "cannot say"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
        given = self(probabilities)
        return np.asarray(np.where(given, probabilities, 1 - probabilities) < confidence)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `parse_decision` reads it back."""
        return {
            "kind": "thresholds",
            "values": list(self.values),
            "at_least_one": self.at_least_one,
        }


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


def parse_decision(data: Mapping[str, Any]) -> Thresholds | Largest:
    """The decision that `as_dict` described."""
    if data["kind"] == "largest":
        return Largest(tuple(data["factors"]))
    return Thresholds(tuple(data["values"]), data["at_least_one"])
