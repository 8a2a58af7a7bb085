"""One call that does it all: a model and labelled files in, figures out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.evaluate.figures import task_figures
from stance.model import Model
from stance.recipe import DataSettings, parse_data
from stance.text.labelled import LabelledData, read_labelled
from stance.text.problems import Problem


def read_gold(
    model: Model,
    files: Sequence[Path],
    *,
    problems: Callable[[Problem], None],
    strict: bool = False,
) -> LabelledData:
    """Read labelled files in the fields of the model's recipe."""
    settings: DataSettings = parse_data(model.recipe["data"])
    return read_labelled(files, settings, model.codebook, problems=problems, strict=strict)


def evaluate(model: Model, data: LabelledData) -> dict[str, Any]:
    """The figures of each task that the data has labels for.

    Raises
    ------
    InputError
        If the data has labels for none of the model's tasks.
    """
    tasks: dict[str, Any] = {}
    for name, task in model.tasks.items():
        units = data.of_unit(task.task.unit)
        if name not in units.gold or not units.coded[name].any():
            continue
        coded = units.of_task(name)
        scores = model.scores(coded.units)[name]
        tasks[name] = task_figures(task.task, coded.gold[name], task.decision(scores.values))
    if not tasks:
        message = (
            f"The files have labels for none of the model's tasks ({', '.join(model.tasks)}). "
            "Check the fields under [data.labels] of the model's recipe."
        )
        raise InputError(message)
    return {
        "model": {"name": model.name, "fingerprint": model.fingerprint},
        "data": {"sha256": data.fingerprint, "n_noise": data.n_noise},
        "tasks": tasks,
    }
