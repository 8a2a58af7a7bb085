"""How a model is made, as data: a TOML recipe becomes checked, frozen settings.

What it may say stands in `stance.recipe_settings`, and what must fit together in
`stance.recipe_checks`. Paths in a recipe count from the recipe's own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stance.codebook import Codebook, load_codebook, parse_codebook, read_toml
from stance.recipe_checks import check_recipe
from stance.recipe_settings import (
    BlockSettings,
    CalibrationSettings,
    ClassifierSettings,
    DataSettings,
    DecisionSettings,
    DistillSettings,
    PartSettings,
    TaskSettings,
)
from stance.settings import DEFAULT_SEED, parse_settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that, with the data, determines a model.

    ``keep`` is how many terms each task keeps, and each of its parts where it has some, those that
    move the scores most; 0 keeps all.
    """

    name: str
    data: DataSettings
    features: Mapping[str, BlockSettings] = field(default_factory=dict)
    parts: Mapping[str, PartSettings] = field(default_factory=dict)
    tasks: Mapping[str, TaskSettings] = field(default_factory=dict)
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    decision: DecisionSettings = field(default_factory=DecisionSettings)
    distill: DistillSettings | None = None
    codebook: Codebook | None = None
    actors: str = ""
    keep: int = 0
    folds: int = 5
    seed: int = DEFAULT_SEED
    description: str = ""
    language: str = ""
    licence: str = ""
    labels_made: str = ""
    limits: str = ""
    folder: Path = Path()

    def path(self, name: str) -> Path:
        """A path written in the recipe, counted from the recipe's folder."""
        return self.folder / Path(name).expanduser()

    def has_own_features(self, task: str) -> bool:
        """Whether a task reads other features than the whole recipe."""
        return task in self.tasks and self.tasks[task].features is not None

    def without_optional_blocks(self, kind: str) -> Recipe:
        """The recipe without the blocks of a kind, of all tasks, that may be left out.

        Parts that read nothing else are left out with them.
        """
        gone = _optional(self.features, kind)
        tasks = {}
        for name, task in self.tasks.items():
            own = gone if task.features is None else _optional(task.features, kind)
            tasks[name] = replace(
                task,
                features=task.features and _others(task.features, own),
                parts=task.parts and _readers_of_others(task.parts, own),
            )
        return replace(
            self,
            features=_others(self.features, gone),
            parts=_readers_of_others(self.parts, gone),
            tasks=tasks,
        )

    def without_optional_parts(self) -> Recipe:
        """The recipe without the parts, of all tasks, that may be left out."""
        tasks = {
            name: replace(task, parts=_needed(task.parts)) if task.parts else task
            for name, task in self.tasks.items()
        }
        return replace(self, parts=_needed(self.parts), tasks=tasks)

    def for_task(self, name: str) -> Recipe:
        """The recipe as it holds for one task, with the task's own settings in place.

        A task with features of its own has no parts but its own either: parts name blocks.
        """
        own = self.tasks.get(name, TaskSettings())
        shared = self.parts if own.features is None else {}
        return replace(
            self,
            features=self.features if own.features is None else own.features,
            parts=shared if own.parts is None else own.parts,
            classifier=own.classifier or self.classifier,
            calibration=own.calibration or self.calibration,
            decision=own.decision or self.decision,
            tasks={},
        )


def _optional(features: Mapping[str, BlockSettings], kind: str) -> set[str]:
    return {name for name, block in features.items() if block.optional and block.kind == kind}


def _others(features: Mapping[str, BlockSettings], gone: set[str]) -> dict[str, BlockSettings]:
    return {name: block for name, block in features.items() if name not in gone}


def _readers_of_others(
    parts: Mapping[str, PartSettings], gone: set[str]
) -> dict[str, PartSettings]:
    """The parts without those blocks, and without those that read nothing else."""
    return {
        name: replace(part, features=tuple(b for b in part.features if b not in gone))
        for name, part in parts.items()
        if not part.features or not gone.issuperset(part.features)
    }


def _needed(parts: Mapping[str, PartSettings]) -> dict[str, PartSettings]:
    return {name: part for name, part in parts.items() if not part.optional}


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe file.

    Raises
    ------
    SettingsError
        If the file is missing, is not TOML, or a key or value in it cannot be followed.
    """
    return parse_recipe(read_toml(path, "recipe"), folder=path.parent, where=f"recipe {path}")


def parse_recipe(data: Mapping[str, Any], *, folder: Path, where: str = "recipe") -> Recipe:
    """Build a recipe from plain data, checking every key and value."""
    plain = dict(data)
    plain.setdefault("data", {})
    codebook = plain.pop("codebook", None)
    recipe: Recipe = parse_settings(Recipe, plain, where)
    if isinstance(codebook, str):
        found = load_codebook(folder / codebook)
    elif codebook is not None:
        found = parse_codebook(codebook, where=f"{where}, codebook")
    else:
        found = None
    recipe = replace(recipe, codebook=found, folder=folder)
    check_recipe(recipe, where)
    return recipe


def parse_data(data: Mapping[str, Any], *, where: str = "recipe") -> DataSettings:
    """The data settings of a recipe, or of a model that was trained with one."""
    settings: DataSettings = parse_settings(DataSettings, data, f"{where}, data")
    return settings
