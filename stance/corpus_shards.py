"""A corpus cut into shards, always in the same places, and a shard coded to the bytes of a part.

Whoever reads the corpus cuts it; workers get articles, not paths. They need a model and nothing
else, and can be anywhere.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from stance.classify.coded import CodedBatch
from stance.errors import ModelError
from stance.manifest import Counts, Receipt
from stance.output.batches import batch_table
from stance.output.kept import kept_fields
from stance.output.records import json_line
from stance.output.tables import BATCH, flat_row, parquet_schema, printable, write_csv
from stance.records import Article, Coding
from stance.text.problems import Problem, without_problems
from stance.text.reading import SavedPage, parsed

if TYPE_CHECKING:
    from stance.model import Model

Format: TypeAlias = Literal["parquet", "jsonl", "csv"]
Item: TypeAlias = Article | SavedPage | Problem


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of the corpus: articles, web pages, and what could not be read, in order."""

    number: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ShardCoder:
    """All that a worker needs to know to code any shard.

    ``model`` is the name of a shipped model or a folder; it must have this ``fingerprint``
    wherever it is loaded. ``actors`` is a catalogue as JSON that takes the place of the model's,
    or is empty. ``kept_schema`` is the Arrow schema of kept columns where that is known.
    """

    model: str
    fingerprint: str
    format: Format
    actors: str = ""
    explain: bool = False
    abstain: float | None = None
    topic: str = ""
    keep: bool = False
    kept_schema: Any = None
    strict: bool = False

    def __call__(self, shard: Shard) -> tuple[bytes, Receipt]:
        """Code a shard: the bytes of its part, and their receipt."""
        model = _loaded(self.model, self.fingerprint, self.actors)
        problems: list[Problem] = []
        items = map(parsed, shard.items)
        articles = tuple(without_problems(items, problems.append, strict=self.strict))
        counted = _Counted()
        data = self._written(counted, model, articles)
        receipt = Receipt(
            number=shard.number,
            sha256=hashlib.sha256(data).hexdigest(),
            counts=Counts(
                articles=len(articles),
                paragraphs=counted.n_paragraphs,
                noise=counted.n_noise,
                problems=len(problems),
            ),
            problems=tuple(problems),
        )
        return data, receipt

    def _written(self, counted: _Counted, model: Model, articles: Sequence[Article]) -> bytes:
        if self.format == "parquet" and not self.explain:
            return self._parquet(counted, model, articles)
        coded = counted.codings(
            model.classify_each(
                articles, explain=self.explain, abstain=self.abstain, topic=self.topic
            )
        )
        if self.format == "parquet":
            return self._explained_parquet(coded, model, articles)
        if self.format == "csv":
            out = io.StringIO(newline="")
            write_csv(chain.from_iterable(coded), model.codebook, out, evidence=self.explain)
            return out.getvalue().encode("utf-8", "replace")
        return b"".join(
            f"{json_line(coding, kept=article.extra if self.keep else None)}\n".encode()
            for article, codings in zip(articles, coded, strict=True)
            for coding in codings
        )

    def _parquet(self, counted: _Counted, model: Model, articles: Sequence[Article]) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        own, schema, kept = self._schema(model, articles)
        columns = [pa.array(column, schema.field(name).type) for name, column in kept.items()]
        batches = model.code_batches(articles, abstain=self.abstain, topic=self.topic)
        out = io.BytesIO()
        first = 0
        with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
            for batch in counted.batches(batches):
                table = batch_table(batch, own)
                places = pa.array(batch.article_of + first)
                for name, column in zip(kept, columns, strict=True):
                    table = table.append_column(schema.field(name), column.take(places))
                writer.write_table(table)
                first += len(batch.articles)
        return out.getvalue()

    def _explained_parquet(
        self, coded: Iterable[Sequence[Coding]], model: Model, articles: Sequence[Article]
    ) -> bytes:
        from pyarrow import parquet

        own, schema, kept = self._schema(model, articles)
        out = io.BytesIO()
        with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
            rows: list[dict[str, Any]] = []
            for place, codings in enumerate(coded):
                cells = {name: column[place] for name, column in kept.items()}
                for coding in codings:
                    rows.append({**flat_row(coding, own.names), **cells})
                    if len(rows) == BATCH:
                        writer.write_table(_table(rows, schema))
                        rows = []
            if rows:
                writer.write_table(_table(rows, schema))
        return out.getvalue()

    def _schema(
        self, model: Model, articles: Sequence[Article]
    ) -> tuple[Any, Any, dict[str, list[Any]]]:
        """The codings' schema, that of the part, and the articles' cells of the rest."""
        import pyarrow as pa

        own = parquet_schema(model.codebook, evidence=self.explain)
        if not self.keep:
            return own, own, {}
        fields, kept = kept_fields([a.extra for a in articles], own, self.kept_schema)
        return own, pa.schema([*own, *fields]), kept


class _Counted:
    """Counts paragraphs as they pass."""

    def __init__(self) -> None:
        self.n_paragraphs = self.n_noise = 0

    def codings(self, coded: Iterable[Sequence[Coding]]) -> Iterator[Sequence[Coding]]:
        """The codings of each article."""
        for codings in coded:
            self.n_paragraphs += len(codings)
            self.n_noise += sum(coding.paragraph.is_noise for coding in codings)
            yield codings

    def batches(self, coded: Iterable[CodedBatch]) -> Iterator[CodedBatch]:
        """Articles coded together."""
        for batch in coded:
            self.n_paragraphs += len(batch.paragraphs)
            self.n_noise += batch.n_noise
            yield batch


def _table(rows: Sequence[dict[str, Any]], schema: Any) -> Any:  # noqa: ANN401 - Arrow's
    import pyarrow as pa

    try:
        columns = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    except UnicodeEncodeError:
        return pa.Table.from_pylist([printable(row) for row in rows], schema=schema)
    return pa.table(columns, schema=schema)


@lru_cache(maxsize=1)
def _loaded(name: str, fingerprint: str, actors: str) -> Model:
    """The model, loaded once a process."""
    from stance.actors.catalogue import stored_catalogue
    from stance.model import load_model

    model = load_model(name)
    if model.fingerprint != fingerprint:
        message = (
            f"The model {name} is {model.fingerprint} where a worker runs, and {fingerprint} where "
            "the run was started. Copy the same model to all machines."
        )
        raise ModelError(message)
    return replace(model, actors=stored_catalogue(json.loads(actors))) if actors else model


def cut(items: Iterable[Item], *, most_articles: int, most_characters: int) -> Iterator[Shard]:
    """Cut a corpus, problems and all, into shards of neighbours; there is at least one.

    Parameters
    ----------
    most_articles
        Articles, and as many problems, that a shard may have.
    most_characters
        Characters of text, or bytes of web pages, from which on a shard is full.
    """
    number = 1
    together: list[Item] = []
    n_problems = n_characters = 0
    for item in items:
        together.append(item)
        if isinstance(item, Problem):
            n_problems += 1
        else:
            n_characters += len(item.data if isinstance(item, SavedPage) else item.text)
        is_full = max(len(together) - n_problems, n_problems) >= most_articles
        if is_full or n_characters >= most_characters:
            yield Shard(number, tuple(together))
            number += 1
            together, n_problems, n_characters = [], 0, 0
    if together or number == 1:
        yield Shard(number, tuple(together))
