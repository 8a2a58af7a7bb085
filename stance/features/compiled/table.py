"""Known hashes and their numbers: an open-addressing hash table behind a small bitmap."""

# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="no-any-return, no-untyped-call"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from stance.features.compiled.machine import Bytes, Hashes, compiled_once

_EMPTY = np.uint64(0)
_ONE = np.uint64(1)
# A bit's number divided by 8, and what is left.
_EIGHTHS, _REST = np.uint64(3), np.uint64(7)


class Table(NamedTuple):
    """Hashes with their numbers.

    A slot holds the upper bits of a hash and, in the lower bits that ``number_mask`` covers, its
    number plus one; 0 is an empty slot. The lower bits of the hash choose the slot, so a slot and
    its place tell nearly the whole hash: an unknown one is taken for a known one with probability
    n_hashes / 2**63, about 1e-14 a look-up.
    """

    slots: Hashes
    number_mask: np.uint64
    bitmap: Bytes
    bitmap_shift: np.uint64


@njit(inline="always")
def may_know(key: np.uint64, table: Table) -> np.uint64:
    """1 if the bitmap lets the hash pass, as it does any known one; else 0."""
    bit = key >> table.bitmap_shift
    return np.uint64(table.bitmap[bit >> _EIGHTHS]) >> (bit & _REST) & _ONE


@njit(inline="always")
def number_of(key: np.uint64, table: Table) -> np.uint64:
    """The number of a hash plus one, or 0 if it is not known."""
    slot_mask = np.uint64(table.slots.size - 1)
    place = key & slot_mask
    slot = table.slots[place]
    while slot != _EMPTY:
        if (slot ^ key) <= table.number_mask:
            return slot & table.number_mask
        place = (place + _ONE) & slot_mask
        slot = table.slots[place]
    return _EMPTY


@compiled_once
def fill_table(hashes: Hashes, table: Table) -> bool:
    """Enter ``hashes[i]`` with number i; whether all could be told apart."""
    slots, bitmap = table.slots, table.bitmap
    slot_mask = np.uint64(slots.size - 1)
    for i in range(hashes.size):
        place = hashes[i] & slot_mask
        while slots[place] != _EMPTY:
            if (slots[place] ^ hashes[i]) <= table.number_mask:
                return False
            place = (place + _ONE) & slot_mask
        slots[place] = (hashes[i] & ~table.number_mask) | np.uint64(i + 1)
        bit = hashes[i] >> table.bitmap_shift
        bitmap[bit >> _EIGHTHS] |= np.uint8(1 << np.int64(bit & _REST))
    return True
