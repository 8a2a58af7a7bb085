"""Readers of what stands around a target: words, their distance, letters, quotation."""

# Loops take plain arguments, many of them.
# ruff: noqa: PLR0913

from __future__ import annotations

import numpy as np

from stance.features.compiled.machine import Hashes, Places, compiled_part
from stance.features.compiled.target_hashes import (
    BASE,
    ONE,
    SPACE,
    ZERO,
    hash_of,
    joined,
    note,
    pairs,
)
from stance.features.compiled.target_layout import (
    FIRST,
    FLAGS,
    FOLD,
    LAST,
    MASK,
    QUOTE,
    SPEECH,
    Points,
    ReaderRow,
)
from stance.features.compiled.target_places import FINE_LOWS, FINE_PLACES, SIDES, place_of
from stance.features.target import FINE, LETTER_WINDOW

_BLANK, _QUOTE, _OPENING = 0x20, 0x22, 0x201C

_SPEECH_PLACES = pairs([f"speech {side}{low}" for low in FINE for side in SIDES])
# By 2 * is open + has quotes.
_QUOTINGS = pairs(
    [f"{way} {kind}" for way in ("outside", "inside") for kind in ("plain", "quotes")]
)
_SPEAKER = hash_of("speaker")


@compiled_part
def read_words(
    hashes: Hashes,
    n_words: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note the n-grams of the masked words."""
    for i in range(n_words):
        term = hashes[i, 0]
        for n in range(1, row.high + 1):
            if n > 1:
                last = i + n - 1
                if last >= n_words:
                    break
                term = joined(term, SPACE, BASE)
                term = joined(term, hashes[last, 0], hashes[last, 1])
            if n >= row.low:
                n_noted = note(term, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def read_distance(
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note each word with the bucket of its distance and its side."""
    for i in range(n_words):
        if i != target:
            place = FINE_PLACES[place_of(i, target, FINE_LOWS), 0]
            term = joined(place, hashes[i, 0], hashes[i, 1])
            n_noted = note(term, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def read_letters(
    letters: Points,
    words: Places,
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note the n-grams of letters of each word near the target."""
    for i in range(max(0, target - LETTER_WINDOW), min(n_words, target + LETTER_WINDOW + 1)):
        if words[i, FLAGS] & MASK:
            n_noted = note(hashes[i, 0], row.salt, known, noted, n_noted)
            continue
        first, size = words[i, FIRST], words[i, LAST] - words[i, FIRST] + 2
        for at in range(size):
            total = ZERO
            for length in range(1, min(row.high, size - at) + 1):
                place = at + length - 1
                character = np.uint64(_BLANK)
                if 0 < place < size - 1:
                    character = np.uint64(letters[first + place - 1] & FOLD)
                total = total * BASE + character + ONE
                # The whole of a padded word is read where it is no longer than a run.
                if length >= row.low or length == size:
                    n_noted = note(total, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def read_quotation(
    letters: Points,
    words: Places,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note whether the target stands inside quotes, and the nearest word of speech."""
    is_open = has_quotes = False
    nearest = -1
    for i in range(n_words):
        if words[i, FLAGS] & QUOTE:
            has_quotes = True
            if i < target:
                mark = letters[words[i, FIRST]] & FOLD
                is_open = mark == _OPENING or (mark == _QUOTE and not is_open)
        if words[i, FLAGS] & SPEECH and (nearest < 0 or abs(i - target) < abs(nearest - target)):
            nearest = i
    quoting = _QUOTINGS[2 * is_open + has_quotes]
    n_noted = note(quoting[0], row.salt, known, noted, n_noted)
    if nearest < 0:
        return n_noted
    speech = _SPEECH_PLACES[place_of(nearest, target, FINE_LOWS), 0]
    n_noted = note(speech, row.salt, known, noted, n_noted)
    term = joined(joined(speech, SPACE, BASE), quoting[0], quoting[1])
    n_noted = note(term, row.salt, known, noted, n_noted)
    if abs(nearest - target) == 1:
        n_noted = note(_SPEAKER, row.salt, known, noted, n_noted)
    return n_noted
