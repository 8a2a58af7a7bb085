"""Many units at once: compiled loops for words, characters and lexicons, else the reference.

Raw scores are sums over blocks, so blocks may be scored in different ways. Scores are those of
the reference to some 1e-6: `JoinedBlocks.rows` rounds to float32 in between, the compiled loops do
not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.classify.linear import StackedTasks, TaskModel, raw_scores
from stance.features.counting import is_compiled
from stance.features.joined import JoinedBlocks, WeightedBlock, join_rows, part_rows
from stance.features.lexicon import Lexicon, LexiconBlock
from stance.features.tfidf import TfidfBlock
from stance.records import Floats, Unit


def has_compiled(part: WeightedBlock) -> bool:
    """Whether the compiled loops can score the block."""
    if isinstance(part.block, LexiconBlock):
        return True
    return isinstance(part.block, TfidfBlock) and is_compiled(part.block.terms) and not part.context


@dataclass(frozen=True, slots=True)
class _LexiconPart:
    """A lexicon block, where its categories begin among all that are counted, and its weights."""

    block: LexiconBlock
    first: int
    context: bool
    weights: Floats

    def scores(
        self,
        hits: npt.NDArray[np.int32],
        n_tokens: npt.NDArray[np.int32],
        articles: npt.NDArray[np.int64],
    ) -> Floats:
        """What the block adds to the raw scores, shape (n_units, n_labels)."""
        last = self.first + len(self.block.lexicon.categories)
        values = self.block.measured(hits[:, self.first : last], n_tokens).astype(np.float64)
        if self.context:
            values = context_means(values, articles)
        # Not by a matrix product, whose sums depend on how many rows there are.
        scores: Floats = np.einsum("ij,jk->ik", values, self.weights)
        return scores


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

        self._tasks = StackedTasks(tasks)
        blocks: list[KernelBlock] = []
        compiled, others = [self._tasks.no_weights], [self._tasks.no_weights]
        lexicons: list[Lexicon] = []
        self._lexicons: list[_LexiconPart] = []
        self._others: list[WeightedBlock] = []
        for part, own in self._tasks.by_block(space):
            block = part.block
            if isinstance(block, LexiconBlock):
                self._lexicons.append(
                    _LexiconPart(
                        block,
                        _first_category(block.lexicon, lexicons),
                        part.context,
                        part.weight * own.astype(np.float64),
                    )
                )
            elif has_compiled(part) and isinstance(block, TfidfBlock):
                blocks.append(
                    KernelBlock(
                        block.terms.analyzer,
                        (block.terms.low, block.terms.high),
                        block.vocabulary,
                        block.idf,
                        sublinear=block.sublinear,
                        weight=part.weight,
                    )
                )
                compiled.append(own)
            else:
                self._others.append(part)
                others.append(own)
        self._kernel = Kernel(blocks, np.vstack(compiled), self._tasks.intercept, lexicons=lexicons)
        self._weights = np.vstack(others)

    def scores(self, units: Sequence[Unit]) -> dict[str, Floats]:
        """Each task's raw scores, shape (n_units, n_labels)."""
        from stance.features.buffers import text_buffer

        found = self._kernel.find(*text_buffer([unit.text for unit in units]))
        raw = found.scores
        if self._lexicons:
            articles = numbers_of([unit.article for unit in units])
            for lexicon in self._lexicons:
                raw += lexicon.scores(found.hits, found.n_tokens, articles)
        if self._others:
            rows = join_rows(
                [part_rows(part, units) for part in self._others],
                [part.weight for part in self._others],
            )
            raw += raw_scores(rows, self._weights, np.zeros(raw.shape[1]))
        return self._tasks.by_task(raw)


def _first_category(lexicon: Lexicon, lexicons: list[Lexicon]) -> int:
    """Where a lexicon's categories begin among those of all, to which it is added if it is new."""
    first = 0
    for other in lexicons:
        if other == lexicon:
            return first
        first += len(other.categories)
    lexicons.append(lexicon)
    return first


def numbers_of(articles: Sequence[str]) -> npt.NDArray[np.int64]:
    """A number from 1 up for each article's name, and 0 for none; shape (n_units,)."""
    numbers: dict[str, int] = {"": 0}
    return np.array([numbers.setdefault(name, len(numbers)) for name in articles], dtype=np.int64)


def context_means(values: Floats, articles: npt.NDArray[np.int64]) -> Floats:
    """For each unit the mean of the other units of its article, as `context_rows` has them.

    Parameters
    ----------
    values
        Shape (n_units, n_columns).
    articles
        As `numbers_of` gives them.
    """
    sums = np.stack([np.bincount(articles, weights=column) for column in values.T], axis=1)
    n_others = np.bincount(articles)[articles] - 1
    alone = (n_others == 0) | (articles == 0)
    means: Floats = (sums[articles] - values) / np.where(alone, 1, n_others)[:, None]
    means[alone] = 0.0
    return means


def bulk_scorers(
    spaces: Mapping[str, JoinedBlocks], tasks: Sequence[TaskModel]
) -> dict[str, BulkScorer]:
    """A scorer for each feature space that has something for the compiled loops."""
    return {
        name: BulkScorer(space, [task for task in tasks if task.space == name])
        for name, space in spaces.items()
        if any(map(has_compiled, space.blocks)) and any(task.space == name for task in tasks)
    }
