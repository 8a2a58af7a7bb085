"""What the compiled loops look things up in: folded code points, hashes and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stance.features.buffers import page_aligned, text_buffer
from stance.features.compiled.machine import mix_all
from stance.features.compiled.ngrams import CHARACTERS, WINDOW, Candidates, hash_terms
from stance.features.compiled.table import Table, fill_table
from stance.features.compiled.text import MARGIN, MOST_GROWTH, SPACE, Folded
from stance.text.tokens import TOKEN, folded

# The bitmap must stay in a core's second-level cache beside the counts: 2**20 bits are 128 KiB.
_MOST_BITMAP_BITS = 20

# Two of a million 64-bit hashes are equal once in 30 million tries; eight tries are forever.
MOST_SEEDS = 8

_NO_SEED = np.uint64(0)

# A number without pattern, from the digits of pi, to make seeds of.
_PI = 0x243F6A8885A308D3


@cache
def fold_table() -> npt.NDArray[np.uint32]:
    """For each code point its folded form where that is part of a token, else a space."""
    numbers = np.arange(0x110000, dtype="<u4")
    # Lone surrogates pass, as they do in Python's strings.
    alike = {"encoding": "utf-32-le", "errors": "surrogatepass"}
    # Folding by blocks is quick: only blocks with a special case go letter by letter.
    blocks = numbers.reshape(-1, 0x1000)
    points = "".join(folded(block.tobytes().decode(**alike)) for block in blocks)
    table = np.full(len(numbers), SPACE, dtype=np.uint32)
    codes = np.frombuffer(points.encode(**alike), dtype="<u4")
    for match in TOKEN.finditer(points):
        table[match.start() : match.end()] = codes[match.start() : match.end()]
    return table


def seeds_of(numbers: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """A number without pattern for each number, always the same."""
    wanted = np.asarray(numbers, dtype=np.uint64)
    seeds = np.full_like(wanted, _PI)
    mix_all(seeds, wanted)
    return seeds


def make_folded(longest: int) -> Folded:
    """Room for a text of so many bytes."""
    return Folded(
        text=np.empty(MOST_GROWTH * longest + MARGIN, dtype=np.uint8),
        # A token takes a letter and a separator; the last one no separator.
        words=np.empty(longest // 2 + 1, dtype=np.uint64),
        places=np.empty(longest // 2 + 1, dtype=np.int64),
    )


def make_candidates(most_lengths: int) -> Candidates:
    """Room for the n-grams of a window, of at most so many lengths."""
    # One more at each place for the space behind a token, and one that is always written over.
    room = WINDOW * (most_lengths + 1) + 1
    return Candidates(np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.int64))


def hashes_of(
    terms: Sequence[str] | pa.Array,
    *,
    salt: np.uint64,
    symbols: int = CHARACTERS,
    seed: np.uint64 = _NO_SEED,
) -> npt.NDArray[np.uint64]:
    """The hashes of terms, given folded, as the loops will make them of a text.

    ``salt`` begins each; ``seed`` begins the hash of a word, where the symbols are words.
    """
    data, offsets = text_buffer(terms)
    room = make_folded(int(np.diff(offsets).max(initial=0)))
    hashes = np.empty(len(offsets) - 1, dtype=np.uint64)
    hash_terms(data, offsets, symbols, salt, seed, room, hashes)
    return hashes


def make_table(hashes: npt.NDArray[np.uint64]) -> Table | None:
    """A table in which hash i has number i, or None if two are equal."""
    number_bits = max(len(hashes).bit_length(), 8)
    bitmap_bits = min(number_bits + 4, _MOST_BITMAP_BITS)
    table = Table(
        # At most half full, so that a look-up rarely goes on to a second cache line.
        slots=page_aligned(np.zeros(2 << number_bits, dtype=np.uint64)),
        number_mask=np.uint64((1 << number_bits) - 1),
        bitmap=np.zeros(1 << (bitmap_bits - 3), dtype=np.uint8),
        bitmap_shift=np.uint64(64 - bitmap_bits),
    )
    return table if fill_table(hashes, table) else None
