"""The compiled loops of scoring: from a UTF-8 buffer to weighed terms, with no Python object a text.

How a text becomes scores:

1. `read_symbols` decodes and folds the bytes once. A *symbol* is what n-grams are made of: the
   64-bit hash of a token, or a character of a padded token. Symbol 0 is a wall that no n-gram
   crosses.
2. `find_terms` makes the hashes of all n-grams, lets a small bitmap drop most that the vocabulary
   does not hold, asks for the table's memory for all the others at once, and only then reads it.
3. `weigh_terms` turns counts into TF-IDF values, and `add_scores` adds their weights up.

What binds is waiting for memory, so the table's slots and the weight rows are fetched ahead and
everything else is laid out to stay in the processor's own caches.

Sums are in float64 and in the order in which terms first occur in the text: no result depends on
the batch, the number of threads, or what was scored before.

All compiled functions stand in this one file because numba's cache looks for changes in the file
of the function that it caches, and not in the files of the functions called from there.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

Bytes: TypeAlias = npt.NDArray[np.uint8]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]

# n-gram starts that are looked up together: enough for the fetches to overlap, and few enough
# for all they bring in to stay in the first-level cache until it is read.
WINDOW = 1024

# float32 numbers in a cache line of 64 bytes.
LINE = 16

WORDS, CHARACTERS = 0, 1

_WALL = np.uint64(0)
_SPACE = np.uint64(ord(" "))
# The golden ratio's fraction in 64 bits, an odd number without pattern (Knuth, TAOCP 6.4).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_EIGHT, _SEVEN = np.uint64(3), np.uint64(7)


class Table(NamedTuple):
    """The vocabularies of all blocks as one open-addressing hash table.

    A slot holds the upper bits of a term's hash and, in the lower bits that ``number_mask``
    covers, the term's number plus one; 0 is an empty slot. The lower bits of the hash choose the
    slot, so a slot and its place tell nearly the whole hash: an unknown n-gram is taken for a
    known one with probability n_terms / 2**63, about 1e-14 a look-up.
    """

    slots: Hashes
    number_mask: np.uint64
    bitmap: Bytes
    bitmap_shift: np.uint64
    seed: np.uint64


class BlockRow(NamedTuple):
    """What the loops need to know of one block."""

    symbols: int
    low: int
    high: int
    salt: np.uint64
    sublinear: bool
    weight: float


class Scratch(NamedTuple):
    """Memory that one thread works in; its size depends on the longest text only."""

    words: Hashes
    characters: Hashes
    hashes: Hashes
    places: Places
    candidates: Hashes
    found: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]
    values: npt.NDArray[np.float64]


@intrinsic
def fetch(typing_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001 - numba's
    """Ask the processor to bring ``array[index]`` near; no bounds are checked, nothing is read."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte_pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte_pointer)
        kind = ir.FunctionType(ir.VoidType(), [byte_pointer, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # For reading, to be kept in all caches, data rather than instructions.
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@njit(inline="always")
def mix(state: np.uint64, symbol: np.uint64) -> np.uint64:
    """A hash with one more symbol; one-to-one in either argument while the other stays."""
    product = (state ^ symbol) * _GOLDEN
    return product ^ (product >> _HALF)


@njit(inline="always")
def decode(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    """The code point of several bytes that begins at ``at``, and how many bytes it takes.

    A byte that begins no valid sequence is U+FFFD by itself; nothing past ``stop`` is read.
    """
    first, left = np.int64(data[at]), stop - at
    if left > 1:
        second = np.int64(data[at + 1])
        tail = second & 0x3F
        # Python, like Unicode's table 3-7, takes no overlong forms and no surrogates.
        if 0xC2 <= first <= 0xDF and second & 0xC0 == 0x80:
            return (first & 0x1F) << 6 | tail, 2
        if left > 2 and first & 0xF0 == 0xE0 and np.int64(data[at + 2]) & 0xC0 == 0x80:
            least = 0xA0 if first == 0xE0 else 0x80
            most = 0x9F if first == 0xED else 0xBF
            if least <= second <= most:
                tail = tail << 6 | (np.int64(data[at + 2]) & 0x3F)
                return (first & 0x0F) << 12 | tail, 3
        if (
            left > 3
            and 0xF0 <= first <= 0xF4
            and np.int64(data[at + 2]) & 0xC0 == 0x80
            and np.int64(data[at + 3]) & 0xC0 == 0x80
        ):
            least = 0x90 if first == 0xF0 else 0x80
            most = 0x8F if first == 0xF4 else 0xBF
            if least <= second <= most:
                tail = (tail << 6 | (np.int64(data[at + 2]) & 0x3F)) << 6
                return (first & 0x07) << 18 | tail | (np.int64(data[at + 3]) & 0x3F), 4
    return 0xFFFD, 1


@njit(nogil=True, boundscheck=False)
def read_symbols(
    data: Bytes,
    start: int,
    stop: int,
    folds: npt.NDArray[np.uint32],
    seed: np.uint64,
    words: Hashes,
    characters: Hashes,
    with_characters: bool,
) -> tuple[int, int]:
    """Write the symbols of ``data[start:stop]`` and return how many words and characters.

    Words end with one wall. Each token's characters stand between two spaces, then a wall:
    " un " wall " eu " wall.
    """
    n_words, n_characters = 0, 0
    state, inside = seed, False
    at = start
    while at < stop:
        byte = np.int64(data[at])
        size = 1
        if byte >= 0x80:
            byte, size = decode(data, at, stop)
        at += size
        code = np.uint64(folds[byte])
        if code != _WALL:
            if with_characters:
                if not inside:
                    characters[n_characters] = _SPACE
                    n_characters += 1
                characters[n_characters] = code
                n_characters += 1
            inside = True
            state = mix(state, code)
        elif inside:
            words[n_words] = state
            n_words += 1
            state, inside = seed, False
            if with_characters:
                characters[n_characters] = _SPACE
                characters[n_characters + 1] = _WALL
                n_characters += 2
    if inside:
        words[n_words] = state
        n_words += 1
        if with_characters:
            characters[n_characters] = _SPACE
            characters[n_characters + 1] = _WALL
            n_characters += 2
    words[n_words] = _WALL
    return n_words, n_characters


@njit(nogil=True, boundscheck=False)
def find_terms(
    symbols: Hashes,
    n_symbols: int,
    block: BlockRow,
    table: Table,
    rows: npt.NDArray[np.float32],
    width: int,
    scratch: Scratch,
) -> int:
    """Count a block's terms in a text: their numbers in ``found``, how often in ``counts``.

    Returns how many different terms there are.
    """
    hashes, places, candidates = scratch.hashes, scratch.places, scratch.candidates
    found, counts = scratch.found, scratch.counts
    slots, bitmap = table.slots, table.bitmap
    slot_mask = np.uint64(slots.size - 1)
    n_found = 0
    for start in range(0, n_symbols, WINDOW):
        live = min(WINDOW, n_symbols - start)
        for k in range(live):
            hashes[k] = block.salt
            places[k] = start + k
        n_candidates = 0
        for n in range(1, block.high + 1):
            still = 0
            for k in range(live):
                symbol = symbols[places[k]]
                hashes[still] = mix(hashes[k], symbol)
                places[still] = places[k] + 1
                still += symbol != _WALL
            live = still
            if n >= block.low:
                for k in range(live):
                    bit = hashes[k] >> table.bitmap_shift
                    candidates[n_candidates] = hashes[k]
                    n_candidates += (np.int64(bitmap[bit >> _EIGHT]) >> np.int64(bit & _SEVEN)) & 1
        for k in range(n_candidates):
            fetch(slots, np.int64(candidates[k] & slot_mask))
        for k in range(n_candidates):
            candidate = candidates[k]
            place = candidate & slot_mask
            slot = slots[place]
            while slot != _WALL:
                if (slot ^ candidate) <= table.number_mask:
                    number = np.int64(slot & table.number_mask) - 1
                    found[n_found] = number
                    n_found += counts[number] == 0
                    counts[number] += 1
                    for line in range(0, width, LINE):
                        fetch(rows, number * width + line)
                    break
                place = (place + _ONE) & slot_mask
                slot = slots[place]
    return n_found


@njit(nogil=True, boundscheck=False)
def weigh_terms(
    n_found: int,
    block: BlockRow,
    rows: npt.NDArray[np.float32],
    width: int,
    scratch: Scratch,
) -> float:
    """Turn the found terms' counts into tf * idf, and return the factor that is left to apply.

    The factor is the block's weight by the vector's length, or 0 for no terms. Counts are left
    at 0 for the next text.
    """
    found, counts, values = scratch.found, scratch.counts, scratch.values
    total = 0.0
    for k in range(n_found):
        number = np.int64(found[k])
        count = counts[number]
        counts[number] = 0
        frequency = float(count)
        if block.sublinear and count > 1:
            frequency = 1.0 + math.log(frequency)
        value = frequency * rows[number * width + width - 1]
        values[k] = value
        total += value * value
    return block.weight / math.sqrt(total) if total > 0.0 else 0.0


@njit(nogil=True, boundscheck=False)
def add_scores(
    n_found: int,
    factor: float,
    rows: npt.NDArray[np.float32],
    width: int,
    scratch: Scratch,
    sums: npt.NDArray[np.float64],
) -> None:
    """Add factor * values @ weights of the found terms to ``sums``, eight labels at a time.

    Eight named sums stay in registers, which those of an array do not.
    """
    found, values = scratch.found, scratch.values
    for first in range(0, width, 8):
        a = b = c = d = e = f = g = h = 0.0
        for k in range(n_found):
            value, at = values[k], np.int64(found[k]) * width + first
            a += value * rows[at]
            b += value * rows[at + 1]
            c += value * rows[at + 2]
            d += value * rows[at + 3]
            e += value * rows[at + 4]
            f += value * rows[at + 5]
            g += value * rows[at + 6]
            h += value * rows[at + 7]
        sums[first] += factor * a
        sums[first + 1] += factor * b
        sums[first + 2] += factor * c
        sums[first + 3] += factor * d
        sums[first + 4] += factor * e
        sums[first + 5] += factor * f
        sums[first + 6] += factor * g
        sums[first + 7] += factor * h


@njit(nogil=True, boundscheck=False, cache=True)
def score_texts(
    data: Bytes,
    offsets: Places,
    folds: npt.NDArray[np.uint32],
    table: Table,
    blocks: tuple[BlockRow, ...],
    rows: npt.NDArray[np.float32],
    width: int,
    intercept: npt.NDArray[np.float64],
    scratch: Scratch,
    scores: npt.NDArray[np.float64],
) -> None:
    """Write the scores of the texts ``data[offsets[i]:offsets[i + 1]]`` into ``scores[i]``."""
    n_labels = scores.shape[1]
    sums = np.empty(width)
    with_characters = scratch.characters.size > 0
    for i in range(offsets.size - 1):
        n_words, n_characters = read_symbols(
            data,
            offsets[i],
            offsets[i + 1],
            folds,
            table.seed,
            scratch.words,
            scratch.characters,
            with_characters,
        )
        sums[:] = 0.0
        for block in blocks:
            if block.symbols == WORDS:
                n_found = find_terms(scratch.words, n_words, block, table, rows, width, scratch)
            else:
                n_found = find_terms(
                    scratch.characters, n_characters, block, table, rows, width, scratch
                )
            factor = weigh_terms(n_found, block, rows, width, scratch)
            add_scores(n_found, factor, rows, width, scratch, sums)
        for label in range(n_labels):
            scores[i, label] = sums[label] + intercept[label]


@njit(nogil=True, boundscheck=False, cache=True)
def hash_terms(data: Bytes, offsets: Places, symbols: int, salt: np.uint64, seed: np.uint64) -> Hashes:
    """The hashes of terms, given as folded text in a buffer, as `find_terms` will make them."""
    hashes = np.empty(offsets.size - 1, dtype=np.uint64)
    for i in range(offsets.size - 1):
        at, stop = offsets[i], offsets[i + 1]
        term, word = salt, seed
        while at < stop:
            code, size = np.int64(data[at]), 1
            if code >= 0x80:
                code, size = decode(data, at, stop)
            at += size
            if symbols == CHARACTERS:
                term = mix(term, np.uint64(code))
            elif code == ord(" "):
                term, word = mix(term, word), seed
            else:
                word = mix(word, np.uint64(code))
        hashes[i] = mix(term, word) if symbols == WORDS else term
    return hashes


@njit(nogil=True, boundscheck=False, cache=True)
def fill_table(hashes: Hashes, table: Table) -> bool:
    """Enter term i with ``hashes[i]``; whether all could be told apart."""
    slots, bitmap = table.slots, table.bitmap
    slot_mask = np.uint64(slots.size - 1)
    for i in range(hashes.size):
        place = hashes[i] & slot_mask
        while slots[place] != _WALL:
            if (slots[place] ^ hashes[i]) <= table.number_mask:
                return False
            place = (place + _ONE) & slot_mask
        slots[place] = (hashes[i] & ~table.number_mask) | np.uint64(i + 1)
        bit = hashes[i] >> table.bitmap_shift
        bitmap[bit >> _EIGHT] |= np.uint8(1 << np.int64(bit & _SEVEN))
    return True
