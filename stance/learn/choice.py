"""What article-grouped cross-validation chooses: penalties, calibration and decision.

The out-of-fold scores of the chosen penalty give the calibration, the thresholds and the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.classify.calibration import PerLabel, Softmax
from stance.classify.decision import Decision, ExpectedF1, Largest, Thresholds
from stance.classify.fitting import (
    empty_limit,
    example_f1_thresholds,
    f1_threshold,
    fit_per_label,
    fit_softmax,
    macro_f1_factors,
    with_draws,
)
from stance.codebook import Task
from stance.evaluate.splits import grouped_folds
from stance.evaluate.summary import summary
from stance.features.joined import WeightedBlock
from stance.learn.lesson import Lesson
from stance.learn.parts import Fitted, Learner, PartReader, reader_of
from stance.learn.progress import Step
from stance.recipe import Recipe
from stance.settings import as_plain

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """What cross-validation chose: the out-of-fold scores, what they gave, and how to fit."""

    raw: Array
    decided: DecisionFit
    settings: dict[str, Any]
    fit: Callable[[Bools], Array]
    readers: Sequence[Callable[[Bools, Step], Reader]] = ()


@dataclass(frozen=True)
class Reader:
    """A part that is a block of the model, and each label's factor on its score."""

    block: WeightedBlock
    factor: Array


@dataclass(frozen=True)
class _Penalty:
    """The penalty that did best: its out-of-fold scores, what they gave, and what was tried."""

    C: float
    raw: Array
    decided: DecisionFit
    settings: dict[str, Any]


def choose(lesson: Lesson, gold: Bools, groups: list[str], step: Step) -> Chosen:
    """What cross-validation on the coded rows chooses.

    Parameters
    ----------
    gold, groups
        Labels and article of each coded row.
    """
    chooser = _choose_parts if lesson.recipe.parts else _choose_linear
    return chooser(lesson, gold, groups, step)


def _choose_linear(lesson: Lesson, gold: Bools, groups: list[str], step: Step) -> Chosen:
    """Choose the penalty of one linear model of all blocks."""
    best = _choose_penalty(lesson, lesson, gold, groups, step)
    return Chosen(
        best.raw,
        best.decided,
        best.settings,
        lambda training: lesson.fit(training, [best.C])[0],
    )


def _choose_penalty(
    lesson: Lesson, learner: Learner[Fitted], gold: Bools, groups: list[str], step: Step
) -> _Penalty:
    """Choose the penalty of a learner of the lesson."""
    penalties = lesson.recipe.classifier.C
    scores = _out_of_fold(lesson, learner, gold, groups, step)
    tried = [decide(lesson.task, lesson.recipe, raw, gold, groups) for raw in scores]
    best = int(np.argmax([found.score for found in tried]))
    told = {f"{C:g}": found.score for C, found in zip(penalties, tried, strict=True)}
    C = penalties[best]
    return _Penalty(C, scores[best], tried[best], {"C": C, "tried": told})


def _choose_parts(lesson: Lesson, gold: Bools, groups: list[str], step: Step) -> Chosen:
    """Choose each part's penalty and average the parts.

    An average of linear models of different columns is a linear model of all the columns, so
    nothing but the fit knows of parts.
    """
    recipe, n_parts = lesson.recipe, len(lesson.recipe.parts)
    raw: Array = np.zeros(gold.shape)
    told: dict[str, Any] = {}
    members: list[tuple[Ints, Chosen, Array]] = []
    readers: list[Callable[[Bools, Step], Reader]] = []
    for number, (name, part) in enumerate(recipe.parts.items()):
        own = replace(
            step.within(number / n_parts, (number + 1) / n_parts), name=f"{step.name}: {name}"
        )
        alone = lesson.alone(part)
        found: Chosen | _Penalty
        if part.read == "whole":
            found = choose(alone.only(part.features), gold, groups, own)
            factor = part.share / _spread(lesson.task, found.raw)
            names = part.features or tuple(block.name for block in lesson.matrices.joined.blocks)
            members.append((lesson.matrices.columns(names), found, factor))
        else:
            reader = reader_of(alone, part)
            find = partial(_choose_penalty, alone, reader, gold, groups, own)
            # What is tuned is the same for every student that a recipe lists.
            is_tuned = part.read == "tuned"
            key = lesson.task.name, part.tuning
            found = lesson.encoded.once(key, find) if is_tuned else find()
            factor = part.share / _spread(lesson.task, found.raw)
            readers.append(_reader(name, reader, found.C, factor))
            if is_tuned:
                found = replace(found, settings={"tuning": as_plain(part.tuning)})
        told[name] = {**found.settings, "share": part.share}
        raw += factor * found.raw

    def fit(training: Bools) -> Array:
        joined = np.zeros((lesson.matrices.joined.n_features + 1, raw.shape[1]))
        for columns, chosen, factor in members:
            fitted = chosen.fit(training) * factor
            joined[columns] += fitted[:-1]
            joined[-1] += fitted[-1]
        return joined

    decided = decide(lesson.task, recipe, raw, gold, groups)
    return Chosen(raw, decided, {"parts": told}, fit, readers)


def _reader(
    name: str, part: PartReader[Fitted], C: float, factor: Array
) -> Callable[[Bools, Step], Reader]:
    """Makes the block of a part, from the rows to learn from."""

    def make(training: Bools, step: Step) -> Reader:
        (fitted,) = part.fit(training, [C], step)
        return Reader(WeightedBlock(name, part.block(fitted)), factor)

    return make


def _spread(task: Task, raw: Array) -> Array:
    """The scores' standard deviation: of each label, or of all classes together, shape (n_labels,).

    Classes are compared with one another, so they keep one scale.
    """
    found = raw.std(axis=0) if task.several else np.full(raw.shape[1], raw.std())
    return np.where(found > 0, found, 1.0)


def _out_of_fold(
    lesson: Lesson, learner: Learner[Fitted], gold: Bools, groups: list[str], step: Step
) -> list[Array]:
    """Raw scores of every coded row by a model that has not seen its article, for each C."""
    recipe = lesson.recipe
    folds = grouped_folds(gold, groups, n_folds=recipe.folds, seed=recipe.seed)
    raw = [np.zeros(gold.shape) for _ in recipe.classifier.C]
    for fold in range(recipe.folds):
        held_out = folds == fold
        asked = lesson.coded.copy()
        asked[lesson.coded] = held_out
        training = lesson.coded & ~asked
        own = step.within(0.9 * fold / recipe.folds, 0.9 * (fold + 1) / recipe.folds)
        fitted = learner.fit(training, recipe.classifier.C, own)
        for number, scores in enumerate(learner.scores(fitted, training, asked)):
            raw[number][held_out] = scores
        own(1.0)
    return raw


@dataclass(frozen=True)
class DecisionFit:
    """Calibration and decision chosen on out-of-fold scores, and how good they are there."""

    calibration: PerLabel | Softmax
    decision: Decision
    given: Bools
    score: float


def decide(task: Task, recipe: Recipe, raw: Array, gold: Bools, groups: list[str]) -> DecisionFit:
    """Calibrate, and decide in the way that is best on articles that it was not chosen on."""
    calibration = (
        fit_per_label(raw, gold, recipe.calibration) if task.several else fit_softmax(raw, gold)
    )
    values = calibration(raw)
    ways = _ways_to_decide(task, recipe)
    if len(ways) > 1:
        halves = grouped_folds(gold, groups, n_folds=2, seed=recipe.seed)
        scores = [
            _score(task, recipe, gold, _given_across(way, values, gold, halves)) for way in ways
        ]
        ways = [ways[int(np.argmax(scores))]]
    decision = ways[0](values, gold)
    given = decision(values)
    return DecisionFit(calibration, decision, given, _score(task, recipe, gold, given))


def _given_across(
    way: Callable[[Array, Bools], Decision], values: Array, gold: Bools, halves: Ints
) -> Bools:
    """What is given to each half by what was chosen on the other."""
    given = np.zeros_like(gold)
    for half in (0, 1):
        own = halves == half
        given[own] = way(values[~own], gold[~own])(values[own])
    return given


def _score(task: Task, recipe: Recipe, gold: Bools, given: Bools) -> float:
    """The figure that the recipe optimises; 0 where it is undefined."""
    names = {"f1": "macro_f1", "example_f1": "example_f1", "accuracy": "accuracy"}
    return float(summary(task, gold, given)[names[recipe.decision.optimise]] or 0)


def _ways_to_decide(task: Task, recipe: Recipe) -> list[Callable[[Array, Bools], Decision]]:
    """Functions from probabilities and labels to the best decision of a kind."""
    own = recipe.decision

    def drawn(values: Array, gold: Bools) -> tuple[Array, Bools]:
        return with_draws(values, gold, own.draws, several=task.several, seed=recipe.seed)

    def single_thresholds(values: Array, gold: Bools) -> Decision:
        p, g = drawn(values, gold)
        limits = (f1_threshold(a, b) for a, b in zip(p.T, g.T, strict=True))
        return Thresholds(tuple(limits), own.at_least_one)

    def joint_thresholds(values: Array, gold: Bools) -> Decision:
        limits = example_f1_thresholds(*drawn(values, gold))
        return Thresholds(tuple(map(float, limits)), own.at_least_one)

    def sets(values: Array, gold: Bools) -> Decision:
        return ExpectedF1(0.0 if own.at_least_one else empty_limit(*drawn(values, gold)))

    def largest(values: Array, gold: Bools) -> Decision:
        accuracy = own.optimise == "accuracy"
        factors = np.ones(gold.shape[1]) if accuracy else macro_f1_factors(*drawn(values, gold))
        return Largest(tuple(map(float, factors)))

    if not task.several:
        return [largest]
    return [joint_thresholds, sets] if own.optimise == "example_f1" else [single_thresholds]
