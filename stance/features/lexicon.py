"""Word lists by category, and how often a text uses them.

An entry is one to several words. A word ends in ``*`` to stand for every word that begins so:
"air strike*" finds "air strike" and "Air strikes". Text and entries are compared as tokens, so
case, hyphens and apostrophes do not matter: "cease fire" finds "cease-fire".

A category's *hits* are the places (tokens) at which one of its entries begins; its *rate* is hits
per token (Stone et al. 1966, The General Inquirer; Pennebaker et al. 2015, LIWC).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stance.errors import SettingsError, nearest
from stance.features.block import BlockState, SparseRows, stack_rows
from stance.records import Span, Unit
from stance.text.tokens import token_spans, tokens

MEASURES = ("hits", "rate")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Categories and their entries, in order.

    ``left_out`` lists entries that can never be found, with their places in the file.
    """

    categories: Mapping[str, tuple[str, ...]]
    name: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a category's entry begins, with the longest entry found there.

    ``first`` and ``last`` count tokens, ``last`` exclusive.
    """

    category: int
    first: int
    last: int


class LexiconMatcher:
    """Finds a lexicon's entries in a list of tokens, one look at each token.

    Entries are kept by their first word: literal words in one table, beginnings (``bomb*``) in
    another that is asked once for each length of beginning that the lexicon has.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._words: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._beginnings: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for category, entries in enumerate(lexicon.categories.values()):
            for entry in entries:
                first, *rest = parse_entry(entry)
                table = self._beginnings if first.endswith("*") else self._words
                table.setdefault(first.removesuffix("*"), []).append((category, tuple(rest)))
        self._lengths = sorted({len(beginning) for beginning in self._beginnings})

    def hits(self, words: Sequence[str]) -> Iterator[Hit]:
        """Every place where an entry begins: one hit a place and category, in order."""
        for place, word in enumerate(words):
            longest: dict[int, int] = {}
            for category, rest in self._candidates(word):
                last = place + 1 + len(rest)
                if last > longest.get(category, 0) and follows(words, place + 1, rest):
                    longest[category] = last
            for category, last in sorted(longest.items()):
                yield Hit(category, place, last)

    def _candidates(self, word: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        yield from self._words.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._beginnings.get(word[:length], ())


def follows(words: Sequence[str], place: int, rest: Sequence[str]) -> bool:
    """Whether the rest of an entry stands at that place."""
    if place + len(rest) > len(words):
        return False
    return all(
        words[place + i].startswith(part[:-1]) if part.endswith("*") else words[place + i] == part
        for i, part in enumerate(rest)
    )


def parse_entry(entry: str) -> list[str]:
    """The words of an entry in lower case, each with its ``*`` if it has one.

    >>> parse_entry("Cease-fire*")
    ['cease', 'fire*']

    Raises
    ------
    SettingsError
        If the entry holds no word, or a ``*`` that does not end a word.
    """
    parts: list[str] = []
    for piece in entry.split():
        words = tokens(piece.removesuffix("*"))
        if not words or "*" in piece[:-1]:
            message = (
                f'"{entry}" is not a lexicon entry. '
                'Write words, each with at most one "*" at its end.'
            )
            raise SettingsError(message)
        if piece.endswith("*"):
            words[-1] += "*"
        parts.extend(words)
    if not parts:
        message = "An empty entry. Write a word, or leave the line out."
        raise SettingsError(message)
    return parts


class LexiconBlock:
    """A lexicon as a feature block: one column for each measure of each category.

    Columns are ln(1 + hits) for "hits", and hits per token for "rate".
    """

    kind = "lexicon"

    def __init__(self, lexicon: Lexicon, *, measures: tuple[str, ...] = MEASURES) -> None:
        for measure in measures:
            if measure not in MEASURES:
                message = f'Unknown measure "{measure}". {nearest(measure, MEASURES)}'
                raise SettingsError(message)
        self.lexicon = lexicon
        self.measures = measures

    @cached_property
    def matcher(self) -> LexiconMatcher:
        """The matcher, made when it is first needed."""
        return LexiconMatcher(self.lexicon)

    @property
    def feature_names(self) -> list[str]:
        """The columns' names, as "topic.military (hits)"."""
        return [f"{c} ({m})" for c in self.lexicon.categories for m in self.measures]

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' measures."""
        return stack_rows([self._row(unit.text) for unit in units], len(self.feature_names))

    def _row(self, text: str) -> tuple[list[int], list[float]]:
        words = tokens(text)
        hits: dict[int, int] = {}
        for hit in self.matcher.hits(words):
            hits[hit.category] = hits.get(hit.category, 0) + 1
        columns, values = [], []
        for category, n in sorted(hits.items()):
            for i, measure in enumerate(self.measures):
                columns.append(category * len(self.measures) + i)
                values.append(float(np.log1p(n)) if measure == "hits" else n / len(words))
        return columns, values

    def spans(self, unit: Unit, columns: set[int]) -> dict[int, tuple[Span, ...]]:
        """Where the asked categories' entries stand in the unit's text."""
        places = list(token_spans(unit.text))
        found: dict[int, list[Span]] = {}
        for hit in self.matcher.hits([word for word, _, _ in places]):
            span = (places[hit.first][1], places[hit.last - 1][2])
            for i in range(len(self.measures)):
                column = hit.category * len(self.measures) + i
                if column in columns:
                    found.setdefault(column, []).append(span)
        return {column: tuple(spans) for column, spans in found.items()}

    def state(self) -> BlockState:
        """The block as plain data; the lexicon goes into the model as it is."""
        categories = self.lexicon.categories
        settings: dict[str, Any] = {
            "name": self.lexicon.name,
            "categories": list(categories),
            "measures": list(self.measures),
        }
        lines = [
            f"{category}\t{entry}" for category in categories for entry in categories[category]
        ]
        return BlockState(kind=self.kind, settings=settings, texts={"entries": lines})

    @classmethod
    def from_state(cls, state: BlockState) -> LexiconBlock:
        """The block that `state` described."""
        entries: dict[str, list[str]] = {name: [] for name in state.settings["categories"]}
        for line in state.texts["entries"]:
            category, _, entry = line.partition("\t")
            entries[category].append(entry)
        lexicon = Lexicon(
            categories={name: tuple(found) for name, found in entries.items()},
            name=state.settings["name"],
        )
        return cls(lexicon, measures=tuple(state.settings["measures"]))
