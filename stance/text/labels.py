"""The labels in a cell of a hand-labelled table, however they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stance.text.columns import is_missing

# What stands between several labels in one cell.
_BETWEEN = ";"

# What to do about a cell that holds something else.
AS_LABELS = "Write a label as text, several as a list of texts, and null if nothing was coded."


def with_task_labels(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row, with tasks named in its field ``labels``, as `stance classify` does, as fields too.

    The field stays, for it may hold something else; but a task may be called so.

    >>> with_task_labels({"text": "T", "labels": {"topic": ["art"]}})
    {'topic': ['art'], 'text': 'T', 'labels': {'topic': ['art']}}
    """
    labels = values.get("labels")
    if not isinstance(labels, Mapping):
        return values
    return {**labels, **values, "labels": labels.get("labels", labels)}


def label_values(value: object) -> tuple[str, ...] | None:
    """The labels in a cell: None where nothing was coded, else as many as there are.

    A blank cell says that nothing was coded; ``[]``, as a list or as text, that no label holds.
    Whole numbers are labels, also as floats: a column of them with a gap in it comes so.

    Raises
    ------
    ValueError
        If the cell holds something else than labels; the message says what was found.
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        return tuple(parse_label_list(value)) if value.strip() else None
    if isinstance(value, (list, tuple)):
        return tuple(map(_label, value))
    return (_label(value),)


def readable_labels(value: object) -> tuple[str, ...] | None:
    """As `label_values`, but None where a cell holds something else, for who need not tell."""
    try:
        return label_values(value)
    except ValueError:
        return None


def parse_label_list(value: str) -> list[str]:
    """The labels in a cell of text: a JSON list, or labels separated by semicolons.

    Raises
    ------
    ValueError
        If the list holds something else than labels.

    >>> parse_label_list('["military", "political"]')
    ['military', 'political']
    >>> parse_label_list("military; political")
    ['military', 'political']
    >>> parse_label_list("")
    []
    """
    text = value.strip()
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            pass  # a label that begins with a bracket
        else:
            return [_label(label) for label in found]
    return [label.strip() for label in text.split(_BETWEEN) if label.strip()]


def like_labels(names: Iterable[str]) -> list[list[str]]:
    """Labels that are one to a reader: they differ in capitals, blanks or a ".0" alone.

    >>> like_labels(["Art", "art ", "trade", "3", "3.0", "3.5"])
    [['Art', 'art '], ['3', '3.0']]
    """
    spellings: dict[str, list[str]] = {}
    for name in names:
        plain = "".join(name.split()).casefold()
        # A column of whole numbers with a gap in it is often written so.
        plain = re.sub(r"^(\d+)\.0$", r"\1", plain)
        spellings.setdefault(plain, []).append(name)
    return [alike for alike in spellings.values() if len(alike) > 1]


def joined_labels(labels: Sequence[str]) -> str:
    """Labels as a cell of text, as `parse_label_list` reads them.

    >>> joined_labels(["military", "political"]), joined_labels(["art; music"])
    ('military;political', '["art; music"]')
    """
    if any(_BETWEEN in label or label.startswith("[") for label in labels):
        return json.dumps(labels, ensure_ascii=False)
    return _BETWEEN.join(labels)


def _label(value: object) -> str:
    if isinstance(value, str):
        if value.strip():
            return value
        message = "a label is empty"
        raise ValueError(message)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return str(value)
    kind = "null" if value is None else f"of type {type(value).__name__}"
    message = f"a label is {kind}, not text"
    raise ValueError(message)
