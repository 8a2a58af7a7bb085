"""Readers of what a target itself is: its shape, its place in the text, its own words."""

# Loops take plain arguments, many of them.
# ruff: noqa: FBT001, PLR0913

from __future__ import annotations

import numpy as np

from stance.features.compiled.machine import Hashes, Places, compiled_part
from stance.features.compiled.target_hashes import BASE, ONE, SPACE, hash_of, joined, note, pairs
from stance.features.compiled.target_layout import (
    ENDING,
    FLAGS,
    FOLD,
    IN_WORD,
    IS_LOWER,
    IS_SPACE,
    IS_UPPER,
    N_OTHERS,
    Points,
    ReaderRow,
)
from stance.features.compiled.target_places import FINE_LOWS, bucket_of
from stance.features.target import FINE

_KINDS = pairs([f"kind:{kind}" for kind in ("pronoun", "capitals", "name", "noun")])
_N_WORDS = pairs([f"n_words:{n}" for n in range(5)])
_FIFTHS = pairs([f"fifth:{n}" for n in range(6)])
_FROM_START = pairs([f"from_start:{low}" for low in FINE])
_LENGTHS = pairs([f"length:{n}" for n in range(9)])
_N_OTHERS = pairs([f"n_others:{n}" for n in range(6)])
_OPENS, _WHOLE, _WORD = hash_of("opens"), hash_of("whole:"), hash_of("word:")


@compiled_part
def read_shape(
    mention: Points,
    is_pronoun: bool,
    info: Points,
    words: Places,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note what kind of mention the target is, its place, and how many others there are."""
    n_upper, n_lower, n_parts, was_space = 0, 0, 0, True
    for point in mention:
        n_upper += (info[point] & IS_UPPER) != 0
        n_lower += (info[point] & IS_LOWER) != 0
        is_space = (info[point] & IS_SPACE) != 0
        n_parts += was_space and not is_space
        was_space = is_space
    kind = 3
    if is_pronoun:
        kind = 0
    elif n_upper and not n_lower:
        kind = 1
    elif info[mention[0]] & IS_UPPER:
        kind = 2
    n_noted = note(_KINDS[kind, 0], row.salt, known, noted, n_noted)
    n_noted = note(_N_WORDS[min(4, n_parts), 0], row.salt, known, noted, n_noted)
    fifth = 5 * target // max(1, n_words - 1)
    n_noted = note(_FIFTHS[fifth, 0], row.salt, known, noted, n_noted)
    bucket = bucket_of(target + 1, FINE_LOWS)
    n_noted = note(_FROM_START[bucket, 0], row.salt, known, noted, n_noted)
    n_noted = note(_LENGTHS[min(8, n_words // 8), 0], row.salt, known, noted, n_noted)
    n_others = min(5, words[n_words, N_OTHERS])
    n_noted = note(_N_OTHERS[n_others, 0], row.salt, known, noted, n_noted)
    if target == 0 or words[target - 1, FLAGS] & ENDING:
        n_noted = note(_OPENS, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def read_mention(
    mention: Points,
    info: Points,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note the words of the mention, each and all together."""
    whole, word = _WHOLE, _WORD
    in_word = in_space = False
    for point in mention:
        folded = info[point] & FOLD
        is_part = (info[folded] & IN_WORD) != 0
        if is_part:
            word = word * BASE + np.uint64(folded) + ONE
        elif in_word:
            n_noted = note(word, row.salt, known, noted, n_noted)
            word = _WORD
        in_word = is_part
        is_space = (info[folded] & IS_SPACE) != 0
        if is_space and not in_space:
            whole = joined(whole, SPACE, BASE)
        elif not is_space:
            whole = whole * BASE + np.uint64(folded) + ONE
        in_space = is_space
    if in_word:
        n_noted = note(word, row.salt, known, noted, n_noted)
    return note(whole, row.salt, known, noted, n_noted)
