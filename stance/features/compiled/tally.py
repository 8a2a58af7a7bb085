"""Counting n-grams that are not known yet: how many texts hold each, and where each was met."""

# Loops take plain arguments, many of them.
# ruff: noqa: PLR0913
# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="assignment, call-arg, no-untyped-call, return-value"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stance.features.compiled.machine import Bytes, Hashes, Places, compiled_once, fetch
from stance.features.compiled.ngrams import WINDOW, WORDS, Blocks, Candidates, ngrams
from stance.features.compiled.table import Table
from stance.features.compiled.text import Folded, find_tokens, fold_text

_ONE = np.uint64(1)


class Tally(NamedTuple):
    """N-grams met so far, in an open-addressing hash table by their whole 64-bit hash.

    ``frequencies`` says in how many texts (0 is an empty slot), ``last_texts`` in which last;
    ``texts`` and ``places`` tell one occurrence (see `stance.features.compiled.ngrams.place`).
    """

    hashes: Hashes
    frequencies: npt.NDArray[np.int32]
    last_texts: npt.NDArray[np.int32]
    texts: npt.NDArray[np.int32]
    places: Places


@compiled_once
def tally_texts(
    data: Bytes,
    offsets: Places,
    folds: npt.NDArray[np.uint32],
    seed: np.uint64,
    blocks: Blocks,
    first_text: int,
    everything: Table,
    tally: Tally,
    folded: Folded,
    candidates: Candidates,
) -> int:
    """Count in how many texts each n-gram of the first block occurs; returns how many are new.

    ``everything`` is a table that lets all n-grams pass. The tally must have room for all
    n-grams of the texts.
    """
    slot_mask = np.uint64(tally.hashes.size - 1)
    hashes = candidates.hashes
    n_new = 0
    for i in range(offsets.size - 1):
        text = first_text + i
        end = fold_text(data, offsets[i], offsets[i + 1], folds, folded.text)
        n_words = find_tokens(end, seed, folded)
        for first in range(0, n_words if blocks.symbols[0] == WORDS else end, WINDOW):
            n_met = ngrams(0, first, n_words, end, blocks, everything, folded, candidates)
            for k in range(n_met):
                fetch(tally.hashes, np.int64(hashes[k] & slot_mask))
            for k in range(n_met):
                slot = find_slot(hashes[k], tally)
                if tally.frequencies[slot] == 0:
                    n_new += 1
                    tally.hashes[slot] = hashes[k]
                    tally.texts[slot] = text
                    tally.places[slot] = candidates.places[k]
                elif tally.last_texts[slot] == text:
                    continue
                tally.frequencies[slot] += 1
                tally.last_texts[slot] = text
    return n_new


@njit(inline="always")
def find_slot(key: np.uint64, tally: Tally) -> np.uint64:
    """The slot that holds the hash, or the empty one where it belongs."""
    slot_mask = np.uint64(tally.hashes.size - 1)
    slot = key & slot_mask
    while tally.frequencies[slot] != 0 and tally.hashes[slot] != key:
        slot = (slot + _ONE) & slot_mask
    return slot


@compiled_once
def move_tally(old: Tally, new: Tally) -> None:
    """Enter all that is in one tally into another, larger one."""
    for k in range(old.hashes.size):
        if old.frequencies[k] != 0:
            slot = find_slot(old.hashes[k], new)
            new.hashes[slot] = old.hashes[k]
            new.frequencies[slot] = old.frequencies[k]
            new.last_texts[slot] = old.last_texts[k]
            new.texts[slot] = old.texts[k]
            new.places[slot] = old.places[k]
