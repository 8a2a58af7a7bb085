"""Codings of many articles as an Arrow table, column by column: the rows of `output.tables`.

No coding is made on the way: a table of a large corpus is written as fast as it is coded.
Probabilities are rounded as arrays, which may differ from `output.records.rounded` in the sixth
digit where a seventh is a five.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from stance.classify.coded import CANNOT_SAY, CodedBatch, Decided
from stance.codebook import Codebook, undecided_column
from stance.output.records import DIGITS
from stance.output.tables import parquet_schema
from stance.text.labels import joined_labels


def write_batches(batches: Iterable[CodedBatch], codebook: Codebook, path: Path) -> None:
    """Write batches as Parquet, one row a paragraph."""
    from pyarrow import parquet

    schema = parquet_schema(codebook)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(batch_table(batch, schema))


def batch_table(batch: CodedBatch, schema: Any) -> Any:  # noqa: ANN401 - Arrow's
    """The codings of a batch as an Arrow table with that schema (`tables.parquet_schema`)."""
    import pyarrow as pa

    paragraphs, told = batch.paragraphs, batch.rows >= 0
    titles = [article.title for article in batch.articles]
    numbers = batch.article_of.tolist()
    columns: dict[str, Any] = {
        "article": [paragraph.article for paragraph in paragraphs],
        "title": [titles[number] for number in numbers],
        "paragraph": [paragraph.index for paragraph in paragraphs],
        "start": [paragraph.start for paragraph in paragraphs],
        "end": [paragraph.end for paragraph in paragraphs],
        "text": [paragraph.text for paragraph in paragraphs],
        "noise": ~told,
        "stances": _stances(batch),
    }
    rows = pa.array(batch.rows, mask=~told)
    for name, found in batch.tasks.items():
        columns[name] = _joined(found.labels()).take(rows)
        columns[undecided_column(name, found.names)] = _joined(found.undecided()).take(rows)
        values = np.round(found.values, DIGITS)
        for i, label in enumerate(found.names):
            columns[f"{name}.{label}"] = pa.array(values[:, i]).take(rows)
    return pa.table([_column(columns[f.name], f.type) for f in schema], schema=schema)


def _column(cells: Any, kind: Any) -> Any:  # noqa: ANN401 - Arrow's
    """Cells as an Arrow array, lone surrogates, which UTF-8 cannot hold, as question marks."""
    import pyarrow as pa

    if isinstance(cells, pa.Array):
        return cells.cast(kind)
    try:
        return pa.array(cells, kind)
    except UnicodeEncodeError:
        return pa.array([cell.encode("utf-8", "replace").decode() for cell in cells], kind)


def _joined(labels: Sequence[tuple[str, ...]]) -> Any:  # noqa: ANN401 - Arrow's
    """Each row's labels as one cell."""
    import pyarrow as pa

    known = {row: joined_labels(row) for row in set(labels)}
    return pa.array([known[row] for row in labels], pa.string())


def _stances(batch: CodedBatch) -> list[str]:
    """The stances of each paragraph as JSON, as `json.dumps` writes them."""
    found = [_stance_records(batch, task) for task in batch.target_tasks.values()]
    bounds = pairwise(batch.bounds.tolist())
    if len(found) == 1:
        return [f"[{', '.join(found[0][first:last])}]" for first, last in bounds]
    return [
        f"[{', '.join(record for task in found for record in task[first:last])}]"
        for first, last in bounds
    ]


def _stance_records(batch: CodedBatch, found: Decided) -> list[str]:
    """Each target's stance as JSON, as `json.dumps` writes `output.records.stance_record`."""
    labels = found.labels()
    quoted = {row: _quoted(row[0] if row else CANNOT_SAY) for row in set(labels)}
    scores = ", ".join(f"{_quoted(name).replace('%', '%%')}: %r" for name in found.names)
    pattern = (
        '{"actor": %s, "mention": %s, "start": %d, "end": %d, "stance": %s, '
        f'"scores": {{{scores}}}}}'
    )
    # Few actors, by few wordings, make up most of the news.
    known = _Quoted()
    return [
        pattern % (known[m.actor], known[wording], m.start, m.end, quoted[row], *own)
        for m, wording, row, own in zip(
            batch.mentions,
            batch.targets.wordings(),
            labels,
            np.round(found.values, DIGITS).tolist(),
            strict=True,
        )
    ]


class _Quoted(dict[str, str]):
    """Strings as JSON, each made once."""

    def __missing__(self, text: str) -> str:
        self[text] = _quoted(text)
        return self[text]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
