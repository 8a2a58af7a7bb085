"""Finding actors in an article: one pass over the text, then what the article itself defines.

A wording matches at word boundaries, the longest first. Case counts: "US" is not "us". Only a
wording that its file writes in lower case matches any case, and the Arabic article may be "al-"
or "Al-". A plural "s" belongs to the mention, a possessive does not.

What an article defines holds for that article: "Government of National Accord (GNA)", "ISIS, also
known as ISIL", and the surname of somebody introduced in full ("Fayez al-Sarraj ... Sarraj").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick_rs

from stance.actors.catalogue import Actor, Catalogue
from stance.records import Mention
from stance.text.tokens import folded

# After a state's adjective, a word that makes the two together an actor: "Libyan forces".
_BODIES = re.compile(
    r"\s+(?:(?:armed|security|government|special|naval|air|ground|federal|interim|unity|"
    r"foreign|defen[cs]e|prime|interior|military)\s+)?"
    r"(?:governments?|forces?|army|armies|military|troops?|soldiers?|navy|air force|police|"
    r"officials?|authorities|authority|regime|state|leaders?|leadership|president|ministers?|"
    r"ministry|parliament|lawmakers|cabinet|administration|coalition|intelligence|diplomats?|"
    r"delegation|embassy|court|warplanes|jets|fighters|militias?|rebels|opposition)\b"
)
_ABBREVIATION = re.compile(
    r"['’]?s?\s*\(\s*(?:the\s+)?[\"“']?([^\W\d_][\w.&-]{1,14})[\"”']?\s*[),;]"
)
_ALSO_KNOWN = re.compile(
    r",?\s*\(?(?:also|formerly|previously|better)?\s*(?:known|referred to|abbreviated)\s+"
    r"(?:as|by)\s+(?:the\s+)?(?:acronyms?\s+)?[\"“']?((?:[A-Z][\w.-]*)(?:\s[A-Z][\w.-]*){0,4})"
)
_ARTICLE = re.compile(r"\b[Aa]l-")
_PARTICLES = re.compile(r"^(?:al|el|ben|bin|abu|ibn)-", re.IGNORECASE)
# A surname shorter than this is too often a word ("Xi", "Un").
_SHORTEST_SURNAME = 4


@dataclass(frozen=True, slots=True)
class _Wording:
    """Something that a text may say: of an actor, or (with none) of nobody that we look for."""

    text: str
    actor: Actor | None
    needs_body: bool = False

    def fits(self, said: str) -> bool:
        """Whether the text says it in the right case."""
        if said == self.text or self.text == folded(self.text):
            return True
        return _ARTICLE.sub("al-", said) == _ARTICLE.sub("al-", self.text)


class ActorMatcher:
    """Finds the actors of a catalogue in articles."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._wordings = list(_wordings(catalogue.actors))
        self._automaton = ahocorasick_rs.AhoCorasick([folded(w.text) for w in self._wordings])

    def mentions(self, text: str) -> list[Mention]:
        """The mentions in an article's text, in order, never overlapping.

        Spans count in ``text``: ``text[mention.start:mention.end]`` is the wording.
        """
        listed = list(self._listed(text))
        defined = [m for w in _definitions(text, listed) for m in _said(text, w)]
        return _longest_first(text, [*listed, *defined])

    def _listed(self, text: str) -> Iterator[_Found]:
        """Every place where a wording of the catalogue stands, overlaps included."""
        for number, start, end in self._automaton.find_matches_as_indexes(
            folded(text), overlapping=True
        ):
            wording = self._wordings[number]
            if not wording.fits(text[start:end]) or not _begins(text, start):
                continue
            if wording.needs_body:
                body = _BODIES.match(text, end)
                if body:
                    yield _Found(start, body.end(), wording)
            elif _ends(text, end):
                yield _Found(start, end, wording)
            elif text[end : end + 1] == "s" and _ends(text, end + 1):
                yield _Found(start, end + 1, wording)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    wording: _Wording


def _wordings(actors: Iterable[Actor]) -> Iterator[_Wording]:
    for actor in actors:
        for name in actor.names:
            yield _Wording(name, actor)
        for adjective in actor.adjectives:
            yield _Wording(adjective, actor, needs_body=True)
        for exception in actor.exceptions:
            yield _Wording(exception, None)


def _begins(text: str, start: int) -> bool:
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] == "_")


def _ends(text: str, end: int) -> bool:
    return end == len(text) or not (text[end].isalnum() or text[end] == "_")


def _definitions(text: str, found: Iterable[_Found]) -> Iterator[_Wording]:
    """What the article defines: abbreviations, other names, surnames of people."""
    known = {item.wording.text for item in found if item.wording.actor}
    for item in found:
        actor = item.wording.actor
        if actor is None or item.wording.needs_body:
            continue
        for pattern in (_ABBREVIATION, _ALSO_KNOWN):
            match = pattern.match(text, item.end)
            name = match.group(1).rstrip(".") if match else ""
            if name and name not in known and any(c.isupper() for c in name):
                known.add(name)
                yield _Wording(name, actor)
        if actor.kind == "person" and " " in item.wording.text:
            for surname in _surnames(item.wording.text):
                if surname not in known:
                    known.add(surname)
                    yield _Wording(surname, actor)


def _surnames(name: str) -> Iterator[str]:
    """The last word of a name, with and without its particle."""
    last = name.rsplit(maxsplit=1)[-1]
    for surname in (last, _PARTICLES.sub("", last)):
        if len(surname) >= _SHORTEST_SURNAME and surname[0].isalpha():
            yield surname


def _said(text: str, wording: _Wording) -> Iterator[_Found]:
    """Every place where a wording that the article defined stands."""
    pattern = re.compile(rf"(?<!\w){re.escape(wording.text)}(?!\w)")
    for match in pattern.finditer(text):
        yield _Found(match.start(), match.end(), wording)


def _longest_first(text: str, found: Iterable[_Found]) -> list[Mention]:
    """Of overlapping places the longest, then the first; places of nobody block and drop out."""
    taken: list[_Found] = []
    occupied = bytearray(len(text))
    for item in sorted(found, key=lambda item: (item.start - item.end, item.start)):
        if not any(occupied[item.start : item.end]):
            occupied[item.start : item.end] = b"\1" * (item.end - item.start)
            taken.append(item)
    taken.sort(key=lambda item: item.start)
    return [
        Mention(item.wording.actor.name, item.start, item.end, item.wording.actor.kind)
        for item in taken
        if item.wording.actor is not None
    ]
