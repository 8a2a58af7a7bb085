"""How far people agree, as the ceiling that a model's figures are read against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stance.codebook import Task
from stance.evaluate.agreement import AgreementStatistic, Codings, agreement_statistic
from stance.evaluate.estimates import estimated
from stance.evaluate.evaluation import Agreement, Ceiling, Estimate
from stance.evaluate.intervals import N_RESAMPLES, bundled
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic

Bools = npt.NDArray[np.bool_]


def agreement_figures(codings: Codings, *, seed: int, n_resamples: int = N_RESAMPLES) -> Agreement:
    """Agreement between coders with 95 % intervals by article.

    Raises
    ------
    EmptyEvaluationError
        If there is one coder only, or no unit that two coders share.
    """
    shared = codings.coded.sum(axis=0) > 1
    n_articles = len(set(codings.groups[shared].tolist()))
    if shared.any():
        # Articles of which no unit is shared say nothing about agreement.
        groups = group_numbers([str(group) for group in codings.groups[shared]])
        groups = bundled(groups, seed=seed)
        codings = Codings(
            codings.labels[:, shared],
            codings.coded[:, shared],
            groups,
            codings.label_names,
            codings.single,
        )
    statistic: AgreementStatistic = agreement_statistic(codings)
    found = estimated(statistic, n_resamples=n_resamples, seed=seed)
    labels: dict[str, dict[str, Estimate]] = {name: {} for name in codings.label_names}
    for (metric, label), estimate in found.items():
        if label:
            labels[label][metric] = estimate
    return Agreement(
        n_coders=len(codings.coded),
        n=codings.labels.shape[1],
        n_articles=n_articles,
        metrics={metric: one for (metric, label), one in found.items() if not label},
        labels=labels,
    )


def ceiling(  # noqa: PLR0913 - codings, and the model's answers to the same units
    codings: Codings,
    task: Task,
    gold: Bools,
    predicted: Bools,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> Ceiling:
    """The coders' agreement beside the model's figures on the same units.

    Parameters
    ----------
    codings
        Of the units that two coders coded.
    gold, predicted
        Of the same units, shape (n, n_labels).
    """
    groups = bundled(codings.groups, seed=seed)
    statistic = task_statistic(gold, predicted, groups, task.label_names, single=not task.several)
    found = estimated(statistic, n_resamples=n_resamples, seed=seed)
    return Ceiling(
        agreement=agreement_figures(codings, seed=seed, n_resamples=n_resamples),
        model={metric: one for (metric, label), one in found.items() if not label},
        model_labels={label: one for (metric, label), one in found.items() if metric == "f1"},
    )
