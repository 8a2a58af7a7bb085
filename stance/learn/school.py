"""All tasks of a recipe are learned here, each from its lesson.

Tasks with the same features share their matrices: terms are counted once, for all labels, folds
and penalties.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stance.classify.linear import TaskModel
from stance.codebook import Task
from stance.distillation import NO_UNITS, Pool, Unlabelled
from stance.errors import SettingsError
from stance.evaluate.summary import summary_with_intervals
from stance.features.joined import JoinedBlocks
from stance.features.matrices import TrainingMatrices, fit_blocks, terms_of, without_terms
from stance.learn.choice import Reader, choose
from stance.learn.distilled import choose_student
from stance.learn.lesson import Lesson, Taught, topic_numbers
from stance.learn.progress import UNWATCHED, Progress, Step, silent
from stance.learn.teacher import Teacher, TrainedTeacher
from stance.learn.tuning import EncodedTexts
from stance.model import Model
from stance.recipe import Recipe
from stance.recipe_settings import DEFAULT_FEATURES
from stance.records import Unit
from stance.text.labelled import LabelledData

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class School:
    """Makes the tasks' lessons; tasks with the same features share their matrices.

    Parameters
    ----------
    unlabelled, teacher
        What the tasks that are distilled learn from beside their labels; None for neither.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: LabelledData,
        unlabelled: Unlabelled | None = None,
        teacher: Recipe | Model | None = None,
    ) -> None:
        self._recipe = recipe
        self._data = data
        self._unlabelled = unlabelled
        self._teacher = teacher
        self._teachers: dict[str, Teacher | TrainedTeacher] = {}
        self._teacher_spaces: dict[str, tuple[TrainingMatrices, TrainingMatrices]] = {}
        self._encoded = {
            task.unit: EncodedTexts(data.of_unit(task.unit).units)
            for task in data.codebook.tasks.values()
        }
        self._read: dict[str, TrainingMatrices] = {}
        self.spaces: dict[str, TrainingMatrices] = {}

    def read(self, task: Task, progress: Progress = silent) -> str:
        """Read the features that the task is learned from, if it is the first; their space's name.

        Reading meaning takes long, so that ``progress`` is told how many texts were read.

        Raises
        ------
        SettingsError
            If a block cannot be made as the recipe says.
        """
        recipe, units = self._recipe.for_task(task.name), self._data.of_unit(task.unit)
        space = _space(self._recipe, task)
        if space not in self.spaces:
            more = self._pool_of(space, task).units
            features = recipe.features or DEFAULT_FEATURES
            told = _told(Step(progress, f"reading features of {task.name}", 0.0, 0.0))
            self.spaces[space] = fit_blocks(
                features, units.units, folder=recipe.folder, more=more, progress=told
            )
            if more:
                self._read[space] = self.spaces[space].read(more, told)
        return space

    def lesson(self, task: Task, step: Step = UNWATCHED) -> Lesson:
        """What the task is learned from; ``step`` is told what a teacher reads."""
        recipe, space = self._recipe.for_task(task.name), self.read(task)
        own = self._lesson(task, recipe, space, self.spaces[space])
        return replace(own, taught=self._taught(task, space, step))

    def _lesson(self, task: Task, recipe: Recipe, space: str, matrices: TrainingMatrices) -> Lesson:
        """A lesson of the hand labels, read as a recipe says: the student's or its teacher's."""
        units = self._data.of_unit(task.unit)
        coded = units.coded[task.name]
        return Lesson(
            task=task,
            recipe=recipe,
            space=space,
            matrices=replace(matrices, uncoded=~coded),
            gold=units.gold[task.name].astype(float),
            coded=coded,
            groups=units.groups,
            topics=topic_numbers(units),
            units=units.units,
            encoded=self._encoded[task.unit],
        )

    def _pool(self, task: Task) -> Pool:
        """The unlabelled units that a task learns from; none where it is not distilled."""
        settings = self._recipe.distill
        if settings is None or self._unlabelled is None or not settings.teaches(task.name):
            return NO_UNITS
        return self._unlabelled.of_unit(task.unit)

    def _pool_of(self, space: str, one: Task) -> Pool:
        """The unlabelled units that any task of the same feature space learns from."""
        pools = (
            self._pool(task)
            for task in self._data.codebook.of_unit(one.unit)
            if task.name in self._data.of_unit(task.unit).gold
            and _space(self._recipe, task) == space
        )
        return next((pool for pool in pools if pool.units), NO_UNITS)

    def _taught(self, task: Task, space: str, step: Step) -> Taught | None:
        """What the teacher adds to a task's labels; None where it is not distilled."""
        settings, pool = self._recipe.distill, self._pool(task)
        if settings is None or not pool.units:
            return None
        if task.name not in self._teachers:
            self._teachers[task.name] = self._teacher_of(task, pool.units, step)
        return Taught(
            teacher=self._teachers[task.name],
            unlabelled=self._read[space],
            rank=pool.rank,
            sample=settings.sample[0],
            weight=settings.weight[0],
        )

    def _teacher_of(
        self, task: Task, unlabelled: Sequence[Unit], step: Step
    ) -> Teacher | TrainedTeacher:
        if isinstance(self._teacher, Model):
            return TrainedTeacher(self._teacher, task, unlabelled)
        if self._teacher is None:
            message = "a distilled task needs a teacher"
            raise ValueError(message)
        recipe = self._teacher.for_task(task.name)
        space = _space(self._teacher, task)
        if space not in self._teacher_spaces:
            features, units = recipe.features or DEFAULT_FEATURES, self._data.of_unit(task.unit)
            told = _told(replace(step, name=f"{step.name}, its teacher reading"))
            matrices = fit_blocks(features, units.units, folder=recipe.folder, progress=told)
            self._teacher_spaces[space] = matrices, matrices.read(unlabelled, told)
        matrices, read = self._teacher_spaces[space]
        own = self._lesson(task, recipe, space, matrices)
        learned = learn(own, UNWATCHED)
        return Teacher(learned.model.calibration, own.matrices, read, learned.fit, own.kept)


def _told(step: Step) -> Callable[[int, int], None]:
    """Tells, at the step's beginning, how many texts of how many were read."""

    def told(done: int, total: int) -> None:
        replace(step, name=f"{step.name}: {done:,} of {total:,} texts")(0.0)

    return told


def _space(recipe: Recipe, task: Task) -> str:
    """The name of the feature space that a task reads."""
    return task.name if recipe.has_own_features(task.name) else task.unit


@dataclass(frozen=True)
class Learned:
    """A trained task, and how to train it in the same way on other rows.

    ``model`` reads ``joined``, its feature space as it was before; ``readers`` are to stand behind.
    """

    model: TaskModel
    fit: Callable[[Bools], Array]
    joined: JoinedBlocks
    readers: Sequence[Reader] = ()


def learn(lesson: Lesson, step: Step) -> Learned:
    """Choose the settings of a task by cross-validation, then fit it on all coded rows."""
    task, recipe = lesson.task, lesson.recipe
    gold = lesson.gold[lesson.coded] > 0
    groups = [
        group for group, is_coded in zip(lesson.groups, lesson.coded, strict=True) if is_coded
    ]
    chooser = choose_student if lesson.taught else choose
    chosen = chooser(lesson, gold, groups, step.within(0, 0.8))
    fitted = chosen.fit(lesson.coded)
    last, n_readers = step.within(0.8, 1), len(chosen.readers)
    readers = [
        reader(lesson.coded, last.within(i / n_readers, (i + 1) / n_readers))
        for i, reader in enumerate(chosen.readers)
    ]
    model = TaskModel(
        task=task,
        space=lesson.space,
        weights=fitted[:-1].astype(np.float32),
        intercept=fitted[-1],
        calibration=chosen.decided.calibration,
        decision=chosen.decided.decision,
        training={
            **chosen.settings,
            "n": int(lesson.coded.sum()),
            "n_groups": len(set(groups)),
            "out_of_fold": summary_with_intervals(
                task, gold, chosen.decided.given, groups, seed=recipe.seed
            ),
        },
    )
    return Learned(model, chosen.fit, lesson.matrices.joined, readers)


def without_unused_terms(learned: Sequence[Learned]) -> list[Learned]:
    """The same without the terms that have a weight in no task of their feature space."""
    found = []
    for one in learned:
        beside = [other.model for other in learned if other.model.space == one.model.space]
        used = np.any([model.weights.any(axis=1) for model in beside], axis=0)
        kept = used | ~terms_of(one.joined)
        model = replace(one.model, weights=one.model.weights[kept])
        found.append(replace(one, model=model, joined=without_terms(one.joined, kept)))
    return found


def with_readers(
    learned: Sequence[Learned],
) -> tuple[dict[str, TaskModel], dict[str, JoinedBlocks]]:
    """Tasks and their feature spaces, with the tasks' readers behind the blocks of each space.

    A reader's column has a weight in its own task, and none in another's that reads the same space.
    """
    tasks: dict[str, TaskModel] = {}
    spaces: dict[str, JoinedBlocks] = {}
    for one in learned:
        space = one.model.space
        beside = [other for other in learned if other.model.space == space]
        listed = [(other, reader) for other in beside for reader in other.readers]
        blocks = [
            replace(reader.block, name=f"{reader.block.name}_{other.model.task.name}")
            for other, reader in listed
        ]
        names = [block.name for block in (*one.joined.blocks, *blocks)]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            message = f"Two blocks would be named {twice}. Give the part or the block another name."
            raise SettingsError(message)
        weights = [
            np.diag(reader.factor)
            if other is one
            else np.zeros((len(reader.factor), len(one.model.intercept)))
            for other, reader in listed
        ]
        stacked = np.vstack([one.model.weights, *weights]).astype(np.float32)
        tasks[one.model.task.name] = replace(one.model, weights=stacked)
        spaces[space] = JoinedBlocks([*one.joined.blocks, *blocks])
    return tasks, spaces
