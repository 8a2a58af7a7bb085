"""A sentence encoder whose upper layers were tuned on the labels: one score a label.

The lower layers stay as they are and run in ONNX Runtime; the upper ones and the head, a linear
classifier of the mean over a text's tokens, are numpy's (`stance.features.transformer`). How they
are tuned is told in `stance.learn.tuning`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from stance.features.block import BlockState, SparseRows, full_rows
from stance.features.encoder import Encoder, checked_encoder
from stance.features.transformer import (
    Dropout,
    LayerTape,
    Parameters,
    Shape,
    Singles,
    backward,
    forward,
    linear,
    no_dropout,
)
from stance.records import Span, Unit

# A window of the text of some number, as the lower layers leave it: half precision, of shape
# (n_tokens, width).
Window: TypeAlias = tuple[int, npt.NDArray[np.float16]]

# Texts that are read at a time.
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class _Batch:
    """Texts side by side, padded: a row a window, and which text each window belongs to."""

    states: Singles
    held: npt.NDArray[np.bool_]
    owners: npt.NDArray[np.int64]
    n_tokens: Singles


@dataclass(frozen=True, slots=True)
class _Tape:
    """What a batch's scores were computed by, for the way back."""

    batch: _Batch
    layers: tuple[LayerTape, ...]
    means: Singles
    dropped: Singles | None


class TunedLayers:
    """Upper layers of an encoder and a linear head over the mean of a text's tokens.

    Parameters
    ----------
    parameters
        Those of the layers, ``"0.attention.weight"`` and so on (see
        `stance.features.transformer.forward`), and ``head.weight`` of shape (width, n_labels) with
        ``head.bias``; float32.
    shape
        What the parameters do not tell of the layers.
    """

    def __init__(self, parameters: Parameters, shape: Shape) -> None:
        self.parameters = dict(parameters)
        self.shape = shape
        numbers = {int(name.split(".")[0]) for name in parameters if name[0].isdigit()}
        self.n_layers = len(numbers)

    def scores(self, batches: Iterable[Sequence[Window]], n_texts: int) -> Singles:
        """The labels' raw scores, shape (n_texts, n_labels), of texts whose windows come so."""
        width = len(self.parameters["head.weight"])
        sums, n_tokens = np.zeros((n_texts, width), np.float32), np.zeros(n_texts, np.float32)
        for windows in batches:
            batch = _batch(windows, n_texts)
            sums += self._sums(batch, no_dropout)[0]
            n_tokens += batch.n_tokens
        return linear(sums / n_tokens[:, None], self.parameters, "head")

    def forward(
        self, windows: Sequence[Window], n_texts: int, dropout: Dropout = no_dropout
    ) -> tuple[Singles, _Tape]:
        """Scores of texts whose windows are all here, and the tape for `gradients`."""
        batch = _batch(windows, n_texts)
        sums, layers = self._sums(batch, dropout)
        means = sums / batch.n_tokens[:, None]
        dropped = dropout(means.shape)
        if dropped is not None:
            means *= dropped
        return linear(means, self.parameters, "head"), _Tape(batch, layers, means, dropped)

    def _sums(self, batch: _Batch, dropout: Dropout) -> tuple[Singles, tuple[LayerTape, ...]]:
        """The upper states' sums over each text's tokens, shape (n_texts, width)."""
        states, tapes = batch.states, []
        for number in range(self.n_layers):
            states, tape = forward(self._layer(number), states, batch.held, self.shape, dropout)
            tapes.append(tape)
        sums = np.zeros((len(batch.n_tokens), states.shape[2]), dtype=np.float32)
        held = batch.held.astype(np.float32)
        np.add.at(sums, batch.owners, (held[:, None, :] @ states)[:, 0])
        return sums, tuple(tapes)

    def gradients(self, tape: _Tape, given: Singles) -> dict[str, Singles]:
        """The loss's gradients by all parameters.

        Parameters
        ----------
        given
            The gradient by the scores, shape (n_texts, n_labels).
        """
        found = {"head.weight": tape.means.T @ given, "head.bias": given.sum(axis=0)}
        means = given @ self.parameters["head.weight"].T
        if tape.dropped is not None:
            means *= tape.dropped
        means /= tape.batch.n_tokens[:, None]
        held = tape.batch.held.astype(np.float32)
        states = means[tape.batch.owners][:, None, :] * held[:, :, None]
        for number in reversed(range(self.n_layers)):
            states, own = backward(self._layer(number), tape.layers[number], states, self.shape)
            found.update({f"{number}.{name}": gradient for name, gradient in own.items()})
        return found

    def _layer(self, number: int) -> dict[str, Singles]:
        prefix = f"{number}."
        own = self.parameters.items()
        return {name.removeprefix(prefix): v for name, v in own if name.startswith(prefix)}


def _batch(windows: Sequence[Window], n_texts: int) -> _Batch:
    lengths = np.array([len(window) for _, window in windows])
    width = windows[0][1].shape[1]
    states = np.zeros((len(windows), lengths.max(), width), dtype=np.float32)
    for place, (_, window) in enumerate(windows):
        states[place, : len(window)] = window
    owners = np.array([row for row, _ in windows])
    n_tokens = np.bincount(owners, weights=lengths, minlength=n_texts).astype(np.float32)
    return _Batch(states, np.arange(lengths.max()) < lengths[:, None], owners, n_tokens)


class TunedBlock:
    """A tuned encoder as a feature block, one column a label.

    Parameters
    ----------
    fingerprint
        SHA-256 of the encoder whose layers were tuned.
    layers
        The tuned layers and their head.
    labels
        The labels' names, one a column.
    n_windows
        How many windows of a text are read, from its beginning; 0 reads all.
    """

    kind = "tuned"

    def __init__(
        self, *, fingerprint: str, layers: TunedLayers, labels: Sequence[str], n_windows: int
    ) -> None:
        self.fingerprint = fingerprint
        self.layers = layers
        self.labels = list(labels)
        self.n_windows = n_windows

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded when it is first needed."""
        return checked_encoder("", self.fingerprint)

    @property
    def feature_names(self) -> list[str]:
        """The labels."""
        return self.labels

    def rows(self, units: Sequence[Unit]) -> SparseRows:
        """The units' scores."""
        scores = [np.zeros((0, len(self.labels)), dtype=np.float32)]
        # Sums of many threads would show in the last digits.
        with threadpool_limits(limits=1):
            for start in range(0, len(units), _CHUNK):
                texts = [unit.text for unit in units[start : start + _CHUNK]]
                states = self.encoder.states(texts, self.layers.n_layers, n_windows=self.n_windows)
                scores.append(self.layers.scores(states, len(texts)))
        return full_rows(np.concatenate(scores))

    def spans(self, unit: Unit, columns: set[int]) -> dict[int, tuple[Span, ...]]:  # noqa: ARG002 - the role's signature
        """Meaning stands in no single place."""
        return {}

    def state(self) -> BlockState:
        """The block as plain data, its parameters in half precision; the lower layers are not."""
        shape = self.layers.shape
        settings = {
            "fingerprint": self.fingerprint,
            "labels": self.labels,
            "n_windows": self.n_windows,
            "n_heads": shape.n_heads,
            "epsilon": shape.epsilon,
        }
        arrays = {name: array.astype(np.float16) for name, array in self.layers.parameters.items()}
        return BlockState(kind=self.kind, settings=settings, arrays=arrays)

    @classmethod
    def from_state(cls, state: BlockState) -> TunedBlock:
        """The block that `state` described."""
        shape = Shape(state.settings["n_heads"], state.settings["epsilon"])
        parameters = {name: array.astype(np.float32) for name, array in state.arrays.items()}
        return cls(
            fingerprint=state.settings["fingerprint"],
            layers=TunedLayers(parameters, shape),
            labels=state.settings["labels"],
            n_windows=state.settings["n_windows"],
        )
