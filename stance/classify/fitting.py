"""Fitting calibration and thresholds on out-of-fold scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from stance.classify.calibration import Isotonic, PerLabel, Platt, Softmax
from stance.classify.decision import best_sets
from stance.classify.solver import fit_labels
from stance.recipe_settings import CalibrationSettings

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def fit_per_label(raw: Array, gold: Bools, settings: CalibrationSettings) -> PerLabel:
    """Calibrate each label by itself.

    Parameters
    ----------
    raw
        Out-of-fold scores, shape (n, n_labels).
    gold
        Whether each label holds, the same shape.
    """
    return PerLabel(tuple(_fit_label(raw[:, i], gold[:, i], settings) for i in range(raw.shape[1])))


def _fit_label(raw: Array, gold: Bools, settings: CalibrationSettings) -> Platt | Isotonic:
    n_positive = int(gold.sum())
    few = min(n_positive, len(gold) - n_positive) < settings.isotonic_from
    if settings.method == "platt" or (settings.method == "auto" and few):
        return fit_platt(raw, gold)
    return fit_isotonic(raw, gold)


def fit_platt(raw: Array, gold: Bools) -> Platt:
    """A sigmoid with Platt's smoothed targets, (n+ + 1) / (n+ + 2) and 1 / (n- + 2).

    Scores that rank the wrong way round say nothing: every unit then gets the targets' mean.

    References
    ----------
    Platt 1999, Probabilistic outputs for support vector machines, section 2.2.
    """
    n_positive = int(gold.sum())
    n_negative = len(gold) - n_positive
    target = np.where(gold, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    # A penalty this weak only keeps perfectly separated scores from an endless slope.
    weight = np.ones((len(raw), 1))
    fitted = fit_labels(raw[:, None], target[:, None], C=1e6, sample_weight=weight)
    slope, offset = fitted[:, 0]
    if slope <= 0:
        share = target.mean()
        return Platt(0.0, float(np.log(share / (1 - share))))
    return Platt(float(slope), float(offset))


def fit_isotonic(raw: Array, gold: Bools) -> Isotonic:
    """The best rising map, by pooling adjacent violators; drawn as a line between its corners."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, gold)
    return Isotonic(
        tuple(float(x) for x in fitted.X_thresholds_),
        tuple(float(y) for y in fitted.y_thresholds_),
    )


def fit_softmax(raw: Array, gold: Bools) -> Softmax:
    """Vector scaling: one slope and one offset a class, by maximum likelihood.

    A weak pull of the slopes towards their mean keeps rare classes steady.
    """
    n_classes = raw.shape[1]

    def loss(parameters: Array) -> tuple[float, Array]:
        slopes, offsets = parameters[:n_classes], parameters[n_classes:]
        z = raw * slopes + offsets
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        pull = slopes - slopes.mean()
        value = -log_p[gold].sum() + pull @ pull + 0.01 * offsets @ offsets
        residual = np.exp(log_p) - gold
        gradient = np.concatenate(
            [(residual * raw).sum(axis=0) + 2 * pull, residual.sum(axis=0) + 0.02 * offsets]
        )
        return float(value), gradient

    begin = np.concatenate([np.ones(n_classes), np.zeros(n_classes)])
    bounds = [(1e-3, None)] * n_classes + [(None, None)] * n_classes
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Softmax(tuple(map(float, found[:n_classes])), tuple(map(float, found[n_classes:])))


def with_draws(
    probabilities: Array, gold: Bools, n_draws: int, *, several: bool, seed: int
) -> tuple[Array, Bools]:
    """The units repeated, first with their own labels, then with labels drawn by probability.

    Parameters
    ----------
    probabilities
        Calibrated, shape (n, n_labels); rows sum to 1 where not ``several``.
    several
        Whether a unit may carry several labels; they are drawn independently.

    Returns
    -------
    Probabilities and labels, each of shape (n * (1 + n_draws), n_labels).
    """
    random = np.random.default_rng(seed)
    drawn = [gold]
    for _ in range(n_draws):
        if several:
            drawn.append(random.random(gold.shape) < probabilities)
        else:
            reached = probabilities.cumsum(axis=1) > random.random((len(gold), 1))
            drawn.append(np.eye(gold.shape[1], dtype=np.bool_)[reached.argmax(axis=1)])
    return np.vstack([probabilities] * len(drawn)), np.vstack(drawn)


def f1_threshold(probabilities: Array, gold: Bools) -> float:
    """The threshold with the best F1 for one label; 0.5 if the label never holds.

    A label is given where its probability is at least the threshold. The threshold is put half
    way between the neighbouring probabilities, so that a small change of a score does not tip it.
    """
    n_positive = int(gold.sum())
    if n_positive == 0:
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    ranked, hits = probabilities[order], np.cumsum(gold[order])
    n_given = np.arange(1, len(ranked) + 1)
    scores = 2 * hits / (n_given + n_positive)
    # Only where the next probability differs can a threshold stand.
    scores[:-1][ranked[:-1] == ranked[1:]] = -1.0
    best = int(np.argmax(scores))
    below = float(ranked[best + 1]) if best + 1 < len(ranked) else 0.0
    return (float(ranked[best]) + below) / 2


def example_f1_thresholds(probabilities: Array, gold: Bools, *, n_rounds: int = 5) -> Array:
    """Thresholds that together give the best example-based F1, by turns over the labels.

    Starts from the single labels' best and tries, for one label at a time, every quantile of its
    probabilities, until nothing improves.
    """
    thresholds = np.array(
        [f1_threshold(p, g) for p, g in zip(probabilities.T, gold.T, strict=True)]
    )
    n_gold = gold.sum(axis=1)
    for _ in range(n_rounds):
        before = thresholds.copy()
        for label in range(gold.shape[1]):
            given = probabilities >= thresholds
            given[:, label] = False
            n_other, hits_other = given.sum(axis=1), (given & gold).sum(axis=1)
            column = probabilities[:, label]
            candidates = np.unique(np.quantile(column, np.linspace(0, 1, 200)))
            candidates = np.append((candidates[:-1] + candidates[1:]) / 2, thresholds[label])
            scores = [
                _example_f1(n_gold, n_other + on, hits_other + (on & gold[:, label]))
                for on in (column >= candidate for candidate in candidates)
            ]
            thresholds[label] = candidates[int(np.argmax(scores))]
        if np.array_equal(before, thresholds):
            break
    return thresholds


def empty_limit(probabilities: Array, gold: Bools) -> float:
    """The limit below which nothing is given, with the best example-based F1; see `ExpectedF1`.

    Tried are 0, with which every unit gets a label, and the quantiles of what the limit is compared
    with.
    """
    given, expected = best_sets(probabilities)
    nothing = (1 - probabilities).prod(axis=1)
    ratio = expected / np.maximum(nothing, 1e-12)
    n_gold, n_given, n_hits = gold.sum(axis=1), given.sum(axis=1), (given & gold).sum(axis=1)
    candidates = np.unique(np.append(np.quantile(ratio, np.linspace(0, 1, 200)), 0.0))
    scores = [_example_f1(n_gold, n_given * on, n_hits * on) for on in ratio >= candidates[:, None]]
    return float(candidates[int(np.argmax(scores))])


def _example_f1(n_gold: Array, n_given: Array, n_hits: Array) -> float:
    sizes = n_gold + n_given
    counted = sizes > 0
    return float(np.mean(2 * n_hits[counted] / sizes[counted])) if counted.any() else 0.0


def macro_f1_factors(probabilities: Array, gold: Bools, *, n_rounds: int = 5) -> Array:
    """Factors on the class probabilities with which the largest product has the best macro-F1.

    The first class keeps factor 1; the others are tried by turns on a grid from 1/8 to 8.
    """
    n_classes = gold.shape[1]
    logs = np.log(np.maximum(probabilities, 1e-12))
    factors = np.zeros(n_classes)
    grid = np.linspace(-np.log(8), np.log(8), 61)
    truth = gold.argmax(axis=1)
    for _ in range(n_rounds):
        before = factors.copy()
        for k in range(1, n_classes):
            scores = []
            for step in grid:
                trial = factors.copy()
                trial[k] = step
                scores.append(_macro_f1(truth, (logs + trial).argmax(axis=1), n_classes))
            # Of equal scores the one nearest to no change is the safest.
            best = np.flatnonzero(np.array(scores) >= max(scores) - 1e-9)
            factors[k] = grid[best[np.argmin(np.abs(grid[best]))]]
        if np.array_equal(before, factors):
            break
    return np.exp(factors)


def _macro_f1(truth: npt.NDArray[np.int64], given: npt.NDArray[np.int64], n_classes: int) -> float:
    confusion = np.bincount(truth * n_classes + given, minlength=n_classes**2)
    confusion = confusion.reshape(n_classes, n_classes)
    sizes = confusion.sum(axis=0) + confusion.sum(axis=1)
    present = sizes > 0
    return float(np.mean(2 * np.diag(confusion)[present] / sizes[present]))
