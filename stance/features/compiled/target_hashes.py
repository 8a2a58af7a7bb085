"""Hashes of strings, and maps from hashes to numbers.

Terms are no strings here: a term is known by its hash, and because the hash of two strings one
behind the other follows from the hashes of the two (`joined`), a term like "not be killed" takes a
few multiplications.

    hash(c_1 ... c_n) = sum of (c_i + 1) * BASE^(n - i)    modulo 2^64
"""

# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="call-arg, return-value"

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from stance.features.compiled.machine import Hashes, Places, compiled_once, compiled_part, fetch
from stance.features.compiled.target_layout import Points, Values

# A map from salted hashes to numbers is one array, because numba counts references to every array
# that it touches: a mask for the slots, a shift for the bitmap, where the slots begin, a mask for
# numbers; then the bitmap, which turns most hashes away; then slots, at most half of them full. The
# lower bits of a slot are the number plus one, the others those of the mixed hash, whose lower bits
# choose the slot.
HEAD: Final = 4

# An odd number without pattern; the golden ratio's fraction ends alike.
BASE: Final = np.uint64(0xD1342543DE82EF95)
ONE: Final = np.uint64(1)
ZERO: Final = np.uint64(0)
_MODULUS: Final = 1 << 64


def hash_of(text: str) -> np.uint64:
    """The hash of a string, as `hash_texts` makes it."""
    total = 0
    for character in text:
        total = (total * int(BASE) + ord(character) + 1) % _MODULUS
    return np.uint64(total)


def _power_of(text: str) -> np.uint64:
    return np.uint64(pow(int(BASE), len(text), _MODULUS))


def pairs(texts: list[str]) -> Hashes:
    """Hash and power of each string, shape (n, 2)."""
    return np.array([(hash_of(t), _power_of(t)) for t in texts], dtype=np.uint64)


# Between the words of a term; the power of one character is `BASE`.
SPACE: Final = hash_of(" ")


@njit(inline="always")
def joined(first: np.uint64, second: np.uint64, power: np.uint64) -> np.uint64:
    """The hash of two strings one behind the other; ``power`` is the second's."""
    return first * power + second


@compiled_once
def hash_texts(points: Points, offsets: Places, found: Hashes) -> None:
    """Write hash and power of each text into ``found``, shape (n_texts, 2)."""
    for i in range(offsets.size - 1):
        total, power = ZERO, ONE
        for at in range(offsets[i], offsets[i + 1]):
            total = total * BASE + np.uint64(points[at]) + ONE
            power = power * BASE
        found[i, 0] = total
        found[i, 1] = power


@njit(inline="always")
def _mixed(key: np.uint64) -> np.uint64:
    """All bits spread over all bits, one-to-one (MurmurHash3's last step, Appleby 2011)."""
    key ^= key >> np.uint64(33)
    key *= np.uint64(0xFF51AFD7ED558CCD)
    key ^= key >> np.uint64(33)
    key *= np.uint64(0xC4CEB9FE1A85EC53)
    key ^= key >> np.uint64(33)
    return key


@compiled_once
def fill_map(hashes: Hashes, salts: Hashes, values: Places, known: Hashes) -> bool:
    """Enter the values by salted hash; whether all could be told apart."""
    first, mask, of_number = np.int64(known[2]), known[0], known[3]
    for i in range(hashes.size):
        key = _mixed(hashes[i] ^ salts[i])
        place = key & mask
        while known[first + np.int64(place)] != ZERO:
            if (known[first + np.int64(place)] ^ key) <= of_number:
                return False
            place = (place + ONE) & mask
        known[first + np.int64(place)] = (key & ~of_number) | np.uint64(values[i] + 1)
        bit = key >> known[1]
        known[HEAD + np.int64(bit >> np.uint64(6))] |= ONE << (bit & np.uint64(63))
    return True


@compiled_part
def number_of(salted: np.uint64, known: Hashes) -> int:
    """The number that stands for a salted hash, or -1."""
    key = _mixed(salted)
    bit = key >> known[1]
    if (known[HEAD + np.int64(bit >> np.uint64(6))] >> (bit & np.uint64(63))) & ONE == ZERO:
        return -1
    first, mask, of_number = np.int64(known[2]), known[0], known[3]
    place = key & mask
    while True:
        slot = known[first + np.int64(place)]
        if slot == ZERO:
            return -1
        if (slot ^ key) <= of_number:
            return np.int64(slot & of_number) - 1
        place = (place + ONE) & mask


@njit(inline="always")
def note(term: np.uint64, salt: np.uint64, known: Hashes, noted: Hashes, n_noted: int) -> int:
    """Note a term that the bitmap lets pass; returns how many are noted.

    Written without a branch, because no processor guesses well which terms are known.
    """
    key = _mixed(term ^ salt)
    bit = key >> known[1]
    noted[n_noted] = key
    word = known[HEAD + np.int64(bit >> np.uint64(6))]
    return n_noted + np.int64((word >> (bit & np.uint64(63))) & ONE)


@compiled_part
def count_noted(noted: Hashes, n_noted: int, known: Hashes, found: Values) -> int:
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
        while slot != ZERO:
            if (slot ^ key) <= of_number:
                number = np.int64(slot & of_number) - 1
                found[n_found, 0] = number
                n_found += found[number, 1] == 0
                found[number, 1] += 1
                break
            place = (place + ONE) & mask
            slot = known[first + np.int64(place)]
    return n_found
