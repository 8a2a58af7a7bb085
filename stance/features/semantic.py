"""Meaning as features: a sentence encoder's vector of the paragraph, one column a number.

Columns are standardised (mean 0, standard deviation 1 over the training texts) and divided by the
root of their number, so that a usual paragraph's vector has length 1, as a TF-IDF vector has.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stance.features.block import BlockState, SparseRows, full_rows
from stance.features.encoder import Encoder, checked_encoder
from stance.features.vectors import Progress, cached_vectors, unwatched
from stance.records import Span, Unit


class SemanticBlock:
    """A sentence encoder as a feature block.

    Parameters
    ----------
    model
        The encoder's folder; empty for the one that the extra ``stance[semantic]`` installs.
    fingerprint
        SHA-256 of the encoder that the model was trained with.
    mean, scale
        What is taken from each column, and what it is multiplied by, each of shape (n_columns,).
    """

    kind = "semantic"

    def __init__(
        self,
        *,
        model: str = "",
        fingerprint: str,
        mean: npt.NDArray[np.float32],
        scale: npt.NDArray[np.float32],
    ) -> None:
        self.model = model
        self.fingerprint = fingerprint
        self.mean = mean
        self.scale = scale
        self.width = len(mean)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded when it is first needed."""
        return checked_encoder(self.model, self.fingerprint)

    @property
    def feature_names(self) -> list[str]:
        """The columns' names; a single number of a vector has no meaning by itself."""
        return [f"meaning {i}" for i in range(self.width)]

    def vectors(
        self, units: Sequence[Unit], *, progress: Progress = unwatched
    ) -> npt.NDArray[np.float32]:
        """The units' vectors, shape (n_units, width)."""
        vectors = cached_vectors(self.encoder, [unit.text for unit in units], progress=progress)
        return (vectors - self.mean) * self.scale

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' vectors as rows."""
        return full_rows(self.vectors(units))

    def spans(self, unit: Unit, columns: set[int]) -> dict[int, tuple[Span, ...]]:  # noqa: ARG002 - the role's signature
        """Meaning stands in no single place."""
        return {}

    def state(self) -> BlockState:
        """The block as plain data; the encoder's weights are not copied into the model."""
        settings = {"model": self.model, "fingerprint": self.fingerprint}
        arrays = {"mean": self.mean, "scale": self.scale}
        return BlockState(kind=self.kind, settings=settings, arrays=arrays)

    @classmethod
    def from_state(cls, state: BlockState) -> SemanticBlock:
        """The block that `state` described."""
        return cls(
            model=state.settings["model"],
            fingerprint=state.settings["fingerprint"],
            mean=state.arrays["mean"],
            scale=state.arrays["scale"],
        )
