"""A text with a marked target as masked words.

The target becomes the one word ``TARGET``, every other name ``OTHER`` and every number ``NUM``,
so that what is learned about one actor holds for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from stance.errors import SettingsError
from stance.features.english import BE, ENDINGS, NEGATIONS, NO_NAMES, POSSESSIVE_PRONOUNS, QUOTES
from stance.records import Span, Unit
from stance.text.tokens import folded

TARGET: Final = "TARGET"
OTHER: Final = "OTHER"
NUMBER: Final = "NUM"

# A negation reaches this many words to its right.
NEGATION_REACH: Final = 3

# Characters read on each side of the target: more than paragraphs have, and few enough for a file
# without a line end to be coded in time that grows with its length.
REACH: Final = 5000

# An 's by itself comes first: it follows the target, whose span leaves it out.
_WORD = re.compile(r"'s\b|\w+(?:['\-.]\w+)*|\.\.\.|[^\w\s]")
_NUMBER = re.compile(r"[\d.,]*\d[\d.,]*")
_POSSESSIVE = re.compile(r"['’]s?$")
_OPENERS = ENDINGS | QUOTES
# Never masked, whatever stands at their place in the text.
_KEPT = frozenset({TARGET, "'s"})


class Word(NamedTuple):
    """A masked word: ``form`` is folded, or one of ``TARGET``, ``OTHER`` and ``NUM``.

    A tuple, for there are millions of them in a corpus and it is made three times as fast.
    """

    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MarkedText:
    """The masked words of a text, their forms, and the target's place among them.

    ``mention`` is the target's own wording, as it stands in the text.
    """

    words: tuple[Word, ...]
    forms: tuple[str, ...]
    target: int
    mention: str

    def span(self, first: int, last: int) -> Span:
        """Where the words ``first`` to ``last``, both included, stand in the text."""
        return self.words[first].start, self.words[last].end

    def is_negated(self, index: int) -> bool:
        """Whether a negation stands shortly before the word."""
        return not NEGATIONS.isdisjoint(self.forms[max(0, index - NEGATION_REACH) : index])

    def side(self, index: int) -> str:
        """``L`` or ``R``: where the word stands, seen from the target."""
        return "L" if index < self.target else "R"

    def distance(self, index: int) -> int:
        """How many words on the word stands, seen from the target."""
        return abs(index - self.target)

    def between(self, index: int) -> tuple[str, ...]:
        """The forms between the word and the target."""
        return self.forms[min(index, self.target) + 1 : max(index, self.target)]

    @property
    def is_passive(self) -> bool:
        """Whether a form of *be* follows the target at once or after one word."""
        return not BE.isdisjoint(self.forms[self.target + 1 : self.target + 3])


# The blocks of one model read the same units one after the other; a unit takes some 10 kB.
@lru_cache(maxsize=8192)
def mark_target(unit: Unit) -> MarkedText:
    """The unit's text around the target as masked words, with the target as one of them.

    Raises
    ------
    SettingsError
        If the unit marks no target.
    ValueError
        If the target's span is empty or outside the text.
    """
    text, start, end = unit.text, unit.start, unit.end
    if start is None or end is None:
        message = (
            "Found a text without a marked target, expected the target's span. Read targets in a "
            'task with unit = "target" ([tasks.NAME.features] in the recipe).'
        )
        raise SettingsError(message)
    if not 0 <= start < end <= len(text):
        message = (
            f"The target's span {start} to {end} is empty or outside the text of {len(text)} "
            "characters. Give start (inclusive) and end (exclusive)."
        )
        raise ValueError(message)
    mention = text[start:end]
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    words = list(_plain_words(text[low:start], low))
    words.append(Word(TARGET, start, end))
    if _POSSESSIVE.search(mention) or folded(mention) in POSSESSIVE_PRONOUNS:
        words.append(Word("'s", start, end))
    words.extend(_plain_words(text[end:high], end))
    near = [other for other in unit.others if other[0] < high and low < other[1]]
    masked = tuple(_mask_names(text, words, near))
    forms = tuple(word.form for word in masked)
    return MarkedText(masked, forms, forms.index(TARGET), mention)


def _plain_words(text: str, start: int) -> Iterator[Word]:
    """The words of a stretch of text that begins at ``start``, with 's and n't split off."""
    for match in _WORD.finditer(folded(text).replace("’", "'")):
        word, end = match.group(), start + match.end()
        tail = "'s" if word.endswith("'s") else "n't" if word.endswith("n't") else ""
        cut = end - len(tail)
        if not tail or len(word) == len(tail):
            yield Word(word, start + match.start(), end)
            continue
        yield Word(word.removesuffix(tail), start + match.start(), cut)
        yield Word(tail, cut, end)


def _mask_names(text: str, words: Sequence[Word], others: Sequence[Span]) -> Iterator[Word]:
    """The words with runs of names and other actors as OTHER, and digits as NUM.

    One capitalised word that opens a sentence is kept: it is seldom a name.
    """
    is_other = [_overlaps(word, others) for word in words]
    is_name = [
        other or _looks_like_name(text, word) for word, other in zip(words, is_other, strict=True)
    ]
    i = 0
    while i < len(words):
        word, stop = words[i], i + 1
        if is_name[i]:
            while stop < len(words) and is_name[stop]:
                stop += 1
            opens = i == 0 or words[i - 1].form in _OPENERS
            if is_other[i] or stop > i + 1 or not opens:
                word = Word(OTHER, word.start, words[stop - 1].end)
        elif _NUMBER.fullmatch(word.form):
            word = word._replace(form=NUMBER)
        yield word
        i = stop


def _overlaps(word: Word, others: Sequence[Span]) -> bool:
    return word.form not in _KEPT and any(s < word.end and word.start < e for s, e in others)


def _looks_like_name(text: str, word: Word) -> bool:
    is_plain = word.form not in _KEPT and word.form not in NO_NAMES
    return is_plain and text[word.start].isupper()
