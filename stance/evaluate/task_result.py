"""All that an evaluation says of one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stance.classify.decision import Thresholds
from stance.evaluate.baselines import Rival, systems
from stance.evaluate.ceiling import ceiling
from stance.evaluate.coders import codings_of
from stance.evaluate.estimates import estimated, estimates
from stance.evaluate.evaluation import (
    Ceiling,
    Estimate,
    LabelResult,
    LearningCurve,
    TaskResult,
)
from stance.evaluate.intervals import article_weights, bundled, intervals
from stance.evaluate.mistakes import doubts, mistakes
from stance.evaluate.probabilities import abstaining, calibration, chosen_point, curve
from stance.evaluate.slices import columns_of, slices
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic
from stance.model import Model
from stance.recipe import parse_data
from stance.text.labelled import LabelledData, LabelledUnits

Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Settings:
    """How an evaluation is made, the same for all tasks.

    Attributes
    ----------
    columns
        Fields of the rows to slice by, beside the usual ones.
    coders
        The field that holds several coders' labels.
    rivals
        Whom to compare with, beside guessing.
    seen_texts, seen_articles
        Paragraphs and articles of the test that overlap with the training data.
    curves
        Learning curves by task.
    """

    columns: tuple[str, ...] = ()
    coders: str = "coders"
    seed: int = 0
    n_resamples: int = 2000
    rivals: tuple[Rival, ...] = ()
    seen_texts: frozenset[str] = frozenset()
    seen_articles: frozenset[str] = frozenset()
    curves: Mapping[str, LearningCurve] = field(default_factory=dict)


def task_result(
    model: Model, name: str, data: LabelledData, probabilities: Array, settings: Settings
) -> TaskResult:
    """The record of one task on the units that carry its labels, which have these probabilities."""
    own = model.tasks[name]
    task, units = own.task, data.of_unit(own.task.unit)
    coded = units.of_task(name)
    gold, names, single = coded.gold[name], own.task.label_names, not own.task.several
    predicted = own.decision(probabilities)
    groups = bundled(group_numbers(coded.groups), seed=settings.seed)
    statistic = task_statistic(
        gold, predicted, groups, names, probabilities=probabilities, single=single
    )
    weights = article_weights(
        statistic.n_groups, n_resamples=settings.n_resamples, seed=settings.seed
    )
    figures = estimates(statistic, intervals(statistic, weights))
    limits = own.decision.values if isinstance(own.decision, Thresholds) else None
    labels = tuple(
        LabelResult(
            name=label,
            definition=task.labels[label],
            support=int(gold[:, i].sum()),
            n_predicted=int(predicted[:, i].sum()),
            metrics={metric: one for (metric, of), one in figures.items() if of == label},
            calibration=calibration(
                gold[:, i], probabilities[:, i], groups, weights, seed=settings.seed
            ),
            curve=curve(gold[:, i], probabilities[:, i]),
            chosen=chosen_point(figures, label, limits[i] if limits else None),
        )
        for i, label in enumerate(names)
    )
    found_ceiling, no_ceiling = _ceiling(model, name, coded, predicted, settings)
    found_mistakes = mistakes(model, name, coded, probabilities, predicted, units.units)
    seen, without = _without_overlap(coded, gold, predicted, names, single, settings)
    other_gold = _other_gold(data, coded, name)
    columns = columns_of(coded, task, settings.columns, other_gold, actors=model.actors)
    return TaskResult(
        name=name,
        unit=task.unit,
        several=task.several,
        definition=task.definition,
        n=len(coded),
        n_articles=len(set(coded.groups)),
        metrics={metric: one for (metric, of), one in figures.items() if not of},
        labels=labels,
        systems=systems(
            model,
            task,
            coded,
            predicted,
            list(settings.rivals),
            seed=settings.seed,
            n_resamples=settings.n_resamples,
        ),
        ceiling=found_ceiling,
        no_ceiling=no_ceiling,
        abstaining=abstaining(gold, predicted, probabilities, single=single),
        together=_table(gold.astype(np.int64).T @ gold.astype(np.int64)),
        confusion=_table(_confusion(gold, predicted)),
        slices=slices(
            task,
            gold,
            predicted,
            coded.groups,
            columns,
            seed=settings.seed,
            n_resamples=settings.n_resamples,
        ),
        mistakes=found_mistakes,
        n_mistakes=int((gold != predicted).sum()),
        doubts=doubts(coded, name, names, probabilities),
        n_overlapping=seen,
        without_overlap=without,
        learning_curve=settings.curves.get(name),
    )


def _confusion(gold: Bools, predicted: Bools) -> Ints:
    """Units that miss the row's label and wrongly have the column's; hits on the diagonal."""
    missed, added = gold & ~predicted, predicted & ~gold
    table: Ints = missed.astype(np.int64).T @ added.astype(np.int64)
    np.fill_diagonal(table, (gold & predicted).sum(axis=0))
    return table


def _table(matrix: Ints) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(one) for one in row) for row in matrix)


def _ceiling(
    model: Model, name: str, coded: LabelledUnits, predicted: Bools, settings: Settings
) -> tuple[Ceiling | None, str]:
    """The human ceiling, or the reason why there is none."""
    data = parse_data(model.recipe["data"])
    task = model.tasks[name].task
    key = data.labels.get(name, name)
    fields = (data.target.within, "targets", key, name) if task.unit == "target" else (key, name)
    found = codings_of(
        coded,
        task,
        coders=settings.coders,
        fields=[one for one in fields if one],
        is_only=len(model.tasks) == 1,
    )
    if found is None:
        reason = (
            f'no {task.unit} has labels of two coders in the field "{settings.coders}"; '
            "where several people code the same texts, their agreement stands here"
        )
        return None, reason
    codings, shared = found
    return ceiling(
        codings,
        task,
        coded.gold[name][shared],
        predicted[shared],
        seed=settings.seed,
        n_resamples=settings.n_resamples,
    ), ""


def _without_overlap(  # noqa: PLR0913 - a task's labels, and what was seen
    coded: LabelledUnits,
    gold: Bools,
    predicted: Bools,
    names: tuple[str, ...],
    single: bool,  # noqa: FBT001 - one of the task's properties
    settings: Settings,
) -> tuple[int, dict[str, Estimate]]:
    """How many units training has seen, and the task's figures on the others."""
    seen = np.array(
        [
            unit.text in settings.seen_texts or group in settings.seen_articles
            for unit, group in zip(coded.units, coded.groups, strict=True)
        ],
        dtype=np.bool_,
    )
    if not seen.any():
        return 0, {}
    if seen.all():
        none = Estimate(None, reason="every unit of the test stands in the training data")
        return int(seen.sum()), {"macro_f1": none, "micro_f1": none}
    groups = group_numbers([g for g, was in zip(coded.groups, seen, strict=True) if not was])
    groups = bundled(groups, seed=settings.seed)
    statistic = task_statistic(gold[~seen], predicted[~seen], groups, names, single=single)
    figures = estimated(statistic, n_resamples=settings.n_resamples, seed=settings.seed)
    return int(seen.sum()), {
        metric: figures[metric, ""] for metric in ("macro_f1", "micro_f1", "subset_accuracy")
    }


def _other_gold(data: LabelledData, coded: LabelledUnits, name: str) -> dict[str, Bools]:
    """For the labels of other tasks of the same paragraphs, which of these units have them."""
    others: dict[str, Bools] = {}
    paragraphs = data.paragraphs
    place = {id(row): i for i, row in enumerate(paragraphs.rows)}
    rows: Sequence[int] = [place.get(id(row), -1) for row in coded.rows]
    for task in data.codebook.of_unit("paragraph"):
        if task.name == name or task.name not in paragraphs.gold or -1 in rows:
            continue
        for column, label in enumerate(task.label_names):
            others[f"{task.name}: {label}"] = paragraphs.gold[task.name][list(rows), column]
    return others
