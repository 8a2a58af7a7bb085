"""From texts to scores, vectors and counts of known terms, in one pass over the bytes."""

# Loops take plain arguments, many of them.
# ruff: noqa: PLR0913
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="assignment, call-arg, no-untyped-call, return-value"

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stance.features.compiled.lexicon import Entries, Hits, count_hits
from stance.features.compiled.machine import Bytes, Numbers, Places, compiled_once, fetch
from stance.features.compiled.ngrams import WINDOW, WORDS, Blocks, Candidates, ngrams
from stance.features.compiled.table import Table, number_of
from stance.features.compiled.text import Folded, find_tokens, fold_text

# float32 numbers in a cache line of 64 bytes.
_LINE = 16

# Sums are taken of so many labels together, which is what the processor adds at once.
LANES = 8

_NONE = np.uint64(0)


class Features(NamedTuple):
    """All that is known of the features.

    ``folds`` says what each code point becomes, ``seed`` begins the hash of a token, ``rows``
    hold each term's weights and, last, its inverse document frequency, and ``damped[n]`` is what
    a count of n is damped to, for small n.
    """

    folds: npt.NDArray[np.uint32]
    seed: np.uint64
    blocks: Blocks
    table: Table
    rows: npt.NDArray[np.float32]
    damped: npt.NDArray[np.float64]
    entries: Entries


class Scratch(NamedTuple):
    """Memory that one thread works in; its size depends on the longest text only."""

    folded: Folded
    candidates: Candidates
    found: Numbers
    counts: npt.NDArray[np.int32]
    values: npt.NDArray[np.float64]
    stack: Numbers
    last_hits: Places
    sums: npt.NDArray[np.float64]


@njit(inline="always")
def find_terms(
    block: int, n_words: int, end: int, features: Features, scratch: Scratch
) -> np.uint64:
    """Count a block's terms in a text: their numbers in ``found``, how often in ``counts``.

    Returns how many different terms there are.
    """
    n_found = np.uint64(0)
    n_starts = n_words if features.blocks.symbols[block] == WORDS else end
    for first in range(0, n_starts, WINDOW):
        n_candidates = ngrams(
            block,
            first,
            n_words,
            end,
            features.blocks,
            features.table,
            scratch.folded,
            scratch.candidates,
        )
        n_found = look_up(n_candidates, n_found, features, scratch)
    return n_found


@njit(inline="always")
def look_up(
    n_candidates: int, n_found: np.uint64, features: Features, scratch: Scratch
) -> np.uint64:
    """Count the candidates that are in the table; returns how many different ones are found.

    Numbers are unsigned, as numba guards against negative indices.
    """
    hashes, found, counts = scratch.candidates.hashes, scratch.found, scratch.counts
    table, rows = features.table, features.rows
    slot_mask, width = np.uint64(table.slots.size - 1), rows.shape[1]
    for k in range(n_candidates):
        fetch(table.slots, np.int64(hashes[k] & slot_mask))
    for k in range(n_candidates):
        entry = number_of(hashes[k], table)
        if entry != _NONE:
            number = entry - np.uint64(1)
            count = counts[number]
            found[n_found] = number
            n_found += np.uint64(count == 0)
            counts[number] = count + 1
            for column in range(0, width, _LINE):
                fetch(rows, np.int64(number) * width + column)
    return n_found


@njit(inline="always")
def weigh_terms(block: int, n_found: np.uint64, features: Features, scratch: Scratch) -> float:
    """Turn the found terms' counts into tf * idf, and return the factor that is left to apply.

    The factor is the block's weight by the vector's length, or 0 for no terms. Counts are left
    at 0 for the next text.
    """
    found, counts, values = scratch.found, scratch.counts, scratch.values
    rows, damped, sublinear = features.rows, features.damped, features.blocks.sublinear[block]
    idf_column = rows.shape[1] - 1
    total = 0.0
    for k in range(n_found):
        number = found[k]
        count = counts[number]
        counts[number] = 0
        frequency = float(count)
        if sublinear:
            frequency = damped[count] if count < damped.size else 1.0 + math.log(frequency)
        value = frequency * rows[number, idf_column]
        values[k] = value
        total += value * value
    return features.blocks.weights[block] / math.sqrt(total) if total > 0.0 else 0.0


@njit(inline="always")
def add_scores(
    n_found: np.uint64,
    factor: float,
    rows: npt.NDArray[np.float32],
    scratch: Scratch,
    sums: npt.NDArray[np.float64],
) -> None:
    """Add factor * values @ weights of the found terms to ``sums``.

    Four terms are added at a time, so that a sum waits for its own last addition less often.
    """
    found, values = scratch.found, scratch.values
    n_terms = np.int64(n_found)
    n_in_fours = n_terms - n_terms % 4
    for k in range(0, n_in_fours, 4):
        a, b = factor * values[k], factor * values[k + 1]
        c, d = factor * values[k + 2], factor * values[k + 3]
        row_a, row_b = rows[found[k]], rows[found[k + 1]]
        row_c, row_d = rows[found[k + 2]], rows[found[k + 3]]
        for j in range(sums.size):
            sums[j] += (a * row_a[j] + b * row_b[j]) + (c * row_c[j] + d * row_d[j])
    for k in range(n_in_fours, n_terms):
        value, row = factor * values[k], rows[found[k]]
        for j in range(sums.size):
            sums[j] += value * row[j]


@compiled_once
def score_texts(
    data: Bytes,
    offsets: Places,
    features: Features,
    scratch: Scratch,
    intercept: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    hits: Hits,
) -> None:
    """Write the scores of the texts ``data[offsets[i]:offsets[i + 1]]`` into ``scores[i]``."""
    sums = scratch.sums
    n_places = 0
    for i in range(offsets.size - 1):
        end = fold_text(data, offsets[i], offsets[i + 1], features.folds, scratch.folded.text)
        n_words = find_tokens(end, features.seed, scratch.folded)
        sums[:] = 0.0
        for block in range(features.blocks.symbols.size):
            n_found = find_terms(block, n_words, end, features, scratch)
            factor = weigh_terms(block, n_found, features, scratch)
            add_scores(n_found, factor, features.rows, scratch, sums)
        for label in range(intercept.size):
            scores[i, label] = sums[label] + intercept[label]
        if hits.counts.shape[1] > 0:
            hits.tokens[i] = n_words
            n_places = count_hits(
                i,
                n_words,
                n_places,
                features.entries,
                scratch.folded,
                scratch.stack,
                scratch.last_hits,
                hits.counts,
            )


@compiled_once
def vectorise_texts(
    data: Bytes,
    offsets: Places,
    features: Features,
    scratch: Scratch,
    weighed: bool,  # noqa: FBT001 - numba knows no keywords
    column_of: npt.NDArray[np.int32],
    starts: Places,
    columns: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
) -> None:
    """Write the texts' vectors as compressed sparse rows, columns not yet in order.

    Values are TF-IDF if ``weighed``, else how often the text holds the term.
    """
    at = starts[0]
    for i in range(offsets.size - 1):
        end = fold_text(data, offsets[i], offsets[i + 1], features.folds, scratch.folded.text)
        n_words = find_tokens(end, features.seed, scratch.folded)
        for block in range(features.blocks.symbols.size):
            n_found = find_terms(block, n_words, end, features, scratch)
            if not weighed:
                for k in range(n_found):
                    scratch.values[k] = scratch.counts[scratch.found[k]]
            factor = weigh_terms(block, n_found, features, scratch) if weighed else 1.0
            for k in range(n_found):
                columns[at] = column_of[scratch.found[k]]
                values[at] = factor * scratch.values[k]
                scratch.counts[scratch.found[k]] = 0
                at += 1
        starts[i + 1] = at
