"""The Gaussian error linear unit and its slope, what a transformer's inner layer applies."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from stance.features.compiled.machine import compiled_once

Singles: TypeAlias = npt.NDArray[np.float32]

_ONE, _HALF = np.float32(1.0), np.float32(0.5)
_ROOT_HALF = np.float32(math.sqrt(0.5))
_DENSITY = np.float32(1 / math.sqrt(2 * math.pi))

# The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26), as near as float32 tells.
_P = np.float32(0.3275911)
_A1, _A2, _A3 = np.float32(0.254829592), np.float32(-0.284496736), np.float32(1.421413741)
_A4, _A5 = np.float32(-1.453152027), np.float32(1.061405429)


@compiled_once
def gelu(values: Singles, slopes: Singles) -> None:
    """Put x·Φ(x) in the place of each value x, and the slope at x beside it.

    Φ is the normal distribution's cumulative probability (Hendrycks and Gimpel 2016).

    Parameters
    ----------
    values, slopes
        Of shape (n,).
    """
    for i in range(len(values)):
        x = values[i]
        bell = np.exp(-_HALF * x * x)
        t = _ONE / (_ONE + _P * abs(x) * _ROOT_HALF)
        tail = _HALF * bell * t * (_A1 + t * (_A2 + t * (_A3 + t * (_A4 + t * _A5))))
        share = _ONE - tail if x > 0 else tail
        values[i] = x * share
        slopes[i] = share + x * _DENSITY * bell
