"""Articles coded together, as arrays: what codings and tables are made from.

A batch of articles is scored as a whole. Its results stay arrays, one row a paragraph or a target,
until somebody asks for the coding of a paragraph or for the columns of a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from stance.classify.linear import TaskModel
from stance.features.target_batch import TargetBatch
from stance.records import Article, Floats, Mention, Paragraph, Unit

Bools: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.int64]

# What stands in the place of a single label that is too unsure to be given.
CANNOT_SAY = "cannot say"


@dataclass(frozen=True, slots=True)
class Decided:
    """What one task says of n units.

    Attributes
    ----------
    names
        The labels, in codebook order.
    values
        Probabilities, shape (n, n_labels).
    given, unsure
        The labels given, and those that cannot be decided, of the same shape.
    """

    names: tuple[str, ...]
    values: Floats
    given: Bools
    unsure: Bools

    def labels(self) -> list[tuple[str, ...]]:
        """The labels given to each unit."""
        return _named(self.given, self.names)

    def undecided(self) -> list[tuple[str, ...]]:
        """The labels of each unit that cannot be decided."""
        return _named(self.unsure, self.names)


def _named(chosen: Bools, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The names chosen in each row; rows that are alike share one tuple."""
    known: dict[bytes, tuple[str, ...]] = {}
    width = chosen.shape[1]
    data = np.ascontiguousarray(chosen).tobytes()
    found = []
    for start in range(0, len(data), width):
        row = data[start : start + width]
        if row not in known:
            known[row] = tuple(compress(names, row))
        found.append(known[row])
    return found


@dataclass(frozen=True, slots=True)
class CodedBatch:
    """Some articles and all that a model says of them.

    Attributes
    ----------
    articles
        The articles.
    paragraphs
        The paragraphs of all articles in order, noise included.
    article_of
        The number of each paragraph's article, shape (n_paragraphs,).
    rows
        Each paragraph's row in ``units`` and in ``tasks``, or -1 for noise.
    units, tasks
        The paragraphs that are coded, and what each task says of them.
    bounds
        Where each paragraph's targets begin and the last one's end, shape (n_paragraphs + 1,).
    mentions, targets, target_tasks
        The targets, as mentions in their article and as units, and what each task says of them.
    """

    articles: Sequence[Article]
    paragraphs: Sequence[Paragraph]
    article_of: Numbers
    rows: Numbers
    units: Sequence[Unit]
    tasks: Mapping[str, Decided]
    bounds: Numbers
    mentions: Sequence[Mention]
    targets: TargetBatch
    target_tasks: Mapping[str, Decided]

    @property
    def n_noise(self) -> int:
        """How many paragraphs are noise."""
        return int((self.rows < 0).sum())


def decided(task: TaskModel, values: Floats, abstain: float | None) -> Decided:
    """What is decided of units whose probabilities are ``values``."""
    given = task.decision(values)
    unsure = given & False
    if abstain is not None:
        unsure = task.decision.unsure(values, abstain)
        given = given & ~unsure
    return Decided(tuple(task.task.label_names), values, given, unsure)
