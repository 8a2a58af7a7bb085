"""How a model is made, as data: a TOML recipe becomes checked, frozen settings.

Every setting has its default here and nowhere else. Paths in a recipe count from the recipe's
own folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from stance.codebook import Codebook, load_codebook, parse_codebook, read_toml
from stance.errors import SettingsError, nearest
from stance.settings import converted, parse_settings

# An encoder's layers that may be tuned; the lowest stays, as the layers below run by themselves.
MOST_TUNED = 5


@dataclass(frozen=True, slots=True)
class TargetFields:
    """Where a row names its targets.

    ``within`` is the field that lists the targets, each a table with the other fields; empty
    means that the row itself is one target. ``start`` and ``end`` (exclusive) count code points
    in the row's text; ``mention`` is the wording, used alone where a row has no span.
    """

    within: str = ""
    start: str = "start"
    end: str = "end"
    mention: str = "mention"


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Which files to learn from, and which of their fields say what.

    ``evaluate`` names labelled files that are never learned from; the card reports on them.

    ``labels`` maps each task to its field. Left out, rows with ``labels`` (a list) or ``label``
    (one value) are understood. ``group`` holds what must stay on one side of a split (the
    article); with ``group_pattern``, a regular expression, only its first match in that field
    counts. ``topic`` holds the issue that a text takes a stance on, where no target is named in it.
    """

    train: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()
    text: str = "text"
    id: str = "id"
    group: str = "article"
    group_pattern: str = ""
    title: str = "title"
    noise: str = "noise"
    topic: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    target: TargetFields = TargetFields()


@dataclass(frozen=True, slots=True)
class BlockSettings:
    """One feature block: its kind, its weight beside the other blocks, and its options.

    With ``optional``, the block is left out, and said to be, where the extra that it needs is not
    installed. With ``context``, the block reads not the unit but the other units of its article
    (their mean vector; zeros where there are none). The options are the constructor arguments of
    the extractor of that kind.
    """

    kind: str
    weight: float = 1.0
    context: bool = False
    optional: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_table(cls, data: Mapping[str, Any], where: str) -> Self:
        """The block that a table holds: what is no field is an option."""
        kind = data.get("kind")
        if not isinstance(kind, str):
            message = f'{where}: "kind" is {kind!r}. Write the block\'s kind, as kind = "tfidf".'
            raise SettingsError(message)
        weight = converted(float, data.get("weight", 1.0), f'{where}, "weight"')
        if weight <= 0:
            message = (
                f"{where}: weight is {weight}. Write a number above 0, or leave the block out."
            )
            raise SettingsError(message)
        own = {
            key: converted(bool, data[key], f'{where}, "{key}"')
            for key in ("context", "optional")
            if key in data
        }
        plain = {"kind", "weight", "context", "optional"}
        options = {key: value for key, value in data.items() if key not in plain}
        return cls(kind=kind, weight=weight, options=options, **own)

    def as_dict(self) -> dict[str, Any]:
        """The table that the block was read from."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "options"}
        return {**own, **self.options}


# What a recipe without [features] reads: words alone and in pairs.
DEFAULT_FEATURES: Mapping[str, BlockSettings] = {
    "words": BlockSettings("tfidf", options={"ngrams": [1, 2], "min_df": 2})
}


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """The linear classifier of a task.

    Attributes
    ----------
    C
        Inverse strengths of the L2 penalty to choose from, by cross-validation.
    class_weight
        "balanced" weighs each class by its inverse frequency; "none" does not.
    nb_weights
        Whether features are scaled by naive-Bayes log-count ratios before fitting, label by label
        (Wang and Manning 2012); not for "multinomial".
    multiclass
        Where one label holds: "multinomial" learns all classes together, "one-vs-rest" each
        against all others.
    """

    C: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0)
    class_weight: Literal["balanced", "none"] = "balanced"
    nb_weights: bool = False
    multiclass: Literal["multinomial", "one-vs-rest"] = "multinomial"


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """How a part's upper layers are tuned on the labels.

    Attributes
    ----------
    layers
        How many of the encoder's layers move, from the top.
    epochs
        How often every text is learned from.
    rate
        The layers' learning rate.
    folds
        How many folds the cross-validation of the part has; tuning takes long, so it has fewer.
    """

    layers: int = 2
    epochs: int = 3
    rate: float = 1e-4
    folds: int = 3


@dataclass(frozen=True, slots=True)
class PartSettings:
    """A linear model of some of the blocks, whose scores are averaged with the other parts'.

    Blocks that need different penalties (thousands of rare words, a few hundred numbers of an
    encoder) do better apart than with one penalty for all.

    Attributes
    ----------
    features
        Names of the blocks that it reads; empty means all.
    read
        "whole" reads a text as one; "sentences" reads each of its sentences by itself and takes
        the best score, for long texts that carry a label because of a sentence or two. "tuned"
        reads no blocks, but with the sentence encoder of ``stance[semantic]``, its upper layers
        tuned on the hand labels.
    C
        Inverse strengths of the penalty to choose from, for this part; empty means as the
        classifier says.
    share
        Its weight in the average, above 0; shares need not sum to 1. Scores are brought to
        standard deviation 1 before they are averaged.
    taught
        Whether it listens to the teacher of a recipe with ``[distill]``; if not, it learns from
        the hand labels alone.
    optional
        Whether a part that is tuned is left out, and said to be, where the encoder is missing.
    tuning
        How a part that is tuned is.
    """

    features: tuple[str, ...] = ()
    read: Literal["whole", "sentences", "tuned"] = "whole"
    C: tuple[float, ...] = ()
    share: float = 1.0
    taught: bool = True
    optional: bool = False
    tuning: TuningSettings = TuningSettings()


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """How raw scores become probabilities.

    "auto" takes isotonic regression where a label has at least ``isotonic_from`` positive
    out-of-fold scores and Platt's sigmoid below that.
    """

    method: Literal["auto", "isotonic", "platt"] = "auto"
    isotonic_from: int = 1000


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """How probabilities become labels.

    Attributes
    ----------
    optimise
        What the thresholds are chosen for, on out-of-fold scores: the F1 of each label
        ("f1"), the example-based F1 ("example_f1"), or, where one label holds, macro-F1
        ("f1") or accuracy ("accuracy", the most probable label).
    at_least_one
        Whether a unit always carries its most probable label.
    draws
        How many label sets, drawn from the calibrated probabilities, are counted beside each
        unit's own when thresholds are chosen. With few units the best threshold is a matter of
        chance; drawn labels smooth it.
    """

    optimise: Literal["f1", "example_f1", "accuracy"] = "f1"
    at_least_one: bool = False
    draws: int = 0


@dataclass(frozen=True, slots=True)
class DistillSettings:
    """Unlabelled text and the teacher whose opinions on it the student learns.

    Where ``weight``, ``sample``, ``terms`` or ``rounds`` lists several values, every combination
    is tried, and article-grouped cross-validation on the hand labels chooses.

    Attributes
    ----------
    unlabelled
        Files of text without labels, any that `stance classify` reads.
    teacher
        A recipe to fit as teacher on the same labels, or a trained model's folder.
    tasks
        The tasks that are distilled; empty means all. A task that codes targets needs the
        recipe's ``actors``, which are looked for in the unlabelled text.
    keep_apart
        Files of text, labelled or not, that the model will be evaluated on: unlabelled
        paragraphs that are near-duplicates of theirs are left out, as are those of the training
        files and of the files to evaluate on.
    weight
        Weight of one unlabelled paragraph beside one hand-labelled, above 0.
    sample
        How many unlabelled paragraphs to use at most; 0 means all.
    terms
        How many terms the student reads at most, those that most texts hold; 0 means all.
    rounds
        How often the student is taught anew by the student before it (self-training); 0 means
        that the teacher alone teaches.
    """

    unlabelled: tuple[str, ...] = ()
    teacher: str = ""
    tasks: tuple[str, ...] = ()
    keep_apart: tuple[str, ...] = ()
    weight: tuple[float, ...] = (0.3,)
    sample: tuple[int, ...] = (0,)
    terms: tuple[int, ...] = (0,)
    rounds: tuple[int, ...] = (0,)

    def teaches(self, task: str) -> bool:
        """Whether a task is distilled."""
        return not self.tasks or task in self.tasks


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What a task does in its own way; None means as the whole recipe does."""

    features: Mapping[str, BlockSettings] | None = None
    parts: Mapping[str, PartSettings] | None = None
    classifier: ClassifierSettings | None = None
    calibration: CalibrationSettings | None = None
    decision: DecisionSettings | None = None


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
    classifier: ClassifierSettings = ClassifierSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    decision: DecisionSettings = DecisionSettings()
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
        _check_tuned(recipe, part, where)
    elif part.optional:
        message = (
            f"{where}: only a tuned part may be left out. Write optional = true for a block that "
            "the part reads."
        )
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


def _check_tuned(recipe: Recipe, part: PartSettings, where: str) -> None:
    """A tuned part reads no blocks, and can be tuned as it says."""
    if part.features:
        message = (
            f"{where}: a tuned part reads with the encoder, not with the block "
            f"{part.features[0]}. Leave features out."
        )
        raise SettingsError(message)
    layers, epochs, rate = part.tuning.layers, part.tuning.epochs, part.tuning.rate
    if part.tuning.folds < 2:  # noqa: PLR2004 - one to learn from, one to read
        message = f"{where}: folds is {part.tuning.folds}. Write 2 or more."
        raise SettingsError(message)
    if not 1 <= layers <= MOST_TUNED:
        message = f"{where}: layers is {layers}. Write a number from 1 to {MOST_TUNED}."
        raise SettingsError(message)
    if epochs < 1 or not 0 < rate < 1:
        message = (
            f"{where}: epochs is {epochs} and rate {rate:g}. Write 1 or more epochs and a rate "
            "between 0 and 1, as 3 and 1e-4."
        )
        raise SettingsError(message)
    if recipe.distill is not None and max(recipe.distill.rounds, default=0):
        message = f"{where}: a tuned part does not teach itself. Leave rounds out of [distill]."
        raise SettingsError(message)


def parse_data(data: Mapping[str, Any], *, where: str = "recipe") -> DataSettings:
    """The data settings of a recipe, or of a model that was trained with one."""
    settings: DataSettings = parse_settings(DataSettings, data, f"{where}, data")
    return settings
