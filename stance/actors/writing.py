"""Actors written as an actor file, with comments for a person to judge by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stance.actors.catalogue import Actor

# A comment may hold no control character but the tab, a string none at all.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
# A list of names is broken into one name a line from this length on, in characters.
_LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """An actor with the comments that stand above its keys."""

    actor: Actor
    comments: tuple[str, ...] = ()


def write_actors(entries: Iterable[Entry], *, comments: Iterable[str] = ()) -> str:
    """An actor file; `load_catalogue` reads it back if there is at least one entry."""
    head = [_comment(comment) for comment in comments]
    blocks = ["\n".join(_lines(entry)) for entry in entries]
    return "\n\n".join(["\n".join(head), *blocks] if head else blocks) + "\n"


def _lines(entry: Entry) -> Iterator[str]:
    actor = entry.actor
    yield "[[actors]]"
    yield from (_comment(comment) for comment in entry.comments)
    yield f"name = {_quoted(actor.name)}"
    yield f"kind = {_quoted(actor.kind)}"
    lists = {
        "aliases": actor.aliases,
        "adjectives": actor.adjectives,
        "not": actor.exceptions,
        "countries": actor.countries,
    }
    for key, names in lists.items():
        if not names:
            continue
        line = f"{key} = [{', '.join(map(_quoted, names))}]"
        if len(line) > _LONGEST_LINE:
            line = f"{key} = [\n" + "".join(f"  {_quoted(name)},\n" for name in names) + "]"
        yield line


def _comment(text: str) -> str:
    return f"# {_CONTROLS.sub(' ', text)}".rstrip()


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, except that TOML asks for one more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
