"""Figures keep their intervals where articles are thrown together in bundles."""

import numpy as np
import pytest

from stance.codebook import Task
from stance.evaluate import intervals
from stance.evaluate.intervals import bundled
from stance.evaluate.summary import summary_with_intervals


def test_bundles_hold_whole_groups_and_as_many_each(monkeypatch):
    """A group stands in one bundle, and bundles differ by one group at most."""
    groups = np.repeat(np.arange(1003), 3)
    np.testing.assert_array_equal(bundled(groups, seed=1), groups)
    monkeypatch.setattr(intervals, "MOST_BUNDLES", 100)
    bundles = bundled(groups, seed=1)
    assert np.array_equal(bundles[::3], bundles[1::3])
    assert sorted(set(np.bincount(bundles[::3], minlength=100))) == [10, 11]


def test_bundles_give_the_intervals_of_articles(monkeypatch):
    """An interval from 300 bundles is as wide as that from 3,000 articles, within a tenth."""
    random = np.random.default_rng(2)
    names = [f"a{number}" for number in range(3000)]
    # Both paragraphs of an article are right or wrong together.
    gold = np.repeat(random.random((3000, 2)) < 0.3, 2, axis=0)
    wrong = np.repeat(random.random((3000, 2)) < 0.1, 2, axis=0)
    articles = [name for name in names for _ in range(2)]
    task = Task("t", {"x": "", "y": ""}, several=True)

    def interval(most):
        monkeypatch.setattr(intervals, "MOST_BUNDLES", most)
        found = summary_with_intervals(task, gold, gold ^ wrong, articles, seed=3, n_resamples=1000)
        return np.array(found["intervals"]["macro_f1"])

    single, together = interval(3000), interval(300)
    assert np.diff(together) == pytest.approx(np.diff(single), rel=0.1)
    assert together.mean() == pytest.approx(single.mean(), abs=0.005)
