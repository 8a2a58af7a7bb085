"""Codings as a table: one row a paragraph, for spreadsheets and statistics programs.

Columns are ``article``, ``title``, ``paragraph``, ``start``, ``end``, ``text``, ``noise``; then for
each task one column with its labels, joined by ";" (a JSON list where one holds that itself), one
column a label with its probability ("topic.military"), and one with what cannot be said
("topic.undecided", or "topic.cannot_say" where a label is called "undecided"); then ``stances``
and, if asked for, ``evidence``, as JSON.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from stance.codebook import (
    JSON_COLUMNS,
    PLAIN_COLUMNS,
    Codebook,
    check_columns,
    undecided_column,
)
from stance.output.records import coding_record
from stance.records import Coding
from stance.text.labels import joined_labels


def columns(codebook: Codebook, *, evidence: bool = False) -> list[str]:
    """The table's columns in order.

    Raises
    ------
    SettingsError
        If two of them would have the same name.
    """
    check_columns(codebook, "the model's codebook")
    names = list(PLAIN_COLUMNS)
    for task in codebook.of_unit("paragraph"):
        names += task.columns
    return [*names, *JSON_COLUMNS] if evidence else [*names, JSON_COLUMNS[0]]


def flat_row(coding: Coding, names: Sequence[str]) -> dict[str, Any]:
    """One coding as a flat row; a cell is None where there is nothing to say."""
    record = coding_record(coding)
    row: dict[str, Any] = dict.fromkeys(names)
    row.update({name: record[name] for name in PLAIN_COLUMNS})
    for task, labels in record["labels"].items():
        scores = record["scores"][task]
        undecided = record.get("undecided", {}).get(task, [])
        row[task] = joined_labels(labels)
        row.update({f"{task}.{label}": p for label, p in scores.items()})
        row[undecided_column(task, scores)] = joined_labels(undecided)
    row["stances"] = json.dumps(record["stances"], ensure_ascii=False)
    if "evidence" in row:
        row["evidence"] = json.dumps(record.get("evidence", {}), ensure_ascii=False)
    return row


def write_csv(
    codings: Iterable[Coding], codebook: Codebook, out: TextIO, *, evidence: bool = False
) -> None:
    """Write the codings as CSV."""
    names = columns(codebook, evidence=evidence)
    writer = csv.DictWriter(out, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    for coding in codings:
        writer.writerow(flat_row(coding, names))


def write_parquet(
    codings: Iterable[Coding], codebook: Codebook, path: Path, *, evidence: bool = False
) -> None:
    """Write the codings as Parquet, in batches."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = parquet_schema(codebook, evidence=evidence)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        batch: list[dict[str, Any]] = []
        for coding in codings:
            batch.append(printable(flat_row(coding, schema.names)))
            if len(batch) == BATCH:
                writer.write_table(pa.Table.from_pylist(batch, schema=schema))
                batch = []
        writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def parquet_schema(codebook: Codebook, *, evidence: bool = False) -> Any:  # noqa: ANN401 - Arrow's
    """The Arrow schema of the table."""
    import pyarrow as pa

    names = columns(codebook, evidence=evidence)
    kinds = {"paragraph": pa.int64(), "start": pa.int64(), "end": pa.int64(), "noise": pa.bool_()}
    for task in codebook.of_unit("paragraph"):
        kinds.update({f"{task.name}.{label}": pa.float64() for label in task.labels})
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


# Rows a batch: enough to write fast, few enough to hold.
BATCH = 4096


def printable(row: dict[str, Any]) -> dict[str, Any]:
    """The row with lone surrogates, which UTF-8 cannot hold, as question marks."""
    return {
        key: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for key, value in row.items()
    }
