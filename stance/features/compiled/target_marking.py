"""From letters to masked words: a text cut, and the target, the others and numbers marked."""

# Loops take plain arguments, many of them, and readers are long for having no strings.
# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR2004

from __future__ import annotations

import numpy as np

from stance.features.compiled.machine import Hashes, Places, compiled_once, compiled_part
from stance.features.compiled.target_hashes import BASE, ONE, ZERO, number_of, pairs
from stance.features.compiled.target_layout import (
    ADVERB,
    BREAK,
    CAPITAL,
    DIGITS,
    ENDING,
    FIRST,
    FLAGS,
    FOLD,
    IN_WORD,
    IS_DIGIT,
    IS_SPACE,
    IS_UPPER,
    KEPT,
    LAST,
    MASK,
    N_BREAKS,
    N_ENDINGS,
    N_OTHERS,
    NO_NAME,
    OF_FUNCTIONS,
    OF_MENTIONS,
    OTHER,
    POSSESSIVE,
    QUOTE,
    Points,
)
from stance.features.target_marking import NUMBER, REACH, TARGET
from stance.features.target_marking import OTHER as OTHER_NAME

_APOSTROPHE, _CURLY, _HYPHEN, _STOP = 0x27, 0x2019, 0x2D, 0x2E
_COMMA, _LINE_FEED, _S, _N, _T, _L, _Y = 0x2C, 0x0A, 0x73, 0x6E, 0x74, 0x6C, 0x79

# What stands for the target, for others and for numbers, and the 's behind a possessive target.
_FORMS = pairs([TARGET, OTHER_NAME, NUMBER, "'s"])
_TARGET_FORM, _OTHER_FORM, _NUMBER_FORM, _TAIL_FORM = range(4)


@compiled_once
def unknown_points(points: Points, info: Points, unknown: Points) -> int:
    """Write code points that ``info`` does not know until there is no room; get their number."""
    n_unknown = 0
    for at in range(points.size):
        if info[points[at]] == 0 and n_unknown < unknown.size:
            unknown[n_unknown] = points[at]
            n_unknown += 1
    return n_unknown


@compiled_part
def mark(
    points: Points,
    start: int,
    end: int,
    other_starts: Places,
    other_ends: Places,
    own: int,
    info: Points,
    letters: Points,
    words: Places,
    hashes: Hashes,
    fixed: Hashes,
) -> tuple[int, int, int]:
    """Read the masked words around a target: how many there are, which is it, what is it."""
    low = max(0, start - REACH)
    high = min(points.size, end + REACH)
    for at in range(low, high):
        folded = info[points[at]] & FOLD
        if folded == _CURLY:
            folded = _APOSTROPHE
        letters[at - low] = folded | (info[folded] & ~FOLD)
    # Where the 's that belongs to a target's span is read from.
    tail = high - low
    letters[tail], letters[tail + 1] = _APOSTROPHE, _S
    n_words = _add_words(0, start - low, 0, letters, words, hashes, fixed)
    target = n_words
    words[n_words, FIRST] = start - low
    words[n_words, LAST] = end - low
    hashes[n_words, 0] = _FORMS[_TARGET_FORM, 0]
    hashes[n_words, 1] = _FORMS[_TARGET_FORM, 1]
    words[n_words, FLAGS] = MASK | KEPT
    n_words += 1
    total = ZERO
    for at in range(start, end):
        total = total * BASE + np.uint64(info[points[at]] & FOLD) + ONE
    mention = max(0, number_of(total ^ OF_MENTIONS, fixed))
    if mention & POSSESSIVE or _ends_possessive(points, start, end):
        words[n_words, FIRST] = tail
        words[n_words, LAST] = tail + 2
        hashes[n_words, 0] = _FORMS[_TAIL_FORM, 0]
        hashes[n_words, 1] = _FORMS[_TAIL_FORM, 1]
        words[n_words, FLAGS] = max(0, number_of(_FORMS[_TAIL_FORM, 0] ^ OF_FUNCTIONS, fixed))
        n_words += 1
    n_words = _add_words(end - low, high - low, n_words, letters, words, hashes, fixed)
    # Others are sorted, so one walk along both finds what overlaps.
    k, furthest = 0, -1
    for i in range(n_words):
        if hashes[i, 0] == _FORMS[_TAIL_FORM, 0]:
            words[i, FLAGS] |= KEPT
        if words[i, FLAGS] & KEPT:
            continue
        first, last = words[i, FIRST] + low, words[i, LAST] + low
        while k < other_starts.size and other_starts[k] < last:
            if k != own:
                furthest = max(furthest, other_ends[k])
            k += 1
        if furthest > first:
            words[i, FLAGS] |= OTHER
        if info[points[first]] & IS_UPPER and not words[i, FLAGS] & NO_NAME:
            words[i, FLAGS] |= CAPITAL
    n_words = _mask_names(n_words, words, hashes)
    breaks, endings, others = 0, 0, 0
    for i in range(n_words + 1):
        words[i, N_BREAKS], words[i, N_ENDINGS], words[i, N_OTHERS] = breaks, endings, others
        if i == n_words:
            break
        flags = words[i, FLAGS]
        # The target is found again behind the names before it that became one.
        if flags & MASK and flags & KEPT:
            target = i
        breaks += (flags & BREAK) != 0
        endings += (flags & ENDING) != 0
        others += (flags & MASK) != 0 and (flags & OTHER) != 0
    return n_words, target, mention


@compiled_part
def _add_words(
    start: int,
    stop: int,
    n_words: int,
    letters: Points,
    words: Places,
    hashes: Hashes,
    fixed: Hashes,
) -> int:
    """Write the words of ``letters[start:stop]``, 's and n't split off."""
    at = start
    while at < stop:
        letter = letters[at]
        character = letter & FOLD
        last = at + 1
        tail = 0
        if letter & IN_WORD:
            while last < stop:
                if letters[last] & IN_WORD:
                    last += 1
                elif last + 1 < stop and letters[last + 1] & IN_WORD:
                    if letters[last] & FOLD not in (_APOSTROPHE, _HYPHEN, _STOP):
                        break
                    last += 2
                else:
                    break
            length = last - at
            if length > 2 and letters[last - 2] & FOLD == _APOSTROPHE:
                final = letters[last - 1] & FOLD
                if final == _S:
                    tail = 2
                elif final == _T and length > 3 and letters[last - 3] & FOLD == _N:
                    tail = 3
        elif letter & IS_SPACE:
            at = last
            continue
        elif character == _APOSTROPHE and last < stop and letters[last] & FOLD == _S:
            # An 's by itself, unless a longer word goes on.
            if at + 2 == stop or not letters[at + 2] & IN_WORD:
                last = at + 2
        elif (
            character == _STOP
            and at + 2 < stop
            and letters[at + 1] & FOLD == _STOP
            and letters[at + 2] & FOLD == _STOP
        ):
            last = at + 3
        if tail:
            n_words = _add_word(at, last - tail, n_words, letters, words, hashes, fixed)
        n_words = _add_word(
            last - tail if tail else at, last, n_words, letters, words, hashes, fixed
        )
        at = last
    return n_words


@compiled_part
def _add_word(
    first: int,
    last: int,
    n_words: int,
    letters: Points,
    words: Places,
    hashes: Hashes,
    fixed: Hashes,
) -> int:
    """Write the word ``letters[first:last]``; returns how many words there are."""
    total, power = ZERO, ONE
    has_digits, only_digits = False, True
    for at in range(first, last):
        letter = letters[at]
        character = letter & FOLD
        total = total * BASE + np.uint64(character) + ONE
        power = power * BASE
        if letter & IS_DIGIT:
            has_digits = True
        elif character not in (_STOP, _COMMA):
            only_digits = False
    flags = max(number_of(total ^ OF_FUNCTIONS, fixed), 0)
    if has_digits and only_digits:
        flags |= DIGITS
    is_longer = last - first > 2
    if is_longer and letters[last - 2] & FOLD == _L and letters[last - 1] & FOLD == _Y:
        flags |= ADVERB
    words[n_words, FIRST] = first
    words[n_words, LAST] = last
    words[n_words, FLAGS] = flags
    hashes[n_words, 0] = total
    hashes[n_words, 1] = power
    return n_words + 1


@compiled_part
def _ends_possessive(points: Points, start: int, end: int) -> bool:
    """Whether a mention ends in ' or 's, perhaps before a line end, as a pattern's ``$`` does."""
    for last in (end, end - 1):
        if last < end and points[last] != _LINE_FEED:
            break
        for at in (last - 1, last - 2):
            if at < start:
                break
            if points[at] == _APOSTROPHE or points[at] == _CURLY:
                return True
            if points[at] != _S:
                break
    return False


@compiled_part
def _mask_names(n_words: int, words: Places, hashes: Hashes) -> int:
    """Write runs of names as OTHER and digits as NUM, in place; returns how many words remain."""
    n_masked, i = 0, 0
    opens = True
    while i < n_words:
        stop = i + 1
        flags = words[i, FLAGS]
        is_other = flags & OTHER
        masked = 0
        if flags & (OTHER | CAPITAL):
            while stop < n_words and words[stop, FLAGS] & (OTHER | CAPITAL):
                stop += 1
            if is_other or stop > i + 1 or not opens:
                masked = _OTHER_FORM
        elif flags & DIGITS:
            masked = _NUMBER_FORM
        opens = (words[stop - 1, FLAGS] & (ENDING | QUOTE)) != 0
        words[n_masked, FIRST] = words[i, FIRST]
        words[n_masked, LAST] = words[stop - 1, LAST]
        if masked:
            hashes[n_masked, 0] = _FORMS[masked, 0]
            hashes[n_masked, 1] = _FORMS[masked, 1]
            words[n_masked, FLAGS] = MASK | (OTHER if masked == _OTHER_FORM else 0)
        else:
            hashes[n_masked, 0] = hashes[i, 0]
            hashes[n_masked, 1] = hashes[i, 1]
            words[n_masked, FLAGS] = flags
        n_masked += 1
        i = stop
    return n_masked
