"""Whether probabilities are true: reliability, ECE, the Brier score's parts, and abstaining."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from stance.errors import EmptyEvaluationError

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reliability:
    """A reliability diagram: units in bins of rising probability.

    Attributes
    ----------
    count
        Units in each bin, shape (n_bins,), at least 1 each.
    lowest, highest
        The least and the greatest probability in each bin, shape (n_bins,).
    probability
        Mean probability of the bin's units, shape (n_bins,).
    share
        Share of them that have the label, shape (n_bins,).
    low, high
        95 % Jeffreys interval of the share, shape (n_bins,). Where articles are known, n is not the
        units but as many independent ones as would tell as much, for units of one article are
        alike.
    """

    count: Ints
    lowest: Array
    highest: Array
    probability: Array
    share: Array
    low: Array
    high: Array

    @property
    def ece(self) -> float:
        """Expected calibration error: mean gap of probability and share over units, in [0, 1].

        References
        ----------
        Naeini, Cooper and Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian
        binning; equal-mass bins as in Nixon et al. 2019, Measuring calibration in deep learning.
        """
        return float((self.count * np.abs(self.probability - self.share)).sum() / self.count.sum())


@dataclass(frozen=True, slots=True)
class Brier:
    """The Brier score and its parts, which sum to it exactly.

    ``score = reliability - resolution + uncertainty + within_variance - within_covariance``

    Attributes
    ----------
    score
        Mean squared difference of probability and outcome, in [0, 1]; less is better.
    reliability
        Mean squared gap between the bins' probability and share; less is better.
    resolution
        Mean squared distance of the bins' shares from the overall share; more is better.
    uncertainty
        Variance of the outcome: the score of always giving the prevalence.
    within_variance, within_covariance
        What the bins hide: variance of the probabilities inside bins, and twice their covariance
        with the outcome there.

    References
    ----------
    Murphy 1973, A new vector partition of the probability score.
    Stephenson, Coelho and Jolliffe 2008, Two extra components in the Brier score decomposition.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within_variance: float
    within_covariance: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What abstaining buys: one point for each confidence, most confident decisions first.

    ``error[i]`` is the share of wrong decisions among the ``coverage[i]`` of all that have at
    least ``confidence[i]``.
    """

    confidence: Array
    coverage: Array
    error: Array


def reliability(
    gold: Bools, probabilities: Array, groups: Ints | None = None, *, n_bins: int = 10
) -> Reliability:
    """The reliability diagram of one label, in bins of equal mass.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).
    groups
        The article of each unit, shape (n,).
    n_bins
        At least 1; there are fewer where units of equal probability, which stay together, fill
        several.

    Raises
    ------
    EmptyEvaluationError
        If there are no units.

    References
    ----------
    Korn and Graubard 1998, Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data (the effective number of units).
    """
    place, count = _bins(probabilities, n_bins)

    def total(values: npt.NDArray[np.generic]) -> Array:
        return np.asarray(np.bincount(place, weights=values.astype(float)), dtype=np.float64)

    share = total(gold) / count
    n = count.astype(np.float64)
    if groups is not None:
        n = _independent_units(gold, place, share, groups)
    hits = share * n
    low = np.where(share > 0, beta.ppf(0.025, hits + 0.5, n - hits + 0.5), 0.0)
    high = np.where(share < 1, beta.ppf(0.975, hits + 0.5, n - hits + 0.5), 1.0)
    order = np.argsort(place, kind="stable")
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    return Reliability(
        count=count,
        lowest=np.minimum.reduceat(probabilities[order], first),
        highest=np.maximum.reduceat(probabilities[order], first),
        probability=total(probabilities) / count,
        share=share,
        low=low,
        high=high,
    )


def gaps_by_article(
    gold: Bools, probabilities: Array, groups: Ints, *, n_groups: int, n_bins: int = 10
) -> Array:
    """Sum of outcome less probability of each article's units in each bin of the diagram.

    The absolute sums over articles, added up and divided by the units, are the expected
    calibration error.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).
    groups
        The article of each unit, shape (n,), in 0 .. n_groups - 1.

    Returns
    -------
    Shape (n_groups, n_bins), with fewer bins as in `reliability`.

    Raises
    ------
    EmptyEvaluationError
        If there are no units.
    """
    place, count = _bins(probabilities, n_bins)
    cells = groups * len(count) + place
    found = np.bincount(cells, weights=gold - probabilities, minlength=n_groups * len(count))
    return np.asarray(found.reshape(n_groups, len(count)), dtype=np.float64)


def brier(gold: Bools, probabilities: Array, *, n_bins: int = 10) -> Brier:
    """The Brier score of one label with its parts, over bins of equal mass.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).

    Raises
    ------
    EmptyEvaluationError
        If there are no units.
    """
    place, count = _bins(probabilities, n_bins)
    outcome = gold.astype(np.float64)
    mean_probability = np.bincount(place, weights=probabilities) / count
    share = np.bincount(place, weights=outcome) / count
    overall = outcome.mean()
    weight = count / len(outcome)
    off_probability = probabilities - mean_probability[place]
    off_outcome = outcome - share[place]
    return Brier(
        score=float(((probabilities - outcome) ** 2).mean()),
        reliability=float((weight * (mean_probability - share) ** 2).sum()),
        resolution=float((weight * (share - overall) ** 2).sum()),
        uncertainty=float(overall * (1 - overall)),
        within_variance=float((off_probability**2).mean()),
        within_covariance=float(2 * (off_probability * off_outcome).mean()),
    )


def risk_coverage(correct: Bools, confidence: Array) -> RiskCoverage:
    """Error against the share of decisions that are kept.

    Parameters
    ----------
    correct, confidence
        Shape (n,): whether each decision is right, and the probability that it was given.
        Decisions of equal confidence are kept or left together.

    Raises
    ------
    EmptyEvaluationError
        If there are no decisions.

    References
    ----------
    El-Yaniv and Wiener 2010, On the foundations of noise-free selective classification.
    """
    _check_some(len(correct))
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    wrong = np.cumsum(~correct[order])[ends]
    return RiskCoverage(ranked[ends], (ends + 1) / len(correct), wrong / (ends + 1))


def doubtful_gold(gold: Bools, probabilities: Array) -> Ints:
    """Units whose gold value for one label is probably wrong, most doubtful first.

    Confident learning: a unit is confidently present where its probability reaches the mean
    probability of the units that have the label in gold, confidently absent where the probability
    of absence reaches the mean of those that have not (where both, the more probable holds).
    Units on which that disagrees with gold are doubtful; they are ordered by the probability of
    their gold value. Use probabilities from a model that has not seen these units.

    Parameters
    ----------
    gold, probabilities
        Shape (n,).

    Returns
    -------
    Row numbers; none where gold has one value only.

    References
    ----------
    Northcutt, Jiang and Chuang 2021, Confident learning: estimating uncertainty in dataset labels,
    section 3.1; each label of several as a task of its own.
    """
    if gold.all() or not gold.any():
        return np.empty(0, dtype=np.int64)
    present_from = probabilities[gold].mean()
    absent_from = (1 - probabilities[~gold]).mean()
    present = probabilities >= present_from
    absent = 1 - probabilities >= absent_from
    more_present = probabilities > 1 - probabilities
    doubtful = np.where(
        gold, absent & ~(present & more_present), present & ~(absent & ~more_present)
    )
    of_gold = np.where(gold, probabilities, 1 - probabilities)
    rows = np.flatnonzero(doubtful)
    return rows[np.argsort(of_gold[rows], kind="stable")]


def _bins(probabilities: Array, n_bins: int) -> tuple[Ints, Ints]:
    """The bin of each unit, and the units of each bin; equal probabilities share a bin."""
    n = len(probabilities)
    _check_some(n)
    order = np.argsort(probabilities, kind="stable")
    ranked = probabilities[order]
    # A tie goes where its first unit falls.
    first = np.searchsorted(ranked, ranked, side="left")
    planned = first * n_bins // n
    _, place = np.unique(planned, return_inverse=True)
    result = np.empty(n, dtype=np.int64)
    result[order] = place
    return result, np.bincount(place)


def _independent_units(gold: Bools, place: Ints, share: Array, groups: Ints) -> Array:
    """As how many independent units each bin's units tell of its share, shape (n_bins,).

    As many as would give the share the variance that its articles give it; where no article
    differs from another, as many as there are articles.
    """
    n_bins = len(share)
    _, article = np.unique(groups, return_inverse=True)
    cells, cell = np.unique(article * n_bins + place, return_inverse=True)
    own_bin = cells % n_bins
    count = np.bincount(place, minlength=n_bins)
    articles = np.bincount(own_bin, minlength=n_bins).astype(np.float64)
    off = np.bincount(cell, weights=gold - share[place])
    variance = np.bincount(own_bin, weights=off**2, minlength=n_bins) / count**2
    variance *= articles / np.maximum(articles - 1, 1)
    found = np.divide(share * (1 - share), variance, out=articles.copy(), where=variance > 0)
    return np.asarray(np.clip(found, 1.0, np.maximum(count, 1)))


def _check_some(n: int) -> None:
    if not n:
        message = "There are no units to check probabilities on. Give a file with gold labels."
        raise EmptyEvaluationError(message)
