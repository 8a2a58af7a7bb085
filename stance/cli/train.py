"""``stance train``: a recipe and labels in, a model folder out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.classify import Problems

if TYPE_CHECKING:
    from stance.model import Model


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
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from stance.recipe import load_recipe
    from stance.training import train as train_model

    settings = load_recipe(recipe)
    problems = Problems()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("training", total=1.0)
        model = train_model(
            settings,
            progress=lambda step, share: bar.update(task, description=step, completed=share),
            problems=problems,
            strict=strict,
        )
    fingerprint = model.save(out)
    _print_summary(model, out, fingerprint)
    problems.finish()


def _print_summary(model: Model, out: Path, fingerprint: str) -> None:
    for name, task in model.tasks.items():
        figures = task.training["out_of_fold"]
        typer.echo(
            f"{name}: macro-F1 {figures['macro_f1']:.3f} out of fold "
            f"({task.training['n']} {task.task.unit}s, {task.training['n_groups']} articles; "
            f"C {task.training['C']:g})"
        )
        for label, numbers in figures["labels"].items():
            typer.echo(f"  {label}: F1 {numbers['f1']:.3f}, support {numbers['support']}")
    typer.echo(f"Model written to {out} ({fingerprint[:12]}).")
