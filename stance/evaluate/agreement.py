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
from stance.evaluate.alpha import MISSING, AlphaSums, alpha_sums, masi_distances
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

# Figures of each pair of coders, in the order of `_pair_figures`.
_OF_TASK = ("percent", "macro_f1", "micro_f1", "example_f1", "kappa")
_OF_LABEL = ("f1", "percent", "kappa")

_BEYOND_CHANCE = frozenset({"kappa", "alpha", "alpha_masi"})

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
    def reach(self) -> Array:
        """How far from the normal quantile (0) to Student's (1) each interval goes."""
        return np.ones(len(self.figures))

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
        """On how many articles each figure rests, shape (n_figures,).

        For agreement beyond chance these are the articles with another value than the most
        frequent one, for without that there is nothing to agree on.
        """
        labels = [figure.label for figure in self.figures if figure.metric == "f1"]
        shared = np.sum([pair.n for pair in self.pairs], axis=0)
        present = np.sum([pair.support + pair.false_positive for pair in self.pairs], axis=0)
        counted = np.column_stack([shared, present])
        with_label = dict(zip(["", *labels], (counted > 0).sum(axis=0).tolist(), strict=True))
        sums = (self.alphas[0], *self.alphas[2:])
        varied = {label: one.n_varied() for label, one in zip(["", *labels], sums, strict=True)}
        return np.array(
            [
                (varied if figure.metric in _BEYOND_CHANCE else with_label)[figure.label]
                for figure in self.figures
            ],
            dtype=np.float64,
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
    figures = [Figure(name) for name in _OF_TASK]
    figures += [Figure(name, label) for name in _OF_LABEL for label in names]
    figures += [Figure("alpha"), Figure("alpha_masi")]
    figures += [Figure("alpha", label) for label in names]
    lowest = [-1.0 if figure.metric in _BEYOND_CHANCE else 0.0 for figure in figures]
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
    found = [alpha_sums(values, 1.0 - np.eye(len(sets))), alpha_sums(values, masi_distances(sets))]
    for label in range(n_labels):
        values = np.where(codings.coded, codings.labels[:, :, label], MISSING)
        found.append(alpha_sums(values, 1.0 - np.eye(2)))
    return [_by_group(sums, codings.groups, n_groups) for sums in found]


def _by_group(sums: AlphaSums, groups: Ints, n_groups: int) -> AlphaSums:
    def add(column: Array) -> Array:
        return np.asarray(np.bincount(groups, weights=column, minlength=n_groups), dtype=float)

    values = np.stack([add(column) for column in sums.values.T], axis=1)
    return AlphaSums(values, add(sums.disagreement), sums.distance)
