"""``evaluation.json``: the record of an evaluation as plain data, and back.

The file is enough to draw the whole report again without the data. It begins with the short
figures of each task, for programs that want no more.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.evaluate.evaluation import Evaluation

FORMAT = "stance evaluation"

# Raised where a record of the last version no longer tells all that a report shows.
FORMAT_VERSION = 2


def as_file(short: Mapping[str, Any], evaluation: Evaluation) -> str:
    """The content of ``evaluation.json``.

    Parameters
    ----------
    short
        The figures of `stance.evaluate.harness.evaluate`.
    """
    content = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        **short,
        "evaluation": as_plain(evaluation),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_evaluation(path: Path) -> tuple[dict[str, Any], Evaluation]:
    """The short figures and the record that `as_file` wrote.

    Raises
    ------
    InputError
        If the file is not there or is not such a file, or of another version.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}). Name an evaluation.json."
        raise InputError(message) from error
    except (ValueError, RecursionError) as error:
        message = (
            f"{path}: this is not JSON ({error}). "
            "Name the evaluation.json that `stance evaluate --out` wrote."
        )
        raise InputError(message) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        message = (
            f"{path}: this is not an evaluation. "
            "Name the evaluation.json that `stance evaluate --out` wrote."
        )
        raise InputError(message)
    if content.get("version") != FORMAT_VERSION:
        message = (
            f"{path}: the evaluation has format {content.get('version')}, this stance reads "
            f"{FORMAT_VERSION}. Evaluate the model again."
        )
        raise InputError(message)
    short = {key: content.get(key) for key in ("model", "data", "tasks")}
    return short, parse_evaluation(content.get("evaluation") or {}, where=str(path))


def as_plain(value: Any) -> Any:  # noqa: ANN401 - any record
    """Records as plain data for JSON; what is not a number is None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def parse_evaluation(data: Mapping[str, Any], *, where: str = "the evaluation") -> Evaluation:
    """The record that `as_plain` wrote.

    Raises
    ------
    InputError
        If the data is not such a record.
    """
    try:
        found: Evaluation = _parse(Evaluation, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = (
            f"{where}: the record cannot be read ({error!r}). "
            "Expected what `stance evaluate --out` writes. Evaluate the model again."
        )
        raise InputError(message) from error
    return found


def _parse(hint: Any, value: Any) -> Any:  # noqa: ANN401 - as the hint says
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if value is None or hint is Any:
        return value
    if origin in {types.UnionType, typing.Union}:
        return _parse(next(one for one in arguments if one is not type(None)), value)
    if origin is tuple:
        return tuple(_parse(arguments[0], one) for one in value)
    if origin is not None and isinstance(value, Mapping):
        return {key: _parse(arguments[1], one) for key, one in value.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        return hint(**{f.name: _parse(hints[f.name], value[f.name]) for f in fields(hint)})
    return float(value) if hint is float else value
