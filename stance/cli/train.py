"""``stance train``: a recipe and labels in, a model folder out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.problems import Problems, tell
from stance.cli.progress import progress_bar
from stance.errors import InputError, plural
from stance.output.numbers import number
from stance.output.shown import shown
from stance.storage import location, whole_file

if TYPE_CHECKING:
    from stance.model import Model
    from stance.recipe import Recipe


def train(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE.toml", help="The recipe to follow.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write the model to.")],
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first row that cannot be used.")
    ] = False,
) -> None:
    """Train a model on labelled paragraphs.

    Example: stance train training/recipes/bundled.toml --out my-model
    """
    from stance.classify.store import refuse_folder
    from stance.output.card import EVALUATION, card_figures
    from stance.recipe import load_recipe
    from stance.training import train as train_model

    settings = load_recipe(recipe)
    _refuse_replacing(out, recipe, settings)
    refuse_folder(out)
    problems = Problems()
    with progress_bar("training") as progress:
        model = train_model(
            settings,
            progress=progress,
            problems=problems,
            notices=tell,
            strict=strict,
        )
    model, evaluations, told = _with_card(model, settings, problems)
    fingerprint = model.save(out)
    # The model's name in it is known by its files, which must not depend on it.
    for evaluation in evaluations.values():
        evaluation["model"]["fingerprint"] = fingerprint
    if evaluations:
        with whole_file(out / EVALUATION) as scratch:
            scratch.write_text(card_figures(evaluations), encoding="utf-8")
    for notice in told:
        tell(notice)
    _print_summary(model, out, fingerprint)
    for name, evaluation in evaluations.items():
        for task, figures in evaluation["tasks"].items():
            ends = figures["intervals"]["macro_f1"]
            interval = f"{number(ends[0])} to {number(ends[1])}; " if ends else ""
            line = (
                f"{task} on {name}: macro-F1 {number(figures['macro_f1'])} "
                f"({interval}n = {figures['n']})"
            )
            typer.echo(shown(line))
    problems.finish()


def _refuse_replacing(out: Path, path: Path, recipe: Recipe) -> None:
    """Refuse a folder in which files lie that are read: a model folder is replaced as a whole."""
    unlabelled = recipe.distill.unlabelled if recipe.distill else ()
    named = (*recipe.data.train, *recipe.data.evaluate, *unlabelled)
    for file in (path, *map(recipe.path, named)):
        if location(file).is_inside(location(out)):
            message = (
                f"{out}: {file} is read, lies in this folder and would be lost, for a model's "
                "folder is replaced as a whole. Name another folder."
            )
            raise InputError(message)


def _with_card(
    model: Model, recipe: Recipe, problems: Problems
) -> tuple[Model, dict[str, dict[str, Any]], list[str]]:
    """The model with its card; what the files to evaluate on said, by name; which are not fair."""
    from stance.evaluate.fairness import Training, overlap_with_training
    from stance.evaluate.harness import evaluate, read_gold
    from stance.output.card import render_card
    from stance.report.answer import unfairness

    evaluations, overlaps = {}, {}
    files = {recipe.path(named): named for named in recipe.data.evaluate}
    names = [path.name for path in files]
    for path, named in files.items():
        data = read_gold(model, [path], problems=problems)
        # Files of one name in two folders are told apart as the recipe does.
        name = path.name if names.count(path.name) == 1 else named
        evaluations[name] = evaluate(model, data)
        overlaps[name] = overlap_with_training(model, data, Training(None)).result
    told = [
        f"{name}: {reason}" for name, overlap in overlaps.items() if (reason := unfairness(overlap))
    ]
    return replace(model, card=render_card(model, evaluations, overlaps)), evaluations, told


def _print_summary(model: Model, out: Path, fingerprint: str) -> None:
    for name, task in model.tasks.items():
        figures = task.training["out_of_fold"]
        typer.echo(
            f"{name}: macro-F1 {number(figures['macro_f1'])} out of fold "
            f"({plural(task.training['n'], task.task.unit)}, "
            f"{plural(task.training['n_groups'], 'article')}; "
            f"{_chosen(task.training)})"
        )
        for label, numbers in figures["labels"].items():
            line = f"  {label}: F1 {number(numbers['f1'])}, support {numbers['support']}"
            typer.echo(shown(line))
    if "n_unlabelled" in model.provenance:
        found = model.provenance
        typer.echo(
            f"Distilled on {found['n_unlabelled']} unlabelled paragraphs"
            f"{_targets(found['n_unlabelled_targets'])}; {found['n_unlabelled_left_out']} that "
            "near-duplicate labelled or evaluation text left out."
        )
    typer.echo(f"Model written to {out} ({fingerprint[:12]}).")


def _targets(number: int) -> str:
    return f" and {number} actors named in them" if number else ""


def _chosen(training: Mapping[str, Any]) -> str:
    """What the task was fitted with, and how much a student listens."""
    from stance.output.card import how_fitted

    found = [how_fitted(training)]
    student = training.get("distilled")
    if student and len(student["tried"]) > 1:
        found += [f"{name} {student[name]:g}" for name in ("weight", "sample", "terms", "rounds")]
        found += [f"{len(student['tried'])} students tried"]
    return ", ".join(found)
