"""The best sentence as features: for each label the score of the sentence that speaks most for it.

A long article carries a label because of a sentence or two in it; a mean over the whole drowns
them. The sentences' scores are linear, and each label's column holds their maximum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.features.block import BlockState, SparseRows, full_rows
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.tfidf import TfidfBlock, sums_by_row
from stance.records import Span, Unit
from stance.text.sentences import sentences


class SentencesBlock:
    """A linear reader of sentences as a feature block, one column a label.

    Parameters
    ----------
    inner
        TF-IDF blocks that read a sentence.
    weights
        float32 of shape (n_features, n_labels).
    intercept
        float64 of shape (n_labels,).
    labels
        The labels' names, one a column.
    """

    kind = "sentences"

    def __init__(
        self,
        *,
        inner: JoinedBlocks,
        weights: npt.NDArray[np.float32],
        intercept: npt.NDArray[np.float64],
        labels: Sequence[str],
    ) -> None:
        self.inner = inner
        self.weights = weights
        self.intercept = intercept
        self.labels = list(labels)

    @property
    def feature_names(self) -> list[str]:
        """The labels."""
        return self.labels

    def scores(self, units: Sequence[Unit]) -> npt.NDArray[np.float64]:
        """Scores of texts that are sentences already, shape (n_units, n_labels)."""
        rows = self.inner.rows(units)
        values = rows.values.astype(np.float64)
        columns = [sums_by_row(values * w[rows.columns], rows.starts) for w in self.weights.T]
        return np.column_stack(columns) + self.intercept

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' best sentences' scores."""
        pieces = [sentence_units(unit) for unit in units]
        firsts = np.cumsum([0, *map(len, pieces)])[:-1]
        best = np.zeros((0, len(self.labels)))
        if units:
            scores = self.scores([piece for listed in pieces for piece in listed])
            best = np.maximum.reduceat(scores, firsts, axis=0)
        return full_rows(best)

    def spans(self, unit: Unit, columns: set[int]) -> dict[int, tuple[Span, ...]]:
        """The sentence that spoke most for each asked label."""
        best = self.scores(sentence_units(unit)).argmax(axis=0)
        spans = sentences(unit.text)
        return {column: (spans[best[column]],) for column in columns}

    def state(self) -> BlockState:
        """The block as plain data, the inner blocks' data under their names."""
        parts: list[dict[str, Any]] = []
        texts: dict[str, Sequence[str]] = {}
        arrays: dict[str, Any] = {"weights": self.weights, "intercept": self.intercept}
        for part in self.inner.blocks:
            state = part.block.state()
            parts.append({"name": part.name, "weight": part.weight, "settings": state.settings})
            texts.update({f"{part.name}.{key}": value for key, value in state.texts.items()})
            arrays.update({f"{part.name}.{key}": value for key, value in state.arrays.items()})
        settings = {"labels": self.labels, "blocks": parts}
        return BlockState(kind=self.kind, settings=settings, texts=texts, arrays=arrays)

    @classmethod
    def from_state(cls, state: BlockState) -> SentencesBlock:
        """The block that `state` described."""
        blocks = []
        for part in state.settings["blocks"]:
            prefix = f"{part['name']}."
            inner = BlockState(
                kind=TfidfBlock.kind,
                settings=part["settings"],
                texts=_under(prefix, state.texts),
                arrays=_under(prefix, state.arrays),
            )
            block = TfidfBlock.from_state(inner)
            blocks.append(WeightedBlock(part["name"], block, part["weight"]))
        return cls(
            inner=JoinedBlocks(blocks),
            weights=state.arrays["weights"],
            intercept=state.arrays["intercept"],
            labels=state.settings["labels"],
        )


def sentence_units(unit: Unit) -> list[Unit]:
    """A text's sentences, each a unit of the same article and topic."""
    return [
        Unit(unit.text[start:end], article=unit.article, topic=unit.topic)
        for start, end in sentences(unit.text)
    ]


def _under(prefix: str, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entries whose names begin so, without that beginning."""
    return {k.removeprefix(prefix): v for k, v in entries.items() if k.startswith(prefix)}
