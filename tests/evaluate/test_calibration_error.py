"""Reliability, Brier parts, abstaining and doubtful gold, against closed forms and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from stance.errors import EmptyEvaluationError
from stance.evaluate.calibration_error import (
    brier,
    doubtful_gold,
    gaps_by_article,
    reliability,
    risk_coverage,
)
from stance.evaluate.intervals import article_weights
from stance.evaluate.probabilities import ece_with_interval


def example(n=500, digits=6, seed=0):
    """Outcomes, and probabilities that are too extreme for them."""
    random = np.random.default_rng(seed)
    probabilities = np.round(random.random(n), digits)
    return random.random(n) < 0.25 + probabilities / 2, probabilities


def test_bins_have_equal_mass():
    """Ten bins of fifty units each, in rising order and without overlap."""
    gold, probabilities = example()
    found = reliability(gold, probabilities)
    assert found.count.tolist() == [50] * 10
    assert (found.highest[:-1] < found.lowest[1:]).all()
    place = np.argsort(probabilities).reshape(10, 50)
    assert found.share == pytest.approx(gold[place].mean(axis=1))
    assert found.probability == pytest.approx(probabilities[place].mean(axis=1))
    gap = np.abs(gold[place].mean(axis=1) - probabilities[place].mean(axis=1)).mean()
    assert found.ece == pytest.approx(gap)


def test_equal_probabilities_share_a_bin():
    """Two probabilities make two bins at most, however many were asked for."""
    probabilities = np.array([0.2] * 30 + [0.7] * 10)
    found = reliability(np.arange(40) % 2 == 0, probabilities)
    assert found.count.tolist() == [30, 10]


def test_bin_intervals_are_jeffreys():
    """Each share has Jeffreys' interval; an article of like units counts as about one."""
    gold, probabilities = example()
    found = reliability(gold, probabilities, n_bins=5)
    hits = int(gold[np.argsort(probabilities)[:100]].sum())
    expected = stats.beta.ppf([0.025, 0.975], hits + 0.5, 100 - hits + 0.5)
    assert [found.low[0], found.high[0]] == pytest.approx(expected)
    # Twelve articles of five units that are all alike: p (1 - p) / 11 is the variance of the share.
    groups = np.arange(60) // 5
    alike = np.array([1, 0, 0] * 4, dtype=bool)[groups]
    wide = reliability(alike, np.full(60, 0.4), groups)
    expected = stats.beta.ppf([0.025, 0.975], 11 / 3 + 0.5, 22 / 3 + 0.5)
    assert [wide.low[0], wide.high[0]] == pytest.approx(expected)
    none = reliability(np.zeros(60, bool), np.full(60, 0.4), groups)
    assert none.high[0] == pytest.approx(stats.beta.ppf(0.975, 0.5, 12.5))


def test_gaps_of_articles_add_up_to_the_calibration_error():
    """Their absolute sums by bin are the ECE, however the units are spread over articles."""
    gold, probabilities = example()
    groups = np.random.default_rng(1).integers(0, 30, 500)
    gaps = gaps_by_article(gold, probabilities, groups, n_groups=30)
    assert gaps.shape == (30, 10)
    assert np.abs(gaps.sum(axis=0)).sum() / 500 == pytest.approx(
        reliability(gold, probabilities).ece
    )


def test_true_probabilities_show_the_error_of_chance():
    """Outcomes drawn from the probabilities: the ECE is chance's, and its interval holds 0."""
    random = np.random.default_rng(3)
    probabilities = random.random(2000)
    groups = np.arange(2000) // 5
    weights = article_weights(400, n_resamples=500, seed=0)
    gold = random.random(2000) < probabilities
    found, chance = ece_with_interval(gold, probabilities, groups, weights, seed=0)
    # Ten bins of 200: the mean of |N(0, p (1 - p) / 200)| over p is .0222 by numeric integration.
    p = np.linspace(0.0005, 0.9995, 1000)
    expected = np.sqrt(2 / np.pi) * np.sqrt(
        [(part * (1 - part)).mean() / 200 for part in np.split(p, 10)]
    )
    assert chance == pytest.approx(expected.mean(), rel=0.1)
    assert found.low == 0
    wrong, _ = ece_with_interval(gold, probabilities / 2, groups, weights, seed=0)
    assert wrong.low > 0.2
    assert wrong.low < wrong.value < wrong.high


@pytest.mark.parametrize("digits", [1, 6])
def test_brier_score_is_the_sum_of_its_parts(digits):
    """The parts sum to scikit-learn's Brier score, with ties and without."""
    gold, probabilities = example(digits=digits)
    found = brier(gold, probabilities)
    assert found.score == pytest.approx(reference.brier_score_loss(gold, probabilities))
    parts = found.reliability - found.resolution + found.uncertainty
    parts += found.within_variance - found.within_covariance
    assert parts == pytest.approx(found.score)


def test_prevalence_alone_has_the_uncertainty_as_its_score():
    """One probability for all: no resolution, and nothing within bins."""
    gold = np.arange(10) < 3
    found = brier(gold, np.full(10, 0.3))
    assert found.score == pytest.approx(0.21)
    assert found.uncertainty == pytest.approx(0.21)
    assert found.resolution == pytest.approx(0)


def test_risk_falls_as_less_is_kept():
    """By hand: four decisions, the two of equal confidence together."""
    correct = np.array([True, False, True, False])
    found = risk_coverage(correct, np.array([0.9, 0.7, 0.7, 0.6]))
    assert found.confidence.tolist() == [0.9, 0.7, 0.6]
    assert found.coverage == pytest.approx([0.25, 0.75, 1.0])
    assert found.error == pytest.approx([0, 1 / 3, 0.5])


def test_flipped_gold_is_found_and_most_doubtful_first():
    """Labels flipped against a good model stand in the list, the surest first."""
    random = np.random.default_rng(0)
    truth = random.random(300) < 0.3
    probabilities = np.clip(np.where(truth, 0.85, 0.1) + random.normal(size=300) * 0.05, 0, 1)
    flipped = [3, 77, 210]
    # Confident learning finds those that are surer than the average of their kind.
    probabilities[flipped] = np.where(truth[flipped], [0.99, 0.98, 0.97], [0.01, 0.02, 0.0])
    gold = truth.copy()
    gold[flipped] = ~gold[flipped]
    rows = doubtful_gold(gold, probabilities)
    assert sorted(rows) == flipped
    of_gold = np.where(gold, probabilities, 1 - probabilities)[rows]
    assert (np.diff(of_gold) >= 0).all()


def test_doubts_are_the_off_diagonal_of_the_confident_joint():
    """Brute force by the definition of Northcutt et al., formula 1."""
    gold, probabilities = example(200)
    both = np.stack([1 - probabilities, probabilities])
    limits = [both[c][gold == bool(c)].mean() for c in (0, 1)]
    expected = set()
    for row in range(200):
        sure = [c for c in (0, 1) if both[c, row] >= limits[c]]
        if sure and max(sure, key=lambda c: both[c, row]) != int(gold[row]):
            expected.add(row)
    assert set(doubtful_gold(gold, probabilities).tolist()) == expected
    assert expected


def test_gold_of_one_value_has_no_doubts():
    """Without units of both kinds nothing can be told."""
    assert len(doubtful_gold(np.ones(5, dtype=bool), np.arange(5) / 5)) == 0


@pytest.mark.parametrize("function", [reliability, brier, risk_coverage])
def test_no_units_is_an_error(function):
    """There is nothing to compute from."""
    with pytest.raises(EmptyEvaluationError, match="no units"):
        function(np.zeros(0, dtype=bool), np.zeros(0))
