"""Names that an article itself gives to actors, for as long as it lasts.

"Government of National Accord (GNA)", "GNA (Government of National Accord)", "ISIS, also known as
ISIL", and the surname of somebody introduced in full ("Fayez al-Sarraj ... Sarraj"). Of two people
of that surname, it is the last introduced.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stance.actors.titles import TITLES
from stance.actors.wordings import Automaton, Found, Wording, begins, ends
from stance.text.tokens import folded

_ABBREVIATION = re.compile(r"'?s?\s*\(\s*(?:the\s+)?[\"']?([^\W\d_][\w.&-]{1,14})[\"']?\s*[),;]")
# "GNA (" before a name that a bracket closes.
_ABBREVIATED = re.compile(r"(?<!\w)([^\W\d_][\w.&-]{1,14})\s*\(\s*(?:the\s+)?[\"']?$")
_CLOSED = re.compile(r"[\"']?\s*\)")
_NAME = r"[\"']?((?:[A-Z][\w.-]*)(?: [A-Z][\w.-]*){0,4})"
_ALSO_KNOWN = re.compile(
    r",?\s*\(?(?:also|formerly|previously|better)?\s*(?:known|referred to|abbreviated)\s+"
    rf"(?:as|by)\s+(?:the\s+)?(?:acronyms?\s+)?{_NAME}"
)
# Without any of these, and without a bracket, a text gives nobody another name.
_KNOWN = re.compile(r"known|referred to|abbreviated")
_OR = re.compile(rf"[\"']?,?\s+or\s+{_NAME}")
_PARTICLES = re.compile(r"^(?:al|el|ben|bin|abu|ibn)-", re.IGNORECASE)
_SUFFIXES = re.compile(r",?\s+(?:[JS]r\.?|I{1,3}|IV|VI{0,3})$")
# A word or an initial; what a full stop ends otherwise ends a sentence, or is a title ("Gen.").
_WORD_BEFORE = re.compile(r"(\S*\s|^|\n)([^\W\d_][\w'-]*|[^\W\d_]\.)\s$")
# A surname shorter than this is too often a word ("Xi", "Un").
_SHORTEST_SURNAME = 4
# How far before a name its abbreviation or a first name may begin, in characters.
_BEFORE = 40
# Of states and people, a bracket holds many things that are no abbreviation: "Libya (AP)".
_OFTEN_BRACKETED = frozenset({"state", "person"})


@dataclass(frozen=True, slots=True)
class Definition:
    """A name that the article gives an actor; ``place`` is where it does."""

    place: int
    wording: Wording
    is_surname: bool = False


def definitions(text: str, found: Sequence[Found]) -> Iterator[Definition]:
    """What the article defines: abbreviations, other names, surnames of people."""
    known = {item.wording.text for item in found if item.wording.actor}
    may_name = "(" in text or _KNOWN.search(text) is not None
    for item in found:
        actor = item.wording.actor
        if actor is None or item.wording.needs_body:
            continue
        if may_name:
            for name in _other_names(text, item):
                if name not in known and any(c.isupper() for c in name):
                    yield Definition(item.start, Wording(name, actor))
        if actor.kind == "person" and " " in item.wording.text:
            for surname in _surnames(item.wording.text):
                if surname not in known:
                    yield Definition(item.start, Wording(surname, actor), is_surname=True)


def _other_names(text: str, item: Found) -> Iterator[str]:
    """The names that the words around a mention give it."""
    match = _ABBREVIATION.match(text, item.end)
    if match and _may_abbreviate(match.group(1), item.wording):
        yield match.group(1).rstrip(".")
    if _CLOSED.match(text, item.end):
        before = _ABBREVIATED.search(text[max(0, item.start - _BEFORE) : item.start])
        if before and before.group(1).isupper() and _is_subsequence(before.group(1), item.wording):
            yield before.group(1).rstrip(".")
    match = _ALSO_KNOWN.match(text, item.end)
    while match:
        yield match.group(1).rstrip(".")
        match = _OR.match(text, match.end())


def _may_abbreviate(name: str, wording: Wording) -> bool:
    """Whether its letters stand in the wording, or several capitals in what is often abbreviated.

    An abbreviation may be of the name in another language: "Doctors Without Borders (MSF)".
    """
    often = wording.actor is not None and wording.actor.kind in _OFTEN_BRACKETED
    several = sum(character.isupper() for character in name) > 1
    return (several and not often) or _is_subsequence(name, wording)


def _is_subsequence(name: str, wording: Wording) -> bool:
    """Whether the letters of an abbreviation stand in the wording in that order."""
    letters = iter(folded(wording.text))
    return all(c in letters for c in folded(name) if c.isalnum())


def _surnames(name: str) -> Iterator[str]:
    """The last word of a name, with and without its particle."""
    last = _SUFFIXES.sub("", name).rsplit(maxsplit=1)[-1]
    bare = _PARTICLES.sub("", last)
    if bare[:1].isupper() and bare.lower() not in TITLES:
        for surname in (last, bare):
            if len(surname) >= _SHORTEST_SURNAME:
                yield surname


def said(text: str, definitions: Iterable[Definition]) -> Iterator[Found]:
    """Every place where a name that the article defined stands, of whom it was last given."""
    by_name: dict[str, list[Definition]] = {}
    for definition in definitions:
        by_name.setdefault(definition.wording.text, []).append(definition)
    if not by_name:
        return
    claims = []
    for listed in by_name.values():
        listed.sort(key=lambda claim: claim.place)
        claims.append((listed, [claim.place for claim in listed]))
    # All names in one pass: a long text defines many. Of one name, places never overlap.
    last_ends = [0] * len(claims)
    for number, start, end in Automaton(list(by_name)).places(text):
        if start < last_ends[number] or not (begins(text, start) and ends(text, end)):
            continue
        last_ends[number] = end
        listed, places = claims[number]
        claim = listed[max(0, bisect_right(places, start) - 1)]
        if not (claim.is_surname and _has_first_name(text, start)):
            yield Found(start, end, claim.wording)


def _has_first_name(text: str, start: int) -> bool:
    """Whether another name stands before a surname: "Chelsea" before "Clinton"."""
    match = _WORD_BEFORE.search(text[max(0, start - _BEFORE) : start])
    if match is None or not match.group(2)[0].isupper() or match.group(2).lower() in TITLES:
        return False
    # After the end of a sentence, a capital says nothing: "Then Clinton spoke."
    earlier = match.group(1).rstrip().rstrip("\"')")
    return bool(earlier) and earlier[-1] not in ".!?:"
