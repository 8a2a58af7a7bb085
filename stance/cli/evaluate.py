"""``stance evaluate``: how good a model is on labelled files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of a shipped model.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Labelled files.")],
) -> None:
    """Say how good a model is on labelled files.

    Example: stance evaluate conflict-news training/labels/seeds.jsonl
    """
