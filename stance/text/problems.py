"""What could not be read: one record, one clear line, one error of the family.

A reader meets bad files and bad rows among good ones. It says what it found as a `Problem` and
goes on; whoever called decides whether that is a line on the screen or the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from stance.errors import InputError, RowError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the input that was left out, and what to do about it.

    ``row`` is None where the whole file is concerned. ``found`` starts in lower case and has no
    full stop; ``remedy`` is one or more whole sentences.

    >>> print(Problem("news.csv", 12, "the text is empty", "Fill it in or delete the row."))
    news.csv, row 12: the text is empty. Fill it in or delete the row.
    """

    path: str
    row: int | None
    found: str
    remedy: str

    def __str__(self) -> str:
        """The one line that a person reads."""
        where = self.path if self.row is None else f"{self.path}, row {self.row}"
        return f"{where}: {self.found}. {self.remedy}"

    def as_error(self) -> InputError:
        """The same line as an error: `RowError` for a row, `InputError` for a whole file."""
        return InputError(str(self)) if self.row is None else RowError(str(self))


class Unreadable(Exception):  # noqa: N818 - never leaves the room: it becomes a Problem
    """A file, or what is left of it, cannot be read; its reader stops here."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found, remedy)
        self.found = found
        self.remedy = remedy

    def at(self, path: str, row: int | None = None) -> Problem:
        """The problem that this is in the given file."""
        return Problem(path, row, self.found, self.remedy)


def without_problems(
    items: Iterable[T | Problem], problems: Callable[[Problem], None], *, strict: bool
) -> Iterator[T]:
    """The good items in order; each problem goes to ``problems``, or is raised if ``strict``.

    Raises
    ------
    InputError
        In strict mode, at the first problem (`RowError` if one row is concerned).
    """
    for item in items:
        if not isinstance(item, Problem):
            yield item
        elif strict:
            raise item.as_error()
        else:
            problems(item)
