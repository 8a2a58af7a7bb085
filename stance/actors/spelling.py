"""Ways of writing that mean the same: quotes, hyphens, blanks, accents.

Texts are made alike place for place, so that a span in what comes out is a span in the text.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from stance.records import Span
from stance.text.paragraphs import LINE_END

# Characters that mean the same, one for one, so that places in the text stay what they are. Few of
# them stand in a text, and to replace those is ten times as quick as to look at every character.
_ALIKE = (
    *((character, "'") for character in "‘’‛ʼ′`´"),
    *((character, '"') for character in "“”„‟"),
    *((character, "-") for character in "‐‑‒–"),
    # But for U+2029, which ends a paragraph.
    *((character, " ") for character in "\t\n\r\f\v\u0085\u00a0\u1680\u2028\u202f\u205f\u3000"),
    *((chr(character), " ") for character in range(0x2000, 0x200B)),
)
_BLANKS = re.compile("  +")
_SURROGATES = re.compile("[\ud800-\udfff]")


def alike(text: str) -> str:
    """The text with characters that mean the same made one, place for place.

    Lone surrogates, which bad input brings, become question marks.
    """
    if text.isascii() and text.isprintable() and "`" not in text:
        # A name, mostly, of which a catalogue holds thousands.
        return text
    for character, plain in _ALIKE:
        if character in text:
            text = text.replace(character, plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("?", text)
    return text


def one_blank(text: str) -> str:
    """The text with one blank for several."""
    return _BLANKS.sub(" ", text)


def composed(text: str) -> set[str]:
    """The text with its accents in the letters, and as characters of their own behind them."""
    return {text} if text.isascii() else {normalize(form, text) for form in ("NFC", "NFD")}


def wide_blanks(text: str, plain: str) -> list[Span]:
    """Where several blanks stand together and no paragraph ends; ``plain`` is the text `alike`."""
    if plain.count("  ") == text.count("\n\n"):
        # All stand between paragraphs, as in most texts.
        return []
    runs = [run.span() for run in _BLANKS.finditer(plain)]
    return [run for run in runs if len(LINE_END.findall(text, *run)) <= 1]
