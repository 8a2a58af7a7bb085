"""Hand-labelled files as units with gold labels, whatever their fields are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.codebook import Codebook
from stance.errors import InputError, nearest
from stance.recipe_settings import DataSettings
from stance.records import Span, Unit
from stance.text.columns import cell_name
from stance.text.gold import (
    Bools,
    Report,
    Row,
    gold_labels,
    infer_codebook,
    label_fields,
)
from stance.text.labels import with_task_labels
from stance.text.reading import Problem, read_rows
from stance.text.targets import listed_targets, target_span

__all__ = ["LabelledData", "LabelledUnits", "Row", "article_of", "is_true", "read_labelled"]


@dataclass(frozen=True, slots=True)
class LabelledUnits:
    """Units of one kind with their gold labels.

    Attributes
    ----------
    units
        What was coded.
    ids
        One a unit; a target's is that of its paragraph.
    groups
        The article of each unit, which splits never cut.
    gold
        For each task, which labels hold, shape (n, n_labels), columns in codebook order.
    coded
        For each task, which units carry its labels at all, shape (n,).
    rows
        The row that each unit came from.
    """

    units: tuple[Unit, ...]
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    gold: Mapping[str, Bools]
    coded: Mapping[str, Bools]
    rows: tuple[Row, ...] = field(repr=False, default=())

    def __len__(self) -> int:
        return len(self.units)

    def subset(self, keep: npt.NDArray[Any]) -> LabelledUnits:
        """The units that ``keep`` selects, by mask or by position."""
        places = np.arange(len(self))[keep]
        return LabelledUnits(
            units=tuple(self.units[i] for i in places),
            ids=tuple(self.ids[i] for i in places),
            groups=tuple(self.groups[i] for i in places),
            gold={task: gold[places] for task, gold in self.gold.items()},
            coded={task: coded[places] for task, coded in self.coded.items()},
            rows=tuple(self.rows[i] for i in places) if self.rows else (),
        )

    def of_task(self, task: str) -> LabelledUnits:
        """The units that carry this task's labels."""
        return self.subset(self.coded[task])


@dataclass(frozen=True, slots=True)
class LabelledData:
    """All units of some labelled files, paragraphs and targets apart.

    ``n_noise`` counts the paragraphs that were left out as boilerplate; ``fingerprint`` is a
    SHA-256 over everything that was read from the rows; ``fields`` are all that any row has, and
    ``label_fields`` those that hold the labels, by task.
    """

    codebook: Codebook
    paragraphs: LabelledUnits
    targets: LabelledUnits
    n_noise: int
    fingerprint: str
    fields: tuple[str, ...] = ()
    label_fields: Mapping[str, str] = field(default_factory=dict)

    def of_unit(self, unit: str) -> LabelledUnits:
        """The units of that kind, "paragraph" or "target"."""
        return self.targets if unit == "target" else self.paragraphs


def read_labelled(
    paths: Sequence[Path],
    settings: DataSettings,
    codebook: Codebook | None,
    *,
    problems: Callable[[Problem], None],
    strict: bool = False,
) -> LabelledData:
    """Read labelled files.

    Parameters
    ----------
    paths
        Files of rows, in any table format that `read_rows` knows; one named twice is read once.
    settings
        Which fields hold what.
    codebook
        The tasks; None to infer them from the labels found.
    problems
        Is told of each row that cannot be used; such rows are left out.
    strict
        Raise at the first such row instead.

    Raises
    ------
    InputError
        If a file cannot be read, no row is usable, or no label of a task is in the codebook.
    """
    report: Report = partial(_report, problems=problems, strict=strict)
    rows = _usable_rows(paths, settings, report, problems=problems, strict=strict)
    kept = [row for row in rows if not is_true(row.values.get(settings.noise))]
    if not kept:
        names = ", ".join(str(path) for path in paths)
        message = f"{names}: no labelled paragraph found. Name files with text and labels."
        raise InputError(message)
    fields = label_fields(kept, settings, codebook)
    codebook = codebook or infer_codebook(kept, fields)
    return LabelledData(
        codebook=codebook,
        paragraphs=_paragraphs(kept, settings, codebook, fields, report),
        targets=_targets(kept, settings, codebook, fields, report),
        n_noise=len(rows) - len(kept),
        fingerprint=_fingerprint(rows, settings, fields),
        fields=tuple(sorted({key for row in rows for key in row.values})),
        label_fields=fields,
    )


def _usable_rows(
    paths: Sequence[Path],
    settings: DataSettings,
    report: Report,
    *,
    problems: Callable[[Problem], None],
    strict: bool,
) -> list[Row]:
    rows = []
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            message = f"{path}: there is no such file. Check the path."
            raise InputError(message)
        # Rows that are read twice would count twice.
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        n_read = 0
        for number, values in read_rows(path, problems=problems, strict=strict):
            n_read += 1
            row = Row(path, number, with_task_labels(values))
            text = values.get(settings.text)
            # An empty text is a unit like any other: public sets have some, and count them.
            if isinstance(text, str):
                rows.append(row)
                continue
            if n_read == 1 and settings.text not in values:
                message = (
                    f'{path}: no field "{settings.text}" with the text. '
                    f"{nearest(settings.text, values)} Name it under [data] in the recipe, or call "
                    "it so in the file."
                )
                raise InputError(message)
            found = f'the field "{settings.text}" holds no text'
            report(row, found, "Fill it or delete the row.")
    return rows


def _report(
    row: Row, found: str, remedy: str, *, problems: Callable[[Problem], None], strict: bool
) -> None:
    if strict:
        raise row.error(found, remedy)
    problems(Problem(path=str(row.path), row=row.number, found=found, remedy=remedy))


def _paragraphs(
    rows: Sequence[Row],
    settings: DataSettings,
    codebook: Codebook,
    fields: Mapping[str, str],
    report: Report,
) -> LabelledUnits:
    tasks = [task for task in codebook.of_unit("paragraph") if task.name in fields]
    units = [
        Unit(
            row.values[settings.text],
            topic=cell_name(row.values.get(settings.topic)) if settings.topic else "",
            article=cell_name(row.values.get(settings.group)),
        )
        for row in rows
    ]
    gold, coded = {}, {}
    for task in tasks:
        found = [row.values.get(fields[task.name]) for row in rows]
        gold[task.name], coded[task.name] = gold_labels(rows, found, task, report)
    return LabelledUnits(
        units=tuple(units),
        ids=tuple(_id(row, settings) for row in rows),
        groups=tuple(article_of(row, settings) for row in rows),
        gold=gold,
        coded=coded,
        rows=tuple(rows),
    )


def _targets(
    rows: Sequence[Row],
    settings: DataSettings,
    codebook: Codebook,
    fields: Mapping[str, str],
    report: Report,
) -> LabelledUnits:
    tasks = [task for task in codebook.of_unit("target") if task.name in fields]
    units: list[Unit] = []
    origins: list[Row] = []
    bad: list[tuple[Row, str, str]] = []
    values: dict[str, list[object]] = {task.name: [] for task in tasks}
    for row in rows if tasks else ():
        text = row.values[settings.text]
        try:
            listed = listed_targets(row.values, settings)
        except ValueError as error:
            remedy = 'Write a list of objects, like [{"start": 0, "end": 4}].'
            bad.append((row, str(error), remedy))
            continue
        # Of a row that is the target itself, that is where the target begins.
        begins = row.values.get("start") if settings.target.within else None
        spans: list[Span | None] = []
        for target in listed:
            try:
                spans.append(target_span(target, text, settings, begins))
            except ValueError as error:
                spans.append(None)
                remedy = "Correct the span: start inclusive, end exclusive, in characters."
                bad.append((row, str(error), remedy))
        for target, span in zip(listed, spans, strict=True):
            if span is None:
                continue
            others = tuple(other for other in spans if other is not None and other != span)
            units.append(Unit(text, start=span[0], end=span[1], others=others))
            origins.append(row)
            for task in tasks:
                values[task.name].append(target.get(fields[task.name]))
    _report_targets(bad, report, is_any_good=bool(units))
    gold, coded = {}, {}
    for task in tasks:
        gold[task.name], coded[task.name] = gold_labels(origins, values[task.name], task, report)
    return LabelledUnits(
        units=tuple(units),
        ids=tuple(_id(row, settings) for row in origins),
        groups=tuple(article_of(row, settings) for row in origins),
        gold=gold,
        coded=coded,
        rows=tuple(origins),
    )


def _report_targets(
    bad: Sequence[tuple[Row, str, str]], report: Report, *, is_any_good: bool
) -> None:
    """Tell of each bad target; where none is good, they stand in other fields, and one is told."""
    if is_any_good:
        for one in bad:
            report(*one)
    elif bad:
        row, found, remedy = bad[0]
        report(row, f"{found}, and no other row has a target that can be used", remedy)


def _id(row: Row, settings: DataSettings) -> str:
    return cell_name(row.values.get(settings.id)) or f"{row.path.name}#{row.number}"


def article_of(row: Row, settings: DataSettings) -> str:
    """The name of a row's article, as splits know it; a row without one is its own article."""
    name = cell_name(row.values.get(settings.group))
    if not name:
        return f"{row.path.name}#{row.number}"
    found = re.search(settings.group_pattern, name) if settings.group_pattern else None
    return found.group() if found else name


def is_true(value: object) -> bool:
    """Whether a cell says yes, as a truth value, a number or a word, or is ticked with an x."""
    return cell_name(value).strip().lower() in {"true", "1", "yes", "x"}


def _fingerprint(rows: Sequence[Row], settings: DataSettings, fields: Mapping[str, str]) -> str:
    """SHA-256 over every field that is read, of every row."""
    target = settings.target
    read = {
        *(settings.id, settings.text, settings.group, settings.noise, settings.topic),
        *(target.within, target.start, target.end, target.mention),
        *fields.values(),
    }
    digest = hashlib.sha256()
    for row in rows:
        for key in sorted(read):
            digest.update(repr(row.values.get(key)).encode("utf-8", errors="surrogatepass"))
            digest.update(b"\0")
    return digest.hexdigest()
