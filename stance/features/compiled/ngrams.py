"""N-grams of a folded text as 64-bit hashes, those left out that a bitmap does not let pass.

What is kept is written without a branch, because no processor guesses well which n-grams are
known. With each hash goes a place that tells its n-gram: see `place`.
"""

# Loops take plain arguments, many of them, and code points are best read as they are.
# ruff: noqa: PLR0913, PLR2004
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="assignment, call-arg, no-untyped-call, return-value"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stance.features.compiled.machine import (
    Bytes,
    Hashes,
    Places,
    compiled_once,
    eight_bytes,
    mix,
    put_eight_bytes,
    trailing_zeros,
)
from stance.features.compiled.table import Table, may_know
from stance.features.compiled.text import (
    SPACE,
    Folded,
    below_lowest,
    find_tokens,
    hash_bytes,
    spaces_in,
)

WORDS, CHARACTERS = 0, 1

# N-gram starts that are looked up together: enough for the fetches to overlap, and few enough
# for all they bring in to stay in the first-level cache until it is read.
WINDOW = 512

# Longest character n-gram, in bytes, that one step hashes with room for no eighth byte.
_SHORT = 7

_ONE = np.uint64(1)
# A number of bytes to that of their bits: times eight; and back.
_EIGHTHS = np.uint64(3)
_UPPERS = np.uint64(0x8080808080808080)
_SPACES = np.uint64(0x2020202020202020)


class Blocks(NamedTuple):
    """What the loops need to know of the blocks, one value a block."""

    symbols: Places
    low: Places
    high: Places
    salts: Hashes
    sublinear: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64]


class Candidates(NamedTuple):
    """Room for the n-grams of one window: their hashes and places."""

    hashes: Hashes
    places: Places


@njit(inline="always")
def place(at: int, n: int) -> int:
    """The n-gram of n words from word ``at``, or of n characters from byte ``at``, as a number."""
    return at << 8 | n


@njit(inline="always")
def ngrams(
    block: int,
    first: int,
    n_words: int,
    end: int,
    blocks: Blocks,
    table: Table,
    folded: Folded,
    candidates: Candidates,
) -> int:
    """Hash a block's n-grams that begin in the window from ``first`` on; returns how many pass."""
    if blocks.symbols[block] == WORDS:
        last = min(first + WINDOW, n_words)
        return word_ngrams(block, first, last, n_words, blocks, table, folded.words, candidates)
    last = min(first + WINDOW, end)
    return character_ngrams(block, first, last, blocks, table, folded.text, candidates)


@njit(inline="always")
def keep(
    key: np.uint64, where: int, n_kept: np.uint64, table: Table, candidates: Candidates
) -> np.uint64:
    """Write an n-gram down, to be written over if the bitmap does not let it pass."""
    candidates.hashes[n_kept] = key
    candidates.places[n_kept] = where
    return n_kept + may_know(key, table)


@njit(inline="always")
def word_ngrams(
    block: int,
    first: int,
    last: int,
    n_words: int,
    blocks: Blocks,
    table: Table,
    words: Hashes,
    candidates: Candidates,
) -> int:
    """Hash the runs of ``low`` to ``high`` words that begin at the words from first to last."""
    salt, n_kept = blocks.salts[block], np.uint64(0)
    for n in range(blocks.low[block], blocks.high[block] + 1):
        for k in range(first, min(last, n_words - n + 1)):
            key = mix(salt, words[k])
            for j in range(1, n):
                key = mix(key, words[k + j])
            n_kept = keep(key, place(k, n), n_kept, table, candidates)
    return np.int64(n_kept)


@njit(inline="always")
def character_ngrams(
    block: int,
    first: int,
    last: int,
    blocks: Blocks,
    table: Table,
    text: Bytes,
    candidates: Candidates,
) -> int:
    """Hash the runs of characters that begin at the bytes from first to last.

    A token counts with a space before it and one behind it, and no n-gram goes beyond them.
    """
    low, high, salt = blocks.low[block], blocks.high[block], blocks.salts[block]
    n_kept = np.uint64(0)
    for at in range(first, last):
        byte = text[at]
        # Nothing begins within a character, nor at a space that another one follows.
        if byte & 0xC0 == 0x80 or (byte == SPACE and text[at + 1] == SPACE):
            continue
        if low == 1 and byte == SPACE:
            # The space behind the token, which begins no longer n-gram.
            n_kept = keep(mix(salt, np.uint64(SPACE)), place(at, 1), n_kept, table, candidates)
        eight: np.uint64 = eight_bytes(text, at)
        # With its lowest bit set, the first byte is no space.
        spaces = spaces_in(eight | _ONE)
        if high <= _SHORT and eight & below_lowest(spaces) & _UPPERS == 0:
            # A character is a byte: all n-grams are there at once, those too long are not kept.
            longest = (trailing_zeros(spaces) >> _EIGHTHS) + _ONE
            for n in range(np.uint64(low), np.uint64(high) + _ONE):
                key = mix(salt, eight & ((_ONE << (n << _EIGHTHS)) - _ONE))
                candidates.hashes[n_kept] = key
                candidates.places[n_kept] = place(at, np.int64(n))
                n_kept += may_know(key, table) & np.uint64(n <= longest)
            continue
        stop = at
        for n in range(1, high + 1):
            if n > 2 and text[stop - 1] == SPACE:
                break
            stop += 1
            while text[stop] & 0xC0 == 0x80:
                stop += 1
            if n >= low:
                key = hash_bytes(text, at, stop, salt)
                n_kept = keep(key, place(at, n), n_kept, table, candidates)
    return np.int64(n_kept)


@compiled_once
def hash_terms(
    data: Bytes,
    offsets: Places,
    symbols: int,
    salt: np.uint64,
    seed: np.uint64,
    folded: Folded,
    hashes: Hashes,
) -> None:
    """Write the hashes of terms, given as folded text in a buffer, as `ngrams` will make them."""
    text = folded.text
    for i in range(offsets.size - 1):
        end = 1 + offsets[i + 1] - offsets[i]
        text[0] = SPACE
        for k in range(1, end):
            text[k] = data[offsets[i] + k - 1]
        put_eight_bytes(text, end, _SPACES)
        put_eight_bytes(text, end + 8, _SPACES)
        if symbols == CHARACTERS:
            hashes[i] = hash_bytes(text, 1, end, salt)
        else:
            hashes[i] = salt
            for k in range(find_tokens(end, seed, folded)):
                hashes[i] = mix(hashes[i], folded.words[k])
