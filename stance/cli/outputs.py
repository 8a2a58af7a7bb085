"""Where a command writes, and in which format: told by the name of a file, or standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import TextIO, TypeVar

import typer

from stance.errors import InputError
from stance.storage import location, unwritten, whole_file

T = TypeVar("T")

_STANDARD_OUTPUT = "standard output"


def by_ending(output: str, known: Mapping[str, T]) -> T:
    """The format that the ending of an output's name tells, in lower case."""
    ending = PurePath(location(output).base).suffix.lower()
    if ending not in known:
        message = f'The ending of "{output}" names no format. Add --format.'
        raise typer.BadParameter(message, param_hint="--output")
    return known[ending]


@contextmanager
def text_output(output: str | None) -> Iterator[TextIO]:
    """The file to write text to, as `whole_file`, or standard output."""
    if output is not None:
        with (
            whole_file(output) as scratch,
            scratch.open("w", encoding="utf-8", errors="replace", newline="") as out,
        ):
            yield out
        return
    if sys.stdout is None:
        message = "Standard output is closed. Open it, or write to a file with -o."
        raise InputError(message)
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone (as `head` does): that is not an error. What is left
        # goes nowhere, so that nothing is said when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        raise unwritten(_STANDARD_OUTPUT, error) from error
