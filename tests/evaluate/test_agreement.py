"""Agreement between coders, against the krippendorff package, scikit-learn and the papers."""

from __future__ import annotations

import time

import krippendorff
import numpy as np
import pytest
from sklearn import metrics as reference

from stance.errors import EmptyEvaluationError
from stance.evaluate.agreement import Codings, agreement_statistic
from stance.evaluate.alpha import alpha_sums, masi_distances

NAMES = ("a", "b", "c")

# Krippendorff 2011, Computing Krippendorff's alpha-reliability, section C: four observers.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)


def codings(n_coders=3, n=120, *, missing=0.2, seed=0):
    """Coders who mostly agree, some units left out by some of them."""
    random = np.random.default_rng(seed)
    truth = random.random((n, 3)) < [0.1, 0.4, 0.6]
    labels = truth ^ (random.random((n_coders, n, 3)) < 0.15)
    coded = random.random((n_coders, n)) >= missing
    return Codings(labels & coded[:, :, None], coded, np.arange(n) // 6, NAMES)


def figures(given):
    """All figures by metric and label."""
    statistic = agreement_statistic(given)
    values = statistic(np.ones((1, statistic.n_groups)))[0]
    return {(f.metric, f.label): v for f, v in zip(statistic.figures, values, strict=True)}


def nominal(values, weights):
    """Alpha of nominal values, -1 where one is missing, with units that count so often."""
    sums = alpha_sums(values, 1.0 - np.eye(int(values.max()) + 1))
    return sums.resampled(np.asarray(weights)[None, :]).alpha()[0]


def test_nominal_alpha_is_the_published_value():
    """Four observers, twelve units, missing values: .743."""
    assert nominal(PUBLISHED - 1, np.ones(12)) == pytest.approx(0.743, abs=5e-4)


def test_label_alpha_is_that_of_the_package():
    """Three coders with units missing: each label's alpha is the package's."""
    given = codings()
    found = figures(given)
    for place, name in enumerate(NAMES):
        data = np.where(given.coded, given.labels[:, :, place], np.nan)
        expected = krippendorff.alpha(data, level_of_measurement="nominal")
        assert found["alpha", name] == pytest.approx(expected)


def test_masi_alpha_is_that_of_the_package():
    """Label sets with the MASI distance, as the package has it with a metric of our own."""
    given = codings()
    code = (given.labels * [4, 2, 1]).sum(axis=2)
    sets = (np.arange(8)[:, None] & [4, 2, 1]) > 0

    def metric(one, other, **_):
        one, other = np.asarray(one, dtype=int), np.asarray(other, dtype=int)
        return masi_distances(sets)[one, other]

    counts = np.array(
        [[(code[:, u] == v)[given.coded[:, u]].sum() for v in range(8)] for u in range(120)]
    )
    expected = krippendorff.alpha(
        value_counts=counts, value_domain=np.arange(8), level_of_measurement=metric
    )
    assert figures(given)["alpha_masi", ""] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 1, 0], [1, 1, 0], 0.0),
        ([1, 1, 0], [1, 0, 0], 1 - 1 / 2 * 2 / 3),
        ([1, 1, 0], [0, 1, 1], 1 - 1 / 3 * 1 / 3),
        ([1, 0, 0], [0, 1, 1], 1.0),
        ([0, 0, 0], [0, 0, 0], 0.0),
        ([0, 0, 0], [0, 1, 0], 1.0),
    ],
)
def test_masi_distance_is_that_of_the_paper(one, other, expected):
    """Equal, held, overlapping and disjoint sets, and empty ones."""
    found = masi_distances(np.array([one, other], dtype=bool))
    assert found == pytest.approx(np.array([[0, expected], [expected, 0]]))


def test_thousands_of_label_sets_take_seconds():
    """Long lists of labels make nearly each paragraph's set one of its own."""
    labels = np.random.default_rng(3).random((2, 1000, 30)) < 0.3
    given = Codings(
        labels, np.ones((2, 1000), dtype=bool), np.arange(1000) // 5, tuple(map(str, range(30)))
    )
    start = time.process_time()
    assert np.isfinite(figures(given)["alpha_masi", ""])
    assert time.process_time() - start < 10


def test_pair_figures_are_means_over_pairs():
    """Kappa, percent and F1 are scikit-learn's, averaged over the pairs of coders."""
    given = codings()
    found = figures(given)
    pairs = [(0, 1), (0, 2), (1, 2)]
    for place, name in enumerate(NAMES):
        kappa, percent, f1 = [], [], []
        for one, other in pairs:
            shared = given.coded[one] & given.coded[other]
            a, b = given.labels[one, shared, place], given.labels[other, shared, place]
            kappa.append(reference.cohen_kappa_score(a, b))
            percent.append((a == b).mean())
            f1.append(reference.f1_score(a, b))
        assert found["kappa", name] == pytest.approx(np.mean(kappa))
        assert found["percent", name] == pytest.approx(np.mean(percent))
        assert found["f1", name] == pytest.approx(np.mean(f1))


def test_single_label_alpha_takes_all_labels_at_once():
    """Where one label holds, the task's alpha and kappa are those of the nominal variable."""
    random = np.random.default_rng(1)
    codes = random.integers(0, 3, (2, 60))
    codes[1, :40] = codes[0, :40]
    labels = np.eye(3, dtype=bool)[codes]
    given = Codings(labels, np.ones((2, 60), bool), np.arange(60) // 3, NAMES, single=True)
    found = figures(given)
    assert found["alpha", ""] == pytest.approx(
        krippendorff.alpha(codes, level_of_measurement="nominal")
    )
    assert found["kappa", ""] == pytest.approx(reference.cohen_kappa_score(*codes))


def test_one_value_only_is_undefined_not_one():
    """Coders who both never give a label agree on nothing that alpha could tell."""
    labels = np.zeros((2, 10, 1), dtype=bool)
    given = Codings(labels, np.ones((2, 10), bool), np.arange(10), ("a",))
    statistic = agreement_statistic(given)
    found = figures(given)
    for metric in ("alpha", "kappa", "f1"):
        assert np.isnan(found[metric, "a"])
    place = [f.metric for f in statistic.figures].index("alpha")
    assert statistic.reasons[place] == "all coders gave one and the same value throughout"


def test_one_coder_or_no_shared_units_is_an_error():
    """Agreement with oneself, or on different units, is not a number."""
    with pytest.raises(EmptyEvaluationError, match="Found 1 coder"):
        agreement_statistic(codings(n_coders=1))
    apart = np.array([[True, False], [False, True]])
    given = Codings(np.zeros((2, 2, 1), bool), apart, np.arange(2), ("a",))
    with pytest.raises(EmptyEvaluationError, match="no unit was coded by two coders"):
        agreement_statistic(given)


def test_weighted_alpha_is_that_of_repeated_units():
    """A unit of weight 2 counts as two units."""
    random = np.random.default_rng(3)
    values = random.integers(-1, 3, (3, 20))
    weights = random.integers(0, 3, 20)
    repeated = np.repeat(values, weights, axis=1)
    expected = krippendorff.alpha(
        np.where(repeated < 0, np.nan, repeated), level_of_measurement="nominal"
    )
    assert nominal(values, weights) == pytest.approx(expected)
