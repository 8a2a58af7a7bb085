"""What a report says of probabilities: are they true, how they rank, what abstaining buys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from stance.evaluate.calibration_error import brier, gaps_by_article, reliability, risk_coverage
from stance.evaluate.evaluation import Bin, Calibration, Estimate, Point
from stance.evaluate.intervals import LEVEL, intervals, standard_error
from stance.evaluate.metrics import ratio
from stance.evaluate.ranking import precision_recall
from stance.evaluate.statistic import Figure

Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Points of a curve that are kept: more cannot be seen, and would make the files large.
_MAX_POINTS = 120


def calibration(
    gold: Bools, probabilities: Array, groups: Ints, weights: Array, *, seed: int
) -> Calibration:
    """Whether one label's probabilities are true, with intervals by article.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).
    groups
        The article of each unit, shape (n,).
    weights
        From `article_weights`.
    """
    diagram = reliability(gold, probabilities, groups)
    parts = brier(gold, probabilities)
    columns = (
        diagram.lowest,
        diagram.highest,
        diagram.probability,
        diagram.share,
        diagram.low,
        diagram.high,
    )
    bins = tuple(
        Bin(int(count), *map(float, row))
        for count, row in zip(diagram.count, zip(*columns, strict=True), strict=True)
    )
    ece, chance_ece = ece_with_interval(gold, probabilities, groups, weights, seed=seed)
    return Calibration(
        bins=bins,
        ece=ece,
        chance_ece=chance_ece,
        score=mean_with_interval((probabilities - gold) ** 2, groups, weights),
        brier={one.name: float(getattr(parts, one.name)) for one in fields(parts)},
    )


def ece_with_interval(
    gold: Bools, probabilities: Array, groups: Ints, weights: Array, *, seed: int
) -> tuple[Estimate, float]:
    """The expected calibration error, and what chance alone would make of it.

    True probabilities show an error too, for shares of few units are never exact. What it would
    be is taken from the gaps of the articles with signs drawn by the toss of a coin. The interval
    reaches down by the standard error and by that chance, so it ends at 0 where the probabilities
    may be true, and is then wider than it need be.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).
    groups
        The article of each unit, shape (n,).
    weights
        From `article_weights`.
    seed
        Of the coins.

    References
    ----------
    Broecker and Smith 2007, Increasing the reliability of reliability diagrams (the error that
    consistent probabilities show); Wu 1986, Jackknife, bootstrap and other resampling methods in
    regression analysis (the signs).
    """
    n_resamples, n_groups = weights.shape
    gaps = gaps_by_article(gold, probabilities, groups, n_groups=n_groups)
    sizes = np.bincount(groups, minlength=n_groups).astype(np.float64)
    value = float(np.abs(gaps.sum(axis=0)).sum() / sizes.sum())
    signs = np.random.default_rng([seed, 4]).integers(0, 2, size=(n_resamples, n_groups)) * 2.0 - 1
    chance = float((np.abs(signs @ gaps).sum(axis=1) / sizes.sum()).mean())
    if n_groups < 2:  # noqa: PLR2004 - one article tells nothing of others
        return Estimate(value, 0.0, 1.0), chance
    resampled = np.abs(weights @ gaps).sum(axis=1) / (weights @ sizes)
    reach = float(norm.ppf((1 + LEVEL) / 2)) * float(standard_error(resampled[:, None])[0])
    return Estimate(value, max(value - chance - reach, 0.0), min(value + reach, 1.0)), chance


def mean_with_interval(values: Array, groups: Ints, weights: Array) -> Estimate:
    """The mean of a number of each unit with its interval, by resampling articles.

    Parameters
    ----------
    values
        Shape (n,), in [0, 1].
    groups
        The article of each unit, shape (n,).
    weights
        From `article_weights`.
    """
    n_groups = weights.shape[1]
    sums = np.bincount(groups, weights=values, minlength=n_groups).astype(np.float64)
    sizes = np.bincount(groups, minlength=n_groups).astype(np.float64)
    found = intervals(_Mean(sums, sizes), weights)
    return Estimate(float(found.value[0]), float(found.low[0]), float(found.high[0]))


@dataclass(frozen=True, slots=True)
class _Mean:
    """A mean over units as a function of article weights, from each article's sum and size."""

    sums: Array
    sizes: Array

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (Figure("mean"),)

    @property
    def lowest(self) -> Array:
        return np.zeros(1)

    @property
    def reach(self) -> Array:
        # Squared errors are skewed: a few articles hold most of them.
        return np.ones(1)

    @property
    def n_groups(self) -> int:
        return len(self.sums)

    def bearing(self) -> Array:
        return np.array([float(len(self.sums))])

    def __call__(self, weights: npt.NDArray[Any]) -> Array:
        return ratio(weights @ self.sums, weights @ self.sizes)[:, None]


def curve(gold: Bools, probabilities: Array) -> tuple[Point, ...]:
    """Recall and precision, most probable first; none where the label is not in gold."""
    if not gold.any():
        return ()
    found = precision_recall(gold, probabilities)
    kept = _spread(len(found.threshold))
    return tuple(
        Point(float(found.recall[i]), float(found.precision[i]), float(found.threshold[i]))
        for i in kept
    )


def _spread(n: int) -> list[int]:
    """Places of at most ``_MAX_POINTS`` of n points, the first and the last among them."""
    kept: list[int] = (
        np.unique(np.linspace(0, n - 1, min(n, _MAX_POINTS)).round()).astype(int).tolist()
    )
    return kept


def chosen_point(
    figures: Mapping[tuple[str, str], Estimate], label: str, limit: float | None
) -> Point | None:
    """The point of a label's curve that the decisions stand at; none where it is undefined."""
    recall, precision = figures["recall", label].value, figures["precision", label].value
    if recall is None or precision is None:
        return None
    return Point(recall, precision, limit)


def abstaining(
    gold: Bools, predicted: Bools, probabilities: Array, *, single: bool
) -> tuple[Point, ...]:
    """Share of decisions kept, share of them wrong, and the confidence asked for."""
    if single:
        correct = (gold == predicted).all(axis=1)
        confidence = (probabilities * predicted).sum(axis=1)
    else:
        correct = (gold == predicted).ravel()
        confidence = np.where(predicted, probabilities, 1 - probabilities).ravel()
    found = risk_coverage(correct, confidence)
    return tuple(
        Point(float(found.coverage[i]), float(found.error[i]), float(found.confidence[i]))
        for i in _spread(len(found.coverage))
    )
