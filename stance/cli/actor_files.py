"""The options ``--actors`` and ``--only-actors``: which actors a command looks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stance.actors.catalogue import Catalogue
    from stance.model import Model

ActorFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--actors",
        metavar="FILE",
        help="Add the actors of this file; where names conflict, they win. May be repeated.",
    ),
]
OnlyActorFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--only-actors",
        metavar="FILE",
        help="Look for the actors of this file and no others. May be repeated.",
    ),
]


def chosen_actors(
    base: Catalogue | None, added: list[Path] | None, only: list[Path] | None
) -> Catalogue:
    """The actors to look for: a model's (or the shipped ones), with or without one's own.

    Raises
    ------
    SettingsError
        If a file cannot be followed, or two files claim the same name.
    """
    from stance.actors.catalogue import load_catalogue
    from stance.actors.combining import combined, load_catalogues

    if added and only:
        message = "--actors adds and --only-actors replaces. Give one of the two."
        raise typer.BadParameter(message, param_hint="--actors")
    if only:
        return load_catalogues(only)
    known = base or load_catalogue(shipped_actors())
    return combined(load_catalogues(added), known) if added else known


def shipped_actors() -> Path:
    """The actor file that ships with stance."""
    from stance.places import shipped

    return shipped("training", "actors", "world.toml")


def with_actors(model: Model, added: list[Path] | None, only: list[Path] | None) -> Model:
    """The model, looking for the chosen actors.

    Raises
    ------
    SettingsError
        If actors are chosen and no task of the model codes any.
    """
    from stance.errors import SettingsError

    if not added and not only:
        return model
    if not model.codebook.of_unit("target"):
        message = (
            f"The model {model.name} codes paragraphs and no actors in them. Leave out the actor "
            'files, or train a task of unit "target".'
        )
        raise SettingsError(message)
    return replace(model, actors=chosen_actors(model.actors, added, only))
