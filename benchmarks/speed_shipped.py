"""The shipped model's topics and frames beside a scikit-learn pipeline with the same features.

Part of `benchmarks/speed.py`. The pipeline has the model's vocabularies of words and of
characters, its n-gram lengths and its lexicon, and as many labels. Of the lexicon it counts the
entries that a CountVectorizer can count: those that do not stand for all words that begin so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline

from stance.features.lexicon import LexiconBlock, parse_entry
from stance.features.tfidf import TfidfBlock
from stance.model import Model

SPACE = "paragraph"

# Paragraphs to fit the linear model on; the weights' values do not change the speed.
N_TRAINING = 1_000
SEED = 20

# scikit-learn's names for the ways of reading, with a token as here.
_ANALYZERS = {"word": "word", "char": "char_wb"}
_TOKEN = r"\w+"  # noqa: S105 - not that kind of token


def n_labels(model: Model) -> int:
    """How many labels the tasks on paragraphs have together."""
    return sum(len(task.intercept) for task in model.tasks.values() if task.space == SPACE)


def pipeline_like(model: Model, paragraphs: Sequence[str]) -> Pipeline:
    """scikit-learn's pipeline with the features of a model's paragraphs, fitted."""
    vectorisers: dict[str, CountVectorizer] = {}
    for part in model.spaces[SPACE].blocks:
        block = part.block
        if isinstance(block, TfidfBlock):
            vectorisers[part.name] = TfidfVectorizer(
                analyzer=_ANALYZERS[block.terms.analyzer],
                ngram_range=(block.terms.low, block.terms.high),
                vocabulary=list(block.vocabulary),
                sublinear_tf=block.sublinear,
                token_pattern=_TOKEN if block.terms.analyzer == "word" else None,
            )
        elif isinstance(block, LexiconBlock) and not part.context:
            entries = {
                " ".join(parse_entry(entry))
                for listed in block.lexicon.categories.values()
                for entry in listed
                if "*" not in entry
            }
            vectorisers[part.name] = CountVectorizer(
                ngram_range=(1, max(len(entry.split()) for entry in entries)),
                vocabulary=sorted(entries),
                token_pattern=_TOKEN,
            )
    labels = np.random.default_rng(SEED).integers(0, 2, size=(N_TRAINING, n_labels(model)))
    pipeline = Pipeline(
        [
            ("features", FeatureUnion(list(vectorisers.items()))),
            ("labels", OneVsRestClassifier(LogisticRegression(solver="liblinear"))),
        ]
    )
    return pipeline.fit(list(paragraphs[:N_TRAINING]), labels[: len(paragraphs)])
