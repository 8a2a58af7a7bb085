"""A teacher's opinions on unlabelled text, for a student to learn.

The teacher is fitted on the hand labels; its calibrated probabilities on the unlabelled text are
the student's soft labels (Hinton, Vinyals and Dean 2015, Distilling the knowledge in a neural
network). In cross-validation each fold has its own teacher, which has not seen the held-out
articles either, so that the student's figures are honest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.classify.linear import TaskModel
from stance.errors import InputError, SettingsError
from stance.features.matrices import TrainingMatrices, fit_blocks
from stance.model import Model, load_model
from stance.recipe import DEFAULT_FEATURES, DistillSettings, Recipe, load_recipe
from stance.records import Unit
from stance.text.cleaning import paragraphs_of
from stance.text.problems import Problem
from stance.text.reading import read_articles
from stance.text.tokens import tokens

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Unlabelled:
    """Paragraphs without labels.

    ``n_left_out`` counts those that repeat labelled or evaluation text and were left out.
    """

    units: tuple[Unit, ...]
    n_left_out: int


def read_unlabelled(
    recipe: Recipe,
    settings: DistillSettings,
    known: Sequence[str],
    *,
    problems: Callable[[Problem], None],
) -> Unlabelled:
    """Read the paragraphs of the unlabelled files, without those that repeat known text.

    Parameters
    ----------
    known
        Texts that the student is trained or evaluated on.

    Raises
    ------
    InputError
        If no paragraph is left.
    """
    paths = [recipe.path(name) for name in settings.unlabelled]
    if not paths:
        message = f"recipe {recipe.name}: [distill] names no unlabelled files. Name some."
        raise SettingsError(message)
    units = list(
        {
            paragraph.text: Unit(paragraph.text, article=paragraph.article)
            for article in read_articles(paths, problems=problems)
            for paragraph in paragraphs_of(article)
            if not paragraph.is_noise
        }.values()
    )
    fresh = _fresh(units, known)
    if not fresh:
        names = ", ".join(map(str, paths))
        message = f"{names}: no paragraph that is not labelled already. Bring other text."
        raise InputError(message)
    chosen = _sample(fresh, settings.sample, recipe.seed)
    return Unlabelled(tuple(chosen), len(units) - len(fresh))


def _fresh(units: Sequence[Unit], known: Sequence[str]) -> list[Unit]:
    """The units that share no long run of words with a known one.

    Eight words in a row are hardly ever the same by chance; quotations and syndicated copy are
    caught by them even where the paragraph was cut or edited.
    """
    runs = {run for text in known for run in _runs(text)}
    return [unit for unit in units if runs.isdisjoint(_runs(unit.text))]


# Words in a row that count as the same text.
_RUN = 8


def _runs(text: str) -> set[str]:
    words = tokens(text)
    if len(words) < _RUN:
        return {" ".join(words)}
    return {" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}


def _sample(units: list[Unit], size: int, seed: int) -> list[Unit]:
    if not size or size >= len(units):
        return units
    chosen = np.random.default_rng(seed).choice(len(units), size=size, replace=False)
    return [units[i] for i in sorted(chosen)]


class Teacher:
    """What a teacher thinks of the unlabelled units, for one task.

    Parameters
    ----------
    fit
        Fits the teacher's classifier on the rows it is given: weights with the intercepts last.
    """

    def __init__(
        self,
        model: TaskModel,
        matrices: TrainingMatrices,
        unlabelled: TrainingMatrices,
        fit: Callable[[Bools], Array],
    ) -> None:
        self.model = model
        self._matrices = matrices
        self._unlabelled = unlabelled
        self._fit = fit

    def opinions(self, training: Bools) -> Array:
        """Soft labels by a teacher that knows the training rows only, shape (n, n_labels)."""
        fitted = self._fit(training)
        rows = self._matrices.fold_of(self._unlabelled, training)
        return self.model.calibration(rows @ fitted[:-1] + fitted[-1])


class TrainedTeacher:
    """A model that is there already; it may have seen the held-out articles."""

    def __init__(self, model: Model, task: str, units: Sequence[Unit]) -> None:
        self._values = model.scores(units)[task].values

    def opinions(self, training: Bools) -> Array:  # noqa: ARG002 - it has learned all it will
        """Its soft labels, the same for every fold."""
        return self._values


def teacher_recipe(recipe: Recipe, settings: DistillSettings) -> Recipe | Model:
    """The teacher that a recipe names: a recipe to fit, or a trained model."""
    path = recipe.path(settings.teacher)
    if path.suffix == ".toml":
        return load_recipe(path)
    return load_model(path if path.exists() else settings.teacher)


def teacher_matrices(
    teacher: Recipe, units: Sequence[Unit], unlabelled: Sequence[Unit]
) -> tuple[TrainingMatrices, TrainingMatrices]:
    """The teacher's features of the labelled and of the unlabelled units."""
    features = teacher.features or DEFAULT_FEATURES
    matrices = fit_blocks(features, units, folder=teacher.folder)
    return matrices, matrices.read(unlabelled)
