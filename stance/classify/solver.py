"""L2-penalised logistic regression, for several labels or several classes, with soft labels.

Minimises, over weights w and intercept b (the intercept is not penalised)::

    sum_i s_i * loss(y_i, X_i w + b) + |w|^2 / (2 C)

with the logistic loss (Hastie, Tibshirani and Friedman 2009, The Elements of Statistical
Learning, section 4.4). Labels may be probabilities, which is how a student learns a teacher's
opinions; scikit-learn's classifiers take hard labels only.

The way there is Newton's, each step found by conjugate gradients as far as they are worth it, and
halved until the loss falls (Galli and Lin 2022, A study on truncated Newton methods for linear
classification). All labels go side by side, because a pass over X costs little more for ten of
them than for one; a label that is found drops out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.classify.losses import Classes, Labels, Problems, column_dot

Array = npt.NDArray[np.float64]

# The gradient's largest entry at which the search stops, per unit of total sample weight. Scores
# are then some thousandths off, and figures on held-out text are the same to three digits.
_TOLERANCE = 3e-5
_MAX_STEPS = 100

# Conjugate gradients stop where one more brings less than this share of what they brought on
# average (Nash and Sofer 1990, Assessing a search direction within a truncated-Newton method).
_WORTHWHILE = 0.5
_MAX_DIRECTIONS = 200

# A step must bring this share of what its slope promises; it is halved at most so many times.
_LEAST_FALL = 0.01
_MAX_HALVINGS = 20

# A fall smaller than this share of the loss is rounding.
_ROUNDING = 1e-12


def fit_labels(  # noqa: PLR0913 - one fit and its settings
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    y: Array,
    *,
    C: float,
    sample_weight: Array,
    start: Array | None = None,
    scale: Array | None = None,
) -> Array:
    """Fit several labels, each by itself.

    Parameters
    ----------
    X
        Matrix of shape (n, n_features), sparse or dense, float32 or float64; products with it
        keep its precision.
    y
        Probability of each label in [0, 1], shape (n, n_labels); 0 and 1 for hard labels.
    C
        Inverse strength of the penalty, above 0.
    sample_weight
        Weights of the rows for each label, shape (n, n_labels), not negative.
    start
        Where to start the search, as returned.
    scale
        What each feature is multiplied by for each label, shape (n_features, n_labels), not 0; the
        weights returned have it in them already.

    Returns
    -------
    The weights with the intercepts in the last row, shape (n_features + 1, n_labels).
    """
    begin = np.zeros((X.shape[1] + 1, y.shape[1])) if start is None else start.copy()
    if scale is not None:
        begin[:-1] /= scale
    problems = Labels(y.astype(X.dtype), sample_weight.astype(X.dtype))
    found = _minimise(_Products(X, scale), problems, C, begin)
    if scale is not None:
        found[:-1] *= scale
    return found


def fit_classes(
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    y: Array,
    *,
    C: float,
    sample_weight: Array,
    start: Array | None = None,
) -> Array:
    """Fit several classes of which one holds (multinomial).

    Parameters
    ----------
    y
        Probabilities of the classes, shape (n, n_classes), rows summing to 1.
    sample_weight
        Weights of the rows, shape (n,).

    Returns
    -------
    The weights with the intercepts in the last row, shape (n_features + 1, n_classes).
    """
    begin = np.zeros((X.shape[1] + 1, y.shape[1])) if start is None else start
    problems = Classes(y.astype(X.dtype), sample_weight.astype(X.dtype)[:, None])
    return _minimise(_Products(X), problems, C, begin)


def next_start(C: float, penalties: Sequence[float], fitted: Sequence[Array]) -> Array | None:
    """Where to look for the weights of a penalty, from those found for the penalties before it.

    Weights change about evenly with the logarithm of C, so the line through the last two goes on;
    after the first, they are taken to grow with its cube root. A start changes the time alone.
    """
    if not fitted:
        return None
    if len(fitted) == 1:
        return np.asarray(fitted[-1] * np.cbrt(C / penalties[0]))
    first, second = penalties[len(fitted) - 2 : len(fitted)]
    share = float(np.log(C / second) / np.log(second / first)) if second != first else 0.0
    return fitted[-1] + share * (fitted[-1] - fitted[-2])


class _Products:
    """Products with X and a column of ones beside it, the features scaled column by column."""

    def __init__(self, X: Any, scale: Array | None = None) -> None:  # noqa: ANN401 - untyped
        self.dtype = X.dtype
        self._X, self._transposed = X, X.T
        self._scale = None if scale is None else scale.astype(X.dtype, copy=False)

    def scores(self, weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """X @ weights, shape (n, n_columns)."""
        own = weights.astype(self.dtype, copy=False)
        scaled = own[:-1] if self._scale is None else own[:-1] * self._scale
        found: npt.NDArray[Any] = self._X @ scaled
        found += own[-1]
        return found

    def back(self, slopes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """X.T @ slopes, shape (n_features + 1, n_columns)."""
        own = slopes.astype(self.dtype, copy=False)
        found = np.empty((self._X.shape[1] + 1, own.shape[1]), dtype=self.dtype)
        found[:-1] = self._transposed @ own
        if self._scale is not None:
            found[:-1] *= self._scale
        found[-1] = slopes.sum(axis=0, dtype=np.float64)
        return found

    def only(self, columns: npt.NDArray[np.bool_]) -> _Products:
        """The same for some of the columns."""
        return self if self._scale is None else _Products(self._X, self._scale[:, columns])


def _minimise(products: _Products, problems: Problems, C: float, begin: Array) -> Array:
    """The best weights, the search begun at ``begin``."""
    found, weights, columns = begin.copy(), begin, np.arange(begin.shape[1])
    scores = products.scores(weights).astype(np.float64)
    loss = problems.loss(scores) + _penalty(weights, problems, C)
    falls = np.ones(len(loss), dtype=np.bool_)
    for _ in range(_MAX_STEPS):
        slopes, bend = problems.slope(scores)
        gradient = products.back(slopes)
        gradient[:-1] += weights[:-1] / C
        is_steep = np.abs(gradient).max(axis=0) > _TOLERANCE * np.maximum(problems.total, 1.0)
        goes_on = falls & (problems.sums(is_steep) > 0)
        if not goes_on.any():
            break
        if not goes_on.all():
            found[:, columns] = weights
            columns, loss = columns[goes_on], loss[goes_on]
            weights, scores, gradient = (each[:, goes_on] for each in (weights, scores, gradient))
            products, problems = products.only(goes_on), problems.only(goes_on)
            _, bend = problems.slope(scores)
        step, reach = _newton_step(products, problems, C, gradient, bend)
        promised = problems.sums(column_dot(gradient, step))
        before, length = loss, np.ones(len(loss))
        rounding = _ROUNDING * np.abs(before)
        for _ in range(_MAX_HALVINGS):
            trial = weights + length * step
            loss = problems.loss(scores + length * reach) + _penalty(trial, problems, C)
            is_long = loss > before + _LEAST_FALL * length * promised + rounding
            if not is_long.any():
                break
            length = np.where(is_long, length / 2, length)
        weights, scores = trial, scores + length * reach
        falls = before - loss > rounding
    found[:, columns] = weights
    return found


def _penalty(weights: Array, problems: Problems, C: float) -> Array:
    return problems.sums(column_dot(weights[:-1], weights[:-1])) / (2 * C)


def _newton_step(
    products: _Products,
    problems: Problems,
    C: float,
    gradient: npt.NDArray[Any],
    bend: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """About where the loss's quadratic model is least: the weights' step, and the scores'."""
    residual = -gradient
    direction, step = residual.copy(), np.zeros_like(gradient)
    reach: npt.NDArray[Any] = np.zeros(1, dtype=products.dtype)
    square = problems.sums(column_dot(residual, residual))
    goes_on, gain = square > 0, np.zeros_like(square)
    for n in range(1, _MAX_DIRECTIONS + 1):
        change = products.scores(direction)
        bent = products.back(bend(change))
        bent[:-1] += direction[:-1] / C
        curvature = problems.sums(column_dot(direction, bent))
        length = np.divide(square, curvature, where=goes_on, out=np.zeros_like(square))
        step += length * direction
        reach = reach + length * change
        residual -= length * bent
        gain += length * square / 2
        before, square = square, problems.sums(column_dot(residual, residual))
        goes_on &= (n * length * before / 2 > _WORTHWHILE * gain) & (square > 0)
        if not goes_on.any():
            break
        direction *= np.divide(square, before, where=goes_on, out=np.zeros_like(square))
        direction += residual
    return step, reach


def balanced_weights(y: Array) -> Array:
    """Weights that give both sides of one label, or all classes, the same total.

    So it is for rows that lie on one side each. A soft row's weight is the mean of its sides'
    weights, by its probabilities, and goes to all of them: the totals then come nearer to each
    other, and are not the same. Nor are they where rows have further weights, which count on top.

    Parameters
    ----------
    y
        Probabilities of one label, shape (n,), or of classes, shape (n, n_classes).

    Returns
    -------
    One weight a row, shape (n,), with mean 1 (n / (n_sides * side's total), as in
    King and Zeng 2001). A side that is empty gets no weight.
    """
    sides = np.column_stack([1 - y, y]) if y.ndim == 1 else y
    totals = sides.sum(axis=0)
    per_side = np.divide(len(y), len(totals) * totals, out=np.zeros_like(totals), where=totals > 0)
    weights: Array = sides @ per_side
    return weights


def balanced_weights_within(y: Array, strata: npt.NDArray[np.int64]) -> Array:
    """`balanced_weights` taken in each stratum by itself.

    Parameters
    ----------
    y
        As for `balanced_weights`.
    strata
        The number of each row's stratum, shape (n,).
    """
    weights = np.empty(len(y))
    for stratum in np.unique(strata):
        inside = strata == stratum
        weights[inside] = balanced_weights(y[inside])
    return weights
