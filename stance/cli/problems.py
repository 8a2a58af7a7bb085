"""What a command noticed, and what it could not read: told as it comes, and by the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from stance.errors import plural
from stance.output.shown import shown, shown_line

if TYPE_CHECKING:
    from stance.text.problems import Problem


def tell(notice: str) -> None:
    """Print what a command noticed, beside its output."""
    typer.echo(shown(f"stance: {notice}"), err=True)


class Problems:
    """Prints problems as they come and remembers that there were some."""

    def __init__(self) -> None:
        self.n_problems = 0

    def __call__(self, problem: Problem) -> None:
        """Print one problem."""
        self.n_problems += 1
        line = shown_line(str(problem))
        print(f"stance: {line}", file=sys.stderr)  # noqa: T201 - this is the command line

    def finish(self) -> None:
        """End the command with exit code 1 if anything could not be read."""
        if self.n_problems:
            told = plural(self.n_problems, "problem")
            print(f"stance: {told}, named above; all else was done.", file=sys.stderr)  # noqa: T201
            raise typer.Exit(1)
