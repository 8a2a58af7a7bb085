"""How well probabilities rank units: precision-recall curves and average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Resamples taken at once: 64 x 5,000 units x 8 bytes are 2.5 MB, which stays in the cache.
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """A precision-recall curve, one point for each distinct probability, highest first.

    ``precision[i]`` and ``recall[i]`` hold when the label is given from ``threshold[i]`` up.
    """

    threshold: Array
    precision: Array
    recall: Array


def precision_recall(gold: Bools, probabilities: Array) -> PrecisionRecall:
    """The precision-recall curve of one label.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).

    Returns
    -------
    Points; recall is NaN throughout where the label is not in gold.
    """
    order, ends = _ranking(probabilities)
    hits = np.cumsum(gold[order])[ends].astype(np.float64)
    support = gold.sum()
    recall = hits / support if support else np.full(len(ends), np.nan)
    return PrecisionRecall(probabilities[order][ends], hits / (ends + 1), recall)


def average_precision(gold: Bools, probabilities: Array) -> float:
    """Precision averaged over the recall that it is reached at, in [0, 1]; NaN without positives.

    Parameters
    ----------
    gold, probabilities
        Shape (n,). Units of equal probability are taken together, as scikit-learn does.
    """
    return float(resampled_average_precision(gold, probabilities, np.ones((1, len(gold))))[0])


def resampled_average_precision(
    gold: Bools, probabilities: Array, weights: npt.NDArray[Any]
) -> Array:
    """Average precision of one label when unit i counts ``weights[b, i]`` times, shape (b,).

    Parameters
    ----------
    gold, probabilities
        Shape (n,).
    weights
        Shape (n_resamples, n), at least 0.

    Returns
    -------
    NaN for a resample in which no unit has the label.
    """
    order, ends = _ranking(probabilities)
    positive = np.flatnonzero(gold[order])
    # The last place of the tie that each positive stands in, and the last positive of that tie.
    tie = ends[np.searchsorted(ends, positive)]
    last = np.searchsorted(positive, tie, side="right") - 1
    result = np.full(len(weights), np.nan)
    if not len(positive):
        return result
    for start in range(0, len(weights), _CHUNK):
        chunk = np.asarray(weights[start : start + _CHUNK], dtype=np.float64)[:, order]
        retrieved = np.cumsum(chunk, axis=1)[:, tie]
        own = chunk[:, positive]
        hits = np.cumsum(own, axis=1)
        support = hits[:, -1]
        # A positive of weight 0 adds nothing, whatever precision stands there.
        gains = (own * hits[:, last] / np.maximum(retrieved, 1e-300)).sum(axis=1)
        np.divide(gains, support, out=result[start : start + _CHUNK], where=support > 0)
    return result


def _ranking(probabilities: Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Units from most to least probable, and the last place of each tie in that order."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    return order, np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
