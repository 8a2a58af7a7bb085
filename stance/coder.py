"""Articles to codings: all paragraphs of many articles together, then all actors in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from stance.actors.placing import mentions_in
from stance.classify.coded import CANNOT_SAY, CodedBatch, Decided, decided
from stance.classify.explanation import explained
from stance.features.target_batch import TargetBatch
from stance.records import (
    Article,
    Coding,
    LabelEvidence,
    Mention,
    Paragraph,
    Stance,
    Unit,
)
from stance.text.cleaning import paragraphs_of

if TYPE_CHECKING:
    from stance.model import Model

# One article, as text or record, or several.
Articles: TypeAlias = str | Article | Iterable[str | Article]


@dataclass(frozen=True, slots=True)
class Coder:
    """Codes articles with a model, with evidence and abstention as asked."""

    model: Model
    explain: bool
    abstain: float | None
    topic: str

    def batch(self, articles: Sequence[Article]) -> CodedBatch:
        """Code articles: all their paragraphs together, then all actors in them together."""
        paragraphs: list[Paragraph] = []
        article_of: list[int] = []
        rows: list[int] = []
        units: list[Unit] = []
        mentions: list[Mention] = []
        targets = TargetBatch()
        bounds = [0]
        for number, article in enumerate(articles):
            own = paragraphs_of(article)
            paragraphs += own
            article_of += [number] * len(own)
            # Numbers tell articles apart even where two records share an id.
            name = str(number)
            for paragraph, inside in mentions_in(own, self.model.mentions(article.text)):
                rows.append(-1 if paragraph.is_noise else len(units))
                if not paragraph.is_noise:
                    units.append(Unit(paragraph.text, article=name, topic=self.topic))
                    mentions += targets.add_named(paragraph, inside)
                bounds.append(len(mentions))
        return CodedBatch(
            articles=articles,
            paragraphs=paragraphs,
            article_of=np.array(article_of, dtype=np.int64),
            rows=np.array(rows, dtype=np.int64),
            units=units,
            tasks=self._decided(units),
            bounds=np.array(bounds, dtype=np.int64),
            mentions=mentions,
            targets=targets,
            target_tasks=self._decided(targets) if targets else {},
        )

    def _decided(self, units: Sequence[Unit]) -> dict[str, Decided]:
        return {
            name: decided(self.model.tasks[name], scores.values, self.abstain)
            for name, scores in self.model.scores(units).items()
        }

    def codings(self, batch: CodedBatch) -> Iterator[list[Coding]]:
        """The codings of each article, made when they are asked for."""
        paragraphs = {name: _Reader(found) for name, found in batch.tasks.items()}
        targets = {name: _Reader(found) for name, found in batch.target_tasks.items()}
        ends = np.searchsorted(batch.article_of, np.arange(len(batch.articles) + 1)).tolist()
        rows, bounds = batch.rows.tolist(), batch.bounds.tolist()
        for article, (first, last) in zip(batch.articles, pairwise(ends), strict=True):
            codings = []
            coded = [batch.units[row] for row in rows[first:last] if row >= 0]
            evidence = self._evidence(paragraphs, coded)
            for place in range(first, last):
                row = rows[place]
                if row < 0:
                    codings.append(Coding(batch.paragraphs[place], title=article.title))
                    continue
                undecided = {name: found.undecided[row] for name, found in paragraphs.items()}
                codings.append(
                    Coding(
                        paragraph=batch.paragraphs[place],
                        title=article.title,
                        labels={name: found.labels[row] for name, found in paragraphs.items()},
                        scores={name: found.scores(row) for name, found in paragraphs.items()},
                        undecided={name: labels for name, labels in undecided.items() if labels},
                        stances=tuple(
                            self._stance(name, batch, target, found)
                            for name, found in targets.items()
                            for target in range(bounds[place], bounds[place + 1])
                        ),
                        evidence=next(evidence, {}),
                    )
                )
            yield codings

    def _stance(self, name: str, batch: CodedBatch, target: int, found: _Reader) -> Stance:
        mention, unit = batch.mentions[target], batch.targets[target]
        labels = found.labels[target]
        return Stance(
            task=name,
            actor=mention.actor,
            mention=unit.text[unit.start : unit.end],
            start=mention.start,
            end=mention.end,
            stance=labels[0] if labels else CANNOT_SAY,
            scores=found.scores(target),
            evidence=next(self._evidence([name], [unit]), {}).get(name, {}),
        )

    def _evidence(
        self, names: Collection[str], units: Sequence[Unit]
    ) -> Iterator[dict[str, dict[str, LabelEvidence]]]:
        """Why each unit of an article is coded as it is, by task; nothing if nobody asked."""
        if not (self.explain and names):
            return iter(())
        return explained([self.model.tasks[name] for name in names], self.model.spaces, units)


class _Reader:
    """Reads decisions row by row."""

    def __init__(self, found: Decided) -> None:
        self.labels = found.labels()
        self.undecided = found.undecided()
        self._names = found.names
        self._values = found.values

    def scores(self, row: int) -> dict[str, float]:
        """The labels' probabilities."""
        return dict(zip(self._names, self._values[row].tolist(), strict=True))


def gathered(articles: Articles, size: int) -> Iterator[list[Article]]:
    """Articles in lists that hold at least so many characters each, but for the last.

    Raises
    ------
    TypeError
        If something stands for an article that is neither text nor record.
    """
    several = [articles] if isinstance(articles, (str, Article)) else articles
    # A dictionary and a table would give the names of their fields, bytes would give numbers.
    is_one = isinstance(several, (bytes, Mapping)) or hasattr(several, "columns")
    if is_one or not isinstance(several, Iterable):
        raise _no_article(several)
    together: list[Article] = []
    length = 0
    for number, article in enumerate(several):
        if not isinstance(article, (str, Article)):
            raise _no_article(article)
        record = article if isinstance(article, Article) else Article(str(number), article)
        together.append(record)
        length += len(record.text)
        if length >= size:
            yield together
            together, length = [], 0
    if together:
        yield together


def _no_article(found: object) -> TypeError:
    message = (
        f"Found {type(found).__name__} where articles are expected. Give a text (str), an Article, "
        "or a list of them."
    )
    return TypeError(message)
