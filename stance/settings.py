"""Settings as plain data and back: a table of TOML or JSON becomes a checked, frozen dataclass."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

from stance.codebook import check_keys
from stance.errors import SettingsError, nearest

# What random choices start from where nobody says; any number would do.
DEFAULT_SEED = 20161122


@runtime_checkable
class ReadsItself(Protocol):
    """Settings whose table has keys beside those of its fields."""

    @classmethod
    def from_table(cls, data: Mapping[str, Any], where: str) -> Self:
        """The settings that a table holds."""
        ...


@runtime_checkable
class WritesItself(Protocol):
    """Settings that are another table than that of their fields."""

    def as_dict(self) -> Mapping[str, Any]:
        """The settings as a table."""
        ...


def as_plain(settings: Any) -> Any:  # noqa: ANN401 - any settings, one return a kind
    """Settings as plain data for JSON, as written into every model and report."""
    if isinstance(settings, WritesItself):
        return as_plain(settings.as_dict())
    if is_dataclass(settings) and not isinstance(settings, type):
        plain = {f.name: as_plain(getattr(settings, f.name)) for f in fields(settings)}
        plain.pop("folder", None)
        return {key: value for key, value in plain.items() if value is not None}
    if isinstance(settings, Mapping):
        return {str(key): as_plain(value) for key, value in settings.items()}
    if isinstance(settings, (list, tuple)):
        return [as_plain(value) for value in settings]
    if isinstance(settings, Path):
        return settings.as_posix()
    return settings


def parse_settings(kind: type[Any], data: object, where: str) -> Any:  # noqa: ANN401 - as kind says
    """Build a settings dataclass from a table."""
    if not isinstance(data, Mapping):
        message = f"{where}: found {data!r}, expected a table. Write it as [table] in TOML."
        raise SettingsError(message)
    if issubclass(kind, ReadsItself):
        return kind.from_table(data, where)
    hints = typing.get_type_hints(kind)
    known = tuple(f.name for f in fields(kind) if f.name != "folder")
    check_keys(data, known, where)
    for f in fields(kind):
        if f.default is MISSING and f.default_factory is MISSING and f.name not in data:
            message = f'{where}: "{f.name}" is missing. Add it.'
            raise SettingsError(message)
    values = {
        key: converted(hints[key], value, f'{where}, "{key}"')
        for key, value in data.items()
        if key != "codebook"
    }
    return kind(**values)


def converted(hint: Any, value: object, where: str) -> Any:  # noqa: ANN401, PLR0911 - as hint says
    """Check a value against a type of the settings and make it that type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return converted(next(a for a in arguments if a is not type(None)), value, where)
    if origin is Literal:
        if value in arguments:
            return value
        message = f'{where}: found "{value}". {nearest(str(value), arguments)}'
        raise SettingsError(message)
    if origin is tuple:
        listed = value if isinstance(value, list) else [value]
        return tuple(converted(arguments[0], item, where) for item in listed)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            message = f"{where}: found {value!r}. Write a table."
            raise SettingsError(message)
        return {
            key: converted(arguments[1], item, f"{where}, {key}") for key, item in value.items()
        }
    if is_dataclass(hint) and isinstance(hint, type):
        return parse_settings(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if (
        isinstance(hint, type)
        and isinstance(value, hint)
        and (hint is bool or not isinstance(value, bool))
        and not (isinstance(value, float) and not math.isfinite(value))
    ):
        return value
    names = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
    message = f"{where}: found {value!r}. Write {names.get(hint, hint)}."
    raise SettingsError(message)
