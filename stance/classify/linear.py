"""Linear classifiers, fitted: weights, calibration and decision of one task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.classify.calibration import PerLabel, Softmax
from stance.classify.decision import Decision
from stance.codebook import Task
from stance.features.block import SparseRows
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.tfidf import sums_by_row
from stance.records import Floats, Scores


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


class StackedTasks:
    """The tasks of one feature space side by side, to be scored in one pass.

    Parameters
    ----------
    tasks
        At least one; all have the same number of features.

    Attributes
    ----------
    intercept
        float64 of shape (n_labels,), the labels of all tasks one behind the other.
    no_weights
        float32 of shape (0, n_labels), what the weights of blocks are stacked upon.
    """

    def __init__(self, tasks: Sequence[TaskModel]) -> None:
        self._tasks = tuple(tasks)
        self.intercept = np.concatenate([task.intercept for task in tasks])
        self.no_weights = np.empty((0, len(self.intercept)), dtype=np.float32)

    def by_block(
        self, space: JoinedBlocks
    ) -> Iterator[tuple[WeightedBlock, npt.NDArray[np.float32]]]:
        """Each block of the tasks' feature space with the rows of the weights that are its own."""
        # Not kept: they take as much memory as the tasks' own.
        weights = np.hstack([task.weights for task in self._tasks])
        return zip(space.blocks, np.split(weights, space.starts[1:-1]), strict=True)

    def by_task(self, raw: Floats) -> dict[str, Floats]:
        """Each task's columns, by its name, of raw scores of shape (n_units, n_labels)."""
        ends = np.cumsum([len(task.intercept) for task in self._tasks])[:-1]
        pieces = np.split(raw, ends, axis=1)
        return {task.task.name: own for task, own in zip(self._tasks, pieces, strict=True)}


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
