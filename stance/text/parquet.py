"""Parquet tables: their columns, and their rows one after the other.

Cells come as Python's own values where these can hold them. Python's times end at microseconds and
its years at 9999: what goes beyond comes as text, and so does text that is not in UTF-8, its broken
bytes as lone surrogates (`stance.text.encodings.broken_bytes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from stance.text.columns import refuse_same_names
from stance.text.files import Source, seekable
from stance.text.problems import Unreadable

# Rows that Arrow decodes at once: enough to be quick, little enough to hold a few MB of news.
BATCH = 1024


def parquet_rows(source: Source, *, only: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The cells of each row by column name.

    Parameters
    ----------
    only
        Columns to read; None for all.

    Raises
    ------
    Unreadable
        If the table cannot be read from here on; the rows before are good.
    """
    import pyarrow as pa

    try:
        with opened_parquet(source) as table:
            refuse_same_names(table.schema_arrow.names)
            for batch in table.iter_batches(batch_size=BATCH, columns=only, use_threads=False):
                names = batch.schema.names
                columns = [_cells(*named) for named in zip(names, batch.columns, strict=True)]
                for cells in zip(*columns, strict=True):
                    yield dict(zip(names, cells, strict=True))
    except (pa.ArrowException, OSError) as error:
        found = f"the Parquet table is damaged ({_reason(error)})"
        raise Unreadable(found, "Copy or write the file again.") from error


def parquet_columns(source: Source) -> list[str]:
    """The names of the columns of a Parquet table.

    Raises
    ------
    Unreadable
        If it is not a Parquet table.
    """
    import pyarrow as pa

    try:
        with opened_parquet(source) as table:
            return list(table.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        found = f"it is not a whole Parquet table ({_reason(error)})"
        raise Unreadable(found, "Copy or write the file again.") from error


@contextmanager
def opened_parquet(source: Source) -> Iterator[Any]:
    """An open Parquet table."""
    from pyarrow import parquet

    with seekable(source) as file:
        # Without buffering ahead: that would hold whole row groups.
        yield parquet.ParquetFile(file, pre_buffer=False)


def _cells(name: str, column: Any) -> list[Any]:  # noqa: ANN401 - Arrow's
    import pyarrow as pa

    kind = column.type
    try:
        wanted = _kind_in_python(kind)
        if wanted != kind:
            column = column.cast(wanted)
        return list(column.to_pylist())
    except UnicodeDecodeError:
        found = column.cast(pa.binary()).to_pylist()
        return [None if cell is None else cell.decode("utf-8", "surrogateescape") for cell in found]
    except (pa.ArrowInvalid, ValueError, OverflowError):
        try:
            return list(column.cast(pa.string()).to_pylist())
        except pa.ArrowNotImplementedError as error:
            unreadable = f'the column "{name}" of type {kind} holds times that cannot be read'
            raise Unreadable(unreadable, "Write it in microseconds, or leave it out.") from error


def _kind_in_python(kind: Any) -> Any:  # noqa: ANN401 - Arrow types
    """The type whose values Python has: of nanoseconds, Arrow makes pandas' times if it can."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    return pa.time64("us") if kind == pa.time64("ns") else kind


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
