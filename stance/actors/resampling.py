"""Intervals of shares and differences between groups, by resampling articles.

The bootstrap draws whole articles, because the paragraphs of one article are alike, and gives each
share its standard error. The interval is then Wilson's with the sample size that would have given
this error, as for the figures of an evaluation: plain percentiles cover too little where a label
is rare or absent.

Articles that add the same to a share are of one kind, and there are few kinds: how many of each are
drawn has the same distribution whether articles or kinds are drawn, and takes no longer for many
articles than for some.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

LEVEL = 0.95
N_RESAMPLES = 2000
N_PERMUTATIONS = 9999
# Fewer articles tell next to nothing about how articles differ.
LEAST_ARTICLES = 5

# Numbers that one step holds in memory: 32 MB.
_STEP = 4_000_000
# Below this, a standard error is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares with the limits of their 95 % intervals, each of shape (n_shares,).

    NaN where undefined: the share of nothing, or an interval from too few articles.
    """

    value: Array
    low: Array
    high: Array


def shares(parts: Array, totals: Array, *, seed: int) -> Shares:
    """Shares over all articles with intervals.

    Parameters
    ----------
    parts
        What each article adds to the numerator of each share, shape (n_articles, n_shares).
    totals
        What it adds to the denominator, the same shape; parts lie in [0, total].

    References
    ----------
    Wilson 1927, Probable inference, the law of succession, and statistical inference; with the
    effective sample size of Kish 1965, Survey sampling, section 8.2.
    """
    n_articles = len(parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = parts.sum(axis=0) / totals.sum(axis=0)
        bearing = (totals > 0).sum(axis=0)
        nan = np.full(value.shape, np.nan)
        if n_articles < LEAST_ARTICLES:
            return Shares(value, nan, nan)
        columns = zip(parts.T, totals.T, strict=True)
        error = np.array([_standard_error(*column, seed=seed) for column in columns])
        size = value * (1 - value) / error**2
        squared = stdtrit(np.maximum(bearing - 1, 1), (1 + LEVEL) / 2) ** 2
        centre = (value + squared / (2 * size)) / (1 + squared / size)
        half = np.sqrt(squared * (value * (1 - value) / size + squared / (4 * size**2)))
        half /= 1 + squared / size
        # Where all articles are alike, others may still differ: as many as Wilson's interval has
        # it of what never occurred, by as much as there is room. Of 0 and 1, it is his own.
        flat = ~(error > _NOTHING)
        others = squared / (bearing + squared)
        low = np.where(flat, value * (1 - others), np.clip(centre - half, 0.0, 1.0))
        high = np.where(flat, value + (1 - value) * others, np.clip(centre + half, 0.0, 1.0))
    enough = bearing >= LEAST_ARTICLES
    return Shares(value, np.where(enough, low, np.nan), np.where(enough, high, np.nan))


def difference_limits(first: Array, second: Array) -> tuple[float, float]:
    """The 95 % limits of a difference of independent shares, each given as value, low, high.

    References
    ----------
    Zou and Donner 2008, Construction of confidence limits about effect measures, formula 8.
    """
    difference = first[0] - second[0]
    below = np.hypot(first[0] - first[1], second[2] - second[0])
    above = np.hypot(first[2] - first[0], second[0] - second[1])
    return float(difference - below), float(difference + above)


def permutation_p(
    parts: Array, totals: Array, in_first: npt.NDArray[np.bool_], *, seed: int
) -> float:
    """How probable so large a difference is if the articles' groups mean nothing, in (0, 1].

    Parameters
    ----------
    parts, totals
        Each article's numerator and denominator, shape (n_articles,).
    in_first
        Which articles are the first group's, shape (n_articles,).

    References
    ----------
    Phipson and Smyth 2010, Permutation p-values should never be zero.
    """
    random = np.random.default_rng(seed)
    kinds = _kinds(parts, totals)
    n_first = int(in_first.sum())
    own = np.bincount(kinds.of[in_first], minlength=len(kinds.counts))
    observed = abs(float(_differences(kinds, own[None, :])[0]))
    step = max(1, min(N_PERMUTATIONS, _STEP // len(kinds.counts)))
    as_large = done = 0
    while done < N_PERMUTATIONS:
        n = min(step, N_PERMUTATIONS - done)
        drawn = random.multivariate_hypergeometric(kinds.counts, n_first, n, method="marginals")
        found = np.abs(_differences(kinds, drawn))
        # A group without any paragraph has no share; it counts as no evidence of a difference.
        as_large += int(np.sum(~(found < observed - _NOTHING)))
        done += n
    return (as_large + 1) / (N_PERMUTATIONS + 1)


def holm(p_values: Array) -> Array:
    """Holm's adjusted p-values, in the order given.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    stepped = p_values[order] * (len(p_values) - np.arange(len(p_values)))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Kinds of articles: what one of each adds, how many there are, and of which each article is.

    The first three are of shape (n_kinds,), the last of shape (n_articles,).
    """

    parts: Array
    totals: Array
    counts: Counts
    of: Counts


def _kinds(parts: Array, totals: Array) -> _Kinds:
    kinds, of, counts = np.unique(parts + 1j * totals, return_inverse=True, return_counts=True)
    return _Kinds(kinds.real, kinds.imag, counts, of)


def _differences(kinds: _Kinds, first: Counts) -> Array:
    """First group's share less the second's, for first groups of shape (n, n_kinds)."""
    second = kinds.counts - first
    with np.errstate(invalid="ignore", divide="ignore"):
        shares_first = (first @ kinds.parts) / (first @ kinds.totals)
        shares_second = (second @ kinds.parts) / (second @ kinds.totals)
    return np.asarray(shares_first - shares_second)


def _standard_error(parts: Array, totals: Array, *, seed: int) -> float:
    """The bootstrap's standard error of one share."""
    random = np.random.default_rng(seed)
    kinds = _kinds(parts, totals)
    drawn = random.multinomial(len(parts), kinds.counts / len(parts), size=N_RESAMPLES)
    replicates = (drawn @ kinds.parts) / (drawn @ kinds.totals)
    known = replicates[~np.isnan(replicates)]
    return float(known.std(ddof=1)) if len(known) > 1 else 0.0
