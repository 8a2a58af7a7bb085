"""Which column of a table holds what: as the user says, else by the usual names."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from stance.errors import listed, nearest
from stance.text.problems import Unreadable


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table of articles; an empty name means: find it by the usual names.

    Capitals, spaces, hyphens and underscores do not matter in the usual names.
    """

    text: str = ""
    id: str = ""
    title: str = ""
    outlet: str = ""
    published: str = ""
    language: str = ""
    url: str = ""


# The usual names, likeliest first. "article" comes last for the text and early for the id:
# beside another text column it names the article that a paragraph belongs to.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": (
        *("text", "article_text", "full_text", "main_text", "body", "article_body", "body_text"),
        *("content", "article_content", "paragraph", "paragraph_text", "passage", "story"),
        *("sentence", "document", "article"),
    ),
    "id": (
        *("article_id", "article", "document_id", "doc_id", "story_id", "id", "uid", "uuid"),
        "guid",
    ),
    "title": ("title", "headline", "article_title", "heading"),
    "outlet": (
        *("outlet", "publisher", "newspaper", "publication", "source_name", "site_name"),
        *("source", "media", "outlet_name", "source_domain", "domain", "site"),
    ),
    "published": (
        *("published", "date", "publish_date", "publication_date", "pub_date", "date_published"),
        *("published_at", "published_date", "publish_time", "datetime", "timestamp", "time"),
    ),
    "language": ("language", "lang", "language_code"),
    "url": ("url", "link", "article_url", "web_url", "source_url", "permalink", "uri"),
}


def find_columns(columns: Columns, names: Iterable[str]) -> dict[str, str]:
    """The name in the table of each field that it has, ``text`` always among them.

    Raises
    ------
    Unreadable
        If there is no text column, or not the column that the user named.
    """
    given = list(names)
    plain = {_plain(name): name for name in reversed(given)}
    found: dict[str, str] = {}
    for field in fields(Columns):
        wanted: str = getattr(columns, field.name)
        if wanted:
            name = wanted if wanted in given else plain.get(_plain(wanted))
            if name is None:
                missing = f'there is no column "{wanted}"'
                raise Unreadable(missing, nearest(wanted, given))
            found[field.name] = name
            continue
        for usual in USUAL_NAMES[field.name]:
            name = plain.get(_plain(usual))
            if name is not None and name not in found.values():
                found[field.name] = name
                break
    if "text" not in found:
        missing = f"there is no text column among {listed(given)}"
        raise Unreadable(missing, "Name the column with --text-column.")
    return found


def refuse_same_names(names: Sequence[str]) -> None:
    """Make sure that a name means one column.

    Raises
    ------
    Unreadable
        If two columns have the same name.
    """
    if len(set(names)) < len(names):
        twice = next(name for name, n in Counter(names).items() if n > 1)
        found = f'two columns are called "{listed([twice])}"'
        raise Unreadable(found, "Give each column its own name.")


def told_apart(names: Sequence[str]) -> list[str]:
    """The names, with its place behind each that several columns share.

    Raises
    ------
    Unreadable
        If it is a name that columns are found by: nobody knows which of them is meant.
    """
    shared = {name for name, n in Counter(names).items() if n > 1}
    usual = {_plain(name) for known in USUAL_NAMES.values() for name in known}
    refuse_same_names([name for name in names if _plain(name) in {*usual, "noise"}])
    taken = set(names)
    found = []
    for n, name in enumerate(names, start=1):
        own = name
        while own in taken and name in shared:
            own = f"{own} (column {n})"
        taken.add(own)
        found.append(own)
    return found


def _plain(name: str) -> str:
    return "".join(character for character in str(name).casefold() if character.isalnum())


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing, or what is not a number, which tables write for nothing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def cell_name(value: object) -> str:
    """What a cell names: nothing is empty, and a number that came as a float is whole."""
    if is_missing(value):
        return ""
    # A column of whole numbers with a gap in it becomes one of floats on the way here.
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def cell_text(value: Any) -> str:  # noqa: ANN401 - whatever a table holds
    """A cell as text: numbers and dates written out, nothing and not-a-number as empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        # News services nest the outlet: {"id": ..., "name": ...}.
        name = value.get("name")
        return name if isinstance(name, str) else ""
    return value.isoformat() if hasattr(value, "isoformat") else cell_name(value)
