"""Texts of others as a terminal may show them: control characters in them would steer it."""

from __future__ import annotations

import re

# All but the tab and the end of a line. What begins with U+001B, or is one of U+0080 to U+009F, is
# a command to the terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REPLACEMENT = "\ufffd"


def shown(text: str) -> str:
    r"""The text with U+FFFD in the place of each control character.

    >>> shown("\x1b[2J fled")
    '�[2J fled'
    """
    return _CONTROL.sub(_REPLACEMENT, text)


def shown_line(text: str) -> str:
    """The same on one line, for what must not look like several: names of files have line ends."""
    return shown(text).replace("\n", _REPLACEMENT)
