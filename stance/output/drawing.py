"""Vector drawings that fit into a page: the page's ink, no ids twice, no fonts embedded.

Drawn by matplotlib, which is imported here alone. Text stays text and takes the page's colour, so
that drawings are legible in the dark, too. Colours are those of Okabe and Ito 2008, Color universal
design, which colour-blind readers tell apart.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from markupsafe import escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"

# Stands for the colour of the page's text, which it becomes in the page.
INK = "#010203"

_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # A label may hold dollar signs; they are not formulas.
    "text.parse_math": False,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


class Drawing:
    """A figure to draw on; ``svg`` is there when the block that draws has ended."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.svg = ""


@contextmanager
def drawing(*, width: float, height: float, font: float, salt: str) -> Iterator[Drawing]:
    """A figure of that many inches; the same drawing with the same salt gives the same bytes.

    Parameters
    ----------
    font
        The size of the text, in points.
    salt
        From what the ids in the drawing are made.
    """
    # Without a home folder it would tell where it keeps what it knows of fonts: nobody's concern.
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)

    import matplotlib as mpl
    from matplotlib.figure import Figure

    logger.setLevel(level)

    settings: Any = {**_SETTINGS, "font.size": font, "svg.hashsalt": salt}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A script that the drawing font lacks is still shown by the reader's browser.
        warnings.simplefilter("ignore", UserWarning)
        made = Drawing(Figure(figsize=(width, height), layout="constrained"))
        yield made
        out = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        made.figure.savefig(out, format="svg", metadata=nothing)
    made.svg = out.getvalue()


def element(svg: str, prefix: str, attributes: Mapping[str, str]) -> str:
    """The drawing as an element of a page with these attributes, in the page's ink.

    The prefix makes its ids unlike those of other drawings.

    >>> element('<?xml?><svg><g id="a" style="fill: #010203"/></svg>', "p", {"title": '"<'})
    '<svg title="&#34;&lt;"><g id="p-a" style="fill: currentColor"/></svg>'
    """
    body = svg[svg.index("<svg") :]
    # In tags alone: a name that is drawn may hold the like.
    body = re.sub(r"<[^>]+>", lambda tag: _placed(tag.group(), prefix), body)
    told = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return body.replace("<svg", f"<svg {told}", 1)


def _placed(tag: str, prefix: str) -> str:
    """A tag with the page's ink and ids of its own."""
    tag = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", tag)
    return tag.replace(INK, "currentColor")
