"""The entries of lexicons as the tree that the compiled loops walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

from stance.features.buffers import text_buffer
from stance.features.compiled.lexicon import NOTED, NOTED_BITS, Entries, note_beginnings
from stance.features.compiled.machine import mix_all
from stance.features.hashing import MOST_SEEDS, hashes_of, make_table, seeds_of
from stance.features.lexicon import Lexicon, parse_entry

# As much as the loops read at once.
_NOTHING = np.zeros(8, dtype=np.uint8)


@dataclass
class _State:
    """What may follow the words read so far, and what ends with them."""

    words: dict[str, int] = field(default_factory=dict)
    beginnings: dict[str, int] = field(default_factory=dict)
    categories: set[int] = field(default_factory=set)


def _tree(lexicons: Sequence[Lexicon]) -> list[_State]:
    """The states, the first one before any word; categories of all lexicons are counted on."""
    states = [_State()]
    listed = chain.from_iterable(lexicon.categories.values() for lexicon in lexicons)
    for category, entries in enumerate(listed):
        for entry in entries:
            state = states[0]
            for part in parse_entry(entry):
                leads = state.beginnings if part.endswith("*") else state.words
                number = leads.setdefault(part.removesuffix("*"), len(states))
                if number == len(states):
                    states.append(_State())
                state = states[number]
            state.categories.add(category)
    return states


def make_entries(lexicons: Sequence[Lexicon], word_seed: np.uint64) -> Entries:
    """The tree of all entries of lexicons, for tokens hashed from that seed."""
    states = _tree(lexicons)
    # The edge that leads to state s is number s - 1.
    edges = sorted(
        (number, state, part, is_word)
        for state, found in enumerate(states)
        for is_word, leads in ((True, found.words), (False, found.beginnings))
        for part, number in leads.items()
    )
    origins = np.array([state for _, state, _, _ in edges], dtype=np.int64)
    parts = [part for _, _, part, _ in edges]
    are_words = np.array([is_word for _, _, _, is_word in edges], dtype=bool)
    # Another one than that of words, so that "bomb" is not taken for "bomb*".
    seed = ~word_seed
    for attempt in range(1, MOST_SEEDS + 1):
        salts = seeds_of(np.arange(len(states)) + (attempt << 32) + 1)
        keys = salts[origins]
        mix_all(
            keys,
            np.where(are_words, hashes_of(parts, salt=word_seed), hashes_of(parts, salt=seed)),
        )
        table = make_table(keys)
        if table is not None:
            break
    else:
        message = f"Found {len(edges)} lexicon words that no hash tells apart. Leave some out."
        raise ValueError(message)
    bitmap = np.zeros(1 << (NOTED_BITS - 3), dtype=np.uint8)
    data, offsets = text_buffer(parts)
    are_noted = ~are_words & (np.diff(offsets) >= NOTED)
    # With as much behind the last one as is read of it.
    note_beginnings(np.append(data, _NOTHING), offsets[:-1][are_noted], seed, bitmap)
    lengths = [sorted({len(part.encode()) for part in state.beginnings}) for state in states]
    categories = [sorted(state.categories) for state in states]
    return Entries(
        edges=table,
        salts=salts,
        first_lengths=_firsts(lengths),
        lengths=_flat(lengths),
        first_categories=_firsts(categories),
        categories=_flat(categories),
        noted=bitmap,
        seed=seed,
    )


def _firsts(lists: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """Where each list begins in `_flat`, and where the last one ends."""
    return np.cumsum([0, *map(len, lists)], dtype=np.int64)


def _flat(lists: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    return np.fromiter(chain.from_iterable(lists), dtype=np.int64)
