"""The compiled way to a vocabulary: the n-grams of many texts and how many texts hold each.

It finds what `stance.features.tfidf.fit_vocabulary` finds. N-grams are told apart by 64-bit
hashes: among 30 million different ones, two are taken for one with a probability of 1 in 40,000.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
import numpy.typing as npt

from stance.errors import SettingsError
from stance.features.buffers import Offsets, check_offsets, pieces_of
from stance.features.compiled.machine import Bytes
from stance.features.compiled.ngrams import Blocks
from stance.features.compiled.table import Table
from stance.features.compiled.tally import Tally, move_tally, tally_texts
from stance.features.compiled.text import fold_whole
from stance.features.hashing import fold_table, make_candidates, make_folded, seeds_of
from stance.features.kernel import KernelBlock, make_blocks, most_ngrams
from stance.text.tokens import tokens

# Bytes of text between two looks at whether the table still has room: small, because it makes
# room for all n-grams of a piece as if each were new.
_PIECE = 256 << 10

_LEAST_SLOTS = 1 << 16

# Bytes of UTF-8.
_LONGEST_CHARACTER = 4

# A bitmap that lets every hash pass.
_EVERYTHING = Table(
    slots=np.zeros(1, dtype=np.uint64),
    number_mask=np.uint64(0),
    bitmap=np.full(1, 0xFF, dtype=np.uint8),
    bitmap_shift=np.uint64(63),
)


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
        The texts, as `stance.features.buffers.text_buffer` gives them.
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
    block = KernelBlock(analyzer, ngrams, [], np.empty(0, dtype=np.float32))
    tally, n_different = _tally(data, checked, make_blocks([block], seeds_of([0])))
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


def _tally(data: Bytes, offsets: npt.NDArray[np.int64], blocks: Blocks) -> tuple[Tally, int]:
    """All n-grams of the texts, and how many different ones there are."""
    tally, n_different = _empty_tally(_LEAST_SLOTS), 0
    (seed,) = seeds_of([1])
    candidates = make_candidates(int(blocks.high[0] - blocks.low[0]) + 1)
    n_pieces = 1 + int(offsets[-1] - offsets[0]) // _PIECE
    for piece in pieces_of(offsets, n_pieces):
        own = offsets[piece.start : piece.stop + 1]
        lengths = np.diff(own)
        needed = 2 * (n_different + int(most_ngrams(blocks, lengths).sum()))
        if needed > len(tally.hashes):
            larger = _empty_tally(1 << needed.bit_length())
            move_tally(tally, larger)
            tally = larger
        n_different += tally_texts(
            data,
            own,
            fold_table(),
            seed,
            blocks,
            piece.start,
            _EVERYTHING,
            tally,
            make_folded(int(lengths.max(initial=0))),
            candidates,
        )
    return tally, n_different


def _empty_tally(n_slots: int) -> Tally:
    return Tally(
        hashes=np.empty(n_slots, dtype=np.uint64),
        frequencies=np.zeros(n_slots, dtype=np.int32),
        last_texts=np.empty(n_slots, dtype=np.int32),
        texts=np.empty(n_slots, dtype=np.int32),
        places=np.empty(n_slots, dtype=np.int64),
    )


def _names(
    data: Bytes,
    offsets: npt.NDArray[np.int64],
    tally: Tally,
    slots: npt.NDArray[np.int64],
    *,
    of_words: bool,
) -> list[str]:
    """The n-grams of the slots, read again where each was met first, one text at a time."""
    names = [""] * len(slots)
    texts, places = tally.texts[slots].tolist(), tally.places[slots].tolist()
    for text, ranks in groupby(np.argsort(texts, kind="stable").tolist(), texts.__getitem__):
        own = data[offsets[text] : offsets[text + 1]]
        room = make_folded(len(own)).text
        folded = bytes(room[: fold_whole(own, fold_table(), room) + 1])
        found = tokens(folded.decode()) if of_words else []
        for rank in ranks:
            # As `compiled.ngrams.place` puts them together.
            at, n = divmod(places[rank], 256)
            names[rank] = (
                " ".join(found[at : at + n])
                if of_words
                else folded[at : at + _LONGEST_CHARACTER * n].decode("utf-8", "ignore")[:n]
            )
    return names
