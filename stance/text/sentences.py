"""Sentences of a paragraph, as spans; good enough for reading a text piece by piece."""

from __future__ import annotations

import re

from stance.records import Span

# After a full stop, question or exclamation mark and what may close it, white space. Abbreviations
# and quoted questions are cut too: a piece too many harms no reader that takes the best piece.
_END = re.compile(r"""(?<=[.!?])(?:["'”’)\]]*)\s+|\n+""")


def sentences(text: str) -> list[Span]:
    """The sentences' spans in order; the whole text where there is no sentence.

    Examples
    --------
    >>> text = 'They fled. "Where to?" Nobody knew.'
    >>> [text[start:end] for start, end in sentences(text)]
    ['They fled.', '"Where to?"', 'Nobody knew.']
    """
    spans: list[Span] = []
    start = 0
    for end in _END.finditer(text):
        spans.append((start, end.start() + len(end.group().rstrip())))
        start = end.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()] or [(0, len(text))]
