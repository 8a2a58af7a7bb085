"""Vector drawings that fit into a page: currentColor for ink, no ids twice, no fonts embedded.

Colours are those of Okabe and Ito 2008, Color universal design, which colour-blind readers tell
apart; shapes differ as well.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

BLUE, ORANGE, GREEN, VERMILION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"

# Replaced by the page's own ink, so that drawings are legible in light and dark.
_INK = "#010203"

_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.size": 10,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.titlecolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # A label may hold dollar signs; they are not formulas.
    "text.parse_math": False,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


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
        return _INK


@contextmanager
def canvas(key: str, *, width: float = 6.4, height: float = 3.4) -> Iterator[Canvas]:
    """Axes to draw on, of that many inches; the same drawing gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: Any = {**_SETTINGS, "svg.hashsalt": key}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        made = Canvas(figure.add_subplot())
        yield made
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    made.svg = _cleaned(buffer.getvalue(), key)


def key_of(*parts: str) -> str:
    """An id for a page from names of any characters, different for different names.

    >>> key_of("f1", "human interest")
    'f1-human-interest-0xbf79'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    return f"{plain}-{zlib.crc32('|'.join(parts).encode()) & 0xFFFF:#06x}"


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
    )


def _cleaned(svg: str, key: str) -> str:
    """The drawing as an element of a page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # The style element of each drawing would hold for the whole page.
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = svg.replace(_INK, "currentColor")
    # The page lightens blue where its ground is dark.
    svg = svg.replace(BLUE.lower(), "var(--blue)")
    svg = re.sub(r'\bid="', f'id="{key}-', svg)
    svg = svg.replace('href="#', f'href="#{key}-').replace("url(#", f"url(#{key}-")
    head = f'<svg role="img" aria-labelledby="{key}-title" focusable="false"'
    svg = svg.replace("<svg", head, 1)
    return re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2).strip()
