"""95 % intervals that keep their promise: bootstrap over articles, and paired comparisons.

Resampling articles gives each figure its standard error, whatever its formula and however alike
the paragraphs of one article are. The interval is then drawn as Wilson draws that of a proportion,
with the sample size that would have given this standard error, because plain percentiles cover
too little where a label is rare, and nothing at all where a small test holds no error.
``benchmarks/interval_coverage.py`` is the simulation by which this method was chosen over the
percentile, BCa, normal and logit ones; its results are stored beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats

from stance.evaluate.statistic import Figure

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVEL = 0.95
N_RESAMPLES = 2000

# From so many bundles of articles a standard error is known to 1.6 %, and so it is from as many
# resamples; more articles would cost time and memory by the square of their number.
MOST_BUNDLES = N_RESAMPLES

# The metrics of a task with several labels that are means of a metric of labels.
MEANS = {"macro_f1": "f1", "mcc": "mcc", "kappa": "kappa", "alpha": "alpha"}

# Standard errors that a normal interval reaches.
_NORMAL = float(stats.norm.ppf((1 + LEVEL) / 2))

# Degrees of freedom are told by the same few articles as the standard error, and badly; with fewer
# than two, intervals would be up to three times as wide and hardly cover more (the simulation).
_LEAST_FREEDOM = 2.0

# Below this, a standard error is rounding and a value is its limit.
_NOTHING = 1e-9


class Statistic(Protocol):
    """Figures as a function of how often each article counts."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What the columns are."""

    @property
    def lowest(self) -> Array:
        """The least value of each figure, shape (n_figures,); the greatest is 1."""

    @property
    def reach(self) -> Array:
        """How far from the normal quantile (0) to Student's (1) each interval goes."""

    @property
    def n_groups(self) -> int:
        """Number of articles."""

    def __call__(self, weights: npt.NDArray[Any]) -> Array:
        """The figures for weights of shape (n_resamples, n_groups)."""

    def bearing(self) -> Array:
        """On how many articles each figure rests, shape (n_figures,)."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Figures with their intervals, each of shape (n_figures,); NaN where undefined."""

    value: Array
    low: Array
    high: Array


def bundled(groups: Ints, *, seed: int) -> Ints:
    """Articles thrown together at random into 2,000 equal bundles, where there are more.

    Bundles of independent articles are independent, and their totals vary as the articles' do, so
    that resampling them gives the same standard errors (random groups: Wolter 2007, Introduction
    to variance estimation, chapter 2).

    Parameters
    ----------
    groups
        The article of each unit, shape (n,), in 0 .. n_groups - 1, each number taken.

    Returns
    -------
    The bundle of each unit, likewise; ``groups`` itself where there are no more.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    if n_groups <= MOST_BUNDLES:
        return groups
    return np.random.default_rng(seed).permutation(n_groups)[groups] % MOST_BUNDLES


def article_weights(n_groups: int, *, n_resamples: int = N_RESAMPLES, seed: int) -> Array:
    """How often each article is drawn, with replacement, shape (n_resamples, n_groups).

    Models that are compared must be given the same weights.
    """
    random = np.random.default_rng(seed)
    drawn = random.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=n_resamples)
    return drawn.astype(np.float64)


def intervals(statistic: Statistic, weights: Array) -> Intervals:
    """The figures with 95 % intervals.

    Parameters
    ----------
    weights
        From `article_weights`.

    Returns
    -------
    A figure that is defined has an interval; of a single article, the widest there is.

    References
    ----------
    Wilson 1927, Probable inference, the law of succession, and statistical inference; with the
    effective sample size of Kish 1965, Survey sampling, section 8.2.
    Zou and Donner 2008, Construction of confidence limits about effect measures, formula 8, for
    the means over labels (MOVER).
    """
    value = statistic(np.ones((1, statistic.n_groups)))[0]
    replicates = statistic(weights)
    bearing = statistic.bearing()
    critical = _critical(statistic, bearing)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = standard_error(replicates)
        low, high = _wilson(value, error, bearing, critical, statistic.lowest)
    _means(statistic.figures, value, low, high, replicates)
    # Agreement beyond chance needs two values, and one article with the rarer tells nothing of
    # others, however little the resamples vary.
    alone = (bearing < 2) & (statistic.lowest < 0)  # noqa: PLR2004 - two articles
    alone |= statistic.n_groups == 1
    low = np.where(alone, np.where(np.isnan(value), np.nan, statistic.lowest), low)
    high = np.where(alone, np.where(np.isnan(value), np.nan, 1.0), high)
    return Intervals(value, low, high)


def jackknife(statistic: Statistic) -> Array:
    """The figures with each article left out in turn, shape (n_groups, n_figures)."""
    n = statistic.n_groups
    step = max(1, min(n, 4_000_000 // max(n, 1)))
    parts = []
    for start in range(0, n, step):
        weights = np.ones((min(step, n - start), n))
        weights[np.arange(len(weights)), start + np.arange(len(weights))] = 0.0
        parts.append(statistic(weights))
    return np.vstack(parts)


def student_quantile(influence: Array, bearing: Array) -> Array:
    """The quantile of Student's t that goes with each figure's standard error, shape (n_figures,).

    Its degrees of freedom say how well the articles tell the standard error: about their number
    where all weigh the same, few where few articles carry the figure (Satterthwaite 1946, with
    the kurtosis of the articles' influence).

    Parameters
    ----------
    influence
        From `jackknife`, or the difference of two of them.
    bearing
        On how many articles each figure rests, shape (n_figures,).
    """
    known = ~np.isnan(influence)
    n = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, influence, 0.0)
    centred = np.where(known, centred - centred.sum(axis=0) / n, 0.0)
    second, fourth = (centred**2).sum(axis=0), (centred**4).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = 2 * n / (n * fourth / second**2 - 1) - 1
    freedom = np.where(np.isfinite(freedom), freedom, bearing - 1)
    return np.asarray(stats.t.ppf((1 + LEVEL) / 2, np.maximum(freedom, _LEAST_FREEDOM)))


def _wilson(
    value: Array, error: Array, bearing: Array, critical: Array, lowest: Array
) -> tuple[Array, Array]:
    """Limits of Wilson's interval on the scale from the lowest value to 1."""
    # Agreement beyond chance can be below 0, but not by much where the value is high: seen from
    # -1, a high value would seem near its end, and its interval would be far too wide.
    lowest = np.maximum(lowest, np.where(lowest < 0, value - 1, lowest))
    span = 1 - lowest
    share = np.clip((value - lowest) / span, 0.0, 1.0)
    size = share * (1 - share) / (error / span) ** 2
    # No article differs: the data tell no standard error, only how many articles there are.
    flat = (error < _NOTHING) | (share < _NOTHING) | (share > 1 - _NOTHING)
    size = np.where(flat, np.maximum(bearing, 1), size)
    squared = np.where(flat, _NORMAL, critical) ** 2
    centre = (share + squared / (2 * size)) / (1 + squared / size)
    half = np.sqrt(squared) / (1 + squared / size)
    half = half * np.sqrt(share * (1 - share) / size + squared / (4 * size**2))
    low, high = np.clip([centre - half, centre + half], 0.0, 1.0)
    # Rounding must not push a limit past the value itself, as it would at 0 and 1.
    low, high = np.minimum(low, share), np.maximum(high, share)
    return low * span + lowest, high * span + lowest


def _means(
    figures: tuple[Figure, ...], value: Array, low: Array, high: Array, replicates: Array
) -> None:
    """Rewrite the limits of the means over labels from their labels' limits (MOVER)."""
    for place, figure in enumerate(figures):
        if figure.label or figure.metric not in MEANS:
            continue
        parts = [
            number
            for number, other in enumerate(figures)
            if other.label and other.metric == MEANS[figure.metric] and not np.isnan(value[number])
        ]
        # A single-label task's kappa is not a mean over labels, and its limits stay.
        if not parts or abs(value[parts].mean() - value[place]) > _NOTHING:
            continue
        related = _correlation(replicates[:, parts])
        below, above = value[parts] - low[parts], high[parts] - value[parts]
        low[place] = value[place] - np.sqrt(below @ related @ below) / len(parts)
        high[place] = value[place] + np.sqrt(above @ related @ above) / len(parts)


def _correlation(replicates: Array) -> Array:
    """Correlation of the columns; what does not vary is related to nothing but itself."""
    known = ~np.isnan(replicates)
    n = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, replicates, 0.0)
    centred = np.where(known, filled - filled.sum(axis=0) / n, 0.0)
    length = np.sqrt((centred**2).sum(axis=0))
    centred = centred / np.where(length > _NOTHING, length, 1.0)
    related = centred.T @ centred
    np.fill_diagonal(related, 1.0)
    return np.asarray(related)


def standard_error(replicates: Array) -> Array:
    """Standard deviation of each column, leaving out what is NaN, shape (n_figures,)."""
    known = ~np.isnan(replicates)
    n = known.sum(axis=0)
    filled = np.where(known, replicates, 0.0)
    mean = filled.sum(axis=0) / np.maximum(n, 1)
    squares = np.where(known, (filled - mean) ** 2, 0.0)
    error = np.sqrt(squares.sum(axis=0) / np.maximum(n - 1, 1))
    return np.asarray(np.where(n > 0, error, np.nan))


def _critical(statistic: Statistic, bearing: Array) -> Array:
    """How many standard errors each interval reaches."""
    student = student_quantile(jackknife(statistic), bearing)
    return np.asarray(_NORMAL + statistic.reach * (student - _NORMAL))
