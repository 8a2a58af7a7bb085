r"""The one definition of a token: a run of word characters, in lower case.

A word character is what Python's ``\\w`` matches in a string: letters and digits of any script,
and the underscore. Lower case is taken character by character and only where one character
stays one, so that positions in the lower-cased text are positions in the text; Python's own
``str.lower`` lengthens some texts ("İ") and looks at a letter's neighbours for others ("Σ").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"\w+")

# The one letter that looks at its neighbours, and the one whose lower case is longer.
_SPECIAL = re.compile("([Σ\u0130])")


def folded(text: str) -> str:
    """Lower-case text of the same length, position for position."""
    if text.isascii():
        return text.lower()
    lower = text.lower()
    if len(lower) == len(text) and "Σ" not in text:
        return lower
    pieces = _SPECIAL.split(text)
    pieces[::2] = [piece.lower() for piece in pieces[::2]]
    pieces[1::2] = map(fold_character, pieces[1::2])
    lower = "".join(pieces)
    if len(lower) == len(text):
        return lower
    return "".join(map(fold_character, text))


def fold_character(character: str) -> str:
    """One character in lower case, or as it is where that takes more than one."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def tokens(text: str) -> list[str]:
    """The tokens of a text in order."""
    return TOKEN.findall(folded(text))


def token_spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Each token with its start and end (exclusive) in the text."""
    for match in TOKEN.finditer(folded(text)):
        yield match.group(), match.start(), match.end()
