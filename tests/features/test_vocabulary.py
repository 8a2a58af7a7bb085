"""The compiled vocabulary against the reference in Python."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from stance.errors import SettingsError
from stance.features.buffers import text_buffer
from stance.features.terms import Terms
from stance.features.tfidf import fit_vocabulary
from stance.features.vocabulary import count_ngrams
from stance.records import Unit

TEXTS = ["Rebels shelled the town.", "The town fell; the rebels FLED the town", "", "Ǆ İΣ 平和 é"]
ANALYSES = [("word", 1, 1), ("word", 1, 3), ("word", 2, 2), ("char", 1, 3), ("char", 2, 5)]


def check(texts, analyzer, low, high, **options):
    """Compare one vocabulary with the reference's."""
    terms, frequencies, _ = fit_vocabulary(
        [Unit(text) for text in texts], Terms(analyzer, low, high), **options
    )
    found, counts = count_ngrams(
        *text_buffer(texts), analyzer=analyzer, ngrams=(low, high), **options
    )
    assert found == terms
    assert counts.tolist() == frequencies.tolist()


@pytest.mark.parametrize(("analyzer", "low", "high"), ANALYSES)
@pytest.mark.parametrize("max_features", [None, 5])
def test_vocabulary_is_the_reference_vocabulary(analyzer, low, high, max_features):
    """Terms, order, frequencies and the choice among ties are the reference's."""
    check(TEXTS, analyzer, low, high, min_df=1, max_df=1.0, max_features=max_features)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab É\u0301Σς平, ", max_size=12), min_size=1, max_size=6))
def test_any_texts(texts):
    """Invented texts of odd letters give the reference's vocabulary."""
    check([*texts, "a"], "word", 1, 2, min_df=1, max_df=1.0, max_features=7)
    check([*texts, "a"], "char", 1, 4, min_df=1, max_df=1.0, max_features=None)


def test_frequency_limits():
    """Terms in too few or too many texts are left out."""
    texts = ["the a", "the b", "the a", "c"]
    check(texts, "word", 1, 1, min_df=2, max_df=0.5, max_features=None)


def test_the_table_grows():
    """Many different terms are all counted, whatever the table began with."""
    texts = [f"w{i} w{i % 977} w{i // 3}" for i in range(40_000)]
    check(texts, "word", 1, 2, min_df=1, max_df=1.0, max_features=None)


def test_no_terms_is_an_error():
    """Limits that no term meets are refused with the counts."""
    with pytest.raises(SettingsError, match="No terms remain: 2 different terms in 2 texts"):
        count_ngrams(*text_buffer(["a", "b"]), ngrams=(1, 1), min_df=2)
