"""Linear classifiers, fitted: weights, calibration and decision of one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.classify.calibration import PerLabel, Softmax
from stance.classify.decision import Decision
from stance.codebook import Task
from stance.features.block import SparseRows
from stance.features.tfidf import sums_by_row
from stance.records import Scores


@dataclass(frozen=True, slots=True)
class TaskModel:
    """What a model knows of one task.

    Attributes
    ----------
    space
        Name of the feature space that the weights belong to.
    weights
        float32 of shape (n_features, n_labels).
    intercept
        float64 of shape (n_labels,).
    training
        What was chosen in training and how well it did there: C, out-of-fold figures, counts.
    """

    task: Task
    space: str
    weights: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float64]
    calibration: PerLabel | Softmax
    decision: Decision
    training: Mapping[str, Any]

    def scores(self, rows: SparseRows) -> Scores:
        """Raw scores and probabilities of feature vectors."""
        return self.calibrated(raw_scores(rows, self.weights, self.intercept))

    def calibrated(self, raw: npt.NDArray[np.float64]) -> Scores:
        """Raw scores with their probabilities."""
        return Scores(task=self.task.name, raw=raw, values=self.calibration(raw))


def raw_scores(
    rows: SparseRows, weights: npt.NDArray[np.float32], intercept: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Rows times weights plus intercept, float64 of shape (n_rows, n_labels)."""
    values = rows.values.astype(np.float64)
    raw = np.empty((rows.n_rows, len(intercept)))
    for label in range(len(intercept)):
        raw[:, label] = sums_by_row(values * weights[rows.columns, label], rows.starts)
    raw += intercept
    return raw
