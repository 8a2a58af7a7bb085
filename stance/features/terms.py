"""Which terms a unit holds: the analysis that a TF-IDF block counts.

Kinds of terms are named: ``word`` and ``char`` read the whole text; the kinds of
`stance.features.target` read around a marked target. With ``by_topic``, each term is read under
the unit's topic, as "climate|hoax".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stance.errors import SettingsError, nearest
from stance.features.ngrams import (
    character_ngram_spans,
    character_ngrams,
    word_ngram_spans,
    word_ngrams,
)
from stance.records import Span, Unit

# Between a topic and the term that is read under it; no token holds it.
TOPIC_MARK = "|"

ANALYZERS = ("word", "char")


@dataclass(frozen=True, slots=True)
class Terms:
    """The analysis of one TF-IDF block.

    Attributes
    ----------
    analyzer
        "word" or "char".
    low, high
        Shortest and longest n-gram, 1 <= low <= high.
    by_topic
        Whether terms are read under the unit's topic.
    """

    analyzer: str = "word"
    low: int = 1
    high: int = 2
    by_topic: bool = False

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

    def of(self, unit: Unit) -> list[str]:
        """The unit's terms, as often as they occur."""
        ngrams = word_ngrams if self.analyzer == "word" else character_ngrams
        found = ngrams(unit.text, self.low, self.high)
        if self.by_topic:
            return [f"{unit.topic}{TOPIC_MARK}{term}" for term in found]
        return found

    def spans(self, unit: Unit) -> Iterator[tuple[str, Span]]:
        """The unit's terms with where each stands in its text."""
        ngrams = word_ngram_spans if self.analyzer == "word" else character_ngram_spans
        prefix = f"{unit.topic}{TOPIC_MARK}" if self.by_topic else ""
        for term, start, end in ngrams(unit.text, self.low, self.high):
            yield prefix + term, (start, end)

    def as_dict(self) -> dict[str, Any]:
        """Plain data; ``Terms(**data)`` reads it back."""
        return {
            "analyzer": self.analyzer,
            "low": self.low,
            "high": self.high,
            "by_topic": self.by_topic,
        }
