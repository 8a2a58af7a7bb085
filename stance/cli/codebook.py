"""``stance codebook``: read and check codebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.output.shown import shown

app = typer.Typer(no_args_is_help=True, help="Show the default codebook, or check your own.")


@app.command("show")
def show(
    file: Annotated[
        Path | None, typer.Argument(help="A codebook file; left out, the default one.")
    ] = None,
) -> None:
    """Print a codebook's tasks and labels with their definitions.

    Example: stance codebook show
    """
    from stance.codebook import load_codebook
    from stance.places import shipped

    path = file or shipped("training", "codebooks", "conflict-news.toml")
    codebook = load_codebook(path)
    typer.echo(shown(f"{codebook.name} {codebook.version}".strip()))
    for task in codebook.tasks.values():
        rule = "several labels or none" if task.several else "exactly one label"
        typer.echo(shown(f"\n{task.name} (unit: {task.unit}; {rule})"))
        if task.definition:
            typer.echo(shown(f"  {task.definition}"))
        for label, definition in task.labels.items():
            typer.echo(shown(f"  - {label}: {definition}".rstrip(": ")))


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The codebook file to check.")],
) -> None:
    """Check a codebook file; the first mistake is named with its place and its remedy.

    Example: stance codebook check training/codebooks/conflict-news.toml
    """
    from stance.codebook import load_codebook

    codebook = load_codebook(file)
    n_labels = sum(len(task.labels) for task in codebook.tasks.values())
    typer.echo(f"{file}: fine, {len(codebook.tasks)} tasks with {n_labels} labels.")
