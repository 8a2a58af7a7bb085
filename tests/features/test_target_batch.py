"""Targets side by side are the units that they stand for."""

import numpy as np

from stance.features.target_batch import TargetBatch
from stance.features.target_kernel import TargetBlock, TargetKernel
from stance.features.target_marking import REACH, mark_target
from stance.features.terms import Terms
from stance.features.tfidf import TfidfBlock
from stance.records import Unit

TEXTS = ("Zorlan's troops killed men of the Mirav Front in Zorlan.", "Mirav and Zorlan left.")
SPANS = ([(0, 6), (34, 45), (49, 55)], [(0, 5), (10, 16)])


def batch_of(*added):
    """A batch of texts, each with its spans and the numbers of its targets."""
    batch = TargetBatch()
    for text, spans, targets in added:
        batch.add(text, spans, targets)
    return batch


def test_a_batch_is_a_sequence_of_units():
    """Each target is a unit whose others are the other spans of its text."""
    batch = batch_of((TEXTS[0], SPANS[0], [0, 1]), (TEXTS[1], SPANS[1], [1]))
    assert list(batch) == [
        Unit(TEXTS[0], 0, 6, others=((34, 45), (49, 55))),
        Unit(TEXTS[0], 34, 45, others=((0, 6), (49, 55))),
        Unit(TEXTS[1], 10, 16, others=((0, 5),)),
    ]
    assert len(batch) == 3
    assert batch[1:] == list(batch)[1:]
    assert batch.wordings() == ["Zorlan", "Mirav Front", "Zorlan"]


def test_others_out_of_reach_are_left_out_without_effect():
    """Among very many others, those that nobody reads are not told of."""
    text = "Zorlan met Mirav. " * 2000
    spans = [(start + at, start + at + 6) for start in range(0, len(text), 18) for at in (0, 11)]
    batch = batch_of((text, spans, [2000]))
    (unit,) = batch
    start, end = spans[2000]
    assert len(unit.others) < len(spans) / 2
    assert unit.others[0][1] <= start - REACH + 18
    assert unit.others[-1][0] >= end + REACH - 18
    everything = Unit(text, start, end, others=(*spans[:2000], *spans[2001:]))
    assert mark_target(unit) == mark_target(everything)


def test_a_batch_is_scored_as_its_units_are():
    """The kernel gives a batch the very scores of its units."""
    batch = batch_of((TEXTS[0], SPANS[0], [0, 1, 2]), (TEXTS[1], SPANS[1], [0, 1]))
    terms = Terms("target.words", 1, 2)
    vocabulary = sorted({term for unit in batch for term in terms.of(unit)})
    weights = np.random.default_rng(1).normal(size=(len(vocabulary), 2)).astype(np.float32)
    block = TfidfBlock(
        terms=terms, vocabulary=vocabulary, idf=np.ones(len(vocabulary), dtype=np.float32)
    )
    kernel = TargetKernel([TargetBlock(block, 1.0)], weights)
    np.testing.assert_array_equal(kernel.scores(batch), kernel.scores(list(batch)))
