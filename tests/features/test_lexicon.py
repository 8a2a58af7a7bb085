"""Lexicons count the entries of their categories, phrases and beginnings included."""

import math

import pytest

from stance.errors import SettingsError
from stance.features.extractors import LexiconExtractor
from stance.features.lexicon import Lexicon, LexiconBlock, parse_entry
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


def test_spans_are_the_longest_entries():
    """A hit's span is the text of the longest entry that begins there."""
    lexicon = Lexicon({"force": ("air", "air strike*", "strikes")})
    text = "Air strikes"
    spans = LexiconBlock(lexicon).spans(Unit(text), {0})
    assert [text[s:e] for s, e in spans[0]] == ["Air strikes", "strikes"]


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
