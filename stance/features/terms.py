"""Which terms a unit holds: the analysis that a TF-IDF block counts.

Kinds of terms are named: ``word`` and ``char`` read the whole text; those of
`stance.features.tweets` read short messages; those of `stance.features.target` read around a
marked target. With ``by_topic``, each term is read under the unit's topic, as "climate|hoax".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from stance.errors import SettingsError, nearest
from stance.features.ngrams import (
    character_ngram_spans,
    character_ngrams,
    word_ngram_spans,
    word_ngrams,
)
from stance.features.target import (
    READERS_OF_LISTS,
    TARGET_READERS,
    Options,
    target_term_spans,
    target_terms,
)
from stance.features.tweets import MESSAGE_READERS, Reading
from stance.features.wordlist import WordList, check_valences
from stance.records import Span, Unit

# Between a topic, which must not hold it, and the term that is read under it.
TOPIC_MARK = "|"

ANALYZERS = ("word", "char", *MESSAGE_READERS, *TARGET_READERS)


@dataclass(frozen=True, slots=True)
class Terms:
    """The analysis of one TF-IDF block.

    Attributes
    ----------
    analyzer
        One of ``ANALYZERS``.
    low, high
        Shortest and longest n-gram, 1 <= low <= high, where the analyzer reads n-grams.
    by_topic
        Whether terms are read under the unit's topic.
    case
        Whether capitals count; for the analyzers of short messages.
    drop
        Wordings that are read as spaces.
    words
        What the analyzer looks words up in, where it does.
    """

    analyzer: str = "word"
    low: int = 1
    high: int = 2
    by_topic: bool = False
    case: bool = False
    drop: tuple[str, ...] = ()
    words: WordList | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.analyzer not in ANALYZERS:
            message = f'Unknown analyzer "{self.analyzer}". {nearest(self.analyzer, ANALYZERS)}'
            raise SettingsError(message)
        if not 1 <= self.low <= self.high:
            message = (
                f"n-grams from {self.low} to {self.high} make no range. "
                "Write two whole numbers, the smaller first, from 1 up."
            )
            raise SettingsError(message)
        if self.case and self.analyzer not in MESSAGE_READERS:
            message = f'"{self.analyzer}" reads no capitals. Leave case out.'
            raise SettingsError(message)
        if (self.words is not None) != (self.analyzer in READERS_OF_LISTS):
            message = (
                f'"{self.analyzer}" looks no words up. Leave lexicon out.'
                if self.words is not None
                else f'"{self.analyzer}" needs a word list. Name its file: lexicon = "FILE.tsv".'
            )
            raise SettingsError(message)
        if self.words is not None and self.analyzer == "target.polarity":
            check_valences(self.words)

    def of(self, unit: Unit) -> list[str]:
        """The unit's terms, as often as they occur."""
        unit = self._cleared(unit)
        if self.analyzer == "word":
            found = word_ngrams(unit.text, self.low, self.high)
        elif self.analyzer == "char":
            found = character_ngrams(unit.text, self.low, self.high)
        elif self.analyzer in TARGET_READERS:
            found = target_terms(self.analyzer, unit, self._options())
        else:
            found = [term for term, _ in self._plain_spans(unit)]
        if self.by_topic:
            return [f"{unit.topic}{TOPIC_MARK}{term}" for term in found]
        return found

    def spans(self, unit: Unit) -> Iterator[tuple[str, Span]]:
        """The unit's terms with where each stands in its text."""
        unit = self._cleared(unit)
        prefix = f"{unit.topic}{TOPIC_MARK}" if self.by_topic else ""
        for term, span in self._plain_spans(unit):
            yield prefix + term, span

    def plain(self, term: str) -> str:
        """The term without the topic that it was read under."""
        return term.partition(TOPIC_MARK)[2] if self.by_topic else term

    def _plain_spans(self, unit: Unit) -> Iterator[tuple[str, Span]]:
        if self.analyzer in TARGET_READERS:
            yield from target_term_spans(self.analyzer, unit, self._options())
            return
        if self.analyzer in MESSAGE_READERS:
            reading = Reading(self.low, self.high, self.case)
            found = MESSAGE_READERS[self.analyzer](unit, reading)
        else:
            ngrams = word_ngram_spans if self.analyzer == "word" else character_ngram_spans
            found = ngrams(unit.text, self.low, self.high)
        for term, start, end in found:
            yield term, (start, end)

    def _options(self) -> Options:
        return Options(self.low, self.high, self.words or WordList())

    def _cleared(self, unit: Unit) -> Unit:
        """The unit with its topic on one line, as a term stands on one line of a model's files.

        What is to be dropped is written over, so that all else keeps its place.
        """
        topic = " ".join(unit.topic.split())
        if topic == unit.topic and not self.drop:
            return unit
        text = unit.text
        for wording in self.drop:
            text = text.replace(wording, " " * len(wording))
        return replace(unit, text=text, topic=topic)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; ``Terms(**data)`` reads it back, with ``words`` added where there are any."""
        return {
            "analyzer": self.analyzer,
            "low": self.low,
            "high": self.high,
            "by_topic": self.by_topic,
            "case": self.case,
            "drop": list(self.drop),
        }


def is_read_around_target(terms: Terms) -> bool:
    """Whether all that the terms depend on is a marked target and the text around it."""
    return terms.analyzer in TARGET_READERS and not terms.by_topic and not terms.drop


def check_topics(units: Iterable[Unit]) -> None:
    """Raise a `SettingsError` where a topic could not be told from the term read under it."""
    for topic in dict.fromkeys(unit.topic for unit in units):
        if TOPIC_MARK in topic:
            message = (
                f'The topic "{topic}" holds "{TOPIC_MARK}", which stands between a topic and a '
                "term. Write the topic without it, or leave by_topic out."
            )
            raise SettingsError(message)
