"""Actors as data: names, kinds, aliases, and what not to match.

An actor file is TOML::

    name = "world"

    [[actors]]
    name = "Islamic State"          # always matches, like an alias
    kind = "armed group"
    aliases = ["ISIS", "ISIL", "Daesh"]
    adjectives = []                 # "Libyan": matches before a word such as "government"
    not = ["Islamic State of Afghanistan"]
    countries = []                  # ISO 3166 codes, for slices and plots
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from stance.actors.spelling import alike, one_blank
from stance.codebook import check_keys, read_toml
from stance.errors import SettingsError, nearest
from stance.text.tokens import folded

T = TypeVar("T")

KINDS = (
    "state",
    "government",
    "person",
    "ministry",
    "armed force",
    "armed group",
    "organisation",
    "aid organisation",
    "party",
    "news agency",
    "court",
    "company",
    "other",
)

_HEADING = re.compile(r"\s*\[\[\s*[\"']?actors[\"']?\s*\]\]")

_KEYS = ("name", "kind", "aliases", "adjectives", "not", "countries")


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a person, government, armed group, party, organisation or country."""

    name: str
    kind: str = "other"
    aliases: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the aliases."""
        return (self.name, *self.aliases)

    @property
    def wordings(self) -> tuple[str, ...]:
        """All that may name it: names and adjectives."""
        return (*self.names, *self.adjectives)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The actors of one file or of several."""

    actors: tuple[Actor, ...]
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `parse_catalogue` reads it back."""
        return {"name": self.name, "actors": [_plain(actor) for actor in self.actors]}


def _plain(actor: Actor) -> dict[str, Any]:
    lists = {
        "aliases": actor.aliases,
        "adjectives": actor.adjectives,
        "not": actor.exceptions,
        "countries": actor.countries,
    }
    filled = {key: list(value) for key, value in lists.items() if value}
    return {"name": actor.name, "kind": actor.kind, **filled}


def stored_catalogue(data: Mapping[str, Any]) -> Catalogue:
    """The catalogue that `Catalogue.as_dict` described, without checking it a second time."""
    return Catalogue(
        actors=tuple(
            Actor(
                name=entry["name"],
                kind=entry["kind"],
                aliases=tuple(entry.get("aliases", ())),
                adjectives=tuple(entry.get("adjectives", ())),
                exceptions=tuple(entry.get("not", ())),
                countries=tuple(entry.get("countries", ())),
            )
            for entry in data["actors"]
        ),
        name=data["name"],
    )


def load_catalogue(path: Path) -> Catalogue:
    """Read and check an actor file.

    Raises
    ------
    SettingsError
        If it is not TOML, has an unknown key or kind, an empty or repeated alias, or an alias
        that two actors claim; the message names the file and the line.
    """
    data = read_toml(path, "actor file")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return parse_catalogue(data, where=f"actor file {path}", lines=lines)


def parse_catalogue(
    data: Mapping[str, Any], *, where: str = "actor file", lines: list[str] | None = None
) -> Catalogue:
    """Build a catalogue from plain data, checking every actor.

    Parameters
    ----------
    lines
        The file's lines, so that mistakes can be named with theirs.
    """
    check_keys(data, ("name", "language", "licence", "version", "description", "actors"), where)
    listed = data.get("actors")
    if not isinstance(listed, list) or not listed:
        message = f"{where}: no actors. Write at least one [[actors]] with its name."
        raise SettingsError(message)
    places = Places(where, lines or [])
    actors = tuple(_parse_actor(entry, number, places) for number, entry in enumerate(listed))
    _check_claims(actors, places)
    return Catalogue(actors=actors, name=str(data.get("name", "")))


class Places:
    """Says where in the file an actor's entry stands."""

    def __init__(self, where: str, lines: list[str]) -> None:
        self._where = where
        self._lines = lines
        self._starts = [i for i, line in enumerate(lines) if _HEADING.match(line)]

    def of(self, number: int, wording: str | None = None, *, occurrence: int = 0) -> str:
        """File and line of the actor, or of a wording in it."""
        pattern = None
        if wording is not None:
            pattern = re.compile(rf"""(["']){re.escape(wording)}\1""")
        return self._found(number, pattern, occurrence)

    def of_key(self, number: int, key: str) -> str:
        """File and line of a key in the actor's entry."""
        return self._found(number, re.compile(rf"""^\s*["']?{re.escape(key)}["']?\s*="""), 0)

    def _found(self, number: int, pattern: re.Pattern[str] | None, occurrence: int) -> str:
        if number >= len(self._starts):
            return f"{self._where}, actor {number + 1}"
        first = self._starts[number]
        following = self._starts[number + 1 : number + 2] or [len(self._lines)]
        found = [
            i
            for i in range(first, following[0])
            for _ in (pattern.finditer(self._lines[i].partition("#")[0]) if pattern else ())
        ]
        line = found[min(occurrence, len(found) - 1)] if found else first
        return f"{self._where}, line {line + 1}"


def _parse_actor(entry: object, number: int, places: Places) -> Actor:
    if not isinstance(entry, Mapping):
        message = f"{places.of(number)}: found {entry!r}. Write each actor as [[actors]]."
        raise SettingsError(message)
    for key in entry:
        if key not in _KEYS:
            message = f'{places.of_key(number, key)}: unknown key "{key}". {nearest(key, _KEYS)}'
            raise SettingsError(message)
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        message = f'{places.of(number)}: an actor without a name. Write name = "...".'
        raise SettingsError(message)
    kind = entry.get("kind", "other")
    if kind not in KINDS:
        where = places.of_key(number, "kind")
        message = f'{where}: unknown kind "{kind}" of {name}. {nearest(str(kind), KINDS)}'
        raise SettingsError(message)
    _check_blanks((name,), number, places)
    lists = {key: _strings(entry.get(key, []), key, number, places) for key in _KEYS[2:]}
    seen = {name}
    for alias in (*lists["aliases"], *lists["adjectives"]):
        if alias in seen:
            where = places.of(number, alias, occurrence=1)
            message = f'{where}: "{alias}" is named twice for {name}. Delete one of the two.'
            raise SettingsError(message)
        seen.add(alias)
    return Actor(
        name=name,
        kind=kind,
        aliases=lists["aliases"],
        adjectives=lists["adjectives"],
        exceptions=lists["not"],
        countries=lists["countries"],
    )


def _strings(value: object, key: str, number: int, places: Places) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        where = places.of_key(number, key)
        message = f'{where}: "{key}" is {value!r}. Write a list of texts in quotes.'
        raise SettingsError(message)
    if any(not item.strip() for item in value):
        where = places.of(number, next(item for item in value if not item.strip()))
        message = f'{where}: an empty text under "{key}". Write a name, or delete it.'
        raise SettingsError(message)
    _check_blanks(value, number, places)
    return tuple(value)


def _check_blanks(wordings: Iterable[str], number: int, places: Places) -> None:
    """No wording may begin or end with a blank: it would never match."""
    for wording in wordings:
        if wording != wording.strip():
            where = places.of(number, wording)
            message = f'{where}: "{wording}" begins or ends with a blank. Delete the blank.'
            raise SettingsError(message)


def _check_claims(actors: tuple[Actor, ...], places: Places) -> None:
    """No wording may name two actors."""
    claims: Claims[int] = Claims()
    for number, actor in enumerate(actors):
        for wording in actor.wordings:
            for first in claims.of(wording):
                if first != number:
                    message = (
                        f'{places.of(number, wording)}: "{wording}" names both '
                        f"{actors[first].name} and {actor.name}. Leave it with one of them."
                    )
                    raise SettingsError(message)
            claims.add(wording, number)


class Claims(Generic[T]):
    """Who claims which wording; one in lower case matches in any case, and is claimed so.

    Wordings that match the same text are one, with curly quotes or plain ones.
    """

    def __init__(self) -> None:
        self._by_any_case: dict[str, list[tuple[str, T]]] = {}

    def add(self, wording: str, owner: T) -> None:
        """Note that this owner claims the wording."""
        plain = one_blank(alike(wording))
        self._by_any_case.setdefault(folded(plain), []).append((plain, owner))

    def of(self, wording: str) -> list[T]:
        """Those who claim what the wording matches, in the order in which they were added."""
        plain = one_blank(alike(wording))
        any_case = folded(plain)
        return [
            owner
            for other, owner in self._by_any_case.get(any_case, ())
            if other == plain or any_case in {other, plain}
        ]
