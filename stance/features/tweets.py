"""Terms of short public messages, where signs, hashtags and spelling carry meaning.

- ``signs``: n-grams of words, hashtags, user names and punctuation;
- ``letters``: n-grams of the characters of the whole text, across words;
- ``hashtags``: the words inside hashtags, parted where the writing shows them (#HumanRights);
- ``topic``: the unit's topic as its only term, so that each topic has a base of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from stance.records import Unit
from stance.text.tokens import folded

_SIGN = re.compile(r"#\w+|@\w+|\w+(?:['’]\w+)*|[^\w\s]+")
_HASHTAG = re.compile(r"#(\w+)")
# From a small letter to a capital, before the last of several capitals, from a letter to a digit.
_SEAM = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=[^_])(?=_)|(?<=_)(?=[^_])"
)
_GAP = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Reading:
    """Lengths of n-grams, and whether capitals count."""

    low: int
    high: int
    case: bool


def _signs(unit: Unit, reading: Reading) -> Iterator[tuple[str, int, int]]:
    text = unit.text if reading.case else folded(unit.text)
    found = [(m.group().replace("’", "'"), m.start(), m.end()) for m in _SIGN.finditer(text)]
    for n in range(reading.low, reading.high + 1):
        for i in range(len(found) - n + 1):
            run = found[i : i + n]
            yield " ".join(sign for sign, _, _ in run), run[0][1], run[-1][2]


def _letters(unit: Unit, reading: Reading) -> Iterator[tuple[str, int, int]]:
    """Runs of characters; white space of any length is one space, and none at the ends."""
    text = unit.text if reading.case else folded(unit.text)
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    first, end = len(text) - len(text.lstrip()), len(text.rstrip())
    while first < end:
        gap = _GAP.match(text, first, end)
        last = gap.end() if gap else first + 1
        characters.append(" " if gap else text[first])
        places.append((first, last))
        first = last
    squeezed = "".join(characters)
    for n in range(reading.low, reading.high + 1):
        for i in range(len(squeezed) - n + 1):
            yield squeezed[i : i + n], places[i][0], places[i + n - 1][1]


def _hashtags(unit: Unit, reading: Reading) -> Iterator[tuple[str, int, int]]:
    for tag in _HASHTAG.finditer(unit.text):
        seams = [0, *(m.start() for m in _SEAM.finditer(tag.group(1))), len(tag.group(1))]
        for first, end in pairwise(seams):
            word = tag.group(1)[first:end]
            if word.strip("_"):
                name = word if reading.case else folded(word)
                yield name, tag.start(1) + first, tag.start(1) + end


def _topic(unit: Unit, _reading: Reading) -> Iterator[tuple[str, int, int]]:
    """The topic stands nowhere in the text, so its place is the whole of it."""
    yield unit.topic, 0, len(unit.text)


MESSAGE_READERS: Final[Mapping[str, Callable[[Unit, Reading], Iterator[tuple[str, int, int]]]]] = {
    "signs": _signs,
    "letters": _letters,
    "hashtags": _hashtags,
    "topic": _topic,
}
