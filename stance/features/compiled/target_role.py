"""The reader of what a target owns, does and undergoes."""

# Loops take plain arguments, many of them.
# ruff: noqa: PLR0913
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from stance.features.compiled.machine import Hashes, Places, compiled_part
from stance.features.compiled.target_hashes import BASE, SPACE, hash_of, joined, note, pairs
from stance.features.compiled.target_layout import (
    ADVERB,
    AUXILIARY,
    BE,
    DETERMINER,
    FLAGS,
    MASK,
    NEGATION,
    OTHER,
    PREPOSITION,
    ReaderRow,
)
from stance.features.target_role import MOST_BEFORE_VERB, N_OWNED

_PARTS = pairs(["owner", "owns:", "does:", "not ", "be ", "undergoes:", "after:", " ", " _ "])
_OWNER, _OWNS, _DOES, _NOT, _BE, _UNDERGOES, _AFTER, _SPACE, _GAP = range(9)
_TAIL = hash_of("'s")


@compiled_part
def read_role(
    words: Places,
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    """Note what a possessive target owns or else what another does, and what is done to it."""
    if target + 1 < n_words and hashes[target + 1, 0] == _TAIL:
        n_noted = _read_owned(hashes, n_words, target, row, known, noted, n_noted)
    else:
        n_noted = _read_done(words, hashes, n_words, target, row, known, noted, n_noted)
    return _read_governing(words, hashes, target, row, known, noted, n_noted)


@compiled_part
def _read_owned(
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    first = target + 2
    n_noted = note(_PARTS[_OWNER, 0], row.salt, known, noted, n_noted)
    for i in range(first, min(first + N_OWNED, n_words)):
        term = joined(_PARTS[_OWNS, 0], hashes[i, 0], hashes[i, 1])
        n_noted = note(term, row.salt, known, noted, n_noted)
    if first + 1 < n_words:
        term = joined(_PARTS[_OWNS, 0], hashes[first, 0], hashes[first, 1])
        term = joined(term, SPACE, BASE)
        term = joined(term, hashes[first + 1, 0], hashes[first + 1, 1])
        n_noted = note(term, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def _read_done(
    words: Places,
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    verb = target + 1
    limit = min(verb + MOST_BEFORE_VERB, n_words)
    is_negated = is_passive = False
    while verb < limit and words[verb, FLAGS] & (AUXILIARY | NEGATION | ADVERB):
        is_negated |= (words[verb, FLAGS] & NEGATION) != 0
        is_passive |= (words[verb, FLAGS] & BE) != 0
        verb += 1
    if verb >= n_words:
        return n_noted
    action = _PARTS[_DOES, 0]
    if is_negated:
        action = joined(action, _PARTS[_NOT, 0], _PARTS[_NOT, 1])
    if is_passive:
        action = joined(action, _PARTS[_BE, 0], _PARTS[_BE, 1])
    action = joined(action, hashes[verb, 0], hashes[verb, 1])
    n_noted = note(action, row.salt, known, noted, n_noted)
    for step, between in ((1, _SPACE), (2, _GAP)):
        if verb + step < n_words:
            term = joined(action, _PARTS[between, 0], _PARTS[between, 1])
            term = joined(term, hashes[verb + step, 0], hashes[verb + step, 1])
            n_noted = note(term, row.salt, known, noted, n_noted)
    return n_noted


@compiled_part
def _read_governing(
    words: Places,
    hashes: Hashes,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    near = target - 1
    while near >= 0 and (
        words[near, FLAGS] & DETERMINER
        or (words[near, FLAGS] & MASK and words[near, FLAGS] & OTHER)
    ):
        near -= 1
    if near < 0:
        return n_noted
    is_after = words[near, FLAGS] & PREPOSITION
    start = _PARTS[_AFTER, 0] if is_after else _PARTS[_UNDERGOES, 0]
    word, power = hashes[near, 0], hashes[near, 1]
    n_noted = note(joined(start, word, power), row.salt, known, noted, n_noted)
    head = near - 1
    if is_after:
        while head >= 0 and words[head, FLAGS] & DETERMINER:
            head -= 1
    for step, between in ((0, _SPACE), (1, _GAP)):
        if head >= step and (is_after or step == 0):
            term = joined(start, hashes[head - step, 0], hashes[head - step, 1])
            term = joined(term, _PARTS[between, 0], _PARTS[between, 1])
            n_noted = note(joined(term, word, power), row.salt, known, noted, n_noted)
    return n_noted
