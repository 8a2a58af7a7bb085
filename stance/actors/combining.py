"""Several actor files together, and own actors in place of a model's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stance.actors.catalogue import Actor, Catalogue, Claims, Places, load_catalogue
from stance.errors import SettingsError


def load_catalogues(paths: Sequence[Path]) -> Catalogue:
    """The actors of one file or of several.

    Raises
    ------
    SettingsError
        If a file cannot be followed, or two of them claim the same name; both are named.
    """
    actors: list[Actor] = []
    claims: Claims[str] = Claims()
    for path in dict.fromkeys(paths):
        catalogue = load_catalogue(path)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        places = Places(f"actor file {path}", lines)
        for number, actor in enumerate(catalogue.actors):
            for wording in actor.wordings:
                where = places.of(number, wording)
                for first in claims.of(wording):
                    if first.rsplit(",", 1)[0] != where.rsplit(",", 1)[0]:
                        message = (
                            f'{where}: "{wording}" stands in {first}, too. Leave it in one file.'
                        )
                        raise SettingsError(message)
                claims.add(wording, where)
        actors += catalogue.actors
    return Catalogue(tuple(actors), name=" + ".join(path.stem for path in paths))


def combined(own: Catalogue, base: Catalogue) -> Catalogue:
    """The base's actors and one's own; where both claim a name, one's own keep it.

    An own actor replaces the base's actor of the same name. A base's actor whose name is an own
    actor's alias is left out; one that shares only aliases loses those. A wording in lower case
    claims itself in any case.
    """
    claims: Claims[Actor] = Claims()
    for actor in own.actors:
        for wording in actor.wordings:
            claims.add(wording, actor)
    kept = tuple(
        replace(
            actor,
            aliases=tuple(alias for alias in actor.aliases if not claims.of(alias)),
            adjectives=tuple(word for word in actor.adjectives if not claims.of(word)),
        )
        for actor in base.actors
        if not claims.of(actor.name)
    )
    return Catalogue((*own.actors, *kept), name=base.name)
