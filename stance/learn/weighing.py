"""How features are weighed in learning: by what tells a label, and by what moves a score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stance.features.matrices import SideBySide

Array = npt.NDArray[np.float64]

# A feature that tells nothing keeps so much of itself: the search divides by its scale.
_LEAST_RATIO = 1e-3


def log_count_ratios(X: SideBySide, y: Array, importance: Array) -> Array:
    """How much more often rows with a label hold a feature than rows without it.

    For sparse features the logarithm of the ratio of the two smoothed shares of presence; 1 for
    dense ones, which every row holds.

    Parameters
    ----------
    y
        Labels, or probabilities of labels, shape (n, n_labels).
    importance
        Weights of the rows, shape (n,).

    Returns
    -------
    Shape (n_features, n_labels), never 0.

    References
    ----------
    Wang and Manning 2012, Baselines and bigrams: simple, good sentiment and topic classification,
    formula 2, with alpha = 1.
    """
    from scipy.sparse import issparse

    found = []
    for part in X.parts:
        if not issparse(part):
            found.append(np.ones((part.shape[1], y.shape[1])))
            continue
        presence = part.astype(bool).astype(np.float32).T
        held = 1 + presence @ (importance[:, None] * y).astype(np.float32)
        missed = 1 + presence @ (importance[:, None] * (1 - y)).astype(np.float32)
        ratio = np.log((held / held.sum(axis=0)) / (missed / missed.sum(axis=0)))
        found.append(np.where(np.abs(ratio) < _LEAST_RATIO, _LEAST_RATIO, ratio))
    return np.concatenate(found).astype(np.float64)


def contributions(X: SideBySide, is_term: npt.NDArray[np.bool_], weights: Array) -> Array:
    """How much each term moves the scores: its largest weight times its standard deviation.

    Parameters
    ----------
    is_term
        Which columns are terms, shape (n_features,).
    weights
        Shape (n_features, n_labels).

    Returns
    -------
    Shape (n_features,); infinite for features that are not terms, which are never left out.
    """
    found = np.full(len(weights), np.inf)
    first = 0
    for part in X.parts:
        last = first + part.shape[1]
        if is_term[first:last].any():
            mean = np.asarray(part.mean(axis=0)).ravel()
            square = np.asarray(part.multiply(part).mean(axis=0)).ravel()
            spread = np.sqrt(np.maximum(square - mean**2, 0))
            found[first:last] = np.abs(weights[first:last]).max(axis=1) * spread
        first = last
    return found
