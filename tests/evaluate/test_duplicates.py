"""Near-duplicates are found as an exhaustive comparison finds them."""

from __future__ import annotations

import hashlib
import time

import numpy as np
import pytest

from stance.errors import SettingsError
from stance.evaluate.duplicates import near_duplicate_groups, overlap, signature_overlap
from stance.evaluate.minhash import fingerprint, signatures
from stance.text.tokens import tokens


def written(n, n_words=60, seed=0):
    """Invented paragraphs of random words."""
    random = np.random.default_rng(seed)
    return [
        " ".join(f"word{number}" for number in random.integers(0, 5000, n_words)) for _ in range(n)
    ]


def edited(text, n_words):
    """The text with its first words replaced."""
    return " ".join([f"new{i}" for i in range(n_words)] + text.split()[n_words:])


def jaccard(one, other):
    """Exact similarity of the sets of five-word runs."""
    a, b = (
        {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
        for words in (tokens(one), tokens(other))
    )
    return len(a & b) / len(a | b)


def test_edited_texts_are_found_as_by_exhaustive_comparison():
    """Pairs at the threshold and above share a group, pairs below do not."""
    texts = written(40)
    copies = [edited(text, number % 12) for number, text in enumerate(texts)]
    groups = near_duplicate_groups(texts + copies)
    for number, (text, copy) in enumerate(zip(texts, copies, strict=True)):
        assert (groups[number] == groups[40 + number]) == (jaccard(text, copy) >= 0.8)
    assert len({groups[number] for number in range(40)}) == 40


def test_articles_that_share_a_paragraph_are_merged():
    """Two articles with a common paragraph get one name, the first; chains are merged too."""
    a, b, c, d = written(4)
    groups = near_duplicate_groups([a, b, a, c, c, d], ["z", "z", "m", "m", "k", "own"])
    assert groups == ["k", "k", "k", "k", "k", "own"]


def test_case_and_punctuation_do_not_matter():
    """The same words in other dress are the same text."""
    assert near_duplicate_groups(["Two men, one boat.", "two men ONE boat", "two men"]) == [
        "0",
        "0",
        "2",
    ]


def test_short_texts_match_only_word_for_word():
    """Below five words, only equal texts are duplicates; texts without words are none."""
    texts = ["rebels advance", "rebels advance again", "rebels advance", "", "...", ""]
    assert near_duplicate_groups(texts) == ["0", "1", "0", "3", "4", "5"]


def test_a_text_copied_many_times_is_one_group():
    """More copies than are compared pair by pair still share one group."""
    text, other = written(2)
    groups = near_duplicate_groups([*[text] * 200, other])
    assert len(set(groups[:200])) == 1
    assert groups[200] != groups[0]


def test_overlap_names_exact_and_near_texts():
    """Each test text with its nearest training text and their similarity."""
    train = written(30)
    near = edited(train[4], 3)
    test = [train[7].upper(), near, *written(3, seed=9)]
    found = overlap(test, train)
    assert found.exact.tolist() == [True, False, False, False, False]
    assert found.near.tolist() == [True, True, False, False, False]
    assert found.nearest.tolist() == [7, 4, -1, -1, -1]
    assert found.similarity[1] == pytest.approx(jaccard(near, train[4]))


def test_overlap_from_signatures_alone():
    """Without the training texts, signatures of 512 bytes tell the same."""
    train = written(30)
    test = [train[7], edited(train[4], 2), *written(3, seed=9)]
    stored = signatures(train)
    assert stored.dtype == np.uint32
    assert stored.shape == (30, 128)
    found = signature_overlap(signatures(test), stored)
    assert found.near.tolist() == [True, True, False, False, False]
    assert found.nearest.tolist()[:2] == [7, 4]


def test_signatures_estimate_the_similarity():
    """The share of equal columns is near the Jaccard similarity, on average."""
    texts = written(200)
    copies = [edited(text, 6) for text in texts]
    estimate = (signatures(texts) == signatures(copies)).mean()
    expected = np.mean([jaccard(*pair) for pair in zip(texts, copies, strict=True)])
    assert estimate == pytest.approx(expected, abs=0.01)


def test_signatures_are_stable():
    """Stored signatures stay comparable: these bytes never change within a format."""
    stored = signatures(["The quick brown fox jumps over the lazy dog", "two words", ""])
    digest = hashlib.sha256(stored.astype("<u4").tobytes()).hexdigest()
    assert digest.startswith(STABLE)


# Begin of the SHA-256 of the signatures above; a change of it needs a new format number.
STABLE = "52a7020ccadbe883"


def test_fingerprint_is_of_the_words():
    """Equal for equal words, and the SHA-256 of them."""
    assert fingerprint("Two men.") == fingerprint("two  MEN")
    assert fingerprint("Two men.") == hashlib.sha256(b"two men").hexdigest()


def test_wrong_settings_are_named():
    """A threshold out of range and unequal lengths are errors."""
    with pytest.raises(SettingsError, match="The threshold is 0"):
        near_duplicate_groups(["a"], threshold=0)
    with pytest.raises(SettingsError, match="Found 2 texts and 1 groups"):
        near_duplicate_groups(["a", "b"], ["x"])


def test_nothing_overlaps_with_nothing():
    """Empty input gives empty output."""
    assert near_duplicate_groups([]) == []
    assert not overlap(["some text of five words"], []).near.any()
    assert len(overlap([], ["some text of five words"]).near) == 0


def test_thousands_of_paragraphs_take_seconds():
    """Ten thousand paragraphs are compared within half a minute."""
    texts = written(10_000, 40)
    start = time.perf_counter()
    assert len(set(near_duplicate_groups(texts))) == 10_000
    assert time.perf_counter() - start < 30
