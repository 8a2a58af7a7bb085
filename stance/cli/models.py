"""``stance models``: which models there are and what they are for."""

from __future__ import annotations

from typing import Annotated

import typer

from stance.output.shown import shown

app = typer.Typer(no_args_is_help=True, help="List models, and read what one is for.")


@app.command("list")
def list_models() -> None:
    """List the models that ship with stance.

    Example: stance models list
    """
    from stance.classify.store import read_description
    from stance.model import find_model, shipped_models

    for name in shipped_models():
        description = read_description(find_model(name))
        tasks = ", ".join(description["tasks"])
        typer.echo(f"{name}\t{tasks}\t{description['recipe'].get('description', '')}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Name of a shipped model, or a model folder.")],
) -> None:
    """Print a model's card: what it is for, its data, figures and limits.

    Example: stance models show conflict-news
    """
    from stance.model import load_model

    model = load_model(name)
    typer.echo(shown(model.card.rstrip()))
    typer.echo(f"\nFingerprint: {model.fingerprint}")
