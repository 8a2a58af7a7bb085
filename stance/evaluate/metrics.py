"""Precision, recall, F1 and the other metrics, from counts.

Each metric is a function of `Counts`, whatever its leading axes: one total gives one number, a
thousand resamples give a thousand. What cannot be computed is NaN, never 0, and the metric knows
the reason. A label that is in gold but never predicted has an F1 of 0, which is defined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.evaluate.counts import Counts

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: how it is computed, what it can be, and why it may be undefined.

    Attributes
    ----------
    compute
        From counts of leading shape (...) to values of shape (..., n_labels) for a metric of
        labels and (...) for a metric of tasks; NaN where it is undefined.
    units
        From the same counts to the number of units that the value rests on, same shape: those
        that have the label in gold or predicted where the others say little.
    undefined
        The reason, where it is.
    lowest
        The least value that it can take; the greatest is 1 for all.
    """

    name: str
    compute: Callable[[Counts], Array]
    units: Callable[[Counts], Array]
    undefined: str
    lowest: float = 0.0


def ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> Array:
    """The quotient, NaN where the divisor is 0."""
    dividend, divisor = np.broadcast_arrays(
        np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    )
    result = np.full(divisor.shape, np.nan)
    np.divide(dividend, divisor, out=result, where=divisor != 0)
    return result


def precision(c: Counts) -> Array:
    """Share of the units predicted with a label that have it, shape (..., n_labels)."""
    return ratio(c.true_positive, c.predicted)


def recall(c: Counts) -> Array:
    """Share of the units with a label that are predicted with it, shape (..., n_labels)."""
    return ratio(c.true_positive, c.support)


def f1(c: Counts) -> Array:
    """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN), shape (..., n_labels)."""
    return ratio(2 * c.true_positive, c.support + c.predicted)


def label_mcc(c: Counts) -> Array:
    """Matthews correlation of each label's presence, in [-1, 1], shape (..., n_labels).

    References
    ----------
    Matthews 1975, Comparison of the predicted and observed secondary structure of T4 phage
    lysozyme; the phi coefficient of the 2 x 2 table.
    """
    n = c.n[..., None]
    covariance = c.true_positive * n - c.support * c.predicted
    spread = c.support * (n - c.support) * c.predicted * (n - c.predicted)
    return ratio(covariance, np.sqrt(spread))


def label_kappa(c: Counts) -> Array:
    """Cohen's kappa of each label's presence, in [-1, 1], shape (..., n_labels).

    References
    ----------
    Cohen 1960, A coefficient of agreement for nominal scales, formula 1.
    """
    n = c.n[..., None]
    observed = n - c.false_positive - c.false_negative
    chance = c.support * c.predicted + (n - c.support) * (n - c.predicted)
    return ratio(observed * n - chance, n**2 - chance)


def label_alpha(c: Counts) -> Array:
    """Krippendorff's alpha (nominal) of each label's presence, in [-1, 1], shape (..., n_labels).

    References
    ----------
    Krippendorff 2004, Content analysis, 2nd edition, section 11.3: two coders, no value missing.
    """
    n = c.n[..., None]
    present = c.support + c.predicted
    observed = ratio(c.false_positive + c.false_negative, n)
    return 1 - ratio(observed * 2 * n * (2 * n - 1), 2 * present * (2 * n - present))


def label_prevalence(c: Counts) -> Array:
    """Share of units that have the label in gold, shape (..., n_labels)."""
    return ratio(c.support, c.n[..., None])


def predicted_prevalence(c: Counts) -> Array:
    """Share of units that are predicted with the label, shape (..., n_labels)."""
    return ratio(c.predicted, c.n[..., None])


def mean_defined(values: Array) -> Array:
    """Mean over the last axis of what is defined there; NaN where nothing is."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))


def micro_f1(c: Counts) -> Array:
    """F1 of all decisions taken together, shape (...)."""
    hits = c.true_positive.sum(axis=-1)
    return ratio(2 * hits, (c.support + c.predicted).sum(axis=-1))


def macro_f1(c: Counts) -> Array:
    """Mean F1 over the labels in gold or predicted, shape (...)."""
    return mean_defined(f1(c))


def weighted_f1(c: Counts) -> Array:
    """Mean F1 over the labels, each weighing as its units in gold, shape (...)."""
    support = c.support
    return ratio((support * np.nan_to_num(f1(c))).sum(axis=-1), support.sum(axis=-1))


def example_f1(c: Counts) -> Array:
    """Mean over units of the F1 between gold and predicted label sets, shape (...).

    Units without a label in gold and predicted are left out.

    References
    ----------
    Godbole and Sarawagi 2004, Discriminative methods for multi-labeled classification, section 4.
    """
    return ratio(c.example_f1, c.n_examples)


def example_jaccard(c: Counts) -> Array:
    """Mean over units of shared labels by all labels of gold and predicted, shape (...).

    Units without a label in gold and predicted are left out.

    References
    ----------
    Godbole and Sarawagi 2004, section 4 (there called accuracy).
    """
    return ratio(c.example_jaccard, c.n_examples)


def subset_accuracy(c: Counts) -> Array:
    """Share of units whose predicted label set is the gold one; accuracy of single-label tasks."""
    return ratio(c.exact, c.n)


def hamming_loss(c: Counts) -> Array:
    """Share of wrong decisions among all units and labels, shape (...); less is better."""
    wrong = (c.false_positive + c.false_negative).sum(axis=-1)
    return ratio(wrong, c.n * c.n_labels)


def mcc(c: Counts) -> Array:
    """Matthews correlation in [-1, 1], shape (...).

    Single-label tasks: the R_K of all labels at once. Several labels: the mean over labels of
    each label's correlation, where it is defined. (Pooling the labels into one table would
    reward a model for knowing which labels are frequent.)

    References
    ----------
    Gorodkin 2004, Comparing two K-category assignments by a K-category correlation coefficient.
    """
    if not c.single:
        return mean_defined(label_mcc(c))
    n = c.n
    covariance = c.exact * n - (c.support * c.predicted).sum(axis=-1)
    spread = (n**2 - (c.support**2).sum(axis=-1)) * (n**2 - (c.predicted**2).sum(axis=-1))
    return ratio(covariance, np.sqrt(spread))


def kappa(c: Counts) -> Array:
    """Cohen's kappa between model and gold, in [-1, 1], shape (...).

    Several labels: the mean over labels of each label's kappa, where it is defined.
    """
    if not c.single:
        return mean_defined(label_kappa(c))
    chance = (c.support * c.predicted).sum(axis=-1)
    return ratio(c.exact * c.n - chance, c.n**2 - chance)


def alpha(c: Counts) -> Array:
    """Krippendorff's alpha (nominal) between model and gold, in [-1, 1], shape (...).

    Several labels: the mean over labels of each label's alpha, where it is defined.
    """
    if not c.single:
        return mean_defined(label_alpha(c))
    values = c.support + c.predicted
    expected = 4 * c.n**2 - (values**2).sum(axis=-1)
    observed = ratio(c.n - c.exact, c.n)
    return 1 - ratio(observed * 2 * c.n * (2 * c.n - 1), expected)


def _units(c: Counts) -> Array:
    return c.n


def _decisions(c: Counts) -> Array:
    return np.broadcast_to(c.n[..., None], c.support.shape)


def _bearing(c: Counts) -> Array:
    """Units with the label in gold or predicted."""
    return np.asarray(c.support + c.false_positive)


_NO_LABEL = "no unit has a label in gold or predicted"
_ONE_VALUE = "gold or predictions hold one value only"
_ONE_VALUE_BOTH = "gold and predictions together hold one value only"

LABEL_METRICS: tuple[Metric, ...] = (
    Metric("precision", precision, lambda c: c.predicted, "the label is never predicted"),
    Metric("recall", recall, lambda c: c.support, "the label is not in gold"),
    Metric("f1", f1, _bearing, "the label is neither in gold nor predicted"),
    Metric("mcc", label_mcc, _bearing, _ONE_VALUE, lowest=-1.0),
    Metric("kappa", label_kappa, _bearing, _ONE_VALUE_BOTH, lowest=-1.0),
    Metric("alpha", label_alpha, _bearing, _ONE_VALUE_BOTH, lowest=-1.0),
    Metric("prevalence", label_prevalence, _decisions, "there are no units"),
    Metric("predicted_prevalence", predicted_prevalence, _decisions, "there are no units"),
)

TASK_METRICS: tuple[Metric, ...] = (
    Metric("micro_f1", micro_f1, lambda c: _bearing(c).sum(axis=-1), _NO_LABEL),
    Metric("macro_f1", macro_f1, _units, _NO_LABEL),
    Metric("weighted_f1", weighted_f1, _units, "no unit has a label in gold"),
    Metric("example_f1", example_f1, lambda c: c.n_examples, _NO_LABEL),
    Metric("jaccard", example_jaccard, lambda c: c.n_examples, _NO_LABEL),
    Metric("subset_accuracy", subset_accuracy, _units, "there are no units"),
    Metric("hamming_loss", hamming_loss, _units, "there are no units"),
    Metric("mcc", mcc, _units, _ONE_VALUE, lowest=-1.0),
    Metric("kappa", kappa, _units, _ONE_VALUE_BOTH, lowest=-1.0),
    Metric("alpha", alpha, _units, _ONE_VALUE_BOTH, lowest=-1.0),
)
