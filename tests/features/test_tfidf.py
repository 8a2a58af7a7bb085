"""TF-IDF agrees with scikit-learn and says where its terms stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.estimator_checks import check_estimator

from stance.errors import SettingsError
from stance.features import tfidf
from stance.features.block import SparseRows
from stance.features.extractors import (
    EXTRACTORS,
    LexiconExtractor,
    SemanticExtractor,
    TfidfExtractor,
    as_csr,
    make_extractor,
)
from stance.features.lexicon import Lexicon
from stance.features.terms import Terms
from stance.records import Unit

TEXTS = [
    "Rebels shelled the town on Monday.",
    "The town's mayor said aid had reached the town.",
    "Aid workers fled; the rebels did not.",
    "",
]

# One extractor of every kind, as check_estimator needs it; the test below fails if one is missing.
EXAMPLES = {
    "tfidf": TfidfExtractor(min_df=1),
    "lexicon": LexiconExtractor(lexicon=Lexicon({"aid": ("aid", "relief")})),
    "semantic": SemanticExtractor(),
}


@pytest.mark.parametrize("ngrams", [(1, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("sublinear", [True, False])
def test_word_tfidf_equals_scikit_learn(ngrams, sublinear):
    """Word n-grams get the vocabulary and the values that scikit-learn gives them."""
    ours = TfidfExtractor(ngrams=ngrams, min_df=1, sublinear=sublinear)
    theirs = TfidfVectorizer(token_pattern=r"\w+", ngram_range=ngrams, sublinear_tf=sublinear)
    found, expected = ours.fit_transform(TEXTS), theirs.fit_transform(TEXTS)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    np.testing.assert_allclose(found.toarray(), expected.toarray(), atol=1e-6)


def test_character_tfidf_equals_scikit_learn():
    """Character n-grams stay within padded tokens."""

    def analyse(text):
        words = [
            f" {word} " for word in TfidfVectorizer(token_pattern=r"\w+").build_analyzer()(text)
        ]
        return [w[i : i + n] for w in words for n in (2, 3) for i in range(len(w) - n + 1)]

    ours = TfidfExtractor(analyzer="char", ngrams=(2, 3), min_df=1)
    theirs = TfidfVectorizer(analyzer=analyse, sublinear_tf=True)
    np.testing.assert_allclose(
        ours.fit_transform(TEXTS).toarray(), theirs.fit_transform(TEXTS).toarray(), atol=1e-6
    )


def test_vocabulary_limits_are_kept():
    """A term must be in enough texts, not in too many, and among the most frequent."""
    extractor = TfidfExtractor(ngrams=(1, 1), min_df=2, max_df=0.5, max_features=2)
    assert extractor.fit(TEXTS).get_feature_names_out().tolist() == ["aid", "rebels"]


def test_no_terms_left_says_what_to_do():
    """An empty vocabulary is an error with the numbers and a way out."""
    with pytest.raises(SettingsError, match=r"none in at least 3 .* Lower min_df"):
        TfidfExtractor(min_df=3).fit(TEXTS[:2])


def test_an_empty_text_is_an_empty_vector():
    """A text without known terms has a row of zeros and no warning."""
    assert TfidfExtractor().fit(TEXTS).transform(["", "!?"]).nnz == 0


@given(st.text())
def test_spans_hold_the_terms(text):
    """Every term found is counted, and its span holds its wording, in any Unicode."""
    for terms in (Terms("word", 1, 2), Terms("char", 2, 4)):
        unit = Unit(text)
        spans = list(terms.spans(unit))
        assert sorted(term for term, _ in spans) == sorted(terms.of(unit))
        for _, (start, end) in spans:
            assert 0 <= start < end <= len(text)


def test_terms_by_topic_are_kept_apart():
    """The same word under two topics is two features."""
    units = [Unit("a hoax", topic="climate"), Unit("a hoax", topic="atheism")]
    extractor = TfidfExtractor(ngrams=(1, 1), min_df=1, by_topic=True).fit(units)
    assert extractor.get_feature_names_out().tolist() == [
        "atheism|a",
        "atheism|hoax",
        "climate|a",
        "climate|hoax",
    ]


@pytest.mark.filterwarnings("ignore:Can't test estimator:sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("kind", sorted(EXTRACTORS))
def test_every_extractor_passes_check_estimator(kind):
    """Every extractor keeps scikit-learn's contract.

    scikit-learn skips the checks that feed numbers, as it does for its own text vectorizers: it
    reads from the tags that the input is text.
    """
    check_estimator(EXAMPLES[kind])


def test_extractors_refuse_what_is_not_text():
    """One string, or a number among texts, is an error that says what to do."""
    with pytest.raises(ValueError, match="Put it in a list"):
        TfidfExtractor().fit("one text")
    with pytest.raises(ValueError, match="Text 1 is int"):
        TfidfExtractor().fit(["text", 3])


def test_unknown_kinds_and_options_name_the_nearest():
    """A misspelt block kind or option is named with the nearest known one."""
    with pytest.raises(SettingsError, match='Did you mean "tfidf"'):
        make_extractor("tfid", {}, where="features.words")
    with pytest.raises(SettingsError, match='Did you mean "min_df"'):
        make_extractor("tfidf", {"mindf": 2}, where="features.words")
    with pytest.raises(SettingsError, match="lexicon"):
        make_extractor("lexicon", {}, where="features.words")


@pytest.mark.parametrize("sublinear", [True, False])
def test_weighing_by_pieces_is_weighing_the_whole(monkeypatch, sublinear):
    """Values and document frequencies do not depend on how many rows are worked on at once."""
    random = np.random.default_rng(4)
    lengths = random.integers(0, 9, 60)
    lengths[[0, 7, 59]] = 0, 40, 0
    counts = SparseRows(
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        columns=np.concatenate([np.sort(random.permutation(50)[:n]) for n in lengths]).astype("i4"),
        values=random.integers(1, 5, lengths.sum()).astype("f4"),
        n_columns=50,
    )
    rows, idf = random.random(60) < 0.5, random.random(50).astype("f4")
    whole = tfidf.weigh(counts, idf, sublinear=sublinear)
    in_each = tfidf.document_frequencies(counts, rows)
    dense = as_csr(counts).toarray()
    expected = np.where(dense > 0, 1 + np.log(np.maximum(dense, 1)), 0) if sublinear else dense
    expected = expected * idf
    expected /= np.maximum(np.linalg.norm(expected, axis=1, keepdims=True), 1e-30)
    np.testing.assert_allclose(as_csr(whole).toarray(), expected, atol=1e-6)
    np.testing.assert_array_equal(in_each, (dense[rows] > 0).sum(axis=0))
    for size in (1, 7, 64):
        monkeypatch.setattr(tfidf, "_PIECE", size)
        pieces = tfidf.weigh(counts, idf, sublinear=sublinear)
        np.testing.assert_array_equal(pieces.values, whole.values)
        np.testing.assert_array_equal(tfidf.document_frequencies(counts, rows), in_each)


def test_taken_rows_are_those_asked_for():
    """Rows that a mask holds are kept in order, with their columns and values."""
    X = TfidfVectorizer().fit_transform(TEXTS)
    sparse = SparseRows(X.indptr.astype("i8"), X.indices.astype("i4"), X.data, X.shape[1])
    mask = np.array([True, False, False, True])
    np.testing.assert_array_equal(as_csr(sparse.taken(mask)).toarray(), X[mask].toarray())
