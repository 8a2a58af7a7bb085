"""Figures with intervals as the records that a report is drawn from."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from stance.evaluate.evaluation import Estimate
from stance.evaluate.intervals import Intervals, Statistic, article_weights, intervals


class _Explained(Statistic, Protocol):
    """Figures that say why one of them is undefined."""

    @property
    def reasons(self) -> tuple[str, ...]: ...


def estimated(
    statistic: _Explained, *, n_resamples: int, seed: int
) -> dict[tuple[str, str], Estimate]:
    """Each figure's estimate by resampling articles, by metric and label."""
    weights = article_weights(statistic.n_groups, n_resamples=n_resamples, seed=seed)
    return estimates(statistic, intervals(statistic, weights))


def estimates(statistic: _Explained, found: Intervals) -> dict[tuple[str, str], Estimate]:
    """Each figure's estimate, by metric and label (empty for the whole task)."""
    return {
        (figure.metric, figure.label): Estimate(None, reason=reason)
        if np.isnan(value)
        else Estimate(float(value), float(low), float(high))
        for figure, reason, value, low, high in zip(
            statistic.figures, statistic.reasons, found.value, found.low, found.high, strict=True
        )
    }
