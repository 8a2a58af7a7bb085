"""How texts with marked targets are laid out for the loops: words, flags, readers, memory."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from stance.features.compiled.machine import Hashes, Places

Points: TypeAlias = npt.NDArray[np.uint32]
Values: TypeAlias = npt.NDArray[np.int32]

# What is known of the word in a row of `TargetScratch.words`: where it stands in the letters, its
# flags, and how many breaks, endings and others stand before it.
FIRST, LAST, FLAGS, N_BREAKS, N_ENDINGS, N_OTHERS = range(6)

# What a code point is: the lower 21 bits are its folded form, and these are the bits above.
FOLD: Final = 0x1FFFFF
IN_WORD, IS_SPACE, IS_UPPER, IS_LOWER, IS_DIGIT, IS_KNOWN = (1 << k for k in range(21, 27))

# What a word is.
NEGATION, BE, AUXILIARY, DETERMINER, PREPOSITION = (1 << k for k in range(5))
BREAK, SPEECH, ENDING, QUOTE, NO_NAME = (1 << k for k in range(5, 10))
ADVERB, DIGITS, CAPITAL, KEPT, OTHER, MASK = (1 << k for k in range(10, 16))

# What a mention is.
PRONOUN, POSSESSIVE = 1, 2

# The readers.
WORDS, DISTANCE, LETTERS, ROLE, POLARITY, CUES, CLASSES, QUOTATION, SHAPE, MENTION = range(10)

# Valences of words: which way they go, and whether strongly.
GOOD, BAD, STRONG = 1, 2, 4

# Salts of function words, of mentions and of suffixes; blocks have their own. A word that a block
# looks up has the last beside it, for a term of the block may be the same word.
OF_FUNCTIONS: Final = np.uint64(0x243F6A8885A308D3)
OF_MENTIONS: Final = np.uint64(0x13198A2E03707344)
OF_SUFFIXES: Final = np.uint64(0xA4093822299F31D0)
OF_LISTED: Final = np.uint64(0x082EFA98EC4E6C89)


class ReaderRow(NamedTuple):
    """One block: its reader, n-gram lengths, salt of its terms and lists, and its weighing.

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
