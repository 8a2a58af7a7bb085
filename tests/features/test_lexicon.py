"""Lexicons count the entries of their categories, phrases and beginnings included."""

import math
import pickle
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import SettingsError
from stance.features.extractors import LexiconExtractor
from stance.features.lexicon import Lexicon, LexiconBlock, LexiconMatcher, parse_entry
from stance.records import Unit

LEXICON = Lexicon({"force": ("air strike*", "bomb*", "troops"), "truce": ("cease fire", "truce")})


def test_hits_and_rates_are_counted_by_category():
    """Hits are places where an entry begins; the rate is hits per token."""
    extractor = LexiconExtractor(lexicon=LEXICON).fit(["any"])
    row = extractor.transform(["Air-strikes hit troops; the cease-fire died."]).toarray()[0]
    assert extractor.get_feature_names_out().tolist() == [
        "force (hits)",
        "force (rate)",
        "truce (hits)",
        "truce (rate)",
    ]
    assert row.tolist() == pytest.approx([math.log(3), 2 / 8, math.log(2), 1 / 8])


def test_measures_are_asked_for():
    """One may be named by itself; none, or another, is refused with the choices."""
    assert LexiconExtractor(lexicon=LEXICON, measures="rate").fit([]).block_.measures == ("rate",)
    for measures in ((), ("shares",)):
        with pytest.raises(SettingsError, match="hits"):
            LexiconExtractor(lexicon=LEXICON, measures=measures).fit([])


@given(
    st.lists(st.sampled_from(["a", "ab", "abc", "b", "c"]), max_size=12),
    st.lists(
        st.lists(st.sampled_from(["a", "a*", "ab*", "b", "b*", "c"]), min_size=1, max_size=4),
        max_size=8,
    ),
)
def test_counts_are_those_of_reading_entry_by_entry(words, entries):
    """Hits are the places where an entry of a category begins, however entries overlap."""
    categories = {
        "even": tuple(" ".join(entry) for entry in entries[::2]),
        "odd": tuple(" ".join(entry) for entry in entries[1::2]),
    }
    expected = {}
    for category, listed in enumerate((entries[::2], entries[1::2])):
        n = sum(any(stands(entry, words[i:]) for entry in listed) for i in range(len(words)))
        if n:
            expected[category] = n
    matcher = LexiconMatcher(Lexicon(categories))
    assert matcher.counts(words) == expected
    assert Counter(hit.category for hit in matcher.hits(words)) == expected


def stands(entry, words):
    """Whether the words begin with the entry's."""
    return len(words) >= len(entry) and all(
        word.startswith(part[:-1]) if part[-1] == "*" else word == part
        for word, part in zip(words, entry, strict=False)
    )


def test_spans_are_the_longest_entries():
    """A hit's span is the text of the longest entry that begins there."""
    lexicon = Lexicon({"force": ("air", "air strike*", "strikes")})
    text = "Air strikes"
    spans = LexiconBlock(lexicon).spans(Unit(text), {0})
    assert [text[s:e] for s, e in spans[0]] == ["Air strikes", "strikes"]


def test_a_matcher_travels_to_another_process():
    """A matcher that has remembered words can be pickled, and counts the same."""
    block = LexiconBlock(LEXICON)
    words = ["air", "strikes", "bombed"]
    counts = block.matcher.counts(words)
    again = pickle.loads(pickle.dumps(block))
    assert again.matcher.counts(words) == counts


def test_a_block_comes_back_from_its_state():
    """Plain data is enough to build the block again."""
    block = LexiconBlock(LEXICON, measures=("hits",))
    again = LexiconBlock.from_state(block.state())
    assert again.lexicon.categories == LEXICON.categories
    assert again.measures == ("hits",)


@pytest.mark.parametrize("entry", ["", "*", "a*b", "bomb**"])
def test_bad_entries_are_errors(entry):
    """An entry without a word, or with a star inside a word, is refused."""
    with pytest.raises(SettingsError, match="entry"):
        parse_entry(entry)


def test_unknown_measures_are_named():
    """A misspelt measure is an error with the choices."""
    with pytest.raises(SettingsError, match="hits, rate"):
        LexiconBlock(LEXICON, measures=("rates!",))
