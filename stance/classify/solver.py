"""L2-penalised logistic regression, for several labels or several classes, with soft labels.

Minimises, over weights w and intercept b (the intercept is not penalised)::

    sum_i s_i * loss(y_i, X_i w + b) + |w|^2 / (2 C)

with the logistic loss (Hastie, Tibshirani and Friedman 2009, The Elements of Statistical
Learning, section 4.4), by the L-BFGS method of scipy. Labels may be probabilities, which is how
a student learns a teacher's opinions; scikit-learn's classifiers take hard labels only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]

# The gradient's largest entry at which the search stops, per unit of total sample weight: labels
# do not change below it, and figures on held-out text do not change above it by a tenth.
_TOLERANCE = 1e-5
_MAX_ITERATIONS = 500


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of shape (n_features, n_outputs) and intercepts of shape (n_outputs,)."""

    weights: Array
    intercept: Array


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

    One search for all would share every pass over X, and yet take four times as long: its vectors
    leave the processor's caches, and it goes on until the slowest label is found.

    Parameters
    ----------
    X
        Matrix of shape (n, n_features), sparse or dense.
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
    fitted = np.zeros((X.shape[1] + 1, y.shape[1]))
    for label in range(y.shape[1]):
        by = np.ones(len(fitted))
        if scale is not None:
            by[:-1] = scale[:, label]
        begin = np.zeros(len(fitted)) if start is None else start[:, label] / by
        weight = np.ascontiguousarray(sample_weight[:, label])
        own = np.ascontiguousarray(y[:, label])
        fitted[:, label] = by * _fit_label(X, own, C, weight, begin, by[:-1])
    return fitted


def _fit_label(  # noqa: PLR0913 - one search and what it starts from
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    y: Array,
    C: float,
    sample_weight: Array,
    begin: Array,
    scale: Array,
) -> Array:
    transposed = X.T

    def loss(wb: Array) -> tuple[float, Array]:
        w = wb[:-1]
        z = X @ (w * scale) + wb[-1]
        value = np.vdot(sample_weight, np.logaddexp(0.0, z) - y * z) + np.vdot(w, w) / (2 * C)
        residual = sample_weight * (sigmoid(z) - y)
        gradient = np.empty_like(wb)
        gradient[:-1] = (transposed @ residual) * scale
        gradient[:-1] += w / C
        gradient[-1] = residual.sum()
        return float(value), gradient

    return _minimise(loss, begin, float(sample_weight.sum()))


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

    Returns
    -------
    The weights with the intercepts in the last row, shape (n_features + 1, n_classes).
    """
    n_features, n_classes = X.shape[1], y.shape[1]
    transposed = X.T

    def loss(parameters: Array) -> tuple[float, Array]:
        wb = parameters.reshape(n_features + 1, n_classes)
        w = wb[:-1]
        z = X @ w + wb[-1]
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        value = -sample_weight @ (y * log_p).sum(axis=1) + np.vdot(w, w) / (2 * C)
        residual = sample_weight[:, None] * (np.exp(log_p) - y)
        gradient = np.empty_like(wb)
        gradient[:-1] = transposed @ residual + w / C
        gradient[-1] = residual.sum(axis=0)
        return float(value), gradient.ravel()

    begin = np.zeros((n_features + 1) * n_classes) if start is None else start.ravel()
    found = _minimise(loss, begin, float(sample_weight.sum()))
    return found.reshape(n_features + 1, n_classes)


def _minimise(loss: Any, begin: Array, total: float) -> Array:  # noqa: ANN401 - a closure
    result = minimize(
        loss,
        begin,
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": _MAX_ITERATIONS,
            "gtol": _TOLERANCE * max(total, 1.0),
            "ftol": 64 * np.finfo(float).eps,
            "maxcor": 10,
        },
    )
    found: Array = result.x
    return found


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without overflow."""
    half: Array = 0.5 * (1.0 + np.tanh(0.5 * z))
    return half


def balanced_weights(y: Array) -> Array:
    """Weights that give both sides of one label, or all classes, the same total.

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
