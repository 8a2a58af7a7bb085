"""The compiled scoring path: many texts from one UTF-8 buffer to the scores of all labels.

It does what the blocks' ``rows`` and `stance.classify.linear.raw_scores` do, one pass over the
bytes, without the GIL. The first use on a machine compiles for some seconds; numba keeps the
result in its cache folder (``NUMBA_CACHE_DIR``, else beside these files, else the user's).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stance.features.buffers import Offsets, check_offsets, page_aligned, pieces_of, text_buffer
from stance.features.compiled import ngrams, scores
from stance.features.compiled.lexicon import Hits
from stance.features.compiled.ngrams import Blocks
from stance.features.compiled.scores import Features, Scratch
from stance.features.compiled.table import Table
from stance.features.entries import make_entries
from stance.features.hashing import (
    MOST_SEEDS,
    fold_table,
    hashes_of,
    make_candidates,
    make_folded,
    make_table,
    seeds_of,
)
from stance.features.lexicon import Lexicon

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SYMBOLS = {"word": ngrams.WORDS, "char": ngrams.CHARACTERS}

# Bytes of text whose vectors are made at once.
_MATRIX_PIECE = 8 << 20

# Counts up to this are damped by a table: few terms occur more often in a text.
_DAMPED = 64


@dataclass(frozen=True, slots=True)
class KernelBlock:
    """One TF-IDF block as the kernel needs it.

    Attributes
    ----------
    analyzer
        "word" or "char".
    ngrams
        Shortest and longest n-gram.
    vocabulary
        The terms, folded, each once, as `stance.features.ngrams` makes them.
    idf
        Inverse document frequencies, float32 of shape (n_terms,).
    sublinear
        Whether counts are damped to 1 + ln(count).
    weight
        What the block's vector of length 1 is multiplied with.
    """

    analyzer: str
    ngrams: tuple[int, int]
    vocabulary: Sequence[str]
    idf: npt.NDArray[np.float32]
    sublinear: bool = True
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """What one pass over texts finds.

    Attributes
    ----------
    scores
        Raw scores of the TF-IDF blocks, float64 of shape (n_texts, n_labels).
    hits
        Hits of the lexicons' categories, one lexicon after the other, int32 of shape
        (n_texts, n_categories).
    n_tokens
        Tokens of each text, int32 of shape (n_texts,); 0 where there is no lexicon.
    """

    scores: npt.NDArray[np.float64]
    hits: npt.NDArray[np.int32]
    n_tokens: npt.NDArray[np.int32]


class Kernel:
    """Compiled scoring of TF-IDF blocks side by side with one weight matrix, and lexicon counts.

    Working memory grows with the longest text (some 20 bytes a byte of it), and not with the
    number of texts.

    Parameters
    ----------
    blocks
        The blocks, in the order of the weights' rows.
    weights
        float32 of shape (n_features, n_labels).
    intercept
        Shape (n_labels,).
    lexicons
        Word lists whose hits are to be counted.
    """

    def __init__(
        self,
        blocks: Sequence[KernelBlock],
        weights: npt.NDArray[np.float32],
        intercept: npt.NDArray[np.floating[Any]],
        *,
        lexicons: Sequence[Lexicon] = (),
    ) -> None:
        n_features = sum(len(block.vocabulary) for block in blocks)
        if weights.shape != (n_features, len(intercept)):
            message = (
                f"Found weights of shape {weights.shape}, expected {(n_features, len(intercept))}. "
                "Give one row a term and one column a label."
            )
            raise ValueError(message)
        none = np.empty(0, dtype=np.float32)
        idf = np.concatenate([none, *(np.asarray(block.idf, np.float32) for block in blocks)])
        if len(idf) != n_features:
            message = f"Found {len(idf)} inverse document frequencies, expected {n_features}."
            raise ValueError(message)
        # Frequent terms first: what most texts read then lies together in the caches.
        self._column_of = np.argsort(idf, kind="stable").astype(np.int32)
        self._intercept = np.asarray(intercept, dtype=np.float64)
        self._n_categories = sum(len(lexicon.categories) for lexicon in lexicons)
        seed, rows, table = _make_table(blocks, self._column_of)
        self._features = Features(
            folds=fold_table(),
            seed=seed,
            blocks=rows,
            table=table,
            rows=_make_rows(weights[self._column_of], idf[self._column_of]),
            damped=np.concatenate([[0.0], 1.0 + np.log(np.arange(1, _DAMPED))]),
            entries=make_entries(lexicons, seed),
        )

    def scores(self, texts: Sequence[str] | pa.Array) -> npt.NDArray[np.float64]:
        """Raw scores of texts, shape (n_texts, n_labels)."""
        return self.scores_of_buffer(*text_buffer(texts))

    def scores_of_buffer(
        self, data: npt.NDArray[np.uint8], offsets: Offsets, *, threads: int = 1
    ) -> npt.NDArray[np.float64]:
        """Raw scores of the texts ``data[offsets[i]:offsets[i + 1]]``, as `find` has them."""
        return self.find(data, offsets, threads=threads).scores

    def find(self, data: npt.NDArray[np.uint8], offsets: Offsets, *, threads: int = 1) -> Found:
        """Scores and lexicon hits of the texts ``data[offsets[i]:offsets[i + 1]]``.

        Parameters
        ----------
        data
            UTF-8; a byte that is not valid there counts as U+FFFD.
        offsets
            Shape (n_texts + 1,), as in an Arrow string array.
        threads
            How many threads share the work; the result is the same for any number.
        """
        checked = check_offsets(data, offsets)
        n_texts = len(checked) - 1
        found = Found(
            scores=np.empty((n_texts, len(self._intercept))),
            hits=np.zeros((n_texts, self._n_categories), dtype=np.int32),
            n_tokens=np.zeros(n_texts, dtype=np.int32),
        )

        def find(piece: slice) -> None:
            own = checked[piece.start : piece.stop + 1]
            scores.score_texts(
                data,
                own,
                self._features,
                self._scratch(own),
                self._intercept,
                found.scores[piece],
                Hits(found.hits[piece], found.n_tokens[piece]),
            )

        # Several pieces a thread, so that none waits long for the last one.
        pieces = pieces_of(checked, 1 if threads == 1 else 4 * threads)
        if threads == 1:
            find(pieces[0])
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(find, pieces))
        return found

    def matrix(self, texts: Sequence[str] | pa.Array) -> csr_matrix:
        """The texts' joined vectors, float32 of shape (n_texts, n_features)."""
        return self._stacked(texts, weighed=True)

    def counts(self, texts: Sequence[str] | pa.Array) -> csr_matrix:
        """How often each text holds each term, float32 of shape (n_texts, n_features)."""
        return self._stacked(texts, weighed=False)

    def _stacked(self, texts: Sequence[str] | pa.Array, *, weighed: bool) -> csr_matrix:
        from scipy.sparse import vstack

        data, offsets = text_buffer(texts)
        n_pieces = 1 + int(offsets[-1] - offsets[0]) // _MATRIX_PIECE
        parts = [
            self._sparse(data, offsets[piece.start : piece.stop + 1], weighed=weighed)
            for piece in pieces_of(offsets, n_pieces)
        ]
        return vstack(parts, format="csr") if len(parts) > 1 else parts[0]

    def _sparse(
        self, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], *, weighed: bool
    ) -> csr_matrix:
        from scipy.sparse import csr_matrix

        lengths = np.diff(offsets)
        most = np.minimum(most_ngrams(self._features.blocks, lengths), self._n_features)
        room = int(most.sum())
        starts = np.zeros(len(offsets), dtype=np.int64)
        columns = np.empty(room, dtype=np.int32)
        values = np.empty(room, dtype=np.float32)
        scores.vectorise_texts(
            data,
            offsets,
            self._features,
            self._scratch(offsets),
            weighed,
            self._column_of,
            starts,
            columns,
            values,
        )
        found = int(starts[-1])
        shape = (len(lengths), self._n_features)
        matrix = csr_matrix((values[:found].copy(), columns[:found].copy(), starts), shape=shape)
        matrix.sort_indices()
        return matrix

    @property
    def _n_features(self) -> int:
        return len(self._column_of)

    def _scratch(self, offsets: npt.NDArray[np.int64]) -> Scratch:
        # One more than there can be: what is written there is always written over.
        room = self._n_features + 1
        blocks, entries = self._features.blocks, self._features.entries
        return Scratch(
            folded=make_folded(int(np.diff(offsets).max(initial=0))),
            candidates=make_candidates(int((blocks.high - blocks.low).max(initial=0)) + 1),
            found=np.empty(room, dtype=np.uint32),
            counts=np.zeros(room, dtype=np.int32),
            values=np.empty(room, dtype=np.float64),
            # A state and a place for each state, at most.
            stack=np.empty(2 * len(entries.salts) + 2, dtype=np.uint32),
            last_hits=np.zeros(self._n_categories, dtype=np.int64),
            sums=np.empty(-(-len(self._intercept) // scores.LANES) * scores.LANES),
        )


def most_ngrams(blocks: Blocks, lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many n-grams of all blocks texts of so many bytes can hold."""
    symbols = np.where((blocks.symbols == ngrams.WORDS)[:, None], lengths // 2 + 1, 2 * lengths + 4)
    most: npt.NDArray[np.int64] = (symbols * (blocks.high - blocks.low + 1)[:, None]).sum(axis=0)
    return most


def make_blocks(blocks: Sequence[KernelBlock], salts: npt.NDArray[np.uint64]) -> Blocks:
    """The blocks as the loops know them."""
    return Blocks(
        symbols=np.array([SYMBOLS[block.analyzer] for block in blocks], dtype=np.int64),
        low=np.array([block.ngrams[0] for block in blocks], dtype=np.int64),
        high=np.array([block.ngrams[1] for block in blocks], dtype=np.int64),
        salts=salts,
        sublinear=np.array([block.sublinear for block in blocks], dtype=bool),
        weights=np.array([block.weight for block in blocks], dtype=np.float64),
    )


def _make_table(
    blocks: Sequence[KernelBlock], column_of: npt.NDArray[np.int32]
) -> tuple[np.uint64, Blocks, Table]:
    """The seed of the tokens' hashes, the blocks, and the hash table of their vocabularies."""
    for attempt in range(1, MOST_SEEDS + 1):
        seed, *salts = seeds_of(np.arange(len(blocks) + 1) + (attempt << 32))
        made = make_blocks(blocks, np.array(salts, dtype=np.uint64))
        hashes = [
            hashes_of(block.vocabulary, symbols=symbols, salt=salt, seed=seed)
            for block, symbols, salt in zip(blocks, made.symbols.tolist(), salts, strict=True)
        ]
        table = make_table(np.concatenate([*hashes, np.empty(0, np.uint64)])[column_of])
        if table is not None:
            return seed, made, table
    message = "A block's vocabulary holds a term twice. Give every term once."
    raise ValueError(message)


def _make_rows(
    weights: npt.NDArray[np.float32], idf: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Each term's weights and, last in its row, its idf; rows are whole halves of cache lines."""
    n_features, n_labels = weights.shape
    width = -(-(n_labels + 1) // scores.LANES) * scores.LANES
    rows = np.zeros((n_features, width), dtype=np.float32)
    rows[:, :n_labels] = weights
    rows[:, -1] = idf
    return page_aligned(rows)
