"""The compiled way to a vocabulary: the n-grams of many texts and how many texts hold each.

It finds what `stance.features.tfidf.fit_vocabulary` finds. N-grams are told apart by 64-bit
hashes: among 30 million different ones, two are taken for one with a probability of 1 in 40,000.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
import numpy.typing as npt

from stance.errors import SettingsError
from stance.features import compiled
from stance.features.compiled import BlockRow, Tally
from stance.features.kernel import (
    SYMBOLS,
    Offsets,
    check_offsets,
    fold_table,
    make_scratch,
    most_ngrams,
    pieces_of,
)
from stance.text.tokens import tokens

# Bytes of text between two looks at whether the table still has room: small, because it makes
# room for all n-grams of a piece as if each were new.
_PIECE = 256 << 10

_LEAST_SLOTS = 1 << 16


def count_ngrams(  # noqa: PLR0913 - one argument a setting, as the extractor has them
    data: npt.NDArray[np.uint8],
    offsets: Offsets,
    *,
    analyzer: str = "word",
    ngrams: tuple[int, int] = (1, 2),
    min_df: int = 1,
    max_df: float = 1.0,
    max_features: int | None = None,
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The terms worth counting in texts, sorted, and in how many texts each occurs.

    Parameters
    ----------
    data, offsets
        The texts, as `stance.features.kernel.text_buffer` gives them.
    min_df
        A term must occur in at least so many texts.
    max_df
        A term must occur in at most this share of the texts, in (0, 1].
    max_features
        Keep at most so many terms, those in the most texts first, ties in order of the alphabet.

    Raises
    ------
    SettingsError
        If no term is left.
    """
    checked = check_offsets(data, offsets)
    low, high = ngrams
    block = BlockRow(SYMBOLS[analyzer], low, high, np.uint64(1), sublinear=False, weight=1.0)
    tally, n_different = _tally(data, checked, block)
    n_texts = len(checked) - 1
    most = max_df * n_texts
    kept = np.flatnonzero((tally.frequencies >= max(min_df, 1)) & (tally.frequencies <= most))
    if not kept.size:
        message = (
            f"No terms remain: {n_different} different terms in {n_texts} texts, "
            f"none in at least {min_df} and at most {most:g} of them. "
            "Lower min_df, raise max_df, or bring more text."
        )
        raise SettingsError(message)
    frequencies = tally.frequencies[kept].astype(np.int64)
    if max_features is not None and len(kept) > max_features:
        # All that tie with the last one stay in until their names are known.
        least = np.partition(frequencies, -max_features)[-max_features]
        kept, frequencies = kept[frequencies >= least], frequencies[frequencies >= least]
    names = _names(data, checked, tally, kept, of_words=analyzer == "word")
    named = sorted(zip((-frequencies).tolist(), names, strict=True))
    chosen = sorted((term, -negative) for negative, term in named[:max_features])
    return [term for term, _ in chosen], np.array([df for _, df in chosen], dtype=np.int64)


def _tally(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], block: BlockRow
) -> tuple[Tally, int]:
    """All n-grams of the texts, and how many different ones there are."""
    tally, n_different = _empty_tally(_LEAST_SLOTS), 0
    folds = fold_table()
    n_pieces = 1 + int(offsets[-1] - offsets[0]) // _PIECE
    for piece in pieces_of(offsets, n_pieces):
        own = offsets[piece.start : piece.stop + 1]
        needed = 2 * (n_different + int(most_ngrams(block, np.diff(own)).sum()))
        if needed > len(tally.hashes):
            larger = _empty_tally(1 << needed.bit_length())
            compiled.move_tally(tally, larger)
            tally = larger
        scratch = make_scratch(own, [block], 0)
        n_different += compiled.tally_texts(data, own, folds, block, piece.start, tally, scratch)
    return tally, n_different


def _empty_tally(n_slots: int) -> Tally:
    return Tally(
        hashes=np.empty(n_slots, dtype=np.uint64),
        frequencies=np.zeros(n_slots, dtype=np.int32),
        last_texts=np.empty(n_slots, dtype=np.int32),
        texts=np.empty(n_slots, dtype=np.int32),
        places=np.empty(n_slots, dtype=np.int32),
        lengths=np.empty(n_slots, dtype=np.uint8),
    )


def _names(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    tally: Tally,
    slots: npt.NDArray[np.int64],
    *,
    of_words: bool,
) -> list[str]:
    """The n-grams of the slots, read again where each was met first, one text at a time."""
    names = [""] * len(slots)
    texts, places = tally.texts[slots].tolist(), tally.places[slots].tolist()
    lengths = tally.lengths[slots].tolist()
    for text, ranks in groupby(np.argsort(texts, kind="stable").tolist(), texts.__getitem__):
        found = tokens(bytes(data[offsets[text] : offsets[text + 1]]).decode("utf-8", "replace"))
        # As `compiled.read_symbols` lays characters out.
        characters = "".join(f" {token} \0" for token in found)
        for rank in ranks:
            first, last = places[rank], places[rank] + lengths[rank]
            names[rank] = " ".join(found[first:last]) if of_words else characters[first:last]
    return names
