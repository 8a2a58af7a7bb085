"""Parts of one output, in order, joined to one file; one part is in memory at a time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stance.output.kept import common_schema, in_schema
from stance.storage import Location


def join_parts(parts: Sequence[Location], output: Path, kind: str) -> None:
    """Write the parts one behind the other.

    Parameters
    ----------
    kind
        Their format: parquet, jsonl, or csv (each part with a header of one line).
    """
    if kind == "parquet":
        _join_parquet(parts, output)
        return
    with output.open("wb") as out:
        for number, path in enumerate(parts):
            with path.opened() as part:
                if kind == "csv" and number:
                    part.readline()
                shutil.copyfileobj(part, out)


def _join_parquet(parts: Sequence[Location], output: Path) -> None:
    from pyarrow import parquet

    schema = common_schema(_schema(path) for path in parts)
    with parquet.ParquetWriter(output, schema, compression="zstd") as writer:
        for path in parts:
            with path.opened() as part:
                table = parquet.ParquetFile(part, pre_buffer=False)
                for group in range(table.num_row_groups):
                    writer.write_table(in_schema(table.read_row_group(group), schema))


def _schema(path: Location) -> Any:  # noqa: ANN401 - Arrow's
    from pyarrow import parquet

    with path.opened() as part:
        return parquet.read_schema(part)
