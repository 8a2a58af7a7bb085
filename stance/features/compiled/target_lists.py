"""Readers that look words up in lists: polarity, cues, classes."""

# Loops take plain arguments, many of them, and numba has no `any` over a generator.
# ruff: noqa: PLR0913, SIM110

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from stance.features.compiled.machine import Hashes, Places, compiled_part
from stance.features.compiled.target_hashes import (
    BASE,
    ONE,
    ZERO,
    hash_of,
    joined,
    note,
    number_of,
    pairs,
)
from stance.features.compiled.target_layout import (
    BAD,
    BE,
    FIRST,
    FLAGS,
    FOLD,
    GOOD,
    LAST,
    MASK,
    N_BREAKS,
    N_ENDINGS,
    N_OTHERS,
    NEGATION,
    OF_LISTED,
    OF_SUFFIXES,
    STRONG,
    Points,
    ReaderRow,
    Values,
)
from stance.features.compiled.target_places import (
    COARSE_LOWS,
    COARSE_PLACES,
    FINE_LOWS,
    FINE_PLACES,
    SIDES,
    place_of,
)
from stance.features.english import SUFFIXES
from stance.features.target import COARSE
from stance.features.target_marking import NEGATION_REACH

_LONGEST_SUFFIX: Final = max(map(len, SUFFIXES))

_AFTER_COARSE = pairs([f":{side}{low}" for low in COARSE for side in SIDES])
# By what stands between (8: sentence end, 4: break, 2: other) and side (1: right).
_PATHS = pairs(
    [
        f"{side} sentence" if ends else f"{side}{' break' * breaks}{' other' * others}"
        for ends in (0, 1)
        for breaks in (0, 1)
        for others in (0, 1)
        for side in SIDES
    ]
)
# By valence as in GOOD, BAD and STRONG.
_VALENCES = pairs(
    [f"{s} {way}" for s in ("weak", "strong") for way in ("none", "good", "bad", "none")]
)
_PARTS = pairs(["not ", ":passive ", ":by "])
_NOT, _PASSIVE, _BY_MARK = range(3)
_BY, _COLON = hash_of("by"), hash_of(":")


@compiled_part
def read_polarity(
    words: Places,
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    starts: Values,
    values: Values,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note the valence of each listed word, turned around where it is negated."""
    for i in range(n_words):
        if words[i, FLAGS] & MASK:
            continue
        listed = number_of(hashes[i, 0] ^ row.salt ^ OF_LISTED, known)
        if listed < 0:
            continue
        valence = values[starts[listed]]
        way = valence & (GOOD | BAD)
        if way == 0:
            way = BAD
        elif _is_negated(words, i):
            way ^= GOOD | BAD
        place = FINE_PLACES[place_of(i, target, FINE_LOWS), 0]
        name = (valence & STRONG) | way
        term = joined(place, _VALENCES[name, 0], _VALENCES[name, 1])
        n_noted = note(term, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def read_cues(
    letters: Points,
    words: Places,
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    fixed: Hashes,
    starts: Values,
    values: Values,
    names: Hashes,
    cues: Values,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note each cue with its place and with what stands between it and the target."""
    is_passive = False
    for i in range(target + 1, min(target + 3, n_words)):
        is_passive |= (words[i, FLAGS] & BE) != 0
    is_agent = target > 0 and hashes[target - 1, 0] == _BY
    for i in range(n_words):
        if words[i, FLAGS] & MASK:
            continue
        n_cues = _cues_of(letters, words, i, row, fixed, starts, values, cues)
        if n_cues == 0:
            continue
        low, high = min(i, target) + 1, max(i, target)
        ends = words[high, N_ENDINGS] > words[low, N_ENDINGS]
        breaks = words[high, N_BREAKS] > words[low, N_BREAKS]
        others = words[high, N_OTHERS] > words[low, N_OTHERS]
        path = _PATHS[((ends * 2 + breaks) * 2 + others) * 2 + (i > target)]
        place = _AFTER_COARSE[place_of(i, target, COARSE_LOWS)]
        is_negated = _is_negated(words, i)
        for k in range(n_cues):
            cue, power = names[cues[k], 0], names[cues[k], 1]
            name = joined(_PARTS[_NOT, 0], cue, power) if is_negated else cue
            term = joined(name, place[0], place[1])
            n_noted = note(term, row.salt, known, noted, n_noted)
            term = joined(joined(name, _COLON, BASE), path[0], path[1])
            n_noted = note(term, row.salt, known, noted, n_noted)
            if is_passive and i > target:
                term = joined(cue, _PARTS[_PASSIVE, 0], _PARTS[_PASSIVE, 1])
                term = joined(term, path[0], path[1])
                n_noted = note(term, row.salt, known, noted, n_noted)
            if is_agent and i < target:
                term = joined(cue, _PARTS[_BY_MARK, 0], _PARTS[_BY_MARK, 1])
                term = joined(term, path[0], path[1])
                n_noted = note(term, row.salt, known, noted, n_noted)
    return n_noted


@njit(inline="always")
def _cues_of(
    letters: Points,
    words: Places,
    i: int,
    row: ReaderRow,
    fixed: Hashes,
    starts: Values,
    values: Values,
    cues: Values,
) -> int:
    """Write the cues of every stem that the word continues; returns how many there are."""
    first, length = words[i, FIRST], words[i, LAST] - words[i, FIRST]
    n_cues = 0
    stem = ZERO
    for cut in range(1, min(length, row.longest) + 1):
        stem = stem * BASE + np.uint64(letters[first + cut - 1] & FOLD) + ONE
        if cut < row.shortest or length - cut > _LONGEST_SUFFIX:
            continue
        listed = number_of(stem ^ row.salt, fixed)
        if listed < 0:
            continue
        suffix = ZERO
        for at in range(first + cut, first + length):
            suffix = suffix * BASE + np.uint64(letters[at] & FOLD) + ONE
        if length > cut and number_of(suffix ^ OF_SUFFIXES, fixed) < 0:
            continue
        for k in range(starts[listed], starts[listed + 1]):
            is_new = True
            for before in range(n_cues):
                is_new &= cues[before] != values[k]
            if is_new:
                cues[n_cues] = values[k]
                n_cues += 1
    return n_cues


@compiled_part
def read_classes(
    words: Places,
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    starts: Values,
    values: Values,
    names: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note the classes of each listed word, without and with its place."""
    for i in range(n_words):
        if words[i, FLAGS] & MASK:
            continue
        listed = number_of(hashes[i, 0] ^ row.salt ^ OF_LISTED, known)
        if listed < 0:
            continue
        place = COARSE_PLACES[place_of(i, target, COARSE_LOWS), 0]
        for k in range(starts[listed], starts[listed + 1]):
            name, power = names[values[k], 0], names[values[k], 1]
            n_noted = note(name, row.salt, known, noted, n_noted)
            n_noted = note(joined(place, name, power), row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def _is_negated(words: Places, i: int) -> bool:
    for k in range(max(0, i - NEGATION_REACH), i):
        if words[k, FLAGS] & NEGATION:
            return True
    return False
