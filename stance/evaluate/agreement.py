"""How far coders agree: percent, kappa, alpha and F1, for labels and for label sets.

The figures are a function of how often each article counts, as those of a model are, so that
their intervals are taken in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.errors import EmptyEvaluationError
from stance.evaluate.counts import Counts, count_by_group
from stance.evaluate.metrics import (
    example_f1,
    f1,
    kappa,
    label_kappa,
    macro_f1,
    mean_defined,
    micro_f1,
    ratio,
    subset_accuracy,
)
from stance.evaluate.statistic import Figure

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Value of a unit that a coder did not code.
MISSING = -1

_ONE_VALUE = "all coders gave one and the same value throughout"
_NO_LABEL = "no coder gave a label"
_NO_UNITS = "no unit was coded by two coders"


@dataclass(frozen=True, slots=True)
class Codings:
    """What several coders gave the same units.

    Attributes
    ----------
    labels
        Shape (n_coders, n, n_labels); False throughout where a coder did not code the unit.
    coded
        Whether the coder coded the unit, shape (n_coders, n).
    groups
        The article of each unit, shape (n,), in 0 .. n_groups - 1, each number taken.
    single
        Whether each coded unit carries exactly one label.
    """

    labels: Bools
    coded: Bools
    groups: Ints
    label_names: tuple[str, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class AlphaSums:
    """What has to be summed over units for Krippendorff's alpha.

    Attributes
    ----------
    values
        How often each value was given, in units with two values or more, shape (..., n_values).
    disagreement
        Sum over units of the distances between its values, each pair in both directions, by the
        number of its values less one, shape (...).
    distance
        Squared distance of each pair of values, shape (n_values, n_values), 0 on the diagonal.
    """

    values: Array
    disagreement: Array
    distance: Array

    def resampled(self, weights: npt.NDArray[Any]) -> AlphaSums:
        """The sums when row g counts ``weights[b, g]`` times."""
        by_row = np.asarray(weights, dtype=np.float64)
        return AlphaSums(by_row @ self.values, by_row @ self.disagreement, self.distance)

    def alpha(self) -> Array:
        """Krippendorff's alpha, shape (...); NaN where only one value was given, or none."""
        n = self.values.sum(axis=-1)
        expected = ((self.values @ self.distance) * self.values).sum(axis=-1)
        # (disagreement / n) / (expected / (n (n - 1))), kept in whole numbers as far as it goes.
        return 1 - ratio(self.disagreement * (n - 1), expected)


def alpha_sums(values: Ints, distance: Array) -> AlphaSums:
    """The sums of each unit.

    Parameters
    ----------
    values
        Shape (n_coders, n): the number of the value, or -1 where the coder did not code the unit.
    distance
        Squared distances, shape (n_values, n_values).

    References
    ----------
    Krippendorff 2004, Content analysis, 2nd edition, section 11.3, the canonical form by
    coincidences; units with fewer than two values do not count.
    """
    n_values = len(distance)
    table = np.stack([(values == value).sum(axis=0) for value in range(n_values)], axis=1)
    table = table.astype(np.float64)
    n_given = table.sum(axis=1)
    table[n_given < 2] = 0.0  # noqa: PLR2004 - a pair
    pairs = ((table @ distance) * table).sum(axis=1)
    return AlphaSums(table, pairs / np.maximum(n_given - 1, 1), distance)


def nominal_alpha(values: Ints) -> float:
    """Krippendorff's alpha for nominal values, at most 1; NaN where it is undefined.

    Parameters
    ----------
    values
        Shape (n_coders, n), 0 and up, or -1 where the coder did not code the unit.
    """
    n_values = max(int(values.max(initial=-1)) + 1, 1)
    sums = alpha_sums(values, 1.0 - np.eye(n_values))
    return float(sums.resampled(np.ones((1, values.shape[1]))).alpha()[0])


def masi_distance(one: Bools, other: Bools) -> float:
    """Distance of two label sets, in [0, 1]: 0 for equal sets, 1 for sets that share nothing.

    One minus Jaccard times 1 for equal sets, 2/3 where one holds the other, 1/3 where they
    overlap, 0 where they share nothing. Two empty sets are equal.

    Parameters
    ----------
    one, other
        Shape (n_labels,).

    References
    ----------
    Passonneau 2006, Measuring agreement on set-valued items (MASI) for semantic and pragmatic
    annotation, section 3.
    """
    shared, either = int((one & other).sum()), int((one | other).sum())
    if shared == either:
        return 0.0
    held = shared in (one.sum(), other.sum())
    monotonicity = 0.0 if not shared else 2 / 3 if held else 1 / 3
    return 1.0 - shared / either * monotonicity


@dataclass(frozen=True, slots=True)
class AgreementStatistic:
    """Agreement as a function of article weights; made by `agreement_statistic`.

    With more than two coders, percent, kappa and F1 are means over the pairs of coders (Light
    1971 for kappa), each pair counting the same; alpha takes all coders at once.
    """

    figures: tuple[Figure, ...]
    lowest: Array
    reasons: tuple[str, ...]
    pairs: tuple[Counts, ...] = field(repr=False)
    alphas: tuple[AlphaSums, ...] = field(repr=False)

    @property
    def n_groups(self) -> int:
        """Number of articles."""
        return len(self.pairs[0].sums)

    def __call__(self, weights: npt.NDArray[Any]) -> Array:
        """The figures when article g counts ``weights[b, g]`` times, shape (b, n_figures)."""
        parts = np.stack([_pair_figures(pair.resampled(weights)) for pair in self.pairs], axis=-1)
        alphas = np.stack([sums.resampled(weights).alpha() for sums in self.alphas], axis=-1)
        return np.concatenate([mean_defined(parts), alphas], axis=1)

    def bearing(self) -> Array:
        """On how many articles each figure rests, shape (n_figures,)."""
        n_articles = (np.sum([pair.n for pair in self.pairs], axis=0) > 0).sum()
        bearing = np.sum([pair.support + pair.false_positive for pair in self.pairs], axis=0)
        by_label = (bearing > 0).sum(axis=0)
        # Labels stand in each metric's part in the same order.
        of_label = iter(np.tile(by_label, len(self.figures) // len(by_label)).tolist())
        return np.array(
            [
                float(next(of_label)) if figure.label else float(n_articles)
                for figure in self.figures
            ]
        )


def agreement_statistic(codings: Codings) -> AgreementStatistic:
    """Agreement between coders: for the label sets, and for each label's presence.

    Figures: ``percent`` (equal label sets), ``macro_f1``, ``micro_f1``, ``example_f1`` and
    ``kappa`` of one coder against another; per label ``f1``, ``percent`` and ``kappa``; then
    ``alpha`` (nominal; the label for single-label tasks, else the label set), ``alpha_masi``
    (label sets), and ``alpha`` per label.

    Raises
    ------
    EmptyEvaluationError
        If there are fewer than two coders, or no unit that two of them coded.
    """
    n_coders = len(codings.coded)
    if n_coders < 2:  # noqa: PLR2004 - a pair
        message = (
            f"Found {n_coders} coder. Agreement needs at least two who coded the same units: "
            "give a file in which several coders' labels stand side by side."
        )
        raise EmptyEvaluationError(message)
    pairs = _pairs(codings)
    if not pairs:
        message = (
            f"Found {n_coders} coders, and {_NO_UNITS}. Agreement is computed on shared units: "
            "have at least two coders code some of the same paragraphs."
        )
        raise EmptyEvaluationError(message)
    names = codings.label_names
    of_task = ("percent", "macro_f1", "micro_f1", "example_f1", "kappa")
    of_label = ("f1", "percent", "kappa")
    figures = [Figure(name) for name in of_task]
    figures += [Figure(name, label) for name in of_label for label in names]
    figures += [Figure("alpha"), Figure("alpha_masi")]
    figures += [Figure("alpha", label) for label in names]
    lowest = [
        -1.0 if figure.metric in {"kappa", "alpha", "alpha_masi"} else 0.0 for figure in figures
    ]
    reasons = [
        _NO_LABEL
        if "f1" in figure.metric
        else _NO_UNITS
        if figure.metric == "percent"
        else _ONE_VALUE
        for figure in figures
    ]
    return AgreementStatistic(
        tuple(figures), np.array(lowest), tuple(reasons), tuple(pairs), tuple(_alphas(codings))
    )


def _pair_figures(c: Counts) -> Array:
    """Percent, F1 and kappa of one pair of coders, shape (b, 5 + 3 * n_labels)."""
    agreed = 1 - ratio(c.false_positive + c.false_negative, c.n[..., None])
    of_task = [subset_accuracy(c), macro_f1(c), micro_f1(c), example_f1(c), kappa(c)]
    return np.concatenate([np.stack(of_task, axis=-1), f1(c), agreed, label_kappa(c)], axis=-1)


def _pairs(codings: Codings) -> list[Counts]:
    """The counts of each pair of coders who share units; the first coder stands for gold."""
    n_groups = int(codings.groups.max()) + 1
    counts = []
    for one, other in combinations(range(len(codings.coded)), 2):
        shared = codings.coded[one] & codings.coded[other]
        if shared.any():
            counts.append(
                count_by_group(
                    codings.labels[one, shared],
                    codings.labels[other, shared],
                    codings.groups[shared],
                    n_groups=n_groups,
                    single=codings.single,
                )
            )
    return counts


def _alphas(codings: Codings) -> list[AlphaSums]:
    """By article: alpha of label sets, nominal and with MASI distance, then of each label."""
    n_groups = int(codings.groups.max()) + 1
    n_coders, n, n_labels = codings.labels.shape
    sets, number = np.unique(
        codings.labels.reshape(n_coders * n, n_labels), axis=0, return_inverse=True
    )
    values = np.where(codings.coded, number.reshape(n_coders, n), MISSING)
    masi = np.array([[masi_distance(one, other) for other in sets] for one in sets])
    found = [alpha_sums(values, 1.0 - np.eye(len(sets))), alpha_sums(values, masi)]
    for label in range(n_labels):
        values = np.where(codings.coded, codings.labels[:, :, label], MISSING)
        found.append(alpha_sums(values, 1.0 - np.eye(2)))
    return [_by_group(sums, codings.groups, n_groups) for sums in found]


def _by_group(sums: AlphaSums, groups: Ints, n_groups: int) -> AlphaSums:
    def add(column: Array) -> Array:
        return np.asarray(np.bincount(groups, weights=column, minlength=n_groups), dtype=float)

    values = np.stack([add(column) for column in sums.values.T], axis=1)
    return AlphaSums(values, add(sums.disagreement), sums.distance)
