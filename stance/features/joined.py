"""Blocks side by side: one matrix with named columns for all features of a unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.features.block import Block, SparseRows
from stance.records import Span, Unit


@dataclass(frozen=True, slots=True)
class WeightedBlock:
    """A block with its name and its weight beside the other blocks.

    With ``context`` it reads the other units of the article instead of the unit itself.
    """

    name: str
    block: Block
    weight: float = 1.0
    context: bool = False


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
            [part_rows(part, units) for part in self.blocks],
            [part.weight for part in self.blocks],
        )

    def contexts(self, units: Sequence[Unit]) -> Iterator[tuple[SparseRows, ...]]:
        """For each unit one row of every block that reads the other units of its article."""
        found = [part_rows(part, units) for part in self.blocks if part.context]
        return (tuple(one_row(rows, i) for rows in found) for i in range(len(units)))

    def row(self, unit: Unit, context: Sequence[SparseRows]) -> SparseRows:
        """One unit's joined vector, with its own of the `contexts`."""
        around = iter(context)
        found = [next(around) if part.context else part.block.rows([unit]) for part in self.blocks]
        return join_rows(found, [part.weight for part in self.blocks])

    def spans(self, unit: Unit, columns: Sequence[int]) -> Mapping[int, tuple[Span, ...]]:
        """Where the asked features stand in the unit's text."""
        found: dict[int, tuple[Span, ...]] = {}
        for number, part in enumerate(self.blocks):
            first, last = int(self.starts[number]), int(self.starts[number + 1])
            within = {column - first for column in columns if first <= column < last}
            if within and not part.context:
                spans = part.block.spans(unit, within)
                found.update({first + column: places for column, places in spans.items()})
        return found


def one_row(rows: SparseRows, number: int) -> SparseRows:
    """One of the rows alone."""
    starts = rows.starts[number : number + 2]
    held = slice(int(starts[0]), int(starts[1]))
    return SparseRows(starts - starts[0], rows.columns[held], rows.values[held], rows.n_columns)


def part_rows(part: WeightedBlock, units: Sequence[Unit]) -> SparseRows:
    """One block's vectors, of the units or of their context."""
    rows = part.block.rows(units)
    return context_rows(rows, [unit.article for unit in units]) if part.context else rows


def context_rows(rows: SparseRows, articles: Sequence[str]) -> SparseRows:
    """For each row the mean of the other rows of its article; zeros where there are none.

    Made for blocks of few columns (lexicons, meaning): rows are spread out in full.
    """
    dense = as_dense(rows)
    members: dict[str, list[int]] = {}
    for row, article in enumerate(articles):
        if article:
            members.setdefault(article, []).append(row)
    means = np.zeros_like(dense)
    for listed in members.values():
        if len(listed) > 1:
            own = dense[listed]
            means[listed] = (own.sum(axis=0) - own) / (len(listed) - 1)
    filled, columns = np.nonzero(means)
    starts = np.concatenate([[0], np.cumsum(np.bincount(filled, minlength=rows.n_rows))])
    return SparseRows(
        starts=starts.astype(np.int64),
        columns=columns.astype(np.int32),
        values=means[filled, columns].astype(np.float32),
        n_columns=rows.n_columns,
    )


def as_dense(rows: SparseRows) -> npt.NDArray[np.float64]:
    """The rows in full, shape (n_rows, n_columns)."""
    dense = np.zeros((rows.n_rows, rows.n_columns))
    dense[np.repeat(np.arange(rows.n_rows), np.diff(rows.starts)), rows.columns] = rows.values
    return dense


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
