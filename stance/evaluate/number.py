"""A number that may be undefined, and then says why."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A value, or NaN with the reason why there is none."""

    value: float
    reason: str = ""

    @property
    def is_defined(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    def as_plain(self) -> float | None:
        """The value for JSON: None where it is undefined."""
        return self.value if self.is_defined else None


def undefined(reason: str) -> Number:
    """A number that cannot be computed, for this reason."""
    return Number(math.nan, reason)
