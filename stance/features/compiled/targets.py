"""The compiled loops of `stance.features.target`: texts with marked targets in, scores out.

Every reader is written a second time here, term for term; the tests hold the two together. Terms
are no strings: a term is known by its hash, and because the hash of two strings one behind the
other follows from the hashes of the two (`joined`), a term like "not be killed" takes a few
multiplications.

    hash(c_1 ... c_n) = sum of (c_i + 1) * BASE^(n - i)    modulo 2^64
"""

# Loops take plain arguments, many of them, and readers are long for having no strings.
# ruff: noqa: C901, FBT001, PLR0912, PLR0913, PLR0915, PLR2004, SIM110
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="assignment, call-arg, no-any-return, return-value"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from stance.features.compiled.machine import compiled_once, fetch
from stance.features.english import SUFFIXES
from stance.features.target import COARSE, FINE, LETTER_WINDOW
from stance.features.target_marking import NEGATION_REACH, NUMBER, OTHER, REACH, TARGET
from stance.features.target_role import MOST_BEFORE_VERB, N_OWNED

Hashes: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]
Points: TypeAlias = npt.NDArray[np.uint32]
Values: TypeAlias = npt.NDArray[np.int32]

# A map from salted hashes to numbers is one array, because numba counts references to every array
# that it touches: a mask for the slots, a shift for the bitmap, where the slots begin, a mask for
# numbers; then the bitmap, which turns most hashes away; then slots, at most half of them full. The
# lower bits of a slot are the number plus one, the others those of the mixed hash, whose lower bits
# choose the slot.
HEAD: Final = 4

# What is known of the word in a row of `Words`: where it stands in the letters, its flags, and how
# many breaks, endings and others stand before it.
FIRST, LAST, FLAGS, N_BREAKS, N_ENDINGS, N_OTHERS = range(6)

# What a code point is: the lower 21 bits are its folded form, and these are the bits above.
FOLD: Final = 0x1FFFFF
IN_WORD, IS_SPACE, IS_UPPER, IS_LOWER, IS_DIGIT, IS_KNOWN = (1 << k for k in range(21, 27))

# What a word is.
NEGATION, BE, AUXILIARY, DETERMINER, PREPOSITION = (1 << k for k in range(5))
BREAK, SPEECH, ENDING, QUOTE, NO_NAME = (1 << k for k in range(5, 10))
_ADVERB, _DIGITS, _CAPITAL, _KEPT, _OTHER, _MASK = (1 << k for k in range(10, 16))

# What a mention is.
PRONOUN, POSSESSIVE = 1, 2

# The readers.
WORDS, DISTANCE, LETTERS, ROLE, POLARITY, CUES, CLASSES, QUOTATION, SHAPE, MENTION = range(10)

# Valences of words: which way they go, and whether strongly.
GOOD, BAD, STRONG = 1, 2, 4

# An odd number without pattern; the golden ratio's fraction ends alike.
BASE: Final = np.uint64(0xD1342543DE82EF95)
_ONE: Final = np.uint64(1)
_ZERO: Final = np.uint64(0)
_MODULUS: Final = 1 << 64

_LONGEST_SUFFIX: Final = max(map(len, SUFFIXES))

# Salts of function words, of mentions and of suffixes; blocks have their own.
OF_FUNCTIONS: Final = np.uint64(0x243F6A8885A308D3)
OF_MENTIONS: Final = np.uint64(0x13198A2E03707344)
OF_SUFFIXES: Final = np.uint64(0xA4093822299F31D0)

_APOSTROPHE, _CURLY, _HYPHEN, _STOP, _BLANK = 0x27, 0x2019, 0x2D, 0x2E, 0x20
_COMMA, _LINE_FEED, _S, _N, _T, _L, _Y = 0x2C, 0x0A, 0x73, 0x6E, 0x74, 0x6C, 0x79
_QUOTE, _OPENING, _CLOSING = 0x22, 0x201C, 0x201D


def hash_of(text: str) -> np.uint64:
    """The hash of a string, as `hash_texts` makes it."""
    total = 0
    for character in text:
        total = (total * int(BASE) + ord(character) + 1) % _MODULUS
    return np.uint64(total)


def _power_of(text: str) -> np.uint64:
    return np.uint64(pow(int(BASE), len(text), _MODULUS))


def _pairs(texts: list[str]) -> Hashes:
    """Hash and power of each string, shape (n, 2)."""
    return np.array([(hash_of(t), _power_of(t)) for t in texts], dtype=np.uint64)


_SIDES = ("L", "R")
# By 2 * bucket + side.
_FINE_PLACES = _pairs([f"{side}{low}:" for low in FINE for side in _SIDES])
_COARSE_PLACES = _pairs([f"{side}{low}:" for low in COARSE for side in _SIDES])
_AFTER_COARSE = _pairs([f":{side}{low}" for low in COARSE for side in _SIDES])
_SPEECH_PLACES = _pairs([f"speech {side}{low}" for low in FINE for side in _SIDES])
_FINE_LOWS = np.array(FINE, dtype=np.int64)
_COARSE_LOWS = np.array(COARSE, dtype=np.int64)
# By what stands between (8: sentence end, 4: break, 2: other) and side (1: right).
_PATHS = _pairs(
    [
        f"{side} sentence" if ends else f"{side}{' break' * breaks}{' other' * others}"
        for ends in (0, 1)
        for breaks in (0, 1)
        for others in (0, 1)
        for side in _SIDES
    ]
)
# By 2 * is open + has quotes.
_QUOTINGS = _pairs(
    [f"{way} {kind}" for way in ("outside", "inside") for kind in ("plain", "quotes")]
)
# By valence as in GOOD, BAD and STRONG.
_VALENCES = _pairs(
    [f"{s} {way}" for s in ("weak", "strong") for way in ("none", "good", "bad", "none")]
)
_KINDS = _pairs([f"kind:{kind}" for kind in ("pronoun", "capitals", "name", "noun")])
_N_WORDS = _pairs([f"n_words:{n}" for n in range(5)])
_FIFTHS = _pairs([f"fifth:{n}" for n in range(6)])
_FROM_START = _pairs([f"from_start:{low}" for low in FINE])
_LENGTHS = _pairs([f"length:{n}" for n in range(9)])
_N_OTHERS = _pairs([f"n_others:{n}" for n in range(6)])
_FIXED = (" ", ":", "not ", "be ", "owner", "owns:", "does:", " _ ", "undergoes:", "after:")
_FIXED += (":passive ", ":by ", "speaker", "opens", "word:", "whole:", TARGET, OTHER, NUMBER)
_FIXED += ("'s", "by")
_PARTS = _pairs(list(_FIXED))
(_SPACE, _COLON, _NOT, _BE_MARK, _OWNER, _OWNS, _DOES, _GAP, _UNDERGOES, _AFTER) = range(10)
(_PASSIVE, _BY_MARK, _SPEAKER, _OPENS, _WORD, _WHOLE, _TARGET_FORM, _OTHER_FORM) = range(10, 18)
(_NUMBER_FORM, _TAIL_FORM, _BY) = range(18, 21)
_BY_HASH = hash_of("by")
_TAIL_HASH = hash_of("'s")


def _part(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatchers
    """Compile as a part of what `compiled_once` compiles: a call, or as good as written out."""
    return njit(_nrt=False)(function)  # type: ignore[call-overload]


class ReaderRow(NamedTuple):
    """One block: its reader, n-gram lengths, salt of its terms and words, and its weighing.

    ``shortest`` and ``longest`` are the lengths of the stems that ``CUES`` looks up.
    """

    reader: int
    low: int
    high: int
    salt: np.uint64
    sublinear: bool
    weight: float
    shortest: int
    longest: int


class TargetScratch(NamedTuple):
    """Memory to work in; its size depends on the longest text and on the vocabulary only.

    ``letters`` are folded code points with what they are above; ``words`` are laid out as FIRST and
    so on say, with hash and power in ``hashes``; ``cues`` are the numbers of a word's cues;
    ``noted`` are the mixed hashes of a reader's terms, which may be known; ``found`` holds the
    numbers of the terms met, in order, and how often each term was met, by number; ``tf_idf`` their
    values.
    """

    letters: Points
    words: Places
    hashes: Hashes
    cues: Values
    noted: Hashes
    found: Values
    tf_idf: npt.NDArray[np.float64]


class Targets(NamedTuple):
    """Marked targets: the text each stands in, its span there, and its others.

    The others of target i are the spans from ``firsts[i]`` to ``lasts[i]``, sorted, but for
    ``owns[i]``, which is the target itself, or -1.
    """

    texts: Places
    starts: Places
    ends: Places
    firsts: Places
    lasts: Places
    owns: Places
    span_starts: Places
    span_ends: Places


@njit(inline="always")
def _mixed(key: np.uint64) -> np.uint64:
    """All bits spread over all bits, one-to-one (MurmurHash3's last step, Appleby 2011)."""
    key ^= key >> np.uint64(33)
    key *= np.uint64(0xFF51AFD7ED558CCD)
    key ^= key >> np.uint64(33)
    key *= np.uint64(0xC4CEB9FE1A85EC53)
    key ^= key >> np.uint64(33)
    return key


@_part
def _number_of(salted: np.uint64, known: Hashes) -> int:
    """The number that stands for a salted hash, or -1."""
    key = _mixed(salted)
    bit = key >> known[1]
    if (known[HEAD + np.int64(bit >> np.uint64(6))] >> (bit & np.uint64(63))) & _ONE == _ZERO:
        return -1
    first, mask, of_number = np.int64(known[2]), known[0], known[3]
    place = key & mask
    while True:
        slot = known[first + np.int64(place)]
        if slot == _ZERO:
            return -1
        if (slot ^ key) <= of_number:
            return np.int64(slot & of_number) - 1
        place = (place + _ONE) & mask


@njit(inline="always")
def _joined(first: np.uint64, second: np.uint64, power: np.uint64) -> np.uint64:
    """The hash of two strings one behind the other; ``power`` is the second's."""
    return first * power + second


@compiled_once
def hash_texts(points: Points, offsets: Places, found: Hashes) -> None:
    """Write hash and power of each text into ``found``, shape (n_texts, 2)."""
    for i in range(offsets.size - 1):
        total, power = _ZERO, _ONE
        for at in range(offsets[i], offsets[i + 1]):
            total = total * BASE + np.uint64(points[at]) + _ONE
            power = power * BASE
        found[i, 0] = total
        found[i, 1] = power


@compiled_once
def fill_map(hashes: Hashes, salts: Hashes, values: Places, known: Hashes) -> bool:
    """Enter the values by salted hash; whether all could be told apart."""
    first, mask, of_number = np.int64(known[2]), known[0], known[3]
    for i in range(hashes.size):
        key = _mixed(hashes[i] ^ salts[i])
        place = key & mask
        while known[first + np.int64(place)] != _ZERO:
            if (known[first + np.int64(place)] ^ key) <= of_number:
                return False
            place = (place + _ONE) & mask
        known[first + np.int64(place)] = (key & ~of_number) | np.uint64(values[i] + 1)
        bit = key >> known[1]
        known[HEAD + np.int64(bit >> np.uint64(6))] |= _ONE << (bit & np.uint64(63))
    return True


@compiled_once
def unknown_points(points: Points, info: Points, unknown: Points) -> int:
    """Write code points that ``info`` does not know until there is no room; get their number."""
    n_unknown = 0
    for at in range(points.size):
        if info[points[at]] == 0 and n_unknown < unknown.size:
            unknown[n_unknown] = points[at]
            n_unknown += 1
    return n_unknown


@_part
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
    total, power = _ZERO, _ONE
    has_digits, only_digits = False, True
    for at in range(first, last):
        letter = letters[at]
        character = letter & FOLD
        total = total * BASE + np.uint64(character) + _ONE
        power = power * BASE
        if letter & IS_DIGIT:
            has_digits = True
        elif character not in (_STOP, _COMMA):
            only_digits = False
    flags = max(_number_of(total ^ OF_FUNCTIONS, fixed), 0)
    if has_digits and only_digits:
        flags |= _DIGITS
    is_longer = last - first > 2
    if is_longer and letters[last - 2] & FOLD == _L and letters[last - 1] & FOLD == _Y:
        flags |= _ADVERB
    words[n_words, FIRST] = first
    words[n_words, LAST] = last
    words[n_words, FLAGS] = flags
    hashes[n_words, 0] = total
    hashes[n_words, 1] = power
    return n_words + 1


@_part
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


@_part
def _mask_names(n_words: int, words: Places, hashes: Hashes) -> int:
    """Write runs of names as OTHER and digits as NUM, in place; returns how many words remain."""
    n_masked, i = 0, 0
    opens = True
    while i < n_words:
        stop = i + 1
        flags = words[i, FLAGS]
        is_other = flags & _OTHER
        masked = 0
        if flags & (_OTHER | _CAPITAL):
            while stop < n_words and words[stop, FLAGS] & (_OTHER | _CAPITAL):
                stop += 1
            if is_other or stop > i + 1 or not opens:
                masked = _OTHER_FORM
        elif flags & _DIGITS:
            masked = _NUMBER_FORM
        opens = (words[stop - 1, FLAGS] & (ENDING | QUOTE)) != 0
        words[n_masked, FIRST] = words[i, FIRST]
        words[n_masked, LAST] = words[stop - 1, LAST]
        if masked:
            hashes[n_masked, 0] = _PARTS[masked, 0]
            hashes[n_masked, 1] = _PARTS[masked, 1]
            words[n_masked, FLAGS] = _MASK | (_OTHER if masked == _OTHER_FORM else 0)
        else:
            hashes[n_masked, 0] = hashes[i, 0]
            hashes[n_masked, 1] = hashes[i, 1]
            words[n_masked, FLAGS] = flags
        n_masked += 1
        i = stop
    return n_masked


@_part
def _mark(
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
    hashes[n_words, 0] = _PARTS[_TARGET_FORM, 0]
    hashes[n_words, 1] = _PARTS[_TARGET_FORM, 1]
    words[n_words, FLAGS] = _MASK | _KEPT
    n_words += 1
    total = _ZERO
    for at in range(start, end):
        total = total * BASE + np.uint64(info[points[at]] & FOLD) + _ONE
    mention = max(0, _number_of(total ^ OF_MENTIONS, fixed))
    if mention & POSSESSIVE or _ends_possessive(points, start, end):
        words[n_words, FIRST] = tail
        words[n_words, LAST] = tail + 2
        hashes[n_words, 0] = _PARTS[_TAIL_FORM, 0]
        hashes[n_words, 1] = _PARTS[_TAIL_FORM, 1]
        words[n_words, FLAGS] = max(0, _number_of(_PARTS[_TAIL_FORM, 0] ^ OF_FUNCTIONS, fixed))
        n_words += 1
    n_words = _add_words(end - low, high - low, n_words, letters, words, hashes, fixed)
    # Others are sorted, so one walk along both finds what overlaps.
    k, furthest = 0, -1
    for i in range(n_words):
        if hashes[i, 0] == _PARTS[_TAIL_FORM, 0]:
            words[i, FLAGS] |= _KEPT
        if words[i, FLAGS] & _KEPT:
            continue
        first, last = words[i, FIRST] + low, words[i, LAST] + low
        while k < other_starts.size and other_starts[k] < last:
            if k != own:
                furthest = max(furthest, other_ends[k])
            k += 1
        if furthest > first:
            words[i, FLAGS] |= _OTHER
        if info[points[first]] & IS_UPPER and not words[i, FLAGS] & NO_NAME:
            words[i, FLAGS] |= _CAPITAL
    n_words = _mask_names(n_words, words, hashes)
    breaks, endings, others = 0, 0, 0
    for i in range(n_words + 1):
        words[i, N_BREAKS], words[i, N_ENDINGS], words[i, N_OTHERS] = breaks, endings, others
        if i == n_words:
            break
        flags = words[i, FLAGS]
        # The target is found again behind the names before it that became one.
        if flags & _MASK and flags & _KEPT:
            target = i
        breaks += (flags & BREAK) != 0
        endings += (flags & ENDING) != 0
        others += (flags & _MASK) != 0 and (flags & _OTHER) != 0
    return n_words, target, mention


@_part
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


@njit(inline="always")
def _note(term: np.uint64, salt: np.uint64, known: Hashes, noted: Hashes, n_noted: int) -> int:
    """Note a term that the bitmap lets pass; returns how many are noted.

    Written without a branch, because no processor guesses well which terms are known.
    """
    key = _mixed(term ^ salt)
    bit = key >> known[1]
    noted[n_noted] = key
    word = known[HEAD + np.int64(bit >> np.uint64(6))]
    return n_noted + np.int64((word >> (bit & np.uint64(63))) & _ONE)


@_part
def _count(noted: Hashes, n_noted: int, known: Hashes, found: Values) -> int:
    """Count the noted terms that are known; returns how many different ones are found.

    All slots are fetched before the first is read, so that waiting for memory overlaps.
    """
    first, mask, of_number = np.int64(known[2]), known[0], known[3]
    for k in range(n_noted):
        fetch(known, first + np.int64(noted[k] & mask))
    n_found = 0
    for k in range(n_noted):
        key = noted[k]
        place = key & mask
        slot = known[first + np.int64(place)]
        while slot != _ZERO:
            if (slot ^ key) <= of_number:
                number = np.int64(slot & of_number) - 1
                found[n_found, 0] = number
                n_found += found[number, 1] == 0
                found[number, 1] += 1
                break
            place = (place + _ONE) & mask
            slot = known[first + np.int64(place)]
    return n_found


@_part
def _bucket(distance: int, lows: Places) -> int:
    """The number of the bucket that holds a distance."""
    k = 0
    while distance < lows[k]:
        k += 1
    return k


@_part
def _place(i: int, target: int, lows: Places) -> int:
    """The number of a word's place: its distance's bucket and its side."""
    return 2 * _bucket(abs(i - target), lows) + (i > target)


@_part
def _is_negated(words: Places, i: int) -> bool:
    for k in range(max(0, i - NEGATION_REACH), i):
        if words[k, FLAGS] & NEGATION:
            return True
    return False


@_part
def _read_words(
    hashes: Hashes,
    n_words: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    for i in range(n_words):
        term = hashes[i, 0]
        for n in range(1, row.high + 1):
            if n > 1:
                last = i + n - 1
                if last >= n_words:
                    break
                term = _joined(term, _PARTS[_SPACE, 0], BASE)
                term = _joined(term, hashes[last, 0], hashes[last, 1])
            if n >= row.low:
                n_noted = _note(term, row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_distance(
    hashes: Hashes,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    for i in range(n_words):
        if i != target:
            place = _FINE_PLACES[_place(i, target, _FINE_LOWS), 0]
            term = _joined(place, hashes[i, 0], hashes[i, 1])
            n_noted = _note(term, row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_letters(
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
    for i in range(max(0, target - LETTER_WINDOW), min(n_words, target + LETTER_WINDOW + 1)):
        if words[i, FLAGS] & _MASK:
            n_noted = _note(hashes[i, 0], row.salt, known, noted, n_noted)
            continue
        first, size = words[i, FIRST], words[i, LAST] - words[i, FIRST] + 2
        for at in range(size):
            total = _ZERO
            for length in range(1, min(row.high, size - at) + 1):
                place = at + length - 1
                character = np.uint64(_BLANK)
                if 0 < place < size - 1:
                    character = np.uint64(letters[first + place - 1] & FOLD)
                total = total * BASE + character + _ONE
                # The whole of a padded word is read where it is no longer than a run.
                if length >= row.low or length == size:
                    n_noted = _note(total, row.salt, known, noted, n_noted)
    return n_noted


@_part
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
    n_noted = _note(_PARTS[_OWNER, 0], row.salt, known, noted, n_noted)
    for i in range(first, min(first + N_OWNED, n_words)):
        term = _joined(_PARTS[_OWNS, 0], hashes[i, 0], hashes[i, 1])
        n_noted = _note(term, row.salt, known, noted, n_noted)
    if first + 1 < n_words:
        term = _joined(_PARTS[_OWNS, 0], hashes[first, 0], hashes[first, 1])
        term = _joined(term, _PARTS[_SPACE, 0], BASE)
        term = _joined(term, hashes[first + 1, 0], hashes[first + 1, 1])
        n_noted = _note(term, row.salt, known, noted, n_noted)
    return n_noted


@_part
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
    while verb < limit and words[verb, FLAGS] & (AUXILIARY | NEGATION | _ADVERB):
        is_negated |= (words[verb, FLAGS] & NEGATION) != 0
        is_passive |= (words[verb, FLAGS] & BE) != 0
        verb += 1
    if verb >= n_words:
        return n_noted
    action = _PARTS[_DOES, 0]
    if is_negated:
        action = _joined(action, _PARTS[_NOT, 0], _PARTS[_NOT, 1])
    if is_passive:
        action = _joined(action, _PARTS[_BE_MARK, 0], _PARTS[_BE_MARK, 1])
    action = _joined(action, hashes[verb, 0], hashes[verb, 1])
    n_noted = _note(action, row.salt, known, noted, n_noted)
    for step, between in ((1, _SPACE), (2, _GAP)):
        if verb + step < n_words:
            term = _joined(action, _PARTS[between, 0], _PARTS[between, 1])
            term = _joined(term, hashes[verb + step, 0], hashes[verb + step, 1])
            n_noted = _note(term, row.salt, known, noted, n_noted)
    return n_noted


@_part
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
        or (words[near, FLAGS] & _MASK and words[near, FLAGS] & _OTHER)
    ):
        near -= 1
    if near < 0:
        return n_noted
    is_after = words[near, FLAGS] & PREPOSITION
    start = _PARTS[_AFTER, 0] if is_after else _PARTS[_UNDERGOES, 0]
    word, power = hashes[near, 0], hashes[near, 1]
    n_noted = _note(_joined(start, word, power), row.salt, known, noted, n_noted)
    head = near - 1
    if is_after:
        while head >= 0 and words[head, FLAGS] & DETERMINER:
            head -= 1
    for step, between in ((0, _SPACE), (1, _GAP)):
        if head >= step and (is_after or step == 0):
            term = _joined(start, hashes[head - step, 0], hashes[head - step, 1])
            term = _joined(term, _PARTS[between, 0], _PARTS[between, 1])
            n_noted = _note(_joined(term, word, power), row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_polarity(
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
    for i in range(n_words):
        if words[i, FLAGS] & _MASK:
            continue
        listed = _number_of(hashes[i, 0] ^ row.salt, known)
        if listed < 0:
            continue
        valence = values[starts[listed]]
        way = valence & (GOOD | BAD)
        if way == 0:
            way = BAD
        elif _is_negated(words, i):
            way ^= GOOD | BAD
        place = _FINE_PLACES[_place(i, target, _FINE_LOWS), 0]
        name = (valence & STRONG) | way
        term = _joined(place, _VALENCES[name, 0], _VALENCES[name, 1])
        n_noted = _note(term, row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_cues(
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
    is_passive = False
    for i in range(target + 1, min(target + 3, n_words)):
        is_passive |= (words[i, FLAGS] & BE) != 0
    is_agent = target > 0 and hashes[target - 1, 0] == _BY_HASH
    for i in range(n_words):
        if words[i, FLAGS] & _MASK:
            continue
        n_cues = _cues_of(letters, words, i, row, fixed, starts, values, cues)
        if n_cues == 0:
            continue
        low, high = min(i, target) + 1, max(i, target)
        ends = words[high, N_ENDINGS] > words[low, N_ENDINGS]
        breaks = words[high, N_BREAKS] > words[low, N_BREAKS]
        others = words[high, N_OTHERS] > words[low, N_OTHERS]
        path = _PATHS[((ends * 2 + breaks) * 2 + others) * 2 + (i > target)]
        place = _AFTER_COARSE[_place(i, target, _COARSE_LOWS)]
        is_negated = _is_negated(words, i)
        for k in range(n_cues):
            cue, power = names[cues[k], 0], names[cues[k], 1]
            name = _joined(_PARTS[_NOT, 0], cue, power) if is_negated else cue
            term = _joined(name, place[0], place[1])
            n_noted = _note(term, row.salt, known, noted, n_noted)
            term = _joined(_joined(name, _PARTS[_COLON, 0], BASE), path[0], path[1])
            n_noted = _note(term, row.salt, known, noted, n_noted)
            if is_passive and i > target:
                term = _joined(cue, _PARTS[_PASSIVE, 0], _PARTS[_PASSIVE, 1])
                term = _joined(term, path[0], path[1])
                n_noted = _note(term, row.salt, known, noted, n_noted)
            if is_agent and i < target:
                term = _joined(cue, _PARTS[_BY_MARK, 0], _PARTS[_BY_MARK, 1])
                term = _joined(term, path[0], path[1])
                n_noted = _note(term, row.salt, known, noted, n_noted)
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
    stem = _ZERO
    for cut in range(1, min(length, row.longest) + 1):
        stem = stem * BASE + np.uint64(letters[first + cut - 1] & FOLD) + _ONE
        if cut < row.shortest or length - cut > _LONGEST_SUFFIX:
            continue
        listed = _number_of(stem ^ row.salt, fixed)
        if listed < 0:
            continue
        suffix = _ZERO
        for at in range(first + cut, first + length):
            suffix = suffix * BASE + np.uint64(letters[at] & FOLD) + _ONE
        if length > cut and _number_of(suffix ^ OF_SUFFIXES, fixed) < 0:
            continue
        for k in range(starts[listed], starts[listed + 1]):
            is_new = True
            for before in range(n_cues):
                is_new &= cues[before] != values[k]
            if is_new:
                cues[n_cues] = values[k]
                n_cues += 1
    return n_cues


@_part
def _read_classes(
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
    for i in range(n_words):
        if words[i, FLAGS] & _MASK:
            continue
        listed = _number_of(hashes[i, 0] ^ row.salt, known)
        if listed < 0:
            continue
        place = _COARSE_PLACES[_place(i, target, _COARSE_LOWS), 0]
        for k in range(starts[listed], starts[listed + 1]):
            name, power = names[values[k], 0], names[values[k], 1]
            n_noted = _note(name, row.salt, known, noted, n_noted)
            n_noted = _note(_joined(place, name, power), row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_quotation(
    letters: Points,
    words: Places,
    n_words: int,
    target: int,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
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
    n_noted = _note(quoting[0], row.salt, known, noted, n_noted)
    if nearest < 0:
        return n_noted
    speech = _SPEECH_PLACES[_place(nearest, target, _FINE_LOWS), 0]
    n_noted = _note(speech, row.salt, known, noted, n_noted)
    term = _joined(_joined(speech, _PARTS[_SPACE, 0], BASE), quoting[0], quoting[1])
    n_noted = _note(term, row.salt, known, noted, n_noted)
    if abs(nearest - target) == 1:
        n_noted = _note(_PARTS[_SPEAKER, 0], row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_shape(
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
    n_noted = _note(_KINDS[kind, 0], row.salt, known, noted, n_noted)
    n_noted = _note(_N_WORDS[min(4, n_parts), 0], row.salt, known, noted, n_noted)
    fifth = 5 * target // max(1, n_words - 1)
    n_noted = _note(_FIFTHS[fifth, 0], row.salt, known, noted, n_noted)
    bucket = _bucket(target + 1, _FINE_LOWS)
    n_noted = _note(_FROM_START[bucket, 0], row.salt, known, noted, n_noted)
    n_noted = _note(_LENGTHS[min(8, n_words // 8), 0], row.salt, known, noted, n_noted)
    n_others = min(5, words[n_words, N_OTHERS])
    n_noted = _note(_N_OTHERS[n_others, 0], row.salt, known, noted, n_noted)
    if target == 0 or words[target - 1, FLAGS] & ENDING:
        n_noted = _note(_PARTS[_OPENS, 0], row.salt, known, noted, n_noted)
    return n_noted


@_part
def _read_mention(
    mention: Points,
    info: Points,
    row: ReaderRow,
    known: Hashes,
    noted: Hashes,
    n_noted: int,
) -> int:
    whole, word = _PARTS[_WHOLE, 0], _PARTS[_WORD, 0]
    in_word = in_space = False
    for point in mention:
        folded = info[point] & FOLD
        is_part = (info[folded] & IN_WORD) != 0
        if is_part:
            word = word * BASE + np.uint64(folded) + _ONE
        elif in_word:
            n_noted = _note(word, row.salt, known, noted, n_noted)
            word = _PARTS[_WORD, 0]
        in_word = is_part
        is_space = (info[folded] & IS_SPACE) != 0
        if is_space and not in_space:
            whole = _joined(whole, _PARTS[_SPACE, 0], BASE)
        elif not is_space:
            whole = whole * BASE + np.uint64(folded) + _ONE
        in_space = is_space
    if in_word:
        n_noted = _note(word, row.salt, known, noted, n_noted)
    return _note(whole, row.salt, known, noted, n_noted)


@_part
def _factor(
    row: ReaderRow,
    n_found: int,
    rows_of: npt.NDArray[np.float32],
    found: Values,
    tf_idf: npt.NDArray[np.float64],
) -> float:
    """Write the found terms' tf * idf, and return the block's weight by the vector's length."""
    total, last = 0.0, rows_of.shape[1] - 1
    for k in range(n_found):
        number = found[k, 0]
        count = found[number, 1]
        found[number, 1] = 0
        frequency = float(count)
        if row.sublinear and count > 1:
            frequency = 1.0 + math.log(frequency)
        tf_idf[k] = frequency * rows_of[number, last]
        total += tf_idf[k] * tf_idf[k]
    return row.weight / math.sqrt(total) if total > 0.0 else 0.0


@compiled_once
def score_targets(
    points: Points,
    bounds: Places,
    targets: Targets,
    info: Points,
    rows: tuple[ReaderRow, ...],
    known: Hashes,
    fixed: Hashes,
    starts: Values,
    values: Values,
    names: Hashes,
    rows_of: npt.NDArray[np.float32],
    scratch: TargetScratch,
    scores: npt.NDArray[np.float64],
) -> None:
    """Add to ``scores[i]`` what the blocks say of target i.

    ``points[bounds[t]:bounds[t + 1]]`` is text t; code points that occur are known in ``info``.
    ``rows_of`` holds for each term its weights and, last, its idf.
    """
    letters, words, hashes = scratch.letters, scratch.words, scratch.hashes
    cues, noted = scratch.cues, scratch.noted
    found, tf_idf = scratch.found, scratch.tf_idf
    for i in range(targets.texts.size):
        text = points[bounds[targets.texts[i]] : bounds[targets.texts[i] + 1]]
        start, end = targets.starts[i], targets.ends[i]
        first, last = targets.firsts[i], targets.lasts[i]
        n_words, target, kind = _mark(
            text,
            start,
            end,
            targets.span_starts[first:last],
            targets.span_ends[first:last],
            targets.owns[i] - first,
            info,
            letters,
            words,
            hashes,
            fixed,
        )
        mention = text[start:end]
        for row in rows:
            n = 0
            if row.reader == WORDS:
                n = _read_words(hashes, n_words, row, known, noted, n)
            elif row.reader == DISTANCE:
                n = _read_distance(hashes, n_words, target, row, known, noted, n)
            elif row.reader == LETTERS:
                n = _read_letters(letters, words, hashes, n_words, target, row, known, noted, n)
            elif row.reader == ROLE:
                is_owner = target + 1 < n_words and hashes[target + 1, 0] == _TAIL_HASH
                if is_owner:
                    n = _read_owned(hashes, n_words, target, row, known, noted, n)
                else:
                    n = _read_done(words, hashes, n_words, target, row, known, noted, n)
                n = _read_governing(words, hashes, target, row, known, noted, n)
            elif row.reader == POLARITY:
                n = _read_polarity(
                    words, hashes, n_words, target, row, known, starts, values, noted, n
                )
            elif row.reader == CUES:
                n = _read_cues(
                    letters,
                    words,
                    hashes,
                    n_words,
                    target,
                    row,
                    known,
                    fixed,
                    starts,
                    values,
                    names,
                    cues,
                    noted,
                    n,
                )
            elif row.reader == CLASSES:
                n = _read_classes(
                    words, hashes, n_words, target, row, known, starts, values, names, noted, n
                )
            elif row.reader == QUOTATION:
                n = _read_quotation(letters, words, n_words, target, row, known, noted, n)
            elif row.reader == SHAPE:
                is_pronoun = kind & PRONOUN != 0
                n = _read_shape(
                    mention, is_pronoun, info, words, n_words, target, row, known, noted, n
                )
            elif row.reader == MENTION:
                n = _read_mention(mention, info, row, known, noted, n)
            n = _count(noted, n, known, found)
            factor = _factor(row, n, rows_of, found, tf_idf)
            for k in range(n):
                value, number = factor * tf_idf[k], found[k, 0]
                for label in range(scores.shape[1]):
                    scores[i, label] += value * rows_of[number, label]
