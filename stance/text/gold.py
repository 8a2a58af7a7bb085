"""Gold labels of hand-labelled rows: where they stand, which there are, and which hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from stance.codebook import Codebook, Task
from stance.errors import InputError, RowError, listed, nearest
from stance.recipe_settings import DataSettings
from stance.text.labels import AS_LABELS, label_values, readable_labels

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a labelled file, with where it stands."""

    path: Path
    number: int
    values: Mapping[str, Any]

    def error(self, found: str, remedy: str) -> RowError:
        """An error about this row."""
        return RowError(f"{self.path}, row {self.number}: {found}. {remedy}")


# Tells what is wrong with a row and what to do; the row, or that part of it, is left out.
Report: TypeAlias = Callable[[Row, str, str], None]


def label_fields(
    rows: Sequence[Row], settings: DataSettings, codebook: Codebook | None
) -> dict[str, str]:
    """Which field holds the labels of each task."""
    if settings.labels:
        return dict(settings.labels)
    present = {key for row in rows for key in row.values}
    if codebook is not None:
        fields = {task: task for task in codebook.tasks if task in present}
        if fields:
            return fields
        if len(codebook.tasks) == 1:
            present &= {"labels", "label"}
            return {task: key for task in codebook.tasks for key in sorted(present)[-1:]}
    for usual in ("labels", "label"):
        # Tasks that every row names under "labels" are fields of their own.
        if usual in present and not all(isinstance(row.values.get(usual), Mapping) for row in rows):
            return {usual: usual}
    message = (
        f"{rows[0].path}: no labels found among the fields {listed(sorted(present))}. "
        "Name them in the recipe: [data.labels] TASK = FIELD."
    )
    raise InputError(message)


def infer_codebook(rows: Sequence[Row], fields: Mapping[str, str]) -> Codebook:
    """A codebook with the labels found: one list anywhere makes the task one of several labels."""
    tasks = {}
    for task, key in fields.items():
        values = [row.values.get(key) for row in rows]
        found = [readable_labels(value) for value in values]
        names = sorted({label for labels in found for label in labels or ()})
        several = any(isinstance(value, list) for value in values) or any(
            labels is not None and len(labels) != 1 for labels in found
        )
        if not names:
            _raise_first(rows, values, key)
            message = f'{rows[0].path}: the field "{key}" names no label. Check [data.labels].'
            raise InputError(message)
        if len(names) == 1 and not several:
            message = (
                f'{rows[0].path}: the field "{key}" holds the label "{names[0]}" alone, and one '
                "label is no choice. Bring rows with others, or write [] where it does not hold."
            )
            raise InputError(message)
        tasks[task] = Task(name=task, labels=dict.fromkeys(names, ""), several=several)
    return Codebook(tasks=tasks)


def _raise_first(rows: Sequence[Row], values: Sequence[object], key: str) -> None:
    """Raise a `RowError` for the first cell that holds something else than labels, if one does."""
    for row, value in zip(rows, values, strict=True):
        try:
            label_values(value)
        except ValueError as error:
            found = f'{error}, in the field "{key}"'
            raise row.error(found, AS_LABELS) from None


def gold_labels(
    rows: Sequence[Row], values: Sequence[object], task: Task, report: Report
) -> tuple[Bools, Bools]:
    """Which labels hold, and which units are coded; a cell with a bad label is not."""
    names = task.label_names
    column_of = {name: i for i, name in enumerate(names)}
    gold = np.zeros((len(rows), len(names)), dtype=np.bool_)
    coded = np.zeros(len(rows), dtype=np.bool_)
    bad: list[tuple[Row, str, str]] = []
    for i, (row, value) in enumerate(zip(rows, values, strict=True)):
        # What `stance classify` writes to CSV where no label of several holds.
        is_none = task.several and isinstance(value, str) and not value.strip()
        try:
            labels = () if is_none else label_values(value)
        except ValueError as error:
            bad.append((row, f'{error}, in task "{task.name}"', AS_LABELS))
            continue
        if labels is None:
            continue
        unknown = next((label for label in labels if label not in column_of), None)
        if not task.several and len(labels) != 1:
            found = f'{len(labels)} labels for task "{task.name}"'
            remedy = "Give exactly one, or set several = true in the codebook."
            bad.append((row, found, remedy))
        elif unknown is not None:
            found = f'unknown label "{unknown}" of task "{task.name}"'
            bad.append((row, found, nearest(unknown, names)))
        else:
            coded[i] = True
            gold[i, [column_of[label] for label in labels]] = True
    if bad and not coded.any():
        # These are labels of another codebook: one error says so, and not one a row.
        row, found, remedy = bad[0]
        raise row.error(found, remedy)
    for one in bad:
        report(*one)
    return gold, coded
