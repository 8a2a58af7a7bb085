"""From a recipe to a model.

For each task: terms are counted once and shared by all labels, folds and penalties; the penalty is
chosen by article-grouped cross-validation; the out-of-fold scores of the chosen penalty give the
calibration, the thresholds and the figures; and a last fit uses all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance import __version__
from stance.actors.catalogue import load_catalogue
from stance.classify.calibration import PerLabel, Softmax
from stance.classify.decision import Largest, Thresholds
from stance.classify.fitting import (
    example_f1_thresholds,
    f1_threshold,
    fit_per_label,
    fit_softmax,
    macro_f1_factors,
)
from stance.classify.linear import TaskModel
from stance.classify.solver import balanced_weights, fit_binary, fit_classes
from stance.codebook import Task
from stance.errors import SettingsError
from stance.evaluate.figures import task_figures
from stance.evaluate.splits import grouped_folds
from stance.features.matrices import TrainingMatrices, fit_blocks
from stance.model import Model
from stance.recipe import DEFAULT_FEATURES, Recipe, as_plain
from stance.text.labelled import LabelledData, LabelledUnits, read_labelled
from stance.text.reading import Problem

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Told of each step: what is being done, and which share of all is done, in [0, 1].
Progress = Callable[[str, float], None]


def silent(_step: str, _share: float) -> None:
    """Progress that nobody watches."""


def train(
    recipe: Recipe,
    *,
    progress: Progress = silent,
    problems: Callable[[Problem], None],
    strict: bool = False,
) -> Model:
    """Train a model as a recipe says.

    Parameters
    ----------
    progress
        Is told of each step.
    problems
        Is told of each row that cannot be used; such rows are left out.
    strict
        Raise at the first such row instead.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    InputError
        If the data cannot be read.
    """
    if not recipe.data.train:
        message = f"recipe {recipe.name}: no training data. Name files: [data] train = [...]."
        raise SettingsError(message)
    progress("reading labels", 0.0)
    paths = [recipe.path(name) for name in recipe.data.train]
    data = read_labelled(paths, recipe.data, recipe.codebook, problems=problems, strict=strict)
    return train_on(recipe, data, progress=progress)


def train_on(recipe: Recipe, data: LabelledData, *, progress: Progress = silent) -> Model:
    """Train a model on labelled data that has been read."""
    tasks = [t for t in data.codebook.tasks.values() if t.name in data.of_unit(t.unit).gold]
    if not tasks:
        message = (
            f"recipe {recipe.name}: no task of the codebook has labels in the data. "
            "Check [data.labels]."
        )
        raise SettingsError(message)
    spaces: dict[str, TrainingMatrices] = {}
    models: dict[str, TaskModel] = {}
    for number, task in enumerate(tasks):
        own = recipe.for_task(task.name)
        units = data.of_unit(task.unit)
        space = task.name if recipe.has_own_features(task.name) else task.unit
        if space not in spaces:
            progress(f"reading features of {task.name}", number / len(tasks))
            features = own.features or DEFAULT_FEATURES
            spaces[space] = fit_blocks(features, units.units, folder=recipe.folder)
        step = _Step(progress, f"training {task.name}", number / len(tasks), 1 / len(tasks))
        models[task.name] = _train_task(task, own, spaces[space], space, units, step)
    progress("done", 1.0)
    return Model(
        name=recipe.name,
        codebook=data.codebook,
        spaces={name: found.joined for name, found in spaces.items()},
        tasks=models,
        recipe=as_plain(recipe),
        provenance=_provenance(recipe, data),
        actors=load_catalogue(recipe.path(recipe.actors)) if recipe.actors else None,
    )


@dataclass(frozen=True)
class _Step:
    """A task's part of the whole progress."""

    progress: Progress
    name: str
    start: float
    size: float

    def __call__(self, share: float) -> None:
        self.progress(self.name, self.start + share * self.size)


def _train_task(  # noqa: PLR0913 - all that one task needs
    task: Task,
    recipe: Recipe,
    matrices: TrainingMatrices,
    space: str,
    units: LabelledUnits,
    step: _Step,
) -> TaskModel:
    coded = units.coded[task.name]
    gold = units.gold[task.name][coded]
    groups = [group for group, is_coded in zip(units.groups, coded, strict=True) if is_coded]
    folds = grouped_folds(gold, groups, n_folds=recipe.folds, seed=recipe.seed)
    raw = _out_of_fold(task, recipe, matrices, coded, gold, folds, step)
    tried = [_decide(task, recipe, scores, gold) for scores in raw]
    best = int(np.argmax([found.score for found in tried]))
    step(0.9)
    chosen = tried[best]
    fitted = _fit(
        task, recipe, matrices.whole()[coded], gold.astype(float), recipe.classifier.C[best]
    )
    return TaskModel(
        task=task,
        space=space,
        weights=fitted[:-1].astype(np.float32),
        intercept=fitted[-1],
        calibration=chosen.calibration,
        decision=chosen.decision,
        training={
            "C": recipe.classifier.C[best],
            "tried": {
                f"{C:g}": found.score for C, found in zip(recipe.classifier.C, tried, strict=True)
            },
            "n": int(coded.sum()),
            "n_groups": len(set(groups)),
            "out_of_fold": task_figures(task, gold, chosen.given),
        },
    )


def _out_of_fold(  # noqa: PLR0913 - all that one task needs
    task: Task,
    recipe: Recipe,
    matrices: TrainingMatrices,
    coded: Bools,
    gold: Bools,
    folds: npt.NDArray[np.int64],
    step: _Step,
) -> list[Array]:
    """Raw scores of every row by a model that has not seen its article, for each C."""
    raw = [np.zeros(gold.shape) for _ in recipe.classifier.C]
    places = np.flatnonzero(coded)
    for fold in range(recipe.folds):
        held_out = folds == fold
        training = np.zeros(len(coded), dtype=np.bool_)
        training[places[~held_out]] = True
        X = matrices.fold(training)
        known, unknown = X[places[~held_out]], X[places[held_out]]
        fitted: Array | None = None
        for number, C in enumerate(recipe.classifier.C):
            fitted = _fit(task, recipe, known, gold[~held_out].astype(float), C, start=fitted)
            raw[number][held_out] = unknown @ fitted[:-1] + fitted[-1]
        step(0.9 * (fold + 1) / recipe.folds)
    return raw


def _fit(  # noqa: PLR0913 - one fit and its settings
    task: Task,
    recipe: Recipe,
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    y: Array,
    C: float,
    *,
    start: Array | None = None,
) -> Array:
    """Weights with the intercepts in the last row, shape (n_features + 1, n_labels)."""
    balanced = recipe.classifier.class_weight == "balanced"
    if not task.several:
        weight = balanced_weights(y) if balanced else np.ones(len(y))
        return fit_classes(X, y, C=C, sample_weight=weight, start=start)
    fitted = []
    for label in range(y.shape[1]):
        weight = balanced_weights(y[:, label]) if balanced else np.ones(len(y))
        begin = None if start is None else start[:, label]
        fitted.append(fit_binary(X, y[:, label], C=C, sample_weight=weight, start=begin))
    return np.column_stack(fitted)


@dataclass(frozen=True)
class _Decided:
    """Calibration and decision chosen on out-of-fold scores, and how good they are there."""

    calibration: PerLabel | Softmax
    decision: Thresholds | Largest
    given: Bools
    score: float


def _decide(task: Task, recipe: Recipe, raw: Array, gold: Bools) -> _Decided:
    optimise = recipe.decision.optimise
    calibration: PerLabel | Softmax
    decision: Thresholds | Largest
    if task.several:
        calibration = fit_per_label(raw, gold, recipe.calibration)
        values = calibration(raw)
        if optimise == "example_f1":
            limits = example_f1_thresholds(values, gold)
        else:
            limits = np.array([f1_threshold(p, g) for p, g in zip(values.T, gold.T, strict=True)])
        decision = Thresholds(tuple(map(float, limits)), recipe.decision.at_least_one)
    else:
        calibration = fit_softmax(raw, gold)
        values = calibration(raw)
        factors = (
            np.ones(gold.shape[1]) if optimise == "accuracy" else macro_f1_factors(values, gold)
        )
        decision = Largest(tuple(map(float, factors)))
    given = decision(values)
    figures = task_figures(task, gold, given)
    name = {"f1": "macro_f1", "example_f1": "example_f1", "accuracy": "accuracy"}[optimise]
    score = figures[name]
    return _Decided(calibration, decision, given, float(score) if score is not None else 0.0)


def _provenance(recipe: Recipe, data: LabelledData) -> dict[str, Any]:
    """What the model was made from; no clock, so that equal runs give equal bytes."""
    units = data.paragraphs
    return {
        "stance": __version__,
        "seed": recipe.seed,
        "files": list(recipe.data.train),
        "data_sha256": data.fingerprint,
        "n_paragraphs": len(units),
        "n_articles": len(set(units.groups)),
        "n_targets": len(data.targets),
        "n_noise": data.n_noise,
    }
