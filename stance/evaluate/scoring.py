"""What a model thinks of the units that carry a task's labels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from stance.model import Model
from stance.text.labelled import LabelledData, LabelledUnits

Bools = npt.NDArray[np.bool_]


def coded_probabilities(
    model: Model, data: LabelledData, tasks: Iterable[str]
) -> dict[str, npt.NDArray[np.float64]]:
    """By task, the probabilities of the units that carry its labels, shape (n_coded, n_labels).

    Other units of their articles are read as well: they are the context of these, as in training
    and in coding. Every kind of unit is read once, for all its tasks.
    """
    by_unit: dict[str, list[str]] = {}
    for name in tasks:
        by_unit.setdefault(model.tasks[name].task.unit, []).append(name)
    found = {}
    for unit, names in by_unit.items():
        units = data.of_unit(unit)
        units = units.subset(_read(units, names))
        scores = model.scores(units.units)
        found.update({name: scores[name].values[units.coded[name]] for name in names})
    return found


def _read(units: LabelledUnits, tasks: Iterable[str]) -> Bools:
    """Which units carry labels of the tasks, or stand in an article with one that does."""
    coded = np.any([units.coded[name] for name in tasks], axis=0)
    articles = {units.units[i].article for i in np.flatnonzero(coded)} - {""}
    return np.array(coded | [unit.article in articles for unit in units.units], dtype=np.bool_)


def given_labels(model: Model, data: LabelledData, tasks: Iterable[str]) -> dict[str, Bools]:
    """By task, the labels that it gives to the same units, shape (n_coded, n_labels)."""
    return {
        name: model.tasks[name].decision(probabilities)
        for name, probabilities in coded_probabilities(model, data, tasks).items()
    }
