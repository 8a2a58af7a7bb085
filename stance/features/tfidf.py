"""TF-IDF of word or character n-grams.

For a term t of a unit d, with tf(t, d) its count in d::

    weight(t, d) = (1 + ln tf(t, d)) * idf(t)        sublinear; else tf(t, d) * idf(t)
    idf(t)       = ln((1 + n) / (1 + df(t))) + 1

and each vector is divided by its Euclidean length. This is scikit-learn's smoothed variant
(Manning, Raghavan and Schuetze 2008, Introduction to Information Retrieval, chapter 6, has the
textbook one, without the ones).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.errors import SettingsError
from stance.features.block import BlockState, SparseRows, stack_rows
from stance.features.terms import Terms
from stance.features.wordlist import parse_word_list
from stance.records import Span, Unit

# Half characters, which bad input brings; no model file can hold them.
_HALF = re.compile("[\ud800-\udfff]")

# Values of a sparse matrix that are worked on at once.
_PIECE = 1 << 20


class TfidfBlock:
    """A fitted TF-IDF block.

    Parameters
    ----------
    terms
        Which terms a unit holds.
    vocabulary
        The terms that count, sorted, one a column.
    idf
        Inverse document frequencies, float32 of shape (n_terms,).
    sublinear
        Whether counts are damped to 1 + ln(count).
    """

    kind = "tfidf"

    def __init__(
        self,
        *,
        terms: Terms,
        vocabulary: Sequence[str],
        idf: npt.NDArray[np.float32],
        sublinear: bool = True,
    ) -> None:
        self.terms = terms
        self.vocabulary = vocabulary
        self.idf = idf
        self.sublinear = sublinear

    @cached_property
    def column_of(self) -> dict[str, int]:
        """The column of each term."""
        return {term: column for column, term in enumerate(self.vocabulary)}

    def with_terms(self, keep: npt.NDArray[np.bool_]) -> TfidfBlock:
        """The block with those terms alone that ``keep``, one value a term, holds."""
        state = self.state()
        kept = [term for term, is_kept in zip(self.vocabulary, keep, strict=True) if is_kept]
        return TfidfBlock.from_state(
            replace(
                state,
                texts={**state.texts, "vocabulary": kept},
                arrays={**state.arrays, "idf": self.idf[keep]},
            )
        )

    @property
    def feature_names(self) -> Sequence[str]:
        """The terms."""
        return self.vocabulary

    @cached_property
    def pools(self) -> npt.NDArray[np.int64]:
        """The number of each column's plain term, shape (n_terms,): see `pooled`."""
        plain = [self.terms.plain(term) for term in self.vocabulary]
        return np.unique(plain, return_inverse=True)[1].astype(np.int64)

    def pooled(self, frequencies: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Document frequencies of the plain terms, column by column.

        A term that is read by topic is as rare as the plain term is in all topics together: a
        word says no more for being talked of under one topic only.
        """
        if not self.terms.by_topic:
            return frequencies
        return np.bincount(self.pools, weights=frequencies)[self.pools].astype(np.int64)

    def counts(self, units: Iterable[Unit]) -> SparseRows:
        """How often each term of the vocabulary occurs in each unit."""
        column_of = self.column_of
        rows = []
        for unit in units:
            found = Counter(self.terms.of(unit))
            row = sorted((column_of[term], n) for term, n in found.items() if term in column_of)
            rows.append(([column for column, _ in row], [float(n) for _, n in row]))
        return stack_rows(rows, len(self.vocabulary))

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' TF-IDF vectors, each of length 1 (or 0 where no term is known)."""
        return weigh(self.counts(units), self.idf, sublinear=self.sublinear)

    def spans(self, unit: Unit, columns: set[int]) -> dict[int, tuple[Span, ...]]:
        """Where the asked terms stand in the unit's text."""
        wanted = {self.vocabulary[column]: column for column in columns}
        found: dict[int, list[Span]] = {}
        for term, span in self.terms.spans(unit):
            if term in wanted:
                found.setdefault(wanted[term], []).append(span)
        return {column: tuple(dict.fromkeys(spans)) for column, spans in found.items()}

    def state(self) -> BlockState:
        """The block as plain data."""
        return BlockState(
            kind=self.kind,
            settings={**self.terms.as_dict(), "sublinear": self.sublinear},
            texts={
                "vocabulary": self.vocabulary,
                **({"words": self.terms.words.lines()} if self.terms.words else {}),
            },
            arrays={"idf": self.idf},
        )

    @classmethod
    def from_state(cls, state: BlockState) -> TfidfBlock:
        """The block that `state` described."""
        settings: dict[str, Any] = dict(state.settings)
        sublinear = settings.pop("sublinear")
        settings["drop"] = tuple(settings.get("drop", ()))
        if "words" in state.texts:
            settings["words"] = parse_word_list(state.texts["words"], where="word list")
        vocabulary, idf = state.texts["vocabulary"], state.arrays["idf"]
        if len(vocabulary) != len(idf):
            message = f"{len(vocabulary)} terms but {len(idf)} inverse document frequencies"
            raise ValueError(message)
        return cls(terms=Terms(**settings), vocabulary=vocabulary, idf=idf, sublinear=sublinear)


def weigh(counts: SparseRows, idf: npt.NDArray[np.float32], *, sublinear: bool) -> SparseRows:
    """TF-IDF vectors of length 1 from counts; columns whose ``idf`` is 0 drop out of the length.

    Computed in float64 and rounded once, so that no order of terms shows in the result.
    """
    weighed = np.empty(len(counts.values), dtype=np.float32)
    wide = idf.astype(np.float64)
    # About so many values at a time, so that their float64 forms stay in the caches.
    last = np.arange(_PIECE, len(weighed) + _PIECE, _PIECE)
    bounds = np.unique(np.concatenate([[0], np.searchsorted(counts.starts[:-1], last)]))
    for first, end in pairwise(bounds.tolist()):
        starts = counts.starts[first : end + 1]
        piece = slice(int(starts[0]), int(starts[-1]))
        values = counts.values[piece].astype(np.float64)
        if sublinear:
            values = 1.0 + np.log(values)
        values *= wide[counts.columns[piece]]
        lengths = np.sqrt(sums_by_row(values * values, starts - starts[0]))
        values /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(starts))
        weighed[piece] = values
    return replace(counts, values=weighed)


def sums_by_row(
    values: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """The sum of each row's values; 0 for an empty row."""
    sums = np.zeros(len(starts) - 1)
    filled = np.flatnonzero(np.diff(starts))
    if filled.size:
        sums[filled] = np.add.reduceat(values, starts[filled])
    return sums


def document_frequencies(counts: SparseRows, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """In how many of the rows for which ``rows`` holds each column occurs, shape (n_columns,)."""
    found = np.zeros(counts.n_columns, dtype=np.int64)
    held = np.repeat(rows, np.diff(counts.starts))
    for first in range(0, len(held), _PIECE):
        piece = slice(first, first + _PIECE)
        found += np.bincount(counts.columns[piece][held[piece]], minlength=counts.n_columns)
    return found


def inverse_document_frequencies(
    frequencies: npt.NDArray[np.int64], n_units: int
) -> npt.NDArray[np.float32]:
    """idf(t) = ln((1 + n) / (1 + df(t))) + 1, shape (n_terms,)."""
    idf = np.log((1.0 + n_units) / (1.0 + frequencies)) + 1.0
    return np.asarray(idf, dtype=np.float32)


def fit_vocabulary(
    units: Iterable[Unit],
    terms: Terms,
    *,
    min_df: int,
    max_df: float,
    max_features: int | None,
) -> tuple[list[str], npt.NDArray[np.int64], int]:
    """Find the terms worth counting.

    Parameters
    ----------
    min_df
        A term must occur in at least so many units.
    max_df
        A term must occur in at most this share of the units, in (0, 1].
    max_features
        Keep at most so many terms, those in the most units first, ties in order of the alphabet.

    Returns
    -------
    The terms, sorted; their document frequencies, those of terms by topic taken over all topics;
    and the number of units seen.

    Raises
    ------
    SettingsError
        If no term is left.
    """
    frequencies: Counter[str] = Counter()
    n_units = 0
    for unit in units:
        frequencies.update(set(terms.of(unit)))
        n_units += 1
    most = max_df * n_units
    pooled: Counter[str] = Counter()
    for term, df in frequencies.items():
        pooled[terms.plain(term)] += df
    found = ((term, pooled[terms.plain(term)]) for term in frequencies)
    kept = [(term, df) for term, df in found if min_df <= df <= most and not _HALF.search(term)]
    if not kept:
        message = (
            f"No terms remain: {len(frequencies)} different terms in {n_units} texts, "
            f"none in at least {min_df} and at most {most:g} of them. "
            "Lower min_df, raise max_df, or bring more text."
        )
        raise SettingsError(message)
    if max_features is not None and len(kept) > max_features:
        kept = sorted(kept, key=lambda item: (-item[1], item[0]))[:max_features]
    kept.sort()
    return [term for term, _ in kept], np.array([df for _, df in kept], dtype=np.int64), n_units
