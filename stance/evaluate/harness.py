"""One call that does it all: a model and labelled files in, figures or a whole record out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from stance import __version__
from stance.errors import InputError, nearest, plural
from stance.evaluate.articles import with_merged_articles
from stance.evaluate.baselines import Rival, answered, trained_baselines
from stance.evaluate.comparison import holm, told_apart
from stance.evaluate.evaluation import Evaluation, Fingerprints, TaskResult
from stance.evaluate.evaluation_file import as_plain
from stance.evaluate.fairness import Training, learned_from, overlap_with_training
from stance.evaluate.intervals import N_RESAMPLES
from stance.evaluate.learning import learning_curves, without_test
from stance.evaluate.scoring import coded_probabilities, given_labels
from stance.evaluate.slices import DATE_COLUMNS, MIN_ARTICLES, MIN_UNITS
from stance.evaluate.summary import summary_with_intervals
from stance.evaluate.task_result import Settings, task_result
from stance.model import Model
from stance.places import shipped
from stance.recipe import Recipe, parse_data
from stance.recipe_settings import DataSettings
from stance.text.labelled import LabelledData, read_labelled
from stance.text.problems import Problem
from stance.training import Progress, silent

# The field with several coders' labels, where no other is named; a file need not have it.
CODERS = "coders"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do beside the figures of the model itself.

    Attributes
    ----------
    against
        Other models, with the names to show.
    columns
        Fields to slice by, beside the usual ones.
    lexicon
        A word list for the baselines that count its words.
    learning_curve
        A recipe to train on more and more articles, and its labels.
    """

    against: tuple[tuple[str, Model], ...] = ()
    columns: tuple[str, ...] = ()
    coders: str = CODERS
    lexicon: Path | None = None
    learning_curve: tuple[Recipe, LabelledData] | None = None
    n_resamples: int = N_RESAMPLES


def read_gold(
    model: Model,
    files: Sequence[Path],
    *,
    problems: Callable[[Problem], None],
    strict: bool = False,
) -> LabelledData:
    """Read labelled files in the fields of the model's recipe, near-duplicate articles as one."""
    settings: DataSettings = parse_data(model.recipe["data"])
    data = read_labelled(files, settings, model.codebook, problems=problems, strict=strict)
    return with_merged_articles(data)


def find_lexicon(model: Model, *, beside: Sequence[Path] = ()) -> Path | None:
    """The word list that the model's recipe counts, else the project's own for English texts.

    Parameters
    ----------
    beside
        Folders from which the recipe's path may count, beside the current one.

    Returns
    -------
    None for texts in another language where the recipe counts no words.
    """
    tables = [model.recipe.get("features") or {}]
    tables += [task.get("features") or {} for task in (model.recipe.get("tasks") or {}).values()]
    for block in (block for table in tables for block in table.values()):
        if block.get("kind") == "lexicon" and block.get("lexicon"):
            for folder in (Path(), *beside, shipped("training", "lexicons")):
                path = folder / Path(block["lexicon"]).expanduser()
                if path.is_file():
                    return path.resolve()
    language = str(model.recipe.get("language") or "en")
    own = shipped("training", "lexicons") / "conflict-news.toml"
    return own if language.startswith("en") and own.is_file() else None


def evaluate(model: Model, data: LabelledData) -> dict[str, Any]:
    """The figures of each task that the data has labels for.

    Raises
    ------
    InputError
        If the data has labels for none of the model's tasks.
    """
    tasks: dict[str, Any] = {}
    names = coded_tasks(model, data)
    given = given_labels(model, data, names)
    for name in names:
        task = model.tasks[name].task
        coded = data.of_unit(task.unit).of_task(name)
        tasks[name] = summary_with_intervals(
            task, coded.gold[name], given[name], coded.groups, seed=model.provenance["seed"]
        )
    return {
        "model": {"name": model.name, "fingerprint": model.fingerprint},
        "data": {"sha256": data.fingerprint, "n_noise": data.n_noise},
        "tasks": tasks,
    }


def coded_tasks(model: Model, data: LabelledData) -> list[str]:
    """The model's tasks that the data has labels for, at least one.

    Raises
    ------
    InputError
        If there are none.
    """
    found = []
    for name, task in model.tasks.items():
        units = data.of_unit(task.task.unit)
        if name in units.gold and units.coded[name].any():
            found.append(name)
    if not found:
        message = (
            f"The files have labels for none of the model's tasks ({', '.join(model.tasks)}). "
            "Check the fields under [data.labels] of the model's recipe."
        )
        raise InputError(message)
    return found


def assess(  # noqa: PLR0913 - a model, its test, its training, and what to do
    model: Model,
    data: LabelledData,
    training: Training,
    plan: Plan | None = None,
    *,
    files: Sequence[str] = (),
    progress: Progress = silent,
) -> Evaluation:
    """The whole record of an evaluation.

    Parameters
    ----------
    data
        From `read_gold`.
    files
        The names of the files, for the record.

    Raises
    ------
    InputError
        If the data has labels for none of the model's tasks, or not a field that was asked for.
    SettingsError
        If the learning curve's recipe cannot be followed.
    """
    plan = plan or Plan()
    _check_fields(data, plan)
    seed = int(model.provenance["seed"])
    names = coded_tasks(model, data)
    progress("looking for overlap with the training data", 0.0)
    fairness = overlap_with_training(model, data, training)
    rivals = trained_baselines(
        model,
        training.data,
        why_not=training.why_not,
        lexicon=plan.lexicon,
        progress=lambda step, share: progress(step, 0.05 + 0.35 * share),
    )
    rivals += [Rival(name, is_baseline=False, model=other) for name, other in plan.against]
    curves, n_left_out = {}, 0
    if plan.learning_curve is not None:
        recipe, labels = plan.learning_curve
        labels, n_left_out = without_test(with_merged_articles(labels), data)
        curves = learning_curves(
            recipe,
            labels,
            data,
            seed=seed,
            n_resamples=plan.n_resamples,
            progress=lambda step, share: progress(step, 0.4 + 0.3 * share),
        )
    progress("coding the test", 0.7)
    tested = [model.tasks[name].task for name in names]
    probabilities = coded_probabilities(model, data, names)
    settings = Settings(
        columns=plan.columns,
        coders=plan.coders,
        seed=seed,
        n_resamples=plan.n_resamples,
        rivals=tuple(answered(rival, data, tested) for rival in rivals),
        seen_texts=fairness.texts,
        seen_articles=fairness.articles,
        curves=curves,
    )
    tasks = []
    for number, name in enumerate(names):
        progress(f"computing figures of {name}", 0.7 + 0.3 * number / len(names))
        tasks.append(task_result(model, name, data, probabilities[name], settings))
    progress("done", 1.0)
    return Evaluation(
        model=model.name,
        description=str(model.recipe.get("description", "")),
        files=tuple(files),
        n_paragraphs=len(data.paragraphs),
        n_articles=len(set(data.paragraphs.groups)),
        n_noise=data.n_noise,
        articles_known=any(unit.article for unit in data.paragraphs.units),
        fingerprints=Fingerprints(
            model=model.fingerprint,
            data=data.fingerprint,
            recipe=recipe_fingerprint(model),
            training_data=str(model.provenance.get("data_sha256", "")),
        ),
        training={
            key: int(value)
            for key, value in model.provenance.items()
            if key.startswith("n_") and isinstance(value, int)
        },
        overlap=fairness.result,
        tasks=_corrected(tasks),
        notes=_notes(model, training, plan, tasks, n_left_out),
        seed=seed,
        n_resamples=plan.n_resamples,
        stance=__version__,
        recipe=dict(model.recipe),
    )


def _check_fields(data: LabelledData, plan: Plan) -> None:
    """Raise an `InputError` for a field that was asked for and that no row has."""
    present = {key for row in data.paragraphs.rows for key in row.values}
    # Made from what is there, and shown unasked.
    made = {"length", "actor", *(("year",) if present & set(DATE_COLUMNS) else ())}
    asked = {name: "to slice by" for name in plan.columns if name not in made}
    if plan.coders != CODERS:
        asked[plan.coders] = "with several coders' labels"
    for name, purpose in asked.items():
        if name not in present:
            message = f'No row has the field "{name}" {purpose}. {nearest(name, sorted(present))}'
            raise InputError(message)


def recipe_fingerprint(model: Model) -> str:
    """SHA-256 of the settings that a model was trained with."""
    plain = json.dumps(as_plain(model.recipe), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _corrected(tasks: Sequence[TaskResult]) -> tuple[TaskResult, ...]:
    """The tasks with p-values corrected for all comparisons with other systems together."""
    raw = [np.nan if one.p_value is None else one.p_value for task in tasks for one in task.systems]
    adjusted = holm(np.array(raw)) if raw else np.empty(0)
    apart = told_apart(adjusted)
    values = iter(zip(adjusted.tolist(), apart.tolist(), strict=True))
    result = []
    for task in tasks:
        systems = []
        for one in task.systems:
            p, is_apart = next(values)
            known = None if np.isnan(p) else p
            systems.append(replace(one, adjusted=known, told_apart=is_apart))
        result.append(replace(task, systems=tuple(systems)))
    return tuple(result)


def _notes(
    model: Model,
    training: Training,
    plan: Plan,
    tasks: Sequence[TaskResult],
    n_left_out: int,
) -> tuple[str, ...]:
    notes = []
    if training.data is None:
        notes.append(f"Baselines that need training are missing: {training.why_not}.")
    elif plan.lexicon is not None:
        notes.append(f"The baselines that count a list's words read {plan.lexicon.name}.")
    if training.data is not None and not learned_from(model, training.data):
        notes.append(
            "The baselines learned from the training files named, which are not those that the "
            "model learned from, or in another order."
        )
    sliced = {one.column for task in tasks for one in task.slices}
    notes += [
        f"There is no slice by {name}: none of its values stands in {MIN_UNITS} units of "
        f"{MIN_ARTICLES} articles but not in all, or another column has the same slices."
        for name in plan.columns
        if name not in sliced
    ]
    if n_left_out:
        left_out = plural(n_left_out, "article")
        notes.append(f"The learning curve leaves out {left_out} that the test holds too.")
    if plan.learning_curve is None:
        notes.append("No learning curve was asked for (--learning-curve RECIPE).")
    else:
        notes += [
            f"There is no learning curve of {task.name}: its recipe does not code it, or macro-F1 "
            "is undefined at too many points to fit one."
            for task in tasks
            if task.learning_curve is None
        ]
    return tuple(notes)
