"""Targets in hand-labelled rows: which a row lists, and where each stands in its text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from stance.recipe_settings import DataSettings
from stance.records import Span


def listed_targets(values: Mapping[str, Any], settings: DataSettings) -> list[Mapping[str, Any]]:
    """The targets of a row, in a list or in one written as JSON; none where there is no such list.

    Raises
    ------
    ValueError
        If what is there is no list of objects.
    """
    within = settings.target.within
    if not within:
        return [values]
    listed = values.get(within) or []
    with suppress(ValueError, RecursionError):
        listed = json.loads(listed) if isinstance(listed, str) else listed
    if isinstance(listed, list) and all(isinstance(target, Mapping) for target in listed):
        return listed
    message = f'the field "{within}" is not a list of objects'
    raise ValueError(message)


def target_span(
    target: Mapping[str, Any], text: str, settings: DataSettings, begins: object = None
) -> Span:
    """Where a target stands in its text: by its span, else where its wording first occurs.

    Parameters
    ----------
    begins
        Where the text begins in its article, if its row says so. A span that counts from the
        article's beginning, as `stance classify` writes it, is known by the target's wording.

    Raises
    ------
    ValueError
        If the span lies outside the text or cuts a character in two, or the wording is not there.
    """
    names = settings.target
    start, end = target.get(names.start), target.get(names.end)
    mention = target.get(names.mention)
    if start is None and end is None and isinstance(mention, str) and mention:
        place = text.find(mention)
        if place < 0:
            message = "the target's wording does not occur in the text"
            raise ValueError(message)
        return place, place + len(mention)
    try:
        start, end = int(start), int(end)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        message = f"the target's span is {start!r} to {end!r}, not two whole numbers"
        raise ValueError(message) from None
    shift = _whole_number(begins)
    if 0 < shift <= start and text[start - shift : end - shift] == mention:
        start, end = start - shift, end - shift
    if not 0 <= start < end <= len(text):
        message = (
            f"the target's span {start} to {end} lies outside the text of {len(text)} characters"
        )
        raise ValueError(message)
    if splits_character(text, start) or splits_character(text, end):
        message = f"the target's span {start} to {end} splits a character"
        raise ValueError(message)
    return start, end


def _whole_number(value: object) -> int:
    """The whole number in a cell; 0 where there is none."""
    with suppress(TypeError, ValueError, OverflowError):
        return int(value)  # type: ignore[call-overload, no-any-return]
    return 0


def splits_character(text: str, place: int) -> bool:
    """Whether a cut there would part a letter from its accent or an emoji from its joiner."""
    import unicodedata

    joiner = "\u200d"
    if not 0 < place < len(text):
        return False
    return bool(unicodedata.combining(text[place])) or joiner in {text[place], text[place - 1]}
