"""Many units at once: compiled loops for words and characters, the reference path for the rest.

Raw scores are sums over blocks, so blocks may be scored in different ways. Scores are those of
the reference to 1e-6: `JoinedBlocks.rows` rounds to float32 in between, the compiled loops do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from stance.classify.linear import TaskModel, raw_scores
from stance.features.block import Block, SparseRows
from stance.features.counting import is_compiled
from stance.features.joined import JoinedBlocks, WeightedBlock, context_rows, join_rows
from stance.features.lexicon import LexiconBlock
from stance.features.tfidf import TfidfBlock
from stance.records import Floats, Unit


def has_compiled(part: WeightedBlock) -> bool:
    """Whether the compiled loops can score the block."""
    return isinstance(part.block, TfidfBlock) and is_compiled(part.block.terms) and not part.context


class BulkScorer:
    """Scores of all tasks that share a feature space.

    Parameters
    ----------
    space
        The feature space, with at least one block for which `has_compiled` holds.
    tasks
        The tasks whose weights belong to it.
    """

    def __init__(self, space: JoinedBlocks, tasks: Sequence[TaskModel]) -> None:
        from stance.features.kernel import Kernel, KernelBlock

        self._tasks = tuple(tasks)
        self._intercept = np.concatenate([task.intercept for task in tasks])
        weights = np.hstack([task.weights for task in tasks])
        blocks: list[KernelBlock] = []
        compiled = []
        self._others: list[WeightedBlock] = []
        others = []
        for part, first, last in zip(space.blocks, space.starts, space.starts[1:], strict=False):
            block = part.block
            if has_compiled(part) and isinstance(block, TfidfBlock):
                terms = block.terms
                blocks.append(
                    KernelBlock(
                        terms.analyzer,
                        (terms.low, terms.high),
                        block.vocabulary,
                        block.idf,
                        sublinear=block.sublinear,
                        weight=part.weight,
                    )
                )
                compiled.append(weights[first:last])
            else:
                self._others.append(replace(part, block=_first_alike(block, self._others)))
                others.append(weights[first:last])
        self._kernel = Kernel(blocks, np.vstack(compiled), np.zeros_like(self._intercept))
        self._weights = np.vstack(others) if others else weights[:0]

    def scores(self, units: Sequence[Unit]) -> dict[str, Floats]:
        """Each task's raw scores, shape (n_units, n_labels)."""
        raw = self._kernel.scores([unit.text for unit in units]) + self._intercept
        if self._others:
            raw += raw_scores(self._other_rows(units), self._weights, np.zeros(raw.shape[1]))
        ends = np.cumsum([len(task.intercept) for task in self._tasks])[:-1]
        pieces = np.split(raw, ends, axis=1)
        return {task.task.name: own for task, own in zip(self._tasks, pieces, strict=True)}

    def _other_rows(self, units: Sequence[Unit]) -> SparseRows:
        read: dict[int, SparseRows] = {}
        rows = []
        for part in self._others:
            if id(part.block) not in read:
                read[id(part.block)] = part.block.rows(units)
            own = read[id(part.block)]
            articles = [unit.article for unit in units]
            rows.append(context_rows(own, articles) if part.context else own)
        return join_rows(rows, [part.weight for part in self._others])


def _first_alike(block: Block, before: Sequence[WeightedBlock]) -> Block:
    """An equal lexicon among the blocks before, so that texts are read once for both."""
    if isinstance(block, LexiconBlock):
        for part in before:
            other = part.block
            if (
                isinstance(other, LexiconBlock)
                and other.measures == block.measures
                and other.lexicon == block.lexicon
            ):
                return other
    return block


def bulk_scorers(
    spaces: Mapping[str, JoinedBlocks], tasks: Sequence[TaskModel]
) -> dict[str, BulkScorer]:
    """A scorer for each feature space that has something for the compiled loops."""
    return {
        name: BulkScorer(space, [task for task in tasks if task.space == name])
        for name, space in spaces.items()
        if any(map(has_compiled, space.blocks)) and any(task.space == name for task in tasks)
    }
