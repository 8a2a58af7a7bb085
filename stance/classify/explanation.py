"""Why a score is what it is: exact contributions of features, with their places in the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stance.classify.linear import TaskModel
from stance.features.joined import JoinedBlocks
from stance.records import Evidence, LabelEvidence, Unit

# Enough to see why; what the others add together is always told too.
STRONGEST = 20


def explain(
    task: TaskModel,
    space: JoinedBlocks,
    unit: Unit,
    *,
    beside: Sequence[Unit] = (),
    n_features: int = STRONGEST,
) -> dict[str, LabelEvidence]:
    """The evidence for each label of a task, exact for a linear model.

    A feature's contribution is its value times its weight; contributions and intercept sum to
    the raw score. ``beside`` are the other units of the article, which context blocks read.
    """
    rows = space.row(unit, beside)
    values = rows.values.astype(np.float64)
    parts = values[:, None] * task.weights[rows.columns]
    chosen = [np.argsort(-np.abs(part), kind="stable")[:n_features] for part in parts.T]
    columns = [
        [int(rows.columns[i]) for i in places if part[i]]
        for places, part in zip(chosen, parts.T, strict=True)
    ]
    spans = space.spans(unit, sorted({column for listed in columns for column in listed}))
    evidence = {}
    for label, name in enumerate(task.task.label_names):
        part = dict(zip(map(int, rows.columns), map(float, parts[:, label]), strict=True))
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
