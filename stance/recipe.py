"""How a model is made, as data: a TOML recipe becomes checked, frozen settings.

What it may say stands in `stance.recipe_settings`. Paths in a recipe count from the recipe's own
folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stance.codebook import Codebook, load_codebook, parse_codebook, read_toml
from stance.errors import SettingsError, nearest
from stance.recipe_settings import (
    DEFAULT_FEATURES,
    MOST_TUNED,
    BlockSettings,
    CalibrationSettings,
    ClassifierSettings,
    DataSettings,
    DecisionSettings,
    DistillSettings,
    PartSettings,
    TaskSettings,
    TuningSettings,
)
from stance.settings import parse_settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that, with the data, determines a model.

    ``keep`` is how many terms to keep, those that move the scores most; 0 keeps all.
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
    seed: int = 20161122
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

    def without(self, block: str) -> Recipe:
        """The recipe without a block, and without the parts that read nothing else."""
        parts = {
            name: replace(part, features=tuple(b for b in part.features if b != block))
            for name, part in self.parts.items()
            if part.features != (block,)
        }
        features = {name: found for name, found in self.features.items() if name != block}
        return replace(self, features=features, parts=parts)

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
    plain.pop("folder", None)
    recipe: Recipe = parse_settings(Recipe, plain, where)
    if isinstance(codebook, str):
        found = load_codebook(folder / codebook)
    elif codebook is not None:
        found = parse_codebook(codebook, where=f"{where}, codebook")
    else:
        found = None
    if recipe.folds < 2:  # noqa: PLR2004 - one fold leaves nothing to test on
        message = f"{where}: folds is {recipe.folds}. Write 2 or more."
        raise SettingsError(message)
    for task in ("", *recipe.tasks):
        _check_parts(recipe, task, f"{where}, tasks.{task}" if task else where)
    if recipe.distill is not None:
        _check_distill(recipe.distill, f"{where}, distill")
    try:
        re.compile(recipe.data.group_pattern)
    except re.error as error:
        message = (
            f'{where}, data, "group_pattern": {error}. Write a regular expression, as "^[0-9]+".'
        )
        raise SettingsError(message) from error
    if found is not None:
        distilled = recipe.distill.tasks if recipe.distill else ()
        for name in (*recipe.tasks, *recipe.data.labels, *distilled):
            if name not in found.tasks:
                message = f'{where}: there is no task "{name}". {nearest(name, found.tasks)}'
                raise SettingsError(message)
    return replace(recipe, codebook=found, folder=folder)


def _check_distill(settings: DistillSettings, where: str) -> None:
    """Values to choose from are there, and each of them can be."""
    for name in ("weight", "sample", "terms", "rounds"):
        values = getattr(settings, name)
        wrong = [v for v in values if v < 0 or (name == "weight" and v == 0)]
        if wrong or not values:
            found = f"{wrong[0]:g}" if wrong else "an empty list"
            least = "above 0" if name == "weight" else "of 0 or more"
            message = f"{where}: {name} is {found}. Write a number {least}, or a list of them."
            raise SettingsError(message)


def _check_parts(whole: Recipe, task: str, where: str) -> None:
    """Every part reads blocks that there are, and every block is read by a part.

    ``task`` is empty for what the recipe says of all tasks.
    """
    recipe = whole.for_task(task)
    is_student = whole.distill is not None and (not task or whole.distill.teaches(task))
    known = tuple(recipe.features or DEFAULT_FEATURES)
    for name, part in recipe.parts.items():
        own = f"{where}, parts.{name}"
        for block in part.features:
            if block not in known:
                message = f'{own}: no block "{block}". {nearest(block, known)}'
                raise SettingsError(message)
        if part.share <= 0:
            message = f"{own}: share is {part.share:g}. Write a number above 0."
            raise SettingsError(message)
        _check_how_read(recipe, part, own, is_student=is_student)
    linear = [part for part in recipe.parts.values() if part.read != "tuned"]
    if is_student and recipe.parts and not any(part.taught for part in linear):
        message = (
            f"{where}: no part listens to the teacher. Write taught = true for one, or leave the "
            "task out of [distill]."
        )
        raise SettingsError(message)
    read = {block for part in linear for block in part.features or known}
    for block in known:
        if recipe.parts and block not in read:
            message = f"{where}: no part reads the block {block}. Name it in a part, or remove it."
            raise SettingsError(message)


def _check_how_read(recipe: Recipe, part: PartSettings, where: str, *, is_student: bool) -> None:
    """What a part says of how it reads can be followed."""
    if part.read == "sentences" and is_student:
        message = (
            f'{where}: a student reads whole texts. Write read = "whole", or leave the task out of '
            "[distill]."
        )
        raise SettingsError(message)
    if part.read == "sentences":
        _check_sentences(recipe, part, where)
    if part.read == "tuned":
        _check_tuned(recipe, part, where, is_student=is_student)
    elif part.optional:
        message = (
            f"{where}: only a tuned part may be left out. Write optional = true for a block that "
            "the part reads."
        )
        raise SettingsError(message)
    elif part.tuning != TuningSettings():
        message = f'{where}: tuning is for a part with read = "tuned". Write that, or leave it out.'
        raise SettingsError(message)


def _check_sentences(recipe: Recipe, part: PartSettings, where: str) -> None:
    """Sentences are read by TF-IDF blocks."""
    features = recipe.features or DEFAULT_FEATURES
    for block in part.features or features:
        if features[block].kind != "tfidf":
            message = (
                f"{where}: sentences are read by tfidf blocks, {block} is another. Leave it out."
            )
            raise SettingsError(message)


def _check_tuned(recipe: Recipe, part: PartSettings, where: str, *, is_student: bool) -> None:
    """A tuned part reads no blocks, and can be tuned as it says."""
    if part.features:
        message = (
            f"{where}: a tuned part reads with the encoder, not with the block "
            f"{part.features[0]}. Leave features out."
        )
        raise SettingsError(message)
    if part.C:
        message = f"{where}: a tuned part has no penalty. Leave C out."
        raise SettingsError(message)
    if all(other.read == "tuned" for other in recipe.parts.values()):
        message = f"{where}: a tuned part stands beside others. Add a part that reads blocks."
        raise SettingsError(message)
    if recipe.data.topic:
        message = (
            f"{where}: a tuned part does not see the topic that a text takes a stance on. Leave "
            "it out."
        )
        raise SettingsError(message)
    if is_student and recipe.distill is not None and max(recipe.distill.rounds, default=0):
        message = f"{where}: a tuned part does not teach itself. Leave rounds out of [distill]."
        raise SettingsError(message)
    _check_tuning(part.tuning, where)


def _check_tuning(tuning: TuningSettings, where: str) -> None:
    """Numbers that can be."""
    wrong = {
        f"layers is {tuning.layers}. Write a number from 1 to {MOST_TUNED}": not (
            1 <= tuning.layers <= MOST_TUNED
        ),
        f"epochs is {tuning.epochs}. Write 1 or more": tuning.epochs < 1,
        f"rate is {tuning.rate:g}. Write a number between 0 and 1, as 1e-4": not (
            0 < tuning.rate < 1
        ),
        f"windows is {tuning.windows}. Write 0 or more": tuning.windows < 0,
        f"folds is {tuning.folds}. Write 2 or more": tuning.folds < 2,  # noqa: PLR2004 - a fold to learn from, one to read
    }
    for found, is_wrong in wrong.items():
        if is_wrong:
            message = f"{where}: {found}."
            raise SettingsError(message)


def parse_data(data: Mapping[str, Any], *, where: str = "recipe") -> DataSettings:
    """The data settings of a recipe, or of a model that was trained with one."""
    settings: DataSettings = parse_settings(DataSettings, data, f"{where}, data")
    return settings
