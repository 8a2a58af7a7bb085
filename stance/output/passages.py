"""The paragraphs that a profile's page shows: of each actor, outlet and stance the surest ones."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from stance.actors.placing import mentions_in
from stance.records import Article, Coding, Mention, Span, Stance

# So many paragraphs of each actor, outlet and stance; a page with all of a corpus is of no use.
MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph that names actors; spans count in its text, scores are those of the stances."""

    article: str
    title: str
    outlet: str
    published: str
    index: int
    text: str
    labels: Mapping[str, tuple[str, ...]]
    stances: Mapping[str, str]
    scores: Mapping[str, float]
    spans: Mapping[str, tuple[Span, ...]]


class Passages:
    """Keeps the surest paragraphs while articles go by; memory does not grow with the corpus.

    ``task`` is the stance task; stances of other tasks are left out.
    """

    def __init__(self, task: str) -> None:
        self._task = task
        self._kept: dict[tuple[str, str, str], list[tuple[float, int, Passage]]] = {}
        self._n_seen = 0

    def read(
        self, article: Article, codings: Sequence[Coding], mentions: Sequence[Mention]
    ) -> None:
        """Consider the paragraphs of one article, with all its mentions in order."""
        placed = mentions_in((coding.paragraph for coding in codings), mentions)
        for coding, (paragraph, inside) in zip(codings, placed, strict=True):
            if paragraph.is_noise:
                continue
            stances = [stance for stance in coding.stances if stance.task == self._task]
            passage = _passage(article, coding, stances, inside)
            for actor in passage.spans:
                self._n_seen += 1
                key = (actor, article.outlet, passage.stances.get(actor, ""))
                heap = self._kept.setdefault(key, [])
                # Of equally sure ones the first seen stays; the count also spares comparing them.
                heapq.heappush(heap, (passage.scores.get(actor, 0.0), -self._n_seen, passage))
                if len(heap) > MOST_SHOWN:
                    heapq.heappop(heap)

    def of(self, actor: str) -> list[Passage]:
        """The actor's paragraphs, by article and place."""
        found = [
            passage
            for (named, _, _), heap in self._kept.items()
            if named == actor
            for _, _, passage in heap
        ]
        return sorted(found, key=lambda p: (p.outlet, p.article, p.index))


def _passage(
    article: Article, coding: Coding, stances: Sequence[Stance], inside: Sequence[Mention]
) -> Passage:
    paragraph = coding.paragraph
    spans: dict[str, tuple[Span, ...]] = {}
    for mention in inside:
        span = (mention.start - paragraph.start, mention.end - paragraph.start)
        spans[mention.actor] = (*spans.get(mention.actor, ()), span)
    return Passage(
        article=article.id,
        title=article.title or PurePath(article.id).name,
        outlet=article.outlet,
        published=article.published,
        index=paragraph.index,
        text=paragraph.text,
        labels=coding.labels,
        stances={stance.actor: stance.stance for stance in stances},
        scores={stance.actor: stance.scores.get(stance.stance, 0.0) for stance in stances},
        spans=spans,
    )
