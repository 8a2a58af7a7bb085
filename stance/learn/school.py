"""All tasks of a recipe are learned here, each from its lesson.

Tasks with the same features share their matrices: terms are counted once, for all labels, folds
and penalties.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.classify.linear import TaskModel
from stance.codebook import Task
from stance.distillation import (
    Teacher,
    TrainedTeacher,
    Unlabelled,
    teacher_matrices,
    teacher_recipe,
)
from stance.errors import SettingsError
from stance.evaluate.figures import with_intervals
from stance.features.joined import JoinedBlocks
from stance.features.matrices import TrainingMatrices, contributions, fit_blocks
from stance.learn.choice import choose
from stance.learn.lesson import Lesson, topic_numbers
from stance.learn.progress import Step, silent
from stance.model import Model
from stance.recipe import DEFAULT_FEATURES, Recipe
from stance.text.labelled import LabelledData, LabelledUnits

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class School:
    """Makes the tasks' lessons; tasks with the same features share their matrices."""

    def __init__(self, recipe: Recipe, data: LabelledData, unlabelled: Unlabelled | None) -> None:
        self._recipe = recipe
        self._data = data
        self._unlabelled = unlabelled
        self._teacher = (
            teacher_recipe(recipe, recipe.distill) if recipe.distill and unlabelled else None
        )
        self._teacher_spaces: dict[str, tuple[TrainingMatrices, TrainingMatrices]] = {}
        self._read: dict[str, TrainingMatrices] = {}
        self.spaces: dict[str, TrainingMatrices] = {}

    def lesson(self, task: Task) -> Lesson:
        """What the task is learned from."""
        recipe, units = self._recipe.for_task(task.name), self._data.of_unit(task.unit)
        space = task.name if self._recipe.has_own_features(task.name) else task.unit
        distilled = self._unlabelled is not None and task.unit == "paragraph"
        more = self._unlabelled.units if distilled and self._unlabelled else ()
        if space not in self.spaces:
            features = recipe.features or DEFAULT_FEATURES
            self.spaces[space] = fit_blocks(features, units.units, folder=recipe.folder, more=more)
            if more:
                self._read[space] = self.spaces[space].read(more)
        return Lesson(
            task=task,
            recipe=recipe,
            space=space,
            matrices=self.spaces[space],
            gold=units.gold[task.name].astype(float),
            coded=units.coded[task.name],
            groups=units.groups,
            topics=topic_numbers(units),
            units=units.units,
            unlabelled=self._read.get(space) if distilled else None,
            teacher=self._teacher_of(task, units) if distilled else None,
        )

    def prune(self, tasks: Sequence[Task], n_terms: int) -> None:
        """Keep the terms that move the scores of any task most, after a first fit on all rows.

        Among the first fit's penalties the middle one is taken: the order hardly depends on it.
        """
        movers: dict[str, Array] = {}
        for task in tasks:
            lesson = self.lesson(task)
            penalties = lesson.recipe.classifier.C
            (fitted,) = lesson.fit(lesson.coded, penalties[len(penalties) // 2 :][:1])
            found = contributions(lesson.matrices, fitted[:-1])
            before = movers.get(lesson.space, found)
            movers[lesson.space] = np.maximum(before, found)
        for space, found in movers.items():
            is_term = np.isfinite(found)
            if is_term.sum() > n_terms:
                limit = np.sort(found[is_term])[-n_terms]
                self.spaces[space] = self.spaces[space].pruned(found >= limit)
                if space in self._read:
                    self._read[space] = self._read[space].pruned(found >= limit)

    def _teacher_of(self, task: Task, units: LabelledUnits) -> Teacher | TrainedTeacher:
        unlabelled = self._unlabelled.units if self._unlabelled else ()
        if isinstance(self._teacher, Model):
            return TrainedTeacher(self._teacher, task.name, unlabelled)
        if self._teacher is None:  # pragma: no cover - `lesson` asks for no teacher then
            message = "no teacher"
            raise SettingsError(message)
        recipe = self._teacher.for_task(task.name)
        space = task.name if self._teacher.has_own_features(task.name) else task.unit
        if space not in self._teacher_spaces:
            found = teacher_matrices(recipe, units.units, unlabelled)
            self._teacher_spaces[space] = found
        matrices, read = self._teacher_spaces[space]
        gold, coded = units.gold[task.name].astype(float), units.coded[task.name]
        own = Lesson(
            task,
            recipe,
            space,
            matrices,
            gold,
            coded,
            units.groups,
            topic_numbers(units),
            units.units,
        )
        learned = learn(own, Step(silent, "", 0, 0))
        return Teacher(learned.model, matrices, read, learned.fit)


@dataclass(frozen=True)
class Learned:
    """A trained task, and how to train it in the same way on other rows."""

    model: TaskModel
    fit: Callable[[Bools], Array]
    joined: JoinedBlocks


def learn(lesson: Lesson, step: Step) -> Learned:
    """Choose the settings of a task by cross-validation, then fit it on all coded rows."""
    task, recipe = lesson.task, lesson.recipe
    gold = lesson.gold[lesson.coded] > 0
    groups = [
        group for group, is_coded in zip(lesson.groups, lesson.coded, strict=True) if is_coded
    ]
    chosen = choose(lesson, gold, groups, step)
    step(0.9)
    fitted = chosen.fit(lesson.coded)
    readers = [reader(lesson.coded) for reader in chosen.readers]
    weights = np.vstack([fitted[:-1], *(np.diag(reader.factor) for reader in readers)])
    joined = lesson.matrices.joined
    if readers:
        joined = JoinedBlocks([*joined.blocks, *(reader.block for reader in readers)])
    model = TaskModel(
        task=task,
        space=task.name if readers else lesson.space,
        weights=weights.astype(np.float32),
        intercept=fitted[-1],
        calibration=chosen.decided.calibration,
        decision=chosen.decided.decision,
        training={
            **chosen.settings,
            "n": int(lesson.coded.sum()),
            "n_groups": len(set(groups)),
            "out_of_fold": with_intervals(
                task, gold, chosen.decided.given, groups, seed=recipe.seed
            ),
        },
    )
    return Learned(model, chosen.fit, joined)
