"""From raw linear scores to probabilities.

Three maps, each a frozen record that needs numpy alone:

- `Platt`: 1 / (1 + exp(-(a z + b))) per label (Platt 1999, with his smoothed targets);
- `Isotonic`: a rising step-free line per label through the pooled scores
  (Zadrozny and Elkan 2002);
- `Softmax`: softmax(a_k z_k + b_k) where one label holds (Guo et al. 2017, vector scaling).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Platt:
    """A sigmoid of the score."""

    slope: float
    offset: float

    def __call__(self, raw: Array) -> Array:
        """Probabilities in [0, 1], the same shape."""
        probabilities: Array = 0.5 * (1.0 + np.tanh(0.5 * (self.slope * raw + self.offset)))
        return probabilities

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": "platt", "slope": self.slope, "offset": self.offset}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A line through rising points, level beyond the first and the last."""

    raw: tuple[float, ...]
    probability: tuple[float, ...]

    def __call__(self, raw: Array) -> Array:
        """Probabilities in [0, 1], the same shape."""
        probabilities: Array = np.interp(raw, self.raw, self.probability)
        return probabilities

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": "isotonic", "raw": list(self.raw), "probability": list(self.probability)}


@dataclass(frozen=True, slots=True)
class PerLabel:
    """Each label calibrated by itself, for tasks where several may hold."""

    labels: tuple[Platt | Isotonic, ...]

    def __call__(self, raw: Array) -> Array:
        """Probabilities, shape (n, n_labels)."""
        return np.column_stack([one(raw[:, i]) for i, one in enumerate(self.labels)])

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": "per label", "labels": [one.as_dict() for one in self.labels]}


@dataclass(frozen=True, slots=True)
class Softmax:
    """Classes calibrated together, for tasks where one holds; rows sum to 1."""

    slopes: tuple[float, ...]
    offsets: tuple[float, ...]

    def __call__(self, raw: Array) -> Array:
        """Probabilities, shape (n, n_labels)."""
        z = raw * np.array(self.slopes) + np.array(self.offsets)
        z = np.exp(z - z.max(axis=1, keepdims=True))
        probabilities: Array = z / z.sum(axis=1, keepdims=True)
        return probabilities

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": "softmax", "slopes": list(self.slopes), "offsets": list(self.offsets)}


def parse_calibration(data: Mapping[str, Any]) -> PerLabel | Softmax:
    """The calibration that `as_dict` described."""
    if data["kind"] == "softmax":
        return Softmax(tuple(data["slopes"]), tuple(data["offsets"]))
    return PerLabel(tuple(_parse_label(one) for one in data["labels"]))


def _parse_label(data: Mapping[str, Any]) -> Platt | Isotonic:
    if data["kind"] == "platt":
        return Platt(data["slope"], data["offset"])
    return Isotonic(tuple(data["raw"]), tuple(data["probability"]))
