"""Figures with intervals as the records that a report is drawn from."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from stance.evaluate.evaluation import Estimate
from stance.evaluate.intervals import Intervals
from stance.evaluate.statistic import Figure


class _Figures(Protocol):
    @property
    def figures(self) -> tuple[Figure, ...]: ...

    @property
    def reasons(self) -> tuple[str, ...]: ...


def estimates(statistic: _Figures, found: Intervals) -> dict[tuple[str, str], Estimate]:
    """Each figure's estimate, by metric and label (empty for the whole task)."""
    return {
        (figure.metric, figure.label): Estimate(None, reason=reason)
        if np.isnan(value)
        else Estimate(float(value), float(low), float(high))
        for figure, reason, value, low, high in zip(
            statistic.figures, statistic.reasons, found.value, found.low, found.high, strict=True
        )
    }
