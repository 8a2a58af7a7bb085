"""Blocks stand side by side with named columns, and folds know nothing of held-out rows."""

from pathlib import Path

import numpy as np

from stance.features.extractors import TfidfExtractor, as_csr
from stance.features.matrices import fit_blocks
from stance.recipe_settings import BlockSettings
from stance.records import Unit

UNITS = [Unit(text) for text in ("aid came", "rebels fled", "aid for rebels", "", "rebels came")]
FEATURES = {
    "words": BlockSettings("tfidf", options={"ngrams": [1, 1], "min_df": 1}),
    "pairs": BlockSettings("tfidf", weight=0.5, options={"ngrams": [2, 2], "min_df": 1}),
}


def dense(matrix):
    """Side-by-side parts as one array."""
    return np.hstack([part.toarray() for part in matrix.parts])


def test_joined_rows_are_the_blocks_rows_weighed():
    """The joined matrix is the blocks' matrices side by side, each times its weight."""
    matrices = fit_blocks(FEATURES, UNITS, folder=Path())
    words = TfidfExtractor(ngrams=(1, 1), min_df=1).fit_transform(UNITS).toarray()
    pairs = TfidfExtractor(ngrams=(2, 2), min_df=1).fit_transform(UNITS).toarray()
    expected = np.hstack([words, 0.5 * pairs])
    np.testing.assert_allclose(dense(matrices.whole()), expected, atol=1e-7)
    np.testing.assert_allclose(as_csr(matrices.joined.rows(UNITS)).toarray(), expected, atol=1e-7)


def test_columns_are_named_by_block():
    """A column's name says its block and its feature."""
    joined = fit_blocks(FEATURES, UNITS, folder=Path()).joined
    names = [joined.feature_name(column) for column in range(joined.n_features)]
    assert names[:2] == ["words: aid", "words: came"]
    assert names[-1] == "pairs: rebels fled"


def test_spans_come_from_the_right_block():
    """Spans of joined columns are those of the features they name."""
    joined = fit_blocks(FEATURES, UNITS, folder=Path()).joined
    text = "Aid came late, rebels fled"
    spans = joined.spans(Unit(text), list(range(joined.n_features)))
    found = {joined.feature_name(c): [text[s:e] for s, e in places] for c, places in spans.items()}
    assert found["words: aid"] == ["Aid"]
    assert found["pairs: rebels fled"] == ["rebels fled"]


def test_a_fold_equals_a_fit_on_its_training_rows():
    """Held-out rows are weighed as a model would that never saw them."""
    training = np.array([True, True, True, False, False])
    matrices = fit_blocks({"words": FEATURES["words"]}, UNITS, folder=Path())
    fold = dense(matrices.fold(training, np.ones(5, dtype=bool)))
    alone = TfidfExtractor(ngrams=(1, 1), min_df=1).fit(UNITS[:3])
    kept = alone.get_feature_names_out().tolist()
    columns = [matrices.joined.blocks[0].block.feature_names.index(name) for name in kept]
    np.testing.assert_allclose(fold[:, columns], alone.transform(UNITS).toarray(), atol=1e-7)
    assert np.delete(fold, columns, axis=1).sum() == 0
