"""Many marked targets at once: what the blocks of `stance.features.target` say, compiled.

Scores are those of the reference, `TfidfBlock.rows` and `stance.classify.linear.raw_scores`, to
1e-6. The first use on a machine compiles for some seconds; numba keeps the result.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stance.features import english
from stance.features.compiled import target_layout as layout
from stance.features.compiled.target_hashes import HEAD, fill_map, hash_texts
from stance.features.compiled.target_layout import ReaderRow, Targets, TargetScratch
from stance.features.compiled.target_marking import unknown_points
from stance.features.compiled.targets import score_targets
from stance.features.target import STRONG
from stance.features.target_batch import TargetBatch
from stance.features.target_marking import REACH, mark_target
from stance.features.tfidf import TfidfBlock
from stance.records import Span, Unit
from stance.text.tokens import fold_character

_READERS: Final[Mapping[str, int]] = {
    "target.words": layout.WORDS,
    "target.distance": layout.DISTANCE,
    "target.letters": layout.LETTERS,
    "target.role": layout.ROLE,
    "target.polarity": layout.POLARITY,
    "target.cues": layout.CUES,
    "target.classes": layout.CLASSES,
    "target.quotation": layout.QUOTATION,
    "target.shape": layout.SHAPE,
    "target.mention": layout.MENTION,
}

_FUNCTIONS: Final = {
    layout.NEGATION: english.NEGATIONS,
    layout.BE: english.BE,
    layout.AUXILIARY: english.AUXILIARIES,
    layout.DETERMINER: english.DETERMINERS,
    layout.PREPOSITION: english.PREPOSITIONS,
    layout.BREAK: english.BREAKS,
    layout.SPEECH: english.SPEECH,
    layout.ENDING: english.ENDINGS,
    layout.QUOTE: english.QUOTES,
    layout.NO_NAME: english.NO_NAMES,
}
_MENTIONS: Final = {
    layout.PRONOUN: english.PRONOUNS,
    layout.POSSESSIVE: english.POSSESSIVE_PRONOUNS,
}

# A stem has two letters or more.
_SHORTEST_STEM: Final = 2

# Bits of the bitmap for each entry: one unknown hash in so many is not turned away. The bitmap must
# stay in a core's second-level cache: 2**20 bits are 128 KiB.
_BITS_AN_ENTRY: Final = 16
_MOST_BITMAP_BITS: Final = 20

# Terms that a reader may find in a text of one character.
_FEW_TERMS: Final = 8

# Code points that are looked at together for being new.
_NEW_POINTS: Final = 1024

# Two of a million 64-bit hashes are equal once in 30 million tries; eight tries are forever.
_MOST_SEEDS: Final = 8


@dataclass(frozen=True, slots=True)
class TargetBlock:
    """A TF-IDF block of terms around targets, with its weight beside the others."""

    block: TfidfBlock
    weight: float


class TargetKernel:
    """Compiled scoring of blocks that read around targets.

    Parameters
    ----------
    blocks
        The blocks, in the order of the weights' rows, for each of which
        `stance.features.terms.is_read_around_target` holds.
    weights
        float32 of shape (n_features, n_labels).
    """

    def __init__(self, blocks: Sequence[TargetBlock], weights: npt.NDArray[np.float32]) -> None:
        idf = np.concatenate([part.block.idf for part in blocks])
        # Frequent terms first: what most texts read then lies together in the caches.
        order = np.argsort(idf, kind="stable")
        number_of = np.argsort(order).tolist()
        self._n_labels = weights.shape[1]
        self._rows_of = np.hstack([weights, idf[:, None]])[order].astype(np.float32)
        terms = [term for part in blocks for term in part.block.vocabulary]
        lengths = [len(part.block.vocabulary) for part in blocks]
        for seed in range(1, _MOST_SEEDS + 1):
            salts = np.random.default_rng(seed).integers(1 << 63, size=len(blocks), dtype=np.uint64)
            lists = _Lists(blocks, salts)
            own = _Entries(terms, np.repeat(salts, lengths), number_of)
            known = _filled([own, lists.words])
            # Few words, asked for often: in a map of their own they stay in the first cache.
            fixed = _filled([lists.stems, *_FIXED])
            if known is not None and fixed is not None:
                break
        else:
            message = "A block's vocabulary holds a term twice. Give every term once."
            raise ValueError(message)
        self._known, self._fixed, self._lists = known, fixed, lists
        self._rows = tuple(
            _reader_row(part, salt) for part, salt in zip(blocks, salts, strict=True)
        )

    def scores(self, units: Sequence[Unit]) -> npt.NDArray[np.float64]:
        """Raw scores of targets without intercepts, shape (n_units, n_labels)."""
        scores = np.zeros((len(units), self._n_labels))
        points, bounds, targets = _buffers(units)
        score_targets(
            points,
            bounds,
            targets,
            _known_points(points),
            self._rows,
            self._known,
            self._fixed,
            *self._lists.arrays,
            self._rows_of,
            self._scratch(bounds, targets),
            scores,
        )
        return scores

    def _scratch(self, bounds: npt.NDArray[np.int64], targets: Targets) -> TargetScratch:
        lengths = np.diff(bounds)[targets.texts]
        reach = np.minimum(lengths, 2 * REACH + targets.ends - targets.starts)
        # Each letter may be a word; the target and its 's have none in the text.
        size = int(reach.max(initial=0)) + 3
        n_terms = len(self._rows_of) + 1
        most = max(_most_terms(row, self._lists) for row in self._rows)
        return TargetScratch(
            letters=np.empty(size, dtype=np.uint32),
            words=np.empty((size, 6), dtype=np.int64),
            hashes=np.empty((size, 2), dtype=np.uint64),
            cues=np.empty(self._lists.n_names, dtype=np.int32),
            noted=np.empty(size * most, dtype=np.uint64),
            found=np.zeros((n_terms, 2), dtype=np.int32),
            tf_idf=np.empty(n_terms),
        )


def _most_terms(row: ReaderRow, lists: _Lists) -> int:
    """How many terms a reader finds at most for each character, or a few more."""
    if row.reader == layout.CUES:
        return 4 * lists.n_names + 1
    if row.reader == layout.CLASSES:
        return 2 * lists.most_values + 1
    return max(row.high, _FEW_TERMS)


def _reader_row(part: TargetBlock, salt: np.uint64) -> ReaderRow:
    terms = part.block.terms
    stems = list(map(len, terms.words.values)) if terms.words else []
    return ReaderRow(
        reader=_READERS[terms.analyzer],
        low=terms.low,
        high=terms.high,
        salt=salt,
        sublinear=part.block.sublinear,
        weight=float(part.weight),
        shortest=max(_SHORTEST_STEM, min(stems, default=0)),
        longest=max(stems, default=0),
    )


class _Entries(NamedTuple):
    """Texts with a salt each, and the numbers that stand for them."""

    texts: Sequence[str]
    salts: npt.NDArray[np.uint64]
    numbers: Sequence[int]


class _Lists:
    """The blocks' word lists.

    ``words`` and ``stems`` are what is looked up, whole or as a word's beginning.
    ``arrays`` are ``starts``, ``values`` and ``names``: what stands for the n-th word is
    ``values[starts[n]:starts[n + 1]]``, valences or numbers of names (hashes with powers).
    """

    def __init__(self, blocks: Sequence[TargetBlock], salts: npt.NDArray[np.uint64]) -> None:
        found: dict[bool, list[tuple[str, np.uint64, int]]] = {False: [], True: []}
        starts: list[int] = [0]
        values: list[int] = []
        names: dict[str, int] = {}
        for part, salt in zip(blocks, salts, strict=True):
            terms = part.block.terms
            of_stems = terms.analyzer == "target.cues"
            own = salt if of_stems else salt ^ layout.OF_LISTED
            for word, listed in terms.words.values.items() if terms.words else ():
                found[of_stems].append((word, own, len(starts) - 1))
                if terms.analyzer == "target.polarity":
                    values.append(_valence(float(listed[0])))
                else:
                    values += (names.setdefault(name, len(names)) for name in listed)
                starts.append(len(values))
        self.words, self.stems = (
            _Entries(
                [word for word, _, _ in listed],
                np.array([salt for _, salt, _ in listed], dtype=np.uint64),
                [number for _, _, number in listed],
            )
            for listed in found.values()
        )
        self.n_names = len(names)
        self.most_values = int(np.diff(starts).max(initial=0))
        self.arrays = (
            np.array(starts, dtype=np.int32),
            np.array(values, dtype=np.int32),
            _hashes(list(names)),
        )


def _valence(value: float) -> int:
    way = layout.GOOD if value > 0 else layout.BAD if value < 0 else 0
    return way | (layout.STRONG if abs(value) >= STRONG else 0)


def _flags(sets: Mapping[int, Iterable[str]], salt: np.uint64) -> _Entries:
    """The flags of each word that is in some of the sets."""
    flags: dict[str, int] = {}
    for flag, words in sets.items():
        for word in words:
            flags[word] = flags.get(word, 0) | flag
    return _Entries(list(flags), np.full(len(flags), salt), list(flags.values()))


_FIXED: Final = (
    _flags(_FUNCTIONS, layout.OF_FUNCTIONS),
    _flags(_MENTIONS, layout.OF_MENTIONS),
    _flags({1: english.SUFFIXES}, layout.OF_SUFFIXES),
)


def _filled(entries: Sequence[_Entries]) -> npt.NDArray[np.uint64] | None:
    """A map of all entries (`compiled.target_hashes.HEAD`); None where two cannot be told apart."""
    n_entries = sum(len(part.texts) for part in entries)
    bits = min((_BITS_AN_ENTRY * n_entries).bit_length(), _MOST_BITMAP_BITS)
    slots = 2 << n_entries.bit_length()
    first = HEAD + (1 << (bits - 6))
    # Flags of words may be larger than any number.
    most = max(n_entries, *(max(part.numbers or [0]) for part in entries)) + 1
    known = np.zeros(first + slots, dtype=np.uint64)
    known[:HEAD] = slots - 1, 64 - bits, first, (1 << most.bit_length()) - 1
    for texts, salts, numbers in entries:
        hashes = np.ascontiguousarray(_hashes(texts)[:, 0])
        if not fill_map(hashes, salts, np.array(numbers, dtype=np.int64), known):
            return None
    return known


def _hashes(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hash and power of each text, shape (n_texts, 2)."""
    found = np.empty((len(texts), 2), dtype=np.uint64)
    hash_texts(*_code_points(texts), found)
    return found


def _code_points(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """The texts' code points one behind the other, and where each text begins and the last ends."""
    data = "".join(texts).encode("utf-32-le", "surrogatepass")
    bounds = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=bounds[1:])
    return np.frombuffer(data, dtype=np.uint32), bounds


def _buffers(
    units: Sequence[Unit],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], Targets]:
    """The texts' code points with their bounds, and the targets marked in them."""
    return _batch_buffers(units) if isinstance(units, TargetBatch) else _unit_buffers(units)


def _batch_buffers(
    batch: TargetBatch,
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], Targets]:
    rows, owns = np.array(batch.rows, dtype=np.int64), np.array(batch.owns, dtype=np.int64)
    spans = np.array(batch.spans, dtype=np.int64).reshape(-1, 2)
    span_bounds = np.array(batch.bounds, dtype=np.int64)
    starts, ends = spans[:, 0].copy(), spans[:, 1].copy()
    firsts, lasts = span_bounds[rows], span_bounds[rows + 1]
    targets = Targets(rows, starts[owns], ends[owns], firsts, lasts, owns, starts, ends)
    return *_code_points(batch.texts), targets


def _unit_buffers(
    units: Sequence[Unit],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], Targets]:
    """Neighbours that share a text read it once."""
    texts: list[str] = []
    rows, owns = np.zeros(len(units), dtype=np.int64), np.full(len(units), -1)
    own_spans: list[Span] = []
    others: list[Span] = []
    bounds = [0]
    for i, unit in enumerate(units):
        start, end = unit.start, unit.end
        if start is None or end is None or not 0 <= start < end <= len(unit.text):
            mark_target(unit)  # which says what is wrong
            continue
        if not texts or texts[-1] is not unit.text:
            texts.append(unit.text)
        rows[i] = len(texts) - 1
        own_spans.append((start, end))
        others += sorted(unit.others)
        bounds.append(len(others))
    starts, ends = np.array(own_spans, dtype=np.int64).reshape(-1, 2).T.copy()
    firsts = np.array(bounds, dtype=np.int64)
    other_starts, other_ends = np.array(others, dtype=np.int64).reshape(-1, 2).T.copy()
    targets = Targets(rows, starts, ends, firsts[:-1], firsts[1:], owns, other_starts, other_ends)
    return *_code_points(texts), targets


@cache
def _point_table() -> npt.NDArray[np.uint32]:
    """What each code point is, 0 where nobody has asked yet but for ASCII."""
    table = np.zeros(0x110000, dtype=np.uint32)
    table[:0x80] = [_point(chr(point)) for point in range(0x80)]
    return table


def _known_points(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The table of code points, filled in for those that occur and for what they fold to."""
    table = _point_table()
    room = np.empty(_NEW_POINTS, dtype=np.uint32)
    while n_unknown := unknown_points(points, table, room):
        for point in set(room[:n_unknown].tolist()):
            for character in (chr(point), fold_character(chr(point))):
                table[ord(character)] = _point(character)
    return table


def _point(character: str) -> int:
    is_lower = character.islower() or unicodedata.category(character) == "Lt"
    return (
        ord(fold_character(character))
        | layout.IS_KNOWN
        | layout.IN_WORD * (character.isalnum() or character == "_")
        | layout.IS_SPACE * character.isspace()
        | layout.IS_UPPER * character.isupper()
        | layout.IS_LOWER * is_lower
        | layout.IS_DIGIT * character.isdecimal()
    )
