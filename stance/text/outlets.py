"""Outlets and dates from a table of their own, for articles that do not say theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from stance.errors import InputError
from stance.records import Article
from stance.text.columns import cell_text
from stance.text.problems import Problem
from stance.text.reading import read_rows

_REMEDY = "Write the columns article,outlet or article,outlet,date."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when an article appeared; ``row`` is its row in the table."""

    outlet: str
    published: str
    row: int


@dataclass(frozen=True, slots=True)
class Outlets:
    """The rows of one table by article."""

    path: str
    origins: Mapping[str, Origin]


def read_outlets(path: Path, *, problems: Callable[[Problem], None], strict: bool) -> Outlets:
    """Read a table with the columns article, outlet and, if you like, date.

    Raises
    ------
    InputError
        If it has other columns; in strict mode, at the first problem.
    """
    origins: dict[str, Origin] = {}
    for row, cells in read_rows(path, problems=problems, strict=strict):
        if not {"article", "outlet"} <= set(cells):
            message = f"{path}: found the columns {', '.join(cells)}. {_REMEDY}"
            raise InputError(message)
        article, outlet = cell_text(cells["article"]), cell_text(cells["outlet"])
        problem = None
        if not article or not outlet:
            found = f"the {'outlet' if article else 'article'} is empty"
            problem = Problem(str(path), row, found, "Fill it in, or delete the row.")
        elif article in origins:
            found = f"the article of row {origins[article].row} stands here again"
            problem = Problem(str(path), row, found, "Delete one of the two rows.")
        if problem is None:
            origins[article] = Origin(outlet, cell_text(cells.get("date")), row)
        elif strict:
            raise problem.as_error()
        else:
            problems(problem)
    return Outlets(str(path), origins)


def with_outlets(
    articles: Iterable[Article], outlets: Outlets, *, problems: Callable[[Problem], None]
) -> Iterator[Article]:
    """The articles with the outlets and dates that the table gives for their id or file name.

    A row whose article did not come is told as a problem at the end; so is a file name that several
    articles bear, of which the first gets what the row says.
    """
    used: dict[int, str] = {}
    for article in articles:
        names = (article.id, PurePath(article.id).name)
        origin = next((outlets.origins[n] for n in names if n in outlets.origins), None)
        if origin is None:
            yield article
            continue
        first = used.setdefault(origin.row, article.id)
        if first != article.id:
            found = f"it names both {first} and {article.id}"
            remedy = "Write a row for each, with the article's id as `stance classify` prints it."
            problems(Problem(outlets.path, origin.row, found, remedy))
            yield article
            continue
        yield replace(
            article, outlet=origin.outlet, published=origin.published or article.published
        )
    for origin in outlets.origins.values():
        if origin.row not in used:
            found = "it names no article that was read"
            remedy = "Write the article's id as `stance classify` prints it, or its file name."
            problems(Problem(outlets.path, origin.row, found, remedy))
