"""What texts may say of actors, and where they say it, found for many wordings in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick_rs

from stance.actors.catalogue import Actor
from stance.text.tokens import folded

_ARTICLE = re.compile(r"\b[Aa]l-")
# Shorter names in capitals are too often something else ("US", "WHO").
_SHORTEST_IN_CAPITALS = 4

# Characters that are searched at once.
_WINDOW = 1 << 16


@dataclass(frozen=True, slots=True)
class Wording:
    """Something that a text may say: of an actor, or (with none) of nobody that we look for.

    ``needs_body`` is for adjectives, ``takes_side`` for them and for names that begin with one and
    go on in lower case.
    """

    text: str
    actor: Actor | None
    needs_body: bool = False
    takes_side: bool = False

    @property
    def rank(self) -> int:
        """Where several fit one place, the lowest stands: what is listed as it is said, first."""
        if self.needs_body:
            return 2
        return 0 if self.actor else 1

    def spellings(self, plain: str, small: str) -> set[str]:
        """The ways in which a text may write it: none where it may in any case.

        ``plain`` is its text as `alike` makes it, ``small`` that in lower case.
        """
        if plain == small:
            return set()
        found = {plain}
        if "al-" in small:
            for article in _ARTICLE.finditer(plain):
                at = article.start()
                found |= {f"{one[:at]}{letter}{one[at + 1 :]}" for one in found for letter in "aA"}
        capitals = plain.upper()
        if len(plain) >= _SHORTEST_IN_CAPITALS and folded(capitals) == small:
            found.add(capitals)
        return found


class Automaton:
    """Finds many patterns in one pass."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._automaton = ahocorasick_rs.AhoCorasick(patterns)
        self._longest = max(map(len, patterns), default=0)

    def places(self, text: str) -> Iterator[tuple[int, int, int]]:
        """The number of each pattern found, where it begins and where it ends, overlaps included.

        Long texts are searched window by window, for a search takes many bytes a character.
        """
        search = self._automaton.find_matches_as_indexes
        for first in range(0, len(text), _WINDOW):
            window = text[first : first + _WINDOW + self._longest]
            for number, start, end in search(window, overlapping=True):
                if start < _WINDOW:
                    yield number, first + start, first + end


class Found(NamedTuple):
    """A place where something is said; a tuple, for it is made three times as fast."""

    start: int
    end: int
    wording: Wording


def begins(text: str, start: int) -> bool:
    """Whether no word goes on there."""
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] == "_")


def ends(text: str, end: int) -> bool:
    """Whether a word may end there."""
    return end == len(text) or not (text[end].isalnum() or text[end] == "_")


def is_plural(text: str, start: int, end: int, wording: Wording) -> bool:
    """Whether an "s" follows, in capitals where the name is: "HOUTHIS", but no "USS"."""
    if text[end] == "S":
        said = text[start:end]
        return said.isupper() and said != wording.text
    return text[end] == "s"
