"""Columns passed through from the input: one Arrow type a column, within a part and over parts.

Columns of Parquet keep their types. Cells of other tables have no type but their own: where those
of one column do not agree, all become text: times as they are written, all else as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

# What stands before the name of a kept column that is that of a column of codings.
PREFIX = "input."


def kept_name(name: str, coded: Iterable[str]) -> str:
    """The name of a kept column in the output, which no coded and no other kept column has.

    It depends on no other kept column, so that it is the same in all parts. A name that an earlier
    run has prefixed is prefixed once more.

    >>> [kept_name(name, ["text"]) for name in ("text", "input.text", "input.day")]
    ['input.text', 'input.input.text', 'input.day']
    """
    taken, prefix = set(coded), PREFIX
    while any(column.startswith(prefix) for column in taken):
        prefix += PREFIX
    bare = name
    while bare not in taken and bare.startswith(prefix):
        bare = bare.removeprefix(prefix)
    return f"{prefix}{name}" if bare in taken else name


def kept_fields(
    rows: Sequence[Mapping[str, Any]],
    coded: Any,  # noqa: ANN401 - an Arrow schema
    known: Any,  # noqa: ANN401 - an Arrow schema, or None
) -> tuple[list[Any], dict[str, list[Any]]]:
    """The Arrow fields of kept columns, and their cells by column in the order of the rows.

    Parameters
    ----------
    rows
        The kept cells of each article.
    coded
        The Arrow schema of the codings, whose names are taken.
    known
        The Arrow schema of the input, or None if it has none.
    """
    import pyarrow as pa

    names = list(known.names) if known is not None else []
    names += [n for n in dict.fromkeys(name for row in rows for name in row) if n not in set(names)]
    fields, columns = [], {}
    for name in names:
        cells = [row.get(name) for row in rows]
        kind = known.field(name).type if known is not None and name in known.names else None
        try:
            kind = pa.array(cells, type=kind).type
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            kind, cells = _otherwise(cells, kind)
        # Half a character, which JSON can name a column with, is written as its number.
        output = kept_name(name.encode("utf-8", "backslashreplace").decode(), coded.names)
        fields.append(pa.field(output, kind))
        columns[output] = cells
    return fields, columns


def _otherwise(cells: Sequence[Any], kind: Any) -> tuple[Any, list[Any]]:  # noqa: ANN401 - Arrow's
    """Cells that are not of that type as they stand: times as numbers, all else as text.

    Times finer than Python's come as text (`stance.text.parquet`), and fit into Arrow's numbers.
    """
    import pyarrow as pa

    if kind is not None and pa.types.is_timestamp(kind):
        told = pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
        with suppress(pa.ArrowException):
            return kind, told.cast(kind).cast(pa.int64()).to_pylist()
    return pa.string(), [_as_text(cell) for cell in cells]


def common_schema(schemas: Iterable[Any]) -> Any:  # noqa: ANN401 - Arrow's
    """The schema that holds all parts: all columns in order of appearance."""
    import pyarrow as pa

    kinds: dict[str, Any] = {}
    for schema in schemas:
        for field in schema:
            known = kinds.get(field.name, field.type)
            kinds[field.name] = _common_type(known, field.type)
    return pa.schema(list(kinds.items()))


def _common_type(one: Any, other: Any) -> Any:  # noqa: ANN401 - Arrow types
    import pyarrow as pa

    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    numbers = {pa.int64(), pa.float64()}
    return pa.float64() if {one, other} == numbers else pa.string()


def in_schema(table: Any, schema: Any) -> Any:  # noqa: ANN401 - Arrow's
    """A part's table with the columns and types of the whole output."""
    import pyarrow as pa

    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table[field.name]
        if column.type != field.type:
            if pa.types.is_string(field.type) and not pa.types.is_null(column.type):
                cells = [_as_text(cell) for cell in column.to_pylist()]
                column = pa.array(cells, pa.string())
            else:
                column = column.cast(field.type)
        columns.append(column)
    return pa.table(columns, schema=schema)


def _as_text(cell: Any) -> str | None:  # noqa: ANN401 - whatever a table holds
    """A cell as text: strings and times as they are, what JSON has a form for as JSON."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode()
    has_form = isinstance(cell, (bool, int, float, list, tuple, Mapping))
    return json.dumps(cell, default=str) if has_form else str(cell)
