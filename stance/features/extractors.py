"""Extractors: learn a feature block from texts, with scikit-learn's fit and transform.

Texts may be strings or `Unit` records. What a fit learns is the ``block_``, which scoring uses
without scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from stance.errors import SettingsError, nearest
from stance.features.block import SparseRows
from stance.features.counting import vocabulary_of
from stance.features.dictionaries import load_lexicon
from stance.features.encoder import loaded_encoder
from stance.features.lexicon import Lexicon, LexiconBlock
from stance.features.semantic import SemanticBlock
from stance.features.terms import Terms, check_topics
from stance.features.tfidf import (
    TfidfBlock,
    inverse_document_frequencies,
)
from stance.features.vectors import Progress, cached_vectors, unwatched
from stance.features.wordlist import WordList, load_word_list
from stance.records import Unit


def as_units(texts: Any) -> list[Unit]:  # noqa: ANN401 - scikit-learn passes anything
    """Texts or units as units, with an error that names the first that is neither."""
    if isinstance(texts, (str, Unit)):
        message = "Found one text, expected a list of texts. Put it in a list: [text]."
        raise ValueError(message)  # noqa: TRY004 - scikit-learn expects ValueError
    units = []
    for number, text in enumerate(texts):
        if isinstance(text, Unit):
            units.append(text)
        elif isinstance(text, str):
            units.append(Unit(text))
        else:
            message = f"Text {number} is {type(text).__name__}, expected str. Convert it first."
            raise ValueError(message)  # noqa: TRY004 - scikit-learn expects ValueError
    return units


def as_csr(rows: SparseRows) -> Any:  # noqa: ANN401 - scipy's matrices are untyped
    """The rows as scipy's compressed sparse matrix, float32."""
    shape = (rows.n_rows, rows.n_columns)
    return csr_matrix((rows.values, rows.columns, rows.starts), shape=shape, copy=False)


class _TextExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What all extractors share: text input, a fitted ``block_``, named columns."""

    block_: Any

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's tags
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def transform(self, X: Sequence[str] | Sequence[Unit]) -> Any:  # noqa: ANN401 - csr_matrix
        """The texts' vectors, a float32 CSR matrix of shape (n_texts, n_features)."""
        check_is_fitted(self, "block_")
        return as_csr(self.block_.rows(as_units(X)))

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:  # noqa: ARG002 - scikit-learn's signature
        """The columns' names, shape (n_features,)."""
        check_is_fitted(self, "block_")
        return np.array(self.block_.feature_names, dtype=object)


class TfidfExtractor(_TextExtractor):
    """Learn the terms and inverse document frequencies of texts.

    Parameters
    ----------
    analyzer
        What a term is: "word", "char", ...; see `stance.features.terms`.
    ngrams
        Shortest and longest n-gram, where the analyzer reads n-grams.
    min_df
        Least number of texts that a term must occur in.
    max_df
        Greatest share of the texts that a term may occur in.
    max_features
        Greatest number of terms; None for all.
    sublinear
        Whether counts are damped to 1 + ln(count).
    by_topic
        Whether terms are read under the unit's topic.
    case
        Whether capitals count, for the analyzers of `stance.features.tweets`.
    drop
        Wordings that are not read.
    lexicon
        A `WordList`, or the path of a file that holds one, for analyzers that look words up.

    Examples
    --------
    >>> extractor = TfidfExtractor(ngrams=(1, 1), min_df=1)
    >>> extractor.fit_transform(["Rebels shelled the town.", "The town fell."]).shape
    (2, 5)
    >>> extractor.get_feature_names_out().tolist()
    ['fell', 'rebels', 'shelled', 'the', 'town']
    """

    def __init__(  # noqa: PLR0913 - scikit-learn's way: one argument a setting
        self,
        *,
        analyzer: str = "word",
        ngrams: tuple[int, int] = (1, 2),
        min_df: int = 2,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear: bool = True,
        by_topic: bool = False,
        case: bool = False,
        drop: tuple[str, ...] = (),
        lexicon: WordList | Path | str | None = None,
    ) -> None:
        self.analyzer = analyzer
        self.ngrams = ngrams
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear = sublinear
        self.by_topic = by_topic
        self.case = case
        self.drop = drop
        self.lexicon = lexicon

    def fit(self, X: Sequence[str] | Sequence[Unit], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn the vocabulary; ``y`` is not looked at."""
        low, high = self.ngrams
        words = (
            load_word_list(Path(self.lexicon))
            if isinstance(self.lexicon, (str, Path))
            else self.lexicon
        )
        terms = Terms(
            self.analyzer,
            low,
            high,
            by_topic=self.by_topic,
            case=self.case,
            drop=(self.drop,) if isinstance(self.drop, str) else tuple(self.drop),
            words=words,
        )
        units = as_units(X)
        if self.by_topic:
            check_topics(units)
        vocabulary, frequencies, n_units = vocabulary_of(
            units,
            terms,
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
        )
        self.block_ = TfidfBlock(
            terms=terms,
            vocabulary=vocabulary,
            idf=inverse_document_frequencies(frequencies, n_units),
            sublinear=self.sublinear,
        )
        return self


class LexiconExtractor(_TextExtractor):
    """Count the words of a lexicon's categories; nothing is learned from the texts.

    Parameters
    ----------
    lexicon
        A `Lexicon`, or the path of a file that holds one.
    measures
        "hits" (ln(1 + hits)), "rate" (hits per token), or both.
    """

    def __init__(
        self,
        *,
        lexicon: Lexicon | Path | str,
        measures: tuple[str, ...] = ("hits", "rate"),
    ) -> None:
        self.lexicon = lexicon
        self.measures = measures

    def fit(self, X: Sequence[str] | Sequence[Unit], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Read the lexicon; the texts are checked and nothing more."""
        as_units(X)
        lexicon = (
            self.lexicon if isinstance(self.lexicon, Lexicon) else load_lexicon(Path(self.lexicon))
        )
        measures = (self.measures,) if isinstance(self.measures, str) else tuple(self.measures)
        self.block_ = LexiconBlock(lexicon, measures=measures)
        return self


class SemanticExtractor(_TextExtractor):
    """Read meaning with a sentence encoder; the columns' means and spreads are learned.

    Parameters
    ----------
    model
        The encoder's folder, with ``tokenizer.json`` and ``model.onnx``; empty for the one that the
        extra ``stance[semantic]`` installs.
    """

    def __init__(self, *, model: Path | str = "") -> None:
        self.model = model

    def fit(
        self,
        X: Sequence[str] | Sequence[Unit],
        y: object = None,  # noqa: ARG002 - scikit-learn's signature
        *,
        progress: Progress = unwatched,
    ) -> Self:
        """Read the texts and standardise the columns; ``y`` is not looked at."""
        encoder = loaded_encoder(str(self.model))
        texts = [unit.text for unit in as_units(X)]
        vectors = cached_vectors(encoder, texts, progress=progress)
        spread = vectors.std(axis=0, dtype=np.float64)
        # A column that never changes says nothing; 0 keeps it silent.
        spread[spread < _LEAST_SPREAD] = np.inf
        self.block_ = SemanticBlock(
            model=str(self.model),
            fingerprint=encoder.fingerprint,
            mean=vectors.mean(axis=0, dtype=np.float64).astype(np.float32),
            scale=(1 / spread / np.sqrt(encoder.width)).astype(np.float32),
        )
        return self


# Half-precision vectors of length 1 cannot tell less than this apart.
_LEAST_SPREAD = 1e-5

EXTRACTORS: dict[str, type[_TextExtractor]] = {
    "tfidf": TfidfExtractor,
    "lexicon": LexiconExtractor,
    "semantic": SemanticExtractor,
}


def make_extractor(kind: str, options: dict[str, Any], *, where: str) -> _TextExtractor:
    """An extractor of that kind with those options, with errors that name the choices."""
    if kind not in EXTRACTORS:
        message = f'{where}: unknown kind "{kind}". {nearest(kind, EXTRACTORS)}'
        raise SettingsError(message)
    known = EXTRACTORS[kind]._get_param_names()  # noqa: SLF001 - scikit-learn's own list
    for key in options:
        if key not in known:
            message = f'{where}: unknown option "{key}" of "{kind}". {nearest(key, known)}'
            raise SettingsError(message)
    plain = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    try:
        return EXTRACTORS[kind](**plain)
    except TypeError as error:
        message = f"{where}: {error}. Give every option that the block needs."
        raise SettingsError(message) from error
