"""What a recipe asks for and does not get, told before training, and what was not learned."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from stance.classify.linear import TaskModel
from stance.errors import InputError, listed, nearest
from stance.features.dictionaries import load_lexicon
from stance.features.encoder import INSTALL, is_installed
from stance.recipe import Recipe
from stance.recipe_settings import DataSettings
from stance.text.labelled import LabelledData
from stance.text.labels import like_labels

# Entries of a lexicon that are named; of the others the number is enough.
_NAMED = 5


def unheard(_notice: str) -> None:
    """Notices that nobody reads."""


def with_what_is_installed(recipe: Recipe, notices: Callable[[str], None]) -> Recipe:
    """The recipe without optional blocks and parts that read meaning, if there is no encoder."""
    if is_installed():
        return recipe
    parts, blocks = [*recipe.parts.items()], [*recipe.features.items()]
    for task in recipe.tasks.values():
        parts += (task.parts or {}).items()
        blocks += (task.features or {}).items()
    left_out = [f'part "{name}"' for name, part in parts if part.optional]
    left_out += [
        f'block "{name}"' for name, block in blocks if block.optional and block.kind == "semantic"
    ]
    for what in dict.fromkeys(left_out):
        notices(f"The {what} is left out, and figures will be lower. {INSTALL}")
    if left_out:
        recipe = recipe.without_optional_parts().without_optional_blocks("semantic")
    return recipe


def check_fields(data: LabelledData, settings: DataSettings) -> None:
    """Make sure that some row has what a recipe says of its fields.

    Raises
    ------
    InputError
        If no row has a field that the recipe names, or its pattern is in no article's name.
    """
    where, usual = ", ".join(settings.train), DataSettings()
    named = {
        key: getattr(settings, key)
        for key in ("id", "title", "group", "noise", "topic")
        if getattr(settings, key) != getattr(usual, key)
    }
    if settings.target.within:
        named["target.within"] = settings.target.within
    for task, field in data.label_fields.items():
        # Of targets in a list the labels stand there, not in the row.
        if data.codebook.task(task).unit == "paragraph" or not settings.target.within:
            named[f"labels.{task}"] = field
    for key, name in named.items():
        if name not in data.fields:
            message = (
                f'{where}: no row has the field "{name}", which the recipe names as {key}. '
                f"{nearest(name, data.fields)} Correct it under [data]."
            )
            raise InputError(message)
    articles = {unit.article for unit in data.paragraphs.units} - {""}
    pattern = settings.group_pattern
    if pattern and not any(re.search(pattern, article) for article in articles):
        message = (
            f'{where}: group_pattern "{pattern}" is found in the field "{settings.group}" of no '
            "row. Correct it, or leave it out: then the whole field is the article."
        )
        raise InputError(message)


def tell_of_missing_fields(
    data: LabelledData, settings: DataSettings, notices: Callable[[str], None]
) -> None:
    """Tell of tasks without a field, of rows without a topic, and if no row has an article."""
    for task in data.codebook.tasks:
        if task not in data.label_fields and not settings.labels:
            notices(
                f'No row has the field "{task}" with labels of that task, which is left out. '
                f"{nearest(task, data.fields)} Name it: [data.labels] {task} = FIELD."
            )
    units = data.paragraphs.units
    n_bare = sum(not unit.topic for unit in units)
    if settings.topic and n_bare:
        notices(
            f"{n_bare} of {len(units)} rows name no topic in the field "
            f'"{settings.topic}" and are read as of one topic. Name theirs, or leave them out.'
        )
    if not any(unit.article for unit in units):
        notices(
            f'No row names its article in the field "{settings.group}", so that each counts as an '
            "article of its own. If some are of one article, name its field: [data] group = FIELD."
        )


def tell_of_blank_labels(data: LabelledData, notices: Callable[[str], None]) -> None:
    """Tell how many rows of a task of one label have a blank cell, and so do not count."""
    for task in data.codebook.tasks.values():
        field, rows = data.label_fields.get(task.name, ""), data.of_unit(task.unit).rows
        n_blank = sum(str(row.values.get(field, "-")).strip() == "" for row in rows)
        if n_blank and not task.several:
            # A target carries one label always.
            remedy = (
                "If blank means that no label holds, write [] there, and with a codebook several = "
                "true."
            )
            notices(
                f"{n_blank} of {len(rows)} rows have a blank cell in {field} and do not count: "
                f"they were not coded. {remedy if task.unit == 'paragraph' else 'Code them.'}"
            )


def tell_of_rare_labels(data: LabelledData, n_folds: int, notices: Callable[[str], None]) -> None:
    """Tell of labels that hold in fewer articles than there are folds, once for each task."""
    for task in data.codebook.tasks.values():
        units = data.of_unit(task.unit)
        if task.name not in units.gold:
            continue
        articles = [
            len({group for group, holds in zip(units.groups, column, strict=True) if holds})
            for column in units.gold[task.name].T
        ]
        rare = [
            f"{label} ({n})"
            for label, n in zip(task.label_names, articles, strict=True)
            if n < n_folds
        ]
        if rare:
            notices(
                f"Labels of the task {task.name} that hold in fewer articles than there are folds "
                f"({n_folds}): {listed(rare)}. Such labels are learned badly or not at all, and "
                "their figures say little. Label more articles with them, or leave them out."
            )


def tell_of_like_labels(data: LabelledData, notices: Callable[[str], None]) -> None:
    """Tell of labels that are one to a reader."""
    for task in data.codebook.tasks.values():
        for alike in like_labels(task.label_names):
            named = ", ".join(f'"{label}"' for label in alike)
            notices(
                f"Labels of {task.name} that look alike count as {len(alike)} labels: {named}. "
                "If they are one, write it in one way."
            )


def tell_of_unlearned_labels(tasks: Iterable[TaskModel], notices: Callable[[str], None]) -> None:
    """Tell of rare labels that do no better, out of fold, than if they were given to all units.

    The threshold with the best F1 is then a low one, which most units or all reach.
    """
    for one in tasks:
        figures, unlearned = one.training["out_of_fold"], []
        for label, own in figures["labels"].items():
            share = own["support"] / figures["n"]
            always = 2 * share / (1 + share)
            is_rare = 0 < share < 0.5  # noqa: PLR2004 - most units carry the others
            if one.task.several and is_rare and (own["f1_interval"] or [0])[0] <= always:
                unlearned.append(f"{label} (F1 {own['f1'] or 0:.2f}, given to all {always:.2f})")
        if unlearned:
            notices(
                f"Labels of the task {one.task.name} with an F1 out of fold that is not surely "
                f"better than if they were given to all {one.task.unit}s: {listed(unlearned)}. "
                f"They may be given to most {one.task.unit}s that do not carry them. Label more "
                "articles with them, or leave them out."
            )


def tell_of_lost_entries(recipes: Sequence[Recipe], notices: Callable[[str], None]) -> None:
    """Tell of lexicon entries that can never be found, once for each file."""
    for path in sorted({path for recipe in recipes for path in _lexicons(recipe)}):
        lost = load_lexicon(path).left_out
        if lost:
            named = ", ".join(lost[:_NAMED])
            more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
            entries = "entry is" if len(lost) == 1 else "entries are"
            notices(
                f"lexicon {path}: {len(lost)} {entries} left out, without a letter or digit to "
                f"be found by: {named}{more}. Delete them, or read such signs with a tfidf block "
                'with analyzer = "signs".'
            )


def _lexicons(recipe: Recipe) -> list[Path]:
    """The lexicon files that the blocks of a recipe and of its tasks count."""
    return [
        recipe.path(block.options["lexicon"])
        for task in ("", *recipe.tasks)
        for block in recipe.for_task(task).features.values()
        if block.kind == "lexicon" and isinstance(block.options.get("lexicon"), str)
    ]
