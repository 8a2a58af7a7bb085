"""Tasks and their labels, as data: the only source of label order.

A codebook is a TOML file::

    name = "conflict-news"
    version = "1.2"

    [tasks.topic]
    definition = "What the paragraph is about."
    several = true          # may a unit carry several labels (or none)?
    unit = "paragraph"      # or "target": a marked actor in the paragraph

    [tasks.topic.labels]    # in the order that every array and table keeps
    military = "Fighting, attacks, ..."
    humanitarian = "Harm to people who do not fight, ..."
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from stance.errors import SettingsError, listed, nearest

UnitKind: TypeAlias = Literal["paragraph", "target"]

UNITS: tuple[UnitKind, ...] = ("paragraph", "target")

# The columns that tables of codings have before and after those of the tasks.
PLAIN_COLUMNS = ("article", "title", "paragraph", "start", "end", "text", "noise")
JSON_COLUMNS = ("stances", "evidence")


@dataclass(frozen=True, slots=True)
class Task:
    """One question that coders answer about each unit.

    Attributes
    ----------
    several
        Whether a unit may carry several labels, or none; if not, it carries exactly one.
    unit
        What is coded: a paragraph, or a target (an actor marked in a paragraph).
    labels
        Label names with their definitions, in the order of every array and table.
    """

    name: str
    labels: Mapping[str, str]
    several: bool = True
    unit: UnitKind = "paragraph"
    definition: str = ""

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names in order."""
        return tuple(self.labels)

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in tables: the labels, each label's probability, what cannot be said."""
        scores = (f"{self.name}.{label}" for label in self.labels)
        return (self.name, *scores, undecided_column(self.name, self.labels))

    def mismatch(self, other: Task) -> str:
        """Why what it says cannot stand for what another task says; empty if it can."""
        if self.unit != other.unit:
            return f"it codes {self.name} of {self.unit}s, not of {other.unit}s"
        if self.label_names != other.label_names:
            own, others = listed(self.label_names), listed(other.label_names)
            return f"its labels of {self.name} are {own}; expected: {others}"
        if self.several != other.several:
            given = "several labels, not one" if self.several else "one label, not several"
            return f"of {self.name} it gives a {self.unit} {given}"
        return ""


def undecided_column(task: str, labels: Iterable[str]) -> str:
    """The column with what cannot be said of a task, one of whose labels may be "undecided"."""
    return f"{task}.cannot_say" if "undecided" in labels else f"{task}.undecided"


@dataclass(frozen=True, slots=True)
class Codebook:
    """The tasks of one study, in order."""

    tasks: Mapping[str, Task]
    name: str = ""
    version: str = ""
    description: str = ""

    def task(self, name: str) -> Task:
        """The task of that name, or an error that lists the choices."""
        try:
            return self.tasks[name]
        except KeyError:
            message = f'There is no task "{name}" in the codebook. {nearest(name, self.tasks)}'
            raise SettingsError(message) from None

    def only(self, names: Iterable[str]) -> Codebook:
        """The codebook with those tasks alone, in its own order."""
        kept = set(names)
        return replace(self, tasks={n: task for n, task in self.tasks.items() if n in kept})

    def of_unit(self, unit: UnitKind) -> tuple[Task, ...]:
        """The tasks that code this unit, in order."""
        return tuple(task for task in self.tasks.values() if task.unit == unit)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for TOML or JSON; `parse_codebook` reads it back."""
        return {
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "tasks": {
                task.name: {
                    "definition": task.definition,
                    "several": task.several,
                    "unit": task.unit,
                    "labels": dict(task.labels),
                }
                for task in self.tasks.values()
            },
        }


def load_codebook(path: Path) -> Codebook:
    """Read and check a codebook file.

    Raises
    ------
    SettingsError
        If the file is missing, is not TOML, or does not describe a codebook.
    """
    return parse_codebook(read_toml(path, "codebook"), where=f"codebook {path}")


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file, with errors that name it and what it was meant to be."""
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        message = f"{what} {path}: there is no such file. Check the path."
        raise SettingsError(message) from None
    except IsADirectoryError:
        message = f"{what} {path}: this is a folder. Name the TOML file in it."
        raise SettingsError(message) from None
    except UnicodeDecodeError as error:
        message = f"{what} {path}: byte {error.start} is not UTF-8. Save the file as UTF-8."
        raise SettingsError(message) from error
    except tomllib.TOMLDecodeError as error:
        # Paths of Windows: in TOML, what stands behind a backslash means something else.
        is_path = "hex value" in str(error) or "'\\'" in str(error)
        remedy = "Write / in paths, not a backslash" if is_path else "Correct that place"
        message = f"{what} {path}: not valid TOML: {error}. {remedy}."
        raise SettingsError(message) from error


def check_keys(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise a `SettingsError` that names the nearest known key for each unknown one."""
    for key in found:
        if key not in known:
            message = f'{where}: unknown key "{key}". {nearest(key, known)}'
            raise SettingsError(message)


def parse_codebook(data: object, *, where: str = "codebook") -> Codebook:
    """Build a codebook from plain data, checking every part."""
    if not isinstance(data, Mapping):
        message = f"{where}: found {data!r}, expected a table. Write at least one [tasks.NAME]."
        raise SettingsError(message)
    check_keys(data, ("name", "version", "description", "tasks"), where)
    tasks = data.get("tasks")
    if not isinstance(tasks, Mapping) or not tasks:
        message = f"{where}: no tasks. Write at least one [tasks.NAME] with its labels."
        raise SettingsError(message)
    return Codebook(
        tasks={
            name: _parse_task(name, task, f"{where}, task {name}") for name, task in tasks.items()
        },
        name=_text(data, "name", where),
        version=_text(data, "version", where),
        description=_text(data, "description", where),
    )


def check_columns(codebook: Codebook, where: str) -> None:
    """Raise a `SettingsError` where a table of codings would have two columns of one name."""
    seen = {*PLAIN_COLUMNS, *JSON_COLUMNS}
    for task in codebook.of_unit("paragraph"):
        for column in task.columns:
            if column in seen:
                what = "the task" if column == task.name else "a label or a task"
                message = (
                    f'{where}, task {task.name}: tables of codings would have two columns "'
                    f'{column}". Write JSON Lines, or give {what} another name.'
                )
                raise SettingsError(message)
            seen.add(column)


def _parse_task(name: str, data: object, where: str) -> Task:
    if not isinstance(data, Mapping):
        message = f"{where}: found {data!r}, expected a table. Write [tasks.{name}]."
        raise SettingsError(message)
    check_keys(data, ("definition", "several", "unit", "labels"), where)
    several = data.get("several", True)
    if not isinstance(several, bool):
        message = f'{where}: "several" is {several!r}. Write true or false.'
        raise SettingsError(message)
    unit = data.get("unit", "paragraph")
    if unit not in UNITS:
        message = f'{where}: unknown unit "{unit}". {nearest(str(unit), UNITS)}'
        raise SettingsError(message)
    if several and unit == "target":
        message = f"{where}: a target carries exactly one label. Write several = false."
        raise SettingsError(message)
    labels = _parse_labels(data.get("labels"), where)
    if not several and len(labels) < 2:  # noqa: PLR2004 - a choice needs two
        message = f"{where}: one label is no choice. Name at least two, or set several = true."
        raise SettingsError(message)
    return Task(
        name=name,
        labels=labels,
        several=several,
        unit=unit,
        definition=_text(data, "definition", where),
    )


def _parse_labels(data: object, where: str) -> dict[str, str]:
    if isinstance(data, list):
        for label in data:
            _check_label(label, where)
        duplicates = sorted({label for label in data if data.count(label) > 1})
        if duplicates:
            message = f"{where}: labels named twice: {', '.join(duplicates)}. Name each once."
            raise SettingsError(message)
        data = dict.fromkeys(data, "")
    if not isinstance(data, Mapping) or not data:
        message = f"{where}: no labels. Write [tasks.NAME.labels] with one line a label."
        raise SettingsError(message)
    for label, definition in data.items():
        _check_label(label, where)
        if not isinstance(definition, str):
            message = f'{where}: the definition of "{label}" is {definition!r}. Write a sentence.'
            raise SettingsError(message)
    return dict(data)


def _check_label(label: object, where: str) -> None:
    if not isinstance(label, str) or not label.strip():
        message = f"{where}: {label!r} is not a label's name. Write a word in quotes."
        raise SettingsError(message)


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        message = f'{where}: "{key}" is {value!r}. Write it in quotes.'
        raise SettingsError(message)
    return value
