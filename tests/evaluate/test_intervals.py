"""Intervals cover as they say, and comparisons find what is there and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from stance.errors import EmptyEvaluationError
from stance.evaluate.agreement import Codings, agreement_statistic
from stance.evaluate.comparison import Answers, compare, holm, told_apart
from stance.evaluate.intervals import article_weights, intervals, jackknife
from stance.evaluate.statistic import Figure, task_statistic

NAMES = ("rare", "common")


def drawn(random, articles=50, skill=2.2):
    """Articles of one to nine paragraphs, alike within; a label at 4 % and one at 40 %."""
    groups = np.repeat(np.arange(articles), random.integers(1, 10, articles))
    shape = (len(groups), 2)
    gold = random.random(shape) < expit([-3.62, -0.48] + random.normal(size=(articles, 2))[groups])
    score = skill * (gold - 0.5) + random.normal(size=shape)
    score += 0.6 * random.normal(size=(articles, 2))[groups] - [1.2, 0.2]
    return gold, score, groups


def statistic_of(gold, score, groups):
    """The figures as a function of article weights."""
    return task_statistic(gold, score > 0, groups, NAMES, probabilities=expit(score))


def test_intervals_cover_the_truth():
    """Of 95 % intervals 93 to 97 % hold the truth, give or take what 400 trials can tell.

    Fifty articles, a label at 4 %. The full simulation is benchmarks/interval_coverage.py.
    """
    random = np.random.default_rng(11)
    large = statistic_of(*drawn(random, 60_000))
    truth = large(np.ones((1, large.n_groups)))[0]
    trials, held, defined = 400, np.zeros(len(truth)), np.zeros(len(truth))
    for trial in range(trials):
        statistic = statistic_of(*drawn(random))
        found = intervals(statistic, article_weights(50, n_resamples=400, seed=trial))
        defined += ~np.isnan(found.value)
        held += (found.low <= truth) & (truth <= found.high)
    # Two and a half standard errors of a share of .93 or .97 in 400 trials.
    margin = 2.5 * np.sqrt(0.05 * 0.95 / trials)
    coverage = held / defined
    assert coverage.min() >= 0.93 - margin
    assert coverage.max() <= 0.97 + margin
    assert 0.935 <= coverage.mean() <= 0.97


def test_coverage_check_finds_too_narrow_intervals():
    """The simulation sees it when intervals take paragraphs for independent articles."""
    random = np.random.default_rng(12)
    missed = 0
    for trial in range(150):
        values = np.repeat(random.normal(size=20), 10)
        labels = (values > 0)[:, None]
        apart = task_statistic(labels, labels, np.arange(200), ("a",))
        found = intervals(apart, article_weights(200, n_resamples=200, seed=trial))
        place = [f.metric for f in apart.figures].index("prevalence")
        missed += not found.low[place] <= 0.5 <= found.high[place]
    assert missed > 30


def test_perfect_small_test_is_not_certain():
    """Ten articles without an error leave room below 1, as Wilson's interval of 10 of 10 does."""
    gold = np.ones((10, 1), dtype=bool)
    statistic = task_statistic(gold, gold, np.arange(10), ("a",))
    found = intervals(statistic, article_weights(10, n_resamples=200, seed=0))
    place = [(f.metric, f.label) for f in statistic.figures].index(("f1", "a"))
    expected = stats.binomtest(10, 10).proportion_ci(method="wilson")
    assert found.low[place] == pytest.approx(expected.low)
    assert found.high[place] == 1


def test_interval_of_independent_units_is_wilsons():
    """One paragraph an article and a fixed divisor: near Wilson's interval of the proportion."""
    random = np.random.default_rng(0)
    gold = random.random((400, 1)) < 0.3
    statistic = task_statistic(gold, gold, np.arange(400), ("a",))
    found = intervals(statistic, article_weights(400, n_resamples=4000, seed=0))
    place = [f.metric for f in statistic.figures].index("prevalence")
    expected = stats.binomtest(int(gold.sum()), 400).proportion_ci(method="wilson")
    assert found.low[place] == pytest.approx(expected.low, abs=0.003)
    assert found.high[place] == pytest.approx(expected.high, abs=0.003)


def test_interval_holds_its_value_and_stays_in_range():
    """Limits enclose the value and are possible values, also in tiny samples."""
    for seed in range(20):
        statistic = statistic_of(*drawn(np.random.default_rng(seed), articles=5))
        found = intervals(statistic, article_weights(5, n_resamples=200, seed=0))
        known = ~np.isnan(found.value)
        assert (found.low[known] <= found.value[known] + 1e-12).all()
        assert (found.high[known] >= found.value[known] - 1e-12).all()
        assert (found.low[known] >= statistic.lowest[known]).all()
        assert (found.high[known] <= 1).all()
        assert np.isnan(found.low[~known]).all()


def test_one_article_tells_nothing():
    """A single article gives the widest interval."""
    gold = np.array([[True], [False], [True]])
    statistic = task_statistic(gold, gold, np.zeros(3, dtype=int), ("a",))
    found = intervals(statistic, article_weights(1, n_resamples=50, seed=0))
    known = ~np.isnan(found.value)
    assert (found.low[known] == statistic.lowest[known]).all()
    assert (found.high[known] == 1).all()


def test_jackknife_leaves_out_each_article_in_turn():
    """Each row is the figures without one article."""
    gold, score, groups = drawn(np.random.default_rng(0), articles=6)
    statistic = statistic_of(gold, score, groups)
    kept = groups != 2
    _, new = np.unique(groups[kept], return_inverse=True)
    without = statistic_of(gold[kept], score[kept], new)
    expected = without(np.ones((1, 5)))[0]
    assert jackknife(statistic)[2] == pytest.approx(expected, nan_ok=True)


def test_agreement_has_intervals_by_the_same_function():
    """Coders' agreement is a function of article weights, like a model's figures."""
    gold, score, groups = drawn(np.random.default_rng(0))
    labels = np.stack([gold, score > 0])
    statistic = agreement_statistic(Codings(labels, np.ones(labels.shape[:2], bool), groups, NAMES))
    found = intervals(statistic, article_weights(50, n_resamples=300, seed=0))
    assert (found.low < found.value).all()
    assert (found.value < found.high).all()


@dataclass
class TwoLabels:
    """A stand-in for a statistic: two labels' F1 and their mean, with resamples as given."""

    replicates: np.ndarray
    figures = (Figure("macro_f1"), Figure("f1", "a"), Figure("f1", "b"))
    lowest = np.zeros(3)
    reach = np.zeros(3)
    n_groups = 100

    def __call__(self, weights):
        """The resamples, or the values themselves where another number is asked for."""
        if len(weights) != len(self.replicates):
            return np.tile([0.7, 0.6, 0.8], (len(weights), 1))
        return np.column_stack([self.replicates.mean(axis=1), self.replicates])

    def bearing(self):
        """All hundred articles."""
        return np.full(3, 100.0)


@pytest.mark.parametrize("related", [0, 1])
def test_mean_over_labels_joins_their_limits(related):
    """Zou and Donner's formula: limits add up where labels vary together, else their squares do."""
    off = np.array([0.05, -0.05] * 4)
    other = off if related else np.array([0.05, 0.05, -0.05, -0.05] * 2)
    found = intervals(TwoLabels(np.column_stack([0.6 + off, 0.8 + other])), np.ones((8, 100)))
    below, above = found.value[1:] - found.low[1:], found.high[1:] - found.value[1:]
    for side, limit in ((below, found.value[0] - found.low[0]), (above, found.high[0] - 0.7)):
        expected = side.sum() if related else np.sqrt((side**2).sum())
        assert limit == pytest.approx(expected / 2)


def test_agreement_on_one_article_alone_tells_nothing():
    """Where one article of fifty holds all that is rare, alpha and kappa may be anything."""
    labels = np.ones((2, 50, 1), dtype=bool)
    labels[0, 7] = False
    codings = Codings(labels, np.ones((2, 50), dtype=bool), np.arange(50), ("x",))
    statistics = [
        agreement_statistic(codings),
        task_statistic(labels[0], labels[1], np.arange(50), ("x",)),
    ]
    for statistic in statistics:
        found = intervals(statistic, article_weights(50, n_resamples=300, seed=0))
        for place, figure in enumerate(statistic.figures):
            if figure.metric in {"alpha", "kappa"} and figure.label:
                assert (found.low[place], found.high[place]) == (-1, 1)
            if figure.metric == "f1":
                assert found.low[place] > 0.8


def test_equal_models_cannot_be_told_apart():
    """A model against itself: no difference, p = 1."""
    gold, score, groups = drawn(np.random.default_rng(0))
    answers = Answers(score > 0, expit(score))
    found = compare(gold, answers, answers, groups, NAMES, n_resamples=200, seed=0)
    assert (found.difference == 0).all()
    assert (found.p_value == 1).all()
    of_label = np.array([figure.label != "" for figure in found.figures])
    assert found.low[~of_label] == pytest.approx(0, abs=1e-6)
    # A label in few articles says little of the next ones, however alike the models are here.
    assert (found.low[of_label] < 0).all()
    assert (found.high[of_label] > 0).all()
    assert not told_apart(holm(found.p_value)).any()


def test_a_better_model_is_told_apart():
    """A model of twice the skill is better by an interval above 0 and a small p-value."""
    random = np.random.default_rng(3)
    gold, score, groups = drawn(random, articles=100)
    noisy = score + 2 * random.normal(size=score.shape)
    one, other = Answers(score > 0, expit(score)), Answers(noisy > 0, expit(noisy))
    found = compare(gold, one, other, groups, NAMES, n_resamples=500, seed=0)
    place = [f.metric for f in found.figures].index("micro_f1")
    assert found.low[place] > 0
    assert found.p_value[place] < 0.01


def test_permutation_p_values_of_equal_skill_are_uniform():
    """Two models of one skill differ at the 10 % level in about 10 % of tests."""
    random = np.random.default_rng(4)
    p_values, held = [], []
    for trial in range(150):
        gold, score, groups = drawn(random, articles=40)
        one = score + random.normal(size=score.shape)
        other = score + random.normal(size=score.shape)
        found = compare(
            gold, Answers(one > 0), Answers(other > 0), groups, NAMES, n_resamples=199, seed=trial
        )
        place = [f.metric for f in found.figures].index("micro_f1")
        p_values.append(found.p_value[place])
        held.append(found.low[place] <= 0 <= found.high[place])
    assert 0.04 < np.mean(np.array(p_values) <= 0.1) < 0.17
    assert 0.9 <= np.mean(held) <= 0.99


def test_permutation_test_is_the_exhaustive_one():
    """With few articles, the p-value is that of all ways to exchange answers."""
    gold, score, groups = drawn(np.random.default_rng(8), articles=7)
    one, other = score > 0, score > 0.7
    found = compare(gold, Answers(one), Answers(other), groups, NAMES, n_resamples=4000, seed=0)
    place = [f.metric for f in found.figures].index("hamming_loss")
    wrong = [(gold != given).sum(axis=1) for given in (one, other)]
    by_article = np.bincount(groups, weights=wrong[0] - wrong[1])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 7)).reshape(7, -1)
    exact = (np.abs(by_article @ signs) >= abs(by_article.sum())).mean()
    assert found.p_value[place] == pytest.approx(exact, abs=0.03)


def test_a_difference_cannot_be_more_than_all():
    """However few the articles, no interval reaches past the worst against the best."""
    gold, score, groups = drawn(np.random.default_rng(8), articles=3)
    found = compare(gold, Answers(gold), Answers(score > 0), groups, NAMES, n_resamples=99, seed=0)
    widest = np.array([2 if f.metric in {"mcc", "kappa", "alpha"} else 1 for f in found.figures])
    known = ~np.isnan(found.difference)
    assert (np.abs(found.low) <= widest)[known].all()
    assert (np.abs(found.high) <= widest)[known].all()


def test_undefined_exchanges_are_no_evidence():
    """Where the models' answers, exchanged, leave a figure undefined, p-values are not smaller."""
    gold = np.array([[True], [False], [True], [False], [False], [False]])
    one, other = np.zeros((2, 6, 1), dtype=bool)
    one[0], other[[3, 4]] = True, True
    groups = np.array([0, 0, 0, 1, 1, 1])
    found = compare(gold, Answers(one), Answers(other), groups, ("a",), n_resamples=999, seed=0)
    place = found.figures.index(Figure("mcc", "a"))
    assert found.difference[place] > 0
    assert found.p_value[place] == 1


def test_holm_is_the_closed_form():
    """Holm's steps by hand; an undefined p-value neither counts nor changes."""
    found = holm(np.array([0.01, 0.04, np.nan, 0.03, 0.005]))
    assert found == pytest.approx([0.03, 0.06, np.nan, 0.06, 0.02], nan_ok=True)
    assert told_apart(found).tolist() == [True, False, False, False, True]


def test_one_article_cannot_compare():
    """There is nothing to exchange between one article and itself."""
    gold = np.ones((3, 1), dtype=bool)
    with pytest.raises(EmptyEvaluationError, match="Found 1 article"):
        compare(gold, Answers(gold), Answers(gold), np.zeros(3, dtype=int), ("a",), seed=0)
