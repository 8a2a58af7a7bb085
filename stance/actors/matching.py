"""Finding actors in an article: one pass over the text, then what the article itself defines.

A wording matches at word boundaries, the longest first. Where a state's adjective with a word such
as "rebels" is also somebody's name, it is the name. Case counts: "US" is not "us". Only a wording
that its file writes in lower case matches any case; a longer one also matches in capitals
throughout ("LIBYA"), and the Arabic article may be "al-" or "Al-". A plural "s" belongs to the
mention, a possessive does not. Curly and plain quotes, hyphens and dashes as wide as one, and all
blanks are alike, and so are letters with accents of their own and composed ones; several blanks are
one unless a paragraph ends among them: a wrapped line may be indented.

What an article defines holds for that article: "Government of National Accord (GNA)", "GNA
(Government of National Accord)", "ISIS, also known as ISIL", and the surname of somebody introduced
in full ("Fayez al-Sarraj ... Sarraj"). Of two people of that surname, it is the last introduced.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, repeat
from operator import itemgetter
from typing import NamedTuple
from unicodedata import normalize

import ahocorasick_rs

from stance.actors.catalogue import Actor, Catalogue
from stance.actors.titles import TITLES
from stance.records import Mention, Span
from stance.text.paragraphs import LINE_END
from stance.text.tokens import folded

# After a state's adjective, a word that makes the two together an actor: "Libyan forces".
_BODIES = re.compile(
    r"\s(?:(?:armed|security|government|special|naval|air|ground|federal|interim|unity|"
    r"foreign|defen[cs]e|prime|interior|military)\s)?"
    r"(?:governments?|forces?|army|armies|military|troops?|soldiers?|navy|air force|police|"
    r"officials?|authorities|authority|regime|state|leaders?|leadership|president|ministers?|"
    r"ministry|parliament|lawmakers|cabinet|administration|coalition|intelligence|diplomats?|"
    r"delegation|embassy|court|warplanes|jets|fighters|militias?|rebels|opposition)\b"
)
_ABBREVIATION = re.compile(r"'?s?\s*\(\s*(?:the\s+)?[\"']?([^\W\d_][\w.&-]{1,14})[\"']?\s*[),;]")
# "GNA (" before a name that a bracket closes.
_ABBREVIATED = re.compile(r"(?<!\w)([^\W\d_][\w.&-]{1,14})\s*\(\s*(?:the\s+)?[\"']?$")
_CLOSED = re.compile(r"[\"']?\s*\)")
_NAME = r"[\"']?((?:[A-Z][\w.-]*)(?:\s[A-Z][\w.-]*){0,4})"
_ALSO_KNOWN = re.compile(
    r",?\s*\(?(?:also|formerly|previously|better)?\s*(?:known|referred to|abbreviated)\s+"
    rf"(?:as|by)\s+(?:the\s+)?(?:acronyms?\s+)?{_NAME}"
)
# Before a state's adjective: who is for or against a state is none of its bodies or forces.
_SIDE = re.compile(r"(?<!\w)(?:anti|ex|non|pro)-$", re.IGNORECASE)
# Characters that such a prefix takes, and one before it.
_SIDE_LENGTH = 6
# Without any of these, and without a bracket, a text gives nobody another name.
_KNOWN = re.compile(r"known|referred to|abbreviated")
_OR = re.compile(rf"[\"']?,?\s+or\s+{_NAME}")
_ARTICLE = re.compile(r"\b[Aa]l-")
_PARTICLES = re.compile(r"^(?:al|el|ben|bin|abu|ibn)-", re.IGNORECASE)
_SUFFIXES = re.compile(r",?\s+(?:[JS]r\.?|I{1,3}|IV|VI{0,3})$")
# A word or an initial; what a full stop ends otherwise ends a sentence, or is a title ("Gen.").
_WORD_BEFORE = re.compile(r"(\S*\s|^|\n)([^\W\d_][\w'-]*|[^\W\d_]\.)\s$")
# A surname shorter than this is too often a word ("Xi", "Un").
_SHORTEST_SURNAME = 4
# Shorter names in capitals are too often something else ("US", "WHO").
_SHORTEST_IN_CAPITALS = 4
# How far before a name its abbreviation or a first name may begin, in characters.
_BEFORE = 40
# Of states and people, a bracket holds many things that are no abbreviation: "Libya (AP)".
_OFTEN_BRACKETED = frozenset({"state", "person"})

# Characters that are searched at once.
_WINDOW = 1 << 16

# Characters that mean the same, one for one, so that places in the text stay what they are. Few of
# them stand in a text, and to replace those is ten times as quick as to look at every character.
_ALIKE = (
    *((character, "'") for character in "‘’‛ʼ′`´"),
    *((character, '"') for character in "“”„‟"),
    *((character, "-") for character in "‐‑‒–"),
    # But for U+2029, which ends a paragraph.
    *((character, " ") for character in "\t\n\r\f\v\u0085\u00a0\u1680\u2028\u202f\u205f\u3000"),
    *((chr(character), " ") for character in range(0x2000, 0x200B)),
)
_BLANKS = re.compile("  +")
_SURROGATES = re.compile("[\ud800-\udfff]")


def alike(text: str) -> str:
    """The text with characters that mean the same made one, place for place.

    Lone surrogates, which bad input brings, become question marks.
    """
    if text.isascii() and text.isprintable() and "`" not in text:
        # A name, mostly, of which a catalogue holds thousands.
        return text
    for character, plain in _ALIKE:
        if character in text:
            text = text.replace(character, plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("?", text)
    return text


def _composed(text: str) -> set[str]:
    """The text with its accents in the letters, and as characters of their own behind them."""
    return {text} if text.isascii() else {normalize(form, text) for form in ("NFC", "NFD")}


def _wide_blanks(text: str, plain: str) -> list[Span]:
    """Where several blanks stand together and no paragraph ends; ``plain`` is the text `alike`."""
    if plain.count("  ") == text.count("\n\n"):
        # All stand between paragraphs, as in most texts.
        return []
    runs = [run.span() for run in _BLANKS.finditer(plain)]
    return [run for run in runs if len(LINE_END.findall(text, *run)) <= 1]


@dataclass(frozen=True, slots=True)
class _Wording:
    """Something that a text may say: of an actor, or (with none) of nobody that we look for.

    ``needs_body`` is for adjectives, ``takes_side`` for what begins with one.
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


class ActorMatcher:
    """Finds the actors of a catalogue in articles."""

    def __init__(self, catalogue: Catalogue) -> None:
        small: list[tuple[str, _Wording]] = []
        cased: list[tuple[str, _Wording]] = []
        for wording in _wordings(catalogue.actors):
            plain = _BLANKS.sub(" ", alike(wording.text))
            folded_plain = folded(plain)
            spellings = wording.spellings(plain, folded_plain)
            cased += [(one, wording) for spelling in spellings for one in _composed(spelling)]
            if not spellings:
                small += [(one, wording) for one in _composed(folded_plain)]
        self._small = [wording for _, wording in small]
        self._cased = [wording for _, wording in cased]
        self._in_any_case = _Automaton([pattern for pattern, _ in small])
        self._in_own_case = _Automaton([pattern for pattern, _ in cased])

    def mentions(self, text: str) -> list[Mention]:
        """The mentions in an article's text, in order, never overlapping.

        Spans count in ``text``: ``text[mention.start:mention.end]`` is the wording.
        """
        plain = alike(text)
        wide = _wide_blanks(text, plain)
        if not wide:
            return self._mentions(plain)
        # Read without all but the first blank of each run, and count back.
        firsts = [0, *(end for _, end in wide)]
        lasts = [*(start + 1 for start, _ in wide), len(plain)]
        pieces = [plain[first:last] for first, last in zip(firsts, lasts, strict=True)]
        places = [0, *accumulate(map(len, pieces[:-1]))]

        def back(place: int) -> int:
            piece = bisect_right(places, place) - 1
            return firsts[piece] + place - places[piece]

        found = self._mentions("".join(pieces))
        return [replace(one, start=back(one.start), end=back(one.end)) for one in found]

    def _mentions(self, plain: str) -> list[Mention]:
        listed = self._listed(plain)
        return _longest_first([*listed, *_said(plain, _definitions(plain, listed))])

    def _listed(self, text: str) -> list[_Found]:
        """Every place where a wording of the catalogue stands, overlaps included."""
        found = []
        in_own_case = zip(repeat(self._cased), self._in_own_case.places(text))
        in_any_case = zip(repeat(self._small), self._in_any_case.places(folded(text)))
        for wordings, (number, start, end) in chain(in_own_case, in_any_case):
            wording = wordings[number]
            if not _begins(text, start):
                continue
            if wording.takes_side and _SIDE.search(text, max(0, start - _SIDE_LENGTH), start):
                continue
            if wording.needs_body:
                if body := _BODIES.match(text, end):
                    found.append(_Found(start, body.end(), wording))
            elif _ends(text, end):
                found.append(_Found(start, end, wording))
            elif _is_plural(text, start, end, wording) and _ends(text, end + 1):
                found.append(_Found(start, end + 1, wording))
        return found


_START = itemgetter(0)


class _Automaton:
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


class _Found(NamedTuple):
    """A place where something is said; a tuple, for it is made three times as fast."""

    start: int
    end: int
    wording: _Wording


def _wordings(actors: Sequence[Actor]) -> Iterator[_Wording]:
    adjectives = {adjective for actor in actors for adjective in actor.adjectives}
    for actor in actors:
        for name in actor.names:
            first, blank, _ = name.partition(" ")
            yield _Wording(name, actor, takes_side=bool(blank) and first in adjectives)
        for adjective in actor.adjectives:
            yield _Wording(adjective, actor, needs_body=True, takes_side=True)
        for exception in actor.exceptions:
            yield _Wording(exception, None)


def _begins(text: str, start: int) -> bool:
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] == "_")


def _ends(text: str, end: int) -> bool:
    return end == len(text) or not (text[end].isalnum() or text[end] == "_")


def _is_plural(text: str, start: int, end: int, wording: _Wording) -> bool:
    """Whether an "s" follows, in capitals where the name is: "HOUTHIS", but no "USS"."""
    if text[end] == "S":
        said = text[start:end]
        return said.isupper() and said != wording.text
    return text[end] == "s"


@dataclass(frozen=True, slots=True)
class _Definition:
    """A name that the article gives an actor; ``place`` is where it does."""

    place: int
    wording: _Wording
    is_surname: bool = False


def _definitions(text: str, found: Sequence[_Found]) -> Iterator[_Definition]:
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
                    yield _Definition(item.start, _Wording(name, actor))
        if actor.kind == "person" and " " in item.wording.text:
            for surname in _surnames(item.wording.text):
                if surname not in known:
                    yield _Definition(item.start, _Wording(surname, actor), is_surname=True)


def _other_names(text: str, item: _Found) -> Iterator[str]:
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


def _may_abbreviate(name: str, wording: _Wording) -> bool:
    """Whether its letters stand in the wording, or several capitals in what is often abbreviated.

    An abbreviation may be of the name in another language: "Doctors Without Borders (MSF)".
    """
    often = wording.actor is not None and wording.actor.kind in _OFTEN_BRACKETED
    several = sum(character.isupper() for character in name) > 1
    return (several and not often) or _is_subsequence(name, wording)


def _is_subsequence(name: str, wording: _Wording) -> bool:
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


def _said(text: str, definitions: Iterable[_Definition]) -> Iterator[_Found]:
    """Every place where a name that the article defined stands, of whom it was last given."""
    by_name: dict[str, list[_Definition]] = {}
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
    for number, start, end in _Automaton(list(by_name)).places(text):
        if start < last_ends[number] or not (_begins(text, start) and _ends(text, end)):
            continue
        last_ends[number] = end
        listed, places = claims[number]
        claim = listed[max(0, bisect_right(places, start) - 1)]
        if not (claim.is_surname and _has_first_name(text, start)):
            yield _Found(start, end, claim.wording)


def _has_first_name(text: str, start: int) -> bool:
    """Whether another name stands before a surname: "Chelsea" before "Clinton"."""
    match = _WORD_BEFORE.search(text[max(0, start - _BEFORE) : start])
    if match is None or not match.group(2)[0].isupper() or match.group(2).lower() in TITLES:
        return False
    # After the end of a sentence, a capital says nothing: "Then Clinton spoke."
    earlier = match.group(1).rstrip().rstrip("\"')")
    return bool(earlier) and earlier[-1] not in ".!?:"


def _longest_first(found: Sequence[_Found]) -> list[Mention]:
    """Of overlapping places the longest, then the first; places of nobody block and drop out.

    A place that is nobody's for one actor ("South Sudan" for Sudan) may be another's name.
    """
    mentions: list[Mention] = []
    together: list[_Found] = []
    end = 0
    for item in sorted(found, key=_START):
        if item.start >= end:
            mentions += _mentions(_apart(together))
            together = []
        together.append(item)
        end = max(end, item.end)
    return [*mentions, *_mentions(_apart(together))]


def _apart(found: list[_Found]) -> list[_Found]:
    """Of places that overlap, one after the other, those that stand."""
    if len(found) <= 1:
        return found
    taken: list[_Found] = []
    for item in sorted(found, key=lambda i: (i.start - i.end, i.start, i.wording.rank)):
        if all(item.end <= other.start or other.end <= item.start for other in taken):
            taken.append(item)
    return sorted(taken, key=_START)


def _mentions(found: Iterable[_Found]) -> Iterator[Mention]:
    for start, end, wording in found:
        if wording.actor is not None:
            yield Mention(wording.actor.name, start, end, wording.actor.kind)
