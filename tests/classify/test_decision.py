"""Decisions: from probabilities to labels."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from stance.classify.decision import ExpectedF1, Largest, Thresholds, best_sets, parse_decision
from stance.classify.fitting import empty_limit, example_f1_thresholds
from stance.codebook import Task
from stance.evaluate.summary import summary


def expected_f1(given: tuple[int, ...], probabilities: np.ndarray) -> float:
    """By its definition: over every set of labels that may hold."""
    total = 0.0
    for truth in product((0, 1), repeat=len(given)):
        likely = np.prod([p if t else 1 - p for p, t in zip(probabilities, truth, strict=True)])
        hits = sum(g and t for g, t in zip(given, truth, strict=True))
        size = sum(given) + sum(truth)
        total += float(likely) * (2 * hits / size if size else 0.0)
    return total


@settings(deadline=None, max_examples=60)
@given(hn.arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(0, 1)))
def test_best_set(probabilities: np.ndarray) -> None:
    """The set and its value are those of a search through all sets and all truths."""
    given, values = best_sets(probabilities)
    for row, own, value in zip(probabilities, given, values, strict=True):
        everything = [s for s in product((0, 1), repeat=len(row)) if any(s)]
        assert value == pytest.approx(max(expected_f1(s, row) for s in everything), abs=1e-12)
        assert expected_f1(tuple(map(int, own)), row) == pytest.approx(value, abs=1e-12)


def test_unlikely_label() -> None:
    """A label that a threshold would leave out is given where no other is likely."""
    probabilities = np.array([[0.3, 0.1, 0.05], [0.9, 0.3, 0.05]])
    assert ExpectedF1()(probabilities).tolist() == [[True, False, False], [True, False, False]]


def test_nothing_given() -> None:
    """Nothing is given where nothing is likely to hold, if that may be."""
    probabilities = np.array([[0.05, 0.02], [0.6, 0.02]])
    assert ExpectedF1(empty=0.5)(probabilities).tolist() == [[False, False], [True, False]]
    assert ExpectedF1(empty=0.5)(np.zeros((1, 2))).any() is np.False_
    assert ExpectedF1()(np.zeros((1, 2))).sum() == 1


def test_empty_limit() -> None:
    """No other limit is better by more than what lies between two quantiles."""
    random = np.random.default_rng(3)
    probabilities = random.beta(0.3, 1.5, (400, 4))
    gold = random.random((400, 4)) < probabilities
    task = Task("t", dict.fromkeys("abcd", ""), several=True)
    limit = empty_limit(probabilities, gold)

    def score(empty: float) -> float:
        return float(summary(task, gold, ExpectedF1(empty)(probabilities))["example_f1"])

    assert 0 < limit < 2
    assert score(limit) >= max(map(score, (0.0, 0.1, 0.3, 0.6, 1.0, 3.0))) - 0.002


def test_sets_beat_thresholds() -> None:
    """Where labels are independent, sets chosen unit by unit beat any thresholds."""
    random = np.random.default_rng(4)
    probabilities = random.beta(0.6, 1.2, (20_000, 5))
    gold = random.random((20_000, 5)) < probabilities
    task = Task("t", dict.fromkeys("abcde", ""), several=True)
    limits = Thresholds(tuple(example_f1_thresholds(probabilities, gold)))
    by_sets = ExpectedF1(empty_limit(probabilities, gold))
    scores = [summary(task, gold, d(probabilities))["example_f1"] for d in (by_sets, limits)]
    assert scores[0] > scores[1] + 0.005


def test_unsure() -> None:
    """A label is unsure where neither it nor its absence is likely enough."""
    probabilities = np.array([[0.55, 0.1]])
    assert ExpectedF1().unsure(probabilities, 0.7).tolist() == [[True, False]]


@pytest.mark.parametrize(
    "decision", [Thresholds((0.2, 0.4), at_least_one=True), ExpectedF1(0.25), Largest((1.0, 2.0))]
)
def test_round_trip(decision: Thresholds | ExpectedF1 | Largest) -> None:
    """A decision is read back as it was written."""
    assert parse_decision(decision.as_dict()) == decision
