"""Where a model fails: its worst mistakes with their evidence, and gold labels to read again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stance.classify.explanation import explained
from stance.evaluate.calibration_error import doubtful_gold
from stance.evaluate.evaluation import MAX_MISTAKES, Doubt, Mistake, Word
from stance.model import Model
from stance.records import LabelEvidence, Unit
from stance.text.labelled import LabelledUnits

Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Gold labels to read again that are shown for a label.
_MAX_DOUBTS = 20

# Words that are marked in a mistake's text; more would colour it all.
_N_WORDS = 8


def mistakes(  # noqa: PLR0913 - a task, its units, and what was found
    model: Model,
    task_name: str,
    coded: LabelledUnits,
    probabilities: Array,
    predicted: Bools,
    units: Sequence[Unit],
) -> tuple[Mistake, ...]:
    """The worst false positives and false negatives of each label, the most certain first.

    Parameters
    ----------
    coded
        The units that carry the task's labels.
    units
        All units of their kind, which are each other's context.
    """
    task = model.tasks[task_name]
    gold, names = coded.gold[task_name], task.task.label_names
    known: dict[int, dict[str, LabelEvidence]] = {}
    found: list[Mistake] = []
    for column, label in enumerate(names):
        chance = probabilities[:, column]
        wrong = [
            ("false positive", np.flatnonzero(predicted[:, column] & ~gold[:, column]), -chance),
            ("false negative", np.flatnonzero(gold[:, column] & ~predicted[:, column]), chance),
        ]
        for kind, rows, order in wrong:
            worst: Ints = rows[np.argsort(order[rows], kind="stable")][:MAX_MISTAKES]
            for i in worst.tolist():
                unit = coded.units[i]
                if i not in known:
                    beside = [
                        other
                        for other in units
                        if unit.article and other.article == unit.article and other is not unit
                    ]
                    found_for = explained([task], model.spaces, [unit, *beside])
                    known[i] = next(found_for)[task_name]
                found.append(
                    Mistake(
                        task=task_name,
                        label=label,
                        kind="false positive" if kind == "false positive" else "false negative",
                        id=coded.ids[i],
                        article=coded.groups[i],
                        text=unit.text,
                        probability=float(chance[i]),
                        gold=_named(gold[i], names),
                        predicted=_named(predicted[i], names),
                        words=_words(known[i][label]),
                        target=None
                        if unit.start is None or unit.end is None
                        else (unit.start, unit.end),
                    )
                )
    return tuple(sorted(found, key=_wrongness))


def doubts(
    coded: LabelledUnits, task_name: str, names: tuple[str, ...], probabilities: Array
) -> tuple[Doubt, ...]:
    """Gold labels that are probably wrong, by confident learning, the most doubtful first."""
    gold = coded.gold[task_name]
    found = []
    for column, label in enumerate(names):
        rows = doubtful_gold(gold[:, column], probabilities[:, column])[:_MAX_DOUBTS]
        found += [
            Doubt(
                label=label,
                id=coded.ids[i],
                article=coded.groups[i],
                text=coded.units[i].text,
                has_label=bool(gold[i, column]),
                probability=float(probabilities[i, column]),
            )
            for i in rows.tolist()
        ]
    return tuple(sorted(found, key=lambda d: d.probability if d.has_label else 1 - d.probability))


def _wrongness(mistake: Mistake) -> float:
    """Smaller for decisions that were more certain and wrong."""
    chance = mistake.probability
    return 1 - chance if mistake.kind == "false positive" else chance


def _named(row: Bools, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name, holds in zip(names, row, strict=True) if holds)


def _words(evidence: LabelEvidence) -> tuple[Word, ...]:
    return tuple(
        Word(one.feature, one.contribution, tuple(one.spans))
        for one in evidence.features[:_N_WORDS]
    )
