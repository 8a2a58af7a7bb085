"""The compiled loops of scoring: UTF-8 bytes in, scores out, and no Python object for a text.

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

# Loops take plain arguments, many of them, and code points are best read as they are.
# ruff: noqa: PLR0913, PLR2004
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="assignment, call-arg, no-untyped-call, return-value"

from __future__ import annotations

import math
from collections.abc import Callable
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
_EMPTY = np.uint64(0)
_SPACE = np.uint64(ord(" "))
# The golden ratio's fraction in 64 bits, an odd number without pattern (Knuth, TAOCP 6.4).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
# A bit's number divided by 8, and what is left.
_EIGHTHS, _REST = np.uint64(3), np.uint64(7)


def compiled_once(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatchers
    """Compile without the GIL and keep the code for the next process, where a folder allows it."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:
        # Neither the package's folder nor the user's can be written: compile in every process.
        return njit(nogil=True)(function)


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


class Tally(NamedTuple):
    """N-grams met so far, in an open-addressing hash table by their whole 64-bit hash.

    ``frequencies`` says in how many texts (0 is an empty slot), ``last_texts`` in which last;
    ``texts``, ``places`` and ``lengths`` tell one occurrence by text, symbol and symbols.
    """

    hashes: Hashes
    frequencies: npt.NDArray[np.int32]
    last_texts: npt.NDArray[np.int32]
    texts: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.uint8]


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


@njit(inline="always")
def read_symbols(
    data: Bytes,
    start: int,
    stop: int,
    folds: npt.NDArray[np.uint32],
    seed: np.uint64,
    scratch: Scratch,
) -> tuple[int, int]:
    """Write the symbols of ``data[start:stop]`` and return how many words and characters.

    Words end with one wall. Each token's characters stand between two spaces, then a wall:
    " un " wall " eu " wall. Where the scratch has no room for characters, none are written.
    """
    words, characters = scratch.words, scratch.characters
    with_characters = characters.size > 0
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


@njit(inline="always")
def find_terms(
    symbols: Hashes,
    n_symbols: int,
    block: BlockRow,
    table: Table,
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
) -> int:
    """Count a block's terms in a text: their numbers in ``found``, how often in ``counts``.

    Returns how many different terms there are.
    """
    n_found = 0
    for start in range(0, n_symbols, WINDOW):
        stop = min(start + WINDOW, n_symbols)
        n_candidates = hash_ngrams(symbols, start, stop, block, table, scratch)
        n_found = look_up(n_candidates, n_found, table, rows, scratch)
    return n_found


@njit(inline="always")
def plant(start: int, stop: int, salt: np.uint64, scratch: Scratch) -> int:
    """Begin an n-gram of no symbols yet at each place; returns how many there are."""
    for k in range(stop - start):
        scratch.hashes[k] = salt
        scratch.places[k] = start + k
    return stop - start


@njit(inline="always")
def grow(symbols: Hashes, n_growing: int, scratch: Scratch) -> int:
    """Grow the n-grams by a symbol, leave those behind that meet a wall; returns how many are left.

    ``places`` are where each goes on.
    """
    hashes, places = scratch.hashes, scratch.places
    n_grown = 0
    for k in range(n_growing):
        symbol = symbols[places[k]]
        hashes[n_grown] = mix(hashes[k], symbol)
        places[n_grown] = places[k] + 1
        n_grown += symbol != _WALL
    return n_grown


@njit(inline="always")
def hash_ngrams(
    symbols: Hashes, start: int, stop: int, block: BlockRow, table: Table, scratch: Scratch
) -> int:
    """Hash the n-grams that begin at ``start`` to ``stop``; keep those that the bitmap lets pass.

    What is kept is written without a branch, because no processor guesses well which n-grams
    are known.
    """
    hashes, candidates, bitmap = scratch.hashes, scratch.candidates, table.bitmap
    n_growing, n_candidates = plant(start, stop, block.salt, scratch), 0
    for n in range(1, block.high + 1):
        n_growing = grow(symbols, n_growing, scratch)
        if n >= block.low:
            for k in range(n_growing):
                bit = hashes[k] >> table.bitmap_shift
                candidates[n_candidates] = hashes[k]
                n_candidates += (np.int64(bitmap[bit >> _EIGHTHS]) >> np.int64(bit & _REST)) & 1
    return n_candidates


@njit(inline="always")
def look_up(
    n_candidates: int,
    n_found: int,
    table: Table,
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
) -> int:
    """Count the candidates that are in the table; returns how many different ones are found."""
    candidates, found, counts = scratch.candidates, scratch.found, scratch.counts
    slots, slot_mask = table.slots, np.uint64(table.slots.size - 1)
    width = rows.shape[1]
    for k in range(n_candidates):
        fetch(slots, np.int64(candidates[k] & slot_mask))
    for k in range(n_candidates):
        place = candidates[k] & slot_mask
        slot = slots[place]
        while slot != _EMPTY:
            if (slot ^ candidates[k]) <= table.number_mask:
                number = np.int64(slot & table.number_mask) - 1
                found[n_found] = number
                n_found += counts[number] == 0
                counts[number] += 1
                for column in range(0, width, LINE):
                    fetch(rows, number * width + column)
                break
            place = (place + _ONE) & slot_mask
            slot = slots[place]
    return n_found


@njit(inline="always")
def weigh_terms(
    n_found: int,
    block: BlockRow,
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
) -> float:
    """Turn the found terms' counts into tf * idf, and return the factor that is left to apply.

    The factor is the block's weight by the vector's length, or 0 for no terms. Counts are left
    at 0 for the next text.
    """
    found, counts, values = scratch.found, scratch.counts, scratch.values
    idf_column = rows.shape[1] - 1
    total = 0.0
    for k in range(n_found):
        number = found[k]
        count = counts[number]
        counts[number] = 0
        frequency = float(count)
        if block.sublinear and count > 1:
            frequency = 1.0 + math.log(frequency)
        value = frequency * rows[number, idf_column]
        values[k] = value
        total += value * value
    return block.weight / math.sqrt(total) if total > 0.0 else 0.0


@njit(inline="always")
def add_scores(
    n_found: int,
    factor: float,
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
    sums: npt.NDArray[np.float64],
) -> None:
    """Add factor * values @ weights of the found terms to ``sums``.

    Four terms are added at a time, so that a sum waits for its own last addition less often.
    """
    found, values = scratch.found, scratch.values
    width = rows.shape[1]
    n_in_fours = n_found - n_found % 4
    for k in range(0, n_in_fours, 4):
        a, b = factor * values[k], factor * values[k + 1]
        c, d = factor * values[k + 2], factor * values[k + 3]
        row_a, row_b = rows[found[k]], rows[found[k + 1]]
        row_c, row_d = rows[found[k + 2]], rows[found[k + 3]]
        for j in range(width):
            sums[j] += (a * row_a[j] + b * row_b[j]) + (c * row_c[j] + d * row_d[j])
    for k in range(n_in_fours, n_found):
        value, row = factor * values[k], rows[found[k]]
        for j in range(width):
            sums[j] += value * row[j]


@compiled_once
def score_texts(
    data: Bytes,
    offsets: Places,
    folds: npt.NDArray[np.uint32],
    table: Table,
    blocks: tuple[BlockRow, ...],
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
    intercept: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
) -> None:
    """Write the scores of the texts ``data[offsets[i]:offsets[i + 1]]`` into ``scores[i]``."""
    sums = np.empty(rows.shape[1])
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        n_words, n_characters = read_symbols(data, start, stop, folds, table.seed, scratch)
        sums[:] = 0.0
        for block in blocks:
            of_words = block.symbols == WORDS
            symbols = scratch.words if of_words else scratch.characters
            n_symbols = n_words if of_words else n_characters
            n_found = find_terms(symbols, n_symbols, block, table, rows, scratch)
            factor = weigh_terms(n_found, block, rows, scratch)
            add_scores(n_found, factor, rows, scratch, sums)
        for label in range(intercept.size):
            scores[i, label] = sums[label] + intercept[label]


@compiled_once
def vectorise_texts(
    data: Bytes,
    offsets: Places,
    folds: npt.NDArray[np.uint32],
    table: Table,
    blocks: tuple[BlockRow, ...],
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
    column_of: npt.NDArray[np.int32],
    starts: Places,
    columns: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
) -> None:
    """Write the texts' vectors as compressed sparse rows, columns not yet in order."""
    at = starts[0]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        n_words, n_characters = read_symbols(data, start, stop, folds, table.seed, scratch)
        for block in blocks:
            of_words = block.symbols == WORDS
            symbols = scratch.words if of_words else scratch.characters
            n_symbols = n_words if of_words else n_characters
            n_found = find_terms(symbols, n_symbols, block, table, rows, scratch)
            factor = weigh_terms(n_found, block, rows, scratch)
            for k in range(n_found):
                columns[at] = column_of[scratch.found[k]]
                values[at] = factor * scratch.values[k]
                at += 1
        starts[i + 1] = at


@compiled_once
def count_texts(
    data: Bytes,
    offsets: Places,
    folds: npt.NDArray[np.uint32],
    table: Table,
    blocks: tuple[BlockRow, ...],
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
    column_of: npt.NDArray[np.int32],
    starts: Places,
    columns: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
) -> None:
    """Write how often each text holds each term, as `vectorise_texts` writes vectors."""
    at = starts[0]
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        n_words, n_characters = read_symbols(data, start, stop, folds, table.seed, scratch)
        for block in blocks:
            of_words = block.symbols == WORDS
            symbols = scratch.words if of_words else scratch.characters
            n_symbols = n_words if of_words else n_characters
            n_found = find_terms(symbols, n_symbols, block, table, rows, scratch)
            for k in range(n_found):
                number = scratch.found[k]
                columns[at] = column_of[number]
                values[at] = scratch.counts[number]
                scratch.counts[number] = 0
                at += 1
        starts[i + 1] = at


@compiled_once
def hash_terms(
    data: Bytes, offsets: Places, symbols: int, salt: np.uint64, seed: np.uint64
) -> Hashes:
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


@compiled_once
def fill_table(hashes: Hashes, table: Table) -> bool:
    """Enter term i with ``hashes[i]``; whether all could be told apart."""
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


@compiled_once
def tally_texts(
    data: Bytes,
    offsets: Places,
    folds: npt.NDArray[np.uint32],
    block: BlockRow,
    first_text: int,
    tally: Tally,
    scratch: Scratch,
) -> int:
    """Count in how many texts each n-gram occurs; returns how many n-grams are new.

    The tally must have room for all n-grams of the texts.
    """
    slot_mask = np.uint64(tally.hashes.size - 1)
    of_words = block.symbols == WORDS
    n_new = 0
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        n_words, n_characters = read_symbols(data, start, stop, folds, block.salt, scratch)
        symbols = scratch.words if of_words else scratch.characters
        n_symbols = n_words if of_words else n_characters
        for first in range(0, n_symbols, WINDOW):
            last = min(first + WINDOW, n_symbols)
            n_growing = plant(first, last, block.salt, scratch)
            for n in range(1, block.high + 1):
                n_growing = grow(symbols, n_growing, scratch)
                if n < block.low:
                    continue
                for k in range(n_growing):
                    fetch(tally.hashes, np.int64(scratch.hashes[k] & slot_mask))
                for k in range(n_growing):
                    place = find_slot(scratch.hashes[k], tally)
                    if tally.frequencies[place] == 0:
                        n_new += 1
                        tally.hashes[place] = scratch.hashes[k]
                        tally.texts[place] = first_text + i
                        tally.places[place] = scratch.places[k] - n
                        tally.lengths[place] = n
                    elif tally.last_texts[place] == first_text + i:
                        continue
                    tally.frequencies[place] += 1
                    tally.last_texts[place] = first_text + i
    return n_new


@njit(inline="always")
def find_slot(key: np.uint64, tally: Tally) -> np.uint64:
    """The slot that holds the hash, or the empty one where it belongs."""
    slot_mask = np.uint64(tally.hashes.size - 1)
    place = key & slot_mask
    while tally.frequencies[place] != 0 and tally.hashes[place] != key:
        place = (place + _ONE) & slot_mask
    return place


@compiled_once
def move_tally(old: Tally, new: Tally) -> None:
    """Enter all that is in one tally into another, larger one."""
    for k in range(old.hashes.size):
        if old.frequencies[k] != 0:
            place = find_slot(old.hashes[k], new)
            new.hashes[place] = old.hashes[k]
            new.frequencies[place] = old.frequencies[k]
            new.last_texts[place] = old.last_texts[k]
            new.texts[place] = old.texts[k]
            new.places[place] = old.places[k]
            new.lengths[place] = old.lengths[k]
