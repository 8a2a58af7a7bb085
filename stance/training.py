"""From a recipe to a model.

For each task: terms are counted once and shared by all labels, folds and penalties; the penalty is
chosen by article-grouped cross-validation; the out-of-fold scores of the chosen penalty give the
calibration, the thresholds and the figures; and a last fit uses all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from threadpoolctl import threadpool_limits

from stance import __version__
from stance.actors.catalogue import load_catalogue
from stance.classify.linear import TaskModel
from stance.distillation import Unlabelled, read_unlabelled
from stance.errors import SettingsError
from stance.evaluate.articles import with_merged_articles
from stance.evaluate.memory import remember
from stance.features.encoder import INSTALL, is_installed
from stance.features.joined import JoinedBlocks
from stance.learn.progress import Progress, Step, silent
from stance.learn.school import School, learn
from stance.model import Model
from stance.recipe import Recipe, as_plain
from stance.text.labelled import LabelledData, read_labelled
from stance.text.problems import Problem

__all__ = ["Progress", "silent", "train", "train_on"]


def unheard(_notice: str) -> None:
    """Notices that nobody reads."""


def train(
    recipe: Recipe,
    *,
    progress: Progress = silent,
    problems: Callable[[Problem], None],
    notices: Callable[[str], None] = unheard,
    strict: bool = False,
) -> Model:
    """Train a model as a recipe says.

    Parameters
    ----------
    progress
        Is told of each step.
    problems
        Is told of each row that cannot be used; such rows are left out.
    notices
        Is told of optional blocks that are left out, as an extra is not installed.
    strict
        Raise at the first such row instead.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    InputError
        If the data cannot be read.
    """
    recipe = _with_what_is_installed(recipe, notices)
    if not recipe.data.train:
        message = f"recipe {recipe.name}: no training data. Name files: [data] train = [...]."
        raise SettingsError(message)
    progress("reading labels", 0.0)
    paths = [recipe.path(name) for name in recipe.data.train]
    data = read_labelled(paths, recipe.data, recipe.codebook, problems=problems, strict=strict)
    unlabelled = None
    if recipe.distill is not None:
        progress("reading unlabelled text", 0.0)
        known = [unit.text for unit in data.paragraphs.units]
        if recipe.data.evaluate:
            held_out = [recipe.path(name) for name in recipe.data.evaluate]
            gold = read_labelled(held_out, recipe.data, data.codebook, problems=problems)
            known += [unit.text for unit in gold.paragraphs.units]
        unlabelled = read_unlabelled(recipe, recipe.distill, known, problems=problems)
    return train_on(recipe, data, unlabelled=unlabelled, progress=progress)


def _with_what_is_installed(recipe: Recipe, notices: Callable[[str], None]) -> Recipe:
    """The recipe without optional blocks that read meaning, where the encoder is missing."""
    for name, block in recipe.features.items():
        if block.optional and block.kind == "semantic" and not is_installed():
            notices(f'The block "{name}" is left out, and figures will be lower. {INSTALL}')
            recipe = recipe.without(name)
    return recipe


def train_on(
    recipe: Recipe,
    data: LabelledData,
    *,
    unlabelled: Unlabelled | None = None,
    progress: Progress = silent,
) -> Model:
    """Train a model on data that was read already, near-duplicate articles as one.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    """
    # Many threads slow these small products down, and their number must not show in the result.
    with threadpool_limits(limits=1):
        model = _train_tasks(recipe, with_merged_articles(data), unlabelled, progress)
    texts = [unit.text for unit in data.paragraphs.units]
    return replace(model, memory=remember(texts, data.paragraphs.groups).arrays())


def _train_tasks(
    recipe: Recipe, data: LabelledData, unlabelled: Unlabelled | None, progress: Progress
) -> Model:
    tasks = [t for t in data.codebook.tasks.values() if t.name in data.of_unit(t.unit).gold]
    if not tasks:
        message = (
            f"recipe {recipe.name}: no task of the codebook has labels in the data. "
            "Check [data.labels]."
        )
        raise SettingsError(message)
    school = School(recipe, data, unlabelled)
    if recipe.keep:
        progress("choosing terms", 0.0)
        school.prune(tasks, recipe.keep)
    models: dict[str, TaskModel] = {}
    spaces: dict[str, JoinedBlocks] = {}
    for number, task in enumerate(tasks):
        progress(f"reading features of {task.name}", number / len(tasks))
        step = Step(progress, f"training {task.name}", number / len(tasks), 1 / len(tasks))
        learned = learn(school.lesson(task), step)
        models[task.name] = learned.model
        spaces[learned.model.space] = learned.joined
    progress("done", 1.0)
    return Model(
        name=recipe.name,
        codebook=data.codebook.only(models),
        spaces=spaces,
        tasks=models,
        recipe=as_plain(recipe),
        provenance=_provenance(recipe, data, unlabelled),
        actors=load_catalogue(recipe.path(recipe.actors)) if recipe.actors else None,
    )


def _provenance(
    recipe: Recipe, data: LabelledData, unlabelled: Unlabelled | None
) -> dict[str, Any]:
    """What the model was made from; no clock, so that equal runs give equal bytes."""
    units = data.paragraphs
    found: dict[str, Any] = {
        "stance": __version__,
        "seed": recipe.seed,
        "files": list(recipe.data.train),
        "data_sha256": data.fingerprint,
        "n_paragraphs": len(units),
        "n_articles": len(set(units.groups)),
        "n_targets": len(data.targets),
        "n_noise": data.n_noise,
    }
    if unlabelled is not None:
        found["n_unlabelled"] = len(unlabelled.units)
        found["n_unlabelled_left_out"] = unlabelled.n_left_out
    return found
