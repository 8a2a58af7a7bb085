"""What logistic regression minimises, row by row, for the search that `solver` makes.

Several labels are so many *problems*, one a column of scores; classes of which one holds are a
single problem of all columns. What is told of problems has one entry each, shape (n_columns,) or
(1,), and so broadcasts over the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]


class Problems(Protocol):
    """Weighed losses as a function of scores of shape (n, n_columns)."""

    # The sum of the rows' weights, by problem.
    total: Array

    def sums(self, by_column: Array) -> Array:
        """The sum over each problem's columns."""

    def loss(self, scores: Array) -> Array:
        """The sum of the rows' losses, by problem."""

    def slope(self, scores: Array) -> tuple[Array, Callable[[Array], Array]]:
        """The loss's derivative by each score, and what a change of scores changes it by."""

    def only(self, problems: Bools) -> Problems:
        """Some of the problems."""


class Labels:
    """Logistic loss of each label by itself.

    Parameters
    ----------
    y
        Probabilities of the labels, shape (n, n_labels).
    weight
        The rows' weights for each label, of the same shape.
    """

    def __init__(self, y: Array, weight: Array) -> None:
        self._y, self._weight = y, weight
        self.total = weight.sum(axis=0, dtype=np.float64)

    def sums(self, by_column: Array) -> Array:
        """What is given: a label has one column."""
        return by_column

    def loss(self, scores: Array) -> Array:
        """The sum of the rows' losses, by label."""
        # log(1 + exp(z)) without overflow, in a tenth of the time of numpy's logaddexp.
        losses = np.log1p(np.exp(-np.abs(scores)))
        losses += np.maximum(scores, 0.0)
        losses -= self._y * scores
        return column_dot(losses, self._weight)

    def slope(self, scores: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Slopes, and curvatures to multiply a change with."""
        p = sigmoid(scores)
        bent = (self._weight * p * (1.0 - p)).astype(self._weight.dtype)
        return self._weight * (p - self._y), lambda change: bent * change

    def only(self, problems: Bools) -> Labels:
        """Some of the labels."""
        return Labels(self._y[:, problems], self._weight[:, problems])


class Classes:
    """Multinomial loss of classes of which one holds.

    Parameters
    ----------
    y
        Probabilities of the classes, shape (n, n_classes), rows summing to 1.
    weight
        The rows' weights, shape (n, 1).
    """

    def __init__(self, y: Array, weight: Array) -> None:
        self._y, self._weight = y, weight
        self.total = weight.sum(axis=0, dtype=np.float64)

    def sums(self, by_column: Array) -> Array:
        """The sum over all classes."""
        return np.atleast_1d(by_column.sum())

    def loss(self, scores: Array) -> Array:
        """The sum of the rows' losses."""
        return -self.sums(column_dot(_log_softmax(scores), self._weight * self._y))

    def slope(self, scores: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Slopes, and the way from a change of a row's scores to that of its slopes."""
        p = np.exp(_log_softmax(scores)).astype(self._weight.dtype)

        def bend(change: Array) -> Array:
            pull: Array = p * change
            pull -= p * pull.sum(axis=1, keepdims=True)
            pull *= self._weight
            return pull

        return self._weight * (p - self._y), bend

    def only(self, problems: Bools) -> Classes:  # noqa: ARG002 - there is only one
        """The same."""
        return self


def _log_softmax(scores: Array) -> Array:
    log_p: Array = scores - scores.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    return log_p


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without overflow."""
    half: Array = 0.5 * (1.0 + np.tanh(0.5 * z))
    return half


def column_dot(a: Array, b: Array) -> Array:
    """The inner product of each pair of columns, several times as quick as a sum over rows."""
    product = a * b
    found: Array = np.ones(len(product), dtype=product.dtype) @ product
    return found
