"""The short summary of a task that training keeps and every evaluation prints, as data for JSON.

An undefined figure is None, never 0: precision where a label was never given, recall where it never
holds, and F1 where both are so. An average is over the labels whose F1 is defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.codebook import Task
from stance.evaluate.counts import count
from stance.evaluate.estimates import estimated
from stance.evaluate.intervals import N_RESAMPLES, bundled
from stance.evaluate.metrics import (
    example_f1,
    f1,
    macro_f1,
    micro_f1,
    precision,
    recall,
    subset_accuracy,
)
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic

Bools = npt.NDArray[np.bool_]


def summary(task: Task, gold: Bools, given: Bools) -> dict[str, Any]:
    """How well given labels meet gold labels, in the few figures that all evaluations share.

    Parameters
    ----------
    gold, given
        Whether each label holds and was given, shape (n, n_labels).

    Returns
    -------
    ``macro_f1``, ``micro_f1``, ``example_f1`` and ``accuracy`` (share of units with exactly the
    gold labels) as in `stance.evaluate.metrics`, ``n``, and for each label ``precision``,
    ``recall``, ``f1`` and ``support``. All in [0, 1] but the counts. ``n`` counts all units, also
    those without a label in both, which ``example_f1`` leaves out.

    Raises
    ------
    EmptyEvaluationError
        If there are no units.
    """
    total = count(gold, given).total()
    of_label = {"precision": precision(total), "recall": recall(total), "f1": f1(total)}
    return {
        "macro_f1": _plain(macro_f1(total)),
        "micro_f1": _plain(micro_f1(total)),
        "example_f1": _plain(example_f1(total)),
        "accuracy": _plain(subset_accuracy(total)),
        "n": len(gold),
        "labels": {
            label: {
                **{name: _plain(values[i]) for name, values in of_label.items()},
                "support": int(total.support[i]),
            }
            for i, label in enumerate(task.label_names)
        },
    }


def summary_with_intervals(  # noqa: PLR0913 - what `summary` takes, and the articles
    task: Task,
    gold: Bools,
    given: Bools,
    groups: Sequence[str],
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> dict[str, Any]:
    """`summary` with 95 % intervals by resampling articles.

    ``intervals`` holds [low, high] for each figure of the task, and each label has one for its F1
    under ``f1_interval``; None where the figure is undefined. More than 2,000 articles are
    resampled in `bundled` form.
    """
    figures = summary(task, gold, given)
    bundles = bundled(group_numbers(groups), seed=seed)
    statistic = task_statistic(gold, given, bundles, task.label_names, single=not task.several)
    found = estimated(statistic, n_resamples=n_resamples, seed=seed)
    ends = {
        figure: None if one.value is None else [one.low, one.high] for figure, one in found.items()
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


def _plain(value: npt.ArrayLike) -> float | None:
    """A number for JSON: None where it is undefined."""
    return None if np.isnan(value) else float(np.asarray(value))
