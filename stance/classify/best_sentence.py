"""Learning to read sentences from labels of whole texts.

A text that carries a label holds at least one sentence that says so; which, is not told. The
labels of the sentences and the model are found by turns: sentences that the model takes for
positive, and always the best one, are positive in texts that carry the label, and no sentence is
in texts that do not (Andrews, Tsochantaridis and Hofmann 2003, Support vector machines for
multiple-instance learning, with logistic regression and its probabilities in place of the SVM).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stance.classify.losses import sigmoid
from stance.classify.solver import fit_labels

Array = npt.NDArray[np.float64]

# Turns of the search; the sentences' labels hardly change after three.
_TURNS = 4

# At the start so many of a positive text's sentences are expected to say so.
_EXPECTED = 3


def fit_best_sentence(
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    counts: npt.NDArray[np.int64],
    y: Array,
    *,
    C: float,
    weight: Array,
) -> Array:
    """Fit a linear reader of sentences whose best score tells the text's label.

    Parameters
    ----------
    X
        The sentences of the first text, then those of the second, and so on.
    counts
        How many sentences each text has, at least 1, shape (n_texts,).
    y
        Whether each text carries each label, shape (n_texts, n_labels).
    weight
        Weights of the texts for each label, of the same shape; each sentence takes its text's.

    Returns
    -------
    The weights with the intercepts in the last row, shape (n_features + 1, n_labels).
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    firsts = np.cumsum(counts) - counts
    carried, weights = y[owner], weight[owner]
    labels = carried * np.minimum(1.0, _EXPECTED / counts)[owner, None]
    fitted: Array | None = None
    for _ in range(_TURNS):
        fitted = fit_labels(X, labels, C=C, sample_weight=weights, start=fitted)
        likely = sigmoid(X @ fitted[:-1] + fitted[-1])
        is_best = likely >= np.maximum.reduceat(likely, firsts, axis=0)[owner]
        labels = carried * np.where(is_best, 1.0, np.where(likely > 0.5, likely, 0.0))  # noqa: PLR2004 - more likely than not
    return fit_labels(X, labels, C=C, sample_weight=weights, start=fitted)
