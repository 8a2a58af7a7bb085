"""What must hold of a recipe beyond the kinds of its values: numbers in range, names that fit.

Every error says where in the recipe it is, and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from stance.codebook import UNITS
from stance.errors import SettingsError, nearest
from stance.recipe_settings import (
    DEFAULT_FEATURES,
    MOST_TUNED,
    DistillSettings,
    PartSettings,
    TuningSettings,
)
from stance.settings import converted

if TYPE_CHECKING:
    from stance.recipe import Recipe

# Two such names and what a file holds make a file's name, which may have 255 bytes.
_LONGEST_NAME = 100

# What blocks' options are, by the blocks' kinds, but for those that are numbers. Python would take
# the word "false" for true.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "tfidf": {
        **dict.fromkeys(("analyzer", "lexicon"), str),
        **dict.fromkeys(("sublinear", "by_topic", "case"), bool),
        "drop": tuple[str, ...],
    },
    "lexicon": {"lexicon": str, "measures": tuple[str, ...]},
    "semantic": {"model": str},
}


def check_recipe(recipe: Recipe, where: str) -> None:
    """Raise a `SettingsError` at the first thing in a recipe that cannot be followed."""
    _refuse(
        {
            f"folds is {recipe.folds}. Write 2 or more": recipe.folds < 2,  # noqa: PLR2004 - one fold leaves nothing to test on
            f"seed is {recipe.seed}. Write 0 or more": recipe.seed < 0,
            f"keep is {recipe.keep}. Write 0 to keep all terms, or more": recipe.keep < 0,
        },
        where,
    )
    for task in ("", *recipe.tasks):
        own = f"{where}, tasks.{task}" if task else where
        _check_numbers(recipe.for_task(task), own)
        _check_parts(recipe, task, own)
    if recipe.distill is not None:
        _check_distill(recipe.distill, f"{where}, distill")
    try:
        re.compile(recipe.data.group_pattern)
    except re.error as error:
        message = (
            f'{where}, data, "group_pattern": {error}. Write a regular expression, as "^[0-9]+".'
        )
        raise SettingsError(message) from error
    check_tasks(recipe, where)


def _refuse(wrong: Mapping[str, bool], where: str) -> None:
    """Raise a `SettingsError` with the first message whose case holds."""
    for found, is_wrong in wrong.items():
        if is_wrong:
            message = f"{where}: {found}."
            raise SettingsError(message)


def check_tasks(recipe: Recipe, where: str) -> None:
    """Tasks are those of the codebook, if there is one, and files of what they read can be named.

    Raises
    ------
    SettingsError
        If not.
    """
    known = recipe.codebook.tasks if recipe.codebook else {}
    distilled = recipe.distill.tasks if recipe.distill else ()
    for name in (*recipe.tasks, *recipe.data.labels, *distilled):
        if known and name not in known:
            message = f'{where}: there is no task "{name}". {nearest(name, known)}'
            raise SettingsError(message)
    for name in dict.fromkeys((*known, *recipe.tasks, *recipe.data.labels)):
        is_space = recipe.has_own_features(name)
        if is_space and name in UNITS:
            message = (
                f'{where}: the task "{name}" has features of its own, and its name is that of the '
                f"features that all {name}s share. Give the task another name."
            )
            raise SettingsError(message)
        if is_space or any(
            part.read == "sentences" for part in recipe.for_task(name).parts.values()
        ):
            _check_file_names([name], "task", where)


def _check_file_names(names: Iterable[str], what: str, where: str) -> None:
    """Names that become names of a model's files can be that, on any system."""
    for name in names:
        wrong = next((c for c in name if c in "/\\" or not c.isprintable()), "")
        if wrong:
            message = (
                f"{where}: the name {name!r} of a {what} holds {wrong!r}, and files of the model "
                f"bear it. Give the {what} another name."
            )
            raise SettingsError(message)
        if len(name.encode(errors="replace")) > _LONGEST_NAME:
            message = (
                f"{where}: the name {name[:20]}... of a {what} is longer than {_LONGEST_NAME} "
                f"bytes, and files of the model bear it. Give the {what} a shorter name."
            )
            raise SettingsError(message)


def _check_numbers(recipe: Recipe, where: str) -> None:
    """Numbers of what a task is learned with are in range."""
    _check_penalties(recipe.classifier.C, f"{where}, classifier")
    if not recipe.classifier.C:
        message = f"{where}, classifier: C is an empty list. Write at least one number above 0."
        raise SettingsError(message)
    least, draws = recipe.calibration.isotonic_from, recipe.decision.draws
    _refuse({f"isotonic_from is {least}. Write 0 or more": least < 0}, f"{where}, calibration")
    _refuse({f"draws is {draws}. Write 0 or more": draws < 0}, f"{where}, decision")
    for name, block in recipe.features.items():
        for key, kind in _OPTIONS.get(block.kind, {}).items():
            if block.options.get(key) is not None:
                converted(kind, block.options[key], f'{where}, features.{name}, "{key}"')
        if block.kind == "tfidf":
            _check_limits(block.options, f"{where}, features.{name}")


def _check_penalties(penalties: Iterable[float], where: str) -> None:
    for C in penalties:
        _refuse({f"C holds {C:g}. Write numbers above 0": C <= 0}, where)


def _check_limits(options: Mapping[str, Any], where: str) -> None:
    """The limits of a TF-IDF block's terms are numbers, and leave some terms."""
    for name in ("min_df", "max_features"):
        value = options.get(name)
        found = f"{name} is {value!r}. Write a whole number of 1 or more, or leave it out"
        _refuse({found: value is not None and not _is_count(value)}, where)
    lengths = options.get("ngrams", (1, 2))
    is_pair = isinstance(lengths, (list, tuple)) and list(map(_is_count, lengths)) == [True, True]
    found = f"ngrams is {lengths!r}. Write two whole numbers of 1 or more, as [1, 2]"
    _refuse({found: not is_pair}, where)
    share = options.get("max_df", 1.0)
    is_share = isinstance(share, (int, float)) and not isinstance(share, bool) and 0 < share <= 1
    found = f"max_df is {share!r}. Write a share of the texts, above 0 and at most 1"
    _refuse({found: not is_share}, where)


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


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _check_parts(whole: Recipe, task: str, where: str) -> None:
    """Every part reads blocks that there are, and every block is read by a part.

    ``task`` is empty for what the recipe says of all tasks.
    """
    recipe = whole.for_task(task)
    is_student = whole.distill is not None and (not task or whole.distill.teaches(task))
    known = tuple(recipe.features or DEFAULT_FEATURES)
    _check_file_names(known, "block", where)
    _check_file_names(recipe.parts, "part", where)
    for name, part in recipe.parts.items():
        own = f"{where}, parts.{name}"
        for block in part.features:
            if block not in known:
                message = f'{own}: no block "{block}". {nearest(block, known)}'
                raise SettingsError(message)
        _refuse({f"share is {part.share:g}. Write a number above 0": part.share <= 0}, own)
        _check_penalties(part.C, own)
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
        if str(features[block].options.get("analyzer", "")).startswith("target."):
            message = (
                f"{where}: no target is marked in sentences by themselves, and {block} reads "
                'around one. Leave it out, or write read = "whole".'
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
    _refuse(
        {
            f"layers is {tuning.layers}. Write a number from 1 to {MOST_TUNED}": not (
                1 <= tuning.layers <= MOST_TUNED
            ),
            f"epochs is {tuning.epochs}. Write 1 or more": tuning.epochs < 1,
            f"rate is {tuning.rate:g}. Write a number between 0 and 1, as 1e-4": not (
                0 < tuning.rate < 1
            ),
            f"windows is {tuning.windows}. Write 0 or more": tuning.windows < 0,
            f"folds is {tuning.folds}. Write 2 or more": tuning.folds < 2,  # noqa: PLR2004 - a fold to learn from, one to read
        },
        where,
    )
