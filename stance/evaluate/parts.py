"""Labelled files into training, development and test files, and how evenly that came out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stance.errors import InputError, nearest
from stance.evaluate.articles import merged_articles
from stance.evaluate.splits import PARTS, Balance, balance, split_groups
from stance.storage import whole_file
from stance.text.columns import cell_name
from stance.text.labels import readable_labels, with_task_labels
from stance.text.problems import Problem
from stance.text.reading import read_rows

# Fields that hold labels where none is named: those of the project's own files and of most others.
USUAL_LABELS = ("labels", "label", "topic", "frame")


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of each part that was asked for, in the files' order, and how even they are.

    ``n_alone`` counts the rows that name no article, each of which is one of its own.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Mapping[str, Any], ...], ...] = field(repr=False)
    label_names: tuple[str, ...]
    balance: Balance
    n_alone: int


def split_files(  # noqa: PLR0913 - the fields, the shares and the seed
    paths: Sequence[Path],
    *,
    dev: float,
    test: float,
    group: str = "article",
    text: str = "text",
    labels: Sequence[str] = (),
    seed: int,
    problems: Callable[[Problem], None],
) -> Parts:
    """Split rows so that no article is cut and every label's share is about the same.

    Parameters
    ----------
    dev, test
        Shares of the rows; the rest is for training.
    group
        The field with the article; near-duplicate articles stay together.
    labels
        Fields whose labels are spread evenly; the usual ones if none is named.

    Raises
    ------
    InputError
        If there are no rows, or a field is not there.
    SettingsError
        If the shares cannot be, or there are too few articles.
    """
    rows = [row for path in paths for _, row in read_rows(path, problems=problems)]
    where = ", ".join(map(str, paths))
    if not rows:
        message = f"{where}: no rows found. Name files with labelled rows."
        raise InputError(message)
    labelled = [with_task_labels(row) for row in rows]
    present = sorted({key for row in labelled for key in row})
    # Without texts, near-duplicate articles could not be kept together.
    for name in (group, text, *labels):
        if name not in present:
            message = f'{where}: there is no field "{name}". {nearest(name, present)}'
            raise InputError(message)
    tasks = {name for row, own in zip(labelled, rows, strict=True) for name in row.keys() - own}
    fields = list(labels) or [name for name in present if name in {*USUAL_LABELS, *tasks}]
    found = [_labels(row, fields) for row in labelled]
    label_names = tuple(sorted({label for one in found for label in one}))
    matrix = np.array([[label in one for label in label_names] for one in found], dtype=np.bool_)
    matrix = matrix.reshape(len(rows), len(label_names))
    articles = [cell_name(row.get(group)) for row in rows]
    n_alone = articles.count("")
    articles = [name or f"row {i}" for i, name in enumerate(articles)]
    articles = merged_articles([str(row.get(text) or "") for row in rows], articles)
    chosen = split_groups(matrix, articles, dev=dev, test=test, seed=seed)
    asked = {name: getattr(chosen, name) for name in PARTS if len(getattr(chosen, name))}
    part = np.zeros(len(rows), dtype=np.int64)
    for number, places in enumerate(asked.values()):
        part[places] = number
    return Parts(
        names=tuple(asked),
        rows=tuple(tuple(rows[i] for i in places) for places in asked.values()),
        label_names=label_names,
        balance=balance(matrix, articles, part, n_parts=len(asked)),
        n_alone=n_alone,
    )


def write_parts(parts: Parts, folder: Path) -> list[Path]:
    """Write each part as JSON Lines and return the files' paths.

    Raises
    ------
    InputError
        If the folder cannot be written to, or holds a part that is not written now: its rows may
        be the same, and an article would stand on two sides.
    """
    for name in PARTS:
        path = part_file(folder, name)
        if name not in parts.names and path.exists():
            message = (
                f"{path}: this part is of another split, and its rows may stand in those of "
                f"{' and '.join(parts.names)} now. Move it away, or name another folder."
            )
            raise InputError(message)
    paths = []
    for name, rows in zip(parts.names, parts.rows, strict=True):
        path = part_file(folder, name)
        lines = (json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
        with whole_file(path) as scratch:
            # What UTF-8 cannot hold, JSON writes as a backslash and a number.
            scratch.write_text("".join(lines), encoding="utf-8", errors="backslashreplace")
        paths.append(path)
    return paths


def part_file(folder: Path, name: str) -> Path:
    """The file that a part is written to."""
    return folder / f"{name}.jsonl"


def _labels(row: Mapping[str, Any], fields: Sequence[str]) -> set[str]:
    """The row's labels, named with their field where there are several fields."""
    found = set()
    for name in fields:
        for label in readable_labels(row.get(name)) or ():
            found.add(label if len(fields) == 1 else f"{name}: {label}")
    return found
