"""Telling how far a long computation has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

# Told of each step: what is being done, and which share of all is done, in [0, 1].
Progress = Callable[[str, float], None]


def silent(_step: str, _share: float) -> None:
    """Progress that nobody watches."""


def unwatched(_share: float) -> None:
    """A share done that nobody is told of."""


@dataclass(frozen=True)
class Step:
    """A task's part of the whole progress."""

    progress: Progress
    name: str
    start: float
    size: float

    def __call__(self, share: float) -> None:
        """Tell which share of the step is done."""
        self.progress(self.name, self.start + share * self.size)

    def within(self, start: float, end: float) -> Step:
        """The part of the step between two shares of it."""
        return replace(self, start=self.start + start * self.size, size=(end - start) * self.size)


# A step that nobody watches.
UNWATCHED = Step(silent, "", 0.0, 0.0)
