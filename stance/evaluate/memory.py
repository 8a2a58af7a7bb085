"""What a model keeps of its training texts, to tell later whether a test is fair.

Signatures are cut to one byte a hash function: 128 bytes a paragraph, from which no text can be
read. Two unrelated texts then agree in one column of 256, which is far below any threshold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.evaluate.duplicates import Overlap, signature_overlap
from stance.evaluate.minhash import fingerprint, signatures

Bools = npt.NDArray[np.bool_]

# Bytes of a SHA-256 that are kept: two of a million texts are then the same by chance once in
# 10 ** 7 corpora.
_PREFIX = 8

# A signature of a text without words, cut to bytes.
_EMPTY = 255
_NO_WORDS = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """Which paragraphs and articles a model was trained on, without their texts.

    Attributes
    ----------
    signatures
        MinHash signatures cut to bytes, uint8 of shape (n_paragraphs, 128).
    paragraphs, articles
        First eight bytes of the SHA-256 of each paragraph's words and of each article's name,
        uint64, sorted.
    """

    signatures: npt.NDArray[np.uint8]
    paragraphs: npt.NDArray[np.uint64]
    articles: npt.NDArray[np.uint64]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Plain arrays for a model folder; `parse_memory` reads them back."""
        return {
            "signatures": self.signatures,
            "paragraphs": self.paragraphs,
            "articles": self.articles,
        }

    def seen_articles(self, articles: Sequence[str]) -> Bools:
        """Which articles were trained on, by name, shape (n,)."""
        return np.isin(_prefixes([_name_hash(name) for name in articles]), self.articles)

    def overlap(self, texts: Sequence[str]) -> Overlap:
        """Which texts were trained on, or resemble one that was."""
        test = _widened((signatures(texts) & np.uint32(0xFF)).astype(np.uint8))
        found = signature_overlap(test, _widened(self.signatures))
        exact = np.isin(_prefixes([fingerprint(text) for text in texts]), self.paragraphs)
        # Texts without words all have one fingerprint, and are copies of nothing.
        exact &= (test != _NO_WORDS).any(axis=1)
        return Overlap(exact, exact | found.near, found.nearest, found.similarity)


def remember(texts: Sequence[str], articles: Sequence[str]) -> TrainingMemory:
    """What to keep of training paragraphs and their articles; texts without words are left out."""
    found = (signatures(texts) & np.uint32(0xFF)).astype(np.uint8)
    # Sorted and distinct, so that the order of the files does not show and repeats cost nothing.
    found = np.unique(found, axis=0) if len(found) else found
    return TrainingMemory(
        found[(found != _EMPTY).any(axis=1)],
        np.unique(_prefixes([fingerprint(text) for text in texts])),
        np.unique(_prefixes([_name_hash(name) for name in set(articles)])),
    )


def parse_memory(arrays: Mapping[str, npt.NDArray[Any]]) -> TrainingMemory | None:
    """The memory that `arrays` wrote; None where there is none."""
    if not arrays:
        return None
    return TrainingMemory(arrays["signatures"], arrays["paragraphs"], arrays["articles"])


def _name_hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _prefixes(hashes: Sequence[str]) -> npt.NDArray[np.uint64]:
    return np.array([int(one[: 2 * _PREFIX], 16) for one in hashes], dtype=np.uint64)


def _widened(found: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Bytes as signatures again, those of texts without words marked as such."""
    wide = found.astype(np.uint32)
    wide[(found == _EMPTY).all(axis=1)] = _NO_WORDS
    return wide
