"""The matrices of training: terms counted once, weighed anew for every fold.

A fold's document frequencies, and so its inverse document frequencies and the terms that are
frequent enough, come from its own training rows; nothing of the held-out rows leaks into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.features.block import SparseRows
from stance.features.extractors import TfidfExtractor, as_csr, make_extractor
from stance.features.joined import JoinedBlocks, WeightedBlock, join_rows
from stance.features.tfidf import (
    TfidfBlock,
    inverse_document_frequencies,
    weigh,
)
from stance.recipe import BlockSettings
from stance.records import Unit

# Options of extractors that name files, counted from the recipe's folder.
_FILE_OPTIONS = ("lexicon", "model")


@dataclass(frozen=True)
class TrainingMatrices:
    """Fitted blocks and what they found in the training units.

    ``parts`` holds, block by block, counts where the block is TF-IDF and vectors elsewhere;
    ``least`` the number of units that a block's terms must occur in.
    """

    joined: JoinedBlocks
    parts: tuple[SparseRows, ...]
    least: tuple[int, ...]

    def whole(self) -> Any:  # noqa: ANN401 - scipy's matrices are untyped
        """All rows as scoring will see them, a float32 CSR matrix."""
        return self._matrix(None)

    def fold(self, training: npt.NDArray[np.bool_]) -> Any:  # noqa: ANN401 - as above
        """All rows as a model sees them that knows the training rows only."""
        return self._matrix(training)

    def _matrix(self, training: npt.NDArray[np.bool_] | None) -> Any:  # noqa: ANN401 - as above
        weighed = []
        for part, counts, least in zip(self.joined.blocks, self.parts, self.least, strict=True):
            block = part.block
            if not isinstance(block, TfidfBlock):
                weighed.append(counts)
                continue
            idf = block.idf
            if training is not None:
                known = np.repeat(training, np.diff(counts.starts))
                frequencies = np.bincount(counts.columns[known], minlength=counts.n_columns)
                idf = inverse_document_frequencies(frequencies, int(training.sum()))
                idf[frequencies < least] = 0
            weighed.append(weigh(counts, idf, sublinear=block.sublinear))
        return as_csr(join_rows(weighed, [part.weight for part in self.joined.blocks]))


def fit_blocks(
    features: Mapping[str, BlockSettings], units: Sequence[Unit], *, folder: Path
) -> TrainingMatrices:
    """Fit every block of a recipe on the training units.

    Raises
    ------
    SettingsError
        If a block's kind or options are unknown, or no term remains.
    """
    blocks, parts, least = [], [], []
    for name, settings in features.items():
        options = {
            key: folder / Path(value).expanduser() if key in _FILE_OPTIONS else value
            for key, value in settings.options.items()
        }
        extractor = make_extractor(settings.kind, options, where=f"features.{name}")
        block = extractor.fit(units).block_
        blocks.append(WeightedBlock(name, block, settings.weight))
        parts.append(block.counts(units) if isinstance(block, TfidfBlock) else block.rows(units))
        least.append(extractor.min_df if isinstance(extractor, TfidfExtractor) else 1)
    return TrainingMatrices(JoinedBlocks(blocks), tuple(parts), tuple(least))
