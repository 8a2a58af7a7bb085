"""Saved web pages: the main text and what the page says of itself, by trafilatura."""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from stance.text.encodings import UNUSED, BrokenText, decode
from stance.text.guessing import is_one_byte
from stance.text.problems import Unreadable

# A page names its encoding within its first kilobyte (HTML Living Standard, 4.2.5.4).
NAMED_ENCODING = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.IGNORECASE
)
WHERE_NAMED = 2048
# What browsers read for what pages name (WHATWG Encoding Standard, 4.2), by Python's names. A page
# in UTF-16 could not have been searched for its encoding.
MEANT = {
    **dict.fromkeys(("ascii", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "utf-8"),
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
# An XML declaration names an encoding that is none any more once the page is text.
XML_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
# What stands in the place of bytes that cannot be read.
REPLACED = "\ufffd"
PAGE_LANGUAGE = re.compile(
    r"""<html[^>]{0,500}?\blang\s*=\s*["']?([A-Za-z]{2,3}(?:-\w+)?)""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a web page holds: one paragraph a line in ``text``; unknown fields are empty."""

    text: str
    title: str = ""
    outlet: str = ""
    published: str = ""
    language: str = ""
    url: str = ""


def read_page(data: bytes) -> Page:
    """The article on a web page.

    Raises
    ------
    Unreadable
        If the bytes are no text, or the page has no main text.
    """
    broken = None
    try:
        html = _decode_page(data)
    except BrokenText as error:
        # Pages gather pieces from many hands; what is broken outside the article does no harm.
        html, broken = data.decode(error.encoding, "replace"), error
    html = XML_DECLARATION.sub("", html)
    import trafilatura

    with _quiet("trafilatura", "htmldate", "courlan"):
        found: Any = trafilatura.bare_extraction(
            html, with_metadata=True, include_comments=False, include_tables=False
        )
    text = (found.text or "") if found is not None else ""
    if found is None or not text.strip():
        missing = "no article text was found in the web page"
        raise Unreadable(missing, "Copy the article's text into a .txt file.")
    if broken is not None and REPLACED in text:
        raise broken
    named = PAGE_LANGUAGE.search(html)
    return Page(
        text=text,
        title=found.title or "",
        outlet=found.sitename or "",
        published=found.date or "",
        language=found.language or (named.group(1) if named else ""),
        url=found.url or "",
    )


def _decode_page(data: bytes) -> str:
    """The page as text: by its own word where that holds, else as any text."""
    named = NAMED_ENCODING.search(data[:WHERE_NAMED])
    if named:
        try:
            name = codecs.lookup(named.group(1).decode("ascii")).name
            return _decode_as(MEANT.get(name, name), data)
        except (LookupError, ValueError):
            pass  # the page is wrong about itself
    return decode(data)


def _decode_as(encoding: str, data: bytes) -> str:
    """The text in the encoding that is named, where it could not as well be UTF-8."""
    if is_one_byte(encoding):
        with suppress(UnicodeDecodeError):
            return data.decode()
    if encoding == "cp1252":
        # Browsers have a control character for each of the five bytes that stand for nothing.
        return data.decode(encoding, "surrogateescape").translate(UNUSED)
    return data.decode(encoding)


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Keep libraries from logging about a page: what is wrong with it is said in one problem."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
