"""The compiled scoring path: many texts from one UTF-8 buffer to the scores of all labels.

It does what the blocks' ``rows`` and `stance.classify.linear.raw_scores` do, one pass over the
bytes, without the GIL. The first use on a machine compiles for some seconds; numba keeps the
result in its cache folder (``NUMBA_CACHE_DIR``, else beside this file, else the user's).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_matrix, vstack

from stance.features import compiled
from stance.features.compiled import BlockRow, Scratch, Table
from stance.text.tokens import TOKEN, folded

Offsets: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.int64]

SYMBOLS = {"word": compiled.WORDS, "char": compiled.CHARACTERS}

# The bitmap must stay in a core's second-level cache beside the counts: 2**20 bits are 128 KiB.
_MOST_BITMAP_BITS = 20

# Bytes: rows start where a memory page of this size does, so that few address look-ups cover them.
_HUGE_PAGE = 2 << 20
_CACHE_LINE = 64

# Bytes of text whose vectors are made at once.
_MATRIX_PIECE = 8 << 20

# Two of a million 64-bit hashes are equal once in 30 million tries; eight tries are forever.
_MOST_SEEDS = 8


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


class Kernel:
    """Compiled scoring of TF-IDF blocks side by side with one weight matrix.

    Working memory grows with the longest text (4 bytes a byte of it, 20 with character n-grams),
    and not with the number of texts.

    Parameters
    ----------
    blocks
        The blocks, in the order of the weights' rows.
    weights
        float32 of shape (n_features, n_labels).
    intercept
        Shape (n_labels,).
    """

    def __init__(
        self,
        blocks: Sequence[KernelBlock],
        weights: npt.NDArray[np.float32],
        intercept: npt.NDArray[np.floating[Any]],
    ) -> None:
        n_features = sum(len(block.vocabulary) for block in blocks)
        if weights.shape != (n_features, len(intercept)):
            message = (
                f"Found weights of shape {weights.shape}, expected {(n_features, len(intercept))}. "
                "Give one row a term and one column a label."
            )
            raise ValueError(message)
        idf = np.concatenate([np.asarray(block.idf, dtype=np.float32) for block in blocks])
        if len(idf) != n_features:
            message = f"Found {len(idf)} inverse document frequencies, expected {n_features}."
            raise ValueError(message)
        # Frequent terms first: what most texts read then lies together in the caches.
        self._column_of = np.argsort(idf, kind="stable").astype(np.int32)
        self._intercept = np.asarray(intercept, dtype=np.float64)
        self._folds = fold_table()
        self._table, self._blocks = _make_table(blocks, self._column_of)
        self._rows = _make_rows(weights[self._column_of], idf[self._column_of])

    def scores(self, texts: Sequence[str] | pa.Array) -> npt.NDArray[np.float64]:
        """Raw scores of texts, shape (n_texts, n_labels)."""
        return self.scores_of_buffer(*text_buffer(texts))

    def scores_of_buffer(
        self, data: npt.NDArray[np.uint8], offsets: Offsets, *, threads: int = 1
    ) -> npt.NDArray[np.float64]:
        """Raw scores of the texts ``data[offsets[i]:offsets[i + 1]]``, shape (n_texts, n_labels).

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
        scores = np.empty((len(checked) - 1, len(self._intercept)))

        def score(piece: slice) -> None:
            own = checked[piece.start : piece.stop + 1]
            compiled.score_texts(
                data,
                own,
                self._folds,
                self._table,
                self._blocks,
                self._rows,
                self._scratch(own),
                self._intercept,
                scores[piece],
            )

        # Several pieces a thread, so that none waits long for the last one.
        pieces = pieces_of(checked, 1 if threads == 1 else 4 * threads)
        if threads == 1:
            score(pieces[0])
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(score, pieces))
        return scores

    def matrix(self, texts: Sequence[str] | pa.Array) -> csr_matrix:
        """The texts' joined vectors, float32 of shape (n_texts, n_features)."""
        return self._stacked(texts, compiled.vectorise_texts)

    def counts(self, texts: Sequence[str] | pa.Array) -> csr_matrix:
        """How often each text holds each term, float32 of shape (n_texts, n_features)."""
        return self._stacked(texts, compiled.count_texts)

    def _stacked(self, texts: Sequence[str] | pa.Array, fill: Callable[..., None]) -> csr_matrix:
        data, offsets = text_buffer(texts)
        n_pieces = 1 + int(offsets[-1] - offsets[0]) // _MATRIX_PIECE
        parts = [
            self._sparse(data, offsets[piece.start : piece.stop + 1], fill)
            for piece in pieces_of(offsets, n_pieces)
        ]
        return vstack(parts, format="csr") if len(parts) > 1 else parts[0]

    def _sparse(
        self,
        data: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.int64],
        fill: Callable[..., None],
    ) -> csr_matrix:
        lengths = np.diff(offsets)
        room = sum(
            int(np.minimum(most_ngrams(block, lengths), self._n_features).sum())
            for block in self._blocks
        )
        starts = np.zeros(len(offsets), dtype=np.int64)
        columns = np.empty(room, dtype=np.int32)
        values = np.empty(room, dtype=np.float32)
        fill(
            data,
            offsets,
            self._folds,
            self._table,
            self._blocks,
            self._rows,
            self._scratch(offsets),
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
        return make_scratch(offsets, self._blocks, self._n_features)


def make_scratch(
    offsets: npt.NDArray[np.int64], blocks: Sequence[BlockRow], n_features: int
) -> Scratch:
    """Working memory for texts with these offsets."""
    longest = int(np.diff(offsets).max(initial=0))
    window = compiled.WINDOW
    lengths = max(block.high - block.low + 1 for block in blocks)
    with_characters = any(block.symbols == compiled.CHARACTERS for block in blocks)
    # No n-gram occurs more often than a text has bytes, and small counts share the caches
    # better; a longer text is read by a second compilation of the same loops.
    count = np.uint16 if longest < np.iinfo(np.uint16).max else np.int64
    return Scratch(
        # A token takes a letter and a separator; the last one no separator; then a wall.
        words=np.empty(longest // 2 + 2, dtype=np.uint64),
        # A token of one letter and its separator becomes four symbols.
        characters=np.empty(2 * longest + 4 if with_characters else 0, dtype=np.uint64),
        hashes=np.empty(window, dtype=np.uint64),
        places=np.empty(window, dtype=np.int64),
        candidates=np.empty(window * lengths + 1, dtype=np.uint64),
        found=np.empty(n_features + 1, dtype=np.int32),
        counts=np.zeros(n_features + 1, dtype=count),
        values=np.empty(n_features + 1, dtype=np.float64),
    )


def most_ngrams(block: BlockRow, lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many n-grams texts of so many bytes can hold."""
    symbols = lengths // 2 + 1 if block.symbols == compiled.WORDS else 2 * lengths + 4
    return symbols * (block.high - block.low + 1)


def text_buffer(
    texts: Sequence[str] | pa.Array,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts as one UTF-8 buffer with offsets; a missing text is empty, a lone surrogate is "?"."""
    try:
        array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        whole = [text.encode("utf-8", "replace") for text in texts]
        array = pa.array(whole, pa.large_binary())
    if array.null_count:
        array = array.fill_null("")
    kind = pa.large_binary() if pa.types.is_large_binary(array.type) else pa.large_string()
    whole = array.cast(kind)
    _, ends, data = whole.buffers()
    offsets = np.frombuffer(ends, np.int64) if ends else np.zeros(1, np.int64)
    content = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return content, offsets[whole.offset : whole.offset + len(whole) + 1]


def check_offsets(data: npt.NDArray[np.uint8], offsets: Offsets) -> npt.NDArray[np.int64]:
    """The offsets as int64, which the compiled loops trust.

    Raises
    ------
    ValueError
        If they decrease or leave the data.
    """
    checked = np.ascontiguousarray(offsets, dtype=np.int64)
    is_inside = len(checked) > 0 and checked[0] >= 0 and checked[-1] <= len(data)
    if not is_inside or (np.diff(checked) < 0).any():
        message = (
            f"Found offsets that do not divide {len(data)} bytes into texts. "
            "Give increasing offsets from 0 to the number of bytes, one more than there are texts."
        )
        raise ValueError(message)
    return checked


@cache
def fold_table() -> npt.NDArray[np.uint32]:
    """For each code point its folded form where that is part of a token, else 0."""
    n_points, block = 0x110000, 0x100
    surrogates = range(0xD800, 0xE000)
    # Folding by small blocks is quick: only blocks with a special case go letter by letter.
    points = "".join(
        "?" * block
        if first in surrogates
        else folded("".join(map(chr, range(first, first + block))))
        for first in range(0, n_points, block)
    )
    table = np.zeros(n_points, dtype=np.uint32)
    codes = np.frombuffer(points.encode("utf-32-le"), dtype=np.uint32)
    for match in TOKEN.finditer(points):
        table[match.start() : match.end()] = codes[match.start() : match.end()]
    return table


def _make_table(
    blocks: Sequence[KernelBlock], column_of: npt.NDArray[np.int32]
) -> tuple[Table, tuple[BlockRow, ...]]:
    """The vocabularies' hash table, and the blocks as the loops know them."""
    buffers = [text_buffer(list(block.vocabulary)) for block in blocks]
    number_bits = max(len(column_of).bit_length(), 8)
    bitmap_bits = min(number_bits + 4, _MOST_BITMAP_BITS)
    for seed in range(1, _MOST_SEEDS + 1):
        rows = tuple(
            BlockRow(
                symbols=SYMBOLS[block.analyzer],
                low=block.ngrams[0],
                high=block.ngrams[1],
                salt=np.uint64(seed << 32 | number + 1),
                sublinear=block.sublinear,
                weight=float(block.weight),
            )
            for number, block in enumerate(blocks)
        )
        table = Table(
            # At most half full, so that a look-up rarely goes on to a second cache line.
            slots=page_aligned(np.zeros(2 << number_bits, dtype=np.uint64)),
            number_mask=np.uint64((1 << number_bits) - 1),
            bitmap=np.zeros(1 << (bitmap_bits - 3), dtype=np.uint8),
            bitmap_shift=np.uint64(64 - bitmap_bits),
            seed=np.uint64(seed),
        )
        hashes = np.concatenate(
            [
                compiled.hash_terms(data, offsets, row.symbols, row.salt, table.seed)
                for (data, offsets), row in zip(buffers, rows, strict=True)
            ]
        )
        if compiled.fill_table(hashes[column_of], table):
            return table, rows
    message = "A block's vocabulary holds a term twice. Give every term once."
    raise ValueError(message)


def _make_rows(
    weights: npt.NDArray[np.float32], idf: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Each term's weights and, last in its row, its idf; rows are whole halves of cache lines."""
    n_features, n_labels = weights.shape
    rows = np.zeros((n_features, -(-(n_labels + 1) // 8) * 8), dtype=np.float32)
    rows[:, :n_labels] = weights
    rows[:, -1] = idf
    return page_aligned(rows.ravel()).reshape(rows.shape)


def page_aligned(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A copy that begins at a huge page's start, or at a cache line's where it is small."""
    boundary = _HUGE_PAGE if array.nbytes >= _HUGE_PAGE else _CACHE_LINE
    room = np.empty(array.nbytes + 2 * boundary, dtype=np.uint8)
    first = -room.ctypes.data % boundary
    copy = room[first : first + array.nbytes].view(array.dtype)
    copy[:] = array
    return copy


def pieces_of(offsets: npt.NDArray[np.int64], n_pieces: int) -> list[slice]:
    """At most so many runs of texts, at least one, with about the same number of bytes each."""
    n_texts = len(offsets) - 1
    aims = np.linspace(offsets[0], offsets[-1], n_pieces + 1)[1:-1]
    inner = np.minimum(np.searchsorted(offsets, aims), n_texts)
    bounds = np.unique(np.concatenate([[0], inner, [n_texts]])).tolist()
    return [slice(a, b) for a, b in pairwise(bounds)] or [slice(0, 0)]
