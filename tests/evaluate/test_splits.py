"""Splits keep articles whole and labels even."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from stance.errors import SettingsError, StanceError
from stance.evaluate.splits import balance, grouped_folds, split_groups


def example(n=400, seed=0):
    """Rows of some eighty articles with three labels."""
    random = np.random.default_rng(seed)
    labels = random.random((n, 3)) < [0.05, 0.3, 0.6]
    groups = [f"article {number}" for number in random.integers(0, n // 5, n)]
    return labels, groups


def test_folds_keep_articles_whole():
    """All rows of an article are in one fold, and every fold has rows."""
    labels, groups = example()
    folds = grouped_folds(labels, groups, n_folds=5, seed=1)
    for group in set(groups):
        assert len({fold for fold, own in zip(folds, groups, strict=True) if own == group}) == 1
    assert set(folds) == set(range(5))


def test_folds_are_stratified_for_all_labels():
    """Each fold has its share of each label and of rows, to within a twentieth of it."""
    labels, groups = example(2000)
    found = balance(labels, groups, grouped_folds(labels, groups, n_folds=5, seed=1), n_parts=5)
    share = labels.sum(axis=0) / 5
    assert (np.abs(found.positives - share) <= 0.05 * share).all()
    assert (np.abs(found.rows - 400) <= 20).all()


def test_folds_do_not_depend_on_row_order():
    """Shuffled rows get the folds that they had before."""
    labels, groups = example()
    order = np.random.default_rng(3).permutation(len(groups))
    folds = grouped_folds(labels, groups, n_folds=4, seed=7)
    shuffled = grouped_folds(labels[order], [groups[i] for i in order], n_folds=4, seed=7)
    assert (shuffled == folds[order]).all()


def test_seed_decides():
    """Equal seeds give equal folds, another seed others."""
    labels, groups = example()
    one, same, other = (grouped_folds(labels, groups, n_folds=4, seed=s) for s in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_every_fold_gets_an_article_even_of_very_unequal_ones():
    """As many folds as articles: one article each, whatever their sizes."""
    groups = ["long"] * 90 + ["a"] * 5 + ["b", "c"]
    labels = np.ones((len(groups), 1), dtype=bool)
    folds = grouped_folds(labels, groups, n_folds=4, seed=0)
    assert set(folds) == {0, 1, 2, 3}


def test_too_few_articles_is_a_clear_error():
    """Two articles cannot make three folds, and the message says both numbers."""
    labels = np.ones((4, 1), dtype=bool)
    with pytest.raises(SettingsError, match=r"Found 2 groups \(articles; near-dup.* for 3 folds"):
        grouped_folds(labels, ["a", "a", "b", "b"], n_folds=3, seed=0)
    with pytest.raises(StanceError, match="one group for each row"):
        grouped_folds(labels, ["a"], n_folds=2, seed=0)
    with pytest.raises(StanceError, match="needs 2 or more"):
        grouped_folds(labels, ["a", "a", "b", "b"], n_folds=1, seed=0)


def test_split_covers_all_rows_once():
    """Train, dev and test hold each row once, articles whole, near the shares asked for."""
    labels, groups = example(3000)
    split = split_groups(labels, groups, dev=0.2, test=0.1, seed=5)
    rows = np.concatenate([split.train, split.dev, split.test])
    assert sorted(rows) == list(range(3000))
    names = [{groups[i] for i in part} for part in (split.train, split.dev, split.test)]
    assert not names[0] & names[1] | names[0] & names[2] | names[1] & names[2]
    assert len(split.dev) == pytest.approx(600, abs=30)
    assert len(split.test) == pytest.approx(300, abs=30)


def test_a_part_that_is_not_asked_for_is_empty():
    """Without a dev share there are no dev rows."""
    labels, groups = example()
    assert len(split_groups(labels, groups, test=0.5, seed=0).dev) == 0


@pytest.mark.parametrize(
    ("dev", "test"), [(-0.1, 0.2), (0.5, 0.5), (0.0, 0.0), (math.nan, 0.2), (0.2, math.nan)]
)
def test_impossible_shares_are_an_error(dev, test):
    """Shares must leave rows for training and for another part."""
    labels, groups = example()
    with pytest.raises(SettingsError, match="The shares are dev"):
        split_groups(labels, groups, dev=dev, test=test, seed=0)


def test_many_rows_are_split_fast():
    """A hundred thousand rows take seconds, not minutes."""
    random = np.random.default_rng(0)
    labels = random.random((100_000, 10)) < 0.1
    groups = [f"a{i // 3}" for i in range(len(labels))]
    start = time.perf_counter()
    grouped_folds(labels, groups, n_folds=5, seed=0)
    assert time.perf_counter() - start < 10
