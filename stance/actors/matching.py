"""Finding actors in an article: one pass over the text, then what the article itself defines.

A wording matches at word boundaries, the longest first. Where a state's adjective with a word such
as "rebels" is also somebody's name, it is the name. Case counts: "US" is not "us". Only a wording
that its file writes in lower case matches any case; a longer one also matches in capitals
throughout ("LIBYA"), and the Arabic article may be "al-" or "Al-". A plural "s" belongs to the
mention, a possessive does not. Curly and plain quotes, hyphens and dashes as wide as one, and all
blanks are alike, and so are letters with accents of their own and composed ones; several blanks are
one unless a paragraph ends among them: a wrapped line may be indented.

What an article defines holds for that article (`stance.actors.definitions`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, repeat
from operator import itemgetter

from stance.actors.catalogue import Actor, Catalogue
from stance.actors.definitions import definitions, said
from stance.actors.spelling import alike, composed, one_blank, wide_blanks
from stance.actors.wordings import Automaton, Found, Wording, begins, ends, is_plural
from stance.records import Mention
from stance.text.tokens import folded

# After a state's adjective, a word that makes the two together an actor: "Libyan forces".
_BODIES = re.compile(
    r" (?:(?:armed|security|government|special|naval|air|ground|federal|interim|unity|"
    r"foreign|defen[cs]e|prime|interior|military) )?"
    r"(?:governments?|forces?|army|armies|military|troops?|soldiers?|navy|air force|police|"
    r"officials?|authorities|authority|regime|state|leaders?|leadership|president|ministers?|"
    r"ministry|parliament|lawmakers|cabinet|administration|coalition|intelligence|diplomats?|"
    r"delegation|embassy|court|warplanes|jets|fighters|militias?|rebels|opposition)\b"
)
# Before a state's adjective: who is for or against a state is none of its bodies or forces.
_SIDE = re.compile(r"(?<!\w)(?:anti|ex|non|pro)-$", re.IGNORECASE)
# Characters that such a prefix takes, and one before it.
_SIDE_LENGTH = 6

_START = itemgetter(0)


class ActorMatcher:
    """Finds the actors of a catalogue in articles."""

    def __init__(self, catalogue: Catalogue) -> None:
        small: list[tuple[str, Wording]] = []
        cased: list[tuple[str, Wording]] = []
        for wording in _wordings(catalogue.actors):
            plain = one_blank(alike(wording.text))
            folded_plain = folded(plain)
            spellings = wording.spellings(plain, folded_plain)
            cased += [(one, wording) for spelling in spellings for one in composed(spelling)]
            if not spellings:
                small += [(one, wording) for one in composed(folded_plain)]
        self._small = [wording for _, wording in small]
        self._cased = [wording for _, wording in cased]
        self._in_any_case = Automaton([pattern for pattern, _ in small])
        self._in_own_case = Automaton([pattern for pattern, _ in cased])

    def mentions(self, text: str) -> list[Mention]:
        """The mentions in an article's text, in order, never overlapping.

        Spans count in ``text``: ``text[mention.start:mention.end]`` is the wording.
        """
        plain = alike(text)
        wide = wide_blanks(text, plain)
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
        return _longest_first([*listed, *said(plain, definitions(plain, listed))])

    def _listed(self, text: str) -> list[Found]:
        """Every place where a wording of the catalogue stands, overlaps included."""
        found = []
        in_own_case = zip(repeat(self._cased), self._in_own_case.places(text))
        in_any_case = zip(repeat(self._small), self._in_any_case.places(folded(text)))
        for wordings, (number, start, end) in chain(in_own_case, in_any_case):
            wording = wordings[number]
            if not begins(text, start):
                continue
            if wording.takes_side and _SIDE.search(text, max(0, start - _SIDE_LENGTH), start):
                continue
            if wording.needs_body:
                if body := _BODIES.match(text, end):
                    found.append(Found(start, body.end(), wording))
            elif ends(text, end):
                found.append(Found(start, end, wording))
            elif is_plural(text, start, end, wording) and ends(text, end + 1):
                found.append(Found(start, end + 1, wording))
        return found


def _wordings(actors: Sequence[Actor]) -> Iterator[Wording]:
    adjectives = {adjective for actor in actors for adjective in actor.adjectives}
    for actor in actors:
        for name in actor.names:
            # "Libyan rebels", and not "Libyan Arab Jamahiriya".
            first, _, rest = name.partition(" ")
            yield Wording(name, actor, takes_side=rest.islower() and first in adjectives)
        for adjective in actor.adjectives:
            yield Wording(adjective, actor, needs_body=True, takes_side=True)
        for exception in actor.exceptions:
            yield Wording(exception, None)


def _longest_first(found: Sequence[Found]) -> list[Mention]:
    """Of overlapping places the longest, then the first; places of nobody block and drop out.

    A place that is nobody's for one actor ("South Sudan" for Sudan) may be another's name.
    """
    mentions: list[Mention] = []
    together: list[Found] = []
    end = 0
    for item in sorted(found, key=_START):
        if item.start >= end:
            mentions += _mentions(_apart(together))
            together = []
        together.append(item)
        end = max(end, item.end)
    return [*mentions, *_mentions(_apart(together))]


def _apart(found: list[Found]) -> list[Found]:
    """Of places that overlap, one after the other, those that stand."""
    if len(found) <= 1:
        return found
    taken: list[Found] = []
    for item in sorted(found, key=lambda i: (i.start - i.end, i.start, i.wording.rank)):
        if all(item.end <= other.start or other.end <= item.start for other in taken):
            taken.append(item)
    return sorted(taken, key=_START)


def _mentions(found: Iterable[Found]) -> Iterator[Mention]:
    for start, end, wording in found:
        if wording.actor is not None:
            yield Mention(wording.actor.name, start, end, wording.actor.kind)
