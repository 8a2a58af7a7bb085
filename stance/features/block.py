"""The role of a fitted feature block: a unit in, a sparse vector with named columns out.

Blocks need numpy alone: scikit-learn is for fitting, and a model that only codes never imports
it. The block kinds are `TfidfBlock`, `LexiconBlock`, `SemanticBlock`, `SentencesBlock` and
`TunedBlock`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from stance.records import Span, Unit


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows of a sparse matrix in the compressed form that scipy calls CSR.

    Row i holds ``values[starts[i]:starts[i + 1]]`` in the columns
    ``columns[starts[i]:starts[i + 1]]``, which increase within a row.
    """

    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]
    n_columns: int

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    def taken(self, rows: npt.NDArray[np.bool_]) -> SparseRows:
        """The rows for which ``rows``, one value a row, holds."""
        lengths = np.diff(self.starts)
        held = np.repeat(rows, lengths)
        starts = np.concatenate([[0], np.cumsum(lengths[rows])])
        return SparseRows(starts, self.columns[held], self.values[held], self.n_columns)


@dataclass(frozen=True, slots=True)
class BlockState:
    """A fitted block as plain data: all that is needed to build it again.

    ``settings`` goes into JSON, each list of ``texts`` into a text file with one entry a line,
    and ``arrays`` into safetensors.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


class Block(Protocol):
    """A fitted feature block."""

    @property
    def feature_names(self) -> Sequence[str]:
        """One name a column."""
        ...

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' vectors, one row each, columns as in ``feature_names``."""
        ...

    def spans(self, unit: Unit, columns: set[int]) -> dict[int, tuple[Span, ...]]:
        """Where the asked features stand in the unit's text; those without a place are left out."""
        ...

    def state(self) -> BlockState:
        """The block as plain data."""
        ...


def full_rows(values: npt.NDArray[np.floating]) -> SparseRows:
    """Rows that have a value in every column, from an array of shape (n_rows, n_columns)."""
    n_rows, n_columns = values.shape
    return SparseRows(
        starts=np.arange(n_rows + 1, dtype=np.int64) * n_columns,
        columns=np.tile(np.arange(n_columns, dtype=np.int32), n_rows),
        values=values.ravel().astype(np.float32),
        n_columns=n_columns,
    )


def stack_rows(rows: Sequence[tuple[Sequence[int], Sequence[float]]], n_columns: int) -> SparseRows:
    """Put rows, given as columns with their values, into one `SparseRows`."""
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(columns) for columns, _ in rows], out=starts[1:])
    columns = np.fromiter(
        (c for row, _ in rows for c in row), dtype=np.int32, count=int(starts[-1])
    )
    values = np.fromiter(
        (v for _, row in rows for v in row), dtype=np.float32, count=int(starts[-1])
    )
    return SparseRows(starts=starts, columns=columns, values=values, n_columns=n_columns)
