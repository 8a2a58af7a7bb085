"""Where the files that ship with stance are: models, codebooks, lexicons, actor files."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """The path of a shipped file or folder, as ``shipped("models")``.

    In an installed package these lie inside it; in a checkout they lie beside it.
    """
    inside = _PACKAGE.joinpath("shipped", *parts)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*parts)
