"""Compiled and plain readers of targets agree on any text, list and span."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.classify.linear import raw_scores
from stance.features.compiled.target_hashes import hash_of
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.target import READERS_OF_LISTS, TARGET_READERS
from stance.features.target_kernel import TargetBlock, TargetKernel
from stance.features.terms import Terms
from stance.features.tfidf import TfidfBlock
from stance.features.wordlist import WordList
from stance.records import Unit

N_LABELS = 3

LISTS = {
    "target.polarity": WordList(
        {"brutal": ("-3.0",), "praised": ("2.1",), "calm": ("1.2",), "flat": ("0",)}
    ),
    "target.cues": WordList(
        {"kill": ("harm", "death"), "killi": ("harm",), "prais": ("praise",), "’no": ("odd",)}
    ),
    # A class may be named as a listed word is.
    "target.classes": WordList(
        {"troops": ("c7", "c1"), "praised": ("c9", "praised"), "'s": ("c2", "calm")}
    ),
}

WORDS = (
    *("Zorlan", "ZORLAN", "the", "The", "Mirav", "Front", "troops", "killed", "killing", "was"),
    *("not", "n't", "didn't", "praised", "brutal", "calm", "flat", "by", "of", "said", "'s", "’s"),
    *("It’s", "it's", "victims", "25", "1.5", "Dr", "who", "but", "ly", "badly", "İstanbul", "ΣΑΣ"),
    *("e\u0301", "\u0130", "\ud800", "\x00", "Dž", "ß", "السلام", "東京", "U.S.", "al-Sadr", "_x"),
    *("c7", "c1", "c9", "c2"),
    *(".", "...", "!", ",", ";", "“", "”", '"', "-", "–", "(", "their", "'", "s", "\u2028"),
)
SEPARATORS = ("", " ", " ", " ", "\n", "\u00a0", "  ")


def texts():
    """Texts of words that matter here, odd ones among them, and of any characters."""
    pieces = st.one_of(st.sampled_from(WORDS), st.text(max_size=3))
    joined = st.lists(st.tuples(pieces, st.sampled_from(SEPARATORS)), min_size=1, max_size=30)
    return joined.map(lambda pairs: "".join(word + gap for word, gap in pairs)).filter(bool)


@st.composite
def targets(draw):
    """A text with a marked target and others, which may overlap it and each other."""
    text = draw(texts())
    places = st.integers(0, len(text) - 1)
    start = draw(places)
    end = draw(st.integers(start + 1, min(len(text), start + 12)))
    spans = st.tuples(places, st.integers(1, 9)).map(lambda pair: (pair[0], sum(pair)))
    return Unit(text, start, end, others=tuple(draw(st.lists(spans, max_size=4))))


def fitted(units, analyzer, *, low=1, high=2, seed=0):
    """A block that knows most terms of the units, by chance, with weights by chance."""
    random = np.random.default_rng(seed)
    terms = Terms(analyzer, low, high, words=LISTS.get(analyzer))
    found = sorted({term for unit in units for term in terms.of(unit)})
    known = [term for term in found if random.random() < 0.8] or ["nothing"]
    idf = random.uniform(1, 5, len(known)).astype(np.float32)
    block = TfidfBlock(terms=terms, vocabulary=known, idf=idf, sublinear=seed % 2 == 0)
    return block, random.normal(size=(len(known), N_LABELS)).astype(np.float32)


def assert_agree(units, blocks, weights):
    """Both ways give the same scores, to 1e-6."""
    parts = [WeightedBlock(str(n), block, 0.5 + n / 10) for n, block in enumerate(blocks)]
    stacked = np.vstack(weights)
    plain = raw_scores(JoinedBlocks(parts).rows(units), stacked, np.zeros(N_LABELS))
    kernel = TargetKernel([TargetBlock(part.block, part.weight) for part in parts], stacked)
    np.testing.assert_allclose(kernel.scores(units), plain, rtol=0, atol=1e-6)


@settings(max_examples=300, deadline=None)
@given(st.lists(targets(), min_size=1, max_size=3), st.integers(0, 9))
def test_all_readers_together_agree(units, seed):
    """All readers side by side give the reference's scores, on any text."""
    fits = [fitted(units, analyzer, seed=seed) for analyzer in sorted(TARGET_READERS)]
    assert_agree(units, [block for block, _ in fits], [weights for _, weights in fits])


@pytest.mark.parametrize("analyzer", sorted(TARGET_READERS))
def test_each_reader_agrees(analyzer):
    """Each reader alone gives the reference's scores, whatever lengths it reads."""
    text = (
        "Zorlan's troops, who didn't flee, killed 25 men of the Mirav Front by night. “The Front "
        "was brutally praised by Zorlan”, said the UNX… They were not killing; their calm was flat."
    )
    spans = [(0, 6), (0, 8), (60, 71), (85, 94), (114, 120), (128, 131), (133, 137), (159, 164)]
    units = [
        Unit(text, *span, others=tuple(other for other in spans if other != span)) for span in spans
    ]
    for low, high in ((1, 1), (1, 2), (2, 4), (3, 5)):
        block, weights = fitted(units, analyzer, low=low, high=high)
        assert_agree(units, [block], [weights])


def test_a_word_that_is_named_as_a_class_is_no_listed_word():
    """The name of a class in a text is a word like any other, and a listed word stays listed."""
    units = [
        Unit(f"Zorlan flew {word} to the town", 0, 6) for word in ("c7", "c2", "calm", "praised")
    ]
    terms = Terms("target.classes", words=LISTS["target.classes"])
    names = sorted(name for listed in terms.words.values.values() for name in listed)
    # So many terms that most numbers of terms are no numbers of listed words.
    vocabulary = [*(f"c{n}0" for n in range(50)), *names, "right2:praised"]
    idf = np.linspace(1, 5, len(vocabulary)).astype(np.float32)
    block = TfidfBlock(terms=terms, vocabulary=vocabulary, idf=idf)
    weights = np.random.default_rng(0).normal(size=(len(vocabulary), N_LABELS))
    assert_agree(units, [block], [weights.astype(np.float32)])


def test_readers_of_lists_are_those_with_a_list():
    """Every reader that looks words up has a list in these tests."""
    assert set(LISTS) == READERS_OF_LISTS


def test_what_is_far_from_the_target_is_not_read():
    """Text beyond the reach counts in neither way, however long it is."""
    middle = "calm Zorlan praised troops"
    far = "brutal " * 900
    start = len(far) + 5
    units = [Unit(f"{far}{middle} {far}", start, start + 6), Unit(middle, 5, 11)]
    block, weights = fitted(units, "target.polarity")
    assert_agree(units, [block], [weights])
    block, weights = fitted(units, "target.words")
    assert_agree(units, [block], [weights])


def test_a_term_twice_is_refused():
    """Two terms that cannot be told apart are an error, not a wrong score."""
    block = TfidfBlock(
        terms=Terms("target.words"), vocabulary=["a", "a"], idf=np.ones(2, dtype=np.float32)
    )
    with pytest.raises(ValueError, match="holds a term twice"):
        TargetKernel([TargetBlock(block, 1.0)], np.ones((2, N_LABELS), dtype=np.float32))


def test_a_wrong_span_is_told():
    """A target outside its text is told as the reference tells it."""
    block, weights = fitted([Unit("Zorlan fled", 0, 6)], "target.words")
    kernel = TargetKernel([TargetBlock(block, 1.0)], weights)
    with pytest.raises(ValueError, match="span 0 to 99 is empty or outside"):
        kernel.scores([Unit("Zorlan fled", 0, 99)])


def test_the_hash_of_two_strings_follows_from_theirs():
    """A hash depends on every character and on its place."""
    assert len({int(hash_of(text)) for text in ("", "a", "b", "ab", "ba", "\0", "\0\0")}) == 7
