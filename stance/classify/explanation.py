"""Why a score is what it is: exact contributions of features, with their places in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from stance.classify.linear import TaskModel
from stance.features.block import SparseRows
from stance.features.joined import JoinedBlocks
from stance.records import Evidence, LabelEvidence, Unit

# Enough to see why; what the others add together is always told too.
STRONGEST = 20


def explained(
    tasks: Sequence[TaskModel], spaces: Mapping[str, JoinedBlocks], units: Sequence[Unit]
) -> Iterator[dict[str, dict[str, LabelEvidence]]]:
    """For each unit the evidence for each label of each task, exact for a linear model.

    A feature's contribution is its value times its weight; contributions and intercept sum to
    the raw score.

    Parameters
    ----------
    tasks
        At least one.
    units
        All units of an article, which are each other's context: it is read once for all.
    """
    own = {task.space: spaces[task.space] for task in tasks}
    contexts = zip(*(space.contexts(units) for space in own.values()), strict=True)
    for unit, around in zip(units, contexts, strict=True):
        rows = {
            name: space.row(unit, context)
            for (name, space), context in zip(own.items(), around, strict=True)
        }
        yield {
            task.task.name: _evidence(task, own[task.space], unit, rows[task.space])
            for task in tasks
        }


def _evidence(
    task: TaskModel, space: JoinedBlocks, unit: Unit, row: SparseRows
) -> dict[str, LabelEvidence]:
    """The evidence for each label of a task; ``row`` is the unit's vector in its space."""
    values = row.values.astype(np.float64)
    parts = values[:, None] * task.weights[row.columns]
    chosen = [np.argsort(-np.abs(part), kind="stable")[:STRONGEST] for part in parts.T]
    columns = [
        [int(row.columns[i]) for i in places if part[i]]
        for places, part in zip(chosen, parts.T, strict=True)
    ]
    spans = space.spans(unit, sorted({column for listed in columns for column in listed}))
    evidence = {}
    for label, name in enumerate(task.task.label_names):
        part = dict(zip(map(int, row.columns), map(float, parts[:, label]), strict=True))
        features = tuple(
            Evidence(space.feature_name(column), part[column], spans.get(column, ()))
            for column in columns[label]
        )
        intercept, total = float(task.intercept[label]), float(parts[:, label].sum())
        evidence[name] = LabelEvidence(
            raw=total + intercept,
            intercept=intercept,
            features=features,
            rest=total - sum(feature.contribution for feature in features),
        )
    return evidence
