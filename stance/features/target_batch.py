"""Many targets marked in many texts: spans side by side, and units where somebody wants them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from stance.features.target_marking import REACH
from stance.records import Mention, Paragraph, Span, Unit

# The others of a target are looked for within its reach only where there are more than so many.
_MANY = 32


@dataclass(frozen=True, slots=True)
class TargetBatch(Sequence[Unit]):
    """Targets, in the order of their texts; as a sequence, each is a unit.

    Attributes
    ----------
    texts
        The texts that mark anything.
    spans
        The spans marked in all texts, as targets or as others, sorted and apart in each text.
    bounds
        Where each text's spans begin and the last one's end, one more than there are texts.
    rows
        The number of each target's text.
    owns
        The number of each target's own span.
    """

    texts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    bounds: list[int] = field(default_factory=lambda: [0])
    rows: list[int] = field(default_factory=list)
    owns: list[int] = field(default_factory=list)

    def add(self, text: str, spans: Sequence[Span], targets: Sequence[int]) -> None:
        """Add a text with its spans; ``targets`` are the numbers of those that are targets."""
        first = len(self.spans)
        self.rows.extend([len(self.texts)] * len(targets))
        self.owns.extend([first + number for number in targets])
        self.texts.append(text)
        self.spans.extend(spans)
        self.bounds.append(len(self.spans))

    def add_named(self, paragraph: Paragraph, inside: Sequence[Mention]) -> list[Mention]:
        """Add a paragraph with the mentions in it; the first of each actor is a target.

        Returns
        -------
        The mentions that are targets.
        """
        first_of: dict[str, int] = {}
        for number, mention in enumerate(inside):
            first_of.setdefault(mention.actor, number)
        if inside:
            spans = [(m.start - paragraph.start, m.end - paragraph.start) for m in inside]
            self.add(paragraph.text, spans, list(first_of.values()))
        return [inside[number] for number in first_of.values()]

    def __len__(self) -> int:
        return len(self.owns)

    @overload
    def __getitem__(self, number: int) -> Unit: ...
    @overload
    def __getitem__(self, number: slice) -> list[Unit]: ...
    def __getitem__(self, number: int | slice) -> Unit | list[Unit]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        row, own = self.rows[number], self.owns[number]
        start, end = self.spans[own]
        first, last = self.bounds[row], self.bounds[row + 1]
        others = _others(self.spans[first:last], own - first)
        return Unit(self.texts[row], start, end, others=others)

    def __iter__(self) -> Iterator[Unit]:
        return map(self.__getitem__, range(len(self)))

    def wordings(self) -> list[str]:
        """The targets' own wordings."""
        spans = map(self.spans.__getitem__, self.owns)
        texts = map(self.texts.__getitem__, self.rows)
        return [text[start:end] for text, (start, end) in zip(texts, spans, strict=True)]


def _others(spans: Sequence[Span], own: int) -> tuple[Span, ...]:
    """The spans beside one of them, or of many those that can be within its reach."""
    if len(spans) <= _MANY:
        return (*spans[:own], *spans[own + 1 :])
    start, end = spans[own]
    # Spans never overlap, so that one before the first that begins in reach may end in it.
    low = max(0, bisect_left(spans, (start - REACH,)) - 1)
    high = bisect_left(spans, (end + REACH,))
    return (*spans[low:own], *spans[own + 1 : high])
