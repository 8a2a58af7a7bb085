"""All figures of a task as one function of how often each article counts.

The bootstrap, the jackknife and the permutation test ask this function, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.evaluate.counts import Counts, check_pair, count_by_group
from stance.evaluate.metrics import LABEL_METRICS, TASK_METRICS
from stance.evaluate.ranking import resampled_average_precision

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

AVERAGE_PRECISION = "average_precision"

# How far from the normal quantile (0) to Student's (1) the intervals of a label's metrics go; all
# others go half the way. Wilson's interval is wide where a share is near its end, and needs less
# than Student's there. benchmarks/interval_coverage.py decided.
_REACH = {
    "precision": 0.0,
    "recall": 0.0,
    "f1": 0.0,
    "prevalence": 0.75,
    "predicted_prevalence": 0.75,
    AVERAGE_PRECISION: 1.0,
}
_HALF_WAY = 0.5
# Resamples whose weights are held unit by unit at once: 256 x 40,000 units x 8 bytes are 80 MB.
_CHUNK = 256

_NO_POSITIVE = "the label is not in gold"


@dataclass(frozen=True, slots=True)
class Figure:
    """Which number: a metric of a label, or of the whole task where ``label`` is empty."""

    metric: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class TaskStatistic:
    """The figures of one task, for any weights of the articles; made by `task_statistic`.

    Attributes
    ----------
    figures
        What the columns of the result are: task metrics first, then each label's.
    lowest
        The least value that each figure can take, shape (n_figures,); the greatest is 1.
    reasons
        Why each figure is undefined, where it is.
    """

    figures: tuple[Figure, ...]
    lowest: Array
    reasons: tuple[str, ...]
    counts: Counts
    groups: Ints
    gold: Bools = field(repr=False)
    probabilities: Array | None = field(repr=False)

    @property
    def reach(self) -> Array:
        """How far from the normal quantile (0) to Student's (1) each interval goes."""
        return np.array(
            [_REACH.get(one.metric, _HALF_WAY) if one.label else _HALF_WAY for one in self.figures]
        )

    def place(self, metric: str) -> int:
        """The column of a metric of the whole task."""
        return self.figures.index(Figure(metric))

    @property
    def n_groups(self) -> int:
        """Number of articles."""
        return len(self.counts.sums)

    def __call__(self, weights: npt.NDArray[Any]) -> Array:
        """The figures when article g counts ``weights[b, g]`` times.

        Parameters
        ----------
        weights
            Shape (n_resamples, n_groups), at least 0.

        Returns
        -------
        Shape (n_resamples, n_figures); NaN where a figure is undefined.
        """
        counts = self.counts.resampled(weights)
        columns = [metric.compute(counts)[:, None] for metric in TASK_METRICS]
        columns += [metric.compute(counts) for metric in LABEL_METRICS]
        if self.probabilities is not None:
            columns.append(self._average_precisions(np.asarray(weights), self.probabilities))
        return np.concatenate(columns, axis=1)

    def _average_precisions(self, weights: npt.NDArray[Any], probabilities: Array) -> Array:
        """Average precision of each label, shape (n_resamples, n_labels)."""
        found = np.empty((len(weights), probabilities.shape[1]))
        for start in range(0, len(weights), _CHUNK):
            rows = slice(start, start + _CHUNK)
            by_unit = weights[rows][:, self.groups]
            for label, (gold, scores) in enumerate(zip(self.gold.T, probabilities.T, strict=True)):
                found[rows, label] = resampled_average_precision(gold, scores, by_unit)
        return found

    def bearing(self) -> Array:
        """On how many articles each figure rests, shape (n_figures,).

        For a label's agreement beyond chance these are the articles with its rarer value, for
        without that there is nothing to agree on.
        """
        columns = [(metric.units(self.counts) > 0).sum(axis=0) for metric in TASK_METRICS]
        without = (self.counts.n[:, None] > self.counts.true_positive).sum(axis=0)
        for metric in LABEL_METRICS:
            found = (metric.units(self.counts) > 0).sum(axis=0)
            columns.append(np.minimum(found, without) if metric.lowest < 0 else found)
        if self.probabilities is not None:
            columns.append((self.counts.support > 0).sum(axis=0))
        return np.concatenate([np.atleast_1d(column) for column in columns]).astype(np.float64)

    def beside(self, other: TaskStatistic) -> TaskStatistic:
        """Both models' articles as one set, this one's first; weights choose whose count."""
        mine, theirs = self.probabilities, other.probabilities
        return TaskStatistic(
            self.figures,
            self.lowest,
            self.reasons,
            Counts(np.vstack([self.counts.sums, other.counts.sums]), self.counts.single),
            np.concatenate([self.groups, other.groups + self.n_groups]),
            np.vstack([self.gold, other.gold]),
            None if mine is None or theirs is None else np.vstack([mine, theirs]),
        )


def task_statistic(  # noqa: PLR0913 - all that one task needs
    gold: Bools,
    predicted: Bools,
    groups: Ints,
    label_names: tuple[str, ...],
    *,
    probabilities: Array | None = None,
    single: bool = False,
) -> TaskStatistic:
    """The figures of one task as a function of article weights.

    Parameters
    ----------
    gold, predicted
        Shape (n, n_labels), columns in the order of the names.
    groups
        The article of each unit, shape (n,), in 0 .. n_groups - 1, each number taken.
    probabilities
        Shape (n, n_labels); without them there is no average precision.
    single
        Whether each unit carries exactly one label.

    Raises
    ------
    EmptyEvaluationError
        If there is nothing to compare.
    """
    check_pair(gold, predicted, single=single)
    counts = count_by_group(gold, predicted, groups, n_groups=int(groups.max()) + 1, single=single)
    figures = [Figure(metric.name) for metric in TASK_METRICS]
    lowest = [metric.lowest for metric in TASK_METRICS]
    reasons = [metric.undefined for metric in TASK_METRICS]
    for metric in LABEL_METRICS:
        figures += [Figure(metric.name, label) for label in label_names]
        lowest += [metric.lowest] * len(label_names)
        reasons += [metric.undefined] * len(label_names)
    if probabilities is not None:
        figures += [Figure(AVERAGE_PRECISION, label) for label in label_names]
        lowest += [0.0] * len(label_names)
        reasons += [_NO_POSITIVE] * len(label_names)
    return TaskStatistic(
        tuple(figures), np.array(lowest), tuple(reasons), counts, groups, gold, probabilities
    )
