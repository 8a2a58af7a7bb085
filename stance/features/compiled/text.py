"""From bytes to tokens: a text folded to lower case between spaces, and its tokens' hashes.

A folded text begins and ends with spaces, and has one or more between two tokens. Nothing else
in it is a space, as no token holds one, so eight bytes can be searched for a token's end at once.
"""

# Code points are best read as they are.
# ruff: noqa: PLR2004
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="arg-type, assignment, call-arg, no-untyped-call, return-value"

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

SPACE = ord(" ")

# Bytes of room that a folded text needs beyond its own: the space in front, those behind, and what
# is read with the last byte eight at a time.
MARGIN = 32

# Bytes that one byte of text can become: "Ⱥ" takes two and folded three. Rounded up.
MOST_GROWTH = 2

_ONE, _SEVEN = np.uint64(1), np.uint64(7)
# A bit's number to the number of its byte: divided by eight.
_EIGHTHS = np.uint64(3)


def _eight(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes([byte] * 8, "little"))


_FIRSTS, _UPPERS, _SPACES = _eight(0x01), _eight(0x80), _eight(SPACE)
# Added to a byte below 0x80, they carry into its upper bit from that letter on.
_FROM_A, _PAST_Z = _eight(0x80 - ord("a")), _eight(0x80 - ord("z") - 1)
_FROM_0, _PAST_9 = _eight(0x80 - ord("0")), _eight(0x80 - ord("9") - 1)
_FROM_LINE, _PAST_LINE = _eight(0x80 - ord("_")), _eight(0x80 - ord("_") - 1)
# An upper bit moved to where capitals and small letters differ: 0x80 to 0x20.
_TO_CASE = np.uint64(2)


class Folded(NamedTuple):
    """Room for one text: its folded bytes, and of each token the hash and where it begins."""

    text: Bytes
    words: Hashes
    places: Places


@njit(inline="always")
def decode(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    """The code point of several bytes that begins at ``at``, and how many bytes it takes.

    A byte that begins no valid sequence is U+FFFD by itself; nothing past ``stop`` is read.
    """
    first, left = np.int64(data[at]), stop - at
    if left > 1:
        second = np.int64(data[at + 1])
        tail = second & 0x3F
        # Python, like Unicode's table 3-7, takes no overlong forms and no surrogates.
        if 0xC2 <= first <= 0xDF and second & 0xC0 == 0x80:
            return (first & 0x1F) << 6 | tail, 2
        if left > 2 and first & 0xF0 == 0xE0 and np.int64(data[at + 2]) & 0xC0 == 0x80:
            least = 0xA0 if first == 0xE0 else 0x80
            most = 0x9F if first == 0xED else 0xBF
            if least <= second <= most:
                tail = tail << 6 | (np.int64(data[at + 2]) & 0x3F)
                return (first & 0x0F) << 12 | tail, 3
        if (
            left > 3
            and 0xF0 <= first <= 0xF4
            and np.int64(data[at + 2]) & 0xC0 == 0x80
            and np.int64(data[at + 3]) & 0xC0 == 0x80
        ):
            least = 0x90 if first == 0xF0 else 0x80
            most = 0x8F if first == 0xF4 else 0xBF
            if least <= second <= most:
                tail = (tail << 6 | (np.int64(data[at + 2]) & 0x3F)) << 6
                return (first & 0x07) << 18 | tail | (np.int64(data[at + 3]) & 0x3F), 4
    return 0xFFFD, 1


@njit(inline="always")
def encode(code: int, text: Bytes, at: int) -> int:
    """Write a code point in UTF-8; returns where it ends."""
    if code < 0x80:
        text[at] = code
        return at + 1
    size = 2 + (code >= 0x800) + (code >= 0x10000)
    for k in range(size - 1, 0, -1):
        text[at + k] = 0x80 | (code & 0x3F)
        code >>= 6
    # As many upper bits as there are bytes, then a zero: 0xC0, 0xE0 or 0xF0.
    text[at] = (0xF00 >> size & 0xFF) | code
    return at + size


@njit(inline="always")
def fold_eight(eight: np.uint64) -> np.uint64:
    """Eight bytes below 0x80 folded: letters small, digits and "_" as they are, else spaces.

    The bytes are compared within one number, each in its own eight bits, of which the upper one
    is left free to carry the answer.
    """
    small = eight | _SPACES
    letters = (small + _FROM_A) & ~(small + _PAST_Z) & _UPPERS
    digits = (eight + _FROM_0) & ~(eight + _PAST_9)
    lines = (eight + _FROM_LINE) & ~(eight + _PAST_LINE)
    kept = letters | ((digits | lines) & _UPPERS)
    mask = kept | (kept - (kept >> _SEVEN))
    return ((eight | letters >> _TO_CASE) & mask) | (_SPACES & ~mask)


@njit(inline="always")
def fold_text(
    data: Bytes, start: int, stop: int, folds: npt.NDArray[np.uint32], text: Bytes
) -> int:
    """Write ``data[start:stop]`` folded to ``text`` and return where its last token may end.

    ``folds`` knows for each code point what it becomes.
    """
    text[0] = SPACE
    end, at = 1, start
    while at < stop:
        while at + 8 <= stop and eight_bytes(data, at) & _UPPERS == 0:
            put_eight_bytes(text, end, fold_eight(eight_bytes(data, at)))
            at += 8
            end += 8
        # A few bytes one by one: up to eight, or the last ones.
        near = min(at + 8, stop)
        while at < near:
            code, size = np.int64(data[at]), 1
            if code >= 0x80:
                code, size = decode(data, at, stop)
            at += size
            end = encode(np.int64(folds[code]), text, end)
    put_eight_bytes(text, end, _SPACES)
    put_eight_bytes(text, end + 8, _SPACES)
    return end


@njit(inline="always")
def spaces_in(eight: np.uint64) -> np.uint64:
    """The upper bit of each byte that is a space, up to and including the first such byte."""
    differing = eight ^ _SPACES
    return (differing - _FIRSTS) & ~differing & _UPPERS


@njit(inline="always")
def below_lowest(bits: np.uint64) -> np.uint64:
    """Ones below the lowest bit that is set; all ones if none is."""
    return (bits & (~bits + _ONE)) - _ONE


@njit(inline="always")
def find_tokens(end: int, seed: np.uint64, folded: Folded) -> int:
    """Hash the tokens of a folded text, eight bytes at a time; returns how many there are."""
    text = folded.text
    at, n_words = 1, 0
    while True:
        while at < end and text[at] == SPACE:
            at += 1
        if at >= end:
            return n_words
        folded.places[n_words] = at
        state = seed
        eight: np.uint64 = eight_bytes(text, at)
        spaces = spaces_in(eight)
        while spaces == 0:
            state = mix(state, eight)
            at += 8
            eight = eight_bytes(text, at)
            spaces = spaces_in(eight)
        # What comes before the space: its upper bit is the eighth of its byte.
        folded.words[n_words] = mix(state, eight & below_lowest(spaces) >> _SEVEN)
        n_words += 1
        at += np.int64(trailing_zeros(spaces) >> _EIGHTHS) + 1


@njit(inline="always")
def token_end(at: int, text: Bytes) -> int:
    """Where the token ends that begins at ``at``."""
    while True:
        spaces = spaces_in(eight_bytes(text, at))
        if spaces != 0:
            return at + np.int64(trailing_zeros(spaces) >> _EIGHTHS)
        at += 8


@njit(inline="always")
def hash_bytes(text: Bytes, at: int, end: int, seed: np.uint64) -> np.uint64:
    """The hash of ``text[at:end]``, eight bytes at a time."""
    state = seed
    while end - at >= 8:
        state = mix(state, eight_bytes(text, at))
        at += 8
    mask = (_ONE << np.uint64(8 * (end - at))) - _ONE
    return mix(state, eight_bytes(text, at) & mask)


@compiled_once
def fold_whole(data: Bytes, folds: npt.NDArray[np.uint32], text: Bytes) -> int:
    """Write all of ``data`` folded to ``text`` and return where its last token may end."""
    return fold_text(data, 0, data.size, folds, text)
