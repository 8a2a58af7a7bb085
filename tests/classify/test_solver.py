"""The solver finds what scikit-learn finds, and learns from soft labels."""

import numpy as np
import pytest
from scipy.sparse import random as random_sparse
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

from stance.classify.losses import sigmoid
from stance.classify.solver import balanced_weights, fit_classes, fit_labels, next_start
from stance.features.matrices import SideBySide


@pytest.fixture
def data():
    """A sparse matrix of 300 rows and a rare label that depends on it."""
    rng = np.random.default_rng(7)
    X = random_sparse(300, 40, density=0.2, format="csr", random_state=7)
    y = X @ rng.normal(size=40) + rng.normal(size=300) > 1.0
    return X, y.astype(float)


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_labels_equal_scikit_learn(data, C):
    """Probabilities of each label are those of scikit-learn fits, one a label."""
    X, y = data
    both = np.column_stack([y, X[:, 0].toarray().ravel() > 0]).astype(float)
    ours = fit_labels(X, both, C=C, sample_weight=np.ones((300, 2)))
    for label, gold in enumerate(both.T):
        theirs = LogisticRegression(C=C, tol=1e-8, max_iter=5000).fit(X, gold)
        np.testing.assert_allclose(
            sigmoid(X @ ours[:-1, label] + ours[-1, label]),
            theirs.predict_proba(X)[:, 1],
            atol=1e-3,
        )


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_classes_equal_scikit_learn(data, C):
    """Probabilities of several classes are those of scikit-learn's multinomial fit."""
    X, y = data
    classes = (y + (X[:, 0].toarray().ravel() > 0)).astype(int)
    ours = fit_classes(X, np.eye(3)[classes], C=C, sample_weight=np.ones(300))
    theirs = LogisticRegression(C=C, tol=1e-8, max_iter=5000).fit(X, classes)
    z = X @ ours[:-1] + ours[-1]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p, theirs.predict_proba(X), atol=1e-3)


def test_soft_labels_equal_weighted_hard_labels(data):
    """A label held with probability p counts as p of a yes and 1 - p of a no."""
    X, y = data
    soft = 0.8 * y + 0.1
    ours = fit_labels(X, soft[:, None], C=1.0, sample_weight=np.ones((300, 1)))[:, 0]
    twice = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(
        np.vstack([X.toarray(), X.toarray()]),
        np.r_[np.ones(300), np.zeros(300)],
        sample_weight=np.r_[soft, 1 - soft],
    )
    np.testing.assert_allclose(ours[:-1], twice.coef_[0], atol=2e-3)


def test_balanced_weights_equal_scikit_learn(data):
    """Balanced weights of a label and of classes are scikit-learn's."""
    _, y = data
    np.testing.assert_allclose(balanced_weights(y), compute_sample_weight("balanced", y))
    np.testing.assert_allclose(
        balanced_weights(np.column_stack([1 - y, y])), compute_sample_weight("balanced", y)
    )


def test_a_label_that_never_holds_is_fitted():
    """A label without a positive row gets low scores, not an error."""
    X = np.eye(4)
    fitted = fit_labels(X, np.zeros((4, 1)), C=1.0, sample_weight=np.ones((4, 1)))
    assert np.all(sigmoid(X @ fitted[:-1] + fitted[-1]) < 0.05)


def test_scaled_features_are_fitted_as_if_they_were_larger(data):
    """Fitting with a scale is fitting the scaled matrix, with the scale put into the weights."""
    X, y = data
    scale = np.linspace(0.5, 2.0, 40)[:, None]
    weight = np.ones((300, 1))
    ours = fit_labels(X, y[:, None], C=1.0, sample_weight=weight, scale=scale)
    other = fit_labels(X.multiply(scale.T).tocsr(), y[:, None], C=1.0, sample_weight=weight)
    np.testing.assert_allclose(ours[:-1], other[:-1] * scale, atol=1e-3)
    np.testing.assert_allclose(ours[-1], other[-1], atol=1e-3)


def test_labels_found_together_equal_labels_found_alone(data):
    """A label's weights do not depend on which labels are fitted beside it."""
    X, y = data
    rng = np.random.default_rng(5)
    labels = np.column_stack([y, np.zeros(300), rng.random(300) < 0.5, y * (rng.random(300) < 0.1)])
    weight = np.column_stack([balanced_weights(one) for one in labels.T])
    together = fit_labels(X, labels, C=10.0, sample_weight=weight)
    for label in range(4):
        own = slice(label, label + 1)
        alone = fit_labels(X, labels[:, own], C=10.0, sample_weight=weight[:, own])
        np.testing.assert_allclose(together[:, own], alone, atol=1e-9)


def test_rows_without_weight_do_not_count(data):
    """A fit with weight 0 on half of the rows is the fit of the other half."""
    X, y = data
    weight = (np.arange(300) % 2).astype(float)[:, None]
    ours = fit_labels(X, y[:, None], C=1.0, sample_weight=weight)
    half = fit_labels(X[1::2], y[1::2, None], C=1.0, sample_weight=np.ones((150, 1)))
    np.testing.assert_allclose(ours, half, atol=1e-9)


def test_separable_labels_are_fitted_under_a_weak_penalty():
    """Where a feature tells the label without error, Newton's steps are shortened and arrive."""
    X = np.linspace(-1, 1, 40)[:, None] * [[1.0, 30.0]]
    y = (X[:, :1] > 0).astype(float)
    ours = fit_labels(X, y, C=1e6, sample_weight=np.ones((40, 1)))
    theirs = LogisticRegression(C=1e6, tol=1e-10, max_iter=10_000).fit(X, y.ravel())
    p = sigmoid(X @ ours[:-1] + ours[-1]).ravel()
    np.testing.assert_allclose(p, theirs.predict_proba(X)[:, 1], atol=2e-3)


def test_blocks_side_by_side_equal_one_matrix(data):
    """Sparse and dense blocks of float32 give the weights of the whole matrix in float64."""
    X, y = data
    apart = SideBySide([X[:, :25].astype(np.float32), X[:, 25:].toarray().astype(np.float32)])
    weight = balanced_weights(y)[:, None]
    ours = fit_labels(apart, y[:, None], C=1.0, sample_weight=weight)
    np.testing.assert_allclose(
        ours, fit_labels(X, y[:, None], C=1.0, sample_weight=weight), atol=2e-3
    )


def test_the_start_changes_the_time_alone(data):
    """From the weights of weaker penalties the same weights are found."""
    X, y = data
    settings = {"y": y[:, None], "sample_weight": np.ones((300, 1))}
    penalties, fitted = [0.1, 0.3, 1.0, 3.0], []
    for C in penalties:
        start = next_start(C, penalties, fitted)
        fitted.append(fit_labels(X, C=C, start=start, **settings))
        cold = fit_labels(X, C=C, **settings)
        p, q = (sigmoid(X @ found[:-1] + found[-1]) for found in (fitted[-1], cold))
        np.testing.assert_allclose(p, q, atol=1e-3)
