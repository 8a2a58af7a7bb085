"""Counting the entries of word lists: from word to word through a tree of all entries.

The tree's edges stand in one hash table. An edge leaves a state by a whole word or by how a word
begins; edge i leads to state i + 1, and state 0 is where every entry begins.
"""

# Loops take plain arguments, many of them.
# ruff: noqa: PLR0913
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="arg-type, assignment, call-arg, no-untyped-call, return-value"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stance.features.compiled.machine import Bytes, Hashes, Numbers, Places, compiled_once, mix
from stance.features.compiled.table import Table, may_know, number_of
from stance.features.compiled.text import Folded, hash_bytes, token_end

# Beginnings of so many bytes are noted in a bitmap, which spares most words all longer ones.
NOTED = 4

_NO_STATE = np.uint64(0)
# The bitmap of beginnings has 2**16 bits, 8 KiB.
NOTED_BITS = 16
_NOTED_SHIFT = np.uint64(64 - NOTED_BITS)
_EIGHTHS, _REST, _ONE = np.uint64(3), np.uint64(7), np.uint64(1)


class Entries(NamedTuple):
    """The entries of all categories as a tree.

    State s is left by beginnings of ``lengths[first_lengths[s]:first_lengths[s + 1]]`` bytes, in
    increasing order, and ends an entry of each of
    ``categories[first_categories[s]:first_categories[s + 1]]``. Beginnings are hashed from
    ``seed``; ``noted`` is their bitmap.
    """

    edges: Table
    salts: Hashes
    first_lengths: Places
    lengths: Places
    first_categories: Places
    categories: Places
    noted: Bytes
    seed: np.uint64


class Hits(NamedTuple):
    """Hits of each category, int32 of shape (n_texts, n_categories), and each text's tokens."""

    counts: npt.NDArray[np.int32]
    tokens: npt.NDArray[np.int32]


@njit(inline="always")
def count_hits(
    row: int,
    n_words: int,
    n_places: int,
    entries: Entries,
    folded: Folded,
    stack: Numbers,
    last_hits: Places,
    counts: npt.NDArray[np.int32],
) -> int:
    """Count in ``counts[row]`` the places of a text at which a category's entry begins.

    ``n_places`` numbers the places of all texts, so that ``last_hits`` can tell whether a category
    was met at this one already; returns where the next text's numbers begin.
    """
    for k in range(n_words):
        n_places += 1
        stack[0], stack[1], n_left = 0, k, 2
        while n_left > 0:
            n_left -= 2
            state, at = np.int64(stack[n_left]), np.int64(stack[n_left + 1])
            for c in range(entries.first_categories[state], entries.first_categories[state + 1]):
                category = entries.categories[c]
                counts[row, category] += last_hits[category] != n_places
                last_hits[category] = n_places
            if at < n_words:
                n_left = follow(state, at, n_left, entries, folded, stack)
    return n_places


@njit(inline="always")
def follow(
    state: int, at: int, n_left: int, entries: Entries, folded: Folded, stack: Numbers
) -> int:
    """Put the states that a word leads to on the stack; returns the stack's new height."""
    text, edges, salt = folded.text, entries.edges, entries.salts[state]
    n_left = push(mix(salt, folded.words[at]), at, n_left, edges, stack)
    first, last = entries.first_lengths[state], entries.first_lengths[state + 1]
    if first == last:
        return n_left
    start = folded.places[at]
    size = token_end(start, text) - start
    is_noted = size >= NOTED and note(text, start, entries.seed, entries.noted) != 0
    for k in range(first, last):
        length = entries.lengths[k]
        if length > size or (length >= NOTED and not is_noted):
            break
        beginning = hash_bytes(text, start, start + length, entries.seed)
        n_left = push(mix(salt, beginning), at, n_left, edges, stack)
    return n_left


@njit(inline="always")
def push(key: np.uint64, at: int, n_left: int, edges: Table, stack: Numbers) -> int:
    """Put the state that an edge leads to on the stack, with the word that comes next."""
    if may_know(key, edges) != 0:
        state = number_of(key, edges)
        if state != _NO_STATE:
            stack[n_left], stack[n_left + 1] = state, at + 1
            n_left += 2
    return n_left


@njit(inline="always")
def note(text: Bytes, start: int, seed: np.uint64, noted: Bytes) -> np.uint64:
    """The bit of a word's first bytes in the bitmap of beginnings."""
    bit = hash_bytes(text, start, start + NOTED, seed) >> _NOTED_SHIFT
    return np.uint64(noted[bit >> _EIGHTHS]) >> (bit & _REST) & _ONE


@compiled_once
def note_beginnings(data: Bytes, starts: Places, seed: np.uint64, noted: Bytes) -> None:
    """Set the bits that `note` reads, for the beginnings that start at ``data[starts[i]]``.

    Eight bytes are read of each.
    """
    for i in range(starts.size):
        bit = hash_bytes(data, starts[i], starts[i] + NOTED, seed) >> _NOTED_SHIFT
        noted[bit >> _EIGHTHS] |= np.uint8(1 << np.int64(bit & _REST))
