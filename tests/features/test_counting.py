"""Terms of many texts are the same as text by text."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("numba")

from stance.errors import SettingsError
from stance.features import counting
from stance.features.counting import counts_of, is_compiled, vocabulary_of
from stance.features.extractors import TfidfExtractor
from stance.features.terms import Terms
from stance.features.tfidf import TfidfBlock
from stance.records import Unit

ODD = [
    "Straße, İstanbul, ΣΊΣΥΦΟΣ, ﬁn, cafe\u0301, naïve, Ǆ, кабмин УКРАЇНИ, 平和 協定, 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "a\x00b NUL, “who else?” __init__ 3.5% ½ ² \ud800 lone \udfff",
    "",
    "x",
    "the the the the",
]
ANALYSES = [Terms("word", 1, 2), Terms("word", 2, 3), Terms("char", 2, 5)]


@pytest.fixture(scope="module")
def units(root):
    """The bundled paragraphs and odd ones."""
    lines = (root / "training/labels/authored.jsonl").read_text("utf-8").splitlines()
    return [Unit(json.loads(line)["text"]) for line in lines] + [Unit(text) for text in ODD]


def both(monkeypatch, call):
    """What is found text by text, and what by the compiled loops."""
    monkeypatch.setattr(counting, "LEAST_TEXT", 10**12)
    alone = call()
    monkeypatch.setattr(counting, "LEAST_TEXT", 0)
    return alone, call()


@pytest.mark.parametrize("terms", ANALYSES, ids=str)
@pytest.mark.parametrize("limits", [(1, 1.0, None), (2, 0.1, None), (3, 1.0, 500)])
def test_vocabularies_are_the_same(monkeypatch, units, terms, limits):
    """Terms, document frequencies and the number of units are equal."""
    min_df, max_df, most = limits
    alone, together = both(
        monkeypatch,
        lambda: vocabulary_of(units, terms, min_df=min_df, max_df=max_df, max_features=most),
    )
    assert together[0] == alone[0]
    assert together[1].tolist() == alone[1].tolist()
    assert together[2] == alone[2]


@pytest.mark.parametrize("terms", ANALYSES, ids=str)
def test_counts_are_the_same(monkeypatch, units, terms):
    """Every array of the counts is equal, types included."""
    known = vocabulary_of(units, terms, min_df=2, max_df=1.0, max_features=None)[0]
    idf = np.ones(len(known), dtype=np.float32)
    block = TfidfBlock(terms=terms, vocabulary=known, idf=idf)
    alone, together = both(monkeypatch, lambda: counts_of(block, units))
    for name in ("starts", "columns", "values"):
        one, other = getattr(alone, name), getattr(together, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert together.n_columns == alone.n_columns


def test_extractors_learn_the_same(monkeypatch, units):
    """A fitted block is the same on either path."""
    alone, together = both(monkeypatch, lambda: TfidfExtractor(min_df=2).fit(units).block_)
    assert together.vocabulary == alone.vocabulary
    np.testing.assert_array_equal(together.idf, alone.idf)


def test_no_terms_are_an_error_on_both_paths(monkeypatch, units):
    """The messages are the same."""
    messages = []
    for least in (10**12, 0):
        monkeypatch.setattr(counting, "LEAST_TEXT", least)
        with pytest.raises(SettingsError, match="No terms remain") as error:
            vocabulary_of(units, Terms(), min_df=10**6, max_df=1.0, max_features=None)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_other_terms_are_read_text_by_text():
    """Terms by topic, and texts with wordings left out, are not for the compiled loops."""
    assert is_compiled(Terms("char", 2, 5))
    assert not is_compiled(Terms(by_topic=True))
    assert not is_compiled(Terms(drop=("#topic",)))
