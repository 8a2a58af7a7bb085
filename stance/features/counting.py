"""Terms of many texts: by the compiled loops where they know the terms, else text by text.

Vocabularies, counts and document frequencies are the same either way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stance.features.block import SparseRows
from stance.features.terms import Terms
from stance.features.tfidf import TfidfBlock, fit_vocabulary
from stance.records import Unit

# Characters of text from which on the compiled loops are quicker although they must be made ready
# first. That takes some half a second, in which the other path reads so much.
LEAST_TEXT = 300_000


def is_compiled(terms: Terms) -> bool:
    """Whether the compiled loops know these terms."""
    return terms.analyzer in ("word", "char") and not terms.by_topic and not terms.drop


def counts_of(block: TfidfBlock, units: Sequence[Unit]) -> SparseRows:
    """How often each term of the block's vocabulary occurs in each unit."""
    terms = block.terms
    if not is_compiled(terms) or not are_many(units):
        return block.counts(units)
    from stance.features.kernel import Kernel, KernelBlock

    n_terms = len(block.vocabulary)
    own = KernelBlock(
        terms.analyzer,
        (terms.low, terms.high),
        block.vocabulary,
        np.ones(n_terms, dtype=np.float32),
    )
    kernel = Kernel([own], np.zeros((n_terms, 0), dtype=np.float32), np.zeros(0))
    found = kernel.counts([unit.text for unit in units])
    return SparseRows(
        starts=found.indptr.astype(np.int64),
        columns=found.indices.astype(np.int32, copy=False),
        values=found.data,
        n_columns=n_terms,
    )


def vocabulary_of(
    units: Sequence[Unit],
    terms: Terms,
    *,
    min_df: int,
    max_df: float,
    max_features: int | None,
) -> tuple[list[str], npt.NDArray[np.int64], int]:
    """The terms worth counting: what `stance.features.tfidf.fit_vocabulary` finds."""
    if not is_compiled(terms) or not are_many(units):
        return fit_vocabulary(units, terms, min_df=min_df, max_df=max_df, max_features=max_features)
    from stance.features.buffers import text_buffer
    from stance.features.vocabulary import count_ngrams

    data, offsets = text_buffer([unit.text for unit in units])
    vocabulary, frequencies = count_ngrams(
        data,
        offsets,
        analyzer=terms.analyzer,
        ngrams=(terms.low, terms.high),
        min_df=min_df,
        max_df=max_df,
        max_features=max_features,
    )
    return vocabulary, frequencies, len(units)


def are_many(units: Sequence[Unit]) -> bool:
    """Whether the units hold so much text that the compiled loops pay off."""
    return sum(len(unit.text) for unit in units) >= LEAST_TEXT
