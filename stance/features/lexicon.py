"""Word lists by category, and how often a text uses them.

An entry is one to several words. A word ends in ``*`` to stand for every word that begins so:
"air strike*" finds "air strike" and "Air strikes". Text and entries are compared as tokens, so
case, hyphens and apostrophes do not matter: "cease fire" finds "cease-fire".

A category's *hits* are the places (tokens) at which one of its entries begins; its *rate* is hits
per token (Stone et al. 1966, The General Inquirer; Pennebaker et al. 2015, LIWC).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

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


# Different words, and pairs of words, of which a matcher remembers what they begin: those of a few
# books, some 10 MB.
_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """What begins with some words: categories of whole entries, and what others go on with."""

    whole: frozenset[int]
    longer: tuple[tuple[int, tuple[str, ...]], ...]


_NOTHING = _Beginnings(frozenset(), ())


class _Entries:
    """Entries of one to several words by their first word.

    Literal words stand in one table, beginnings (``bomb*``) in another that is asked once for
    each length of beginning that there is.
    """

    def __init__(self, entries: Iterable[tuple[int, tuple[str, ...]]]) -> None:
        self._words: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._beginnings: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for category, (first, *rest) in entries:
            table = self._beginnings if first.endswith("*") else self._words
            table.setdefault(first.removesuffix("*"), []).append((category, tuple(rest)))
        self._lengths = sorted({len(beginning) for beginning in self._beginnings})

    def beginning_with(self, word: str) -> _Beginnings:
        """What the word begins."""
        found = list(self._candidates(word))
        if not found:
            return _NOTHING
        longer = tuple(dict.fromkeys(item for item in found if item[1]))
        return _Beginnings(frozenset(c for c, rest in found if not rest), longer)

    def _candidates(self, word: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        yield from self._words.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._beginnings.get(word[:length], ())


class LexiconMatcher:
    """Finds a lexicon's entries in a list of tokens, one look at each token.

    What a word begins, and a pair of words, is remembered, for most are met again and again.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        entries = _Entries(
            (category, tuple(parse_entry(entry)))
            for category, listed in enumerate(lexicon.categories.values())
            for entry in listed
        )
        self._of = lru_cache(_REMEMBERED)(entries.beginning_with)
        self._going_on = lru_cache(_REMEMBERED)(lambda word: _Entries(self._of(word).longer))
        self._of_pair = lru_cache(_REMEMBERED)(self._found_for_pair)

    def __reduce__(self) -> tuple[type[LexiconMatcher], tuple[Lexicon]]:
        """Made anew in another process, for what is remembered does not travel."""
        return LexiconMatcher, (self._lexicon,)

    def hits(self, words: Sequence[str]) -> Iterator[Hit]:
        """Every place where an entry begins: one hit a place and category, in order."""
        for place, found in enumerate(map(self._of, words)):
            if found is _NOTHING:
                continue
            longest = dict.fromkeys(found.whole, place + 1)
            for category, rest in found.longer:
                last = place + 1 + len(rest)
                if last > longest.get(category, 0) and follows(words, place + 1, rest):
                    longest[category] = last
            for category, last in sorted(longest.items()):
                yield Hit(category, place, last)

    def counts(self, words: Sequence[str]) -> dict[int, int]:
        """How many hits each category has, those without any left out."""
        counts: dict[int, int] = {}
        for place, found in enumerate(map(self._of, words)):
            if found is _NOTHING:
                continue
            categories: Collection[int] = found.whole
            if found.longer and place + 1 < len(words):
                pair = self._of_pair(words[place], words[place + 1])
                categories = pair.whole
                if pair.longer:
                    categories = set(categories)
                    for category, rest in pair.longer:
                        if category not in categories and follows(words, place + 2, rest):
                            categories.add(category)
            for category in categories:
                counts[category] = counts.get(category, 0) + 1
        return counts

    def _found_for_pair(self, word: str, second: str) -> _Beginnings:
        whole, found = self._of(word).whole, self._going_on(word).beginning_with(second)
        if found is _NOTHING:
            return _Beginnings(whole, ())
        whole |= found.whole
        return _Beginnings(whole, tuple(item for item in found.longer if item[0] not in whole))


def follows(words: Sequence[str], place: int, rest: Sequence[str]) -> bool:
    """Whether the rest of an entry stands at that place."""
    if place + len(rest) > len(words):
        return False
    return all(map(is_word, words[place : place + len(rest)], rest))


def is_word(word: str, part: str) -> bool:
    """Whether a word is the part of an entry, or begins with it where it ends in ``*``."""
    return word == part or (part.endswith("*") and word.startswith(part[:-1]))


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
        stem = piece.removesuffix("*")
        # Most are one plain word, and a model has thousands to read before it can begin.
        words = [stem.lower()] if stem.isascii() and stem.isalnum() else tokens(stem)
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


@lru_cache(maxsize=4)
def _matcher_of(categories: tuple[tuple[str, tuple[str, ...]], ...]) -> LexiconMatcher:
    return LexiconMatcher(Lexicon(dict(categories)))


@cache
def _damped(n_hits: int) -> float:
    return float(np.log1p(n_hits))


class LexiconBlock:
    """A lexicon as a feature block: one column for each measure of each category.

    Columns are ln(1 + hits) for "hits", and hits per token for "rate".
    """

    kind = "lexicon"

    def __init__(self, lexicon: Lexicon, *, measures: tuple[str, ...] = MEASURES) -> None:
        if not measures:
            message = f"Found no measure. Choose from: {', '.join(MEASURES)}."
            raise SettingsError(message)
        for measure in measures:
            if measure not in MEASURES:
                message = f'Unknown measure "{measure}". {nearest(measure, MEASURES)}'
                raise SettingsError(message)
        self.lexicon = lexicon
        self.measures = measures

    @cached_property
    def matcher(self) -> LexiconMatcher:
        """The matcher, made when it is first needed; equal lexicons share one."""
        return _matcher_of(tuple(self.lexicon.categories.items()))

    @property
    def feature_names(self) -> list[str]:
        """The columns' names, as "topic.military (hits)"."""
        return [f"{c} ({m})" for c in self.lexicon.categories for m in self.measures]

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' measures."""
        return stack_rows([self._row(unit.text) for unit in units], len(self.feature_names))

    def _row(self, text: str) -> tuple[list[int], list[float]]:
        words = tokens(text)
        columns, values = [], []
        for category, n in sorted(self.matcher.counts(words).items()):
            for i, measure in enumerate(self.measures):
                columns.append(category * len(self.measures) + i)
                values.append(_damped(n) if measure == "hits" else n / len(words))
        return columns, values

    def measured(
        self, hits: npt.NDArray[np.int32], n_tokens: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.float32]:
        """The values of `rows` in full, from hits that were counted elsewhere.

        Parameters
        ----------
        hits
            Shape (n_units, n_categories).
        n_tokens
            Tokens of each unit, shape (n_units,).

        Returns
        -------
        Shape (n_units, n_features).
        """
        values = np.empty((*hits.shape, len(self.measures)), dtype=np.float32)
        for i, measure in enumerate(self.measures):
            if measure == "hits":
                values[:, :, i] = np.log1p(hits)
            else:
                values[:, :, i] = hits / np.maximum(n_tokens, 1)[:, None]
        return values.reshape(len(hits), len(self.feature_names))

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
