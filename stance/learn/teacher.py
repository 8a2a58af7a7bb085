"""Teachers: what they think of unlabelled text, for a student to learn.

A teacher that is a recipe is fitted on the student's hand labels. In cross-validation each fold
has its own, whose weights have not seen the held-out articles either; its penalty and calibration,
a few numbers, are chosen once, on all hand labels. A teacher that is a trained model may have seen
all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from stance.classify.calibration import PerLabel, Softmax
from stance.codebook import Task
from stance.errors import SettingsError
from stance.features.matrices import TrainingMatrices
from stance.model import Model, load_model
from stance.recipe import Recipe, load_recipe
from stance.recipe_settings import DEFAULT_FEATURES, BlockSettings, DistillSettings
from stance.records import Unit

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Teacher:
    """What a teacher thinks of the unlabelled units, for one task.

    Parameters
    ----------
    calibration
        From its raw scores to probabilities.
    matrices, unlabelled
        What its blocks find in the labelled and in the unlabelled units.
    fit
        Fits its classifier on the rows that are given: weights with the intercepts last.
    kept
        The columns of a model with such weights; None for all.
    """

    def __init__(
        self,
        calibration: PerLabel | Softmax,
        matrices: TrainingMatrices,
        unlabelled: TrainingMatrices,
        fit: Callable[[Bools], Array],
        kept: Callable[[Sequence[Array]], Bools | None],
    ) -> None:
        self._calibration = calibration
        self._matrices = matrices
        self._unlabelled = unlabelled
        self._fit = fit
        self._kept = kept
        self._known: dict[bytes, Array] = {}

    def opinions(self, training: Bools) -> Array:
        """Soft labels by a teacher that knows the training rows only, shape (n, n_labels)."""
        key = training.tobytes()
        if key not in self._known:
            fitted = self._fit(training)
            rows = self._matrices.fold_of(self._unlabelled, training, self._kept([fitted]))
            self._known[key] = self._calibration(rows @ fitted[:-1] + fitted[-1])
        return self._known[key]


class TrainedTeacher:
    """A model that is there already; it may have seen the held-out articles.

    Raises
    ------
    SettingsError
        If the model does not code the task, with the same labels in the same order, or codes it
        in another way.
    """

    def __init__(self, model: Model, task: Task, units: Sequence[Unit]) -> None:
        own = model.tasks.get(task.name)
        if own is None:
            message = (
                f'The teacher {model.name} does not code the task "{task.name}", only '
                f"{', '.join(model.tasks)}. Name another teacher, or the tasks that it teaches: "
                "[distill] tasks = [...]."
            )
            raise SettingsError(message)
        if mismatch := own.task.mismatch(task):
            message = (
                f"The teacher {model.name} cannot teach this student: {mismatch}. "
                "Train a teacher with the student's codebook."
            )
            raise SettingsError(message)
        n_labels = len(task.label_names)
        self._values = model.scores(units)[task.name].values if units else np.zeros((0, n_labels))

    def opinions(self, training: Bools) -> Array:  # noqa: ARG002 - it has learned all it will
        """Its soft labels, the same for every fold."""
        return self._values


def load_teacher(recipe: Recipe, settings: DistillSettings) -> Recipe | Model:
    """The teacher that a recipe names: a recipe to fit, or a trained model.

    Raises
    ------
    SettingsError
        If no teacher is named, or it cannot teach from the student's labels and unlabelled text.
    """
    if not settings.teacher:
        message = f"recipe {recipe.name}: [distill] names no teacher. Name a recipe or a model."
        raise SettingsError(message)
    for task in ("", *recipe.tasks):
        if settings.teaches(task):
            _check_topics(recipe.for_task(task).features, f"recipe {recipe.name}")
    path = recipe.path(settings.teacher)
    if path.suffix != ".toml":
        return load_model(path if path.exists() else settings.teacher)
    teacher = load_recipe(path)
    where = f"teacher {path}"
    if teacher.distill is not None:
        message = (
            f"{where}: it is a student itself ([distill]). Train it first and name its model's "
            "folder as teacher."
        )
        raise SettingsError(message)
    for task in ("", *teacher.tasks):
        own = teacher.for_task(task)
        for name, part in own.parts.items():
            if part.read != "whole":
                how = "reads sentences" if part.read == "sentences" else "is tuned"
                message = (
                    f'{where}: its part {name} {how}. Write read = "whole" for it, or '
                    "train it first and name its model's folder as teacher."
                )
                raise SettingsError(message)
        _check_topics(own.features, where)
    return teacher


def _check_topics(features: Mapping[str, BlockSettings], where: str) -> None:
    """No block reads by topic: unlabelled text has none."""
    for name, block in (features or DEFAULT_FEATURES).items():
        if block.options.get("by_topic") or block.options.get("analyzer") == "topic":
            message = (
                f"{where}: its block {name} reads by topic, and unlabelled text has no topic. "
                "Leave the block out."
            )
            raise SettingsError(message)
