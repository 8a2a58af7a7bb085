"""Many targets at once: compiled loops for what is read around them, the reference for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stance.classify.linear import StackedTasks, TaskModel, raw_scores
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.terms import is_read_around_target
from stance.features.tfidf import TfidfBlock
from stance.records import Floats, Unit


class TargetScorer:
    """Scores of all tasks that share a feature space of targets; see `classify.bulk`.

    Parameters
    ----------
    space
        The feature space, with at least one block that reads around targets.
    tasks
        The tasks whose weights belong to it.
    """

    def __init__(self, space: JoinedBlocks, tasks: Sequence[TaskModel]) -> None:
        from stance.features.target_kernel import TargetBlock, TargetKernel

        self._tasks = StackedTasks(tasks)
        blocks: list[TargetBlock] = []
        others: list[WeightedBlock] = []
        compiled, rest = [self._tasks.no_weights], [self._tasks.no_weights]
        for part, own in self._tasks.by_block(space):
            if has_reader(part) and isinstance(part.block, TfidfBlock):
                blocks.append(TargetBlock(part.block, part.weight))
                compiled.append(own)
            else:
                others.append(part)
                rest.append(own)
        self._kernel = TargetKernel(blocks, np.vstack(compiled))
        self._others = JoinedBlocks(others) if others else None
        self._weights = np.vstack(rest)

    def scores(self, units: Sequence[Unit]) -> dict[str, Floats]:
        """Each task's raw scores, shape (n_units, n_labels)."""
        raw = self._kernel.scores(units) + self._tasks.intercept
        if self._others:
            raw += raw_scores(self._others.rows(units), self._weights, np.zeros(raw.shape[1]))
        return self._tasks.by_task(raw)


def has_reader(part: WeightedBlock) -> bool:
    """Whether one of the compiled readers of targets scores the block."""
    block = part.block
    return isinstance(block, TfidfBlock) and is_read_around_target(block.terms) and not part.context


def target_scorers(
    spaces: Mapping[str, JoinedBlocks], tasks: Sequence[TaskModel]
) -> dict[str, TargetScorer]:
    """A scorer for each feature space that has something for the compiled loops."""
    return {
        name: TargetScorer(space, [task for task in tasks if task.space == name])
        for name, space in spaces.items()
        if any(map(has_reader, space.blocks)) and any(task.space == name for task in tasks)
    }
