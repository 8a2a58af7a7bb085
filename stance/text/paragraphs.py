r"""Texts to paragraphs, as exact spans; the text itself is never touched.

News comes in three layouts, often mixed: paragraphs parted by blank lines, one paragraph a line,
and lines broken at a fixed width within paragraphs. The first two are read off: a line is a
paragraph. The third is recognised by what the lines show (`find_wrapping`), and then lines are
joined where a paragraph goes on (`_goes_on`).

Lines end with ``\n``, ``\r\n``, ``\r``, ``\v`` (a soft line break in word processors), ``\f`` (a
new page) or U+2028; U+2029 ends a paragraph. U+0085 does not count: in news it is mostly a Windows
ellipsis that was read as Latin-1, in the middle of a sentence; nor do the separators U+001C to
U+001E.

A line of more than `LONGEST_LINE` characters is no paragraph, and is cut where sentences end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stance.records import Span

# From the first to the last character of a line that is not white space.
LINE = re.compile(r"\S(?:[^\n\r\v\f\u2028\u2029]*\S)?")
LINE_END = re.compile(r"\r\n|[\n\r\v\f\u2028]")
PARAGRAPH_END = "\u2029"
ONE_LINE_END = frozenset(("\n", "\r\n"))
TWO_LINE_ENDS = frozenset(("\n\n", "\r\n\r\n"))

# Widths, in characters, that text is wrapped at: from a newspaper column to a wide terminal.
# Shorter lines are lists or verse, longer ones are paragraphs.
NARROWEST = 30
WIDEST = 160

# The quantile of line lengths that is taken for the width, so that a few overlong lines (web
# addresses) do not count.
WIDTH_QUANTILE = 0.95
# Of the lines that go on below, the share that must be full: the next word would not have fitted.
# Text wrapped by a program has 1; by hand, somewhat less.
FULL_SHARE = 0.8
# The share of lines that must go on in lower case. Wrapped news has .5 to .8 (the others end a
# paragraph, or go on with a name), one paragraph a line has next to none.
LOWER_SHARE = 0.3
# Scripts without case show less: this many lines, of which this share do not end a sentence.
CASELESS_LINES = 4
CASELESS_SHARE = 0.6
# Where the wrapping is uneven: a line that could have taken this much more of the width ends its
# paragraph, whatever its last character.
CLEARLY_SHORT = 0.3

# Characters of a line from which on it is cut into pieces: more than news has, even with a whole
# article on one line. What is coded together stays small, though a file may have no line end.
LONGEST_LINE = 50_000
_NOT_BLANK = re.compile(r"\S")

# How a sentence ends: its sign, and quotation marks or brackets after it.
SENTENCE_END = re.compile(r"[.!?…:;。！？؟۔।][\"'”’»)\]]*$")
# How much of a line's end is looked at for that.
END_LENGTH = 6
BULLET = frozenset("•▪◦●■*")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How a text is wrapped, in characters.

    Attributes
    ----------
    width
        The length of a full line.
    slack
        How much a line within a paragraph may fall short of that.
    margin
        The indent that most lines have.
    """

    width: int
    slack: float
    margin: int


def split_paragraphs(text: str) -> list[Span]:
    r"""The spans of the paragraphs, in order, without the white space around them.

    Every character that is not white space lies in exactly one span.

    >>> split_paragraphs("One.\n\nTwo\u00a0\n")
    [(0, 4), (6, 9)]
    """
    lines = [span for match in LINE.finditer(text) for span in _pieces(text, *match.span())]
    adjacent = _adjacent(text, lines)
    if True not in adjacent:
        return lines
    wrapping = find_wrapping(text, lines, adjacent)
    if wrapping is None:
        return lines
    spans: list[Span] = []
    start, end = lines[0]
    for i in range(1, len(lines)):
        line = lines[i]
        if not (adjacent[i - 1] and _goes_on(text, lines[i - 1], line, wrapping)):
            spans.append((start, end))
            start = line[0]
        end = line[1]
    spans.append((start, end))
    return spans


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """A line, or the pieces of one that is longer than any paragraph.

    A piece ends with a sentence where that leaves at least half of the most that it may have, else
    with a word, else anywhere.
    """
    while end - start > LONGEST_LINE:
        last = start + LONGEST_LINE
        half = last - LONGEST_LINE // 2
        cut = max(text.rfind(sign, half, last) for sign in (". ", "! ", "? ")) + 1
        cut = cut or text.rfind(" ", half, last)
        cut = cut if cut > 0 else last
        piece = text[start:cut]
        yield start, start + len(piece.rstrip())
        gap = _NOT_BLANK.search(text, cut, end)
        start = gap.start() if gap else end
    yield start, end


def _adjacent(text: str, lines: Sequence[Span]) -> list[bool]:
    """For each line but the last, whether the next stands directly below, no blank line between."""
    adjacent = []
    previous = lines[0][1] if lines else 0
    for start, end in lines[1:]:
        gap = text[previous:start]
        if gap in ONE_LINE_END:
            adjacent.append(True)
        elif gap in TWO_LINE_ENDS:
            adjacent.append(False)
        else:
            adjacent.append(PARAGRAPH_END not in gap and len(LINE_END.findall(gap)) == 1)
        previous = end
    return adjacent


def find_wrapping(text: str, lines: Sequence[Span], adjacent: Sequence[bool]) -> Wrapping | None:
    """How the text is wrapped, or None where lines are paragraphs.

    Looked at are lines of at most `WIDEST` characters with another directly below. The text is
    wrapped if enough of these lines go on in lower case below, and if nearly all of those are full:
    the first word below would not have fitted. In a script without case, the lines that do not
    end a sentence stand in for those that go on in lower case.

    Parameters
    ----------
    lines
        The spans of the lines.
    adjacent
        For each line but the last, whether the next stands directly below.
    """
    pairs = [
        (lines[i], lines[i + 1])
        for i, below in enumerate(adjacent)
        if below and lines[i][1] - lines[i][0] <= WIDEST
    ]
    if not pairs:
        return None
    lower = [(line, below) for line, below in pairs if text[below[0]].islower()]
    is_caseless = not any(text[below[0]].lower() != text[below[0]].upper() for _, below in pairs)
    if is_caseless:
        running = [(line, below) for line, below in pairs if not _ends_sentence(text, line)]
        is_enough = len(pairs) >= CASELESS_LINES and len(running) >= CASELESS_SHARE * len(pairs)
    else:
        running = lower
        is_enough = len(lower) >= LOWER_SHARE * len(pairs)
    if not (running and is_enough):
        return None
    lengths = sorted(_length(text, line) for line, _ in running)
    width = lengths[min(len(lengths) - 1, int(WIDTH_QUANTILE * len(lengths)))]
    n_full = sum(_room(text, line, below, width=width) <= 0 for line, below in running)
    if width < NARROWEST or n_full < FULL_SHARE * len(running):
        return None
    slack = 0.0 if n_full == len(running) else CLEARLY_SHORT * width
    return Wrapping(width, slack, _margin(text, lines))


def _goes_on(text: str, line: Span, below: Span, wrapping: Wrapping) -> bool:
    """Whether the paragraph of a line in wrapped text goes on directly below.

    It does not where the line below is indented or begins with a bullet, where either line is too
    long to be wrapped, or where the line is short (the first word below would have fitted on it)
    and ends a sentence, or is shorter than any line within a paragraph would be.
    """
    if _indent(text, below) > wrapping.margin or text[below[0]] in BULLET:
        return False
    if line[1] - line[0] > WIDEST or below[1] - below[0] > WIDEST:
        return False
    room = _room(text, line, below, width=wrapping.width)
    if room <= 0 or text[below[0]].islower():
        return True
    return room <= wrapping.slack and not _ends_sentence(text, line)


def _room(text: str, line: Span, below: Span, *, width: int) -> int:
    """How many characters would still have been free on a line with the first word below on it."""
    space = text.find(" ", below[0], below[1])
    word = (space if space >= 0 else below[1]) - below[0]
    return width - (_length(text, line) + 1 + word) + 1


def _length(text: str, line: Span) -> int:
    """The length of a line in characters, with its indent."""
    return line[1] - line[0] + _indent(text, line)


def _ends_sentence(text: str, line: Span) -> bool:
    return SENTENCE_END.search(text[max(line[0], line[1] - END_LENGTH) : line[1]]) is not None


def _indent(text: str, line: Span) -> int:
    """How many blanks and tabs stand before a line."""
    place = line[0]
    while place > 0 and text[place - 1] in " \t\u00a0\u3000":
        place -= 1
    return line[0] - place


def _margin(text: str, lines: Sequence[Span]) -> int:
    """The indent that most lines have, the smallest of several."""
    counts = Counter(_indent(text, line) for line in lines)
    return min(counts, key=lambda indent: (-counts[indent], indent))
