"""Several coders' labels of the same units, as they stand side by side in labelled rows.

A row names its coders in one field, as ``{"a": {"topic": ["military"], "frame": []}, "b": ...}``
(a task's labels as a list or one value; a mapping of mentions to labels where targets are coded),
or has a column for each coder. In a cell of text the field is written as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.codebook import Task
from stance.errors import InputError, listed, nearest
from stance.evaluate.agreement import Codings
from stance.evaluate.articles import merged_articles
from stance.evaluate.splits import group_numbers
from stance.text.columns import cell_name, is_missing
from stance.text.labelled import LabelledUnits, Row, is_true
from stance.text.labels import AS_LABELS, label_values, like_labels, readable_labels
from stance.text.problems import Problem
from stance.text.reading import read_rows

Bools = npt.NDArray[np.bool_]

# The field with the article where none is named; a file without it has one article a row.
ARTICLE = "article"

# The field with the text, by which near-duplicate articles are found.
_TEXT = "text"

# The task's name where rows do not name tasks under their coders.
ONE_TASK = "labels"

# Under a coder: whether the coder took the paragraph for boilerplate, which is no label.
_NOISE = "noise"


@dataclass(frozen=True, slots=True)
class _Given:
    """What one coder gave one unit of a task; units are rows, or mentions in rows."""

    row: int
    mention: str
    coder: str
    labels: tuple[str, ...]


def read_codings(
    paths: Sequence[Path],
    fields: Sequence[str],
    *,
    group: str = ARTICLE,
    problems: Callable[[Problem], None],
    notices: Callable[[str], None],
) -> dict[str, Codings]:
    """All tasks that several coders coded, with labels in alphabetical order.

    Parameters
    ----------
    paths
        Labelled files.
    fields
        One field that holds all coders, or one column a coder.
    group
        The field with the article; near-duplicate articles count as one.
    problems
        Is told of each cell that cannot be read, which counts as not coded.
    notices
        Is told how many rows have a blank cell in a coder's column, and so count as not coded,
        and of labels that look alike.

    Raises
    ------
    InputError
        If there are no rows, or a field is in none of them.
    """
    rows: list[Row] = []
    for path in paths:
        found = read_rows(path, problems=problems)
        # Boilerplate carries no labels; that coders agree on leaving it bare is no agreement.
        rows += [Row(path, n, row) for n, row in found if not is_true(row.get(_NOISE))]
    given: dict[str, list[_Given]] = {}
    for number, row in enumerate(rows):
        for task, one in _given(number, row, fields, problems):
            given.setdefault(task, []).append(one)
    present = sorted({key for row in rows for key in row.values})
    where = ", ".join(map(str, paths))
    if not rows:
        message = f"{where}: no rows found. Name files with labelled rows."
        raise InputError(message)
    if group != ARTICLE and group not in present:
        message = f'{where}: there is no field "{group}". {nearest(group, present)}'
        raise InputError(message)
    if not given:
        message = (
            f"{where}: no labels of coders in the field {', '.join(fields)}. "
            f"Found the fields {', '.join(present)}. "
            "Name the field that holds the coders, or one column a coder, with --coders."
        )
        raise InputError(message)
    for name in fields:
        if name not in present:
            message = f'{where}: there is no field "{name}" of a coder. {nearest(name, present)}'
            raise InputError(message)
    if len(fields) > 1:
        _tell_of_blank_cells(rows, fields, notices)
    else:
        tell_of_unread_cells(rows, fields[0], problems)
    articles = [cell_name(row.values.get(group)) or f"{row.path.name}#{row.number}" for row in rows]
    articles = merged_articles([str(row.values.get(_TEXT) or "") for row in rows], articles)
    codings = {task: _codings(found, articles) for task, found in given.items()}
    _tell_of_like_labels(codings, notices)
    return codings


def codings_of(
    units: LabelledUnits, task: Task, *, coders: str, fields: Sequence[str], is_only: bool = False
) -> tuple[Codings, Bools] | None:
    """What several coders gave labelled units of a task, and which units two of them coded.

    Parameters
    ----------
    units
        Units with their rows, whose groups are articles.
    coders
        The field that holds the coders.
    fields
        Names that the task may have under a coder, the first that is there counts.
    is_only
        Whether there is no other task, so that labels may stand right under a coder.

    Returns
    -------
    The codings of the units that two coders coded, and a mask of them over all units, shape (n,);
    None where there are no such units.
    """
    names = sorted({str(name) for row in units.rows for name in _mapping(row.values.get(coders))})
    column = {label: number for number, label in enumerate(task.label_names)}
    labels = np.zeros((len(names), len(units), len(column)), dtype=np.bool_)
    coded = np.zeros((len(names), len(units)), dtype=np.bool_)
    for i, (unit, row) in enumerate(zip(units.units, units.rows, strict=True)):
        found = _mapping(row.values.get(coders))
        for number, name in enumerate(names):
            value = found.get(name)
            if isinstance(value, Mapping):
                value = next((value[field] for field in fields if field in value), None)
            elif not is_only:
                continue
            if unit.start is not None:
                value = _mapping(value).get(unit.text[unit.start : unit.end])
            values = readable_labels(value)
            if values is None or not set(values) <= set(column):
                continue
            if not task.several and len(values) != 1:
                continue
            coded[number, i] = True
            labels[number, i, [column[label] for label in values]] = True
    shared = coded.sum(axis=0) > 1
    if not shared.any():
        return None
    groups = group_numbers([g for g, keep in zip(units.groups, shared, strict=True) if keep])
    codings = Codings(
        labels[:, shared], coded[:, shared], groups, task.label_names, single=not task.several
    )
    return codings, shared


def _tell_of_blank_cells(
    rows: Sequence[Row], fields: Sequence[str], notices: Callable[[str], None]
) -> None:
    """Tell how many rows a coder left blank: not coded, though "no label" may be meant."""
    n_blank = sum(any(_is_blank(row.values.get(name)) for name in fields) for row in rows)
    if n_blank:
        notices(
            f"{n_blank} of {len(rows)} rows have a blank cell in {' or '.join(fields)}, which "
            "counts as not coded by that coder. If blank means that no label holds, write [] there."
        )


def _tell_of_like_labels(codings: Mapping[str, Codings], notices: Callable[[str], None]) -> None:
    """Tell of labels, once a task, that are one to a reader."""
    for task, found in codings.items():
        pairs = [
            " and ".join(f'"{label}"' for label in alike)
            for alike in like_labels(found.label_names)
        ]
        if pairs:
            notices(
                f"{task}: labels that look alike count as different ones: {listed(pairs)}. "
                "If they are one, write it in one way."
            )


def tell_of_unread_cells(
    rows: Sequence[Row], field: str, problems: Callable[[Problem], None]
) -> None:
    """Tell of each cell of a field with coders that holds something else.

    Where no row has coders there, the field is of another kind, and nothing is told.
    """
    parsed = [_parsed(row.values.get(field)) for row in rows]
    if not any(isinstance(value, Mapping) for value in parsed):
        return
    for row, value in zip(rows, parsed, strict=True):
        # As [] is written by R, an object that is empty.
        if not (_is_blank(value) or value == [] or isinstance(value, Mapping)):
            found = f'the field "{field}" is no JSON object of coders'
            remedy = 'Write an object, like {"ann": {"topic": ["art"]}, "bob": {"topic": []}}.'
            problems(Problem(str(row.path), row.number, found, remedy))


def _is_blank(value: object) -> bool:
    return is_missing(value) or (isinstance(value, str) and not value.strip())


def _parsed(value: object) -> object:
    """What a cell holds, which tables write as JSON; the cell itself where that cannot be read."""
    with suppress(ValueError, RecursionError):
        return json.loads(value) if isinstance(value, str) else value
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    """The mapping in a cell; an empty one where there is none."""
    parsed = _parsed(value)
    return parsed if isinstance(parsed, Mapping) else {}


def _given(
    number: int, row: Row, fields: Sequence[str], problems: Callable[[Problem], None]
) -> list[tuple[str, _Given]]:
    """Each task's labels by each coder in a row; a cell that holds something else is told."""
    if len(fields) > 1:
        found = {name: row.values.get(name) for name in fields}
    else:
        found = dict(_mapping(row.values.get(fields[0])))
    result = []
    for coder, told in found.items():
        tasks = told if isinstance(told, Mapping) else {ONE_TASK: told}
        for task, value in tasks.items():
            if isinstance(value, bool) or task == _NOISE:
                continue
            parts = value.items() if isinstance(value, Mapping) else [("", value)]
            for mention, part in parts:
                try:
                    labels = label_values(part)
                except ValueError as error:
                    what = f'{error}, of the coder "{coder}"'
                    problems(Problem(str(row.path), row.number, what, AS_LABELS))
                    continue
                if labels is not None:
                    result.append((str(task), _Given(number, str(mention), str(coder), labels)))
    return result


def _codings(given: Sequence[_Given], articles: Sequence[str]) -> Codings:
    names = sorted({label for one in given for label in one.labels})
    coders = sorted({one.coder for one in given})
    places = {key: i for i, key in enumerate(sorted({(one.row, one.mention) for one in given}))}
    labels = np.zeros((len(coders), len(places), len(names)), dtype=np.bool_)
    coded = np.zeros((len(coders), len(places)), dtype=np.bool_)
    for one in given:
        coder, place = coders.index(one.coder), places[one.row, one.mention]
        coded[coder, place] = True
        labels[coder, place, [names.index(label) for label in one.labels]] = True
    return Codings(
        labels,
        coded,
        group_numbers([articles[row] for row, _ in places]),
        tuple(names),
        single=all(len(one.labels) == 1 for one in given),
    )
