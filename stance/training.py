"""From a recipe to a model.

For each task: terms are counted once and shared by all labels, folds and penalties; the penalty is
chosen by article-grouped cross-validation; the out-of-fold scores of the chosen penalty give the
calibration, the thresholds and the figures; and a last fit uses all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from threadpoolctl import threadpool_limits

from stance import __version__
from stance.actors.catalogue import load_catalogue
from stance.codebook import Task
from stance.distillation import Unlabelled, read_unlabelled
from stance.errors import InputError, SettingsError, plural
from stance.evaluate.articles import with_merged_articles
from stance.evaluate.memory import remember
from stance.features.encoder import loaded_encoder
from stance.learn.notices import (
    check_fields,
    tell_of_blank_labels,
    tell_of_like_labels,
    tell_of_lost_entries,
    tell_of_missing_fields,
    tell_of_rare_labels,
    tell_of_unlearned_labels,
    unheard,
    with_what_is_installed,
)
from stance.learn.progress import Progress, Step, silent
from stance.learn.school import Learned, School, learn, with_readers, without_unused_terms
from stance.learn.teacher import load_teacher
from stance.model import Model
from stance.recipe import Recipe
from stance.recipe_checks import check_tasks
from stance.recipe_settings import DistillSettings
from stance.settings import as_plain
from stance.text.labelled import LabelledData, read_labelled
from stance.text.problems import Problem

__all__ = ["Progress", "silent", "train", "train_on"]


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
        Is told of optional blocks that are left out, as an extra is not installed, of lexicon
        entries that can never be found, of what in the labels may be a mistake (rows none of
        which names its article, blank cells, labels that look alike or hold in few articles), and
        of labels that were not learned.
    strict
        Raise at the first such row instead.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    InputError
        If the data or a file to evaluate on cannot be read, or no row has a field that the recipe
        names.
    """
    if not recipe.data.train:
        message = f"recipe {recipe.name}: no training data. Name files: [data] train = [...]."
        raise SettingsError(message)
    progress("reading labels", 0.0)
    paths = [recipe.path(name) for name in recipe.data.train]
    learned_from = {path.resolve() for path in paths}
    for path in map(recipe.path, recipe.data.evaluate):
        if path.resolve() in learned_from:
            message = (
                f"recipe {recipe.name}: {path} stands in train and in evaluate, so that figures on "
                "it would be of texts that were learned from. Leave it out of one of them."
            )
            raise SettingsError(message)
    data = read_labelled(paths, recipe.data, recipe.codebook, problems=problems, strict=strict)
    check_fields(data, recipe.data)
    tell_of_missing_fields(data, recipe.data, notices)
    tell_of_blank_labels(data, notices)
    tell_of_like_labels(data, notices)
    tell_of_rare_labels(data, recipe.folds, notices)
    held_out = _held_out_texts(recipe, data)
    unlabelled = None
    if recipe.distill is not None:
        progress("reading unlabelled text", 0.0)
        unlabelled = _read_unlabelled(recipe, recipe.distill, data, held_out, problems)
    return train_on(recipe, data, unlabelled=unlabelled, progress=progress, notices=notices)


def _held_out_texts(recipe: Recipe, data: LabelledData) -> list[str]:
    """The texts of the files to evaluate on, which are looked at before anything is trained.

    What is wrong with single rows of them is told when they are evaluated on.

    Raises
    ------
    InputError
        If one of them cannot be read, or has no label of a task.
    """
    texts = []
    for path in map(recipe.path, recipe.data.evaluate):
        gold = read_labelled([path], recipe.data, data.codebook, problems=lambda _: None)
        coded = (*gold.paragraphs.coded.values(), *gold.targets.coded.values())
        if not any(task.any() for task in coded):
            message = (
                f"{path}: no row has a label, so that nothing can be evaluated on it. Leave it out "
                "of [data] evaluate, or correct its fields."
            )
            raise InputError(message)
        texts += [unit.text for unit in gold.paragraphs.units]
    return texts


def _read_unlabelled(
    recipe: Recipe,
    settings: DistillSettings,
    data: LabelledData,
    held_out: Sequence[str],
    problems: Callable[[Problem], None],
) -> Unlabelled:
    """The unlabelled text, apart from all that the student is trained and evaluated on."""
    known = [*(unit.text for unit in data.paragraphs.units), *held_out]
    taught = [name for name in data.targets.gold if settings.teaches(name)]
    if taught and not recipe.actors:
        message = (
            f"recipe {recipe.name}: the task {taught[0]} codes targets, and no actors are "
            "named to look for in the unlabelled text. Write actors = FILE, or name the tasks "
            "that are distilled: [distill] tasks = [...]."
        )
        raise SettingsError(message)
    actors = load_catalogue(recipe.path(recipe.actors)) if taught else None
    found = read_unlabelled(recipe, settings, known, actors=actors, problems=problems)
    if taught and not found.targets.units:
        message = (
            f"recipe {recipe.name}: the unlabelled text names none of the actors in "
            f"{recipe.actors}. Bring other text or other actors, or name the tasks that are "
            "distilled: [distill] tasks = [...]."
        )
        raise InputError(message)
    return found


def train_on(
    recipe: Recipe,
    data: LabelledData,
    *,
    unlabelled: Unlabelled | None = None,
    progress: Progress = silent,
    notices: Callable[[str], None] = unheard,
) -> Model:
    """Train a model on data that was read already, near-duplicate articles as one.

    Parameters
    ----------
    unlabelled
        What is distilled from, as the recipe says; None trains on the labels alone.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    """
    # A codebook that was read off the labels is known only now.
    check_tasks(replace(recipe, codebook=data.codebook), f"recipe {recipe.name}")
    recipe = with_what_is_installed(recipe, notices)
    teacher = None
    if unlabelled is not None and recipe.distill is not None:
        teacher = load_teacher(recipe, recipe.distill)
        if isinstance(teacher, Recipe):
            teacher = with_what_is_installed(teacher, notices)
    tell_of_lost_entries([recipe, *([teacher] if isinstance(teacher, Recipe) else [])], notices)
    # Many threads slow these small products down, and their number must not show in the result.
    with threadpool_limits(limits=1):
        model = _train_tasks(recipe, with_merged_articles(data), unlabelled, teacher, progress)
    tell_of_unlearned_labels(model.tasks.values(), notices)
    texts = [unit.text for unit in data.paragraphs.units]
    return replace(model, memory=remember(texts, data.paragraphs.groups).arrays())


def _train_tasks(
    recipe: Recipe,
    data: LabelledData,
    unlabelled: Unlabelled | None,
    teacher: Recipe | Model | None,
    progress: Progress,
) -> Model:
    tasks = [t for t in data.codebook.tasks.values() if t.name in data.of_unit(t.unit).gold]
    if not tasks:
        message = (
            f"recipe {recipe.name}: no task of the codebook has labels in the data. "
            "Check [data.labels]."
        )
        raise SettingsError(message)
    _check_articles(recipe, data, tasks)
    _check_tuned(recipe, tasks)
    school = School(recipe, data, unlabelled, teacher)
    # Of all tasks before the first is learned: hours would be lost where the last cannot be read.
    for task in tasks:
        progress(f"reading features of {task.name}", 0.0)
        school.read(task, progress)
    learned: list[Learned] = []
    for number, task in enumerate(tasks):
        step = Step(progress, f"training {task.name}", number / len(tasks), 1 / len(tasks))
        learned.append(learn(school.lesson(task, step), step))
    # A student of few terms has learned from vectors in whose lengths the others do not count.
    is_limited = unlabelled is not None and recipe.distill is not None and any(recipe.distill.terms)
    if recipe.keep or is_limited:
        learned = without_unused_terms(learned)
    models, spaces = with_readers(learned)
    progress("done", 1.0)
    return Model(
        name=recipe.name,
        codebook=data.codebook.only(models),
        spaces=spaces,
        tasks=models,
        recipe=as_plain(recipe),
        provenance=_provenance(recipe, data, unlabelled, teacher),
        actors=load_catalogue(recipe.path(recipe.actors)) if recipe.actors else None,
    )


def _check_articles(recipe: Recipe, data: LabelledData, tasks: Sequence[Task]) -> None:
    """Every task has labels in as many articles as there are folds, or a `SettingsError`."""
    for task in tasks:
        n_articles = len(set(data.of_unit(task.unit).of_task(task.name).groups))
        if n_articles < recipe.folds:
            message = (
                f"recipe {recipe.name}: the task {task.name} has labels in "
                f"{plural(n_articles, 'article')} (near-duplicates count as one), fewer than "
                f"folds = {recipe.folds}. Label more articles, or write a smaller number of folds."
            )
            raise SettingsError(message)


def _check_tuned(recipe: Recipe, tasks: Sequence[Task]) -> None:
    """What tuned parts need is here, before hours are spent on the others.

    Raises
    ------
    SettingsError
        If a task with a tuned part codes targets: an encoder does not tell one target of a text
        from another.
    MissingExtraError
        If the encoder is not installed.
    """
    for task in tasks:
        parts = recipe.for_task(task.name).parts
        tuned = [name for name, part in parts.items() if part.read == "tuned"]
        if tuned and task.unit == "target":
            message = (
                f"recipe {recipe.name}: the task {task.name} codes targets, and its part "
                f"{tuned[0]}, which is tuned, reads whole texts. Give the task features and parts "
                "of its own."
            )
            raise SettingsError(message)
        if tuned:
            loaded_encoder()


def _provenance(
    recipe: Recipe,
    data: LabelledData,
    unlabelled: Unlabelled | None,
    teacher: Recipe | Model | None,
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
        found["n_unlabelled"] = len(unlabelled.paragraphs.units)
        found["n_unlabelled_targets"] = len(unlabelled.targets.units)
        found["n_unlabelled_left_out"] = unlabelled.n_left_out
        # A model that was trained before may know the held-out articles of any fold.
        found["teacher_is_trained"] = isinstance(teacher, Model)
    return found
