"""Metrics, against scikit-learn, the krippendorff package and brute force."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from sklearn import metrics as reference

from stance.errors import EmptyEvaluationError
from stance.evaluate.counts import count, count_by_group
from stance.evaluate.metrics import LABEL_METRICS, TASK_METRICS
from stance.evaluate.ranking import (
    average_precision,
    precision_recall,
    resampled_average_precision,
)
from stance.evaluate.statistic import task_statistic

LABELS = {metric.name: metric for metric in LABEL_METRICS}
TASKS = {metric.name: metric for metric in TASK_METRICS}


def several(n=300, seed=0):
    """Gold and predicted labels, several a unit or none."""
    random = np.random.default_rng(seed)
    gold = random.random((n, 4)) < [0.05, 0.2, 0.4, 0.6]
    predicted = gold ^ (random.random((n, 4)) < 0.15)
    return gold, predicted


def single(n=300, seed=0):
    """Gold and predicted classes, one a unit."""
    random = np.random.default_rng(seed)
    gold = random.integers(0, 3, n)
    predicted = np.where(random.random(n) < 0.6, gold, random.integers(0, 3, n))
    return gold, predicted


def alpha_by_package(one, other):
    """Alpha of two codings by the krippendorff package."""
    return krippendorff.alpha([one.astype(int), other.astype(int)], level_of_measurement="nominal")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("precision", reference.precision_score),
        ("recall", reference.recall_score),
        ("f1", reference.f1_score),
        ("mcc", reference.matthews_corrcoef),
        ("kappa", reference.cohen_kappa_score),
        ("alpha", alpha_by_package),
        ("prevalence", lambda gold, _: gold.mean()),
        ("predicted_prevalence", lambda _, predicted: predicted.mean()),
    ],
)
def test_label_metric_is_the_reference(name, expected):
    """Each label's metric is that of a second implementation."""
    gold, predicted = several()
    found = LABELS[name].compute(count(gold, predicted).total())
    assert found == pytest.approx(
        [expected(g, p) for g, p in zip(gold.T, predicted.T, strict=True)]
    )


def by_labels(function):
    """The mean over labels of a function of one label."""

    def mean(gold, predicted):
        return np.mean([function(g, p) for g, p in zip(gold.T, predicted.T, strict=True)])

    return mean


def on_labelled_units(function):
    """A samples average, over units with a label in gold or predicted."""

    def mean(gold, predicted):
        kept = (gold | predicted).any(axis=1)
        return function(gold[kept], predicted[kept], average="samples", zero_division=0)

    return mean


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("micro_f1", lambda g, p: reference.f1_score(g, p, average="micro")),
        ("macro_f1", lambda g, p: reference.f1_score(g, p, average="macro")),
        ("weighted_f1", lambda g, p: reference.f1_score(g, p, average="weighted")),
        ("example_f1", on_labelled_units(reference.f1_score)),
        ("jaccard", on_labelled_units(reference.jaccard_score)),
        ("subset_accuracy", reference.accuracy_score),
        ("hamming_loss", reference.hamming_loss),
        ("mcc", by_labels(reference.matthews_corrcoef)),
        ("kappa", by_labels(reference.cohen_kappa_score)),
        ("alpha", by_labels(alpha_by_package)),
    ],
)
def test_task_metric_is_the_reference(name, expected):
    """Each metric of a task with several labels is that of a second implementation."""
    gold, predicted = several()
    found = TASKS[name].compute(count(gold, predicted).total())
    assert float(found) == pytest.approx(expected(gold, predicted))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("subset_accuracy", reference.accuracy_score),
        ("micro_f1", reference.accuracy_score),
        ("macro_f1", lambda g, p: reference.f1_score(g, p, average="macro")),
        ("mcc", reference.matthews_corrcoef),
        ("kappa", reference.cohen_kappa_score),
        ("alpha", alpha_by_package),
    ],
)
def test_single_label_metric_is_the_reference(name, expected):
    """Each metric of a single-label task is that of a second implementation."""
    gold, predicted = single()
    total = count(
        np.eye(3, dtype=bool)[gold], np.eye(3, dtype=bool)[predicted], single=True
    ).total()
    assert float(TASKS[name].compute(total)) == pytest.approx(expected(gold, predicted))


def test_label_that_is_never_predicted_has_an_f1_of_zero():
    """It is in gold, so its F1 is 0; its precision is undefined, with the reason."""
    total = count(np.array([[True], [False]]), np.zeros((2, 1), dtype=bool)).total()
    assert LABELS["f1"].compute(total) == 0
    assert np.isnan(LABELS["precision"].compute(total)[0])
    assert LABELS["precision"].undefined == "the label is never predicted"


@pytest.mark.parametrize("metric", [*LABEL_METRICS, *TASK_METRICS], ids=lambda m: m.name)
def test_no_label_anywhere_is_undefined_or_a_true_value(metric):
    """Without any label, nothing is 0 or 1 by default: only shares of units are defined."""
    nothing = np.zeros((5, 2), dtype=bool)
    value = np.atleast_1d(metric.compute(count(nothing, nothing).total()))
    true = {
        "prevalence": 0.0,
        "predicted_prevalence": 0.0,
        "subset_accuracy": 1.0,
        "hamming_loss": 0.0,
    }
    if metric.name in true:
        assert value == pytest.approx(true[metric.name])
    else:
        assert np.isnan(value).all()
        assert metric.undefined


def test_macro_f1_leaves_out_a_label_that_is_nowhere():
    """A label neither in gold nor predicted does not lower the mean."""
    gold, predicted = several()
    wider = [np.hstack([part, np.zeros((300, 1), dtype=bool)]) for part in (gold, predicted)]
    narrow, wide = count(gold, predicted).total(), count(*wider).total()
    assert TASKS["macro_f1"].compute(wide) == TASKS["macro_f1"].compute(narrow)


def test_counts_by_article_sum_to_the_total():
    """What is summed by article first is the same in all."""
    gold, predicted = several()
    groups = np.arange(300) // 7
    by_group = count_by_group(gold, predicted, groups, n_groups=43)
    assert by_group.total().sums == pytest.approx(count(gold, predicted).total().sums)


def test_resampled_figures_are_those_of_repeated_rows():
    """An article of weight 2 counts as if its rows stood there twice."""
    gold, predicted = several(60)
    probabilities = np.round(np.random.default_rng(1).random((60, 4)), 1)
    groups = np.arange(60) // 6
    names = ("a", "b", "c", "d")
    weights = np.random.default_rng(2).integers(0, 3, (5, 10))
    statistic = task_statistic(gold, predicted, groups, names, probabilities=probabilities)
    found = statistic(weights)
    for row, weight in zip(found, weights, strict=True):
        units = np.repeat(np.arange(60), weight[groups])
        _, new = np.unique(groups[units], return_inverse=True)
        repeated = task_statistic(
            gold[units], predicted[units], new, names, probabilities=probabilities[units]
        )
        expected = repeated(np.ones((1, repeated.n_groups)))[0]
        assert row == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("digits", [1, 6])
def test_average_precision_is_the_reference(digits):
    """With ties and without, weighted and not, as scikit-learn has it."""
    random = np.random.default_rng(4)
    gold = random.random(200) < 0.2
    probabilities = np.round(random.random(200) * 0.7 + gold * 0.3, digits)
    assert average_precision(gold, probabilities) == pytest.approx(
        reference.average_precision_score(gold, probabilities)
    )
    weights = random.integers(0, 4, (3, 200))
    found = resampled_average_precision(gold, probabilities, weights)
    assert found == pytest.approx(
        [
            reference.average_precision_score(gold, probabilities, sample_weight=weight)
            for weight in weights
        ]
    )


def test_average_precision_without_positives_is_undefined():
    """No unit has the label: NaN, not 0."""
    assert np.isnan(average_precision(np.zeros(3, dtype=bool), np.arange(3.0)))


def test_precision_recall_curve_is_the_reference():
    """The points are scikit-learn's, in falling order of threshold."""
    random = np.random.default_rng(5)
    gold, probabilities = random.random(100) < 0.3, np.round(random.random(100), 2)
    precision, recall, threshold = reference.precision_recall_curve(gold, probabilities)
    curve = precision_recall(gold, probabilities)
    assert curve.threshold[::-1] == pytest.approx(threshold)
    assert curve.precision[::-1] == pytest.approx(precision[:-1])
    assert curve.recall[::-1] == pytest.approx(recall[:-1])


def test_what_cannot_be_compared_is_an_error():
    """Empty input, unequal shapes and a unit without its one label are named."""
    empty = np.zeros((0, 2), dtype=bool)
    with pytest.raises(EmptyEvaluationError, match="no labelled units"):
        count(empty, empty)
    with pytest.raises(EmptyEvaluationError, match="Expected the same"):
        count(np.zeros((2, 2), dtype=bool), empty)
    with pytest.raises(EmptyEvaluationError, match="Unit 1 has 0 predicted labels"):
        count(np.eye(2, dtype=bool), np.array([[True, False], [False, False]]), single=True)
