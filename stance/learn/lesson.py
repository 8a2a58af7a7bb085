"""What one task is learned from: its matrices, its labels, and a teacher's opinions.

A lesson fits the task's linear classifier on any of its rows, at several penalties, and scores
any other rows by what was learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.classify.solver import (
    balanced_weights_within,
    fit_classes,
    fit_labels,
    next_start,
)
from stance.codebook import Task
from stance.features.matrices import SideBySide, TrainingMatrices
from stance.learn.progress import unwatched
from stance.learn.teacher import Teacher, TrainedTeacher
from stance.learn.tuning import EncodedTexts
from stance.learn.weighing import contributions, log_count_ratios
from stance.recipe import Recipe
from stance.recipe_settings import PartSettings
from stance.records import Unit
from stance.text.labelled import LabelledUnits

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Taught:
    """What a teacher adds to the hand labels of a lesson.

    Attributes
    ----------
    unlabelled
        What the lesson's blocks find in the unlabelled units.
    rank
        The place of each unit's paragraph in a random order, shape (n_unlabelled,).
    sample
        How many paragraphs are learned from, those of the lowest ranks; 0 means all.
    weight
        Weight of one unlabelled unit beside one hand-labelled.
    """

    teacher: Teacher | TrainedTeacher
    unlabelled: TrainingMatrices
    rank: Ints
    sample: int
    weight: float

    @property
    def taken(self) -> Bools:
        """Which units are learned from, shape (n_unlabelled,)."""
        return self.rank < (self.sample or np.inf)

    def only(self, names: Sequence[str]) -> Taught:
        """The same for a lesson that reads the blocks with these names."""
        return replace(self, unlabelled=self.unlabelled.only(names))


@dataclass(frozen=True)
class Lesson:
    """All that one task is learned from.

    ``gold`` has a row for each row of ``matrices``; only rows in ``coded`` carry labels.
    """

    task: Task
    recipe: Recipe
    space: str
    matrices: TrainingMatrices
    gold: Array
    coded: Bools
    groups: tuple[str, ...]
    topics: Ints
    units: tuple[Unit, ...]
    encoded: EncodedTexts
    taught: Taught | None = None
    is_part: bool = False

    def alone(self, settings: PartSettings) -> Lesson:
        """The lesson of one part, without the others; it still has all blocks."""
        penalties, folds = settings.C or self.recipe.classifier.C, self.recipe.folds
        if settings.read == "tuned":
            # What is tuned is held by dropout and few epochs, and has no penalty to choose.
            penalties, folds = penalties[:1], settings.tuning.folds
        classifier = replace(self.recipe.classifier, C=penalties)
        taught = self.taught if settings.taught else None
        recipe = replace(self.recipe, parts={}, classifier=classifier, folds=folds)
        return replace(self, recipe=recipe, taught=taught, is_part=True)

    def only(self, names: Sequence[str]) -> Lesson:
        """The same lesson read with the blocks of these names; none means all."""
        if not names:
            return self
        taught = self.taught.only(names) if self.taught else None
        return replace(self, matrices=self.matrices.only(names), taught=taught)

    def scores(self, fitted: Sequence[Array], training: Bools, asked: Bools) -> list[Array]:
        """Raw scores of the asked rows, for each of the weights learned from ``training``.

        Where terms are left out, rows are read as by the model that will be without them.
        """
        rows = self.matrices.fold(training, asked, self.kept(fitted))
        return [rows @ weights[:-1] + weights[-1] for weights in fitted]

    def kept(self, fitted: Sequence[Array]) -> Bools | None:
        """The columns of a model with these weights; None where it has all terms or most.

        What one part leaves out stays in the model where another keeps it, so that vectors with all
        terms are nearer to the model's.
        """
        if self.is_part or not self.recipe.keep:
            return None
        used = np.any([weights[:-1].any(axis=1) for weights in fitted], axis=0)
        return np.asarray(used | ~self.matrices.is_term)

    def fit(
        self,
        training: Bools,
        penalties: Sequence[float],
        progress: Callable[[float], None] = unwatched,  # noqa: ARG002 - each fit is short
    ) -> list[Array]:
        """Weights with the intercepts in the last row, learned from these rows, for each C.

        Where the recipe keeps the terms that move the scores most, these rows tell which, and the
        others have no weight.
        """
        own = self.matrices.fold(training, training)
        X, y = own, self.gold[training]
        importance, topics = np.ones(len(y)), self.topics[training]
        if self.taught is not None:
            taken, weight = self.taught.taken, self.taught.weight
            X = X.below(self.matrices.fold_of(self.taught.unlabelled, training)[taken])
            opinions = self.taught.teacher.opinions(training)[taken]
            y = np.vstack([y, opinions])
            importance = np.concatenate([importance, np.full(len(opinions), weight)])
            topics = np.concatenate([topics, np.zeros(len(opinions), dtype=np.int64)])

        def found(X: SideBySide, C: float, start: Array | None) -> Array:
            return fit_linear(self.task, self.recipe, X, y, C, importance, topics, start=start)

        start, kept = None, np.ones(own.shape[1], dtype=np.bool_)
        if 0 < self.recipe.keep < self.matrices.is_term.sum():
            # The middle penalty: the order hardly depends on it.
            first = found(X, penalties[len(penalties) // 2], None)
            kept = self._movers(own, first[:-1])
            X, start = X.columns(kept), first[np.append(kept, True)]
        fitted: list[Array] = []
        for C in penalties:
            if fitted:
                start = next_start(C, penalties, fitted)
            fitted.append(found(X, C, start))
        return [widened(weights, kept) for weights in fitted]

    def _movers(self, X: SideBySide, weights: Array) -> Bools:
        """The columns that move the scores most, so many terms as the recipe keeps."""
        kept = ~self.matrices.is_term
        moved = contributions(X, self.matrices.is_term, weights)
        # All that is no term moves infinitely, and comes first.
        most = np.argsort(-moved, kind="stable")[: kept.sum() + self.recipe.keep]
        kept[most] = True
        return kept


def widened(weights: Array, kept: Bools) -> Array:
    """Weights of the columns that are kept, intercepts last, with a weight of 0 for the others."""
    if kept.all():
        return weights
    wide = np.zeros((len(kept) + 1, weights.shape[1]))
    wide[np.append(kept, True)] = weights
    return wide


def fit_linear(  # noqa: PLR0913 - one fit and its settings
    task: Task,
    recipe: Recipe,
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    y: Array,
    C: float,
    importance: Array,
    topics: Ints,
    *,
    start: Array | None = None,
) -> Array:
    """Fit a task's linear classifier.

    Parameters
    ----------
    y
        Labels, or probabilities of labels, shape (n, n_labels).
    importance
        Weights of the rows beside their class weights, shape (n,).
    topics
        The number of each row's topic, shape (n,); classes are balanced within each topic, so that
        a model that reads all terms by topic is one model a topic.

    Returns
    -------
    Weights with the intercepts in the last row, shape (n_features + 1, n_labels).
    """
    balanced = recipe.classifier.class_weight == "balanced"
    if not task.several and recipe.classifier.multiclass == "multinomial":
        weight = importance * balanced_weights_within(y, topics) if balanced else importance
        return fit_classes(X, y, C=C, sample_weight=weight, start=start)
    weights = label_weights(recipe, y, importance, topics)
    scale = log_count_ratios(X, y, importance) if recipe.classifier.nb_weights else None
    return fit_labels(X, y, C=C, sample_weight=weights, start=start, scale=scale)


def label_weights(recipe: Recipe, y: Array, importance: Array, topics: Ints) -> Array:
    """The rows' weights for each label, as for `fit_linear`, shape (n, n_labels)."""
    weights = np.repeat(importance[:, None], y.shape[1], axis=1)
    if recipe.classifier.class_weight == "balanced":
        weights *= np.column_stack([balanced_weights_within(one, topics) for one in y.T])
    return weights


def topic_numbers(units: LabelledUnits) -> Ints:
    """The number of each unit's topic, shape (n,)."""
    topics = [unit.topic for unit in units.units]
    return np.unique(topics, return_inverse=True)[1].astype(np.int64)
