"""Where a word stands from the target: how far, in buckets, and on which side."""

# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import numpy as np

from stance.features.compiled.machine import Places, compiled_part
from stance.features.compiled.target_hashes import pairs
from stance.features.target import COARSE, FINE

SIDES = ("L", "R")
# By 2 * bucket + side.
FINE_PLACES = pairs([f"{side}{low}:" for low in FINE for side in SIDES])
COARSE_PLACES = pairs([f"{side}{low}:" for low in COARSE for side in SIDES])
FINE_LOWS = np.array(FINE, dtype=np.int64)
COARSE_LOWS = np.array(COARSE, dtype=np.int64)


@compiled_part
def bucket_of(distance: int, lows: Places) -> int:
    """The number of the bucket that holds a distance."""
    k = 0
    while distance < lows[k]:
        k += 1
    return k


@compiled_part
def place_of(i: int, target: int, lows: Places) -> int:
    """The number of a word's place: its distance's bucket and its side."""
    return 2 * bucket_of(abs(i - target), lows) + (i > target)
