"""Runs of words as numbers, and signatures that tell how alike two texts are (MinHash).

The similarity of two texts is the Jaccard similarity of their sets of five-word runs; the share of
equal columns of their signatures estimates it.

References
----------
Broder 1997, On the resemblance and containment of documents.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from stance.text.tokens import tokens

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint32]

# Words in a run: five in sequence are rarely shared by texts that were written apart.
SHINGLE_WORDS = 5

# Hash functions of a signature; its estimate of a similarity of .8 has a standard error of .035.
N_HASHES = 128

# One seed for all signatures ever made: they are stored with models and compared later.
_HASH_SEED = 20161122

MAX_HASH = np.uint32(0xFFFFFFFF)

# Word hashes are combined as a polynomial in this odd constant (from splitmix64).
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

# Texts whose runs are held at once: they stay in the processor's second-level cache.
_PIECE = 500


@dataclass(frozen=True, slots=True)
class Runs:
    """Hashes of each text's word runs, in order: ``hashes[starts[i]:starts[i + 1]]``."""

    hashes: npt.NDArray[np.uint64]
    starts: Ints

    def of(self, text: int) -> npt.NDArray[np.uint64]:
        """The text's set of runs, sorted."""
        return np.unique(self.hashes[self.starts[text] : self.starts[text + 1]])


class WordNumbers(dict[str, int]):
    """The number of each word, made when it is first asked for."""

    def __missing__(self, word: str) -> int:
        # CRC-32 twice, with two beginnings: 64 bits, the same on every machine.
        raw = word.encode("utf-8", "surrogatepass")
        number = self[word] = zlib.crc32(raw) << 32 | zlib.crc32(raw, 0x5F5F5F5F)
        return number


def fingerprint(text: str) -> str:
    """SHA-256 of the words of a text, as 64 hexadecimal digits.

    Equal for texts that differ only in case, punctuation and white space; a text's own exact
    SHA-256 is another number.
    """
    return hashlib.sha256(" ".join(tokens(text)).encode()).hexdigest()


def signatures(texts: Sequence[str]) -> Hashes:
    """MinHash signatures, uint32 of shape (n, 128): 512 bytes a text.

    The share of equal columns of two signatures estimates the Jaccard similarity of their texts'
    five-word runs. A text of fewer than five words is one run, so that only an equal text
    resembles it; a text without words has the largest number throughout. Signatures are the same
    on every machine and in every version that writes the same format number.
    """
    result = np.full((len(texts), N_HASHES), MAX_HASH, dtype=np.uint32)
    numbers = WordNumbers()
    for first in range(0, len(texts), _PIECE):
        piece = slice(first, first + _PIECE)
        _sign(runs_of(texts[piece], numbers), result[piece])
    return result


def runs_of(texts: Sequence[str], numbers: WordNumbers) -> Runs:
    """Hashes of the five-word runs of each text, through hashes of its words."""
    found = [tokens(text) for text in texts]
    lengths = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
    flat = map(numbers.__getitem__, chain.from_iterable(found))
    words = mixed(np.fromiter(flat, dtype=np.uint64, count=int(lengths.sum())))
    # A short text is one run of all its words; its length keeps it apart from longer runs.
    widths = np.minimum(lengths, SHINGLE_WORDS)
    n_runs = np.where(lengths > 0, lengths - widths + 1, 0)
    starts = np.concatenate([[0], np.cumsum(n_runs)])
    # Each run begins as far into the words as into the runs, but for the words between them.
    skipped = np.cumsum(lengths) - lengths - starts[:-1]
    places = np.arange(starts[-1]) + np.repeat(skipped, n_runs)
    width = np.repeat(widths, n_runs)
    total = np.zeros(len(places), dtype=np.uint64)
    for step in range(SHINGLE_WORDS):
        inside = np.flatnonzero(width > step)
        total[inside] = total[inside] * MULTIPLIER + words[places[inside] + step]
    return Runs(mixed(total + width.astype(np.uint64)), starts)


def mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Numbers with their bits well stirred (the finisher of splitmix64)."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _sign(runs: Runs, signed: Hashes) -> None:
    """Write the texts' signatures; a text without words keeps the largest number throughout."""
    random = np.random.Generator(np.random.PCG64(_HASH_SEED))
    # Multiply-shift hashing (Dietzfelbinger et al. 1997): the high half of an odd multiple.
    odd = random.integers(0, 2**63, size=N_HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    shift = random.integers(0, 2**63, size=N_HASHES, dtype=np.uint64)
    filled = np.flatnonzero(np.diff(runs.starts))
    if not len(filled):
        return
    starts = runs.starts[filled]
    for column in range(N_HASHES):
        hashed = (runs.hashes * odd[column] + shift[column]) >> np.uint64(32)
        signed[filled, column] = np.minimum.reduceat(hashed.astype(np.uint32), starts)
