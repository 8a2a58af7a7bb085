r"""Tables of any kind as records, one after the other, so that memory does not grow with them.

The number of a record is what an editor or a spreadsheet helps to find: in JSON Lines the line,
blank lines counted; in CSV and TSV the record after the header (the message for a bad one adds the
line); in JSON the place in the list; in Parquet the row. All count from 1.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from stance.text.columns import told_apart
from stance.text.encodings import broken_bytes, decode, decoded_lines, is_binary
from stance.text.files import LARGEST_ARTICLE, Source, empty, opened, whole
from stance.text.parquet import parquet_rows
from stance.text.problems import Problem, Unreadable

# What separates the cells of a .csv file: the first is the rule, Excel writes the second where
# the comma is the decimal sign.
SEPARATORS = (",", ";", "\t", "|")

# What a file may say of it in a line before the header, for Excel.
SEPARATOR_LINE = re.compile(r'"?sep=([^\w\s"]|\t)"?\1*', re.IGNORECASE)
# Where a line of an old Macintosh ends.
SINGLE_RETURN = re.compile(r"(?<=\r)(?!\n)")

BROKEN_BYTES = "some bytes are not in the file's encoding"
NOT_UTF8 = "Save the file as UTF-8."


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table: its number and its cells by column name."""

    row: int
    cells: dict[str, Any]


def table_records(
    source: Source, *, only: Sequence[str] | None = None
) -> Iterator[Record | Problem]:
    """The records of a table in order, with a problem in the place of each bad one.

    Parameters
    ----------
    only
        Columns to read where leaving out the others saves time (Parquet).

    Raises
    ------
    Unreadable
        If the file cannot be read from here on; the records before it are good.
    """
    row = 0
    try:
        for item in _records(source, only):
            row = item.row or row
            yield item
    except Unreadable as error:
        if not row:
            raise
        found = f"{error.found}, after row {row}"
        raise Unreadable(found, error.remedy) from error


def _records(source: Source, only: Sequence[str] | None) -> Iterator[Record | Problem]:
    if source.kind == "parquet":
        yield from _parquet_records(source, only)
        return
    with opened(source) as stream:
        if source.kind in {"csv", "tsv"}:
            separator = "\t" if source.kind == "tsv" else None
            yield from csv_records(source.name, decoded_lines(stream), separator=separator)
        elif source.kind == "lines":
            yield from json_line_records(source.name, decoded_lines(stream))
        else:
            yield from json_records(source.name, decode(whole(stream)))


def json_line_records(name: str, lines: Iterator[str]) -> Iterator[Record | Problem]:
    """One record for each line of JSON Lines."""
    n_lines = 0
    for n_lines, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        if broken_bytes(line):
            yield Problem(name, n_lines, BROKEN_BYTES, NOT_UTF8)
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError) as error:
            remedy = 'Write one object a line, like {"text": "..."}.'
            yield Problem(name, n_lines, f"it is not JSON ({_reason(error)})", remedy)
            continue
        yield _checked(name, n_lines, cells)
    if not n_lines:
        raise empty()


def json_records(name: str, text: str) -> Iterator[Record | Problem]:
    """The records of a JSON file: a list of objects, or one; JSON Lines are understood too."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        first = text.lstrip().partition("\n")[0]
        if is_json_object(first):
            yield from json_line_records(name, iter(io.StringIO(text, newline="\n")))
            return
        if not text.strip():
            raise empty() from None
        remedy = "Check it with a JSON validator, or save it as JSON Lines (.jsonl)."
        malformed = f"it is not JSON ({_reason(error)})"
        raise Unreadable(malformed, remedy) from error
    records = found if isinstance(found, list) else [found]
    if not records:
        raise _no_rows()
    for row, cells in enumerate(records, start=1):
        yield _checked(name, row, cells)


def is_json_object(text: str) -> bool:
    """Whether the text is one JSON object."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _checked(name: str, row: int, cells: object) -> Record | Problem:
    if isinstance(cells, dict):
        return Record(row, cells)
    found = f"it is a JSON {_json_name(cells)}, not an object"
    return Problem(name, row, found, 'Write one object an article, like {"text": "..."}.')


def _json_name(value: object) -> str:
    names = {str: "string", list: "list", bool: "truth value", type(None): "null"}
    return names.get(type(value), "number")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        # The words of the parser without its position, which counts in characters of the line.
        return f"{error.msg}, character {error.pos + 1}"
    return str(error) or type(error).__name__


def csv_records(
    name: str, lines: Iterator[str], *, separator: str | None
) -> Iterator[Record | Problem]:
    """One record for each row after the header; the separator is found if None is given."""
    # The limit belongs to the whole process and is 128 kB, less than long articles; it is only
    # ever raised, so that no other reader of CSV is disturbed.
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_ARTICLE))
    table = _Lines(_with_single_returns(lines))
    full = (line for line in table if not line.isspace())
    first = next(full, "")
    if told := SEPARATOR_LINE.fullmatch(first.rstrip("\r\n")):
        separator, first = told[1], next(full, "")
    if not first:
        raise empty()
    try:
        separator = separator or _separator(first)
        header = next(csv.reader(chain([first], table), delimiter=separator, strict=True))
    except csv.Error as error:
        found = f"the first line does not name columns ({error})"
        raise Unreadable(found, "Write the names of the columns in the first line.") from error
    # Spreadsheets leave columns behind that nobody has named.
    header = told_apart([name.strip() or f"column {n}" for n, name in enumerate(header, start=1)])
    row = 0
    for row, cells in _csv_rows(table, separator, n_columns=len(header)):
        if isinstance(cells, csv.Error):
            found = f"it is not a row of CSV ({cells}; line {table.n} of the file)"
            remedy = "Put text in quotation marks, and double those within it."
            yield Problem(name, row, found, remedy)
        elif len(cells) != len(header):
            found = f"{len(cells)} cells for {len(header)} columns (line {table.n} of the file)"
            remedy = "Put text with separators or line breaks in quotation marks."
            yield Problem(name, row, found, remedy)
        elif any(map(broken_bytes, cells)):
            found = f"{BROKEN_BYTES} (line {table.n} of the file)"
            yield Problem(name, row, found, NOT_UTF8)
        elif any("\0" in cell and is_binary(cell) for cell in cells):
            found = f"it is binary, not text (line {table.n} of the file)"
            yield Problem(name, row, found, "Copy the file again, or delete the row.")
        else:
            yield Record(row, dict(zip(header, cells, strict=True)))
    if not row:
        raise _no_rows()


def _with_single_returns(lines: Iterator[str]) -> Iterator[str]:
    """The lines, cut at carriage returns too where the first has one within it."""
    first = next(lines, "")
    lines = chain([first], lines)
    if "\r" in first.rstrip("\r\n"):
        lines = (part for line in lines for part in SINGLE_RETURN.split(line) if part)
    return lines


def _no_rows() -> Unreadable:
    return Unreadable("the table has no rows", "Put rows in, or leave the file out.")


class _Lines:
    """The lines of a table: those that a bad row has run into are given back.

    ``n`` is the number of the line that was read last.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self.n = 0
        self._lines = lines
        self._row: list[str] = []
        self._given_back: list[str] = []
        self._n_alone = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._given_back.pop() if self._given_back else next(self._lines)
        self._row.append(line)
        self.n += 1
        return line

    def row(self, separator: str, n_columns: int) -> list[str] | csv.Error | None:
        """The cells of the next row, or what is wrong with it; None at the end.

        A quotation mark that is never closed would take all behind it: lines that are rows by
        themselves are given back. Pieces of a cell with a wrong mark in it are not, and are lost
        with it.
        """
        self._row.clear()
        source = islice(self, 1) if self._n_alone else self
        self._n_alone = max(0, self._n_alone - 1)
        try:
            return next(csv.reader(source, delimiter=separator, strict=True), None)
        except csv.Error as error:
            if (
                separator == "\t"
                or "unexpected end of data" in str(error)
                or self._hides_rows(separator, n_columns)
            ):
                self.keep_first_line()
            return error

    def _hides_rows(self, separator: str, n_columns: int) -> bool:
        """Whether the lines of the row but the first are rows; the last may only begin one."""
        try:
            hidden = [
                cells
                for strict, lines in ((True, self._row[1:-1]), (False, self._row[1:][-1:]))
                for line in lines
                if not line.isspace()
                for cells in csv.reader([line], delimiter=separator, strict=strict)
            ]
        except csv.Error:
            return False
        return all(len(cells) == n_columns for cells in hidden)

    @property
    def has_many_lines(self) -> bool:
        """Whether the row has more than one line."""
        return len(self._row) > 1

    @property
    def first_line(self) -> str:
        """The first line of the row."""
        return self._row[0]

    def keep_first_line(self) -> None:
        """Give back the lines of the row but the first."""
        behind = self._row[1:]
        if behind:
            del self._row[1:]
            self._given_back += reversed(behind)
            self.n -= len(behind)
            # The row's quotation mark was closed in the last of them, if at all: the others hold
            # none that opens a cell. Read alone, no line is read more than three times.
            self._n_alone = len(behind) - 1


def _separator(header: str) -> str:
    """What separates the cells: that which cuts the header into most."""
    return max(SEPARATORS, key=lambda separator: _n_cells(header, separator))


def _n_cells(line: str, separator: str) -> int:
    return len(next(csv.reader([line], delimiter=separator)))


def _csv_rows(
    table: _Lines, separator: str, *, n_columns: int
) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The rows with their numbers, an error in the place of each that cannot be parsed.

    Rows that spreadsheets leave behind, of blank cells alone, are counted and left out.
    """
    row = 0
    while (cells := table.row(separator, n_columns)) is not None:
        if separator == "\t":
            cells = _tsv_cells(table, cells, n_columns=n_columns)
        if not cells:
            continue
        row += 1
        if isinstance(cells, csv.Error) or any(cell.strip() for cell in cells):
            yield row, cells


def _tsv_cells(
    table: _Lines, cells: list[str] | csv.Error, *, n_columns: int
) -> list[str] | csv.Error:
    """The cells of a row of TSV, where a quotation mark that begins a cell need not enclose it.

    Half the world's TSV knows no quoting, and news begins with a quotation mark often enough. A
    line with as many tabs as the header is taken as it is where its quotes enclose no cells: where
    they fit nothing, or would enclose the next row.
    """
    plain = table.first_line.rstrip("\r\n").split("\t")
    if len(plain) == 1 and not plain[0].strip():
        return []
    if len(plain) != n_columns:
        return cells
    if isinstance(cells, csv.Error):
        return plain
    if table.has_many_lines and (len(cells) != n_columns or any("\t" in cell for cell in cells)):
        table.keep_first_line()
        return plain
    return cells


def _parquet_records(source: Source, only: Sequence[str] | None) -> Iterator[Record | Problem]:
    row = 0
    for row, cells in enumerate(parquet_rows(source, only=only), start=1):
        if any(isinstance(cell, str) and broken_bytes(cell) for cell in cells.values()):
            yield Problem(source.name, row, "some bytes of its text are not UTF-8", NOT_UTF8)
        else:
            yield Record(row, cells)
    if not row:
        raise _no_rows()
