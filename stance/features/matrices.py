"""The matrices of training: terms counted once, weighed anew for every fold.

A fold's document frequencies, and so its inverse document frequencies and the terms that are
frequent enough, come from its own training rows; no label of a held-out row leaks into it. Their
texts are looked at all the same: the vocabulary with ``max_df`` and ``max_features``, and the
semantic block's mean and spread, are those of all texts, and document frequencies are the same in
every fold where unlabelled text counts too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.errors import SettingsError
from stance.features.block import SparseRows, full_rows
from stance.features.counting import counts_of
from stance.features.extractors import (
    SemanticExtractor,
    TfidfExtractor,
    as_csr,
    make_extractor,
)
from stance.features.joined import (
    JoinedBlocks,
    WeightedBlock,
    as_dense,
    context_rows,
    part_rows,
)
from stance.features.semantic import SemanticBlock
from stance.features.tfidf import (
    TfidfBlock,
    document_frequencies,
    inverse_document_frequencies,
    weigh,
)
from stance.features.vectors import Progress, unwatched
from stance.recipe_settings import BlockSettings
from stance.records import Unit

Bools = npt.NDArray[np.bool_]

# Options of extractors that name files, counted from the recipe's folder.
_FILE_OPTIONS = ("lexicon", "model")


class SideBySide:
    """Matrices with the same rows, sparse or dense, that multiply as if they were one."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = tuple(parts)
        widths = [part.shape[1] for part in self.parts]
        self._starts = np.concatenate([[0], np.cumsum(widths)]).astype(int)
        self.shape = (self.parts[0].shape[0], int(self._starts[-1]))
        self.dtype = np.result_type(*(part.dtype for part in self.parts))

    def __getitem__(self, rows: npt.NDArray[Any]) -> SideBySide:
        return SideBySide([part[rows] for part in self.parts])

    def __matmul__(self, weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
        # In the parts' own precision: numpy and scipy would copy them whole to match the weights.
        pieces = [
            part @ weights[first:last].astype(part.dtype, copy=False)
            for part, first, last in zip(self.parts, self._starts, self._starts[1:], strict=False)
        ]
        total: npt.NDArray[Any] = sum(pieces[1:], start=pieces[0])
        return total

    @property
    def T(self) -> _Transposed:  # noqa: N802 - numpy's and scipy's name for it
        """The transpose, for multiplying from the left."""
        return _Transposed([part.T for part in self.parts])

    def columns(self, keep: npt.NDArray[np.bool_]) -> SideBySide:
        """The columns that ``keep`` holds."""
        ends = zip(self._starts, self._starts[1:], strict=False)
        return SideBySide(
            [
                part if own.all() else part[:, np.flatnonzero(own)]
                for part, own in zip(self.parts, [keep[a:b] for a, b in ends], strict=True)
            ]
        )

    def below(self, other: SideBySide) -> SideBySide:
        """These rows and then the other's."""
        from scipy.sparse import issparse, vstack

        return SideBySide(
            [
                vstack([a, b], format="csr") if issparse(a) else np.vstack([a, b])
                for a, b in zip(self.parts, other.parts, strict=True)
            ]
        )


class _Transposed:
    """The transpose of `SideBySide`."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = parts

    def __matmul__(self, slopes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        pieces = [part @ slopes.astype(part.dtype, copy=False) for part in self.parts]
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]


@dataclass(frozen=True)
class TrainingMatrices:
    """Fitted blocks and what they found in units.

    ``parts`` holds, block by block, counts where the block is TF-IDF and vectors elsewhere;
    ``least`` the number of units that a block's terms must occur in. ``fixed`` tells that document
    frequencies rest on unlabelled text as well, and so are the same in every fold. The rows of
    ``uncoded`` have no labels to hide, so their texts count in the frequencies of every fold.
    """

    joined: JoinedBlocks
    parts: tuple[SparseRows | npt.NDArray[np.float32], ...]
    least: tuple[int, ...]
    fixed: bool = False
    uncoded: Bools | None = None

    def whole(self) -> SideBySide:
        """All rows as scoring will see them."""
        return self._weighed(self._idf(None))

    def fold(self, training: Bools, rows: Bools, kept: Bools | None = None) -> SideBySide:
        """The asked rows as a model sees them that knows the training rows only.

        Terms that ``kept``, one value a column, does not hold are not in the vectors' lengths
        either, as in a model that is without them.
        """
        return self._weighed(self._idf(training, kept), rows)

    def fold_of(
        self, other: TrainingMatrices, training: Bools, kept: Bools | None = None
    ) -> SideBySide:
        """The other's rows as that same model sees them."""
        return other._weighed(self._idf(training, kept))

    def only(self, names: Sequence[str]) -> TrainingMatrices:
        """The same of the blocks with these names."""
        kept = [i for i, block in enumerate(self.joined.blocks) if block.name in names]
        return TrainingMatrices(
            JoinedBlocks([self.joined.blocks[i] for i in kept]),
            tuple(self.parts[i] for i in kept),
            tuple(self.least[i] for i in kept),
            self.fixed,
            self.uncoded,
        )

    def columns(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """The columns that the blocks with these names have here."""
        starts = self.joined.starts
        return np.concatenate(
            [
                np.arange(starts[i], starts[i + 1])
                for i, block in enumerate(self.joined.blocks)
                if block.name in names
            ]
        )

    @property
    def is_term(self) -> Bools:
        """Which columns hold a term of a TF-IDF block, shape (n_features,)."""
        return terms_of(self.joined)

    def read(self, units: Sequence[Unit], progress: Progress = unwatched) -> TrainingMatrices:
        """What the same blocks find in other units."""
        return replace(self, parts=read_parts(self.joined, units, progress))

    def pruned(self, keep: Bools) -> TrainingMatrices:
        """Without the terms of TF-IDF blocks that ``keep``, one value a column, does not hold."""
        parts = [
            only_columns(found, keep[first : first + found.n_columns])
            if isinstance(part.block, TfidfBlock) and isinstance(found, SparseRows)
            else found
            for part, found, first in zip(
                self.joined.blocks, self.parts, self.joined.starts, strict=False
            )
        ]
        return replace(self, joined=without_terms(self.joined, keep), parts=tuple(parts))

    def _idf(
        self, training: Bools | None, kept: Bools | None = None
    ) -> list[npt.NDArray[np.float32] | None]:
        """Each TF-IDF block's inverse document frequencies, 0 for terms too rare or not kept."""
        found: list[npt.NDArray[np.float32] | None] = []
        for part, counts, least, first in zip(
            self.joined.blocks, self.parts, self.least, self.joined.starts[:-1], strict=True
        ):
            block = part.block
            if not isinstance(block, TfidfBlock) or not isinstance(counts, SparseRows):
                found.append(None)
                continue
            if training is None or self.fixed:
                idf = block.idf
            else:
                counted = training if self.uncoded is None else training | self.uncoded
                frequencies = block.pooled(document_frequencies(counts, counted))
                idf = inverse_document_frequencies(frequencies, int(counted.sum()))
                idf[frequencies < least] = 0
            if kept is not None:
                idf = np.where(kept[first : first + len(idf)], idf, np.float32(0))
            found.append(idf)
        return found

    def _weighed(
        self, idfs: Sequence[npt.NDArray[np.float32] | None], rows: Bools | None = None
    ) -> SideBySide:
        """All rows, or the asked ones, with these inverse document frequencies."""
        matrices = []
        for part, found, idf in zip(self.joined.blocks, self.parts, idfs, strict=True):
            block = part.block
            if not isinstance(found, SparseRows):
                taken: Any = found if rows is None else found[rows]
            else:
                taken = found if rows is None else found.taken(rows)
                if idf is not None and isinstance(block, TfidfBlock):
                    taken = weigh(taken, idf, sublinear=block.sublinear)
                taken = as_csr(taken)
            matrices.append(taken if part.weight == 1 else taken * np.float32(part.weight))
        return SideBySide(matrices)


def read_parts(
    joined: JoinedBlocks, units: Sequence[Unit], progress: Progress = unwatched
) -> tuple[SparseRows | npt.NDArray[np.float32], ...]:
    """Counts of TF-IDF blocks and vectors of the others."""
    parts: list[SparseRows | npt.NDArray[np.float32]] = []
    for part in joined.blocks:
        block = part.block
        if isinstance(block, TfidfBlock):
            parts.append(counts_of(block, units))
        elif isinstance(block, SemanticBlock):
            rows = full_rows(block.vectors(units, progress=progress))
            if part.context:
                rows = context_rows(rows, [unit.article for unit in units])
            parts.append(as_dense(rows).astype(np.float32))
        else:
            parts.append(part_rows(part, units))
    return tuple(parts)


def fit_blocks(
    features: Mapping[str, BlockSettings],
    units: Sequence[Unit],
    *,
    folder: Path,
    more: Sequence[Unit] = (),
    progress: Progress = unwatched,
) -> TrainingMatrices:
    """Fit every block of a recipe on the training units.

    Parameters
    ----------
    more
        Further units that the vocabulary is learned from (unlabelled text).
    progress
        Is told how many texts an encoder has read.

    Returns
    -------
    The matrices of ``units``.

    Raises
    ------
    SettingsError
        If a block's kind or options are unknown, or no term remains.
    """
    blocks, least = [], []
    for name, settings in features.items():
        options = {
            key: folder / Path(value).expanduser() if key in _FILE_OPTIONS and value else value
            for key, value in settings.options.items()
        }
        extractor = make_extractor(settings.kind, options, where=f"features.{name}")
        block = (
            extractor.fit(units, progress=progress)
            if isinstance(extractor, SemanticExtractor)
            else extractor.fit([*units, *more])
        ).block_
        if settings.context and isinstance(block, TfidfBlock):
            message = f"features.{name}: context is for lexicon and semantic blocks. Leave it out."
            raise SettingsError(message)
        blocks.append(WeightedBlock(name, block, settings.weight, settings.context))
        is_tfidf = isinstance(extractor, TfidfExtractor)
        least.append(extractor.min_df if is_tfidf else 1)
    joined = JoinedBlocks(blocks)
    return TrainingMatrices(joined, read_parts(joined, units), tuple(least), fixed=bool(more))


def terms_of(joined: JoinedBlocks) -> Bools:
    """Which columns hold a term of a TF-IDF block, shape (n_features,)."""
    of_terms = [isinstance(part.block, TfidfBlock) for part in joined.blocks]
    return np.repeat(of_terms, np.diff(joined.starts))


def without_terms(joined: JoinedBlocks, keep: Bools) -> JoinedBlocks:
    """The blocks without the terms that ``keep``, one value a column, does not hold."""
    blocks = []
    for part, first, last in zip(joined.blocks, joined.starts, joined.starts[1:], strict=False):
        block = part.block
        if isinstance(block, TfidfBlock):
            block = block.with_terms(keep[first:last])
        blocks.append(replace(part, block=block))
    return JoinedBlocks(blocks)


def only_columns(rows: SparseRows, keep: Bools) -> SparseRows:
    """The rows without the columns that ``keep`` does not hold, renumbered."""
    held = keep[rows.columns]
    counts = np.concatenate([[0], np.cumsum(held)])
    return SparseRows(
        starts=counts[rows.starts].astype(np.int64),
        columns=(np.cumsum(keep) - 1).astype(np.int32)[rows.columns[held]],
        values=rows.values[held],
        n_columns=int(keep.sum()),
    )
