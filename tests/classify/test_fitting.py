"""Calibration and thresholds do on small examples what their sources say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.calibration import _sigmoid_calibration
from sklearn.metrics import f1_score

from stance.classify.calibration import parse_calibration
from stance.classify.decision import Largest, Thresholds, parse_decision
from stance.classify.fitting import (
    example_f1_thresholds,
    f1_threshold,
    fit_isotonic,
    fit_per_label,
    fit_platt,
    fit_softmax,
    macro_f1_factors,
    with_draws,
)
from stance.recipe_settings import CalibrationSettings


@pytest.fixture
def scored():
    """Scores and gold of 400 units and 3 labels; the scores are too sure by a factor of 3."""
    rng = np.random.default_rng(3)
    raw = rng.normal(size=(400, 3)) * 2 - 1
    gold = rng.random((400, 3)) < 1 / (1 + np.exp(-raw))
    return raw * 3, gold


def test_platt_equals_scikit_learn(scored):
    """Slope and offset are those of scikit-learn's sigmoid calibration."""
    raw, gold = scored
    ours = fit_platt(raw[:, 0], gold[:, 0])
    slope, offset = _sigmoid_calibration(raw[:, 0], gold[:, 0])
    assert ours.slope == pytest.approx(-slope, abs=1e-3)
    assert ours.offset == pytest.approx(-offset, abs=1e-3)
    assert ours.slope == pytest.approx(1 / 3, abs=0.06)


def test_scores_that_rank_the_wrong_way_say_the_share():
    """Where a high score speaks against a label, every unit gets the label's share."""
    rng = np.random.default_rng(0)
    gold = rng.random(400) < 0.1
    raw = rng.normal(-2, 0.5, 400) - 0.6 * gold
    np.testing.assert_allclose(fit_platt(raw, gold)(raw), gold.mean(), atol=0.01)


def test_isotonic_rises_and_keeps_the_mean(scored):
    """Isotonic probabilities never fall with the score, and their mean is the label's share."""
    raw, gold = scored
    fitted = fit_isotonic(raw[:, 0], gold[:, 0])
    values = fitted(np.sort(raw[:, 0]))
    assert np.all(np.diff(values) >= 0)
    assert values.mean() == pytest.approx(gold[:, 0].mean(), abs=1e-6)


def test_data_size_chooses_the_method(scored):
    """Many positives get isotonic regression, few get Platt's sigmoid."""
    raw, gold = scored
    many = fit_per_label(raw, gold, CalibrationSettings(isotonic_from=50))
    few = fit_per_label(raw, gold, CalibrationSettings(isotonic_from=1000))
    assert [one.as_dict()["kind"] for one in (*many.labels, *few.labels)] == (
        ["isotonic"] * 3 + ["platt"] * 3
    )


def test_softmax_rows_sum_to_one_and_cool_down(scored):
    """Overconfident class scores are damped, and rows are distributions."""
    raw, _ = scored
    rng = np.random.default_rng(5)
    cool = np.exp(raw / 3) / np.exp(raw / 3).sum(axis=1, keepdims=True)
    gold = np.eye(3, dtype=bool)[[rng.choice(3, p=row) for row in cool]]
    fitted = fit_softmax(raw, gold)
    np.testing.assert_allclose(fitted(raw).sum(axis=1), 1)
    assert np.array(fitted.slopes) == pytest.approx(1 / 3, abs=0.12)


def test_calibrations_come_back_from_plain_data(scored):
    """A calibration written as data gives the same probabilities when read back."""
    raw, gold = scored
    for fitted in (
        fit_per_label(raw, gold, CalibrationSettings(isotonic_from=190)),
        fit_softmax(raw, np.eye(3, dtype=bool)[gold.argmax(axis=1)]),
    ):
        np.testing.assert_array_equal(parse_calibration(fitted.as_dict())(raw), fitted(raw))


@given(
    hnp.arrays(float, 12, elements=st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, 1.0])),
    hnp.arrays(bool, 12),
)
def test_no_threshold_has_a_better_f1(probabilities, gold):
    """The chosen threshold's F1 is the best of all thresholds."""
    chosen = f1_threshold(probabilities, gold)
    best = max(
        f1_score(gold, probabilities >= t, zero_division=0) for t in np.linspace(0, 1.01, 102)
    )
    if gold.any():
        assert f1_score(gold, probabilities >= chosen, zero_division=0) == pytest.approx(best)


def test_example_f1_thresholds_beat_single_ones(scored):
    """Thresholds chosen together are at least as good for example-based F1."""
    raw, gold = scored
    p = 1 / (1 + np.exp(-raw / 3))

    def example_f1(given):
        sizes = gold.sum(axis=1) + given.sum(axis=1)
        return np.mean(2 * (gold & given).sum(axis=1)[sizes > 0] / sizes[sizes > 0])

    single = np.array([f1_threshold(p[:, i], gold[:, i]) for i in range(3)])
    assert example_f1(p >= example_f1_thresholds(p, gold)) >= example_f1(p >= single)


def test_factors_help_rare_classes():
    """Where one class swamps the others, factors raise macro-F1."""
    rng = np.random.default_rng(11)
    truth = rng.choice(3, p=[0.8, 0.1, 0.1], size=600)
    z = np.eye(3)[truth] + rng.normal(size=(600, 3)) + np.log([0.8, 0.1, 0.1])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    gold = np.eye(3, dtype=bool)[truth]
    chosen = Largest(tuple(macro_f1_factors(p, gold)))(p).argmax(axis=1)
    plain = p.argmax(axis=1)
    assert f1_score(truth, chosen, average="macro") > f1_score(truth, plain, average="macro") + 0.02


def test_at_least_one_fills_bare_units():
    """A unit below every threshold gets the label nearest to its own."""
    decide = Thresholds((0.5, 0.2), at_least_one=True)
    assert decide(np.array([[0.4, 0.1], [0.1, 0.19], [0.6, 0.3]])).tolist() == [
        [True, False],
        [False, True],
        [True, True],
    ]


def test_unsure_labels_are_those_below_the_confidence():
    """Neither a weak yes nor a weak no is decided."""
    decide = Thresholds((0.3,))
    p = np.array([[0.1], [0.25], [0.4], [0.95]])
    assert decide.unsure(p, 0.8).ravel().tolist() == [False, True, True, False]
    one = Largest((1.0, 1.0))
    assert one.unsure(np.array([[0.55, 0.45], [0.9, 0.1]]), 0.6).tolist() == [
        [True, True],
        [False, False],
    ]


def test_decisions_come_back_from_plain_data():
    """A decision written as data decides the same when read back."""
    for decision in (Thresholds((0.2, 0.7), at_least_one=True), Largest((1.0, 2.0))):
        assert parse_decision(decision.as_dict()) == decision


def test_drawn_labels_are_as_frequent_as_probable():
    """The units' own labels come first; drawn ones hold as often as their probabilities say."""
    rng = np.random.default_rng(7)
    p = rng.dirichlet([1, 2, 3], size=500)
    gold = np.eye(3, dtype=bool)[p.argmax(axis=1)]
    for several in (True, False):
        repeated, labels = with_draws(p, gold, 20, several=several, seed=1)
        np.testing.assert_array_equal(labels[:500], gold)
        np.testing.assert_array_equal(repeated, np.vstack([p] * 21))
        assert labels[500:].mean(axis=0) == pytest.approx(p.mean(axis=0), abs=0.02)
        assert several or (labels.sum(axis=1) == 1).all()
    assert with_draws(p, gold, 0, several=True, seed=1)[1].shape == gold.shape


def test_draws_steady_the_threshold():
    """With few units, thresholds vary less from sample to sample where drawn labels count too."""
    rng = np.random.default_rng(13)
    plain, drawn = [], []
    for _ in range(60):
        p = rng.beta(1, 2, size=(60, 1))
        gold = rng.random((60, 1)) < p
        plain.append(f1_threshold(p[:, 0], gold[:, 0]))
        repeated, labels = with_draws(p, gold, 8, several=True, seed=1)
        drawn.append(f1_threshold(repeated[:, 0], labels[:, 0]))
    assert np.std(drawn) < 0.7 * np.std(plain)
