"""The drawings of a report: one pair of axes each, and how they stand in the page."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stance.output.drawing import BLUE, INK, drawing, element

_FONT = 10


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with all that those need who cannot see it.

    ``head`` and ``rows`` are the table of its values.
    """

    key: str
    title: str
    n: str
    svg: str
    description: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Canvas:
    """One pair of axes; ``svg`` holds the drawing once the block has ended."""

    def __init__(self, axes: Any) -> None:  # noqa: ANN401 - matplotlib's axes are loosely typed
        self.axes = axes
        self.svg = ""

    @property
    def ink(self) -> str:
        """The colour that becomes the page's ink."""
        return INK


@contextmanager
def canvas(key: str, *, width: float = 6.4, height: float = 3.4) -> Iterator[Canvas]:
    """Axes to draw on, of that many inches; the same drawing gives the same bytes."""
    with drawing(width=width, height=height, font=_FONT, salt=key) as made:
        axes = Canvas(made.figure.add_subplot())
        yield axes
    axes.svg = _cleaned(made.svg, key)


def key_of(*parts: str) -> str:
    """An id for a page from names of any characters, different for different names.

    >>> key_of("f1", "human interest")
    'f1-human-interest-dbdc27b5'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    # Names in other scripts have nothing plain: the number alone keeps them apart.
    return f"{plain}-{zlib.crc32(repr(parts).encode()):08x}"


def dots(  # noqa: PLR0913 - one series of a dot plot
    made: Canvas,
    places: Sequence[float],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    colour: str,
    marker: str,
    label: str,
) -> None:
    """Points with their intervals as horizontal lines."""
    reach = [
        [max(value - low, 0.0) for value, low in zip(values, lows, strict=True)],
        [max(high - value, 0.0) for value, high in zip(values, highs, strict=True)],
    ]
    made.axes.errorbar(
        values,
        places,
        xerr=reach,
        fmt=marker,
        color=colour,
        label=label,
        capsize=3,
        markersize=6,
        linewidth=1.5,
        # A point at 0 or 1 is shown whole.
        clip_on=False,
    )


def _cleaned(svg: str, key: str) -> str:
    """The drawing as an element of a page."""
    # The style element of each drawing would hold for the whole page.
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    # The page lightens blue where its ground is dark.
    svg = svg.replace(BLUE.lower(), "var(--blue)")
    shown = {"role": "img", "aria-labelledby": f"{key}-title", "focusable": "false"}
    svg = element(svg, key, shown)
    return re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2).strip()
