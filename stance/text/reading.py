"""Files, folders and standard input to articles; tables of labelled rows to plain rows.

Whatever cannot be read becomes one `Problem`, and reading goes on behind it: with the next row of a
table, or with the next file. Nothing is left out without one. Articles come one by one, so that
memory does not grow with the corpus.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from stance.records import Article
from stance.storage import location
from stance.text.columns import Columns, cell_text, find_columns
from stance.text.encodings import broken_bytes, decode, decoded_lines
from stance.text.files import (
    KINDS,
    STANDARD_INPUT_NAME,
    Paths,
    Source,
    find_sources,
    kind_of,
    opened,
    whole,
)
from stance.text.pages import read_page
from stance.text.parquet import parquet_columns
from stance.text.problems import Problem, Unreadable, without_problems
from stance.text.tables import (
    BROKEN_BYTES,
    NOT_UTF8,
    Record,
    is_json_object,
    json_line_records,
    json_records,
    table_records,
)

__all__ = [
    "Columns",
    "Problem",
    "SavedPage",
    "parsed",
    "read_articles",
    "read_rows",
    "read_unparsed",
]

ANY_COLUMNS = Columns()

# Rows without a text column that we read before we say that the table has none: some tables of
# JSON Lines begin with a few rows of another kind.
ROWS_TO_FIND_TEXT = 1000

# How a web page begins, for standard input, which has no ending.
PAGE_STARTS = ("<!doctype html", "<html")
# How a JSON object begins, and a list of them, well written to the end or not.
JSON_OBJECT = re.compile(r'\s*\{\s*["}]')
JSON_LIST = re.compile(r"\s*\[\s*\{")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
# Lines that tell JSON Lines from other JSON: one of them may be bad.
N_TELLING = 2


def read_articles(
    paths: Paths,
    *,
    columns: Columns = ANY_COLUMNS,
    problems: Callable[[Problem], None],
    strict: bool = False,
    keep: bool = False,
) -> Iterator[Article]:
    """The articles in files, in folders (and folders in them), and on standard input (``-``).

    A text file or web page is one article, its id the path as given. A row of a table is one
    article, its id what the table says, or else ``FILE#ROW``. Rows may share an id: then they are
    paragraphs of one article, each read as an article of its own with that id. A file that is
    reached twice is read once. Texts are as in the file, line ends and all; of a web page it is
    the main text, one paragraph a line.

    Parameters
    ----------
    paths
        One, or several: files of the kinds in `stance.text.files.KINDS`, plain or compressed with
        gzip or zstd; folders; ``-``, which may hold text, a web page, JSON or JSON Lines.
    columns
        Which columns of tables to read.
    problems
        Is told of everything that could not be read.
    strict
        Raise at the first problem instead.
    keep
        Whether the articles carry the cells of all columns but those of text, id and title.

    Raises
    ------
    InputError
        In strict mode, at the first problem (`RowError` if one row is concerned).
    """
    items = map(parsed, read_unparsed(paths, columns, keep=keep))
    return without_problems(items, problems, strict=strict)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A web page as it was saved: its file, and its bytes."""

    name: str
    data: bytes


def parsed(item: Article | SavedPage | Problem) -> Article | Problem:
    """The article on a web page, or what is wrong with the page; all else as it is.

    This takes most of the time of reading pages, so that it is left to many processes at need.
    """
    if not isinstance(item, SavedPage):
        return item
    try:
        page = read_page(item.data)
    except Unreadable as error:
        return error.at(item.name)
    return Article(
        id=item.name,
        text=page.text,
        title=page.title,
        outlet=page.outlet,
        published=page.published,
        language=page.language,
        url=page.url,
        source=item.name,
    )


def read_rows(
    path: str | Path, *, problems: Callable[[Problem], None], strict: bool = False
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a table, each with its number (from 1, see `stance.text.tables`).

    Cells of CSV and TSV are strings; `stance.text.labels` makes a list of one where labels are
    expected. Other formats say themselves what is a list.

    Parameters
    ----------
    path
        A table: .jsonl, .ndjson, .json, .csv, .tsv or .parquet, plain or as .gz or .zst.
    problems
        Is told of every row that could not be read, or of the file.
    strict
        Raise at the first problem instead.

    Raises
    ------
    InputError
        In strict mode, at the first problem (`RowError` if one row is concerned).
    """
    return without_problems(_rows(location(path).name), problems, strict=strict)


def _rows(name: str) -> Iterator[tuple[int, dict[str, Any]] | Problem]:
    kind = kind_of(name)
    if kind in {None, "text", "page"}:
        tables = " ".join(ending for ending, kind in KINDS.items() if kind not in {"text", "page"})
        remedy = f"Name a file that ends in {tables}; spreadsheet programs save CSV."
        yield Problem(name, None, "it is no table that can be read", remedy)
        return
    try:
        for item in table_records(Source(name, kind or "lines")):
            if isinstance(item, Record) and has_half_character(item.cells):
                remedy = "Write the character whole, or delete it."
                yield Problem(name, item.row, "it holds half a character", remedy)
            else:
                yield (item.row, item.cells) if isinstance(item, Record) else item
    except Unreadable as error:
        yield error.at(name)


def has_half_character(value: object) -> bool:
    r"""Whether a cell holds a lone surrogate, which no file can be written with.

    JSON can name one ("\\ud83d"): programs cut an emoji in two.
    """
    # No recursion: JSON may be nested deeper than Python goes.
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if not one.isascii() and HALF_CHARACTER.search(one):
                return True
        elif isinstance(one, dict):
            left += chain(one, one.values())
        elif isinstance(one, list):
            left += one
    return False


def read_unparsed(
    paths: Paths, columns: Columns, *, keep: bool
) -> Iterator[Article | SavedPage | Problem]:
    """As `read_articles`, with web pages still to be `parsed`, and each problem in its place."""
    for source in find_sources(paths):
        if isinstance(source, Problem):
            yield source
            continue
        try:
            if source.kind == "text":
                with opened(source) as stream:
                    yield _text_article(source.name, decode(whole(stream)))
            elif source.kind == "page":
                with opened(source) as stream:
                    yield SavedPage(source.name, whole(stream))
            elif source.kind == "guess":
                yield from _guessed_articles(source, columns, keep=keep)
            else:
                yield from _table_articles(source, columns, keep=keep)
        except Unreadable as error:
            yield error.at(source.name)


def _text_article(name: str, text: str) -> Article:
    if not text.strip():
        found = "it holds white space alone"
        raise Unreadable(found, "Put the text in, or leave the file out.")
    return Article(id=name, text=text, source=name)


def _guessed_articles(
    source: Source, columns: Columns, *, keep: bool
) -> Iterator[Article | SavedPage | Problem]:
    """What standard input holds: told by how it begins."""
    name = STANDARD_INPUT_NAME
    with opened(source) as stream:
        lines: Iterator[str]
        if stream.peek(1).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            lines = decoded_lines(stream)
        else:
            data = whole(stream)
            text = decode(data)
            if text.lstrip()[:20].lower().startswith(PAGE_STARTS):
                yield SavedPage(name, data)
                return
            lines = io.StringIO(text, newline="\n")
        first = _first_lines(lines)
        if _are_rows(first):
            records = json_line_records(name, chain(first, lines))
            yield from _as_articles(name, records, columns, keep=keep)
            return
        text = "".join(chain(first, lines))
        if broken_bytes(text):
            raise Unreadable(BROKEN_BYTES, NOT_UTF8)
        if JSON_OBJECT.match(text) or JSON_LIST.match(text):
            yield from _as_articles(name, json_records(name, text), columns, keep=keep)
        else:
            yield _text_article(name, text)


def _first_lines(lines: Iterator[str]) -> list[str]:
    """The lines up to the second that is not blank."""
    first: list[str] = []
    n_full = 0
    while n_full < N_TELLING and (line := next(lines, None)) is not None:
        first.append(line)
        n_full += not line.isspace()
    return first


def _are_rows(lines: Sequence[str]) -> bool:
    """Whether these lines begin JSON Lines, of which some may be bad."""
    if JSON_LIST.match("".join(lines)):
        return False
    full = [line for line in lines if not line.isspace()]
    begun = len(full) == N_TELLING and all(map(JSON_OBJECT.match, full))
    return begun or any(map(is_json_object, full))


def _table_articles(source: Source, columns: Columns, *, keep: bool) -> Iterator[Article | Problem]:
    only = None
    if source.kind == "parquet" and not keep:
        only = list(find_columns(columns, parquet_columns(source)).values())
    records = table_records(source, only=only)
    yield from _as_articles(source.name, records, columns, keep=keep)


def _as_articles(
    name: str, records: Iterator[Record | Problem], columns: Columns, *, keep: bool = False
) -> Iterator[Article | Problem]:
    """Each record as an article, or as the problem that it is."""
    known: dict[tuple[str, ...], dict[str, str]] = {}
    without_text: list[int] = []
    first_error: Unreadable | None = None
    for item in records:
        if isinstance(item, Problem):
            yield item
            continue
        keys = tuple(item.cells)
        if keys not in known:
            try:
                known[keys] = find_columns(columns, keys)
            except Unreadable as error:
                if known:
                    yield error.at(name, item.row)
                    continue
                first_error = first_error or error
                without_text.append(item.row)
                if len(without_text) < ROWS_TO_FIND_TEXT:
                    continue
                raise first_error from error
        if first_error is not None:
            yield from (first_error.at(name, row) for row in without_text)
            first_error = None
        yield _row_article(name, item, known[keys], keep=keep)
    if first_error is not None:
        raise first_error


def _row_article(
    name: str, record: Record, places: dict[str, str], *, keep: bool
) -> Article | Problem:
    text = record.cells[places["text"]]
    if not isinstance(text, str) or not text.strip():
        if isinstance(text, str) or not cell_text(text):
            found = f'the text (column "{places["text"]}") is empty'
            return Problem(name, record.row, found, "Fill it in, or delete the row.")
        found = (
            f'the text (column "{places["text"]}") is of type {type(text).__name__}, not a string'
        )
        return Problem(name, record.row, found, "Write it as a string.")
    rest: dict[str, Any] = {
        field: cell_text(record.cells[column])
        for field, column in places.items()
        if field != "text"
    }
    own_id = rest.pop("id", "") or f"{name}#{record.row}"
    article = Article(id=own_id, text=text, source=name, row=record.row, **rest)
    if not keep:
        return article
    coded = {places[field] for field in ("text", "id", "title") if field in places}
    extra = {column: cell for column, cell in record.cells.items() if column not in coded}
    return replace(article, extra=extra)
