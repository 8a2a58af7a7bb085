"""Near-duplicate texts, and fingerprints that tell an overlap without the texts.

Two texts are near-duplicates where the Jaccard similarity of their sets of five-word runs reaches
a threshold. Their signatures (`stance.evaluate.minhash`) find the candidates; an exact comparison
of the sets, or of whole signatures where the texts are gone, decides.

References
----------
Leskovec, Rajaraman and Ullman 2020, Mining of massive datasets, 3rd edition, section 3.4 (bands).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from stance.errors import SettingsError
from stance.evaluate.minhash import (
    MAX_HASH,
    MULTIPLIER,
    N_HASHES,
    Hashes,
    Runs,
    WordNumbers,
    fingerprint,
    mixed,
    runs_of,
    signatures,
)
from stance.text.tokens import tokens

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

# Similarity from which two texts count as the same: an edited lead, not a shared quotation.
THRESHOLD = 0.8

# Rows of a band. 32 bands of 4 miss a pair of similarity .8 once in 10 ** 7 pairs, one of .6
# once in 100; pairs below the threshold that they let through are thrown out afterwards.
_BAND_ROWS = 4

# In a bucket of more texts each is compared with the next and with the first, for all pairs would
# be too many; texts that fall together so often are the same text many times over.
_LARGE_BUCKET = 50


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which test texts stand in the training data too.

    Attributes
    ----------
    exact
        Whether the text stands there word for word (case and punctuation aside), shape (n_test,).
    near
        Whether it is an exact or a near-duplicate, shape (n_test,).
    nearest
        The most similar training text found, shape (n_test,); -1 where none is near.
    similarity
        Its Jaccard similarity in [0, 1], shape (n_test,); 0 where none is near.
    """

    exact: npt.NDArray[np.bool_]
    near: npt.NDArray[np.bool_]
    nearest: Ints
    similarity: Array


def near_duplicate_groups(
    texts: Sequence[str], groups: Sequence[str] | None = None, *, threshold: float = THRESHOLD
) -> list[str]:
    """The group of each text, groups merged where they share a near-duplicate text.

    Parameters
    ----------
    texts
        Paragraphs or whole articles.
    groups
        The article of each text; left out, each text is its own group, named by its number.
    threshold
        Least Jaccard similarity of near-duplicates, in (0, 1].

    Returns
    -------
    One name a text: the first, in alphabetical order, of the groups that were merged. Texts
    without words are duplicates of nothing.

    Raises
    ------
    SettingsError
        If lengths differ or the threshold is out of range.
    """
    names = [str(number) for number in range(len(texts))] if groups is None else list(groups)
    if len(names) != len(texts):
        message = f"Found {len(texts)} texts and {len(names)} groups. Give one group a text."
        raise SettingsError(message)
    _check_threshold(threshold)
    if not names:
        return []
    one, other = _candidates(signatures(texts), len(texts), within=True)
    close = _similarity(texts, one, texts, other) >= threshold
    ordered = sorted(set(names))
    place = {name: number for number, name in enumerate(ordered)}
    number = np.array([place[name] for name in names])
    n = len(ordered)
    links = coo_matrix(
        (np.ones(close.sum()), (number[one[close]], number[other[close]])), shape=(n, n)
    )
    _, component = connected_components(links, directed=False)
    # Groups are numbered in order of name, so the first of a component is its smallest name.
    first = np.full(n, n)
    np.minimum.at(first, component, np.arange(n))
    return [ordered[first[component[group]]] for group in number.tolist()]


def overlap(
    test_texts: Sequence[str], train_texts: Sequence[str], *, threshold: float = THRESHOLD
) -> Overlap:
    """Which test texts have an exact or near-duplicate in the training texts.

    Raises
    ------
    SettingsError
        If the threshold is out of range.
    """
    _check_threshold(threshold)
    both = np.vstack([signatures(test_texts), signatures(train_texts)])
    one, other = _candidates(both, len(test_texts), within=False)
    similarity = _similarity(test_texts, one, train_texts, other)
    known = {fingerprint(text) for text in train_texts if tokens(text)}
    exact = np.array([fingerprint(text) in known for text in test_texts], dtype=np.bool_)
    return _overlap(len(test_texts), exact, one, other, similarity, threshold)


def signature_overlap(test: Hashes, train: Hashes, *, threshold: float = THRESHOLD) -> Overlap:
    """As `overlap`, from signatures alone; similarities are estimates (standard error .035 at .8).

    Parameters
    ----------
    test, train
        Shape (n_test, 128) and (n_train, 128), from `signatures`.

    Returns
    -------
    ``exact`` tells texts with equal signatures, which hold the same five-word runs but for chance.
    """
    _check_threshold(threshold)
    one, other = _candidates(np.vstack([test, train]), len(test), within=False)
    similarity = np.array((test[one] == train[other]).mean(axis=1), dtype=np.float64)
    exact = np.zeros(len(test), dtype=np.bool_)
    exact[one[similarity == 1]] = True
    return _overlap(len(test), exact, one, other, similarity, threshold)


def _check_threshold(threshold: float) -> None:
    if not 0 < threshold <= 1:
        message = f"The threshold is {threshold}. Expected a similarity above 0 and up to 1."
        raise SettingsError(message)


def _overlap(  # noqa: PLR0913 - the pairs, column by column
    n_test: int,
    exact: npt.NDArray[np.bool_],
    one: Ints,
    other: Ints,
    similarity: Array,
    threshold: float,
) -> Overlap:
    best = np.zeros(n_test)
    nearest = np.full(n_test, -1, dtype=np.int64)
    close = np.flatnonzero(similarity >= threshold)
    # In rising order of similarity, so that the most similar is written last.
    close = close[np.argsort(similarity[close], kind="stable")]
    best[one[close]] = similarity[close]
    nearest[one[close]] = other[close]
    return Overlap(exact, exact | (nearest >= 0), nearest, best)


def _candidates(both: Hashes, n_first: int, *, within: bool) -> tuple[Ints, Ints]:
    """Pairs of texts that agree in a whole band, each pair once.

    With ``within``, pairs of any two rows; without, pairs of a row below ``n_first`` and one
    from there on, which is then counted from 0.
    """
    found: list[npt.NDArray[np.int64]] = []
    has_words = np.flatnonzero((both != MAX_HASH).any(axis=1))
    n = len(both)
    for start in range(0, N_HASHES, _BAND_ROWS):
        band = both[has_words, start : start + _BAND_ROWS].astype(np.uint64)
        key = np.zeros(len(band), dtype=np.uint64)
        for column in band.T:
            key = mixed(key * MULTIPLIER + column)
        order = np.argsort(key, kind="stable")
        ranked = key[order]
        edges = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1], [True]]))
        for first, last in _buckets(edges):
            members = has_words[order[first:last]]
            found.append(_pairs(members, n_first, n, within=within))
    codes = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    one, other = codes // n, codes % n
    return (one, other) if within else (one, other - n_first)


def _buckets(edges: Ints) -> Iterator[tuple[int, int]]:
    """Where each bucket of two texts or more begins and ends."""
    shared = np.flatnonzero(np.diff(edges) > 1)
    yield from zip(edges[shared].tolist(), edges[shared + 1].tolist(), strict=True)


def _pairs(members: Ints, n_first: int, n: int, *, within: bool) -> Ints:
    """Each pair of a bucket as one number, smaller row times n plus larger row."""
    if not within:
        tests, trains = members[members < n_first], members[members >= n_first]
        # Texts of one bucket are alike: a few of very many stand for all.
        return np.asarray((tests[:, None] * n + trains[None, :_LARGE_BUCKET]).ravel())
    if len(members) > _LARGE_BUCKET:
        chain = members[:-1] * n + members[1:]
        return np.concatenate([chain, members[0] * n + members[1:]])
    one, other = np.triu_indices(len(members), k=1)
    return np.asarray(members[one] * n + members[other])


def _similarity(texts: Sequence[str], first: Ints, others: Sequence[str], second: Ints) -> Array:
    """Exact Jaccard similarity of each pair's sets of runs."""
    one, left = _read_again(texts, first)
    other, right = _read_again(others, second)
    result = np.zeros(len(first))
    for place, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        a, b = one.of(i), other.of(j)
        shared = len(np.intersect1d(a, b, assume_unique=True))
        result[place] = shared / (len(a) + len(b) - shared)
    return result


def _read_again(texts: Sequence[str], asked: Ints) -> tuple[Runs, Ints]:
    """The runs of the texts asked for, and the place of each of them there."""
    numbers, places = np.unique(asked, return_inverse=True)
    return runs_of([texts[number] for number in numbers.tolist()], WordNumbers()), places
