"""Blocks side by side: one matrix with named columns for all features of a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.features.block import Block, SparseRows
from stance.records import Span, Unit


@dataclass(frozen=True, slots=True)
class WeightedBlock:
    """A block with its name and its weight beside the other blocks."""

    name: str
    block: Block
    weight: float = 1.0


class JoinedBlocks:
    """Feature blocks side by side, each multiplied by its weight.

    Columns are those of the first block, then those of the second, and so on; a column is named
    "block: feature".
    """

    def __init__(self, blocks: Sequence[WeightedBlock]) -> None:
        self.blocks = tuple(blocks)
        sizes = [len(part.block.feature_names) for part in self.blocks]
        self.starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @property
    def n_features(self) -> int:
        """How many columns there are."""
        return int(self.starts[-1])

    def feature_name(self, column: int) -> str:
        """The name of a column, as "words: air strike"."""
        part, within = self._locate(column)
        return f"{part.name}: {part.block.feature_names[within]}"

    def _locate(self, column: int) -> tuple[WeightedBlock, int]:
        number = int(np.searchsorted(self.starts, column, side="right")) - 1
        return self.blocks[number], column - int(self.starts[number])

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' joined vectors."""
        return join_rows(
            [part.block.rows(units) for part in self.blocks], [part.weight for part in self.blocks]
        )

    def spans(self, unit: Unit, columns: Sequence[int]) -> Mapping[int, tuple[Span, ...]]:
        """Where the asked features stand in the unit's text."""
        found: dict[int, tuple[Span, ...]] = {}
        for number, part in enumerate(self.blocks):
            first, last = int(self.starts[number]), int(self.starts[number + 1])
            within = {column - first for column in columns if first <= column < last}
            if within:
                spans = part.block.spans(unit, within)
                found.update({first + column: places for column, places in spans.items()})
        return found


def join_rows(parts: Sequence[SparseRows], weights: Sequence[float]) -> SparseRows:
    """Put the columns of several matrices with the same rows side by side."""
    if len(parts) == 1 and weights[0] == 1.0:
        return parts[0]
    n_rows = parts[0].n_rows
    lengths = [np.diff(part.starts) for part in parts]
    starts = np.zeros(n_rows + 1, dtype=np.int64)
    np.cumsum(np.sum(lengths, axis=0), out=starts[1:])
    columns = np.empty(int(starts[-1]), dtype=np.int32)
    values = np.empty(int(starts[-1]), dtype=np.float32)
    offset, begin = 0, starts[:-1].copy()
    for part, length, weight in zip(parts, lengths, weights, strict=True):
        places = _places(begin, length)
        columns[places] = part.columns + np.int32(offset)
        values[places] = part.values * np.float32(weight)
        begin += length
        offset += part.n_columns
    return SparseRows(starts=starts, columns=columns, values=values, n_columns=offset)


def _places(begin: npt.NDArray[np.int64], length: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The positions begin[i], begin[i] + 1, ... of each row, one row after the other."""
    total = int(length.sum())
    ends = np.cumsum(length)
    return np.arange(total) - np.repeat(ends - length, length) + np.repeat(begin, length)
