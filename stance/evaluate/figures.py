"""The figures that every evaluation prints, as plain data for JSON.

An undefined figure is None, never 0: precision where a label was never given, recall where it never
holds, and F1 where both are so. An average is over the labels whose F1 is defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.codebook import Task
from stance.evaluate.intervals import N_RESAMPLES, article_weights, intervals
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# From so many bundles of articles a standard error is known to 1.6 %, and so it is from as many
# resamples; more articles would cost time and memory by the square of their number.
_MOST_BUNDLES = N_RESAMPLES


def task_figures(task: Task, gold: Bools, given: Bools) -> dict[str, Any]:
    """How well given labels meet gold labels.

    Parameters
    ----------
    gold, given
        Whether each label holds and was given, shape (n, n_labels).

    Returns
    -------
    ``macro_f1`` (mean F1 of the labels), ``micro_f1`` (F1 of all decisions together),
    ``example_f1`` (mean F1 of gold and given label sets, over units where either has a label),
    ``accuracy`` (share of units with exactly the gold labels), ``n``, and for each label
    ``precision``, ``recall``, ``f1`` and ``support``. All in [0, 1] but the counts.

    References
    ----------
    Tsoumakas, Katakis and Vlahavas 2010, Mining multi-label data, section 34.4.
    """
    hits = (gold & given).sum(axis=0)
    n_gold, n_given = gold.sum(axis=0), given.sum(axis=0)
    labels = {
        name: {
            "precision": ratio(hits[i], n_given[i]),
            "recall": ratio(hits[i], n_gold[i]),
            "f1": ratio(2 * hits[i], n_gold[i] + n_given[i]),
            "support": int(n_gold[i]),
        }
        for i, name in enumerate(task.label_names)
    }
    defined = [figures["f1"] for figures in labels.values() if figures["f1"] is not None]
    sizes = gold.sum(axis=1) + given.sum(axis=1)
    shared = 2 * (gold & given).sum(axis=1)
    return {
        "macro_f1": float(np.mean(defined)) if defined else None,
        "micro_f1": ratio(2 * hits.sum(), n_gold.sum() + n_given.sum()),
        "example_f1": (
            float(np.mean(shared[sizes > 0] / sizes[sizes > 0])) if (sizes > 0).any() else None
        ),
        "accuracy": ratio((gold == given).all(axis=1).sum(), len(gold)),
        "n": len(gold),
        "labels": labels,
    }


def with_intervals(  # noqa: PLR0913 - what task_figures takes, and the articles
    task: Task,
    gold: Bools,
    given: Bools,
    groups: Sequence[str],
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> dict[str, Any]:
    """`task_figures` with 95 % intervals by resampling articles.

    ``intervals`` holds [low, high] for each figure of the task, and each label has one for its F1
    under ``f1_interval``; None where the figure is undefined. More than 2,000 articles are
    resampled in `bundled` form.
    """
    figures = task_figures(task, gold, given)
    bundles = bundled(group_numbers(groups), _MOST_BUNDLES, seed=seed)
    statistic = task_statistic(gold, given, bundles, task.label_names, single=not task.several)
    weights = article_weights(statistic.n_groups, n_resamples=n_resamples, seed=seed)
    found = intervals(statistic, weights)
    ends = {
        (figure.metric, figure.label): None if np.isnan(low) else [float(low), float(high)]
        for figure, low, high in zip(statistic.figures, found.low, found.high, strict=True)
    }
    names = {
        "macro_f1": "macro_f1",
        "micro_f1": "micro_f1",
        "example_f1": "example_f1",
        "accuracy": "subset_accuracy",
    }
    figures["intervals"] = {name: ends[metric, ""] for name, metric in names.items()}
    for label, numbers in figures["labels"].items():
        numbers["f1_interval"] = ends["f1", label]
    return figures


def bundled(groups: Ints, most: int, *, seed: int) -> Ints:
    """Groups thrown together at random into as many equal bundles, where there are more.

    Bundles of independent groups are independent, and their totals vary as the groups' do, so
    that resampling them gives the same standard errors (random groups: Wolter 2007, Introduction
    to variance estimation, chapter 2).

    Parameters
    ----------
    groups
        The number of each unit's group, shape (n,), in 0 .. n_groups - 1.

    Returns
    -------
    The number of each unit's bundle, shape (n,), in 0 .. ``most`` - 1; ``groups`` itself where
    there are no more.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    if n_groups <= most:
        return groups
    return np.random.default_rng(seed).permutation(n_groups)[groups] % most


def ratio(part: float, whole: float) -> float | None:
    """The part's share of the whole; None where there is no whole."""
    return float(part) / float(whole) if whole else None
