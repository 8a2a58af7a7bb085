"""Mentions of actors put where they stand: in paragraphs, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stance.records import Mention, Paragraph, Span


def mentions_in(
    paragraphs: Iterable[Paragraph], mentions: Sequence[Mention]
) -> Iterator[tuple[Paragraph, list[Mention]]]:
    """Each paragraph with the mentions that lie in it; both are in order."""
    at = 0
    for paragraph in paragraphs:
        inside = []
        while at < len(mentions) and mentions[at].start < paragraph.end:
            if mentions[at].start >= paragraph.start and mentions[at].end <= paragraph.end:
                inside.append(mentions[at])
            at += 1
        yield paragraph, inside


def spans_touching(
    pieces: Iterable[Span], spans: Sequence[Span]
) -> Iterator[tuple[Span, list[Span]]]:
    """Each piece of a text with the spans that share a character with it.

    Pieces do not overlap, nor do spans, and both are in order.
    """
    at = 0
    for start, end in pieces:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        last = at
        while last < len(spans) and spans[last][0] < end:
            last += 1
        yield (start, end), list(spans[at:last])
