"""Parts of a model that are no linear model of the blocks: each becomes a block of its own.

Such a part reads a text in its own way and gives each label a score, which stands in the model as
the column of a block (`stance.features.sentences`, `stance.features.tuned`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from stance.classify.best_sentence import fit_best_sentence
from stance.features.block import Block
from stance.features.matrices import TrainingMatrices, fit_blocks
from stance.features.sentences import SentencesBlock, sentence_units
from stance.features.tuned import TunedBlock, TunedLayers
from stance.learn.lesson import Lesson, label_weights
from stance.learn.progress import unwatched
from stance.learn.tuning import Texts, batches_of, tune
from stance.recipe_settings import DEFAULT_FEATURES, PartSettings, TuningSettings

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Fitted = TypeVar("Fitted")


class Learner(Protocol[Fitted]):
    """Something that learns a task from rows of a lesson and scores other rows."""

    def fit(
        self,
        training: Bools,
        penalties: Sequence[float],
        progress: Callable[[float], None] = unwatched,
    ) -> list[Fitted]:
        """What is learned from these rows, for each penalty."""
        ...

    def scores(self, fitted: Sequence[Fitted], training: Bools, asked: Bools) -> list[Array]:
        """Raw scores of the asked rows, for each of what was learned from ``training``."""
        ...


class PartReader(Learner[Fitted], Protocol[Fitted]):
    """A part that becomes a block with one column a label."""

    def block(self, fitted: Fitted) -> Block:
        """The block of what was learned."""
        ...


@dataclass(frozen=True)
class SentenceReader:
    """Reads each sentence by itself; the best one's score counts.

    ``matrices`` has a row for each sentence, ``counts`` tells how many each unit has.
    """

    lesson: Lesson
    matrices: TrainingMatrices
    counts: Ints

    @classmethod
    def of(cls, lesson: Lesson, names: Sequence[str]) -> SentenceReader:
        """The reader of a lesson's units with the blocks of these names; none means all."""
        pieces = [sentence_units(unit) for unit in lesson.units]
        features = lesson.recipe.features or DEFAULT_FEATURES
        blocks = {name: features[name] for name in names or tuple(features)}
        flat = [piece for listed in pieces for piece in listed]
        counts = np.array([len(listed) for listed in pieces])
        matrices = fit_blocks(blocks, flat, folder=lesson.recipe.folder)
        uncoded = np.repeat(~lesson.coded, counts)
        return cls(lesson, replace(matrices, uncoded=uncoded), counts)

    def fit(
        self,
        training: Bools,
        penalties: Sequence[float],
        progress: Callable[[float], None] = unwatched,  # noqa: ARG002 - each fit is short
    ) -> list[Array]:
        """Weights with the intercepts in the last row, for each penalty."""
        lesson, rows = self.lesson, np.repeat(training, self.counts)
        X, y = self.matrices.fold(rows, rows), lesson.gold[training]
        weight = label_weights(lesson.recipe, y, np.ones(len(y)), lesson.topics[training])
        counts = self.counts[training]
        return [fit_best_sentence(X, counts, y, C=C, weight=weight) for C in penalties]

    def scores(self, fitted: Sequence[Array], training: Bools, asked: Bools) -> list[Array]:
        """Raw scores of the asked units' best sentences."""
        rows = self.matrices.fold(np.repeat(training, self.counts), np.repeat(asked, self.counts))
        starts = np.cumsum(self.counts[asked]) - self.counts[asked]
        return [
            np.maximum.reduceat(rows @ weights[:-1] + weights[-1], starts, axis=0)
            for weights in fitted
        ]

    def block(self, fitted: Array) -> Block:
        """The reader as a block of the model."""
        return SentencesBlock(
            inner=self.matrices.joined,
            weights=fitted[:-1].astype(np.float32),
            intercept=fitted[-1],
            labels=self.lesson.task.label_names,
        )


@dataclass(frozen=True)
class TunedReader:
    """Reads with the sentence encoder, its upper layers tuned on the hand labels alone."""

    lesson: Lesson
    settings: TuningSettings

    def fit(
        self,
        training: Bools,
        penalties: Sequence[float],
        progress: Callable[[float], None] = unwatched,
    ) -> list[TunedLayers]:
        """Tuned layers, the same whatever the penalty."""
        states = self.lesson.encoded.states(self.settings)
        layers, shape = self.lesson.encoded.encoder.upper_layers(self.settings.layers)
        texts = Texts(
            states=[states[row] for row in np.flatnonzero(training)],
            gold=self.lesson.gold[training],
            several=self.lesson.task.several,
        )
        seed = self.lesson.recipe.seed
        tuned = tune(layers, shape, texts, self.settings, seed=seed, progress=progress)
        return [tuned for _ in penalties]

    def scores(self, fitted: Sequence[TunedLayers], training: Bools, asked: Bools) -> list[Array]:  # noqa: ARG002 - it has learned what it knows
        """Raw scores of the asked rows."""
        states = self.lesson.encoded.states(self.settings)
        own = [states[row] for row in np.flatnonzero(asked)]
        return [layers.scores(batches_of(own), len(own)).astype(np.float64) for layers in fitted]

    def block(self, fitted: TunedLayers) -> Block:
        """The reader as a block of the model, as it is when it is read from a file."""
        block = TunedBlock(
            fingerprint=self.lesson.encoded.encoder.fingerprint,
            layers=fitted,
            labels=self.lesson.task.label_names,
            n_windows=self.settings.windows,
        )
        return TunedBlock.from_state(block.state())


def reader_of(lesson: Lesson, settings: PartSettings) -> PartReader[Any]:
    """The reader of a part that is no linear model of the blocks."""
    if settings.read == "sentences":
        return SentenceReader.of(lesson, settings.features)
    return TunedReader(lesson, settings.tuning)
